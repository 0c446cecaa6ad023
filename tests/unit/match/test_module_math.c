/* YARA's module math: its numbers are those of libyara 4.5 to the last bit. */
#include "module_load.h"
#include "ym_test.h"

#include <math.h>

static struct ym_mod_value ranged(struct module_test *t, const char *name, int64_t offset,
                                  int64_t n) {
    union ym_mod_arg args[2] = {{.i = offset}, {.i = n}};

    return module_call(t, "", name, "ii", args);
}

static struct ym_mod_value of_text(struct module_test *t, const char *name, const char *s,
                                   size_t n) {
    union ym_mod_arg args[1] = {{.text = {s, n}}};

    return module_call(t, "", name, "s", args);
}

static bool is(struct ym_mod_value v, double want) {
    bool same = v.defined && memcmp(&v.u.d, &want, sizeof(want)) == 0;

    if (!same) {
        printf("# %.17g, want %.17g\n", v.defined ? v.u.d : NAN, want);
    }
    return same;
}

static bool is_int(struct ym_mod_value v, int64_t want) {
    return v.defined && v.u.i == want;
}

static void ranges_are_cut_and_those_outside_are_undefined(void) {
    static const char *const names[] = {"entropy", "mean", "serial_correlation", "monte_carlo_pi"};
    struct module_test t;

    module_load(&t, YM_MODULE_MATH, "abcdefgh", 8);
    for (unsigned i = 0; i < 4; i++) {
        CHECK(ranged(&t, names[i], 0, 8).defined);
        CHECK(is(ranged(&t, names[i], 2, INT64_MAX), ranged(&t, names[i], 2, 6).u.d));
        CHECK(!ranged(&t, names[i], -1, 8).defined);
        CHECK(!ranged(&t, names[i], 0, -1).defined);
        CHECK(!ranged(&t, names[i], 8, 1).defined);
        CHECK(!ranged(&t, names[i], INT64_MAX, INT64_MAX).defined);
        CHECK(!ranged(&t, names[i], INT64_MIN, 1).defined);
    }
    CHECK(!ranged(&t, "mode", 8, 1).defined);
    module_done(&t);
}

static void no_bytes_have_no_mean_but_an_entropy(void) {
    struct module_test t;
    union ym_mod_arg args[3] = {{.i = 0}, {.i = 0}, {.d = 1.0}};
    union ym_mod_arg count[3] = {{.i = 'a'}, {.i = 0}, {.i = 0}};

    module_load(&t, YM_MODULE_MATH, "abcdefgh", 8);
    CHECK(is(ranged(&t, "entropy", 0, 0), 0.0));
    CHECK(!ranged(&t, "mean", 0, 0).defined);
    CHECK(!module_call(&t, "", "deviation", "iid", args).defined);
    CHECK(is(ranged(&t, "serial_correlation", 0, 0), -100000.0));
    CHECK(!ranged(&t, "monte_carlo_pi", 0, 5).defined);
    CHECK(is_int(ranged(&t, "mode", 0, 0), 0));
    CHECK(is_int(module_call(&t, "", "count", "iii", count), 0));
    CHECK(!module_call(&t, "", "percentage", "iii", count).defined);
    CHECK(is(of_text(&t, "entropy", "", 0), 0.0));
    CHECK(!of_text(&t, "mean", "", 0).defined);
    CHECK(is(of_text(&t, "serial_correlation", "", 0), -100000.0));
    module_done(&t);
    module_load(&t, YM_MODULE_MATH, "", 0);
    CHECK(!ranged(&t, "entropy", 0, 0).defined);
    CHECK(!module_call(&t, "", "mode", "", NULL).defined);
    CHECK(!module_call(&t, "", "count", "i", count).defined);
    module_done(&t);
}

