/* stat.c - rates, intervals, rounding.  See stat.h. */
#include "report/stat.h"

#include <math.h>
#include <stdio.h>

/* The 97.5 % quantile of the normal distribution. */
static const double z = 1.959963984540054;

struct ym_interval ym_wilson(double p, double n) {
    double middle;
    double half;
    double scale;
    struct ym_interval i;

    if (!(n > 0)) {
        return (struct ym_interval){0, 1};
    }
    scale = 1 + z * z / n;
    middle = (p + z * z / (2 * n)) / scale;
    half = z / scale * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    i.low = p <= 0 ? 0 : fmax(0, middle - half); /* exact ends, not 1e-19 */
    i.high = p >= 1 ? 1 : fmin(1, middle + half);
    return i;
}

struct ym_rate ym_rate_of_months(const uint64_t *n, const uint64_t *x, size_t months) {
    struct ym_rate r = {0};
    double shares = 0;
    double inverse = 0;

    for (size_t i = 0; i < months; i++) {
        if (n[i] > 0) {
            r.n += n[i];
            r.x += x[i];
            r.months++;
            shares += (double)x[i] / (double)n[i];
            inverse += 1 / (double)n[i];
        }
    }
    if (r.months > 0) {
        r.value = shares / r.months;
        r.pooled = (double)r.x / (double)r.n;
        r.interval = ym_wilson(fmin(r.value, 1), (double)r.months * r.months / inverse);
    } else {
        r.interval = ym_wilson(0, 0);
    }
    return r;
}

char *ym_print_digit(double v, char out[YM_PRINTED_SIZE]) {
    /* 2.95 is stored a little below itself: the addend is far below the data's resolution (one
     * computer in 10^9 executions) and far above the error of a few additions. */
    double tenths = floor(fmin(fmax(v, 0), 1e15) * 10 + 0.5 + 1e-7);
    unsigned long long whole = (unsigned long long)tenths;

    (void)snprintf(out, YM_PRINTED_SIZE, "%llu.%llu", whole / 10, whole % 10);
    return out;
}
