/* test_byte_compare.c - the value that a byte compare reads, as clamscan 1.4.6 showed it (found by
 * comparing with every power of a bisection). */
#include "../../../src/match/byte_compare.h"

#include "ym_test.h"

#include <stdlib.h>

#define NONE INT64_C(-4242424242)

static const struct {
    const char *options; /* format, b or l, e */
    const char *text;
    int64_t want;
} rows[] = {
    /* hex, big-endian */
    {"hb", "12ab", 0x12ab},
    {"hb", "12AB", 0x12ab},
    {"hb", "0x12", 0x12},
    {"hb", "0X12", 0x12},
    {"hb", "0x12ab", 0x12ab},
    {"hb", "  12", 0x12},
    {"hb", "\t\n\r\v", 0},
    {"hb", "\f123", 0x123},
    {"hb", " 0x123", 0x123},
    {"hb", "12a-", 0x12a},
    {"hb", "----", 0},
    {"hb", "1 234", 1},
    {"hb", "-12a", -0x12a},
    {"hb", "+12a", 0x12a},
    {"hb", " -123", -0x123},
    {"hb", "-0x123", 0},
    {"hb", "0x-123", 0},
    {"hb", "0x 123", 0},
    {"hb", "0x0x12", 0},
    {"hb", "00x123", 0},
    {"hb", "- 123", 0},
    {"hb", "0x", 0},
    {"hb", "7fffffffffffffff", INT64_MAX},
    {"hb", "8000000000000000", NONE},
    {"hb", "-8000000000000000", INT64_MIN},
    {"hb", "-8000000000000001", NONE},
    {"hb", "000000000000000012", 0x12},
    {"hb", "123456789012345678", NONE},
    {"hb",
     "\x85"
     "12",
     0},
    /* exact */
    {"hbe", "12ab", 0x12ab},
    {"hbe", "0x12", 0x12},
    {"hbe", "-123", -0x123},
    {"hbe", "12zz", NONE},
    {"hbe", " 123", NONE},
    {"hbe", "0x", NONE},
    {"hbe", "zzzz", NONE},
    {"hbe", "0", 0},
    /* hex, little-endian */
    {"hl", "12ab", 0xab12},
    {"hl", "12a", 0x2a01},
    {"hl", "5", 5},
    {"hl", "5z", 0},
    {"hl", "  12", 0x12},
    {"hl", " 123", 0x2301},
    {"hl", "0x12ab", 0xab12},
    {"hl", "  0x123", 0x2301},
    {"hl", "12zz", 0x12},
    {"hl", "zz12", 0},
    {"hl", "12zz34", 0x12},
    {"hl", "1234z", 0x2301},
    {"hl", "-123", 0},
    {"hl", "12x345", 0x45},
    {"hl", "120xab", 0xab0},
    {"hl", "x1234", 0x34120},
    {"hl", "12340x", 0x3412},
    {"hl", "0x0x12", 0x120},
    {"hl", "1234567890123456", 0x5634129078563412},
    {"hl", "00000000000000ff", NONE},
    {"hl", "010000000000000000", 1},
    {"hl", "000000000000000001", NONE},
    {"hle", "1234", 0x3412},
    {"hle", "12zz", 0x12},
    {"hle", "zzzz", 0},
    {"hle", "123", NONE},
    {"hle", " 123", NONE},
    {"hle", "0x12", NONE},
    {"hle", "12340x", 0x3412},
    {"hle", "120xab", NONE},
    {"hle", "5", 5},
    /* decimal */
    {"d", "1234", 1234},
    {"d", "0123", 123},
    {"d", "12ab", 12},
    {"d", " 12 ", 12},
    {"d", "-123", -123},
    {"d", "0x12", 0},
    {"d", "    ", 0},
    {"d", "- 12", 0},
    {"d", "9223372036854775807", INT64_MAX},
    {"d", "11111111111111111111", NONE},
    {"de", "-123", -123},
    {"de", "12ab", NONE},
    {"de", " 123", NONE},
    {"de", "-", NONE},
    /* whichever */
    {"ab", "1234", 1234},
    {"ab", "0x1234", 0x1234},
    {"ab", " 0x123", 0x123},
    {"ab", "12ab", 12},
    {"ab", "-123", -123},
    {"ab", "-0x12a", 0},
    {"ab", "zz12", 0},
    {"ab", "12", NONE},
    {"ab", "  12", NONE},
    {"ab", "    ", NONE},
    {"ab", "0x1", 1},
    {"al", "1234", NONE},
    {"al", "0x1234", 0x3412},
    {"abe", "0x12zz", NONE},
    {"ale", "0x1234", NONE},
    /* raw */
    {"ib", "\x80", 0x80},
    {"ib", "\x80\x01", 0x8001},
    {"il", "\x80\x01", 0x0180},
    {"ib", "\x80\x01\x02\x03", 0x80010203},
    {"il", "\x80\x01\x02\xf3", 0xf3020180},
    {"ib", "\xff\xff\xff\xff\xff\xff\xff\xfe", -2},
    {"il", "\x80\x01\x02\x03\x04\x05\x06\x07", 0x0706050403020180},
    {"ibe", "\xfe\xff", 0xfeff},
};

