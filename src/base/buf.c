/* buf.c - capped growing buffer.  See buf.h. */
#include "base/buf.h"

#include "base/alloc.h"
#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void ym_buf_init(struct ym_buf *b, size_t max) {
    *b = (struct ym_buf){.max = max};
}

void ym_buf_done(struct ym_buf *b) {
    size_t max = b->max;

    ym_free(b->data);
    ym_buf_init(b, max);
}

void ym_buf_clear(struct ym_buf *b) {
    b->len = 0;
    b->status = YM_OK;
}

void ym_buf_cut(struct ym_buf *b, size_t len) {
    assert(len <= b->len);
    b->len = len;
    b->status = YM_OK;
}

ym_status ym_buf_status(const struct ym_buf *b) {
    return b->status;
}

uint8_t *ym_buf_room(struct ym_buf *b, size_t n) {
    uint8_t *p;

    if (b->status != YM_OK) {
        return NULL;
    }
    if (n > b->max - b->len || n >= SIZE_MAX - b->len) { /* one byte more must fit, see below */
        b->status = YM_LIMIT;
        return NULL;
    }
    if (b->len + n >= b->room) { /* one spare byte for the NUL */
        size_t room = b->room < 128 ? 256 : b->room + b->room / 2;

        if (room > b->max && b->max < SIZE_MAX) {
            room = b->max + 1; /* the maximum bounds the memory, too */
        }
        if (room < b->len + n + 1) {
            room = b->len + n + 1;
        }
        p = ym_realloc(b->data, room);
        if (p == NULL) {
            b->status = YM_NOMEM;
            return NULL;
        }
        b->data = p;
        b->room = room;
    }
    p = b->data + b->len;
    memset(p, 0, n + 1);
    b->len += n;
    return p;
}

void ym_buf_add(struct ym_buf *b, const void *p, size_t n) {
    uint8_t *to = ym_buf_room(b, n);

    if (to != NULL && n > 0) {
        memcpy(to, p, n);
    }
}

void ym_buf_add_text(struct ym_buf *b, const char *text) {
    ym_buf_add(b, text, strlen(text));
}

void ym_buf_u8(struct ym_buf *b, uint8_t v) {
    ym_buf_add(b, &v, 1);
}

/* The lowest n bytes of v, least significant first. */
static void add_le(struct ym_buf *b, uint64_t v, unsigned n) {
    uint8_t bytes[8];

    for (unsigned i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(v >> (8 * i));
    }
    ym_buf_add(b, bytes, n);
}

void ym_buf_u16le(struct ym_buf *b, uint16_t v) {
    add_le(b, v, 2);
}

void ym_buf_u32le(struct ym_buf *b, uint32_t v) {
    add_le(b, v, 4);
}

void ym_buf_u64le(struct ym_buf *b, uint64_t v) {
    add_le(b, v, 8);
}

void ym_buf_align(struct ym_buf *b, size_t to) {
    if (b->len % to != 0) {
        (void)ym_buf_room(b, to - b->len % to);
    }
}

void ym_buf_printf(struct ym_buf *b, const char *fmt, ...) {
    va_list ap;
    int n;
    uint8_t *to;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        b->status = b->status == YM_OK ? YM_MALFORMED : b->status;
        return;
    }
    to = ym_buf_room(b, (size_t)n);
    if (to != NULL) {
        va_start(ap, fmt);
        (void)vsnprintf((char *)to, (size_t)n + 1, fmt, ap);
        va_end(ap);
    }
}

void ym_buf_json_string(struct ym_buf *b, const char *s, size_t n) {
    ym_buf_u8(b, '"');
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)s[i];
        unsigned step = ym_utf8_length(s + i, n - i);

        if (step == 0) {
            ym_buf_printf(b, "\\udc%02x", c);
            step = 1;
        } else if (c == '"' || c == '\\') {
            ym_buf_printf(b, "\\%c", c);
        } else if (c < 0x20 || c == 0x7f) {
            ym_buf_printf(b, "\\u%04x", c);
        } else {
            ym_buf_add(b, s + i, step);
        }
        i += step;
    }
    ym_buf_u8(b, '"');
}
