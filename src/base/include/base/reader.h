/* reader.h - the only way to look at bytes that an enemy may have written.
 *
 * A ym_reader is a bounded, read-only window with a cursor.  Every get moves
 * the cursor or fails; the first failure sticks, later gets return zero, and
 * the caller asks once, at the end of a structure:
 *
 *     uint16_t count = ym_get_u16le(&r);
 *     uint32_t table = ym_get_u32le(&r);
 *     YM_TRY(ym_reader_status(&r));
 *
 * In a loop whose count came from the input, test ym_reader_ok() in the
 * condition, so that a forged count costs nothing once the bytes run out.
 *
 * A reader owns nothing.  The bytes must outlive it and every reader cut
 * from it.
 */
#ifndef YM_BASE_READER_H
#define YM_BASE_READER_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_reader {
    const uint8_t *base; /* first byte of the window */
    size_t len;          /* bytes in the window */
    size_t pos;          /* cursor; always <= len */
    uint64_t origin;     /* where base lies in the whole input, for messages */
    ym_status status;    /* sticky */
};

void ym_reader_init(struct ym_reader *r, const void *data, size_t len);
bool ym_reader_ok(const struct ym_reader *r);
YM_MUST_CHECK ym_status ym_reader_status(const struct ym_reader *r);
size_t ym_reader_left(const struct ym_reader *r);
uint64_t ym_reader_offset(const struct ym_reader *r);

/* Moves.  Seeking exactly to the end is allowed. */
void ym_seek(struct ym_reader *r, uint64_t pos);
void ym_skip(struct ym_reader *r, uint64_t n);

uint8_t ym_get_u8(struct ym_reader *r);
uint16_t ym_get_u16be(struct ym_reader *r);
uint32_t ym_get_u32be(struct ym_reader *r);
uint64_t ym_get_u64be(struct ym_reader *r);
uint16_t ym_get_u16le(struct ym_reader *r);
uint32_t ym_get_u32le(struct ym_reader *r);
uint64_t ym_get_u64le(struct ym_reader *r);

/* Of formats that say in their header which order they have. */
static inline uint16_t ym_get_u16(struct ym_reader *r, bool big) {
    return big ? ym_get_u16be(r) : ym_get_u16le(r);
}

static inline uint32_t ym_get_u32(struct ym_reader *r, bool big) {
    return big ? ym_get_u32be(r) : ym_get_u32le(r);
}

static inline uint64_t ym_get_u64(struct ym_reader *r, bool big) {
    return big ? ym_get_u64be(r) : ym_get_u64le(r);
}

/* Borrows n bytes in place; NULL on failure (and also when n is 0). */
const uint8_t *ym_get_view(struct ym_reader *r, uint64_t n);

/* Cuts a child window [pos, pos + n) out of r, whatever r's cursor is.
 * The child starts failed when the range does not lie inside r. */
struct ym_reader ym_reader_at(const struct ym_reader *r, uint64_t pos, uint64_t n);

/* Checked arithmetic: false and *ret_sum untouched when the result does not
 * fit.  (C17 has no <stdckdint.h>; gcc and clang have the builtins.) */
static inline YM_MUST_CHECK bool ym_add_u64(uint64_t a, uint64_t b, uint64_t *ret_sum) {
    uint64_t sum;

    if (__builtin_add_overflow(a, b, &sum)) {
        return false;
    }
    *ret_sum = sum;
    return true;
}

static inline YM_MUST_CHECK bool ym_mul_size(size_t a, size_t b, size_t *ret_product) {
    size_t product;

    if (__builtin_mul_overflow(a, b, &product)) {
        return false;
    }
    *ret_product = product;
    return true;
}

#endif
