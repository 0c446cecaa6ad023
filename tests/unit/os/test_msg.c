/* test_msg.c - os/msg.h: what a hostile peer may try. */
#include "os/msg.h"
#include "ym_test.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HELLO, FILE_, LATER };
static const struct ym_msg_rule rules[] = {
    [HELLO] = {1, 16, YM_MSG_NO_FD},
    [FILE_] = {1, 100000, YM_MSG_ONE_FD},
    [LATER] = {2, 0, YM_MSG_NO_FD},
};

struct pair {
    struct ym_channel us, peer;
};

static void open_pair(struct pair *p) {
    int fds[2];

    CHECK_EQ(ym_channel_pair(fds, NULL), YM_OK);
    ym_channel_init(&p->us, fds[0], rules, 3);
    ym_channel_init(&p->peer, fds[1], rules, 3);
    p->us.state = p->peer.state = 1;
}

static void close_pair(struct pair *p) {
    ym_channel_done(&p->us);
    ym_channel_done(&p->peer);
}

static ym_status receive(struct ym_channel *c, struct ym_msg *ret_msg, bool *ret_none) {
    *ret_msg = (struct ym_msg){.fd = -1};
    return ym_channel_receive(c, false, ret_msg, ret_none, NULL);
}

static void a_message_arrives_with_its_descriptor(void) {
    struct pair p;
    struct ym_msg m;
    bool none;
    static uint8_t body[90000];
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    memset(body, 0x5a, sizeof(body));
    open_pair(&p);
    CHECK_EQ(ym_channel_send(&p.peer, FILE_, body, sizeof(body), fd, NULL), YM_OK);
    CHECK_EQ(ym_channel_send(&p.peer, HELLO, "hi", 2, -1, NULL), YM_OK);
    CHECK_EQ(receive(&p.us, &m, &none), YM_OK);
    CHECK(!none && m.type == FILE_ && m.fd >= 0);
    CHECK_EQ(ym_reader_left(&m.body), sizeof(body));
    CHECK(memcmp(ym_get_view(&m.body, sizeof(body)), body, sizeof(body)) == 0);
    CHECK_EQ(close(m.fd), 0);
    CHECK_EQ(receive(&p.us, &m, &none), YM_OK);
    CHECK(!none && m.type == HELLO && m.fd == -1);
    CHECK_EQ(receive(&p.us, &m, &none), YM_OK);
    CHECK(none);
    (void)close(fd);
    close_pair(&p);
}

static void a_message_may_come_in_single_bytes(void) {
    static const uint8_t frame[] = {HELLO, 0, 0, 0, 3, 0, 0, 0, 'a', 'b', 'c'};
    struct pair p;
    struct ym_msg m;
    bool none;

    open_pair(&p);
    for (size_t i = 0; i < sizeof(frame); i++) {
        CHECK_EQ(send(p.peer.fd, frame + i, 1, 0), 1);
        CHECK_EQ(receive(&p.us, &m, &none), YM_OK);
        CHECK_EQ(none, i + 1 < sizeof(frame));
    }
    CHECK_EQ(ym_reader_left(&m.body), 3);
    close_pair(&p);
}

static void refused(const uint8_t *frame, size_t n, int fd) {
    struct pair p;
    struct ym_msg m;
    bool none;

    open_pair(&p);
    if (fd >= 0) {
        CHECK_EQ(ym_channel_send(&p.peer, frame[0], frame + 8, n - 8, fd, NULL), YM_OK);
    } else {
        CHECK_EQ(send(p.peer.fd, frame, n, 0), (ssize_t)n);
    }
    CHECK_EQ(receive(&p.us, &m, &none), YM_MALFORMED);
    CHECK_EQ(receive(&p.us, &m, &none), YM_MALFORMED); /* for good */
    close_pair(&p);
}

static void what_the_table_does_not_allow_ends_the_channel(void) {
    static const uint8_t unknown[] = {3, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t far[] = {255, 255, 255, 255, 0, 0, 0, 0};
    static const uint8_t wrong_state[] = {LATER, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t too_long[] = {HELLO, 0, 0, 0, 17, 0, 0, 0};
    static const uint8_t huge[] = {HELLO, 0, 0, 0, 255, 255, 255, 255};
    static const uint8_t without_fd[] = {FILE_, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t hello[] = {HELLO, 0, 0, 0, 0, 0, 0, 0};

    refused(unknown, sizeof(unknown), -1);
    refused(far, sizeof(far), -1);
    refused(wrong_state, sizeof(wrong_state), -1);
    refused(too_long, sizeof(too_long), -1);
    refused(huge, sizeof(huge), -1);
    refused(without_fd, sizeof(without_fd), -1);
    refused(hello, sizeof(hello), STDIN_FILENO); /* a descriptor nobody asked for */
}

static void the_end_is_told_from_a_cut_message(void) {
    static const uint8_t half[] = {HELLO, 0, 0, 0, 3, 0, 0, 0, 'a'};
    struct ym_msg m;
    struct pair p;
    bool none;

    for (size_t n = 0; n <= sizeof(half); n++) {
        open_pair(&p);
        CHECK_EQ(send(p.peer.fd, half, n, 0), (ssize_t)n);
        ym_channel_done(&p.peer);
        CHECK_EQ(receive(&p.us, &m, &none), n == 0 ? YM_END : YM_TRUNCATED);
        ym_channel_done(&p.us);
    }
}

static void surplus_descriptors_are_closed(void) {
    struct pair p;
    struct ym_msg m;
    bool none;
    int before = dup(0);
    int after;

    (void)close(before);
    open_pair(&p);
    for (int i = 0; i < 100; i++) { /* each frame is refused or yields one that we close */
        CHECK_EQ(ym_channel_send(&p.peer, FILE_, NULL, 0, 0, NULL), YM_OK);
        CHECK_EQ(receive(&p.us, &m, &none), YM_OK);
        CHECK_EQ(close(m.fd), 0);
    }
    close_pair(&p);
    after = dup(0);
    CHECK_EQ(after, before);
    (void)close(after);
}

static void sending_to_the_dead_is_an_error_and_no_signal(void) {
    struct ym_err err = {.code = YM_OK};
    struct pair p;

    open_pair(&p);
    ym_channel_done(&p.us);
    CHECK_EQ(ym_channel_send(&p.peer, HELLO, "x", 1, -1, &err), YM_IO);
    CHECK(err.sys_errno != 0);
    ym_channel_done(&p.peer);
}

MAIN(T(a_message_arrives_with_its_descriptor), T(a_message_may_come_in_single_bytes),
     T(what_the_table_does_not_allow_ends_the_channel), T(the_end_is_told_from_a_cut_message),
     T(surplus_descriptors_are_closed), T(sending_to_the_dead_is_an_error_and_no_signal))
