/* text.c - normalised text.  See text.h.
 *
 * Each byte is kept, dropped, or part of a blank; nothing else is remembered between bytes than
 * whether the last thing written was a blank. */
#include "formats/text.h"

#include "base/text.h"

#include <stdbool.h>

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

ym_status ym_text_normalise(const uint8_t *data, size_t size, struct ym_buf *out) {
    uint8_t fates[256];
    uint8_t block[BLOCK];
    bool after_blank = false;

    fill_fates(fates);
    for (size_t i = 0; i < size && ym_buf_status(out) == YM_OK; i += BLOCK) {
        size_t part = size - i < BLOCK ? size - i : BLOCK;

        ym_buf_add(out, block, normalise_block(fates, data + i, part, block, &after_blank));
    }
    return ym_buf_status(out);
}
