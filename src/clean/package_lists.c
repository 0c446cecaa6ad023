/* package_lists.c - lines of the package managers' databases.  See clean/packages.h. */
#include "clean/packages.h"

#include "base/text.h"

#include <string.h>

enum {
    MD5 = 16,
    MD5_DIGITS = 32,
    MD5_PATH = 34,
    SHA1 = 20,
    SHA256 = 32,
    LINE_MAX_BYTES = YM_PACKAGE_PATH_MAX + 64
};

/* The next line, without its end, as a text of ours.  False at the end of the text.  A line that is too
 * long or has a NUL in it is given as an empty one with *ret_bad. */
static bool next_line(struct ym_reader *r, char line[LINE_MAX_BYTES + 1], size_t *ret_n,
                      bool *ret_bad) {
    const size_t left = ym_reader_left(r);
    const uint8_t *p = left == 0 ? NULL : ym_get_view(r, left);
    const uint8_t *end = p == NULL ? NULL : memchr(p, '\n', left);
    const size_t n = end == NULL ? left : (size_t)(end - p);

    if (p == NULL) {
        return false;
    }
    ym_seek(r, r->pos - left + n + (end == NULL ? 0 : 1));
    *ret_bad = n > LINE_MAX_BYTES || memchr(p, 0, n) != NULL;
    *ret_n = *ret_bad ? 0 : n;
    memcpy(line, p, *ret_n);
    line[*ret_n] = '\0';
    return true;
}

/* Into a path of the volume: no '/' at its start, nothing empty. */
static const char *relative(const char *path) {
    path += strncmp(path, "./", 2) == 0 ? 2 : 0;
    while (*path == '/') {
        path++;
    }
    return path;
}

static bool path_ok(const char *path) {
    return path[0] != '\0' && strlen(path) <= YM_PACKAGE_PATH_MAX;
}

/* --- dpkg -------------------------------------------------------------------------------------- */

static bool md5sums_line(const char *line, size_t n, struct ym_package_file *f) {
    if (n <= MD5_PATH || !ym_hex_decode(line, MD5, f->digest) || line[MD5_DIGITS] != ' ' ||
        (line[MD5_DIGITS + 1] != ' ' && line[MD5_DIGITS + 1] != '*')) {
        return false;
    }
    f->digest_n = MD5;
    f->path = relative(line + MD5_PATH);
    return path_ok(f->path);
}

ym_status ym_package_md5sums(struct ym_reader whole, const char *package, ym_package_file_fn *fn,
                             void *ctx, size_t *ret_bad) {
    char line[LINE_MAX_BYTES + 1];
    size_t bad = 0;
    bool odd = false;
    size_t n;

    while (next_line(&whole, line, &n, &odd)) {
        struct ym_package_file f = {.package = package};

        if (n == 0 && !odd) {
            continue;
        }
        if (odd || !md5sums_line(line, n, &f)) {
            bad++;
            continue;
        }
        YM_TRY(fn(ctx, &f));
    }
    *ret_bad = bad;
    return YM_OK;
}

ym_status ym_package_list(struct ym_reader whole, const char *package, ym_package_file_fn *fn,
                          void *ctx, size_t *ret_bad) {
    char line[LINE_MAX_BYTES + 1];
    size_t bad = 0;
    bool odd = false;
    size_t n;

    while (next_line(&whole, line, &n, &odd)) {
        struct ym_package_file f = {.package = package, .path = relative(line)};

        if (odd || (n > 0 && line[0] != '/')) {
            bad++;
        } else if (path_ok(f.path)) { /* not "/." nor the root itself */
            YM_TRY(fn(ctx, &f));
        }
    }
    *ret_bad = bad;
    return YM_OK;
}

ym_status ym_package_diversions(struct ym_reader whole, ym_package_diversion_fn *fn, void *ctx,
                                size_t *ret_bad) {
    char lines[3][LINE_MAX_BYTES + 1];
    size_t bad = 0;
    size_t n;
    bool odd[3] = {false};

    while (next_line(&whole, lines[0], &n, &odd[0])) {
        struct ym_package_diversion d;

        if (!next_line(&whole, lines[1], &n, &odd[1]) ||
            !next_line(&whole, lines[2], &n, &odd[2])) {
            bad++;
            break;
        }
        d.from = relative(lines[0]);
        d.to = relative(lines[1]);
        d.package = strcmp(lines[2], ":") == 0 ? "" : lines[2];
        if (odd[0] || odd[1] || odd[2] || !path_ok(d.from) || !path_ok(d.to) ||
            lines[2][0] == '\0') {
            bad++;
            continue;
        }
        YM_TRY(fn(ctx, &d));
    }
    *ret_bad = bad;
    return YM_OK;
}

