/* modules/tlsh.c - TLSH with 128 buckets, one byte of checksum; see tlsh.h.
 *
 * Oliver, Cheng, Chen: "TLSH - A Locality Sensitive Hash" (2013), and the format "T1" of version 4.
 * A window of five bytes moves over the data; six triples of each, the newest byte always among
 * them, go through Pearson's hash to a bucket.  The digest says of each bucket in which quarter of
 * all buckets its count lies (two bits), and before that, with the halves of their bytes swapped: a
 * checksum of neighbours, the logarithm of the length, and how the quartiles relate. */
#include "tlsh.h"

#include <stdbool.h>
#include <string.h>

enum {
    WINDOW = 5,
    BUCKETS = 128, /* Pearson's hash has 256 values: the upper half is dropped */
    CODE = BUCKETS / 4,
    SHORTEST = 50,
};

/* Pearson's permutation. */
static const uint8_t permutation[256] = {
    1,   87,  49,  12,  176, 178, 102, 166, 121, 193, 6,   84,  249, 230, 44,  163, 14,  197, 213,
    181, 161, 85,  218, 80,  64,  239, 24,  226, 236, 142, 38,  200, 110, 177, 104, 103, 141, 253,
    255, 50,  77,  101, 81,  18,  45,  96,  31,  222, 25,  107, 190, 70,  86,  237, 240, 34,  72,
    242, 20,  214, 244, 227, 149, 235, 97,  234, 57,  22,  60,  250, 82,  175, 208, 5,   127, 199,
    111, 62,  135, 248, 174, 169, 211, 58,  66,  154, 106, 195, 245, 171, 17,  187, 182, 179, 0,
    243, 132, 56,  148, 75,  128, 133, 158, 100, 130, 126, 91,  13,  153, 246, 216, 219, 119, 68,
    223, 78,  83,  88,  201, 99,  122, 11,  92,  32,  136, 114, 52,  10,  138, 30,  48,  183, 156,
    35,  61,  26,  143, 74,  251, 94,  129, 162, 63,  152, 170, 7,   115, 167, 241, 206, 3,   150,
    55,  59,  151, 220, 90,  53,  23,  131, 125, 173, 15,  238, 79,  95,  89,  16,  105, 137, 225,
    224, 217, 160, 37,  123, 118, 73,  2,   157, 46,  116, 9,   145, 134, 228, 207, 212, 202, 215,
    69,  229, 27,  188, 67,  124, 168, 252, 42,  4,   29,  108, 21,  247, 19,  205, 39,  203, 233,
    40,  186, 147, 198, 192, 155, 33,  164, 191, 98,  204, 165, 180, 117, 76,  140, 36,  210, 172,
    41,  54,  159, 8,   185, 232, 113, 196, 231, 47,  146, 120, 51,  65,  28,  144, 254, 221, 93,
    189, 194, 139, 112, 43,  71,  109, 184, 209};

/* The i-th is the greatest length whose logarithm is i: base 1.5 to 656, 1.3 to 3199, then 1.1. */
static const uint32_t lengths[] = {
    1,          2,          3,          5,          7,          11,         17,         25,
    38,         57,         86,         129,        194,        291,        437,        656,
    854,        1110,       1443,       1876,       2439,       3171,       3475,       3823,
    4205,       4626,       5088,       5597,       6157,       6772,       7450,       8195,
    9014,       9916,       10907,      11998,      13198,      14518,      15970,      17567,
    19323,      21256,      23382,      25720,      28292,      31121,      34233,      37656,
    41422,      45564,      50121,      55133,      60646,      66711,      73382,      80721,
    88793,      97672,      107439,     118183,     130002,     143002,     157302,     173032,
    190335,     209369,     230306,     253337,     278670,     306538,     337191,     370911,
    408002,     448802,     493682,     543050,     597356,     657091,     722800,     795081,
    874589,     962048,     1058252,    1164078,    1280486,    1408534,    1549388,    1704327,
    1874759,    2062236,    2268459,    2495305,    2744836,    3019320,    3321252,    3653374,
    4018711,    4420582,    4862641,    5348905,    5883796,    6472176,    7119394,    7831333,
    8614467,    9475909,    10423501,   11465851,   12612437,   13873681,   15261050,   16787154,
    18465870,   20312458,   22343706,   24578077,   27035886,   29739474,   32713425,   35984770,
    39583245,   43541573,   47895730,   52685306,   57953837,   63749221,   70124148,   77136564,
    84850228,   93335252,   102668779,  112935659,  124229227,  136652151,  150317384,  165349128,
    181884040,  200072456,  220079703,  242087671,  266296456,  292926096,  322218735,  354440623,
    389884688,  428873168,  471760495,  518936559,  570830240,  627913311,  690704607,  759775136,
    835752671,  919327967,  1011260767, 1112386880, 1223623232, 1345985727, 1480584256, 1628642751,
    1791507135, 1970657856, 2167723648, 2384496256, 2622945920, 2885240448, 3173764736, 3491141248,
    3840255616, 4224281216};

