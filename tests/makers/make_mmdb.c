/* make_mmdb.c - see make_mmdb.h.  The format: nodes of two 24-bit records, 16 zero bytes, data,
 * a mark, metadata. */
#include "make_mmdb.h"

#include <stdio.h>
#include <string.h>

enum { NODES_MAX = 4096, EMPTY = -1 };

struct tree {
    int child[NODES_MAX][2]; /* a node, EMPTY, or -2 - (place of its data) */
    int n;
};

struct out {
    uint8_t *at;
    size_t n;
};

static void put(struct out *o, unsigned v) {
    o->at[o->n++] = (uint8_t)v;
}

static void put_text(struct out *o, const char *s) {
    size_t n = strlen(s);

    put(o, 0x40 | (unsigned)n); /* shorter than 29 */
    memcpy(o->at + o->n, s, n);
    o->n += n;
}

static void put_u16(struct out *o, unsigned v) {
    put(o, 0xa2);
    put(o, v >> 8);
    put(o, v & 0xff);
}

static void put_u32(struct out *o, uint32_t v) {
    put(o, 0xc4);
    for (int shift = 24; shift >= 0; shift -= 8) {
        put(o, v >> shift & 0xff);
    }
}

static void put_country(struct out *o, const char *country, bool nested) {
    put(o, 0xe1); /* a map of one */
    put_text(o, nested ? "country" : "country_code");
    if (nested) {
        put(o, 0xe1);
        put_text(o, "iso_code");
    }
    put_text(o, country);
}

static void insert(struct tree *t, const struct make_mmdb_net *net, bool ipv6, int value) {
    unsigned bits = net->bits + (ipv6 ? 96 : 0);
    int node = 0;

    for (unsigned i = 0; i < bits; i++) {
        unsigned v4 = i - (ipv6 ? 96 : 0);
        int bit = ipv6 && i < 96 ? 0 : (int)(net->address >> (31 - v4) & 1);

        if (i + 1 == bits) {
            t->child[node][bit] = value;
            return;
        }
        if (t->child[node][bit] == EMPTY) {
            t->child[t->n][0] = t->child[t->n][1] = EMPTY;
            t->child[node][bit] = t->n++;
        }
        node = t->child[node][bit];
    }
}

static void put_nodes(struct out *o, const struct tree *t) {
    for (int i = 0; i < t->n; i++) {
        for (int side = 0; side < 2; side++) {
            int c = t->child[i][side];
            int v = c == EMPTY ? t->n : c < EMPTY ? t->n + 16 + (-2 - c) : c;

            put(o, (unsigned)v >> 16 & 0xff);
            put(o, (unsigned)v >> 8 & 0xff);
            put(o, (unsigned)v & 0xff);
        }
    }
}

static void put_metadata(struct out *o, const struct tree *t, bool ipv6) {
    static const char mark[] = "\xab\xcd\xefMaxMind.com";

    memcpy(o->at + o->n, mark, sizeof(mark) - 1);
    o->n += sizeof(mark) - 1;
    put(o, 0xe9);
    put_text(o, "binary_format_major_version");
    put_u16(o, 2);
    put_text(o, "binary_format_minor_version");
    put_u16(o, 0);
    put_text(o, "build_epoch");
    put(o, 0x01); /* an extended type of one byte: uint64 */
    put(o, 0x02);
    put(o, 0x01);
    put_text(o, "database_type");
    put_text(o, "test");
    put_text(o, "description");
    put(o, 0xe0);
    put_text(o, "ip_version");
    put_u16(o, ipv6 ? 6 : 4);
    put_text(o, "languages");
    put(o, 0x00); /* an extended type: array of none */
    put(o, 0x04);
    put_text(o, "node_count");
    put_u32(o, (uint32_t)t->n);
    put_text(o, "record_size");
    put_u16(o, 24);
}

size_t make_mmdb(const struct make_mmdb_net *net, size_t n, bool ipv6, bool nested,
                 uint8_t out[MAKE_MMDB_MAX]) {
    static struct tree tree;
    static uint8_t data[MAKE_MMDB_MAX / 2];
    struct out values = {data, 0};
    struct out o = {out, 0};

    tree.n = 1;
    tree.child[0][0] = tree.child[0][1] = EMPTY;
    for (size_t i = 0; i < n; i++) {
        int at = (int)values.n;

        put_country(&values, net[i].country, nested);
        insert(&tree, &net[i], ipv6, -2 - at);
    }
    put_nodes(&o, &tree);
    memset(o.at + o.n, 0, 16);
    o.n += 16;
    memcpy(o.at + o.n, data, values.n);
    o.n += values.n;
    put_metadata(&o, &tree, ipv6);
    return o.n;
}

bool make_mmdb_file(const char *path, const struct make_mmdb_net *net, size_t n, bool ipv6,
                    bool nested) {
    static uint8_t bytes[MAKE_MMDB_MAX];
    size_t size = make_mmdb(net, n, ipv6, nested, bytes);
    FILE *f = fopen(path, "wb");
    bool good = f != NULL && fwrite(bytes, 1, size, f) == size;

    return f != NULL && fclose(f) == 0 && good;
}
