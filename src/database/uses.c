/* uses.c - what the condition of a YARA rule asks of each of its patterns.  See uses.h.
 *
 * One walk over the expression meets every mention of a pattern.  `$a at pe.entry_point`, `$a at
 * entrypoint`, `$a at 0`, `$a in (0..1024)`, and the same of the member that a loop over patterns
 * is at, name a place; whatever else names the pattern wants matches anywhere, and so do two
 * different places. */
#include "uses.h"

#include "base/modules/pe.h"
#include "condition_int.h"

/* `at` the kid, which holds one offset. */
static bool place_of(const struct ym_expr *at, struct ym_place *ret) {
    *ret = (struct ym_place){.kind = YM_PLACE_ANY};
    if (at->op == YM_EXPR_INT && at->u.i >= 0) {
        ret->kind = YM_PLACE_ABS;
        ret->offset = at->u.i;
    } else if (at->op == YM_EXPR_ENTRYPOINT) {
        ret->kind = YM_PLACE_YARA_ENTRY;
    } else if (at->op == YM_EXPR_FIELD && at->u.field == PE_entry_point && at->n_kids == 1 &&
               at->kids[0]->op == YM_EXPR_MODULE && at->kids[0]->u.module == YM_MODULE_PE) {
        ret->kind = YM_PLACE_PE_ENTRY;
    }
    return ret->kind != YM_PLACE_ANY;
}

static void place_of_range(const struct ym_expr *low, const struct ym_expr *high,
                           struct ym_place *ret) {
    *ret = (struct ym_place){.kind = YM_PLACE_ANY};
    if (low->op == YM_EXPR_INT && high->op == YM_EXPR_INT && low->u.i >= 0 &&
        high->u.i >= low->u.i && high->u.i - low->u.i < UINT32_MAX) {
        *ret = (struct ym_place){YM_PLACE_ABS, low->u.i, (uint32_t)(high->u.i - low->u.i), 0};
    }
}

static bool same_place(const struct ym_place *a, const struct ym_place *b) {
    return a->kind == b->kind && a->offset == b->offset && a->shift == b->shift &&
           a->section == b->section;
}

struct walk {
    unsigned depth;
    struct ym_use *uses;
    uint32_t n;
    const struct ym_expr *loop; /* over patterns, that is open */
};

static void use_at(struct walk *w, uint32_t pattern, const struct ym_place *place) {
    struct ym_use *use = pattern < w->n ? &w->uses[pattern] : NULL;

    if (use != NULL && !use->asked) {
        *use = (struct ym_use){*place, true};
    } else if (use != NULL && !same_place(&use->place, place)) {
        use->place = (struct ym_place){.kind = YM_PLACE_ANY};
    }
}

static void use_members(struct walk *w, const struct ym_expr *set, const struct ym_place *place) {
    for (uint32_t i = 0; set->u.of.patterns != NULL && i < set->u.of.n; i++) {
        use_at(w, set->u.of.patterns[i], place);
    }
}

/* FOUND .. LENGTH */
static void use_pattern(struct walk *w, const struct ym_expr *e) {
    struct ym_place place = {.kind = YM_PLACE_ANY};

    if (e->op == YM_EXPR_FOUND_AT && e->n_kids == 1) {
        (void)place_of(e->kids[0], &place);
    } else if (e->op == YM_EXPR_FOUND_IN && e->n_kids == 2) {
        place_of_range(e->kids[0], e->kids[1], &place);
    }
    if (e->u.pattern != YM_PATTERN_CURRENT) {
        use_at(w, e->u.pattern, &place);
    } else if (w->loop != NULL) {
        use_members(w, w->loop, &place);
    }
}

static void use_set(struct walk *w, const struct ym_expr *e) {
    struct ym_place place = {.kind = YM_PLACE_ANY};

    if (e->u.of.has_at && e->n_kids > 0) {
        (void)place_of(e->kids[e->n_kids - 1], &place);
    } else if (e->u.of.has_in && e->n_kids > 1) {
        place_of_range(e->kids[e->n_kids - 2], e->kids[e->n_kids - 1], &place);
    }
    use_members(w, e, &place);
}

static void walk(struct walk *w, const struct ym_expr *e) {
    const struct ym_expr *outer = w->loop;

    if (e->op >= YM_EXPR_FOUND && e->op <= YM_EXPR_LENGTH) {
        use_pattern(w, e);
    } else if (e->op == YM_EXPR_OF) {
        use_set(w, e);
    }
    for (uint32_t i = 0; i < e->n_kids && w->depth <= YM_CONDITION_MAX_DEPTH; i++) {
        w->depth++;
        w->loop = e->op == YM_EXPR_FOR_OF && i + 1 == e->n_kids ? e : outer;
        walk(w, e->kids[i]);
        w->depth--;
    }
    w->loop = outer;
}

void ym_condition_uses(const struct ym_expr *e, uint32_t n_patterns, struct ym_use *uses) {
    struct walk w = {.uses = uses, .n = n_patterns};

    for (uint32_t i = 0; i < n_patterns; i++) {
        uses[i] = (struct ym_use){.place = {.kind = YM_PLACE_ANY}};
    }
    walk(&w, e);
}
