/* html.c - normalised HTML.  See html.h.
 *
 * One pass, a cursor, and a function for each place the cursor can be in: text, tag, attributes,
 * value, comment, character reference.  Nothing recurses.  The rules were measured with
 * clamscan 1.4 --leave-temps and follow it where they look odd, too:
 *   - a comment ends at the first '>', whatever came before
 *   - inside a script or style, only its end tag is a tag; blanks disappear, ' becomes "
 *   - white space inside a quoted value ends the quoting: the next blank ends the value
 *   - of a character reference the text view sees a blank
 *   - the text view also holds where links and pictures lead, in the original spelling
 *   - a referenced character from 0xff on is written as &#x....;, one below as its byte
 * Named references: ASCII and Latin-1; the others stay as they are. */
#include "formats/html.h"

#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_NAME = 16, /* longest tag name that matters, with room */
    MAX_REFERENCE = 32,
    MAX_LINK = 1024, /* bytes of a link that the text view shows */
    BLOCK = 4096,
};

/* An output with a block in front, so that a byte costs no call. */
struct view {
    struct ym_buf *buf;
    size_t n;
    uint8_t block[BLOCK];
};

struct html {
    const uint8_t *p;
    const uint8_t *end;
    struct view page;
    struct view text;
    bool text_blank; /* the last thing in the text view is a blank */
    enum { NO_LINK, READING_LINK, HAVE_LINK } link_state;
    size_t link_len;
    uint8_t link[MAX_LINK]; /* of the tag that is being read */
    enum { IN_PAGE, IN_SCRIPT, IN_STYLE } inside;
};

static void flush(struct view *v) {
    ym_buf_add(v->buf, v->block, v->n);
    v->n = 0;
}

static void put(struct view *v, uint8_t c) {
    if (v->n == BLOCK) {
        flush(v);
    }
    v->block[v->n++] = c;
}

/* Takes the last byte back, wherever it is. */
static void unput(struct view *v) {
    if (v->n > 0) {
        v->n--;
    } else if (v->buf->len > 0) {
        v->buf->len--;
    }
}

static void put_blank(struct html *h) {
    if (!h->text_blank && h->inside == IN_PAGE) {
        put(&h->text, ' ');
        h->text_blank = true;
    }
}

static bool is_space(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Bytes that are not there at all: NUL (so UTF-16 of ASCII reads as ASCII) and CR. */
static bool is_nothing(uint8_t c) {
    return c == 0 || c == '\r';
}

static bool more(struct html *h) {
    while (h->p < h->end && is_nothing(*h->p)) {
        h->p++;
    }
    return h->p < h->end;
}

static void skip_space(struct html *h) {
    while (more(h) && is_space(*h->p)) {
        h->p++;
    }
}

/* ---- Character references ----------------------------------------------------------------- */

static const struct {
    const char *name;
    uint8_t c;
} references[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};

/* From 0xa0 to 0xff, in order (HTML 4, section 24.2). */
static const char *const latin1[] = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",
    "copy",   "ordf",   "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn",
    "sup2",   "sup3",   "acute",  "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",
    "raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde",
    "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave",
    "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde",
    "Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",
    "szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil",
    "egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",   "eth",
    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave",
    "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};

/* A byte of the page; inside the value of a link it is kept, too. */
static void put_page(struct html *h, uint8_t shown, uint8_t original) {
    put(&h->page, shown);
    if (h->link_state == READING_LINK && h->link_len < MAX_LINK) {
        h->link[h->link_len++] = original;
    }
}

static void put_character(struct html *h, uint32_t c) {
    char text[16];

    if (c < 0xff) {
        put_page(h, ym_lower((uint8_t)c), (uint8_t)c);
        return;
    }
    (void)snprintf(text, sizeof(text), "&#x%04x;", c);
    for (const char *p = text; *p != '\0'; p++) {
        put_page(h, (uint8_t)*p, (uint8_t)*p);
    }
}

/* Behind "&#". */
static void numeric_reference(struct html *h) {
    enum { MAX_CODE = 0x10ffff };
    bool hex = more(h) && ym_lower(*h->p) == 'x';
    uint32_t value = 0;

    h->p += hex ? 1 : 0;
    while (more(h)) {
        int digit = ym_hex_digit((char)*h->p);

        if (digit < 0 || (!hex && digit > 9) || value > MAX_CODE) {
            break;
        }
        value = value * (hex ? 16 : 10) + (uint32_t)digit;
        h->p++;
    }
    put_character(h, value > MAX_CODE ? '?' : value);
    if (more(h) && *h->p == ';') {
        h->p++;
    }
}

static bool is_name(const char *candidate, const char *name, size_t n) {
    return strlen(candidate) == n && memcmp(candidate, name, n) == 0;
}

static void put_name(struct html *h, const char *name, size_t n) {
    put_page(h, '&', '&');
    for (size_t i = 0; i < n; i++) {
        put_page(h, ym_lower((uint8_t)name[i]), ym_lower((uint8_t)name[i]));
    }
}

/* Behind "&" and a name that ended in ";": the decoded character, or the name again. */
static void put_reference(struct html *h, const char *name, size_t n) {
    for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
        if (is_name(references[i].name, name, n)) {
            put_page(h, references[i].c, references[i].c);
            return;
        }
    }
    for (size_t i = 0; i < sizeof(latin1) / sizeof(latin1[0]); i++) {
        if (is_name(latin1[i], name, n)) {
            put_page(h, (uint8_t)(0xa0 + i), (uint8_t)(0xa0 + i));
            return;
        }
    }
    put_name(h, name, n);
    put_page(h, ';', ';');
}

