/* hive.c - the parent's side of an offline hive.  See clean/registry.h and hive_wire.h.
 *
 * The hive is copied into a nameless memory file first: the process that parses it holds that
 * copy, an empty one for the result, and a socket; it can neither name nor reach anything else.
 * Replies are read with a bounded reader; whatever does not fit the form ends the session. */
#include "clean/registry.h"

#include "base/alloc.h"
#include "base/reader.h"
#include "clean/reg_text.h"
#include "hive_wire.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char module[] = "clean/hive";
enum { ANSWER_MS = 120000 };

struct hive {
    struct ym_registry registry; /* first: see struct ym_registry */
    char *shown;
    pid_t pid;
    int channel_fd, out_fd;
    bool dead;
    char note[1024];  /* which logs were applied; "".  Of exports: where the hive hangs */
    char denied[256]; /* of exports: see ym_registry_export_denied() */
};

/* --- the session ---------------------------------------------------------------------------- */

static ym_status died(struct hive *h, const char *what, struct ym_err *err) {
    h->dead = true;
    return ym_fail_at(err, YM_MALFORMED, module, h->shown, 0, 0,
                      "the process that reads the hive %s: the hive is damaged; restore it from a "
                      "copy",
                      what);
}

/* All n bytes before the time is over. */
static bool receive(int fd, void *to, size_t n) {
    uint8_t *p = to;

    while (n > 0) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        ssize_t got;

        if (poll(&wait, 1, ANSWER_MS) <= 0) {
            if (errno == EINTR) {
                continue;
            }
            return false;
        }
        got = recv(fd, p, n, 0);
        if (got <= 0) {
            if (got < 0 && errno == EINTR) {
                continue;
            }
            return false;
        }
        p += got;
        n -= (size_t)got;
    }
    return true;
}

