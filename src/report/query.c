/* query.c - the queries of the report, and their rows.  See private.h.
 *
 * A query is a margin of the store's sums (records/sums.h), and which two of its counts it is about.  "Cleaned" is a
 * run of `clean` that removed something (outcome cleaned or partly).  A computer counts once a month
 * however often it ran and however many families it had. */
#include "private.h"

#include <limits.h>
#include <string.h>

#define MODULE "report/query"

enum { PLATFORM = YM_RATE_SYSTEM | YM_RATE_SERVICE_PACK | YM_RATE_BITS };
#define RATE(name, n_keys, margin)                                                                 \
    { name, n_keys, YM_SUMS_RATE, margin, YM_RATE_N_EXECUTIONS, YM_RATE_N_CLEANED }
#define FINDING(name, n_keys, margin)                                                              \
    { name, n_keys, YM_SUMS_THREAT, margin, YM_QUERY_NO_COUNT, YM_THREAT_N_CLEANED }

const struct ym_query ym_queries[YM_QUERY_COUNT] = {
    [YM_QUERY_WORLD] = RATE("world", 0, 0),
    [YM_QUERY_COUNTRY] = RATE("country", 1, YM_RATE_COUNTRY),
    [YM_QUERY_SYSTEM] = RATE("system", 3, PLATFORM),
    [YM_QUERY_SEGMENT] = RATE("segment", 1, YM_RATE_SEGMENT),
    [YM_QUERY_FAMILY] = FINDING("family", 2, YM_THREAT_FAMILY | YM_THREAT_CATEGORY),
    [YM_QUERY_CATEGORY] = FINDING("category", 1, YM_THREAT_CATEGORY),
    [YM_QUERY_SEGMENT_FAMILY] =
        FINDING("segment_family", 3, YM_THREAT_SEGMENT | YM_THREAT_FAMILY | YM_THREAT_CATEGORY),
    [YM_QUERY_SEGMENT_CATEGORY] =
        FINDING("segment_category", 2, YM_THREAT_SEGMENT | YM_THREAT_CATEGORY),
};

static ym_status no_memory(const struct ym_arena *arena, struct ym_err *err) {
    return ym_fail(err, ym_arena_status(arena), MODULE, YM_ERR_NO_OFFSET,
                   "no memory for the figures: the store has too many different cells");
}

static bool same_key(const struct ym_cell *c, const struct ym_sums_row *row) {
    for (unsigned i = 0; i < row->n_keys; i++) {
        if (strcmp(c->key[i], row->key[i]) != 0) {
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

/* What the rows of a query become. */
struct reading {
    const struct ym_query *query;
    struct ym_period period;
    struct ym_arena *arena;
    struct ym_cells cells;
};

/* The cell that the row belongs to: the last one, or a new one. */
static struct ym_cell *cell_of_row(struct reading *in, const struct ym_sums_row *row) {
    struct ym_cell *c = in->cells.n == 0 ? NULL : &in->cells.cell[in->cells.n - 1];

    if (c != NULL && same_key(c, row)) {
        return c;
    }
    c = add_cell(&in->cells, in->arena);
    for (unsigned i = 0; c != NULL && i < row->n_keys; i++) {
        c->key[i] = ym_arena_strndup(in->arena, row->key[i], strlen(row->key[i]));
        if (c->key[i] == NULL) {
            return NULL;
        }
    }
    return c;
}

/* A row without executions, or of a finding without computers, is none. */
static bool counts_of(const struct ym_query *q, const struct ym_sums_row *row, uint64_t *ret_n,
                      uint64_t *ret_x) {
    *ret_n = q->n == YM_QUERY_NO_COUNT ? 0 : row->count[q->n];
    *ret_x = row->count[q->x];
    return q->n == YM_QUERY_NO_COUNT ? *ret_x > 0 : *ret_n > 0;
}

static ym_status take_row(void *user, const struct ym_sums_row *row, struct ym_err *err) {
    struct reading *in = user;
    int month = row->month - in->period.first;
    struct ym_cell *c;
    uint64_t n;
    uint64_t x;

    if (!counts_of(in->query, row, &n, &x) || month < 0 || month >= (int)in->period.months) {
        return YM_OK;
    }
    c = cell_of_row(in, row);
    if (c == NULL) {
        return no_memory(in->arena, err);
    }
    c->n[month] = n;
    c->x[month] = x;
    return YM_OK;
}

ym_status ym_query_run(struct ym_store *store, enum ym_query_id id, struct ym_period period,
                       struct ym_arena *arena, struct ym_cells *ret_cells, struct ym_err *err) {
    struct reading in = {.query = &ym_queries[id], .period = period, .arena = arena};
    const struct ym_sums_query q = {in.query->kind, in.query->margin, period.first,
                                    period.first + (int)period.months - 1};

    YM_TRY(ym_store_sums(store, &q, take_row, &in, err));
    for (size_t i = 0; i < in.cells.n; i++) {
        struct ym_cell *c = &in.cells.cell[i];

        c->rate = ym_rate_of_months(c->n, c->x, period.months);
    }
    *ret_cells = in.cells;
    return YM_OK;
}

/* The months come in order, so that the quarter of a row is the last cell or a new one. */
static ym_status take_month(void *user, const struct ym_sums_row *row, struct ym_err *err) {
    struct reading *in = user;
    struct ym_period quarter = ym_quarter_of(row->month);
    struct ym_cell *c;
    uint64_t n;
    uint64_t x;

    if (!counts_of(in->query, row, &n, &x)) {
        return YM_OK;
    }
    if (quarter.first != in->period.first || in->cells.n == 0) {
        char label[YM_PERIOD_LABEL_SIZE];

        c = add_cell(&in->cells, in->arena);
        if (c == NULL || (c->key[0] = ym_arena_printf(in->arena, "%s",
                                                      ym_period_label(quarter, label))) == NULL) {
            return no_memory(in->arena, err);
        }
        in->period = quarter;
    }
    c = &in->cells.cell[in->cells.n - 1];
    c->n[row->month - quarter.first] = n;
    c->x[row->month - quarter.first] = x;
    return YM_OK;
}

ym_status ym_query_quarters(struct ym_store *store, struct ym_arena *arena,
                            struct ym_cells *ret_cells, struct ym_err *err) {
    static const struct ym_sums_query all = {YM_SUMS_RATE, 0, 0, INT_MAX};
    struct reading in = {.query = &ym_queries[YM_QUERY_WORLD], .arena = arena};

    YM_TRY(ym_store_sums(store, &all, take_month, &in, err));
    for (size_t i = 0; i < in.cells.n; i++) {
        in.cells.cell[i].rate = ym_rate_of_months(in.cells.cell[i].n, in.cells.cell[i].x, 3);
    }
    *ret_cells = in.cells;
    return YM_OK;
}

static ym_status add_runs(void *user, const struct ym_sums_row *row, struct ym_err *err) {
    struct ym_run_counts *c = user;

    (void)err;
    c->runs += row->count[YM_RATE_N_RUNS];
    c->clean += row->count[YM_RATE_N_EXECUTIONS];
    c->incomplete += row->count[YM_RATE_N_INCOMPLETE];
    c->simulated += row->count[YM_RATE_N_SIMULATED];
    return YM_OK;
}

ym_status ym_query_runs(struct ym_store *store, int first, int last,
                        struct ym_run_counts *ret_counts, struct ym_err *err) {
    const struct ym_sums_query q = {YM_SUMS_RATE, 0, first, last};
    struct ym_run_counts c = {0};

    YM_TRY(ym_store_sums(store, &q, add_runs, &c, err));
    *ret_counts = c;
    return YM_OK;
}
