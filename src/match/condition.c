/* condition.c - the condition machine.  See match/condition.h; instructions and their meaning:
 * head of database/condition.c.
 *
 * The program was proved by ym_condition_check(): every instruction known and inside, stack,
 * blocks and loops within their limits, types right, patterns and rules in range.  So nothing
 * here tests for that; what is tested is the data (offsets, hits) and the work budget.
 * Undefined is a flag beside each value. */
#include "match/condition.h"

#include "database/condition_code.h"

#include <string.h>

struct value {
    union {
        int64_t i;
        double d;
        struct {
            uint32_t at, len; /* bytes of the program */
        } text;
    } u;
    bool undefined;
};

struct loop {
    const uint8_t *members;
    uint32_t n;
    uint32_t at;
    int64_t found;
    int64_t wanted;
    uint32_t body; /* offset of its first instruction */
    uint8_t quantifier;
};

struct machine {
    const uint8_t *program;
    const struct ym_condition_input *in;
    uint64_t budget;
    uint32_t pc;
    uint32_t sp;
    uint32_t n_loops;
    struct loop loops[YM_COND_MAX_LOOPS];
    struct value stack[YM_COND_MAX_STACK];
};

static void push_int(struct machine *m, int64_t i) {
    m->stack[m->sp++] = (struct value){.u.i = i};
}

static void push_undefined(struct machine *m) {
    m->stack[m->sp++] = (struct value){.undefined = true};
}

static struct value pop(struct machine *m) {
    return m->stack[--m->sp];
}

/* True, and not undefined.  A double counts by its bits, as in libyara. */
static bool holds(const struct value *v) {
    /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Branch): proved by the checker */
    return !v->undefined && v->u.i != 0;
}

static void spend(struct machine *m, uint64_t n) {
    m->budget = m->budget > n ? m->budget - n : 0;
}

/* ---- Operands -------------------------------------------------------------------------------- */

static uint32_t take_u32(struct machine *m) {
    uint32_t v = ym_cond_u32(m->program + m->pc);

    m->pc += 4;
    return v;
}

static uint64_t take_u64(struct machine *m) {
    uint64_t v = ym_cond_u64(m->program + m->pc);

    m->pc += 8;
    return v;
}

static struct ym_hits hits_of(struct machine *m, uint32_t pattern) {
    if (pattern == YM_COND_CURRENT) {
        const struct loop *l = &m->loops[m->n_loops - 1];

        pattern = ym_cond_u32(l->members + (size_t)l->at * 4);
    }
    return m->in->hits(m->in->self, pattern);
}

/* ---- Values ---------------------------------------------------------------------------------- */

static void do_push_i8(struct machine *m) {
    push_int(m, (int8_t)m->program[m->pc]);
    m->pc++;
}

static void do_push_i32(struct machine *m) {
    push_int(m, (int32_t)take_u32(m));
}

static void do_push_i64(struct machine *m) {
    push_int(m, (int64_t)take_u64(m));
}

static void do_push_text(struct machine *m) {
    uint32_t n = take_u32(m);

    m->stack[m->sp++] = (struct value){.u.text = {.at = m->pc, .len = n}};
    m->pc += n;
}

static void do_filesize(struct machine *m) {
    push_int(m, (int64_t)m->in->size);
}

