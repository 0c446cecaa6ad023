/* ldb_subsig.c - subsignatures.  What one is, is decided in the peer's order:
 *
 *     begins with $             a macro, ${min-max}group$
 *     has a /                   a regular expression, [Offset:]Trigger/regex/flags
 *     has a ( and two #         a byte compare (ldb_compare.c)
 *     begins with fuzzy_img#    the hash of a picture, fuzzy_img#hash[#0]
 *     else                      [Offset:]Hex[::modifiers]
 *
 * Modifiers: i, f, w, a as the manual has them.  f puts (W) around the pattern, w puts a zero behind
 * each byte, not inside ranges; both make a range of [x-y].  w and a together are two spellings of
 * one pattern.  To all but patterns clamscan 1.4.6 does not apply them, nor looks at them. */
#include "ldb.h"

#include "hexpart.h"
#include "regex_check.h"

#include <string.h>

enum { MAX_FIELDS = 5, MAX_MACRO = 31, IMAGE_HASH_DIGITS = 16 };

static const char image_prefix[] = "fuzzy_img#";

static ym_status bad(struct ym_ldb *sig, const char *why) {
    return ym_clamav_bad(sig->line, YM_MALFORMED, why);
}

static bool starts(struct ym_str s, const char *with) {
    size_t n = strlen(with);

    return s.n >= n && memcmp(s.s, with, n) == 0;
}

/* ---- Macros ----------------------------------------------------------------------------------- */

static bool take(struct ym_str *s, char c) {
    if (s->n == 0 || s->s[0] != c) {
        return false;
    }
    s->s++;
    s->n--;
    return true;
}

static ym_status parse_macro(struct ym_ldb *sig, struct ym_str s, struct ym_subsig *out) {
    if (s.n < 2 || s.s[s.n - 1] != '$') {
        return bad(sig, "macro does not end in $");
    }
    if (!take(&s, '$') || !take(&s, '{') || !ym_ldb_scan_u32(&s, &out->u.macro.min) ||
        !take(&s, '-') || !ym_ldb_scan_u32(&s, &out->u.macro.max) || !take(&s, '}') ||
        !ym_ldb_scan_u32(&s, &out->u.macro.group)) {
        return bad(sig, "macro is not ${min-max}group$");
    }
    if (out->u.macro.group > MAX_MACRO) {
        return bad(sig, "macro group is not 0 to 31");
    }
    out->kind = YM_SUBSIG_MACRO;
    return YM_OK;
}

/* ---- Pictures --------------------------------------------------------------------------------- */

/* #distance: a plus sign and digits; only 0 is possible.  What follows a further # is not read. */
static bool is_distance_zero(struct ym_str s) {
    size_t zeros = 0;

    (void)take(&s, '+');
    while (take(&s, '0')) {
        zeros++;
    }
    return zeros > 0 && (s.n == 0 || s.s[0] == '#');
}

static ym_status parse_image(struct ym_ldb *sig, struct ym_str s, struct ym_subsig *out) {
    uint8_t hash[IMAGE_HASH_DIGITS / 2];
    uint64_t value = 0;

    s = (struct ym_str){s.s + sizeof(image_prefix) - 1, s.n - (sizeof(image_prefix) - 1)};
    if (s.n < IMAGE_HASH_DIGITS || !ym_hex_decode(s.s, sizeof(hash), hash)) {
        return bad(sig, "hash of a picture is not 16 hex digits");
    }
    s = (struct ym_str){s.s + IMAGE_HASH_DIGITS, s.n - IMAGE_HASH_DIGITS};
    if (s.n > 0 && (!take(&s, '#') || !is_distance_zero(s))) {
        return bad(sig, "distance of a picture's hash is not 0");
    }
    for (size_t i = 0; i < sizeof(hash); i++) {
        value = value << 8 | hash[i];
    }
    out->kind = YM_SUBSIG_IMAGE_HASH;
    out->u.image_hash = value;
    return YM_OK;
}

/* ---- Regular expressions ----------------------------------------------------------------------- */

static const struct {
    char letter;
    unsigned flag;
} regex_flags[] = {
    {'g', YM_REGEX_GLOBAL},   {'r', YM_REGEX_ROLLING},  {'e', YM_REGEX_ENCOMPASS},
    {'i', YM_REGEX_CASELESS}, {'s', YM_REGEX_DOTALL},   {'m', YM_REGEX_MULTILINE},
    {'x', YM_REGEX_EXTENDED}, {'A', YM_REGEX_ANCHORED}, {'E', YM_REGEX_DOLLAR_END},
    {'U', YM_REGEX_UNGREEDY},
};

static unsigned regex_flag(char letter) {
    for (size_t i = 0; i < sizeof(regex_flags) / sizeof(regex_flags[0]); i++) {
        if (regex_flags[i].letter == letter) {
            return regex_flags[i].flag;
        }
    }
    return 0;
}

