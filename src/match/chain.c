/* chain.c - puts patterns together that were cut at wide gaps.  See hits.h, database/pattern.c.
 *
 * A spelling P0 gap P1 gap ... Pk matches where a match of every part stands within the gap's
 * bounds after the end of the part before it.  From the last part backwards every match gets
 * the nearest end of the whole that can be reached from it; the matches of P0 that reach one are
 * matches of the spelling. */
#include "hits.h"

#include "base/alloc.h"
#include "base/kinds.h"

#include <stdlib.h>

#define NO_END UINT64_MAX

struct link {
    uint64_t start, end;
    uint64_t reach;      /* nearest end of the whole from here; NO_END: none */
    uint64_t best_after; /* smallest reach of this row and all after it */
};

struct links {
    struct link *rows;
    uint32_t n;
};

static int by_start(const void *pa, const void *pb) {
    const struct link *a = pa;
    const struct link *b = pb;

    if (a->start != b->start) {
        return a->start < b->start ? -1 : 1;
    }
    return a->end < b->end ? -1 : a->end > b->end;
}

static struct links collect(struct ym_hitset *h, uint32_t part) {
    const struct ym_part_state *states = h->parts.rows;
    const struct ym_part_node *nodes = h->part_hits.rows;
    const struct ym_part_state *s = &states[h->part_row[part] - 1];
    struct links out = {NULL, 0};

    if ((size_t)s->n * sizeof(*out.rows) <= h->cap - h->used) {
        out.rows = ym_zalloc(s->n, sizeof(*out.rows));
    }
    if (out.rows == NULL) {
        h->overflow = true;
        return out;
    }
    for (uint32_t at = s->head; at != 0; at = nodes[at - 1].next) {
        out.rows[out.n++] = (struct link){.start = nodes[at - 1].start, .end = nodes[at - 1].end};
    }
    qsort(out.rows, out.n, sizeof(*out.rows), by_start);
    return out;
}

/* First row that starts at or after `from`. */
static uint32_t lower_bound(const struct links *l, uint64_t from) {
    uint32_t lo = 0;
    uint32_t hi = l->n;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (l->rows[mid].start < from) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static uint64_t reach_from(const struct links *next, uint64_t end, uint32_t gap_min,
                           uint32_t gap_max, uint64_t *budget) {
    uint32_t i = lower_bound(next, end + gap_min);
    uint64_t best = NO_END;

    if (gap_max == UINT32_MAX) {
        return i < next->n ? next->rows[i].best_after : NO_END;
    }
    for (; i < next->n && next->rows[i].start <= end + gap_max && *budget > 0; i++) {
        (*budget)--;
        best = next->rows[i].reach < best ? next->rows[i].reach : best;
    }
    return best;
}

static void link_rows(struct links *l, const struct links *next, const struct ym_img_part *gap,
                      uint64_t *budget) {
    uint64_t best = NO_END;

    for (uint32_t i = l->n; i-- > 0;) {
        struct link *row = &l->rows[i];

        row->reach = next == NULL ? row->end
                                  : reach_from(next, row->end, gap->gap_min, gap->gap_max, budget);
        best = row->reach < best ? row->reach : best;
        row->best_after = best;
    }
}

static const struct ym_img_part *part_row(const struct ym_hitset *h, uint32_t part) {
    return ym_db_row(h->db, YM_SECTION_PARTS, part);
}

/* The variant's parts are first .. last. */
static void join_variant(struct ym_hitset *h, uint32_t pattern, uint32_t first, uint32_t last,
                         uint64_t *budget, ym_chain_fn *fn, void *self) {
    struct links next = {NULL, 0};

    for (uint32_t part = first; part <= last; part++) {
        if (h->part_row[part] == 0) {
            return; /* a part without a match */
        }
    }
    for (uint32_t part = last + 1; part-- > first;) {
        struct links l = collect(h, part);

        link_rows(&l, part == last ? NULL : &next, part == last ? NULL : part_row(h, part + 1),
                  budget);
        ym_free(next.rows);
        next = l;
    }
    for (uint32_t i = 0; i < next.n; i++) {
        if (next.rows[i].reach != NO_END) {
            fn(self, pattern, first, next.rows[i].start, next.rows[i].reach);
        }
    }
    ym_free(next.rows);
}

static void join_pattern(struct ym_hitset *h, uint32_t pattern, uint64_t *budget, ym_chain_fn *fn,
                         void *self) {
    const struct ym_img_pattern *p = ym_db_row(h->db, YM_SECTION_PATTERNS, pattern);
    uint32_t n_parts = ym_db_count(h->db, YM_SECTION_PARTS);
    uint32_t first;

    if (p == NULL || p->first_part > n_parts || p->n_parts > n_parts - p->first_part) {
        return;
    }
    first = p->first_part;
    for (uint32_t i = first; i < p->first_part + p->n_parts; i++) {
        const struct ym_img_part *part = part_row(h, i);

        if (part != NULL && (part->flags & YM_IMG_PART_LAST) != 0) {
            if (i > first) {
                join_variant(h, pattern, first, i, budget, fn, self);
            }
            first = i + 1;
        }
    }
}

void ym_hitset_join(struct ym_hitset *h, uint64_t *budget, ym_chain_fn *fn, void *self) {
    uint32_t n = h->patterns.n;

    for (uint32_t i = 0; i < n; i++) {
        const struct ym_pattern_state *rows = h->patterns.rows; /* fn may move them */

        if (rows[i].has_parts) {
            join_pattern(h, rows[i].pattern, budget, fn, self);
        }
    }
}
