/* condition_int.h - the condition machine, between its files (private to match/).
 *
 *   condition.c          the machine, values, patterns, arithmetic
 *   condition_loops.c    quantifiers, loops, variables
 *   condition_modules.c  modules, external variables, regular expressions */
#ifndef YM_MATCH_CONDITION_INT_H
#define YM_MATCH_CONDITION_INT_H

#include "base/text.h"
#include "database/condition_code.h"
#include "match/condition.h"

#include <stdbool.h>

struct ym_mod_object;
struct ym_mod_type;
struct ym_mod_value;

/* Undefined is a flag beside each value. */
struct ym_cond_value {
    union {
        int64_t i;
        double d;
        struct ym_str text; /* also the program of a regular expression */
        struct ym_mod_object *object;
    } u;
    bool undefined;
};

typedef enum ym_cond_loop_kind {
    YM_COND_OVER_PATTERNS,
    YM_COND_OVER_RANGE,
    YM_COND_OVER_LIST,
    YM_COND_OVER_ITEMS
} ym_cond_loop_kind;

struct ym_cond_loop {
    ym_cond_loop_kind kind;
    uint8_t quantifier;
    uint32_t body;  /* offset of its first instruction */
    uint32_t below; /* values on the stack that stay when it closes */
    uint32_t var;   /* its first variable */
    uint64_t n, at; /* members, the one it is at */
    int64_t low;    /* RANGE: the first */
    int64_t found, wanted;
    const uint8_t *members;       /* PATTERNS */
    struct ym_mod_object *object; /* ITEMS */
};

struct ym_condition_machine {
    const uint8_t *program;
    const struct ym_condition_input *in;
    uint64_t budget;
    uint32_t pc;
    uint32_t sp;
    uint32_t n_loops;
    uint32_t n_vars;
    uint32_t patterns; /* number of the loop over patterns that is open */
    struct ym_cond_loop loops[YM_COND_MAX_LOOPS];
    struct ym_cond_value vars[YM_COND_MAX_VARS];
    struct ym_cond_value stack[YM_COND_MAX_STACK];
};

static inline void ym_cond_push(struct ym_condition_machine *m, struct ym_cond_value v) {
    m->stack[m->sp++] = v;
}

static inline void ym_cond_push_int(struct ym_condition_machine *m, int64_t i) {
    m->stack[m->sp++] = (struct ym_cond_value){.u.i = i};
}

static inline void ym_cond_push_undefined(struct ym_condition_machine *m) {
    m->stack[m->sp++] = (struct ym_cond_value){.undefined = true};
}

static inline struct ym_cond_value ym_cond_pop(struct ym_condition_machine *m) {
    return m->stack[--m->sp];
}

/* True, and not undefined.  A double counts by its bits, as in libyara. */
static inline bool ym_cond_holds(const struct ym_cond_value *v) {
    return !v->undefined && v->u.i != 0;
}

static inline void ym_cond_spend(struct ym_condition_machine *m, uint64_t n) {
    m->budget = m->budget > n ? m->budget - n : 0;
}

static inline uint8_t ym_cond_take_u8(struct ym_condition_machine *m) {
    return m->program[m->pc++];
}

static inline uint16_t ym_cond_take_u16(struct ym_condition_machine *m) {
    uint16_t v = (uint16_t)(m->program[m->pc] | m->program[m->pc + 1] << 8);

    m->pc += 2;
    return v;
}

static inline uint32_t ym_cond_take_u32(struct ym_condition_machine *m) {
    uint32_t v = ym_cond_u32(m->program + m->pc);

    m->pc += 4;
    return v;
}

/* How many hits lie from low to high, both inclusive. */
uint32_t ym_cond_hits_between(struct ym_condition_machine *m, const struct ym_hits *h, int64_t low,
                              int64_t high);

typedef void ym_cond_instruction(struct ym_condition_machine *m);

/* condition_loops.c */
ym_cond_instruction ym_cond_of, ym_cond_of_values, ym_cond_for, ym_cond_for_range, ym_cond_for_list,
    ym_cond_for_items, ym_cond_next, ym_cond_let, ym_cond_unlet, ym_cond_var;

/* condition_modules.c */
struct ym_cond_value ym_cond_of_module(const struct ym_mod_value *v, const struct ym_mod_type *t);
ym_cond_instruction ym_cond_external, ym_cond_module, ym_cond_field, ym_cond_index, ym_cond_lookup,
    ym_cond_call, ym_cond_length_of;

#endif
