/* cover.c - which patterns of a YARA rule have to be looked for.  See cover.h; for ClamAV's logical
 * signatures logic.c does the same.
 *
 *     $a, $a at .., $a in ..     $a
 *     a and b                    the cheaper side's
 *     a or b                     both sides'
 *     any of, N of, all of       of the members all but the N - 1 dearest: whichever N are found,
 *                                one of these is among them
 *     anything else              of the patterns that it names the cheapest so many that it cannot hold
 *                                while none of them is found (condition_guess.c), if there are; for
 *                                `#a + #b > n` etc. it is asked what the sum can reach without them
 *
 * A cover without members is that of a condition that cannot hold at all.
 *
 * Sets are lists, for a rule may have thousands of patterns. */
#include "cover.h"

#include "condition_int.h"

#include <stdlib.h>
#include <string.h>

/* Leaving members out is tried for that many: it costs a guess each. */
enum { LEAVE_OUT_MAX = 64 };

struct covers {
    const double *costs;
    struct ym_arena *arena;
    bool *missing; /* one a pattern; all false between two questions */
};

static ym_status cover(const struct covers *c, const struct ym_expr *e, unsigned depth,
                       struct ym_cover *ret);

/* ---- Patterns that an expression names ------------------------------------------------------- */

struct names {
    uint32_t *rows; /* NULL: only counted */
    uint32_t n;
};

static void add_name(struct names *names, uint32_t pattern) {
    if (names->rows != NULL) {
        names->rows[names->n] = pattern;
    }
    names->n++;
}

/* The member that a loop is at is named by the loop's set. */
static void collect(const struct ym_expr *e, unsigned depth, struct names *names) {
    const bool is_set = e->op == YM_EXPR_OF || e->op == YM_EXPR_FOR_OF;

    if (e->op >= YM_EXPR_FOUND && e->op <= YM_EXPR_LENGTH && e->u.pattern != YM_PATTERN_CURRENT) {
        add_name(names, e->u.pattern);
    }
    for (uint32_t i = 0; is_set && e->u.of.patterns != NULL && i < e->u.of.n; i++) {
        add_name(names, e->u.of.patterns[i]);
    }
    for (uint32_t i = 0; i < e->n_kids && depth <= YM_CONDITION_MAX_DEPTH; i++) {
        collect(e->kids[i], depth + 1, names);
    }
}

struct priced {
    double cost;
    uint32_t member;
};

static int by_cost(const void *pa, const void *pb) {
    const struct priced *a = pa;
    const struct priced *b = pb;

    if (a->cost < b->cost || a->cost > b->cost) {
        return a->cost < b->cost ? -1 : 1;
    }
    return a->member < b->member ? -1 : a->member > b->member;
}

/* The members, each once, the cheapest first. */
static ym_status price(const struct covers *c, const uint32_t *members, uint32_t n,
                       struct priced **ret, uint32_t *ret_n) {
    struct priced *rows = YM_ARENA_ARRAY(c->arena, n + 1, struct priced);

    *ret = rows;
    *ret_n = 0;
    if (rows == NULL) {
        return ym_arena_status(c->arena);
    }
    for (uint32_t i = 0; i < n; i++) {
        rows[i] = (struct priced){c->costs[members[i]], members[i]};
    }
    qsort(rows, n, sizeof(*rows), by_cost);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || rows[i].member != rows[i - 1].member) {
            rows[(*ret_n)++] = rows[i];
        }
    }
    return YM_OK;
}

static bool may_hold_without(const struct covers *c, const struct ym_expr *e,
                             const struct priced *rows, uint32_t n) {
    bool may;

    for (uint32_t i = 0; i < n; i++) {
        c->missing[rows[i].member] = true;
    }
    may = ym_condition_may_hold(e, c->missing);
    for (uint32_t i = 0; i < n; i++) {
        c->missing[rows[i].member] = false;
    }
    return may;
}

/* How many of the cheapest have to be missing; all n are enough. */
static uint32_t cheapest_few(const struct covers *c, const struct ym_expr *e,
                             const struct priced *rows, uint32_t n) {
    uint32_t low = 0;

    while (low < n) {
        uint32_t mid = low + (n - low) / 2;

        if (may_hold_without(c, e, rows, mid)) {
            low = mid + 1;
        } else {
            n = mid;
        }
    }
    return n;
}

/* Of a few rows those that are needed, the dearest left out first; they keep their order. */
static uint32_t leave_out(const struct covers *c, const struct ym_expr *e, struct priced *rows,
                          uint32_t n) {
    for (uint32_t i = n; i-- > 0 && n <= LEAVE_OUT_MAX;) {
        const struct priced one = rows[i];

        memmove(&rows[i], &rows[i + 1], (n - 1 - i) * sizeof(*rows));
        if (!may_hold_without(c, e, rows, n - 1)) {
            n--;
        } else {
            memmove(&rows[i + 1], &rows[i], (n - 1 - i) * sizeof(*rows));
            rows[i] = one;
        }
    }
    return n;
}

