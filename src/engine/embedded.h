/* engine/embedded.h - what lies inside other bytes: self-extracting programs, installers, pictures
 * with a zip behind them, programs inside programs. */
#ifndef YM_ENGINE_EMBEDDED_H
#define YM_ENGINE_EMBEDDED_H

#include "formats/sniff.h"

struct ym_embedded {
    ym_kind kind;
    size_t offset;
    size_t size;
    size_t next; /* where to look on */
};

/* The first plausible one at or after from (> 0).  What merely holds the magic bytes (a
 * program that reads zips) is told apart by the sizes in its header; the reader decides the
 * rest. */
bool ym_embedded_find(const uint8_t *data, size_t size, size_t from, struct ym_embedded *ret_found);

#endif
