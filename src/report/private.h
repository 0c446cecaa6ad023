/* private.h - what the sources of report/ share and nobody else sees. */
#ifndef YM_REPORT_PRIVATE_H
#define YM_REPORT_PRIVATE_H

#include "base/arena.h"
#include "base/status.h"
#include "records/store.h"
#include "report/period.h"
#include "report/report.h"
#include "report/stat.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YM_KEYS_MAX = 4 };

/* --- what is read: query.c --- */

/* Each margin of the store's sums that the report reads: its constant, its name, its dimensions, and for
 * privacy.c how much of its counts one computer makes in a month. */
#define YM_MARGIN_TABLE(X)                                                                         \
    X(RATE, "rate", RATE, 0, 17)                                                                   \
    X(COUNTRY, "rate_country", RATE, YM_RATE_COUNTRY, 4)                                           \
    X(SYSTEM, "rate_system", RATE,                                                                 \
      YM_RATE_SYSTEM | YM_RATE_SERVICE_PACK | YM_RATE_BITS | YM_RATE_SERVER, 4)                    \
    X(SEGMENT, "rate_segment", RATE, YM_RATE_SEGMENT, 4)                                           \
    X(PROTECTION, "rate_protection", RATE, YM_RATE_PROTECTION, 3)                                  \
    X(LOCATED, "rate_country_located", RATE, YM_RATE_COUNTRY | YM_RATE_LOCATED, 1)                 \
    X(CATEGORY, "threat_category", THREAT, YM_THREAT_CATEGORY, 6)                                  \
    X(FAMILY, "threat_family_category", THREAT, YM_THREAT_FAMILY | YM_THREAT_CATEGORY, 6)          \
    X(SEGMENT_CATEGORY, "threat_segment_category", THREAT, YM_THREAT_SEGMENT | YM_THREAT_CATEGORY, \
      3)                                                                                           \
    X(SEGMENT_FAMILY, "threat_segment_family_category", THREAT,                                    \
      YM_THREAT_SEGMENT | YM_THREAT_FAMILY | YM_THREAT_CATEGORY, 3)                                \
    X(COUNTRY_CATEGORY, "threat_country_category", THREAT, YM_THREAT_COUNTRY | YM_THREAT_CATEGORY, \
      3)                                                                                           \
    X(COUNTRY_FAMILY, "threat_country_family_category", THREAT,                                    \
      YM_THREAT_COUNTRY | YM_THREAT_FAMILY | YM_THREAT_CATEGORY, 3)                                \
    X(FAMILY_PATH, "threat_family_path", THREAT, YM_THREAT_FAMILY | YM_THREAT_PATH, 12)            \
    X(VARIANT_PATH, "threat_family_path_variant", THREAT,                                          \
      YM_THREAT_FAMILY | YM_THREAT_PATH | YM_THREAT_VARIANT, 12)                                   \
    X(TYPE, "threat_type", THREAT, YM_THREAT_TYPE, 6)                                              \
    X(EXPOSURE, "exposure_kind_id_state", EXPOSURE,                                                \
      YM_EXPOSURE_BY_KIND | YM_EXPOSURE_BY_ID | YM_EXPOSURE_BY_STATE, 64)                          \
    X(AGE, "exposure_kind_id_state_band", EXPOSURE,                                                \
      YM_EXPOSURE_BY_KIND | YM_EXPOSURE_BY_ID | YM_EXPOSURE_BY_STATE | YM_EXPOSURE_BY_BAND, 64)    \
    X(OBSERVATION, "observation_kind_key", OBSERVATION, YM_OBSERVATION_KIND | YM_OBSERVATION_KEY, 0)
#define X(name, text, kind, margin, weight) YM_MARGIN_##name,
enum ym_margin { YM_MARGIN_TABLE(X) YM_MARGIN_COUNT };
#undef X

struct ym_margin_info {
    const char *name;
    enum ym_sums kind;
    unsigned margin;
    unsigned weight;
};
extern const struct ym_margin_info ym_margins[YM_MARGIN_COUNT];

/* The column's name of a count. */
const char *ym_count_name(enum ym_sums kind, int count);

