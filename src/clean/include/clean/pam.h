/* pam.h - may a line of a file of /etc/pam.d be taken out?
 *
 * The lines of one type (auth, account, password, session) are a stack that is run from top to bottom;
 * pam.d(5).  Taking one out can lock everybody out or let anybody in: when it is the one that decides,
 * when it took the place of the one that did, or when a line above jumps ("[success=2 ...]") over it and
 * would then land on another.  Only these are taken out: a line that was added beside the others
 * ("optional" or "sufficient"), with no jump across it, in whose stack a line that decides remains. */
#ifndef YM_CLEAN_PAM_H
#define YM_CLEAN_PAM_H

#include "base/reader.h"

#include <stdbool.h>

/* whole: the file's text; line: 1-based.  False also for what cannot be told, such as a line that goes
 * on in the next one. */
bool ym_pam_may_remove(struct ym_reader whole, unsigned line);

#endif
