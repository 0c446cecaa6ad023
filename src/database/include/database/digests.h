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

/* ---- Compile side ---------------------------------------------------------------------------- */

struct ym_digest_builder; /* opaque */

struct ym_digest_builder *ym_digest_builder_new(void);    /* NULL: out of memory */
void ym_digest_builder_free(struct ym_digest_builder *b); /* accepts NULL */
/* Copies the row.  LIMIT: a name of more than YM_DIGEST_NAME_MAX bytes, or 2^31 rows. */
YM_MUST_CHECK ym_status ym_digest_builder_add(struct ym_digest_builder *b,
                                              const struct ym_digest_sig *sig);
/* Appends the whole section to *out (8-aligned start assumed).  Exact duplicates are kept once.
 * Gives the rows' memory back as it goes: whether it succeeds or not, the builder is empty
 * afterwards and fit for ym_digest_builder_free() alone.
 * Memory: an MD5 row takes 24 bytes and its name, and 20 bytes more while names are sorted. */
YM_MUST_CHECK ym_status ym_digest_builder_write(struct ym_digest_builder *b, struct ym_buf *out);

/* ---- Run side -------------------------------------------------------------------------------- */

enum { YM_DIGEST_NAME_MAX = 8191 };

/* One (kind, algorithm); private to digests.c.  All pointers lie inside the section. */
struct ym_digest_table {
    const uint8_t *rows, *index, *filter;
    uint32_t n_rows, stride, index_bits, filter_lines;
    bool any_size;
};

/* A view over the section's bytes, which must outlive it. */
struct ym_digests {
    const uint8_t *data;
    size_t size;
    uint64_t rows[YM_DIGEST_KINDS][YM_DIGEST_ALGOS];
    /* The rest is private to digests.c. */
    struct ym_digest_table tables[YM_DIGEST_KINDS][YM_DIGEST_ALGOS];
    const uint8_t *name_blocks, *names;
    size_t names_size;
    uint32_t n_names;
};
YM_MUST_CHECK ym_status ym_digests_open(const uint8_t *data, size_t size,
                                        struct ym_digests *ret_digests, struct ym_err *err);
/* The full check (db check): order, index, filter, every name. */
YM_MUST_CHECK ym_status ym_digests_check(const struct ym_digests *d, struct ym_err *err);

/* Bit (1 << algo) for each algorithm whose digest of an object of this size could be in the
 * table; 0: no need to hash.  Rows of any size count for every size. */
unsigned ym_digests_wanted(const struct ym_digests *d, ym_digest_kind kind, uint64_t size);

/* Is any row of this kind there at all? */
bool ym_digests_any(const struct ym_digests *d, ym_digest_kind kind);

struct ym_digest_found {
    const char *name; /* not NUL-terminated; valid until found() returns */
    uint32_t name_len;
    bool unofficial;
};
/* Calls found() for every row that matches; stops when it returns false.  A row that matches but
 * whose name is damaged is reported under the name "damaged-name", not passed over. */
void ym_digests_find(const struct ym_digests *d, ym_digest_kind kind, ym_digest_algo algo,
                     uint64_t size, const uint8_t *digest,
                     bool (*found)(void *self, const struct ym_digest_found *f), void *self);

struct ym_digest_row {
    ym_digest_kind kind;
    ym_digest_algo algo;
    uint32_t size; /* or YM_SIZE_ANY */
    const uint8_t *digest;
    const char *name; /* as in ym_digest_found */
    uint32_t name_len;
    bool unofficial;
};
/* Every row, table by table, in order of the digests; false: fn() said to stop. */
bool ym_digests_list(const struct ym_digests *d,
                     bool (*fn)(void *self, const struct ym_digest_row *row), void *self);

#endif
