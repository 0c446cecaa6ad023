/* formats/pe_yara.h - headers of a PE file as YARA's modules read them.
 *
 * The third reader of the same bytes beside the two of formats/pe.h: rules name what libyara 4.5
 * makes of a file, broken ones included.  It needs no memory. */
#ifndef YM_FORMATS_PE_YARA_H
#define YM_FORMATS_PE_YARA_H

#include "base/reader.h"

enum {
    YM_PE_YARA_SECTIONS = 96, /* the rest is not looked at */
    YM_PE_YARA_DIRECTORIES = 16,
    YM_PE_YARA_SECTION_SIZE = 40
};

/* Of a section, what maps an RVA. */
struct ym_pe_yara_section {
    uint32_t rva;
    uint32_t size; /* the larger one of memory and file */
    uint32_t raw;  /* rounded down */
    uint32_t raw_size;
};

struct ym_pe_yara {
    struct ym_reader whole;
    bool is64;
    uint64_t header_at;     /* file header, behind the magic */
    uint64_t optional_at;   /* optional header: whole with all its directories */
    uint64_t section_table; /* may lie outside of the file */
    uint32_t n_told;        /* sections, as the header says */
    uint32_t n_sections;    /* in the table and in the file */
    uint32_t lowest_rva;    /* of all of them */
    bool cut;               /* the table ends with the file: no RVA lies anywhere */
    struct ym_pe_yara_section sections[YM_PE_YARA_SECTIONS];
};

/* false: this is no PE. */
bool ym_pe_yara_open(struct ym_reader whole, struct ym_pe_yara *ret_pe);

/* File offset of an RVA; false: it has none. */
bool ym_pe_yara_offset(const struct ym_pe_yara *pe, uint64_t rva, uint64_t *ret_offset);

/* File offset of where the program begins; false: it has none. */
bool ym_pe_yara_entry_point(const struct ym_pe_yara *pe, uint64_t *ret_offset);

/* An entry of the data directories, however many the header says there are. */
void ym_pe_yara_directory(const struct ym_pe_yara *pe, uint32_t index, uint32_t *ret_rva,
                          uint32_t *ret_size);

#endif
