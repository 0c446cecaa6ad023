/* store.h - the store of records: an embedded one, a file of SQLite, unless its name says otherwise.
 *
 * Which kind a store is, its name tells: store.c has the table.  What follows is true of all kinds.
 *
 * Putting a record twice is putting it once: its id and time decide.  What a call has acknowledged (OK
 * from ym_store_ingest(), ym_store_import(), ym_store_commit()) is on disk.  A full disk is YM_IO with
 * its cause, the transaction is rolled back, and the spool still has what it had.
 *
 * A file that is not a store of ours is refused before SQLite sees it, so it is not touched, not
 * even by a journal beside it.  A store of an older version is brought up to date when it is opened,
 * in one transaction: what was there is counted.  The schema is in docs/formats/record.md.
 *
 * Reports read no executions but sums (records/sums.h), which are kept in the transaction that adds a record, and
 * are whole once it is committed. */
#ifndef YM_RECORDS_STORE_H
#define YM_RECORDS_STORE_H

#include "base/buf.h"
#include "base/status.h"
#include "records/record.h"
#include "records/sums.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_store; /* opaque: see store.c */

enum ym_store_mode {
    YM_STORE_READ,   /* it must be there; written to only when it is of an older version */
    YM_STORE_WRITE,  /* it must be there */
    YM_STORE_CREATE, /* made when it is not there, with its directories */
    YM_STORE_MEMORY, /* path is ignored: a store that dies with its handle */
};

/* MALFORMED: not a store of ours; UNSUPPORTED: made by a newer version; IO: anything else, also an
 * older version that may not be written. */
YM_MUST_CHECK ym_status ym_store_open(const char *path, enum ym_store_mode mode,
                                      struct ym_store **ret_store, struct ym_err *err);
void ym_store_close(struct ym_store *store); /* accepts NULL; rolls back what is not committed */

YM_MUST_CHECK ym_status ym_store_begin(struct ym_store *store, struct ym_err *err);
YM_MUST_CHECK ym_status ym_store_commit(struct ym_store *store, struct ym_err *err);
void ym_store_rollback(struct ym_store *store);

/* Inside a transaction.  *ret_new is false when the record was there: nothing is changed then.  After a failure the
 * transaction can only be taken back: a commit of it is refused. */
YM_MUST_CHECK ym_status ym_store_put(struct ym_store *store, const struct ym_record *record,
                                     bool *ret_new, struct ym_err *err);

struct ym_store_counts {
    uint64_t added; /* of a store that is blind: taken, whether they were there or not */
    uint64_t known; /* that were there already */
    uint64_t bad;   /* of a spool: moved aside */
};

/* Takes all records of a spool in one transaction.  With keep the spool is left as it is, else
 * each file is removed after the commit. */
YM_MUST_CHECK ym_status ym_store_ingest(struct ym_store *store, const char *spool, bool keep,
                                        struct ym_store_counts *ret_counts, struct ym_err *err);

/* Takes records from a descriptor, one line of JSON each; name is for messages.  The first bad
 * line ends it with name:line; whole batches before it stay (and are in *ret_counts, which is
 * filled on failure, too): importing the mended file again adds only what is missing. */
YM_MUST_CHECK ym_status ym_store_import(struct ym_store *store, int fd, const char *name,
                                        struct ym_store_counts *ret_counts, struct ym_err *err);

/* Every record of the store in the order in which it came; it lives until the call returns.  Any
 * status of the callback other than YM_OK ends the walk with it. */
typedef ym_status ym_store_fn(void *user, const struct ym_record *record, struct ym_err *err);
YM_MUST_CHECK ym_status ym_store_each(struct ym_store *store, ym_store_fn *fn, void *user,
                                      struct ym_err *err);

/* Does the name hold a password (clickhouse://user:password@...)? */
bool ym_store_name_has_password(const char *name);

/* A blind store does not say whether a record was there already: *ret_new is true unless the same transaction
 * has it.  It is counted once all the same. */
bool ym_store_is_blind(const struct ym_store *store);

/* What goes on that is no failure yet (a shard does not answer and is asked again), a line; the text lives
 * until fn returns.  Called by the thread that uses the store. */
typedef void ym_store_notice_fn(void *user, const char *text);
void ym_store_on_notice(struct ym_store *store, ym_store_notice_fn *fn, void *user);

/* From any thread: what waits for a shard, or counts, ends soon and fails with CANCELLED, now and later. */
void ym_store_stop(struct ym_store *store);

/* --- sums --- */

/* Counts what came in since the sums were made, where the store does not do so with each commit; then
 * ym_store_sums() reads what was committed before.  Else sums are of the state in which they were first read
 * through this handle. */
YM_MUST_CHECK ym_status ym_store_refresh(struct ym_store *store, struct ym_err *err);

/* The rows of a margin that is kept, ordered by the texts of its dimensions (byte by byte), then by
 * month.  A row whose counts are all zero may be there or not.  Any status of the callback other than
 * YM_OK ends it.  UNSUPPORTED: a margin that is not kept. */
typedef ym_status ym_sums_fn(void *user, const struct ym_sums_row *row, struct ym_err *err);
YM_MUST_CHECK ym_status ym_store_sums(struct ym_store *store, const struct ym_sums_query *query,
                                      ym_sums_fn *fn, void *user, struct ym_err *err);

/* For publication: appends the text of what ym_store_sums() runs in this store, and of the same rows
 * from the records one by one, slow but plain, for who checks.  Columns are the dimensions, month, the
 * counts; ?1 and ?2 are the first and the last month.  Ask ym_buf_status(). */
void ym_store_sums_text(struct ym_store *store, enum ym_sums kind, unsigned margin,
                        struct ym_buf *sql, struct ym_buf *definition);

/* "sqlite": what kind of store it is; static. */
const char *ym_store_kind(const struct ym_store *store);

#endif
