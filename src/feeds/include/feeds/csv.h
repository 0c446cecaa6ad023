/* csv.h - lines of comma-separated values, dates, and the hosts of URLs.
 *
 * Pure functions over bounded text; nothing allocates, nothing is asked of a network. */
#ifndef YM_FEEDS_CSV_H
#define YM_FEEDS_CSV_H

#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    YM_CSV_FIELDS_MAX = 64,
    YM_HOST_SIZE = 254, /* RFC 1035: 253 characters */
};

/* RFC 4180, one record a line.  A quoted field may hold commas and doubled quotes, but no end of a
 * line (none of the lists has one there, and a quote too many would swallow the lines after it).
 * Quotes are taken off in place, so that the line must be the caller's to change.  Blanks around
 * an unquoted field go.  MALFORMED: a quote is not closed, or something follows it; LIMIT: more
 * fields than YM_CSV_FIELDS_MAX. */
YM_MUST_CHECK ym_status ym_csv_split(char *line, size_t n, struct ym_str ret[YM_CSV_FIELDS_MAX],
                                     size_t *ret_n);

/* The month (year * 12 + month - 1) of a text that begins with a date, "2018-05-26" or
 * "2019/01/04", whatever follows; as it is written, without zone.  False: not a date. */
YM_MUST_CHECK bool ym_feed_month(struct ym_str text, int *ret_month);

/* The host of a URL, in small letters, without a dot at its end; "[.]" is read as a dot, as lists
 * write it.  Of numbers (127.1, 0x7f000001) the address that browsers make of them, of an IPv6
 * address its text without brackets.  False: there is no host, or it is not well formed. */
YM_MUST_CHECK bool ym_url_host(struct ym_str url, char ret_host[YM_HOST_SIZE],
                               bool *ret_is_address);

/* The country (ISO 3166-1) that a name's last label stands for: "JP" of "www.example.co.jp",
 * "GB" of ".uk".  False: a generic label, or a country's label that is sold to everybody (.tk, .io,
 * .co ...: those that search engines treat as generic): the name says nothing about a place. */
YM_MUST_CHECK bool ym_host_country(const char *host, char ret_country[3]);

/* Two letters, in either case; makes them capital.  "UK" is "GB". */
YM_MUST_CHECK bool ym_country_code(struct ym_str text, char ret_country[3]);

/* ASCII, without regard to case. */
bool ym_str_is(struct ym_str text, const char *word);
bool ym_str_has(struct ym_str text, const char *part); /* part in small letters */
struct ym_str ym_str_trim(struct ym_str text);         /* blanks and tabs */

#endif
