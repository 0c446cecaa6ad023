/* make_picture.h - small pictures made by code, for tests.
 *
 * All show the same scene, coloured rectangles and a slope, in the size asked for; so a lossless
 * format of any kind must give the same grey values and the same hash. */
#ifndef YM_MAKE_PICTURE_H
#define YM_MAKE_PICTURE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct make_picture {
    uint32_t width, height;
    bool palette;    /* PNG, BMP: 216 colours; GIF always */
    bool interlaced; /* PNG, GIF */
    bool alpha;      /* PNG: with transparent pixels */
};

/* The scene's colour; with a palette, the nearest of its 216. */
void make_picture_pixel(const struct make_picture *p, uint32_t x, uint32_t y, uint8_t rgb[3]);

/* Append to out. */
void make_png(const struct make_picture *p, struct ym_buf *out);
void make_gif(const struct make_picture *p, struct ym_buf *out);
void make_bmp(const struct make_picture *p, struct ym_buf *out);
void make_tiff(const struct make_picture *p, struct ym_buf *out);

#endif
