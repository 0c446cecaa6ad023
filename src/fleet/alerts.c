/* alerts.c - alerts in the state's file: raised, ended, acknowledged, waiting.  See alerts.h. */
#include "fleet/alerts.h"

#include "state_int.h"

#include "base/alloc.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MODULE "fleet/alerts"

enum {
    DAY = 86400,
    LIST_MAX = 500,
    RETRY_FIRST = 15,
    RETRY_LAST = 3600,
    RAISED_MAX = 500, /* by one rule in one transaction of the intake; the rest is one alert */
};

static const char many[] = "many";

/* --- raising --- */

struct current {
    int64_t n;
    uint64_t count, told;
    bool there, acked;
};

static ym_status get_current(struct ym_sql *s, const char *rule, const char *key,
                             struct current *ret, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    ym_status st;

    YM_TRY(ym_sql_bind(s,
                       "SELECT n,count,told,acked>0 FROM alert WHERE rule=? AND key=? AND ended=0",
                       "tt", &q, err, rule, key));
    st = ym_sql_row(s, q, &ret->there, err);
    if (st == YM_OK && ret->there) {
        ret->n = sqlite3_column_int64(q, 0);
        ret->count = (uint64_t)sqlite3_column_int64(q, 1);
        ret->told = (uint64_t)sqlite3_column_int64(q, 2);
        ret->acked = sqlite3_column_int(q, 3) != 0;
    }
    (void)sqlite3_finalize(q);
    return st;
}

/* For every target that wants this level: one row, with the version that it would tell. */
static ym_status queue(struct ym_sql *s, int64_t n, struct ym_err *err) {
    YM_TRY(ym_sql_put(s, "UPDATE alert SET version=version+1, told=count WHERE n=?", "i", err, n));
    return ym_sql_put(s,
                      "INSERT OR REPLACE INTO delivery SELECT t.name, a.n, a.version FROM alert a,"
                      " alert_target t WHERE a.n=? AND t.level<=a.level",
                      "i", err, n);
}

static ym_status is_full(struct ym_sql *s, const char *rule, bool *ret_full, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    YM_TRY(
        ym_sql_bind(s, "SELECT count(*) FROM alert WHERE rule=? AND ended=0", "t", &q, err, rule));
    st = ym_sql_row(s, q, &row, err);
    *ret_full = st == YM_OK && row && sqlite3_column_int64(q, 0) >= YM_ALERT_CURRENT_MAX;
    (void)sqlite3_finalize(q);
    return st;
}

struct raised {
    const struct ym_alert_rule *rule;
    const char *key;
    const uint8_t *machine;
    const char *family, *category, *detail;
    uint64_t count;
};

static ym_status insert(struct ym_sql *s, const struct raised *r, int64_t now, struct ym_err *err) {
    YM_TRY(ym_sql_put(s,
                      "INSERT INTO alert(rule,kind,level,key,machine,family,category,detail,count,"
                      "first,last) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?10)",
                      "tiitbtttii", err, r->rule->name, (int64_t)r->rule->kind,
                      (int64_t)r->rule->level, r->key, r->machine, r->family, r->category,
                      r->detail, (int64_t)r->count, now));
    return queue(s, sqlite3_last_insert_rowid(s->db), err);
}

/* An event adds up; of a state the largest count is kept, and what it is now is said. */
static ym_status grow(struct ym_sql *s, const struct raised *r, const struct current *c,
                      int64_t now, struct ym_err *err) {
    bool state = ym_alert_kind_ends(r->rule->kind);
    uint64_t count = state ? (r->count > c->count ? r->count : c->count) : c->count + r->count;

    YM_TRY(
        ym_sql_put(s,
                   /* A state is looked at every few seconds: what did not change is not written. */
                   "UPDATE alert SET count=?2, last=?3, detail=CASE WHEN ?4=1 THEN ?5 ELSE"
                   " detail END WHERE n=?1 AND (?4=0 OR count<?2 OR last+60<=?3 OR detail<>?5)",
                   "iiiit", err, c->n, (int64_t)count, now, (int64_t)state, r->detail));
    return !c->acked && count / 10 >= c->told ? queue(s, c->n, err) : YM_OK;
}

static ym_status put(struct ym_sql *s, struct raised *r, int64_t now, struct ym_err *err) {
    struct current c = {0};
    bool full = false;

    YM_TRY(get_current(s, r->rule->name, r->key, &c, err));
    if (!c.there) {
        YM_TRY(is_full(s, r->rule->name, &full, err));
    }
    if (full) {
        r->key = many;
        r->machine = NULL;
        r->family = r->category = "";
        r->detail = "";
        YM_TRY(get_current(s, r->rule->name, many, &c, err));
    }
    return c.there ? grow(s, r, &c, now, err) : insert(s, r, now, err);
}