/* Expected values: worked out from the definitions. */
static void statistics_of_short_ranges(void) {
    struct module_test t;
    union ym_mod_arg args[3] = {{.i = 0}, {.i = 4}, {.d = 65.0}};

    module_load(&t, YM_MODULE_MATH, "CCAAACCC", 8);
    CHECK(is(ranged(&t, "entropy", 2, 3), 0.0));
    CHECK(is(ranged(&t, "entropy", 2, 100), 1.0));
    CHECK(is(ranged(&t, "mean", 0, 4), 66.0));
    CHECK(is(module_call(&t, "", "deviation", "iid", args), 1.0));
    module_done(&t);
    module_load(&t, YM_MODULE_MATH, "ABCABC", 6);
    CHECK(is(ranged(&t, "serial_correlation", 1, 3), -0.5)); /* the last byte comes first */
    CHECK(is(ranged(&t, "serial_correlation", 0, 100), -0.5));
    module_done(&t);
    module_load(&t, YM_MODULE_MATH, "\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff", 12);
    /* One of two points in the circle: pi is 2. */
    CHECK(is(ranged(&t, "monte_carlo_pi", 0, 12),
             fabs((2.0 - 3.141592653589793) / 3.141592653589793)));
    module_done(&t);
}

static void bytes_of_texts_have_a_sign(void) {
    struct module_test t;
    union ym_mod_arg args[2] = {{.text = {"\xff\x01", 2}}, {.d = 1.0}};

    module_load(&t, YM_MODULE_MATH, "\xff\xff", 2);
    CHECK(is(of_text(&t, "mean", "\xff\xff", 2), -1.0));
    CHECK(is(ranged(&t, "mean", 0, 2), 255.0));
    CHECK(is(module_call(&t, "", "deviation", "sd", args), 1.0));
    /* -1, -128, 1: (3 * (128 - 128 - 1) - 128^2) / (3 * (1 + 128^2 + 1) - 128^2) */
    CHECK(is(of_text(&t, "serial_correlation", "\xff\x80\x01", 3), -16387.0 / 32774.0));
    CHECK(is(of_text(&t, "monte_carlo_pi", "\1\1\xff\1\1\1\1\1\1\1\1\1", 12),
             fabs((2.0 - 3.141592653589793) / 3.141592653589793)));
    CHECK(is(of_text(&t, "entropy", "\xff\x01", 2), 1.0));
    module_done(&t);
}

static void bytes_are_counted(void) {
    struct module_test t;
    union ym_mod_arg args[3] = {{.i = 'A'}, {.i = 0}, {.i = 3}};

    module_load(&t, YM_MODULE_MATH, "AABAAB", 6);
    CHECK(is_int(module_call(&t, "", "count", "iii", args), 2));
    CHECK(is_int(module_call(&t, "", "count", "i", args), 4));
    CHECK(is(module_call(&t, "", "percentage", "iii", args), (double)(2.0f / 3.0f)));
    CHECK(is(module_call(&t, "", "percentage", "i", args), (double)(4.0f / 6.0f)));
    CHECK(is_int(module_call(&t, "", "mode", "", NULL), 'A'));
    CHECK(is_int(ranged(&t, "mode", 2, 1), 'B'));
    for (int64_t odd = -1; odd <= 256; odd += 257) {
        args[0].i = odd;
        CHECK(!module_call(&t, "", "count", "iii", args).defined);
        CHECK(!module_call(&t, "", "count", "i", args).defined);
        CHECK(!module_call(&t, "", "percentage", "iii", args).defined);
        CHECK(!module_call(&t, "", "percentage", "i", args).defined);
    }
    module_done(&t);
}

static struct ym_mod_value two(struct module_test *t, const char *name, int64_t a, int64_t b) {
    return ranged(t, name, a, b);
}

