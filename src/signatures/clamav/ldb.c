/* ldb.c - logical signatures (.ldb .ldu): Name;Target description;Expression;Sub0;Sub1;...
 *
 * The order of the tests is the peer's: a signature for another engine is passed over before its
 * subsignatures are looked at, but not before its expression is. */
#include "ldb.h"

#include "hexpart.h"

enum { FIXED_FIELDS = 3, MAX_FIELDS = FIXED_FIELDS + YM_LOGICAL_MAX_SUBSIGS };

unsigned ym_ldb_split(struct ym_str text, char sep, unsigned first, struct ym_str *ret_fields,
                      unsigned max) {
    size_t start = 0;
    unsigned n = 0;
    bool in_regex = false;

    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] == sep && !in_regex) {
            if (n + 1 == max) {
                ret_fields[n] = (struct ym_str){text.s + start, i - start};
                return max + 1;
            }
            ret_fields[n++] = (struct ym_str){text.s + start, i - start};
            start = i + 1;
        } else if (text.s[i] == '/' && n >= first && (i == 0 || text.s[i - 1] != '\\')) {
            in_regex = !in_regex;
        }
    }
    ret_fields[n] = (struct ym_str){text.s + start, text.n - start};
    return n + 1;
}

static ym_status emit(struct ym_ldb *sig, struct ym_str name) {
    struct ym_clamav_line *line = sig->line;
    struct ym_clamav *ld = line->ld;
    struct ym_rule rule = {.lang = YM_LANG_CLAMAV,
                           .flags =
                               YM_RULE_LOGICAL | (ld->options.official ? 0 : YM_RULE_UNOFFICIAL),
                           .target = (enum ym_target)sig->target,
                           .patterns = sig->patterns,
                           .n_patterns = sig->n_patterns,
                           .logical = &sig->logical,
                           .file = line->file,
                           .line = line->no};
    uint32_t id;

    rule.name = ym_arena_strndup(ld->arena, name.s, name.n);
    if (rule.name == NULL) {
        return ym_arena_status(ld->arena);
    }
    return ld->sink.rule(ld->sink.self, &rule, &id, line->err);
}

static ym_status read_signature(struct ym_ldb *sig, const struct ym_str *f, unsigned n_fields) {
    struct ym_clamav_line *line = sig->line;
    struct ym_logical *logical = &sig->logical;
    struct ym_str name = ym_clamav_name(f[0]);
    ym_ldb_skip skip = NULL;
    uint32_t last;

    YM_TRY(ym_ldb_parse_expr(line, f[2], &logical->expr, &last));
    logical->n_subsigs = last + 1;
    logical->subsigs = sig->subsigs;
    if (n_fields != FIXED_FIELDS + logical->n_subsigs) {
        return ym_clamav_bad(line, YM_MALFORMED, "number of subsignatures is not the expression's");
    }
    YM_TRY(ym_ldb_parse_tdb(sig, f[1], &skip));
    if (skip != NULL) {
        return ym_clamav_leave_out(line, skip);
    }
    if (name.n == 0) {
        return ym_clamav_bad(line, YM_MALFORMED, "no name");
    }
    for (uint32_t i = 0; i < logical->n_subsigs; i++) {
        YM_TRY(ym_ldb_parse_subsig(sig, i, f[FIXED_FIELDS + i]));
    }
    return emit(sig, name);
}

ym_status ym_clamav_read_ldb(struct ym_clamav_line *line, int kind) {
    struct ym_str f[MAX_FIELDS] = {{NULL, 0}};
    unsigned n =
        ym_ldb_split((struct ym_str){line->s, line->n}, ';', FIXED_FIELDS - 1, f, MAX_FIELDS);
    struct ym_ldb *sig;
    ym_status st;

    (void)kind;
    if (n <= FIXED_FIELDS) {
        return ym_clamav_bad(line, YM_MALFORMED,
                             "not Name;TargetDescription;Expression;Subsignatures");
    }
    if (ym_clamav_ignored(line, f[0])) {
        return ym_clamav_leave_out(line, "ignored by name");
    }
    if (ym_clamav_unwanted_here(line, f[0])) {
        return ym_clamav_leave_out(line, "category of unwanted applications");
    }
    sig = YM_ARENA_NEW(line->ld->arena, struct ym_ldb);
    if (sig == NULL) {
        return ym_clamav_full(line);
    }
    sig->line = line;
    st = read_signature(sig, f, n);
    ym_arena_reset(line->ld->arena);
    return st;
}
