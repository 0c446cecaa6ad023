/* gif.c - the first frame of a GIF to grey values.  See picture.h.
 *
 * The picture is as large as the screen that the header gives; the frame may cover a part of it, or
 * stick out.  A frame whose data ends early is none. */
#include "formats/picture.h"

#include "base/reader.h"

#include <string.h>

enum {
    CODES = 4096, /* 12 bits */
    EXTENSION = 0x21,
    FRAME = 0x2c,
    HAS_PALETTE = 0x80,
    INTERLACED = 0x40
};

struct gif {
    struct ym_reader in;
    struct ym_picture picture;
    uint8_t palette[256]; /* in grey */
    bool has_palette;
    /* the frame */
    uint32_t x, y, width, height;
    bool interlaced;
    uint64_t done; /* pixels of it so far */
    /* the data: bits of one block after the other */
    struct ym_reader block;
    uint32_t bits;
    unsigned n_bits;
    /* the code table: a code is a value behind another code */
    uint16_t before[CODES];
    uint8_t last[CODES], first[CODES];
    uint8_t stack[CODES];
};

static void read_palette(struct gif *g, unsigned flags) {
    const unsigned n = 2u << (flags & 7);

    memset(g->palette, 0, sizeof(g->palette));
    for (unsigned i = 0; i < n; i++) {
        unsigned red = ym_get_u8(&g->in);
        unsigned green = ym_get_u8(&g->in);

        g->palette[i] = ym_picture_grey(red, green, ym_get_u8(&g->in));
    }
    g->has_palette = true;
}

static ym_status skip_blocks(struct gif *g) {
    unsigned n;

    do {
        n = ym_get_u8(&g->in);
        ym_skip(&g->in, n);
    } while (n > 0 && ym_reader_ok(&g->in));
    return ym_reader_status(&g->in);
}

/* To behind the header of the first frame. */
static ym_status find_frame(struct gif *g) {
    unsigned flags;
    unsigned what;

    while ((what = ym_get_u8(&g->in)) == EXTENSION) {
        (void)ym_get_u8(&g->in);
        YM_TRY(skip_blocks(g));
    }
    if (what != FRAME) {
        return YM_MALFORMED;
    }
    g->x = ym_get_u16le(&g->in);
    g->y = ym_get_u16le(&g->in);
    g->width = ym_get_u16le(&g->in);
    g->height = ym_get_u16le(&g->in);
    flags = ym_get_u8(&g->in);
    g->interlaced = (flags & INTERLACED) != 0;
    if (flags & HAS_PALETTE) {
        read_palette(g, flags);
    }
    YM_TRY(ym_reader_status(&g->in));
    return g->width == 0 || g->height == 0 || !g->has_palette ? YM_MALFORMED : YM_OK;
}

/* ---- Pixels --------------------------------------------------------------------------------- */

/* Lines come in four passes: every 8th, those 4 below, 2 below, 1 below. */
static uint32_t line_of(uint32_t height, uint32_t nth) {
    static const uint8_t start[] = {0, 4, 2, 1};
    static const uint8_t step[] = {8, 8, 4, 2};

    for (unsigned i = 0; i < 4; i++) {
        uint32_t lines = height > start[i] ? (height - start[i] + step[i] - 1) / step[i] : 0;

        if (nth < lines) {
            return start[i] + nth * step[i];
        }
        nth -= lines;
    }
    return 0;
}

static uint64_t frame_pixels(const struct gif *g) {
    return (uint64_t)g->width * g->height;
}

static void put(struct gif *g, unsigned value) {
    const uint32_t nth = (uint32_t)(g->done / g->width);
    const uint32_t x = g->x + (uint32_t)(g->done % g->width);
    const uint32_t y = g->y + (g->interlaced ? line_of(g->height, nth) : nth);

    if (x < g->picture.width && y < g->picture.height) {
        g->picture.grey[(size_t)y * g->picture.width + x] = g->palette[value];
    }
    g->done++;
}

/* ---- LZW ------------------------------------------------------------------------------------ */

