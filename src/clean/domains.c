/* domains.c - see domains.h.
 *
 * The seed comes from the day's midnight as Windows counts time: units of 100 ns since 1601, times a
 * constant of the variant (modulo 2^64), divided by the units of a week, plus another constant.
 * Each step makes the next key of 64 bits from the last one; with d the key as a number,
 *
 *     next = ((key * multiplier mod 2^64 + sin(d)) * d + addend) * d + log(d)
 *
 * in doubles, and the bits of that double are the next key.  Its low 32 bits are what a step yields:
 * one step for the length of a name, one a letter, one for the top-level domain.
 *
 * Doubles have 53 bits, and the products are so large that most of this is lost in rounding:
 *   - the logarithm (at most 44) is less than half of the last place, for any product that is not 0:
 *     d is above 2^31 for the seed and about 2^62 later.  It is left out.
 *   - the sine counts only when the product is below 2^54, once in a thousand steps.  But then it
 *     counts, and it must be that of the processors of the time: fsin of the x87 takes pi with 66
 *     bits, so that the sine of numbers near 2^62 is off by up to 0.007.  A library that computes it
 *     correctly gives other names on 12 of the 731 days that were compared.
 * Every operation is rounded to a double by itself: none may be fused with the next.
 *
 * On the days that are allowed (all were tried) no product is 0, every key is below 2^63, the end of
 * what fsin takes, and no letter comes from -2^31, whose absolute value C does not define. */
#include "clean/domains.h"

#include "base/text.h"
#include "base/time.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static const char module[] = "clean/domains";

#define FILETIME_OF_1970 UINT64_C(116444736000000000)
#define FILETIME_DAY UINT64_C(864000000000)
#define FILETIME_WEEK (7 * FILETIME_DAY)
#define SINE_COUNTS_BELOW (UINT64_C(1) << 54)

/* pi as fsin has it: 2 bits before the point and 64 behind it. */
#define X87_PI_HIGH UINT64_C(3)
#define X87_PI_LOW UINT64_C(0x243f6a8885a308d3)

struct constants {
    uint64_t seed_multiplier;
    uint64_t seed_addend;
    uint64_t multiplier;
    double addend;
    const char *tlds[8];
    unsigned n_tlds;
};

static const struct constants table[YM_DOMAINS_VARIANTS] = {
    [YM_DOMAINS_CONFICKER_A] = {UINT64_C(0x463da5676),
                                0xb46a7637,
                                0x64236735,
                                0.737565675,
                                {"com", "net", "org", "info", "biz"},
                                5},
    [YM_DOMAINS_CONFICKER_B] = {UINT64_C(0x352c94565),
                                0xa3596526,
                                0x53125624,
                                0.626454564,
                                {"cc", "cn", "ws", "com", "net", "org", "info", "biz"},
                                8}};

struct generator {
    const struct constants *k;
    uint64_t key;
};

/* sin(x) with the pi of fsin: x modulo that pi, bit by bit, with 64 bits behind the point. */
static double x87_sine(uint64_t x) {
    uint64_t hi = 0;
    uint64_t lo = 0;
    bool odd = false; /* the quotient: each pi turns the sign */
    double sine;

    for (int bit = 127; bit >= 0; bit--) {
        hi = hi << 1 | lo >> 63;
        lo = lo << 1 | (bit >= 64 ? x >> (bit - 64) & 1 : 0);
        odd = hi > X87_PI_HIGH || (hi == X87_PI_HIGH && lo >= X87_PI_LOW);
        if (odd) {
            hi -= X87_PI_HIGH + (lo < X87_PI_LOW);
            lo -= X87_PI_LOW;
        }
    }
    if (hi >= 2) { /* above a half of pi: the sine of what is missing to pi, which is small */
        hi = X87_PI_HIGH - hi - (X87_PI_LOW < lo);
        lo = X87_PI_LOW - lo;
    }
    sine = sin((double)hi + ldexp((double)lo, -64));
    return odd ? -sine : sine;
}

/* Through memory: a compiler cannot fuse what is stored in between. */
static double times(double a, double b) {
    volatile double product = a * b;

    return product;
}

static double plus(double a, double b) {
    volatile double sum = a + b;

    return sum;
}

static int32_t step(struct generator *g) {
    uint64_t product = g->key * g->k->multiplier;
    double d = (double)g->key;
    double v = (double)product;

    if (product < SINE_COUNTS_BELOW) {
        v = plus(v, x87_sine((uint64_t)d));
    }
    v = times(plus(times(v, d), g->k->addend), d);
    static_assert(sizeof(v) == sizeof(g->key), "a double has 64 bits");
    memcpy(&g->key, &v, sizeof(g->key));
    return (int32_t)(uint32_t)g->key;
}

