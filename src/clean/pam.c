/* pam.c - see clean/pam.h.
 *
 * Two passes over the text: the first finds the line, the second looks at all lines of its type.  What
 * is not understood counts against removing. */
#include "clean/pam.h"

#include "base/text.h"

#include <string.h>

enum { WORD = 64, JUMP_MAX = 1000 };

struct line {
    char type[WORD]; /* "" : a comment, or nothing */
    bool
        include; /* "@include", or the control include, substack: more lines of perhaps this type */
    bool beside; /* optional, sufficient */
    bool decides;  /* required, requisite, or [...]: other than optional */
    bool odd;      /* cannot be told */
    unsigned jump; /* lines that it may jump over */
};

static size_t skip_blanks(const char *p, size_t n) {
    size_t i = 0;

    while (i < n && (p[i] == ' ' || p[i] == '\t')) {
        i++;
    }
    return i;
}

/* The next word, in lower case; "[...]" is one.  Its length with the blanks before it; 0: none. */
static size_t next_word(const char *p, size_t n, char ret[WORD]) {
    size_t at = skip_blanks(p, n);
    const char end = at < n && p[at] == '[' ? ']' : '\0';
    size_t length = 0;

    while (at < n && (end != '\0' || (p[at] != ' ' && p[at] != '\t'))) {
        const char c = p[at++];

        if (length < WORD - 1) {
            ret[length++] = (char)ym_lower((unsigned char)c);
        }
        if (end != '\0' && c == end) {
            break;
        }
    }
    ret[length] = '\0';
    return length == 0 ? 0 : at;
}

/* The largest number behind a '=' of "[success=2 default=ignore]". */
static unsigned jump_of(const char *control) {
    unsigned most = 0;

    for (const char *p = strchr(control, '='); p != NULL; p = strchr(p + 1, '=')) {
        unsigned n = 0;

        for (const char *d = p + 1; *d >= '0' && *d <= '9' && n < JUMP_MAX; d++) {
            n = n * 10 + (unsigned)(*d - '0');
        }
        most = n > most ? n : most;
    }
    return most;
}

static void read_control(struct line *l, const char *control) {
    static const char *const decide[] = {"required", "requisite"};

    l->include = strcmp(control, "include") == 0 || strcmp(control, "substack") == 0;
    l->beside = strcmp(control, "optional") == 0 || strcmp(control, "sufficient") == 0;
    l->decides = strcmp(control, "sufficient") == 0 || control[0] == '[';
    for (size_t i = 0; i < 2; i++) {
        l->decides = l->decides || strcmp(control, decide[i]) == 0;
    }
    l->jump = control[0] == '[' ? jump_of(control) : 0;
    /* a word list that is longer than is kept may jump anywhere */
    l->odd = l->odd || !(l->include || l->beside || l->decides) ||
             (control[0] == '[' && strlen(control) == WORD - 1);
}

static struct line read_line(const char *p, size_t n) {
    struct line l = {.odd = n > 0 && p[n - 1] == '\\'};
    char word[WORD];
    size_t used;

    n -= n > 0 && p[n - 1] == '\r' ? 1U : 0U;
    used = next_word(p, n, word);
    if (used == 0 || word[0] == '#') {
        return l;
    }
    if (strcmp(word, "@include") == 0) {
        l.include = true;
        return l;
    }
    memcpy(l.type, word[0] == '-' ? word + 1 : word, word[0] == '-' ? WORD - 1 : WORD);
    used = next_word(p + used, n - used, word);
    if (used == 0) {
        l.odd = true;
    } else {
        read_control(&l, word);
    }
    return l;
}

/* The lines of a text, one after the other. */
static bool next(struct ym_reader *r, struct line *ret) {
    const size_t left = ym_reader_left(r);
    const char *p = left == 0 ? NULL : (const char *)ym_get_view(r, left);
    const char *end = p == NULL ? NULL : memchr(p, '\n', left);
    const size_t n = end == NULL ? left : (size_t)(end - p);

    if (p == NULL) {
        return false;
    }
    ym_seek(r, r->pos - left + n + (end == NULL ? 0 : 1));
    *ret = read_line(p, n);
    return true;
}

/* Does a line above jump onto or over it?  above: lines of the stack since the jumping one. */
static bool jumped_over(struct ym_reader r, unsigned line, const char *type) {
    struct line l;
    unsigned reach = 0; /* of the lines so far: how many lines further the farthest jump goes */

    for (unsigned i = 1; i < line && next(&r, &l); i++) {
        if (l.odd || (l.include && reach > 0)) {
            return true; /* how many lines an include has is not known here */
        }
        if (strcmp(l.type, type) == 0) {
            reach = reach > 0 ? reach - 1 : 0;
            reach = l.jump > reach ? l.jump : reach;
        }
    }
    return reach > 0;
}

static bool another_decides(struct ym_reader r, unsigned line, const char *type) {
    struct line l;
    bool some = false;

    for (unsigned i = 1; next(&r, &l); i++) {
        some = some ||
               (i != line && ((l.include && (l.type[0] == '\0' || strcmp(l.type, type) == 0)) ||
                              (l.decides && strcmp(l.type, type) == 0)));
    }
    return some;
}

bool ym_pam_may_remove(struct ym_reader whole, unsigned line) {
    static const char *const types[] = {"auth", "account", "password", "session"};
    struct ym_reader r = whole;
    struct line l = {.type = ""};
    struct line before = {.type = ""};
    bool known = false;

    for (unsigned i = 0; i < line; i++) {
        before = l;
        if (!next(&r, &l)) {
            return false;
        }
    }
    for (size_t i = 0; i < 4; i++) {
        known = known || strcmp(l.type, types[i]) == 0;
    }
    return line > 0 && known && l.beside && !l.odd && !before.odd &&
           !jumped_over(whole, line, l.type) && another_decides(whole, line, l.type);
}
