/* filter.c - the prefilter's tables.  See filter.h, layout.h and match/filter.c.
 *
 * Entries are (window, posting) for each of the tables; sorted by window, equal windows become
 * one atom with a posting list.  Bitmaps are made once for every target that has atoms of its
 * own; targets without share those of ANY.  A first bitmap has 256 bits an entry while it fits the
 * first-level cache, and fewer where the second is all there is, up to half of it: past that the
 * cache is lost, which costs more than false candidates.  The second bitmap is asked seldom and may
 * be larger. */
#include "filter.h"

#include "base/alloc.h"
#include "base/kinds.h"
#include "base/reader.h" /* ym_mul_size */

#include <stdlib.h>
#include <string.h>

enum {
    PAIRS = 65536,
    PAIR_BITMAP = PAIRS / 8,
    MIN_BITS = 12,
    MAX_BITS = 23, /* of the first bitmap: 1 MiB */
    MAX_SECOND_BITS = 26,
    SECOND_FACTOR = 32, /* bits an entry of the second bitmap, at least */
    FEW = 32,           /* short atoms up to which they need no bitmap */
    FEW_SHORT = 4096    /* entries up to which windows of 3 bytes are rare enough */
};

struct entry {
    uint64_t window; /* folded */
    uint32_t part;
    uint32_t off_max;
    uint16_t width;
    uint8_t key;
    uint8_t target;
    uint8_t stride; /* the atom is met when every stride-th position is looked up */
    uint8_t nth;    /* which of the atom's windows */
};

struct entries {
    struct entry *rows;
    size_t n, room;
};

enum table { T8, T4, T3, T2, TABLES };

struct ym_filter_builder {
    struct entries tables[TABLES];
};

struct ym_filter_builder *ym_filter_builder_new(void) {
    return ym_zalloc(1, sizeof(struct ym_filter_builder));
}

void ym_filter_builder_free(struct ym_filter_builder *b) {
    if (b == NULL) {
        return;
    }
    for (unsigned i = 0; i < TABLES; i++) {
        ym_free(b->tables[i].rows);
    }
    ym_free(b);
}

void ym_filter_builder_mark(const struct ym_filter_builder *b, struct ym_filter_mark *ret_mark) {
    for (unsigned i = 0; i < TABLES; i++) {
        ret_mark->n[i] = b->tables[i].n;
    }
}

void ym_filter_builder_back(struct ym_filter_builder *b, const struct ym_filter_mark *mark) {
    for (unsigned i = 0; i < TABLES; i++) {
        b->tables[i].n = mark->n[i];
    }
}

static ym_status push(struct entries *e, struct entry row) {
    if (e->n == e->room) {
        size_t room = e->room == 0 ? 1024 : e->room * 2;
        struct entry *rows = ym_realloc_array(e->rows, room, sizeof(*rows));

        if (rows == NULL) {
            return YM_NOMEM;
        }
        e->rows = rows;
        e->room = room;
    }
    e->rows[e->n++] = row;
    return YM_OK;
}

/* The windows of w bytes at the first `stride` places of the atom. */
static ym_status add_windows(struct entries *to, const struct ym_atom *atom, struct entry row,
                             unsigned w, unsigned stride) {
    row.stride = (uint8_t)stride;
    for (unsigned i = 0; i < stride; i++) {
        uint8_t bytes[8] = {0};

        for (unsigned k = 0; k < w; k++) {
            bytes[k] = (atom->bytes[i + k] ^ row.key) & 0xdf;
        }
        memcpy(&row.window, bytes, sizeof(row.window));
        row.off_max = atom->off_max + i;
        row.nth = (uint8_t)i;
        row.window |= w == 3 ? YM_ATOM3_MARK : 0;
        YM_TRY(push(to, row));
    }
    return YM_OK;
}

/* A short atom is kept both ways until it is known how many there are; see choose_short(). */
static ym_status add_atom(struct ym_filter_builder *b, const struct ym_atom *atom,
                          struct entry row) {
    if (atom->class == YM_ATOM_8) {
        return add_windows(&b->tables[T8], atom, row, 8, 4);
    }
    YM_TRY(add_windows(&b->tables[T4], atom, row, 4, atom->len - 3u));
    return add_windows(&b->tables[T3], atom, row, 3, 2);
}

static bool has(const uint8_t set[32], unsigned b) {
    return (set[b / 8] >> b % 8 & 1) != 0;
}

