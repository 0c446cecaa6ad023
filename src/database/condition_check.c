/* condition_check.c - the checker: see the head of condition.c for what it proves. */
#include "database/condition.h"

#include "database/condition_code.h"
#include "database/nfa.h"

#include "base/module.h"

#include <string.h>

static const char module[] = "database/condition";

/* What is known of a value: its letter, and of an object its type. */
struct kind {
    char letter;
    const struct ym_mod_type *object;
};

struct block {
    uint32_t end;   /* of an AND or OR; of a loop where what follows its NEXT begins, 0: not told */
    uint32_t floor; /* values on the stack that the block must not touch */
    uint32_t below; /* a loop: values that stay when it closes */
    uint32_t n_vars; /* that were open before it */
    bool is_loop;
    bool is_patterns; /* a loop over patterns */
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
    uint32_t n_vars;
    bool in_patterns; /* a loop over patterns is open */
    struct kind types[YM_COND_MAX_STACK];
    struct kind vars[YM_COND_MAX_VARS];
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

/* n: a number; a: anything but an expression. */
static bool letter_fits(char want, char got) {
    return got == want || (want == 'n' && (got == 'i' || got == 'd')) ||
           (want == 'a' && got != 'r');
}

static ym_status check_pop_kind(struct checker *k, char want, struct kind *ret_kind) {
    if (k->depth <= stack_floor(k)) {
        return refuse(k, "pops more than there is");
    }
    *ret_kind = k->types[--k->depth];
    if (!letter_fits(want, ret_kind->letter) || (want == 'o' && ret_kind->object == NULL)) {
        return refuse(k, "a value of the wrong type");
    }
    return YM_OK;
}

static ym_status check_pop(struct checker *k, char want) {
    struct kind kind;

    return check_pop_kind(k, want, &kind);
}

static ym_status check_push_kind(struct checker *k, struct kind kind) {
    if (k->depth == YM_COND_MAX_STACK) {
        return refuse(k, "pushes more than the stack holds");
    }
    k->types[k->depth++] = kind;
    return YM_OK;
}

static ym_status check_push(struct checker *k, char type) {
    return check_push_kind(k, (struct kind){.letter = type});
}

static ym_status open_var(struct checker *k, struct kind kind) {
    if (k->n_vars == YM_COND_MAX_VARS) {
        return refuse(k, "too many variables");
    }
    k->vars[k->n_vars++] = kind;
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
    return pattern < k->n_patterns || (pattern == YM_COND_CURRENT && k->in_patterns);
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
    return pushes[0] != '\0' && pushes[0] != '?' ? check_push(k, pushes[0]) : YM_OK;
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
        if (top->end == end && top->floor == k->depth && top->n_vars == k->n_vars) {
            return YM_OK;
        }
        if (end > top->end) {
            return refuse(k, "blocks that cross");
        }
    }
    return check_open(k, (struct block){.end = end, .floor = k->depth, .n_vars = k->n_vars});
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

/* A loop over what lies above `below` on the stack; end 0: it is never empty. */
static ym_status open_loop(struct checker *k, uint32_t below, uint32_t end, bool patterns) {
    if (k->n_loops == YM_COND_MAX_LOOPS) {
        return refuse(k, "loops nested too deep");
    }
    if (end != 0 && (end <= k->pc || end >= k->size)) {
        return refuse(k, "jumps out of the program or back");
    }
    k->n_loops++;
    k->in_patterns = k->in_patterns || patterns;
    return check_open(k, (struct block){.end = end,
                                        .floor = k->depth,
                                        .below = below,
                                        .n_vars = k->n_vars,
                                        .is_loop = true,
                                        .is_patterns = patterns});
}

static ym_status check_for(struct checker *k, const uint8_t *p, uint32_t room, uint32_t *ret_tail) {
    uint32_t n = ym_cond_u32(p + 1);

    if (k->in_patterns) {
        return refuse(k, "a loop over patterns inside another");
    }
    YM_TRY(check_members_at(k, p + 5, n, false, room));
    YM_TRY(check_quantifier(k, p[0]));
    *ret_tail = n * 4;
    return open_loop(k, k->depth, 0, true);
}

static ym_status check_for_range(struct checker *k, const uint8_t *p) {
    YM_TRY(check_pop(k, 'i'));
    YM_TRY(check_pop(k, 'i'));
    YM_TRY(check_quantifier(k, p[0]));
    YM_TRY(open_loop(k, k->depth, ym_cond_u32(p + 1), false));
    return open_var(k, (struct kind){.letter = 'i'});
}

static char letter_of(ym_mod_kind kind) {
    if (kind == YM_MOD_INT) {
        return 'i';
    }
    if (kind == YM_MOD_DOUBLE) {
        return 'd';
    }
    return kind == YM_MOD_TEXT ? 't' : 'o';
}

static struct kind kind_of(const struct ym_mod_type *t) {
    const char letter = letter_of(t->kind);

