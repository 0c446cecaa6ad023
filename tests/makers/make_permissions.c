/* make_permissions.c - see make_permissions.h.  Layout: formats/regf.h; entries: [MS-DTYP] 2.4. */
#include "make_permissions.h"

#include "make_hive.h"
#include "make_hive_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BASE = 4096, BLOCK = 4096, HEAD = 32, SK = 20, DESCRIPTOR = 20, FILE_MAX = 64 << 20 };
enum { ALL = 0xf003f, READ = 0x20019, DENY = 1, INHERIT_ONLY = 8, INHERITED_BELOW = 3 };
enum who { SYSTEM, ADMINISTRATORS, EVERYONE, INSTALLER };

struct entry {
    unsigned type, flags, mask;
    enum who who;
};

static const struct list {
    const char *kind;
    struct entry entries[3];
    unsigned n;
} lists[] = {
    {"open", {{0, 3, ALL, SYSTEM}, {0, 3, ALL, ADMINISTRATORS}, {0, 3, READ, EVERYONE}}, 3},
    {"system-only", {{0, 3, ALL, SYSTEM}}, 1},
    {"deny-everyone",
     {{DENY, 3, ALL, EVERYONE}, {0, 3, ALL, SYSTEM}, {0, 3, ALL, ADMINISTRATORS}},
     3},
    {"deny-set-value", {{DENY, 0, 6, SYSTEM}, {0, 3, ALL, SYSTEM}, {0, 3, ALL, ADMINISTRATORS}}, 3},
    {"read-only", {{0, 3, READ, SYSTEM}, {0, 3, READ, ADMINISTRATORS}}, 2},
    {"below-only",
     {{DENY, INHERIT_ONLY | INHERITED_BELOW, ALL, EVERYONE},
      {0, 3, ALL, SYSTEM},
      {0, 3, ALL, ADMINISTRATORS}},
     3},
    {"installer", {{0, 3, ALL, INSTALLER}, {0, 3, READ, SYSTEM}, {0, 3, READ, ADMINISTRATORS}}, 3},
    {"nobody", {{0, 0, 0, SYSTEM}}, 0},
    {"null", {{0, 0, 0, SYSTEM}}, 0},
};

static void die(const char *what) {
    perror(what);
    exit(1); /* NOLINT(concurrency-mt-unsafe) */
}

static size_t put_sid(uint8_t *p, enum who who) {
    static const uint32_t parts[][6] = {
        {18}, {32, 544}, {0}, {80, 956008885U, 3418522649U, 1831038044U, 1853292631U, 2271478464U}};
    static const uint8_t n[] = {1, 2, 1, 6};

    p[0] = 1;
    p[1] = n[who];
    p[7] = who == EVERYONE ? 1 : 5;
    for (unsigned i = 0; i < n[who]; i++) {
        make_put32(p + 8 + (size_t)4 * i, parts[who][i]);
    }
    return 8 + (size_t)4 * n[who];
}

/* A self-relative descriptor: owner and group Administrators, then the list. */
static size_t put_descriptor(uint8_t *p, const struct list *l) {
    const int null = strcmp(l->kind, "null") == 0;
    size_t at = DESCRIPTOR + put_sid(p + DESCRIPTOR, ADMINISTRATORS);
    size_t start = at;

    p[0] = 1;
    p[2] = 4; /* there is a list, which may be none */
    p[3] = 0x80;
    make_put32(p + 4, DESCRIPTOR);
    make_put32(p + 8, DESCRIPTOR);
    make_put32(p + 16, null ? 0 : (uint32_t)at);
    if (null) {
        return at;
    }
    at += 8;
    for (unsigned i = 0; i < l->n; i++) {
        size_t size = 8 + put_sid(p + at + 8, l->entries[i].who);

        p[at] = (uint8_t)l->entries[i].type;
        p[at + 1] = (uint8_t)l->entries[i].flags;
        p[at + 2] = (uint8_t)size;
        make_put32(p + at + 4, l->entries[i].mask);
        at += size;
    }
    p[start] = 2;
    p[start + 2] = (uint8_t)(at - start);
    p[start + 4] = (uint8_t)l->n;
    return at;
}

