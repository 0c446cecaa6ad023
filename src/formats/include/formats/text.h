/* formats/text.h - text as ClamAV's signatures of target 7 expect to see it.
 *
 * Upper case becomes lower case, a run of white space becomes one blank, control characters and
 * bytes from 0x80 disappear (so UTF-16 of ASCII text reads as ASCII).  Compared with what
 * clamscan 1.4 matches: tests/unit/formats/test_text.c. */
#ifndef YM_FORMATS_TEXT_H
#define YM_FORMATS_TEXT_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Appends to *out; LIMIT past its maximum, NOMEM. */
YM_MUST_CHECK ym_status ym_text_normalise(const uint8_t *data, size_t size, struct ym_buf *out);

#endif
