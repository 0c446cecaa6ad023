/* ere.c - see base/ere.h.
 *
 * One pass and no recursion: of an enclosing group nothing must be remembered but whether its branch
 * was still empty. */
#include "base/ere.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { MAX_BOUND = 255, MAX_DEPTH = 240 /* PCRE2: 250 */, SET_BYTES = 32 };

struct ere {
    const char *s;
    size_t n;
    size_t at;
    unsigned depth; /* open groups */
    bool branch_is_empty;
    bool outer_is_empty[MAX_DEPTH]; /* the same, of the branches around the open groups */
    struct ym_buf *out;
    ym_status status;
    const char *why; /* set: stop */
};

/* ---- Reading --------------------------------------------------------------------------------- */

static bool more(const struct ere *e) {
    return e->at < e->n;
}

static bool sees(const struct ere *e, const char *text) {
    size_t n = strlen(text);

    return e->n - e->at >= n && memcmp(e->s + e->at, text, n) == 0;
}

static bool eats(struct ere *e, const char *text) {
    if (!sees(e, text)) {
        return false;
    }
    e->at += strlen(text);
    return true;
}

static bool is_digit_at(const struct ere *e, size_t at) {
    return at < e->n && e->s[at] >= '0' && e->s[at] <= '9';
}

static void fail(struct ere *e, const char *why) {
    if (e->why == NULL) {
        e->why = why;
        e->status = YM_MALFORMED;
    }
    e->at = e->n;
}

/* ---- Bracket expressions --------------------------------------------------------------------- */

struct class {
    const char *name;
    const char *ranges; /* pairs: first and last byte */
};

static const struct class classes[] = {
    {"alnum", "09AZaz"},   {"alpha", "AZaz"},   {"blank", "\t\t  "}, {"cntrl", "\001\037\177\177"},
    {"digit", "09"},       {"graph", "!~"},     {"lower", "az"},     {"print", " ~"},
    {"punct", "!/:@[`{~"}, {"space", "\t\r  "}, {"upper", "AZ"},     {"xdigit", "09AFaf"},
};

/* POSIX names of single bytes, for [[.name.]]. */
static const struct {
    const char *name;
    uint8_t byte;
} byte_names[] = {
    {"NUL", 0},
    {"SOH", 1},
    {"STX", 2},
    {"ETX", 3},
    {"EOT", 4},
    {"ENQ", 5},
    {"ACK", 6},
    {"BEL", 7},
    {"alert", 7},
    {"BS", 8},
    {"backspace", 8},
    {"HT", 9},
    {"tab", 9},
    {"LF", 10},
    {"newline", 10},
    {"VT", 11},
    {"vertical-tab", 11},
    {"FF", 12},
    {"form-feed", 12},
    {"CR", 13},
    {"carriage-return", 13},
    {"SO", 14},
    {"SI", 15},
    {"DLE", 16},
    {"DC1", 17},
    {"DC2", 18},
    {"DC3", 19},
    {"DC4", 20},
    {"NAK", 21},
    {"SYN", 22},
    {"ETB", 23},
    {"CAN", 24},
    {"EM", 25},
    {"SUB", 26},
    {"ESC", 27},
    {"IS4", 28},
    {"FS", 28},
    {"IS3", 29},
    {"GS", 29},
    {"IS2", 30},
    {"RS", 30},
    {"IS1", 31},
    {"US", 31},
    {"space", ' '},
    {"exclamation-mark", '!'},
    {"quotation-mark", '"'},
    {"number-sign", '#'},
    {"dollar-sign", '$'},
    {"percent-sign", '%'},
    {"ampersand", '&'},
    {"apostrophe", '\''},
    {"left-parenthesis", '('},
    {"right-parenthesis", ')'},
    {"asterisk", '*'},
    {"plus-sign", '+'},
    {"comma", ','},
    {"hyphen", '-'},
    {"hyphen-minus", '-'},
    {"period", '.'},
    {"full-stop", '.'},
    {"slash", '/'},
    {"solidus", '/'},
    {"zero", '0'},
    {"one", '1'},
    {"two", '2'},
    {"three", '3'},
    {"four", '4'},
    {"five", '5'},
    {"six", '6'},
    {"seven", '7'},
    {"eight", '8'},
    {"nine", '9'},
    {"colon", ':'},
    {"semicolon", ';'},
    {"less-than-sign", '<'},
    {"equals-sign", '='},
    {"greater-than-sign", '>'},
    {"question-mark", '?'},
    {"commercial-at", '@'},
    {"left-square-bracket", '['},
    {"backslash", '\\'},
    {"reverse-solidus", '\\'},
    {"right-square-bracket", ']'},
    {"circumflex", '^'},
    {"circumflex-accent", '^'},
    {"underscore", '_'},
    {"low-line", '_'},
    {"grave-accent", '`'},
    {"left-brace", '{'},
    {"left-curly-bracket", '{'},
    {"vertical-line", '|'},
    {"right-brace", '}'},
    {"right-curly-bracket", '}'},
    {"tilde", '~'},
    {"DEL", 127},
};

