/* Links of a page, as clamscan 1.4.6 --debug listed them for the same pages ("Checking url"); and
 * their URLs, as it cleaned, compared and hashed them. */
#include "formats/links.h"
#include "formats/url.h"

#include "base/buf.h"
#include "ym_test.h"

#include <stdlib.h>

static struct ym_buf lines;

static bool write_link(void *self, const struct ym_link *l) {
    (void)self;
    ym_buf_printf(&lines, "%.*s -> %.*s\n", (int)l->n_real, l->real, (int)l->n_shown, l->shown);
    return true;
}

static void links_of(const char *page, const char *want) {
    ym_buf_done(&lines);
    ym_buf_init(&lines, 1 << 20);
    ym_buf_add_text(&lines, "");
    CHECK_EQ(ym_links_find((const uint8_t *)page, strlen(page), write_link, NULL), YM_OK);
    if (strcmp(lines.len == 0 ? "" : (const char *)lines.data, want) != 0) {
        FAIL("%s\n# got:\n%s# want:\n%s", page, (const char *)lines.data, want);
    }
}

static void a_link_shows_its_text(void) {
    links_of("<a href=\"http://x.y\">bank<b>.c</b>om</a>", "http://x.y -> bank.com\n");
    links_of("<A HREF=http://x.y>bank.com", "http://x.y -> bank.com\n");
    links_of("<a href='http://x.y'>bank<a>.com</a> more", "http://x.y -> bank.com\n");
    links_of("<a name=x>bank.com</a>", "");
    links_of("<a href=\"http://x.y\">ba<!-- nk -->nk.com</a>", "http://x.y -> ba\n");
    links_of("<a href=\"http://x.y\"><script>a<b</script>bank.com</a>", "http://x.y -> bank.com\n");
    links_of("<a href=\"http://a.b\">one<a href=\"http://c.d\">two</a>",
             "http://a.b -> one\nhttp://c.d -> two\n");
    links_of("<a href=\"http://q.q\" href=\"http://x.y\">z</a>", "http://q.q -> z\n");
    links_of("<a href= \"http://x.y\"title=bank.com>x</a>",
             "http://x.y -> bank.com\nhttp://x.y -> x\n");
}

static void references_are_decoded_in_attributes_only(void) {
    links_of("<a href=\"http:&#47;&#x2f;x&period;y\">b&#97;nk</a>", "http://x.y -> b&#97;nk\n");
    links_of("<a href=\"http://x.y?a&b=&amp;&;&#;&#x;&#999;\">t</a>",
             "http://x.y?a&b=&&;&#;&#x;&#999; -> t\n");
}

static void pictures_and_forms_make_pairs(void) {
    links_of("<a href=\"http://x.y\"><img dynsrc=\"http://bank.com/\"></a>",
             "http://x.y -> http://bank.com/\nhttp://x.y -> \n");
    links_of("<a href=\"http://x.y\"><area href=\"http://bank.com\"></a>",
             "http://x.y -> http://bank.com\nhttp://x.y -> \n");
    links_of("<form action=\"http://x.y\"><a href=\"http://z.z\">"
             "<iframe src=\"http://bank.com\"></a></form><img src=i>",
             "http://x.y -> http://z.z\nhttp://z.z -> http://bank.com\n"
             "http://x.y -> http://bank.com\nhttp://z.z -> \n");
}

static void without_tags_the_text_is_searched(void) {
    links_of("see http://evil.test/<b> or ftp://a.b/c ok https://no.no",
             "http://evil.test/<b> -> \nftp://a.b/c -> \n");
    links_of("http://evil.test/ <img src=x>", "");
}

static bool count_link(void *self, const struct ym_link *l) {
    size_t *n = self;

    (*n)++;
    return l->n_real > 0 && l->n_shown <= YM_LINK_MAX;
}

static void every_prefix_and_long_texts_end(void) {
    static const char page[] =
        "<form action='http://a.b'><a href=\"http://c.d&#4\" title=t>x<!-- y "
        "--><img src=z><style>q</style></a></form>";
    struct ym_buf all;
    size_t n = 0;

    for (size_t i = 0; i < sizeof(page); i++) {
        uint8_t *copy = malloc(i == 0 ? 1 : i);

        memcpy(copy, page, i);
        CHECK_EQ(ym_links_find(copy, i, count_link, &n), YM_OK);
        free(copy);
    }
    ym_buf_init(&all, 1 << 20);
    ym_buf_add_text(&all, "<a href=");
    memset(ym_buf_room(&all, 9000), 'u', 9000);
    ym_buf_add_text(&all, ">");
    memset(ym_buf_room(&all, 9000), 't', 9000);
    n = 0;
    CHECK_EQ(ym_links_find(all.data, all.len, count_link, &n), YM_OK);
    ym_buf_done(&all);
    CHECK_EQ(n, 1);
}

/* ---- URLs ------------------------------------------------------------------------------------ */

static void clean(const char *in, bool shown, const char *want) {
    struct ym_url u;
    bool is_url = ym_url_clean(in, strlen(in), shown, &u);

    if (!is_url || want == NULL) {
        if (is_url != (want != NULL)) {
            FAIL("%s: %s", in, is_url ? "taken for a URL" : "not taken for a URL");
        }
        return;
    }
    if (u.n != strlen(want) || memcmp(u.text, want, u.n) != 0) {
        FAIL("%s: got %.*s, want %s", in, (int)u.n, u.text, want);
    }
}

