/* make_exe.c - see make_exe.h. */
#include "make_exe.h"

#include <stdlib.h>
#include <string.h>

static void put16(struct ym_buf *out, bool big, uint16_t v) {
    ym_buf_u16le(out, big ? __builtin_bswap16(v) : v);
}

static void put32(struct ym_buf *out, bool big, uint32_t v) {
    ym_buf_u32le(out, big ? __builtin_bswap32(v) : v);
}

static void put_word(struct ym_buf *out, bool is64, bool big, uint64_t v) {
    if (is64) {
        ym_buf_u64le(out, big ? __builtin_bswap64(v) : v);
    } else {
        put32(out, big, (uint32_t)v);
    }
}

static void put_zeros(struct ym_buf *out, size_t n) {
    (void)ym_buf_room(out, n);
}

static uint32_t or_default(uint32_t v, uint32_t fallback) {
    return v == 0 ? fallback : v;
}

static void put_optional(const struct make_pe *pe, uint32_t n_directories, struct ym_buf *out) {
    ym_buf_u16le(out, pe->is64 ? 0x20b : 0x10b);
    put_zeros(out, 14);
    ym_buf_u32le(out, pe->entry);
    put_zeros(out, pe->is64 ? 4 : 8); /* bases of code and data */
    if (pe->is64) {
        ym_buf_u64le(out, 0x140000000);
    } else {
        ym_buf_u32le(out, 0x400000);
    }
    ym_buf_u32le(out, or_default(pe->section_alignment, 0x1000));
    ym_buf_u32le(out, or_default(pe->file_alignment, 0x200));
    put_zeros(out, 16);         /* versions */
    ym_buf_u32le(out, 0x10000); /* size of the image */
    ym_buf_u32le(out, or_default(pe->header_size, 0x400));
    ym_buf_u32le(out, 0); /* checksum */
    ym_buf_u16le(out, 3); /* console */
    ym_buf_u16le(out, 0);
    put_zeros(out, pe->is64 ? 32 : 16); /* stack and heap */
    ym_buf_u32le(out, 0);
    ym_buf_u32le(out, n_directories);
    for (uint32_t i = 0; i < n_directories; i++) {
        ym_buf_u32le(out, i == 1   ? pe->imports_rva
                          : i == 2 ? pe->resources_rva
                          : i == 4 ? pe->certs_at
                                   : 0);
        ym_buf_u32le(out, i == 1   ? pe->imports_size
                          : i == 2 ? pe->resources_size
                          : i == 4 ? pe->certs_size
                                   : 0);
    }
}

void make_pe(const struct make_pe *pe, struct ym_buf *out) {
    const uint32_t n_directories = or_default(pe->n_directories, 16);
    const uint16_t optional_size = (uint16_t)((pe->is64 ? 112 : 96) + 8 * n_directories);

    ym_buf_add(out, "MZ", 2);
    put_zeros(out, 0x3c - 2);
    ym_buf_u32le(out, 0x40);
    ym_buf_add(out, "PE\0\0", 4);
    ym_buf_u16le(out, pe->is64 ? 0x8664 : 0x14c);
    ym_buf_u16le(out, pe->n_sections_told != 0 ? pe->n_sections_told : (uint16_t)pe->n_sections);
    put_zeros(out, 12);
    ym_buf_u16le(out, optional_size);
    ym_buf_u16le(out, 0x0102); /* executable, 32-bit */
    put_optional(pe, n_directories, out);
    for (uint32_t i = 0; i < pe->n_sections; i++) {
        const struct make_section *s = &pe->sections[i];

        ym_buf_add(out, ".sec\0\0\0", 8);
        ym_buf_u32le(out, s->virtual_size);
        ym_buf_u32le(out, s->rva);
        ym_buf_u32le(out, s->raw_size);
        ym_buf_u32le(out, s->raw);
        put_zeros(out, 12);
        ym_buf_u32le(out, 0x60000020);
    }
    while (ym_buf_status(out) == YM_OK && out->len < pe->file_size) {
        ym_buf_u8(out, 0xcc);
    }
}

/* One level: a directory with one numbered entry. */
static void put_directory(struct ym_buf *out, uint32_t id, uint32_t offset) {
    put_zeros(out, 14);
    ym_buf_u16le(out, 1);
    ym_buf_u32le(out, id);
    ym_buf_u32le(out, offset);
}

static void put_wide(struct ym_buf *out, const char *text) {
    for (;; text++) {
        ym_buf_u16le(out, (uint8_t)*text);
        if (*text == '\0') {
            return;
        }
    }
}

static void patch16(struct ym_buf *out, size_t at, size_t v) {
    out->data[at] = (uint8_t)v;
    out->data[at + 1] = (uint8_t)(v >> 8);
}

