/* reg_text_parse.c - the lines of an export.  See clean/reg_text.h.
 *
 * The text is read one character at a time, whatever its form, and never held as a whole.  A text
 * value may hold line ends: regedit writes them as they are between the quotes. */
#include "reg_text_int.h"

#include "base/buf.h"
#include "base/text.h"
#include "base/utf16.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char module[] = "clean/reg_text";
static const char absent_mark[] = "yamori-absent ";
static const char denied_mark[] = "yamori-denied ";

enum { END = 0x110000 /* no character */ };

struct scan {
    struct ym_reg_text *t;
    struct ym_reader r;
    struct ym_err *err;
    const char *shown;
    uint32_t c; /* the character that is next, or END */
    unsigned line;
    ym_status status; /* sticky */
    bool utf16, regedit4;
    struct ym_text_key *key; /* whose values follow; NULL: of another hive */
    char *cover;             /* name of the first key of this covered part; "" before it */
    struct ym_buf path, name, data;
};

static ym_status fail(struct scan *s, ym_status st, const char *what) {
    if (s->status == YM_OK) {
        s->status = ym_fail(s->err, st, module, YM_ERR_NO_OFFSET, "%.80s, line %u: %s", s->shown,
                            s->line, what);
    }
    s->c = END;
    return s->status;
}

/* --- characters -------------------------------------------------------------------------------- */

/* Half a pair becomes U+FFFD, as everywhere. */
static uint32_t next_utf16(struct scan *s) {
    uint32_t c = ym_get_u16le(&s->r);
    struct ym_reader ahead = s->r;
    uint32_t d;

    if (c < 0xd800 || c > 0xdfff) {
        return c;
    }
    d = ym_reader_left(&s->r) < 2 ? 0 : ym_get_u16le(&ahead);
    if (c > 0xdbff || d < 0xdc00 || d > 0xdfff) {
        return 0xfffd;
    }
    s->r = ahead;
    return 0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00);
}

