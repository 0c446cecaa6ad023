/* time.h - clocks and calendar, in UTC, without gmtime() and without locale. */
#ifndef YM_BASE_TIME_H
#define YM_BASE_TIME_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t ym_now_ns(void);  /* monotonic, for intervals */
int64_t ym_now_unix(void); /* seconds since 1970; $SOURCE_DATE_EPOCH replaces it when set */

struct ym_date {
    int year;       /* proleptic Gregorian */
    unsigned month; /* 1..12 */
    unsigned day;   /* 1..31 */
    unsigned hour, minute, second;
};
struct ym_date ym_date_of_unix(int64_t seconds);
int64_t ym_unix_of_date(const struct ym_date *d);

enum { YM_ISO_TIME_SIZE = 72 };
/* "2009-06-30T12:00:00Z"; returns out. */
char *ym_iso_time(int64_t seconds, char out[YM_ISO_TIME_SIZE]);
/* Accepts "2009-06-30" and "2009-06-30T12:00:00Z"; false when it is neither. */
YM_MUST_CHECK bool ym_parse_iso_time(const char *s, int64_t *ret_seconds);

#endif
