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
#include "expr_int.h"

#include <string.h>

static ym_status parse_primary(struct yara_parser *p, struct yara_value *ret_value);
static ym_status parse_binary(struct yara_parser *p, unsigned level, struct yara_value *ret_value);

/* ---- Nodes ----------------------------------------------------------------------------------- */

ym_status yara_expr_new(struct yara_parser *p, ym_expr_op op, ym_type type,
                        const struct yara_token *at, struct yara_value *ret_value) {
    struct ym_expr *e = YM_ARENA_NEW(p->y->arena, struct ym_expr);

    if (e == NULL) {
        return yara_out_of_memory(p);
    }
    e->op = op;
    e->type = type;
    *ret_value = (struct yara_value){.e = e, .height = 1, .at = *at};
    return YM_OK;
}

/* An expression over kids that were parsed. */
ym_status yara_expr_over(struct yara_parser *p, ym_expr_op op, ym_type type,
                         const struct yara_value *kids, uint32_t n, struct yara_value *ret_value) {
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
    YM_TRY(yara_expr_new(p, op, type, &at, ret_value));
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): set when OK */
    ret_value->e->kids = list;
    ret_value->e->n_kids = n;
    ret_value->height = height + 1;
    yara_lint_value(p, ret_value, kids, n);
    return YM_OK;
}

/* Kids for an expression that has its own data already. */
ym_status yara_expr_adopt(struct yara_parser *p, struct yara_value *v,
                          const struct yara_value *kids, uint32_t n) {
    struct yara_value parent;

    if (n == 0) {
        return YM_OK;
    }
    YM_TRY(yara_expr_over(p, v->e->op, v->e->type, kids, n, &parent));
    v->e->kids = parent.e->kids;
    v->e->n_kids = n;
    v->height = parent.height;
    return YM_OK;
}

ym_status yara_values_add(struct yara_parser *p, struct yara_values *values,
                          const struct yara_value *v) {
    if (values->n == values->room) {
        uint32_t room = values->room == 0 ? 4 : values->room * 2;
        struct yara_value *grown = YM_ARENA_ARRAY(p->y->arena, room, struct yara_value);

        if (grown == NULL) {
            return yara_out_of_memory(p);
        }
        if (values->n > 0) {
            memcpy(grown, values->v, values->n * sizeof(*grown));
        }
        values->v = grown;
        values->room = room;
    }
    values->v[values->n++] = *v;
    return YM_OK;
}

static void set_known(struct yara_value *v, int64_t i) {
    v->known = true;
    v->i = i;
}

ym_status yara_parse_number(struct yara_parser *p, struct yara_value *ret_value) {
    return parse_binary(p, 0, ret_value);
}

ym_status yara_peek_further(struct yara_parser *p, int ret_kinds[2]) {
    struct yara_lexer lx;
    const struct yara_token *first;
    struct yara_token t;

    YM_TRY(yara_peek(p, &first));
    lx = p->lx;
    lx.tolerant = true;
    for (unsigned i = 0; i < 2; i++) {
        YM_TRY(yara_lex(&lx, &t));
        ret_kinds[i] = t.kind;
    }
    return YM_OK;
}

/* Recursion through brackets and prefix operators. */
static ym_status enter(struct yara_parser *p, const struct yara_token *at) {
    if (p->height == YARA_MAX_NESTING) {
        return yara_fail(p, at, "expression nested deeper than %d", YARA_MAX_NESTING);
    }
    p->height++;
    return YM_OK;
}

static void leave(struct yara_parser *p) {
    p->height--;
}

/* ---- Types ----------------------------------------------------------------------------------- */

static const char *type_name(ym_type type) {
    static const char *const names[] = {
        [YM_TYPE_INT] = "integer",      [YM_TYPE_DOUBLE] = "float",
        [YM_TYPE_BOOL] = "boolean",     [YM_TYPE_TEXT] = "string",
        [YM_TYPE_OBJECT] = "structure", [YM_TYPE_REGEX] = "regular expression"};

    return names[type];
}

