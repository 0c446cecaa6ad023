/* macho.c - Mach-O load commands and sections.  See macho.h.
 *
 * Only what ClamAV takes from them: the sections of all segments in order, and the entry point
 * of PowerPC thread states (it reads none from x86 or LC_MAIN, so `EP` is offset 0 there). */
#include "formats/macho.h"

#define MODULE "formats/macho"

enum {
    LC_SEGMENT = 0x1,
    LC_THREAD = 0x4,
    LC_UNIXTHREAD = 0x5,
    LC_SEGMENT_64 = 0x19,
    CPU_PPC = 18,
    CPU_64 = 0x1000000,
    SEGMENT_REST = 48, /* after command and size */
    SEGMENT_REST_64 = 64,
};

struct macho {
    bool is64;
    bool big;
    uint32_t cpu;
    uint64_t entry_address; /* 0: none */
    struct ym_exe_section *sections;
    uint64_t *addresses;
    uint32_t n_sections;
};

static uint32_t get32(const struct macho *m, struct ym_reader *r) {
    return ym_get_u32(r, m->big);
}

static uint64_t get_word(const struct macho *m, struct ym_reader *r) {
    if (!m->is64) {
        return get32(m, r);
    }
    return ym_get_u64(r, m->big);
}

static bool read_magic(struct macho *m, struct ym_reader *r) {
    uint32_t magic = ym_get_u32be(r);

    m->big = magic == 0xfeedface || magic == 0xfeedfacf;
    m->is64 = magic == 0xfeedfacf || magic == 0xcffaedfe;
    return m->big || m->is64 || magic == 0xcefaedfe;
}

/* The raw size is rounded up to the section's alignment, as ClamAV does. */
static bool read_section(struct macho *m, struct ym_reader *r) {
    uint64_t address;
    uint64_t size;
    uint32_t offset;
    uint32_t align;
    uint64_t mask;

    ym_skip(r, 32); /* names */
    address = get_word(m, r);
    size = get_word(m, r);
    offset = get32(m, r);
    align = get32(m, r);
    ym_skip(r, m->is64 ? 24 : 20); /* relocations, flags, reserved */
    if (!ym_reader_ok(r) || align >= 32 || m->n_sections >= YM_MACHO_MAX_SECTIONS) {
        return false;
    }
    mask = (UINT64_C(1) << align) - 1;
    m->addresses[m->n_sections] = address;
    m->sections[m->n_sections++] = (struct ym_exe_section){
        .raw_offset = offset, .raw_size = size > UINT64_MAX - mask ? size : (size + mask) & ~mask};
    return true;
}

static bool read_segment(struct macho *m, struct ym_reader *r) {
    uint32_t n;

    ym_skip(r, (m->is64 ? SEGMENT_REST_64 : SEGMENT_REST) - 8);
    n = get32(m, r);
    ym_skip(r, 4);
    if (!ym_reader_ok(r) || n > YM_MACHO_MAX_SECTIONS) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!read_section(m, r)) {
            return false;
        }
    }
    return true;
}

/* The register that holds the entry is the first of PowerPC's states. */
static void read_thread(struct macho *m, struct ym_reader *r) {
    ym_skip(r, 8); /* flavour, count */
    if (m->cpu == CPU_PPC) {
        m->entry_address = get32(m, r);
    } else if (m->cpu == (CPU_PPC | CPU_64)) {
        m->entry_address = ym_get_u64(r, m->big);
    }
}

static bool read_commands(struct macho *m, struct ym_reader *r, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        size_t start = r->pos;
        uint32_t command = get32(m, r);
        uint32_t size = get32(m, r);

        if (command == (uint32_t)(m->is64 ? LC_SEGMENT_64 : LC_SEGMENT)) {
            if (!read_segment(m, r)) {
                return false;
            }
            continue; /* ClamAV goes on behind the sections, whatever the size says */
        }
        if (command == LC_THREAD || command == LC_UNIXTHREAD) {
            struct ym_reader state = *r;

            read_thread(m, &state);
        }
        ym_seek(r, start + (size > 8 ? (uint64_t)size : 8));
        if (!ym_reader_ok(r)) {
            return false;
        }
    }
    return ym_reader_ok(r);
}

