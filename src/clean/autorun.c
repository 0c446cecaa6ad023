/* autorun.c - see autorun.h.  One pass: lines, then section or key. */
#include "clean/autorun.h"

#include "base/text.h"

#include <string.h>

static const char module[] = "clean/autorun";

struct state {
    struct ym_arena *arena;
    struct ym_err *err;
    struct ym_autorun_key **tail;
    struct ym_autorun_key *first;
    size_t n;
    bool in_autorun;
};

static bool is_junk(unsigned char c) {
    return c <= ' ' || c == 0x7f;
}

/* 8-bit copy of UTF-16LE text: names are ASCII, and so are the commands that matter; a unit
 * above 255 becomes '?', which no documented command contains. */
static ym_status flatten(struct ym_reader *r, struct ym_arena *arena, struct ym_reader *ret,
                         struct ym_err *err) {
    size_t units = ym_reader_left(r) / 2;
    char *out = YM_ARENA_ARRAY(arena, units + 1, char);

    if (out == NULL) {
        return ym_fail(err, ym_arena_status(arena), module, 0, "no memory for the text");
    }
    for (size_t i = 0; i < units; i++) {
        uint16_t c = ym_get_u16le(r);

        out[i] = (char)(c > 255 ? '?' : c);
    }
    ym_reader_init(ret, out, units);
    return YM_OK;
}

/* The name without white space and unprintable bytes, in lower case. */
static char *clean_name(struct ym_arena *arena, const char *s, size_t n) {
    char *out = YM_ARENA_ARRAY(arena, n + 1, char);
    size_t len = 0;

    for (size_t i = 0; out != NULL && i < n; i++) {
        unsigned char c = (unsigned char)s[i];

        if (!is_junk(c) && c < 0x80) {
            out[len++] = (char)ym_lower(c);
        }
    }
    return out;
}

/* The value without junk at its ends; a NUL inside becomes a space so that it hides nothing. */
static char *clean_value(struct ym_arena *arena, const char *s, size_t n) {
    char *out;

    while (n > 0 && is_junk((unsigned char)s[0])) {
        s++;
        n--;
    }
    while (n > 0 && is_junk((unsigned char)s[n - 1])) {
        n--;
    }
    out = YM_ARENA_ARRAY(arena, n + 1, char);
    for (size_t i = 0; out != NULL && i < n; i++) {
        out[i] = (char)(s[i] == '\0' ? ' ' : s[i]);
    }
    return out;
}

static ym_status no_memory(const struct state *s) {
    ym_status st = ym_arena_status(s->arena);

    return ym_fail(s->err, st == YM_OK ? YM_NOMEM : st, module, YM_ERR_NO_OFFSET, "no memory");
}

static ym_status add_key(struct state *s, const char *name, const char *value) {
    struct ym_autorun_key *k;

    if (s->n >= YM_AUTORUN_KEYS_MAX) {
        return ym_fail(s->err, YM_LIMIT, module, YM_ERR_NO_OFFSET, "more than %d keys",
                       YM_AUTORUN_KEYS_MAX);
    }
    k = YM_ARENA_NEW(s->arena, struct ym_autorun_key);
    if (k == NULL) {
        return no_memory(s);
    }
    k->name = name;
    k->value = value;
    *s->tail = k;
    s->tail = &k->next;
    s->n++;
    return YM_OK;
}

static ym_status take_line(struct state *s, const char *line, size_t n) {
    const char *equals;
    const char *name;
    const char *value;

    while (n > 0 && (is_junk((unsigned char)line[0]) || (unsigned char)line[0] >= 0x80)) {
        line++;
        n--;
    }
    if (n == 0 || line[0] == ';') {
        return YM_OK;
    }
    if (line[0] == '[') {
        name = clean_name(s->arena, line + 1, n - 1);
        s->in_autorun = name != NULL && strncmp(name, "autorun", 7) == 0;
        return name == NULL ? no_memory(s) : YM_OK;
    }
    equals = s->in_autorun ? memchr(line, '=', n) : NULL;
    if (equals == NULL) {
        return YM_OK;
    }
    name = clean_name(s->arena, line, (size_t)(equals - line));
    value = clean_value(s->arena, equals + 1, n - (size_t)(equals + 1 - line));
    if (name == NULL || value == NULL) {
        return no_memory(s);
    }
    return name[0] == '\0' ? YM_OK : add_key(s, name, value);
}

static ym_status take_lines(struct state *s, const char *text, size_t n) {
    while (n > 0) {
        size_t len = 0;

        while (len < n && text[len] != '\r' && text[len] != '\n') {
            len++;
        }
        YM_TRY(take_line(s, text, len));
        len += len < n ? 1 : 0;
        text += len;
        n -= len;
    }
    return YM_OK;
}

ym_status ym_autorun_parse(struct ym_reader whole, struct ym_arena *arena,
                           struct ym_autorun *ret_autorun, struct ym_err *err) {
    struct state s = {.arena = arena, .err = err};
    struct ym_reader r = whole;
    const uint8_t *text;
    size_t n;

    s.tail = &s.first;
    if (ym_get_u16le(&r) == 0xfeff) {
        YM_TRY(flatten(&r, arena, &r, err));
    } else {
        r = whole;
    }
    n = ym_reader_left(&r);
    text = ym_get_view(&r, n);
    if (text != NULL) {
        YM_TRY(take_lines(&s, (const char *)text, n));
    }
    ret_autorun->keys = s.first;
    ret_autorun->n_keys = s.n;
    return YM_OK;
}

bool ym_autorun_runs(const struct ym_autorun_key *key) {
    return strcmp(key->name, "open") == 0 || strcmp(key->name, "shellexecute") == 0 ||
           (strncmp(key->name, "shell\\", 6) == 0 && ym_ends_with_nocase(key->name, "\\command"));
}