static void where_a_link_leads_is_cut_to_its_host(void) {
    clean("http://evil.test/x", false, "http://evil.test");
    clean(" http://EVIL.test:8080/x?y#z", false, "http://evil.test");
    clean("http://ev il.test\\x", false, "http://evil.test");
    clean("http://%65vil.test/%41", false, "http://evil.test");
    clean("http://u:p@bank.com", false, "http://u");
    clean("evil.com/x", false, "evil.com");
    clean("https:evil.com", false, "https:evil.com");
    clean("www.evil.test", false, NULL);
    clean("mailto:a@evil.test", false, NULL);
    clean("HTTP://EVIL.test", false, NULL);
    clean("javascript:x", false, NULL);
    clean("", false, NULL);
}

static void what_is_shown_is_freed_from_its_surroundings(void) {
    clean("  (Bank.Com). ", true, "bank.com");
    clean("http:// bank.com", true, "http://bank.com");
    clean("go to bank.com", true, "gotobank.com");
    clean("bank.com.invalid", true, "bank.com");
    clean("bank.com.foo.bar", true, "bank.com");
    clean("bank.com.b.de.x", true, "bank.com.b.de");
    clean("foo.example.com@bank.com", true, "foo.example.com@bank.com");
    clean("mailto:x@bank.com", true, "mailto:x@bank.com");
    clean("bank\xa0.com", true, "bank.com");
    clean("HTTPS://bank.com", true, "HTTPS://bank.com");
    clean("a@bank.com", true, NULL);
    clean("bank.com-x.foo", true, NULL);
    clean("bank.com:443", true, NULL);
    clean("bank..com", true, NULL);
    clean("bank.example", true, NULL);
    clean("click here", true, NULL);
}

static bool same(const char *real, const char *shown) {
    struct ym_url r;
    struct ym_url s;

    CHECK(ym_url_clean(real, strlen(real), false, &r));
    CHECK(ym_url_clean(shown, strlen(shown), true, &s));
    return ym_url_same_domain(&r, &s);
}

static void domains_are_compared_under_their_suffix(void) {
    CHECK(same("http://x.bank.com", "y.bank.com"));
    CHECK(same("http://x.bank.co.uk", "y.bank.co.uk"));
    CHECK(same("http://x.foo.uk", "y.foo.uk"));
    CHECK(same("http://x.co.com", "y.co.com"));
    CHECK(same("http://bank.com", "go to bank.com"));
    CHECK(!same("http://x.co.uk", "y.co.uk"));
    CHECK(!same("http://x.com.de", "y.com.de"));
    CHECK(!same("http://bank.com.evil.test", "bank.com"));
    CHECK(!same("http://bank.com@evil.test", "bank.com"));
    CHECK(!same("http://x", "bank.com"));
}

static void a_null_counts_in_the_host_only(void) {
    struct ym_url u;

    CHECK(ym_url_clean("http://evil%00.test/", 20, false, &u) && u.has_null);
    CHECK(ym_url_clean("http://a@x%01/", 14, false, &u) && u.has_null);
    CHECK(ym_url_clean("http://evil.test/%00", 20, false, &u) && !u.has_null);
    CHECK(ym_url_clean("http://evil.test/?q=%00", 23, false, &u) && !u.has_null);
}

static bool write_form(void *self, const char *form, size_t n) {
    (void)self;
    ym_buf_printf(&lines, "%.*s ", (int)n, form);
    return true;
}

static void forms(const char *url, const char *want) {
    ym_buf_done(&lines);
    ym_buf_init(&lines, 1 << 20);
    ym_buf_add_text(&lines, "");
    ym_url_forms(url, strlen(url), write_form, NULL);
    if (strcmp(lines.len == 0 ? "" : (const char *)lines.data, want) != 0) {
        FAIL("%s: got %s, want %s", url, (const char *)lines.data, want);
    }
}

static void forms_to_be_hashed_are_the_peers(void) {
    forms("http://EVIL.test", "evil.test/ evil.test/ evil.test/ ");
    forms("http://x.evil.test/a?b", "evil.test/ x.evil.test/ evil.test/a x.evil.test/a "
                                    "evil.test/a?b x.evil.test/a?b ");
    forms("http://evil.test/1/x.html?q/r=1",
          "evil.test/ evil.test/1/ evil.test/1/x.html?q/ evil.test/1/x.html "
          "evil.test/1/x.html?q/r=1 ");
    forms("http://a.b.c.d.e.f.evil.test", "evil.test/ f.evil.test/ e.f.evil.test/ d.e.f.evil.test/ "
                                          "a.b.c.d.e.f.evil.test/ evil.test/ f.evil.test/ "
                                          "e.f.evil.test/ d.e.f.evil.test/ a.b.c.d.e.f.evil.test/ "
                                          "evil.test/ f.evil.test/ e.f.evil.test/ d.e.f.evil.test/ "
                                          "a.b.c.d.e.f.evil.test/ ");
    forms("http://user@evil.test/a/./b/../c", "evil.test/ evil.test/a/ evil.test/a/c "
                                              "evil.test/a/c ");
    forms("http://evil.test/a%2520b#c", "evil.test/ evil.test/a%20b%23c evil.test/a%20b%23c ");
    forms("http://evil.test:80/a", "evil.test/ evil.test/80/ evil.test/80/a evil.test/80/a ");
    forms("www.evil.com/x", "");
}

MAIN(T(a_link_shows_its_text), T(references_are_decoded_in_attributes_only),
     T(pictures_and_forms_make_pairs), T(without_tags_the_text_is_searched),
     T(every_prefix_and_long_texts_end), T(where_a_link_leads_is_cut_to_its_host),
     T(what_is_shown_is_freed_from_its_surroundings), T(domains_are_compared_under_their_suffix),
     T(a_null_counts_in_the_host_only), T(forms_to_be_hashed_are_the_peers))
