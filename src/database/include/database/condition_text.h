/* database/condition_text.h - the condition program of a rule in words, for people who write rules. */
#ifndef YM_DATABASE_CONDITION_TEXT_H
#define YM_DATABASE_CONDITION_TEXT_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_db;

/* What a condition asks for beside the strings of its rule. */
struct ym_condition_uses {
    bool file_size, entry_point, bytes; /* integers at offsets of the data */
    uint32_t modules;                   /* bit i: enum ym_module_id */
    uint32_t rules, externals, loops, regexes;
};

/* Appends a line an instruction: its offset, its name, its operands by name.  A program that is
 * damaged is refused.  Of a rule without a program nothing is written. */
YM_MUST_CHECK ym_status ym_condition_text(const struct ym_db *db, uint32_t rule, struct ym_buf *out,
                                          struct ym_condition_uses *ret_uses, struct ym_err *err);

#endif
