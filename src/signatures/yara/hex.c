/* hex.c - hex strings to nodes.
 *
 *     string       = { sequence }
 *     sequence     = item, or item (item | jump)* item    a jump is never first or last
 *     item         = byte | group
 *     byte         = XX | X? | ?X | ?? | ~XX | ~X? | ~?X
 *     group        = ( sequence | sequence ... )
 *     jump         = [n] [n-m] [n-] [-]                   [n] with n > 0; in a group at most 200
 *
 * (YARA manual, "Hexadecimal strings"; limits as in YARA 4.5.)  Spaces and comments may stand
 * between items.  Runs of bytes become one BYTES node, with a mask when nibbles are open; `??` is
 * a jump of one, and jumps that touch add up; `~` is a SET. */
#include "yara_int.h"

#include "base/buf.h"

#include <string.h>

enum { MAX_JUMP = INT32_MAX, MAX_JUMP_IN_GROUP = 200, MAX_HEX_BYTES = 64 << 20 };

/* A sequence being built. */
struct sequence {
    struct ym_node *first;
    struct ym_node *last;
};

struct hex {
    struct yara_parser *p;
    struct yara_lexer *lx;
    struct ym_buf values; /* the run of bytes that is still growing */
    struct ym_buf masks;
    bool masked;
    unsigned depth; /* of groups */
};

static ym_status parse_sequence(struct hex *h, struct sequence *ret_sequence);

static ym_status hex_fail(struct hex *h, const char *why) {
    if (h->p->why == NULL) {
        h->p->why = "invalid hex string";
    }
    return yara_lex_fail(h->lx, YM_MALFORMED, "hex string: %s", why);
}

