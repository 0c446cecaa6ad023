/* database/image.h - an open image, for the run side (match/).
 *
 * Everything here is a view into the mapping.  Accessors bound the row number and return NULL
 * (or "") for one that is not there: hostile images end in a rule that does not fire, not in a
 * read outside. */
#ifndef YM_DATABASE_IMAGE_H
#define YM_DATABASE_IMAGE_H

#include "database/db.h"
#include "database/digests.h"
#include "database/layout.h"

#include <stddef.h>
#include <stdint.h>

struct ym_db {
    const uint8_t *base;
    size_t size;
    void *mapping; /* NULL: the bytes are the caller's */
    char *name;
    const struct ym_img_header *header;
    struct ym_digests digests;
};

static inline const struct ym_img_span *ym_db_span(const struct ym_db *db, ym_section s) {
    return &db->header->sections[s];
}

/* The row, or NULL.  The spans themselves were checked at open. */
static inline const void *ym_db_row(const struct ym_db *db, ym_section s, uint32_t i) {
    const struct ym_img_span *span = ym_db_span(db, s);

    return i < span->count ? db->base + span->offset + (uint64_t)i * span->row : NULL;
}

static inline uint32_t ym_db_count(const struct ym_db *db, ym_section s) {
    return ym_db_span(db, s)->count;
}

/* [offset, offset + size) of a byte section, or NULL. */
static inline const uint8_t *ym_db_bytes(const struct ym_db *db, ym_section s, uint64_t offset,
                                         uint64_t size) {
    const struct ym_img_span *span = ym_db_span(db, s);

    return offset <= span->size && size <= span->size - offset ? db->base + span->offset + offset
                                                               : NULL;
}

/* Never NULL.  The section's last byte is NUL (checked at open), so every offset inside it is a
 * terminated text. */
static inline const char *ym_db_string(const struct ym_db *db, uint32_t offset) {
    const uint8_t *p = ym_db_bytes(db, YM_SECTION_STRINGS, offset, 1);

    return p == NULL ? "" : (const char *)p;
}

#endif
