/* pcre.h - ClamAV's PCRE subsignatures, `[offset:]trigger/expression/flags` (private to match/).
 *
 *     struct ym_pcre *p;
 *     YM_TRY(ym_pcre_new(text, n, flags, &p));
 *     YM_TRY(ym_pcre_run(p, &job, &result));      // any number of objects
 *     ym_pcre_free(p);
 *
 * Which matches count (found out with clamscan 1.4.6; docs/formats/clamav.md):
 *   - the data before the offset is not there: `^`, `\b` and what looks behind see its start;
 *     an offset outside of the data: nothing matches;
 *   - an offset without a shift: the match starts exactly there, unless flag r;
 *   - a shift: the first match that starts behind offset + shift is not counted and ends the search;
 *     with flag e the data ends at offset + shift;
 *   - one match counts, with flag g every one: the next is sought from the end of the last.
 *
 * Work is metered: each step and each byte passed is one of the budget (about 2 ns; time is
 * charged, too, where steps do not show it), and one run may take RUN_BASE + RUN_BYTE a byte.  The
 * limits of the peer hold besides: 100,000 tries a place, 2,000 deep. */
#ifndef YM_MATCH_PCRE_H
#define YM_MATCH_PCRE_H

#include "base/kinds.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_pcre; /* opaque */

/* flags: enum ym_regex_flag.  MALFORMED: not an expression; LIMIT: too large for PCRE2; NOMEM. */
YM_MUST_CHECK ym_status ym_pcre_new(const uint8_t *text, size_t n, uint32_t flags,
                                    struct ym_pcre **ret);
void ym_pcre_free(struct ym_pcre *p); /* accepts NULL */

struct ym_pcre_job {
    const uint8_t *data;
    size_t size;
    bool has_place;    /* false: low, high and has_shift mean nothing */
    int64_t low, high; /* resolved offset .. offset + shift */
    bool has_shift;
    uint64_t *budget; /* is charged; at 0 nothing is done any more */
};

struct ym_pcre_result {
    uint32_t count;
    uint64_t first, last; /* starts; with a count of 0 they mean nothing */
    uint32_t first_length;
    bool gave_up; /* limits were met: there may be more matches than were counted */
};

YM_MUST_CHECK ym_status ym_pcre_run(struct ym_pcre *p, const struct ym_pcre_job *job,
                                    struct ym_pcre_result *ret);

#endif
