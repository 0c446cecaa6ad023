/* fuzz_picture.c - what the readers of pictures take has an area, and a hash that is always the
 * same. */
#include "formats/picture.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MAX_PIXELS = 1 << 16 };

static void hash_twice(struct ym_picture *p) {
    uint64_t first = 0;
    uint64_t second = 1;

    if (p->width == 0 || p->height == 0 || (uint64_t)p->width * p->height > MAX_PIXELS ||
        ym_picture_hash(p, &first) != YM_OK || ym_picture_hash(p, &second) != YM_OK ||
        first != second) {
        abort();
    }
    ym_picture_done(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_picture p = {.grey = NULL};

    if (ym_png_decode(data, len, MAX_PIXELS, &p) == YM_OK) {
        hash_twice(&p);
    }
    if (ym_gif_decode(data, len, MAX_PIXELS, &p) == YM_OK) {
        hash_twice(&p);
    }
    if (ym_bmp_decode(data, len, MAX_PIXELS, &p) == YM_OK) {
        hash_twice(&p);
    }
    return 0;
}
