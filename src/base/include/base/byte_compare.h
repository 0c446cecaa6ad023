/* byte_compare.h - ClamAV's byte compare subsignature: ref(offset#options#tests).
 *
 * A number read near the last match of another subsignature, and one or two tests of it.  Shared by
 * the parser (signatures/), the image (database/logic.h) and the machine (match/byte_compare.h). */
#ifndef YM_BASE_BYTE_COMPARE_H
#define YM_BASE_BYTE_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

enum { YM_BYTE_COMPARE_MAX_TESTS = 2 };

struct ym_byte_compare {
    uint32_t ref;    /* index of the subsig */
    int64_t offset;  /* from the start of its last counted match */
    char format;     /* 'h' hex text, 'd' decimal text, 'a' either, 'i' raw bytes */
    bool little;     /* byte order */
    bool exact;      /* exactly `bytes` of them, else the text may be shorter */
    uint8_t bytes;   /* to read: 1 .. 18; 1, 2, 4, 8 for raw */
    uint8_t n_tests; /* 1 or 2: all must hold */
    struct {
        char op; /* '<' '>' '=' */
        int64_t value;
    } tests[YM_BYTE_COMPARE_MAX_TESTS];
};

#endif
