/* test_one_answer.c - what is heard from a child that says one thing: that, and nothing else. */
#include "../../../src/clean/one_answer.h"

#include "ym_test.h"

#include <unistd.h>

enum { MSG_GOOD, MSG_OTHER };

static const struct ym_msg_rule rules[] = {[MSG_GOOD] = {YM_ANSWER_STATE, 4, YM_MSG_NO_FD}};

struct said {
    uint8_t bytes[24]; /* what the child writes, as it is */
    size_t n;
    unsigned heard;
    ym_status refuse; /* what on_answer gives */
};

static int child(void *self, int channel_fd, bool namespaces) {
    const struct said *s = self;

    (void)namespaces;
    return write(channel_fd, s->bytes, s->n) == (ssize_t)s->n ? 0 : 1;
}

static ym_status on_answer(void *self, struct ym_msg *msg, struct ym_err *err) {
    struct said *s = self;

    (void)err;
    s->heard = ym_get_u32le(&msg->body);
    return s->refuse;
}

static ym_status ask(struct said *s) {
    struct ym_err err = {0};

    return ym_clean_one_answer(child, on_answer, s, rules, 1, &err);
}

static void one_message_is_heard(void) {
    struct said s = {{MSG_GOOD, 0, 0, 0, 4, 0, 0, 0, 0x2a, 0, 0, 0}, 12, 0, YM_OK};

    CHECK_EQ(ask(&s), YM_OK);
    CHECK_EQ(s.heard, 0x2a);
    s.refuse = YM_UNSUPPORTED;
    CHECK_EQ(ask(&s), YM_UNSUPPORTED);
}

static void half_a_message_is_an_error(void) {
    for (size_t n = 0; n < 12; n++) {
        struct said s = {{MSG_GOOD, 0, 0, 0, 4, 0, 0, 0, 0x2a, 0, 0, 0}, n, 0, YM_OK};

        CHECK_EQ(ask(&s), YM_IO);
        CHECK_EQ(s.heard, 0);
    }
}

static void what_no_rule_allows_is_refused(void) {
    struct said other = {{MSG_OTHER, 0, 0, 0, 0, 0, 0, 0}, 8, 0, YM_OK};
    struct said large = {{MSG_GOOD, 0, 0, 0, 5, 0, 0, 0, 1, 2, 3, 4, 5}, 13, 0, YM_OK};

    CHECK_EQ(ask(&other), YM_MALFORMED);
    CHECK_EQ(ask(&large), YM_MALFORMED);
    CHECK_EQ(other.heard + large.heard, 0);
}

MAIN(T(one_message_is_heard), T(half_a_message_is_an_error), T(what_no_rule_allows_is_refused))
