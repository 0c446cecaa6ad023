/* expr.c - conditions: precedence, types, and the checks that YARA makes at compile time.
 *
 * One recursive-descent parser for boolean and primary expressions; where YARA's grammar keeps
 * the two apart (`(a == b) + 1` is a syntax error there), the types do it here.  From low to
 * high (YARA 4.5, grammar):
 *
 *     or / and / not defined / == != contains .. matches / < <= > >= /
 *     | / ^ / & / << >> / + - / * \ % / unary - ~
 *
 * A comparison takes two primary expressions and does not chain.  Integer constants are folded,
 * only to find what cannot be: overflow, division by zero, a negative shift, ranges and
 * quantifiers that make no sense. */
#include "yara_int.h"

#include <string.h>

/* An expression with what is known of it at compile time. */
struct value {
    struct ym_expr *e;
    bool known; /* i is its integer value */
    int64_t i;
    unsigned height;
    struct yara_token at; /* its first token, for messages */
};

static ym_status parse_boolean(struct yara_parser *p, struct value *ret_value);
static ym_status parse_primary(struct yara_parser *p, struct value *ret_value);
static ym_status parse_binary(struct yara_parser *p, unsigned level, struct value *ret_value);

/* ---- Nodes ----------------------------------------------------------------------------------- */

static ym_status new_expr(struct yara_parser *p, ym_expr_op op, ym_type type,
                          const struct yara_token *at, struct value *ret_value) {
    struct ym_expr *e = YM_ARENA_NEW(p->y->arena, struct ym_expr);

    if (e == NULL) {
        return yara_out_of_memory(p);
    }
    e->op = op;
    e->type = type;
    *ret_value = (struct value){.e = e, .height = 1, .at = *at};
    return YM_OK;
}

/* An expression over kids that were parsed. */
static ym_status new_parent(struct yara_parser *p, ym_expr_op op, ym_type type,
                            const struct value *kids, uint32_t n, struct value *ret_value) {
    const struct ym_expr **list = YM_ARENA_ARRAY(p->y->arena, n, const struct ym_expr *);
    struct yara_token at = kids[0].at;
    unsigned height = 0;

    if (list == NULL) {
        return yara_out_of_memory(p);
    }
    for (uint32_t i = 0; i < n; i++) {
        list[i] = kids[i].e;
        height = kids[i].height > height ? kids[i].height : height;
    }
    if (height == YARA_MAX_HEIGHT) {
        return yara_fail(p, &at, "expression nested deeper than %d", YARA_MAX_HEIGHT);
    }
    YM_TRY(new_expr(p, op, type, &at, ret_value));
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): set when OK */
    ret_value->e->kids = list;
    ret_value->e->n_kids = n;
    ret_value->height = height + 1;
    return YM_OK;
}

/* Kids for an expression that has its own data already. */
static ym_status adopt(struct yara_parser *p, struct value *v, const struct value *kids,
                       uint32_t n) {
    struct value parent;

    if (n == 0) {
        return YM_OK;
    }
    YM_TRY(new_parent(p, v->e->op, v->e->type, kids, n, &parent));
    v->e->kids = parent.e->kids;
    v->e->n_kids = n;
    v->height = parent.height;
    return YM_OK;
}

static void set_known(struct value *v, int64_t i) {
    v->known = true;
    v->i = i;
}

/* Recursion through brackets and prefix operators. */
static ym_status enter(struct yara_parser *p, const struct yara_token *at) {
    if (p->height == YARA_MAX_HEIGHT) {
        return yara_fail(p, at, "expression nested deeper than %d", YARA_MAX_HEIGHT);
    }
    p->height++;
    return YM_OK;
}

static void leave(struct yara_parser *p) {
    p->height--;
}

/* ---- Types ----------------------------------------------------------------------------------- */

static const char *type_name(ym_type type) {
    static const char *const names[] = {[YM_TYPE_INT] = "integer",
                                        [YM_TYPE_DOUBLE] = "float",
                                        [YM_TYPE_BOOL] = "boolean",
                                        [YM_TYPE_TEXT] = "string"};

    return names[type];
}

static ym_status wrong_type(struct yara_parser *p, const struct value *v, const char *where) {
    if (p->why == NULL) {
        p->why = "wrong type";
    }
    return yara_fail(p, &v->at, "wrong type \"%s\" for %s", type_name(v->e->type), where);
}

static ym_status want_type(struct yara_parser *p, const struct value *v, ym_type type,
                           const char *where) {
    return v->e->type == type ? YM_OK : wrong_type(p, v, where);
}

static bool is_number(const struct value *v) {
    return v->e->type == YM_TYPE_INT || v->e->type == YM_TYPE_DOUBLE;
}

/* A text as a condition is true unless empty.  Texts are literals, so that is known here. */
static ym_status as_boolean(struct yara_parser *p, struct value *v) {
    if (v->e->type != YM_TYPE_TEXT) {
        return YM_OK;
    }
    yara_warn(p, &v->at, "a text used as a condition is always true, or false if empty");
    bool truth = v->e->u.text.n > 0;
    YM_TRY(new_expr(p, YM_EXPR_BOOL, YM_TYPE_BOOL, &v->at, v));
    v->e->u.i = truth;
    return YM_OK;
}

/* ---- Patterns -------------------------------------------------------------------------------- */

/* $a #a @a !a: the index of the string; the sign alone is the loop's current one. */
static ym_status pattern_index(struct yara_parser *p, const struct yara_token *t,
                               uint32_t *ret_index) {
    struct yara_string *s;

    if (t->n == 0) {
        if (!p->in_for_of) {
            return yara_fail(p, t, "\"%.1s\" stands for the current string only in for..of",
                             p->lx.text + t->start);
        }
        *ret_index = YM_PATTERN_CURRENT;
        return YM_OK;
    }
    s = yara_find_string(p, (struct ym_str){t->s, t->n});
    if (s == NULL) {
        p->why = "undefined string";
        return yara_fail(p, t, "undefined string \"$%.*s\"", (int)t->n, t->s);
    }
    s->referenced = true;
    *ret_index = s->index;
    return YM_OK;
}

