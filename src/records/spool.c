/* spool.c - one file per record: written new, synced, renamed, the directory synced.  See spool.h.
 *
 * The writing is os/file.h's; what is here is the walk, which must survive any file that it
 * finds, and the name of the machine. */
#include "records/spool.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/time.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.h"
#include "private.h"

#define MODULE "records/spool"

enum {
    NAMES_MAX = 512 << 20, /* bytes of all names of one walk */
    RECORD_MEMORY = 64 << 20,
    PATH_SIZE = YM_SPOOL_PATH_MAX + 300,
};

ym_status ym_make_dirs(const char *dir, struct ym_err *err) {
    char path[YM_SPOOL_PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s", dir);

    if (n <= 0 || (size_t)n >= sizeof(path)) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "the name of the directory is empty or too long");
    }
    for (char *p = path + 1;; p++) {
        char was = *p;

        if (was == '/' || was == '\0') {
            *p = '\0';
            if (mkdir(path, 0700) != 0 && errno != EEXIST) {
                return ym_fail_errno(err, MODULE, path, errno, "cannot make the directory");
            }
            *p = was;
        }
        if (was == '\0') {
            return YM_OK;
        }
    }
}

ym_status ym_read_small_file(int dirfd, const char *name, struct ym_buf *out, struct ym_err *err) {
    int fd = -1;
    ym_status st;

    YM_TRY(ym_file_open(dirfd, name, true, name, &fd, err));
    st = ym_file_read_all(fd, name, out, err);
    (void)close(fd);
    return st;
}

static ym_status open_spool(const char *dir, int *ret_fd, struct ym_err *err) {
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return ym_fail_errno(err, MODULE, dir, errno, "cannot open the spool");
    }
    *ret_fd = fd;
    return YM_OK;
}

/* The text of a record, and the path of its file. */
static ym_status prepare(const char *dir, const struct ym_record *record, struct ym_buf *text,
                         char path[PATH_SIZE], struct ym_err *err) {
    char id[2 * YM_RECORD_ID_SIZE + 1];

    ym_hex_encode(record->id, YM_RECORD_ID_SIZE, id);
    (void)snprintf(path, PATH_SIZE, "%s/%s.json", dir, id);
    ym_record_encode(record, text);
    ym_buf_u8(text, '\n');
    if (ym_buf_status(text) != YM_OK) {
        return ym_fail(err, ym_buf_status(text), MODULE, YM_ERR_NO_OFFSET,
                       "the record of this run is too large to be kept");
    }
    return ym_make_dirs(dir, err);
}

ym_status ym_spool_put(const char *dir, const struct ym_record *record, struct ym_err *err) {
    char path[PATH_SIZE];
    struct ym_buf text;
    ym_status st;

    ym_buf_init(&text, YM_RECORD_JSON_MAX);
    st = prepare(dir, record, &text, path, err);
    if (st == YM_OK) {
        st = ym_file_replace(path, 0600, text.data, text.len, err);
    }
    ym_buf_done(&text);
    return st;
}

ym_status ym_spool_remove(const char *dir, const char *name, struct ym_err *err) {
    int dirfd = -1;
    ym_status st;

    YM_TRY(open_spool(dir, &dirfd, err));
    st = unlinkat(dirfd, name, 0) == 0 || errno == ENOENT
             ? YM_OK
             : ym_fail_errno(err, MODULE, name, errno, "cannot remove the record from the spool");
    (void)close(dirfd);
    return st;
}

/* --- the walk --- */

struct names {
    struct ym_buf text;  /* the names, each with its NUL */
    const char **sorted; /* into text */
    size_t n;
};

