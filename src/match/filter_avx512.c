/* filter_avx512.c - the loops for processors with AVX-512 (F, BW): sixteen windows at once, or 64
 * places of few short atoms.  The same as filter_avx2.c with twice the width; masks are registers of
 * their own. */
#include "filter_loops.h"

#include "database/layout.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw")))
#define INLINE_AVX512 static inline __attribute__((always_inline, target("avx512f,avx512bw")))

enum { STEP = 64, REACH = STEP + 8 }; /* bytes a round, and how far it may read */

INLINE_AVX512 __m512i load(const uint8_t *p, int fold) {
    return _mm512_and_si512(_mm512_loadu_si512((const void *)p), _mm512_set1_epi32(fold));
}

/* Lanes whose two bits are set in their words. */
INLINE_AVX512 uint32_t ask_words(const uint8_t *map, __m512i hash, __m128i shift) {
    __m512i one = _mm512_set1_epi32(1);
    __m512i five = _mm512_set1_epi32(31);
    __m512i word = _mm512_i32gather_epi32(_mm512_srl_epi32(hash, shift), (const void *)map, 4);
    __m512i a = _mm512_and_si512(_mm512_srli_epi32(hash, YM_HASH_BIT_1), five);
    __m512i b = _mm512_and_si512(_mm512_srli_epi32(hash, YM_HASH_BIT_2), five);
    __m512i want = _mm512_or_si512(_mm512_sllv_epi32(one, a), _mm512_sllv_epi32(one, b));

    return _mm512_cmpeq_epi32_mask(_mm512_and_si512(word, want), want);
}

INLINE_AVX512 __m512i half_hash(const uint8_t *p, int fold, unsigned mix, uint32_t factor) {
    __m512i w = load(p, fold);

    return _mm512_mullo_epi32(_mm512_xor_si512(w, _mm512_srli_epi32(w, mix)),
                              _mm512_set1_epi32((int)factor));
}

INLINE_AVX512 uint32_t ask8(const struct ym_filter_loop *l, const uint8_t *p, __m128i shift) {
    __m512i low = half_hash(p, (int)YM_FOLD4, YM_HASH_MIX_LOW, YM_HASH_LOW);
    __m512i high = half_hash(p + 4, (int)YM_FOLD4, YM_HASH_MIX_HIGH, YM_HASH_HIGH);

    return ask_words(l->map, _mm512_add_epi32(low, high), shift);
}

INLINE_AVX512 uint32_t ask4(const struct ym_filter_loop *l, const uint8_t *p, int fold,
                            __m128i shift) {
    return ask_words(l->map, half_hash(p, fold, YM_HASH_MIX_LOW, YM_HASH_LOW), shift);
}

/* Lane i of the mask is position at + 4 * i. */
static inline uint32_t append(uint32_t *found, uint32_t n, uint32_t mask, uint32_t at) {
    for (; mask != 0; mask &= mask - 1) {
        found[n++] = at + 4 * (uint32_t)__builtin_ctz(mask);
    }
    return n;
}

/* One round of 64 positions for each window and stride; `ask_` is asked at every stride-th of the
 * first four positions, each of which stands for sixteen. */
#define LOOP(ask_, stride_)                                                                        \
    for (; p < l->to && l->to - p >= STEP && l->size - p >= REACH; p += STEP) {                    \
        for (uint32_t j = 0; j < 4; j += (stride_)) {                                              \
            uint32_t mask = (ask_);                                                                \
            if (__builtin_expect(mask != 0, 0)) {                                                  \
                n = append(l->found, n, mask, (uint32_t)(p - l->from) + j);                        \
            }                                                                                      \
        }                                                                                          \
    }

AVX512 uint32_t ym_filter_loop_avx512(const struct ym_filter_loop *l) {
    const uint8_t *d = l->data;
    __m128i shift = _mm_cvtsi32_si128((int)(37 - l->bits));
    size_t p = l->from;
    uint32_t n = 0;

    if (l->width == 2) { /* pairs: gathers of single bits, no better than with AVX2 */
        return ym_filter_loop_avx2(l);
    }
    if (l->width == 8) {
        LOOP(ask8(l, d + p + j, shift), 4)
    } else if (l->width == 3 && l->stride == 1) {
        LOOP(ask4(l, d + p + j, (int)YM_FOLD3, shift), 1)
    } else if (l->width == 3) {
        LOOP(ask4(l, d + p + j, (int)YM_FOLD3, shift), 2)
    } else if (l->stride == 4) {
        LOOP(ask4(l, d + p + j, (int)YM_FOLD4, shift), 4)
    } else if (l->stride == 2) {
        LOOP(ask4(l, d + p + j, (int)YM_FOLD4, shift), 2)
    } else {
        LOOP(ask4(l, d + p + j, (int)YM_FOLD4, shift), 1)
    }
    return ym_filter_finish(l, p, n, ym_filter_loop_scalar);
}

INLINE_AVX512 __m512i four_times(const uint8_t half[16]) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)half));
}

/* Which sets the folded bytes at p + k may belong to, for 64 places. */
INLINE_AVX512 __m512i allowed(const uint8_t *p, __m512i low, __m512i high) {
    __m512i nibble = _mm512_set1_epi8(15);
    __m512i x = load(p, (int)YM_FOLD4);

    return _mm512_and_si512(
        _mm512_shuffle_epi8(low, _mm512_and_si512(x, nibble)),
        _mm512_shuffle_epi8(high, _mm512_and_si512(_mm512_srli_epi16(x, 4), nibble)));
}

AVX512 uint32_t ym_filter_few_avx512(const struct ym_filter_loop *l) {
    const struct ym_img_few *few = (const void *)l->map;
    __m512i low[4];
    __m512i high[4];
    size_t p = l->from;
    uint32_t n = 0;

    for (unsigned k = 0; k < 4; k++) {
        low[k] = four_times(few->low[k]);
        high[k] = four_times(few->high[k]);
    }
    for (; p < l->to && l->to - p >= STEP && l->size - p >= REACH; p += STEP) {
        const uint8_t *d = l->data + p;
        __m512i left = _mm512_and_si512(
            _mm512_and_si512(allowed(d, low[0], high[0]), allowed(d + 1, low[1], high[1])),
            _mm512_and_si512(allowed(d + 2, low[2], high[2]), allowed(d + 3, low[3], high[3])));
        uint64_t some = _mm512_test_epi8_mask(left, left);

        for (; some != 0; some &= some - 1) {
            l->found[n++] = (uint32_t)(p - l->from) + (uint32_t)__builtin_ctzll(some);
        }
    }
    return ym_filter_finish(l, p, n, ym_filter_few_scalar);
}

#else

uint32_t ym_filter_few_avx512(const struct ym_filter_loop *l) {
    return ym_filter_few_scalar(l);
}

uint32_t ym_filter_loop_avx512(const struct ym_filter_loop *l) {
    return ym_filter_loop_scalar(l);
}

#endif
