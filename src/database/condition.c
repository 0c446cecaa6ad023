/* condition.c - conditions: the compiler.
 * The checker: condition_check.c; what can be said before any run: condition_guess.c.
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
 *   OF_VALUES q n             pops n conditions, then what q needs
 *   FOR_RANGE q end           pops high, low, what q needs; opens a loop with a variable; with nothing
 *                             to go through it pushes 0 and goes on at end, behind the NEXT
 *   FOR_LIST q type n end     its n members and what q needs stay on the stack until NEXT closes it
 *   FOR_ITEMS q end           pops an array (a variable) or a dictionary (key and element), what q
 *                             needs
 *   LET n / UNLET n / VAR n   pops into variable n, which is the next; closes n variables; pushes one
 *   EXTERNAL_x id             an external variable of that type
 *   MODULE m                  the root of a module, loaded when it is first asked for
 *   FIELD n, INDEX, LOOKUP    pop a struct; an array and an integer; a dictionary and a text: the
 *                             value there, undefined when there is none
 *   CALL n o k                pops the k arguments of overload o of field n, and the struct; undefined
 *                             when one of them is
 *   LEN_O, LEN_T, TEXT_TRUE   length of an array, dictionary or text; is the text not empty?
 *   PUSH_REGEX n bytes        a program of database/nfa.h
 *   MATCHES                   pops a regular expression and a text
 *
 * `a and b and c` is   a  AND e  b  AND e  c  BOOL  e:
 *
 * The checker walks a program once from its first byte to its last and keeps a stack of types
 * and a stack of open blocks.  Invariants, which make the machine safe without tests of its own:
 *  1. Code is structured: blocks nest, an `end` is the start of an instruction, jumps are forward
 *     except NEXT to its own FOR.  So one walk in program order sees every reachable state.
 *  2. Inside a block nothing is popped that was on the stack when it was opened.  At its end
 *     exactly one integer has been added, however the end was reached.
 *  3. A loop runs once per member, loops nest to MAX_LOOPS, and of loops over patterns one is open.
 *     Variables are a stack of their own: what a block opens it has closed at its end.
 *  4. Every pattern is below n_patterns, every rule below the rule's own id, CURRENT only inside
 *     a loop.
 *
 * Sources of the semantics: docs/formats/yara.md. */
#include "database/condition.h"

#include "condition_int.h"
#include "database/condition_code.h"
#include "database/nfa.h"
#include "signatures/rule.h"

#include <assert.h>
#include <string.h>

static const char module[] = "database/condition";

/* ---- Compiler -------------------------------------------------------------------------------- */