static bool transmit(int fd, const uint8_t *p, size_t n) {
    while (n > 0) {
        ssize_t done = send(fd, p, n, MSG_NOSIGNAL);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return false;
        }
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static void put_bytes(struct ym_buf *b, const void *p, size_t n) {
    ym_buf_u32le(b, (uint32_t)n);
    ym_buf_add(b, p, n);
}

struct request {
    enum ym_hive_op op;
    const char *key, *name;
    uint32_t type;
    const uint8_t *data;
    size_t n;
};

static ym_status transmit_request(struct hive *h, const struct request *q, struct ym_err *err) {
    struct ym_buf body;
    ym_status st;

    ym_buf_init(&body, YM_HIVE_BODY_MAX);
    ym_buf_u32le(&body, 0);
    ym_buf_u8(&body, (uint8_t)q->op);
    put_bytes(&body, q->key, strlen(q->key));
    put_bytes(&body, q->name, strlen(q->name));
    ym_buf_u32le(&body, q->type);
    put_bytes(&body, q->data, q->n);
    st = ym_buf_status(&body);
    if (st != YM_OK) {
        st = ym_fail_at(err, st, module, h->shown, 0, 0, "the request is too large");
    } else {
        uint32_t n = (uint32_t)body.len - 4;

        memcpy(body.data,
               (uint8_t[]){(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)},
               4);
        st = transmit(h->channel_fd, body.data, body.len) ? YM_OK : died(h, "ended", err);
    }
    ym_buf_done(&body);
    return st;
}

static ym_status receive_reply(struct hive *h, struct ym_buf *reply, struct ym_err *err) {
    uint8_t size[4];
    uint32_t n;
    uint8_t *room;

    if (!receive(h->channel_fd, size, sizeof(size))) {
        return died(h, "ended or did not answer", err);
    }
    n = (uint32_t)size[0] | (uint32_t)size[1] << 8 | (uint32_t)size[2] << 16 |
        (uint32_t)size[3] << 24;
    if (n == 0 || n > YM_HIVE_BODY_MAX) {
        return died(h, "answered nonsense", err);
    }
    room = ym_buf_room(reply, n);
    if (room == NULL) {
        return ym_fail_at(err, ym_buf_status(reply), module, h->shown, 0, 0, "no memory");
    }
    return receive(h->channel_fd, room, n) ? YM_OK : died(h, "ended or did not answer", err);
}

static const uint8_t *get_bytes(struct ym_reader *r, size_t *ret_n) {
    uint32_t n = ym_get_u32le(r);
    const uint8_t *p = ym_get_view(r, n);

    *ret_n = p == NULL ? 0 : n;
    return p;
}

static ym_status refused(struct hive *h, ym_status code, struct ym_reader *r, struct ym_err *err) {
    size_t n;
    const uint8_t *text = get_bytes(r, &n);

    if (code == YM_END) {
        return YM_END;
    }
    if (code == YM_OK || code >= YM_STATUS_COUNT) {
        return died(h, "answered nonsense", err);
    }
    return ym_fail_at(err, code, module, h->shown, 0, 0, "%.*s",
                      text == NULL ? 0 : (int)(n < 255 ? n : 255),
                      text == NULL ? "" : (const char *)text);
}

/* One request and its answer; *ret_reader is set to the result inside *reply. */
static ym_status ask(struct hive *h, const struct request *q, struct ym_buf *reply,
                     struct ym_reader *ret_reader, struct ym_err *err) {
    struct ym_reader r;
    uint8_t code;

    if (h->dead) {
        return died(h, "has ended", err);
    }
    YM_TRY(transmit_request(h, q, err));
    YM_TRY(receive_reply(h, reply, err));
    ym_reader_init(&r, reply->data, reply->len);
    code = ym_get_u8(&r);
    if (code != YM_OK) {
        return refused(h, (ym_status)code, &r, err);
    }
    *ret_reader = r;
    return YM_OK;
}

static ym_status ask_simply(struct hive *h, const struct request *q, struct ym_err *err) {
    struct ym_reader r;
    struct ym_buf reply;
    ym_status st;

    ym_buf_init(&reply, YM_HIVE_BODY_MAX);
    st = ask(h, q, &reply, &r, err);
    ym_buf_done(&reply);
    return st;
}

/* --- the operations ------------------------------------------------------------------------- */

static ym_status no_memory(struct hive *h, const struct ym_arena *arena, struct ym_err *err) {
    ym_status st = ym_arena_status(arena);

    return ym_fail_at(err, st == YM_OK ? YM_NOMEM : st, module, h->shown, 0, 0,
                      "the hive's keys do not fit in memory");
}

static ym_status decode_keys(struct hive *h, struct ym_reader *r, struct ym_arena *arena,
                             struct ym_reg_keys *ret_keys, struct ym_err *err) {
    uint32_t n = ym_get_u32le(r);
    const char **list;

    if (n > YM_REG_ITEMS_MAX) {
        return died(h, "answered nonsense", err);
    }
    list = YM_ARENA_ARRAY(arena, n, const char *);
    for (uint32_t i = 0; i < n && list != NULL && ym_reader_ok(r); i++) {
        size_t len;
        const uint8_t *p = get_bytes(r, &len);

        list[i] = p == NULL ? "" : ym_arena_strndup(arena, (const char *)p, len);
        if (list[i] == NULL) {
            return no_memory(h, arena, err);
        }
    }
    if (list == NULL) {
        return no_memory(h, arena, err);
    }
    if (!ym_reader_ok(r) || ym_reader_left(r) != 0) {
        return died(h, "answered nonsense", err);
    }
    ret_keys->v = list;
    ret_keys->n = n;
    return YM_OK;
}

static ym_status decode_values(struct hive *h, struct ym_reader *r, struct ym_arena *arena,
                               struct ym_reg_values *ret_values, struct ym_err *err) {
    uint32_t n = ym_get_u32le(r);
    struct ym_reg_value *list;

    if (n > YM_REG_ITEMS_MAX) {
        return died(h, "answered nonsense", err);
    }
    list = YM_ARENA_ARRAY(arena, n, struct ym_reg_value);
    for (uint32_t i = 0; i < n && list != NULL && ym_reader_ok(r); i++) {
        size_t len;
        const uint8_t *p = get_bytes(r, &len);

        list[i].name = p == NULL ? "" : ym_arena_strndup(arena, (const char *)p, len);
        list[i].type = ym_get_u32le(r);
        p = get_bytes(r, &list[i].n);
        list[i].data = ym_arena_memdup(arena, p == NULL ? (const uint8_t *)"" : p, list[i].n);
        if (list[i].name == NULL || list[i].data == NULL) {
            return no_memory(h, arena, err);
        }
    }
    if (list == NULL) {
        return no_memory(h, arena, err);
    }
    if (!ym_reader_ok(r) || ym_reader_left(r) != 0) {
        return died(h, "answered nonsense", err);
    }
    ret_values->v = list;
    ret_values->n = n;
    return YM_OK;
}

static struct hive *hive_of(struct ym_registry *r) {
    return (struct hive *)(void *)r;
}

static ym_status hive_keys(struct ym_registry *r, struct ym_arena *arena, const char *key,
                           struct ym_reg_keys *ret_keys, struct ym_err *err) {
    struct request q = {.op = YM_HIVE_KEYS, .key = key, .name = ""};
    struct ym_reader result;
    struct ym_buf reply;
    ym_status st;

    ym_buf_init(&reply, YM_HIVE_BODY_MAX);
    st = ask(hive_of(r), &q, &reply, &result, err);
    if (st == YM_OK) {
        st = decode_keys(hive_of(r), &result, arena, ret_keys, err);
    }
    ym_buf_done(&reply);
    return st;
}

static ym_status hive_values(struct ym_registry *r, struct ym_arena *arena, const char *key,
                             struct ym_reg_values *ret_values, struct ym_err *err) {
    struct request q = {.op = YM_HIVE_VALUES, .key = key, .name = ""};
    struct ym_reader result;
    struct ym_buf reply;
    ym_status st;

    ym_buf_init(&reply, YM_HIVE_BODY_MAX);
    st = ask(hive_of(r), &q, &reply, &result, err);
    if (st == YM_OK) {
        st = decode_values(hive_of(r), &result, arena, ret_values, err);
    }
    ym_buf_done(&reply);
    return st;
}

static ym_status hive_make_key(struct ym_registry *r, const char *key, struct ym_err *err) {
    struct request q = {.op = YM_HIVE_MAKE_KEY, .key = key, .name = ""};

    return ask_simply(hive_of(r), &q, err);
}

static ym_status hive_set(struct ym_registry *r, const char *key, const struct ym_reg_value *value,
                          struct ym_err *err) {
    struct request q = {YM_HIVE_SET, key, value->name, value->type, value->data, value->n};

    return ask_simply(hive_of(r), &q, err);
}

static ym_status hive_delete_value(struct ym_registry *r, const char *key, const char *name,
                                   struct ym_err *err) {
    struct request q = {.op = YM_HIVE_DELETE_VALUE, .key = key, .name = name};

    return ask_simply(hive_of(r), &q, err);
}

static ym_status hive_delete_key(struct ym_registry *r, const char *key, struct ym_err *err) {
    struct request q = {.op = YM_HIVE_DELETE_KEY, .key = key, .name = ""};

    return ask_simply(hive_of(r), &q, err);
}

static ym_status decode_security(struct hive *h, struct ym_reader *r, struct ym_arena *arena,
                                 struct ym_reg_security *ret_security, struct ym_err *err) {
    struct ym_reg_security out = {.has_dacl = ym_get_u8(r) != 0};
    const uint8_t *text;
    size_t n;

    out.no_read = ym_get_u8(r);
    out.no_write = ym_get_u8(r);
    out.denied = ym_get_u8(r);
    text = get_bytes(r, &n);
    if (!ym_reader_ok(r) || ym_reader_left(r) != 0) {
        return died(h, "answered nonsense", err);
    }
    out.text = ym_arena_strndup(arena, text == NULL ? "" : (const char *)text, n);
    if (out.text == NULL) {
        return no_memory(h, arena, err);
    }
    *ret_security = out;
    return YM_OK;
}

static ym_status hive_security(struct ym_registry *r, struct ym_arena *arena, const char *key,
                               struct ym_reg_security *ret_security, struct ym_err *err) {
    struct request q = {.op = YM_HIVE_SECURITY, .key = key, .name = ""};
    struct ym_reader result;
    struct ym_buf reply;
    ym_status st;

    ym_buf_init(&reply, YM_HIVE_BODY_MAX);
    st = ask(hive_of(r), &q, &reply, &result, err);
    if (st == YM_OK) {
        st = decode_security(hive_of(r), &result, arena, ret_security, err);
    }
    ym_buf_done(&reply);
    return st;
}

static ym_status hive_reset_security(struct ym_registry *r, const char *key, struct ym_err *err) {
    struct request q = {.op = YM_HIVE_RESET_SECURITY, .key = key, .name = ""};

    return ask_simply(hive_of(r), &q, err);
}

/* The one result of the process, in a descriptor of its own. */
static ym_status take_result(struct hive *h, int *ret_fd, struct ym_err *err) {
    int fd;

    h->dead = true; /* the one result descriptor is used up */
    fd = fcntl(h->out_fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0) {
        ym_status st = ym_fail_errno(err, module, h->shown, errno, "cannot read the new hive");

        if (fd >= 0) {
            (void)close(fd);
        }
        return st;
    }
    *ret_fd = fd;
    return YM_OK;
}

static ym_status hive_write(struct ym_registry *r, int *ret_fd, struct ym_err *err) {
    struct request q = {.op = YM_HIVE_WRITE, .key = "", .name = ""};
    struct hive *h = hive_of(r);

    YM_TRY(ask_simply(h, &q, err));
    return take_result(h, ret_fd, err);
}

static void hive_close(struct ym_registry *r) {
    struct hive *h = hive_of(r);

    (void)close(h->channel_fd);
    (void)close(h->out_fd);
    (void)kill(h->pid, SIGKILL); /* our own child, not yet waited for: the pid is still its */
    while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    ym_free(h->shown);
    ym_free(h);
}

static const struct ym_registry_ops hive_ops = {
    .keys = hive_keys,
    .values = hive_values,
    .make_key = hive_make_key,
    .set = hive_set,
    .delete_value = hive_delete_value,
    .delete_key = hive_delete_key,
    .write = hive_write,
    .close = hive_close,
    .security = hive_security,
    .reset_security = hive_reset_security,
};

/* --- exports cannot be changed ---------------------------------------------------------------- */

static ym_status no_change(struct ym_registry *r, struct ym_err *err) {
    return ym_fail_at(err, YM_UNSUPPORTED, module, hive_of(r)->shown, 0, 0,
                      "an export cannot be changed; yamori clean --plan --reg FILE writes what is "
                      "to be imported on the machine itself");
}

static ym_status text_make_key(struct ym_registry *r, const char *key, struct ym_err *err) {
    (void)key;
    return no_change(r, err);
}

static ym_status text_set(struct ym_registry *r, const char *key, const struct ym_reg_value *value,
                          struct ym_err *err) {
    (void)key;
    (void)value;
    return no_change(r, err);
}

static ym_status text_delete_value(struct ym_registry *r, const char *key, const char *name,
                                   struct ym_err *err) {
    (void)key;
    (void)name;
    return no_change(r, err);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the form of struct ym_registry_ops */
static ym_status text_write(struct ym_registry *r, int *ret_fd, struct ym_err *err) {
    (void)ret_fd;
    return no_change(r, err);
}

static const struct ym_registry_ops text_ops = {
    .keys = hive_keys,
    .values = hive_values,
    .make_key = text_make_key,
    .set = text_set,
    .delete_value = text_delete_value,
    .delete_key = text_make_key,
    .write = text_write,
    .close = hive_close,
};

/* --- starting ------------------------------------------------------------------------------- */

/* Copies the whole file, whatever the descriptor's position is, into a nameless memory file. */
static ym_status copy_to_memory(int fd, const char *shown, int *ret_fd, struct ym_err *err) {
    int copy = memfd_create("hive", MFD_CLOEXEC);
    uint8_t block[65536];
    off_t at = 0;
    ssize_t n;
    ym_status st = YM_OK;

    if (copy < 0) {
        return ym_fail_errno(err, module, shown, errno, "cannot make a memory file");
    }
    while (st == YM_OK && (n = pread(fd, block, sizeof(block), at)) != 0) {
        if (n < 0) {
            st = errno == EINTR ? YM_OK : ym_fail_errno(err, module, shown, errno, "cannot read");
            continue;
        }
        at += n;
        st = at > YM_REG_HIVE_MAX
                 ? ym_fail_at(err, YM_LIMIT, module, shown, 0, 0,
                              "the hive or its log is larger than %d bytes", YM_REG_HIVE_MAX)
                 : ym_file_write_all(copy, shown, block, (size_t)n, err);
    }
    if (st == YM_OK && lseek(copy, 0, SEEK_SET) != 0) { /* hivex reads from where it is */
        st = ym_fail_errno(err, module, shown, errno, "cannot rewind the memory file");
    }
    if (st != YM_OK) {
        (void)close(copy);
        return st;
    }
    *ret_fd = copy;
    return YM_OK;
}

static void close_all(int fds[YM_HIVE_FILES]) {
    for (unsigned i = 0; i < YM_HIVE_FILES; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
            fds[i] = -1;
        }
    }
}

static ym_status pass_descriptors(struct hive *h, const int fds[YM_HIVE_FILES],
                                  struct ym_err *err) {
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(YM_HIVE_FILES * sizeof(int))];
    } control = {0};
    uint8_t bits = 0;
    struct iovec part = {&bits, 1};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control};
    int passed[YM_HIVE_FILES] = {0};
    unsigned n = 0;

    for (unsigned i = 0; i < YM_HIVE_FILES; i++) {
        if (fds[i] >= 0) {
            bits = (uint8_t)(bits | 1U << i);
            passed[n++] = fds[i];
        }
    }
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(n * sizeof(int));
    m.msg_controllen = CMSG_SPACE(n * sizeof(int));
    memcpy(CMSG_DATA(&control.head), passed, n * sizeof(int));
    return sendmsg(h->channel_fd, &m, MSG_NOSIGNAL) == 1 ? YM_OK : died(h, "did not start", err);
}

