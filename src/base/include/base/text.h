/* text.h - small text helpers without locale: hex, numbers, UTF-8, case.
 *
 * Nothing here allocates.  Number parsers are strict: the whole of [s, s + n) must be the
 * number, no sign, no spaces, and it must fit. */
#ifndef YM_BASE_TEXT_H
#define YM_BASE_TEXT_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A borrowed run of text that need not end in NUL. */
struct ym_str {
    const char *s;
    size_t n;
};

int ym_hex_digit(char c); /* 0..15, or -1 */

/* 2 * n hex digits to n bytes; false (out may be half written) on any other character. */
YM_MUST_CHECK bool ym_hex_decode(const char *s, size_t n_bytes, uint8_t *out);
void ym_hex_encode(const uint8_t *p, size_t n, char *out); /* lower case, 2 * n + NUL */

YM_MUST_CHECK bool ym_parse_u64(const char *s, size_t n, uint64_t *ret_value); /* decimal */
YM_MUST_CHECK bool ym_parse_u32(const char *s, size_t n, uint32_t *ret_value); /* decimal */

/* Bytes of the well-formed UTF-8 character at s (1..4), or 0: not well formed. */
unsigned ym_utf8_length(const char *s, size_t n);
/* The same, and of what is not well formed the bytes that one U+FFFD stands for (1..3): as much as
 * begins a character (Unicode, "U+FFFD Substitution of Maximal Subparts").  0: n is 0. */
unsigned ym_utf8_step(const char *s, size_t n, bool *ret_well_formed);

static inline bool ym_is_alnum(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool ym_is_alpha(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline unsigned char ym_lower(unsigned char c) {
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}
bool ym_equal_nocase(const char *a, const char *b);          /* ASCII */
bool ym_ends_with_nocase(const char *s, const char *suffix); /* ASCII */

/* Cuts the text up to the next separator off *rest; false when *rest is spent.
 * "a::b" gives "a", "", "b"; an empty text gives one empty field. */
struct ym_fields {
    const char *s;
    size_t n;
    char sep;
    bool more;
};
void ym_fields_init(struct ym_fields *f, const char *s, size_t n, char sep);
bool ym_fields_next(struct ym_fields *f, struct ym_str *ret_field);

#endif
