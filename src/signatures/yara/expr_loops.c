/* expr_loops.c - for..in over ranges, lists, arrays and dictionaries; with. */
#include "expr_int.h"

#include <string.h>

static ym_status open_variable(struct yara_parser *p, const struct yara_token *t, ym_type type,
                               const struct ym_mod_type *object) {
    if (p->n_vars == YARA_MAX_VARS) {
        return yara_fail(p, t, "more than %d variables", YARA_MAX_VARS);
    }
    p->vars[p->n_vars++] = (struct yara_variable){
        .name = {t->s, t->n}, .type = type == YM_TYPE_BOOL ? YM_TYPE_INT : type, .object = object};
    return YM_OK;
}

static ym_status check_new(struct yara_parser *p, const struct yara_token *t) {
    for (uint32_t i = 0; i < p->n_vars; i++) {
        if (p->vars[i].name.n == t->n && memcmp(p->vars[i].name.s, t->s, t->n) == 0) {
            return yara_fail(p, t, "duplicated loop identifier \"%.*s\"", (int)t->n, t->s);
        }
    }
    return YM_OK;
}

enum { MAX_LOOP_VARS = 2 };

struct loop {
    struct yara_token vars[MAX_LOOP_VARS];
    uint32_t n_vars;
    ym_loop_kind kind;
    struct yara_values kids;
    ym_type type; /* of the last variable */
    const struct ym_mod_type *object;
};

/* a, b in */
static ym_status parse_variables(struct yara_parser *p, struct loop *l) {
    struct yara_token t;
    bool more = true;

    while (more) {
        YM_TRY(yara_expect(p, YARA_NAME, "a variable", &t));
        YM_TRY(check_new(p, &t));
        if (l->n_vars == MAX_LOOP_VARS) {
            return yara_fail(p, &t, "too many variables for one loop");
        }
        l->vars[l->n_vars++] = t;
        YM_TRY(yara_accept(p, ',', &more));
    }
    return yara_expect(p, YARA_K_in, "\"in\"", &t);
}

/* ---- What a loop goes through ----------------------------------------------------------------- */

static ym_status check_range(struct yara_parser *p, const struct yara_value *low,
                             const struct yara_value *high) {
    YM_TRY(yara_want_type(p, low, YM_TYPE_INT, "the lower bound of a range"));
    YM_TRY(yara_want_type(p, high, YM_TYPE_INT, "the upper bound of a range"));
    return yara_check_range(p, low, high);
}

/* low..high or a list; its "(" was taken. */
static ym_status parse_list(struct yara_parser *p, struct loop *l) {
    struct yara_token t;
    struct yara_value v;
    bool more;

    YM_TRY(yara_parse_number(p, &v));
    YM_TRY(yara_values_add(p, &l->kids, &v));
    YM_TRY(yara_accept(p, YARA_DOTS, &more));
    l->type = v.e->type;
    if (more) {
        l->kind = YM_LOOP_RANGE;
        YM_TRY(yara_parse_number(p, &v));
        YM_TRY(yara_values_add(p, &l->kids, &v));
        YM_TRY(check_range(p, &l->kids.v[l->kids.n - 2], &v));
        return yara_expect(p, ')', "\")\"", &t);
    }
    l->kind = YM_LOOP_LIST;
    if (l->type == YM_TYPE_OBJECT || l->type == YM_TYPE_REGEX) {
        return yara_wrong_type(p, &v, "a member of a list");
    }
    YM_TRY(yara_accept(p, ',', &more));
    while (more) {
        YM_TRY(yara_parse_number(p, &v));
        YM_TRY(yara_want_type(p, &v, l->type, "a member of this list"));
        YM_TRY(yara_values_add(p, &l->kids, &v));
        YM_TRY(yara_accept(p, ',', &more));
    }
    return yara_expect(p, ')', "\",\" or \")\"", &t);
}

/* An array or dictionary of a module. */
static ym_status parse_items(struct yara_parser *p, struct loop *l) {
    struct yara_value v;
    ym_mod_kind kind;

    p->object_wanted = true;
    YM_TRY(yara_parse_name(p, &v));
    p->object_wanted = false;
    kind = v.e->type == YM_TYPE_OBJECT ? v.e->object->kind : YM_MOD_INT;
    if (kind != YM_MOD_ARRAY && kind != YM_MOD_DICT) {
        return yara_fail(p, &v.at, "a loop goes through a range, a list, an array or a dictionary");
    }
    l->kind = YM_LOOP_ITEMS;
    l->object = v.e->object;
    return yara_values_add(p, &l->kids, &v);
}

