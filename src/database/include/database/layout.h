/* database/layout.h - the compiled signature image (.ydb), as it lies in the file.
 *
 * Rules of the image: little-endian; no pointers, only offsets and row numbers; every section
 * starts at a multiple of 64 and has a row size of its own, so that an older reader can skip new
 * fields.  At open, the header, every section and the groups with their bitmaps are checked;
 * all other rows are bounded where they are used, and ym_db_check() proves all of them.
 * Whoever adds a field adds its check to database/check.c.
 * This header is all that compile side and run side share. */
#ifndef YM_DATABASE_LAYOUT_H
#define YM_DATABASE_LAYOUT_H

#include <assert.h>
#include <stdint.h>

#define YM_IMG_MAGIC "YMDB\r\n\x1a\n"
enum { YM_IMG_VERSION = 5, YM_IMG_ALIGN = 64 };

/* name in `db info`, bytes a row */
#define YM_SECTION_TABLE(X)                                                                        \
    X(STRINGS, "strings", 1)       /* NUL-terminated texts; offset 0 is the empty one */           \
    X(RULES, "rules", 48)          /* struct ym_img_rule */                                        \
    X(PATTERNS, "patterns", 48)    /* struct ym_img_pattern */                                     \
    X(PARTS, "parts", 48)          /* struct ym_img_part */                                        \
    X(PROGRAMS, "programs", 1)     /* pattern_code.h, nfa_code.h */                                \
    X(CONDITIONS, "conditions", 1) /* condition_code.h */                                          \
    X(GROUPS, "groups", 160)       /* struct ym_img_group, one a target */                         \
    X(BITMAPS, "bitmaps", 1)       /* of the groups */                                             \
    X(ATOMS, "atoms", 16)          /* struct ym_img_atom, open addressing, power of two slots */   \
    X(PAIRS, "pairs", 4)           /* u32 first posting of each pair, 65537 rows, or none */       \
    X(POSTINGS, "postings", 16)    /* struct ym_img_posting */                                     \
    X(ANCHORS, "anchors", 16)      /* struct ym_img_anchor: places and what stands there */        \
    X(ANCHORED, "anchored", 8)     /* struct ym_img_anchored: verified at its place only */        \
    X(EVERYWHERE, "everywhere", 4) /* u32 part: no atom at all, verified at every position */      \
    X(MACROS, "macros", 8)         /* struct ym_img_macro */                                       \
    X(ALWAYS, "always", 32)        /* struct ym_img_always, by rule */                             \
    X(EXTERNALS, "externals", 24)  /* struct ym_img_external */                                    \
    X(TAGS, "tags", 8)             /* struct ym_img_tag, by rule */                                \
    X(METAS, "metas", 32)          /* struct ym_img_meta, by rule */                               \
    X(DIGESTS, "digests", 1)       /* digests.h */                                                 \
    X(TABLES, "tables", 1)         /* tables.h */                                                  \
    X(INFO, "info", 1)             /* JSON, NUL-terminated */

typedef enum ym_section {
#define X(name, text, row) YM_SECTION_##name,
    YM_SECTION_TABLE(X)
#undef X
        YM_SECTION_COUNT
} ym_section;

struct ym_img_span {
    uint64_t offset; /* from the image's first byte */
    uint64_t size;   /* bytes: count * row */
    uint32_t row;    /* bytes a row */
    uint32_t count;
};

struct ym_img_header {
    uint8_t magic[8];
    uint32_t version;
    uint32_t header_size; /* of this structure */
    uint64_t file_size;
    int64_t built;        /* unix time */
    uint64_t checksum;    /* of the file with this field as zero (checksum.h); full check */
    uint64_t epoch;       /* grows from one edition of a set to the next; --epoch, or the time */
    uint8_t identity[16]; /* of all sections but INFO (checksum.h): what the image holds, not when
                             it was built */
    uint32_t n_sections;
    uint32_t modules; /* ym_modules_fingerprint() of who compiled the conditions */
    struct ym_img_span sections[YM_SECTION_COUNT];
};

