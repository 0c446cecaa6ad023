/* nvd_int.h - what is kept of the vulnerability database's entries. */
#ifndef YM_FEEDS_NVD_INT_H
#define YM_FEEDS_NVD_INT_H

#include "base/map.h"
#include "feeds/nvd.h"

struct nvd_row {
    int month;
    char modified[24];
    uint8_t severity, complexity, product, score, n_vendors;
    size_t first_vendor; /* in ym_nvd.vendor */
};

struct ym_nvd {
    struct ym_nvd_options options;
    struct ym_map *ids;        /* year and number -> row */
    struct ym_map *vendor_ids; /* name -> number */
    struct nvd_row *row;
    size_t n_rows, row_room;
    uint32_t *vendor; /* numbers of all rows, one after another */
    size_t n_vendors, vendor_room;
    size_t n_sources;
    struct ym_nvd_source source[YM_NVD_SOURCES_MAX];
};

#endif
