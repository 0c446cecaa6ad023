/* expr_int.h - what the files of the condition parser share.
 *
 *     expr.c        expressions: precedence, types, constants
 *     expr_names.c  identifiers: variables, modules and their functions, external variables, rules
 *     expr_sets.c   sets and quantifiers: of, for..of
 *     expr_loops.c  for..in, with */
#ifndef YM_SIGNATURES_YARA_EXPR_INT_H
#define YM_SIGNATURES_YARA_EXPR_INT_H

#include "yara_int.h"

typedef enum yara_truth { YARA_PERHAPS, YARA_ALWAYS, YARA_NEVER } yara_truth;

/* An expression with what is known of it at compile time. */
struct yara_value {
    struct ym_expr *e;
    bool known; /* i is its integer value */
    int64_t i;
    unsigned height;
    struct yara_token at; /* its first token, for messages */
    yara_truth truth;     /* as far as lint.c knows */
};

struct yara_quantifier {
    ym_quantifier kind;
    bool has_count;
    struct yara_value count;
    struct yara_token at;
};

/* Values in the arena while their number is not known. */
struct yara_values {
    struct yara_value *v;
    uint32_t n, room;
};

/* ---- expr.c ---------------------------------------------------------------------------------- */

ym_status yara_expr_new(struct yara_parser *p, ym_expr_op op, ym_type type,
                        const struct yara_token *at, struct yara_value *ret_value);
/* An expression over kids that were parsed. */
ym_status yara_expr_over(struct yara_parser *p, ym_expr_op op, ym_type type,
                         const struct yara_value *kids, uint32_t n, struct yara_value *ret_value);
/* Kids for an expression that has its own data already. */
ym_status yara_expr_adopt(struct yara_parser *p, struct yara_value *v,
                          const struct yara_value *kids, uint32_t n);
ym_status yara_values_add(struct yara_parser *p, struct yara_values *values,
                          const struct yara_value *v);

ym_status yara_wrong_type(struct yara_parser *p, const struct yara_value *v, const char *where);
ym_status yara_want_type(struct yara_parser *p, const struct yara_value *v, ym_type type,
                         const char *where);
/* As a condition: a text is true unless empty. */
ym_status yara_as_boolean(struct yara_parser *p, struct yara_value *v);

ym_status yara_parse_boolean(struct yara_parser *p, struct yara_value *ret_value);
ym_status yara_parse_number(struct yara_parser *p, struct yara_value *ret_value); /* any primary */
ym_status yara_parse_range(struct yara_parser *p, struct yara_value bounds[2]);   /* (low..high) */
/* ":" "(" body ")" */
ym_status yara_parse_body(struct yara_parser *p, struct yara_value *ret_body);

/* Are two constant bounds in order? */
ym_status yara_check_range(struct yara_parser *p, const struct yara_value *low,
                           const struct yara_value *high);
/* Of a function: also a condition or a regular expression. */
ym_status yara_parse_argument(struct yara_parser *p, struct yara_value *ret_value);

/* The token after the one that was peeked at, and the one after that; nothing is taken. */
ym_status yara_peek_further(struct yara_parser *p, int ret_kinds[2]);

/* ---- expr_names.c ---------------------------------------------------------------------------- */

ym_status yara_parse_name(struct yara_parser *p, struct yara_value *ret_value);
/* A variable, module or external variable (rules aside)? */
bool yara_is_value(const struct yara_parser *p, struct ym_str name);
/* The type of a value that hangs off a module, into v. */
void yara_set_module_type(struct yara_value *v, const struct ym_mod_type *t);
ym_status yara_refer_to_rule(struct yara_parser *p, const struct yara_token *t,
                             const struct yara_rule_name *rule);

/* ---- expr_sets.c ----------------------------------------------------------------------------- */

ym_status yara_take_quantifier_word(struct yara_parser *p, struct yara_quantifier *q);
ym_status yara_count_quantifier(struct yara_parser *p, const struct yara_value *v,
                                struct yara_quantifier *q);
ym_status yara_percent_quantifier(struct yara_parser *p, const struct yara_value *v,
                                  struct yara_quantifier *q);
/* The rest of "QUANTIFIER of SET"; the token `of` comes next. */
ym_status yara_parse_of(struct yara_parser *p, const struct yara_quantifier *q,
                        struct yara_value *ret_value);
/* for ... */
ym_status yara_parse_for(struct yara_parser *p, struct yara_value *ret_value);

/* ---- lint_expr.c, as lint.c ------------------------------------------------------------------- */

/* An expression over these kids; a set and its quantifier; a whole condition. */
void yara_lint_value(struct yara_parser *p, struct yara_value *v, const struct yara_value *kids,
                     uint32_t n);
void yara_lint_of(struct yara_parser *p, const struct yara_quantifier *q, struct yara_value *v);
void yara_lint_condition(struct yara_parser *p, const struct yara_value *v);

/* ---- expr_loops.c ---------------------------------------------------------------------------- */

/* The rest of "for QUANTIFIER a, b in ITERATOR : ( BODY )", from the first variable on. */
ym_status yara_parse_for_in(struct yara_parser *p, const struct yara_quantifier *q,
                            struct yara_value *ret_value);
/* with a = e, b = e : ( BODY ), where with is a word of YARA-X's only. */
ym_status yara_parse_with(struct yara_parser *p, struct yara_value *ret_value);

#endif
