/* rules_cost.c - `yamori rules cost`: how each string is looked for, how often in vain, and which rules
 * are evaluated for every object.
 *
 * Numbers are expectations for the bytes of real files, by the statistics that the builder chooses
 * atoms by; what a set costs in truth `./dev bench` and a scan with -v tell. */
#include "rules.h"

#include "base/alloc.h"
#include "base/kinds.h"
#include "base/text.h"
#include "cli.h"

#include <stdlib.h>
#include <string.h>

struct row {
    const struct ym_watched_rule *rule;
    const struct ym_watched_pattern *pattern;
};

static const char *const how_words[] = {[YM_PLAN_LOOKED_FOR] = "looked for",
                                        [YM_PLAN_ANCHORED] = "tried at its place only",
                                        [YM_PLAN_EVERYWHERE] = "tried at every position",
                                        [YM_PLAN_SOUGHT] = "sought when its rule is evaluated"};

/* ---- For people ------------------------------------------------------------------------------ */

/* Bit 5 is not looked at: letters and digits as they most likely stand. */
static char likely(uint8_t b) {
    char c = (char)(b >= 0x40 && b <= 0x5f ? b | 0x20 : b > 0 && b < 0x20 ? b | 0x20 : '.');

    return (char)(c == 0x7f ? '.' : c);
}

static void print_atom(const struct ym_plan_atom *a, int indent) {
    (void)printf("%*s", indent, "");
    if (a->n == 0) {
        (void)printf("one of %u bytes and one of %u behind it", a->members[0], a->members[1]);
    } else {
        for (uint32_t i = 0; i < a->n; i++) {
            (void)printf("%02x ", a->bytes[i]);
        }
        (void)fputs("\"", stdout);
        for (uint32_t i = 0; i < a->n; i++) {
            (void)fputc(likely(a->bytes[i]), stdout);
        }
        (void)fputs("\"", stdout);
    }
    (void)printf(", class %s, at %u", a->class, a->at_min);
    if (a->at_max != a->at_min) {
        (void)printf("-%u", a->at_max);
    }
    (void)printf(", %.3g in each MB\n", a->per_mb);
}

static void print_verification(const struct ym_plan_pattern *p, int indent) {
    (void)printf("%*sthen: ", indent, "");
    if (p->forward_states > 0) {
        (void)printf("an automaton of %u states forwards", p->forward_states);
        if (p->backward_states > 0) {
            (void)printf(", one of %u backwards", p->backward_states);
        }
    } else {
        (void)printf("a program of %u bytes over %u", p->program, p->min_length);
        if (p->max_length != p->min_length) {
            (void)printf("-%u", p->max_length);
        }
        (void)fputs(" bytes", stdout);
    }
    if (p->pieces > 1) {
        (void)printf(", then the other %u pieces between its gaps", p->pieces - 1);
    }
    (void)printf("; %s\n", p->need == YM_NEED_MATCHES ? "all matches are kept"
                           : p->need == YM_NEED_COUNT ? "its matches are counted"
                                                      : "one match is enough");
}

void ym_rules_print_plan(const struct ym_plan_pattern *p, int indent) {
    const struct ym_rules_judgement j = ym_rules_judge(p);
    const uint32_t shown = p->n_atoms < YM_PLAN_ATOMS ? p->n_atoms : (uint32_t)YM_PLAN_ATOMS;

    (void)printf("%*s%s", indent, "", how_words[p->how]);
    if (p->how == YM_PLAN_LOOKED_FOR) {
        (void)printf(" by %u runs of bytes%s:", p->n_atoms,
                     p->n_atoms > shown ? ", of which the most common are" : "");
    }
    (void)puts("");
    for (uint32_t i = 0; i < shown; i++) {
        print_atom(&p->atoms[i], indent + 2);
    }
    print_verification(p, indent);
    if (j.why != NULL) {
        (void)printf("%*swhy:  %s\n%*scure: %s\n", indent, "", j.why, indent, "", j.cure);
    }
}

