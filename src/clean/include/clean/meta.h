/* meta.h - what a file has beside its name and its bytes.
 *
 * Read from an open descriptor, so that it belongs to the file whose bytes were read; everything
 * lives in the arena given.  Attributes are all that the file system shows to this user
 * (flistxattr: user.*, security.*, the ACLs as system.posix_acl_*), and three of ntfs-3g that it
 * does not list.  The time of birth is not among them.
 *
 * Flags are what `chattr` sets, as FS_IOC_GETFLAGS of <linux/fs.h> gives them (ext4, xfs, btrfs, f2fs;
 * elsewhere there are none).  Two of them are locks: an immutable file (+i) can be neither changed,
 * renamed nor removed, an append-only one (+a) only be added to, and of folders the same is true of
 * their names.  Only who has CAP_LINUX_IMMUTABLE may set or clear these two. */
#ifndef YM_CLEAN_META_H
#define YM_CLEAN_META_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

struct ym_xattr {
    struct ym_xattr *next;
    const char *name;
    const uint8_t *data;
    size_t n;
};

enum {
    YM_FLAG_APPEND = 0x20,                /* FS_APPEND_FL */
    YM_FLAG_IMMUTABLE = 0x10,             /* FS_IMMUTABLE_FL */
    YM_FLAGS_LOCKS = 0x30,                /* both */
    YM_FLAGS_KEPT = 0xc8 | YM_FLAGS_LOCKS /* and +S, +d, +A: FS_SYNC_FL, NODUMP, NOATIME */
};

struct ym_meta {
    uint32_t mode, uid, gid;  /* mode: permission bits only */
    uint32_t flags;           /* of YM_FLAGS_KEPT */
    struct timespec times[2]; /* access, modification: what utimensat takes */
    struct ym_xattr *xattrs;
};

/* Of an open file whose fstat is sb; fd -1 (a link): without attributes.  IO: an attribute that
 * is listed cannot be read, for another reason than that this user may not. */
YM_MUST_CHECK ym_status ym_meta_get(int fd, const struct stat *sb, struct ym_arena *arena,
                                    struct ym_meta *ret_meta, struct ym_err *err);
/* Sets owner, mode, attributes and those flags that are no locks, not the times; false: something
 * could not be set. */
bool ym_meta_set(int fd, const struct ym_meta *meta);

/* The flags of an open file or folder; 0 where the file system has none. */
uint32_t ym_meta_flags(int fd);
/* Gives those flags of mask the values in flags, if they have others; false: could not (errno). */
bool ym_meta_set_flags(int fd, uint32_t mask, uint32_t flags);
/* "immutable", "append-only", "immutable and append-only"; "" for none. */
const char *ym_meta_locks(uint32_t flags);
/* May this process set and clear locks (CAP_LINUX_IMMUTABLE)? */
bool ym_meta_may_lock(void);

#endif
