/* pe.c - PE headers, sections and version resource.  See pe.h.
 *
 * ClamAV's arithmetic, followed because EP+n, Sx+n and SEx of its signatures depend on it
 * (facts measured with clamscan 1.4, and read in its documentation and public source):
 *   - raw offsets are rounded down, raw sizes up, to FileAlignment; when some section's raw
 *     offset is no multiple of it but one of 0x200, all are rounded to 0x200 instead
 *   - a section that begins past the end of the file has no bytes; one that ends past it is cut
 *   - an RVA below SizeOfHeaders (rounded up to SectionAlignment) is its own file offset; else the
 *     last section whose raw bytes cover it counts; an entry point in neither makes the file broken
 *   - no sections, an optional header too small for its directories, or a sign bit
 *     in a section's numbers: broken, too
 *
 * Version strings: resource directory (pe_resources.c), type 16, any name, any language.
 *
 * Offsets below are relative to the start of the structure they name. */
#include "pe_int.h"

#include <string.h>

#define MODULE "formats/pe"

enum {
    DOS_LFANEW_AT = 0x3c,
    PE_MAGIC = 0x00004550, /* "PE\0\0" */
    FILE_HEADER_SIZE = 24, /* with the magic */
    OPTIONAL_SIZE = 96,    /* before the directories */
    OPTIONAL_SIZE_64 = 112,
    MAGIC_64 = 0x20b,
    SECTION_SIZE = 40,
    SMALL_ALIGNMENT = 0x200,
    WORK = 1 << 26, /* sections tried, in all */
    RT_VERSION = 16,
    MAX_VERSIONS = 16 /* version resources that are looked at */
};

static uint32_t round_down(uint32_t v, uint32_t to) {
    return to == 0 ? v : v / to * to;
}

static uint32_t round_up(uint32_t v, uint32_t to) {
    return to == 0 ? v : (v / to + (v % to != 0 ? 1 : 0)) * to;
}

static ym_status broken(const struct ym_pe *pe, const struct ym_reader *r, const char *why) {
    return ym_fail(pe->err, YM_MALFORMED, MODULE, ym_reader_offset(r), "%s", why);
}

/* ---- Headers ------------------------------------------------------------------------------ */

/* Moves r behind the PE signature; false: this is no PE. */
static bool find_header(struct ym_reader *r) {
    uint16_t magic = ym_get_u16be(r);
    uint32_t at;

    if (magic != 0x4d5a && magic != 0x5a4d) { /* "MZ", and the old "ZM" */
        return false;
    }
    ym_seek(r, DOS_LFANEW_AT);
    at = ym_get_u32le(r);
    ym_seek(r, at);
    return ym_get_u32le(r) == PE_MAGIC && at != 0 && ym_reader_ok(r);
}

static ym_status read_optional(struct ym_pe *pe, struct ym_reader *r, uint16_t size) {
    const size_t start = r->pos;
    const bool is64 = ym_get_u16le(r) == MAGIC_64;
    const uint32_t fixed = is64 ? OPTIONAL_SIZE_64 : OPTIONAL_SIZE;
    uint32_t n_directories;

    pe->is64 = is64;
    pe->optional_at = start;
    ym_seek(r, start + 16);
    pe->entry_rva = ym_get_u32le(r);
    ym_seek(r, start + 32);
    pe->section_alignment = ym_get_u32le(r);
    pe->file_alignment = ym_get_u32le(r);
    ym_seek(r, start + 60);
    pe->header_size = round_up(ym_get_u32le(r), pe->section_alignment);
    ym_seek(r, start + fixed - 4);
    n_directories = ym_get_u32le(r);
    if (n_directories > YM_PE_DIRECTORIES) {
        n_directories = YM_PE_DIRECTORIES;
    }
    if (!ym_reader_ok(r) || size < fixed + (uint64_t)8 * n_directories) {
        return broken(pe, r, "optional header is too small");
    }
    pe->directories_at = r->pos;
    pe->n_directories = n_directories;
    for (uint32_t i = 0; i < n_directories; i++) {
        pe->directories[i].rva = ym_get_u32le(r);
        pe->directories[i].size = ym_get_u32le(r);
    }
    return ym_reader_ok(r) ? YM_OK : broken(pe, r, "directories are cut off");
}

