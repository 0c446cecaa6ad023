/* test_feeds.c - from files to figures. */
#include "feeds/feeds.h"

#include "../../makers/make_mmdb.h"
#include "base/alloc.h"
#include "feeds/input.h"
#include "table.h"
#include "ym_test.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/ym-feeds-XXXXXX";
static char path[64], mmdb[64];
static struct ym_feeds *feeds;
static uint64_t min_found = 1;

static const struct make_mmdb_net nets[] = {
    {0xc0000200, 24, "JP"}, /* 192.0.2.0: 256 hosts, too few to be shown */
    {0xcb007100, 24, "DE"}, /* 203.0.113.0 */
    {0x0a000000, 16, "DE"}, /* 65,536 more */
    {0x0b000000, 22, "US"},
};

static void begin(const struct ym_period *periods, size_t n) {
    struct ym_feeds_options o = {.periods = periods, .n_periods = n, .min_found = min_found};
    struct ym_err err = {0};

    ym_feeds_free(feeds);
    feeds = NULL;
    CHECK_EQ(ym_feeds_new(&o, &feeds, &err), YM_OK);
    CHECK(make_mmdb_file(mmdb, nets, sizeof(nets) / sizeof(nets[0]), false, false));
    CHECK_EQ(ym_feeds_geo(feeds, mmdb, &err), YM_OK);
}

static void write_bytes(const void *s, size_t n) {
    FILE *f = fopen(path, "wb");

    CHECK(f != NULL && fwrite(s, 1, n, f) == n && fclose(f) == 0);
}

static ym_status add(enum ym_feed_kind kind, const char *text, struct ym_err *err) {
    write_bytes(text, strlen(text));
    return ym_feeds_add(feeds, kind, path, err);
}

static const struct ym_feed_source *added(enum ym_feed_kind kind, const char *text) {
    struct ym_err err = {0};
    char line[900];

    if (add(kind, text, &err) != YM_OK) {
        FAIL("%s", ym_err_format(&err, line, sizeof(line)));
    }
    return ym_feeds_source(feeds, ym_feeds_n_sources(feeds) - 1);
}

static json_t *figures(void) {
    struct ym_err err = {0};
    struct ym_buf out;
    json_error_t where;
    json_t *v;

    ym_buf_init(&out, YM_FEED_JSON_MAX);
    CHECK_EQ(ym_feeds_json(feeds, &out, &err), YM_OK);
    v = json_loadb((const char *)out.data, out.len, JSON_REJECT_DUPLICATES, &where);
    if (v == NULL) {
        FAIL("not JSON: %s at %d", where.text, where.position);
    }
    ym_buf_done(&out);
    return v;
}

static const json_t *cell(const json_t *v, const char *table, const char *key1, const char *key2) {
    const json_t *cells = json_object_get(json_object_get(v, table), "cells");
    size_t i;
    const json_t *c;

    json_array_foreach(cells, i, c) {
        const json_t *key = json_object_get(c, "key");

        if (strcmp(json_string_value(json_array_get(key, 0)), key1) == 0 &&
            (key2 == NULL || strcmp(json_string_value(json_array_get(key, 1)), key2) == 0)) {
            return c;
        }
    }
    return NULL;
}

static long long number(const json_t *c, const char *name) {
    return c == NULL ? -1 : (long long)json_number_value(json_object_get(c, name));
}

static const char urlhaus[] =
    "################\n"
    "# id,dateadded,url,url_status,threat,tags,urlhaus_link,reporter\n"
    "\"1\",\"2018-05-26 10:44:18\",\"http://a.example.de/x\",\"online\",\"malware_download\",\"\","
    "\"https://l.example/1/\",\"r\"\r\n"
    "\"2\",\"2018-05-26 11:00:00\",\"http://A.example.de/y\",\"online\",\"malware_download\",\"\","
    "\"\",\"r\"\n"
    "\"3\",\"2018-05-27 11:00:00\",\"http://203.0.113.7/z\",\"online\",\"malware_download\",\"\","
    "\"\",\"r\"\n"
    "\"4\",\"2018-06-01 11:00:00\",\"http://a.example.de/z\",\"online\",\"malware_download\",\"\","
    "\"\",\"r\"\n"
    "\"5\",\"2018-06-01 11:00:00\",\"http://b.example.com/z\",\"online\",\"drive-by\",\"\",\"\","
    "\"r\"\n"
    "\"6\",\"when?\",\"http://c.example.de/z\",\"online\",\"malware_download\",\"\",\"\",\"r\"\n"
    "\n";

