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
unsigned ym_utf8_length(const char *s, size_t n) {
    const unsigned char *p = (const unsigned char *)s;
    unsigned need;
    unsigned char lo = 0x80;
    unsigned char hi = 0xbf;

    if (n == 0) {
        return 0;
    }
    if (p[0] < 0x80) {
        return 1;
    }
    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        need = 2;
    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        need = 3;
        lo = p[0] == 0xe0 ? 0xa0 : lo;
        hi = p[0] == 0xed ? 0x9f : hi;
    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        need = 4;
        lo = p[0] == 0xf0 ? 0x90 : lo;
        hi = p[0] == 0xf4 ? 0x8f : hi;
    } else {
        return 0;
    }
    if (n < need || p[1] < lo || p[1] > hi) {
        return 0;
    }
    for (unsigned i = 2; i < need; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return need;
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
