/* expr_names.c - what an identifier can be: a variable of a loop, a module, an external variable, an
 * earlier rule (in this order, as libyara looks them up), and what may hang off it. */
#include "expr_int.h"

#include <string.h>

/* ---- Names ----------------------------------------------------------------------------------- */

/* Names that people give to external variables (LOKI, THOR, VirusTotal and the yara manual).
 * They say more about the error than "undefined" does. */
static bool is_usual_external(struct ym_str name) {
    static const char *const names[] = {
        "filename", "filepath", "extension", "filetype",   "file_name", "file_type", "owner",
        "md5",      "new_file", "positives", "signatures", "tags",      "ext_var",   "vt"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == name.n && memcmp(names[i], name.s, name.n) == 0) {
            return true;
        }
    }
    return false;
}

ym_status yara_refer_to_rule(struct yara_parser *p, const struct yara_token *t,
                             const struct yara_rule_name *rule) {
    if (rule->left_out) {
        p->why = "depends on a rule that was left out";
        return yara_fail(p, t, "rule \"%s\" was left out", rule->name);
    }
    p->y->names.rules[rule - p->y->names.rules].used = true;
    return YM_OK;
}

/* ---- Values of modules ----------------------------------------------------------------------- */

void yara_set_module_type(struct yara_value *v, const struct ym_mod_type *t) {
    switch (t->kind) {
    case YM_MOD_INT:
    case YM_MOD_CONST_INT:
        v->e->type = YM_TYPE_INT;
        break;
    case YM_MOD_DOUBLE:
    case YM_MOD_CONST_DOUBLE:
        v->e->type = YM_TYPE_DOUBLE;
        break;
    case YM_MOD_TEXT:
        v->e->type = YM_TYPE_TEXT;
        break;
    case YM_MOD_STRUCT:
    case YM_MOD_ARRAY:
    case YM_MOD_DICT:
    case YM_MOD_FUNCTION:
        v->e->type = YM_TYPE_OBJECT;
        v->e->object = t;
        break;
    }
}

/* A constant, in place of the field it is. */
static ym_status constant(struct yara_parser *p, const struct ym_mod_field *f,
                          struct yara_value *v) {
    bool is_int = f->type->kind == YM_MOD_CONST_INT;
    struct yara_token at = v->at;

    YM_TRY(yara_expr_new(p, is_int ? YM_EXPR_INT : YM_EXPR_DOUBLE,
                         is_int ? YM_TYPE_INT : YM_TYPE_DOUBLE, &at, v));
    if (is_int) {
        v->e->u.i = f->i;
        v->known = true;
        v->i = f->i;
    } else {
        v->e->u.d = f->d;
    }
    return YM_OK;
}

/* An expression over v, in its place. */
static ym_status hang_off(struct yara_parser *p, ym_expr_op op, const struct yara_value *kids,
                          uint32_t n, const struct ym_mod_type *t, struct yara_value *v) {
    struct yara_value over;

    YM_TRY(yara_expr_over(p, op, YM_TYPE_OBJECT, kids, n, &over));
    yara_set_module_type(&over, t);
    *v = over;
    return YM_OK;
}

/* The expressions between brackets that were opened. */
static ym_status parse_arguments(struct yara_parser *p, struct yara_values *args) {
    struct yara_token t;
    struct yara_value v;
    bool more;

    YM_TRY(yara_accept(p, ')', &more));
    if (more) {
        return YM_OK;
    }
    do {
        YM_TRY(yara_parse_argument(p, &v));
        YM_TRY(yara_values_add(p, args, &v));
        YM_TRY(yara_accept(p, ',', &more));
    } while (more);
    return yara_expect(p, ')', "an operator, \",\" or \")\"", &t);
}

static char letter_of(const struct ym_expr *e) {
    switch (e->type) {
    case YM_TYPE_INT:
        return 'i';
    case YM_TYPE_DOUBLE:
        return 'd';
    case YM_TYPE_BOOL:
        return 'b';
    case YM_TYPE_TEXT:
        return 's';
    case YM_TYPE_REGEX:
        return 'r';
    case YM_TYPE_OBJECT:
        break;
    }
    return '?';
}

