/* database/plan.h - what the image builder makes of each rule, for people who write rules.
 *
 *     ym_db_builder_watch(b, on_rule, self);
 *
 * Which bytes the prefilter looks for, how often it will meet them (by the statistics of real files
 * that the choice itself is made by), and what is done when it did. */
#ifndef YM_DATABASE_PLAN_H
#define YM_DATABASE_PLAN_H

#include "base/status.h"
#include "database/condition.h"

#include <stdbool.h>
#include <stdint.h>

enum { YM_PLAN_ATOMS = 6, YM_PLAN_ATOM_BYTES = 11 };

typedef enum ym_plan_how {
    YM_PLAN_LOOKED_FOR, /* by the prefilter */
    YM_PLAN_ANCHORED,   /* tried at its place only */
    YM_PLAN_EVERYWHERE, /* tried at every position: there is nothing to look for */
    YM_PLAN_SOUGHT,     /* sought when its rule is evaluated */
    YM_PLAN_HOW_COUNT
} ym_plan_how;

struct ym_plan_atom {
    const char *class;   /* "long", "seven" ... (layout.h), or "pair" */
    uint32_t n;          /* bytes; bit 5 of each is not looked at.  0: a pair of sets */
    uint32_t members[2]; /* of the sets */
    uint8_t bytes[YM_PLAN_ATOM_BYTES];
    uint32_t at_min, at_max; /* where in the pattern, or in the part of it that is looked for */
    double per_mb;           /* expected in 2^20 bytes */
};

struct ym_plan_pattern {
    const char *id;
    uint32_t line, column;
    uint32_t flags; /* enum ym_pattern_flag */
    ym_plan_how how;
    uint8_t need; /* enum ym_pattern_need: what of its matches the condition asks for */
    uint32_t spellings;
    uint32_t pieces;                          /* of a spelling, between its wide gaps */
    uint32_t min_length, max_length;          /* of the piece, or regular expression, at hand */
    uint32_t program;                         /* bytes of its program */
    uint32_t forward_states, backward_states; /* of automata; 0: it is no regular expression */
    uint32_t n_atoms;                         /* all in all; the most common of them are here */
    struct ym_plan_atom atoms[YM_PLAN_ATOMS];
    double per_mb; /* candidates expected in 2^20 bytes */
    double starts; /* places that will be tried for them */
};

struct ym_plan_rule {
    const char *name, *file;
    uint32_t line;
    uint32_t flags;     /* enum ym_rule_flag */
    const char *always; /* why it is evaluated for every object; NULL: it is not */
    bool never;         /* its condition cannot hold */
    uint32_t condition; /* bytes of its program */
    uint32_t n_patterns;
    const struct ym_plan_pattern *patterns;
};

/* Borrowed for the length of the call. */
typedef ym_status ym_plan_fn(void *self, const struct ym_plan_rule *rule);

#endif