static size_t open_node(struct ym_buf *out, uint16_t value_size, const char *key) {
    size_t at = out->len;

    ym_buf_u16le(out, 0); /* size: patched by close_node() */
    ym_buf_u16le(out, value_size);
    ym_buf_u16le(out, 1);
    put_wide(out, key);
    return at;
}

void make_version_resource(uint32_t rva, struct ym_buf *out, uint32_t *ret_key_at) {
    enum { DIRECTORY = 24, SUB = (int)0x80000000 };
    const size_t base = out->len;
    const uint32_t data_at = 3 * DIRECTORY + 16;
    size_t info;
    size_t strings;
    size_t table;
    size_t string;

    put_directory(out, 16, (uint32_t)SUB | DIRECTORY);
    put_directory(out, 1, (uint32_t)SUB | (2 * DIRECTORY));
    put_directory(out, 0x409, 3 * DIRECTORY);
    ym_buf_u32le(out, rva + data_at);
    ym_buf_u32le(out, 0x200); /* size; the file has that much */
    ym_buf_u64le(out, 0);
    info = open_node(out, 0x34, "VS_VERSION_INFO");
    ym_buf_u16le(out, 0);
    ym_buf_u32le(out, 0xfeef04bd);
    put_zeros(out, 0x34 - 4);
    strings = open_node(out, 0, "StringFileInfo");
    table = open_node(out, 0, "040904b0");
    string = open_node(out, 2, "Key");
    *ret_key_at = (uint32_t)(string + 6 - base);
    put_zeros(out, 2);
    put_wide(out, "Value1");
    ym_buf_u16le(out, 0);
    patch16(out, string, out->len - string);
    patch16(out, table, out->len - table);
    patch16(out, strings, out->len - strings);
    patch16(out, info, out->len - info);
    put_zeros(out, base + data_at + 0x200 - out->len);
}

static void put_data_entry(struct ym_buf *out, uint32_t rva, uint32_t size) {
    ym_buf_u32le(out, rva);
    ym_buf_u32le(out, size);
    ym_buf_u64le(out, 0);
}

static void put_head(struct ym_buf *out, uint32_t n) {
    put_zeros(out, 14);
    ym_buf_u16le(out, (uint16_t)n);
}

/* Types; names of icons; of each a language; names of groups; its language; data entries. */
void make_icon_resource(uint32_t rva, const uint32_t *sides, uint32_t n, struct ym_buf *out) {
    enum { HEAD = 16, ENTRY = 8, ONE = HEAD + ENTRY, DATA = 16, BITMAP = 40 };
    const uint32_t sub = 0x80000000;
    const uint32_t icons = HEAD + 2 * ENTRY;
    const uint32_t languages = icons + HEAD + n * ENTRY;
    const uint32_t groups = languages + n * ONE;
    const uint32_t entries = groups + 2 * ONE;
    const uint32_t bitmaps = entries + (n + 1) * DATA;
    const uint32_t group = bitmaps + n * BITMAP;

    put_head(out, 2);
    ym_buf_u32le(out, 3);
    ym_buf_u32le(out, sub | icons);
    ym_buf_u32le(out, 14);
    ym_buf_u32le(out, sub | groups);
    put_head(out, n);
    for (uint32_t i = 0; i < n; i++) {
        ym_buf_u32le(out, i + 1);
        ym_buf_u32le(out, sub | (languages + i * ONE));
    }
    for (uint32_t i = 0; i < n; i++) {
        put_directory(out, 0x409, entries + i * DATA);
    }
    put_directory(out, 1, sub | (groups + ONE));
    put_directory(out, 0x409, entries + n * DATA);
    for (uint32_t i = 0; i < n; i++) {
        put_data_entry(out, rva + bitmaps + i * BITMAP, BITMAP);
    }
    put_data_entry(out, rva + group, 6 + 14 * n);
    for (uint32_t i = 0; i < n; i++) {
        ym_buf_u32le(out, BITMAP);
        ym_buf_u32le(out, sides[i]);
        ym_buf_u32le(out, sides[i] * 2);
        ym_buf_u16le(out, 1);
        ym_buf_u16le(out, 32);
        put_zeros(out, 24);
    }
    ym_buf_u32le(out, 0x10000);
    ym_buf_u16le(out, (uint16_t)n);
    for (uint32_t i = 0; i < n; i++) {
        put_zeros(out, 12);
        ym_buf_u16le(out, (uint16_t)(i + 1));
    }
}

static void patch32(struct ym_buf *out, size_t at, uint32_t v) {
    for (unsigned i = 0; i < 4 && at + i < out->len; i++) {
        out->data[at + i] = (uint8_t)(v >> (8 * i));
    }
}

