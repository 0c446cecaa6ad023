/* sums.h - what a store counts while records come in, and what reports read.
 *
 * There are four *kinds* of sums.  Each has *dimensions* (texts: a country, a family) and *counts*.
 * A *margin* is a set of dimensions, the sum of their bits: 0 is the world, YM_RATE_COUNTRY the
 * table of countries.  For each margin that is kept, month and text of its dimensions there is one row.
 *
 * Counts are of two sorts.  *Plain* ones add up: runs, attacks.  The others count different
 * computers: one counts once in each row and month, whatever it ran as there, so that rows of one margin need
 * not add up to those of a smaller one.  A computer without a name counts by its run's id.
 *
 * Margins that are kept, in the order of the tables below:
 *   rate         0, country, system+service_pack+bits, that+server, segment, protection,
 *                country+segment, country+protection, country+located, all
 *   threat       0, category, family+category, segment+category, segment+family+category,
 *                country+category, country+family+category, family+path, segment+family+path,
 *                family+variant+path, type, country+type, all
 *   exposure     kind+id+state, kind+id+state+band, country+kind+id+state
 *   observation  kind+key, country+kind+key */
#ifndef YM_RECORDS_SUMS_H
#define YM_RECORDS_SUMS_H

#include <stdint.h>

enum ym_sums {
    YM_SUMS_RATE,        /* of every record */
    YM_SUMS_THREAT,      /* of detections that were removed, or met by a guard */
    YM_SUMS_EXPOSURE,    /* of audits */
    YM_SUMS_OBSERVATION, /* of the watch over a network */
    YM_SUMS_COUNT
};

#define YM_RATE_DIMS(X)                                                                            \
    X(COUNTRY, "country")                                                                          \
    X(SYSTEM, "system")                                                                            \
    X(SERVICE_PACK, "service_pack")                                                                \
    X(BITS, "bits")                                                                                \
    X(SERVER, "server")                                                                            \
    X(SEGMENT, "segment")                                                                          \
    X(PROTECTION, "protection")                                                                    \
    X(LOCATED, "located")
/* variant: "B" of Worm:Win32/Conficker.B; type: of exploits, ym_exploit_type_of_name(), else "". */
#define YM_THREAT_DIMS(X)                                                                          \
    X(COUNTRY, "country")                                                                          \
    X(SEGMENT, "segment")                                                                          \
    X(FAMILY, "family")                                                                            \
    X(CATEGORY, "category")                                                                        \
    X(PATH, "path")                                                                                \
    X(VARIANT, "variant")                                                                          \
    X(TYPE, "type")
/* band: how long a missing update has been published, ym_age_band(). */
#define YM_EXPOSURE_DIMS(X)                                                                        \
    X(COUNTRY, "country")                                                                          \
    X(KIND, "kind")                                                                                \
    X(ID, "id")                                                                                    \
    X(STATE, "state")                                                                              \
    X(BAND, "band")
#define YM_OBSERVATION_DIMS(X)                                                                     \
    X(COUNTRY, "country")                                                                          \
    X(KIND, "kind")                                                                                \
    X(KEY, "key")

/* Name, its column, and the flag of a computer that it counts; 0: a plain sum.  Plain ones first.
 * executions are runs of `clean`; computers, of a rate: those that ran it; of a threat: cleaned of it or met it. */
#define YM_RATE_COUNTS(X)                                                                          \
    X(RUNS, "runs", 0)                                                                             \
    X(EXECUTIONS, "executions", 0)                                                                 \
    X(GUARDS, "guards", 0)                                                                         \
    X(AUDITS, "audits", 0)                                                                         \
    X(OBSERVES, "observes", 0)                                                                     \
    X(INCOMPLETE, "incomplete", 0)                                                                 \
    X(SIMULATED, "simulated", 0)                                                                   \
    X(COMPUTERS, "computers", 1)                                                                   \
    X(CLEANED, "cleaned", 2)                                                                       \
    X(GUARDED, "guarded", 4)                                                                       \
    X(ENCOUNTERED, "encountered", 8)                                                               \
    X(AUDITED, "audited", 16)
#define YM_THREAT_COUNTS(X)                                                                        \
    X(ATTACKS, "attacks", 0)                                                                       \
    X(COMPUTERS, "computers", 1)                                                                   \
    X(CLEANED, "cleaned", 2)                                                                       \
    X(ENCOUNTERED, "encountered", 8)
#define YM_EXPOSURE_COUNTS(X) X(COMPUTERS, "computers", 1)
/* reports: records that have it; seen: the sum of their counts. */
#define YM_OBSERVATION_COUNTS(X)                                                                   \
    X(REPORTS, "reports", 0)                                                                       \
    X(SEEN, "seen", 0)

/* YM_RATE_AT_COUNTRY: index of the dimension; YM_RATE_COUNTRY: its bit; YM_RATE_N_CLEANED: index of the count. */
#define X(name, text) YM_RATE_AT_##name,
enum { YM_RATE_DIMS(X) YM_RATE_AT_END };
#undef X
#define X(name, text) YM_RATE_##name = 1 << YM_RATE_AT_##name,
enum { YM_RATE_DIMS(X) };
#undef X
#define X(name, text, flag) YM_RATE_N_##name,
enum { YM_RATE_COUNTS(X) YM_RATE_N_END };
#undef X
#define X(name, text) YM_THREAT_AT_##name,
enum { YM_THREAT_DIMS(X) YM_THREAT_AT_END };
#undef X
#define X(name, text) YM_THREAT_##name = 1 << YM_THREAT_AT_##name,
enum { YM_THREAT_DIMS(X) };
#undef X
#define X(name, text, flag) YM_THREAT_N_##name,
enum { YM_THREAT_COUNTS(X) YM_THREAT_N_END };
#undef X
#define X(name, text) YM_EXPOSURE_AT_##name,
enum { YM_EXPOSURE_DIMS(X) YM_EXPOSURE_AT_END };
#undef X
#define X(name, text) YM_EXPOSURE_BY_##name = 1 << YM_EXPOSURE_AT_##name,
enum { YM_EXPOSURE_DIMS(X) };
#undef X
#define X(name, text, flag) YM_EXPOSURE_N_##name,
enum { YM_EXPOSURE_COUNTS(X) YM_EXPOSURE_N_END };
#undef X
#define X(name, text) YM_OBSERVATION_AT_##name,
enum { YM_OBSERVATION_DIMS(X) YM_OBSERVATION_AT_END };
#undef X
#define X(name, text) YM_OBSERVATION_##name = 1 << YM_OBSERVATION_AT_##name,
enum { YM_OBSERVATION_DIMS(X) };
#undef X
#define X(name, text, flag) YM_OBSERVATION_N_##name,
enum { YM_OBSERVATION_COUNTS(X) YM_OBSERVATION_N_END };
#undef X

enum { YM_SUMS_DIMS_MAX = 8, YM_SUMS_COUNTS_MAX = 12 };

/* Rows of one margin in the months first..last (year * 12 + month - 1). */
struct ym_sums_query {
    enum ym_sums kind;
    unsigned margin;
    int first, last;
};

/* Lives until the callback returns. */
struct ym_sums_row {
    const char *key[YM_SUMS_DIMS_MAX]; /* of the margin's dimensions, in the order of their bits */
    unsigned n_keys;
    int month;
    uint64_t count[YM_SUMS_COUNTS_MAX]; /* all counts of the kind, in their order */
};

#endif
