/* hive_child.c - the process that reads and writes one hive, and can do nothing else.
 *
 * hivex opens files by name only, and the sandbox (os/sandbox.h) has no file system.  So a
 * small filter of our own, set before the sandbox, turns every open and openat of this process
 * into a SIGSYS whose handler answers in the kernel's place:
 *
 *   before the sandbox   the call is really made, with openat2
 *   inside it            the name "yamori:hive" gives the descriptor of the hive, "yamori:new"
 *                        that of the empty result, anything else "permission denied"
 *
 * fstat() is answered in the same way, see answer_stat().  Of two filters' answers the kernel takes the stricter, and a trap is stricter than the
 * sandbox's error.  No open reaches the kernel any more, whatever hostile bytes make of hivex.
 *
 * hivex converts names with iconv, which loads its tables on first use: they are opened before
 * the sandbox and kept.
 *
 * Header and transaction logs of a hive: formats/hive_log.h.
 *
 * hivex neither shows nor changes permissions.  They are read with our own reader (formats/regf.h)
 * in the hive as it came; and a key is given its parent's in the new hive, after hivex has written
 * it, in a mapping of the result: three numbers in place.  The other way, to delete the key and to
 * make it again, would lose its time, its class name, the order of what is in it and every value
 * that hivex does not write, and the plan would have to list all of it for the undo.
 *
 * Instead of a hive it reads text exports (clean/reg_text.h): the same questions, no changes. */
#include "hive_security.h"
#include "hive_wire.h"

#include "base/alloc.h"
#include "base/reader.h"
#include "base/text.h"
#include "clean/reg_text.h"
#include "clean/registry.h"
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <hivex.h>
#include <iconv.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { SECURITY_ARENA = 256 << 20 }; /* bytes at most: the keys on the way to one */

static const char hive_name[] = "yamori:hive";
static const char new_name[] = "yamori:new";

/* The handler's world.  A signal handler has no other way to its data; only this process, which
 * lives for one hive, ever writes it. */
static struct {
    volatile bool locked;
    volatile int hive_fd, new_fd;
} gate = {false, -1, -1};

struct ym_reset { /* a key that is to have its parent's permissions */
    struct ym_reset *next;
    char *key;
};

struct child {
    int channel_fd, out_fd;
    int log_fd[YM_HIVE_LOGS]; /* -1: there is none */
    hive_h *hive;
    struct ym_reader file; /* the hive as it came */
    struct ym_arena *arena;
    struct ym_reset *resets, **resets_tail; /* in the order they came */
    size_t n_resets;
    struct ym_reg_text *text; /* instead of a hive: exports */
    struct ym_arena *scratch; /* of one answer from them */
    struct ym_buf reply;
    char why[256];
};

/* --- opening by name, without names ---------------------------------------------------------- */

#if defined(__x86_64__)
#define ARCH_WORD AUDIT_ARCH_X86_64
#define SET_RESULT(uc, v) ((uc)->uc_mcontext.gregs[REG_RAX] = (v))
#define ARGUMENT(uc, n)                                                                            \
    ((uc)->uc_mcontext.gregs[(n) == 0   ? REG_RDI                                                  \
                             : (n) == 1 ? REG_RSI                                                  \
                             : (n) == 2 ? REG_RDX                                                  \
                                        : REG_R10])
#elif defined(__aarch64__)
#define ARCH_WORD AUDIT_ARCH_AARCH64
#define SET_RESULT(uc, v) ((uc)->uc_mcontext.regs[0] = (unsigned long long)(v))
#define ARGUMENT(uc, n) ((long long)(uc)->uc_mcontext.regs[n])
#else
#error "hives are read on x86-64 and arm64 only: say here how a system call passes its arguments"
#endif

static long answer_open(int dir_fd, const char *name, int flags, unsigned mode) {
    struct open_how how = {.flags = (unsigned)flags, .mode = (flags & O_CREAT) != 0 ? mode : 0};
    long rc;

    if (gate.locked) {
        int fd = strcmp(name, hive_name) == 0  ? gate.hive_fd
                 : strcmp(name, new_name) == 0 ? gate.new_fd
                                               : -1;

        return fd < 0 ? -EACCES : fd;
    }
    rc = syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));
    return rc < 0 ? -errno : rc;
}

