/* compile.c - rule texts to an image, in a process that can touch nothing else.  See load.h.
 *
 *     parent                                    compiler (os/sandbox.h, profile COMPILER)
 *     ------                                    --------
 *                                          <--  OPEN {source, path beneath its folder}
 *     FILE {why not, or nothing} + fd      -->
 *                                          <--  WARNING {text}
 *                                          <--  FINDING, RULE, PATTERN (watch.h; when watched)
 *                                          <--  DONE, or FAILED {error}
 *
 * The compiler has no file system at all, with or without Landlock; the parent decides what is
 * opened and never reads it.  The image that comes out was written by a process that hostile
 * texts may own: the parent opens it with the same checks as any other. */
#include "load.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli.h"
#include "database/build.h"
#include "os/file.h"
#include "os/msg.h"
#include "os/process.h"
#include "os/sandbox.h"
#include "signatures/clamav.h"
#include "signatures/yara.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char module[] = "compiler";
static const char installed_keys[] = "/etc/yamori/cvd.key";

enum { MSG_FILE, MSG_OPEN, MSG_WARNING, MSG_FAILED, MSG_DONE, MSG_WATCH };
enum { STATE_PLAIN = 1, STATE_WATCHED = 2, STATE_ANY = 3 };
enum {
    MAX_RELATIVE = 4096,
    MAX_TEXT = 4096,
    MAX_INCLUDES = 4096,  /* files that one source may pull in, all in all */
    MAX_MEMORY_SHIFT = 33 /* 8 GiB */
};

static const struct ym_msg_rule compiler_rules[] = {
    [MSG_FILE] = {1, MAX_TEXT, YM_MSG_MAY_FD},
};
static const struct ym_msg_rule parent_rules[] = {
    [MSG_FILE] = {0, 0, YM_MSG_NO_FD},
    [MSG_OPEN] = {STATE_ANY, 4 + MAX_RELATIVE, YM_MSG_NO_FD},
    [MSG_WARNING] = {STATE_ANY, MAX_TEXT, YM_MSG_NO_FD},
    [MSG_FAILED] = {STATE_ANY, MAX_TEXT, YM_MSG_NO_FD},
    [MSG_DONE] = {STATE_ANY, 0, YM_MSG_NO_FD},
    [MSG_WATCH + YM_WATCH_FINDING] = {STATE_WATCHED, YM_WATCH_MAX_BODY, YM_MSG_NO_FD},
    [MSG_WATCH + YM_WATCH_RULE] = {STATE_WATCHED, YM_WATCH_MAX_BODY, YM_MSG_NO_FD},
    [MSG_WATCH + YM_WATCH_PATTERN] = {STATE_WATCHED, YM_WATCH_MAX_BODY, YM_MSG_NO_FD},
};

/* ---- Errors as messages ------------------------------------------------------------------------ */

void ym_load_put_err(const struct ym_err *err, struct ym_buf *out) {
    ym_buf_u32le(out, (uint32_t)err->code);
    ym_buf_u32le(out, (uint32_t)err->sys_errno);
    ym_buf_u64le(out, err->offset);
    ym_buf_u32le(out, err->line);
    ym_buf_u32le(out, err->column);
    ym_buf_add(out, err->file, sizeof(err->file));
    ym_buf_add(out, err->text, sizeof(err->text));
}

ym_status ym_load_get_err(struct ym_reader *in, struct ym_err *err) {
    struct ym_err e = {.module = module};
    uint32_t code = ym_get_u32le(in);
    const uint8_t *file;
    const uint8_t *text;

    e.sys_errno = (int)ym_get_u32le(in);
    e.offset = ym_get_u64le(in);
    e.line = ym_get_u32le(in);
    e.column = ym_get_u32le(in);
    file = ym_get_view(in, sizeof(e.file));
    text = ym_get_view(in, sizeof(e.text));
    YM_TRY(ym_reader_status(in));
    if (code == YM_OK || code >= YM_STATUS_COUNT || ym_reader_left(in) != 0) {
        return YM_MALFORMED;
    }
    e.code = (ym_status)code;
    memcpy(e.file, file, sizeof(e.file) - 1);
    memcpy(e.text, text, sizeof(e.text) - 1);
    *err = e;
    return YM_OK;
}

