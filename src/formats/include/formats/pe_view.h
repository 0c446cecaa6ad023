/* formats/pe_view.h - a PE file as YARA's modules see it: its directories, and where an RVA lies.
 *
 * A third reader beside the two of formats/pe.h, because YARA's modules place RVAs in their own way,
 * and values of damaged files are to be the ones that YARA gives. */
#ifndef YM_FORMATS_PE_VIEW_H
#define YM_FORMATS_PE_VIEW_H

#include "base/reader.h"

enum {
    YM_PE_VIEW_MAX_SECTIONS = 96, /* that are looked at */
    YM_PE_DIRECTORY_CLI = 14
};

struct ym_pe_view {
    struct ym_reader whole;
    bool is64;
    uint64_t directories_at; /* sixteen of them are there, whatever n_directories says */
    uint32_t n_directories;
    uint32_t section_alignment, file_alignment;
    uint64_t sections_at;
    uint32_t n_sections; /* at most YM_PE_VIEW_MAX_SECTIONS; their headers may lie past the end */
};

/* false: not a PE file. */
bool ym_pe_view_open(struct ym_reader whole, struct ym_pe_view *ret_view);
/* The RVA of a directory, below 16. */
uint32_t ym_pe_view_directory(const struct ym_pe_view *view, unsigned number);
/* false: these bytes are not in the file. */
bool ym_pe_view_offset(const struct ym_pe_view *view, uint32_t rva, uint64_t *ret_offset);

#endif
