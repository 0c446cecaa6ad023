/* test_allow.c - the list of exceptions. */
#include "clean/allow.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <stdlib.h>

static ym_status parse(const char *text, size_t n, struct ym_allow **ret, struct ym_err *err) {
    struct ym_reader r;

    ym_reader_init(&r, text, n);
    return ym_allow_parse(r, "sites.txt", ret, err);
}

static struct ym_allow *good(const char *text) {
    struct ym_allow *a = NULL;
    struct ym_err err = {0};

    if (parse(text, strlen(text), &a, &err) != YM_OK) {
        FAIL("refused: %s", err.text);
    }
    return a;
}

static void has(const char *text, const char *name, bool want) {
    struct ym_allow *a = good(text);
    bool got = ym_allow_has(a, name);

    ym_allow_free(a);
    if (got != want) {
        FAIL("%s is %s", name, got ? "left out" : "not left out");
    }
}

static void a_name_frees_itself(void) {
    has("wnsux.com\n", "wnsux.com", true);
    has("wnsux.com", "wnsux.com", true);
    has("wnsux.com\n", "wnsux.co", false);
    has("wnsux.com\n", "xwnsux.com", false);
    has("wnsux.com\n", "wnsux.comm", false);
    has("wnsux.com\n", "com", true); /* above it */
    has("a.ws\nb.ws\nc.ws\n", "b.ws", true);
    has("a.ws\nc.ws\n", "b.ws", false);
    has("", "b.ws", false);
    CHECK(!ym_allow_has(NULL, "b.ws"));
}

static void a_name_frees_what_lies_below(void) {
    has("ws\n", "abcde.ws", true);
    has("*.example.org\n", "example.org", true);
    has("example.org\n", "a.b.example.org", true);
    has("example.org\n", "anexample.org", false);
    has("example.org\nexample.org.uk\nexample-x.org\n", "www.example.org", true);
}

static void a_name_frees_what_lies_above(void) {
    has("www.southwest.wnsux.com\n", "wnsux.com", true);
    has("www.wnsux.com\nwww-1.com\n", "www.com", false);
    has("a-b.wnsux.com\n", "b.wnsux.com", false);
}

static void the_text_may_look_as_people_write_it(void) {
    has("\xef\xbb\xbfwnsux.com\r\n", "wnsux.com", true);
    has("  WnSux.COM.\t# the airline\n", "wnsux.com", true);
    has("#wnsux.com\n", "wnsux.com", false);
    has("# wnsux.com\n\n   \n#\npraat.org#x\n", "praat.org", true);
    has("xn--bcher-kva.example\n", "xn--bcher-kva.example", true);
    has("_dmarc.praat.org\n", "praat.org", true);
}

static void different_names_are_counted_once(void) {
    struct ym_allow *a = good("b.ws\na.ws\n*.B.ws\nb.ws.\n");

    CHECK_EQ(ym_allow_count(a), 2);
    ym_allow_free(a);
    CHECK_EQ(ym_allow_count(NULL), 0);
    ym_allow_free(NULL);
}

static void refused_n(const char *text, size_t n, unsigned line) {
    struct ym_allow *a = NULL;
    struct ym_err err = {0};

    CHECK_EQ(parse(text, n, &a, &err), YM_MALFORMED);
    CHECK(a == NULL && strcmp(err.file, "sites.txt") == 0);
    CHECK_EQ(err.line, line);
}
#define REFUSED(text, line) refused_n(text, sizeof(text) - 1, line)

static void what_is_no_name_is_refused_with_its_line(void) {
    REFUSED("a.ws\n0.0.0.0 b.ws\n", 2);
    REFUSED("a.ws, b.ws", 1);
    REFUSED("\n\n.ws\n", 3);
    REFUSED("a..ws\n", 1);
    REFUSED("a.ws..\n", 1);
    REFUSED(".\n", 1);
    REFUSED("*.\n", 1);
    REFUSED("*\n", 1);
    REFUSED("a.*.ws\n", 1);
    REFUSED("b\xc3\xbc"
            "cher.example\n",
            1);
    REFUSED("a.ws\0b.ws\n", 1);
    REFUSED("http://a.ws/\n", 1);
    REFUSED("a2345678901234567890123456789012345678901234567890123456789012345.ws\n", 1);
}

