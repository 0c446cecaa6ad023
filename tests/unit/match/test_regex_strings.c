/* Regular expressions and base64 strings of YARA, from text to hits.  What was found is asked
 * through the rule's own condition, which holds exactly when the matches are those. */
#include "base/alloc.h"
#include "base/buf.h"
#include "database/nfa_code.h"
#include "yara_engine.h"

#include <stdlib.h>

/* want: "offset:length ..." of all matches, in order; "" for none. */
static void expect_bytes(const char *string, const char *data, size_t n, const char *want) {
    struct engine e;
    struct ym_buf b;
    unsigned gaps = 0;
    unsigned i = 0;
    unsigned offset;
    unsigned length;
    int used;

    ym_buf_init(&b, 1 << 16);
    ym_buf_printf(
        &b, "rule f { strings: $a = %s condition: $a } rule r { strings: $a = %s condition: true",
        string, string);
    for (const char *at = want; sscanf(at, " %u:%u%n", &offset, &length, &used) == 2; at += used) {
        i++;
        ym_buf_printf(&b, " and @a[%u] == %u and !a[%u] == %u", i, offset, i, length);
    }
    ym_buf_printf(&b, " and #a == %u }", i);
    engine_init(&e, (const char *)b.data);
    /* rule f: the same when one match is enough */
    if (engine_scan(&e, data, n, &gaps) != (i > 0 ? 2u : 1u)) {
        FAIL("%s does not match at %s", string, want);
    }
    CHECK_EQ(gaps, 0);
    engine_done(&e);
    ym_buf_done(&b);
}

static void expect(const char *string, const char *data, const char *want) {
    expect_bytes(string, data, strlen(data), want);
}
#define EXPECT_WIDE(string, data, want) expect_bytes(string, data, sizeof(data) - 1, want)

static void all_starts_are_found(void) {
    expect("/ab+c/", "abc abbbc ac", "0:3 4:5");
    expect("/a.*c/", "abcabc", "0:6 3:3");
    expect("/a.*?c/", "abcabc", "0:3 3:3");
    expect("/[a-z]+@x/", "--abc@x", "2:5 3:4 4:3");
    expect("/[0-9]+/", "a123b4", "1:3 2:2 3:1 5:1");
    expect("/x?y/", "xyy", "0:2 1:1 2:1");
    expect("/(foo|bar)+/", "foobar", "0:6 3:3");
    expect("/ab{2,3}c/", "abc abbc abbbc abbbbc", "4:4 9:5");
    expect("/a{3}/", "aaaa", "0:3 1:3");
}

static void of_several_ends_the_preferred_one_counts(void) {
    expect("/xyz.?/", "xyz1", "0:4");
    expect("/xyz.?\?/", "xyz1", "0:3");
    expect("/foo(ab|a)/", "fooab", "0:5");
    expect("/foo(a|ab)/", "fooab", "0:4");
    expect("/(abc|ab)/", "abc", "0:2"); /* each branch has an atom: the nearer end is found first */
    expect("/xya?(ab)?/", "xyab", "0:3");
}

static void the_empty_match_is_one(void) {
    expect("/x*/", "axx", "0:0 1:2 2:1");
    expect("/x?\?/", "axx", "0:0 1:0 2:0");
    expect("/(x|)/", "ax", "0:0 1:1");
    expect("/a{0}/", "ab", "0:0 1:0");
    expect("/\\b/", "a b", "0:0 1:0 2:0");
    expect("/^/", "ab", "0:0");
    expect("/$/", "ab", "");
}

static void edges_look_at_their_neighbours(void) {
    expect("/\\bfoo\\b/", "foo xfoo foo", "0:3 9:3");
    expect("/foo\\B/", "foo foox", "4:3");
    expect("/^fo*/", "foofoo", "0:3");
    expect("/fo*$/", "foofoo", "3:3");
    expect("/^abc$/", "abc", "0:3");
    expect("/^abc|x$/", "abcx", "0:3 3:1");
    expect("/[a-c]+\\b/", "ab c", "0:2 1:1 3:1");
    EXPECT_WIDE("/\\bab+\\b/ wide", "a\0b\0 \0x\0a\0b\0", "0:4");
    EXPECT_WIDE("/\\bab+/ wide", "x\0\0a\0b\0", "3:4");
    EXPECT_WIDE("/ab+$/ wide", "a\0b\0a\0b\0", "4:4");
}

