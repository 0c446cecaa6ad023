/* filter.h - the prefilter's run side (private to match/): where could something match? */
#ifndef YM_MATCH_FILTER_H
#define YM_MATCH_FILTER_H

#include "database/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A posting list met at an input position; false: stop the scan. */
typedef bool ym_candidate_fn(void *self, size_t pos, uint32_t first_posting, uint32_t n);

/* Room for the positions of one block; the caller's, one a scratch. */
enum { YM_FILTER_BLOCK = 16384 };
struct ym_filter_room {
    uint32_t found[YM_FILTER_BLOCK + 64];
    uint32_t starts[YM_FILTER_BLOCK + 64]; /* of the runs that may hold a window */
};

/* Which loops to use.  Every path names the same places. */
typedef enum ym_filter_path {
    YM_FILTER_SCALAR,
    YM_FILTER_AVX2,
    YM_FILTER_AVX512,
    YM_FILTER_VBMI, /* with look-ups in 64 entries at once */
    YM_FILTER_PATHS
} ym_filter_path;
ym_filter_path ym_filter_best_path(void); /* what this processor has */
bool ym_filter_has_path(ym_filter_path path);

struct ym_filter_loop;
/* The places of one block that are in a bitmap: filter_loops.h. */
uint32_t ym_filter_windows(ym_filter_path path, const struct ym_filter_loop *l);

/* Calls fn for every posting list whose window stands in the data at a position that the
 * group's filters look up.  False when fn stopped it. */
bool ym_filter_scan(const struct ym_db *db, const struct ym_img_group *group, const uint8_t *data,
                    size_t size, ym_filter_path path, struct ym_filter_room *room,
                    ym_candidate_fn *fn, void *self);

#endif
