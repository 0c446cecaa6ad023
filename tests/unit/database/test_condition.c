/* The condition compiler's facts and shapes, and the checker against programs made by hand. */
#include "database/condition.h"

#include "base/alloc.h"
#include "base/module.h"
#include "database/condition_code.h"
#include "makers/conditions.h"
#include "ym_test.h"

/* Compiles `condition` over strings $_a, $_b, $_x1, $_x2 after a rule r. */
static void compile(const char *condition, struct condition_program *c) {
    struct ym_buf text;
    struct ym_err err = {0};
    ym_status st;

    ym_buf_init(&text, 1 << 20);
    ym_buf_printf(&text,
                  "rule r { condition: true } rule x { strings: $_a = \"aaa\" $_b = \"bbb\" "
                  "$_x1 = \"c\" $_x2 = \"d\" condition: %s }",
                  condition);
    condition_program_init(c);
    st = condition_program_of((const char *)text.data, text.len, c, &err);
    ym_buf_done(&text);
    if (st != YM_OK) {
        FAIL("%s: %s", condition, err.text);
    }
}

static const struct {
    const char *condition;
    bool true_without_hits;
    const char *needs; /* of $_a $_b $_x1 $_x2: f, c or m */
} facts[] = {
    {"$_a", false, "ffff"},
    {"$_a or $_b", false, "ffff"},
    {"any of them", false, "ffff"},
    {"all of them", false, "ffff"},
    {"2 of ($_x*)", false, "ffff"},
    {"50% of them", false, "ffff"},
    {"for any of them : ($)", false, "ffff"},
    {"for any of them : ($ at 0)", false, "mmmm"},
    {"for all of ($_x*) : (# > 1)", false, "ffcc"},
    {"for all of them : (filesize > 1)", true, "ffff"},
    {"for all of them : (filesize > 1 and $)", false, "ffff"},
    {"for none of them : ($)", true, "ffff"},
    {"#_a > 2", false, "cfff"},
    {"#_a == 0", true, "cfff"},
    {"#_a >= 0", true, "cfff"},
    {"#_a + 1 > 1", false, "cfff"},
    {"#_a + filesize > 1", true, "cfff"},
    {"@_a < 100", false, "mfff"},
    {"not (@_a < 100)", false, "mfff"},
    {"defined @_a", false, "mfff"},
    {"not defined @_a", true, "mfff"},
    {"!_b[1] == 3", false, "fmff"},
    {"#_a > 1 and @_a < 9", false, "mfff"},
    {"#_a < 5 and #_a != 0", false, "cfff"},
    {"#_a & 1", false, "cfff"},
    {"(#_a & 1) + (#_b & 1) < 3", true, "ccff"},
    {"(#_a & 1) + (#_b & 1) > 2", false, "ccff"},
    {"#_a * 2 - 1 > 0", false, "cfff"},
    {"~#_a < -1", false, "cfff"},
    {"#_a >> 1 > 0", false, "cfff"},
    {"(#_a | 8) != 8", false, "cfff"},
    {"#_a % 4 == 3", false, "cfff"},
    {"#_a \\ 3 == 1", false, "cfff"},
    {"$_a at 0", false, "mfff"},
    {"$_a in (0..filesize) and $_b", false, "mfff"},
    {"not $_a", true, "ffff"},
    {"not ($_a or $_b)", true, "ffff"},
    {"not ($_a and $_b)", true, "ffff"},
    {"$_a and filesize < 1MB", false, "ffff"},
    {"$_a or filesize < 1MB", true, "ffff"},
    {"filesize < 1MB and uint16(0) == 0x5a4d and $_a", false, "ffff"},
    {"uint16(0) == 0x5a4d", true, "ffff"},
    {"r", true, "ffff"},
    {"r and $_a", false, "ffff"},
    {"any of (r)", true, "ffff"},
    {"none of them", true, "ffff"},
    {"0 of them", true, "ffff"},
    {"filesize of them", true, "ffff"},
    {"any of them in (0..100)", false, "mmmm"},
    {"all of ($_x*) at 0", false, "ffmm"},
    {"none of ($_a) in (0..1)", true, "mfff"},
    {"not any of them in (0..@_a)", false, "mmmm"},
    {"#_a in (0..10) > 0", false, "mfff"},
    {"true", true, "ffff"},
    {"false", false, "ffff"},
    {"1 + 1 == 3", false, "ffff"},
    {"1.5 > 1", true, "ffff"},
    {"1.5 > 2", false, "ffff"},
    {"1 \\ #_a == 1", false, "cfff"},
    {"\"a\" contains \"b\"", false, "ffff"},
    {"\"a\" contains \"a\"", true, "ffff"},
    {"entrypoint == 1", true, "ffff"},
    {"0.0 or $_a", false, "ffff"},
};

