/* fuzz_sniff.c - every input has a kind; what is found inside is found by a slow search, too. */
#include "formats/sniff.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    size_t at = 0;
    ym_kind kind = YM_KIND_DATA;

    if ((unsigned)ym_sniff(data, len) >= YM_KIND_COUNT) {
        abort();
    }
    if (ym_sniff_embedded(data, len, 0, &at, &kind)) {
        size_t again = 0;
        ym_kind same = YM_KIND_DATA;

        /* From its own place there are too few bytes left for the wide search when it lies at
         * the end: both ways must agree. */
        if (at >= len || !ym_sniff_embedded(data, len, at, &again, &same) || again != at ||
            same != kind) {
            abort();
        }
    }
    return 0;
}
