/* fuzz_msg.c - a hostile scanner's bytes, as the parent's channel takes them.
 *
 * Properties: a frame is taken only when its row allows it and all of it is there; a channel that
 * refused once refuses for ever; cutting the bytes at any place changes no outcome. */
#include "os/msg.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct ym_msg_rule rules[] = {
    {1, 0, YM_MSG_NO_FD},
    {1, 64, YM_MSG_NO_FD},
    {2, 64, YM_MSG_NO_FD},
    {3, 300, YM_MSG_MAY_FD},
};

static void check(int ok) {
    if (!ok) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_channel c;
    size_t at = 0;

    ym_channel_init(&c, -1, rules, sizeof(rules) / sizeof(rules[0]));
    c.state = 1;
    while (at < len) {
        struct ym_msg msg = {.fd = -1};
        size_t size = 0;
        ym_status st = ym_msg_parse(&c, data + at, len - at, &msg, &size, NULL);

        if (st != YM_OK) {
            check(st == YM_MALFORMED && size == 0);
            break;
        }
        if (size == 0) {
            break; /* not all there yet */
        }
        check(size <= len - at && msg.type < sizeof(rules) / sizeof(rules[0]));
        check((rules[msg.type].allowed_in & c.state) != 0);
        check(ym_reader_left(&msg.body) == size - YM_MSG_HEADER);
        check(ym_reader_left(&msg.body) <= rules[msg.type].max_body);
        for (size_t cut = 0; cut < size; cut += 1 + size / 16) {
            struct ym_msg none = {.fd = -1};
            size_t whole = 1;

            check(ym_msg_parse(&c, data + at, cut, &none, &whole, NULL) == YM_OK && whole == 0);
        }
        c.state = (data[at] & 1U) != 0 ? 1 : 3;
        at += size;
    }
    ym_channel_done(&c);
    return 0;
}
