/* drill.c - see drill.h.  Plain SQL is asked of the embedded store (intake.c makes it); where the server has
 * another one there is no STATE/records.db (intake.c sees to that), and nothing is answered. */
#include "fleet/drill.h"

#include "state_int.h"

#include "base/alloc.h"
#include "base/time.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MODULE "fleet/drill"

enum { STEPS = 10000, REPAIRS_OF_ONE = 20, OUTBREAKS_MAX = 50 };

struct ym_drill {
    struct ym_sql sql;
    bool none; /* no embedded store */
    uint64_t deadline_ns;
};

static int is_late(void *user) {
    const struct ym_drill *d = user;

    return ym_now_ns() > d->deadline_ns;
}

ym_status ym_drill_open(const char *state_dir, struct ym_drill **ret_drill, struct ym_err *err) {
    struct ym_drill *d = ym_zalloc(1, sizeof(*d));
    int code;

    if (d == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for questions");
    }
    (void)snprintf(d->sql.name, sizeof(d->sql.name), "%.4000s/records.db", state_dir);
    if (access(d->sql.name, F_OK) != 0 && errno == ENOENT) {
        d->none = true;
        *ret_drill = d;
        return YM_OK;
    }
    code = sqlite3_open_v2(
        d->sql.name, &d->sql.db,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_FULLMUTEX,
        NULL); /* WAL needs its shared file even to read; query_only does the rest */
    if (code == SQLITE_OK) {
        code = sqlite3_exec(d->sql.db,
                            "PRAGMA query_only=ON; PRAGMA cache_size=-4096; PRAGMA "
                            "trusted_schema=OFF; PRAGMA cell_size_check=ON",
                            NULL, NULL, NULL);
    }
    if (code != SQLITE_OK) {
        ym_status st = ym_sql_fail(&d->sql, code, "cannot ask the store", err);

        ym_drill_close(d);
        return st;
    }
    sqlite3_progress_handler(d->sql.db, STEPS, is_late, d);
    *ret_drill = d;
    return YM_OK;
}

void ym_drill_close(struct ym_drill *drill) {
    if (drill != NULL) {
        (void)sqlite3_close(drill->sql.db);
        ym_free(drill);
    }
}

static ym_status start(struct ym_drill *d, struct ym_err *err) {
    d->deadline_ns = ym_now_ns() + (uint64_t)YM_DRILL_SECONDS * 1000000000u;
    return !d->none ? YM_OK
                    : ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                              "this server's records are in another store (--store), which "
                              "answers no such questions");
}

static ym_status next(struct ym_drill *d, sqlite3_stmt *q, bool *ret_row, struct ym_err *err) {
    int code = sqlite3_step(q);

    if ((code & 0xff) == SQLITE_INTERRUPT) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "this took longer than %d seconds: ask for a shorter time",
                       YM_DRILL_SECONDS);
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return ym_sql_fail(&d->sql, code, "the store", err);
    }
    *ret_row = code == SQLITE_ROW;
    return YM_OK;
}

/* --- groups --- */

/* The runs that are looked at, and of those the findings. */
#define RUNS                                                                                       \
    "WITH runs AS (SELECT n, coalesce(machine,id) AS computer, time, system, service_pack FROM"    \
    " execution WHERE time>=?1 AND time<?2 AND (?3='' OR country=?3) AND EXISTS(SELECT 1 FROM"     \
    " detection WHERE execution=n) ORDER BY time DESC LIMIT ?7), found AS (SELECT r.*, d.* FROM"   \
    " runs r JOIN detection d ON d.execution=r.n WHERE (?4='' OR d.family=?4) AND"                 \
    " (?5='' OR d.name=?5) AND (?6='' OR d.category=?6)) "

