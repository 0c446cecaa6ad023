/* condition.c - conditions: compiler, checker, and what can be said before any run.
 *
 * A program is a run of instructions for a stack machine.  Values are 64-bit integers (booleans
 * are 0 and 1), doubles and texts, each with an "undefined" flag, as YARA has it: every operator
 * passes undefined on, except AND, OR and BOOL (undefined counts as false) and DEFINED.
 *
 *   END                       the program's value is the one on the stack; always the last byte
 *   PUSH_I8/I32/I64 v         sign-extended
 *   PUSH_DOUBLE bits          IEEE 754
 *   PUSH_TEXT n bytes
 *   FILESIZE, ENTRYPOINT      the latter undefined when the object has none
 *   READ how                  pops an offset; undefined when the bytes are not inside the data
 *   FOUND/COUNT p             p: index into the rule's patterns, or CURRENT
 *   FOUND_AT p                pops an offset
 *   FOUND_IN/COUNT_IN p       pops high, low; both inclusive
 *   OFFSET/LENGTH p           pops a 1-based index; undefined when there is no such match
 *   RULE id                   did that rule's condition hold?
 *   TO_DOUBLE, NEG_*, BIT_NOT, ADD_I .. GE_D, EQ_T .. IEQUALS, NOT: see condition_code.h
 *   DEFINED, BOOL             make 0 or 1 of any number
 *   AND end / OR end          pops; if it decides, pushes 0 / 1 and goes on at end, else falls
 *                             through.  Opens a block that closes at end.
 *   OF q place n members      pops what place needs (AT: offset, IN: high, low), then what q
 *                             needs (COUNT, PERCENT: an integer); counts the members that hold
 *   FOR q n members           pops what q needs; opens a loop over the patterns
 *   NEXT                      pops the body's value; next member, or closes the loop and pushes
 *
 * `a and b and c` is   a  AND e  b  AND e  c  BOOL  e:
 *
 * The checker walks a program once from its first byte to its last and keeps a stack of types
 * and a stack of open blocks.  Invariants, which make the machine safe without tests of its own:
 *  1. Code is structured: blocks nest, an `end` is the start of an instruction, jumps are forward
 *     except NEXT to its own FOR.  So one walk in program order sees every reachable state.
 *  2. Inside a block nothing is popped that was on the stack when it was opened.  At its end
 *     exactly one integer has been added, however the end was reached.
 *  3. A loop runs once per member, members are bytes of the program, loops nest to MAX_LOOPS.
 *  4. Every pattern is below n_patterns, every rule below the rule's own id, CURRENT only inside
 *     a loop.
 *
 * Sources of the semantics: docs/formats/yara.md. */
#include "database/condition.h"

#include "database/condition_code.h"
#include "signatures/rule.h"

#include <assert.h>
#include <string.h>

static const char module[] = "database/condition";

enum {
    /* The deepest expression.  Each level holds at most one value on the stack, OF two. */
    MAX_DEPTH = 300
};

/* ---- Compiler -------------------------------------------------------------------------------- */

struct compiler {
    struct ym_buf *out;
    size_t base;
    uint32_t n_patterns;
    uint8_t *needs;
    bool uses_rules;
    unsigned depth;
    unsigned n_loops;
    const struct ym_expr *loops[YM_COND_MAX_LOOPS];
    struct ym_err *err;
};

static ym_status compile(struct compiler *c, const struct ym_expr *e);

static ym_status bad_shape(struct compiler *c, const char *what) {
    return ym_fail(c->err, YM_MALFORMED, module, YM_ERR_NO_OFFSET, "condition: %s", what);
}

static void emit(struct compiler *c, ym_cond_op op) {
    ym_buf_u8(c->out, (uint8_t)op);
}

static void emit_u32(struct compiler *c, ym_cond_op op, uint32_t operand) {
    emit(c, op);
    ym_buf_u32le(c->out, operand);
}

static void emit_int(struct compiler *c, int64_t v) {
    if (v == (int8_t)v) {
        emit(c, YM_COND_PUSH_I8);
        ym_buf_u8(c->out, (uint8_t)v);
    } else if (v == (int32_t)v) {
        emit_u32(c, YM_COND_PUSH_I32, (uint32_t)v);
    } else {
        emit(c, YM_COND_PUSH_I64);
        ym_buf_u64le(c->out, (uint64_t)v);
    }
}

static ym_status compile_kids(struct compiler *c, const struct ym_expr *e, uint32_t from,
                              uint32_t to) {
    for (uint32_t i = from; i < to; i++) {
        YM_TRY(compile(c, e->kids[i]));
    }
    return YM_OK;
}

static ym_status compile_int(struct compiler *c, const struct ym_expr *e) {
    emit_int(c, e->u.i);
    return YM_OK;
}

static ym_status compile_double(struct compiler *c, const struct ym_expr *e) {
    uint64_t bits;

    memcpy(&bits, &e->u.d, sizeof(bits));
    emit(c, YM_COND_PUSH_DOUBLE);
    ym_buf_u64le(c->out, bits);
    return YM_OK;
}

static ym_status compile_text(struct compiler *c, const struct ym_expr *e) {
    emit_u32(c, YM_COND_PUSH_TEXT, e->u.text.n);
    ym_buf_add(c->out, e->u.text.s, e->u.text.n);
    return YM_OK;
}