/* On failure nothing is left running or open. */
static ym_status start(struct hive *h, struct ym_err *err) {
    int pair[2];

    h->out_fd = memfd_create("new hive", MFD_CLOEXEC);
    if (h->out_fd < 0) {
        return ym_fail_errno(err, module, h->shown, errno, "cannot make a memory file");
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        ym_status st = ym_fail_errno(err, module, h->shown, errno, "cannot make a socket");

        (void)close(h->out_fd);
        return st;
    }
    h->pid = fork();
    if (h->pid == 0) {
        (void)close(pair[0]);
        ym_hive_child(pair[1], h->out_fd);
    }
    (void)close(pair[1]);
    h->channel_fd = pair[0];
    if (h->pid < 0) {
        ym_status st =
            ym_fail_errno(err, module, h->shown, errno, "cannot start the hive's process");

        (void)close(pair[0]);
        (void)close(h->out_fd);
        return st;
    }
    return YM_OK;
}

/* A process that has the descriptors; they are closed here whatever the result. */
static ym_status begin(int fds[YM_HIVE_FILES], const char *shown, struct hive **ret_hive,
                       struct ym_err *err) {
    struct hive *h = ym_zalloc(1, sizeof(*h));
    ym_status st;

    if (h == NULL || (h->shown = ym_strdup(shown)) == NULL) {
        close_all(fds);
        ym_free(h);
        return ym_fail_at(err, YM_NOMEM, module, shown, 0, 0, "no memory");
    }
    h->registry.ops = &hive_ops;
    st = start(h, err);
    if (st != YM_OK) {
        close_all(fds);
        ym_free(h->shown);
        ym_free(h);
        return st;
    }
    st = pass_descriptors(h, fds, err);
    close_all(fds);
    if (st != YM_OK) {
        hive_close(&h->registry);
        return st;
    }
    *ret_hive = h;
    return YM_OK;
}

