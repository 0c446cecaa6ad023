/* hive_logs.c - finding the transaction logs of a hive on a volume.  See clean/registry.h.
 *
 * A hive is first opened as it is: hardly any needs its logs.  Windows does not tell "SYSTEM.LOG1"
 * from "system.log1"; where both lie in one folder nobody knows which is meant, and the hive is
 * refused. */
#include "base/text.h"
#include "clean/registry.h"

#include <string.h>
#include <unistd.h>

static const char module[] = "clean/hive_logs";

/* The path of the one log with this suffix; *ret_path NULL: there is none. */
static ym_status find_log(const struct ym_names *names, const char *path, ym_hive_log log,
                          struct ym_arena *arena, const char **ret_path, struct ym_err *err) {
    const char *slash = strrchr(path, '/');
    const char *leaf = slash == NULL ? path : slash + 1;
    const char *want = ym_arena_printf(arena, "%s%s", leaf, ym_hive_log_suffix(log));

    *ret_path = NULL;
    for (size_t i = 0; want != NULL && i < names->n; i++) {
        if (!ym_equal_nocase(names->v[i], want)) {
            continue;
        }
        if (*ret_path != NULL) {
            return ym_fail_at(err, YM_UNSUPPORTED, module, path, 0, 0,
                              "the hive was not closed properly, and of two logs named %s it is "
                              "not known which one is its",
                              want);
        }
        *ret_path = ym_arena_printf(arena, "%.*s%s", (int)(leaf - path), path, names->v[i]);
        if (*ret_path == NULL) {
            break;
        }
    }
    return ym_arena_status(arena) == YM_OK
               ? YM_OK
               : ym_fail_at(err, ym_arena_status(arena), module, path, 0, 0, "no memory");
}

static void close_logs(const struct ym_hive_log_files *logs) {
    for (unsigned i = 0; i < YM_HIVE_LOGS; i++) {
        if (logs->fd[i] >= 0) {
            (void)close(logs->fd[i]);
        }
    }
}

/* Opens those that are there; END: none is. */
static ym_status open_logs(const struct ym_volume *v, const char *path, struct ym_arena *arena,
                           struct ym_hive_log_files *logs, struct ym_err *err) {
    const char *slash = strrchr(path, '/');
    const char *folder = slash == NULL ? "" : ym_arena_strndup(arena, path, (size_t)(slash - path));
    struct ym_names names;
    ym_status st = YM_END;

    if (folder == NULL) {
        return ym_fail_at(err, ym_arena_status(arena), module, path, 0, 0, "no memory");
    }
    YM_TRY(ym_volume_list(v, arena, folder, &names, err));
    for (unsigned i = 0; i < YM_HIVE_LOGS; i++) {
        ym_status found;

        YM_TRY(find_log(&names, path, (ym_hive_log)i, arena, &logs->name[i], err));
        if (logs->name[i] == NULL) {
            continue;
        }
        found = ym_volume_open_file(v, logs->name[i], &logs->fd[i], err);
        YM_TRY(found == YM_END ? YM_OK : found);
        st = found == YM_OK ? YM_OK : st;
    }
    return st;
}

ym_status ym_hive_open_beside(const struct ym_volume *v, const char *path, int fd,
                              struct ym_arena *arena, struct ym_registry **ret_registry,
                              struct ym_err *err) {
    struct ym_hive_log_files logs = {{-1, -1, -1}, {NULL, NULL, NULL}};
    struct ym_err first = {0};
    struct ym_err second = {0};
    ym_status st = ym_hive_open(fd, path, ret_registry, &first);
    ym_status with_logs;

    if (st != YM_UNSUPPORTED && st != YM_MALFORMED) {
        return st == YM_OK ? YM_OK
                           : ym_fail_at(err, st, first.module, path, 0, 0, "%s", first.text);
    }
    with_logs = open_logs(v, path, arena, &logs, &second);
    if (with_logs == YM_OK) {
        with_logs = ym_hive_open_with_logs(fd, &logs, path, ret_registry, &second);
    }
    close_logs(&logs);
    if (with_logs == YM_OK) {
        return YM_OK;
    }
    if (with_logs == YM_END) { /* no log, or none is needed */
        return ym_fail_at(err, st, first.module, path, 0, 0, "%s", first.text);
    }
    return ym_fail_at(err, with_logs, second.module, second.file, 0, 0, "%s", second.text);
}

ym_status ym_hive_copy_beside(const struct ym_volume *v, const char *path,
                              const struct ym_registry *reg, struct ym_arena *arena, int *ret_fd,
                              struct ym_err *err) {
    struct ym_hive_log_files logs = {{-1, -1, -1}, {NULL, NULL, NULL}};
    bool needed = ym_hive_logs_applied(reg)[0] != '\0';
    int fd;
    ym_status st = ym_volume_open_file(v, path, &fd, err);

    YM_TRY(st);
    if (needed) {
        st = open_logs(v, path, arena, &logs, err);
    }
    if (st == YM_OK) {
        st = ym_hive_copy(fd, needed ? &logs : NULL, path, ret_fd, err);
    }
    close_logs(&logs);
    (void)close(fd);
    return st == YM_END ? ym_fail_at(err, YM_IO, module, path, 0, 0, "its logs have gone") : st;
}
