/* modules/magic_text.c - what libmagic says of text: language, encoding, line ends.  See magic.h.
 *
 *     POSIX shell script, ASCII text executable
 *     HTML document, Unicode text, UTF-8 text, with CRLF line terminators
 *
 * As libmagic, the first 64 KiB decide about encoding and line ends. */
#include "formats/json.h"
#include "magic.h"

#include <string.h>

enum { WINDOW = 64 << 10 };

struct language {
    const char *start; /* the text begins so */
    const char *type;
    const char *mime;
    const char *after; /* behind "... text"; NULL: the type is all there is to say */
};

static const struct language languages[] = {
    {"<?php", "PHP script", "text/x-php", ""},
    {"<?xml version=\"1.0\"", "XML 1.0 document", "text/xml", ""},
    {"<?xml", "XML document", "text/xml", ""},
    {"Received:", "RFC 822 mail", "message/rfc822", ""},
    {"Return-Path:", "SMTP mail", "message/rfc822", ""},
    {"From:", "news or mail", "message/rfc822", ""},
    {"Message-ID:", "news or mail", "message/rfc822", ""},
};

/* Names of interpreters behind "#!", with the folder and env before them taken away. */
static const struct language interpreters[] = {
    {"bash", "Bourne-Again shell script", "text/x-shellscript", " executable"},
    {"dash", "POSIX shell script", "text/x-shellscript", " executable"},
    {"sh", "POSIX shell script", "text/x-shellscript", " executable"},
    {"ksh", "Korn shell script", "text/x-shellscript", " executable"},
    {"zsh", "Paul Falstad's zsh script", "text/x-shellscript", " executable"},
    {"csh", "C shell script", "text/x-shellscript", " executable"},
    {"tcsh", "Tenex C shell script", "text/x-shellscript", " executable"},
    {"python", "Python script", "text/x-script.python", " executable"},
    {"perl", "Perl script text executable", "text/x-perl", NULL},
    {"ruby", "Ruby script", "text/x-ruby", " executable"},
    {"node", "Node.js script", "application/javascript", " executable"},
    {"php", "PHP script", "text/x-php", " executable"},
};

static bool begins(struct ym_str t, const char *with) {
    size_t n = strlen(with);

    return t.n >= n && memcmp(t.s, with, n) == 0;
}

/* ---- Language -------------------------------------------------------------------------------- */

/* The first word of *line, cut off it, less what lies before its last slash. */
static struct ym_str take_word(struct ym_str *line) {
    const char *s = line->s;
    size_t start = 0;
    size_t end;

    while (start < line->n && (s[start] == ' ' || s[start] == '\t')) {
        start++;
    }
    for (end = start; end < line->n && s[end] != ' ' && s[end] != '\t'; end++) {
        start = s[end] == '/' ? end + 1 : start;
    }
    *line = (struct ym_str){s + end, line->n - end};
    return (struct ym_str){s + start, end - start};
}

static bool is_version(char c) {
    return c == '.' || (c >= '0' && c <= '9');
}

/* A version may follow the name: python3, perl5.36. */
static const struct language *interpreter_of(struct ym_str t) {
    struct ym_str line = {t.s + 2, t.n - 2};
    const char *end = memchr(line.s, '\n', line.n);
    struct ym_str name;

    line.n = end == NULL ? line.n : (size_t)(end - line.s);
    line.n -= line.n > 0 && line.s[line.n - 1] == '\r' ? 1 : 0;
    name = take_word(&line);
    if (name.n == 3 && begins(name, "env")) {
        name = take_word(&line);
    }
    while (name.n > 0 && is_version(name.s[name.n - 1])) {
        name.n--;
    }
    for (size_t i = 0; i < YM_MOD_N(interpreters); i++) {
        if (name.n == strlen(interpreters[i].start) && begins(name, interpreters[i].start)) {
            return &interpreters[i];
        }
    }
    return NULL;
}

/* Whole, and not too long to be looked through. */
static bool is_json(struct ym_mod_scan *s, struct ym_str t) {
    struct ym_json j;
    ym_json_event e;

    if (t.n == s->size) {
        ym_json_init(&j, t.s, t.n, s->arena);
        e = ym_json_next(&j);
        return (e == YM_JSON_OBJECT || e == YM_JSON_ARRAY) && ym_json_finish(&j, NULL) == YM_OK;
    }
    return false;
}

