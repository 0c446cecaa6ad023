/* query.c - the queries of the report, and their rows.  See private.h.
 *
 * "Cleaned" is a run of `clean` that removed something (outcome cleaned or partly).  A computer
 * counts once a month however often it ran and however many families it had: distinct over its
 * random name of the month, or over the run where that name is not known.
 *
 * That is what `definition` says, over the executions themselves.  What is run reads the sums
 * that the store keeps while records come in (records/store_rollup.c) and gives the same rows. */
#include "private.h"

#include <limits.h>
#include <sqlite3.h>
#include <string.h>

#define MODULE "report/query"

#define CLEANED "outcome IN ('cleaned','partly')"
#define RATE                                                                                       \
    "month, COUNT(*) AS executions, COUNT(DISTINCT CASE WHEN " CLEANED                             \
    " THEN COALESCE(machine, id) END) AS computers"                                                \
    " FROM execution WHERE run = 'clean' AND month BETWEEN ?1 AND ?2"
#define FINDING                                                                                    \
    "month, 0 AS executions, COUNT(DISTINCT COALESCE(machine, id)) AS computers"                   \
    " FROM execution JOIN detection ON detection.execution = execution.n"                          \
    " WHERE run = 'clean' AND " CLEANED " AND month BETWEEN ?1 AND ?2"
#define BY(keys) " GROUP BY " keys " ORDER BY " keys

/* Of the sums: a margin is the set of its dimensions, numbers are words. */
#define SUMS_RATE "month, executions, cleaned AS computers FROM rollup"
#define SUMS_FINDING "month, 0 AS executions, cleaned AS computers FROM threat"
#define WORD(of) " JOIN word " of " ON " of ".n = "
#define WHERE_RATE(margin)                                                                         \
    " WHERE margin = " margin " AND month BETWEEN ?1 AND ?2 AND executions > 0"
#define WHERE_FINDING(margin)                                                                      \
    " WHERE margin = " margin " AND month BETWEEN ?1 AND ?2 AND cleaned > 0"

const struct ym_query ym_queries[YM_QUERY_COUNT] = {
    [YM_QUERY_WORLD] = {"world", 0, "SELECT " SUMS_RATE WHERE_RATE("0") " ORDER BY month",
                        "SELECT " RATE BY("month")},
    [YM_QUERY_COUNTRY] = {"country", 1,
                          "SELECT c.text AS country, " SUMS_RATE WORD("c") "country" WHERE_RATE(
                              "1") " ORDER BY c.text, month",
                          "SELECT country, " RATE BY("country, month")},
    [YM_QUERY_SYSTEM] = {"system", 3,
                         "SELECT s.text AS system, p.text AS service_pack, bits, " SUMS_RATE
                             WORD("s") "system" WORD("p") "service_pack" WHERE_RATE(
                                 "14") " ORDER BY s.text, p.text, bits, month",
                         "SELECT system, service_pack, bits, " RATE BY(
                             "system, service_pack, bits, month")},
    [YM_QUERY_SEGMENT] = {"segment", 1,
                          "SELECT g.text AS segment, " SUMS_RATE WORD("g") "segment" WHERE_RATE(
                              "32") " ORDER BY g.text, month",
                          "SELECT segment, " RATE BY("segment, month")},
    [YM_QUERY_FAMILY] =
        {"family", 2,
         "SELECT f.text AS family, c.text AS category, " SUMS_FINDING WORD("f") "family" WORD(
             "c") "category" WHERE_FINDING("12") " ORDER BY f.text, c.text, month",
         "SELECT family, category, " FINDING BY("family, category, month")},
    [YM_QUERY_CATEGORY] = {"category", 1,
                           "SELECT c.text AS category, " SUMS_FINDING WORD(
                               "c") "category" WHERE_FINDING("8") " ORDER BY c.text, month",
                           "SELECT category, " FINDING BY("category, month")},
    [YM_QUERY_SEGMENT_FAMILY] =
        {"segment_family", 3,
         "SELECT g.text AS segment, f.text AS family, c.text AS category, " SUMS_FINDING
             WORD("g") "segment" WORD("f") "family" WORD("c") "category" WHERE_FINDING(
                 "14") " ORDER BY g.text, f.text, c.text, month",
         "SELECT segment, family, category, " FINDING BY("segment, family, category, month")},
    [YM_QUERY_SEGMENT_CATEGORY] =
        {"segment_category", 2,
         "SELECT g.text AS segment, c.text AS category, " SUMS_FINDING WORD("g") "segment" WORD(
             "c") "category" WHERE_FINDING("10") " ORDER BY g.text, c.text, month",
         "SELECT segment, category, " FINDING BY("segment, category, month")},
};

