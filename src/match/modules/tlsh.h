/* modules/tlsh.h - TLSH, a digest that is near for what is near (private to match/). */
#ifndef YM_MATCH_TLSH_H
#define YM_MATCH_TLSH_H

#include <stddef.h>
#include <stdint.h>

enum { YM_TLSH_LENGTH = 72 };

/* "T1" and 70 hex digits of data, NUL-terminated; "" when data is too short (less than 50 bytes) or
 * too uniform for a digest. */
void ym_tlsh(const uint8_t *data, size_t n, char ret_text[YM_TLSH_LENGTH + 1]);

#endif