    return (struct kind){.letter = letter, .object = letter == 'o' ? t : NULL};
}

static ym_status check_for_items(struct checker *k, const uint8_t *p) {
    struct kind of;

    YM_TRY(check_pop_kind(k, 'o', &of));
    YM_TRY(check_quantifier(k, p[0]));
    if (of.object->kind != YM_MOD_ARRAY && of.object->kind != YM_MOD_DICT) {
        return refuse(k, "a loop over what has no items");
    }
    YM_TRY(open_loop(k, k->depth, ym_cond_u32(p + 1), false));
    if (of.object->kind == YM_MOD_DICT) {
        YM_TRY(open_var(k, (struct kind){.letter = 't'}));
    }
    return open_var(k, kind_of(of.object->of));
}

/* The members stay where they are, under the loop's floor. */
static ym_status check_for_list(struct checker *k, const uint8_t *p) {
    uint32_t n = (uint32_t)p[2] << 8 | p[3];
    uint32_t top = k->depth;

    if (n == 0 || (p[1] != 'i' && p[1] != 'd' && p[1] != 't')) {
        return refuse(k, "a list of nothing");
    }
    for (uint32_t i = 0; i < n; i++) {
        YM_TRY(check_pop(k, (char)p[1]));
    }
    YM_TRY(check_quantifier(k, p[0]));
    n = k->depth;
    k->depth = top;
    YM_TRY(open_loop(k, n, ym_cond_u32(p + 4), false));
    return open_var(k, (struct kind){.letter = (char)p[1]});
}

static ym_status check_of_values(struct checker *k, const uint8_t *p) {
    uint32_t n = (uint32_t)p[1] | (uint32_t)p[2] << 8;

    if (n == 0) {
        return refuse(k, "a set that is empty or does not end");
    }
    for (uint32_t i = 0; i < n; i++) {
        YM_TRY(check_pop(k, 'n'));
    }
    return check_quantifier(k, p[0]);
}

/* Called with the body's value already popped. */
static ym_status check_next(struct checker *k) {
    const struct block *top = k->n_blocks == 0 ? NULL : &k->blocks[k->n_blocks - 1];

    if (top == NULL || !top->is_loop || k->depth != top->floor ||
        (top->end != 0 && top->end != k->pc + 1)) {
        return refuse(k, "NEXT outside its loop");
    }
    k->depth = top->below;
    k->n_vars = top->n_vars;
    k->in_patterns = k->in_patterns && !top->is_patterns;
    k->n_blocks--;
    k->n_loops--;
    return YM_OK;
}

/* ---- Variables and modules --------------------------------------------------------------------- */

static ym_status check_let(struct checker *k, uint8_t var) {
    struct kind kind;

    YM_TRY(check_pop_kind(k, 'a', &kind));
    return var == k->n_vars ? open_var(k, kind) : refuse(k, "variables out of order");
}

static ym_status check_unlet(struct checker *k, uint8_t n) {
    uint32_t keep = k->n_blocks == 0 ? 0 : k->blocks[k->n_blocks - 1].n_vars;

    /* Those of the loop itself are closed by its NEXT; none is more than the checker knows of. */
    if (n > k->n_vars - keep) {
        return refuse(k, "closes variables that are not its own");
    }
    k->n_vars -= n;
    return YM_OK;
}

static ym_status check_var(struct checker *k, uint8_t var) {
    return var < k->n_vars ? check_push_kind(k, k->vars[var]) : refuse(k, "no such variable");
}

static ym_status check_module(struct checker *k, uint8_t id) {
    const struct ym_mod_type *root;

    if (id >= YM_MODULE_COUNT) {
        return refuse(k, "no such module");
    }
    root = ym_module_get((ym_module_id)id)->root;
    return check_push_kind(k, (struct kind){.letter = 'o', .object = root});
}

/* A field that holds something; NULL: there is none. */
static const struct ym_mod_type *field_type(const struct ym_mod_type *t, uint32_t field) {
    ym_mod_kind kind;

    if (t->kind != YM_MOD_STRUCT || field >= t->n_fields) {
        return NULL;
    }
    kind = t->fields[field].type->kind;
    return kind == YM_MOD_CONST_INT || kind == YM_MOD_CONST_DOUBLE ? NULL : t->fields[field].type;
}

static ym_status check_field(struct checker *k, const uint8_t *p) {
    const struct ym_mod_type *t;
    struct kind of;

    YM_TRY(check_pop_kind(k, 'o', &of));
    t = field_type(of.object, (uint32_t)p[0] | (uint32_t)p[1] << 8);
    if (t == NULL || t->kind == YM_MOD_FUNCTION) {
        return refuse(k, "no such field");
    }
    return check_push_kind(k, kind_of(t));
}

static ym_status check_element(struct checker *k, ym_mod_kind want, char index) {
    struct kind of;

    YM_TRY(check_pop(k, index));
    YM_TRY(check_pop_kind(k, 'o', &of));
    if (of.object->kind != want) {
        return refuse(k, "an index of what has none");
    }
    return check_push_kind(k, kind_of(of.object->of));
}

/* The struct lies under its arguments. */
static ym_status check_call(struct checker *k, const uint8_t *p, uint32_t n_args) {
    const struct ym_mod_type *t = NULL;
    const struct ym_mod_overload *o;
    struct kind of;

    if (k->depth > stack_floor(k) + n_args && k->types[k->depth - 1 - n_args].letter == 'o') {
        t = field_type(k->types[k->depth - 1 - n_args].object,
                       (uint32_t)p[0] | (uint32_t)p[1] << 8);
    }
    if (t == NULL || t->kind != YM_MOD_FUNCTION || p[2] >= t->n_overloads) {
        return refuse(k, "no such function");
    }
    o = &t->overloads[p[2]];
    if (strlen(o->args) != n_args) {
        return refuse(k, "a wrong number of arguments");
    }
    for (uint32_t i = n_args; i > 0; i--) {
        char letter = o->args[i - 1];

        YM_TRY(check_pop(k, letter == 's' ? 't' : letter == 'b' ? 'i' : letter));
    }
    YM_TRY(check_pop_kind(k, 'o', &of));
    return check_push_kind(k, (struct kind){.letter = letter_of(o->result)});
}

static ym_status check_length_of(struct checker *k) {
    struct kind of;

    YM_TRY(check_pop_kind(k, 'o', &of));
    return of.object->kind == YM_MOD_ARRAY || of.object->kind == YM_MOD_DICT
               ? YM_OK
               : refuse(k, "the length of what has none");
}

/* Instructions whose whole effect on the stack depends on their operands. */
static ym_status check_own_effect(struct checker *k, ym_cond_op op, const uint8_t *p,
                                  bool *ret_done) {
    *ret_done = true;
    switch ((int)op) {
    case YM_COND_FOR_RANGE:
        return check_for_range(k, p);
    case YM_COND_FOR_LIST:
        return check_for_list(k, p);
    case YM_COND_FOR_ITEMS:
        return check_for_items(k, p);
    case YM_COND_LET:
        return check_let(k, p[0]);
    case YM_COND_UNLET:
        return check_unlet(k, p[0]);
    case YM_COND_VAR:
        return check_var(k, p[0]);
    case YM_COND_MODULE:
        return check_module(k, p[0]);
    case YM_COND_FIELD:
        return check_field(k, p);
    case YM_COND_INDEX:
        return check_element(k, YM_MOD_ARRAY, 'i');
    case YM_COND_LOOKUP:
        return check_element(k, YM_MOD_DICT, 't');
    case YM_COND_CALL:
        return check_call(k, p, p[3]);
    case YM_COND_LEN_O:
        YM_TRY(check_length_of(k));
        return check_push(k, 'i');
    default:
        *ret_done = false;
        return YM_OK;
    }
}

/* What is special to an instruction; p: its operands, room: bytes after the fixed ones. */
static ym_status check_special(struct checker *k, ym_cond_op op, const uint8_t *p, uint32_t room,
                               uint32_t *ret_tail) {
    switch ((int)op) {
    case YM_COND_PUSH_TEXT:
        *ret_tail = ym_cond_u32(p);
        return *ret_tail <= room ? YM_OK : refuse(k, "a text that does not end");
    case YM_COND_PUSH_REGEX:
        *ret_tail = ym_cond_u32(p);
        return *ret_tail <= room ? ym_nfa_check(p + 4, *ret_tail, k->err)
                                 : refuse(k, "a regular expression that does not end");
    case YM_COND_OF:
        return check_of(k, p, room, ret_tail);
    case YM_COND_OF_VALUES:
        return check_of_values(k, p);
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
        if (k->pc > top->end || k->depth != top->floor + 1 ||
            k->types[k->depth - 1].letter != 'i' || k->n_vars != top->n_vars) {
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
    bool done;

    if (fixed > k->size - k->pc - 1) {
        return refuse(k, "ends inside an instruction");
    }
    YM_TRY(check_own_effect(k, op, operands, &done));
    if (done) {
        k->pc += 1 + fixed;
        return YM_OK;
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
            return k.pc == size - 1 && k.depth == 0 && k.n_blocks == 0 && k.n_vars == 0
                       ? YM_OK
                       : refuse(&k, "ends too early");
        }
        YM_TRY(check_instruction(&k, (ym_cond_op)op));
    }
    return refuse(&k, "does not end");
}
