/* test_nvd.c - entries of the vulnerability database, the pieces of its files, the counts.  The
 * entries are made here, after the published schemas (API 2.0, feed 1.1). */
#include "feeds/nvd.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char text[1 << 20];

/* An entry of form 2.0; metrics and cpes as JSON of their own. */
static const char *entry20(const char *id, const char *published, const char *status,
                           const char *metrics, const char *cpes) {
    (void)snprintf(
        text, sizeof(text),
        "{\"cve\":{\"id\":\"%s\",\"sourceIdentifier\":\"x@example\",\"published\":\"%s\","
        "\"lastModified\":\"%s\",\"vulnStatus\":\"%s\",\"descriptions\":[{\"lang\":"
        "\"en\",\"value\":\"a \\\"text\\\" with } and ]\"}],\"metrics\":{%s},"
        "\"weaknesses\":[],\"configurations\":[{\"nodes\":[{\"operator\":\"OR\","
        "\"negate\":false,\"cpeMatch\":[%s]}]}],\"references\":[]}}",
        id, published, published, status, metrics, cpes);
    return text;
}

static const char v2_high[] =
    "\"cvssMetricV2\":[{\"source\":\"nvd@nist.gov\",\"type\":\"Primary\",\"cvssData\":{\"version\":"
    "\"2.0\",\"baseScore\":7.0,\"accessComplexity\":\"MEDIUM\"},\"baseSeverity\":\"HIGH\"}]";
static const char v3_critical[] =
    "\"cvssMetricV31\":[{\"type\":\"Secondary\",\"cvssData\":{\"baseScore\":2.0,\"baseSeverity\":"
    "\"LOW\",\"attackComplexity\":\"HIGH\"}},{\"type\":\"Primary\",\"cvssData\":{\"baseScore\":9.8,"
    "\"baseSeverity\":\"CRITICAL\",\"attackComplexity\":\"LOW\"}}]";
static const char v4_medium[] =
    "\"cvssMetricV40\":[{\"type\":\"Secondary\",\"cvssData\":{\"baseScore\":5.0,\"baseSeverity\":"
    "\"MEDIUM\",\"attackComplexity\":\"HIGH\"}}]";

#define CPE(vulnerable, name) "{\"vulnerable\":" vulnerable ",\"criteria\":\"" name "\"}"

static struct ym_nvd_entry read_entry(const char *json) {
    struct ym_nvd_entry e;
    struct ym_err err = {0};
    ym_status st = ym_nvd_entry_read(json, strlen(json), &e, &err);

    if (st != YM_OK) {
        FAIL("%s: %s", ym_status_name(st), err.text);
    }
    return e;
}

static void severity_is_that_of_version_2_where_there_is_one(void) {
    char both[2048];
    struct ym_nvd_entry e;

    (void)snprintf(both, sizeof(both), "%s,%s", v3_critical, v2_high);
    e = read_entry(entry20("CVE-2008-4250", "2008-10-23T22:00:01.357", "Analyzed", both,
                           CPE("true", "cpe:2.3:o:microsoft:windows_xp:-:sp2:*:*:*:*:*:*")));
    CHECK_EQ(e.year, 2008);
    CHECK_EQ(e.number, 4250);
    CHECK_EQ(e.month, 2008 * 12 + 9);
    CHECK_EQ(e.severity, YM_NVD_HIGH);
    CHECK_EQ(e.score, YM_NVD_V2);
    CHECK_EQ(e.complexity, YM_NVD_LESS_EASY);
    CHECK_EQ(e.product, YM_NVD_OS);
    CHECK_EQ(e.n_vendors, 1);
    CHECK(strcmp(e.vendor[0], "microsoft") == 0);
}

static void later_versions_state_their_severity(void) {
    struct ym_nvd_entry e = read_entry(
        entry20("CVE-2023-0001", "2023-01-01T00:00:00.000", "Analyzed", v3_critical, ""));

    CHECK_EQ(e.severity, YM_NVD_HIGH); /* the database's own, not the first */
    CHECK_EQ(e.score, YM_NVD_V3);
    CHECK_EQ(e.complexity, YM_NVD_EASY);
    CHECK_EQ(e.product, YM_NVD_OTHER);
    e = read_entry(entry20("CVE-2024-0001", "2024-01-01T00:00:00.000", "Received", v4_medium, ""));
    CHECK_EQ(e.severity, YM_NVD_MEDIUM);
    CHECK_EQ(e.score, YM_NVD_V4);
    CHECK_EQ(e.complexity, YM_NVD_HARD);
    e = read_entry(entry20("CVE-2024-1234567", "2024-01-01T00:00:00.000", "Received", "", ""));
    CHECK_EQ(e.severity, YM_NVD_NO_SEVERITY);
    CHECK_EQ(e.number, 1234567);
}

