/* compiler.c - rule texts to rules, in the caller's process.  See yamori/yamori.h.
 *
 * A compiler goes one way: NEW (flags may be set), OPEN (the parsers and the builder are made by the
 * first text), then BUILT or FAILED, where every call but free is MISUSE.  After a failure the builder
 * may hold half of a file, so nothing is built from it.
 *
 * Files that rules include by path are opened beneath the folder of the file that was added, and
 * their bytes stay until that call returns: the parser is still in the file around them. */
#include "api_int.h"

#include "base/alloc.h"
#include "database/build.h"
#include "os/file.h"
#include "signatures/clamav.h"
#include "signatures/yara.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char module[] = "api/compiler";

enum { MAX_SOURCE = 1 << 30 }; /* bytes of one text */

/* A text that was opened for an include. */
struct opened {
    struct opened *next;
    char *name;
    struct ym_api_bytes bytes;
};

struct yamori_compiler {
    enum { NEW, OPEN, BUILT, FAILED } state;
    unsigned flags;
    yamori_message_fn *message;
    void *message_self;
    yamori_include_fn *include;
    void *include_self;
    struct ym_api_externals externals;
    struct ym_db_builder *builder;
    struct ym_clamav *clamav;
    struct ym_yara *yara;
    /* while a file is added */
    const char *path; /* NULL: it has none, and includes nothing */
    struct opened *opened;
};

struct yamori_compiler *yamori_compiler_new(void) {
    return ym_zalloc(1, sizeof(struct yamori_compiler));
}

static void close_opened(struct yamori_compiler *c) {
    while (c->opened != NULL) {
        struct opened *next = c->opened->next;

        ym_buf_done(&c->opened->bytes.buf);
        ym_free(c->opened->name);
        ym_free(c->opened);
        c->opened = next;
    }
}

void yamori_compiler_free(struct yamori_compiler *c) {
    if (c == NULL) {
        return;
    }
    close_opened(c);
    ym_yara_free(c->yara);
    ym_clamav_free(c->clamav);
    ym_db_builder_free(c->builder);
    ym_api_externals_done(&c->externals);
    ym_free(c);
}

yamori_status yamori_compiler_set_flags(struct yamori_compiler *c, unsigned flags) {
    if (c->state != NEW) {
        return YAMORI_MISUSE;
    }
    c->flags = flags;
    return YAMORI_OK;
}

void yamori_compiler_on_message(struct yamori_compiler *c, yamori_message_fn *fn, void *self) {
    c->message = fn;
    c->message_self = self;
}

void yamori_compiler_on_include(struct yamori_compiler *c, yamori_include_fn *fn, void *self) {
    c->include = fn;
    c->include_self = self;
}

/* ---- External variables ----------------------------------------------------------------------- */

static yamori_status define(struct yamori_compiler *c, const struct ym_external *e) {
    ym_status st;

    if (c->state >= BUILT || e->name == NULL || e->name[0] == '\0' ||
        (e->letter == 't' && e->text == NULL)) {
        return YAMORI_MISUSE;
    }
    st = ym_api_define(&c->externals, e);
    return st == YM_MALFORMED ? YAMORI_MISUSE : ym_api_status(st);
}

yamori_status yamori_compiler_define_int(struct yamori_compiler *c, const char *name,
                                         int64_t value) {
    return define(c, &(struct ym_external){.name = name, .letter = 'i', .i = value});
}

yamori_status yamori_compiler_define_bool(struct yamori_compiler *c, const char *name, bool value) {
    return define(c, &(struct ym_external){.name = name, .letter = 'b', .i = value ? 1 : 0});
}

yamori_status yamori_compiler_define_double(struct yamori_compiler *c, const char *name,
                                            double value) {
    return define(c, &(struct ym_external){.name = name, .letter = 'd', .d = value});
}

yamori_status yamori_compiler_define_text(struct yamori_compiler *c, const char *name,
                                          const char *value) {
    return define(c, &(struct ym_external){.name = name, .letter = 't', .text = value});
}

/* ---- What the parsers ask and say --------------------------------------------------------------- */

static void tell(struct yamori_compiler *c, bool is_error, const char *file, unsigned line,
                 unsigned column, const char *text) {
    if (c->message != NULL) {
        c->message(c->message_self, is_error, file, line, column, text);
    }
}

static void on_warning(void *self, const char *file, unsigned line, unsigned column,
                       const char *text) {
    tell(self, false, file, line, column, text);
}

/* ym_clamav_options.container */
static ym_status on_container(void *self, const struct ym_clamav_container *about) {
    struct yamori_compiler *c = self;

    if (about->signature == YM_CLAMAV_NOT_CHECKED) {
        tell(c, false, about->file, 0, 0, ym_clamav_signature_text(about->signature));
    }
    return ym_db_builder_container(c->builder, about);
}

