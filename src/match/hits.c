/* hits.c - see hits.h. */
#include "hits.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static struct ym_rows rows_of(uint32_t row_size) {
    return (struct ym_rows){.row_size = row_size};
}

ym_status ym_hitset_init(struct ym_hitset *h, const struct ym_db *db, size_t cap) {
    *h = (struct ym_hitset){
        .db = db,
        .cap = cap,
        .patterns = rows_of(sizeof(struct ym_pattern_state)),
        .hits = rows_of(sizeof(struct ym_hit_node)),
    };
    /* Zero pages until something is hit. */
    h->pattern_row = ym_zalloc(ym_db_count(db, YM_SECTION_PATTERNS), sizeof(*h->pattern_row));
    if (h->pattern_row == NULL) {
        ym_hitset_done(h);
        return YM_NOMEM;
    }
    return YM_OK;
}

void ym_hitset_done(struct ym_hitset *h) {
    if (h->pattern_row != NULL) {
        ym_hitset_reset(h);
    }
    ym_free(h->pattern_row);
    ym_free(h->patterns.rows);
    ym_free(h->hits.rows);
    *h = (struct ym_hitset){0};
}

/* Gives large arrays back, so that one noisy object does not stay in memory. */
static void rows_clear(struct ym_hitset *h, struct ym_rows *r) {
    r->n = 0;
    if ((size_t)r->room * r->row_size > (64 << 10)) {
        h->used -= (size_t)r->room * r->row_size;
        ym_free(r->rows);
        *r = rows_of(r->row_size);
    }
}

void ym_hitset_reset(struct ym_hitset *h) {
    const struct ym_pattern_state *patterns = h->patterns.rows;

    for (uint32_t i = 0; i < h->patterns.n; i++) {
        h->pattern_row[patterns[i].pattern] = 0;
        h->used -= (size_t)patterns[i].n_sorted * sizeof(struct ym_hit);
        ym_free(patterns[i].sorted);
    }
    rows_clear(h, &h->patterns);
    rows_clear(h, &h->hits);
    h->overflow = false;
}

static bool rows_grow(struct ym_hitset *h, struct ym_rows *r) {
    uint32_t room = r->room == 0 ? 64 : r->room * 2;
    size_t more = (size_t)(room - r->room) * r->row_size;
    void *rows = NULL;

    if (room > r->room && more <= h->cap - h->used) {
        rows = ym_realloc_array(r->rows, room, r->row_size);
    }
    if (rows == NULL) {
        h->overflow = true;
        return false;
    }
    h->used += more;
    r->rows = rows;
    r->room = room;
    return true;
}

void *ym_rows_push(struct ym_hitset *h, struct ym_rows *r) {
    uint8_t *row;

    if (r->n == r->room && !rows_grow(h, r)) {
        return NULL;
    }
    row = (uint8_t *)r->rows + (size_t)r->n++ * r->row_size;
    memset(row, 0, r->row_size);
    return row;
}

struct ym_pattern_state *ym_hitset_pattern(struct ym_hitset *h, uint32_t pattern) {
    struct ym_pattern_state *rows;

    if (h->pattern_row[pattern] == 0) {
        struct ym_pattern_state *s = ym_rows_push(h, &h->patterns);

        if (s == NULL) {
            return NULL;
        }
        s->pattern = pattern;
        h->pattern_row[pattern] = h->patterns.n;
    }
    rows = h->patterns.rows;
    return &rows[h->pattern_row[pattern] - 1];
}

bool ym_hitset_found(const struct ym_hitset *h, uint32_t pattern) {
    const struct ym_pattern_state *rows = h->patterns.rows;

    return h->pattern_row[pattern] != 0 && rows[h->pattern_row[pattern] - 1].n > 0;
}

uint32_t ym_hitset_count(const struct ym_hitset *h, uint32_t pattern) {
    const struct ym_pattern_state *rows = h->patterns.rows;

    return h->pattern_row[pattern] == 0 ? 0 : rows[h->pattern_row[pattern] - 1].n;
}

