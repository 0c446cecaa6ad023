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
    YM_DIGEST_IMPORT,  /* .imp: MD5 of a PE file's list of imports; size is that list's */
    YM_DIGEST_KINDS
} ym_digest_kind;

typedef enum ym_digest_algo { YM_MD5, YM_SHA1, YM_SHA256, YM_DIGEST_ALGOS } ym_digest_algo;
static inline unsigned ym_digest_size(ym_digest_algo a) {
    return a == YM_MD5 ? 16 : a == YM_SHA1 ? 20 : 32;
}
#define YM_SIZE_ANY UINT32_MAX /* the `*` of a size field */

/* Zero-width tests.  LEFT looks at the byte before this place, RIGHT at the byte after it; start
 * and end of the data satisfy the plain form (ClamAV (B) (L) (W), facts: formats section 5). */
typedef enum ym_edge {
    YM_EDGE_B_LEFT,
    YM_EDGE_B_RIGHT,
    YM_EDGE_L_LEFT,
    YM_EDGE_L_RIGHT,
    YM_EDGE_W_LEFT,
    YM_EDGE_W_RIGHT,
    YM_EDGE_W_LEFT_WIDE, /* of widened text: a letter or digit counts with a zero behind it */
    YM_EDGE_W_RIGHT_WIDE,
    /* Of YARA's regular expressions: */
    YM_EDGE_WORD,      /* a letter, digit or _ on one side only; outside the data stands none */
    YM_EDGE_WORD_WIDE, /* the same of widened text: it counts with a zero behind it */
    YM_EDGE_START,     /* the first byte of the data is next */
    YM_EDGE_END        /* the last one was before */
} ym_edge;

/* Where the first byte of a match may lie. */
typedef enum ym_place_kind {
    YM_PLACE_ANY,          /* anywhere */
    YM_PLACE_ABS,          /* offset .. offset + shift, from the start */
    YM_PLACE_EOF,          /* size - offset .. size - offset + shift */
    YM_PLACE_EP,           /* entry point + offset (may be negative) .. + shift */
    YM_PLACE_SECTION,      /* raw start of section n + offset .. + shift */
    YM_PLACE_SECTION_LAST, /* the same of the last section */
    YM_PLACE_SECTION_BODY, /* inside section n: raw start .. raw start + raw size + shift */
    YM_PLACE_VERSION_INFO, /* inside a version-info key/value pair of a PE file */
    /* Of YARA's rules, whose offsets count from where the data lies in memory: */
    YM_PLACE_PE_ENTRY,  /* pe.entry_point */
    YM_PLACE_YARA_ENTRY /* entrypoint */
} ym_place_kind;

enum ym_pattern_flag {
    YM_PATTERN_NOCASE = 1u << 0,   /* ASCII letters in BYTES with a full mask match both cases */
    YM_PATTERN_FULLWORD = 1u << 1, /* YARA: neighbours are not alphanumeric (not xored) */
    YM_PATTERN_XOR = 1u << 2,      /* every byte xored with one key of xor_min..xor_max */
    YM_PATTERN_PRIVATE = 1u << 3,  /* never reported */
    YM_PATTERN_GREEDY =
        1u << 4, /* of several ends of one start, the longest counts; else the shortest */
    YM_PATTERN_REGEX = 1u << 5, /* run as an automaton (database/nfa.h), not as parts */
    YM_PATTERN_HEX = 1u << 8    /* written as a hex string: so are its matches, for people */
};

enum ym_rule_flag {
    YM_RULE_PRIVATE = 1u << 0,    /* YARA: usable, not reported */
    YM_RULE_GLOBAL = 1u << 1,     /* YARA: if false, no rule of its namespace is reported */
    YM_RULE_UNOFFICIAL = 1u << 2, /* ClamAV: ".UNOFFICIAL" is appended to the name when reported */
    YM_RULE_LOGICAL = 1u << 3,    /* ClamAV: its condition is a struct ym_logical */
    YM_RULE_MACRO = 1u << 4       /* ClamAV: member of a macro group, never reported alone */
};

/* Flags of a PCRE subsignature. */
enum ym_regex_flag {
    YM_REGEX_GLOBAL = 1u << 0,     /* g: every match counts */
    YM_REGEX_ROLLING = 1u << 1,    /* r: not anchored at the offset */
    YM_REGEX_ENCOMPASS = 1u << 2,  /* e: confined to offset .. offset + shift */
    YM_REGEX_CASELESS = 1u << 3,   /* i */
    YM_REGEX_DOTALL = 1u << 4,     /* s */
    YM_REGEX_MULTILINE = 1u << 5,  /* m */
    YM_REGEX_EXTENDED = 1u << 6,   /* x */
    YM_REGEX_ANCHORED = 1u << 7,   /* A */
    YM_REGEX_DOLLAR_END = 1u << 8, /* E */
    YM_REGEX_UNGREEDY = 1u << 9    /* U */
};

#endif
