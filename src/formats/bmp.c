/* bmp.c - Windows bitmaps to grey values.  See picture.h.
 *
 * Depths 1, 4, 8, 16, 24, 32; run lengths (RLE4, RLE8); bit masks; OS/2's core header; from the
 * top or from the bottom.  Bitmaps that hold a JPEG or PNG are refused. */
#include "formats/picture.h"

#include "base/reader.h"

#include <string.h>

enum { PLAIN = 0, RLE8 = 1, RLE4 = 2, MASKS = 3, ALPHA_MASKS = 6, CORE = 12, INFO = 40 };

struct bmp {
    struct ym_reader in;
    struct ym_picture picture;
    uint32_t header, width, height;
    bool from_top;
    unsigned depth;
    uint32_t compression, n_colours;
    uint64_t pixels_at;
    uint8_t palette[256];
    uint32_t masks[3]; /* red, green, blue */
};

static ym_status read_info(struct bmp *b) {
    uint32_t height;

    b->width = ym_get_u32le(&b->in);
    height = ym_get_u32le(&b->in);
    (void)ym_get_u16le(&b->in);
    b->depth = ym_get_u16le(&b->in);
    b->compression = ym_get_u32le(&b->in);
    ym_skip(&b->in, 12);
    b->n_colours = ym_get_u32le(&b->in);
    ym_skip(&b->in, 4);
    b->from_top = height > INT32_MAX;
    b->height = b->from_top ? 0u - height : height;
    return b->width > INT32_MAX || b->height > INT32_MAX ? YM_MALFORMED : ym_reader_status(&b->in);
}

static ym_status read_header(struct bmp *b) {
    ym_skip(&b->in, 10);
    b->pixels_at = ym_get_u32le(&b->in);
    b->header = ym_get_u32le(&b->in);
    if (b->header == CORE) {
        b->width = ym_get_u16le(&b->in);
        b->height = ym_get_u16le(&b->in);
        (void)ym_get_u16le(&b->in);
        b->depth = ym_get_u16le(&b->in);
        return ym_reader_status(&b->in);
    }
    return b->header < INFO ? YM_MALFORMED : read_info(b);
}

static bool depth_fits(const struct bmp *b) {
    switch (b->compression) {
    case PLAIN:
        return b->depth == 1 || b->depth == 4 || b->depth == 8 || b->depth == 16 ||
               b->depth == 24 || b->depth == 32;
    case RLE8:
        return b->depth == 8 && !b->from_top;
    case RLE4:
        return b->depth == 4 && !b->from_top;
    case MASKS:
    case ALPHA_MASKS:
        return b->depth == 16 || b->depth == 32;
    default:
        return false;
    }
}

static void read_palette(struct bmp *b) {
    const uint32_t most = 1u << b->depth;
    const uint32_t n = b->n_colours == 0 || b->n_colours > most ? most : b->n_colours;

    ym_seek(&b->in, UINT64_C(14) + b->header);
    for (uint32_t i = 0; i < n; i++) {
        unsigned blue = ym_get_u8(&b->in);
        unsigned green = ym_get_u8(&b->in);

        b->palette[i] = ym_picture_grey(ym_get_u8(&b->in), green, blue);
        ym_skip(&b->in, b->header == CORE ? 0 : 1);
    }
}

/* ---- Bit masks ------------------------------------------------------------------------------ */

static bool is_one_run(uint32_t mask) {
    const uint32_t low = mask & (0u - mask);

    return mask != 0 && ((mask + low) & mask) == 0;
}

static bool read_masks(struct bmp *b) {
    if (b->compression == PLAIN) { /* 5 bits each, or 8 */
        const uint32_t small[] = {0x7c00, 0x3e0, 0x1f};
        const uint32_t large[] = {0xff0000, 0xff00, 0xff};

        memcpy(b->masks, b->depth == 16 ? small : large, sizeof(b->masks));
        return true;
    }
    ym_seek(&b->in, 14 + INFO);
    for (unsigned i = 0; i < 3; i++) {
        b->masks[i] = ym_get_u32le(&b->in);
        if (!is_one_run(b->masks[i])) {
            return false;
        }
    }
    return true;
}

/* The part of v under the mask as 0 .. 255. */
static unsigned under_mask(uint32_t v, uint32_t mask) {
    const unsigned shift = (unsigned)__builtin_ctz(mask);
    const unsigned bits = (unsigned)__builtin_popcount(mask);
    const uint32_t part = (v & mask) >> shift;
    const uint32_t most = (1u << (bits < 8 ? bits : 8)) - 1;

    return bits > 8 ? part >> (bits - 8) : (part * 510 / most + 1) / 2;
}

/* ---- Lines ---------------------------------------------------------------------------------- */