static ym_status next_code(struct gif *g, unsigned size, unsigned *ret_code) {
    while (g->n_bits < size) {
        if (ym_reader_left(&g->block) == 0) {
            unsigned n = ym_get_u8(&g->in);
            const uint8_t *bytes = ym_get_view(&g->in, n);

            if (n == 0 || bytes == NULL) {
                return YM_MALFORMED;
            }
            ym_reader_init(&g->block, bytes, n);
        }
        g->bits |= (uint32_t)ym_get_u8(&g->block) << g->n_bits;
        g->n_bits += 8;
    }
    *ret_code = g->bits & ((1u << size) - 1);
    g->bits >>= size;
    g->n_bits -= size;
    return YM_OK;
}

/* The values that a code stands for; clear: the first code that is no value. */
static void put_code(struct gif *g, unsigned code, unsigned clear) {
    unsigned n = 0;

    while (code > clear && n < CODES) {
        g->stack[n++] = g->last[code];
        code = g->before[code];
    }
    if (g->done < frame_pixels(g)) {
        put(g, code);
    }
    while (n > 0 && g->done < frame_pixels(g)) {
        put(g, g->stack[--n]);
    }
}

static void add_code(struct gif *g, unsigned at, unsigned before, unsigned last) {
    g->before[at] = (uint16_t)before;
    g->first[at] = g->first[before];
    g->last[at] = (uint8_t)last;
}

static ym_status decode_frame(struct gif *g) {
    const unsigned min_bits = ym_get_u8(&g->in);
    const unsigned clear = 1u << (min_bits & 15);
    unsigned size = min_bits + 1;
    unsigned next = clear + 2;
    unsigned previous = CODES; /* none */

    if (min_bits < 1 || min_bits > 8) {
        return YM_MALFORMED;
    }
    for (unsigned i = 0; i < clear; i++) {
        g->first[i] = (uint8_t)i;
    }
    while (g->done < frame_pixels(g)) {
        unsigned code = 0;

        YM_TRY(next_code(g, size, &code));
        if (code == clear) {
            size = min_bits + 1;
            next = clear + 2;
            previous = CODES;
            continue;
        }
        if (code == clear + 1 || code > next || (code == next && previous == CODES)) {
            return YM_MALFORMED; /* too early an end, or a code that does not exist */
        }
        if (previous != CODES && next < CODES) {
            add_code(g, next, previous, code == next ? g->first[previous] : g->first[code]);
            next++;
            size += next == 1u << size && size < 12 ? 1 : 0;
        }
        if (code >= CODES || (code == next && next == CODES)) {
            return YM_MALFORMED;
        }
        put_code(g, code, clear);
        previous = code;
    }
    return YM_OK;
}

/* ---- Whole ---------------------------------------------------------------------------------- */

static ym_status decode(struct gif *g, uint64_t max_pixels) {
    uint32_t width;
    uint32_t height;
    unsigned flags;

    width = ym_get_u16le(&g->in);
    height = ym_get_u16le(&g->in);
    flags = ym_get_u8(&g->in);
    ym_skip(&g->in, 2);
    if (flags & HAS_PALETTE) {
        read_palette(g, flags);
    }
    YM_TRY(find_frame(g));
    if (frame_pixels(g) > max_pixels) {
        return YM_LIMIT;
    }
    YM_TRY(ym_picture_new(width, height, max_pixels, &g->picture));
    return decode_frame(g);
}

ym_status ym_gif_decode(const uint8_t *data, size_t size, uint64_t max_pixels,
                        struct ym_picture *ret_picture) {
    struct gif g = {.width = 0};
    ym_status st;

    if (size < 6 || (memcmp(data, "GIF87a", 6) != 0 && memcmp(data, "GIF89a", 6) != 0)) {
        return YM_MALFORMED;
    }
    ym_reader_init(&g.in, data + 6, size - 6);
    st = decode(&g, max_pixels);
    if (st != YM_OK) {
        ym_picture_done(&g.picture);
        return st == YM_LIMIT || st == YM_NOMEM ? st : YM_MALFORMED;
    }
    *ret_picture = g.picture;
    return YM_OK;
}
