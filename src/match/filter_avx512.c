/* filter_avx512.c - the loops for processors with AVX-512 (F, BW): sixteen windows at once, or 64
 * places of few short atoms.  The same as filter_avx2.c with twice the width; masks are registers of
 * their own. */
#include "filter_loops.h"

#include "database/layout.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,bmi2")))
#define INLINE_AVX512 static inline __attribute__((always_inline, target("avx512f,avx512bw,bmi2")))

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

/* Lane i of the mask is position 4 * i + j. */
INLINE_AVX512 uint64_t spread(uint32_t mask, uint32_t j) {
    return _pdep_u64(mask, UINT64_C(0x1111111111111111) << j);
}

/* Bit i of some is position at + i. */
static inline uint32_t append_all(uint32_t *found, uint32_t n, uint64_t some, uint32_t at) {
    for (; some != 0; some &= some - 1) {
        found[n++] = at + (uint32_t)__builtin_ctzll(some);
    }
    return n;
}

/* One round of 64 positions for each window and stride; `ask_` is asked at every stride-th of the
 * first four positions, each of which stands for sixteen. */
#define LOOP(ask_, stride_)                                                                        \
    for (; p < l->to && l->to - p >= STEP && l->size - p >= REACH; p += STEP) {                    \
        uint64_t some = 0;                                                                         \
        for (uint32_t j = 0; j < 4; j += (stride_)) {                                              \
            some |= spread((ask_), j);                                                             \
        }                                                                                          \
        if (__builtin_expect(some != 0, 0)) {                                                      \
            n = append_all(l->found, n, some, (uint32_t)(p - l->from));                            \
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

/* Halves of the folded bytes at p + k, for 64 places. */
struct halves {
    __m512i low[4], high[4];
};

INLINE_AVX512 struct halves halves_at(const uint8_t *p) {
    const __m512i nibble = _mm512_set1_epi8(15);
    struct halves h;

    for (unsigned k = 0; k < 4; k++) {
        __m512i x = load(p + k, (int)YM_FOLD4);

        h.low[k] = _mm512_and_si512(x, nibble);
        h.high[k] = _mm512_and_si512(_mm512_srli_epi16(x, 4), nibble);
    }
    return h;
}

/* Which sets of a table may begin at each place. */
INLINE_AVX512 __m512i left_of(const struct ym_img_few *few, const struct halves *h) {
    __m512i left = _mm512_set1_epi8(-1);

    for (unsigned k = 0; k < 4; k++) {
        left = _mm512_and_si512(
            left, _mm512_and_si512(_mm512_shuffle_epi8(four_times(few->low[k]), h->low[k]),
                                   _mm512_shuffle_epi8(four_times(few->high[k]), h->high[k])));
    }
    return left;
}

/* Places where four bytes are the same; none if those are asked for, too. */
INLINE_AVX512 uint64_t flat_at(const uint8_t *p, bool asked) {
    const __m512i b = _mm512_loadu_si512((const void *)(p + 1));
    const __m512i c = _mm512_loadu_si512((const void *)(p + 2));
    const uint64_t same = _mm512_cmpeq_epi8_mask(_mm512_loadu_si512((const void *)p), b) &
                          _mm512_cmpeq_epi8_mask(b, c) &
                          _mm512_cmpeq_epi8_mask(c, _mm512_loadu_si512((const void *)(p + 3)));

    return asked ? 0 : same;
}

AVX512 uint32_t ym_filter_few_avx512(const struct ym_filter_loop *l) {
    const struct ym_img_few *few = (const void *)(l->map + YM_FEW_KEYS);
    size_t p = l->from;
    uint32_t n = 0;

    for (; p < l->to && l->to - p >= STEP && l->size - p >= REACH; p += STEP) {
        const struct halves h = halves_at(l->data + p);
        __m512i left = _mm512_setzero_si512();

        for (unsigned i = 0; i < l->bits; i++) {
            left = _mm512_or_si512(left, left_of(&few[i], &h));
        }
        n = append_all(l->found, n,
                       _mm512_test_epi8_mask(left, left) & ~flat_at(l->data + p, l->flat),
                       (uint32_t)(p - l->from));
    }
    return ym_filter_finish(l, p, n, ym_filter_few_scalar);
}

#define VBMI __attribute__((target("avx512f,avx512bw,avx512vbmi,bmi2")))
#define INLINE_VBMI                                                                                \
    static inline __attribute__((always_inline, target("avx512f,avx512bw,avx512vbmi,bmi2")))

/* ym_few_symbol() of 64 places. */
INLINE_VBMI __m512i symbols_at(const uint8_t *p) {
    __m512i x = _mm512_loadu_si512((const void *)p);

    return _mm512_or_si512(_mm512_and_si512(x, _mm512_set1_epi8(0x1f)),
                           _mm512_and_si512(_mm512_srli_epi16(x, 1), _mm512_set1_epi8(0x20)));
}

VBMI uint32_t ym_filter_few_vbmi(const struct ym_filter_loop *l) {
    const struct ym_img_few *few = (const void *)(l->map + YM_FEW_KEYS);
    size_t p = l->from;
    uint32_t n = 0;

    for (; p < l->to && l->to - p >= STEP && l->size - p >= REACH; p += STEP) {
        const uint8_t *d = l->data + p;
        const __m512i s[4] = {symbols_at(d), symbols_at(d + 1), symbols_at(d + 2),
                              symbols_at(d + 3)};
        __m512i left = _mm512_setzero_si512();

        for (unsigned i = 0; i < l->bits; i++) {
            __m512i set = _mm512_set1_epi8(-1);

            for (unsigned k = 0; k < 4; k++) {
                __m512i table = _mm512_loadu_si512((const void *)few[i].symbols[k]);

                set = _mm512_and_si512(set, _mm512_permutexvar_epi8(s[k], table));
            }
            left = _mm512_or_si512(left, set);
        }
        n = append_all(l->found, n,
                       _mm512_test_epi8_mask(left, left) & ~flat_at(l->data + p, l->flat),
                       (uint32_t)(p - l->from));
    }
    return ym_filter_finish(l, p, n, ym_filter_few_scalar);
}

#else

uint32_t ym_filter_few_vbmi(const struct ym_filter_loop *l) {
    return ym_filter_few_scalar(l);
}

uint32_t ym_filter_few_avx512(const struct ym_filter_loop *l) {
    return ym_filter_few_scalar(l);
}

uint32_t ym_filter_loop_avx512(const struct ym_filter_loop *l) {
    return ym_filter_loop_scalar(l);
}

#endif