static void hosts_count_once_a_month(void) {
    const struct ym_feed_source *s;
    const json_t *de;
    json_t *v;

    begin(NULL, 0);
    s = added(YM_FEED_HOSTING, urlhaus);
    CHECK_EQ(s->lines, 9);
    CHECK_EQ(s->used, 5);
    CHECK_EQ(s->refused, 1);
    CHECK_EQ(s->other, 3);
    CHECK_EQ(s->unplaced, 1);
    CHECK_EQ(s->first.line, 8);
    v = figures();
    de = cell(v, "hosting", "DE", NULL);
    CHECK_EQ(number(de, "x"), 3); /* two in May, one in June */
    CHECK_EQ(number(de, "hosts"), 65536 + 256);
    CHECK_EQ(number(de, "n"), 2 * (65536 + 256));
    CHECK_EQ(number(de, "months"), 2);
    CHECK(json_real_value(json_object_get(de, "low")) < 1000.0 * 3 / 131584);
    CHECK(json_real_value(json_object_get(de, "high")) > 1000.0 * 3 / 131584);
    CHECK(strcmp(json_string_value(json_object_get(de, "print")), "0.023") == 0);
    CHECK_EQ(number(json_object_get(v, "drive_by"), "unplaced"), 1);
    CHECK_EQ(number(cell(v, "months", "hosting", "2018-05"), "index"), 100);
    CHECK_EQ(number(cell(v, "months", "hosting", "2018-06"), "index"), 50);
    CHECK_EQ(number(json_object_get(v, "hosts"), "total"), 256 + 256 + 65536 + 1024);
    json_decref(v);
}

