/* digests_build.c - collects digest rows and writes the section.  Layout: digests_int.h.
 *
 * Rows are kept as they will lie in the image, but with big-endian numbers, so that comparing
 * their bytes is comparing digest, size and name.  Until the names are sorted the last word of a
 * row is the number of the name in the order of arrival. */
#include "database/digests.h"
#include "digests_int.h"

#include "base/alloc.h"
#include "signatures/rule.h"

#include <string.h>

enum { FILTER_BITS_PER_SIZE = 12, ROWS_PER_BUCKET = 8 };

#define MAX_ROWS (UINT32_C(1) << 31)

struct rows {
    uint8_t *data;
    size_t n, room;
    size_t stride;
    bool any_size;
};

struct ym_digest_builder {
    struct rows rows[YM_DIGEST_KINDS][YM_DIGEST_ALGOS];
    uint8_t *pool; /* names: u16 length, bytes */
    size_t pool_len, pool_room;
    size_t last_name; /* where the newest name begins */
    uint32_t n_names;
};

static void put_be(uint8_t *p, uint32_t v) {
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static uint32_t get_be(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static struct rows *table_of(struct ym_digest_builder *b, unsigned t) {
    return &b->rows[t / YM_DIGEST_ALGOS][t % YM_DIGEST_ALGOS];
}

enum { N_TABLES = YM_DIGEST_KINDS * YM_DIGEST_ALGOS };

struct ym_digest_builder *ym_digest_builder_new(void) {
    struct ym_digest_builder *b = ym_zalloc(1, sizeof(*b));

    for (unsigned t = 0; b != NULL && t < N_TABLES; t++) {
        table_of(b, t)->stride =
            ym_digest_size((ym_digest_algo)(t % YM_DIGEST_ALGOS)) + 2 * sizeof(uint32_t);
    }
    return b;
}

static void free_pool(struct ym_digest_builder *b) {
    ym_free(b->pool);
    b->pool = NULL;
    b->pool_len = 0;
    b->pool_room = 0;
}

static void free_rows(struct rows *r) {
    ym_free(r->data);
    r->data = NULL;
    r->n = 0;
    r->room = 0;
}

void ym_digest_builder_free(struct ym_digest_builder *b) {
    if (b == NULL) {
        return;
    }
    for (unsigned t = 0; t < N_TABLES; t++) {
        free_rows(table_of(b, t));
    }
    free_pool(b);
    ym_free(b);
}

/* ---- Adding ---------------------------------------------------------------------------------- */

static ym_status grow_pool(struct ym_digest_builder *b, size_t n) {
    size_t room = b->pool_room + b->pool_room / 2 + n + 4096;
    uint8_t *p;

    if (n <= b->pool_room - b->pool_len) {
        return YM_OK;
    }
    if (b->pool_len + n > UINT32_MAX) {
        return YM_LIMIT;
    }
    p = ym_realloc(b->pool, room);
    if (p == NULL) {
        return YM_NOMEM;
    }
    b->pool = p;
    b->pool_room = room;
    return YM_OK;
}

static bool is_last_name(const struct ym_digest_builder *b, const char *s, size_t n) {
    return b->n_names > 0 && ym_digest_name_len(b->pool, (uint32_t)b->last_name) == n &&
           memcmp(b->pool + b->last_name + 2, s, n) == 0;
}

/* *ret_number: of the name in the order of arrival.  A name that comes again at once, as in a
 * list of one family's files, is not kept twice even here. */
static ym_status add_name(struct ym_digest_builder *b, const char *s, size_t n,
                          uint32_t *ret_number) {
    if (n > YM_DIGEST_NAME_MAX) {
        return YM_LIMIT;
    }
    if (!is_last_name(b, s, n)) {
        YM_TRY(grow_pool(b, n + 2));
        b->last_name = b->pool_len;
        b->pool[b->pool_len] = (uint8_t)n;
        b->pool[b->pool_len + 1] = (uint8_t)(n >> 8);
        if (n > 0) {
            memcpy(b->pool + b->pool_len + 2, s, n);
        }
        b->pool_len += n + 2;
        b->n_names++;
    }
    *ret_number = b->n_names - 1;
    return YM_OK;
}

static ym_status grow_rows(struct rows *r) {
    size_t room = r->room + r->room / 2 + 64;
    uint8_t *p;

    if (r->n < r->room) {
        return YM_OK;
    }
    if (r->n >= MAX_ROWS - 1) {
        return YM_LIMIT;
    }
    p = ym_realloc_array(r->data, room, r->stride);
    if (p == NULL) {
        return YM_NOMEM;
    }
    r->data = p;
    r->room = room;
    return YM_OK;
}

ym_status ym_digest_builder_add(struct ym_digest_builder *b, const struct ym_digest_sig *sig) {
    struct rows *r = &b->rows[sig->kind][sig->algo];
    unsigned digest_size = ym_digest_size(sig->algo);
    uint32_t number;
    uint8_t *row;

    YM_TRY(grow_rows(r));
    if (b->n_names >= MAX_ROWS - 1) {
        return YM_LIMIT;
    }
    YM_TRY(add_name(b, sig->name.s, sig->name.n, &number));
    row = r->data + r->n++ * r->stride;
    memcpy(row, sig->digest, digest_size);
    put_be(row + digest_size, sig->size);
    put_be(row + digest_size + 4, number << 1 | (sig->unofficial ? 1 : 0));
    r->any_size = r->any_size || sig->size == YM_SIZE_ANY;
    return YM_OK;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void add_varint(struct ym_buf *out, size_t v) {
    while (v >= 0x80) {
        ym_buf_u8(out, (uint8_t)(v | 0x80));
        v >>= 7;
    }
    ym_buf_u8(out, (uint8_t)v);
}

static size_t shared_bytes(const uint8_t *pool, uint32_t a, uint32_t b) {
    size_t na = ym_digest_name_len(pool, a);
    size_t nb = ym_digest_name_len(pool, b);
    size_t i = 0;

    while (i < na && i < nb &&
           ym_digest_name_bytes(pool, a)[i] == ym_digest_name_bytes(pool, b)[i]) {
        i++;
    }
    return i;
}

/* Writes the sorted names once each; rank[number] is where a name came to stand. */
static uint32_t write_names(const struct ym_digest_builder *b, const struct ym_digest_name *names,
                            struct ym_buf *out, struct ym_buf *blocks, uint32_t *rank) {
    size_t start = out->len;
    uint32_t n = 0;

    for (size_t i = 0; i < b->n_names; i++) {
        uint32_t ref = names[i].ref;
        size_t len = ym_digest_name_len(b->pool, ref);
        size_t shared = i == 0 ? 0 : shared_bytes(b->pool, names[i - 1].ref, ref);

        if (i > 0 && shared == len && ym_digest_name_len(b->pool, names[i - 1].ref) == len) {
            rank[names[i].number] = n - 1;
            continue;
        }
        if (n % YM_DIGESTS_NAME_BLOCK == 0) {
            shared = 0;
            ym_buf_u32le(blocks, (uint32_t)(out->len - start));
        }
        add_varint(out, shared);
        add_varint(out, len - shared);
        ym_buf_add(out, ym_digest_name_bytes(b->pool, ref) + shared, len - shared);
        rank[names[i].number] = n++;
    }
    return n;
}

static struct ym_digest_name *sorted_names(const struct ym_digest_builder *b) {
    struct ym_digest_name *names = ym_zalloc((size_t)b->n_names + 1, sizeof(*names));
    uint32_t ref = 0;

    if (names == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < b->n_names; i++) {
        names[i].ref = ref;
        names[i].number = i;
        ref += (uint32_t)(ym_digest_name_len(b->pool, ref) + 2);
    }
    ym_digest_sort_names(names, b->n_names, b->pool);
    return names;
}

/* What the head says of the names. */
struct names_head {
    uint64_t count, blocks_at, names_at, names_size;
};

static ym_status put_names(struct ym_digest_builder *b, struct ym_buf *out, size_t start,
                           uint32_t *rank, struct names_head *head) {
    struct ym_digest_name *names = sorted_names(b);
    struct ym_buf blocks;

    if (names == NULL) {
        return YM_NOMEM;
    }
    ym_buf_init(&blocks, UINT32_MAX);
    head->names_at = out->len - start;
    head->count = write_names(b, names, out, &blocks, rank);
    head->names_size = out->len - start - head->names_at;
    ym_buf_align(out, 8);
    head->blocks_at = out->len - start;
    ym_buf_add(out, blocks.data, blocks.len);
    ym_buf_align(out, 8);
    if (ym_buf_status(&blocks) != YM_OK) {
        out->status = ym_buf_status(&blocks);
    }
    if (head->names_size > UINT32_MAX) {
        out->status = YM_LIMIT;
    }
    ym_buf_done(&blocks);
    ym_free(names);
    return ym_buf_status(out);
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static void rename_rows(struct rows *r, const uint32_t *rank) {
    for (size_t i = 0; i < r->n; i++) {
        uint8_t *name = r->data + i * r->stride + r->stride - 4;
        uint32_t v = get_be(name);

        put_be(name, rank[v >> 1] << 1 | (v & 1));
    }
}

static void drop_duplicates(struct rows *r) {
    size_t kept = 0;

    for (size_t i = 0; i < r->n; i++) {
        const uint8_t *row = r->data + i * r->stride;

        if (kept > 0 && memcmp(row, r->data + (kept - 1) * r->stride, r->stride) == 0) {
            continue;
        }
        if (kept != i) {
            memcpy(r->data + kept * r->stride, row, r->stride);
        }
        kept++;
    }
    r->n = kept;
}

static void put_rows(const struct rows *r, struct ym_buf *out) {
    uint8_t *to = ym_buf_room(out, r->n * r->stride);

    if (to == NULL) {
        return;
    }
    memcpy(to, r->data, r->n * r->stride);
    for (size_t i = 0; i < r->n; i++) {
        uint8_t *size = to + i * r->stride + r->stride - 8;

        ym_digests_put_u32(size, get_be(size));
        ym_digests_put_u32(size + 4, get_be(size + 4));
    }
}

static uint32_t index_bits_of(size_t n_rows) {
    uint32_t bits = 0;

    while (bits < YM_DIGESTS_MAX_INDEX_BITS && n_rows >> bits > ROWS_PER_BUCKET) {
        bits++;
    }
    return bits;
}

static void put_index(const struct rows *r, uint32_t bits, struct ym_buf *out) {
    uint8_t *to = ym_buf_room(out, (((size_t)1 << bits) + 1) * 4);
    size_t row = 0;

    for (size_t bucket = 0; to != NULL && bucket <= (size_t)1 << bits; bucket++) {
        while (row < r->n && ym_digest_bucket(r->data + row * r->stride, bits) < bucket) {
            row++;
        }
        ym_digests_put_u32(to + bucket * 4, (uint32_t)row);
    }
}

static uint32_t size_of_row(const struct rows *r, size_t i) {
    return get_be(r->data + i * r->stride + r->stride - 8);
}

/* How many different sizes there are, counted in a table of bits: a little too few, which costs
 * the filter a little of its sharpness. */
static ym_status count_sizes(const struct rows *r, size_t *ret_count) {
    enum { BITS = 25 };
    uint8_t *seen = ym_zalloc((size_t)1 << (BITS - 3), 1);
    size_t count = 0;

    if (seen == NULL) {
        return YM_NOMEM;
    }
    for (size_t i = 0; i < r->n; i++) {
        uint64_t bit = ym_digest_spread(size_of_row(r, i)) >> (64 - BITS);
        uint8_t mask = (uint8_t)(1u << bit % 8);

        count += (seen[bit / 8] & mask) == 0 ? 1 : 0;
        seen[bit / 8] |= mask;
    }
    ym_free(seen);
    *ret_count = count;
    return YM_OK;
}

static ym_status put_filter(const struct rows *r, struct ym_buf *out, uint32_t *ret_lines) {
    size_t sizes;
    uint32_t lines;
    uint8_t *to;

    YM_TRY(count_sizes(r, &sizes));
    lines = (uint32_t)(sizes * FILTER_BITS_PER_SIZE / ((size_t)YM_DIGESTS_LINE * 8) + 1);
    to = ym_buf_room(out, (size_t)lines * YM_DIGESTS_LINE);
    if (to == NULL) {
        return ym_buf_status(out);
    }
    for (size_t i = 0; i < r->n; i++) {
        struct ym_digest_probe p = ym_digest_probe(size_of_row(r, i), lines);

        for (unsigned k = 0; k < YM_DIGESTS_PROBES; k++) {
            to[p.line * YM_DIGESTS_LINE + p.bits[k] / 8] |= (uint8_t)(1u << p.bits[k] % 8);
        }
    }
    *ret_lines = lines;
    return YM_OK;
}

/* One table's arrays and, into head, what the table's entry says of them. */
static ym_status put_table(struct rows *r, const uint32_t *rank, struct ym_buf *out, size_t start,
                           struct ym_buf *head) {
    uint64_t at[3];
    uint32_t bits;
    uint32_t lines = 0;

    if (r->n == 0) {
        (void)ym_buf_room(head, YM_DIGESTS_TABLE_SIZE);
        return YM_OK;
    }
    rename_rows(r, rank);
    ym_digest_sort_rows(r->data, r->n, r->stride);
    drop_duplicates(r);
    bits = index_bits_of(r->n);
    at[0] = out->len - start;
    put_rows(r, out);
    ym_buf_align(out, 8);
    at[1] = out->len - start;
    put_index(r, bits, out);
    ym_buf_align(out, YM_DIGESTS_LINE);
    at[2] = out->len - start;
    YM_TRY(put_filter(r, out, &lines));
    ym_buf_u64le(head, r->n);
    for (unsigned i = 0; i < 3; i++) {
        ym_buf_u64le(head, at[i]);
    }
    ym_buf_u32le(head, lines);
    ym_buf_u32le(head, bits);
    ym_buf_u32le(head, r->any_size ? YM_DIGESTS_FLAG_ANY : 0);
    ym_buf_u32le(head, 0);
    return ym_buf_status(out);
}

static void put_head(struct ym_buf *head, const struct names_head *names) {
    ym_buf_u32le(head, YM_DIGESTS_MAGIC);
    ym_buf_u32le(head, YM_DIGESTS_VERSION);
    ym_buf_u64le(head, names->count);
    ym_buf_u64le(head, names->blocks_at);
    ym_buf_u64le(head, names->names_at);
    ym_buf_u64le(head, names->names_size);
    ym_buf_u64le(head, 0);
}

static ym_status write_all(struct ym_digest_builder *b, struct ym_buf *out, size_t start,
                           uint32_t *rank, struct ym_buf *head) {
    struct names_head names = {0, 0, 0, 0};
    ym_status st;

    (void)ym_buf_room(out, YM_DIGESTS_START); /* filled at the end */
    st = put_names(b, out, start, rank, &names);
    free_pool(b);
    b->n_names = 0;
    YM_TRY(st);
    put_head(head, &names);
    for (unsigned t = 0; t < N_TABLES; t++) {
        st = put_table(table_of(b, t), rank, out, start, head);
        free_rows(table_of(b, t));
        YM_TRY(st);
    }
    YM_TRY(ym_buf_status(head));
    memcpy(out->data + start, head->data, YM_DIGESTS_START);
    return YM_OK;
}

ym_status ym_digest_builder_write(struct ym_digest_builder *b, struct ym_buf *out) {
    size_t start = out->len;
    uint32_t *rank;
    struct ym_buf head;
    ym_status st;

    YM_TRY(ym_buf_status(out));
    rank = ym_zalloc((size_t)b->n_names + 1, sizeof(*rank));
    ym_buf_init(&head, YM_DIGESTS_START);
    st = rank == NULL ? YM_NOMEM : write_all(b, out, start, rank, &head);
    ym_buf_done(&head);
    ym_free(rank);
    return st;
}
