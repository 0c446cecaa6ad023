/* condition_text.c - a condition program in words.  See condition_text.h; the instructions are
 * described at the head of condition.c.
 *
 * The program is checked first, so that the walk tests nothing.  For the names of fields the types of
 * module objects are followed: a stack of those that are on the machine's stack, and those of the
 * variables.  Where that is not enough (an object that `with` keeps), a field is a number. */
#include "database/condition_text.h"

#include "base/kinds.h"
#include "base/module.h"
#include "database/condition.h"
#include "database/condition_code.h"
#include "database/image.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_OBJECTS = 64, MAX_SHOWN_TEXT = 60, MAX_SHOWN_MEMBERS = 20 };

static const struct {
    const char *name;
    int operands;
} ops[] = {
#define X(name, operands, pops, pushes) {#name, operands},
    YM_COND_TABLE(X)
#undef X
};

struct teller {
    const struct ym_db *db;
    const struct ym_img_rule *rule;
    const uint8_t *program;
    struct ym_buf *out;
    struct ym_condition_uses uses;
    const struct ym_mod_type *objects[MAX_OBJECTS];
    uint32_t n_objects;
    const struct ym_mod_type *vars[YM_COND_MAX_VARS]; /* NULL: no object */
    uint32_t n_vars;
    uint32_t loop_vars[YM_COND_MAX_LOOPS];
    uint32_t n_loops;
};

