/* hexpart.c - one part of a hex pattern: what stands between `*` and ranges.
 *
 *     part     = [ pair "[x-y]" ] { pair | group } [ "[x-y]" pair ]
 *     pair     = two hex digits, or ? for either
 *     group    = [ "!" ] "(" ( "B" | "L" | "W" | alternates ) ")"
 *
 * A pair and a group count as one element each.  A part needs two elements and, somewhere, two
 * neighbouring pairs without a `?`: the least that the peer's automaton can enter.
 *
 * For the targets that the peer filters first (hexpattern.c) it also has to find something to enter
 * into its filter: of the elements before the first group that is not a set of whole bytes (groups
 * at the very start do not count), within the first 255, there must be two, not all of them ??.
 *
 * (B) (L) (W) are tests of the neighbours (EDGE) where they are the first thing of a part, not
 * negated, or its last; anywhere else, and negated at the start, they take a byte. */
#include "hexpart.h"

#include <string.h>

enum { MAX_CLAUSE_DISTANCE = 32, MAX_GROUPS_INSIDE = 15, LONG_GAP = 16, SET_SIZE = 32 };
enum { FILTER_WINDOW = 255, FILTER_MIN = 2 };
enum { CODE_WILD = 0x100, ANCHOR_MAX = 3 };

/* What an element is to the peer's filter. */
enum element { ELEMENT_ANY, ELEMENT_KNOWN, ELEMENT_OPAQUE };

/* The run of pairs that is being collected, and what the whole part has so far. */
struct part_parser {
    struct ym_clamav_line *line;
    unsigned flags; /* enum ym_clamav_hex_flag */
    struct ym_clamav_list *out;
    uint8_t *value, *mask; /* of all pairs of the part; [start..used) are not in a node yet */
    size_t start, used;
    size_t elements, run, longest_run; /* runs: neighbouring pairs without a `?` */
    uint16_t *codes;                   /* per element: its byte, or CODE_WILD */
    struct ym_node **line_alt; /* per element: the node of an (L) that takes bytes, or NULL */
    size_t window;             /* elements before the first opaque one, see below */
    bool window_closed, window_known; /* window_known: one of them is not ?? */
};

static void count_element(struct part_parser *p, enum element e) {
    if (p->codes != NULL) {
        p->codes[p->elements] = CODE_WILD;
    }
    p->elements++;
    if (e == ELEMENT_OPAQUE && p->window == 0) {
        return; /* at the very start the filter passes over it */
    }
    p->window_closed = p->window_closed || e == ELEMENT_OPAQUE || p->elements > FILTER_WINDOW;
    if (!p->window_closed) {
        p->window++;
        p->window_known = p->window_known || e == ELEMENT_KNOWN;
    }
}

ym_status ym_clamav_full(struct ym_clamav_line *line) {
    ym_status st = ym_arena_status(line->ld->arena);

    return st == YM_LIMIT ? ym_clamav_bad(line, YM_LIMIT, "pattern needs more than 64 MiB") : st;
}

struct ym_node *ym_clamav_append(struct ym_arena *arena, struct ym_clamav_list *list,
                                 ym_node_op op) {
    struct ym_node *node = YM_ARENA_NEW(arena, struct ym_node);

    if (node == NULL) {
        return NULL;
    }
    node->op = op;
    if (list->last == NULL) {
        list->first = node;
    } else {
        list->last->next = node;
    }
    list->last = node;
    return node;
}

bool ym_clamav_parse_pair(const char *s, uint8_t *ret_value, uint8_t *ret_mask) {
    int hi = s[0] == '?' ? 0 : ym_hex_digit(s[0]);
    int lo = s[1] == '?' ? 0 : ym_hex_digit(s[1]);

    if (hi < 0 || lo < 0) {
        return false;
    }
    *ret_value = (uint8_t)(hi << 4 | lo);
    *ret_mask = (uint8_t)((s[0] == '?' ? 0 : 0xf0) | (s[1] == '?' ? 0 : 0x0f));
    return true;
}

/* ---- Runs of pairs --------------------------------------------------------------------------- */

static bool all_full(const uint8_t *mask, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (mask[i] != 0xff) {
            return false;
        }
    }
    return true;
}

static size_t count_unmasked(const uint8_t *mask, size_t n) {
    size_t i = 0;

    while (i < n && mask[i] == 0) {
        i++;
    }
    return i;
}

/* Both cases of a letter differ in one bit.  Not in BYTES without a mask: there the pattern's flag
 * says it. */
