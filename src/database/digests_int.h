/* digests_int.h - the layout of the DIGESTS section, between digests.c and digests_build.c.
 *
 * All numbers little-endian, all offsets from the start of the section and 8-aligned.
 *
 *   head        magic u32, version u32, names u64, name blocks at u64, names at u64,
 *               bytes of names u64, zero u64
 *   tables      YM_DIGEST_KINDS * YM_DIGEST_ALGOS times, kind by kind:
 *               rows u64, rows at u64, index at u64, filter at u64,
 *               filter lines u32, index bits u32, flags u32, zero u32
 *   name blocks u32 each: where every 16th name begins, from "names at"
 *   names       in ascending order, each once: bytes shared with the name before (0 for the first
 *               of a block), bytes that follow, those bytes; both counts are LEB128
 *   per table
 *     rows      digest, size u32 (YM_SIZE_ANY: any), name number * 2 + unofficial u32; ascending
 *               by digest, size, name
 *     index     u32 each, 2^bits + 1: the first row whose digest begins with these bits or later
 *     filter    lines of 64 bytes, a bit set of sizes: ym_digest_probe()
 *
 * A table without rows has zeros for all its fields. */
#ifndef YM_DATABASE_DIGESTS_INT_H
#define YM_DATABASE_DIGESTS_INT_H

#include "base/kinds.h"

#include <stddef.h>
#include <stdint.h>

enum {
    YM_DIGESTS_MAGIC = 0x47444d59, /* "YMDG" */
    YM_DIGESTS_VERSION = 1,
    YM_DIGESTS_HEAD_SIZE = 48,
    YM_DIGESTS_TABLE_SIZE = 48,
    YM_DIGESTS_START =
        YM_DIGESTS_HEAD_SIZE + YM_DIGEST_KINDS * YM_DIGEST_ALGOS * YM_DIGESTS_TABLE_SIZE,
    YM_DIGESTS_NAME_BLOCK = 16,
    YM_DIGESTS_MAX_INDEX_BITS = 26,
    YM_DIGESTS_LINE = 64,    /* bytes of a filter line: a cache line */
    YM_DIGESTS_PROBES = 4,   /* bits a size has in its line */
    YM_DIGESTS_FLAG_ANY = 1u /* a row of any size is there */
};

static inline uint32_t ym_digests_u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void ym_digests_put_u32(uint8_t *p, uint32_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

/* The bucket of the index that a digest belongs to. */
static inline uint32_t ym_digest_bucket(const uint8_t *digest, uint32_t bits) {
    uint32_t top = (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 |
                   (uint32_t)digest[2] << 8 | (uint32_t)digest[3];

    return bits == 0 ? 0 : top >> (32 - bits);
}

/* splitmix64's finish: spreads neighbouring sizes. */
static inline uint64_t ym_digest_spread(uint32_t size) {
    uint64_t x = size + UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* Where in a filter of so many lines the size's bits are: its line, and bits of 0..511. */
struct ym_digest_probe {
    size_t line;
    unsigned bits[YM_DIGESTS_PROBES];
};
static inline struct ym_digest_probe ym_digest_probe(uint32_t size, uint32_t lines) {
    uint64_t x = ym_digest_spread(size);
    struct ym_digest_probe p = {.line = (size_t)((x >> 36) * lines >> 28)};

    for (unsigned i = 0; i < YM_DIGESTS_PROBES; i++) {
        p.bits[i] = (unsigned)(x >> (9 * i)) & 511;
    }
    return p;
}

/* ---- digests_sort.c -------------------------------------------------------------------------- */

/* n rows of stride bytes in ascending order of their bytes, in place; stride <= 64. */
void ym_digest_sort_rows(uint8_t *rows, size_t n, size_t stride);

/* Names in a pool, each u16 length (little-endian) and bytes; ref says where. */
struct ym_digest_name {
    uint64_t key; /* scratch of the sort */
    uint32_t ref;
    uint32_t number;
};
void ym_digest_sort_names(struct ym_digest_name *names, size_t n, const uint8_t *pool);

static inline size_t ym_digest_name_len(const uint8_t *pool, uint32_t ref) {
    return (size_t)pool[ref] | (size_t)pool[ref + 1] << 8;
}
static inline const uint8_t *ym_digest_name_bytes(const uint8_t *pool, uint32_t ref) {
    return pool + ref + 2;
}

#endif
