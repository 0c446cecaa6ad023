/* make_symbols.h - an ELF file with all tables that YARA's module elf reads, either class and byte
 * order; nothing in it runs.  Sections: 0 none, 1 .text, 2 .dynsym, 3 .dynstr, 4 .symtab, 5 .strtab,
 * 6 .dynamic, 7 .names; segments: one loaded at 0x400000, one dynamic. */
#ifndef YM_TESTS_MAKE_SYMBOLS_H
#define YM_TESTS_MAKE_SYMBOLS_H

#include "base/buf.h"

#include <stdbool.h>
#include <string.h>

struct make_symbol {
    const char *name;
    uint8_t info, other; /* binding << 4 | type; visibility */
    uint16_t section;
    uint64_t value, size;
};

struct make_symbols {
    bool is64;
    bool big;
    uint16_t type; /* 2: executable, 3: library */
    uint64_t entry;
    const struct make_symbol *dynamic;
    uint32_t n_dynamic;
    const struct make_symbol *all;
    uint32_t n_all;
    bool no_dynsym; /* .dynsym is there, as plain data */
};

struct make_symbols_writer {
    const struct make_symbols *m;
    struct ym_buf body; /* behind the header and the segments */
    uint64_t body_at;
    struct {
        uint32_t name, type, link;
        uint64_t at, size;
    } sections[8];
};

static inline void make_symbols_16(struct ym_buf *out, const struct make_symbols *m, uint16_t v) {
    ym_buf_u16le(out, m->big ? __builtin_bswap16(v) : v);
}

static inline void make_symbols_32(struct ym_buf *out, const struct make_symbols *m, uint32_t v) {
    ym_buf_u32le(out, m->big ? __builtin_bswap32(v) : v);
}

static inline void make_symbols_word(struct ym_buf *out, const struct make_symbols *m, uint64_t v) {
    if (m->is64) {
        ym_buf_u64le(out, m->big ? __builtin_bswap64(v) : v);
    } else {
        make_symbols_32(out, m, (uint32_t)v);
    }
}

static inline void make_symbols_begin(struct make_symbols_writer *w, unsigned section,
                                      uint32_t type, uint32_t link) {
    ym_buf_align(&w->body, 8);
    w->sections[section].type = type;
    w->sections[section].link = link;
    w->sections[section].at = w->body_at + w->body.len;
}

static inline void make_symbols_end(struct make_symbols_writer *w, unsigned section) {
    w->sections[section].size = w->body_at + w->body.len - w->sections[section].at;
}

static inline void make_symbols_row(struct make_symbols_writer *w, const struct make_symbol *s,
                                    uint32_t name) {
    struct ym_buf *out = &w->body;

    make_symbols_32(out, w->m, name);
    if (!w->m->is64) {
        make_symbols_32(out, w->m, (uint32_t)s->value);
        make_symbols_32(out, w->m, (uint32_t)s->size);
    }
    ym_buf_u8(out, s->info);
    ym_buf_u8(out, s->other);
    make_symbols_16(out, w->m, s->section);
    if (w->m->is64) {
        make_symbols_word(out, w->m, s->value);
        make_symbols_word(out, w->m, s->size);
    }
}

/* The first row is empty, as the format wants it. */
static inline void make_symbols_table(struct make_symbols_writer *w, unsigned section,
                                      uint32_t type, const struct make_symbol *symbols,
                                      uint32_t n) {
    static const struct make_symbol none = {.name = ""};
    uint32_t name = 1;

    make_symbols_begin(w, section, type, section + 1);
    make_symbols_row(w, &none, 0);
    for (uint32_t i = 0; i < n; i++) {
        make_symbols_row(w, &symbols[i], name);
        name += (uint32_t)strlen(symbols[i].name) + 1;
    }
    make_symbols_end(w, section);
    make_symbols_begin(w, section + 1, 3, 0);
    ym_buf_u8(&w->body, 0);
    for (uint32_t i = 0; i < n; i++) {
        ym_buf_add(&w->body, symbols[i].name, strlen(symbols[i].name) + 1);
    }
    make_symbols_end(w, section + 1);
}

static inline void make_symbols_dynamic(struct make_symbols_writer *w) {
    static const uint64_t rows[][2] = {{1, 17}, {30, 8}, {0, 0}};

    make_symbols_begin(w, 6, 6, 3);
    for (unsigned i = 0; i < 3; i++) {
        make_symbols_word(&w->body, w->m, rows[i][0]);
        make_symbols_word(&w->body, w->m, rows[i][1]);
    }
    make_symbols_end(w, 6);
}

