/* database/digests.h - the digest tables of an image.
 *
 * Rows of (kind, algorithm, size, digest) -> name, in the image's DIGESTS section.  Millions of
 * rows: look-ups touch a handful of pages, opening allocates nothing and checks only what does
 * not grow with the rows; a row is bounded where it is used.  Layout: head of digests.c. */
#ifndef YM_DATABASE_DIGESTS_H
#define YM_DATABASE_DIGESTS_H

#include "base/buf.h"
#include "base/kinds.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_digest_sig; /* signatures/rule.h */

struct ym_digest_builder; /* opaque, compile side */

struct ym_digest_builder *ym_digest_builder_new(void);
void ym_digest_builder_free(struct ym_digest_builder *b); /* accepts NULL */
YM_MUST_CHECK ym_status ym_digest_builder_add(struct ym_digest_builder *b,
                                              const struct ym_digest_sig *sig);
/* Appends the whole section to *out (8-aligned start assumed).  Exact duplicates are kept once.
 * Memory: about 64 bytes a row. */
YM_MUST_CHECK ym_status ym_digest_builder_write(struct ym_digest_builder *b, struct ym_buf *out);

/* Run side: a view over the section's bytes, which must outlive it. */
struct ym_digests {
    const uint8_t *data;
    size_t size;
    uint64_t rows[YM_DIGEST_KINDS][YM_DIGEST_ALGOS];
    uint64_t offset[YM_DIGEST_KINDS][YM_DIGEST_ALGOS][4]; /* private to digests.c */
};
YM_MUST_CHECK ym_status ym_digests_open(const uint8_t *data, size_t size,
                                        struct ym_digests *ret_digests, struct ym_err *err);
/* The full check (db check): order, every name's bounds. */
YM_MUST_CHECK ym_status ym_digests_check(const struct ym_digests *d, struct ym_err *err);

/* Bit (1 << algo) for each algorithm whose digest of an object of this size could be in the
 * table; 0: no need to hash.  Rows of any size count for every size. */
unsigned ym_digests_wanted(const struct ym_digests *d, ym_digest_kind kind, uint64_t size);

/* Is any row of this kind there at all? */
bool ym_digests_any(const struct ym_digests *d, ym_digest_kind kind);

struct ym_digest_found {
    const char *name; /* borrowed, not NUL-terminated */
    uint32_t name_len;
    bool unofficial;
};
/* Calls found() for every row that matches; stops when it returns false. */
void ym_digests_find(const struct ym_digests *d, ym_digest_kind kind, ym_digest_algo algo,
                     uint64_t size, const uint8_t *digest,
                     bool (*found)(void *self, const struct ym_digest_found *f), void *self);

#endif
