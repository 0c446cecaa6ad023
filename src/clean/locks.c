/* locks.c - files and folders that `chattr +i` or `+a` keeps from being changed.
 *
 * Root kits set these flags on what they leave, and on the crontabs and key files that they write into.
 * The journal has the flags of every target and of every folder in which something changes before the
 * first is taken off.  They are cleared through the descriptor of what they are on, right before its
 * change; a kill in between leaves a file that is as before but for its lock, which resume goes on
 * from and undo sets again.  Undo sets them last of all, after content, names and times: nothing can
 * be done to a locked file. */
#include "journal_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "clean/locks";

static ym_status may_not(struct ym_journal *j, const char *path, uint32_t flags) {
    return ym_fail_at(j->err, YM_IO, module, path, 0, 0,
                      "is %s (chattr), and this process may not take that off, because it lacks "
                      "CAP_LINUX_IMMUTABLE: run it as root outside of a container, or take it off "
                      "with chattr -ia first",
                      ym_meta_locks(flags));
}

ym_status ym_locks_check(struct ym_journal *j) {
    const bool may = ym_meta_may_lock();

    for (const struct ym_target *t = j->targets; t != NULL && !may; t = t->next) {
        if ((t->meta.flags & YM_FLAGS_LOCKS) != 0) {
            return may_not(j, t->path, t->meta.flags);
        }
    }
    for (const struct ym_folder_times *f = j->folders; f != NULL && !may; f = f->next) {
        if ((f->flags & YM_FLAGS_LOCKS) != 0) {
            return may_not(j, f->path[0] == '\0' ? "/" : f->path, f->flags);
        }
    }
    return YM_OK;
}

/* What is gone, or is a link now, has no locks. */
static bool open_it(const struct ym_volume *v, const char *path, bool folder, int *ret_fd) {
    return (folder ? ym_volume_open_folder(v, path, ret_fd, NULL)
                   : ym_volume_open_file(v, path, ret_fd, NULL)) == YM_OK;
}

static ym_status take_off(const struct ym_volume *v, struct ym_journal *j, const char *path,
                          bool folder, uint32_t which) {
    ym_status st = YM_OK;
    uint32_t now;
    int fd = -1;

    which &= YM_FLAGS_LOCKS;
    if (which == 0 || !open_it(v, path, folder, &fd)) {
        return YM_OK;
    }
    now = ym_meta_flags(fd) & which;
    if (now != 0) {
        ym_journal_point();
        if (!ym_meta_set_flags(fd, now, 0)) {
            st = errno == EPERM
                     ? may_not(j, path, now)
                     : ym_fail_errno(j->err, module, path, errno,
                                     "cannot take off that it is %s (chattr)", ym_meta_locks(now));
        }
        ym_journal_point();
    }
    (void)close(fd);
    return st;
}

ym_status ym_locks_off_folder(const struct ym_volume *v, struct ym_journal *j,
                              const struct ym_target *t, bool any) {
    const char *slash = strrchr(t->path, '/');
    const size_t n = slash == NULL ? 0 : (size_t)(slash - t->path);

    for (const struct ym_folder_times *f = j->folders; f != NULL; f = f->next) {
        if (strlen(f->path) == n && strncmp(f->path, t->path, n) == 0) {
            return take_off(v, j, f->path, true, any ? (uint32_t)YM_FLAGS_LOCKS : f->flags);
        }
    }
    return YM_OK;
}

ym_status ym_locks_off(const struct ym_volume *v, struct ym_journal *j, const struct ym_target *t,
                       bool any) {
    return t->action == YM_TARGET_REMOVE_LINK
               ? YM_OK
               : take_off(v, j, t->path, t->action == YM_TARGET_REMOVE_FOLDER,
                          any ? (uint32_t)YM_FLAGS_LOCKS : t->meta.flags);
}

void ym_locks_on(const struct ym_volume *v, struct ym_journal *j, const char *path, bool folder,
                 uint32_t flags) {
    char text[100];
    int fd = -1;

    if ((flags & YM_FLAGS_LOCKS) == 0 || !open_it(v, path, folder, &fd)) {
        return;
    }
    ym_journal_point();
    if (!ym_meta_set_flags(fd, YM_FLAGS_LOCKS, flags) || (fsync(fd) != 0 && errno != EINVAL)) {
        (void)snprintf(text, sizeof(text), "could not be made %s again (chattr)",
                       ym_meta_locks(flags));
        ym_journal_left(j, path[0] == '\0' ? "/" : path, text);
    }
    ym_journal_point();
    (void)close(fd);
}
