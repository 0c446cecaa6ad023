/* filter.c - the hot loops.  See filter.h, and database/filter.c for how the tables are made.
 *
 * The input is taken in blocks that stay in the first-level cache while each table's loop runs
 * over them.  A loop asks the first bitmap at every stride-th position and appends the position
 * without a branch; the few that pass are asked against the second bitmap, and only what is left
 * touches the atom table and its posting lists. */
#include "filter.h"

#include "database/layout.h"

#include <string.h>

enum { BLOCK = 16384 };

struct scan {
    const struct ym_db *db;
    const struct ym_img_group *group;
    const uint8_t *data;
    size_t size;
    ym_candidate_fn *fn;
    void *self;
    uint32_t found[BLOCK + 8];
};

static uint64_t load8(const uint8_t *p) {
    uint64_t w;

    memcpy(&w, p, sizeof(w));
    return w & YM_FOLD8;
}

static uint64_t load4(const uint8_t *p) {
    uint32_t w;

    memcpy(&w, p, sizeof(w));
    return w & YM_FOLD4;
}

static uint32_t load2(const uint8_t *p) {
    uint16_t w;

    memcpy(&w, p, sizeof(w));
    return w & YM_FOLD2;
}

static inline unsigned bit(const uint8_t *map, uint64_t i) {
    return (unsigned)(map[i >> 3] >> (i & 7)) & 1u;
}

/* The four loops below differ only in window and stride, which must be constants to be fast. */
#define FILTER_LOOP(load, stride_)                                                                 \
    for (size_t p = from; p < to; p += (stride_)) {                                                \
        found[n] = (uint32_t)(p - from);                                                           \
        n += bit(map, ym_window_hash(load(data + p)) >> shift);                                    \
    }

static uint32_t loop8(const uint8_t *data, size_t from, size_t to, const uint8_t *map,
                      unsigned shift, uint32_t *found) {
    uint32_t n = 0;

    FILTER_LOOP(load8, 4)
    return n;
}

static uint32_t loop4(const uint8_t *data, size_t from, size_t to, const uint8_t *map,
                      unsigned shift, unsigned stride, uint32_t *found) {
    uint32_t n = 0;

    if (stride == 4) {
        FILTER_LOOP(load4, 4)
    } else if (stride == 2) {
        FILTER_LOOP(load4, 2)
    } else {
        FILTER_LOOP(load4, 1)
    }
    return n;
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

static bool report_windows(struct scan *s, ym_section section, size_t from, uint32_t n,
                           const uint8_t *second, unsigned shift) {
    for (uint32_t i = 0; i < n; i++) {
        size_t pos = from + s->found[i];
        uint64_t w = section == YM_SECTION_ATOMS8 ? load8(s->data + pos) : load4(s->data + pos);
        const struct ym_img_atom *atom;

        if (bit(second, ym_window_hash2(w) >> shift) == 0) {
            continue;
        }
        atom = find_atom(s->db, section, w);
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
    const uint8_t *maps = s->db->base + ym_db_span(s->db, YM_SECTION_BITMAPS)->offset;
    size_t width = section == YM_SECTION_ATOMS8 ? 8 : 4;
    size_t end = s->size >= width ? s->size - width + 1 : 0;
    unsigned shift = 64 - f->bits;
    uint32_t n;

    to = to < end ? to : end;
    from = round_up(from, f->stride);
    if (f->bits == 0 || from >= to) {
        return true;
    }
    n = width == 8 ? loop8(s->data, from, to, maps + f->first, shift, s->found)
                   : loop4(s->data, from, to, maps + f->first, shift, f->stride, s->found);
    return report_windows(s, section, from, n, maps + f->second, shift);
}

static bool report_pair(struct scan *s, size_t pos, uint32_t pair) {
    const uint32_t *first = ym_db_row(s->db, YM_SECTION_ATOMS2, pair);
    const uint32_t *next = ym_db_row(s->db, YM_SECTION_ATOMS2, pair + 1);

    if (first == NULL || next == NULL || *next <= *first) {
        return true;
    }
    return s->fn(s->self, pos, *first, *next - *first);
}

static bool scan_pairs(struct scan *s, size_t from, size_t to) {
    const uint8_t *maps = s->db->base + ym_db_span(s->db, YM_SECTION_BITMAPS)->offset;
    const uint8_t *map = maps + s->group->pairs;
    size_t end = to < s->size - 1 ? to : s->size - 1;
    const uint8_t *data = s->data;
    uint32_t n = 0;

    for (size_t p = from; p < end; p++) {
        s->found[n] = (uint32_t)(p - from);
        n += bit(map, load2(data + p));
    }
    for (uint32_t i = 0; i < n; i++) {
        size_t pos = from + s->found[i];

        if (!report_pair(s, pos, load2(data + pos))) {
            return false;
        }
    }
    /* The last byte has no neighbour: it stands with a zero, which sets of any byte contain. */
    if (to == s->size && bit(map, data[s->size - 1] & YM_FOLD2) != 0) {
        return report_pair(s, s->size - 1, data[s->size - 1] & YM_FOLD2);
    }
    return true;
}

bool ym_filter_scan(const struct ym_db *db, const struct ym_img_group *group, const uint8_t *data,
                    size_t size, ym_candidate_fn *fn, void *self) {
    struct scan s = {.db = db, .group = group, .data = data, .size = size, .fn = fn, .self = self};

    for (size_t from = 0; from < size; from += BLOCK) {
        size_t to = size - from < BLOCK ? size : from + BLOCK;

        if (!scan_windows(&s, &group->f8, YM_SECTION_ATOMS8, from, to) ||
            !scan_windows(&s, &group->f4, YM_SECTION_ATOMS4, from, to) ||
            (group->pairs != UINT64_MAX && !scan_pairs(&s, from, to))) {
            return false;
        }
    }
    return true;
}
