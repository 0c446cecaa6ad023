/* database/condition.h - conditions as bytecode: layout, compiler, checker.
 *
 * The program of one rule is a run of little-endian instructions in the image's CONDITIONS
 * section.  The compiler (compile side) turns a struct ym_expr into it; the checker (open side)
 * proves, before anything runs, that every instruction is known, every jump lands on one, the
 * stack never under- or overflows, every operand (pattern, rule, text) is in range and loops
 * are bounded; so the machine in match/condition.c tests nothing while it runs.
 * The instruction set is described at the head of database/condition.c. */
#ifndef YM_DATABASE_CONDITION_H
#define YM_DATABASE_CONDITION_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_expr;

/* What the condition needs of its rule's patterns, so that match/ keeps no more than that. */
enum ym_pattern_need {
    YM_NEED_FOUND = 0,  /* one match is enough */
    YM_NEED_COUNT = 1,  /* the number of matches (#a) */
    YM_NEED_MATCHES = 2 /* all match offsets and lengths, in order (@a !a, at, in, #a in) */
};

struct ym_condition_facts {
    bool true_without_hits; /* could be true although none of the rule's own patterns was found:
                               the rule is evaluated on every object */
    bool uses_rules;        /* refers to other rules */
};

/* Appends the program to *out.  needs[n_patterns] is set to ym_pattern_need values. */
YM_MUST_CHECK ym_status ym_condition_compile(const struct ym_expr *expr, uint32_t n_patterns,
                                             struct ym_buf *out, uint8_t *needs,
                                             struct ym_condition_facts *ret_facts,
                                             struct ym_err *err);

/* Is this a program that can be run for a rule with n_patterns patterns and this id?  Rules may
 * refer only to rules with a smaller id. */
YM_MUST_CHECK ym_status ym_condition_check(const uint8_t *program, uint32_t size,
                                           uint32_t n_patterns, uint32_t rule_id,
                                           struct ym_err *err);

#endif
