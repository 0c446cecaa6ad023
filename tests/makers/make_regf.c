/* make_regf.c - see make_regf.h.  Layout: formats/regf.h. */
#include "make_regf.h"

#include "make_hive_log.h"

#include <stdbool.h>
#include <string.h>

enum { BASE = 4096, BIN_HEAD = 32, PIECE = 16344, KEY = 76, NAME_IS_BYTES = 0x20 };
static const uint32_t none = 0xffffffff;

static void put16(uint8_t *p, unsigned v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

/* A new cell in use, zeroed; returns its place. */
static uint32_t add_cell(struct ym_buf *b, size_t n) {
    uint32_t at = (uint32_t)b->len - BASE;
    size_t size = (n + 4 + 7) / 8 * 8;

    make_put32(ym_buf_room(b, size), (uint32_t)-size);
    return at;
}

static uint8_t *cell_at(struct ym_buf *b, uint32_t at) {
    return b->data + BASE + at + 4;
}

static uint32_t add_bytes(struct ym_buf *b, const void *p, size_t n) {
    uint32_t at = add_cell(b, n);

    memcpy(cell_at(b, at), p, n);
    return at;
}

static size_t wide(const char *text, uint8_t *out) {
    size_t n = strlen(text);

    for (size_t i = 0; i < n; i++) {
        put16(out + 2 * i, (unsigned char)text[i]);
    }
    return 2 * n;
}

static uint32_t add_key(struct ym_buf *b, uint32_t parent, const char *name, const char *class_name,
                        uint32_t security) {
    uint32_t at = add_cell(b, KEY + strlen(name));
    uint8_t *p = cell_at(b, at);
    uint8_t units[64];

    memcpy(p, "nk", 2);
    put16(p + 2, NAME_IS_BYTES | (parent == none ? 0x0cU : 0U));
    make_put32(p + 4, 0xd53e8000 + at); /* a time of its own */
    make_put32(p + 8, 0x01ca0000);
    make_put32(p + 16, parent);
    make_put32(p + 28, none);
    make_put32(p + 32, none);
    make_put32(p + 40, none);
    make_put32(p + 44, security);
    make_put32(p + 48, none);
    put16(p + 72, (unsigned)strlen(name));
    memcpy(p + KEY, name, strlen(name));
    if (class_name != NULL) {
        size_t n = wide(class_name, units);
        uint32_t class_at = add_bytes(b, units, n);

        make_put32(cell_at(b, at) + 48, class_at);
        put16(cell_at(b, at) + 74, (unsigned)n);
    }
    return at;
}

static uint32_t add_value(struct ym_buf *b, const void *name, size_t name_size, bool bytes,
                          uint32_t type, uint32_t size, uint32_t data) {
    uint32_t at = add_cell(b, 20 + name_size);
    uint8_t *p = cell_at(b, at);

    memcpy(p, "vk", 2);
    put16(p + 2, (unsigned)name_size);
    make_put32(p + 4, size);
    make_put32(p + 8, data);
    make_put32(p + 12, type);
    put16(p + 16, bytes ? 1 : 0);
    memcpy(p + 20, name, name_size);
    return at;
}

static uint32_t add_large(struct ym_buf *b) {
    static uint8_t data[MAKE_REGF_LARGE];
    uint32_t pieces[3];
    uint32_t list;
    uint32_t db;

    for (unsigned i = 0; i < MAKE_REGF_LARGE; i++) {
        data[i] = (uint8_t)(i % 251);
    }
    for (unsigned i = 0; i < 3; i++) {
        size_t n = i < 2 ? PIECE : MAKE_REGF_LARGE - 2 * PIECE;

        pieces[i] = add_bytes(b, data + (size_t)i * PIECE, n);
    }
    list = add_cell(b, 12);
    db = add_cell(b, 8);
    for (unsigned i = 0; i < 3; i++) {
        make_put32(cell_at(b, list) + 4 * i, pieces[i]);
    }
    memcpy(cell_at(b, db), "db", 2);
    put16(cell_at(b, db) + 2, 3);
    make_put32(cell_at(b, db) + 4, list);
    return db;
}

static void add_values(struct ym_buf *b, uint32_t key) {
    static const uint8_t euro[] = {0xac, 0x20};
    uint8_t text[16] = {0};
    size_t n = wide("first", text) + 2;
    uint32_t v[] = {
        add_value(b, "", 0, true, 1, (uint32_t)n, add_bytes(b, text, n)),
        add_value(b, "a", 1, true, 3, 0x80000001, 0x41),
        add_value(b, "four", 4, true, 4, 0x80000004, 0x01020304),
        add_value(b, "five", 4, true, 3, 5, add_bytes(b, "12345", 5)),
        add_value(b, "none", 4, true, 0, 0x80000000, 0),
        add_value(b, "caf\xe9", 4, true, 3, 0x80000002, 0x4142),
        add_value(b, euro, 2, false, 4, 0x80000004, 7),
        add_value(b, "large", 5, true, 3, MAKE_REGF_LARGE, add_large(b)),
    };
    uint32_t list = add_cell(b, sizeof(v));

    for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        make_put32(cell_at(b, list) + 4 * i, v[i]);
    }
    make_put32(cell_at(b, key) + 36, sizeof(v) / sizeof(v[0]));
    make_put32(cell_at(b, key) + 40, list);
}