/* ---- In the compiler ----------------------------------------------------------------------------- */

struct compiler {
    const struct ym_sources *sources;
    const struct ym_load_options *o;
    int out_fd;
    const char *keys_name; /* "": no key file */
    struct ym_file_map keys_text;
    struct ym_clamav_keys *keys;
    struct ym_channel channel;
    struct ym_db_builder *builder;
    struct ym_clamav *clamav;
    struct ym_yara *yara;
    bool single; /* one YARA source: it keeps YARA's default name space */
    size_t at;   /* the source at hand, for its includes */
    struct ym_file_map maps[MAX_INCLUDES];
    char *names[MAX_INCLUDES];
    size_t n_open;
    struct {
        size_t file, offset;
        unsigned line; /* 0: nowhere yet */
    } place;           /* of source_line() */
};

/* Asks the parent for a file; rel "" is the source itself. */
static ym_status ask(struct compiler *c, const char *rel, const char *shown, int *ret_fd,
                     struct ym_err *err) {
    struct ym_msg msg = {.fd = -1};
    struct ym_buf b;
    bool none;
    ym_status st;

    ym_buf_init(&b, 4 + MAX_RELATIVE);
    ym_buf_u32le(&b, (uint32_t)c->at);
    ym_buf_add_text(&b, rel);
    st = ym_buf_status(&b);
    if (st == YM_OK) {
        st = ym_channel_send(&c->channel, MSG_OPEN, b.data, b.len, -1, err);
    }
    if (st == YM_OK) {
        st = ym_channel_receive(&c->channel, true, &msg, &none, err);
    }
    ym_buf_done(&b);
    if (st != YM_OK) {
        return ym_fail_at(err, st, module, shown, 0, 0, "cannot be asked for");
    }
    if (msg.fd < 0) {
        size_t n = ym_reader_left(&msg.body);
        const uint8_t *text = ym_get_view(&msg.body, n);

        return ym_fail_at(err, YM_IO, module, shown, 0, 0, "%.*s", (int)n,
                          text == NULL ? "cannot be opened" : (const char *)text);
    }
    *ret_fd = msg.fd;
    return YM_OK;
}

/* Opens and maps; the mapping stays until close_files(). */
static ym_status open_text(struct compiler *c, const char *rel, const char *shown,
                           const struct ym_file_map **ret_map, struct ym_err *err) {
    struct ym_file_map *m = &c->maps[c->n_open];
    int fd;
    ym_status st;

    if (c->n_open == MAX_INCLUDES) {
        return ym_fail_at(err, YM_LIMIT, module, shown, 0, 0, "more than %d included files",
                          MAX_INCLUDES - 1);
    }
    YM_TRY(ask(c, rel, shown, &fd, err));
    c->names[c->n_open] = ym_strdup(shown);
    st = c->names[c->n_open] == NULL
             ? ym_fail_at(err, YM_NOMEM, module, shown, 0, 0, "out of memory")
             : ym_file_map(fd, shown, m, err);
    (void)close(fd);
    if (st != YM_OK) {
        ym_free(c->names[c->n_open]);
        return st;
    }
    c->n_open++;
    *ret_map = m;
    return YM_OK;
}

static void close_files(struct compiler *c) {
    c->place.line = 0;
    while (c->n_open > 0) {
        c->n_open--;
        ym_file_unmap(&c->maps[c->n_open]);
        ym_free(c->names[c->n_open]);
    }
}

static const char *text_of(const struct ym_file_map *m) {
    return m->size == 0 ? "" : (const char *)m->data;
}

