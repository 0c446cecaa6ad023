/* mail.c - headers, boundaries, bodies.  See mail.h.
 *
 * One walk over the lines.  A header block ends at an empty line; what follows is a body up to
 * the next line that is "--" and one of the boundaries declared so far, or "From " of the next
 * mail in an mbox.  A body that is itself a message (message/...) is read as headers again. */
#include "formats/mail.h"

#include "base/text.h"

#include <string.h>

enum { MAX_BOUNDARY = 200, MAX_NAME = 1000 };

struct line {
    const uint8_t *s;
    size_t n; /* without the line's end */
};

void ym_mail_init(struct ym_mail *m, const uint8_t *data, size_t size) {
    *m = (struct ym_mail){.data = data, .size = size, .in_headers = true};
}

/* The line at pos; moves behind it.  false: no more. */
static bool next_line(struct ym_mail *m, struct line *ret_line) {
    const uint8_t *s = m->data + m->pos;
    size_t left = m->size - m->pos;
    const uint8_t *end = left == 0 ? NULL : memchr(s, '\n', left);

    if (left == 0) {
        return false;
    }
    ret_line->s = s;
    ret_line->n = end == NULL ? left : (size_t)(end - s);
    m->pos += end == NULL ? left : ret_line->n + 1;
    while (ret_line->n > 0 && s[ret_line->n - 1] == '\r') {
        ret_line->n--;
    }
    return true;
}

/* Where lower (in small letters) lies in the line, or NULL. */
static const uint8_t *find(const struct line *l, const char *lower) {
    size_t n = strlen(lower);

    for (size_t i = 0; n <= l->n && i <= l->n - n; i++) {
        size_t same = 0;

        while (same < n && ym_lower(l->s[i + same]) == (uint8_t)lower[same]) {
            same++;
        }
        if (same == n) {
            return l->s + i;
        }
    }
    return NULL;
}

static bool starts(const struct line *l, const char *lower) {
    return find(l, lower) == l->s;
}

/* The value of a parameter: in quotes, or up to ';' or white space.  *ret_n 0: not there. */
static const uint8_t *parameter(const struct line *l, const char *name_and_equals, size_t *ret_n) {
    const uint8_t *end = l->s + l->n;
    const uint8_t *p = find(l, name_and_equals);
    const uint8_t *stop;
    bool quoted;

    *ret_n = 0;
    if (p == NULL) {
        return NULL;
    }
    p += strlen(name_and_equals);
    quoted = p < end && *p == '"';
    p += quoted ? 1 : 0;
    stop = p;
    while (stop < end && stop - p < MAX_NAME &&
           (quoted ? *stop != '"' : *stop != ';' && *stop != ' ' && *stop != '\t')) {
        stop++;
    }
    *ret_n = (size_t)(stop - p);
    return p;
}

static void note_boundary(struct ym_mail *m, const struct line *l) {
    const uint8_t *end = l->s + l->n;
    const uint8_t *p = find(l, "boundary=");
    const uint8_t *stop;

    if (p == NULL || m->n_boundaries == YM_MAIL_MAX_BOUNDARIES) {
        return;
    }
    p += strlen("boundary=");
    if (p < end && *p == '"') {
        p++;
    }
    stop = p;
    while (stop < end && *stop != '"' && *stop != ';' && stop - p < MAX_BOUNDARY) {
        stop++;
    }
    if (stop > p) {
        m->boundaries[m->n_boundaries].offset = (size_t)(p - m->data);
        m->boundaries[m->n_boundaries++].size = (size_t)(stop - p);
    }
}

static bool is_boundary(const struct ym_mail *m, const struct line *l) {
    if (l->n < 3 || l->s[0] != '-' || l->s[1] != '-') {
        return l->n > 5 && memcmp(l->s, "From ", 5) == 0;
    }
    for (unsigned i = 0; i < m->n_boundaries; i++) {
        if (m->boundaries[i].size <= l->n - 2 &&
            memcmp(l->s + 2, m->data + m->boundaries[i].offset, m->boundaries[i].size) == 0) {
            return true;
        }
    }
    return false;
}

