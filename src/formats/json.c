/* json.c - events of a JSON text.  See json.h.
 *
 * A machine without recursion: `want` says what the grammar allows at the cursor, a stack of bits
 * what the open brackets are.  Everything is checked once, on the way; a text that is skipped is
 * checked as well, but only one that is asked for is decoded.  A text that was checked can be
 * decoded without failing, except for memory. */
#include "formats/json.h"

#include "base/utf16.h"

#include <string.h>

#define MODULE "formats/json"

enum want {
    WANT_VALUE,
    WANT_FIRST_VALUE, /* or the end of the array */
    WANT_KEY,
    WANT_FIRST_KEY, /* or the end of the object */
    WANT_MORE,      /* a comma or the end of what is open */
    WANT_NOTHING    /* the document is complete */
};

void ym_json_init(struct ym_json *j, const void *data, size_t n, struct ym_arena *arena) {
    *j = (struct ym_json){.arena = arena, .want = WANT_VALUE};
    ym_reader_init(&j->r, data, n);
}

static ym_json_event fail(struct ym_json *j, ym_status status) {
    if (ym_reader_ok(&j->r)) {
        j->r.status = status == YM_MALFORMED && ym_reader_left(&j->r) == 0 ? YM_TRUNCATED : status;
    }
    return YM_JSON_END;
}

/* The byte at the cursor; 0 at the end, which is no byte of JSON. */
static uint8_t peek(const struct ym_json *j) {
    return ym_reader_left(&j->r) > 0 ? j->r.base[j->r.pos] : 0;
}

static uint8_t peek_past_spaces(struct ym_json *j) {
    for (;;) {
        uint8_t c = peek(j);

        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
            return c;
        }
        ym_skip(&j->r, 1);
    }
}

/* ---- Texts ----------------------------------------------------------------------------------- */

/* The four digits of \u; UINT32_MAX: they are not. */
static uint32_t hex4(struct ym_reader *r) {
    const uint8_t *p = ym_get_view(r, 4);
    uint32_t v = 0;

    for (unsigned i = 0; i < 4; i++) {
        int digit = p == NULL ? -1 : ym_hex_digit((char)p[i]);

        if (digit < 0) {
            return UINT32_MAX;
        }
        v = v << 4 | (uint32_t)digit;
    }
    return v;
}

/* The character of an escape, behind its backslash; UINT32_MAX: none. */
static uint32_t escape(struct ym_reader *r) {
    static const char letters[] = "\"\\/bfnrt";
    static const char means[] = "\"\\/\b\f\n\r\t";
    uint8_t c = ym_get_u8(r);
    const char *at = c == 0 ? NULL : strchr(letters, c);
    uint32_t high;
    uint32_t low;

    if (at != NULL) {
        return (unsigned char)means[at - letters];
    }
    high = c == 'u' ? hex4(r) : UINT32_MAX;
    if (high < 0xd800 || high > 0xdfff) {
        return high;
    }
    if (high > 0xdbff || ym_get_u8(r) != '\\' || ym_get_u8(r) != 'u') {
        return UINT32_MAX;
    }
    low = hex4(r);
    return low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                                          : UINT32_MAX;
}

/* One character that is no escape. */
static bool plain(struct ym_reader *r) {
    unsigned n = r->base[r->pos] < 0x20
                     ? 0
                     : ym_utf8_length((const char *)r->base + r->pos, ym_reader_left(r));

    ym_skip(r, n);
    return n > 0;
}

/* Behind the opening quote: up to behind the closing one. */
static bool read_text(struct ym_json *j) {
    struct ym_reader *r = &j->r;
    size_t start = r->pos;

    j->escaped = false;
    while (ym_reader_left(r) > 0) {
        uint8_t c = r->base[r->pos];

        if (c == '"') {
            j->raw = (struct ym_str){(const char *)r->base + start, r->pos - start};
            ym_skip(r, 1);
            return true;
        }
        if (c == '\\') {
            ym_skip(r, 1);
            j->escaped = true;
            if (escape(r) == UINT32_MAX) {
                break;
            }
        } else if (!plain(r)) {
            break;
        }
    }
    return false;
}

struct ym_str ym_json_text(struct ym_json *j) {
    struct ym_reader r;
    char *out;
    size_t n = 0;

    if (!j->escaped) {
        return j->raw;
    }
    out = ym_arena_zalloc(j->arena, j->raw.n, 1); /* no escape is shorter than its UTF-8 */
    ym_reader_init(&r, j->raw.s, j->raw.n);
    while (out != NULL && ym_reader_left(&r) > 0) {
        uint8_t c = ym_get_u8(&r);

        if (c == '\\') {
            n += ym_utf8_put(escape(&r), out + n);
        } else {
            out[n++] = (char)c;
        }
    }
    if (out != NULL) {
        j->raw = (struct ym_str){out, n}; /* decoded once, however often it is asked for */
        j->escaped = false;
    }
    return (struct ym_str){out, n};
}

bool ym_json_is(struct ym_json *j, const char *text) {
    struct ym_str t = ym_json_text(j);

    return t.s != NULL && t.n == strlen(text) && memcmp(t.s, text, t.n) == 0;
}

/* ---- Numbers and words ----------------------------------------------------------------------- */

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

/* At least one; *value is their number, *fits stays true while it is one of 64 bits. */
static bool digits(struct ym_json *j, bool negative, int64_t *value, bool *fits) {
    bool any = false;

    while (is_digit(peek(j))) {
        int64_t d = peek(j) - '0';

        *fits = *fits && !__builtin_mul_overflow(*value, 10, value) &&
                !(negative ? __builtin_sub_overflow(*value, d, value)
                           : __builtin_add_overflow(*value, d, value));
        ym_skip(&j->r, 1);
        any = true;
    }
    return any;
}

