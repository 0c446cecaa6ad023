/* byte_compare.c - see byte_compare.h. */
#include "byte_compare.h"

#include <string.h>

struct span {
    const uint8_t *s;
    size_t n;
};

/* ---- Raw numbers ----------------------------------------------------------------------------- */

static int64_t raw_number(struct span w, bool little) {
    uint64_t v = 0;

    for (size_t i = 0; i < w.n; i++) {
        v = v << 8 | w.s[little ? w.n - 1 - i : i];
    }
    return (int64_t)v;
}

/* ---- Numbers in text ------------------------------------------------------------------------- */

static bool is_space(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool has_prefix(struct span w) {
    return w.n >= 2 && w.s[0] == '0' && (w.s[1] == 'x' || w.s[1] == 'X');
}

static unsigned digit_value(uint8_t c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10u : 99;
}

/* Digits from *at on; false: past 64 bits.  *at is left behind them. */
static bool read_digits(struct span w, unsigned base, uint64_t *ret_value, size_t *at) {
    uint64_t v = 0;

    for (; *at < w.n && digit_value(w.s[*at]) < base; ++*at) {
        if (__builtin_mul_overflow(v, base, &v) ||
            __builtin_add_overflow(v, digit_value(w.s[*at]), &v)) {
            return false;
        }
    }
    *ret_value = v;
    return true;
}

/* [sign]digits, or 0xdigits; *ret_used: how many bytes that were, 0 without a digit. */
static bool text_number(struct span w, unsigned base, int64_t *ret_value, size_t *ret_used) {
    bool prefix = base == 16 && has_prefix(w);
    bool sign = !prefix && w.n > 0 && (w.s[0] == '-' || w.s[0] == '+');
    bool negative = sign && w.s[0] == '-';
    size_t first = prefix ? 2 : sign ? 1 : 0;
    size_t at = first;
    uint64_t v;

    if (!read_digits(w, base, &v, &at) || v > (uint64_t)INT64_MAX + (negative ? 1 : 0)) {
        return false;
    }
    *ret_value = negative ? (int64_t)(0 - v) : (int64_t)v;
    *ret_used = at > first ? at : 0;
    return true;
}

static bool may_be_swapped(uint8_t c) {
    return digit_value(c) < 16 || c == 'x' || c == 'X';
}

/* Little-endian hex: the pairs in reverse order; what is not taken over is 0. */
static struct span swap_pairs(struct span w, uint8_t *room) {
    size_t odd;

    if (has_prefix(w)) {
        w = (struct span){w.s + 2, w.n - 2};
    }
    if (w.n <= 1) {
        return w;
    }
    odd = w.n % 2;
    memset(room, '0', w.n + odd);
    for (size_t i = 0; i < w.n + odd; i += 2) {
        uint8_t high = odd == 1 && i == 0 ? '0' : w.s[i - odd];
        uint8_t low = w.s[i + 1 - odd];

        if (!may_be_swapped(high) || !may_be_swapped(low)) {
            break;
        }
        room[w.n + odd - i - 2] = high;
        room[w.n + odd - i - 1] = low;
    }
    return (struct span){room, w.n + odd};
}

static bool text_window(const struct ym_byte_compare *c, struct span w, int64_t *ret_value) {
    uint8_t room[UINT8_MAX + 1];
    size_t n = w.n;
    size_t used;
    bool hex = c->format == 'h';

    while (w.n > 0 && is_space(w.s[0])) {
        w = (struct span){w.s + 1, w.n - 1};
    }
    if (c->exact && w.n < n) {
        return false;
    }
    if (c->format == 'a') {
        hex = has_prefix(w);
        if (w.n < 3 || (!hex && c->little)) {
            return false;
        }
    }
    if (hex && c->little) {
        w = swap_pairs(w, room);
    }
    return text_number(w, hex ? 16 : 10, ret_value, &used) && (!c->exact || used == n);
}

/* ---- Comparing ------------------------------------------------------------------------------- */

static bool test_holds(char op, int64_t value, int64_t with) {
    return op == '<' ? value < with : op == '>' ? value > with : value == with;
}

static bool find_window(const struct ym_byte_compare *c, const uint8_t *data, size_t size,
                        uint64_t base, struct span *ret) {
    int64_t at;

    if (base > INT64_MAX || __builtin_add_overflow((int64_t)base, c->offset, &at) || at <= 0 ||
        (uint64_t)at > size || size - (uint64_t)at < c->bytes) {
        return false;
    }
    *ret = (struct span){data + at, c->bytes};
    return true;
}

bool ym_byte_compare(const struct ym_byte_compare *c, const uint8_t *data, size_t size,
                     uint64_t base) {
    struct span w;
    int64_t value = 0;

    if (!find_window(c, data, size, base, &w)) {
        return false;
    }
    if (c->format == 'i') {
        value = raw_number(w, c->little);
    } else if (!text_window(c, w, &value)) {
        return false;
    }
    for (unsigned i = 0; i < c->n_tests; i++) {
        if (!test_holds(c->tests[i].op, value, c->tests[i].value)) {
            return false;
        }
    }
    return true;
}
