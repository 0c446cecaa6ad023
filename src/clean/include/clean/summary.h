/* summary.h - what a clean found and did, in plain words, and as a log.
 *
 * The summary is for somebody who never heard of a registry: what was found, what was changed, how to take it
 * back, what is left to do.  In English or Japanese.
 *
 * The log is one file per state folder, STATE/log/clean.log, to which every run appends one entry in the
 * spirit of Microsoft's mrt.log (facts: KB890830, and logs of 2017 to 2026 that are printed in public): a
 * program that reads mrt.log by the first word of each line reads it, too.  UTF-8, LF.  The return code is
 * that of Microsoft's tool, as its logs show it: 0 nothing found, 6 found and removed, 7 found and not
 * removed, or not all of it. */
#ifndef YM_CLEAN_SUMMARY_H
#define YM_CLEAN_SUMMARY_H

#include "base/buf.h"
#include "base/status.h"
#include "clean/journal.h"
#include "clean/plan.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum ym_clean_lang { YM_CLEAN_EN, YM_CLEAN_JA } ym_clean_lang;
/* "en", "ja", or a locale's name such as "ja_JP.UTF-8"; false: neither. */
bool ym_clean_lang_of(const char *text, ym_clean_lang *ret_lang);

struct ym_clean_result {
    const struct ym_clean_plan *plan;
    const struct ym_clean_plan *after;   /* made again when the work was done; NULL: only looked */
    const struct ym_clean_outcome *done; /* NULL with after */
    const char *undo;                    /* what follows "yamori clean --undo "; "" with after */
};

/* Before a clean: what was found, and what cleaning would do. */
void ym_clean_proposal(const struct ym_clean_plan *plan, ym_clean_lang lang, struct ym_buf *out);
void ym_clean_summary(const struct ym_clean_result *r, ym_clean_lang lang, struct ym_buf *out);

struct ym_clean_run { /* for the log */
    const char *version;
    int64_t started, finished; /* unix time */
    bool quiet;
    size_t n_families;
};

/* 0, 6 or 7: see above. */
unsigned ym_clean_return_code(const struct ym_clean_result *r);
void ym_clean_log_text(const struct ym_clean_result *r, const struct ym_clean_run *run,
                       struct ym_buf *out);
/* Appends an entry as a whole, and syncs. */
YM_MUST_CHECK ym_status ym_clean_log_append(const char *state, const struct ym_buf *entry,
                                            struct ym_err *err);

#endif