static void add_range(uint8_t *set, int first, int last) {
    for (int c = first; c <= last; c++) {
        set[(uint8_t)c / 8] = (uint8_t)(set[(uint8_t)c / 8] | 1u << (uint8_t)c % 8);
    }
}

static bool in_set(const uint8_t *set, unsigned c) {
    return (set[c / 8] >> c % 8 & 1) != 0;
}

/* After "[:". */
static void read_class(struct ere *e, uint8_t *set) {
    size_t n = 0;

    while (e->at + n < e->n && e->s[e->at + n] >= 'a' && e->s[e->at + n] <= 'z') {
        n++;
    }
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (strlen(classes[i].name) == n && memcmp(classes[i].name, e->s + e->at, n) == 0) {
            for (const char *r = classes[i].ranges; *r != '\0'; r += 2) {
                add_range(set, r[0], r[1]);
            }
            e->at += n;
            if (!eats(e, ":]")) {
                break;
            }
            return;
        }
    }
    fail(e, "the regular expression names an unknown character class");
}

/* After "[." or "[=", up to and with the same byte and ']': one byte, or its name. */
static int read_named(struct ere *e, const char *end) {
    size_t start = e->at;
    size_t n;

    while (more(e) && !sees(e, end)) {
        e->at++;
    }
    n = e->at - start;
    if (eats(e, end)) {
        for (size_t i = 0; i < sizeof(byte_names) / sizeof(byte_names[0]); i++) {
            if (strlen(byte_names[i].name) == n &&
                memcmp(byte_names[i].name, e->s + start, n) == 0) {
                return byte_names[i].byte;
            }
        }
        if (n == 1) {
            return (signed char)e->s[start];
        }
    }
    fail(e, "the regular expression names an unknown collating element");
    return 0;
}

/* One end of a range. */
static int read_symbol(struct ere *e) {
    if (eats(e, "[.")) {
        return read_named(e, ".]");
    }
    if (!more(e)) {
        fail(e, "the regular expression has a '[' without its ']'");
        return 0;
    }
    return (signed char)e->s[e->at++];
}

static void read_range(struct ere *e, uint8_t *set) {
    int first = read_symbol(e);
    int last = first;

    if (sees(e, "-") && e->at + 1 < e->n && e->s[e->at + 1] != ']') {
        e->at++;
        last = eats(e, "-") ? '-' : read_symbol(e);
    }
    if (first > last) {
        fail(e, "the regular expression has a range that ends before it starts");
        return;
    }
    add_range(set, first, last);
}

static void read_term(struct ere *e, uint8_t *set) {
    if (sees(e, "-")) {
        fail(e, "the regular expression has a '-' that is no range");
    } else if (eats(e, "[:")) {
        read_class(e, set);
    } else if (eats(e, "[=")) {
        int c = read_named(e, "=]");

        add_range(set, c, c);
    } else {
        read_range(e, set);
    }
}

static void write_set(struct ym_buf *out, const uint8_t *set) {
    ym_buf_u8(out, '[');
    for (unsigned c = 0; c < 256; c++) {
        unsigned last = c;

        if (!in_set(set, c)) {
            continue;
        }
        while (last < 255 && in_set(set, last + 1)) {
            last++;
        }
        ym_buf_printf(out, "\\x%02x", c);
        if (last > c) {
            ym_buf_printf(out, "-\\x%02x", last);
        }
        c = last;
    }
    ym_buf_u8(out, ']');
}

/* After '['. */
static void bracket(struct ere *e) {
    static const uint8_t none[SET_BYTES];
    uint8_t set[SET_BYTES] = {0};
    bool inverted = eats(e, "^");

    if (eats(e, "]")) {
        add_range(set, ']', ']');
    } else if (eats(e, "-")) {
        add_range(set, '-', '-');
    }
    while (more(e) && !sees(e, "]") && !sees(e, "-]")) {
        read_term(e, set);
    }
    if (eats(e, "-")) {
        add_range(set, '-', '-');
    }
    if (!eats(e, "]")) {
        fail(e, "the regular expression has a '[' without its ']'");
    }
    for (size_t i = 0; inverted && i < sizeof(set); i++) {
        set[i] = (uint8_t)~set[i];
    }
    if (memcmp(set, none, sizeof(set)) == 0) {
        ym_buf_add_text(e->out, "[^\\x00-\\xff]");
    } else {
        write_set(e->out, set);
    }
}

/* ---- Atoms and repetitions ------------------------------------------------------------------- */

