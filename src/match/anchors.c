/* anchors.c - parts that are verified at one place of an object only.  See struct ym_img_anchor.
 *
 * Of each table the object's bytes at its place are looked up by bisection, and only the parts that
 * begin with them are verified: what an object costs grows with the tables (a few dozen a place),
 * not with the parts. */
#include "run.h"

#include <string.h>

static bool bytes_at(const struct ym_match_input *in, uint64_t pos, uint8_t width, uint32_t *ret) {
    *ret = 0;
    if (width > sizeof(*ret) || pos > in->size || in->size - pos < width) {
        return false;
    }
    memcpy(ret, in->data + pos, width);
    return true;
}

static const struct ym_img_anchored *row_at(const struct ym_db *db, uint32_t i) {
    return ym_db_row(db, YM_SECTION_ANCHORED, i);
}

/* The first row of a table whose bytes are not less. */
static uint32_t lower_bound(const struct ym_db *db, const struct ym_img_anchor *a, uint32_t bytes) {
    uint32_t low = a->first;
    uint32_t high = a->first + a->n;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct ym_img_anchored *row = row_at(db, middle);

        if (row != NULL && row->bytes < bytes) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The pattern that stands for all of a table. */
static const struct ym_img_pattern *pattern_of(const struct ym_db *db,
                                               const struct ym_img_anchor *a) {
    const struct ym_img_anchored *first = row_at(db, a->first);
    const struct ym_img_part *part =
        first == NULL ? NULL : ym_db_row(db, YM_SECTION_PARTS, first->part);

    return part == NULL ? NULL : ym_db_row(db, YM_SECTION_PATTERNS, part->pattern);
}

static bool applies(const struct ym_run *r, const struct ym_img_pattern *p) {
    return (r->in->langs >> (p->lang & 1) & 1) != 0 &&
           (p->target == YM_TARGET_ANY || p->target == r->in->target);
}

static void scan_table(struct ym_run *r, const struct ym_img_anchor *a) {
    const struct ym_img_pattern *p = pattern_of(r->db, a);
    struct ym_range place;
    uint32_t bytes;

    if (p == NULL || a->n > ym_db_count(r->db, YM_SECTION_ANCHORED) - a->first || !applies(r, p) ||
        !ym_place_anchor(r, p, &place) || place.low < 0 ||
        !bytes_at(r->in, (uint64_t)place.low + a->at, a->width, &bytes)) {
        return;
    }
    for (uint32_t i = lower_bound(r->db, a, bytes); i < a->first + a->n && r->budget > 0; i++) {
        const struct ym_img_anchored *row = row_at(r->db, i);

        if (row == NULL || row->bytes != bytes) {
            return;
        }
        r->budget--;
        ym_run_try_part(r, row->part, (size_t)place.low);
    }
}

void ym_run_scan_anchors(struct ym_run *r) {
    const uint32_t n = ym_db_count(r->db, YM_SECTION_ANCHORS);

    for (uint32_t i = 0; i < n && r->budget > 0; i++) {
        const struct ym_img_anchor *a = ym_db_row(r->db, YM_SECTION_ANCHORS, i);

        r->budget--;
        if (a != NULL) {
            scan_table(r, a);
        }
    }
}
