/* fuzz_zip.c - entries of a zip's directory lie inside it, and there are no more than fit. */
#include "formats/zip.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    enum { SMALLEST = 46, MAGIC = 4 };
    struct ym_zip_entry e;
    struct ym_zip zip;
    size_t first = 0;

    ym_zip_init(&zip, data, len);
    for (unsigned round = 0; round < 2; round++) {
        size_t n = 0;

        while (ym_zip_next(&zip, &e)) {
            if (e.name_len > 0 && (e.name < data || e.name + e.name_len > data + len)) {
                abort();
            }
            n++;
        }
        if (n > len / SMALLEST || (round == 1 && n != first)) {
            abort();
        }
        first = n;
        ym_zip_rewind(&zip);
    }
    (void)ym_zip_is_shifted(&zip);
    if (ym_zip_count_members(data, len) > len / MAGIC) {
        abort();
    }
    return 0;
}