/* (low..high) after `in`. */
static ym_status parse_range(struct yara_parser *p, struct value bounds[2]) {
    struct yara_token t;

    YM_TRY(yara_expect(p, '(', "a range (low..high)", &t));
    YM_TRY(parse_binary(p, 0, &bounds[0]));
    YM_TRY(yara_expect(p, YARA_DOTS, "\"..\"", &t));
    YM_TRY(parse_binary(p, 0, &bounds[1]));
    YM_TRY(want_type(p, &bounds[0], YM_TYPE_INT, "the lower bound of a range"));
    YM_TRY(want_type(p, &bounds[1], YM_TYPE_INT, "the upper bound of a range"));
    if (bounds[0].known && bounds[1].known) {
        if (bounds[0].i > bounds[1].i) {
            return yara_fail(p, &bounds[0].at, "the lower bound of a range exceeds its upper one");
        }
        if (bounds[0].i < 0) {
            return yara_fail(p, &bounds[0].at, "the lower bound of a range is negative");
        }
    }
    return yara_expect(p, ')', "\")\"", &t);
}

/* $a, $a at e, $a in (low..high) */
static ym_status parse_found(struct yara_parser *p, struct value *ret_value) {
    struct yara_token t;
    struct value kids[2];
    uint32_t pattern;
    bool at;
    bool in = false;

    YM_TRY(yara_take(p, &t));
    YM_TRY(pattern_index(p, &t, &pattern));
    YM_TRY(yara_accept(p, YARA_K_at, &at));
    if (at) {
        YM_TRY(parse_binary(p, 0, &kids[0]));
        YM_TRY(want_type(p, &kids[0], YM_TYPE_INT, "\"at\""));
    } else {
        YM_TRY(yara_accept(p, YARA_K_in, &in));
        if (in) {
            YM_TRY(parse_range(p, kids));
        }
    }
    YM_TRY(new_expr(p,
                    at   ? YM_EXPR_FOUND_AT
                    : in ? YM_EXPR_FOUND_IN
                         : YM_EXPR_FOUND,
                    YM_TYPE_BOOL, &t, ret_value));
    ret_value->e->u.pattern = pattern;
    return adopt(p, ret_value, kids, at ? 1 : in ? 2 : 0);
}

/* #a, #a in (low..high) */
static ym_status parse_count(struct yara_parser *p, struct value *ret_value) {
    struct yara_token t;
    struct value kids[2];
    uint32_t pattern;
    bool in;

    YM_TRY(yara_take(p, &t));
    YM_TRY(pattern_index(p, &t, &pattern));
    YM_TRY(yara_accept(p, YARA_K_in, &in));
    if (in) {
        YM_TRY(parse_range(p, kids));
    }
    YM_TRY(new_expr(p, in ? YM_EXPR_COUNT_IN : YM_EXPR_COUNT, YM_TYPE_INT, &t, ret_value));
    ret_value->e->u.pattern = pattern;
    return adopt(p, ret_value, kids, in ? 2 : 0);
}

/* @a[i] !a[i]; without an index the first. */
static ym_status parse_offset(struct yara_parser *p, struct value *ret_value) {
    struct yara_token t;
    struct yara_token close;
    struct value index;
    uint32_t pattern;
    bool indexed;

    YM_TRY(yara_take(p, &t));
    YM_TRY(pattern_index(p, &t, &pattern));
    YM_TRY(yara_accept(p, '[', &indexed));
    if (indexed) {
        YM_TRY(parse_binary(p, 0, &index));
        YM_TRY(want_type(p, &index, YM_TYPE_INT, "an index"));
        YM_TRY(yara_expect(p, ']', "\"]\"", &close));
    } else {
        YM_TRY(new_expr(p, YM_EXPR_INT, YM_TYPE_INT, &t, &index));
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): set when OK */
        index.e->u.i = 1;
    }
    YM_TRY(new_expr(p, t.kind == YARA_OFFSET ? YM_EXPR_OFFSET : YM_EXPR_LENGTH, YM_TYPE_INT, &t,
                    ret_value));
    ret_value->e->u.pattern = pattern;
    return adopt(p, ret_value, &index, 1);
}

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

static ym_status refer_to_rule(struct yara_parser *p, const struct yara_token *t,
                               const struct yara_rule_name *rule) {
    if (rule->left_out) {
        p->why = "depends on a rule that was left out";
        return yara_fail(p, t, "rule \"%s\" was left out", rule->name);
    }
    return YM_OK;
}

/* An identifier: an earlier rule.  Everything else it can be in YARA is not supported yet. */
static ym_status parse_name(struct yara_parser *p, struct value *ret_value) {
    const struct yara_rule_name *rule;
    const struct yara_token *next;
    struct yara_token t;
    struct ym_str name;
    ym_module_id module;
    bool is_module;

    YM_TRY(yara_take(p, &t));
    name = (struct ym_str){t.s, t.n};
    is_module = ym_module_find(name, &module);
    if (is_module && (p->y->names.namespaces[p->ns].modules >> module & 1) != 0) {
        return yara_refuse(p, &t, "module");
    }
    rule = yara_names_find(&p->y->names, p->ns, name);
    if (rule == NULL && is_usual_external(name)) {
        return yara_refuse(p, &t, "external variable");
    }
    if (rule == NULL) {
        p->why = "undefined identifier";
        return yara_fail(p, &t, "undefined identifier \"%.*s\"%s", (int)t.n, t.s,
                         is_module ? " (its module is not imported)" : "");
    }
    YM_TRY(refer_to_rule(p, &t, rule));
    YM_TRY(yara_peek(p, &next));
    if (next->kind == '.' || next->kind == '[' || next->kind == '(') {
        return yara_fail(p, &t, "\"%s\" is a rule: it has no parts and cannot be called",
                         rule->name);
    }
    YM_TRY(new_expr(p, YM_EXPR_RULE, YM_TYPE_BOOL, &t, ret_value));
    ret_value->e->u.rule = rule->id;
    return YM_OK;
}

