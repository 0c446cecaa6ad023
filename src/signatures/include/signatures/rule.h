/* signatures/rule.h - the one intermediate form of every signature.
 *
 * A rule is: patterns + a condition + where it applies + a name.  Both languages end here, and
 * everything after (database, match) knows no other form:
 *
 *   ClamAV .ndb line    one pattern with a place and a target, no condition
 *   YARA rule           its strings and its condition
 *   hash signature      not a rule but a row: struct ym_digest_sig
 *
 * Parsers stream: they build one rule in an arena of their own, hand it to a struct ym_sink and
 * forget it.  Everything a rule points to is borrowed by the sink for the length of the call. */
#ifndef YM_SIGNATURES_RULE_H
#define YM_SIGNATURES_RULE_H

#include "base/arena.h"
#include "base/byte_compare.h"
#include "base/cltype.h"
#include "base/external.h"
#include "base/kinds.h"
#include "base/module.h"
#include "base/status.h"
#include "base/tables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Patterns ---------------------------------------------------------------------------- */

typedef enum ym_node_op {
    YM_NODE_BYTES, /* len bytes; mask NULL: all bits count.  (data[i] & mask[i]) == value[i] */
    YM_NODE_SET,   /* one byte c with set[c / 8] bit c % 8 */
    YM_NODE_JUMP,  /* min..max bytes of any value; max == YM_JUMP_INF: no upper bound */
    YM_NODE_ALT,   /* exactly one of the kids[n_kids], each a sequence (NULL = empty) */
    YM_NODE_NOT,  /* the next len bytes equal none of the kids; each kid is ONE BYTES node of len */
    YM_NODE_EDGE, /* zero-width test of the neighbours, see ym_edge */
    YM_NODE_NEAR, /* zero-width: a byte that stands min..max bytes before (left) or after here */
    YM_NODE_REPEAT /* the kid (a sequence) min..max times; max == YM_JUMP_INF: no upper bound */
} ym_node_op;

#define YM_JUMP_INF UINT32_MAX

/* A sequence is a list linked by next, in reading order. */
struct ym_node {
    const struct ym_node *next;
    ym_node_op op;
    uint32_t len; /* BYTES, NOT */
    union {
        struct {
            const uint8_t *value;
            const uint8_t *mask; /* may be NULL */
        } bytes;
        const uint8_t *set; /* 32 bytes */
        struct {
            uint32_t min, max;
        } jump;
        struct {
            const struct ym_node *const *kids;
            uint32_t n_kids;
        } alt; /* ALT and NOT */
        struct {
            ym_edge kind;
            bool negated;
        } edge;
        struct {
            uint8_t min, max; /* bytes between that byte and this place */
            uint8_t value, mask;
            bool left;
        } near;
        struct {
            const struct ym_node *kid;
            uint32_t min, max;
            bool lazy; /* as few times as will do are preferred, not as many */
        } repeat;      /* of patterns with YM_PATTERN_REGEX only */
    } u;
};

struct ym_place {
    ym_place_kind kind;
    int64_t offset;
    uint32_t shift;
    uint32_t section;
};

/* One spelling of a pattern: plain, or widened (every byte followed by 00; the parser has
 * already put the zeros into body).  `wide` only tells how full words are tested. */
struct ym_variant {
    const struct ym_node *body;
    bool wide;
};

enum { YM_PATTERN_MAX_VARIANTS = 12 }; /* base64 and base64wide of a text, ascii and wide: 12 */

struct ym_pattern {
    const char *id;        /* "$a"; NULL when the language has none */
    uint32_t line, column; /* where it is written; 0: not known */
    struct ym_variant variants[YM_PATTERN_MAX_VARIANTS];
    uint32_t n_variants; /* a match of any is a match of the pattern */
    uint32_t flags;
    uint8_t xor_min, xor_max;
    struct ym_place place;
};

/* ---- Conditions --------------------------------------------------------------------------- */

/* Operators with YARA's semantics, undefined included (facts: yara-language).  Kids in order.
 * Types: every expression yields an integer (i64), a double, a boolean or a text; the parser has
 * checked them and set `type`. */