static void print_name(const struct row *r) {
    struct ym_buf b;

    ym_buf_init(&b, 65536);
    ym_cli_clean_text(&b, r->rule->plan.name);
    ym_buf_u8(&b, ' ');
    ym_cli_clean_text(&b, r->pattern->plan.id);
    ym_buf_add_text(&b, "  ");
    ym_cli_clean_text(&b, r->rule->plan.file);
    (void)printf("%s:%u\n", b.data == NULL ? "" : (const char *)b.data, r->pattern->plan.line);
    ym_buf_done(&b);
}

static void print_rows(const struct row *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const struct ym_plan_pattern *p = &rows[i].pattern->plan;

        (void)printf("%-4s %9.3g/MB  ", ym_rules_verdict_word(ym_rules_judge(p).verdict),
                     p->starts);
        print_name(&rows[i]);
        ym_rules_print_plan(p, 6);
    }
}

static void print_always(const struct ym_watch *w) {
    size_t n = 0;

    for (size_t i = 0; i < w->n_rules; i++) {
        const struct ym_plan_rule *r = &w->rules[i].plan;
        struct ym_buf b;

        if (r->always == NULL) {
            continue;
        }
        ym_buf_init(&b, 65536);
        ym_buf_add_text(&b, n++ == 0 ? "evaluated for every object:\n  " : "  ");
        ym_cli_clean_text(&b, r->name);
        ym_buf_add_text(&b, "  ");
        ym_cli_clean_text(&b, r->file);
        ym_buf_printf(&b, ":%u: ", r->line);
        ym_cli_clean_text(&b, r->always);
        (void)puts(b.data == NULL ? "" : (const char *)b.data);
        ym_buf_done(&b);
    }
}

static void print_summary(const struct ym_watch *w) {
    size_t counts[3] = {0};
    double starts = 0;

    for (size_t i = 0; i < w->n_patterns; i++) {
        counts[ym_rules_judge(&w->patterns[i].plan).verdict]++;
        starts += w->patterns[i].plan.starts;
    }
    (void)printf("rules: %zu, strings: %zu (good %zu, weak %zu, slow %zu), "
                 "places tried in each MB: %.3g\n",
                 w->n_rules, w->n_patterns, counts[YM_RULES_GOOD], counts[YM_RULES_WEAK],
                 counts[YM_RULES_SLOW], starts);
}

/* ---- For programs ---------------------------------------------------------------------------- */

static void put_text(struct ym_buf *b, const char *key, const char *text) {
    ym_buf_printf(b, ",\"%s\":", key);
    ym_buf_json_string(b, text, strlen(text));
}

static void put_atoms(struct ym_buf *b, const struct ym_plan_pattern *p) {
    ym_buf_printf(b, ",\"n_atoms\":%u,\"atoms\":[", p->n_atoms);
    for (uint32_t i = 0; i < p->n_atoms && i < YM_PLAN_ATOMS; i++) {
        const struct ym_plan_atom *a = &p->atoms[i];
        char hex[2 * YM_PLAN_ATOM_BYTES + 1];

        ym_hex_encode(a->bytes, a->n, hex);
        ym_buf_printf(b, "%s{\"per_mb\":%.6g,\"at_min\":%u,\"at_max\":%u,\"bytes\":\"%s\"",
                      i == 0 ? "" : ",", a->per_mb, a->at_min, a->at_max, hex);
        put_text(b, "class", a->class);
        ym_buf_u8(b, '}');
    }
    ym_buf_u8(b, ']');
}

static const char *const need_words[] = {
    [YM_NEED_FOUND] = "found", [YM_NEED_COUNT] = "count", [YM_NEED_MATCHES] = "matches"};

