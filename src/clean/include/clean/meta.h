/* meta.h - what a file has beside its name and its bytes.
 *
 * Read from an open descriptor, so that it belongs to the file whose bytes were read; everything
 * lives in the arena given.  Attributes are all that the file system shows to this user
 * (flistxattr: user.*, security.*, the ACLs as system.posix_acl_*), and three of ntfs-3g that it
 * does not list.  Flags of `chattr` and the time of birth are not among them. */
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

struct ym_meta {
    uint32_t mode, uid, gid;  /* mode: permission bits only */
    struct timespec times[2]; /* access, modification: what utimensat takes */
    struct ym_xattr *xattrs;
};

/* Of an open file whose fstat is sb; fd -1 (a link): without attributes.  IO: an attribute that
 * is listed cannot be read, for another reason than that this user may not. */
YM_MUST_CHECK ym_status ym_meta_get(int fd, const struct stat *sb, struct ym_arena *arena,
                                    struct ym_meta *ret_meta, struct ym_err *err);
/* Sets owner, mode and attributes, not the times; false: something could not be set. */
bool ym_meta_set(int fd, const struct ym_meta *meta);

#endif
