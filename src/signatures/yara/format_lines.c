/* format_lines.c - items to lines: spaces, breaks, comments, hex strings, conditions.
 *
 * A line break is only noted (`pending`) and written when the next token comes, so that a comment
 * can still end the line.  Nothing follows a hard comment on its line: it leaves a break pending.
 *
 * A condition that does not fit on its line, or holds a hard comment, is broken at its `or`s, or if
 * it has none at this level at its `and`s, else at its commas, else inside its longest brackets;
 * what comes of it is laid out the same way:
 *
 *     a and              (                 for all i in (1..3) : (
 *     b or                   a and             a and
 *     c                      b                 b
 *                        )                 )
 *
 * Lines depend on nothing but the items and the places of comments, and places of comments stay as
 * they are; that is why formatting again changes nothing. */
#include "format_int.h"

#include <string.h>

enum { MAX_DEPTH = 100 };

static const uint32_t NO_WIDTH = UINT32_MAX;

/* ---- Writing --------------------------------------------------------------------------------- */

void fmt_break(struct fmt_lines *l, uint32_t indent, bool blank) {
    l->pending = true;
    l->blank = blank;
    l->indent = indent;
}

void fmt_put_spaces(struct fmt_lines *l, uint32_t n) {
    l->column += n;
    while (n-- > 0) {
        ym_buf_u8(l->out, ' ');
    }
}

static void flush(struct fmt_lines *l) {
    if (l->pending && l->out->len > 0) {
        ym_buf_add_text(l->out, l->blank ? "\n\n" : "\n");
    }
    if (l->pending) {
        l->column = 0;
        l->pending = false;
        fmt_put_spaces(l, l->indent);
    }
}

void fmt_put_text(struct fmt_lines *l, const char *text) {
    flush(l);
    ym_buf_add_text(l->out, text);
    l->column += (uint32_t)strlen(text);
}

static uint32_t width_of(const struct fmt_item *i) {
    return i->end - i->start;
}

/* Without what carriage returns and trailing blanks a comment has. */
static void put_item(struct fmt_lines *l, uint32_t i) {
    const struct fmt_item *it = &l->items->rows[i];
    const char *s = l->items->text + it->start;
    uint32_t n = width_of(it);

    while (fmt_is_comment(it) && n > 2 && strchr(" \t\r", s[n - 1]) != NULL && s[n - 1] != '\0') {
        n--;
    }
    for (uint32_t k = 0; k < n; k++) {
        if (s[k] != '\r' || k + 1 == n || s[k + 1] != '\n') {
            ym_buf_u8(l->out, (uint8_t)s[k]);
        }
    }
    l->column += n;
    l->closed = fmt_is_comment(it) && s[1] == '/';
}

static void put_hard(struct fmt_lines *l, uint32_t i, uint32_t next_indent) {
    const struct fmt_item *it = &l->items->rows[i];
    bool was_pending = l->pending;
    uint32_t indent = l->indent;

    if (it->place != FMT_OWN && l->out->len > 0 && !l->closed) {
        l->pending = false;
        fmt_put_spaces(l, 1);
    } else {
        if (!was_pending) {
            fmt_break(l, next_indent, false);
        }
        flush(l);
    }
    put_item(l, i);
    fmt_break(l, was_pending ? indent : next_indent, false);
}

void fmt_put_comment(struct fmt_lines *l, uint32_t i, uint32_t indent, bool blank) {
    const struct fmt_item *it = &l->items->rows[i];

    if (it->newlines == 0 && i > 0 && !l->closed) {
        l->pending = false;
        fmt_put_spaces(l, 1);
    } else {
        fmt_break(l, indent, blank);
        flush(l);
    }
    put_item(l, i);
    fmt_break(l, indent, false);
}

/* ---- Spaces ---------------------------------------------------------------------------------- */

static bool ends_operand(uint32_t kind) {
    switch ((int)kind) {
    case YARA_NAME:
    case YARA_INT:
    case YARA_DOUBLE:
    case YARA_TEXT:
    case YARA_REGEX:
    case YARA_STRING:
    case YARA_STRINGS:
    case YARA_COUNT:
    case YARA_OFFSET:
    case YARA_LENGTH:
    case ')':
    case ']':
    case YARA_K_filesize:
    case YARA_K_entrypoint:
    case YARA_K_true:
    case YARA_K_false:
    case YARA_K_them:
        return true;
    default:
        return false;
    }
}

