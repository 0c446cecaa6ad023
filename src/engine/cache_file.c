/* cache_file.c - opening the file of the cache and finding entries.  See cache_file.h.
 *
 * Invariants after opening:
 *   1. slots, entries and digests lie inside the mapping, each aligned for its type;
 *   2. n_images and n_contexts are within their tables.
 * An entry that is given out holds its sum, and its numbers are within the counts.  Its digests
 * have sums of their own: they are only read when they are asked for. */
#include "cache_file.h"

#include "base/kinds.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char module[] = "cache";

/* ---- Sums -------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t word) {
    h = (h ^ word) * UINT64_C(0x9fb21c651e98df25);
    return h ^ h >> 29;
}

uint64_t ym_cache_hash(uint64_t dev, uint64_t ino) {
    return mix(mix(UINT64_C(0x9e3779b97f4a7c15), dev), ino);
}

uint64_t ym_cache_sum(uint64_t salt, const void *data, size_t size) {
    const uint8_t *p = data;
    uint64_t h = salt ^ size;

    for (; size >= 8; size -= 8, p += 8) {
        uint64_t word;

        memcpy(&word, p, sizeof(word));
        h = mix(h, word);
    }
    if (size > 0) {
        uint64_t word = 0;

        memcpy(&word, p, size);
        h = mix(h, word);
    }
    return mix(h, 0);
}

uint32_t ym_cache_entry_sum(uint64_t salt, const struct ym_cache_entry *e) {
    return (uint32_t)(ym_cache_sum(salt, e, offsetof(struct ym_cache_entry, sum)) >> 32);
}

uint32_t ym_cache_digest_sum(uint64_t salt, const struct ym_cache_digest *d) {
    struct ym_cache_digest copy = *d;

    copy.sum = 0;
    return (uint32_t)(ym_cache_sum(salt, &copy, sizeof(copy)) >> 32);
}

uint64_t ym_cache_entries_at(unsigned slot_bits) {
    uint64_t at = YM_CACHE_HEADER + (UINT64_C(4) << slot_bits);

    return (at + 63) / 64 * 64;
}

/* ---- Opening ----------------------------------------------------------------------------- */

static ym_status damaged(struct ym_err *err, ym_status st, const char *what) {
    return ym_fail(err, st, module, YM_ERR_NO_OFFSET, "%s; it is not used, and replaced at the end",
                   what);
}

static ym_status check_header(const struct ym_cache_header *h, size_t size, struct ym_err *err) {
    uint64_t end;

    if (memcmp(h->magic, YM_CACHE_MAGIC, sizeof(h->magic)) != 0) {
        return damaged(err, YM_MALFORMED, "not a cache of Yamori");
    }
    if (h->version != YM_CACHE_VERSION) {
        return damaged(err, YM_UNSUPPORTED, "a cache of another version of Yamori");
    }
    if (h->sum != ym_cache_sum(0, h, offsetof(struct ym_cache_header, sum)) ||
        h->slot_bits < YM_CACHE_MIN_BITS || h->slot_bits > YM_CACHE_MAX_BITS ||
        h->n_images > YM_CACHE_IMAGES || h->n_contexts > YM_CACHE_CONTEXTS) {
        return damaged(err, YM_MALFORMED, "the cache is damaged");
    }
    end = ym_cache_entries_at(h->slot_bits) +
          (uint64_t)h->n_entries * sizeof(struct ym_cache_entry) +
          (uint64_t)h->n_digests * sizeof(struct ym_cache_digest); /* at most 2^40: no overflow */
    if (h->file_size != size || end != size) {
        return damaged(err, YM_TRUNCATED, "the cache has not the size that it should have");
    }
    return YM_OK;
}

ym_status ym_cache_file_open_bytes(const void *data, size_t size, struct ym_cache_file *ret_file,
                                   struct ym_err *err) {
    struct ym_cache_file f = {.map = {data, size}};
    uint64_t at;

    if (size < YM_CACHE_HEADER) {
        return damaged(err, YM_TRUNCATED, "too short to be a cache");
    }
    memcpy(&f.header, data, sizeof(f.header));
    YM_TRY(check_header(&f.header, size, err));
    at = ym_cache_entries_at(f.header.slot_bits);
    f.slots = (const void *)(f.map.data + YM_CACHE_HEADER);
    f.entries = (const void *)(f.map.data + at);
    f.digests = (const void *)(f.map.data + at +
                               (uint64_t)f.header.n_entries * sizeof(struct ym_cache_entry));
    *ret_file = f;
    return YM_OK;
}