static bool map_entry(const struct macho *m, uint64_t *ret_entry) {
    *ret_entry = 0;
    if (m->entry_address == 0 || m->n_sections == 0) {
        return true;
    }
    for (uint32_t i = 0; i < m->n_sections; i++) {
        if (m->entry_address >= m->addresses[i] &&
            m->entry_address - m->addresses[i] < m->sections[i].raw_size) {
            *ret_entry = m->sections[i].raw_offset + (m->entry_address - m->addresses[i]);
            return true;
        }
    }
    return false;
}

ym_status ym_macho_parse(struct ym_reader whole, struct ym_arena *arena, struct ym_exe *ret_exe,
                         struct ym_err *err) {
    struct ym_exe exe = {.has_entry = true};
    struct macho m = {.n_sections = 0};
    struct ym_reader r = whole;
    uint32_t n_commands;

    if (!read_magic(&m, &r)) {
        return ym_fail(err, YM_UNSUPPORTED, MODULE, 0, "no Mach-O magic");
    }
    m.cpu = get32(&m, &r);
    ym_skip(&r, 4 + 4); /* subtype, file type */
    n_commands = get32(&m, &r);
    ym_skip(&r, m.is64 ? 12 : 8); /* size of commands, flags, reserved */
    m.sections = YM_ARENA_ARRAY(arena, YM_MACHO_MAX_SECTIONS, struct ym_exe_section);
    m.addresses = YM_ARENA_ARRAY(arena, YM_MACHO_MAX_SECTIONS, uint64_t);
    if (m.sections == NULL || m.addresses == NULL) {
        return ym_fail(err, ym_arena_status(arena), MODULE, 0, "no memory for sections");
    }
    if (n_commands == 0 || n_commands > YM_MACHO_MAX_COMMANDS ||
        !read_commands(&m, &r, n_commands) || !map_entry(&m, &exe.entry)) {
        return ym_fail(err, YM_MALFORMED, MODULE, ym_reader_offset(&r), "load commands");
    }
    exe.sections = m.sections;
    exe.n_sections = m.n_sections;
    *ret_exe = exe;
    return YM_OK;
}

/* ---- Universal binaries ------------------------------------------------------------------- */

ym_status ym_macho_slice(struct ym_reader whole, uint32_t i, struct ym_exe_range *ret_slice,
                         struct ym_err *err) {
    enum { HEADER = 8, ARCH = 20 };
    struct ym_reader r = whole;
    uint32_t n;
    uint32_t offset;
    uint32_t size;

    if (ym_get_u32be(&r) != 0xcafebabe) {
        return ym_fail(err, YM_UNSUPPORTED, MODULE, 0, "no universal header");
    }
    n = ym_get_u32be(&r);
    if (!ym_reader_ok(&r) || n > YM_MACHO_MAX_SLICES) {
        return ym_fail(err, YM_MALFORMED, MODULE, 4, "%u slices", n);
    }
    if (i >= n) {
        return YM_END;
    }
    ym_seek(&r, HEADER + (uint64_t)i * ARCH + 8); /* after CPU type and subtype */
    offset = ym_get_u32be(&r);
    size = ym_get_u32be(&r);
    /* A slice that holds the header itself would be unpacked for ever. */
    if (!ym_reader_ok(&r) || offset < HEADER + (uint64_t)n * ARCH || offset > whole.len ||
        size > whole.len - offset) {
        return ym_fail(err, YM_MALFORMED, MODULE, ym_reader_offset(&r), "slice %u", i);
    }
    *ret_slice = (struct ym_exe_range){.offset = offset, .size = size};
    return YM_OK;
}
