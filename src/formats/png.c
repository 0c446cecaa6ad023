/* png.c - PNG to grey values.  See picture.h.
 *
 * The image data is inflated one line at a time, so memory is the picture's and two lines.  zlib
 * gets what lies in the file, chunk by chunk; what it makes is bounded by the size in the header. */
#include "formats/picture.h"

#include "base/alloc.h"
#include "base/reader.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    MAX_SURPLUS = 16 << 20, /* bytes of image data behind the last line */
    GREY = 0,
    RGB = 2,
    PALETTE = 3,
    GREY_ALPHA = 4,
    RGB_ALPHA = 6
};

#define TYPE(a, b, c, d)                                                                           \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define ANCILLARY TYPE(0x20, 0, 0, 0) /* the bit of a small first letter */

struct png {
    struct ym_reader in; /* at the next chunk */
    struct ym_picture picture;
    uint64_t max_pixels;
    unsigned depth, colour;
    bool interlaced;
    unsigned bits; /* of a pixel */
    uint8_t palette[256];
    bool has_palette;
    bool stream_ended;
    z_stream z;
    size_t line_max;
    uint8_t *line, *above; /* a filter byte before each */
};

static void *zlib_alloc(void *self, unsigned count, unsigned size) {
    (void)self;
    return ym_zalloc(count, size);
}

static void zlib_free(void *self, void *p) {
    (void)self;
    ym_free(p);
}

/* ---- Chunks --------------------------------------------------------------------------------- */

struct chunk {
    uint32_t type;
    struct ym_reader data;
    const uint8_t *bytes; /* type and data: what the checksum is over */
    bool good;            /* the checksum is right */
};

/* Without the checksum at the end of the file: allowed in the last chunk only. */
static ym_status next_chunk(struct png *p, struct chunk *ret_chunk) {
    uint32_t n = ym_get_u32be(&p->in);
    struct ym_reader at = p->in;
    const uint8_t *bytes = ym_get_view(&p->in, (uint64_t)n + 4);
    uint32_t sum;

    YM_TRY(ym_reader_status(&p->in));
    ret_chunk->type = ym_get_u32be(&at);
    ym_reader_init(&ret_chunk->data, bytes + 4, n);
    ret_chunk->bytes = bytes;
    if (ret_chunk->type == TYPE('I', 'E', 'N', 'D')) {
        ret_chunk->good = true;
        return YM_OK;
    }
    sum = ym_get_u32be(&p->in);
    ret_chunk->good = sum == crc32(crc32(0, NULL, 0), bytes, n + 4);
    return ym_reader_status(&p->in);
}

static bool depth_fits(unsigned colour, unsigned depth) {
    switch (colour) {
    case GREY:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case PALETTE:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case RGB:
    case GREY_ALPHA:
    case RGB_ALPHA:
        return depth == 8 || depth == 16;
    default:
        return false;
    }
}

static ym_status read_header(struct png *p) {
    static const unsigned channels[] = {1, 0, 3, 1, 2, 0, 4};
    struct chunk c = {.type = 0};
    uint32_t width;
    uint32_t height;
    unsigned compression;
    unsigned filter;
    unsigned interlace;

    YM_TRY(next_chunk(p, &c));
    width = ym_get_u32be(&c.data);
    height = ym_get_u32be(&c.data);
    p->depth = ym_get_u8(&c.data);
    p->colour = ym_get_u8(&c.data);
    compression = ym_get_u8(&c.data);
    filter = ym_get_u8(&c.data);
    if (compression != 0 || filter != 0) {
        return YM_MALFORMED; /* there is one method each */
    }
    interlace = ym_get_u8(&c.data);
    if (c.type != TYPE('I', 'H', 'D', 'R') || !c.good || ym_reader_status(&c.data) != YM_OK ||
        !depth_fits(p->colour, p->depth) || interlace > 1 || width > INT32_MAX ||
        height > INT32_MAX) {
        return YM_MALFORMED;
    }
    p->interlaced = interlace == 1;
    p->bits = channels[p->colour] * p->depth;
    p->line_max = ((size_t)width * p->bits + 7) / 8;
    return ym_picture_new(width, height, p->max_pixels, &p->picture);
}

