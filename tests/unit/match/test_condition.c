/* Conditions from YARA text to a result: one row a statement about the language. */
#include "match/condition.h"

#include "makers/conditions.h"
#include "ym_test.h"

/* The object: 16 bytes; $a found three times, $b never, $c once at 100, $d1 and $d2 as $a and $b.
 * Rules t (holds) and f (does not) come first. */
static const uint8_t data[] = {'M',  'Z',  0x90, 0x00, 0xff, 0xff, 0xff, 0xff,
                               0x80, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07};
static const struct ym_hit hits_a[] = {{0, 3}, {5, 3}, {10, 4}};
static const struct ym_hit hits_c[] = {{100, 1}};
static const struct ym_hits hits[] = {{hits_a, 3}, {NULL, 0}, {hits_c, 1}, {hits_a, 3}, {NULL, 0}};

static const char head[] =
    "rule t1 { condition: true } rule f1 { condition: false } rule t2 { condition: true } "
    "rule x { strings: $_a = \"aaa\" $_b = \"bbb\" $_c = \"c\" $_d1 = \"d\" $_d2 = \"e\" "
    "condition: ";

/* $a in a row is $_a in the rule: unused strings are then no error. */
static void write_rule(struct ym_buf *b, const char *condition) {
    ym_buf_add_text(b, head);
    for (const char *c = condition; *c != '\0'; c++) {
        ym_buf_u8(b, (uint8_t)*c);
        if (strchr("$#@!", *c) != NULL && c[1] >= 'a' && c[1] <= 'd') {
            ym_buf_u8(b, '_');
        }
    }
    ym_buf_add_text(b, " }");
}

static void compile_row(const char *condition, struct condition_program *c) {
    struct ym_buf text;
    struct ym_err err = {0};
    ym_status st;

    ym_buf_init(&text, 1 << 20);
    write_rule(&text, condition);
    condition_program_init(c);
    st = condition_program_of((const char *)text.data, text.len, c, &err);
    ym_buf_done(&text);
    if (st != YM_OK) {
        FAIL("%s: %s: %s", condition, ym_status_name(st), err.text);
    }
}

static ym_status run(const uint8_t *code, size_t size, bool with_hits, uint64_t *budget,
                     bool *ret_true) {
    struct condition_object object = {
        .hits = hits, .n = with_hits ? 5 : 0, .true_rules = 1u << 0 | 1u << 2};
    struct ym_condition_input in = {.data = data,
                                    .size = sizeof(data),
                                    .has_entrypoint = true,
                                    .entrypoint = 8,
                                    .self = &object,
                                    .hits = condition_object_hits,
                                    .count = condition_object_count,
                                    .rule = condition_object_rule};

    struct ym_condition_machine *m = ym_condition_machine_new();
    ym_status st = ym_condition_run(m, code, (uint32_t)size, &in, budget, ret_true);

    ym_condition_machine_free(m);
    return st;
}

static void check_row(const char *condition, bool want) {
    struct condition_program c;
    uint64_t budget = 100000;
    bool got = !want;
    bool without = false;
    ym_status st;

    compile_row(condition, &c);
    st = run(c.code.data, c.code.len, true, &budget, &got);
    if (st != YM_OK || got != want) {
        FAIL("%s: %s, got %d", condition, ym_status_name(st), got);
    }
    budget = 100000;
    CHECK_EQ(run(c.code.data, c.code.len, false, &budget, &without), YM_OK);
    if (without && !c.facts.true_without_hits) {
        FAIL("%s: true without hits, but said it could not be", condition);
    }
    condition_program_done(&c);
}

