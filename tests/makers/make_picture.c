/* make_picture.c - see make_picture.h.  Nothing is compressed: zlib's stored blocks, GIF codes of
 * one width with a clear code in time. */
#include "makers/make_picture.h"

#include <string.h>
#include <zlib.h>

static uint8_t step_of(uint8_t v) {
    return (uint8_t)((v + 25) / 51);
}

void make_picture_pixel(const struct make_picture *p, uint32_t x, uint32_t y, uint8_t rgb[3]) {
    const uint32_t u = x * 1000 / p->width;
    const uint32_t v = y * 1000 / p->height;
    const bool box = u > 180 && u < 420 && v > 130 && v < 700;
    const bool bar = v > 610 && v < 820 && u > 300;

    rgb[0] = (uint8_t)(box ? 220 : bar ? 30 : u / 5);
    rgb[1] = (uint8_t)(box ? 60 : bar ? 130 : (u + v) / 9);
    rgb[2] = (uint8_t)(box ? 20 : bar ? 250 : 255 - v / 6);
    for (unsigned i = 0; p->palette && i < 3; i++) {
        rgb[i] = (uint8_t)(step_of(rgb[i]) * 51);
    }
}

static uint8_t index_at(const struct make_picture *p, uint32_t x, uint32_t y) {
    uint8_t rgb[3];

    make_picture_pixel(p, x, y, rgb);
    return (uint8_t)(step_of(rgb[0]) * 36 + step_of(rgb[1]) * 6 + step_of(rgb[2]));
}

static void add_palette(struct ym_buf *out, unsigned n, bool bgr0) {
    for (unsigned i = 0; i < n; i++) {
        const uint8_t rgb[3] = {(uint8_t)(i / 36 % 6 * 51), (uint8_t)(i / 6 % 6 * 51),
                                (uint8_t)(i % 6 * 51)};

        for (unsigned c = 0; c < 3; c++) {
            ym_buf_u8(out, rgb[bgr0 ? 2 - c : c]);
        }
        if (bgr0) {
            ym_buf_u8(out, 0);
        }
    }
}

static void u32be(struct ym_buf *out, uint32_t v) {
    ym_buf_u32le(out, __builtin_bswap32(v));
}

/* ---- PNG -------------------------------------------------------------------------------------- */

static void add_chunk(struct ym_buf *out, const char *type, const struct ym_buf *data) {
    const size_t at = out->len + 4;

    u32be(out, (uint32_t)data->len);
    ym_buf_add(out, type, 4);
    ym_buf_add(out, data->data, data->len);
    u32be(out, (uint32_t)crc32(0, out->data + at, (uInt)(data->len + 4)));
}

static void add_line(const struct make_picture *p, uint32_t x, uint32_t y, uint32_t dx,
                     struct ym_buf *raw) {
    uint8_t rgb[3];

    if (x < p->width) {
        ym_buf_u8(raw, 0);
    }
    for (; x < p->width; x += dx) {
        if (p->palette) {
            ym_buf_u8(raw, index_at(p, x, y));
            continue;
        }
        make_picture_pixel(p, x, y, rgb);
        ym_buf_add(raw, rgb, 3);
        if (p->alpha) {
            ym_buf_u8(raw, (uint8_t)(x * 7));
        }
    }
}

