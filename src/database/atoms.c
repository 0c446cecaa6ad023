/* atoms.c - which bytes of a part the prefilter looks for.
 *
 * A part's top level is a row of positions, each with the set of bytes that may stand there, or
 * a hole.  Every run of known bytes offers atoms of each class (layout.h), every two neighbours a
 * pair of sets; an alternative offers one atom per branch, all of which are needed.
 * The offer with the fewest expected candidates per input position wins; expectation comes from
 * byte-pair statistics of real files (pair_bits.h), so that runs of zeros and common words lose
 * against rare bytes. */
#include "pattern.h"

#include "base/alloc.h"
#include "database/pattern_code.h"
#include "pair_bits.h"

#include <string.h>

enum { RUN_MAX = 4096, ALT_DEPTH = 8, EXPAND_MAX = 48 };

/* What looking up a table costs in itself, so that slower tables win only by much. */
static const double class_cost[] = {
    [YM_ATOM_LONG] = 0,    [YM_ATOM_SEVEN] = 1e-6,   [YM_ATOM_FIVE] = 2e-6,
    [YM_ATOM_FOUR] = 4e-6, [YM_ATOM_THREE] = 1.8e-5, [YM_ATOM_PAIR] = 2e-5};

struct shape {
    uint8_t length, window, stride, key;
};
static const struct shape shapes[YM_ATOM_CLASSES] = {
#define X(name, length, window, stride, key) {length, window, stride, key},
    YM_ATOM_CLASS_TABLE(X)
#undef X
};

struct position {
    uint8_t set[32];
    uint8_t byte; /* one member */
    bool one;     /* all members fold to one value */
};

struct run {
    struct position at[RUN_MAX];
    uint32_t n;
    uint32_t off_min, off_max; /* of its first position */
};

/* One run for the part itself and one for each level of alternatives: too large for the stack,
 * and too large to be cleared for every part. */
struct ym_atom_scratch {
    struct run runs[ALT_DEPTH + 1];
};

struct ym_atom_scratch *ym_atom_scratch_new(void) {
    return ym_malloc(sizeof(struct ym_atom_scratch));
}

void ym_atom_scratch_free(struct ym_atom_scratch *s) {
    ym_free(s);
}

struct choice {
    struct ym_atom *atoms;
    uint32_t n;
    double cost;
};

static unsigned symbol(uint8_t b) {
    return (unsigned)(b >> 1 & 0x60) | (b & 0x1fu);
}

/* 2 to the power of -eighth_bits / 8, without libm. */
static double probability(unsigned eighth_bits) {
    static const double eighth[8] = {1.0, 0.9170, 0.8409, 0.7711, 0.7071, 0.6484, 0.5946, 0.5453};
    unsigned whole = eighth_bits / 8;

    return whole > 62 ? 0 : eighth[eighth_bits % 8] / (double)(UINT64_C(1) << whole);
}

/* Chance that the folded bytes stand at a random position: a first-order chain. */
static double window_probability(const uint8_t *bytes, unsigned n) {
    int bits = 0;

    for (unsigned i = 0; i + 1 < n; i++) {
        bits += ym_pair_bits[symbol(bytes[i])][symbol(bytes[i + 1])];
        bits -= i > 0 ? ym_byte_bits[symbol(bytes[i])] : 0;
    }
    return probability(bits < 0 ? 0 : (unsigned)bits);
}

int ym_pair_rarity(uint8_t a, uint8_t b) {
    return ym_pair_bits[symbol(a)][symbol(b)];
}

double ym_byte_share(uint8_t byte) {
    return probability(ym_byte_bits[symbol(byte)]);
}

static bool has(const uint8_t set[32], unsigned b) {
    return (set[b / 8] >> b % 8 & 1) != 0;
}

static void set_position(struct position *p) {
    bool any = false;

    p->one = true;
    for (unsigned b = 0; b < 256; b++) {
        if (!has(p->set, b)) {
            continue;
        }
        if (any && ((b ^ p->byte) & 0xdf) != 0) {
            p->one = false;
        }
        p->byte = any ? p->byte : (uint8_t)b;
        any = true;
    }
}

/* A wider prefix means more starts to verify for each candidate. */
static double width_factor(const struct run *run) {
    return 1.0 + (double)(run->off_max - run->off_min) / 8.0;
}

static void offer(struct choice *best, struct ym_arena *arena, const struct ym_atom *atom,
                  double cost) {
    struct ym_atom *copy;

    if (cost >= best->cost) {
        return;
    }
    copy = ym_arena_memdup(arena, atom, sizeof(*atom));
    if (copy != NULL) {
        *best = (struct choice){copy, 1, cost};
    }
}

/* A run of the class from position i.  Its key is what candidates have in common, and each window that
 * is met costs a little, too. */