static void facts_and_needs_are_exact(void) {
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        struct condition_program c;

        compile(facts[i].condition, &c);
        CHECK_EQ(c.n_patterns, 4);
        if (c.facts.true_without_hits != facts[i].true_without_hits) {
            FAIL("%s: true_without_hits is %d", facts[i].condition, c.facts.true_without_hits);
        }
        for (unsigned p = 0; p < 4; p++) {
            const char letter = facts[i].needs[p];

            if (c.needs[p] != (letter == 'm'   ? YM_NEED_MATCHES
                               : letter == 'c' ? YM_NEED_COUNT
                                               : YM_NEED_FOUND)) {
                FAIL("%s: need of pattern %u is %d", facts[i].condition, p, c.needs[p]);
            }
        }
        CHECK_EQ(c.facts.uses_rules,
                 strchr(facts[i].condition, 'r') != NULL &&
                     (facts[i].condition[0] == 'r' || strstr(facts[i].condition, "(r)") != NULL));
        condition_program_done(&c);
    }
}

/* ---- Programs by hand ------------------------------------------------------------------------ */

#define U32(v) (uint8_t)(v), (uint8_t)((v) >> 8), (uint8_t)((v) >> 16), (uint8_t)((v) >> 24)
#define PROGRAM(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static bool passes(const uint8_t *program, size_t size) {
    struct ym_err err = {0};
    ym_status st = ym_condition_check(program, (uint32_t)size, 2, 5, &err);

    CHECK(st == YM_OK || (st == YM_MALFORMED && err.text[0] != '\0'));
    return st == YM_OK;
}

static void good_programs_pass(void) {
    CHECK(passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_END)));
    CHECK(passes(PROGRAM(YM_COND_FOUND, U32(1), YM_COND_END)));
    CHECK(passes(PROGRAM(YM_COND_RULE, U32(4), YM_COND_END)));
    CHECK(passes(PROGRAM(YM_COND_PUSH_DOUBLE, U32(0), U32(0), YM_COND_END)));
    /* 0: push 2: AND 10 7: push 9: BOOL 10: END */
    CHECK(passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_AND, U32(10), YM_COND_PUSH_I8, 1, YM_COND_BOOL,
                         YM_COND_END)));
    CHECK(passes(
        PROGRAM(YM_COND_OF, YM_COND_Q_ANY, YM_COND_OF_FOUND, U32(2), U32(0), U32(1), YM_COND_END)));
    CHECK(passes(PROGRAM(YM_COND_FOR, YM_COND_Q_ALL, U32(1), U32(1), YM_COND_FOUND,
                         U32(YM_COND_CURRENT), YM_COND_NEXT, YM_COND_END)));
}

static void stacks_do_not_underflow_or_mix_types(void) {
    CHECK(!passes(PROGRAM(YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_ADD_I, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_ADD_I, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_PUSH_I8, 1, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_PUSH_I8, 1, YM_COND_ADD_D, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_PUSH_I8, 1, YM_COND_CONTAINS, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_TEXT, U32(1), 'a', YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_TEXT, U32(1), 'a', YM_COND_NOT, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_TEXT, U32(9), 'a', YM_COND_DEFINED, YM_COND_END)));
}