/* What may follow the whole part: false: it is no number. */
static bool fraction(struct ym_json *j, bool *ret_whole) {
    int64_t unused = 0;
    bool fits = false;

    if (peek(j) == '.') {
        *ret_whole = false;
        ym_skip(&j->r, 1);
        if (!digits(j, false, &unused, &fits)) {
            return false;
        }
    }
    if (peek(j) == 'e' || peek(j) == 'E') {
        *ret_whole = false;
        ym_skip(&j->r, 1);
        ym_skip(&j->r, peek(j) == '+' || peek(j) == '-' ? 1 : 0);
        return digits(j, false, &unused, &fits);
    }
    return true;
}

static ym_json_event number(struct ym_json *j) {
    bool negative = peek(j) == '-';
    bool whole = true;
    size_t start;

    ym_skip(&j->r, negative ? 1 : 0);
    start = j->r.pos;
    j->integer = 0;
    if (!digits(j, negative, &j->integer, &whole) ||
        (j->r.base[start] == '0' && j->r.pos > start + 1) || !fraction(j, &whole)) {
        return fail(j, YM_MALFORMED);
    }
    return whole ? YM_JSON_INT : YM_JSON_OTHER;
}

static ym_json_event word(struct ym_json *j) {
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t n = strlen(words[i]);

        if (ym_reader_left(&j->r) >= n && memcmp(j->r.base + j->r.pos, words[i], n) == 0) {
            ym_skip(&j->r, n);
            return YM_JSON_OTHER;
        }
    }
    return fail(j, YM_MALFORMED);
}

/* ---- Structure ------------------------------------------------------------------------------- */

static bool in_object(const struct ym_json *j) {
    return (j->objects[(j->depth - 1) / 8] >> ((j->depth - 1) % 8) & 1) != 0;
}

static ym_json_event open_bracket(struct ym_json *j, bool object) {
    uint8_t bit = (uint8_t)(1u << j->depth % 8);

    if (j->depth == YM_JSON_MAX_DEPTH) {
        return fail(j, YM_LIMIT);
    }
    if (object) {
        j->objects[j->depth / 8] |= bit;
    } else {
        j->objects[j->depth / 8] &= (uint8_t)~bit;
    }
    j->depth++;
    ym_skip(&j->r, 1);
    j->want = object ? WANT_FIRST_KEY : WANT_FIRST_VALUE;
    return object ? YM_JSON_OBJECT : YM_JSON_ARRAY;
}

static ym_json_event close_bracket(struct ym_json *j) {
    ym_skip(&j->r, 1);
    j->depth--;
    j->want = j->depth == 0 ? WANT_NOTHING : WANT_MORE;
    return YM_JSON_END;
}

static ym_json_event key(struct ym_json *j) {
    if (peek(j) != '"') {
        return fail(j, YM_MALFORMED);
    }
    ym_skip(&j->r, 1);
    if (!read_text(j) || peek_past_spaces(j) != ':') {
        return fail(j, YM_MALFORMED);
    }
    ym_skip(&j->r, 1);
    j->want = WANT_VALUE;
    return YM_JSON_KEY;
}

static ym_json_event value(struct ym_json *j) {
    uint8_t c = peek(j);

    if (c == '{' || c == '[') {
        return open_bracket(j, c == '{');
    }
    j->want = j->depth == 0 ? WANT_NOTHING : WANT_MORE;
    if (c == '"') {
        ym_skip(&j->r, 1);
        return read_text(j) ? YM_JSON_TEXT : fail(j, YM_MALFORMED);
    }
    return c == '-' || is_digit(c) ? number(j) : word(j);
}

static ym_json_event step(struct ym_json *j) {
    uint8_t c = peek_past_spaces(j);

    if (j->want == WANT_MORE) {
        if (c == (in_object(j) ? '}' : ']')) {
            return close_bracket(j);
        }
        if (c != ',') {
            return fail(j, YM_MALFORMED);
        }
        ym_skip(&j->r, 1);
        j->want = in_object(j) ? WANT_KEY : WANT_VALUE;
        (void)peek_past_spaces(j);
    }
    if ((j->want == WANT_FIRST_KEY && c == '}') || (j->want == WANT_FIRST_VALUE && c == ']')) {
        return close_bracket(j);
    }
    return j->want == WANT_KEY || j->want == WANT_FIRST_KEY ? key(j) : value(j);
}

ym_json_event ym_json_next(struct ym_json *j) {
    j->last = !ym_reader_ok(&j->r) || j->want == WANT_NOTHING ? YM_JSON_END : step(j);
    if (!ym_reader_ok(&j->r)) {
        j->last = YM_JSON_END;
    }
    return j->last;
}

void ym_json_skip(struct ym_json *j) {
    unsigned outside = j->depth - 1;

    if (j->last == YM_JSON_OBJECT || j->last == YM_JSON_ARRAY) {
        while (ym_reader_ok(&j->r) && j->depth > outside) {
            (void)ym_json_next(j);
        }
    }
}

ym_status ym_json_finish(struct ym_json *j, struct ym_err *err) {
    while (ym_reader_ok(&j->r) && j->want != WANT_NOTHING) {
        (void)ym_json_next(j);
    }
    if (ym_reader_ok(&j->r) && (peek_past_spaces(j) != 0 || ym_reader_left(&j->r) > 0)) {
        (void)fail(j, YM_MALFORMED);
    }
    return ym_reader_ok(&j->r)
               ? YM_OK
               : ym_fail(err, j->r.status, MODULE, ym_reader_offset(&j->r), "this is not JSON");
}
