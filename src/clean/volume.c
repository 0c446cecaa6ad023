/* volume.c - see volume.h.
 *
 * Invariant: no system call of this file is given a path with a slash in it, except the root
 * that the user named.  That is what makes a hostile volume unable to send us elsewhere. */
#include "clean/volume.h"

#include "base/text.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "clean/volume";
enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

ym_status ym_volume_open(const char *root, struct ym_volume *ret_volume, struct ym_err *err) {
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return ym_fail_errno(err, module, root, errno, "cannot open the root of the volume");
    }
    *ret_volume = (struct ym_volume){.root_fd = fd, .root = root};
    return YM_OK;
}

void ym_volume_close(struct ym_volume *v) {
    if (v->root_fd >= 0) {
        (void)close(v->root_fd);
        v->root_fd = -1;
    }
}

/* Cuts the next component off *path; false at the end or when it is no plain name. */
static bool next_component(const char **path, char name[NAME_MAX + 1]) {
    size_t n;

    while (**path == '/') {
        (*path)++;
    }
    n = strcspn(*path, "/");
    if (n == 0 || n > NAME_MAX) {
        return false;
    }
    memcpy(name, *path, n);
    name[n] = '\0';
    *path += n;
    while (**path == '/') {
        (*path)++;
    }
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static ym_status open_failed(const char *shown, int sys_errno, struct ym_err *err) {
    if (sys_errno == ENOENT) {
        return YM_END;
    }
    if (sys_errno == ELOOP || sys_errno == ENOTDIR) {
        return ym_fail_at(err, YM_UNSUPPORTED, module, shown, 0, 0,
                          "a part of this path is a symbolic link or not a folder; not followed");
    }
    return ym_fail_errno(err, module, shown, sys_errno, "cannot open");
}

static ym_status bad_path(const char *path, struct ym_err *err) {
    return ym_fail_at(err, YM_MALFORMED, module, path, 0, 0, "not a path inside the volume");
}

/* Moves *fd (ours) down one folder. */
static ym_status descend(int *fd, const char *name, const char *shown, struct ym_err *err) {
    int next = openat(*fd, name, FOLDER_FLAGS);
    int why = errno;

    (void)close(*fd);
    *fd = next;
    return next < 0 ? open_failed(shown, why, err) : YM_OK;
}

static ym_status own_root(const struct ym_volume *v, int *ret_fd, struct ym_err *err) {
    int fd = openat(v->root_fd, ".", FOLDER_FLAGS);

    if (fd < 0) {
        return ym_fail_errno(err, module, v->root, errno, "cannot open the root of the volume");
    }
    *ret_fd = fd;
    return YM_OK;
}

ym_status ym_volume_parent(const struct ym_volume *v, const char *path, int *ret_dir_fd,
                           const char **ret_leaf, struct ym_err *err) {
    char name[NAME_MAX + 1];
    const char *rest = path;
    ym_status st;
    int fd = -1;

    YM_TRY(own_root(v, &fd, err));
    for (unsigned depth = 0; depth < YM_VOLUME_DEPTH_MAX; depth++) {
        const char *here = rest;

        if (!next_component(&rest, name)) {
            break;
        }
        if (*rest == '\0') {
            *ret_dir_fd = fd;
            *ret_leaf = here;
            return YM_OK;
        }
        st = descend(&fd, name, path, err);
        if (st != YM_OK) {
            return st;
        }
    }
    (void)close(fd);
    return bad_path(path, err);
}

static ym_status open_at(int dir_fd, const char *leaf, const char *shown, int flags, int *ret_fd,
                         struct ym_err *err) {
    int fd = openat(dir_fd, leaf, flags);

    if (fd < 0) {
        return open_failed(shown, errno, err);
    }
    *ret_fd = fd;
    return YM_OK;
}

ym_status ym_volume_open_file_at(int dir_fd, const char *leaf, const char *shown, int *ret_fd,
                                 struct ym_err *err) {
    struct stat sb;
    int fd = -1;

    if (fstatat(dir_fd, leaf, &sb, AT_SYMLINK_NOFOLLOW) !=
        0) { /* opening a device may do something */
        return open_failed(shown, errno, err);
    }
    if (!S_ISREG(sb.st_mode)) {
        return ym_fail_at(err, YM_UNSUPPORTED, module, shown, 0, 0,
                          S_ISLNK(sb.st_mode) ? "is a symbolic link; not followed"
                                              : "is not a regular file");
    }
    YM_TRY(open_at(dir_fd, leaf, shown, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                   &fd, err));
    if (fstat(fd, &sb) != 0 || !S_ISREG(sb.st_mode)) {
        (void)close(fd);
        return ym_fail_at(err, YM_UNSUPPORTED, module, shown, 0, 0, "is not a regular file");
    }
    *ret_fd = fd;
    return YM_OK;
}

ym_status ym_volume_open_file(const struct ym_volume *v, const char *path, int *ret_fd,
                              struct ym_err *err) {
    const char *leaf = NULL;
    int dir_fd = -1;
    ym_status st;

    YM_TRY(ym_volume_parent(v, path, &dir_fd, &leaf, err));
    st = ym_volume_open_file_at(dir_fd, leaf, path, ret_fd, err);
    (void)close(dir_fd);
    return st;
}

ym_status ym_volume_open_folder(const struct ym_volume *v, const char *path, int *ret_fd,
                                struct ym_err *err) {
    const char *leaf = NULL;
    int dir_fd = -1;
    ym_status st;

    if (path[0] == '\0') {
        return own_root(v, ret_fd, err);
    }
    YM_TRY(ym_volume_parent(v, path, &dir_fd, &leaf, err));
    st = open_at(dir_fd, leaf, path, FOLDER_FLAGS, ret_fd, err);
    (void)close(dir_fd);
    return st;
}

ym_status ym_volume_stat(const struct ym_volume *v, const char *path, struct stat *ret_stat,
                         struct ym_err *err) {
    const char *leaf = NULL;
    int dir_fd = -1;
    int rc;
    int why;

    YM_TRY(ym_volume_parent(v, path, &dir_fd, &leaf, err));
    rc = fstatat(dir_fd, leaf, ret_stat, AT_SYMLINK_NOFOLLOW);
    why = errno;
    (void)close(dir_fd);
    return rc == 0 ? YM_OK : open_failed(path, why, err);
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static ym_status arena_full(const struct ym_arena *arena, const char *shown, struct ym_err *err) {
    ym_status st = ym_arena_status(arena);

    return ym_fail_at(err, st == YM_OK ? YM_NOMEM : st, module, shown, 0, 0,
                      "too many names to hold in memory");
}

static ym_status grow(struct ym_arena *arena, struct ym_names *names, size_t *room,
                      const char *shown, struct ym_err *err) {
    size_t more = *room == 0 ? 32 : *room * 2;
    const char **bigger;

    if (names->n < *room) {
        return YM_OK;
    }
    bigger =
        more > (size_t)YM_VOLUME_ENTRIES_MAX * 2 ? NULL : YM_ARENA_ARRAY(arena, more, const char *);
    if (bigger == NULL) {
        return arena_full(arena, shown, err);
    }
    if (names->n > 0) {
        memcpy(bigger, names->v, names->n * sizeof(*bigger));
    }
    names->v = bigger;
    *room = more;
    return YM_OK;
}

static ym_status read_names(DIR *dir, struct ym_arena *arena, const char *shown,
                            struct ym_names *names, struct ym_err *err) {
    size_t room = 0;
    struct dirent *e;

    errno = 0;
    while ((e = readdir(dir)) != NULL) { /* NOLINT(concurrency-mt-unsafe): our own stream */
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            char *copy = ym_arena_strndup(arena, e->d_name, strlen(e->d_name));

            if (copy == NULL) {
                return arena_full(arena, shown, err);
            }
            YM_TRY(grow(arena, names, &room, shown, err));
            assert(names->v != NULL);
            names->v[names->n++] = copy;
        }
        errno = 0;
    }
    if (errno != 0) {
        return ym_fail_errno(err, module, shown, errno, "cannot list the folder");
    }
    return YM_OK;
}

ym_status ym_volume_list_at(int folder_fd, struct ym_arena *arena, const char *shown,
                            struct ym_names *ret_names, struct ym_err *err) {
    /* Not ".": a folder may be listed that may not be entered. */
    int fd = fcntl(folder_fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct ym_names names = {0};
    ym_status st;

    if (dir == NULL) {
        st = ym_fail_errno(err, module, shown, errno, "cannot list the folder");
        if (fd >= 0) {
            (void)close(fd);
        }
        return st;
    }
    rewinddir(dir); /* the position is that of folder_fd, too */
    st = read_names(dir, arena, shown, &names, err);
    (void)closedir(dir);
    YM_TRY(st);
    if (names.n > 1) {
        qsort(names.v, names.n, sizeof(*names.v), by_bytes);
    }
    *ret_names = names;
    return YM_OK;
}

ym_status ym_volume_list(const struct ym_volume *v, struct ym_arena *arena, const char *folder,
                         struct ym_names *ret_names, struct ym_err *err) {
    ym_status st;
    int fd = -1;

    YM_TRY(ym_volume_open_folder(v, folder, &fd, err));
    st = ym_volume_list_at(fd, arena, folder, ret_names, err);
    (void)close(fd);
    return st;
}

static char *join(struct ym_arena *arena, const char *folder, const char *name) {
    return ym_arena_printf(arena, "%s%s%s", folder, folder[0] == '\0' ? "" : "/", name);
}

/* Names in a folder that are this one: the same bytes before a difference in case. */
static const char *name_on_disk(const struct ym_names *names, const char *name) {
    const char *other = NULL;

    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(names->v[i], name) == 0) {
            return names->v[i];
        }
        if (other == NULL && ym_equal_nocase(names->v[i], name)) {
            other = names->v[i];
        }
    }
    return other;
}

