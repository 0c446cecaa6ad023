/* test_record.c - a record as JSON and back, and JSON of others.
 *
 * With YM_CASES=FILE each text that a test gave to the reader is added to that file: what the
 * reader said of it ("ok" or "refused"), a tab, the text with its bytes in hexadecimal, a newline.
 * tests/e2e/records/ asks a validator of the JSON Schema about the same texts. */
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

static void keep_case(const char *s, size_t n, ym_status st) {
    const char *path = getenv("YM_CASES"); /* NOLINT(concurrency-mt-unsafe) */
    FILE *f = path == NULL || n > (1 << 20) ? NULL : fopen(path, "ae");

    if (f != NULL) {
        (void)fprintf(f, "%s\t", st == YM_OK ? "ok" : "refused");
        for (size_t i = 0; i < n; i++) {
            (void)fprintf(f, "%02x", (unsigned char)s[i]);
        }
        (void)fputs("\n", f);
        (void)fclose(f);
    }
}

static ym_status decode(const char *s, size_t n, struct ym_record *ret) {
    struct ym_err err = {0};
    ym_status st = ym_record_decode(s, n, arena, ret, &err);

    keep_case(s, n, st);

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
    CHECK_EQ(back.server, YM_SERVER_NO);
    CHECK_EQ(back.located, YM_LOCATED_SETTING);
    CHECK_EQ(back.protection, YM_PROTECTION_ON);
    CHECK_EQ(back.n_detections, 2);
    CHECK_EQ(back.detections[0].path, YM_PATH_CREDENTIAL);
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

static void every_kind_of_run_survives(void) {
    struct ym_record all[] = {sample_guard(), sample_audit(), sample_observe()};
    struct ym_record back;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct ym_buf again;

        begin();
        ym_record_encode(&all[i], &text);
        CHECK_EQ(decode((const char *)text.data, text.len, &back), YM_OK);
        ym_buf_init(&again, YM_RECORD_JSON_MAX);
        ym_record_encode(&back, &again);
        CHECK_EQ(again.len, text.len);
        CHECK(memcmp(again.data, text.data, text.len) == 0);
        ym_buf_done(&again);
        CHECK_EQ(back.run, all[i].run);
        if (back.run == YM_RUN_GUARD) {
            CHECK(back.detections[0].blocked);
        } else if (back.run == YM_RUN_AUDIT) {
            CHECK_EQ(back.exposures[0].age_days, 250);
            CHECK(back.exposures[1].age_days < 0);
            CHECK_EQ(back.exposures[1].state, YM_EXPOSURE_STATE_PARTLY);
            CHECK_EQ(back.exposures_left_out, 4);
        } else {
            CHECK_EQ(back.observations[0].count, 17);
            CHECK(strcmp(back.observations[1].key, "445") == 0);
            CHECK_EQ(back.observations_left_out, 5);
        }
        end();
    }
}

static const char schema_1[] =
    "{\"schema\":1,\"id\":\"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5\",\"time\":\"2009-06-30T00:00:00Z\","
    "\"tool\":\"yamori 0.1.0\",\"run\":\"clean\",\"system\":\"Windows "
    "XP\",\"service_pack\":\"SP3\","
    "\"bits\":32,\"country\":\"JP\",\"segment\":\"home\",\"epoch\":7,\"files\":1,\"gaps\":0,"
    "\"duration_ms\":5,\"outcome\":\"cleaned\",\"simulated\":false,\"detections\":[{\"family\":"
    "\"Conficker\",\"name\":\"n\",\"category\":\"worm\",\"object\":\"o\"}],"
    "\"detections_left_out\":0,\"repairs\":[{\"what\":\"w\",\"result\":\"done\"}],"
    "\"repairs_left_out\":0}";

static void a_record_of_schema_1_is_read_and_written_as_2(void) {
    struct ym_record r;

    begin();
    CHECK_EQ(decode(schema_1, sizeof(schema_1) - 1, &r), YM_OK);
    CHECK_EQ(r.server, YM_SERVER_UNKNOWN);
    CHECK_EQ(r.located, YM_LOCATED_UNKNOWN);
    CHECK_EQ(r.protection, YM_PROTECTION_UNKNOWN);
    CHECK_EQ(r.detections[0].path, YM_PATH_UNKNOWN);
    CHECK(!r.detections[0].blocked);
    ym_record_encode(&r, &text);
    CHECK(strncmp((const char *)text.data, "{\"schema\":2,", 12) == 0);
    CHECK_EQ(decode((const char *)text.data, text.len, &r), YM_OK);
    end();
}

