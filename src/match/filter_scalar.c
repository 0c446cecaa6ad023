/* filter_scalar.c - the loops for any processor, and for the ends of the data. */
#include "filter_loops.h"

#include "database/layout.h"

#include <stdbool.h>
#include <string.h>

static inline uint64_t load8(const uint8_t *p) {
    uint64_t w;

    memcpy(&w, p, sizeof(w));
    return w & YM_FOLD8;
}

static inline uint64_t load4(const uint8_t *p) {
    uint32_t w;

    memcpy(&w, p, sizeof(w));
    return w & YM_FOLD4;
}

static inline uint64_t load3(const uint8_t *p) {
    return ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16) & YM_FOLD3;
}

static inline uint32_t load2(const uint8_t *p) {
    uint16_t w;

    memcpy(&w, p, sizeof(w));
    return w & YM_FOLD2;
}

static inline unsigned bit(const uint8_t *map, uint32_t i) {
    return (unsigned)(map[i >> 3] >> (i & 7)) & 1u;
}

static inline unsigned asked(const uint8_t *map, uint64_t window, unsigned bits) {
    uint32_t hash = ym_window_hash(window);
    uint32_t want = ym_window_bits(hash);
    uint32_t word;

    memcpy(&word, map + (size_t)4 * ym_window_word(hash, bits), sizeof(word));
    return (word & want) == want;
}

/* The loops differ only in window and stride, which must be constants to be fast; the position is
 * appended without a branch. */
#define LOOP(asked_, stride_)                                                                      \
    for (size_t p = l->from; p < l->to; p += (stride_)) {                                          \
        l->found[n] = (uint32_t)(p - l->from);                                                     \
        n += (asked_);                                                                             \
    }

uint32_t ym_filter_loop_scalar(const struct ym_filter_loop *l) {
    const uint8_t *d = l->data;
    uint32_t n = 0;

    if (l->width == 8) {
        LOOP(asked(l->map, load8(d + p), l->bits), 4)
    } else if (l->width == 3 && l->stride == 1) {
        LOOP(asked(l->map, load3(d + p), l->bits), 1)
    } else if (l->width == 3) {
        LOOP(asked(l->map, load3(d + p), l->bits), 2)
    } else if (l->width == 2) {
        LOOP(bit(l->map, load2(d + p)), 1)
    } else if (l->stride == 4) {
        LOOP(asked(l->map, load4(d + p), l->bits), 4)
    } else if (l->stride == 2) {
        LOOP(asked(l->map, load4(d + p), l->bits), 2)
    } else {
        LOOP(asked(l->map, load4(d + p), l->bits), 1)
    }
    return n;
}

uint32_t ym_filter_finish(const struct ym_filter_loop *l, size_t p, uint32_t n,
                          uint32_t (*scalar)(const struct ym_filter_loop *)) {
    struct ym_filter_loop rest = *l;
    uint32_t more;

    rest.from = p;
    rest.found = l->found + n;
    more = scalar(&rest);
    for (uint32_t i = n; i < n + more; i++) {
        l->found[i] += (uint32_t)(p - l->from);
    }
    return n + more;
}

/* Could one of the sets begin at p?  Bytes behind the data allow what zeros do: an atom that is not
 * whole is found out by its key, a pair may begin at the last byte. */
static bool few_at(const struct ym_filter_loop *l, const struct ym_img_few *few, size_t p) {
    unsigned left = 0xff;

    for (unsigned k = 0; k < 4; k++) {
        unsigned c = p + k < l->size ? l->data[p + k] & 0xdfu : 0;

        left &= (unsigned)(few->low[k][c & 15] & few->high[k][c >> 4]);
    }
    return left != 0;
}

uint32_t ym_filter_few_scalar(const struct ym_filter_loop *l) {
    const struct ym_img_few *few = (const void *)(l->map + YM_FEW_KEYS);
    uint32_t n = 0;

    for (size_t p = l->from; p < l->to; p++) {
        bool any = false;

        for (unsigned i = 0; i < l->bits && !any; i++) {
            any = few_at(l, &few[i], p);
        }
        l->found[n] = (uint32_t)(p - l->from);
        n += any;
    }
    return n;
}
