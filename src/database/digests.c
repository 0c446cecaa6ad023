/* digests.c - the digest tables of an open image.  Layout: digests_int.h.
 *
 * A look-up reads one word pair of the index (where the rows whose digest begins alike lie), one
 * or two cache lines of rows, and for a hit one word of the name blocks and at most 16 names.
 *
 * What opening proves, so that nothing is tested twice:
 *   1. rows, index, filter, name blocks and names lie inside the section;
 *   2. their sizes are what the counts in the head ask for.
 * What it leaves to the use of a row: index entries are cut to the number of rows, a name number
 * to the number of names, and a name is decoded by a reader over the names alone. */
#include "database/digests.h"
#include "digests_int.h"

#include "base/reader.h"

#include <string.h>

static ym_status damaged(struct ym_err *err, const char *what) {
    return ym_fail(err, YM_MALFORMED, "database/digests", YM_ERR_NO_OFFSET,
                   "the image's digest tables are damaged: %s; build the image again", what);
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* count * size bytes at offset at, or NULL. */
static const uint8_t *array_at(const struct ym_reader *whole, uint64_t at, uint64_t count,
                               uint64_t size) {
    struct ym_reader r;

    if (count > UINT32_MAX || at % 4 != 0) {
        return NULL;
    }
    r = ym_reader_at(whole, at, count * size);
    return ym_reader_ok(&r) ? r.base : NULL;
}

static ym_status open_table(const struct ym_reader *whole, struct ym_reader *head,
                            ym_digest_algo algo, struct ym_digest_table *ret_table,
                            struct ym_err *err) {
    uint64_t rows = ym_get_u64le(head);
    uint64_t rows_at = ym_get_u64le(head);
    uint64_t index_at = ym_get_u64le(head);
    uint64_t filter_at = ym_get_u64le(head);
    struct ym_digest_table t = {.stride = ym_digest_size(algo) + 8};
    uint32_t flags;

    t.filter_lines = ym_get_u32le(head);
    t.index_bits = ym_get_u32le(head);
    flags = ym_get_u32le(head);
    ym_skip(head, 4);
    YM_TRY(ym_reader_status(head));
    if (rows > 0) {
        if (t.index_bits > YM_DIGESTS_MAX_INDEX_BITS || t.filter_lines == 0) {
            return damaged(err, "a table's size");
        }
        t.rows = array_at(whole, rows_at, rows, t.stride);
        t.index = array_at(whole, index_at, (UINT64_C(1) << t.index_bits) + 1, 4);
        t.filter = array_at(whole, filter_at, t.filter_lines, YM_DIGESTS_LINE);
        if (t.rows == NULL || t.index == NULL || t.filter == NULL) {
            return damaged(err, "a table does not lie inside them");
        }
        t.n_rows = (uint32_t)rows;
        t.any_size = (flags & YM_DIGESTS_FLAG_ANY) != 0;
    }
    *ret_table = t;
    return YM_OK;
}

static ym_status open_names(const struct ym_reader *whole, struct ym_reader *head,
                            struct ym_digests *d, struct ym_err *err) {
    uint64_t count = ym_get_u64le(head);
    uint64_t blocks_at = ym_get_u64le(head);
    uint64_t names_at = ym_get_u64le(head);
    uint64_t names_size = ym_get_u64le(head);
    uint64_t blocks = count / YM_DIGESTS_NAME_BLOCK + (count % YM_DIGESTS_NAME_BLOCK != 0);

    ym_skip(head, 8);
    YM_TRY(ym_reader_status(head));
    if (count > UINT32_MAX / 2) {
        return damaged(err, "too many names");
    }
    d->n_names = (uint32_t)count;
    d->name_blocks = array_at(whole, blocks_at, blocks, 4);
    d->names = array_at(whole, names_at, names_size, 1);
    d->names_size = (size_t)names_size;
    if (d->name_blocks == NULL || d->names == NULL) {
        return damaged(err, "the names do not lie inside them");
    }
    return YM_OK;
}

ym_status ym_digests_open(const uint8_t *data, size_t size, struct ym_digests *ret_digests,
                          struct ym_err *err) {
    struct ym_digests d = {.data = data, .size = size};
    struct ym_reader whole;
    struct ym_reader head;
    uint32_t magic;
    uint32_t version;

    ym_reader_init(&whole, data, size);
    head = ym_reader_at(&whole, 0, YM_DIGESTS_START);
    if (!ym_reader_ok(&head)) {
        return damaged(err, "they end within their head");
    }
    magic = ym_get_u32le(&head);
    version = ym_get_u32le(&head);
    if (magic != YM_DIGESTS_MAGIC || version != YM_DIGESTS_VERSION) {
        return damaged(err, "not the head of this version");
    }
    YM_TRY(open_names(&whole, &head, &d, err));
    for (unsigned k = 0; k < YM_DIGEST_KINDS; k++) {
        for (unsigned a = 0; a < YM_DIGEST_ALGOS; a++) {
            YM_TRY(open_table(&whole, &head, (ym_digest_algo)a, &d.tables[k][a], err));
            d.rows[k][a] = d.tables[k][a].n_rows;
        }
    }
    *ret_digests = d;
    return YM_OK;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static size_t get_varint(struct ym_reader *r) {
    size_t low = ym_get_u8(r);

    return low < 0x80 ? low : (low & 0x7f) | (size_t)ym_get_u8(r) << 7;
}

/* The name at the reader, over the one before it in buf[0..len); returns its length.  The
 * reader's status says whether it is good. */
static size_t next_name(struct ym_reader *r, uint8_t *buf, size_t len) {
    size_t shared = get_varint(r);
    size_t more = get_varint(r);
    const uint8_t *bytes = ym_get_view(r, more);

    if (shared > len || more > YM_DIGEST_NAME_MAX - shared) {
        ym_seek(r, UINT64_MAX); /* fails, and stays so */
    }
    if (!ym_reader_ok(r)) {
        return 0;
    }
    if (more > 0) {
        memcpy(buf + shared, bytes, more);
    }
    return shared + more;
}

static bool get_name(const struct ym_digests *d, uint32_t number, uint8_t buf[YM_DIGEST_NAME_MAX],
                     uint32_t *ret_len) {
    uint32_t block = number / YM_DIGESTS_NAME_BLOCK;
    struct ym_reader r;
    size_t len = 0;

    if (number >= d->n_names) {
        return false;
    }
    ym_reader_init(&r, d->names, d->names_size);
    ym_seek(&r, ym_digests_u32(d->name_blocks + (size_t)block * 4));
    for (uint32_t i = 0; i <= number % YM_DIGESTS_NAME_BLOCK; i++) {
        len = next_name(&r, buf, len);
    }
    *ret_len = (uint32_t)len;
    return ym_reader_ok(&r);
}

/* ---- Looking up ------------------------------------------------------------------------------ */

static bool in_filter(const struct ym_digest_table *t, uint32_t size) {
    struct ym_digest_probe p = ym_digest_probe(size, t->filter_lines);
    const uint8_t *line = t->filter + p.line * YM_DIGESTS_LINE;

    for (unsigned i = 0; i < YM_DIGESTS_PROBES; i++) {
        if ((line[p.bits[i] / 8] >> p.bits[i] % 8 & 1) == 0) {
            return false;
        }
    }
    return true;
}

unsigned ym_digests_wanted(const struct ym_digests *d, ym_digest_kind kind, uint64_t size) {
    unsigned wanted = 0;

    for (unsigned a = 0; a < YM_DIGEST_ALGOS; a++) {
        const struct ym_digest_table *t = &d->tables[kind][a];

        if (t->n_rows > 0 &&
            (t->any_size || (size < YM_SIZE_ANY && in_filter(t, (uint32_t)size)))) {
            wanted |= 1u << a;
        }
    }
    return wanted;
}

bool ym_digests_any(const struct ym_digests *d, ym_digest_kind kind) {
    for (unsigned a = 0; a < YM_DIGEST_ALGOS; a++) {
        if (d->tables[kind][a].n_rows > 0) {
            return true;
        }
    }
    return false;
}

static const uint8_t *row_at(const struct ym_digest_table *t, uint32_t i) {
    return t->rows + (size_t)i * t->stride;
}

static uint32_t index_at(const struct ym_digest_table *t, uint32_t bucket) {
    uint32_t row = ym_digests_u32(t->index + (size_t)bucket * 4);

    return row < t->n_rows ? row : t->n_rows;
}

/* The first row of [low, high) whose digest is not smaller. */
static uint32_t lower_bound(const struct ym_digest_table *t, uint32_t low, uint32_t high,
                            const uint8_t *digest) {
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (memcmp(row_at(t, mid), digest, t->stride - 8) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static const char no_name[] = "damaged-name";

static bool report(const struct ym_digests *d, uint32_t ref,
                   bool (*found)(void *self, const struct ym_digest_found *f), void *self) {
    uint8_t buf[YM_DIGEST_NAME_MAX];
    struct ym_digest_found f = {.name = (const char *)buf, .unofficial = (ref & 1) != 0};

    if (!get_name(d, ref >> 1, buf, &f.name_len)) {
        f.name = no_name;
        f.name_len = sizeof(no_name) - 1;
    }
    return found(self, &f);
}

void ym_digests_find(const struct ym_digests *d, ym_digest_kind kind, ym_digest_algo algo,
                     uint64_t size, const uint8_t *digest,
                     bool (*found)(void *self, const struct ym_digest_found *f), void *self) {
    const struct ym_digest_table *t = &d->tables[kind][algo];
    uint32_t bucket;
    uint32_t high;

    if (t->n_rows == 0) {
        return;
    }
    bucket = ym_digest_bucket(digest, t->index_bits);
    high = index_at(t, bucket + 1);
    for (uint32_t i = lower_bound(t, index_at(t, bucket), high, digest); i < high; i++) {
        const uint8_t *row = row_at(t, i);
        uint32_t row_size = ym_digests_u32(row + t->stride - 8);

        if (memcmp(row, digest, t->stride - 8) != 0) {
            return;
        }
        if ((row_size == YM_SIZE_ANY || row_size == size) &&
            !report(d, ym_digests_u32(row + t->stride - 4), found, self)) {
            return;
        }
    }
}

static bool list_table(const struct ym_digests *d, ym_digest_kind kind, ym_digest_algo algo,
                       bool (*fn)(void *self, const struct ym_digest_row *row), void *self) {
    const struct ym_digest_table *t = &d->tables[kind][algo];
    uint8_t buf[YM_DIGEST_NAME_MAX];

    for (uint32_t i = 0; i < t->n_rows; i++) {
        const uint8_t *row = row_at(t, i);
        const uint32_t ref = ym_digests_u32(row + t->stride - 4);
        struct ym_digest_row r = {.kind = kind,
                                  .algo = algo,
                                  .size = ym_digests_u32(row + t->stride - 8),
                                  .digest = row,
                                  .name = (const char *)buf,
                                  .unofficial = (ref & 1) != 0};

        if (!get_name(d, ref >> 1, buf, &r.name_len)) {
            r.name = no_name;
            r.name_len = sizeof(no_name) - 1;
        }
        if (!fn(self, &r)) {
            return false;
        }
    }
    return true;
}

bool ym_digests_list(const struct ym_digests *d,
                     bool (*fn)(void *self, const struct ym_digest_row *row), void *self) {
    for (unsigned k = 0; k < YM_DIGEST_KINDS; k++) {
        for (unsigned a = 0; a < YM_DIGEST_ALGOS; a++) {
            if (!list_table(d, (ym_digest_kind)k, (ym_digest_algo)a, fn, self)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- The full check -------------------------------------------------------------------------- */

static int compare_bytes(const uint8_t *a, size_t na, const uint8_t *b, size_t nb) {
    size_t n = na < nb ? na : nb;
    int order = n == 0 ? 0 : memcmp(a, b, n);

    return order != 0 ? order : (na > nb) - (na < nb);
}

static ym_status check_names(const struct ym_digests *d, struct ym_err *err) {
    uint8_t buf[2][YM_DIGEST_NAME_MAX];
    struct ym_reader r;
    size_t len = 0;

    ym_reader_init(&r, d->names, d->names_size);
    for (uint32_t i = 0; i < d->n_names; i++) {
        uint8_t *name = buf[i % 2];
        const uint8_t *before = buf[(i + 1) % 2];
        size_t len_before = len;

        if (i % YM_DIGESTS_NAME_BLOCK == 0) {
            uint32_t at = ym_digests_u32(d->name_blocks + (size_t)i / YM_DIGESTS_NAME_BLOCK * 4);

            if (at != ym_reader_offset(&r)) {
                return damaged(err, "a block of names begins elsewhere");
            }
            len = 0;
        }
        memcpy(name, before, len);
        len = next_name(&r, name, len);
        if (!ym_reader_ok(&r)) {
            return damaged(err, "a name");
        }
        if (i > 0 && compare_bytes(before, len_before, name, len) >= 0) {
            return damaged(err, "the order of the names");
        }
    }
    return ym_reader_left(&r) == 0 ? YM_OK : damaged(err, "bytes after the last name");
}

/* -1, 0, 1 by digest, size, name. */
static int compare_rows(const uint8_t *a, const uint8_t *b, uint32_t stride) {
    int order = memcmp(a, b, stride - 8);

    for (unsigned at = 8; order == 0 && at > 0; at -= 4) {
        uint32_t va = ym_digests_u32(a + stride - at);
        uint32_t vb = ym_digests_u32(b + stride - at);

        order = (va > vb) - (va < vb);
    }
    return order;
}

static ym_status check_row(const struct ym_digests *d, const struct ym_digest_table *t, uint32_t i,
                           struct ym_err *err) {
    const uint8_t *row = row_at(t, i);
    uint32_t size = ym_digests_u32(row + t->stride - 8);
    uint32_t bucket = ym_digest_bucket(row, t->index_bits);

    if (i > 0 && compare_rows(row_at(t, i - 1), row, t->stride) >= 0) {
        return damaged(err, "the order of the rows");
    }
    if (ym_digests_u32(row + t->stride - 4) >> 1 >= d->n_names) {
        return damaged(err, "a row without a name");
    }
    if (size == YM_SIZE_ANY ? !t->any_size : !in_filter(t, size)) {
        return damaged(err, "a size that the filter does not know");
    }
    if (i < ym_digests_u32(t->index + (size_t)bucket * 4) ||
        i >= ym_digests_u32(t->index + (size_t)bucket * 4 + 4)) {
        return damaged(err, "the index");
    }
    return YM_OK;
}

static ym_status check_table(const struct ym_digests *d, const struct ym_digest_table *t,
                             struct ym_err *err) {
    uint32_t last = 0;

    if (t->n_rows == 0) {
        return YM_OK;
    }
    for (uint32_t i = 0; i <= UINT32_C(1) << t->index_bits; i++) {
        uint32_t row = ym_digests_u32(t->index + (size_t)i * 4);

        if (row < last || row > t->n_rows) {
            return damaged(err, "the order of the index");
        }
        last = row;
    }
    for (uint32_t i = 0; i < t->n_rows; i++) {
        YM_TRY(check_row(d, t, i, err));
    }
    return YM_OK;
}

ym_status ym_digests_check(const struct ym_digests *d, struct ym_err *err) {
    YM_TRY(check_names(d, err));
    for (unsigned k = 0; k < YM_DIGEST_KINDS; k++) {
        for (unsigned a = 0; a < YM_DIGEST_ALGOS; a++) {
            YM_TRY(check_table(d, &d->tables[k][a], err));
        }
    }
    return YM_OK;
}