bool ym_hitset_enough(const struct ym_hitset *h, uint32_t pattern, uint8_t need) {
    const struct ym_pattern_state *rows = h->patterns.rows;

    if (h->pattern_row[pattern] == 0) {
        return false;
    }
    rows += h->pattern_row[pattern] - 1;
    return rows->to_join || (need == 0 && rows->n > 0); /* YM_NEED_FOUND */
}

void ym_hitset_add(struct ym_hitset *h, uint32_t pattern, uint8_t need, uint64_t offset,
                   uint32_t length) {
    struct ym_pattern_state *s = ym_hitset_pattern(h, pattern);
    struct ym_hit_node *nodes = h->hits.rows;
    struct ym_hit_node *node;

    if (s == NULL) {
        return;
    }
    if (need == 0 && s->n > 0) { /* YM_NEED_FOUND */
        if (offset < nodes[s->head - 1].offset) {
            nodes[s->head - 1].offset = offset;
            nodes[s->head - 1].length = length;
        }
        return;
    }
    node = ym_rows_push(h, &h->hits);
    if (node != NULL) {
        *node = (struct ym_hit_node){offset, length, s->head};
        s->head = h->hits.n;
        s->n++;
    }
}

static int by_offset_then_length(const void *pa, const void *pb) {
    const struct ym_hit *a = pa;
    const struct ym_hit *b = pb;

    if (a->offset != b->offset) {
        return a->offset < b->offset ? -1 : 1;
    }
    return a->length < b->length ? -1 : a->length > b->length;
}

/* Sorted rows in place: of equal offsets the first stays, or the last when greedy. */
static uint32_t one_an_offset(struct ym_hit *hits, uint32_t n, uint32_t flags) {
    const bool greedy = (flags & YM_PATTERN_GREEDY) != 0;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < n; i++) {
        const bool same_length = kept > 0 && hits[kept - 1].length == hits[i].length;

        if (kept > 0 && hits[kept - 1].offset == hits[i].offset &&
            ((flags & YM_IMG_PATTERN_BY_LAST) == 0 || same_length)) {
            hits[kept - 1] = greedy ? hits[i] : hits[kept - 1];
        } else {
            hits[kept++] = hits[i];
        }
    }
    return kept;
}

struct ym_hits ym_hitset_sorted(struct ym_hitset *h, uint32_t pattern, uint32_t flags) {
    struct ym_pattern_state *rows = h->patterns.rows;
    const struct ym_hit_node *nodes = h->hits.rows;
    const uint64_t base = (flags & YM_HITS_AT_BASE) != 0 ? h->base : 0;
    struct ym_pattern_state *s;
    struct ym_hit *hits;
    uint32_t n = 0;

    if (h->pattern_row[pattern] == 0 || rows[h->pattern_row[pattern] - 1].n == 0) {
        return (struct ym_hits){NULL, 0};
    }
    s = &rows[h->pattern_row[pattern] - 1];
    if (s->sorted != NULL) {
        return (struct ym_hits){s->sorted, s->n_sorted};
    }
    hits = (size_t)s->n * sizeof(*hits) <= h->cap - h->used
               ? ym_malloc((size_t)s->n * sizeof(*hits))
               : NULL;
    if (hits == NULL) {
        h->overflow = true;
        return (struct ym_hits){NULL, 0};
    }
    for (uint32_t at = s->head; at != 0; at = nodes[at - 1].next) {
        hits[n++] = (struct ym_hit){nodes[at - 1].offset + base, nodes[at - 1].length};
    }
    qsort(hits, n, sizeof(*hits), by_offset_then_length);
    s->sorted = hits;
    s->n_sorted = one_an_offset(hits, n, flags);
    h->used += (size_t)s->n_sorted * sizeof(*hits);
    return (struct ym_hits){s->sorted, s->n_sorted};
}
