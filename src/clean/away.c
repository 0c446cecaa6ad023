/* away.c - see away.h.
 *
 * The steps, each of which a kill may follow: make the folder, move the name into it, remove it
 * there, remove the folder.  Whatever lies in the folder afterwards, ym_away_settle() knows what
 * to do: back where it came from, and the work begins again. */
#include "away.h"

#include "journal_int.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char module[] = "clean/away";
static const char inside[] = "taken";

struct away {
    int dir_fd; /* the folder that has the name */
    const char *leaf;
    char folder[96]; /* ours, in dir_fd ... */
    int fd;          /* ... and open */
    const char *shown;
    struct ym_err *err;
};

static struct away away_of(int dir_fd, const char *leaf, const char *id, const char *shown,
                           struct ym_err *err) {
    struct away a = {.dir_fd = dir_fd, .leaf = leaf, .fd = -1, .shown = shown, .err = err};

    (void)snprintf(a.folder, sizeof(a.folder), ".yamori-%s.d", id);
    return a;
}

int ym_away_rename_free(int from_fd, const char *from, int to_fd, const char *to) {
    struct stat sb;

    if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return -1;
    }
    if (linkat(from_fd, from, to_fd, to, 0) == 0) {
        return unlinkat(from_fd, from, 0);
    }
    if (errno == EEXIST) {
        return -1;
    }
    if (fstatat(to_fd, to, &sb, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat(from_fd, from, to_fd, to);
}

/* Opens the folder; false unless it is ours and no one else's (somebody may have exchanged it since
 * it was made).  File systems without owners show that of the mount: nothing can be told there. */
static bool open_ours(struct away *a) {
    struct ym_file_stamp stamp;
    struct stat sb;

    a->fd = openat(a->dir_fd, a->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (a->fd < 0) {
        return false;
    }
    if (!ym_file_stamp_fd(a->fd, &stamp) ||
        (fstat(a->fd, &sb) == 0 && sb.st_uid == geteuid() && (sb.st_mode & 077U) == 0)) {
        return true;
    }
    (void)close(a->fd);
    a->fd = -1;
    errno = EPERM;
    return false;
}

static ym_status begin(struct away *a) {
    ym_journal_point();
    if (mkdirat(a->dir_fd, a->folder, 0700) != 0 || !open_ours(a)) {
        return ym_fail_errno(a->err, module, a->shown, errno,
                             "cannot make a folder beside it to move it into");
    }
    ym_journal_point();
    return YM_OK;
}

/* Removes the folder, if it is empty, and brings it all to the disk. */
static ym_status end(struct away *a, ym_status st) {
    ym_journal_point();
    (void)close(a->fd);
    (void)unlinkat(a->dir_fd, a->folder, AT_REMOVEDIR);
    ym_journal_point();
    if (st == YM_OK && fsync(a->dir_fd) != 0 && errno != EINVAL) {
        st = ym_fail_errno(a->err, module, a->shown, errno, "cannot bring the folder to the disk");
    }
    return st;
}

static ym_status put_back(const struct away *a, ym_away *ret_how) {
    if (ym_away_rename_free(a->fd, inside, a->dir_fd, a->leaf) == 0) {
        *ret_how = YM_AWAY_OTHER;
        return YM_OK;
    }
    *ret_how = YM_AWAY_KEPT;
    return errno == EEXIST
               ? YM_OK
               : ym_fail_errno(a->err, module, a->shown, errno,
                               "cannot be put back from the folder %s beside it", a->folder);
}

static ym_status drop(const struct away *a, ym_away *ret_how) {
    if (unlinkat(a->fd, inside, 0) != 0) {
        ym_status st = ym_fail_errno(a->err, module, a->shown, errno, "cannot remove");
        ym_status back = put_back(a, ret_how);

        return back == YM_OK ? st : back;
    }
    *ret_how = YM_AWAY_GONE;
    return YM_OK;
}

/* Into our folder, where nobody else can put anything: so a plain rename will do. */
static ym_status move_in(const struct away *a, bool *ret_there) {
    *ret_there = renameat(a->dir_fd, a->leaf, a->fd, inside) == 0;
    ym_journal_point();
    return *ret_there || errno == ENOENT
               ? YM_OK
               : ym_fail_errno(a->err, module, a->shown, errno, "cannot move it away");
}

ym_status ym_away_take(int dir_fd, const char *leaf, const char *id, ym_away_is *is, void *ctx,
                       const char *shown, ym_away *ret_how, struct ym_err *err) {
    struct away a = away_of(dir_fd, leaf, id, shown, err);
    ym_away how = YM_AWAY_OTHER;
    bool there = false;
    ym_status st;

    YM_TRY(begin(&a));
    st = move_in(&a, &there);
    if (st == YM_OK && there) {
        st = is(ctx, a.fd, inside) ? drop(&a, &how) : put_back(&a, &how);
    }
    st = end(&a, st);
    if (st == YM_OK) {
        *ret_how = how;
    }
    return st;
}

ym_status ym_away_settle(int dir_fd, const char *leaf, const char *id, ym_away_is *is, void *ctx,
                         const char *shown, ym_away *ret_how, struct ym_err *err) {
    struct away a = away_of(dir_fd, leaf, id, shown, err);
    ym_away how = YM_AWAY_OTHER;
    struct stat sb;
    ym_status st = YM_OK;

    if (fstatat(dir_fd, a.folder, &sb, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(sb.st_mode) ||
        !open_ours(&a)) {
        *ret_how = how; /* none, or none of ours */
        return YM_OK;
    }
    if (fstatat(a.fd, inside, &sb, AT_SYMLINK_NOFOLLOW) == 0) {
        st = put_back(&a, &how);
        if (st == YM_OK && how == YM_AWAY_KEPT && is(ctx, a.fd, inside)) {
            st = drop(&a, &how);
        }
    }
    st = end(&a, st);
    if (st == YM_OK) {
        *ret_how = how;
    }
    return st;
}
