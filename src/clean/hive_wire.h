/* hive_wire.h - what the hive's process and its parent say to each other; private to clean/.
 *
 * Both directions: u32 length of the body, then the body, little-endian.
 *
 *   request   u8 operation, text key, text name, u32 type, bytes data
 *   reply     u8 ym_status, then for OK the operation's result, else one text: why
 *     KEYS    u32 n, n texts
 *     VALUES  u32 n, n times (text name, u32 type, bytes data)
 *     others  nothing
 *
 * text and bytes are u32 length + that many bytes.  The parent takes every reply as hostile. */
#ifndef YM_CLEAN_HIVE_WIRE_H
#define YM_CLEAN_HIVE_WIRE_H

#include "base/buf.h"
#include "base/status.h"

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
    YM_HIVE_OPS
};

enum { YM_HIVE_BODY_MAX = 64 << 20 };

/* The process's whole life: locks itself up, takes the hive's descriptor (passed with one byte)
 * over channel_fd, then answers requests until the channel is closed.  out_fd takes the result
 * of WRITE. */
_Noreturn void ym_hive_child(int channel_fd, int out_fd);

#endif
