/* yara.c - the compiler object: files, includes, imports, and going on after a rule that was
 * left out.  See signatures/yara.h; the language: docs/formats/yara.md.
 *
 * A file is a sequence of items: import, include, rule.  An item that fails ends the load, or,
 * with options.skip_bad, is counted through sink->left_out() and the parser goes on at the next
 * thing that looks like an item: `[private|global]* rule NAME {` or `:`, `import "`, `include "`.
 * The search starts at the token that failed, so that nothing is read twice as something else. */
#include "yara_int.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char module[] = "signatures/yara";

/* A rule, with all it points to, may not grow beyond this. */
enum { MAX_RULE_BYTES = 256 << 20 };

/* ---- Tokens ---------------------------------------------------------------------------------- */

ym_status yara_peek(struct yara_parser *p, const struct yara_token **ret_token) {
    if (!p->has_token) {
        YM_TRY(yara_lex(&p->lx, &p->token));
        p->has_token = true;
    }
    *ret_token = &p->token;
    return YM_OK;
}

ym_status yara_take(struct yara_parser *p, struct yara_token *ret_token) {
    const struct yara_token *t;

    YM_TRY(yara_peek(p, &t));
    *ret_token = *t;
    p->has_token = false;
    return YM_OK;
}

ym_status yara_accept(struct yara_parser *p, int kind, bool *ret_taken) {
    const struct yara_token *t;

    YM_TRY(yara_peek(p, &t));
    *ret_taken = t->kind == kind;
    p->has_token = !*ret_taken;
    return YM_OK;
}

ym_status yara_expect(struct yara_parser *p, int kind, const char *what,
                      struct yara_token *ret_token) {
    const struct yara_token *t;

    YM_TRY(yara_peek(p, &t));
    if (t->kind != kind) {
        return yara_unexpected(p, t, what);
    }
    *ret_token = *t;
    p->has_token = false;
    return YM_OK;
}

/* ---- Errors ---------------------------------------------------------------------------------- */

void yara_report(struct yara_parser *p, ym_status code, const struct yara_token *at,
                 const char *fmt, ...) {
    char text[sizeof(p->err.text)];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    (void)ym_fail_at(&p->err, code, module, p->lx.file, at->line, at->column, "%s", text);
}

void yara_report_unexpected(struct yara_parser *p, const struct yara_token *got, const char *want) {
    int n = (int)(got->end - got->start < 40 ? got->end - got->start : 40);

    if (p->why == NULL) {
        p->why = "syntax error";
    }
    if (got->kind == YARA_END) {
        yara_report(p, YM_MALFORMED, got, "the file ends where %s should be", want);
    } else {
        yara_report(p, YM_MALFORMED, got, "\"%.*s\" where %s should be", n, p->lx.text + got->start,
                    want);
    }
}

void yara_report_fatal(struct yara_parser *p, ym_status st) {
    p->fatal = true;
    yara_report(p, st, &(struct yara_token){.line = p->lx.line}, "%s", ym_status_text(st));
}

void yara_warn(struct yara_parser *p, const struct yara_token *at, const char *text) {
    if (p->y->options.warning != NULL) {
        p->y->options.warning(p->y->options.warning_self, p->lx.file, at->line, at->column, text);
    }
}

/* ---- Items ----------------------------------------------------------------------------------- */

static ym_status parse_file(struct yara_parser *p);

static struct yara_parser file_parser(struct ym_yara *y, const char *name, const char *text,
                                      size_t n, uint32_t ns, const struct yara_parser *includer) {
    struct yara_parser p = {.y = y,
                            .ns = ns,
                            .includer = includer,
                            .depth = includer == NULL ? 1 : includer->depth + 1};

    p.lx = (struct yara_lexer){.file = name, .text = text, .size = n, .line = 1, .arena = y->arena};
    return p;
}

static ym_status parse_import(struct yara_parser *p) {
    struct yara_token t;
    ym_module_id id;

    YM_TRY(yara_expect(p, YARA_TEXT, "the name of a module, in quotes", &t));
    if (!ym_module_find((struct ym_str){t.s, t.n}, &id)) {
        p->why = "unknown module";
        return yara_fail(p, &t, "unknown module \"%.*s\"", (int)(t.n < 64 ? t.n : 64), t.s);
    }
    /* Only a rule that uses the module is refused, where it does. */
    p->y->names.namespaces[p->ns].modules |= 1u << id;
    p->y->imports[id] = (struct yara_import){p->lx.file, t.line, t.column};
    return YM_OK;
}