ym_status ym_alert_raise(struct ym_fleet_state *state, const struct ym_alert_rule *rule,
                         const char *key, const uint8_t *machine, const char *family,
                         const char *detail, uint64_t count, int64_t now, struct ym_err *err) {
    struct raised r = {.rule = rule,
                       .key = key,
                       .machine = machine,
                       .family = family,
                       .category = "",
                       .detail = detail,
                       .count = count};
    ym_status st;

    YM_TRY(ym_state_begin(state, err));
    st = put(&state->write, &r, now, err);
    return ym_state_end(state, st, err);
}

static ym_status clear(struct ym_sql *s, const char *rule, const char *key, int64_t now,
                       struct ym_err *err) {
    struct current c = {0};

    YM_TRY(get_current(s, rule, key, &c, err));
    if (!c.there) {
        return YM_OK;
    }
    YM_TRY(ym_sql_put(s, "UPDATE alert SET ended=?2, last=?2 WHERE n=?1", "ii", err, c.n, now));
    return c.acked ? YM_OK : queue(s, c.n, err);
}

ym_status ym_alert_clear(struct ym_fleet_state *state, const char *rule, const char *key,
                         int64_t now, struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_state_begin(state, err));
    st = clear(&state->write, rule, key, now, err);
    return ym_state_end(state, st, err);
}

/* --- sightings --- */

static bool wants(const struct ym_alert_rule *r, const struct ym_sighting *s) {
    return r->kind == YM_ALERT_DETECTION &&
           (r->family[0] == '\0' || ym_equal_nocase(r->family, s->family)) &&
           (r->category[0] == '\0' || strcmp(r->category, s->category) == 0) &&
           ym_severity_of(s->category) >= r->severity;
}

static bool same_text(const char *a, const char *b) {
    return strcmp(a, b) == 0;
}

/* How many of a report's sightings from i on are of the same family; 0: it was counted before. */
static uint64_t count_same(const struct ym_taken *t, size_t i) {
    uint64_t n = 0;

    for (size_t k = 0; k < t->n_sightings; k++) {
        if (same_text(t->sightings[k].family, t->sightings[i].family) &&
            same_text(t->sightings[k].category, t->sightings[i].category)) {
            if (k < i) {
                return 0;
            }
            n++;
        }
    }
    return n;
}

enum { KEY_SIZE = 2 * YM_FLEET_ID_SIZE + 1 + YM_ALERT_TEXT_MAX };

static ym_status raise_sighting(struct ym_sql *s, const struct ym_alert_rule *rule,
                                const struct ym_taken *t, const struct ym_sighting *seen,
                                uint64_t n, int64_t now, struct ym_err *err) {
    char hex[2 * YM_FLEET_ID_SIZE + 1];
    char key[KEY_SIZE];
    char detail[YM_ALERT_TEXT_MAX];
    struct raised r = {.rule = rule,
                       .key = key,
                       .machine = t->report->machine,
                       .family = seen->family,
                       .category = seen->category,
                       .detail = detail,
                       .count = n};

    ym_hex_encode(t->report->machine, sizeof(t->report->machine), hex);
    (void)snprintf(key, sizeof(key), "%s/%s", hex,
                   seen->family[0] != '\0' ? seen->family : seen->name);
    (void)snprintf(detail, sizeof(detail), "%.200s: %s", seen->name,
                   seen->blocked   ? "blocked"
                   : seen->cleaned ? "cleaned"
                                   : "found");
    return put(s, &r, now, err);
}

/* A report may name a thousand things; the families of the first SIGHTINGS_OF_ONE are looked at, as each
 * is compared with each. */
enum { SIGHTINGS_OF_ONE = 200 };

/* The rules of a transaction, and what they have raised in it: an outbreak must not hold up intake. */
struct raising {
    struct ym_alert_rule rules[YM_ALERT_RULES_MAX];
    uint32_t raised[YM_ALERT_RULES_MAX];
    uint64_t more[YM_ALERT_RULES_MAX];
    size_t n;
};

