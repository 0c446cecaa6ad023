/* quarantine.c - the folder of the store, its key, its list.  See clean/quarantine.h.
 *
 * Every file of the store is made under another name, synced, renamed, and the folder synced: a
 * kill leaves at most a ".new-..." that the next one who writes removes. */
#include "quarantine_int.h"

#include "away.h"
#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "journal_int.h"
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char module[] = "clean/quarantine";
static const char ending[] = ".sealed";
static const char unfinished[] = ".new-";
static const char key_magic[16] = "YAMORI-SEAL-KEY\n";
enum { KEY_FILE = sizeof(key_magic) + crypto_secretstream_xchacha20poly1305_KEYBYTES };

/* --- ids --------------------------------------------------------------------------------------- */

bool ym_quarantine_id_ok(const char *id) {
    size_t n = strlen(id);

    if (n == 0 || n >= YM_QUARANTINE_ID_SIZE || !ym_is_alnum((unsigned char)id[0])) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!ym_is_alnum((unsigned char)id[i]) && id[i] != '.' && id[i] != '-') {
            return false;
        }
    }
    return true;
}

ym_status ym_quarantine_new_id(char ret_id[YM_QUARANTINE_ID_SIZE], struct ym_err *err) {
    struct timespec now = {0};
    struct ym_date d;
    uint8_t random[4];
    char hex[9];

    if (sodium_init() < 0) {
        return ym_fail_at(err, YM_IO, module, "", 0, 0, "no random numbers");
    }
    randombytes_buf(random, sizeof(random));
    ym_hex_encode(random, sizeof(random), hex);
    (void)clock_gettime(CLOCK_REALTIME, &now); /* the true time: two runs must not share an id */
    d = ym_date_of_unix((int64_t)now.tv_sec);
    (void)snprintf(ret_id, YM_QUARANTINE_ID_SIZE, "%04u%02u%02uT%02u%02u%02u.%03uZ-%s",
                   (unsigned)d.year % 10000U, d.month % 100, d.day % 100, d.hour % 100,
                   d.minute % 100, d.second % 100, (unsigned)(now.tv_nsec / 1000000) % 1000U, hex);
    return YM_OK;
}

void ym_sealed_name(const char *id, char out[YM_SEALED_NAME]) {
    (void)snprintf(out, YM_SEALED_NAME, "%s%s", id, ending);
}

/* The id in the name of an item's file; false: another file. */
static bool id_of_name(const char *name, char id[YM_QUARANTINE_ID_SIZE]) {
    size_t n = strlen(name);
    size_t end = sizeof(ending) - 1;

    if (n <= end || n - end >= YM_QUARANTINE_ID_SIZE || strcmp(name + n - end, ending) != 0) {
        return false;
    }
    memcpy(id, name, n - end);
    id[n - end] = '\0';
    return ym_quarantine_id_ok(id);
}

/* --- names of the folder ----------------------------------------------------------------------- */

/* One name after the other; false at the end. */
static bool next_name(DIR *dir, const char **ret_name) {
    const struct dirent *e = readdir(dir); /* NOLINT(concurrency-mt-unsafe): our own stream */

    *ret_name = e == NULL ? "" : e->d_name;
    return e != NULL;
}

static ym_status open_names(const struct ym_quarantine *q, DIR **ret_dir, struct ym_err *err) {
    int fd = openat(q->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);

    if (dir == NULL) {
        ym_status st = ym_fail_errno(err, module, "quarantine", errno, "cannot list the folder");

        if (fd >= 0) {
            (void)close(fd);
        }
        return st;
    }
    *ret_dir = dir;
    return YM_OK;
}

/* What a killed process left unfinished; whoever holds the lock may remove it. */
static ym_status drop_unfinished(const struct ym_quarantine *q, struct ym_err *err) {
    const char *name;
    DIR *dir = NULL;

    YM_TRY(open_names(q, &dir, err));
    while (next_name(dir, &name)) {
        if (strncmp(name, unfinished, sizeof(unfinished) - 1) == 0) {
            (void)unlinkat(q->dir_fd, name, 0);
        }
    }
    (void)closedir(dir);
    return YM_OK;
}

static ym_status has_items(const struct ym_quarantine *q, bool *ret_some, struct ym_err *err) {
    char id[YM_QUARANTINE_ID_SIZE];
    bool some = false;
    const char *name;
    DIR *dir = NULL;

    YM_TRY(open_names(q, &dir, err));
    while (!some && next_name(dir, &name)) {
        some = id_of_name(name, id);
    }
    (void)closedir(dir);
    *ret_some = some;
    return YM_OK;
}

/* --- opening ----------------------------------------------------------------------------------- */

