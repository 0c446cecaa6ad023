/* image_hash.c - decoders of pictures.  See image_hash.h.
 *
 * Both libraries leave a failure by way of a callback: libjpeg's must not return, so it jumps; all
 * that lives across the jump is in one allocated struct.  Neither prints, and neither sees a file:
 * they read from memory. */
#include "image_hash.h"

#include "base/alloc.h"
#include "base/time.h"
#include "formats/picture.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

/* jpeglib.h needs stdio.h before it. */
#include <jpeglib.h>
#include <tiffio.h>

enum { MAX_SCANS = 100 /* of a progressive JPEG: each goes over the whole picture */ };

/* name of the function in its library */
#define JPEG_API(X)                                                                                \
    X(jpeg_std_error)                                                                              \
    X(jpeg_CreateDecompress)                                                                       \
    X(jpeg_mem_src)                                                                                \
    X(jpeg_read_header)                                                                            \
    X(jpeg_start_decompress)                                                                       \
    X(jpeg_read_scanlines)                                                                         \
    X(jpeg_destroy_decompress)
#define TIFF_API(X)                                                                                \
    X(TIFFSetErrorHandler)                                                                         \
    X(TIFFSetWarningHandler)                                                                       \
    X(TIFFClientOpen)                                                                              \
    X(TIFFClose)                                                                                   \
    X(TIFFGetField)                                                                                \
    X(TIFFGetFieldDefaulted)                                                                       \
    X(TIFFIsTiled)                                                                                 \
    X(TIFFScanlineSize64)                                                                          \
    X(TIFFReadScanline)                                                                            \
    X(TIFFTileSize64)                                                                              \
    X(TIFFReadTile)

struct ym_decoders {
    void *jpeg; /* NULL: not there */
    void *tiff;
#define X(name) __typeof__(name) *name;
    JPEG_API(X)
    TIFF_API(X)
#undef X
};

/* ---- Loading -------------------------------------------------------------------------------- */

struct symbol {
    const char *name;
    size_t at; /* in struct ym_decoders */
};

#define X(name) {#name, offsetof(struct ym_decoders, name)},
static const struct symbol jpeg_symbols[] = {JPEG_API(X)};
static const struct symbol tiff_symbols[] = {TIFF_API(X)};
#undef X

/* NULL: the library is not there, or lacks a function. */
static void *load(struct ym_decoders *d, const char *library, const struct symbol *symbols,
                  size_t n) {
    void *lib = dlopen(library, RTLD_NOW | RTLD_LOCAL);

    for (size_t i = 0; lib != NULL && i < n; i++) {
        void *f = dlsym(lib, symbols[i].name);

        if (f == NULL) {
            (void)dlclose(lib);
            return NULL;
        }
        memcpy((char *)d + symbols[i].at, &f, sizeof(f));
    }
    return lib;
}

struct ym_decoders *ym_decoders_new(void) {
    struct ym_decoders *d = ym_zalloc(1, sizeof(*d));

    if (d == NULL) {
        return NULL;
    }
    /* The layout of libjpeg's structs is that of its version: 62 is Debian's. */
    d->jpeg = load(d, JPEG_LIB_VERSION == 62 ? "libjpeg.so.62" : "libjpeg.so.8", jpeg_symbols,
                   sizeof(jpeg_symbols) / sizeof(jpeg_symbols[0]));
    d->tiff = load(d, "libtiff.so.6", tiff_symbols, sizeof(tiff_symbols) / sizeof(tiff_symbols[0]));
    if (d->tiff != NULL) {
        (void)d->TIFFSetErrorHandler(NULL);
        (void)d->TIFFSetWarningHandler(NULL);
    }
    return d;
}

void ym_decoders_free(struct ym_decoders *d) {
    if (d == NULL) {
        return;
    }
    if (d->jpeg != NULL) {
        (void)dlclose(d->jpeg);
    }
    if (d->tiff != NULL) {
        (void)dlclose(d->tiff);
    }
    ym_free(d);
}

