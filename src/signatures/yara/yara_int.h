/* yara_int.h - what the files of the YARA compiler share.
 *
 *     yara.c      the compiler object: files, includes, imports, leaving out and going on
 *     names.c     namespaces, rule names and what they stand for
 *     rule.c      one rule: head, tags, meta, strings, condition
 *     strings.c   text strings and their modifiers to patterns
 *     hex.c       hex strings to patterns
 *     regex.c     regular expressions to nodes
 *     base64.c    texts to their base64 spellings
 *     expr*.c     conditions to struct ym_expr, with all type checks (expr_int.h)
 *     lexer.c     tokens
 *     lint.c      warnings about what is right but can hardly be meant
 *     format*.c   the formatter (signatures/format.h, format_int.h)
 *
 * Memory: everything of one rule lies in y->arena, which is reset before the next.  What lives
 * longer (names) is on the heap and freed by ym_yara_free(). */
#ifndef YM_SIGNATURES_YARA_INT_H
#define YM_SIGNATURES_YARA_INT_H

#include "base/map.h"
#include "base/module.h"
#include "base/text.h"
#include "lexer.h"
#include "signatures/yara.h"

enum {
    YARA_MAX_STRINGS = 10000,   /* of one rule, as libyara */
    YARA_MAX_INCLUDES = 16,     /* files open at once, the first included */
    YARA_MAX_NESTING = 250,     /* brackets and prefix operators inside one another */
    YARA_MAX_HEIGHT = 2000,     /* of an expression: `1 + 1 + 1` has three */
    YARA_MAX_ALTERNATIVES = 64, /* alternatives inside alternatives */
    YARA_MAX_LOOPS = 4,         /* loops inside loops, as libyara */
    YARA_MAX_VARS = 32,         /* of loops and with around one place */
    YARA_MAX_LIST = 2000        /* members that a loop goes through */
};

/* ---- names.c --------------------------------------------------------------------------------- */

struct yara_rule_name {
    uint32_t ns;
    uint32_t id; /* that the sink gave */
    bool left_out;
    bool is_private, used; /* for lint.c, as the next */
    unsigned line, column;
    const char *file; /* while the call of ym_yara_file() lasts that read it */
    size_t n;
    char *name; /* owned */
};

struct yara_namespace {
    char *name;       /* owned */
    uint32_t modules; /* bit i: module i was imported */
};

/* A prefix that some rule's set (prefix*) used: no later rule may have such a name. */
struct yara_wildcard {
    uint32_t ns;
    size_t n;
    char *prefix; /* owned */
};

struct yara_names {
    struct ym_map *map; /* ns NUL name -> index into rules */
    struct yara_rule_name *rules;
    size_t n_rules, room_rules;
    struct yara_namespace *namespaces;
    size_t n_namespaces, room_namespaces;
    struct yara_wildcard *wildcards;
    size_t n_wildcards, room_wildcards;
};

bool yara_names_init(struct yara_names *names); /* false: out of memory */
void yara_names_done(struct yara_names *names);
YM_MUST_CHECK ym_status yara_names_namespace(struct yara_names *names, const char *name,
                                             uint32_t *ret_ns);
/* NULL: no such rule in this namespace. */
const struct yara_rule_name *yara_names_find(const struct yara_names *names, uint32_t ns,
                                             struct ym_str name);
YM_MUST_CHECK ym_status yara_names_add(struct yara_names *names, uint32_t ns, struct ym_str name,
                                       uint32_t id, bool left_out);
YM_MUST_CHECK ym_status yara_names_add_wildcard(struct yara_names *names, uint32_t ns,
                                                struct ym_str prefix);
bool yara_names_hit_wildcard(const struct yara_names *names, uint32_t ns, struct ym_str name);

/* ---- The compiler and one file --------------------------------------------------------------- */

/* Where a module was imported. */
struct yara_import {
    const char *file; /* NULL: it was not; as that of a rule */
    unsigned line, column;
};

enum { YARA_MODULE_BITS = 32 };

struct ym_yara {
    struct ym_yara_options options;
    const struct ym_sink *sink;
    struct ym_arena *arena;
    struct yara_names names;
    struct yara_import imports[YARA_MODULE_BITS]; /* of the file being read, with its includes */
    uint32_t used_modules;                        /* bits, as those of a namespace */
};

/* A string of the rule being read. */
struct yara_string {
    struct yara_string *next;      /* in order */
    struct yara_string *hash_next; /* of its bucket */
    const char *name;              /* without the sign; "" for an anonymous one */
    size_t n;
    uint32_t index;
    unsigned line, column;
    bool referenced;
    struct ym_pattern pattern;
};

enum { YARA_BUCKETS = 64 };

/* A variable of a loop or of `with`. */
struct yara_variable {
    struct ym_str name;
    ym_type type; /* not BOOL */
    const struct ym_mod_type *object;
};

struct yara_parser {
    struct ym_yara *y;
    struct yara_lexer lx;
    struct ym_err err;
    struct yara_token token; /* valid while has_token: read, not taken */
    bool has_token;
    bool fatal; /* the failure is not the rule's: no going on after it */
    uint32_t ns;
    const struct yara_parser *includer; /* NULL: the file the caller gave */
    unsigned depth;                     /* of includes, the first file is 1 */
    size_t item_start;                  /* of the rule, import or include being read */
    const char *why;                    /* static: the reason for left_out(), NULL: a plain error */

