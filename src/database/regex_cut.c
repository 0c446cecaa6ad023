/* regex_cut.c - where a regular expression is looked for.  See pattern.h.
 *
 * An expression is cut in two at a place of its top level behind which an atom stands at a known distance:
 *
 *     before . rest         a candidate of the prefilter is a place of the cut; from there the
 *                           rest runs forwards to the end, what is before backwards to all starts
 *
 * To find a good place the first copies of repeated things are written out (x+ is x x*) and groups
 * without a quantifier have none left of their own (the parser put them into their sequence).  An atom in
 * every branch of an alternative is one way to find it, too: then each branch is a part of its
 * own, with what stands before and after the alternative, so that
 *
 *     x*(ab|cd)y   is   x*aby  and  x*cdy
 *
 * and as in libyara each branch is verified where its atom was met.  Without any atom the cut is at the
 * start, and the part is tried at every place. */
#include "pattern.h"

#include "database/nfa_code.h"

enum { MAX_COPIES = 16, MAX_WRITTEN = 512, MAX_NESTING = 8, MAX_PARTS = 1024 };

struct row {
    struct ym_node *first;
    struct ym_node *last;
    uint32_t n;
};

struct cutter {
    struct ym_arena *arena;
    struct ym_atom_scratch *scratch;
    struct ym_part *parts; /* n of them so far */
    uint32_t n;
};

/* Where a row is cut best. */
struct place {
    const struct ym_node *at; /* NULL: nowhere */
    double cost;
    uint32_t parts; /* that come of it */
    struct ym_atom *atoms;
    uint32_t n_atoms; /* of a run; 0: `at` is an alternative */
};

static ym_status append(struct cutter *c, struct row *row, const struct ym_node *node) {
    struct ym_node *copy = ym_arena_memdup(c->arena, node, sizeof(*node));

    if (copy == NULL) {
        return ym_arena_status(c->arena);
    }
    copy->next = NULL;
    if (row->last == NULL) {
        row->first = copy;
    } else {
        row->last->next = copy;
    }
    row->last = copy;
    row->n++;
    return YM_OK;
}

static ym_status append_all(struct cutter *c, struct row *row, const struct ym_node *node,
                            const struct ym_node *end) {
    for (; node != end; node = node->next) {
        YM_TRY(append(c, row, node));
    }
    return YM_OK;
}

static bool is_run(const struct ym_node *node) {
    return node->op == YM_NODE_BYTES || node->op == YM_NODE_SET;
}

static uint32_t copies_of(const struct ym_node *repeat) {
    uint32_t most = MAX_COPIES;

    for (const struct ym_node *n = repeat->u.repeat.kid; n != NULL; n = n->next) {
        most = is_run(n) ? most : 1;
    }
    return repeat->u.repeat.min < most ? repeat->u.repeat.min : most;
}

/* The sequence with the first copies of what is repeated written out. */
static ym_status write_out(struct cutter *c, struct row *row, const struct ym_node *node,
                           unsigned depth) {
    for (; node != NULL; node = node->next) {
        uint32_t copies = node->op == YM_NODE_REPEAT ? copies_of(node) : 0;
        struct ym_node rest = *node;

        if (copies == 0 || depth == MAX_NESTING || row->n > MAX_WRITTEN) {
            YM_TRY(append(c, row, node));
            continue;
        }
        for (uint32_t i = 0; i < copies; i++) {
            YM_TRY(write_out(c, row, node->u.repeat.kid, depth + 1));
        }
        rest.u.repeat.min -= copies;
        rest.u.repeat.max -= rest.u.repeat.max == YM_JUMP_INF ? 0 : copies;
        if (rest.u.repeat.max > 0) {
            YM_TRY(append(c, row, &rest));
        }
    }
    return YM_OK;
}

/* ---- Choosing ---------------------------------------------------------------------------------- */

static ym_status best_place(struct cutter *c, const struct ym_node *node, unsigned depth,
                            struct place *ret_best);

static ym_status offer_run(struct cutter *c, const struct ym_node *first, const struct ym_node *end,
                           struct place *best) {
    struct ym_part part = {.first = first, .end = end};

    YM_TRY(ym_part_choose_atoms(&part, c->arena, c->scratch));
    if (part.n_atoms > 0 && (best->at == NULL || part.cost < best->cost)) {
        *best = (struct place){first, part.cost, 1, part.atoms, part.n_atoms};
    }
    return YM_OK;
}

