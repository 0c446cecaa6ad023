/* test_policy_text.c - the rules for passwords as rpcclient and net accounts print them. */
#include "clean/policy_text.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <stdlib.h>

static const char samba[] = "Minimum password length:\t\t\t8\n"
                            "Password uniqueness (remember x passwords):\t24\n"
                            "password_properties: 0x00000001\n"
                            "\tDOMAIN_PASSWORD_COMPLEX\n"
                            "password expire in:\t\t\t\t42 days, 0 hours, 0 minutes, 0 seconds\n"
                            "Lockout after bad attempts:                  10\n";
static const char english[] =
    "Force user logoff how long after time expires?:       Never\r\n"
    "Minimum password age (days):                          0\r\n"
    "Maximum password age (days):                          42\r\n"
    "Minimum password length:                              0\r\n"
    "Length of password history maintained:                None\r\n"
    "Lockout threshold:                                    Never\r\n"
    "Lockout duration (minutes):                           30\r\n"
    "Computer role:                                        WORKSTATION\r\n"
    "The command completed successfully.\r\n\r\n";
static const char japanese[] = "最小パスワード長:                              12\r\n"
                               "パスワードの履歴管理:                  なし\r\n"
                               "ロックアウトしきい値:             5\r\n";

static ym_status parse(const char *text, size_t n, struct ym_policy_text *ret) {
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_err err = {0};
    uint8_t *copy = malloc(n + 1); /* of exactly this size, for the sanitizer */
    ym_status st;

    memcpy(copy, text, n);
    copy = realloc(copy, n == 0 ? 1 : n);
    st = ym_policy_text_parse(copy, n, arena, ret, &err);
    CHECK((st == YM_OK) == (err.text[0] == '\0'));
    free(copy);
    ym_arena_free(arena);
    return st;
}

static ym_status whole(const char *text, struct ym_policy_text *ret) {
    return parse(text, strlen(text), ret);
}

static void samba_tells_all(void) {
    struct ym_policy_text p;

    CHECK_EQ(whole(samba, &p), YM_OK);
    CHECK(p.has_threshold && p.has_length && p.has_history && p.has_complexity);
    CHECK(p.threshold == 10 && p.length == 8 && p.history == 24 && p.complexity);
}

static void windows_does_not_tell_the_kinds_of_characters(void) {
    struct ym_policy_text p;

    CHECK_EQ(whole(english, &p), YM_OK);
    CHECK(p.has_threshold && p.has_length && p.has_history && !p.has_complexity);
    CHECK(p.threshold == 0 && p.length == 0 && p.history == 0);
    CHECK_EQ(whole(japanese, &p), YM_OK);
    CHECK(p.threshold == 5 && p.length == 12 && p.has_history && !p.has_complexity);
}

static void utf16_is_read(void) {
    struct ym_policy_text p;
    char wide[2 * sizeof(english)] = "\xff\xfe";

    for (size_t i = 0; i < sizeof(english) - 1; i++) {
        wide[2 * i + 2] = english[i];
    }
    CHECK_EQ(parse(wide, sizeof(wide), &p), YM_OK);
    CHECK(p.has_threshold && p.threshold == 0);
}

static void doubt_is_refused(void) {
    static const struct {
        const char *text;
        ym_status want;
    } cases[] = {
        {"", YM_UNSUPPORTED},
        {"Lockout threshold\n", YM_UNSUPPORTED},
        {"The lockout threshold: 5\n", YM_UNSUPPORTED},
        {"Lockout threshold: 5", YM_TRUNCATED},
        {"Lockout threshold: 5\n", YM_OK},
        {"Lockout threshold: 5\nLockout after bad attempts: 5\n", YM_OK},
        {"Lockout threshold: 5\nLockout threshold: 6\n", YM_MALFORMED},
        {"Lockout threshold: five\n", YM_MALFORMED},
        {"Lockout threshold: -1\n", YM_MALFORMED},
        {"Lockout threshold: 1000\n", YM_MALFORMED},
        {"Lockout threshold: None\n", YM_MALFORMED},
        {"Lockout threshold:\n", YM_MALFORMED},
        {"Minimum password length: Never\n", YM_MALFORMED},
        {"Minimum password length: 99999999999\n", YM_MALFORMED},
        {"password_properties: 1\n", YM_MALFORMED},
        {"password_properties: 0x0000000g\n", YM_MALFORMED},
        {"password_properties: 0x00000100\n", YM_MALFORMED},
    };
    struct ym_policy_text p;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (whole(cases[i].text, &p) != cases[i].want) {
            FAIL("case %zu: %s", i, cases[i].text);
        }
    }
}

/* A number that is cut is a smaller number: only whole lines count. */
static void every_prefix(void) {
    struct ym_policy_text p;

    for (size_t n = 0; n < sizeof(samba) - 1; n++) {
        if (parse(samba, n, &p) == YM_OK) {
            CHECK(p.has_length && p.length == 8 && !p.has_threshold);
        }
    }
}

static void long_texts_have_an_end(void) {
    struct ym_policy_text p;
    char *text = calloc(1, YM_POLICY_TEXT_MAX + 1);

    CHECK(text != NULL);
    memset(text, '\n', YM_POLICY_TEXT_MAX + 1);
    CHECK_EQ(parse(text, YM_POLICY_TEXT_MAX + 1, &p), YM_LIMIT);
    CHECK_EQ(parse(text, YM_POLICY_TEXT_MAX, &p), YM_UNSUPPORTED);
    free(text);
}

MAIN(T(samba_tells_all), T(windows_does_not_tell_the_kinds_of_characters), T(utf16_is_read),
     T(doubt_is_refused), T(every_prefix), T(long_texts_have_an_end))
