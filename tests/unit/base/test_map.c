/* test_map.c - base/map: what was put is found, the maximum holds, allocations may fail. */
#include "base/map.h"

#include "base/alloc.h"
#include "ym_test.h"

static size_t key_of(unsigned i, char out[16]) {
    return (size_t)snprintf(out, 16, "key-%u", i);
}

static void what_was_put_is_found_through_every_growth(void) {
    struct ym_map *m = ym_map_new(5000);
    char key[16];

    CHECK(m != NULL);
    for (unsigned i = 0; i < 5000; i++) {
        size_t n = key_of(i, key);

        CHECK_EQ(ym_map_put(m, key, n, i * 3U), YM_OK);
    }
    CHECK_EQ(ym_map_count(m), 5000);
    for (unsigned i = 0; i < 5000; i++) {
        uint64_t v = 1;
        size_t n = key_of(i, key);

        CHECK(ym_map_get(m, key, n, &v));
        CHECK_EQ(v, i * 3U);
    }
    ym_map_free(m);
}

static void a_key_that_is_not_there_leaves_the_output_alone(void) {
    struct ym_map *m = ym_map_new(4);
    uint64_t v = 9;

    CHECK(m != NULL);
    CHECK(!ym_map_get(m, "a", 1, &v));
    CHECK_EQ(ym_map_put(m, "ab", 2, 1), YM_OK);
    CHECK(!ym_map_get(m, "a", 1, &v)); /* a prefix is another key */
    CHECK(!ym_map_get(m, "abc", 3, &v));
    CHECK_EQ(v, 9);
    ym_map_free(m);
}

static void keys_may_hold_any_byte_and_none(void) {
    struct ym_map *m = ym_map_new(4);
    uint64_t v = 0;

    CHECK(m != NULL);
    CHECK_EQ(ym_map_put(m, "a\0b", 3, 1), YM_OK);
    CHECK_EQ(ym_map_put(m, "a\0c", 3, 2), YM_OK);
    CHECK_EQ(ym_map_put(m, "", 0, 3), YM_OK);
    CHECK(ym_map_get(m, "a\0c", 3, &v));
    CHECK_EQ(v, 2);
    CHECK(ym_map_get(m, "", 0, &v));
    CHECK_EQ(v, 3);
    ym_map_free(m);
}

static void putting_again_replaces_even_when_full(void) {
    struct ym_map *m = ym_map_new(1);
    uint64_t v = 0;

    CHECK(m != NULL);
    CHECK_EQ(ym_map_put(m, "a", 1, 1), YM_OK);
    CHECK_EQ(ym_map_put(m, "b", 1, 1), YM_LIMIT);
    CHECK_EQ(ym_map_put(m, "a", 1, 5), YM_OK);
    CHECK(ym_map_get(m, "a", 1, &v));
    CHECK_EQ(v, 5);
    CHECK_EQ(ym_map_count(m), 1);
    ym_map_free(m);
}

static void a_walk_meets_every_entry_once(void) {
    struct ym_map *m = ym_map_new(100);
    size_t cursor = 0;
    const char *key;
    size_t n;
    uint64_t value;
    uint64_t sum = 0;
    unsigned seen = 0;
    char text[16];

    CHECK(m != NULL);
    for (unsigned i = 0; i < 100; i++) {
        size_t len = key_of(i, text);

        CHECK_EQ(ym_map_put(m, text, len, UINT64_C(1) << (i % 50)), YM_OK);
    }
    while (ym_map_next(m, &cursor, &key, &n, &value)) {
        CHECK(strlen(key) == n);
        sum += value;
        seen++;
    }
    CHECK_EQ(seen, 100);
    CHECK_EQ(sum, 2 * ((UINT64_C(1) << 50) - 1));
    ym_map_free(m);
    ym_map_free(NULL);
}

static ym_status job(void) {
    struct ym_map *m = ym_map_new(100);
    ym_status st = m == NULL ? YM_NOMEM : YM_OK;
    char key[16];

    for (unsigned i = 0; i < 40 && st == YM_OK; i++) {
        size_t n = key_of(i, key);

        st = ym_map_put(m, key, n, i);
        if (st == YM_OK) {
            uint64_t v = 99;

            CHECK(ym_map_get(m, key, n, &v));
        } else {
            uint64_t v = 99;

            CHECK(!ym_map_get(m, key, n, &v)); /* a refused key is not half there */
            CHECK_EQ(ym_map_count(m), i);
        }
    }
    ym_map_free(m);
    return st;
}

static void every_allocation_can_fail_without_harm(void) {
    for (unsigned nth = 1;; nth++) {
        ym_status st;

        (void)ym_fault_malloc(nth, 0);
        st = job();
        if (ym_fault_malloc(0, 0) == 0) {
            CHECK_EQ(st, YM_OK);
            CHECK(nth > 40);
            break;
        }
        CHECK_EQ(st, YM_NOMEM);
    }
}

MAIN(T(what_was_put_is_found_through_every_growth),
     T(a_key_that_is_not_there_leaves_the_output_alone), T(keys_may_hold_any_byte_and_none),
     T(putting_again_replaces_even_when_full), T(a_walk_meets_every_entry_once),
     T(every_allocation_can_fail_without_harm))
