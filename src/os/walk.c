/* walk.c - a folder walk with an explicit stack.  See os/walk.h.
 *
 * One level = one open folder, its names read at once and sorted (the order of a walk does not
 * depend on the file system), and a cursor.  A level is entered through the descriptor of its
 * parent with O_NOFOLLOW, so a folder that is swapped for a link while we walk is an error and
 * not an exit from the tree.  Loops need links or bind mounts; the depth bound ends the latter. */
#include "os/walk.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char module[] = "os/walk";

enum { MAX_PATH_BYTES = 1 << 20 };

struct level {
    int fd;
    dev_t dev;
    char **names;
    size_t n_names;
    size_t at;
    size_t path_len; /* of walk.path, up to this folder */
};

struct ym_walk {
    struct ym_buf path;
    bool recurse;
    bool single; /* the path is no folder: it is the only entry */
    bool single_done;
    bool single_has_stamp;
    struct ym_file_stamp single_stamp;
    unsigned depth;
    struct level levels[YM_WALK_MAX_DEPTH];
};

const char *ym_walk_left_text(ym_walk_left left, uint64_t count) {
    static const char *const texts[][2] = {
#define X(name, one, many) [YM_WALK_LEFT_##name] = {(one), (many)},
        YM_WALK_LEFT_TABLE(X)
#undef X
    };

    return (unsigned)left < YM_WALK_LEFT_COUNT ? texts[left][count != 1] : "?";
}

static void level_done(struct level *l) {
    for (size_t i = 0; i < l->n_names; i++) {
        ym_free(l->names[i]);
    }
    ym_free(l->names);
    if (l->fd >= 0) {
        (void)close(l->fd);
    }
    *l = (struct level){.fd = -1};
}

static int by_name(const void *a, const void *b) {
    const char *const *x = a;
    const char *const *y = b;

    return strcmp(*x, *y);
}

static ym_status add_name(struct level *l, size_t *room, const char *name) {
    if (l->n_names == *room) {
        size_t want = *room == 0 ? 64 : *room * 2;
        char **more = ym_realloc_array(l->names, want, sizeof(*more));

        if (more == NULL) {
            return YM_NOMEM;
        }
        l->names = more;
        *room = want;
    }
    l->names[l->n_names] = ym_strdup(name);
    if (l->names[l->n_names] == NULL) {
        return YM_NOMEM;
    }
    l->n_names++;
    return YM_OK;
}

/* errno of a readdir() that failed is kept; what was read before it is walked all the same. */
static ym_status read_names(DIR *dir, struct level *l, int *ret_errno) {
    size_t room = 0;
    const struct dirent *d;

    for (;;) {
        errno = 0;
        d = readdir(dir); // NOLINT(concurrency-mt-unsafe): this DIR is ours alone
        if (d == NULL) {
            *ret_errno = errno;
            break;
        }
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) {
            YM_TRY(add_name(l, &room, d->d_name));
        }
    }
    if (l->n_names > 1) {
        qsort(l->names, l->n_names, sizeof(*l->names), by_name);
    }
    return YM_OK;
}

/* Takes fd.  On failure nothing was pushed. */
static ym_status push_level(struct ym_walk *w, int fd, dev_t dev, const char *shown,
                            struct ym_err *err) {
    struct level *l = &w->levels[w->depth];
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* closedir() closes one of the two */
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    int read_errno = 0;
    ym_status st = YM_OK;

    *l = (struct level){.fd = fd, .dev = dev, .path_len = w->path.len};
    if (dir == NULL) {
        st = ym_fail_errno(err, module, shown, errno, "cannot list this folder");
        if (copy >= 0) {
            (void)close(copy);
        }
    } else {
        st = read_names(dir, l, &read_errno);
        (void)closedir(dir);
        if (st != YM_OK) {
            (void)ym_fail_at(err, st, module, shown, 0, 0, "out of memory listing this folder");
        } else if (read_errno != 0) {
            st = ym_fail_errno(err, module, shown, read_errno, "cannot list all of this folder");
        }
    }
    if (st != YM_OK) {
        level_done(l);
        return st;
    }
    w->depth++;
    return YM_OK;
}

static bool is_kernel_fs(int fd) {
    static const unsigned long kinds[] = {PROC_SUPER_MAGIC,
                                          SYSFS_MAGIC,
                                          DEBUGFS_MAGIC,
                                          TRACEFS_MAGIC,
                                          CGROUP_SUPER_MAGIC,
                                          CGROUP2_SUPER_MAGIC,
                                          SECURITYFS_MAGIC,
                                          BPF_FS_MAGIC,
                                          DEVPTS_SUPER_MAGIC,
                                          0x62656570UL /* configfs */,
                                          0x6165676cUL /* pstore */,
                                          0xde5e81e4UL /* efivarfs */};

    return ym_sys_is_on(fd, kinds, sizeof(kinds) / sizeof(kinds[0]));
}

