/* links.c - see links.h.  One pass over the page; of what is open (a link, a form) the texts are kept
 * in buffers of a fixed size. */
#include "formats/links.h"

#include "base/alloc.h"
#include "base/text.h"

#include <string.h>

struct text {
    char s[YM_LINK_MAX];
    size_t n;
};

struct links {
    const uint8_t *data;
    size_t size, pos;
    ym_link_fn *fn;
    void *self;
    bool stop;
    bool any;                     /* tags that links are made of */
    bool in_link, in_form, ended; /* ended: the link's text, by a comment */
    size_t link_at;
    struct text href, action, shown;
    /* the tag at hand */
    size_t tag_at;
    char name[8];
    struct text url, title;
    bool has_url, has_title;
};

static void put(struct text *t, uint8_t c) {
    if (t->n < sizeof(t->s)) {
        t->s[t->n++] = (char)c;
    }
}

static void emit(struct links *l, const struct text *real, const struct text *shown, size_t at) {
    const struct ym_link link = {
        .real = real->s, .n_real = real->n, .shown = shown->s, .n_shown = shown->n, .offset = at};

    l->any = true;
    if (!l->stop && real->n > 0) {
        l->stop = !l->fn(l->self, &link);
    }
}

static void close_link(struct links *l) {
    if (l->in_link) {
        emit(l, &l->href, &l->shown, l->link_at);
    }
    l->in_link = false;
}

/* ---- Tags ----------------------------------------------------------------------------------- */

static bool is_blank(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static uint8_t peek(const struct links *l) {
    return l->pos < l->size ? l->data[l->pos] : 0;
}

static void skip_blanks(struct links *l) {
    while (l->pos < l->size && is_blank(l->data[l->pos])) {
        l->pos++;
    }
}

/* &#46; &#x2e; and a few names; false: just an ampersand. */
static bool reference(struct links *l, size_t end, struct text *to) {
    static const struct {
        const char *name;
        char c;
    } names[] = {{"amp", '&'},   {"lt", '<'},     {"gt", '>'},    {"quot", '"'},
                 {"colon", ':'}, {"period", '.'}, {"sol", '/'},   {"commat", '@'},
                 {"quest", '?'}, {"equals", '='}, {"percnt", '%'}};
    const char *s = (const char *)l->data + l->pos + 1;
    const size_t room = end - l->pos - 1;
    const char *semicolon = memchr(s, ';', room < 12 ? room : 12);
    const size_t n = semicolon == NULL ? 0 : (size_t)(semicolon - s);
    uint32_t value = 0;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (n == strlen(names[i].name) && memcmp(s, names[i].name, n) == 0) {
            value = (uint8_t)names[i].c;
        }
    }
    if (n > 1 && s[0] == '#' && (s[1] == 'x' || s[1] == 'X')) {
        for (size_t i = 2; i < n && value < 256; i++) {
            value = ym_hex_digit(s[i]) < 0 ? 256 : value * 16 + (uint32_t)ym_hex_digit(s[i]);
        }
    } else if (n > 1 && s[0] == '#') {
        value = ym_parse_u32(s + 1, n - 1, &value) ? value : 256;
    }
    if (value == 0 || value > 255) {
        return false;
    }
    put(to, (uint8_t)value);
    l->pos += n + 2;
    return true;
}

/* To the quote, or unquoted to a blank or '>'.  to may be NULL. */
static void read_value(struct links *l, struct text *to) {
    const uint8_t quote = peek(l) == '"' || peek(l) == '\'' ? peek(l) : 0;
    size_t end;

    l->pos += quote != 0 ? 1 : 0;
    for (end = l->pos; end < l->size; end++) {
        const uint8_t c = l->data[end];

        if (quote != 0 ? c == quote : c == '>' || is_blank(c)) {
            break;
        }
    }
    while (to != NULL && l->pos < end) {
        if (l->data[l->pos] != '&' || !reference(l, end, to)) {
            put(to, is_blank(l->data[l->pos]) ? ' ' : l->data[l->pos]);
            l->pos++;
        }
    }
    l->pos = end + (quote != 0 && end < l->size ? 1 : 0);
}

/* A word in small letters, cut to its room. */
static void read_word(struct links *l, char *word, size_t room) {
    size_t n = 0;

    while (l->pos < l->size && (ym_is_alnum(peek(l)) || peek(l) == '-')) {
        if (n + 1 < room) {
            word[n++] = (char)ym_lower(peek(l));
        }
        l->pos++;
    }
    word[n] = '\0';
}

/* Is it the attribute that holds this tag's URL? */
static bool is_url_of(const char *tag, const char *attribute) {
    if (strcmp(tag, "a") == 0 || strcmp(tag, "area") == 0) {
        return strcmp(attribute, "href") == 0;
    }
    if (strcmp(tag, "form") == 0) {
        return strcmp(attribute, "action") == 0;
    }
    return (strcmp(tag, "img") == 0 || strcmp(tag, "iframe") == 0) &&
           (strcmp(attribute, "src") == 0 || strcmp(attribute, "dynsrc") == 0);
}

