/* condition_int.h - what compiler and guess of conditions share (private to database/). */
#ifndef YM_DATABASE_CONDITION_INT_H
#define YM_DATABASE_CONDITION_INT_H

#include "database/condition_code.h"
#include "signatures/rule.h"

/* The instruction of an operator for the types of its operands; END: it has none. */
ym_cond_op ym_condition_operator(const struct ym_expr *e);
uint8_t ym_condition_quantifier(ym_quantifier q);
uint32_t ym_condition_quantifier_kids(ym_quantifier q); /* 0 or 1 */

/* condition_guess.c: could it be true although no pattern of its rule was found? */
bool ym_condition_may_hold(const struct ym_expr *e);
/* What of it lets it, in words; of one that could. */
const char *ym_condition_why(const struct ym_expr *e);

#endif