ym_status yara_wrong_type(struct yara_parser *p, const struct yara_value *v, const char *where) {
    if (p->why == NULL) {
        p->why = "wrong type";
    }
    return yara_fail(p, &v->at, "wrong type \"%s\" for %s", type_name(v->e->type), where);
}

ym_status yara_want_type(struct yara_parser *p, const struct yara_value *v, ym_type type,
                         const char *where) {
    return v->e->type == type ? YM_OK : yara_wrong_type(p, v, where);
}

static bool is_number(const struct yara_value *v) {
    return v->e->type == YM_TYPE_INT || v->e->type == YM_TYPE_DOUBLE;
}

/* Of a literal it is known here. */
ym_status yara_as_boolean(struct yara_parser *p, struct yara_value *v) {
    struct yara_value text = *v;

    if (v->e->type == YM_TYPE_OBJECT || v->e->type == YM_TYPE_REGEX) {
        return yara_wrong_type(p, v, "a condition");
    }
    if (v->e->type != YM_TYPE_TEXT) {
        return YM_OK;
    }
    if (v->e->op != YM_EXPR_TEXT) {
        return yara_expr_over(p, YM_EXPR_TEXT_TRUE, YM_TYPE_BOOL, &text, 1, v);
    }
    yara_warn(p, &v->at, "a text used as a condition is always true, or false if empty");
    YM_TRY(yara_expr_new(p, YM_EXPR_BOOL, YM_TYPE_BOOL, &text.at, v));
    v->e->u.i = text.e->u.text.n > 0;
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

ym_status yara_check_range(struct yara_parser *p, const struct yara_value *low,
                           const struct yara_value *high) {
    if (low->known && high->known && low->i > high->i) {
        return yara_fail(p, &low->at, "the lower bound of a range exceeds its upper one");
    }
    if (low->known && high->known && low->i < 0) {
        return yara_fail(p, &low->at, "the lower bound of a range is negative");
    }
    return YM_OK;
}

/* (low..high) after `in`. */
ym_status yara_parse_range(struct yara_parser *p, struct yara_value bounds[2]) {
    struct yara_token t;

    YM_TRY(yara_expect(p, '(', "a range (low..high)", &t));
    YM_TRY(yara_parse_number(p, &bounds[0]));
    YM_TRY(yara_expect(p, YARA_DOTS, "\"..\"", &t));
    YM_TRY(yara_parse_number(p, &bounds[1]));
    YM_TRY(yara_want_type(p, &bounds[0], YM_TYPE_INT, "the lower bound of a range"));
    YM_TRY(yara_want_type(p, &bounds[1], YM_TYPE_INT, "the upper bound of a range"));
    YM_TRY(yara_check_range(p, &bounds[0], &bounds[1]));
    return yara_expect(p, ')', "\")\"", &t);
}

/* $a, $a at e, $a in (low..high) */
static ym_status parse_found(struct yara_parser *p, struct yara_value *ret_value) {
    struct yara_token t;
    struct yara_value kids[2];
    uint32_t pattern;
    bool at;
    bool in = false;

    YM_TRY(yara_take(p, &t));
    YM_TRY(pattern_index(p, &t, &pattern));
    YM_TRY(yara_accept(p, YARA_K_at, &at));
    if (at) {
        YM_TRY(yara_parse_number(p, &kids[0]));
        YM_TRY(yara_want_type(p, &kids[0], YM_TYPE_INT, "\"at\""));
    } else {
        YM_TRY(yara_accept(p, YARA_K_in, &in));
        if (in) {
            YM_TRY(yara_parse_range(p, kids));
        }
    }
    YM_TRY(yara_expr_new(p,
                         at   ? YM_EXPR_FOUND_AT
                         : in ? YM_EXPR_FOUND_IN
                              : YM_EXPR_FOUND,
                         YM_TYPE_BOOL, &t, ret_value));
    ret_value->e->u.pattern = pattern;
    return yara_expr_adopt(p, ret_value, kids, at ? 1 : in ? 2 : 0);
}

/* #a, #a in (low..high) */
static ym_status parse_count(struct yara_parser *p, struct yara_value *ret_value) {
    struct yara_token t;
    struct yara_value kids[2];
    uint32_t pattern;
    bool in;

    YM_TRY(yara_take(p, &t));
    YM_TRY(pattern_index(p, &t, &pattern));
    YM_TRY(yara_accept(p, YARA_K_in, &in));
    if (in) {
        YM_TRY(yara_parse_range(p, kids));
    }
    YM_TRY(yara_expr_new(p, in ? YM_EXPR_COUNT_IN : YM_EXPR_COUNT, YM_TYPE_INT, &t, ret_value));
    ret_value->e->u.pattern = pattern;
    return yara_expr_adopt(p, ret_value, kids, in ? 2 : 0);
}

/* @a[i] !a[i]; without an index the first. */
static ym_status parse_offset(struct yara_parser *p, struct yara_value *ret_value) {
    struct yara_token t;
    struct yara_token close;
    struct yara_value index;
    uint32_t pattern;
    bool indexed;

    YM_TRY(yara_take(p, &t));
    YM_TRY(pattern_index(p, &t, &pattern));
    YM_TRY(yara_accept(p, '[', &indexed));
    if (indexed) {
        YM_TRY(yara_parse_number(p, &index));
        YM_TRY(yara_want_type(p, &index, YM_TYPE_INT, "an index"));
        YM_TRY(yara_expect(p, ']', "\"]\"", &close));
    } else {
        YM_TRY(yara_expr_new(p, YM_EXPR_INT, YM_TYPE_INT, &t, &index));
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): set when OK */
        index.e->u.i = 1;
    }
    YM_TRY(yara_expr_new(p, t.kind == YARA_OFFSET ? YM_EXPR_OFFSET : YM_EXPR_LENGTH, YM_TYPE_INT,
                         &t, ret_value));
    ret_value->e->u.pattern = pattern;
    return yara_expr_adopt(p, ret_value, &index, 1);
}