static ym_status compile_filesize(struct compiler *c, const struct ym_expr *e) {
    emit(c, e->op == YM_EXPR_FILESIZE ? YM_COND_FILESIZE : YM_COND_ENTRYPOINT);
    return YM_OK;
}

static ym_status compile_read(struct compiler *c, const struct ym_expr *e) {
    uint8_t how = e->u.read.width == 1 ? 0 : e->u.read.width == 2 ? 1 : 2;

    if (e->u.read.width != 1u << how) {
        return bad_shape(c, "an integer of this width cannot be read");
    }
    if (e->u.read.is_signed) {
        how |= YM_COND_READ_SIGNED;
    }
    if (e->u.read.big_endian) {
        how |= YM_COND_READ_BIG;
    }
    YM_TRY(compile_kids(c, e, 0, 1));
    emit(c, YM_COND_READ);
    ym_buf_u8(c->out, how);
    return YM_OK;
}

/* Notes that a pattern's matches, not only the fact of one, are asked for. */
static void need_matches(struct compiler *c, uint32_t pattern) {
    if (pattern != YM_PATTERN_CURRENT) {
        c->needs[pattern] = YM_NEED_MATCHES;
        return;
    }
    for (uint32_t i = 0; i < c->loops[c->n_loops - 1]->u.of.n; i++) {
        c->needs[c->loops[c->n_loops - 1]->u.of.patterns[i]] = YM_NEED_MATCHES;
    }
}

/* FOUND .. LENGTH: kids, then the instruction with its pattern. */
static ym_status compile_pattern(struct compiler *c, const struct ym_expr *e) {
    static const struct {
        ym_cond_op op;
        uint32_t kids;
    } rows[] = {
        [0] = {YM_COND_FOUND, 0},
        [YM_EXPR_FOUND_AT - YM_EXPR_FOUND] = {YM_COND_FOUND_AT, 1},
        [YM_EXPR_FOUND_IN - YM_EXPR_FOUND] = {YM_COND_FOUND_IN, 2},
        [YM_EXPR_COUNT - YM_EXPR_FOUND] = {YM_COND_COUNT, 0},
        [YM_EXPR_COUNT_IN - YM_EXPR_FOUND] = {YM_COND_COUNT_IN, 2},
        [YM_EXPR_OFFSET - YM_EXPR_FOUND] = {YM_COND_OFFSET, 1},
        [YM_EXPR_LENGTH - YM_EXPR_FOUND] = {YM_COND_LENGTH, 1},
    };
    uint32_t pattern = e->u.pattern;

    if (pattern == YM_PATTERN_CURRENT ? c->n_loops == 0 : pattern >= c->n_patterns) {
        return bad_shape(c, "a pattern that the rule does not have");
    }
    YM_TRY(compile_kids(c, e, 0, rows[e->op - YM_EXPR_FOUND].kids));
    if (e->op != YM_EXPR_FOUND) {
        need_matches(c, pattern);
    }
    emit_u32(c, rows[e->op - YM_EXPR_FOUND].op,
             pattern == YM_PATTERN_CURRENT ? YM_COND_CURRENT : pattern);
    return YM_OK;
}

static ym_status compile_rule(struct compiler *c, const struct ym_expr *e) {
    c->uses_rules = true;
    emit_u32(c, YM_COND_RULE, e->u.rule);
    return YM_OK;
}

/* The instruction of an operator for each type of its operands; 0 (END): it has none. */
static const struct operator_row {
    ym_cond_op of_int, of_double, of_text;
} operators[YM_EXPR_COUNT_] = {
    [YM_EXPR_NEG] = {YM_COND_NEG_I, YM_COND_NEG_D, 0},
    [YM_EXPR_BIT_NOT] = {YM_COND_BIT_NOT, 0, 0},
    [YM_EXPR_ADD] = {YM_COND_ADD_I, YM_COND_ADD_D, 0},
    [YM_EXPR_SUB] = {YM_COND_SUB_I, YM_COND_SUB_D, 0},
    [YM_EXPR_MUL] = {YM_COND_MUL_I, YM_COND_MUL_D, 0},
    [YM_EXPR_DIV] = {YM_COND_DIV_I, YM_COND_DIV_D, 0},
    [YM_EXPR_MOD] = {YM_COND_MOD_I, 0, 0},
    [YM_EXPR_BIT_AND] = {YM_COND_BIT_AND, 0, 0},
    [YM_EXPR_BIT_OR] = {YM_COND_BIT_OR, 0, 0},
    [YM_EXPR_BIT_XOR] = {YM_COND_BIT_XOR, 0, 0},
    [YM_EXPR_SHL] = {YM_COND_SHL, 0, 0},
    [YM_EXPR_SHR] = {YM_COND_SHR, 0, 0},
    [YM_EXPR_EQ] = {YM_COND_EQ_I, YM_COND_EQ_D, YM_COND_EQ_T},
    [YM_EXPR_NE] = {YM_COND_NE_I, YM_COND_NE_D, YM_COND_NE_T},
    [YM_EXPR_LT] = {YM_COND_LT_I, YM_COND_LT_D, YM_COND_LT_T},
    [YM_EXPR_LE] = {YM_COND_LE_I, YM_COND_LE_D, YM_COND_LE_T},
    [YM_EXPR_GT] = {YM_COND_GT_I, YM_COND_GT_D, YM_COND_GT_T},
    [YM_EXPR_GE] = {YM_COND_GE_I, YM_COND_GE_D, YM_COND_GE_T},
    [YM_EXPR_CONTAINS] = {0, 0, YM_COND_CONTAINS},
    [YM_EXPR_ICONTAINS] = {0, 0, YM_COND_ICONTAINS},
    [YM_EXPR_STARTSWITH] = {0, 0, YM_COND_STARTSWITH},
    [YM_EXPR_ISTARTSWITH] = {0, 0, YM_COND_ISTARTSWITH},
    [YM_EXPR_ENDSWITH] = {0, 0, YM_COND_ENDSWITH},
    [YM_EXPR_IENDSWITH] = {0, 0, YM_COND_IENDSWITH},
    [YM_EXPR_IEQUALS] = {0, 0, YM_COND_IEQUALS},
    [YM_EXPR_NOT] = {YM_COND_NOT, YM_COND_NOT, 0},
    [YM_EXPR_DEFINED] = {YM_COND_DEFINED, YM_COND_DEFINED, 0},
};

