/* What YARA refuses at compile time, and what is not supported yet: code and place. */
#include "makers/yara_load.h"
#include "ym_test.h"

struct row {
    const char *text;
    unsigned line, column;
};

static void expect_error(const char *text, ym_status code, unsigned line, unsigned column) {
    struct yara_load l;
    ym_status st;

    yara_load_init(&l);
    st = yara_load_text(&l, text, strlen(text), false);
    if (st != code || l.err.code != code) {
        FAIL("%s\n# got %s %s", text, ym_status_name(st), l.err.text);
    }
    if (l.err.line != line || l.err.column != column || strcmp(l.err.file, "r.yar") != 0) {
        FAIL("%s\n# at %s:%u:%u, want %u:%u: %s", text, l.err.file, l.err.line, l.err.column, line,
             column, l.err.text);
    }
    CHECK(l.err.text[0] != '\0');
    yara_load_done(&l);
}

static void expect_malformed(const struct row *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        expect_error(rows[i].text, YM_MALFORMED, rows[i].line, rows[i].column);
    }
}
#define EXPECT_MALFORMED(rows) expect_malformed(rows, sizeof(rows) / sizeof((rows)[0]))

static void structure(void) {
    static const struct row rows[] = {
        {"foo", 1, 1},
        {"rule", 1, 5},
        {"rule 1_foo { condition: true }", 1, 6},
        {"rule a { true }", 1, 10},
        {"rule a { condition: true", 1, 25},
        {"rule a condition: true }", 1, 8},
        {"rule a { }", 1, 10},
        {"rule a { condition: }", 1, 21},
        {"rule a { condition: true }\n\nfoo\n\nrule b { condition: true }", 3, 1},
        {"rule a { meta: condition: true }", 1, 16},
        {"rule a { meta: x = condition: true }", 1, 20},
        {"rule a { meta: x = 1.5 condition: true }", 1, 20},
        {"rule a { meta: x = - \"y\" condition: true }", 1, 22},
        {"rule a { strings: condition: true }", 1, 19},
        {"rule a { strings: $a condition: $a }", 1, 22},
        {"rule a { strings: $a = x condition: $a }", 1, 24},
        {"rule a { strings: $a* = \"x\" condition: $a }", 1, 19},
        {"rule a : { condition: true }", 1, 10},
        {"rule a : x y x { condition: true }", 1, 14},
        {"rule a { condition: true }\nrule a { condition: true }", 2, 6},
        {"rule rule { condition: true }", 1, 6},
        {"rule filesize { condition: true }", 1, 6},
        {"private foo rule a { condition: true }", 1, 9},
        {"import \"nosuch\"", 1, 8},
        {"import pe", 1, 8},
        {"include x", 1, 9},
        {"include \"x", 1, 11},
        {"rule a { condition: true } /* no end", 1, 37},
        {"rule \xc3\xa9 { condition: true }", 1, 6},
        {"\xef\xbb\xbfrule a { condition: true }", 1, 1},
        {"rule a { condition: 1 1 == 1 }", 1, 23},
    };

    EXPECT_MALFORMED(rows);
}

static void strings(void) {
    static const struct row rows[] = {
        {"rule a { strings: $a = \"\" condition: $a }", 1, 24},
        {"rule a { strings: $a = \"x condition: $a }", 1, 42},
        {"rule a { strings: $a = \"x\n\" condition: $a }", 1, 26},
        {"rule a { strings: $a = \"\\g\" condition: $a }", 1, 25},
        {"rule a { strings: $a = \"\\x1\" condition: $a }", 1, 25},
        {"rule a { strings: $a = \"x\" $a = \"y\" condition: $a }", 1, 28},
        {"rule a { strings: $a = \"x\"\n$b = \"y\" condition: $a }", 2, 1},
        {"rule a { strings: $ = \"x\" condition: true }", 1, 19},
        {"rule a { strings: $a = \"x\" wide wide condition: $a }", 1, 33},
        {"rule a { strings: $a = \"x\" xor nocase condition: $a }", 1, 24},
        {"rule a { strings: $a = \"x\" base64 nocase condition: $a }", 1, 24},
        {"rule a { strings: $a = \"x\" base64wide fullword condition: $a }", 1, 24},
        {"rule a { strings: $a = \"x\" base64 xor condition: $a }", 1, 24},
        {"rule a { strings: $a = \"x\" base64(\"abc\") condition: $a }", 1, 35},
        {"rule a { strings: $a = \"x\" xor(256) condition: $a }", 1, 32},
        {"rule a { strings: $a = \"x\" xor(2-1) condition: $a }", 1, 32},
        {"rule a { strings: $a = \"x\" xor(1-256) condition: $a }", 1, 32},
        {"rule a { strings: $a = \"x\" xor(-1) condition: $a }", 1, 32},
        {"rule a { strings: $a = \"x\" xor(1 condition: $a }", 1, 34},
        {"rule a { strings: $a = \"x\" private private condition: $a }", 1, 36},
    };

    EXPECT_MALFORMED(rows);
}

