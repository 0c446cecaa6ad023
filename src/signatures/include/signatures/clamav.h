/* signatures/clamav.h - ClamAV's text databases to rules and digest rows.
 *
 *     ld = ym_clamav_new(&options, &sink);
 *     ... every .ign/.ign2 of the set first: ym_clamav_file(ld, "local.ign2", text, n, &err) ...
 *     ... then the rest in any order ...
 *     ym_clamav_free(ld);
 *
 * No I/O: the caller reads files and hands over their bytes.  The type of a file is the end of
 * its name, case-insensitive.  Source of every format: docs.clamav.net and the field tables of
 * docs/formats/clamav.md. */
#ifndef YM_SIGNATURES_CLAMAV_H
#define YM_SIGNATURES_CLAMAV_H

#include "signatures/rule.h"

struct ym_clamav; /* opaque */

enum { YM_CLAMAV_FLEVEL = 216 }; /* the functionality level this engine presents: 1.4.6's */

struct ym_clamav_options {
    bool skip_bad; /* a malformed line is left out and counted instead of ending the load */
    bool pua;      /* load .hdu .mdu .ndu ... */
    bool official; /* names are not marked as UNOFFICIAL */
};

struct ym_clamav *ym_clamav_new(const struct ym_clamav_options *options,
                                const struct ym_sink *sink);
void ym_clamav_free(struct ym_clamav *ld); /* accepts NULL */

/* Is this a name that ym_clamav_file() knows how to treat, and does it have to be loaded first? */
typedef enum ym_clamav_class {
    YM_CLAMAV_NOT,    /* not a ClamAV database name */
    YM_CLAMAV_FIRST,  /* .ign .ign2: before all others */
    YM_CLAMAV_LOADED, /* loaded */
    YM_CLAMAV_PUA,    /* loaded only with options.pua, else left out */
    YM_CLAMAV_NOT_YET /* a ClamAV type that this version refuses */
} ym_clamav_class;
ym_clamav_class ym_clamav_classify(const char *name);

/* Loads one file.  Errors name file:line.  A type of class NOT_YET is UNSUPPORTED: an error that
 * says so, or with skip_bad one left_out() per signature line of it. */
YM_MUST_CHECK ym_status ym_clamav_file(struct ym_clamav *ld, const char *name, const char *text,
                                       size_t n, struct ym_err *err);

#endif
