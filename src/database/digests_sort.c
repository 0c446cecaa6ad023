/* digests_sort.c - the two sorts of the digest builder, in place and without memory of their own.
 *
 * Rows begin with a digest, so their first bytes are spread evenly: a radix sort from the first
 * byte on ("American flag": count, then swap each row to where it belongs) leaves a few rows a
 * bucket after two or three passes, and insertion ends it.  Bytes that an enemy chose cost at
 * most one pass a byte.
 *
 * Names share long beginnings ("Win.Trojan.Agent-"): a multikey quicksort (Bentley and Sedgewick,
 * 1997) that keeps the next seven bytes of each name beside its reference, so that most
 * comparisons stay out of the pool. */
#include "digests_int.h"

#include <string.h>

enum { FEW = 20, MAX_STRIDE = 64, KEY_BYTES = 7, KEY_MORE = KEY_BYTES + 1 };

/* ---- Rows ------------------------------------------------------------------------------------ */

static void insert_rows(uint8_t *rows, size_t n, size_t stride, size_t from) {
    uint8_t row[MAX_STRIDE];

    for (size_t i = 1; i < n; i++) {
        size_t j = i;

        memcpy(row, rows + i * stride, stride);
        while (j > 0 && memcmp(rows + (j - 1) * stride + from, row + from, stride - from) > 0) {
            memcpy(rows + j * stride, rows + (j - 1) * stride, stride);
            j--;
        }
        memcpy(rows + j * stride, row, stride);
    }
}

static void swap_rows(uint8_t *a, uint8_t *b, size_t stride) {
    uint8_t row[MAX_STRIDE];

    memcpy(row, a, stride);
    memcpy(a, b, stride);
    memcpy(b, row, stride);
}

/* Rows equal in bytes [0, at); recursion is at most stride deep. */
static void radix_rows(uint8_t *rows, size_t n, size_t stride, size_t at) {
    size_t end[256] = {0};
    size_t next[256];
    size_t sum = 0;

    if (n <= FEW || at == stride) {
        insert_rows(rows, at == stride ? 0 : n, stride, at);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        end[rows[i * stride + at]]++;
    }
    for (unsigned b = 0; b < 256; b++) {
        next[b] = sum;
        sum += end[b];
        end[b] = sum;
    }
    for (unsigned b = 0; b < 256; b++) {
        while (next[b] < end[b]) {
            unsigned to = rows[next[b] * stride + at];

            if (to != b) {
                swap_rows(rows + next[b] * stride, rows + next[to] * stride, stride);
            }
            next[to]++;
        }
    }
    for (unsigned b = 0; b < 256; b++) {
        size_t start = b == 0 ? 0 : end[b - 1];

        radix_rows(rows + start * stride, end[b] - start, stride, at + 1);
    }
}

void ym_digest_sort_rows(uint8_t *rows, size_t n, size_t stride) {
    radix_rows(rows, n, stride, 0);
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* The name's bytes from depth on, seven of them, and how many there are (8: more than seven).
 * Two names with equal keys are equal unless there is more. */
static uint64_t key_at(const uint8_t *pool, uint32_t ref, size_t depth) {
    size_t len = ym_digest_name_len(pool, ref);
    const uint8_t *s = ym_digest_name_bytes(pool, ref);
    size_t left = len > depth ? len - depth : 0;
    uint64_t key = 0;

    for (size_t i = 0; i < KEY_BYTES; i++) {
        key = key << 8 | (i < left ? s[depth + i] : 0);
    }
    return key << 8 | (left > KEY_BYTES ? KEY_MORE : left);
}

static void load_keys(struct ym_digest_name *names, size_t n, const uint8_t *pool, size_t depth) {
    for (size_t i = 0; i < n; i++) {
        names[i].key = key_at(pool, names[i].ref, depth);
    }
}

static void swap_names(struct ym_digest_name *a, struct ym_digest_name *b) {
    struct ym_digest_name t = *a;

    *a = *b;
    *b = t;
}

static uint64_t median(uint64_t a, uint64_t b, uint64_t c) {
    if (a > b) {
        uint64_t t = a;

        a = b;
        b = t;
    }
    return c < a ? a : c > b ? b : c;
}

/* A pivot from three places that do not depend on the order of the names. */
static uint64_t pivot_of(const struct ym_digest_name *names, size_t n) {
    uint64_t r = ym_digest_spread((uint32_t)n);

    return median(names[r % n].key, names[(r >> 21) % n].key, names[(r >> 42) % n].key);
}

/* Smaller keys to [0, *ret_low), equal ones up to *ret_high, greater ones after. */
static void partition(struct ym_digest_name *names, size_t n, uint64_t pivot, size_t *ret_low,
                      size_t *ret_high) {
    size_t low = 0;
    size_t high = n;

    for (size_t i = 0; i < high;) {
        if (names[i].key < pivot) {
            swap_names(&names[i++], &names[low++]);
        } else if (names[i].key > pivot) {
            swap_names(&names[i], &names[--high]);
        } else {
            i++;
        }
    }
    *ret_low = low;
    *ret_high = high;
}

struct run {
    struct ym_digest_name *names;
    size_t n;
    size_t depth;
};

/* Keys are loaded at run.depth.  The two smaller of the three parts are sorted by recursion, each
 * at most half of the run, and the largest by the loop: recursion is at most log2(n) deep. */
static void sort_run(struct run run, const uint8_t *pool) {
    while (run.n > 1) {
        uint64_t pivot = pivot_of(run.names, run.n);
        size_t low;
        size_t high;
        struct run part[3];
        unsigned largest = 0;

        partition(run.names, run.n, pivot, &low, &high);
        part[0] = (struct run){run.names, low, run.depth};
        part[1] = (struct run){run.names + low, high - low, run.depth + KEY_BYTES};
        part[2] = (struct run){run.names + high, run.n - high, run.depth};
        if ((pivot & 0xff) != KEY_MORE) {
            part[1].n = 0; /* equal names */
        }
        load_keys(part[1].names, part[1].n, pool, part[1].depth);
        for (unsigned i = 1; i < 3; i++) {
            largest = part[i].n > part[largest].n ? i : largest;
        }
        for (unsigned i = 0; i < 3; i++) {
            if (i != largest) {
                sort_run(part[i], pool);
            }
        }
        run = part[largest];
    }
}

void ym_digest_sort_names(struct ym_digest_name *names, size_t n, const uint8_t *pool) {
    load_keys(names, n, pool, 0);
    sort_run((struct run){names, n, 0}, pool);
}