static struct ym_byte_compare made(const char *options, size_t n) {
    return (struct ym_byte_compare){.format = options[0],
                                    .little = strchr(options, 'l') != NULL,
                                    .exact = strchr(options, 'e') != NULL,
                                    .bytes = (uint8_t)n,
                                    .n_tests = 1};
}

/* In memory of its own size, so that the sanitizer sees what is read beyond. */
static bool holds(struct ym_byte_compare *c, const char *text, char op, int64_t with) {
    size_t n = strlen(text);
    uint8_t *data = malloc(n + 1);
    bool ret;

    CHECK(data != NULL);
    data[0] = '9';
    memcpy(data + 1, text, n);
    c->tests[0].op = op;
    c->tests[0].value = with;
    ret = ym_byte_compare(c, data, n + 1, 1);
    free(data);
    return ret;
}

static void every_spelling_has_the_value_that_clamscan_sees(void) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ym_byte_compare c = made(rows[i].options, strlen(rows[i].text));
        bool none = rows[i].want == NONE;
        int64_t want = none ? 0 : rows[i].want;

        if (holds(&c, rows[i].text, '=', want) == none ||
            (none && (holds(&c, rows[i].text, '<', 0) || holds(&c, rows[i].text, '>', 0))) ||
            (want < INT64_MAX && holds(&c, rows[i].text, '=', want + 1)) ||
            holds(&c, rows[i].text, '<', want) || holds(&c, rows[i].text, '>', want)) {
            FAIL("%s of '%s' is not %lld", rows[i].options, rows[i].text, (long long)want);
        }
    }
}

static void all_bytes_must_be_there_and_not_begin_the_data(void) {
    static const uint8_t data[] = "12QZ34";
    struct ym_byte_compare c = made("hb", 2);

    c.tests[0].op = '>';
    c.tests[0].value = -1;
    for (int64_t offset = -5; offset <= 8; offset++) {
        int64_t at = 2 + offset;

        c.offset = offset;
        CHECK_EQ(ym_byte_compare(&c, data, 6, 2), at > 0 && at <= 4);
    }
    c.offset = INT64_MIN;
    CHECK(!ym_byte_compare(&c, data, 6, 2));
    c.offset = INT64_MAX;
    CHECK(!ym_byte_compare(&c, data, 6, 2));
    CHECK(!ym_byte_compare(&c, data, 6, UINT64_MAX));
    c.offset = 0;
    CHECK(!ym_byte_compare(&c, data, 0, 0));
}

static void two_tests_must_both_hold(void) {
    static const uint8_t data[] = "-50";
    struct ym_byte_compare c = made("d", 2);

    c.n_tests = 2;
    c.tests[0].op = '>';
    c.tests[0].value = 10;
    c.tests[1].op = '<';
    c.tests[1].value = 51;
    CHECK(ym_byte_compare(&c, data, 3, 1));
    c.tests[1].value = 50;
    CHECK(!ym_byte_compare(&c, data, 3, 1));
    c.tests[1].value = 51;
    c.tests[0].value = 50;
    CHECK(!ym_byte_compare(&c, data, 3, 1));
}

MAIN(T(every_spelling_has_the_value_that_clamscan_sees),
     T(all_bytes_must_be_there_and_not_begin_the_data), T(two_tests_must_both_hold))