static uint32_t u16_at(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

/* ---- Objects of modules ---------------------------------------------------------------------- */

static bool has_parts(const struct ym_mod_type *t) {
    return t != NULL &&
           (t->kind == YM_MOD_STRUCT || t->kind == YM_MOD_ARRAY || t->kind == YM_MOD_DICT);
}

static void push_object(struct teller *t, const struct ym_mod_type *type) {
    if (has_parts(type) && t->n_objects < MAX_OBJECTS) {
        t->objects[t->n_objects++] = type;
    }
}

static const struct ym_mod_type *pop_object(struct teller *t) {
    return t->n_objects > 0 ? t->objects[--t->n_objects] : NULL;
}

static void open_var(struct teller *t, const struct ym_mod_type *type) {
    if (t->n_vars < YM_COND_MAX_VARS) {
        t->vars[t->n_vars++] = type;
    }
}

static void open_loop(struct teller *t, uint32_t n_vars) {
    if (t->n_loops < YM_COND_MAX_LOOPS) {
        t->loop_vars[t->n_loops++] = n_vars;
    }
    t->uses.loops++;
}

static void close_loop(struct teller *t) {
    if (t->n_loops > 0) {
        uint32_t n = t->loop_vars[--t->n_loops];

        t->n_vars -= n < t->n_vars ? n : t->n_vars;
    }
}

/* ---- Operands -------------------------------------------------------------------------------- */

static void put_pattern(struct teller *t, uint32_t i) {
    const struct ym_img_pattern *p =
        i == YM_COND_CURRENT ? NULL
                             : ym_db_row(t->db, YM_SECTION_PATTERNS, t->rule->first_pattern + i);
    const char *id = p == NULL ? "$" : ym_db_string(t->db, p->id);

    if (strcmp(id, "$") == 0 && i != YM_COND_CURRENT) {
        ym_buf_printf(t->out, " $ (string %u)", i + 1);
    } else {
        ym_buf_printf(t->out, " %s", id);
    }
}

static void put_rule(struct teller *t, uint32_t id) {
    const struct ym_img_rule *r = ym_db_row(t->db, YM_SECTION_RULES, id);

    ym_buf_printf(t->out, " %s", r == NULL ? "?" : ym_db_string(t->db, r->name));
    t->uses.rules++;
}

static void put_members(struct teller *t, const uint8_t *p, bool rules) {
    uint32_t n = ym_cond_u32(p);

    ym_buf_printf(t->out, " of %u:", n);
    for (uint32_t i = 0; i < n && i < MAX_SHOWN_MEMBERS; i++) {
        if (rules) {
            put_rule(t, ym_cond_u32(p + 4 + (size_t)i * 4));
        } else {
            put_pattern(t, ym_cond_u32(p + 4 + (size_t)i * 4));
        }
    }
    ym_buf_add_text(t->out, n > MAX_SHOWN_MEMBERS ? " ..." : "");
}

static void put_quantifier(struct teller *t, uint8_t q) {
    static const char *const words[] = {"a number", "per cent", "all", "any", "none"};

    ym_buf_printf(t->out, " %s", q < sizeof(words) / sizeof(words[0]) ? words[q] : "?");
}

static void put_literal(struct teller *t, const uint8_t *s, uint32_t n) {
    ym_buf_add_text(t->out, " \"");
    for (uint32_t i = 0; i < n && i < MAX_SHOWN_TEXT; i++) {
        bool plain = s[i] >= 0x20 && s[i] < 0x7f && s[i] != '"' && s[i] != '\\';

        ym_buf_printf(t->out, plain ? "%c" : "\\x%02x", s[i]);
    }
    ym_buf_add_text(t->out, n > MAX_SHOWN_TEXT ? "\"..." : "\"");
}

static void put_field(struct teller *t, uint32_t i, bool call) {
    const struct ym_mod_type *type = pop_object(t);
    bool known = type != NULL && type->kind == YM_MOD_STRUCT && i < type->n_fields;

    if (!known) {
        ym_buf_printf(t->out, " number %u", i);
        return;
    }
    ym_buf_printf(t->out, " %s", type->fields[i].name);
    if (!call) {
        push_object(t, type->fields[i].type);
    }
}

static void put_read(struct teller *t, uint8_t how) {
    ym_buf_printf(t->out, " %sint%u%s", (how & YM_COND_READ_SIGNED) != 0 ? "" : "u",
                  8u << (how & YM_COND_READ_WIDTH), (how & YM_COND_READ_BIG) != 0 ? "be" : "");
    t->uses.bytes = true;
}

static void put_number(struct teller *t, ym_cond_op op, const uint8_t *p) {
    double d;
    uint64_t bits;

    if (op == YM_COND_PUSH_DOUBLE) {
        bits = ym_cond_u64(p);
        memcpy(&d, &bits, sizeof(d));
        ym_buf_printf(t->out, " %g", d);
        return;
    }
    ym_buf_printf(t->out, " %" PRId64,
                  op == YM_COND_PUSH_I8    ? (int64_t)(int8_t)p[0]
                  : op == YM_COND_PUSH_I32 ? (int64_t)(int32_t)ym_cond_u32(p)
                                           : (int64_t)ym_cond_u64(p));
}

static void put_external(struct teller *t, uint32_t id) {
    const struct ym_img_external *e = ym_db_row(t->db, YM_SECTION_EXTERNALS, id);

    ym_buf_printf(t->out, " %s", e == NULL ? "?" : ym_db_string(t->db, e->name));
    t->uses.externals++;
}

/* ---- Instructions ---------------------------------------------------------------------------- */

static void tell_loop(struct teller *t, ym_cond_op op, const uint8_t *p) {
    const struct ym_mod_type *type;

    put_quantifier(t, p[0]);
    switch ((int)op) {
    case YM_COND_FOR:
        put_members(t, p + 1, false);
        open_loop(t, 0);
        break;
    case YM_COND_FOR_LIST:
        ym_buf_printf(t->out, " of %u values, end %04x", u16_at(p + 2), ym_cond_u32(p + 4));
        open_loop(t, 1);
        open_var(t, NULL);
        break;
    case YM_COND_FOR_ITEMS:
        ym_buf_printf(t->out, ", end %04x", ym_cond_u32(p + 1));
        type = pop_object(t);
        open_loop(t, type != NULL && type->kind == YM_MOD_DICT ? 2 : 1);
        if (type != NULL && type->kind == YM_MOD_DICT) {
            open_var(t, NULL);
        }
        open_var(t, type == NULL ? NULL : type->of);
        break;
    default: /* FOR_RANGE */
        ym_buf_printf(t->out, ", end %04x", ym_cond_u32(p + 1));
        open_loop(t, 1);
        open_var(t, NULL);
        break;
    }
}

static void tell_set(struct teller *t, ym_cond_op op, const uint8_t *p) {
    put_quantifier(t, p[0]);
    if (op == YM_COND_OF_VALUES) {
        ym_buf_printf(t->out, " of %u conditions", u16_at(p + 1));
        return;
    }
    ym_buf_add_text(t->out, p[1] == YM_COND_OF_AT ? " (at)" : p[1] == YM_COND_OF_IN ? " (in)" : "");
    put_members(t, p + 2, p[1] == YM_COND_OF_RULES);
}

/* What has to do with variables and objects of modules; false: op has not. */
static bool tell_object(struct teller *t, ym_cond_op op, const uint8_t *p) {
    const struct ym_mod_type *type;

    switch ((int)op) {
    case YM_COND_MODULE:
        ym_buf_printf(t->out, " %s", ym_module_get((ym_module_id)p[0])->name);
        t->uses.modules |= 1u << p[0];
        push_object(t, ym_module_get((ym_module_id)p[0])->root);
        return true;
    case YM_COND_FIELD:
        put_field(t, u16_at(p), false);
        return true;
    case YM_COND_CALL:
        put_field(t, u16_at(p), true);
        ym_buf_printf(t->out, " with %u arguments", p[3]);
        return true;
    case YM_COND_INDEX:
    case YM_COND_LOOKUP:
        type = pop_object(t);
        push_object(t, type == NULL ? NULL : type->of);
        return true;
    case YM_COND_LEN_O:
        (void)pop_object(t);
        return true;
    case YM_COND_LET:
        ym_buf_printf(t->out, " %u", p[0]);
        open_var(t, NULL);
        return true;
    case YM_COND_UNLET:
        ym_buf_printf(t->out, " %u", p[0]);
        t->n_vars -= p[0] < t->n_vars ? p[0] : t->n_vars;
        return true;
    case YM_COND_VAR:
        ym_buf_printf(t->out, " %u", p[0]);
        push_object(t, p[0] < t->n_vars ? t->vars[p[0]] : NULL);
        return true;
    default:
        return false;
    }
}

static void tell_operands(struct teller *t, ym_cond_op op, const uint8_t *p) {
    switch ((int)op) {
    case YM_COND_PUSH_I8:
    case YM_COND_PUSH_I32:
    case YM_COND_PUSH_I64:
    case YM_COND_PUSH_DOUBLE:
        put_number(t, op, p);
        break;
    case YM_COND_PUSH_TEXT:
        put_literal(t, p + 4, ym_cond_u32(p));
        break;
    case YM_COND_PUSH_REGEX:
        ym_buf_printf(t->out, " of %u bytes", ym_cond_u32(p));
        t->uses.regexes++;
        break;
    case YM_COND_READ:
        put_read(t, p[0]);
        break;
    case YM_COND_RULE:
        put_rule(t, ym_cond_u32(p));
        break;
    case YM_COND_EXTERNAL_I:
    case YM_COND_EXTERNAL_D:
    case YM_COND_EXTERNAL_T:
        put_external(t, ym_cond_u32(p));
        break;
    case YM_COND_AND:
    case YM_COND_OR:
        ym_buf_printf(t->out, ", if that decides go to %04x", ym_cond_u32(p));
        break;
    case YM_COND_OF:
    case YM_COND_OF_VALUES:
        tell_set(t, op, p);
        break;
    case YM_COND_FOR:
    case YM_COND_FOR_RANGE:
    case YM_COND_FOR_LIST:
    case YM_COND_FOR_ITEMS:
        tell_loop(t, op, p);
        break;
    case YM_COND_NEXT:
        close_loop(t);
        break;
    default:
        if (!tell_object(t, op, p) && op >= YM_COND_FOUND && op <= YM_COND_LENGTH) {
            put_pattern(t, ym_cond_u32(p));
        }
        break;
    }
}

/* Bytes of its operands. */
static uint32_t operands_of(ym_cond_op op, const uint8_t *p) {
    int n = ops[op].operands;

    if (n >= 0) {
        return (uint32_t)n;
    }
    if (op == YM_COND_PUSH_TEXT || op == YM_COND_PUSH_REGEX) {
        return 4 + ym_cond_u32(p);
    }
    return (uint32_t)-n + 4 * ym_cond_u32(p + (op == YM_COND_OF ? 2 : 1));
}

static void put_name(struct teller *t, const char *name) {
    for (; *name != '\0'; name++) {
        char c = *name == '_' ? ' ' : *name;

        ym_buf_u8(t->out, (uint8_t)(c >= 'A' && c <= 'Z' ? c | 0x20 : c));
    }
}

ym_status ym_condition_text(const struct ym_db *db, uint32_t rule, struct ym_buf *out,
                            struct ym_condition_uses *ret_uses, struct ym_err *err) {
    struct teller t = {.db = db, .rule = ym_db_row(db, YM_SECTION_RULES, rule), .out = out};
    uint32_t at = 0;

    if (t.rule == NULL) {
        return YM_MALFORMED;
    }
    t.program = ym_db_bytes(db, YM_SECTION_CONDITIONS, t.rule->condition, t.rule->condition_size);
    if (t.program == NULL || t.rule->condition_size == 0 ||
        (t.rule->flags & YM_RULE_LOGICAL) != 0) {
        *ret_uses = t.uses;
        return YM_OK;
    }
    YM_TRY(ym_condition_check(t.program, t.rule->condition_size, t.rule->n_patterns, rule, err));
    while (at < t.rule->condition_size) {
        const ym_cond_op op = (ym_cond_op)t.program[at];
        const uint8_t *operands = t.program + at + 1;

        ym_buf_printf(out, "%04x  ", at);
        put_name(&t, ops[op].name);
        tell_operands(&t, op, operands);
        ym_buf_u8(out, '\n');
        t.uses.file_size |= op == YM_COND_FILESIZE;
        t.uses.entry_point |= op == YM_COND_ENTRYPOINT;
        at += 1 + operands_of(op, operands);
    }
    *ret_uses = t.uses;
    return ym_buf_status(out);
}
