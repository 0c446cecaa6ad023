/* hive_wire.h - what the hive's process and its parent say to each other; private to clean/.
 *
 * Both directions: u32 length of the body, then the body, little-endian.
 *
 *   request   u8 operation, text key, text name, u32 type, bytes data
 *   reply     u8 ym_status, then for OK the operation's result, else one text: why
 *     KEYS    u32 n, n texts
 *     VALUES  u32 n, n times (text name, u32 type, bytes data)
 *     SECURITY u8 1: there is a list, u8 no_read, u8 no_write, u8 denied, text (registry.h)
 *     RECOVER u8 bits of the logs that were applied, u8 1: their last entry is torn; the hive that
 *             they make is in out_fd
 *     OPEN_TEXT  text: where the hive hangs on the live machine; text: what was denied; request:
 *             key is the root that ym_reg_text_new() gets, the file is a bundle
 *     others  nothing
 *
 * text and bytes are u32 length + that many bytes.  The parent takes every reply as hostile. */
#ifndef YM_CLEAN_HIVE_WIRE_H
#define YM_CLEAN_HIVE_WIRE_H

#include "base/buf.h"
#include "base/status.h"
#include "clean/registry.h"
#include "formats/hive_log.h"

#include <stdint.h>

enum ym_hive_op {
    YM_HIVE_OPEN,
    YM_HIVE_KEYS,
    YM_HIVE_VALUES,
    YM_HIVE_MAKE_KEY,
    YM_HIVE_SET,
    YM_HIVE_DELETE_VALUE,
    YM_HIVE_DELETE_KEY,
    YM_HIVE_WRITE,
    YM_HIVE_RECOVER,
    YM_HIVE_SECURITY,
    YM_HIVE_RESET_SECURITY, /* noted; WRITE carries it out */
    YM_HIVE_OPEN_TEXT,
    YM_HIVE_OPS
};

enum { YM_HIVE_BODY_MAX = 64 << 20 };

/* What is passed first, with one byte that has a bit for each of them: bit 0, the hive, and one of
 * the logs (bit 1 + N: log N of formats/hive_log.h). */
enum { YM_HIVE_FILES = 1 + YM_HIVE_LOGS };

/* The process's whole life: locks itself up, takes the descriptors over channel_fd, then answers
 * requests until the channel is closed.  out_fd takes the result of WRITE or of RECOVER: a hive
 * that was recovered is opened by a new process. */
_Noreturn void ym_hive_child(int channel_fd, int out_fd);

/* Exports in a file of their own form, one after the other: text name, u64 length, the bytes.  Takes the
 * descriptor over; what comes back can be read and not changed. */
YM_MUST_CHECK ym_status ym_hive_open_bundle(int fd, const char *root, const char *shown,
                                            struct ym_registry **ret_registry, struct ym_err *err);

#endif