static void lengths_are_those_of_dns(void) {
    static char text[400];
    size_t n = 0;

    for (int i = 0; i < 4; i++) { /* four labels of 63: 255 with the dots */
        memset(text + n, 'a', 63);
        n += 63;
        text[n++] = '.';
    }
    refused_n(text, n - 1, 1);
    CHECK(memcmp(text, "aaa", 3) == 0);
    text[n - 3] = '\0'; /* 253 */
    has(text, text, true);
}

static void every_beginning_of_a_text_is_read_or_refused(void) {
    static const char text[] = "# sites\nWWW.wnsux.com\r\n*.praat.org.\n jogli.com # x\nqhflh.com";

    for (size_t n = 0; n < sizeof(text); n++) {
        char *copy = ym_malloc(n); /* its end is the end of memory */
        struct ym_allow *a = NULL;
        struct ym_err err = {0};

        CHECK(copy != NULL);
        memcpy(copy, text, n);
        if (parse(copy, n, &a, &err) == YM_OK) {
            CHECK(ym_allow_has(a, "wnsux.com") == (n > 20));
        } else {
            CHECK(a == NULL && err.line > 0);
        }
        ym_free(copy);
        ym_allow_free(a);
    }
}

static void a_large_list_is_searched_right(void) {
    enum { N = 20000, WIDTH = 10 };
    char *text = ym_malloc(N * WIDTH + 1);
    struct ym_allow *a;

    CHECK(text != NULL);
    for (int i = 0; i < N; i++) { /* every other number */
        (void)snprintf(text + (size_t)i * WIDTH, WIDTH + 1, "n%05d.ws\n", i * 2);
    }
    a = good(text);
    CHECK_EQ(ym_allow_count(a), N);
    for (int i = 0; i < 2 * N; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "n%05d.ws", i);
        CHECK(ym_allow_has(a, name) == (i % 2 == 0));
    }
    ym_allow_free(a);
    ym_free(text);
}

static void a_text_that_is_too_long_is_a_limit(void) {
    size_t n = (size_t)YM_ALLOW_FILE_MAX + 1;
    char *text = ym_malloc(n);
    struct ym_allow *a = NULL;
    struct ym_err err = {0};

    CHECK(text != NULL);
    memset(text, '\n', n);
    CHECK_EQ(parse(text, n, &a, &err), YM_LIMIT);
    CHECK(a == NULL);
    ym_free(text);
}

static void every_failing_allocation_is_survived(void) {
    for (unsigned nth = 1;; nth++) {
        struct ym_allow *a = NULL;
        struct ym_err err = {0};
        ym_status st;

        ym_fault_malloc(nth, 0);
        st = parse("a.ws\nb.ws\n", 10, &a, &err);
        if (ym_fault_malloc(0, 0) == 0) {
            CHECK_EQ(st, YM_OK);
            ym_allow_free(a);
            CHECK(nth > 1);
            return;
        }
        CHECK_EQ(st, YM_NOMEM);
        CHECK(a == NULL);
    }
}

MAIN(T(a_name_frees_itself), T(a_name_frees_what_lies_below), T(a_name_frees_what_lies_above),
     T(the_text_may_look_as_people_write_it), T(different_names_are_counted_once),
     T(what_is_no_name_is_refused_with_its_line), T(lengths_are_those_of_dns),
     T(every_beginning_of_a_text_is_read_or_refused), T(a_large_list_is_searched_right),
     T(a_text_that_is_too_long_is_a_limit), T(every_failing_allocation_is_survived))
