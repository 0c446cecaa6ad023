/* lexer.h - YARA source to tokens.
 *
 * A lexer owns nothing: the text is borrowed, decoded literals lie in the arena.  Lines and
 * columns count from 1, columns in bytes.  Errors go to lx->err with file:line:column, unless the
 * lexer is tolerant: then what cannot be read is a token of kind YARA_BAD, and the text goes on
 * after it.  That is how the parser finds the next rule after an error. */
#ifndef YM_SIGNATURES_YARA_LEXER_H
#define YM_SIGNATURES_YARA_LEXER_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reserved words (YARA manual, "Writing YARA rules", table 1).  Sorted, for bsearch. */
#define YARA_KEYWORDS(X)                                                                           \
    X(all) X(and) X(any) X(ascii) X(at) X(base64) X(base64wide) X(condition) X(contains)           \
    X(defined) X(endswith) X(entrypoint) X(false) X(filesize) X(for) X(fullword) X(global)         \
    X(icontains) X(iendswith) X(iequals) X(import) X(in) X(include) X(int16) X(int16be) X(int32)   \
    X(int32be) X(int8) X(int8be) X(istartswith) X(matches) X(meta) X(nocase) X(none) X(not) X(of)  \
    X(or) X(private) X(rule) X(startswith) X(strings) X(them) X(true) X(uint16) X(uint16be)        \
    X(uint32) X(uint32be) X(uint8) X(uint8be) X(wide) X(xor)

/* A token's kind: a character's own code, or one of these. */
enum {
    YARA_END = 0,
    YARA_BAD = 256, /* tolerant mode only */
    YARA_NAME,      /* identifier: s, n */
    YARA_INT,       /* i */
    YARA_DOUBLE,    /* d */
    YARA_TEXT,      /* s, n: decoded, in the arena */
    YARA_REGEX,     /* s, n: between the slashes, not decoded */
    YARA_STRING,    /* $name; s, n: without the sign, as the next four */
    YARA_STRINGS,   /* $name* */
    YARA_COUNT,     /* #name */
    YARA_OFFSET,    /* @name */
    YARA_LENGTH,    /* !name */
    YARA_DOTS,      /* .. */
    YARA_LE,
    YARA_GE,
    YARA_EQ,
    YARA_NE,
    YARA_SHL,
    YARA_SHR,
#define X(word) YARA_K_##word,
    YARA_KEYWORDS(X)
#undef X
};

struct yara_token {
    int kind;
    unsigned line, column;
    size_t start, end; /* in the text */
    const char *s;
    size_t n;
    int64_t i;
    double d;
};

struct yara_lexer {
    const char *file;
    const char *text;
    size_t size;
    size_t pos;
    unsigned line;
    size_t line_start;
    size_t token_start; /* of the token read last, also when it was bad */
    bool tolerant;
    struct ym_arena *arena;
    struct ym_err *err;
};

YM_MUST_CHECK ym_status yara_lex(struct yara_lexer *lx, struct yara_token *ret_token);

/* For the raw readers (hex strings, paths of includes): the next character, -1 at the end, and
 * the move over it that keeps count of lines. */
int yara_char(const struct yara_lexer *lx);
void yara_advance(struct yara_lexer *lx);

/* Words an error at the lexer's own place. */
void yara_lex_report(struct yara_lexer *lx, ym_status code, const char *fmt, ...) YM_PRINTF(3, 4);

/* The same, as the status to return.  A macro, so that compilers and analyzers see that it is one
 * of failure. */
#define yara_lex_fail(lx, code, ...) (yara_lex_report(lx, code, __VA_ARGS__), (code))

/* Goes over spaces and comments; false: a comment that does not end. */
bool yara_skip_space(struct yara_lexer *lx);

#endif
