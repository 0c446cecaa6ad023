/* detected.h - from a scanner's rows to findings; private to clean/. */
#ifndef YM_CLEAN_DETECTED_H
#define YM_CLEAN_DETECTED_H

#include "detect.h"

struct ym_clean_detected {
    struct ym_clean_scan *s;
    const struct ym_clean_options *options;
    const struct ym_family *const *families; /* that are looked for */
    size_t n_families;
    struct ym_family *own; /* families that only a signature names; the last one made is first */
    size_t n_own;
};

/* Asks the scanner for its rows. */
YM_MUST_CHECK ym_status ym_scan_detected(struct ym_clean_detected *d);

#endif
