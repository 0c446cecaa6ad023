/* input.h - feed files as a stream: blocks or lines, never the whole file, with their digest.
 *
 * A file may be of any size, and may be a pipe.  What is compressed is refused by its first bytes,
 * with the command that helps: the program that reads feeds has no sandbox, and no decompressor.
 *
 *     struct ym_lines *in;
 *     YM_TRY(ym_lines_open(path, &in, err));
 *     while ((st = ym_lines_next(in, &line, err)) == YM_OK || st == YM_LIMIT) { ... }
 *     ym_lines_close(in);
 */
#ifndef YM_FEEDS_INPUT_H
#define YM_FEEDS_INPUT_H

#include "base/status.h"
#include "base/text.h"

#include <stdint.h>

enum {
    YM_FEED_BLOCK = 64 << 10,
    YM_FEED_LINE_MAX =
        64 << 10, /* bytes of a line; a longer one is refused, the next one is read */
    YM_FEED_DIGEST_SIZE = 32,
};

/* --- blocks --- */

struct ym_input; /* opaque: see input.c */

/* UNSUPPORTED: it is compressed; IO. */
YM_MUST_CHECK ym_status ym_input_open(const char *path, struct ym_input **ret_input,
                                      struct ym_err *err);
void ym_input_close(struct ym_input *in); /* accepts NULL */
/* The next bytes, which live until the next call; END after the last ones. */
YM_MUST_CHECK ym_status ym_input_next(struct ym_input *in, struct ym_str *ret_block,
                                      struct ym_err *err);
/* SHA-256 of all bytes that were read so far; once, at the end. */
void ym_input_digest(struct ym_input *in, uint8_t ret_digest[YM_FEED_DIGEST_SIZE]);
/* When the file was changed last (seconds since 1970); of a pipe: now. */
int64_t ym_input_time(const struct ym_input *in);

/* --- lines --- */

struct ym_lines; /* opaque: see input.c */

YM_MUST_CHECK ym_status ym_lines_open(const char *path, struct ym_lines **ret_lines,
                                      struct ym_err *err);
void ym_lines_close(struct ym_lines *lines); /* accepts NULL */
/* The next line without its end (LF or CR LF) and, at the file's start, without a byte order mark;
 * it lives until the next call.  END; LIMIT: this line is too long, the next call gives the next
 * one; IO. */
YM_MUST_CHECK ym_status ym_lines_next(struct ym_lines *lines, struct ym_str *ret_line,
                                      struct ym_err *err);
uint64_t ym_lines_number(const struct ym_lines *lines); /* of the line given last, from 1 */
void ym_lines_digest(struct ym_lines *lines, uint8_t ret_digest[YM_FEED_DIGEST_SIZE]);
int64_t ym_lines_time(const struct ym_lines *lines);

#endif
