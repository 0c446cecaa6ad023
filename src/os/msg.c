/* msg.c - framed messages.  See os/msg.h.
 *
 * Invariants: (1) a header is judged before a single byte of its body is waited for, so that a
 * peer cannot make us collect what its row forbids; (2) at most one descriptor is held, any other
 * is closed on arrival; (3) a channel that saw a broken rule never yields another message. */
#include "os/msg.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char module[] = "os/msg";

enum { READ_STEP = 65536, MAX_FRAME = (256 << 20) + YM_MSG_HEADER };

ym_status ym_channel_pair(int ret_fds[2], struct ym_err *err) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_fds) < 0) {
        return ym_fail_errno(err, module, "", errno, "cannot make a socket pair");
    }
    return YM_OK;
}

void ym_channel_init(struct ym_channel *c, int fd, const struct ym_msg_rule *rules,
                     unsigned n_rules) {
    *c = (struct ym_channel){.fd = fd, .rules = rules, .n_rules = n_rules, .got_fd = -1};
    ym_buf_init(&c->in, (size_t)MAX_FRAME + READ_STEP);
}

void ym_channel_done(struct ym_channel *c) {
    if (c->fd >= 0) {
        (void)close(c->fd);
    }
    if (c->got_fd >= 0) {
        (void)close(c->got_fd);
    }
    c->fd = -1;
    c->got_fd = -1;
    ym_buf_done(&c->in);
}

/* ---- Sending ------------------------------------------------------------------------------- */

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * 4)]; /* room to see that more than one came */
};

static void attach(struct msghdr *mh, union control *control, int fd) {
    struct cmsghdr *c;

    memset(control, 0, sizeof(*control));
    mh->msg_control = control->bytes;
    mh->msg_controllen = CMSG_SPACE(sizeof(int));
    c = CMSG_FIRSTHDR(mh);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(fd));
}

/* struct iovec has no const; sendmsg() does not write. */
static uint8_t *drop_const(const void *p) {
    return (uint8_t *)(uintptr_t)p; // NOLINT(performance-no-int-to-ptr)
}

static void put_u32(uint8_t *p, uint32_t v) {
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

ym_status ym_channel_send(struct ym_channel *c, unsigned type, const void *body, size_t n, int fd,
                          struct ym_err *err) {
    uint8_t header[YM_MSG_HEADER];
    union control control;
    size_t done = 0;

    if (n > MAX_FRAME - YM_MSG_HEADER) {
        return ym_fail(err, YM_LIMIT, module, YM_ERR_NO_OFFSET, "a message of %zu bytes", n);
    }
    put_u32(header, type);
    put_u32(header + 4, (uint32_t)n);
    while (done < sizeof(header) + n) {
        size_t in_head = done < sizeof(header) ? sizeof(header) - done : 0;
        size_t in_body = in_head > 0 ? 0 : done - sizeof(header);
        struct iovec io[2] = {{header + (sizeof(header) - in_head), in_head},
                              {n == 0 ? NULL : drop_const(body) + in_body, n - in_body}};
        struct msghdr mh = {.msg_iov = io, .msg_iovlen = 2};
        ssize_t put;

        if (fd >= 0 && done == 0) {
            attach(&mh, &control, fd);
        }
        put = sendmsg(c->fd, &mh, MSG_NOSIGNAL);
        if (put < 0 && errno != EINTR) {
            return ym_fail_errno(err, module, "", errno, "cannot send to the other process");
        }
        done += put > 0 ? (size_t)put : 0;
    }
    return YM_OK;
}

/* ---- Receiving ----------------------------------------------------------------------------- */

/* Keeps the first descriptor, closes every other. */
static void collect_fds(struct ym_channel *c, struct msghdr *mh) {
    for (struct cmsghdr *h = CMSG_FIRSTHDR(mh); h != NULL; h = CMSG_NXTHDR(mh, h)) {
        size_t n;

        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(fd));
            if (c->got_fd < 0) {
                c->got_fd = fd;
            } else {
                (void)close(fd);
            }
        }
    }
}

/* *ret_got: bytes that came; 0 with OK: nothing yet (only when not waiting).
 *
 * A stream read never runs past bytes that carry a descriptor into bytes that carry another, but
 * it may run into the next frame.  want keeps it inside the frame at hand, so that the descriptor
 * we hold always belongs to the message we are assembling. */