/* ---- JPEG ----------------------------------------------------------------------------------- */

struct jpeg_job {
    const struct ym_decoders *d;
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    uint64_t deadline_ns;
    struct ym_picture picture;
    uint8_t *line;
    ym_status status;
    jmp_buf out;
};

static struct jpeg_job *job_of(j_common_ptr info) {
    return info->client_data;
}

static void leave(struct jpeg_job *j, ym_status st) {
    j->status = st;
    longjmp(j->out, 1);
}

static void on_jpeg_error(j_common_ptr info) {
    leave(job_of(info), YM_MALFORMED);
}

static void on_jpeg_message(j_common_ptr info, int level) {
    (void)info;
    (void)level;
}

static void on_jpeg_progress(j_common_ptr info) {
    struct jpeg_job *j = job_of(info);

    if (j->info.input_scan_number > MAX_SCANS || ym_now_ns() > j->deadline_ns) {
        leave(j, YM_MALFORMED);
    }
}

/* 4 components are inks; Adobe's programs, and so all others, write them upside down. */
static uint8_t grey_of_inks(const uint8_t *v, bool inverted) {
    unsigned rgb[3];
    const unsigned k = inverted ? v[3] : 255u - v[3];

    for (unsigned i = 0; i < 3; i++) {
        rgb[i] = (inverted ? v[i] : 255u - v[i]) * k / 255;
    }
    return ym_picture_grey(rgb[0], rgb[1], rgb[2]);
}

static void put_jpeg_line(struct jpeg_job *j, uint8_t *grey) {
    const uint8_t *v = j->line;

    for (uint32_t x = 0; x < j->picture.width; x++) {
        switch ((int)j->info.out_color_space) {
        case JCS_GRAYSCALE:
            grey[x] = v[x];
            break;
        case JCS_CMYK:
            grey[x] = grey_of_inks(v + (size_t)x * 4, j->info.saw_Adobe_marker);
            break;
        default:
            grey[x] = ym_picture_grey(v[(size_t)x * 3], v[(size_t)x * 3 + 1], v[(size_t)x * 3 + 2]);
        }
    }
}

static void start_jpeg(struct jpeg_job *j, const uint8_t *data, size_t size) {
    const struct ym_decoders *d = j->d;

    d->jpeg_CreateDecompress(&j->info, JPEG_LIB_VERSION, sizeof(j->info));
    j->info.progress = &j->progress;
    d->jpeg_mem_src(&j->info, data, size);
    (void)d->jpeg_read_header(&j->info, TRUE);
    j->status =
        ym_picture_new(j->info.image_width, j->info.image_height, YM_IMAGE_MAX_PIXELS, &j->picture);
    j->line = ym_zalloc((size_t)j->info.image_width, 4);
    if (j->status != YM_OK || j->line == NULL) {
        leave(j, j->status != YM_OK ? j->status : YM_NOMEM);
    }
    if (j->info.jpeg_color_space == JCS_CMYK || j->info.jpeg_color_space == JCS_YCCK) {
        j->info.out_color_space = JCS_CMYK;
    } else if (j->info.jpeg_color_space != JCS_GRAYSCALE) {
        j->info.out_color_space = JCS_RGB;
    }
}

static void run_jpeg(struct jpeg_job *j, const uint8_t *data, size_t size) {
    start_jpeg(j, data, size);
    (void)j->d->jpeg_start_decompress(&j->info);
    while (j->info.output_scanline < j->info.output_height) {
        const uint32_t y = j->info.output_scanline;

        (void)j->d->jpeg_read_scanlines(&j->info, &j->line, 1);
        put_jpeg_line(j, j->picture.grey + (size_t)y * j->picture.width);
    }
}

