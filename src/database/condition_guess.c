/* condition_guess.c - could a condition be true without some of its hits?
 *
 * Evaluates it as if certain patterns of the rule had not been found, over what is not known: the other
 * patterns, the data, its size, modules, other rules.  A value may be undefined, may be defined, and
 * lies in a range when it is an integer that is defined: `#a & 1` is 0 or 1, and twenty of them are 20
 * at most. */
#include "condition_int.h"

#include <string.h>

struct guess {
    bool may_be_undefined;
    bool may_be_defined;
    int64_t low, high; /* of integers and booleans */
    bool known;        /* of doubles: it is d */
    double d;
};

/* What is taken for granted. */
struct given {
    const bool *missing; /* one a pattern; NULL: none of them was found */
    bool current;        /* is the member missing that the loop over patterns is at? */
};

static struct guess guess(const struct given *given, const struct ym_expr *e);

static bool is_missing(const struct given *given, uint32_t pattern) {
    if (pattern == YM_PATTERN_CURRENT) {
        return given->current;
    }
    return given->missing == NULL || given->missing[pattern];
}

static struct guess between(int64_t low, int64_t high) {
    return (struct guess){.may_be_defined = true, .low = low, .high = high};
}

static struct guess known_int(int64_t i) {
    return between(i, i);
}

static struct guess anything(bool may_be_undefined) {
    struct guess g = between(INT64_MIN, INT64_MAX);

    g.may_be_undefined = may_be_undefined;
    return g;
}

static struct guess yes_or_no(bool may_be_undefined) {
    struct guess g = between(0, 1);

    g.may_be_undefined = may_be_undefined;
    return g;
}

static struct guess undefined(void) {
    return (struct guess){.may_be_undefined = true};
}

static bool double_truth(double d) {
    uint64_t bits;

    memcpy(&bits, &d, sizeof(bits));
    return bits != 0;
}

static bool is_known(const struct guess *g, const struct ym_expr *e) {
    return e->type == YM_TYPE_DOUBLE ? g->known : g->low == g->high;
}

static bool may_hold(const struct guess *g, const struct ym_expr *e) {
    bool is_zero =
        e->type == YM_TYPE_DOUBLE ? g->known && !double_truth(g->d) : g->low == 0 && g->high == 0;

    return g->may_be_defined && !is_zero;
}

static bool must_hold(const struct guess *g, const struct ym_expr *e) {
    bool is_true =
        e->type == YM_TYPE_DOUBLE ? g->known && double_truth(g->d) : g->low > 0 || g->high < 0;

    return g->may_be_defined && !g->may_be_undefined && is_true;
}

static bool kid_may_be_undefined(const struct given *given, const struct ym_expr *e) {
    for (uint32_t i = 0; i < e->n_kids; i++) {
        if (guess(given, e->kids[i]).may_be_undefined) {
            return true;
        }
    }
    return false;
}

/* ---- Operators --------------------------------------------------------------------------------- */

static struct guess guess_not(const struct guess *g, const struct ym_expr *kid) {
    struct guess ret = yes_or_no(false);

    if (!may_hold(g, kid)) {
        ret = known_int(1);
    } else if (kid->type == YM_TYPE_DOUBLE ? g->known : g->low > 0 || g->high < 0) {
        ret = known_int(0);
    }
    ret.may_be_defined = g->may_be_defined;
    ret.may_be_undefined = g->may_be_undefined;
    return ret;
}

static struct guess guess_unary(const struct given *given, const struct ym_expr *e) {
    struct guess g = guess(given, e->kids[0]);
    struct guess ret = g;

    if (e->op == YM_EXPR_DEFINED) {
        if (!g.may_be_defined || !g.may_be_undefined) {
            return known_int(g.may_be_defined);
        }
        return yes_or_no(false);
    }
    if (e->op == YM_EXPR_NOT) {
        return guess_not(&g, e->kids[0]);
    }
    if (e->op == YM_EXPR_BIT_NOT) {
        ret.low = ~g.high;
        ret.high = ~g.low;
    } else if (e->kids[0]->type == YM_TYPE_DOUBLE) {
        ret.d = -g.d;
    } else if (g.low == INT64_MIN) { /* has no opposite: it stays what it is */
        ret.high = INT64_MAX;
    } else {
        ret.low = -g.high;
        ret.high = -g.low;
    }
    return ret;
}

/* The lowest number of the form 2^n - 1 that is not below a, which is not negative. */
static int64_t mask_over(int64_t a) {
    return a == 0 ? 0 : (int64_t)(UINT64_MAX >> __builtin_clzll((uint64_t)a));
}

