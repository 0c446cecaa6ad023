/* make_dotnet.c - see make_dotnet.h. */
#include "make_dotnet.h"

#include "make_exe.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MAX = 1 << 22 };

/* Cells that point to rows have two bytes here: these files are small. */
static const char *const columns[MAKE_DOTNET_TABLES] = {
    [0x00] = "2sggg", [0x01] = "2ss",       [0x02] = "4ss222",    [0x04] = "2sb", [0x06] = "422sb2",
    [0x08] = "22s",   [0x09] = "22",        [0x0a] = "2sb",       [0x0b] = "22b", [0x0c] = "22b",
    [0x0f] = "242",   [0x11] = "b",         [0x17] = "2sb",       [0x1a] = "s",   [0x1b] = "b",
    [0x1d] = "42",    [0x20] = "422224bss", [0x23] = "22224bssb", [0x26] = "4sb", [0x28] = "44s2",
    [0x29] = "22",    [0x2a] = "222s",      [0x2b] = "2b",        [0x2c] = "22",
};

void make_dotnet_init(struct make_dotnet *m) {
    *m = (struct make_dotnet){.version = "v4.0.30319"};
    ym_buf_init(&m->strings, MAX);
    ym_buf_init(&m->us, MAX);
    ym_buf_init(&m->guids, MAX);
    ym_buf_init(&m->blobs, MAX);
    ym_buf_init(&m->resources, MAX);
    ym_buf_u8(&m->strings, 0);
    ym_buf_u8(&m->us, 0);
    ym_buf_u8(&m->blobs, 0);
    for (unsigned t = 0; t < MAKE_DOTNET_TABLES; t++) {
        ym_buf_init(&m->rows[t], MAX);
        m->columns[t] = columns[t];
    }
}

void make_dotnet_done(struct make_dotnet *m) {
    ym_buf_done(&m->strings);
    ym_buf_done(&m->us);
    ym_buf_done(&m->guids);
    ym_buf_done(&m->blobs);
    ym_buf_done(&m->resources);
    for (unsigned t = 0; t < MAKE_DOTNET_TABLES; t++) {
        ym_buf_done(&m->rows[t]);
    }
}

uint32_t make_dotnet_string(struct make_dotnet *m, const char *text) {
    const uint32_t at = (uint32_t)m->strings.len;

    ym_buf_add(&m->strings, text, strlen(text) + 1);
    return at;
}

/* The length in one, two or four bytes. */
static void put_length(struct ym_buf *out, uint32_t n) {
    if (n < 0x80) {
        ym_buf_u8(out, (uint8_t)n);
    } else if (n < 0x4000) {
        ym_buf_u16le(out, __builtin_bswap16((uint16_t)(0x8000 | n)));
    } else {
        ym_buf_u32le(out, __builtin_bswap32(0xc0000000 | n));
    }
}

uint32_t make_dotnet_blob(struct make_dotnet *m, const void *bytes, uint32_t n) {
    const uint32_t at = (uint32_t)m->blobs.len;

    put_length(&m->blobs, n);
    ym_buf_add(&m->blobs, bytes, n);
    return at;
}

void make_dotnet_user_string(struct make_dotnet *m, const char *text, uint8_t end) {
    put_length(&m->us, (uint32_t)(2 * strlen(text) + 1));
    for (; *text != '\0'; text++) {
        ym_buf_u16le(&m->us, (uint8_t)*text);
    }
    ym_buf_u8(&m->us, end);
}

static bool is_large(const struct make_dotnet *m, char column) {
    return column == '4' || (column == 's' && (m->heap_sizes & 1) != 0) ||
           (column == 'g' && (m->heap_sizes & 2) != 0) ||
           (column == 'b' && (m->heap_sizes & 4) != 0);
}