static void scores_of_version_2_have_their_bounds(void) {
    static const struct {
        const char *score;
        uint8_t severity;
    } rows[] = {{"10.0", YM_NVD_HIGH},        {"7.0", YM_NVD_HIGH}, {"6.9", YM_NVD_MEDIUM},
                {"4", YM_NVD_MEDIUM},         {"3.9", YM_NVD_LOW},  {"0", YM_NVD_LOW},
                {"\"9\"", YM_NVD_NO_SEVERITY}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char metric[256];

        (void)snprintf(metric, sizeof(metric),
                       "\"cvssMetricV2\":[{\"type\":\"Primary\",\"cvssData\":{\"baseScore\":%s}}]",
                       rows[i].score);
        CHECK_EQ(read_entry(entry20("CVE-2009-0001", "2009-01-01T00:00", "Analyzed", metric, ""))
                     .severity,
                 rows[i].severity);
    }
}

static void what_it_runs_on_is_not_what_it_is_in(void) {
    struct ym_nvd_entry e = read_entry(
        entry20("CVE-2009-0075", "2009-02-10T00:00", "Analyzed", v2_high,
                CPE("true", "cpe:2.3:a:microsoft:internet_explorer:7:*:*:*:*:*:*:*") "," CPE(
                    "false", "cpe:2.3:o:vendor_x:system:-:*:*:*:*:*:*:*")));

    CHECK_EQ(e.product, YM_NVD_BROWSER);
    CHECK_EQ(e.n_vendors, 1);
    e = read_entry(entry20(
        "CVE-2009-0002", "2009-02-10T00:00", "Analyzed", v2_high,
        CPE("true", "cpe:2.3:a:a\\\\:b:tool:1:*") "," CPE(
            "true", "cpe:2.3:o:debian:linux:4:*") "," CPE("true", "cpe:2.3:o:debian:linux:5:*")));
    CHECK_EQ(e.product, YM_NVD_APPLICATION);
    CHECK_EQ(e.n_vendors, 2);
    CHECK(strcmp(e.vendor[0], "a:b") == 0); /* escaped */
    e = read_entry(entry20("CVE-2009-0003", "2009-02-10T00:00", "Analyzed", v2_high,
                           CPE("true", "cpe:2.3:h:cisco:router:-:*")));
    CHECK_EQ(e.product, YM_NVD_OTHER);
}

static const char item11[] =
    "{\"cve\":{\"data_type\":\"CVE\",\"CVE_data_meta\":{\"ID\":\"CVE-2008-4844\"},\"description\":"
    "{\"description_data\":[{\"lang\":\"en\",\"value\":\"%s\"}]}},\"configurations\":{"
    "\"CVE_data_version\":\"4.0\",\"nodes\":[{\"operator\":\"AND\",\"children\":[{\"operator\":"
    "\"OR\",\"cpe_match\":[{\"vulnerable\":true,\"cpe23Uri\":\"cpe:2.3:a:microsoft:"
    "internet_explorer:7:*:*:*:*:*:*:*\"}]},{\"operator\":\"OR\",\"cpe_match\":[{\"vulnerable\":"
    "false,\"cpe23Uri\":\"cpe:2.3:o:microsoft:windows_xp:*:*:*:*:*:*:*:*\"}]}]}]},\"impact\":{"
    "\"baseMetricV2\":{\"cvssV2\":{\"baseScore\":9.3,\"accessComplexity\":\"MEDIUM\"},\"severity\":"
    "\"HIGH\"}},\"publishedDate\":\"2008-12-11T15:30Z\",\"lastModifiedDate\":\"2018-10-12T21:"
    "49Z\"}";

static void the_older_form_is_read(void) {
    char json[4096];
    struct ym_nvd_entry e;
    struct ym_err err = {0};

    (void)snprintf(json, sizeof(json), item11, "A text."); /* NOLINT */
    e = read_entry(json);
    CHECK_EQ(e.month, 2008 * 12 + 11);
    CHECK_EQ(e.product, YM_NVD_BROWSER);
    CHECK_EQ(e.severity, YM_NVD_HIGH);
    (void)snprintf(json, sizeof(json), item11, "** REJECT ** not one"); /* NOLINT */
    CHECK_EQ(ym_nvd_entry_read(json, strlen(json), &e, &err), YM_END);
}