static void flags_and_modifiers(void) {
    expect("/a.c+/", "a\ncc abc", "5:3");
    expect("/a.c+/s", "a\ncc abc", "0:4 5:3");
    expect("/aB+/i", "ABb xab", "0:3 5:2");
    expect("/a[^b]+x/ nocase", "ABX ACX", "4:3");
    expect("/ab+/ fullword", "xab abb abx", "4:3");
    expect("/a[b-d]*?/ fullword", "abc a", "4:1"); /* the end that counts is the only one tested */
    EXPECT_WIDE("/a.+c/ wide", "a\0b\0c\0 axc", "0:6");
    EXPECT_WIDE("/ab+/ wide ascii", "ab a\0b\0b\0", "0:2 3:6");
    EXPECT_WIDE("/ab+/ wide fullword", "a\0b\0 \0x\0a\0b\0", "0:4");
    EXPECT_WIDE("/a(b|cd)+/ wide nocase", "A\0c\0D\0b\0", "0:8");
}

static void either_half_reaches_4096_bytes(void) {
    enum { SIZE = 10000 };
    char *d = ym_malloc(SIZE);

    CHECK(d != NULL);
    memset(d, 'x', SIZE);
    memcpy(d, "abcd", 4);
    d[4095] = 'Y';
    expect_bytes("/abcd.*Y/s", d, SIZE, "0:4096");
    d[4095] = 'x';
    d[4096] = 'Y';
    expect_bytes("/abcd.*Y/s", d, SIZE, "");
    memcpy(d + 4097, "defg", 4);
    expect_bytes("/Z?abcd.*defg/s", d, SIZE, "");
    memset(d, 'x', SIZE);
    d[0] = 'Y';
    memcpy(d + 4096, "abcd", 4);
    expect_bytes("/Y.*abcd/s", d, SIZE, "0:4100");
    memcpy(d + 4096, "xabcd", 5);
    expect_bytes("/Y.*abcd/s", d, SIZE, "");
    ym_free(d);
}

/* Millions of matches, of which few thousand count, fit in the megabyte of the scratch. */
static void matches_that_do_not_count_take_no_room(void) {
    enum { SIZE = 6000 };
    static const char *const rules[] = {
        "rule r { strings: $a = /[a-z]*fo/ condition: #a == 5999 and !a[1] == 4098 and "
        "!a[5999] == 2 }",
        "rule r { strings: $a = /[a-z]*?fo/ condition: #a == 5999 and !a[1] == 2 and !a[2] == 3 }",
    };
    char *d = ym_malloc(SIZE);
    struct engine e;
    unsigned gaps = 0;

    CHECK(d != NULL);
    for (size_t i = 0; i < SIZE; i++) {
        d[i] = "fo"[i % 2];
    }
    for (unsigned i = 0; i < 2; i++) {
        engine_init(&e, rules[i]);
        CHECK_EQ(engine_scan(&e, d, SIZE, &gaps), 1);
        CHECK_EQ(gaps, 0);
        engine_done(&e);
    }
    ym_free(d);
}

static void base64_stands_at_three_places(void) {
    expect("\"foobar\" base64", "Zm9vYmFy eGZvb2Jhcg== eHhmb29iYXI=", "0:8 11:7 25:7");
    expect("\"foobar\" base64", "foobar", "");
    EXPECT_WIDE("\"foobar\" base64wide", "Z\0m\0009\0v\0Y\0m\0F\0y\0", "0:16");
    expect("\"foobar\" base64 wide", "ZgBvAG8AYgBhAHIA", "0:16");
    expect("\"This program cannot\" base64", "VGhpcyBwcm9ncmFtIGNhbm5vd", "0:25");
}

/* ---- Damage ---------------------------------------------------------------------------------- */

