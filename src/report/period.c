/* period.c - names of periods.  See period.h. */
#include "report/period.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* Exactly n digits at s. */
static bool digits(const char *s, size_t n, unsigned *ret_value) {
    uint32_t v;

    if (strnlen(s, n) < n || !ym_parse_u32(s, n, &v)) {
        return false;
    }
    *ret_value = v;
    return true;
}

/* Part number `which` of `parts` in a year. */
static bool part_of_year(unsigned year, unsigned which, unsigned parts, struct ym_period *ret) {
    unsigned months = 12 / parts;

    if (which < 1 || which > parts || year < 1970) {
        return false;
    }
    *ret = (struct ym_period){(int)(year * 12 + (which - 1) * months), months};
    return true;
}

/* "H" or "Q" -> parts of a year; 0: neither. */
static unsigned parts_of(char c) {
    return c == 'H' ? 2 : c == 'Q' ? 4 : 0;
}

bool ym_period_parse(const char *name, struct ym_period *ret_period) {
    size_t n = strlen(name);
    unsigned year;
    unsigned which;

    if (n == 4 && parts_of(name[1]) > 0 && digits(name, 1, &which) && digits(name + 2, 2, &year)) {
        return part_of_year(2000 + year, which, parts_of(name[1]), ret_period);
    }
    if (!digits(name, 4, &year)) {
        return false;
    }
    if (n == 4) {
        return part_of_year(year, 1, 1, ret_period);
    }
    if (n == 6 && parts_of(name[4]) > 0 && digits(name + 5, 1, &which)) {
        return part_of_year(year, which, parts_of(name[4]), ret_period);
    }
    return n == 7 && name[4] == '-' && digits(name + 5, 2, &which) &&
           part_of_year(year, which, 12, ret_period);
}

char *ym_period_label(struct ym_period period, char out[YM_PERIOD_LABEL_SIZE]) {
    unsigned year = (unsigned)period.first / 12 % 10000;
    unsigned month = (unsigned)period.first % 12;
    bool short_year = year >= 2000 && year <= 2099;

    if (period.months == 12) {
        (void)snprintf(out, YM_PERIOD_LABEL_SIZE, "%04u", year);
    } else if (period.months == 1) {
        (void)snprintf(out, YM_PERIOD_LABEL_SIZE, "%04u-%02u", year, month + 1);
    } else if (short_year) {
        (void)snprintf(out, YM_PERIOD_LABEL_SIZE, "%u%c%02u", month / (period.months % 13) + 1,
                       period.months == 6 ? 'H' : 'Q', year % 100);
    } else {
        (void)snprintf(out, YM_PERIOD_LABEL_SIZE, "%04u%c%u", year, period.months == 6 ? 'H' : 'Q',
                       month / (period.months % 13) + 1);
    }
    return out;
}

struct ym_period ym_quarter_of(int month) {
    return (struct ym_period){month - month % 3, 3};
}
