/* make_dex.h - a Dalvik executable in memory, for tests: two classes, and nothing that runs. */
#ifndef YM_TESTS_MAKE_DEX_H
#define YM_TESTS_MAKE_DEX_H

#include "base/buf.h"

#include <stdint.h>

/* Places of the header, for tests that forge it. */
enum make_dex_place {
    MAKE_DEX_MAP = 0x34,
    MAKE_DEX_STRINGS = 0x38, /* number and place, as the next ones */
    MAKE_DEX_TYPES = 0x40,
    MAKE_DEX_PROTOS = 0x48,
    MAKE_DEX_FIELDS = 0x50,
    MAKE_DEX_METHODS = 0x58,
    MAKE_DEX_CLASSES = 0x60,
    MAKE_DEX_HEADER = 0x70
};

/* Its strings, by number; the sixth has 130 characters x. */
#define MAKE_DEX_TEXTS                                                                             \
    "<init>", "I", "Lapp/Main;", "Lapp/Other;", "V", "LONG", "count", "run", "tag"
enum { MAKE_DEX_LONG = 5, MAKE_DEX_N_TEXTS = 9 };

void make_dex(struct ym_buf *out);

#endif