static void reference(struct html *h) {
    char name[MAX_REFERENCE];
    size_t n = 0;

    h->p++; /* & */
    if (more(h) && *h->p == '#') {
        h->p++;
        numeric_reference(h);
        return;
    }
    while (more(h) && n < MAX_REFERENCE &&
           (ym_is_alnum(*h->p) || *h->p == '_' || *h->p == ':' || *h->p == '-')) {
        name[n++] = (char)*h->p++;
    }
    if (more(h) && *h->p == ';') {
        h->p++;
        put_reference(h, name, n);
        return;
    }
    put_name(h, name, n);
}

/* ---- Tags --------------------------------------------------------------------------------- */

/* Behind '='. */
static void value(struct html *h) {
    uint8_t quote = 0;
    bool quoted;

    skip_space(h);
    if (more(h) && (*h->p == '"' || *h->p == '\'')) {
        quote = *h->p++;
        put(&h->page, '"');
    }
    quoted = quote != 0;
    while (more(h)) {
        uint8_t c = *h->p;

        if (c == '&') {
            reference(h);
            continue;
        }
        if ((is_space(c) || c == '>') && quote == 0) {
            if (quoted && h->link_len > 0 && h->link[h->link_len - 1] == '"') {
                h->link_len--; /* the quote that would have ended it */
            }
            return;
        }
        h->p++;
        if (c == quote && quote != 0) {
            put(&h->page, '"');
            return;
        }
        if (c == '"' || c == '\'') {
            put_page(h, '"', '"');
        } else if (is_space(c) || c == '>') {
            put_page(h, c == '>' ? '>' : ' ', c == '>' ? '>' : ' ');
            skip_space(h);
            quote = 0;
        } else {
            put_page(h, ym_lower(c), c);
        }
    }
}

/* Reads an attribute's name; what follows it may be a link that the text view shows. */
static void attribute_name(struct html *h, const char *tag_name) {
    char name[MAX_NAME] = "";
    size_t n = 0;

    put(&h->page, ' ');
    while (more(h) && !is_space(*h->p) && *h->p != '=' && *h->p != '>') {
        uint8_t c = ym_lower(*h->p++);

        put(&h->page, c);
        if (n + 1 < MAX_NAME) {
            name[n++] = (char)c;
        }
    }
    if (h->link_state == NO_LINK && ((strcmp(tag_name, "a") == 0 && strcmp(name, "href") == 0) ||
                                     (strcmp(tag_name, "img") == 0 && strcmp(name, "src") == 0))) {
        h->link_state = READING_LINK;
    }
}

/* Behind the tag's name and white space, up to and with '>'. */
static void attributes(struct html *h, const char *tag_name) {
    while (more(h)) {
        skip_space(h);
        if (!more(h)) {
            return;
        }
        if (*h->p == '=') {
            put(&h->page, '=');
            h->p++;
            value(h);
            h->link_state = h->link_state == READING_LINK ? HAVE_LINK : h->link_state;
            continue;
        }
        h->link_state = h->link_state == READING_LINK ? NO_LINK : h->link_state; /* no value */
        if (*h->p == '>') {
            put(&h->page, '>');
            h->p++;
            return;
        }
        attribute_name(h, tag_name);
    }
}

/* Behind "<!". */
static void comment(struct html *h) {
    const bool keep = h->inside != IN_PAGE;

    h->p++;
    if (keep) {
        put(&h->page, '!');
    } else {
        unput(&h->page); /* the '<' */
    }
    while (more(h)) {
        uint8_t c = *h->p++;

        if (keep && !is_space(c)) {
            put(&h->page, c == '\'' ? '"' : ym_lower(c));
        }
        if (c == '>') {
            break;
        }
    }
    skip_space(h);
}