struct ym_img_rule {
    uint32_t name; /* string */
    uint32_t ns;   /* string */
    uint32_t file; /* string */
    uint32_t line;
    uint32_t first_pattern;
    uint32_t n_patterns;
    uint32_t condition;      /* offset in CONDITIONS */
    uint32_t condition_size; /* 0: the rule holds when a pattern was found */
    uint32_t ns_id;          /* number of the namespace, for global rules */
    uint32_t flags;          /* enum ym_rule_flag */
    uint8_t lang;            /* enum ym_lang */
    uint8_t target;          /* enum ym_target */
    uint8_t reserved[6];
};

struct ym_img_pattern {
    int64_t place_offset;
    uint32_t rule;
    uint32_t id; /* string */
    uint32_t first_part;
    uint32_t n_parts; /* of all its variants together */
    uint32_t flags;   /* enum ym_pattern_flag */
    uint32_t place_shift;
    uint32_t place_section;
    uint8_t place_kind; /* enum ym_place_kind */
    uint8_t need;       /* enum ym_pattern_need */
    uint8_t lang;       /* enum ym_lang, of its rule */
    uint8_t target;     /* enum ym_target, of its rule */
    uint32_t index;     /* in its rule */
    uint32_t reserved;
};

enum {
    /* In the flags, past those of enum ym_pattern_flag: in no prefilter table; sought when its rule
     * is evaluated. */
    YM_IMG_PATTERN_SOUGHT = 1u << 16,
    /* One spelling, all of whose bits are known. */
    YM_IMG_PATTERN_PLAIN = 1u << 17,
    /* Its number of matches is that of the places of its last part; it is cut at every gap. */
    YM_IMG_PATTERN_BY_LAST = 1u << 18,
    /* Its place is all that the condition asks of it: matches elsewhere are for people only. */
    YM_IMG_PATTERN_PLACED = 1u << 19,
    /* Its rule cannot hold unless another pattern was found, which is not QUIET. */
    YM_IMG_PATTERN_QUIET = 1u << 20
};

enum ym_img_part_flag {
    YM_IMG_PART_WIDE = 1u << 0,     /* full words are tested as wide ones */
    YM_IMG_PART_LAST = 1u << 1,     /* the last of its variant */
    YM_IMG_PART_ALL_ENDS = 1u << 2, /* every end of a start counts: a bounded gap follows */
    YM_IMG_PART_SHORTEST = 1u << 3, /* alternatives of several lengths, of which YARA wants the
                                       nearest end; ClamAV takes the first one that fits */
    YM_IMG_PART_NFA = 1u << 4,      /* a regular expression: its program is a pair of automata
                                       (nfa_code.h), its start the cut between them */
    YM_IMG_PART_SEED = 1u << 5      /* it has one */
};

/* What a part is sought by: at its start + `at` stand two bytes with (byte & mask) == value. */
struct ym_img_landmark {
    uint32_t at;
    uint8_t value[2], mask[2];
};

struct ym_img_part {
    uint32_t pattern;
    uint32_t program; /* offset in PROGRAMS */
    uint32_t program_size;
    uint32_t min_length, max_length;
    uint32_t gap_min, gap_max; /* between the end of the part before it and this one */
    uint16_t chain;            /* 0 for the first part of a variant */
    uint16_t flags;
    struct ym_img_landmark landmark;
    /* What many parts are sought by at once: four known bytes at its start + seed_at, folded. */
    uint32_t seed_at;
    uint8_t seed[4];
};

/* An atom that stands at input position p lets the part start at p - off_max .. p - off_max + width. */
struct ym_img_posting {
    uint32_t part;
    uint32_t off_max;
    uint16_t width;
    uint8_t key; /* xor key */
    uint8_t reserved[5];
};

/* Parts that are verified at the same place of an object, by `width` bytes (0, 2 or 4) that they all
 * know `at` bytes from their start: rows first .. first + n of ANCHORED, which rise by those bytes.
 * The place, language and target are those of the first one's pattern. */
struct ym_img_anchor {
    uint32_t first, n;
    uint8_t at, width;
    uint8_t reserved[6];
};
struct ym_img_anchored {
    uint32_t part;
    uint32_t bytes; /* as a little-endian number */
};

/* A member of one of ClamAV's macro groups. */
struct ym_img_macro {
    uint32_t group, pattern;
};

/* A rule whose condition may hold without any hit; it cannot where the size is not in size_low ..
 * size_high, or the first four bytes (little-endian, zeros where there are fewer), under the mask, are not
 * head. */
