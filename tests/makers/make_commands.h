/* make_commands.h - Mach-O files, command by command, and universal binaries; nothing in them runs.
 *
 *     make_commands_begin(&m, &out);              the header
 *     make_commands_segment(&m, &out, 0x1000, 2);
 *     make_commands_words(&m, &out, 0x2, 4, words);
 *     make_commands_end(&m, &out);                number and size of the commands */
#ifndef YM_TESTS_MAKE_COMMANDS_H
#define YM_TESTS_MAKE_COMMANDS_H

#include "base/buf.h"

#include <stdbool.h>
#include <string.h>

struct make_commands {
    bool is64;
    bool big;
    uint32_t cputype, cpusubtype;
    size_t at; /* where the file begins in the buffer */
    uint32_t n;
};

static inline void make_commands_32(const struct make_commands *m, struct ym_buf *out, uint32_t v) {
    ym_buf_u32le(out, m->big ? __builtin_bswap32(v) : v);
}

static inline void make_commands_64(const struct make_commands *m, struct ym_buf *out, uint64_t v) {
    ym_buf_u64le(out, m->big ? __builtin_bswap64(v) : v);
}

static inline void make_commands_word(const struct make_commands *m, struct ym_buf *out,
                                      uint64_t v) {
    if (m->is64) {
        make_commands_64(m, out, v);
    } else {
        make_commands_32(m, out, (uint32_t)v);
    }
}

static inline void make_commands_name(struct ym_buf *out, const char *name) {
    char field[16] = {0};

    memcpy(field, name, strnlen(name, sizeof(field)));
    ym_buf_add(out, field, sizeof(field));
}

static inline void make_commands_begin(struct make_commands *m, struct ym_buf *out) {
    m->at = out->len;
    m->n = 0;
    make_commands_32(m, out, m->is64 ? 0xfeedfacf : 0xfeedface);
    make_commands_32(m, out, m->cputype);
    make_commands_32(m, out, m->cpusubtype);
    make_commands_32(m, out, 2); /* executable */
    make_commands_32(m, out, 0); /* number and size: at the end */
    make_commands_32(m, out, 0);
    make_commands_32(m, out, 0x85);
    if (m->is64) {
        make_commands_32(m, out, 7);
    }
}

static inline void make_commands_patch(const struct make_commands *m, struct ym_buf *out, size_t at,
                                       uint32_t v) {
    for (unsigned i = 0; i < 4; i++) {
        out->data[m->at + at + (m->big ? 3 - i : i)] = (uint8_t)(v >> (8 * i));
    }
}

static inline void make_commands_end(const struct make_commands *m, struct ym_buf *out) {
    make_commands_patch(m, out, 16, m->n);
    make_commands_patch(m, out, 20, (uint32_t)(out->len - m->at) - (m->is64 ? 32 : 28));
}

static inline void make_commands_head(struct make_commands *m, struct ym_buf *out, uint32_t id,
                                      uint32_t size) {
    make_commands_32(m, out, id);
    make_commands_32(m, out, size);
    m->n++;
}

static inline void make_commands_section(const struct make_commands *m, struct ym_buf *out,
                                         uint32_t i) {
    make_commands_name(out, i == 0 ? "__text" : "a_name_of_16_byt");
    make_commands_name(out, "__TEXT");
    make_commands_word(m, out, 0x1000 + 0x100 * (uint64_t)i);
    make_commands_word(m, out, 0x80);
    make_commands_32(m, out, 0x200 + i);
    for (uint32_t k = 0; k < (m->is64 ? 7 : 6); k++) {
        make_commands_32(m, out, 10 * i + k); /* alignment to the last reserved */
    }
}

/* At address, 0x2000 bytes of memory, 0x1000 from offset 0x40 of the file. */
static inline void make_commands_segment(struct make_commands *m, struct ym_buf *out,
                                         uint64_t address, uint32_t n_sections) {
    make_commands_head(m, out, m->is64 ? 0x19 : 0x1,
                       m->is64 ? 72 + 80 * n_sections : 56 + 68 * n_sections);
    make_commands_name(out, "__TEXT");
    make_commands_word(m, out, address);
    make_commands_word(m, out, 0x2000);
    make_commands_word(m, out, 0x40);
    make_commands_word(m, out, 0x1000);
    make_commands_32(m, out, 7);
    make_commands_32(m, out, 5);
    make_commands_32(m, out, n_sections);
    make_commands_32(m, out, 4);
    for (uint32_t i = 0; i < n_sections; i++) {
        make_commands_section(m, out, i);
    }
}

/* LC_MAIN. */
static inline void make_commands_main(struct make_commands *m, struct ym_buf *out, uint64_t entry,
                                      uint64_t stack) {
    make_commands_head(m, out, 0x80000028, 24);
    make_commands_64(m, out, entry);
    make_commands_64(m, out, stack);
}

/* LC_UNIXTHREAD with a state of so many bytes, all zero but the counter. */
static inline void make_commands_thread(struct make_commands *m, struct ym_buf *out, uint32_t size,
                                        uint32_t counter_at, bool counter64, uint64_t counter) {
    struct ym_buf state;

    make_commands_head(m, out, 0x5, 16 + size);
    make_commands_32(m, out, 1);
    make_commands_32(m, out, size / 4);
    ym_buf_init(&state, 1024);
    (void)ym_buf_room(&state, counter_at);
    if (counter64) {
        make_commands_64(m, &state, counter);
    } else {
        make_commands_32(m, &state, (uint32_t)counter);
    }
    (void)ym_buf_room(&state, size - state.len);
    ym_buf_add(out, state.data, state.len);
    ym_buf_done(&state);
}

static inline void make_commands_words(struct make_commands *m, struct ym_buf *out, uint32_t id,
                                       uint32_t n, const uint32_t *words) {
    make_commands_head(m, out, id, 8 + 4 * n);
    for (uint32_t i = 0; i < n; i++) {
        make_commands_32(m, out, words[i]);
    }
}

/* n words, then a text with its NUL, up to a multiple of 4. */
static inline void make_commands_text(struct make_commands *m, struct ym_buf *out, uint32_t id,
                                      uint32_t n, const uint32_t *words, const char *text) {
    const uint32_t room = (uint32_t)(strlen(text) + 4) & ~3u;

    make_commands_head(m, out, id, 8 + 4 * n + room);
    for (uint32_t i = 0; i < n; i++) {
        make_commands_32(m, out, words[i]);
    }
    ym_buf_add(out, text, strlen(text));
    (void)ym_buf_room(out, room - strlen(text));
}

/* The head of a universal binary of n files, and one row of it. */
static inline void make_universal(bool is64, uint32_t n, struct ym_buf *out) {
    ym_buf_u32le(out, __builtin_bswap32(is64 ? 0xcafebabf : 0xcafebabe));
    ym_buf_u32le(out, __builtin_bswap32(n));
}

static inline void make_universal_row(bool is64, uint32_t cputype, uint32_t cpusubtype,
                                      uint64_t offset, uint64_t size, struct ym_buf *out) {
    const struct make_commands m = {.is64 = is64, .big = true};

    make_commands_32(&m, out, cputype);
    make_commands_32(&m, out, cpusubtype);
    make_commands_word(&m, out, offset);
    make_commands_word(&m, out, size);
    make_commands_32(&m, out, 12);
    if (is64) {
        make_commands_32(&m, out, 99);
    }
}

#endif
