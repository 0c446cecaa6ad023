/* test_buf.c - base/buf: the maximum, the sticky status, and JSON text. */
#include "base/buf.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <stdint.h>

static void additions_are_little_endian_and_end_in_nul(void) {
    static const uint8_t want[] = {1, 2, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 'x', 'y'};
    struct ym_buf b;

    ym_buf_init(&b, 100);
    ym_buf_u8(&b, 1);
    ym_buf_u16le(&b, 2);
    ym_buf_u32le(&b, 3);
    ym_buf_u64le(&b, 4);
    ym_buf_add_text(&b, "xy");
    CHECK_EQ(ym_buf_status(&b), YM_OK);
    CHECK_EQ(b.len, sizeof(want));
    CHECK(memcmp(b.data, want, sizeof(want)) == 0);
    CHECK_EQ(b.data[b.len], 0);
    ym_buf_done(&b);
}

static void the_maximum_is_exact_and_sticks(void) {
    struct ym_buf b;

    ym_buf_init(&b, 300);
    for (int i = 0; i < 300; i++) {
        ym_buf_u8(&b, (uint8_t)i);
    }
    CHECK_EQ(ym_buf_status(&b), YM_OK);
    CHECK(b.room <= 301); /* the cap bounds the memory, too */
    ym_buf_u8(&b, 0);
    CHECK_EQ(ym_buf_status(&b), YM_LIMIT);
    CHECK_EQ(b.len, 300);
    ym_buf_clear(&b);
    CHECK_EQ(ym_buf_status(&b), YM_OK);
    ym_buf_printf(&b, "%s", "again");
    CHECK(strcmp((char *)b.data, "again") == 0);
    ym_buf_done(&b);
}

static void forged_sizes_do_not_overflow(void) {
    struct ym_buf b;

    ym_buf_init(&b, SIZE_MAX);
    CHECK(ym_buf_room(&b, SIZE_MAX) == NULL);
    CHECK_EQ(ym_buf_status(&b), YM_LIMIT);
    ym_buf_clear(&b);
    ym_buf_u8(&b, 1);
    CHECK(ym_buf_room(&b, SIZE_MAX - 1) == NULL);
    CHECK_EQ(ym_buf_status(&b), YM_LIMIT);
    CHECK_EQ(b.len, 1);
    ym_buf_done(&b);
}

static void a_buffer_may_be_used_again_after_done(void) {
    struct ym_buf b;

    ym_buf_init(&b, 16);
    ym_buf_add_text(&b, "one");
    ym_buf_done(&b);
    CHECK(b.data == NULL);
    ym_buf_add_text(&b, "two");
    CHECK_EQ(b.len, 3);
    ym_buf_done(&b);
    ym_buf_done(&b);
}

static void alignment_fills_with_zeros(void) {
    struct ym_buf b;

    ym_buf_init(&b, 64);
    ym_buf_align(&b, 8);
    CHECK_EQ(b.len, 0);
    ym_buf_u8(&b, 0xff);
    ym_buf_align(&b, 8);
    CHECK_EQ(b.len, 8);
    CHECK_EQ(b.data[7], 0);
    ym_buf_align(&b, 8);
    CHECK_EQ(b.len, 8);
    ym_buf_done(&b);
}

static void room_is_zeroed_even_where_old_bytes_lay(void) {
    struct ym_buf b;
    const uint8_t *p;

    ym_buf_init(&b, 64);
    ym_buf_add_text(&b, "old bytes");
    ym_buf_clear(&b);
    p = ym_buf_room(&b, 9);
    CHECK(p != NULL);
    for (int i = 0; i < 9; i++) {
        CHECK_EQ(p[i], 0);
    }
    ym_buf_done(&b);
}

static void json_is_always_valid_utf8(void) {
    struct ym_buf b;

    ym_buf_init(&b, 256);
    ym_buf_json_string(&b, "a\"\\\n\x7f\xff\xe5\xae\x88\xe5\xae", 11);
    CHECK(strcmp((char *)b.data, "\"a\\\"\\\\\\u000a\\u007f\\udcff\xe5\xae\x88\\udce5\\udcae\"") ==
          0);
    ym_buf_clear(&b);
    ym_buf_json_string(&b, "\0", 1);
    CHECK(strcmp((char *)b.data, "\"\\u0000\"") == 0);
    ym_buf_clear(&b);
    ym_buf_json_string(&b, "", 0);
    CHECK(strcmp((char *)b.data, "\"\"") == 0);
    ym_buf_done(&b);
}

static ym_status job(void) {
    struct ym_buf b;
    ym_status st;

    ym_buf_init(&b, 1 << 16);
    for (int i = 0; i < 200; i++) {
        ym_buf_printf(&b, "line %d\n", i);
    }
    st = ym_buf_status(&b);
    ym_buf_done(&b);
    return st;
}

static void every_allocation_can_fail_without_harm(void) {
    for (unsigned nth = 1;; nth++) {
        ym_status st;

        (void)ym_fault_malloc(nth, 0);
        st = job();
        if (ym_fault_malloc(0, 0) == 0) {
            CHECK_EQ(st, YM_OK);
            CHECK(nth > 3);
            break;
        }
        CHECK_EQ(st, YM_NOMEM);
    }
}

MAIN(T(additions_are_little_endian_and_end_in_nul), T(the_maximum_is_exact_and_sticks),
     T(forged_sizes_do_not_overflow), T(a_buffer_may_be_used_again_after_done),
     T(alignment_fills_with_zeros), T(room_is_zeroed_even_where_old_bytes_lay),
     T(json_is_always_valid_utf8), T(every_allocation_can_fail_without_harm))