struct ym_img_always {
    uint32_t rule;
    uint32_t head, head_mask;
    uint32_t reserved;
    uint64_t size_low, size_high;
};

/* An external variable of YARA rules and its value when nobody gives another. */
struct ym_img_external {
    uint32_t name;  /* string */
    uint32_t text;  /* string; of letter t */
    int64_t number; /* of letter i; of letter d the bits of the double */
    uint8_t letter; /* i, d or t */
    uint8_t reserved[7];
};

/* What YARA rules say of themselves (about.h); both rise by rule, the rows of one as it is written. */
struct ym_img_tag {
    uint32_t rule;
    uint32_t text; /* string */
};
struct ym_img_meta {
    uint32_t rule;
    uint32_t key;   /* string */
    int64_t number; /* of letters i and b */
    uint32_t text;  /* string; of letter t */
    uint8_t letter; /* i, b or t */
    uint8_t reserved[11];
};

struct ym_img_atom {
    uint64_t key;   /* ym_atom_key(); 0 with first == 0: a free slot */
    uint32_t first; /* posting + 1 */
    uint32_t n;     /* postings */
};

/* Atoms are runs of known bytes of five lengths.  A run of `length` bytes holds the windows of
 * `window` bytes at `stride` neighbouring places, so one of them stands at a multiple of the stride,
 * wherever the run stands; only those places of the input are looked up.  A window that is met lets
 * the run begin at `stride` places, and there the run's first `key` bytes are asked for.
 *
 * Of FOUR, windows of 3 bytes with stride 2 are taken while they are few.
 *
 * class, length, window, stride, key */
#define YM_ATOM_CLASS_TABLE(X)                                                                     \
    X(LONG, 11, 8, 4, 8)                                                                           \
    X(SEVEN, 7, 4, 4, 7)                                                                           \
    X(FIVE, 5, 4, 2, 5)                                                                            \
    X(FOUR, 4, 4, 1, 4)                                                                            \
    X(THREE, 3, 3, 1, 3)

enum ym_atom_class {
#define X(name, length, window, stride, key) YM_ATOM_##name,
    YM_ATOM_CLASS_TABLE(X)
#undef X
        YM_ATOM_CLASSES
};

/* One prefilter table: two bitmaps of 1 << bits bits; 0 bits: no table.
 *
 * The first is asked for every window: a blocked Bloom filter of 32-bit words, two bits of one word
 * a window (ym_window_word), no larger than the second-level cache.  What passes is asked against
 * the second, which holds the keys, one bit each, and may be much larger. */
struct ym_img_filter {
    uint64_t first, second; /* offsets in BITMAPS */
    uint16_t bits, second_bits;
    uint8_t stride, window; /* as in the table above */
    uint8_t key, reserved;
};

/* While short atoms are few they are asked for without a bitmap: each is in one of eight sets (bits) of
 * a struct ym_img_few, and a place may begin one only if its bit is left when what each of the four
 * bytes allows is taken together; of an atom of three or two bytes the others allow all.  (The idea is
 * Teddy's, of Hyperscan.)  What a byte allows is told twice: by low and high half of the folded byte, or
 * better, where the processor can look 64 entries up at once, by its symbol (ym_few_symbol).
 *
 * What passed is asked against a bit of its key's hash (ym_few_bit) first; pairs are not. */
enum { YM_FEW_KEYS = 2048 };
struct ym_img_few {
    uint8_t low[4][16], high[4][16]; /* of the byte at 0, 1, 2, 3 */
    uint8_t symbols[4][64];
};

/* What is looked up in an object of one target. */
struct ym_img_group {
    struct ym_img_filter filters[YM_ATOM_CLASSES];
    uint64_t pairs; /* offset in BITMAPS of 65536 bits, one a folded pair; or UINT64_MAX */
    uint64_t
        few; /* offset in BITMAPS of YM_FEW_KEYS bytes, then n_few struct ym_img_few; or UINT64_MAX */
    uint8_t few_classes; /* bit a class: its atoms are there, not in a filter */
    uint8_t n_few;
    uint8_t few_pairs; /* 1: pairs are there, too, and need no map of their own */
    uint8_t few_flat; /* 1: one of them could begin where four bytes are the same (runs of zeros) */
    uint8_t reserved[20];
};

