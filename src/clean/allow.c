/* allow.c - see allow.h.
 *
 * Names are kept backwards and sorted ("moc.elpmaxe"), so that what lies below a name comes directly
 * behind it, and what lies above is a beginning of it: both questions are a search for a place. */
#include "clean/allow.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static const char module[] = "clean/allow";

/* What a line costs at most, for each of its bytes: "a\n" is 16 of text and 8 of pointer. */
enum { ARENA_PER_BYTE = 16, ARENA_BASE = 1 << 16 };

struct ym_allow {
    struct ym_arena *arena;
    const char **names; /* backwards, sorted, each once */
    size_t n;
};

static bool is_name_byte(unsigned char c) {
    return ym_is_alnum(c) || c == '-' || c == '_';
}

/* Labels of 1 to 63 bytes with single dots between them. */
static bool is_name(const char *s, size_t n) {
    size_t label = 0;

    if (n == 0 || n > YM_ALLOW_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '.' && label > 0) {
            label = 0;
        } else if (is_name_byte((unsigned char)s[i]) && label < YM_ALLOW_LABEL_MAX) {
            label++;
        } else {
            return false;
        }
    }
    return label > 0;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* The line without its comment and the spaces at its ends. */
static struct ym_str trimmed(struct ym_str line) {
    const char *comment = line.n == 0 ? NULL : memchr(line.s, '#', line.n);

    if (comment != NULL) {
        line.n = (size_t)(comment - line.s);
    }
    while (line.n > 0 && is_space(line.s[line.n - 1])) {
        line.n--;
    }
    while (line.n > 0 && is_space(line.s[0])) {
        line.s++;
        line.n--;
    }
    return line;
}

static void reverse(const char *s, size_t n, char *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = (char)ym_lower((unsigned char)s[n - 1 - i]);
    }
    out[n] = '\0';
}

static ym_status add_line(struct ym_allow *a, struct ym_str line, const char *shown,
                          unsigned number, struct ym_err *err) {
    struct ym_str name = trimmed(line);
    char *copy;

    if (name.n == 0) {
        return YM_OK;
    }
    if (name.n > 2 && memcmp(name.s, "*.", 2) == 0) {
        name.s += 2;
        name.n -= 2;
    }
    if (name.s[name.n - 1] == '.') {
        name.n--;
    }
    if (!is_name(name.s, name.n)) {
        return ym_fail_at(
            err, YM_MALFORMED, module, shown, number, 0,
            "not a domain name: write one name a line, in ASCII (xn--... for others)");
    }
    copy = YM_ARENA_ARRAY(a->arena, name.n + 1, char);
    if (copy == NULL) {
        return ym_fail(err, ym_arena_status(a->arena), module, YM_ERR_NO_OFFSET,
                       "no memory for the names");
    }
    reverse(name.s, name.n, copy);
    a->names[a->n++] = copy;
    return YM_OK;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_and_thin(struct ym_allow *a) {
    size_t kept = 0;

    qsort(a->names, a->n, sizeof(a->names[0]), by_text);
    for (size_t i = 0; i < a->n; i++) {
        if (kept == 0 || strcmp(a->names[kept - 1], a->names[i]) != 0) {
            a->names[kept++] = a->names[i];
        }
    }
    a->n = kept;
}

static ym_status parse_text(struct ym_allow *a, const char *text, size_t n, const char *shown,
                            struct ym_err *err) {
    struct ym_fields lines;
    struct ym_str line;
    size_t most = 1;

    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        n -= 3;
    }
    for (size_t i = 0; i < n; i++) {
        most += text[i] == '\n';
    }
    a->names = YM_ARENA_ARRAY(a->arena, most, const char *);
    if (a->names == NULL) {
        return ym_fail(err, ym_arena_status(a->arena), module, YM_ERR_NO_OFFSET,
                       "no memory for the names");
    }
    ym_fields_init(&lines, text, n, '\n');
    for (unsigned number = 1; ym_fields_next(&lines, &line); number++) {
        YM_TRY(add_line(a, line, shown, number, err));
    }
    sort_and_thin(a);
    return YM_OK;
}

ym_status ym_allow_parse(struct ym_reader whole, const char *shown, struct ym_allow **ret_allow,
                         struct ym_err *err) {
    size_t n = ym_reader_left(&whole);
    const uint8_t *text = ym_get_view(&whole, n);
    struct ym_allow *a;
    ym_status st;

    if (n > YM_ALLOW_FILE_MAX) {
        return ym_fail_at(err, YM_LIMIT, module, shown, 0, 0, "more than %d bytes",
                          YM_ALLOW_FILE_MAX);
    }
    a = ym_zalloc(1, sizeof(*a));
    if (a != NULL) {
        a->arena = ym_arena_new(n * ARENA_PER_BYTE + ARENA_BASE);
    }
    if (a == NULL || a->arena == NULL) {
        ym_allow_free(a);
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "no memory for the names");
    }
    st = parse_text(a, text == NULL ? "" : (const char *)text, n, shown, err);
    if (st != YM_OK) {
        ym_allow_free(a);
        return st;
    }
    *ret_allow = a;
    return YM_OK;
}

void ym_allow_free(struct ym_allow *a) {
    if (a != NULL) {
        ym_arena_free(a->arena);
        ym_free(a);
    }
}

size_t ym_allow_count(const struct ym_allow *a) {
    return a == NULL ? 0 : a->n;
}

/* The first kept name that is not below the n bytes at s; a->n when all are. */
static size_t place_of(const struct ym_allow *a, const char *s, size_t n) {
    size_t low = 0;
    size_t high = a->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strncmp(a->names[middle], s, n) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Names sort by bytes, so the one that equals s, if there is one, is the first that begins so. */
static bool has_exactly(const struct ym_allow *a, const char *s, size_t n) {
    size_t at = place_of(a, s, n);

    return at < a->n && strncmp(a->names[at], s, n) == 0 && a->names[at][n] == '\0';
}

static bool has_below(const struct ym_allow *a, const char *s, size_t n) {
    size_t at = place_of(a, s, n);

    return at < a->n && strncmp(a->names[at], s, n) == 0;
}

bool ym_allow_has(const struct ym_allow *a, const char *name) {
    char back[YM_ALLOW_NAME_MAX + 2];
    size_t n = strlen(name);

    if (a == NULL || n == 0 || n > YM_ALLOW_NAME_MAX) {
        return false;
    }
    reverse(name, n, back);
    for (size_t i = 1; i <= n; i++) { /* the name, and what lies above it */
        if ((i == n || back[i] == '.') && has_exactly(a, back, i)) {
            return true;
        }
    }
    back[n] = '.';
    back[n + 1] = '\0';
    return has_below(a, back, n + 1);
}
