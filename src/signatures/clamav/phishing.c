/* phishing.c - ClamAV's lists about links, to rows of a side table (base/phishing_rows.h):
 *
 *   .pdb   R[Filter]:Regex[:Levels]            H[Filter]:Host[:Levels]
 *   .wdb   X:RealRegex:ShownRegex[:Levels]     M:RealHost:ShownHost[:Levels]
 *   .gdb   S[Class]:P:Prefix  S[Class]:F:Hash  S[Class]:W:Hash    each with [:Levels]
 *
 * Manual page "Phishing Signatures" of docs.clamav.net; what it leaves open is as clamscan 1.4.6
 * does it: the filter is not looked at; Levels are "min-" or "min-max", both inclusive, and what
 * has no dash is a part of the pattern; of the class only its first character counts; a prefix is
 * read and never needed; Y lines of .wdb (for later versions) are taken and never asked. */
#include "clamav_int.h"

#include "base/ere.h"
#include "base/phishing_rows.h"

#include <string.h>

enum { ERE_MAX = 256 << 10, SHA256_SIZE = 32 };

static ym_status emit(struct ym_clamav_line *line, enum ym_phishing_kind kind,
                      enum ym_phishing_class class, const void *pattern, size_t n) {
    struct ym_clamav *ld = line->ld;
    struct ym_table_row row = {.n_numbers = YM_PHISHING_NUMBERS, .n_texts = YM_PHISHING_TEXTS};

    row.numbers[YM_PHISHING_N_KIND] = kind;
    row.numbers[YM_PHISHING_N_CLASS] = class;
    row.texts[YM_PHISHING_T_PATTERN].s = pattern;
    row.texts[YM_PHISHING_T_PATTERN].n = (uint32_t)n;
    return ld->sink.row(ld->sink.self, YM_TABLE_PHISHING, &row, line->err);
}

/* "min-" or "min-max": is it for this engine?  false: it is no such field. */
static bool read_levels(struct ym_str s, bool *ret_ours) {
    const char *dash = s.n == 0 ? NULL : memchr(s.s, '-', s.n);
    uint32_t min = 0;
    uint32_t max = UINT32_MAX;
    size_t n;

    if (dash == NULL) {
        return false;
    }
    n = (size_t)(dash - s.s);
    if (n == 0 || !ym_parse_u32(s.s, n, &min) ||
        (n + 1 < s.n && !ym_parse_u32(dash + 1, s.n - n - 1, &max))) {
        return false;
    }
    *ret_ours = min <= YM_CLAMAV_FLEVEL && YM_CLAMAV_FLEVEL <= max;
    return true;
}

/* Cuts a field of levels off the end; false: the line is for other engines. */
static bool take_levels(struct ym_str *s) {
    const char *colon = s->n == 0 ? NULL : memrchr(s->s, ':', s->n);
    bool ours = true;

    if (colon != NULL) {
        const struct ym_str last = {colon + 1, s->n - (size_t)(colon + 1 - s->s)};

        if (read_levels(last, &ours)) {
            s->n = (size_t)(colon - s->s);
        }
    }
    return ours;
}

/* A line that begins with a letter: what stands behind the first colon. */
static ym_status open_line(struct ym_clamav_line *line, struct ym_str *ret_rest) {
    const char *colon = memchr(line->s, ':', line->n);

    if (colon == NULL || colon == line->s) {
        return ym_clamav_bad(line, YM_MALFORMED, "not Letter:Pattern");
    }
    *ret_rest = (struct ym_str){colon + 1, line->n - (size_t)(colon + 1 - line->s)};
    return YM_OK;
}

static bool cut_end(struct ym_str *s, const char *end) {
    const size_t n = strlen(end);

    if (s->n < n || memcmp(s->s + s->n - n, end, n) != 0) {
        return false;
    }
    s->n -= n;
    return true;
}

static bool is_escaped(struct ym_str s, size_t at) {
    size_t n = 0;

    while (at > n && s.s[at - n - 1] == '\\') {
        n++;
    }
    return n % 2 == 1;
}

/* The manual wants an expression to end in characters that stand for themselves; the peer refuses
 * others, but takes what the manual advises for the end of a URL. */
static bool has_fixed_end(struct ym_str s) {
    char last;

    (void)(cut_end(&s, "([/?].*)?") || cut_end(&s, "([/?].*)"));
    while (s.n > 0 && s.s[s.n - 1] == ')' && !is_escaped(s, s.n - 1)) {
        s.n--;
    }
    if (s.n == 0) {
        return false;
    }
    last = s.s[s.n - 1];
    if (is_escaped(s, s.n - 1)) {
        return true;
    }
    if (last == '+') {
        return s.n > 1 && ((s.s[s.n - 2] != '.' && s.s[s.n - 2] != ']') || is_escaped(s, s.n - 2));
    }
    return last != '.' && last != '*' && last != '?' && last != '$';
}

