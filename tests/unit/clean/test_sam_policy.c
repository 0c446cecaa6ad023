/* test_sam_policy.c - the account policy of a SAM hive: read, cut off, forged. */
#include "clean/sam_policy.h"

#include "makers/make_doors.h"
#include "ym_test.h"

#include <stdbool.h>
#include <stdlib.h>

static uint8_t policy[MADE_POLICY];

static ym_status parse(size_t n, struct ym_sam_policy *ret) {
    struct ym_err err = {0};
    uint8_t *copy = malloc(n + 1); /* of exactly this size, for the sanitizer */
    ym_status st;

    memcpy(copy, policy, n);
    copy = realloc(copy, n == 0 ? 1 : n);
    st = ym_sam_policy_parse(copy, n, ret, &err);
    free(copy);
    CHECK((st == YM_OK) == (err.text[0] == '\0'));
    return st;
}

static void put(size_t at, uint64_t v, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        policy[at + i] = (uint8_t)(v >> (8 * i));
    }
}

static void all_fields_are_read(void) {
    struct ym_sam_policy p = {.min_length = 0};

    make_policy(policy, 5, 10, true);
    put(82, 24, 2);
    put(56, 0 - UINT64_C(15) * 60 * 10000000, 8);
    CHECK_EQ(parse(sizeof(policy), &p), YM_OK);
    CHECK_EQ(p.lockout_threshold, 5);
    CHECK_EQ(p.lockout_minutes, 30);
    CHECK_EQ(p.window_minutes, 15);
    CHECK(!p.lockout_for_ever);
    CHECK_EQ(p.min_length, 10);
    CHECK_EQ(p.history, 24);
    CHECK(p.complexity);
    make_policy(policy, 0, 0, false);
    CHECK_EQ(parse(sizeof(policy), &p), YM_OK);
    CHECK_EQ(p.lockout_threshold, 0);
    CHECK(!p.complexity);
}

static void locked_for_ever_is_no_number_of_minutes(void) {
    struct ym_sam_policy p;

    make_policy(policy, 5, 10, true);
    put(48, UINT64_C(1) << 63, 8);
    CHECK_EQ(parse(sizeof(policy), &p), YM_OK);
    CHECK(p.lockout_for_ever);
    CHECK_EQ(p.lockout_minutes, 0);
}

static void every_shorter_value_is_refused(void) {
    make_policy(policy, 5, 10, true);
    for (size_t n = 0; n <= sizeof(policy); n++) {
        struct ym_sam_policy p = {.min_length = 77};

        CHECK_EQ(parse(n, &p), n < YM_SAM_POLICY_SIZE ? YM_TRUNCATED : YM_OK);
        CHECK_EQ(p.min_length, n < YM_SAM_POLICY_SIZE ? 77 : 10);
    }
}

static void what_is_not_plausible_is_refused(void) {
    static const struct {
        size_t at;
        uint64_t v;
        unsigned n;
        bool good;
    } rows[] = {
        {0, 1, 2, true},
        {0, 3, 2, true},
        {0, 0, 2, false},
        {0, 4, 2, false},
        {48, 1, 8, false},                              /* a positive time */
        {48, 0 - UINT64_C(99999) * 600000000, 8, true}, /* the longest */
        {48, 0 - UINT64_C(100000) * 600000000, 8, false},
        {48, 0, 8, true},
        {56, UINT64_C(1) << 63, 8, false}, /* a window without end */
        {56, UINT64_MAX, 8, true},         /* 100 ns */
        {76, 0x100, 4, false},
        {76, 0xff, 4, true},
        {80, 256, 2, true},
        {80, 257, 2, false},
        {82, 1025, 2, false},
        {84, 999, 2, true},
        {84, 1000, 2, false},
        {84, 0xffff, 2, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ym_sam_policy p = {.min_length = 77};

        make_policy(policy, 5, 10, true);
        put(rows[i].at, rows[i].v, rows[i].n);
        CHECK_EQ(parse(sizeof(policy), &p), rows[i].good ? YM_OK : YM_MALFORMED);
        CHECK(rows[i].good || p.min_length == 77);
    }
}

MAIN(T(all_fields_are_read), T(locked_for_ever_is_no_number_of_minutes),
     T(every_shorter_value_is_refused), T(what_is_not_plausible_is_refused))
