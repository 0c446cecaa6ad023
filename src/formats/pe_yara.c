/* pe_yara.c - PE headers by libyara's rules.  See formats/pe_yara.h.
 *
 *   - "MZ" only; the new header lies below 2 GB; the optional header is there with all 16
 *     directories, whatever the counts in it say; only 0x20b makes it a 64-bit one
 *   - an RVA below all sections is its own offset; else of the sections that cover it, in memory
 *     or in the file, the one with the highest address counts, of equal ones the last; past its
 *     bytes in the file there is nothing
 *   - where a section's bytes begin is rounded down to FileAlignment, but at most to 0x200, and
 *     always to that with pages of 0x1000 or more
 *
 * Fields of structures have the names of Microsoft's PE/COFF specification. */
#include "formats/pe_yara.h"

enum {
    LFANEW_AT = 0x3c,
    FILE_HEADER = 20,
    ENTRY_AT = 16,
    OPTIONAL_32 = 224,
    OPTIONAL_64 = 240,
    DIRECTORIES_SIZE = 8 * YM_PE_YARA_DIRECTORIES,
    MAGIC_64 = 0x20b,
    SECTOR = 0x200,
    PAGE = 0x1000
};

static uint32_t larger(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

static uint32_t round_raw(uint32_t raw, uint32_t page, uint32_t alignment) {
    alignment = alignment > SECTOR ? (uint32_t)SECTOR : alignment;
    if (alignment != 0) {
        raw -= raw % alignment;
    }
    return page >= PAGE ? raw & ~(uint32_t)(SECTOR - 1) : raw;
}

static void read_sections(struct ym_pe_yara *pe, uint32_t page, uint32_t alignment) {
    const uint32_t n = pe->n_told > YM_PE_YARA_SECTIONS ? YM_PE_YARA_SECTIONS : pe->n_told;
    struct ym_reader r = pe->whole;

    pe->lowest_rva = UINT32_MAX;
    ym_seek(&r, pe->section_table);
    for (uint32_t i = 0; i < n; i++) {
        struct ym_pe_yara_section *s = &pe->sections[i];

        pe->cut = !ym_reader_ok(&r) || ym_reader_left(&r) < YM_PE_YARA_SECTION_SIZE;
        if (pe->cut) {
            return;
        }
        ym_skip(&r, 8); /* name */
        s->size = ym_get_u32le(&r);
        s->rva = ym_get_u32le(&r);
        s->raw_size = ym_get_u32le(&r);
        s->size = larger(s->size, s->raw_size);
        s->raw = round_raw(ym_get_u32le(&r), page, alignment);
        ym_skip(&r, 16); /* relocations, line numbers, flags */
        if (s->rva < pe->lowest_rva) {
            pe->lowest_rva = s->rva;
        }
        pe->n_sections = i + 1;
    }
}

bool ym_pe_yara_open(struct ym_reader whole, struct ym_pe_yara *ret_pe) {
    struct ym_pe_yara *pe = ret_pe;
    struct ym_reader r = whole;
    const bool mz = ym_get_u16le(&r) == 0x5a4d;
    uint32_t header_at;
    uint32_t magic;
    uint32_t page;

    *pe = (struct ym_pe_yara){.whole = whole};
    ym_seek(&r, LFANEW_AT);
    header_at = ym_get_u32le(&r);
    ym_seek(&r, header_at);
    magic = ym_get_u32le(&r);
    pe->header_at = r.pos;
    ym_skip(&r, 2);
    pe->n_told = ym_get_u16le(&r);
    ym_skip(&r, 12); /* time stamp, symbols */
    pe->optional_at = (uint64_t)header_at + 4 + FILE_HEADER;
    pe->section_table = pe->optional_at + ym_get_u16le(&r);
    ym_skip(&r, 2);
    pe->is64 = ym_get_u16le(&r) == MAGIC_64;
    ym_skip(&r, 30);
    page = ym_get_u32le(&r);
    if (!mz || magic != 0x00004550 || header_at >> 31 != 0 || !ym_reader_ok(&r) ||
        whole.len - pe->optional_at < (pe->is64 ? OPTIONAL_64 : OPTIONAL_32)) {
        return false;
    }
    read_sections(pe, page, ym_get_u32le(&r));
    return true;
}

bool ym_pe_yara_offset(const struct ym_pe_yara *pe, uint64_t rva, uint64_t *ret_offset) {
    struct ym_pe_yara_section best = {.rva = 0};
    uint64_t offset;

    if (rva < pe->lowest_rva) {
        best.raw_size = (uint32_t)pe->whole.len;
    }
    for (uint32_t i = 0; i < pe->n_sections && rva >= pe->lowest_rva; i++) {
        const struct ym_pe_yara_section *s = &pe->sections[i];

        if (rva >= s->rva && rva - s->rva < s->size && best.rva <= s->rva) {
            best = *s;
        }
    }
    offset = best.raw + (rva - best.rva);
    if (pe->cut || rva - best.rva >= best.raw_size || offset >= pe->whole.len) {
        return false;
    }
    *ret_offset = offset;
    return true;
}

bool ym_pe_yara_entry_point(const struct ym_pe_yara *pe, uint64_t *ret_offset) {
    struct ym_reader r = pe->whole;
    uint32_t rva;

    ym_seek(&r, pe->optional_at + ENTRY_AT);
    rva = ym_get_u32le(&r);
    return ym_reader_ok(&r) && ym_pe_yara_offset(pe, rva, ret_offset);
}

void ym_pe_yara_directory(const struct ym_pe_yara *pe, uint32_t index, uint32_t *ret_rva,
                          uint32_t *ret_size) {
    struct ym_reader r = pe->whole;
    const uint64_t size = pe->is64 ? OPTIONAL_64 : OPTIONAL_32;

    ym_seek(&r, pe->optional_at + size - DIRECTORIES_SIZE + (uint64_t)8 * index);
    *ret_rva = ym_get_u32le(&r);
    *ret_size = ym_get_u32le(&r);
}
