/* condition_guess.c - could a condition be true without a hit?
 *
 * Evaluates it as if none of the rule's patterns had been found, over what is not known: the data, its
 * size, modules, other rules.  A value may be undefined, may be defined, and may be known when it
 * is defined.  A rule that could hold is evaluated for every object. */
#include "condition_int.h"

#include <string.h>

struct guess {
    bool may_be_undefined;
    bool may_be_defined;
    bool known;
    int64_t i;
    double d;
};

static struct guess guess(const struct ym_expr *e);

static struct guess known_int(int64_t i) {
    return (struct guess){.may_be_defined = true, .known = true, .i = i};
}

static struct guess unknown(bool may_be_undefined) {
    return (struct guess){.may_be_defined = true, .may_be_undefined = may_be_undefined};
}

static struct guess undefined(void) {
    return (struct guess){.may_be_undefined = true};
}

static bool truth_of(const struct guess *g, const struct ym_expr *e) {
    uint64_t bits;

    if (e->type != YM_TYPE_DOUBLE) {
        return g->i != 0;
    }
    memcpy(&bits, &g->d, sizeof(bits));
    return bits != 0;
}

static bool may_hold(const struct guess *g, const struct ym_expr *e) {
    return g->may_be_defined && (!g->known || truth_of(g, e));
}

static bool must_hold(const struct guess *g, const struct ym_expr *e) {
    return !g->may_be_undefined && g->known && truth_of(g, e);
}

static bool kid_may_be_undefined(const struct ym_expr *e) {
    for (uint32_t i = 0; i < e->n_kids; i++) {
        if (guess(e->kids[i]).may_be_undefined) {
            return true;
        }
    }
    return false;
}

/* The value v, or undefined if one of e's kids is. */
static struct guess unless_kid_undefined(const struct ym_expr *e, int64_t v) {
    struct guess g = known_int(v);

    g.may_be_undefined = kid_may_be_undefined(e);
    return g;
}

static double as_double(const struct guess *g, const struct ym_expr *e) {
    return e->type == YM_TYPE_DOUBLE ? g->d : (double)g->i;
}

static struct guess guess_unary(const struct ym_expr *e) {
    struct guess g = guess(e->kids[0]);

    if (e->op == YM_EXPR_DEFINED) {
        if (!g.may_be_defined || !g.may_be_undefined) {
            return known_int(g.may_be_defined);
        }
        return unknown(false);
    }
    if (e->op == YM_EXPR_NOT) {
        g.i = !truth_of(&g, e->kids[0]);
    } else if (e->op == YM_EXPR_NEG) {
        g.i = (int64_t)(0 - (uint64_t)g.i);
        g.d = -g.d;
    } else {
        g.i = ~g.i;
    }
    return g;
}

/* Two known operands: what they give. */
static struct guess fold(ym_cond_op op, const struct ym_expr *e, const struct guess *a,
                         const struct guess *b) {
    struct guess g = {.may_be_defined = true, .known = true};

    if (op >= YM_COND_EQ_D && op <= YM_COND_GE_D) {
        g.i = ym_cond_double_compare(op, as_double(a, e->kids[0]), as_double(b, e->kids[1]));
        return g;
    }
    if (op >= YM_COND_ADD_D && op <= YM_COND_DIV_D) {
        g.d = ym_cond_double(op, as_double(a, e->kids[0]), as_double(b, e->kids[1]));
        return g;
    }
    return ym_cond_int(op, a->i, b->i, &g.i) ? g : undefined();
}

static struct guess guess_text(ym_cond_op op, const struct ym_expr *a, const struct ym_expr *b) {
    if (a->op != YM_EXPR_TEXT || b->op != YM_EXPR_TEXT) {
        return unknown(true);
    }
    return known_int(ym_cond_text(op, (const uint8_t *)a->u.text.s, a->u.text.n,
                                  (const uint8_t *)b->u.text.s, b->u.text.n));
}

static struct guess guess_binary(const struct ym_expr *e) {
    ym_cond_op op = ym_condition_operator(e);
    struct guess a;
    struct guess b;
    struct guess g;

    if (op >= YM_COND_EQ_T && op <= YM_COND_IEQUALS) {
        return guess_text(op, e->kids[0], e->kids[1]);
    }
    a = guess(e->kids[0]);
    b = guess(e->kids[1]);
    if (op == YM_COND_LT_D && (a.may_be_undefined || b.may_be_undefined)) {
        return unknown(false); /* the one comparison that never is undefined */
    }
    if (!a.may_be_defined || !b.may_be_defined) {
        return undefined();
    }
    if (a.known && b.known) {
        g = fold(op, e, &a, &b);
        g.may_be_undefined = g.may_be_undefined || a.may_be_undefined || b.may_be_undefined;
        return g;
    }
    return unknown(a.may_be_undefined || b.may_be_undefined || op == YM_COND_DIV_I ||
                   op == YM_COND_MOD_I || op == YM_COND_SHL || op == YM_COND_SHR);
}

static struct guess guess_logic(const struct ym_expr *e) {
    bool decides_on = e->op == YM_EXPR_OR;
    bool all_known = true;

    for (uint32_t i = 0; i < e->n_kids; i++) {
        struct guess g = guess(e->kids[i]);
        bool holds = must_hold(&g, e->kids[i]);
        bool fails = !may_hold(&g, e->kids[i]);

        if (decides_on ? holds : fails) {
            return known_int(decides_on);
        }
        all_known = all_known && (holds || fails);
    }
    return all_known ? known_int(!decides_on) : unknown(false);
}