static bool at_repetition(const struct ere *e) {
    return more(e) && (memchr("*+?", e->s[e->at], 3) != NULL ||
                       (e->s[e->at] == '{' && is_digit_at(e, e->at + 1)));
}

static unsigned read_bound(struct ere *e) {
    unsigned v = 0;

    while (is_digit_at(e, e->at) && v <= MAX_BOUND) {
        v = v * 10 + (unsigned)(e->s[e->at++] - '0');
    }
    if (v > MAX_BOUND) {
        fail(e, "the regular expression repeats more than 255 times");
    }
    return v;
}

/* False: of an atom repeated 0 times nothing is left. */
static bool read_bounds(struct ere *e) {
    unsigned min = read_bound(e);
    unsigned max = min;

    ym_buf_printf(e->out, "{%u", min);
    if (eats(e, ",")) {
        ym_buf_u8(e->out, ',');
        max = UINT_MAX;
        if (is_digit_at(e, e->at)) {
            max = read_bound(e);
            ym_buf_printf(e->out, "%u", max);
        }
    }
    if (!eats(e, "}") || max < min) {
        fail(e, "the regular expression has a wrong {n,m}");
    }
    ym_buf_u8(e->out, '}');
    return max > 0;
}

/* After an atom. */
static void repetition(struct ere *e, bool after_caret) {
    bool something = true;

    if (at_repetition(e) && after_caret) {
        fail(e, "the regular expression repeats a '^'");
    } else if (at_repetition(e) && eats(e, "{")) {
        something = read_bounds(e);
    } else if (at_repetition(e)) {
        ym_buf_u8(e->out, (uint8_t)e->s[e->at++]);
    }
    if (something) {
        e->branch_is_empty = false;
    }
    if (at_repetition(e)) {
        fail(e, "the regular expression repeats a repetition");
    }
}

static void literal(struct ere *e) {
    ym_buf_printf(e->out, "\\x%02x", (unsigned)(uint8_t)e->s[e->at++]);
}

static void open_group(struct ere *e) {
    ym_buf_add_text(e->out, "(?:");
    if (eats(e, ")")) {
        ym_buf_u8(e->out, ')');
        repetition(e, false);
        return;
    }
    if (e->depth == MAX_DEPTH) {
        fail(e, "the regular expression has groups within groups more than 240 deep");
        e->status = YM_LIMIT;
        return;
    }
    e->outer_is_empty[e->depth++] = e->branch_is_empty;
    e->branch_is_empty = true;
}

static void end_branch(struct ere *e) {
    if (e->branch_is_empty) {
        fail(e, "the regular expression has an empty branch");
    }
}

static void close_group(struct ere *e) {
    end_branch(e);
    e->branch_is_empty = e->outer_is_empty[--e->depth];
    ym_buf_u8(e->out, ')');
    repetition(e, false);
}

static void escaped(struct ere *e) {
    if (!more(e)) {
        fail(e, "the regular expression ends with a backslash");
        return;
    }
    literal(e);
}

/* What is not a group and not a '|'. */
static void atom(struct ere *e) {
    bool caret = sees(e, "^");

    if (at_repetition(e)) {
        fail(e, "the regular expression has nothing to repeat");
    } else if (eats(e, "^")) {
        ym_buf_u8(e->out, '^');
    } else if (eats(e, "$")) {
        ym_buf_add_text(e->out, "(?:$)"); /* PCRE2 does not repeat a bare one */
    } else if (eats(e, ".")) {
        ym_buf_u8(e->out, '.');
    } else if (eats(e, "[[:<:]]")) {
        ym_buf_add_text(e->out, "(?:\\b(?=\\w))");
    } else if (eats(e, "[[:>:]]")) {
        ym_buf_add_text(e->out, "(?:\\b(?<=\\w))");
    } else if (eats(e, "[")) {
        bracket(e);
    } else if (eats(e, "\\")) {
        escaped(e);
    } else {
        literal(e);
    }
    repetition(e, caret);
}

ym_status ym_ere_translate(const char *text, size_t n, struct ym_buf *out, const char **ret_why) {
    struct ere e = {.s = text, .n = n, .branch_is_empty = true, .out = out};

    while (more(&e)) {
        if (eats(&e, "(")) {
            open_group(&e);
        } else if (e.depth > 0 && eats(&e, ")")) {
            close_group(&e);
        } else if (eats(&e, "|")) {
            end_branch(&e);
            e.branch_is_empty = true;
            ym_buf_u8(out, '|');
        } else {
            atom(&e);
        }
    }
    end_branch(&e);
    if (e.depth > 0) {
        fail(&e, "the regular expression has a '(' without its ')'");
    }
    if (e.why != NULL) {
        *ret_why = e.why;
        return e.status;
    }
    return ym_buf_status(out);
}
