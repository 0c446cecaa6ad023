/* rule.c - one rule: modifiers, name, tags, meta, strings, condition. */
#include "yara_int.h"

#include <string.h>

/* ---- Strings of the rule --------------------------------------------------------------------- */

static struct yara_string **bucket_of(struct yara_parser *p, struct ym_str name) {
    uint32_t h = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < name.n; i++) {
        h = (h ^ (unsigned char)name.s[i]) * 16777619u;
    }
    return &p->buckets[h % YARA_BUCKETS];
}

struct yara_string *yara_find_string(struct yara_parser *p, struct ym_str name) {
    for (struct yara_string *s = *bucket_of(p, name); s != NULL; s = s->hash_next) {
        if (s->n == name.n && memcmp(s->name, name.s, name.n) == 0) {
            return s;
        }
    }
    return NULL;
}

static ym_status add_string(struct yara_parser *p, const struct yara_token *t,
                            struct ym_pattern **ret_pattern) {
    struct ym_str name = {t->s, t->n};
    struct yara_string *s = YM_ARENA_NEW(p->y->arena, struct yara_string);
    char *id = ym_arena_strndup(p->y->arena, t->s - 1, t->n + 1); /* with its `$` */
    struct yara_string **bucket = bucket_of(p, name);

    if (s == NULL || id == NULL) {
        return yara_out_of_memory(p);
    }
    if (name.n > 0 && yara_find_string(p, name) != NULL) {
        return yara_fail(p, t, "string \"%s\" is defined twice", id);
    }
    if (p->n_strings == YARA_MAX_STRINGS) {
        return yara_fail(p, t, "more than %d strings in a rule", YARA_MAX_STRINGS);
    }
    s->name = id + 1;
    s->n = t->n;
    s->index = p->n_strings++;
    s->line = t->line;
    s->column = t->column;
    s->pattern.id = id;
    s->pattern.line = t->line;
    s->pattern.column = t->column;
    s->hash_next = *bucket;
    *bucket = s;
    *p->strings_end = s;
    p->strings_end = &s->next;
    *ret_pattern = &s->pattern;
    return YM_OK;
}

/* $name = value modifiers */
static ym_status parse_string(struct yara_parser *p) {
    struct yara_token t;
    const struct yara_token *value;
    struct ym_pattern *pattern = NULL;

    YM_TRY(yara_expect(p, YARA_STRING, "a string identifier", &t));
    YM_TRY(add_string(p, &t, &pattern));
    YM_TRY(yara_expect(p, '=', "\"=\"", &t));
    YM_TRY(yara_peek(p, &value));
    switch (value->kind) {
    case YARA_TEXT:
        return yara_parse_text_string(p, pattern);
    case '{':
        return yara_parse_hex_string(p, pattern);
    case YARA_REGEX:
        return yara_parse_regex_string(p, pattern);
    default:
        return yara_unexpected(p, value, "a text, a hex string or a regular expression");
    }
}

static ym_status parse_strings(struct yara_parser *p) {
    const struct yara_token *t;
    struct yara_token colon;
    bool there;

    YM_TRY(yara_accept(p, YARA_K_strings, &there));
    if (!there) {
        return YM_OK;
    }
    YM_TRY(yara_expect(p, ':', "\":\"", &colon));
    do {
        YM_TRY(parse_string(p));
        YM_TRY(yara_peek(p, &t));
    } while (t->kind == YARA_STRING);
    return YM_OK;
}

/* Every string must be used; names that begin with _ are excepted, anonymous ones are not. */
static ym_status check_references(struct yara_parser *p) {
    for (const struct yara_string *s = p->strings; s != NULL; s = s->next) {
        if (!s->referenced && s->name[0] != '_') {
            struct yara_token at = {.line = s->line, .column = s->column};

            return yara_fail(p, &at, "string \"%s\" is not used in the condition", s->pattern.id);
        }
    }
    return YM_OK;
}

/* ---- Tags and meta --------------------------------------------------------------------------- */

struct tag {
    struct tag *next;
    const char *name;
};

