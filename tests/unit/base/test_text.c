/* test_text.c - base/text: strict numbers, hex, UTF-8 and fields. */
#include "base/text.h"

#include "ym_test.h"

static void hex_goes_both_ways(void) {
    uint8_t bytes[4];
    char text[9];

    CHECK(ym_hex_decode("00fFA57e", 4, bytes));
    ym_hex_encode(bytes, 4, text);
    CHECK(strcmp(text, "00ffa57e") == 0);
    CHECK_EQ(ym_hex_digit('g'), -1);
    CHECK_EQ(ym_hex_digit('/'), -1);
    CHECK_EQ(ym_hex_digit(':'), -1);
    CHECK_EQ(ym_hex_digit('@'), -1);
}

static void bad_hex_is_refused_and_not_read_past_its_end(void) {
    uint8_t bytes[4];

    CHECK(!ym_hex_decode("00f", 2, bytes)); /* ends in the middle of a byte */
    CHECK(!ym_hex_decode("", 1, bytes));
    CHECK(!ym_hex_decode("0x12", 2, bytes));
    CHECK(!ym_hex_decode(" 0", 1, bytes));
    CHECK(ym_hex_decode("", 0, bytes));
}

static void numbers_are_strict(void) {
    static const char *const bad[] = {"",
                                      " 1",
                                      "1 ",
                                      "+1",
                                      "-1",
                                      "0x1",
                                      "1.0",
                                      "1e3",
                                      "18446744073709551616",
                                      "99999999999999999999"};
    uint64_t v = 7;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK(!ym_parse_u64(bad[i], strlen(bad[i]), &v));
        CHECK_EQ(v, 7);
    }
    CHECK(ym_parse_u64("18446744073709551615", 20, &v));
    CHECK_EQ(v, UINT64_MAX);
    CHECK(ym_parse_u64("12345", 3, &v));
    CHECK_EQ(v, 123);
    CHECK(ym_parse_u64("007", 3, &v));
    CHECK_EQ(v, 7);
}

static void a_u32_must_fit(void) {
    uint32_t v = 7;

    CHECK(!ym_parse_u32("4294967296", 10, &v));
    CHECK_EQ(v, 7);
    CHECK(ym_parse_u32("4294967295", 10, &v));
    CHECK_EQ(v, UINT32_MAX);
}

/* The length of the character that a NUL-terminated text begins with. */
static unsigned utf8(const char *s) {
    return ym_utf8_length(s, strlen(s));
}

static void utf8_is_checked_as_the_standard_says(void) {
    CHECK_EQ(utf8("a"), 1);
    CHECK_EQ(utf8("\xc3\xa9"), 2);
    CHECK_EQ(utf8("\xe5\xae\x88"), 3);
    CHECK_EQ(utf8("\xf0\x9f\xa6\x8e"), 4);
    CHECK_EQ(ym_utf8_length("\0", 1), 1);
    CHECK_EQ(ym_utf8_length("", 0), 0);
    CHECK_EQ(utf8("\x80"), 0);             /* a tail without a lead */
    CHECK_EQ(utf8("\xc0\xaf"), 0);         /* overlong '/' */
    CHECK_EQ(utf8("\xe0\x80\xaf"), 0);     /* overlong '/' */
    CHECK_EQ(utf8("\xed\xa0\x80"), 0);     /* a surrogate */
    CHECK_EQ(utf8("\xf4\x90\x80\x80"), 0); /* past U+10FFFF */
    CHECK_EQ(utf8("\xf8\x88\x80\x80\x80"), 0);
    CHECK_EQ(utf8("\xe5\xae"), 0);
    CHECK_EQ(utf8("\xf0\x9f\xa6z"), 0);
}

static unsigned step(const char *s) {
    bool well_formed = true;
    unsigned n = ym_utf8_step(s, strlen(s), &well_formed);

    return well_formed ? 10 + n : n;
}

/* Unicode 15, table 3-8 and its text. */
static void what_is_no_utf8_is_stepped_over_as_the_standard_says(void) {
    CHECK_EQ(step("\xf0\x9f\xa6\x8e"), 14);
    CHECK_EQ(step("a"), 11);
    CHECK_EQ(step(""), 0);
    CHECK_EQ(step("\x80\x80"), 1);
    CHECK_EQ(step("\xf4\x90\x80"), 1); /* nothing past U+10FFFF begins so */
    CHECK_EQ(step("\xe1\x80\xe2"), 2);
    CHECK_EQ(step("\xf0\x91\x92Z"), 3);
    CHECK_EQ(step("\xe5\xae"), 2);
    CHECK_EQ(step("\xed\xa0\x80"), 1);
}

static void case_is_folded_for_ascii_only(void) {
    CHECK(ym_equal_nocase("AutoRun.INF", "autorun.inf"));
    CHECK(!ym_equal_nocase("autorun", "autorun.inf"));
    CHECK(!ym_equal_nocase("[", "{")); /* 0x5b and 0x7b differ by the case bit only */
    CHECK(!ym_equal_nocase("\xc9", "\xe9"));
    CHECK(ym_ends_with_nocase("daily.NDB", ".ndb"));
    CHECK(!ym_ends_with_nocase("ndb", ".ndb"));
    CHECK(ym_ends_with_nocase("x", ""));
}

static void fields_keep_empty_ones(void) {
    struct ym_fields f;
    struct ym_str s;
    static const size_t want[] = {1, 0, 1, 0};
    const char *text = "a::b:";

    ym_fields_init(&f, text, 5, ':');
    for (size_t i = 0; i < 4; i++) {
        CHECK(ym_fields_next(&f, &s));
        CHECK_EQ(s.n, want[i]);
    }
    CHECK(!ym_fields_next(&f, &s));
    ym_fields_init(&f, NULL, 0, ':');
    CHECK(ym_fields_next(&f, &s));
    CHECK_EQ(s.n, 0);
    CHECK(!ym_fields_next(&f, &s));
}

MAIN(T(hex_goes_both_ways), T(bad_hex_is_refused_and_not_read_past_its_end), T(numbers_are_strict),
     T(a_u32_must_fit), T(utf8_is_checked_as_the_standard_says),
     T(what_is_no_utf8_is_stepped_over_as_the_standard_says), T(case_is_folded_for_ascii_only),
     T(fields_keep_empty_ones))