/* The path of an include, raw: no escapes, so that `..\x.yar` keeps its backslash. */
static ym_status take_path(struct yara_parser *p, char **ret_path) {
    struct yara_lexer *lx = &p->lx;
    const char *from;
    char *path;

    if (!yara_skip_space(lx) || yara_char(lx) != '"') {
        return yara_lex_fail(lx, YM_MALFORMED, "include needs a path in quotes");
    }
    lx->token_start = lx->pos;
    yara_advance(lx);
    from = lx->text + lx->pos;
    while (yara_char(lx) != '"') {
        if (yara_char(lx) <= 0 || yara_char(lx) == '\n') {
            return yara_lex_fail(lx, YM_MALFORMED, "path does not end on its line");
        }
        yara_advance(lx);
    }
    path = ym_arena_strndup(lx->arena, from, (size_t)(lx->text + lx->pos - from));
    yara_advance(lx);
    if (path == NULL) {
        return yara_out_of_memory(p);
    }
    *ret_path = path;
    return YM_OK;
}

static bool is_open(const struct yara_parser *p, const char *name) {
    for (; p != NULL; p = p->includer) {
        if (strcmp(p->lx.file, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Opens, then parses with a parser of its own; y->arena is reset by that, so nothing of this
 * file's may lie in it across the call. */
static ym_status parse_include(struct yara_parser *p, const struct yara_token *at) {
    const struct ym_yara_options *o = &p->y->options;
    struct yara_parser inner;
    const char *name;
    const char *text;
    char *path = NULL;
    size_t n;
    ym_status st;

    p->why = "include";
    YM_TRY(take_path(p, &path));
    if (o->include == NULL) {
        return ym_fail_at(&p->err, YM_UNSUPPORTED, module, p->lx.file, at->line, at->column,
                          "includes are not allowed here");
    }
    if (p->depth == YARA_MAX_INCLUDES) {
        return yara_fail(p, at, "includes nested deeper than %d files", YARA_MAX_INCLUDES);
    }
    st = o->include(o->include_self, p->lx.file, path, &name, &text, &n, &p->err);
    if (st != YM_OK) {
        p->fatal = st == YM_NOMEM;
        return ym_fail_at(&p->err, st, module, p->lx.file, at->line, at->column,
                          "cannot include \"%s\"", path);
    }
    if (is_open(p, name)) {
        return yara_fail(p, at, "\"%s\" includes itself", name);
    }
    inner = file_parser(p->y, name, text, n, p->ns, p);
    st = parse_file(&inner);
    if (st != YM_OK) { /* with skip_bad: only what no going on is possible after */
        p->fatal = true;
        p->err = inner.err;
    }
    return st;
}

static ym_status parse_item(struct yara_parser *p) {
    struct yara_token t;

    YM_TRY(yara_take(p, &t));
    p->item_start = t.start;
    p->rule_line = t.line;
    switch (t.kind) {
    case YARA_K_import:
        return parse_import(p);
    case YARA_K_include:
        return parse_include(p, &t);
    case YARA_K_rule:
    case YARA_K_private:
    case YARA_K_global:
        p->token = t;
        p->has_token = true;
        return yara_parse_rule(p);
    default:
        return yara_unexpected(p, &t, "rule, import or include");
    }
}

/* ---- Going on after an error ----------------------------------------------------------------- */

/* Does an item begin at this token?  Looks ahead on a copy. */
static ym_status begins_item(const struct yara_lexer *after, const struct yara_token *t,
                             bool *ret_begins) {
    struct yara_lexer lx = *after;
    struct yara_token next = *t;

    *ret_begins = false;
    while (next.kind == YARA_K_private || next.kind == YARA_K_global) {
        YM_TRY(yara_lex(&lx, &next));
    }
    if (next.kind == YARA_K_rule) {
        YM_TRY(yara_lex(&lx, &next));
        if (next.kind != YARA_NAME) {
            return YM_OK;
        }
        YM_TRY(yara_lex(&lx, &next));
        *ret_begins = next.kind == '{' || next.kind == ':';
    } else if (next.kind == YARA_K_import || next.kind == YARA_K_include) {
        YM_TRY(yara_lex(&lx, &next));
        *ret_begins = next.kind == YARA_TEXT;
    }
    return YM_OK;
}

static ym_status find_next_item(struct yara_parser *p) {
    struct yara_token t;
    bool begins = false;

    /* Back to the start of what failed; that lies on the line of the token, or of the lexer. */
    p->lx.tolerant = true;
    p->has_token = false;
    while (p->lx.line_start > p->lx.token_start) {
        p->lx.line--;
        do {
            p->lx.line_start--;
        } while (p->lx.line_start > 0 && p->lx.text[p->lx.line_start - 1] != '\n');
    }
    p->lx.pos = p->lx.token_start;
    if (p->lx.pos <= p->item_start) { /* never the same item twice */
        YM_TRY(yara_lex(&p->lx, &t));
    }
    for (;;) {
        struct yara_lexer before = p->lx;

        YM_TRY(yara_lex(&p->lx, &t));
        if (t.kind == YARA_END) {
            break;
        }
        YM_TRY(begins_item(&p->lx, &t, &begins));
        if (begins) {
            p->lx = before;
            break;
        }
    }
    p->lx.tolerant = false;
    return YM_OK;
}

/* The item failed: counts it, remembers its name, finds the next. */
static ym_status leave_out(struct yara_parser *p) {
    const char *why = p->why != NULL ? p->why : "does not compile";
    char text[sizeof(p->err.text) + 32];

    (void)snprintf(text, sizeof(text), "left out: %s", p->err.text);
    if (p->y->options.error != NULL) {
        p->y->options.error(p->y->options.error_self, &p->err);
    } else {
        yara_warn(p, &(struct yara_token){.line = p->err.line, .column = p->err.column}, text);
    }
    if (p->rule_name.n > 0) {
        YM_TRY(yara_fatal(p, yara_names_add(&p->y->names, p->ns, p->rule_name, 0, true)));
        if ((p->rule_flags & YM_RULE_GLOBAL) != 0) {
            yara_warn(p, &(struct yara_token){.line = p->rule_line},
                      "a global rule was left out: it limits no other rule now");
        }
    }
    YM_TRY(yara_fatal(p, p->y->sink->left_out(p->y->sink->self, p->lx.file, p->rule_line, why)));
    return find_next_item(p);
}

static bool can_go_on(const struct yara_parser *p, ym_status st) {
    return p->y->options.skip_bad && !p->fatal &&
           (st == YM_MALFORMED || st == YM_UNSUPPORTED || st == YM_LIMIT || st == YM_IO);
}

static ym_status parse_file(struct yara_parser *p) {
    p->lx.err = &p->err;
    for (;;) {
        const struct yara_token *t;
        ym_status st;

        ym_arena_reset(p->y->arena);
        p->why = NULL;
        p->rule_name = (struct ym_str){NULL, 0};
        p->rule_flags = 0;
        p->rule_line = p->lx.line;
        p->item_start = p->lx.pos;
        st = yara_peek(p, &t);
        if (st == YM_OK && t->kind == YARA_END) {
            return YM_OK;
        }
        st = st == YM_OK ? parse_item(p) : st;
        if (st != YM_OK) {
            if (!can_go_on(p, st)) {
                return st;
            }
            p->err.code = st; /* a failure without words is still one */
            YM_TRY(leave_out(p));
            p->err = (struct ym_err){0};
        }
    }
}

/* ---- Public ---------------------------------------------------------------------------------- */

struct ym_yara *ym_yara_new(const struct ym_yara_options *options, const struct ym_sink *sink) {
    struct ym_yara *y = ym_zalloc(1, sizeof(*y));

    if (y == NULL) {
        return NULL;
    }
    y->options = *options;
    y->sink = sink;
    y->arena = ym_arena_new(MAX_RULE_BYTES);
    if (y->arena == NULL || !yara_names_init(&y->names)) {
        ym_yara_free(y);
        return NULL;
    }
    return y;
}

void ym_yara_free(struct ym_yara *y) {
    if (y == NULL) {
        return;
    }
    yara_names_done(&y->names);
    ym_arena_free(y->arena);
    ym_free(y);
}

void ym_yara_set_externals(struct ym_yara *y, const struct ym_external *externals, size_t n) {
    y->options.externals = externals;
    y->options.n_externals = n;
}

ym_status ym_yara_file(struct ym_yara *y, const char *name, const char *text, size_t n,
                       const char *ns, struct ym_err *err) {
    struct yara_parser p;
    uint32_t ns_index;
    size_t first;
    ym_status st = yara_names_namespace(&y->names, ns != NULL ? ns : "", &ns_index);

    if (st != YM_OK) {
        return ym_fail(err, st, module, YM_ERR_NO_OFFSET, "%s", ym_status_text(st));
    }
    p = file_parser(y, name, text, n, ns_index, NULL);
    memset(y->imports, 0, sizeof(y->imports));
    y->used_modules = 0;
    first = y->names.n_rules;
    st = parse_file(&p);
    if (st == YM_OK) {
        yara_lint_file(&p, first);
    }
    if (st != YM_OK && err != NULL && err->code == YM_OK) {
        *err = p.err;
        err->code = st;
    }
    ym_arena_reset(y->arena);
    return st;
}