/* Words that brackets hug. */
static bool is_callable(uint32_t kind) {
    switch ((int)kind) {
    case YARA_NAME:
    case YARA_K_int8:
    case YARA_K_int16:
    case YARA_K_int32:
    case YARA_K_int8be:
    case YARA_K_int16be:
    case YARA_K_int32be:
    case YARA_K_uint8:
    case YARA_K_uint16:
    case YARA_K_uint32:
    case YARA_K_uint8be:
    case YARA_K_uint16be:
    case YARA_K_uint32be:
    case YARA_K_xor:
    case YARA_K_base64:
    case YARA_K_base64wide:
        return true;
    default:
        return false;
    }
}

static uint32_t kind_at(const struct fmt_lines *l, uint32_t i) {
    return i < l->items->n ? l->items->rows[i].kind : (uint32_t)YARA_END;
}

static uint32_t kind_before(const struct fmt_lines *l, uint32_t i) {
    while (i > 0 && fmt_is_comment(&l->items->rows[i - 1])) {
        i--;
    }
    return i > 0 ? l->items->rows[i - 1].kind : (uint32_t)YARA_END;
}

/* Is the `-` or `~` at i a sign of its own, not between two operands? */
static bool is_sign(const struct fmt_lines *l, uint32_t i) {
    uint32_t kind = kind_at(l, i);

    return kind == '~' || (kind == '-' && !ends_operand(kind_before(l, i)));
}

/* Is it the `-` of a range of keys: xor(1-2)? */
static bool is_key_range(const struct fmt_lines *l, uint32_t i) {
    return kind_at(l, i) == '-' && i >= 3 && kind_at(l, i - 2) == '(' &&
           kind_at(l, i - 3) == YARA_K_xor;
}

static bool is_wildcard(const struct fmt_lines *l, uint32_t i) {
    uint32_t next = kind_at(l, i + 1);

    return kind_at(l, i) == '*' && kind_at(l, i - 1) == YARA_NAME && (next == ',' || next == ')');
}

/* `1 .2` and `. .` are no rules, but other tokens without their space. */
static bool is_dotted(uint32_t kind) {
    return kind != '.' && kind != YARA_DOTS && kind != YARA_INT && kind != YARA_DOUBLE;
}

static bool space_between(const struct fmt_lines *l, uint32_t a, uint32_t b) {
    uint32_t left = kind_at(l, a);
    uint32_t right = kind_at(l, b);

    if (left == FMT_COMMENT || right == FMT_COMMENT) {
        return left != '(';
    }
    if (left == '.' || right == '.') {
        return !is_dotted(left == '.' ? right : left);
    }
    if (left == '(' || left == '[' || left == YARA_DOTS) {
        return false;
    }
    if (right == ')' || right == ']' || right == ',' || right == YARA_DOTS || right == '[') {
        return false;
    }
    if (right == '(') {
        return !is_callable(left);
    }
    if (is_sign(l, a) || is_wildcard(l, b) || is_key_range(l, a) || is_key_range(l, b)) {
        return false;
    }
    return right != '%' || kind_at(l, b + 1) != YARA_K_of;
}

void fmt_put_flat(struct fmt_lines *l, uint32_t a, uint32_t b) {
    uint32_t first_indent = l->pending ? l->indent : l->column;

    first_indent = first_indent > 2 * FMT_STEP ? 3 * FMT_STEP : first_indent + FMT_STEP;
    for (uint32_t i = a; i < b; i++) {
        if (fmt_is_hard(&l->items->rows[i])) {
            put_hard(l, i, first_indent);
            continue;
        }
        if (!l->pending && l->column > 0 && i > 0 && space_between(l, i - 1, i)) {
            fmt_put_spaces(l, 1);
        }
        flush(l);
        put_item(l, i);
    }
}

/* NO_WIDTH: a hard comment stands in it. */
static uint32_t flat_width(const struct fmt_lines *l, uint32_t a, uint32_t b) {
    uint32_t width = 0;

    for (uint32_t i = a; i < b; i++) {
        if (fmt_is_hard(&l->items->rows[i])) {
            return NO_WIDTH;
        }
        width += width_of(&l->items->rows[i]);
        width += i > a && space_between(l, i - 1, i) ? 1 : 0;
    }
    return width;
}

/* ---- Hex strings ----------------------------------------------------------------------------- */

static bool hex_space(const struct fmt_lines *l, uint32_t i, bool in_jump) {
    uint32_t left = kind_at(l, i - 1);
    uint32_t right = kind_at(l, i);

    if (fmt_is_comment(&l->items->rows[i]) || fmt_is_comment(&l->items->rows[i - 1])) {
        return true;
    }
    if (in_jump) {
        return left == FMT_HEX_NUMBER && right == FMT_HEX_NUMBER;
    }
    return left != '(' && right != ')';
}

