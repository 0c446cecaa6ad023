/* formats/base64.h - base 64 as mail and data: URLs carry it (RFC 4648 section 4, read as
 * leniently as a browser does). */
#ifndef YM_FORMATS_BASE64_H
#define YM_FORMATS_BASE64_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Appends the decoded bytes.  Characters outside the alphabet are skipped, also the padding; what
 * is left over of an incomplete group is dropped.  LIMIT, NOMEM. */
YM_MUST_CHECK ym_status ym_base64_decode(const uint8_t *text, size_t size, struct ym_buf *out);

#endif
