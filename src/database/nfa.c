/* nfa.c - nodes of a regular expression to an automaton.  See nfa.h and nfa_code.h.
 *
 * Thompson's construction, in the order in which the alternatives are preferred: what a SPLIT
 * prefers is tried first, so that the machine finds the end that a backtracking matcher would.
 *
 *   x*       L1: SPLIT L2        x{n,m}   x, n times; then m - n times  SPLIT L2
 *                x                                                      x
 *                JUMP L1                  L2:
 *            L2:                 x{n,}    x, n times; then x*, also for a bound no match can reach
 *
 *   a|b|c    SPLIT L1; a; JUMP L3; L1: SPLIT L2; b; JUMP L3; L2: c; L3:
 *
 * Backwards, every sequence is written from its last node to its first, bytes from last to
 * first; what is preferred then means nothing, for whoever runs backwards wants all places.
 *
 * Sets are kept once each.  What the expression can begin with is found by walking the program. */
#include "database/nfa.h"

#include "base/alloc.h"
#include "base/text.h"
#include "database/nfa_code.h"
#include "signatures/rule.h"

#include <stddef.h>

enum { MAX_DEPTH = 300, MAX_SETS = 4096 };

struct compiler {
    struct ym_buf ops;  /* struct ym_nfa_op */
    struct ym_buf sets; /* 32 bytes each */
    bool nocase, backwards, has_edges;
    struct ym_err *err;
};

static ym_status write_sequence(struct compiler *c, const struct ym_node *node, unsigned depth);

static uint32_t count_ops(const struct compiler *c) {
    return (uint32_t)(c->ops.len / sizeof(struct ym_nfa_op));
}

static ym_status too_large(struct compiler *c) {
    return ym_fail(c->err, YM_LIMIT, "database", YM_ERR_NO_OFFSET,
                   "the regular expression is too large: its automaton has more than %d states",
                   YM_NFA_MAX_OPS);
}

static ym_status emit(struct compiler *c, struct ym_nfa_op op) {
    if (count_ops(c) == YM_NFA_MAX_OPS) {
        return too_large(c);
    }
    ym_buf_add(&c->ops, &op, sizeof(op));
    return ym_buf_status(&c->ops);
}

