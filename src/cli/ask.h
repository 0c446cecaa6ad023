/* ask.h - the few decisions of `yamori clean --ask`, in plain words, in English or Japanese.
 *
 * Each function asks one question on standard output and reads lines of standard input until it
 * has an answer; the end of input, and Enter where nothing is safer, is the answer that changes
 * nothing. */
#ifndef YM_CLI_ASK_H
#define YM_CLI_ASK_H

#include "base/status.h"
#include "clean/doors.h"
#include "clean/plan.h"
#include "clean/summary.h"
#include "places.h"

#include <stdbool.h>

/* Which place; not asked when there is only this machine.  NULL: none, stop. */
const struct ym_place *ym_ask_place(const struct ym_places *places, ym_clean_lang lang);
/* Says what would stand in the way of cleaning, before anything else is asked: a disk that can only be
 * read, and a state folder that this user may not write. */
void ym_ask_warn(const char *root, const char *state, ym_clean_lang lang);
/* True: full.  signatures: some are installed. */
bool ym_ask_full(bool signatures, ym_clean_lang lang);

typedef enum ym_answer { YM_ANSWER_NO, YM_ANSWER_YES, YM_ANSWER_MORE } ym_answer;
/* After the proposal was printed.  MORE: everything shall be shown first. */
ym_answer ym_ask_clean(ym_clean_lang lang);
/* Prints the doors that settings would close and asks whether to; false also when there are none. */
bool ym_ask_doors(const struct ym_doors *doors, ym_clean_lang lang);

/* after: the doors looked at again; undo: what follows "yamori clean --undo ". */
void ym_ask_doors_done(const struct ym_doors *after, const char *undo, ym_clean_lang lang);
/* Before the error itself, which is in English. */
void ym_ask_failed(ym_clean_lang lang);
/* some: there was something to clean. */
void ym_ask_nothing_changed(bool some, ym_clean_lang lang);

#endif