static void names_done(struct names *names) {
    ym_buf_done(&names->text);
    ym_free(names->sorted);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool ends_with(const char *s, const char *end) {
    size_t n = strlen(s);
    size_t m = strlen(end);

    return n >= m && strcmp(s + n - m, end) == 0;
}

static ym_status sort_names(struct names *names, struct ym_err *err) {
    const char *p = (const char *)names->text.data;

    names->sorted = ym_realloc_array(NULL, names->n + 1, sizeof(*names->sorted));
    if (names->sorted == NULL || ym_buf_status(&names->text) != YM_OK) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for %zu names",
                       names->n);
    }
    for (size_t i = 0; i < names->n; i++) {
        names->sorted[i] = p;
        p += strlen(p) + 1;
    }
    qsort(names->sorted, names->n, sizeof(*names->sorted), by_name);
    return YM_OK;
}

static ym_status list_names(int dirfd, struct names *names, struct ym_err *err) {
    int copy = dup(dirfd);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *e;

    if (d == NULL) {
        int saved = errno;

        if (copy >= 0) {
            (void)close(copy);
        }
        return ym_fail_errno(err, MODULE, "", saved, "cannot list the spool");
    }
    while ((e = readdir(d)) != NULL) { /* NOLINT(concurrency-mt-unsafe): our own stream */
        if (e->d_name[0] != '.' && ends_with(e->d_name, ".json")) {
            ym_buf_add(&names->text, e->d_name, strlen(e->d_name) + 1);
            names->n++;
        }
    }
    (void)closedir(d);
    return sort_names(names, err);
}

/* The file and its reason go to bad/, so that the next walk is not stopped by it again. */
static ym_status move_aside(int dirfd, const char *name, const char *reason, struct ym_err *err) {
    char to[300];
    char why[320];
    int fd;

    (void)snprintf(to, sizeof(to), "bad/%.255s", name);
    (void)snprintf(why, sizeof(why), "%s.reason", to);
    if ((mkdirat(dirfd, "bad", 0700) != 0 && errno != EEXIST) ||
        renameat(dirfd, name, dirfd, to) != 0) {
        return ym_fail_errno(err, MODULE, name, errno, "cannot move a bad record aside");
    }
    fd = openat(dirfd, why, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0) { /* the reason is a help only: the file itself is safe */
        struct ym_err ignored = {0};

        (void)!ym_file_write_all(fd, why, reason, strlen(reason), &ignored);
        (void)close(fd);
    }
    return YM_OK;
}

/* Reads and decodes one file; the status says what is wrong with it, or with us. */
static ym_status read_record(int dirfd, const char *name, struct ym_arena *arena,
                             struct ym_record *ret_record, struct ym_err *err) {
    char id[2 * YM_RECORD_ID_SIZE + 1];
    struct ym_buf text;
    ym_status st;

    ym_buf_init(&text, YM_RECORD_JSON_MAX);
    st = ym_read_small_file(dirfd, name, &text, err);
    if (st == YM_OK) {
        st = ym_record_decode(text.len == 0 ? "" : (const char *)text.data, text.len, arena,
                              ret_record, err);
    }
    ym_buf_done(&text);
    YM_TRY(st);
    ym_hex_encode(ret_record->id, YM_RECORD_ID_SIZE, id);
    if (strncmp(id, name, strlen(id)) != 0 || strcmp(name + strlen(id), ".json") != 0) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "the record's id is %s, not its file's name", id);
    }
    return YM_OK;
}

struct walk {
    int dirfd;
    struct ym_arena *arena;
    ym_spool_fn *fn;
    void *user;
    struct ym_spool_counts counts;
};

static ym_status walk_one(struct walk *w, const char *name, struct ym_err *err) {
    struct ym_record record;
    struct ym_err why = {0};
    char line[900];
    ym_status st;

    ym_arena_reset(w->arena);
    st = read_record(w->dirfd, name, w->arena, &record, &why);
    if (st == YM_OK) {
        w->counts.good++;
        return w->fn(w->user, &record, name, err);
    }
    if (st == YM_MALFORMED || st == YM_UNSUPPORTED || st == YM_LIMIT) {
        YM_TRY(move_aside(w->dirfd, name, ym_err_format(&why, line, sizeof(line)), err));
        w->counts.bad++;
        return YM_OK;
    }
    if (why.sys_errno == ENOENT) {
        return YM_OK; /* another ingest took it between the listing and now */
    }
    return ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "%s",
                   ym_err_format(&why, line, sizeof(line)));
}

