/* kinds.h - the few numbered words that compile side, image and run side must share. */
#ifndef YM_BASE_KINDS_H
#define YM_BASE_KINDS_H

#include <stdint.h>

/* The language a signature was written in. */
typedef enum ym_lang { YM_LANG_CLAMAV = 0, YM_LANG_YARA = 1 } ym_lang;

/* ClamAV's target numbers (facts: clamav-formats section 3).  YARA rules have YM_TARGET_ANY. */
enum ym_target {
    YM_TARGET_ANY = 0,
    YM_TARGET_PE = 1,
    YM_TARGET_OLE2 = 2,
    YM_TARGET_HTML = 3, /* normalised */
    YM_TARGET_MAIL = 4,
    YM_TARGET_GRAPHICS = 5,
    YM_TARGET_ELF = 6,
    YM_TARGET_TEXT = 7, /* normalised */
    YM_TARGET_UNUSED = 8,
    YM_TARGET_MACHO = 9,
    YM_TARGET_PDF = 10,
    YM_TARGET_FLASH = 11,
    YM_TARGET_JAVA = 12,
    YM_TARGET_INTERNAL = 13,
    YM_TARGET_OTHER = 14,
    YM_TARGET_COUNT = 15
};

/* What a digest signature is a digest of. */
typedef enum ym_digest_kind {
    YM_DIGEST_FILE,    /* .hdb .hsb: of a whole object */
    YM_DIGEST_SECTION, /* .mdb .msb: of one PE section's raw bytes; size is its raw size */
    YM_DIGEST_ALLOW,   /* .fp .sfp: of a whole object that is trusted, with all inside it */
    YM_DIGEST_KINDS
} ym_digest_kind;

typedef enum ym_digest_algo { YM_MD5, YM_SHA1, YM_SHA256, YM_DIGEST_ALGOS } ym_digest_algo;
static inline unsigned ym_digest_size(ym_digest_algo a) {
    return a == YM_MD5 ? 16 : a == YM_SHA1 ? 20 : 32;
}
#define YM_SIZE_ANY UINT32_MAX /* the `*` of a size field */

#endif
