/* test_csv.c - fields, dates, hosts of URLs, countries of names. */
#include "feeds/csv.h"

#include "ym_test.h"

static struct ym_str str(const char *s) {
    return (struct ym_str){s, strlen(s)};
}

static ym_status split(const char *line, struct ym_str field[YM_CSV_FIELDS_MAX], size_t *n) {
    static char copy[4096];
    size_t len = strlen(line);

    memcpy(copy, line, len);
    return ym_csv_split(copy, len, field, n);
}

static void is(struct ym_str got, const char *want) {
    if (got.n != strlen(want) || memcmp(got.s, want, got.n) != 0) {
        FAIL("got \"%.*s\", want \"%s\"", (int)got.n, got.s, want);
    }
}

static void fields_lose_their_quotes(void) {
    struct ym_str f[YM_CSV_FIELDS_MAX];
    size_t n = 0;

    CHECK_EQ(split("\"1\",\"a \"\"b\"\", c\", d e ,,\"\"", f, &n), YM_OK);
    CHECK_EQ(n, 5);
    is(f[0], "1");
    is(f[1], "a \"b\", c");
    is(f[2], "d e");
    is(f[3], "");
    is(f[4], "");
    CHECK_EQ(split("", f, &n), YM_OK);
    CHECK_EQ(n, 1);
    CHECK_EQ(split("a,", f, &n), YM_OK);
    CHECK_EQ(n, 2);
}

static void a_quote_without_an_end_is_refused(void) {
    struct ym_str f[YM_CSV_FIELDS_MAX];
    size_t n = 77;

    CHECK_EQ(split("\"a", f, &n), YM_MALFORMED);
    CHECK_EQ(split("a,\"b\"\"", f, &n), YM_MALFORMED);
    CHECK_EQ(split("\"a\"b,c", f, &n), YM_MALFORMED);
    CHECK_EQ(n, 77);
}

static void sixty_four_fields_and_no_more(void) {
    char line[YM_CSV_FIELDS_MAX + 1];
    struct ym_str f[YM_CSV_FIELDS_MAX];
    size_t n = 0;

    memset(line, ',', sizeof(line));
    CHECK_EQ(ym_csv_split(line, YM_CSV_FIELDS_MAX - 1, f, &n), YM_OK);
    CHECK_EQ(n, YM_CSV_FIELDS_MAX);
    CHECK_EQ(ym_csv_split(line, YM_CSV_FIELDS_MAX, f, &n), YM_LIMIT);
}

static void dates_give_months(void) {
    static const struct {
        const char *text;
        int year, month; /* 0: refused */
    } rows[] = {
        {"2018-05-26 10:44:18", 2018, 5},
        {"2019/01/04 10:12:00", 2019, 1},
        {"2018-10-25T20:11:52+00:00", 2018, 10},
        {"2018-05-26", 2018, 5},
        {"2018-05/26", 0, 0},
        {"2018-13-01", 0, 0},
        {"2018-00-01", 0, 0},
        {"2018-01-32", 0, 0},
        {"2018-1-1", 0, 0},
        {"1969-12-31", 0, 0},
        {"", 0, 0},
        {"2018-05-261", 0, 0},
        {"26.05.2018 ", 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int month = 0;
        bool good = ym_feed_month(str(rows[i].text), &month);

        if (good != (rows[i].year != 0) ||
            (good && month != rows[i].year * 12 + rows[i].month - 1)) {
            FAIL("%s: %d", rows[i].text, month);
        }
    }
}

static void urls_give_their_hosts(void) {
    static const struct {
        const char *url, *host; /* NULL: refused */
        bool address;
    } rows[] = {
        {"http://Example.COM/a?b", "example.com", false},
        {"https://user:pw@evil.example:8080/x", "evil.example", false},
        {"http://a@b@c.example/", "c.example", false},
        {"hxxp://bad[.]example[.]jp/x", "bad.example.jp", false},
        {"bare.example.net", "bare.example.net", false},
        {"http://name.example./", "name.example", false},
        {"http://192.0.2.7/x", "192.0.2.7", true},
        {"http://3221226015", "192.0.2.31", true},
        {"http://0xc0000207/", "192.0.2.7", true},
        {"http://[2001:DB8::0:1]:80/", "2001:db8::1", true},
        {"http://q\xc3\xa9.example", "q\xc3\xa9.example", false},
        {"http://192.0.2.256/", NULL, false},
        {"http://1.2.3.4.5/", NULL, false},
        {"http://[2001:db8::1/", NULL, false},
        {"http://[example]/", NULL, false},
        {"http:///x", NULL, false},
        {"", NULL, false},
        {"http://a..b/", NULL, false},
        {"http://a b/", NULL, false},
        {"http://.a/", NULL, false},
        {"javascript:alert(1)", NULL, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char host[YM_HOST_SIZE] = "";
        bool address = false;
        bool good = ym_url_host(str(rows[i].url), host, &address);

        if (good != (rows[i].host != NULL)) {
            FAIL("%s was %s", rows[i].url, good ? "taken" : "refused");
        }
        if (good && (strcmp(host, rows[i].host) != 0 || address != rows[i].address)) {
            FAIL("%s gave %s (%d)", rows[i].url, host, address);
        }
    }
}

static void a_host_has_at_most_253_characters(void) {
    char url[400] = "http://";
    char host[YM_HOST_SIZE];
    bool address;

    memset(url + 7, 'a', 253);
    CHECK(ym_url_host(str(url), host, &address));
    CHECK_EQ(strlen(host), 253);
    url[7 + 253] = 'a';
    CHECK(!ym_url_host(str(url), host, &address));
}

/* Cut at any place: never a host that is not in the text. */
static void every_prefix_of_a_url_is_bounded(void) {
    static const char url[] = "https://user@[2001:db8::7]:443/path";
    char host[YM_HOST_SIZE];
    bool address;

    for (size_t n = 0; n < sizeof(url); n++) {
        char exact[sizeof(url)];

        memcpy(exact, url, n);
        if (ym_url_host((struct ym_str){exact, n}, host, &address)) {
            CHECK(host[0] != '\0');
        }
    }
}

static void names_tell_countries(void) {
    static const char *const rows[][2] = {
        {"www.example.co.jp", "JP"},
        {"x.uk", "GB"},
        {"x.de", "DE"},
        {"x.com", ""},
        {"x.tk", ""},
        {"x.eu", ""},
        {"x.su", ""},
        {"jp", ""},
        {"x.j1", ""},
        {"x.io", ""},
        {"xn--a.xn--p1ai", ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char country[3] = "";
        bool good = ym_host_country(rows[i][0], country);

        if (good != (rows[i][1][0] != '\0') || (good && strcmp(country, rows[i][1]) != 0)) {
            FAIL("%s is in \"%s\"", rows[i][0], country);
        }
    }
}

MAIN(T(fields_lose_their_quotes), T(a_quote_without_an_end_is_refused),
     T(sixty_four_fields_and_no_more), T(dates_give_months), T(urls_give_their_hosts),
     T(a_host_has_at_most_253_characters), T(every_prefix_of_a_url_is_bounded),
     T(names_tell_countries))
