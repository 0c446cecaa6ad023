/* utf16.h - UTF-16LE to UTF-8 in an arena, and one character to UTF-8. */
#ifndef YM_BASE_UTF16_H
#define YM_BASE_UTF16_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

/* Converts up to the first NUL or n bytes (an odd last byte is left out); what is no UTF-16
 * becomes U+FFFD, so that no text is lost.  NULL: the arena is full. */
char *ym_utf16_text(struct ym_arena *arena, const uint8_t *p, size_t n);

/* The UTF-8 of one character (below 0x110000, no half of a pair) in out, which has room for four
 * bytes; how many they are. */
size_t ym_utf8_put(uint32_t c, char *out);

#endif
