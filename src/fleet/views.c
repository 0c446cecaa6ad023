/* views.c - see views.h. */
#include "fleet/views.h"

#include "state_int.h"

#include "base/text.h"
#include "fleet/sessions.h"

#include <inttypes.h>
#include <string.h>

#define MODULE "fleet/views"

enum { ROLLOUTS = 50, PEOPLE = 1000, SILENT_AFTER = 7 * 86400 };

static void put_text(sqlite3_stmt *q, int column, struct ym_buf *out) {
    const char *text = (const char *)sqlite3_column_text(q, column);

    ym_buf_json_string(out, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

typedef void row_fn(sqlite3_stmt *q, struct ym_buf *out);

/* All rows of a statement (which it ends) with commas between; the caller has the lock. */
static ym_status put_rows(struct ym_sql *s, sqlite3_stmt *q, row_fn *put, struct ym_buf *out,
                          struct ym_err *err) {
    bool row = false;
    ym_status st;
    int n = 0;

    while ((st = ym_sql_row(s, q, &row, err)) == YM_OK && row) {
        ym_buf_add_text(out, n++ == 0 ? "" : ",");
        put(q, out);
    }
    (void)sqlite3_finalize(q);
    return st == YM_OK ? ym_buf_status(out) : st;
}

static uint32_t at_most(uint32_t n, uint32_t max) {
    return n == 0 || n > max ? max : n;
}

/* --- machines --- */

/* % and _ of what somebody looks for are letters. */
#define CHOSEN                                                                                     \
    " FROM machine WHERE (?1=0 OR ring=?1) AND (?2<0 OR image=?2) AND (?3=0 OR seen<?3) AND"       \
    " (?4='' OR instr(lower(label),lower(?4))>0 OR instr(lower(hex(id)),lower(?4))=1)"

static ym_status count_chosen(struct ym_sql *s, const struct ym_machine_filter *f, uint64_t *ret,
                              struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    YM_TRY(ym_sql_bind(s, "SELECT count(*)" CHOSEN, "iiit", &q, err, (int64_t)f->ring,
                       (int64_t)f->state, f->seen_before, f->text));
    st = ym_sql_row(s, q, &row, err);
    *ret = row ? (uint64_t)sqlite3_column_int64(q, 0) : 0;
    (void)sqlite3_finalize(q);
    return st;
}

static ym_status put_chosen(struct ym_sql *s, const struct ym_machine_filter *f, struct ym_buf *out,
                            struct ym_err *err) {
    sqlite3_stmt *q = NULL;

    YM_TRY(ym_sql_bind(
        s,
        f->by_seen ? "SELECT " YM_MACHINE_COLUMNS CHOSEN " ORDER BY seen, id LIMIT ?5 OFFSET ?6"
                   : "SELECT " YM_MACHINE_COLUMNS CHOSEN
                     " ORDER BY label='', label COLLATE NOCASE, id LIMIT ?5 OFFSET ?6",
        "iiitii", &q, err, (int64_t)f->ring, (int64_t)f->state, f->seen_before, f->text,
        (int64_t)at_most(f->max, YM_VIEW_PAGE_MAX), (int64_t)f->skip));
    return put_rows(s, q, ym_machine_json, out, err);
}

ym_status ym_view_machines(struct ym_fleet_state *state, const struct ym_machine_filter *filter,
                           struct ym_buf *out, struct ym_err *err) {
    struct ym_sql *s = &state->view;
    uint64_t total = 0;
    ym_status st;

    (void)pthread_mutex_lock(&s->lock);
    st = count_chosen(s, filter, &total, err);
    ym_buf_printf(out, "{\"total\":%" PRIu64 ",\"machines\":[", total);
    st = st == YM_OK ? put_chosen(s, filter, out, err) : st;
    (void)pthread_mutex_unlock(&s->lock);
    ym_buf_add_text(out, "]}");
    return st == YM_OK ? ym_buf_status(out) : st;
}

ym_status ym_view_machine(struct ym_fleet_state *state, const uint8_t id[YM_FLEET_ID_SIZE],
                          struct ym_buf *out, struct ym_err *err) {
    struct ym_sql *s = &state->view;
    sqlite3_stmt *q = NULL;
    size_t before = out->len;
    ym_status st;

    (void)pthread_mutex_lock(&s->lock);
    st = ym_sql_bind(s, "SELECT " YM_MACHINE_COLUMNS " FROM machine WHERE id=?", "b", &q, err, id);
    st = st == YM_OK ? put_rows(s, q, ym_machine_json, out, err) : st;
    (void)pthread_mutex_unlock(&s->lock);
    return st == YM_OK && out->len == before
               ? ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "there is no such machine")
               : st;
}

/* --- rollouts --- */

static void rollout_json(sqlite3_stmt *q, struct ym_buf *out) {
    static const char *const names[] = {"epoch", "ring",       "rings",   "opened",
                                        "added", "size",       "wait",    "machines",
                                        "share", "max_failed", "max_rise"};

    ym_buf_printf(out, "{\"state\":\"%s\",\"reason\":",
                  ym_rollout_word((enum ym_rollout_state)sqlite3_column_int(q, 0)));
    put_text(q, 1, out);
    ym_buf_add_text(out, ",\"sha256\":");
    put_text(q, 2, out);
    for (int i = 0; i < 11; i++) {
        ym_buf_printf(out, ",\"%s\":%" PRId64, names[i], (int64_t)sqlite3_column_int64(q, 3 + i));
    }
    ym_buf_u8(out, '}');
}

ym_status ym_view_rollouts(struct ym_fleet_state *state, struct ym_buf *out, struct ym_err *err) {
    struct ym_sql *s = &state->view;
    sqlite3_stmt *q = NULL;
    ym_status st;

    (void)pthread_mutex_lock(&s->lock);
    st = ym_sql_bind(
        s,
        "SELECT r.state,r.reason,lower(hex(i.sha256)),r.epoch,r.ring,r.rings,r.opened,"
        "i.added,i.size,r.wait,r.machines,r.share,r.max_failed,r.max_rise FROM rollout r"
        " JOIN image i ON i.epoch=r.epoch ORDER BY r.epoch DESC LIMIT ?",
        "i", &q, err, (int64_t)ROLLOUTS);
    ym_buf_u8(out, '[');
    st = st == YM_OK ? put_rows(s, q, rollout_json, out, err) : st;
    (void)pthread_mutex_unlock(&s->lock);
    ym_buf_u8(out, ']');
    return st == YM_OK ? ym_buf_status(out) : st;
}

/* --- people and what they did --- */

static void person_json(sqlite3_stmt *q, struct ym_buf *out) {
    ym_buf_add_text(out, "{\"name\":");
    put_text(q, 0, out);
    ym_buf_printf(out, ",\"role\":\"%s\",\"sessions\":%" PRId64 ",\"used\":%" PRId64 "}",
                  ym_role_word((enum ym_role)sqlite3_column_int(q, 1)),
                  (int64_t)sqlite3_column_int64(q, 2), (int64_t)sqlite3_column_int64(q, 3));
}

ym_status ym_view_people(struct ym_fleet_state *state, int64_t now, struct ym_buf *out,
                         struct ym_err *err) {
    struct ym_sql *s = &state->view;
    sqlite3_stmt *q = NULL;
    ym_status st;

    (void)pthread_mutex_lock(&s->lock);
    st = ym_sql_bind(
        s,
        "SELECT name,role,(SELECT count(*) FROM session WHERE person=name AND used>?1 AND"
        " made>?2),coalesce((SELECT max(time) FROM audit WHERE by=name AND"
        " action='sign-in' AND n>(SELECT max(n)-100000 FROM audit)),0) FROM person"
        " ORDER BY name LIMIT ?3",
        "iii", &q, err, now - YM_SESSION_IDLE, now - YM_SESSION_LONGEST, (int64_t)PEOPLE);
    ym_buf_u8(out, '[');
    st = st == YM_OK ? put_rows(s, q, person_json, out, err) : st;
    (void)pthread_mutex_unlock(&s->lock);
    ym_buf_u8(out, ']');
    return st == YM_OK ? ym_buf_status(out) : st;
}

static void audit_json(sqlite3_stmt *q, struct ym_buf *out) {
    static const char *const names[] = {"by", "action", "detail"};

    ym_buf_printf(out, "{\"n\":%" PRId64 ",\"time\":%" PRId64, (int64_t)sqlite3_column_int64(q, 0),
                  (int64_t)sqlite3_column_int64(q, 1));
    for (int i = 0; i < 3; i++) {
        ym_buf_printf(out, ",\"%s\":", names[i]);
        put_text(q, 2 + i, out);
    }
    ym_buf_u8(out, '}');
}

ym_status ym_view_audit(struct ym_fleet_state *state, int64_t before, uint32_t max,
                        struct ym_buf *out, struct ym_err *err) {
    struct ym_sql *s = &state->view;
    sqlite3_stmt *q = NULL;
    ym_status st;

    (void)pthread_mutex_lock(&s->lock);
    st = ym_sql_bind(
        s, "SELECT n,time,by,action,detail FROM audit WHERE n<? ORDER BY n DESC LIMIT ?", "ii", &q,
        err, before > 0 ? before : INT64_MAX, (int64_t)at_most(max, YM_VIEW_PAGE_MAX));
    ym_buf_u8(out, '[');
    st = st == YM_OK ? put_rows(s, q, audit_json, out, err) : st;
    (void)pthread_mutex_unlock(&s->lock);
    ym_buf_u8(out, ']');
    return st == YM_OK ? ym_buf_status(out) : st;
}

/* --- at a glance --- */

static void state_json(sqlite3_stmt *q, struct ym_buf *out) {
    ym_buf_printf(out, "\"%s\":%" PRId64,
                  ym_image_word((enum ym_image_state)sqlite3_column_int(q, 0)),
                  (int64_t)sqlite3_column_int64(q, 1));
}

static void number_json(sqlite3_stmt *q, struct ym_buf *out) {
    ym_buf_printf(out, "%" PRId64, (int64_t)sqlite3_column_int64(q, 0));
}

ym_status ym_view_glance(struct ym_fleet_state *state, int64_t now, struct ym_buf *out,
                         struct ym_err *err) {
    struct ym_sql *s = &state->view;
    sqlite3_stmt *q = NULL;
    ym_status st;

    (void)pthread_mutex_lock(&s->lock);
    st = ym_sql_bind(s, "SELECT count(*) FROM machine WHERE seen<?", "i", &q, err,
                     now - SILENT_AFTER);
    ym_buf_add_text(out, "{\"silent\":");
    st = st == YM_OK ? put_rows(s, q, number_json, out, err) : st;
    ym_buf_add_text(out, ",\"states\":{");
    st = st == YM_OK ? ym_sql_open(s, "SELECT image,count(*) FROM machine GROUP BY image", &q, err)
                     : st;
    st = st == YM_OK ? put_rows(s, q, state_json, out, err) : st;
    (void)pthread_mutex_unlock(&s->lock);
    ym_buf_add_text(out, "}}");
    return st == YM_OK ? ym_buf_status(out) : st;
}