/* ym_yara_include_fn.  `from` is the source's own name, or one that we made: the source's folder
 * as the user wrote it and the path beneath it. */
static ym_status on_include(void *self, const char *from, const char *path, const char **ret_name,
                            const char **ret_text, size_t *ret_n, struct ym_err *err) {
    struct compiler *c = self;
    const struct ym_source *s = &c->sources->rows[c->at];
    size_t prefix = strlen(s->shown) - strlen(s->leaf);
    const char *slash = strrchr(from + prefix, '/');
    const struct ym_file_map *map;
    struct ym_buf shown;
    ym_status st;

    ym_buf_init(&shown, MAX_RELATIVE);
    ym_buf_add(&shown, s->shown, prefix);
    if (slash != NULL && *path != '/') {
        ym_buf_add(&shown, from + prefix, (size_t)(slash + 1 - (from + prefix)));
    }
    ym_buf_add_text(&shown, path);
    st = ym_buf_status(&shown);
    if (st == YM_OK) {
        const char *name = (const char *)shown.data;

        st = open_text(c, name + prefix, name, &map, err);
    }
    ym_buf_done(&shown);
    if (st == YM_OK) {
        *ret_name = c->names[c->n_open - 1];
        *ret_text = text_of(map);
        *ret_n = map->size;
    }
    return st;
}

/* Whatever does not fit into a message is not worth a failure. */
static void warn(struct compiler *c, const struct ym_buf *text) {
    if (ym_buf_status(text) == YM_OK) {
        (void)!ym_channel_send(&c->channel, MSG_WARNING, text->data, text->len, -1, NULL);
    }
}

/* ym_clamav_options.container */
static ym_status on_container(void *self, const struct ym_clamav_container *about) {
    struct compiler *c = self;
    struct ym_buf b;

    if (about->signature == YM_CLAMAV_NOT_CHECKED) {
        ym_buf_init(&b, MAX_TEXT);
        ym_buf_printf(&b, "%s: version %u of %.*s: %s", about->file, about->version,
                      (int)about->time.n, about->time.s,
                      ym_clamav_signature_text(about->signature));
        warn(c, &b);
        ym_buf_done(&b);
    }
    return ym_db_builder_container(c->builder, about);
}

/* Where a line of an open file begins, from the place that was asked for last, if it lies behind that:
 * strings come in their order, and a file may have a million of them. */
static size_t line_start(struct compiler *c, size_t file, unsigned line) {
    const char *s = (const char *)c->maps[file].data;
    const size_t size = c->maps[file].size;
    const char *next = s;

    if (c->place.file != file || c->place.line == 0 || c->place.line > line) {
        c->place.line = 1;
        c->place.offset = 0;
        c->place.file = file;
    }
    for (; c->place.line < line && next != NULL; c->place.line++) {
        next = memchr(s + c->place.offset, '\n', size - c->place.offset);
        c->place.offset = next == NULL ? size : (size_t)(next + 1 - s);
    }
    return c->place.offset;
}

/* The line of an open file; the caller's to free. */
static char *source_line(struct compiler *c, const char *file, unsigned line) {
    const char *s;
    const char *end;
    size_t at;
    size_t n;
    size_t i = c->n_open;

    while (i > 0 && (strcmp(c->names[i - 1], file) != 0 || c->maps[i - 1].size == 0)) {
        i--;
    }
    if (i == 0 || line == 0) {
        return ym_strdup("");
    }
    at = line_start(c, i - 1, line);
    s = (const char *)c->maps[i - 1].data + at;
    n = c->maps[i - 1].size - at;
    end = memchr(s, '\n', n);
    n = end == NULL ? n : (size_t)(end - s);
    return ym_strndup(s, n > 0 && s[n - 1] == '\r' ? n - 1 : n);
}

static ym_status send_watched(struct compiler *c, ym_watch_message kind, struct ym_buf *b) {
    ym_status st = ym_buf_status(b);

    if (st == YM_OK) {
        st = ym_channel_send(&c->channel, MSG_WATCH + (unsigned)kind, b->data, b->len, -1, NULL);
    }
    ym_buf_done(b);
    return st;
}