/* fstat() of glibc 2.33 and later is newfstatat with an empty name; the sandbox allows the call
 * that it used to be. */
static long answer_stat(int fd, const char *name, void *to) {
    return name[0] != '\0' ? -EACCES : syscall(SYS_fstat, fd, to) == 0 ? 0 : -errno;
}

/* The kernel's own words: argument 0 is the folder for openat, the name for open. */
static void on_sigsys(int signo, siginfo_t *info, void *context) {
    ucontext_t *uc = context;
    int saved = errno;
    unsigned at = 1;
    int dir_fd;

    (void)signo;
#ifdef SYS_open
    at = info->si_syscall == SYS_open ? 0 : 1;
#endif
    if (info->si_syscall == SYS_newfstatat) {
        SET_RESULT(
            uc, answer_stat((int)ARGUMENT(uc, 0),
                            (const char *)ARGUMENT(uc, 1), /* NOLINT(performance-no-int-to-ptr) */
                            (void *)ARGUMENT(uc, 2)));     /* NOLINT(performance-no-int-to-ptr) */
        errno = saved;
        return;
    }
    dir_fd = at == 0 ? AT_FDCWD : (int)ARGUMENT(uc, 0);
    SET_RESULT(uc,
               answer_open(dir_fd,
                           (const char *)ARGUMENT(uc, at), /* NOLINT(performance-no-int-to-ptr) */
                           (int)ARGUMENT(uc, at + 1), (unsigned)ARGUMENT(uc, at + 2)));
    errno = saved;
}

#ifdef SYS_open
enum { OPEN_TO_TRAP = 5 }; /* instructions between the test for openat and the trap */
#else
enum { OPEN_TO_TRAP = 4 };
#endif

static bool trap_opens(void) {
    static const struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH_WORD, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, OPEN_TO_TRAP, 0),
#ifdef SYS_open
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_open, 4, 0),
#endif
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_newfstatat, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 offsetof(struct seccomp_data, args) + 24) /* the fourth */,
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AT_EMPTY_PATH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    };
    struct sock_fprog filter = {
        sizeof(program) / sizeof(program[0]),
        (struct sock_filter *)(uintptr_t)program}; /* NOLINT(performance-no-int-to-ptr) */
    struct sigaction act = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};

    return sigaction(SIGSYS, &act, NULL) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

/* Opens, and keeps open, every conversion that hivex uses. */
static bool warm_up_iconv(void) {
    static const char *const pairs[][2] = {
        {"UTF-8", "LATIN1"}, {"LATIN1", "UTF-8"}, {"UTF-16LE", "UTF-8"}, {"UTF-8", "UTF-16LE"}};

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (iconv_open(pairs[i][0], pairs[i][1]) ==
            (iconv_t)-1) { /* NOLINT(performance-no-int-to-ptr) */
            return false;
        }
    }
    return true;
}

static bool lock_up(int channel_fd, int out_fd) {
    struct ym_sandbox_options o = {.profile = YM_SANDBOX_COMPILER,
                                   .max_memory = UINT64_C(3) << 30,
                                   .channel_fd = channel_fd,
                                   .out_fd = out_fd};
    struct ym_err err = {0};
    unsigned layers;

    if (!warm_up_iconv() || !trap_opens() || ym_sandbox_enter(&o, &layers, &err) != YM_OK) {
        return false;
    }
    gate.new_fd = out_fd;
    gate.locked = true;
    return true;
}

/* --- messages -------------------------------------------------------------------------------- */

static bool receive(int fd, void *to, size_t n) {
    uint8_t *p = to;

    while (n > 0) {
        struct iovec part = {p, n};
        struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
        ssize_t got = recvmsg(fd, &m, 0);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        p += got;
        n -= (size_t)got;
    }
    return true;
}

static void transmit(int fd, const uint8_t *p, size_t n) {
    while (n > 0) {
        struct iovec part = {(void *)(uintptr_t)p, n}; /* NOLINT(performance-no-int-to-ptr) */
        struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
        ssize_t done = sendmsg(fd, &m, MSG_NOSIGNAL);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            _exit(1);
        }
        p += done;
        n -= (size_t)done;
    }
}

