/* test_wire.c - the signed messages: whole, cut, changed, forged. */
#include "fleet/wire.h"

#include "machine.h"
#include "ym_test.h"

#include <stdlib.h>

static const int64_t NOW = 1800000000;

static struct machine machine;
static struct ym_buf bytes;

static void begin(uint32_t n_records) {
    machine = machine_new(0x11);
    ym_buf_init(&bytes, YM_REPORT_MAX + 16);
    report_new(&machine, n_records, 1, NOW, &bytes);
    CHECK_EQ(ym_buf_status(&bytes), YM_OK);
}

static enum ym_refusal parse(const void *p, size_t n) {
    struct ym_report r = {.sequence = 4711};
    size_t used = 4712;
    enum ym_refusal bad = ym_report_parse(p, n, true, &r, &used);

    if (bad != YM_REFUSAL_NONE && (r.sequence != 4711 || used != 4712)) {
        FAIL("the output was touched");
    }
    return bad;
}

static void put_u32(size_t at, uint32_t v) {
    for (size_t i = 0; i < 4; i++) {
        bytes.data[at + i] = (uint8_t)(v >> (8 * i));
    }
}

static void a_report_survives_the_round_trip(void) {
    struct ym_report r;
    size_t used = 0;

    begin(3);
    CHECK_EQ(ym_report_parse(bytes.data, bytes.len, true, &r, &used), YM_REFUSAL_NONE);
    CHECK_EQ(used, bytes.len);
    CHECK_EQ(bytes.len, YM_REPORT_HEAD + r.body_len + YM_FLEET_SIGNATURE_SIZE);
    CHECK_EQ(r.sequence, 1);
    CHECK_EQ(r.time, NOW);
    CHECK_EQ(r.n_records, 3);
    CHECK(memcmp(r.machine, machine.id, sizeof(r.machine)) == 0);
    CHECK(ym_report_verify(bytes.data, bytes.len, machine.key.public_key));
    ym_buf_done(&bytes);
}

static void every_prefix_is_refused(void) {
    begin(2);
    for (size_t n = 0; n < bytes.len; n++) {
        uint8_t *copy = malloc(n + 1); /* exact, so that a sanitizer sees a step too far */

        CHECK(copy != NULL);
        memcpy(copy, bytes.data, n);
        CHECK(parse(copy, n) != YM_REFUSAL_NONE);
        free(copy);
    }
    ym_buf_u8(&bytes, 0);
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED); /* and one byte more */
    ym_buf_done(&bytes);
}

static void every_changed_bit_is_refused(void) {
    begin(2);
    for (size_t i = 0; i < 8 * bytes.len; i++) {
        bytes.data[i / 8] ^= (uint8_t)(1u << (i % 8));
        CHECK(parse(bytes.data, bytes.len) != YM_REFUSAL_NONE ||
              !ym_report_verify(bytes.data, bytes.len, machine.key.public_key));
        bytes.data[i / 8] ^= (uint8_t)(1u << (i % 8));
    }
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_NONE);
    ym_buf_done(&bytes);
}

static void another_machines_signature_is_not_enough(void) {
    struct machine other = machine_new(0x22);

    begin(1);
    CHECK(!ym_report_verify(bytes.data, bytes.len, other.key.public_key));
    CHECK(!ym_report_verify(bytes.data, 10, machine.key.public_key));
    ym_buf_done(&bytes);
}

static void forged_sizes_are_refused_before_a_look(void) {
    begin(2);
    put_u32(100, YM_REPORT_BODY_MAX + 1);
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_TOO_LARGE);
    put_u32(100, UINT32_MAX);
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_TOO_LARGE);
    put_u32(100, YM_REPORT_BODY_MAX); /* allowed, but the bytes are not there */
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED);
    put_u32(96, YM_REPORT_RECORDS_MAX + 1);
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_TOO_MANY);
    CHECK_EQ(parse(bytes.data, YM_REPORT_MAX + (size_t)1), YM_REFUSAL_TOO_LARGE);
    ym_buf_done(&bytes);
}

static void what_no_honest_machine_writes_is_refused(void) {
    begin(2);
    put_u32(8, 2);
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_VERSION);
    put_u32(8, 1);
    put_u32(12, YM_CHANNEL_COUNT);
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED);
    put_u32(12, 0);
    put_u32(32, 0); /* sequence 0 */
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED);
    put_u32(36, 0x80000000); /* a sequence that no store can hold */
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED);
    put_u32(36, 0);
    put_u32(32, 1);
    put_u32(88, YM_IMAGE_STATES);
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED);
    put_u32(88, 0);
    put_u32(80, 1); /* more gaps than files */
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED);
    put_u32(80, 0);
    put_u32(92, 1); /* reserved */
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED);
    put_u32(92, 0);
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_NONE);
    ym_buf_done(&bytes);
}

