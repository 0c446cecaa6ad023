/* make_hive.c - see make_hive.h.
 *
 *   0x0000  header, 4096 bytes: "regf", two sequence numbers, time, version 1.3, offset of the
 *           root key's cell (from 0x1000), size of the data, name; checksum at 0x1fc = XOR of the
 *           127 words before it
 *   0x1000  one block "hbin" of 4096 bytes: its own offset, its size
 *   0x1020  cell: size (negative = in use), "nk" root key, flags 0x2c (root, not to be deleted,
 *           name in one-byte characters)
 *   0x10a0  cell: "sk" security descriptor, linked to itself, one user
 *   0x10e0  one free cell to the end of the block */
#include "make_hive.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 4096, BLOCK = 4096, NK = 0x20, SK = 0xa0, FREE = 0xe0, NONE = -1 };

static void put16(uint8_t *p, unsigned v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v) {
    put16(p, v & 0xffff);
    put16(p + 2, v >> 16);
}

static uint32_t get32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_header(uint8_t *h) {
    uint32_t sum = 0;

    memcpy(h, "regf", 4);
    put32(h + 4, 1);
    put32(h + 8, 1);
    put32(h + 20, 1);
    put32(h + 24, 3);
    put32(h + 32, 1);
    put32(h + 36, NK);
    put32(h + 40, BLOCK);
    put32(h + 44, 1);
    for (size_t i = 0; i < 127; i++) {
        sum ^= get32(h + 4 * i);
    }
    put32(h + 508, sum);
}

static void put_root(uint8_t *cell) {
    put32(cell, (uint32_t) - (SK - NK));
    memcpy(cell + 4, "nk", 2);
    put16(cell + 6, 0x2c);
    put32(cell + 32, (uint32_t)NONE); /* list of subkeys */
    put32(cell + 36, (uint32_t)NONE); /* list of volatile subkeys */
    put32(cell + 44, (uint32_t)NONE); /* list of values */
    put32(cell + 48, SK);
    put32(cell + 52, (uint32_t)NONE); /* class name */
    put16(cell + 76, 4);
    memcpy(cell + 80, "ROOT", 4);
}

static void put_security(uint8_t *cell) {
    put32(cell, (uint32_t) - (FREE - SK));
    memcpy(cell + 4, "sk", 2);
    put32(cell + 8, SK);
    put32(cell + 12, SK);
    put32(cell + 16, 1);
    put32(cell + 20, 20);
    cell[24] = 1; /* a self-relative descriptor without owner or list */
    put16(cell + 26, 0x8000);
}

int make_hive_start(const char *path) {
    static uint8_t image[HEADER + BLOCK];
    uint8_t *block = image + HEADER;
    FILE *f = fopen(path, "wb");
    bool ok;

    memset(image, 0, sizeof(image));
    put_header(image);
    memcpy(block, "hbin", 4);
    put32(block + 8, BLOCK);
    put_root(block + NK);
    put_security(block + SK);
    put32(block + FREE, BLOCK - FREE);
    if (f == NULL) {
        return -1;
    }
    ok = fwrite(image, 1, sizeof(image), f) == sizeof(image);
    return fclose(f) == 0 && ok ? 0 : -1;
}

static void die(const char *what) {
    perror(what);
    exit(1); /* NOLINT(concurrency-mt-unsafe) */
}

hive_h *make_hive_open(const char *path) {
    hive_h *h = hivex_open(path, HIVEX_OPEN_WRITE);

    if (h == NULL) {
        die(path);
    }
    return h;
}

void make_hive_close(hive_h *h) {
    if (hivex_commit(h, NULL, 0) != 0 || hivex_close(h) != 0) {
        die("commit");
    }
}