/* Puts the descriptors that came where the byte says they belong. */
static bool take_files(struct child *c, unsigned bits, const int *fds, size_t n) {
    size_t i = 0;

    for (unsigned file = 0; file < YM_HIVE_FILES; file++) {
        int fd = (bits & 1U << file) == 0 || i >= n ? -1 : fds[i++];

        if (file == 0) {
            gate.hive_fd = fd;
        } else {
            c->log_fd[file - 1] = fd;
        }
    }
    return gate.hive_fd >= 0 && i == n;
}

static bool receive_files(struct child *c) {
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(YM_HIVE_FILES * sizeof(int))];
    } control = {0};
    uint8_t bits;
    struct iovec part = {&bits, 1};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof(control)};
    const struct cmsghdr *h;
    int fds[YM_HIVE_FILES];
    size_t n;

    if (recvmsg(c->channel_fd, &m, MSG_CMSG_CLOEXEC) != 1) {
        return false;
    }
    h = CMSG_FIRSTHDR(&m);
    if (h == NULL || h->cmsg_type != SCM_RIGHTS || h->cmsg_len > CMSG_LEN(sizeof(fds))) {
        return false;
    }
    n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(h), n * sizeof(int));
    return take_files(c, bits, fds, n);
}

/* --- the hive -------------------------------------------------------------------------------- */

static ym_status say(struct child *c, ym_status st, const char *what) {
    (void)snprintf(c->why, sizeof(c->why), "%s", what);
    return st;
}

