/* reg_text_open.c - the exports of a hive on a volume, handed to the process that reads them.
 * See clean/reg_text.h.
 *
 * The parent copies the files one behind the other into a nameless memory file and looks at no byte
 * of them. */
#include "clean/reg_text.h"

#include "base/text.h"
#include "hive_wire.h"
#include "os/file.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char module[] = "clean/reg_text_open";

/* "SYSTEM.reg", "SYSTEM-services.reg" for "SYSTEM", but not "SYSTEMPROFILE.reg". */
static bool is_export_of(const char *name, const char *leaf) {
    size_t n = strlen(leaf);

    return strncasecmp(name, leaf, n) == 0 && !ym_is_alpha((unsigned char)name[n]) &&
           ym_ends_with_nocase(name + n, ".reg");
}

static ym_status put_number(int out, const char *shown, uint64_t v, size_t n, struct ym_err *err) {
    uint8_t bytes[8];

    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(v >> 8 * i);
    }
    return ym_file_write_all(out, shown, bytes, n, err);
}

/* Exactly as many bytes as were promised. */
static ym_status copy_bytes(int from, int out, const char *shown, uint64_t size,
                            struct ym_err *err) {
    uint8_t block[65536];
    uint64_t at = 0;

    while (at < size) {
        ssize_t n =
            pread(from, block, sizeof(block) < size - at ? sizeof(block) : size - at, (off_t)at);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n == 0 ? ym_fail_at(err, YM_IO, module, shown, 0, 0,
                                       "the file became shorter while it was read")
                          : ym_fail_errno(err, module, shown, errno, "cannot read");
        }
        YM_TRY(ym_file_write_all(out, shown, block, (size_t)n, err));
        at += (uint64_t)n;
    }
    return YM_OK;
}

static ym_status add_file(const struct ym_volume *v, const char *path, int out, uint64_t *total,
                          struct ym_err *err) {
    const char *slash = strrchr(path, '/');
    const char *leaf = slash == NULL ? path : slash + 1;
    struct stat sb = {0};
    int fd;
    ym_status st;

    YM_TRY(ym_volume_open_file(v, path, &fd, err));
    if (fstat(fd, &sb) != 0) {
        st = ym_fail_errno(err, module, path, errno, "cannot look at the file");
    } else if (sb.st_size > YM_REG_HIVE_MAX || (*total += (uint64_t)sb.st_size) > YM_REG_HIVE_MAX) {
        st = ym_fail_at(err, YM_LIMIT, module, path, 0, 0,
                        "the exports of this hive are larger than %d bytes", YM_REG_HIVE_MAX);
    } else {
        st = put_number(out, path, strlen(leaf), 4, err);
        st = st == YM_OK ? ym_file_write_all(out, path, leaf, strlen(leaf), err) : st;
        st = st == YM_OK ? put_number(out, path, (uint64_t)sb.st_size, 8, err) : st;
        st = st == YM_OK ? copy_bytes(fd, out, path, (uint64_t)sb.st_size, err) : st;
    }
    (void)close(fd);
    return st;
}

/* The paths of the exports, at most one more than may be. */
static ym_status find_exports(const struct ym_volume *v, const char *path, struct ym_arena *arena,
                              struct ym_names *ret_paths, struct ym_err *err) {
    const char *slash = strrchr(path, '/');
    const char *leaf = slash == NULL ? path : slash + 1;
    const char *folder = slash == NULL ? "" : ym_arena_strndup(arena, path, (size_t)(slash - path));
    const char *real = folder;
    struct ym_names names = {NULL, 0};
    size_t n = 0;

    if (folder == NULL) {
        return ym_fail_at(err, YM_NOMEM, module, path, 0, 0, "no memory");
    }
    YM_TRY(ym_volume_resolve(v, arena, folder, &real, err));
    YM_TRY(ym_volume_list(v, arena, real, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        if (is_export_of(names.v[i], leaf)) {
            names.v[n] =
                ym_arena_printf(arena, "%s%s%s", real, real[0] == '\0' ? "" : "/", names.v[i]);
            if (names.v[n++] == NULL) {
                return ym_fail_at(err, YM_NOMEM, module, path, 0, 0, "no memory");
            }
        }
    }
    *ret_paths = (struct ym_names){names.v, n};
    return n == 0 ? YM_END : YM_OK;
}

static ym_status bundle(const struct ym_volume *v, const struct ym_names *paths, int *ret_fd,
                        struct ym_err *err) {
    int out = memfd_create("exports", MFD_CLOEXEC);
    uint64_t total = 0;
    ym_status st = YM_OK;

    if (out < 0) {
        return ym_fail_errno(err, module, paths->v[0], errno, "cannot make a memory file");
    }
    for (size_t i = 0; i < paths->n && st == YM_OK; i++) {
        st = add_file(v, paths->v[i], out, &total, err);
        st = st == YM_END ? ym_fail_at(err, YM_IO, module, paths->v[i], 0, 0, "has gone") : st;
    }
    if (st != YM_OK) {
        (void)close(out);
        return st;
    }
    *ret_fd = out;
    return YM_OK;
}

ym_status ym_reg_text_open_beside(const struct ym_volume *v, const char *path, const char *root,
                                  struct ym_arena *arena, struct ym_registry **ret_registry,
                                  const char **ret_file, struct ym_err *err) {
    struct ym_names paths = {NULL, 0};
    int fd;

    YM_TRY(find_exports(v, path, arena, &paths, err));
    if (paths.n > YM_REG_TEXT_FILES_MAX) {
        return ym_fail_at(err, YM_LIMIT, module, path, 0, 0, "more than %d exports of one hive",
                          YM_REG_TEXT_FILES_MAX);
    }
    YM_TRY(bundle(v, &paths, &fd, err));
    YM_TRY(ym_hive_open_bundle(fd, root, paths.v[0], ret_registry, err));
    *ret_file = paths.v[0];
    return YM_OK;
}
