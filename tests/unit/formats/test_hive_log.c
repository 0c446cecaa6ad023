/* Hives that were not closed properly, and their logs, whole and torn in every place. */
#include "formats/hive_log.h"

#include "../../makers/make_hive_log.h"
#include "base/alloc.h"
#include "ym_test.h"

#include <stdlib.h>

enum { ROOM = 1 << 20, BASE = MAKE_HIVE_BASE, BLOCK = MAKE_HIVE_BLOCK };

/* One hive in four states: the second block changes, then the third, then two blocks come. */
static struct scene {
    struct ym_buf state[4];
    struct ym_buf dirty, log1, log2, log0, whole;
    struct ym_hive_recovery what;
    struct ym_err err;
    ym_status st;
} s;

static void start(void) {
    struct ym_buf *const all[] = {&s.dirty, &s.log1, &s.log2, &s.log0, &s.whole};

    memset(&s, 0, sizeof(s));
    for (unsigned i = 0; i < 5; i++) {
        ym_buf_init(all[i], ROOM);
    }
    for (unsigned i = 0; i < 4; i++) {
        ym_buf_init(&s.state[i], ROOM);
        make_blocks_hive(&s.state[i], i == 3 ? 5 : 3, 0x10);
        memset(s.state[i].data + BASE + BLOCK + 100, i >= 1 ? 0xa1 : 0xa0, 100);
        memset(s.state[i].data + BASE + 2 * BLOCK + 100, i >= 2 ? 0xb1 : 0xb0, 100);
    }
    s.state[2].data[144] = 1; /* a flag that entries carry */
    make_hive_dirty(&s.state[0], &s.dirty);
}

