/* cache_int.h - what cache.c and cache_save.c share (private). */
#ifndef YM_ENGINE_CACHE_INT_H
#define YM_ENGINE_CACHE_INT_H

#include "cache_file.h"

#include "base/buf.h"

enum { YM_CACHE_MAX_LAYERS = 32, YM_CACHE_NONE = 255 };

/* A verdict of this scan; its digests lie in ym_cache.new_digests, without sums. */
struct ym_cache_new {
    struct ym_file_stamp stamp;
    uint32_t first_digest;
    uint8_t n_digests;
    uint8_t kind;
    uint8_t flags;
};

struct ym_cache {
    struct ym_cache_options o;
    struct ym_cache_file file;
    const struct ym_digests *digests[YM_CACHE_MAX_LAYERS]; /* of the layers */
    bool only_digests[YM_CACHE_MAX_LAYERS];
    bool has_tables;                    /* any of them */
    uint64_t bits[YM_CACHE_MAX_LAYERS]; /* the layer's bit in file's entries; 0: not known there */
    uint64_t all_bits;                  /* an entry with these is clean; 0: no entry is */
    uint8_t context_id[YM_CACHE_ID];
    unsigned context;          /* its number in file; YM_CACHE_NONE: no entry of file counts */
    uint8_t *seen;             /* bit i: file's entry i was used */
    struct ym_buf news;        /* struct ym_cache_new */
    struct ym_buf new_digests; /* struct ym_cache_digest */
    struct ym_cache_stats stats;
};

#endif
