/* filter_avx2.c - the loops for processors with AVX2: eight windows at once.
 *
 * A load at p holds the 4-byte windows at p, p + 4 ... p + 28; a second one at p + 4 holds what
 * makes them 8-byte windows.  Their hashes index the bitmap by a gather of 32-bit words; where both
 * bits asked for are set a lane becomes all ones, and the eight signs one mask, which is nearly
 * always zero. */
#include "filter_loops.h"

#include "database/layout.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi2")))
#define INLINE_AVX2 static inline __attribute__((always_inline, target("avx2,bmi2")))

enum { STEP = 32, REACH = STEP + 8 }; /* bytes a round, and how far it may read */

INLINE_AVX2 __m256i load(const uint8_t *p, int fold) {
    return _mm256_and_si256(_mm256_loadu_si256((const void *)p), _mm256_set1_epi32(fold));
}

/* Sign bits of the eight lanes whose two bits are set in their words. */
INLINE_AVX2 unsigned ask_words(const uint8_t *map, __m256i hash, __m128i shift) {
    __m256i one = _mm256_set1_epi32(1);
    __m256i five = _mm256_set1_epi32(31);
    __m256i word =
        _mm256_i32gather_epi32((const int *)(const void *)map, _mm256_srl_epi32(hash, shift), 4);
    __m256i a = _mm256_and_si256(_mm256_srli_epi32(hash, YM_HASH_BIT_1), five);
    __m256i b = _mm256_and_si256(_mm256_srli_epi32(hash, YM_HASH_BIT_2), five);
    __m256i want = _mm256_or_si256(_mm256_sllv_epi32(one, a), _mm256_sllv_epi32(one, b));
    __m256i all = _mm256_cmpeq_epi32(_mm256_andnot_si256(word, want), _mm256_setzero_si256());

    return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(all));
}

INLINE_AVX2 __m256i half_hash(const uint8_t *p, int fold, int mix, uint32_t factor) {
    __m256i w = load(p, fold);

    return _mm256_mullo_epi32(_mm256_xor_si256(w, _mm256_srli_epi32(w, mix)),
                              _mm256_set1_epi32((int)factor));
}

/* Sign bits of the eight lanes whose index is set in the map. */
INLINE_AVX2 unsigned ask(const uint8_t *map, __m256i index) {
    __m256i word =
        _mm256_i32gather_epi32((const int *)(const void *)map, _mm256_srli_epi32(index, 5), 4);
    __m256i up = _mm256_andnot_si256(index, _mm256_set1_epi32(31));

    return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_sllv_epi32(word, up)));
}

INLINE_AVX2 unsigned ask8(const struct ym_filter_loop *l, const uint8_t *p, __m128i shift) {
    __m256i low = half_hash(p, (int)YM_FOLD4, YM_HASH_MIX_LOW, YM_HASH_LOW);
    __m256i high = half_hash(p + 4, (int)YM_FOLD4, YM_HASH_MIX_HIGH, YM_HASH_HIGH);

    return ask_words(l->map, _mm256_add_epi32(low, high), shift);
}

INLINE_AVX2 unsigned ask4(const struct ym_filter_loop *l, const uint8_t *p, int fold,
                          __m128i shift) {
    return ask_words(l->map, half_hash(p, fold, YM_HASH_MIX_LOW, YM_HASH_LOW), shift);
}

/* Lane i of the mask is position 4 * i + j. */
INLINE_AVX2 unsigned spread(unsigned mask, uint32_t j) {
    return _pdep_u32(mask, 0x11111111u << j);
}

/* Bit i of some is position at + i. */
static inline uint32_t append_all(uint32_t *found, uint32_t n, unsigned some, uint32_t at) {
    for (; some != 0; some &= some - 1) {
        found[n++] = at + (uint32_t)__builtin_ctz(some);
    }
    return n;
}

/* One round of 32 positions for each window and stride; `ask_` is asked at every stride-th of the
 * first four positions, each of which stands for eight. */
#define LOOP(ask_, stride_)                                                                        \
    for (; p < l->to && l->to - p >= STEP && l->size - p >= REACH; p += STEP) {                    \
        unsigned some = 0;                                                                         \
        for (uint32_t j = 0; j < 4; j += (stride_)) {                                              \
            some |= spread((ask_), j);                                                             \
        }                                                                                          \
        if (__builtin_expect(some != 0, 0)) {                                                      \
            n = append_all(l->found, n, some, (uint32_t)(p - l->from));                            \
        }                                                                                          \
    }