static ym_status parse_trigger(struct ym_ldb *sig, uint32_t i, struct ym_str s,
                               struct ym_regex *out) {
    uint32_t last;

    YM_TRY(ym_ldb_parse_expr(sig->line, s, &out->trigger, &last));
    if (last >= i) {
        return bad(sig, "trigger of a regular expression refers to itself or what follows it");
    }
    return YM_OK;
}

/* Would it compile where it is run? */
static ym_status check_regex(struct ym_ldb *sig, const struct ym_regex *r) {
    const char *why;
    ym_status st = ym_clamav_check_regex(r->text, r->n, r->flags, &why);

    return st == YM_MALFORMED ? bad(sig, why) : st;
}

/* Trigger/regex/flags; the last slash ends the expression. */
static ym_status parse_regex_parts(struct ym_ldb *sig, uint32_t i, struct ym_str s,
                                   struct ym_regex *out) {
    const char *first = s.n == 0 ? NULL : memchr(s.s, '/', s.n);
    const char *last = s.n == 0 ? NULL : memrchr(s.s, '/', s.n);
    const char *end = s.s + s.n;

    if (first == last) {
        return bad(sig, "regular expression does not end in /");
    }
    if (first == s.s || last == first + 1) {
        return bad(sig, "regular expression or its trigger is empty");
    }
    YM_TRY(parse_trigger(sig, i, (struct ym_str){s.s, (size_t)(first - s.s)}, out));
    out->n = (uint32_t)(last - first - 1);
    out->text = ym_arena_strndup(sig->line->ld->arena, first + 1, out->n);
    if (out->text == NULL) {
        return ym_clamav_full(sig->line);
    }
    for (const char *flag = last + 1; flag < end; flag++) {
        if (regex_flag(*flag) == 0) {
            return bad(sig, "flag of a regular expression is not one of g r e i s m x A E U");
        }
        out->flags |= regex_flag(*flag);
    }
    return check_regex(sig, out);
}

/* ---- Fields ------------------------------------------------------------------------------------ */

/* [Offset:]body[::modifiers] as the peer counts colons: with an even number of fields the first is
 * the offset; three or four: the last are modifiers. */
struct fields {
    struct ym_str offset, body, modifiers;
};

static struct fields cut_fields(struct ym_str text) {
    struct ym_str f[MAX_FIELDS];
    unsigned n = ym_ldb_split(text, ':', 0, f, MAX_FIELDS);
    struct fields out = {.offset = {"*", 1}, .modifiers = {"", 0}};

    n = n > MAX_FIELDS ? MAX_FIELDS : n;
    out.body = n % 2 == 0 ? f[1] : f[0];
    if (n % 2 == 0) {
        out.offset = f[0];
    }
    if (n == 3) {
        out.modifiers = f[2];
    } else if (n == 4) {
        out.modifiers = f[3];
    }
    return out;
}

static ym_status parse_offset(struct ym_ldb *sig, struct ym_str text,
                              struct ym_clamav_offset *ret_offset) {
    YM_TRY(ym_clamav_parse_offset(sig->line, text, sig->target, ret_offset));
    return ret_offset->is_macro ? bad(sig, "a subsignature cannot be member of a macro group")
                                : YM_OK;
}

static ym_status parse_regex(struct ym_ldb *sig, uint32_t i, struct ym_str text,
                             struct ym_subsig *out) {
    struct fields f = cut_fields(text);
    struct ym_clamav_offset offset;

    out->kind = YM_SUBSIG_REGEX;
    YM_TRY(parse_regex_parts(sig, i, f.body, &out->u.regex));
    YM_TRY(parse_offset(sig, f.offset, &offset));
    out->u.regex.place = offset.place;
    out->u.regex.has_shift = offset.has_shift;
    return YM_OK;
}

/* ---- Patterns ---------------------------------------------------------------------------------- */

struct modifiers {
    bool nocase, fullword, wide, ascii;
};

static ym_status parse_modifiers(struct ym_ldb *sig, struct ym_str s, struct modifiers *m) {
    for (size_t i = 0; i < s.n; i++) {
        switch (s.s[i]) {
        case 'i':
            m->nocase = true;
            break;
        case 'f':
            m->fullword = true;
            break;
        case 'w':
            m->wide = true;
            break;
        case 'a':
            m->ascii = true;
            break;
        default:
            return bad(sig, "modifier of a subsignature is not one of i f w a");
        }
    }
    return YM_OK;
}

static void clauses_to_ranges(char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '[') {
            s[i] = '{';
        } else if (s[i] == ']') {
            s[i] = '}';
        }
    }
}

/* (W)hex(W) */
static ym_status make_fullword(struct ym_ldb *sig, struct ym_str *hex) {
    char *out = ym_arena_printf(sig->line->ld->arena, "(W)%.*s(W)", (int)hex->n, hex->s);

    if (out == NULL) {
        return ym_clamav_full(sig->line);
    }
    clauses_to_ranges(out, hex->n + 6);
    *hex = (struct ym_str){out, hex->n + 6};
    return YM_OK;
}