static void aim(struct compiler *c, uint32_t at) {
    uint32_t to = count_ops(c);

    memcpy(c->ops.data + at * sizeof(struct ym_nfa_op) + offsetof(struct ym_nfa_op, to), &to,
           sizeof(to));
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

static ym_status write_byte(struct compiler *c, uint8_t value, uint8_t mask) {
    uint8_t lower = value | 0x20;

    if (mask == 0xff && c->nocase && lower >= 'a' && lower <= 'z') {
        mask = 0xdf;
    }
    return emit(c, (struct ym_nfa_op){.op = YM_NFA_BYTE, .a = value & mask, .b = mask});
}

static ym_status write_bytes(struct compiler *c, const struct ym_node *n) {
    for (uint32_t i = 0; i < n->len; i++) {
        uint32_t at = c->backwards ? n->len - 1 - i : i;

        YM_TRY(write_byte(c, n->u.bytes.value[at],
                          n->u.bytes.mask == NULL ? 0xff : n->u.bytes.mask[at]));
    }
    return YM_OK;
}

static ym_status write_set(struct compiler *c, const uint8_t *set) {
    uint32_t n = (uint32_t)(c->sets.len / 32);
    uint32_t i = 0;

    while (i < n && memcmp(c->sets.data + (size_t)i * 32, set, 32) != 0) {
        i++;
    }
    if (i == MAX_SETS) {
        return ym_fail(c->err, YM_LIMIT, "database", YM_ERR_NO_OFFSET,
                       "the regular expression has more than %d different classes", MAX_SETS);
    }
    if (i == n) {
        ym_buf_add(&c->sets, set, 32);
        YM_TRY(ym_buf_status(&c->sets));
    }
    return emit(c, (struct ym_nfa_op){.op = YM_NFA_SET, .to = i});
}

/* ---- Branches and repeats -------------------------------------------------------------------- */

static ym_status write_branch(struct compiler *c, ym_nfa_opcode op, bool prefer_to,
                              uint32_t *ret_at) {
    *ret_at = count_ops(c);
    return emit(c, (struct ym_nfa_op){.op = (uint8_t)op, .a = prefer_to});
}

/* Aims the jumps to here that are chained through their targets, from the last one: each holds
 * the one before it + 1. */
static void aim_chain(struct compiler *c, uint32_t last) {
    while (last != 0) {
        struct ym_nfa_op op;

        memcpy(&op, c->ops.data + (size_t)(last - 1) * sizeof(op), sizeof(op));
        aim(c, last - 1);
        last = op.to;
    }
}

static ym_status write_chained(struct compiler *c, ym_nfa_opcode op, bool prefer_to,
                               uint32_t *last) {
    uint32_t before = *last;

    *last = count_ops(c) + 1;
    return emit(c, (struct ym_nfa_op){.op = (uint8_t)op, .a = prefer_to, .to = before});
}

static ym_status write_alt(struct compiler *c, const struct ym_node *n, unsigned depth) {
    uint32_t ends = 0;
    uint32_t next = 0;

    for (uint32_t i = 0; i < n->u.alt.n_kids; i++) {
        bool last = i + 1 == n->u.alt.n_kids;

        if (!last) {
            YM_TRY(write_branch(c, YM_NFA_SPLIT, false, &next));
        }
        YM_TRY(write_sequence(c, n->u.alt.kids[i], depth + 1));
        if (!last) {
            YM_TRY(write_chained(c, YM_NFA_JUMP, false, &ends));
            aim(c, next);
        }
    }
    aim_chain(c, ends);
    return YM_OK;
}

static ym_status write_star(struct compiler *c, const struct ym_node *n, unsigned depth) {
    uint32_t split;

    YM_TRY(write_branch(c, YM_NFA_SPLIT, n->u.repeat.lazy, &split));
    YM_TRY(write_sequence(c, n->u.repeat.kid, depth + 1));
    YM_TRY(emit(c, (struct ym_nfa_op){.op = YM_NFA_JUMP, .to = split}));
    aim(c, split);
    return YM_OK;
}

/* No match is longer than YM_NFA_REACH bytes, so more copies than bytes are as good as any
 * number. */
static ym_status write_repeat(struct compiler *c, const struct ym_node *n, unsigned depth) {
    const uint32_t most = YM_NFA_REACH + 1;
    uint32_t min = n->u.repeat.min < most ? n->u.repeat.min : most;
    uint32_t ends = 0;
    uint32_t before = count_ops(c);

    for (uint32_t i = 0; i < min; i++) {
        YM_TRY(write_sequence(c, n->u.repeat.kid, depth + 1));
        if (count_ops(c) == before) { /* it takes nothing, and would be written without an end */
            return YM_OK;
        }
    }
    if (n->u.repeat.max >= most) {
        return write_star(c, n, depth);
    }
    for (uint32_t i = min; i < n->u.repeat.max; i++) {
        YM_TRY(write_chained(c, YM_NFA_SPLIT, n->u.repeat.lazy, &ends));
        YM_TRY(write_sequence(c, n->u.repeat.kid, depth + 1));
    }
    aim_chain(c, ends);
    return YM_OK;
}

static ym_status write_node(struct compiler *c, const struct ym_node *n, unsigned depth) {
    switch (n->op) {
    case YM_NODE_BYTES:
        return write_bytes(c, n);
    case YM_NODE_SET:
        return write_set(c, n->u.set);
    case YM_NODE_ALT:
        return write_alt(c, n, depth);
    case YM_NODE_REPEAT:
        return write_repeat(c, n, depth);
    case YM_NODE_EDGE:
        c->has_edges = true;
        return emit(c, (struct ym_nfa_op){.op = YM_NFA_EDGE,
                                          .a = (uint8_t)n->u.edge.kind,
                                          .b = n->u.edge.negated});
    case YM_NODE_JUMP:
    case YM_NODE_NOT:
    case YM_NODE_NEAR:
        break;
    }
    return ym_fail(c->err, YM_UNSUPPORTED, "database", YM_ERR_NO_OFFSET,
                   "a node that regular expressions do not have");
}

/* From the last node to the first, which lists can only do by a table of theirs. */
static ym_status write_reversed(struct compiler *c, const struct ym_node *node, unsigned depth) {
    const struct ym_node **table;
    ym_status st = YM_OK;
    size_t n = 0;

    for (const struct ym_node *i = node; i != NULL; i = i->next) {
        n++;
    }
    table = ym_zalloc(n, sizeof(const struct ym_node *));
    if (table == NULL) {
        return YM_NOMEM;
    }
    for (size_t i = 0; i < n; i++, node = node->next) {
        table[i] = node;
    }
    while (n > 0 && st == YM_OK) {
        st = write_node(c, table[--n], depth);
    }
    ym_free(table);
    return st;
}

static ym_status write_sequence(struct compiler *c, const struct ym_node *node, unsigned depth) {
    if (depth > MAX_DEPTH) {
        return ym_fail(c->err, YM_LIMIT, "database", YM_ERR_NO_OFFSET,
                       "groups nested more than %d deep", MAX_DEPTH);
    }
    if (c->backwards && node != NULL) {
        return write_reversed(c, node, depth);
    }
    for (; node != NULL; node = node->next) {
        YM_TRY(write_node(c, node, depth));
    }
    return YM_OK;
}

/* ---- What it can begin with ------------------------------------------------------------------ */

struct walk {
    const uint8_t *program;
    uint32_t n_ops;
    uint32_t *stack; /* n_ops */
    uint8_t *seen;   /* n_ops */
    uint32_t depth;
};

static void visit(struct walk *w, uint32_t i) {
    if (w->seen[i] == 0) {
        w->seen[i] = 1;
        w->stack[w->depth++] = i;
    }
}

/* Adds the bytes that the operation takes, or goes on behind it. */
static void walk_op(struct walk *w, uint32_t i, uint8_t first[32]) {
    struct ym_nfa_op op = ym_nfa_op_at(w->program, i);
    const uint8_t *sets = ym_nfa_sets(w->program, w->n_ops);

    for (unsigned c = 0; c < 256; c++) {
        if (op.op == YM_NFA_MATCH || (op.op == YM_NFA_BYTE && (c & op.b) == op.a) ||
            (op.op == YM_NFA_SET && (sets[(size_t)op.to * 32 + c / 8] >> c % 8 & 1) != 0)) {
            first[c / 8] = (uint8_t)(first[c / 8] | 1u << c % 8);
        }
    }
    if (op.op == YM_NFA_SPLIT || op.op == YM_NFA_JUMP) {
        visit(w, op.to);
    }
    if (op.op == YM_NFA_SPLIT || op.op == YM_NFA_EDGE) {
        visit(w, i + 1);
    }
}

/* The program's jumps lie inside it. */
static ym_status first_bytes(const uint8_t *program, uint32_t n_ops, uint8_t ret_first[32]) {
    struct walk w = {.program = program, .n_ops = n_ops};
    ym_status st = YM_OK;

    w.stack = ym_zalloc(n_ops, sizeof(*w.stack));
    w.seen = ym_zalloc(n_ops, 1);
    memset(ret_first, 0, 32);
    if (w.stack == NULL || w.seen == NULL) {
        st = YM_NOMEM;
    } else {
        visit(&w, 0);
        while (w.depth > 0) {
            walk_op(&w, w.stack[--w.depth], ret_first);
        }
    }
    ym_free(w.stack);
    ym_free(w.seen);
    return st;
}

/* ---- For others ------------------------------------------------------------------------------ */

static ym_status put_together(const struct compiler *c, struct ym_buf *out) {
    struct ym_nfa_head head = {.n_ops = count_ops(c),
                               .n_sets = (uint32_t)(c->sets.len / 32),
                               .flags = c->has_edges ? YM_NFA_HAS_EDGES : 0u};
    size_t base = out->len;

    ym_buf_add(out, &head, sizeof(head));
    ym_buf_add(out, c->ops.data, c->ops.len);
    if (c->sets.len > 0) {
        ym_buf_add(out, c->sets.data, c->sets.len);
    }
    YM_TRY(ym_buf_status(out));
    return first_bytes(out->data + base, head.n_ops,
                       out->data + base + offsetof(struct ym_nfa_head, first));
}

ym_status ym_nfa_compile(const struct ym_node *body, bool nocase, bool backwards,
                         struct ym_buf *out, struct ym_err *err) {
    struct compiler c = {.nocase = nocase, .backwards = backwards, .err = err};
    ym_status st;

    ym_buf_init(&c.ops, (size_t)YM_NFA_MAX_OPS * sizeof(struct ym_nfa_op));
    ym_buf_init(&c.sets, (size_t)MAX_SETS * 32);
    st = write_sequence(&c, body, 0);
    st = st == YM_OK ? emit(&c, (struct ym_nfa_op){.op = YM_NFA_MATCH}) : st;
    st = st == YM_OK ? put_together(&c, out) : st;
    ym_buf_done(&c.ops);
    ym_buf_done(&c.sets);
    return st;
}

static bool op_is_sound(const struct ym_nfa_op *op, uint32_t i, const struct ym_nfa_head *h) {
    bool has_next = i + 1 < h->n_ops;

    switch ((ym_nfa_opcode)op->op) {
    case YM_NFA_MATCH:
        return true;
    case YM_NFA_BYTE:
        return has_next;
    case YM_NFA_SET:
        return has_next && op->to < h->n_sets;
    case YM_NFA_SPLIT:
        return has_next && op->to < h->n_ops && op->a <= 1;
    case YM_NFA_JUMP:
        return op->to < h->n_ops;
    case YM_NFA_EDGE:
        return has_next && op->a >= YM_EDGE_WORD && op->a <= YM_EDGE_END && op->b <= 1 &&
               (h->flags & YM_NFA_HAS_EDGES) != 0;
    case YM_NFA_OPCODES:
        break;
    }
    return false;
}

static bool is_sound(const uint8_t *program, uint32_t size) {
    struct ym_nfa_head h;

    if (size < sizeof(h)) {
        return false;
    }
    h = ym_nfa_head_at(program);
    if (h.n_ops == 0 || h.n_ops > YM_NFA_MAX_OPS || h.n_sets > MAX_SETS ||
        size != sizeof(h) + (size_t)h.n_ops * sizeof(struct ym_nfa_op) + (size_t)h.n_sets * 32) {
        return false;
    }
    for (uint32_t i = 0; i < h.n_ops; i++) {
        struct ym_nfa_op op = ym_nfa_op_at(program, i);

        if (!op_is_sound(&op, i, &h)) {
            return false;
        }
    }
    return true;
}

static ym_status damaged(struct ym_err *err) {
    return ym_fail(err, YM_MALFORMED, "database", YM_ERR_NO_OFFSET,
                   "the program of a regular expression is damaged; build the image again");
}

ym_status ym_nfa_check(const uint8_t *program, uint32_t size, struct ym_err *err) {
    struct ym_nfa_head h;
    uint8_t first[32];

    if (!is_sound(program, size)) {
        return damaged(err);
    }
    h = ym_nfa_head_at(program);
    YM_TRY(first_bytes(program, h.n_ops, first));
    return memcmp(first, h.first, sizeof(first)) == 0 ? YM_OK : damaged(err);
}

ym_status ym_nfa_check_pair(const uint8_t *pair, uint32_t size, struct ym_err *err) {
    struct ym_nfa_pair p;

    if (size < sizeof(p)) {
        return damaged(err);
    }
    memcpy(&p, pair, sizeof(p));
    if (p.forward_size > size - sizeof(p) || p.backward_size != size - sizeof(p) - p.forward_size) {
        return damaged(err);
    }
    YM_TRY(ym_nfa_check(pair + sizeof(p), p.forward_size, err));
    return p.backward_size == 0
               ? YM_OK
               : ym_nfa_check(pair + sizeof(p) + p.forward_size, p.backward_size, err);
}
