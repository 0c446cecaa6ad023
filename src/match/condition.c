/* condition.c - the condition machine.  See match/condition.h; instructions and their meaning:
 * head of database/condition.c.
 *
 * The program was proved by ym_condition_check(): every instruction known and inside, stack, blocks,
 * loops and variables within their limits, types right, patterns and rules in range.  So nothing
 * here tests for that; what is tested is the data (offsets, hits, values of modules) and the work
 * budget. */
#include "condition_int.h"

#include "base/alloc.h"
#include "nfa.h"

#include <string.h>

/* ---- Operands -------------------------------------------------------------------------------- */

static uint64_t take_u64(struct ym_condition_machine *m) {
    uint64_t v = ym_cond_u64(m->program + m->pc);

    m->pc += 8;
    return v;
}

/* The operand that names a pattern. */
static uint32_t take_pattern(struct ym_condition_machine *m) {
    const uint32_t pattern = ym_cond_take_u32(m);
    const struct ym_cond_loop *l = &m->loops[m->patterns];

    return pattern == YM_COND_CURRENT ? ym_cond_u32(l->members + (size_t)l->at * 4) : pattern;
}

static struct ym_hits take_hits(struct ym_condition_machine *m) {
    return m->in->hits(m->in->self, take_pattern(m));
}

static uint32_t take_count(struct ym_condition_machine *m) {
    return m->in->count(m->in->self, take_pattern(m));
}

/* ---- Values ---------------------------------------------------------------------------------- */

static void do_push_i8(struct ym_condition_machine *m) {
    ym_cond_push_int(m, (int8_t)m->program[m->pc]);
    m->pc++;
}

static void do_push_i32(struct ym_condition_machine *m) {
    ym_cond_push_int(m, (int32_t)ym_cond_take_u32(m));
}

static void do_push_i64(struct ym_condition_machine *m) {
    ym_cond_push_int(m, (int64_t)take_u64(m));
}

static void do_push_text(struct ym_condition_machine *m) {
    uint32_t n = ym_cond_take_u32(m);

    ym_cond_push(m, (struct ym_cond_value){.u.text = {(const char *)m->program + m->pc, n}});
    m->pc += n;
}

static void do_filesize(struct ym_condition_machine *m) {
    if (m->in->no_filesize) {
        ym_cond_push_undefined(m);
    } else {
        ym_cond_push_int(m, (int64_t)m->in->size);
    }
}

static void do_entrypoint(struct ym_condition_machine *m) {
    if (m->in->has_entrypoint) {
        ym_cond_push_int(m, (int64_t)m->in->entrypoint);
    } else {
        ym_cond_push_undefined(m);
    }
}

/* The integer at p as its operand byte says. */
static int64_t read_int(const uint8_t *p, uint8_t how) {
    unsigned width = 1u << (how & YM_COND_READ_WIDTH);
    uint32_t v = 0;

    for (unsigned i = 0; i < width; i++) {
        unsigned shift = (how & YM_COND_READ_BIG) != 0 ? 8 * (width - 1 - i) : 8 * i;

        v |= (uint32_t)p[i] << shift;
    }
    if ((how & YM_COND_READ_SIGNED) == 0) {
        return v;
    }
    return width == 1 ? (int8_t)v : width == 2 ? (int16_t)v : (int32_t)v;
}

static void do_read(struct ym_condition_machine *m) {
    uint8_t how = m->program[m->pc++];
    unsigned width = 1u << (how & YM_COND_READ_WIDTH);
    struct ym_cond_value at = ym_cond_pop(m);
    uint64_t from = (uint64_t)at.u.i - m->in->base;

    if (at.undefined || at.u.i < 0 || (uint64_t)at.u.i < m->in->base || m->in->size < width ||
        from > m->in->size - width) {
        ym_cond_push_undefined(m);
        return;
    }
    ym_cond_push_int(m, read_int(m->in->data + from, how));
}

/* ---- Patterns -------------------------------------------------------------------------------- */

