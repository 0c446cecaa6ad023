/* condition_int.h - what compiler and guess of conditions share (private to database/). */
#ifndef YM_DATABASE_CONDITION_INT_H
#define YM_DATABASE_CONDITION_INT_H

#include "database/condition_code.h"
#include "signatures/rule.h"

/* The deepest expression that compiles.  Each level holds at most one value on the stack, OF two. */
enum { YM_CONDITION_MAX_DEPTH = 2100 };

/* The instruction of an operator for the types of its operands; END: it has none. */
ym_cond_op ym_condition_operator(const struct ym_expr *e);
uint8_t ym_condition_quantifier(ym_quantifier q);
uint32_t ym_condition_quantifier_kids(ym_quantifier q); /* 0 or 1 */

/* condition_guess.c: could it be true although the missing patterns were not found?  missing: one a pattern of
 * the rule; NULL: all of them. */
bool ym_condition_may_hold(const struct ym_expr *e, const bool *missing);
/* condition_why.c: what of it lets it, in words; of one that could while all are missing. */
const char *ym_condition_why(const struct ym_expr *e);

#endif