static void fold_letter(unsigned flags, uint8_t *value, uint8_t *mask) {
    if ((flags & YM_CLAMAV_HEX_NOCASE) != 0 && *mask == 0xff && ym_is_alpha(*value)) {
        *mask = 0xdf;
        *value &= 0xdf;
    }
}

/* The pairs [from..to) as one BYTES node. */
static ym_status emit_bytes(struct part_parser *p, size_t from, size_t to) {
    struct ym_node *node;

    if (from == to) {
        return YM_OK;
    }
    node = ym_clamav_append(p->line->ld->arena, p->out, YM_NODE_BYTES);
    if (node == NULL) {
        return ym_clamav_full(p->line);
    }
    node->len = (uint32_t)(to - from);
    node->u.bytes.value = p->value + from;
    if (!all_full(p->mask + from, to - from)) {
        node->u.bytes.mask = p->mask + from;
        for (size_t i = from; i < to; i++) {
            fold_letter(p->flags, &p->value[i], &p->mask[i]);
        }
    }
    return YM_OK;
}

static ym_status emit_jump(struct part_parser *p, uint32_t min, uint32_t max) {
    struct ym_node *node = ym_clamav_append(p->line->ld->arena, p->out, YM_NODE_JUMP);

    if (node == NULL) {
        return ym_clamav_full(p->line);
    }
    node->u.jump.min = min;
    node->u.jump.max = max;
    return YM_OK;
}

/* Turns the collected pairs into nodes: long runs of ?? into a JUMP of their length. */
static ym_status flush(struct part_parser *p) {
    size_t from = p->start;

    for (size_t i = p->start; i < p->used;) {
        size_t any = count_unmasked(p->mask + i, p->used - i);

        if (any < LONG_GAP) {
            i += any + 1;
            continue;
        }
        YM_TRY(emit_bytes(p, from, i));
        YM_TRY(emit_jump(p, (uint32_t)any, (uint32_t)any));
        i += any;
        from = i;
    }
    YM_TRY(emit_bytes(p, from, p->used));
    p->start = p->used;
    return YM_OK;
}

static ym_status take_pair(struct part_parser *p, const char *s, size_t left) {
    if (left < 2 || !ym_clamav_parse_pair(s, &p->value[p->used], &p->mask[p->used])) {
        return ym_clamav_bad(p->line, YM_MALFORMED, "not a pair of hex digits or ?");
    }
    p->run = p->mask[p->used] == 0xff ? p->run + 1 : 0;
    p->longest_run = p->run > p->longest_run ? p->run : p->longest_run;
    count_element(p, p->mask[p->used] == 0 ? ELEMENT_ANY : ELEMENT_KNOWN);
    if (p->codes != NULL && p->mask[p->used] == 0xff) {
        p->codes[p->elements - 1] = p->value[p->used];
    }
    p->used++;
    return YM_OK;
}

/* ---- Groups ---------------------------------------------------------------------------------- */

/* Where s[0..n), which follows a '(', ends with its ')'; *ret_inside: groups within. */
static bool group_end(const char *s, size_t n, size_t *ret_end, size_t *ret_inside) {
    size_t level = 0;
    size_t inside = 0;

    for (size_t i = 0; i < n; i++) {
        if (s[i] == '(') {
            level++;
            inside++;
        } else if (s[i] == ')' && level == 0) {
            *ret_end = i;
            *ret_inside = inside;
            return true;
        } else if (s[i] == ')') {
            level--;
        }
    }
    return false;
}

static ym_status emit_edge(struct part_parser *p, ym_edge kind, bool negated) {
    struct ym_node *node = ym_clamav_append(p->line->ld->arena, p->out, YM_NODE_EDGE);

    if (node == NULL) {
        return ym_clamav_full(p->line);
    }
    node->u.edge.kind = kind;
    node->u.edge.negated = negated;
    return YM_OK;
}

static ym_status emit_set(struct ym_clamav_line *line, struct ym_clamav_list *out,
                          const uint8_t set[SET_SIZE], bool negated) {
    struct ym_node *node = ym_clamav_append(line->ld->arena, out, YM_NODE_SET);
    uint8_t *copy = ym_arena_memdup(line->ld->arena, set, SET_SIZE);

    if (node == NULL || copy == NULL) {
        return ym_clamav_full(line);
    }
    for (unsigned i = 0; negated && i < SET_SIZE; i++) {
        copy[i] = (uint8_t)~copy[i];
    }
    node->u.set = copy;
    return YM_OK;
}

