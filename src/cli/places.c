/* places.c - see places.h.
 *
 * Mounted file systems are those of /proc/self/mountinfo (proc(5)), disks those of
 * /proc/partitions.  A file system counts when its root has a Windows folder or /etc/passwd, or
 * when it is of a type that drives are formatted with.  Of a disk the first sector is read: NTFS
 * has "NTFS    " at byte 3. */
#include "places.h"

#include "base/text.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8192 };

struct look {
    struct ym_arena *arena;
    struct ym_places *places;
};

/* The mount point's spaces and their like are written as \040. */
static void decode_octal(char *text) {
    char *out = text;

    for (const char *p = text; *p != '\0'; p++) {
        if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
            p[3] >= '0' && p[3] <= '7') {
            *out++ = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
            p += 3;
        } else {
            *out++ = *p;
        }
    }
    *out = '\0';
}

static bool has_folder(int root_fd, const char *name) {
    struct stat sb;

    return fstatat(root_fd, name, &sb, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(sb.st_mode);
}

/* Windows' folder is written in any case. */
static bool has_windows(int root_fd) {
    int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;
    bool found = false;

    if (dir == NULL && fd >= 0) {
        (void)close(fd);
    }
    while (dir != NULL && !found &&
           (e = readdir(dir)) != NULL) { /* NOLINT(concurrency-mt-unsafe): our own stream */
        found = (ym_equal_nocase(e->d_name, "windows") || ym_equal_nocase(e->d_name, "winnt")) &&
                has_folder(root_fd, e->d_name);
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return found;
}

static bool is_drive(const char *type) {
    static const char *const types[] = {"ntfs",  "ntfs3", "fuseblk", "vfat",
                                        "exfat", "msdos", "cifs",    "smb3"};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(type, types[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* False: nothing to look at. */
static bool kind_of(const char *path, const char *type, ym_place_kind *ret_kind) {
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat sb;
    bool found = true;

    if (fd < 0) {
        return false;
    }
    if (has_windows(fd)) {
        *ret_kind = YM_PLACE_WINDOWS;
    } else if (fstatat(fd, "etc/passwd", &sb, AT_SYMLINK_NOFOLLOW) == 0) {
        *ret_kind = YM_PLACE_LINUX;
    } else {
        *ret_kind = YM_PLACE_DRIVE;
        found = is_drive(type) && strncmp(path, "/boot", 5) != 0;
    }
    (void)close(fd);
    return found;
}

static bool add_place(struct look *l, const char *path, const char *type) {
    struct ym_places *p = l->places;
    struct ym_place row = {.bytes = 0};
    struct statvfs v;
    size_t at = p->n;

    if (p->n == YM_PLACES_MAX || strcmp(path, "/") == 0 || !kind_of(path, type, &row.kind)) {
        return true;
    }
    row.path = ym_arena_strndup(l->arena, path, strlen(path));
    row.system = ym_arena_strndup(l->arena, type, strlen(type));
    row.bytes = statvfs(path, &v) == 0 ? (uint64_t)v.f_blocks * v.f_frsize : 0;
    while (at > 0 && p->rows[at - 1].kind > row.kind) {
        p->rows[at] = p->rows[at - 1];
        at--;
    }
    p->rows[at] = row;
    p->n++;
    return row.path != NULL && row.system != NULL;
}

/* "36 35 98:0 /root /mount/point options ... - type source options" */
static bool take_mount(struct look *l, char *line, struct ym_places *mounted) {
    char *rest = NULL;
    char *field[5] = {NULL};
    char *type = strstr(line, " - ");
    char *device;

    if (type == NULL) {
        return true;
    }
    *type = '\0';
    type = strtok_r(type + 3, " ", &rest);
    device = type == NULL ? NULL : strtok_r(NULL, " ", &rest);
    rest = NULL;
    for (size_t i = 0; i < 5; i++) {
        field[i] = strtok_r(i == 0 ? line : NULL, " ", &rest);
    }
    if (device == NULL || field[4] == NULL) {
        return true;
    }
    decode_octal(field[4]);
    if (mounted->n_unmounted < YM_PLACES_MAX) {
        device = ym_arena_strndup(l->arena, device, strlen(device));
        mounted->unmounted[mounted->n_unmounted++] = device;
    }
    return device != NULL && add_place(l, field[4], type);
}

static bool is_ntfs(const char *device) {
    int fd = open(device, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    char sector[16] = "";
    bool is = fd >= 0 && read(fd, sector, sizeof(sector)) == (ssize_t)sizeof(sector) &&
              memcmp(sector + 3, "NTFS    ", 8) == 0;

    if (fd >= 0) {
        (void)close(fd);
    }
    return is;
}

/* "   8        2  249000000 sda2" */
static bool take_partition(struct look *l, char *line, struct ym_places *mounted) {
    char *name = strrchr(line, ' ');
    char *device;

    if (name == NULL || name[1] == '\0' || strchr(name, '/') != NULL) {
        return true;
    }
    device = ym_arena_printf(l->arena, "/dev/%s", name + 1);
    for (size_t i = 0; device != NULL && i < mounted->n_unmounted; i++) {
        if (strcmp(mounted->unmounted[i], device) == 0) {
            return true;
        }
    }
    if (device != NULL && is_ntfs(device) && l->places->n_unmounted < YM_PLACES_MAX) {
        l->places->unmounted[l->places->n_unmounted++] = device;
    }
    return device != NULL;
}

typedef bool line_fn(struct look *l, char *line, struct ym_places *mounted);

/* A file that cannot be read has no lines: what it would tell is a help, not a need. */
static bool each_line(struct look *l, const char *file, line_fn *fn, struct ym_places *mounted) {
    FILE *f = fopen(file, "re");
    char line[LINE_MAX_BYTES];
    bool all = true;

    while (f != NULL && all && fgets(line, sizeof(line), f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        all = fn(l, line, mounted);
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    return all;
}

static const char *file_named(const char *variable, const char *usual) {
#ifdef YM_TESTING
    const char *other = getenv(variable); /* NOLINT(concurrency-mt-unsafe): one thread */

    return other != NULL ? other : usual;
#else
    (void)variable;
    return usual;
#endif
}

ym_status ym_places_find(struct ym_arena *arena, struct ym_places *ret_places, struct ym_err *err) {
    struct ym_places mounted = {.n = 0}; /* its list of devices only */
    struct look l = {arena, ret_places};

    *ret_places =
        (struct ym_places){.rows = {{.kind = YM_PLACE_THIS, .path = "/", .system = ""}}, .n = 1};
    if (!each_line(&l, file_named("YAMORI_TEST_MOUNTS", "/proc/self/mountinfo"), take_mount,
                   &mounted) ||
        !each_line(&l, file_named("YAMORI_TEST_PARTITIONS", "/proc/partitions"), take_partition,
                   &mounted)) {
        return ym_fail(err, YM_NOMEM, "clean", YM_ERR_NO_OFFSET, "out of memory");
    }
    return YM_OK;
}