/* A cache that somebody else can write would let him decide what is clean. */
static ym_status check_owner(int fd, const char *path, struct stat *ret_sb, struct ym_err *err) {
    if (fstat(fd, ret_sb) != 0) {
        return ym_fail_errno(err, module, path, errno, "cannot ask for its owner");
    }
    if (ret_sb->st_uid != geteuid() || (ret_sb->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return ym_fail_at(err, YM_UNSUPPORTED, module, path, 0, 0,
                          "belongs to somebody else, or others may write it: it is not used");
    }
    return YM_OK;
}

static ym_status open_fd(int fd, const char *path, struct ym_cache_file *ret_file,
                         struct ym_err *err) {
    struct ym_cache_file f;
    struct ym_file_map map;
    struct stat sb;
    ym_status st;

    YM_TRY(check_owner(fd, path, &sb, err));
    YM_TRY(ym_file_map(fd, path, &map, err));
    st = ym_cache_file_open_bytes(map.data, map.size, &f, err);
    if (st != YM_OK) {
        ym_file_unmap(&map);
        if (err != NULL) {
            (void)strncpy(err->file, path, sizeof(err->file) - 1);
        }
        return st;
    }
    f.mapped = true;
    f.dev = sb.st_dev;
    f.ino = sb.st_ino;
    *ret_file = f;
    return YM_OK;
}

ym_status ym_cache_file_open(const char *path, struct ym_cache_file *ret_file, struct ym_err *err) {
    int fd;
    ym_status st;

    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return YM_END;
    }
    YM_TRY(ym_file_open(AT_FDCWD, path, false, path, &fd, err));
    st = open_fd(fd, path, ret_file, err);
    (void)close(fd);
    return st;
}

void ym_cache_file_close(struct ym_cache_file *f) {
    if (f->mapped) {
        ym_file_unmap(&f->map);
    }
    *f = (struct ym_cache_file){.mapped = false};
}

/* ---- Entries ----------------------------------------------------------------------------- */

const struct ym_cache_entry *ym_cache_file_entry(const struct ym_cache_file *f, uint32_t i) {
    const struct ym_cache_header *h = &f->header;
    const struct ym_cache_entry *e;

    if (i >= h->n_entries) {
        return NULL;
    }
    e = &f->entries[i];
    if (e->sum != ym_cache_entry_sum(h->salt, e) || e->context >= h->n_contexts ||
        (h->n_images < YM_CACHE_IMAGES && e->images >> h->n_images != 0) ||
        e->n_digests > YM_REPORT_MAX_DIGESTS || e->first_digest > h->n_digests ||
        e->n_digests > h->n_digests - e->first_digest) {
        return NULL;
    }
    return e;
}

const struct ym_cache_digest *ym_cache_file_digests(const struct ym_cache_file *f,
                                                    const struct ym_cache_entry *e) {
    const struct ym_cache_digest *d = f->digests + e->first_digest;

    for (unsigned i = 0; i < e->n_digests; i++) {
        if (d[i].sum != ym_cache_digest_sum(f->header.salt, &d[i]) ||
            d[i].kind >= YM_DIGEST_KINDS || d[i].kind == YM_DIGEST_ALLOW || d[i].made > 1) {
            return NULL;
        }
    }
    return d;
}

static bool same_stamp(const struct ym_file_stamp *a, const struct ym_file_stamp *b) {
    return a->ino == b->ino && a->dev == b->dev && a->size == b->size &&
           a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

const struct ym_cache_entry *ym_cache_file_find(const struct ym_cache_file *f,
                                                const struct ym_file_stamp *stamp, unsigned context,
                                                uint64_t *damaged_met) {
    uint32_t mask = (UINT32_C(1) << f->header.slot_bits) - 1;
    uint32_t slot = (uint32_t)ym_cache_hash(stamp->dev, stamp->ino) & mask;

    if (f->slots == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < YM_CACHE_PROBES; i++, slot = (slot + 1) & mask) {
        const struct ym_cache_entry *e;

        if (f->slots[slot] == 0) {
            return NULL;
        }
        if (f->slots[slot] > f->header.n_entries ||
            !same_stamp(&f->entries[f->slots[slot] - 1].stamp, stamp)) {
            continue;
        }
        e = ym_cache_file_entry(f, f->slots[slot] - 1);
        if (e == NULL) {
            ++*damaged_met;
        } else if (e->context == context) {
            return e;
        }
    }
    return NULL;
}
