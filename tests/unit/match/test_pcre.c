/* test_pcre.c - PCRE subsignatures: which matches count, as clamscan 1.4.6 reports them with --debug,
 * and that no expression takes more than its budget. */
#include "../../../src/match/pcre.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <stdlib.h>
#include <time.h>

#define G YM_REGEX_GLOBAL
#define R YM_REGEX_ROLLING
#define E YM_REGEX_ENCOMPASS
#define A YM_REGEX_ANCHORED

enum { ANYWHERE = INT32_MAX };

/* 39 bytes: a at 20 21, 24 25 26, 28; X at 22, b at 23, Y at 27. */
static const char sample[] = "QZZQ----------------aaXbaaaYa----------";

static const struct {
    const char *text;
    uint32_t flags;
    int32_t low; /* ANYWHERE: no offset */
    int32_t shift;
    uint32_t count;
    uint32_t first, last;
} rows[] = {
    {"aa", 0, ANYWHERE, 0, 1, 20, 20},
    {"aa", G, ANYWHERE, 0, 2, 20, 24},
    {"a", G, ANYWHERE, 0, 6, 20, 28},
    {"aa", 0, 20, 0, 1, 20, 20},
    {"aa", 0, 21, 0, 0, 0, 0},
    {"aa", 0, 19, 0, 0, 0, 0},
    {"aa", R, 19, 0, 1, 20, 20},
    {"aa", R, 21, 0, 1, 24, 24},
    {"aa", R | G, 19, 0, 2, 20, 24},
    {"a", G, 20, 0, 2, 20, 21},
    /* with a shift */
    {"aa", 0, 10, 20, 1, 20, 20},
    {"aa", 0, 15, 4, 0, 0, 0},
    {"aa", 0, 15, 5, 1, 20, 20},
    {"aa", G, 15, 8, 1, 20, 20},
    {"aa", G, 15, 9, 2, 20, 24},
    {"a", G, 15, 9, 3, 20, 24},
    {"a", G, 22, 1, 0, 0, 0},
    {"a", G, 21, 2, 1, 21, 21},
    {"-", G, 30, 100, 9, 30, 38},
    /* the data end there, too */
    {"aa", E, 15, 6, 0, 0, 0},
    {"aa", E, 15, 7, 1, 20, 20},
    {"a", G | E, 15, 9, 2, 20, 20 + 1},
    {"a", G | E, 15, 10, 3, 20, 24},
    {"a$", E, 20, 3, 0, 0, 0},
    {"a$", E, 20, 2, 1, 21, 21},
    {"a$", 0, 20, 2, 0, 0, 0},
    {"a", E, ANYWHERE, 0, 1, 20, 20},
    {"a", E, 20, 0, 1, 20, 20},
    {"a", R | E, 19, 0, 1, 20, 20},
    {"-", G | E, 30, 100, 9, 30, 38},
    /* what lies before the offset is not there */
    {"(?<=a)a", R, 21, 0, 1, 25, 25},
    {"\\Ba", R, 21, 0, 1, 24, 24},
    {"^a", G, 20, 5, 1, 20, 20},
    {"^Z", 0, ANYWHERE, 0, 0, 0, 0},
    /* anchors */
    {"$", 0, ANYWHERE, 0, 1, 39, 39},
    {"-$", 0, ANYWHERE, 0, 1, 38, 38},
    {"a", A, ANYWHERE, 0, 0, 0, 0},
    {"aa", A, 20, 0, 1, 20, 20},
    {"a", A | R, 20, 0, 1, 20, 20},
    {"[QZ]", G | A, ANYWHERE, 0, 4, 0, 3},
    /* offsets outside; one before the data is anywhere */
    {"a", R, 100, 0, 0, 0, 0},
    {"a*", R, 39, 0, 0, 0, 0},
    {"-", R, 38, 0, 1, 38, 38},
    {"Q", R, -11, 20, 0, 0, 0},
    {"Q", R, -2, 20, 0, 0, 0},
    {"a", G, -1, 3, 6, 20, 28},
    {"Z", 0, -1, 0, 1, 1, 1},
    /* other flags */
    {"A", YM_REGEX_CASELESS, ANYWHERE, 0, 1, 20, 20},
    {"A", 0, ANYWHERE, 0, 0, 0, 0},
    {"a # b", YM_REGEX_EXTENDED, ANYWHERE, 0, 1, 20, 20},
    {"a+?", 0, ANYWHERE, 0, 1, 20, 20},
    {"a+", G | YM_REGEX_UNGREEDY, ANYWHERE, 0, 6, 20, 28},
    {"(*UTF)a", G, ANYWHERE, 0, 6, 20, 28},
    {"(?i)A", G, ANYWHERE, 0, 6, 20, 28},
    /* an empty match: the next is sought one byte further */
    {"x*", 0, ANYWHERE, 0, 1, 0, 0},
    {"x*", G, ANYWHERE, 0, 39, 0, 38},
    {"(?=a)", G, ANYWHERE, 0, 6, 20, 28},
    {"Y(?=-)|", G, ANYWHERE, 0, 39, 0, 38},
};