/* The type in which an operator with these operands works: the widest of them. */
static ym_type operand_type(const struct ym_expr *e) {
    ym_type type = YM_TYPE_INT;

    for (uint32_t i = 0; i < e->n_kids; i++) {
        if (e->kids[i]->type == YM_TYPE_TEXT) {
            return YM_TYPE_TEXT;
        }
        type = e->kids[i]->type == YM_TYPE_DOUBLE ? YM_TYPE_DOUBLE : type;
    }
    return type;
}

static ym_cond_op operator_code(const struct ym_expr *e) {
    const struct operator_row *row = &operators[e->op];
    ym_type type = operand_type(e);

    return type == YM_TYPE_TEXT     ? row->of_text
           : type == YM_TYPE_DOUBLE ? row->of_double
                                    : row->of_int;
}

static ym_status compile_operator(struct compiler *c, const struct ym_expr *e) {
    ym_cond_op op = operator_code(e);

    if (op == YM_COND_END) {
        return bad_shape(c, "an operator with operands of the wrong type");
    }
    for (uint32_t i = 0; i < e->n_kids; i++) {
        YM_TRY(compile(c, e->kids[i]));
        if (op >= YM_COND_ADD_D && op <= YM_COND_GE_D && e->kids[i]->type != YM_TYPE_DOUBLE) {
            emit(c, YM_COND_TO_DOUBLE);
        }
    }
    emit(c, op);
    return YM_OK;
}

/* AND, OR of two or more. */
static ym_status compile_logic(struct compiler *c, const struct ym_expr *e) {
    ym_cond_op op = e->op == YM_EXPR_AND ? YM_COND_AND : YM_COND_OR;
    uint32_t last = 0; /* offset of the latest end operand, which holds that of the one before */
    uint32_t end;

    for (uint32_t i = 0; i < e->n_kids; i++) {
        YM_TRY(compile(c, e->kids[i]));
        if (i + 1 < e->n_kids) {
            emit_u32(c, op, last);
            last = (uint32_t)(c->out->len - c->base) - 4;
        }
    }
    emit(c, YM_COND_BOOL);
    YM_TRY(ym_buf_status(c->out));
    end = (uint32_t)(c->out->len - c->base);
    while (last != 0) {
        uint8_t *operand = c->out->data + c->base + last;

        last = ym_cond_u32(operand);
        for (unsigned i = 0; i < 4; i++) {
            operand[i] = (uint8_t)(end >> (8 * i));
        }
    }
    return YM_OK;
}

static uint8_t quantifier_code(ym_quantifier q) {
    static const uint8_t codes[] = {
        [YM_QUANT_COUNT] = YM_COND_Q_COUNT, [YM_QUANT_PERCENT] = YM_COND_Q_PERCENT,
        [YM_QUANT_ALL] = YM_COND_Q_ALL,     [YM_QUANT_ANY] = YM_COND_Q_ANY,
        [YM_QUANT_NONE] = YM_COND_Q_NONE,
    };

    return codes[q];
}

static uint32_t quantifier_kids(const struct ym_expr *e) {
    return e->u.of.quantifier == YM_QUANT_COUNT || e->u.of.quantifier == YM_QUANT_PERCENT;
}

/* The number of kids an OF or FOR_OF must have. */
static uint32_t of_kids(const struct ym_expr *e) {
    uint32_t n = quantifier_kids(e);

    if (e->op == YM_EXPR_FOR_OF) {
        return n + 1;
    }
    return n + (e->u.of.has_at ? 1 : 0) + (e->u.of.has_in ? 2 : 0);
}

static ym_status check_members(struct compiler *c, const struct ym_expr *e) {
    bool rules_allowed = e->op == YM_EXPR_OF && !e->u.of.has_at && !e->u.of.has_in;

    if (e->u.of.n == 0 || (e->u.of.patterns == NULL) == (e->u.of.rules == NULL) ||
        (e->u.of.rules != NULL && !rules_allowed) || (e->u.of.has_at && e->u.of.has_in)) {
        return bad_shape(c, "a set that cannot be counted");
    }
    for (uint32_t i = 0; e->u.of.patterns != NULL && i < e->u.of.n; i++) {
        if (e->u.of.patterns[i] >= c->n_patterns) {
            return bad_shape(c, "a pattern that the rule does not have");
        }
    }
    return YM_OK;
}

