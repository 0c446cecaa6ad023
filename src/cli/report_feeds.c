/* report_feeds.c - see report_feeds.h. */
#include "report_feeds.h"

#include "cli.h"

#include "feeds/feeds.h"
#include "feeds/nvd.h"

#include <string.h>

#define MODULE "cli/report"

static bool kind_of(const char *word, enum ym_feed_kind *ret_kind) {
    for (int k = 0; k < YM_FEED_KINDS; k++) {
        size_t n = strlen(ym_feed_kind_word((enum ym_feed_kind)k));

        if (strncmp(word, ym_feed_kind_word((enum ym_feed_kind)k), n) == 0 && word[n] == '=') {
            *ret_kind = (enum ym_feed_kind)k;
            return true;
        }
    }
    return false;
}

int ym_report_files_feed(struct ym_report_files *f, const char *value) {
    enum ym_feed_kind kind;
    const char *path = strchr(value, '=');

    if (!kind_of(value, &kind) || path == NULL || path[1] == '\0') {
        return ym_cli_usage_error("report",
                                  "--feed %.60s: it must be KIND=FILE, with hosting, phishing, "
                                  "drive-by or mail as KIND",
                                  value);
    }
    if (f->n_feeds == YM_REPORT_FILES_MAX) {
        return ym_cli_usage_error("report", "more than %d feeds: join files", YM_REPORT_FILES_MAX);
    }
    f->feed[f->n_feeds].kind = value;
    f->feed[f->n_feeds++].path = path + 1;
    return 0;
}

int ym_report_files_nvd(struct ym_report_files *f, const char *value) {
    if (f->n_nvd == YM_REPORT_FILES_MAX) {
        return ym_cli_usage_error("report", "more than %d --nvd files", YM_REPORT_FILES_MAX);
    }
    f->nvd[f->n_nvd++] = value;
    return 0;
}

int ym_report_files_check(const struct ym_report_files *f) {
    if (f->n_feeds > 0 && f->hosts == NULL && f->mmdb == NULL) {
        return ym_cli_usage_error("report", "--feed needs to know how many hosts a country has: "
                                            "give --mmdb FILE.mmdb or --hosts FILE.csv");
    }
    if (f->n_feeds == 0 && (f->hosts != NULL || f->mmdb != NULL)) {
        return ym_cli_usage_error("report", "--hosts and --mmdb are for --feed, which is missing");
    }
    return 0;
}

/* What could not be read does not stop the report, but nobody shall think that it was counted. */
static void say_refused(const char *path, uint64_t refused, const struct ym_err *first) {
    char line[900];

    if (refused > 0) {
        ym_cli_warn("%s: %llu entries could not be read and are not counted; the first: %s", path,
                    (unsigned long long)refused, ym_err_format(first, line, sizeof(line)));
    }
}

static ym_status read_feeds(struct ym_report_files *f, struct ym_feeds *feeds, struct ym_err *err) {
    if (f->mmdb != NULL) {
        YM_TRY(ym_feeds_geo(feeds, f->mmdb, err));
    }
    if (f->hosts != NULL) {
        YM_TRY(ym_feeds_hosts(feeds, f->hosts, err));
    }
    for (size_t i = 0; i < f->n_feeds; i++) {
        enum ym_feed_kind kind;
        const struct ym_feed_source *s;

        if (!kind_of(f->feed[i].kind, &kind)) { /* was looked at when the option was read */
            continue;
        }
        YM_TRY(ym_feeds_add(feeds, kind, f->feed[i].path, err));
        s = ym_feeds_source(feeds, ym_feeds_n_sources(feeds) - 1);
        say_refused(f->feed[i].path, s->refused, &s->first);
        if (s->used == 0) {
            ym_cli_warn("%s: nothing of it counts (%llu lines, %llu outside of the periods)",
                        f->feed[i].path, (unsigned long long)s->lines,
                        (unsigned long long)s->outside);
        }
    }
    return ym_feeds_json(feeds, &f->feeds, err);
}

static ym_status read_nvd(struct ym_report_files *f, struct ym_nvd *nvd, struct ym_err *err) {
    for (size_t i = 0; i < f->n_nvd; i++) {
        const struct ym_nvd_source *s;

        YM_TRY(ym_nvd_add(nvd, f->nvd[i], err));
        s = ym_nvd_source(nvd, ym_nvd_n_sources(nvd) - 1);
        say_refused(f->nvd[i], s->refused, &s->first);
        if (s->used == 0) {
            ym_cli_warn("%s: nothing of it counts (%llu entries, %llu outside of the periods)",
                        f->nvd[i], (unsigned long long)s->entries, (unsigned long long)s->outside);
        }
    }
    return ym_nvd_json(nvd, &f->disclosures, err);
}

ym_status ym_report_files_read(struct ym_report_files *f, const struct ym_period *periods,
                               size_t n_periods, struct ym_report_options *report,
                               struct ym_err *err) {
    ym_status st = YM_OK;

    ym_buf_init(&f->feeds, YM_FEED_JSON_MAX);
    ym_buf_init(&f->disclosures, YM_FEED_JSON_MAX);
    if (f->n_feeds > 0) {
        struct ym_feeds_options o = {.periods = periods, .n_periods = n_periods};
        struct ym_feeds *feeds = NULL;

        st = ym_feeds_new(&o, &feeds, err);
        st = st == YM_OK ? read_feeds(f, feeds, err) : st;
        ym_feeds_free(feeds);
        report->feeds = &f->feeds;
    }
    if (st == YM_OK && f->n_nvd > 0) {
        struct ym_nvd_options o = {.periods = periods, .n_periods = n_periods};
        struct ym_nvd *nvd = NULL;

        st = ym_nvd_new(&o, &nvd, err);
        st = st == YM_OK ? read_nvd(f, nvd, err) : st;
        ym_nvd_free(nvd);
        report->disclosures = &f->disclosures;
    }
    return st;
}

void ym_report_files_done(struct ym_report_files *f) {
    ym_buf_done(&f->feeds);
    ym_buf_done(&f->disclosures);
}