static void read_palette(struct png *p, struct ym_reader *r) {
    for (unsigned i = 0; i < 256 && ym_reader_left(r) >= 3; i++) {
        unsigned red = ym_get_u8(r);
        unsigned green = ym_get_u8(r);

        p->palette[i] = ym_picture_grey(red, green, ym_get_u8(r));
    }
    p->has_palette = true;
}

/* Up to and into the first IDAT. */
static ym_status find_image(struct png *p) {
    for (;;) {
        struct chunk c = {.type = 0};

        YM_TRY(next_chunk(p, &c));
        if (!c.good && (c.type & ANCILLARY) == 0) {
            return YM_MALFORMED;
        }
        if (c.type == TYPE('P', 'L', 'T', 'E')) {
            read_palette(p, &c.data);
        } else if (c.type == TYPE('I', 'D', 'A', 'T')) {
            p->z.next_in = (Bytef *)(uintptr_t)(c.bytes + 4); // NOLINT(performance-no-int-to-ptr)
            p->z.avail_in = (uInt)ym_reader_left(&c.data);
            return p->colour == PALETTE && !p->has_palette ? YM_MALFORMED : YM_OK;
        } else if ((c.type & ANCILLARY) == 0) {
            return YM_MALFORMED;
        }
    }
}

/* The next IDAT goes to zlib; anything else ends the image data too early. */
static ym_status feed(struct png *p) {
    struct chunk c = {.type = 0};

    YM_TRY(next_chunk(p, &c));
    if (c.type != TYPE('I', 'D', 'A', 'T') || !c.good) {
        return YM_MALFORMED;
    }
    p->z.next_in = (Bytef *)(uintptr_t)(c.bytes + 4); // NOLINT(performance-no-int-to-ptr)
    p->z.avail_in = (uInt)ym_reader_left(&c.data);
    return YM_OK;
}

/* n bytes of the image data; END: there are none left. */
static ym_status inflate_bytes(struct png *p, uint8_t *to, size_t n) {
    p->z.next_out = to;
    p->z.avail_out = (uInt)n;
    while (p->z.avail_out > 0) {
        int rc;

        if (p->stream_ended) {
            return YM_END;
        }
        if (p->z.avail_in == 0) {
            YM_TRY(feed(p));
            continue;
        }
        rc = inflate(&p->z, Z_NO_FLUSH);
        if (rc == Z_STREAM_END) {
            p->stream_ended = true;
        } else if (rc != Z_OK) {
            return rc == Z_MEM_ERROR ? YM_NOMEM : YM_MALFORMED;
        }
    }
    return YM_OK;
}

/* ---- Lines ---------------------------------------------------------------------------------- */

static uint8_t paeth(int a, int b, int c) {
    const int pa = abs(b - c);
    const int pb = abs(a - c);
    const int pc = abs(a + b - 2 * c);

    if (pa <= pb && pa <= pc) {
        return (uint8_t)a;
    }
    return (uint8_t)(pb <= pc ? b : c);
}

static bool unfilter(struct png *p, size_t n) {
    const size_t step = p->bits < 8 ? 1 : p->bits / 8;
    uint8_t *line = p->line + 1;
    const uint8_t *above = p->above + 1;

    for (size_t i = 0; i < n; i++) {
        const unsigned left = i < step ? 0 : line[i - step];
        const unsigned corner = i < step ? 0 : above[i - step];

        switch (p->line[0]) {
        case 0:
            return true;
        case 1:
            line[i] = (uint8_t)(line[i] + left);
            break;
        case 2:
            line[i] = (uint8_t)(line[i] + above[i]);
            break;
        case 3:
            line[i] = (uint8_t)(line[i] + (left + above[i]) / 2);
            break;
        case 4:
            line[i] = (uint8_t)(line[i] + paeth((int)left, above[i], (int)corner));
            break;
        default:
            return false;
        }
    }
    return p->line[0] <= 4;
}

static unsigned sample(const struct png *p, const uint8_t *line, size_t i) {
    if (p->depth == 16) {
        return ym_picture_8_of_16((unsigned)line[2 * i] << 8 | line[2 * i + 1]);
    }
    if (p->depth == 8) {
        return line[i];
    }
    return (unsigned)line[i * p->depth / 8] >> (8 - p->depth - i * p->depth % 8) &
           ((1u << p->depth) - 1);
}

