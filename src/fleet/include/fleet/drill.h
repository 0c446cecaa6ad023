/* drill.h - questions to the server's store of records that no sum answers: which names, where, how.
 *
 * Where the server has another store (`fleet serve --store`) there are no answers: UNSUPPORTED.
 *
 * A connection of its own to STATE/records.db, which reads only, never waits for the writer, and gives up after
 * YM_DRILL_SECONDS.  What is looked at is bounded: the newest YM_DRILL_RUNS runs that found something.
 *
 * Suppression: with min > 1 a group of fewer different computers is not named; how many such groups
 * there are is told ("hidden"), not how many findings they have, and single findings are not given at all.  Objects are those of the records: users' names were
 * taken out before they left the machine. */
#ifndef YM_FLEET_DRILL_H
#define YM_FLEET_DRILL_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_drill; /* opaque: see drill.c */

enum {
    YM_DRILL_SECONDS = 10,
    YM_DRILL_RUNS = 20000,
    YM_DRILL_GROUPS = 50, /* of each kind */
    YM_DRILL_ROWS = 100,  /* single findings */
    YM_DRILL_TEXT_MAX = 256,
};

YM_MUST_CHECK ym_status ym_drill_open(const char *state_dir, struct ym_drill **ret_drill,
                                      struct ym_err *err);
void ym_drill_close(struct ym_drill *drill); /* accepts NULL */

/* Which findings; texts "" mean any. */
struct ym_drill_filter {
    char country[3];
    char family[YM_DRILL_TEXT_MAX], name[YM_DRILL_TEXT_MAX], category[32];
    int64_t from, to; /* seconds since 1970, to not included */
    uint32_t min;     /* computers of a group; 1: all */
};

/* Appends {"names":[...],"paths":[...],"objects":[...],"systems":[...],"repairs":[...]}, each a list of
 * {"key":[...],"computers":N,"findings":N} with its "hidden" beside.  LIMIT: it took too long. */
YM_MUST_CHECK ym_status ym_drill_groups(struct ym_drill *drill,
                                        const struct ym_drill_filter *filter, struct ym_buf *out,
                                        struct ym_err *err);
/* Appends [...] of single findings with their repairs, the newest first: for who may see all. */
YM_MUST_CHECK ym_status ym_drill_findings(struct ym_drill *drill,
                                          const struct ym_drill_filter *filter, struct ym_buf *out,
                                          struct ym_err *err);

/* Families that were found on at least count different computers since then. */
typedef ym_status ym_drill_fn(void *user, const char *family, uint64_t computers,
                              struct ym_err *err);
YM_MUST_CHECK ym_status ym_drill_outbreaks(struct ym_drill *drill, int64_t since,
                                           const char *family, const char *category, uint32_t count,
                                           ym_drill_fn *fn, void *user, struct ym_err *err);

#endif
