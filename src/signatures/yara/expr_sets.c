/* expr_sets.c - sets and quantifiers of conditions: of, for..of. */
#include "expr_int.h"

#include <string.h>

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
            YM_TRY(yara_refer_to_rule(p, t, rule));
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
    YM_TRY(yara_refer_to_rule(p, t, rule));
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
static ym_status parse_set(struct yara_parser *p, bool rules_allowed, struct yara_value *v,
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

static bool is_quantifier_word(int kind) {
    return kind == YARA_K_all || kind == YARA_K_any || kind == YARA_K_none;
}

ym_status yara_take_quantifier_word(struct yara_parser *p, struct yara_quantifier *q) {
    YM_TRY(yara_take(p, &q->at));
    q->kind = q->at.kind == YARA_K_all   ? YM_QUANT_ALL
              : q->at.kind == YARA_K_any ? YM_QUANT_ANY
                                         : YM_QUANT_NONE;
    return YM_OK;
}

ym_status yara_count_quantifier(struct yara_parser *p, const struct yara_value *v,
                                struct yara_quantifier *q) {
    q->kind = YM_QUANT_COUNT;
    q->has_count = true;
    q->count = *v;
    q->at = v->at;
    YM_TRY(yara_want_type(p, v, YM_TYPE_INT, "a quantifier"));
    if (v->known && v->i < 0) {
        return yara_fail(p, &v->at, "a quantifier cannot be negative");
    }
    if (v->known && v->i == 0) {
        yara_warn(p, &v->at, "\"none\" says the same as 0 and is clearer");
    }
    return YM_OK;
}

ym_status yara_percent_quantifier(struct yara_parser *p, const struct yara_value *v,
                                  struct yara_quantifier *q) {
    q->kind = YM_QUANT_PERCENT;
    q->has_count = true;
    q->count = *v;
    q->at = v->at;
    YM_TRY(yara_want_type(p, v, YM_TYPE_INT, "\"%\""));
    if (v->known && (v->i < 1 || v->i > 100)) {
        return yara_fail(p, &v->at, "a percentage must lie between 1 and 100");
    }
    return YM_OK;
}

/* at e / in (low..high) behind a set of strings. */
static ym_status parse_place(struct yara_parser *p, struct yara_value *v, struct yara_value *kids,
                             uint32_t *n) {
    bool there;

    YM_TRY(yara_accept(p, YARA_K_in, &there));
    if (there) {
        v->e->u.of.has_in = true;
        YM_TRY(yara_parse_range(p, kids + *n));
        *n += 2;
        return YM_OK;
    }
    YM_TRY(yara_accept(p, YARA_K_at, &there));
    if (there) {
        v->e->u.of.has_at = true;
        YM_TRY(yara_parse_number(p, kids + *n));
        YM_TRY(yara_want_type(p, kids + *n, YM_TYPE_INT, "\"at\""));
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
static ym_status count_self(struct yara_parser *p, const struct yara_quantifier *q,
                            struct yara_value *v) {
    uint32_t n = v->e->u.of.n;
    struct yara_token at = v->at;
    struct yara_value kids[2];

    if (q->kind == YM_QUANT_PERCENT && q->count.known) {
        YM_TRY(yara_expr_new(p, YM_EXPR_INT, YM_TYPE_INT, &at, &kids[0]));
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): set when OK */
        kids[0].e->u.i = percent_count(q->count.i, n);
        v->e->u.of.quantifier = YM_QUANT_COUNT;
        v->e->kids = NULL;
        YM_TRY(yara_expr_adopt(p, v, kids, 1));
    } else if (q->kind == YM_QUANT_PERCENT) {
        return yara_refuse(p, &at, "a computed percentage of a set with the rule itself");
    }
    if (q->kind != YM_QUANT_ALL && n > 0) {
        return YM_OK;
    }
    if (q->kind == YM_QUANT_COUNT) { /* of itself alone: "0 of" holds, "1 of" does not */
        kids[0] = q->count;
        YM_TRY(yara_expr_new(p, YM_EXPR_INT, YM_TYPE_INT, &at, &kids[1]));
        return yara_expr_over(p, YM_EXPR_LE, YM_TYPE_BOOL, kids, 2, v);
    }
    YM_TRY(yara_expr_new(p, YM_EXPR_BOOL, YM_TYPE_BOOL, &at, v));
    v->e->u.i = q->kind == YM_QUANT_NONE;
    return YM_OK;
}

/* What stands between the brackets that come next. */
struct list_look {
    bool others;   /* more than names, strings, their wildcards and commas */
    bool wildcard; /* of names */
    struct ym_str first;
    int first_kind;
};

static ym_status look_at_list(const struct yara_parser *p, struct list_look *ret) {
    struct list_look look = {.first_kind = YARA_END};
    struct yara_lexer lx = p->lx;
    struct yara_token t = {.kind = '('};

    lx.tolerant = true;
    while (!look.others && t.kind != ')' && t.kind != YARA_END) {
        YM_TRY(yara_lex(&lx, &t));
        if (look.first_kind == YARA_END) {
            look.first_kind = t.kind;
            look.first = (struct ym_str){t.s, t.n};
        }
        look.wildcard = look.wildcard || t.kind == '*';
        look.others = t.kind != YARA_STRING && t.kind != YARA_STRINGS && t.kind != YARA_NAME &&
                      t.kind != ',' && t.kind != '*' && t.kind != ')' && t.kind != YARA_END;
    }
    *ret = look;
    return YM_OK;
}

/* Is what comes next a list of conditions, as YARA-X has them: (true, $a and $b)? */
static ym_status is_list_of_values(struct yara_parser *p, bool *ret_is) {
    const struct yara_token *t;
    struct list_look look;

    YM_TRY(yara_peek(p, &t));
    *ret_is = false;
    if (t->kind != '(') {
        return YM_OK;
    }
    YM_TRY(look_at_list(p, &look));
    if (look.others) {
        *ret_is = look.first_kind != YARA_STRINGS && look.first_kind != ')' &&
                  look.first_kind != YARA_BAD;
    } else if (look.first_kind == YARA_NAME && !look.wildcard) {
        *ret_is = yara_names_find(&p->y->names, p->ns, look.first) == NULL &&
                  yara_is_value(p, look.first);
    }
    return YM_OK;
}

/* ( condition, condition ... ) */
static ym_status parse_of_values(struct yara_parser *p, const struct yara_quantifier *q,
                                 struct yara_value *ret_value) {
    struct yara_values kids = {0};
    struct yara_value v;
    struct yara_token t;
    bool more = true;

    if (q->has_count) {
        YM_TRY(yara_values_add(p, &kids, &q->count));
    }
    YM_TRY(yara_expect(p, '(', "\"(\"", &t));
    while (more) {
        YM_TRY(yara_parse_boolean(p, &v));
        YM_TRY(yara_as_boolean(p, &v));
        YM_TRY(yara_values_add(p, &kids, &v));
        YM_TRY(yara_accept(p, ',', &more));
    }
    YM_TRY(yara_expect(p, ')', "an operator, \",\" or \")\"", &t));
    YM_TRY(yara_expr_new(p, YM_EXPR_OF_VALUES, YM_TYPE_BOOL, &q->at, ret_value));
    ret_value->e->u.of.quantifier = q->kind;
    ret_value->e->u.of.n = kids.n - (q->has_count ? 1 : 0);
    return yara_expr_adopt(p, ret_value, kids.v, kids.n);
}

/* The rest of "QUANTIFIER of SET"; the token `of` comes next. */
ym_status yara_parse_of(struct yara_parser *p, const struct yara_quantifier *q,
                        struct yara_value *ret_value) {
    struct yara_token t;
    struct yara_value kids[3];
    uint32_t n = q->has_count ? 1 : 0;
    bool values;
    bool self;

    kids[0] = q->count;
    YM_TRY(yara_expect(p, YARA_K_of, "\"of\"", &t));
    YM_TRY(is_list_of_values(p, &values));
    if (values) {
        return parse_of_values(p, q, ret_value);
    }
    YM_TRY(yara_expr_new(p, YM_EXPR_OF, YM_TYPE_BOOL, &q->at, ret_value));
    ret_value->e->u.of.quantifier = q->kind;
    YM_TRY(parse_set(p, true, ret_value, &self));
    if (ret_value->e->u.of.patterns != NULL && q->kind != YM_QUANT_PERCENT) {
        YM_TRY(parse_place(p, ret_value, kids, &n));
    }
    if (q->kind == YM_QUANT_COUNT && q->count.known && q->count.i > ret_value->e->u.of.n) {
        yara_warn(p, &q->at, "always false: more asked for than the set has");
    }
    yara_lint_of(p, q, ret_value);
    YM_TRY(yara_expr_adopt(p, ret_value, kids, n));
    return self ? count_self(p, q, ret_value) : YM_OK;
}

static ym_status parse_for_quantifier(struct yara_parser *p, struct yara_quantifier *q) {
    const struct yara_token *t;
    struct yara_value v;

    YM_TRY(yara_peek(p, &t));
    if (is_quantifier_word(t->kind)) {
        return yara_take_quantifier_word(p, q);
    }
    YM_TRY(yara_parse_number(p, &v));
    return yara_count_quantifier(p, &v, q);
}

static ym_status parse_for_of_body(struct yara_parser *p, struct yara_value *ret_body) {
    p->in_for_of = true;
    YM_TRY(yara_parse_body(p, ret_body));
    p->in_for_of = false;
    return YM_OK;
}

/* for QUANTIFIER of SET : ( BODY ).  Inside another for..of it is an error, as in YARA. */
ym_status yara_parse_for(struct yara_parser *p, struct yara_value *ret_value) {
    struct yara_quantifier q = {0};
    const struct yara_token *next;
    struct yara_token t;
    struct yara_value kids[2];
    uint32_t n;
    bool self; /* only in sets of rules */

    YM_TRY(yara_take(p, &t));
    YM_TRY(parse_for_quantifier(p, &q));
    YM_TRY(yara_peek(p, &next));
    if (p->n_loops == YARA_MAX_LOOPS) {
        return yara_fail(p, &t, "loops nested deeper than %d", YARA_MAX_LOOPS);
    }
    if (next->kind == YARA_NAME) {
        return yara_parse_for_in(p, &q, ret_value);
    }
    if (next->kind != YARA_K_of) {
        return yara_unexpected(p, next, "\"of\" or a variable");
    }
    p->has_token = false;
    if (p->in_for_of) {
        return yara_fail(p, &t, "for..of inside for..of");
    }
    YM_TRY(yara_expr_new(p, YM_EXPR_FOR_OF, YM_TYPE_BOOL, &t, ret_value));
    ret_value->e->u.of.quantifier = q.kind;
    YM_TRY(parse_set(p, false, ret_value, &self));
    n = q.has_count ? 1 : 0;
    kids[0] = q.count;
    p->n_loops++;
    YM_TRY(parse_for_of_body(p, &kids[n]));
    p->n_loops--;
    return yara_expr_adopt(p, ret_value, kids, n + 1);
}
