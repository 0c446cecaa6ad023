/* fuzz_family.c - a family file: read, or refused with its name and a reason. */
#include "clean/family.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_families *fs = ym_families_new();
    struct ym_err err = {0};

    if (fs == NULL) {
        return 0;
    }
    if (ym_families_add(fs, "fuzz.json", (const char *)data, len, &err) == YM_OK) {
        const struct ym_family *f = ym_families_first(fs);

        if (f == NULL || f->n_artefacts == 0 || ym_families_find(fs, f->name) != f) {
            abort();
        }
    } else if (err.text[0] == '\0' || strcmp(err.file, "fuzz.json") != 0) {
        abort();
    }
    ym_families_free(fs);
    return 0;
}