/* args.v[0] is the struct.  UINT8_MAX: there is no such overload. */
static uint8_t overload_of(const struct ym_mod_type *fn, const struct yara_values *args) {
    for (uint32_t i = 0; i < fn->n_overloads; i++) {
        const char *letters = fn->overloads[i].args;
        uint32_t k = 0;

        while (k + 1 < args->n && letters[k] == letter_of(args->v[k + 1].e)) {
            k++;
        }
        if (k + 1 == args->n && letters[k] == '\0') {
            return (uint8_t)i;
        }
    }
    return UINT8_MAX;
}

/* name(...) of the struct v, whose "(" was taken. */
static ym_status parse_call(struct yara_parser *p, const struct yara_token *name, uint32_t field,
                            struct yara_value *v) {
    static const struct ym_mod_type *const results[] = {
        [YM_MOD_INT] = &ym_mod_int, [YM_MOD_DOUBLE] = &ym_mod_double, [YM_MOD_TEXT] = &ym_mod_text};
    const struct ym_mod_type *fn = v->e->object->fields[field].type;
    struct yara_values args = {0};
    uint8_t overload;

    YM_TRY(yara_values_add(p, &args, v));
    YM_TRY(parse_arguments(p, &args));
    overload = overload_of(fn, &args);
    if (overload == UINT8_MAX) {
        p->why = "wrong arguments";
        return yara_fail(p, name, "wrong arguments for function \"%.*s\"", (int)name->n, name->s);
    }
    YM_TRY(hang_off(p, YM_EXPR_CALL, args.v, args.n, results[fn->overloads[overload].result], v));
    v->e->u.call.field = (uint16_t)field;
    v->e->u.call.overload = overload;
    return YM_OK;
}

static bool has_length(const struct yara_value *v) {
    return v->e->type == YM_TYPE_TEXT ||
           (v->e->type == YM_TYPE_OBJECT &&
            (v->e->object->kind == YM_MOD_ARRAY || v->e->object->kind == YM_MOD_DICT));
}

/* .len(), of YARA-X */
static ym_status parse_length(struct yara_parser *p, struct yara_value *v) {
    struct yara_value kid = *v;
    struct yara_token t;

    YM_TRY(yara_expect(p, '(', "\"(\"", &t));
    YM_TRY(yara_expect(p, ')', "\")\"", &t));
    return yara_expr_over(p, YM_EXPR_LEN, YM_TYPE_INT, &kid, 1, v);
}

/* .name of v; the point was taken. */
static ym_status parse_member(struct yara_parser *p, struct yara_value *v) {
    const struct ym_mod_type *s = v->e->object;
    struct yara_token name;
    uint32_t field;
    bool called;

    YM_TRY(yara_expect(p, YARA_NAME, "the name of a field", &name));
    if (has_length(v) && name.n == 3 && memcmp(name.s, "len", 3) == 0) {
        return parse_length(p, v);
    }
    if (v->e->type != YM_TYPE_OBJECT || s->kind != YM_MOD_STRUCT) {
        return yara_fail(p, &name, "what stands before \".%.*s\" is not a structure", (int)name.n,
                         name.s);
    }
    field = ym_mod_field_find(s, (struct ym_str){name.s, name.n});
    if (field == UINT32_MAX) {
        p->why = "unknown field of a module";
        return yara_fail(p, &name, "invalid field name \"%.*s\"", (int)name.n, name.s);
    }
    YM_TRY(yara_accept(p, '(', &called));
    if (called != (s->fields[field].type->kind == YM_MOD_FUNCTION)) {
        return yara_fail(p, &name, "\"%.*s\" is %s function", (int)name.n, name.s,
                         called ? "not a" : "a");
    }
    if (called) {
        return parse_call(p, &name, field, v);
    }
    if (s->fields[field].type->kind >= YM_MOD_CONST_INT) {
        return constant(p, &s->fields[field], v);
    }
    YM_TRY(hang_off(p, YM_EXPR_FIELD, v, 1, s->fields[field].type, v));
    v->e->u.field = (uint16_t)field;
    return YM_OK;
}