static void operands_stay_in_range(void) {
    CHECK(!passes(PROGRAM(YM_COND_FOUND, U32(2), YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_FOUND, U32(YM_COND_CURRENT), YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_RULE, U32(5), YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 0, YM_COND_READ, 3, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 0, YM_COND_READ, 0x10, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_OF, 9, YM_COND_OF_FOUND, U32(1), U32(0), YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_OF, YM_COND_Q_ANY, 9, U32(1), U32(0), YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_OF, YM_COND_Q_ANY, YM_COND_OF_FOUND, U32(0), YM_COND_END)));
    CHECK(
        !passes(PROGRAM(YM_COND_OF, YM_COND_Q_ANY, YM_COND_OF_FOUND, U32(2), U32(0), YM_COND_END)));
    CHECK(
        !passes(PROGRAM(YM_COND_OF, YM_COND_Q_ANY, YM_COND_OF_FOUND, U32(1), U32(2), YM_COND_END)));
    CHECK(
        !passes(PROGRAM(YM_COND_OF, YM_COND_Q_ANY, YM_COND_OF_RULES, U32(1), U32(5), YM_COND_END)));
    CHECK(!passes(
        PROGRAM(YM_COND_OF, YM_COND_Q_COUNT, YM_COND_OF_FOUND, U32(1), U32(0), YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_OF, YM_COND_Q_ANY, YM_COND_OF_AT, U32(1), U32(0), YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_OF, YM_COND_Q_ANY, YM_COND_OF_FOUND, U32(0x40000001), U32(0),
                          YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_COUNT_, YM_COND_END)));
    CHECK(!passes(PROGRAM(0xff, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_END, 0)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1)));
    CHECK(!passes(NULL, 0));
}

static void jumps_are_forward_and_blocks_nest(void) {
    /* back, onto itself, into its own operand, past the end, into the middle of an instruction */
    static const uint8_t ends[] = {0, 2, 4, 12, 200, 8};

    for (size_t i = 0; i < sizeof(ends); i++) {
        CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_AND, U32(ends[i]), YM_COND_PUSH_I8, 1,
                              YM_COND_BOOL, YM_COND_END)));
    }
    /* the block leaves nothing, or two values */
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_AND, U32(7), YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_AND, U32(11), YM_COND_PUSH_I8, 1,
                          YM_COND_PUSH_I8, 1, YM_COND_ADD_I, YM_COND_END)));
    /* the block leaves a double: 0 push, 2 AND 17, 7 push double, 16 NEG_D, 17 BOOL or END */
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_AND, U32(17), YM_COND_PUSH_DOUBLE, U32(0),
                          U32(0), YM_COND_NEG_D, YM_COND_END)));
    /* a value from outside is popped inside: 0 push, 2 push, 4 AND 12, 9 NEG.. pops the first */
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_PUSH_I8, 1, YM_COND_AND, U32(12),
                          YM_COND_NEG_I, YM_COND_NEG_I, YM_COND_BOOL, YM_COND_END)));
    /* inner block beyond the outer: 0 push, 2 AND 17, 7 push, 9 OR 18 ... */
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_AND, U32(17), YM_COND_PUSH_I8, 1, YM_COND_OR,
                          U32(18), YM_COND_PUSH_I8, 1, YM_COND_BOOL, YM_COND_BOOL, YM_COND_END)));
}

