/* page.c - the figures put into the page.  See report.h.
 *
 * The page is one HTML file made from web/; it carries its script, its style and the world's
 * shapes, and asks nobody for anything.  Four marks in it are replaced.  What comes from records
 * (names of families, systems) is hostile: inside the script element of the data every "<", ">"
 * and "&" is written as an escape of JSON, and in the title and the publisher's name the characters of HTML are entities. */
#include "report/report.h"

#include "base/text.h"

#include <string.h>

#define MODULE "report/page"

static void put_json_in_html(struct ym_buf *out, const uint8_t *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '<' || s[i] == '>' || s[i] == '&') {
            ym_buf_printf(out, "\\u%04x", s[i]);
        } else {
            ym_buf_u8(out, s[i]);
        }
    }
}

static void put_html(struct ym_buf *out, const char *s) {
    for (size_t n = strlen(s); n > 0;) {
        unsigned step = ym_utf8_length(s, n);

        if (step == 0) {
            ym_buf_add_text(out, "\xef\xbf\xbd"); /* U+FFFD */
            step = 1;
        } else if (strchr("<>&\"'", *s) != NULL) {
            ym_buf_printf(out, "&#%d;", *s);
        } else {
            ym_buf_add(out, s, step);
        }
        s += step;
        n -= step;
    }
}

/* The only place of a mark; NULL when it is missing or there twice. */
static const char *find_mark(const char *page, size_t n, const char *mark) {
    const char *at = memmem(page, n, mark, strlen(mark));
    size_t after = at == NULL ? 0 : (size_t)(at - page) + strlen(mark);

    return at == NULL || memmem(page + after, n - after, mark, strlen(mark)) != NULL ? NULL : at;
}

ym_status ym_report_page(const char *page, size_t n, const struct ym_buf *json,
                         const struct ym_report_options *options, struct ym_buf *out,
                         struct ym_err *err) {
    static const char *const marks[] = {"@YAMORI_LANG@", "@YAMORI_PUBLISHER@", "@YAMORI_TITLE@",
                                        "@YAMORI_DATA@"};
    enum { LANG, PUBLISHER, TITLE, DATA, N_MARKS };
    const char *title = options->title == NULL || options->title[0] == '\0'
                            ? "Yamori security intelligence report"
                            : options->title;
    const char *from = page;

    for (size_t i = 0; i < N_MARKS; i++) {
        const char *at = find_mark(page, n, marks[i]);

        if (at == NULL || at < from) {
            return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                           "the page's template has not exactly one %s in its place: build it "
                           "again with web/build.sh",
                           marks[i]);
        }
        ym_buf_add(out, from, (size_t)(at - from));
        if (i == LANG) {
            put_html(out, options->lang == NULL ? "en" : options->lang);
        } else if (i == PUBLISHER) {
            put_html(out, options->publisher == NULL ? "" : options->publisher);
        } else if (i == TITLE) {
            put_html(out, title);
        } else {
            put_json_in_html(out, json->data, json->len);
        }
        from = at + strlen(marks[i]);
    }
    ym_buf_add(out, from, n - (size_t)(from - page));
    if (ym_buf_status(out) != YM_OK) {
        return ym_fail(err, ym_buf_status(out), MODULE, YM_ERR_NO_OFFSET, "no memory for the page");
    }
    return YM_OK;
}
