/* text.c - text helpers.  See text.h. */
#include "base/text.h"

#include <string.h>

int ym_hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

bool ym_hex_decode(const char *s, size_t n_bytes, uint8_t *out) {
    for (size_t i = 0; i < n_bytes; i++) {
        int hi = ym_hex_digit(s[2 * i]);
        int lo = hi < 0 ? -1 : ym_hex_digit(s[2 * i + 1]);

        if (lo < 0) {
            return false;
        }
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}

void ym_hex_encode(const uint8_t *p, size_t n, char *out) {
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = '\0';
}

bool ym_parse_u64(const char *s, size_t n, uint64_t *ret_value) {
    uint64_t v = 0;

    if (n == 0) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v)) {
            return false;
        }
    }
    *ret_value = v;
    return true;
}

bool ym_parse_u32(const char *s, size_t n, uint32_t *ret_value) {
    uint64_t v;

    if (!ym_parse_u64(s, n, &v) || v > UINT32_MAX) {
        return false;
    }
    *ret_value = (uint32_t)v;
    return true;
}

/* Table 3-7 of the Unicode standard: which second bytes are well formed after a lead byte. */
/* Length of the character that begins with this byte (0: none does), and the range of the next. */
static unsigned utf8_lead(unsigned char c, unsigned char *lo, unsigned char *hi) {
    *lo = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    *hi = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (c < 0x80) {
        return 1;
    }
    if (c < 0xc2 || c > 0xf4) {
        return 0;
    }
    return c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

unsigned ym_utf8_step(const char *s, size_t n, bool *ret_well_formed) {
    const unsigned char *p = (const unsigned char *)s;
    unsigned char lo;
    unsigned char hi;
    unsigned need;
    unsigned i = 1;

    *ret_well_formed = false;
    if (n == 0) {
        return 0;
    }
    need = utf8_lead(p[0], &lo, &hi);
    while (i < need && i < n && p[i] >= lo && p[i] <= hi) {
        i++;
        lo = 0x80;
        hi = 0xbf;
    }
    *ret_well_formed = i == need;
    return i;
}

unsigned ym_utf8_length(const char *s, size_t n) {
    bool well_formed;
    unsigned length = ym_utf8_step(s, n, &well_formed);

    return well_formed ? length : 0;
}

bool ym_equal_nocase(const char *a, const char *b) {
    while (*a != '\0' && ym_lower((unsigned char)*a) == ym_lower((unsigned char)*b)) {
        a++;
        b++;
    }
    return ym_lower((unsigned char)*a) == ym_lower((unsigned char)*b);
}

bool ym_ends_with_nocase(const char *s, const char *suffix) {
    size_t n = strlen(s);
    size_t m = strlen(suffix);

    return n >= m && ym_equal_nocase(s + n - m, suffix);
}

void ym_fields_init(struct ym_fields *f, const char *s, size_t n, char sep) {
    *f = (struct ym_fields){.s = s, .n = n, .sep = sep, .more = true};
}

bool ym_fields_next(struct ym_fields *f, struct ym_str *ret_field) {
    const char *end;

    if (!f->more) {
        return false;
    }
    end = f->n == 0 ? NULL : memchr(f->s, f->sep, f->n);
    if (end == NULL) {
        *ret_field = (struct ym_str){f->s, f->n};
        f->more = false;
        return true;
    }
    *ret_field = (struct ym_str){f->s, (size_t)(end - f->s)};
    f->n -= ret_field->n + 1;
    f->s = end + 1;
    return true;
}