static ym_status decode_jpeg(const struct ym_decoders *d, const uint8_t *data, size_t size,
                             uint64_t deadline_ns, struct ym_picture *ret_picture) {
    struct jpeg_job *j;
    ym_status st;

    if (d->jpeg == NULL) {
        return YM_UNSUPPORTED;
    }
    j = ym_zalloc(1, sizeof(*j));
    if (j == NULL) {
        return YM_NOMEM;
    }
    j->d = d;
    j->deadline_ns = deadline_ns;
    j->info.err = d->jpeg_std_error(&j->errors);
    j->info.client_data = j;
    j->errors.error_exit = on_jpeg_error;
    j->errors.emit_message = on_jpeg_message;
    j->progress.progress_monitor = on_jpeg_progress;
    if (setjmp(j->out) == 0) {
        run_jpeg(j, data, size);
    }
    d->jpeg_destroy_decompress(&j->info);
    st = j->status;
    if (st == YM_OK) {
        *ret_picture = j->picture;
    } else {
        ym_picture_done(&j->picture);
    }
    ym_free(j->line);
    ym_free(j);
    return st;
}

/* ---- TIFF ----------------------------------------------------------------------------------- */

struct tiff_job {
    const struct ym_decoders *d;
    const uint8_t *data;
    size_t size, pos;
    TIFF *tiff;
    struct ym_picture picture;
    uint32_t width, height;
    uint16_t bits, samples, colours;
    uint64_t deadline_ns;
};

static tmsize_t tiff_read(thandle_t self, void *to, tmsize_t n) {
    struct tiff_job *t = self;
    size_t left = t->size - t->pos;
    size_t got = n < 0 ? 0 : (size_t)n < left ? (size_t)n : left;

    if (got > 0) {
        memcpy(to, t->data + t->pos, got);
    }
    t->pos += got;
    return (tmsize_t)got;
}

static tmsize_t tiff_write(thandle_t self, void *from, tmsize_t n) {
    (void)self;
    (void)from;
    (void)n;
    return 0;
}

static toff_t tiff_seek(thandle_t self, toff_t at, int whence) {
    struct tiff_job *t = self;
    uint64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? t->pos : t->size;

    t->pos = at > t->size - (from > t->size ? t->size : from) ? t->size : (size_t)(from + at);
    return t->pos;
}

static int tiff_close(thandle_t self) {
    (void)self;
    return 0;
}

static toff_t tiff_size(thandle_t self) {
    const struct tiff_job *t = self;

    return t->size;
}

static unsigned tiff_sample(const struct tiff_job *t, const uint8_t *line, size_t i) {
    uint16_t wide;

    if (t->bits == 16) {
        memcpy(&wide, line + 2 * i, 2);
        return ym_picture_8_of_16(wide);
    }
    if (t->bits == 8) {
        return line[i];
    }
    return ((unsigned)line[i * t->bits / 8] >> (8 - t->bits - i * t->bits % 8) &
            ((1u << t->bits) - 1)) *
           (255 / ((1u << t->bits) - 1));
}

static uint8_t tiff_pixel(const struct tiff_job *t, const uint8_t *line, size_t x) {
    uint8_t inks[4];

    switch (t->colours) {
    case PHOTOMETRIC_RGB:
        return ym_picture_grey(tiff_sample(t, line, x * t->samples),
                               tiff_sample(t, line, x * t->samples + 1),
                               tiff_sample(t, line, x * t->samples + 2));
    case PHOTOMETRIC_SEPARATED:
        for (size_t i = 0; i < 4; i++) {
            inks[i] = (uint8_t)tiff_sample(t, line, x * t->samples + i);
        }
        return grey_of_inks(inks, false);
    case PHOTOMETRIC_MINISWHITE:
        return (uint8_t)(255 - tiff_sample(t, line, x * t->samples));
    default:
        return (uint8_t)tiff_sample(t, line, x * t->samples);
    }
}