static ym_status add_pairs(struct ym_filter_builder *b, const struct ym_atom *atom,
                           struct entry row) {
    row.stride = 1;
    row.off_max = atom->off_max;
    for (unsigned x = 0; x < 256; x++) {
        for (unsigned y = 0; has(atom->sets[0], x) && y < 256; y++) {
            if (has(atom->sets[1], y)) {
                row.window = ((x ^ row.key) | (uint64_t)(y ^ row.key) << 8) & YM_FOLD2;
                YM_TRY(push(&b->tables[T2], row));
            }
        }
    }
    return YM_OK;
}

ym_status ym_filter_builder_add(struct ym_filter_builder *b, const struct ym_atom *atom,
                                uint32_t part, unsigned target, uint8_t xor_min, uint8_t xor_max) {
    for (unsigned key = xor_min; key <= xor_max; key++) {
        struct entry row = {.part = part,
                            .width = (uint16_t)(atom->off_max - atom->off_min),
                            .key = (uint8_t)key,
                            .target = (uint8_t)target};

        YM_TRY(atom->class == YM_ATOM_2 ? add_pairs(b, atom, row) : add_atom(b, atom, row));
    }
    return YM_OK;
}

/* Equal windows together; inside a window by part, so that an image does not depend on the
 * sort's whims. */
static int compare_entries(const void *pa, const void *pb) {
    const struct entry *a = pa;
    const struct entry *b = pb;

    if (a->window != b->window) {
        return a->window < b->window ? -1 : 1;
    }
    if (a->part != b->part) {
        return a->part < b->part ? -1 : 1;
    }
    if (a->off_max != b->off_max) {
        return a->off_max < b->off_max ? -1 : 1;
    }
    return (int)a->key - (int)b->key;
}

static bool same_posting(const struct entry *a, const struct entry *b) {
    return a->window == b->window && a->part == b->part && a->off_max == b->off_max &&
           a->key == b->key && a->width == b->width;
}

static void sort_unique(struct entries *e) {
    size_t n = 0;

    if (e->n == 0) {
        return;
    }
    qsort(e->rows, e->n, sizeof(*e->rows), compare_entries);
    for (size_t i = 1; i < e->n; i++) {
        if (!same_posting(&e->rows[n], &e->rows[i])) {
            e->rows[++n] = e->rows[i];
        }
    }
    e->n = n + 1;
}

/* ---- Bitmaps -------------------------------------------------------------------------------- */

static bool in_group(const struct entry *e, unsigned target) {
    return e->target == YM_TARGET_ANY || e->target == target;
}

/* Bits an entry: the larger the map, the fewer false candidates, until a cache is lost. */
static unsigned bits_for(size_t n) {
    static const struct {
        unsigned below;
        unsigned factor;
    } steps[] = {{17, 256}, {20, 64}, {22, 32}, {MAX_BITS, 16}};
    unsigned bits = MIN_BITS;

    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        while (bits < steps[i].below && (UINT64_C(1) << bits) < n * steps[i].factor) {
            bits++;
        }
    }
    return bits;
}

static void set_bit(uint8_t *bitmap, uint64_t i) {
    bitmap[i / 8] |= (uint8_t)(1u << i % 8);
}

static void set_word(uint8_t *bitmap, uint32_t hash, unsigned bits) {
    uint8_t *at = bitmap + (size_t)4 * ym_window_word(hash, bits);
    uint32_t word;

    memcpy(&word, at, sizeof(word));
    word |= ym_window_bits(hash);
    memcpy(at, &word, sizeof(word));
}

static void write_filter(const struct entries *e, unsigned target, unsigned width,
                         struct ym_buf *bitmaps, struct ym_img_filter *ret) {
    size_t n = 0;
    uint8_t *first;
    size_t bytes;

    *ret = (struct ym_img_filter){.stride = 4, .width = (uint16_t)width};
    for (size_t i = 0; i < e->n; i++) {
        if (in_group(&e->rows[i], target)) {
            n++;
            ret->stride = e->rows[i].stride < ret->stride ? e->rows[i].stride : ret->stride;
        }
    }
    if (n == 0) {
        return;
    }
    ret->bits = (uint16_t)bits_for(n);
    ret->second_bits = ret->bits;
    while (ret->second_bits < MAX_SECOND_BITS &&
           (UINT64_C(1) << ret->second_bits) < n * SECOND_FACTOR) {
        ret->second_bits++;
    }
    bytes = (size_t)1 << (ret->bits - 3);
    ret->first = bitmaps->len;
    ret->second = bitmaps->len + bytes;
    first = ym_buf_room(bitmaps, bytes + ((size_t)1 << (ret->second_bits - 3)));
    for (size_t i = 0; first != NULL && i < e->n; i++) {
        uint64_t w = e->rows[i].window;

        if (in_group(&e->rows[i], target)) {
            set_word(first, ym_window_hash(width == 3 ? w & YM_FOLD3 : w), ret->bits);
            set_bit(first + bytes, ym_window_hash2(w) >> (64 - ret->second_bits));
        }
    }
}