static ym_status include_by_callback(struct yamori_compiler *c, const char *from, const char *path,
                                     const char **ret_name, const char **ret_text, size_t *ret_n,
                                     struct ym_err *err) {
    const void *text = NULL;
    const yamori_status status = c->include(c->include_self, from, path, ret_name, &text, ret_n);

    if (status != YAMORI_OK) {
        return ym_fail(err, status == YAMORI_NO_MEMORY ? YM_NOMEM : YM_UNSUPPORTED, module,
                       YM_ERR_NO_OFFSET, "cannot include \"%.200s\": %s", path,
                       yamori_status_text(status));
    }
    *ret_text = text == NULL ? "" : text;
    return YM_OK;
}

/* How many bytes of a path are its folder, with the slash. */
static size_t folder_length(const char *path) {
    const char *slash = strrchr(path, '/');

    return slash == NULL ? 0 : (size_t)(slash + 1 - path);
}

static ym_status open_beneath(struct yamori_compiler *c, const char *path, const char *shown,
                              int *ret_fd, struct ym_err *err) {
    const size_t n = folder_length(c->path);
    char *folder = n == 0 ? ym_strdup(".") : ym_strndup(c->path, n);
    ym_status st;
    int root;

    if (folder == NULL) {
        return YM_NOMEM;
    }
    root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    st = root < 0 ? ym_fail_errno(err, module, folder, errno, "cannot open this folder")
                  : ym_file_open_beneath(root, path, shown, ret_fd, err);
    if (root >= 0) {
        (void)close(root);
    }
    ym_free(folder);
    return st;
}

/* Reads the file and keeps it until the call that adds returns. */
static ym_status keep_opened(struct yamori_compiler *c, int fd, const char *shown,
                             struct ym_err *err) {
    struct opened *o = ym_zalloc(1, sizeof(*o));
    ym_status st = o == NULL ? YM_NOMEM : ym_api_read(fd, shown, MAX_SOURCE, &o->bytes, err);

    if (st != YM_OK) {
        ym_free(o);
        return st;
    }
    o->next = c->opened;
    c->opened = o;
    o->name = ym_strdup(shown);
    return o->name == NULL ? YM_NOMEM : o->bytes.too_large ? YM_LIMIT : YM_OK;
}

/* from is c->path, or a name that we made: c->path's folder and a path beneath it. */
static ym_status include_by_path(struct yamori_compiler *c, const char *from, const char *path,
                                 struct ym_err *err) {
    const size_t prefix = folder_length(c->path);
    const size_t n = *path == '/' ? prefix : folder_length(from);
    struct ym_buf shown;
    ym_status st;
    int fd = -1;

    ym_buf_init(&shown, 65536);
    ym_buf_add(&shown, from, n);
    ym_buf_add_text(&shown, path);
    st = ym_buf_status(&shown);
    if (st == YM_OK) {
        st = open_beneath(c, (const char *)shown.data + prefix, (const char *)shown.data, &fd, err);
    }
    if (st == YM_OK) {
        st = keep_opened(c, fd, (const char *)shown.data, err);
        (void)close(fd);
    }
    ym_buf_done(&shown);
    return st;
}

static const char *text_of(const struct ym_buf *b) {
    return b->len == 0 ? "" : (const char *)b->data;
}

/* ym_yara_include_fn */
static ym_status on_include(void *self, const char *from, const char *path, const char **ret_name,
                            const char **ret_text, size_t *ret_n, struct ym_err *err) {
    struct yamori_compiler *c = self;

    if (c->include != NULL) {
        return include_by_callback(c, from, path, ret_name, ret_text, ret_n, err);
    }
    if (c->path == NULL) {
        return ym_fail(err, YM_UNSUPPORTED, module, YM_ERR_NO_OFFSET,
                       "cannot include \"%.200s\": a text without a path includes nothing", path);
    }
    YM_TRY(include_by_path(c, from, path, err));
    *ret_name = c->opened->name;
    *ret_text = text_of(&c->opened->bytes.buf);
    *ret_n = c->opened->bytes.buf.len;
    return YM_OK;
}

/* ---- Adding ----------------------------------------------------------------------------------- */

static ym_status open_compiler(struct yamori_compiler *c) {
    const bool skip_bad = (c->flags & YAMORI_COMPILE_SKIP_BAD) != 0;
    const struct ym_yara_options yo = {.skip_bad = skip_bad,
                                       .include = on_include,
                                       .include_self = c,
                                       .warning = on_warning,
                                       .warning_self = c};
    const struct ym_clamav_options co = {.skip_bad = skip_bad,
                                         .pua = (c->flags & YAMORI_COMPILE_PUA) != 0,
                                         .official = (c->flags & YAMORI_COMPILE_OFFICIAL) != 0,
                                         .container = on_container,
                                         .container_self = c};

    c->state = OPEN;
    c->builder = ym_db_builder_new();
    if (c->builder == NULL) {
        return YM_NOMEM;
    }
    c->yara = ym_yara_new(&yo, ym_db_builder_sink(c->builder));
    c->clamav = ym_clamav_new(&co, ym_db_builder_sink(c->builder));
    return c->yara == NULL || c->clamav == NULL ? YM_NOMEM : YM_OK;
}