/* The rule of docs/formats/feeds.md, redone. */
static void the_hash_can_be_redone(void) {
    static const char lines[] = "DE\t2018-05\t65792\t2\nDE\t2018-06\t65792\t1\n";
    unsigned char digest[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof(digest) + 1];
    json_t *v;

    begin(NULL, 0);
    (void)added(YM_FEED_HOSTING, urlhaus);
    v = figures();
    (void)crypto_hash_sha256(digest, (const unsigned char *)lines, sizeof(lines) - 1);
    for (size_t i = 0; i < sizeof(digest); i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    CHECK(strcmp(hex, json_string_value(json_object_get(json_object_get(v, "hosting"), "hash"))) ==
          0);
    json_decref(v);
}

static void lists_without_a_heading_are_read_by_their_looks(void) {
    begin(NULL, 0);
    CHECK_EQ(added(YM_FEED_HOSTING, "malware_download,http://a.example.de/x,2018-05-26 10:44:18\n"
                                    "malware_download,http://b.example.de/x,2018-05-26 10:44:18")
                 ->used,
             2);
}

static void only_the_periods_count(void) {
    struct ym_period may = {2018 * 12 + 4, 1};
    const struct ym_feed_source *s;

    begin(&may, 1);
    s = added(YM_FEED_HOSTING, urlhaus);
    CHECK_EQ(s->used, 3);
    CHECK_EQ(s->outside, 2);
}

static void phishing_has_types_and_what_is_not_verified_is_not_counted(void) {
    const struct ym_feed_source *s;
    json_t *v;

    begin(NULL, 0);
    s = added(YM_FEED_PHISHING,
              "phish_id,url,phish_detail_url,submission_time,verified,verification_time,online,"
              "target\n"
              "1,https://a.example.de/,x,2018-10-25T20:11:52+00:00,yes,2018-10-25T20:20:46+00:00,"
              "yes,PayPal\n"
              "2,https://b.example.de/,x,2018-10-25T20:11:52+00:00,no,,yes,PayPal\n"
              "3,https://c.example.de/,x,2018-10-25T20:11:52+00:00,yes,2018-10-25T20:20:46+00:00,"
              "no,Other\n");
    CHECK_EQ(s->used, 2);
    CHECK_EQ(s->skipped, 1);
    s = added(YM_FEED_PHISHING, "date,URL,description\n"
                                "2018/10/04 10:12:00,http://d.example.jp/,みずほ銀行\n"
                                "2018/10/04 10:12:00,http://e.example.jp/,Amazon\n");
    CHECK_EQ(s->used, 2);
    v = figures();
    CHECK_EQ(number(cell(v, "phishing_type", "financial", NULL), "x"), 2);
    CHECK_EQ(number(cell(v, "phishing_type", "shop", NULL), "x"), 1);
    CHECK_EQ(number(cell(v, "phishing_type", "unnamed", NULL), "value"), 25);
    CHECK_EQ(number(cell(v, "phishing", "DE", NULL), "x"), 2);
    CHECK(cell(v, "phishing", "JP", NULL) == NULL); /* 256 hosts are too few for a rate */
    CHECK_EQ(number(json_object_get(json_object_get(v, "phishing"), "hidden"), "cells"), 1);
    json_decref(v);
}

static void columns_place_hosts(void) {
    json_t *v;

    begin(NULL, 0);
    (void)added(YM_FEED_DRIVE_BY, "date,url,country,asn\n"
                                  "2018-10-04,http://a.example.com/,de,\n"
                                  "2018-10-04,http://b.example.com/,,\"AS64500 X-NET, DE\"\n"
                                  "2018-10-04,http://c.example.com/,,AS64500\n");
    v = figures();
    CHECK_EQ(number(cell(v, "drive_by", "DE", NULL), "x"), 2);
    CHECK_EQ(number(json_object_get(v, "drive_by"), "unplaced"), 1);
    json_decref(v);
}

static void mail_has_stages_and_senders(void) {
    static char log[8192];
    const struct ym_feed_source *s;
    json_t *v;

    begin(NULL, 0);
    for (int i = 0; i < 6; i++) {
        char line[512];

        (void)snprintf(
            line, sizeof(line),
            "2018-05-26T10:44:18.1+02:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from "
            "unknown[203.0.113.%d]: 554 5.7.1 Service unavailable; Client host "
            "[203.0.113.%d] blocked using list.example; from=<a@b>\n",
            i, i);
        strcat(log, line); /* NOLINT */
    }
    strcat(log, /* NOLINT */
           "2018-05-26T10:44:19.1+02:00 mx rspamd[3]: <a>; task; rspamd_task_write_log: id: <m>, "
           "qid: <3AB>, ip: 203.0.113.1, from: <a@b>, (default: T (reject): [20.10/15.00] "
           "[PHISHING(4.00){}]), len: 1\n"
           "2018-05-26T10:44:19.2+02:00 mx postfix/cleanup[1]: 3AB: milter-reject: END-OF-MESSAGE "
           "from h[203.0.113.1]: 5.7.1 Spam; from=<a@b>\n"
           "2018-05-26T10:44:19.2+02:00 mx postfix/smtpd[1]: connect from h[203.0.113.1]\n");
    s = added(YM_FEED_MAIL, log);
    CHECK_EQ(s->used, 7);
    CHECK_EQ(s->again, 1); /* the server tells again what the filter told */
    CHECK_EQ(s->other, 1);
    v = figures();
    CHECK_EQ(number(cell(v, "spam", "DE", NULL), "x"), 6);
    CHECK_EQ(number(cell(v, "spam_stage", "edge", NULL), "x"), 6);
    CHECK_EQ(number(cell(v, "spam_stage", "content", NULL), "n"), 7);
    CHECK_EQ(number(cell(v, "spam_reason", "reputation", NULL), "value"), 100);
    CHECK_EQ(number(cell(v, "spam_category", "phishing", NULL), "x"), 1);
    json_decref(v);
}

static void few_of_a_place_are_not_shown(void) {
    json_t *v;

    min_found = 0;
    begin(NULL, 0);
    min_found = 1;
    (void)added(YM_FEED_MAIL, "date,address,verdict,category,stage\n"
                              "2018-05-26,203.0.113.1,spam,pharmacy,\n"
                              "2018-05-26,203.0.113.1,rejected,reputation,\n"
                              "2018-05-26,203.0.113.2,ham,,\n"
                              "2018-05-26,,spam,,edge\n");
    v = figures();
    CHECK(cell(v, "spam", "DE", NULL) == NULL);
    CHECK_EQ(number(json_object_get(json_object_get(v, "spam"), "hidden"), "cells"), 1);
    CHECK_EQ(number(cell(v, "spam_category", "pharmacy", NULL), "x"), 1);
    CHECK_EQ(number(cell(v, "spam_reason", "reputation", NULL), "x"), 1);
    CHECK_EQ(number(cell(v, "spam_stage", "edge", NULL), "x"), 2);
    CHECK_EQ(ym_feeds_source(feeds, 0)->skipped, 1);
    json_decref(v);
}

static void files_that_are_none_are_refused_with_their_line(void) {
    static const struct {
        enum ym_feed_kind kind;
        const char *text;
        unsigned line;
        ym_status status;
    } rows[] = {
        {YM_FEED_HOSTING, "# nothing\nhello\n", 2, YM_MALFORMED},
        {YM_FEED_HOSTING, "date,url\n2018-05-26,\"http://a.de\n", 2, YM_MALFORMED},
        {YM_FEED_HOSTING, "date,url\nx,http://a.de\n", 2, YM_MALFORMED},
        {YM_FEED_MAIL, "hello\nworld\n", 1, YM_MALFORMED},
        {YM_FEED_MAIL, "date,address,verdict\n2018-05-26,192.0.2.1,what\n", 2, YM_MALFORMED},
        {YM_FEED_HOSTING, "\x1f\x8b\x08 gzip", 0, YM_UNSUPPORTED},
        {YM_FEED_MAIL, "BZh9", 0, YM_UNSUPPORTED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ym_err err = {0};
        ym_status st;

        begin(NULL, 0);
        st = add(rows[i].kind, rows[i].text, &err);
        if (st != rows[i].status || err.line != rows[i].line || strcmp(err.file, path) != 0) {
            FAIL("row %zu: %s, %s:%u: %s", i, ym_status_name(st), err.file, err.line, err.text);
        }
    }
}

static void a_line_that_is_too_long_is_refused_and_the_next_one_is_read(void) {
    size_t n = (size_t)YM_FEED_BLOCK * 3;
    char *text = malloc(n + 200);
    const struct ym_feed_source *s;

    CHECK(text != NULL);
    memset(text, 'x', n);
    memcpy(text, "date,url\n", 9);
    (void)strcpy(text + n, "\n2018-05-26,http://a.example.de/\n"); /* NOLINT */
    begin(NULL, 0);
    s = added(YM_FEED_HOSTING, text);
    CHECK_EQ(s->used, 1);
    CHECK_EQ(s->refused, 1);
    CHECK_EQ(s->lines, 3);
    free(text);
}

static void every_prefix_of_a_list_is_counted_or_refused(void) {
    for (size_t n = 0; n < sizeof(urlhaus); n++) {
        struct ym_err err = {0};

        begin(NULL, 0);
        write_bytes(urlhaus, n);
        if (ym_feeds_add(feeds, YM_FEED_HOSTING, path, &err) == YM_OK) {
            const struct ym_feed_source *s = ym_feeds_source(feeds, 0);

            CHECK_EQ(s->lines, s->used + s->skipped + s->outside + s->refused + s->other);
        } else {
            CHECK_EQ(err.code, YM_MALFORMED);
        }
    }
}

static void hosts_can_be_given(void) {
    struct ym_feeds_options o = {.min_found = 1};
    struct ym_err err = {0};
    struct ym_buf out;
    json_t *v;

    ym_feeds_free(feeds);
    CHECK_EQ(ym_feeds_new(&o, &feeds, &err), YM_OK);
    ym_buf_init(&out, 1 << 20);
    CHECK_EQ(ym_feeds_json(feeds, &out, &err), YM_UNSUPPORTED); /* nobody said how many */
    ym_buf_done(&out);
    write_bytes("country,hosts\nDE,2000\nuk,1000\n", 30);
    err = (struct ym_err){0};
    CHECK_EQ(ym_feeds_hosts(feeds, path, &err), YM_OK);
    (void)added(YM_FEED_HOSTING, "date,url\n2018-05-26,http://a.de/\n2018-05-26,http://b.uk\n");
    v = figures();
    CHECK_EQ(number(cell(v, "hosting", "DE", NULL), "hosts"), 2000);
    CHECK_EQ(number(cell(v, "hosting", "GB", NULL), "x"), 1);
    json_decref(v);
    write_bytes("country,hosts\nDE,many\n", 22);
    CHECK_EQ(ym_feeds_hosts(feeds, path, &err), YM_MALFORMED);
    CHECK_EQ(err.line, 2);
}

static void intervals_are_poissons(void) {
    struct table_cell c = {.x = 0};
    char text[32];

    table_poisson(&c, 1, 1);
    CHECK(c.low == 0 && c.high > 3.8 && c.high < 3.9);
    c.x = 100;
    table_poisson(&c, 1, 1);
    CHECK(c.low > 82 && c.low < 83 && c.high > 121 && c.high < 122);
    CHECK(strcmp(table_print(0.000012345, text), "0.000012") == 0);
    CHECK(strcmp(table_print(0.95, text), "1.0") == 0);
    CHECK(strcmp(table_print(0, text), "0.0") == 0);
    CHECK(strcmp(table_print(12.34, text), "12.3") == 0);
}

static void every_allocation_may_fail(void) {
    unsigned caused = 1;

    begin(NULL, 0); /* writes the database */
    write_bytes(urlhaus, sizeof(urlhaus) - 1);
    for (unsigned nth = 1; caused > 0; nth++) {
        struct ym_feeds_options o = {0};
        struct ym_err err = {0};
        struct ym_buf out;
        ym_status st;

        ym_feeds_free(feeds);
        feeds = NULL;
        ym_buf_init(&out, 1 << 20);
        (void)ym_fault_malloc(nth, 0);
        st = ym_feeds_new(&o, &feeds, &err);
        st = st == YM_OK ? ym_feeds_geo(feeds, mmdb, &err) : st;
        st = st == YM_OK ? ym_feeds_add(feeds, YM_FEED_HOSTING, path, &err) : st;
        st = st == YM_OK ? ym_feeds_json(feeds, &out, &err) : st;
        caused = ym_fault_malloc(0, 0);
        CHECK_EQ(st, caused > 0 ? YM_NOMEM : YM_OK);
        ym_buf_done(&out);
    }
}

int main(void) {
    static const struct ym_test tests[] = {
        T(hosts_count_once_a_month),
        T(the_hash_can_be_redone),
        T(lists_without_a_heading_are_read_by_their_looks),
        T(only_the_periods_count),
        T(phishing_has_types_and_what_is_not_verified_is_not_counted),
        T(columns_place_hosts),
        T(mail_has_stages_and_senders),
        T(few_of_a_place_are_not_shown),
        T(files_that_are_none_are_refused_with_their_line),
        T(a_line_that_is_too_long_is_refused_and_the_next_one_is_read),
        T(every_prefix_of_a_list_is_counted_or_refused),
        T(hosts_can_be_given),
        T(intervals_are_poissons),
        T(every_allocation_may_fail)};
    int bad;

    if (mkdtemp(dir) == NULL) {
        return 1;
    }
    (void)snprintf(path, sizeof(path), "%s/feed", dir);
    (void)snprintf(mmdb, sizeof(mmdb), "%s/geo.mmdb", dir);
    bad = ym_test_main(tests, sizeof(tests) / sizeof(tests[0]));
    ym_feeds_free(feeds);
    (void)unlink(path);
    (void)unlink(mmdb);
    (void)rmdir(dir);
    return bad;
}