static char letter(int32_t v) {
    uint32_t size = v < 0 ? 0U - (uint32_t)v : (uint32_t)v;

    return (char)('a' + size % 26);
}

static void make_name(struct generator *g, char name[YM_DOMAINS_NAME_SIZE]) {
    int length = 8 + step(g) % 4; /* the remainder of a negative number is negative: 5 to 11 */
    const char *tld;

    for (int i = 0; i < length; i++) {
        name[i] = letter(step(g));
    }
    tld = g->k->tlds[(uint32_t)step(g) % g->k->n_tlds];
    name[length] = '.';
    memcpy(name + length + 1, tld, strlen(tld) + 1);
}

static uint64_t seed(const struct constants *k, int32_t day) {
    uint64_t midnight = FILETIME_OF_1970 + (uint64_t)day * FILETIME_DAY;

    return midnight * k->seed_multiplier / FILETIME_WEEK + k->seed_addend;
}

ym_status ym_domains_of_day(enum ym_domains_variant variant, int32_t day, ym_domains_emit *emit,
                            void *self, struct ym_err *err) {
    struct generator g;

    assert((unsigned)variant < YM_DOMAINS_VARIANTS);
    if (day < YM_DOMAINS_FIRST_DAY || day > YM_DOMAINS_LAST_DAY) {
        return ym_fail(err, YM_LIMIT, module, YM_ERR_NO_OFFSET,
                       "only the days from 2008-11-21 to 2099-12-31 have lists");
    }
    g.k = &table[variant];
    g.key = seed(g.k, day);
    for (int i = 0; i < YM_DOMAINS_PER_DAY; i++) {
        char name[YM_DOMAINS_NAME_SIZE];

        make_name(&g, name);
        YM_TRY(emit(self, name, err));
    }
    return YM_OK;
}

ym_status ym_domains_day(const char *text, int32_t *ret_day, struct ym_err *err) {
    int64_t seconds;
    int64_t day;

    if (strlen(text) != strlen("2009-03-13") || !ym_parse_iso_time(text, &seconds)) {
        return ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET,
                       "%.40s: not a day of the calendar, written like 2009-03-13", text);
    }
    day = seconds / 86400;
    if (day < YM_DOMAINS_FIRST_DAY || day > YM_DOMAINS_LAST_DAY) {
        return ym_fail(err, YM_LIMIT, module, YM_ERR_NO_OFFSET,
                       "%.40s: only the days from 2008-11-21 (the first variant was seen) to "
                       "2099-12-31 have lists",
                       text);
    }
    *ret_day = (int32_t)day;
    return YM_OK;
}

/* What is asked for and has no list, with the reason. */
struct refusal {
    const char *variant;
    const char *reason;
};

static const struct refusal refusals[] = {
    {"C", "the letter means two things: Microsoft's C makes the names of B, so ask for B; the "
          "working group's C is Microsoft's D, which has no list"},
    {"D",
     "there is no list of Conficker.D: no list of its names with their date was found "
     "that this program's arithmetic could be checked against, and a guess would block others"},
    {"E", "there is no list of Conficker.E: no generator of names is documented for it"},
};

ym_status ym_domains_find(const char *family, const char *variant,
                          enum ym_domains_variant *ret_variant, struct ym_err *err) {
    if (!ym_equal_nocase(family, "Conficker")) {
        return ym_fail(err, YM_UNSUPPORTED, module, YM_ERR_NO_OFFSET,
                       "%.60s: no list of names is known; there is one of Conficker", family);
    }
    if (ym_equal_nocase(variant, "A") || ym_equal_nocase(variant, "B")) {
        *ret_variant = ym_lower((unsigned char)variant[0]) == 'a' ? YM_DOMAINS_CONFICKER_A
                                                                  : YM_DOMAINS_CONFICKER_B;
        return YM_OK;
    }
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (ym_equal_nocase(variant, refusals[i].variant)) {
            return ym_fail(err, YM_UNSUPPORTED, module, YM_ERR_NO_OFFSET, "%s", refusals[i].reason);
        }
    }
    return ym_fail(err, YM_UNSUPPORTED, module, YM_ERR_NO_OFFSET,
                   "%.60s: the variants of Conficker that have lists are A and B", variant);
}
