/* make_module_pe.c - see make_module_pe.h. */
#include "make_module_pe.h"

#include "make_exe.h"

#include <string.h>

enum { DATA_SIZE = MODULE_PE_STRINGS - MODULE_PE_DATA };

static const uint32_t RICH_KEY = 0x89abcdef;
static const uint32_t HIGH = 0x80000000;

void make_put16(struct ym_buf *file, size_t at, uint32_t v) {
    file->data[at] = (uint8_t)v;
    file->data[at + 1] = (uint8_t)(v >> 8);
}

void make_put32(struct ym_buf *file, size_t at, uint32_t v) {
    make_put16(file, at, v & 0xffff);
    make_put16(file, at + 2, v >> 16);
}

void make_put_text(struct ym_buf *file, size_t at, const char *text) {
    memcpy(file->data + at, text, strlen(text) + 1);
}

size_t make_directory_at(bool is64, unsigned index) {
    return MODULE_PE_OPTIONAL + (is64 ? 112u : 96u) + 8 * index;
}

static void put_rich(struct ym_buf *f) {
    static const uint32_t words[] = {0x536e6144, 0, 0, 0, 0x00937809, 3, 0x01055e97, 0x20};

    for (unsigned i = 0; i < 8; i++) {
        make_put32(f, MODULE_PE_RICH + 4 * i, words[i] ^ RICH_KEY);
    }
    make_put32(f, MODULE_PE_RICH + 32, 0x68636952);
    make_put32(f, MODULE_PE_RICH + 36, RICH_KEY);
}

static void put_directory(struct ym_buf *f, bool is64, unsigned i, uint32_t at, uint32_t size) {
    make_put32(f, make_directory_at(is64, i), MODULE_PE_DATA_RVA + at);
    make_put32(f, make_directory_at(is64, i) + 4, size);
}

static void put_section(struct ym_buf *f, size_t at, const char *name, const uint32_t words[4]) {
    make_put_text(f, at, name);
    for (unsigned i = 0; i < 4; i++) {
        make_put32(f, at + 8 + 4 * i, words[i]);
    }
    make_put32(f, at + 24, 0x11);
    make_put32(f, at + 28, 0x22);
    make_put16(f, at + 32, 3);
    make_put16(f, at + 34, 4);
    make_put32(f, at + 36, 0x60000020);
}

static void put_headers(struct ym_buf *f, bool is64) {
    static const uint32_t text[] = {0x180, MODULE_PE_TEXT_RVA, 0x200, MODULE_PE_TEXT};
    static const uint32_t data[] = {DATA_SIZE, MODULE_PE_DATA_RVA, DATA_SIZE, MODULE_PE_DATA};
    const size_t o = MODULE_PE_OPTIONAL;
    const size_t sections = is64 ? MODULE_PE_SECTIONS_64 : MODULE_PE_SECTIONS_32;

    make_put_text(f, 0, "MZ");
    make_put32(f, 0x3c, MODULE_PE_HEADER - 4);
    make_put_text(f, MODULE_PE_HEADER - 4, "PE");
    make_put16(f, MODULE_PE_HEADER, is64 ? 0x8664 : 0x14c);
    make_put16(f, MODULE_PE_HEADER + 2, 2);
    make_put32(f, MODULE_PE_HEADER + 4, 0x5e0be100);
    make_put32(f, MODULE_PE_HEADER + 8, MODULE_PE_STRINGS); /* no symbols, but their strings */
    make_put16(f, MODULE_PE_HEADER + 16, is64 ? 240 : 224);
    make_put16(f, MODULE_PE_HEADER + 18, 0x2102);
    make_put16(f, o, is64 ? 0x20b : 0x10b);
    make_put16(f, o + 2, 0x0b0e); /* linker 14.11 */
    make_put32(f, o + 16, MODULE_PE_TEXT_RVA + 0x10);
    make_put32(f, o + (is64 ? 24 : 28), 0x400000);
    make_put32(f, o + 32, 0x1000);
    make_put32(f, o + 36, 0x200);
    make_put16(f, o + 40, 6);
    make_put16(f, o + 48, 5);
    make_put16(f, o + 50, 2);
    make_put32(f, o + 56, 0x4000);
    make_put32(f, o + 60, 0x400);
    make_put32(f, o + 64, 0x12345);
    make_put16(f, o + 68, 3);
    make_put16(f, o + 70, 0x8140);
    make_put32(f, o + 72, 0x100000);
    make_put32(f, o + (is64 ? 108 : 92), 16);
    put_section(f, sections, ".text", text);
    put_section(f, sections + 40, "/4", data);
    make_put32(f, MODULE_PE_STRINGS, 4 + sizeof("long_section"));
    make_put_text(f, MODULE_PE_STRINGS + 4, "long_section");
}

