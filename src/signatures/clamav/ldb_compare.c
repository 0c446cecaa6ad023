/* ldb_compare.c - byte compare subsignatures: ref(offset#options#tests).
 *
 *     ref      decimal; nothing is 0
 *     offset   nothing, or >>n or <<n with n as in C (0x, leading 0); what begins with 0 is 0
 *     options  letters h d a i (one of), l b (one of), e; then the number of bytes, as in C
 *     tests    one or two of < > = with a number as in C (nothing is 0), separated by a comma
 *
 * What stands behind the first ) is not looked at.  Without a letter for the format, or with h, a
 * or i without one for the byte order, the peer reads nothing and never finds it true; d is
 * big-endian. */
#include "ldb.h"

#include <string.h>

enum { MAX_HEX = 18, MAX_TEXT = UINT8_MAX };

static ym_status bad(struct ym_clamav_line *line, const char *why) {
    return ym_clamav_bad(line, YM_MALFORMED, why);
}

bool ym_ldb_is_compare(struct ym_str text) {
    unsigned hashes = 0;

    for (size_t i = 0; i < text.n; i++) {
        hashes += text.s[i] == '#' ? 1 : 0;
    }
    return hashes >= 2 && memchr(text.s, '(', text.n) != NULL;
}

/* All of s is a number, or s is empty: 0. */
static bool whole_number(struct ym_str s, unsigned base, int64_t *ret_value) {
    *ret_value = 0;
    return s.n == 0 || (ym_ldb_scan(&s, base, ret_value) && s.n == 0);
}

static ym_status parse_offset(struct ym_clamav_line *line, struct ym_str s, int64_t *ret_offset) {
    const int64_t most = (int64_t)1 << 62; /* no file is so long; sums stay in range */
    int64_t value;

    *ret_offset = 0;
    if (s.n == 0 || s.s[0] == '0') {
        return YM_OK;
    }
    if (s.n < 2 || (memcmp(s.s, ">>", 2) != 0 && memcmp(s.s, "<<", 2) != 0) ||
        !whole_number((struct ym_str){s.s + 2, s.n - 2}, 0, &value)) {
        return bad(line, "offset of a byte compare is not >>n or <<n");
    }
    value = value > most ? most : value < -most ? -most : value;
    *ret_offset = s.s[0] == '>' ? value : -value;
    return YM_OK;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* The letters before the number; 0 in *order: none was given. */
static bool parse_letters(struct ym_str *s, struct ym_byte_compare *c, char *order) {
    for (; s->n > 0 && !is_digit(s->s[0]); s->s++, s->n--) {
        char letter = s->s[0];

        if (letter == 'e') {
            c->exact = true;
        } else if (letter == 'l' || letter == 'b') {
            if (*order != 0 && *order != letter) {
                return false;
            }
            *order = letter;
        } else if (letter == 'h' || letter == 'd' || letter == 'a' || letter == 'i') {
            if (c->format != 0 && c->format != letter) {
                return false;
            }
            c->format = letter;
        } else {
            return false;
        }
    }
    return !(c->format == 'd' && *order == 'l') && s->n > 0;
}

static bool is_raw_size(int64_t n) {
    return n == 1 || n == 2 || n == 4 || n == 8;
}

static ym_status parse_options(struct ym_clamav_line *line, struct ym_str s,
                               struct ym_byte_compare *c, bool *ret_never) {
    char order = 0;
    int64_t bytes;

    if (!parse_letters(&s, c, &order)) {
        return bad(line, "options of a byte compare are not h d a i, l b, e and a number");
    }
    if (!whole_number(s, 0, &bytes) || bytes <= 0 || (c->format == 'i' && !is_raw_size(bytes)) ||
        (c->format == 'h' && bytes > MAX_HEX)) {
        return bad(line, "number of bytes of a byte compare is not possible");
    }
    if (bytes > MAX_TEXT) {
        return bad(line, "byte compare of more than 255 bytes");
    }
    c->bytes = (uint8_t)bytes;
    c->little = order == 'l';
    *ret_never = c->format == 0 || (c->format != 'd' && order == 0);
    return YM_OK;
}

static ym_status parse_tests(struct ym_clamav_line *line, struct ym_str s,
                             struct ym_byte_compare *c) {
    struct ym_fields f;
    struct ym_str test;

    ym_fields_init(&f, s.s, s.n, ',');
    while (ym_fields_next(&f, &test)) {
        if (c->n_tests == YM_BYTE_COMPARE_MAX_TESTS) {
            return bad(line, "more than two tests of a byte compare");
        }
        if (test.n == 0 || (test.s[0] != '<' && test.s[0] != '>' && test.s[0] != '=')) {
            return bad(line, "test of a byte compare does not begin with < > or =");
        }
        c->tests[c->n_tests].op = test.s[0];
        if (!whole_number((struct ym_str){test.s + 1, test.n - 1}, 0,
                          &c->tests[c->n_tests].value)) {
            return bad(line, "a byte compare tests with something that is not a number");
        }
        c->n_tests++;
    }
    return YM_OK;
}

ym_status ym_ldb_parse_compare(struct ym_clamav_line *line, struct ym_str text,
                               struct ym_byte_compare *ret_compare, bool *ret_never) {
    const char *open = memchr(text.s, '(', text.n);
    const char *close = memchr(text.s, ')', text.n);
    struct ym_byte_compare c = {.format = 0};
    struct ym_str f[3];
    int64_t ref;

    if (open == NULL || close == NULL || close < open) {
        return bad(line, "byte compare is not ref(offset#options#tests)");
    }
    if (!whole_number((struct ym_str){text.s, (size_t)(open - text.s)}, 10, &ref)) {
        return bad(line, "byte compare does not refer to the number of a subsignature");
    }
    if (ym_ldb_split((struct ym_str){open + 1, (size_t)(close - open) - 1}, '#', UINT32_MAX, f,
                     3) != 3) {
        return bad(line, "byte compare is not ref(offset#options#tests)");
    }
    YM_TRY(parse_offset(line, f[0], &c.offset));
    YM_TRY(parse_options(line, f[1], &c, ret_never));
    YM_TRY(parse_tests(line, f[2], &c));
    c.ref = (uint32_t)ref;
    *ret_compare = c;
    return YM_OK;
}
