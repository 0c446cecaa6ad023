/* make_image.h - signature texts to an open image, in memory, for tests. */
#ifndef YM_TESTS_MAKE_IMAGE_H
#define YM_TESTS_MAKE_IMAGE_H

#include "database/db.h"

#include <stddef.h>

struct make_source {
    const char *name; /* "a.ndb", "b.yar": the end tells the language */
    const char *text;
    size_t n; /* 0: strlen(text) */
};

/* NULL: something failed; the reason was printed as a TAP comment. */
struct ym_db *make_image(const struct make_source *sources, unsigned n);

#endif
