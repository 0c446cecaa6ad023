/* nvd_entry.c - one entry of the vulnerability database.  See nvd.h; the rules are in
 * docs/formats/feeds.md. */
#include "feeds/nvd.h"

#include "feeds/csv.h"

#include <jansson.h>
#include <string.h>

#define MODULE "feeds/nvd"

enum { CHILDREN_DEPTH = 8 /* nodes inside nodes, of form 1.1 */ };

static struct ym_str text_of(const json_t *object, const char *key) {
    const json_t *v = json_object_get(object, key);

    return json_is_string(v) ? (struct ym_str){json_string_value(v), json_string_length(v)}
                             : (struct ym_str){"", 0};
}

static ym_status bad(struct ym_err *err, const char *why) {
    return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET, "%s", why);
}

/* --- who and when --- */

static bool read_id(struct ym_str id, struct ym_nvd_entry *e) {
    return id.n >= 13 && id.n <= 18 && memcmp(id.s, "CVE-", 4) == 0 && id.s[8] == '-' &&
           ym_parse_u32(id.s + 4, 4, &e->year) && ym_parse_u32(id.s + 9, id.n - 9, &e->number);
}

static ym_status read_head(struct ym_str id, struct ym_str published, struct ym_str modified,
                           struct ym_nvd_entry *e, struct ym_err *err) {
    if (!read_id(id, e)) {
        return bad(err, "an entry without an id like CVE-2008-4250");
    }
    if (!ym_feed_month(published, &e->month)) {
        return bad(err, "an entry without the date of its publication");
    }
    if (modified.n > 0) { /* texts of one form: their order is that of the times */
        size_t n = modified.n < sizeof(e->modified) ? modified.n : sizeof(e->modified) - 1;

        memcpy(e->modified, modified.s, n);
    }
    return YM_OK;
}

/* --- how bad --- */

static uint8_t severity_of_word(struct ym_str word) {
    if (ym_str_is(word, "critical") || ym_str_is(word, "high")) {
        return YM_NVD_HIGH;
    }
    if (ym_str_is(word, "medium")) {
        return YM_NVD_MEDIUM;
    }
    return ym_str_is(word, "low") || ym_str_is(word, "none") ? YM_NVD_LOW : YM_NVD_NO_SEVERITY;
}

/* CVSS 2 has no words of its own: those of the database, 7.0 and 4.0. */
static uint8_t severity_of_score(const json_t *score) {
    double v = json_number_value(score);

    if (!json_is_number(score)) {
        return YM_NVD_NO_SEVERITY;
    }
    return v >= 7 ? YM_NVD_HIGH : v >= 4 ? YM_NVD_MEDIUM : YM_NVD_LOW;
}

static uint8_t complexity_of(struct ym_str word) {
    if (ym_str_is(word, "low")) {
        return YM_NVD_EASY;
    }
    if (ym_str_is(word, "medium")) {
        return YM_NVD_LESS_EASY;
    }
    return ym_str_is(word, "high") ? YM_NVD_HARD : YM_NVD_NO_COMPLEXITY;
}

/* The database's own assessment, else the first. */
static const json_t *primary(const json_t *list) {
    size_t i;
    const json_t *v;

    json_array_foreach(list, i, v) {
        if (ym_str_is(text_of(v, "type"), "Primary")) {
            return v;
        }
    }
    return json_array_get(list, 0);
}

static bool take_metric(uint8_t score, const json_t *data, struct ym_nvd_entry *e) {
    uint8_t severity = score == YM_NVD_V2 ? severity_of_score(json_object_get(data, "baseScore"))
                                          : severity_of_word(text_of(data, "baseSeverity"));

    if (severity == YM_NVD_NO_SEVERITY) {
        return false;
    }
    e->severity = severity;
    e->score = score;
    e->complexity =
        complexity_of(text_of(data, score == YM_NVD_V2 ? "accessComplexity" : "attackComplexity"));
    return true;
}

/* Version 2 where there is one: the only one that all the years until 2022 have, so that their
 * figures can be compared. */
