/* rules_explain.c - `yamori rules explain`: what one rule looks for, what its condition needs, its
 * program in words, and how it fares in files. */
#include "rules.h"

#include "base/kinds.h"
#include "base/module.h"
#include "cli.h"
#include "database/condition_text.h"
#include "database/image.h"
#include "trace.h"

#include <string.h>

static const char module[] = "rules explain";

enum { MAX_PROGRAM_TEXT = 64 << 20, MAX_SHOWN = 90 };

static void print_clean(const char *before, const char *text) {
    struct ym_buf b;

    ym_buf_init(&b, 1 << 20);
    ym_buf_add_text(&b, before);
    ym_cli_clean_text(&b, text);
    (void)puts(b.data == NULL ? "" : (const char *)b.data);
    ym_buf_done(&b);
}

/* The string as it is written, as far as it stands on this part of its line. */
static void print_source(const struct ym_watched_pattern *p) {
    const size_t n = strlen(p->source);
    const size_t from = p->plan.column > 0 && p->plan.column <= n ? p->plan.column - 1 : 0;
    char text[MAX_SHOWN + 1];

    (void)snprintf(text, sizeof(text), "%.*s", MAX_SHOWN, p->source + from);
    print_clean("", n == 0 ? p->plan.id : text);
}

static void print_strings(const struct ym_watch *w, const struct ym_watched_rule *r) {
    if (r->plan.n_patterns > 0) {
        (void)puts("strings");
    }
    for (size_t i = r->first; i < r->first + r->plan.n_patterns; i++) {
        const struct ym_watched_pattern *p = &w->patterns[i];

        (void)printf("  %-4s ", ym_rules_verdict_word(ym_rules_judge(&p->plan).verdict));
        print_source(p);
        ym_rules_print_plan(&p->plan, 7);
    }
}

static void print_needs(const struct ym_condition_uses *u) {
    if (u->file_size) {
        (void)puts("  the size of the file");
    }
    if (u->entry_point) {
        (void)puts("  the entry point");
    }
    if (u->bytes) {
        (void)puts("  integers at offsets of the data");
    }
    for (unsigned i = 0; i < YM_MODULE_COUNT; i++) {
        if ((u->modules >> i & 1) != 0) {
            (void)printf("  module %s, which reads the whole object when it is first asked\n",
                         ym_module_get((ym_module_id)i)->name);
        }
    }
    if (u->rules + u->externals + u->loops + u->regexes > 0) {
        (void)printf("  %u other rules, %u external variables, %u loops, %u regular expressions\n",
                     u->rules, u->externals, u->loops, u->regexes);
    }
}

/* Every line of the program, indented. */
static void print_program(const struct ym_buf *text) {
    const char *s = text->data == NULL ? "" : (const char *)text->data;

    (void)puts("condition, as it is run");
    while (*s != '\0') {
        size_t n = strcspn(s, "\n");

        (void)printf("  %.*s\n", (int)n, s);
        s += n + (s[n] == '\n' ? 1 : 0);
    }
}

static ym_status print_condition(const struct ym_db *db, uint32_t id,
                                 const struct ym_watched_rule *r, struct ym_err *err) {
    struct ym_condition_uses uses;
    struct ym_buf text;
    ym_status st;

    ym_buf_init(&text, MAX_PROGRAM_TEXT);
    st = ym_condition_text(db, id, &text, &uses, err);
    if (st == YM_OK) {
        print_clean("evaluated: ", r->plan.never            ? "never, for it cannot hold"
                                   : r->plan.always == NULL ? "when one of its strings was found"
                                                            : "for every object");
        if (r->plan.always != NULL) {
            print_clean("  because ", r->plan.always);
        }
        (void)puts("needs, beside its strings");
        print_needs(&uses);
        print_program(&text);
    }
    ym_buf_done(&text);
    return st;
}

/* Rows of the image and what was told of them stand in one order. */
static ym_status explain(const struct ym_rules_args *a, const struct ym_watch *w,
                         const struct ym_db *db, struct ym_err *err) {
    const char *name = a->paths[0];

    for (size_t i = 0; i < w->n_rules; i++) {
        const struct ym_watched_rule *r = &w->rules[i];

        if (strcmp(r->plan.name, name) != 0) {
            continue;
        }
        (void)printf("%s%srule ", (r->plan.flags & YM_RULE_PRIVATE) != 0 ? "private " : "",
                     (r->plan.flags & YM_RULE_GLOBAL) != 0 ? "global " : "");
        print_clean("", name);
        print_clean("  in ", r->plan.file);
        (void)printf("  line %u\n", r->plan.line);
        print_strings(w, r);
        return print_condition(db, (uint32_t)i, r, err);
    }
    for (size_t i = 0; i < w->n_findings; i++) {
        if (w->findings[i].error) {
            ym_rules_print_finding(&w->findings[i]);
        }
    }
    return ym_fail_at(err, YM_UNSUPPORTED, module, a->paths[1], 0, 0, "no good rule \"%s\" in it",
                      name);
}

static int scan(struct ym_rules_args *a, const struct ym_db *db, struct ym_err *err) {
    struct ym_trace_job job = {.db = db,
                               .rule = a->paths[0],
                               .files = a->targets,
                               .n_files = a->n_targets,
                               .externals = a->defines.rows,
                               .n_externals = (unsigned)a->defines.n};

    if (a->n_targets == 0) {
        return YM_EXIT_CLEAN;
    }
    (void)puts("in files");
    return ym_trace_files(&job, err) == YM_OK ? ym_trace_exit(&job) : ym_cli_error(err);
}

int ym_rules_explain(struct ym_rules_args *a) {
    struct ym_watch w = {.rules = NULL};
    struct ym_err err = {.code = YM_OK};
    struct ym_db *db = NULL;
    ym_status st;
    int status;

    if (a->n_paths < 2) {
        return ym_cli_usage_error("rules", "explain wants a rule and the file it is in");
    }
    st = ym_rules_compile(a, a->paths + 1, a->n_paths - 1, &w, &db, &err);
    if (st == YM_OK) {
        st = explain(a, &w, db, &err);
    }
    status = st == YM_OK ? scan(a, db, &err) : ym_cli_error(&err);
    ym_db_close(db);
    ym_watch_done(&w);
    return status;
}
