/* stat.h - the arithmetic of the report's figures.
 *
 * CCM, computers cleaned per mille: of n executions in a month x computers were cleaned,
 * CCM = 1000 x / n.  A period of several months is the average of its monthly values (one
 * denominator a month), not the pooled quotient; both are computed here.  Months without an
 * execution do not count.
 *
 * The interval is Wilson's (E. B. Wilson, JASA 22, 1927) at 95 %.  For the average of k months
 * the number of trials is the effective one, k^2 / (1/n1 + ... + 1/nk), which is n for one month and for k
 * equal months their sum; small months widen the interval as they should. */
#ifndef YM_REPORT_STAT_H
#define YM_REPORT_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_interval {
    double low, high; /* shares, 0..1 */
};

/* Wilson's 95 % interval of a share p of n trials; n = 0 gives 0..1.  n need not be whole. */
struct ym_interval ym_wilson(double p, double n);

struct ym_rate {
    uint64_t n;                  /* executions */
    uint64_t x;                  /* computers cleaned */
    double value;                /* average of the months' shares, 0..1 */
    double pooled;               /* x / n */
    struct ym_interval interval; /* of value */
    unsigned months;             /* that have executions */
};

/* n[i] and x[i] of each month. */
struct ym_rate ym_rate_of_months(const uint64_t *n, const uint64_t *x, size_t months);

/* x/n over the whole period as the value: for shares of events and of computers found, whose months are of
 * very different weight.  trials is what the interval counts as independent; n when 0. */
struct ym_rate ym_rate_pooled(const uint64_t *n, const uint64_t *x, size_t months, uint64_t trials);

/* How many times the average rate a is as high as b, with its 95 % interval: the logarithm of the
 * quotient is taken as normal (Katz and others, Biometrics 34, 1978), each average with the variance of its
 * months.  False when one of them has no cases. */
struct ym_factor {
    double value, low, high;
};
struct
    ym_months { /* n[i] and x[i] of each month; noise: the standard deviation of each x beside chance */
    const uint64_t *n, *x;
    size_t months;
    double noise;
};
bool ym_rate_factor(const struct ym_months *a, const struct ym_months *b,
                    struct ym_factor *ret_factor);

/* An interval around p, widened by an error of its own with standard deviation sd. */
struct ym_interval ym_interval_widen(struct ym_interval interval, double p, double sd);
/* The standard deviation that noise in each x gives to the average of the months' shares, or (pooled) to x/n. */
double ym_noise_of_months(const struct ym_months *m, bool pooled);

enum { YM_PRINTED_SIZE = 32 };
/* A non-negative number with one digit after the point, halves up, as the reports print it:
 * 2.95 is "3.0", whatever binary made of it.  Returns out. */
char *ym_print_digit(double v, char out[YM_PRINTED_SIZE]);
/* The same, but a number below 1 has two digits that say something, three after the point at most: "0.82",
 * "0.012".  Rare things are printed so. */
char *ym_print_percent(double v, char out[YM_PRINTED_SIZE]);

#endif
