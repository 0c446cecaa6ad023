/* walk.h - the files beneath a path, one after the other, in order of their names.
 *
 *     YM_TRY(ym_walk_new(path, recurse, &w, err));
 *     while (ym_walk_next(w, &e)) {
 *         switch (e.kind) {
 *         case YM_WALK_FILE:  ... ym_file_open(e.dir_fd, e.name, e.follow, e.path, &fd, err)
 *         case YM_WALK_ERROR: ... e.err: this folder or entry could not be looked at
 *         case YM_WALK_LEFT:  ... e.left: left alone on purpose
 *     }
 *     ym_walk_free(w);
 *
 * A symbolic link is followed only when it is the path itself.  Pipes, sockets and devices are
 * left alone, and so are /proc, /sys and the like when they are met below the path (their files
 * are answers of the kernel, not stored bytes).  No recursion; memory: the names of the folders
 * that are open, at most YM_WALK_MAX_DEPTH of them. */
#ifndef YM_OS_WALK_H
#define YM_OS_WALK_H

#include "base/status.h"
#include "os/file.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_walk; /* opaque: see walk.c */

enum { YM_WALK_MAX_DEPTH = 256 };

/* Why something was left alone: one of it, several of it. */
#define YM_WALK_LEFT_TABLE(X)                                                                      \
    X(LINK, "symbolic link", "symbolic links")                                                     \
    X(SPECIAL, "pipe, socket or device", "pipes, sockets or devices")                              \
    X(FOLDER, "folder (-r enters it)", "folders (-r enters them)")                                 \
    X(KERNEL, "file system of the kernel's own data", "file systems of the kernel's own data")

typedef enum ym_walk_left {
#define X(name, one, many) YM_WALK_LEFT_##name,
    YM_WALK_LEFT_TABLE(X)
#undef X
        YM_WALK_LEFT_COUNT
} ym_walk_left;
const char *ym_walk_left_text(ym_walk_left left, uint64_t count); /* never NULL */

typedef enum ym_walk_kind { YM_WALK_FILE, YM_WALK_ERROR, YM_WALK_LEFT } ym_walk_kind;

/* Borrowed until the next call. */
struct ym_walk_entry {
    ym_walk_kind kind;
    const char *path; /* for people: the start path and what was added to it */
    int dir_fd;       /* FILE: open name here ... */
    const char *name;
    bool has_stamp; /* FILE: its state when it was met ... */
    struct ym_file_stamp stamp;
    bool follow;       /* ... following a link (true only for the path itself) */
    ym_walk_left left; /* LEFT */
    struct ym_err err; /* ERROR */
};

/* path is a file or a folder; recurse: folders below it, too (else only the files right in it). */
YM_MUST_CHECK ym_status ym_walk_new(const char *path, bool recurse, struct ym_walk **ret_walk,
                                    struct ym_err *err);
void ym_walk_free(struct ym_walk *w);                                  /* accepts NULL */
bool ym_walk_next(struct ym_walk *w, struct ym_walk_entry *ret_entry); /* false: the end */

#endif
