/* pattern.c - spellings to parts, parts to programs.  See pattern.h and pattern_code.h.
 *
 * Cutting: a gap that is unbounded or wider than YM_PART_MAX_GAP would make a verification as
 * long as the file, so it ends a part; match/ puts the parts of a spelling together again from
 * their positions.  Narrow gaps and alternatives stay inside the program. */
#include "pattern.h"

#include "database/nfa.h"
#include "database/nfa_code.h"
#include "database/pattern_code.h"

#include <string.h>

static bool cuts(const struct ym_node *n, bool every_gap) {
    const uint32_t widest = every_gap ? 0 : (uint32_t)YM_PART_MAX_GAP;

    return n->op == YM_NODE_JUMP &&
           (n->u.jump.max == YM_JUMP_INF || n->u.jump.max - n->u.jump.min > widest);
}

/* a + b, where UINT32_MAX is "unbounded" and stays so. */
static uint32_t add_length(uint32_t a, uint32_t b) {
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static uint32_t times(uint32_t a, uint32_t b) {
    return b != 0 && a > UINT32_MAX / b ? UINT32_MAX : a * b;
}

static void alt_length(const struct ym_node *n, uint32_t *ret_min, uint32_t *ret_max) {
    uint32_t lo = UINT32_MAX;
    uint32_t hi = 0;

    for (uint32_t i = 0; i < n->u.alt.n_kids; i++) {
        uint32_t kid_lo;
        uint32_t kid_hi;

        ym_nodes_length(n->u.alt.kids[i], NULL, &kid_lo, &kid_hi);
        lo = kid_lo < lo ? kid_lo : lo;
        hi = kid_hi > hi ? kid_hi : hi;
    }
    *ret_min = n->u.alt.n_kids == 0 ? 0 : lo;
    *ret_max = hi;
}

static void node_length(const struct ym_node *n, uint32_t *ret_min, uint32_t *ret_max) {
    *ret_min = 0;
    *ret_max = 0;
    switch (n->op) {
    case YM_NODE_BYTES:
    case YM_NODE_NOT:
        *ret_min = *ret_max = n->len;
        break;
    case YM_NODE_SET:
        *ret_min = *ret_max = 1;
        break;
    case YM_NODE_JUMP:
        *ret_min = n->u.jump.min;
        *ret_max = n->u.jump.max;
        break;
    case YM_NODE_ALT:
        alt_length(n, ret_min, ret_max);
        break;
    case YM_NODE_REPEAT:
        ym_nodes_length(n->u.repeat.kid, NULL, ret_min, ret_max);
        *ret_min = times(*ret_min, n->u.repeat.min);
        *ret_max = times(*ret_max, n->u.repeat.max);
        break;
    case YM_NODE_EDGE:
    case YM_NODE_NEAR:
        break;
    }
}

void ym_nodes_length(const struct ym_node *node, const struct ym_node *end, uint32_t *ret_min,
                     uint32_t *ret_max) {
    uint32_t lo = 0;
    uint32_t hi = 0;

    for (; node != end; node = node->next) {
        uint32_t a;
        uint32_t b;

        node_length(node, &a, &b);
        lo = add_length(lo, a);
        hi = add_length(hi, b);
    }
    *ret_min = lo;
    *ret_max = hi;
}

static uint32_t count_parts(const struct ym_node *body, bool every_gap) {
    uint32_t n = 1;

    for (; body != NULL; body = body->next) {
        n += cuts(body, every_gap);
    }
    return n;
}

ym_status ym_pattern_cut(const struct ym_node *body, bool every_gap, struct ym_arena *arena,
                         struct ym_atom_scratch *scratch, struct ym_part **ret_parts,
                         uint32_t *ret_n, struct ym_err *err) {
    uint32_t n = count_parts(body, every_gap);
    struct ym_part *parts = YM_ARENA_ARRAY(arena, n, struct ym_part);
    const struct ym_node *node = body;

    if (parts == NULL) {
        return ym_fail(err, ym_arena_status(arena), "database", YM_ERR_NO_OFFSET,
                       "no memory for a pattern");
    }
    for (uint32_t i = 0; i < n; i++) {
        struct ym_part *p = &parts[i];

        p->first = node;
        while (node != NULL && !cuts(node, every_gap)) {
            node = node->next;
        }
        p->end = node;
        ym_nodes_length(p->first, p->end, &p->min_length, &p->max_length);
        if (p->min_length == 0 || p->max_length > YM_PART_MAX_LENGTH) {
            return ym_fail(err, YM_UNSUPPORTED, "database", YM_ERR_NO_OFFSET,
                           p->min_length == 0
                               ? "a piece of the pattern between wide gaps can be empty"
                               : "a piece of the pattern spans more than 1 MiB");
        }
        if (node != NULL) {
            parts[i + 1].gap_min = node->u.jump.min;
            parts[i + 1].gap_max = node->u.jump.max;
            node = node->next;
        }
        YM_TRY(ym_part_choose_atoms(p, arena, scratch));
    }
    *ret_parts = parts;
    *ret_n = n;
    return YM_OK;
}

/* ---- Programs ------------------------------------------------------------------------------- */

struct writer {
    struct ym_buf *out;
    size_t base; /* where the program begins in out */
    bool nocase;
    struct ym_err *err;
};

static ym_status write_sequence(struct writer *w, const struct ym_node *node,
                                const struct ym_node *end, unsigned depth);

static void write_op(struct writer *w, ym_code op) {
    ym_buf_u8(w->out, (uint8_t)op);
}

static bool mask_is_full(const uint8_t *mask, uint32_t n) {
    for (uint32_t i = 0; mask != NULL && i < n; i++) {
        if (mask[i] != 0xff) {
            return false;
        }
    }
    return true;
}

static void write_bytes(struct writer *w, const struct ym_node *n) {
    const uint8_t *value = n->u.bytes.value;
    const uint8_t *mask = n->u.bytes.mask;
    bool full = mask_is_full(mask, n->len);

    for (uint32_t done = 0; done < n->len;) {
        uint32_t chunk = n->len - done > UINT16_MAX ? UINT16_MAX : n->len - done;

        write_op(w, !full ? YM_CODE_MASK : w->nocase ? YM_CODE_LITI : YM_CODE_LIT);
        ym_buf_u16le(w->out, (uint16_t)chunk);
        for (uint32_t i = 0; i < chunk; i++) {
            uint8_t v = value[done + i];
            uint8_t m = full ? 0xff : mask[done + i];
            bool letter = v >= 'A' && v <= 'Z';

            ym_buf_u8(w->out, full && w->nocase && letter ? (uint8_t)(v | 0x20) : (uint8_t)(v & m));
        }
        if (!full) {
            ym_buf_add(w->out, mask + done, chunk);
        }
        done += chunk;
    }
}

static ym_status write_jump(struct writer *w, const struct ym_node *n) {
    uint32_t width = n->u.jump.max - n->u.jump.min;

    if (n->u.jump.max == YM_JUMP_INF || width > UINT16_MAX) {
        return ym_fail(w->err, YM_UNSUPPORTED, "database", YM_ERR_NO_OFFSET,
                       "an unbounded gap inside an alternative");
    }
    if (width == 0) {
        if (n->u.jump.min > 0) {
            write_op(w, YM_CODE_SKIP);
            ym_buf_u32le(w->out, n->u.jump.min);
        }
        return YM_OK;
    }
    write_op(w, YM_CODE_GAP);
    ym_buf_u32le(w->out, n->u.jump.min);
    ym_buf_u16le(w->out, (uint16_t)width);
    return YM_OK;
}

/* Writes an operation with a forward target and returns where the target goes. */
static size_t write_branch(struct writer *w, ym_code op) {
    write_op(w, op);
    ym_buf_u32le(w->out, 0);
    return w->out->len - 4;
}

static void aim_branch(struct writer *w, size_t at) {
    uint32_t to = (uint32_t)(w->out->len - w->base);

    if (ym_buf_status(w->out) == YM_OK) {
        memcpy(w->out->data + at, &to, sizeof(to));
    }
}

static ym_status write_alt(struct writer *w, const struct ym_node *n, unsigned depth) {
    enum { KIDS = 4096 };
    size_t ends[KIDS];

    if (n->u.alt.n_kids > KIDS) {
        return ym_fail(w->err, YM_LIMIT, "database", YM_ERR_NO_OFFSET,
                       "%u alternatives; at most %d are supported", n->u.alt.n_kids, KIDS);
    }
    for (uint32_t i = 0; i < n->u.alt.n_kids; i++) {
        bool last = i + 1 == n->u.alt.n_kids;
        size_t next = last ? 0 : write_branch(w, YM_CODE_SPLIT);

        YM_TRY(write_sequence(w, n->u.alt.kids[i], NULL, depth + 1));
        if (!last) {
            ends[i] = write_branch(w, YM_CODE_JUMP);
            aim_branch(w, next);
        }
    }
    for (uint32_t i = 0; i + 1 < n->u.alt.n_kids; i++) {
        aim_branch(w, ends[i]);
    }
    return YM_OK;
}

static ym_status write_not(struct writer *w, const struct ym_node *n) {
    if (n->len > UINT16_MAX || n->u.alt.n_kids > UINT16_MAX) {
        return ym_fail(w->err, YM_LIMIT, "database", YM_ERR_NO_OFFSET,
                       "a negated alternative of more than 65535 bytes");
    }
    write_op(w, YM_CODE_NOT);
    ym_buf_u16le(w->out, (uint16_t)n->len);
    ym_buf_u16le(w->out, (uint16_t)n->u.alt.n_kids);
    for (uint32_t i = 0; i < n->u.alt.n_kids; i++) {
        ym_buf_add(w->out, n->u.alt.kids[i]->u.bytes.value, n->len);
    }
    return YM_OK;
}

static ym_status write_node(struct writer *w, const struct ym_node *n, unsigned depth) {
    switch (n->op) {
    case YM_NODE_BYTES:
        write_bytes(w, n);
        return YM_OK;
    case YM_NODE_SET:
        write_op(w, YM_CODE_SET);
        ym_buf_add(w->out, n->u.set, 32);
        return YM_OK;
    case YM_NODE_JUMP:
        return write_jump(w, n);
    case YM_NODE_ALT:
        return write_alt(w, n, depth);
    case YM_NODE_NOT:
        return write_not(w, n);
    case YM_NODE_EDGE:
        write_op(w, YM_CODE_EDGE);
        ym_buf_u8(w->out, (uint8_t)n->u.edge.kind);
        ym_buf_u8(w->out, n->u.edge.negated);
        return YM_OK;
    case YM_NODE_NEAR:
        write_op(w, YM_CODE_NEAR);
        ym_buf_u8(w->out, n->u.near.left);
        ym_buf_u8(w->out, n->u.near.min);
        ym_buf_u8(w->out, n->u.near.max);
        ym_buf_u8(w->out, n->u.near.value);
        ym_buf_u8(w->out, n->u.near.mask);
        return YM_OK;
    case YM_NODE_REPEAT:
        break;
    }
    return ym_fail(w->err, YM_UNSUPPORTED, "database", YM_ERR_NO_OFFSET,
                   "a repeat outside a regular expression");
}

static ym_status write_sequence(struct writer *w, const struct ym_node *node,
                                const struct ym_node *end, unsigned depth) {
    if (depth > 32) {
        return ym_fail(w->err, YM_LIMIT, "database", YM_ERR_NO_OFFSET,
                       "alternatives nested more than 32 deep");
    }
    for (; node != end; node = node->next) {
        YM_TRY(write_node(w, node, depth));
    }
    return YM_OK;
}

/* Both programs of a regular expression's part behind their sizes. */
static ym_status write_pair(const struct ym_part *part, bool nocase, struct ym_buf *out,
                            struct ym_err *err) {
    struct ym_nfa_pair sizes = {0};
    size_t base = out->len;

    ym_buf_add(out, &sizes, sizeof(sizes));
    YM_TRY(ym_nfa_compile(part->first, nocase, false, out, err));
    sizes.forward_size = (uint32_t)(out->len - base - sizeof(sizes));
    if (part->before != NULL) {
        YM_TRY(ym_nfa_compile(part->before, nocase, true, out, err));
        sizes.backward_size = (uint32_t)(out->len - base - sizeof(sizes) - sizes.forward_size);
    }
    memcpy(out->data + base, &sizes, sizeof(sizes));
    return YM_OK;
}

ym_status ym_pattern_program(const struct ym_part *part, bool nocase, struct ym_buf *out,
                             struct ym_err *err) {
    struct writer w = {.out = out, .base = out->len, .nocase = nocase, .err = err};

    if (part->is_regex) {
        return write_pair(part, nocase, out, err);
    }

    YM_TRY(write_sequence(&w, part->first, part->end, 0));
    write_op(&w, YM_CODE_END);
    YM_TRY(ym_buf_status(out));
    if (out->len - w.base > YM_PART_MAX_PROGRAM) {
        return ym_fail(err, YM_LIMIT, "database", YM_ERR_NO_OFFSET,
                       "the pattern is too long: its program has %zu bytes, the limit is %d",
                       out->len - w.base, YM_PART_MAX_PROGRAM);
    }
    return YM_OK;
}
