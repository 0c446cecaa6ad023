/* pe_int.h - a PE file between pe.c, pe_imports.c, pe_resources.c and pe_certs.c (private). */
#ifndef YM_FORMATS_PE_INT_H
#define YM_FORMATS_PE_INT_H

#include "formats/pe.h"

enum {
    YM_PE_IMPORTS = 1, /* indices of data directories */
    YM_PE_RESOURCES = 2,
    YM_PE_SECURITY = 4,
    YM_PE_DIRECTORIES = 16
};

/* Of a section, what maps an RVA. */
struct ym_pe_map {
    uint32_t rva;
    uint32_t raw;
    uint32_t raw_size;
};

struct ym_pe {
    struct ym_reader whole;
    struct ym_arena *arena;
    struct ym_err *err;
    bool is64;
    uint32_t entry_rva;
    uint32_t header_size;
    uint32_t section_alignment;
    uint32_t file_alignment;
    uint64_t optional_at;    /* file offset of the optional header */
    uint64_t directories_at; /* file offset of the data directories */
    uint32_t n_directories;
    struct {
        uint32_t rva, size;
    } directories[YM_PE_DIRECTORIES]; /* those that the file does not have: 0 */
    uint64_t section_table;
    uint32_t n_sections;
    struct ym_pe_map *map;
    uint64_t *work; /* sections that may still be tried to map an address; 0: spent */
};

/* Headers and sections, by the rules at the head of pe.c; errors as of ym_pe_parse(). */
YM_MUST_CHECK ym_status ym_pe_open(struct ym_reader whole, struct ym_arena *arena,
                                   struct ym_pe *ret_pe, struct ym_exe *ret_exe,
                                   struct ym_err *err);

/* ---- pe_resources.c ------------------------------------------------------------------------ */

struct ym_pe_resource {
    bool has_id; /* else it has a name */
    uint32_t id;
    uint64_t offset; /* of its data in the file, which may end before its size does */
    uint32_t size;
};
/* Each resource of a type, in the order of the file, every language; false: stop. */
typedef bool ym_pe_resource_fn(void *self, const struct ym_pe_resource *resource);
void ym_pe_resources(const struct ym_pe *pe, uint32_t type, ym_pe_resource_fn *fn, void *self);

/* ---- pe.c ---------------------------------------------------------------------------------- */

/* File offset of an RVA; false: it lies nowhere, or the work is spent. */
bool ym_pe_offset(const struct ym_pe *pe, uint32_t rva, uint64_t *ret_offset);

#endif