/* Characters at s that stay as they are: a range, (B) (L) (W), or one of ()|!*; 0: a pair. */
static size_t unwidened(struct ym_str s) {
    const char *close = NULL;

    if (s.s[0] == '{' || s.s[0] == '[') {
        close = memchr(s.s, s.s[0] == '{' ? '}' : ']', s.n);
        return close == NULL ? s.n : (size_t)(close - s.s) + 1;
    }
    if (s.n >= 3 && s.s[0] == '(' && strchr("BLW", s.s[1]) != NULL && s.s[2] == ')') {
        return 3;
    }
    return strchr("()|!*", s.s[0]) != NULL ? 1 : 0;
}

/* A zero behind each byte. */
static ym_status widen(struct ym_ldb *sig, struct ym_str hex, struct ym_str *ret_hex) {
    char *out = ym_arena_zalloc(sig->line->ld->arena, 3 * hex.n + 1, 1);
    size_t n = 0;

    if (out == NULL) {
        return ym_clamav_full(sig->line);
    }
    while (hex.n > 0) {
        size_t same = unwidened(hex);
        size_t step = same > 0 ? same : hex.n < 2 ? 1 : 2;

        memcpy(out + n, hex.s, step);
        n += step;
        if (same == 0) {
            memcpy(out + n, "00", 2);
            n += 2;
        }
        hex.s += step;
        hex.n -= step;
    }
    clauses_to_ranges(out, n);
    *ret_hex = (struct ym_str){out, n};
    return YM_OK;
}

static ym_status add_variant(struct ym_ldb *sig, struct ym_str hex,
                             const struct ym_clamav_offset *offset, unsigned flags, bool wide,
                             struct ym_pattern *pattern) {
    struct ym_clamav_body body;

    YM_TRY(ym_clamav_parse_hex(sig->line, hex, sig->target, offset, flags, &body));
    if (!body.impossible) {
        pattern->variants[pattern->n_variants++] = (struct ym_variant){body.nodes, wide};
    }
    return YM_OK;
}

static ym_status add_variants(struct ym_ldb *sig, struct ym_str hex,
                              const struct ym_clamav_offset *offset, const struct modifiers *m,
                              struct ym_pattern *pattern) {
    bool any = m->nocase || m->fullword || m->wide || m->ascii;
    unsigned flags = YM_CLAMAV_HEX_LOGICAL | (any ? YM_CLAMAV_HEX_MODIFIED : 0) |
                     (m->nocase ? YM_CLAMAV_HEX_NOCASE : 0);
    struct ym_str wide = {NULL, 0};

    if (m->fullword) {
        YM_TRY(make_fullword(sig, &hex));
    }
    if (!m->wide || m->ascii) {
        YM_TRY(add_variant(sig, hex, offset, flags, false, pattern));
    }
    if (m->wide) {
        YM_TRY(widen(sig, hex, &wide));
        YM_TRY(add_variant(sig, wide, offset, flags | YM_CLAMAV_HEX_WIDE, true, pattern));
    }
    return YM_OK;
}

static ym_status parse_pattern(struct ym_ldb *sig, struct ym_str text, struct ym_subsig *out) {
    struct fields f = cut_fields(text);
    struct ym_pattern *pattern = &sig->patterns[sig->n_patterns];
    struct ym_clamav_offset offset;
    struct modifiers m = {false, false, false, false};

    YM_TRY(parse_modifiers(sig, f.modifiers, &m));
    YM_TRY(parse_offset(sig, f.offset, &offset));
    YM_TRY(add_variants(sig, f.body, &offset, &m, pattern));
    pattern->flags = m.nocase ? YM_PATTERN_NOCASE : 0;
    pattern->place = offset.place;
    out->kind = YM_SUBSIG_PATTERN;
    out->u.patterns.first = sig->n_patterns;
    out->u.patterns.n = pattern->n_variants == 0 ? 0 : 1;
    sig->n_patterns += out->u.patterns.n;
    return YM_OK;
}

/* ---- All --------------------------------------------------------------------------------------- */

/* One that is never true is a pattern that nothing matches. */
static ym_status parse_compare(struct ym_ldb *sig, struct ym_str text, struct ym_subsig *out) {
    bool never;

    YM_TRY(ym_ldb_parse_compare(sig->line, text, &out->u.compare, &never));
    out->kind = YM_SUBSIG_COMPARE;
    if (never || out->u.compare.ref >= sig->logical.n_subsigs) {
        *out = (struct ym_subsig){.kind = YM_SUBSIG_PATTERN};
    }
    return YM_OK;
}

ym_status ym_ldb_parse_subsig(struct ym_ldb *sig, uint32_t i, struct ym_str text) {
    struct ym_subsig *out = &sig->subsigs[i];

    if (starts(text, "$")) {
        return parse_macro(sig, text, out);
    }
    if (text.n > 0 && memchr(text.s, '/', text.n) != NULL) {
        return parse_regex(sig, i, text, out);
    }
    if (text.n > 0 && ym_ldb_is_compare(text)) {
        return parse_compare(sig, text, out);
    }
    if (starts(text, image_prefix)) {
        return parse_image(sig, text, out);
    }
    return parse_pattern(sig, text, out);
}
