/* engine/gunzip.h - what a damaged gzip stream still holds: libarchive throws away what it decoded
 * last when the stream ends too early. */
#ifndef YM_ENGINE_GUNZIP_H
#define YM_ENGINE_GUNZIP_H

#include "base/buf.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Appends what can be decoded from the start, member after member, up to most bytes (and the
 * buffer's maximum) and the deadline (ym_now_ns()).  OK: however much that was; NOMEM. */
YM_MUST_CHECK ym_status ym_gunzip(const uint8_t *data, size_t size, uint64_t most,
                                  uint64_t deadline_ns, struct ym_buf *out);

#endif
