/* hits.c - see hits.h.
 *
 * Matches of a pattern are a list, in the order in which they were found; which of those at one
 * offset counts is decided when it is sorted.  A regular expression can find the same starts
 * again and again (/[a-z]*x/ does from every x), so a pattern with many matches gets an index by
 * offset, and then a match that is there already only changes the length that counts. */
#include "hits.h"

#include "base/alloc.h"
#include "database/condition.h"

#include <stdlib.h>
#include <string.h>

enum { INDEX_AT = 4096 };

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
        h->used -= (size_t)patterns[i].index_size * sizeof(*patterns[i].index);
        ym_free(patterns[i].index);
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
    return rows->to_join || (need == YM_NEED_FOUND && rows->n > 0);
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

/* Of two matches at one offset that one that counts stays. */
static void merge(struct ym_hit_node *node, uint32_t length, uint32_t flags) {
    bool longer = length > node->length;

    if (longer == ((flags & YM_PATTERN_GREEDY) != 0)) {
        node->length = length;
    }
}

/* Where the node of the match is, or would have to be. */
static uint32_t *index_slot(const struct ym_hitset *h, const struct ym_pattern_state *s,
                            uint32_t flags, uint64_t offset, uint32_t length) {
    const struct ym_hit_node *nodes = h->hits.rows;
    bool with_length = (flags & YM_IMG_PATTERN_BY_LAST) != 0;
    uint64_t at = offset * UINT64_C(0x9e3779b97f4a7c15) >> 32;

    for (;; at++) {
        uint32_t *slot = &s->index[at & (s->index_size - 1)];
        const struct ym_hit_node *node = *slot == 0 ? NULL : &nodes[*slot - 1];

        if (node == NULL || (node->offset == offset && (!with_length || node->length == length))) {
            return slot;
        }
    }
}

/* Room for twice as many matches as there are; false: there is none in the cap. */
static bool make_index(struct ym_hitset *h, struct ym_pattern_state *s, uint32_t flags) {
    uint64_t size = s->index == NULL ? (uint64_t)4 * INDEX_AT : 2 * (uint64_t)s->index_size;
    uint32_t *index = NULL;
    struct ym_hit_node *nodes = h->hits.rows;
    uint32_t at = s->head;

    while (size < 4 * (uint64_t)s->nodes) {
        size *= 2;
    }
    if (size <= UINT32_MAX && (size - s->index_size) * sizeof(*index) <= h->cap - h->used) {
        index = ym_zalloc(size, sizeof(*index));
    }
    if (index == NULL) {
        return false;
    }
    h->used += (size - s->index_size) * sizeof(*index);
    ym_free(s->index);
    s->index = index;
    s->index_size = (uint32_t)size;
    s->head = 0;
    s->n = 0;
    while (at != 0) {
        struct ym_hit_node *node = &nodes[at - 1];
        uint32_t *slot = index_slot(h, s, flags, node->offset, node->length);
        uint32_t next = node->next;

        if (*slot == 0) {
            *slot = at;
            node->next = s->head;
            s->head = at;
            s->n++;
        } else {
            merge(&nodes[*slot - 1], node->length, flags);
        }
        at = next;
    }
    return true;
}

/* A pattern with many matches: is it there already?  *ret_slot: where its node belongs, or NULL. */
static bool is_known(struct ym_hitset *h, struct ym_pattern_state *s, uint64_t offset,
                     uint32_t length, uint32_t **ret_slot) {
    const struct ym_img_pattern *p = ym_db_row(h->db, YM_SECTION_PATTERNS, s->pattern);
    struct ym_hit_node *nodes = h->hits.rows;
    uint32_t flags = p == NULL ? 0 : p->flags;
    bool full = s->nodes >= (s->index == NULL ? (uint32_t)INDEX_AT : s->index_size / 2);

    *ret_slot = NULL;
    if ((full && !make_index(h, s, flags)) || s->index == NULL) {
        return false;
    }
    *ret_slot = index_slot(h, s, flags, offset, length);
    if (**ret_slot != 0) {
        merge(&nodes[**ret_slot - 1], length, flags);
    }
    return **ret_slot != 0;
}

/* Does the match lie behind all that came before it, as most do?  If it is the newest once more, it is
 * merged with that one. */
