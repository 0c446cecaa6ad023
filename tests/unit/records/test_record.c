/* test_record.c - a record as JSON and back, and JSON of others. */
#include "records/record.h"

#include "sample.h"
#include "ym_test.h"

#include <stdlib.h>

static struct ym_arena *arena;
static struct ym_buf text;

static void begin(void) {
    arena = ym_arena_new(64 << 20);
    ym_buf_init(&text, YM_RECORD_JSON_MAX + 100);
    CHECK(arena != NULL);
}

static void end(void) {
    ym_arena_free(arena);
    ym_buf_done(&text);
}

static ym_status decode(const char *s, size_t n, struct ym_record *ret) {
    struct ym_err err = {0};
    ym_status st = ym_record_decode(s, n, arena, ret, &err);

    if (st != YM_OK && err.text[0] == '\0') {
        FAIL("a failure without a cause");
    }
    return st;
}

static void a_record_survives_the_round_trip(void) {
    struct ym_record r = sample_record();
    struct ym_record back;
    struct ym_buf again;

    begin();
    ym_record_encode(&r, &text);
    CHECK_EQ(ym_buf_status(&text), YM_OK);
    CHECK_EQ(decode((const char *)text.data, text.len, &back), YM_OK);
    CHECK(memcmp(back.id, r.id, sizeof(r.id)) == 0);
    CHECK(memcmp(back.machine, r.machine, sizeof(r.machine)) == 0);
    CHECK_EQ(back.time, r.time);
    CHECK_EQ(back.files, r.files);
    CHECK_EQ(back.outcome, YM_OUTCOME_PARTLY);
    CHECK_EQ(back.n_detections, 2);
    CHECK(strcmp(back.detections[1].object, r.detections[1].object) == 0);
    CHECK_EQ(back.repairs[1].result, YM_REPAIR_FAILED);
    CHECK_EQ(back.repairs_left_out, 3);
    ym_buf_init(&again, YM_RECORD_JSON_MAX);
    ym_record_encode(&back, &again);
    CHECK_EQ(again.len, text.len);
    CHECK(memcmp(again.data, text.data, text.len) == 0);
    ym_buf_done(&again);
    end();
}

static void what_is_not_known_stays_not_known(void) {
    struct ym_record r = {.run = YM_RUN_SCAN};
    struct ym_record back;
    static const uint8_t zero[YM_RECORD_ID_SIZE];

    begin();
    ym_record_encode(&r, &text);
    CHECK(strstr((const char *)text.data, "machine") == NULL);
    CHECK_EQ(decode((const char *)text.data, text.len, &back), YM_OK);
    CHECK(strcmp(back.country, "ZZ") == 0);
    CHECK(strcmp(back.system, "") == 0);
    CHECK_EQ(back.bits, 0);
    CHECK_EQ(back.segment, YM_SEGMENT_UNKNOWN);
    CHECK(memcmp(back.machine, zero, sizeof(zero)) == 0);
    end();
}

static void every_prefix_is_refused_and_leaves_the_output_alone(void) {
    struct ym_record r = sample_record();
    struct ym_record back;

    begin();
    ym_record_encode(&r, &text);
    for (size_t n = 0; n < text.len; n++) {
        memset(&back, 0x77, sizeof(back));
        ym_arena_reset(arena);
        if (decode((const char *)text.data, n, &back) == YM_OK) {
            FAIL("the first %zu bytes were taken for a record", n);
        }
        CHECK_EQ(back.id[0], 0x77);
        CHECK_EQ(back.files, UINT64_C(0x7777777777777777));
    }
    end();
}

/* The sample with one text replaced by another. */
static ym_status with(const char *old, const char *new) {
    struct ym_record r = sample_record();
    struct ym_record back;
    struct ym_buf changed;
    const char *at;
    ym_status st;

    begin();
    ym_record_encode(&r, &text);
    at = strstr((const char *)text.data, old);
    CHECK(at != NULL);
    ym_buf_init(&changed, YM_RECORD_JSON_MAX + (8 << 20));
    ym_buf_add(&changed, text.data, (size_t)(at - (const char *)text.data));
    ym_buf_add_text(&changed, new);
    ym_buf_add_text(&changed, at + strlen(old));
    st = decode((const char *)changed.data, changed.len, &back);
    ym_buf_done(&changed);
    end();
    return st;
}