#define YM_EXPR_TABLE(X)                                                                           \
    X(INT)    /* u.i */                                                                            \
    X(DOUBLE) /* u.d */                                                                            \
    X(TEXT)   /* u.text: a literal */                                                              \
    X(BOOL)   /* u.i 0 or 1 */                                                                     \
    X(FILESIZE)                                                                                    \
    X(ENTRYPOINT) /* YARA's deprecated `entrypoint`: file offset */                                \
    X(READ)       /* u.read; kid: offset */                                                        \
    X(FOUND)      /* u.pattern */                                                                  \
    X(FOUND_AT)   /* u.pattern; kid: offset */                                                     \
    X(FOUND_IN)   /* u.pattern; kids: low, high, inclusive */                                      \
    X(COUNT)      /* u.pattern */                                                                  \
    X(COUNT_IN)   /* u.pattern; kids: low, high */                                                 \
    X(OFFSET)     /* u.pattern; kid: 1-based index */                                              \
    X(LENGTH)     /* u.pattern; kid: 1-based index */                                              \
    X(RULE)       /* u.rule: id that the sink gave to an earlier rule */                           \
    X(EXTERNAL)   /* u.external: id that the sink gave to an external variable */                  \
    X(VAR)        /* u.var: a variable of a loop or of WITH around it */                           \
    X(MODULE)     /* u.module: the module's root struct */                                         \
    X(FIELD)      /* u.field of kid: a struct */                                                   \
    X(INDEX)      /* kids: an array, an integer */                                                 \
    X(LOOKUP)     /* kids: a dictionary, a text */                                                 \
    X(CALL)       /* u.call of kid 0, a struct; then the arguments */                              \
    X(LEN)        /* kid: a text, an array or a dictionary */                                      \
    X(REGEX)      /* u.regex */                                                                    \
    X(MATCHES)    /* kids: a text, a REGEX */                                                      \
    X(TEXT_TRUE)  /* kid: a text; is it not empty? */                                              \
    X(NEG)                                                                                         \
    X(ADD)                                                                                         \
    X(SUB)                                                                                         \
    X(MUL)                                                                                         \
    X(DIV)                                                                                         \
    X(MOD)                                                                                         \
    X(BIT_NOT)                                                                                     \
    X(BIT_AND)                                                                                     \
    X(BIT_OR)                                                                                      \
    X(BIT_XOR)                                                                                     \
    X(SHL)                                                                                         \
    X(SHR)                                                                                         \
    X(EQ)                                                                                          \
    X(NE)                                                                                          \
    X(LT)                                                                                          \
    X(LE)                                                                                          \
    X(GT)                                                                                          \
    X(GE)                                                                                          \
    X(CONTAINS)                                                                                    \
    X(ICONTAINS)                                                                                   \
    X(STARTSWITH)                                                                                  \
    X(ISTARTSWITH)                                                                                 \
    X(ENDSWITH)                                                                                    \
    X(IENDSWITH)                                                                                   \
    X(IEQUALS)                                                                                     \
    X(NOT)                                                                                         \
    X(DEFINED)                                                                                     \
    X(AND)                                                                                         \
    X(OR)                                                                                          \
    X(OF)        /* quantifier over a set: u.of; kids as the quantifier and the place need */      \
    X(FOR_OF)    /* u.of; last kid: the body, where YM_PATTERN_CURRENT is the set's member */      \
    X(OF_VALUES) /* u.of.quantifier; kids: what it needs, then u.of.n conditions */                \
    X(FOR_IN)    /* u.loop; kids: what the quantifier needs, what kind needs, the body */          \
    X(WITH)      /* u.with; kids: a value for each variable, the body */

typedef enum ym_expr_op {
#define X(name) YM_EXPR_##name,
    YM_EXPR_TABLE(X)
#undef X
        YM_EXPR_COUNT_
} ym_expr_op;

typedef enum ym_type {
    YM_TYPE_INT,
    YM_TYPE_DOUBLE,
    YM_TYPE_BOOL,
    YM_TYPE_TEXT,
    YM_TYPE_OBJECT, /* of a module: a struct, an array or a dictionary; the expression's object */
    YM_TYPE_REGEX
} ym_type;

