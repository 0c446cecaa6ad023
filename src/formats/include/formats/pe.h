/* formats/pe.h - headers of a PE file, for matching.
 *
 * Two readers of the same bytes, because the two signature languages disagree about broken
 * files: ym_pe_parse() computes the entry point and the sections as ClamAV does (rounding raw
 * offsets, cutting sections at the end of the file), ym_pe_yara_entry() as YARA does.
 * Layout: Microsoft's PE/COFF specification. */
#ifndef YM_FORMATS_PE_H
#define YM_FORMATS_PE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/reader.h"
#include "formats/exe.h"

enum {
    YM_PE_MAX_SECTIONS = 65535,    /* whatever the field can say, as in ClamAV */
    YM_PE_MAX_ICONS = 100,         /* of a file, that are looked at */
    YM_PE_MAX_VERSION_RANGES = 256 /* key/value pairs of version resources that are kept */
};

/* Fills *ret_exe, whose arrays lie in the arena.  MALFORMED or TRUNCATED: ClamAV calls this PE
 * broken, so no signature that needs its headers may match; UNSUPPORTED: not a PE at all. */
YM_MUST_CHECK ym_status ym_pe_parse(struct ym_reader whole, struct ym_arena *arena,
                                    struct ym_exe *ret_exe, struct ym_err *err);

/* The text whose MD5 is ClamAV's import hash ("library.function,..."), appended to an empty *out;
 * it may be empty.  Its length is the size of the signature.  END: the file has no imports
 * that count (always so of PE32+); MALFORMED, TRUNCATED, UNSUPPORTED: no hash; LIMIT: too long. */
YM_MUST_CHECK ym_status ym_pe_imports(struct ym_reader whole, struct ym_arena *arena,
                                      struct ym_buf *out, struct ym_err *err);

/* The Authenticode signature of a PE file, which lies at its end. */
struct ym_pe_signature {
    struct ym_exe_range pkcs7;            /* DER, with what follows it up to the end of the file */
    struct ym_exe_range signed_ranges[3]; /* the bytes that are signed: one after the other */
};
/* END: the file is not signed; else as of ym_pe_parse().  The arena is for the headers. */
YM_MUST_CHECK ym_status ym_pe_signature(struct ym_reader whole, struct ym_arena *arena,
                                        struct ym_pe_signature *ret_signature, struct ym_err *err);

/* The bytes that a signature covers, of a file that is signed or not: those that its Authenticode
 * digest is of.  Errors as of ym_pe_signature(), but not END. */
YM_MUST_CHECK ym_status ym_pe_signed_ranges(struct ym_reader whole, struct ym_arena *arena,
                                            struct ym_exe_range ret_ranges[3], struct ym_err *err);

/* An icon that a group of icons names. */
struct ym_pe_icon {
    uint32_t width, height, bits; /* as its bitmap says; 0: it is compressed (PNG) */
    uint64_t offset, size;        /* of its data in the file */
};
/* The icons of all groups, in the order of the file, at most YM_PE_MAX_ICONS; fn returns false to
 * stop.  *ret_more: there were more.  Errors as of ym_pe_parse(). */
typedef bool ym_pe_icon_fn(void *self, const struct ym_pe_icon *icon);
YM_MUST_CHECK ym_status ym_pe_icons(struct ym_reader whole, struct ym_arena *arena,
                                    ym_pe_icon_fn *fn, void *self, bool *ret_more,
                                    struct ym_err *err);

/* The file's version by its version resource (VS_FIXEDFILEINFO): 5.1.2600.5694 is {5, 1, 2600, 5694}.
 * Errors as of ym_pe_parse(); UNSUPPORTED also when the file has no such resource. */
struct ym_pe_file_version {
    uint16_t part[4];
};
YM_MUST_CHECK ym_status ym_pe_file_version(struct ym_reader whole, struct ym_arena *arena,
                                           struct ym_pe_file_version *ret_version,
                                           struct ym_err *err);

/* YARA's `entrypoint`; false: undefined. */
bool ym_pe_yara_entry(struct ym_reader whole, uint64_t *ret_entry);

#endif
