/* filter.c - the prefilter's tables.  See filter.h, layout.h and match/filter.c.
 *
 * Entries are (atom, posting); sorted by key, equal keys become one atom with a posting list.
 * Bitmaps are made once for every target that has atoms of its own; targets without share those of
 * ANY.  A first bitmap has 256 bits a window while it fits the first-level cache, and fewer where
 * the second is all there is, up to 2 MiB for the largest class: a window that passes costs a
 * mispredicted branch and more look-ups, more than a first map that just leaves the cache.  The second bitmap is asked seldom and may be larger. */
#include "filter.h"

#include "base/alloc.h"
#include "base/kinds.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAIRS = 65536,
    PAIR_BITMAP = PAIRS / 8,
    MIN_BITS = 12,
    MAX_SECOND_BITS = 26,
    SECOND_FACTOR = 32, /* bits an entry of the second bitmap, at least */
    FEW = 512,          /* short atoms up to which they need no bitmap */
    FEW_A_SET = 8,      /* of them in each of the eight sets of a table */
    FEW_PAIRS = 96,     /* pairs up to which they go with the short atoms */
    FEW_SHORT = 2048    /* atoms of 4 bytes up to which windows of 3 bytes are rare enough */
};

struct shape {
    uint8_t length, window, stride, key;
    uint8_t max_bits; /* of the first bitmap: all of them share the second-level cache */
};

#define MAX_BITS_LONG 24
#define MAX_BITS_SEVEN 22
#define MAX_BITS_FIVE 20
#define MAX_BITS_FOUR 19
#define MAX_BITS_THREE 19
static const struct shape shapes[YM_ATOM_CLASSES] = {
#define X(name, length, window, stride, key) {length, window, stride, key, MAX_BITS_##name},
    YM_ATOM_CLASS_TABLE(X)
#undef X
};
static const struct shape four_by_three = {4, 3, 2, 4, MAX_BITS_FOUR};

struct entry {
    uint64_t key; /* ym_atom_key(); of a pair, the pair */
    uint32_t part;
    uint32_t off_max;
    uint16_t width;
    uint8_t xor_key;
    uint8_t target;
    uint8_t class;
    uint8_t bytes[YM_ATOM_MAX]; /* folded */
};

struct entries {
    struct entry *rows;
    size_t n, room;
};

enum table { RUNS, SETS, TABLES };

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

static uint64_t load(const uint8_t *p, unsigned n) {
    uint64_t w = 0;

    memcpy(&w, p, n);
    return w;
}

static ym_status add_run(struct ym_filter_builder *b, const struct ym_atom *atom,
                         struct entry row) {
    for (unsigned k = 0; k < atom->len; k++) {
        row.bytes[k] = (atom->bytes[k] ^ row.xor_key) & 0xdf;
    }
    row.key = ym_atom_key(load(row.bytes, shapes[atom->class].key), shapes[atom->class].key);
    return push(&b->tables[RUNS], row);
}

static bool has(const uint8_t set[32], unsigned b) {
    return (set[b / 8] >> b % 8 & 1) != 0;
}

static ym_status add_pairs(struct ym_filter_builder *b, const struct ym_atom *atom,
                           struct entry row) {
    for (unsigned x = 0; x < 256; x++) {
        for (unsigned y = 0; has(atom->sets[0], x) && y < 256; y++) {
            if (has(atom->sets[1], y)) {
                row.key = ((x ^ row.xor_key) | (uint64_t)(y ^ row.xor_key) << 8) & YM_FOLD2;
                YM_TRY(push(&b->tables[SETS], row));
            }
        }
    }
    return YM_OK;
}

