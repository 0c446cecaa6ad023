/* define.c - see define.h.  The type of a value is what its text looks like, as yara's -d has it. */
#include "define.h"

#include "base/alloc.h"
#include "cli.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_MODULE_DATA = 256 << 20 };

/* Digits with a minus, or without, all of them. */
static bool is_int(const char *s, int64_t *ret) {
    char *end;

    if (!ym_is_alnum((unsigned char)s[s[0] == '-' ? 1 : 0])) {
        return false;
    }
    errno = 0;
    *ret = strtoll(s, &end, 10);
    return *end == '\0' && errno == 0;
}

/* A digit comes first: ".5" is a text. */
static bool is_double(const char *s, double *ret) {
    char *end;

    if (strspn(s, "-.0123456789") != strlen(s) || strchr(s, '.') == NULL ||
        s[s[0] == '-' ? 1 : 0] == '.') {
        return false;
    }
    *ret = strtod(s, &end);
    return end != s && *end == '\0';
}

static void set_value(struct ym_external *e, const char *value) {
    if (is_int(value, &e->i)) {
        e->letter = 'i';
    } else if (is_double(value, &e->d)) {
        e->letter = 'd';
    } else if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0) {
        e->letter = 'b';
        e->i = value[0] == 't';
    } else {
        e->letter = 't';
        e->text = value;
    }
}

static bool is_name(const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!(ym_is_alpha((unsigned char)s[i]) || s[i] == '_' ||
              (i > 0 && ym_is_alnum((unsigned char)s[i])))) {
            return false;
        }
    }
    return n > 0 && n <= 128;
}

static bool is_defined(const struct ym_defines *d, const char *name, size_t n) {
    for (size_t i = 0; i < d->n; i++) {
        if (strlen(d->names[i]) == n && memcmp(d->names[i], name, n) == 0) {
            return true;
        }
    }
    return false;
}

bool ym_defines_add(struct ym_defines *d, const char *command, const char *text) {
    const char *eq = strchr(text, '=');
    struct ym_external e = {.letter = 't'};
    char *copy;

    if (eq == NULL || !is_name(text, (size_t)(eq - text))) {
        (void)ym_cli_usage_error(command, "-D %s: want NAME=VALUE", text);
        return false;
    }
    if (is_defined(d, text, (size_t)(eq - text))) {
        (void)ym_cli_usage_error(command, "-D %s: defined before", text);
        return false;
    }
    if (d->n == YM_MAX_DEFINES) {
        (void)ym_cli_usage_error(command, "more than %d -D options", YM_MAX_DEFINES);
        return false;
    }
    copy = ym_strdup(text);
    if (copy == NULL) {
        (void)ym_cli_usage_error(command, "out of memory");
        return false;
    }
    copy[eq - text] = '\0';
    e.name = copy;
    set_value(&e, copy + (eq - text) + 1);
    d->names[d->n] = copy;
    d->rows[d->n++] = e;
    return true;
}

static bool read_report(struct ym_defines *d, const char *path) {
    struct ym_err err = {.code = YM_OK};
    struct ym_file_map map;
    ym_status st;
    int fd;

    st = ym_file_open(AT_FDCWD, path, true, path, &fd, &err);
    if (st == YM_OK) {
        st = ym_file_map(fd, path, &map, &err);
        (void)close(fd);
    }
    if (st == YM_OK && map.size > MAX_MODULE_DATA) {
        ym_file_unmap(&map);
        st = ym_fail_at(&err, YM_LIMIT, "define", path, 0, 0, "larger than %d bytes",
                        MAX_MODULE_DATA);
    }
    if (st != YM_OK) {
        (void)ym_cli_error(&err);
        return false;
    }
    d->cuckoo = ym_malloc(map.size + 1);
    if (d->cuckoo != NULL && map.size > 0) {
        memcpy(d->cuckoo, map.data, map.size);
    }
    d->cuckoo_size = map.size;
    ym_file_unmap(&map);
    return d->cuckoo != NULL;
}

bool ym_defines_module(struct ym_defines *d, const char *command, const char *text) {
    static const char cuckoo[] = "cuckoo=";

    if (strncmp(text, cuckoo, sizeof(cuckoo) - 1) != 0) {
        (void)ym_cli_usage_error(command, "--module-data %s: want cuckoo=FILE", text);
        return false;
    }
    ym_free(d->cuckoo);
    d->cuckoo = NULL;
    return read_report(d, text + sizeof(cuckoo) - 1);
}

void ym_defines_done(struct ym_defines *d) {
    while (d->n > 0) {
        ym_free(d->names[--d->n]);
    }
    ym_free(d->cuckoo);
    *d = (struct ym_defines){.n = 0};
}