typedef enum ym_quantifier {
    YM_QUANT_COUNT,   /* at least kid 0 (an integer); a literal 0 means none, as YARA 4.3 */
    YM_QUANT_PERCENT, /* at least kid 0 per cent */
    YM_QUANT_ALL,
    YM_QUANT_ANY,
    YM_QUANT_NONE
} ym_quantifier;

/* u.pattern: index into the rule's patterns, or "the one the enclosing FOR_OF is at". */
#define YM_PATTERN_CURRENT UINT32_MAX

/* What FOR_IN goes through. */
typedef enum ym_loop_kind {
    YM_LOOP_RANGE, /* kids: low, high; both inclusive; one integer */
    YM_LOOP_LIST,  /* u.loop.n kids of one type */
    YM_LOOP_ITEMS  /* kid: an array (one variable) or a dictionary (key and element) */
} ym_loop_kind;

struct ym_expr {
    ym_expr_op op;
    ym_type type;
    const struct ym_mod_type *object; /* with YM_TYPE_OBJECT */
    const struct ym_expr *const *kids;
    uint32_t n_kids;
    union {
        int64_t i;
        double d;
        struct {
            const char *s;
            uint32_t n; /* may hold NUL bytes */
        } text;
        uint32_t pattern;
        uint32_t rule;
        struct {
            uint8_t width; /* 1, 2 or 4 */
            bool is_signed;
            bool big_endian;
        } read;
        struct {
            ym_quantifier quantifier;
            const uint32_t *patterns; /* members, indices; NULL when the set is of rules */
            const uint32_t *rules;    /* members, rule ids; NULL when the set is of patterns */
            uint32_t n;
            bool has_at; /* OF ... at e: kid after the quantifier's */
            bool has_in; /* OF ... in (lo..hi): two kids after the quantifier's */
        } of;
        uint32_t external;
        uint8_t var; /* number of variables open around it, itself not counted */
        ym_module_id module;
        uint16_t field;
        struct {
            uint16_t field;
            uint8_t overload;
        } call;
        struct {
            const struct ym_node *body;
            bool nocase;
        } regex;
        struct {
            ym_quantifier quantifier;
            ym_loop_kind kind;
            uint32_t n; /* LIST: members */
            uint8_t var;
            uint8_t n_vars;
        } loop;
        struct {
            uint8_t var; /* of the first */
            uint8_t n;
        } with;
    } u;
};

/* ---- ClamAV's logical signatures ------------------------------------------------------------
 *
 * Not YARA's expressions: every node yields whether it is true, a count and a set of subsignatures,
 * by rules of their own (facts: cli_ac_chklsig of the peer; database/logic.h says which).  The
 * parser makes the tree that the peer's splitting makes. */

typedef enum ym_logic_op {
    YM_LOGIC_SUBSIG, /* subsig, with or without a test of its count */
    YM_LOGIC_AND,    /* kids[0] & kids[1] */
    YM_LOGIC_OR      /* kids[0] | kids[1] */
} ym_logic_op;

typedef enum ym_logic_test {
    YM_LOGIC_NO_TEST,
    YM_LOGIC_EQ,
    YM_LOGIC_LT,
    YM_LOGIC_GT
} ym_logic_test;

struct ym_logic {
    ym_logic_op op;
    uint32_t subsig;
    const struct ym_logic *kids[2];
    ym_logic_test test; /* of the subsig's count; of the block's total for AND and OR */
    uint32_t count;     /* what it is compared with */
    uint32_t distinct;  /* AND, OR with a test: at least so many different subsigs; 0: no bound */
};

typedef enum ym_subsig_kind {
    YM_SUBSIG_PATTERN,   /* the rule's patterns first .. first + n: their matches together */
    YM_SUBSIG_MACRO,     /* ${min-max}group$: narrows the subsig before it */
    YM_SUBSIG_COMPARE,   /* byte compare */
    YM_SUBSIG_REGEX,     /* PCRE */
    YM_SUBSIG_IMAGE_HASH /* fuzzy_img#: distance 0 only */
} ym_subsig_kind;

