/* scan.c - compiles rules and looks at files (and processes) with them, through the installed library.
 *
 *     cc -o scan scan.c $(pkg-config --cflags --libs yamori)
 *     ./scan rules.yar FILE...
 *     ./scan -D limit=3 -p 1234 rules.yar          the memory of process 1234
 *     ./scan -l rules.yar                          what is in the rules
 *
 * Exit status: 0 clean, 1 found, 2 error, 3 nothing found but not all was looked at. */
#include <yamori/yamori.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct program {
    struct yamori_compiler *compiler;
    struct yamori_rules *rules;
    struct yamori_scanner *scanner;
    const char *path; /* what is looked at */
    bool list;
    bool found, failed, incomplete;
};

static void complain(struct program *p, const struct yamori_error *error) {
    char text[1024];

    (void)fprintf(stderr, "scan: %s\n", yamori_error_format(error, text, sizeof(text)));
    p->failed = true;
}

/* Warnings; an error is told by the call that failed. */
static void on_message(void *self, bool is_error, const char *file, unsigned line, unsigned column,
                       const char *text) {
    (void)self;
    if (!is_error) {
        (void)fprintf(stderr, "warning: %s:%u:%u: %s\n", file, line, column, text);
    }
}

/* ---- What is told ------------------------------------------------------------------------------- */

static void print_about(const struct yamori_rule *rule) {
    (void)printf(" [");
    for (size_t i = 0; i < rule->n_tags; i++) {
        (void)printf("%s%s", i == 0 ? "" : ",", rule->tags[i]);
    }
    (void)printf("] [");
    for (size_t i = 0; i < rule->n_metas; i++) {
        const struct yamori_meta *m = &rule->metas[i];

        (void)printf("%s%s=", i == 0 ? "" : ",", m->key);
        if (m->type == YAMORI_META_TEXT) {
            (void)printf("\"%s\"", m->text);
        } else if (m->type == YAMORI_META_BOOL) {
            (void)printf("%s", m->number != 0 ? "true" : "false");
        } else {
            (void)printf("%lld", (long long)m->number);
        }
    }
    (void)printf("]");
}

static void print_match(const struct yamori_match *m) {
    (void)printf("0x%llx:%llu:%s:", (unsigned long long)m->offset, (unsigned long long)m->length,
                 m->pattern);
    if (m->xor_key >= 0) {
        (void)printf(" xor 0x%02x", (unsigned)m->xor_key);
    }
    for (size_t i = 0; i < m->data_size; i++) {
        const bool plain = !m->is_hex && isprint(m->data[i]);

        (void)printf("%s", m->is_hex || i == 0 ? " " : "");
        (void)printf(plain ? "%c" : m->is_hex ? "%02X" : "\\x%02X", m->data[i]);
    }
    (void)printf("\n");
}

static bool on_detection(void *self, const struct yamori_detection *d) {
    const struct program *p = self;

    if (d->rule != NULL && d->rule->ns[0] != '\0') {
        (void)printf("%s:", d->rule->ns);
    }
    (void)printf("%s", d->name);
    if (d->rule != NULL) {
        print_about(d->rule);
    }
    (void)printf(" %s%s%s\n", p->path, d->object[0] == '\0' ? "" : "!", d->object);
    for (size_t i = 0; i < d->n_matches; i++) {
        print_match(&d->matches[i]);
    }
    return true;
}

static bool on_gap(void *self, const struct yamori_gap *g) {
    const struct program *p = self;

    (void)printf("not looked at: %s%s%s: %s%s%s\n", p->path, g->object[0] == '\0' ? "" : "!",
                 g->object, g->text, g->detail[0] == '\0' ? "" : ": ", g->detail);
    return true;
}

static bool on_line(void *self, const char *object, const char *line) {
    (void)self;
    (void)object;
    (void)printf("%s\n", line);
    return true;
}

/* yamori_rule_fn */
static bool list_rule(void *self, const struct yamori_rule *rule) {
    (void)self;
    (void)printf("%s%s%s", rule->ns, rule->ns[0] == '\0' ? "" : ":", rule->identifier);
    print_about(rule);
    for (size_t i = 0; i < rule->n_patterns; i++) {
        (void)printf(" %s", rule->patterns[i]);
    }
    (void)printf("\n");
    return true;
}