static const char *const true_rows[] = {
    "for all i in (1..#a) : (@a[i] < 11)",
    "for any i in (1..#a) : (@a[i] == 10 and !a[i] == 4)",
    "for none i in (1..#a) : (@a[i] == 7)",
    "for 2 i in (1, 2, 3) : (i > 1)",
    "for any i in (0..2) : (for all k in (i..i) : (k == i and i == 2))",
    "for all s in (\"ab\", \"abc\") : (s startswith \"ab\" and s.len() > 1)",
    "for any d in (1.5, 2.5) : (d > 2)",
    "for all of ($a, $c) : (for any i in (1..#) : (@[i] > 4))",
    "for any i in (0..3) : (for any of ($a) : (@[1] == i))",
    "for all i in (filesize - 1 .. filesize) : (i >= 15)",
    "for 0 i in (1..3) : (i == 4)",
    "not for all i in (1..#b) : (true)",
    "not for none i in (1..#b) : (true)",
    "not for any i in (1..@b[1]) : (true)",
    "for 1 i in (1..3) : (uint8(100) == 1 or i == 3)",
    "with x = #a, y = x + 1 : (y == 4 and x == 3)",
    "for any i in (1..3) : (with k = i * 2 : (k == 6))",
    "with s = \"abc\" : (s and s icontains \"B\")",
    "1 of (false, #a == 3 and true)",
    "all of (true, uint16(0) == 0x5a4d)",
    "none of (false, uint8(100) == 1)",
    "50% of (true, #b == 1)",
    "for any i in (1..3) : (i == 3) and for any i in (4..5) : (i == 5)",

    /* integers */
    "1 + 2 * 3 == 7",
    "(1 + 2) * 3 == 9",
    "7 \\ 2 == 3",
    "-7 \\ 2 == -3",
    "-7 % 3 == -1",
    "1 << 3 == 8",
    "1 << 64 == 0",
    "-8 >> 1 == -4",
    "-1 >> 64 == 0",
    "~0 == -1",
    "0x10 + 0o10 == 24",
    "1KB == 1024 and 2MB == 2097152",
    "6 & 3 | 8 ^ 1 == 11",
    "1 | 2 ^ 3 & 1 == 3",
    "5 - 3 - 1 == 1",
    "2 * 3 % 4 == 2",
    "-9223372036854775807 - 1 < 0",
    "- 1 == -1",
    "filesize == 16",
    "filesize",
    "entrypoint == 8",
    /* wrap-around at run time: the operands are not constants */
    "(filesize + 0x7fffffffffffffff) < 0",
    "(filesize * 0x1000000000000000) == 0",
    "-(0 - filesize) == 16",
    "filesize << 60 == 0",
    /* doubles */
    "1.5 + 1 == 2.5",
    "7.0 \\ 2 == 3.5",
    "0.1 + 0.2 == 0.3",
    "1.0 < 2",
    "-1.5 < -1",
    "1 != 1.5",
    "1.5",
    "2 > 1.5 and 2 >= 2.0 and 1.5 <= 1.5",
    /* texts */
    "\"abc\" contains \"b\"",
    "\"ABC\" icontains \"b\"",
    "\"abc\" startswith \"ab\"",
    "\"ABC\" istartswith \"ab\"",
    "\"abc\" endswith \"bc\"",
    "\"ABC\" iendswith \"bc\"",
    "\"ABC\" iequals \"abc\"",
    "\"abc\" == \"abc\"",
    "\"abc\" != \"ABC\"",
    "\"abc\" < \"abd\"",
    "\"ab\" < \"abc\"",
    "\"b\" >= \"abc\"",
    "\"a\\x00b\" == \"a\\x00b\"",
    "\"a\"",
    "not \"\"",
    "\"abc\" contains \"\"",
    /* reading */
    "uint16(0) == 0x5a4d",
    "uint16be(0) == 0x4d5a",
    "uint32(4) == 0xffffffff",
    "int32(4) == -1",
    "int16(4) == -1",
    "int8(8) == -128",
    "uint8(8) == 128",
    "uint32be(8) == 0x80010203",
    "int32be(8) == -2147417597",
    "uint32(12) == 0x07060504",
    "not defined uint32(13)",
    "not defined uint8(16)",
    "not defined uint8(-1)",
    "not defined uint8(uint8(99))",
    /* strings */
    "$a",
    "not $b",
    "$a and $c",
    "$b or $c",
    "$a at 5",
    "not $a at 6",
    "$a at 2 + 3",
    "$a in (1..5)",
    "not $a in (6..9)",
    "$a in (10..10)",
    "#a == 3",
    "#b == 0",
    "#a in (0..5) == 2",
    "#a in (6..9) == 0",
    "@a == 0",
    "@a[2] == 5",
    "@a[3] == 10",
    "!a[3] == 4",
    "!a == 3",
    "not defined @a[0]",
    "not defined @a[4]",
    "not defined @b",
    "not defined !b[1]",
    "not defined @a[@b]",
    "$a in (0..filesize)",
    "not $a in (filesize..0)",
    "$c at 100",
    "#a in (0..0x7fffffffffffffff) == 3",
    "not $a at -5 + 4",
    /* undefined */
    "not defined (@b + 1)",
    "not defined -@b",
    "not defined ~@b",
    "not defined (@b == 0)",
    "not defined not (@b == 0)",
    "defined (@b and true)",
    "not (@b == 0 and true)",
    "defined (@b == 0 or false)",
    "not defined 1 \\ #b",
    "not defined 1 % #b",
    "not defined 1 << #b - 1",
    "not defined 1 >> #b - 1",
    "not defined ((filesize << 59) \\ (#b - 1))",
    "not defined $a at @b",
    "not defined $a in (0..@b)",
    "not defined #a in (@b..1)",
    "not defined (@b > 1.5)",
    "defined (@b < 1.5)",
    "not defined any of them in (0..@b)",
    "not defined any of them at @b",
    /* of */
    "any of them",
    "not all of them",
    "3 of them",
    "not 4 of them",
    "2 of ($a, $b, $c)",
    "all of ($a, $c)",
    "none of ($b, $d2)",
    "not none of them",
    "0 of ($b)",
    "not 0 of ($a)",
    "1 of ($d*)",
    "not all of ($d*)",
    "60% of them",
    "not 61% of them",
    "50% of ($d*)",
    "not 51% of ($d*)",
    "1% of ($a)",
    "100% of ($a, $c)",
    "#c of them",
    "#a of them",
    "any of them in (99..101)",
    "all of ($a, $d1) in (4..6)",
    "not any of them in (1..4)",
    "any of them at 100",
    "2 of them at 5",
    "none of them at 6",
    "0 of them in (20..30)",
    "not 3 of them in (0..9)",
    "@b of ($a, $c)",
    "not @b of them",
    "2 of ($a, $a)",
    /* rules */
    "t1",
    "not f1",
    "t1 and t2",
    "any of (t1, f1)",
    "all of (t*)",
    "2 of (t1, f1, t2)",
    "none of (f*)",
    "66% of (t1, f1, t2)",
    "not 67% of (t1, f1, t2)",
    "not all of (t1, f*)",
    /* for..of */
    "for any of them : ($ at 100)",
    "for all of ($a, $c) : (# > 0)",
    "for 2 of them : (# == 3)",
    "not for 3 of them : (# == 3)",
    "for none of them : (# == 2)",
    "for all of them : (# < 4)",
    "for any of ($a) : (@[2] == 5)",
    "for any of ($a*) : (![3] == 4)",
    "for 0 of them : ($ at 1)",
    "not for 0 of them : ($ at 0)",
    "for any of them : ($ in (9..10) and # > 2)",
    "not for any of ($b) : (@ == 0)",
    "for any of ($b) : (not defined @)",
    "for all of ($a) : (#)",
    "for @b of ($a, $c) : ($)",
    "for any of them : (t1)",
    "not for all of them : ($)",
    "for #c of them : ($)",
    "for any of ($a) : (# in (0..5) == 2)",
    /* and, or, not */
    "true",
    "not false",
    "true or @b == 0",
    "not (false and @b == 0)",
    "true and true and true",
    "false or false or true",
    "not not true",
    "not (true and false) or false",
    "defined 1",
    "1 and 2",
    "0 or 5",
};