struct ym_regex {
    const struct ym_logic *trigger; /* over earlier subsigs; never NULL */
    const char *text;               /* n bytes, for PCRE2; the full-word wrapping is in it */
    uint32_t n;
    uint32_t flags;        /* enum ym_regex_flag */
    struct ym_place place; /* kind ANY: no offset */
    bool has_shift;
};

struct ym_subsig {
    ym_subsig_kind kind;
    union {
        struct {
            uint32_t first, n;
        } patterns;
        struct {
            uint32_t min, max, group;
        } macro;
        struct ym_byte_compare compare;
        struct ym_regex regex;
        uint64_t image_hash;
    } u;
};

enum { YM_LOGICAL_MAX_SUBSIGS = 64, YM_LOGICAL_MAX_INTERMEDIATES = 16 };

/* A range that both ends belong to; high 0 with low 0: not asked. */
struct ym_span32 {
    bool asked;
    uint32_t low, high;
};

struct ym_logical {
    const struct ym_logic *expr;
    const struct ym_subsig *subsigs;
    uint32_t n_subsigs;
    /* The target description block. */
    struct ym_span32 file_size, entry_point, n_sections;
    const char *icon_group1, *icon_group2; /* NULL: not asked */
    bool has_container;
    ym_cltype container; /* ANY: only when there is no parent */
    uint32_t n_intermediates;
    ym_cltype intermediates[YM_LOGICAL_MAX_INTERMEDIATES]; /* outermost first; ANY: whatever */
    bool has_handler;
    ym_cltype handler; /* no alert: the object is looked at once more as this type */
};

/* ---- Rules -------------------------------------------------------------------------------- */

struct ym_meta {
    const char *key;
    ym_type type; /* INT, BOOL or TEXT */
    int64_t i;
    const char *text;
};

struct ym_rule {
    ym_lang lang;
    const char *name;
    const char *ns; /* YARA namespace; "" or NULL: the default one */
    uint32_t flags;
    enum ym_target target;
    const struct ym_pattern *patterns;
    uint32_t n_patterns;
    const struct ym_expr *condition;  /* NULL: at least one pattern was found */
    const struct ym_logical *logical; /* with YM_RULE_LOGICAL, instead of a condition */
    uint32_t macro_group;             /* with YM_RULE_MACRO */
    const char *const *tags;
    uint32_t n_tags;
    const struct ym_meta *metas;
    uint32_t n_metas;
    const char *file; /* where it was written, for `explain` */
    uint32_t line;
};

/* ---- Digest signatures --------------------------------------------------------------------- */

struct ym_digest_sig {
    ym_digest_kind kind;
    ym_digest_algo algo;
    uint32_t size; /* bytes, or YM_SIZE_ANY */
    uint8_t digest[32];
    struct ym_str_ref {
        const char *s;
        uint32_t n;
    } name;
    bool unofficial;
};

/* ---- Sink ----------------------------------------------------------------------------------- */

/* What a parser hands its results to: the database builder, or a test's collector.
 * A status other than OK from any call ends the load with that status; but UNSUPPORTED and LIMIT
 * from rule() mean that this one rule could not be taken (nothing of it was kept): with skip_bad
 * the parser leaves it out and goes on. */
struct ym_sink {
    void *self;
    /* *ret_id: what u.rule of later rules says to mean this one. */
    ym_status (*rule)(void *self, const struct ym_rule *rule, uint32_t *ret_id, struct ym_err *err);
    ym_status (*digest)(void *self, const struct ym_digest_sig *sig, struct ym_err *err);
    /* A row of a side table (base/tables.h); copied. */
    ym_status (*row)(void *self, ym_table table, const struct ym_table_row *row,
                     struct ym_err *err);
    /* A signature that was left out, and why (--skip-bad, ignore lists, functionality level,
     * unknown target ...): counted by reason in `db info`.  why is a static string. */
    ym_status (*left_out)(void *self, const char *file, unsigned line, const char *why);
    /* An external variable, whose value is the one when nobody gives another.
     * *ret_id: what u.external of rules says to mean it; the same for the same name, whose type may
     * not change.  NULL: rules that use external variables are refused. */
    ym_status (*external)(void *self, const struct ym_external *e, uint32_t *ret_id);
};

#endif