static void hex_strings(void) {
    static const struct row rows[] = {
        {"rule a { strings: $a = { } condition: $a }", 1, 26},
        {"rule a { strings: $a = { 01 0 } condition: $a }", 1, 30},
        {"rule a { strings: $a = { 0 1 } condition: $a }", 1, 27},
        {"rule a { strings: $a = { G0 } condition: $a }", 1, 26},
        {"rule a { strings: $a = { ~?? } condition: $a }", 1, 29},
        {"rule a { strings: $a = { ~0 } condition: $a }", 1, 28},
        {"rule a { strings: $a = { ~ } condition: $a }", 1, 27},
        {"rule a { strings: $a = { 01 [0] 02 } condition: $a }", 1, 31},
        {"rule a { strings: $a = { [1] 02 } condition: $a }", 1, 26},
        {"rule a { strings: $a = { 01 [1] } condition: $a }", 1, 33},
        {"rule a { strings: $a = { 01 [2-1] 02 } condition: $a }", 1, 33},
        {"rule a { strings: $a = { 01 [-100] 02 } condition: $a }", 1, 34},
        {"rule a { strings: $a = { 01 [] 02 } condition: $a }", 1, 30},
        {"rule a { strings: $a = { 01 [0x1] 02 } condition: $a }", 1, 31},
        {"rule a { strings: $a = { 01 [1-4294967296] 02 } condition: $a }", 1, 41},
        {"rule a { strings: $a = { 01 (02 [-] 03) } condition: $a }", 1, 35},
        {"rule a { strings: $a = { 01 (02 [201] 03) } condition: $a }", 1, 37},
        {"rule a { strings: $a = { 01 ([1] 03) } condition: $a }", 1, 30},
        {"rule a { strings: $a = { 01 (02 [1]) } condition: $a }", 1, 36},
        {"rule a { strings: $a = { 01 (02 | ) } condition: $a }", 1, 35},
        {"rule a { strings: $a = { 01 () } condition: $a }", 1, 30},
        {"rule a { strings: $a = { 01 ( 02 } condition: $a }", 1, 34},
        {"rule a { strings: $a = { 01 ) } condition: $a }", 1, 29},
        {"rule a { strings: $a = { 01 | 02 } condition: $a }", 1, 29},
        {"rule a { strings: $a = { 01", 1, 28},
        {"rule a { strings: $a = { 01 } wide condition: $a }", 1, 31},
        {"rule a { strings: $a = { 01 } private private condition: $a }", 1, 39},
    };

    EXPECT_MALFORMED(rows);
}

static void numbers(void) {
    static const struct row rows[] = {
        {"rule a { condition: 9223372036854775808 > 0 }", 1, 21},
        {"rule a { condition: 0x8000000000000000 > 0 }", 1, 21},
        {"rule a { condition: 0o1000000000000000000000 > 0 }", 1, 21},
        {"rule a { condition: 9007199254740992KB > 0 }", 1, 21},
        {"rule a { condition: 8796093022208MB > 0 }", 1, 21},
        {"rule a { condition: 9223372036854775807 + 1 > 0 }", 1, 21},
        {"rule a { condition: -9223372036854775807 - 2 > 0 }", 1, 21},
        {"rule a { condition: 1 - -9223372036854775807 > 0 }", 1, 21},
        {"rule a { condition: 0x4000000000000000 * 2 > 0 }", 1, 21},
        {"rule a { condition: -4611686018427387904 * 2 > 0 }", 1, 21},
        {"rule a { condition: ~9223372036854775807 \\ -1 > 0 }", 1, 21},
        {"rule a { condition: 1 \\ 0 > 0 }", 1, 21},
        {"rule a { condition: filesize % (1 - 1) > 0 }", 1, 21},
        {"rule a { condition: 1 << -1 > 0 }", 1, 21},
        {"rule a { condition: filesize >> -1 > 0 }", 1, 21},
        {"rule a { condition: 0x > 0 }", 1, 22},
    };

    EXPECT_MALFORMED(rows);
}