/* ---- What is done ------------------------------------------------------------------------------- */

/* "x=1", "x=true" or "x=text" */
static bool define(struct program *p, const char *text) {
    const char *value = strchr(text, '=');
    yamori_status status;
    char name[128];
    char *end;
    long long number;

    if (value == NULL || (size_t)(value - text) >= sizeof(name)) {
        return false;
    }
    memcpy(name, text, (size_t)(value - text));
    name[value - text] = '\0';
    value++;
    errno = 0;
    number = strtoll(value, &end, 0);
    if (*value != '\0' && *end == '\0' && errno == 0) {
        status = yamori_compiler_define_int(p->compiler, name, number);
    } else if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0) {
        status = yamori_compiler_define_bool(p->compiler, name, *value == 't');
    } else {
        status = yamori_compiler_define_text(p->compiler, name, value);
    }
    return status == YAMORI_OK;
}

static bool prepare(struct program *p, const char *rules) {
    const struct yamori_rules *all[1];
    struct yamori_error e;

    yamori_compiler_on_message(p->compiler, on_message, p);
    if (yamori_compiler_add_file(p->compiler, rules, NULL, &e) != YAMORI_OK ||
        yamori_compiler_build(p->compiler, &p->rules, &e) != YAMORI_OK) {
        complain(p, &e);
        return false;
    }
    all[0] = p->rules;
    if (yamori_scanner_new(all, 1, &p->scanner, &e) != YAMORI_OK) {
        complain(p, &e);
        return false;
    }
    yamori_scanner_on_detection(p->scanner, on_detection, p);
    yamori_scanner_on_gap(p->scanner, on_gap, p);
    yamori_scanner_on_line(p->scanner, on_line, p);
    return true;
}

static void note(struct program *p, yamori_status status, const struct yamori_error *e) {
    const yamori_verdict verdict = yamori_scanner_stats(p->scanner)->verdict;

    if (status != YAMORI_OK) {
        complain(p, e);
    }
    p->found = p->found || verdict == YAMORI_FOUND;
    p->incomplete = p->incomplete || verdict == YAMORI_INCOMPLETE;
}

static void scan_all(struct program *p, int pid, char **files) {
    struct yamori_error e;

    if (pid > 0) {
        p->path = "process";
        note(p, yamori_scan_process(p->scanner, pid, &e), &e);
    }
    for (; *files != NULL; files++) {
        p->path = *files;
        note(p, yamori_scan_file(p->scanner, *files, &e), &e);
    }
}

/* argv behind the options, or NULL: they make no sense. */
static char **take_options(struct program *p, char **argv, int *ret_pid) {
    for (argv++; *argv != NULL && (*argv)[0] == '-'; argv++) {
        if (strcmp(*argv, "-l") == 0) {
            p->list = true;
        } else if (argv[1] == NULL) {
            return NULL;
        } else if (strcmp(*argv, "-D") == 0) {
            if (!define(p, *++argv)) {
                return NULL;
            }
        } else if (strcmp(*argv, "-p") == 0) {
            *ret_pid = (int)strtol(*++argv, NULL, 10);
        } else {
            return NULL;
        }
    }
    return *argv == NULL ? NULL : argv;
}

int main(int argc, char **argv) {
    struct program p = {.compiler = yamori_compiler_new()};
    char **rest = NULL;
    int pid = 0;

    if (p.compiler != NULL && argc > 1) {
        rest = take_options(&p, argv, &pid);
    }
    if (rest == NULL) {
        (void)fprintf(stderr, "usage: scan [-D NAME=VALUE]... [-l] [-p PID] RULES FILE...\n");
        p.failed = true;
    } else if (prepare(&p, rest[0])) {
        if (p.list && yamori_rules_each(p.rules, list_rule, NULL) != YAMORI_OK) {
            p.failed = true;
        }
        scan_all(&p, pid, rest + 1);
    }
    yamori_scanner_free(p.scanner);
    yamori_rules_free(p.rules);
    yamori_compiler_free(p.compiler);
    return p.found ? 1 : p.failed ? 2 : p.incomplete ? 3 : 0;
}