uint32_t make_imports(uint32_t rva, const struct make_library *libraries, uint32_t n,
                      struct ym_buf *out) {
    enum { DESCRIPTOR = 20, THUNKS = 9, ROOM = 256 };
    const size_t base = out->len;
    const uint32_t lists = (n + 1) * DESCRIPTOR;

    put_zeros(out, lists + (size_t)n * THUNKS * 4);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t list = lists + i * THUNKS * 4;

        patch32(out, base + i * DESCRIPTOR, rva + list);
        patch32(out, base + i * DESCRIPTOR + 12, rva + (uint32_t)(out->len - base));
        patch32(out, base + i * DESCRIPTOR + 16, rva + list);
        ym_buf_add(out, libraries[i].name, strlen(libraries[i].name) + 1);
        for (uint32_t k = 0; k < THUNKS - 1 && libraries[i].functions[k] != NULL; k++) {
            const char *f = libraries[i].functions[k];
            uint32_t thunk = rva + (uint32_t)(out->len - base);

            if (f[0] == '#') {
                thunk = 0x80000000u | (uint32_t)strtoul(f + 1, NULL, 10);
            } else if (f[0] == '@') {
                thunk = (uint32_t)strtoul(f + 1, NULL, 16);
            } else {
                put_zeros(out, 2);
                ym_buf_add(out, f, strlen(f) + 1);
            }
            patch32(out, base + list + k * 4, thunk);
        }
    }
    put_zeros(out, ROOM);
    return lists;
}

void make_elf(const struct make_elf *elf, struct ym_buf *out) {
    const bool is64 = elf->is64;
    const bool big = elf->big;
    const uint64_t segments_at = is64 ? 64 : 52;
    const uint64_t sections_at = segments_at + (is64 ? 56 : 32);

    ym_buf_add(out,
               "\x7f"
               "ELF",
               4);
    ym_buf_u8(out, is64 ? 2 : 1);
    ym_buf_u8(out, big ? 2 : 1);
    put_zeros(out, 10);
    put16(out, big, elf->type);
    put16(out, big, 62);
    put32(out, big, 1);
    put_word(out, is64, big, elf->entry);
    put_word(out, is64, big, segments_at);
    put_word(out, is64, big, sections_at);
    put32(out, big, 0);
    put16(out, big, is64 ? 64 : 52);
    put16(out, big, is64 ? 56 : 32);
    put16(out, big, 1);
    put16(out, big, is64 ? 64 : 40);
    put16(out, big, elf->n_sections);
    put16(out, big, 0);
    put32(out, big, 1); /* PT_LOAD */
    if (is64) {
        put32(out, big, 5);
    }
    put_word(out, is64, big, elf->segment_offset);
    put_word(out, is64, big, elf->segment_address);
    put_word(out, is64, big, elf->segment_address);
    put_word(out, is64, big, elf->segment_size);
    put_word(out, is64, big, elf->segment_size);
    if (!is64) {
        put32(out, big, 5);
    }
    put_word(out, is64, big, 0x1000);
    for (unsigned i = 0; i < elf->n_sections; i++) {
        put32(out, big, 0);
        put32(out, big, 1); /* PROGBITS */
        put_word(out, is64, big, 0);
        put_word(out, is64, big, elf->sections[i].rva);
        put_word(out, is64, big, elf->sections[i].raw);
        put_word(out, is64, big, elf->sections[i].raw_size);
        put_zeros(out, is64 ? 24 : 16);
    }
}

void make_macho(const struct make_macho *m, struct ym_buf *out) {
    const bool big = m->big;
    const uint32_t section_size = m->is64 ? 80 : 68;
    const uint32_t segment_size = (m->is64 ? 72 : 56) + m->n_sections * section_size;

    put32(out, big, m->is64 ? 0xfeedfacf : 0xfeedface);
    put32(out, big, m->ppc_entry != 0 ? 18 : 7);
    put32(out, big, 0);
    put32(out, big, 2);
    put32(out, big, m->ppc_entry != 0 ? 2 : 1);
    put32(out, big, segment_size);
    put32(out, big, 0);
    if (m->is64) {
        put32(out, big, 0);
    }
    put32(out, big, m->is64 ? 0x19 : 1);
    put32(out, big, segment_size);
    put_zeros(out, m->is64 ? 16 + 4 * 8 + 2 * 4 : 16 + 4 * 4 + 2 * 4);
    put32(out, big, m->n_sections);
    put32(out, big, 0);
    for (uint32_t i = 0; i < m->n_sections; i++) {
        put_zeros(out, 32);
        put_word(out, m->is64, big, m->sections[i].rva);
        put_word(out, m->is64, big, m->sections[i].raw_size);
        put32(out, big, m->sections[i].raw);
        put32(out, big, 4);
        put_zeros(out, m->is64 ? 24 : 20);
    }
    if (m->ppc_entry != 0) {
        put32(out, big, 5); /* LC_UNIXTHREAD */
        put32(out, big, 16 + 160);
        put32(out, big, 1);
        put32(out, big, 40);
        put32(out, big, m->ppc_entry);
        put_zeros(out, 156);
    }
}