/* How many hits lie before offset: hits are sorted. */
static uint32_t hits_before(struct ym_condition_machine *m, const struct ym_hits *h,
                            int64_t offset) {
    uint32_t low = 0;
    uint32_t high = h->n;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        ym_cond_spend(m, 1);
        if (offset > 0 && h->hits[mid].offset < (uint64_t)offset) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* Hits from low to high, both inclusive. */
uint32_t ym_cond_hits_between(struct ym_condition_machine *m, const struct ym_hits *h, int64_t low,
                              int64_t high) {
    uint32_t first;
    uint32_t past;

    if (high < low || high < 0) {
        return 0;
    }
    first = hits_before(m, h, low);
    past = high == INT64_MAX ? h->n : hits_before(m, h, high + 1);
    return past - first;
}

static void do_found(struct ym_condition_machine *m) {
    ym_cond_push_int(m, take_count(m) > 0);
}

static void do_found_at(struct ym_condition_machine *m) {
    struct ym_hits h = take_hits(m);
    struct ym_cond_value at = ym_cond_pop(m);

    if (at.undefined) {
        ym_cond_push_undefined(m);
        return;
    }
    ym_cond_push_int(m, ym_cond_hits_between(m, &h, at.u.i, at.u.i) > 0);
}

/* FOUND_IN and COUNT_IN: the number of hits in a range; false: undefined was pushed. */
static bool count_in(struct ym_condition_machine *m, int64_t *ret_count) {
    struct ym_hits h = take_hits(m);
    struct ym_cond_value high = ym_cond_pop(m);
    struct ym_cond_value low = ym_cond_pop(m);

    if (low.undefined || high.undefined) {
        ym_cond_push_undefined(m);
        return false;
    }
    *ret_count = ym_cond_hits_between(m, &h, low.u.i, high.u.i);
    return true;
}

static void do_found_in(struct ym_condition_machine *m) {
    int64_t n;

    if (count_in(m, &n)) {
        ym_cond_push_int(m, n > 0);
    }
}

static void do_count(struct ym_condition_machine *m) {
    ym_cond_push_int(m, take_count(m));
}

static void do_count_in(struct ym_condition_machine *m) {
    int64_t n;

    if (count_in(m, &n)) {
        ym_cond_push_int(m, n);
    }
}

/* The 1-based indexth hit, or NULL. */
static const struct ym_hit *hit_at(const struct ym_hits *h, const struct ym_cond_value *index) {
    if (index->undefined || index->u.i < 1 || index->u.i > (int64_t)h->n) {
        return NULL;
    }
    return &h->hits[index->u.i - 1];
}

static void do_offset(struct ym_condition_machine *m) {
    struct ym_hits h = take_hits(m);
    struct ym_cond_value index = ym_cond_pop(m);
    const struct ym_hit *hit = hit_at(&h, &index);

    if (hit == NULL) {
        ym_cond_push_undefined(m);
    } else {
        ym_cond_push_int(m, (int64_t)hit->offset);
    }
}

static void do_length(struct ym_condition_machine *m) {
    struct ym_hits h = take_hits(m);
    struct ym_cond_value index = ym_cond_pop(m);
    const struct ym_hit *hit = hit_at(&h, &index);

    if (hit == NULL) {
        ym_cond_push_undefined(m);
    } else {
        ym_cond_push_int(m, hit->length);
    }
}

static void do_rule(struct ym_condition_machine *m) {
    uint32_t id = ym_cond_take_u32(m);

    ym_cond_push_int(m, m->in->rule(m->in->self, id));
}

/* ---- Arithmetic and comparison --------------------------------------------------------------- */

static void do_unary(struct ym_condition_machine *m, ym_cond_op op) {
    struct ym_cond_value *v = &m->stack[m->sp - 1];

    /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Branch): proved by the checker */
    if (v->undefined) {
        return;
    }
    if (op == YM_COND_NEG_I) {
        v->u.i = (int64_t)(0 - (uint64_t)v->u.i);
    } else if (op == YM_COND_NEG_D) {
        v->u.d = -v->u.d;
    } else if (op == YM_COND_BIT_NOT) {
        v->u.i = ~v->u.i;
    } else if (op == YM_COND_TO_DOUBLE) {
        v->u.d = (double)v->u.i;
    } else { /* NOT */
        v->u.i = v->u.i == 0;
    }
}

