/* fuzz_elf.c - ELF headers: bounded counts, sections that can be read. */
#include "formats/elf.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_arena *arena = ym_arena_new(len % 2 == 0 ? 1 << 20 : 64);
    struct ym_exe exe = {.n_sections = 0};
    struct ym_reader r;
    uint64_t sum = 0;
    uint64_t entry = 0;

    if (arena == NULL) {
        return 0;
    }
    ym_reader_init(&r, data, len);
    if (ym_elf_parse(r, arena, &exe, NULL) == YM_OK) {
        if (exe.n_sections > YM_ELF_MAX_SECTIONS) {
            abort();
        }
        for (uint32_t i = 0; i < exe.n_sections; i++) {
            sum += exe.sections[i].raw_offset ^ exe.sections[i].raw_size;
        }
    }
    (void)ym_elf_yara_entry(r, &entry);
    ym_arena_free(arena);
    return sum == 0x1234567890 ? 1 : 0; /* keeps the reads */
}