static ym_status parse_iterator(struct yara_parser *p, struct loop *l) {
    const struct yara_token *t;
    uint32_t want;

    YM_TRY(yara_peek(p, &t));
    if (t->kind == '(') {
        p->has_token = false;
        YM_TRY(parse_list(p, l));
    } else if (t->kind == YARA_NAME) {
        YM_TRY(parse_items(p, l));
    } else {
        return yara_unexpected(p, t, "what the loop goes through");
    }
    want = l->object != NULL && l->object->kind == YM_MOD_DICT ? 2 : 1;
    if (l->n_vars != want) {
        return yara_fail(p, &l->vars[0], "this loop has %u variables and needs %u", l->n_vars,
                         want);
    }
    return YM_OK;
}

static ym_status open_variables(struct yara_parser *p, struct loop *l) {
    struct ym_expr e = {.type = l->type};
    struct yara_value item = {.e = &e};

    if (l->object != NULL) {
        yara_set_module_type(&item, l->object->of);
    }
    if (l->n_vars == 2) {
        YM_TRY(open_variable(p, &l->vars[0], YM_TYPE_TEXT, NULL));
    }
    return open_variable(p, &l->vars[l->n_vars - 1], e.type, e.object);
}

ym_status yara_parse_for_in(struct yara_parser *p, const struct yara_quantifier *q,
                            struct yara_value *ret_value) {
    uint32_t before = p->n_vars;
    struct loop l = {.n_vars = 0};
    struct yara_value v;

    if (q->has_count) {
        YM_TRY(yara_values_add(p, &l.kids, &q->count));
    }
    YM_TRY(parse_variables(p, &l));
    YM_TRY(parse_iterator(p, &l));
    YM_TRY(open_variables(p, &l));
    p->n_loops++;
    YM_TRY(yara_parse_body(p, &v));
    p->n_loops--;
    p->n_vars = before;
    YM_TRY(yara_values_add(p, &l.kids, &v));
    YM_TRY(yara_expr_new(p, YM_EXPR_FOR_IN, YM_TYPE_BOOL, &q->at, ret_value));
    ret_value->e->u.loop.quantifier = q->kind;
    ret_value->e->u.loop.kind = l.kind;
    ret_value->e->u.loop.n = l.kids.n - 1 - (q->has_count ? 1 : 0);
    ret_value->e->u.loop.var = (uint8_t)before;
    ret_value->e->u.loop.n_vars = (uint8_t)l.n_vars;
    if (l.kind == YM_LOOP_LIST && ret_value->e->u.loop.n > YARA_MAX_LIST) {
        return yara_fail(p, &l.vars[0], "a list of more than %d members", YARA_MAX_LIST);
    }
    return yara_expr_adopt(p, ret_value, l.kids.v, l.kids.n);
}

/* ---- with ------------------------------------------------------------------------------------- */

/* name = value; a value may be a structure, too. */
static ym_status parse_definition(struct yara_parser *p, struct yara_values *kids) {
    struct yara_token name;
    struct yara_token t;
    struct yara_value v;

    YM_TRY(yara_expect(p, YARA_NAME, "a variable", &name));
    YM_TRY(check_new(p, &name));
    YM_TRY(yara_expect(p, '=', "\"=\"", &t));
    p->object_wanted = true;
    YM_TRY(yara_parse_boolean(p, &v));
    p->object_wanted = false;
    if (v.e->type == YM_TYPE_REGEX) {
        return yara_wrong_type(p, &v, "the value of a variable");
    }
    YM_TRY(yara_values_add(p, kids, &v));
    return open_variable(p, &name, v.e->type, v.e->object);
}

ym_status yara_parse_with(struct yara_parser *p, struct yara_value *ret_value) {
    uint32_t before = p->n_vars;
    struct yara_values kids = {0};
    struct yara_token at;
    struct yara_value v;
    bool more = true;

    YM_TRY(yara_take(p, &at));
    while (more) {
        YM_TRY(parse_definition(p, &kids));
        YM_TRY(yara_accept(p, ',', &more));
    }
    YM_TRY(yara_parse_body(p, &v));
    p->n_vars = before;
    YM_TRY(yara_values_add(p, &kids, &v));
    YM_TRY(yara_expr_new(p, YM_EXPR_WITH, YM_TYPE_BOOL, &at, ret_value));
    ret_value->e->u.with.var = (uint8_t)before;
    ret_value->e->u.with.n = (uint8_t)(kids.n - 1);
    return yara_expr_adopt(p, ret_value, kids.v, kids.n);
}
