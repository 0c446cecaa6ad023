/* test_regex.c - POSIX expressions: corner by corner as clamscan 1.4.6 answered (.cdb lines),
 * at random against the C library's own, and in bounded time. */
#include "base/alloc.h"
#include "match/regex.h"
#include "ym_test.h"

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum { BAD = -1, NO = YM_ERE_NO, YES = YM_ERE_YES };

static int answer(const char *text, const char *name) {
    struct ym_ere *re = NULL;
    struct ym_err err = {0};
    ym_status st = ym_ere_new(text, strlen(text), 0, &re, &err);
    int result;

    if (st != YM_OK) {
        return st == YM_MALFORMED && err.text[0] != '\0' ? BAD : -2;
    }
    result = (int)ym_ere_match(re, name, strlen(name));
    ym_ere_free(re);
    return result;
}

static const struct {
    const char *re;
    const char *name;
    int want;
} corners[] = {
    /* escapes */
    {"a\\dz", "adz", YES},
    {"a\\dz", "a1z", NO},
    {"\\bfoo", "bfoo", YES},
    {"\\bfoo", "foo", NO},
    {"\\<a", "<a", YES},
    {"\\x41", "A", NO},
    {"\\x41", "x41", YES},
    {"\\n", "n", YES},
    {"(a)\\1", "aa", NO},
    {"(a)\\1", "a1", YES},
    {"a\\|b", "a|b", YES},
    {"a\\", "a", BAD},
    /* empty */
    {"", "x", BAD},
    {"()", "x", YES},
    {"()*", "x", YES},
    {"a||b", "x", BAD},
    {"(|a)", "x", BAD},
    {"a|", "x", BAD},
    {"(a|)", "x", BAD},
    {"((a)|)", "x", BAD},
    {"(()|a)", "x", YES},
    /* nothing to repeat */
    {"*a", "x", BAD},
    {"^*", "x", BAD},
    {"$*", "x", YES},
    {"a**", "x", BAD},
    {"a+?", "a", BAD},
    {"(?x)a", "xa", BAD},
    {"(*a)", "xa", BAD},
    {"a|*b", "xa", BAD},
    /* bounds */
    {"a{1}{2}", "aa", BAD},
    {"{1}", "x", BAD},
    {"{a", "{a", YES},
    {"a{", "a{", YES},
    {"a{x", "a{x", YES},
    {"a{,2}", "a{,2}", YES},
    {"a{,2}", "a", NO},
    {"a{1,2", "a", BAD},
    {"a{2,1}", "a", BAD},
    {"^a{255}$", "a", NO},
    {"a{256}", "a", BAD},
    {"a{0}b", "b", YES},
    {"a{0}", "b", BAD},
    {"(a){0,0}|b", "b", BAD},
    {"((a){0})", "b", BAD},
    {"a{0,}", "b", YES},
    {"a{01}", "a", YES},
    {"^a{2,}$", "aaaa", YES},
    {"^a{2,}$", "a", NO},
    {"^a{2,3}$", "aaaa", NO},
    /* groups */
    {"a)", "a)", YES},
    {"a)*b", "a))b", YES},
    {"(a", "(a", BAD},
    {"((a)", "a", BAD},
    {"(^)*a", "ba", YES},
    {"(^a){2}", "aa", NO},
    {"^(ab|c)+$", "abcab", YES},
    /* anchors */
    {"^a", "ba", NO},
    {"a|^b", "cb", NO},
    {"a$b", "a$b", NO},
    {"a$", "a\n", NO},
    {"a.b", "a\nb", YES},
    {"A", "a", NO},
    /* brackets */
    {"[a", "[a", BAD},
    {"[]a]", "x]", YES},
    {"[^]a]", "]a", NO},
    {"[\\]]", "\\]", YES},
    {"[\\d]", "d", YES},
    {"[\\d]x", "\\x", YES},
    {"[\\d]x", "1x", NO},
    {"[z-a]", "a", BAD},
    {"[a-]", "-", YES},
    {"[--/]", ".", BAD},
    {"[a-c-e]", "d", BAD},
    {"[[.hyphen.]]", "-", YES},
    {"[[.-.]]", "-", YES},
    {"[[.nothing.]]", "-", BAD},
    {"[[=a=]]", "a", YES},
    {"[[:digit:]]{3}", "a123", YES},
    {"[[:digi:]]", "1", BAD},
    {"[[:digit:]", "1", BAD},
    {"[^[:space:]]", " \t\n\v\f\r", NO},
    {"[^[:print:][:cntrl:]]", "a\x01", NO},
    {"[[:<:]]ab", "x ab", YES},
    {"[[:<:]]ab", "xab", NO},
    {"ab[[:>:]]", "ab_", NO},
    {"[[:<:]]*ab", "xab", YES},
    {"[\x80-\xff]", "\xc3\xa9", YES},
    {"[a-\xff]", "a", BAD},
    {"[\xff-a]", "b", NO},
    {"[\xff-a]", "A", YES},
};