static void read_metrics_20(const json_t *metrics, struct ym_nvd_entry *e) {
    static const struct {
        const char *name;
        uint8_t score;
    } order[] = {{"cvssMetricV2", YM_NVD_V2},
                 {"cvssMetricV31", YM_NVD_V3},
                 {"cvssMetricV30", YM_NVD_V3},
                 {"cvssMetricV40", YM_NVD_V4}};

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        const json_t *m = primary(json_object_get(metrics, order[i].name));

        if (m != NULL && take_metric(order[i].score, json_object_get(m, "cvssData"), e)) {
            return;
        }
    }
}

static void read_impact_11(const json_t *impact, struct ym_nvd_entry *e) {
    const json_t *v2 = json_object_get(json_object_get(impact, "baseMetricV2"), "cvssV2");
    const json_t *v3 = json_object_get(json_object_get(impact, "baseMetricV3"), "cvssV3");

    if (v2 == NULL || !take_metric(YM_NVD_V2, v2, e)) {
        (void)(v3 != NULL && take_metric(YM_NVD_V3, v3, e));
    }
}

/* --- what it is in --- */

struct products {
    bool os, browser, application, hardware;
};

static bool is_browser(struct ym_str product) {
    static const char *const names[] = {
        "internet_explorer",
        "ie",
        "edge",
        "edge_chromium",
        "firefox",
        "firefox_esr",
        "chrome",
        "chromium",
        "safari",
        "opera",
        "opera_browser",
        "opera_mini",
        "seamonkey",
        "konqueror",
        "webkit",
        "navigator",
        "lynx",
        "brave",
        "vivaldi",
        "maxthon_browser",
        "uc_browser",
        "tor_browser",
        "samsung_internet",
        "epiphany",
        "k-meleon",
        "camino",
        "mozilla",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (ym_str_is(product, names[i])) {
            return true;
        }
    }
    return false;
}

/* Up to the next colon that no backslash stands before. */
static struct ym_str cpe_part(struct ym_str *cpe) {
    struct ym_str part = {cpe->s, 0};

    while (part.n < cpe->n && cpe->s[part.n] != ':') {
        part.n += cpe->s[part.n] == '\\' && part.n + 1 < cpe->n ? 2U : 1U;
    }
    cpe->s += part.n < cpe->n ? part.n + 1 : part.n;
    cpe->n -= part.n < cpe->n ? part.n + 1 : part.n;
    return part;
}

static void add_vendor(struct ym_str vendor, struct ym_nvd_entry *e) {
    char name[sizeof(e->vendor[0])];
    size_t n = 0;

    for (size_t i = 0; i < vendor.n && n + 1 < sizeof(name); i++) {
        if (vendor.s[i] != '\\') {
            name[n++] = vendor.s[i];
        }
    }
    name[n] = '\0';
    for (size_t i = 0; i < e->n_vendors; i++) {
        if (strcmp(e->vendor[i], name) == 0) {
            return;
        }
    }
    if (n > 0 && strcmp(name, "*") != 0 && strcmp(name, "-") != 0 &&
        e->n_vendors < YM_NVD_CVE_VENDORS_MAX) {
        memcpy(e->vendor[e->n_vendors++], name, n + 1);
    }
}

/* "cpe:2.3:o:microsoft:windows_xp:..." or "cpe:/o:microsoft:windows_xp" */
static void take_cpe(struct ym_str cpe, struct products *p, struct ym_nvd_entry *e) {
    struct ym_str part;

    if (cpe.n > 8 && memcmp(cpe.s, "cpe:2.3:", 8) == 0) {
        cpe = (struct ym_str){cpe.s + 8, cpe.n - 8};
    } else if (cpe.n > 5 && memcmp(cpe.s, "cpe:/", 5) == 0) {
        cpe = (struct ym_str){cpe.s + 5, cpe.n - 5};
    } else {
        return;
    }
    part = cpe_part(&cpe);
    add_vendor(cpe_part(&cpe), e);
    if (ym_str_is(part, "o")) {
        p->os = true;
    } else if (ym_str_is(part, "h")) {
        p->hardware = true;
    } else if (ym_str_is(part, "a") && is_browser(cpe_part(&cpe))) {
        p->browser = true;
    } else if (ym_str_is(part, "a")) {
        p->application = true;
    }
}