    /* The rule being read. */
    struct ym_str rule_name; /* n 0: not known yet, or not its own to have */
    unsigned rule_line, rule_column;
    uint32_t rule_flags;
    struct yara_string *strings;
    struct yara_string **strings_end;
    uint32_t n_strings;
    struct yara_string *buckets[YARA_BUCKETS];
    bool in_for_of;
    bool object_wanted;       /* the name that comes next may be a structure, array or dictionary */
    uint32_t n_loops, n_vars; /* around the place that is read */
    struct yara_variable vars[YARA_MAX_VARS];
    unsigned height; /* of the recursion in expr.c */
};

/* The token that comes next, which stays; or which is taken. */
YM_MUST_CHECK ym_status yara_peek(struct yara_parser *p, const struct yara_token **ret_token);
YM_MUST_CHECK ym_status yara_take(struct yara_parser *p, struct yara_token *ret_token);
/* Takes it if it is of this kind. */
YM_MUST_CHECK ym_status yara_accept(struct yara_parser *p, int kind, bool *ret_taken);
/* Takes it and fails if it is of another kind; what: for the message. */
YM_MUST_CHECK ym_status yara_expect(struct yara_parser *p, int kind, const char *what,
                                    struct yara_token *ret_token);

/* Words an error at a token. */
void yara_report(struct yara_parser *p, ym_status code, const struct yara_token *at,
                 const char *fmt, ...) YM_PRINTF(4, 5);
void yara_report_unexpected(struct yara_parser *p, const struct yara_token *got, const char *want);
void yara_report_fatal(struct yara_parser *p, ym_status st);

/* The status to return with it; macro and inline, so that compilers and analyzers see that it is
 * one of failure. */
#define yara_fail(p, at, ...) (yara_report(p, YM_MALFORMED, at, __VA_ARGS__), YM_MALFORMED)

static inline ym_status yara_unexpected(struct yara_parser *p, const struct yara_token *got,
                                        const char *want) {
    yara_report_unexpected(p, got, want);
    return YM_MALFORMED;
}

/* Valid YARA that is not supported yet; why: static, for left_out(). */
static inline ym_status yara_refuse(struct yara_parser *p, const struct yara_token *at,
                                    const char *why) {
    p->why = why;
    yara_report(p, YM_UNSUPPORTED, at, "%s: not supported yet", why);
    return YM_UNSUPPORTED;
}

/* A status of something that is not the rule's fault: ends the load.  OK passes. */
static inline ym_status yara_fatal(struct yara_parser *p, ym_status st) {
    if (st != YM_OK) {
        yara_report_fatal(p, st);
    }
    return st;
}

/* The arena gave nothing: LIMIT is the rule's fault, NOMEM is not. */
static inline ym_status yara_out_of_memory(struct yara_parser *p) {
    if (ym_arena_status(p->y->arena) == YM_LIMIT) {
        p->why = "too large";
        yara_report(p, YM_LIMIT, &(struct yara_token){.line = p->lx.line}, "rule too large");
        return YM_LIMIT;
    }
    return yara_fatal(p, YM_NOMEM);
}

void yara_warn(struct yara_parser *p, const struct yara_token *at, const char *text);

/* lint.c: nothing, unless options.lint.  A rule that is about to be handed over; its name, known
 * now; the file after its last rule, of which names from `first` on are. */
void yara_lint_rule(struct yara_parser *p, const struct ym_rule *rule);
void yara_lint_name(struct yara_parser *p);
void yara_lint_file(struct yara_parser *p, size_t first);
/* The value of a string. */
void yara_lint_text(struct yara_parser *p, const struct yara_token *t, bool nocase, bool wide);
void yara_lint_regex(struct yara_parser *p, const struct yara_token *t);

/* rule.c: the token read last began a rule. */
YM_MUST_CHECK ym_status yara_parse_rule(struct yara_parser *p);
struct yara_string *yara_find_string(struct yara_parser *p, struct ym_str name);

/* strings.c, hex.c: the value of a string and its modifiers, after the `=`. */
YM_MUST_CHECK ym_status yara_parse_text_string(struct yara_parser *p, struct ym_pattern *pattern);
YM_MUST_CHECK ym_status yara_parse_hex_string(struct yara_parser *p, struct ym_pattern *pattern);

/* Any regular expression, by the flags behind it. */
struct yara_regex {
    const struct ym_node *body; /* NULL: empty */
    bool nocase;                /* for the letters in BYTES; sets are folded */
    bool greedy;                /* has a greedy quantifier */
};
YM_MUST_CHECK ym_status yara_parse_regex(struct yara_parser *p, const struct yara_token *t,
                                         struct yara_regex *ret_regex);
/* That of a string: adds its spellings to the pattern, whose flags hold the modifiers. */
YM_MUST_CHECK ym_status yara_regex_pattern(struct yara_parser *p, const struct yara_token *t,
                                           bool plain, bool wide, struct ym_pattern *pattern);
YM_MUST_CHECK ym_status yara_parse_regex_string(struct yara_parser *p, struct ym_pattern *pattern);

/* base64.c: adds the spellings of a text of n bytes. */
YM_MUST_CHECK ym_status yara_base64_variants(struct yara_parser *p, struct ym_str text,
                                             const char alphabet[64], bool widen,
                                             struct ym_pattern *pattern);

/* expr.c: a whole condition. */
YM_MUST_CHECK ym_status yara_parse_condition(struct yara_parser *p,
                                             const struct ym_expr **ret_condition);

/* expr_names.c: the external variable of this name, or NULL. */
const struct ym_external *yara_find_external(const struct yara_parser *p, struct ym_str name);

#endif