/* Three functions from number 5 on: "beta", a forwarder without a name, "Alpha". */
static void put_exports(struct ym_buf *f, bool is64) {
    const uint32_t rva = MODULE_PE_DATA_RVA + MODULE_PE_EXPORTS;
    const size_t at = MODULE_PE_DATA + MODULE_PE_EXPORTS;

    put_directory(f, is64, 0, MODULE_PE_EXPORTS, 0xa0);
    make_put32(f, at + 4, 0x4a000000);
    make_put32(f, at + 12, rva + 0x68);
    make_put32(f, at + 16, 5);
    make_put32(f, at + 20, 3);
    make_put32(f, at + 24, 2);
    make_put32(f, at + 28, rva + 0x28);
    make_put32(f, at + 32, rva + 0x38);
    make_put32(f, at + 36, rva + 0x48);
    make_put32(f, at + 0x28, MODULE_PE_TEXT_RVA);
    make_put32(f, at + 0x2c, rva + 0x80);
    make_put32(f, at + 0x30, MODULE_PE_TEXT_RVA + 0x20);
    make_put32(f, at + 0x38, rva + 0x50);
    make_put32(f, at + 0x3c, rva + 0x58);
    make_put16(f, at + 0x48, 2); /* the first name is of the last function */
    make_put16(f, at + 0x4a, 0);
    make_put_text(f, at + 0x50, "Alpha");
    make_put_text(f, at + 0x58, "beta");
    make_put_text(f, at + 0x68, "made.dll");
    make_put_text(f, at + 0x80, "other.gamma");
}

static void put_thunk(struct ym_buf *f, bool is64, size_t at, unsigned i, uint32_t v) {
    const size_t p = at + (is64 ? 8u : 4u) * i;

    make_put32(f, p, v & ~HIGH);
    make_put32(f, is64 ? p + 4 : p, is64 ? v & HIGH : v);
}

/* KERNEL32.dll: LoadLibraryA, one that is no name, number 7; WS2_32.dll: number 115. */
static void put_imports(struct ym_buf *f, bool is64) {
    const uint32_t rva = MODULE_PE_DATA_RVA + MODULE_PE_IMPORTS;
    const size_t at = MODULE_PE_DATA + MODULE_PE_IMPORTS;

    put_directory(f, is64, 1, MODULE_PE_IMPORTS, 60);
    make_put32(f, at, rva + 0x40);
    make_put32(f, at + 12, rva + 0xc0);
    make_put32(f, at + 16, MODULE_PE_TEXT_RVA + 0x100);
    make_put32(f, at + 20 + 12, rva + 0xd0); /* its list is the second one */
    make_put32(f, at + 20 + 16, rva + 0x80);
    put_thunk(f, is64, at + 0x40, 0, rva + 0xe0);
    put_thunk(f, is64, at + 0x40, 1, rva + 0xf8);
    put_thunk(f, is64, at + 0x40, 2, HIGH | 7);
    put_thunk(f, is64, at + 0x80, 0, HIGH | 115);
    make_put_text(f, at + 0xc0, "KERNEL32.dll");
    make_put_text(f, at + 0xd0, "WS2_32.dll");
    make_put_text(f, at + 0xe2, "LoadLibraryA");
    make_put_text(f, at + 0xfa, "no name");
}

/* USER32.dll: MessageBoxA, number 9; with RVAs as new compilers write them. */
static void put_delayed(struct ym_buf *f, bool is64) {
    const uint32_t rva = MODULE_PE_DATA_RVA + MODULE_PE_DELAYED;
    const size_t at = MODULE_PE_DATA + MODULE_PE_DELAYED;

    put_directory(f, is64, 13, MODULE_PE_DELAYED, 64);
    make_put32(f, at, 1);
    make_put32(f, at + 4, rva + 0xa0);
    make_put32(f, at + 12, rva + 0x40);
    make_put32(f, at + 16, rva + 0x70);
    put_thunk(f, is64, at + 0x40, 0, MODULE_PE_TEXT_RVA);
    put_thunk(f, is64, at + 0x40, 1, MODULE_PE_TEXT_RVA);
    put_thunk(f, is64, at + 0x70, 0, rva + 0xb0);
    put_thunk(f, is64, at + 0x70, 1, HIGH | 9);
    make_put_text(f, at + 0xa0, "USER32.dll");
    make_put_text(f, at + 0xb2, "MessageBoxA");
}

static void put_debug(struct ym_buf *f, bool is64) {
    const size_t at = MODULE_PE_DATA + MODULE_PE_DEBUG;

    put_directory(f, is64, 6, MODULE_PE_DEBUG, 56);
    make_put32(f, at + 12, 13); /* of another type */
    make_put32(f, at + 28 + 12, 2);
    make_put32(f, at + 28 + 20, MODULE_PE_DATA_RVA + MODULE_PE_DEBUG + 0x40);
    make_put_text(f, at + 0x40, "RSDS");
    make_put_text(f, at + 0x40 + 24, "C:\\made\\made.pdb");
}

void make_module_pe(bool is64, struct ym_buf *out) {
    struct ym_buf resources;
    uint32_t key_at;

    (void)ym_buf_room(out, MODULE_PE_SIZE);
    put_rich(out);
    put_headers(out, is64);
    put_exports(out, is64);
    put_imports(out, is64);
    put_delayed(out, is64);
    put_debug(out, is64);
    ym_buf_init(&resources, 1 << 16);
    make_version_resource(MODULE_PE_DATA_RVA + MODULE_PE_RESOURCES, &resources, &key_at);
    put_directory(out, is64, 2, MODULE_PE_RESOURCES, (uint32_t)resources.len);
    memcpy(out->data + MODULE_PE_DATA + MODULE_PE_RESOURCES, resources.data, resources.len);
    ym_buf_done(&resources);
}