/* --- apk --------------------------------------------------------------------------------------- */

static int base64_value(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c == '\0' ? NULL : strchr(digits, c);

    return at == NULL ? -1 : (int)(at - digits);
}

/* n bytes from base64 with its padding, and nothing after it. */
static bool base64_decode(const char *text, size_t n, uint8_t *out) {
    uint32_t bits = 0;
    unsigned have = 0;
    size_t done = 0;

    for (; done < n; text++) {
        int v = base64_value(*text);

        if (v < 0) {
            return false;
        }
        bits = (bits << 6 | (uint32_t)v) & 0xffffU;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[done++] = (uint8_t)(bits >> have);
        }
    }
    return strcmp(text, n % 3 == 0 ? "" : n % 3 == 1 ? "==" : "=") == 0;
}

/* "Q1" and a SHA-1, "Q2" and a SHA-256. */
static bool apk_digest(const char *text, struct ym_package_file *f) {
    const size_t n = strncmp(text, "Q1", 2) == 0 ? SHA1 : strncmp(text, "Q2", 2) == 0 ? SHA256 : 0;

    if (n == 0 || !base64_decode(text + 2, n, f->digest)) {
        return false;
    }
    f->digest_n = n;
    return true;
}

struct apk {
    char package[YM_PACKAGE_PATH_MAX + 1];
    char folder[YM_PACKAGE_PATH_MAX + 1];
    char path[2 * YM_PACKAGE_PATH_MAX + 2]; /* of the file that was named last; "": none yet */
    ym_package_file_fn *fn;
    void *ctx;
};

/* The file named last, which is complete when the next line that is not its own comes. */
static ym_status apk_flush(struct apk *a, struct ym_package_file *f) {
    struct ym_package_file done = *f;

    done.package = a->package;
    done.path = relative(a->path);
    *f = (struct ym_package_file){.package = ""};
    if (a->path[0] == '\0' || !path_ok(done.path)) {
        return YM_OK;
    }
    return a->fn(a->ctx, &done);
}

static void copy_text(char *to, const char *from) {
    memcpy(to, from, strlen(from) + 1);
}

static void join(struct apk *a, const char *leaf) {
    const size_t n = strlen(a->folder);

    copy_text(a->path, a->folder);
    a->path[n] = '/';
    copy_text(a->path + n + (n == 0 ? 0 : 1), leaf);
}

/* Lines of other kinds say nothing of files. */
static ym_status apk_line(struct apk *a, char key, const char *value, struct ym_package_file *f,
                          size_t *bad) {
    if (key == 'Z') {
        *bad += apk_digest(value, f) ? 0U : 1U;
        return YM_OK;
    }
    if (key != 'P' && key != 'F' && key != 'R') {
        return YM_OK;
    }
    YM_TRY(apk_flush(a, f));
    a->path[0] = '\0';
    if (strlen(value) > YM_PACKAGE_PATH_MAX) {
        (*bad)++;
    } else if (key == 'R') {
        join(a, value);
    } else {
        copy_text(key == 'P' ? a->package : a->folder, value);
    }
    return YM_OK;
}

ym_status ym_package_apk(struct ym_reader whole, ym_package_file_fn *fn, void *ctx,
                         size_t *ret_bad) {
    struct apk a = {.fn = fn, .ctx = ctx};
    struct ym_package_file f = {.package = ""};
    char line[LINE_MAX_BYTES + 1];
    size_t bad = 0;
    bool odd = false;
    size_t n;

    while (next_line(&whole, line, &n, &odd)) {
        if (odd || (n > 0 && (n < 2 || line[1] != ':'))) {
            bad++;
        } else if (n > 0) {
            YM_TRY(apk_line(&a, line[0], line + 2, &f, &bad));
        }
    }
    YM_TRY(apk_flush(&a, &f));
    *ret_bad = bad;
    return YM_OK;
}