void make_dotnet_row(struct make_dotnet *m, unsigned table, ...) {
    va_list cells;

    if (m->columns[table] == NULL) {
        abort();
    }
    va_start(cells, table);
    for (const char *c = m->columns[table]; *c != '\0'; c++) {
        const uint32_t v = va_arg(cells, uint32_t);

        if (is_large(m, *c)) {
            ym_buf_u32le(&m->rows[table], v);
        } else {
            ym_buf_u16le(&m->rows[table], (uint16_t)v);
        }
    }
    va_end(cells);
    m->n_rows[table]++;
}

/* ---- The file ------------------------------------------------------------------------------- */

static void put_tables(const struct make_dotnet *m, struct ym_buf *out) {
    uint64_t valid = 0;

    for (unsigned t = 0; t < MAKE_DOTNET_TABLES; t++) {
        valid |= (uint64_t)(m->n_rows[t] > 0 || m->told[t].yes) << t;
    }
    ym_buf_u32le(out, 0);
    ym_buf_u16le(out, 2); /* version 2.0 */
    ym_buf_u8(out, m->heap_sizes);
    ym_buf_u8(out, 1);
    ym_buf_u64le(out, valid);
    ym_buf_u64le(out, 0);
    for (unsigned t = 0; t < MAKE_DOTNET_TABLES; t++) {
        if ((valid >> t & 1) != 0) {
            ym_buf_u32le(out, m->told[t].yes ? m->told[t].n : m->n_rows[t]);
        }
    }
    if ((m->heap_sizes & 0x40) != 0) {
        ym_buf_u32le(out, 0xdddddddd);
    }
    for (unsigned t = 0; t < MAKE_DOTNET_TABLES; t++) {
        ym_buf_add(out, m->rows[t].data, m->rows[t].len);
    }
}

struct stream {
    const char *name;
    const struct ym_buf *bytes;
};

static void put_metadata(const struct make_dotnet *m, const struct stream *streams, unsigned n,
                         struct ym_buf *out) {
    const size_t version_size = (strlen(m->version) / 4 + 1) * 4;
    size_t at = 16 + version_size + 4;
    size_t root = out->len;

    ym_buf_add(out, "BSJB\1\0\1\0\0\0\0", 12);
    ym_buf_u32le(out, (uint32_t)version_size);
    ym_buf_add_text(out, m->version);
    ym_buf_add(out, "\0\0\0\0", version_size - strlen(m->version));
    ym_buf_u16le(out, 0);
    ym_buf_u16le(out, m->n_streams_told != 0 ? m->n_streams_told : (uint16_t)n);
    for (unsigned i = 0; i < n; i++) {
        at += 8 + (strlen(streams[i].name) / 4 + 1) * 4;
    }
    for (unsigned i = 0; i < n; i++) {
        const size_t name_size = (strlen(streams[i].name) / 4 + 1) * 4;

        ym_buf_u32le(out, (uint32_t)at);
        ym_buf_u32le(out, (uint32_t)streams[i].bytes->len);
        ym_buf_add_text(out, streams[i].name);
        ym_buf_add(out, "\0\0\0\0", name_size - strlen(streams[i].name));
        at += (streams[i].bytes->len + 3) / 4 * 4;
    }
    for (unsigned i = 0; i < n; i++) {
        ym_buf_add(out, streams[i].bytes->data, streams[i].bytes->len);
        (void)ym_buf_room(out, (4 - (out->len - root) % 4) % 4);
    }
}

static void put_cli_header(const struct make_dotnet *m, uint32_t root, struct ym_buf *out) {
    const uint32_t to_rva = MAKE_DOTNET_RVA - MAKE_DOTNET_RAW;

    ym_buf_u32le(out, 72);
    ym_buf_u32le(out, 0x00050002);
    ym_buf_u32le(out, root + to_rva);
    ym_buf_u32le(out, 0x1000);
    ym_buf_u64le(out, 1); /* only managed code; no entry point */
    ym_buf_u32le(out, MAKE_DOTNET_RESOURCES + to_rva);
    ym_buf_u32le(out, (uint32_t)m->resources.len);
    (void)ym_buf_room(out, 40);
}