static void set_add(uint8_t set[SET_SIZE], unsigned c) {
    set[c / 8] |= (uint8_t)(1u << c % 8);
}

/* (B) where it takes a byte: any of the characters of the boundary table, left or right. */
static ym_status emit_boundary_byte(struct part_parser *p, bool negated) {
    static const char members[] = " -/_\n\r\"'=>.<@";
    uint8_t set[SET_SIZE] = {0};

    for (const char *c = members; *c != '\0'; c++) {
        set_add(set, (unsigned char)*c);
    }
    return emit_set(p->line, p->out, set, negated);
}

/* (W) where it takes a byte: anything but a letter or digit of ASCII. */
static ym_status emit_nonword_byte(struct part_parser *p, bool negated) {
    uint8_t set[SET_SIZE] = {0};

    for (unsigned c = 0; c < 256; c++) {
        if (!ym_is_alnum((unsigned char)c)) {
            set_add(set, c);
        }
    }
    return emit_set(p->line, p->out, set, negated);
}

/* (L) where it takes bytes: LF, or CR LF.  Negated: one byte that begins neither. */
static ym_status emit_line_byte(struct part_parser *p, bool negated) {
    static const uint8_t lf[] = {'\n'};
    static const uint8_t crlf[] = {'\r', '\n'};
    static const struct ym_node lf_node = {.op = YM_NODE_BYTES, .len = 1, .u.bytes = {lf, NULL}};
    static const struct ym_node crlf_node = {
        .op = YM_NODE_BYTES, .len = 2, .u.bytes = {crlf, NULL}};
    static const struct ym_node *const kids[] = {&lf_node, &crlf_node};
    struct ym_node *node;

    if (negated) {
        YM_TRY(emit_edge(p, YM_EDGE_L_RIGHT, true));
        return emit_jump(p, 1, 1);
    }
    node = ym_clamav_append(p->line->ld->arena, p->out, YM_NODE_ALT);
    if (node == NULL) {
        return ym_clamav_full(p->line);
    }
    node->u.alt.kids = kids;
    node->u.alt.n_kids = 2;
    p->line_alt[p->elements - 1] = node;
    return YM_OK;
}

/* c: which of (B) (L) (W). */
static ym_status take_class(struct part_parser *p, char c, bool negated, bool first, bool last) {
    if (last || (first && !negated)) {
        ym_edge word = (p->flags & YM_CLAMAV_HEX_WIDE) != 0 ? YM_EDGE_W_LEFT_WIDE : YM_EDGE_W_LEFT;
        ym_edge kind = c == 'B' ? YM_EDGE_B_LEFT : c == 'L' ? YM_EDGE_L_LEFT : word;

        /* In ym_edge the right one follows the left one. */
        return emit_edge(p, last ? (ym_edge)(kind + 1) : kind, negated);
    }
    count_element(p, ELEMENT_OPAQUE);
    p->run = 0;
    switch (c) {
    case 'B':
        return emit_boundary_byte(p, negated);
    case 'L':
        return emit_line_byte(p, negated);
    default:
        return emit_nonword_byte(p, negated);
    }
}

/* ---- Alternates ------------------------------------------------------------------------------ */

/* Cuts the text up to the next '|' outside groups off *rest; false when *more is spent. */
static bool next_alternative(struct ym_str *rest, bool *more, struct ym_str *ret_alt) {
    size_t level = 0;
    size_t i = 0;

    if (!*more) {
        return false;
    }
    while (i < rest->n && (level > 0 || rest->s[i] != '|')) {
        level += rest->s[i] == '(' ? 1 : 0;
        level -= rest->s[i] == ')' ? 1 : 0;
        i++;
    }
    *ret_alt = (struct ym_str){rest->s, i};
    *more = i < rest->n;
    if (*more) {
        rest->s += i + 1;
        rest->n -= i + 1;
    }
    return true;
}

struct alt_shape {
    uint32_t count;
    bool simple; /* whole bytes, all of one length (empty ones at the front do not count) */
    bool has_empty;
    size_t chars;   /* of each, when simple */
    bool all_pairs; /* each is exactly one pair */
};

static struct alt_shape shape_of(struct ym_str inner) {
    struct alt_shape shape = {.simple = true, .all_pairs = true};
    bool more = true;
    struct ym_str alt;

