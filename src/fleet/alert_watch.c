/* alert_watch.c - two threads of the server: one looks for what rules ask for, one sends.  See alerts.h.
 *
 * The first never uses the network, the second nothing else, so a receiver that hangs delays only messages.
 * Neither holds a lock of the state for longer than one short transaction.  Outbreaks are counted in the
 * store of records (machines of a month, by their random numbers), over a connection of their own, with a time limit. */
#include "fleet/alerts.h"

#include "state_int.h"

#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "fleet/drill.h"
#include "fleet/intake.h"
#include "fleet/sessions.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#define MODULE "fleet/alerts"

enum {
    LOOK_SECONDS = 2,     /* counters, the disk, the rollout */
    SILENT_SECONDS = 30,  /* all machines */
    OUTBREAK_SECONDS = 5, /* and never more than a twentieth of the time */
    FORGET_SECONDS = 3600,
    BUCKETS = 10,
    KEYS_MAX = 250,
    OUTBREAKS_MAX = 50,
    LOST_PAUSE = 15, /* after a message whose fate could not be written down */
};

/* A counter's growth within a time, by tenths of it. */
struct window {
    char rule[YM_FLEET_NAME_MAX];
    int64_t turned;
    uint64_t totals[BUCKETS]; /* [0]: the newest */
};

struct ym_alert_watch {
    struct ym_fleet_state *state;
    struct ym_intake *intake;
    struct ym_drill *drill;
    pthread_t threads[2];
    int n_threads;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    atomic_bool stopping;
    struct ym_alert_rule rules[YM_ALERT_RULES_MAX];
    size_t n_rules;
    struct window windows[YM_ALERT_RULES_MAX];
    uint64_t failed; /* looks that failed: they count as the store's failures */
    int64_t silent_next, outbreak_next, forget_next;
    struct ym_alert_batch batch; /* the sender's */
    struct ym_alert_target targets[YM_ALERT_TARGETS_MAX];
};

/* Waits; false: the server ends. */
static bool pause_for(struct ym_alert_watch *w, int seconds) {
    struct timespec until;
    bool stopping;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    (void)pthread_mutex_lock(&w->lock);
    while (!w->stopping && pthread_cond_timedwait(&w->ended, &w->lock, &until) == 0) {
    }
    stopping = w->stopping;
    (void)pthread_mutex_unlock(&w->lock);
    return !stopping;
}

/* --- keys of current alerts --- */

struct keys {
    char key[KEYS_MAX][YM_ALERT_TEXT_MAX];
    uint8_t id[KEYS_MAX][YM_FLEET_ID_SIZE];
    int64_t seen[KEYS_MAX];
    size_t n;
};

static ym_status current_keys(struct ym_alert_watch *w, const char *rule, struct keys *ret,
                              struct ym_err *err) {
    struct ym_sql *s = &w->state->read;
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    ret->n = 0;
    (void)pthread_mutex_lock(&s->lock);
    st = ym_sql_bind(s, "SELECT key FROM alert WHERE rule=? AND ended=0 LIMIT 250", "t", &q, err,
                     rule);
    while (st == YM_OK && ret->n < KEYS_MAX && (st = ym_sql_row(s, q, &row, err)) == YM_OK && row) {
        ym_sql_text(q, 0, ret->key[ret->n], sizeof(ret->key[0]));
        ret->n++;
    }
    (void)sqlite3_finalize(q);
    (void)pthread_mutex_unlock(&s->lock);
    return st;
}

/* Ends what is not among the n keys that hold. */
static ym_status clear_others(struct ym_alert_watch *w, const char *rule,
                              char (*hold)[YM_ALERT_TEXT_MAX], size_t n, int64_t now,
                              struct ym_err *err) {
    struct keys *keys = ym_zalloc(1, sizeof(*keys));
    ym_status st = keys == NULL ? YM_NOMEM : current_keys(w, rule, keys, err);

    for (size_t i = 0; st == YM_OK && i < keys->n; i++) {
        bool holds = false;

        for (size_t k = 0; k < n; k++) {
            holds = holds || strcmp(keys->key[i], hold[k]) == 0;
        }
        if (!holds) {
            st = ym_alert_clear(w->state, rule, keys->key[i], now, err);
        }
    }
    ym_free(keys);
    return st;
}

