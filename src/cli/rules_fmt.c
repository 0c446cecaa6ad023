/* rules_fmt.c - `yamori rules fmt`: YARA source in its canonical layout (signatures/format.h).
 *
 * The text is hostile until it was read: a sandboxed process formats it into a nameless file and says
 * whether that is what the source was; the parent copies bytes and looks at none. */
#include "rules.h"

#include "base/buf.h"
#include "cli.h"
#include "os/file.h"
#include "os/msg.h"
#include "os/process.h"
#include "os/sandbox.h"
#include "signatures/format.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char module[] = "rules fmt";

enum { MSG_DONE, MSG_FAILED };
enum { MAX_BODY = 4096, MAX_MEMORY_SHIFT = 32 };

static const struct ym_msg_rule parent_rules[] = {
    [MSG_DONE] = {1, 1, YM_MSG_NO_FD},
    [MSG_FAILED] = {1, MAX_BODY, YM_MSG_NO_FD},
};

struct job {
    const char *name;
    struct ym_file_map in;
    int out_fd;
    bool changed;
};

/* ---- In the child ---------------------------------------------------------------------------- */

static ym_status format(const struct job *j, bool *ret_changed, struct ym_err *err) {
    const char *text = j->in.size == 0 ? "" : (const char *)j->in.data;
    struct ym_buf out;
    ym_status st;

    ym_buf_init(&out, YM_FORMAT_MAX_OUTPUT);
    st = ym_yara_format(j->name, text, j->in.size, &out, err);
    *ret_changed = out.len != j->in.size || (out.len > 0 && memcmp(out.data, text, out.len) != 0);
    if (st == YM_OK && out.len > 0) {
        st = ym_file_write_all(j->out_fd, j->name, out.data, out.len, err);
    }
    ym_buf_done(&out);
    return st;
}

/* ym_process_fn */
static int run_formatter(void *self, int channel_fd, bool namespaces) {
    struct job *j = self;
    const struct ym_sandbox_options so = {.profile = YM_SANDBOX_COMPILER,
                                          .max_memory = UINT64_C(1) << MAX_MEMORY_SHIFT,
                                          .channel_fd = channel_fd,
                                          .out_fd = j->out_fd,
                                          .namespaces = namespaces};
    struct ym_err err = {.code = YM_OK};
    struct ym_channel ch;
    struct ym_buf b;
    bool changed = false;
    unsigned layers;
    ym_status st;

    ym_channel_init(&ch, channel_fd, NULL, 0);
    st = ym_sandbox_enter(&so, &layers, &err);
    if (st == YM_OK) {
        st = format(j, &changed, &err);
    }
    ym_buf_init(&b, MAX_BODY);
    if (st == YM_OK) {
        ym_buf_u8(&b, changed);
    } else {
        (void)ym_fail(&err, st, module, YM_ERR_NO_OFFSET, "%s", ym_status_text(st));
        ym_load_put_err(&err, &b);
    }
    return ym_channel_send(&ch, st == YM_OK ? MSG_DONE : MSG_FAILED, b.data, b.len, -1, NULL) ==
                   YM_OK
               ? 0
               : 1;
}

/* ---- In the parent --------------------------------------------------------------------------- */

static ym_status hear(struct job *j, struct ym_channel *ch, struct ym_err *err) {
    struct ym_msg msg = {.fd = -1};
    bool none;
    ym_status st;

    YM_TRY(ym_channel_receive(ch, true, &msg, &none, err));
    if (msg.type == MSG_FAILED) {
        st = ym_load_get_err(&msg.body, err);
        return st == YM_OK ? err->code : st;
    }
    j->changed = ym_get_u8(&msg.body) != 0;
    return ym_reader_status(&msg.body);
}