/* Takes the descriptor over. */
static ym_status open_copy(int hive_fd, const char *shown, struct hive **ret_hive,
                           struct ym_err *err) {
    struct request q = {.op = YM_HIVE_OPEN, .key = "", .name = ""};
    int fds[YM_HIVE_FILES] = {hive_fd, -1, -1, -1};
    struct hive *h;
    ym_status st;

    YM_TRY(begin(fds, shown, &h, err));
    st = ask_simply(h, &q, err);
    if (st != YM_OK) {
        hive_close(&h->registry);
        return st;
    }
    *ret_hive = h;
    return YM_OK;
}

ym_status ym_hive_open(int fd, const char *shown, struct ym_registry **ret_registry,
                       struct ym_err *err) {
    struct hive *h;
    int copy;

    YM_TRY(copy_to_memory(fd, shown, &copy, err));
    YM_TRY(open_copy(copy, shown, &h, err));
    *ret_registry = &h->registry;
    return YM_OK;
}

/* --- exports ---------------------------------------------------------------------------------- */

/* Where the hive hangs on the live machine. */
static ym_status take_place(struct hive *h, struct ym_reader *r, struct ym_err *err) {
    size_t n;
    const uint8_t *place = get_bytes(r, &n);
    size_t m;
    const uint8_t *denied = get_bytes(r, &m);

    if (!ym_reader_ok(r) || ym_reader_left(r) != 0 || n >= sizeof(h->note) ||
        m >= sizeof(h->denied)) {
        return died(h, "answered nonsense", err);
    }
    (void)snprintf(h->note, sizeof(h->note), "%.*s", (int)n,
                   place == NULL ? "" : (const char *)place);
    (void)snprintf(h->denied, sizeof(h->denied), "%.*s", (int)m,
                   denied == NULL ? "" : (const char *)denied);
    return YM_OK;
}

