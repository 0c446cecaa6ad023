/* urls.c - lists of URLs: malware hosting, phishing, drive-by pages.  See docs/formats/feeds.md.
 *
 * Columns are found by a heading: the first row that is none of a URL, or a comment that names
 * them (URLhaus writes "# id,dateadded,url,...").  Without one, the first field of a row with "://"
 * is the URL and the first that begins with a date its time. */
#include "feeds_int.h"

#include "feeds/csv.h"

#include <string.h>

enum column { COL_URL, COL_DATE, COL_BRAND, COL_THREAT, COL_VERIFIED, COL_COUNTRY, COL_ASN, COLS };

enum { NO_COLUMN = -1 };

struct list {
    struct ym_feeds *feeds;
    struct ym_feed_source *src;
    const char *path;
    uint64_t line;
    bool has_heading;
    int column[COLS];
};

static const struct {
    const char *name;
    enum column column;
} names[] = {
    {"url", COL_URL},
    {"host", COL_URL},
    {"dateadded", COL_DATE},
    {"date", COL_DATE},
    {"submission_time", COL_DATE},
    {"first_seen", COL_DATE},
    {"firstseen", COL_DATE},
    {"timestamp", COL_DATE},
    {"time", COL_DATE},
    {"target", COL_BRAND},
    {"brand", COL_BRAND},
    {"description", COL_BRAND},
    {"threat", COL_THREAT},
    {"verified", COL_VERIFIED},
    {"country", COL_COUNTRY},
    {"country_code", COL_COUNTRY},
    {"cc", COL_COUNTRY},
    {"asn", COL_ASN},
    {"as_name", COL_ASN},
};

static void no_columns(struct list *l) {
    for (size_t i = 0; i < COLS; i++) {
        l->column[i] = NO_COLUMN;
    }
}

/* Is this a heading?  Then the columns are set.  The first of several names of a column counts. */
static bool heading(struct list *l, const struct ym_str *field, size_t n) {
    int column[COLS];

    for (size_t c = 0; c < COLS; c++) {
        column[c] = NO_COLUMN;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
            if (ym_str_is(field[i], names[k].name) && column[names[k].column] == NO_COLUMN) {
                column[names[k].column] = (int)i;
            }
        }
    }
    if (column[COL_URL] == NO_COLUMN || column[COL_DATE] == NO_COLUMN) {
        return false;
    }
    memcpy(l->column, column, sizeof(column));
    l->has_heading = true;
    return true;
}

static struct ym_str column_of(const struct list *l, enum column c, const struct ym_str *field,
                               size_t n) {
    int at = l->column[c];

    return at >= 0 && (size_t)at < n ? field[at] : (struct ym_str){"", 0};
}

/* Without a heading: what the fields look like. */
static void guess(struct list *l, const struct ym_str *field, size_t n) {
    int month;

    no_columns(l);
    for (size_t i = 0; i < n; i++) {
        if (l->column[COL_URL] == NO_COLUMN && ym_str_has(field[i], "://")) {
            l->column[COL_URL] = (int)i;
        } else if (l->column[COL_DATE] == NO_COLUMN && ym_feed_month(field[i], &month)) {
            l->column[COL_DATE] = (int)i;
        } else if (l->column[COL_THREAT] == NO_COLUMN &&
                   (ym_str_is(field[i], "malware_download") || ym_str_is(field[i], "phishing") ||
                    ym_str_is(field[i], "drive-by"))) {
            l->column[COL_THREAT] = (int)i;
        }
    }
}

/* What the row says that it is wins over what the file was given as. */
static enum series series_of(struct ym_str threat, enum ym_feed_kind kind) {
    if (ym_str_is(threat, "drive-by") || ym_str_is(threat, "drive_by") ||
        ym_str_is(threat, "driveby")) {
        return SERIES_DRIVE_BY;
    }
    if (ym_str_is(threat, "phishing")) {
        return SERIES_PHISHING;
    }
    if (ym_str_is(threat, "malware_download") || ym_str_is(threat, "malware")) {
        return SERIES_HOSTING;
    }
    return (enum series)kind;
}

/* "AS64500 EXAMPLE-NET, JP": the registries write the country behind the name. */
static bool asn_country(struct ym_str asn, char ret_country[3]) {
    return asn.n > 4 && asn.s[asn.n - 4] == ',' && asn.s[asn.n - 3] == ' ' &&
           ym_country_code((struct ym_str){asn.s + asn.n - 2, 2}, ret_country);
}

