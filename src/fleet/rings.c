/* rings.c - see rings.h. */
#include "fleet/rings.h"

#include <stdio.h>

enum {
    /* Below so many objects a share of incomplete ones says nothing. */
    FILES_MIN = 1000,
};

const char *ym_rollout_word(enum ym_rollout_state s) {
    static const char *const words[YM_ROLLOUT_STATES] = {
#define X(name, word) [YM_ROLLOUT_##name] = word,
        YM_ROLLOUT_TABLE(X)
#undef X
    };
    return (unsigned)s < YM_ROLLOUT_STATES ? words[s] : "none";
}

struct ym_ring_rules ym_ring_rules_default(void) {
    return (struct ym_ring_rules){
        .wait = 3600, .machines = 10, .share = 500, .max_failed = 20, .max_rise = 20};
}

__extension__ typedef unsigned __int128 wide;

/* part of whole in thousandths; the numbers come from machines, so nothing may overflow. */
static uint64_t thousandths(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0 : (uint64_t)((wide)part * 1000 / whole);
}

static uint64_t sum(uint64_t a, uint64_t b) {
    uint64_t s;

    return __builtin_add_overflow(a, b, &s) ? UINT64_MAX : s;
}

static void add(struct ym_ring_counts *to, const struct ym_ring_counts *c) {
    to->machines = sum(to->machines, c->machines);
    to->good = sum(to->good, c->good);
    to->failed = sum(to->failed, c->failed);
    to->files = sum(to->files, c->files);
    to->gaps = sum(to->gaps, c->gaps);
    to->files0 = sum(to->files0, c->files0);
    to->gaps0 = sum(to->gaps0, c->gaps0);
}

static bool stop(struct ym_rollout *r) {
    r->state = YM_ROLLOUT_STOPPED;
    return true;
}

/* Harm in one ring, with the reason written down.  One machine that failed is harm enough while
 * few have tried: the share decides, and there is no minimum. */
static bool harmed(struct ym_rollout *r, const struct ym_ring_rules *rules, uint32_t ring,
                   const struct ym_ring_counts *c) {
    uint64_t failed = thousandths(c->failed, sum(c->good, c->failed));
    uint64_t incomplete = thousandths(c->gaps, c->files);
    uint64_t before = thousandths(c->gaps0, c->files0);

    if (c->failed > 0 && failed > rules->max_failed) {
        (void)snprintf(r->reason, sizeof(r->reason),
                       "ring %u: %llu of %llu machines could not use the image", ring,
                       (unsigned long long)c->failed, (unsigned long long)sum(c->good, c->failed));
        return true;
    }
    if (c->files >= FILES_MIN && c->files0 >= FILES_MIN && incomplete > before + rules->max_rise) {
        (void)snprintf(r->reason, sizeof(r->reason),
                       "ring %u: %llu of 1000 objects are incomplete, with the image before %llu",
                       ring, (unsigned long long)incomplete, (unsigned long long)before);
        return true;
    }
    return false;
}

/* Enough machines have tried it for long enough; else the reason says what is waited for. */
static bool ready(struct ym_rollout *r, const struct ym_ring_rules *rules,
                  const struct ym_ring_counts *newest, const struct ym_ring_counts *all,
                  int64_t now) {
    uint64_t tried = sum(newest->good, newest->failed);
    uint64_t tried_all = sum(all->good, all->failed);

    if (tried_all < rules->machines) {
        (void)snprintf(r->reason, sizeof(r->reason),
                       "ring %u: %llu machines have tried the image, %u must", r->ring,
                       (unsigned long long)tried_all, rules->machines);
        return false;
    }
    if (newest->machines > 0 && thousandths(tried, newest->machines) < rules->share) {
        (void)snprintf(r->reason, sizeof(r->reason),
                       "ring %u: %llu of its %llu machines have tried the image", r->ring,
                       (unsigned long long)tried, (unsigned long long)newest->machines);
        return false;
    }
    if (now - r->opened < (int64_t)rules->wait) {
        (void)snprintf(r->reason, sizeof(r->reason),
                       "ring %u: well; it must be so %u seconds after its opening", r->ring,
                       rules->wait); /* the same text each time: it is written down */
        return false;
    }
    return true;
}

bool ym_rollout_step(struct ym_rollout *r, const struct ym_ring_rules *rules,
                     const struct ym_ring_counts *counts, int64_t now) {
    struct ym_ring_counts all = {0};

    if (r->state != YM_ROLLOUT_RUNNING || r->ring < 1 || r->ring > r->rings) {
        return false;
    }
    for (uint32_t ring = 1; ring <= r->ring; ring++) {
        if (harmed(r, rules, ring, &counts[ring - 1])) {
            return stop(r);
        }
        add(&all, &counts[ring - 1]);
    }
    if (!ready(r, rules, &counts[r->ring - 1], &all, now)) {
        return false;
    }
    r->reason[0] = '\0';
    if (r->ring == r->rings) {
        r->state = YM_ROLLOUT_DONE;
    } else {
        r->ring++;
        r->opened = now;
    }
    return true;
}

bool ym_rollout_offers(const struct ym_rollout *r, uint32_t ring) {
    return r->state == YM_ROLLOUT_DONE || (r->state == YM_ROLLOUT_RUNNING && ring <= r->ring);
}
