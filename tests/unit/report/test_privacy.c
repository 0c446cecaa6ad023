/* test_privacy.c - the noise has the distribution that is printed, and is the same for the same row. */
#include "report/report.h"

#include "base/alloc.h"
#include "private.h"
#include "ym_test.h"

#include <math.h>

static struct ym_privacy *noise_of(double epsilon) {
    struct ym_privacy *p = NULL;
    struct ym_err err = {0};

    CHECK_EQ(ym_privacy_new(epsilon, &p, &err), YM_OK);
    return p;
}

static const uint64_t much = 1000000;

static double noise_in(const struct ym_privacy *p, int month, const char *key, unsigned count) {
    struct ym_sums_row row = {.key = {key}, .n_keys = 1, .month = month};

    for (unsigned i = 0; i < YM_SUMS_COUNTS_MAX; i++) {
        row.count[i] = much;
    }
    CHECK(ym_privacy_blur(p, YM_MARGIN_COUNTRY, &row));
    return (double)row.count[count] - (double)much;
}

/* 40,000 draws at epsilon 10: the scale is 33 / 5, so a = exp(-5/33). */
static void the_noise_has_its_mean_its_deviation_and_its_zeroes(void) {
    enum { DRAWS = 40000 };
    struct ym_privacy *p = noise_of(10);
    double sd = ym_privacy_noise(p, YM_MARGIN_COUNTRY);
    double a = exp(-5.0 / 33);
    double sum = 0;
    double squares = 0;
    unsigned zeroes = 0;

    CHECK(fabs(sd - sqrt(2 * a) / (1 - a)) < 1e-9);
    for (int i = 0; i < DRAWS; i++) {
        double v = noise_in(p, i, "JP", 0);

        CHECK(fabs(v) < 40 * sd);
        sum += v;
        squares += v * v;
        zeroes += fabs(v) < 0.5;
    }
    CHECK(fabs(sum / DRAWS) < 6 * sd / sqrt(DRAWS));
    CHECK(fabs(sqrt(squares / DRAWS) / sd - 1) < 0.05);
    CHECK(fabs((double)zeroes / DRAWS - (1 - a) / (1 + a)) < 0.02);
    ym_privacy_free(p);
}

/* Equal where it must be, and nowhere else: of the pairs most differ. */
static void the_same_row_has_the_same_noise_and_others_have_others(void) {
    struct ym_privacy *p = noise_of(0.5);
    struct ym_privacy *other = noise_of(0.5);
    unsigned same[4] = {0};

    for (int i = 0; i < 200; i++) {
        double v = noise_in(p, i, "JP", 0);

        CHECK(fabs(v - noise_in(p, i, "JP", 0)) < 0.5);
        same[0] += fabs(v - noise_in(p, i, "FI", 0)) < 0.5;
        same[1] += fabs(v - noise_in(p, i, "JP", 1)) < 0.5;
        same[2] += fabs(v - noise_in(p, i + 1, "JP", 0)) < 0.5;
        same[3] += fabs(v - noise_in(other, i, "JP", 0)) < 0.5;
    }
    for (int i = 0; i < 4; i++) {
        CHECK(same[i] < 20);
    }
    ym_privacy_free(p);
    ym_privacy_free(other);
}

static void nothing_is_negative_and_what_has_no_bound_is_not_told(void) {
    struct ym_privacy *p = noise_of(0.1);
    unsigned zeroes = 0;

    for (int i = 0; i < 200; i++) {
        struct ym_sums_row row = {.month = i, .count = {5}};
        struct ym_sums_row seen = {
            .key = {"scan-445", "445"}, .n_keys = 2, .month = i, .count = {9, 9}};

        CHECK(ym_privacy_blur(p, YM_MARGIN_RATE, &row));
        CHECK(row.count[0] < much);
        zeroes += row.count[0] == 0;
        CHECK(ym_privacy_blur(p, YM_MARGIN_OBSERVATION, &seen));
        CHECK_EQ(seen.count[0] + seen.count[1], 0);
    }
    CHECK(zeroes > 50 && zeroes < 150);
    ym_privacy_free(p);
}

static void the_floor_grows_with_the_noise(void) {
    struct ym_privacy *p = noise_of(1);
    struct ym_privacy *loud = noise_of(0.1);

    /* 1 + 66 ln(500000) */
    CHECK_EQ(ym_privacy_floor(p, YM_MARGIN_COUNTRY), (uint64_t)ceil(1 + 66 * log(500000)));
    CHECK(ym_privacy_floor(loud, YM_MARGIN_COUNTRY) > 9 * ym_privacy_floor(p, YM_MARGIN_COUNTRY));
    CHECK(ym_privacy_floor(p, YM_MARGIN_FAMILY) > ym_privacy_floor(p, YM_MARGIN_COUNTRY));
    CHECK(ym_privacy_noise(NULL, YM_MARGIN_COUNTRY) < 1e-12);
    ym_privacy_free(p);
    ym_privacy_free(loud);
}

static void a_lack_of_memory_is_told(void) {
    struct ym_privacy *p = NULL;
    struct ym_err err = {0};

    (void)ym_fault_malloc(1, 0);
    CHECK_EQ(ym_privacy_new(1, &p, &err), YM_NOMEM);
    (void)ym_fault_malloc(0, 0);
    CHECK(p == NULL);
}

MAIN(T(the_noise_has_its_mean_its_deviation_and_its_zeroes),
     T(the_same_row_has_the_same_noise_and_others_have_others),
     T(nothing_is_negative_and_what_has_no_bound_is_not_told), T(the_floor_grows_with_the_noise),
     T(a_lack_of_memory_is_told))