static void send_finding(struct compiler *c, bool error, const char *file, unsigned line,
                         unsigned column, const char *text) {
    char *source = source_line(c, file, line);
    struct ym_buf b;

    ym_buf_init(&b, YM_WATCH_MAX_BODY);
    ym_watch_put_finding(&b, &(struct ym_finding){.error = error,
                                                  .line = line,
                                                  .column = column,
                                                  .file = (char *)(uintptr_t)file,
                                                  .text = (char *)(uintptr_t)text,
                                                  .source = source});
    (void)!send_watched(c, YM_WATCH_FINDING, &b);
    ym_free(source);
}

static void on_error(void *self, const struct ym_err *err) {
    send_finding(self, true, err->file, err->line, err->column, err->text);
}

/* ym_plan_fn */
static ym_status on_plan(void *self, const struct ym_plan_rule *rule) {
    struct compiler *c = self;
    struct ym_buf b;
    ym_status st;

    ym_buf_init(&b, YM_WATCH_MAX_BODY);
    ym_watch_put_rule(&b, rule);
    st = send_watched(c, YM_WATCH_RULE, &b);
    for (uint32_t i = 0; i < rule->n_patterns && st == YM_OK; i++) {
        char *source = source_line(c, rule->file, rule->patterns[i].line);

        ym_buf_init(&b, YM_WATCH_MAX_BODY);
        ym_watch_put_pattern(&b, &rule->patterns[i], source);
        st = send_watched(c, YM_WATCH_PATTERN, &b);
        ym_free(source);
    }
    return st;
}

static void on_warning(void *self, const char *file, unsigned line, unsigned column,
                       const char *text) {
    struct compiler *c = self;
    struct ym_buf b;

    if (c->o->watch != NULL) {
        send_finding(c, false, file, line, column, text);
        return;
    }
    if (!c->o->verbose) {
        return;
    }
    ym_buf_init(&b, MAX_TEXT);
    ym_buf_printf(&b, "%s:%u:%u: %s", file, line, column, text);
    warn(c, &b);
    ym_buf_done(&b);
}

static ym_status container_version(struct compiler *c, size_t at, uint32_t *ret_version,
                                   bool *ret_known, struct ym_err *err) {
    const struct ym_file_map *map;

    c->at = at;
    YM_TRY(open_text(c, "", c->sources->rows[at].shown, &map, err));
    *ret_known = ym_clamav_container_version(map->data, map->size, ret_version);
    close_files(c);
    return YM_OK;
}

static bool other_daily(const struct compiler *c, size_t at, size_t *ret_other) {
    const struct ym_source *s = &c->sources->rows[at];
    const bool cld = strcmp(s->leaf, "daily.cld") == 0;

    if (!cld && strcmp(s->leaf, "daily.cvd") != 0) {
        return false;
    }
    for (size_t i = 0; i < c->sources->n; i++) {
        const struct ym_source *t = &c->sources->rows[i];

        if (strcmp(t->leaf, cld ? "daily.cvd" : "daily.cld") == 0 &&
            strcmp(t->root, s->root) == 0) {
            *ret_other = i;
            return true;
        }
    }
    return false;
}

/* Of daily.cld and daily.cvd in one folder the newer is loaded, the former if they are equal. */
static ym_status is_superseded(struct compiler *c, size_t at, bool *ret, struct ym_err *err) {
    const bool cld = strcmp(c->sources->rows[at].leaf, "daily.cld") == 0;
    uint32_t mine = 0;
    uint32_t others = 0;
    bool known[2];
    size_t other;

    *ret = false;
    if (other_daily(c, at, &other)) {
        YM_TRY(container_version(c, at, &mine, &known[0], err));
        YM_TRY(container_version(c, other, &others, &known[1], err));
        *ret = known[0] && known[1] && (cld ? others > mine : others >= mine);
    }
    return YM_OK;
}