static void emit_members(struct compiler *c, const struct ym_expr *e) {
    const uint32_t *members = e->u.of.rules != NULL ? e->u.of.rules : e->u.of.patterns;

    ym_buf_u32le(c->out, e->u.of.n);
    for (uint32_t i = 0; i < e->u.of.n; i++) {
        ym_buf_u32le(c->out, members[i]);
    }
}

static ym_status compile_of(struct compiler *c, const struct ym_expr *e) {
    uint8_t place = e->u.of.rules != NULL ? YM_COND_OF_RULES
                    : e->u.of.has_at      ? YM_COND_OF_AT
                    : e->u.of.has_in      ? YM_COND_OF_IN
                                          : YM_COND_OF_FOUND;

    YM_TRY(check_members(c, e));
    YM_TRY(compile_kids(c, e, 0, of_kids(e)));
    emit(c, YM_COND_OF);
    ym_buf_u8(c->out, quantifier_code(e->u.of.quantifier));
    ym_buf_u8(c->out, place);
    emit_members(c, e);
    c->uses_rules = c->uses_rules || e->u.of.rules != NULL;
    for (uint32_t i = 0; (place == YM_COND_OF_AT || place == YM_COND_OF_IN) && i < e->u.of.n; i++) {
        need_matches(c, e->u.of.patterns[i]);
    }
    return YM_OK;
}

static ym_status compile_for(struct compiler *c, const struct ym_expr *e) {
    YM_TRY(check_members(c, e));
    if (c->n_loops == YM_COND_MAX_LOOPS) {
        return ym_fail(c->err, YM_LIMIT, module, YM_ERR_NO_OFFSET, "loops nested deeper than %d",
                       YM_COND_MAX_LOOPS);
    }
    YM_TRY(compile_kids(c, e, 0, quantifier_kids(e)));
    emit(c, YM_COND_FOR);
    ym_buf_u8(c->out, quantifier_code(e->u.of.quantifier));
    emit_members(c, e);
    c->loops[c->n_loops++] = e;
    YM_TRY(compile(c, e->kids[e->n_kids - 1]));
    c->n_loops--;
    emit(c, YM_COND_NEXT);
    return YM_OK;
}

typedef ym_status compile_fn(struct compiler *c, const struct ym_expr *e);

/* kids: how many an expression has; -1: two or more; -2: of_kids() tells. */
static const struct {
    compile_fn *fn;
    int kids;
} rows[YM_EXPR_COUNT_] = {
    [YM_EXPR_INT] = {compile_int, 0},
    [YM_EXPR_DOUBLE] = {compile_double, 0},
    [YM_EXPR_TEXT] = {compile_text, 0},
    [YM_EXPR_BOOL] = {compile_int, 0},
    [YM_EXPR_FILESIZE] = {compile_filesize, 0},
    [YM_EXPR_ENTRYPOINT] = {compile_filesize, 0},
    [YM_EXPR_READ] = {compile_read, 1},
    [YM_EXPR_FOUND] = {compile_pattern, 0},
    [YM_EXPR_FOUND_AT] = {compile_pattern, 1},
    [YM_EXPR_FOUND_IN] = {compile_pattern, 2},
    [YM_EXPR_COUNT] = {compile_pattern, 0},
    [YM_EXPR_COUNT_IN] = {compile_pattern, 2},
    [YM_EXPR_OFFSET] = {compile_pattern, 1},
    [YM_EXPR_LENGTH] = {compile_pattern, 1},
    [YM_EXPR_RULE] = {compile_rule, 0},
    [YM_EXPR_NEG] = {compile_operator, 1},
    [YM_EXPR_ADD] = {compile_operator, 2},
    [YM_EXPR_SUB] = {compile_operator, 2},
    [YM_EXPR_MUL] = {compile_operator, 2},
    [YM_EXPR_DIV] = {compile_operator, 2},
    [YM_EXPR_MOD] = {compile_operator, 2},
    [YM_EXPR_BIT_NOT] = {compile_operator, 1},
    [YM_EXPR_BIT_AND] = {compile_operator, 2},
    [YM_EXPR_BIT_OR] = {compile_operator, 2},
    [YM_EXPR_BIT_XOR] = {compile_operator, 2},
    [YM_EXPR_SHL] = {compile_operator, 2},
    [YM_EXPR_SHR] = {compile_operator, 2},
    [YM_EXPR_EQ] = {compile_operator, 2},
    [YM_EXPR_NE] = {compile_operator, 2},
    [YM_EXPR_LT] = {compile_operator, 2},
    [YM_EXPR_LE] = {compile_operator, 2},
    [YM_EXPR_GT] = {compile_operator, 2},
    [YM_EXPR_GE] = {compile_operator, 2},
    [YM_EXPR_CONTAINS] = {compile_operator, 2},
    [YM_EXPR_ICONTAINS] = {compile_operator, 2},
    [YM_EXPR_STARTSWITH] = {compile_operator, 2},
    [YM_EXPR_ISTARTSWITH] = {compile_operator, 2},
    [YM_EXPR_ENDSWITH] = {compile_operator, 2},
    [YM_EXPR_IENDSWITH] = {compile_operator, 2},
    [YM_EXPR_IEQUALS] = {compile_operator, 2},
    [YM_EXPR_NOT] = {compile_operator, 1},
    [YM_EXPR_DEFINED] = {compile_operator, 1},
    [YM_EXPR_AND] = {compile_logic, -1},
    [YM_EXPR_OR] = {compile_logic, -1},
    [YM_EXPR_OF] = {compile_of, -2},
    [YM_EXPR_FOR_OF] = {compile_for, -2},
};