static ym_status hold(struct ym_alert_watch *w, const struct ym_alert_rule *r, bool holds,
                      const char *key, const char *detail, uint64_t count, int64_t now,
                      struct ym_err *err) {
    char one[1][YM_ALERT_TEXT_MAX];

    if (holds) {
        YM_TRY(ym_alert_raise(w->state, r, key, NULL, "", detail, count, now, err));
    }
    (void)snprintf(one[0], sizeof(one[0]), "%s", key);
    return clear_others(w, r->name, one, holds ? 1 : 0, now, err);
}

/* --- the kinds --- */

static ym_status look_at_rollout(struct ym_alert_watch *w, const struct ym_alert_rule *r,
                                 int64_t now, struct ym_err *err) {
    struct ym_fleet_status status;
    char key[64];
    bool by_itself;

    YM_TRY(ym_fleet_status_get(w->state, now, &status, err));
    by_itself = status.rollout.state == YM_ROLLOUT_STOPPED &&
                strncmp(status.rollout.reason, "stopped by ", 11) != 0;
    (void)snprintf(key, sizeof(key), "epoch %" PRIu64, status.rollout.epoch);
    return hold(w, r, by_itself, key, status.rollout.reason, 1, now, err);
}

static struct window *window_of(struct ym_alert_watch *w, const struct ym_alert_rule *r,
                                uint64_t total, int64_t now) {
    struct window *unused = NULL;

    for (size_t i = 0; i < YM_ALERT_RULES_MAX; i++) {
        if (strcmp(w->windows[i].rule, r->name) == 0) {
            return &w->windows[i];
        }
        if (unused == NULL && w->windows[i].rule[0] == '\0') {
            unused = &w->windows[i];
        }
    }
    if (unused == NULL) { /* rules came and went: all begin anew */
        memset(w->windows, 0, sizeof(w->windows));
        unused = &w->windows[0];
    }
    memcpy(unused->rule, r->name, sizeof(unused->rule));
    unused->turned = now;
    for (int i = 0; i < BUCKETS; i++) {
        unused->totals[i] = total;
    }
    return unused;
}

static uint64_t growth(struct window *v, uint32_t within, uint64_t total, int64_t now) {
    int64_t step = within / BUCKETS > 0 ? within / BUCKETS : 1;

    for (int turns = 0; now - v->turned >= step && turns < BUCKETS; turns++) {
        memmove(v->totals + 1, v->totals, (BUCKETS - 1) * sizeof(v->totals[0]));
        v->totals[0] = total;
        v->turned += step;
    }
    if (now - v->turned >= step) { /* the clock jumped */
        v->turned = now;
    }
    return total - v->totals[BUCKETS - 1];
}

static ym_status look_at_counter(struct ym_alert_watch *w, const struct ym_alert_rule *r,
                                 int64_t now, struct ym_err *err) {
    struct ym_intake_counts c;
    struct ym_alert_counts alerts = {0};
    uint64_t total = 0;
    uint64_t grown;
    char detail[100];

    ym_intake_counts(w->intake, &c);
    YM_TRY(ym_alert_count(w->state, &alerts, err));
    for (int i = 1; r->kind == YM_ALERT_REFUSED && i < YM_REFUSAL_COUNT; i++) {
        total += i == YM_REFUSAL_STORAGE ? 0 : c.refused[i];
    }
    if (r->kind == YM_ALERT_STORAGE) {
        total = c.refused[YM_REFUSAL_STORAGE] + alerts.failed + w->failed;
    }
    grown = growth(window_of(w, r, total, now), r->within, total, now);
    (void)snprintf(detail, sizeof(detail), "%u or more in %u seconds", r->count, r->within);
    return hold(w, r, grown >= r->count, ym_alert_kind_word(r->kind), detail, grown, now, err);
}