void make_dotnet_finish(struct make_dotnet *m, struct ym_buf *out) {
    const struct make_section section = {MAKE_DOTNET_RVA, 0x400000, MAKE_DOTNET_RAW, 0x400000};
    const struct make_pe pe = {
        .is64 = m->is64, .sections = &section, .n_sections = 1, .file_size = MAKE_DOTNET_RAW};
    struct ym_buf tables;
    const struct stream streams[] = {
        {m->unoptimised ? "#-" : "#~", &tables},
        {m->strings_named == NULL ? "#Strings" : m->strings_named, &m->strings},
        {"#US", &m->us},
        {"#GUID", &m->guids},
        {"#Blob", &m->blobs},
    };
    const size_t directory = 0x40 + 24 + (m->is64 ? 112 : 96) + 8 * 14;

    ym_buf_init(&tables, MAX);
    put_tables(m, &tables);
    make_pe(&pe, out);
    out->data[directory + 1] = MAKE_DOTNET_RVA >> 8;
    out->data[directory + 4] = 72;
    m->root = (uint32_t)(MAKE_DOTNET_RESOURCES + (m->resources.len + 3) / 4 * 4);
    put_cli_header(m, m->root, out);
    ym_buf_add(out, m->resources.data, m->resources.len);
    (void)ym_buf_room(out, m->root - out->len);
    put_metadata(m, streams, 5, out);
    ym_buf_done(&tables);
}

/* ---- Files ---------------------------------------------------------------------------------- */

/* The method has no row of Param: what it takes is named by its place. */
void make_dotnet_method(struct make_dotnet *m, const void *signature, uint32_t n) {
    const uint32_t blob = make_dotnet_blob(m, signature, n);

    make_dotnet_row(m, 0x00, 0, make_dotnet_string(m, "a.dll"), 0, 0, 0);
    make_dotnet_row(m, 0x02, 1, make_dotnet_string(m, "B"), make_dotnet_string(m, "A"), 0, 1, 1);
    make_dotnet_row(m, 0x06, 0, 0, 6, make_dotnet_string(m, "M"), blob, 1);
}

static uint32_t text(struct make_dotnet *m, const char *s) {
    return make_dotnet_string(m, s);
}

static void sample_types(struct make_dotnet *m) {
    const uint32_t generic_list = make_dotnet_blob(m, "\x15\x12\x0d\x01\x13\x00", 6);

    make_dotnet_row(m, 0x01, 6, text(m, "Object"), text(m, "System"));
    make_dotnet_row(m, 0x01, 6, text(m, "GuidAttribute"), text(m, "System.Runtime"));
    make_dotnet_row(m, 0x01, 6, text(m, "List`1"), text(m, "System.Collections"));
    make_dotnet_row(m, 0x01, 6, text(m, "IDisposable"), text(m, "System"));
    make_dotnet_row(m, 0x1b, generic_list);
    make_dotnet_row(m, 0x02, 0, text(m, "<Module>"), 0, 0, 1, 1);
    make_dotnet_row(m, 0x02, 0x181, text(m, "Plain"), text(m, "Yamori"), 0x05, 1, 1);
    make_dotnet_row(m, 0x02, 0x001, text(m, "Outer`1"), text(m, "Yamori"), 0x06, 1, 4);
    make_dotnet_row(m, 0x02, 0x003, text(m, "Inner"), 0, 0x0c, 2, 5);
    make_dotnet_row(m, 0x02, 0x0a0, text(m, "IThing"), 0, 0, 2, 5);
    make_dotnet_row(m, 0x29, 4, 3);
    make_dotnet_row(m, 0x09, 2, 0x11);
    make_dotnet_row(m, 0x09, 2, 0x14);
    make_dotnet_row(m, 0x2a, 0, 0, 3 << 1, text(m, "T"));
    make_dotnet_row(m, 0x2a, 0, 0, 2 << 1 | 1, text(m, "TKey"));
    make_dotnet_row(m, 0x2a, 1, 0, 2 << 1 | 1, text(m, "TValue"));
}

