/* report.h - records to figures to a page.
 *
 *     struct ym_report_options o = {.periods = p, .n_periods = 1, .threshold = 100000, ...};
 *     YM_TRY(ym_report_figures(store, &o, &json, err));     // one JSON text, see docs/formats/report.md
 *     YM_TRY(ym_report_page(template, n, &json, "ja", title, &html, err));
 *     YM_TRY(ym_report_csv(&json, &csv, err));              // the same figures, a line a cell
 *
 * Everything that is a figure is a table: it names its query, whose text is in the JSON, has the hash of its
 * data, and every cell carries n and a 95 % interval.  A cell is not written when its denominator in the
 * period is below the threshold, or when it is about fewer than YM_REPORT_MIN_COMPUTERS computers;
 * how many cells that were is.  CCM counts runs of `clean` only: its denominator is executions of the
 * removal tool, and a scan removes nothing. */
#ifndef YM_REPORT_REPORT_H
#define YM_REPORT_REPORT_H

#include "base/buf.h"
#include "base/status.h"
#include "records/store.h"
#include "report/period.h"

#include <stddef.h>
#include <stdint.h>

enum {
    YM_REPORT_THRESHOLD = 100000, /* executions in the period, unless told */
    YM_REPORT_MIN_COMPUTERS = 5,  /* families and categories with fewer are not named */
    YM_REPORT_PERIODS_MAX = 64,
    YM_REPORT_JSON_MAX = 64 << 20,
    YM_REPORT_PAGE_MAX = 128 << 20,
};

struct ym_report_options {
    const struct ym_period *periods; /* borrowed; the first is the one shown first.  None: every
                                        quarter that reaches the threshold, the last first */
    size_t n_periods;
    uint64_t threshold;    /* executions in the period, for a cell to be shown */
    const char *title;     /* "" = the page's own */
    const char *lang;      /* "en", "ja", "pt" or "zh" */
    const char *publisher; /* who publishes it, on the cover; NULL or "": nobody is named */
    /* 0: exact counts.  Else noise is added to every count that is read of the store, so that the
     * figures are differentially private with this epsilon: docs/formats/report.md says for whom. */
    double epsilon;
    /* Parts that are made elsewhere, each one JSON value as docs/formats/report.md has it, or NULL.
     * Borrowed.  They are put in as they are: whoever made them answers for their form. */
    const struct ym_buf *feeds;
    const struct ym_buf *disclosures;
};

/* Appends the figures as JSON.  END: no period was named, and no quarter reaches the threshold. */
YM_MUST_CHECK ym_status ym_report_figures(struct ym_store *store,
                                          const struct ym_report_options *options,
                                          struct ym_buf *out, struct ym_err *err);

/* Appends all tables of the figures' JSON in long form, RFC 4180: period, table, key1 to key4, unit, n, x,
 * value, low, high, print, query, hash.  Texts that a spreadsheet would run get a "'" before them.
 * MALFORMED: json is not ours. */
YM_MUST_CHECK ym_status ym_report_csv(const struct ym_buf *json, struct ym_buf *out,
                                      struct ym_err *err);

/* Fills a page template: `@YAMORI_LANG@`, `@YAMORI_PUBLISHER@`, `@YAMORI_TITLE@` and
 * `@YAMORI_DATA@`, each exactly once and in this order.  The JSON is put inside a script element, so
 * "<", ">" and "&" of it become escapes and nothing of a record can end the element.  MALFORMED: not a template of this page. */
YM_MUST_CHECK ym_status ym_report_page(const char *page, size_t n, const struct ym_buf *json,
                                       const struct ym_report_options *options, struct ym_buf *out,
                                       struct ym_err *err);

#endif