static ym_status look_at_disk(struct ym_alert_watch *w, const struct ym_alert_rule *r, int64_t now,
                              struct ym_err *err) {
    struct statvfs v;
    char detail[60];
    uint64_t free_percent;

    if (statvfs(w->state->dir, &v) != 0 || v.f_blocks == 0) {
        return YM_OK; /* a file system that does not say */
    }
    free_percent = (uint64_t)v.f_bavail * 100 / v.f_blocks;
    (void)snprintf(detail, sizeof(detail), "%" PRIu64 " percent are free", free_percent);
    return hold(w, r, free_percent < r->count, "disk", detail, 1, now, err);
}

/* Machines that are silent and have no alert of this rule yet; *ret_all: how many are silent. */
static ym_status silent_machines(struct ym_alert_watch *w, const struct ym_alert_rule *r,
                                 int64_t before, struct keys *ret, uint64_t *ret_all,
                                 struct ym_err *err) {
    struct ym_sql *s = &w->state->read;
    sqlite3_stmt *q = NULL;
    sqlite3_stmt *all = NULL;
    bool row = false;
    ym_status st;

    ret->n = 0;
    (void)pthread_mutex_lock(&s->lock);
    st = ym_sql_bind(s, "SELECT count(*) FROM machine WHERE seen<?", "i", &all, err, before);
    st = st == YM_OK ? ym_sql_row(s, all, &row, err) : st;
    *ret_all = st == YM_OK && row ? (uint64_t)sqlite3_column_int64(all, 0) : 0;
    st = st == YM_OK ? ym_sql_bind(s,
                                   "SELECT id,seen FROM machine WHERE seen<? AND lower(hex(id)) NOT"
                                   " IN (SELECT key FROM alert WHERE rule=? AND ended=0) LIMIT 250",
                                   "it", &q, err, before, r->name)
                     : st;
    while (st == YM_OK && ret->n < KEYS_MAX && (st = ym_sql_row(s, q, &row, err)) == YM_OK && row) {
        if (ym_sql_blob(q, 0, ret->id[ret->n], YM_FLEET_ID_SIZE)) {
            ym_hex_encode(ret->id[ret->n], YM_FLEET_ID_SIZE, ret->key[ret->n]);
            ret->seen[ret->n] = sqlite3_column_int64(q, 1);
            ret->n++;
        }
    }
    (void)sqlite3_finalize(all);
    (void)sqlite3_finalize(q);
    (void)pthread_mutex_unlock(&s->lock);
    return st;
}

/* Those that were heard of again, or are no machines any more. */
static ym_status heard_again(struct ym_alert_watch *w, const struct ym_alert_rule *r,
                             int64_t before, struct keys *ret, struct ym_err *err) {
    struct ym_sql *s = &w->state->read;
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    ret->n = 0;
    (void)pthread_mutex_lock(&s->lock);
    st = ym_sql_bind(s,
                     "SELECT key FROM alert WHERE rule=? AND ended=0 AND machine IS NOT NULL AND"
                     " machine NOT IN (SELECT id FROM machine WHERE seen<?) LIMIT 250",
                     "ti", &q, err, r->name, before);
    while (st == YM_OK && ret->n < KEYS_MAX && (st = ym_sql_row(s, q, &row, err)) == YM_OK && row) {
        ym_sql_text(q, 0, ret->key[ret->n], sizeof(ret->key[0]));
        ret->n++;
    }
    (void)sqlite3_finalize(q);
    (void)pthread_mutex_unlock(&s->lock);
    return st;
}

static ym_status raise_silent(struct ym_alert_watch *w, const struct ym_alert_rule *r,
                              const struct keys *k, int64_t now, struct ym_err *err) {
    for (size_t i = 0; i < k->n; i++) {
        char when[YM_ISO_TIME_SIZE];
        char detail[120];

        (void)snprintf(detail, sizeof(detail), "not heard of since %s",
                       ym_iso_time(k->seen[i], when));
        YM_TRY(ym_alert_raise(w->state, r, k->key[i], k->id[i], "", detail, 1, now, err));
    }
    return YM_OK;
}

