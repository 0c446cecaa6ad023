/* uses.h - what the condition of a YARA rule asks of each of its patterns (private to database/). */
#ifndef YM_DATABASE_USES_H
#define YM_DATABASE_USES_H

#include "signatures/rule.h"

/* Of a pattern. */
struct ym_use {
    /* If all that is asked of it is whether a match stands at one place, or between two constant
     * ones: that place.  Else ANY. */
    struct ym_place place;
    bool asked; /* at all */
};

/* Fills uses[0..n_patterns). */
void ym_condition_uses(const struct ym_expr *e, uint32_t n_patterns, struct ym_use *uses);

#endif
