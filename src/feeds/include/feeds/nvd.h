/* nvd.h - vulnerability disclosures from the JSON that NIST's National Vulnerability Database
 * publishes, as figures of the report.
 *
 *     YM_TRY(ym_nvd_new(&options, &nvd, err));
 *     YM_TRY(ym_nvd_add(nvd, "nvdcve-2.0-2009.json", err));
 *     YM_TRY(ym_nvd_json(nvd, &out, err));          // "disclosures" of docs/formats/report.md
 *     ym_nvd_free(nvd);
 *
 * Read are the forms 2.0 (API and feeds, `vulnerabilities`; bare entries in `cve_items`, as a
 * mirror publishes them) and 1.1 (older feeds, `CVE_Items`).  A
 * file is read in pieces, one entry at a time, so that its size costs no memory; of each entry a
 * few words are kept.  An entry that comes again (a feed of changes) replaces the older one.  What
 * is counted, and by which rule: docs/formats/feeds.md. */
#ifndef YM_FEEDS_NVD_H
#define YM_FEEDS_NVD_H

#include "base/buf.h"
#include "base/status.h"
#include "report/period.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_NVD_ENTRY_MAX = 8 << 20,   /* bytes of one entry; a larger one is refused */
    YM_NVD_DEPTH_MAX = 64,        /* objects and lists inside one another */
    YM_NVD_ENTRIES_MAX = 4 << 20, /* different CVEs */
    YM_NVD_VENDORS_MAX = 1 << 20, /* different vendors */
    YM_NVD_CVE_VENDORS_MAX = 64,  /* of one CVE; further ones are not counted */
    YM_NVD_SOURCES_MAX = 64,
    YM_NVD_TOP_VENDORS = 10,
};

/* --- one entry --- */

enum ym_nvd_severity {
    YM_NVD_HIGH,
    YM_NVD_MEDIUM,
    YM_NVD_LOW,
    YM_NVD_NO_SEVERITY,
    YM_NVD_SEVERITIES
};
enum ym_nvd_complexity {
    YM_NVD_EASY,
    YM_NVD_LESS_EASY,
    YM_NVD_HARD,
    YM_NVD_NO_COMPLEXITY,
    YM_NVD_COMPLEXITIES
};
enum ym_nvd_product {
    YM_NVD_OS,
    YM_NVD_BROWSER,
    YM_NVD_APPLICATION,
    YM_NVD_OTHER,
    YM_NVD_PRODUCTS
};
/* Which metric the severity is from. */
enum ym_nvd_score { YM_NVD_V2, YM_NVD_V3, YM_NVD_V4, YM_NVD_NO_SCORE, YM_NVD_SCORES };

struct ym_nvd_entry {
    uint32_t year, number; /* CVE-2008-4250 */
    int month;             /* of the publication: year * 12 + month - 1 */
    char modified[24];     /* "2018-10-12T21:49:00", or "" */
    uint8_t severity, complexity, product, score;
    size_t n_vendors;
    char vendor[YM_NVD_CVE_VENDORS_MAX][64];
};

/* Reads the text of one entry (of either form).  END: it is rejected or reserved, so that it does
 * not count; MALFORMED: not an entry, the text says why. */
YM_MUST_CHECK ym_status ym_nvd_entry_read(const char *json, size_t n,
                                          struct ym_nvd_entry *ret_entry, struct ym_err *err);

/* --- pieces of a file --- */

struct ym_nvd_split; /* opaque: see nvd_split.c */

/* Called with the text of each entry, which lives until the call returns, and its line; too_large:
 * it was longer than the maximum (n is 0 then). */
typedef ym_status ym_nvd_split_fn(void *user, const char *json, size_t n, uint64_t line,
                                  bool too_large, struct ym_err *err);
YM_MUST_CHECK struct ym_nvd_split *ym_nvd_split_new(ym_nvd_split_fn *fn, void *user);
void ym_nvd_split_free(struct ym_nvd_split *s); /* accepts NULL */
/* Any number of bytes at a time.  MALFORMED: not JSON's brackets, err has the line. */
YM_MUST_CHECK ym_status ym_nvd_split_feed(struct ym_nvd_split *s, const char *bytes, size_t n,
                                          const char *file, struct ym_err *err);
/* After the last byte.  TRUNCATED: the text is not whole; MALFORMED: no list of entries was there. */
YM_MUST_CHECK ym_status ym_nvd_split_end(struct ym_nvd_split *s, const char *file,
                                         struct ym_err *err);

/* --- the count --- */

struct ym_nvd; /* opaque: see nvd.c */

struct ym_nvd_options {
    const struct ym_period *periods; /* what was published in none of them is not counted */
    size_t n_periods;                /* 0: everything */
};

struct ym_nvd_source {
    char file[256];
    uint8_t sha256[32];
    uint64_t entries;    /* all */
    uint64_t used;       /* counted, or the older form of one counted */
    uint64_t rejected;   /* by the database itself */
    uint64_t outside;    /* published in no period */
    uint64_t refused;    /* could not be read */
    struct ym_err first; /* why the first of these was */
};

YM_MUST_CHECK ym_status ym_nvd_new(const struct ym_nvd_options *options, struct ym_nvd **ret_nvd,
                                   struct ym_err *err);
void ym_nvd_free(struct ym_nvd *nvd); /* accepts NULL */
/* MALFORMED: not such a file, or no entry of it can be read; nothing of a file that ends too early
 * is taken back.  LIMIT: more than a maximum above. */
YM_MUST_CHECK ym_status ym_nvd_add(struct ym_nvd *nvd, const char *path, struct ym_err *err);
size_t ym_nvd_n_sources(const struct ym_nvd *nvd);
const struct ym_nvd_source *ym_nvd_source(const struct ym_nvd *nvd, size_t i); /* borrowed */
YM_MUST_CHECK ym_status ym_nvd_json(struct ym_nvd *nvd, struct ym_buf *out, struct ym_err *err);

#endif