static bool hex_is_on_lines(const struct fmt_lines *l, uint32_t a, uint32_t b) {
    for (uint32_t i = a + 1; i < b; i++) {
        if (l->items->rows[i].newlines > 0 || fmt_is_hard(&l->items->rows[i])) {
            return true;
        }
    }
    return false;
}

static uint32_t hex_width(const struct fmt_lines *l, uint32_t a, uint32_t b) {
    bool in_jump = false;
    uint32_t width = 0;

    for (uint32_t i = a; i < b; i++) {
        width += width_of(&l->items->rows[i]);
        width += i > a && hex_space(l, i, in_jump) ? 1 : 0;
        in_jump = kind_at(l, i) == '[' || (in_jump && kind_at(l, i) != ']');
    }
    return width;
}

/* What stands together: one item, but a jump with its brackets, and comments behind it. */
static uint32_t hex_piece(const struct fmt_lines *l, uint32_t i, uint32_t b) {
    bool in_jump = kind_at(l, i) == '[';

    for (i++; i < b && in_jump; i++) {
        in_jump = kind_at(l, i) != ']';
    }
    return i;
}

static void put_hex_piece(struct fmt_lines *l, uint32_t a, uint32_t b, uint32_t indent) {
    bool in_jump = false;

    for (uint32_t i = a; i < b; i++) {
        if (fmt_is_hard(&l->items->rows[i])) {
            put_hard(l, i, indent);
            continue;
        }
        if (!l->pending && hex_space(l, i, in_jump)) {
            fmt_put_spaces(l, 1);
        }
        flush(l);
        put_item(l, i);
        in_jump = kind_at(l, i) == '[' || (in_jump && kind_at(l, i) != ']');
    }
}

/* [a, b) is { ... }.  One that is written on several lines keeps them; one that is too long for its
 * line gets more. */
void fmt_put_hex(struct fmt_lines *l, uint32_t a, uint32_t b, uint32_t indent) {
    const uint32_t inside = indent + FMT_STEP;
    const bool on_lines = hex_is_on_lines(l, a, b);
    uint32_t next;

    if (!on_lines && l->column + 1 + hex_width(l, a, b) <= FMT_WIDTH) {
        put_hex_piece(l, a, b, inside);
        return;
    }
    put_hex_piece(l, a, a + 1, inside);
    for (uint32_t i = a + 1; i + 1 < b; i = next) {
        const struct fmt_item *it = &l->items->rows[i];

        next = hex_piece(l, i, b - 1);
        if (fmt_is_hard(it)) {
            put_hard(l, i, inside);
            continue;
        }
        if (i == a + 1 || it->newlines > 0 ||
            (!on_lines && l->column + 1 + hex_width(l, i, next) > FMT_WIDTH)) {
            fmt_break(l, inside, false);
        }
        put_hex_piece(l, i, next, inside);
    }
    fmt_break(l, indent, false);
    put_hex_piece(l, b - 1, b, indent);
}

/* ---- Conditions ------------------------------------------------------------------------------ */

static bool is_connector(uint32_t kind) {
    return kind == YARA_K_and || kind == YARA_K_or || kind == ',';
}

/* Did this item and the next stand beside each other in the source? */
static bool touch(const struct fmt_items *items, uint32_t i) {
    uint32_t at = items->rows[i].end;

    while (at < items->rows[i + 1].start && strchr(" \t\r", items->text[at]) != NULL) {
        at++;
    }
    return at == items->rows[i + 1].start;
}

void fmt_settle(struct fmt_items *items, uint32_t a, uint32_t b) {
    for (uint32_t i = a + 1; i < b; i++) {
        for (uint32_t k = i; k > a && is_connector(items->rows[k].kind) &&
                             fmt_is_hard(&items->rows[k - 1]) && k + 1 < b;
             k--) {
            struct fmt_item swap = items->rows[k];

            items->rows[k] = items->rows[k - 1];
            items->rows[k - 1] = swap;
        }
    }
    for (uint32_t i = a + 1; i < b; i++) { /* one that ended the line of what has moved away */
        if (items->rows[i].place == FMT_TRAILING && fmt_is_hard(&items->rows[i - 1]) &&
            !touch(items, i - 1)) {
            items->rows[i].place = FMT_OWN;
        }
    }
}

static int depth_step(uint32_t kind) {
    return kind == '(' || kind == '[' ? 1 : kind == ')' || kind == ']' ? -1 : 0;
}