static void the_number_of_lines_is_that_of_the_records(void) {
    begin(2);
    put_u32(96, 1);
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED);
    put_u32(96, 3);
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED);
    put_u32(96, 2);
    bytes.data[YM_REPORT_HEAD] = '\n'; /* an empty line */
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED);
    bytes.data[YM_REPORT_HEAD] = '\0';
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED);
    bytes.data[YM_REPORT_HEAD] = '{';
    bytes.data[bytes.len - YM_FLEET_SIGNATURE_SIZE - 1] = ' '; /* the last newline */
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED);
    ym_buf_done(&bytes);
}

static void an_empty_report_is_one(void) {
    begin(0);
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_NONE);
    put_u32(96, 1);
    CHECK_EQ(parse(bytes.data, bytes.len), YM_REFUSAL_MALFORMED);
    ym_buf_done(&bytes);
}

static void reports_in_a_row_are_parsed_one_by_one(void) {
    struct ym_report r;
    size_t first = 0;
    size_t second = 0;

    begin(2);
    report_new(&machine, 1, 9, NOW, &bytes);
    CHECK_EQ(ym_report_parse(bytes.data, bytes.len, false, &r, &first), YM_REFUSAL_NONE);
    CHECK_EQ(r.sequence, 1);
    CHECK_EQ(ym_report_parse(bytes.data + first, bytes.len - first, false, &r, &second),
             YM_REFUSAL_NONE);
    CHECK_EQ(r.sequence, 2);
    CHECK_EQ(first + second, bytes.len);
    CHECK(ym_report_verify(bytes.data + first, second, machine.key.public_key));
    ym_buf_done(&bytes);
}

static void the_clock_may_differ_by_minutes_on_the_wire_and_a_year_on_a_stick(void) {
    struct ym_report r = {.time = NOW};

    CHECK(ym_report_in_time(&r, NOW + YM_FLEET_SKEW));
    CHECK(!ym_report_in_time(&r, NOW + YM_FLEET_SKEW + 1));
    CHECK(ym_report_in_time(&r, NOW - YM_FLEET_SKEW));
    CHECK(!ym_report_in_time(&r, NOW - YM_FLEET_SKEW - 1));
    r.channel = YM_CHANNEL_FILE;
    CHECK(ym_report_in_time(&r, NOW + YM_FLEET_FILE_AGE));
    CHECK(!ym_report_in_time(&r, NOW + YM_FLEET_FILE_AGE + 1));
    CHECK(!ym_report_in_time(&r, NOW - YM_FLEET_SKEW - 1));
}

/* --- the small messages: one table row a message --- */

static enum ym_refusal read_enrol(const void *p, size_t n, const uint8_t *key) {
    struct ym_enrol e = {.time = 0};
    enum ym_refusal bad = ym_enrol_read(p, n, &e);

    (void)key;
    return bad;
}

static enum ym_refusal read_welcome(const void *p, size_t n, const uint8_t *key) {
    struct ym_welcome w;

    return ym_welcome_read(p, n, key, &w);
}

static enum ym_refusal read_policy(const void *p, size_t n, const uint8_t *key) {
    struct ym_policy policy;

    return ym_policy_read(p, n, key, &policy);
}

static void write_enrol(const struct ym_fleet_key *key, struct ym_buf *out) {
    struct ym_enrol e = {.time = NOW};

    memcpy(e.public_key, key->public_key, sizeof(e.public_key));
    ym_enrol_write(&e, key, out);
}

static void write_welcome(const struct ym_fleet_key *key, struct ym_buf *out) {
    struct ym_welcome w = {.ring = 2, .time = NOW};

    ym_welcome_write(&w, key, out);
}

static const struct ym_policy sample_policy = {.ring = 1,
                                               .serial = 7,
                                               .time = 1800000000,
                                               .poll_every = 5,
                                               .report_every = 60,
                                               .epoch = 9,
                                               .size = 1234};

static void write_policy(const struct ym_fleet_key *key, struct ym_buf *out) {
    ym_policy_write(&sample_policy, key, out);
}

static void write_receipt(const struct ym_fleet_key *key, struct ym_buf *out) {
    struct ym_receipt r = {.channel = YM_CHANNEL_FILE, .sequence = 3, .time = NOW};

    ym_receipt_write(&r, key, out);
}

static enum ym_refusal read_receipt(const void *p, size_t n, const uint8_t *key) {
    struct ym_receipt r;

    return ym_receipt_read(p, n, key, &r);
}

static const struct {
    void (*write)(const struct ym_fleet_key *key, struct ym_buf *out);
    enum ym_refusal (*read)(const void *p, size_t n, const uint8_t *key);
    size_t size;
} messages[] = {
    {write_enrol, read_enrol, YM_ENROL_SIZE},
    {write_welcome, read_welcome, YM_WELCOME_SIZE},
    {write_policy, read_policy, YM_POLICY_SIZE},
    {write_receipt, read_receipt, YM_RECEIPT_SIZE},
};