static ym_status read_some(struct ym_channel *c, size_t want, bool wait, size_t *ret_got,
                           struct ym_err *err) {
    size_t before = c->in.len;
    uint8_t *to = ym_buf_room(&c->in, want);
    union control control;
    struct iovec io = {to, want};
    struct msghdr mh = {.msg_iov = &io,
                        .msg_iovlen = 1,
                        .msg_control = control.bytes,
                        .msg_controllen = sizeof(control.bytes)};
    ssize_t got;

    if (to == NULL) {
        return ym_fail(err, ym_buf_status(&c->in), module, YM_ERR_NO_OFFSET,
                       "no room for a message");
    }
    do {
        got = recvmsg(c->fd, &mh, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    } while (got < 0 && errno == EINTR);
    c->in.len = before + (got > 0 ? (size_t)got : 0);
    *ret_got = got > 0 ? (size_t)got : 0;
    if (got > 0) {
        collect_fds(c, &mh);
        return YM_OK;
    }
    if (got < 0 && errno == EAGAIN) {
        return YM_OK;
    }
    if (got == 0 || errno == ECONNRESET) {
        return before == 0 ? YM_END
                           : ym_fail(err, YM_TRUNCATED, module, YM_ERR_NO_OFFSET,
                                     "the other process ended inside a message");
    }
    return ym_fail_errno(err, module, "", errno, "cannot read from the other process");
}

ym_status ym_msg_parse(const struct ym_channel *c, const uint8_t *data, size_t n,
                       struct ym_msg *ret_msg, size_t *ret_size, struct ym_err *err) {
    struct ym_reader r;
    uint32_t type;
    uint32_t len;

    *ret_size = 0;
    if (n < YM_MSG_HEADER) {
        return YM_OK;
    }
    ym_reader_init(&r, data, n);
    type = ym_get_u32le(&r);
    len = ym_get_u32le(&r);
    YM_TRY(ym_reader_status(&r));
    if (type >= c->n_rules || (c->rules[type].allowed_in & c->state) == 0) {
        return ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET,
                       "message type %u is not allowed now", type);
    }
    if (len > c->rules[type].max_body) {
        return ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET,
                       "message type %u with %u bytes, at most %u are allowed", type, len,
                       c->rules[type].max_body);
    }
    if (ym_reader_left(&r) < len) {
        return YM_OK;
    }
    *ret_size = (size_t)YM_MSG_HEADER + len;
    ret_msg->type = type;
    ret_msg->body = ym_reader_at(&r, YM_MSG_HEADER, len);
    ret_msg->fd = -1;
    return YM_OK;
}

/* How much of the frame at hand is still missing (its header first). */
static size_t missing(const struct ym_channel *c) {
    struct ym_reader r;
    size_t whole;

    if (c->in.len < YM_MSG_HEADER) {
        return YM_MSG_HEADER - c->in.len;
    }
    ym_reader_init(&r, c->in.data, c->in.len);
    ym_skip(&r, 4);
    whole = (size_t)YM_MSG_HEADER + ym_get_u32le(&r);
    if (whole - c->in.len > READ_STEP) {
        return READ_STEP; /* memory follows what really arrives, not what was announced */
    }
    return whole - c->in.len;
}

/* Hands the descriptor to the message, if its row wants one. */
static ym_status settle_fd(struct ym_channel *c, struct ym_msg *msg, struct ym_err *err) {
    ym_msg_fd want = c->rules[msg->type].fd;

    if ((want == YM_MSG_ONE_FD && c->got_fd < 0) || (want == YM_MSG_NO_FD && c->got_fd >= 0)) {
        return ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET,
                       "message type %u %s a descriptor", msg->type,
                       c->got_fd < 0 ? "without" : "with");
    }
    msg->fd = c->got_fd;
    c->got_fd = -1;
    return YM_OK;
}

ym_status ym_channel_receive(struct ym_channel *c, bool wait, struct ym_msg *ret_msg,
                             bool *ret_none, struct ym_err *err) {
    size_t size = 0;
    size_t got = 0;

    if (c->spent > 0) { /* reads stop at a frame's end: nothing lies behind it */
        ym_buf_clear(&c->in);
        c->spent = 0;
    }
    *ret_none = false;
    for (;;) {
        struct ym_msg msg = {.fd = -1};
        ym_status st = ym_msg_parse(c, c->in.data, c->in.len, &msg, &size, err);

        if (st == YM_OK && size > 0) {
            st = settle_fd(c, &msg, err);
        }
        if (st != YM_OK) {
            c->state = 0; /* no row allows anything from here on */
            return st;
        }
        if (size > 0) {
            c->spent = size;
            *ret_msg = msg;
            return YM_OK;
        }
        YM_TRY(read_some(c, missing(c), wait, &got, err));
        if (got == 0) {
            *ret_none = true;
            return YM_OK;
        }
    }
}
