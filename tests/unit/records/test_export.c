/* test_export.c - records as events of OCSF, ECS and CEF.  What the forms of others say of the whole
 * is asked by tests/e2e/records/, with their own lists of names. */
#include "records/export.h"

#include "sample.h"
#include "ym_test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static struct ym_buf text;

static const char *export(const struct ym_record *r, enum ym_export_form form) {
    struct ym_err err = {0};

    ym_buf_init(&text, 1 << 20);
    CHECK_EQ(ym_record_export(r, form, &text, &err), YM_OK);
    ym_buf_u8(&text, '\0');
    CHECK_EQ(ym_buf_status(&text), YM_OK);
    return (const char *)text.data;
}

static unsigned lines(const char *s) {
    unsigned n = 0;

    for (; *s != '\0'; s++) {
        n += *s == '\n';
    }
    return n;
}

static void each_part_of_a_record_is_an_event(void) {
    static const struct {
        struct ym_record (*sample)(void);
        unsigned events;
    } rows[] = {{sample_record, 5}, {sample_guard, 2}, {sample_audit, 3}, {sample_observe, 3}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ym_record r = rows[i].sample();

        for (enum ym_export_form f = YM_EXPORT_JSON; f < YM_EXPORT_COUNT; f++) {
            CHECK_EQ(lines(export(&r, f)), f == YM_EXPORT_JSON ? 1 : rows[i].events);
            ym_buf_done(&text);
        }
    }
}

static void the_table_of_the_page_is_the_table_of_the_code(void) {
    static char page[1 << 16];
    FILE *f = fopen(YM_SOURCE_DIR "/docs/formats/record-exports.md", "re");
    size_t n;

    CHECK(f != NULL);
    n = fread(page, 1, sizeof(page) - 1, f);
    page[n] = '\0';
    CHECK_EQ(fclose(f), 0);
    ym_buf_init(&text, 1 << 16);
    ym_record_export_map(&text);
    ym_buf_u8(&text, '\0');
    CHECK(text.len > 1000);
    if (strstr(page, (const char *)text.data) == NULL) {
        printf("%s", (const char *)text.data);
        FAIL("docs/formats/record-exports.md does not have this table");
    }
    ym_buf_done(&text);
}

/* Header: "\" and "|" escaped, no line ends.  Extension: "\", "=" escaped, line ends as \n and \r. */
static void cef_escapes_what_would_end_a_field(void) {
    struct ym_record_detection d = {"f=1 act=blocked", "n|9|\\\nx", "worm",
                                    "C:\\x\r\ny = z|", 0,           false};
    struct ym_record r = {.run = YM_RUN_SCAN,
                          .outcome = YM_OUTCOME_DETECTED,
                          .tool = "t\x1b[2J",
                          .country = "ZZ",
                          .detections = &d,
                          .n_detections = 1};
    const char *s = strstr(export(&r, YM_EXPORT_CEF), "\n") + 1;

    CHECK(strncmp(s, "CEF:0|Yamori|yamori|t [2J|detection|n\\|9\\|\\\\ x|8|externalId=", 56) == 0);
    CHECK(strstr(s, " cs1=f\\=1 act\\=blocked cs1Label=family ") != NULL);
    CHECK(strstr(s, " filePath=C:\\\\x\\r\\ny \\= z| ") != NULL);
    CHECK(strstr(s, " act=detected\n") != NULL);
    CHECK_EQ(lines(s), 1);
    ym_buf_done(&text);
}

static void values_come_back_from_json(void) {
    struct ym_record_detection d = {"\xe5\xae\x88",        "a\"\\\n</script>\x01", "",
                                    "/x/\xf0\x9f\x90\x8d", YM_PATH_MAIL,           false};
    struct ym_record r = {.run = YM_RUN_SCAN,
                          .outcome = YM_OUTCOME_DETECTED,
                          .country = "ZZ",
                          .files = UINT64_MAX,
                          .duration_ms = UINT64_MAX,
                          .detections = &d,
                          .n_detections = 1};
    const char *s = strstr(export(&r, YM_EXPORT_ECS), "\n") + 1;
    json_t *v = json_loads(s, 0, NULL);

    CHECK(v != NULL);
    CHECK(strcmp(json_string_value(json_object_get(json_object_get(v, "rule"), "name")), d.name) ==
          0);
    CHECK(strcmp(json_string_value(json_object_get(json_object_get(v, "file"), "path")),
                 d.object) == 0);
    json_decref(v);
    v = json_loads((const char *)text.data, JSON_DISABLE_EOF_CHECK, NULL);
    CHECK_EQ(json_integer_value(json_object_get(json_object_get(v, "event"), "duration")),
             INT64_MAX);
    json_decref(v);
    ym_buf_done(&text);
}

static void what_is_not_utf8_is_refused(void) {
    struct ym_record_detection d = {"f", "n\xff", "", "", 0, false};
    struct ym_record r = {
        .run = YM_RUN_SCAN, .outcome = YM_OUTCOME_DETECTED, .detections = &d, .n_detections = 1};
    struct ym_err err = {0};

    ym_buf_init(&text, 1 << 16);
    CHECK_EQ(ym_record_export(&r, YM_EXPORT_OCSF, &text, &err), YM_MALFORMED);
    CHECK(err.text[0] != '\0');
    ym_buf_done(&text);
}

static void forms_have_names(void) {
    enum ym_export_form form = YM_EXPORT_COUNT;

    CHECK(ym_export_form_of("cef", &form));
    CHECK_EQ(form, YM_EXPORT_CEF);
    CHECK(!ym_export_form_of("CEF", &form));
    CHECK(!ym_export_form_of("", &form));
}

MAIN(T(each_part_of_a_record_is_an_event), T(the_table_of_the_page_is_the_table_of_the_code),
     T(cef_escapes_what_would_end_a_field), T(values_come_back_from_json),
     T(what_is_not_utf8_is_refused), T(forms_have_names))
