/* make_regf.h - a hive with everything that hivex cannot write, cell by cell, in memory: class
 * names, permissions, large data, every kind of list of keys. */
#ifndef YM_TESTS_MAKE_REGF_H
#define YM_TESTS_MAKE_REGF_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Below the root, in this order, with a class name each (NULL: none):
 *   Alpha beta Class delta eta        in a list "lh", "li" and "lf" below one "ri"
 * Class has the class name "fc5b3d9a" and, as values,
 *   ""     REG_SZ "first"             a   1 byte     four  4 bytes    five  5 bytes
 *   none   no data                    caf\xc3\xa9 (one byte a character)
 *   \xe2\x82\xac (UTF-16), with a number   large  40000 bytes in three pieces, byte i is i % 251
 * and below it Deep\Deeper.  All have the same permissions: owner S-1-5-32-544, group S-1-5-18,
 * allowed S-1-5-18 0xf003f, denied S-1-1-0 0x20019, an entry of another type. */
void make_regf(struct ym_buf *out);

enum { MAKE_REGF_LARGE = 40000 };
uint32_t make_regf_find(const struct ym_buf *hive, const void *p, size_t n); /* first place, or 0 */

#endif