static void do_entrypoint(struct machine *m) {
    if (m->in->has_entrypoint) {
        push_int(m, (int64_t)m->in->entrypoint);
    } else {
        push_undefined(m);
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

static void do_read(struct machine *m) {
    uint8_t how = m->program[m->pc++];
    unsigned width = 1u << (how & YM_COND_READ_WIDTH);
    struct value at = pop(m);

    if (at.undefined || at.u.i < 0 || m->in->size < width ||
        (uint64_t)at.u.i > m->in->size - width) {
        push_undefined(m);
        return;
    }
    push_int(m, read_int(m->in->data + at.u.i, how));
}

/* ---- Patterns -------------------------------------------------------------------------------- */

/* How many hits lie before offset: hits are sorted. */
static uint32_t hits_before(struct machine *m, const struct ym_hits *h, int64_t offset) {
    uint32_t low = 0;
    uint32_t high = h->n;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        spend(m, 1);
        if (offset > 0 && h->hits[mid].offset < (uint64_t)offset) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* Hits from low to high, both inclusive. */
static uint32_t hits_between(struct machine *m, const struct ym_hits *h, int64_t low,
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

static void do_found(struct machine *m) {
    push_int(m, hits_of(m, take_u32(m)).n > 0);
}

static void do_found_at(struct machine *m) {
    struct ym_hits h = hits_of(m, take_u32(m));
    struct value at = pop(m);

    if (at.undefined) {
        push_undefined(m);
        return;
    }
    push_int(m, hits_between(m, &h, at.u.i, at.u.i) > 0);
}

/* FOUND_IN and COUNT_IN: the number of hits in a range; false: undefined was pushed. */
static bool count_in(struct machine *m, int64_t *ret_count) {
    struct ym_hits h = hits_of(m, take_u32(m));
    struct value high = pop(m);
    struct value low = pop(m);

    if (low.undefined || high.undefined) {
        push_undefined(m);
        return false;
    }
    *ret_count = hits_between(m, &h, low.u.i, high.u.i);
    return true;
}

static void do_found_in(struct machine *m) {
    int64_t n;

    if (count_in(m, &n)) {
        push_int(m, n > 0);
    }
}

static void do_count(struct machine *m) {
    push_int(m, hits_of(m, take_u32(m)).n);
}

static void do_count_in(struct machine *m) {
    int64_t n;

    if (count_in(m, &n)) {
        push_int(m, n);
    }
}

/* The 1-based indexth hit, or NULL. */
static const struct ym_hit *hit_at(const struct ym_hits *h, const struct value *index) {
    if (index->undefined || index->u.i < 1 || index->u.i > (int64_t)h->n) {
        return NULL;
    }
    return &h->hits[index->u.i - 1];
}

static void do_offset(struct machine *m) {
    struct ym_hits h = hits_of(m, take_u32(m));
    struct value index = pop(m);
    const struct ym_hit *hit = hit_at(&h, &index);

    if (hit == NULL) {
        push_undefined(m);
    } else {
        push_int(m, (int64_t)hit->offset);
    }
}

static void do_length(struct machine *m) {
    struct ym_hits h = hits_of(m, take_u32(m));
    struct value index = pop(m);
    const struct ym_hit *hit = hit_at(&h, &index);

    if (hit == NULL) {
        push_undefined(m);
    } else {
        push_int(m, hit->length);
    }
}

static void do_rule(struct machine *m) {
    uint32_t id = take_u32(m);

    push_int(m, m->in->rule(m->in->self, id));
}

/* ---- Arithmetic and comparison --------------------------------------------------------------- */

static void do_unary(struct machine *m, ym_cond_op op) {
    struct value *v = &m->stack[m->sp - 1];

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

static void do_int(struct machine *m, ym_cond_op op) {
    struct value b = pop(m);
    struct value a = pop(m);
    int64_t r;

    if (a.undefined || b.undefined || !ym_cond_int(op, a.u.i, b.u.i, &r)) {
        push_undefined(m);
        return;
    }
    push_int(m, r);
}

static void do_double(struct machine *m, ym_cond_op op) {
    struct value b = pop(m);
    struct value a = pop(m);

    if (a.undefined || b.undefined) {
        /* libyara 4.5: < of doubles is false, not undefined, when a side is undefined. */
        if (op == YM_COND_LT_D) {
            push_int(m, 0);
        } else {
            push_undefined(m);
        }
    } else if (op >= YM_COND_EQ_D) {
        push_int(m, ym_cond_double_compare(op, a.u.d, b.u.d));
    } else {
        m->stack[m->sp++] = (struct value){.u.d = ym_cond_double(op, a.u.d, b.u.d)};
    }
}

static void do_text(struct machine *m, ym_cond_op op) {
    struct value b = pop(m);
    struct value a = pop(m);

    spend(m, (uint64_t)a.u.text.len * b.u.text.len / 64);
    push_int(m, ym_cond_text(op, m->program + a.u.text.at, a.u.text.len, m->program + b.u.text.at,
                             b.u.text.len));
}

/* ---- Boolean --------------------------------------------------------------------------------- */

static void do_defined(struct machine *m) {
    struct value v = pop(m);

    push_int(m, !v.undefined);
}

static void do_bool(struct machine *m) {
    struct value v = pop(m);

    push_int(m, holds(&v));
}

/* AND leaves the block with false at the first operand that does not hold, OR with true at the
 * first that does. */
static void do_short_circuit(struct machine *m, bool leave_on) {
    uint32_t end = take_u32(m);
    struct value v = pop(m);

    if (holds(&v) == leave_on) {
        push_int(m, leave_on);
        m->pc = end;
    }
}

/* ---- Quantifiers ----------------------------------------------------------------------------- */

/* The quantifier's value, for COUNT and PERCENT.  An undefined count asks for all, as in libyara;
 * an undefined percentage is undefined: false is returned. */
static bool take_wanted(struct machine *m, uint8_t *quantifier, int64_t *ret_wanted) {
    struct value v;

    *ret_wanted = 0;
    if (*quantifier != YM_COND_Q_COUNT && *quantifier != YM_COND_Q_PERCENT) {
        return true;
    }
    v = pop(m);
    if (!v.undefined) {
        *ret_wanted = v.u.i;
        return true;
    }
    if (*quantifier == YM_COND_Q_PERCENT) {
        return false;
    }
    *quantifier = YM_COND_Q_ALL;
    return true;
}

/* Counts the members of an OF that hold.  kind is its place byte; low and high its range. */
static int64_t count_members(struct machine *m, const uint8_t *members, uint32_t n, uint8_t kind,
                             int64_t low, int64_t high) {
    int64_t found = 0;

    for (uint32_t i = 0; i < n && m->budget > 0; i++) {
        uint32_t id = ym_cond_u32(members + (size_t)i * 4);

        spend(m, 1);
        if (kind == YM_COND_OF_RULES) {
            found += m->in->rule(m->in->self, id);
        } else {
            struct ym_hits h = m->in->hits(m->in->self, id);

            found += kind == YM_COND_OF_FOUND ? h.n > 0 : hits_between(m, &h, low, high) > 0;
        }
    }
    return found;
}

static void do_of(struct machine *m) {
    uint8_t quantifier = m->program[m->pc];
    uint8_t kind = m->program[m->pc + 1];
    struct value high = {0};
    struct value low = {0};
    const uint8_t *members;
    int64_t wanted;
    int64_t found;
    uint32_t n;
    bool defined;

    m->pc += 2;
    n = take_u32(m);
    members = m->program + m->pc;
    m->pc += n * 4;
    if (kind == YM_COND_OF_AT || kind == YM_COND_OF_IN) {
        high = pop(m);
        low = kind == YM_COND_OF_IN ? pop(m) : high;
    }
    defined = take_wanted(m, &quantifier, &wanted);
    if (!defined || low.undefined || high.undefined) {
        push_undefined(m);
        return;
    }
    found = count_members(m, members, n, kind, low.u.i, high.u.i);
    push_int(m, ym_cond_enough(quantifier, wanted, found, n));
}

static void do_for(struct machine *m) {
    struct loop *l = &m->loops[m->n_loops++];

    *l = (struct loop){.quantifier = m->program[m->pc]};
    m->pc++;
    l->n = take_u32(m);
    l->members = m->program + m->pc;
    m->pc += l->n * 4;
    l->body = m->pc;
    if (!take_wanted(m, &l->quantifier, &l->wanted)) {
        l->quantifier = YM_COND_Q_COUNT; /* an undefined percentage never holds */
        l->wanted = INT64_MAX;
    }
}

/* Is the result known before all members were tried? */
static bool decided(const struct loop *l, bool held) {
    switch (l->quantifier) {
    case YM_COND_Q_ALL:
        return !held;
    case YM_COND_Q_ANY:
    case YM_COND_Q_NONE:
        return held;
    case YM_COND_Q_COUNT:
        return l->wanted == 0 ? held : l->found >= l->wanted;
    default:
        return false;
    }
}

static void do_next(struct machine *m) {
    struct loop *l = &m->loops[m->n_loops - 1];
    struct value v = pop(m);
    bool held = holds(&v);

    l->found += held;
    l->at++;
    if (l->at < l->n && !decided(l, held)) {
        m->pc = l->body;
        return;
    }
    m->n_loops--;
    push_int(m, ym_cond_enough(l->quantifier, l->wanted, l->found, l->n));
}

/* ---- The machine ----------------------------------------------------------------------------- */

static void do_and(struct machine *m) {
    do_short_circuit(m, false);
}

static void do_or(struct machine *m) {
    do_short_circuit(m, true);
}

typedef void instruction_fn(struct machine *m);

/* What is not here is arithmetic: step() tells it by its number. */
static instruction_fn *const instructions[YM_COND_COUNT_] = {
    [YM_COND_PUSH_I8] = do_push_i8,
    [YM_COND_PUSH_I32] = do_push_i32,
    [YM_COND_PUSH_I64] = do_push_i64,
    [YM_COND_PUSH_DOUBLE] = do_push_i64,
    [YM_COND_PUSH_TEXT] = do_push_text,
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
    [YM_COND_OF] = do_of,
    [YM_COND_FOR] = do_for,
    [YM_COND_NEXT] = do_next,
};

static void step(struct machine *m, ym_cond_op op) {
    if (instructions[op] != NULL) {
        instructions[op](m);
    } else if (op >= YM_COND_EQ_T && op <= YM_COND_IEQUALS) {
        do_text(m, op);
    } else if (op >= YM_COND_ADD_D && op <= YM_COND_GE_D) {
        do_double(m, op);
    } else if (op >= YM_COND_ADD_I && op <= YM_COND_GE_I) {
        do_int(m, op);
    } else {
        do_unary(m, op);
    }
}

ym_status ym_condition_run(const uint8_t *program, uint32_t size,
                           const struct ym_condition_input *in, uint64_t *budget, bool *ret_true) {
    struct machine m;

    (void)size; /* the checker has proved that END comes in time */
    m.program = program;
    m.in = in;
    m.budget = *budget;
    m.pc = 0;
    m.sp = 0;
    m.n_loops = 0;
    while (m.budget > 0) {
        ym_cond_op op = (ym_cond_op)program[m.pc++];

        m.budget--;
        if (op == YM_COND_END) {
            *budget = m.budget;
            *ret_true = holds(&m.stack[0]);
            return YM_OK;
        }
        step(&m, op);
    }
    *budget = 0;
    return YM_LIMIT;
}