const struct ym_query ym_run_counts = {
    "runs", 0,
    "SELECT COALESCE(SUM(runs), 0), COALESCE(SUM(executions), 0), COALESCE(SUM(incomplete), 0), "
    "COALESCE(SUM(simulated), 0) FROM rollup WHERE margin = 0 AND month BETWEEN ?1 AND ?2",
    "SELECT COUNT(*), COALESCE(SUM(run = 'clean'), 0), COALESCE(SUM(gaps > 0), 0), "
    "COALESCE(SUM(simulated), 0) FROM execution WHERE month BETWEEN ?1 AND ?2"};

static ym_status open_query(struct ym_store *store, const char *sql, int first, int last,
                            sqlite3_stmt **ret, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    int code = sqlite3_prepare_v2(ym_store_handle(store), sql, -1, &q, NULL);

    if (code != SQLITE_OK) {
        return ym_store_fail(store, code, "cannot query the store", err);
    }
    (void)sqlite3_bind_int(q, 1, first);
    (void)sqlite3_bind_int(q, 2, last);
    *ret = q;
    return YM_OK;
}

static ym_status no_memory(const struct ym_arena *arena, struct ym_err *err) {
    return ym_fail(err, ym_arena_status(arena), MODULE, YM_ERR_NO_OFFSET,
                   "no memory for the figures: the store has too many different cells");
}

static bool same_key(const struct ym_cell *c, sqlite3_stmt *q, unsigned n_keys) {
    for (unsigned i = 0; i < n_keys; i++) {
        const char *s = (const char *)sqlite3_column_text(q, (int)i);

        if (strcmp(c->key[i], s == NULL ? "" : s) != 0) {
            return false;
        }
    }
    return true;
}

/* A new zeroed cell at the end. */
static struct ym_cell *add_cell(struct ym_cells *cells, struct ym_arena *arena) {
    if (cells->n == cells->room) {
        size_t room = cells->room == 0 ? 64 : cells->room * 2;
        struct ym_cell *more = YM_ARENA_ARRAY(arena, room, struct ym_cell);

        if (more == NULL) {
            return NULL;
        }
        if (cells->n > 0) {
            memcpy(more, cells->cell, cells->n * sizeof(*more));
        }
        cells->cell = more;
        cells->room = room;
    }
    return &cells->cell[cells->n++];
}

/* The cell that the row belongs to: the last one, or a new one. */
static struct ym_cell *cell_of_row(struct ym_cells *cells, sqlite3_stmt *q, unsigned n_keys,
                                   struct ym_arena *arena) {
    struct ym_cell *c = cells->n == 0 ? NULL : &cells->cell[cells->n - 1];

    if (c != NULL && same_key(c, q, n_keys)) {
        return c;
    }
    c = add_cell(cells, arena);
    for (unsigned i = 0; c != NULL && i < n_keys; i++) {
        const char *s = (const char *)sqlite3_column_text(q, (int)i);

        c->key[i] = s == NULL ? "" : ym_arena_strndup(arena, s, strlen(s));
        if (c->key[i] == NULL) {
            return NULL;
        }
    }
    return c;
}