static inline void make_symbols_names(struct make_symbols_writer *w) {
    static const char *const names[] = {"",        ".text",   ".dynsym",  ".dynstr",
                                        ".symtab", ".strtab", ".dynamic", ".names"};

    make_symbols_begin(w, 7, 3, 0);
    for (unsigned i = 0; i < 8; i++) {
        w->sections[i].name = (uint32_t)(w->body_at + w->body.len - w->sections[7].at);
        ym_buf_add(&w->body, names[i], strlen(names[i]) + 1);
    }
    make_symbols_end(w, 7);
}

static inline void make_symbols_segment(struct ym_buf *out, const struct make_symbols *m,
                                        uint32_t type, uint64_t at, uint64_t address,
                                        uint64_t size) {
    make_symbols_32(out, m, type);
    if (m->is64) {
        make_symbols_32(out, m, 5);
    }
    make_symbols_word(out, m, at);
    make_symbols_word(out, m, address);
    make_symbols_word(out, m, address + 1);
    make_symbols_word(out, m, size);
    make_symbols_word(out, m, size + 2);
    if (!m->is64) {
        make_symbols_32(out, m, 5);
    }
    make_symbols_word(out, m, 0x1000);
}

static inline void make_symbols_header(struct ym_buf *out, const struct make_symbols *m,
                                       uint64_t sections_at) {
    static const uint8_t magic[] = {0x7f, 'E', 'L', 'F'};

    ym_buf_add(out, magic, 4);
    ym_buf_u8(out, m->is64 ? 2 : 1);
    ym_buf_u8(out, m->big ? 2 : 1);
    ym_buf_u8(out, 1);
    ym_buf_u8(out, 3); /* Linux */
    (void)ym_buf_room(out, 8);
    make_symbols_16(out, m, m->type);
    make_symbols_16(out, m, m->big ? 8 : 62);
    make_symbols_32(out, m, 1);
    make_symbols_word(out, m, m->entry);
    make_symbols_word(out, m, m->is64 ? 64 : 52);
    make_symbols_word(out, m, sections_at);
    make_symbols_32(out, m, 0);
    make_symbols_16(out, m, m->is64 ? 64 : 52);
    make_symbols_16(out, m, m->is64 ? 56 : 32);
    make_symbols_16(out, m, 2);
    make_symbols_16(out, m, m->is64 ? 64 : 40);
    make_symbols_16(out, m, 8);
    make_symbols_16(out, m, 7);
}

static inline void make_symbols_section_rows(const struct make_symbols_writer *w,
                                             struct ym_buf *out) {
    for (unsigned i = 0; i < 8; i++) {
        make_symbols_32(out, w->m, w->sections[i].name);
        make_symbols_32(out, w->m, w->sections[i].type);
        make_symbols_word(out, w->m, i == 1 ? 6 : 0);
        make_symbols_word(out, w->m, i == 0 ? 0 : 0x400000 + w->sections[i].at);
        make_symbols_word(out, w->m, w->sections[i].at);
        make_symbols_word(out, w->m, w->sections[i].size);
        make_symbols_32(out, w->m, w->sections[i].link);
        (void)ym_buf_room(out, w->m->is64 ? 4 + 16 : 4 + 8);
    }
}

/* Appends the file; the section table is at its end. */
static inline void make_symbols(const struct make_symbols *m, struct ym_buf *out) {
    struct make_symbols_writer w = {.m = m, .body_at = m->is64 ? 64 + 2 * 56 : 52 + 2 * 32};

    w.body_at = (w.body_at + 7) & ~UINT64_C(7);
    ym_buf_init(&w.body, 1 << 20);
    make_symbols_begin(&w, 1, 1, 0);
    (void)ym_buf_room(&w.body, 16);
    make_symbols_end(&w, 1);
    make_symbols_table(&w, 2, m->no_dynsym ? 1 : 11, m->dynamic, m->n_dynamic);
    make_symbols_table(&w, 4, 2, m->all, m->n_all);
    make_symbols_dynamic(&w);
    make_symbols_names(&w);
    ym_buf_align(&w.body, 8);
    make_symbols_header(out, m, w.body_at + w.body.len);
    make_symbols_segment(out, m, 1, 0, 0x400000, 0x1000);
    make_symbols_segment(out, m, 2, w.sections[6].at, 0x400000 + w.sections[6].at,
                         w.sections[6].size);
    ym_buf_align(out, 8);
    ym_buf_add(out, w.body.data, w.body.len);
    make_symbols_section_rows(&w, out);
    ym_buf_done(&w.body);
}

#endif
