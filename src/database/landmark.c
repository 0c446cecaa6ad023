/* landmark.c - the neighbouring bytes by which a part is sought.  See pattern.h.
 *
 * Only bytes at a fixed distance from the part's start can serve, so this looks no further than
 * the first gap of variable width or alternative of several lengths. */
#include "pattern.h"

#include <string.h>

enum { MAX_DISTANCE = 65536 };

struct known {
    uint8_t value, mask;
};

enum { SEED = 4 };

struct search {
    struct ym_part_marks best;
    int best_bits, seed_bits;
    struct known last[SEED]; /* the newest bytes, the byte before `at` the last */
    uint32_t run;            /* how many bytes before `at` are known but for the case of a letter */
    bool nocase;
};

static struct known byte_of(const struct search *s, const struct ym_node *n, uint32_t i) {
    uint8_t v = n->u.bytes.value[i];
    uint8_t m = n->u.bytes.mask == NULL ? 0xff : n->u.bytes.mask[i];
    uint8_t letter = v | 0x20;

    if (s->nocase && m == 0xff && letter >= 'a' && letter <= 'z') {
        m = 0xdf;
    }
    return (struct known){v & m, m};
}

static int bits_of(struct known a, struct known b) {
    if (a.mask >= 0xdf && b.mask >= 0xdf) {
        return ym_pair_rarity(a.value, b.value);
    }
    return __builtin_popcount(a.mask) + __builtin_popcount(b.mask);
}

static void offer_landmark(struct search *s, uint32_t at, struct known before, struct known k) {
    int bits = at == 0 ? -1 : bits_of(before, k);

    if (bits > s->best_bits) {
        s->best_bits = bits;
        s->best.landmark = (struct ym_img_landmark){
            .at = at - 1, .value = {before.value, k.value}, .mask = {before.mask, k.mask}};
    }
}

/* Not four bytes alike: of those a run of zeros has one at every place. */
static void offer_seed(struct search *s, uint32_t at) {
    const struct known *k = s->last;
    int bits = ym_pair_rarity(k[0].value, k[1].value) + ym_pair_rarity(k[2].value, k[3].value);

    if (s->run < SEED || bits <= s->seed_bits ||
        (k[0].value == k[1].value && k[1].value == k[2].value && k[2].value == k[3].value)) {
        return;
    }
    s->seed_bits = bits;
    s->best.has_seed = true;
    s->best.seed_at = at + 1 - SEED;
    for (unsigned i = 0; i < SEED; i++) {
        s->best.seed[i] = k[i].value & (uint8_t)YM_FOLD2;
    }
}

static void offer(struct search *s, uint32_t at, struct known k) {
    offer_landmark(s, at, s->last[SEED - 1], k);
    memmove(s->last, s->last + 1, sizeof(s->last) - sizeof(s->last[0]));
    s->last[SEED - 1] = k;
    s->run = k.mask == 0xff || k.mask == 0xdf ? s->run + 1 : 0;
    offer_seed(s, at);
}

/* A part of one byte has no neighbours. */
static void use_lone_byte(struct search *s) {
    const struct known k = s->last[SEED - 1];

    s->best.landmark = (struct ym_img_landmark){.value = {k.value, 0}, .mask = {k.mask, 0}};
}

struct ym_part_marks ym_part_marks(const struct ym_part *part, bool nocase) {
    struct search s = {.best_bits = 0, .nocase = nocase};
    uint32_t at = 0;

    for (const struct ym_node *n = part->first; n != part->end && at < MAX_DISTANCE; n = n->next) {
        uint32_t lo;
        uint32_t hi;

        ym_nodes_length(n, n->next, &lo, &hi);
        if (lo != hi || hi > MAX_DISTANCE) {
            break;
        }
        for (uint32_t i = 0; i < lo; i++) {
            bool known = n->op == YM_NODE_BYTES;

            offer(&s, at++, known ? byte_of(&s, n, i) : (struct known){0, 0});
        }
    }
    if (at == 1) {
        use_lone_byte(&s);
    }
    return s.best;
}