/* The forms that the peer's decoder takes, too. */
static bool tiff_form_fits(const struct tiff_job *t, unsigned planar, unsigned format) {
    if (planar != PLANARCONFIG_CONTIG || format != SAMPLEFORMAT_UINT) {
        return false;
    }
    switch (t->colours) {
    case PHOTOMETRIC_RGB:
        return (t->samples == 3 || t->samples == 4) && (t->bits == 8 || t->bits == 16);
    case PHOTOMETRIC_SEPARATED:
        return t->samples == 4 && (t->bits == 8 || t->bits == 16);
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
        return t->samples == 1 &&
               (t->bits == 1 || t->bits == 2 || t->bits == 4 || t->bits == 8 || t->bits == 16);
    default:
        return false;
    }
}

static ym_status tiff_header(struct tiff_job *t) {
    const struct ym_decoders *d = t->d;
    uint16_t planar = 0;
    uint16_t format = 0;

    if (d->TIFFGetField(t->tiff, TIFFTAG_IMAGEWIDTH, &t->width) != 1 ||
        d->TIFFGetField(t->tiff, TIFFTAG_IMAGELENGTH, &t->height) != 1 ||
        d->TIFFGetField(t->tiff, TIFFTAG_PHOTOMETRIC, &t->colours) != 1) {
        return YM_MALFORMED;
    }
    (void)d->TIFFGetFieldDefaulted(t->tiff, TIFFTAG_BITSPERSAMPLE, &t->bits);
    (void)d->TIFFGetFieldDefaulted(t->tiff, TIFFTAG_SAMPLESPERPIXEL, &t->samples);
    (void)d->TIFFGetFieldDefaulted(t->tiff, TIFFTAG_PLANARCONFIG, &planar);
    (void)d->TIFFGetFieldDefaulted(t->tiff, TIFFTAG_SAMPLEFORMAT, &format);
    if (!tiff_form_fits(t, planar, format)) {
        return YM_UNSUPPORTED;
    }
    return ym_picture_new(t->width, t->height, YM_IMAGE_MAX_PIXELS, &t->picture);
}

static uint64_t tiff_line_bytes(const struct tiff_job *t, uint32_t width) {
    return ((uint64_t)width * t->samples * t->bits + 7) / 8;
}

static ym_status tiff_lines(struct tiff_job *t) {
    const uint64_t bytes = t->d->TIFFScanlineSize64(t->tiff);
    uint8_t *line = bytes < tiff_line_bytes(t, t->width) ? NULL : ym_zalloc((size_t)bytes, 1);
    ym_status st = line == NULL ? YM_MALFORMED : YM_OK;

    for (uint32_t y = 0; st == YM_OK && y < t->height; y++) {
        uint8_t *grey = t->picture.grey + (size_t)y * t->width;

        if (ym_now_ns() > t->deadline_ns || t->d->TIFFReadScanline(t->tiff, line, y, 0) != 1) {
            st = YM_MALFORMED;
        }
        for (uint32_t x = 0; st == YM_OK && x < t->width; x++) {
            grey[x] = tiff_pixel(t, line, x);
        }
    }
    ym_free(line);
    return st;
}

static void put_tile(struct tiff_job *t, const uint8_t *tile, uint32_t x0, uint32_t y0,
                     uint32_t wide, uint32_t high) {
    for (uint32_t y = y0; y < t->height && y - y0 < high; y++) {
        const uint8_t *line = tile + (y - y0) * tiff_line_bytes(t, wide);

        for (uint32_t x = x0; x < t->width && x - x0 < wide; x++) {
            t->picture.grey[(size_t)y * t->width + x] = tiff_pixel(t, line, x - x0);
        }
    }
}