/* ---- Primary expressions --------------------------------------------------------------------- */

static ym_status parse_literal(struct yara_parser *p, struct yara_value *ret_value) {
    struct yara_token t;

    YM_TRY(yara_take(p, &t));
    if (t.kind == YARA_INT) {
        YM_TRY(yara_expr_new(p, YM_EXPR_INT, YM_TYPE_INT, &t, ret_value));
        ret_value->e->u.i = t.i;
        set_known(ret_value, t.i);
    } else if (t.kind == YARA_DOUBLE) {
        YM_TRY(yara_expr_new(p, YM_EXPR_DOUBLE, YM_TYPE_DOUBLE, &t, ret_value));
        ret_value->e->u.d = t.d;
    } else {
        YM_TRY(yara_expr_new(p, YM_EXPR_TEXT, YM_TYPE_TEXT, &t, ret_value));
        ret_value->e->u.text.s = t.s;
        ret_value->e->u.text.n = (uint32_t)t.n;
    }
    return YM_OK;
}

static ym_status parse_filesize(struct yara_parser *p, struct yara_value *ret_value) {
    struct yara_token t;

    YM_TRY(yara_take(p, &t));
    if (t.kind == YARA_K_entrypoint) {
        yara_warn(p, &t, "\"entrypoint\" is deprecated");
    }
    return yara_expr_new(p, t.kind == YARA_K_filesize ? YM_EXPR_FILESIZE : YM_EXPR_ENTRYPOINT,
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
                            struct yara_value *ret_value) {
    struct yara_token t;
    struct yara_token bracket;
    struct yara_value offset;

    YM_TRY(yara_take(p, &t));
    YM_TRY(yara_expect(p, '(', "\"(\"", &bracket));
    YM_TRY(yara_parse_number(p, &offset));
    YM_TRY(yara_want_type(p, &offset, YM_TYPE_INT, "an offset"));
    YM_TRY(yara_expect(p, ')', "\")\"", &bracket));
    YM_TRY(yara_expr_new(p, YM_EXPR_READ, YM_TYPE_INT, &t, ret_value));
    ret_value->e->u.read.width = r->width;
    ret_value->e->u.read.is_signed = r->is_signed;
    ret_value->e->u.read.big_endian = r->big_endian;
    return yara_expr_adopt(p, ret_value, &offset, 1);
}

static ym_status parse_brackets(struct yara_parser *p, struct yara_value *ret_value) {
    struct yara_token t;

    YM_TRY(yara_take(p, &t));
    YM_TRY(yara_parse_boolean(p, ret_value));
    YM_TRY(yara_expect(p, ')', "an operator or \")\"", &t));
    return YM_OK;
}

/* - and ~ */
static ym_status parse_sign(struct yara_parser *p, struct yara_value *ret_value) {
    struct yara_token t;
    struct yara_value v;

    YM_TRY(yara_take(p, &t));
    YM_TRY(parse_primary(p, &v));
    if (!is_number(&v) || (t.kind == '~' && v.e->type != YM_TYPE_INT)) {
        return yara_wrong_type(p, &v, t.kind == '-' ? "\"-\"" : "\"~\"");
    }
    YM_TRY(yara_expr_over(p, t.kind == '-' ? YM_EXPR_NEG : YM_EXPR_BIT_NOT, v.e->type, &v, 1,
                          ret_value));
    ret_value->at = t;
    if (v.known) {
        set_known(ret_value, t.kind == '-' ? (int64_t)(0 - (uint64_t)v.i) : ~v.i);
    }
    return YM_OK;
}

/* Of `matches`, or an argument of a function: elsewhere its type is wrong. */
static ym_status parse_regex(struct yara_parser *p, struct yara_value *ret_value) {
    struct yara_regex regex;
    struct yara_token t;

    YM_TRY(yara_take(p, &t));
    YM_TRY(yara_parse_regex(p, &t, &regex));
    YM_TRY(yara_expr_new(p, YM_EXPR_REGEX, YM_TYPE_REGEX, &t, ret_value));
    ret_value->e->u.regex.body = regex.body;
    ret_value->e->u.regex.nocase = regex.nocase;
    return YM_OK;
}

static ym_status parse_primary_kind(struct yara_parser *p, const struct yara_token *t,
                                    struct yara_value *ret_value) {
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
        return yara_parse_name(p, ret_value);
    case YARA_REGEX:
        return parse_regex(p, ret_value);
    default:
        return yara_unexpected(p, t, "an expression");
    }
}

