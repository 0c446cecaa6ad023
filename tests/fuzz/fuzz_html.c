/* fuzz_html.c - the views fit into the room that the engine gives them, and hold no capital
 * letter outside of links. */
#include "formats/html.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_buf page;
    struct ym_buf text;

    ym_buf_init(&page, 2 * len + 4096);
    ym_buf_init(&text, 2 * len + 4096);
    if (ym_html_normalise(data, len, &page, &text) != YM_OK) {
        abort();
    }
    for (size_t i = 0; i < page.len; i++) {
        if (page.data[i] >= 'A' && page.data[i] <= 'Z') {
            abort();
        }
    }
    ym_buf_done(&page);
    ym_buf_done(&text);
    return 0;
}
