/* file.c - files.  See os/file.h.
 *
 * Why fstatat() before openat(): opening a device or a FIFO can do things (rewind a tape, wake a
 * writer), so what is not a regular file is not opened at all.  Someone may swap the name between
 * the two calls; O_NOFOLLOW and O_NONBLOCK make that harmless and the second fstat() notices.
 *
 * Why O_TMPFILE: a file without a name cannot be left behind, not even by SIGKILL.  It gets a
 * hidden name for the moment between linkat() and renameat(), since linkat() cannot replace. */
#include "os/file.h"

#include "base/alloc.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char module[] = "os/file";

enum { OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY };

static const char *kind_of(mode_t mode) {
    static const struct {
        mode_t type;
        const char *word;
    } rows[] = {{S_IFDIR, "a folder"},  {S_IFLNK, "a symbolic link"}, {S_IFIFO, "a pipe"},
                {S_IFSOCK, "a socket"}, {S_IFCHR, "a device"},        {S_IFBLK, "a device"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if ((mode & S_IFMT) == rows[i].type) {
            return rows[i].word;
        }
    }
    return "something unknown";
}

static ym_status not_regular(const char *shown, mode_t mode, struct ym_err *err) {
    return ym_fail_at(err, YM_UNSUPPORTED, module, shown, 0, 0,
                      "is %s, not a regular file; it was not opened", kind_of(mode));
}

/* Takes fd: it is closed unless it is a regular file. */
static ym_status accept_regular(int fd, const char *shown, int *ret_fd, struct ym_err *err) {
    struct stat sb;
    ym_status st;

    if (fd < 0) {
        return ym_fail_errno(err, module, shown, errno, "cannot open");
    }
    if (fstat(fd, &sb) < 0) {
        st = ym_fail_errno(err, module, shown, errno, "cannot ask for its type");
    } else if (!S_ISREG(sb.st_mode)) {
        st = not_regular(shown, sb.st_mode, err);
    } else {
        *ret_fd = fd;
        return YM_OK;
    }
    (void)close(fd);
    return st;
}

ym_status ym_file_open(int dir_fd, const char *name, bool follow, const char *shown, int *ret_fd,
                       struct ym_err *err) {
    struct stat sb;

    if (fstatat(dir_fd, name, &sb, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0) {
        return ym_fail_errno(err, module, shown, errno, "cannot open");
    }
    if (!S_ISREG(sb.st_mode)) {
        return not_regular(shown, sb.st_mode, err);
    }
    return accept_regular(ym_sys_openat(dir_fd, name, OPEN_FLAGS | (follow ? 0 : O_NOFOLLOW), 0),
                          shown, ret_fd, err);
}

ym_status ym_file_open_beneath(int dir_fd, const char *path, const char *shown, int *ret_fd,
                               struct ym_err *err) {
    struct open_how how = {.flags = OPEN_FLAGS | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    long fd;

    do {
        fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
    } while (fd < 0 && (errno == EINTR || errno == EAGAIN));
    if (fd < 0 && errno == EXDEV) {
        return ym_fail_at(err, YM_IO, module, shown, 0, 0,
                          "lies outside the folder of the file that was named");
    }
    return accept_regular((int)fd, shown, ret_fd, err);
}

static ym_status too_large(const char *shown, const struct ym_buf *out, struct ym_err *err) {
    return ym_fail_at(err, YM_LIMIT, module, shown, 0, 0,
                      "is larger than the %zu bytes that are read of such a file", out->max);
}

/* One read of up to STEP bytes; *ret_got 0 at the end of the file. */
static ym_status read_step(int fd, const char *shown, struct ym_buf *out, size_t *ret_got,
                           struct ym_err *err) {
    enum { STEP = 65536 };
    size_t before = out->len;
    size_t want = out->max - before < STEP ? out->max - before : STEP;
    uint8_t probe = 0;
    uint8_t *to = want == 0 ? &probe : ym_buf_room(out, want); /* full: is there one byte more? */
    ssize_t got;

    if (to == NULL) {
        return ym_fail_at(err, YM_NOMEM, module, shown, 0, 0, "out of memory");
    }
    got = ym_sys_read(fd, to, want == 0 ? 1 : want);
    if (got < 0) {
        return ym_fail_errno(err, module, shown, errno, "cannot read");
    }
    if (want == 0 && got > 0) {
        return too_large(shown, out, err);
    }
    if (want > 0) {
        out->len = before + (size_t)got;
        out->data[out->len] = 0;
    }
    *ret_got = (size_t)got;
    return YM_OK;
}

ym_status ym_file_read_all(int fd, const char *shown, struct ym_buf *out, struct ym_err *err) {
    size_t got = 0;

    do {
        YM_TRY(read_step(fd, shown, out, &got, err));
    } while (got > 0);
    return YM_OK;
}

ym_status ym_file_map(int fd, const char *shown, struct ym_file_map *ret_map, struct ym_err *err) {
    struct ym_file_map m = {NULL, 0};
    off_t end = lseek(fd, 0, SEEK_END);

    if (end < 0) {
        return ym_fail_errno(err, module, shown, errno, "cannot ask for its size");
    }
    if (end > 0) {
        m.size = (size_t)end;
        m.data = ym_sys_map(fd, m.size);
        if (m.data == NULL) {
            return ym_fail_errno(err, module, shown, errno, "cannot map %zu bytes", m.size);
        }
    }
    *ret_map = m;
    return YM_OK;
}

void ym_file_unmap(struct ym_file_map *m) {
    if (m->data != NULL) {
        (void)munmap((void *)(uintptr_t)m->data, m->size); // NOLINT(performance-no-int-to-ptr)
    }
    m->data = NULL;
    m->size = 0;
}

ym_status ym_file_write_all(int fd, const char *shown, const void *data, size_t n,
                            struct ym_err *err) {
    const uint8_t *p = data;

    while (n > 0) {
        ssize_t put = ym_sys_write(fd, p, n);

        if (put < 0) {
            return ym_fail_errno(err, module, shown, errno,
                                 errno == ENOSPC || errno == EDQUOT
                                     ? "cannot write; make room or choose another place"
                                     : "cannot write");
        }
        if (put == 0) { /* the system takes nothing and gives no reason: do not spin */
            return ym_fail_errno(err, module, shown, EIO, "cannot write");
        }
        p += put;
        n -= (size_t)put;
    }
    return YM_OK;
}

/* ---- Stamps ------------------------------------------------------------------------------- */

static bool to_ns(const struct timespec *t, int64_t *ret_ns) {
    int64_t ns;

    if (__builtin_mul_overflow((int64_t)t->tv_sec, INT64_C(1000000000), &ns) ||
        __builtin_add_overflow(ns, (int64_t)t->tv_nsec, &ns)) {
        return false;
    }
    *ret_ns = ns;
    return true;
}

bool ym_file_stamp_of(const struct stat *sb, struct ym_file_stamp *ret_stamp) {
    struct ym_file_stamp s = {
        .dev = sb->st_dev, .ino = sb->st_ino, .size = sb->st_size < 0 ? 0 : (uint64_t)sb->st_size};

    if (!to_ns(&sb->st_mtim, &s.mtime_ns) || !to_ns(&sb->st_ctim, &s.ctime_ns)) {
        return false;
    }
    *ret_stamp = s;
    return true;
}

static bool keeps_ctime(int fd) {
    static const unsigned long kinds[] = {
        EXT4_SUPER_MAGIC, /* and ext2, ext3 */
        XFS_SUPER_MAGIC,   BTRFS_SUPER_MAGIC,      TMPFS_MAGIC,
        RAMFS_MAGIC,       F2FS_SUPER_MAGIC,       OVERLAYFS_SUPER_MAGIC,
        NILFS_SUPER_MAGIC, 0x2fc12fc1UL /* ZFS */, 0xca451a4eUL /* bcachefs */,
        0x3153464aUL /* JFS */};

    return ym_sys_is_on(fd, kinds, sizeof(kinds) / sizeof(kinds[0]));
}

bool ym_file_stamp_fd(int fd, struct ym_file_stamp *ret_stamp) {
    struct stat sb;

    return fstat(fd, &sb) == 0 && keeps_ctime(fd) && ym_file_stamp_of(&sb, ret_stamp);
}

/* ---- Replacing ---------------------------------------------------------------------------- */

static int open_folder_of(const char *path, const char **ret_leaf) {
    const char *slash = strrchr(path, '/');
    char *dir;
    int fd;

    *ret_leaf = slash == NULL ? path : slash + 1;
    dir = slash == NULL ? ym_strdup(".") : ym_strndup(path, (size_t)(slash - path) + 1);
    if (dir == NULL) {
        errno = ENOMEM;
        return -1;
    }
    fd = ym_sys_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0);
    ym_free(dir);
    return fd;
}

static void random_name(char *out, size_t size) {
    uint64_t r = 0;

    if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r)) {
        r = (uint64_t)getpid(); /* O_EXCL and linkat() notice a clash */
    }
    (void)snprintf(out, size, ".yamori-%016llx.new", (unsigned long long)r);
}

