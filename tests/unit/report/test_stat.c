/* test_stat.c - rates, intervals, the printed digit. */
#include "report/stat.h"

#include "ym_test.h"

#include <math.h>

static void close_to(double got, double want, double by) {
    if (!(fabs(got - want) <= by)) {
        FAIL("got %.9f, want %.9f", got, want);
    }
}

static void fifty_thousand_runs_and_two_hundred_cleaned_are_four(void) {
    const uint64_t n[] = {50000};
    const uint64_t x[] = {200};
    struct ym_rate r = ym_rate_of_months(n, x, 1);
    char printed[YM_PRINTED_SIZE];

    close_to(r.value * 1000, 4.0, 1e-12);
    CHECK(strcmp(ym_print_digit(r.value * 1000, printed), "4.0") == 0);
}

static void a_period_is_the_average_of_its_months_not_the_pooled_quotient(void) {
    const uint64_t n[] = {1000, 9000, 0};
    const uint64_t x[] = {10, 0, 0};
    struct ym_rate r = ym_rate_of_months(n, x, 3);

    close_to(r.value * 1000, 5.0, 1e-12);  /* (10 + 0) / 2: the month without runs does not count */
    close_to(r.pooled * 1000, 1.0, 1e-12); /* 10 of 10000 */
    CHECK_EQ(r.months, 2);
    CHECK_EQ(r.n, 10000);
    CHECK_EQ(r.x, 10);
}

/* 10 of 100, none of 10, all of 10: the textbook cases, with the digits of a second computation. */
static void wilson_gives_the_known_intervals(void) {
    struct ym_interval i = ym_wilson(0.1, 100);

    close_to(i.low, 0.05522914, 1e-7);
    close_to(i.high, 0.17436566, 1e-7);
    i = ym_wilson(0, 10);
    close_to(i.low, 0, 0);
    close_to(i.high, 0.27753279, 1e-7);
    i = ym_wilson(1, 10);
    close_to(i.low, 0.72246720, 1e-7);
    close_to(i.high, 1, 0);
    i = ym_wilson(0.5, 0);
    close_to(i.low, 0, 0);
    close_to(i.high, 1, 0);
}

static void the_interval_holds_its_rate_and_narrows_with_n(void) {
    double width = 2;

    for (unsigned n = 10; n < 10000000; n *= 10) {
        struct ym_interval i = ym_wilson(0.003, n);

        CHECK(i.low <= 0.003 && 0.003 <= i.high);
        CHECK(i.high - i.low < width);
        width = i.high - i.low;
    }
}

static void equal_months_count_together_in_the_interval(void) {
    const uint64_t n[] = {1000, 1000, 1000};
    const uint64_t x[] = {3, 3, 3};
    struct ym_rate r = ym_rate_of_months(n, x, 3);
    struct ym_interval whole = ym_wilson(0.003, 3000);

    close_to(r.interval.low, whole.low, 1e-12);
    close_to(r.interval.high, whole.high, 1e-12);
}

static void a_small_month_widens_the_interval(void) {
    const uint64_t n[] = {100000, 100};
    const uint64_t x[] = {300, 0};
    struct ym_rate r = ym_rate_of_months(n, x, 2);
    struct ym_interval whole = ym_wilson(r.value, 100100);

    CHECK(r.interval.high - r.interval.low > 4 * (whole.high - whole.low));
}

static void no_months_are_no_rate(void) {
    struct ym_rate r = ym_rate_of_months(NULL, NULL, 0);

    CHECK_EQ(r.months, 0);
    CHECK_EQ(r.n, 0);
    close_to(r.interval.high, 1, 0);
}