static bool is_next(struct ym_hitset *h, struct ym_pattern_state *s, uint64_t offset,
                    uint32_t length, bool *ret_merged) {
    const struct ym_img_pattern *p = ym_db_row(h->db, YM_SECTION_PATTERNS, s->pattern);
    const uint32_t flags = p == NULL ? 0 : p->flags;
    struct ym_hit_node *nodes = h->hits.rows;

    *ret_merged = false;
    if (s->disordered) {
        return false;
    }
    if (s->n == 0 || offset > s->last) {
        s->last = offset;
        return true;
    }
    if (offset == s->last && (flags & YM_IMG_PATTERN_BY_LAST) == 0) {
        merge(&nodes[s->head - 1], length, flags);
        *ret_merged = true;
        return false;
    }
    s->disordered = true;
    return false;
}

static struct ym_hit_node *add_node(struct ym_hitset *h, struct ym_pattern_state *s,
                                    uint64_t offset, uint32_t length) {
    struct ym_hit_node *node = ym_rows_push(h, &h->hits);

    if (node != NULL) {
        *node = (struct ym_hit_node){offset, length, s->head};
        s->head = h->hits.n;
        s->n++;
        s->nodes++;
    }
    return node;
}

static void count(struct ym_hitset *h, struct ym_pattern_state *s, uint64_t offset,
                  uint32_t length) {
    if (s->n == 0) {
        (void)add_node(h, s, offset, length);
    } else if (offset > s->last) {
        s->n++;
    }
    s->last = offset > s->last ? offset : s->last;
}

void ym_hitset_add(struct ym_hitset *h, uint32_t pattern, uint8_t need, uint64_t offset,
                   uint32_t length) {
    struct ym_pattern_state *s = ym_hitset_pattern(h, pattern);
    struct ym_hit_node *nodes = h->hits.rows;
    uint32_t *slot = NULL;
    bool merged;

    if (s == NULL) {
        return;
    }
    if (need == YM_NEED_COUNT) {
        count(h, s, offset, length);
        return;
    }
    if (need == YM_NEED_FOUND && s->n > 0) {
        if (offset < nodes[s->head - 1].offset) {
            nodes[s->head - 1].offset = offset;
            nodes[s->head - 1].length = length;
        }
        return;
    }
    if (!is_next(h, s, offset, length, &merged) &&
        (merged || is_known(h, s, offset, length, &slot))) {
        return;
    }
    if (add_node(h, s, offset, length) != NULL && slot != NULL) {
        *slot = s->head;
    }
}

/* All matches of a pattern that count, or as many as there are, in new memory; NULL: none is
 * left. */
static struct ym_hit *sorted_hits(const struct ym_hitset *h, const struct ym_pattern_state *s,
                                  uint32_t flags, uint32_t *ret_n) {
    const struct ym_hit_node *nodes = h->hits.rows;
    const uint64_t base = (flags & YM_HITS_AT_BASE) != 0 ? h->base : 0;
    struct ym_hit *hits = (size_t)s->nodes * sizeof(*hits) <= h->cap - h->used
                              ? ym_malloc((size_t)s->nodes * sizeof(*hits))
                              : NULL;
    uint32_t n = 0;

    if (hits == NULL) {
        return NULL;
    }
    if (!s->disordered) {
        n = s->nodes;
        for (uint32_t at = s->head; at != 0; at = nodes[at - 1].next) {
            hits[--n] = (struct ym_hit){nodes[at - 1].offset + base, nodes[at - 1].length};
        }
        *ret_n = s->nodes;
        return hits;
    }
    for (uint32_t at = s->head; at != 0; at = nodes[at - 1].next) {
        hits[n++] = (struct ym_hit){nodes[at - 1].offset + base, nodes[at - 1].length};
    }
    qsort(hits, n, sizeof(*hits), by_offset_then_length);
    *ret_n = one_an_offset(hits, n, flags);
    return hits;
}

struct ym_hits ym_hitset_sorted(struct ym_hitset *h, uint32_t pattern, uint32_t flags) {
    struct ym_pattern_state *rows = h->patterns.rows;
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
    hits = sorted_hits(h, s, flags, &n);
    if (hits == NULL) {
        h->overflow = true;
        return (struct ym_hits){NULL, 0};
    }
    s->sorted = hits;
    s->n_sorted = n;
    h->used += (size_t)n * sizeof(*hits);
    return (struct ym_hits){s->sorted, s->n_sorted};
}
