/* one_answer.c - see one_answer.h. */
#include "one_answer.h"

#include "base/time.h"

#include <errno.h>
#include <poll.h>

enum { NS_A_MS = 1000000 };

static ym_status next_message(struct ym_channel *ch, struct ym_msg *ret_msg, struct ym_err *err) {
    const uint64_t end = ym_now_ns() + (uint64_t)YM_ANSWER_MS * NS_A_MS;
    bool none = true;

    for (;;) {
        struct pollfd wait = {.fd = ch->fd, .events = POLLIN};
        uint64_t now = ym_now_ns();
        int rc = now >= end ? 0 : poll(&wait, 1, (int)((end - now) / NS_A_MS) + 1);

        if (rc == 0 || (rc < 0 && errno != EINTR)) {
            return YM_IO;
        }
        if (rc > 0) {
            YM_TRY(ym_channel_receive(ch, false, ret_msg, &none, err));
            if (!none) {
                return YM_OK;
            }
        }
    }
}

ym_status ym_clean_one_answer(ym_process_fn *child, ym_answer_fn *on_answer, void *self,
                              const struct ym_msg_rule *rules, unsigned n_rules,
                              struct ym_err *err) {
    struct ym_process process = {.channel_fd = -1};
    struct ym_channel ch;
    struct ym_msg msg;
    ym_status st;

    YM_TRY(ym_process_start(child, self, &process, err));
    ym_channel_init(&ch, process.channel_fd, rules, n_rules);
    process.channel_fd = -1;
    ch.state = YM_ANSWER_STATE;
    st = next_message(&ch, &msg, err);
    if (st == YM_OK) {
        st = on_answer(self, &msg, err);
    }
    ym_process_end(&process, NULL);
    ym_channel_done(&ch);
    return st == YM_END || st == YM_TRUNCATED ? YM_IO : st;
}
