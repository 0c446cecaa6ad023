/* forwarded.c - see forwarded.h. */
#include "fleet/forwarded.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { MAPPED = 96, BITS = 128, TEXT_MAX = 45 };

struct ym_address ym_address_mapped(const struct in_addr *v4) {
    struct ym_address a = {.bytes = {[10] = 0xff, [11] = 0xff}};

    memcpy(a.bytes + 12, v4, sizeof(*v4));
    return a;
}

static bool of_text(struct ym_str s, struct ym_address *ret, bool *ret_v4) {
    char text[TEXT_MAX + 1];
    struct in_addr v4;

    if (s.n == 0 || s.n > TEXT_MAX || memchr(s.s, '\0', s.n) != NULL) {
        return false;
    }
    memcpy(text, s.s, s.n);
    text[s.n] = '\0';
    *ret_v4 = inet_pton(AF_INET, text, &v4) == 1;
    if (*ret_v4) {
        *ret = ym_address_mapped(&v4);
        return true;
    }
    return inet_pton(AF_INET6, text, ret->bytes) == 1;
}

static bool lies_in(const struct ym_address *a, const struct ym_network *n) {
    unsigned whole = n->bits / 8;
    unsigned rest = n->bits % 8;
    uint8_t mask = (uint8_t)(0xff00U >> rest);

    return memcmp(a->bytes, n->address.bytes, whole) == 0 &&
           (rest == 0 || ((a->bytes[whole] ^ n->address.bytes[whole]) & mask) == 0);
}

bool ym_address_is_proxy(const struct ym_address *a, const struct ym_network *proxies, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (lies_in(a, &proxies[i])) {
            return true;
        }
    }
    return false;
}

/* "192.0.2.1", "192.0.2.0/24", "2001:db8::/32" */
bool ym_network_parse(const char *text, struct ym_network *ret) {
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
static bool of_forwarded(struct ym_str s, struct ym_address *ret) {
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
bool ym_forwarded_client(struct ym_str list, const struct ym_network *proxies, size_t n,
                         struct ym_address *ret_client) {
    struct ym_address a;

    while (list.n > 0) {
        const char *comma = memrchr(list.s, ',', list.n);
        size_t from = comma == NULL ? 0 : (size_t)(comma - list.s) + 1;

        if (!of_forwarded((struct ym_str){list.s + from, list.n - from}, &a)) {
            return false;
        }
        if (!ym_address_is_proxy(&a, proxies, n)) {
            *ret_client = a;
            return true;
        }
        list.n = comma == NULL ? 0 : from - 1;
    }
    return false;
}