/* A quantifier over total members of which low to high hold. */
static struct guess guess_quantifier(const struct ym_expr *e, int64_t low, int64_t high,
                                     bool may_be_undefined) {
    uint8_t q = ym_condition_quantifier(e->u.of.quantifier);
    struct guess n = {.may_be_defined = true, .known = true};
    struct guess g;
    bool at_low;

    if (ym_condition_quantifier_kids(e->u.of.quantifier) != 0) {
        n = guess(e->kids[0]);
    }
    if (!n.known || n.may_be_undefined || low != high) {
        bool few = e->u.of.quantifier == YM_QUANT_ANY || e->u.of.quantifier == YM_QUANT_ALL;

        if (few && high == 0) {
            return known_int(0);
        }
        return unknown(true);
    }
    at_low = ym_cond_enough(q, n.i, low, e->u.of.n);
    g = known_int(at_low);
    g.may_be_undefined = may_be_undefined;
    return g;
}

static struct guess guess_of(const struct ym_expr *e) {
    bool may_be_undefined = false;

    for (uint32_t i = ym_condition_quantifier_kids(e->u.of.quantifier); i < e->n_kids; i++) {
        struct guess g = guess(e->kids[i]);

        if (!g.may_be_defined) {
            return undefined();
        }
        may_be_undefined = may_be_undefined || g.may_be_undefined;
    }
    return guess_quantifier(e, 0, e->u.of.rules != NULL ? e->u.of.n : 0, may_be_undefined);
}

static struct guess guess_for(const struct ym_expr *e) {
    const struct ym_expr *body = e->kids[e->n_kids - 1];
    struct guess g = guess(body);

    return guess_quantifier(e, must_hold(&g, body) ? e->u.of.n : 0,
                            may_hold(&g, body) ? e->u.of.n : 0, false);
}

static struct guess guess_for_in(const struct ym_expr *e) {
    const struct ym_expr *body = e->kids[e->n_kids - 1];
    uint32_t first = ym_condition_quantifier_kids(e->u.loop.quantifier);
    struct guess holds = guess(body);

    if (e->u.loop.kind == YM_LOOP_RANGE) {
        struct guess low = guess(e->kids[first]);
        struct guess high = guess(e->kids[first + 1]);

        if (!low.may_be_defined || !high.may_be_defined ||
            (low.known && high.known && low.i > high.i)) {
            return known_int(0); /* nothing to go through */
        }
    }
    if (!may_hold(&holds, body) &&
        (e->u.loop.quantifier == YM_QUANT_ANY || e->u.loop.quantifier == YM_QUANT_ALL)) {
        return known_int(0);
    }
    return unknown(false);
}

static struct guess guess_of_values(const struct ym_expr *e) {
    bool one_may = false;

    for (uint32_t i = ym_condition_quantifier_kids(e->u.of.quantifier); i < e->n_kids; i++) {
        struct guess g = guess(e->kids[i]);

        one_may = one_may || may_hold(&g, e->kids[i]);
    }
    if (!one_may && (e->u.of.quantifier == YM_QUANT_ANY || e->u.of.quantifier == YM_QUANT_ALL)) {
        return known_int(0);
    }
    return unknown(true);
}

/* Of these nothing is known before a run, not even whether they are defined. */
static const bool hidden[YM_EXPR_COUNT_] = {
    [YM_EXPR_FILESIZE] = true, /* undefined in memory of a process */
    [YM_EXPR_ENTRYPOINT] = true, [YM_EXPR_READ] = true,      [YM_EXPR_TEXT] = true,
    [YM_EXPR_EXTERNAL] = true,   [YM_EXPR_VAR] = true,       [YM_EXPR_MODULE] = true,
    [YM_EXPR_FIELD] = true,      [YM_EXPR_INDEX] = true,     [YM_EXPR_LOOKUP] = true,
    [YM_EXPR_CALL] = true,       [YM_EXPR_LEN] = true,       [YM_EXPR_REGEX] = true,
    [YM_EXPR_MATCHES] = true,    [YM_EXPR_TEXT_TRUE] = true,
};

static struct guess guess(const struct ym_expr *e) {
    if (hidden[e->op]) {
        return unknown(true);
    }
    switch ((int)e->op) {
    case YM_EXPR_INT:
    case YM_EXPR_BOOL:
        return known_int(e->u.i);
    case YM_EXPR_DOUBLE:
        return (struct guess){.may_be_defined = true, .known = true, .d = e->u.d};
    case YM_EXPR_RULE:
        return unknown(false);
    case YM_EXPR_FOUND:
    case YM_EXPR_FOUND_AT:
    case YM_EXPR_FOUND_IN:
    case YM_EXPR_COUNT:
    case YM_EXPR_COUNT_IN:
        return unless_kid_undefined(e, 0);
    case YM_EXPR_OFFSET:
    case YM_EXPR_LENGTH:
        return undefined();
    case YM_EXPR_NEG:
    case YM_EXPR_BIT_NOT:
    case YM_EXPR_NOT:
    case YM_EXPR_DEFINED:
        return guess_unary(e);
    case YM_EXPR_AND:
    case YM_EXPR_OR:
        return guess_logic(e);
    case YM_EXPR_OF:
        return guess_of(e);
    case YM_EXPR_FOR_OF:
        return guess_for(e);
    case YM_EXPR_OF_VALUES:
        return guess_of_values(e);
    case YM_EXPR_FOR_IN:
        return guess_for_in(e);
    case YM_EXPR_WITH:
        return guess(e->kids[e->n_kids - 1]);
    default:
        return guess_binary(e);
    }
}

bool ym_condition_may_hold(const struct ym_expr *e) {
    struct guess g = guess(e);

    return may_hold(&g, e);
}

/* ---- In words -------------------------------------------------------------------------------- */

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

        if (e->op == YM_EXPR_AND ? asks_for_a_pattern(kid) : ym_condition_may_hold(kid)) {
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