static ym_status read_rows(struct ym_store *store, sqlite3_stmt *q, unsigned n_keys,
                           struct ym_period period, struct ym_arena *arena, struct ym_cells *cells,
                           struct ym_err *err) {
    int code;

    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        struct ym_cell *c = cell_of_row(cells, q, n_keys, arena);
        int month = sqlite3_column_int(q, (int)n_keys) - period.first;

        if (c == NULL) {
            return no_memory(arena, err);
        }
        if (month >= 0 && month < (int)period.months) {
            c->n[month] = (uint64_t)sqlite3_column_int64(q, (int)n_keys + 1);
            c->x[month] = (uint64_t)sqlite3_column_int64(q, (int)n_keys + 2);
        }
    }
    return code == SQLITE_DONE ? YM_OK : ym_store_fail(store, code, "cannot read the store", err);
}

ym_status ym_query_run(struct ym_store *store, enum ym_query_id id, struct ym_period period,
                       struct ym_arena *arena, struct ym_cells *ret_cells, struct ym_err *err) {
    const struct ym_query *query = &ym_queries[id];
    struct ym_cells cells = {0};
    sqlite3_stmt *q = NULL;
    ym_status st;

    YM_TRY(open_query(store, query->sql, period.first, period.first + (int)period.months - 1, &q,
                      err));
    st = read_rows(store, q, query->n_keys, period, arena, &cells, err);
    (void)sqlite3_finalize(q);
    YM_TRY(st);
    for (size_t i = 0; i < cells.n; i++) {
        cells.cell[i].rate = ym_rate_of_months(cells.cell[i].n, cells.cell[i].x, period.months);
    }
    *ret_cells = cells;
    return YM_OK;
}

/* The months come in order, so that the quarter of a row is the last cell or a new one. */
static ym_status read_months(struct ym_store *store, sqlite3_stmt *q, struct ym_arena *arena,
                             struct ym_cells *cells, struct ym_err *err) {
    int code;
    int first = INT_MIN;

    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        int month = sqlite3_column_int(q, 0);
        struct ym_period quarter = ym_quarter_of(month);
        struct ym_cell *c;

        if (quarter.first != first || cells->n == 0) {
            char label[YM_PERIOD_LABEL_SIZE];

            c = add_cell(cells, arena);
            if (c == NULL || (c->key[0] = ym_arena_printf(
                                  arena, "%s", ym_period_label(quarter, label))) == NULL) {
                return no_memory(arena, err);
            }
            first = quarter.first;
        }
        c = &cells->cell[cells->n - 1];
        c->n[month - first] = (uint64_t)sqlite3_column_int64(q, 1);
        c->x[month - first] = (uint64_t)sqlite3_column_int64(q, 2);
    }
    return code == SQLITE_DONE ? YM_OK : ym_store_fail(store, code, "cannot read the store", err);
}

ym_status ym_query_quarters(struct ym_store *store, struct ym_arena *arena,
                            struct ym_cells *ret_cells, struct ym_err *err) {
    struct ym_cells cells = {0};
    sqlite3_stmt *q = NULL;
    ym_status st;

    YM_TRY(open_query(store, ym_queries[YM_QUERY_WORLD].sql, 0, INT_MAX, &q, err));
    st = read_months(store, q, arena, &cells, err);
    (void)sqlite3_finalize(q);
    YM_TRY(st);
    for (size_t i = 0; i < cells.n; i++) {
        cells.cell[i].rate = ym_rate_of_months(cells.cell[i].n, cells.cell[i].x, 3);
    }
    *ret_cells = cells;
    return YM_OK;
}

ym_status ym_query_runs(struct ym_store *store, int first, int last,
                        struct ym_run_counts *ret_counts, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    struct ym_run_counts c = {0};
    int code;

    YM_TRY(open_query(store, ym_run_counts.sql, first, last, &q, err));
    code = sqlite3_step(q);
    if (code == SQLITE_ROW) {
        c.runs = (uint64_t)sqlite3_column_int64(q, 0);
        c.clean = (uint64_t)sqlite3_column_int64(q, 1);
        c.incomplete = (uint64_t)sqlite3_column_int64(q, 2);
        c.simulated = (uint64_t)sqlite3_column_int64(q, 3);
    }
    (void)sqlite3_finalize(q);
    if (code != SQLITE_ROW) {
        return ym_store_fail(store, code, "cannot read the store", err);
    }
    *ret_counts = c;
    return YM_OK;
}