struct group {
    const char *name, *sql; /* columns of the key, then computers and findings */
    int keys;
};
static const struct group groups[] = {
    {"names", RUNS "SELECT name,category,count(DISTINCT computer),count(*) FROM found GROUP BY 1,2",
     2},
    {"paths", RUNS "SELECT path,blocked,count(DISTINCT computer),count(*) FROM found GROUP BY 1,2",
     2},
    {"objects", RUNS "SELECT object,count(DISTINCT computer),count(*) FROM found GROUP BY 1", 1},
    {"systems",
     RUNS "SELECT system,service_pack,count(DISTINCT computer),count(*) FROM found GROUP BY 1,2",
     2},
    {"repairs",
     RUNS "SELECT p.what,p.result,count(DISTINCT f.computer),count(*) FROM (SELECT DISTINCT"
          " execution,computer FROM found) f JOIN repair p ON p.execution=f.execution GROUP BY 1,2",
     2},
};

static ym_status prepare(struct ym_drill *d, const char *sql, const struct ym_drill_filter *f,
                         sqlite3_stmt **ret_q, struct ym_err *err) {
    return ym_sql_bind(&d->sql, sql, "iitttti", ret_q, err, f->from, f->to, f->country, f->family,
                       f->name, f->category, (int64_t)YM_DRILL_RUNS);
}

static void put_text(sqlite3_stmt *q, int column, struct ym_buf *out) {
    const char *text = (const char *)sqlite3_column_text(q, column);

    ym_buf_json_string(out, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

struct tally {
    uint64_t shown, hidden, more;
};

static void put_group(sqlite3_stmt *q, const struct group *g, uint32_t min, struct tally *t,
                      struct ym_buf *out) {
    uint64_t computers = (uint64_t)sqlite3_column_int64(q, g->keys);
    uint64_t findings = (uint64_t)sqlite3_column_int64(q, g->keys + 1);

    if (computers < min) {
        t->hidden++;
        return;
    }
    if (t->shown == YM_DRILL_GROUPS) {
        t->more++;
        return;
    }
    ym_buf_add_text(out, t->shown++ == 0 ? "{\"key\":[" : ",{\"key\":[");
    for (int i = 0; i < g->keys; i++) {
        ym_buf_add_text(out, i == 0 ? "" : ",");
        put_text(q, i, out);
    }
    ym_buf_printf(out, "],\"computers\":%" PRIu64 ",\"findings\":%" PRIu64 "}", computers,
                  findings);
}

static ym_status one_group(struct ym_drill *d, const struct ym_drill_filter *f,
                           const struct group *g, struct ym_buf *out, struct ym_err *err) {
    char sql[2000];
    struct tally t = {0};
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    (void)snprintf(sql, sizeof(sql), "%s ORDER BY %d DESC, 1", g->sql, g->keys + 1);
    YM_TRY(prepare(d, sql, f, &q, err));
    ym_buf_printf(out, "\"%s\":{\"cells\":[", g->name);
    while ((st = next(d, q, &row, err)) == YM_OK && row) {
        put_group(q, g, f->min, &t, out);
    }
    (void)sqlite3_finalize(q);
    /* How many findings are hidden would tell what a single hidden group is: by subtraction. */
    ym_buf_printf(out, "],\"hidden\":{\"cells\":%" PRIu64 ",\"n\":%s},\"more\":%" PRIu64 "}",
                  t.hidden, f->min > 1 ? "null" : "0", t.more);
    return st;
}

ym_status ym_drill_groups(struct ym_drill *drill, const struct ym_drill_filter *filter,
                          struct ym_buf *out, struct ym_err *err) {
    YM_TRY(start(drill, err));
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        ym_buf_u8(out, i == 0 ? '{' : ',');
        YM_TRY(one_group(drill, filter, &groups[i], out, err));
    }
    ym_buf_u8(out, '}');
    return ym_buf_status(out);
}

/* --- single findings --- */

static ym_status put_repairs(struct ym_drill *d, int64_t execution, struct ym_buf *out,
                             struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;
    int n = 0;

    YM_TRY(ym_sql_bind(&d->sql, "SELECT what,result FROM repair WHERE execution=? LIMIT ?", "ii",
                       &q, err, execution, (int64_t)REPAIRS_OF_ONE));
    while ((st = next(d, q, &row, err)) == YM_OK && row) {
        ym_buf_add_text(out, n++ == 0 ? "[" : ",[");
        put_text(q, 0, out);
        ym_buf_u8(out, ',');
        put_text(q, 1, out);
        ym_buf_u8(out, ']');
    }
    (void)sqlite3_finalize(q);
    return st;
}

/* The day, not the time: a list beside the server's log of connections would tell whose it was. */
static ym_status put_finding(struct ym_drill *d, sqlite3_stmt *q, struct ym_buf *out,
                             struct ym_err *err) {
    static const char *const names[] = {"family", "name",   "category",    "object",
                                        "path",   "system", "service_pack"};
    ym_status st;

    ym_buf_printf(out, "{\"day\":%" PRId64, (int64_t)sqlite3_column_int64(q, 1) / 86400 * 86400);
    for (int i = 0; i < 7; i++) {
        ym_buf_printf(out, ",\"%s\":", names[i]);
        put_text(q, 2 + i, out);
    }
    ym_buf_printf(out,
                  ",\"blocked\":%s,\"country\":", sqlite3_column_int(q, 9) != 0 ? "true" : "false");
    put_text(q, 10, out);
    ym_buf_add_text(out, ",\"run\":");
    put_text(q, 11, out);
    ym_buf_add_text(out, ",\"outcome\":");
    put_text(q, 12, out);
    ym_buf_printf(out, ",\"epoch\":%" PRId64 ",\"repairs\":[",
                  (int64_t)sqlite3_column_int64(q, 13));
    st = put_repairs(d, sqlite3_column_int64(q, 0), out, err);
    ym_buf_add_text(out, "]}");
    return st;
}

ym_status ym_drill_findings(struct ym_drill *drill, const struct ym_drill_filter *filter,
                            struct ym_buf *out, struct ym_err *err) {
    static const char sql[] =
        RUNS "SELECT f.n,f.time,f.family,f.name,f.category,f.object,f.path,f.system,f.service_pack,"
             "f.blocked,e.country,e.run,e.outcome,e.epoch FROM found f JOIN execution e ON e.n=f.n"
             " ORDER BY f.time DESC LIMIT 100";
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;
    int n = 0;

    _Static_assert(YM_DRILL_ROWS == 100, "the LIMIT");
    if (filter->min > 1) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "single findings are not for readers");
    }
    YM_TRY(start(drill, err));
    YM_TRY(prepare(drill, sql, filter, &q, err));
    ym_buf_u8(out, '[');
    while ((st = next(drill, q, &row, err)) == YM_OK && row) {
        ym_buf_add_text(out, n++ == 0 ? "" : ",");
        st = put_finding(drill, q, out, err);
        if (st != YM_OK) {
            break;
        }
    }
    (void)sqlite3_finalize(q);
    ym_buf_u8(out, ']');
    return st == YM_OK ? ym_buf_status(out) : st;
}

