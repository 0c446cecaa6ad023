/* cover.h - which patterns of a YARA rule have to be looked for (private to database/). */
#ifndef YM_DATABASE_COVER_H
#define YM_DATABASE_COVER_H

#include "base/arena.h"
#include "signatures/rule.h"

/* Patterns, by their index in the rule; may name one twice.  Possible without members: the condition cannot
 * hold at all. */
struct ym_cover {
    bool possible; /* false: the condition can hold with none of them found */
    double cost;
    const uint32_t *members;
    uint32_t n;
};

/* The cheapest set of patterns of which at least one is found whenever the condition holds.
 * costs: one a pattern. */
YM_MUST_CHECK ym_status ym_condition_cover(const struct ym_expr *e, const double *costs,
                                           uint32_t n_patterns, struct ym_arena *arena,
                                           struct ym_cover *ret);

#endif
