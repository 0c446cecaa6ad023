/* make_hive_log.h - a hive before and after a change, as a dirty hive and its transaction logs, in
 * memory.  Layouts: formats/hive_log.h.  Sequence numbers are the caller's. */
#ifndef YM_TESTS_MAKE_HIVE_LOG_H
#define YM_TESTS_MAKE_HIVE_LOG_H

#include "base/buf.h"

#include <stdint.h>

enum { MAKE_HIVE_BASE = 4096, MAKE_HIVE_BLOCK = 4096, MAKE_LOG_OLD = 1, MAKE_LOG_NEW = 6 };

/* No keys: only blocks, each of one number in every byte, so that they can be told apart. */
void make_blocks_hive(struct ym_buf *out, unsigned blocks, uint8_t first);

/* The hive as it is when the power goes: its first number is one more than its second. */
void make_hive_dirty(const struct ym_buf *before, struct ym_buf *out);

/* Old format, whole: all pages in which after differs from before. */
void make_log_old(const struct ym_buf *before, const struct ym_buf *after, uint32_t sequence,
                  struct ym_buf *out);

/* New format: the start of a log, and one more entry of it. */
void make_log_new(const struct ym_buf *before, uint32_t sequence, struct ym_buf *out);
void make_log_entry(const struct ym_buf *before, const struct ym_buf *after, uint32_t sequence,
                    struct ym_buf *out);

uint32_t make_get32(const uint8_t *p);
void make_put32(uint8_t *p, uint32_t v);
void make_header_checksum(uint8_t *head); /* after a change of a base block */
/* After a change of an entry: size bytes from at on. */
void make_entry_hashes(uint8_t *entry, uint32_t size);

#endif