static ym_status read_headers(struct ym_pe *pe) {
    struct ym_reader r = pe->whole;
    uint16_t optional_size;

    if (!find_header(&r)) {
        return ym_fail(pe->err, YM_UNSUPPORTED, MODULE, 0, "no PE signature");
    }
    ym_skip(&r, 2);
    pe->n_sections = ym_get_u16le(&r);
    ym_skip(&r, 12); /* time stamp, symbol table, symbol count */
    optional_size = ym_get_u16le(&r);
    ym_skip(&r, 2); /* characteristics */
    if (!ym_reader_ok(&r) || pe->n_sections == 0 || optional_size < OPTIONAL_SIZE) {
        return broken(pe, &r, "file header");
    }
    pe->section_table = r.pos + (uint64_t)optional_size;
    return read_optional(pe, &r, optional_size);
}

/* ---- Sections ----------------------------------------------------------------------------- */

struct raw_section {
    uint32_t virtual_size, rva, raw_size, raw;
};

static struct raw_section read_section(struct ym_reader *r) {
    struct raw_section s;

    ym_skip(r, 8); /* name */
    s.virtual_size = ym_get_u32le(r);
    s.rva = ym_get_u32le(r);
    s.raw_size = ym_get_u32le(r);
    s.raw = ym_get_u32le(r);
    ym_skip(r, 16); /* relocations, line numbers, flags */
    return s;
}

static uint32_t effective_alignment(const struct ym_pe *pe, struct ym_reader table) {
    const uint32_t align = pe->file_alignment;

    for (uint32_t i = 0; i < pe->n_sections && align != 0; i++) {
        struct raw_section s = read_section(&table);

        if (s.raw_size != 0 && s.raw % align != 0 && s.raw % SMALL_ALIGNMENT == 0) {
            return SMALL_ALIGNMENT;
        }
    }
    return align;
}

/* false: a sign bit is set where none may be. */
static bool place_section(const struct ym_pe *pe, const struct raw_section *s, uint32_t align,
                          struct ym_pe_map *m, struct ym_exe_section *out) {
    const uint64_t file_size = pe->whole.len;
    uint64_t size = round_up(s->raw_size, align);
    uint64_t listed = s->raw_size;

    m->rva = round_down(s->rva, pe->section_alignment);
    m->raw = round_down(s->raw, align);
    if (size > 0) {
        if (m->raw >= file_size || s->raw >= file_size) {
            size = 0;
            listed = 0;
        } else {
            size = size > file_size - m->raw ? file_size - m->raw : size;
            listed = listed > file_size - s->raw ? file_size - s->raw : listed;
        }
    }
    m->raw_size = (uint32_t)size;
    *out = (struct ym_exe_section){.raw_offset = m->raw, .raw_size = size};
    return (s->rva >> 31 | s->virtual_size >> 31 | (uint32_t)(listed >> 31)) == 0 &&
           (size == 0 || s->raw >> 31 == 0);
}

static ym_status read_sections(struct ym_pe *pe, struct ym_exe *exe) {
    struct ym_reader table =
        ym_reader_at(&pe->whole, pe->section_table, (uint64_t)pe->n_sections * SECTION_SIZE);
    struct ym_exe_section *out = YM_ARENA_ARRAY(pe->arena, pe->n_sections, struct ym_exe_section);
    uint32_t align;

    pe->map = YM_ARENA_ARRAY(pe->arena, pe->n_sections, struct ym_pe_map);
    if (out == NULL || pe->map == NULL) {
        return ym_fail(pe->err, ym_arena_status(pe->arena), MODULE, 0, "no memory for sections");
    }
    if (!ym_reader_ok(&table)) {
        return broken(pe, &table, "section table is cut off");
    }
    align = effective_alignment(pe, table);
    for (uint32_t i = 0; i < pe->n_sections; i++) {
        struct raw_section s = read_section(&table);

        if (!place_section(pe, &s, align, &pe->map[i], &out[i])) {
            return broken(pe, &table, "a section's numbers are negative");
        }
    }
    exe->sections = out;
    exe->n_sections = pe->n_sections;
    return YM_OK;
}

/* File offset of an RVA; false: it lies nowhere.  The enemy chooses how many sections there are
 * and how often they are asked: hence the budget. */
bool ym_pe_offset(const struct ym_pe *pe, uint32_t rva, uint64_t *ret_offset) {
    if (rva < pe->header_size) {
        *ret_offset = rva;
        return rva < pe->whole.len;
    }
    if (*pe->work < pe->n_sections) {
        *pe->work = 0;
        return false;
    }
    *pe->work -= pe->n_sections;
    for (uint32_t i = pe->n_sections; i-- > 0;) {
        const struct ym_pe_map *m = &pe->map[i];

        if (m->rva <= rva && rva - m->rva < m->raw_size) {
            *ret_offset = (uint64_t)m->raw + (rva - m->rva);
            return true;
        }
    }
    return false;
}

