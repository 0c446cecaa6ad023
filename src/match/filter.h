/* filter.h - the prefilter's run side (private to match/): where could something match? */
#ifndef YM_MATCH_FILTER_H
#define YM_MATCH_FILTER_H

#include "database/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A posting list met at an input position; false: stop the scan. */
typedef bool ym_candidate_fn(void *self, size_t pos, uint32_t first_posting, uint32_t n);

/* Calls fn for every posting list whose window stands in the data at a position that the
 * group's filters look up.  False when fn stopped it. */
bool ym_filter_scan(const struct ym_db *db, const struct ym_img_group *group, const uint8_t *data,
                    size_t size, ym_candidate_fn *fn, void *self);

#endif
