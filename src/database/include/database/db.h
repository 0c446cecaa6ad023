/* database/db.h - a compiled signature image (.ydb), open for use.
 *
 * Opening maps the file read-only and checks the header, every span and everything whose size
 * does not grow with the number of digest and name rows; rows are bounded where they are used;
 * ym_db_check() checks all of it.  Nothing is allocated per rule.  An open image is immutable and
 * may be shared by any number of processes and threads.
 * Layout: database/layout.h; prose for a second implementation: docs/formats/ydb.md. */
#ifndef YM_DATABASE_DB_H
#define YM_DATABASE_DB_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_db; /* opaque */

/* Takes no ownership of fd: it may be closed after.  name is for messages. */
YM_MUST_CHECK ym_status ym_db_open_fd(int fd, const char *name, struct ym_db **ret_db,
                                      struct ym_err *err);
/* The same over bytes in memory, which must outlive the db (8-byte aligned). */
YM_MUST_CHECK ym_status ym_db_open_memory(const void *data, size_t size, const char *name,
                                          struct ym_db **ret_db, struct ym_err *err);
void ym_db_close(struct ym_db *db); /* accepts NULL */

/* The full check, checksum included: reads every byte. */
YM_MUST_CHECK ym_status ym_db_check(const struct ym_db *db, struct ym_err *err);

/* What a cache of verdicts (engine/cache.h) must know of an image. */
enum { YM_DB_IDENTITY_SIZE = 16 };
/* 16 bytes, as the header has them: equal for images of equal content, whenever they were built. */
const uint8_t *ym_db_identity(const struct ym_db *db);
/* Does the content have this identity?  Reads every byte; false: the image is damaged. */
bool ym_db_identity_holds(const struct ym_db *db);
/* Only digests (and allow lists): no rules and no side tables. */
bool ym_db_only_digests(const struct ym_db *db);
/* May it change what the rules of other images see (passwords, types of files, trusted
 * catalogues: any side table)?  Allow lists are not meant: they are told by the scan. */
bool ym_db_reaches_others(const struct ym_db *db);

/* Counts and sizes for `db info`. */
struct ym_db_section_info {
    const char *name;
    uint64_t bytes;
    uint64_t items;
};
enum { YM_DB_MAX_SECTIONS = 32 };
struct ym_db_info {
    uint64_t file_size;
    int64_t built; /* unix time */
    uint64_t epoch;
    uint8_t identity[16];
    uint32_t version;
    uint64_t clamav_rules, yara_rules, patterns;
    uint64_t image_hash_rules; /* that ask for the hash of a picture */
    uint64_t digests[4][3];    /* ym_digest_kind, ym_digest_algo */
    uint32_t n_sections;
    struct ym_db_section_info sections[YM_DB_MAX_SECTIONS];
    const char *json; /* {"sources":[{"name","rules","digests"}],"left_out":[{"why","count"}]},
                         borrowed, NUL-terminated */
};
void ym_db_get_info(const struct ym_db *db, struct ym_db_info *ret_info);

#endif
