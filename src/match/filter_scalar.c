/* filter_scalar.c - the loops for any processor, and for the ends of the data. */
#include "filter_loops.h"

#include "database/layout.h"

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

/* The loops differ only in window and stride, which must be constants to be fast; the position is
 * appended without a branch. */
#define LOOP(index, stride_)                                                                       \
    for (size_t p = l->from; p < l->to; p += (stride_)) {                                          \
        l->found[n] = (uint32_t)(p - l->from);                                                     \
        n += bit(l->map, (index));                                                                 \
    }

uint32_t ym_filter_loop_scalar(const struct ym_filter_loop *l) {
    const uint8_t *d = l->data;
    unsigned shift = 32 - l->bits;
    uint32_t n = 0;

    if (l->width == 8) {
        LOOP(ym_window_hash(load8(d + p)) >> shift, 4)
    } else if (l->width == 3) {
        LOOP(ym_window_hash(load3(d + p)) >> shift, 2)
    } else if (l->width == 2) {
        LOOP(load2(d + p), 1)
    } else if (l->stride == 4) {
        LOOP(ym_window_hash(load4(d + p)) >> shift, 4)
    } else if (l->stride == 2) {
        LOOP(ym_window_hash(load4(d + p)) >> shift, 2)
    } else {
        LOOP(ym_window_hash(load4(d + p)) >> shift, 1)
    }
    return n;
}

uint32_t ym_filter_few_scalar(const struct ym_filter_loop *l) {
    const struct ym_img_few *few = (const void *)l->map;
    uint32_t n = 0;

    for (size_t p = l->from; p < l->to; p++) {
        unsigned left = 0xff;

        for (unsigned k = 0; k < 4; k++) {
            unsigned c = l->data[p + k] & 0xdfu;

            left &= (unsigned)(few->low[k][c & 15] & few->high[k][c >> 4]);
        }
        l->found[n] = (uint32_t)(p - l->from);
        n += left != 0;
    }
    return n;
}
