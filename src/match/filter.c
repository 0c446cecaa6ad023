/* filter.c - the prefilter.  See filter.h, and database/filter.c for how the tables are made.
 *
 * The input is taken in blocks that stay in the first-level cache while each table's loop runs
 * over them (filter_scalar.c, filter_avx2.c, filter_avx512.c).  The loops ask the first bitmap; where
 * a window is in it, the places where a run may begin are asked against the second bitmap, and only
 * what is left touches the atom table and its posting lists. */
#include "filter.h"

#include "database/layout.h"
#include "filter_loops.h"

#include <string.h>

struct scan {
    const struct ym_db *db;
    const struct ym_img_group *group;
    const uint8_t *data;
    size_t size;
    ym_filter_path path;
    struct ym_filter_room *room;
    ym_candidate_fn *fn;
    void *self;
};

struct path {
    uint32_t (*loop)(const struct ym_filter_loop *l);
    uint32_t (*few)(const struct ym_filter_loop *l);
};

static const struct path paths[YM_FILTER_PATHS] = {
    [YM_FILTER_SCALAR] = {ym_filter_loop_scalar, ym_filter_few_scalar},
    [YM_FILTER_AVX2] = {ym_filter_loop_avx2, ym_filter_few_avx2},
    [YM_FILTER_AVX512] = {ym_filter_loop_avx512, ym_filter_few_avx512},
    [YM_FILTER_VBMI] = {ym_filter_loop_avx512, ym_filter_few_vbmi},
};