static ym_status of_report(struct ym_sql *s, struct raising *r, const struct ym_taken *whole,
                           int64_t now, struct ym_err *err) {
    struct ym_taken t = *whole;

    t.n_sightings = t.n_sightings < SIGHTINGS_OF_ONE ? t.n_sightings : SIGHTINGS_OF_ONE;
    for (size_t i = 0; i < t.n_sightings; i++) {
        uint64_t n = count_same(&t, i);

        for (size_t k = 0; n > 0 && k < r->n; k++) {
            if (!wants(&r->rules[k], &t.sightings[i])) {
                continue;
            }
            if (r->raised[k]++ < RAISED_MAX) {
                YM_TRY(raise_sighting(s, &r->rules[k], &t, &t.sightings[i], n, now, err));
            } else {
                r->more[k] += n;
            }
        }
    }
    return YM_OK;
}

static ym_status raise_more(struct ym_sql *s, const struct raising *r, int64_t now,
                            struct ym_err *err) {
    for (size_t k = 0; k < r->n; k++) {
        struct raised one = {.rule = &r->rules[k],
                             .key = many,
                             .family = "",
                             .category = "",
                             .detail = "",
                             .count = r->more[k]};

        if (r->more[k] > 0) {
            YM_TRY(put(s, &one, now, err));
        }
    }
    return YM_OK;
}

ym_status ym_alerts_of_sightings(struct ym_fleet_state *state, const struct ym_taken *taken,
                                 size_t n, int64_t now, struct ym_err *err) {
    struct raising *r = ym_zalloc(1, sizeof(*r));
    ym_status st;

    if (r == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the rules");
    }
    st = ym_alert_rules_read(&state->write, (int)YM_ALERT_DETECTION, r->rules, YM_ALERT_RULES_MAX,
                             &r->n, err);
    for (size_t i = 0; st == YM_OK && r->n > 0 && i < n; i++) {
        st = of_report(&state->write, r, &taken[i], now, err);
    }
    st = st == YM_OK ? raise_more(&state->write, r, now, err) : st;
    ym_free(r);
    return st;
}

/* --- people --- */

static ym_status ack(struct ym_fleet_state *s, const char *by, int64_t n, int64_t now,
                     struct ym_err *err) {
    /* An event is over when somebody knows; a state when it is. */
    YM_TRY(ym_sql_put(&s->write,
                      "UPDATE alert SET acked=?2, acked_by=?3,"
                      " ended=CASE WHEN kind=?4 AND ended=0 THEN ?2 ELSE ended END"
                      " WHERE n=?1 AND acked=0",
                      "iiti", err, n, now, by, (int64_t)YM_ALERT_DETECTION));
    if (sqlite3_changes(s->write.db) == 0) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "there is no such alert, or it was acknowledged before");
    }
    YM_TRY(ym_sql_put(&s->write, "DELETE FROM delivery WHERE alert=?", "i", err, n));
    return ym_state_audit(s, by, now, "alert-ack", err, "alert %" PRId64, n);
}

ym_status ym_alert_ack(struct ym_fleet_state *state, const char *by, int64_t n, int64_t now,
                       struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_state_begin(state, err));
    st = ack(state, by, n, now, err);
    return ym_state_end(state, st, err);
}

#define ALERT_COLUMNS                                                                              \
    "a.n,a.rule,a.kind,a.level,lower(hex(a.machine)),"                                             \
    "coalesce(nullif(m.label,''),lower(substr(hex(a.machine),1,8)),''),"                           \
    "a.family,a.category,a.detail,a.count,a.first,a.last,a.ended,a.acked,a.acked_by,"

static void read_alert(sqlite3_stmt *q, struct ym_alert *a) {
    *a = (struct ym_alert){.n = sqlite3_column_int64(q, 0),
                           .kind = (enum ym_alert_kind)sqlite3_column_int(q, 2),
                           .level = (enum ym_alert_level)sqlite3_column_int(q, 3),
                           .count = (uint64_t)sqlite3_column_int64(q, 9),
                           .first = sqlite3_column_int64(q, 10),
                           .last = sqlite3_column_int64(q, 11),
                           .ended = sqlite3_column_int64(q, 12),
                           .acked = sqlite3_column_int64(q, 13),
                           .version = sqlite3_column_int64(q, 15)};
    ym_sql_text(q, 1, a->rule, sizeof(a->rule));
    ym_sql_text(q, 4, a->machine, sizeof(a->machine));
    ym_sql_text(q, 5, a->label, sizeof(a->label));
    ym_sql_text(q, 6, a->family, sizeof(a->family));
    ym_sql_text(q, 7, a->category, sizeof(a->category));
    ym_sql_text(q, 8, a->detail, sizeof(a->detail));
    ym_sql_text(q, 14, a->acked_by, sizeof(a->acked_by));
}