/* ---- Version resource --------------------------------------------------------------------- */

struct version_ranges {
    struct ym_exe_range *items;
    uint32_t n;
    const struct ym_pe *pe;
    uint32_t resources; /* looked at so far */
};

/* The text of a header's key, as it lies in the file (UTF-16LE with its NUL). */
static bool key_is(struct ym_reader node, const char *text, size_t n) {
    const uint8_t *key;

    ym_skip(&node, 6);
    key = ym_get_view(&node, n);
    return key != NULL && memcmp(key, text, n) == 0;
}
#define KEY_IS(node, text) key_is(node, text, sizeof(text))

/* Bytes of the key of a String at node, 6-byte header included, rounded up to 4. */
static uint32_t key_end(struct ym_reader node, uint32_t size) {
    uint32_t at = 6;

    ym_skip(&node, 6);
    while (at + 1 < size) {
        at += 2;
        if (ym_get_u16le(&node) == 0) {
            break;
        }
    }
    return (at + 3) & ~3u;
}

/* One StringTable: keys and values.  false: broken, nothing after it counts. */
static bool read_strings(struct ym_reader table, struct version_ranges *out) {
    while (ym_reader_left(&table) > 6) {
        struct ym_reader node =
            ym_reader_at(&table, table.pos, table.len - table.pos); /* reads from here on */
        struct ym_reader peek = node;
        uint32_t size = ((uint32_t)ym_get_u16le(&peek) + 3) & ~3u;
        uint32_t value_at;

        if (size > node.len || size <= 6 + 2 + 8) {
            return false;
        }
        value_at = key_end(node, size);
        if (value_at < size && size - value_at > 2 && out->n < YM_PE_MAX_VERSION_RANGES) {
            out->items[out->n++] =
                (struct ym_exe_range){.offset = ym_reader_offset(&node) + 6, .size = 1};
        }
        ym_skip(&table, size);
    }
    return true;
}

/* StringFileInfo: a list of StringTables. */
static void read_string_file_info(struct ym_reader r, struct version_ranges *out) {
    enum {
        KEY_SIZE = 0x1e,   /* of "StringFileInfo", wide, with its NUL */
        TABLE_HEADER = 24, /* header, eight digits of language, padding */
    };

    ym_skip(&r, 6 + KEY_SIZE);
    while (ym_reader_left(&r) > 6) {
        struct ym_reader peek = r;
        uint32_t size = ym_get_u16le(&peek);

        if (size > ym_reader_left(&r) || size <= TABLE_HEADER ||
            !read_strings(ym_reader_at(&r, r.pos + TABLE_HEADER, size - TABLE_HEADER), out)) {
            return;
        }
        ym_skip(&r, size);
    }
}

/* VS_VERSIONINFO, with its fixed part; inside: VarFileInfo (skipped once) and StringFileInfo. */
static void read_version(const struct ym_pe *pe, uint64_t at, uint32_t size,
                         struct version_ranges *out) {
    enum { FIXED = 6 + 0x20 + 2 + 0x34, FIXED_MAGIC_AT = 0x28 };
    struct ym_reader r = ym_reader_at(&pe->whole, at, size);
    struct ym_reader peek = r;
    uint32_t info_size = ym_get_u16le(&peek);
    uint32_t value_size = ym_get_u16le(&peek);

    ym_seek(&peek, FIXED_MAGIC_AT);
    if (info_size > size || info_size <= FIXED || value_size != 0x34 ||
        ym_get_u32le(&peek) != 0xfeef04bd || !ym_reader_ok(&peek) ||
        !KEY_IS(r, "V\0S\0_\0V\0E\0R\0S\0I\0O\0N\0_\0I\0N\0F\0O\0\0")) {
        return;
    }
    r = ym_reader_at(&pe->whole, at + FIXED, info_size - FIXED);
    for (unsigned skipped = 0; ym_reader_left(&r) > 6; skipped++) {
        struct ym_reader node;

        peek = r;
        size = ym_get_u16le(&peek);
        if (size > ym_reader_left(&r) || size <= 6) {
            return;
        }
        node = ym_reader_at(&r, r.pos, size);
        if (skipped == 0 && KEY_IS(node, "V\0a\0r\0F\0i\0l\0e\0I\0n\0f\0o\0\0")) {
            ym_skip(&r, size);
            continue;
        }
        if (KEY_IS(node, "S\0t\0r\0i\0n\0g\0F\0i\0l\0e\0I\0n\0f\0o\0\0")) {
            read_string_file_info(node, out);
        }
        return;
    }
}

