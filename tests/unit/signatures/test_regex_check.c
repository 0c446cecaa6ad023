/* test_regex_check.c - which regular expressions of PCRE subsignatures load: as clamscan 1.4.6. */
#include "../../../src/signatures/clamav/regex_check.h"

#include "base/alloc.h"
#include "base/kinds.h"
#include "ym_test.h"

static ym_status check(const char *text, uint32_t flags) {
    const char *why = NULL;
    ym_status st = ym_clamav_check_regex(text, strlen(text), flags, &why);

    CHECK((st == YM_MALFORMED) == (why != NULL && *why != '\0'));
    return st;
}

static void what_the_peer_loads_loads(void) {
    static const char *const good[] = {"a",     "a*",      "\\C",       "(*UTF)a", "(?R)",
                                       "\\xZZ", "(?<n>a)", "a/b",       "\\p{L}",  "\\Q",
                                       "a{,2}", "(?i)a",   "(a|b)+\\1", "(?#c)"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (check(good[i], 0) != YM_OK) {
            FAIL("%s is refused", good[i]);
        }
    }
}

static void what_the_peer_refuses_is_malformed(void) {
    static const char *const bad[] = {"(",         "{1}",      "[\\w-a]",       ")",  "a{2,1}",
                                      "[[:foo:]]", "(a)\\2",   "[z-a]",         "[a", "*a",
                                      "a\\",       "(?<=a+)b", "\\N{1}x{70000}"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (check(bad[i], 0) != YM_MALFORMED) {
            FAIL("%s is taken", bad[i]);
        }
    }
}

static void flags_are_honoured(void) {
    CHECK_EQ(check("a #)", 0), YM_MALFORMED);
    CHECK_EQ(check("a #)", YM_REGEX_EXTENDED), YM_OK); /* a comment */
}

static void what_is_too_large_or_too_deep_is_malformed(void) {
    char deep[1001];

    memset(deep, '(', 500);
    memset(deep + 500, ')', 500);
    deep[1000] = '\0';
    CHECK_EQ(check(deep, 0), YM_MALFORMED);
    CHECK_EQ(check("(((a{999}){999}){999}){999}", 0), YM_MALFORMED);
}

static void every_allocation_may_fail(void) {
    const char *why = NULL;
    unsigned failed = 1;

    for (unsigned nth = 1; failed > 0; nth++) {
        ym_status st;

        ym_fault_malloc(nth, 0);
        st = ym_clamav_check_regex("(a|b)*[c]", 9, 0, &why);
        failed = ym_fault_malloc(0, 0);
        CHECK_EQ(st, failed > 0 ? YM_NOMEM : YM_OK);
        CHECK(nth < 100);
    }
}

MAIN(T(what_the_peer_loads_loads), T(what_the_peer_refuses_is_malformed), T(flags_are_honoured),
     T(what_is_too_large_or_too_deep_is_malformed), T(every_allocation_may_fail))