static bool kids_fit(const struct ym_expr *e) {
    int want = rows[e->op].kids;

    if (want == -1) {
        return e->n_kids >= 2;
    }
    return e->n_kids == (want == -2 ? of_kids(e) : (uint32_t)want);
}

static ym_status compile(struct compiler *c, const struct ym_expr *e) {
    if ((unsigned)e->op >= YM_EXPR_COUNT_ || !kids_fit(e)) {
        return bad_shape(c, "an expression with a wrong number of parts");
    }
    if (c->depth == MAX_DEPTH) {
        return ym_fail(c->err, YM_LIMIT, module, YM_ERR_NO_OFFSET,
                       "condition nested deeper than %d", MAX_DEPTH);
    }
    c->depth++;
    YM_TRY(rows[e->op].fn(c, e));
    c->depth--;
    return ym_buf_status(c->out);
}

/* ---- Could it be true without a hit? ---------------------------------------------------------
 *
 * Evaluates the condition as if none of the rule's patterns had been found, over what is not
 * known: the data, its size, other rules.  A value may be undefined, may be defined, and may be
 * known when it is defined. */

struct guess {
    bool may_be_undefined;
    bool may_be_defined;
    bool known;
    int64_t i;
    double d;
};

static struct guess guess(const struct ym_expr *e);

static struct guess known_int(int64_t i) {
    return (struct guess){.may_be_defined = true, .known = true, .i = i};
}

static struct guess unknown(bool may_be_undefined) {
    return (struct guess){.may_be_defined = true, .may_be_undefined = may_be_undefined};
}

static struct guess undefined(void) {
    return (struct guess){.may_be_undefined = true};
}

static bool truth_of(const struct guess *g, const struct ym_expr *e) {
    uint64_t bits;

    if (e->type != YM_TYPE_DOUBLE) {
        return g->i != 0;
    }
    memcpy(&bits, &g->d, sizeof(bits));
    return bits != 0;
}

static bool may_hold(const struct guess *g, const struct ym_expr *e) {
    return g->may_be_defined && (!g->known || truth_of(g, e));
}

static bool must_hold(const struct guess *g, const struct ym_expr *e) {
    return !g->may_be_undefined && g->known && truth_of(g, e);
}

static bool kid_may_be_undefined(const struct ym_expr *e) {
    for (uint32_t i = 0; i < e->n_kids; i++) {
        if (guess(e->kids[i]).may_be_undefined) {
            return true;
        }
    }
    return false;
}

/* The value v, or undefined if one of e's kids is. */
static struct guess unless_kid_undefined(const struct ym_expr *e, int64_t v) {
    struct guess g = known_int(v);

    g.may_be_undefined = kid_may_be_undefined(e);
    return g;
}

static double as_double(const struct guess *g, const struct ym_expr *e) {
    return e->type == YM_TYPE_DOUBLE ? g->d : (double)g->i;
}

static struct guess guess_unary(const struct ym_expr *e) {
    struct guess g = guess(e->kids[0]);

    if (e->op == YM_EXPR_DEFINED) {
        if (!g.may_be_defined || !g.may_be_undefined) {
            return known_int(g.may_be_defined);
        }
        return unknown(false);
    }
    if (e->op == YM_EXPR_NOT) {
        g.i = !truth_of(&g, e->kids[0]);
    } else if (e->op == YM_EXPR_NEG) {
        g.i = (int64_t)(0 - (uint64_t)g.i);
        g.d = -g.d;
    } else {
        g.i = ~g.i;
    }
    return g;
}

/* Two known operands: what they give. */
static struct guess fold(ym_cond_op op, const struct ym_expr *e, const struct guess *a,
                         const struct guess *b) {
    struct guess g = {.may_be_defined = true, .known = true};

    if (op >= YM_COND_EQ_D && op <= YM_COND_GE_D) {
        g.i = ym_cond_double_compare(op, as_double(a, e->kids[0]), as_double(b, e->kids[1]));
        return g;
    }
    if (op >= YM_COND_ADD_D && op <= YM_COND_DIV_D) {
        g.d = ym_cond_double(op, as_double(a, e->kids[0]), as_double(b, e->kids[1]));
        return g;
    }
    return ym_cond_int(op, a->i, b->i, &g.i) ? g : undefined();
}

static struct guess guess_text(ym_cond_op op, const struct ym_expr *a, const struct ym_expr *b) {
    if (a->op != YM_EXPR_TEXT || b->op != YM_EXPR_TEXT) {
        return unknown(true);
    }
    return known_int(ym_cond_text(op, (const uint8_t *)a->u.text.s, a->u.text.n,
                                  (const uint8_t *)b->u.text.s, b->u.text.n));
}

