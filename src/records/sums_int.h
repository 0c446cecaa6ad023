/* sums_int.h - the kinds of sums as data, and a record as what is counted of it: for stores.
 *
 * A store that keeps sums needs to know nothing of records: ym_sums_facts() turns one into *facts*,
 * each with the texts of its kind's dimensions, its plain counts and the flags of its computer. */
#ifndef YM_RECORDS_SUMS_INT_H
#define YM_RECORDS_SUMS_INT_H

#include "base/status.h"
#include "records/record.h"
#include "records/sums.h"

#include <stdbool.h>
#include <stdint.h>

/* Flags of a computer: those of the counts in sums.h. */
enum {
    YM_FLAG_COMPUTER = 1,
    YM_FLAG_CLEANED = 2,
    YM_FLAG_GUARDED = 4,
    YM_FLAG_ENCOUNTERED = 8,
    YM_FLAG_AUDITED = 16,
    YM_FLAGS = 5 /* bits */
};

struct ym_sums_count {
    const char *name;
    unsigned flag; /* 0: a plain sum */
};

struct ym_sums_kind {
    const char *name;        /* "rate" */
    const char *table;       /* of the sums: "rollup" */
    const char *const *dims; /* names of columns; bit i of a margin is dims[i] */
    const struct ym_sums_count *counts;
    const unsigned *margins; /* those that are kept */
    unsigned n_dims, n_counts;
    unsigned n_plain; /* of the counts, the first ones */
    unsigned n_margins;
};
extern const struct ym_sums_kind ym_sums_kinds[YM_SUMS_COUNT];

/* Is the margin one of those that are kept? */
bool ym_sums_kept(enum ym_sums kind, unsigned margin);

struct ym_fact {
    enum ym_sums kind;
    int month;
    const uint8_t *machine; /* YM_RECORD_ID_SIZE bytes: the computer's name, or the run's id */
    const char *dim[YM_SUMS_DIMS_MAX];  /* never NULL */
    uint64_t plain[YM_SUMS_COUNTS_MAX]; /* n_plain of them */
    unsigned flags;                     /* 0: no computer to count */
};

/* The facts of a record, those of a kind one after another, rate first.  The fact lives until the
 * callback returns.  Any status of the callback other than YM_OK ends it. */
typedef ym_status ym_fact_fn(void *user, const struct ym_fact *fact, struct ym_err *err);
YM_MUST_CHECK ym_status ym_sums_facts(const struct ym_record *record, ym_fact_fn *fn, void *user,
                                      struct ym_err *err);

/* How long a missing update has been published: "0-7", "8-30", "31-90", "91-180", "181-365",
 * "366+", "unknown"; "" of a door and of an update that is closed. */
const char *ym_age_band(const struct ym_record_exposure *exposure);

/* The month of a time: year * 12 + month of the year - 1, UTC. */
int ym_store_month(int64_t time);

/* No observation counts for more in one record, and no sum goes past the second: it stays there. */
#define YM_SEEN_MAX (UINT64_C(1) << 40)
#define YM_SUM_MAX (UINT64_C(1) << 62)

#endif
