/* sender.c - see sender.h. */
#include "sender.h"

#include "base/alloc.h"
#include "fleet/forwarded.h"
#include "os/geo.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define MODULE "fleet/sender"

struct ym_sender {
    struct ym_geo *geo;
    size_t n;
    struct ym_network proxy[YM_SENDER_PROXIES_MAX];
};

static bool of_socket(const struct sockaddr *peer, struct ym_address *ret) {
    if (peer->sa_family == AF_INET) {
        struct sockaddr_in v4;

        memcpy(&v4, peer, sizeof(v4));
        *ret = ym_address_mapped(&v4.sin_addr);
        return true;
    }
    if (peer->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;

        memcpy(&v6, peer, sizeof(v6));
        memcpy(ret->bytes, &v6.sin6_addr, sizeof(ret->bytes));
        return true;
    }
    return false;
}

static ym_status set_up(struct ym_sender *s, const char *geo, const char *const *proxies, size_t n,
                        struct ym_err *err) {
    for (size_t i = 0; i < n; i++) {
        if (s->n == YM_SENDER_PROXIES_MAX) {
            return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                           "more than %d trusted proxies: name their network",
                           YM_SENDER_PROXIES_MAX);
        }
        if (!ym_network_parse(proxies[i], &s->proxy[s->n++])) {
            return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                           "%.60s: a trusted proxy is an address or a network, like 192.0.2.1 or "
                           "2001:db8::/32",
                           proxies[i]);
        }
    }
    return ym_geo_open(geo, &s->geo, err);
}

ym_status ym_sender_open(const char *geo, const char *const *proxies, size_t n_proxies,
                         struct ym_sender **ret_sender, struct ym_err *err) {
    struct ym_sender *s = ym_zalloc(1, sizeof(*s));
    ym_status st;

    if (s == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the addresses");
    }
    st = set_up(s, geo, proxies, n_proxies, err);
    if (st != YM_OK) {
        ym_sender_close(s);
        return st;
    }
    *ret_sender = s;
    return YM_OK;
}

void ym_sender_close(struct ym_sender *sender) {
    if (sender != NULL) {
        ym_geo_close(sender->geo);
        ym_free(sender);
    }
}

static bool country_of(const struct ym_sender *s, const struct ym_address *a, char ret[3]) {
    static const uint8_t v4[12] = {[10] = 0xff, [11] = 0xff};
    struct sockaddr_in in4 = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

    if (memcmp(a->bytes, v4, sizeof(v4)) == 0) {
        memcpy(&in4.sin_addr, a->bytes + 12, sizeof(in4.sin_addr));
        return ym_geo_country(s->geo, (const struct sockaddr *)&in4, ret);
    }
    memcpy(&in6.sin6_addr, a->bytes, sizeof(in6.sin6_addr));
    return ym_geo_country(s->geo, (const struct sockaddr *)&in6, ret);
}

bool ym_sender_country(const struct ym_sender *sender, const struct sockaddr *peer,
                       const char *forwarded, size_t n, char ret_country[3]) {
    struct ym_address a;

    if (!of_socket(peer, &a)) {
        return false;
    }
    if (ym_address_is_proxy(&a, sender->proxy, sender->n) &&
        !ym_forwarded_client((struct ym_str){forwarded, n}, sender->proxy, sender->n, &a)) {
        return false;
    }
    return country_of(sender, &a, ret_country);
}
