/* formats/exe.h - what matching needs to know of an executable, whatever its format.
 *
 * Filled by pe.c, elf.c and macho.c in the object's arena; borrowed by match/. */
#ifndef YM_FORMATS_EXE_H
#define YM_FORMATS_EXE_H

#include <stdbool.h>
#include <stdint.h>

struct ym_exe_section {
    uint64_t raw_offset; /* in the file */
    uint64_t raw_size;   /* bytes in the file, cut at its end */
};

struct ym_exe_range {
    uint64_t offset, size;
};

struct ym_exe {
    bool has_entry;
    uint64_t entry; /* file offset of the entry point */
    const struct ym_exe_section *sections;
    uint32_t n_sections;
    /* PE: where a pattern for version information may begin, which is the first byte of a key of
     * the version resource (each range has size 1, as in ClamAV). */
    const struct ym_exe_range *version_info;
    uint32_t n_version_info;
};

#endif
