/* utf16.c - see base/utf16.h. */
#include "base/utf16.h"

size_t ym_utf8_put(uint32_t c, char *out) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

static uint32_t unit(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

char *ym_utf16_text(struct ym_arena *arena, const uint8_t *p, size_t n) {
    char *out = YM_ARENA_ARRAY(arena, n / 2 * 3 + 1, char); /* a unit is at most three bytes */
    size_t len = 0;

    for (size_t i = 0; out != NULL && i + 2 <= n && unit(p + i) != 0; i += 2) {
        uint32_t c = unit(p + i);

        if (c >= 0xd800 && c < 0xdc00 && i + 4 <= n && (unit(p + i + 2) & 0xfc00) == 0xdc00) {
            c = 0x10000 + ((c & 0x3ff) << 10) + (unit(p + i + 2) & 0x3ff);
            i += 2;
        } else if (c >= 0xd800 && c < 0xe000) {
            c = 0xfffd;
        }
        len += ym_utf8_put(c, out + len);
    }
    return out;
}
