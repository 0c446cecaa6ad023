/* byte_compare.h - ClamAV's byte compare subsignatures (private to match/): is the number that stands at
 * an offset from a match what the signature asks for?
 *
 * How the number is read (found out with clamscan 1.4.6; docs/formats/clamav.md has the whole):
 *   - all c->bytes bytes must lie inside of the data, and not begin at its byte 0;
 *   - 'i': 1, 2, 4 or 8 raw bytes; 1, 2 and 4 are unsigned, 8 are signed; `exact` means nothing;
 *   - 'd', 'h': white space at the start is skipped (not when exact), then an optional sign and
 *     digits, up to the first other byte; no digit at all is 0; past 64 bits signed nothing holds;
 *     with exact the digits must fill all bytes.  Hex may begin with 0x, and has no sign then;
 *   - 'h' little-endian: after the white space and 0x, pairs of digits are put in reverse order (a
 *     0 goes in front of an odd number of them) up to the first pair that has another byte;
 *   - 'a': needs three bytes after the white space; 0x makes it hex, else it is decimal, which
 *     has no little-endian form: nothing holds. */
#ifndef YM_MATCH_BYTE_COMPARE_H
#define YM_MATCH_BYTE_COMPARE_H

#include "base/byte_compare.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* base: where the last counted match of the subsignature c->ref begins. */
bool ym_byte_compare(const struct ym_byte_compare *c, const uint8_t *data, size_t size,
                     uint64_t base);

#endif
