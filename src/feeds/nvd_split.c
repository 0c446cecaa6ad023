/* nvd_split.c - cuts a large JSON text into its entries.  See nvd.h.
 *
 * Only strings and brackets are understood here: an entry is an object inside a list that is the
 * value of "vulnerabilities", "CVE_Items" or "cve_items" of the outermost object.  Whether it is JSON is found
 * out by the reader of the entry; what is around the entries is passed over, but its brackets must
 * fit. */
#include "feeds/nvd.h"

#include "base/alloc.h"

#include <string.h>

#define MODULE "feeds/nvd"

enum { KEY_SIZE = 32, FIRST_ROOM = 64 << 10 };

enum where { OUTSIDE, IN_LIST, IN_ENTRY };

struct ym_nvd_split {
    ym_nvd_split_fn *fn;
    void *user;
    uint64_t line;
    bool begun, whole; /* the outermost object */
    bool in_string, escaped;
    bool found; /* a list of entries was there */
    enum where where;
    unsigned depth;
    unsigned list_depth; /* of the list's bracket */
    char open[YM_NVD_DEPTH_MAX];
    char key[KEY_SIZE]; /* the last string of the outermost object */
    size_t key_n;
    bool is_value; /* a colon came after it */
    uint64_t entry_line;
    bool too_large;
    char *entry;
    size_t n, room;
};

struct ym_nvd_split *ym_nvd_split_new(ym_nvd_split_fn *fn, void *user) {
    struct ym_nvd_split *s = ym_zalloc(1, sizeof(*s));

    if (s != NULL) {
        s->fn = fn;
        s->user = user;
        s->line = 1;
    }
    return s;
}

void ym_nvd_split_free(struct ym_nvd_split *s) {
    if (s != NULL) {
        ym_free(s->entry);
        ym_free(s);
    }
}

static bool keep(struct ym_nvd_split *s, char c) {
    if (s->too_large) {
        return true;
    }
    if (s->n == s->room) {
        size_t room = s->room == 0 ? FIRST_ROOM : s->room * 2;
        char *larger;

        if (s->n >= YM_NVD_ENTRY_MAX) {
            s->too_large = true;
            return true;
        }
        larger = ym_realloc(s->entry, room);
        if (larger == NULL) {
            return false;
        }
        s->entry = larger;
        s->room = room;
    }
    s->entry[s->n++] = c;
    return true;
}

static bool is_list_key(const struct ym_nvd_split *s) {
    static const char *const keys[] = {"vulnerabilities", "CVE_Items", "cve_items"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (s->key_n == strlen(keys[i]) && memcmp(s->key, keys[i], s->key_n) == 0) {
            return true;
        }
    }
    return false;
}

static void string_char(struct ym_nvd_split *s, char c) {
    if (s->escaped) {
        s->escaped = false;
    } else if (c == '\\') {
        s->escaped = true;
    } else if (c == '"') {
        s->in_string = false;
        return;
    }
    if (s->depth == 1 && !s->is_value) {
        if (s->key_n < KEY_SIZE) {
            s->key[s->key_n] = c;
        }
        s->key_n += s->key_n <= KEY_SIZE ? 1U : 0U;
    }
}

static bool open_bracket(struct ym_nvd_split *s, char c) {
    if (s->depth == YM_NVD_DEPTH_MAX || (s->depth == 0 && (s->begun || c != '{'))) {
        return false;
    }
    if (s->where == OUTSIDE && s->depth == 1 && c == '[' && s->is_value && is_list_key(s)) {
        s->where = IN_LIST;
        s->list_depth = s->depth;
        s->found = true;
    } else if (s->where == IN_LIST && s->depth == s->list_depth + 1 && c == '{') {
        s->where = IN_ENTRY;
        s->entry_line = s->line;
        s->n = 0;
        s->too_large = false;
    }
    s->begun = true;
    s->open[s->depth++] = c;
    return true;
}

static ym_status close_bracket(struct ym_nvd_split *s, char c, struct ym_err *err) {
    if (s->depth == 0 || s->open[s->depth - 1] != (c == '}' ? '{' : '[')) {
        return YM_MALFORMED;
    }
    s->depth--;
    if (s->depth == 0) {
        s->whole = true;
    } else if (s->where == IN_LIST && s->depth == s->list_depth) {
        s->where = OUTSIDE;
    } else if (s->where == IN_ENTRY && s->depth == s->list_depth + 1) {
        s->where = IN_LIST;
        return s->fn(s->user, s->entry, s->too_large ? 0 : s->n, s->entry_line, s->too_large, err);
    }
    return YM_OK;
}

static ym_status plain_char(struct ym_nvd_split *s, char c) {
    if (s->whole && strchr(" \t\r\n", c) == NULL) {
        return YM_MALFORMED;
    }
    switch (c) {
    case '{':
    case '[':
        return open_bracket(s, c) ? YM_OK : YM_MALFORMED;
    case '"':
        s->in_string = true;
        if (s->depth == 1 && !s->is_value) {
            s->key_n = 0;
        }
        return s->depth == 0 ? YM_MALFORMED : YM_OK;
    case ':':
        s->is_value = s->is_value || s->depth == 1;
        return YM_OK;
    case ',':
        s->is_value = s->is_value && s->depth != 1;
        return YM_OK;
    case '\n':
        s->line++;
        return YM_OK;
    default:
        return s->begun || strchr(" \t\r", c) != NULL ? YM_OK : YM_MALFORMED;
    }
}

static ym_status one_char(struct ym_nvd_split *s, char c, struct ym_err *err) {
    bool entry = s->where == IN_ENTRY;

    if (s->in_string) {
        string_char(s, c);
        return !entry || keep(s, c) ? YM_OK : YM_NOMEM;
    }
    if (entry && !keep(s, c)) { /* before its last bracket ends it */
        return YM_NOMEM;
    }
    if (c == '}' || c == ']') {
        return close_bracket(s, c, err);
    }
    YM_TRY(plain_char(s, c));
    return entry || s->where != IN_ENTRY || keep(s, c) ? YM_OK : YM_NOMEM; /* its first bracket */
}

ym_status ym_nvd_split_feed(struct ym_nvd_split *s, const char *bytes, size_t n, const char *file,
                            struct ym_err *err) {
    for (size_t i = 0; i < n; i++) {
        ym_status st = one_char(s, bytes[i], err);

        if (st == YM_OK) {
            continue;
        }
        if (err->code == YM_OK && st == YM_MALFORMED) {
            return ym_fail_at(err, st, MODULE, file, (unsigned)s->line, 0,
                              s->depth == YM_NVD_DEPTH_MAX
                                  ? "objects and lists lie more than 64 deep in one another"
                                  : "this is not JSON of the vulnerability database");
        }
        return ym_fail_at(err, st, MODULE, file, (unsigned)s->line, 0, "no memory for an entry");
    }
    return YM_OK;
}

ym_status ym_nvd_split_end(struct ym_nvd_split *s, const char *file, struct ym_err *err) {
    if (!s->begun) {
        return ym_fail_at(err, YM_MALFORMED, MODULE, file, 0, 0, "is empty");
    }
    if (!s->whole) {
        return ym_fail_at(err, YM_TRUNCATED, MODULE, file, (unsigned)s->line, 0,
                          "the JSON ends before its last bracket: fetch the file again");
    }
    return s->found ? YM_OK
                    : ym_fail_at(err, YM_MALFORMED, MODULE, file, 0, 0,
                                 "has neither `vulnerabilities` (form 2.0) nor `CVE_Items` (1.1)");
}