static uint32_t add_list(struct ym_buf *b, const char *sign, const uint32_t *places, unsigned n) {
    unsigned each = sign[1] == 'i' ? 4 : 8;
    uint32_t at = add_cell(b, 4 + (size_t)n * each);

    memcpy(cell_at(b, at), sign, 2);
    put16(cell_at(b, at) + 2, n);
    for (unsigned i = 0; i < n; i++) {
        make_put32(cell_at(b, at) + 4 + (size_t)i * each, places[i]);
    }
    return at;
}

static void set_subkeys(struct ym_buf *b, uint32_t key, unsigned n, uint32_t list) {
    make_put32(cell_at(b, key) + 20, n);
    make_put32(cell_at(b, key) + 28, list);
}

static const uint8_t descriptor[] = {
    1, 0, 0x04, 0x80, 20,   0, 0,    0, 36, 0, 0, 0, 0,    0, 0, 0, 48, 0, 0, 0, /* places */
    1, 2, 0,    0,    0,    0, 0,    5, 32, 0, 0, 0, 0x20, 2, 0, 0,              /* S-1-5-32-544 */
    1, 1, 0,    0,    0,    0, 0,    5, 18, 0, 0, 0,                             /* S-1-5-18 */
    2, 0, 60,   0,    3,    0, 0,    0,                                          /* the list */
    0, 2, 20,   0,    0x3f, 0, 0x0f, 0, 1,  1, 0, 0, 0,    0, 0, 5, 18, 0, 0, 0, /* allowed */
    1, 0, 20,   0,    0x19, 0, 0x02, 0, 1,  1, 0, 0, 0,    0, 0, 1, 0,  0, 0, 0, /* denied */
    5, 0, 12,   0,    1,    0, 0,    0, 0,  0, 0, 0,                             /* of an object */
};

static uint32_t add_security(struct ym_buf *b) {
    uint32_t at = add_cell(b, 20 + sizeof(descriptor));
    uint8_t *p = cell_at(b, at);

    memcpy(p, "sk", 2);
    make_put32(p + 4, at);
    make_put32(p + 8, at);
    make_put32(p + 12, 8);
    make_put32(p + 16, sizeof(descriptor));
    memcpy(p + 20, descriptor, sizeof(descriptor));
    return at;
}

static void finish(struct ym_buf *b, uint32_t root) {
    uint32_t rest;
    size_t start = b->len;

    ym_buf_align(b, 4096);
    rest = (uint32_t)(b->len - start);
    if (rest > 0) {
        make_put32(b->data + start, rest); /* one free cell */
    }
    memcpy(b->data + BASE, "hbin", 4);
    make_put32(b->data + BASE + 8, (uint32_t)b->len - BASE);
    make_put32(b->data + 36, root);
    make_put32(b->data + 40, (uint32_t)b->len - BASE);
    make_header_checksum(b->data);
}

void make_regf(struct ym_buf *b) {
    static const char *const names[][2] = {
        {"Alpha", "05f3"}, {"beta", NULL}, {"Class", "fc5b3d9a"}, {"delta", ""}, {"eta", NULL}};
    uint32_t keys[5];
    uint32_t lists[3];
    uint32_t security;
    uint32_t root;
    uint32_t deep;
    uint32_t deeper;

    make_blocks_hive(b, 0, 0);
    (void)ym_buf_room(b, BIN_HEAD);
    security = add_security(b);
    root = add_key(b, none, "ROOT", NULL, security);
    for (unsigned i = 0; i < 5; i++) {
        keys[i] = add_key(b, root, names[i][0], names[i][1], security);
    }
    add_values(b, keys[2]);
    deep = add_key(b, keys[2], "Deep", NULL, security);
    deeper = add_key(b, deep, "Deeper", NULL, none);
    set_subkeys(b, keys[2], 1, add_list(b, "li", &deep, 1));
    set_subkeys(b, deep, 1, add_list(b, "lh", &deeper, 1));
    lists[0] = add_list(b, "lh", keys, 2);
    lists[1] = add_list(b, "li", keys + 2, 1);
    lists[2] = add_list(b, "lf", keys + 3, 2);
    set_subkeys(b, root, 5, add_list(b, "ri", lists, 3));
    finish(b, root);
}

uint32_t make_regf_find(const struct ym_buf *hive, const void *p, size_t n) {
    const uint8_t *at = memmem(hive->data, hive->len, p, n);

    return at == NULL ? 0 : (uint32_t)(at - hive->data);
}
