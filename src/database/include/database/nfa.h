/* database/nfa.h - regular expressions to programs, and the proof that a program is harmless. */
#ifndef YM_DATABASE_NFA_H
#define YM_DATABASE_NFA_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_node; /* signatures/rule.h */

/* Appends one program (nfa_code.h).  body: a sequence, NULL: it matches the empty text.  nocase:
 * letters in BYTES nodes count in either case.  backwards: for running from the end to the
 * start. UNSUPPORTED: a node that only other patterns have; LIMIT: more than YM_NFA_MAX_OPS
 * operations. */
YM_MUST_CHECK ym_status ym_nfa_compile(const struct ym_node *body, bool nocase, bool backwards,
                                       struct ym_buf *out, struct ym_err *err);

/* OK: a machine may run it without tests of its own. */
YM_MUST_CHECK ym_status ym_nfa_check(const uint8_t *program, uint32_t size, struct ym_err *err);

/* The same for both programs of a part. */
YM_MUST_CHECK ym_status ym_nfa_check_pair(const uint8_t *pair, uint32_t size, struct ym_err *err);

#endif
