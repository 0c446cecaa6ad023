/* test_arena.c - base/arena: the cap, the alignment, and what a refused allocation leaves. */
#include "base/arena.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

static void memory_is_zeroed_and_aligned_for_any_type(void) {
    struct ym_arena *a = ym_arena_new(1 << 20);

    CHECK(a != NULL);
    for (size_t n = 1; n < 200; n++) {
        unsigned char *p = ym_arena_zalloc(a, n, 1);

        CHECK(p != NULL);
        CHECK_EQ((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < n; i++) {
            CHECK_EQ(p[i], 0);
        }
        memset(p, 0xaa, n); /* the next one must not overlap */
    }
    ym_arena_free(a);
}

static void the_cap_is_hard_and_sticks(void) {
    struct ym_arena *a = ym_arena_new(1024);

    CHECK(a != NULL);
    CHECK(ym_arena_zalloc(a, 1, 1000) != NULL);
    CHECK(ym_arena_zalloc(a, 1, 1000) == NULL);
    CHECK_EQ(ym_arena_status(a), YM_LIMIT);
    CHECK(ym_arena_zalloc(a, 1, 1) == NULL); /* a parser that did not ask must not go on */
    ym_arena_reset(a);
    CHECK_EQ(ym_arena_status(a), YM_OK);
    CHECK(ym_arena_zalloc(a, 1, 1024) != NULL);
    ym_arena_free(a);
}

static void forged_counts_do_not_overflow(void) {
    struct ym_arena *a = ym_arena_new(SIZE_MAX);

    CHECK(a != NULL);
    CHECK(ym_arena_zalloc(a, SIZE_MAX / 4, 8) == NULL);
    CHECK_EQ(ym_arena_status(a), YM_LIMIT);
    ym_arena_reset(a);
    CHECK(ym_arena_zalloc(a, 1, SIZE_MAX - 1) == NULL);
    CHECK_EQ(ym_arena_status(a), YM_LIMIT);
    ym_arena_reset(a);
    CHECK(ym_arena_strndup(a, "", SIZE_MAX) == NULL);
    ym_arena_free(a);
}

static void an_allocation_of_nothing_is_still_a_place(void) {
    struct ym_arena *a = ym_arena_new(4096);
    void *first;

    CHECK(a != NULL);
    first = ym_arena_zalloc(a, 0, 8);
    CHECK(first != NULL);
    CHECK(ym_arena_zalloc(a, 8, 0) != first);
    ym_arena_free(a);
}

static void large_pieces_get_a_chunk_of_their_own(void) {
    struct ym_arena *a = ym_arena_new(8 << 20);
    unsigned char *small;
    unsigned char *large;

    CHECK(a != NULL);
    small = ym_arena_zalloc(a, 1, 100);
    large = ym_arena_zalloc(a, 1, 3 << 20);
    CHECK(small != NULL && large != NULL);
    memset(large, 1, 3 << 20);
    CHECK_EQ(small[99], 0);
    ym_arena_free(a);
}

static void copies_end_in_nul(void) {
    struct ym_arena *a = ym_arena_new(1 << 16);
    const uint8_t *bytes;

    CHECK(a != NULL);
    CHECK(strcmp(ym_arena_strndup(a, "autorun.inf", 7), "autorun") == 0);
    CHECK(strcmp(ym_arena_strndup(a, "", 0), "") == 0);
    CHECK(strcmp(ym_arena_printf(a, "%s#%d", "item", 7), "item#7") == 0);
    bytes = ym_arena_memdup(a, "\0\1\2", 3);
    CHECK(bytes != NULL);
    CHECK_EQ(bytes[2], 2);
    ym_arena_free(a);
}

static void an_arena_with_no_room_refuses_everything_and_free_accepts_null(void) {
    struct ym_arena *a = ym_arena_new(0);

    CHECK(a != NULL);
    CHECK(ym_arena_zalloc(a, 0, 0) == NULL);
    CHECK_EQ(ym_arena_status(a), YM_LIMIT);
    ym_arena_free(a);
    ym_arena_free(NULL);
}

/* Returns the status of a small job that needs three chunks. */
static ym_status job(void) {
    struct ym_arena *a = ym_arena_new(1 << 20);
    ym_status st = YM_OK;

    if (a == NULL) {
        return YM_NOMEM;
    }
    for (int i = 0; i < 3; i++) {
        if (ym_arena_zalloc(a, 1, 60 * 1024) == NULL) {
            st = ym_arena_status(a);
        }
    }
    ym_arena_free(a);
    return st;
}

static void every_allocation_can_fail_without_harm(void) {
    for (int sticky = 0; sticky < 2; sticky++) {
        for (unsigned nth = 1;; nth++) {
            ym_status st;

            (void)ym_fault_malloc(nth, sticky);
            st = job();
            if (ym_fault_malloc(0, 0) == 0) {
                CHECK_EQ(st, YM_OK);
                CHECK(nth > 4); /* the arena and its three chunks were refused in turn */
                break;
            }
            CHECK_EQ(st, YM_NOMEM);
        }
    }
}

MAIN(T(memory_is_zeroed_and_aligned_for_any_type), T(the_cap_is_hard_and_sticks),
     T(forged_counts_do_not_overflow), T(an_allocation_of_nothing_is_still_a_place),
     T(large_pieces_get_a_chunk_of_their_own), T(copies_end_in_nul),
     T(an_arena_with_no_room_refuses_everything_and_free_accepts_null),
     T(every_allocation_can_fail_without_harm))