ym_status ym_hive_open_bundle(int fd, const char *root, const char *shown,
                              struct ym_registry **ret_registry, struct ym_err *err) {
    struct request q = {.op = YM_HIVE_OPEN_TEXT, .key = root, .name = ""};
    int fds[YM_HIVE_FILES] = {fd, -1, -1, -1};
    struct ym_reader result;
    struct ym_buf reply;
    struct hive *h;
    ym_status st;

    YM_TRY(begin(fds, shown, &h, err));
    ym_buf_init(&reply, YM_HIVE_BODY_MAX);
    st = ask(h, &q, &reply, &result, err);
    st = st == YM_OK ? take_place(h, &result, err) : st;
    ym_buf_done(&reply);
    if (st != YM_OK) {
        hive_close(&h->registry);
        return st;
    }
    h->registry.ops = &text_ops;
    *ret_registry = &h->registry;
    return YM_OK;
}

const char *ym_registry_export_place(const struct ym_registry *r) {
    return r != NULL && r->ops == &text_ops ? ((const struct hive *)(const void *)r)->note : NULL;
}

const char *ym_registry_export_denied(const struct ym_registry *r) {
    return r->ops == &text_ops ? ((const struct hive *)(const void *)r)->denied : "";
}

/* --- with transaction logs ------------------------------------------------------------------ */

