/* second.c - the patterns that the prefilter does not know, for all rules at hand in one pass.
 *
 * Most patterns of most rules are sought only when a rarer one of the same rule was met.  A large object
 * meets some of many rules; to go through it once for each pattern would take longer than the prefilter
 * did.  So the first condition that asks for such a pattern has those of all rules that were met looked
 * for together: each variant by the seed of one of its parts (database/layout.h), four bytes that are
 * asked for at every place, first in a bitmap as small as their number, then in a hash table.
 *
 * What has no seed, and few patterns, are left to match/chain.c, one by one. */
#include "base/alloc.h"
#include "chain.h"
#include "filter_loops.h"
#include "run.h"

#include <string.h>

enum {
    FEW = 4,             /* patterns up to which going through the data for each is faster */
    MAX_SEEDS = 1 << 17, /* the rest one by one */
    BITS_A_SEED = 5,     /* log2 of the bitmap's bits for each */
    MIN_BITS = 13,
    MAX_BITS = 20
};

struct seed {
    uint32_t bytes;
    uint32_t part;
    uint32_t at;
    uint32_t next; /* seed + 1 of the same slot */
};

struct second {
    struct ym_run *run;
    struct seed *seeds;
    uint32_t n, room;
    uint32_t *patterns;
    uint32_t n_patterns, patterns_room;
    uint32_t *slots; /* seed + 1, by the hash of its bytes */
    uint8_t *map;
    unsigned bits; /* of the map; one slot for each 8 bits */
};

/* ---- Which ------------------------------------------------------------------------------------- */

static bool add_seed(struct second *s, const struct ym_img_part *part, uint32_t id) {
    struct seed *seeds;

    if (s->n == s->room) {
        const uint32_t room = s->room == 0 ? 256 : s->room * 2;

        seeds = room > MAX_SEEDS ? NULL : ym_realloc_array(s->seeds, room, sizeof(*seeds));
        if (seeds == NULL) {
            return false;
        }
        s->seeds = seeds;
        s->room = room;
    }
    s->seeds[s->n] = (struct seed){.part = id, .at = part->seed_at};
    memcpy(&s->seeds[s->n].bytes, part->seed, sizeof(part->seed));
    s->n++;
    return true;
}

/* One seed for each of its variants; false: not all of them have one. */
static bool add_variants(struct second *s, const struct ym_img_pattern *p) {
    bool has_seed = false;

    for (uint32_t i = 0; i < p->n_parts; i++) {
        const struct ym_img_part *part = ym_db_row(s->run->db, YM_SECTION_PARTS, p->first_part + i);

        if (part == NULL || (part->flags & YM_IMG_PART_NFA) != 0) {
            return false;
        }
        if (!has_seed && (part->flags & YM_IMG_PART_SEED) != 0) {
            has_seed = add_seed(s, part, p->first_part + i);
        }
        if ((part->flags & YM_IMG_PART_LAST) != 0) {
            if (!has_seed) {
                return false;
            }
            has_seed = false;
        }
    }
    return p->n_parts > 0;
}

static void add_pattern(struct second *s, uint32_t pattern, const struct ym_img_pattern *p) {
    const struct ym_pattern_state *state = ym_hitset_pattern(&s->run->scratch->hits, pattern);
    const uint32_t n = s->n;
    uint32_t *patterns;

    if (state == NULL || state->sought) {
        return;
    }
    if (s->n_patterns == s->patterns_room) {
        const uint32_t room = s->patterns_room == 0 ? 256 : s->patterns_room * 2;

        patterns = ym_realloc_array(s->patterns, room, sizeof(*patterns));
        if (patterns == NULL) {
            return;
        }
        s->patterns = patterns;
        s->patterns_room = room;
    }
    if (add_variants(s, p)) {
        s->patterns[s->n_patterns++] = pattern;
    } else {
        s->n = n;
    }
}

static void add_rule(struct second *s, uint32_t id) {
    const struct ym_img_rule *rule = ym_db_row(s->run->db, YM_SECTION_RULES, id);

    const uint32_t n_patterns = ym_db_count(s->run->db, YM_SECTION_PATTERNS);

    for (uint32_t i = 0; rule != NULL && i < rule->n_patterns && i < n_patterns; i++) {
        const uint32_t pattern = rule->first_pattern + i;
        const struct ym_img_pattern *p = ym_db_row(s->run->db, YM_SECTION_PATTERNS, pattern);

        if (p != NULL && (p->flags & YM_IMG_PATTERN_SOUGHT) != 0) {
            add_pattern(s, pattern, p);
        }
    }
}

