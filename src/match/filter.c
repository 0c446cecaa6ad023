/* filter.c - the prefilter.  See filter.h, and database/filter.c for how the tables are made.
 *
 * The input is taken in blocks that stay in the first-level cache while each table's loop runs
 * over them (filter_scalar.c, filter_avx2.c).  The loops ask the first bitmap; the few positions
 * that pass are asked against the second bitmap, and only what is left touches the atom table and
 * its posting lists. */
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
    uint32_t *found;
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
};

bool ym_filter_has_path(ym_filter_path path) {
#if defined(__x86_64__)
    if (path == YM_FILTER_AVX512) {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    }
    return path == YM_FILTER_SCALAR || __builtin_cpu_supports("avx2");
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

/* The key of the window at p in the atom tables. */
static uint64_t window_at(const uint8_t *p, unsigned width) {
    static const uint64_t fold[9] = {[3] = YM_FOLD3, [4] = YM_FOLD4, [8] = YM_FOLD8};
    uint64_t w = 0;

    memcpy(&w, p, width);
    return (w & fold[width]) | (width == 3 ? YM_ATOM3_MARK : 0);
}

static unsigned bit(const uint8_t *map, uint64_t i) {
    return (unsigned)(map[i >> 3] >> (i & 7)) & 1u;
}

/* The atom of a window in an open-addressing table, or NULL. */
static const struct ym_img_atom *find_atom(const struct ym_db *db, ym_section s, uint64_t w) {
    const struct ym_img_span *span = ym_db_span(db, s);
    const struct ym_img_atom *table = (const void *)(db->base + span->offset);
    uint32_t mask = span->count - 1;
    uint32_t at = (uint32_t)ym_window_hash2(w) & mask;

    for (uint32_t tries = 0; tries < span->count; tries++, at = (at + 1) & mask) {
        if (table[at].first == 0) {
            return NULL;
        }
        if (table[at].window == w) {
            return &table[at];
        }
    }
    return NULL;
}

/* Leaves the positions that are in the second map, too.  No branch hangs on what the map says, so
 * that many look-ups are on their way at once. */
static uint32_t keep_second(const struct scan *s, const uint8_t *map, const struct ym_img_filter *f,
                            size_t from, uint32_t n) {
    uint32_t kept = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = s->found[i];
        uint64_t w = window_at(s->data + from + at, f->width);

        s->found[kept] = at;
        kept += bit(map, ym_window_hash2(w) >> (64 - f->second_bits));
    }
    return kept;
}

static bool report_windows(struct scan *s, const struct ym_img_filter *f, ym_section section,
                           size_t from, uint32_t n) {
    const uint8_t *maps = s->db->base + ym_db_span(s->db, YM_SECTION_BITMAPS)->offset;

    n = keep_second(s, maps + f->second, f, from, n);
    for (uint32_t i = 0; i < n; i++) {
        size_t pos = from + s->found[i];
        const struct ym_img_atom *atom =
            find_atom(s->db, section, window_at(s->data + pos, f->width));

        if (atom != NULL && !s->fn(s->self, pos, atom->first - 1, atom->n)) {
            return false;
        }
    }
    return true;
}

static size_t round_up(size_t n, size_t to) {
    return (n + to - 1) / to * to;
}

static bool scan_windows(struct scan *s, const struct ym_img_filter *f, ym_section section,
                         size_t from, size_t to) {
    size_t end = s->size >= f->width ? s->size - f->width + 1 : 0;
    struct ym_filter_loop l = {
        .data = s->data,
        .size = s->size,
        .from = f->bits == 0 ? 0 : round_up(from, f->stride),
        .to = to < end ? to : end,
        .map = s->db->base + ym_db_span(s->db, YM_SECTION_BITMAPS)->offset + f->first,
        .bits = f->bits,
        .width = f->width,
        .stride = f->stride,
        .found = s->found,
    };

    if (f->bits == 0 || l.from >= l.to) {
        return true;
    }
    return report_windows(s, f, section, l.from, paths[s->path].loop(&l));
}

static bool scan_few(struct scan *s, size_t from, size_t to) {
    size_t end = s->size >= 4 ? s->size - 3 : 0;
    struct ym_filter_loop l = {
        .data = s->data,
        .size = s->size,
        .from = from,
        .to = to < end ? to : end,
        .map = s->db->base + ym_db_span(s->db, YM_SECTION_BITMAPS)->offset + s->group->few,
        .width = 4,
        .stride = 1,
        .found = s->found,
    };
    uint32_t n = 0;

    if (l.from < l.to) {
        n = paths[s->path].few(&l);
    }
    for (uint32_t i = 0; i < n; i++) {
        size_t pos = from + s->found[i];
        const struct ym_img_atom *atom =
            find_atom(s->db, YM_SECTION_ATOMS4, window_at(s->data + pos, 4));

        if (atom != NULL && !s->fn(s->self, pos, atom->first - 1, atom->n)) {
            return false;
        }
    }
    return true;
}

static bool report_pair(struct scan *s, size_t pos, uint32_t pair) {
    const uint32_t *first = ym_db_row(s->db, YM_SECTION_ATOMS2, pair);
    const uint32_t *next = ym_db_row(s->db, YM_SECTION_ATOMS2, pair + 1);

    if (first == NULL || next == NULL || *next <= *first) {
        return true;
    }
    return s->fn(s->self, pos, *first, *next - *first);
}

static uint32_t pair_at(const uint8_t *p) {
    return ((uint32_t)p[0] | (uint32_t)p[1] << 8) & YM_FOLD2;
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
        .found = s->found,
    };
    uint32_t n = paths[s->path].loop(&l);
    uint32_t last = s->data[s->size - 1] & YM_FOLD2;

    for (uint32_t i = 0; i < n; i++) {
        size_t pos = from + s->found[i];

        if (!report_pair(s, pos, pair_at(s->data + pos))) {
            return false;
        }
    }
    /* The last byte has no neighbour: it stands with a zero, which sets of any byte contain. */
    return to < s->size || bit(l.map, last) == 0 || report_pair(s, s->size - 1, last);
}

bool ym_filter_scan(const struct ym_db *db, const struct ym_img_group *group, const uint8_t *data,
                    size_t size, ym_filter_path path, struct ym_filter_room *room,
                    ym_candidate_fn *fn, void *self) {
    struct scan s = {.db = db,
                     .group = group,
                     .data = data,
                     .size = size,
                     .path = path,
                     .found = room->found,
                     .fn = fn,
                     .self = self};

    for (size_t from = 0; from < size; from += YM_FILTER_BLOCK) {
        size_t to = size - from < YM_FILTER_BLOCK ? size : from + YM_FILTER_BLOCK;

        if (!scan_windows(&s, &group->f8, YM_SECTION_ATOMS8, from, to) ||
            !scan_windows(&s, &group->f4, YM_SECTION_ATOMS4, from, to) ||
            (group->few != UINT64_MAX && !scan_few(&s, from, to)) ||
            (group->pairs != UINT64_MAX && !scan_pairs(&s, from, to))) {
            return false;
        }
    }
    return true;
}