static ym_status silent_with(struct ym_alert_watch *w, const struct ym_alert_rule *r,
                             struct keys *k, int64_t now, struct ym_err *err) {
    int64_t before = now - (int64_t)r->count * 86400;
    uint64_t all = 0;

    YM_TRY(heard_again(w, r, before, k, err));
    for (size_t i = 0; i < k->n; i++) {
        YM_TRY(ym_alert_clear(w->state, r->name, k->key[i], now, err));
    }
    YM_TRY(silent_machines(w, r, before, k, &all, err));
    if (all > YM_ALERT_CURRENT_MAX) {
        return ym_alert_raise(w->state, r, "many", NULL, "", "more machines than are listed", all,
                              now, err);
    }
    YM_TRY(ym_alert_clear(w->state, r->name, "many", now, err));
    return raise_silent(w, r, k, now, err);
}

static ym_status look_at_silent(struct ym_alert_watch *w, const struct ym_alert_rule *r,
                                int64_t now, struct ym_err *err) {
    struct keys *k = ym_zalloc(1, sizeof(*k));
    ym_status st = k == NULL ? ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory")
                             : silent_with(w, r, k, now, err);

    ym_free(k);
    return st;
}

/* --- outbreaks --- */

struct outbreaks {
    char family[OUTBREAKS_MAX][YM_ALERT_TEXT_MAX];
    uint64_t machines[OUTBREAKS_MAX];
    size_t n;
};

static ym_status on_outbreak(void *user, const char *family, uint64_t computers,
                             struct ym_err *err) {
    struct outbreaks *o = user;

    (void)err;
    if (o->n < OUTBREAKS_MAX) {
        (void)snprintf(o->family[o->n], sizeof(o->family[0]), "%s", family);
        o->machines[o->n++] = computers;
    }
    return YM_OK;
}

static ym_status look_at_outbreak(struct ym_alert_watch *w, const struct ym_alert_rule *r,
                                  int64_t now, struct ym_err *err) {
    struct outbreaks *o = ym_zalloc(1, sizeof(*o));
    ym_status st = o == NULL ? ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory")
                             : ym_drill_outbreaks(w->drill, now - r->within, r->family, r->category,
                                                  r->count, on_outbreak, o, err);

    for (size_t i = 0; st == YM_OK && i < o->n; i++) {
        st = ym_alert_raise(w->state, r, o->family[i], NULL, o->family[i], "", o->machines[i], now,
                            err);
    }
    if (st == YM_OK) {
        st = clear_others(w, r->name, o->family, o->n, now, err);
    }
    ym_free(o);
    return st == YM_UNSUPPORTED ? YM_OK : st; /* another store: said when the server started */
}

/* --- the watching thread --- */

static ym_status look(struct ym_alert_watch *w, const struct ym_alert_rule *r, int64_t now,
                      bool silent, bool outbreak, struct ym_err *err) {
    switch (r->kind) {
    case YM_ALERT_ROLLOUT:
        return look_at_rollout(w, r, now, err);
    case YM_ALERT_REFUSED:
    case YM_ALERT_STORAGE:
        return look_at_counter(w, r, now, err);
    case YM_ALERT_DISK:
        return look_at_disk(w, r, now, err);
    case YM_ALERT_SILENT:
        return silent ? look_at_silent(w, r, now, err) : YM_OK;
    case YM_ALERT_OUTBREAK:
        return outbreak ? look_at_outbreak(w, r, now, err) : YM_OK;
    case YM_ALERT_DETECTION: /* intake raises them */
    case YM_ALERT_KINDS:
    default:
        return YM_OK;
    }
}

