/* elf.c - ELF headers and sections.  See elf.h.
 *
 * As ClamAV computes them: the entry point is mapped through the first program header whose
 * memory covers it, and a file whose entry lies in none is broken; no program headers or entry 0
 * give offset 0.  More than 128 segments or 256 sections, or table entries of another size than
 * the class has: broken. */
#include "formats/elf.h"

#define MODULE "formats/elf"

enum {
    IDENT_SIZE = 16,
    CLASS_32 = 1,
    CLASS_64 = 2,
    LITTLE = 1,
    ET_EXEC = 2,
    SHT_NULL = 0,
    SHT_NOBITS = 8,
};

/* The fields of the header that are needed, whatever class and byte order. */
struct elf {
    struct ym_reader whole;
    bool is64;
    bool big;
    uint16_t type;
    uint64_t entry;
    uint64_t segments_at;
    uint64_t sections_at;
    uint16_t segment_size, n_segments;
    uint16_t section_size, n_sections;
};

static uint16_t get16(const struct elf *e, struct ym_reader *r) {
    return ym_get_u16(r, e->big);
}

static uint32_t get32(const struct elf *e, struct ym_reader *r) {
    return ym_get_u32(r, e->big);
}

/* An address or offset: 4 or 8 bytes by class. */
static uint64_t get_word(const struct elf *e, struct ym_reader *r) {
    if (!e->is64) {
        return get32(e, r);
    }
    return ym_get_u64(r, e->big);
}

static ym_status read_header(struct ym_reader whole, struct elf *e, struct ym_err *err) {
    struct ym_reader r = whole;
    uint8_t class;

    *e = (struct elf){.whole = whole};
    if (ym_get_u32be(&r) != 0x7f454c46) { /* 7f "ELF" */
        return ym_fail(err, YM_UNSUPPORTED, MODULE, 0, "no ELF magic");
    }
    class = ym_get_u8(&r);
    e->is64 = class == CLASS_64;
    e->big = ym_get_u8(&r) != LITTLE;
    ym_seek(&r, IDENT_SIZE);
    e->type = get16(e, &r);
    ym_skip(&r, 2 + 4); /* machine, version */
    e->entry = get_word(e, &r);
    e->segments_at = get_word(e, &r);
    e->sections_at = get_word(e, &r);
    ym_skip(&r, 4 + 2); /* flags, size of this header */
    e->segment_size = get16(e, &r);
    e->n_segments = get16(e, &r);
    e->section_size = get16(e, &r);
    e->n_sections = get16(e, &r);
    ym_skip(&r, 2); /* index of the names */
    if (!ym_reader_ok(&r)) {
        return ym_fail(err, ym_reader_status(&r), MODULE, ym_reader_offset(&r), "short header");
    }
    if (class != CLASS_32 && class != CLASS_64) {
        return ym_fail(err, YM_MALFORMED, MODULE, 4, "class %u", (unsigned)class);
    }
    return YM_OK;
}

struct segment {
    uint64_t offset, address, memory_size;
};

static struct segment read_segment(const struct elf *e, struct ym_reader *r) {
    struct segment s;

    ym_skip(r, e->is64 ? 8 : 4); /* type, and flags in the 64-bit form */
    s.offset = get_word(e, r);
    s.address = get_word(e, r);
    ym_skip(r, e->is64 ? 16 : 8); /* physical address, size in the file */
    s.memory_size = get_word(e, r);
    ym_skip(r, 8); /* alignment; in the 32-bit form flags and alignment */
    return s;
}

struct section {
    uint32_t type;
    uint64_t address, offset, size;
};

static struct section read_section(const struct elf *e, struct ym_reader *r) {
    struct section s;

    ym_skip(r, 4); /* name */
    s.type = get32(e, r);
    ym_skip(r, e->is64 ? 8 : 4); /* flags */
    s.address = get_word(e, r);
    s.offset = get_word(e, r);
    s.size = get_word(e, r);
    ym_skip(r, e->is64 ? 24 : 16); /* link, info, alignment, entry size */
    return s;
}

static unsigned segment_bytes(const struct elf *e) {
    return e->is64 ? 56 : 32;
}

static unsigned section_bytes(const struct elf *e) {
    return e->is64 ? 64 : 40;
}

static bool covers(uint64_t start, uint64_t size, uint64_t address) {
    return address >= start && address - start < size;
}