static void loops_close_where_they_must(void) {
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_NEXT, YM_COND_END)));
    CHECK(!passes(
        PROGRAM(YM_COND_FOR, YM_COND_Q_ALL, U32(1), U32(1), YM_COND_PUSH_I8, 1, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_FOR, YM_COND_Q_ALL, U32(1), U32(1), YM_COND_NEXT, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_FOR, YM_COND_Q_ALL, U32(0), YM_COND_PUSH_I8, 1, YM_COND_NEXT,
                          YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_FOR, YM_COND_Q_ALL, U32(1), U32(2), YM_COND_PUSH_I8, 1,
                          YM_COND_NEXT, YM_COND_END)));
    /* the body may not take what lies below the loop */
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_FOR, YM_COND_Q_ALL, U32(1), U32(1),
                          YM_COND_NEXT, YM_COND_END)));
    /* AND whose end lies behind the loop that it is in: 10 push, 12 AND 20, 17 push, 19 NEXT */
    CHECK(
        !passes(PROGRAM(YM_COND_FOR, YM_COND_Q_ALL, U32(1), U32(1), YM_COND_PUSH_I8, 1, YM_COND_AND,
                        U32(20), YM_COND_PUSH_I8, 1, YM_COND_NEXT, YM_COND_BOOL, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_FOUND, U32(YM_COND_CURRENT), YM_COND_ADD_I,
                          YM_COND_END)));
}

static void loops_nest_to_four(void) {
    for (unsigned depth = 1; depth <= 6; depth++) {
        struct ym_buf b;

        ym_buf_init(&b, 4096);
        for (unsigned i = 0; i < depth; i++) { /* 10 bytes each */
            ym_buf_u8(&b, YM_COND_PUSH_I8);
            ym_buf_u8(&b, 0);
            ym_buf_u8(&b, YM_COND_PUSH_I8);
            ym_buf_u8(&b, 1);
            ym_buf_u8(&b, YM_COND_FOR_RANGE);
            ym_buf_u8(&b, YM_COND_Q_ANY);
            ym_buf_u32le(&b, 10 * depth + 2 + depth - i);
        }
        ym_buf_u8(&b, YM_COND_VAR);
        ym_buf_u8(&b, 0);
        for (unsigned i = 0; i < depth; i++) {
            ym_buf_u8(&b, YM_COND_NEXT);
        }
        ym_buf_u8(&b, YM_COND_END);
        CHECK_EQ(passes(b.data, b.len), depth <= YM_COND_MAX_LOOPS);
        ym_buf_done(&b);
    }
}

static void one_loop_over_patterns_is_open_at_a_time(void) {
    CHECK(passes(PROGRAM(YM_COND_FOR, YM_COND_Q_ANY, U32(1), U32(0), YM_COND_FOUND,
                         U32(YM_COND_CURRENT), YM_COND_NEXT, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_FOR, YM_COND_Q_ANY, U32(1), U32(0), YM_COND_FOR, YM_COND_Q_ANY,
                          U32(1), U32(0), YM_COND_FOUND, U32(YM_COND_CURRENT), YM_COND_NEXT,
                          YM_COND_NEXT, YM_COND_END)));
}

static void variables_open_and_close_in_order(void) {
    CHECK(passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_LET, 0, YM_COND_VAR, 0, YM_COND_UNLET, 1,
                         YM_COND_END)));
    /* not the next one, one that is not open, one too many closed, one left open */
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_LET, 1, YM_COND_VAR, 1, YM_COND_UNLET, 1,
                          YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_LET, 0, YM_COND_VAR, 1, YM_COND_UNLET, 1,
                          YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_LET, 0, YM_COND_VAR, 0, YM_COND_UNLET, 2,
                          YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_LET, 0, YM_COND_VAR, 0, YM_COND_END)));
    /* a loop's own is gone behind it */
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_PUSH_I8, 2, YM_COND_FOR_RANGE, YM_COND_Q_ANY,
                          U32(13), YM_COND_VAR, 0, YM_COND_NEXT, YM_COND_VAR, 0, YM_COND_ADD_I,
                          YM_COND_END)));
}

