/* report.h - records to figures to a page.
 *
 *     struct ym_report_options o = {.periods = p, .n_periods = 1, .threshold = 100000, ...};
 *     YM_TRY(ym_report_figures(store, &o, &json, err));     // one JSON text, see docs/formats/report.md
 *     YM_TRY(ym_report_page(template, n, &json, "ja", title, &html, err));
 *
 * Every table of figures names its query, whose SQL text is in the JSON, and every cell carries n
 * and a 95 % interval.  A cell with fewer executions in the period than the threshold is not
 * written; how many cells and executions that were is.  Rates count runs of `clean` only: the
 * denominator of CCM is executions of the removal tool, and a scan removes nothing. */
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
    const struct ym_period *periods; /* borrowed; the first is the one shown first */
    size_t n_periods;
    uint64_t threshold; /* executions in the period, for a cell to be shown */
    const char *title;  /* "" = the page's own */
    const char *lang;   /* "en", "ja", "pt" or "zh" */
    /* Parts that are made elsewhere, each one JSON value as docs/formats/report.md has it, or NULL.
     * Borrowed.  They are put in as they are: whoever made them answers for their form. */
    const struct ym_buf *feeds;
    const struct ym_buf *disclosures;
};

/* The quarters in which the store has executions of `clean` that reach the threshold together,
 * oldest first; the caller frees *ret_periods with ym_free(). */
YM_MUST_CHECK ym_status ym_report_quarters(struct ym_store *store, uint64_t threshold,
                                           struct ym_period **ret_periods, size_t *ret_n,
                                           struct ym_err *err);

/* Appends the figures as JSON. */
YM_MUST_CHECK ym_status ym_report_figures(struct ym_store *store,
                                          const struct ym_report_options *options,
                                          struct ym_buf *out, struct ym_err *err);

/* Fills a page template: `@YAMORI_LANG@`, `@YAMORI_TITLE@` and `@YAMORI_DATA@`, each exactly
 * once.  The JSON is put inside a script element, so "<", ">" and "&" of it become escapes and
 * nothing of a record can end the element.  MALFORMED: not a template of this page. */
YM_MUST_CHECK ym_status ym_report_page(const char *page, size_t n, const struct ym_buf *json,
                                       const struct ym_report_options *options, struct ym_buf *out,
                                       struct ym_err *err);

#endif