/* ---- Primary expressions --------------------------------------------------------------------- */

static ym_status parse_literal(struct yara_parser *p, struct value *ret_value) {
    struct yara_token t;

    YM_TRY(yara_take(p, &t));
    if (t.kind == YARA_INT) {
        YM_TRY(new_expr(p, YM_EXPR_INT, YM_TYPE_INT, &t, ret_value));
        ret_value->e->u.i = t.i;
        set_known(ret_value, t.i);
    } else if (t.kind == YARA_DOUBLE) {
        YM_TRY(new_expr(p, YM_EXPR_DOUBLE, YM_TYPE_DOUBLE, &t, ret_value));
        ret_value->e->u.d = t.d;
    } else {
        YM_TRY(new_expr(p, YM_EXPR_TEXT, YM_TYPE_TEXT, &t, ret_value));
        ret_value->e->u.text.s = t.s;
        ret_value->e->u.text.n = (uint32_t)t.n;
    }
    return YM_OK;
}

static ym_status parse_filesize(struct yara_parser *p, struct value *ret_value) {
    struct yara_token t;

    YM_TRY(yara_take(p, &t));
    if (t.kind == YARA_K_entrypoint) {
        yara_warn(p, &t, "\"entrypoint\" is deprecated");
    }
    return new_expr(p, t.kind == YARA_K_filesize ? YM_EXPR_FILESIZE : YM_EXPR_ENTRYPOINT,
                    YM_TYPE_INT, &t, ret_value);
}

static const struct reader {
    int keyword;
    uint8_t width;
    bool is_signed, big_endian;
} readers[] = {
    {YARA_K_int8, 1, true, false},    {YARA_K_int8be, 1, true, true},
    {YARA_K_int16, 2, true, false},   {YARA_K_int16be, 2, true, true},
    {YARA_K_int32, 4, true, false},   {YARA_K_int32be, 4, true, true},
    {YARA_K_uint8, 1, false, false},  {YARA_K_uint8be, 1, false, true},
    {YARA_K_uint16, 2, false, false}, {YARA_K_uint16be, 2, false, true},
    {YARA_K_uint32, 4, false, false}, {YARA_K_uint32be, 4, false, true},
};

static const struct reader *reader_of(int kind) {
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        if (readers[i].keyword == kind) {
            return &readers[i];
        }
    }
    return NULL;
}

/* uint16(offset) and its kin. */
static ym_status parse_read(struct yara_parser *p, const struct reader *r,
                            struct value *ret_value) {
    struct yara_token t;
    struct yara_token bracket;
    struct value offset;

    YM_TRY(yara_take(p, &t));
    YM_TRY(yara_expect(p, '(', "\"(\"", &bracket));
    YM_TRY(parse_binary(p, 0, &offset));
    YM_TRY(want_type(p, &offset, YM_TYPE_INT, "an offset"));
    YM_TRY(yara_expect(p, ')', "\")\"", &bracket));
    YM_TRY(new_expr(p, YM_EXPR_READ, YM_TYPE_INT, &t, ret_value));
    ret_value->e->u.read.width = r->width;
    ret_value->e->u.read.is_signed = r->is_signed;
    ret_value->e->u.read.big_endian = r->big_endian;
    return adopt(p, ret_value, &offset, 1);
}

static ym_status parse_brackets(struct yara_parser *p, struct value *ret_value) {
    struct yara_token t;

    YM_TRY(yara_take(p, &t));
    YM_TRY(parse_boolean(p, ret_value));
    YM_TRY(yara_expect(p, ')', "an operator or \")\"", &t));
    return YM_OK;
}

/* - and ~ */
static ym_status parse_sign(struct yara_parser *p, struct value *ret_value) {
    struct yara_token t;
    struct value v;

    YM_TRY(yara_take(p, &t));
    YM_TRY(parse_primary(p, &v));
    if (!is_number(&v) || (t.kind == '~' && v.e->type != YM_TYPE_INT)) {
        return wrong_type(p, &v, t.kind == '-' ? "\"-\"" : "\"~\"");
    }
    YM_TRY(
        new_parent(p, t.kind == '-' ? YM_EXPR_NEG : YM_EXPR_BIT_NOT, v.e->type, &v, 1, ret_value));
    ret_value->at = t;
    if (v.known) {
        set_known(ret_value, t.kind == '-' ? (int64_t)(0 - (uint64_t)v.i) : ~v.i);
    }
    return YM_OK;
}

static ym_status parse_primary_kind(struct yara_parser *p, const struct yara_token *t,
                                    struct value *ret_value) {
    const struct reader *r = reader_of(t->kind);

    if (r != NULL) {
        return parse_read(p, r, ret_value);
    }
    switch (t->kind) {
    case '(':
        return parse_brackets(p, ret_value);
    case '-':
    case '~':
        return parse_sign(p, ret_value);
    case YARA_INT:
    case YARA_DOUBLE:
    case YARA_TEXT:
        return parse_literal(p, ret_value);
    case YARA_K_filesize:
    case YARA_K_entrypoint:
        return parse_filesize(p, ret_value);
    case YARA_COUNT:
        return parse_count(p, ret_value);
    case YARA_OFFSET:
    case YARA_LENGTH:
        return parse_offset(p, ret_value);
    case YARA_NAME:
        return parse_name(p, ret_value);
    case YARA_REGEX:
        return yara_refuse(p, t, "regular expression");
    default:
        return yara_unexpected(p, t, "an expression");
    }
}