/* What the software merely runs on is marked as not vulnerable. */
static void take_matches(const json_t *list, const char *name, struct products *p,
                         struct ym_nvd_entry *e) {
    size_t i;
    const json_t *m;

    json_array_foreach(list, i, m) {
        if (json_is_true(json_object_get(m, "vulnerable"))) {
            take_cpe(text_of(m, name), p, e);
        }
    }
}

static void take_nodes(const json_t *nodes, unsigned depth, struct products *p,
                       struct ym_nvd_entry *e) {
    size_t i;
    const json_t *node;

    json_array_foreach(nodes, i, node) {
        take_matches(json_object_get(node, "cpeMatch"), "criteria", p, e);
        take_matches(json_object_get(node, "cpe_match"), "cpe23Uri", p, e);
        if (depth < CHILDREN_DEPTH) {
            take_nodes(json_object_get(node, "children"), depth + 1, p, e);
        }
    }
}

static void set_product(const struct products *p, struct ym_nvd_entry *e) {
    e->product = p->browser       ? YM_NVD_BROWSER
                 : p->application ? YM_NVD_APPLICATION
                 : p->os          ? YM_NVD_OS
                                  : YM_NVD_OTHER;
}

/* --- both forms --- */

static ym_status read_20(const json_t *cve, struct ym_nvd_entry *e, struct ym_err *err) {
    const json_t *list = json_object_get(cve, "configurations");
    struct products p = {0};
    size_t i;
    const json_t *configuration;

    YM_TRY(read_head(text_of(cve, "id"), text_of(cve, "published"), text_of(cve, "lastModified"), e,
                     err));
    if (ym_str_is(text_of(cve, "vulnStatus"), "Rejected")) {
        return YM_END;
    }
    read_metrics_20(json_object_get(cve, "metrics"), e);
    json_array_foreach(list, i, configuration) {
        take_nodes(json_object_get(configuration, "nodes"), 0, &p, e);
    }
    set_product(&p, e);
    return YM_OK;
}

/* Form 1.1 has no word for it: the description begins with "** REJECT **" or "** RESERVED **". */
static bool rejected_11(const json_t *cve) {
    const json_t *list = json_object_get(json_object_get(cve, "description"), "description_data");
    size_t i;
    const json_t *v;

    json_array_foreach(list, i, v) {
        struct ym_str text = ym_str_trim(text_of(v, "value"));

        if (text.n >= 9 &&
            (memcmp(text.s, "** REJECT", 9) == 0 || memcmp(text.s, "** RESERV", 9) == 0)) {
            return true;
        }
    }
    return false;
}

static ym_status read_11(const json_t *item, const json_t *cve, struct ym_nvd_entry *e,
                         struct ym_err *err) {
    struct products p = {0};

    YM_TRY(read_head(text_of(json_object_get(cve, "CVE_data_meta"), "ID"),
                     text_of(item, "publishedDate"), text_of(item, "lastModifiedDate"), e, err));
    if (rejected_11(cve)) {
        return YM_END;
    }
    read_impact_11(json_object_get(item, "impact"), e);
    take_nodes(json_object_get(json_object_get(item, "configurations"), "nodes"), 0, &p, e);
    set_product(&p, e);
    return YM_OK;
}

ym_status ym_nvd_entry_read(const char *json, size_t n, struct ym_nvd_entry *ret_entry,
                            struct ym_err *err) {
    struct ym_nvd_entry e = {.severity = YM_NVD_NO_SEVERITY,
                             .complexity = YM_NVD_NO_COMPLEXITY,
                             .product = YM_NVD_OTHER,
                             .score = YM_NVD_NO_SCORE};
    json_error_t where;
    json_t *item = json_loadb(json, n, 0, &where);
    const json_t *wrapped = json_object_get(item, "cve");
    const json_t *cve = wrapped == NULL ? item : wrapped; /* `cve_items` has none around it */
    ym_status st;

    if (!json_is_object(cve)) {
        st = item == NULL ? ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                                    "an entry is not JSON: %.120s", where.text)
                          : bad(err, "an entry whose `cve` is no object");
    } else if (json_object_get(cve, "CVE_data_meta") != NULL) {
        st = read_11(item, cve, &e, err);
    } else {
        st = read_20(cve, &e, err);
    }
    json_decref(item);
    if (st == YM_OK) {
        *ret_entry = e;
    }
    return st;
}