static void write_pairs(const struct entries *e, unsigned target, struct ym_buf *bitmaps,
                        uint64_t *ret_offset) {
    uint8_t *map = NULL;

    *ret_offset = UINT64_MAX;
    for (size_t i = 0; i < e->n; i++) {
        if (!in_group(&e->rows[i], target)) {
            continue;
        }
        if (map == NULL) {
            *ret_offset = bitmaps->len;
            map = ym_buf_room(bitmaps, PAIR_BITMAP);
        }
        if (map == NULL) {
            return;
        }
        set_bit(map, e->rows[i].window);
    }
}

static bool target_has_own(const struct ym_filter_builder *b, unsigned target) {
    for (unsigned t = 0; t < TABLES; t++) {
        for (size_t i = 0; i < b->tables[t].n; i++) {
            if (b->tables[t].rows[i].target == target) {
                return true;
            }
        }
    }
    return target == YM_TARGET_ANY;
}

/* Short atoms of a target, one window each. */
static size_t count_short(const struct ym_filter_builder *b, unsigned target) {
    size_t n = 0;

    for (size_t i = 0; i < b->tables[T4].n; i++) {
        const struct entry *e = &b->tables[T4].rows[i];

        n += e->nth == 0 && in_group(e, target);
    }
    return n;
}

static void write_few(const struct entries *e, unsigned target, struct ym_buf *bitmaps,
                      uint64_t *ret_offset) {
    struct ym_img_few few = {0};
    unsigned n = 0;

    for (size_t i = 0; i < e->n; i++) {
        const struct entry *row = &e->rows[i];

        if (row->nth != 0 || !in_group(row, target)) {
            continue;
        }
        for (unsigned k = 0; k < 4; k++) {
            uint8_t byte = (uint8_t)(row->window >> (8 * k));

            few.low[k][byte & 15] |= (uint8_t)(1u << n % 8);
            few.high[k][byte >> 4] |= (uint8_t)(1u << n % 8);
        }
        n++;
    }
    *ret_offset = bitmaps->len;
    ym_buf_add(bitmaps, &few, sizeof(few));
}

/* The short atoms of a group: no table, a small one, or a bitmap. */
static void write_short(const struct ym_filter_builder *b, unsigned target, struct ym_buf *bitmaps,
                        struct ym_img_group *g) {
    size_t n = count_short(b, target);

    g->few = UINT64_MAX;
    g->f4 = (struct ym_img_filter){0};
    if (n == 0) {
        return;
    }
    if (n <= FEW) {
        write_few(&b->tables[T4], target, bitmaps, &g->few);
    } else if (b->tables[T3].n > 0) {
        write_filter(&b->tables[T3], target, 3, bitmaps, &g->f4);
    } else {
        write_filter(&b->tables[T4], target, 4, bitmaps, &g->f4);
    }
}

static void write_groups(const struct ym_filter_builder *b, struct ym_filter_sections *out) {
    struct ym_img_group any = {0};

    for (unsigned target = 0; target < YM_TARGET_COUNT; target++) {
        struct ym_img_group g = any;

        if (target_has_own(b, target)) {
            write_filter(&b->tables[T8], target, 8, &out->bitmaps, &g.f8);
            write_short(b, target, &out->bitmaps, &g);
            write_pairs(&b->tables[T2], target, &out->bitmaps, &g.pairs);
        }
        if (target == YM_TARGET_ANY) {
            any = g;
        }
        ym_buf_add(&out->groups, &g, sizeof(g));
    }
}

/* ---- Atoms and postings ----------------------------------------------------------------------- */