static void put_row(struct ym_buf *b, const struct row *r) {
    const struct ym_plan_pattern *p = &r->pattern->plan;
    const struct ym_rules_judgement j = ym_rules_judge(p);

    ym_buf_printf(b, "{\"verdict\":\"%s\",\"line\":%u", ym_rules_verdict_word(j.verdict), p->line);
    put_text(b, "rule", r->rule->plan.name);
    put_text(b, "string", p->id);
    put_text(b, "file", r->rule->plan.file);
    put_text(b, "how", how_words[p->how]);
    ym_buf_printf(b,
                  ",\"candidates_per_mb\":%.6g,\"places_per_mb\":%.6g,\"pieces\":%u,"
                  "\"program\":%u,\"forward_states\":%u,\"backward_states\":%u,\"need\":\"%s\"",
                  p->per_mb, p->starts, p->pieces, p->program, p->forward_states,
                  p->backward_states, need_words[p->need]);
    put_atoms(b, p);
    put_text(b, "why", j.why == NULL ? "" : j.why);
    put_text(b, "cure", j.cure == NULL ? "" : j.cure);
    ym_buf_u8(b, '}');
}

static void print_json(const struct ym_watch *w, const struct row *rows, size_t n) {
    const char *comma = "";
    struct ym_buf b;

    (void)fputs("{\"strings\":[", stdout);
    for (size_t i = 0; i < n; i++) {
        ym_buf_init(&b, 1 << 20);
        put_row(&b, &rows[i]);
        (void)printf("%s\n%s", i == 0 ? "" : ",", b.data == NULL ? "" : (const char *)b.data);
        ym_buf_done(&b);
    }
    (void)fputs("],\"always\":[", stdout);
    for (size_t i = 0; i < w->n_rules; i++) {
        const struct ym_plan_rule *r = &w->rules[i].plan;

        if (r->always != NULL) {
            ym_buf_init(&b, 1 << 20);
            ym_buf_printf(&b, "%s\n{\"line\":%u", comma, r->line);
            put_text(&b, "rule", r->name);
            put_text(&b, "file", r->file);
            put_text(&b, "why", r->always);
            (void)printf("%s}", b.data == NULL ? "" : (const char *)b.data);
            ym_buf_done(&b);
            comma = ",";
        }
    }
    (void)puts("]}");
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* The dearest first; in order of the source where they are equal. */
static int by_cost(const void *a, const void *b) {
    const struct row *x = a;
    const struct row *y = b;
    const double dx = x->pattern->plan.starts;
    const double dy = y->pattern->plan.starts;

    return dx != dy ? (dx < dy ? 1 : -1) : (x->pattern > y->pattern) - (x->pattern < y->pattern);
}

static struct row *sorted(const struct ym_watch *w) {
    struct row *rows = ym_zalloc(w->n_patterns + 1, sizeof(*rows));
    size_t n = 0;

    for (size_t i = 0; rows != NULL && i < w->n_rules; i++) {
        for (size_t k = 0; k < w->rules[i].plan.n_patterns; k++) {
            rows[n++] = (struct row){&w->rules[i], &w->patterns[w->rules[i].first + k]};
        }
    }
    if (rows != NULL) {
        qsort(rows, n, sizeof(*rows), by_cost);
    }
    return rows;
}

static int report(const struct ym_rules_args *a, const struct ym_watch *w) {
    struct row *rows = sorted(w);
    const size_t n = a->top > 0 && a->top < w->n_patterns ? (size_t)a->top : w->n_patterns;
    size_t errors = 0;

    if (rows == NULL) {
        return ym_cli_usage_error("rules", "out of memory");
    }
    for (size_t i = 0; i < w->n_findings; i++) {
        errors += w->findings[i].error;
    }
    if (errors > 0) {
        ym_cli_warn("%zu errors: those rules are left out here; see `yamori rules check`", errors);
    }
    if (a->json) {
        print_json(w, rows, n);
    } else {
        print_rows(rows, n);
        print_always(w);
        print_summary(w);
    }
    ym_free(rows);
    return errors > 0 ? YM_EXIT_ERROR : YM_EXIT_CLEAN;
}

int ym_rules_cost(struct ym_rules_args *a) {
    struct ym_watch w = {.rules = NULL};
    struct ym_err err = {.code = YM_OK};
    int status = ym_rules_compile(a, a->paths, a->n_paths, &w, NULL, &err) == YM_OK
                     ? report(a, &w)
                     : ym_cli_error(&err);

    ym_watch_done(&w);
    return status;
}
