/* time.c - clocks and the civil calendar.  See time.h.
 *
 * Days are counted with the era method: an era is 400 years = 146097 days, and the year starts
 * on 1 March so that the leap day is the last one. */
#include "base/time.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t ym_now_ns(void) {
    struct timespec ts = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

int64_t ym_now_unix(void) {
    const char *fixed = getenv("SOURCE_DATE_EPOCH"); /* NOLINT(concurrency-mt-unsafe): only read */
    struct timespec ts = {0};
    uint64_t v;

    if (fixed != NULL && ym_parse_u64(fixed, strlen(fixed), &v) && v <= INT64_MAX) {
        return (int64_t)v;
    }
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec;
}

struct ym_date ym_date_of_unix(int64_t seconds) {
    int64_t days = seconds / 86400;
    int64_t rest = seconds % 86400;
    int64_t era;
    int64_t doe;
    int64_t yoe;
    int64_t doy;
    int64_t mp;
    struct ym_date d;

    if (rest < 0) {
        rest += 86400;
        days--;
    }
    days += 719468; /* from 0000-03-01 */
    era = (days >= 0 ? days : days - 146096) / 146097;
    doe = days - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;
    d.day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
    d.month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    d.year = (int)(yoe + era * 400 + (d.month <= 2));
    d.hour = (unsigned)(rest / 3600);
    d.minute = (unsigned)(rest / 60 % 60);
    d.second = (unsigned)(rest % 60);
    return d;
}

int64_t ym_unix_of_date(const struct ym_date *d) {
    int64_t y = (int64_t)d->year - (d->month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy =
        (153 * (int64_t)(d->month > 2 ? d->month - 3 : d->month + 9) + 2) / 5 + d->day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return (era * 146097 + doe - 719468) * 86400 + (int64_t)d->hour * 3600 +
           (int64_t)d->minute * 60 + d->second;
}

char *ym_iso_time(int64_t seconds, char out[YM_ISO_TIME_SIZE]) {
    struct ym_date d = ym_date_of_unix(seconds);

    (void)snprintf(out, YM_ISO_TIME_SIZE, "%04d-%02u-%02uT%02u:%02u:%02uZ", d.year % 10000, d.month,
                   d.day, d.hour, d.minute, d.second);
    return out;
}

/* n decimal digits at s, as a number; false when one is missing. */
static bool digits(const char *s, size_t n, unsigned *ret_value) {
    uint32_t v;

    if (strnlen(s, n) < n || !ym_parse_u32(s, n, &v)) {
        return false;
    }
    *ret_value = v;
    return true;
}

static unsigned days_of_month(int year, unsigned month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

bool ym_parse_iso_time(const char *s, int64_t *ret_seconds) {
    struct ym_date d = {0};
    unsigned year;

    if (!digits(s, 4, &year) || s[4] != '-' || !digits(s + 5, 2, &d.month) || s[7] != '-' ||
        !digits(s + 8, 2, &d.day)) {
        return false;
    }
    if (s[10] != '\0' && (s[10] != 'T' || !digits(s + 11, 2, &d.hour) || s[13] != ':' ||
                          !digits(s + 14, 2, &d.minute) || s[16] != ':' ||
                          !digits(s + 17, 2, &d.second) || strcmp(s + 19, "Z") != 0)) {
        return false;
    }
    d.year = (int)year;
    if (d.month < 1 || d.month > 12 || d.day < 1 || d.day > days_of_month(d.year, d.month) ||
        d.hour > 23 || d.minute > 59 || d.second > 60) { /* 60: a leap second */
        return false;
    }
    *ret_seconds = ym_unix_of_date(&d);
    return true;
}