static uint32_t get32(const struct ym_buf *b, uint32_t place, size_t at) {
    return make_get32(b->data + BASE + place + 4 + at);
}

static void set32(struct ym_buf *b, uint32_t place, size_t at, uint32_t v) {
    make_put32(b->data + BASE + place + 4 + at, v);
}

/* A block with one cell, linked behind the root's permissions; returns the cell's place. */
static uint32_t add_block(struct ym_buf *b, const struct list *l, size_t n) {
    uint32_t at = (uint32_t)b->len - BASE;
    uint32_t cell = at + HEAD;
    uint32_t first = get32(b, make_get32(b->data + 36), 44);
    uint32_t next = get32(b, first, 4);
    uint8_t *p = ym_buf_room(b, BLOCK);
    size_t size;

    if (p == NULL) {
        die("a hive that is too large");
    }
    memset(p, 0, BLOCK);
    memcpy(p, "hbin", 4);
    make_put32(p + 4, at);
    make_put32(p + 8, BLOCK);
    memcpy(p + HEAD + 4, "sk", 2);
    size = put_descriptor(p + HEAD + 4 + SK, l);
    make_put32(p + HEAD + 4 + 16, (uint32_t)size);
    size = (4 + SK + size + 7) / 8 * 8;
    make_put32(p + HEAD, (uint32_t)-size);
    make_put32(p + HEAD + size, (uint32_t)(BLOCK - HEAD - size));
    set32(b, cell, 4, next);
    set32(b, cell, 8, first);
    set32(b, cell, 12, (uint32_t)n);
    set32(b, first, 4, cell);
    set32(b, next, 8, cell);
    make_put32(b->data + 40, (uint32_t)b->len - BASE);
    make_header_checksum(b->data);
    return cell;
}

/* hivex's handle of a key is the place of its cell in the file. */
static uint32_t key_place(hive_h *h, const char *key) {
    hive_node_h node = hivex_root(h);
    char copy[512];
    char *rest = copy;

    (void)snprintf(copy, sizeof(copy), "%s", key);
    for (char *name; node != 0 && (name = strsep(&rest, "\\")) != NULL;) {
        node = hivex_node_get_child(h, node, name);
    }
    if (node == 0) {
        die(key);
    }
    return (uint32_t)node - BASE;
}

static void load(const char *path, struct ym_buf *b) {
    FILE *f = fopen(path, "rb");
    uint8_t block[4096];
    size_t n;

    ym_buf_init(b, FILE_MAX);
    while (f != NULL && (n = fread(block, 1, sizeof(block), f)) > 0) {
        ym_buf_add(b, block, n);
    }
    if (f == NULL || fclose(f) != 0 || b->len < BASE + BLOCK) {
        die(path);
    }
    ym_buf_cut(b, BASE + make_get32(b->data + 40)); /* hivex leaves room behind the blocks */
}

void make_permissions(const char *path, const char *const *keys, size_t n, const char *kind) {
    const struct list *l = lists;
    struct ym_buf b;
    uint32_t cell;
    hive_h *h;
    FILE *f;

    while (strcmp(l->kind, kind) != 0) {
        if (++l == lists + sizeof(lists) / sizeof(lists[0])) {
            die(kind);
        }
    }
    load(path, &b);
    cell = add_block(&b, l, n);
    h = hivex_open(path, 0);
    for (size_t i = 0; h != NULL && i < n; i++) {
        uint32_t key = key_place(h, keys[i]);
        uint32_t old = get32(&b, key, 44);

        set32(&b, old, 12,
              get32(&b, old, 12) - 1); /* 0: nobody's any more, and still in the ring */
        set32(&b, key, 44, cell);
    }
    f = fopen(path, "wb");
    if (h == NULL || hivex_close(h) != 0 || f == NULL || fwrite(b.data, 1, b.len, f) != b.len ||
        fclose(f) != 0) {
        die(path);
    }
    ym_buf_done(&b);
}
