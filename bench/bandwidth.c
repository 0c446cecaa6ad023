/* bandwidth.c - how fast one core reads memory: prints bytes per second of the best of a few passes
 * over a buffer that no cache holds.  Compiled and run by bench.py; the figure is the ceiling of
 * every scanner that looks at each byte once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WORDS = 1 << 26, PASSES = 7 }; /* 512 MiB */

static double seconds(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Four sums: the additions must not wait for each other. */
static uint64_t read_all(const uint64_t *words) {
    uint64_t sum[4] = {0};

    for (size_t i = 0; i < WORDS; i += 4) {
        sum[0] += words[i];
        sum[1] += words[i + 1];
        sum[2] += words[i + 2];
        sum[3] += words[i + 3];
    }
    return sum[0] + sum[1] + sum[2] + sum[3];
}

int main(void) {
    uint64_t *words = malloc((size_t)WORDS * sizeof(*words));
    uint64_t sum = 0;
    double best = 0;

    if (words == NULL) {
        fprintf(stderr, "bandwidth: no memory for the buffer\n");
        return 1;
    }
    memset(words, 1, (size_t)WORDS * sizeof(*words));
    for (int i = 0; i < PASSES; i++) {
        double start = seconds();

        sum += read_all(words);
        double speed = (double)WORDS * sizeof(*words) / (seconds() - start);
        if (speed > best) {
            best = speed;
        }
    }
    printf("%.0f\n", best);
    free(words);
    return sum == 0; /* the sum is used, so that the loop stays */
}