static ym_status load_one(struct compiler *c, size_t at, struct ym_err *err) {
    const struct ym_source *s = &c->sources->rows[at];
    const struct ym_file_map *map;
    bool superseded;
    ym_status st;

    YM_TRY(is_superseded(c, at, &superseded, err));
    c->at = at;
    YM_TRY(ym_db_builder_source(c->builder, s->shown));
    if (superseded) {
        const struct ym_sink *sink = ym_db_builder_sink(c->builder);

        return sink->left_out(sink->self, s->shown, 0, "a daily container older than the other");
    }
    YM_TRY(open_text(c, "", s->shown, &map, err));
    if (s->kind == YM_SOURCE_YARA) {
        st = ym_yara_file(c->yara, s->shown, text_of(map), map->size, c->single ? "default" : s->ns,
                          err);
    } else {
        st = ym_clamav_file(c->clamav, s->shown, text_of(map), map->size, err);
    }
    close_files(c);
    return st;
}

static ym_status load_kind(struct compiler *c, ym_source_kind kind, unsigned rank,
                           struct ym_err *err) {
    for (size_t i = 0; i < c->sources->n; i++) {
        const struct ym_source *s = &c->sources->rows[i];

        if (s->kind == kind && (kind == YM_SOURCE_YARA || ym_clamav_rank(s->leaf) == rank)) {
            YM_TRY(load_one(c, i, err));
        }
    }
    return YM_OK;
}

static ym_status compile(struct compiler *c, struct ym_err *err) {
    struct ym_clamav_options co = {.skip_bad = c->o->skip_bad,
                                   .pua = c->o->pua,
                                   .pua_categories = c->o->pua_categories,
                                   .n_pua_categories = c->o->n_pua_categories,
                                   .pua_excluded = c->o->pua_excluded,
                                   .official = c->o->official,
                                   .container = on_container,
                                   .container_self = c};
    const bool watched = c->o->watch != NULL;
    const struct ym_yara_options yo = {.skip_bad = c->o->skip_bad || watched,
                                       .lint = watched,
                                       .error = watched ? on_error : NULL,
                                       .error_self = c,
                                       .include = on_include,
                                       .include_self = c,
                                       .warning = on_warning,
                                       .warning_self = c,
                                       .externals = c->o->externals,
                                       .n_externals = c->o->n_externals};
    const struct ym_sink *sink;

    c->builder = ym_db_builder_new();
    if (c->builder == NULL) {
        return YM_NOMEM;
    }
    ym_db_builder_epoch(c->builder, c->o->epoch);
    if (watched) {
        ym_db_builder_watch(c->builder, on_plan, c);
    }
    if (*c->keys_name != '\0') {
        YM_TRY(ym_clamav_keys_parse(c->keys_name, text_of(&c->keys_text), c->keys_text.size,
                                    &c->keys, err));
        co.keys = c->keys;
    }
    sink = ym_db_builder_sink(c->builder);
    c->clamav = ym_clamav_new(&co, sink);
    c->yara = ym_yara_new(&yo, sink);
    if (c->clamav == NULL || c->yara == NULL) {
        return YM_NOMEM;
    }
    for (unsigned rank = 0; rank < YM_CLAMAV_RANKS; rank++) {
        YM_TRY(load_kind(c, YM_SOURCE_CLAMAV, rank, err));
    }
    YM_TRY(load_kind(c, YM_SOURCE_YARA, 0, err));
    return ym_db_builder_write(c->builder, c->out_fd, err);
}

