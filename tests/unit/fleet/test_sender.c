/* test_sender.c - whose address counts, behind proxies and without. */
#include "sender.h"

#include "../../makers/make_mmdb.h"
#include "ym_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char path[] = "/tmp/ym-sender-XXXXXX";

static const struct make_mmdb_net nets[] = {
    {0xc0000200, 24, "JP"}, /* 192.0.2.0 */
    {0xcb007100, 24, "DE"}, /* 203.0.113.0 */
    {0x0a000000, 8, "US"},  /* where the proxies are */
};

static struct ym_sender *open_sender(const char *const *proxies, size_t n) {
    struct ym_sender *s = NULL;
    struct ym_err err = {0};

    CHECK(make_mmdb_file(path, nets, 3, false, false));
    CHECK_EQ(ym_sender_open(path, proxies, n, &s, &err), YM_OK);
    return s;
}

static void is(const struct ym_sender *s, const char *peer, const char *forwarded,
               const char *want) {
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    char got[3] = "";
    bool found;

    if (inet_pton(AF_INET, peer, &v4.sin_addr) == 1) {
        found =
            ym_sender_country(s, (const struct sockaddr *)&v4, forwarded, strlen(forwarded), got);
    } else {
        CHECK_EQ(inet_pton(AF_INET6, peer, &v6.sin6_addr), 1);
        found =
            ym_sender_country(s, (const struct sockaddr *)&v6, forwarded, strlen(forwarded), got);
    }
    if (found != (want[0] != '\0') || (found && strcmp(got, want) != 0)) {
        FAIL("%s, \"%s\": \"%s\", not \"%s\"", peer, forwarded, got, want);
    }
}

static void without_a_proxy_the_header_says_nothing(void) {
    struct ym_sender *s = open_sender(NULL, 0);

    is(s, "192.0.2.1", "", "JP");
    is(s, "192.0.2.1", "203.0.113.1", "JP");
    is(s, "::ffff:192.0.2.1", "", "JP");
    is(s, "198.51.100.1", "192.0.2.1", "");
    is(s, "2001:db8::1", "192.0.2.1", "");
    ym_sender_close(s);
}

static void behind_proxies_the_last_that_is_none_counts(void) {
    static const char *const proxies[] = {"10.0.0.0/9", "2001:db8::/33"};
    struct ym_sender *s = open_sender(proxies, 2);

    is(s, "10.1.2.3", "192.0.2.1", "JP");
    is(s, "10.1.2.3", "203.0.113.9,192.0.2.1", "JP"); /* the first one is the client's own words */
    is(s, "10.1.2.3", "203.0.113.9, 10.0.0.7 , 10.0.0.8", "DE");
    is(s, "10.1.2.3", "192.0.2.1:4711", "JP");
    is(s, "2001:db8::5", "[::ffff:192.0.2.1]:4711", "JP");
    is(s, "2001:db8:8000::5", "192.0.2.1", ""); /* outside of the network */
    is(s, "10.200.0.1", "192.0.2.1", "US");     /* the same, and known */
    is(s, "10.1.2.3", "", "");
    is(s, "10.1.2.3", "10.0.0.1", "");
    is(s, "10.1.2.3", "192.0.2.1,unknown", "");
    is(s, "10.1.2.3", "192.0.2.1,", "");
    is(s, "10.1.2.3", "192.0.2.1,[", "");
    is(s, "10.1.2.3", "192.0.2.1,1:2:3", "");
    ym_sender_close(s);
}

static void proxies_that_are_no_addresses_are_refused(void) {
    static const char *const bad[] = {"",           "proxy.example",  "192.0.2.0/33",
                                      "192.0.2.0/", "2001:db8::/129", "192.0.2.1/-1",
                                      "1.2.3"};

    CHECK(make_mmdb_file(path, nets, 3, false, false));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ym_sender *s = NULL;
        struct ym_err err = {0};

        if (ym_sender_open(path, &bad[i], 1, &s, &err) != YM_MALFORMED) {
            FAIL("%s was taken", bad[i]);
        }
        CHECK(s == NULL && err.text[0] != '\0');
    }
}

static void a_missing_database_is_an_error(void) {
    struct ym_sender *s = NULL;
    struct ym_err err = {0};

    CHECK_EQ(ym_sender_open("/nonexistent.mmdb", NULL, 0, &s, &err), YM_IO);
}

int main(void) {
    static const struct ym_test tests[] = {
        T(without_a_proxy_the_header_says_nothing), T(behind_proxies_the_last_that_is_none_counts),
        T(proxies_that_are_no_addresses_are_refused), T(a_missing_database_is_an_error)};
    int fd = mkstemp(path);
    int bad;

    if (fd < 0) {
        return 1;
    }
    (void)close(fd);
    bad = ym_test_main(tests, sizeof(tests) / sizeof(tests[0]));
    (void)unlink(path);
    return bad;
}