static ym_status run(struct job *j, struct ym_err *err) {
    struct ym_process process;
    struct ym_channel ch;
    char text[96];
    int how = 0;
    ym_status st;

    YM_TRY(ym_process_start(run_formatter, j, &process, err));
    ym_channel_init(&ch, process.channel_fd, parent_rules,
                    sizeof(parent_rules) / sizeof(parent_rules[0]));
    process.channel_fd = -1;
    ch.state = 1;
    st = hear(j, &ch, err);
    ym_process_end(&process, &how);
    ym_channel_done(&ch);
    if (st != YM_OK) {
        return ym_fail_at(err, st == YM_END || st == YM_TRUNCATED ? YM_IO : st, module, j->name, 0,
                          0, "the formatting process ended early: %s",
                          ym_process_how(how, text, sizeof(text)));
    }
    return YM_OK;
}

static ym_status copy(int from, int to, const char *name, struct ym_err *err) {
    char block[65536];
    off_t at = 0;
    ssize_t n;

    while ((n = pread(from, block, sizeof(block), at)) > 0) {
        YM_TRY(ym_file_write_all(to, name, block, (size_t)n, err));
        at += n;
    }
    return n == 0 ? YM_OK
                  : ym_fail_errno(err, module, name, errno, "cannot read what was formatted");
}

static ym_status replace(const struct job *j, struct ym_err *err) {
    struct ym_file_new f;
    struct stat sb;
    ym_status st;

    if (lstat(j->name, &sb) < 0) {
        return ym_fail_errno(err, module, j->name, errno, "cannot be looked at");
    }
    if (!S_ISREG(sb.st_mode)) {
        return ym_fail_at(err, YM_UNSUPPORTED, module, j->name, 0, 0,
                          "a link is not replaced; name the file that it leads to");
    }
    YM_TRY(ym_file_new_begin(j->name, sb.st_mode & 0777, &f, err));
    st = copy(j->out_fd, f.fd, j->name, err);
    if (st == YM_OK) {
        st = ym_file_new_commit(&f, err);
    }
    ym_file_new_done(&f);
    return st;
}

static ym_status deliver(const struct ym_rules_args *a, const struct job *j, struct ym_err *err) {
    if (a->check) {
        if (j->changed) {
            ym_cli_warn("%s: not formatted", j->name);
        }
        return YM_OK;
    }
    if (a->write) {
        return j->changed ? replace(j, err) : YM_OK;
    }
    (void)fflush(stdout);
    return copy(j->out_fd, STDOUT_FILENO, "standard output", err);
}

static ym_status format_file(const struct ym_rules_args *a, const char *path, bool *changed,
                             struct ym_err *err) {
    struct job j = {.name = path};
    ym_status st;
    int fd;

    YM_TRY(ym_file_open(AT_FDCWD, path, true, path, &fd, err));
    st = ym_file_map(fd, path, &j.in, err);
    (void)close(fd);
    YM_TRY(st);
    j.out_fd = memfd_create("yamori-formatted", MFD_CLOEXEC);
    if (j.out_fd < 0) {
        st = ym_fail_errno(err, module, path, errno, "cannot make room for the result");
    } else {
        st = run(&j, err);
        if (st == YM_OK) {
            st = deliver(a, &j, err);
        }
        (void)close(j.out_fd);
    }
    *changed = *changed || j.changed;
    ym_file_unmap(&j.in);
    return st;
}

int ym_rules_fmt(struct ym_rules_args *a) {
    struct ym_sources s = {.rows = NULL};
    struct ym_err err = {.code = YM_OK};
    bool changed = false;
    int status = YM_EXIT_CLEAN;

    if (ym_rules_sources(a->paths, a->n_paths, &s, &err) != YM_OK) {
        status = ym_cli_error(&err);
    }
    for (size_t i = 0; i < s.n && err.code == YM_OK; i++) { /* the others, too, after a bad one */
        struct ym_err one = {.code = YM_OK};

        if (format_file(a, s.rows[i].shown, &changed, &one) != YM_OK) {
            status = ym_cli_error(&one);
        }
    }
    ym_sources_done(&s);
    return status == YM_EXIT_CLEAN && a->check && changed ? YM_EXIT_FOUND : status;
}