/* All branches together. */
static ym_status offer_alt(struct cutter *c, const struct ym_node *alt, unsigned depth,
                           struct place *best) {
    struct place all = {.at = alt};

    for (uint32_t i = 0; i < alt->u.alt.n_kids; i++) {
        struct row row = {0};
        struct place kid;

        YM_TRY(write_out(c, &row, alt->u.alt.kids[i], 0));
        YM_TRY(best_place(c, row.first, depth + 1, &kid));
        all.cost += kid.cost;
        all.parts += kid.parts;
        if (kid.at == NULL || all.parts > MAX_PARTS) {
            return YM_OK;
        }
    }
    if (best->at == NULL || all.cost < best->cost) {
        *best = all;
    }
    return YM_OK;
}

static ym_status best_place(struct cutter *c, const struct ym_node *node, unsigned depth,
                            struct place *ret_best) {
    struct place best = {.at = NULL};

    while (node != NULL) {
        const struct ym_node *end = node;

        while (end != NULL && (is_run(end) || (end != node && end->op == YM_NODE_EDGE))) {
            end = end->next;
        }
        if (end != node) {
            YM_TRY(offer_run(c, node, end, &best));
            node = end;
            continue;
        }
        if (node->op == YM_NODE_ALT && depth < MAX_NESTING) {
            YM_TRY(offer_alt(c, node, depth, &best));
        }
        node = node->next;
    }
    *ret_best = best;
    return YM_OK;
}

/* ---- Parts ------------------------------------------------------------------------------------- */

static uint32_t at_most(uint32_t n) {
    return n < YM_NFA_REACH ? n : YM_NFA_REACH;
}

static void add_part(struct cutter *c, const struct row *before, const struct row *rest,
                     const struct place *place) {
    struct ym_part *p = &c->parts[c->n++];

    *p = (struct ym_part){.first = rest->first,
                          .before = before->first,
                          .is_regex = true,
                          .atoms = place->atoms,
                          .n_atoms = place->n_atoms,
                          .cost = place->at == NULL ? 1.0 : place->cost};
    ym_nodes_length(p->first, NULL, &p->min_length, &p->max_length);
    p->min_length = at_most(p->min_length);
    p->max_length = at_most(p->max_length);
}

/* Cuts row, which stands between before and after. */
static ym_status cut(struct cutter *c, const struct row *before, const struct row *row,
                     const struct row *after, unsigned depth) {
    struct row head = {0};
    struct row tail = {0};
    struct place best;

    YM_TRY(best_place(c, row->first, depth, &best));
    YM_TRY(append_all(c, &head, before->first, NULL));
    if (best.at == NULL || best.n_atoms > 0) {
        const struct ym_node *at = best.at == NULL ? row->first : best.at;

        YM_TRY(append_all(c, &head, row->first, at));
        YM_TRY(append_all(c, &tail, at, NULL));
        YM_TRY(append_all(c, &tail, after->first, NULL));
        add_part(c, &head, &tail, &best);
        return YM_OK;
    }
    YM_TRY(append_all(c, &head, row->first, best.at));
    YM_TRY(append_all(c, &tail, best.at->next, NULL));
    YM_TRY(append_all(c, &tail, after->first, NULL));
    for (uint32_t i = 0; i < best.at->u.alt.n_kids; i++) {
        struct row kid = {0};

        YM_TRY(write_out(c, &kid, best.at->u.alt.kids[i], 0));
        YM_TRY(cut(c, &head, &kid, &tail, depth + 1));
    }
    return YM_OK;
}

ym_status ym_regex_cut(const struct ym_node *body, struct ym_arena *arena,
                       struct ym_atom_scratch *scratch, struct ym_part **ret_parts,
                       uint32_t *ret_n) {
    const struct row none = {0};
    struct cutter c = {.arena = arena, .scratch = scratch};
    struct row row = {0};
    struct place best;

    YM_TRY(write_out(&c, &row, body, 0));
    YM_TRY(best_place(&c, row.first, 0, &best));
    c.parts = YM_ARENA_ARRAY(arena, best.at == NULL ? 1 : best.parts, struct ym_part);
    if (c.parts == NULL) {
        return ym_arena_status(arena);
    }
    YM_TRY(cut(&c, &none, &row, &none, 0));
    *ret_parts = c.parts;
    *ret_n = c.n;
    return YM_OK;
}
