/* text.c - normalised text.  See text.h.
 *
 * Each byte is kept, dropped, or part of a blank; nothing else is remembered between bytes than
 * whether the last thing written was a blank. */
#include "formats/text.h"

#include "base/text.h"

#include <stdbool.h>

enum { BLOCK = 4096 };

enum fate { DROP, BLANK, KEEP };

static enum fate fate_of(uint8_t c) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
        return BLANK;
    }
    return c > ' ' && c < 0x80 ? KEEP : DROP;
}

ym_status ym_text_normalise(const uint8_t *data, size_t size, struct ym_buf *out) {
    uint8_t block[BLOCK];
    size_t n = 0;
    bool after_blank = false;

    for (size_t i = 0; i < size && ym_buf_status(out) == YM_OK; i++) {
        enum fate fate = fate_of(data[i]);

        if (fate == DROP || (fate == BLANK && after_blank)) {
            continue;
        }
        after_blank = fate == BLANK;
        block[n++] = after_blank ? ' ' : ym_lower(data[i]);
        if (n == BLOCK) {
            ym_buf_add(out, block, n);
            n = 0;
        }
    }
    if (n > 0) {
        ym_buf_add(out, block, n);
    }
    return ym_buf_status(out);
}
