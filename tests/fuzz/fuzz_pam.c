/* fuzz_pam.c - a file of PAM: of no line may be taken out what the stack then lacks. */
#include "clean/pam.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The same text with one line out. */
static size_t without(const uint8_t *data, size_t len, unsigned line, uint8_t *out) {
    unsigned at = 1;
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (at != line) {
            out[n++] = data[i];
        }
        at += data[i] == '\n' ? 1U : 0U;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    uint8_t *rest = malloc(len + 1);

    if (rest == NULL) {
        return 0;
    }
    for (unsigned line = 0; line < 20; line++) {
        struct ym_reader r;

        ym_reader_init(&r, data, len);
        if (ym_pam_may_remove(r, line) && without(data, len, line, rest) == 0) {
            abort(); /* nothing at all is left */
        }
    }
    free(rest);
    return 0;
}
