/* store_sums.c - rows of sums out of the SQLite store, and the texts of the queries.
 *
 * Both texts are made from the table of kinds; what a count means over the records one by one is in
 * the tables below. */
#include "sqlite_int.h"

#define MODULE "records/sums"

enum { SQL_MAX = 64 << 10 };

#define WHO "COALESCE(machine, execution.id)"
#define CLEANED "run = 'clean' AND outcome IN ('cleaned', 'partly')"
#define MET "run = 'guard' AND outcome <> 'none'"
#define DIFFERENT(which) "COUNT(DISTINCT CASE WHEN " which " THEN " WHO " END)"

/* Over the tables of records: where the rows come from, and each count. */
static const struct {
    const char *from;
    const char *count[YM_SUMS_COUNTS_MAX];
} plain[YM_SUMS_COUNT] = {
    [YM_SUMS_RATE] = {"execution WHERE month BETWEEN ?1 AND ?2",
                      {"COUNT(*)", "SUM(run = 'clean')", "SUM(run = 'guard')", "SUM(run = 'audit')",
                       "SUM(run = 'observe')", "SUM(gaps > 0)", "SUM(simulated)",
                       DIFFERENT("run = 'clean'"), DIFFERENT(CLEANED), DIFFERENT("run = 'guard'"),
                       DIFFERENT(MET), DIFFERENT("run = 'audit'")}},
    [YM_SUMS_THREAT] = {"execution JOIN detection ON detection.execution = execution.n"
                        " WHERE ((" CLEANED ") OR (" MET ")) AND month BETWEEN ?1 AND ?2",
                        {"COUNT(*)", "COUNT(DISTINCT " WHO ")", DIFFERENT(CLEANED),
                         DIFFERENT(MET)}},
    [YM_SUMS_EXPOSURE] = {"execution JOIN exposure ON exposure.execution = execution.n"
                          " WHERE run = 'audit' AND month BETWEEN ?1 AND ?2",
                          {"COUNT(DISTINCT " WHO ")"}},
    [YM_SUMS_OBSERVATION] = {"execution JOIN observation ON observation.execution = execution.n"
                             " WHERE run = 'observe' AND month BETWEEN ?1 AND ?2",
                             {"COUNT(*)", "SUM(MIN(count, 1099511627776))"}},
};

/* The column of a record that a dimension is. */
static const char *column_of(enum ym_sums kind, unsigned dim) {
    if (kind == YM_SUMS_RATE && dim == YM_RATE_AT_BITS) {
        return "CAST(bits AS TEXT)";
    }
    if (kind == YM_SUMS_EXPOSURE && dim == YM_EXPOSURE_AT_ID) {
        return "exposure.id";
    }
    if (kind == YM_SUMS_EXPOSURE && dim == YM_EXPOSURE_AT_BAND) {
        return YM_SQLITE_BAND;
    }
    return ym_sums_kinds[kind].dims[dim];
}

/* Calls of printf with the name of each dimension of the margin; w0, w1, … are its words. */
static void put_sql(enum ym_sums kind, unsigned margin, struct ym_buf *out) {
    const struct ym_sums_kind *k = &ym_sums_kinds[kind];

    ym_buf_add_text(out, "SELECT ");
    for (unsigned i = 0; i < k->n_dims; i++) {
        if ((margin & 1u << i) != 0) {
            ym_buf_printf(out, "w%u.text AS %s, ", i, k->dims[i]);
        }
    }
    ym_buf_add_text(out, "month");
    for (unsigned i = 0; i < k->n_counts; i++) {
        ym_buf_printf(out, ", %s", k->counts[i].name);
    }
    ym_buf_printf(out, " FROM %s", k->table);
    for (unsigned i = 0; i < k->n_dims; i++) {
        if ((margin & 1u << i) != 0) {
            ym_buf_printf(out, " JOIN word w%u ON w%u.n = %s", i, i, k->dims[i]);
        }
    }
    ym_buf_printf(out, " WHERE margin = %u AND month BETWEEN ?1 AND ?2 ORDER BY ", margin);
    for (unsigned i = 0; i < k->n_dims; i++) {
        if ((margin & 1u << i) != 0) {
            ym_buf_printf(out, "w%u.text, ", i);
        }
    }
    ym_buf_add_text(out, "month");
}