/* [index] of v; the bracket was taken. */
static ym_status parse_element(struct yara_parser *p, struct yara_value *v) {
    const struct ym_mod_type *t = v->e->type == YM_TYPE_OBJECT ? v->e->object : NULL;
    struct yara_value kids[2] = {*v};
    struct yara_token close;
    bool array = t != NULL && t->kind == YM_MOD_ARRAY;

    if (!array && (t == NULL || t->kind != YM_MOD_DICT)) {
        return yara_fail(p, &v->at, "what stands before \"[\" is not an array or dictionary");
    }
    YM_TRY(yara_parse_number(p, &kids[1]));
    YM_TRY(yara_want_type(p, &kids[1], array ? YM_TYPE_INT : YM_TYPE_TEXT,
                          array ? "an index of an array" : "a key of a dictionary"));
    YM_TRY(yara_expect(p, ']', "\"]\"", &close));
    return hang_off(p, array ? YM_EXPR_INDEX : YM_EXPR_LOOKUP, kids, 2, t->of, v);
}

/* All that hangs off a value. */
static ym_status parse_parts(struct yara_parser *p, struct yara_value *v) {
    const struct yara_token *t;

    YM_TRY(yara_peek(p, &t));
    while (t->kind == '.' || t->kind == '[') {
        bool member = t->kind == '.';

        p->has_token = false;
        YM_TRY(member ? parse_member(p, v) : parse_element(p, v));
        YM_TRY(yara_peek(p, &t));
    }
    if (t->kind == '(') {
        return yara_fail(p, &v->at, "what stands before \"(\" is not a function");
    }
    return YM_OK;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static const struct yara_variable *find_variable(const struct yara_parser *p, struct ym_str name,
                                                 uint32_t *ret_index) {
    for (uint32_t i = p->n_vars; i > 0; i--) {
        const struct yara_variable *v = &p->vars[i - 1];

        if (v->name.n == name.n && memcmp(v->name.s, name.s, name.n) == 0) {
            *ret_index = i - 1;
            return v;
        }
    }
    return NULL;
}

const struct ym_external *yara_find_external(const struct yara_parser *p, struct ym_str name) {
    const struct ym_yara_options *o = &p->y->options;

    for (size_t i = 0; i < o->n_externals; i++) {
        if (strlen(o->externals[i].name) == name.n &&
            memcmp(o->externals[i].name, name.s, name.n) == 0) {
            return &o->externals[i];
        }
    }
    return NULL;
}

bool yara_is_value(const struct yara_parser *p, struct ym_str name) {
    ym_module_id module;
    uint32_t i;

    return find_variable(p, name, &i) != NULL || yara_find_external(p, name) != NULL ||
           ym_module_find(name, &module);
}

static ym_status refer_to_external(struct yara_parser *p, const struct yara_token *t,
                                   const struct ym_external *e, struct yara_value *ret_value) {
    ym_type type = e->letter == 't'   ? YM_TYPE_TEXT
                   : e->letter == 'd' ? YM_TYPE_DOUBLE
                                      : YM_TYPE_INT; /* a boolean, too, as in libyara */
    uint32_t id = 0;
    ym_status st;

    if (p->y->sink->external == NULL) {
        return yara_refuse(p, t, "external variable");
    }
    st = p->y->sink->external(p->y->sink->self, e, &id);
    if (st == YM_NOMEM || st == YM_LIMIT) {
        return yara_fatal(p, st);
    }
    if (st != YM_OK) {
        p->why = "external variable";
        return yara_fail(p, t, "external variable \"%s\" has two types", e->name);
    }
    YM_TRY(yara_expr_new(p, YM_EXPR_EXTERNAL, type, t, ret_value));
    ret_value->e->u.external = id;
    return YM_OK;
}

static ym_status refer_to_module(struct yara_parser *p, const struct yara_token *t, ym_module_id id,
                                 struct yara_value *ret_value) {
    const struct ym_mod_type *root = ym_module_get(id)->root;

    if (root->n_fields == 0) {
        return yara_refuse(p, t, "module");
    }
    p->y->used_modules |= 1u << id;
    YM_TRY(yara_expr_new(p, YM_EXPR_MODULE, YM_TYPE_OBJECT, t, ret_value));
    ret_value->e->u.module = id;
    ret_value->e->object = root;
    return YM_OK;
}

static ym_status undefined_name(struct yara_parser *p, const struct yara_token *t, bool module) {
    struct ym_str name = {t->s, t->n};

    if (is_usual_external(name)) {
        p->why = "external variable";
        return yara_fail(p, t,
                         "undefined identifier \"%.*s\": an external variable? define it (-D)",
                         (int)t->n, t->s);
    }
    p->why = "undefined identifier";
    return yara_fail(p, t, "undefined identifier \"%.*s\"%s", (int)t->n, t->s,
                     module ? " (its module is not imported)" : "");
}

static ym_status parse_rule_name(struct yara_parser *p, const struct yara_token *t,
                                 const struct yara_rule_name *rule, struct yara_value *ret_value) {
    const struct yara_token *next;

    YM_TRY(yara_refer_to_rule(p, t, rule));
    YM_TRY(yara_peek(p, &next));
    if (next->kind == '.' || next->kind == '[' || next->kind == '(') {
        return yara_fail(p, t, "\"%s\" is a rule: it has no parts and cannot be called",
                         rule->name);
    }
    YM_TRY(yara_expr_new(p, YM_EXPR_RULE, YM_TYPE_BOOL, t, ret_value));
    ret_value->e->u.rule = rule->id;
    return YM_OK;
}

/* What the name stands for, without what hangs off it. */
static ym_status parse_value_name(struct yara_parser *p, const struct yara_token *t,
                                  struct yara_value *ret_value) {
    struct ym_str name = {t->s, t->n};
    const struct yara_rule_name *rule;
    const struct yara_variable *var;
    const struct ym_external *e;
    ym_module_id module;
    bool is_module = ym_module_find(name, &module);
    uint32_t index;

    var = find_variable(p, name, &index);
    if (var != NULL) {
        YM_TRY(yara_expr_new(p, YM_EXPR_VAR, var->type, t, ret_value));
        ret_value->e->object = var->object;
        ret_value->e->u.var = (uint8_t)index;
        return YM_OK;
    }
    if (is_module && (p->y->names.namespaces[p->ns].modules >> module & 1) != 0) {
        return refer_to_module(p, t, module, ret_value);
    }
    e = yara_find_external(p, name);
    if (e != NULL) {
        return refer_to_external(p, t, e, ret_value);
    }
    if (name.n == p->rule_name.n && memcmp(name.s, p->rule_name.s, name.n) == 0) {
        /* The rule itself, which has not matched yet. */
        return yara_expr_new(p, YM_EXPR_BOOL, YM_TYPE_BOOL, t, ret_value);
    }
    rule = yara_names_find(&p->y->names, p->ns, name);
    return rule == NULL ? undefined_name(p, t, is_module) : parse_rule_name(p, t, rule, ret_value);
}

ym_status yara_parse_name(struct yara_parser *p, struct yara_value *ret_value) {
    struct yara_token t;

    YM_TRY(yara_take(p, &t));
    YM_TRY(parse_value_name(p, &t, ret_value));
    YM_TRY(parse_parts(p, ret_value));
    if (ret_value->e->type == YM_TYPE_OBJECT && !p->object_wanted) {
        return yara_fail(p, &t, "wrong usage of identifier \"%.*s\"", (int)t.n, t.s);
    }
    return YM_OK;
}