bool ym_filter_has_path(ym_filter_path path) {
#if defined(__x86_64__)
    if (path == YM_FILTER_VBMI) {
        return ym_filter_has_path(YM_FILTER_AVX512) && __builtin_cpu_supports("avx512vbmi");
    }
    if (path == YM_FILTER_AVX512) {
        return ym_filter_has_path(YM_FILTER_AVX2) && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512bw");
    }
    return path == YM_FILTER_SCALAR ||
           (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"));
#else
    return path == YM_FILTER_SCALAR;
#endif
}

ym_filter_path ym_filter_best_path(void) {
    ym_filter_path best = YM_FILTER_SCALAR;

    for (ym_filter_path p = YM_FILTER_AVX2; p < YM_FILTER_PATHS; p++) {
        best = ym_filter_has_path(p) ? p : best;
    }
    return best;
}

uint32_t ym_filter_windows(ym_filter_path path, const struct ym_filter_loop *l) {
    return paths[path].loop(l);
}

/* The key of an atom of n bytes that begins at pos; the data holds them. */
static uint64_t key_at(const struct scan *s, size_t pos, unsigned n) {
    uint64_t w = 0;

    if (s->size - pos >= 8) {
        memcpy(&w, s->data + pos, 8);
    } else {
        memcpy(&w, s->data + pos, n);
    }
    return ym_atom_key(w, n);
}

static unsigned bit(const uint8_t *map, uint64_t i) {
    return (unsigned)(map[i >> 3] >> (i & 7)) & 1u;
}

/* The atom of a key in the open-addressing table, or NULL. */
static const struct ym_img_atom *find_atom(const struct ym_db *db, uint64_t key) {
    const struct ym_img_span *span = ym_db_span(db, YM_SECTION_ATOMS);
    const struct ym_img_atom *table = (const void *)(db->base + span->offset);
    uint32_t mask = span->count - 1;
    uint32_t at = (uint32_t)ym_window_hash2(key) & mask;

    for (uint32_t tries = 0; tries < span->count; tries++, at = (at + 1) & mask) {
        if (table[at].first == 0) {
            return NULL;
        }
        if (table[at].key == key) {
            return &table[at];
        }
    }
    return NULL;
}

/* Appends the places where a run that holds the window at pos may begin and that are in the second
 * map, in their order. No branch hangs on what the map says, so that many look-ups are on their way at once.  A
 * place is written as its distance from `from`, plus the stride. */
static inline __attribute__((always_inline)) uint32_t
keep_starts(const struct scan *s, const struct ym_img_filter *f, const uint8_t *map, uint32_t found,
            size_t pos, uint32_t kept, uint32_t stride, unsigned key) {
    bool inside = pos >= stride && s->size - pos >= 8;

    for (uint32_t k = stride; k-- > 0;) {
        uint64_t w = 0;

        if (inside) {
            memcpy(&w, s->data + pos - k, 8);
        } else if (k <= pos && s->size - (pos - k) >= key) {
            memcpy(&w, s->data + pos - k, key);
        } else {
            continue;
        }
        s->room->starts[kept] = found + stride - k;
        kept += bit(map, ym_window_hash2(ym_atom_key(w, key)) >> (64 - f->second_bits));
    }
    return kept;
}

/* Of all windows found; the shapes are constants so that their loops are unrolled. */
static uint32_t keep_second(const struct scan *s, const struct ym_img_filter *f, size_t from,
                            uint32_t n) {
    const uint8_t *map = s->db->base + ym_db_span(s->db, YM_SECTION_BITMAPS)->offset + f->second;
    const uint32_t *found = s->room->found;
    uint32_t kept = 0;

#define KEEP(stride_, key_)                                                                        \
    for (uint32_t i = 0; i < n; i++) {                                                             \
        kept = keep_starts(s, f, map, found[i], from + found[i], kept, (stride_), (key_));         \
    }
    if (f->key == 8) {
        KEEP(4, 8)
    } else if (f->key == 7) {
        KEEP(4, 7)
    } else if (f->key == 5) {
        KEEP(2, 5)
    } else if (f->key == 3) {
        KEEP(1, 3)
    } else if (f->stride == 2) {
        KEEP(2, 4)
    } else {
        KEEP(1, 4)
    }
#undef KEEP
    return kept;
}

static bool report_windows(struct scan *s, const struct ym_img_filter *f, size_t from, uint32_t n) {
    n = keep_second(s, f, from, n);
    for (uint32_t i = 0; i < n; i++) {
        size_t pos = from + s->room->starts[i] - f->stride;
        const struct ym_img_atom *atom = find_atom(s->db, key_at(s, pos, f->key));

        if (atom != NULL && !s->fn(s->self, pos, atom->first - 1, atom->n)) {
            return false;
        }
    }
    return true;
}

static size_t round_up(size_t n, size_t to) {
    return (n + to - 1) / to * to;
}

static bool scan_windows(struct scan *s, const struct ym_img_filter *f, size_t from, size_t to) {
    size_t end = s->size >= f->window ? s->size - f->window + 1 : 0;
    struct ym_filter_loop l = {
        .data = s->data,
        .size = s->size,
        .from = f->bits == 0 ? 0 : round_up(from, f->stride),
        .to = to < end ? to : end,
        .map = s->db->base + ym_db_span(s->db, YM_SECTION_BITMAPS)->offset + f->first,
        .bits = f->bits,
        .width = f->window,
        .stride = f->stride,
        .found = s->room->found,
    };

    if (f->bits == 0 || l.from >= l.to) {
        return true;
    }
    return report_windows(s, f, l.from, ym_filter_windows(s->path, &l));
}

static bool report_pair(struct scan *s, size_t pos, uint32_t pair) {
    const uint32_t *first = ym_db_row(s->db, YM_SECTION_PAIRS, pair);
    const uint32_t *next = ym_db_row(s->db, YM_SECTION_PAIRS, pair + 1);

    if (first == NULL || next == NULL || *next <= *first) {
        return true;
    }
    return s->fn(s->self, pos, *first, *next - *first);
}

/* The last byte has no neighbour: it stands with a zero, which sets of any byte contain. */
static uint32_t pair_at(const struct scan *s, size_t pos) {
    uint32_t next = s->size - pos > 1 ? s->data[pos + 1] : 0;

    return (s->data[pos] | next << 8) & YM_FOLD2;
}

/* All classes of short atoms that may begin at a place; keys: bits of their hashes. */
static bool report_few(struct scan *s, const uint8_t *keys, size_t pos) {
    static const uint8_t lengths[YM_ATOM_CLASSES] = {
#define X(name, length, window, stride, key) key,
        YM_ATOM_CLASS_TABLE(X)
#undef X
    };

    for (unsigned class = YM_ATOM_SEVEN; class < YM_ATOM_CLASSES; class ++) {
        const struct ym_img_atom *atom = NULL;

        if ((s->group->few_classes >> class & 1) != 0 && s->size - pos >= lengths[class]) {
            uint64_t key = key_at(s, pos, lengths[class]);

            atom = bit(keys, ym_few_bit(key)) != 0 ? find_atom(s->db, key) : NULL;
        }
        if (atom != NULL && !s->fn(s->self, pos, atom->first - 1, atom->n)) {
            return false;
        }
    }
    return s->group->few_pairs == 0 || report_pair(s, pos, pair_at(s, pos));
}

static bool scan_few(struct scan *s, size_t from, size_t to) {
    struct ym_filter_loop l = {
        .data = s->data,
        .size = s->size,
        .from = from,
        .to = to,
        .map = s->db->base + ym_db_span(s->db, YM_SECTION_BITMAPS)->offset + s->group->few,
        .bits = s->group->n_few,
        .flat = s->group->few_flat != 0,
        .width = 4,
        .stride = 1,
        .found = s->room->found,
    };
    uint32_t n = paths[s->path].few(&l);

    for (uint32_t i = 0; i < n; i++) {
        if (!report_few(s, l.map, from + s->room->found[i])) {
            return false;
        }
    }
    return true;
}

static bool scan_pairs(struct scan *s, size_t from, size_t to) {
    const uint8_t *maps = s->db->base + ym_db_span(s->db, YM_SECTION_BITMAPS)->offset;
    struct ym_filter_loop l = {
        .data = s->data,
        .size = s->size,
        .from = from,
        .to = to < s->size - 1 ? to : s->size - 1,
        .map = maps + s->group->pairs,
        .bits = 16,
        .width = 2,
        .stride = 1,
        .found = s->room->found,
    };
    uint32_t n = paths[s->path].loop(&l);

    for (uint32_t i = 0; i < n; i++) {
        size_t pos = from + s->room->found[i];

        if (!report_pair(s, pos, pair_at(s, pos))) {
            return false;
        }
    }
    return to < s->size || bit(l.map, pair_at(s, s->size - 1)) == 0 ||
           report_pair(s, s->size - 1, pair_at(s, s->size - 1));
}

bool ym_filter_scan(const struct ym_db *db, const struct ym_img_group *group, const uint8_t *data,
                    size_t size, ym_filter_path path, struct ym_filter_room *room,
                    ym_candidate_fn *fn, void *self) {
    struct scan s = {.db = db,
                     .group = group,
                     .data = data,
                     .size = size,
                     .path = path,
                     .room = room,
                     .fn = fn,
                     .self = self};

    for (size_t from = 0; from < size; from += YM_FILTER_BLOCK) {
        size_t to = size - from < YM_FILTER_BLOCK ? size : from + YM_FILTER_BLOCK;

        bool go_on = true;

        for (unsigned class = 0; class < YM_ATOM_CLASSES && go_on; class ++) {
            go_on = scan_windows(&s, &group->filters[class], from, to);
        }
        if (!go_on || (group->few != UINT64_MAX && !scan_few(&s, from, to)) ||
            (group->pairs != UINT64_MAX && !scan_pairs(&s, from, to))) {
            return false;
        }
    }
    return true;
}
