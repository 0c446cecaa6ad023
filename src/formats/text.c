/* text.c - normalised text.  See text.h.
 *
 * Each byte is kept, dropped, or part of a blank; nothing else is remembered between bytes than
 * whether the last thing written was a blank. */
#include "formats/text.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { BLOCK = 16384 };

/* What a byte becomes: itself in lower case, ' ' for a blank, 0 when it is dropped. */
static void fill_fates(uint8_t fates[256]) {
    for (unsigned c = 0; c < 256; c++) {
        bool blank = c == ' ' || (c >= '\t' && c <= '\r');

        fates[c] = c > ' ' && c < 0x80 ? ym_lower((unsigned char)c) : 0;
        fates[c] = blank ? ' ' : fates[c];
    }
}

/* At most BLOCK bytes; every byte is written, and the place moves on only past those that stay:
 * no branch depends on the text. */
static size_t normalise_block(const uint8_t fates[256], const uint8_t *data, size_t size,
                              uint8_t *block, bool *after_blank) {
    bool after = *after_blank;
    size_t n = 0;

    for (size_t i = 0; i < size; i++) {
        uint8_t c = fates[data[i]];
        bool blank = c == ' ';
        bool keep = c != 0 && !(blank && after);

        block[n] = c;
        n += keep;
        after = keep ? blank : after;
    }
    *after_blank = after;
    return n;
}

#if defined(__x86_64__)
#define VECTOR __attribute__((target("avx2,bmi,bmi2,popcnt")))

/* Bytes of x that lie in low .. low + n - 1, as 0xff. */
VECTOR static inline __m256i in_range(__m256i x, char low, char n) {
    __m256i moved = _mm256_sub_epi8(x, _mm256_set1_epi8(low));
    __m256i bound = _mm256_set1_epi8((char)(n - 1));

    return _mm256_cmpeq_epi8(_mm256_min_epu8(moved, bound), moved);
}

/* The bytes whose bits are set, close together; returns how many.  Writes eight bytes each time. */
VECTOR static inline size_t squeeze(const uint64_t words[4], uint32_t keep, uint8_t *to) {
    size_t n = 0;

    for (unsigned i = 0; i < 4; i++, keep >>= 8) {
        uint64_t mask = _pdep_u64(keep & 0xff, UINT64_C(0x0101010101010101)) * 0xff;
        uint64_t packed = _pext_u64(words[i], mask);

        memcpy(to + n, &packed, sizeof(packed));
        n += (unsigned)__builtin_popcount(keep & 0xff);
    }
    return n;
}

/* normalise_block() for whole pieces of 32 bytes: every byte is classed at once, and a blank after
 * a byte that is a blank or was dropped after one is found by carrying through the dropped. */
VECTOR static size_t normalise_pieces(const uint8_t *data, size_t size, uint8_t *block,
                                      bool *after_blank, size_t *ret_done) {
    uint32_t after = *after_blank;
    size_t n = 0;
    size_t i = 0;

    for (; size - i >= 32; i += 32) {
        __m256i x = _mm256_loadu_si256((const void *)(data + i));
        __m256i blank = _mm256_or_si256(in_range(x, '\t', 5), in_range(x, ' ', 1));
        __m256i seen = in_range(x, '!', 0x80 - '!');
        __m256i upper = in_range(x, 'A', 26);
        uint32_t blanks = (uint32_t)_mm256_movemask_epi8(blank);
        uint32_t letters = (uint32_t)_mm256_movemask_epi8(seen);
        uint64_t words[4];
        uint32_t keep = letters;

        x = _mm256_or_si256(x, _mm256_and_si256(upper, _mm256_set1_epi8(0x20)));
        x = _mm256_blendv_epi8(x, _mm256_set1_epi8(' '), blank);
        _mm256_storeu_si256((void *)words, x);
        if ((blanks | letters) == UINT32_MAX) {
            keep |= blanks & ~(blanks << 1 | after);
            after = blanks >> 31;
        } else {
            for (uint32_t left = blanks; left != 0;) { /* rare: bytes are dropped here */
                uint32_t first = left & -left;
                uint32_t before = letters & (first - 1);
                uint32_t blanks_before = keep & blanks & (first - 1);
                bool joined = before == 0 ? (after || blanks_before != 0) : blanks_before > before;

                keep |= joined ? 0 : first;
                left ^= first;
            }
            after = (keep & blanks) > letters || (keep == 0 && after);
        }
        n += squeeze(words, keep, block + n);
    }
    *after_blank = after != 0;
    *ret_done = i;
    return n;
}
#endif

ym_status ym_text_normalise(const uint8_t *data, size_t size, struct ym_buf *out) {
    uint8_t fates[256];
    uint8_t block[BLOCK + 8]; /* pieces are written in eights */
    bool after_blank = false;

    fill_fates(fates);
    for (size_t i = 0; i < size && ym_buf_status(out) == YM_OK; i += BLOCK) {
        size_t part = size - i < BLOCK ? size - i : BLOCK;
        size_t done = 0;
        size_t n = 0;

#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) {
            n = normalise_pieces(data + i, part, block, &after_blank, &done);
        }
#endif
        n += normalise_block(fates, data + i + done, part - done, block + n, &after_blank);
        ym_buf_add(out, block, n);
    }
    return ym_buf_status(out);
}
