/* regex_cut.c - where a regular expression is looked for.  See pattern.h.
 *
 * An expression is cut in two at a place of its top level behind which an atom stands at a known
 * distance:
 *
 *     before . rest         a candidate of the prefilter is a place of the cut; from there the
 *                           rest runs forwards to the end, what is before backwards to all starts
 *
 * To find a good place the first copies of repeated things are written out (x+ is x x*) and
 * groups without a quantifier have none left of their own (the parser put them into their
 * sequence).  Atoms in all branches of an alternative are one way to find it, too.  Without any
 * atom the cut is at the start, and the part is tried at every place.
 *
 * Which of several ends of a match counts can depend on where it is looked for from: libyara
 * verifies each branch of an alternative on its own when it found the expression by the
 * branches, so /(abc|ab)/ ends behind ab; else the branches are tried in their order.  So where
 * libyara would take its atoms from an alternative, each branch becomes a part of its own here,
 * with what stands before and after it:
 *
 *     x*(ab|cd)y   is   x*aby  and  x*cdy
 *
 * and of the hits of all parts the nearest end counts (the farthest, of a greedy expression).
 * What libyara would take is found by its measure: the best four neighbouring bytes, by how
 * common they are and how many differ; of an alternative, the worst branch. */
#include "pattern.h"

#include "database/nfa_code.h"

#include <limits.h>
#include <string.h>

enum { MAX_COPIES = 16, MAX_WRITTEN = 512, MAX_NESTING = 8, MAX_DEPTH = 300, MAX_PARTS = 1024 };

/* Each part is a program of its own: so many operations of all of them together. */
enum { MAX_OPS_OF_PARTS = 200000 };

struct row {
    struct ym_node *first;
    struct ym_node *last;
    uint32_t n;
};

struct cutter {
    struct ym_arena *arena;
    struct ym_atom_scratch *scratch;
    bool wide;
    bool whole;            /* alternatives are not cut apart: that would be too much */
    struct ym_part *parts; /* n of them so far */
    uint32_t n;
};

/* Where a row is cut best. */
struct place {
    const struct ym_node *at; /* NULL: nowhere */
    double cost;
    uint32_t parts; /* that come of it */
    struct ym_atom *atoms;
    uint32_t n_atoms; /* 0: `at` is an alternative, each of whose branches has its own */
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

/* ---- What libyara would choose --------------------------------------------------------------- */

enum { NO_ATOM = 0, ATOM_LENGTH = 4 };

/* The bytes read last of a run. */
struct window {
    uint8_t at[ATOM_LENGTH];
    unsigned n;
};

static int quality_of_byte(uint8_t b) {
    uint8_t lower = b | 0x20;

    if (b == 0 || b == 0x20 || b == 0xcc || b == 0xff) {
        return 12;
    }
    return lower >= 'a' && lower <= 'z' ? 18 : 20;
}

static int window_quality(const struct window *w) {
    const uint8_t first = w->at[0];
    int quality = 0;
    int unique = 0;

    for (unsigned i = 0; i < w->n; i++) {
        quality += quality_of_byte(w->at[i]);
        unique += memchr(w->at, w->at[i], i) == NULL;
    }
    if (unique == 1 && (quality_of_byte(first) == 12 || first == 0x90)) {
        return quality - 10 * (int)w->n;
    }
    return quality + 2 * unique;
}

/* Of a wide expression the plain bytes count. */
static int read_bytes(const struct cutter *c, const struct ym_node *n, struct window *w) {
    const uint32_t step = c->wide ? 2 : 1;
    int best = NO_ATOM;

    for (uint32_t i = 0; i + step <= n->len; i += step) {
        if (w->n == ATOM_LENGTH) {
            memmove(w->at, w->at + 1, ATOM_LENGTH - 1);
            w->n--;
        }
        w->at[w->n++] = n->u.bytes.value[i];
        best = window_quality(w) > best ? window_quality(w) : best;
    }
    return best;
}

static int quality(const struct cutter *c, const struct ym_node *node, unsigned depth,
                   const struct ym_node **ret_best);

static int node_quality(const struct cutter *c, const struct ym_node *n, unsigned depth) {
    const struct ym_node *ignored;
    int worst = n->op == YM_NODE_ALT ? INT_MAX : NO_ATOM;

    if (depth > MAX_NESTING) {
        return NO_ATOM;
    }
    if (n->op == YM_NODE_REPEAT && n->u.repeat.min > 0) {
        return quality(c, n->u.repeat.kid, depth + 1, &ignored);
    }
    for (uint32_t i = 0; n->op == YM_NODE_ALT && i < n->u.alt.n_kids; i++) {
        int q = quality(c, n->u.alt.kids[i], depth + 1, &ignored);

        worst = q < worst ? q : worst;
    }
    return worst;
}

/* The best that the sequence has, NO_ATOM: nothing.  *ret_best: the first node that has it. */
static int quality(const struct cutter *c, const struct ym_node *node, unsigned depth,
                   const struct ym_node **ret_best) {
    struct window w = {.n = 0};
    int best = NO_ATOM;

    *ret_best = NULL;
    for (; node != NULL; node = node->next) {
        bool bytes = node->op == YM_NODE_BYTES;
        int q = bytes ? read_bytes(c, node, &w) : node_quality(c, node, depth);

        w.n = bytes ? w.n : 0;
        if (q > best) {
            best = q;
            *ret_best = node;
        }
    }
    return best;
}

/* The alternative that libyara would take the atoms from; NULL: it takes them from elsewhere. */
static const struct ym_node *favourite(const struct cutter *c, const struct ym_node *node,
                                       unsigned depth) {
    const struct ym_node *best;

    (void)quality(c, node, depth, &best);
    return best != NULL && best->op == YM_NODE_ALT ? best : NULL;
}

/* ---- Choosing -------------------------------------------------------------------------------- */

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

/* All branches, each with atoms of its own. */
static ym_status split_alt(struct cutter *c, const struct ym_node *alt, unsigned depth,
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
    const struct ym_node *split = c->whole ? NULL : favourite(c, node, depth);
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
            bool apart = !c->whole && (node == split || node->u.alt.n_kids > YM_PART_MAX_ATOMS);

            YM_TRY(apart ? split_alt(c, node, depth, &best)
                         : offer_run(c, node, node->next, &best));
        }
        node = node->next;
    }
    *ret_best = best;
    return YM_OK;
}