static ym_status parse_primary(struct yara_parser *p, struct value *ret_value) {
    const struct yara_token *next;
    struct yara_token t;

    YM_TRY(yara_peek(p, &next));
    t = *next;
    YM_TRY(enter(p, &t));
    YM_TRY(parse_primary_kind(p, &t, ret_value));
    leave(p);
    return YM_OK;
}

/* ---- Arithmetic ------------------------------------------------------------------------------ */

static const struct binary {
    int token;
    unsigned level; /* 0 binds least */
    ym_expr_op op;
    bool doubles; /* takes them, too */
    const char *name;
} binaries[] = {
    {'|', 0, YM_EXPR_BIT_OR, false, "\"|\""},    {'^', 1, YM_EXPR_BIT_XOR, false, "\"^\""},
    {'&', 2, YM_EXPR_BIT_AND, false, "\"&\""},   {YARA_SHL, 3, YM_EXPR_SHL, false, "\"<<\""},
    {YARA_SHR, 3, YM_EXPR_SHR, false, "\">>\""}, {'+', 4, YM_EXPR_ADD, true, "\"+\""},
    {'-', 4, YM_EXPR_SUB, true, "\"-\""},        {'*', 5, YM_EXPR_MUL, true, "\"*\""},
    {'\\', 5, YM_EXPR_DIV, true, "\"\\\""},      {'%', 5, YM_EXPR_MOD, false, "\"%\""},
};

enum { N_LEVELS = 6 };

/* YARA's own test for *: by magnitudes, so that a product of INT64_MIN is an overflow, too. */
static bool product_overflows(int64_t a, int64_t b) {
    uint64_t x = a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
    uint64_t y = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;

    return y != 0 && x > (uint64_t)INT64_MAX / y;
}

/* NULL, or why a constant operation cannot be. */
static const char *fold_error(ym_expr_op op, const struct value *a, const struct value *b) {
    int64_t r;

    if ((op == YM_EXPR_DIV || op == YM_EXPR_MOD) && b->known && b->i == 0) {
        return "division by zero";
    }
    if ((op == YM_EXPR_SHL || op == YM_EXPR_SHR) && b->known && b->i < 0) {
        return "shift by a negative number";
    }
    if (!a->known || !b->known) {
        return NULL;
    }
    if ((op == YM_EXPR_ADD && __builtin_add_overflow(a->i, b->i, &r)) ||
        (op == YM_EXPR_SUB && __builtin_sub_overflow(a->i, b->i, &r)) ||
        (op == YM_EXPR_MUL && product_overflows(a->i, b->i)) ||
        (op == YM_EXPR_DIV && a->i == INT64_MIN && b->i == -1)) {
        return "integer overflow";
    }
    return NULL;
}

static int64_t fold_shift(ym_expr_op op, int64_t a, int64_t b) {
    if (b >= 64) {
        return 0;
    }
    return op == YM_EXPR_SHL ? (int64_t)((uint64_t)a << b) : a >> b;
}

/* Two known integers that fold_error() has nothing against. */
static int64_t fold(ym_expr_op op, int64_t a, int64_t b) {
    switch ((int)op) {
    case YM_EXPR_ADD:
        return a + b;
    case YM_EXPR_SUB:
        return a - b;
    case YM_EXPR_MUL:
        return a * b;
    case YM_EXPR_DIV:
        return a / b;
    case YM_EXPR_MOD:
        return b == -1 ? 0 : a % b;
    case YM_EXPR_BIT_AND:
        return a & b;
    case YM_EXPR_BIT_OR:
        return a | b;
    case YM_EXPR_BIT_XOR:
        return a ^ b;
    default:
        return fold_shift(op, a, b);
    }
}

/* a OP b; ret_value may be a. */
static ym_status combine(struct yara_parser *p, const struct binary *row, const struct value *a,
                         const struct value *b, struct value *ret_value) {
    struct value kids[2] = {*a, *b};
    const char *error;
    ym_type type = YM_TYPE_INT;

    for (unsigned i = 0; i < 2; i++) {
        if (!is_number(&kids[i]) || (kids[i].e->type == YM_TYPE_DOUBLE && !row->doubles)) {
            return wrong_type(p, &kids[i], row->name);
        }
        type = kids[i].e->type == YM_TYPE_DOUBLE ? YM_TYPE_DOUBLE : type;
    }
    error = type == YM_TYPE_INT ? fold_error(row->op, a, b) : NULL;
    if (error != NULL) {
        return yara_fail(p, &a->at, "%s", error);
    }
    YM_TRY(new_parent(p, row->op, type, kids, 2, ret_value));
    if (type == YM_TYPE_INT && kids[0].known && kids[1].known) {
        set_known(ret_value, fold(row->op, kids[0].i, kids[1].i));
    }
    return YM_OK;
}

/* Is the `%` that comes next the one of "50% of them"? */
static ym_status percent_of(struct yara_parser *p, bool *ret_is) {
    struct yara_lexer lx = p->lx;
    struct yara_token t;

    lx.tolerant = true;
    YM_TRY(yara_lex(&lx, &t));
    *ret_is = t.kind == YARA_K_of;
    return YM_OK;
}

static ym_status binary_at(struct yara_parser *p, unsigned level, const struct binary **ret_row) {
    const struct yara_token *t;
    bool is_percent = false;

    *ret_row = NULL;
    YM_TRY(yara_peek(p, &t));
    for (size_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++) {
        if (binaries[i].token == t->kind && binaries[i].level == level) {
            if (t->kind == '%') {
                YM_TRY(percent_of(p, &is_percent));
            }
            *ret_row = is_percent ? NULL : &binaries[i];
            return YM_OK;
        }
    }
    return YM_OK;
}