/* A nameless file, or one with a hidden name. */
static int open_new(struct ym_file_new *f, mode_t mode) {
    int fd = ym_sys_openat(f->dir_fd, ".", O_TMPFILE | O_RDWR, mode);

    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL)) {
        return fd;
    }
    random_name(f->temp, sizeof(f->temp));
    fd = ym_sys_openat(f->dir_fd, f->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    if (fd < 0) {
        f->temp[0] = '\0';
    }
    return fd;
}

ym_status ym_file_new_begin(const char *path, mode_t mode, struct ym_file_new *ret_new,
                            struct ym_err *err) {
    struct ym_file_new f = {.fd = -1, .dir_fd = -1};
    struct stat sb;
    ym_status st = YM_OK;

    f.path = ym_strdup(path);
    if (f.path == NULL) {
        return ym_fail_at(err, YM_NOMEM, module, path, 0, 0, "out of memory");
    }
    f.dir_fd = open_folder_of(f.path, &f.leaf);
    if (f.dir_fd < 0) {
        st = ym_fail_errno(err, module, path, errno, "cannot open its folder");
    } else if (f.leaf[0] == '\0') {
        st = ym_fail_at(err, YM_IO, module, path, 0, 0, "is the name of a folder, not of a file");
    } else if (fstatat(f.dir_fd, f.leaf, &sb, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(sb.st_mode)) {
        /* Renaming over a link or a device would replace something else than was meant. */
        st = not_regular(path, sb.st_mode, err);
    } else {
        f.fd = open_new(&f, mode);
        if (f.fd < 0) {
            st = ym_fail_errno(err, module, path, errno, "cannot create a file beside it");
        }
    }
    if (st != YM_OK) {
        ym_file_new_done(&f);
        return st;
    }
    *ret_new = f;
    return YM_OK;
}

/* Gives a nameless file its hidden name. */
static int give_name(struct ym_file_new *f) {
    char self[64];
    int rc;

    if (f->temp[0] != '\0') {
        return 0;
    }
    (void)snprintf(self, sizeof(self), "/proc/self/fd/%d", f->fd);
    random_name(f->temp, sizeof(f->temp));
    rc = linkat(AT_FDCWD, self, f->dir_fd, f->temp, AT_SYMLINK_FOLLOW);
    if (rc < 0) { /* no /proc: the privileged may name the descriptor itself */
        rc = linkat(f->fd, "", f->dir_fd, f->temp, AT_EMPTY_PATH);
    }
    if (rc < 0) {
        f->temp[0] = '\0';
    }
    return rc;
}

ym_status ym_file_new_commit(struct ym_file_new *f, struct ym_err *err) {
    if (ym_sys_fsync(f->fd) < 0) {
        return ym_fail_errno(err, module, f->path, errno, "cannot bring it to disk");
    }
    if (give_name(f) < 0) {
        return ym_fail_errno(err, module, f->path, errno, "cannot name the new file");
    }
    if (ym_sys_renameat(f->dir_fd, f->temp, f->leaf) < 0) {
        return ym_fail_errno(err, module, f->path, errno, "cannot rename the new file to it");
    }
    f->committed = true;
    if (ym_sys_fsync(f->dir_fd) < 0) {
        return ym_fail_errno(err, module, f->path, errno,
                             "is written, but its folder could not be brought to disk");
    }
    return YM_OK;
}

void ym_file_new_done(struct ym_file_new *f) {
    if (!f->committed && f->temp[0] != '\0') {
        (void)unlinkat(f->dir_fd, f->temp, 0);
    }
    if (f->fd >= 0) {
        (void)close(f->fd);
    }
    if (f->dir_fd >= 0) {
        (void)close(f->dir_fd);
    }
    ym_free(f->path);
    *f = (struct ym_file_new){.fd = -1, .dir_fd = -1};
}

ym_status ym_file_replace(const char *path, mode_t mode, const void *data, size_t n,
                          struct ym_err *err) {
    struct ym_file_new f;
    ym_status st;

    YM_TRY(ym_file_new_begin(path, mode, &f, err));
    st = ym_file_write_all(f.fd, path, data, n, err);
    if (st == YM_OK) {
        st = ym_file_new_commit(&f, err);
    }
    ym_file_new_done(&f);
    return st;
}
