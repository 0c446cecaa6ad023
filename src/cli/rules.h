/* rules.h - between the files of `yamori rules`. */
#ifndef YM_CLI_RULES_H
#define YM_CLI_RULES_H

#include "database/db.h"
#include "define.h"
#include "load.h"
#include "watch.h"

enum { YM_RULES_MAX_TARGETS = 64 };

struct ym_rules_args {
    struct ym_defines defines;
    bool json, write, check, fail_on_warnings;
    uint64_t top; /* 0: all */
    char *targets[YM_RULES_MAX_TARGETS];
    size_t n_targets;
    char **paths; /* what is no option; of argv */
    size_t n_paths;
};

/* The subcommands, one file each; their value is the exit status. */
int ym_rules_check(struct ym_rules_args *a);
int ym_rules_fmt(struct ym_rules_args *a);
int ym_rules_cost(struct ym_rules_args *a);
int ym_rules_explain(struct ym_rules_args *a);

/* The files and folders, all of them YARA's. */
YM_MUST_CHECK ym_status ym_rules_sources(char *const *paths, size_t n, struct ym_sources *s,
                                         struct ym_err *err);
/* Compiles, watched; *ret_db (may be NULL) is the image of what is good. */
YM_MUST_CHECK ym_status ym_rules_compile(const struct ym_rules_args *a, char *const *paths,
                                         size_t n, struct ym_watch *w, struct ym_db **ret_db,
                                         struct ym_err *err);

/* ---- rules_check.c --------------------------------------------------------------------------- */

/* "file:line:column: error: text", the line, a caret, the cure. */
void ym_rules_print_finding(const struct ym_finding *f);

/* ---- rules_cure.c ---------------------------------------------------------------------------- */

/* Appends what to do about an error or a warning; nothing where that goes without saying. */
void ym_rules_cure(const char *text, struct ym_buf *out);

typedef enum ym_rules_verdict { YM_RULES_GOOD, YM_RULES_WEAK, YM_RULES_SLOW } ym_rules_verdict;

struct ym_rules_judgement {
    ym_rules_verdict verdict;
    const char *why, *cure; /* NULL: good */
};
struct ym_rules_judgement ym_rules_judge(const struct ym_plan_pattern *p);
const char *ym_rules_verdict_word(ym_rules_verdict v);

/* ---- rules_cost.c ---------------------------------------------------------------------------- */

/* How a string is looked for and what that costs, on lines that begin with this many spaces. */
void ym_rules_print_plan(const struct ym_plan_pattern *p, int indent);

#endif
