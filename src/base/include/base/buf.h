/* buf.h - a growing byte buffer that is created with its maximum.
 *
 *     struct ym_buf b;
 *     ym_buf_init(&b, 1 << 20);
 *     ym_buf_printf(&b, "%u", n);
 *     YM_TRY(ym_buf_status(&b));     // sticky: LIMIT past the maximum, NOMEM
 *     ... b.data, b.len ...          // data[len] is always NUL once anything was added
 *     ym_buf_done(&b);
 *
 * Failures stick, later additions do nothing, the caller asks once. */
#ifndef YM_BASE_BUF_H
#define YM_BASE_BUF_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct ym_buf {
    uint8_t *data; /* borrowed by readers until the next addition or ym_buf_done() */
    size_t len;
    size_t room;
    size_t max;
    ym_status status;
};

void ym_buf_init(struct ym_buf *b, size_t max);
void ym_buf_done(struct ym_buf *b);            /* frees; the buffer may be initialised again */
void ym_buf_clear(struct ym_buf *b);           /* empty and good again; keeps the memory */
void ym_buf_cut(struct ym_buf *b, size_t len); /* back to a length it had; good again */
ym_status ym_buf_status(const struct ym_buf *b);

void ym_buf_add(struct ym_buf *b, const void *p, size_t n);
void ym_buf_add_text(struct ym_buf *b, const char *text);
void ym_buf_u8(struct ym_buf *b, uint8_t v);
void ym_buf_u16le(struct ym_buf *b, uint16_t v);
void ym_buf_u32le(struct ym_buf *b, uint32_t v);
void ym_buf_u64le(struct ym_buf *b, uint64_t v);
void ym_buf_printf(struct ym_buf *b, const char *fmt, ...) YM_PRINTF(2, 3);
void ym_buf_align(struct ym_buf *b, size_t to); /* zero bytes up to a multiple of to */

/* Appends n zeroed bytes and returns them (valid until the next addition); NULL on failure. */
uint8_t *ym_buf_room(struct ym_buf *b, size_t n);

/* Appends a JSON string with its quotes, always valid UTF-8: a byte that is not UTF-8 is
 * written as \udcXX (the surrogate escape of Python), controls as \u00XX. */
void ym_buf_json_string(struct ym_buf *b, const char *s, size_t n);

#endif