struct ym_privacy; /* privacy.c */

/* What every part of a report is made from. */
struct ym_source {
    struct ym_store *store;
    const struct ym_report_options *options;
    const struct ym_privacy *privacy; /* NULL: exact counts */
    struct ym_arena *arena;           /* of one period, or of the trends */
    struct ym_buf *out;
};

/* The rows of a margin with one key: its months. */
struct ym_row {
    const char *key[YM_KEYS_MAX]; /* of the margin's dimensions; NULL after the last */
    uint64_t *count;              /* months times counts: ym_row_count() */
};
struct ym_rows {
    enum ym_margin margin;
    struct ym_period period;
    unsigned n_counts;
    struct ym_row *row; /* in the arena, ordered by their keys */
    size_t n, room;
};

/* Reads a margin over a period: at most YM_PERIOD_MONTHS_MAX months. */
YM_MUST_CHECK ym_status ym_rows_read(struct ym_source *s, enum ym_margin margin,
                                     struct ym_period period, struct ym_rows *ret_rows,
                                     struct ym_err *err);
/* Of row NULL: 0. */
uint64_t ym_row_count(const struct ym_rows *rows, const struct ym_row *row, unsigned month,
                      int count);
uint64_t ym_row_sum(const struct ym_rows *rows, const struct ym_row *row, int count);
/* The row with this first key, or NULL; NULL as key: the only row of the world. */
const struct ym_row *ym_rows_find(const struct ym_rows *rows, const char *key);

/* All quarters that have runs, oldest first; of more than YM_REPORT_QUARTERS_MAX those with most runs.
 * In the arena. */
enum { YM_REPORT_QUARTERS_MAX = 120 };
YM_MUST_CHECK ym_status ym_quarters_read(struct ym_source *s, struct ym_period **ret_quarters,
                                         size_t *ret_n, struct ym_err *err);

/* Runs in the months first..last. */
struct ym_run_counts {
    uint64_t all, clean, guard, audit, observe, incomplete, simulated;
};
YM_MUST_CHECK ym_status ym_runs_read(struct ym_source *s, int first, int last,
                                     struct ym_run_counts *ret_counts, struct ym_err *err);

/* --- noise: privacy.c --- */

YM_MUST_CHECK ym_status ym_privacy_new(double epsilon, struct ym_privacy **ret_privacy,
                                       struct ym_err *err);
void ym_privacy_free(struct ym_privacy *privacy); /* accepts NULL */
/* Adds noise to the counts of a row that was read.  The same row gets the same noise each time.
 * False: no memory. */
YM_MUST_CHECK bool ym_privacy_blur(const struct ym_privacy *privacy, enum ym_margin margin,
                                   struct ym_sums_row *row);
/* The standard deviation of a count of the margin; 0 without noise (privacy NULL). */
double ym_privacy_noise(const struct ym_privacy *privacy, enum ym_margin margin);
/* How large a noisy count must be, lest it tell that a row is there at all. */
uint64_t ym_privacy_floor(const struct ym_privacy *privacy, enum ym_margin margin);
/* "privacy":… */
void ym_privacy_put(const struct ym_privacy *privacy, struct ym_buf *out);

/* --- tables: table.c --- */

struct ym_entry {
    const char *key[YM_KEYS_MAX];
    int first; /* month of n[0] and x[0] */
    unsigned months;
    uint64_t n[YM_PERIOD_MONTHS_MAX];
    uint64_t x[YM_PERIOD_MONTHS_MAX];
    uint64_t computers; /* behind x where x are events; 0: x are computers */
    uint64_t trials;    /* what the interval of a pooled value counts; 0: n */
    double share;       /* see enum ym_table_flags */
    uint64_t share_of;  /* what the share is of */
    const char *located;
    double noise;        /* the standard deviation of x over the period, beside chance */
    struct ym_rate rate; /* made by ym_table_finish() */
    bool hidden;
    bool small; /* hidden, and of so few that nobody may work it out */
};

