/* clean_run.h - what the sources of `yamori clean` share: clean.c (options, --undo, --ask's questions
 * before a run), clean_run.c (a run: plan, apply, look again), clean_record.c (the record it leaves).
 *
 * A run writes to standard output and standard error and gives an exit status.  Everything pointed to
 * by the options is borrowed for the time of the call.  One thread. */
#ifndef YM_CLI_CLEAN_RUN_H
#define YM_CLI_CLEAN_RUN_H

#include "base/buf.h"
#include "base/status.h"
#include "clean/plan.h"
#include "clean/summary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YM_CLEAN_USUAL_STATE "/var/lib/yamori"

enum {
    YM_CLEAN_FAMILIES_NAMED_MAX = 64,
    YM_CLEAN_DOORS_NAMED_MAX = 64,
    YM_CLEAN_DATABASES_MAX = 32
};

/* The command line of `yamori clean`. */
struct ym_clean_command {
    const char *root, *state, *families, *undo, *resume;
    const char *only[YM_CLEAN_FAMILIES_NAMED_MAX + 1];
    unsigned n_only;
    const char *doors[YM_CLEAN_DOORS_NAMED_MAX + 1];
    unsigned n_doors;
    const char *databases[YM_CLEAN_DATABASES_MAX];
    size_t n_databases;
    unsigned jobs;
    bool full, detect_only, plan, json, help, no_record, quiet, show_record, immunise, ask, quick;
    const char *lang, *reg;
};

/* The language of what a person reads: --lang, else that of the locale. */
ym_clean_lang ym_clean_command_lang(const struct ym_clean_command *o);

/* One run, not of --undo and --resume; the exit status.  ret_kind may be NULL: what kind of volume it
 * was (static), untouched when that was not found out. */
int ym_clean_run_command(const struct ym_clean_command *o, const char **ret_kind);

/* Writes a text to standard output; ym_clean_finish() flushes it: the status, or an error when it could
 * not be written. */
void ym_clean_print(const struct ym_buf *text);
int ym_clean_finish(int status);

/* Leaves the execution record of a run of `clean`.  after: the plan made again when the work was
 * done; NULL: nothing was changed.  left: steps that could not be done; started: ym_now_ns(). */
YM_MUST_CHECK ym_status ym_clean_leave_record(const struct ym_clean_plan *plan,
                                              const struct ym_clean_plan *after, size_t left,
                                              uint64_t started, bool show, struct ym_arena *arena,
                                              struct ym_err *err);

#endif