static void a_list_stays_until_its_loop_closes(void) {
    CHECK(passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_PUSH_I8, 2, YM_COND_FOR_LIST, YM_COND_Q_ANY,
                         'i', 0, 2, U32(16), YM_COND_VAR, 0, YM_COND_NEXT, YM_COND_END)));
    /* more members than there are, another type, an end that is not behind NEXT, the body takes one */
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_PUSH_I8, 2, YM_COND_FOR_LIST, YM_COND_Q_ANY,
                          'i', 0, 3, U32(16), YM_COND_VAR, 0, YM_COND_NEXT, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_PUSH_I8, 2, YM_COND_FOR_LIST, YM_COND_Q_ANY,
                          't', 0, 2, U32(16), YM_COND_VAR, 0, YM_COND_NEXT, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_PUSH_I8, 2, YM_COND_FOR_LIST, YM_COND_Q_ANY,
                          'i', 0, 2, U32(15), YM_COND_VAR, 0, YM_COND_NEXT, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_PUSH_I8, 1, YM_COND_PUSH_I8, 2, YM_COND_FOR_LIST, YM_COND_Q_ANY,
                          'i', 0, 2, U32(15), YM_COND_BOOL, YM_COND_NEXT, YM_COND_END)));
}

static void modules_are_gone_through_by_their_description(void) {
    const uint8_t string = YM_MODULE_STRING; /* to_int is its field 0, (s) the overload 0 */

    CHECK(passes(PROGRAM(YM_COND_MODULE, string, YM_COND_PUSH_TEXT, U32(1), '7', YM_COND_CALL, 0, 0,
                         0, 1, YM_COND_END)));
    /* no such module, field, overload; a wrong number and type of arguments; a function as a value */
    CHECK(!passes(PROGRAM(YM_COND_MODULE, 200, YM_COND_PUSH_TEXT, U32(1), '7', YM_COND_CALL, 0, 0,
                          0, 1, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_MODULE, string, YM_COND_PUSH_TEXT, U32(1), '7', YM_COND_CALL, 9,
                          0, 0, 1, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_MODULE, string, YM_COND_PUSH_TEXT, U32(1), '7', YM_COND_CALL, 0,
                          0, 7, 1, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_MODULE, string, YM_COND_PUSH_TEXT, U32(1), '7', YM_COND_CALL, 0,
                          0, 1, 1, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_MODULE, string, YM_COND_PUSH_I8, 7, YM_COND_CALL, 0, 0, 0, 1,
                          YM_COND_END)));
    CHECK(!passes(
        PROGRAM(YM_COND_MODULE, string, YM_COND_FIELD, 0, 0, YM_COND_DEFINED, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_MODULE, string, YM_COND_BOOL, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_MODULE, string, YM_COND_LEN_O, YM_COND_END)));
    CHECK(!passes(PROGRAM(YM_COND_MODULE, string, YM_COND_PUSH_I8, 0, YM_COND_INDEX, YM_COND_END)));
}

static void stacks_do_not_overflow(void) {
    for (unsigned n = YM_COND_MAX_STACK - 1; n <= YM_COND_MAX_STACK + 1; n++) {
        struct ym_buf b;

        ym_buf_init(&b, 65536);
        for (unsigned i = 0; i < n; i++) {
            ym_buf_u8(&b, YM_COND_PUSH_I8);
            ym_buf_u8(&b, 1);
        }
        for (unsigned i = 1; i < n; i++) {
            ym_buf_u8(&b, YM_COND_ADD_I);
        }
        ym_buf_u8(&b, YM_COND_END);
        CHECK_EQ(passes(b.data, b.len), n <= YM_COND_MAX_STACK);
        ym_buf_done(&b);
    }
}

/* ---- Expressions that no parser makes -------------------------------------------------------- */

static ym_status compile_expr(const struct ym_expr *e) {
    struct ym_condition_facts got;
    struct ym_err err = {0};
    struct ym_buf out;
    uint8_t needs[2];
    ym_status st;

    ym_buf_init(&out, 1 << 20);
    st = ym_condition_compile(e, 2, &out, needs, &got, &err);
    ym_buf_done(&out);
    return st;
}