static void hostile_values_are_refused(void) {
    static const char *const rows[][2] = {
        {"\"JP\"", "\"jp\""},
        {"\"JP\"", "\"JPN\""},
        {"\"JP\"", "null"},
        {"\"home\"", "\"office\""},
        {"\"clean\"", "\"CLEAN\""},
        {"\"bits\":32", "\"bits\":33"},
        {"\"bits\":32", "\"bits\":4294967328"},
        {"\"files\":123456", "\"files\":-1"},
        {"\"files\":123456", "\"files\":1.5"},
        {"\"files\":123456", "\"files\":99999999999999999999"},
        {"\"files\":123456", "\"files\":\"123456\""},
        {"a5a5a5a5", "a5a5a5ag"},
        {"\"a5", "\"0a5"},
        {"2009-06-30T00:00:00Z", "2009-06-31T00:00:00Z"},
        {"2009-06-30T00:00:00Z", "2009-06-30"},
        {"2009-06-30T00:00:00Z", "1969-12-31T23:59:59Z"},
        {"\"simulated\":false", "\"simulated\":0"},
        {"\"schema\":1", "\"schema\":0"},
        {"\"schema\":1", "\"schema\":\"1\""},
        {"\"detections\":[", "\"detections\":[[],"},
        {"\"detections\":[", "\"detections\":[{},"},
        {"\"family\":\"Conficker\",", ""},
        {"\"tool\":", "\"extra\":1,\"tool\":"},
        {"\"tool\":", "\"run\":\"scan\",\"tool\":"},
        {"\"what\":", "\"why\":"},
        {"\"partly\"", "\"none\""},
        {"\"run\":\"clean\"", "\"run\":\"scan\""},
        {"Conficker", "Con\\u0000ficker"},
        {"Conficker", "Con\\udc80ficker"},
        {"Conficker", "Con\xff"
                      "ficker"},
    };

    CHECK_EQ(with("\"JP\"", "\"US\""), YM_OK); /* the tool of this test itself */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (with(rows[i][0], rows[i][1]) != YM_MALFORMED) {
            FAIL("%s for %s was not refused as malformed", rows[i][1], rows[i][0]);
        }
    }
}

static void a_newer_schema_is_told_as_such(void) {
    CHECK_EQ(with("\"schema\":1", "\"schema\":2"), YM_UNSUPPORTED);
}

static void long_texts_are_refused(void) {
    char *long_text = malloc(5000);

    CHECK(long_text != NULL);
    memset(long_text, 'x', 4999);
    long_text[4999] = '\0';
    CHECK_EQ(with("Conficker", long_text), YM_MALFORMED);
    CHECK_EQ(with("Windows/System32/x.dll", long_text), YM_MALFORMED);
    long_text[YM_RECORD_OBJECT_MAX] = '\0';
    CHECK_EQ(with("Windows/System32/x.dll", long_text), YM_OK);
    long_text[255] = '\0';
    CHECK_EQ(with("Windows XP", long_text), YM_OK);
    long_text[255] = 'x';
    long_text[256] = '\0';
    CHECK_EQ(with("Windows XP", long_text), YM_MALFORMED);
    free(long_text);
}

static void deep_nesting_and_long_lists_are_refused(void) {
    size_t n = 4 << 20;
    char *deep = malloc(n + 1);
    struct ym_record back;

    CHECK(deep != NULL);
    memset(deep, '[', n);
    deep[n] = '\0';
    begin();
    CHECK_EQ(decode(deep, n, &back), YM_MALFORMED);
    CHECK_EQ(decode(deep, YM_RECORD_JSON_MAX + (size_t)1, &back), YM_LIMIT); /* before a look */
    end();
    memset(deep, '1', 4004);
    for (size_t i = 1; i < 4004; i += 2) {
        deep[i] = ',';
    }
    deep[4004] = '\0';
    CHECK_EQ(with("\"repairs\":[", deep), YM_MALFORMED);
    free(deep);
}

static void bytes_that_are_not_utf8_do_not_break_the_record(void) {
    struct ym_record_detection d = {"F", "N\xff\xfe", "worm", "a\xc3(\n\x7f"};
    struct ym_record r = sample_record();
    struct ym_record back;

    r.detections = &d;
    r.n_detections = 1;
    begin();
    ym_record_encode(&r, &text);
    CHECK_EQ(decode((const char *)text.data, text.len, &back), YM_OK);
    CHECK(strcmp(back.detections[0].name, "N\xef\xbf\xbd\xef\xbf\xbd") == 0);
    CHECK(strcmp(back.detections[0].object, "a\xef\xbf\xbd(\n\x7f") == 0);
    end();
}

static void findings_past_the_limit_are_counted(void) {
    struct ym_record r = {.run = YM_RUN_SCAN, .outcome = YM_OUTCOME_DETECTED};
    struct ym_record_detection d = {.name = "N", .family = NULL, .category = "", .object = "o"};
    struct ym_record_repair fix = {"w", YM_REPAIR_DONE};
    struct ym_record back;

    begin();
    for (int i = 0; i < YM_RECORD_DETECTIONS_MAX + 5; i++) {
        CHECK_EQ(ym_record_add_detection(&r, &d, arena), YM_OK);
    }
    for (int i = 0; i < YM_RECORD_REPAIRS_MAX + 7; i++) {
        CHECK_EQ(ym_record_add_repair(&r, &fix, arena), YM_OK);
    }
    CHECK_EQ(r.n_detections, YM_RECORD_DETECTIONS_MAX);
    CHECK_EQ(r.detections_left_out, 5);
    CHECK_EQ(r.repairs_left_out, 7);
    CHECK(strcmp(r.detections[999].name, "N") == 0);
    ym_record_encode(&r, &text);
    CHECK_EQ(decode((const char *)text.data, text.len, &back), YM_OK);
    CHECK_EQ(back.n_detections, YM_RECORD_DETECTIONS_MAX);
    end();
}