/* The name on disk for one component.  Where case does not matter, a file system may answer to any
 * spelling (FAT, CIFS), and a rename to ours would change the name: the folder is asked for its own. */
static ym_status resolve_one(const struct ym_volume *v, struct ym_arena *arena, const char *folder,
                             const char *name, const char **ret_path, struct ym_err *err) {
    char *exact = join(arena, folder, name);
    struct ym_names names;
    struct stat sb;
    ym_status st;
    bool there;

    if (exact == NULL) {
        return arena_full(arena, name, err);
    }
    st = ym_volume_stat(v, exact, &sb, err);
    if (st != YM_OK && st != YM_END) {
        return st;
    }
    there = st == YM_OK;
    if (v->nocase) {
        st = ym_volume_list(v, arena, folder, &names, err);
        if (st != YM_OK && !there) {
            return st;
        }
        name = st == YM_OK ? name_on_disk(&names, name) : NULL; /* NULL: it may not be listed */
        there = there || name != NULL;
        exact = name != NULL ? join(arena, folder, name) : exact;
    }
    if (exact == NULL) {
        return arena_full(arena, folder, err);
    }
    if (there) {
        *ret_path = exact;
    }
    return there ? YM_OK : YM_END;
}

ym_status ym_volume_resolve(const struct ym_volume *v, struct ym_arena *arena, const char *path,
                            const char **ret_path, struct ym_err *err) {
    char name[NAME_MAX + 1];
    const char *real = "";
    const char *rest = path;

    for (unsigned depth = 0; *rest != '\0'; depth++) {
        if (depth >= YM_VOLUME_DEPTH_MAX || !next_component(&rest, name)) {
            return bad_path(path, err);
        }
        YM_TRY(resolve_one(v, arena, real, name, &real, err));
    }
    *ret_path = real;
    return YM_OK;
}

