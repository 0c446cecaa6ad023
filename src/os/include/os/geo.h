/* geo.h - the country of an address, from a file in MaxMind's DB format.
 *
 * Both forms in use are read: a record with `country_code` (iptoasn and its like) and one with
 * `country.iso_code` (MaxMind's own, DB-IP's).  Nothing is asked of a network.
 *
 *     struct ym_geo *geo;
 *     YM_TRY(ym_geo_open("country.mmdb", &geo, err));
 *     char country[YM_GEO_COUNTRY_SIZE];
 *     if (ym_geo_country_of_text(geo, "192.0.2.1", 9, country)) { ... }
 *     ym_geo_close(geo);
 *
 * The file is the administrator's: it is mapped, and must be replaced by rename, not written in
 * place.  libmaxminddb is loaded by ym_geo_open(), so that nothing else pays for it.  Looking up
 * needs no lock; several threads may do it at once. */
#ifndef YM_OS_GEO_H
#define YM_OS_GEO_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;
struct ym_geo; /* opaque: see geo.c */

enum { YM_GEO_COUNTRY_SIZE = 3, YM_GEO_TEXT_MAX = 45 /* the longest address as text */ };

/* UNSUPPORTED: libmaxminddb is not installed; MALFORMED: not such a file; IO. */
YM_MUST_CHECK ym_status ym_geo_open(const char *path, struct ym_geo **ret_geo, struct ym_err *err);
void ym_geo_close(struct ym_geo *geo); /* accepts NULL */

/* Two capital letters; false: the file has no country for it. */
YM_MUST_CHECK bool ym_geo_country(const struct ym_geo *geo, const struct sockaddr *address,
                                  char ret_country[YM_GEO_COUNTRY_SIZE]);
/* The same of "192.0.2.1" or "2001:db8::1"; false also when it is not an address. */
YM_MUST_CHECK bool ym_geo_country_of_text(const struct ym_geo *geo, const char *s, size_t n,
                                          char ret_country[YM_GEO_COUNTRY_SIZE]);

/* Calls fn for each network of the IPv4 space that has a country, with the number of its
 * addresses: a country comes many times.  MALFORMED: the file's search tree is none. */
typedef ym_status ym_geo_space_fn(void *user, const char country[YM_GEO_COUNTRY_SIZE],
                                  uint64_t addresses, struct ym_err *err);
YM_MUST_CHECK ym_status ym_geo_ipv4_space(const struct ym_geo *geo, ym_geo_space_fn *fn, void *user,
                                          struct ym_err *err);

#endif