static void do_int(struct ym_condition_machine *m, ym_cond_op op) {
    struct ym_cond_value b = ym_cond_pop(m);
    struct ym_cond_value a = ym_cond_pop(m);
    int64_t r;

    if (a.undefined || b.undefined || !ym_cond_int(op, a.u.i, b.u.i, &r)) {
        ym_cond_push_undefined(m);
        return;
    }
    ym_cond_push_int(m, r);
}

static void do_double(struct ym_condition_machine *m, ym_cond_op op) {
    struct ym_cond_value b = ym_cond_pop(m);
    struct ym_cond_value a = ym_cond_pop(m);

    if (a.undefined || b.undefined) {
        /* libyara 4.5: < of doubles is false, not undefined, when a side is undefined. */
        if (op == YM_COND_LT_D) {
            ym_cond_push_int(m, 0);
        } else {
            ym_cond_push_undefined(m);
        }
    } else if (op >= YM_COND_EQ_D) {
        ym_cond_push_int(m, ym_cond_double_compare(op, a.u.d, b.u.d));
    } else {
        m->stack[m->sp++] = (struct ym_cond_value){.u.d = ym_cond_double(op, a.u.d, b.u.d)};
    }
}

static void do_text(struct ym_condition_machine *m, ym_cond_op op) {
    struct ym_cond_value b = ym_cond_pop(m);
    struct ym_cond_value a = ym_cond_pop(m);

    if (a.undefined || b.undefined) {
        ym_cond_push_undefined(m);
        return;
    }
    ym_cond_spend(m, 1 + (uint64_t)a.u.text.n * (1 + b.u.text.n / 64) / 64);
    ym_cond_push_int(m, ym_cond_text(op, (const uint8_t *)a.u.text.s, (uint32_t)a.u.text.n,
                                     (const uint8_t *)b.u.text.s, (uint32_t)b.u.text.n));
}

static void do_matches(struct ym_condition_machine *m) {
    struct ym_cond_value regex = ym_cond_pop(m);
    struct ym_cond_value text = ym_cond_pop(m);

    if (text.undefined) {
        ym_cond_push_undefined(m);
        return;
    }
    ym_cond_push_int(m, ym_nfa_search(m->in->nfa, (const uint8_t *)regex.u.text.s,
                                      (uint32_t)regex.u.text.n, (const uint8_t *)text.u.text.s,
                                      text.u.text.n, &m->budget));
}

/* LEN_T, TEXT_TRUE */
static void do_text_length(struct ym_condition_machine *m, ym_cond_op op) {
    struct ym_cond_value *v = &m->stack[m->sp - 1];

    if (!v->undefined) {
        v->u.i = op == YM_COND_LEN_T ? (int64_t)v->u.text.n : v->u.text.n > 0;
    }
}

/* ---- Boolean --------------------------------------------------------------------------------- */

static void do_defined(struct ym_condition_machine *m) {
    struct ym_cond_value v = ym_cond_pop(m);

    ym_cond_push_int(m, !v.undefined);
}

static void do_bool(struct ym_condition_machine *m) {
    struct ym_cond_value v = ym_cond_pop(m);

    ym_cond_push_int(m, ym_cond_holds(&v));
}

/* AND leaves the block with false at the first operand that does not hold, OR with true at the
 * first that does. */
static void do_short_circuit(struct ym_condition_machine *m, bool leave_on) {
    uint32_t end = ym_cond_take_u32(m);
    struct ym_cond_value v = ym_cond_pop(m);

    if (ym_cond_holds(&v) == leave_on) {
        ym_cond_push_int(m, leave_on);
        m->pc = end;
    }
}

/* ---- The machine ----------------------------------------------------------------------------- */

static void do_and(struct ym_condition_machine *m) {
    do_short_circuit(m, false);
}

static void do_or(struct ym_condition_machine *m) {
    do_short_circuit(m, true);
}