static struct guess guess_binary(const struct ym_expr *e) {
    ym_cond_op op = operator_code(e);
    struct guess a;
    struct guess b;
    struct guess g;

    if (op >= YM_COND_EQ_T && op <= YM_COND_IEQUALS) {
        return guess_text(op, e->kids[0], e->kids[1]);
    }
    a = guess(e->kids[0]);
    b = guess(e->kids[1]);
    if (op == YM_COND_LT_D && (a.may_be_undefined || b.may_be_undefined)) {
        return unknown(false); /* the one comparison that never is undefined */
    }
    if (!a.may_be_defined || !b.may_be_defined) {
        return undefined();
    }
    if (a.known && b.known) {
        g = fold(op, e, &a, &b);
        g.may_be_undefined = g.may_be_undefined || a.may_be_undefined || b.may_be_undefined;
        return g;
    }
    return unknown(a.may_be_undefined || b.may_be_undefined || op == YM_COND_DIV_I ||
                   op == YM_COND_MOD_I || op == YM_COND_SHL || op == YM_COND_SHR);
}

static struct guess guess_logic(const struct ym_expr *e) {
    bool decides_on = e->op == YM_EXPR_OR;
    bool all_known = true;

    for (uint32_t i = 0; i < e->n_kids; i++) {
        struct guess g = guess(e->kids[i]);
        bool holds = must_hold(&g, e->kids[i]);
        bool fails = !may_hold(&g, e->kids[i]);

        if (decides_on ? holds : fails) {
            return known_int(decides_on);
        }
        all_known = all_known && (holds || fails);
    }
    return all_known ? known_int(!decides_on) : unknown(false);
}

/* A quantifier over total members of which low to high hold. */
static struct guess guess_quantifier(const struct ym_expr *e, int64_t low, int64_t high,
                                     bool may_be_undefined) {
    uint8_t q = quantifier_code(e->u.of.quantifier);
    struct guess n = {.may_be_defined = true, .known = true};
    struct guess g;
    bool at_low;

    if (quantifier_kids(e) != 0) {
        n = guess(e->kids[0]);
    }
    if (!n.known || n.may_be_undefined || low != high) {
        bool few = e->u.of.quantifier == YM_QUANT_ANY || e->u.of.quantifier == YM_QUANT_ALL;

        if (few && high == 0) {
            return known_int(0);
        }
        return unknown(true);
    }
    at_low = ym_cond_enough(q, n.i, low, e->u.of.n);
    g = known_int(at_low);
    g.may_be_undefined = may_be_undefined;
    return g;
}

static struct guess guess_of(const struct ym_expr *e) {
    bool may_be_undefined = false;

    for (uint32_t i = quantifier_kids(e); i < e->n_kids; i++) {
        struct guess g = guess(e->kids[i]);

        if (!g.may_be_defined) {
            return undefined();
        }
        may_be_undefined = may_be_undefined || g.may_be_undefined;
    }
    return guess_quantifier(e, 0, e->u.of.rules != NULL ? e->u.of.n : 0, may_be_undefined);
}

static struct guess guess_for(const struct ym_expr *e) {
    const struct ym_expr *body = e->kids[e->n_kids - 1];
    struct guess g = guess(body);

    return guess_quantifier(e, must_hold(&g, body) ? e->u.of.n : 0,
                            may_hold(&g, body) ? e->u.of.n : 0, false);
}

static struct guess guess(const struct ym_expr *e) {
    switch ((int)e->op) {
    case YM_EXPR_INT:
    case YM_EXPR_BOOL:
        return known_int(e->u.i);
    case YM_EXPR_DOUBLE:
        return (struct guess){.may_be_defined = true, .known = true, .d = e->u.d};
    case YM_EXPR_FILESIZE:
    case YM_EXPR_RULE:
        return unknown(false);
    case YM_EXPR_ENTRYPOINT:
    case YM_EXPR_READ:
    case YM_EXPR_TEXT:
        return unknown(true);
    case YM_EXPR_FOUND:
    case YM_EXPR_FOUND_AT:
    case YM_EXPR_FOUND_IN:
    case YM_EXPR_COUNT:
    case YM_EXPR_COUNT_IN:
        return unless_kid_undefined(e, 0);
    case YM_EXPR_OFFSET:
    case YM_EXPR_LENGTH:
        return undefined();
    case YM_EXPR_NEG:
    case YM_EXPR_BIT_NOT:
    case YM_EXPR_NOT:
    case YM_EXPR_DEFINED:
        return guess_unary(e);
    case YM_EXPR_AND:
    case YM_EXPR_OR:
        return guess_logic(e);
    case YM_EXPR_OF:
        return guess_of(e);
    case YM_EXPR_FOR_OF:
        return guess_for(e);
    default:
        return guess_binary(e);
    }
}