/* Rows of a prepared query, at most max of them; gives the read lock back. */
static ym_status read_alerts(struct ym_sql *s, sqlite3_stmt *q, struct ym_alert *ret, size_t max,
                             size_t *ret_n, struct ym_err *err) {
    bool row = true;
    ym_status st = YM_OK;
    size_t n = 0;

    while (n < max && (st = ym_sql_row(s, q, &row, err)) == YM_OK && row) {
        read_alert(q, &ret[n++]);
    }
    *ret_n = st == YM_OK ? n : 0;
    return st;
}

ym_status ym_alert_list(struct ym_fleet_state *state, bool open, int64_t before,
                        struct ym_alert *ret_alerts, size_t max, size_t *ret_n,
                        struct ym_err *err) {
    struct ym_sql *s = &state->read;
    sqlite3_stmt *q = NULL;
    ym_status st;

    (void)pthread_mutex_lock(&s->lock);
    st = ym_sql_bind(s,
                     "SELECT " ALERT_COLUMNS "a.version FROM alert a LEFT JOIN machine m ON"
                     " m.id=a.machine WHERE a.n<?1 AND (?2=0 OR a.acked=0) ORDER BY a.n DESC",
                     "ii", &q, err, before > 0 ? before : INT64_MAX, (int64_t)open);
    if (st == YM_OK) {
        st = read_alerts(s, q, ret_alerts, max < LIST_MAX ? max : LIST_MAX, ret_n, err);
    }
    (void)sqlite3_finalize(q);
    (void)pthread_mutex_unlock(&s->lock);
    return st;
}

ym_status ym_alert_count(struct ym_fleet_state *state, struct ym_alert_counts *ret_counts,
                         struct ym_err *err) {
    static const char *const sql[3] = {"SELECT count(*) FROM alert WHERE acked=0",
                                       "SELECT count(*) FROM alert WHERE acked=0 AND level=2",
                                       "SELECT count(*) FROM delivery"};
    int64_t v[3] = {0};
    ym_status st = YM_OK;

    (void)pthread_mutex_lock(&state->read.lock);
    for (int i = 0; st == YM_OK && i < 3; i++) {
        st = ym_sql_number(&state->read, sql[i], &v[i], err);
    }
    (void)pthread_mutex_unlock(&state->read.lock);
    *ret_counts = (struct ym_alert_counts){.open = (uint64_t)v[0],
                                           .critical = (uint64_t)v[1],
                                           .waiting = (uint64_t)v[2],
                                           .failed = state->alerts_failed};
    return st;
}

/* --- what is to be sent --- */

ym_status ym_alert_batch(struct ym_fleet_state *state, const char *target,
                         struct ym_alert_batch *ret_batch, struct ym_err *err) {
    struct ym_sql *s = &state->read;
    sqlite3_stmt *q = NULL;
    sqlite3_stmt *all = NULL;
    bool row = false;
    ym_status st;

    (void)pthread_mutex_lock(&s->lock);
    st = ym_sql_bind(s,
                     "SELECT " ALERT_COLUMNS "d.version FROM delivery d JOIN alert a ON a.n=d.alert"
                     " LEFT JOIN machine m ON m.id=a.machine WHERE d.target=?1"
                     " ORDER BY a.level DESC, a.n LIMIT 50",
                     "t", &q, err, target);
    st =
        st == YM_OK ? read_alerts(s, q, ret_batch->alerts, YM_ALERT_BATCH, &ret_batch->n, err) : st;
    st = st == YM_OK ? ym_sql_bind(s, "SELECT count(*) FROM delivery WHERE target=?", "t", &all,
                                   err, target)
                     : st;
    st = st == YM_OK ? ym_sql_row(s, all, &row, err) : st;
    if (st == YM_OK && row) {
        uint64_t waiting = (uint64_t)sqlite3_column_int64(all, 0);

        ret_batch->more = waiting > ret_batch->n ? waiting - ret_batch->n : 0;
    }
    (void)sqlite3_finalize(all);
    (void)sqlite3_finalize(q);
    (void)pthread_mutex_unlock(&s->lock);
    return st;
}

_Static_assert(YM_ALERT_BATCH == 50, "the LIMIT above");

/* What grew while it was on its way has another version, and stays.  What was only counted goes with
 * the message that counted it: up to the newest alert that it could have counted. */