static void end(void) {
    struct ym_buf *const all[] = {&s.dirty, &s.log1, &s.log2, &s.log0, &s.whole};

    for (unsigned i = 0; i < 5; i++) {
        ym_buf_done(all[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        ym_buf_done(&s.state[i]);
    }
}

static struct ym_reader reader_of(const struct ym_buf *b) {
    struct ym_reader r;

    ym_reader_init(&r, b->data == NULL ? (const uint8_t *)"" : b->data, b->len);
    return r;
}

static ym_status recover(void) {
    struct ym_hive_logs logs = {{reader_of(&s.log1), reader_of(&s.log2), reader_of(&s.log0)}};

    ym_buf_clear(&s.whole);
    memset(&s.err, 0, sizeof(s.err));
    memset(&s.what, 0, sizeof(s.what));
    s.st = ym_hive_recover(reader_of(&s.dirty), &logs, &s.whole, &s.what, &s.err);
    return s.st;
}

/* The result's data are those of a state, its base block is that of a hive that was closed. */
static void is_state(unsigned i, uint32_t sequence) {
    const struct ym_buf *want = &s.state[i];

    if (s.st != YM_OK) {
        FAIL("%s: %s", ym_status_name(s.st), s.err.text);
    }
    CHECK(s.whole.len >= want->len);
    CHECK(memcmp(s.whole.data + BASE, want->data + BASE, want->len - BASE) == 0);
    CHECK_EQ(make_get32(s.whole.data + 4), sequence);
    CHECK_EQ(make_get32(s.whole.data + 8), sequence);
    CHECK_EQ(s.what.sequence, sequence);
    CHECK_EQ(make_get32(s.whole.data + 28), 0);
    CHECK_EQ(make_get32(s.whole.data + 40), want->len - BASE);
    CHECK_EQ(ym_hive_check_header(reader_of(&s.whole), &s.err), YM_OK);
}

static void refused(ym_status want, const char *words) {
    recover();
    if (s.st != want || strstr(s.err.text, words) == NULL) {
        FAIL("%s: %s", ym_status_name(s.st), s.err.text);
    }
    CHECK_EQ(s.whole.len, 0);
    CHECK_EQ(s.what.used, 0); /* untouched on failure */
}

/* Everything in LOG1: three entries, 20 to 22. */
static void one_new_log(void) {
    start();
    make_log_new(&s.state[0], 20, &s.log1);
    for (unsigned i = 0; i < 3; i++) {
        make_log_entry(&s.state[i], &s.state[i + 1], 20 + i, &s.log1);
    }
}

/* 20 and 21 in LOG2, 22 in LOG1, which Windows has begun again. */
static void two_new_logs(void) {
    start();
    make_log_new(&s.state[0], 20, &s.log2);
    make_log_entry(&s.state[0], &s.state[1], 20, &s.log2);
    make_log_entry(&s.state[1], &s.state[2], 21, &s.log2);
    make_log_new(&s.state[2], 22, &s.log1);
    make_log_entry(&s.state[2], &s.state[3], 22, &s.log1);
}

static void the_hash_is_that_of_other_programs(void) {
    static const struct {
        size_t n;
        uint64_t hash;
    } rows[] = {{0, 0xb39efca403966e08}, {1, 0x2d45a72c3c214958}, {2, 0xeee00e72980b53d8},
                {3, 0x993559b524066a9},  {4, 0x2929e21ee85929f2}, {7, 0x48c4f4d47d17eb8b},
                {32, 0xc64feee425c2e24c}};
    uint8_t bytes[32];

    for (uint8_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = i;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_EQ(ym_hive_log_hash(bytes, rows[i].n), rows[i].hash);
    }
}

static void a_hive_that_was_closed_needs_nothing(void) {
    one_new_log();
    ym_buf_clear(&s.dirty);
    ym_buf_add(&s.dirty, s.state[0].data, s.state[0].len);
    CHECK_EQ(ym_hive_check_header(reader_of(&s.dirty), &s.err), YM_OK);
    CHECK_EQ(recover(), YM_END);
    CHECK_EQ(s.whole.len, 0);
    end();
}

static void entries_of_one_log_are_applied_in_order(void) {
    one_new_log();
    recover();
    is_state(3, 23);
    CHECK(s.what.used == 1U << YM_HIVE_LOG1 && s.what.new_format && !s.what.torn);
    CHECK(!s.what.header_from_log);
    CHECK_EQ(s.what.entries, 3);
    CHECK_EQ(s.what.pages, 4);
    CHECK_EQ(s.whole.data[144], 0); /* the last entry's flag */
    end();
}

static void the_log_that_begins_earlier_is_first(void) {
    two_new_logs();
    recover();
    is_state(3, 23);
    CHECK_EQ(s.what.used, 1U << YM_HIVE_LOG1 | 1U << YM_HIVE_LOG2);
    ym_buf_clear(&s.log1);
    recover();
    is_state(2, 22);
    CHECK_EQ(s.whole.data[144], 1);
    end();
}

static void a_log_behind_a_gap_is_not_applied(void) {
    start();
    make_log_new(&s.state[0], 20, &s.log1);
    make_log_entry(&s.state[0], &s.state[1], 20, &s.log1);
    make_log_new(&s.state[2], 22, &s.log2);
    make_log_entry(&s.state[2], &s.state[3], 22, &s.log2);
    recover();
    is_state(1, 23); /* higher than what is left over in LOG2 */
    CHECK_EQ(s.what.used, 1U << YM_HIVE_LOG1);
    s.log1.data[512] = 'X'; /* now the first one has nothing to give */
    refused(YM_MALFORMED, "what comes before it is missing");
    end();
}

static void a_log_older_than_the_hive_is_passed_over(void) {
    two_new_logs();
    make_put32(s.dirty.data + 8, 22);
    make_put32(s.dirty.data + 4, 23);
    make_header_checksum(s.dirty.data);
    memcpy(s.dirty.data + BASE, s.state[2].data + BASE, s.state[2].len - BASE);
    recover();
    is_state(3, 24);
    CHECK_EQ(s.what.used, 1U << YM_HIVE_LOG1);
    make_put32(s.dirty.data + 8, 23);
    make_put32(s.dirty.data + 4, 24);
    make_header_checksum(s.dirty.data);
    refused(YM_MALFORMED, "older than the hive");
    end();
}

/* Whatever of the log is there, the result is the state of the last whole entry. */
static void every_cut_of_a_new_log_gives_the_last_whole_state(void) {
    size_t ends[4];
    size_t full;

    one_new_log();
    full = s.log1.len;
    ends[0] = 512;
    for (unsigned i = 0; i < 3; i++) {
        ends[i + 1] = ends[i] + make_get32(s.log1.data + ends[i] + 4);
    }
    CHECK_EQ(ends[3], full);
    for (size_t n = 0; n <= full; n++) {
        uint8_t *copy = malloc(n + 1); /* of this size, so that sanitizers see its end */
        struct ym_hive_logs logs = {{{0}}};
        unsigned i = n < ends[1] ? 0 : n < ends[2] ? 1 : n < ends[3] ? 2 : 3;

        CHECK(copy != NULL);
        memcpy(copy, s.log1.data, n);
        ym_reader_init(&logs.file[YM_HIVE_LOG2], copy, n);
        ym_buf_clear(&s.whole);
        memset(&s.err, 0, sizeof(s.err));
        s.st = ym_hive_recover(reader_of(&s.dirty), &logs, &s.whole, &s.what, &s.err);
        free(copy);
        if (i == 0) {
            CHECK_EQ(s.st, n == 0 ? YM_UNSUPPORTED : YM_MALFORMED);
            CHECK(s.whole.len == 0 && s.err.text[0] != '\0');
            continue;
        }
        CHECK_EQ(s.what.entries, i);
        CHECK_EQ(s.what.torn, n < full && n >= ends[i] + 40);
        CHECK(memcmp(s.whole.data + BASE, s.state[i].data + BASE, s.state[i].len - BASE) == 0);
    }
    end();
}

static void an_entry_with_any_wrong_byte_is_left_out(void) {
    size_t at;
    size_t size;

    start();
    make_log_new(&s.state[0], 20, &s.log1);
    make_log_entry(&s.state[0], &s.state[1], 20, &s.log1);
    at = s.log1.len;
    make_log_entry(&s.state[1], &s.state[2], 21, &s.log1);
    size = s.log1.len - at;
    for (size_t i = 0; i < size; i += i < 64 ? 1 : 61) {
        s.log1.data[at + i] ^= 0x40;
        recover();
        CHECK_EQ(s.st, YM_OK);
        CHECK_EQ(s.what.entries, 1);
        CHECK(memcmp(s.whole.data + BASE, s.state[1].data + BASE, s.state[1].len - BASE) == 0);
        s.log1.data[at + i] ^= 0x40;
    }
    recover();
    is_state(2, 22);
    end();
}

/* Numbers in entries whose hashes are right. */
static void forged_numbers_in_an_entry_lead_nowhere(void) {
    static const struct {
        unsigned at;
        uint32_t value;
    } rows[] = {{16, 0},          {16, 4097},      {16, 0xfffff000}, {20, 0xffffffff},
                {20, 1000},       {40, 3 * BLOCK}, {40, 0xfffffe00}, {40, 100},
                {44, 0xffffffff}, {44, 2 * BLOCK}, {44, 0},          {44, 100}};

    start();
    make_log_new(&s.state[0], 20, &s.log1);
    make_log_entry(&s.state[0], &s.state[1], 20, &s.log1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t *entry = s.log1.data + 512;
        uint32_t was = make_get32(entry + rows[i].at);

        make_put32(entry + rows[i].at, rows[i].value);
        make_entry_hashes(entry, make_get32(entry + 4));
        CHECK(recover() != YM_OK);
        CHECK(s.err.text[0] != '\0' && s.whole.len == 0);
        make_put32(entry + rows[i].at, was);
    }
    make_entry_hashes(s.log1.data + 512, make_get32(s.log1.data + 512 + 4));
    recover();
    is_state(1, 21);
    end();
}

static void a_torn_base_block_comes_from_the_latest_log(void) {
    two_new_logs();
    memset(s.dirty.data + 100, 'x', 4);
    /* Only LOG1 counts, so the pages of LOG2 must be there already. */
    memcpy(s.dirty.data + BASE, s.state[2].data + BASE, s.state[2].len - BASE);
    recover();
    is_state(3, 23);
    CHECK(s.what.header_from_log);
    CHECK_EQ(s.what.used, 1U << YM_HIVE_LOG1);
    CHECK(memcmp(s.whole.data + 100, s.state[0].data + 100, 44) == 0);
    memset(s.dirty.data, 0, 512);
    recover();
    is_state(3, 23);
    end();
}

static void old_logs_are_applied_whole(void) {
    start();
    make_log_old(&s.state[0], &s.state[3], 11, &s.log1);
    recover();
    is_state(3, 12);
    CHECK(!s.what.new_format && !s.what.header_from_log);
    CHECK_EQ(s.what.used, 1U << YM_HIVE_LOG1);
    CHECK_EQ(s.what.pages, 4 * 8);
    memset(s.dirty.data + 200, 'y', 10);
    recover(); /* the time is now that of the first block */
    is_state(3, 12);
    CHECK(s.what.header_from_log);
    ym_buf_add(&s.log0, s.log1.data, s.log1.len);
    ym_buf_clear(&s.log1);
    recover();
    is_state(3, 12);
    CHECK_EQ(s.what.used, 1U << YM_HIVE_LOG0);
    end();
}

static void a_cut_old_log_is_not_applied_at_all(void) {
    size_t full;

    start();
    make_log_old(&s.state[0], &s.state[3], 11, &s.log1);
    full = s.log1.len;
    for (size_t n = 0; n < full; n++) {
        uint8_t *copy = malloc(n + 1);
        struct ym_hive_logs logs = {{{0}}};

        CHECK(copy != NULL);
        memcpy(copy, s.log1.data, n);
        ym_reader_init(&logs.file[YM_HIVE_LOG1], copy, n);
        memset(&s.err, 0, sizeof(s.err));
        s.st = ym_hive_recover(reader_of(&s.dirty), &logs, &s.whole, &s.what, &s.err);
        free(copy);
        CHECK_EQ(s.st, n == 0 ? YM_UNSUPPORTED : YM_MALFORMED);
        CHECK(s.whole.len == 0);
    }
    end();
}

static void of_two_old_logs_the_later_of_this_time_is_taken(void) {
    start();
    make_log_old(&s.state[0], &s.state[1], 11, &s.log1);
    make_log_old(&s.state[0], &s.state[2], 12, &s.log2);
    recover();
    is_state(2, 13);
    CHECK_EQ(s.what.used, 1U << YM_HIVE_LOG2);
    s.log2.data[12] ^= 1; /* of another time */
    make_header_checksum(s.log2.data);
    recover();
    is_state(1, 13);
    CHECK_EQ(s.what.used, 1U << YM_HIVE_LOG1);
    s.log1.data[12] ^= 1;
    make_header_checksum(s.log1.data);
    refused(YM_MALFORMED, "of another writing");
    make_put32(s.log1.data + 8, 10); /* being written */
    make_header_checksum(s.log1.data);
    refused(YM_MALFORMED, "not written to its end");
    end();
}

static void bigger_sectors_have_their_places(void) {
    struct ym_buf log;

    start();
    make_log_old(&s.state[0], &s.state[1], 11, &s.log1);
    ym_buf_init(&log, ROOM);
    ym_buf_add(&log, s.log1.data, 512);
    make_put32(log.data + 44, 8);
    make_header_checksum(log.data);
    ym_buf_align(&log, 4096);
    ym_buf_add(&log, s.log1.data + 512, 512);
    ym_buf_align(&log, 4096);
    ym_buf_add(&log, s.log1.data + 1024, s.log1.len - 1024);
    ym_buf_clear(&s.log1);
    ym_buf_add(&s.log1, log.data, log.len);
    ym_buf_done(&log);
    recover();
    is_state(1, 12);
    make_put32(s.log1.data + 44, 3);
    make_header_checksum(s.log1.data);
    refused(YM_MALFORMED, "sector size");
    end();
}

static void left_over_logs_do_not_count(void) {
    start();
    make_log_old(&s.state[0], &s.state[3], 11, &s.log0); /* from an installation */
    make_log_old(&s.state[0], &s.state[2], 11, &s.log1);
    recover();
    is_state(2, 12);
    make_log_new(&s.state[0], 20, &s.log2);
    make_log_entry(&s.state[0], &s.state[1], 20, &s.log2);
    recover();
    is_state(1, 21);
    CHECK_EQ(s.what.used, 1U << YM_HIVE_LOG2);
    memset(s.log1.data, 0, s.log1.len);
    memset(s.log2.data, 0, s.log2.len);
    recover();
    is_state(3, 12);
    CHECK_EQ(s.what.used, 1U << YM_HIVE_LOG0);
    end();
}

/* Whatever number a later entry of the same log could have, the hive's is higher. */
static void the_number_is_higher_than_what_is_left_over(void) {
    size_t at;

    one_new_log();
    at = 512 + make_get32(s.log1.data + 512 + 4); /* the second entry is torn */
    s.log1.data[at + 100] ^= 1;
    recover();
    is_state(1, 23);
    CHECK(s.what.torn && s.what.torn_log == YM_HIVE_LOG1);
    CHECK_EQ(s.what.torn_at, at);
    end();
}

static void a_result_that_does_not_hold_together_is_refused(void) {
    one_new_log();
    s.state[3].data[BASE + 4 * BLOCK] = 'X';
    ym_buf_cut(&s.log1, 512);
    make_log_entry(&s.state[0], &s.state[3], 20, &s.log1);
    refused(YM_MALFORMED, "no block begins");
    CHECK_EQ(s.err.offset, BASE + 4 * BLOCK);
    end();
}

static void what_a_damaged_log_held_is_not_skipped(void) {
    two_new_logs();
    s.log2.data[60] ^= 1; /* its base block; 20 and 21 are in it */
    refused(YM_MALFORMED, "what comes before it is in a damaged log");
    make_put32(s.dirty.data + 8, 21); /* now the hive has these */
    make_put32(s.dirty.data + 4, 22);
    make_header_checksum(s.dirty.data);
    memcpy(s.dirty.data + BASE, s.state[2].data + BASE, s.state[2].len - BASE);
    recover();
    is_state(3, 23);
    end();
}

static void a_hive_can_become_shorter(void) {
    one_new_log();
    make_log_entry(&s.state[3], &s.state[2], 23, &s.log1);
    recover();
    is_state(2, 24);
    CHECK_EQ(s.whole.len, s.state[3].len); /* what is behind the end stays */
    end();
}

static void numbers_at_their_end_are_refused(void) {
    start();
    make_log_new(&s.state[0], 0xffffffff, &s.log1);
    make_log_entry(&s.state[0], &s.state[1], 0xffffffff, &s.log1);
    make_log_entry(&s.state[1], &s.state[2], 0, &s.log1);
    refused(YM_MALFORMED, "a sequence number that no hive reaches");
    end();
}

static void without_logs_the_reason_is_given(void) {
    start();
    refused(YM_UNSUPPORTED, "was not closed properly and it has no transaction log");
    memset(ym_buf_room(&s.log1, 1024), 0, 1024);
    refused(YM_UNSUPPORTED, ".LOG1: empty");
    make_hive_dirty(&s.state[0], &s.log2);
    make_put32(s.log2.data + 4, 10);
    make_header_checksum(s.log2.data);
    refused(YM_MALFORMED, ".LOG2: not a log");
    s.log2.data[50] ^= 1;
    refused(YM_MALFORMED, ".LOG2: its base block is damaged");
    s.dirty.data[50] ^= 1;
    refused(YM_MALFORMED, "header is damaged");
    ym_buf_cut(&s.dirty, 4095);
    refused(YM_TRUNCATED, "shorter");
    end();
}

static void limits_and_memory_are_said(void) {
    unsigned failures = 1;

    one_new_log();
    ym_buf_done(&s.whole);
    ym_buf_init(&s.whole, s.state[3].len - 1);
    CHECK_EQ(recover(), YM_LIMIT);
    CHECK_EQ(s.whole.len, 0);
    ym_buf_done(&s.whole);
    ym_buf_init(&s.whole, ROOM);
    for (unsigned nth = 1; failures > 0; nth++) {
        CHECK(nth < 20);
        ym_buf_done(&s.whole);
        ym_buf_init(&s.whole, ROOM);
        (void)ym_fault_malloc(nth, 0);
        recover();
        failures = ym_fault_malloc(0, 0);
        CHECK_EQ(s.st, failures > 0 ? YM_NOMEM : YM_OK);
    }
    is_state(3, 23);
    end();
}

MAIN(T(the_hash_is_that_of_other_programs), T(a_hive_that_was_closed_needs_nothing),
     T(entries_of_one_log_are_applied_in_order), T(the_log_that_begins_earlier_is_first),
     T(a_log_behind_a_gap_is_not_applied), T(a_log_older_than_the_hive_is_passed_over),
     T(every_cut_of_a_new_log_gives_the_last_whole_state),
     T(an_entry_with_any_wrong_byte_is_left_out), T(forged_numbers_in_an_entry_lead_nowhere),
     T(a_torn_base_block_comes_from_the_latest_log), T(old_logs_are_applied_whole),
     T(a_cut_old_log_is_not_applied_at_all), T(of_two_old_logs_the_later_of_this_time_is_taken),
     T(bigger_sectors_have_their_places), T(left_over_logs_do_not_count),
     T(the_number_is_higher_than_what_is_left_over),
     T(a_result_that_does_not_hold_together_is_refused), T(without_logs_the_reason_is_given),
     T(what_a_damaged_log_held_is_not_skipped), T(a_hive_can_become_shorter),
     T(numbers_at_their_end_are_refused), T(limits_and_memory_are_said))
