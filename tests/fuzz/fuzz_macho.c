/* fuzz_macho.c - load commands, and slices that lie inside the file. */
#include "formats/macho.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_arena *arena = ym_arena_new(len % 2 == 0 ? 1 << 20 : 64);
    struct ym_exe exe = {.n_sections = 0};
    struct ym_exe_range slice = {0, 0};
    struct ym_reader r;

    if (arena == NULL) {
        return 0;
    }
    ym_reader_init(&r, data, len);
    if (ym_macho_parse(r, arena, &exe, NULL) == YM_OK && exe.n_sections > YM_MACHO_MAX_SECTIONS) {
        abort();
    }
    for (uint32_t i = 0; ym_macho_slice(r, i, &slice, NULL) == YM_OK; i++) {
        if (i >= YM_MACHO_MAX_SLICES || slice.offset == 0 || slice.offset > len ||
            slice.size > len - slice.offset) {
            abort();
        }
    }
    ym_arena_free(arena);
    return 0;
}
