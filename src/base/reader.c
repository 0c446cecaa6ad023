/* reader.c - bounded cursor over hostile bytes.  See reader.h.
 *
 * Invariant, true before and after every function here: r->pos <= r->len.
 * All range tests are written as "n > len - pos", never "pos + n > len",
 * because the first cannot overflow.
 */
#include "base/reader.h"

#include <assert.h>

static void fail(struct ym_reader *r, ym_status st) {
    if (r->status == YM_OK) {
        r->status = st;
    }
}

/* The one place where bytes are handed out. */
static const uint8_t *take(struct ym_reader *r, uint64_t n) {
    const uint8_t *p;

    assert(r->pos <= r->len);
    if (r->status != YM_OK) {
        return NULL;
    }
    if (n > r->len - r->pos) {
        fail(r, YM_TRUNCATED);
        return NULL;
    }
    if (n == 0) {
        return NULL;
    }
    p = r->base + r->pos;
    r->pos += (size_t)n;
    return p;
}

void ym_reader_init(struct ym_reader *r, const void *data, size_t len) {
    assert(data != NULL || len == 0);
    *r = (struct ym_reader){.base = data, .len = len, .status = YM_OK};
}

bool ym_reader_ok(const struct ym_reader *r) {
    return r->status == YM_OK;
}

ym_status ym_reader_status(const struct ym_reader *r) {
    return r->status;
}

size_t ym_reader_left(const struct ym_reader *r) {
    return r->status == YM_OK ? r->len - r->pos : 0;
}

uint64_t ym_reader_offset(const struct ym_reader *r) {
    return r->origin + r->pos;
}

void ym_seek(struct ym_reader *r, uint64_t pos) {
    if (r->status != YM_OK) {
        return;
    }
    if (pos > r->len) {
        fail(r, YM_TRUNCATED);
        return;
    }
    r->pos = (size_t)pos;
}

void ym_skip(struct ym_reader *r, uint64_t n) {
    (void)take(r, n);
}

uint8_t ym_get_u8(struct ym_reader *r) {
    const uint8_t *p = take(r, 1);

    return p == NULL ? 0 : p[0];
}

uint16_t ym_get_u16le(struct ym_reader *r) {
    const uint8_t *p = take(r, 2);

    if (p == NULL) {
        return 0;
    }
    return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t ym_get_u32le(struct ym_reader *r) {
    const uint8_t *p = take(r, 4);

    if (p == NULL) {
        return 0;
    }
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t ym_get_u64le(struct ym_reader *r) {
    uint64_t lo = ym_get_u32le(r);
    uint64_t hi = ym_get_u32le(r);

    return r->status == YM_OK ? lo | hi << 32 : 0;
}

uint16_t ym_get_u16be(struct ym_reader *r) {
    return __builtin_bswap16(ym_get_u16le(r));
}

uint32_t ym_get_u32be(struct ym_reader *r) {
    return __builtin_bswap32(ym_get_u32le(r));
}

uint64_t ym_get_u64be(struct ym_reader *r) {
    return __builtin_bswap64(ym_get_u64le(r));
}

const uint8_t *ym_get_view(struct ym_reader *r, uint64_t n) {
    return take(r, n);
}

struct ym_reader ym_reader_at(const struct ym_reader *r, uint64_t pos, uint64_t n) {
    struct ym_reader child = {.status = r->status};

    if (r->status == YM_OK && (pos > r->len || n > r->len - pos)) {
        child.status = YM_TRUNCATED;
    }
    if (child.status == YM_OK && r->base != NULL) {
        child.base = r->base + pos;
        child.len = (size_t)n;
        child.origin = r->origin + pos;
    }
    return child;
}