    if (memchr(inner.s, '(', inner.n) != NULL || memchr(inner.s, '?', inner.n) != NULL) {
        shape.simple = false;
    }
    while (next_alternative(&inner, &more, &alt)) {
        shape.count++;
        shape.has_empty = shape.has_empty || alt.n == 0;
        shape.all_pairs = shape.all_pairs && alt.n == 2;
        if (shape.chars == 0) {
            shape.chars = alt.n;
        } else if (alt.n != shape.chars) {
            shape.simple = false;
        }
    }
    return shape;
}

/* Alternates of one pair each: one SET. */
static ym_status emit_pair_set(struct part_parser *p, struct ym_str inner, bool negated) {
    uint8_t set[SET_SIZE] = {0};
    bool more = true;
    struct ym_str alt;
    uint8_t value;
    uint8_t mask;

    while (next_alternative(&inner, &more, &alt)) {
        if (!ym_clamav_parse_pair(alt.s, &value, &mask)) {
            return ym_clamav_bad(p->line, YM_MALFORMED, "alternative is not hex digits");
        }
        fold_letter(p->flags, &value, &mask);
        for (unsigned c = 0; c < 256; c++) {
            if ((c & mask) == value) {
                set_add(set, c);
            }
        }
    }
    return emit_set(p->line, p->out, set, negated);
}

static ym_status parse_alternates(struct part_parser *p, struct ym_str inner);

/* One alternative: pairs and groups, to a sequence; *ret_first NULL for an empty one. */
static ym_status parse_sequence(struct ym_clamav_line *line, unsigned flags, struct ym_str text,
                                const struct ym_node **ret_first) {
    struct ym_clamav_list list = {NULL, NULL};
    struct part_parser p = {.line = line, .flags = flags, .out = &list};
    size_t end;
    size_t inside;

    p.value = ym_arena_zalloc(line->ld->arena, text.n / 2 + 1, 1);
    p.mask = ym_arena_zalloc(line->ld->arena, text.n / 2 + 1, 1);
    if (p.value == NULL || p.mask == NULL) {
        return ym_clamav_full(line);
    }
    for (size_t i = 0; i < text.n;) {
        if (text.s[i] != '(') {
            YM_TRY(take_pair(&p, text.s + i, text.n - i));
            i += 2;
            continue;
        }
        if (!group_end(text.s + i + 1, text.n - i - 1, &end, &inside)) {
            return ym_clamav_bad(line, YM_MALFORMED, "missing )");
        }
        YM_TRY(flush(&p));
        YM_TRY(parse_alternates(&p, (struct ym_str){text.s + i + 1, end}));
        i += end + 2;
    }
    YM_TRY(flush(&p));
    *ret_first = list.first;
    return YM_OK;
}

/* Alternates of any shape to one ALT node.  Recursion: at most MAX_GROUPS_INSIDE deep. */
static ym_status parse_alternates(struct part_parser *p, struct ym_str inner) {
    struct ym_clamav_line *line = p->line;
    struct alt_shape shape = shape_of(inner);
    const struct ym_node **kids;
    struct ym_node *node;
    bool more = true;
    struct ym_str alt;

    if (shape.all_pairs) {
        return emit_pair_set(p, inner, false);
    }
    kids = YM_ARENA_ARRAY(line->ld->arena, shape.count, const struct ym_node *);
    node = ym_clamav_append(line->ld->arena, p->out, YM_NODE_ALT);
    if (kids == NULL || node == NULL) {
        return ym_clamav_full(line);
    }
    for (uint32_t i = 0; next_alternative(&inner, &more, &alt); i++) {
        YM_TRY(parse_sequence(line, p->flags, alt, &kids[i]));
    }
    node->u.alt.kids = kids;
    node->u.alt.n_kids = shape.count;
    return YM_OK;
}

/* Alternates of whole bytes and one length, which may be negated. */
static ym_status take_simple_alternates(struct part_parser *p, struct ym_str inner, bool negated,
                                        const struct alt_shape *shape) {
    if (shape->has_empty || shape->chars % 2 != 0) {
        return ym_clamav_bad(p->line, YM_MALFORMED, "alternative is not whole bytes");
    }
    YM_TRY(parse_alternates(p, inner));
    if (negated) {
        p->out->last->op = YM_NODE_NOT;
        p->out->last->len = (uint32_t)(shape->chars / 2);
    }
    return YM_OK;
}

