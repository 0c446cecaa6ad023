/* report_feeds.h - the options of `yamori report` that bring in files of others: --feed, --hosts,
 * --mmdb, --nvd. */
#ifndef YM_CLI_REPORT_FEEDS_H
#define YM_CLI_REPORT_FEEDS_H

#include "base/buf.h"
#include "report/report.h"

#include <stdbool.h>

enum { YM_REPORT_FILES_MAX = 64 }; /* of each kind */

struct ym_report_files {
    struct {
        const char *kind; /* what stands before the "=" is looked up when it is read */
        const char *path;
    } feed[YM_REPORT_FILES_MAX];
    size_t n_feeds;
    const char *nvd[YM_REPORT_FILES_MAX];
    size_t n_nvd;
    const char *hosts, *mmdb;
    struct ym_buf feeds, disclosures; /* what came of them */
};

/* For the command's help. */
#define YM_REPORT_FILES_HELP                                                                       \
    "  --feed KIND=FILE  lists and logs of others; KIND is hosting, phishing, drive-by (CSV "      \
    "with\n"                                                                                       \
    "                  URLs) or mail (log of a mail gateway); may be given more than once\n"       \
    "  --mmdb FILE     database of addresses: places addresses of feeds, and counts the hosts "    \
    "of\n"                                                                                         \
    "                  each country\n"                                                             \
    "  --hosts FILE    hosts of each country instead (CSV: country,hosts)\n"                       \
    "  --nvd FILE      vulnerability disclosures: JSON of NIST's database; may be given more "     \
    "than\n"                                                                                       \
    "                  once\n"

/* --feed's value; 0, or the exit status of a usage error. */
int ym_report_files_feed(struct ym_report_files *f, const char *value);
int ym_report_files_nvd(struct ym_report_files *f, const char *value);
int ym_report_files_check(const struct ym_report_files *f); /* when all options are there */

/* Reads all files and sets report->feeds and report->disclosures, which f owns.  Refused lines are
 * told on standard error.  periods: what counts; none: everything that the files have. */
YM_MUST_CHECK ym_status ym_report_files_read(struct ym_report_files *f,
                                             const struct ym_period *periods, size_t n_periods,
                                             struct ym_report_options *report, struct ym_err *err);
void ym_report_files_done(struct ym_report_files *f);

#endif