static ym_status members_of(const struct covers *c, const struct priced *rows, uint32_t n,
                            struct ym_cover *ret) {
    uint32_t *members = YM_ARENA_ARRAY(c->arena, n + 1, uint32_t);

    if (members == NULL) {
        return ym_arena_status(c->arena);
    }
    *ret = (struct ym_cover){.possible = true, .members = members, .n = n};
    for (uint32_t i = 0; i < n; i++) {
        members[i] = rows[i].member;
        ret->cost += rows[i].cost;
    }
    return YM_OK;
}

static ym_status of_named(const struct covers *c, const struct ym_expr *e, struct ym_cover *ret) {
    struct names names = {.n = 0};
    struct priced *rows;
    uint32_t n;

    *ret = (struct ym_cover){.possible = false};
    if (ym_condition_may_hold(e, NULL)) {
        return YM_OK;
    }
    collect(e, 0, &names);
    names.rows = YM_ARENA_ARRAY(c->arena, names.n + 1, uint32_t);
    if (names.rows == NULL) {
        return ym_arena_status(c->arena);
    }
    names.n = 0;
    collect(e, 0, &names);
    YM_TRY(price(c, names.rows, names.n, &rows, &n));
    return members_of(c, rows, leave_out(c, e, rows, cheapest_few(c, e, rows, n)), ret);
}

/* ---- Operators ------------------------------------------------------------------------------- */

static ym_status cheapest_kid(const struct covers *c, const struct ym_expr *e, unsigned depth,
                              struct ym_cover *ret) {
    *ret = (struct ym_cover){.possible = false};
    for (uint32_t i = 0; i < e->n_kids; i++) {
        struct ym_cover one;

        YM_TRY(cover(c, e->kids[i], depth + 1, &one));
        if (one.possible && (!ret->possible || one.cost < ret->cost)) {
            *ret = one;
        }
    }
    return YM_OK;
}

static ym_status all_kids(const struct covers *c, const struct ym_expr *e, unsigned depth,
                          struct ym_cover *ret) {
    struct ym_cover *kids = YM_ARENA_ARRAY(c->arena, e->n_kids, struct ym_cover);
    uint32_t *members;
    uint32_t n = 0;

    *ret = (struct ym_cover){.possible = false};
    if (kids == NULL) {
        return ym_arena_status(c->arena);
    }
    for (uint32_t i = 0; i < e->n_kids; i++) {
        YM_TRY(cover(c, e->kids[i], depth + 1, &kids[i]));
        if (!kids[i].possible) {
            return YM_OK;
        }
        n += kids[i].n;
    }
    members = YM_ARENA_ARRAY(c->arena, n + 1, uint32_t);
    if (members == NULL) {
        return ym_arena_status(c->arena);
    }
    *ret = (struct ym_cover){.possible = true, .members = members};
    for (uint32_t i = 0; i < e->n_kids; i++) {
        if (kids[i].n > 0) {
            memcpy(members + ret->n, kids[i].members, kids[i].n * sizeof(*members));
        }
        ret->n += kids[i].n;
        ret->cost += kids[i].cost;
    }
    return YM_OK;
}

static ym_status cheapest_members(const struct covers *c, const struct ym_expr *e, uint32_t n,
                                  struct ym_cover *ret) {
    struct priced *rows;
    uint32_t n_rows;

    YM_TRY(price(c, e->u.of.patterns, e->u.of.n, &rows, &n_rows));
    return members_of(c, rows, n < n_rows ? n : n_rows, ret);
}

/* How many members have to be found; 0: that is not known, or may be none. */
static uint32_t wanted(const struct ym_expr *e) {
    const int64_t n = e->u.of.n;

    if (e->u.of.patterns == NULL || n == 0) {
        return 0;
    }
    if (e->u.of.quantifier == YM_QUANT_ANY || e->u.of.quantifier == YM_QUANT_ALL) {
        return e->u.of.quantifier == YM_QUANT_ANY ? 1 : (uint32_t)n;
    }
    return e->u.of.quantifier == YM_QUANT_COUNT && e->n_kids > 0 && e->kids[0]->op == YM_EXPR_INT &&
                   e->kids[0]->u.i > 0 && e->kids[0]->u.i <= n
               ? (uint32_t)e->kids[0]->u.i
               : 0;
}

static ym_status cover(const struct covers *c, const struct ym_expr *e, unsigned depth,
                       struct ym_cover *ret) {
    if (depth <= YM_CONDITION_MAX_DEPTH && e->op == YM_EXPR_AND) {
        return cheapest_kid(c, e, depth, ret);
    }
    if (depth <= YM_CONDITION_MAX_DEPTH && e->op == YM_EXPR_OR) {
        return all_kids(c, e, depth, ret);
    }
    if (e->op == YM_EXPR_OF && wanted(e) > 0) {
        return cheapest_members(c, e, e->u.of.n - wanted(e) + 1, ret);
    }
    return of_named(c, e, ret);
}

ym_status ym_condition_cover(const struct ym_expr *e, const double *costs, uint32_t n_patterns,
                             struct ym_arena *arena, struct ym_cover *ret) {
    const struct covers c = {costs, arena, YM_ARENA_ARRAY(arena, n_patterns + 1, bool)};

    return c.missing == NULL ? ym_arena_status(arena) : cover(&c, e, 0, ret);
}
