/* test_watch.c - what the compiling process tells of rules, and what becomes of lies. */
#include "watch.h"

#include "ym_test.h"

static const struct ym_plan_rule rule = {
    .name = "gecko", .file = "a.yar", .line = 7, .flags = 1, .always = "why", .condition = 12};
static const struct ym_plan_pattern pattern = {.id = "$a",
                                               .line = 8,
                                               .column = 9,
                                               .how = YM_PLAN_EVERYWHERE,
                                               .need = YM_NEED_MATCHES,
                                               .spellings = 2,
                                               .pieces = 3,
                                               .min_length = 4,
                                               .max_length = 5,
                                               .n_atoms = 9,
                                               .atoms = {{.class = "long", .n = 2, .bytes = {1, 2}},
                                                         {.class = "pair"},
                                                         {.class = "four"},
                                                         {.class = "four"},
                                                         {.class = "four"},
                                                         {.class = "five", .per_mb = 2.5}},
                                               .per_mb = 1.5,
                                               .starts = 3};

static ym_status take(struct ym_watch *w, ym_watch_message kind, const void *data, size_t n) {
    struct ym_reader r;

    ym_reader_init(&r, data, n);
    return ym_watch_take(w, kind, &r);
}

static void put_all(struct ym_buf b[YM_WATCH_MESSAGES]) {
    static char file[] = "a.yar";
    static char text[] = "wrong";
    static char source[] = "rule";
    const struct ym_finding f = {true, 3, 4, file, text, source};

    for (unsigned i = 0; i < YM_WATCH_MESSAGES; i++) {
        ym_buf_init(&b[i], YM_WATCH_MAX_BODY);
    }
    ym_watch_put_finding(&b[YM_WATCH_FINDING], &f);
    ym_watch_put_rule(&b[YM_WATCH_RULE], &rule);
    ym_watch_put_pattern(&b[YM_WATCH_PATTERN], &pattern, "$a = /x/");
}

static void done_all(struct ym_buf b[YM_WATCH_MESSAGES]) {
    for (unsigned i = 0; i < YM_WATCH_MESSAGES; i++) {
        ym_buf_done(&b[i]);
    }
}

static void what_is_told_arrives(void) {
    struct ym_buf b[YM_WATCH_MESSAGES];
    struct ym_watch w = {.rules = NULL};

    put_all(b);
    for (unsigned i = 0; i < YM_WATCH_MESSAGES; i++) {
        CHECK_EQ(take(&w, (ym_watch_message)i, b[i].data, b[i].len), YM_OK);
    }
    CHECK_EQ(w.n_findings, 1);
    CHECK(w.findings[0].error && w.findings[0].line == 3 && w.findings[0].column == 4);
    CHECK(strcmp(w.findings[0].text, "wrong") == 0 && strcmp(w.findings[0].source, "rule") == 0);
    CHECK_EQ(w.n_rules, 1);
    CHECK_EQ(w.rules[0].plan.n_patterns, 1);
    CHECK(strcmp(w.rules[0].plan.name, "gecko") == 0 && strcmp(w.rules[0].plan.always, "why") == 0);
    CHECK_EQ(w.n_patterns, 1);
    CHECK(w.patterns[0].plan.how == YM_PLAN_EVERYWHERE &&
          w.patterns[0].plan.need == YM_NEED_MATCHES);
    CHECK(w.patterns[0].plan.per_mb > 1.4 && w.patterns[0].plan.atoms[5].per_mb > 2.4);
    CHECK(strcmp(w.patterns[0].plan.atoms[5].class, "five") == 0);
    CHECK(strcmp(w.patterns[0].source, "$a = /x/") == 0);
    done_all(b);
    ym_watch_done(&w);
}

static void every_prefix_and_every_tail_is_refused(void) {
    struct ym_buf b[YM_WATCH_MESSAGES];
    struct ym_watch w = {.rules = NULL};

    put_all(b);
    CHECK_EQ(take(&w, YM_WATCH_RULE, b[YM_WATCH_RULE].data, b[YM_WATCH_RULE].len), YM_OK);
    for (unsigned i = 0; i < YM_WATCH_MESSAGES; i++) {
        for (size_t n = 0; n < b[i].len; n++) {
            CHECK(take(&w, (ym_watch_message)i, b[i].data, n) != YM_OK);
        }
        ym_buf_u8(&b[i], 0);
        CHECK(take(&w, (ym_watch_message)i, b[i].data, b[i].len) != YM_OK);
    }
    done_all(b);
    ym_watch_done(&w);
}

static void changed_bytes_do_no_harm(void) {
    struct ym_buf b[YM_WATCH_MESSAGES];

    put_all(b);
    for (unsigned i = 0; i < YM_WATCH_MESSAGES; i++) {
        for (size_t at = 0; at < b[i].len; at++) {
            struct ym_watch w = {.rules = NULL};
            uint8_t before = b[i].data[at];

            b[i].data[at] = 0xff;
            (void)!take(&w, YM_WATCH_RULE, b[YM_WATCH_RULE].data, b[YM_WATCH_RULE].len);
            (void)!take(&w, (ym_watch_message)i, b[i].data, b[i].len);
            ym_watch_done(&w);
            b[i].data[at] = before;
        }
    }
    done_all(b);
}

static void a_string_without_a_rule_is_refused(void) {
    struct ym_buf b[YM_WATCH_MESSAGES];
    struct ym_watch w = {.rules = NULL};

    put_all(b);
    CHECK_EQ(take(&w, YM_WATCH_PATTERN, b[YM_WATCH_PATTERN].data, b[YM_WATCH_PATTERN].len),
             YM_MALFORMED);
    done_all(b);
    ym_watch_done(&w);
}

MAIN(T(what_is_told_arrives), T(every_prefix_and_every_tail_is_refused),
     T(changed_bytes_do_no_harm), T(a_string_without_a_rule_is_refused))
