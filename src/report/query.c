/* query.c - what the report reads of a store.  See private.h.
 *
 * "Cleaned" is a run of `clean` that removed something (outcome cleaned or partly).  A computer counts
 * once a month however often it ran and however many families it had (records/sums.h). */
#include "private.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MODULE "report/query"

#define X(name, text, kind, margin, weight)                                                        \
    [YM_MARGIN_##name] = {text, YM_SUMS_##kind, margin, weight},
const struct ym_margin_info ym_margins[YM_MARGIN_COUNT] = {YM_MARGIN_TABLE(X)};
#undef X

#define X(name, text, flag) text,
static const char *const rate_counts[] = {YM_RATE_COUNTS(X)};
static const char *const threat_counts[] = {YM_THREAT_COUNTS(X)};
static const char *const exposure_counts[] = {YM_EXPOSURE_COUNTS(X)};
static const char *const observation_counts[] = {YM_OBSERVATION_COUNTS(X)};
#undef X
static const struct {
    const char *const *name;
    unsigned n;
} counts[YM_SUMS_COUNT] = {
    [YM_SUMS_RATE] = {rate_counts, YM_RATE_N_END},
    [YM_SUMS_THREAT] = {threat_counts, YM_THREAT_N_END},
    [YM_SUMS_EXPOSURE] = {exposure_counts, YM_EXPOSURE_N_END},
    [YM_SUMS_OBSERVATION] = {observation_counts, YM_OBSERVATION_N_END},
};

const char *ym_count_name(enum ym_sums kind, int count) {
    return counts[kind].name[count];
}

ym_status ym_report_no_memory(const struct ym_arena *arena, struct ym_err *err) {
    return ym_fail(err, ym_arena_status(arena), MODULE, YM_ERR_NO_OFFSET,
                   "no memory for the figures: the store has too many different cells");
}

/* --- rows --- */

struct reading {
    struct ym_source *source;
    struct ym_rows rows;
};

static bool same_key(const struct ym_row *r, const struct ym_sums_row *row) {
    for (unsigned i = 0; i < row->n_keys; i++) {
        if (r->key[i] == NULL || strcmp(r->key[i], row->key[i]) != 0) {
            return false;
        }
    }
    return true;
}

static bool make_room(struct ym_rows *rows, struct ym_arena *arena) {
    size_t room = rows->room == 0 ? 32 : rows->room * 2;
    struct ym_row *more = YM_ARENA_ARRAY(arena, room, struct ym_row);

    if (more == NULL) {
        return false;
    }
    if (rows->row != NULL) {
        memcpy(more, rows->row, rows->n * sizeof(*more));
    }
    rows->row = more;
    rows->room = room;
    return true;
}

/* The row that these sums belong to: the last one, or a new one.  NULL: no memory. */
static struct ym_row *row_of(struct reading *in, const struct ym_sums_row *from) {
    struct ym_rows *rows = &in->rows;
    struct ym_arena *arena = in->source->arena;
    struct ym_row *r = rows->n == 0 ? NULL : &rows->row[rows->n - 1];

    if (r != NULL && same_key(r, from)) {
        return r;
    }
    if ((rows->row == NULL || rows->n == rows->room) && !make_room(rows, arena)) {
        return NULL;
    }
    r = &rows->row[rows->n];
    assert(from->n_keys <= YM_KEYS_MAX);
    for (unsigned i = 0; i < from->n_keys; i++) {
        r->key[i] = ym_arena_strndup(arena, from->key[i], strlen(from->key[i]));
        if (r->key[i] == NULL) {
            return NULL;
        }
    }
    r->count = YM_ARENA_ARRAY(arena, (size_t)rows->period.months * rows->n_counts, uint64_t);
    if (r->count == NULL) {
        return NULL;
    }
    rows->n++;
    return r;
}

static ym_status no_noise(struct ym_err *err) {
    return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the noise");
}

static ym_status take_row(void *user, const struct ym_sums_row *from, struct ym_err *err) {
    struct reading *in = user;
    int month = from->month - in->rows.period.first;
    struct ym_sums_row sums = *from;
    struct ym_row *r;

    if (month < 0 || month >= (int)in->rows.period.months) {
        return YM_OK;
    }
    r = row_of(in, from);
    if (r == NULL) {
        return ym_report_no_memory(in->source->arena, err);
    }
    if (in->source->privacy != NULL &&
        !ym_privacy_blur(in->source->privacy, in->rows.margin, &sums)) {
        return no_noise(err);
    }
    memcpy(r->count + (size_t)month * in->rows.n_counts, sums.count,
           in->rows.n_counts * sizeof(uint64_t));
    return YM_OK;
}

ym_status ym_rows_read(struct ym_source *s, enum ym_margin margin, struct ym_period period,
                       struct ym_rows *ret_rows, struct ym_err *err) {
    const struct ym_margin_info *m = &ym_margins[margin];
    struct reading in = {
        .source = s, .rows = {.margin = margin, .period = period, .n_counts = counts[m->kind].n}};
    const struct ym_sums_query q = {m->kind, m->margin, period.first,
                                    period.first + (int)period.months - 1};

    YM_TRY(ym_store_sums(s->store, &q, take_row, &in, err));
    *ret_rows = in.rows;
    return YM_OK;
}

uint64_t ym_row_count(const struct ym_rows *rows, const struct ym_row *row, unsigned month,
                      int count) {
    return row == NULL ? 0 : row->count[(size_t)month * rows->n_counts + (size_t)count];
}

uint64_t ym_row_sum(const struct ym_rows *rows, const struct ym_row *row, int count) {
    uint64_t sum = 0;

    for (unsigned i = 0; row != NULL && i < rows->period.months; i++) {
        sum += ym_row_count(rows, row, i, count);
    }
    return sum;
}

const struct ym_row *ym_rows_find(const struct ym_rows *rows, const char *key) {
    for (size_t i = 0; i < rows->n; i++) {
        if (key == NULL || strcmp(rows->row[i].key[0], key) == 0) {
            return &rows->row[i];
        }
    }
    return NULL;
}

/* --- the world, over all months --- */

struct quarter {
    struct ym_period period;
    uint64_t runs;
};

struct span {
    struct ym_source *source;
    struct ym_run_counts runs;
    struct quarter *quarter; /* oldest first, in the arena */
    size_t n, room;
};

static ym_status add_quarter(struct span *in, struct ym_period q, uint64_t runs,
                             struct ym_err *err) {
    if (in->n > 0 && in->quarter[in->n - 1].period.first == q.first) {
        in->quarter[in->n - 1].runs += runs;
        return YM_OK;
    }
    if (in->n == in->room) {
        size_t room = in->room == 0 ? 32 : in->room * 2;
        struct quarter *more = YM_ARENA_ARRAY(in->source->arena, room, struct quarter);

        if (more == NULL) {
            return ym_report_no_memory(in->source->arena, err);
        }
        if (in->quarter != NULL) {
            memcpy(more, in->quarter, in->n * sizeof(*more));
        }
        in->quarter = more;
        in->room = room;
    }
    in->quarter[in->n++] = (struct quarter){q, runs};
    return YM_OK;
}

static ym_status take_world(void *user, const struct ym_sums_row *from, struct ym_err *err) {
    struct span *in = user;
    struct ym_sums_row row = *from;

    if (in->source->privacy != NULL &&
        !ym_privacy_blur(in->source->privacy, YM_MARGIN_RATE, &row)) {
        return no_noise(err);
    }
    in->runs.all += row.count[YM_RATE_N_RUNS];
    in->runs.clean += row.count[YM_RATE_N_EXECUTIONS];
    in->runs.guard += row.count[YM_RATE_N_GUARDS];
    in->runs.audit += row.count[YM_RATE_N_AUDITS];
    in->runs.observe += row.count[YM_RATE_N_OBSERVES];
    in->runs.incomplete += row.count[YM_RATE_N_INCOMPLETE];
    in->runs.simulated += row.count[YM_RATE_N_SIMULATED];
    return add_quarter(in, ym_quarter_of(from->month), row.count[YM_RATE_N_RUNS], err);
}

static ym_status read_world(struct ym_source *s, int first, int last, struct span *in,
                            struct ym_err *err) {
    const struct ym_sums_query q = {YM_SUMS_RATE, 0, first, last};

    *in = (struct span){.source = s};
    return ym_store_sums(s->store, &q, take_world, in, err);
}

ym_status ym_runs_read(struct ym_source *s, int first, int last, struct ym_run_counts *ret_counts,
                       struct ym_err *err) {
    struct span in;

    YM_TRY(read_world(s, first, last, &in, err));
    *ret_counts = in.runs;
    return YM_OK;
}

static int by_runs(const void *a, const void *b) {
    const struct quarter *x = a;
    const struct quarter *y = b;

    return x->runs != y->runs ? (x->runs > y->runs ? -1 : 1) : x->period.first - y->period.first;
}

static int by_time(const void *a, const void *b) {
    return ((const struct quarter *)a)->period.first - ((const struct quarter *)b)->period.first;
}

ym_status ym_quarters_read(struct ym_source *s, struct ym_period **ret_quarters, size_t *ret_n,
                           struct ym_err *err) {
    struct ym_period *list;
    struct span in;

    YM_TRY(read_world(s, 0, INT_MAX, &in, err));
    if (in.n > YM_REPORT_QUARTERS_MAX) { /* clocks that are wrong must not push the others out */
        qsort(in.quarter, in.n, sizeof(*in.quarter), by_runs);
        in.n = YM_REPORT_QUARTERS_MAX;
        qsort(in.quarter, in.n, sizeof(*in.quarter), by_time);
    }
    list = YM_ARENA_ARRAY(s->arena, in.n + 1, struct ym_period);
    if (list == NULL) {
        return ym_report_no_memory(s->arena, err);
    }
    for (size_t i = 0; i < in.n; i++) {
        list[i] = in.quarter[i].period;
    }
    *ret_quarters = list;
    *ret_n = in.n;
    return YM_OK;
}
