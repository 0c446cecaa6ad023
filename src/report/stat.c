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

struct ym_rate ym_rate_pooled(const uint64_t *n, const uint64_t *x, size_t months,
                              uint64_t trials) {
    struct ym_rate r = ym_rate_of_months(n, x, months);

    r.value = r.pooled;
    r.interval = ym_wilson(fmin(r.value, 1), (double)(trials == 0 ? r.n : trials));
    return r;
}

struct ym_interval ym_interval_widen(struct ym_interval i, double p, double sd) {
    double below = hypot(p - i.low, z * sd);
    double above = hypot(i.high - p, z * sd);

    return (struct ym_interval){fmax(0, p - below), fmin(1, p + above)};
}

double ym_noise_of_months(const struct ym_months *m, bool pooled) {
    double sum = 0;
    double all = 0;
    size_t months = 0;

    for (size_t i = 0; i < m->months; i++) {
        if (m->n[i] > 0) {
            double share = m->noise / (double)m->n[i];

            sum += share * share;
            all += (double)m->n[i];
            months++;
        }
    }
    if (months == 0) {
        return 0;
    }
    return pooled ? m->noise * sqrt((double)months) / all : sqrt(sum) / (double)months;
}

/* The average of the months' shares, and the variance of its logarithm; false when it is 0. */
static bool log_average(const struct ym_months *m, double *ret_average, double *ret_variance) {
    struct ym_rate r = ym_rate_of_months(m->n, m->x, m->months);
    double noise = ym_noise_of_months(m, false);
    double variance = 0;

    if (r.x == 0) {
        return false;
    }
    for (size_t i = 0; i < m->months; i++) {
        if (m->n[i] > 0) {
            double p = fmin((double)m->x[i] / (double)m->n[i], 1);

            variance += p * (1 - p) / (double)m->n[i];
        }
    }
    variance = variance / ((double)r.months * r.months) + noise * noise;
    *ret_average = r.value;
    *ret_variance = variance / (r.value * r.value);
    return true;
}

bool ym_rate_factor(const struct ym_months *a, const struct ym_months *b,
                    struct ym_factor *ret_factor) {
    double rate_a;
    double rate_b;
    double var_a;
    double var_b;
    double half;

    if (!log_average(a, &rate_a, &var_a) || !log_average(b, &rate_b, &var_b)) {
        return false;
    }
    half = exp(z * sqrt(var_a + var_b));
    *ret_factor =
        (struct ym_factor){rate_a / rate_b, rate_a / rate_b / half, rate_a / rate_b * half};
    return true;
}

/* Halves up.  2.95 is stored a little below itself: the addend is far below the data's resolution (one
 * computer in 10^9 executions) and far above the error of a few additions. */
static char *print_rounded(double v, int digits, char out[YM_PRINTED_SIZE]) {
    unsigned long long scale = digits == 1 ? 10 : digits == 2 ? 100 : 1000;
    double parts = floor(fmin(fmax(v, 0), 1e15) * (double)scale + 0.5 + 1e-7);
    unsigned long long whole = (unsigned long long)parts;

    (void)snprintf(out, YM_PRINTED_SIZE, "%llu.%0*llu", whole / scale, digits, whole % scale);
    return out;
}

char *ym_print_digit(double v, char out[YM_PRINTED_SIZE]) {
    return print_rounded(v, 1, out);
}

char *ym_print_percent(double v, char out[YM_PRINTED_SIZE]) {
    int digits = !(v > 0) || v >= 0.995 ? 1 : v >= 0.0995 ? 2 : 3;

    return print_rounded(v, digits, out);
}
