/* test_reader.c - base/reader: the bounds that every parser stands on. */
#include "base/reader.h"

#include "ym_test.h"

static const uint8_t bytes[16] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                  0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8};

static struct ym_reader reader_of(size_t n) {
    struct ym_reader r;

    ym_reader_init(&r, bytes, n);
    return r;
}

static void numbers_come_in_both_byte_orders(void) {
    struct ym_reader r = reader_of(16);

    CHECK_EQ(ym_get_u8(&r), 0x01);
    CHECK_EQ(ym_get_u16le(&r), 0x0302);
    CHECK_EQ(ym_get_u16be(&r), 0x0405);
    ym_seek(&r, 8);
    CHECK_EQ(ym_get_u32le(&r), 0xf4f3f2f1U);
    CHECK_EQ(ym_get_u32be(&r), 0xf5f6f7f8U);
    ym_seek(&r, 0);
    CHECK_EQ(ym_get_u64le(&r), UINT64_C(0x0807060504030201));
    CHECK_EQ(ym_get_u64be(&r), UINT64_C(0xf1f2f3f4f5f6f7f8));
    CHECK(ym_reader_ok(&r));
    CHECK_EQ(ym_reader_left(&r), 0);
}

/* Reads one structure that needs all 16 bytes. */
static void read_structure(struct ym_reader *r) {
    (void)ym_get_u8(r);
    ym_skip(r, 1);
    (void)ym_get_u16be(r);
    (void)ym_get_u32le(r);
    (void)ym_get_view(r, 4);
    (void)ym_get_u32be(r);
}

static void every_prefix_of_a_structure_is_truncated(void) {
    for (size_t n = 0; n < sizeof(bytes); n++) {
        struct ym_reader r = reader_of(n);

        read_structure(&r);
        CHECK_EQ(ym_reader_status(&r), YM_TRUNCATED);
        CHECK_EQ(ym_reader_left(&r), 0);
        CHECK(r.pos <= r.len);
    }
}

static void the_first_failure_sticks_and_later_gets_give_zero(void) {
    struct ym_reader r = reader_of(3);

    CHECK_EQ(ym_get_u32le(&r), 0);
    CHECK_EQ(ym_get_u8(&r), 0); /* three bytes are left, but the reader has failed */
    CHECK_EQ(ym_get_u64be(&r), 0);
    CHECK(ym_get_view(&r, 1) == NULL);
    ym_seek(&r, 0);
    CHECK_EQ(ym_get_u8(&r), 0);
    CHECK_EQ(ym_reader_status(&r), YM_TRUNCATED);
}

static void a_u64_that_is_half_there_is_zero(void) {
    struct ym_reader r = reader_of(6);

    CHECK_EQ(ym_get_u64le(&r), 0);
    CHECK_EQ(ym_reader_status(&r), YM_TRUNCATED);
}

static void forged_lengths_do_not_overflow(void) {
    struct ym_reader r = reader_of(16);
    struct ym_reader child;

    ym_skip(&r, 8);
    child = ym_reader_at(&r, 1, UINT64_MAX);
    CHECK_EQ(ym_reader_status(&child), YM_TRUNCATED);
    child = ym_reader_at(&r, UINT64_MAX, 2);
    CHECK_EQ(ym_reader_status(&child), YM_TRUNCATED);
    child = ym_reader_at(&r, UINT64_MAX, UINT64_MAX);
    CHECK_EQ(ym_reader_status(&child), YM_TRUNCATED);
    CHECK(ym_get_view(&r, UINT64_MAX - 7) == NULL);
    CHECK_EQ(ym_reader_status(&r), YM_TRUNCATED);
}

static void seeking_to_the_end_is_allowed_and_past_it_is_not(void) {
    struct ym_reader r = reader_of(16);

    ym_seek(&r, 16);
    CHECK(ym_reader_ok(&r));
    CHECK_EQ(ym_reader_left(&r), 0);
    ym_seek(&r, 17);
    CHECK_EQ(ym_reader_status(&r), YM_TRUNCATED);
}

static void a_child_window_ends_where_it_was_cut(void) {
    struct ym_reader r = reader_of(16);
    struct ym_reader child;
    struct ym_reader inner;

    ym_skip(&r, 5);
    child = ym_reader_at(&r, 8, 4);
    CHECK(ym_reader_ok(&child));
    CHECK_EQ(ym_reader_offset(&child), 8);
    CHECK_EQ(ym_get_u8(&child), 0xf1);
    inner = ym_reader_at(&child, 2, 2);
    CHECK_EQ(ym_reader_offset(&inner), 10);
    CHECK_EQ(ym_get_u16be(&inner), 0xf3f4);
    CHECK_EQ(ym_get_u8(&inner), 0); /* 0xf5 lies in the parent, not in the window */
    CHECK_EQ(ym_reader_status(&inner), YM_TRUNCATED);
    CHECK(ym_reader_ok(&child));
    CHECK_EQ(ym_reader_offset(&r), 5);
}

static void a_child_of_a_failed_reader_has_failed(void) {
    struct ym_reader r = reader_of(2);
    struct ym_reader child;

    (void)ym_get_u32le(&r);
    child = ym_reader_at(&r, 0, 1);
    CHECK_EQ(ym_reader_status(&child), YM_TRUNCATED);
    CHECK_EQ(ym_get_u8(&child), 0);
}

static void an_empty_window_is_good_until_something_is_read(void) {
    struct ym_reader r;
    struct ym_reader child;

    ym_reader_init(&r, NULL, 0);
    CHECK(ym_get_view(&r, 0) == NULL);
    CHECK(ym_reader_ok(&r));
    child = ym_reader_at(&r, 0, 0);
    CHECK(ym_reader_ok(&child));
    CHECK_EQ(ym_get_u8(&r), 0);
    CHECK_EQ(ym_reader_status(&r), YM_TRUNCATED);
}

static void a_view_borrows_the_bytes_in_place(void) {
    struct ym_reader r = reader_of(16);

    ym_skip(&r, 4);
    CHECK(ym_get_view(&r, 12) == bytes + 4);
    CHECK_EQ(ym_reader_left(&r), 0);
}

static void checked_arithmetic_leaves_the_output_alone_on_overflow(void) {
    uint64_t sum = 5;
    size_t product = 6;

    CHECK(!ym_add_u64(UINT64_MAX, 1, &sum));
    CHECK_EQ(sum, 5);
    CHECK(ym_add_u64(UINT64_MAX - 1, 1, &sum));
    CHECK_EQ(sum, UINT64_MAX);
    CHECK(!ym_mul_size(SIZE_MAX / 2, 3, &product));
    CHECK_EQ(product, 6);
    CHECK(ym_mul_size(SIZE_MAX, 0, &product));
    CHECK_EQ(product, 0);
}

MAIN(T(numbers_come_in_both_byte_orders), T(every_prefix_of_a_structure_is_truncated),
     T(the_first_failure_sticks_and_later_gets_give_zero), T(a_u64_that_is_half_there_is_zero),
     T(forged_lengths_do_not_overflow), T(seeking_to_the_end_is_allowed_and_past_it_is_not),
     T(a_child_window_ends_where_it_was_cut), T(a_child_of_a_failed_reader_has_failed),
     T(an_empty_window_is_good_until_something_is_read), T(a_view_borrows_the_bytes_in_place),
     T(checked_arithmetic_leaves_the_output_alone_on_overflow))