ym_status ym_filter_builder_add(struct ym_filter_builder *b, const struct ym_atom *atom,
                                uint32_t part, unsigned target, uint8_t xor_min, uint8_t xor_max) {
    for (unsigned key = xor_min; key <= xor_max; key++) {
        struct entry row = {.part = part,
                            .off_max = atom->off_max,
                            .width = (uint16_t)(atom->off_max - atom->off_min),
                            .xor_key = (uint8_t)key,
                            .target = (uint8_t)target,
                            .class = (uint8_t)atom->class};

        YM_TRY(atom->class == YM_ATOM_PAIR ? add_pairs(b, atom, row) : add_run(b, atom, row));
    }
    return YM_OK;
}

/* Equal keys together; inside a key by part, so that an image does not depend on the sort's
 * whims. */
static int compare_entries(const void *pa, const void *pb) {
    const struct entry *a = pa;
    const struct entry *b = pb;

    if (a->key != b->key) {
        return a->key < b->key ? -1 : 1;
    }
    if (a->part != b->part) {
        return a->part < b->part ? -1 : 1;
    }
    if (a->off_max != b->off_max) {
        return a->off_max < b->off_max ? -1 : 1;
    }
    if (a->xor_key != b->xor_key) {
        return (int)a->xor_key - (int)b->xor_key;
    }
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* The same posting under the same key, although perhaps for another run that begins alike. */
static bool same_posting(const struct entry *a, const struct entry *b) {
    return a->key == b->key && a->part == b->part && a->off_max == b->off_max &&
           a->xor_key == b->xor_key && a->width == b->width;
}

static bool same_entry(const struct entry *a, const struct entry *b) {
    return same_posting(a, b) && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static void sort_unique(struct entries *e) {
    size_t n = 0;

    if (e->n == 0) {
        return;
    }
    qsort(e->rows, e->n, sizeof(*e->rows), compare_entries);
    for (size_t i = 1; i < e->n; i++) {
        if (!same_entry(&e->rows[n], &e->rows[i])) {
            e->rows[++n] = e->rows[i];
        }
    }
    e->n = n + 1;
}

/* ---- Bitmaps -------------------------------------------------------------------------------- */

static bool in_group(const struct entry *e, unsigned target) {
    return e->target == YM_TARGET_ANY || e->target == target;
}

/* Bits for n windows: the larger the map, the fewer false candidates, until a cache is lost. */
static unsigned bits_for(size_t n, unsigned max) {
    static const struct {
        unsigned below;
        unsigned factor;
    } steps[] = {{17, 256}, {20, 64}, {22, 32}, {31, 16}};
    unsigned bits = MIN_BITS;

    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        while (bits < max && bits < steps[i].below && (UINT64_C(1) << bits) < n * steps[i].factor) {
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

static size_t count_class(const struct ym_filter_builder *b, unsigned target, unsigned class) {
    const struct entries *e = &b->tables[RUNS];
    size_t n = 0;

    for (size_t i = 0; i < e->n; i++) {
        n += e->rows[i].class == class && in_group(&e->rows[i], target);
    }
    return n;
}

static void fill_filter(const struct entries *e, unsigned target, unsigned class,
                        const struct ym_img_filter *f, uint8_t *maps) {
    uint8_t *second = maps + ((size_t)1 << (f->bits - 3));

    for (size_t i = 0; i < e->n; i++) {
        const struct entry *row = &e->rows[i];

        if (row->class != class || !in_group(row, target)) {
            continue;
        }
        for (unsigned k = 0; k < f->stride; k++) {
            set_word(maps, ym_window_hash(load(row->bytes + k, f->window)), f->bits);
        }
        set_bit(second, ym_window_hash2(row->key) >> (64 - f->second_bits));
    }
}

/* n: atoms of the class. */
static struct ym_img_filter write_filter(const struct entries *e, unsigned target, unsigned class,
                                         size_t n, struct ym_buf *bitmaps) {
    const struct shape *shape =
        class == YM_ATOM_FOUR && n <= FEW_SHORT ? &four_by_three : &shapes[class];
    struct ym_img_filter f = {.bits = (uint16_t)bits_for(n * shape->stride, shape->max_bits),
                              .stride = shape->stride,
                              .window = shape->window,
                              .key = shape->key};
    uint8_t *maps;

    f.second_bits = MIN_BITS;
    while (f.second_bits < MAX_SECOND_BITS && (UINT64_C(1) << f.second_bits) < n * SECOND_FACTOR) {
        f.second_bits++;
    }
    f.first = bitmaps->len;
    f.second = bitmaps->len + ((size_t)1 << (f.bits - 3));
    maps = ym_buf_room(bitmaps, ((size_t)1 << (f.bits - 3)) + ((size_t)1 << (f.second_bits - 3)));
    if (maps != NULL) {
        fill_filter(e, target, class, &f, maps);
    }
    return f;
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
        set_bit(map, e->rows[i].key);
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

/* Those of a group that are asked for by sets. */
struct few {
    const struct entry *rows[FEW + FEW_PAIRS];
    size_t n;
};

enum { MAX_SETS = 8 * ((FEW + FEW_PAIRS) / (8 * FEW_A_SET) + 1) };

/* What a set allows: symbols at each of the four places, and their share of real bytes. */
struct set {
    uint64_t symbols[4];
    double share[4];
};

static unsigned known_bytes(const struct entry *e) {
    return e->class == YM_ATOM_PAIR ? 2 : e->class == YM_ATOM_THREE ? 3 : 4;
}

static uint8_t byte_of(const struct entry *e, unsigned k) {
    return e->class == YM_ATOM_PAIR ? (uint8_t)(e->key >> 8 * k) : e->bytes[k];
}

/* Rows of the classes, each key once: equal keys are neighbours. */
static void collect_few(const struct entries *e, unsigned target, unsigned classes,
                        struct few *few) {
    const struct entry *last = NULL;

    for (size_t i = 0; i < e->n; i++) {
        const struct entry *row = &e->rows[i];

        if ((classes >> row->class & 1) == 0 || !in_group(row, target) ||
            (last != NULL && last->key == row->key && last->class == row->class)) {
            continue;
        }
        few->rows[few->n++] = row;
        last = row;
    }
}

static void add_to_set(struct ym_img_few *table, const struct entry *e, unsigned set) {
    const uint8_t bit = (uint8_t)(1u << set);

    for (unsigned k = 0; k < 4; k++) {
        const bool any = k >= known_bytes(e);
        const uint8_t byte = any ? 0 : byte_of(e, k);

        for (unsigned half = 0; half < 16; half++) {
            table->low[k][half] |= any || half == (byte & 15u) ? bit : 0;
            table->high[k][half] |= any || half == (unsigned)(byte >> 4) ? bit : 0;
        }
        for (unsigned symbol = 0; symbol < 64; symbol++) {
            table->symbols[k][symbol] |= any || symbol == ym_few_symbol(byte) ? bit : 0;
        }
    }
}

static double symbol_share(unsigned symbol) {
    const uint8_t byte = (uint8_t)((symbol & 0x1f) | (symbol & 0x20) << 1);

    return ym_byte_share(byte) + ym_byte_share(byte | 0x80);
}

/* The set with this atom in it, too. */
static struct set with(const struct set *old, const struct entry *e) {
    struct set s = *old;

    for (unsigned k = 0; k < 4; k++) {
        const bool any = k >= known_bytes(e);
        const unsigned symbol = any ? 0 : ym_few_symbol(byte_of(e, k));

        if (any) {
            s.symbols[k] = UINT64_MAX;
            s.share[k] = 1;
        } else if ((s.symbols[k] >> symbol & 1) == 0) {
            s.symbols[k] |= UINT64_C(1) << symbol;
            s.share[k] += symbol_share(symbol);
        }
    }
    return s;
}

static double passing(const struct set *s) {
    return s->share[0] * s->share[1] * s->share[2] * s->share[3];
}

/* What all combinations of a set's symbols let pass is what it costs: atoms of common bytes spoil
 * one set together instead of each its own. */
static unsigned cheapest_set(const struct set *sets, size_t n_sets, const struct entry *e) {
    double least = 2;
    unsigned best = 0;

    for (unsigned i = 0; i < n_sets; i++) {
        struct set s = with(&sets[i], e);
        double more = passing(&s) - passing(&sets[i]);

        if (more < least) {
            least = more;
            best = i;
        }
    }
    return best;
}

/* Common ones first. */
static int compare_few(const void *pa, const void *pb) {
    static const struct set empty;
    const struct entry *a = *(const struct entry *const *)pa;
    const struct entry *b = *(const struct entry *const *)pb;
    const struct set of_a = with(&empty, a);
    const struct set of_b = with(&empty, b);

    if (passing(&of_a) != passing(&of_b)) {
        return passing(&of_a) > passing(&of_b) ? -1 : 1;
    }
    return a->key != b->key      ? (a->key < b->key ? -1 : 1)
           : a->class < b->class ? -1
                                 : a->class > b->class;
}

/* Could it begin at a place where four bytes are the same? */
static bool is_flat(const struct entry *e) {
    for (unsigned k = 1; k < known_bytes(e); k++) {
        if (byte_of(e, k) != byte_of(e, 0)) {
            return false;
        }
    }
    return true;
}

static void write_few(struct few *few, struct ym_buf *bitmaps, struct ym_img_group *g) {
    const size_t n_sets = (few->n + 8 * (size_t)FEW_A_SET - 1) / (8 * (size_t)FEW_A_SET) * 8;
    struct ym_img_few tables[MAX_SETS / 8] = {0};
    struct set sets[MAX_SETS] = {0};
    uint8_t keys[YM_FEW_KEYS] = {0};

    qsort(few->rows, few->n, sizeof(few->rows[0]), compare_few);
    for (size_t i = 0; i < few->n; i++) {
        const struct entry *e = few->rows[i];
        const unsigned at = cheapest_set(sets, n_sets, e);

        sets[at] = with(&sets[at], e);
        add_to_set(&tables[at / 8], e, at % 8);
        g->few_flat |= is_flat(e);
        if (e->class != YM_ATOM_PAIR) {
            set_bit(keys, ym_few_bit(e->key));
        }
    }
    g->few = bitmaps->len;
    g->n_few = (uint8_t)(n_sets / 8);
    ym_buf_add(bitmaps, keys, sizeof(keys));
    ym_buf_add(bitmaps, tables, n_sets / 8 * sizeof(tables[0]));
}

static size_t count_pairs(const struct ym_filter_builder *b, unsigned target) {
    const struct entries *e = &b->tables[SETS];
    uint64_t last = UINT64_MAX;
    size_t n = 0;

    for (size_t i = 0; i < e->n; i++) {
        if (in_group(&e->rows[i], target)) {
            n += e->rows[i].key != last;
            last = e->rows[i].key;
        }
    }
    return n;
}

/* The shortest atoms of a group go together while they are few; every other class gets a filter. */
static void write_runs(const struct ym_filter_builder *b, unsigned target, struct ym_buf *bitmaps,
                       struct ym_img_group *g) {
    const size_t n_pairs = count_pairs(b, target);
    struct few few = {.n = 0};
    size_t n_few = 0;

    for (unsigned class = YM_ATOM_CLASSES; class -- > 0;) {
        size_t n = count_class(b, target, class);

        if (n > 0 && class != YM_ATOM_LONG && n_few + n <= FEW) {
            g->few_classes |= (uint8_t)(1u << class);
            n_few += n;
        } else if (n > 0) {
            g->filters[class] = write_filter(&b->tables[RUNS], target, class, n, bitmaps);
        }
    }
    collect_few(&b->tables[RUNS], target, g->few_classes, &few);
    if (n_pairs > 0 && n_pairs <= FEW_PAIRS) {
        g->few_pairs = 1;
        collect_few(&b->tables[SETS], target, 1u << YM_ATOM_PAIR, &few);
    }
    if (few.n > 0) {
        write_few(&few, bitmaps, g);
    }
}

static void write_groups(const struct ym_filter_builder *b, struct ym_filter_sections *out) {
    struct ym_img_group any = {.few = UINT64_MAX, .pairs = UINT64_MAX};

    for (unsigned target = 0; target < YM_TARGET_COUNT; target++) {
        struct ym_img_group g = any;

        if (target_has_own(b, target)) {
            g = (struct ym_img_group){.few = UINT64_MAX};
            write_runs(b, target, &out->bitmaps, &g);
            g.pairs = UINT64_MAX;
            if (g.few_pairs == 0) {
                write_pairs(&b->tables[SETS], target, &out->bitmaps, &g.pairs);
            }
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
        .part = e->part, .off_max = e->off_max, .width = e->width, .key = e->xor_key};

    ym_buf_add(postings, &p, sizeof(p));
}

static uint32_t posting_count(const struct ym_buf *postings) {
    return (uint32_t)(postings->len / sizeof(struct ym_img_posting));
}

/* Writes the posting list that begins at row i and returns the row after it. */
static size_t write_list(const struct entries *e, size_t i, struct ym_buf *postings) {
    size_t begin = i;

    for (; i < e->n && e->rows[i].key == e->rows[begin].key; i++) {
        if (i == begin || !same_posting(&e->rows[i - 1], &e->rows[i])) {
            write_posting(&e->rows[i], postings);
        }
    }
    return i;
}

static size_t count_keys(const struct entries *e) {
    size_t n = 0;

    for (size_t i = 0; i < e->n; i++) {
        n += i == 0 || e->rows[i].key != e->rows[i - 1].key;
    }
    return n;
}

static ym_status write_atoms(const struct entries *e, struct ym_buf *atoms,
                             struct ym_buf *postings) {
    size_t n = count_keys(e);
    size_t slots = 16;
    struct ym_img_atom *table;

    if (n == 0) {
        return YM_OK;
    }
    while (slots < n + n / 2) {
        slots *= 2;
    }
    table = (struct ym_img_atom *)(void *)ym_buf_room(atoms, slots * sizeof(*table));
    for (size_t i = 0; table != NULL && i < e->n;) {
        uint64_t at = ym_window_hash2(e->rows[i].key) & (slots - 1);
        uint32_t first = posting_count(postings);
        uint64_t key = e->rows[i].key;

        i = write_list(e, i, postings);
        while (table[at].first != 0) {
            at = (at + 1) & (slots - 1);
        }
        table[at] = (struct ym_img_atom){key, first + 1, posting_count(postings) - first};
    }
    return ym_buf_status(atoms);
}

static void write_pair_lists(const struct entries *e, struct ym_buf *pairs,
                             struct ym_buf *postings) {
    size_t i = 0;

    for (uint32_t pair = 0; e->n > 0 && pair <= PAIRS; pair++) {
        ym_buf_u32le(pairs, posting_count(postings));
        if (pair < PAIRS && i < e->n && e->rows[i].key == pair) {
            i = write_list(e, i, postings);
        }
    }
}

ym_status ym_filter_builder_write(struct ym_filter_builder *b, struct ym_filter_sections *out) {
    for (unsigned t = 0; t < TABLES; t++) {
        sort_unique(&b->tables[t]);
        if (b->tables[t].n > UINT32_MAX / 4) {
            return YM_LIMIT;
        }
    }
    write_groups(b, out);
    YM_TRY(write_atoms(&b->tables[RUNS], &out->atoms, &out->postings));
    write_pair_lists(&b->tables[SETS], &out->pairs, &out->postings);
    YM_TRY(ym_buf_status(&out->groups));
    YM_TRY(ym_buf_status(&out->bitmaps));
    YM_TRY(ym_buf_status(&out->pairs));
    return ym_buf_status(&out->postings);
}