static void offer_class(struct choice *best, struct ym_arena *arena, const struct run *run,
                        uint32_t i, unsigned class) {
    static const double window_cost = 1.0 / 16;
    const struct shape *shape = &shapes[class];
    struct ym_atom atom = {.class = class,
                           .off_min = run->off_min + i,
                           .off_max = run->off_max + i,
                           .len = shape->length};
    double hits = 0;

    for (unsigned k = 0; k < atom.len; k++) {
        if (!run->at[i + k].one) {
            return;
        }
        atom.bytes[k] = run->at[i + k].byte & 0xdf;
    }
    for (unsigned k = 0; k < shape->stride; k++) {
        hits += window_probability(atom.bytes + k, shape->window) / shape->stride * window_cost;
    }
    hits += window_probability(atom.bytes, shape->key);
    offer(best, arena, &atom, hits * width_factor(run) + class_cost[class]);
}

static double pair_hits(const struct position *a, const struct position *b, unsigned *ret_pairs) {
    double hits = 0;
    unsigned pairs = 0;

    for (unsigned x = 0; x < 256; x++) {
        for (unsigned y = 0; has(a->set, x) && y < 256; y++) {
            if (has(b->set, y)) {
                hits += probability(ym_pair_bits[symbol((uint8_t)x)][symbol((uint8_t)y)]) / 4;
                pairs++;
            }
        }
    }
    *ret_pairs = pairs;
    return hits;
}

static void offer_pair(struct choice *best, struct ym_arena *arena, const struct run *run,
                       uint32_t i) {
    struct position any = {.one = false};
    const struct position *second = i + 1 < run->n ? &run->at[i + 1] : &any;
    struct ym_atom atom = {
        .class = YM_ATOM_PAIR, .off_min = run->off_min + i, .off_max = run->off_max + i};
    unsigned pairs;
    double hits;

    memset(any.set, 0xff, sizeof(any.set));
    hits = pair_hits(&run->at[i], second, &pairs);
    if (pairs > YM_ATOM_MAX_PAIRS) {
        return;
    }
    memcpy(atom.sets[0], run->at[i].set, 32);
    memcpy(atom.sets[1], second->set, 32);
    offer(best, arena, &atom, hits * width_factor(run) + class_cost[YM_ATOM_PAIR]);
}

/* The folded values that a position may have; 0: too many. */
static unsigned folded_values(const struct position *p, uint8_t values[EXPAND_MAX]) {
    uint8_t seen[32] = {0};
    unsigned n = 0;

    for (unsigned b = 0; b < 256; b++) {
        unsigned f = b & 0xdf;

        if (!has(p->set, b) || has(seen, f)) {
            continue;
        }
        if (n == EXPAND_MAX) {
            return 0;
        }
        seen[f / 8] |= (uint8_t)(1u << f % 8);
        values[n++] = (uint8_t)f;
    }
    return n;
}

/* Four positions of few values each, as one atom for every spelling. */
static void offer_spellings(struct choice *best, struct ym_arena *arena, const struct run *run,
                            uint32_t i) {
    uint8_t values[4][EXPAND_MAX];
    unsigned n[4];
    unsigned total = 1;
    struct choice all = {.cost = class_cost[YM_ATOM_FOUR]};

    for (unsigned k = 0; k < 4; k++) {
        n[k] = folded_values(&run->at[i + k], values[k]);
        total *= n[k];
        if (total == 0 || total > EXPAND_MAX) {
            return;
        }
    }
    all.atoms = ym_arena_zalloc(arena, total, sizeof(*all.atoms));
    for (; all.atoms != NULL && all.n < total; all.n++) {
        struct ym_atom *a = &all.atoms[all.n];
        unsigned which = all.n;

        *a = (struct ym_atom){.class = YM_ATOM_FOUR,
                              .off_min = run->off_min + i,
                              .off_max = run->off_max + i,
                              .len = 4};
        for (unsigned k = 0; k < 4; k++) {
            a->bytes[k] = values[k][which % n[k]];
            which /= n[k];
        }
        all.cost += window_probability(a->bytes, 4) * width_factor(run);
    }
    if (all.n > 0 && all.cost < best->cost) {
        *best = all;
    }
}

static void offer_run(struct choice *best, struct ym_arena *arena, const struct run *run) {
    for (unsigned class = 0; class < YM_ATOM_CLASSES; class ++) {
        bool worth_it = class == YM_ATOM_LONG || run->n < 64;

        for (uint32_t i = 0; i + shapes[class].length <= run->n && worth_it; i++) {
            offer_class(best, arena, run, i, class);
        }
    }
    for (uint32_t i = 0; i + 4 <= run->n && i < 64 && best->cost > 1e-5; i++) {
        offer_spellings(best, arena, run, i);
    }
    /* Pairs are a last resort: look only when nothing better is in sight. */
    for (uint32_t i = 0; i < run->n && i < 256 && best->cost > 1e-4; i++) {
        offer_pair(best, arena, run, i);
    }
}

static void run_restart(struct run *run, uint32_t add_min, uint32_t add_max) {
    run->off_min += run->n + add_min;
    run->off_max += run->n + add_max;
    run->n = 0;
}