static void every_corner_is_answered_as_clamscan_does(void) {
    for (size_t i = 0; i < sizeof(corners) / sizeof(corners[0]); i++) {
        int got = answer(corners[i].re, corners[i].name);

        if (got != corners[i].want) {
            FAIL("%s on %s: got %d, want %d", corners[i].re, corners[i].name, got, corners[i].want);
        }
    }
}

/* ---- Against regcomp() ------------------------------------------------------------------------ */

static uint32_t next_random(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

/* An expression of what both dialects share. */
static void make(uint32_t *seed, char *out, size_t room, unsigned depth) {
    static const char *const atoms[] = {
        "a",   "b",  "c",    ".",     "[ab]", "[^a]", "[a-c]", "[[:alpha:]]", "[[:digit:]x]",
        "\\.", "()", "[]b]", "[^]b]", "1"};
    static const char *const repeats[] = {"*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}"};
    unsigned n = 1 + next_random(seed) % 3;

    for (unsigned i = 0; i < n && strlen(out) + 120 < room; i++) {
        if (depth < 3 && next_random(seed) % 4 == 0) {
            strncat(out, "(", 2);
            make(seed, out, room, depth + 1);
            strncat(out, ")", 2);
        } else {
            strncat(out, atoms[next_random(seed) % (sizeof(atoms) / sizeof(atoms[0]))], 20);
        }
        if (next_random(seed) % 3 == 0) {
            strncat(out, repeats[next_random(seed) % (sizeof(repeats) / sizeof(repeats[0]))], 6);
        }
    }
    if (next_random(seed) % 4 == 0 && strlen(out) + 120 < room) {
        strncat(out, "|", 2);
        make(seed, out, room, depth + 1);
    }
}

static void random_expressions_match_as_the_c_library_says(void) {
    static const char letters[] = "aabbc1.x]";
    uint32_t seed = 7;
    unsigned yes = 0;
    unsigned tried = 0;

    for (unsigned i = 0; i < 3000; i++) {
        char text[400] = "";
        struct ym_ere *re = NULL;
        regex_t other;

        strncat(text, next_random(&seed) % 3 == 0 ? "^" : "", 2);
        make(&seed, text, sizeof(text), 0);
        strncat(text, next_random(&seed) % 3 == 0 ? "$" : "", 2);
        CHECK(regcomp(&other, text, REG_EXTENDED | REG_NOSUB) == 0);
        CHECK_EQ(ym_ere_new(text, strlen(text), 0, &re, NULL), YM_OK);
        for (unsigned k = 0; k < 8; k++) {
            char name[12] = "";
            unsigned n = next_random(&seed) % (sizeof(name) - 1);
            bool want;

            for (unsigned c = 0; c < n; c++) {
                name[c] = letters[next_random(&seed) % (sizeof(letters) - 1)];
            }
            want = regexec(&other, name, 0, NULL, 0) == 0;
            if (ym_ere_match(re, name, n) != (want ? YM_ERE_YES : YM_ERE_NO)) {
                FAIL("%s on '%s': want %d", text, name, want);
            }
            yes += want ? 1 : 0;
            tried++;
        }
        ym_ere_free(re);
        regfree(&other);
    }
    CHECK(yes > tried / 10 && yes < tried - tried / 10);
}

/* ---- Limits ----------------------------------------------------------------------------------- */

static void caseless_and_bytes_of_any_value(void) {
    struct ym_ere *re = NULL;

    CHECK_EQ(ym_ere_new("^a\0[b]", 6, YM_ERE_CASELESS, &re, NULL), YM_OK);
    CHECK_EQ(ym_ere_match(re, "A\0B", 3), YM_ERE_YES);
    CHECK_EQ(ym_ere_match(re, "A", 1), YM_ERE_NO);
    ym_ere_free(re);
}

static ym_ere_result timed(const char *text, const char *name, size_t n) {
    struct ym_ere *re = NULL;
    clock_t start = clock();
    ym_ere_result result;

    CHECK_EQ(ym_ere_new(text, strlen(text), 0, &re, NULL), YM_OK);
    result = ym_ere_match(re, name, n);
    ym_ere_free(re);
    CHECK(clock() - start < 3 * CLOCKS_PER_SEC);
    return result;
}

static void what_a_backtracker_never_ends_is_answered(void) {
    static const char *const slow[] = {"^(a+)+$", "^(a*)*b", "^((a|a)*)*b", "^(a|aa)+$",
                                       "^(.*.*)*.*x$"};
    char text[400];

    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '!';
    for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
        CHECK_EQ(timed(slow[i], text, sizeof(text)), YM_ERE_NO);
    }
    text[sizeof(text) - 1] = 'b';
    CHECK_EQ(timed("^((a|a)*)*b", text, sizeof(text)), YM_ERE_YES);
}