/* --- outbreaks --- */

ym_status ym_drill_outbreaks(struct ym_drill *drill, int64_t since, const char *family,
                             const char *category, uint32_t count, ym_drill_fn *fn, void *user,
                             struct ym_err *err) {
    static const char sql[] =
        "SELECT d.family, count(DISTINCT e.machine) c FROM execution e JOIN detection d ON"
        " d.execution=e.n WHERE e.time>=? AND e.simulated=0 AND d.family<>'' AND"
        " (?2='' OR d.family=?2 COLLATE NOCASE) AND (?3='' OR d.category=?3)"
        " GROUP BY d.family HAVING c>=?4 ORDER BY c DESC LIMIT ?5";
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    YM_TRY(start(drill, err));
    YM_TRY(ym_sql_bind(&drill->sql, sql, "ittii", &q, err, since, family, category, (int64_t)count,
                       (int64_t)OUTBREAKS_MAX));
    while ((st = next(drill, q, &row, err)) == YM_OK && row) {
        char name[YM_DRILL_TEXT_MAX];

        ym_sql_text(q, 0, name, sizeof(name));
        st = fn(user, name, (uint64_t)sqlite3_column_int64(q, 1), err);
        if (st != YM_OK) {
            break;
        }
    }
    (void)sqlite3_finalize(q);
    return st;
}