static uint32_t next_utf8(struct scan *s) {
    static const uint8_t first[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    const char *p = (const char *)s->r.base + s->r.pos;
    unsigned n = ym_utf8_length(p, ym_reader_left(&s->r));
    const uint8_t *bytes = ym_get_view(&s->r, n);
    uint32_t c;

    if (bytes == NULL) {
        (void)fail(s, YM_UNSUPPORTED,
                   "neither UTF-16 nor UTF-8: export it again as \"Registration Files (*.reg)\"");
        return END;
    }
    c = bytes[0] & first[n];
    for (unsigned i = 1; i < n; i++) {
        c = c << 6 | (bytes[i] & 0x3fU);
    }
    return c;
}

static void advance(struct scan *s) {
    s->line += s->c == '\n' ? 1 : 0;
    if (s->status != YM_OK || ym_reader_left(&s->r) == 0) {
        s->c = END;
        return;
    }
    if (s->utf16 && ym_reader_left(&s->r) == 1) {
        (void)fail(s, YM_TRUNCATED, "the text ends within a character");
        return;
    }
    s->c = s->utf16 ? next_utf16(s) : next_utf8(s);
    if (s->c == 0) {
        (void)fail(s, YM_MALFORMED, "a character that no text has");
    }
}

static void put_char(struct ym_buf *b, uint32_t c) {
    char bytes[4];

    ym_buf_add(b, bytes, ym_utf8_put(c, bytes));
}

static bool is_blank(uint32_t c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct scan *s) {
    while (is_blank(s->c)) {
        advance(s);
    }
}

static void check_memory(struct scan *s, const struct ym_buf *b) {
    if (ym_buf_status(b) == YM_NOMEM) {
        (void)fail(s, YM_NOMEM, "no memory");
    }
}

/* The rest of the line, without the blanks at its end. */
static void rest_of_line(struct scan *s, struct ym_buf *b) {
    ym_buf_clear(b);
    while (s->c != '\n' && s->c != END) {
        put_char(b, s->c);
        advance(s);
    }
    while (ym_buf_status(b) == YM_OK && b->len > 0 && is_blank(b->data[b->len - 1])) {
        ym_buf_cut(b, b->len - 1);
    }
    ym_buf_add(b, "", 0);
    check_memory(s, b);
}

static const char *text_of(const struct ym_buf *b) {
    return b->len == 0 ? "" : (const char *)b->data;
}

/* A line ends; the last one, too. */
static ym_status end_line(struct scan *s) {
    skip_blanks(s);
    if (s->c != '\n') {
        return s->c == END ? fail(s, YM_TRUNCATED, "the export ends within a line: it is cut off")
                           : fail(s, YM_MALFORMED, "more on the line than one value");
    }
    advance(s);
    return s->status;
}

/* --- keys -------------------------------------------------------------------------------------- */

static bool lies_below(const char *path, const char *above) {
    size_t n = strlen(above);

    return n > 0 && strlen(path) >= n && (path[n] == '\0' || path[n] == '\\') &&
           strncasecmp(path, above, n) == 0;
}

/* "[name]" in a buffer to the name; NULL: it is none. */
static char *bracketed(const struct ym_buf *b, size_t at) {
    char *text = (char *)b->data;
    size_t n = b->len;

    if (n < at + 3 || text[at] != '[' || text[n - 1] != ']') {
        return NULL;
    }
    n -= text[n - 2] == '\\' ? 2 : 1; /* hivexregedit ends a hive's root like this */
    text[n] = '\0';
    return text + at + 1;
}

static ym_status start_part(struct scan *s, const char *path, bool above) {
    s->cover = ym_arena_strndup(s->t->arena, path, strlen(path));
    if (s->cover == NULL) {
        return fail(s, YM_LIMIT, "the exported keys do not fit in memory");
    }
    if (s->key != NULL) {
        s->key->covered = true;
    }
    s->key = above ? NULL : s->key;
    return YM_OK;
}

static ym_status make_key(struct scan *s, const char *path, struct ym_text_key **ret_key,
                          bool *ret_above) {
    struct ym_err why = {0};
    ym_status st = strlen(path) > YM_REG_TEXT_PATH_MAX
                       ? ym_fail(&why, YM_MALFORMED, module, 0, "a key's name is too long")
                       : ym_text_make_key(s->t, path, ret_key, ret_above, &why);

    return st == YM_OK ? YM_OK : fail(s, st, why.text);
}

static ym_status key_line(struct scan *s) {
    const char *path;
    bool above = false;

    rest_of_line(s, &s->path);
    path = ym_buf_status(&s->path) == YM_OK ? bracketed(&s->path, 0) : NULL;
    if (path == NULL) {
        return s->c == END ? fail(s, YM_TRUNCATED, "the export ends within a line: it is cut off")
                           : fail(s, YM_MALFORMED, "not the form of a key: [name]");
    }
    if (path[0] == '-') {
        return fail(s, YM_UNSUPPORTED, "it deletes a key: a file of changes is no export");
    }
    YM_TRY(make_key(s, path, &s->key, &above));
    if (!lies_below(path, s->cover)) {
        YM_TRY(start_part(s, path, above));
    }
    if (s->key != NULL) {
        s->key->sections++;
    }
    return end_line(s);
}

static ym_status absent_line(struct scan *s, const char *path) {
    struct ym_text_key *key = NULL;
    bool above = false;

    YM_TRY(make_key(s, path, &key, &above));
    if (key != NULL && !above && key->sections == 0) {
        key->absent = true;
    }
    return YM_OK;
}

static ym_status denied_line(struct scan *s, const char *name) {
    struct ym_err why = {0};
    ym_status st = ym_text_deny(s->t, name, &why);

    return st == YM_OK ? YM_OK : fail(s, st, why.text);
}

/* Only the two comments of ours say something. */
static ym_status comment_line(struct scan *s) {
    const char *name;
    bool absent;

    advance(s);
    rest_of_line(s, &s->path);
    absent = strncmp(text_of(&s->path), absent_mark, strlen(absent_mark)) == 0;
    if (ym_buf_status(&s->path) != YM_OK ||
        (!absent && strncmp(text_of(&s->path), denied_mark, strlen(denied_mark)) != 0)) {
        return end_line(s);
    }
    name = bracketed(&s->path, strlen(absent ? absent_mark : denied_mark));
    if (name == NULL) {
        return fail(s, YM_MALFORMED, "not the form of a key: [name]");
    }
    YM_TRY(absent ? absent_line(s, name) : denied_line(s, name));
    return end_line(s);
}

/* --- values ------------------------------------------------------------------------------------ */

/* Between quotes; \ stands before \ and " only. */
static ym_status quoted(struct scan *s, struct ym_buf *b) {
    ym_buf_clear(b);
    for (advance(s); s->c != '"'; advance(s)) {
        if (s->c == '\\') {
            advance(s);
            if (s->c != '\\' && s->c != '"') {
                return fail(s, YM_MALFORMED, "a \\ before a character that needs none");
            }
        }
        if (s->c == END) {
            return fail(s, YM_TRUNCATED, "the export ends within a text: it is cut off");
        }
        put_char(b, s->c);
    }
    ym_buf_add(b, "", 0);
    check_memory(s, b);
    advance(s);
    return s->status;
}

/* UTF-8 to UTF-16LE with its NUL. */
static void widen(const struct ym_buf *text, struct ym_buf *out) {
    struct scan w = {.status = YM_OK};

    ym_buf_clear(out);
    ym_reader_init(&w.r, text_of(text), text->len);
    while (ym_reader_left(&w.r) > 0) {
        uint32_t c = next_utf8(&w);

        if (c >= 0x10000) {
            ym_buf_u16le(out, (uint16_t)(0xd800 + ((c - 0x10000) >> 10)));
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        ym_buf_u16le(out, (uint16_t)c);
    }
    ym_buf_u16le(out, 0);
}

/* Up to eight digits; false: none, or more. */
static bool number(struct scan *s, uint32_t *ret) {
    unsigned n = 0;

    for (*ret = 0; s->c < 128 && ym_hex_digit((char)s->c) >= 0 && n <= 8; n++) {
        *ret = *ret << 4 | (uint32_t)ym_hex_digit((char)s->c);
        advance(s);
    }
    return n > 0 && n <= 8;
}

static bool take(struct scan *s, const char *word) {
    for (; *word != '\0'; word++) {
        if (s->c != (uint8_t)*word) {
            return false;
        }
        advance(s);
    }
    return true;
}

/* "01,02,\" and on in the next line. */
static ym_status bytes(struct scan *s) {
    uint32_t byte;

    ym_buf_clear(&s->data);
    for (skip_blanks(s); s->c != '\n' && s->c != END; skip_blanks(s)) {
        const uint64_t from = s->r.pos;

        if (s->c == '\\') {
            advance(s);
            YM_TRY(end_line(s));
            continue;
        }
        if (!number(s, &byte) || s->r.pos - from > (s->utf16 ? 4 : 2)) {
            return fail(s, YM_MALFORMED, "not two hexadecimal digits");
        }
        ym_buf_u8(&s->data, (uint8_t)byte);
        skip_blanks(s);
        if (s->c != ',') {
            break;
        }
        advance(s);
    }
    return s->status;
}

/* REGEDIT4 has characters of one byte; more than ASCII of them is of a code page nobody names. */
static ym_status characters(struct scan *s, uint32_t type) {
    if (!s->regedit4 ||
        (type != YM_REG_SZ && type != YM_REG_EXPAND_SZ && type != YM_REG_MULTI_SZ)) {
        return YM_OK;
    }
    ym_buf_clear(&s->path);
    for (size_t i = 0; i < s->data.len; i++) {
        if (s->data.data[i] >= 0x80) {
            return fail(s, YM_UNSUPPORTED,
                        "text of a code page: export it again as \"Registration "
                        "Files (*.reg)\"");
        }
        ym_buf_u16le(&s->path, s->data.data[i]);
    }
    ym_buf_clear(&s->data);
    ym_buf_add(&s->data, s->path.data, s->path.len);
    return YM_OK;
}

static ym_status hex_data(struct scan *s, uint32_t *ret_type) {
    uint32_t type = YM_REG_BINARY;

    if (!take(s, "hex")) {
        return fail(s, YM_MALFORMED, "not a form of data that an export has");
    }
    if (s->c == '(') {
        advance(s);
        if (!number(s, &type) || !take(s, ")")) {
            return fail(s, YM_MALFORMED, "not the form hex(type):");
        }
    }
    if (!take(s, ":")) {
        return fail(s, YM_MALFORMED, "not the form hex: or hex(type):");
    }
    YM_TRY(bytes(s));
    *ret_type = type;
    return characters(s, type);
}

static ym_status dword_data(struct scan *s, uint32_t *ret_type) {
    uint32_t n;

    if (!take(s, "dword:") || !number(s, &n)) {
        return fail(s, YM_MALFORMED, "not the form dword:0000002a");
    }
    ym_buf_clear(&s->data);
    ym_buf_u32le(&s->data, n);
    *ret_type = YM_REG_DWORD;
    return s->status;
}

/* The data in s->data. */
static ym_status data(struct scan *s, uint32_t *ret_type) {
    if (s->c == '-') {
        return fail(s, YM_UNSUPPORTED, "it deletes a value: a file of changes is no export");
    }
    if (s->c == 'd') {
        return dword_data(s, ret_type);
    }
    if (s->c != '"') {
        return hex_data(s, ret_type);
    }
    YM_TRY(quoted(s, &s->path));
    *ret_type = YM_REG_SZ;
    widen(&s->path, &s->data);
    return s->status;
}

/* A value whose data is longer than is kept makes its key unreadable, not the whole export. */
static ym_status keep(struct scan *s, uint32_t type) {
    struct ym_err why = {0};
    struct ym_reg_value v = {text_of(&s->name), type, s->data.data, s->data.len};
    ym_status st = YM_OK;

    if (ym_buf_status(&s->name) != YM_OK) {
        return fail(s, YM_MALFORMED, "a value's name is too long");
    }
    if (s->key == NULL) {
        return YM_OK;
    }
    v.data = v.n == 0 ? (const uint8_t *)"" : v.data;
    if (ym_buf_status(&s->data) == YM_NOMEM || ym_buf_status(&s->path) == YM_NOMEM) {
        return fail(s, YM_NOMEM, "no memory");
    }
    if (ym_buf_status(&s->data) != YM_OK || ym_buf_status(&s->path) != YM_OK) {
        s->key->too_long = true;
    } else {
        st = ym_text_add_value(s->t, s->key, &v, &why);
    }
    return st == YM_OK ? YM_OK : fail(s, st, why.text);
}

static ym_status value_line(struct scan *s) {
    uint32_t type = 0;

    if (s->cover[0] == '\0') {
        return fail(s, YM_MALFORMED, "a value before the first key");
    }
    ym_buf_clear(&s->name);
    if (s->c == '@') {
        advance(s);
    } else {
        YM_TRY(quoted(s, &s->name));
    }
    skip_blanks(s);
    if (!take(s, "=")) {
        return fail(s, s->c == END ? YM_TRUNCATED : YM_MALFORMED, "a value's name without =");
    }
    skip_blanks(s);
    ym_buf_clear(&s->path);
    YM_TRY(data(s, &type));
    YM_TRY(keep(s, type));
    return end_line(s);
}

/* --- the whole --------------------------------------------------------------------------------- */

static ym_status header(struct scan *s) {
    static const uint8_t utf16_mark[] = {0xff, 0xfe};
    static const uint8_t utf8_mark[] = {0xef, 0xbb, 0xbf};
    const size_t n = ym_reader_left(&s->r);

    if (n >= 2 && memcmp(s->r.base, utf16_mark, 2) == 0) {
        s->utf16 = true;
        ym_skip(&s->r, 2);
    } else if (n >= 3 && memcmp(s->r.base, utf8_mark, 3) == 0) {
        ym_skip(&s->r, 3);
    }
    advance(s);
    rest_of_line(s, &s->path);
    s->regedit4 = strcmp(text_of(&s->path), "REGEDIT4") == 0;
    if (!s->regedit4 && strcmp(text_of(&s->path), "Windows Registry Editor Version 5.00") != 0) {
        return fail(s, YM_UNSUPPORTED,
                    "not an export of the registry: \"Windows Registry Editor Version 5.00\" is "
                    "missing");
    }
    return end_line(s);
}

static ym_status one_line(struct scan *s) {
    skip_blanks(s);
    switch ((int)s->c) {
    case '\n':
        advance(s);
        return s->status;
    case END:
        return s->status;
    case ';':
        return comment_line(s);
    case '[':
        return key_line(s);
    case '"':
    case '@':
        return value_line(s);
    default:
        return fail(s, YM_MALFORMED, "neither a key nor a value");
    }
}

ym_status ym_reg_text_read(struct ym_reg_text *t, struct ym_reader r, const char *shown,
                           struct ym_err *err) {
    struct scan s = {.t = t, .r = r, .err = err, .shown = shown, .line = 1, .cover = (char[]){""}};
    ym_status st;

    ym_buf_init(&s.path, YM_REG_DATA_MAX);
    ym_buf_init(&s.name, YM_REG_TEXT_NAME_MAX);
    ym_buf_init(&s.data, YM_REG_DATA_MAX);
    st = header(&s);
    while (st == YM_OK && s.c != END) {
        st = one_line(&s);
    }
    st = st == YM_OK ? s.status : st;
    ym_buf_done(&s.path);
    ym_buf_done(&s.name);
    ym_buf_done(&s.data);
    return st;
}
