/* task.h - scheduled tasks of Windows Vista and later (%windir%\System32\Tasks\...).
 *
 * Source: MS-TSCH 2.5 (the XML schema of tasks).  A file is one Task element, in UTF-16LE with its mark, as
 * Windows writes it, or in UTF-8.  Of it only what is run is read: each Exec below Actions with its Command
 * and Arguments.  An action of another kind (a COM handler, a mail, a message) runs no program and is passed
 * over.
 *
 * The XML is read by expat, which opens nothing; a document type is refused, so that no entity can grow.
 * Texts are UTF-8 in the arena, without white space at their ends. */
#ifndef YM_CLEAN_TASK_H
#define YM_CLEAN_TASK_H

#include "base/arena.h"
#include "base/reader.h"
#include "base/status.h"

#include <stddef.h>

enum {
    YM_TASK_FILE_MAX = 1 << 20, /* bytes; real ones have a few thousand */
    YM_TASK_ACTIONS_MAX = 32,   /* as in Windows */
    YM_TASK_DEPTH_MAX = 64,     /* elements in each other */
    YM_TASK_TEXT_MAX = 8192     /* bytes of a command or its arguments */
};

struct ym_task_action {
    const char *command, *arguments; /* never NULL */
};

struct ym_task {
    struct ym_task_action actions[YM_TASK_ACTIONS_MAX];
    size_t n;
};

/* MALFORMED: no XML, or no Task; LIMIT: one of the above; NOMEM. */
YM_MUST_CHECK ym_status ym_task_parse(struct ym_reader whole, struct ym_arena *arena,
                                      struct ym_task *ret_task, struct ym_err *err);

#endif