static ym_status take_alternates(struct part_parser *p, struct ym_str inner, bool negated) {
    struct alt_shape shape = shape_of(inner);

    shape.simple = shape.simple && (p->flags & YM_CLAMAV_HEX_MODIFIED) == 0;
    count_element(p, shape.all_pairs && shape.simple ? ELEMENT_KNOWN : ELEMENT_OPAQUE);
    p->run = 0;
    if (negated && !shape.simple) {
        return ym_clamav_bad(p->line, YM_MALFORMED,
                             "only alternates of whole bytes and one length can be negated");
    }
    if (shape.all_pairs) {
        return emit_pair_set(p, inner, negated);
    }
    if (shape.simple) {
        return take_simple_alternates(p, inner, negated, &shape);
    }
    return parse_alternates(p, inner);
}

/* text[at] is '(' ; *ret_next: what follows its ')'. */
static ym_status take_group(struct part_parser *p, struct ym_str text, size_t at, bool negated,
                            size_t *ret_next) {
    struct ym_str inner = {text.s + at + 1, 0};
    size_t inside;

    if (!group_end(inner.s, text.n - at - 1, &inner.n, &inside)) {
        return ym_clamav_bad(p->line, YM_MALFORMED, "missing )");
    }
    if (inner.n == 0) {
        return ym_clamav_bad(p->line, YM_MALFORMED, "empty ()");
    }
    if (inside > MAX_GROUPS_INSIDE) {
        return ym_clamav_bad(p->line, YM_MALFORMED, "more than 15 groups inside a group");
    }
    YM_TRY(flush(p));
    *ret_next = at + inner.n + 2;
    if (inner.n == 1 && (inner.s[0] == 'B' || inner.s[0] == 'L' || inner.s[0] == 'W')) {
        return take_class(p, inner.s[0], negated, at == 0, *ret_next == text.n);
    }
    return take_alternates(p, inner, negated);
}

/* ---- Clauses --------------------------------------------------------------------------------- */

/* x, x- or x-y; what follows is not looked at. */
static bool parse_range(struct ym_str s, uint32_t *ret_min, uint32_t *ret_max) {
    size_t n = 0;
    size_t m;

    while (n < s.n && s.s[n] >= '0' && s.s[n] <= '9') {
        n++;
    }
    if (!ym_parse_u32(s.s, n, ret_min)) {
        return false;
    }
    *ret_max = *ret_min;
    m = n + 1;
    while (n < s.n && s.s[n] == '-' && m < s.n && s.s[m] >= '0' && s.s[m] <= '9') {
        m++;
    }
    if (m > n + 1 && !ym_parse_u32(s.s + n + 1, m - n - 1, ret_max)) {
        return false;
    }
    return *ret_min <= *ret_max && *ret_max <= MAX_CLAUSE_DISTANCE;
}

/* The peer's test of a clause looks at whole bytes and at low nibbles; one whose high nibble
 * alone is given, or nothing, it takes as true without looking. */
static bool parse_clause_byte(const char *s, unsigned flags, struct ym_clamav_clause *c) {
    if (!ym_clamav_parse_pair(s, &c->value, &c->mask)) {
        return false;
    }
    c->present = (c->mask & 0x0f) != 0;
    fold_letter(flags, &c->value, &c->mask);
    return true;
}

/* Cuts at most one clause off each end of *text. */
static ym_status parse_clauses(struct ym_clamav_line *line, unsigned flags, struct ym_str *text,
                               struct ym_clamav_part *part) {
    for (unsigned round = 0; round < 2; round++) {
        const char *open = memchr(text->s, '[', text->n);
        const char *end = text->s + text->n;
        const char *close = open == NULL ? NULL : memchr(open, ']', (size_t)(end - open));
        struct ym_clamav_clause clause = {.present = false};
        bool left;

        if (open == NULL) {
            return YM_OK;
        }
        if (close == NULL) {
            return ym_clamav_bad(line, YM_MALFORMED, "missing ]");
        }
        if (!parse_range((struct ym_str){open + 1, (size_t)(close - open - 1)}, &clause.min,
                         &clause.max)) {
            return ym_clamav_bad(line, YM_MALFORMED, "[x-y] is not a range of 0 to 32");
        }
        left = open - text->s == 2;
        if ((left && round > 0) || (!left && end - close != 3) ||
            !parse_clause_byte(left ? text->s : close + 1, flags, &clause)) {
            return ym_clamav_bad(line, YM_MALFORMED, "[x-y] does not join one byte to the rest");
        }
        if (!left) {
            part->right = clause;
            text->n = (size_t)(open - text->s);
            return YM_OK;
        }
        part->left = clause;
        *text = (struct ym_str){close + 1, (size_t)(end - close - 1)};
    }
    return YM_OK;
}

/* ---- The anchor ------------------------------------------------------------------------------ */

