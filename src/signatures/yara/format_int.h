/* format_int.h - between the files of the formatter.
 *
 *     format_items.c   source to items: tokens, pieces of hex strings, comments
 *     format_lines.c   items to lines: spaces, breaks, comments, conditions
 *     format.c         files, rules, sections; and the proof that nothing was lost */
#ifndef YM_SIGNATURES_YARA_FORMAT_INT_H
#define YM_SIGNATURES_YARA_FORMAT_INT_H

#include "base/buf.h"
#include "lexer.h"

/* Kinds beyond those of the lexer.  The signs of hex strings have their characters' codes. */
enum {
    FMT_COMMENT = 1000,
    FMT_PATH,     /* of an include, with its quotes */
    FMT_HEX_OPEN, /* { of a hex string */
    FMT_HEX_CLOSE,
    FMT_HEX_BYTE,  /* two nibbles, perhaps with ~ */
    FMT_HEX_NUMBER /* in a jump */
};

/* Where a comment stands. */
typedef enum fmt_place {
    FMT_INSIDE,   /* the line goes on behind it: it is like a token */
    FMT_TRAILING, /* ends the line on which something stands before it */
    FMT_OWN       /* has its line, or lines, for itself */
} fmt_place;

struct fmt_item {
    uint32_t start, end; /* in the text */
    uint32_t kind;
    uint32_t newlines; /* between what comes before and this */
    uint32_t column;
    uint32_t line;
    fmt_place place; /* of a comment */
};

struct fmt_items {
    const char *file;
    const char *text;
    struct ym_buf buf;     /* struct fmt_item */
    struct fmt_item *rows; /* n of them, then one of kind YARA_END */
    uint32_t n;
};

YM_MUST_CHECK ym_status fmt_items_read(const char *file, const char *text, size_t n,
                                       struct fmt_items *ret_items, struct ym_err *err);
void fmt_items_done(struct fmt_items *items);

/* Do both say the same?  *ret_at: the first item of a that differs. */
bool fmt_items_equal(const struct fmt_items *a, const struct fmt_items *b, uint32_t *ret_at);

static inline bool fmt_is_comment(const struct fmt_item *i) {
    return i->kind == FMT_COMMENT;
}

/* A comment that nothing may follow on its line. */
static inline bool fmt_is_hard(const struct fmt_item *i) {
    return i->kind == FMT_COMMENT && i->place != FMT_INSIDE;
}

/* ---- format_lines.c -------------------------------------------------------------------------- */

enum { FMT_WIDTH = 100, FMT_STEP = 4 };

struct fmt_lines {
    const struct fmt_items *items;
    struct ym_buf *out;
    uint32_t column;
    bool pending; /* a line break comes before the next token */
    bool blank;   /* ... and an empty line */
    uint32_t indent;
    bool closed; /* the line ends in a comment to the end of the line */
};

/* What comes next begins a line. */
void fmt_break(struct fmt_lines *l, uint32_t indent, bool blank);
void fmt_put_text(struct fmt_lines *l, const char *text);
void fmt_put_spaces(struct fmt_lines *l, uint32_t n);
/* Items [a, b) with a space where one belongs; before a, too, when something stands on the line. */
void fmt_put_flat(struct fmt_lines *l, uint32_t a, uint32_t b);
/* A comment between two entries; on its own line it is indented. */
void fmt_put_comment(struct fmt_lines *l, uint32_t i, uint32_t indent, bool blank);
void fmt_put_hex(struct fmt_lines *l, uint32_t a, uint32_t b, uint32_t indent);
void fmt_put_condition(struct fmt_lines *l, uint32_t a, uint32_t b, uint32_t indent);

/* Moves `and`, `or` and commas of [a, b) before hard comments that stand before them. */
void fmt_settle(struct fmt_items *items, uint32_t a, uint32_t b);

#endif
