/* formats/picture.h - pictures as grey values, and their perceptual hash.
 *
 *     struct ym_picture p = {.grey = NULL};
 *     if (ym_png_decode(data, size, max_pixels, &p) == YM_OK && ym_picture_hash(&p, &hash) ...)
 *     ym_picture_done(&p);
 *
 * The hash is that of ClamAV's fuzzy_img subsignatures (manual page "Logical signatures" of
 * docs.clamav.net): grey values, 32 x 32 by a Lanczos filter, cosine transform, one bit for each of
 * the 64 lowest frequencies.  What is taken as a picture follows clamscan 1.4, too: colours behind
 * a transparent pixel count as they are, of an animation the first frame counts, checksums of
 * ancillary PNG chunks and of the compressed data are not looked at, a PNG without its last chunk
 * is none.
 *
 * The readers here need no library but zlib; JPEG and TIFF are in engine/image_hash.c.
 * Formats: PNG (W3C, third edition), GIF89a, BMP as Windows writes it (also OS/2's core header). */
#ifndef YM_FORMATS_PICTURE_H
#define YM_FORMATS_PICTURE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YM_PICTURE_MAX_SIDE = 65535 }; /* hashing takes 128 bytes for each pixel of the width */

struct ym_picture {
    uint32_t width, height;
    uint8_t *grey; /* width * height bytes, rows from the top; owned */
};

/* 0.299, 0.587, 0.114; a half is rounded up. */
static inline uint8_t ym_picture_grey(unsigned r, unsigned g, unsigned b) {
    return (uint8_t)((r * 299 + g * 587 + b * 114 + 500) / 1000);
}
static inline uint8_t ym_picture_8_of_16(unsigned v) {
    return (uint8_t)((v + 128) / 257);
}

/* A black picture.  MALFORMED: without an area; LIMIT: more than max_pixels, or a side that is
 * too long. */
YM_MUST_CHECK ym_status ym_picture_new(uint32_t width, uint32_t height, uint64_t max_pixels,
                                       struct ym_picture *ret_picture);
void ym_picture_done(struct ym_picture *p); /* accepts one that was never made */

/* MALFORMED: not such a picture, or damaged; LIMIT: more than max_pixels; NOMEM.  *ret_picture is
 * set on success only. */
YM_MUST_CHECK ym_status ym_png_decode(const uint8_t *data, size_t size, uint64_t max_pixels,
                                      struct ym_picture *ret_picture);
YM_MUST_CHECK ym_status ym_gif_decode(const uint8_t *data, size_t size, uint64_t max_pixels,
                                      struct ym_picture *ret_picture);
YM_MUST_CHECK ym_status ym_bmp_decode(const uint8_t *data, size_t size, uint64_t max_pixels,
                                      struct ym_picture *ret_picture);

/* NOMEM. */
YM_MUST_CHECK ym_status ym_picture_hash(const struct ym_picture *p, uint64_t *ret_hash);

#endif