/* ym_process_fn.  What is allocated goes with the process. */
static int run_compiler(void *self, int channel_fd, bool namespaces) {
    struct compiler *c = self;
    const struct ym_sandbox_options so = {.profile = YM_SANDBOX_COMPILER,
                                          .max_memory = UINT64_C(1) << MAX_MEMORY_SHIFT,
                                          .channel_fd = channel_fd,
                                          .out_fd = c->out_fd,
                                          .namespaces = namespaces};
    struct ym_err err = {.code = YM_OK};
    struct ym_buf b;
    unsigned layers;
    ym_status st;

    ym_channel_init(&c->channel, channel_fd, compiler_rules, 1);
    c->channel.state = 1;
    st = ym_sandbox_enter(&so, &layers, &err);
    if (st == YM_OK) {
        st = compile(c, &err);
    }
    if (st == YM_OK) {
        return ym_channel_send(&c->channel, MSG_DONE, NULL, 0, -1, NULL) == YM_OK ? 0 : 1;
    }
    (void)ym_fail(&err, st, module, YM_ERR_NO_OFFSET, "%s", ym_status_text(st));
    ym_buf_init(&b, MAX_TEXT);
    ym_load_put_err(&err, &b);
    if (ym_buf_status(&b) != YM_OK ||
        ym_channel_send(&c->channel, MSG_FAILED, b.data, b.len, -1, NULL) != YM_OK) {
        return 2;
    }
    return 1;
}

/* ---- In the parent -------------------------------------------------------------------------------- */

static ym_status open_inline(const struct ym_source *s, int *ret_fd, struct ym_err *err) {
    int fd = memfd_create("yamori-signature", MFD_CLOEXEC);
    ym_status st;

    if (fd < 0) {
        return ym_fail_errno(err, module, s->shown, errno, "cannot make room for the signature");
    }
    st = ym_file_write_all(fd, s->shown, s->text, strlen(s->text), err);
    if (st != YM_OK) {
        (void)close(fd);
        return st;
    }
    *ret_fd = fd;
    return YM_OK;
}

/* The file that the compiler asks for; the error's text is what it is told instead. */
static ym_status open_for_compiler(const struct ym_source *s, const char *rel, int *ret_fd,
                                   struct ym_err *err) {
    int root;
    ym_status st;

    if (s->text != NULL) {
        return *rel == '\0' ? open_inline(s, ret_fd, err)
                            : ym_fail(err, YM_UNSUPPORTED, module, YM_ERR_NO_OFFSET,
                                      "a text without a file includes nothing");
    }
    if (*rel == '\0') {
        return ym_file_open(AT_FDCWD, s->shown, true, s->shown, ret_fd, err);
    }
    root = open(s->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        return ym_fail_errno(err, module, s->root, errno, "cannot open this folder");
    }
    st = ym_file_open_beneath(root, rel, rel, ret_fd, err);
    (void)close(root);
    return st;
}

static ym_status on_open(const struct ym_sources *sources, struct ym_channel *ch,
                         struct ym_msg *msg, struct ym_err *err) {
    struct ym_err why = {.code = YM_OK};
    char rel[MAX_RELATIVE + 1];
    uint32_t at = ym_get_u32le(&msg->body);
    size_t n = ym_reader_left(&msg->body);
    const uint8_t *text = ym_get_view(&msg->body, n);
    int fd = -1;
    ym_status st;

    if (at >= sources->n || n > MAX_RELATIVE || ym_reader_status(&msg->body) != YM_OK) {
        return ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET, "it asked for nonsense");
    }
    if (n > 0) {
        memcpy(rel, text, n);
    }
    rel[n] = '\0';
    st = open_for_compiler(&sources->rows[at], rel, &fd, &why);
    st = ym_channel_send(ch, MSG_FILE, why.text, st == YM_OK ? 0 : strlen(why.text), fd, err);
    if (fd >= 0) {
        (void)close(fd);
    }
    return st;
}

static void show_warning(struct ym_msg *msg) {
    size_t n = ym_reader_left(&msg->body);
    const uint8_t *text = ym_get_view(&msg->body, n);

    ym_cli_warn("%.*s", (int)n, text == NULL ? "" : (const char *)text);
}

