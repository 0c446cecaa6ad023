/* meta.c - owner, mode, times, attributes of an open file.  See clean/meta.h. */
#include "clean/meta.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

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

/* Attributes of NTFS that ntfs-3g does not list; names from its documentation [M]. */
static const char *const unlisted[] = {"system.ntfs_acl", "system.ntfs_attrib_be",
                                       "system.ntfs_crtime_be"};

ym_status ym_meta_get(int fd, const struct stat *sb, struct ym_arena *arena,
                      struct ym_meta *ret_meta, struct ym_err *err) {
    char names[65536];
    ssize_t n = fd < 0 ? -1 : flistxattr(fd, names, sizeof(names));
    struct ym_meta meta = {.mode = sb->st_mode & 07777U,
                           .uid = sb->st_uid,
                           .gid = sb->st_gid,
                           .times = {sb->st_atim, sb->st_mtim}};

    if (fd >= 0 && n < 0 && !may_lack(errno)) {
        return ym_fail_errno(err, module, "", errno, "cannot list the attributes of a file");
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
    return ok;
}