static ym_status told(struct ym_sql *s, const char *target, const struct ym_alert_batch *b,
                      struct ym_err *err) {
    for (size_t i = 0; i < b->n; i++) {
        YM_TRY(ym_sql_put(s, "DELETE FROM delivery WHERE target=? AND alert=? AND version=?", "tii",
                          err, target, b->alerts[i].n, b->alerts[i].version));
    }
    return b->more == 0
               ? YM_OK
               : ym_sql_put(s,
                            "DELETE FROM delivery WHERE target=?1 AND alert IN (SELECT alert FROM"
                            " delivery WHERE target=?1 ORDER BY alert LIMIT ?2)",
                            "ti", err, target, (int64_t)b->more);
}

static int64_t pause_after(uint32_t failures) {
    int64_t pause = RETRY_FIRST;

    for (uint32_t i = 1; i < failures && pause < RETRY_LAST; i++) {
        pause *= 2;
    }
    return pause < RETRY_LAST ? pause : RETRY_LAST;
}

ym_status ym_alert_sent(struct ym_fleet_state *state, const struct ym_alert_target *target,
                        const struct ym_alert_batch *batch, const char *error, int64_t now,
                        struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_state_begin(state, err));
    if (error == NULL) {
        st = told(&state->write, target->name, batch, err);
        st = st == YM_OK ? ym_sql_put(&state->write,
                                      "UPDATE alert_target SET failures=0, error='', sent=?2,"
                                      " next=?2+pause WHERE name=?1",
                                      "ti", err, target->name, now)
                         : st;
    } else {
        st = ym_sql_put(&state->write,
                        "UPDATE alert_target SET failures=failures+1, error=?3, next=?2"
                        " WHERE name=?1",
                        "tit", err, target->name, now + pause_after(target->failures + 1), error);
    }
    return ym_state_end(state, st, err);
}

ym_status ym_alert_forget(struct ym_fleet_state *state, int64_t now, struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_state_begin(state, err));
    st = ym_sql_put(&state->write, "DELETE FROM alert WHERE last<?", "i", err,
                    now - (int64_t)YM_ALERT_KEEP_DAYS * DAY);
    st = st == YM_OK
             ? ym_sql_run(&state->write,
                          "DELETE FROM delivery WHERE alert NOT IN (SELECT n FROM alert)", err)
             : st;
    return ym_state_end(state, st, err);
}

/* --- JSON --- */

static void put_text(struct ym_buf *out, const char *name, const char *text) {
    ym_buf_printf(out, ",\"%s\":", name);
    ym_buf_json_string(out, text, strlen(text));
}

void ym_alert_json(const struct ym_alert *a, struct ym_buf *out) {
    ym_buf_printf(out,
                  "{\"n\":%" PRId64 ",\"kind\":\"%s\",\"level\":\"%s\",\"count\":%" PRIu64
                  ",\"first\":%" PRId64 ",\"last\":%" PRId64 ",\"ended\":%" PRId64
                  ",\"acked\":%" PRId64,
                  a->n, ym_alert_kind_word(a->kind), ym_alert_level_word(a->level), a->count,
                  a->first, a->last, a->ended, a->acked);
    put_text(out, "rule", a->rule);
    put_text(out, "machine", a->machine);
    put_text(out, "label", a->label);
    put_text(out, "family", a->family);
    put_text(out, "category", a->category);
    put_text(out, "detail", a->detail);
    put_text(out, "acked_by", a->acked_by);
    ym_buf_u8(out, '}');
}

void ym_alert_rule_json(const struct ym_alert_rule *r, struct ym_buf *out) {
    ym_buf_printf(out,
                  "{\"rule\":\"%s\",\"when\":\"%s\",\"level\":\"%s\",\"severity\":\"%s\","
                  "\"count\":%u,\"within\":%u",
                  r->name, ym_alert_kind_word(r->kind), ym_alert_level_word(r->level),
                  ym_severity_word(r->severity), r->count, r->within);
    put_text(out, "family", r->family);
    put_text(out, "category", r->category);
    ym_buf_u8(out, '}');
}

void ym_alert_target_json(const struct ym_alert_target *t, struct ym_buf *out) {
    ym_buf_printf(out,
                  "{\"target\":\"%s\",\"kind\":\"%s\",\"level\":\"%s\",\"pause\":%u,"
                  "\"failures\":%u,\"sent\":%" PRId64 ",\"next\":%" PRId64,
                  t->name, ym_target_kind_word(t->kind), ym_alert_level_word(t->level), t->pause,
                  t->failures, t->sent, t->next);
    put_text(out, "to", t->address);
    put_text(out, "from", t->sender);
    put_text(out, "rcpt", t->recipient);
    put_text(out, "user", t->user);
    put_text(out, "error", t->error);
    ym_buf_u8(out, '}');
}
