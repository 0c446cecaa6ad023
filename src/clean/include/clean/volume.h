/* volume.h - names beneath one root: a mounted Windows disk, a removable drive, a Linux tree.
 *
 * A path here is relative to the root, with '/' between components and neither "." nor "..".
 * Every component is opened on its own with O_NOFOLLOW, so that a symbolic link on a hostile
 * volume leads nowhere: what lies behind one is UNSUPPORTED, and callers report it as not looked
 * at.  On a Windows volume a Linux mount tells "SYSTEM" from "system", Windows does not:
 * ym_volume_resolve() and ym_volume_glob() compare without regard to (ASCII) case there and give
 * back the name as it is on disk.
 *
 * Results live in the arena given; a volume owns one descriptor. */
#ifndef YM_CLEAN_VOLUME_H
#define YM_CLEAN_VOLUME_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum {
    YM_VOLUME_DEPTH_MAX = 64,        /* components of a path */
    YM_VOLUME_ENTRIES_MAX = 1000000, /* names in one folder */
};

struct ym_volume {
    int root_fd;
    const char *root; /* as the user named it; borrowed */
    bool nocase;
};

YM_MUST_CHECK ym_status ym_volume_open(const char *root, struct ym_volume *ret_volume,
                                       struct ym_err *err);
void ym_volume_close(struct ym_volume *v);

/* The path as it is written on disk.  END: there is no such name. UNSUPPORTED: a component that
 * is a symbolic link, or not a folder. */
YM_MUST_CHECK ym_status ym_volume_resolve(const struct ym_volume *v, struct ym_arena *arena,
                                          const char *path, const char **ret_path,
                                          struct ym_err *err);

/* Opens the folder that holds an exact path's last component; *ret_leaf points into path. */
YM_MUST_CHECK ym_status ym_volume_parent(const struct ym_volume *v, const char *path,
                                         int *ret_dir_fd, const char **ret_leaf,
                                         struct ym_err *err);

/* Opens an exact path read-only: a regular file (never blocks), or a folder.  END: absent. */
YM_MUST_CHECK ym_status ym_volume_open_file(const struct ym_volume *v, const char *path,
                                            int *ret_fd, struct ym_err *err);
YM_MUST_CHECK ym_status ym_volume_open_folder(const struct ym_volume *v, const char *path,
                                              int *ret_fd, struct ym_err *err);

/* The same for a name in an open folder; shown: for messages. */
YM_MUST_CHECK ym_status ym_volume_open_file_at(int dir_fd, const char *leaf, const char *shown,
                                               int *ret_fd, struct ym_err *err);

/* lstat of an exact path.  END: absent. */
YM_MUST_CHECK ym_status ym_volume_stat(const struct ym_volume *v, const char *path,
                                       struct stat *ret_stat, struct ym_err *err);

struct ym_names {
    const char **v; /* sorted by byte value */
    size_t n;
};

/* The names in a folder (no "." and ".."). */
YM_MUST_CHECK ym_status ym_volume_list(const struct ym_volume *v, struct ym_arena *arena,
                                       const char *folder, struct ym_names *ret_names,
                                       struct ym_err *err);

/* The same of an open folder, which stays open. */
YM_MUST_CHECK ym_status ym_volume_list_at(int folder_fd, struct ym_arena *arena, const char *shown,
                                          struct ym_names *ret_names, struct ym_err *err);

/* Every existing path that the pattern gives, component by component (* ? [] of fnmatch; a
 * leading dot needs a dot in the pattern).  skipped is told of each place that could not be
 * looked at: a link in the middle, an unreadable folder. */
typedef void ym_volume_skipped(void *ctx, const char *path, const char *why);
YM_MUST_CHECK ym_status ym_volume_glob(const struct ym_volume *v, struct ym_arena *arena,
                                       const char *pattern, struct ym_names *ret_paths,
                                       ym_volume_skipped *skipped, void *ctx, struct ym_err *err);

#endif
