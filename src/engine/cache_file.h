/* cache_file.h - the file of the cache of verdicts (private; docs/formats/cache.md).
 *
 * Little-endian: a header of 2,048 bytes, 1 << slot_bits slots (u32 entry + 1, or 0), entries at
 * the next multiple of 64, digests right behind.  All places follow from the counts.  Opening
 * checks the header and that the counts make up the file's size; an entry is checked when it is
 * used. */
#ifndef YM_ENGINE_CACHE_FILE_H
#define YM_ENGINE_CACHE_FILE_H

#include "engine/cache.h"

#include <assert.h>

#define YM_CACHE_MAGIC "YMVC\r\n\x1a\n"
enum {
    YM_CACHE_VERSION = 1,
    YM_CACHE_IMAGES = 64,
    YM_CACHE_CONTEXTS = 16,
    YM_CACHE_HEADER = 2048,
    YM_CACHE_MIN_BITS = 4,
    YM_CACHE_MAX_BITS = 28,
    YM_CACHE_PROBES = 256, /* longest search; the writer leaves out what would need more */
    YM_CACHE_ID = 16
};

struct ym_cache_known { /* an image, or a context */
    uint8_t id[YM_CACHE_ID];
    int64_t used; /* unix time of the last scan with it */
};

struct ym_cache_header {
    uint8_t magic[8];
    uint32_t version;
    uint32_t slot_bits;
    uint64_t file_size;
    uint64_t salt;   /* another one in every file; the sums of entries begin with it */
    int64_t written; /* unix time */
    uint32_t n_entries, n_digests, n_images, n_contexts;
    struct ym_cache_known images[YM_CACHE_IMAGES];
    struct ym_cache_known contexts[YM_CACHE_CONTEXTS];
    uint8_t reserved[64];
    uint64_t sum; /* of all before it */
};

enum { YM_CACHE_WHOLE = 1 }; /* flags: the digests are those of all objects */

struct ym_cache_entry {
    struct ym_file_stamp stamp;
    uint64_t images; /* bit i: header.images[i] has nothing on it */
    uint32_t first_digest;
    uint8_t n_digests;
    uint8_t context;
    uint8_t kind; /* enum ym_kind of the file */
    uint8_t flags;
    uint32_t used; /* unix time, modulo 2^32 */
    uint32_t sum;
};

struct ym_cache_digest {
    uint64_t size;
    uint32_t sum;
    uint8_t kind; /* enum ym_digest_kind, not ALLOW */
    uint8_t made;
    uint8_t reserved[2];
    uint8_t bytes[YM_REPORT_DIGEST_BYTES];
    uint8_t more[4];
};

static_assert(sizeof(struct ym_cache_header) <= YM_CACHE_HEADER, "on-disk layout");
static_assert(sizeof(struct ym_cache_entry) == 64, "on-disk layout");
static_assert(sizeof(struct ym_cache_digest) == 88, "on-disk layout");

/* An open file; no bytes: an empty one. */
struct ym_cache_file {
    struct ym_file_map map;
    bool mapped; /* ours to unmap */
    uint64_t dev, ino;
    struct ym_cache_header header;
    const uint32_t *slots;
    const struct ym_cache_entry *entries;
    const struct ym_cache_digest *digests;
};

ym_status ym_cache_file_open_bytes(const void *data, size_t size, struct ym_cache_file *ret_file,
                                   struct ym_err *err);
/* END: there is none. */
ym_status ym_cache_file_open(const char *path, struct ym_cache_file *ret_file, struct ym_err *err);
void ym_cache_file_close(struct ym_cache_file *f);

/* Entry i, or NULL: it is damaged. */
const struct ym_cache_entry *ym_cache_file_entry(const struct ym_cache_file *f, uint32_t i);
/* The digests of a sound entry, or NULL: damaged. */
const struct ym_cache_digest *ym_cache_file_digests(const struct ym_cache_file *f,
                                                    const struct ym_cache_entry *e);
/* The entry of this state in this context (a number of header.contexts), or NULL.
 * *damaged grows by those met that do not hold their sum. */
const struct ym_cache_entry *ym_cache_file_find(const struct ym_cache_file *f,
                                                const struct ym_file_stamp *stamp, unsigned context,
                                                uint64_t *damaged);

/* What both sides compute alike. */
uint64_t ym_cache_hash(uint64_t dev, uint64_t ino);
uint64_t ym_cache_sum(uint64_t salt, const void *data, size_t size);
uint32_t ym_cache_entry_sum(uint64_t salt, const struct ym_cache_entry *e);
uint32_t ym_cache_digest_sum(uint64_t salt, const struct ym_cache_digest *d);
uint64_t ym_cache_entries_at(unsigned slot_bits);

#endif