static int64_t lower(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t higher(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* The range of all four products; false: one overflows. */
static bool multiply(const struct guess *a, const struct guess *b, struct guess *ret) {
    int64_t p[4];

    if (__builtin_mul_overflow(a->low, b->low, &p[0]) ||
        __builtin_mul_overflow(a->low, b->high, &p[1]) ||
        __builtin_mul_overflow(a->high, b->low, &p[2]) ||
        __builtin_mul_overflow(a->high, b->high, &p[3])) {
        return false;
    }
    ret->low = lower(lower(p[0], p[1]), lower(p[2], p[3]));
    ret->high = higher(higher(p[0], p[1]), higher(p[2], p[3]));
    return true;
}

/* Sums and products, of which none may overflow. */
static bool arithmetic(ym_cond_op op, const struct guess *a, const struct guess *b,
                       struct guess *ret) {
    switch ((int)op) {
    case YM_COND_ADD_I:
        return !__builtin_add_overflow(a->low, b->low, &ret->low) &&
               !__builtin_add_overflow(a->high, b->high, &ret->high);
    case YM_COND_SUB_I:
        return !__builtin_sub_overflow(a->low, b->high, &ret->low) &&
               !__builtin_sub_overflow(a->high, b->low, &ret->high);
    case YM_COND_MUL_I:
        return multiply(a, b, ret);
    default:
        return false;
    }
}

/* Of what is not negative. */
static bool bits(ym_cond_op op, const struct guess *a, const struct guess *b, struct guess *ret) {
    int64_t below = a->low < 0 ? b->high : b->low < 0 ? a->high : lower(a->high, b->high);

    if (op == YM_COND_BIT_AND && (a->low >= 0 || b->low >= 0)) {
        *ret = between(0, below);
        return true;
    }
    if ((op == YM_COND_BIT_OR || op == YM_COND_BIT_XOR) && a->low >= 0 && b->low >= 0) {
        *ret = between(0, mask_over(higher(a->high, b->high)));
        return true;
    }
    return false;
}

/* Divisions and shifts by what is known. */
static bool by_known(ym_cond_op op, const struct guess *a, const struct guess *b,
                     struct guess *ret) {
    const int64_t n = b->low;

    if (b->low != b->high || n < 0) {
        return false;
    }
    switch ((int)op) {
    case YM_COND_DIV_I:
        *ret = n == 0 ? undefined() : between(a->low / n, a->high / n);
        return true;
    case YM_COND_MOD_I:
        *ret = n == 0        ? undefined()
               : a->low >= 0 ? between(0, lower(a->high, n - 1))
                             : between(1 - n, n - 1);
        return true;
    case YM_COND_SHR:
        *ret = n >= 63 ? between(-1, 0) : between(a->low >> n, a->high >> n);
        return true;
    default:
        return false;
    }
}

/* 1, 0, or -1: it depends. */
static int compare(ym_cond_op op, const struct guess *a, const struct guess *b) {
    const bool apart = a->high < b->low || b->high < a->low;
    const bool same = a->low == a->high && b->low == b->high && a->low == b->low;

    switch ((int)op) {
    case YM_COND_EQ_I:
        return same ? 1 : apart ? 0 : -1;
    case YM_COND_NE_I:
        return same ? 0 : apart ? 1 : -1;
    case YM_COND_LT_I:
        return a->high < b->low ? 1 : a->low >= b->high ? 0 : -1;
    case YM_COND_LE_I:
        return a->high <= b->low ? 1 : a->low > b->high ? 0 : -1;
    case YM_COND_GT_I:
        return a->low > b->high ? 1 : a->high <= b->low ? 0 : -1;
    case YM_COND_GE_I:
        return a->low >= b->high ? 1 : a->high < b->low ? 0 : -1;
    default:
        return -1;
    }
}

static bool may_have_no_result(ym_cond_op op, const struct guess *b) {
    return ((op == YM_COND_DIV_I || op == YM_COND_MOD_I) && b->low <= 0) ||
           ((op == YM_COND_SHL || op == YM_COND_SHR) && b->low < 0);
}

static struct guess guess_ints(ym_cond_op op, const struct guess *a, const struct guess *b) {
    struct guess g = {.may_be_defined = true};
    int64_t i;

    if (op >= YM_COND_EQ_I && op <= YM_COND_GE_I) {
        int sure = compare(op, a, b);

        return sure < 0 ? yes_or_no(false) : known_int(sure);
    }
    if (a->low == a->high && b->low == b->high) {
        return ym_cond_int(op, a->low, b->low, &i) ? known_int(i) : undefined();
    }
    if (arithmetic(op, a, b, &g) || bits(op, a, b, &g) || by_known(op, a, b, &g)) {
        return g;
    }
    return anything(may_have_no_result(op, b));
}

static double as_double(const struct guess *g, const struct ym_expr *e) {
    return e->type == YM_TYPE_DOUBLE ? g->d : (double)g->low;
}

static struct guess guess_doubles(ym_cond_op op, const struct ym_expr *e, const struct guess *a,
                                  const struct guess *b) {
    const bool compares = op >= YM_COND_EQ_D && op <= YM_COND_GE_D;
    struct guess g = yes_or_no(false);

    if (!is_known(a, e->kids[0]) || !is_known(b, e->kids[1])) {
        return g;
    }
    if (compares) {
        return known_int(
            ym_cond_double_compare(op, as_double(a, e->kids[0]), as_double(b, e->kids[1])));
    }
    g.known = true;
    g.d = ym_cond_double(op, as_double(a, e->kids[0]), as_double(b, e->kids[1]));
    return g;
}

static struct guess guess_text(ym_cond_op op, const struct ym_expr *a, const struct ym_expr *b) {
    if (a->op != YM_EXPR_TEXT || b->op != YM_EXPR_TEXT) {
        return yes_or_no(true);
    }
    return known_int(ym_cond_text(op, (const uint8_t *)a->u.text.s, a->u.text.n,
                                  (const uint8_t *)b->u.text.s, b->u.text.n));
}

static struct guess guess_binary(const struct given *given, const struct ym_expr *e) {
    ym_cond_op op = ym_condition_operator(e);
    struct guess a;
    struct guess b;
    struct guess g;

    if (op >= YM_COND_EQ_T && op <= YM_COND_IEQUALS) {
        return guess_text(op, e->kids[0], e->kids[1]);
    }
    a = guess(given, e->kids[0]);
    b = guess(given, e->kids[1]);
    if (op == YM_COND_LT_D && (a.may_be_undefined || b.may_be_undefined)) {
        return yes_or_no(false); /* the one comparison that never is undefined */
    }
    if (!a.may_be_defined || !b.may_be_defined) {
        return undefined();
    }
    g = (op >= YM_COND_EQ_D && op <= YM_COND_GE_D) || (op >= YM_COND_ADD_D && op <= YM_COND_DIV_D)
            ? guess_doubles(op, e, &a, &b)
            : guess_ints(op, &a, &b);
    g.may_be_undefined = g.may_be_undefined || a.may_be_undefined || b.may_be_undefined;
    return g;
}

static struct guess guess_logic(const struct given *given, const struct ym_expr *e) {
    bool decides_on = e->op == YM_EXPR_OR;
    bool all_known = true;

    for (uint32_t i = 0; i < e->n_kids; i++) {
        struct guess g = guess(given, e->kids[i]);
        bool holds = must_hold(&g, e->kids[i]);
        bool fails = !may_hold(&g, e->kids[i]);

        if (decides_on ? holds : fails) {
            return known_int(decides_on);
        }
        all_known = all_known && (holds || fails);
    }
    return all_known ? known_int(!decides_on) : yes_or_no(false);
}

/* ---- Quantifiers ------------------------------------------------------------------------------- */

/* A quantifier over u.of.n members of which low to high hold: every one of them only falls, or only
 * rises, with the number that holds. */
static struct guess guess_quantifier(const struct given *given, const struct ym_expr *e,
                                     int64_t low, int64_t high, bool may_be_undefined) {
    uint8_t q = ym_condition_quantifier(e->u.of.quantifier);
    struct guess n = known_int(0);
    bool at_low;
    struct guess g;

    if (ym_condition_quantifier_kids(e->u.of.quantifier) != 0) {
        n = guess(given, e->kids[0]);
    }
    may_be_undefined = may_be_undefined || n.may_be_undefined;
    if (e->u.of.quantifier == YM_QUANT_COUNT && n.may_be_defined && n.low > high && n.low > 0) {
        g = known_int(0); /* it asks for more than there are */
        g.may_be_undefined = may_be_undefined;
        return g;
    }
    if (!n.may_be_defined || n.low != n.high) {
        return yes_or_no(true);
    }
    at_low = ym_cond_enough(q, n.low, low, e->u.of.n);
    g = ym_cond_enough(q, n.low, high, e->u.of.n) == at_low ? known_int(at_low) : yes_or_no(false);
    g.may_be_undefined = may_be_undefined;
    return g;
}

static uint32_t count_missing(const struct given *given, const struct ym_expr *e) {
    uint32_t n = 0;

    for (uint32_t i = 0; e->u.of.patterns != NULL && i < e->u.of.n; i++) {
        n += is_missing(given, e->u.of.patterns[i]) ? 1 : 0;
    }
    return n;
}

static struct guess guess_of(const struct given *given, const struct ym_expr *e) {
    bool may_be_undefined = false;

    for (uint32_t i = ym_condition_quantifier_kids(e->u.of.quantifier); i < e->n_kids; i++) {
        struct guess g = guess(given, e->kids[i]);

        if (!g.may_be_defined) {
            return undefined();
        }
        may_be_undefined = may_be_undefined || g.may_be_undefined;
    }
    return guess_quantifier(given, e, 0, e->u.of.n - count_missing(given, e), may_be_undefined);
}

/* Adds n members for which the body is guessed. */
static void add_members(const struct given *given, bool missing, const struct ym_expr *body,
                        uint32_t n, int64_t *low, int64_t *high) {
    const struct given member = {given->missing, missing};
    struct guess g;

    if (n > 0) {
        g = guess(&member, body);
        *low += must_hold(&g, body) ? n : 0;
        *high += may_hold(&g, body) ? n : 0;
    }
}

static struct guess guess_for(const struct given *given, const struct ym_expr *e) {
    const struct ym_expr *body = e->kids[e->n_kids - 1];
    const uint32_t missing = count_missing(given, e);
    int64_t low = 0;
    int64_t high = 0;

    add_members(given, true, body, missing, &low, &high);
    add_members(given, false, body, e->u.of.n - missing, &low, &high);
    return guess_quantifier(given, e, low, high, false);
}

static struct guess guess_for_in(const struct given *given, const struct ym_expr *e) {
    const struct ym_expr *body = e->kids[e->n_kids - 1];
    uint32_t first = ym_condition_quantifier_kids(e->u.loop.quantifier);
    struct guess holds = guess(given, body);

    if (e->u.loop.kind == YM_LOOP_RANGE) {
        struct guess low = guess(given, e->kids[first]);
        struct guess high = guess(given, e->kids[first + 1]);

        if (!low.may_be_defined || !high.may_be_defined || low.low > high.high) {
            return known_int(0); /* nothing to go through */
        }
    }
    if (!may_hold(&holds, body) &&
        (e->u.loop.quantifier == YM_QUANT_ANY || e->u.loop.quantifier == YM_QUANT_ALL)) {
        return known_int(0);
    }
    return yes_or_no(false);
}

static struct guess guess_of_values(const struct given *given, const struct ym_expr *e) {
    int64_t low = 0;
    int64_t high = 0;

    for (uint32_t i = ym_condition_quantifier_kids(e->u.of.quantifier); i < e->n_kids; i++) {
        struct guess g = guess(given, e->kids[i]);

        low += must_hold(&g, e->kids[i]) ? 1 : 0;
        high += may_hold(&g, e->kids[i]) ? 1 : 0;
    }
    return guess_quantifier(given, e, low, high, true);
}

/* ---- Patterns ---------------------------------------------------------------------------------- */

static struct guess guess_pattern(const struct given *given, const struct ym_expr *e) {
    const bool missing = is_missing(given, e->u.pattern);
    struct guess g;

    if (e->op == YM_EXPR_OFFSET || e->op == YM_EXPR_LENGTH) {
        return missing ? undefined() : anything(true);
    }
    g = missing                                               ? known_int(0)
        : e->op == YM_EXPR_COUNT || e->op == YM_EXPR_COUNT_IN ? between(0, UINT32_MAX)
                                                              : between(0, 1);
    g.may_be_undefined = kid_may_be_undefined(given, e);
    return g;
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

static struct guess guess(const struct given *given, const struct ym_expr *e) {
    if (hidden[e->op]) {
        return anything(true);
    }
    switch ((int)e->op) {
    case YM_EXPR_INT:
    case YM_EXPR_BOOL:
        return known_int(e->u.i);
    case YM_EXPR_DOUBLE:
        return (struct guess){.may_be_defined = true, .known = true, .d = e->u.d};
    case YM_EXPR_RULE:
        return yes_or_no(false);
    case YM_EXPR_FOUND:
    case YM_EXPR_FOUND_AT:
    case YM_EXPR_FOUND_IN:
    case YM_EXPR_COUNT:
    case YM_EXPR_COUNT_IN:
    case YM_EXPR_OFFSET:
    case YM_EXPR_LENGTH:
        return guess_pattern(given, e);
    case YM_EXPR_NEG:
    case YM_EXPR_BIT_NOT:
    case YM_EXPR_NOT:
    case YM_EXPR_DEFINED:
        return guess_unary(given, e);
    case YM_EXPR_AND:
    case YM_EXPR_OR:
        return guess_logic(given, e);
    case YM_EXPR_OF:
        return guess_of(given, e);
    case YM_EXPR_FOR_OF:
        return guess_for(given, e);
    case YM_EXPR_OF_VALUES:
        return guess_of_values(given, e);
    case YM_EXPR_FOR_IN:
        return guess_for_in(given, e);
    case YM_EXPR_WITH:
        return guess(given, e->kids[e->n_kids - 1]);
    default:
        return guess_binary(given, e);
    }
}

bool ym_condition_may_hold(const struct ym_expr *e, const bool *missing) {
    const struct given given = {missing, true};
    struct guess g = guess(&given, e);

    return may_hold(&g, e);
}