static void rejected_ones_are_left_out(void) {
    struct ym_nvd_entry e;
    struct ym_err err = {0};
    const char *json = entry20("CVE-2008-0001", "2008-10-23T22:00", "Rejected", v2_high, "");

    CHECK_EQ(ym_nvd_entry_read(json, strlen(json), &e, &err), YM_END);
}

static void what_is_no_entry_is_refused_with_a_reason(void) {
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "7",
        "{}",
        "{\"cve\":7}",
        "{\"cve\":{}}",
        "{\"cve\":{\"id\":\"CVE-1\"}}",
        "{\"cve\":{\"id\":\"CVE-2008-4250\"}}",
        "{\"cve\":{\"id\":\"CVE-2008-4250\",\"published\":\"soon\"}}",
        "{\"cve\":{\"id\":\"CVE-2008-99999999999\",\"published\":\"2008-10-23T22:00\"}}",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ym_nvd_entry e;
        struct ym_err err = {0};

        CHECK_EQ(ym_nvd_entry_read(bad[i], strlen(bad[i]), &e, &err), YM_MALFORMED);
        CHECK(err.text[0] != '\0');
    }
}

static void every_prefix_of_an_entry_is_refused(void) {
    const char *json = entry20("CVE-2008-4250", "2008-10-23T22:00", "Analyzed", v2_high,
                               CPE("true", "cpe:2.3:o:microsoft:windows_xp:-:sp2:*"));
    size_t n = strlen(json);

    for (size_t cut = 0; cut < n; cut++) {
        struct ym_nvd_entry e = {.year = 77};
        struct ym_err err = {0};

        CHECK_EQ(ym_nvd_entry_read(json, cut, &e, &err), YM_MALFORMED);
        CHECK_EQ(e.year, 77);
    }
}

/* --- pieces --- */

struct seen {
    unsigned n, too_large;
    size_t bytes;
    uint64_t last_line;
};

static ym_status on_piece(void *user, const char *json, size_t n, uint64_t line, bool too_large,
                          struct ym_err *err) {
    struct seen *s = user;

    (void)err;
    if (!too_large) {
        CHECK(n >= 2 && json[0] == '{' && json[n - 1] == '}');
    }
    s->n++;
    s->too_large += too_large;
    s->bytes += n;
    s->last_line = line;
    return YM_OK;
}

/* Fed in pieces of `step` bytes. */
static ym_status split(const char *s, size_t n, size_t step, struct seen *seen,
                       struct ym_err *err) {
    struct ym_nvd_split *p = ym_nvd_split_new(on_piece, seen);
    ym_status st = YM_OK;

    CHECK(p != NULL);
    for (size_t at = 0; st == YM_OK && at < n; at += step) {
        st = ym_nvd_split_feed(p, s + at, n - at < step ? n - at : step, "f.json", err);
    }
    if (st == YM_OK) {
        st = ym_nvd_split_end(p, "f.json", err);
    }
    ym_nvd_split_free(p);
    return st;
}

static const char file20[] = "{\"format\":\"NVD_CVE\",\"x\":[{\"vulnerabilities\":[{}]}],\n"
                             "\"a \\\" b\":\"vulnerabilities\",\"vulnerabilities\":[\n"
                             "{\"cve\":{\"t\":\"}]\\\"{\"}},\n"
                             "{\"cve\":{}}],\"end\":{\"vulnerabilities\":[{\"no\":1}]}}\n";

static void entries_are_found_however_the_file_is_cut(void) {
    for (size_t step = 1; step < sizeof(file20); step++) {
        struct seen seen = {0};
        struct ym_err err = {0};

        CHECK_EQ(split(file20, sizeof(file20) - 1, step, &seen, &err), YM_OK);
        CHECK_EQ(seen.n, 2);
        CHECK_EQ(seen.last_line, 4);
        CHECK_EQ(seen.bytes, strlen("{\"cve\":{\"t\":\"}]\\\"{\"}}") + strlen("{\"cve\":{}}"));
    }
}

static void every_prefix_of_a_file_is_refused(void) {
    size_t whole = sizeof(file20) - 2; /* without the last newline */

    for (size_t n = 0; n < whole; n++) {
        struct seen seen = {0};
        struct ym_err err = {0};
        ym_status st = split(file20, n, 7, &seen, &err);

        if (st != YM_TRUNCATED && st != YM_MALFORMED) {
            FAIL("%zu bytes: %s", n, ym_status_name(st));
        }
        CHECK(strcmp(err.file, "f.json") == 0);
    }
}

