/* regex.c - regular expressions to nodes.
 *
 *     alternative   = sequence ('|' sequence?)*           the first branch is never empty
 *     sequence      = item+
 *     item          = single quantifier? | ^ | $ | \b | \B
 *     single        = ( alternative ) | . | character | class | \w \W \s \S \d \D
 *     quantifier    = * + ? {n} {n,} {,m} {n,m}, each with a ? behind it for the lazy form
 *
 * As YARA 4.5 has it: bytes, not characters; no captures, no look-around, no quantifier on a
 * quantifier.  A `{` that begins no range is itself, so is any escaped character that means
 * nothing else.  An upper bound that is missing counts as 32767, the largest that may be given;
 * a match never gets as long, so it is an unbounded repeat here.
 *
 * Nodes: runs of characters become BYTES so that atoms are found in them as in texts, branches of
 * one byte each become a SET.  Sets are folded here when case does not count; letters in BYTES
 * are compared by the pattern's NOCASE.  The wide spelling is made from the plain one. */
#include "yara_int.h"

#include <string.h>

enum { MAX_REPEAT = 32767, MAX_GROUPS = 250 };

/* A node while its sequence is being built: lists of nodes cannot be changed. */
struct item {
    struct ym_node node;
    struct item *next; /* whose node is node.next */
};

struct sequence {
    struct item *first;
    struct item *last;
};

struct regex {
    struct yara_parser *p;
    const struct yara_token *token;
    const char *text;
    size_t n, pos;
    bool nocase, dot_all;
    bool greedy, lazy; /* such quantifiers were met */
    unsigned depth;    /* of groups */
};

static ym_status parse_alternative(struct regex *x, struct sequence *ret_sequence);

static ym_status regex_fail(struct regex *x, const char *why) {
    struct yara_token at = *x->token;

    at.column += 1 + (unsigned)x->pos;
    x->p->why = x->p->why == NULL ? "invalid regular expression" : x->p->why;
    return yara_fail(x->p, &at, "regular expression: %s", why);
}

