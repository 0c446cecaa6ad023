/* file.h - opening, reading, mapping and replacing files, without surprises.
 *
 * Nothing here follows a symbolic link unless told to, blocks on a FIFO, or opens a device.
 * Every error names the file, what was tried and why it failed.
 *
 *     struct ym_file_new out;
 *     YM_TRY(ym_file_new_begin("/var/lib/x/new.ydb", 0644, &out, err));
 *     st = write_it(out.fd, err);
 *     if (st == YM_OK) { st = ym_file_new_commit(&out, err); }   // sync, rename, sync the folder
 *     ym_file_new_done(&out);                                    // not committed: nothing is left
 */
#ifndef YM_OS_FILE_H
#define YM_OS_FILE_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Opens a regular file read-only; *ret_fd is the caller's to close.  dir_fd: where a relative
 * name starts (AT_FDCWD: the working folder); name is one of dir_fd's entries or a path.
 * follow: a symbolic link as last component is followed (for what the user named), else refused.
 * Anything but a regular file is UNSUPPORTED and was not opened.  shown: the name for messages. */
YM_MUST_CHECK ym_status ym_file_open(int dir_fd, const char *name, bool follow, const char *shown,
                                     int *ret_fd, struct ym_err *err);

/* Which file, and which state of it: whatever changes a file's bytes gives it another ctime, which
 * nobody but the kernel can set (see engine/cache.h for the exceptions). */
struct ym_file_stamp {
    uint64_t dev, ino, size;
    int64_t mtime_ns, ctime_ns; /* since 1970 */
};
struct stat;
/* False: a time that does not fit. */
bool ym_file_stamp_of(const struct stat *sb, struct ym_file_stamp *ret_stamp);
/* Of an open file.  False also when its file system is not known to keep a ctime of its own (FAT,
 * NTFS, network and user-space file systems): a stamp says nothing there. */
bool ym_file_stamp_fd(int fd, struct ym_file_stamp *ret_stamp);

/* Opens a regular file that lies beneath dir_fd, links included (openat2, RESOLVE_BENEATH). */
YM_MUST_CHECK ym_status ym_file_open_beneath(int dir_fd, const char *path, const char *shown,
                                             int *ret_fd, struct ym_err *err);

/* Appends everything from the descriptor's position to the end; LIMIT past the buffer's cap. */
YM_MUST_CHECK ym_status ym_file_read_all(int fd, const char *shown, struct ym_buf *out,
                                         struct ym_err *err);

/* A read-only mapping of a whole file.  Reading it may raise SIGBUS when someone shortens the
 * file: map files of others only in a process that may die of it. */
struct ym_file_map {
    const uint8_t *data; /* NULL when the file is empty */
    size_t size;
};
YM_MUST_CHECK ym_status ym_file_map(int fd, const char *shown, struct ym_file_map *ret_map,
                                    struct ym_err *err);
void ym_file_unmap(struct ym_file_map *m);

/* Writes all n bytes, whatever the system takes at once. */
YM_MUST_CHECK ym_status ym_file_write_all(int fd, const char *shown, const void *data, size_t n,
                                          struct ym_err *err);

/* A file on its way: without a name until it is committed (O_TMPFILE), or with a hidden one
 * beside the final name where the file system has no nameless files. */
struct ym_file_new {
    int fd; /* write here */
    int dir_fd;
    char *path;       /* the final name, as given */
    const char *leaf; /* its last component */
    char temp[64];    /* hidden name in dir_fd, or "" while it has none */
    bool committed;
};
YM_MUST_CHECK ym_status ym_file_new_begin(const char *path, mode_t mode,
                                          struct ym_file_new *ret_new, struct ym_err *err);
/* After OK the new file is on disk under its name, all of it; after a failure the old one is. */
YM_MUST_CHECK ym_status ym_file_new_commit(struct ym_file_new *f, struct ym_err *err);
void ym_file_new_done(struct ym_file_new *f); /* closes; not committed: takes everything back */

/* begin + write + commit. */
YM_MUST_CHECK ym_status ym_file_replace(const char *path, mode_t mode, const void *data, size_t n,
                                        struct ym_err *err);

#endif