static void look_at_all(struct ym_alert_watch *w) {
    struct ym_err err = {0}; /* counted; the next look comes */
    int64_t now = ym_now_unix();
    bool silent = now >= w->silent_next;
    bool outbreak = now >= w->outbreak_next;
    uint64_t start = ym_now_ns();

    if (ym_alert_rules(w->state, w->rules, YM_ALERT_RULES_MAX, &w->n_rules, &err) != YM_OK) {
        w->failed++;
        return;
    }
    for (size_t i = 0; i < w->n_rules; i++) {
        err = (struct ym_err){0};
        w->failed += look(w, &w->rules[i], now, silent, outbreak, &err) != YM_OK;
    }
    w->silent_next = silent ? now + SILENT_SECONDS : w->silent_next;
    if (outbreak) {
        w->outbreak_next =
            now + OUTBREAK_SECONDS + (int64_t)((ym_now_ns() - start) * 20 / 1000000000u);
    }
    if (now >= w->forget_next) {
        w->forget_next = now + FORGET_SECONDS;
        w->failed += ym_alert_forget(w->state, now, &err) != YM_OK;
        w->failed += ym_sessions_forget(w->state, now, &err) != YM_OK;
    }
}

static void *watcher(void *self) {
    do {
        look_at_all(self);
    } while (pause_for(self, LOOK_SECONDS));
    return NULL;
}

/* --- the sending thread --- */

/* OK also when the target did not take it: that is written down. */
static ym_status serve(struct ym_alert_watch *w, const struct ym_alert_target *t) {
    struct ym_err err = {0};
    struct ym_err said = {0};
    const char *error = NULL;

    if (t->next > ym_now_unix()) {
        return YM_OK;
    }
    YM_TRY(ym_alert_batch(w->state, t->name, &w->batch, &err));
    if (w->batch.n == 0) {
        return YM_OK;
    }
    if (ym_alert_send(w->state, t, &w->batch, ym_now_unix(), &w->stopping, &said) != YM_OK) {
        error = said.text[0] != '\0' ? said.text : "it failed";
    }
    return ym_alert_sent(w->state, t, &w->batch, error, ym_now_unix(), &err);
}

static void *sender(void *self) {
    struct ym_alert_watch *w = self;
    bool go_on = true;
    sigset_t pipes;

    (void)sigemptyset(&pipes); /* a receiver that hangs up is an error, not our end */
    (void)sigaddset(&pipes, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipes, NULL);
    while (go_on) {
        struct ym_err err = {0};
        size_t n = 0;
        bool lost = ym_alert_targets(w->state, w->targets, YM_ALERT_TARGETS_MAX, &n, &err) != YM_OK;

        for (size_t i = 0; go_on && i < n; i++) {
            lost = serve(w, &w->targets[i]) != YM_OK || lost;
            go_on = pause_for(w, 0);
        }
        go_on = go_on && pause_for(w, lost ? LOST_PAUSE : 1);
    }
    return NULL;
}

static ym_status start(struct ym_alert_watch *w, struct ym_err *err) {
    static void *(*const bodies[2])(void *) = {watcher, sender};

    YM_TRY(ym_drill_open(w->state->dir, &w->drill, err));
    for (int i = 0; i < 2; i++) {
        int code = pthread_create(&w->threads[i], NULL, bodies[i], w);

        if (code != 0) {
            return ym_fail_errno(err, MODULE, "", code, "cannot start a thread");
        }
        w->n_threads++;
    }
    return YM_OK;
}

ym_status ym_alert_watch_start(struct ym_fleet_state *state, struct ym_intake *intake,
                               struct ym_alert_watch **ret_watch, struct ym_err *err) {
    struct ym_alert_watch *w = ym_zalloc(1, sizeof(*w));
    ym_status st;

    if (w == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for alerts");
    }
    w->state = state;
    w->intake = intake;
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->ended, NULL);
    st = start(w, err);
    if (st != YM_OK) {
        ym_alert_watch_stop(w);
        return st;
    }
    *ret_watch = w;
    return YM_OK;
}

void ym_alert_watch_stop(struct ym_alert_watch *watch) {
    if (watch == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&watch->lock);
    watch->stopping = true;
    (void)pthread_cond_broadcast(&watch->ended);
    (void)pthread_mutex_unlock(&watch->lock);
    for (int i = 0; i < watch->n_threads; i++) {
        (void)pthread_join(watch->threads[i], NULL);
    }
    ym_drill_close(watch->drill);
    (void)pthread_cond_destroy(&watch->ended);
    (void)pthread_mutex_destroy(&watch->lock);
    ym_free(watch);
}
