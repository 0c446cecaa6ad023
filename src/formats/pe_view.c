/* pe_view.c - see pe_view.h.
 *
 * How YARA 4.5 finds the bytes of an RVA (facts read in libyara's pe_utils.c and measured with yara):
 *   - below the lowest section: the RVA is the offset
 *   - else the section with the highest address at or below it that reaches it counts, the last of
 *     equals; a section reaches as far as the greater of its two sizes, but has bytes only in its
 *     raw size
 *   - the raw offset is rounded down to FileAlignment or 0x200, whichever is less, and to 0x200 when
 *     SectionAlignment is a page or more
 *   - when any header of a section lies past the end of the file, no RVA has an offset */
#include "formats/pe_view.h"

enum {
    DOS_SIZE = 64,
    DOS_LFANEW_AT = 0x3c,
    PE_MAGIC = 0x00004550, /* "PE\0\0" */
    FILE_HEADER_SIZE = 24, /* with the magic */
    OPTIONAL_SIZE = 224,   /* with sixteen directories */
    OPTIONAL_SIZE_64 = 240,
    MAGIC_64 = 0x20b,
    DIRECTORIES_AT = 96,
    DIRECTORIES_AT_64 = 112,
    PAGE = 0x1000,
    SECTOR = 0x200
};

static void read_optional(struct ym_pe_view *view, struct ym_reader *r, uint64_t at) {
    view->is64 = ym_get_u16le(r) == MAGIC_64;
    ym_seek(r, at + 32);
    view->section_alignment = ym_get_u32le(r);
    view->file_alignment = ym_get_u32le(r);
    view->directories_at = at + (view->is64 ? DIRECTORIES_AT_64 : DIRECTORIES_AT);
    ym_seek(r, view->directories_at - 4);
    view->n_directories = ym_get_u32le(r);
    ym_seek(r, at + (view->is64 ? OPTIONAL_SIZE_64 : OPTIONAL_SIZE));
}

bool ym_pe_view_open(struct ym_reader whole, struct ym_pe_view *ret_view) {
    struct ym_pe_view view = {.whole = whole};
    struct ym_reader r = whole;
    const bool is_mz = ym_get_u16be(&r) == 0x4d5a && whole.len >= DOS_SIZE;
    uint32_t at;
    uint16_t optional_size;

    ym_seek(&r, DOS_LFANEW_AT);
    at = ym_get_u32le(&r);
    ym_seek(&r, at);
    if (!is_mz || at >> 31 != 0 || ym_get_u32le(&r) != PE_MAGIC) {
        return false;
    }
    ym_skip(&r, 2);
    view.n_sections = ym_get_u16le(&r);
    if (view.n_sections > YM_PE_VIEW_MAX_SECTIONS) {
        view.n_sections = YM_PE_VIEW_MAX_SECTIONS;
    }
    ym_skip(&r, 12);
    optional_size = ym_get_u16le(&r);
    view.sections_at = (uint64_t)at + FILE_HEADER_SIZE + optional_size;
    ym_skip(&r, 2);
    read_optional(&view, &r, (uint64_t)at + FILE_HEADER_SIZE);
    if (!ym_reader_ok(&r)) {
        return false;
    }
    *ret_view = view;
    return true;
}

uint32_t ym_pe_view_directory(const struct ym_pe_view *view, unsigned number) {
    struct ym_reader r = view->whole;

    ym_seek(&r, view->directories_at + UINT64_C(8) * number);
    return ym_get_u32le(&r);
}

static uint32_t round_raw(const struct ym_pe_view *view, uint32_t raw) {
    const uint32_t to = view->file_alignment < SECTOR ? view->file_alignment : (uint32_t)SECTOR;

    if (to != 0) {
        raw -= raw % to;
    }
    return view->section_alignment >= PAGE ? raw & ~(uint32_t)(SECTOR - 1) : raw;
}

struct section {
    uint32_t rva, size, raw, raw_size;
};

static struct section read_section(struct ym_reader *r) {
    struct section s;

    ym_skip(r, 8); /* its name */
    s.size = ym_get_u32le(r);
    s.rva = ym_get_u32le(r);
    s.raw_size = ym_get_u32le(r);
    s.raw = ym_get_u32le(r);
    ym_skip(r, 16);
    s.size = s.size < s.raw_size ? s.raw_size : s.size;
    return s;
}

bool ym_pe_view_offset(const struct ym_pe_view *view, uint32_t rva, uint64_t *ret_offset) {
    struct section best = {0};
    uint32_t lowest = UINT32_MAX;
    struct ym_reader r = view->whole;
    uint64_t offset;

    ym_seek(&r, view->sections_at);
    for (uint32_t i = 0; i < view->n_sections; i++) {
        const struct section s = read_section(&r);

        lowest = s.rva < lowest ? s.rva : lowest;
        if (rva >= s.rva && rva - s.rva < s.size && best.rva <= s.rva) {
            best = s;
        }
    }
    if (rva < lowest) {
        best = (struct section){.raw_size = (uint32_t)view->whole.len};
    }
    offset = (uint64_t)round_raw(view, best.raw) + (rva - best.rva);
    if (!ym_reader_ok(&r) || rva - best.rva >= best.raw_size || offset >= view->whole.len) {
        return false;
    }
    *ret_offset = offset;
    return true;
}
