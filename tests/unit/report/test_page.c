/* test_page.c - figures inside the page: nothing of a record can become markup. */
#include "report/report.h"

#include "ym_test.h"

static const char good[] = "<html lang=\"@YAMORI_LANG@\"><meta content=\"@YAMORI_PUBLISHER@\">"
                           "<title>@YAMORI_TITLE@</title>"
                           "<script>@YAMORI_DATA@</script></html>";

static ym_status fill(const char *page, const char *json_text,
                      const struct ym_report_options *options, struct ym_buf *out) {
    struct ym_buf json;
    struct ym_err err = {0};
    ym_status st;

    ym_buf_init(&json, 1 << 20);
    ym_buf_init(out, 1 << 20);
    ym_buf_add_text(&json, json_text);
    st = ym_report_page(page, strlen(page), &json, options, out, &err);
    ym_buf_done(&json);
    return st;
}

static void the_marks_are_filled(void) {
    struct ym_report_options o = {
        .title = "A \"title\" & <b>", .lang = "ja", .publisher = "\"><script>"};
    struct ym_buf out;

    CHECK_EQ(fill(good, "{\"a\":1}", &o, &out), YM_OK);
    CHECK(strcmp((const char *)out.data,
                 "<html lang=\"ja\"><meta content=\"&#34;&#62;&#60;script&#62;\"><title>A "
                 "&#34;title&#34; &#38; &#60;b&#62;</title>"
                 "<script>{\"a\":1}</script></html>") == 0);
    ym_buf_done(&out);
}

static void hostile_names_stay_data(void) {
    struct ym_report_options o = {.lang = "en"};
    struct ym_buf out;

    CHECK_EQ(fill(good, "{\"f\":\"</script><script>alert(1)</script><!-- &amp; @YAMORI_DATA@\"}",
                  &o, &out),
             YM_OK);
    CHECK(strstr((const char *)out.data, "\\u003c/script\\u003e\\u003cscript\\u003ealert(1)") !=
          NULL);
    CHECK(strstr((const char *)out.data, "\\u0026amp;") != NULL);
    CHECK(strstr((const char *)out.data, "<!--") == NULL);
    ym_buf_done(&out);
}

static void a_title_that_is_not_utf8_is_made_so(void) {
    struct ym_report_options o = {.title = "a\xff", .lang = "en"};
    struct ym_buf out;

    CHECK_EQ(fill(good, "{}", &o, &out), YM_OK);
    CHECK(strstr((const char *)out.data, "<title>a\xef\xbf\xbd</title>") != NULL);
    ym_buf_done(&out);
}

static void another_template_is_refused(void) {
    static const char *const pages[] = {
        "",
        "@YAMORI_LANG@ @YAMORI_PUBLISHER@ @YAMORI_TITLE@",
        "@YAMORI_LANG@ @YAMORI_TITLE@ @YAMORI_DATA@",
        "@YAMORI_TITLE@ @YAMORI_LANG@ @YAMORI_PUBLISHER@ @YAMORI_DATA@",
        "@YAMORI_LANG@ @YAMORI_PUBLISHER@ @YAMORI_TITLE@ @YAMORI_DATA@ @YAMORI_DATA@",
        "@YAMORI_LANG@@YAMORI_LANG@ @YAMORI_PUBLISHER@ @YAMORI_TITLE@ @YAMORI_DATA@",
    };
    struct ym_report_options o = {.lang = "en"};

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        struct ym_buf out;

        CHECK_EQ(fill(pages[i], "{}", &o, &out), YM_MALFORMED);
        ym_buf_done(&out);
    }
}

MAIN(T(the_marks_are_filled), T(hostile_names_stay_data), T(a_title_that_is_not_utf8_is_made_so),
     T(another_template_is_refused))