static void types(void) {
    static const struct row rows[] = {
        {"rule a { condition: 1 + \"1\" == 2 }", 1, 25},
        {"rule a { condition: 2.0 % 1 == 1 }", 1, 21},
        {"rule a { condition: 2.0 & 1 == 1 }", 1, 21},
        {"rule a { condition: ~2.0 == 1 }", 1, 22},
        {"rule a { condition: -\"x\" == 1 }", 1, 22},
        {"rule a { condition: \"a\" + \"b\" == \"ab\" }", 1, 21},
        {"rule a { condition: \"a\" == 1 }", 1, 28},
        {"rule a { condition: 1 == \"a\" }", 1, 26},
        {"rule a { condition: \"a\" contains 1 }", 1, 34},
        {"rule a { condition: 1 contains \"a\" }", 1, 21},
        {"rule a { condition: (1 == 1) == 1 }", 1, 22},
        {"rule a { condition: 1 < 2 < 3 }", 1, 27},
        {"rule a { condition: true == true }", 1, 26},
        {"rule a { condition: uint8(\"x\") }", 1, 27},
        {"rule a { condition: uint8(1.0) }", 1, 27},
        {"rule a { condition: uint16(,0) == 0 }", 1, 28},
        {"rule a { strings: $a = \"x\" condition: $a at \"1\" }", 1, 45},
        {"rule a { strings: $a = \"x\" condition: $a at 1.0 }", 1, 45},
        {"rule a { strings: $a = \"x\" condition: $a in (0..\"1\") }", 1, 49},
        {"rule a { strings: $a = \"x\" condition: $a in (2..1) }", 1, 46},
        {"rule a { strings: $a = \"x\" condition: $a in (-1..1) }", 1, 46},
        {"rule a { strings: $a = \"x\" condition: @a[\"1\"] }", 1, 42},
        {"rule a { strings: $a = \"x\" condition: $a + 1 }", 1, 42},
        {"rule a { strings: $a = \"x\" condition: ($a) + 1 }", 1, 40},
        {"rule a { condition: \"x\" matches \"x\" }", 1, 33},
        {"rule a { condition: 1 matches /x/ }", 1, 21},
        {"rule b { condition: true } rule a { condition: b + 1 }", 1, 48},
        {"rule b { condition: true } rule a { condition: b.x }", 1, 48},
        {"rule a { condition: nosuch }", 1, 21},
        {"rule a { condition: pe.is_pe }", 1, 21},
    };

    EXPECT_MALFORMED(rows);
}

static void sets_and_loops(void) {
    static const struct row rows[] = {
        {"rule a { condition: all of them }", 1, 28},
        {"rule a { condition: all of ($a*) }", 1, 29},
        {"rule a { condition: $a }", 1, 21},
        {"rule a { condition: #a > 1 }", 1, 21},
        {"rule a { condition: @a == 1 }", 1, 21},
        {"rule a { condition: !a == 1 }", 1, 21},
        {"rule a { strings: $a = \"x\" condition: $ }", 1, 39},
        {"rule a { strings: $a = \"x\" condition: # > 1 }", 1, 39},
        {"rule a { strings: $a = \"x\" condition: @ }", 1, 39},
        {"rule a { strings: $a = \"x\" condition: for any of them : ($) and $ }", 1, 65},
        {"rule a { strings: $a = \"x\" condition: 0% of them }", 1, 39},
        {"rule a { strings: $a = \"x\" condition: 101% of them }", 1, 39},
        {"rule a { strings: $a = \"x\" condition: 1.5% of them }", 1, 39},
        {"rule a { strings: $a = \"x\" condition: 1 + 50% of them }", 1, 45},
        {"rule a { strings: $a = \"x\" condition: 50% of them at 1 }", 1, 51},
        {"rule a { strings: $a = \"x\" condition: for 50% of them : ($) }", 1, 45},
        {"rule a { strings: $a = \"x\" condition: -1 of them }", 1, 39},
        {"rule a { strings: $a = \"x\" condition: 0 + -1 of them }", 1, 39},
        {"rule a { strings: $a = \"x\" condition: \"x\" of them }", 1, 39},
        {"rule a { strings: $a = \"x\" condition: 1.0 of them }", 1, 39},
        {"rule a { strings: $a = \"x\" condition: any of }", 1, 46},
        {"rule a { strings: $a = \"x\" condition: any of $a }", 1, 46},
        {"rule a { strings: $a = \"x\" condition: any of () }", 1, 47},
        {"rule a { strings: $a = \"x\" condition: any of ($a,) }", 1, 50},
        {"rule a { strings: $a = \"x\" condition: any of them at \"x\" }", 1, 54},
        {"rule a { strings: $a = \"x\" condition: any of them in (1.0..2) }", 1, 55},
        {"rule a { strings: $a = \"x\" condition: any them }", 1, 43},
        {"rule a { strings: $a = \"x\" condition: for any of them ($) }", 1, 55},
        {"rule a { strings: $a = \"x\" condition: for any of them : () }", 1, 58},
        {"rule a { strings: $a = \"x\" condition: for any of them : (for any of them : ($)) }", 1,
         58},
        {"rule b { condition: true } rule a { condition: any of (b, c) }", 1, 59},
        {"rule b { condition: true } rule a { condition: any of (c*) }", 1, 56},
        {"rule b { condition: true } rule a { condition: any of (b) at 0 }", 1, 59},
        {"rule b { condition: true } rule a { condition: any of (b) in (0..1) }", 1, 59},
        {"rule b { condition: true } rule a { condition: for any of (b) : (true) }", 1, 60},
        {"rule b1 { condition: true } rule a { condition: any of (b*) } rule b2 { condition: true "
         "}",
         1, 68},
    };

    EXPECT_MALFORMED(rows);
}

