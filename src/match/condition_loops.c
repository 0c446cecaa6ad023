/* condition_loops.c - quantifiers, loops and variables of the condition machine.
 *
 * A loop knows its member by number; its variables are set anew for each.  A loop with nothing to go
 * through is false for every quantifier, and so is an undefined range (libyara, OP_ITER_END). */
#include "condition_int.h"

#include "modules/module.h"

/* ---- Quantifiers ----------------------------------------------------------------------------- */

/* The quantifier's value, for COUNT and PERCENT.  An undefined count asks for all, as in libyara;
 * an undefined percentage is undefined: false is returned. */
static bool take_wanted(struct ym_condition_machine *m, uint8_t *quantifier, int64_t *ret_wanted) {
    struct ym_cond_value v;

    *ret_wanted = 0;
    if (*quantifier != YM_COND_Q_COUNT && *quantifier != YM_COND_Q_PERCENT) {
        return true;
    }
    v = ym_cond_pop(m);
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

/* An OF that is being counted. */
struct count {
    const uint8_t *members;
    uint32_t n;
    uint8_t quantifier, kind; /* kind: its place byte */
    int64_t wanted, low, high;
    int64_t found;
    uint32_t left; /* members that were not asked yet */
};

static bool member_holds(struct ym_condition_machine *m, const struct count *c, uint32_t id) {
    struct ym_hits h;

    if (c->kind == YM_COND_OF_RULES) {
        return m->in->rule(m->in->self, id);
    }
    if (c->kind == YM_COND_OF_FOUND) {
        return m->in->count(m->in->self, id) > 0;
    }
    h = m->in->hits(m->in->self, id);
    return ym_cond_hits_between(m, &h, c->low, c->high) > 0;
}

/* Whatever is left gives the same answer: more members that hold never make it true and false again. */
static bool is_decided(const struct count *c) {
    return ym_cond_enough(c->quantifier, c->wanted, c->found, c->n) ==
           ym_cond_enough(c->quantifier, c->wanted, c->found + c->left, c->n);
}

/* Asks the members that would have to be sought, or the others. */
static void count_members(struct ym_condition_machine *m, struct count *c, bool sought) {
    for (uint32_t i = 0; i < c->n && m->budget > 0 && !is_decided(c); i++) {
        const uint32_t id = ym_cond_u32(c->members + (size_t)i * 4);
        const bool dear = c->kind != YM_COND_OF_RULES && m->in->is_sought != NULL &&
                          m->in->is_sought(m->in->self, id);

        ym_cond_spend(m, 1);
        if (dear == sought) {
            c->left--;
            c->found += member_holds(m, c, id);
        }
    }
}

void ym_cond_of(struct ym_condition_machine *m) {
    uint8_t quantifier = m->program[m->pc];
    uint8_t kind = m->program[m->pc + 1];
    struct ym_cond_value high = {0};
    struct ym_cond_value low = {0};
    const uint8_t *members;
    int64_t wanted;
    struct count count;
    uint32_t n;
    bool defined;

    m->pc += 2;
    n = ym_cond_take_u32(m);
    members = m->program + m->pc;
    m->pc += n * 4;
    if (kind == YM_COND_OF_AT || kind == YM_COND_OF_IN) {
        high = ym_cond_pop(m);
        low = kind == YM_COND_OF_IN ? ym_cond_pop(m) : high;
    }
    defined = take_wanted(m, &quantifier, &wanted);
    if (!defined || low.undefined || high.undefined) {
        ym_cond_push_undefined(m);
        return;
    }
    count = (struct count){members, n, quantifier, kind, wanted, low.u.i, high.u.i, 0, n};
    count_members(m, &count, false);
    count_members(m, &count, true);
    ym_cond_push_int(m, ym_cond_enough(quantifier, wanted, count.found, n));
}

void ym_cond_of_values(struct ym_condition_machine *m) {
    uint8_t quantifier = ym_cond_take_u8(m);
    uint32_t n = ym_cond_take_u16(m);
    int64_t found = 0;
    int64_t wanted;

    for (uint32_t i = 0; i < n; i++) {
        found += ym_cond_holds(&m->stack[--m->sp]);
    }
    if (!take_wanted(m, &quantifier, &wanted)) {
        ym_cond_push_undefined(m);
        return;
    }
    ym_cond_push_int(m, ym_cond_enough(quantifier, wanted, found, n));
}

/* ---- Variables ------------------------------------------------------------------------------- */

void ym_cond_let(struct ym_condition_machine *m) {
    m->n_vars = ym_cond_take_u8(m);
    m->vars[m->n_vars++] = ym_cond_pop(m);
}

void ym_cond_unlet(struct ym_condition_machine *m) {
    m->n_vars -= ym_cond_take_u8(m);
}

void ym_cond_var(struct ym_condition_machine *m) {
    ym_cond_push(m, m->vars[ym_cond_take_u8(m)]);
}

/* ---- Loops ----------------------------------------------------------------------------------- */

/* Sets the variables of the member that the loop is at. */
static void set_vars(struct ym_condition_machine *m, const struct ym_cond_loop *l) {
    struct ym_cond_value *var = &m->vars[l->var];

    m->n_vars = l->var + 1;
    switch (l->kind) {
    case YM_COND_OVER_PATTERNS:
        m->n_vars = l->var;
        break;
    case YM_COND_OVER_RANGE:
        *var = (struct ym_cond_value){.u.i = l->low + (int64_t)l->at};
        break;
    case YM_COND_OVER_LIST:
        *var = m->stack[m->sp - l->n + l->at];
        break;
    case YM_COND_OVER_ITEMS:
        if (l->object->type->kind == YM_MOD_DICT) {
            *var++ = (struct ym_cond_value){.u.text = l->object->keys[l->at]};
            m->n_vars++;
        }
        *var = ym_cond_of_module(&l->object->values[l->at], l->object->type->of);
        break;
    }
}

/* Pops what the quantifier needs, and begins. */
static void begin(struct ym_condition_machine *m, struct ym_cond_loop loop) {
    struct ym_cond_loop *l = &m->loops[m->n_loops++];

    *l = loop;
    l->body = m->pc;
    l->var = m->n_vars;
    if (!take_wanted(m, &l->quantifier, &l->wanted)) {
        l->quantifier = YM_COND_Q_COUNT; /* an undefined percentage never holds */
        l->wanted = INT64_MAX;
    }
    l->below = m->sp;
}

void ym_cond_for(struct ym_condition_machine *m) {
    struct ym_cond_loop l = {.kind = YM_COND_OVER_PATTERNS, .quantifier = ym_cond_take_u8(m)};

    l.n = ym_cond_take_u32(m);
    l.members = m->program + m->pc;
    m->pc += (uint32_t)l.n * 4;
    m->patterns = m->n_loops;
    begin(m, l);
}

/* Nothing to go through: what the quantifier needs is still on the stack. */
static void begin_nothing(struct ym_condition_machine *m, uint8_t quantifier, uint32_t end) {
    int64_t wanted;

    (void)take_wanted(m, &quantifier, &wanted);
    ym_cond_push_int(m, 0);
    m->pc = end;
}

void ym_cond_for_range(struct ym_condition_machine *m) {
    struct ym_cond_loop l = {.kind = YM_COND_OVER_RANGE, .quantifier = ym_cond_take_u8(m)};
    uint32_t end = ym_cond_take_u32(m);
    struct ym_cond_value high = ym_cond_pop(m);
    struct ym_cond_value low = ym_cond_pop(m);

    if (low.undefined || high.undefined || low.u.i > high.u.i) {
        begin_nothing(m, l.quantifier, end);
        return;
    }
    l.low = low.u.i;
    l.n = (uint64_t)high.u.i - (uint64_t)low.u.i;
    l.n += l.n < UINT64_MAX ? 1 : 0; /* all integers there are: the budget ends it before */
    begin(m, l);
    set_vars(m, &m->loops[m->n_loops - 1]);
}

void ym_cond_for_items(struct ym_condition_machine *m) {
    struct ym_cond_loop l = {.kind = YM_COND_OVER_ITEMS, .quantifier = ym_cond_take_u8(m)};
    uint32_t end = ym_cond_take_u32(m);
    struct ym_cond_value items = ym_cond_pop(m);

    if (items.undefined || items.u.object->n == 0) {
        begin_nothing(m, l.quantifier, end);
        return;
    }
    l.object = items.u.object;
    l.n = l.object->n;
    begin(m, l);
    set_vars(m, &m->loops[m->n_loops - 1]);
}

/* The members stay on the stack, above what the quantifier needs. */
void ym_cond_for_list(struct ym_condition_machine *m) {
    struct ym_cond_loop l = {.kind = YM_COND_OVER_LIST, .quantifier = ym_cond_take_u8(m)};
    uint32_t top = m->sp;

    m->pc++; /* the type of the members is the checker's */
    l.n = (uint64_t)m->program[m->pc] << 8 | m->program[m->pc + 1];
    m->pc += 6; /* with the end: a list is never empty */
    m->sp -= (uint32_t)l.n;
    begin(m, l);
    m->sp = top;
    set_vars(m, &m->loops[m->n_loops - 1]);
}

/* Is the result known before all members were tried? */
static bool decided(const struct ym_cond_loop *l, bool held) {
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

void ym_cond_next(struct ym_condition_machine *m) {
    struct ym_cond_loop *l = &m->loops[m->n_loops - 1];
    struct ym_cond_value v = ym_cond_pop(m);
    bool held = ym_cond_holds(&v);

    l->found += held;
    l->at++;
    if (l->at < l->n && !decided(l, held)) {
        m->pc = l->body;
        set_vars(m, l);
        return;
    }
    m->n_loops--;
    m->n_vars = l->var;
    m->sp = l->below;
    ym_cond_push_int(m, ym_cond_enough(l->quantifier, l->wanted, l->found, (int64_t)l->n));
}
