/* landmark.c - the two neighbouring bytes by which a part is sought.  See pattern.h.
 *
 * Only bytes at a fixed distance from the part's start can serve, so this looks no further than
 * the first gap of variable width or alternative of several lengths. */
#include "pattern.h"

#include <string.h>

enum { MAX_DISTANCE = 65536 };

struct known {
    uint8_t value, mask;
};

struct search {
    struct ym_img_landmark best;
    int best_bits;
    struct known last; /* of the byte before `at` */
    bool nocase;
};

static struct known byte_of(const struct search *s, const struct ym_node *n, uint32_t i) {
    uint8_t v = n->u.bytes.value[i];
    uint8_t m = n->u.bytes.mask == NULL ? 0xff : n->u.bytes.mask[i];
    uint8_t letter = v | 0x20;

    if (s->nocase && m == 0xff && letter >= 'a' && letter <= 'z') {
        m = 0xdf;
    }
    return (struct known){v & m, m};
}

static int bits_of(struct known a, struct known b) {
    if (a.mask >= 0xdf && b.mask >= 0xdf) {
        return ym_pair_rarity(a.value, b.value);
    }
    return __builtin_popcount(a.mask) + __builtin_popcount(b.mask);
}

static void offer(struct search *s, uint32_t at, struct known k) {
    int bits = at == 0 ? -1 : bits_of(s->last, k);

    if (bits > s->best_bits) {
        s->best_bits = bits;
        s->best = (struct ym_img_landmark){
            .at = at - 1, .value = {s->last.value, k.value}, .mask = {s->last.mask, k.mask}};
    }
    s->last = k;
}

/* A part of one byte has no neighbours. */
static struct ym_img_landmark lone_byte(const struct search *s) {
    return (struct ym_img_landmark){.value = {s->last.value, 0}, .mask = {s->last.mask, 0}};
}

struct ym_img_landmark ym_part_landmark(const struct ym_part *part, bool nocase) {
    struct search s = {.best_bits = 0, .nocase = nocase};
    uint32_t at = 0;

    for (const struct ym_node *n = part->first; n != part->end && at < MAX_DISTANCE; n = n->next) {
        uint32_t lo;
        uint32_t hi;

        ym_nodes_length(n, n->next, &lo, &hi);
        if (lo != hi || hi > MAX_DISTANCE) {
            break;
        }
        for (uint32_t i = 0; i < lo; i++) {
            bool known = n->op == YM_NODE_BYTES;

            offer(&s, at++, known ? byte_of(&s, n, i) : (struct known){0, 0});
        }
    }
    return at == 1 ? lone_byte(&s) : s.best;
}