AVX2 uint32_t ym_filter_loop_avx2(const struct ym_filter_loop *l) {
    const uint8_t *d = l->data;
    __m128i shift = _mm_cvtsi32_si128((int)(37 - l->bits));
    size_t p = l->from;
    uint32_t n = 0;

    if (l->width == 8) {
        LOOP(ask8(l, d + p + j, shift), 4)
    } else if (l->width == 3 && l->stride == 1) {
        LOOP(ask4(l, d + p + j, (int)YM_FOLD3, shift), 1)
    } else if (l->width == 3) {
        LOOP(ask4(l, d + p + j, (int)YM_FOLD3, shift), 2)
    } else if (l->width == 2) {
        LOOP(ask(l->map, load(d + p + j, (int)YM_FOLD2)), 1)
    } else if (l->stride == 4) {
        LOOP(ask4(l, d + p + j, (int)YM_FOLD4, shift), 4)
    } else if (l->stride == 2) {
        LOOP(ask4(l, d + p + j, (int)YM_FOLD4, shift), 2)
    } else {
        LOOP(ask4(l, d + p + j, (int)YM_FOLD4, shift), 1)
    }
    return ym_filter_finish(l, p, n, ym_filter_loop_scalar);
}

INLINE_AVX2 __m256i both_halves(const uint8_t half[16]) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)half));
}

/* Halves of the folded bytes at p + k, for 32 places. */
struct halves {
    __m256i low[4], high[4];
};

INLINE_AVX2 struct halves halves_at(const uint8_t *p) {
    const __m256i nibble = _mm256_set1_epi8(15);
    struct halves h;

    for (unsigned k = 0; k < 4; k++) {
        __m256i x = load(p + k, (int)YM_FOLD4);

        h.low[k] = _mm256_and_si256(x, nibble);
        h.high[k] = _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble);
    }
    return h;
}

/* Which sets of a table may begin at each place. */
INLINE_AVX2 __m256i left_of(const struct ym_img_few *few, const struct halves *h) {
    __m256i left = _mm256_set1_epi8(-1);

    for (unsigned k = 0; k < 4; k++) {
        left = _mm256_and_si256(
            left, _mm256_and_si256(_mm256_shuffle_epi8(both_halves(few->low[k]), h->low[k]),
                                   _mm256_shuffle_epi8(both_halves(few->high[k]), h->high[k])));
    }
    return left;
}

/* Places where four bytes are the same; none if those are asked for, too. */
INLINE_AVX2 unsigned flat_at(const uint8_t *p, bool asked) {
    const __m256i a = _mm256_loadu_si256((const void *)p);
    const __m256i b = _mm256_loadu_si256((const void *)(p + 1));
    const __m256i c = _mm256_loadu_si256((const void *)(p + 2));
    const __m256i d = _mm256_loadu_si256((const void *)(p + 3));
    const __m256i same =
        _mm256_and_si256(_mm256_cmpeq_epi8(a, b),
                         _mm256_and_si256(_mm256_cmpeq_epi8(b, c), _mm256_cmpeq_epi8(c, d)));

    return asked ? 0 : (unsigned)_mm256_movemask_epi8(same);
}

AVX2 uint32_t ym_filter_few_avx2(const struct ym_filter_loop *l) {
    const struct ym_img_few *few = (const void *)(l->map + YM_FEW_KEYS);
    size_t p = l->from;
    uint32_t n = 0;

    for (; p < l->to && l->to - p >= STEP && l->size - p >= REACH; p += STEP) {
        const struct halves h = halves_at(l->data + p);
        __m256i left = _mm256_setzero_si256();
        unsigned none;

        for (unsigned i = 0; i < l->bits; i++) {
            left = _mm256_or_si256(left, left_of(&few[i], &h));
        }
        none = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(left, _mm256_setzero_si256()));
        n = append_all(l->found, n, ~none & ~flat_at(l->data + p, l->flat),
                       (uint32_t)(p - l->from));
    }
    return ym_filter_finish(l, p, n, ym_filter_few_scalar);
}

#else

uint32_t ym_filter_few_avx2(const struct ym_filter_loop *l) {
    return ym_filter_few_scalar(l);
}

uint32_t ym_filter_loop_avx2(const struct ym_filter_loop *l) {
    return ym_filter_loop_scalar(l);
}

#endif
