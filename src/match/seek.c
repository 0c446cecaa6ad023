/* seek.c - looks for two neighbouring masked bytes.  See seek.h.
 *
 * A plain loop over 32 positions that the compiler turns into vector instructions of the baseline
 * processor: compare both bytes of all positions, then look at the result only when it is not
 * empty. */
#include "seek.h"

#include <stdbool.h>
#include <string.h>

enum { BLOCK = 32 };

static bool stands_at(const uint8_t *p, const struct ym_img_landmark *l) {
    return (p[0] & l->mask[0]) == l->value[0] &&
           (l->mask[1] == 0 || (p[1] & l->mask[1]) == l->value[1]);
}

/* Does any of BLOCK neighbouring positions fit?  Reads BLOCK + 1 bytes. */
static bool any_in_block(const uint8_t *p, const struct ym_img_landmark *l) {
    uint8_t hit[BLOCK];
    uint64_t words[BLOCK / 8];
    uint64_t any = 0;

    for (unsigned i = 0; i < BLOCK; i++) {
        hit[i] = (uint8_t)(((p[i] & l->mask[0]) == l->value[0]) &
                           ((p[i + 1] & l->mask[1]) == l->value[1]));
    }
    memcpy(words, hit, sizeof(words));
    for (unsigned i = 0; i < BLOCK / 8; i++) {
        any |= words[i];
    }
    return any != 0;
}

size_t ym_seek_landmark(const uint8_t *data, size_t size, const struct ym_img_landmark *l,
                        size_t from, size_t to) {
    size_t need = (size_t)l->at + (l->mask[1] != 0 ? 2 : l->mask[0] != 0 ? 1 : 0);
    size_t last;

    if (size < need || from > to) {
        return SIZE_MAX;
    }
    last = to < size - need ? to : size - need;
    if (l->mask[0] == 0 && l->mask[1] == 0) {
        return from <= last ? from : SIZE_MAX;
    }
    while (from <= last) {
        const uint8_t *p = data + from + l->at;

        if (last - from >= BLOCK && size - from - l->at > BLOCK && !any_in_block(p, l)) {
            from += BLOCK;
        } else if (stands_at(p, l)) {
            return from;
        } else {
            from++;
        }
    }
    return SIZE_MAX;
}
