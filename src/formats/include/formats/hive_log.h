/* formats/hive_log.h - a registry hive that was not closed properly, made whole from its logs.
 *
 *     struct ym_hive_logs logs = {0};                       // of each file that is there a reader
 *     struct ym_hive_recovery what;
 *     struct ym_buf whole;
 *     ym_buf_init(&whole, 512 << 20);
 *     st = ym_hive_recover(hive, &logs, &whole, &what, err);  // END: it was closed properly
 *
 * Windows writes a change to a log first and to the hive afterwards, so that of the two one is
 * always whole.  A hive is dirty when its base block (the first 4096 bytes) has a wrong checksum
 * or two different sequence numbers; loading it, Windows puts the pages of the log in their places.
 * This is the same, in memory, without changing a file.  Numbers are little-endian.
 *
 *   base block  0 "regf"  4 primary, 8 secondary sequence number  12 time of the last writing
 *              20 version, 1  28 type: 0 hive, 1 and 2 log (old), 6 log (new)
 *              40 bytes of data behind the block  44 sector size / 512  144 flags
 *             508 XOR of the 127 words before it, where 0 is 1 and -1 is -2
 *   log         a base block of one sector, and from the second sector on:
 *   old format  "DIRT", a bitmap with a bit for each 512 bytes of data; from the next sector on
 *               those 512 bytes of each bit that is set
 *   new format  entries, each from one multiple of 512 to another:
 *               0 "HvLE"  4 its size  8 flags  12 sequence number  16 bytes of data of the hive
 *              20 number of pages  24, 32 two hashes  40 place and size of each page, the pages
 *              The first hash is Marvin32 over everything from 40 on, the second over the first 32
 *              bytes; the seed is the number 0x82ef4d887a4e55c5.
 *
 * Which log: with SYSTEM.LOG1 and SYSTEM.LOG2 (Windows Vista and later) SYSTEM.LOG is left over
 * from an installation and counts only when the other two are empty.  Logs of the new format
 * (Windows 8.1 and later) win over older ones beside them.
 *
 *   new   The log that begins with the lower sequence number is first.  Its first entry must have
 *         the number that its base block has, not less than the hive's secondary number, and each
 *         entry the next number; the other log goes on where the first ends.  What does not fit,
 *         has a wrong hash or is cut off ends that log: entries before it count.  Of a hive with a
 *         wrong checksum the base block comes from the log with the highest number, and only that
 *         log is used.
 *   old   A log counts when its two sequence numbers are equal and its time is that of the hive
 *         (with a wrong checksum: of the hive's first block, "hbin"), of two the one with the
 *         higher number, else LOG1.  It has no hashes and is taken whole or not at all.
 *
 * The result has the hive's size or more, equal sequence numbers and a right checksum.  Its
 * number is higher than every number in the logs: Windows takes no log for a hive that is not
 * dirty, and entries that are left over in a log can never be taken for the next ones.
 *
 * Stricter than Windows, which replaces a damaged block by an empty one and goes on, a hive is
 * refused when the blocks ("hbin") of the result do not follow each other from the first to the
 * last byte; when the logs change nothing; and when what the first entry builds on is in a log
 * that cannot be used.  Of logs of the old format Windows 8 also takes a LOG2 with another, later
 * time; here it is refused.
 *
 * A log that is missing altogether cannot be noticed: numbers of entries have no fixed distance
 * from those of the hive.  Transactions of programs (.regtrans-ms, .blf) are no part of this.
 *
 * Sources: M. Suhanov, "Windows registry file format specification" (CC BY 4.0,
 * github.com/msuhanov/regf), for layouts, order, hashes; J. Metz, "Windows NT Registry File
 * (REGF) format" (libregf), for the types of logs.  Marvin32 as Microsoft's .NET runtime has it. */
#ifndef YM_FORMATS_HIVE_LOG_H
#define YM_FORMATS_HIVE_LOG_H

#include "base/buf.h"
#include "base/reader.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum ym_hive_log { YM_HIVE_LOG1, YM_HIVE_LOG2, YM_HIVE_LOG0, YM_HIVE_LOGS } ym_hive_log;

struct ym_hive_logs {
    struct ym_reader file[YM_HIVE_LOGS]; /* .LOG1, .LOG2, .LOG; of no bytes: there is none */
};

struct ym_hive_recovery {
    unsigned used;        /* bit N: something was taken from log N */
    bool new_format;      /* which logs had it */
    bool header_from_log; /* the hive's base block had a wrong checksum */
    bool torn;            /* new format: a log ended with an incomplete entry, which was left out */
    ym_hive_log torn_log;
    uint64_t torn_at;
    uint32_t entries;  /* applied; old format: 1 */
    uint32_t pages;    /* written */
    uint32_t sequence; /* both numbers of the result */
};

/* What is wrong with the first 512 bytes of a hive; OK when it was closed properly.  UNSUPPORTED:
 * it was not.  MALFORMED: the checksum, or no hive at all.  TRUNCATED: shorter than a base block. */
YM_MUST_CHECK ym_status ym_hive_check_header(struct ym_reader hive, struct ym_err *err);

/* END: nothing to do, the hive is not dirty.  TRUNCATED: shorter than a base block.  UNSUPPORTED:
 * there is no log.  MALFORMED: the logs cannot be used, or what they give does not hold together;
 * *err says for each log why.  LIMIT, NOMEM: of the buffer.  whole must be empty; it is so again
 * on failure. */
YM_MUST_CHECK ym_status ym_hive_recover(struct ym_reader hive, const struct ym_hive_logs *logs,
                                        struct ym_buf *whole, struct ym_hive_recovery *ret_what,
                                        struct ym_err *err);

const char *ym_hive_log_suffix(ym_hive_log log); /* ".LOG1" */

/* The checksum of a base block, over its first 508 bytes. */
uint32_t ym_hive_checksum(const uint8_t block[508]);
/* Marvin32 with the seed of the logs. */
uint64_t ym_hive_log_hash(const uint8_t *p, size_t n);

#endif
