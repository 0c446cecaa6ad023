/* database/logic.h - ClamAV's logical signatures as they lie in the image's CONDITIONS section.
 *
 * A rule with the flag YM_RULE_LOGICAL has one record there (little-endian, read with a bounded
 * reader):
 *
 *   asked u16          enum ym_logical_asked: which of the following count
 *   file_size, entry_point, n_sections          low u32, high u32 each
 *   icon_group1, icon_group2                    string offsets, u32 each; 0: any group
 *   container u16, handler u16                  enum ym_cltype
 *   n_intermediates u8, n_subsigs u8
 *   intermediates                               u16 each
 *   subsigs                                     one after the other: kind u8, then
 *     PATTERN      first u32, n u32             patterns of the rule, by their index in it
 *     MACRO        min u32, max u32, group u32
 *     COMPARE      ref u8, offset i64, format u8, little u8, exact u8, bytes u8, n u8, n * (op u8,
 *                  value i64)
 *     REGEX        flags u32, place_kind u8, has_shift u8, offset i64, shift u32, section u32,
 *                  text u32 + bytes, trigger u32 + an expression
 *     IMAGE_HASH   u64
 *   expression         to the end of the record
 *
 * An expression works on a stack of values (true or not, count, set of subsigs):
 *
 *   SUBSIG  index u8, test u8, count u32     pushes that subsig's value
 *   AND OR  test u8, count u32, distinct u32 takes two values, pushes one
 *   SKIP_FALSE, SKIP_TRUE  to u32            the value on top decides the AND or OR at `to` (an
 *                                            offset in the expression) alone: pushes "false,
 *                                            nothing" for its other side and goes on there
 *
 * What they yield (as the peer's evaluation; facts are from its manual and its behaviour):
 *   subsig      true if its count is not 0, or if the test holds; hands on its count and itself
 *   a & b       true if both are; a | b: if one is.  Count: the sum over the sides that are true,
 *               0 when the whole is false; the same for the set
 *   with a test (a block in parentheses): true if the test holds for that sum and the set has at
 *               least `distinct` members; hands on the sum, but an empty set */
#ifndef YM_DATABASE_LOGIC_H
#define YM_DATABASE_LOGIC_H

#include "base/buf.h"
#include "base/byte_compare.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_logic;
struct ym_rule;

enum ym_logical_asked {
    YM_ASKED_FILE_SIZE = 1u << 0,
    YM_ASKED_ENTRY_POINT = 1u << 1,
    YM_ASKED_SECTIONS = 1u << 2,
    YM_ASKED_ICON = 1u << 3,
    YM_ASKED_CONTAINER = 1u << 4,
    YM_ASKED_HANDLER = 1u << 5
};

enum ym_logic_code_op {
    YM_LOGIC_CODE_SUBSIG,
    YM_LOGIC_CODE_AND,
    YM_LOGIC_CODE_OR,
    YM_LOGIC_CODE_SKIP_FALSE,
    YM_LOGIC_CODE_SKIP_TRUE,
    YM_LOGIC_CODE_COUNT
};
enum ym_logic_code_test {
    YM_LOGIC_CODE_NO_TEST,
    YM_LOGIC_CODE_EQ,
    YM_LOGIC_CODE_LT,
    YM_LOGIC_CODE_GT,
    YM_LOGIC_CODE_TESTS
};

enum {
    YM_LOGIC_MAX_SUBSIGS = 64,
    YM_LOGIC_MAX_INTERMEDIATES = 16,
    YM_LOGIC_MAX_DEPTH = 512,
    YM_LOGIC_MAX_TESTS = 2 /* of a byte compare */
};

/* ---- Compile side ---------------------------------------------------------------------------- */

/* Subsigs without which the rule cannot hold: if it is true, one of them was found.  pattern_cost:
 * expected hits of each of the rule's patterns.  false: it may hold without any pattern, and *ret
 * is empty.  Bit i of *ret: the patterns of subsig i. */
bool ym_logic_cover(const struct ym_rule *rule, const double *pattern_cost, uint64_t *ret);

/* needs[n_patterns]: enum ym_pattern_need (database/condition.h). */
void ym_logic_needs(const struct ym_rule *rule, uint8_t *needs);

/* text: string offset of a text, for the icon groups.  LIMIT: nested too deep. */
YM_MUST_CHECK ym_status ym_logic_encode(const struct ym_rule *rule, uint32_t icon_group1,
                                        uint32_t icon_group2, struct ym_buf *out);

/* ---- Run side -------------------------------------------------------------------------------- */

struct ym_logic_expr {
    const uint8_t *code;
    uint32_t size;
};

struct ym_subsig_view {
    uint8_t kind; /* enum ym_subsig_kind of signatures/rule.h, as below */
    union {
        struct {
            uint32_t first, n;
        } patterns;
        struct {
            uint32_t min, max, group;
        } macro;
        struct ym_byte_compare compare;
        struct {
            struct ym_logic_expr trigger;
            const uint8_t *text;
            uint32_t n, flags;
            int64_t offset;
            uint32_t shift, section;
            uint8_t place_kind;
            bool has_shift;
        } regex;
        uint64_t image_hash;
    } u;
};

enum ym_subsig_code {
    YM_SUBSIG_CODE_PATTERN,
    YM_SUBSIG_CODE_MACRO,
    YM_SUBSIG_CODE_COMPARE,
    YM_SUBSIG_CODE_REGEX,
    YM_SUBSIG_CODE_IMAGE_HASH
};

struct ym_logical_view {
    uint16_t asked; /* enum ym_logical_asked */
    uint32_t file_size[2], entry_point[2], n_sections[2];
    uint32_t icon_group[2]; /* strings */
    uint16_t container, handler;
    uint8_t n_intermediates, n_subsigs;
    uint16_t intermediates[YM_LOGIC_MAX_INTERMEDIATES];
    struct ym_subsig_view subsigs[YM_LOGIC_MAX_SUBSIGS];
    struct ym_logic_expr expr;
};

/* Views into the record; MALFORMED when it is damaged.  n_patterns: of its rule.  After OK, a
 * machine that runs its expressions needs no tests: every instruction is whole and known, indices
 * are in range, jumps go forward to the operation that they decide, and the stack never holds more
 * than YM_LOGIC_MAX_DEPTH values nor ends with other than one. */
YM_MUST_CHECK ym_status ym_logical_decode(const uint8_t *record, uint32_t size, uint32_t n_patterns,
                                          struct ym_logical_view *ret_view);

#endif
