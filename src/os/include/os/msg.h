/* msg.h - framed messages between two processes of ours, one of which may belong to the enemy.
 *
 * A frame is: u32 type, u32 length, body; little-endian; over a stream socket pair.  One
 * descriptor may ride along.  Each side holds a table with one row per type it is willing to
 * receive: in which states, how long the body may be, whether a descriptor must come with it.
 * Anything else is MALFORMED, after which the channel is dead: the caller ends the peer.
 *
 *     static const struct ym_msg_rule rules[] = {
 *         [MSG_READY] = {PEER_STARTING, 0, YM_MSG_NO_FD},
 *         [MSG_RESULT] = {PEER_SCANNING, 4096, YM_MSG_NO_FD},
 *     };
 *     ym_channel_init(&c, fd, rules, 2);
 *     c.state = PEER_STARTING;
 *     st = ym_channel_receive(&c, false, &msg, &err);
 *
 * The reader's bytes (msg.body) live until the next receive. */
#ifndef YM_OS_MSG_H
#define YM_OS_MSG_H

#include "base/buf.h"
#include "base/reader.h"
#include "base/status.h"

#include <stdbool.h>

enum { YM_MSG_HEADER = 8 };

typedef enum ym_msg_fd { YM_MSG_NO_FD, YM_MSG_ONE_FD, YM_MSG_MAY_FD } ym_msg_fd;

struct ym_msg_rule {
    unsigned allowed_in; /* bits of channel.state; 0: never */
    uint32_t max_body;
    ym_msg_fd fd;
};

struct ym_channel {
    int fd; /* owned: closed by ym_channel_done() */
    unsigned state;
    const struct ym_msg_rule *rules;
    unsigned n_rules;
    struct ym_buf in;
    size_t spent; /* of in: the message that was handed out last */
    int got_fd;   /* came with the message being assembled, or -1 */
};

struct ym_msg {
    unsigned type;
    struct ym_reader body;
    int fd; /* the receiver's to close, or -1 */
};

/* Both ends, close-on-exec. */
YM_MUST_CHECK ym_status ym_channel_pair(int ret_fds[2], struct ym_err *err);
void ym_channel_init(struct ym_channel *c, int fd, const struct ym_msg_rule *rules,
                     unsigned n_rules); /* takes fd */
void ym_channel_done(struct ym_channel *c);

/* Sends all of it, waiting as needed; fd -1: none.  IO when the peer is gone. */
YM_MUST_CHECK ym_status ym_channel_send(struct ym_channel *c, unsigned type, const void *body,
                                        size_t n, int fd, struct ym_err *err);

/* The next message.  wait false: *ret_none is set instead when it has not arrived in full.
 * END: the peer closed, between two frames; TRUNCATED: inside one; MALFORMED: against the rules. */
YM_MUST_CHECK ym_status ym_channel_receive(struct ym_channel *c, bool wait, struct ym_msg *ret_msg,
                                           bool *ret_none, struct ym_err *err);

/* One frame of the bytes in `in` against the rules, as the receiver does it: also what is fuzzed.
 * *ret_size 0: not all there yet. */
YM_MUST_CHECK ym_status ym_msg_parse(const struct ym_channel *c, const uint8_t *data, size_t n,
                                     struct ym_msg *ret_msg, size_t *ret_size, struct ym_err *err);

#endif
