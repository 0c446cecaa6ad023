/* db_test.c - `yamori db test`: one signature (or a file of a few) against a file, and why.
 *
 * The signature is compiled in the same sandboxed process as ever; looking: trace.c. */
#include "db.h"

#include "base/alloc.h"
#include "base/text.h"
#include "cli.h"
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char module[] = "db test";

struct test {
    const char *type; /* --type, without its dot, or NULL */
    const char *signature;
};

/* ---- What kind of line is it? -------------------------------------------------------------------- */

static bool is_hash(const char *s, size_t n) {
    if (n != 32 && n != 40 && n != 64) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (ym_hex_digit(s[i]) < 0) {
            return false;
        }
    }
    return true;
}

static unsigned count_of(const char *s, char c) {
    unsigned n = 0;

    for (; *s != '\0'; s++) {
        n += *s == c;
    }
    return n;
}

/* By its shape; NULL: it has none of those. */
static const char *guess_type(const char *line) {
    const char *colon = strchr(line, ':');
    const char *second = colon == NULL ? NULL : strchr(colon + 1, ':');

    if (count_of(line, ';') >= 3 && strstr(line, "Target:") != NULL) {
        return "ldb";
    }
    if (strstr(line, "rule ") != NULL && strchr(line, '{') != NULL) {
        return "yar";
    }
    if (colon != NULL && is_hash(line, (size_t)(colon - line))) {
        return "hdb";
    }
    if (second != NULL && is_hash(colon + 1, (size_t)(second - colon - 1))) {
        return "mdb";
    }
    if (count_of(line, ':') >= 9) {
        return "cdb";
    }
    if (count_of(line, ':') >= 3) {
        return "ndb";
    }
    return colon == NULL && strchr(line, '=') != NULL ? "db" : NULL;
}

/* The same bytes of an extended signature at any place in an object of any type: tells a wrong
 * pattern from a wrong place. */
static void add_anywhere(const char *line, struct ym_buf *out) {
    struct ym_fields f;
    struct ym_str name;
    struct ym_str target;
    struct ym_str offset;
    struct ym_str hex;

    ym_fields_init(&f, line, strlen(line), ':');
    if (ym_fields_next(&f, &name) && ym_fields_next(&f, &target) && ym_fields_next(&f, &offset) &&
        ym_fields_next(&f, &hex) && (offset.n != 1 || offset.s[0] != '*' || target.s[0] != '0') &&
        memchr(offset.s, '$', offset.n) == NULL) {
        ym_buf_printf(out, "\n%.*s(anywhere):0:*:%.*s", (int)name.n, name.s, (int)hex.n, hex.s);
    }
}

static ym_status add_line(struct ym_sources *s, const struct test *t, struct ym_err *err) {
    const char *type = t->type != NULL ? t->type : guess_type(t->signature);
    char name[64];
    struct ym_buf text;
    ym_status st;

    if (type == NULL) {
        return ym_fail(err, YM_UNSUPPORTED, module, YM_ERR_NO_OFFSET,
                       "neither a file nor a line whose type can be told; say it with --type ndb");
    }
    (void)snprintf(name, sizeof(name), "signature.%.40s", type);
    ym_buf_init(&text, 1 << 20);
    ym_buf_add_text(&text, t->signature);
    if (strcmp(type, "ndb") == 0) {
        add_anywhere(t->signature, &text);
    }
    st = ym_buf_status(&text);
    if (st == YM_OK) {
        st = ym_sources_add_text(s, name, (const char *)text.data, err);
    }
    ym_buf_done(&text);
    return st;
}

/* ---- Compiling and looking ------------------------------------------------------------------------ */

static ym_status compile(const struct test *t, struct ym_db **ret_db, struct ym_err *err) {
    const struct ym_load_options o = {.pua = true, .official = true};
    struct ym_sources s = {.rows = NULL};
    struct stat sb;
    ym_status st;
    int fd;

    st = t->type == NULL && stat(t->signature, &sb) == 0 ? ym_sources_add(&s, t->signature, err)
                                                         : add_line(&s, t, err);
    if (st == YM_OK && ym_sources_have(&s, true)) {
        st = ym_fail_at(err, YM_UNSUPPORTED, module, t->signature, 0, 0,
                        "an image; give the signature itself");
    }
    fd = st == YM_OK ? memfd_create("yamori-signature", MFD_CLOEXEC) : -1;
    if (st == YM_OK && fd < 0) {
        st = ym_fail_errno(err, module, "", errno, "cannot make room for the signature");
    }
    if (st == YM_OK) {
        st = ym_sources_compile(&s, fd, &o, err);
    }
    if (st == YM_OK) {
        st = ym_db_open_fd(fd, "the signature", ret_db, err);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    ym_sources_done(&s);
    return st;
}

int ym_cmd_db_test(int argc, char **argv) {
    struct test t = {.type = NULL};
    struct ym_trace_job job = {.rule = NULL};
    struct ym_err err = {.code = YM_OK};
    struct ym_db *db = NULL;
    int at = 1;
    ym_status st;

    if (argc > 2 && strcmp(argv[1], "--type") == 0) {
        t.type = *argv[2] == '.' ? argv[2] + 1 : argv[2];
        at = 3;
    }
    if (argc < at + 2 || strncmp(argv[at], "--", 2) == 0) {
        return ym_cli_usage_error("db",
                                  "usage: yamori db test [--type EXT] SIGNATURE|FILE FILE...");
    }
    t.signature = argv[at];
    job.files = argv + at + 1;
    job.n_files = (size_t)(argc - at - 1);
    st = compile(&t, &db, &err);
    if (st == YM_OK) {
        job.db = db;
        st = ym_trace_files(&job, &err);
    }
    ym_db_close(db);
    return st == YM_OK ? ym_trace_exit(&job) : ym_cli_error(&err);
}
