/* format_items.c - YARA source to items: tokens, pieces of hex strings, comments.
 *
 * The compiler's lexer reads the tokens; what it goes over (spaces, comments) and what it leaves to
 * its parser (hex strings, paths of includes) is read here.  `{` begins a hex string behind
 * `$name =` and nowhere else. */
#include "format_int.h"

#include "base/text.h"
#include "signatures/format.h"

#include <string.h>

enum { MAX_ITEMS = YM_FORMAT_MAX_INPUT + 1 };

struct scan {
    struct yara_lexer lx;
    struct ym_buf *out;
    int last[2];       /* kinds of the tokens before: the last, and the one before it */
    bool hex, in_jump; /* inside a hex string, inside its [ ] */
};

static int char_at(const struct scan *s, size_t after) {
    return after < s->lx.size - s->lx.pos ? (unsigned char)s->lx.text[s->lx.pos + after] : -1;
}

static void add(struct scan *s, uint32_t kind, struct fmt_item item) {
    item.kind = kind;
    item.end = (uint32_t)s->lx.pos;
    ym_buf_add(s->out, &item, sizeof(item));
    if (kind != FMT_COMMENT) {
        s->last[1] = s->last[0];
        s->last[0] = (int)kind;
    }
}

/* Over spaces; the item that comes next, as far as it is known. */
static struct fmt_item skip(struct scan *s) {
    uint32_t newlines = 0;
    int c = yara_char(&s->lx);

    while (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        newlines += c == '\n';
        yara_advance(&s->lx);
        c = yara_char(&s->lx);
    }
    return (struct fmt_item){.start = (uint32_t)s->lx.pos,
                             .newlines = newlines,
                             .line = s->lx.line,
                             .column = (uint32_t)(s->lx.pos - s->lx.line_start) + 1};
}

static ym_status read_comment(struct scan *s, struct fmt_item item) {
    bool block = char_at(s, 1) == '*';

    s->lx.pos += 2;
    while (block ? char_at(s, 0) != '*' || char_at(s, 1) != '/' : char_at(s, 0) != '\n') {
        if (yara_char(&s->lx) < 0) {
            if (block) {
                return yara_lex_fail(&s->lx, YM_MALFORMED, "comment does not end");
            }
            break;
        }
        yara_advance(&s->lx);
    }
    s->lx.pos += block ? 2 : 0;
    add(s, FMT_COMMENT, item);
    return YM_OK;
}

static bool is_nibble(int c) {
    return c == '?' || (c >= 0 && ym_hex_digit((char)c) >= 0);
}

static ym_status read_hex(struct scan *s, struct fmt_item item) {
    int c = yara_char(&s->lx);
    uint32_t kind = (uint32_t)c;

    if (c < 0) {
        return yara_lex_fail(&s->lx, YM_MALFORMED, "hex string: it does not end");
    }
    s->lx.pos++;
    if (s->in_jump && c >= '0' && c <= '9') {
        kind = FMT_HEX_NUMBER;
        while (char_at(s, 0) >= '0' && char_at(s, 0) <= '9') {
            s->lx.pos++;
        }
    } else if (s->in_jump && c != '-' && c != ']') {
        s->lx.pos--;
        return yara_lex_fail(&s->lx, YM_MALFORMED, "character 0x%02x in a jump of a hex string",
                             (unsigned)c);
    } else if (is_nibble(c) || (c == '~' && is_nibble(char_at(s, 0)))) {
        kind = FMT_HEX_BYTE;
        s->lx.pos += c == '~' ? 1 : 0;
        s->lx.pos += is_nibble(char_at(s, 0)) ? 1 : 0;
    } else if (strchr("~()|[]-}", c) == NULL || c == '\0') {
        s->lx.pos--;
        return yara_lex_fail(&s->lx, YM_MALFORMED, "character 0x%02x in a hex string", (unsigned)c);
    }
    s->in_jump = c == '[' || (s->in_jump && c != ']');
    s->hex = c != '}';
    add(s, c == '}' ? (uint32_t)FMT_HEX_CLOSE : kind, item);
    return YM_OK;
}

static ym_status read_path(struct scan *s, struct fmt_item item) {
    if (yara_char(&s->lx) != '"') {
        return yara_lex_fail(&s->lx, YM_MALFORMED, "include needs a path in quotes");
    }
    do {
        s->lx.pos++;
        if (yara_char(&s->lx) <= 0 || yara_char(&s->lx) == '\n') {
            return yara_lex_fail(&s->lx, YM_MALFORMED, "path does not end on its line");
        }
    } while (yara_char(&s->lx) != '"');
    s->lx.pos++;
    add(s, FMT_PATH, item);
    return YM_OK;
}

static ym_status read_token(struct scan *s, struct fmt_item item) {
    struct yara_token t;

    ym_arena_reset(s->lx.arena); /* what texts say is of no interest */
    YM_TRY(yara_lex(&s->lx, &t));
    s->hex = t.kind == '{' && s->last[0] == '=' && s->last[1] == YARA_STRING;
    s->in_jump = false;
    add(s, s->hex ? (uint32_t)FMT_HEX_OPEN : (uint32_t)t.kind, item);
    return YM_OK;
}