static ym_status copy_all(int fd, const char *shown, const struct ym_hive_log_files *logs,
                          int fds[YM_HIVE_FILES], struct ym_err *err) {
    ym_status st = copy_to_memory(fd, shown, &fds[0], err);

    for (unsigned i = 0; i < YM_HIVE_LOGS && st == YM_OK; i++) {
        if (logs->fd[i] >= 0) {
            st = copy_to_memory(logs->fd[i], logs->name[i], &fds[i + 1], err);
        }
    }
    if (st != YM_OK) {
        close_all(fds);
    }
    return st;
}

/* "SYSTEM.LOG1, SYSTEM.LOG2 (...)" */
static ym_status put_note(struct hive *h, const struct ym_hive_log_files *logs, struct ym_reader *r,
                          char *note, size_t room, struct ym_err *err) {
    uint8_t used = ym_get_u8(r);
    uint8_t torn = ym_get_u8(r);
    size_t n = 0;

    if (!ym_reader_ok(r) || ym_reader_left(r) != 0 || used == 0 || torn > 1) {
        return died(h, "answered nonsense", err);
    }
    for (unsigned i = 0; i < 8; i++) {
        const char *name;

        if ((used & 1U << i) == 0) {
            continue;
        }
        if (i >= YM_HIVE_LOGS || logs->fd[i] < 0) {
            return died(h, "answered nonsense", err);
        }
        name = strrchr(logs->name[i], '/');
        n += (size_t)snprintf(note + n, room - n, "%s%.255s", n == 0 ? "" : ", ",
                              name == NULL ? logs->name[i] : name + 1);
    }
    (void)snprintf(note + n, room - n, "%s",
                   torn == 0 ? "" : " (its last entry was never completed and is left out)");
    return YM_OK;
}

