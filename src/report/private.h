/* private.h - what the sources of report/ share and nobody else sees. */
#ifndef YM_REPORT_PRIVATE_H
#define YM_REPORT_PRIVATE_H

#include "base/arena.h"
#include "base/status.h"
#include "records/store.h"
#include "report/period.h"
#include "report/stat.h"

#include <stddef.h>
#include <stdint.h>

enum { YM_QUERY_KEYS_MAX = 3 };

/* One query of the report: a margin of the store's sums and two of its counts.  Queries of findings
 * give no executions: their denominator is that of another query. */
enum { YM_QUERY_NO_COUNT = -1 };
struct ym_query {
    const char *name;
    unsigned n_keys;
    enum ym_sums kind;
    unsigned margin;
    int n, x; /* indexes of counts */
};

enum ym_query_id {
    YM_QUERY_WORLD,
    YM_QUERY_COUNTRY,
    YM_QUERY_SYSTEM,
    YM_QUERY_SEGMENT,
    YM_QUERY_FAMILY,
    YM_QUERY_CATEGORY,
    YM_QUERY_SEGMENT_FAMILY,
    YM_QUERY_SEGMENT_CATEGORY,
    YM_QUERY_COUNT
};
extern const struct ym_query ym_queries[YM_QUERY_COUNT];

/* One group of a query's rows: its key and its months. */
struct ym_cell {
    const char *key[YM_QUERY_KEYS_MAX];
    uint64_t n[YM_PERIOD_MONTHS_MAX];
    uint64_t x[YM_PERIOD_MONTHS_MAX];
    struct ym_rate rate; /* of n and x */
};

struct ym_cells {
    struct ym_cell *cell; /* in the arena */
    size_t n;
    size_t room;
};

/* Runs a query over a period. */
YM_MUST_CHECK ym_status ym_query_run(struct ym_store *store, enum ym_query_id id,
                                     struct ym_period period, struct ym_arena *arena,
                                     struct ym_cells *ret_cells, struct ym_err *err);

/* All quarters with executions, one cell each; key[0] is the label. */
YM_MUST_CHECK ym_status ym_query_quarters(struct ym_store *store, struct ym_arena *arena,
                                          struct ym_cells *ret_cells, struct ym_err *err);

/* Runs in the months first..last: all, of `clean`, incomplete, simulated. */
struct ym_run_counts {
    uint64_t runs, clean, incomplete, simulated;
};
YM_MUST_CHECK ym_status ym_query_runs(struct ym_store *store, int first, int last,
                                      struct ym_run_counts *ret_counts, struct ym_err *err);

#endif
