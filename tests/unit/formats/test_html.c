/* Normalised HTML: what is expected here is what clamscan 1.4.6 --leave-temps wrote for the same
 * pages, byte for byte. */
#include "formats/html.h"

#include "base/alloc.h"
#include "formats/base64.h"
#include "ym_test.h"

#include <stdbool.h>

static bool same(const struct ym_buf *got, const char *want, const char *which) {
    bool ok = got->len == strlen(want) && (got->len == 0 || memcmp(got->data, want, got->len) == 0);

    if (!ok) {
        printf("# %s: got \"%.*s\"\n", which, (int)got->len, (const char *)got->data);
    }
    return ok;
}

static void expect(const char *in, const char *want_page, const char *want_text) {
    struct ym_buf page;
    struct ym_buf text;
    bool ok;

    ym_buf_init(&page, 1 << 20);
    ym_buf_init(&text, 1 << 20);
    ok = ym_html_normalise((const uint8_t *)in, strlen(in), &page, &text) == YM_OK &&
         same(&page, want_page, "nocomment") && same(&text, want_text, "notags");
    ym_buf_done(&page);
    ym_buf_done(&text);
    CHECK(ok);
}

static void tags_and_text_are_folded(void) {
    expect("<html><head><title>Tea  Time</title></head>\n<body onload=\"GoHome()\">\n"
           "<a href=\"http://example.com/A\">Lin&#107; &amp; More</a>   text <b> bold </b>"
           "</body></html>",
           "<html><head><title>tea time</title></head><body onload=\"gohome()\">"
           "<a href=\"http://example.com/a\">link & more</a>text <b>bold </b></body></html>",
           " tea time http://example.com/A lin more text bold ");
}

static void comments_go_and_scripts_lose_their_blanks(void) {
    expect("<html><!-- a > b --> Hello<SCRIPT language='JavaScript'> var A = 'x y' ; "
           "if (a < b) { c } </SCRIPT> after</html>",
           "<html>b --> hello<script language=\"javascript\">vara=\"xy\";if(a<b){c}</script>"
           "after</html>",
           " b --> hello after ");
}

static void references_become_bytes(void) {
    expect(
        "<html><p  CLASS = Foo   ID=\"a b  c\">One&nbsp;Two &unknown; &lt;x&gt; &#x41;&#300; end "
        "&copy; &eacute;</p>\r\n</html>",
        "<html><p class=foo id=\"a b c\">one\xa0two &unknown; <x> a&#x012c; end \xa9 \xe9</p>"
        "</html>",
        " one two x end ");
}

static void values_keep_double_quotes_only(void) {
    expect("<html><a href = \"a&amp;b\" title='q\"r'>z</a>\n\n\n  end   ",
           "<html><a href=\"a&b\" title=\"q\"r\">z</a>end", " a&b z end ");
}

static void links_and_pictures_show_in_the_text(void) {
    expect("<html><iframe src=\"http://I.f/A\">x</iframe><img dynsrc=Dd src='S\"s'>"
           "<a name=n>k</a><a title=\"T\" HREF=zz>link</a></html>",
           "<html><iframe src=\"http://i.f/a\">x</iframe><img dynsrc=dd src=\"s\"s\">"
           "<a name=n>k</a><a title=\"t\" href=zz>link</a></html>",
           " x S\"s k zz link ");
}

static void every_prefix_is_normalised_within_its_room(void) {
    static const char page[] = "<html><a href='&#x41;&eacute;&#65' b=\"c d\">t&amp;</a><!-- x -->"
                               "<script>'a' < b</script><style>x</style>\xc3\xa9 &#99999999; z";

    for (size_t n = 0; n < sizeof(page); n++) {
        struct ym_buf nocomment;
        struct ym_buf notags;

        ym_buf_init(&nocomment, 2 * n + 64);
        ym_buf_init(&notags, 2 * n + 64);
        CHECK_EQ(ym_html_normalise((const uint8_t *)page, n, &nocomment, &notags), YM_OK);
        ym_buf_done(&nocomment);
        ym_buf_done(&notags);
    }
}

static void data_urls_are_found_and_decoded(void) {
    static const char page[] = "<a href=\"DATA:text/plain;base64,aGVs\nbG8=\">data:x,y "
                               "<img src=data:;base64,Zm9v>";
    struct ym_buf out;
    size_t at = 0;
    size_t n = 0;

    ym_buf_init(&out, 100);
    CHECK(ym_html_data_url((const uint8_t *)page, sizeof(page) - 1, 0, &at, &n));
    CHECK_EQ(ym_base64_decode((const uint8_t *)page + at, n, &out), YM_OK);
    CHECK_EQ(out.len, 5);
    CHECK(memcmp(out.data, "hello", 5) == 0);
    ym_buf_clear(&out);
    CHECK(ym_html_data_url((const uint8_t *)page, sizeof(page) - 1, at + n, &at, &n));
    CHECK_EQ(ym_base64_decode((const uint8_t *)page + at, n, &out), YM_OK);
    CHECK_EQ(out.len, 3);
    CHECK(!ym_html_data_url((const uint8_t *)page, sizeof(page) - 1, at + n, &at, &n));
    for (size_t size = 0; size < sizeof(page); size++) {
        if (ym_html_data_url((const uint8_t *)page, size, 0, &at, &n)) {
            CHECK(at + n <= size);
        }
    }
    ym_buf_done(&out);
}

static void no_memory_and_no_room_are_told(void) {
    static const char page[] = "<html>some text";
    struct ym_buf small;
    struct ym_buf text;

    ym_buf_init(&small, 4);
    ym_buf_init(&text, 100);
    CHECK_EQ(ym_html_normalise((const uint8_t *)page, sizeof(page) - 1, &small, &text), YM_LIMIT);
    ym_buf_done(&small);
    ym_buf_done(&text);
    ym_buf_init(&small, 100);
    (void)ym_fault_malloc(1, 1);
    CHECK_EQ(ym_html_normalise((const uint8_t *)page, sizeof(page) - 1, &small, &text), YM_NOMEM);
    (void)ym_fault_malloc(0, 0);
    ym_buf_done(&small);
    ym_buf_done(&text);
}

MAIN(T(tags_and_text_are_folded), T(comments_go_and_scripts_lose_their_blanks),
     T(references_become_bytes), T(values_keep_double_quotes_only),
     T(links_and_pictures_show_in_the_text), T(every_prefix_is_normalised_within_its_room),
     T(data_urls_are_found_and_decoded), T(no_memory_and_no_room_are_told))