static struct ym_pcre *compiled(const char *text, uint32_t flags) {
    struct ym_pcre *p = NULL;

    if (ym_pcre_new((const uint8_t *)text, strlen(text), flags, &p) != YM_OK) {
        FAIL("%s does not compile", text);
    }
    return p;
}

static void matches_count_as_in_clamscan(void) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t budget = UINT64_MAX;
        struct ym_pcre *p = compiled(rows[i].text, rows[i].flags);
        struct ym_pcre_job job = {.data = (const uint8_t *)sample,
                                  .size = sizeof(sample) - 1,
                                  .has_place = rows[i].low != ANYWHERE,
                                  .low = rows[i].low,
                                  .high = (int64_t)rows[i].low + rows[i].shift,
                                  .has_shift = rows[i].shift > 0,
                                  .budget = &budget};
        struct ym_pcre_result r;

        CHECK_EQ(ym_pcre_run(p, &job, &r), YM_OK);
        ym_pcre_free(p);
        CHECK(!r.gave_up);
        if (r.count != rows[i].count ||
            (r.count > 0 && (r.first != rows[i].first || r.last != rows[i].last))) {
            FAIL("row %zu, %s: %u matches, %u to %u", i, rows[i].text, r.count, (unsigned)r.first,
                 (unsigned)r.last);
        }
    }
}

static void dots_lines_and_ends_follow_their_flags(void) {
    static const struct {
        const char *text, *data;
        uint32_t flags, count;
    } cases[] = {
        {"a.b", "a\nb", 0, 0},
        {"a.b", "a\nb", YM_REGEX_DOTALL, 1},
        {"^b", "a\nb", 0, 0},
        {"^b", "a\nb", YM_REGEX_MULTILINE, 1},
        {"a$", "a\n", 0, 1},
        {"a$", "a\n", YM_REGEX_DOLLAR_END, 0},
        {"(*UTF)x*", "\xc3\xa9\xe2\x82\xac.", YM_REGEX_GLOBAL, 3},
        {"(*UTF)a", "a\xff", 0, 0}, /* no UTF-8: nothing matches, and that is known */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t budget = 1000000;
        struct ym_pcre *p = compiled(cases[i].text, cases[i].flags);
        struct ym_pcre_job job = {.data = (const uint8_t *)cases[i].data,
                                  .size = strlen(cases[i].data),
                                  .budget = &budget};
        struct ym_pcre_result r;

        CHECK_EQ(ym_pcre_run(p, &job, &r), YM_OK);
        CHECK_EQ(r.count, cases[i].count);
        CHECK(!r.gave_up);
        CHECK(budget < 1000000 && budget > 900000);
        ym_pcre_free(p);
    }
}

static void a_wrong_expression_is_malformed(void) {
    struct ym_pcre *p = NULL;

    CHECK_EQ(ym_pcre_new((const uint8_t *)"(", 1, 0, &p), YM_MALFORMED);
    CHECK_EQ(ym_pcre_new((const uint8_t *)"a{2,1}", 6, 0, &p), YM_MALFORMED);
    CHECK(p == NULL);
}

static void an_expression_too_large_for_metering_still_runs(void) {
    static uint8_t text[20000];
    struct ym_pcre *p = NULL;
    uint64_t budget = UINT64_MAX;
    struct ym_pcre_job job = {.data = text, .size = sizeof(text), .budget = &budget};
    struct ym_pcre_result r;

    memset(text, 'a', sizeof(text));
    CHECK_EQ(ym_pcre_new(text, sizeof(text), 0, &p), YM_OK);
    CHECK_EQ(ym_pcre_run(p, &job, &r), YM_OK);
    CHECK_EQ(r.count, 1);
    CHECK(budget < UINT64_MAX);
    ym_pcre_free(p);
}

/* ---- Bounds ----------------------------------------------------------------------------------- */