ym_status ym_condition_compile(const struct ym_expr *expr, uint32_t n_patterns, struct ym_buf *out,
                               uint8_t *needs, struct ym_condition_facts *ret_facts,
                               struct ym_err *err) {
    struct compiler c = {
        .out = out, .base = out->len, .n_patterns = n_patterns, .needs = needs, .err = err};
    struct guess g;

    for (uint32_t i = 0; i < n_patterns; i++) {
        needs[i] = YM_NEED_FOUND;
    }
    YM_TRY(compile(&c, expr));
    emit(&c, YM_COND_END);
    YM_TRY(ym_buf_status(out));
    if (out->len - c.base > YM_COND_MAX_PROGRAM) {
        return ym_fail(err, YM_LIMIT, module, YM_ERR_NO_OFFSET, "condition too long");
    }
    /* The checker is the one judge of what may run; it also finds operands of a wrong type. */
    YM_TRY(ym_condition_check(out->data + c.base, (uint32_t)(out->len - c.base), n_patterns,
                              UINT32_MAX, err));
    g = guess(expr);
    *ret_facts = (struct ym_condition_facts){.true_without_hits = may_hold(&g, expr),
                                             .uses_rules = c.uses_rules};
    return YM_OK;
}

/* ---- Checker --------------------------------------------------------------------------------- */

struct block {
    uint32_t end;   /* of an AND or OR; unused for a loop, which NEXT closes */
    uint32_t floor; /* values on the stack that the block must not touch */
    bool is_loop;
};

struct checker {
    const uint8_t *program;
    uint32_t size;
    uint32_t n_patterns;
    uint32_t rule_id;
    uint32_t pc;
    uint32_t depth;
    uint32_t n_blocks;
    uint32_t n_loops;
    char types[YM_COND_MAX_STACK];
    struct block blocks[YM_COND_MAX_BLOCKS];
    struct ym_err *err;
};

static const struct {
    int8_t operands;
    const char *pops;
    const char *pushes;
} codes[YM_COND_COUNT_] = {
#define X(name, operands, pops, pushes) [YM_COND_##name] = {operands, pops, pushes},
    YM_COND_TABLE(X)
#undef X
};

static ym_status refuse(struct checker *k, const char *why) {
    return ym_fail(k->err, YM_MALFORMED, module, k->pc, "condition program: %s", why);
}

static uint32_t stack_floor(const struct checker *k) {
    return k->n_blocks == 0 ? 0 : k->blocks[k->n_blocks - 1].floor;
}

static ym_status check_pop(struct checker *k, char want) {
    char got;

    if (k->depth <= stack_floor(k)) {
        return refuse(k, "pops more than there is");
    }
    got = k->types[--k->depth];
    if (got != want && !(want == 'n' && got != 't')) {
        return refuse(k, "a value of the wrong type");
    }
    return YM_OK;
}

static ym_status check_push(struct checker *k, char type) {
    if (k->depth == YM_COND_MAX_STACK) {
        return refuse(k, "pushes more than the stack holds");
    }
    k->types[k->depth++] = type;
    return YM_OK;
}

static ym_status check_open(struct checker *k, struct block block) {
    if (k->n_blocks == YM_COND_MAX_BLOCKS) {
        return refuse(k, "too many blocks");
    }
    k->blocks[k->n_blocks++] = block;
    return YM_OK;
}

static bool pattern_is_good(const struct checker *k, uint32_t pattern) {
    return pattern < k->n_patterns || (pattern == YM_COND_CURRENT && k->n_loops > 0);
}

/* The operands of a fixed-length instruction, which lie at p. */
static ym_status check_operands(struct checker *k, ym_cond_op op, const uint8_t *p) {
    if (op >= YM_COND_FOUND && op <= YM_COND_LENGTH) {
        return pattern_is_good(k, ym_cond_u32(p)) ? YM_OK : refuse(k, "no such pattern");
    }
    if (op == YM_COND_RULE && ym_cond_u32(p) >= k->rule_id) {
        return refuse(k, "no earlier rule");
    }
    if (op == YM_COND_READ && ((p[0] & YM_COND_READ_WIDTH) > 2 || p[0] > 0x0f)) {
        return refuse(k, "no such width");
    }
    return YM_OK;
}

/* Pops in the order in which the machine does: the last letter first. */
static ym_status check_effect(struct checker *k, const char *pops, const char *pushes) {
    for (size_t i = strlen(pops); i > 0; i--) {
        YM_TRY(check_pop(k, pops[i - 1]));
    }
    return pushes[0] != '\0' ? check_push(k, pushes[0]) : YM_OK;
}

static ym_status check_short_circuit(struct checker *k, const uint8_t *p) {
    uint32_t end = ym_cond_u32(p);
    const struct block *top;

    if (end <= k->pc || end >= k->size) {
        return refuse(k, "jumps out of the program or back");
    }
    /* `a and b and c`: the second AND belongs to the block of the first. */
    top = k->n_blocks == 0 ? NULL : &k->blocks[k->n_blocks - 1];
    if (top != NULL && !top->is_loop) {
        if (top->end == end && top->floor == k->depth) {
            return YM_OK;
        }
        if (end > top->end) {
            return refuse(k, "blocks that cross");
        }
    }
    return check_open(k, (struct block){.end = end, .floor = k->depth});
}

/* The n members at p, of which `room` bytes are inside the program; rules or patterns. */
static ym_status check_members_at(struct checker *k, const uint8_t *p, uint32_t n, bool rules,
                                  uint32_t room) {
    if (n == 0 || n > room / 4) {
        return refuse(k, "a set that is empty or does not end");
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = ym_cond_u32(p + (size_t)i * 4);

        if (id >= (rules ? k->rule_id : k->n_patterns)) {
            return refuse(k, "a set with a member that does not exist");
        }
    }
    return YM_OK;
}