/* Serves the compiler until it is done. */
static ym_status serve(const struct ym_sources *sources, struct ym_channel *ch,
                       struct ym_watch *watch, struct ym_err *err) {
    for (;;) {
        struct ym_msg msg = {.fd = -1};
        bool none;
        ym_status st;

        YM_TRY(ym_channel_receive(ch, true, &msg, &none, err));
        switch (msg.type) {
        case MSG_OPEN:
            YM_TRY(on_open(sources, ch, &msg, err));
            break;
        case MSG_WARNING:
            show_warning(&msg);
            break;
        case MSG_FAILED:
            st = ym_load_get_err(&msg.body, err);
            return st == YM_OK ? err->code : st;
        case MSG_DONE:
            return YM_OK;
        default: /* the table lets them pass only when somebody watches */
            YM_TRY(ym_watch_take(watch, (ym_watch_message)(msg.type - MSG_WATCH), &msg.body));
        }
    }
}

static bool have_containers(const struct ym_sources *s) {
    for (size_t i = 0; i < s->n; i++) {
        if (s->rows[i].kind == YM_SOURCE_CLAMAV && ym_clamav_is_container(s->rows[i].leaf)) {
            return true;
        }
    }
    return false;
}

/* The key file, when there are containers and somebody named or installed one; the compiler reads
 * its text.  A named one that is not there is an error. */
static ym_status open_keys(struct compiler *c, struct ym_err *err) {
    const char *named = getenv("YAMORI_CVD_KEY"); // NOLINT(concurrency-mt-unsafe): one thread
    const char *path = c->o->cvd_key != NULL             ? c->o->cvd_key
                       : named != NULL && *named != '\0' ? named
                                                         : installed_keys;
    ym_status st;
    int fd;

    c->keys_name = "";
    if (!have_containers(c->sources) ||
        (path == installed_keys && access(installed_keys, F_OK) != 0)) {
        return YM_OK;
    }
    YM_TRY(ym_file_open(AT_FDCWD, path, true, path, &fd, err));
    st = ym_file_map(fd, path, &c->keys_text, err);
    (void)close(fd);
    c->keys_name = path;
    return st;
}

static size_t count_yara(const struct ym_sources *s) {
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        n += s->rows[i].kind == YM_SOURCE_YARA;
    }
    return n;
}

ym_status ym_sources_compile(struct ym_sources *s, int out_fd, const struct ym_load_options *o,
                             struct ym_err *err) {
    struct compiler *c = ym_zalloc(1, sizeof(*c)); /* the child's copy is its working memory */
    struct ym_process process;
    struct ym_channel ch;
    char text[96];
    int how = 0;
    ym_status st;

    if (c == NULL) {
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "out of memory");
    }
    c->sources = s;
    c->single = count_yara(s) == 1;
    c->o = o;
    c->out_fd = out_fd;
    st = open_keys(c, err);
    if (st == YM_OK) {
        st = ym_process_start(run_compiler, c, &process, err);
    }
    if (st != YM_OK) {
        ym_file_unmap(&c->keys_text);
        ym_free(c);
        return st;
    }
    ym_channel_init(&ch, process.channel_fd, parent_rules,
                    sizeof(parent_rules) / sizeof(parent_rules[0]));
    process.channel_fd = -1;
    ch.state = o->watch != NULL ? STATE_WATCHED : STATE_PLAIN;
    st = serve(s, &ch, o->watch, err);
    ym_process_end(&process, &how);
    ym_channel_done(&ch);
    ym_file_unmap(&c->keys_text);
    ym_free(c);
    if (st == YM_END || st == YM_TRUNCATED) {
        st = YM_IO;
        (void)ym_fail(err, st, module, YM_ERR_NO_OFFSET, "the compiling process ended early: %s",
                      ym_process_how(how, text, sizeof(text)));
    }
    if (st != YM_OK) {
        (void)ym_fail(err, st, module, YM_ERR_NO_OFFSET, "the compiling process misbehaved");
    }
    return st;
}