struct compiler {
    struct ym_buf *out;
    size_t base;
    uint32_t n_patterns;
    uint8_t *needs;
    bool uses_rules;
    unsigned depth;
    unsigned n_loops;
    const struct ym_expr *patterns; /* the loop over patterns that is open */
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

static void raise_need(struct compiler *c, uint32_t pattern, uint8_t need) {
    c->needs[pattern] = c->needs[pattern] < need ? need : c->needs[pattern];
}

/* Notes that the number of a pattern's matches or each of them, not only the fact of one, is asked for. */
static void need_more(struct compiler *c, uint32_t pattern, uint8_t need) {
    if (pattern != YM_PATTERN_CURRENT) {
        raise_need(c, pattern, need);
        return;
    }
    for (uint32_t i = 0; i < c->patterns->u.of.n; i++) {
        raise_need(c, c->patterns->u.of.patterns[i], need);
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

    if (pattern == YM_PATTERN_CURRENT ? c->patterns == NULL : pattern >= c->n_patterns) {
        return bad_shape(c, "a pattern that the rule does not have");
    }
    YM_TRY(compile_kids(c, e, 0, rows[e->op - YM_EXPR_FOUND].kids));
    if (e->op != YM_EXPR_FOUND) {
        need_more(c, pattern, e->op == YM_EXPR_COUNT ? YM_NEED_COUNT : YM_NEED_MATCHES);
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

ym_cond_op ym_condition_operator(const struct ym_expr *e) {
    const struct operator_row *row = &operators[e->op];
    ym_type type = operand_type(e);

    return type == YM_TYPE_TEXT     ? row->of_text
           : type == YM_TYPE_DOUBLE ? row->of_double
                                    : row->of_int;
}

static ym_status compile_operator(struct compiler *c, const struct ym_expr *e) {
    ym_cond_op op = ym_condition_operator(e);

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

static void write_u32(uint8_t *p, uint32_t v) {
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
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
        write_u32(operand, end);
    }
    return YM_OK;
}

uint8_t ym_condition_quantifier(ym_quantifier q) {
    static const uint8_t codes[] = {
        [YM_QUANT_COUNT] = YM_COND_Q_COUNT, [YM_QUANT_PERCENT] = YM_COND_Q_PERCENT,
        [YM_QUANT_ALL] = YM_COND_Q_ALL,     [YM_QUANT_ANY] = YM_COND_Q_ANY,
        [YM_QUANT_NONE] = YM_COND_Q_NONE,
    };

    return codes[q];
}

uint32_t ym_condition_quantifier_kids(ym_quantifier q) {
    return q == YM_QUANT_COUNT || q == YM_QUANT_PERCENT;
}

static uint32_t quantifier_kids(const struct ym_expr *e) {
    return ym_condition_quantifier_kids(e->u.of.quantifier);
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
    ym_buf_u8(c->out, ym_condition_quantifier(e->u.of.quantifier));
    ym_buf_u8(c->out, place);
    emit_members(c, e);
    c->uses_rules = c->uses_rules || e->u.of.rules != NULL;
    for (uint32_t i = 0; (place == YM_COND_OF_AT || place == YM_COND_OF_IN) && i < e->u.of.n; i++) {
        need_more(c, e->u.of.patterns[i], YM_NEED_MATCHES);
    }
    return YM_OK;
}

static ym_status enter_loop(struct compiler *c) {
    if (c->n_loops == YM_COND_MAX_LOOPS) {
        return ym_fail(c->err, YM_LIMIT, module, YM_ERR_NO_OFFSET, "loops nested deeper than %d",
                       YM_COND_MAX_LOOPS);
    }
    c->n_loops++;
    return YM_OK;
}

static ym_status compile_for(struct compiler *c, const struct ym_expr *e) {
    YM_TRY(check_members(c, e));
    if (c->patterns != NULL) {
        return bad_shape(c, "a loop over patterns inside another");
    }
    YM_TRY(compile_kids(c, e, 0, quantifier_kids(e)));
    YM_TRY(enter_loop(c));
    emit(c, YM_COND_FOR);
    ym_buf_u8(c->out, ym_condition_quantifier(e->u.of.quantifier));
    emit_members(c, e);
    c->patterns = e;
    YM_TRY(compile(c, e->kids[e->n_kids - 1]));
    c->patterns = NULL;
    c->n_loops--;
    emit(c, YM_COND_NEXT);
    return YM_OK;
}

/* The letter of a list's members. */
static uint8_t type_letter(const struct ym_expr *e) {
    return e->type == YM_TYPE_TEXT ? 't' : e->type == YM_TYPE_DOUBLE ? 'd' : 'i';
}

static uint32_t loop_kids(const struct ym_expr *e) {
    return e->u.loop.kind == YM_LOOP_RANGE ? 2 : e->u.loop.kind == YM_LOOP_LIST ? e->u.loop.n : 1;
}

static ym_status compile_for_in(struct compiler *c, const struct ym_expr *e) {
    static const ym_cond_op ops[] = {[YM_LOOP_RANGE] = YM_COND_FOR_RANGE,
                                     [YM_LOOP_LIST] = YM_COND_FOR_LIST,
                                     [YM_LOOP_ITEMS] = YM_COND_FOR_ITEMS};
    uint32_t body = ym_condition_quantifier_kids(e->u.loop.quantifier) + loop_kids(e);
    size_t end;

    if (e->n_kids != body + 1) {
        return bad_shape(c, "a loop with a wrong number of parts");
    }
    YM_TRY(compile_kids(c, e, 0, body));
    YM_TRY(enter_loop(c));
    emit(c, ops[e->u.loop.kind]);
    ym_buf_u8(c->out, ym_condition_quantifier(e->u.loop.quantifier));
    if (e->u.loop.kind == YM_LOOP_LIST) {
        ym_buf_u8(c->out, type_letter(e->kids[body - 1]));
        ym_buf_u8(c->out, (uint8_t)(e->u.loop.n >> 8));
        ym_buf_u8(c->out, (uint8_t)e->u.loop.n);
    }
    end = c->out->len;
    ym_buf_u32le(c->out, 0);
    YM_TRY(compile(c, e->kids[body]));
    emit(c, YM_COND_NEXT);
    YM_TRY(ym_buf_status(c->out));
    write_u32(c->out->data + end, (uint32_t)(c->out->len - c->base));
    c->n_loops--;
    return YM_OK;
}

static ym_status compile_of_values(struct compiler *c, const struct ym_expr *e) {
    if (e->u.of.n == 0 || e->u.of.n > YM_COND_MAX_STACK ||
        e->n_kids != quantifier_kids(e) + e->u.of.n) {
        return bad_shape(c, "a set that cannot be counted");
    }
    YM_TRY(compile_kids(c, e, 0, e->n_kids));
    emit(c, YM_COND_OF_VALUES);
    ym_buf_u8(c->out, ym_condition_quantifier(e->u.of.quantifier));
    ym_buf_u16le(c->out, (uint16_t)e->u.of.n);
    return YM_OK;
}

static ym_status compile_with(struct compiler *c, const struct ym_expr *e) {
    if (e->n_kids != (uint32_t)e->u.with.n + 1) {
        return bad_shape(c, "variables without values");
    }
    for (uint8_t i = 0; i < e->u.with.n; i++) {
        YM_TRY(compile(c, e->kids[i]));
        emit(c, YM_COND_LET);
        ym_buf_u8(c->out, (uint8_t)(e->u.with.var + i));
    }
    YM_TRY(compile(c, e->kids[e->u.with.n]));
    emit(c, YM_COND_UNLET);
    ym_buf_u8(c->out, e->u.with.n);
    return YM_OK;
}

static ym_status compile_var(struct compiler *c, const struct ym_expr *e) {
    emit(c, YM_COND_VAR);
    ym_buf_u8(c->out, e->u.var);
    return YM_OK;
}

static ym_status compile_external(struct compiler *c, const struct ym_expr *e) {
    emit_u32(c,
             e->type == YM_TYPE_TEXT     ? YM_COND_EXTERNAL_T
             : e->type == YM_TYPE_DOUBLE ? YM_COND_EXTERNAL_D
                                         : YM_COND_EXTERNAL_I,
             e->u.external);
    return YM_OK;
}

/* ---- Modules --------------------------------------------------------------------------------- */

static ym_status compile_module(struct compiler *c, const struct ym_expr *e) {
    emit(c, YM_COND_MODULE);
    ym_buf_u8(c->out, (uint8_t)e->u.module);
    return YM_OK;
}

/* FIELD, INDEX, LOOKUP */
static ym_status compile_part(struct compiler *c, const struct ym_expr *e) {
    YM_TRY(compile_kids(c, e, 0, e->n_kids));
    if (e->op == YM_EXPR_FIELD) {
        emit(c, YM_COND_FIELD);
        ym_buf_u16le(c->out, e->u.field);
    } else {
        emit(c, e->op == YM_EXPR_INDEX ? YM_COND_INDEX : YM_COND_LOOKUP);
    }
    return YM_OK;
}

static ym_status compile_call(struct compiler *c, const struct ym_expr *e) {
    YM_TRY(compile_kids(c, e, 0, e->n_kids));
    emit(c, YM_COND_CALL);
    ym_buf_u16le(c->out, e->u.call.field);
    ym_buf_u8(c->out, e->u.call.overload);
    ym_buf_u8(c->out, (uint8_t)(e->n_kids - 1));
    return YM_OK;
}

static ym_status compile_length(struct compiler *c, const struct ym_expr *e) {
    YM_TRY(compile(c, e->kids[0]));
    emit(c, e->op == YM_EXPR_TEXT_TRUE         ? YM_COND_TEXT_TRUE
            : e->kids[0]->type == YM_TYPE_TEXT ? YM_COND_LEN_T
                                               : YM_COND_LEN_O);
    return YM_OK;
}

static ym_status compile_regex(struct compiler *c, const struct ym_expr *e) {
    size_t at;

    emit_u32(c, YM_COND_PUSH_REGEX, 0);
    at = c->out->len;
    YM_TRY(ym_nfa_compile(e->u.regex.body, e->u.regex.nocase, false, c->out, c->err));
    YM_TRY(ym_buf_status(c->out));
    write_u32(c->out->data + at - 4, (uint32_t)(c->out->len - at));
    return YM_OK;
}

static ym_status compile_matches(struct compiler *c, const struct ym_expr *e) {
    YM_TRY(compile_kids(c, e, 0, 2));
    emit(c, YM_COND_MATCHES);
    return YM_OK;
}

typedef ym_status compile_fn(struct compiler *c, const struct ym_expr *e);

/* kids: how many an expression has; -1: two or more; -2: of_kids() tells; -3: one or more, its
 * function looks at them. */
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
    [YM_EXPR_EXTERNAL] = {compile_external, 0},
    [YM_EXPR_VAR] = {compile_var, 0},
    [YM_EXPR_MODULE] = {compile_module, 0},
    [YM_EXPR_FIELD] = {compile_part, 1},
    [YM_EXPR_INDEX] = {compile_part, 2},
    [YM_EXPR_LOOKUP] = {compile_part, 2},
    [YM_EXPR_CALL] = {compile_call, -3},
    [YM_EXPR_LEN] = {compile_length, 1},
    [YM_EXPR_REGEX] = {compile_regex, 0},
    [YM_EXPR_MATCHES] = {compile_matches, 2},
    [YM_EXPR_TEXT_TRUE] = {compile_length, 1},
    [YM_EXPR_OF_VALUES] = {compile_of_values, -3},
    [YM_EXPR_FOR_IN] = {compile_for_in, -3},
    [YM_EXPR_WITH] = {compile_with, -3},
};

static bool kids_fit(const struct ym_expr *e) {
    int want = rows[e->op].kids;

    if (want == -1 || want == -3) {
        return e->n_kids >= (want == -1 ? 2 : 1);
    }
    return e->n_kids == (want == -2 ? of_kids(e) : (uint32_t)want);
}

static ym_status compile(struct compiler *c, const struct ym_expr *e) {
    if ((unsigned)e->op >= YM_EXPR_COUNT_ || rows[e->op].fn == NULL || !kids_fit(e)) {
        return bad_shape(c, "an expression with a wrong number of parts");
    }
    if (c->depth == YM_CONDITION_MAX_DEPTH) {
        return ym_fail(c->err, YM_LIMIT, module, YM_ERR_NO_OFFSET,
                       "condition nested deeper than %d", YM_CONDITION_MAX_DEPTH);
    }
    c->depth++;
    YM_TRY(rows[e->op].fn(c, e));
    c->depth--;
    return ym_buf_status(c->out);
}

ym_status ym_condition_compile(const struct ym_expr *expr, uint32_t n_patterns, struct ym_buf *out,
                               uint8_t *needs, struct ym_condition_facts *ret_facts,
                               struct ym_err *err) {
    struct compiler c = {
        .out = out, .base = out->len, .n_patterns = n_patterns, .needs = needs, .err = err};

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
    *ret_facts = (struct ym_condition_facts){.true_without_hits = ym_condition_may_hold(expr, NULL),
                                             .uses_rules = c.uses_rules};
    return YM_OK;
}
