/* database/pattern_code.h - the program of one part of a pattern, as it lies in the image.
 *
 * A pattern's spelling is cut into parts at every gap that is unbounded or wider than
 * YM_PART_MAX_GAP; a part is a run of the operations below, read forwards from the part's first
 * byte.  match/verify.c runs it; database/pattern.c writes it.
 *
 *   op (u8)        operands (little-endian)              meaning
 *   LIT            n u16, n bytes                        the next n bytes are these
 *   LITI           n u16, n bytes (lower case)           the same, ASCII letters in either case
 *   MASK           n u16, n values, n masks              (byte & mask) == value, n times
 *   SET            32 bytes                              next byte's bit is set
 *   SKIP           n u32                                 n bytes of any value
 *   GAP            min u32, width u16                    min .. min + width bytes, fewest first
 *   SPLIT          to u32                                go on here; if that fails, at `to`
 *   JUMP           to u32                                go on at `to`
 *   NOT            n u16, k u16, k * n bytes             next n bytes equal none of the k
 *   EDGE           kind u8, negated u8                   zero-width test, see signatures/rule.h
 *   NEAR           left u8, min, max, value, mask u8     zero-width: (byte & mask) == value for one
 *                                                        that is min .. max bytes away
 *   END                                                  the part has matched
 *
 * `to` is an offset from the program's first byte and always points forwards: a program cannot
 * loop, and a run of it visits each (operation, position) pair at most once when memorised. */
#ifndef YM_DATABASE_PATTERN_CODE_H
#define YM_DATABASE_PATTERN_CODE_H

#include <stdint.h>

typedef enum ym_code {
    YM_CODE_END = 0,
    YM_CODE_LIT,
    YM_CODE_LITI,
    YM_CODE_MASK,
    YM_CODE_SET,
    YM_CODE_SKIP,
    YM_CODE_GAP,
    YM_CODE_SPLIT,
    YM_CODE_JUMP,
    YM_CODE_NOT,
    YM_CODE_EDGE,
    YM_CODE_NEAR,
    YM_CODE_COUNT
} ym_code;

enum {
    YM_PART_MAX_GAP = 255,       /* widest gap (max - min) inside a part */
    YM_PART_MAX_PROGRAM = 65536, /* bytes of one program */
    YM_PART_MAX_LENGTH = 1 << 20 /* bytes that one part can span */
};

#endif