static void add_passes(const struct make_picture *p, struct ym_buf *raw) {
    static const uint8_t passes[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                         {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    static const uint8_t whole[4] = {0, 0, 1, 1};

    for (unsigned i = 0; i < (p->interlaced ? 7 : 1); i++) {
        const uint8_t *pass = p->interlaced ? passes[i] : whole;

        for (uint32_t y = pass[1]; y < p->height; y += pass[3]) {
            add_line(p, pass[0], y, pass[2], raw);
        }
    }
}

static void store(const struct ym_buf *raw, struct ym_buf *z) {
    ym_buf_add(z, "\x78\x01", 2);
    for (size_t at = 0; at < raw->len; at += 65535) {
        size_t n = raw->len - at < 65535 ? raw->len - at : 65535;

        ym_buf_u8(z, at + n == raw->len);
        ym_buf_u16le(z, (uint16_t)n);
        ym_buf_u16le(z, (uint16_t)~n);
        ym_buf_add(z, raw->data + at, n);
    }
    u32be(z, (uint32_t)adler32(1, raw->data, (uInt)raw->len));
}

void make_png(const struct make_picture *p, struct ym_buf *out) {
    struct ym_buf part;
    struct ym_buf raw;

    ym_buf_init(&part, 64 << 20);
    ym_buf_init(&raw, 64 << 20);
    ym_buf_add(out, "\x89PNG\r\n\x1a\n", 8);
    u32be(&part, p->width);
    u32be(&part, p->height);
    ym_buf_u8(&part, 8);
    ym_buf_u8(&part, p->palette ? 3 : p->alpha ? 6 : 2);
    ym_buf_u16le(&part, 0);
    ym_buf_u8(&part, p->interlaced);
    add_chunk(out, "IHDR", &part);
    ym_buf_clear(&part);
    if (p->palette) {
        add_palette(&part, 216, false);
        add_chunk(out, "PLTE", &part);
        ym_buf_clear(&part);
    }
    add_passes(p, &raw);
    store(&raw, &part);
    add_chunk(out, "IDAT", &part);
    ym_buf_clear(&part);
    add_chunk(out, "IEND", &part);
    ym_buf_done(&part);
    ym_buf_done(&raw);
}

/* ---- GIF -------------------------------------------------------------------------------------- */

struct gif_bits {
    struct ym_buf bytes;
    uint32_t bits;
    unsigned n;
};

static void put_code(struct gif_bits *b, uint32_t code) {
    b->bits |= code << b->n;
    b->n += 9;
    while (b->n >= 8) {
        ym_buf_u8(&b->bytes, (uint8_t)b->bits);
        b->bits >>= 8;
        b->n -= 8;
    }
}

static void put_lines(const struct make_picture *p, uint32_t first, uint32_t step,
                      struct gif_bits *b, uint32_t *count) {
    for (uint32_t y = first; y < p->height; y += step) {
        for (uint32_t x = 0; x < p->width; x++) {
            if ((*count)++ % 200 == 0) {
                put_code(b, 256);
            }
            put_code(b, index_at(p, x, y));
        }
    }
}

void make_gif(const struct make_picture *p, struct ym_buf *out) {
    struct gif_bits b = {.n = 0};
    uint32_t count = 0;

    ym_buf_init(&b.bytes, 64 << 20);
    ym_buf_add(out, "GIF89a", 6);
    ym_buf_u16le(out, (uint16_t)p->width);
    ym_buf_u16le(out, (uint16_t)p->height);
    ym_buf_add(out, "\xf7\0\0", 3);
    add_palette(out, 256, false);
    ym_buf_add(out, ",\0\0\0\0", 5);
    ym_buf_u16le(out, (uint16_t)p->width);
    ym_buf_u16le(out, (uint16_t)p->height);
    ym_buf_u8(out, p->interlaced ? 0x40 : 0);
    ym_buf_u8(out, 8);
    if (p->interlaced) {
        put_lines(p, 0, 8, &b, &count);
        put_lines(p, 4, 8, &b, &count);
        put_lines(p, 2, 4, &b, &count);
        put_lines(p, 1, 2, &b, &count);
    } else {
        put_lines(p, 0, 1, &b, &count);
    }
    put_code(&b, 257);
    put_code(&b, 0);
    for (size_t at = 0; at < b.bytes.len; at += 255) {
        size_t n = b.bytes.len - at < 255 ? b.bytes.len - at : 255;

        ym_buf_u8(out, (uint8_t)n);
        ym_buf_add(out, b.bytes.data + at, n);
    }
    ym_buf_add(out, "\0;", 2);
    ym_buf_done(&b.bytes);
}

/* ---- BMP, TIFF ---------------------------------------------------------------------------------- */

void make_bmp(const struct make_picture *p, struct ym_buf *out) {
    const uint32_t line = (p->width * (p->palette ? 1 : 3) + 3) / 4 * 4;
    const uint32_t at = 54 + (p->palette ? 216 * 4 : 0);
    uint8_t rgb[3];

    ym_buf_add(out, "BM", 2);
    ym_buf_u32le(out, at + line * p->height);
    ym_buf_u32le(out, 0);
    ym_buf_u32le(out, at);
    ym_buf_u32le(out, 40);
    ym_buf_u32le(out, p->width);
    ym_buf_u32le(out, p->height);
    ym_buf_u16le(out, 1);
    ym_buf_u16le(out, p->palette ? 8 : 24);
    for (unsigned i = 0; i < 4; i++) {
        ym_buf_u32le(out, 0);
    }
    ym_buf_u32le(out, p->palette ? 216 : 0);
    ym_buf_u32le(out, 0);
    add_palette(out, p->palette ? 216 : 0, true);
    for (uint32_t y = p->height; y-- > 0;) {
        size_t start = out->len;

        for (uint32_t x = 0; x < p->width; x++) {
            if (p->palette) {
                ym_buf_u8(out, index_at(p, x, y));
                continue;
            }
            make_picture_pixel(p, x, y, rgb);
            ym_buf_u8(out, rgb[2]);
            ym_buf_u8(out, rgb[1]);
            ym_buf_u8(out, rgb[0]);
        }
        (void)ym_buf_room(out, line - (out->len - start));
    }
}

static void add_tag(struct ym_buf *out, unsigned tag, unsigned type, uint32_t count,
                    uint32_t value) {
    ym_buf_u16le(out, (uint16_t)tag);
    ym_buf_u16le(out, (uint16_t)type);
    ym_buf_u32le(out, count);
    ym_buf_u32le(out, value);
}

void make_tiff(const struct make_picture *p, struct ym_buf *out) {
    enum {
        TAGS = 9,
        BITS_AT = 8 + 2 + TAGS * 12 + 4,
        PIXELS_AT = BITS_AT + 6,
        SHORT = 3,
        LONG = 4
    };
    uint8_t rgb[3];

    ym_buf_add(out, "II*\0", 4);
    ym_buf_u32le(out, 8);
    ym_buf_u16le(out, TAGS);
    add_tag(out, 256, LONG, 1, p->width);
    add_tag(out, 257, LONG, 1, p->height);
    add_tag(out, 258, SHORT, 3, BITS_AT);
    add_tag(out, 259, SHORT, 1, 1);
    add_tag(out, 262, SHORT, 1, 2);
    add_tag(out, 273, LONG, 1, PIXELS_AT);
    add_tag(out, 277, SHORT, 1, 3);
    add_tag(out, 278, LONG, 1, p->height);
    add_tag(out, 279, LONG, 1, p->width * p->height * 3);
    ym_buf_u32le(out, 0);
    for (unsigned i = 0; i < 3; i++) {
        ym_buf_u16le(out, 8);
    }
    for (uint32_t y = 0; y < p->height; y++) {
        for (uint32_t x = 0; x < p->width; x++) {
            make_picture_pixel(p, x, y, rgb);
            ym_buf_add(out, rgb, 3);
        }
    }
}
