/* report_pdf.h - the report's page on paper: `yamori report --pdf`.
 *
 * The page lays itself out for A4; Chromium prints it.  It is a program of its own, started without
 * a shell, with a profile that is new and removed afterwards, no network, and a time limit. */
#ifndef YM_CLI_REPORT_PDF_H
#define YM_CLI_REPORT_PDF_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>

enum {
    YM_REPORT_PDF_SECONDS = 120, /* for the printing, unless told */
    YM_REPORT_PDF_SECONDS_MAX = 7200,
    YM_REPORT_PDF_MAX = 256 << 20, /* bytes of the PDF */
};

struct ym_report_pdf {
    const char *path;   /* where it goes; NULL: no PDF is wanted */
    const char *places; /* pages of places at the end: "all", "JP,BR" or NULL */
    unsigned seconds;
};

/* For the command's help. */
#define YM_REPORT_PDF_HELP                                                                         \
    "  --pdf FILE      the page printed on A4 by Chromium ($YAMORI_CHROMIUM, or found in PATH);\n" \
    "                  - is standard output\n"                                                     \
    "  --pdf-places P  pages of single places at its end: all, or codes such as JP,BR\n"           \
    "  --pdf-seconds N how long the printing may take (default: 120)\n"

/* Whether the value is "all" or a list of codes. */
bool ym_report_pdf_places_ok(const char *value);

/* Prints the page.  out gets the PDF.  IO: no Chromium, or it failed; LIMIT: it took too long; CANCELLED: interrupted. */
YM_MUST_CHECK ym_status ym_report_pdf_print(const struct ym_buf *page,
                                            const struct ym_report_pdf *options, struct ym_buf *out,
                                            struct ym_err *err);

#endif