static const char *const false_rows[] = {
    "for all i in (1..#b) : (true)",
    "for none i in (1..#b) : (true)",
    "for all i in (1, 2, 3) : (i < 3)",
    "for any i in (1..3) : (uint8(100 + i) == 1)",
    "for none s in (\"a\", \"b\") : (s == \"b\")",
    "with x = uint8(100) : (x == 0)",
    "2 of (true, false, uint8(100) == 0)",
    "for 3 i in (1..3) : (i > 1)",

    "false",
    "not true",
    "0",
    "\"\"",
    "@b == 0",
    "not (@b == 0)",
    "@b != 0",
    "1 \\ #b == 0",
    "1 << #b - 1 == 0",
    "true and @b == 0",
    "@b or false",
    "@b",
    "uint8(16) == 0",
    "uint8(16) != 0",
    "not $a at @b",
    "filesize < 16",
    "all of them",
    "$b",
    "#a == 2",
    "f1",
    "0.0",
    "1.5 > 2",
    "for all of them : (@ >= 0)",
    "for 1 of ($b) : ($)",
    "not (1 % #b == 0)",
    "$a at 1",
    "@a[-1] == 0",
};

static void statements_that_hold(void) {
    for (size_t i = 0; i < sizeof(true_rows) / sizeof(true_rows[0]); i++) {
        check_row(true_rows[i], true);
    }
}