/* The connector that [a, b) is to be broken at; YARA_END: it has none outside brackets. */
static uint32_t weakest(const struct fmt_lines *l, uint32_t a, uint32_t b) {
    uint32_t found = YARA_END;
    int depth = 0;

    for (uint32_t i = a; i < b; i++) {
        uint32_t kind = kind_at(l, i);

        depth += depth_step(kind);
        if (depth != 0 || !is_connector(kind)) {
            continue;
        }
        if (kind == YARA_K_or || found == YARA_END || (kind == YARA_K_and && found == ',')) {
            found = kind;
        }
    }
    return found;
}

/* The longest brackets of the outer level, those with a hard comment first; *ret_close 0: none. */
static void longest_brackets(const struct fmt_lines *l, uint32_t a, uint32_t b, uint32_t *ret_open,
                             uint32_t *ret_close) {
    const uint64_t hard = UINT64_C(1) << 40; /* outweighs any length */
    uint64_t longest = 0;
    uint64_t length = 0;
    uint32_t open = a;
    int depth = 0;

    *ret_open = a;
    *ret_close = 0;
    for (uint32_t i = a; i < b; i++) {
        int step = depth_step(kind_at(l, i));

        if (step > 0 && depth == 0) {
            open = i;
            length = 0;
        }
        depth += step;
        length += fmt_is_hard(&l->items->rows[i]) ? hard : width_of(&l->items->rows[i]);
        if (step < 0 && depth == 0 && i > open + 1 && length > longest) {
            longest = length;
            *ret_open = open;
            *ret_close = i;
        }
    }
}

static void lay_out(struct fmt_lines *l, uint32_t a, uint32_t b, uint32_t base, uint32_t extra,
                    bool nested, unsigned depth);

/* One operand after the other, each connector at the end of its line; commas fill the lines. */
static void break_at(struct fmt_lines *l, uint32_t kind, uint32_t a, uint32_t b, uint32_t base,
                     uint32_t extra, bool nested, unsigned depth) {
    const uint32_t rest = nested ? base + FMT_STEP : base;
    uint32_t line = base;
    uint32_t from = a;
    int level = 0;

    for (uint32_t i = a; i <= b; i++) {
        bool here = i == b || (level == 0 && kind_at(l, i) == kind);

        level += i < b ? depth_step(kind_at(l, i)) : 0;
        if (!here) {
            continue;
        }
        if (kind == ',' && from > a && flat_width(l, from, i) < FMT_WIDTH &&
            l->column + flat_width(l, from, i) + 2 <= FMT_WIDTH) {
            l->pending = false;
        }
        lay_out(l, from, i, line, i == b ? extra : 4, true, depth);
        line = rest;
        if (i < b) {
            fmt_put_flat(l, i, i + 1);
            fmt_break(l, rest, false);
        }
        from = i + 1;
    }
}

static void break_inside(struct fmt_lines *l, uint32_t a, uint32_t open, uint32_t close, uint32_t b,
                         uint32_t base, unsigned depth) {
    fmt_put_flat(l, a, open + 1);
    fmt_break(l, base + FMT_STEP, false);
    lay_out(l, open + 1, close, base + FMT_STEP, 0, false, depth);
    fmt_break(l, base, false);
    fmt_put_flat(l, close, b);
}

/* Items [a, b), whose line begins at column base.  extra: what will still come on the last line; 0:
 * nothing, so that a comment at the end ends it. */
static void lay_out(struct fmt_lines *l, uint32_t a, uint32_t b, uint32_t base, uint32_t extra,
                    bool nested, unsigned depth) {
    uint32_t end = b;
    uint32_t kind;
    uint32_t open;
    uint32_t close;
    uint64_t width;

    for (; a < b && fmt_is_hard(&l->items->rows[a]); a++) {
        put_hard(l, a, base);
    }
    while (end > a && (extra == 0 ? fmt_is_comment(&l->items->rows[end - 1])
                                  : fmt_is_hard(&l->items->rows[end - 1]))) {
        end--;
    }
    width = (uint64_t)flat_width(l, a, end) + extra + (l->pending ? l->indent : l->column + 1);
    kind = weakest(l, a, end);
    longest_brackets(l, a, end, &open, &close);
    if (width <= FMT_WIDTH || depth == MAX_DEPTH || (kind == YARA_END && close == 0)) {
        fmt_put_flat(l, a, end);
    } else if (kind != YARA_END) {
        break_at(l, kind, a, end, base, extra, nested, depth + 1);
    } else {
        break_inside(l, a, open, close, end, base, depth + 1);
    }
    for (; end < b; end++) {
        put_hard(l, end, base);
    }
}

void fmt_put_condition(struct fmt_lines *l, uint32_t a, uint32_t b, uint32_t indent) {
    lay_out(l, a, b, indent, 0, false, 0);
}
