/* hits.h - what a scan of one object has found so far (private to match/).
 *
 * Rows of state exist only for patterns that were hit; a table of row numbers, one a pattern, is
 * zero except for those and is put back to zero after the object.
 * All growth counts against one cap. */
#ifndef YM_MATCH_HITS_H
#define YM_MATCH_HITS_H

#include "base/status.h"
#include "database/image.h"
#include "match/condition.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing array of fixed rows. */
struct ym_rows {
    void *rows;
    uint32_t n, room;
    uint32_t row_size;
};

struct ym_hit_node { /* one match of a pattern */
    uint64_t offset;
    uint32_t length;
    uint32_t next; /* node + 1, 0: none */
};

struct ym_pattern_state {
    uint32_t pattern;
    uint32_t head;         /* node + 1 */
    uint32_t n;            /* matches added */
    uint32_t nodes;        /* of them, kept in the list */
    uint64_t last;         /* offset of the newest */
    bool disordered;       /* one came that does not lie behind all before it */
    uint32_t *index;       /* of many disordered ones: nodes by their offset, each once */
    uint32_t index_size;   /* a power of two */
    bool to_join;          /* a part of a longer chain was met: see chain.h */
    bool sought;           /* looked for when its rule was evaluated */
    struct ym_hit *sorted; /* made on first demand */
    uint32_t n_sorted;
};

struct ym_hitset {
    const struct ym_db *db;
    uint32_t *pattern_row; /* row + 1 of patterns */
    struct ym_rows patterns, hits;
    size_t cap, used;
    uint64_t base; /* see YM_HITS_AT_BASE */
    bool overflow; /* something was not kept: a gap */
};

/* Beside the pattern's flags: offsets count from the hitset's base.  Always the same of a pattern. */
enum { YM_HITS_AT_BASE = 1u << 30 };

YM_MUST_CHECK ym_status ym_hitset_init(struct ym_hitset *h, const struct ym_db *db, size_t cap);
void ym_hitset_done(struct ym_hitset *h);
void ym_hitset_reset(struct ym_hitset *h);

/* A row at the end of the array, or NULL (and overflow is set). */
void *ym_rows_push(struct ym_hitset *h, struct ym_rows *r);

struct ym_pattern_state *ym_hitset_pattern(struct ym_hitset *h, uint32_t pattern); /* or NULL */
/* Nothing more needs to be known of it: found and that is enough, or its chains will be sought. */
bool ym_hitset_enough(const struct ym_hitset *h, uint32_t pattern, uint8_t need);
bool ym_hitset_found(const struct ym_hitset *h, uint32_t pattern);
uint32_t ym_hitset_count(const struct ym_hitset *h, uint32_t pattern); /* of what was added */

/* Adds a match.  With need FOUND only the one with the lowest offset is kept; with COUNT the first, and one
 * that does not lie behind the one before it does not count. */
void ym_hitset_add(struct ym_hitset *h, uint32_t pattern, uint8_t need, uint64_t offset,
                   uint32_t length);

/* The matches of a pattern, sorted, one an offset: the shortest, or the longest of a GREEDY one;
 * all of one that counts BY_LAST.  flags: the pattern's in the image. */
struct ym_hits ym_hitset_sorted(struct ym_hitset *h, uint32_t pattern, uint32_t flags);

#endif