static struct language language_of(struct ym_mod_scan *s, struct ym_str t, ym_kind kind) {
    static const struct language html = {"", "HTML document", "text/html", ""};
    static const struct language mail = {"", "RFC 822 mail", "message/rfc822", ""};
    static const struct language json = {"", "JSON text data", "application/json", NULL};
    static const struct language svg = {"", "SVG Scalable Vector Graphics image", "image/svg+xml",
                                        NULL};
    static const struct language none = {"", NULL, "text/plain", ""};
    const struct language *script = begins(t, "#!") ? interpreter_of(t) : NULL;

    if (script != NULL) {
        return *script;
    }
    if (is_json(s, t)) {
        return json;
    }
    if (begins(t, "<?xml") && memmem(t.s, t.n < 4096 ? t.n : 4096, "<svg", 4) != NULL) {
        return svg;
    }
    for (size_t i = 0; i < YM_MOD_N(languages); i++) {
        if (begins(t, languages[i].start)) {
            return languages[i];
        }
    }
    return kind == YM_KIND_HTML || kind == YM_KIND_HTML_UTF16 ? html
           : kind == YM_KIND_MAIL                             ? mail
                                                              : none;
}

/* ---- Encoding -------------------------------------------------------------------------------- */

static bool is_utf8(struct ym_str t, bool cut) {
    for (size_t i = 0; i < t.n;) {
        unsigned n = ym_utf8_length(t.s + i, t.n - i);

        if (n == 0) {
            return cut && t.n - i < 4; /* the window may have cut a character */
        }
        i += n;
    }
    return true;
}

/* UTF-16 with its byte order mark. */
static bool is_wide(struct ym_str t) {
    return begins(t, "\xff\xfe") || begins(t, "\xfe\xff");
}

/* Control characters that occur in text. */
static bool is_text(unsigned char c) {
    return c >= 0x20 ? c != 0x7f : (c >= 7 && c <= 13) || c == 27;
}

/* NULL: not text that is known. */
static const char *encoding_of(struct ym_str t, bool cut) {
    bool ascii = true;
    bool controls = false; /* of ISO 8859, which does not use them in text */

    if (is_wide(t)) {
        return t.s[0] == '\xff' ? "Unicode text, UTF-16, little-endian"
                                : "Unicode text, UTF-16, big-endian";
    }
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.s[i];

        if (!is_text(c)) {
            return NULL;
        }
        ascii = ascii && c < 0x80;
        controls = controls || (c >= 0x80 && c < 0xa0 && c != 0x85);
    }
    if (ascii) {
        return "ASCII";
    }
    if (is_utf8(t, cut)) {
        return begins(t, "\xef\xbb\xbf") ? "Unicode text, UTF-8 (with BOM)" : "Unicode text, UTF-8";
    }
    return controls ? "Non-ISO extended-ASCII" : "ISO-8859";
}

static const char *line_ends_of(struct ym_str t) {
    static const char *const texts[] = {
        ", with no line terminators",       "", /* LF */
        ", with CR line terminators",       ", with CR, LF line terminators",
        ", with CRLF line terminators",     ", with CRLF, LF line terminators",
        ", with CRLF, CR line terminators", ", with CRLF, CR, LF line terminators",
    };
    unsigned seen = 0;

    for (size_t i = 0; i < t.n; i++) {
        if (t.s[i] == '\n') {
            seen |= 1u;
        } else if (t.s[i] == '\r' && i + 1 < t.n && t.s[i + 1] == '\n') {
            seen |= 4u;
            i++;
        } else if (t.s[i] == '\r') {
            seen |= 2u;
        }
    }
    return texts[seen];
}

bool ym_magic_text(struct ym_mod_scan *s, ym_kind kind, struct ym_magic *ret_magic) {
    struct language l;
    struct ym_str t;
    const char *encoding;

    if ((ym_kind_holds(kind) != YM_HOLDS_TEXT && ym_kind_holds(kind) != YM_HOLDS_HTML &&
         kind != YM_KIND_MAIL) ||
        !ym_mod_range(s, 0, WINDOW, &t) || !ym_mod_spend(s, t.n)) {
        return false;
    }
    encoding = encoding_of(t, t.n < s->size);
    if (encoding == NULL) {
        return false;
    }
    l = language_of(s, t, kind);
    ret_magic->mime = l.mime;
    ret_magic->type =
        l.after == NULL ? l.type
                        : ym_arena_printf(s->arena, "%s%s%s text%s%s", l.type == NULL ? "" : l.type,
                                          l.type == NULL ? "" : ", ", encoding, l.after,
                                          is_wide(t) ? "" : line_ends_of(t));
    return true;
}