static void what_is_not_supported_yet_says_so(void) {
    static const struct row rows[] = {
        {"rule a { condition: true }\ninclude \"x.yar\"", 2, 1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct yara_load l;
        struct ym_yara_options options = {.skip_bad = false};
        struct ym_sink sink = {.self = &l, .rule = yara_load_rule};
        struct ym_yara *y;

        yara_load_init(&l);
        y = ym_yara_new(&options, &sink);
        CHECK_EQ(ym_yara_file(y, "r.yar", rows[i].text, strlen(rows[i].text), "", &l.err),
                 YM_UNSUPPORTED);
        if (l.err.line != rows[i].line || l.err.column != rows[i].column) {
            FAIL("%s: at %u:%u: %s", rows[i].text, l.err.line, l.err.column, l.err.text);
        }
        ym_yara_free(y);
        yara_load_done(&l);
    }
}

static void limits_are_errors(void) {
    struct ym_buf b;

    ym_buf_init(&b, 1 << 22);
    ym_buf_add_text(&b, "rule a { condition: ");
    for (unsigned i = 0; i < 100000; i++) {
        ym_buf_add_text(&b, "(");
    }
    expect_error((const char *)b.data, YM_MALFORMED, 1, 271);
    ym_buf_clear(&b);
    ym_buf_add_text(&b, "rule a { condition: ");
    for (unsigned i = 0; i < 100000; i++) {
        ym_buf_add_text(&b, "not ");
    }
    expect_error((const char *)b.data, YM_MALFORMED, 1, 1021);
    ym_buf_clear(&b);
    ym_buf_add_text(&b, "rule a { condition: 1");
    for (unsigned i = 0; i < 100000; i++) {
        ym_buf_add_text(&b, "+0");
    }
    expect_error((const char *)b.data, YM_MALFORMED, 1, 21);
    ym_buf_clear(&b);
    ym_buf_add_text(&b, "rule a { strings: $a = { 01 ");
    for (unsigned i = 0; i < 100000; i++) {
        ym_buf_add_text(&b, "(01 ");
    }
    expect_error((const char *)b.data, YM_MALFORMED, 1, 285);
    ym_buf_clear(&b);
    ym_buf_add_text(&b, "rule ");
    for (unsigned i = 0; i < 129; i++) {
        ym_buf_add_text(&b, "a");
    }
    expect_error((const char *)b.data, YM_MALFORMED, 1, 6);
    ym_buf_clear(&b);
    ym_buf_add_text(&b, "rule a { strings:\n");
    for (unsigned i = 0; i < 10001; i++) {
        ym_buf_printf(&b, "$s%u = \"x\"\n", i);
    }
    expect_error((const char *)b.data, YM_MALFORMED, 10002, 1);
    ym_buf_done(&b);
}

MAIN(T(structure), T(strings), T(hex_strings), T(numbers), T(types), T(sets_and_loops),
     T(what_is_not_supported_yet_says_so), T(limits_are_errors))