/* A text with one part replaced by another, or with `more` at the end of it. */
static ym_status changed(const char *whole, size_t n, const char *old, const char *new) {
    struct ym_record back;
    struct ym_buf out;
    const char *at = strstr(whole, old);
    ym_status st;

    if (at == NULL) {
        FAIL("%s is not in the text", old);
    }
    ym_buf_init(&out, YM_RECORD_JSON_MAX + (8 << 20));
    ym_buf_add(&out, whole, (size_t)(at - whole));
    ym_buf_add_text(&out, new);
    ym_buf_add(&out, at + strlen(old), n - (size_t)(at - whole) - strlen(old));
    st = decode((const char *)out.data, out.len, &back);
    ym_buf_done(&out);
    return st;
}

static void schema_1_has_none_of_the_keys_and_words_of_2(void) {
    static const char *const rows[][2] = {
        {"\"country\":", "\"server\":null,\"country\":"},
        {"\"segment\":", "\"located\":\"unknown\",\"segment\":"},
        {"\"object\":\"o\"", "\"object\":\"o\",\"blocked\":false"},
        {"\"repairs_left_out\":0", "\"repairs_left_out\":0,\"exposures\":[]"},
        {"\"run\":\"clean\"", "\"run\":\"guard\""},
        {"\"schema\":1", "\"schema\":2"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin();
        if (changed(schema_1, sizeof(schema_1) - 1, rows[i][0], rows[i][1]) != YM_MALFORMED) {
            FAIL("%s was taken", rows[i][1]);
        }
        end();
    }
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

/* A record with one text replaced by another. */
static ym_status with_of(struct ym_record r, const char *old, const char *new) {
    ym_status st;

    begin();
    ym_record_encode(&r, &text);
    ym_buf_u8(&text, '\0');
    st = changed((const char *)text.data, text.len - 1, old, new);
    end();
    return st;
}

static ym_status with(const char *old, const char *new) {
    return with_of(sample_record(), old, new);
}

static void hostile_values_are_refused(void) {
    static const char *const rows[][2] = {
        {"\"JP\"", "\"jp\""},
        {"\"JP\"", "\"JPN\""},
        {"\"JP\"", "null"},
        {"\"server\":false", "\"server\":\"no\""},
        {"\"server\":false", "\"server\":0"},
        {"\"server\":false,", ""},
        {"\"located\":\"setting\"", "\"located\":\"guess\""},
        {"\"protection\":\"on\"", "\"protection\":true"},
        {"\"path\":\"credential\"", "\"path\":\"door\""},
        {"\"path\":\"credential\"", "\"path\":null"},
        {"\"blocked\":false", "\"blocked\":null"},
        {"\"blocked\":false", "\"blocked\":true"}, /* a clean blocks nothing */
        {",\"exposures\":[]", ""},
        {"\"exposures\":[]", "\"exposures\":null"},
        {"\"exposures_left_out\":0", "\"exposures_left_out\":1"},
        {"\"exposures\":[]", "\"exposures\":[{\"id\":\"d\",\"kind\":\"door\",\"state\":"
                             "\"open\",\"age_days\":null}]"},
        {"\"observations\":[]", "\"observations\":[{\"kind\":\"k\",\"key\":\"\",\"count\":1}]"},
        {"\"JP\"", "\"ZZ\""},           /* located, but nowhere */
        {"\"partly\"", "\"detected\""}, /* with a repair that is done */
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
        {"\"schema\":2", "\"schema\":0"},
        {"\"schema\":2", "\"schema\":\"2\""},
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

static void hostile_values_of_other_runs_are_refused(void) {
    static const struct {
        struct ym_record (*sample)(void);
        const char *old, *new;
    } rows[] = {
        {sample_guard, "\"detected\"", "\"cleaned\""},
        {sample_guard, "\"detected\"", "\"none\""},
        {sample_guard, "\"repairs\":[]", "\"repairs\":[{\"what\":\"w\",\"result\":\"skipped\"}]"},
        {sample_guard, "\"guard\"", "\"scan\""}, /* a scan blocks nothing */
        {sample_guard, "\"guard\"", "\"audit\""},
        {sample_audit, "\"audit\"", "\"guard\""},
        {sample_audit, "\"audit\"", "\"clean\""},
        {sample_audit, "\"none\"", "\"detected\""},
        {sample_audit, "\"kind\":\"update\"", "\"kind\":\"door\""}, /* a door has no age */
        {sample_audit, "\"kind\":\"update\"", "\"kind\":\"hole\""},
        {sample_audit, "\"state\":\"open\"", "\"state\":\"closed\""}, /* it is not missing */
        {sample_audit, "\"state\":\"open\"", "\"state\":\"ajar\""},
        {sample_audit, "\"age_days\":250", "\"age_days\":-1"},
        {sample_audit, "\"age_days\":250", "\"age_days\":1.5"},
        {sample_audit, ",\"age_days\":250", ""},
        {sample_audit, "\"id\":\"MS08-067\"", "\"id\":67"},
        {sample_observe, "\"observe\"", "\"audit\""},
        {sample_observe, "\"count\":17", "\"count\":0"},
        {sample_observe, "\"count\":17", "\"count\":-17"},
        {sample_observe, "\"blocked-name\"", "\"Blocked\""},
        {sample_observe, "\"blocked-name\"", "\"\""},
        {sample_observe, "\"blocked-name\"", "\"-x\""},
        {sample_observe, "\"blocked-name\"", "\"a-kind-of-more-than-thirty-two-bytes\""},
        {sample_observe, "\"blocked-name\"", "\"a b\""},
    };

    CHECK_EQ(with_of(sample_audit(), "\"age_days\":250", "\"age_days\":null"), YM_OK);
    CHECK_EQ(with_of(sample_observe(), "\"blocked-name\"", "\"dns-2\""), YM_OK);
    CHECK_EQ(with_of(sample_guard(), "\"blocked\":true", "\"blocked\":false"), YM_OK);
    CHECK_EQ(with("\"server\":false", "\"server\":null"), YM_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (with_of(rows[i].sample(), rows[i].old, rows[i].new) != YM_MALFORMED) {
            FAIL("%s for %s was not refused as malformed", rows[i].new, rows[i].old);
        }
    }
}

static void a_newer_schema_is_told_as_such(void) {
    CHECK_EQ(with("\"schema\":2", "\"schema\":3"), YM_UNSUPPORTED);
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
    struct ym_record_detection d = {"F", "N\xff\xfe", "worm", "a\xc3(\n\x7f", YM_PATH_WEB, false};
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
    struct ym_record r = {.run = YM_RUN_CLEAN, .outcome = YM_OUTCOME_PARTLY};
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

static void exposures_and_observations_past_the_limit_are_counted(void) {
    struct ym_record a = {.run = YM_RUN_AUDIT};
    struct ym_record o = {.run = YM_RUN_OBSERVE};
    struct ym_record_exposure e = {"d", YM_EXPOSURE_DOOR, YM_EXPOSURE_STATE_OPEN, -1};
    struct ym_record_observation seen = {"k", "", 1};
    struct ym_record back;

    begin();
    for (int i = 0; i < YM_RECORD_EXPOSURES_MAX + 3; i++) {
        CHECK_EQ(ym_record_add_exposure(&a, &e, arena), YM_OK);
    }
    for (int i = 0; i < YM_RECORD_OBSERVATIONS_MAX + 4; i++) {
        CHECK_EQ(ym_record_add_observation(&o, &seen, arena), YM_OK);
    }
    CHECK_EQ(a.exposures_left_out, 3);
    CHECK_EQ(o.observations_left_out, 4);
    ym_record_encode(&a, &text);
    CHECK_EQ(decode((const char *)text.data, text.len, &back), YM_OK);
    CHECK_EQ(back.n_exposures, YM_RECORD_EXPOSURES_MAX);
    ym_buf_clear(&text);
    ym_record_encode(&o, &text);
    CHECK_EQ(decode((const char *)text.data, text.len, &back), YM_OK);
    CHECK_EQ(back.n_observations, YM_RECORD_OBSERVATIONS_MAX);
    CHECK(strcmp(back.observations[999].kind, "k") == 0);
    end();
}

static void no_name_of_a_user_or_computer_is_kept(void) {
    static const char *const rows[][2] = {
        {"/home/ai/.bashrc", "/home/*/.bashrc"},
        {"/home/ai", "/home/*"},
        {"/home/", "/home/"},
        {"home/ai/x", "home/*/x"},
        {"/mnt/backup/home/ai/x", "/mnt/backup/home/*/x"},
        {"/srv/somehome/ai/x", "/srv/somehome/ai/x"},
        {"C:\\Users\\Ai Ueo\\AppData\\x.exe", "C:\\Users\\*\\AppData\\x.exe"},
        {"users/ai/NTUSER.DAT", "users/*/NTUSER.DAT"},
        {"Users\\Public\\x", "Users\\Public\\x"},
        {"Documents and Settings/All Users/x", "Documents and Settings/All Users/x"},
        {"Documents and Settings/Ai/Local Settings/x", "Documents and Settings/*/Local Settings/x"},
        {"C:\\DOCUMENTS AND SETTINGS\\ai\\x", "C:\\DOCUMENTS AND SETTINGS\\*\\x"},
        {"HKU\\ai\\Software\\Run : x", "HKU\\*\\Software\\Run : x"},
        {"HKU\\.DEFAULT\\Software", "HKU\\.DEFAULT\\Software"},
        {"HKEY_USERS\\S-1-5-21-1-2-3-1001\\x", "HKEY_USERS\\*\\x"},
        {"RECYCLER\\S-1-5-21-1-2-3-1001\\x.vmx", "RECYCLER\\*\\x.vmx"},
        {"HKU\\S-1-5-18\\x", "HKU\\S-1-5-18\\x"},
        {"delete-file Users/ai/x.exe ", "delete-file Users/*/x.exe "},
        {"set-value Users/a b/NTUSER.DAT Software\\Run",
         "set-value Users/*/NTUSER.DAT Software\\Run"},
        {"/run/user/1000/x", "/run/user/*/x"},
        {"/media/ai/STICK/autorun.inf", "/media/*/STICK/autorun.inf"},
        {"/var/spool/cron/crontabs/ai", "/var/spool/cron/crontabs/*"},
        {"/var/spool/cron/ai", "/var/spool/cron/*"},
        {"/var/mail/ai", "/var/mail/*"},
        {"\\\\SERVER\\share\\x", "\\\\*\\share\\x"},
        {"smb://server/share/x", "smb://*/share/x"},
        {"a.zip//member", "a.zip//member"},
        {"Users/ai/mail.zip//home/bo/x", "Users/*/mail.zip//home/*/x"},
        {"Windows/System32/x.dll", "Windows/System32/x.dll"},
        {"Users/\xe5\xae\x88/x", "Users/*/x"},
        {"", ""},
        {"/", "/"},
        {"home", "home"},
    };

    begin();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *got = ym_record_hide_user(rows[i][0], arena);

        CHECK(got != NULL);
        if (strcmp(got, rows[i][1]) != 0) {
            FAIL("%s became %s, not %s", rows[i][0], got, rows[i][1]);
        }
        CHECK(strcmp(ym_record_hide_user(got, arena), got) == 0); /* once is enough */
    }
    end();
}

static void what_is_added_is_hidden(void) {
    struct ym_record r = {.run = YM_RUN_CLEAN};
    struct ym_record_detection d = {.name = "n", .object = "C:\\Users\\ai\\x"};
    struct ym_record_repair fix = {"delete-file home/ai/x", YM_REPAIR_DONE};

    begin();
    CHECK_EQ(ym_record_add_detection(&r, &d, arena), YM_OK);
    CHECK_EQ(ym_record_add_repair(&r, &fix, arena), YM_OK);
    CHECK(strcmp(r.detections[0].object, "C:\\Users\\*\\x") == 0);
    CHECK(strcmp(r.repairs[0].what, "delete-file home/*/x") == 0);
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
    struct ym_record_detection d = {text_max, text_max, text_max, object_max, YM_PATH_PREEXISTING,
                                    false};
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
     T(every_kind_of_run_survives), T(a_record_of_schema_1_is_read_and_written_as_2),
     T(schema_1_has_none_of_the_keys_and_words_of_2), T(what_is_not_known_stays_not_known),
     T(every_prefix_is_refused_and_leaves_the_output_alone), T(hostile_values_are_refused),
     T(hostile_values_of_other_runs_are_refused), T(a_newer_schema_is_told_as_such),
     T(long_texts_are_refused), T(deep_nesting_and_long_lists_are_refused),
     T(bytes_that_are_not_utf8_do_not_break_the_record), T(findings_past_the_limit_are_counted),
     T(exposures_and_observations_past_the_limit_are_counted),
     T(no_name_of_a_user_or_computer_is_kept), T(what_is_added_is_hidden),
     T(added_texts_are_cut_at_a_character), T(an_arena_that_is_full_says_so),
     T(a_run_knows_its_machine_and_time))