struct quartiles {
    uint32_t q1, q2, q3;
};

static uint8_t mapped(uint8_t salt, uint8_t a, uint8_t b, uint8_t c) {
    uint8_t h = permutation[salt];

    h = permutation[h ^ a];
    h = permutation[h ^ b];
    return permutation[h ^ c];
}

/* w: the oldest byte of a window. */
static void count_window(const uint8_t *w, uint32_t counts[256]) {
    counts[mapped(2, w[4], w[3], w[2])]++;
    counts[mapped(3, w[4], w[3], w[1])]++;
    counts[mapped(5, w[4], w[2], w[1])]++;
    counts[mapped(7, w[4], w[2], w[0])]++;
    counts[mapped(11, w[4], w[3], w[0])]++;
    counts[mapped(13, w[4], w[1], w[0])]++;
}

static uint8_t length_code(size_t n) {
    uint8_t i = 0;

    while (i + 1u < sizeof(lengths) / sizeof(lengths[0]) && n > lengths[i]) {
        i++;
    }
    return i;
}

static void sort_counts(uint32_t *v, size_t n) {
    for (size_t i = 1; i < n; i++) {
        uint32_t one = v[i];
        size_t k = i;

        for (; k > 0 && v[k - 1] > one; k--) {
            v[k] = v[k - 1];
        }
        v[k] = one;
    }
}

static struct quartiles quartiles_of(const uint32_t counts[256]) {
    uint32_t sorted[BUCKETS];

    memcpy(sorted, counts, sizeof(sorted));
    sort_counts(sorted, BUCKETS);
    return (struct quartiles){sorted[BUCKETS / 4 - 1], sorted[BUCKETS / 2 - 1],
                              sorted[BUCKETS - BUCKETS / 4 - 1]};
}

/* Counts must differ enough: more than half of the buckets are used. */
static bool is_uniform(const uint32_t counts[256], struct quartiles q) {
    unsigned used = 0;

    for (unsigned i = 0; i < BUCKETS; i++) {
        used += counts[i] > 0;
    }
    return q.q3 == 0 || used <= BUCKETS / 2;
}

static uint8_t code_of(const uint32_t counts[4], struct quartiles q) {
    unsigned code = 0;

    for (unsigned i = 0; i < 4; i++) {
        unsigned quarter = (unsigned)(counts[i] > q.q1) + (counts[i] > q.q2) + (counts[i] > q.q3);

        code |= quarter << (2 * i);
    }
    return (uint8_t)code;
}

/* Percent modulo 16; single precision is part of the format. */
static uint8_t ratio(uint32_t a, uint32_t b) {
    return (uint8_t)((uint32_t)((float)(a * 100) / (float)b) % 16);
}

static uint8_t swapped(uint8_t v) {
    return (uint8_t)(v << 4 | v >> 4);
}

static void put_hex(const uint8_t *p, size_t n, char *out) {
    for (size_t i = 0; i < n; i++) {
        *out++ = "0123456789ABCDEF"[p[i] >> 4];
        *out++ = "0123456789ABCDEF"[p[i] & 15];
    }
    *out = '\0';
}

void ym_tlsh(const uint8_t *data, size_t n, char ret_text[YM_TLSH_LENGTH + 1]) {
    uint8_t digest[3 + CODE];
    uint32_t counts[256] = {0};
    uint8_t checksum = 0;
    struct quartiles q;

    ret_text[0] = '\0';
    for (size_t i = 0; i + WINDOW <= n; i++) {
        checksum = mapped(0, data[i + 4], data[i + 3], checksum);
        count_window(data + i, counts);
    }
    q = quartiles_of(counts);
    if (n < SHORTEST || is_uniform(counts, q)) {
        return;
    }
    digest[0] = swapped(checksum);
    digest[1] = swapped(length_code(n));
    digest[2] = (uint8_t)(ratio(q.q1, q.q3) << 4 | ratio(q.q2, q.q3));
    for (unsigned i = 0; i < CODE; i++) {
        digest[3 + CODE - 1 - i] = code_of(counts + 4 * (size_t)i, q);
    }
    ret_text[0] = 'T';
    ret_text[1] = '1';
    put_hex(digest, sizeof(digest), ret_text + 2);
}
