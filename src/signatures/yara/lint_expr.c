/* lint_expr.c - warnings about conditions that are always or never true, or say it oddly.
 *
 * Of every expression it is noted whether it is known to be true or false, from constants and from
 * the ranges that sizes, counts and integers of the data lie in.  What may be undefined is never
 * "always": `uint8(0) < 256` does not hold behind the end of the data. */
#include "expr_int.h"

#include <stdio.h>

static bool wanted(const struct yara_parser *p) {
    return p->y->options.lint && p->y->options.warning != NULL;
}

static yara_truth opposite(yara_truth t) {
    return t == YARA_ALWAYS ? YARA_NEVER : t == YARA_NEVER ? YARA_ALWAYS : YARA_PERHAPS;
}

static yara_truth truth_of(const struct yara_value *v) {
    if (v->e->op == YM_EXPR_BOOL) {
        return v->e->u.i != 0 ? YARA_ALWAYS : YARA_NEVER;
    }
    return v->known ? (v->i != 0 ? YARA_ALWAYS : YARA_NEVER) : v->truth;
}

/* ---- Ranges ---------------------------------------------------------------------------------- */

struct range {
    int64_t low, high;
    bool constant, defined;
};

static struct range range_of_expr(const struct ym_expr *e);

static struct range unknown(void) {
    return (struct range){INT64_MIN, INT64_MAX, false, false};
}

/* Of numbers that are not negative: what is more than a number holds is taken for the highest. */
static int64_t sum(int64_t a, int64_t b) {
    int64_t n;

    return __builtin_add_overflow(a, b, &n) ? INT64_MAX : n;
}

/* a + b, and a & b, of what is not negative. */
static struct range range_of_both(const struct ym_expr *e) {
    const struct range a = range_of_expr(e->kids[0]);
    const struct range b = range_of_expr(e->kids[1]);
    const bool defined = a.defined && b.defined;

    if (a.low < 0 || b.low < 0) {
        return unknown();
    }
    if (e->op == YM_EXPR_ADD) {
        return (struct range){sum(a.low, b.low), sum(a.high, b.high), false, defined};
    }
    return (struct range){0, a.high < b.high ? a.high : b.high, false, defined};
}

static struct range range_of_expr(const struct ym_expr *e) {
    switch ((int)e->op) {
    case YM_EXPR_INT:
        return (struct range){e->u.i, e->u.i, true, true};
    case YM_EXPR_READ: {
        int64_t span = INT64_C(1) << 8 * e->u.read.width;

        return e->u.read.is_signed ? (struct range){-span / 2, span / 2 - 1, false, false}
                                   : (struct range){0, span - 1, false, false};
    }
    case YM_EXPR_COUNT:
    case YM_EXPR_FILESIZE:
        return (struct range){0, INT64_MAX, false, true};
    case YM_EXPR_COUNT_IN:
    case YM_EXPR_OFFSET:
    case YM_EXPR_LENGTH:
        return (struct range){0, INT64_MAX, false, false};
    case YM_EXPR_ADD:
    case YM_EXPR_BIT_AND:
        return e->type == YM_TYPE_INT ? range_of_both(e) : unknown();
    default:
        return unknown();
    }
}

static struct range range_of(const struct yara_value *v) {
    return v->known ? (struct range){v->i, v->i, true, true} : range_of_expr(v->e);
}

static yara_truth less(const struct range *a, const struct range *b, bool or_equal) {
    if (or_equal ? a->high <= b->low : a->high < b->low) {
        return YARA_ALWAYS;
    }
    return (or_equal ? a->low > b->high : a->low >= b->high) ? YARA_NEVER : YARA_PERHAPS;
}

static yara_truth equal(const struct range *a, const struct range *b) {
    if (a->high < b->low || b->high < a->low) {
        return YARA_NEVER;
    }
    return a->low == a->high && b->low == b->high ? YARA_ALWAYS : YARA_PERHAPS;
}

static yara_truth compare(ym_expr_op op, const struct range *a, const struct range *b) {
    switch ((int)op) {
    case YM_EXPR_LT:
        return less(a, b, false);
    case YM_EXPR_LE:
        return less(a, b, true);
    case YM_EXPR_GT:
        return less(b, a, false);
    case YM_EXPR_GE:
        return less(b, a, true);
    case YM_EXPR_EQ:
        return equal(a, b);
    default:
        return opposite(equal(a, b));
    }
}

static bool is_order(ym_expr_op op) {
    return op == YM_EXPR_LT || op == YM_EXPR_LE || op == YM_EXPR_GT || op == YM_EXPR_GE ||
           op == YM_EXPR_EQ || op == YM_EXPR_NE;
}

