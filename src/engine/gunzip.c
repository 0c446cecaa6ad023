/* gunzip.c - gzip (RFC 1952) by zlib, until something is wrong with it.  See gunzip.h. */
#include "gunzip.h"

#include "base/alloc.h"
#include "base/time.h"

#define ZLIB_CONST
#include <zlib.h>

enum { CHUNK = 64 << 10, GZIP_WINDOW = 15 + 16, LARGEST_INPUT = 1 << 30 };

static void *allocate(void *self, unsigned count, unsigned size) {
    (void)self;
    return ym_zalloc(count, size);
}

static void release(void *self, void *p) {
    (void)self;
    ym_free(p);
}

/* One chunk more; false: that was all that could be had. */
static bool step(z_stream *z, uint8_t *chunk, uint64_t *left, struct ym_buf *out) {
    size_t n;
    int rc;

    z->next_out = chunk;
    z->avail_out = CHUNK;
    rc = inflate(z, Z_NO_FLUSH);
    n = CHUNK - z->avail_out;
    n = n < *left ? n : (size_t)*left;
    n = n < out->max - out->len ? n : out->max - out->len;
    ym_buf_add(out, chunk, n);
    *left -= n;
    if (rc == Z_STREAM_END) {
        return z->avail_in > 0 && inflateReset(z) == Z_OK;
    }
    return rc == Z_OK && *left > 0 && out->len < out->max;
}

ym_status ym_gunzip(const uint8_t *data, size_t size, uint64_t most, uint64_t deadline_ns,
                    struct ym_buf *out) {
    z_stream z = {.zalloc = allocate, .zfree = release};
    uint8_t *chunk = ym_malloc(CHUNK);
    uint64_t left = most;

    if (chunk == NULL || inflateInit2(&z, GZIP_WINDOW) != Z_OK) {
        ym_free(chunk);
        return YM_NOMEM;
    }
    z.next_in = data;
    z.avail_in = (uInt)(size < LARGEST_INPUT ? size : LARGEST_INPUT);
    while (ym_now_ns() < deadline_ns && step(&z, chunk, &left, out)) {
    }
    (void)inflateEnd(&z);
    ym_free(chunk);
    return out->status == YM_NOMEM ? YM_NOMEM : YM_OK;
}
