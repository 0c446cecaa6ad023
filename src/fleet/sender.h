/* sender.h - in which country a report's sender is, by its address; nothing of the address is kept.
 *
 * The address is the connection's, or, when that is a proxy that the administrator named, the last
 * one in X-Forwarded-For that is not such a proxy itself: what stands before it anybody may have
 * written.  A header that is not well formed says nothing. */
#ifndef YM_FLEET_SENDER_H
#define YM_FLEET_SENDER_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;
struct ym_sender; /* opaque: see sender.c */

enum { YM_SENDER_PROXIES_MAX = 16, YM_SENDER_FORWARDED_MAX = 1024 };

/* geo: a database of addresses (os/geo.h).  proxies: "192.0.2.1", "2001:db8::/32".  MALFORMED: one
 * of them is no address or network; others as ym_geo_open(). */
YM_MUST_CHECK ym_status ym_sender_open(const char *geo, const char *const *proxies,
                                       size_t n_proxies, struct ym_sender **ret_sender,
                                       struct ym_err *err);
void ym_sender_close(struct ym_sender *sender); /* accepts NULL */

/* forwarded: all values of X-Forwarded-For in the order of the request, joined by commas ("": none).
 * False: not known.  May be called by several threads at once. */
YM_MUST_CHECK bool ym_sender_country(const struct ym_sender *sender, const struct sockaddr *peer,
                                     const char *forwarded, size_t n, char ret_country[3]);

#endif
