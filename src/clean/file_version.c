/* file_version.c - see file_version.h.
 *
 *     parent                                child (os/sandbox.h, profile SCANNER)
 *     ------                                -----
 *                                           reads all bytes, then gives everything up, parses
 *                                      <--  VERSION {four words}, or FAILED {status, why}
 */
#include "file_version.h"

#include "base/arena.h"
#include "base/buf.h"
#include "formats/pe.h"
#include "one_answer.h"
#include "os/sandbox.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "clean/file_version";

enum { MSG_VERSION, MSG_FAILED };
enum {
    WHY_MAX = 256,
    PARSE_MEMORY = 8 << 20, /* the section table is the largest thing that is kept */
    CHILD_MEMORY = YM_FILE_VERSION_MAX * 2 + (64 << 20)
};

static const struct ym_msg_rule parent_rules[] = {
    [MSG_VERSION] = {YM_ANSWER_STATE, 8, YM_MSG_NO_FD},
    [MSG_FAILED] = {YM_ANSWER_STATE, 4 + WHY_MAX, YM_MSG_NO_FD},
};

struct job {
    int fd;
    const char *shown;
    uint16_t version[4]; /* the parent's: the answer */
};

/* --- in the child ------------------------------------------------------------------------------ */

/* The whole file, whatever the descriptor's position is. */
static ym_status read_all(const struct job *j, struct ym_buf *out, struct ym_err *err) {
    uint8_t block[65536];
    ssize_t n;

    while ((n = pread(j->fd, block, sizeof(block), (off_t)out->len)) != 0) {
        if (n < 0 && errno != EINTR) {
            return ym_fail_errno(err, module, j->shown, errno, "cannot read the file");
        }
        ym_buf_add(out, block, n < 0 ? 0 : (size_t)n);
        YM_TRY(ym_buf_status(out));
    }
    return YM_OK;
}

static ym_status parse(const struct ym_buf *file, struct ym_pe_file_version *ret_version,
                       struct ym_err *err) {
    struct ym_arena *arena = ym_arena_new(PARSE_MEMORY);
    struct ym_reader r;
    ym_status st;

    if (arena == NULL) {
        return YM_NOMEM;
    }
    ym_reader_init(&r, file->data == NULL ? (const uint8_t *)"" : file->data, file->len);
    st = ym_pe_file_version(r, arena, ret_version, err);
    ym_arena_free(arena);
    return st;
}

static ym_status look(const struct job *j, int channel_fd, bool namespaces,
                      struct ym_pe_file_version *ret_version, struct ym_err *err) {
    struct ym_sandbox_options o = {.profile = YM_SANDBOX_SCANNER,
                                   .max_memory = CHILD_MEMORY,
                                   .channel_fd = channel_fd,
                                   .out_fd = -1,
                                   .namespaces = namespaces};
    struct ym_buf file;
    unsigned layers;
    ym_status st;

    ym_buf_init(&file, YM_FILE_VERSION_MAX);
    st = read_all(j, &file, err);
    if (st == YM_OK) {
        st = ym_sandbox_enter(&o, &layers, err);
    }
    if (st == YM_OK) {
        st = parse(&file, ret_version, err);
    }
    ym_buf_done(&file);
    return st;
}

static int run_child(void *self, int channel_fd, bool namespaces) {
    const struct job *j = self;
    struct ym_pe_file_version version = {{0}};
    struct ym_err err = {0};
    struct ym_channel ch;
    struct ym_buf body;
    ym_status st = look(j, channel_fd, namespaces, &version, &err);

    ym_buf_init(&body, 4 + WHY_MAX);
    if (st == YM_OK) {
        for (unsigned i = 0; i < 4; i++) {
            ym_buf_u16le(&body, version.part[i]);
        }
    } else {
        ym_buf_u32le(&body, (uint32_t)st);
        ym_buf_add_text(&body, err.text[0] == '\0' ? ym_status_text(st) : err.text);
    }
    ym_channel_init(&ch, channel_fd, NULL, 0);
    st =
        ym_channel_send(&ch, st == YM_OK ? MSG_VERSION : MSG_FAILED, body.data, body.len, -1, &err);
    return st == YM_OK ? 0 : 1;
}

/* --- in the parent ----------------------------------------------------------------------------- */

static ym_status failed(const struct job *j, struct ym_reader *body, struct ym_err *err) {
    uint32_t code = ym_get_u32le(body);
    size_t n = ym_reader_left(body);
    const uint8_t *why = ym_get_view(body, n);

    if (code == YM_OK || code == YM_END || code >= YM_STATUS_COUNT) {
        code = YM_IO;
    }
    return ym_fail_at(err, (ym_status)code, module, j->shown, 0, 0, "%.*s",
                      why == NULL ? 0 : (int)n, why == NULL ? "" : (const char *)why);
}

static ym_status hear(void *self, struct ym_msg *msg, struct ym_err *err) {
    struct job *j = self;
    uint16_t version[4];

    if (msg->type == MSG_FAILED) {
        return failed(j, &msg->body, err);
    }
    for (unsigned i = 0; i < 4; i++) {
        version[i] = ym_get_u16le(&msg->body);
    }
    YM_TRY(ym_reader_status(&msg->body));
    memcpy(j->version, version, sizeof(version));
    return YM_OK;
}

ym_status ym_clean_file_version(int fd, const char *shown, uint16_t ret_version[4],
                                struct ym_err *err) {
    struct job j = {.fd = fd, .shown = shown};
    ym_status st = ym_clean_one_answer(run_child, hear, &j, parent_rules, 2, err);

    if (st == YM_OK) {
        memcpy(ret_version, j.version, sizeof(j.version));
    } else if (err == NULL || err->text[0] == '\0') {
        return ym_fail_at(err, st, module, shown, 0, 0,
                          "the process that looks into the file ended or did not answer");
    }
    return st;
}