static void what_takes_too_long_is_given_up(void) {
    static const char *const bombs[] = {"((a{0,50}){0,50}[bc]){2}[xy]",
                                        "((((a?){20}){20})[xy]|b){2}[xy]", "(a?){60}a{60}b"};
    static char text[60000];
    unsigned gave_up = 0;

    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
        ym_ere_result r = timed(bombs[i], text, sizeof(text));

        CHECK(r != YM_ERE_YES);
        gave_up += r == YM_ERE_GAVE_UP ? 1 : 0;
    }
    CHECK(gave_up > 0);
}

static void an_expression_too_large_is_a_limit_not_a_mistake(void) {
    struct ym_ere *re = NULL;
    struct ym_err err = {0};
    static const char big[] = "(((a{255}){255}){255}){255}";
    char deep[2000];

    CHECK_EQ(ym_ere_new(big, strlen(big), 0, &re, &err), YM_LIMIT);
    CHECK(err.text[0] != '\0');
    memset(deep, '(', 1000);
    deep[999] = 'a';
    memset(deep + 1000, ')', 999);
    CHECK_EQ(ym_ere_new(deep, 1999, 0, &re, NULL), YM_LIMIT);
}

static void every_prefix_is_answered(void) {
    static const char text[] = "^([[:alpha:]]+|[^]a-c[.x.]]{2,3}|\\.|[[=b=]-])*()(a$)";
    struct ym_ere *re;

    for (size_t n = 0; n <= strlen(text); n++) {
        char *copy = malloc(n + 1); /* the sanitizer sees a byte read too many */
        ym_status st;

        CHECK(copy != NULL);
        memcpy(copy, text, n);
        copy = realloc(copy, n == 0 ? 1 : n);
        re = NULL;
        st = ym_ere_new(copy, n, 0, &re, NULL);
        CHECK(st == YM_OK || st == YM_MALFORMED);
        CHECK((st == YM_OK) == (re != NULL));
        ym_ere_free(re);
        free(copy);
    }
}

static void every_allocation_may_fail(void) {
    for (unsigned nth = 1;; nth++) {
        struct ym_ere *re = NULL;
        ym_status st;
        unsigned failed;

        ym_fault_malloc(nth, 0);
        st = ym_ere_new("(a|b)*[c]", 9, 0, &re, NULL);
        failed = ym_fault_malloc(0, 0);
        CHECK((st == YM_OK) == (re != NULL));
        CHECK(st == YM_OK || st == YM_NOMEM);
        ym_ere_free(re);
        if (failed == 0) {
            CHECK_EQ(st, YM_OK);
            CHECK(nth > 5);
            return;
        }
    }
}

MAIN(T(every_corner_is_answered_as_clamscan_does),
     T(random_expressions_match_as_the_c_library_says), T(caseless_and_bytes_of_any_value),
     T(what_a_backtracker_never_ends_is_answered), T(what_takes_too_long_is_given_up),
     T(an_expression_too_large_is_a_limit_not_a_mistake), T(every_prefix_is_answered),
     T(every_allocation_may_fail))