static void write_posting(const struct entry *e, struct ym_buf *postings) {
    struct ym_img_posting p = {
        .part = e->part, .off_max = e->off_max, .width = e->width, .key = e->key};

    ym_buf_add(postings, &p, sizeof(p));
}

static uint32_t posting_count(const struct ym_buf *postings) {
    return (uint32_t)(postings->len / sizeof(struct ym_img_posting));
}

/* Writes the posting list that begins at row i and returns the row after it. */
static size_t write_list(const struct entries *e, size_t i, struct ym_buf *postings) {
    size_t end = i + 1;

    while (end < e->n && e->rows[end].window == e->rows[i].window) {
        end++;
    }
    for (; i < end; i++) {
        write_posting(&e->rows[i], postings);
    }
    return end;
}

static ym_status write_atoms(const struct entries *e, struct ym_buf *atoms,
                             struct ym_buf *postings) {
    size_t slots = 16;
    struct ym_img_atom *table;

    if (e->n == 0) {
        return YM_OK;
    }
    while (slots < e->n + e->n / 2) {
        slots *= 2;
    }
    table = (struct ym_img_atom *)(void *)ym_buf_room(atoms, slots * sizeof(*table));
    for (size_t i = 0; table != NULL && i < e->n;) {
        uint64_t at = ym_window_hash2(e->rows[i].window) & (slots - 1);
        uint32_t first = posting_count(postings);
        uint64_t window = e->rows[i].window;

        i = write_list(e, i, postings);
        while (table[at].first != 0) {
            at = (at + 1) & (slots - 1);
        }
        table[at] = (struct ym_img_atom){window, first + 1, posting_count(postings) - first};
    }
    return ym_buf_status(atoms);
}

static void write_pair_lists(const struct entries *e, struct ym_buf *atoms2,
                             struct ym_buf *postings) {
    size_t i = 0;

    for (uint32_t pair = 0; e->n > 0 && pair <= PAIRS; pair++) {
        ym_buf_u32le(atoms2, posting_count(postings));
        if (pair < PAIRS && i < e->n && e->rows[i].window == pair) {
            i = write_list(e, i, postings);
        }
    }
}

/* Keeps of every short atom only its first window. */
static void keep_first_windows(struct entries *e) {
    size_t n = 0;

    for (size_t i = 0; i < e->n; i++) {
        if (e->rows[i].nth == 0) {
            e->rows[n++] = e->rows[i];
        }
    }
    e->n = n;
}

/* Few short atoms of a group need no bitmap.  For the groups with more, short atoms of 4 bytes would
 * have to be looked up at every position: while there are not too many, windows of 3 bytes at every
 * second position are rare enough and half the work. */
static void choose_short(struct ym_filter_builder *b) {
    bool single = false;
    bool bitmaps = false;

    for (unsigned target = 0; target < YM_TARGET_COUNT; target++) {
        bitmaps = bitmaps || count_short(b, target) > FEW;
    }
    for (size_t i = 0; i < b->tables[T4].n; i++) {
        single = single || b->tables[T4].rows[i].stride == 1;
    }
    if (!bitmaps || !single || b->tables[T3].n > FEW_SHORT) {
        b->tables[T3].n = 0;
    }
    if (!bitmaps || b->tables[T3].n > 0) {
        keep_first_windows(&b->tables[T4]);
    }
}

ym_status ym_filter_builder_write(struct ym_filter_builder *b, struct ym_filter_sections *out) {
    choose_short(b);
    for (unsigned t = 0; t < TABLES; t++) {
        sort_unique(&b->tables[t]);
        if (b->tables[t].n > UINT32_MAX / 4) {
            return YM_LIMIT;
        }
    }
    write_groups(b, out);
    YM_TRY(write_atoms(&b->tables[T8], &out->atoms8, &out->postings));
    for (size_t i = 0; i < b->tables[T3].n; i++) { /* marked, so that they sort behind the others */
        YM_TRY(push(&b->tables[T4], b->tables[T3].rows[i]));
    }
    YM_TRY(write_atoms(&b->tables[T4], &out->atoms4, &out->postings));
    write_pair_lists(&b->tables[T2], &out->atoms2, &out->postings);
    YM_TRY(ym_buf_status(&out->groups));
    YM_TRY(ym_buf_status(&out->bitmaps));
    YM_TRY(ym_buf_status(&out->atoms2));
    return ym_buf_status(&out->postings);
}