static ym_status add(struct yamori_compiler *c, const char *name, const void *text, size_t size,
                     const char *ns, struct ym_err *err) {
    const char *bytes = size == 0 ? "" : text;

    if (c->state == NEW) {
        YM_TRY(open_compiler(c));
    }
    YM_TRY(ym_db_builder_source(c->builder, name));
    if (ym_clamav_classify(name) != YM_CLAMAV_NOT) {
        return ym_clamav_file(c->clamav, name, bytes, size, err);
    }
    ym_yara_set_externals(c->yara, c->externals.rows, c->externals.n);
    return ym_yara_file(c->yara, name, bytes, size, ns == NULL ? "default" : ns, err);
}

/* The end of every call that adds: what went wrong is told, and ends the compiler. */
static yamori_status added(struct yamori_compiler *c, ym_status st, const struct ym_err *err,
                           struct yamori_error *ret_error) {
    if (st == YM_OK) {
        return YAMORI_OK;
    }
    c->state = FAILED;
    tell(c, true, err->file, err->line, err->column,
         err->text[0] != '\0' ? err->text : ym_status_text(st));
    return ym_api_fail(st, err, ret_error);
}

static bool may_add(const struct yamori_compiler *c) {
    return c->state == NEW || c->state == OPEN;
}

static yamori_status out_of_order(struct yamori_error *ret_error) {
    return ym_api_say(YAMORI_MISUSE, "", "this compiler was built, or it failed; make another one",
                      ret_error);
}

yamori_status yamori_compiler_add_text(struct yamori_compiler *c, const char *name,
                                       const void *text, size_t size, const char *ns,
                                       struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};
    ym_status st;

    if (!may_add(c)) {
        return out_of_order(ret_error);
    }
    if (name == NULL || (text == NULL && size > 0)) {
        return ym_api_say(YAMORI_MISUSE, "", "a text needs a name and its bytes", ret_error);
    }
    c->path = NULL;
    st = size > MAX_SOURCE ? YM_LIMIT : add(c, name, text, size, ns, &err);
    close_opened(c);
    return added(c, st, &err, ret_error);
}

/* name: for messages, and the path when the file was added by one. */
static ym_status add_open(struct yamori_compiler *c, int fd, const char *name, const char *ns,
                          struct ym_err *err) {
    struct ym_api_bytes bytes;
    ym_status st;

    YM_TRY(ym_api_read(fd, name, MAX_SOURCE, &bytes, err));
    st = bytes.too_large
             ? ym_fail_at(err, YM_LIMIT, module, name, 0, 0, "larger than %d bytes", MAX_SOURCE)
             : add(c, name, bytes.buf.data, bytes.buf.len, ns, err);
    close_opened(c);
    ym_buf_done(&bytes.buf);
    return st;
}

yamori_status yamori_compiler_add_fd(struct yamori_compiler *c, int fd, const char *name,
                                     const char *ns, struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};

    if (!may_add(c)) {
        return out_of_order(ret_error);
    }
    if (name == NULL) {
        return ym_api_say(YAMORI_MISUSE, "", "a descriptor needs a name", ret_error);
    }
    c->path = NULL;
    return added(c, add_open(c, fd, name, ns, &err), &err, ret_error);
}

yamori_status yamori_compiler_add_file(struct yamori_compiler *c, const char *path, const char *ns,
                                       struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};
    ym_status st;
    int fd = -1;

    if (!may_add(c)) {
        return out_of_order(ret_error);
    }
    st = ym_file_open(AT_FDCWD, path, true, path, &fd, &err);
    if (st == YM_OK) {
        c->path = path;
        st = add_open(c, fd, path, ns, &err);
        c->path = NULL;
        (void)close(fd);
    }
    return added(c, st, &err, ret_error);
}

/* ---- Building --------------------------------------------------------------------------------- */

static ym_status build(struct yamori_compiler *c, struct yamori_rules **ret_rules,
                       struct ym_err *err) {
    ym_status st;
    int fd;

    if (c->state == NEW) { /* nothing was added: rules that find nothing */
        YM_TRY(open_compiler(c));
    }
    c->state = BUILT;
    fd = memfd_create("yamori-rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return ym_fail_errno(err, module, "", errno, "cannot make room for the rules");
    }
    st = ym_db_builder_write(c->builder, fd, err);
    if (st == YM_OK) {
        st = ym_api_rules_of_own_fd(fd, ret_rules, err);
    }
    (void)close(fd);
    return st;
}

yamori_status yamori_compiler_build(struct yamori_compiler *c, struct yamori_rules **ret_rules,
                                    struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};

    if (!may_add(c)) {
        return out_of_order(ret_error);
    }
    return added(c, build(c, ret_rules, &err), &err, ret_error);
}
