/* spool.h - records on disk until a store has taken them.
 *
 * A spool is a directory with one file per record, `<id>.json`.  A record is *acknowledged* when
 * ym_spool_put() returns YM_OK: the file was written under a temporary name, synced, renamed, and
 * the directory synced.  Putting the same id again replaces the file by the same record.  After a
 * kill at any moment there is the whole record or none.
 *
 * Files that cannot be decoded are moved to `bad/` with their reason beside them and counted:
 * never lost, never in the way. */
#ifndef YM_RECORDS_SPOOL_H
#define YM_RECORDS_SPOOL_H

#include "base/status.h"
#include "records/record.h"

#include <stdint.h>

/* Writes one record; makes the directory (mode 0700, with its parents) when it is not there.
 * IO: the disk is full, or it may not be written; no temporary file is left behind. */
YM_MUST_CHECK ym_status ym_spool_put(const char *dir, const struct ym_record *record,
                                     struct ym_err *err);

struct ym_spool_counts {
    uint64_t good; /* given to the callback */
    uint64_t bad;  /* moved to bad/ in this walk */
};

/* Called for each good record, which lives until the call returns; name is the file's name in the
 * directory, for ym_spool_remove().  Any status other than YM_OK ends the walk with it. */
typedef ym_status ym_spool_fn(void *user, const struct ym_record *record, const char *name,
                              struct ym_err *err);

/* Walks the spool in the order of the names; a directory that is not there is an empty one. */
YM_MUST_CHECK ym_status ym_spool_each(const char *dir, ym_spool_fn *fn, void *user,
                                      struct ym_spool_counts *ret_counts, struct ym_err *err);

/* The same walk a record at a time, in no order, for who stops in between: the files are listed as
 * it goes, so that a spool of any size costs no memory and each of its names is read once.  Records
 * may be removed while it goes; those that come meanwhile are met in this walk or in the next. */
struct ym_spool_walk; /* opaque: see spool.c */
YM_MUST_CHECK ym_status ym_spool_walk_open(const char *dir, struct ym_spool_walk **ret_walk,
                                           struct ym_err *err);
void ym_spool_walk_close(struct ym_spool_walk *walk); /* accepts NULL */
/* The next good record, which lives with its file's name until the next call; END.  What cannot be
 * decoded is moved to bad/. */
YM_MUST_CHECK ym_status ym_spool_walk_next(struct ym_spool_walk *walk,
                                           const struct ym_record **ret_record,
                                           const char **ret_name, struct ym_err *err);
/* The next call gives the last record again. */
void ym_spool_walk_back(struct ym_spool_walk *walk);

/* Removes one record after a store has committed it; a file already gone is no error. */
YM_MUST_CHECK ym_status ym_spool_remove(const char *dir, const char *name, struct ym_err *err);

#endif