static ym_status tiff_tiles(struct tiff_job *t) {
    const struct ym_decoders *d = t->d;
    const uint64_t bytes = d->TIFFTileSize64(t->tiff);
    uint32_t wide = 0;
    uint32_t high = 0;
    uint8_t *tile;
    ym_status st = YM_OK;

    if (d->TIFFGetField(t->tiff, TIFFTAG_TILEWIDTH, &wide) != 1 ||
        d->TIFFGetField(t->tiff, TIFFTAG_TILELENGTH, &high) != 1 || wide == 0 || high == 0 ||
        (uint64_t)wide * high > YM_IMAGE_MAX_PIXELS || bytes < tiff_line_bytes(t, wide) * high) {
        return YM_MALFORMED;
    }
    tile = ym_zalloc((size_t)bytes, 1);
    for (uint64_t y = 0; st == YM_OK && y < t->height; y += high) {
        for (uint64_t x = 0; st == YM_OK && x < t->width; x += wide) {
            if (tile == NULL || ym_now_ns() > t->deadline_ns ||
                d->TIFFReadTile(t->tiff, tile, (uint32_t)x, (uint32_t)y, 0, 0) < 0) {
                st = YM_MALFORMED;
            } else {
                put_tile(t, tile, (uint32_t)x, (uint32_t)y, wide, high);
            }
        }
    }
    ym_free(tile);
    return st;
}

static ym_status decode_tiff(const struct ym_decoders *d, const uint8_t *data, size_t size,
                             uint64_t deadline_ns, struct ym_picture *ret_picture) {
    struct tiff_job t = {.d = d, .data = data, .size = size, .deadline_ns = deadline_ns};
    ym_status st;

    if (d->tiff == NULL) {
        return YM_UNSUPPORTED;
    }
    /* m: read; there is nothing to map */
    t.tiff = d->TIFFClientOpen("", "rm", &t, tiff_read, tiff_write, tiff_seek, tiff_close,
                               tiff_size, NULL, NULL);
    if (t.tiff == NULL) {
        return YM_MALFORMED;
    }
    st = tiff_header(&t);
    if (st == YM_OK) {
        st = d->TIFFIsTiled(t.tiff) ? tiff_tiles(&t) : tiff_lines(&t);
    }
    d->TIFFClose(t.tiff);
    if (st != YM_OK) {
        ym_picture_done(&t.picture);
        return st;
    }
    *ret_picture = t.picture;
    return YM_OK;
}

/* ---- Any ------------------------------------------------------------------------------------- */

bool ym_image_is_hashed(ym_kind kind) {
    return kind == YM_KIND_PNG || kind == YM_KIND_JPEG || kind == YM_KIND_GIF ||
           kind == YM_KIND_TIFF || kind == YM_KIND_BMP;
}

static ym_status decode(const struct ym_decoders *d, ym_kind kind, const uint8_t *data, size_t size,
                        uint64_t deadline_ns, struct ym_picture *ret_picture) {
    switch ((int)kind) {
    case YM_KIND_PNG:
        return ym_png_decode(data, size, YM_IMAGE_MAX_PIXELS, ret_picture);
    case YM_KIND_GIF:
        return ym_gif_decode(data, size, YM_IMAGE_MAX_PIXELS, ret_picture);
    case YM_KIND_BMP:
        return ym_bmp_decode(data, size, YM_IMAGE_MAX_PIXELS, ret_picture);
    case YM_KIND_JPEG:
        return decode_jpeg(d, data, size, deadline_ns, ret_picture);
    case YM_KIND_TIFF:
        return decode_tiff(d, data, size, deadline_ns, ret_picture);
    default:
        return YM_UNSUPPORTED;
    }
}

ym_status ym_image_hash(const struct ym_decoders *d, ym_kind kind, const uint8_t *data, size_t size,
                        uint64_t deadline_ns, uint64_t *ret_hash) {
    struct ym_picture p = {.grey = NULL};
    ym_status st = decode(d, kind, data, size, deadline_ns, &p);

    if (st == YM_OK) {
        st = ym_picture_hash(&p, ret_hash);
    }
    ym_picture_done(&p);
    return st;
}