enum ym_table_flags {
    YM_TABLE_POOLED = 1,    /* the value is x/n over the whole period, not the average of months */
    YM_TABLE_FINDING = 2,   /* x needs min_computers */
    YM_TABLE_ZERO = 4,      /* … or is 0 */
    YM_TABLE_SHARE = 8,     /* cells have share, */
    YM_TABLE_SHARES = 16,   /* with an interval */
    YM_TABLE_BY_X = 32,     /* largest x first */
    YM_TABLE_BY_VALUE = 64, /* largest value first; else as added */
    YM_TABLE_LOCATED = 128, /* cells have located */
    YM_TABLE_COMPUTERS = 256, /* cells have computers */
    YM_TABLE_REPORTING = 512, /* n is of something found: the threshold is for `reporting` */
};

struct ym_unit {
    const char *name;
    double scale;
};
extern const struct ym_unit ym_unit_ccm, ym_unit_ccm_computers, ym_unit_percent, ym_unit_count;

struct ym_table {
    const char *name;
    const struct ym_unit *unit;
    enum ym_margin base; /* where n comes from: this margin's count */
    int n_count;
    enum ym_margin query; /* and x */
    int x_count;
    unsigned n_keys;
    unsigned flags;
    uint64_t reporting;     /* runs or computers that could have found it */
    uint64_t min_share_of;  /* not 0: a cell needs 0.05 % of it */
    struct ym_entry *entry; /* in the arena */
    size_t n, room;
};

/* A new entry, zeroed but for its months; NULL: no memory. */
struct ym_entry *ym_table_add(struct ym_table *t, struct ym_arena *arena, struct ym_period period);
/* Rates of the entries from `from` on, and which of them are hidden. */
void ym_table_finish(const struct ym_source *s, struct ym_table *t, size_t from);
/* Writes "name":{… without the closing brace, so that more can follow; sorts the entries. */
YM_MUST_CHECK ym_status ym_table_put(struct ym_source *s, struct ym_table *t, struct ym_err *err);
/* Members of a cell, without braces: n, x, value, …, months. */
void ym_rate_put(struct ym_buf *out, const struct ym_rate *rate, const struct ym_unit *unit);

/* Fills n and x of an entry from rows; row may be NULL. */
void ym_entry_fill(struct ym_entry *e, const struct ym_rows *n_rows, const struct ym_row *n_row,
                   int n_count, const struct ym_rows *x_rows, const struct ym_row *x_row,
                   int x_count);

ym_status ym_report_no_memory(const struct ym_arena *arena, struct ym_err *err);

/* --- the parts --- */

/* ,"runs":… */
YM_MUST_CHECK ym_status ym_figures_runs(struct ym_source *s, int first, int last,
                                        struct ym_err *err);
/* The cells of rows with n and x of the same row, those with an n. */
YM_MUST_CHECK ym_status ym_table_of_rows(struct ym_source *s, struct ym_table *t,
                                         const struct ym_rows *rows, struct ym_err *err);
/* Shares of what was found: rows whose first keys are those of `of` (NULL: none), without these, against the row base of base_rows. */
YM_MUST_CHECK ym_status ym_table_of_findings(struct ym_source *s, struct ym_table *t,
                                             const struct ym_rows *rows, const char *of,
                                             const struct ym_rows *base_rows,
                                             const struct ym_row *base, struct ym_err *err);

/* Members of a period's object, from its label on; figures_period.c. */
YM_MUST_CHECK ym_status ym_figures_period(struct ym_source *s, struct ym_period p, bool places,
                                          struct ym_err *err);
/* "protection":…; figures_protection.c. */
YM_MUST_CHECK ym_status ym_figures_protection(struct ym_source *s, struct ym_period p,
                                              struct ym_err *err);
/* "propagation":…, "exposure":…, "patch_age":…, "exploit":…, "observation":…; figures_events.c. */
YM_MUST_CHECK ym_status ym_figures_events(struct ym_source *s, struct ym_period p,
                                          const struct ym_rows *world, struct ym_err *err);
/* "trends":…; figures_trends.c. */
YM_MUST_CHECK ym_status ym_figures_trends(struct ym_source *s, struct ym_err *err);

#endif
