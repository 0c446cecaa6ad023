/* modules/magic_zip.c - what libmagic says of a zip: documents and packages are known by the names
 * of their first members.  See magic.h. */
#include "magic.h"

#include <string.h>

enum {
    MEMBERS = 8,      /* looked at */
    WINDOW = 64 << 10 /* in which they are sought: what lies between is packed data */
};

struct member {
    struct ym_str name;
    uint16_t version, method, extra; /* extra: the first field's number, or 0 */
    struct ym_str data;              /* what follows the header, to the end of the window */
};

/* The local header at the start of t. */
static bool read_member(struct ym_str t, struct member *ret) {
    struct ym_reader r;
    uint16_t n;
    uint16_t extra;
    const uint8_t *name;

    ym_reader_init(&r, t.s, t.n);
    ym_skip(&r, 4);
    ret->version = ym_get_u16le(&r);
    ym_skip(&r, 2);
    ret->method = ym_get_u16le(&r);
    ym_seek(&r, 26);
    n = ym_get_u16le(&r);
    extra = ym_get_u16le(&r);
    name = ym_get_view(&r, n);
    if (name == NULL) {
        return false;
    }
    ret->name = (struct ym_str){(const char *)name, n};
    ret->extra = extra >= 4 ? ym_get_u16le(&r) : 0;
    ym_seek(&r, 30 + (uint64_t)n + extra);
    ret->data = ym_reader_ok(&r) ? (struct ym_str){t.s + r.pos, ym_reader_left(&r)}
                                 : (struct ym_str){t.s, 0};
    return true;
}

/* The next header behind the one at the start of *t. */
static bool next_member(struct ym_str *t) {
    const char *p = t->n <= 4 ? NULL : memmem(t->s + 4, t->n - 4, "PK\3\4", 4);

    if (p == NULL) {
        return false;
    }
    *t = (struct ym_str){p, t->n - (size_t)(p - t->s)};
    return true;
}

static bool begins(struct ym_str t, const char *with) {
    size_t n = strlen(with);

    return t.n >= n && memcmp(t.s, with, n) == 0;
}

#define OFFICE "application/vnd.openxmlformats-officedocument."
#define OPEN "application/vnd.oasis.opendocument."

/* Office Open XML: the folder of the main part, whatever order the members have. */
static bool office(struct ym_str t, struct ym_magic *ret) {
    static const struct {
        const char *folder;
        struct ym_magic magic;
    } folders[] = {
        {"word/", {"Microsoft Word 2007+", OFFICE "wordprocessingml.document"}},
        {"ppt/", {"Microsoft PowerPoint 2007+", OFFICE "presentationml.presentation"}},
        {"xl/", {"Microsoft Excel 2007+", OFFICE "spreadsheetml.sheet"}},
    };
    struct member m;

    for (unsigned i = 0; i < MEMBERS && read_member(t, &m); i++) {
        for (size_t k = 0; k < YM_MOD_N(folders); k++) {
            if (begins(m.name, folders[k].folder)) {
                *ret = folders[k].magic;
                return true;
            }
        }
        if (!next_member(&t)) {
            break;
        }
    }
    *ret = (struct ym_magic){"Microsoft OOXML", "application/octet-stream"};
    return true;
}

/* OpenDocument and EPUB: the first member holds the MIME type, as it is. */
static bool named_by_member(const struct member *m, struct ym_magic *ret) {
    static const struct ym_magic types[] = {
        {"EPUB document", "application/epub+zip"},
        {"OpenDocument Text", OPEN "text"},
        {"OpenDocument Spreadsheet", OPEN "spreadsheet"},
        {"OpenDocument Presentation", OPEN "presentation"},
        {"OpenDocument Drawing", OPEN "graphics"},
    };

    for (size_t i = 0; i < YM_MOD_N(types) && m->method == 0; i++) {
        if (begins(m->data, types[i].mime)) {
            *ret = types[i];
            return true;
        }
    }
    return false;
}

static bool plain(struct ym_mod_scan *s, const struct member *m, struct ym_magic *ret) {
    const char *method = m->method == 0 ? "store" : m->method == 8 ? "deflate" : "other";

    *ret = (struct ym_magic){
        ym_arena_printf(s->arena,
                        "Zip archive data, at least v%u.%u to extract, compression method=%s",
                        (m->version & 0xffu) / 10, (m->version & 0xffu) % 10, method),
        "application/zip"};
    return true;
}

bool ym_magic_zip(struct ym_mod_scan *s, struct ym_magic *ret_magic) {
    enum { JAR_FIELD = 0xcafe };
    struct ym_str t;
    struct member m;

    *ret_magic = (struct ym_magic){"Zip archive data", "application/zip"};
    if (ym_magic_has(s, 0, "PK\5\6", 4)) {
        ret_magic->type = "Zip archive data (empty)";
        return true;
    }
    if (!ym_magic_has(s, 0, "PK\3\4", 4) || !ym_mod_range(s, 0, WINDOW, &t) ||
        !read_member(t, &m)) {
        return true;
    }
    if (begins(m.name, "[Content_Types].xml") || begins(m.name, "_rels/.rels") ||
        begins(m.name, "docProps")) {
        return office(t, ret_magic);
    }
    if (m.name.n == 8 && begins(m.name, "mimetype") && named_by_member(&m, ret_magic)) {
        return true;
    }
    if (begins(m.name, "AndroidManifest.xml") || begins(m.name, "classes.dex")) {
        *ret_magic =
            (struct ym_magic){"Android package (APK)", "application/vnd.android.package-archive"};
        return true;
    }
    if (begins(m.name, "META-INF/") && m.extra == JAR_FIELD) {
        *ret_magic = (struct ym_magic){"Java archive data (JAR)", "application/java-archive"};
        return true;
    }
    return plain(s, &m, ret_magic);
}