/* In `1 + 50% of them` the % has only the 50 to its left, and that is no number of strings. */
static ym_status refuse_loose_percent(struct yara_parser *p) {
    const struct yara_token *t;

    YM_TRY(yara_peek(p, &t));
    return t->kind == '%' ? yara_unexpected(p, t, "an operator") : YM_OK;
}

/* Left-associative operators of this level and tighter ones. */
static ym_status parse_binary(struct yara_parser *p, unsigned level, struct value *ret_value) {
    const struct binary *row;
    struct value a;
    struct value b;

    if (level == N_LEVELS) {
        return parse_primary(p, ret_value);
    }
    YM_TRY(parse_binary(p, level + 1, &a));
    YM_TRY(binary_at(p, level, &row));
    while (row != NULL) {
        p->has_token = false;
        YM_TRY(parse_binary(p, level + 1, &b));
        YM_TRY(combine(p, row, &a, &b, &a));
        if (level < N_LEVELS - 1) {
            YM_TRY(refuse_loose_percent(p));
        }
        YM_TRY(binary_at(p, level, &row));
    }
    *ret_value = a;
    return YM_OK;
}

/* ---- Sets ------------------------------------------------------------------------------------ */

/* Members of a set while it is being read. */
struct members {
    uint32_t *ids;
    uint32_t n, room;
    bool self; /* a wildcard matched the name of the very rule, too */
};

static ym_status add_member(struct yara_parser *p, struct members *m, uint32_t id) {
    enum { MAX_MEMBERS = 1 << 20 };

    if (m->n == MAX_MEMBERS) {
        return yara_fail(p, &p->token, "a set with more than %d members", MAX_MEMBERS);
    }
    if (m->n == m->room) {
        uint32_t room = m->room == 0 ? 16 : m->room * 2;
        uint32_t *ids = YM_ARENA_ARRAY(p->y->arena, room, uint32_t);

        if (ids == NULL) {
            return yara_out_of_memory(p);
        }
        if (m->n > 0) {
            memcpy(ids, m->ids, m->n * sizeof(*ids));
        }
        m->ids = ids;
        m->room = room;
    }
    m->ids[m->n++] = id;
    return YM_OK;
}

/* $a, $a*, $ (every anonymous string), $* (every string). */
static ym_status add_strings(struct yara_parser *p, struct members *m, const struct yara_token *t,
                             struct ym_str name, bool wildcard) {
    uint32_t before = m->n;

    for (struct yara_string *s = p->strings; s != NULL; s = s->next) {
        if ((wildcard ? s->n >= name.n : s->n == name.n) && memcmp(s->name, name.s, name.n) == 0) {
            s->referenced = true;
            YM_TRY(add_member(p, m, s->index));
        }
    }
    if (m->n == before) {
        p->why = "undefined string";
        return yara_fail(p, t, "undefined string \"$%.*s%s\"", (int)name.n, name.s,
                         wildcard ? "*" : "");
    }
    return YM_OK;
}

static ym_status parse_string_items(struct yara_parser *p, struct members *m) {
    struct yara_token t;
    bool more = true;

    while (more) {
        YM_TRY(yara_take(p, &t));
        if (t.kind != YARA_STRING && t.kind != YARA_STRINGS) {
            return yara_unexpected(p, &t, "a string of the set");
        }
        YM_TRY(add_strings(p, m, &t, (struct ym_str){t.s, t.n}, t.kind == YARA_STRINGS));
        YM_TRY(yara_accept(p, ',', &more));
    }
    return YM_OK;
}

/* Every earlier rule of the namespace with this prefix. */
static ym_status add_rules(struct yara_parser *p, struct members *m, const struct yara_token *t) {
    const struct yara_names *names = &p->y->names;
    uint32_t before = m->n;

    for (size_t i = 0; i < names->n_rules; i++) {
        const struct yara_rule_name *rule = &names->rules[i];

        if (rule->ns == p->ns && rule->n >= t->n && memcmp(rule->name, t->s, t->n) == 0) {
            YM_TRY(refer_to_rule(p, t, rule));
            YM_TRY(add_member(p, m, rule->id));
        }
    }
    if (p->rule_name.n >= t->n && memcmp(p->rule_name.s, t->s, t->n) == 0) {
        m->self = true;
    }
    if (m->n == before && !m->self) {
        p->why = "undefined identifier";
        return yara_fail(p, t, "no earlier rule begins with \"%.*s\"", (int)t->n, t->s);
    }
    return yara_fatal(p, yara_names_add_wildcard(&p->y->names, p->ns, (struct ym_str){t->s, t->n}));
}

static ym_status add_rule(struct yara_parser *p, struct members *m, const struct yara_token *t) {
    const struct yara_rule_name *rule =
        yara_names_find(&p->y->names, p->ns, (struct ym_str){t->s, t->n});

    if (rule == NULL) {
        p->why = "undefined identifier";
        return yara_fail(p, t, "undefined identifier \"%.*s\"", (int)t->n, t->s);
    }
    YM_TRY(refer_to_rule(p, t, rule));
    return add_member(p, m, rule->id);
}

static ym_status parse_rule_items(struct yara_parser *p, struct members *m) {
    struct yara_token t;
    bool wildcard;
    bool more = true;

    while (more) {
        YM_TRY(yara_expect(p, YARA_NAME, "a rule of the set", &t));
        YM_TRY(yara_accept(p, '*', &wildcard));
        YM_TRY(wildcard ? add_rules(p, m, &t) : add_rule(p, m, &t));
        YM_TRY(yara_accept(p, ',', &more));
    }
    return YM_OK;
}