/* Only to know that it is an expression: the engine reads it again, with the slash. */
static ym_status check_regex(struct ym_clamav_line *line, struct ym_str text) {
    const char *why = NULL;
    struct ym_buf scratch;
    ym_status st;

    if (text.n == 0) {
        return ym_clamav_bad(line, YM_MALFORMED, "no expression");
    }
    ym_buf_init(&scratch, ERE_MAX);
    st = ym_ere_translate(text.s, text.n, &scratch, &why);
    ym_buf_done(&scratch);
    if (st == YM_MALFORMED || st == YM_LIMIT) {
        return ym_clamav_bad(line, YM_MALFORMED, why != NULL ? why : "the expression is too large");
    }
    if (st == YM_OK && !has_fixed_end(text)) {
        return ym_clamav_bad(line, YM_MALFORMED,
                             "the expression does not end in characters that stand for themselves");
    }
    return st;
}

static ym_status read_pattern(struct ym_clamav_line *line, struct ym_str text, bool is_regex,
                              enum ym_phishing_kind kind) {
    if (!take_levels(&text)) {
        return ym_clamav_leave_out(line, "functionality level");
    }
    if (is_regex) {
        YM_TRY(check_regex(line, text));
    } else if (text.n == 0) {
        return ym_clamav_bad(line, YM_MALFORMED, "no host");
    }
    return emit(line, kind, YM_PHISHING_MALWARE, text.s, text.n);
}

ym_status ym_clamav_read_pdb(struct ym_clamav_line *line, int kind) {
    struct ym_str rest = {NULL, 0};

    (void)kind;
    if (line->n == 0) {
        return YM_OK;
    }
    YM_TRY(open_line(line, &rest));
    const char letter = line->s[0];

    if (letter != 'R' && letter != 'H') {
        return ym_clamav_bad(line, YM_MALFORMED, "neither R:Regex nor H:Host");
    }
    return read_pattern(line, rest, letter == 'R',
                        letter == 'R' ? YM_PHISHING_WATCH_REGEX : YM_PHISHING_WATCH_HOST);
}

ym_status ym_clamav_read_wdb(struct ym_clamav_line *line, int kind) {
    struct ym_str rest = {NULL, 0};

    (void)kind;
    if (line->n == 0) {
        return YM_OK;
    }
    YM_TRY(open_line(line, &rest));
    const char letter = line->s[0];

    if (letter == 'Y') {
        YM_TRY(check_regex(line, rest));
        return ym_clamav_leave_out(line, "of ClamAV 1.6: an allowed URL whatever is shown");
    }
    if (letter != 'X' && letter != 'M') {
        return ym_clamav_bad(line, YM_MALFORMED, "neither X:RealRegex:ShownRegex nor M:Real:Shown");
    }
    return read_pattern(line, rest, letter == 'X',
                        letter == 'X' ? YM_PHISHING_ALLOW_REGEX : YM_PHISHING_ALLOW_HOSTS);
}

static ym_status read_hash(struct ym_clamav_line *line, char class_letter, struct ym_str rest) {
    uint8_t digest[SHA256_SIZE];
    const int what = rest.n > 1 && rest.s[1] == ':' ? rest.s[0] : 0;
    const enum ym_phishing_class class = class_letter == '1'   ? YM_PHISHING_BLOCKED
                                         : class_letter == '2' ? YM_PHISHING_PHISHING
                                                               : YM_PHISHING_MALWARE;

    if (what != 'P' && what != 'F' && what != 'W') {
        return ym_clamav_bad(line, YM_MALFORMED, "neither P:prefix, F:hash nor W:hash");
    }
    rest = (struct ym_str){rest.s + 2, rest.n - 2};
    if (!take_levels(&rest)) {
        return ym_clamav_leave_out(line, "functionality level");
    }
    if (what == 'P') {
        return rest.n % 2 == 0 && rest.n <= (size_t)SHA256_SIZE * 2 &&
                       ym_hex_decode(rest.s, rest.n / 2, digest)
                   ? YM_OK
                   : ym_clamav_bad(line, YM_MALFORMED, "the prefix is not 8 hex digits");
    }
    if (rest.n % 2 != 0 || rest.n > (size_t)SHA256_SIZE * 2 ||
        !ym_hex_decode(rest.s, rest.n / 2, digest)) {
        return ym_clamav_bad(line, YM_MALFORMED, "the hash is not 64 hex digits");
    }
    if (rest.n != (size_t)SHA256_SIZE * 2) {
        return ym_clamav_leave_out(line, "a URL hash that is too short for any URL");
    }
    return emit(line, what == 'W' ? YM_PHISHING_URL_ALLOWED : YM_PHISHING_URL_HASH, class, digest,
                sizeof(digest));
}

ym_status ym_clamav_read_gdb(struct ym_clamav_line *line, int kind) {
    struct ym_str rest = {NULL, 0};

    (void)kind;
    if (line->n == 0) {
        return YM_OK;
    }
    YM_TRY(open_line(line, &rest));
    const char letter = line->s[0];

    if (letter == 'H') {
        return ym_clamav_leave_out(line, "a host in a list of URL hashes");
    }
    if (letter != 'S') {
        return ym_clamav_bad(line, YM_MALFORMED, "neither S:, S1: nor S2:");
    }
    return read_hash(line, line->s[1], rest);
}
