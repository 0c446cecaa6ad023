/* ndb.c - extended signatures, Name:Target:Offset:Hex[:MinFL[:MaxFL]] (.ndb .ndu .sdb), and the
 * old Name=Hex (.db), to rules of one pattern and no condition.
 *
 * The order of the tests is the peer's: a line for a newer engine or for a target that this one
 * does not know is passed over before its other fields are looked at. */
#include "clamav_int.h"

#include <string.h>

enum { MAX_FIELDS = 6 };

static bool is_number(struct ym_str s) {
    for (size_t i = 0; i < s.n; i++) {
        if (s.s[i] < '0' || s.s[i] > '9') {
            return false;
        }
    }
    return true;
}

/* Name, place and hex are known to be wanted: makes the rule and hands it over. */
static ym_status emit(struct ym_clamav_line *line, struct ym_str name, unsigned target,
                      struct ym_str offset_text, struct ym_str hex) {
    struct ym_clamav *ld = line->ld;
    struct ym_clamav_offset offset;
    struct ym_clamav_body body;
    struct ym_pattern pattern = {.n_variants = 1};
    struct ym_rule rule = {.lang = YM_LANG_CLAMAV,
                           .flags = ld->options.official ? 0 : YM_RULE_UNOFFICIAL,
                           .target = (enum ym_target)target,
                           .file = line->file,
                           .line = line->no};
    uint32_t id;

    name = ym_clamav_name(name);
    if (name.n == 0) {
        return ym_clamav_bad(line, YM_MALFORMED, "no name");
    }
    YM_TRY(ym_clamav_parse_offset(line, offset_text, target, &offset));
    YM_TRY(ym_clamav_parse_hex(line, hex, target, &offset, 0, &body));
    if (body.impossible) {
        return ym_clamav_leave_out(line, "pattern that nothing can match");
    }
    rule.name = ym_arena_strndup(ld->arena, name.s, name.n);
    if (offset.is_macro) {
        rule.flags |= YM_RULE_MACRO;
        rule.macro_group = offset.group;
    }
    pattern.variants[0].body = body.nodes;
    pattern.place = offset.place;
    rule.patterns = &pattern;
    rule.n_patterns = 1;
    if (rule.name == NULL) {
        return ym_arena_status(ld->arena);
    }
    return ld->sink.rule(ld->sink.self, &rule, &id, line->err);
}

static ym_status emit_and_forget(struct ym_clamav_line *line, struct ym_str name, unsigned target,
                                 struct ym_str offset, struct ym_str hex) {
    ym_status st = emit(line, name, target, offset, hex);

    ym_arena_reset(line->ld->arena);
    return st;
}

ym_status ym_clamav_read_ndb(struct ym_clamav_line *line, int kind) {
    struct ym_str f[MAX_FIELDS];
    unsigned n = ym_clamav_split(line, f, MAX_FIELDS);
    uint32_t target = 0;
    bool any_target;

    (void)kind;
    if (n < 4 || n > MAX_FIELDS) {
        return ym_clamav_bad(line, YM_MALFORMED, "not 4 to 6 fields");
    }
    if (ym_clamav_ignored(line, f[0])) {
        return ym_clamav_leave_out(line, "ignored by name");
    }
    if (ym_clamav_unwanted_here(line, f[0])) {
        return ym_clamav_leave_out(line, "category of unwanted applications");
    }
    if (n > 4 && !is_number(f[4])) {
        return ym_clamav_bad(line, YM_MALFORMED, "functionality level is not a number");
    }
    if (n > 4 && ym_clamav_level(f[4]) > YM_CLAMAV_FLEVEL) {
        return ym_clamav_leave_out(line, "functionality level");
    }
    if (n > 5 && !is_number(f[5])) {
        return ym_clamav_bad(line, YM_MALFORMED, "functionality level is not a number");
    }
    if (n > 5 && ym_clamav_level(f[5]) < YM_CLAMAV_FLEVEL) {
        return ym_clamav_leave_out(line, "functionality level");
    }
    any_target = f[1].n == 1 && f[1].s[0] == '*';
    if (!any_target && !is_number(f[1])) {
        return ym_clamav_bad(line, YM_MALFORMED, "target is not a number");
    }
    target = any_target ? 0 : ym_clamav_level(f[1]);
    if (target >= YM_TARGET_COUNT) {
        return ym_clamav_leave_out(line, "unknown target");
    }
    return emit_and_forget(line, f[0], target, f[2], f[3]);
}

ym_status ym_clamav_read_db(struct ym_clamav_line *line, int kind) {
    const char *equals = line->n == 0 ? NULL : memchr(line->s, '=', line->n);
    struct ym_str name;
    struct ym_str hex;

    (void)kind;
    if (equals == NULL) {
        return ym_clamav_bad(line, YM_MALFORMED, "not Name=Hex");
    }
    name = (struct ym_str){line->s, (size_t)(equals - line->s)};
    hex = (struct ym_str){equals + 1, line->n - name.n - 1};
    if (ym_clamav_ignored(line, name)) {
        return ym_clamav_leave_out(line, "ignored by name");
    }
    if (hex.n > 0 && hex.s[0] == '=') {
        return ym_clamav_leave_out(line, "disabled by ==");
    }
    return emit_and_forget(line, name, YM_TARGET_ANY, (struct ym_str){"*", 1}, hex);
}
