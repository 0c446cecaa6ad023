/* fuzz_text.c - normalised text is not longer than the text, and normalising it again changes
 * nothing. */
#include "formats/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_buf once;
    struct ym_buf twice;

    ym_buf_init(&once, len);
    ym_buf_init(&twice, len);
    if (ym_text_normalise(data, len, &once) != YM_OK) {
        abort();
    }
    if (once.len > 0 && (ym_text_normalise(once.data, once.len, &twice) != YM_OK ||
                         once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0)) {
        abort();
    }
    ym_buf_done(&once);
    ym_buf_done(&twice);
    return 0;
}