static void halves_are_printed_upwards(void) {
    static const struct {
        double v;
        const char *text;
    } rows[] = {{0, "0.0"},     {0.05, "0.1"},   {0.049999, "0.0"}, {2.95, "3.0"},
                {2.949, "2.9"}, {1.15, "1.2"},   {9.95, "10.0"},    {36.65, "36.7"},
                {1.25, "1.3"},  {8.35, "8.4"},   {1000, "1000.0"},  {0.8003, "0.8"},
                {-1, "0.0"},    {2.9987, "3.0"}, {16.85, "16.9"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[YM_PRINTED_SIZE];

        if (strcmp(ym_print_digit(rows[i].v, out), rows[i].text) != 0) {
            FAIL("%.6f is printed %s, not %s", rows[i].v, out, rows[i].text);
        }
    }
}

static void every_hundredth_is_rounded_as_on_paper(void) {
    for (unsigned hundredths = 0; hundredths < 10000; hundredths++) {
        unsigned tenths = (hundredths + 5) / 10;
        char want[YM_PRINTED_SIZE];
        char out[YM_PRINTED_SIZE];

        (void)snprintf(want, sizeof(want), "%u.%u", tenths / 10, tenths % 10);
        if (strcmp(ym_print_digit(hundredths / 100.0, out), want) != 0) {
            FAIL("%u hundredths are printed %s, not %s", hundredths, out, want);
        }
    }
}

static void rare_things_are_printed_with_two_digits_that_say_something(void) {
    static const struct {
        double v;
        const char *text;
    } rows[] = {{17.04, "17.0"},   {1, "1.0"},       {0.996, "1.0"},    {0.994, "0.99"},
                {0.82, "0.82"},    {0.0996, "0.10"}, {0.0994, "0.099"}, {0.012, "0.012"},
                {0.0004, "0.000"}, {0, "0.0"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[YM_PRINTED_SIZE];

        if (strcmp(ym_print_percent(rows[i].v, out), rows[i].text) != 0) {
            FAIL("%.6f is printed %s, not %s", rows[i].v, out, rows[i].text);
        }
    }
}

/* 30 of 1,000 against 10 of 2,000: 6 times; Katz by hand: exp(ln 6 -+ 1.96 sqrt(.97/30 + .995/10)). */
static void a_factor_has_its_interval(void) {
    const uint64_t na[] = {1000};
    const uint64_t xa[] = {30};
    const uint64_t nb[] = {2000};
    const uint64_t xb[] = {10};
    const uint64_t none[] = {0};
    struct ym_months a = {na, xa, 1, 0};
    struct ym_months b = {nb, xb, 1, 0};
    struct ym_factor f;
    struct ym_factor wide;

    CHECK(ym_rate_factor(&a, &b, &f));
    close_to(f.value, 6, 1e-9);
    close_to(f.low, 2.9450, 1e-3);
    close_to(f.high, 12.2240, 1e-3);
    a.noise = 5;
    CHECK(ym_rate_factor(&a, &b, &wide));
    CHECK(wide.low < f.low && wide.high > f.high);
    b.x = none;
    CHECK(!ym_rate_factor(&a, &b, &f)); /* nothing to be a multiple of */
}

static void noise_widens_an_interval_and_months_average_it(void) {
    const uint64_t n[] = {1000, 1000, 0, 2000};
    const uint64_t x[] = {10, 10, 0, 20};
    const struct ym_months m = {n, x, 4, 6};
    struct ym_interval i = ym_interval_widen((struct ym_interval){0.2, 0.4}, 0.3, 0.1);

    close_to(i.low, 0.3 - sqrt(0.01 + 1.959964 * 1.959964 * 0.01), 1e-6);
    close_to(i.high, 0.3 + sqrt(0.01 + 1.959964 * 1.959964 * 0.01), 1e-6);
    close_to(ym_noise_of_months(&m, false), sqrt(2 * 0.006 * 0.006 + 0.003 * 0.003) / 3, 1e-9);
    close_to(ym_noise_of_months(&m, true), 6 * sqrt(3) / 4000, 1e-9);
}

static void a_pooled_rate_is_the_quotient_of_the_sums(void) {
    const uint64_t n[] = {10, 990};
    const uint64_t x[] = {10, 0};
    struct ym_rate r = ym_rate_pooled(n, x, 2, 0);
    struct ym_rate few = ym_rate_pooled(n, x, 2, 50);

    close_to(r.value, 0.01, 1e-12);
    close_to(r.interval.high, ym_wilson(0.01, 1000).high, 1e-12);
    close_to(few.interval.high, ym_wilson(0.01, 50).high, 1e-12);
}

MAIN(T(fifty_thousand_runs_and_two_hundred_cleaned_are_four),
     T(a_period_is_the_average_of_its_months_not_the_pooled_quotient),
     T(wilson_gives_the_known_intervals), T(the_interval_holds_its_rate_and_narrows_with_n),
     T(equal_months_count_together_in_the_interval), T(a_small_month_widens_the_interval),
     T(no_months_are_no_rate), T(halves_are_printed_upwards),
     T(every_hundredth_is_rounded_as_on_paper),
     T(rare_things_are_printed_with_two_digits_that_say_something), T(a_factor_has_its_interval),
     T(noise_widens_an_interval_and_months_average_it),
     T(a_pooled_rate_is_the_quotient_of_the_sums))