static ym_status add_tag(struct yara_parser *p, struct tag **end, const struct tag *first,
                         const struct yara_token *t) {
    struct tag *tag = YM_ARENA_NEW(p->y->arena, struct tag);
    char *name = ym_arena_strndup(p->y->arena, t->s, t->n);

    if (tag == NULL || name == NULL) {
        return yara_out_of_memory(p);
    }
    for (; first != NULL; first = first->next) {
        if (strcmp(first->name, name) == 0) {
            return yara_fail(p, t, "tag \"%s\" is given twice", name);
        }
    }
    tag->name = name;
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): set when OK */
    *end = tag;
    return YM_OK;
}

static ym_status parse_tags(struct yara_parser *p, struct ym_rule *rule) {
    enum { MAX_TAGS = 1000 };
    struct tag *first = NULL;
    struct tag **end = &first;
    const struct yara_token *t;
    struct yara_token name;
    const char **tags;
    bool there;

    YM_TRY(yara_accept(p, ':', &there));
    if (!there) {
        return YM_OK;
    }
    do {
        YM_TRY(yara_expect(p, YARA_NAME, "a tag", &name));
        if (rule->n_tags == MAX_TAGS) {
            return yara_fail(p, &name, "more than %d tags", MAX_TAGS);
        }
        YM_TRY(add_tag(p, end, first, &name));
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): set when OK */
        end = &(*end)->next;
        rule->n_tags++;
        YM_TRY(yara_peek(p, &t));
    } while (t->kind == YARA_NAME);
    tags = YM_ARENA_ARRAY(p->y->arena, rule->n_tags, const char *);
    if (tags == NULL) {
        return yara_out_of_memory(p);
    }
    rule->tags = tags;
    for (const struct tag *i = first; i != NULL; i = i->next) {
        *tags++ = i->name;
    }
    return YM_OK;
}

struct meta {
    struct meta *next;
    struct ym_meta meta;
};

/* The value: a text, an integer (may be negative), true or false. */
static ym_status parse_meta_value(struct yara_parser *p, struct ym_meta *meta) {
    struct yara_token t;
    bool negative;

    YM_TRY(yara_accept(p, '-', &negative));
    if (negative) {
        YM_TRY(yara_expect(p, YARA_INT, "an integer", &t));
    } else {
        YM_TRY(yara_take(p, &t));
    }
    if (t.kind == YARA_TEXT) {
        meta->type = YM_TYPE_TEXT;
        meta->text = t.s;
    } else if (t.kind == YARA_INT) {
        meta->type = YM_TYPE_INT;
        meta->i = negative ? -t.i : t.i;
    } else if (t.kind == YARA_K_true || t.kind == YARA_K_false) {
        meta->type = YM_TYPE_BOOL;
        meta->i = t.kind == YARA_K_true;
    } else {
        return yara_unexpected(p, &t, "a text, an integer, true or false");
    }
    return YM_OK;
}

static ym_status parse_meta(struct yara_parser *p, struct meta **ret_meta) {
    struct meta *m = YM_ARENA_NEW(p->y->arena, struct meta);
    struct yara_token t;

    YM_TRY(yara_expect(p, YARA_NAME, "a name", &t));
    if (m == NULL || (m->meta.key = ym_arena_strndup(p->y->arena, t.s, t.n)) == NULL) {
        return yara_out_of_memory(p);
    }
    YM_TRY(yara_expect(p, '=', "\"=\"", &t));
    YM_TRY(parse_meta_value(p, &m->meta));
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): set when OK */
    *ret_meta = m;
    return YM_OK;
}

static ym_status parse_metas(struct yara_parser *p, struct ym_rule *rule) {
    struct meta *first = NULL;
    struct meta **end = &first;
    const struct yara_token *t;
    struct yara_token colon;
    struct ym_meta *metas;
    bool there;

    YM_TRY(yara_accept(p, YARA_K_meta, &there));
    if (!there) {
        return YM_OK;
    }
    YM_TRY(yara_expect(p, ':', "\":\"", &colon));
    do {
        YM_TRY(parse_meta(p, end));
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): set when OK */
        end = &(*end)->next;
        rule->n_metas++;
        YM_TRY(yara_peek(p, &t));
    } while (t->kind == YARA_NAME);
    metas = YM_ARENA_ARRAY(p->y->arena, rule->n_metas, struct ym_meta);
    if (metas == NULL) {
        return yara_out_of_memory(p);
    }
    rule->metas = metas;
    for (const struct meta *i = first; i != NULL; i = i->next) {
        *metas++ = i->meta;
    }
    return YM_OK;
}

/* ---- The rule -------------------------------------------------------------------------------- */

