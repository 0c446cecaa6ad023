/* condition_modules.c - modules and external variables in the condition machine.
 *
 * An object that could not be made, a field that the loader did not set and an index outside are
 * undefined, and so is what hangs off them.  A function is not called when an argument is
 * undefined, as in libyara. */
#include "condition_int.h"

#include "modules/module.h"

#include <string.h>

struct ym_cond_value ym_cond_of_module(const struct ym_mod_value *v, const struct ym_mod_type *t) {
    if (!v->defined) {
        return (struct ym_cond_value){.undefined = true};
    }
    switch ((int)t->kind) {
    case YM_MOD_INT:
        return (struct ym_cond_value){.u.i = v->u.i};
    case YM_MOD_DOUBLE:
        return (struct ym_cond_value){.u.d = v->u.d};
    case YM_MOD_TEXT:
        return (struct ym_cond_value){.u.text = v->u.text};
    default:
        return (struct ym_cond_value){.u.object = v->u.object, .undefined = v->u.object == NULL};
    }
}

void ym_cond_external(struct ym_condition_machine *m) {
    uint8_t letter = m->program[m->pc - 1] == YM_COND_EXTERNAL_T   ? 't'
                     : m->program[m->pc - 1] == YM_COND_EXTERNAL_D ? 'd'
                                                                   : 'i';
    uint32_t id = ym_cond_take_u32(m);
    const struct ym_external_value *v =
        m->in->external == NULL ? NULL : m->in->external(m->in->self, id);

    if (v == NULL || v->letter != letter) {
        ym_cond_push_undefined(m);
    } else if (letter == 't') {
        ym_cond_push(m, (struct ym_cond_value){.u.text = v->text});
    } else if (letter == 'd') {
        ym_cond_push(m, (struct ym_cond_value){.u.d = v->d});
    } else {
        ym_cond_push_int(m, v->i);
    }
}

/* What loaders and functions work with is this run's. */
static void lend(struct ym_condition_machine *m) {
    m->in->modules->budget = &m->budget;
    m->in->modules->nfa = m->in->nfa;
}

void ym_cond_module(struct ym_condition_machine *m) {
    ym_module_id id = (ym_module_id)ym_cond_take_u8(m);
    struct ym_mod_object *root = NULL;

    if (m->in->modules != NULL) {
        lend(m);
        root = m->in->module(m->in->self, id);
    }
    ym_cond_push(m, (struct ym_cond_value){.u.object = root, .undefined = root == NULL});
}

void ym_cond_field(struct ym_condition_machine *m) {
    uint32_t field = ym_cond_take_u16(m);
    struct ym_cond_value *v = &m->stack[m->sp - 1];

    if (!v->undefined) {
        struct ym_mod_object *o = v->u.object;
        struct ym_mod_value value;

        lend(m);
        value = ym_mod_field_of(m->in->modules, o, field);
        *v = field < o->n ? ym_cond_of_module(&value, o->type->fields[field].type)
                          : (struct ym_cond_value){.undefined = true};
    }
}

/* What was found in an array or dictionary. */
static void push_element(struct ym_condition_machine *m, const struct ym_cond_value *of,
                         const struct ym_mod_value *v) {
    ym_cond_push(m, ym_cond_of_module(v, of->u.object->type->of));
}

void ym_cond_index(struct ym_condition_machine *m) {
    struct ym_cond_value index = ym_cond_pop(m);
    struct ym_cond_value of = ym_cond_pop(m);
    struct ym_mod_value v;

    if (index.undefined || of.undefined) {
        ym_cond_push_undefined(m);
        return;
    }
    v = ym_mod_at(of.u.object, index.u.i);
    push_element(m, &of, &v);
}

void ym_cond_lookup(struct ym_condition_machine *m) {
    struct ym_cond_value key = ym_cond_pop(m);
    struct ym_cond_value of = ym_cond_pop(m);
    struct ym_mod_value v;

    if (key.undefined || of.undefined) {
        ym_cond_push_undefined(m);
        return;
    }
    ym_cond_spend(m, 1);
    v = ym_mod_lookup(of.u.object, key.u.text);
    push_element(m, &of, &v);
}

void ym_cond_length_of(struct ym_condition_machine *m) {
    struct ym_cond_value *v = &m->stack[m->sp - 1];

    if (!v->undefined) {
        v->u.i = v->u.object->n;
    }
}

/* Pops the arguments into args; false: one is undefined. */
static bool take_args(struct ym_condition_machine *m, const char *letters, uint32_t n,
                      union ym_mod_arg *args) {
    bool defined = true;

    for (uint32_t i = n; i > 0; i--) {
        struct ym_cond_value v = ym_cond_pop(m);

        defined = defined && !v.undefined;
        if (letters[i - 1] == 's' || letters[i - 1] == 'r') {
            args[i - 1].text = v.u.text;
        } else if (letters[i - 1] == 'd') {
            args[i - 1].d = v.u.d;
        } else {
            args[i - 1].i = v.u.i;
        }
    }
    return defined;
}

void ym_cond_call(struct ym_condition_machine *m) {
    uint32_t field = ym_cond_take_u16(m);
    uint32_t overload = ym_cond_take_u8(m);
    uint32_t n = ym_cond_take_u8(m);
    struct ym_cond_value self = m->stack[m->sp - 1 - n];
    struct ym_mod_value ret = {.defined = false};
    union ym_mod_arg args[YM_COND_MAX_ARGS];
    const struct ym_mod_overload *o;

    if (self.undefined) {
        m->sp -= n + 1;
        ym_cond_push_undefined(m);
        return;
    }
    o = &self.u.object->type->fields[field].type->overloads[overload];
    if (take_args(m, o->args, n, args)) {
        const struct ym_module_code *code =
            ym_module_code((ym_module_id)self.u.object->type->module);

        lend(m);
        code->functions[o->number](m->in->modules, self.u.object, args, &ret);
    }
    m->sp--;
    ym_cond_push(m, ym_cond_of_module(&ret, o->result == YM_MOD_TEXT     ? &ym_mod_text
                                            : o->result == YM_MOD_DOUBLE ? &ym_mod_double
                                                                         : &ym_mod_int));
}
