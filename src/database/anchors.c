/* anchors.c - parts that are verified at one place of an object only.  See build_int.h and struct
 * ym_img_anchor.
 *
 * A set may hold a hundred thousand of them at one place (`$a at pe.entry_point`), so an object's
 * bytes there are looked up, not compared with each: of every part two or four known bytes at a
 * fixed distance from its start are chosen, the rarest near its start, and parts of one place with
 * bytes at the same distance make a table that is sorted by them. */
#include "build_int.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { REACH = 24, WIDE = 4, NARROW = 2 };

struct row {
    struct ym_place place;
    uint32_t part;
    uint32_t bytes;
    uint8_t lang, target;
    uint8_t at, width;
};

/* The first bytes of a part. */
struct beginning {
    uint8_t bytes[REACH];
    bool known[REACH];
    uint32_t n;
};

static bool is_letter(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void add_bytes(struct beginning *b, const struct ym_node *n, bool nocase) {
    for (uint32_t i = 0; i < n->len && b->n < REACH; i++) {
        const uint8_t byte = n->u.bytes.value[i];
        const bool full = n->u.bytes.mask == NULL || n->u.bytes.mask[i] == 0xff;

        b->bytes[b->n] = byte;
        b->known[b->n++] = full && !(nocase && is_letter(byte));
    }
}

/* Up to what has no fixed length. */
static struct beginning beginning_of(const struct ym_part *part, bool nocase) {
    struct beginning b = {.n = 0};

    for (const struct ym_node *n = part->first; n != part->end && b.n < REACH; n = n->next) {
        uint32_t low;
        uint32_t high;

        ym_nodes_length(n, n->next, &low, &high);
        if (low != high) {
            break;
        }
        if (n->op == YM_NODE_BYTES) {
            add_bytes(&b, n, nocase);
        } else {
            b.n = low > REACH - b.n ? REACH : b.n + low;
        }
    }
    return b;
}

/* Chance of these bytes; 1: they are not all known. */
static double chance(const struct beginning *b, uint32_t at, uint32_t width) {
    double p = 1;

    for (uint32_t i = at; i < at + width; i++) {
        if (i >= b->n || !b->known[i]) {
            return 1;
        }
        p *= ym_byte_share(b->bytes[i]);
    }
    return p;
}

static void choose_bytes(struct row *row, const struct beginning *b) {
    double best = 1;

    for (uint8_t width = WIDE; width >= NARROW && row->width == 0; width = (uint8_t)(width / 2)) {
        for (uint8_t at = 0; at < REACH; at++) {
            const double p = chance(b, at, width);

            if (p < best) {
                best = p;
                row->at = at;
                row->width = width;
            }
        }
    }
    for (uint32_t i = 0; i < row->width; i++) {
        row->bytes |= (uint32_t)b->bytes[row->at + i] << 8 * i;
    }
}

ym_status ym_build_anchor(struct ym_db_builder *b, const struct ym_rule *rule,
                          const struct ym_place *place, const struct ym_part *part, bool nocase,
                          uint32_t part_row) {
    const struct beginning beginning = beginning_of(part, nocase);
    struct row row;

    memset(&row, 0, sizeof(row));
    row.place = *place;
    row.part = part_row;
    row.lang = (uint8_t)rule->lang;
    row.target = (uint8_t)rule->target;
    choose_bytes(&row, &beginning);
    ym_buf_add(&b->bufs[BUILD_ANCHORED], &row, sizeof(row));
    return ym_buf_status(&b->bufs[BUILD_ANCHORED]);
}

static int order(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

static int compare_tables(const struct row *a, const struct row *b) {
    const int by[] = {
        order(a->lang, b->lang),
        order(a->target, b->target),
        order(a->place.kind, b->place.kind),
        order((uint64_t)a->place.offset, (uint64_t)b->place.offset),
        order(a->place.section, b->place.section),
        order(a->width, b->width),
        order(a->at, b->at),
    };

    for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
        if (by[i] != 0) {
            return by[i];
        }
    }
    return 0;
}

static int compare_rows(const void *pa, const void *pb) {
    const struct row *a = pa;
    const struct row *b = pb;
    int c = compare_tables(a, b);

    c = c == 0 ? order(a->bytes, b->bytes) : c;
    return c == 0 ? order(a->part, b->part) : c;
}

static void write_table(const struct row *rows, uint32_t first, uint32_t n, struct ym_buf *anchors,
                        struct ym_buf *anchored) {
    const struct ym_img_anchor a = {
        .first = first, .n = n, .at = rows[first].at, .width = rows[first].width};

    ym_buf_add(anchors, &a, sizeof(a));
    for (uint32_t i = first; i < first + n; i++) {
        const struct ym_img_anchored one = {rows[i].part, rows[i].bytes};

        ym_buf_add(anchored, &one, sizeof(one));
    }
}

ym_status ym_build_anchors(struct ym_db_builder *b, struct ym_buf *anchors,
                           struct ym_buf *anchored) {
    const uint32_t n = (uint32_t)(b->bufs[BUILD_ANCHORED].len / sizeof(struct row));
    struct row *rows = (struct row *)(void *)b->bufs[BUILD_ANCHORED].data;
    uint32_t first = 0;

    if (n > 0) {
        qsort(rows, n, sizeof(*rows), compare_rows);
    }
    for (uint32_t i = 1; i <= n; i++) {
        if (i == n || compare_tables(&rows[i - 1], &rows[i]) != 0) {
            write_table(rows, first, i - first, anchors, anchored);
            first = i;
        }
    }
    YM_TRY(ym_buf_status(anchors));
    return ym_buf_status(anchored);
}