static double seconds(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

enum { BIG = 4 << 20, SMALL_BUDGET = 20000000 };

static uint8_t *big_data(const char *repeat) {
    uint8_t *data = malloc(BIG);
    size_t n = strlen(repeat);

    CHECK(data != NULL);
    for (size_t i = 0; i < BIG; i++) {
        data[i] = (uint8_t)repeat[i % n];
    }
    return data;
}

/* Expressions whose search would take minutes to centuries. */
static const struct {
    const char *text, *repeat;
    uint32_t flags;
} slow[] = {
    {"(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 0},
    {"(.*)*[xy]", "a", 0},
    {"((a*)*)*[xy]", "a", 0},
    {"(a|a)*[xy]", "a", 0},
    {"(a|aa)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 0},
    {"(.+)\\1\\1[xy]", "a", YM_REGEX_DOTALL},
    {"(.*)(.*)(.*)\\1\\2\\3[xy]", "ab", YM_REGEX_DOTALL},
    {"[ab]*+[xy]", "ab", 0},
    {"(?:a*+b|a)*[xy]", "a", 0},
    {"(?=(a+))\\1[xy]", "a", 0},
    {"[ab]{60000}[xy]", "ab", 0},
    {"(?:(?=a*+[xy])|a)+[zx]", "a", 0},
    {"a.*b.*c.*d.*[xy]", "abcd", YM_REGEX_DOTALL},
    {"(?s).*?.*?.*?[xy]", "a", 0},
    {"(x+x+)+[yw]", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxz", 0},
};

static void an_expression_made_to_be_slow_is_given_up_in_bounded_time(void) {
    for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
        uint64_t budget = SMALL_BUDGET;
        struct ym_pcre *p = compiled(slow[i].text, slow[i].flags | YM_REGEX_GLOBAL);
        uint8_t *data = big_data(slow[i].repeat);
        struct ym_pcre_job job = {.data = data, .size = BIG, .budget = &budget};
        struct ym_pcre_result r;
        double start = seconds();
        double took;

        CHECK_EQ(ym_pcre_run(p, &job, &r), YM_OK);
        took = seconds() - start;
        printf("# %-26s %.3f s, %llu of %d steps%s\n", slow[i].text, took,
               (unsigned long long)(SMALL_BUDGET - budget), SMALL_BUDGET,
               r.gave_up ? ", gave up" : "");
        CHECK(r.gave_up);
        CHECK(took < 5);
        ym_pcre_free(p);
        free(data);
    }
}

static void many_expressions_on_one_object_share_its_budget(void) {
    /* Each ends at the limit of its memory, after some 3900 steps on any machine. */
    uint64_t budget = 1000000;
    uint8_t *data = big_data("abcab");
    double start = seconds();
    unsigned gave_up = 0;

    for (unsigned i = 0; i < 2000; i++) {
        char text[40];
        struct ym_pcre *p;
        struct ym_pcre_job job = {.data = data, .size = BIG, .budget = &budget};
        struct ym_pcre_result r;

        snprintf(text, sizeof(text), "(a|b|c)+[x-z]{%u}", i + 1);
        p = compiled(text, 0);
        CHECK_EQ(ym_pcre_run(p, &job, &r), YM_OK);
        gave_up += r.gave_up ? 1 : 0;
        ym_pcre_free(p);
    }
    CHECK_EQ(budget, 0);
    CHECK(gave_up > 1900); /* none that was cut may be taken for "not found" */
    CHECK(seconds() - start < 20);
    free(data);
}

static void deep_recursion_needs_no_stack_and_little_memory(void) {
    uint64_t budget = UINT64_MAX;
    struct ym_pcre *p = compiled("^(((((((((a)|b)|c)|d)|e)|f)|g)|h)(?1)?)+$", 0);
    uint8_t *data = big_data("a");
    struct ym_pcre_job job = {.data = data, .size = BIG, .budget = &budget};
    struct ym_pcre_result r;

    CHECK_EQ(ym_pcre_run(p, &job, &r), YM_OK);
    CHECK(r.gave_up);
    ym_pcre_free(p);
    free(data);
}

static void every_allocation_may_fail(void) {
    unsigned failed = 1;

    for (unsigned nth = 1; failed > 0; nth++) {
        struct ym_pcre *p = NULL;
        uint64_t budget = 100000;
        struct ym_pcre_job job = {
            .data = (const uint8_t *)sample, .size = sizeof(sample) - 1, .budget = &budget};
        struct ym_pcre_result r = {0};
        ym_status st;

        CHECK(nth < 200);
        ym_fault_malloc(nth, 0);
        st = ym_pcre_new((const uint8_t *)"(a|b)+Y", 7, 0, &p);
        if (st == YM_OK) {
            st = ym_pcre_run(p, &job, &r);
        }
        failed = ym_fault_malloc(0, 0);
        ym_pcre_free(p);
        CHECK(st == YM_NOMEM || (st == YM_OK && (r.count == 1 || r.gave_up)));
        CHECK(failed > 0 || (st == YM_OK && r.count == 1 && r.last == 23));
    }
}

MAIN(T(matches_count_as_in_clamscan), T(dots_lines_and_ends_follow_their_flags),
     T(a_wrong_expression_is_malformed), T(an_expression_too_large_for_metering_still_runs),
     T(an_expression_made_to_be_slow_is_given_up_in_bounded_time),
     T(many_expressions_on_one_object_share_its_budget),
     T(deep_recursion_needs_no_stack_and_little_memory), T(every_allocation_may_fail))
