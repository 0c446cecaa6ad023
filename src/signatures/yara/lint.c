/* lint.c - warnings about strings, names and imports that are right but can hardly be meant.
 *
 * Everything here is asked for with options.lint, and none of it changes what a rule means.
 * Conditions: lint_expr.c.  Strings that cost much: whoever builds an image knows (database/plan.h). */
#include "yara_int.h"

#include <stdio.h>
#include <string.h>

static bool wanted(const struct yara_parser *p) {
    return p->y->options.lint && p->y->options.warning != NULL;
}

/* ---- Texts ----------------------------------------------------------------------------------- */

static bool has_letter(const struct yara_token *t) {
    for (size_t i = 0; i < t->n; i++) {
        if (ym_is_alpha((unsigned char)t->s[i])) {
            return true;
        }
    }
    return false;
}

/* Is a byte beyond ASCII written as it is? */
static bool has_raw(const struct yara_parser *p, const struct yara_token *t) {
    for (size_t i = t->start; i < t->end; i++) {
        if ((unsigned char)p->lx.text[i] >= 0x80) {
            return true;
        }
    }
    return false;
}

void yara_lint_text(struct yara_parser *p, const struct yara_token *t, bool nocase, bool wide) {
    if (!wanted(p)) {
        return;
    }
    if (has_raw(p, t)) {
        yara_warn(p, t,
                  wide ? "characters beyond ASCII, which \"wide\" does not make UTF-16 of"
                       : "characters beyond ASCII: they mean the bytes they have in this file");
    }
    if (nocase && !has_letter(t)) {
        yara_warn(p, t, "\"nocase\" changes nothing: there are no letters");
    }
}

/* ---- Regular expressions --------------------------------------------------------------------- */

/* A `{` at s that begins no quantifier. */
static bool is_loose_brace(struct ym_str s) {
    size_t i = 1;

    while (i < s.n && ((s.s[i] >= '0' && s.s[i] <= '9') || s.s[i] == ',')) {
        i++;
    }
    return i == 1 || i == s.n || s.s[i] != '}';
}

/* A dot at s, behind a letter, and then what ends names of hosts and programs. */
static bool is_loose_dot(struct ym_str s) {
    static const char *const ends[] = {"com", "net", "org", "info", "biz", "ru",  "cn",  "onion",
                                       "top", "xyz", "exe", "dll",  "bat", "php", "jpg", "html"};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        size_t n = strlen(ends[i]);

        if (s.n > n && memcmp(s.s + 1, ends[i], n) == 0 &&
            (s.n == n + 1 || !ym_is_alnum((unsigned char)s.s[n + 1]))) {
            return true;
        }
    }
    return false;
}

static bool is_known_escape(char c) {
    return !ym_is_alpha((unsigned char)c) || strchr("tnrfaxwWsSdDbB", c) != NULL;
}

static const char *loose_at(struct ym_str s, bool in_class, char before) {
    if (s.s[0] == '\\') {
        return s.n > 1 && !is_known_escape(s.s[1])
                   ? "an unknown escape in a regular expression means the letter itself"
                   : NULL;
    }
    if (in_class) {
        return NULL;
    }
    if (s.s[0] == '{' && is_loose_brace(s)) {
        return "a \"{\" that is no quantifier means itself; write \\{";
    }
    if (s.s[0] == '.' && ym_is_alnum((unsigned char)before) && is_loose_dot(s)) {
        return "\".\" means any byte; for a dot write \\.";
    }
    return NULL;
}

void yara_lint_regex(struct yara_parser *p, const struct yara_token *t) {
    struct yara_token at = *t;
    bool in_class = false;
    char before = '\0';

    for (size_t i = 0; wanted(p) && i < t->n; i++) {
        char c = t->s[i];
        const char *text = loose_at((struct ym_str){t->s + i, t->n - i}, in_class, before);

        at.column = t->column + 1 + (unsigned)i;
        if (text != NULL) {
            yara_warn(p, &at, text);
        }
        in_class = c == '[' || (in_class && c != ']');
        i += c == '\\' ? 1 : 0;
        before = c == '\\' ? '\0' : c;
    }
    if (wanted(p) && has_raw(p, t)) {
        yara_warn(p, t, "characters beyond ASCII: they mean the bytes they have in this file");
    }
}

/* ---- Rules ----------------------------------------------------------------------------------- */

/* The bytes of a pattern that is nothing else. */
static const struct ym_node *plain_body(const struct ym_pattern *a) {
    const struct ym_node *n = a->variants[0].body;

    return n != NULL && n->next == NULL && n->op == YM_NODE_BYTES && n->u.bytes.mask == NULL ? n
                                                                                             : NULL;
}

static bool say_the_same(const struct ym_pattern *a, const struct ym_pattern *b) {
    const struct ym_node *x = plain_body(a);
    const struct ym_node *y = plain_body(b);

    return x != NULL && y != NULL && a->flags == b->flags && a->n_variants == b->n_variants &&
           a->variants[0].wide == b->variants[0].wide && a->xor_min == b->xor_min &&
           a->xor_max == b->xor_max && x->len == y->len &&
           memcmp(x->u.bytes.value, y->u.bytes.value, x->len) == 0;
}

void yara_lint_rule(struct yara_parser *p, const struct ym_rule *rule) {
    enum { MAX_COMPARED = 300 };
    char text[2 * 128 + 64];

    for (uint32_t i = 1; wanted(p) && i < rule->n_patterns && i < MAX_COMPARED; i++) {
        const struct ym_pattern *a = &rule->patterns[i];
        uint32_t k = 0;

        while (k < i && !say_the_same(a, &rule->patterns[k])) {
            k++;
        }
        if (k < i) {
            (void)snprintf(text, sizeof(text), "string \"%.128s\" is the same as \"%.128s\"", a->id,
                           rule->patterns[k].id);
            yara_warn(p, &(struct yara_token){.line = a->line, .column = a->column}, text);
        }
    }
}

void yara_lint_name(struct yara_parser *p) {
    struct yara_rule_name *name = &p->y->names.rules[p->y->names.n_rules - 1];

    name->is_private = (p->rule_flags & YM_RULE_PRIVATE) != 0 &&
                       (p->rule_flags & YM_RULE_GLOBAL) == 0; /* a global one works by itself */
    name->line = p->rule_line;
    name->column = p->rule_column;
    name->file = p->lx.file;
}

static void warn_in(struct yara_parser *p, const char *file, unsigned line, unsigned column,
                    const char *text) {
    p->y->options.warning(p->y->options.warning_self, file, line, column, text);
}

void yara_lint_file(struct yara_parser *p, size_t first) {
    char text[256];

    for (size_t i = first; i < p->y->names.n_rules; i++) {
        struct yara_rule_name *r = &p->y->names.rules[i];

        if (wanted(p) && r->is_private && !r->used && r->file != NULL) {
            (void)snprintf(text, sizeof(text),
                           "private rule \"%.128s\" is not used by another rule", r->name);
            warn_in(p, r->file, r->line, r->column, text);
        }
        r->file = NULL;
    }
    for (unsigned i = 0; i < YM_MODULE_COUNT; i++) {
        const struct yara_import *at = &p->y->imports[i];

        if (wanted(p) && at->file != NULL && (p->y->used_modules >> i & 1) == 0) {
            (void)snprintf(text, sizeof(text), "module \"%s\" is imported and not used",
                           ym_module_get((ym_module_id)i)->name);
            warn_in(p, at->file, at->line, at->column, text);
        }
    }
}