static void a_damaged_program_is_a_gap(void) {
    struct engine e;
    struct ym_db *db = NULL;
    struct ym_err err = {0};
    const struct ym_img_span *span;
    size_t size;
    uint8_t *copy;
    unsigned gaps;

    engine_init(&e, "rule r { strings: $a = /abcd[0-9]+/ condition: $a }");
    size = (size_t)lseek(e.fd, 0, SEEK_END);
    copy = aligned_alloc(64, (size + 63) / 64 * 64);
    CHECK(copy != NULL && pread(e.fd, copy, size, 0) == (ssize_t)size);
    span = ym_db_span(e.db, YM_SECTION_PROGRAMS);
    copy[span->offset + sizeof(struct ym_nfa_pair)] ^= 0x40; /* its number of operations */
    engine_done(&e);
    CHECK_EQ(ym_db_open_memory(copy, size, "damaged.ydb", &db, &err), YM_OK);
    CHECK_EQ(ym_db_check(db, &err), YM_MALFORMED);
    e.db = db;
    e.scratch = ym_scratch_new(db, 1 << 20);
    CHECK(e.scratch != NULL);
    CHECK_EQ(engine_scan(&e, "abcd1", 5, &gaps), 0);
    CHECK_EQ(gaps, YM_MATCH_GAP_DAMAGED);
    ym_scratch_free(e.scratch);
    ym_db_close(db);
    free(copy);
}

/* ---- Work ------------------------------------------------------------------------------------ */

static void expect_gap(const char *rule, const char *data, size_t n, unsigned want_gaps) {
    struct engine e;
    unsigned gaps = 0;

    engine_init(&e, rule);
    CHECK_EQ(engine_scan(&e, data, n, &gaps), 0);
    CHECK_EQ(gaps, want_gaps);
    /* The work is counted alike the second time. */
    CHECK_EQ(engine_scan(&e, data, n, &gaps), 0);
    CHECK_EQ(gaps, want_gaps);
    engine_done(&e);
}

static void what_is_not_there_costs_one_pass_and_too_much_is_a_gap(void) {
    enum { SIZE = 1 << 20 };
    char *d = ym_malloc(SIZE);

    CHECK(d != NULL);
    memset(d, 'a', SIZE);
    expect_gap("rule r { strings: $a = /[a-z]+[0-9]/ condition: $a }", d, SIZE, 0);
    expect_gap("rule r { strings: $a = /[a-z]{3}[^a]*[0-9]+/ condition: #a > 5 }", d, SIZE, 0);
    expect_gap("rule r { strings: $a = /aaaa.*b/s condition: #a > 5 }", d, SIZE,
               YM_MATCH_GAP_BUDGET);
    ym_free(d);
}

/* Of both strings only one is looked for; the other is sought where that one was found, and its first
 * place does not count. */
static void a_sought_string_is_found_behind_one_that_does_not_count(void) {
    static const char rules[] =
        "rule r { strings: $a = \"a rare marker 0123456789\" $b = \".avos\" "
        "fullword ascii wide condition: all of them }";
    static const char yes[] = "x .avosX .avos a rare marker 0123456789";
    static const char no[] = "x .avosX .avos0 a rare marker 0123456789";
    struct engine e;
    unsigned gaps = 0;

    engine_init(&e, rules);
    CHECK_EQ(engine_scan(&e, yes, sizeof(yes) - 1, &gaps), 1);
    CHECK_EQ(engine_scan(&e, no, sizeof(no) - 1, &gaps), 0);
    CHECK_EQ(gaps, 0);
    engine_done(&e);
}

MAIN(T(all_starts_are_found), T(of_several_ends_the_preferred_one_counts),
     T(the_empty_match_is_one), T(edges_look_at_their_neighbours), T(flags_and_modifiers),
     T(either_half_reaches_4096_bytes), T(matches_that_do_not_count_take_no_room),
     T(base64_stands_at_three_places), T(a_damaged_program_is_a_gap),
     T(a_sought_string_is_found_behind_one_that_does_not_count),
     T(what_is_not_there_costs_one_pass_and_too_much_is_a_gap))