hive_node_h make_key(hive_h *h, const char *path) {
    hive_node_h node = hivex_root(h);
    char name[256];

    while (*path != '\0') {
        size_t n = strcspn(path, "\\");
        hive_node_h next;

        if (n >= sizeof(name)) {
            die("key name too long");
        }
        memcpy(name, path, n);
        name[n] = '\0';
        next = hivex_node_get_child(h, node, name);
        node = next != 0 ? next : hivex_node_add_child(h, node, name);
        if (node == 0) {
            die(path);
        }
        path += n + (path[n] == '\\' ? 1 : 0);
    }
    return node;
}

void make_bytes(hive_h *h, const char *key, const char *name, uint32_t type, const void *p,
                size_t n) {
    char copy[256];
    hive_set_value v = {.key = copy, .t = (hive_type)type, .len = n, .value = malloc(n + 1)};

    (void)snprintf(copy, sizeof(copy), "%s", name);
    if (v.value == NULL) {
        die(name);
    }
    memcpy(v.value, p, n);
    if (hivex_node_set_value(h, make_key(h, key), &v, 0) != 0) {
        die(name);
    }
    free(v.value);
}

void make_dword(hive_h *h, const char *key, const char *name, uint32_t v) {
    uint8_t bytes[4];

    put32(bytes, v);
    make_bytes(h, key, name, hive_t_REG_DWORD, bytes, 4);
}

/* ASCII to UTF-16LE with the final NUL; returns bytes. */
static size_t wide(const char *text, uint8_t *out, size_t room) {
    size_t n = strlen(text) + 1;

    if (n * 2 > room) {
        die("text too long");
    }
    for (size_t i = 0; i < n; i++) {
        put16(out + 2 * i, (unsigned char)text[i]);
    }
    return n * 2;
}

void make_text(hive_h *h, const char *key, const char *name, const char *text) {
    uint8_t out[2048];

    make_bytes(h, key, name, hive_t_REG_SZ, out, wide(text, out, sizeof(out)));
}

void make_expand(hive_h *h, const char *key, const char *name, const char *text) {
    uint8_t out[2048];

    make_bytes(h, key, name, hive_t_REG_EXPAND_SZ, out, wide(text, out, sizeof(out)));
}

void make_multi(hive_h *h, const char *key, const char *name, const char *const *texts, size_t n) {
    uint8_t out[8192];
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        len += wide(texts[i], out + len, sizeof(out) - len - 2);
    }
    put16(out + len, 0);
    make_bytes(h, key, name, hive_t_REG_MULTI_SZ, out, len + 2);
}

/* The name is first written as a value, whose data get a cell; then the key is told that this is its
 * class name, and that it has no values.  hivex's handles are places in the file. */
void make_class_name(const char *path, const char *key, const char *name) {
    hive_h *h = make_hive_open(path);
    hive_node_h node = make_key(h, key);
    uint8_t units[64];
    size_t n = wide(name, units, sizeof(units)) - 2;
    hive_value_h *values;
    uint8_t cell[80];
    uint8_t place[4];
    FILE *f;

    make_bytes(h, key, "Class", hive_t_REG_BINARY, units, n);
    values = hivex_node_values(h, node);
    make_hive_close(h);
    f = fopen(path, "r+b");
    if (values == NULL || values[0] == 0 || values[1] != 0 || f == NULL || n <= 4) {
        die(key);
    }
    if (fseek(f, (long)values[0] + 4 + 8, SEEK_SET) != 0 || fread(place, 4, 1, f) != 1 ||
        fseek(f, (long)node, SEEK_SET) != 0 || fread(cell, sizeof(cell), 1, f) != 1) {
        die(path);
    }
    put32(cell + 4 + 36, 0);
    put32(cell + 4 + 40, (uint32_t)NONE);
    memcpy(cell + 4 + 48, place, 4);
    put16(cell + 4 + 74, (unsigned)n);
    if (fseek(f, (long)node, SEEK_SET) != 0 || fwrite(cell, sizeof(cell), 1, f) != 1 ||
        fclose(f) != 0) {
        die(path);
    }
    free(values);
}