static void added_texts_are_cut_at_a_character(void) {
    char name[2 * YM_RECORD_TEXT_MAX];
    struct ym_record r = {.run = YM_RUN_SCAN};
    struct ym_record_detection d = {.name = name};

    begin();
    for (size_t i = 0; i + 2 < sizeof(name); i += 2) {
        memcpy(name + i, "\xc3\xa9", 3); /* e with acute, two bytes: 255 falls inside one */
    }
    CHECK_EQ(ym_record_add_detection(&r, &d, arena), YM_OK);
    CHECK_EQ(strlen(r.detections[0].name), 254);
    end();
}

static void an_arena_that_is_full_says_so(void) {
    struct ym_arena *small = ym_arena_new(2000);
    struct ym_record r = {.run = YM_RUN_SCAN};
    struct ym_record_detection d = {.name = "a name of some length", .object = "an object"};
    ym_status st = YM_OK;

    CHECK(small != NULL);
    for (int i = 0; st == YM_OK && i < 1000; i++) {
        st = ym_record_add_detection(&r, &d, small);
    }
    CHECK_EQ(st, YM_LIMIT);
    CHECK(r.n_detections > 0);
    ym_arena_free(small);
}

static void a_run_knows_its_machine_and_time(void) {
    struct ym_record_config config = {.record = true, .country = "JP", .segment = YM_SEGMENT_HOME};
    struct ym_record a;
    struct ym_record b;
    struct ym_err err = {0};
    char folder[SAMPLE_FOLDER_SIZE];

    begin();
    sample_folder(folder);
    (void)snprintf(config.spool, sizeof(config.spool), "%s/spool", folder);
    CHECK_EQ(ym_record_begin(&a, &config, YM_RUN_SCAN, arena, &err), YM_OK);
    CHECK_EQ(ym_record_begin(&b, &config, YM_RUN_SCAN, arena, &err), YM_OK);
    CHECK(memcmp(a.id, b.id, sizeof(a.id)) != 0);
    CHECK(memcmp(a.machine, b.machine, sizeof(a.machine)) == 0);
    CHECK(a.machine[0] != 0 || a.machine[1] != 0 || a.machine[2] != 0);
    CHECK(strcmp(a.country, "JP") == 0);
    CHECK_EQ(a.bits, sizeof(void *) * 8);
    CHECK(a.time > 1700000000);
    CHECK_EQ(sample_count(config.spool, ""), 1); /* machine-YYYY-MM */
    sample_folder_remove(folder);
    end();
}

static void the_largest_record_can_be_written_and_read(void) {
    char text_max[YM_RECORD_TEXT_MAX + 1];
    char object_max[YM_RECORD_OBJECT_MAX + 1];
    struct ym_record r = {.run = YM_RUN_CLEAN, .outcome = YM_OUTCOME_CLEANED};
    struct ym_record_detection d = {text_max, text_max, text_max, object_max};
    struct ym_record_repair fix = {object_max, YM_REPAIR_DONE};
    struct ym_record back;

    memset(text_max, 1, YM_RECORD_TEXT_MAX); /* six bytes of JSON each */
    text_max[YM_RECORD_TEXT_MAX] = '\0';
    memset(object_max, 1, YM_RECORD_OBJECT_MAX);
    object_max[YM_RECORD_OBJECT_MAX] = '\0';
    begin();
    for (int i = 0; i < YM_RECORD_REPAIRS_MAX; i++) {
        CHECK_EQ(ym_record_add_detection(&r, &d, arena), YM_OK);
        CHECK_EQ(ym_record_add_repair(&r, &fix, arena), YM_OK);
    }
    ym_record_encode(&r, &text);
    CHECK_EQ(ym_buf_status(&text), YM_OK);
    CHECK(text.len < YM_RECORD_JSON_MAX);
    CHECK_EQ(decode((const char *)text.data, text.len, &back), YM_OK);
    CHECK_EQ(back.n_repairs, YM_RECORD_REPAIRS_MAX);
    end();
}

MAIN(T(the_largest_record_can_be_written_and_read), T(a_record_survives_the_round_trip),
     T(what_is_not_known_stays_not_known), T(every_prefix_is_refused_and_leaves_the_output_alone),
     T(hostile_values_are_refused), T(a_newer_schema_is_told_as_such), T(long_texts_are_refused),
     T(deep_nesting_and_long_lists_are_refused), T(bytes_that_are_not_utf8_do_not_break_the_record),
     T(findings_past_the_limit_are_counted), T(added_texts_are_cut_at_a_character),
     T(an_arena_that_is_full_says_so), T(a_run_knows_its_machine_and_time))
