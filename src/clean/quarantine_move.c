/* quarantine_move.c - from a volume into the store, and back.  See clean/quarantine.h.
 *
 * Out of a volume a file is known by its descriptor from the first look to the last: it is sealed
 * from that, and a name is removed only when what lies there is that file (away.h), in the state
 * that was sealed.  A rename changes a file's ctime, so that is compared before the name is moved,
 * and size and modification time after.  What somebody who already had the file open for writing
 * writes in that last moment goes with the file.
 *
 * Onto a volume a file comes under a hidden name first, complete, and is then renamed to where
 * nothing lies. */
#include "quarantine_int.h"

#include "away.h"
#include "detect.h"
#include "journal_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "clean/quarantine";

/* --- the source -------------------------------------------------------------------------------- */

static ym_status not_a_file(const char *path, bool link, struct ym_err *err) {
    return ym_fail_at(err, YM_UNSUPPORTED, module, path, 0, 0,
                      link ? "is a symbolic link; not followed" : "is not a regular file");
}

static ym_status open_in(struct ym_quarantine_source *s, struct ym_err *err) {
    if (fstatat(s->dir_fd, s->leaf, &s->sb, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? YM_END
                               : ym_fail_errno(err, module, s->path, errno, "cannot look at it");
    }
    if (!S_ISREG(s->sb.st_mode)) { /* opening a device may do something */
        return not_a_file(s->path, S_ISLNK(s->sb.st_mode), err);
    }
    s->fd = openat(s->dir_fd, s->leaf, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (s->fd < 0) {
        return errno == ENOENT  ? YM_END
               : errno == ELOOP ? not_a_file(s->path, true, err)
                                : ym_fail_errno(err, module, s->path, errno, "cannot open");
    }
    if (fstat(s->fd, &s->sb) != 0 || !S_ISREG(s->sb.st_mode)) {
        return not_a_file(s->path, false, err);
    }
    /* Where it is allowed: a file that turns out to be another keeps its access time. */
    (void)fcntl(s->fd, F_SETFL, O_NOATIME);
    return YM_OK;
}

ym_status ym_quarantine_source_open(const struct ym_volume *v, const char *path,
                                    struct ym_quarantine_source *ret_source, struct ym_err *err) {
    struct ym_quarantine_source s = {.dir_fd = -1, .fd = -1, .path = path};
    ym_status st;

    YM_TRY(ym_volume_parent(v, path, &s.dir_fd, &s.leaf, err));
    st = open_in(&s, err);
    if (st != YM_OK) {
        ym_quarantine_source_done(&s);
        return st;
    }
    *ret_source = s;
    return YM_OK;
}

void ym_quarantine_source_done(struct ym_quarantine_source *s) {
    if (s->fd >= 0) {
        (void)close(s->fd);
    }
    if (s->dir_fd >= 0) {
        (void)close(s->dir_fd);
    }
    s->fd = s->dir_fd = -1;
}

static bool same_time(struct timespec a, struct timespec b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same_file(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && S_ISREG(b->st_mode);
}

/* In the state that it was opened in, but for what a rename changes. */
static bool same_bytes(const struct stat *a, const struct stat *b) {
    return a->st_size == b->st_size && same_time(a->st_mtim, b->st_mtim);
}

static bool unchanged(const struct ym_quarantine_source *s) {
    struct stat now;

    return fstat(s->fd, &now) == 0 && same_bytes(&s->sb, &now) &&
           same_time(s->sb.st_ctim, now.st_ctim);
}

/* --- seal -------------------------------------------------------------------------------------- */

static ym_status too_much(const char *path, struct ym_err *err) {
    return ym_fail_at(err, YM_LIMIT, module, path, 0, 0,
                      "more or longer words and attributes than an item may have");
}

static ym_status within_limits(const struct ym_quarantine_item *item, struct ym_err *err) {
    const char *const texts[] = {item->path, item->volume, item->name, item->rule, item->journal};
    size_t n = 0;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strlen(texts[i]) > YM_QUARANTINE_TEXT_MAX) {
            return too_much(item->path, err);
        }
    }
    for (const struct ym_xattr *x = item->meta.xattrs; x != NULL; x = x->next) {
        if (x->n > YM_QUARANTINE_XATTR_MAX || ++n > YM_QUARANTINE_XATTRS_MAX) {
            return too_much(item->path, err);
        }
    }
    return item->path[0] != '\0' ? YM_OK : too_much(item->path, err);
}

static ym_status changed(const char *path, struct ym_err *err) {
    return ym_fail_at(err, YM_CANCELLED, module, path, 0, 0,
                      "changed while it was being sealed; it was left as it is");
}

ym_status ym_quarantine_seal(struct ym_quarantine *q, const char *id,
                             const struct ym_quarantine_source *s,
                             const struct ym_quarantine_about *about, struct ym_arena *arena,
                             uint8_t ret_sha256[32], struct ym_err *err) {
    struct ym_quarantine_item item = {.id = id,
                                      .path = about->path,
                                      .volume = about->volume,
                                      .name = about->name,
                                      .rule = about->rule,
                                      .journal = about->journal,
                                      .links = (uint32_t)s->sb.st_nlink,
                                      .changed = s->sb.st_ctim};

    if (!ym_quarantine_id_ok(id)) {
        return ym_fail_at(err, YM_MALFORMED, module, id, 0, 0, "not the id of an item");
    }
    (void)clock_gettime(CLOCK_REALTIME, &item.when);
    YM_TRY(ym_clean_sha256_fd(s->fd, s->path, item.sha256, &item.size, err));
    YM_TRY(ym_meta_get(s->fd, &s->sb, arena, &item.meta, err));
    YM_TRY(within_limits(&item, err));
    if (!unchanged(s)) {
        return changed(s->path, err);
    }
    YM_TRY(ym_seal(q, &item, s->fd, s->path, err));
    memcpy(ret_sha256, item.sha256, sizeof(item.sha256));
    return YM_OK;
}

/* --- remove ------------------------------------------------------------------------------------ */

/* What lies there cannot be exchanged any more (away.h), so once it is known the descriptor can go;
 * it must: of an open file FUSE keeps a name in the folder, which then could not be removed. */
static bool is_the_source(void *ctx, int dir_fd, const char *name) {
    struct ym_quarantine_source *s = ctx;
    struct stat there;
    struct stat held;
    bool same = fstatat(dir_fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
                fstat(s->fd, &held) == 0 && same_file(&held, &there) &&
                same_bytes(&s->sb, &there) && same_time(held.st_ctim, there.st_ctim);

    if (same) {
        (void)close(s->fd);
        s->fd = -1;
    }
    return same;
}

ym_status ym_quarantine_remove(struct ym_quarantine_source *s, const char *id, ym_taken *ret_how,
                               struct ym_err *err) {
    static const ym_taken words[] = {[YM_AWAY_GONE] = YM_TAKEN_GONE,
                                     [YM_AWAY_OTHER] = YM_TAKEN_OTHER,
                                     [YM_AWAY_KEPT] = YM_TAKEN_KEPT};
    ym_away how = YM_AWAY_OTHER;
    struct stat there;

    /* Most that was exchanged is seen here, and is not moved at all. */
    if (unchanged(s) && fstatat(s->dir_fd, s->leaf, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        same_file(&s->sb, &there)) {
        YM_TRY(ym_away_take(s->dir_fd, s->leaf, id, is_the_source, s, s->path, &how, err));
    }
    *ret_how = words[how];
    return YM_OK;
}

static ym_status take_open(struct ym_quarantine *q, const char *id, struct ym_quarantine_source *s,
                           const struct ym_quarantine_about *about, const uint8_t want[32],
                           struct ym_arena *arena, ym_taken *ret_how, struct ym_err *err) {
    uint8_t digest[32];
    uint64_t size;

    if (want != NULL) {
        YM_TRY(ym_clean_sha256_fd(s->fd, s->path, digest, &size, err));
        if (memcmp(digest, want, sizeof(digest)) != 0) {
            return ym_fail_at(err, YM_CANCELLED, module, s->path, 0, 0,
                              "is not what was found there; it was left as it is");
        }
    }
    YM_TRY(ym_quarantine_seal(q, id, s, about, arena, digest, err));
    return ym_quarantine_remove(s, id, ret_how, err);
}

ym_status ym_quarantine_take(struct ym_quarantine *q, const char *id, const struct ym_volume *v,
                             const struct ym_quarantine_about *about, const uint8_t want[32],
                             struct ym_arena *arena, ym_taken *ret_how, struct ym_err *err) {
    struct ym_quarantine_source s;
    ym_status st;

    YM_TRY(ym_quarantine_source_open(v, about->path, &s, err));
    st = take_open(q, id, &s, about, want, arena, ret_how, err);
    ym_quarantine_source_done(&s);
    return st;
}

/* --- restore ----------------------------------------------------------------------------------- */

static ym_status occupied(const char *path, struct ym_err *err) {
    return ym_fail_at(err, YM_IO, module, path, 0, 0,
                      "something lies there already; it is not overwritten");
}

/* The new file, complete and synced; *ret_fd stays open. */
static ym_status fill(struct ym_unsealing *u, int dir_fd, const char *temp, const char *path,
                      int *ret_fd, unsigned *ret_left, struct ym_err *err) {
    ym_status st;
    int fd;

    (void)unlinkat(dir_fd, temp, 0); /* of an earlier, killed try */
    ym_journal_point();
    fd = openat(dir_fd, temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return ym_fail_errno(err, module, path, errno, "cannot create a file beside it");
    }
    ym_journal_point();
    st = ym_unseal_content(u, fd, path, err);
    if (st == YM_OK) {
        *ret_left =
            (ym_meta_set(fd, &u->item.meta) ? 0U : (unsigned)YM_QUARANTINE_LEFT_META) |
            (futimens(fd, u->item.meta.times) == 0 ? 0U : (unsigned)YM_QUARANTINE_LEFT_TIMES);
        if (fsync(fd) != 0) {
            st = ym_fail_errno(err, module, path, errno, "cannot bring it to the disk");
        }
    }
    ym_journal_point();
    if (st != YM_OK) {
        (void)close(fd);
        return st;
    }
    *ret_fd = fd;
    return YM_OK;
}

static ym_status give_name(int dir_fd, int fd, const char *temp, const char *leaf, bool over,
                           const char *path, struct ym_err *err) {
    struct stat held;
    struct stat there;

    if ((over ? renameat(dir_fd, temp, dir_fd, leaf)
              : ym_away_rename_free(dir_fd, temp, dir_fd, leaf)) != 0) {
        return errno == EEXIST
                   ? occupied(path, err)
                   : ym_fail_errno(err, module, path, errno, "cannot put the file in place");
    }
    ym_journal_point();
    if (fstat(fd, &held) != 0 || fstatat(dir_fd, leaf, &there, AT_SYMLINK_NOFOLLOW) != 0 ||
        !same_file(&held, &there)) {
        return ym_fail_at(err, YM_IO, module, path, 0, 0,
                          "somebody exchanged the file while it was being put back");
    }
    if (fsync(dir_fd) != 0 && errno != EINVAL) {
        return ym_fail_errno(err, module, path, errno, "cannot bring the folder to the disk");
    }
    return YM_OK;
}

/* A locked file can be given no name, so it is locked under the one it has. */
static void lock_again(int fd, const struct ym_meta *meta, unsigned *left) {
    if (!ym_meta_set_flags(fd, YM_FLAGS_LOCKS, meta->flags) || fsync(fd) != 0) {
        *left |= YM_QUARANTINE_LEFT_LOCKS;
    }
    ym_journal_point();
}

static ym_status restore_into(struct ym_unsealing *u, int dir_fd, const char *leaf, bool over,
                              const char *path, unsigned *ret_left, struct ym_err *err) {
    char temp[YM_QUARANTINE_ID_SIZE + 16];
    unsigned left = 0;
    struct stat sb;
    ym_status st;
    int fd = -1;

    if (!over && fstatat(dir_fd, leaf, &sb, AT_SYMLINK_NOFOLLOW) == 0) {
        return occupied(path, err);
    }
    (void)snprintf(temp, sizeof(temp), ".yamori-%s", u->id);
    st = fill(u, dir_fd, temp, path, &fd, &left, err);
    st = st == YM_OK ? give_name(dir_fd, fd, temp, leaf, over, path, err) : st;
    if (st != YM_OK) {
        (void)unlinkat(dir_fd, temp, 0);
    } else if ((u->item.meta.flags & YM_FLAGS_LOCKS) != 0) {
        lock_again(fd, &u->item.meta, &left);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (st == YM_OK) {
        *ret_left = left;
    }
    return st;
}

static ym_status restore(struct ym_quarantine *q, const char *id, const struct ym_volume *v,
                         const char *path, bool over, struct ym_arena *arena, unsigned *ret_left,
                         struct ym_err *err) {
    const char *leaf = NULL;
    struct ym_unsealing u;
    int dir_fd = -1;
    ym_status st;

    YM_TRY(ym_unseal_begin(q, id, arena, &u, err));
    path = path == NULL ? u.item.path : path;
    st = ym_volume_parent(v, path, &dir_fd, &leaf, err);
    if (st == YM_END) {
        st = ym_fail_at(err, YM_IO, module, path, 0, 0,
                        "its folder is not there any more (--to names another place)");
    } else if (st == YM_OK) {
        st = restore_into(&u, dir_fd, leaf, over, path, ret_left, err);
        (void)close(dir_fd);
    }
    ym_unseal_done(&u);
    return st;
}

ym_status ym_quarantine_restore(struct ym_quarantine *q, const char *id, const struct ym_volume *v,
                                const char *path, struct ym_arena *arena, unsigned *ret_left,
                                struct ym_err *err) {
    return restore(q, id, v, path, false, arena, ret_left, err);
}

ym_status ym_quarantine_restore_over(struct ym_quarantine *q, const char *id,
                                     const struct ym_volume *v, const char *path,
                                     struct ym_arena *arena, unsigned *ret_left,
                                     struct ym_err *err) {
    return restore(q, id, v, path, true, arena, ret_left, err);
}
