/* meta.c - owner, mode, times, attributes, flags of an open file.  See clean/meta.h. */
#include "clean/meta.h"

#include <assert.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static_assert(YM_FLAGS_LOCKS == (FS_IMMUTABLE_FL | FS_APPEND_FL), "flags of the kernel");
static_assert(YM_FLAGS_KEPT == (YM_FLAGS_LOCKS | FS_SYNC_FL | FS_NODUMP_FL | FS_NOATIME_FL),
              "flags of the kernel");

static const char module[] = "clean/meta";

/* Not there, or not ours to read: then not ours to change either. */
static bool may_lack(int why) {
    return why == ENODATA || why == EOPNOTSUPP || why == EPERM || why == EACCES;
}

static ym_status add_xattr(int fd, const char *name, bool listed, struct ym_arena *arena,
                           struct ym_xattr **list, struct ym_err *err) {
    uint8_t data[65536];
    ssize_t n = fgetxattr(fd, name, data, sizeof(data));
    struct ym_xattr *x;

    if (n < 0) {
        return !listed || may_lack(errno) ? YM_OK
                                          : ym_fail_errno(err, module, name, errno,
                                                          "cannot read this attribute of a file");
    }
    for (x = *list; x != NULL; x = x->next) {
        if (strcmp(x->name, name) == 0) {
            return YM_OK;
        }
    }
    x = YM_ARENA_NEW(arena, struct ym_xattr);
    if (x == NULL || (x->name = ym_arena_strndup(arena, name, strlen(name))) == NULL ||
        (x->data = ym_arena_memdup(arena, data, (size_t)n)) == NULL) {
        return ym_fail_at(err, YM_NOMEM, module, name, 0, 0, "no memory for an attribute");
    }
    x->n = (size_t)n;
    x->next = *list;
    *list = x;
    return YM_OK;
}

/* The request says it gives a long, and file systems of the kernel give an int: room for both, the
 * first four bytes count. */
static bool get_flags(int fd, uint32_t *ret_flags) {
    uint32_t v[2] = {0, 0};

    if (ioctl(fd, FS_IOC_GETFLAGS, v) != 0) {
        return false;
    }
    *ret_flags = v[0];
    return true;
}

uint32_t ym_meta_flags(int fd) {
    uint32_t flags = 0;

    return get_flags(fd, &flags) ? flags & YM_FLAGS_KEPT : 0;
}

bool ym_meta_set_flags(int fd, uint32_t mask, uint32_t flags) {
    uint32_t v[2] = {0, 0};

    if (!get_flags(fd, v)) {
        return (flags & mask) == 0; /* none to clear */
    }
    if ((v[0] & mask) == (flags & mask)) {
        return true;
    }
    v[0] = (v[0] & ~mask) | (flags & mask);
    return ioctl(fd, FS_IOC_SETFLAGS, v) == 0;
}

const char *ym_meta_locks(uint32_t flags) {
    static const char *const words[] = {"", "immutable", "append-only",
                                        "immutable and append-only"};

    return words[(flags & YM_FLAGS_LOCKS) / YM_FLAG_IMMUTABLE];
}

bool ym_meta_may_lock(void) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};

    return syscall(SYS_capget, &head, sets) == 0 &&
           (sets[0].effective & 1U << CAP_LINUX_IMMUTABLE) != 0;
}

/* Attributes of NTFS that ntfs-3g does not list; names from its documentation [M]. */
static const char *const unlisted[] = {"system.ntfs_acl", "system.ntfs_attrib_be",
                                       "system.ntfs_crtime_be"};

ym_status ym_meta_get(int fd, const struct stat *sb, struct ym_arena *arena,
                      struct ym_meta *ret_meta, struct ym_err *err) {
    char names[65536];
    ssize_t n = fd < 0 ? -1 : flistxattr(fd, names, sizeof(names));
    const int why = errno;
    struct ym_meta meta = {.mode = sb->st_mode & 07777U,
                           .uid = sb->st_uid,
                           .gid = sb->st_gid,
                           .flags = fd < 0 ? 0 : ym_meta_flags(fd),
                           .times = {sb->st_atim, sb->st_mtim}};

    if (fd >= 0 && n < 0 && !may_lack(why)) {
        return ym_fail_errno(err, module, "", why, "cannot list the attributes of a file");
    }
    for (ssize_t i = 0; i < n; i += (ssize_t)strlen(names + i) + 1) {
        YM_TRY(add_xattr(fd, names + i, true, arena, &meta.xattrs, err));
    }
    for (size_t i = 0; fd >= 0 && i < sizeof(unlisted) / sizeof(unlisted[0]); i++) {
        YM_TRY(add_xattr(fd, unlisted[i], false, arena, &meta.xattrs, err));
    }
    *ret_meta = meta;
    return YM_OK;
}

bool ym_meta_set(int fd, const struct ym_meta *meta) {
    struct stat sb;
    bool ok = fstat(fd, &sb) == 0;

    if (ok && (sb.st_uid != meta->uid || sb.st_gid != meta->gid)) {
        ok = fchown(fd, meta->uid, meta->gid) == 0;
    }
    if (ok && (sb.st_mode & 07777U) != meta->mode) {
        ok = fchmod(fd, meta->mode) == 0;
    }
    for (const struct ym_xattr *x = meta->xattrs; x != NULL; x = x->next) {
        uint8_t now[65536];
        ssize_t n = fgetxattr(fd, x->name, now, sizeof(now));

        if (n != (ssize_t)x->n || memcmp(now, x->data, x->n) != 0) {
            ok = fsetxattr(fd, x->name, x->data, x->n, 0) == 0 && ok;
        }
    }
    return ym_meta_set_flags(fd, YM_FLAGS_KEPT & ~(unsigned)YM_FLAGS_LOCKS, meta->flags) && ok;
}
