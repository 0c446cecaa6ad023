/* md5.c - MD5, straight from RFC 1321, section 3.  See md5.h.
 *
 * The table of sines is the RFC's: sine[i] = floor(2^32 * abs(sin(i + 1))). */
#include "base/md5.h"

#include <string.h>

static const uint32_t sine[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

/* How far each of the four rounds turns, step by step. */
static const uint8_t turns[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static uint32_t rotate(uint32_t x, unsigned n) {
    return x << n | x >> (32 - n);
}

static uint32_t load_le(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void mix(uint32_t s[4], const uint8_t block[64]) {
    uint32_t a = s[0];
    uint32_t b = s[1];
    uint32_t c = s[2];
    uint32_t d = s[3];

    for (unsigned i = 0; i < 64; i++) {
        uint32_t f;
        unsigned word;

        switch (i / 16) {
        case 0:
            f = (b & c) | (~b & d);
            word = i;
            break;
        case 1:
            f = (b & d) | (c & ~d);
            word = (5 * i + 1) % 16;
            break;
        case 2:
            f = b ^ c ^ d;
            word = (3 * i + 5) % 16;
            break;
        default:
            f = c ^ (b | ~d);
            word = 7 * i % 16;
            break;
        }
        f += a + sine[i] + load_le(block + (size_t)4 * word);
        a = d;
        d = c;
        c = b;
        b += rotate(f, turns[i / 16][i % 4]);
    }
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
}

void ym_md5(const void *data, size_t n, uint8_t ret_digest[YM_MD5_SIZE]) {
    uint32_t s[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    const uint8_t *p = data;
    uint64_t bits = (uint64_t)n * 8;
    uint8_t tail[128] = {0};
    size_t left = n % 64;
    size_t padded = left < 56 ? 64 : 128;

    for (size_t i = 0; i + 64 <= n; i += 64) {
        mix(s, p + i);
    }
    if (left > 0) {
        memcpy(tail, p + (n - left), left);
    }
    tail[left] = 0x80;
    for (unsigned i = 0; i < 8; i++) {
        tail[padded - 8 + i] = (uint8_t)(bits >> (8 * i));
    }
    for (size_t i = 0; i < padded; i += 64) {
        mix(s, tail + i);
    }
    for (unsigned i = 0; i < 16; i++) {
        ret_digest[i] = (uint8_t)(s[i / 4] >> (8 * (i % 4)));
    }
}