static int char_at(const struct regex *x, size_t ahead) {
    return ahead < x->n - x->pos ? (unsigned char)x->text[x->pos + ahead] : -1;
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static const struct ym_node *nodes_of(const struct sequence *s) {
    return s->first == NULL ? NULL : &s->first->node;
}

static void set_next(struct item *item, struct item *next) {
    item->next = next;
    item->node.next = next == NULL ? NULL : &next->node;
}

static void splice(struct sequence *s, const struct sequence *more) {
    if (more->first == NULL) {
        return;
    }
    if (s->last == NULL) {
        s->first = more->first;
    } else {
        set_next(s->last, more->first);
    }
    s->last = more->last;
}

/* NULL: out of memory. */
static struct ym_node *add_node(struct regex *x, struct sequence *s, ym_node_op op) {
    struct item *item = YM_ARENA_NEW(x->p->y->arena, struct item);
    struct sequence one = {item, item};

    if (item == NULL) {
        return NULL;
    }
    item->node.op = op;
    splice(s, &one);
    return &item->node;
}

static ym_status add_byte(struct regex *x, struct sequence *s, uint8_t value) {
    struct ym_node *node = add_node(x, s, YM_NODE_BYTES);
    const uint8_t *copy = ym_arena_memdup(x->p->y->arena, &value, 1);

    if (node == NULL || copy == NULL) {
        return yara_out_of_memory(x->p);
    }
    node->len = 1;
    node->u.bytes.value = copy;
    return YM_OK;
}

static ym_status add_set(struct regex *x, struct sequence *s, const uint8_t set[32]) {
    struct ym_node *node = add_node(x, s, YM_NODE_SET);
    const uint8_t *copy = ym_arena_memdup(x->p->y->arena, set, 32);

    if (node == NULL || copy == NULL) {
        return yara_out_of_memory(x->p);
    }
    node->len = 1;
    node->u.set = copy;
    return YM_OK;
}

static ym_status add_edge(struct regex *x, struct sequence *s, ym_edge kind, bool negated) {
    struct ym_node *node = add_node(x, s, YM_NODE_EDGE);

    if (node == NULL) {
        return yara_out_of_memory(x->p);
    }
    node->u.edge.kind = kind;
    node->u.edge.negated = negated;
    return YM_OK;
}

/* ---- Sets of bytes --------------------------------------------------------------------------- */

static void set_add(uint8_t set[32], unsigned c) {
    set[c / 8] = (uint8_t)(set[c / 8] | 1u << c % 8);
}

static bool set_has(const uint8_t set[32], unsigned c) {
    return (set[c / 8] >> c % 8 & 1) != 0;
}

static void set_invert(uint8_t set[32]) {
    for (unsigned i = 0; i < 32; i++) {
        set[i] = (uint8_t)~set[i];
    }
}

static void set_fold(uint8_t set[32]) {
    for (unsigned c = 'a'; c <= 'z'; c++) {
        if (set_has(set, c) || set_has(set, c - 32)) {
            set_add(set, c);
            set_add(set, c - 32);
        }
    }
}

static bool is_space(unsigned c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* \w \W \s \S \d \D; false: the letter names none of them. */
static bool named_set(int letter, uint8_t set[32]) {
    int lower = letter | 0x20;

    if (lower != 'w' && lower != 's' && lower != 'd') {
        return false;
    }
    memset(set, 0, 32);
    for (unsigned c = 0; c < 256; c++) {
        bool digit = c >= '0' && c <= '9';

        if (lower == 'w'   ? ym_is_alnum((unsigned char)c) || c == '_'
            : lower == 's' ? is_space(c)
                           : digit) {
            set_add(set, c);
        }
    }
    if (letter != lower) {
        set_invert(set);
    }
    return true;
}

/* ---- Escapes and classes --------------------------------------------------------------------- */

/* The character that the escape at the backslash means; moves behind it. */
static ym_status take_escape(struct regex *x, uint8_t *ret_value) {
    static const char names[] = "ntrfa";
    static const char values[] = "\n\t\r\f\a";
    int c = char_at(x, 1);
    const char *at = c > 0 ? strchr(names, c) : NULL;
    int high = char_at(x, 2) >= 0 ? ym_hex_digit((char)char_at(x, 2)) : -1;
    int low = char_at(x, 3) >= 0 ? ym_hex_digit((char)char_at(x, 3)) : -1;

    if (c < 0 || (c == 'x' && (high < 0 || low < 0))) {
        return regex_fail(x, "illegal escape sequence");
    }
    *ret_value = (uint8_t)(c == 'x' ? high << 4 | low : at != NULL ? values[at - names] : c);
    x->pos += c == 'x' ? 4 : 2;
    return YM_OK;
}

/* One end of a range or a single character of a class. */
static ym_status take_class_char(struct regex *x, uint8_t *ret_value) {
    if (char_at(x, 0) == '\\') {
        return take_escape(x, ret_value);
    }
    *ret_value = (uint8_t)char_at(x, 0);
    x->pos++;
    return YM_OK;
}

/* Does a range begin here: a character or escape, then `-` and something that ends no class? */
static bool range_begins(const struct regex *x) {
    size_t n = 1;

    if (char_at(x, 0) == '\\') {
        bool hex = char_at(x, 1) == 'x' && char_at(x, 2) >= 0 && char_at(x, 3) >= 0 &&
                   ym_hex_digit((char)char_at(x, 2)) >= 0 && ym_hex_digit((char)char_at(x, 3)) >= 0;

        n = hex ? 4 : 2;
    }
    return char_at(x, n) == '-' && char_at(x, n + 1) >= 0 && char_at(x, n + 1) != ']';
}

static ym_status parse_range(struct regex *x, uint8_t set[32]) {
    uint8_t low = 0;
    uint8_t high = 0;

    YM_TRY(take_class_char(x, &low));
    x->pos++;
    YM_TRY(take_class_char(x, &high));
    if (high < low) {
        return regex_fail(x, "bad character range");
    }
    for (unsigned c = low; c <= high; c++) {
        set_add(set, c);
    }
    return YM_OK;
}

static ym_status parse_class_item(struct regex *x, uint8_t set[32]) {
    uint8_t named[32];
    uint8_t value = 0;
    int c = char_at(x, 0);

    if (range_begins(x)) {
        return parse_range(x, set);
    }
    if (c == '\\' && named_set(char_at(x, 1), named)) {
        for (unsigned i = 0; i < 32; i++) {
            set[i] |= named[i];
        }
        x->pos += 2;
        return YM_OK;
    }
    if (c < 32 || c >= 127) {
        return regex_fail(x, "non-ascii character");
    }
    YM_TRY(take_class_char(x, &value));
    set_add(set, value);
    return YM_OK;
}

static ym_status parse_class(struct regex *x, struct sequence *s) {
    uint8_t set[32] = {0};
    bool negated = char_at(x, 1) == '^';

    x->pos += negated ? 2 : 1;
    if (char_at(x, 0) == ']') { /* first of all, it is a character */
        set_add(set, ']');
        x->pos++;
    }
    while (char_at(x, 0) != ']') {
        if (char_at(x, 0) < 0) {
            return regex_fail(x, "missing terminating ] for character class");
        }
        YM_TRY(parse_class_item(x, set));
    }
    x->pos++;
    if (x->nocase) {
        set_fold(set);
    }
    if (negated) {
        set_invert(set);
    }
    return add_set(x, s, set);
}

/* ---- Groups ---------------------------------------------------------------------------------- */

struct branch {
    struct branch *next;
    const struct ym_node *body;
};

/* (a|b|[0-9]): branches of one byte each are a set. */
static bool as_set(const struct regex *x, const struct branch *b, uint8_t set[32]) {
    memset(set, 0, 32);
    for (; b != NULL; b = b->next) {
        const struct ym_node *node = b->body;

        if (node == NULL || node->next != NULL || node->len != 1 ||
            (node->op != YM_NODE_BYTES && node->op != YM_NODE_SET)) {
            return false;
        }
        if (node->op == YM_NODE_BYTES) {
            set_add(set, node->u.bytes.value[0]);
        }
        for (unsigned i = 0; node->op == YM_NODE_SET && i < 32; i++) {
            set[i] |= node->u.set[i];
        }
    }
    if (x->nocase) {
        set_fold(set);
    }
    return true;
}

static ym_status add_alt(struct regex *x, struct sequence *s, const struct branch *first,
                         uint32_t n) {
    const struct ym_node **kids;
    struct ym_node *node;
    uint8_t set[32];

    if (as_set(x, first, set)) {
        return add_set(x, s, set);
    }
    node = add_node(x, s, YM_NODE_ALT);
    kids = YM_ARENA_ARRAY(x->p->y->arena, n, const struct ym_node *);
    if (node == NULL || kids == NULL) {
        return yara_out_of_memory(x->p);
    }
    node->u.alt.kids = kids;
    node->u.alt.n_kids = n;
    for (; first != NULL; first = first->next) {
        *kids++ = first->body;
    }
    return YM_OK;
}

/* The BYTES of the items up to end become those of the first one. */
static ym_status join_run(struct regex *x, struct item *first, struct item *end, uint32_t len) {
    uint8_t *value = ym_arena_zalloc(x->p->y->arena, len, 1);
    uint32_t n = 0;

    if (value == NULL) {
        return yara_out_of_memory(x->p);
    }
    for (const struct item *i = first; i != NULL && i != end; i = i->next) {
        memcpy(value + n, i->node.u.bytes.value, i->node.len);
        n += i->node.len;
    }
    first->node.u.bytes.value = value;
    first->node.len = len;
    set_next(first, end);
    return YM_OK;
}

/* Runs of single bytes become one node each. */
static ym_status join_bytes(struct regex *x, struct sequence *s) {
    for (struct item *item = s->first; item != NULL; item = item->next) {
        struct item *end = item->next;
        uint32_t len = item->node.len;

        while (item->node.op == YM_NODE_BYTES && end != NULL && end->node.op == YM_NODE_BYTES) {
            len += end->node.len;
            end = end->next;
        }
        if (end != item->next) {
            YM_TRY(join_run(x, item, end, len));
        }
        s->last = item;
    }
    return YM_OK;
}

static ym_status parse_group(struct regex *x, struct sequence *s) {
    struct sequence body = {NULL, NULL};

    if (x->depth == MAX_GROUPS) {
        return regex_fail(x, "groups nested too deep");
    }
    x->depth++;
    x->pos++;
    YM_TRY(parse_alternative(x, &body));
    if (char_at(x, 0) != ')') {
        return regex_fail(x, "syntax error: `)` is missing");
    }
    x->pos++;
    x->depth--;
    splice(s, &body);
    return YM_OK;
}

/* ---- Quantifiers ----------------------------------------------------------------------------- */

struct range {
    uint32_t min, max;
};

static size_t skip(const struct regex *x, size_t at, bool digits) {
    for (int c = char_at(x, at); digits ? c >= '0' && c <= '9' : c == ' '; c = char_at(x, at)) {
        at++;
    }
    return at;
}

/* What the digits say, or anything larger than the largest bound. */
static uint32_t number(const struct regex *x, size_t from, size_t to) {
    uint32_t v = 0;

    for (; from < to && v <= MAX_REPEAT; from++) {
        v = v * 10 + (uint32_t)(char_at(x, from) - '0');
    }
    return v;
}

/* {n}, {n,}, {,m}, {n,m} with blanks around the comma; false: the `{` here is a character. */
static bool range_here(const struct regex *x, struct range *ret_range, size_t *ret_size) {
    size_t low_end = skip(x, 1, true);
    size_t comma = skip(x, low_end, false);
    size_t high = skip(x, comma + 1, false);
    size_t high_end = skip(x, high, true);

    if (char_at(x, 0) != '{') {
        return false;
    }
    ret_range->min = number(x, 1, low_end);
    if (char_at(x, low_end) == '}' && low_end > 1) {
        ret_range->max = ret_range->min;
        *ret_size = low_end + 1;
        return true;
    }
    if (char_at(x, comma) != ',' || char_at(x, high_end) != '}') {
        return false;
    }
    ret_range->max = high_end == high ? MAX_REPEAT : number(x, high, high_end);
    *ret_size = high_end + 1;
    return true;
}

/* *ret_there: there is one; it is taken with its `?`. */
static ym_status take_quantifier(struct regex *x, bool *ret_there, struct range *ret_range,
                                 bool *ret_lazy) {
    int c = char_at(x, 0);
    size_t size = 1;

    *ret_there = true;
    if (c == '*' || c == '+' || c == '?') {
        *ret_range = (struct range){c == '+', c == '?' ? 1 : MAX_REPEAT};
    } else if (!range_here(x, ret_range, &size)) {
        *ret_there = false;
        return YM_OK;
    }
    if (ret_range->max > MAX_REPEAT) {
        return regex_fail(x, "repeat interval too large");
    }
    if (ret_range->max < ret_range->min) {
        return regex_fail(x, "bad repeat interval");
    }
    x->pos += size;
    *ret_lazy = char_at(x, 0) == '?';
    x->pos += *ret_lazy ? 1 : 0;
    x->lazy = x->lazy || *ret_lazy;
    x->greedy = x->greedy || !*ret_lazy;
    return YM_OK;
}

/* ---- Items ----------------------------------------------------------------------------------- */

static ym_status parse_escape(struct regex *x, struct sequence *s) {
    int c = char_at(x, 1);
    uint8_t set[32];
    uint8_t value = 0;

    if (c >= '0' && c <= '9') {
        return regex_fail(x, "backreferences are not allowed");
    }
    if (named_set(c, set)) {
        x->pos += 2;
        return add_set(x, s, set);
    }
    YM_TRY(take_escape(x, &value));
    return add_byte(x, s, value);
}

static ym_status add_dot(struct regex *x, struct sequence *s) {
    uint8_t set[32] = {0};

    if (!x->dot_all) {
        set_add(set, '\n');
    }
    set_invert(set);
    x->pos++;
    return add_set(x, s, set);
}

static ym_status parse_single(struct regex *x, struct sequence *s) {
    int c = char_at(x, 0);

    switch (c) {
    case '(':
        return parse_group(x, s);
    case '[':
        return parse_class(x, s);
    case '.':
        return add_dot(x, s);
    case '\\':
        return parse_escape(x, s);
    default:
        break;
    }
    if (c < 0 || strchr("|)*+?", c) != NULL) {
        return regex_fail(x, c < 0 ? "syntax error: it ends too early" : "syntax error");
    }
    x->pos++;
    return add_byte(x, s, (uint8_t)c);
}

/* ^ $ \b \B; false: something else. */
static bool edge_here(const struct regex *x, ym_edge *ret_kind, bool *ret_negated) {
    int c = char_at(x, 0);
    int next = char_at(x, 1);

    *ret_negated = next == 'B';
    *ret_kind = c == '^' ? YM_EDGE_START : c == '$' ? YM_EDGE_END : YM_EDGE_WORD;
    if (c == '^' || c == '$') {
        *ret_negated = false;
        return true;
    }
    return c == '\\' && (next == 'b' || next == 'B');
}

static ym_status quantify(struct regex *x, struct sequence *single, const struct range *range,
                          bool lazy) {
    const struct ym_node *kid = nodes_of(single);
    struct ym_node *node;
    bool open = range->max == MAX_REPEAT && range->min < MAX_REPEAT;

    *single = (struct sequence){NULL, NULL};
    if (kid == NULL || range->max == 0) {
        return YM_OK;
    }
    node = add_node(x, single, YM_NODE_REPEAT);
    if (node == NULL) {
        return yara_out_of_memory(x->p);
    }
    node->u.repeat.kid = kid;
    node->u.repeat.min = range->min;
    node->u.repeat.max = open ? YM_JUMP_INF : range->max;
    node->u.repeat.lazy = lazy;
    return YM_OK;
}

static ym_status parse_item(struct regex *x, struct sequence *s) {
    struct sequence single = {NULL, NULL};
    struct range range = {1, 1};
    struct range at_start;
    bool there = false;
    bool lazy = false;
    bool negated;
    size_t size;
    ym_edge kind;

    if (edge_here(x, &kind, &negated)) {
        x->pos += kind == YM_EDGE_WORD ? 2 : 1;
        return add_edge(x, s, kind, negated);
    }
    if (range_here(x, &at_start, &size)) {
        return regex_fail(x, "syntax error: nothing to repeat");
    }
    YM_TRY(parse_single(x, &single));
    YM_TRY(take_quantifier(x, &there, &range, &lazy));
    if (there && (range.min != 1 || range.max != 1)) {
        YM_TRY(quantify(x, &single, &range, lazy));
    }
    splice(s, &single);
    return YM_OK;
}

static bool sequence_ends(const struct regex *x) {
    int c = char_at(x, 0);

    return c < 0 || c == '|' || (c == ')' && x->depth > 0);
}

static ym_status parse_sequence(struct regex *x, struct sequence *ret_sequence) {
    struct sequence s = {NULL, NULL};

    do {
        YM_TRY(parse_item(x, &s));
    } while (!sequence_ends(x));
    YM_TRY(join_bytes(x, &s));
    *ret_sequence = s;
    return YM_OK;
}

static ym_status parse_alternative(struct regex *x, struct sequence *ret_sequence) {
    struct branch *first = NULL;
    struct branch **end = &first;
    struct sequence s = {NULL, NULL};
    uint32_t n = 0;

    for (bool more = true; more; n++) {
        struct branch *b = YM_ARENA_NEW(x->p->y->arena, struct branch);

        if (b == NULL) {
            return yara_out_of_memory(x->p);
        }
        s = (struct sequence){NULL, NULL};
        if (n == 0 || !sequence_ends(x)) { /* only the first may not be empty */
            YM_TRY(parse_sequence(x, &s));
        }
        b->body = nodes_of(&s);
        *end = b;
        end = &b->next;
        more = char_at(x, 0) == '|';
        x->pos += more ? 1 : 0;
    }
    if (n == 1) {
        *ret_sequence = s;
        return YM_OK;
    }
    *ret_sequence = (struct sequence){NULL, NULL};
    return add_alt(x, ret_sequence, first, n);
}

/* ---- The wide spelling ----------------------------------------------------------------------- */

static ym_status widen(struct yara_parser *p, const struct ym_node *node,
                       const struct ym_node **ret_first);

static ym_status widen_bytes(struct yara_parser *p, struct ym_node *node) {
    uint8_t *value = ym_arena_zalloc(p->y->arena, node->len, 2);

    if (value == NULL) {
        return yara_out_of_memory(p);
    }
    for (uint32_t i = 0; i < node->len; i++) {
        value[2 * (size_t)i] = node->u.bytes.value[i];
    }
    node->u.bytes.value = value;
    node->len *= 2;
    return YM_OK;
}

/* A set is followed by a zero of its own. */
static ym_status widen_set(struct yara_parser *p, struct ym_node *node, struct ym_node **ret_last) {
    static const uint8_t zero[1] = {0};
    struct ym_node *after = YM_ARENA_NEW(p->y->arena, struct ym_node);

    if (after == NULL) {
        return yara_out_of_memory(p);
    }
    after->op = YM_NODE_BYTES;
    after->len = 1;
    after->u.bytes.value = zero;
    node->next = after;
    *ret_last = after;
    return YM_OK;
}

static ym_status widen_alt(struct yara_parser *p, struct ym_node *node) {
    const struct ym_node *const *kids = node->u.alt.kids;
    const struct ym_node **wide =
        YM_ARENA_ARRAY(p->y->arena, node->u.alt.n_kids, const struct ym_node *);

    if (wide == NULL) {
        return yara_out_of_memory(p);
    }
    for (uint32_t i = 0; i < node->u.alt.n_kids; i++) {
        YM_TRY(widen(p, kids[i], &wide[i]));
    }
    node->u.alt.kids = wide;
    return YM_OK;
}

/* The copy's contents; *ret_last: the last node it has become. */
static ym_status widen_node(struct yara_parser *p, struct ym_node *copy,
                            struct ym_node **ret_last) {
    *ret_last = copy;
    if (copy->op == YM_NODE_BYTES) {
        return widen_bytes(p, copy);
    }
    if (copy->op == YM_NODE_SET) {
        return widen_set(p, copy, ret_last);
    }
    if (copy->op == YM_NODE_ALT) {
        return widen_alt(p, copy);
    }
    if (copy->op == YM_NODE_REPEAT) {
        return widen(p, copy->u.repeat.kid, &copy->u.repeat.kid);
    }
    if (copy->op == YM_NODE_EDGE && copy->u.edge.kind == YM_EDGE_WORD) {
        copy->u.edge.kind = YM_EDGE_WORD_WIDE;
    }
    return YM_OK;
}

static ym_status widen(struct yara_parser *p, const struct ym_node *node,
                       const struct ym_node **ret_first) {
    const struct ym_node **end = ret_first;

    for (*ret_first = NULL; node != NULL; node = node->next) {
        struct ym_node *copy = ym_arena_memdup(p->y->arena, node, sizeof(*node));
        struct ym_node *last = NULL;

        if (copy == NULL) {
            return yara_out_of_memory(p);
        }
        copy->next = NULL;
        *end = copy;
        YM_TRY(widen_node(p, copy, &last));
        end = &last->next;
    }
    return YM_OK;
}

/* ---- For others ------------------------------------------------------------------------------ */

/* Is the flag among those behind the closing slash? */
static bool has_flag(const struct yara_parser *p, const struct yara_token *t, char flag) {
    const char *end = p->lx.text + t->end;

    return memchr(t->s + t->n + 1, flag, (size_t)(end - (t->s + t->n + 1))) != NULL;
}

static ym_status parse(struct regex *x, const struct ym_node **ret_body) {
    struct sequence body = {NULL, NULL};

    YM_TRY(parse_alternative(x, &body));
    if (x->pos < x->n) {
        return regex_fail(x, "syntax error");
    }
    *ret_body = nodes_of(&body);
    return YM_OK;
}

ym_status yara_parse_regex(struct yara_parser *p, const struct yara_token *t,
                           struct yara_regex *ret_regex) {
    struct regex x = {.p = p,
                      .token = t,
                      .text = t->s,
                      .n = t->n,
                      .nocase = has_flag(p, t, 'i'),
                      .dot_all = has_flag(p, t, 's')};
    struct yara_regex r = {.nocase = x.nocase};

    YM_TRY(parse(&x, &r.body));
    r.greedy = x.greedy;
    *ret_regex = r;
    return YM_OK;
}

/* Without quantifiers and branches: one length, which the verifier of texts can do. */
static bool is_plain(const struct ym_node *node) {
    while (node != NULL && node->op != YM_NODE_REPEAT && node->op != YM_NODE_ALT) {
        node = node->next;
    }
    return node == NULL;
}

static bool takes_bytes(const struct ym_node *node) {
    while (node != NULL && node->op == YM_NODE_EDGE) {
        node = node->next;
    }
    return node != NULL;
}

ym_status yara_regex_pattern(struct yara_parser *p, const struct yara_token *t, bool plain,
                             bool wide, struct ym_pattern *pattern) {
    struct regex x = {.p = p,
                      .token = t,
                      .text = t->s,
                      .n = t->n,
                      .nocase = has_flag(p, t, 'i') || (pattern->flags & YM_PATTERN_NOCASE) != 0,
                      .dot_all = has_flag(p, t, 's')};
    const struct ym_node *body = NULL;
    const struct ym_node *wide_body = NULL;

    YM_TRY(parse(&x, &body));
    if (x.greedy && x.lazy) {
        return yara_fail(p, t,
                         "greedy and ungreedy quantifiers can't be mixed in a regular expression");
    }
    YM_TRY(widen(p, wide ? body : NULL, &wide_body));
    pattern->flags |= (x.nocase ? YM_PATTERN_NOCASE : 0u) | (x.greedy ? YM_PATTERN_GREEDY : 0u) |
                      (is_plain(body) && takes_bytes(body) ? 0u : YM_PATTERN_REGEX);
    if (plain) {
        pattern->variants[pattern->n_variants++] = (struct ym_variant){.body = body};
    }
    if (wide) {
        pattern->variants[pattern->n_variants++] =
            (struct ym_variant){.body = wide_body, .wide = true};
    }
    return YM_OK;
}