/* Over spaces and comments to the next character, which is not the end of the file. */
static ym_status next_char(struct hex *h, int *ret_char) {
    if (!yara_skip_space(h->lx) || yara_char(h->lx) < 0) {
        return hex_fail(h, "it does not end");
    }
    *ret_char = yara_char(h->lx);
    return YM_OK;
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

/* NULL: out of memory. */
static struct ym_node *add_node(struct hex *h, struct sequence *s) {
    struct ym_node *node = YM_ARENA_NEW(h->p->y->arena, struct ym_node);

    if (node == NULL) {
        return NULL;
    }
    if (s->last == NULL) {
        s->first = node;
    } else {
        s->last->next = node;
    }
    s->last = node;
    return node;
}

/* Ends the run of bytes: makes it a node. */
static ym_status flush(struct hex *h, struct sequence *s) {
    struct ym_arena *arena = h->p->y->arena;
    struct ym_node *node;

    if (h->values.len == 0) {
        return YM_OK;
    }
    node = add_node(h, s);
    if (node == NULL) {
        return yara_out_of_memory(h->p);
    }
    node->op = YM_NODE_BYTES;
    node->len = (uint32_t)h->values.len;
    node->u.bytes.value = ym_arena_memdup(arena, h->values.data, h->values.len);
    if (node->u.bytes.value == NULL) {
        return yara_out_of_memory(h->p);
    }
    if (h->masked) {
        node->u.bytes.mask = ym_arena_memdup(arena, h->masks.data, h->masks.len);
        if (node->u.bytes.mask == NULL) {
            return yara_out_of_memory(h->p);
        }
    }
    ym_buf_clear(&h->values);
    ym_buf_clear(&h->masks);
    h->masked = false;
    return YM_OK;
}

static ym_status add_jump(struct hex *h, struct sequence *s, uint32_t min, uint32_t max) {
    struct ym_node *node;

    YM_TRY(flush(h, s));
    if (s->last != NULL && s->last->op == YM_NODE_JUMP && s->last->u.jump.min <= MAX_JUMP &&
        min <= MAX_JUMP) {
        node = s->last;
    } else {
        node = add_node(h, s);
        if (node == NULL) {
            return yara_out_of_memory(h->p);
        }
        node->op = YM_NODE_JUMP;
    }
    node->u.jump.min += min;
    if (max == YM_JUMP_INF || node->u.jump.max == YM_JUMP_INF ||
        node->u.jump.max >= YM_JUMP_INF - max) {
        node->u.jump.max = YM_JUMP_INF;
    } else {
        node->u.jump.max += max;
    }
    return YM_OK;
}

static ym_status add_set(struct hex *h, struct sequence *s, const uint8_t set[32]) {
    struct ym_node *node;
    const uint8_t *copy;

    YM_TRY(flush(h, s));
    node = add_node(h, s);
    copy = ym_arena_memdup(h->p->y->arena, set, 32);
    if (node == NULL || copy == NULL) {
        return yara_out_of_memory(h->p);
    }
    node->op = YM_NODE_SET;
    node->len = 1;
    node->u.set = copy;
    return YM_OK;
}

/* Adds to set the bytes c with (c & mask) == value, or those without. */
static void set_masked(uint8_t set[32], uint8_t value, uint8_t mask, bool without) {
    for (unsigned c = 0; c < 256; c++) {
        if (((c & mask) == value) != without) {
            set[c / 8] = (uint8_t)(set[c / 8] | 1u << c % 8);
        }
    }
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

/* One nibble: a digit, or `?` with mask 0. */
static ym_status take_nibble(struct hex *h, uint8_t *ret_value, uint8_t *ret_mask) {
    int c = yara_char(h->lx);
    int digit = c >= 0 ? ym_hex_digit((char)c) : -1;

    if (c != '?' && digit < 0) {
        return hex_fail(h, c < 0 ? "it does not end" : "a byte has two hex digits or `?`");
    }
    *ret_value = c == '?' ? 0 : (uint8_t)digit;
    *ret_mask = c == '?' ? 0 : 0x0f;
    yara_advance(h->lx);
    return YM_OK;
}

static ym_status parse_byte(struct hex *h, struct sequence *s) {
    bool negated = yara_char(h->lx) == '~';
    uint8_t value[2];
    uint8_t mask[2];
    uint8_t set[32] = {0};

    if (negated) {
        yara_advance(h->lx);
    }
    for (unsigned i = 0; i < 2; i++) {
        YM_TRY(take_nibble(h, &value[i], &mask[i]));
    }
    value[0] = (uint8_t)(value[0] << 4 | value[1]);
    mask[0] = (uint8_t)(mask[0] << 4 | mask[1]);
    if (negated && mask[0] == 0) {
        return hex_fail(h, "`~??` matches nothing");
    }
    if (negated) {
        set_masked(set, value[0], mask[0], true);
        return add_set(h, s, set);
    }
    if (mask[0] == 0) {
        return add_jump(h, s, 1, 1);
    }
    ym_buf_u8(&h->values, value[0]);
    ym_buf_u8(&h->masks, mask[0]);
    h->masked = h->masked || mask[0] != 0xff;
    return ym_buf_status(&h->values) == YM_OK && ym_buf_status(&h->masks) == YM_OK
               ? YM_OK
               : yara_fatal(h->p, YM_NOMEM);
}

/* ---- Jumps ----------------------------------------------------------------------------------- */

/* A decimal number if there is one. */
static ym_status take_number(struct hex *h, bool *ret_there, uint32_t *ret_value) {
    uint64_t v = 0;

    *ret_there = false;
    for (int c = yara_char(h->lx); c >= '0' && c <= '9'; c = yara_char(h->lx)) {
        v = v * 10 + (unsigned)(c - '0');
        if (v > MAX_JUMP) {
            return hex_fail(h, "jump too long");
        }
        *ret_there = true;
        yara_advance(h->lx);
    }
    *ret_value = (uint32_t)v;
    return YM_OK;
}

/* Spaces, but no comments, may stand inside a jump. */
static void skip_blanks(struct hex *h) {
    int c = yara_char(h->lx);

    while (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        yara_advance(h->lx);
        c = yara_char(h->lx);
    }
}

static ym_status check_jump(struct hex *h, bool exact, uint32_t min, uint32_t max) {
    if (exact && min == 0) {
        return hex_fail(h, "a jump of no bytes");
    }
    if (min > max) {
        return hex_fail(h, "jump with its bounds the wrong way round");
    }
    if (h->depth > 0 && max == YM_JUMP_INF) {
        return hex_fail(h, "jump without an upper bound inside ( )");
    }
    if (h->depth > 0 && max > MAX_JUMP_IN_GROUP) {
        return hex_fail(h, "jump over more than 200 bytes inside ( )");
    }
    return YM_OK;
}

static ym_status parse_jump(struct hex *h, struct sequence *s) {
    bool has_min;
    bool has_max = false;
    bool exact = true;
    uint32_t min;
    uint32_t max;

    yara_advance(h->lx);
    skip_blanks(h);
    YM_TRY(take_number(h, &has_min, &min));
    skip_blanks(h);
    max = min;
    if (yara_char(h->lx) == '-') {
        exact = false;
        yara_advance(h->lx);
        skip_blanks(h);
        YM_TRY(take_number(h, &has_max, &max));
        skip_blanks(h);
        max = has_max ? max : YM_JUMP_INF;
    }
    if (yara_char(h->lx) != ']' || (!has_min && (exact || has_max))) {
        return hex_fail(h, "a jump is [n], [n-m], [n-] or [-]");
    }
    YM_TRY(check_jump(h, exact, min, max));
    yara_advance(h->lx);
    return add_jump(h, s, min, max);
}

/* ---- Groups ---------------------------------------------------------------------------------- */

struct alternative {
    struct alternative *next;
    const struct ym_node *body;
};

static bool is_one_byte(const struct ym_node *node) {
    return node->next == NULL && node->len == 1 &&
           (node->op == YM_NODE_BYTES || node->op == YM_NODE_SET);
}

/* ( 8B | 8D | ~A? ): alternatives of one byte each are a set. */
static bool as_set(const struct alternative *first, uint8_t set[32]) {
    memset(set, 0, 32);
    for (; first != NULL; first = first->next) {
        const struct ym_node *node = first->body;

        if (!is_one_byte(node)) {
            return false;
        }
        if (node->op == YM_NODE_BYTES) {
            set_masked(set, node->u.bytes.value[0],
                       node->u.bytes.mask != NULL ? node->u.bytes.mask[0] : 0xff, false);
        } else {
            for (unsigned i = 0; i < 32; i++) {
                set[i] |= node->u.set[i];
            }
        }
    }
    return true;
}

static ym_status add_group(struct hex *h, struct sequence *s, const struct alternative *first,
                           uint32_t n) {
    const struct ym_node **kids;
    struct ym_node *node;
    uint8_t set[32];

    if (as_set(first, set)) {
        return add_set(h, s, set);
    }
    node = add_node(h, s);
    kids = YM_ARENA_ARRAY(h->p->y->arena, n, const struct ym_node *);
    if (node == NULL || kids == NULL) {
        return yara_out_of_memory(h->p);
    }
    node->op = YM_NODE_ALT;
    node->u.alt.kids = kids;
    node->u.alt.n_kids = n;
    for (; first != NULL; first = first->next) {
        *kids++ = first->body;
    }
    return YM_OK;
}

static ym_status parse_group(struct hex *h, struct sequence *s) {
    struct alternative *first = NULL;
    struct alternative **end = &first;
    struct sequence body;
    uint32_t n = 0;
    int c;

    YM_TRY(flush(h, s));
    if (h->depth == YARA_MAX_ALTERNATIVES) {
        return hex_fail(h, "alternatives nested too deep");
    }
    h->depth++;
    do {
        struct alternative *a = YM_ARENA_NEW(h->p->y->arena, struct alternative);

        if (a == NULL) {
            return yara_out_of_memory(h->p);
        }
        yara_advance(h->lx); /* the ( or | */
        YM_TRY(parse_sequence(h, &body));
        a->body = body.first;
        *end = a;
        end = &a->next;
        n++;
        YM_TRY(next_char(h, &c));
    } while (c == '|');
    if (c != ')') {
        return hex_fail(h, "`)` is missing");
    }
    yara_advance(h->lx);
    h->depth--;
    return add_group(h, s, first, n);
}

/* Up to the closing character, which stays. */
static ym_status parse_sequence(struct hex *h, struct sequence *ret_sequence) {
    struct sequence s = {NULL, NULL};
    bool after_jump = false;
    bool empty = true;
    int c;

    for (;;) {
        YM_TRY(next_char(h, &c));
        /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): set when OK */
        if (c == '}' || c == ')' || c == '|') {
            break;
        }
        if (c == '[' && empty) {
            return hex_fail(h, "a jump cannot be first");
        }
        after_jump = c == '[';
        empty = false;
        YM_TRY(c == '[' ? parse_jump(h, &s) : c == '(' ? parse_group(h, &s) : parse_byte(h, &s));
    }
    if (empty || after_jump) {
        return hex_fail(h, empty ? "nothing between its brackets" : "a jump cannot be last");
    }
    YM_TRY(flush(h, &s));
    *ret_sequence = s;
    return YM_OK;
}

/* A string may begin and end with `??`, and those have added up with the jumps beside them:
 *  - at the end the nearest end counts, so such a jump need not be longer than it must;
 *  - at the start the first byte becomes a byte of any value again, so that the string has a
 *    place where it starts. */
static ym_status settle_ends(struct hex *h, struct sequence *s) {
    static const uint8_t any[1] = {0};
    struct ym_node *first = s->first;
    struct ym_node *jump;

    if (s->last->op == YM_NODE_JUMP) {
        s->last->u.jump.max = s->last->u.jump.min;
    }
    if (first->op != YM_NODE_JUMP || first->u.jump.min == first->u.jump.max) {
        return YM_OK;
    }
    jump = YM_ARENA_NEW(h->p->y->arena, struct ym_node);
    if (jump == NULL) {
        return yara_out_of_memory(h->p);
    }
    *jump = *first;
    jump->u.jump.min--;
    jump->u.jump.max -= jump->u.jump.max == YM_JUMP_INF ? 0 : 1;
    *first = (struct ym_node){.next = jump, .op = YM_NODE_BYTES, .len = 1};
    first->u.bytes.value = any;
    first->u.bytes.mask = any;
    return YM_OK;
}

/* The only modifier of a hex string is private, once. */
static ym_status parse_modifiers(struct yara_parser *p, struct ym_pattern *pattern) {
    struct yara_token again;
    bool is_private;

    YM_TRY(yara_accept(p, YARA_K_private, &is_private));
    if (!is_private) {
        return YM_OK;
    }
    pattern->flags |= YM_PATTERN_PRIVATE;
    YM_TRY(yara_accept(p, YARA_K_private, &is_private));
    if (is_private) {
        again = p->token;
        return yara_fail(p, &again, "modifier \"private\" is given twice");
    }
    return YM_OK;
}

ym_status yara_parse_hex_string(struct yara_parser *p, struct ym_pattern *pattern) {
    struct hex h = {.p = p, .lx = &p->lx};
    struct yara_token open;
    struct sequence body;
    ym_status st;

    YM_TRY(yara_take(p, &open)); /* the lexer stands after the `{` */
    p->lx.token_start = open.start;
    ym_buf_init(&h.values, MAX_HEX_BYTES);
    ym_buf_init(&h.masks, MAX_HEX_BYTES);
    st = parse_sequence(&h, &body);
    if (st == YM_OK && yara_char(h.lx) != '}') {
        st = hex_fail(&h, "an alternative outside ( )");
    }
    st = st == YM_OK ? settle_ends(&h, &body) : st;
    ym_buf_done(&h.values);
    ym_buf_done(&h.masks);
    YM_TRY(st);
    yara_advance(h.lx);
    pattern->variants[0] = (struct ym_variant){.body = body.first};
    pattern->n_variants = 1;
    pattern->flags |= YM_PATTERN_HEX;
    return parse_modifiers(p, pattern);
}
