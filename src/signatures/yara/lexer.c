/* lexer.c - YARA source to tokens.  See lexer.h.
 *
 * The token classes are those of YARA 4.5: `/` always begins a regular expression (division is
 * `\`), the longest match wins, a hex string is not a token (the parser reads it itself, because
 * `{` means something else everywhere but after `$name =`). */
#include "lexer.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char module[] = "signatures/yara";

enum { MAX_NAME = 128, MAX_NUMBER = 300 };

static const struct keyword {
    const char *word;
    int kind;
} keywords[] = {
#define X(word) {#word, YARA_K_##word},
    YARA_KEYWORDS(X)
#undef X
};

int yara_char(const struct yara_lexer *lx) {
    return lx->pos < lx->size ? (unsigned char)lx->text[lx->pos] : -1;
}

static int char_after(const struct yara_lexer *lx, size_t n) {
    return n < lx->size - lx->pos ? (unsigned char)lx->text[lx->pos + n] : -1;
}

void yara_advance(struct yara_lexer *lx) {
    if (lx->text[lx->pos++] == '\n') {
        lx->line++;
        lx->line_start = lx->pos;
    }
}

void yara_lex_report(struct yara_lexer *lx, ym_status code, const char *fmt, ...) {
    char text[sizeof(lx->err->text)];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    (void)ym_fail_at(lx->err, code, module, lx->file, lx->line,
                     (unsigned)(lx->pos - lx->line_start) + 1, "%s", text);
}

static bool skip_comment(struct yara_lexer *lx) {
    bool block = char_after(lx, 1) == '*';

    lx->pos += 2;
    while (yara_char(lx) >= 0) {
        if (block && yara_char(lx) == '*' && char_after(lx, 1) == '/') {
            lx->pos += 2;
            return true;
        }
        if (!block && yara_char(lx) == '\n') {
            return true;
        }
        yara_advance(lx);
    }
    return !block;
}

bool yara_skip_space(struct yara_lexer *lx) {
    for (;;) {
        int c = yara_char(lx);

        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            yara_advance(lx);
        } else if (c == '/' && (char_after(lx, 1) == '/' || char_after(lx, 1) == '*')) {
            if (!skip_comment(lx)) {
                return false;
            }
        } else {
            return true;
        }
    }
}

