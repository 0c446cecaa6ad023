/* journal.h - carrying a plan out so that it can be finished or taken back.
 *
 *   ym_clean_apply    prepare: everything that will be needed lies in the journal, on disk, before
 *                     the first change; then one file after the other, each atomically
 *   ym_clean_resume   finishes what was interrupted at any moment
 *   ym_clean_undo     puts back what was there
 *
 * A journal is the folder STATE/journal/ID (docs/formats/journal.md); its id begins with the
 * time (UTC) and ends in random digits.  A lock keeps two runs of one state folder apart.
 *
 * Results: notes are lines for people; `left` counts what could not be done and is told in the
 * notes.  A status other than OK: the work was stopped; the notes and *err say where, and
 * ret_outcome->id (unless empty) names the journal that resume and undo take. */
#ifndef YM_CLEAN_JOURNAL_H
#define YM_CLEAN_JOURNAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "clean/plan.h"
#include "clean/volume.h"

#include <stdbool.h>
#include <stddef.h>

enum { YM_JOURNAL_ID_SIZE = 32 };

struct ym_clean_outcome {
    char id[YM_JOURNAL_ID_SIZE]; /* "" : no journal was made, nothing was changed */
    size_t done;                 /* files changed, removed, restored */
    size_t left;                 /* files that could not be */
    struct ym_buf notes;         /* the caller initialises and frees it */
};

YM_MUST_CHECK ym_status ym_clean_apply(const struct ym_volume *volume,
                                       const struct ym_clean_plan *plan, const char *state,
                                       struct ym_clean_outcome *ret_outcome, struct ym_err *err);
/* root NULL: the one that the journal names. */
YM_MUST_CHECK ym_status ym_clean_resume(const char *state, const char *id, const char *root,
                                        struct ym_clean_outcome *ret_outcome, struct ym_err *err);
YM_MUST_CHECK ym_status ym_clean_undo(const char *state, const char *id, const char *root,
                                      struct ym_clean_outcome *ret_outcome, struct ym_err *err);

#ifdef YM_TESTING
/* Kill this process (SIGKILL) at the nth step to the disk from now; 0: never. */
void ym_clean_kill_at(unsigned nth);
/* Call this at every step to the disk (nth counts from 1 again); NULL: no more. */
void ym_clean_at_step(void (*fn)(void *ctx, unsigned nth), void *ctx);
#endif

#endif