static uint8_t *line_at(const struct bmp *b, uint32_t nth) {
    const uint32_t y = b->from_top ? nth : b->height - 1 - nth;

    return b->picture.grey + (size_t)y * b->width;
}

static uint8_t pixel(const struct bmp *b, const uint8_t *line, size_t x) {
    const uint8_t *at = line + x * b->depth / 8;
    uint32_t v;

    switch (b->depth) {
    case 16:
        v = (uint32_t)(at[0] | at[1] << 8);
        break;
    case 24:
        return ym_picture_grey(at[2], at[1], at[0]);
    case 32:
        v = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        break;
    default:
        return b->palette[at[0] >> (8 - b->depth - x * b->depth % 8) & ((1u << b->depth) - 1)];
    }
    return ym_picture_grey(under_mask(v, b->masks[0]), under_mask(v, b->masks[1]),
                           under_mask(v, b->masks[2]));
}

static ym_status read_lines(struct bmp *b) {
    const uint64_t bytes = ((uint64_t)b->width * b->depth + 31) / 32 * 4;

    for (uint32_t y = 0; y < b->height; y++) {
        const uint8_t *line = ym_get_view(&b->in, bytes);
        uint8_t *to = line_at(b, y);

        if (line == NULL) {
            return YM_MALFORMED;
        }
        for (uint32_t x = 0; x < b->width; x++) {
            to[x] = pixel(b, line, x);
        }
    }
    return YM_OK;
}

/* ---- Run lengths ---------------------------------------------------------------------------- */

struct pen {
    uint32_t x, y;
};

static void put(struct bmp *b, struct pen *pen, unsigned value) {
    if (pen->x < b->width && pen->y < b->height) {
        line_at(b, pen->y)[pen->x] = b->palette[value];
    }
    pen->x++;
}

/* n values as they are: bytes, or halves of bytes; an even number of bytes. */
static void put_literals(struct bmp *b, struct pen *pen, unsigned n) {
    const unsigned bytes = b->depth == 8 ? n : (n + 1) / 2;
    const uint8_t *v = ym_get_view(&b->in, bytes);

    ym_skip(&b->in, bytes % 2);
    for (unsigned i = 0; v != NULL && i < n; i++) {
        put(b, pen, b->depth == 8 ? v[i] : i % 2 == 0 ? v[i / 2] >> 4 : v[i / 2] & 15u);
    }
}

static void put_run(struct bmp *b, struct pen *pen, unsigned n, unsigned value) {
    for (unsigned i = 0; i < n; i++) {
        put(b, pen, b->depth == 8 ? value : i % 2 == 0 ? value >> 4 : value & 15u);
    }
}

static ym_status read_runs(struct bmp *b) {
    struct pen pen = {0, 0};

    while (ym_reader_ok(&b->in) && pen.y < b->height) {
        const unsigned n = ym_get_u8(&b->in);
        const unsigned value = ym_get_u8(&b->in);

        if (n > 0) {
            put_run(b, &pen, n, value);
        } else if (value == 0) { /* end of the line */
            pen = (struct pen){0, pen.y + 1};
        } else if (value == 1) { /* end of the picture */
            return ym_reader_status(&b->in);
        } else if (value == 2) { /* a step to the right and up */
            pen.x += ym_get_u8(&b->in);
            pen.y += ym_get_u8(&b->in);
        } else {
            put_literals(b, &pen, value);
        }
    }
    return ym_reader_status(&b->in);
}

static ym_status decode(struct bmp *b, uint64_t max_pixels) {
    YM_TRY(read_header(b));
    if (!depth_fits(b)) {
        return YM_MALFORMED;
    }
    if (b->depth <= 8) {
        read_palette(b);
    } else if (b->depth != 24 && !read_masks(b)) {
        return YM_MALFORMED;
    }
    ym_seek(&b->in, b->pixels_at);
    YM_TRY(ym_reader_status(&b->in));
    YM_TRY(ym_picture_new(b->width, b->height, max_pixels, &b->picture));
    return b->compression == RLE8 || b->compression == RLE4 ? read_runs(b) : read_lines(b);
}

ym_status ym_bmp_decode(const uint8_t *data, size_t size, uint64_t max_pixels,
                        struct ym_picture *ret_picture) {
    struct bmp b = {.width = 0};
    ym_status st;

    if (size < 2 || memcmp(data, "BM", 2) != 0) {
        return YM_MALFORMED;
    }
    ym_reader_init(&b.in, data, size);
    st = decode(&b, max_pixels);
    if (st != YM_OK) {
        ym_picture_done(&b.picture);
        return st == YM_LIMIT || st == YM_NOMEM ? st : YM_MALFORMED;
    }
    *ret_picture = b.picture;
    return YM_OK;
}
