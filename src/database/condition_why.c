/* condition_why.c - why a condition may hold although none of its patterns was found, in words. */
#include "condition_int.h"

static bool asks_for_a_pattern(const struct ym_expr *e) {
    bool asks = (e->op >= YM_EXPR_FOUND && e->op <= YM_EXPR_LENGTH) ||
                ((e->op == YM_EXPR_OF || e->op == YM_EXPR_FOR_OF) && e->u.of.patterns != NULL);

    for (uint32_t i = 0; i < e->n_kids && !asks; i++) {
        asks = asks_for_a_pattern(e->kids[i]);
    }
    return asks;
}

/* Of `and` and `or`: the operand that is to blame. */
static const struct ym_expr *culprit(const struct ym_expr *e) {
    for (uint32_t i = 0; i < e->n_kids; i++) {
        const struct ym_expr *kid = e->kids[i];

        if (e->op == YM_EXPR_AND ? asks_for_a_pattern(kid) : ym_condition_may_hold(kid, NULL)) {
            return kid;
        }
    }
    return e->kids[0];
}

const char *ym_condition_why(const struct ym_expr *e) {
    bool in_or = false;

    if (!asks_for_a_pattern(e)) {
        return "its condition asks for no string";
    }
    while (e->op == YM_EXPR_AND || e->op == YM_EXPR_OR) {
        in_or = in_or || e->op == YM_EXPR_OR;
        e = culprit(e);
    }
    if (in_or && !asks_for_a_pattern(e)) {
        return "one side of an \"or\" asks for no string";
    }
    switch ((int)e->op) {
    case YM_EXPR_NOT:
        return "\"not\" holds where a string is missing";
    case YM_EXPR_OF:
    case YM_EXPR_FOR_OF:
        return "a set may hold although none of its strings is found";
    case YM_EXPR_EQ:
    case YM_EXPR_NE:
    case YM_EXPR_LT:
    case YM_EXPR_LE:
    case YM_EXPR_GT:
    case YM_EXPR_GE:
        return "a comparison may hold where a string is found no time";
    default:
        return "its condition can hold although none of its strings is found";
    }
}