/* The recovered hive, in a descriptor of the caller's. */
static ym_status recover(int fd, const char *shown, const struct ym_hive_log_files *logs,
                         char *note, size_t room, int *ret_fd, struct ym_err *err) {
    struct request q = {.op = YM_HIVE_RECOVER, .key = "", .name = ""};
    int fds[YM_HIVE_FILES] = {-1, -1, -1, -1};
    struct ym_reader result;
    struct ym_buf reply;
    struct hive *h;
    ym_status st;

    YM_TRY(copy_all(fd, shown, logs, fds, err));
    YM_TRY(begin(fds, shown, &h, err));
    ym_buf_init(&reply, YM_HIVE_BODY_MAX);
    st = ask(h, &q, &reply, &result, err);
    st = st == YM_OK ? put_note(h, logs, &result, note, room, err) : st;
    st = st == YM_OK ? take_result(h, ret_fd, err) : st;
    ym_buf_done(&reply);
    hive_close(&h->registry); /* it has ended before its result is looked at */
    return st;
}

ym_status ym_hive_open_with_logs(int fd, const struct ym_hive_log_files *logs, const char *shown,
                                 struct ym_registry **ret_registry, struct ym_err *err) {
    char note[sizeof(((struct hive *)NULL)->note)] = "";
    struct hive *h;
    int whole;

    YM_TRY(recover(fd, shown, logs, note, sizeof(note), &whole, err));
    YM_TRY(open_copy(whole, shown, &h, err));
    memcpy(h->note, note, sizeof(note));
    *ret_registry = &h->registry;
    return YM_OK;
}

ym_status ym_hive_copy(int fd, const struct ym_hive_log_files *logs, const char *shown, int *ret_fd,
                       struct ym_err *err) {
    char note[sizeof(((struct hive *)NULL)->note)] = "";

    return logs == NULL ? copy_to_memory(fd, shown, ret_fd, err)
                        : recover(fd, shown, logs, note, sizeof(note), ret_fd, err);
}

const char *ym_hive_logs_applied(const struct ym_registry *r) {
    return r->ops == &hive_ops ? ((const struct hive *)(const void *)r)->note : "";
}