static void other_files_are_refused(void) {
    static const char *const bad[] = {
        "[]",   "x",     "{}", "{]", "{\"a\":[}", "{\"a\":1}}", "\"a\"", "{\"vulnerabilities\":{}}",
        "{} x", "<html>"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct seen seen = {0};
        struct ym_err err = {0};

        if (split(bad[i], strlen(bad[i]), 3, &seen, &err) != YM_MALFORMED) {
            FAIL("%s was taken", bad[i]);
        }
    }
}

static void depth_has_a_limit(void) {
    static char deep[400];
    struct seen seen = {0};
    struct ym_err err = {0};

    memset(deep, '[', sizeof(deep));
    memcpy(deep, "{\"a\":", 5);
    CHECK_EQ(split(deep, sizeof(deep), 400, &seen, &err), YM_MALFORMED);
    CHECK(strstr(err.text, "64 deep") != NULL);
}

static void an_entry_that_is_too_large_is_passed_over(void) {
    size_t n = YM_NVD_ENTRY_MAX + (1 << 20);
    char *big = malloc(n);
    struct seen seen = {0};
    struct ym_err err = {0};
    static const char head[] = "{\"CVE_Items\":[{\"a\":\"";
    static const char tail[] = "\"},{\"b\":1}]}";

    CHECK(big != NULL);
    memset(big, 'x', n);
    memcpy(big, head, sizeof(head) - 1);
    memcpy(big + n - (sizeof(tail) - 1), tail, sizeof(tail) - 1);
    CHECK_EQ(split(big, n, 65536, &seen, &err), YM_OK);
    CHECK_EQ(seen.n, 2);
    CHECK_EQ(seen.too_large, 1);
    CHECK_EQ(seen.bytes, 7);
    free(big);
}

/* --- the count --- */

static char path[] = "/tmp/ym-nvd-XXXXXX";

static void write_file(const char *s) {
    FILE *f = fopen(path, "wb");

    CHECK(f != NULL && fwrite(s, 1, strlen(s), f) == strlen(s) && fclose(f) == 0);
}

static json_t *figures(const char *const *files, size_t n, const struct ym_nvd_options *o) {
    struct ym_nvd *nvd = NULL;
    struct ym_err err = {0};
    struct ym_buf out;
    json_error_t where;
    json_t *v;

    ym_buf_init(&out, 1 << 20);
    CHECK_EQ(ym_nvd_new(o, &nvd, &err), YM_OK);
    for (size_t i = 0; i < n; i++) {
        ym_status st;

        write_file(files[i]);
        st = ym_nvd_add(nvd, path, &err);
        if (st != YM_OK) {
            FAIL("%s: %s", ym_status_name(st), err.text);
        }
    }
    CHECK_EQ(ym_nvd_json(nvd, &out, &err), YM_OK);
    v = json_loadb((const char *)out.data, out.len, JSON_REJECT_DUPLICATES, &where);
    if (v == NULL) {
        FAIL("not JSON: %s at %d", where.text, where.position);
    }
    ym_nvd_free(nvd);
    ym_buf_done(&out);
    return v;
}

/* x of a cell; -1: there is none. */
static long long x_of(const json_t *v, const char *table, const char *key1, const char *key2) {
    const json_t *cells = json_object_get(json_object_get(v, table), "cells");
    size_t i;
    const json_t *c;

    json_array_foreach(cells, i, c) {
        const json_t *key = json_object_get(c, "key");

        if (strcmp(json_string_value(json_array_get(key, 0)), key1) == 0 &&
            (key2 == NULL || strcmp(json_string_value(json_array_get(key, 1)), key2) == 0)) {
            return json_integer_value(json_object_get(c, "x"));
        }
    }
    return -1;
}

static void append(char *out, const char *entry, bool first) {
    if (!first) {
        strcat(out, ",\n"); /* NOLINT */
    }
    strcat(out, entry); /* NOLINT */
}

