/* engine/cache.h - the cache of verdicts: what need not be scanned again (the parent's side).
 *
 *     YM_TRY(ym_cache_new(&options, &cache, err));
 *     if (ym_cache_load(cache, path, &why) != YM_OK) { ... warn: it is empty, and as good ... }
 *     switch (ym_cache_ask(cache, &stamp, report, &skip)) {       // before a file is opened
 *     case YM_CACHE_CLEAN: case YM_CACHE_INFECTED: ... report says so, no file was opened ...
 *     case YM_CACHE_SCAN:  ... ym_pool_submit_some(pool, fd, name, skip, ...)
 *     }
 *     ym_cache_put(cache, fd_stamp, opened_at, report);           // what a scan said
 *     st = ym_cache_save(cache, path, err);                       // at the end
 *     ym_cache_free(cache);
 *
 * Why a verdict may be kept.  An entry says: this state of this file was looked at completely and
 * image X had nothing to say of any object in it.  It is keyed by device, inode, size, mtime and
 * ctime, in nanoseconds; nobody but the kernel sets a ctime, so a file that was changed since has
 * another.  (What this does not see is listed in docs/formats/cache.md.)
 *
 * Why images may be judged one by one.  Every rule belongs to one image and sees the objects
 * alone; what rules of two images say does not depend on each other, except where
 *   - an allow list of any image silences a detection of another, or a rule has an object looked
 *     at as another type: such a report is `mixed` and is not kept;
 *   - an image has side tables (passwords, types of files, trusted catalogues), which change what
 *     all rules see: its identity is part of the context below, so that entries made without it
 *     do not count.
 * So a file that was clean under {A} needs only B under {A, B}, and one that was clean under
 * {A, B} is clean under {A}.  When all that is missing are images that hold nothing but digests,
 * the digests kept in the entry answer, and no byte of the file is read.
 *
 * The context is all else that an answer depends on: version and file of the program, versions of the
 * unpacking libraries, every limit, --no-unpack, the images with side tables.  Entries of another
 * context are not seen.
 *
 * Only `clean` is kept: what was found, or not all looked at, is looked at again each time; and
 * only states that are older than `settle` seconds at the time of the scan, for a file that was
 * changed again within one tick of the clock, or through a mapping, may keep its ctime.
 *
 * The name of a file must never decide its verdict: hard links share one entry.
 *
 * One thread.  The file of the cache is read as hostile input: damaged entries are not seen.  It
 * is replaced by rename under a lock and what others wrote meanwhile is merged, so two scans at a
 * time both leave what they learned. */
#ifndef YM_ENGINE_CACHE_H
#define YM_ENGINE_CACHE_H

#include "base/status.h"
#include "engine/engine.h"
#include "os/file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_cache; /* opaque: see cache.c */

enum { YM_CACHE_SETTLE = 60 }; /* seconds; see above */
#define YM_CACHE_MAX_BYTES (UINT64_C(1) << 30)

struct ym_cache_options {
    const struct ym_db *const *layers; /* borrowed for the cache's life */
    unsigned n_layers;
    struct ym_limits limits;
    struct ym_scan_options scan;
    uint64_t max_bytes; /* of the file; what was not used for longest goes first */
    unsigned settle;    /* YM_CACHE_SETTLE; less only in tests */
};

YM_MUST_CHECK ym_status ym_cache_new(const struct ym_cache_options *o, struct ym_cache **ret_cache,
                                     struct ym_err *err);
void ym_cache_free(struct ym_cache *c); /* accepts NULL */

/* No file there is OK.  Anything but OK: the cache stays empty and can be used all the same. */
YM_MUST_CHECK ym_status ym_cache_load(struct ym_cache *c, const char *path, struct ym_err *err);
/* The same from memory (8-byte aligned), which must outlive the cache. */
YM_MUST_CHECK ym_status ym_cache_load_bytes(struct ym_cache *c, const void *data, size_t size,
                                            struct ym_err *err);

typedef enum ym_cache_answer { YM_CACHE_SCAN, YM_CACHE_CLEAN, YM_CACHE_INFECTED } ym_cache_answer;
/* INFECTED: the detections were added to report (which the caller made empty), from the digest of
 * the file itself; what lies deeper inside is scanned to name the place.  SCAN: *ret_skip is
 * scan.skip_layers for this file. */
ym_cache_answer ym_cache_ask(struct ym_cache *c, const struct ym_file_stamp *stamp,
                             struct ym_report *report, uint32_t *ret_skip);

/* Keeps what a scan with all layers but skip said, when it may be kept.  stamp and opened_ns
 * (CLOCK_REALTIME) were taken after the file was opened and before the scan.  Out of memory: the
 * verdict is not kept, nothing else. */
void ym_cache_put(struct ym_cache *c, const struct ym_file_stamp *stamp, int64_t opened_ns,
                  const struct ym_report *report);

/* Writes the file when there is something new.  After a failure the old one is still there. */
YM_MUST_CHECK ym_status ym_cache_save(struct ym_cache *c, const char *path, struct ym_err *err);

struct ym_cache_stats {
    uint64_t clean;    /* answered by an entry alone */
    uint64_t digests;  /* ... with the help of digests */
    uint64_t infected; /* ... of these, found */
    uint64_t partly;   /* to be scanned, but not with all images */
    uint64_t kept;     /* new entries */
    uint64_t damaged;  /* entries met that did not hold their checksum */
};
struct ym_cache_stats ym_cache_get_stats(const struct ym_cache *c);

/* For `cache info`. */
struct ym_cache_info {
    uint64_t file_size;
    uint64_t entries, damaged, digests;
    int64_t written; /* unix time */
    uint32_t n_images, n_contexts;
};
/* Looks at every entry. */
YM_MUST_CHECK ym_status ym_cache_describe(const char *path, struct ym_cache_info *ret_info,
                                          struct ym_err *err);
/* Removes the file, if there is one, when no other process writes it. */
YM_MUST_CHECK ym_status ym_cache_clear(const char *path, struct ym_err *err);

#endif