static void end_of_tag(struct html *h, const char *name) {
    if (h->link_state == HAVE_LINK && h->link_len > 0) {
        for (size_t i = 0; i < h->link_len; i++) {
            put(&h->text, h->link[i]);
        }
        put(&h->text, ' ');
        h->text_blank = true;
    }
    if (strcmp(name, "script") == 0) {
        h->inside = IN_SCRIPT;
    } else if (strcmp(name, "style") == 0) {
        h->inside = IN_STYLE;
    } else if (strcmp(name, "/script") == 0 ||
               (strcmp(name, "/style") == 0 && h->inside == IN_STYLE)) {
        h->inside = IN_PAGE;
    }
    skip_space(h);
}

/* At '<'. */
static void tag(struct html *h) {
    char name[MAX_NAME] = "";
    size_t n = 0;

    put(&h->page, '<');
    put_blank(h);
    h->p++;
    skip_space(h);
    if (more(h) && *h->p == '!') {
        comment(h);
        return;
    }
    while (more(h) && *h->p != '>' && !is_space(*h->p)) {
        uint8_t c = ym_lower(*h->p++);

        put(&h->page, c);
        if (n == 0 && h->inside != IN_PAGE && c != '/') {
            return; /* an ordinary '<' of a script */
        }
        if (n + 1 < MAX_NAME) {
            name[n++] = (char)c;
        }
    }
    if (!more(h)) {
        return;
    }
    if (*h->p == '>') {
        put(&h->page, '>');
        h->p++;
    } else if (h->inside == IN_PAGE) {
        h->link_state = NO_LINK;
        h->link_len = 0;
        attributes(h, name);
    }
    end_of_tag(h, name);
    h->link_state = NO_LINK;
}

/* ---- Text --------------------------------------------------------------------------------- */

static void text(struct html *h) {
    uint8_t c = *h->p;

    if (is_space(c)) {
        put_blank(h);
        skip_space(h);
        if (h->inside == IN_PAGE && more(h)) {
            put(&h->page, ' ');
        }
        return;
    }
    h->p++;
    c = c == '\'' && h->inside != IN_PAGE ? '"' : ym_lower(c);
    put(&h->page, c);
    if (h->inside != IN_PAGE) {
        return;
    }
    if (c < 0x20) {
        put_blank(h);
    } else {
        put(&h->text, c);
        h->text_blank = false;
    }
}

ym_status ym_html_normalise(const uint8_t *data, size_t size, struct ym_buf *nocomment,
                            struct ym_buf *notags) {
    struct html h;

    h.p = data;
    h.end = data + size;
    h.page.buf = nocomment;
    h.page.n = 0;
    h.text.buf = notags;
    h.text.n = 0;
    h.text_blank = false;
    h.link_state = NO_LINK;
    h.link_len = 0;
    h.inside = IN_PAGE;
    skip_space(&h);
    while (more(&h) && ym_buf_status(nocomment) == YM_OK && ym_buf_status(notags) == YM_OK) {
        if (*h.p == '<') {
            tag(&h);
        } else if (*h.p == '&') {
            put_blank(&h);
            reference(&h);
        } else {
            text(&h);
        }
    }
    flush(&h.page);
    flush(&h.text);
    YM_TRY(ym_buf_status(nocomment));
    return ym_buf_status(notags);
}

/* ---- data: URLs --------------------------------------------------------------------------- */

static bool has_nocase(const uint8_t *p, const uint8_t *end, const char *lower) {
    for (; *lower != '\0'; lower++, p++) {
        if (p == end || ym_lower(*p) != (uint8_t)*lower) {
            return false;
        }
    }
    return true;
}

/* data:[type][;parameters];base64,TEXT up to a quote, '>', ')' or white space that is not just
 * a line break inside of a quoted value. */
bool ym_html_data_url(const uint8_t *data, size_t size, size_t from, size_t *ret_offset,
                      size_t *ret_size) {
    enum { MAX_HEAD = 256 };
    const uint8_t *end = data + size;
    const uint8_t *p = from < size ? data + from : end;

    while ((p = memchr(p, ':', (size_t)(end - p))) != NULL) {
        const uint8_t *start = ++p;
        const uint8_t *text;

        if (p - data < 5 || !has_nocase(p - 5, end, "data:")) {
            continue;
        }
        while (start < end && start - p < MAX_HEAD && *start != ',' && *start > ' ' &&
               strchr("\"'<>", *start) == NULL) {
            start++;
        }
        if (start == end || *start != ',' || start - p < 7 ||
            !has_nocase(start - 7, end, ";base64")) {
            continue;
        }
        text = ++start;
        while (start < end && strchr("\"'<>)", *start) == NULL) {
            start++;
        }
        *ret_offset = (size_t)(text - data);
        *ret_size = (size_t)(start - text);
        return true;
    }
    return false;
}