/* What is not here is arithmetic: step() tells it by its number. */
static ym_cond_instruction *const instructions[YM_COND_COUNT_] = {
    [YM_COND_PUSH_I8] = do_push_i8,
    [YM_COND_PUSH_I32] = do_push_i32,
    [YM_COND_PUSH_I64] = do_push_i64,
    [YM_COND_PUSH_DOUBLE] = do_push_i64,
    [YM_COND_PUSH_TEXT] = do_push_text,
    [YM_COND_PUSH_REGEX] = do_push_text,
    [YM_COND_MATCHES] = do_matches,
    [YM_COND_FILESIZE] = do_filesize,
    [YM_COND_ENTRYPOINT] = do_entrypoint,
    [YM_COND_READ] = do_read,
    [YM_COND_FOUND] = do_found,
    [YM_COND_FOUND_AT] = do_found_at,
    [YM_COND_FOUND_IN] = do_found_in,
    [YM_COND_COUNT] = do_count,
    [YM_COND_COUNT_IN] = do_count_in,
    [YM_COND_OFFSET] = do_offset,
    [YM_COND_LENGTH] = do_length,
    [YM_COND_RULE] = do_rule,
    [YM_COND_DEFINED] = do_defined,
    [YM_COND_BOOL] = do_bool,
    [YM_COND_AND] = do_and,
    [YM_COND_OR] = do_or,
    [YM_COND_OF] = ym_cond_of,
    [YM_COND_OF_VALUES] = ym_cond_of_values,
    [YM_COND_FOR] = ym_cond_for,
    [YM_COND_FOR_RANGE] = ym_cond_for_range,
    [YM_COND_FOR_LIST] = ym_cond_for_list,
    [YM_COND_FOR_ITEMS] = ym_cond_for_items,
    [YM_COND_NEXT] = ym_cond_next,
    [YM_COND_LET] = ym_cond_let,
    [YM_COND_UNLET] = ym_cond_unlet,
    [YM_COND_VAR] = ym_cond_var,
    [YM_COND_EXTERNAL_I] = ym_cond_external,
    [YM_COND_EXTERNAL_D] = ym_cond_external,
    [YM_COND_EXTERNAL_T] = ym_cond_external,
    [YM_COND_MODULE] = ym_cond_module,
    [YM_COND_FIELD] = ym_cond_field,
    [YM_COND_INDEX] = ym_cond_index,
    [YM_COND_LOOKUP] = ym_cond_lookup,
    [YM_COND_CALL] = ym_cond_call,
    [YM_COND_LEN_O] = ym_cond_length_of,
};

static void step(struct ym_condition_machine *m, ym_cond_op op) {
    if (instructions[op] != NULL) {
        instructions[op](m);
    } else if (op >= YM_COND_EQ_T && op <= YM_COND_IEQUALS) {
        do_text(m, op);
    } else if (op == YM_COND_LEN_T || op == YM_COND_TEXT_TRUE) {
        do_text_length(m, op);
    } else if (op >= YM_COND_ADD_D && op <= YM_COND_GE_D) {
        do_double(m, op);
    } else if (op >= YM_COND_ADD_I && op <= YM_COND_GE_I) {
        do_int(m, op);
    } else {
        do_unary(m, op);
    }
}

struct ym_condition_machine *ym_condition_machine_new(void) {
    return ym_zalloc(1, sizeof(struct ym_condition_machine));
}

void ym_condition_machine_free(struct ym_condition_machine *m) {
    ym_free(m);
}

ym_status ym_condition_run(struct ym_condition_machine *m, const uint8_t *program, uint32_t size,
                           const struct ym_condition_input *in, uint64_t *budget, bool *ret_true) {
    (void)size; /* the checker has proved that END comes in time */
    m->program = program;
    m->in = in;
    m->budget = *budget;
    m->pc = 0;
    m->sp = 0;
    m->n_loops = 0;
    m->n_vars = 0;
    while (m->budget > 0) {
        ym_cond_op op = (ym_cond_op)program[m->pc++];

        m->budget--;
        if (op == YM_COND_END) {
            *budget = m->budget;
            *ret_true = ym_cond_holds(&m->stack[0]);
            return YM_OK;
        }
        step(m, op);
    }
    *budget = 0;
    return YM_LIMIT;
}