static ym_status parse_modifiers(struct yara_parser *p) {
    const struct yara_token *t;

    for (;;) {
        YM_TRY(yara_peek(p, &t));
        if (t->kind == YARA_K_private) {
            p->rule_flags |= YM_RULE_PRIVATE;
        } else if (t->kind == YARA_K_global) {
            p->rule_flags |= YM_RULE_GLOBAL;
        } else {
            return YM_OK;
        }
        p->has_token = false;
    }
}

static ym_status parse_name(struct yara_parser *p, struct ym_rule *rule) {
    const struct yara_rule_name *other;
    struct yara_token t;
    struct ym_str name;
    char *copy;

    YM_TRY(yara_expect(p, YARA_K_rule, "rule", &t));
    YM_TRY(yara_expect(p, YARA_NAME, "the name of the rule", &t));
    p->rule_line = t.line;
    p->rule_column = t.column;
    copy = ym_arena_strndup(p->y->arena, t.s, t.n);
    if (copy == NULL) {
        return yara_out_of_memory(p);
    }
    name = (struct ym_str){copy, t.n};
    other = yara_names_find(&p->y->names, p->ns, name);
    if (other != NULL) {
        p->why = "duplicate rule";
        return yara_fail(p, &t, "rule \"%s\" is defined twice", copy);
    }
    if (yara_names_hit_wildcard(&p->y->names, p->ns, name)) {
        p->why = "rule name in an earlier set";
        return yara_fail(p, &t, "rule \"%s\" is matched by a wildcard that was used before it",
                         copy);
    }
    if (yara_find_external(p, name) != NULL) {
        p->why = "duplicate rule";
        return yara_fail(p, &t, "\"%s\" is an external variable already", copy);
    }
    p->rule_name = name;
    rule->name = copy;
    return YM_OK;
}

static ym_status collect_patterns(struct yara_parser *p, struct ym_rule *rule) {
    struct ym_pattern *patterns = YM_ARENA_ARRAY(p->y->arena, p->n_strings, struct ym_pattern);

    if (patterns == NULL) {
        return yara_out_of_memory(p);
    }
    for (const struct yara_string *s = p->strings; s != NULL; s = s->next) {
        patterns[s->index] = s->pattern;
    }
    rule->patterns = patterns;
    rule->n_patterns = p->n_strings;
    return YM_OK;
}

static void start_rule(struct yara_parser *p) {
    p->strings = NULL;
    p->strings_end = &p->strings;
    p->n_strings = 0;
    memset(p->buckets, 0, sizeof(p->buckets));
    p->in_for_of = false;
    p->object_wanted = false;
    p->n_loops = 0;
    p->n_vars = 0;
    p->height = 0;
}

static ym_status parse_body(struct yara_parser *p, struct ym_rule *rule) {
    struct yara_token t;

    YM_TRY(parse_tags(p, rule));
    YM_TRY(yara_expect(p, '{', "\"{\"", &t));
    YM_TRY(parse_metas(p, rule));
    YM_TRY(parse_strings(p));
    YM_TRY(yara_expect(p, YARA_K_condition, "condition", &t));
    YM_TRY(yara_expect(p, ':', "\":\"", &t));
    YM_TRY(yara_parse_condition(p, &rule->condition));
    YM_TRY(yara_expect(p, '}', "an operator or \"}\"", &t));
    YM_TRY(check_references(p));
    return collect_patterns(p, rule);
}

ym_status yara_parse_rule(struct yara_parser *p) {
    struct ym_rule rule = {.lang = YM_LANG_YARA,
                           .ns = p->y->names.namespaces[p->ns].name,
                           .target = YM_TARGET_ANY,
                           .file = p->lx.file};
    uint32_t id = 0;

    start_rule(p);
    YM_TRY(parse_modifiers(p));
    YM_TRY(parse_name(p, &rule));
    YM_TRY(parse_body(p, &rule));
    rule.flags = p->rule_flags;
    rule.line = p->rule_line;
    yara_lint_rule(p, &rule);
    YM_TRY(yara_fatal(p, p->y->sink->rule(p->y->sink->self, &rule, &id, &p->err)));
    YM_TRY(yara_fatal(p, yara_names_add(&p->y->names, p->ns, p->rule_name, id, false)));
    yara_lint_name(p);
    return YM_OK;
}