static void lint_comparison(struct yara_parser *p, struct yara_value *v,
                            const struct yara_value kids[2]) {
    const struct range a = range_of(&kids[0]);
    const struct range b = range_of(&kids[1]);
    const struct range *r = a.constant ? &b : &a;
    const bool constant = a.constant && b.constant;
    const bool is_read = kids[a.constant ? 1 : 0].e->op == YM_EXPR_READ;
    yara_truth truth;
    char text[160];

    if (kids[0].e->type != YM_TYPE_INT || kids[1].e->type != YM_TYPE_INT) {
        return;
    }
    truth = compare(v->e->op, &a, &b);
    if (truth == YARA_PERHAPS) {
        return;
    }
    v->truth = truth == YARA_NEVER || (a.defined && b.defined) ? truth : YARA_PERHAPS;
    (void)snprintf(text, sizeof(text), "this comparison is %s true",
                   truth == YARA_ALWAYS ? "always" : "never");
    if (!constant && r->high != INT64_MAX) {
        (void)snprintf(text, sizeof(text),
                       "this comparison is %s true: the number %slies between %lld and %lld",
                       truth == YARA_ALWAYS ? "always" : "never", is_read ? "read " : "",
                       (long long)r->low, (long long)r->high);
    }
    yara_warn(p, &v->at, text);
}

/* ---- and, or, not ---------------------------------------------------------------------------- */

/* Narrows the sizes of a file that a comparison of `and` leaves. */
static void narrow(const struct ym_expr *e, struct range *size) {
    const struct ym_expr *number;
    int64_t n;

    if (!is_order(e->op) || e->kids[0]->op != YM_EXPR_FILESIZE || e->kids[1]->op != YM_EXPR_INT) {
        return;
    }
    number = e->kids[1];
    n = number->u.i;
    if ((e->op == YM_EXPR_LT || e->op == YM_EXPR_LE || e->op == YM_EXPR_EQ) && n > INT64_MIN) {
        n -= e->op == YM_EXPR_LT ? 1 : 0;
        size->high = n < size->high ? n : size->high;
    }
    n = number->u.i;
    if ((e->op == YM_EXPR_GT || e->op == YM_EXPR_GE || e->op == YM_EXPR_EQ) && n < INT64_MAX) {
        n += e->op == YM_EXPR_GT ? 1 : 0;
        size->low = n > size->low ? n : size->low;
    }
}

static void lint_chain(struct yara_parser *p, struct yara_value *v, const struct yara_value *kids,
                       uint32_t n) {
    const bool all = v->e->op == YM_EXPR_AND;
    const yara_truth decides = all ? YARA_NEVER : YARA_ALWAYS;
    struct range size = {0, INT64_MAX, false, true};
    yara_truth truth = opposite(decides);

    for (uint32_t i = 0; i < n; i++) {
        yara_truth t = truth_of(&kids[i]);

        if (kids[i].e->op == YM_EXPR_BOOL) {
            yara_warn(p, &kids[i].at,
                      t == decides ? "this constant alone decides the condition around it"
                                   : "this constant changes nothing in the condition around it");
        }
        truth = t == decides ? decides : t == YARA_PERHAPS && truth != decides ? t : truth;
        if (all) {
            narrow(kids[i].e, &size);
        }
    }
    if (all && size.low > size.high) {
        yara_warn(p, &v->at, "never true: no file has a size that fits all comparisons");
        truth = YARA_NEVER;
    }
    v->truth = truth;
}

void yara_lint_value(struct yara_parser *p, struct yara_value *v, const struct yara_value *kids,
                     uint32_t n) {
    if (!wanted(p)) {
        return;
    }
    if (v->e->op == YM_EXPR_AND || v->e->op == YM_EXPR_OR) {
        lint_chain(p, v, kids, n);
    } else if (v->e->op == YM_EXPR_NOT) {
        v->truth = truth_of(&kids[0]) == YARA_ALWAYS ? YARA_NEVER
                   : kids[0].e->op == YM_EXPR_BOOL   ? YARA_ALWAYS
                                                     : YARA_PERHAPS; /* may be undefined */
    } else if (n == 2 && is_order(v->e->op)) {
        lint_comparison(p, v, kids);
    }
}

/* ---- Sets ------------------------------------------------------------------------------------ */

void yara_lint_of(struct yara_parser *p, const struct yara_quantifier *q, struct yara_value *v) {
    const uint32_t n = v->e->u.of.n;
    const bool counted = q->kind == YM_QUANT_COUNT && q->count.known;

    if (!wanted(p) || v->e->u.of.patterns == NULL) {
        return;
    }
    if (counted && q->count.i > n) {
        v->truth = YARA_NEVER;
    } else if (n == 1 && (q->kind == YM_QUANT_ALL || q->kind == YM_QUANT_ANY ||
                          (counted && q->count.i == 1))) {
        yara_warn(p, &q->at, "a set of one string: name the string itself");
    } else if (counted && n > 1 && q->count.i == n) {
        yara_warn(p, &q->at, "as many as the set has: \"all of\" says so");
    }
}

void yara_lint_condition(struct yara_parser *p, const struct yara_value *v) {
    const yara_truth t = truth_of(v);

    if (wanted(p) && t != YARA_PERHAPS) {
        yara_warn(p, &v->at,
                  t == YARA_ALWAYS ? "the condition is always true: the rule matches every file"
                                   : "the condition is never true: the rule matches no file");
    }
}