static bool on_version(void *self, const struct ym_pe_resource *resource) {
    struct version_ranges *ranges = self;

    read_version(ranges->pe, resource->offset, resource->size, ranges);
    return ++ranges->resources < MAX_VERSIONS;
}

static ym_status read_versions(const struct ym_pe *pe, struct ym_exe *exe) {
    struct version_ranges ranges = {.pe = pe};

    if (pe->directories[YM_PE_RESOURCES].rva == 0 || pe->directories[YM_PE_RESOURCES].size == 0) {
        return YM_OK;
    }
    ranges.items = YM_ARENA_ARRAY(pe->arena, YM_PE_MAX_VERSION_RANGES, struct ym_exe_range);
    if (ranges.items == NULL) {
        return ym_fail(pe->err, ym_arena_status(pe->arena), MODULE, 0, "no memory for versions");
    }
    ym_pe_resources(pe, RT_VERSION, on_version, &ranges);
    exe->version_info = ranges.items;
    exe->n_version_info = ranges.n;
    return YM_OK;
}

ym_status ym_pe_open(struct ym_reader whole, struct ym_arena *arena, struct ym_pe *ret_pe,
                     struct ym_exe *ret_exe, struct ym_err *err) {
    struct ym_pe pe = {.whole = whole, .arena = arena, .err = err};
    struct ym_exe exe = {.has_entry = true};

    pe.work = YM_ARENA_NEW(arena, uint64_t);
    if (pe.work == NULL) {
        return ym_fail(err, ym_arena_status(arena), MODULE, 0, "no memory for headers");
    }
    *pe.work = WORK;
    YM_TRY(read_headers(&pe));
    YM_TRY(read_sections(&pe, &exe));
    if (!ym_pe_offset(&pe, pe.entry_rva, &exe.entry)) {
        return broken(&pe, &whole, "the entry point lies outside the file");
    }
    *ret_pe = pe;
    *ret_exe = exe;
    return YM_OK;
}

ym_status ym_pe_parse(struct ym_reader whole, struct ym_arena *arena, struct ym_exe *ret_exe,
                      struct ym_err *err) {
    struct ym_pe pe = {.err = err};
    struct ym_exe exe;

    YM_TRY(ym_pe_open(whole, arena, &pe, &exe, err));
    YM_TRY(read_versions(&pe, &exe));
    *ret_exe = exe;
    return YM_OK;
}

/* ---- YARA --------------------------------------------------------------------------------- */

/* Only 32-bit x86 and x86-64 count; of the first 60 sections the last one, in order of address,
 * that begins at or before the entry maps it; a table past the end gives 0 (as YARA 4). */
bool ym_pe_yara_entry(struct ym_reader whole, uint64_t *ret_entry) {
    enum { I386 = 0x14c, AMD64 = 0x8664, OPTIONAL_32 = 224, YARA_SECTIONS = 60 };
    struct ym_reader r = whole;
    uint32_t header_at;
    uint16_t machine;
    uint32_t n;
    uint16_t optional_size;
    uint32_t entry;
    uint32_t rva = 0;
    uint32_t raw = 0;

    if (ym_get_u16le(&r) != 0x5a4d) {
        return false;
    }
    ym_seek(&r, DOS_LFANEW_AT);
    header_at = ym_get_u32le(&r);
    ym_seek(&r, header_at);
    if (ym_get_u32le(&r) != PE_MAGIC || header_at >> 31 != 0) {
        return false;
    }
    machine = ym_get_u16le(&r);
    n = ym_get_u16le(&r);
    ym_skip(&r, 12);
    optional_size = ym_get_u16le(&r);
    ym_skip(&r, 2 + 16);
    entry = ym_get_u32le(&r);
    if (!ym_reader_ok(&r) || (machine != I386 && machine != AMD64) ||
        whole.len - header_at <= FILE_HEADER_SIZE + OPTIONAL_32) {
        return false;
    }
    n = n > YARA_SECTIONS ? YARA_SECTIONS : n;
    ym_seek(&r, (uint64_t)header_at + FILE_HEADER_SIZE + optional_size);
    for (uint32_t i = 0; i < n; i++) {
        struct raw_section s;

        if (ym_reader_left(&r) <= SECTION_SIZE) {
            *ret_entry = 0;
            return true;
        }
        s = read_section(&r);
        if (entry >= s.rva && rva <= s.rva) {
            rva = s.rva;
            raw = s.raw;
        }
    }
    *ret_entry = (uint64_t)raw + (entry - rva);
    return true;
}