static ym_status find_entry(const struct elf *e, uint64_t *ret_entry, struct ym_err *err) {
    struct ym_reader r = e->whole;

    if (e->n_segments == 0 || e->entry == 0) {
        *ret_entry = 0;
        return YM_OK;
    }
    if (e->segment_size != segment_bytes(e)) {
        return ym_fail(err, YM_MALFORMED, MODULE, 0, "program headers of %u bytes",
                       (unsigned)e->segment_size);
    }
    ym_seek(&r, e->segments_at);
    for (unsigned i = 0; i < e->n_segments; i++) {
        struct segment s = read_segment(e, &r);

        if (ym_reader_ok(&r) && covers(s.address, s.memory_size, e->entry)) {
            /* The rest of the table must be there, too. */
            ym_skip(&r, (uint64_t)(e->n_segments - i - 1) * segment_bytes(e));
            YM_TRY(ym_reader_status(&r));
            *ret_entry = e->entry - s.address + s.offset;
            return YM_OK;
        }
    }
    return ym_fail(err, YM_MALFORMED, MODULE, e->segments_at, "the entry point is in no segment");
}

static ym_status read_sections(const struct elf *e, struct ym_arena *arena, struct ym_exe *exe,
                               struct ym_err *err) {
    struct ym_reader r =
        ym_reader_at(&e->whole, e->sections_at, (uint64_t)e->n_sections * section_bytes(e));
    struct ym_exe_section *out;

    if (e->section_size != section_bytes(e)) {
        return ym_fail(err, YM_MALFORMED, MODULE, 0, "section headers of %u bytes",
                       (unsigned)e->section_size);
    }
    if (e->n_sections == 0) {
        return YM_OK;
    }
    if (!ym_reader_ok(&r)) {
        return ym_fail(err, YM_TRUNCATED, MODULE, e->sections_at, "section table is cut off");
    }
    out = YM_ARENA_ARRAY(arena, e->n_sections, struct ym_exe_section);
    if (out == NULL) {
        return ym_fail(err, ym_arena_status(arena), MODULE, 0, "no memory for sections");
    }
    for (unsigned i = 0; i < e->n_sections; i++) {
        struct section s = read_section(e, &r);

        out[i] = (struct ym_exe_section){.raw_offset = s.offset, .raw_size = s.size};
    }
    exe->sections = out;
    exe->n_sections = e->n_sections;
    return YM_OK;
}

ym_status ym_elf_parse(struct ym_reader whole, struct ym_arena *arena, struct ym_exe *ret_exe,
                       struct ym_err *err) {
    struct ym_exe exe = {.has_entry = true};
    struct elf e;

    YM_TRY(read_header(whole, &e, err));
    if (e.n_segments > YM_ELF_MAX_SEGMENTS || e.n_sections > YM_ELF_MAX_SECTIONS) {
        return ym_fail(err, YM_MALFORMED, MODULE, 0, "%u segments, %u sections",
                       (unsigned)e.n_segments, (unsigned)e.n_sections);
    }
    YM_TRY(find_entry(&e, &exe.entry, err));
    YM_TRY(read_sections(&e, arena, &exe, err));
    *ret_exe = exe;
    return YM_OK;
}

/* ---- YARA --------------------------------------------------------------------------------- */

static uint64_t yara_by_segment(const struct elf *e) {
    struct ym_reader r =
        ym_reader_at(&e->whole, e->segments_at, (uint64_t)e->n_segments * segment_bytes(e));

    for (unsigned i = 0; i < e->n_segments && e->segments_at != 0 && ym_reader_ok(&r); i++) {
        struct segment s = read_segment(e, &r);

        if (covers(s.address, s.memory_size, e->entry)) {
            return s.offset + (e->entry - s.address);
        }
    }
    return 0;
}

static uint64_t yara_by_section(const struct elf *e) {
    struct ym_reader r =
        ym_reader_at(&e->whole, e->sections_at, (uint64_t)e->n_sections * section_bytes(e));

    for (unsigned i = 0; i < e->n_sections && e->sections_at != 0 && ym_reader_ok(&r); i++) {
        struct section s = read_section(e, &r);

        if (s.type != SHT_NULL && s.type != SHT_NOBITS && covers(s.address, s.size, e->entry)) {
            return s.offset + (e->entry - s.address);
        }
    }
    return 0;
}

/* YARA reads every ELF as little-endian; an executable's entry is mapped through segments, a
 * library's through sections, and what is mapped by none is 0, not undefined. */
bool ym_elf_yara_entry(struct ym_reader whole, uint64_t *ret_entry) {
    struct elf e;

    if (read_header(whole, &e, NULL) != YM_OK) {
        return false;
    }
    if (e.big) {
        *ret_entry = 0;
        return true;
    }
    *ret_entry = e.type == ET_EXEC ? yara_by_segment(&e) : yara_by_section(&e);
    return true;
}
