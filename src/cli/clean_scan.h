/* clean_scan.h - the scanner processes behind `yamori clean --full`.
 *
 *     YM_TRY(ym_clean_scan_new(&o, &s, err));
 *     ... struct ym_clean_options how = {.full = true, .scanner = ym_clean_scan_scanner(s)};
 *     ym_clean_scan_again(s);              // the next plan asks only about what was found before
 *     ym_clean_scan_free(s);
 *
 * Signatures are loaded and files are scanned as `yamori scan` does it (load.h, engine/pool.h);
 * what comes out is rows of clean/plan.h.  One thread. */
#ifndef YM_CLI_CLEAN_SCAN_H
#define YM_CLI_CLEAN_SCAN_H

#include "base/status.h"
#include "clean/plan.h"

struct ym_clean_scan_options {
    const char *const *databases; /* n 0: $YAMORI_DB, or the installed image */
    size_t n_databases;
    unsigned jobs;            /* 0: one per processor */
    const char *root, *state; /* neither the state folder nor the databases are scanned: they hold
                               * what was taken away, and the signatures */
    bool progress;            /* a line on the terminal */
};

struct ym_clean_scan_files; /* opaque: see clean_scan.c */

YM_MUST_CHECK ym_status ym_clean_scan_new(const struct ym_clean_scan_options *o,
                                          struct ym_clean_scan_files **ret_scan,
                                          struct ym_err *err);
void ym_clean_scan_free(struct ym_clean_scan_files *s); /* accepts NULL */

const struct ym_clean_scanner *ym_clean_scan_scanner(struct ym_clean_scan_files *s);
void ym_clean_scan_again(struct ym_clean_scan_files *s);

#endif
