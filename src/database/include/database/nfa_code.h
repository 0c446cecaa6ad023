/* database/nfa_code.h - the program of a regular expression, as it lies in the image.
 *
 * A head, then operations of 8 bytes, then sets of 32 bytes.  A thread of the machine stands at
 * an operation and goes on with the next one, or where the operation says:
 *
 *   BYTE    a value, b mask      the next byte & mask is the value
 *   SET     to number of a set   the next byte's bit is set
 *   SPLIT   to, a                two threads: the one at `to` is preferred when a is 1, else the
 *                                next one is
 *   JUMP    to
 *   EDGE    a kind, b negated    zero-width, enum ym_edge (WORD and what follows it)
 *   MATCH                        the expression has matched
 *
 * A program that runs backwards reads the byte before its place instead.  `to` may point
 * anywhere in the program, so loops exist; the machine visits an operation at most once a place. */
#ifndef YM_DATABASE_NFA_CODE_H
#define YM_DATABASE_NFA_CODE_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

typedef enum ym_nfa_opcode {
    YM_NFA_MATCH = 0,
    YM_NFA_BYTE,
    YM_NFA_SET,
    YM_NFA_SPLIT,
    YM_NFA_JUMP,
    YM_NFA_EDGE,
    YM_NFA_OPCODES
} ym_nfa_opcode;

enum {
    YM_NFA_MAX_OPS = 30000,
    /* As many bytes a match may have on either side of the place it is looked for from. */
    YM_NFA_REACH = 4096
};

enum ym_nfa_flag { YM_NFA_HAS_EDGES = 1u << 0 };

struct ym_nfa_head {
    uint32_t n_ops, n_sets;
    uint32_t flags; /* enum ym_nfa_flag */
    uint32_t reserved;
    uint8_t first[32]; /* bytes that a match can begin with; all when it can be empty */
};

struct ym_nfa_op {
    uint8_t op; /* ym_nfa_opcode */
    uint8_t a, b;
    uint8_t reserved;
    uint32_t to;
};

/* A part that is run as an automaton (YM_IMG_PART_NFA) is this, then the program that runs
 * forwards from the cut, then the one that runs backwards from it. */
struct ym_nfa_pair {
    uint32_t forward_size, backward_size; /* backwards 0: nothing stands before the cut */
};

static_assert(sizeof(struct ym_nfa_head) == 48, "on-disk layout");
static_assert(sizeof(struct ym_nfa_op) == 8, "on-disk layout");
static_assert(sizeof(struct ym_nfa_pair) == 8, "on-disk layout");

/* Programs lie at any address. */
static inline struct ym_nfa_head ym_nfa_head_at(const uint8_t *program) {
    struct ym_nfa_head h;

    memcpy(&h, program, sizeof(h));
    return h;
}

static inline struct ym_nfa_op ym_nfa_op_at(const uint8_t *program, uint32_t i) {
    struct ym_nfa_op op;

    memcpy(&op, program + sizeof(struct ym_nfa_head) + (size_t)i * sizeof(op), sizeof(op));
    return op;
}

static inline const uint8_t *ym_nfa_sets(const uint8_t *program, uint32_t n_ops) {
    return program + sizeof(struct ym_nfa_head) + (size_t)n_ops * sizeof(struct ym_nfa_op);
}

#endif