/* ---- Parts ----------------------------------------------------------------------------------- */

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

/* About how many operations its automaton has, or more than any may have. */
static uint64_t count_ops(const struct ym_node *node, unsigned depth) {
    uint64_t n = 0;

    for (; node != NULL && n <= YM_NFA_MAX_OPS && depth < MAX_DEPTH; node = node->next) {
        n += node->op == YM_NODE_BYTES ? node->len : 1;
        for (uint32_t i = 0; node->op == YM_NODE_ALT && i < node->u.alt.n_kids; i++) {
            n += 2 + count_ops(node->u.alt.kids[i], depth + 1);
        }
        if (node->op == YM_NODE_REPEAT) {
            bool open = node->u.repeat.max > YM_NFA_REACH;
            uint32_t times = open ? node->u.repeat.min + 1 : node->u.repeat.max;

            n += times * (1 + count_ops(node->u.repeat.kid, depth + 1));
        }
    }
    return n;
}

ym_status ym_regex_cut(const struct ym_node *body, bool wide, struct ym_arena *arena,
                       struct ym_atom_scratch *scratch, struct ym_part **ret_parts,
                       uint32_t *ret_n) {
    const struct row none = {0};
    struct cutter c = {.arena = arena, .scratch = scratch, .wide = wide};
    struct row row = {0};
    struct place best;

    YM_TRY(write_out(&c, &row, body, 0));
    YM_TRY(best_place(&c, row.first, 0, &best));
    if (best.parts > 1 && count_ops(row.first, 0) > MAX_OPS_OF_PARTS / best.parts) {
        c.whole = true;
        YM_TRY(best_place(&c, row.first, 0, &best));
    }
    c.parts = YM_ARENA_ARRAY(arena, best.at == NULL ? 1 : best.parts, struct ym_part);
    if (c.parts == NULL) {
        return ym_arena_status(arena);
    }
    YM_TRY(cut(&c, &none, &row, &none, 0));
    *ret_parts = c.parts;
    *ret_n = c.n;
    return YM_OK;
}