static void small_messages_stand_no_change(void) {
    for (size_t m = 0; m < sizeof(messages) / sizeof(messages[0]); m++) {
        struct machine key = machine_new(1);
        const uint8_t *public_key = key.key.public_key;

        ym_buf_init(&bytes, 1000);
        messages[m].write(&key.key, &bytes);
        CHECK_EQ(bytes.len, messages[m].size);
        CHECK_EQ(messages[m].read(bytes.data, bytes.len, public_key), YM_REFUSAL_NONE);
        for (size_t n = 0; n < bytes.len; n++) {
            CHECK(messages[m].read(bytes.data, n, public_key) != YM_REFUSAL_NONE);
        }
        for (size_t i = 0; i < 8 * bytes.len; i++) {
            bytes.data[i / 8] ^= (uint8_t)(1u << (i % 8));
            CHECK(messages[m].read(bytes.data, bytes.len, public_key) != YM_REFUSAL_NONE);
            bytes.data[i / 8] ^= (uint8_t)(1u << (i % 8));
        }
        ym_buf_u8(&bytes, 0);
        CHECK(messages[m].read(bytes.data, bytes.len, public_key) != YM_REFUSAL_NONE);
        ym_buf_done(&bytes);
    }
}

static void a_message_is_not_taken_for_another(void) {
    struct machine key = machine_new(1);

    for (size_t m = 0; m < sizeof(messages) / sizeof(messages[0]); m++) {
        ym_buf_init(&bytes, 1000);
        messages[m].write(&key.key, &bytes);
        for (size_t other = 0; other < sizeof(messages) / sizeof(messages[0]); other++) {
            CHECK((messages[other].read(bytes.data, bytes.len, key.key.public_key) ==
                   YM_REFUSAL_NONE) == (m == other));
        }
        ym_buf_done(&bytes);
    }
}

static enum ym_refusal policy_with(void (*change)(struct ym_policy *p)) {
    struct machine key = machine_new(1);
    struct ym_policy p = sample_policy;
    struct ym_policy back;
    enum ym_refusal bad;

    change(&p);
    ym_buf_init(&bytes, 1000);
    ym_policy_write(&p, &key.key, &bytes);
    bad = ym_policy_read(bytes.data, bytes.len, key.key.public_key, &back);
    ym_buf_done(&bytes);
    return bad;
}

static void no_change(struct ym_policy *p) {
    (void)p;
}
static void ring_0(struct ym_policy *p) {
    p->ring = 0;
}
static void ring_9(struct ym_policy *p) {
    p->ring = YM_FLEET_RINGS_MAX + 1;
}
static void serial_0(struct ym_policy *p) {
    p->serial = 0;
}
static void poll_0(struct ym_policy *p) {
    p->poll_every = 0;
}
static void report_never(struct ym_policy *p) {
    p->report_every = UINT32_MAX;
}
static void image_without_bytes(struct ym_policy *p) {
    p->size = 0;
}
static void bytes_without_image(struct ym_policy *p) {
    p->epoch = 0;
}

static void policies_that_make_no_sense_are_refused_with_any_signature(void) {
    void (*const bad[])(struct ym_policy *) = {
        ring_0, ring_9, serial_0, poll_0, report_never, image_without_bytes, bytes_without_image};

    CHECK_EQ(policy_with(no_change), YM_REFUSAL_NONE);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_EQ(policy_with(bad[i]), YM_REFUSAL_MALFORMED);
    }
}

static void every_refusal_has_its_words(void) {
    for (int i = 0; i < YM_REFUSAL_COUNT; i++) {
        CHECK(ym_refusal_word((enum ym_refusal)i)[0] != '\0');
        CHECK(ym_refusal_text((enum ym_refusal)i)[0] != '\0');
        CHECK((ym_refusal_http((enum ym_refusal)i) == 200) == (i == YM_REFUSAL_NONE));
    }
    CHECK(ym_refusal_retry(YM_REFUSAL_BUSY) && !ym_refusal_retry(YM_REFUSAL_BAD_SIGNATURE));
}

MAIN(T(a_report_survives_the_round_trip), T(every_prefix_is_refused),
     T(every_changed_bit_is_refused), T(another_machines_signature_is_not_enough),
     T(forged_sizes_are_refused_before_a_look), T(what_no_honest_machine_writes_is_refused),
     T(the_number_of_lines_is_that_of_the_records), T(an_empty_report_is_one),
     T(reports_in_a_row_are_parsed_one_by_one),
     T(the_clock_may_differ_by_minutes_on_the_wire_and_a_year_on_a_stick),
     T(small_messages_stand_no_change), T(a_message_is_not_taken_for_another),
     T(policies_that_make_no_sense_are_refused_with_any_signature), T(every_refusal_has_its_words))