static void halves_add_up(void) {
    static char file[1 << 16];
    static char change[4096];
    const char *files[2] = {file, change};
    struct ym_nvd_options all = {0};
    struct ym_period first_half = {2009 * 12, 6};
    struct ym_nvd_options one = {.periods = &first_half, .n_periods = 1};
    char id[32];
    json_t *v;

    (void)snprintf(file, sizeof(file), "{\"vulnerabilities\":[");
    for (int i = 0; i < 24; i++) {
        char date[32];
        char cpe[128];

        (void)snprintf(id, sizeof(id), "CVE-2009-%04d", i + 1);
        (void)snprintf(date, sizeof(date), "2009-%02d-15T00:00:00.000", i / 2 + 1);
        (void)snprintf(cpe, sizeof(cpe), CPE("true", "cpe:2.3:a:vendor%02d:tool:1:*"), i / 2);
        append(file, entry20(id, date, i == 23 ? "Rejected" : "Analyzed", v2_high, cpe), i == 0);
    }
    strcat(file, ",\n{\"cve\":{\"id\":\"broken\"}}]}"); /* NOLINT */
    (void)snprintf(change, sizeof(change), "{\"vulnerabilities\":[%.3900s]}",
                   entry20("CVE-2009-0001", "2009-12-15T00:00:00.000", "Modified", v4_medium, ""));
    v = figures(files, 2, &all);
    CHECK_EQ(x_of(v, "half", "1H09", NULL), 11); /* one was moved by its change */
    CHECK_EQ(x_of(v, "half", "2H09", NULL), 12);
    CHECK_EQ(x_of(v, "severity", "1H09", "high"), 11);
    CHECK_EQ(x_of(v, "severity", "2H09", "high"), 11);
    CHECK_EQ(x_of(v, "severity", "2H09", "medium"), 1);
    CHECK_EQ(x_of(v, "severity", "1H09", "low"), -1);
    CHECK_EQ(x_of(v, "complexity", "1H09", "medium"), 11);
    CHECK_EQ(x_of(v, "product", "2H09", "other"), 1);
    CHECK_EQ(x_of(v, "score", "2H09", "v4"), 1);
    /* Twelve vendors: 00 and 11 have one entry, the others two. */
    CHECK_EQ(x_of(v, "vendor", "1H09", "vendor01"), 2);
    CHECK_EQ(x_of(v, "vendor", "1H09", "other"), 1);
    CHECK_EQ(x_of(v, "vendor", "2H09", "other"), 2);
    CHECK_EQ(json_integer_value(
                 json_object_get(json_array_get(json_object_get(v, "sources"), 0), "rejected")),
             1);
    CHECK_EQ(json_integer_value(
                 json_object_get(json_array_get(json_object_get(v, "sources"), 0), "refused")),
             1);
    json_decref(v);
    v = figures(files, 2, &one);
    CHECK_EQ(x_of(v, "half", "1H09", NULL), 12); /* the change lies outside */
    CHECK_EQ(x_of(v, "half", "2H09", NULL), -1);
    json_decref(v);
}

static void every_allocation_may_fail(void) {
    static char file[4096];
    unsigned caused = 1;

    (void)snprintf(file, sizeof(file), "{\"vulnerabilities\":[%.3900s]}",
                   entry20("CVE-2009-0001", "2009-12-15T00:00:00.000", "Modified", v2_high,
                           CPE("true", "cpe:2.3:a:vendor:tool:1:*")));
    write_file(file);
    for (unsigned nth = 1; caused > 0; nth++) {
        struct ym_nvd_options all = {0};
        struct ym_nvd *nvd = NULL;
        struct ym_err err = {0};
        struct ym_buf out;
        ym_status st;

        ym_buf_init(&out, 1 << 20);
        (void)ym_fault_malloc(nth, 0);
        st = ym_nvd_new(&all, &nvd, &err);
        st = st == YM_OK ? ym_nvd_add(nvd, path, &err) : st;
        st = st == YM_OK ? ym_nvd_json(nvd, &out, &err) : st;
        caused = ym_fault_malloc(0, 0);
        if (caused > 0) {
            CHECK_EQ(st, YM_NOMEM);
        } else {
            CHECK_EQ(st, YM_OK);
        }
        ym_nvd_free(nvd);
        ym_buf_done(&out);
    }
}

int main(void) {
    static const struct ym_test tests[] = {T(severity_is_that_of_version_2_where_there_is_one),
                                           T(later_versions_state_their_severity),
                                           T(scores_of_version_2_have_their_bounds),
                                           T(what_it_runs_on_is_not_what_it_is_in),
                                           T(the_older_form_is_read),
                                           T(rejected_ones_are_left_out),
                                           T(what_is_no_entry_is_refused_with_a_reason),
                                           T(every_prefix_of_an_entry_is_refused),
                                           T(entries_are_found_however_the_file_is_cut),
                                           T(every_prefix_of_a_file_is_refused),
                                           T(other_files_are_refused),
                                           T(depth_has_a_limit),
                                           T(an_entry_that_is_too_large_is_passed_over),
                                           T(halves_add_up),
                                           T(every_allocation_may_fail)};
    int fd = mkstemp(path);
    int bad;

    if (fd < 0) {
        return 1;
    }
    (void)close(fd);
    bad = ym_test_main(tests, sizeof(tests) / sizeof(tests[0]));
    (void)unlink(path);
    return bad;
}