static bool place(const struct list *l, const struct ym_str *field, size_t n, const char *host,
                  bool is_address, char ret_country[3]) {
    if (ym_country_code(column_of(l, COL_COUNTRY, field, n), ret_country) ||
        asn_country(column_of(l, COL_ASN, field, n), ret_country)) {
        return true;
    }
    if (is_address) {
        return l->feeds->geo != NULL &&
               ym_geo_country_of_text(l->feeds->geo, host, strlen(host), ret_country);
    }
    return ym_host_country(host, ret_country);
}

static ym_status count_host(const struct list *l, enum series series, int month, const char *host,
                            const char *country, struct ym_str brand, struct ym_err *err) {
    bool first = false;

    YM_TRY(
        ym_feeds_first(l->feeds, series, month, (struct ym_str){host, strlen(host)}, &first, err));
    if (!first) {
        return YM_OK;
    }
    if (series == SERIES_PHISHING) {
        YM_TRY(ym_feeds_count_index(l->feeds, SERIES_PHISHING_TYPE, month,
                                    (unsigned)ym_brand_type(brand), err));
    }
    return ym_feeds_count(l->feeds, series, month, country, err);
}

static ym_status refuse(const struct list *l, const char *why) {
    return ym_feeds_refuse(l->src, l->path, l->line, why);
}

static ym_status row(struct list *l, const struct ym_str *field, size_t n, struct ym_err *err) {
    struct ym_str verified;
    char host[YM_HOST_SIZE];
    char country[3] = "";
    bool is_address;
    int month;

    if (!l->has_heading) {
        guess(l, field, n);
    }
    verified = column_of(l, COL_VERIFIED, field, n);
    if (l->column[COL_URL] == NO_COLUMN) {
        return refuse(l, "no field of this line is a URL, and no heading names one `url`");
    }
    if (!ym_feed_month(column_of(l, COL_DATE, field, n), &month)) {
        return refuse(l, "no date that begins like 2018-05-26 or 2018/05/26");
    }
    if (!ym_url_host(column_of(l, COL_URL, field, n), host, &is_address)) {
        return refuse(l, "the URL has no host that is well formed");
    }
    if (verified.n > 0 && !ym_str_is(verified, "yes")) {
        l->src->skipped++;
        return YM_OK;
    }
    if (!ym_feeds_inside(l->feeds, month)) {
        l->src->outside++;
        return YM_OK;
    }
    l->src->used++;
    if (!place(l, field, n, host, is_address, country)) {
        l->src->unplaced++;
        country[0] = '\0';
    }
    return count_host(l, series_of(column_of(l, COL_THREAT, field, n), l->src->kind), month, host,
                      country, column_of(l, COL_BRAND, field, n), err);
}

/* A comment may be the heading: "# id,dateadded,url,...". */
static ym_status comment(struct list *l, char *line, size_t n) {
    struct ym_str field[YM_CSV_FIELDS_MAX];
    size_t n_fields = 0;
    size_t at = 0;

    l->src->other++;
    while (at < n && (line[at] == '#' || line[at] == ' ')) {
        at++;
    }
    if (!l->has_heading && ym_csv_split(line + at, n - at, field, &n_fields) == YM_OK) {
        (void)heading(l, field, n_fields);
    }
    return YM_OK;
}

static ym_status one_line(struct list *l, char *line, size_t n, struct ym_err *err) {
    struct ym_str field[YM_CSV_FIELDS_MAX];
    size_t n_fields = 0;
    ym_status st;

    if (n == 0) {
        l->src->other++;
        return YM_OK;
    }
    if (line[0] == '#') {
        return comment(l, line, n);
    }
    st = ym_csv_split(line, n, field, &n_fields);
    if (st != YM_OK) {
        return refuse(l, st == YM_LIMIT ? "the line has more than 64 fields"
                                        : "a quote is not closed on its line");
    }
    if (!l->has_heading && heading(l, field, n_fields)) {
        l->src->other++;
        return YM_OK;
    }
    return row(l, field, n_fields, err);
}

ym_status ym_feeds_urls(struct ym_feeds *f, struct ym_lines *in, const char *path,
                        struct ym_feed_source *src, struct ym_err *err) {
    char copy[YM_FEED_LINE_MAX]; /* the quotes are taken off in it */
    struct list l = {.feeds = f, .src = src, .path = path};
    struct ym_str line;
    ym_status st;

    no_columns(&l);
    while ((st = ym_lines_next(in, &line, err)) == YM_OK || (st == YM_LIMIT)) {
        l.line = ym_lines_number(in);
        if (st == YM_LIMIT) {
            (void)refuse(&l, "the line is longer than 64 KiB");
            continue;
        }
        if (line.n > 0) {
            memcpy(copy, line.s, line.n);
        }
        YM_TRY(one_line(&l, copy, line.n, err));
    }
    return st == YM_END ? YM_OK : st;
}