ym_status ym_spool_each(const char *dir, ym_spool_fn *fn, void *user,
                        struct ym_spool_counts *ret_counts, struct ym_err *err) {
    struct walk w = {.dirfd = -1, .fn = fn, .user = user};
    struct names names = {0};
    ym_status st;

    if (access(dir, F_OK) != 0 && errno == ENOENT) {
        *ret_counts = w.counts;
        return YM_OK;
    }
    ym_buf_init(&names.text, NAMES_MAX);
    w.arena = ym_arena_new(RECORD_MEMORY);
    st = w.arena == NULL
             ? ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory to read the spool")
             : open_spool(dir, &w.dirfd, err);
    if (st == YM_OK) {
        st = list_names(w.dirfd, &names, err);
    }
    for (size_t i = 0; st == YM_OK && i < names.n; i++) {
        st = walk_one(&w, names.sorted[i], err);
    }
    if (w.dirfd >= 0) {
        (void)close(w.dirfd);
    }
    names_done(&names);
    ym_arena_free(w.arena);
    if (st == YM_OK) {
        *ret_counts = w.counts;
    }
    return st;
}

/* --- the walk without order --- */

struct ym_spool_walk {
    DIR *list; /* NULL: there is no such directory */
    int dirfd;
    struct ym_arena *arena;
    struct ym_record record;
    char name[NAME_MAX + 1];
    bool again;
};

ym_status ym_spool_walk_open(const char *dir, struct ym_spool_walk **ret_walk, struct ym_err *err) {
    struct ym_spool_walk *w = ym_zalloc(1, sizeof(*w));
    int copy;
    ym_status st = YM_OK;

    if (w == NULL || (w->arena = ym_arena_new(RECORD_MEMORY)) == NULL) {
        ym_free(w);
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory to read the spool");
    }
    w->dirfd = -1;
    if (access(dir, F_OK) == 0 || errno != ENOENT) {
        st = open_spool(dir, &w->dirfd, err);
        copy = st == YM_OK ? dup(w->dirfd) : -1;
        w->list = copy < 0 ? NULL : fdopendir(copy);
        if (st == YM_OK && w->list == NULL) {
            st = ym_fail_errno(err, MODULE, dir, errno, "cannot list the spool");
            if (copy >= 0) {
                (void)close(copy);
            }
        }
    }
    if (st != YM_OK) {
        ym_spool_walk_close(w);
        return st;
    }
    *ret_walk = w;
    return YM_OK;
}

void ym_spool_walk_close(struct ym_spool_walk *walk) {
    if (walk == NULL) {
        return;
    }
    if (walk->list != NULL) {
        (void)closedir(walk->list);
    }
    if (walk->dirfd >= 0) {
        (void)close(walk->dirfd);
    }
    ym_arena_free(walk->arena);
    ym_free(walk);
}

void ym_spool_walk_back(struct ym_spool_walk *walk) {
    walk->again = true;
}

static ym_status next_name(struct ym_spool_walk *w, struct ym_err *err) {
    const struct dirent *e;

    if (w->list == NULL) {
        return YM_END;
    }
    for (;;) {
        errno = 0;
        e = readdir(w->list); /* NOLINT(concurrency-mt-unsafe): our own stream */
        if (e == NULL) {
            return errno == 0 ? YM_END
                              : ym_fail_errno(err, MODULE, "", errno, "cannot list the spool");
        }
        if (e->d_name[0] != '.' && ends_with(e->d_name, ".json")) {
            (void)snprintf(w->name, sizeof(w->name), "%s", e->d_name);
            return YM_OK;
        }
    }
}