/* them, ($a, $b*) or (rule, prefix*) into the u.of of v. */
static ym_status parse_set(struct yara_parser *p, bool rules_allowed, struct value *v,
                           bool *ret_self) {
    const struct yara_token *next;
    struct members m = {0};
    struct yara_token t;
    bool rules = false;

    YM_TRY(yara_take(p, &t));
    if (t.kind == YARA_K_them) {
        YM_TRY(add_strings(p, &m, &t, (struct ym_str){"", 0}, true));
    } else if (t.kind == '(') {
        YM_TRY(yara_peek(p, &next));
        rules = rules_allowed && next->kind == YARA_NAME;
        YM_TRY(rules ? parse_rule_items(p, &m) : parse_string_items(p, &m));
        YM_TRY(yara_expect(p, ')', "\",\" or \")\"", &t));
    } else {
        return yara_unexpected(p, &t, "\"them\" or a set in brackets");
    }
    v->e->u.of.n = m.n;
    *ret_self = m.self;
    if (rules) {
        v->e->u.of.rules = m.ids;
    } else {
        v->e->u.of.patterns = m.ids;
    }
    return YM_OK;
}

/* ---- Quantifiers: of, for..of ---------------------------------------------------------------- */

struct quantifier {
    ym_quantifier kind;
    bool has_count;
    struct value count;
    struct yara_token at;
};

static bool is_quantifier_word(int kind) {
    return kind == YARA_K_all || kind == YARA_K_any || kind == YARA_K_none;
}

static ym_status take_quantifier_word(struct yara_parser *p, struct quantifier *q) {
    YM_TRY(yara_take(p, &q->at));
    q->kind = q->at.kind == YARA_K_all   ? YM_QUANT_ALL
              : q->at.kind == YARA_K_any ? YM_QUANT_ANY
                                         : YM_QUANT_NONE;
    return YM_OK;
}

static ym_status count_quantifier(struct yara_parser *p, const struct value *v,
                                  struct quantifier *q) {
    q->kind = YM_QUANT_COUNT;
    q->has_count = true;
    q->count = *v;
    q->at = v->at;
    YM_TRY(want_type(p, v, YM_TYPE_INT, "a quantifier"));
    if (v->known && v->i < 0) {
        return yara_fail(p, &v->at, "a quantifier cannot be negative");
    }
    if (v->known && v->i == 0) {
        yara_warn(p, &v->at, "\"none\" says the same as 0 and is clearer");
    }
    return YM_OK;
}

static ym_status percent_quantifier(struct yara_parser *p, const struct value *v,
                                    struct quantifier *q) {
    q->kind = YM_QUANT_PERCENT;
    q->has_count = true;
    q->count = *v;
    q->at = v->at;
    YM_TRY(want_type(p, v, YM_TYPE_INT, "\"%\""));
    if (v->known && (v->i < 1 || v->i > 100)) {
        return yara_fail(p, &v->at, "a percentage must lie between 1 and 100");
    }
    return YM_OK;
}

/* at e / in (low..high) behind a set of strings. */
static ym_status parse_place(struct yara_parser *p, struct value *v, struct value *kids,
                             uint32_t *n) {
    bool there;

    YM_TRY(yara_accept(p, YARA_K_in, &there));
    if (there) {
        v->e->u.of.has_in = true;
        YM_TRY(parse_range(p, kids + *n));
        *n += 2;
        return YM_OK;
    }
    YM_TRY(yara_accept(p, YARA_K_at, &there));
    if (there) {
        v->e->u.of.has_at = true;
        YM_TRY(parse_binary(p, 0, kids + *n));
        YM_TRY(want_type(p, kids + *n, YM_TYPE_INT, "\"at\""));
        *n += 1;
    }
    return YM_OK;
}

/* How many of n + 1 members make p per cent; n + 1 when only all of them do. */
static int64_t percent_count(int64_t percent, uint32_t n) {
    int64_t k = 1;

    while (k <= n && (double)k / ((double)n + 1) * 100 < (double)percent) {
        k++;
    }
    return k;
}

/* A set of rules in which the rule itself is, by a wildcard: it has not matched yet, so it counts
 * as a member that does not hold.  It is not in the list; the quantifier makes up for it. */
static ym_status count_self(struct yara_parser *p, const struct quantifier *q, struct value *v) {
    uint32_t n = v->e->u.of.n;
    struct yara_token at = v->at;
    struct value kids[2];

    if (q->kind == YM_QUANT_PERCENT && q->count.known) {
        YM_TRY(new_expr(p, YM_EXPR_INT, YM_TYPE_INT, &at, &kids[0]));
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): set when OK */
        kids[0].e->u.i = percent_count(q->count.i, n);
        v->e->u.of.quantifier = YM_QUANT_COUNT;
        v->e->kids = NULL;
        YM_TRY(adopt(p, v, kids, 1));
    } else if (q->kind == YM_QUANT_PERCENT) {
        return yara_refuse(p, &at, "a computed percentage of a set with the rule itself");
    }
    if (q->kind != YM_QUANT_ALL && n > 0) {
        return YM_OK;
    }
    if (q->kind == YM_QUANT_COUNT) { /* of itself alone: "0 of" holds, "1 of" does not */
        kids[0] = q->count;
        YM_TRY(new_expr(p, YM_EXPR_INT, YM_TYPE_INT, &at, &kids[1]));
        return new_parent(p, YM_EXPR_LE, YM_TYPE_BOOL, kids, 2, v);
    }
    YM_TRY(new_expr(p, YM_EXPR_BOOL, YM_TYPE_BOOL, &at, v));
    v->e->u.i = q->kind == YM_QUANT_NONE;
    return YM_OK;
}