struct glob {
    const struct ym_volume *v;
    struct ym_arena *arena;
    ym_volume_skipped *skipped;
    void *ctx;
    struct ym_err *err;
};

/* The names of a folder that may match; of a plain name, told to case, only itself. */
static ym_status list_for(struct glob *g, const char *folder, const char *name,
                          struct ym_names *ret_names, struct ym_err *why) {
    struct ym_names names = {0};
    struct stat sb;
    char *path;

    if (g->v->nocase || name[strcspn(name, "*?[\\")] != '\0') {
        return ym_volume_list(g->v, g->arena, folder, ret_names, why);
    }
    path = join(g->arena, folder, name);
    names.v = YM_ARENA_ARRAY(g->arena, 1, const char *);
    if (path == NULL || names.v == NULL) {
        return arena_full(g->arena, name, why);
    }
    YM_TRY(ym_volume_stat(g->v, path, &sb, why));
    names.v[0] = path + strlen(path) - strlen(name);
    names.n = 1;
    *ret_names = names;
    return YM_OK;
}

/* One level: every folder of from, its entries that match name. */
static ym_status glob_level(struct glob *g, const struct ym_names *from, const char *name,
                            struct ym_names *ret_to) {
    int flags = FNM_PERIOD | (g->v->nocase ? FNM_CASEFOLD : 0);
    struct ym_names to = {0};
    size_t room = 0;

    for (size_t i = 0; i < from->n; i++) {
        struct ym_names names = {0};
        struct ym_err why = {0};
        ym_status st = list_for(g, from->v[i], name, &names, &why);

        if (st == YM_IO || (st == YM_UNSUPPORTED && why.text[0] != '\0')) {
            struct stat sb;
            bool folder_or_link =
                from->v[i][0] == '\0' || (ym_volume_stat(g->v, from->v[i], &sb, NULL) == YM_OK &&
                                          (S_ISDIR(sb.st_mode) || S_ISLNK(sb.st_mode)));

            if (folder_or_link && g->skipped != NULL) {
                g->skipped(g->ctx, from->v[i], why.text);
            }
        } else if (st != YM_OK && st != YM_END) {
            return ym_fail_at(g->err, st, module, from->v[i], 0, 0, "%s", why.text);
        }
        for (size_t j = 0; j < names.n; j++) {
            if (fnmatch(name, names.v[j], flags) == 0) {
                const char *path = join(g->arena, from->v[i], names.v[j]);

                YM_TRY(grow(g->arena, &to, &room, name, g->err));
                if (path == NULL) {
                    return arena_full(g->arena, name, g->err);
                }
                to.v[to.n++] = path;
            }
        }
    }
    *ret_to = to;
    return YM_OK;
}

ym_status ym_volume_glob(const struct ym_volume *v, struct ym_arena *arena, const char *pattern,
                         struct ym_names *ret_paths, ym_volume_skipped *skipped, void *ctx,
                         struct ym_err *err) {
    struct glob g = {v, arena, skipped, ctx, err};
    const char *start[1] = {""};
    struct ym_names level = {start, 1};
    char name[NAME_MAX + 1];
    const char *rest = pattern;

    for (unsigned depth = 0; *rest != '\0' && level.n > 0; depth++) {
        if (depth >= YM_VOLUME_DEPTH_MAX || !next_component(&rest, name)) {
            return bad_path(pattern, err);
        }
        YM_TRY(glob_level(&g, &level, name, &level));
    }
    *ret_paths = level;
    return YM_OK;
}