static void read_attribute(struct links *l) {
    char word[8];
    struct text *to = NULL;

    read_word(l, word, sizeof(word));
    skip_blanks(l);
    if (peek(l) != '=') {
        return;
    }
    l->pos++;
    skip_blanks(l);
    if (!l->has_url && is_url_of(l->name, word)) {
        l->has_url = true;
        to = &l->url;
    } else if (!l->has_title && strcmp(word, "title") == 0) {
        l->has_title = true;
        to = &l->title;
    }
    read_value(l, to);
}

static void read_attributes(struct links *l) {
    l->url.n = 0;
    l->title.n = 0;
    l->has_url = false;
    l->has_title = false;
    while (l->pos < l->size && peek(l) != '>') {
        if (ym_is_alpha(peek(l))) {
            read_attribute(l);
        } else {
            l->pos++;
        }
    }
    l->pos += l->pos < l->size ? 1 : 0;
}

/* ---- What a tag means ----------------------------------------------------------------------- */

static void open_link(struct links *l) {
    if (!l->has_url || l->url.n == 0) {
        return; /* an anchor only: what is open stays open */
    }
    close_link(l);
    if (l->in_form) {
        emit(l, &l->action, &l->url, l->tag_at);
    }
    l->href = l->url;
    l->shown.n = 0;
    l->in_link = true;
    l->ended = false;
    l->link_at = l->tag_at;
    if (l->title.n > 0) {
        emit(l, &l->href, &l->title, l->tag_at);
    }
}

static void show_url(struct links *l) {
    l->any = true;
    if (l->has_url && l->in_link) {
        emit(l, &l->href, &l->url, l->tag_at);
    }
    if (l->has_url && l->in_form) {
        emit(l, &l->action, &l->url, l->tag_at);
    }
}

/* Behind <script> or <style>: to the tag that ends it. */
static void skip_raw(struct links *l) {
    const size_t n = strlen(l->name);

    for (; l->pos + n + 2 <= l->size; l->pos++) {
        const uint8_t *at = l->data + l->pos;
        size_t same = 0;

        while (at[0] == '<' && at[1] == '/' && same < n &&
               ym_lower(at[2 + same]) == (uint8_t)l->name[same]) {
            same++;
        }
        if (same == n) {
            return;
        }
    }
    l->pos = l->size;
}

static void act(struct links *l, bool closing) {
    if (strcmp(l->name, "a") == 0) {
        if (closing) {
            close_link(l);
        } else {
            open_link(l);
        }
    } else if (strcmp(l->name, "form") == 0) {
        l->in_form = !closing && l->url.n > 0;
        l->action = l->url;
    } else if (!closing && (strcmp(l->name, "img") == 0 || strcmp(l->name, "iframe") == 0 ||
                            strcmp(l->name, "area") == 0)) {
        show_url(l);
    } else if (!closing && (strcmp(l->name, "script") == 0 || strcmp(l->name, "style") == 0)) {
        skip_raw(l);
    }
}

static void read_tag(struct links *l) {
    bool closing;

    l->tag_at = l->pos++;
    if (peek(l) == '!') { /* a comment, or the type of the document: to the next '>' */
        const uint8_t *end = memchr(l->data + l->pos, '>', l->size - l->pos);

        l->ended = true;
        l->pos = end == NULL ? l->size : (size_t)(end - l->data) + 1;
        return;
    }
    closing = peek(l) == '/';
    l->pos += closing ? 1 : 0;
    read_word(l, l->name, sizeof(l->name));
    read_attributes(l);
    act(l, closing);
}

/* ---- Pages without tags ---------------------------------------------------------------------- */

static size_t scheme_at(const struct links *l, size_t at) {
    static const char *const schemes[] = {"http://", "ftp://"};

    for (size_t i = 0; i < 2; i++) {
        const size_t n = strlen(schemes[i]);
        size_t same = 0;

        while (same < n && at + same < l->size &&
               ym_lower(l->data[at + same]) == (uint8_t)schemes[i][same]) {
            same++;
        }
        if (same == n) {
            return n;
        }
    }
    return 0;
}

static void find_in_text(struct links *l) {
    static const struct text nothing = {.n = 0};
    size_t at = 0;

    while (at < l->size && !l->stop) {
        const size_t start = at;

        if (scheme_at(l, at) == 0) {
            at++;
            continue;
        }
        for (l->url.n = 0; at < l->size && !is_blank(l->data[at]); at++) {
            put(&l->url, l->data[at]);
        }
        emit(l, &l->url, &nothing, start);
    }
}

ym_status ym_links_find(const uint8_t *data, size_t size, ym_link_fn *fn, void *self) {
    struct links *l = ym_zalloc(1, sizeof(*l));

    if (l == NULL) {
        return YM_NOMEM;
    }
    l->data = data;
    l->size = size;
    l->fn = fn;
    l->self = self;
    while (l->pos < size && !l->stop) {
        if (data[l->pos] == '<') {
            read_tag(l);
        } else {
            if (l->in_link && !l->ended) {
                put(&l->shown, is_blank(data[l->pos]) ? ' ' : data[l->pos]);
            }
            l->pos++;
        }
    }
    close_link(l);
    if (!l->any && !l->stop) {
        find_in_text(l);
    }
    ym_free(l);
    return YM_OK;
}
