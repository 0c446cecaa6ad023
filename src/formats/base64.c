/* base64.c - see base64.h. */
#include "formats/base64.h"

static int digit_of(uint8_t c) {
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

ym_status ym_base64_decode(const uint8_t *text, size_t size, struct ym_buf *out) {
    uint32_t bits = 0;
    unsigned n_bits = 0;

    for (size_t i = 0; i < size && ym_buf_status(out) == YM_OK; i++) {
        int digit = digit_of(text[i]);

        if (digit < 0) {
            continue;
        }
        bits = bits << 6 | (uint32_t)digit;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            ym_buf_u8(out, (uint8_t)(bits >> n_bits));
        }
    }
    return ym_buf_status(out);
}