ym_status ym_walk_new(const char *path, bool recurse, struct ym_walk **ret_walk,
                      struct ym_err *err) {
    struct ym_walk *w;
    struct stat sb;
    ym_status st = YM_OK;

    if (stat(path, &sb) < 0) {
        return ym_fail_errno(err, module, path, errno, "cannot open");
    }
    w = ym_zalloc(1, sizeof(*w));
    if (w == NULL) {
        return ym_fail_at(err, YM_NOMEM, module, path, 0, 0, "out of memory");
    }
    ym_buf_init(&w->path, MAX_PATH_BYTES);
    ym_buf_add_text(&w->path, path);
    w->recurse = recurse;
    w->single = !S_ISDIR(sb.st_mode);
    w->single_has_stamp = S_ISREG(sb.st_mode) && ym_file_stamp_of(&sb, &w->single_stamp);
    st = ym_buf_status(&w->path);
    if (st != YM_OK) {
        (void)ym_fail_at(err, st, module, path, 0, 0, "%s",
                         st == YM_NOMEM ? "out of memory" : "its path is too long");
    } else if (!w->single) {
        int fd = ym_sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);

        st = fd < 0 ? ym_fail_errno(err, module, path, errno, "cannot open this folder")
                    : push_level(w, fd, sb.st_dev, path, err);
    }
    if (st != YM_OK) {
        ym_walk_free(w);
        return st;
    }
    *ret_walk = w;
    return YM_OK;
}

void ym_walk_free(struct ym_walk *w) {
    if (w == NULL) {
        return;
    }
    while (w->depth > 0) {
        level_done(&w->levels[--w->depth]);
    }
    ym_buf_done(&w->path);
    ym_free(w);
}

/* walk.path := the level's folder and name. */
static ym_status set_path(struct ym_walk *w, const struct level *l, const char *name) {
    w->path.len = l->path_len;
    if (l->path_len > 0 && w->path.data[l->path_len - 1] != '/') {
        ym_buf_u8(&w->path, '/');
    }
    ym_buf_add_text(&w->path, name);
    return ym_buf_status(&w->path);
}

static bool give_error(struct ym_walk_entry *e) {
    e->kind = YM_WALK_ERROR;
    return true;
}

static bool give_left(struct ym_walk_entry *e, ym_walk_left left) {
    e->kind = YM_WALK_LEFT;
    e->left = left;
    return true;
}

/* Enters a folder; true: there is an entry to give instead. */
static bool enter(struct ym_walk *w, const struct level *l, const char *name, dev_t dev,
                  struct ym_walk_entry *e) {
    int fd;

    if (!w->recurse) {
        return give_left(e, YM_WALK_LEFT_FOLDER);
    }
    if (w->depth == YM_WALK_MAX_DEPTH) {
        (void)ym_fail_at(&e->err, YM_LIMIT, module, e->path, 0, 0,
                         "is nested deeper than %d folders; scan it by its own name",
                         YM_WALK_MAX_DEPTH);
        return give_error(e);
    }
    fd = ym_sys_openat(l->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    if (fd < 0) {
        (void)ym_fail_errno(&e->err, module, e->path, errno, "cannot open this folder");
        return give_error(e);
    }
    if (dev != l->dev && is_kernel_fs(fd)) {
        (void)close(fd);
        return give_left(e, YM_WALK_LEFT_KERNEL);
    }
    return push_level(w, fd, dev, e->path, &e->err) != YM_OK && give_error(e);
}

/* Looks at one name of a level; true: *e is an entry. */
static bool visit(struct ym_walk *w, struct level *l, const char *name, struct ym_walk_entry *e) {
    struct stat sb;
    ym_status st;

    *e = (struct ym_walk_entry){.dir_fd = l->fd, .name = name};
    st = set_path(w, l, name);
    if (st != YM_OK) {
        e->path = name;
        (void)ym_fail_at(&e->err, st, module, name, 0, 0, "%s",
                         st == YM_NOMEM ? "out of memory" : "its path is too long");
        ym_buf_clear(&w->path);
        return give_error(e);
    }
    e->path = (const char *)w->path.data;
    if (fstatat(l->fd, name, &sb, AT_SYMLINK_NOFOLLOW) < 0) {
        (void)ym_fail_errno(&e->err, module, e->path, errno, "cannot look at it");
        return give_error(e);
    }
    switch (sb.st_mode & S_IFMT) {
    case S_IFREG:
        e->kind = YM_WALK_FILE;
        e->has_stamp = ym_file_stamp_of(&sb, &e->stamp);
        return true;
    case S_IFDIR:
        return enter(w, l, name, sb.st_dev, e);
    case S_IFLNK:
        return give_left(e, YM_WALK_LEFT_LINK);
    default:
        return give_left(e, YM_WALK_LEFT_SPECIAL);
    }
}

bool ym_walk_next(struct ym_walk *w, struct ym_walk_entry *ret_entry) {
    if (w->single) {
        *ret_entry = (struct ym_walk_entry){.kind = YM_WALK_FILE,
                                            .path = (const char *)w->path.data,
                                            .dir_fd = AT_FDCWD,
                                            .name = (const char *)w->path.data,
                                            .follow = true};
        if (w->single_done) {
            return false;
        }
        ret_entry->has_stamp = w->single_has_stamp;
        ret_entry->stamp = w->single_stamp;
        w->single_done = true;
        return true;
    }
    while (w->depth > 0) {
        struct level *l = &w->levels[w->depth - 1];

        if (l->at == l->n_names) {
            level_done(l);
            w->depth--;
        } else if (visit(w, l, l->names[l->at++], ret_entry)) {
            return true;
        }
    }
    return false;
}
