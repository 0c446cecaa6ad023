/* forwarded.h - addresses, networks, and who stands behind proxies.  Pure functions. */
#ifndef YM_FLEET_FORWARDED_H
#define YM_FLEET_FORWARDED_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct in_addr;

/* Every address as one of IPv6; those of IPv4 are mapped (::ffff:a.b.c.d). */
struct ym_address {
    uint8_t bytes[16];
};
struct ym_network {
    struct ym_address address;
    unsigned bits; /* of the 128 */
};

struct ym_address ym_address_mapped(const struct in_addr *v4);

/* "192.0.2.1", "192.0.2.0/24", "2001:db8::/32" */
YM_MUST_CHECK bool ym_network_parse(const char *text, struct ym_network *ret);
bool ym_address_is_proxy(const struct ym_address *a, const struct ym_network *proxies, size_t n);

/* The last address of X-Forwarded-For's list that lies in none of the networks.  Entries may have a
 * port, those of IPv6 brackets.  False: there is none, or one on the way to it is not an address. */
YM_MUST_CHECK bool ym_forwarded_client(struct ym_str list, const struct ym_network *proxies,
                                       size_t n, struct ym_address *ret_client);

#endif
