/* make_exe.h - executables in memory, for tests: headers and sections, nothing that runs. */
#ifndef YM_TESTS_MAKE_EXE_H
#define YM_TESTS_MAKE_EXE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct make_section {
    uint32_t rva, virtual_size;
    uint32_t raw, raw_size;
};

struct make_pe {
    bool is64;
    uint32_t entry;
    uint32_t section_alignment, file_alignment; /* 0: 0x1000 and 0x200 */
    uint32_t header_size;                       /* 0: 0x400 */
    uint32_t imports_rva, imports_size;         /* of the directory entry */
    uint32_t resources_rva, resources_size;
    uint32_t certs_at, certs_size; /* security directory: a file offset */
    const struct make_section *sections;
    uint32_t n_sections;
    uint32_t n_directories;   /* 0: 16 */
    uint16_t n_sections_told; /* 0: n_sections */
    uint32_t file_size;       /* the file is filled up with 0xcc to it */
};
void make_pe(const struct make_pe *pe, struct ym_buf *out);

/* A resource directory with one version resource for a PE whose resources lie at rva, raw:
 * appends it; the key "K" with the value "V" begins at *ret_key_at of the appended bytes. */
void make_version_resource(uint32_t rva, struct ym_buf *out, uint32_t *ret_key_at);

/* An import directory for a PE whose section lies at rva: appends it.  One library a row; a name
 * "#7" is a function by number, "@1234" one whose name lies at the RVA 0x1234.  Room for the names
 * of functions is added behind.  Returns the directory's size. */
struct make_library {
    const char *name;
    const char *functions[8];
};
uint32_t make_imports(uint32_t rva, const struct make_library *libraries, uint32_t n,
                      struct ym_buf *out);

/* A resource tree with one group of n icons (w x w, 32 bits, without their pixels) whose ids begin
 * at 1, for a PE whose resources lie at rva: appends it. */
void make_icon_resource(uint32_t rva, const uint32_t *sides, uint32_t n, struct ym_buf *out);

struct make_elf {
    bool is64;
    bool big;
    uint16_t type; /* 2: executable, 3: library */
    uint64_t entry;
    uint64_t segment_address, segment_offset, segment_size; /* one segment */
    const struct make_section *sections;                    /* rva, raw, raw_size */
    uint16_t n_sections;
};
void make_elf(const struct make_elf *elf, struct ym_buf *out);

struct make_macho {
    bool is64;
    bool big;
    const struct make_section *sections; /* rva, raw, raw_size; alignment 2^4 */
    uint32_t n_sections;
    uint32_t ppc_entry; /* 0: no thread command */
};
void make_macho(const struct make_macho *macho, struct ym_buf *out);

#endif