static void sample_methods(struct make_dotnet *m) {
    const uint32_t constructor = make_dotnet_blob(m, "\x20\x00\x01", 3);
    const uint32_t generic = make_dotnet_blob(m, "\x10\x02\x02\x1e\x00\x1e\x01\x1d\x0e", 9);
    const uint32_t plain = make_dotnet_blob(m, "\x20\x01\x02\x08", 4);
    const uint32_t returns_t = make_dotnet_blob(m, "\x20\x00\x13\x00", 4);

    make_dotnet_row(m, 0x04, 0x10, text(m, "table"), make_dotnet_blob(m, "\x06\x08", 2));
    make_dotnet_row(m, 0x06, 0, 0, 0x1886, text(m, ".ctor"), constructor, 1);
    make_dotnet_row(m, 0x06, 0, 0, 0x0093, text(m, "Convert"), generic, 1);
    make_dotnet_row(m, 0x06, 0, 0, 0x0464, text(m, "Check"), plain, 3);
    make_dotnet_row(m, 0x06, 0, 0, 0x0001, text(m, "Get"), returns_t, 4);
    make_dotnet_row(m, 0x06, 0, 0, 0x0000, text(m, "Run"), plain, 0);
    make_dotnet_row(m, 0x08, 0, 1, text(m, "key"));
    make_dotnet_row(m, 0x08, 0, 2, text(m, "names"));
    make_dotnet_row(m, 0x08, 0, 1, text(m, "count"));
}

static void sample_assembly(struct make_dotnet *m) {
    const uint32_t key = make_dotnet_blob(m, "\xb7\x7a\x5c\x56\x19\x34\xe0\x89", 8);
    const uint32_t guid = make_dotnet_blob(m,
                                           "\x01\x00\x04"
                                           "abcd\x00\x00",
                                           9);

    make_dotnet_row(m, 0x0a, 2 << 3 | 1, text(m, ".ctor"),
                    make_dotnet_blob(m, "\x20\x01\x01\x0e", 4));
    make_dotnet_row(m, 0x0c, 1 << 5 | 0x0e, 1 << 3 | 3, guid);
    make_dotnet_row(m, 0x1a, text(m, "kernel32.dll"));
    make_dotnet_row(m, 0x20, 0x8004, 1, 2, 3, 4, 0, 0, text(m, "sample"), text(m, "ja"));
    make_dotnet_row(m, 0x23, 4, 0, 1, 0, 0, key, text(m, "mscorlib"), 0, 0);
    make_dotnet_row(m, 0x23, 2, 5, 0, 7, 0, 0, text(m, "Other"), 0, 0);
}

static void sample_data(struct make_dotnet *m) {
    make_dotnet_row(m, 0x0b, 0x0e, 1 << 2, make_dotnet_blob(m, "h\0i\0", 4));
    make_dotnet_row(m, 0x0b, 0x08, 1 << 2, make_dotnet_blob(m, "\1\0\0\0", 4));
    make_dotnet_row(m, 0x0b, 0x0e, 1 << 2, 0);
    make_dotnet_row(m, 0x1d, MAKE_DOTNET_RVA + 0x10, 1);
    make_dotnet_row(m, 0x1d, 0x10000000, 1);
    ym_buf_u32le(&m->resources, 5);
    ym_buf_add(&m->resources, "bytes\0\0", 8);
    make_dotnet_row(m, 0x28, 0, 1, text(m, "sample.resources"), 0);
    make_dotnet_row(m, 0x28, 0, 1, text(m, "elsewhere"), 1 << 2);
    ym_buf_add(&m->guids, "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
    make_dotnet_user_string(m, "plain", 0);
    make_dotnet_user_string(m, "\xe9t\xe9", 1);
    make_dotnet_user_string(m, "", 0);
    make_dotnet_user_string(m, "last", 0);
}

void make_dotnet_sample(struct make_dotnet *m) {
    make_dotnet_row(m, 0x00, 0, text(m, "sample.dll"), 1, 0, 0);
    sample_types(m);
    sample_methods(m);
    sample_assembly(m);
    sample_data(m);
}