static ym_status parse_primary(struct yara_parser *p, struct yara_value *ret_value) {
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
static const char *fold_error(ym_expr_op op, const struct yara_value *a,
                              const struct yara_value *b) {
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
static ym_status combine(struct yara_parser *p, const struct binary *row,
                         const struct yara_value *a, const struct yara_value *b,
                         struct yara_value *ret_value) {
    struct yara_value kids[2] = {*a, *b};
    const char *error;
    ym_type type = YM_TYPE_INT;

    for (unsigned i = 0; i < 2; i++) {
        if (!is_number(&kids[i]) || (kids[i].e->type == YM_TYPE_DOUBLE && !row->doubles)) {
            return yara_wrong_type(p, &kids[i], row->name);
        }
        type = kids[i].e->type == YM_TYPE_DOUBLE ? YM_TYPE_DOUBLE : type;
    }
    error = type == YM_TYPE_INT ? fold_error(row->op, a, b) : NULL;
    if (error != NULL) {
        return yara_fail(p, &a->at, "%s", error);
    }
    YM_TRY(yara_expr_over(p, row->op, type, kids, 2, ret_value));
    if (type == YM_TYPE_INT && kids[0].known && kids[1].known) {
        set_known(ret_value, fold(row->op, kids[0].i, kids[1].i));
    }
    return YM_OK;
}

/* Is the `%` that comes next the one of "50% of them"? */
static ym_status percent_of(struct yara_parser *p, bool *ret_is) {
    int kinds[2];

    YM_TRY(yara_peek_further(p, kinds));
    *ret_is = kinds[0] == YARA_K_of;
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
static ym_status parse_binary(struct yara_parser *p, unsigned level, struct yara_value *ret_value) {
    const struct binary *row;
    struct yara_value a;
    struct yara_value b;

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
                                  const struct yara_value *left, struct yara_value *ret_value) {
    struct yara_value kids[2] = {*left};
    struct yara_token t;
    bool numbers;

    YM_TRY(yara_take(p, &t));
    YM_TRY(yara_parse_number(p, &kids[1]));
    numbers = row->numbers && is_number(&kids[0]);
    for (unsigned i = 0; i < 2; i++) {
        if (numbers ? !is_number(&kids[i]) : kids[i].e->type != YM_TYPE_TEXT) {
            return yara_wrong_type(p, &kids[i], row->name);
        }
    }
    return yara_expr_over(p, row->op, YM_TYPE_BOOL, kids, 2, ret_value);
}

/* The rest of "a matches /b/"; the operator comes next. */
static ym_status parse_matches(struct yara_parser *p, const struct yara_value *left,
                               struct yara_value *ret_value) {
    struct yara_value kids[2] = {*left};
    const struct yara_token *next;
    struct yara_token t;

    YM_TRY(yara_want_type(p, left, YM_TYPE_TEXT, "\"matches\""));
    YM_TRY(yara_take(p, &t));
    YM_TRY(yara_peek(p, &next));
    if (next->kind != YARA_REGEX) {
        return yara_unexpected(p, next, "a regular expression");
    }
    YM_TRY(parse_regex(p, &kids[1]));
    return yara_expr_over(p, YM_EXPR_MATCHES, YM_TYPE_BOOL, kids, 2, ret_value);
}

/* What may follow a primary expression: a comparison, or `of` and `% of` after a number. */
static ym_status parse_relation(struct yara_parser *p, struct yara_value *ret_value) {
    const struct comparison *row;
    const struct yara_token *t;
    struct yara_quantifier q = {0};
    struct yara_value left;

    YM_TRY(yara_parse_number(p, &left));
    YM_TRY(yara_peek(p, &t));
    row = comparison_of(t->kind);
    if (row != NULL) {
        return parse_comparison(p, row, &left, ret_value);
    }
    if (t->kind == YARA_K_matches) {
        return parse_matches(p, &left, ret_value);
    }
    if (t->kind == '%') {
        p->has_token = false;
        YM_TRY(yara_percent_quantifier(p, &left, &q));
        return yara_parse_of(p, &q, ret_value);
    }
    if (t->kind == YARA_K_of) {
        YM_TRY(yara_count_quantifier(p, &left, &q));
        return yara_parse_of(p, &q, ret_value);
    }
    *ret_value = left;
    return YM_OK;
}

/* ---- Boolean --------------------------------------------------------------------------------- */

static ym_status parse_truth(struct yara_parser *p, struct yara_value *ret_value) {
    struct yara_token t;

    YM_TRY(yara_take(p, &t));
    YM_TRY(yara_expr_new(p, YM_EXPR_BOOL, YM_TYPE_BOOL, &t, ret_value));
    ret_value->e->u.i = t.kind == YARA_K_true;
    return YM_OK;
}

ym_status yara_parse_body(struct yara_parser *p, struct yara_value *ret_body) {
    struct yara_token t;

    YM_TRY(yara_expect(p, ':', "\":\"", &t));
    YM_TRY(yara_expect(p, '(', "\"(\"", &t));
    YM_TRY(yara_parse_boolean(p, ret_body));
    YM_TRY(yara_as_boolean(p, ret_body));
    return yara_expect(p, ')', "an operator or \")\"", &t);
}

/* What begins with a name: `with` and its variables, or an expression. */
static ym_status parse_named(struct yara_parser *p, const struct yara_token *t,
                             struct yara_value *ret_value) {
    int kinds[2];

    if (t->n != strlen("with") || memcmp(t->s, "with", t->n) != 0) {
        return parse_relation(p, ret_value);
    }
    YM_TRY(yara_peek_further(p, kinds));
    return kinds[0] == YARA_NAME && kinds[1] == '=' ? yara_parse_with(p, ret_value)
                                                    : parse_relation(p, ret_value);
}

static ym_status parse_term(struct yara_parser *p, struct yara_value *ret_value) {
    const struct yara_token *t;
    struct yara_quantifier q = {0};

    YM_TRY(yara_peek(p, &t));
    switch (t->kind) {
    case YARA_K_true:
    case YARA_K_false:
        return parse_truth(p, ret_value);
    case YARA_STRING:
        return parse_found(p, ret_value);
    case YARA_K_for:
        return yara_parse_for(p, ret_value);
    case YARA_NAME:
        return parse_named(p, t, ret_value);
    case YARA_K_all:
    case YARA_K_any:
    case YARA_K_none:
        YM_TRY(yara_take_quantifier_word(p, &q));
        return yara_parse_of(p, &q, ret_value);
    default:
        return parse_relation(p, ret_value);
    }
}

/* not, defined */
static ym_status parse_not(struct yara_parser *p, struct yara_value *ret_value) {
    const struct yara_token *next;
    struct yara_token t;
    struct yara_value v;

    YM_TRY(yara_peek(p, &next));
    t = *next;
    if (t.kind != YARA_K_not && t.kind != YARA_K_defined) {
        return parse_term(p, ret_value);
    }
    p->has_token = false;
    YM_TRY(enter(p, &t));
    YM_TRY(parse_not(p, &v));
    leave(p);
    YM_TRY(yara_as_boolean(p, &v));
    YM_TRY(yara_expr_over(p, t.kind == YARA_K_not ? YM_EXPR_NOT : YM_EXPR_DEFINED, YM_TYPE_BOOL, &v,
                          1, ret_value));
    ret_value->at = t;
    return YM_OK;
}

/* Operands of one chain of and, or of or: one expression with that many kids, not a deep one. */
static ym_status add_operand(struct yara_parser *p, struct yara_values *c, struct yara_value *v) {
    YM_TRY(yara_as_boolean(p, v));
    return yara_values_add(p, c, v);
}

typedef ym_status parse_fn(struct yara_parser *p, struct yara_value *ret_value);

static ym_status parse_chain(struct yara_parser *p, int word, ym_expr_op op, parse_fn *operand,
                             struct yara_value *ret_value) {
    struct yara_values c = {0};
    struct yara_value v;
    bool more;

    YM_TRY(operand(p, &v));
    YM_TRY(yara_accept(p, word, &more));
    if (!more) {
        *ret_value = v;
        return YM_OK;
    }
    YM_TRY(add_operand(p, &c, &v));
    while (more) {
        YM_TRY(operand(p, &v));
        YM_TRY(add_operand(p, &c, &v));
        YM_TRY(yara_accept(p, word, &more));
    }
    return yara_expr_over(p, op, YM_TYPE_BOOL, c.v, c.n, ret_value);
}

static ym_status parse_and(struct yara_parser *p, struct yara_value *ret_value) {
    return parse_chain(p, YARA_K_and, YM_EXPR_AND, parse_not, ret_value);
}

ym_status yara_parse_argument(struct yara_parser *p, struct yara_value *ret_value) {
    return yara_parse_boolean(p, ret_value);
}

ym_status yara_parse_boolean(struct yara_parser *p, struct yara_value *ret_value) {
    return parse_chain(p, YARA_K_or, YM_EXPR_OR, parse_and, ret_value);
}

ym_status yara_parse_condition(struct yara_parser *p, const struct ym_expr **ret_condition) {
    struct yara_value v;

    YM_TRY(yara_parse_boolean(p, &v));
    YM_TRY(yara_as_boolean(p, &v));
    yara_lint_condition(p, &v);
    *ret_condition = v.e;
    return YM_OK;
}