/* Opens STATE/quarantine.  END: not there, and not to be made. */
static ym_status open_folder(struct ym_quarantine *q, const char *state, struct ym_err *err) {
    bool make = q->mode == YM_QUARANTINE_MAKE;
    struct stat sb;
    int state_fd;

    if (make && mkdir(state, 0700) != 0 && errno != EEXIST) {
        return ym_fail_errno(err, module, state, errno,
                             "cannot make this folder of the state (--state names another)");
    }
    state_fd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state_fd < 0) {
        return errno == ENOENT ? YM_END
                               : ym_fail_errno(err, module, state, errno, "cannot open the state");
    }
    if (!make || mkdirat(state_fd, "quarantine", 0700) == 0 || errno == EEXIST) {
        q->dir_fd = openat(state_fd, "quarantine", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    (void)close(state_fd);
    if (q->dir_fd < 0) {
        return errno == ENOENT ? YM_END
                               : ym_fail_errno(err, module, state, errno,
                                               "cannot open the quarantine in this folder");
    }
    if (fstat(q->dir_fd, &sb) != 0 || sb.st_uid != geteuid() || (sb.st_mode & 022U) != 0) {
        return ym_fail_at(err, YM_UNSUPPORTED, module, state, 0, 0,
                          "the folder quarantine in it belongs to another user, or others may "
                          "write in it: not used");
    }
    return YM_OK;
}

static ym_status take_lock(struct ym_quarantine *q, const char *state, struct ym_err *err) {
    q->lock_fd = openat(q->dir_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (q->lock_fd < 0 || flock(q->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return ym_fail_errno(err, module, state, errno,
                             "cannot lock the quarantine; is another command using it?");
    }
    return drop_unfinished(q, err);
}

ym_status ym_quarantine_open(const char *state, ym_quarantine_mode mode,
                             struct ym_quarantine **ret_q, struct ym_err *err) {
    struct ym_quarantine *q = ym_zalloc(1, sizeof(*q));
    ym_status st;

    if (q == NULL || sodium_init() < 0) {
        ym_free(q);
        return ym_fail_at(err, YM_NOMEM, module, state, 0, 0, "cannot begin to use libsodium");
    }
    q->dir_fd = q->lock_fd = -1;
    q->mode = mode;
    st = open_folder(q, state, err);
    if (st == YM_OK && mode != YM_QUARANTINE_READ) {
        st = take_lock(q, state, err);
    }
    if (st != YM_OK) {
        ym_quarantine_close(q);
        return st;
    }
    *ret_q = q;
    return YM_OK;
}

void ym_quarantine_close(struct ym_quarantine *q) {
    if (q == NULL) {
        return;
    }
    if (q->dir_fd >= 0) {
        (void)close(q->dir_fd);
    }
    if (q->lock_fd >= 0) {
        (void)close(q->lock_fd);
    }
    sodium_memzero(q->key, sizeof(q->key));
    ym_free(q);
}

/* --- the key ----------------------------------------------------------------------------------- */

static ym_status make_key(struct ym_quarantine *q, struct ym_err *err) {
    uint8_t bytes[KEY_FILE];
    bool some = false;
    ym_status st;
    int fd;

    YM_TRY(has_items(q, &some, err));
    if (some) {
        return ym_fail_at(err, YM_IO, module, "quarantine/key", 0, 0,
                          "the key is gone, and with it every item here; to begin anew, move the "
                          "folder quarantine away");
    }
    ym_journal_point();
    fd = openat(q->dir_fd, ".new-key", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return ym_fail_errno(err, module, "quarantine/key", errno, "cannot make the key");
    }
    memcpy(bytes, key_magic, sizeof(key_magic));
    crypto_secretstream_xchacha20poly1305_keygen(bytes + sizeof(key_magic));
    st = ym_file_write_all(fd, "quarantine/key", bytes, sizeof(bytes), err);
    sodium_memzero(bytes, sizeof(bytes));
    if (st == YM_OK && fsync(fd) != 0) {
        st = ym_fail_errno(err, module, "quarantine/key", errno, "cannot bring it to the disk");
    }
    (void)close(fd);
    ym_journal_point();
    if (st == YM_OK && (ym_away_rename_free(q->dir_fd, ".new-key", q->dir_fd, "key") != 0 ||
                        fsync(q->dir_fd) != 0)) {
        st = ym_fail_errno(err, module, "quarantine/key", errno, "cannot give it its name");
    }
    if (st != YM_OK) {
        (void)unlinkat(q->dir_fd, ".new-key", 0);
    }
    ym_journal_point();
    return st;
}

static ym_status read_key(struct ym_quarantine *q, int fd, struct ym_err *err) {
    uint8_t bytes[KEY_FILE + 1];
    struct stat sb;
    ym_status st = YM_OK;
    ssize_t n;

    if (fstat(fd, &sb) != 0 || !S_ISREG(sb.st_mode) || sb.st_uid != geteuid() ||
        (sb.st_mode & 077U) != 0) {
        return ym_fail_at(err, YM_UNSUPPORTED, module, "quarantine/key", 0, 0,
                          "belongs to another user, or others may read it: not used (the key must "
                          "be a file of mode 0600)");
    }
    n = read(fd, bytes, sizeof(bytes));
    if (n < 0) {
        st = ym_fail_errno(err, module, "quarantine/key", errno, "cannot read");
    } else if (n != KEY_FILE || memcmp(bytes, key_magic, sizeof(key_magic)) != 0) {
        st = ym_fail_at(err, YM_MALFORMED, module, "quarantine/key", 0, 0, "is no key");
    } else {
        memcpy(q->key, bytes + sizeof(key_magic), sizeof(q->key));
        q->has_key = true;
    }
    sodium_memzero(bytes, sizeof(bytes));
    return st;
}

ym_status ym_quarantine_load_key(struct ym_quarantine *q, struct ym_err *err) {
    const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    ym_status st;
    int fd;

    if (q->has_key) {
        return YM_OK;
    }
    fd = openat(q->dir_fd, "key", flags);
    if (fd < 0 && errno == ENOENT && q->mode == YM_QUARANTINE_MAKE) {
        YM_TRY(make_key(q, err));
        fd = openat(q->dir_fd, "key", flags);
    }
    if (fd < 0) {
        return ym_fail_errno(err, module, "quarantine/key", errno, "cannot open the key");
    }
    st = read_key(q, fd, err);
    (void)close(fd);
    return st;
}

/* --- items ------------------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static ym_status count_items(const struct ym_quarantine *q, size_t *ret_n, struct ym_err *err) {
    char id[YM_QUARANTINE_ID_SIZE];
    const char *name;
    DIR *dir = NULL;
    size_t n = 0;

    YM_TRY(open_names(q, &dir, err));
    while (next_name(dir, &name)) {
        n += id_of_name(name, id) ? 1U : 0U;
    }
    (void)closedir(dir);
    if (n > YM_QUARANTINE_ITEMS_MAX) {
        return ym_fail_at(err, YM_LIMIT, module, "quarantine", 0, 0,
                          "more items than are listed at once");
    }
    *ret_n = n;
    return YM_OK;
}

/* Items that came since they were counted are left out. */
static ym_status copy_ids(DIR *dir, struct ym_arena *arena, size_t room, struct ym_names *names,
                          struct ym_err *err) {
    char id[YM_QUARANTINE_ID_SIZE];
    const char *name;

    while (names->n < room && next_name(dir, &name)) {
        if (!id_of_name(name, id)) {
            continue;
        }
        names->v[names->n] = ym_arena_strndup(arena, id, strlen(id));
        if (names->v[names->n] == NULL) {
            return ym_fail_at(err, YM_NOMEM, module, "quarantine", 0, 0, "out of memory");
        }
        names->n++;
    }
    return YM_OK;
}

ym_status ym_quarantine_list(struct ym_quarantine *q, struct ym_arena *arena,
                             struct ym_names *ret_ids, struct ym_err *err) {
    struct ym_names names = {0};
    DIR *dir = NULL;
    size_t n = 0;
    ym_status st;

    YM_TRY(count_items(q, &n, err));
    names.v = YM_ARENA_ARRAY(arena, n + 1, const char *);
    if (names.v == NULL) {
        return ym_fail_at(err, YM_NOMEM, module, "quarantine", 0, 0, "out of memory");
    }
    YM_TRY(open_names(q, &dir, err));
    st = copy_ids(dir, arena, n, &names, err);
    (void)closedir(dir);
    YM_TRY(st);
    if (names.n > 1) {
        qsort(names.v, names.n, sizeof(*names.v), by_bytes);
    }
    *ret_ids = names;
    return YM_OK;
}

ym_status ym_quarantine_info(struct ym_quarantine *q, const char *id, struct ym_arena *arena,
                             struct ym_quarantine_item *ret_item, struct ym_err *err) {
    struct ym_unsealing u;

    YM_TRY(ym_unseal_begin(q, id, arena, &u, err));
    *ret_item = u.item;
    ym_unseal_done(&u);
    return YM_OK;
}

ym_status ym_quarantine_verify(struct ym_quarantine *q, const char *id, struct ym_arena *arena,
                               struct ym_err *err) {
    struct ym_unsealing u;
    ym_status st;

    YM_TRY(ym_unseal_begin(q, id, arena, &u, err));
    st = ym_unseal_content(&u, -1, id, err);
    ym_unseal_done(&u);
    return st;
}

ym_status ym_quarantine_delete(struct ym_quarantine *q, const char *id, struct ym_err *err) {
    char name[YM_SEALED_NAME];

    if (!ym_quarantine_id_ok(id)) {
        return ym_fail_at(err, YM_MALFORMED, module, id, 0, 0, "not the id of an item");
    }
    ym_sealed_name(id, name);
    ym_journal_point();
    if (unlinkat(q->dir_fd, name, 0) != 0) {
        return errno == ENOENT ? YM_END
                               : ym_fail_errno(err, module, id, errno, "cannot delete this item");
    }
    ym_journal_point();
    return fsync(q->dir_fd) == 0
               ? YM_OK
               : ym_fail_errno(err, module, id, errno, "cannot bring the folder to the disk");
}
