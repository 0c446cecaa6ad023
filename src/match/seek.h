/* seek.h - the next place in the data where a part could stand, by its landmark (private to
 * match/). */
#ifndef YM_MATCH_SEEK_H
#define YM_MATCH_SEEK_H

#include "database/layout.h"

#include <stddef.h>
#include <stdint.h>

/* The lowest start in from..to (both ends belong to it) for which the landmark's two bytes stand
 * where they should; SIZE_MAX: none.  A landmark without masks fits everywhere. */
size_t ym_seek_landmark(const uint8_t *data, size_t size, const struct ym_img_landmark *l,
                        size_t from, size_t to);

#endif
