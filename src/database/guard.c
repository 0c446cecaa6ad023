/* guard.c - what of a condition can be asked before it is run.  See guard.h and struct ym_img_always.
 *
 * Rules that need no pattern are asked of every object, and a set may hold thousands of them:
 * `uint16(0) == 0x5a4d and pe.imphash() == ..`.  The operands of a top-most `and` that compare the size or
 * the first bytes with a number are looked at in one run through a table; only where all of them hold
 * is the condition run. */
#include "guard.h"

#include "condition_int.h"

enum { HEAD = 4 };

/* `number op e` is `e op number` with this operator. */
static ym_expr_op turned(ym_expr_op op) {
    switch ((int)op) {
    case YM_EXPR_LT:
        return YM_EXPR_GT;
    case YM_EXPR_LE:
        return YM_EXPR_GE;
    case YM_EXPR_GT:
        return YM_EXPR_LT;
    case YM_EXPR_GE:
        return YM_EXPR_LE;
    default:
        return op;
    }
}

static void raise_low(struct ym_img_always *g, uint64_t low) {
    g->size_low = low > g->size_low ? low : g->size_low;
}

static void cut_high(struct ym_img_always *g, uint64_t high) {
    g->size_high = high < g->size_high ? high : g->size_high;
}

/* filesize op n.  Nothing is said where no size fits: who wrote that will be told elsewhere. */
static void guard_size(struct ym_img_always *g, ym_expr_op op, int64_t n) {
    if (n < 0 || (op == YM_EXPR_LT && n == 0)) {
        return;
    }
    if (op == YM_EXPR_EQ || op == YM_EXPR_GE || op == YM_EXPR_GT) {
        raise_low(g, (uint64_t)n + (op == YM_EXPR_GT ? 1 : 0));
    }
    if (op == YM_EXPR_EQ || op == YM_EXPR_LE || op == YM_EXPR_LT) {
        cut_high(g, (uint64_t)n - (op == YM_EXPR_LT ? 1 : 0));
    }
}

/* uint16(at) == n and its like, of the first bytes.  Two that contradict each other: the first stays. */
static void guard_head(struct ym_img_always *g, const struct ym_expr *read, int64_t n) {
    const struct ym_expr *at = read->kids[0];
    const unsigned width = read->u.read.width;
    const uint64_t all = (UINT64_C(1) << 8 * width) - 1;
    uint32_t value = (uint32_t)n;
    uint32_t mask;

    if (read->u.read.is_signed || at->op != YM_EXPR_INT || at->u.i < 0 || at->u.i > HEAD - 1 ||
        (unsigned)at->u.i + width > HEAD || n < 0 || (uint64_t)n > all) {
        return;
    }
    if (read->u.read.big_endian) {
        value = __builtin_bswap32(value) >> 8 * (HEAD - width);
    }
    mask = (uint32_t)all << 8 * at->u.i;
    value <<= 8 * at->u.i;
    if ((g->head_mask & mask) == 0) {
        g->head_mask |= mask;
        g->head |= value;
        raise_low(g, (uint64_t)at->u.i + width);
    }
}

static void guard_comparison(struct ym_img_always *g, ym_expr_op op, const struct ym_expr *e,
                             const struct ym_expr *number) {
    if (number->op != YM_EXPR_INT) {
        return;
    }
    if (e->op == YM_EXPR_FILESIZE) {
        guard_size(g, op, number->u.i);
    } else if (e->op == YM_EXPR_READ && op == YM_EXPR_EQ && e->n_kids == 1) {
        guard_head(g, e, number->u.i);
    }
}

static void guard(struct ym_img_always *g, const struct ym_expr *e, unsigned depth) {
    if (e->op == YM_EXPR_AND) {
        for (uint32_t i = 0; i < e->n_kids && depth <= YM_CONDITION_MAX_DEPTH; i++) {
            guard(g, e->kids[i], depth + 1);
        }
    } else if ((e->op == YM_EXPR_EQ || (e->op >= YM_EXPR_LT && e->op <= YM_EXPR_GE)) &&
               e->n_kids == 2) {
        guard_comparison(g, e->op, e->kids[0], e->kids[1]);
        guard_comparison(g, turned(e->op), e->kids[1], e->kids[0]);
    }
}

void ym_condition_guard(const struct ym_expr *e, struct ym_img_always *ret) {
    guard(ret, e, 0);
}