/* The rest of "QUANTIFIER of SET"; the token `of` comes next. */
static ym_status parse_of(struct yara_parser *p, const struct quantifier *q,
                          struct value *ret_value) {
    struct yara_token t;
    struct value kids[3];
    uint32_t n = q->has_count ? 1 : 0;
    bool self;

    kids[0] = q->count;
    YM_TRY(yara_expect(p, YARA_K_of, "\"of\"", &t));
    YM_TRY(new_expr(p, YM_EXPR_OF, YM_TYPE_BOOL, &q->at, ret_value));
    ret_value->e->u.of.quantifier = q->kind;
    YM_TRY(parse_set(p, true, ret_value, &self));
    if (ret_value->e->u.of.patterns != NULL && q->kind != YM_QUANT_PERCENT) {
        YM_TRY(parse_place(p, ret_value, kids, &n));
    }
    if (q->kind == YM_QUANT_COUNT && q->count.known && q->count.i > ret_value->e->u.of.n) {
        yara_warn(p, &q->at, "always false: more asked for than the set has");
    }
    YM_TRY(adopt(p, ret_value, kids, n));
    return self ? count_self(p, q, ret_value) : YM_OK;
}

static ym_status parse_for_quantifier(struct yara_parser *p, struct quantifier *q) {
    const struct yara_token *t;
    struct value v;

    YM_TRY(yara_peek(p, &t));
    if (is_quantifier_word(t->kind)) {
        return take_quantifier_word(p, q);
    }
    YM_TRY(parse_binary(p, 0, &v));
    return count_quantifier(p, &v, q);
}

/* : ( body ) */
static ym_status parse_for_body(struct yara_parser *p, struct value *ret_body) {
    struct yara_token t;

    YM_TRY(yara_expect(p, ':', "\":\"", &t));
    YM_TRY(yara_expect(p, '(', "\"(\"", &t));
    p->in_for_of = true;
    YM_TRY(parse_boolean(p, ret_body));
    p->in_for_of = false;
    YM_TRY(as_boolean(p, ret_body));
    return yara_expect(p, ')', "an operator or \")\"", &t);
}

/* for QUANTIFIER a, b in ...: not supported yet, if that is what it is. */
static ym_status refuse_iteration(struct yara_parser *p, const struct yara_token *variable) {
    struct yara_token t;
    bool more;

    YM_TRY(yara_accept(p, ',', &more));
    if (more) {
        YM_TRY(yara_expect(p, YARA_NAME, "a variable", &t));
    }
    YM_TRY(yara_expect(p, YARA_K_in, "\"in\"", &t));
    return yara_refuse(p, variable, "for..in loop");
}

/* for QUANTIFIER of SET : ( BODY ).  Inside another for..of it is an error, as in YARA. */
static ym_status parse_for(struct yara_parser *p, struct value *ret_value) {
    struct quantifier q = {0};
    struct yara_token t;
    struct yara_token next;
    struct value kids[2];
    uint32_t n;
    bool self; /* only in sets of rules */

    YM_TRY(yara_take(p, &t));
    YM_TRY(parse_for_quantifier(p, &q));
    YM_TRY(yara_take(p, &next));
    if (next.kind == YARA_NAME) {
        return refuse_iteration(p, &next);
    }
    if (next.kind != YARA_K_of) {
        return yara_unexpected(p, &next, "\"of\" or a variable");
    }
    if (p->in_for_of) {
        return yara_fail(p, &t, "for..of inside for..of");
    }
    YM_TRY(new_expr(p, YM_EXPR_FOR_OF, YM_TYPE_BOOL, &t, ret_value));
    ret_value->e->u.of.quantifier = q.kind;
    YM_TRY(parse_set(p, false, ret_value, &self));
    n = q.has_count ? 1 : 0;
    kids[0] = q.count;
    YM_TRY(parse_for_body(p, &kids[n]));
    return adopt(p, ret_value, kids, n + 1);
}

/* ---- Comparisons ----------------------------------------------------------------------------- */

static const struct comparison {
    int token;
    ym_expr_op op;
    bool numbers;
    const char *name;
} comparisons[] = {
    {YARA_EQ, YM_EXPR_EQ, true, "\"==\""},
    {YARA_NE, YM_EXPR_NE, true, "\"!=\""},
    {'<', YM_EXPR_LT, true, "\"<\""},
    {YARA_LE, YM_EXPR_LE, true, "\"<=\""},
    {'>', YM_EXPR_GT, true, "\">\""},
    {YARA_GE, YM_EXPR_GE, true, "\">=\""},
    {YARA_K_contains, YM_EXPR_CONTAINS, false, "\"contains\""},
    {YARA_K_icontains, YM_EXPR_ICONTAINS, false, "\"icontains\""},
    {YARA_K_startswith, YM_EXPR_STARTSWITH, false, "\"startswith\""},
    {YARA_K_istartswith, YM_EXPR_ISTARTSWITH, false, "\"istartswith\""},
    {YARA_K_endswith, YM_EXPR_ENDSWITH, false, "\"endswith\""},
    {YARA_K_iendswith, YM_EXPR_IENDSWITH, false, "\"iendswith\""},
    {YARA_K_iequals, YM_EXPR_IEQUALS, false, "\"iequals\""},
};

static const struct comparison *comparison_of(int kind) {
    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
        if (comparisons[i].token == kind) {
            return &comparisons[i];
        }
    }
    return NULL;
}

/* The rest of "a OP b"; the operator comes next. */
static ym_status parse_comparison(struct yara_parser *p, const struct comparison *row,
                                  const struct value *left, struct value *ret_value) {
    struct value kids[2] = {*left};
    struct yara_token t;
    bool numbers;

    YM_TRY(yara_take(p, &t));
    YM_TRY(parse_binary(p, 0, &kids[1]));
    numbers = row->numbers && is_number(&kids[0]);
    for (unsigned i = 0; i < 2; i++) {
        if (numbers ? !is_number(&kids[i]) : kids[i].e->type != YM_TYPE_TEXT) {
            return wrong_type(p, &kids[i], row->name);
        }
    }
    return new_parent(p, row->op, YM_TYPE_BOOL, kids, 2, ret_value);
}