/* OK: the record is there; END: this name is none any more. */
static ym_status read_named(struct ym_spool_walk *w, struct ym_err *err) {
    struct ym_err why = {0};
    char line[900];
    ym_status st;

    ym_arena_reset(w->arena);
    st = read_record(w->dirfd, w->name, w->arena, &w->record, &why);
    if (st == YM_OK) {
        return YM_OK;
    }
    if (st == YM_MALFORMED || st == YM_UNSUPPORTED || st == YM_LIMIT) {
        YM_TRY(move_aside(w->dirfd, w->name, ym_err_format(&why, line, sizeof(line)), err));
        return YM_END;
    }
    if (why.sys_errno == ENOENT) {
        return YM_END; /* somebody took it between the listing and now */
    }
    return ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "%s",
                   ym_err_format(&why, line, sizeof(line)));
}

ym_status ym_spool_walk_next(struct ym_spool_walk *walk, const struct ym_record **ret_record,
                             const char **ret_name, struct ym_err *err) {
    ym_status st = YM_END;

    if (walk->again) {
        walk->again = false;
        st = YM_OK;
    }
    while (st == YM_END) {
        YM_TRY(next_name(walk, err));
        st = read_named(walk, err);
    }
    YM_TRY(st);
    *ret_record = &walk->record;
    *ret_name = walk->name;
    return YM_OK;
}

/* --- the machine's name of the month --- */

/* Names of other months go: they would tie the months together. */
static void forget_other_months(int dirfd, const char *keep) {
    int copy = dup(dirfd);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *e;

    if (d == NULL) {
        if (copy >= 0) {
            (void)close(copy);
        }
        return;
    }
    rewinddir(d);
    while ((e = readdir(d)) != NULL) { /* NOLINT(concurrency-mt-unsafe): our own stream */
        if (strncmp(e->d_name, "machine-", 8) == 0 && strcmp(e->d_name, keep) != 0) {
            (void)unlinkat(dirfd, e->d_name, 0);
        }
    }
    (void)closedir(d);
}

static bool read_machine(int dirfd, const char *name, uint8_t ret[YM_RECORD_ID_SIZE]) {
    char hex[2 * YM_RECORD_ID_SIZE];
    uint8_t id[YM_RECORD_ID_SIZE];
    int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, hex, sizeof(hex));

    if (fd >= 0) {
        (void)close(fd);
    }
    if (n != (ssize_t)sizeof(hex) || !ym_hex_decode(hex, sizeof(id), id)) {
        return false;
    }
    memcpy(ret, id, sizeof(id));
    return true;
}

/* Two first runs of a month at the same moment may each make a name; the later one stays. */
static void make_machine(const char *dir, int dirfd, const char *name) {
    uint8_t id[YM_RECORD_ID_SIZE];
    char hex[2 * YM_RECORD_ID_SIZE + 1];
    char path[PATH_SIZE];
    struct ym_err ignored = {0}; /* not known is a value here */

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (ym_record_random_id(id, &ignored) == YM_OK) {
        ym_hex_encode(id, sizeof(id), hex);
        if (ym_file_replace(path, 0600, hex, sizeof(hex) - 1, &ignored) == YM_OK) {
            forget_other_months(dirfd, name);
        }
    }
}

void ym_spool_machine(const char *dir, int64_t time, uint8_t ret_machine[YM_RECORD_ID_SIZE]) {
    struct ym_date date = ym_date_of_unix(time);
    struct ym_err ignored = {0}; /* not known is a value here: all zero */
    char name[64];
    int dirfd = -1;

    memset(ret_machine, 0, YM_RECORD_ID_SIZE);
    (void)snprintf(name, sizeof(name), "machine-%04d-%02u", date.year, date.month);
    if (dir[0] == '\0' || ym_make_dirs(dir, &ignored) != YM_OK ||
        open_spool(dir, &dirfd, &ignored) != YM_OK) {
        return;
    }
    if (!read_machine(dirfd, name, ret_machine)) {
        make_machine(dir, dirfd, name);
        if (!read_machine(dirfd, name, ret_machine)) {
            memset(ret_machine, 0, YM_RECORD_ID_SIZE);
        }
    }
    (void)close(dirfd);
}