/* ---- The pass ---------------------------------------------------------------------------------- */

static uint32_t slot_of(const struct second *s, uint32_t bytes) {
    return (uint32_t)(ym_window_hash2(bytes) >> (64 - (s->bits - 3)));
}

static bool make_tables(struct second *s) {
    s->bits = MIN_BITS;
    while (s->bits < MAX_BITS && (s->n << BITS_A_SEED) >> s->bits != 0) {
        s->bits++;
    }
    s->map = ym_zalloc((size_t)1 << s->bits >> 3, 1);
    s->slots = ym_zalloc((size_t)1 << s->bits >> 3, sizeof(*s->slots));
    if (s->map == NULL || s->slots == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < s->n; i++) {
        const uint32_t hash = ym_window_hash(s->seeds[i].bytes);
        uint32_t *slot = &s->slots[slot_of(s, s->seeds[i].bytes)];
        uint8_t *word_at = s->map + (size_t)ym_window_word(hash, s->bits) * 4;
        uint32_t word;

        memcpy(&word, word_at, sizeof(word));
        word |= ym_window_bits(hash);
        memcpy(word_at, &word, sizeof(word));
        s->seeds[i].next = *slot;
        *slot = i + 1;
    }
    return true;
}

static void try_seeds(const struct second *s, size_t pos) {
    struct ym_run *r = s->run;
    uint32_t bytes;

    memcpy(&bytes, r->in->data + pos, sizeof(bytes));
    bytes &= YM_FOLD4;
    for (uint32_t i = s->slots[slot_of(s, bytes)]; i != 0 && r->budget > 0;
         i = s->seeds[i - 1].next) {
        const struct seed *seed = &s->seeds[i - 1];

        r->budget--;
        if (seed->bytes == bytes && pos >= seed->at) {
            ym_run_try_part(r, seed->part, pos - seed->at);
        }
    }
}

static void scan(const struct second *s) {
    struct ym_run *r = s->run;
    struct ym_filter_loop l = {.data = r->in->data,
                               .size = r->in->size,
                               .map = s->map,
                               .bits = s->bits,
                               .width = 4,
                               .stride = 1,
                               .found = r->scratch->room->found};
    const size_t end = r->in->size < 4 ? 0 : r->in->size - 3;

    while (l.from < end && r->budget > 0 && !ym_run_is_late(r)) {
        uint32_t n;

        l.to = end - l.from < YM_FILTER_BLOCK ? end : l.from + YM_FILTER_BLOCK;
        n = ym_filter_windows(r->scratch->path, &l);
        r->budget -= YM_FILTER_BLOCK / 64 < r->budget ? YM_FILTER_BLOCK / 64 : r->budget;
        for (uint32_t i = 0; i < n; i++) {
            try_seeds(s, l.from + l.found[i]);
        }
        l.from = l.to;
    }
}

/* Their states stay where they are: rows exist for all of them. */
static void mark(const struct second *s) {
    for (uint32_t i = 0; i < s->n_patterns; i++) {
        struct ym_pattern_state *state = ym_hitset_pattern(&s->run->scratch->hits, s->patterns[i]);

        if (state != NULL) {
            state->sought = true;
        }
    }
}

/* Those of several parts, one of which was met. */
static void join(const struct second *s) {
    for (uint32_t i = 0; i < s->n_patterns && s->run->budget > 0 && !ym_run_is_late(s->run); i++) {
        struct ym_pattern_state *state = ym_hitset_pattern(&s->run->scratch->hits, s->patterns[i]);

        if (state != NULL && state->to_join) {
            ym_run_join(s->run, s->patterns[i], false);
        }
    }
}

void ym_run_second(struct ym_run *r) {
    struct second s = {.run = r};

    for (uint32_t i = 0; i < r->scratch->rules.n; i++) {
        add_rule(&s, ((const uint32_t *)r->scratch->rules.rows)[i]);
    }
    if (s.n_patterns > FEW && make_tables(&s)) {
        mark(&s);
        scan(&s);
        join(&s);
    }
    ym_free(s.seeds);
    ym_free(s.patterns);
    ym_free(s.slots);
    ym_free(s.map);
}