/* matches: its types are checked, then it is refused for its regular expression. */
static ym_status parse_matches(struct yara_parser *p, const struct value *left) {
    struct yara_token t;

    YM_TRY(want_type(p, left, YM_TYPE_TEXT, "\"matches\""));
    YM_TRY(yara_take(p, &t));
    YM_TRY(yara_take(p, &t));
    if (t.kind != YARA_REGEX) {
        return yara_unexpected(p, &t, "a regular expression");
    }
    return yara_refuse(p, &t, "regular expression");
}

/* What may follow a primary expression: a comparison, or `of` and `% of` after a number. */
static ym_status parse_relation(struct yara_parser *p, struct value *ret_value) {
    const struct comparison *row;
    const struct yara_token *t;
    struct quantifier q = {0};
    struct value left;

    YM_TRY(parse_binary(p, 0, &left));
    YM_TRY(yara_peek(p, &t));
    row = comparison_of(t->kind);
    if (row != NULL) {
        return parse_comparison(p, row, &left, ret_value);
    }
    if (t->kind == YARA_K_matches) {
        return parse_matches(p, &left);
    }
    if (t->kind == '%') {
        p->has_token = false;
        YM_TRY(percent_quantifier(p, &left, &q));
        return parse_of(p, &q, ret_value);
    }
    if (t->kind == YARA_K_of) {
        YM_TRY(count_quantifier(p, &left, &q));
        return parse_of(p, &q, ret_value);
    }
    *ret_value = left;
    return YM_OK;
}

/* ---- Boolean --------------------------------------------------------------------------------- */

static ym_status parse_truth(struct yara_parser *p, struct value *ret_value) {
    struct yara_token t;

    YM_TRY(yara_take(p, &t));
    YM_TRY(new_expr(p, YM_EXPR_BOOL, YM_TYPE_BOOL, &t, ret_value));
    ret_value->e->u.i = t.kind == YARA_K_true;
    return YM_OK;
}

static ym_status parse_term(struct yara_parser *p, struct value *ret_value) {
    const struct yara_token *t;
    struct quantifier q = {0};

    YM_TRY(yara_peek(p, &t));
    switch (t->kind) {
    case YARA_K_true:
    case YARA_K_false:
        return parse_truth(p, ret_value);
    case YARA_STRING:
        return parse_found(p, ret_value);
    case YARA_K_for:
        return parse_for(p, ret_value);
    case YARA_K_all:
    case YARA_K_any:
    case YARA_K_none:
        YM_TRY(take_quantifier_word(p, &q));
        return parse_of(p, &q, ret_value);
    default:
        return parse_relation(p, ret_value);
    }
}

/* not, defined */
static ym_status parse_not(struct yara_parser *p, struct value *ret_value) {
    const struct yara_token *next;
    struct yara_token t;
    struct value v;

    YM_TRY(yara_peek(p, &next));
    t = *next;
    if (t.kind != YARA_K_not && t.kind != YARA_K_defined) {
        return parse_term(p, ret_value);
    }
    p->has_token = false;
    YM_TRY(enter(p, &t));
    YM_TRY(parse_not(p, &v));
    leave(p);
    YM_TRY(as_boolean(p, &v));
    YM_TRY(new_parent(p, t.kind == YARA_K_not ? YM_EXPR_NOT : YM_EXPR_DEFINED, YM_TYPE_BOOL, &v, 1,
                      ret_value));
    ret_value->at = t;
    return YM_OK;
}

/* Operands of one chain of and, or of or: one expression with that many kids, not a deep one. */
struct chain {
    struct value *kids;
    uint32_t n, room;
};

static ym_status add_kid(struct yara_parser *p, struct chain *c, const struct value *v) {
    if (c->n == c->room) {
        uint32_t room = c->room == 0 ? 4 : c->room * 2;
        struct value *kids = YM_ARENA_ARRAY(p->y->arena, room, struct value);

        if (kids == NULL) {
            return yara_out_of_memory(p);
        }
        if (c->n > 0) {
            memcpy(kids, c->kids, c->n * sizeof(*kids));
        }
        c->kids = kids;
        c->room = room;
    }
    c->kids[c->n++] = *v;
    return as_boolean(p, &c->kids[c->n - 1]);
}

typedef ym_status parse_fn(struct yara_parser *p, struct value *ret_value);

static ym_status parse_chain(struct yara_parser *p, int word, ym_expr_op op, parse_fn *operand,
                             struct value *ret_value) {
    struct chain c = {0};
    struct value v;
    bool more;

    YM_TRY(operand(p, &v));
    YM_TRY(yara_accept(p, word, &more));
    if (!more) {
        *ret_value = v;
        return YM_OK;
    }
    YM_TRY(add_kid(p, &c, &v));
    while (more) {
        YM_TRY(operand(p, &v));
        YM_TRY(add_kid(p, &c, &v));
        YM_TRY(yara_accept(p, word, &more));
    }
    return new_parent(p, op, YM_TYPE_BOOL, c.kids, c.n, ret_value);
}

static ym_status parse_and(struct yara_parser *p, struct value *ret_value) {
    return parse_chain(p, YARA_K_and, YM_EXPR_AND, parse_not, ret_value);
}

static ym_status parse_boolean(struct yara_parser *p, struct value *ret_value) {
    return parse_chain(p, YARA_K_or, YM_EXPR_OR, parse_and, ret_value);
}

ym_status yara_parse_condition(struct yara_parser *p, const struct ym_expr **ret_condition) {
    struct value v;

    YM_TRY(parse_boolean(p, &v));
    YM_TRY(as_boolean(p, &v));
    *ret_condition = v.e;
    return YM_OK;
}