static ym_status read_items(struct scan *s) {
    for (;;) {
        struct fmt_item item = skip(s);
        int c = yara_char(&s->lx);

        YM_TRY(ym_buf_status(s->out));
        if (c == '/' && (char_at(s, 1) == '/' || char_at(s, 1) == '*')) {
            YM_TRY(read_comment(s, item));
        } else if (s->hex) {
            YM_TRY(read_hex(s, item));
        } else if (c < 0) {
            add(s, YARA_END, item);
            return ym_buf_status(s->out);
        } else if (s->last[0] == YARA_K_include) {
            YM_TRY(read_path(s, item));
        } else {
            YM_TRY(read_token(s, item));
        }
    }
}

/* rows[i] is a comment, followed by another row. */
static fmt_place place_of(const struct fmt_items *items, uint32_t i) {
    const struct fmt_item *c = &items->rows[i];
    size_t n = c->end - c->start;

    if (items->text[c->start + 1] == '*' && c[1].newlines == 0 && c[1].kind != YARA_END &&
        memchr(items->text + c->start, '\n', n) == NULL) {
        return FMT_INSIDE;
    }
    return c->newlines == 0 && i > 0 ? FMT_TRAILING : FMT_OWN;
}

ym_status fmt_items_read(const char *file, const char *text, size_t n, struct fmt_items *ret_items,
                         struct ym_err *err) {
    struct fmt_items items = {.file = file, .text = text};
    struct scan s = {.lx = {.file = file, .text = text, .size = n, .line = 1, .err = err}};
    ym_status st;

    if (n > YM_FORMAT_MAX_INPUT) {
        return ym_fail_at(err, YM_LIMIT, "signatures/yara", file, 0, 0, "larger than %d bytes",
                          YM_FORMAT_MAX_INPUT);
    }
    s.lx.arena = ym_arena_new(2 * n + 65536);
    if (s.lx.arena == NULL) {
        return YM_NOMEM;
    }
    ym_buf_init(&items.buf, (size_t)MAX_ITEMS * sizeof(struct fmt_item));
    s.out = &items.buf;
    st = read_items(&s);
    ym_arena_free(s.lx.arena);
    if (st != YM_OK) {
        ym_buf_done(&items.buf);
        return st;
    }
    items.n = (uint32_t)(items.buf.len / sizeof(struct fmt_item)) - 1;
    items.rows = (struct fmt_item *)(void *)items.buf.data;
    for (uint32_t i = 0; i < items.n; i++) {
        if (fmt_is_comment(&items.rows[i])) {
            items.rows[i].place = place_of(&items, i);
        }
    }
    *ret_items = items;
    return YM_OK;
}

void fmt_items_done(struct fmt_items *items) {
    ym_buf_done(&items->buf);
    *items = (struct fmt_items){.n = 0};
}

/* ---- Comparing ------------------------------------------------------------------------------- */

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* The text of an item without the blanks at its end; a comment may have others before its line breaks. */
static struct ym_str text_of(const struct fmt_items *items, const struct fmt_item *i) {
    struct ym_str s = {items->text + i->start, i->end - i->start};

    while (i->kind == FMT_COMMENT && s.n > 2 && is_blank(s.s[s.n - 1])) {
        s.n--;
    }
    return s;
}

static bool same_text(struct ym_str a, struct ym_str b) {
    size_t i = 0;
    size_t k = 0;

    while (i < a.n && k < b.n) {
        i += a.s[i] == '\r' && i + 1 < a.n && a.s[i + 1] == '\n';
        k += b.s[k] == '\r' && k + 1 < b.n && b.s[k + 1] == '\n';
        if (a.s[i++] != b.s[k++]) {
            return false;
        }
    }
    return i == a.n && k == b.n;
}

static uint32_t next_of(const struct fmt_items *items, uint32_t i, bool comments) {
    while (i < items->n && fmt_is_comment(&items->rows[i]) != comments) {
        i++;
    }
    return i;
}

/* The comments of both, or all the rest. */
static bool equal_kind(const struct fmt_items *a, const struct fmt_items *b, bool comments,
                       uint32_t *ret_at) {
    uint32_t i = next_of(a, 0, comments);
    uint32_t k = next_of(b, 0, comments);

    while (i < a->n && k < b->n) {
        if (a->rows[i].kind != b->rows[k].kind ||
            !same_text(text_of(a, &a->rows[i]), text_of(b, &b->rows[k]))) {
            break;
        }
        i = next_of(a, i + 1, comments);
        k = next_of(b, k + 1, comments);
    }
    *ret_at = i;
    return i == a->n && k == b->n;
}

bool fmt_items_equal(const struct fmt_items *a, const struct fmt_items *b, uint32_t *ret_at) {
    return equal_kind(a, b, false, ret_at) && equal_kind(a, b, true, ret_at);
}