static void malformed_expressions_are_refused(void) {
    static const struct ym_expr one = {.op = YM_EXPR_INT, .type = YM_TYPE_INT, .u.i = 1};
    static const struct ym_expr text = {
        .op = YM_EXPR_TEXT, .type = YM_TYPE_TEXT, .u.text = {"a", 1}};
    static const struct ym_expr *const ones[] = {&one, &one};
    static const struct ym_expr *const mixed[] = {&one, &text};
    struct ym_expr e = {.op = YM_EXPR_ADD, .type = YM_TYPE_INT, .kids = ones, .n_kids = 1};

    CHECK_EQ(compile_expr(&e), YM_MALFORMED);
    e.n_kids = 2;
    CHECK_EQ(compile_expr(&e), YM_OK);
    e.kids = mixed;
    CHECK_EQ(compile_expr(&e), YM_MALFORMED);
    e.op = YM_EXPR_EQ;
    CHECK_EQ(compile_expr(&e), YM_MALFORMED);
    e.op = YM_EXPR_AND;
    CHECK_EQ(compile_expr(&e), YM_MALFORMED);
    CHECK_EQ(compile_expr(&text), YM_MALFORMED);
    e = (struct ym_expr){.op = YM_EXPR_FOUND, .type = YM_TYPE_BOOL, .u.pattern = 2};
    CHECK_EQ(compile_expr(&e), YM_MALFORMED);
    e.u.pattern = YM_PATTERN_CURRENT;
    CHECK_EQ(compile_expr(&e), YM_MALFORMED);
    e = (struct ym_expr){.op = YM_EXPR_OF, .type = YM_TYPE_BOOL};
    CHECK_EQ(compile_expr(&e), YM_MALFORMED);
    e = (struct ym_expr){.op = YM_EXPR_READ, .type = YM_TYPE_INT, .kids = ones, .n_kids = 1};
    CHECK_EQ(compile_expr(&e), YM_MALFORMED);
}

static void deep_expressions_are_a_limit(void) {
    enum { DEPTH = 3000 };
    static struct ym_expr e[DEPTH];
    static const struct ym_expr *kids[DEPTH];

    e[0] = (struct ym_expr){.op = YM_EXPR_INT, .type = YM_TYPE_INT};
    for (unsigned i = 1; i < DEPTH; i++) {
        kids[i] = &e[i - 1];
        e[i] =
            (struct ym_expr){.op = YM_EXPR_NEG, .type = YM_TYPE_INT, .kids = &kids[i], .n_kids = 1};
    }
    CHECK_EQ(compile_expr(&e[250]), YM_OK);
    CHECK_EQ(compile_expr(&e[DEPTH - 1]), YM_LIMIT);
}

static void no_memory_is_reported(void) {
    static const char text[] = "rule x { strings: $a = \"aaa\" condition: for all of them : (# > 1 "
                               "and $ in (1..2) or filesize > 3) }";
    bool failed = true;

    for (unsigned nth = 1; failed; nth++) {
        struct condition_program c;
        struct ym_err err = {0};
        ym_status st;

        CHECK(nth < 10000);
        condition_program_init(&c);
        (void)ym_fault_malloc(nth, 1);
        st = condition_program_of(text, sizeof(text) - 1, &c, &err);
        failed = ym_fault_malloc(0, 0) > 0;
        CHECK_EQ(st, failed ? YM_NOMEM : YM_OK);
        condition_program_done(&c);
    }
}

MAIN(T(facts_and_needs_are_exact), T(good_programs_pass), T(stacks_do_not_underflow_or_mix_types),
     T(operands_stay_in_range), T(jumps_are_forward_and_blocks_nest),
     T(loops_close_where_they_must), T(loops_nest_to_four),
     T(one_loop_over_patterns_is_open_at_a_time), T(variables_open_and_close_in_order),
     T(a_list_stays_until_its_loop_closes), T(modules_are_gone_through_by_their_description),
     T(stacks_do_not_overflow), T(malformed_expressions_are_refused),
     T(deep_expressions_are_a_limit), T(no_memory_is_reported))
