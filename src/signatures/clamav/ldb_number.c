/* ldb_number.c - integers as the peer reads them.  See ldb.h. */
#include "ldb.h"

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip(struct ym_str *s, size_t n) {
    s->s += n;
    s->n -= n;
}

/* The digit that *s begins with, or base when it begins with none. */
static unsigned digit_of(const struct ym_str *s, unsigned base) {
    int d = s->n == 0 ? -1 : ym_hex_digit(s->s[0]);

    return d < 0 || (unsigned)d >= base ? base : (unsigned)d;
}

/* Base 0: what stands at the start says which.  "0x" counts only with a digit behind it. */
static unsigned base_of(struct ym_str *s) {
    struct ym_str rest = *s;

    if (s->n < 2 || s->s[0] != '0') {
        return 10;
    }
    if (s->s[1] != 'x' && s->s[1] != 'X') {
        return 8;
    }
    skip(&rest, 2);
    if (digit_of(&rest, 16) == 16) {
        return 8;
    }
    *s = rest;
    return 16;
}

bool ym_ldb_scan(struct ym_str *text, unsigned base, int64_t *ret_value) {
    struct ym_str s = *text;
    bool negative;
    int64_t value = 0;
    unsigned d;

    while (s.n > 0 && is_space(s.s[0])) {
        skip(&s, 1);
    }
    negative = s.n > 0 && s.s[0] == '-';
    if (s.n > 0 && (s.s[0] == '-' || s.s[0] == '+')) {
        skip(&s, 1);
    }
    base = base == 0 ? base_of(&s) : base;
    if (digit_of(&s, base) == base) {
        return false;
    }
    for (; (d = digit_of(&s, base)) != base; skip(&s, 1)) {
        int64_t add = negative ? -(int64_t)d : (int64_t)d;

        if (__builtin_mul_overflow(value, (int64_t)base, &value) ||
            __builtin_add_overflow(value, add, &value)) {
            value = negative ? INT64_MIN : INT64_MAX;
        }
    }
    *text = s;
    *ret_value = value;
    return true;
}

bool ym_ldb_scan_u32(struct ym_str *text, uint32_t *ret_value) {
    int64_t value;

    if (!ym_ldb_scan(text, 10, &value)) {
        return false;
    }
    *ret_value = (uint32_t)value;
    return true;
}