static ym_status check_quantifier(struct checker *k, uint8_t quantifier) {
    if (quantifier > YM_COND_Q_NONE) {
        return refuse(k, "no such quantifier");
    }
    if (quantifier == YM_COND_Q_COUNT || quantifier == YM_COND_Q_PERCENT) {
        return check_pop(k, 'i');
    }
    return YM_OK;
}

static ym_status check_of(struct checker *k, const uint8_t *p, uint32_t room, uint32_t *ret_tail) {
    uint32_t n = ym_cond_u32(p + 2);

    if (p[1] > YM_COND_OF_RULES) {
        return refuse(k, "no such place");
    }
    YM_TRY(check_members_at(k, p + 6, n, p[1] == YM_COND_OF_RULES, room));
    YM_TRY(check_effect(k, p[1] == YM_COND_OF_AT ? "i" : p[1] == YM_COND_OF_IN ? "ii" : "", ""));
    YM_TRY(check_quantifier(k, p[0]));
    *ret_tail = n * 4;
    return YM_OK;
}

static ym_status check_for(struct checker *k, const uint8_t *p, uint32_t room, uint32_t *ret_tail) {
    uint32_t n = ym_cond_u32(p + 1);

    if (k->n_loops == YM_COND_MAX_LOOPS) {
        return refuse(k, "loops nested too deep");
    }
    YM_TRY(check_members_at(k, p + 5, n, false, room));
    YM_TRY(check_quantifier(k, p[0]));
    YM_TRY(check_open(k, (struct block){.floor = k->depth, .is_loop = true}));
    k->n_loops++;
    *ret_tail = n * 4;
    return YM_OK;
}

/* Called with the body's value already popped. */
static ym_status check_next(struct checker *k) {
    if (k->n_blocks == 0 || !k->blocks[k->n_blocks - 1].is_loop || k->depth != stack_floor(k)) {
        return refuse(k, "NEXT outside its loop");
    }
    k->n_blocks--;
    k->n_loops--;
    return YM_OK;
}

/* What is special to an instruction; p: its operands, room: bytes after the fixed ones. */
static ym_status check_special(struct checker *k, ym_cond_op op, const uint8_t *p, uint32_t room,
                               uint32_t *ret_tail) {
    switch ((int)op) {
    case YM_COND_PUSH_TEXT:
        *ret_tail = ym_cond_u32(p);
        return *ret_tail <= room ? YM_OK : refuse(k, "a text that does not end");
    case YM_COND_OF:
        return check_of(k, p, room, ret_tail);
    case YM_COND_FOR:
        return check_for(k, p, room, ret_tail);
    case YM_COND_NEXT:
        YM_TRY(check_pop(k, 'n'));
        return check_next(k);
    default:
        return check_operands(k, op, p);
    }
}

/* Closes the blocks that end here. */
static ym_status check_ends(struct checker *k) {
    while (k->n_blocks > 0 && !k->blocks[k->n_blocks - 1].is_loop) {
        const struct block *top = &k->blocks[k->n_blocks - 1];

        if (k->pc < top->end) {
            return YM_OK;
        }
        if (k->pc > top->end || k->depth != top->floor + 1 || k->types[k->depth - 1] != 'i') {
            return refuse(k, "a block that does not end as it must");
        }
        k->n_blocks--;
    }
    return YM_OK;
}

static ym_status check_instruction(struct checker *k, ym_cond_op op) {
    uint32_t fixed = (uint32_t)(codes[op].operands < 0 ? -codes[op].operands : codes[op].operands);
    const uint8_t *operands = k->program + k->pc + 1;
    uint32_t tail = 0;

    if (fixed > k->size - k->pc - 1) {
        return refuse(k, "ends inside an instruction");
    }
    YM_TRY(check_special(k, op, operands, k->size - k->pc - 1 - fixed, &tail));
    YM_TRY(check_effect(k, op == YM_COND_NEXT ? "" : codes[op].pops, codes[op].pushes));
    if (op == YM_COND_AND || op == YM_COND_OR) {
        YM_TRY(check_short_circuit(k, operands));
    }
    k->pc += 1 + fixed + tail;
    return YM_OK;
}

ym_status ym_condition_check(const uint8_t *program, uint32_t size, uint32_t n_patterns,
                             uint32_t rule_id, struct ym_err *err) {
    struct checker k = {
        .program = program, .size = size, .n_patterns = n_patterns, .rule_id = rule_id, .err = err};

    if (size > YM_COND_MAX_PROGRAM || n_patterns >= YM_COND_CURRENT) {
        return refuse(&k, "too long");
    }
    while (k.pc < size) {
        uint8_t op = program[k.pc];

        YM_TRY(check_ends(&k));
        if (op >= YM_COND_COUNT_) {
            return refuse(&k, "no such instruction");
        }
        if (op == YM_COND_END) {
            YM_TRY(check_pop(&k, 'n'));
            return k.pc == size - 1 && k.depth == 0 && k.n_blocks == 0
                       ? YM_OK
                       : refuse(&k, "ends too early");
        }
        YM_TRY(check_instruction(&k, (ym_cond_op)op));
    }
    return refuse(&k, "does not end");
}
