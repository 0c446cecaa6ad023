/* ldb_expr.c - the expression of a logical signature, to the tree that the peer's splitting makes.
 *
 *     expression = side op side | block [ test ] | "(" expression ")" | index [ test ]
 *     block      = "(" side op side ")"            op = "&" | "|"
 *     test       = ( "=" | "<" | ">" ) n [ "," distinct ]
 *
 * There is no precedence.  A text with an operator outside of all parentheses is cut at its first
 * one: `0&1|2` is 0&(1|2).  A block is cut at the last operator directly inside of it: `(0&1|2)`
 * is (0&1)|2.  Only a block can have a test behind its parenthesis; (0)=1 is an error.
 *
 * What follows an index and is no test is not looked at (so in the peer: `0a` is 0), and of several
 * tests of an index the last counts; `,distinct` has a meaning only for blocks. */
#include "ldb.h"

#include "hexpart.h"

enum { MAX_DEPTH = 512 };

/* Where the operators of a text are; positions count from its start. */
struct cut {
    size_t top;       /* the first operator outside of parentheses; n: none */
    size_t inner;     /* the last one directly inside of some; n: none */
    size_t first_end; /* the ')' that belongs to a '(' at the very start; n: none */
    bool balanced;
};

static bool is_operator(char c) {
    return c == '&' || c == '|';
}

static struct cut find_cut(struct ym_str s) {
    struct cut cut = {.top = s.n, .inner = s.n, .first_end = s.n, .balanced = false};
    size_t depth = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.s[i] == '(') {
            depth++;
        } else if (s.s[i] == ')') {
            if (depth == 0) {
                return cut;
            }
            depth--;
            if (depth == 0 && cut.first_end == s.n) {
                cut.first_end = i;
            }
        } else if (is_operator(s.s[i]) && depth == 0) {
            cut.top = i;
            break;
        } else if (is_operator(s.s[i]) && depth == 1) {
            cut.inner = i;
        }
    }
    cut.balanced = depth == 0;
    return cut;
}

static ym_logic_test test_of(char c) {
    switch (c) {
    case '=':
        return YM_LOGIC_EQ;
    case '<':
        return YM_LOGIC_LT;
    case '>':
        return YM_LOGIC_GT;
    default:
        return YM_LOGIC_NO_TEST;
    }
}

static struct ym_str from(struct ym_str s, size_t at) {
    return (struct ym_str){s.s + at, s.n - at};
}

/* index [ test ] */
static ym_status parse_index(struct ym_clamav_line *line, struct ym_str s, struct ym_logic *node) {
    struct ym_str rest = s;

    if (!ym_ldb_scan_u32(&rest, &node->subsig)) {
        return ym_clamav_bad(line, YM_MALFORMED, "expression lacks the index of a subsignature");
    }
    if (node->subsig >= YM_LOGICAL_MAX_SUBSIGS) {
        return ym_clamav_bad(line, YM_MALFORMED, "more than 64 subsignatures");
    }
    for (size_t i = s.n; i-- > 0;) {
        if (test_of(s.s[i]) == YM_LOGIC_NO_TEST) {
            continue;
        }
        rest = from(s, i + 1);
        if (!ym_ldb_scan_u32(&rest, &node->count)) {
            return ym_clamav_bad(line, YM_MALFORMED, "no number after = < or >");
        }
        node->test = test_of(s.s[i]);
        break;
    }
    return YM_OK;
}

/* What follows a block: nothing, or its test to the end of the text.  As the peer reads it: a number,
 * perhaps a second one; then it passes over one more character and over digits and commas. */
static ym_status parse_block_test(struct ym_clamav_line *line, struct ym_str s,
                                  struct ym_logic *node) {
    struct ym_str rest;
    size_t end = 2;

    if (s.n == 0) {
        return YM_OK;
    }
    node->test = test_of(s.s[0]);
    rest = from(s, 1);
    if (node->test != YM_LOGIC_NO_TEST && !ym_ldb_scan_u32(&rest, &node->count)) {
        return ym_clamav_bad(line, YM_MALFORMED, "no number after = < or >");
    }
    if (rest.n > 0 && rest.s[0] == ',') {
        rest = from(rest, 1);
        (void)ym_ldb_scan_u32(&rest, &node->distinct);
    }
    while (end < s.n && (s.s[end] == ',' || (s.s[end] >= '0' && s.s[end] <= '9'))) {
        end++;
    }
    if (node->test == YM_LOGIC_NO_TEST || end < s.n) {
        return ym_clamav_bad(line, YM_MALFORMED, "no operator behind )");
    }
    return YM_OK;
}

static ym_status parse(struct ym_clamav_line *line, struct ym_str s, unsigned depth,
                       const struct ym_logic **ret_node, uint32_t *last);

/* s[at] is the operator of node. */
static ym_status parse_sides(struct ym_clamav_line *line, struct ym_str s, size_t at,
                             unsigned depth, struct ym_logic *node, uint32_t *last) {
    if (at == 0 || at + 1 == s.n) {
        return ym_clamav_bad(line, YM_MALFORMED, "operator without something on both sides");
    }
    node->op = s.s[at] == '&' ? YM_LOGIC_AND : YM_LOGIC_OR;
    YM_TRY(parse(line, (struct ym_str){s.s, at}, depth + 1, &node->kids[0], last));
    return parse(line, from(s, at + 1), depth + 1, &node->kids[1], last);
}

/* Recursion: at most MAX_DEPTH deep. */
static ym_status parse(struct ym_clamav_line *line, struct ym_str s, unsigned depth,
                       const struct ym_logic **ret_node, uint32_t *last) {
    struct cut cut = find_cut(s);
    struct ym_logic *node;

    if (depth >= MAX_DEPTH) {
        return ym_clamav_bad(line, YM_LIMIT, "expression is nested more than 512 deep");
    }
    if (!cut.balanced) {
        return ym_clamav_bad(line, YM_MALFORMED, "parentheses of the expression do not match");
    }
    if (cut.top == s.n && cut.inner == s.n && s.n > 1 && s.s[0] == '(') {
        return parse(line, (struct ym_str){s.s + 1, s.n - 2}, depth + 1, ret_node, last);
    }
    node = YM_ARENA_NEW(line->ld->arena, struct ym_logic);
    if (node == NULL) {
        return ym_clamav_full(line);
    }
    *ret_node = node;
    if (cut.top < s.n) {
        return parse_sides(line, s, cut.top, depth, node, last);
    }
    if (cut.inner == s.n) {
        YM_TRY(parse_index(line, s, node));
        *last = node->subsig > *last ? node->subsig : *last;
        return YM_OK;
    }
    if (s.s[0] != '(' || cut.inner > cut.first_end) {
        return ym_clamav_bad(line, YM_MALFORMED, "parentheses without an operator between");
    }
    YM_TRY(parse_block_test(line, from(s, cut.first_end + 1), node));
    return parse_sides(line, (struct ym_str){s.s + 1, cut.first_end - 1}, cut.inner - 1, depth,
                       node, last);
}

ym_status ym_ldb_parse_expr(struct ym_clamav_line *line, struct ym_str text,
                            const struct ym_logic **ret_expr, uint32_t *ret_last) {
    uint32_t last = 0;

    YM_TRY(parse(line, text, 0, ret_expr, &last));
    *ret_last = last;
    return YM_OK;
}