/* All bytes whose masked bits are these. */
static void known_bits(struct position *p, uint8_t value, uint8_t mask) {
    memset(p->set, 0, sizeof(p->set));
    if (mask == 0xff) { /* nearly always */
        p->set[value / 8] = (uint8_t)(1u << value % 8);
        p->byte = value;
        p->one = true;
        return;
    }
    for (unsigned b = 0; b < 256; b++) {
        if ((b & mask) == (value & mask)) {
            p->set[b / 8] |= (uint8_t)(1u << b % 8);
        }
    }
    set_position(p);
}

static void run_add_bytes(struct run *run, struct choice *best, struct ym_arena *arena,
                          const struct ym_node *n) {
    for (uint32_t i = 0; i < n->len; i++) {
        uint8_t mask = n->u.bytes.mask == NULL ? 0xff : n->u.bytes.mask[i];
        struct position *p;

        if (run->n == RUN_MAX || mask == 0) {
            offer_run(best, arena, run);
            run_restart(run, mask == 0, mask == 0);
            if (mask == 0) {
                continue;
            }
        }
        p = &run->at[run->n++];
        known_bits(p, n->u.bytes.value[i], mask);
    }
}

static struct choice choose(const struct ym_node *node, const struct ym_node *end, uint32_t off_min,
                            uint32_t off_max, struct ym_arena *arena,
                            struct ym_atom_scratch *scratch, unsigned depth);

/* One atom a branch, all together as one offer. */
static void offer_alt(struct choice *best, struct ym_arena *arena, const struct ym_node *n,
                      const struct run *before, struct ym_atom_scratch *scratch, unsigned depth) {
    struct choice all = {.cost = 0};

    all.atoms =
        depth < ALT_DEPTH ? ym_arena_zalloc(arena, YM_PART_MAX_ATOMS, sizeof(*all.atoms)) : NULL;
    if (all.atoms == NULL) {
        return;
    }
    for (uint32_t i = 0; i < n->u.alt.n_kids; i++) {
        struct choice kid = choose(n->u.alt.kids[i], NULL, before->off_min, before->off_max, arena,
                                   scratch, depth + 1);

        if (kid.n == 0 || all.n + kid.n > YM_PART_MAX_ATOMS) {
            return;
        }
        memcpy(all.atoms + all.n, kid.atoms, kid.n * sizeof(*kid.atoms));
        all.n += kid.n;
        all.cost += kid.cost;
    }
    if (all.n > 0 && all.cost < best->cost) {
        *best = all;
    }
}

static struct choice choose(const struct ym_node *node, const struct ym_node *end, uint32_t off_min,
                            uint32_t off_max, struct ym_arena *arena,
                            struct ym_atom_scratch *scratch, unsigned depth) {
    struct run *run = &scratch->runs[depth];
    struct choice best = {.cost = 0.5};

    run->n = 0;
    run->off_min = off_min;
    run->off_max = off_max;
    for (; node != end && run->off_max - run->off_min <= UINT16_MAX; node = node->next) {
        uint32_t lo;
        uint32_t hi;

        if (node->op == YM_NODE_BYTES) {
            run_add_bytes(run, &best, arena, node);
            continue;
        }
        if (node->op == YM_NODE_SET && run->n < RUN_MAX) {
            memcpy(run->at[run->n].set, node->u.set, 32);
            set_position(&run->at[run->n++]);
            continue;
        }
        if (node->op == YM_NODE_EDGE || node->op == YM_NODE_NEAR) {
            continue;
        }
        offer_run(&best, arena, run);
        run_restart(run, 0, 0);
        if (node->op == YM_NODE_ALT) {
            offer_alt(&best, arena, node, run, scratch, depth);
        }
        ym_nodes_length(node, node->next, &lo, &hi);
        if (hi - lo > UINT16_MAX || hi > YM_PART_MAX_LENGTH) {
            return best;
        }
        run_restart(run, lo, hi);
    }
    offer_run(&best, arena, run);
    return best;
}

ym_status ym_part_choose_atoms(struct ym_part *part, struct ym_arena *arena,
                               struct ym_atom_scratch *scratch) {
    struct choice best = choose(part->first, part->end, 0, 0, arena, scratch, 0);

    if (ym_arena_status(arena) != YM_OK) {
        return ym_arena_status(arena);
    }
    part->atoms = best.atoms;
    part->n_atoms = best.n;
    part->cost = best.n == 0 ? 1.0 : best.cost;
    return YM_OK;
}

double ym_atom_share(const struct ym_atom *a, uint8_t key) {
    uint8_t bytes[YM_ATOM_MAX];
    struct position sets[2];
    unsigned pairs;

    if (a->class == YM_ATOM_PAIR) {
        memcpy(sets[0].set, a->sets[0], sizeof(sets[0].set));
        memcpy(sets[1].set, a->sets[1], sizeof(sets[1].set));
        return pair_hits(&sets[0], &sets[1], &pairs);
    }
    for (unsigned i = 0; i < a->len; i++) {
        bytes[i] = (uint8_t)((a->bytes[i] ^ key) & 0xdf);
    }
    return window_probability(bytes, shapes[a->class].key);
}
