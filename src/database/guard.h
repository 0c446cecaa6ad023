/* guard.h - what of a condition can be asked before it is run (private to database/). */
#ifndef YM_DATABASE_GUARD_H
#define YM_DATABASE_GUARD_H

#include "database/layout.h"
#include "signatures/rule.h"

/* Fills in what the condition demands of an object's size and first bytes; its rule is left alone. */
void ym_condition_guard(const struct ym_expr *e, struct ym_img_always *ret);

#endif
