/* signatures/clamav.h - ClamAV's text databases to rules and digest rows.
 *
 *     ld = ym_clamav_new(&options, &sink);
 *     ... each file, by ym_clamav_rank(): ym_clamav_file(ld, "local.ign2", text, n, &err) ...
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

/* ---- Containers (.cvd .cld .cud) ------------------------------------------------------------
 *
 * The public keys that sign them are data.  A key file has a line for each:
 *
 *     cvd  MODULUS EXPONENT      # of the header's signature (.cvd)
 *     info MODULUS EXPONENT      # of the signature in the table of contents (.cvd .cld)
 *
 * Numbers are decimal, or hex behind 0x; empty lines and lines that begin with # do not count. */
struct ym_clamav_keys; /* opaque */
YM_MUST_CHECK ym_status ym_clamav_keys_parse(const char *name, const char *text, size_t n,
                                             struct ym_clamav_keys **ret_keys, struct ym_err *err);
void ym_clamav_keys_free(struct ym_clamav_keys *keys); /* accepts NULL */

typedef enum ym_clamav_signature {
    YM_CLAMAV_SIGNED,      /* checked, with a key, and good */
    YM_CLAMAV_NOT_CHECKED, /* there is no key for it */
    YM_CLAMAV_UNSIGNED     /* a .cud, which has none */
} ym_clamav_signature;
const char *ym_clamav_signature_text(ym_clamav_signature s); /* "signature not checked: no key" */

/* What a container's header says; texts are borrowed for the length of the call. */
struct ym_clamav_container {
    const char *file;
    struct ym_clamav_text {
        const char *s;
        size_t n;
    } time, builder; /* not NUL-terminated */
    uint32_t version, signatures, level;
    int64_t built; /* unix time; 0: unknown */
    ym_clamav_signature signature;
    uint32_t members; /* that are databases */
};

struct ym_clamav_options {
    bool skip_bad; /* a malformed line is left out and counted instead of ending the load */
    bool pua;      /* load .hdu .mdu .ndu ... */
    /* Of these, with n > 0: those of these categories only, or (excluded) all but them.  Borrowed. */
    const char *const *pua_categories;
    size_t n_pua_categories;
    bool pua_excluded;
    bool official;                     /* names are not marked as UNOFFICIAL */
    const struct ym_clamav_keys *keys; /* NULL: signatures of containers are not checked */
    /* Called before the first member of a container is loaded; may be NULL. */
    ym_status (*container)(void *self, const struct ym_clamav_container *c);
    void *container_self;
};

struct ym_clamav *ym_clamav_new(const struct ym_clamav_options *options,
                                const struct ym_sink *sink);
void ym_clamav_free(struct ym_clamav *ld); /* accepts NULL */

/* Is this a name that ym_clamav_file() knows how to treat, and does it have to be loaded first? */
typedef enum ym_clamav_class {
    YM_CLAMAV_NOT,    /* not a ClamAV database name */
    YM_CLAMAV_FIRST,  /* .ign .ign2: before all others */
    YM_CLAMAV_LOADED, /* loaded */
    YM_CLAMAV_PUA     /* loaded only with options.pua, else left out */
} ym_clamav_class;
ym_clamav_class ym_clamav_classify(const char *name);

/* The order in which the files of a folder are loaded: smaller first.  name: without its folder. */
enum { YM_CLAMAV_RANKS = 7 };
unsigned ym_clamav_rank(const char *name);     /* < YM_CLAMAV_RANKS */
bool ym_clamav_is_container(const char *name); /* .cvd .cld .cud */

/* Of daily.cld and daily.cvd in one folder only the newer is loaded.  What the header at the start
 * of data says; false: it is none. */
bool ym_clamav_container_version(const void *data, size_t n, uint32_t *ret_version);

/* Loads one file.  Errors name file:line. */
YM_MUST_CHECK ym_status ym_clamav_file(struct ym_clamav *ld, const char *name, const char *text,
                                       size_t n, struct ym_err *err);

#endif