static uint32_t word(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static ym_status check_header(struct child *c, const uint8_t *head, uint64_t size) {
    struct ym_err err = {0};
    struct ym_reader r;
    ym_status st;

    ym_reader_init(&r, head, 4096);
    st = ym_hive_check_header(r, &err);
    if (st == YM_UNSUPPORTED) {
        return say(c, st,
                   "the hive was not closed properly (its two sequence numbers differ) and no "
                   "transaction log is beside it: start and shut down that Windows once");
    }
    if (st != YM_OK) {
        return say(c, st, err.text);
    }
    if (word(head + 40) > size - 4096) {
        return say(c, YM_TRUNCATED,
                   "the file is shorter than its header says: the hive is cut off");
    }
    return YM_OK;
}

/* The parent's copies do not change while this process lives. */
static bool map_file(int fd, struct ym_reader *ret) {
    struct stat sb;
    void *p;

    ym_reader_init(ret, "", 0);
    if (fd < 0) {
        return true;
    }
    if (fstat(fd, &sb) != 0 || sb.st_size < 0) {
        return false;
    }
    if (sb.st_size == 0) {
        return true;
    }
    p = mmap(NULL, (size_t)sb.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) { /* NOLINT(performance-no-int-to-ptr) */
        return false;
    }
    ym_reader_init(ret, p, (size_t)sb.st_size);
    return true;
}

static ym_status op_open(struct child *c) {
    uint8_t head[4096];
    struct stat sb;

    if (c->hive != NULL || fstat(gate.hive_fd, &sb) != 0) {
        return say(c, YM_IO, "cannot look at the hive");
    }
    if (sb.st_size < 4096 || pread(gate.hive_fd, head, sizeof(head), 0) != (ssize_t)sizeof(head)) {
        return say(c, YM_TRUNCATED, "shorter than the header of a registry hive");
    }
    YM_TRY(check_header(c, head, (uint64_t)sb.st_size));
    if (!map_file(gate.hive_fd, &c->file)) { /* hivex closes it */
        return say(c, YM_NOMEM, "no memory for the hive");
    }
    c->hive = hivex_open(hive_name, HIVEX_OPEN_WRITE);
    if (c->hive == NULL) {
        return say(c, YM_MALFORMED, "the hive is damaged: its structure does not hold together");
    }
    return YM_OK;
}

static bool write_out(int fd, const uint8_t *p, size_t n) {
    while (n > 0) {
        ssize_t done = write(fd, p, n);

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

/* END: the hive is not dirty. */
static ym_status op_recover(struct child *c) {
    struct ym_hive_recovery what;
    struct ym_hive_logs logs;
    struct ym_err err = {0};
    struct ym_reader hive;
    struct ym_buf whole;
    bool mapped = map_file(gate.hive_fd, &hive);
    ym_status st;

    for (unsigned i = 0; i < YM_HIVE_LOGS; i++) {
        mapped = map_file(c->log_fd[i], &logs.file[i]) && mapped;
    }
    if (!mapped) {
        return say(c, YM_NOMEM, "no memory for the hive and its logs");
    }
    ym_buf_init(&whole, YM_REG_HIVE_MAX);
    st = ym_hive_recover(hive, &logs, &whole, &what, &err);
    if (st != YM_OK) {
        st = say(c, st, err.text);
    } else if (!write_out(c->out_fd, whole.data, whole.len)) {
        st = say(c, YM_IO, "cannot write the recovered hive");
    } else {
        ym_buf_u8(&c->reply, (uint8_t)what.used);
        ym_buf_u8(&c->reply, what.torn ? 1 : 0);
    }
    ym_buf_done(&whole);
    return st;
}

static ym_status damaged(struct child *c) {
    return say(c, YM_MALFORMED, "this part of the hive is damaged");
}

/* One component below node: 0 when there is none. */
static ym_status child_of(struct child *c, hive_node_h node, const char *name, bool create,
                          hive_node_h *ret_node) {
    hive_node_h next;

    errno = 0;
    next = hivex_node_get_child(c->hive, node, name);
    if (next == 0 && errno != 0 && errno != HIVEX_NO_KEY) {
        return damaged(c);
    }
    if (next == 0 && create) {
        next = hivex_node_add_child(c->hive, node, name);
        if (next == 0) {
            return say(c, YM_MALFORMED, "cannot create the key");
        }
    }
    if (next == 0) {
        return YM_END;
    }
    *ret_node = next;
    return YM_OK;
}

static ym_status find(struct child *c, const char *path, bool create, hive_node_h *ret_node) {
    hive_node_h node = hivex_root(c->hive);
    struct ym_fields f;
    struct ym_str part;
    char name[1024];

    if (node == 0) {
        return damaged(c);
    }
    ym_fields_init(&f, path, strlen(path), '\\');
    while (path[0] != '\0' && ym_fields_next(&f, &part)) {
        if (part.n == 0 || part.n >= sizeof(name)) {
            return say(c, YM_MALFORMED, "an empty or too long key name in a path");
        }
        memcpy(name, part.s, part.n);
        name[part.n] = '\0';
        YM_TRY(child_of(c, node, name, create, &node));
    }
    *ret_node = node;
    return YM_OK;
}

static void put_bytes(struct ym_buf *b, const void *p, size_t n) {
    ym_buf_u32le(b, (uint32_t)n);
    ym_buf_add(b, p, n);
}

static ym_status op_keys(struct child *c, const char *path) {
    hive_node_h node;
    hive_node_h *list;
    ym_status st = YM_OK;
    size_t n = 0;

    YM_TRY(find(c, path, false, &node));
    list = hivex_node_children(c->hive, node);
    if (list == NULL) {
        return damaged(c);
    }
    while (list[n] != 0) {
        n++;
    }
    ym_buf_u32le(&c->reply, (uint32_t)n);
    for (size_t i = 0; i < n && st == YM_OK; i++) {
        char *name = hivex_node_name(c->hive, list[i]);

        st = name == NULL ? damaged(c) : YM_OK;
        if (name != NULL) {
            put_bytes(&c->reply, name, strlen(name));
        }
        free(name); /* NOLINT: hivex's own allocation */
    }
    free(list); /* NOLINT: hivex's own allocation */
    return st;
}

static ym_status put_value(struct child *c, hive_value_h value) {
    char *name = hivex_value_key(c->hive, value);
    hive_type type = hive_t_REG_NONE;
    size_t n = 0;
    char *data = name == NULL ? NULL : hivex_value_value(c->hive, value, &type, &n);
    bool ok = name != NULL && data != NULL && n <= YM_REG_DATA_MAX;

    if (ok) {
        put_bytes(&c->reply, name, strlen(name));
        ym_buf_u32le(&c->reply, (uint32_t)type);
        put_bytes(&c->reply, data, n);
    }
    free(name); /* NOLINT: hivex's own allocation */
    free(data); /* NOLINT: hivex's own allocation */
    return ok ? YM_OK : damaged(c);
}

static ym_status op_values(struct child *c, const char *path) {
    hive_node_h node;
    hive_value_h *list;
    ym_status st = YM_OK;
    size_t n = 0;

    YM_TRY(find(c, path, false, &node));
    list = hivex_node_values(c->hive, node);
    if (list == NULL) {
        return damaged(c);
    }
    while (list[n] != 0) {
        n++;
    }
    ym_buf_u32le(&c->reply, (uint32_t)n);
    for (size_t i = 0; i < n && st == YM_OK; i++) {
        st = put_value(c, list[i]);
    }
    free(list); /* NOLINT: hivex's own allocation */
    return st;
}

struct change {
    const char *key, *name;
    uint32_t type;
    const uint8_t *data;
    size_t n;
    bool delete;
};

/* Loads a key's values in order; room for one more. */
static ym_status load_values(struct child *c, const hive_value_h *list, size_t n,
                             hive_set_value *out) {
    for (size_t i = 0; i < n; i++) {
        out[i].key = hivex_value_key(c->hive, list[i]);
        out[i].value = hivex_value_value(c->hive, list[i], &out[i].t, &out[i].len);
        if (out[i].key == NULL || out[i].value == NULL) {
            return damaged(c);
        }
        if (out[i].len > YM_REG_SET_MAX) {
            return say(c, YM_UNSUPPORTED, "the key holds a value too large to be written back");
        }
    }
    return YM_OK;
}

/* Puts the change into the list; *n moves by one when a value comes or goes. */
static ym_status apply_change(const struct change *q, hive_set_value *values, size_t *n) {
    size_t i = 0;

    while (i < *n && !ym_equal_nocase(values[i].key, q->name)) {
        i++;
    }
    if (q->delete) {
        hive_set_value gone;

        if (i == *n) {
            return YM_END;
        }
        gone = values[i];
        memmove(&values[i], &values[i + 1], (*n - i - 1) * sizeof(*values));
        (*n)--;
        values[*n] = gone; /* freed with the rest */
        return YM_OK;
    }
    if (i == *n) {
        values[i].key = strdup(q->name);
        (*n)++;
    }
    free(values[i].value); /* NOLINT: hivex's own allocation */
    values[i].value = malloc(q->n + 1);
    if (values[i].key == NULL || values[i].value == NULL) {
        return YM_NOMEM;
    }
    if (q->n > 0) {
        memcpy(values[i].value, q->data, q->n);
    }
    values[i].t = (hive_type)q->type;
    values[i].len = q->n;
    return YM_OK;
}

static ym_status change_value(struct child *c, const struct change *q) {
    hive_set_value *values;
    hive_value_h *list;
    hive_node_h node;
    size_t n = 0;
    size_t all;
    ym_status st;

    YM_TRY(find(c, q->key, !q->delete, &node));
    list = hivex_node_values(c->hive, node);
    if (list == NULL) {
        return damaged(c);
    }
    while (list[n] != 0) {
        n++;
    }
    all = n + 1;
    values = calloc(all, sizeof(*values));
    st = values == NULL ? say(c, YM_NOMEM, "out of memory") : load_values(c, list, n, values);
    if (st == YM_OK) {
        st = apply_change(q, values, &n);
    }
    if (st == YM_OK && hivex_node_set_values(c->hive, node, n, values, 0) != 0) {
        st = say(c, YM_MALFORMED, "hivex cannot write the key's values");
    }
    for (size_t i = 0; values != NULL && i < all; i++) {
        free(values[i].key);   /* NOLINT: hivex's own allocation */
        free(values[i].value); /* NOLINT: hivex's own allocation */
    }
    free(values); /* NOLINT: see calloc above */
    free(list);   /* NOLINT: hivex's own allocation */
    return st;
}

static ym_status op_delete_key(struct child *c, const char *path) {
    hive_node_h node;

    if (path[0] == '\0') {
        return say(c, YM_MALFORMED, "the root of a hive cannot be deleted");
    }
    YM_TRY(find(c, path, false, &node));
    return hivex_node_delete_child(c->hive, node) == 0 ? YM_OK : damaged(c);
}

/* --- permissions ------------------------------------------------------------------------------ */

static ym_status look_at_security(struct child *c, const char *path, struct ym_reg_security *ret,
                                  struct ym_err *err) {
    struct ym_security security = {.has_dacl = false};
    struct ym_regf_key key;
    struct ym_reader bytes;
    struct ym_regf hive;

    YM_TRY(ym_regf_open(c->file, &hive, err));
    YM_TRY(ym_regf_find(&hive, path, c->arena, &key, err));
    YM_TRY(ym_regf_security(&hive, &key, &bytes, err));
    YM_TRY(ym_security_parse(bytes, c->arena, &security, err));
    ym_hive_judge(&security, ret);
    ret->text = ym_hive_security_text(&security, c->arena);
    return ret->text == NULL ? ym_fail(err, YM_NOMEM, "", 0, "out of memory") : YM_OK;
}

static ym_status op_security(struct child *c, const char *path) {
    struct ym_reg_security found = {.text = ""};
    struct ym_err err = {0};
    ym_status st = look_at_security(c, path, &found, &err);

    if (st == YM_OK) {
        ym_buf_u8(&c->reply, found.has_dacl ? 1 : 0);
        ym_buf_u8(&c->reply, found.no_read);
        ym_buf_u8(&c->reply, found.no_write);
        ym_buf_u8(&c->reply, found.denied);
        put_bytes(&c->reply, found.text, strlen(found.text));
    }
    ym_arena_reset(c->arena);
    return st == YM_OK || st == YM_END ? st : say(c, st, err.text);
}

/* A hive that came damaged is refused at once; a key that was made since is not in it. */
static ym_status may_reset(struct child *c, const char *path) {
    struct ym_err err = {0};
    struct ym_regf hive;
    ym_status st = ym_regf_open(c->file, &hive, &err);

    st = st == YM_OK ? ym_regf_may_inherit(&hive, path, c->arena, &err) : st;
    ym_arena_reset(c->arena);
    return st == YM_OK || st == YM_END ? YM_OK : say(c, st, err.text);
}

static ym_status op_reset_security(struct child *c, const char *path) {
    struct ym_reset *one;
    hive_node_h node;

    if (path[0] == '\0') {
        return say(c, YM_UNSUPPORTED, "the root of a hive has no key above it");
    }
    YM_TRY(find(c, path, false, &node));
    YM_TRY(may_reset(c, path));
    if (c->n_resets == YM_REG_RESETS_MAX) {
        return say(c, YM_LIMIT, "the permissions of too many keys are to be reset at once");
    }
    one = ym_zalloc(1, sizeof(*one));
    if (one == NULL || (one->key = ym_strdup(path)) == NULL) {
        ym_free(one);
        return say(c, YM_NOMEM, "out of memory");
    }
    *c->resets_tail = one;
    c->resets_tail = &one->next;
    c->n_resets++;
    return YM_OK;
}

/* p: the new hive, of which only the header is known to be there. */
static ym_status reset_all(struct child *c, uint8_t *p) {
    uint64_t n = UINT64_C(4096) + word(p + 40);
    struct ym_err err = {0};
    ym_status st = YM_OK;

    if (n > YM_REG_HIVE_MAX) {
        return say(c, YM_LIMIT, "the new hive is too large");
    }
    for (const struct ym_reset *r = c->resets; r != NULL && st == YM_OK; r = r->next) {
        st = ym_regf_inherit(p, n, r->key, c->arena, &err);
        ym_arena_reset(c->arena);
    }
    if (st == YM_END) {
        return say(c, YM_MALFORMED, "a key whose permissions are to be reset is not there");
    }
    return st == YM_OK ? YM_OK : say(c, st, err.text);
}

/* hivex closes the descriptor that it writes to: the mapping is made before, and longer than any
 * hive.  hivex has written all that its header then speaks of. */
static ym_status op_write(struct child *c) {
    void *p = NULL;

    if (c->n_resets > 0) {
        p = mmap(NULL, YM_REG_HIVE_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, c->out_fd, 0);
    }
    if (p == MAP_FAILED) { /* NOLINT(performance-no-int-to-ptr) */
        return say(c, YM_NOMEM, "no memory for the new hive");
    }
    if (hivex_commit(c->hive, new_name, 0) != 0) {
        return say(c, YM_IO, "hivex cannot write the new hive");
    }
    return p == NULL ? YM_OK : reset_all(c, p);
}

/* --- exports instead of a hive --------------------------------------------------------------- */

/* Each file of the bundle: its name, then its bytes. */
static ym_status read_bundle(struct child *c, struct ym_reader bundle, struct ym_err *err) {
    while (ym_reader_ok(&bundle) && ym_reader_left(&bundle) > 0) {
        uint32_t n = ym_get_u32le(&bundle);
        const uint8_t *name = ym_get_view(&bundle, n);
        uint64_t size = ym_get_u64le(&bundle);
        struct ym_reader file = ym_reader_at(&bundle, bundle.pos, size);
        char shown[128] = "";

        ym_skip(&bundle, size);
        if (!ym_reader_ok(&bundle)) {
            break;
        }
        (void)snprintf(shown, sizeof(shown), "%.*s", (int)(n < 100 ? n : 100),
                       name == NULL ? "" : (const char *)name);
        YM_TRY(ym_reg_text_read(c->text, file, shown, err));
    }
    YM_TRY(ym_reader_status(&bundle));
    return ym_reg_text_finish(c->text, err);
}

static ym_status op_open_text(struct child *c, const char *root) {
    struct ym_reader bundle;
    struct ym_err err = {0};
    const char *place;
    ym_status st;

    if (c->hive != NULL || c->text != NULL || !map_file(gate.hive_fd, &bundle)) {
        return say(c, YM_IO, "cannot look at the exports");
    }
    c->scratch = ym_arena_new(YM_HIVE_BODY_MAX);
    st = c->scratch == NULL ? YM_NOMEM : ym_reg_text_new(root, &c->text, &err);
    if (st == YM_OK) {
        st = read_bundle(c, bundle, &err);
    }
    if (st != YM_OK) {
        return say(c, st == YM_END ? YM_MALFORMED : st, err.text);
    }
    place = ym_reg_text_place(c->text);
    put_bytes(&c->reply, place, strlen(place));
    put_bytes(&c->reply, ym_reg_text_denied(c->text), strlen(ym_reg_text_denied(c->text)));
    return YM_OK;
}

static ym_status text_keys(struct child *c, const char *path) {
    struct ym_reg_keys keys = {NULL, 0};
    struct ym_err err = {0};
    ym_status st = ym_reg_text_keys(c->text, c->scratch, path, &keys, &err);

    if (st != YM_OK) {
        return say(c, st, err.text);
    }
    ym_buf_u32le(&c->reply, (uint32_t)keys.n);
    for (size_t i = 0; i < keys.n; i++) {
        put_bytes(&c->reply, keys.v[i], strlen(keys.v[i]));
    }
    return YM_OK;
}

static ym_status text_values(struct child *c, const char *path) {
    struct ym_reg_values values = {NULL, 0};
    struct ym_err err = {0};
    ym_status st = ym_reg_text_values(c->text, c->scratch, path, &values, &err);

    if (st != YM_OK) {
        return say(c, st, err.text);
    }
    ym_buf_u32le(&c->reply, (uint32_t)values.n);
    for (size_t i = 0; i < values.n; i++) {
        put_bytes(&c->reply, values.v[i].name, strlen(values.v[i].name));
        ym_buf_u32le(&c->reply, values.v[i].type);
        put_bytes(&c->reply, values.v[i].data, values.v[i].n);
    }
    return YM_OK;
}

/* They are only read. */
static ym_status run_text(struct child *c, enum ym_hive_op op, const char *path) {
    ym_arena_reset(c->scratch);
    return op == YM_HIVE_KEYS     ? text_keys(c, path)
           : op == YM_HIVE_VALUES ? text_values(c, path)
                                  : say(c, YM_UNSUPPORTED, "an export cannot be changed");
}

/* --- dispatch -------------------------------------------------------------------------------- */

static char *get_text(struct ym_reader *r) {
    uint32_t n = ym_get_u32le(r);
    const uint8_t *p = ym_get_view(r, n);

    return ym_strndup(p == NULL ? "" : (const char *)p, p == NULL ? 0 : n);
}

static ym_status run(struct child *c, enum ym_hive_op op, struct change *q) {
    hive_node_h node;

    if (op == YM_HIVE_OPEN_TEXT) {
        return op_open_text(c, q->key);
    }
    if (c->text != NULL) {
        return run_text(c, op, q->key);
    }
    if (op != YM_HIVE_OPEN && op != YM_HIVE_RECOVER && c->hive == NULL) {
        return say(c, YM_MALFORMED, "no hive is open");
    }
    switch (op) {
    case YM_HIVE_OPEN:
        return op_open(c);
    case YM_HIVE_KEYS:
        return op_keys(c, q->key);
    case YM_HIVE_VALUES:
        return op_values(c, q->key);
    case YM_HIVE_MAKE_KEY:
        return find(c, q->key, true, &node);
    case YM_HIVE_SET:
        return change_value(c, q);
    case YM_HIVE_DELETE_VALUE:
        q->delete = true;
        return change_value(c, q);
    case YM_HIVE_DELETE_KEY:
        return op_delete_key(c, q->key);
    case YM_HIVE_WRITE:
        return op_write(c);
    case YM_HIVE_RECOVER:
        return op_recover(c);
    case YM_HIVE_SECURITY:
        return op_security(c, q->key);
    case YM_HIVE_RESET_SECURITY:
        return op_reset_security(c, q->key);
    case YM_HIVE_OPEN_TEXT: /* above */
    case YM_HIVE_OPS:
        break;
    }
    return say(c, YM_MALFORMED, "unknown request");
}

static void answer(struct child *c, const uint8_t *body, size_t n) {
    struct change q = {0};
    struct ym_reader r;
    uint8_t op;
    char *key;
    char *name;
    ym_status st;

    ym_reader_init(&r, body, n);
    op = ym_get_u8(&r);
    key = get_text(&r);
    name = get_text(&r);
    q.type = ym_get_u32le(&r);
    q.n = ym_get_u32le(&r);
    q.data = ym_get_view(&r, q.n);
    q.key = key;
    q.name = name;
    c->why[0] = '\0';
    ym_buf_clear(&c->reply);
    ym_buf_u32le(&c->reply, 0);
    ym_buf_u8(&c->reply, YM_OK);
    st = key == NULL || name == NULL ? say(c, YM_NOMEM, "out of memory")
                                     : run(c, (enum ym_hive_op)op, &q);
    if (st == YM_OK && ym_buf_status(&c->reply) != YM_OK) {
        st = say(c, ym_buf_status(&c->reply), "the answer is too large");
    }
    if (st != YM_OK) {
        ym_buf_clear(&c->reply);
        ym_buf_u32le(&c->reply, 0);
        ym_buf_u8(&c->reply, (uint8_t)st);
        put_bytes(&c->reply, c->why, strlen(c->why));
    }
    ym_free(key);
    ym_free(name);
}

static void serve(struct child *c) {
    uint8_t size[4];

    while (receive(c->channel_fd, size, sizeof(size))) {
        uint32_t n = word(size);
        uint8_t *body = n > YM_HIVE_BODY_MAX ? NULL : ym_malloc(n);

        if (body == NULL || !receive(c->channel_fd, body, n)) {
            _exit(1);
        }
        answer(c, body, n);
        ym_free(body);
        if (ym_buf_status(&c->reply) != YM_OK) {
            _exit(1);
        }
        n = (uint32_t)c->reply.len - 4;
        memcpy(c->reply.data,
               (uint8_t[]){(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)},
               4);
        transmit(c->channel_fd, c->reply.data, c->reply.len);
    }
}

void ym_hive_child(int channel_fd, int out_fd) {
    struct child c = {.channel_fd = channel_fd, .out_fd = out_fd};

    ym_buf_init(&c.reply, YM_HIVE_BODY_MAX);
    c.resets_tail = &c.resets;
    c.arena = ym_arena_new(SECURITY_ARENA);
    if (c.arena == NULL || !lock_up(channel_fd, out_fd)) {
        _exit(2);
    }
    if (!receive_files(&c)) {
        _exit(1);
    }
    serve(&c);
    _exit(0);
}
