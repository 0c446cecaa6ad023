/* make_hive_log.c - see make_hive_log.h. */
#include "make_hive_log.h"

#include "formats/hive_log.h"

#include <stdbool.h>
#include <string.h>

enum { SECTOR = 512, PAGE = 4096 };

uint32_t make_get32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void make_put32(uint8_t *p, uint32_t v) {
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(v >> 8 * i);
    }
}

void make_header_checksum(uint8_t *head) {
    uint32_t sum = 0;

    for (size_t i = 0; i < 508; i += 4) {
        sum ^= make_get32(head + i);
    }
    make_put32(head + 508, sum == 0xffffffff ? 0xfffffffe : sum == 0 ? 1 : sum);
}

void make_blocks_hive(struct ym_buf *out, unsigned blocks, uint8_t first) {
    uint8_t *p = ym_buf_room(out, MAKE_HIVE_BASE + (size_t)blocks * MAKE_HIVE_BLOCK);

    memcpy(p, "regf", 4);
    make_put32(p + 4, 10);
    make_put32(p + 8, 10);
    make_put32(p + 12, 0x1234);
    make_put32(p + 20, 1);
    make_put32(p + 24, 5);
    make_put32(p + 32, 1);
    make_put32(p + 36, 32);
    make_put32(p + 40, blocks * MAKE_HIVE_BLOCK);
    make_put32(p + 44, 1);
    make_header_checksum(p);
    for (unsigned i = 0; i < blocks; i++) {
        uint8_t *block = p + MAKE_HIVE_BASE + (size_t)i * MAKE_HIVE_BLOCK;

        memset(block, first + (int)i, MAKE_HIVE_BLOCK);
        memcpy(block, "hbin", 4);
        make_put32(block + 4, i * MAKE_HIVE_BLOCK);
        make_put32(block + 8, MAKE_HIVE_BLOCK);
        memset(block + 12, 0, 20);
        make_put32(block + 20, i == 0 ? 0x1234 : 0);
    }
}

void make_hive_dirty(const struct ym_buf *before, struct ym_buf *out) {
    ym_buf_add(out, before->data, before->len);
    make_put32(out->data + 4, make_get32(out->data + 8) + 1);
    make_header_checksum(out->data);
}

static void add_base(const struct ym_buf *hive, uint32_t type, uint32_t sequence,
                     struct ym_buf *out) {
    size_t at = out->len;

    ym_buf_add(out, hive->data, SECTOR);
    make_put32(out->data + at + 4, sequence);
    make_put32(out->data + at + 8, sequence);
    make_put32(out->data + at + 28, type);
    make_header_checksum(out->data + at);
}

/* Is this page of the data another one afterwards, or new? */
static bool differs(const struct ym_buf *before, const struct ym_buf *after, uint32_t place) {
    size_t at = (size_t)MAKE_HIVE_BASE + place;

    return at + PAGE > before->len || memcmp(before->data + at, after->data + at, PAGE) != 0;
}

void make_log_old(const struct ym_buf *before, const struct ym_buf *after, uint32_t sequence,
                  struct ym_buf *out) {
    uint32_t size = make_get32(after->data + 40);

    add_base(after, MAKE_LOG_OLD, sequence, out);
    memcpy(out->data + 12, before->data + 12, 8); /* the time is written to the hive first */
    make_header_checksum(out->data);
    ym_buf_add_text(out, "DIRT");
    for (uint32_t at = 0; at < size; at += PAGE) {
        ym_buf_u8(out, differs(before, after, at) ? 0xff : 0);
    }
    ym_buf_align(out, SECTOR);
    for (uint32_t at = 0; at < size; at += PAGE) {
        if (differs(before, after, at)) {
            ym_buf_add(out, after->data + MAKE_HIVE_BASE + at, PAGE);
        }
    }
}

void make_log_new(const struct ym_buf *before, uint32_t sequence, struct ym_buf *out) {
    add_base(before, MAKE_LOG_NEW, sequence, out);
}

static void put_hash(uint8_t *p, uint64_t hash) {
    make_put32(p, (uint32_t)hash);
    make_put32(p + 4, (uint32_t)(hash >> 32));
}

void make_entry_hashes(uint8_t *entry, uint32_t size) {
    put_hash(entry + 24, ym_hive_log_hash(entry + 40, size - 40));
    put_hash(entry + 32, ym_hive_log_hash(entry, 32));
}

void make_log_entry(const struct ym_buf *before, const struct ym_buf *after, uint32_t sequence,
                    struct ym_buf *out) {
    uint32_t size = make_get32(after->data + 40);
    size_t start = out->len;
    uint32_t pages = 0;

    (void)ym_buf_room(out, 40);
    for (uint32_t at = 0; at < size; at += PAGE) {
        if (differs(before, after, at)) {
            ym_buf_u32le(out, at);
            ym_buf_u32le(out, PAGE);
            pages++;
        }
    }
    for (uint32_t at = 0; at < size; at += PAGE) {
        if (differs(before, after, at)) {
            ym_buf_add(out, after->data + MAKE_HIVE_BASE + at, PAGE);
        }
    }
    ym_buf_align(out, SECTOR);
    memcpy(out->data + start, "HvLE", 4);
    make_put32(out->data + start + 4, (uint32_t)(out->len - start));
    make_put32(out->data + start + 8, after->data[144] & 1U);
    make_put32(out->data + start + 12, sequence);
    make_put32(out->data + start + 16, size);
    make_put32(out->data + start + 20, pages);
    make_entry_hashes(out->data + start, (uint32_t)(out->len - start));
}
