/* sender.c - see sender.h. */
#include "sender.h"

#include "base/alloc.h"
#include "base/text.h"
#include "os/geo.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define MODULE "fleet/sender"

/* Every address as one of IPv6; those of IPv4 are mapped (::ffff:a.b.c.d). */
struct address {
    uint8_t bytes[16];
};

struct ym_sender {
    struct ym_geo *geo;
    size_t n;
    struct network {
        struct address address;
        unsigned bits;
    } proxy[YM_SENDER_PROXIES_MAX];
};

enum { MAPPED = 96, BITS = 128, TEXT_MAX = 45 };

static struct address mapped(const struct in_addr *v4) {
    struct address a = {.bytes = {[10] = 0xff, [11] = 0xff}};

    memcpy(a.bytes + 12, v4, sizeof(*v4));
    return a;
}

static bool of_text(struct ym_str s, struct address *ret, bool *ret_v4) {
    char text[TEXT_MAX + 1];
    struct in_addr v4;

    if (s.n == 0 || s.n > TEXT_MAX || memchr(s.s, '\0', s.n) != NULL) {
        return false;
    }
    memcpy(text, s.s, s.n);
    text[s.n] = '\0';
    *ret_v4 = inet_pton(AF_INET, text, &v4) == 1;
    if (*ret_v4) {
        *ret = mapped(&v4);
        return true;
    }
    return inet_pton(AF_INET6, text, ret->bytes) == 1;
}

static bool of_socket(const struct sockaddr *peer, struct address *ret) {
    if (peer->sa_family == AF_INET) {
        struct sockaddr_in v4;

        memcpy(&v4, peer, sizeof(v4));
        *ret = mapped(&v4.sin_addr);
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

static bool lies_in(const struct address *a, const struct network *n) {
    unsigned whole = n->bits / 8;
    unsigned rest = n->bits % 8;
    uint8_t mask = (uint8_t)(0xff00U >> rest);

    return memcmp(a->bytes, n->address.bytes, whole) == 0 &&
           (rest == 0 || ((a->bytes[whole] ^ n->address.bytes[whole]) & mask) == 0);
}

static bool is_proxy(const struct ym_sender *s, const struct address *a) {
    for (size_t i = 0; i < s->n; i++) {
        if (lies_in(a, &s->proxy[i])) {
            return true;
        }
    }
    return false;
}

/* "192.0.2.1", "192.0.2.0/24", "2001:db8::/32" */
static bool parse_network(const char *text, struct network *ret) {
    const char *slash = strchr(text, '/');
    size_t n = slash == NULL ? strlen(text) : (size_t)(slash - text);
    uint32_t bits;
    bool v4 = false;

    if (!of_text((struct ym_str){text, n}, &ret->address, &v4)) {
        return false;
    }
    ret->bits = BITS;
    if (slash != NULL) {
        if (!ym_parse_u32(slash + 1, strlen(slash + 1), &bits) ||
            bits > (v4 ? BITS - MAPPED : BITS)) {
            return false;
        }
        ret->bits = bits + (v4 ? MAPPED : 0);
    }
    return true;
}

static ym_status set_up(struct ym_sender *s, const char *geo, const char *const *proxies, size_t n,
                        struct ym_err *err) {
    for (size_t i = 0; i < n; i++) {
        if (s->n == YM_SENDER_PROXIES_MAX) {
            return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                           "more than %d trusted proxies: name their network",
                           YM_SENDER_PROXIES_MAX);
        }
        if (!parse_network(proxies[i], &s->proxy[s->n++])) {
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

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static struct ym_str trim(struct ym_str s) {
    while (s.n > 0 && is_blank(s.s[0])) {
        s.s++;
        s.n--;
    }
    while (s.n > 0 && is_blank(s.s[s.n - 1])) {
        s.n--;
    }
    return s;
}

/* "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711" */
static bool of_forwarded(struct ym_str s, struct address *ret) {
    const char *end;
    bool v4;

    s = trim(s);
    if (s.n > 0 && s.s[0] == '[') {
        end = memchr(s.s, ']', s.n);
        return end != NULL &&
               of_text((struct ym_str){s.s + 1, (size_t)(end - s.s) - 1}, ret, &v4) && !v4;
    }
    end = s.n == 0 ? NULL : memchr(s.s, ':', s.n);
    if (end != NULL && memchr(end + 1, ':', s.n - (size_t)(end + 1 - s.s)) == NULL) {
        s.n = (size_t)(end - s.s); /* one colon: a port */
    }
    return of_text(s, ret, &v4);
}

/* From the right, past the proxies. */
static bool behind_proxies(const struct ym_sender *s, struct ym_str list, struct address *ret) {
    while (list.n > 0) {
        const char *comma = memrchr(list.s, ',', list.n);
        size_t from = comma == NULL ? 0 : (size_t)(comma - list.s) + 1;

        if (!of_forwarded((struct ym_str){list.s + from, list.n - from}, ret)) {
            return false;
        }
        if (!is_proxy(s, ret)) {
            return true;
        }
        list.n = comma == NULL ? 0 : from - 1;
    }
    return false;
}

static bool country_of(const struct ym_sender *s, const struct address *a, char ret[3]) {
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
    struct address a;

    if (!of_socket(peer, &a)) {
        return false;
    }
    if (is_proxy(sender, &a) && !behind_proxies(sender, (struct ym_str){forwarded, n}, &a)) {
        return false;
    }
    return country_of(sender, &a, ret_country);
}