static bool is_name_char(int c) {
    return c == '_' || (c >= 0 && ym_is_alnum((unsigned char)c));
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void take_name(struct yara_lexer *lx, struct yara_token *t) {
    t->s = lx->text + lx->pos;
    while (is_name_char(yara_char(lx))) {
        lx->pos++;
    }
    t->n = (size_t)(lx->text + lx->pos - t->s);
}

static int keyword_order(const void *key, const void *row) {
    const struct yara_token *t = key;
    const struct keyword *k = row;
    size_t n = strlen(k->word);
    int order = memcmp(t->s, k->word, t->n < n ? t->n : n);

    return order != 0 ? order : t->n < n ? -1 : t->n > n;
}

static ym_status lex_name(struct yara_lexer *lx, struct yara_token *t) {
    const struct keyword *k;

    take_name(lx, t);
    k = bsearch(t, keywords, sizeof(keywords) / sizeof(keywords[0]), sizeof(keywords[0]),
                keyword_order);
    t->kind = k != NULL ? k->kind : YARA_NAME;
    if (t->n > MAX_NAME && !lx->tolerant) {
        lx->pos = t->start;
        return yara_lex_fail(lx, YM_MALFORMED, "identifier longer than %d characters", MAX_NAME);
    }
    return YM_OK;
}

/* $name #name @name !name */
static ym_status lex_string_name(struct yara_lexer *lx, struct yara_token *t, int kind) {
    lx->pos++;
    take_name(lx, t);
    t->kind = kind;
    if (kind == YARA_STRING && yara_char(lx) == '*') {
        lx->pos++;
        t->kind = YARA_STRINGS;
    }
    return YM_OK;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static ym_status number_overflow(struct yara_lexer *lx, struct yara_token *t) {
    t->kind = YARA_INT;
    if (lx->tolerant) {
        return YM_OK;
    }
    lx->pos = t->start;
    return yara_lex_fail(lx, YM_MALFORMED, "number too large: integers have 64 bits with sign");
}

/* Digits of one base from here on; false: they do not fit. */
static bool take_digits(struct yara_lexer *lx, unsigned base, int64_t *ret_value) {
    int64_t v = 0;
    bool fits = true;
    int digit;

    while (yara_char(lx) >= 0 && (digit = ym_hex_digit((char)yara_char(lx))) >= 0 &&
           digit < (int)base) {
        fits = fits && !__builtin_mul_overflow(v, (int64_t)base, &v) &&
               !__builtin_add_overflow(v, (int64_t)digit, &v);
        lx->pos++;
    }
    *ret_value = v;
    return fits;
}

static bool is_digit(int c) {
    return c >= '0' && c <= '9';
}

/* The number at s as strtod() reads it in the C locale: digits, a point, digits. */
static double parse_double(const char *s, size_t n) {
    double v = 0;
    double scale = 1;
    bool fraction = false;

    for (size_t i = 0; i < n; i++) {
        if (s[i] == '.') {
            fraction = true;
            continue;
        }
        v = v * 10 + (s[i] - '0');
        scale = fraction ? scale * 10 : scale;
    }
    return v / scale;
}

static ym_status lex_decimal(struct yara_lexer *lx, struct yara_token *t) {
    bool fits = take_digits(lx, 10, &t->i);
    int64_t unit = 1;

    t->kind = YARA_INT;
    if (yara_char(lx) == '.' && is_digit(char_after(lx, 1))) {
        lx->pos++;
        while (is_digit(yara_char(lx))) {
            lx->pos++;
        }
        t->kind = YARA_DOUBLE;
        if (lx->pos - t->start > MAX_NUMBER) {
            return number_overflow(lx, t);
        }
        t->d = parse_double(lx->text + t->start, lx->pos - t->start);
        return YM_OK;
    }
    if (char_after(lx, 1) == 'B' && (yara_char(lx) == 'K' || yara_char(lx) == 'M')) {
        unit = yara_char(lx) == 'K' ? 1024 : 1024 * 1024;
        lx->pos += 2;
    }
    return fits && !__builtin_mul_overflow(t->i, unit, &t->i) ? YM_OK : number_overflow(lx, t);
}

static ym_status lex_number(struct yara_lexer *lx, struct yara_token *t) {
    unsigned base = 10;
    int digit = char_after(lx, 2) >= 0 ? ym_hex_digit((char)char_after(lx, 2)) : -1;

    if (yara_char(lx) == '0' && char_after(lx, 1) == 'x' && digit >= 0) {
        base = 16;
    } else if (yara_char(lx) == '0' && char_after(lx, 1) == 'o' && digit >= 0 && digit < 8) {
        base = 8;
    }
    if (base == 10) {
        return lex_decimal(lx, t);
    }
    lx->pos += 2;
    t->kind = YARA_INT;
    return take_digits(lx, base, &t->i) ? YM_OK : number_overflow(lx, t);
}

/* ---- Texts ----------------------------------------------------------------------------------- */

/* The escape at the backslash the lexer is at; -1: not one of YARA's. */
static int take_escape(struct yara_lexer *lx) {
    static const char names[] = "\"\\trn";
    static const char values[] = "\"\\\t\r\n";
    int c = char_after(lx, 1);
    const char *at;

    if (c == 'x') {
        int high = char_after(lx, 2) >= 0 ? ym_hex_digit((char)char_after(lx, 2)) : -1;
        int low = char_after(lx, 3) >= 0 ? ym_hex_digit((char)char_after(lx, 3)) : -1;

        if (high < 0 || low < 0) {
            return -1;
        }
        lx->pos += 4;
        return high << 4 | low;
    }
    at = c > 0 ? strchr(names, c) : NULL;
    if (at == NULL) {
        return -1;
    }
    lx->pos += 2;
    return (unsigned char)values[at - names];
}

static ym_status bad_text(struct yara_lexer *lx, struct yara_token *t, const char *why) {
    if (!lx->tolerant) {
        return yara_lex_fail(lx, YM_MALFORMED, "%s", why);
    }
    t->kind = YARA_BAD;
    return YM_OK;
}

/* How long the literal is at most: the bytes up to its closing quote or the end of the line. */
static size_t text_room(const struct yara_lexer *lx) {
    size_t i = lx->pos;

    while (i < lx->size && lx->text[i] != '"' && lx->text[i] != '\n') {
        i += lx->text[i] == '\\' && i + 1 < lx->size && lx->text[i + 1] != '\n' ? 2 : 1;
    }
    return i - lx->pos;
}

static ym_status lex_text(struct yara_lexer *lx, struct yara_token *t) {
    char skipped;
    char *out = &skipped; /* a tolerant lexer keeps nothing */
    size_t keep = lx->tolerant ? 0 : 1;

    lx->pos++;
    t->kind = YARA_TEXT;
    if (!lx->tolerant) {
        out = ym_arena_zalloc(lx->arena, text_room(lx) + 1, 1);
        if (out == NULL) {
            return ym_arena_status(lx->arena) == YM_LIMIT
                       ? yara_lex_fail(lx, YM_LIMIT, "text too long")
                       : yara_lex_fail(lx, YM_NOMEM, "out of memory");
        }
        t->s = out;
    }
    for (int c = yara_char(lx); c != '"'; c = yara_char(lx)) {
        if (c < 0 || c == '\n') {
            return bad_text(lx, t, "text does not end on its line");
        }
        if (c != '\\') {
            out[t->n] = (char)c;
            t->n += keep;
            lx->pos++;
            continue;
        }
        c = take_escape(lx);
        if (c < 0 && !lx->tolerant) {
            return bad_text(lx, t, "illegal escape sequence");
        }
        if (c < 0) { /* over the backslash, and over a quote behind it */
            lx->pos += char_after(lx, 1) >= 0 && char_after(lx, 1) != '\n' ? 2 : 1;
            continue;
        }
        out[t->n] = (char)c;
        t->n += keep;
    }
    lx->pos++;
    return YM_OK;
}

static ym_status lex_regex(struct yara_lexer *lx, struct yara_token *t) {
    lx->pos++;
    t->kind = YARA_REGEX;
    t->s = lx->text + lx->pos;
    for (int c = yara_char(lx); c != '/'; c = yara_char(lx)) {
        if (c < 0 || c == '\n') {
            return bad_text(lx, t, "regular expression does not end on its line");
        }
        lx->pos += c == '\\' && char_after(lx, 1) >= 0 && char_after(lx, 1) != '\n' ? 2 : 1;
    }
    t->n = (size_t)(lx->text + lx->pos - t->s);
    lx->pos++;
    lx->pos += yara_char(lx) == 'i' ? 1 : 0;
    lx->pos += yara_char(lx) == 's' ? 1 : 0;
    return YM_OK;
}

/* ---- Signs ----------------------------------------------------------------------------------- */

static int two_char_sign(int a, int b) {
    static const struct {
        char a, b;
        int kind;
    } signs[] = {
        {'.', '.', YARA_DOTS}, {'<', '=', YARA_LE},  {'>', '=', YARA_GE},  {'=', '=', YARA_EQ},
        {'!', '=', YARA_NE},   {'<', '<', YARA_SHL}, {'>', '>', YARA_SHR},
    };

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (signs[i].a == a && signs[i].b == b) {
            return signs[i].kind;
        }
    }
    return 0;
}

static ym_status lex_sign(struct yara_lexer *lx, struct yara_token *t) {
    int c = yara_char(lx);
    int two = two_char_sign(c, char_after(lx, 1));

    if (two != 0) {
        t->kind = two;
        lx->pos += 2;
        return YM_OK;
    }
    if (c == '$' || c == '#' || c == '@' || c == '!') {
        return lex_string_name(lx, t,
                               c == '$'   ? YARA_STRING
                               : c == '#' ? YARA_COUNT
                               : c == '@' ? YARA_OFFSET
                                          : YARA_LENGTH);
    }
    if ((c <= 32 || c >= 127) && !lx->tolerant) {
        return yara_lex_fail(lx, YM_MALFORMED, "character 0x%02x outside a text", (unsigned)c);
    }
    t->kind = c <= 32 || c >= 127 ? YARA_BAD : c;
    lx->pos++;
    return YM_OK;
}

static ym_status lex_any(struct yara_lexer *lx, struct yara_token *t) {
    int c = yara_char(lx);

    if (c < 0) {
        return YM_OK;
    }
    if (is_digit(c)) {
        return lex_number(lx, t);
    }
    if (is_name_char(c)) {
        return lex_name(lx, t);
    }
    if (c == '"') {
        return lex_text(lx, t);
    }
    return c == '/' ? lex_regex(lx, t) : lex_sign(lx, t);
}

ym_status yara_lex(struct yara_lexer *lx, struct yara_token *ret_token) {
    struct yara_token t = {.kind = YARA_END};

    lx->token_start = lx->pos;
    if (!yara_skip_space(lx) && !lx->tolerant) {
        return yara_lex_fail(lx, YM_MALFORMED, "comment does not end");
    }
    lx->token_start = lx->pos;
    t.start = lx->pos;
    t.line = lx->line;
    t.column = (unsigned)(lx->pos - lx->line_start) + 1;
    YM_TRY(lex_any(lx, &t));
    t.end = lx->pos;
    *ret_token = t;
    return YM_OK;
}
