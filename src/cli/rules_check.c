/* rules_check.c - `yamori rules check`: every error and warning, with its line and what to do. */
#include "rules.h"

#include "base/text.h"
#include "cli.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 160, BEFORE = 100, MAX_OUTPUT = 1 << 20 };

/* ---- Printing -------------------------------------------------------------------------------- */

static void put(const struct ym_buf *b) {
    (void)fputs(b->data == NULL ? "" : (const char *)b->data, stdout);
}

/* The part of the line around the column, tabs as spaces, and a caret under it. */
static void print_source(const struct ym_finding *f) {
    const size_t n = strlen(f->source);
    const size_t column = f->column > 0 && f->column <= n + 1 ? f->column - 1 : 0;
    const size_t from = column > BEFORE ? column - BEFORE : 0;
    struct ym_buf b;

    ym_buf_init(&b, MAX_OUTPUT);
    ym_buf_add_text(&b, "    ");
    for (size_t i = from; i < n && i < from + MAX_LINE; i++) {
        unsigned char c = (unsigned char)f->source[i];

        ym_buf_u8(&b, c < 0x20 || c == 0x7f ? ' ' : c);
    }
    ym_buf_u8(&b, '\n');
    if (f->column > 0) {
        ym_buf_printf(&b, "    %*s^\n", (int)(column - from), "");
    }
    put(&b);
    ym_buf_done(&b);
}

void ym_rules_print_finding(const struct ym_finding *f) {
    struct ym_buf cure;
    struct ym_buf b;

    ym_buf_init(&b, MAX_OUTPUT);
    ym_cli_clean_text(&b, f->file);
    if (f->line > 0) {
        ym_buf_printf(&b, ":%u", f->line);
    }
    if (f->column > 0) {
        ym_buf_printf(&b, ":%u", f->column);
    }
    ym_buf_printf(&b, ": %s: ", f->error ? "error" : "warning");
    ym_cli_clean_text(&b, f->text);
    ym_buf_u8(&b, '\n');
    put(&b);
    ym_buf_clear(&b);
    if (*f->source != '\0') {
        print_source(f);
    }
    ym_buf_init(&cure, MAX_OUTPUT);
    ym_rules_cure(f->text, &cure);
    if (cure.len > 0) {
        ym_buf_add_text(&b, "  cure: ");
        ym_cli_clean_text(&b, (const char *)cure.data);
        ym_buf_u8(&b, '\n');
        put(&b);
    }
    ym_buf_done(&cure);
    ym_buf_done(&b);
}

static void put_json_text(struct ym_buf *b, const char *key, const char *text) {
    ym_buf_printf(b, ",\"%s\":", key);
    ym_buf_json_string(b, text, strlen(text));
}

static void print_json(const struct ym_watch *w, size_t errors) {
    struct ym_buf b;
    struct ym_buf cure;

    (void)printf("{\"rules\":%zu,\"errors\":%zu,\"warnings\":%zu,\"findings\":[", w->n_rules,
                 errors, w->n_findings - errors);
    for (size_t i = 0; i < w->n_findings; i++) {
        const struct ym_finding *f = &w->findings[i];

        ym_buf_init(&b, MAX_OUTPUT);
        ym_buf_printf(&b, "%s\n{\"severity\":\"%s\",\"line\":%u,\"column\":%u", i == 0 ? "" : ",",
                      f->error ? "error" : "warning", f->line, f->column);
        put_json_text(&b, "file", f->file);
        put_json_text(&b, "text", f->text);
        put_json_text(&b, "source", f->source);
        ym_buf_init(&cure, MAX_OUTPUT);
        ym_rules_cure(f->text, &cure);
        put_json_text(&b, "cure", cure.data == NULL ? "" : (const char *)cure.data);
        ym_buf_done(&cure);
        ym_buf_u8(&b, '}');
        put(&b);
        ym_buf_done(&b);
    }
    (void)puts("]}");
}

/* ---- Strings that cost much ------------------------------------------------------------------ */

static ym_status add_costs(struct ym_watch *w, const struct ym_watched_rule *r,
                           struct ym_err *err) {
    for (size_t i = r->first; i < r->first + r->plan.n_patterns; i++) {
        const struct ym_watched_pattern *p = &w->patterns[i];
        const struct ym_rules_judgement j = ym_rules_judge(&p->plan);
        struct ym_finding f = {.line = p->plan.line,
                               .column = p->plan.column,
                               .file = (char *)(uintptr_t)r->plan.file,
                               .source = p->source};
        char text[512];

        if (j.verdict == YM_RULES_GOOD) {
            continue;
        }
        (void)snprintf(text, sizeof(text), "string \"%.128s\" is %s: %s", p->plan.id,
                       ym_rules_verdict_word(j.verdict), j.why);
        f.text = text;
        if (ym_watch_add_finding(w, &f) != YM_OK) {
            return ym_fail(err, YM_NOMEM, "rules", YM_ERR_NO_OFFSET, "out of memory");
        }
    }
    return YM_OK;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b) {
    const struct ym_finding *x = a;
    const struct ym_finding *y = b;
    int order = strcmp(x->file, y->file);

    if (order == 0) {
        order = (x->line > y->line) - (x->line < y->line);
    }
    return order != 0 ? order : (x->column > y->column) - (x->column < y->column);
}

static int report(const struct ym_rules_args *a, struct ym_watch *w) {
    size_t errors = 0;

    if (w->n_findings > 0) {
        qsort(w->findings, w->n_findings, sizeof(*w->findings), by_place);
    }
    for (size_t i = 0; i < w->n_findings; i++) {
        errors += w->findings[i].error;
        if (!a->json) {
            ym_rules_print_finding(&w->findings[i]);
        }
    }
    if (a->json) {
        print_json(w, errors);
    } else {
        (void)printf("errors: %zu, warnings: %zu, good rules: %zu\n", errors,
                     w->n_findings - errors, w->n_rules);
    }
    return errors > 0                                 ? YM_EXIT_ERROR
           : a->fail_on_warnings && w->n_findings > 0 ? YM_EXIT_FOUND
                                                      : YM_EXIT_CLEAN;
}

int ym_rules_check(struct ym_rules_args *a) {
    struct ym_watch w = {.rules = NULL};
    struct ym_err err = {.code = YM_OK};
    ym_status st = ym_rules_compile(a, a->paths, a->n_paths, &w, NULL, &err);
    int status;

    for (size_t i = 0; i < w.n_rules && st == YM_OK; i++) {
        st = add_costs(&w, &w.rules[i], &err);
    }
    status = st == YM_OK ? report(a, &w) : ym_cli_error(&err);
    ym_watch_done(&w);
    return status;
}