static uint8_t pixel(const struct png *p, const uint8_t *line, size_t x) {
    switch (p->colour) {
    case RGB:
        return ym_picture_grey(sample(p, line, 3 * x), sample(p, line, 3 * x + 1),
                               sample(p, line, 3 * x + 2));
    case RGB_ALPHA:
        return ym_picture_grey(sample(p, line, 4 * x), sample(p, line, 4 * x + 1),
                               sample(p, line, 4 * x + 2));
    case PALETTE:
        return p->palette[sample(p, line, x)];
    case GREY_ALPHA:
        return (uint8_t)sample(p, line, 2 * x);
    default:
        return (uint8_t)(sample(p, line, x) * (p->depth < 8 ? 255 / ((1u << p->depth) - 1) : 1));
    }
}

/* One picture of its own in an interlaced one: every dx-th pixel of every dy-th line. */
struct pass {
    uint8_t x, y, dx, dy;
};

static ym_status read_pass(struct png *p, const struct pass *pass) {
    const uint32_t width = p->picture.width;
    const uint32_t n = width > pass->x ? (width - pass->x + pass->dx - 1) / pass->dx : 0;
    const size_t bytes = ((size_t)n * p->bits + 7) / 8;

    if (n == 0) {
        return YM_OK;
    }
    memset(p->above, 0, p->line_max + 1);
    for (uint32_t y = pass->y; y < p->picture.height; y += pass->dy) {
        uint8_t *grey = p->picture.grey + (size_t)y * width + pass->x;
        uint8_t *kept = p->above;

        YM_TRY(inflate_bytes(p, p->line, bytes + 1));
        if (!unfilter(p, bytes)) {
            return YM_MALFORMED;
        }
        for (uint32_t i = 0; i < n; i++) {
            grey[(size_t)i * pass->dx] = pixel(p, p->line + 1, i);
        }
        p->above = p->line;
        p->line = kept;
    }
    return YM_OK;
}

static ym_status read_passes(struct png *p) {
    static const struct pass whole = {0, 0, 1, 1};
    static const struct pass adam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                        {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};

    if (!p->interlaced) {
        return read_pass(p, &whole);
    }
    for (size_t i = 0; i < sizeof(adam7) / sizeof(adam7[0]); i++) {
        YM_TRY(read_pass(p, &adam7[i]));
    }
    return YM_OK;
}

/* What follows the last line: the end of the compressed data, other chunks, IEND. */
static ym_status read_end(struct png *p) {
    uint8_t more[4096];
    struct chunk c = {.type = 0};
    ym_status st = YM_OK;

    for (size_t n = 0; st == YM_OK && n < MAX_SURPLUS; n += sizeof(more)) {
        st = inflate_bytes(p, more, sizeof(more));
    }
    if (st != YM_END) {
        return st == YM_OK ? YM_MALFORMED : st;
    }
    while (c.type != TYPE('I', 'E', 'N', 'D')) {
        YM_TRY(next_chunk(p, &c));
    }
    return YM_OK;
}

static ym_status decode(struct png *p) {
    YM_TRY(read_header(p));
    YM_TRY(find_image(p));
    p->line = ym_zalloc(p->line_max + 1, 1);
    p->above = ym_zalloc(p->line_max + 1, 1);
    if (p->line == NULL || p->above == NULL) {
        return YM_NOMEM;
    }
    YM_TRY(read_passes(p));
    return read_end(p);
}

ym_status ym_png_decode(const uint8_t *data, size_t size, uint64_t max_pixels,
                        struct ym_picture *ret_picture) {
    struct png p = {.max_pixels = max_pixels, .z = {.zalloc = zlib_alloc, .zfree = zlib_free}};
    ym_status st;

    if (size < 8 || memcmp(data, "\x89PNG\r\n\x1a\n", 8) != 0) {
        return YM_MALFORMED;
    }
    if (inflateInit(&p.z) != Z_OK || inflateValidate(&p.z, 0) != Z_OK) {
        (void)inflateEnd(&p.z);
        return YM_NOMEM;
    }
    ym_reader_init(&p.in, data + 8, size - 8);
    st = decode(&p);
    (void)inflateEnd(&p.z);
    ym_free(p.line);
    ym_free(p.above);
    if (st != YM_OK) {
        ym_picture_done(&p.picture);
        return st == YM_LIMIT || st == YM_NOMEM ? st : YM_MALFORMED;
    }
    *ret_picture = p.picture;
    return YM_OK;
}
