/* filter_loops.h - the innermost loops of the prefilter, one set a path (private to match/).
 *
 * Each looks up the windows at from, from + stride ... < to in a bitmap of 1 << bits bits and
 * writes the positions that are in it, less from, to found; returns how many.  A loop may write
 * up to 63 entries past the last that counts.  Every window lies inside the data; the vector
 * loops leave the last bytes of the data to the scalar ones. */
#ifndef YM_MATCH_FILTER_LOOPS_H
#define YM_MATCH_FILTER_LOOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_filter_loop {
    const uint8_t *data;
    size_t size; /* of the data */
    size_t from, to;
    const uint8_t *map;
    unsigned bits;
    unsigned width,
        stride; /* 8/4, 4/4, 4/2, 4/1, 3/2, 3/1; 2/1: map is indexed by the pair itself */
    uint32_t *found;
    bool flat;
};

/* The same for few short atoms: map is YM_FEW_KEYS bytes, then `bits` structs ym_img_few, every position
 * of the data is asked, width and stride are 4 and 1.  flat: also where the four bytes are the same. */
uint32_t ym_filter_few_scalar(const struct ym_filter_loop *l);
uint32_t ym_filter_few_avx2(const struct ym_filter_loop *l);
uint32_t ym_filter_few_avx512(const struct ym_filter_loop *l);
uint32_t ym_filter_few_vbmi(const struct ym_filter_loop *l);

uint32_t ym_filter_loop_scalar(const struct ym_filter_loop *l);
uint32_t ym_filter_loop_avx2(const struct ym_filter_loop *l);
uint32_t ym_filter_loop_avx512(const struct ym_filter_loop *l);

/* For the vector loops: what is left after the last whole round, from p on, through the scalar loop;
 * n were found before.  Returns the sum. */
uint32_t ym_filter_finish(const struct ym_filter_loop *l, size_t p, uint32_t n,
                          uint32_t (*scalar)(const struct ym_filter_loop *));

#endif
