/* one_answer.h - a child that looks at something hostile, says one thing and ends; private to
 * clean/.
 *
 * The child's function locks itself up (os/sandbox.h) before it parses.  The parent waits for the
 * one message, but not for ever: a child that is an enemy may send half of it. */
#ifndef YM_CLEAN_ONE_ANSWER_H
#define YM_CLEAN_ONE_ANSWER_H

#include "os/msg.h"
#include "os/process.h"

enum {
    YM_ANSWER_MS = 30000, /* from the start of the child to the end of its message */
    YM_ANSWER_STATE = 1   /* struct ym_msg_rule.allowed_in */
};

/* self: as given to ym_clean_one_answer().  The message's bytes live until it returns. */
typedef ym_status ym_answer_fn(void *self, struct ym_msg *msg, struct ym_err *err);

/* The status of on_answer, or of the channel; IO: the child ended or did not answer in time, and
 * *err may be empty then. */
YM_MUST_CHECK ym_status ym_clean_one_answer(ym_process_fn *child, ym_answer_fn *on_answer,
                                            void *self, const struct ym_msg_rule *rules,
                                            unsigned n_rules, struct ym_err *err);

#endif