static void put_definition(enum ym_sums kind, unsigned margin, struct ym_buf *out) {
    const struct ym_sums_kind *k = &ym_sums_kinds[kind];
    unsigned n = 1;

    ym_buf_add_text(out, "SELECT ");
    for (unsigned i = 0; i < k->n_dims; i++) {
        if ((margin & 1u << i) != 0) {
            ym_buf_printf(out, "%s AS %s, ", column_of(kind, i), k->dims[i]);
            n++;
        }
    }
    ym_buf_add_text(out, "month");
    for (unsigned i = 0; i < k->n_counts; i++) {
        ym_buf_printf(out, ", %s AS %s", plain[kind].count[i], k->counts[i].name);
    }
    ym_buf_printf(out, " FROM %s GROUP BY ", plain[kind].from);
    for (unsigned i = 1; i <= n; i++) {
        ym_buf_printf(out, "%s%u", i == 1 ? "" : ", ", i);
    }
    ym_buf_add_text(out, " ORDER BY ");
    for (unsigned i = 1; i <= n; i++) {
        ym_buf_printf(out, "%s%u", i == 1 ? "" : ", ", i);
    }
}

void ym_sqlite_sums_text(enum ym_sums kind, unsigned margin, struct ym_buf *sql,
                         struct ym_buf *definition) {
    put_sql(kind, margin, sql);
    put_definition(kind, margin, definition);
}

/* --- rows --- */

static unsigned bits_of(unsigned v) {
    return (unsigned)__builtin_popcount(v);
}

static ym_status read_rows(struct ym_sqlite *s, sqlite3_stmt *q, const struct ym_sums_query *query,
                           ym_sums_fn *fn, void *user, struct ym_err *err) {
    struct ym_sums_row row = {.n_keys = bits_of(query->margin)};
    int code;

    while ((code = sqlite3_step(q)) == SQLITE_ROW) {
        int at = 0;

        for (unsigned i = 0; i < row.n_keys; i++) {
            row.key[i] = (const char *)sqlite3_column_text(q, at++);
            if (row.key[i] == NULL) {
                return ym_sqlite_fail(s, SQLITE_NOMEM, "cannot read the store", err);
            }
        }
        row.month = sqlite3_column_int(q, at++);
        for (unsigned i = 0; i < ym_sums_kinds[query->kind].n_counts; i++) {
            sqlite3_int64 v = sqlite3_column_int64(q, at++);

            row.count[i] = v < 0 ? 0 : (uint64_t)v;
        }
        YM_TRY(fn(user, &row, err));
    }
    return code == SQLITE_DONE ? YM_OK : ym_sqlite_fail(s, code, "cannot read the store", err);
}

ym_status ym_sqlite_sums(struct ym_sqlite *s, const struct ym_sums_query *query, ym_sums_fn *fn,
                         void *user, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    struct ym_buf sql;
    int code = SQLITE_NOMEM;
    ym_status st;

    ym_buf_init(&sql, SQL_MAX);
    put_sql(query->kind, query->margin, &sql);
    if (ym_buf_status(&sql) == YM_OK) {
        code = sqlite3_prepare_v2(s->db, (const char *)sql.data, (int)sql.len, &q, NULL);
    }
    ym_buf_done(&sql);
    if (code != SQLITE_OK) {
        return ym_sqlite_fail(s, code, "cannot query the store", err);
    }
    (void)sqlite3_bind_int(q, 1, query->first);
    (void)sqlite3_bind_int(q, 2, query->last);
    st = read_rows(s, q, query, fn, user, err);
    (void)sqlite3_finalize(q);
    return st;
}