static void statements_that_do_not_hold(void) {
    for (size_t i = 0; i < sizeof(false_rows) / sizeof(false_rows[0]); i++) {
        check_row(false_rows[i], false);
    }
}

static void the_entry_point_may_be_missing(void) {
    struct condition_program c;
    struct condition_object object = {0};
    struct ym_condition_input in = {.data = data,
                                    .size = sizeof(data),
                                    .self = &object,
                                    .hits = condition_object_hits,
                                    .count = condition_object_count,
                                    .rule = condition_object_rule};
    uint64_t budget = 100;
    bool got = false;

    compile_row("not defined entrypoint", &c);
    struct ym_condition_machine *m = ym_condition_machine_new();

    CHECK_EQ(ym_condition_run(m, c.code.data, (uint32_t)c.code.len, &in, &budget, &got), YM_OK);
    ym_condition_machine_free(m);
    CHECK(got);
    condition_program_done(&c);
}

static void the_budget_ends_a_run_as_a_limit(void) {
    struct condition_program c;
    uint64_t enough = 0;
    bool got = false;

    compile_row("for all of them : (# < 4 and any of them in (0..5))", &c);
    for (uint64_t budget = 0; enough == 0; budget++) {
        uint64_t left = budget;
        ym_status st = run(c.code.data, c.code.len, true, &left, &got);

        CHECK(budget < 1000);
        if (st == YM_OK) {
            enough = budget;
        } else {
            CHECK_EQ(st, YM_LIMIT);
            CHECK_EQ(left, 0);
            CHECK(!got);
        }
    }
    CHECK(enough > 20);
    CHECK(got);
    condition_program_done(&c);
}

/* Whatever the checker lets pass, the machine must survive: run under ASan this is the proof. */
static unsigned try_program(const uint8_t *code, size_t size, uint32_t n_patterns,
                            uint32_t rule_id) {
    struct ym_err err = {0};
    uint64_t budget = 2000;
    bool got;
    ym_status st;

    if (ym_condition_check(code, (uint32_t)size, n_patterns, rule_id, &err) != YM_OK) {
        CHECK(err.text[0] != '\0');
        return 0;
    }
    st = run(code, size, true, &budget, &got);
    CHECK(st == YM_OK || st == YM_LIMIT);
    return 1;
}

static unsigned mutate(const struct condition_program *c) {
    static const uint8_t values[] = {0, 1, 2, 3, 4, 5, 8, 16, 0x3f, 0x7f, 0x80, 0xfe, 0xff};
    uint8_t copy[4096];
    unsigned passed = 0;

    CHECK(c->code.len <= sizeof(copy));
    for (size_t i = 0; i < c->code.len; i++) {
        memcpy(copy, c->code.data, c->code.len);
        for (size_t v = 0; v < sizeof(values); v++) {
            copy[i] = values[v];
            passed += try_program(copy, c->code.len, c->n_patterns, c->rule_id);
        }
        for (unsigned op = 0; op < 80; op++) {
            copy[i] = (uint8_t)op;
            passed += try_program(copy, c->code.len, c->n_patterns, c->rule_id);
        }
        CHECK_EQ(try_program(c->code.data, i, c->n_patterns, c->rule_id), 0); /* every prefix */
    }
    return passed;
}

static void mutated_programs_are_refused_or_harmless(void) {
    unsigned passed = 0;

    for (size_t i = 0; i < sizeof(true_rows) / sizeof(true_rows[0]); i += 3) {
        struct condition_program c;

        compile_row(true_rows[i], &c);
        passed += mutate(&c);
        condition_program_done(&c);
    }
    CHECK(passed > 1000); /* else the checker refuses everything and this proves nothing */
}

MAIN(T(statements_that_hold), T(statements_that_do_not_hold), T(the_entry_point_may_be_missing),
     T(the_budget_ends_a_run_as_a_limit), T(mutated_programs_are_refused_or_harmless))
