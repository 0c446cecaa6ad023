/* signatures/format.h - YARA source in its canonical layout.
 *
 *     ym_buf_init(&out, YM_FORMAT_MAX_OUTPUT);
 *     YM_TRY(ym_yara_format("rules.yar", text, n, &out, &err));
 *
 * What the text says stays: every token and every comment, in their order (a comment may only change
 * sides with an `and`, `or` or comma that stood behind it).  Formatting what was formatted changes
 * nothing.  A text that is no YARA is refused with its place; one that is, but wrong, is not noticed:
 * that is the compiler's business.  The layout: docs/man/yamori-rules.1. */
#ifndef YM_SIGNATURES_FORMAT_H
#define YM_SIGNATURES_FORMAT_H

#include "base/buf.h"
#include "base/status.h"

#include <stddef.h>

enum { YM_FORMAT_MAX_INPUT = 32 << 20, YM_FORMAT_MAX_OUTPUT = 512 << 20 };

YM_MUST_CHECK ym_status ym_yara_format(const char *name, const char *text, size_t n,
                                       struct ym_buf *out, struct ym_err *err);

#endif