/* Bytes without a wildcard from i on, as far as the automaton's depth goes. */
static size_t anchor_run(const uint16_t *codes, size_t n, size_t i) {
    size_t run = 0;

    while (run < ANCHOR_MAX && i + run < n && codes[i + run] != CODE_WILD) {
        run++;
    }
    return run;
}

/* Is one of the two elements at i something else than a zero byte? */
static bool not_zeros(const uint16_t *codes, size_t n, size_t i) {
    return codes[i] != 0 || (i + 1 < n && codes[i + 1] != 0);
}

/* The element at which the peer's automaton enters a part; what stands before it is compared
 * backwards.  It is the first element, unless one of the first three is wild or they are zeros;
 * then the first run of three bytes that does not begin with two zeros; failing that the last of
 * the longest runs, or the first run of two bytes that are not zeros when that one is zeros. */
static size_t anchor_of(const uint16_t *codes, size_t n) {
    size_t first = n < ANCHOR_MAX ? n : ANCHOR_MAX;
    size_t best = 0;
    size_t best_run = 0;
    size_t other = n;

    if (anchor_run(codes, n, 0) == first &&
        (not_zeros(codes, n, 0) || (first > 2 && codes[2] != 0))) {
        return 0;
    }
    for (size_t i = 0; i + 1 < n; i++) {
        size_t run = anchor_run(codes, n, i);

        if (run == 0 || run < best_run) {
            continue;
        }
        if (run == 2 && other == n && not_zeros(codes, n, i)) {
            other = i;
        }
        best = i;
        best_run = run;
        if (run == ANCHOR_MAX && not_zeros(codes, n, i)) {
            return i;
        }
    }
    return other < n && !not_zeros(codes, n, best) ? other : best;
}

/* Backwards the peer takes a line end from behind: of CR LF it sees the LF, and then expects what
 * stands before the (L) where the CR is.  So before the anchor (L) is LF alone. */
static void settle_line_ends(struct part_parser *p) {
    size_t anchor = anchor_of(p->codes, p->elements);

    for (size_t i = 0; i < anchor; i++) {
        if (p->line_alt[i] != NULL) {
            p->line_alt[i]->u.alt.n_kids = 1;
        }
    }
}

static ym_status init_part(struct part_parser *p, size_t n) {
    struct ym_arena *arena = p->line->ld->arena;

    p->value = ym_arena_zalloc(arena, n / 2 + 1, 1);
    p->mask = ym_arena_zalloc(arena, n / 2 + 1, 1);
    p->codes = YM_ARENA_ARRAY(arena, n / 2 + 1, uint16_t);
    p->line_alt = YM_ARENA_ARRAY(arena, n / 2 + 1, struct ym_node *);
    if (p->value == NULL || p->mask == NULL || p->codes == NULL || p->line_alt == NULL) {
        return ym_clamav_full(p->line);
    }
    return YM_OK;
}

ym_status ym_clamav_parse_part(struct ym_clamav_line *line, struct ym_str text, unsigned flags,
                               struct ym_clamav_part *ret_part) {
    struct ym_clamav_part part = {.nodes = {NULL, NULL}};
    struct part_parser p = {.line = line, .flags = flags, .out = &part.nodes};

    if (text.n < 4) {
        return ym_clamav_bad(line, YM_MALFORMED, "part of a pattern is shorter than two bytes");
    }
    YM_TRY(parse_clauses(line, flags, &text, &part));
    YM_TRY(init_part(&p, text.n));
    for (size_t i = 0; i < text.n;) {
        bool negated = text.s[i] == '!' && i + 1 < text.n && text.s[i + 1] == '(';

        if (negated || text.s[i] == '(') {
            size_t at = negated ? i + 1 : i;

            YM_TRY(take_group(&p, text, at, negated, &i));
        } else {
            YM_TRY(take_pair(&p, text.s + i, text.n - i));
            i += 2;
        }
    }
    YM_TRY(flush(&p));
    if (p.elements < 2 || p.longest_run < 2) {
        return ym_clamav_bad(line, YM_MALFORMED,
                             "part of a pattern has no two neighbouring bytes without a wildcard");
    }
    if ((flags & YM_CLAMAV_HEX_FILTERED) != 0 && (p.window < FILTER_MIN || !p.window_known)) {
        return ym_clamav_bad(line, YM_MALFORMED,
                             "part of a pattern does not begin with two bytes or sets of bytes");
    }
    settle_line_ends(&p);
    *ret_part = part;
    return YM_OK;
}