static void numbers_and_texts(void) {
    struct module_test t;
    union ym_mod_arg in[3] = {{.d = 2.0}, {.d = 2.0}, {.d = 3.0}};
    union ym_mod_arg whole[3] = {{.i = 4}, {.i = 2}, {.i = 3}};
    union ym_mod_arg args[1] = {{.i = INT64_MIN}};
    struct ym_mod_value v;

    module_load(&t, YM_MODULE_MATH, "", 0);
    CHECK(is_int(two(&t, "min", 0, 1), 0) && is_int(two(&t, "min", -1, 0), 0));
    CHECK(is_int(two(&t, "max", 0, 1), 1) && is_int(two(&t, "max", -1, 0), -1));
    CHECK(is_int(module_call(&t, "", "in_range", "ddd", in), 1));
    CHECK(is_int(module_call(&t, "", "in_range", "iii", whole), 0));
    CHECK(is_int(module_call(&t, "", "abs", "i", args), INT64_MIN));
    args[0].i = -7;
    CHECK(is_int(module_call(&t, "", "abs", "i", args), 7));
    CHECK(is_int(module_call(&t, "", "to_number", "b", args), 1));
    v = module_call(&t, "", "to_string", "i", args);
    CHECK(v.defined && v.u.text.n == 2 && memcmp(v.u.text.s, "-7", 2) == 0);
    v = two(&t, "to_string", -1, 16);
    CHECK(v.defined && v.u.text.n == 16 && memcmp(v.u.text.s, "ffffffffffffffff", 16) == 0);
    v = two(&t, "to_string", 32, 8);
    CHECK(v.defined && v.u.text.n == 2 && memcmp(v.u.text.s, "40", 2) == 0);
    v = two(&t, "to_string", -32, 10);
    CHECK(v.defined && v.u.text.n == 3 && memcmp(v.u.text.s, "-32", 3) == 0);
    CHECK(!two(&t, "to_string", 32, 9).defined);
    module_done(&t);
}

enum { LONG = 70001 };

static uint8_t *long_bytes(void) {
    static uint8_t bytes[LONG];
    uint32_t x = 1;

    for (unsigned i = 0; i < LONG; i++) {
        x = x * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(x >> 24 & (i % 3 == 0 ? 0xff : 0x3f));
    }
    return bytes;
}

/* Against plain loops, twice: the second answer comes from what was kept. */
static void long_ranges_are_counted_right_and_kept(void) {
    const uint8_t *bytes = long_bytes();
    struct module_test t;

    module_load(&t, YM_MODULE_MATH, bytes, LONG);
    for (int64_t offset = 0; offset < 40; offset++) {
        int64_t n = 60000 + 331 * offset;
        uint64_t sum = 0;
        uint64_t budget;

        n = n < LONG - offset ? n : LONG - offset;
        for (int64_t i = offset; i < offset + n; i++) {
            sum += bytes[i];
        }
        CHECK(is(ranged(&t, "mean", offset, n), (double)sum / (double)n));
        budget = t.budget;
        CHECK(is(ranged(&t, "mean", offset, n), (double)sum / (double)n));
        CHECK(budget - t.budget < 100);
    }
    module_done(&t);
}

static void the_end_of_the_budget_is_undefined(void) {
    struct module_test t;

    module_load(&t, YM_MODULE_MATH, long_bytes(), LONG);
    t.budget = 1000;
    CHECK(!ranged(&t, "entropy", 0, LONG).defined);
    CHECK_EQ(t.budget, 0);
    CHECK(!ranged(&t, "serial_correlation", 0, LONG).defined);
    CHECK(!of_text(&t, "mean", "abc", 3).defined);
    module_done(&t);
}

static void without_memory_nothing_is_kept(void) {
    struct module_test t;

    module_load_capped(&t, YM_MODULE_MATH, long_bytes(), LONG, 2048);
    CHECK(ranged(&t, "entropy", 0, LONG).defined);
    CHECK(ranged(&t, "entropy", 0, LONG).defined);
    module_done(&t);
}

MAIN(T(ranges_are_cut_and_those_outside_are_undefined), T(no_bytes_have_no_mean_but_an_entropy),
     T(statistics_of_short_ranges), T(bytes_of_texts_have_a_sign), T(bytes_are_counted),
     T(numbers_and_texts), T(long_ranges_are_counted_right_and_kept),
     T(the_end_of_the_budget_is_undefined), T(without_memory_nothing_is_kept))