static_assert(sizeof(struct ym_img_span) == 24, "on-disk layout");
static_assert(sizeof(struct ym_img_header) == 72 + 24 * YM_SECTION_COUNT, "on-disk layout");
static_assert(sizeof(struct ym_img_rule) == 48, "on-disk layout");
static_assert(sizeof(struct ym_img_pattern) == 48, "on-disk layout");
static_assert(sizeof(struct ym_img_part) == 48, "on-disk layout");
static_assert(sizeof(struct ym_img_anchor) == 16, "on-disk layout");
static_assert(sizeof(struct ym_img_anchored) == 8, "on-disk layout");
static_assert(sizeof(struct ym_img_always) == 32, "on-disk layout");
static_assert(sizeof(struct ym_img_posting) == 16, "on-disk layout");
static_assert(sizeof(struct ym_img_external) == 24, "on-disk layout");
static_assert(sizeof(struct ym_img_tag) == 8, "on-disk layout");
static_assert(sizeof(struct ym_img_meta) == 32, "on-disk layout");
static_assert(sizeof(struct ym_img_atom) == 16, "on-disk layout");
static_assert(sizeof(struct ym_img_group) == 160, "on-disk layout");
static_assert(sizeof(struct ym_img_few) == 384, "on-disk layout");

/* ---- Windows: what both sides must compute alike ------------------------------------------ */

/* Bit 5 of every byte is dropped, so that both cases of a letter give one window; digits and
 * punctuation lose a bit too, which verification gives back. */
#define YM_FOLD8 UINT64_C(0xdfdfdfdfdfdfdfdf)
#define YM_FOLD4 UINT32_C(0xdfdfdfdf)
#define YM_FOLD3 UINT32_C(0x00dfdfdf)
#define YM_FOLD2 UINT32_C(0xdfdf)

/* The first bitmap's hash is made of 32-bit products, so that eight or sixteen windows can be
 * hashed at once.  Its top bits are the word, bits 8..12 and 3..7 the two bits in it; the shifts
 * before the products give those a share of all bytes.  The second hash is independent of it. */
#define YM_HASH_LOW UINT32_C(0x9e3779b1)
#define YM_HASH_HIGH UINT32_C(0x85ebca6b)
enum { YM_HASH_MIX_LOW = 15, YM_HASH_MIX_HIGH = 17, YM_HASH_BIT_1 = 8, YM_HASH_BIT_2 = 3 };

static inline uint32_t ym_window_hash(uint64_t w) {
    uint32_t low = (uint32_t)w;
    uint32_t high = (uint32_t)(w >> 32);

    low ^= low >> YM_HASH_MIX_LOW;
    high ^= high >> YM_HASH_MIX_HIGH;
    return low * YM_HASH_LOW + high * YM_HASH_HIGH;
}
/* Its word's number in a map of 1 << bits bits, and the bits in that word. */
static inline uint32_t ym_window_word(uint32_t hash, unsigned bits) {
    return bits <= 5 ? 0 : hash >> (37 - bits);
}
static inline uint32_t ym_window_bits(uint32_t hash) {
    return UINT32_C(1) << (hash >> YM_HASH_BIT_1 & 31) | UINT32_C(1)
                                                             << (hash >> YM_HASH_BIT_2 & 31);
}
static inline uint64_t ym_window_hash2(uint64_t w) {
    return (w ^ w >> 29) * UINT64_C(0xd6e8feb86659fd93);
}

/* The key of an atom: its first n bytes, folded and, when there are fewer than 8, marked with their
 * number.  (A key of 8 bytes that looks like a marked one only makes a false candidate.) */
static inline uint64_t ym_atom_key(uint64_t bytes, unsigned n) {
    return n >= 8 ? bytes & YM_FOLD8
                  : (bytes & YM_FOLD8 & ((UINT64_C(1) << 8 * n) - 1)) | (uint64_t)n << 56;
}

/* Which bit of the YM_FEW_KEYS bytes is a key's. */
static inline uint32_t ym_few_bit(uint64_t key) {
    return (uint32_t)(ym_window_hash2(key) >> 50);
}

/* Six bits of a byte: without the one that tells the case of letters, and without the highest. */
static inline unsigned ym_few_symbol(uint8_t byte) {
    return (byte & 0x1fu) | (byte >> 1 & 0x20u);
}

#endif