struct headers {
    ym_mail_encoding encoding;
    bool is_message;
    bool in_content;  /* the line before belongs to a Content-... header */
    bool is_filename; /* name is the attachment's, not only that of its type */
    const uint8_t *name;
    size_t name_size;
};

/* The attachment's file name goes before the name of its type. */
static void note_name(struct headers *h, const struct line *l) {
    const uint8_t *name;
    size_t n;

    if (l->s[0] != ' ' && l->s[0] != '\t') {
        h->in_content = starts(l, "content-type:") || starts(l, "content-disposition:");
    }
    name = h->in_content ? parameter(l, "filename=", &n) : NULL;
    if (name != NULL) {
        h->is_filename = true;
    } else if (h->in_content && !h->is_filename) {
        name = parameter(l, "name=", &n);
    }
    if (name != NULL) {
        h->name = name;
        h->name_size = n;
    }
}

/* Reads up to and with the empty line; false: the mail ends before. */
static bool read_headers(struct ym_mail *m, struct headers *ret_headers) {
    struct line l;

    *ret_headers = (struct headers){.encoding = YM_MAIL_PLAIN};
    while (next_line(m, &l)) {
        if (l.n == 0) {
            return true;
        }
        note_boundary(m, &l);
        note_name(ret_headers, &l);
        if (starts(&l, "content-transfer-encoding:")) {
            ret_headers->encoding = find(&l, "base64") != NULL             ? YM_MAIL_BASE64
                                    : find(&l, "quoted-printable") != NULL ? YM_MAIL_QUOTED
                                                                           : YM_MAIL_PLAIN;
        }
        if (starts(&l, "content-type:") && find(&l, "message/") != NULL) {
            ret_headers->is_message = true;
        }
    }
    return false;
}

bool ym_mail_next(struct ym_mail *m, struct ym_mail_part *ret_part) {
    struct headers h = {.encoding = YM_MAIL_PLAIN};
    struct line l;
    size_t start;

    while (m->in_headers) {
        if (!read_headers(m, &h)) {
            return false;
        }
        m->in_headers = h.is_message && h.encoding == YM_MAIL_PLAIN;
    }
    start = m->pos;
    if (start == m->size) {
        return false;
    }
    while (next_line(m, &l)) {
        if (is_boundary(m, &l)) {
            m->in_headers = true;
            break;
        }
    }
    ret_part->encoding = h.encoding;
    ret_part->name_size = h.name_size;
    ret_part->name_offset = h.name_size == 0 ? 0 : (size_t)(h.name - m->data);
    ret_part->offset = start;
    ret_part->size = (m->in_headers ? (size_t)(l.s - m->data) : m->size) - start;
    return true;
}

ym_status ym_mail_quoted_decode(const uint8_t *text, size_t size, struct ym_buf *out) {
    for (size_t i = 0; i < size && ym_buf_status(out) == YM_OK; i++) {
        int high = i + 2 < size ? ym_hex_digit((char)text[i + 1]) : -1;
        int low = i + 2 < size ? ym_hex_digit((char)text[i + 2]) : -1;

        if (text[i] != '=') {
            ym_buf_u8(out, text[i]);
        } else if (high >= 0 && low >= 0) {
            ym_buf_u8(out, (uint8_t)(high * 16 + low));
            i += 2;
        } else if (i + 1 < size && text[i + 1] == '\r') {
            i += i + 2 < size && text[i + 2] == '\n' ? 2 : 1; /* a soft line break */
        } else if (i + 1 < size && text[i + 1] == '\n') {
            i++;
        } else {
            ym_buf_u8(out, '=');
        }
    }
    return ym_buf_status(out);
}
