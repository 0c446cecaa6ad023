/* test_quarantine.c - the sealed store: round trips, damage of every kind, its key, its limits. */
#include "clean/quarantine.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static char root[64];  /* of everything */
static char state[80]; /* root/state */
static struct ym_volume volume;
static struct ym_arena *arena;
static const char id[] = "20261129T120000.000Z-01234567-0001";

static void in_root(const char *path, char out[512]) {
    (void)snprintf(out, 512, "%s/%s", root, path);
}

static void begin(void) {
    struct ym_err err = {0};
    char vol[512];

    (void)snprintf(root, sizeof(root), "/tmp/ym-quarantine-XXXXXX");
    CHECK(mkdtemp(root) != NULL);
    (void)snprintf(state, sizeof(state), "%s/state", root);
    in_root("vol", vol);
    CHECK_EQ(mkdir(vol, 0755), 0);
    CHECK_EQ(ym_volume_open(vol, &volume, &err), YM_OK);
    arena = ym_arena_new(256U << 20);
}

static void finish(void) {
    char command[128];

    ym_volume_close(&volume);
    ym_arena_free(arena);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", root);
    CHECK_EQ(system(command), 0); /* NOLINT: a path of mkdtemp */
}

static void write_file(const char *path, const void *p, size_t n) {
    char full[512];
    int fd;

    in_root(path, full);
    fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, p, n), n);
    (void)close(fd);
}

/* The bytes of a file; the caller frees them. */
static uint8_t *read_file(const char *path, size_t *ret_n) {
    static uint8_t room[1 << 20];
    char full[512];
    uint8_t *copy;
    ssize_t n;
    int fd;

    in_root(path, full);
    fd = open(full, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    n = read(fd, room, sizeof(room));
    (void)close(fd);
    CHECK(n >= 0);
    copy = malloc((size_t)n + 1);
    CHECK(copy != NULL);
    memcpy(copy, room, (size_t)n);
    *ret_n = (size_t)n;
    return copy;
}

static bool exists(const char *path) {
    char full[512];
    struct stat sb;

    in_root(path, full);
    return lstat(full, &sb) == 0;
}

static struct ym_quarantine *opened(ym_quarantine_mode mode) {
    struct ym_quarantine *q = NULL;
    struct ym_err err = {0};
    ym_status st = ym_quarantine_open(state, mode, &q, &err);

    if (st != YM_OK) {
        FAIL("open: %s %s", ym_status_name(st), err.text);
    }
    return q;
}

static ym_status take_as(struct ym_quarantine *q, const char *as, const char *path,
                         ym_taken *ret_how, struct ym_err *err) {
    struct ym_quarantine_about about = {
        .path = path, .volume = "/mnt/x", .name = "Test/file", .rule = "r1", .journal = "j1"};

    return ym_quarantine_take(q, as, &volume, &about, NULL, arena, ret_how, err);
}

static void take(const char *path) {
    struct ym_quarantine *q = opened(YM_QUARANTINE_MAKE);
    ym_taken how = YM_TAKEN_KEPT;
    struct ym_err err = {0};
    ym_status st = take_as(q, id, path, &how, &err);

    if (st != YM_OK) {
        FAIL("take: %s %s", ym_status_name(st), err.text);
    }
    CHECK_EQ(how, YM_TAKEN_GONE);
    ym_quarantine_close(q);
}

static ym_status try_restore(const char *path, struct ym_err *err) {
    struct ym_quarantine *q = opened(YM_QUARANTINE_CHANGE);
    unsigned left = 0;
    ym_status st = ym_quarantine_restore(q, id, &volume, path, arena, &left, err);

    ym_quarantine_close(q);
    if (st == YM_OK) {
        CHECK_EQ(left, 0);
    }
    return st;
}

static ym_status try_verify(struct ym_err *err) {
    struct ym_quarantine *q = opened(YM_QUARANTINE_READ);
    ym_status st = ym_quarantine_verify(q, id, arena, err);

    ym_quarantine_close(q);
    return st;
}

/* --- round trips ------------------------------------------------------------------------------- */

static void sizes_round_trip(size_t n) {
    uint8_t *bytes = malloc(n + 1);
    struct ym_err err = {0};
    uint8_t *back;
    size_t m = 0;

    CHECK(bytes != NULL);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(i * 31 + i / 251);
    }
    begin();
    write_file("vol/f", bytes, n);
    take("f");
    CHECK(!exists("vol/f"));
    CHECK_EQ(try_verify(&err), YM_OK);
    CHECK_EQ(try_restore(NULL, &err), YM_OK);
    back = read_file("vol/f", &m);
    CHECK_EQ(m, n);
    CHECK(memcmp(back, bytes, n) == 0);
    free(back);
    free(bytes);
    finish();
}

static void every_size_around_a_chunk_comes_back(void) {
    static const size_t sizes[] = {0, 1, 1000, 65535, 65536, 65537, 131071, 131072, 200000};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        sizes_round_trip(sizes[i]);
    }
}

static void set_everything(const char *path, bool *ret_xattr) {
    static const struct timespec times[2] = {{1234567890, 123456789}, {987654321, 987654321}};
    char full[512];

    in_root(path, full);
    if (geteuid() == 0) {
        CHECK_EQ(chown(full, 1234, 567), 0);
    }
    CHECK_EQ(chmod(full, 04751), 0);
    *ret_xattr = setxattr(full, "user.note", "kept\0too", 8, 0) == 0 &&
                 setxattr(full, "user.empty", "", 0, 0) == 0;
    CHECK_EQ(utimensat(AT_FDCWD, full, times, 0), 0);
}

static void all_metadata_come_back(void) {
    struct ym_err err = {0};
    struct stat before;
    struct stat after;
    char full[512];
    char value[16];
    bool xattr;

    begin();
    write_file("vol/f", "abc", 3);
    set_everything("vol/f", &xattr);
    in_root("vol/f", full);
    CHECK_EQ(lstat(full, &before), 0);
    take("f");
    CHECK_EQ(try_restore(NULL, &err), YM_OK);
    CHECK_EQ(lstat(full, &after), 0);
    CHECK_EQ(after.st_mode, before.st_mode);
    CHECK_EQ(after.st_uid, before.st_uid);
    CHECK_EQ(after.st_gid, before.st_gid);
    CHECK_EQ(after.st_mtim.tv_sec, 987654321);
    CHECK_EQ(after.st_mtim.tv_nsec, 987654321);
    CHECK_EQ(after.st_atim.tv_sec, 1234567890);
    CHECK_EQ(after.st_atim.tv_nsec, 123456789);
    if (xattr) {
        CHECK_EQ(getxattr(full, "user.note", value, sizeof(value)), 8);
        CHECK(memcmp(value, "kept\0too", 8) == 0);
        CHECK_EQ(getxattr(full, "user.empty", value, sizeof(value)), 0);
    }
    finish();
}

static void an_access_list_comes_back(void) {
    /* system.posix_acl_access (linux/posix_acl_xattr.h): version 2; user::rw-, user:1000:r--,
     * group::---, mask::r--, other::--- */
    static const uint8_t acl[] = {2,    0,    0,    0,    1,    0,    6,    0,    0xff, 0xff, 0xff,
                                  0xff, 2,    0,    4,    0,    0xe8, 3,    0,    0,    4,    0,
                                  0,    0,    0xff, 0xff, 0xff, 0xff, 0x10, 0,    4,    0,    0xff,
                                  0xff, 0xff, 0xff, 0x20, 0,    0,    0,    0xff, 0xff, 0xff, 0xff};
    struct ym_err err = {0};
    uint8_t value[128];
    char full[512];

    begin();
    write_file("vol/f", "abc", 3);
    in_root("vol/f", full);
    if (setxattr(full, "system.posix_acl_access", acl, sizeof(acl), 0) == 0) {
        take("f");
        CHECK_EQ(try_restore(NULL, &err), YM_OK);
        CHECK_EQ(getxattr(full, "system.posix_acl_access", value, sizeof(value)), sizeof(acl));
        CHECK(memcmp(value, acl, sizeof(acl)) == 0);
    } else {
        printf("# no access lists on this file system\n");
    }
    finish();
}

static void an_item_says_what_it_is(void) {
    struct ym_quarantine_item item;
    struct ym_names ids = {0};
    struct ym_quarantine *q;
    struct ym_err err = {0};
    struct stat sb;
    char full[512];

    begin();
    in_root("vol/a\x1b[2J", full);
    write_file("vol/a\x1b[2J", "abc", 3);
    CHECK_EQ(lstat(full, &sb), 0);
    take("a\x1b[2J");
    q = opened(YM_QUARANTINE_READ);
    CHECK_EQ(ym_quarantine_list(q, arena, &ids, &err), YM_OK);
    CHECK_EQ(ids.n, 1);
    CHECK(strcmp(ids.v[0], id) == 0);
    CHECK_EQ(ym_quarantine_info(q, id, arena, &item, &err), YM_OK);
    CHECK(strcmp(item.id, id) == 0 && strcmp(item.path, "a\x1b[2J") == 0);
    CHECK(strcmp(item.volume, "/mnt/x") == 0 && strcmp(item.name, "Test/file") == 0);
    CHECK(strcmp(item.rule, "r1") == 0 && strcmp(item.journal, "j1") == 0);
    CHECK_EQ(item.size, 3);
    CHECK_EQ(item.sha256[0], 0xba); /* sha256("abc") of FIPS 180-4 */
    CHECK_EQ(item.sha256[31], 0xad);
    CHECK_EQ(item.changed.tv_nsec, sb.st_ctim.tv_nsec);
    CHECK(item.when.tv_sec >= sb.st_ctim.tv_sec);
    CHECK_EQ(ym_quarantine_info(q, "none", arena, &item, &err), YM_END);
    ym_quarantine_close(q);
    finish();
}

static void the_sealed_file_shows_nothing_of_it(void) {
    static const char text[] = "harmless marker of the test, long enough to be found";
    uint8_t *bytes;
    struct stat sb;
    char full[512];
    size_t n = 0;

    begin();
    write_file("vol/name-of-the-file", text, sizeof(text));
    take("name-of-the-file");
    bytes = read_file("state/quarantine/20261129T120000.000Z-01234567-0001.sealed", &n);
    CHECK(n > sizeof(text));
    CHECK(memmem(bytes, n, "harmless", 8) == NULL && memmem(bytes, n, "name-of", 7) == NULL);
    CHECK(memmem(bytes, n, "Test/", 5) == NULL);
    free(bytes);
    in_root("state/quarantine/20261129T120000.000Z-01234567-0001.sealed", full);
    CHECK_EQ(lstat(full, &sb), 0);
    CHECK_EQ(sb.st_mode & 07777, 0600);
    in_root("state/quarantine/key", full);
    CHECK_EQ(lstat(full, &sb), 0);
    CHECK_EQ(sb.st_mode & 07777, 0600);
    in_root("state/quarantine", full);
    CHECK_EQ(lstat(full, &sb), 0);
    CHECK_EQ(sb.st_mode & 07777, 0700);
    finish();
}

/* --- damage ------------------------------------------------------------------------------------ */

static const char sealed[] = "state/quarantine/20261129T120000.000Z-01234567-0001.sealed";

/* Refused with a reason, and nothing of it has a name on the volume. */
static void must_refuse(const char *what, size_t at) {
    struct ym_err err = {0};
    ym_status st = try_restore("back", &err);

    if (st == YM_OK || err.text[0] == '\0' || exists("vol/back")) {
        FAIL("%s %zu: %s", what, at, ym_status_name(st));
    }
}

static void every_changed_byte_is_noticed(void) {
    uint8_t *bytes;
    size_t n = 0;

    begin();
    write_file("vol/f", "abc", 3);
    take("f");
    bytes = read_file(sealed, &n);
    for (size_t i = 0; i < n; i++) {
        bytes[i] ^= 0x40;
        write_file(sealed, bytes, n);
        must_refuse("byte", i);
        bytes[i] ^= 0x40;
        ym_arena_reset(arena);
    }
    free(bytes);
    finish();
}

static void every_length_but_the_right_one_is_refused(void) {
    static const uint8_t zeros[70000];
    struct ym_err err = {0};
    uint8_t *bytes;
    size_t n = 0;

    begin();
    write_file("vol/f", zeros, 66000);
    take("f");
    bytes = read_file(sealed, &n);
    for (size_t i = 0; i < n; i += i < 1000 || i > n - 1000 ? 1 : 997) {
        write_file(sealed, bytes, i);
        must_refuse("length", i);
        ym_arena_reset(arena);
    }
    bytes[n] = 0; /* read_file leaves room for one */
    write_file(sealed, bytes, n + 1);
    must_refuse("longer", n + 1);
    write_file(sealed, bytes, n);
    CHECK_EQ(try_restore("back", &err), YM_OK);
    free(bytes);
    finish();
}

static void chunks_cannot_change_places(void) {
    static uint8_t content[65536 * 2];
    enum { SEALED = 65536 + 17 };
    uint8_t *bytes;
    uint8_t *one;
    size_t n = 0;

    begin();
    write_file("vol/f", content, sizeof(content)); /* two chunks and an empty last one */
    take("f");
    bytes = read_file(sealed, &n);
    one = malloc(SEALED);
    CHECK(one != NULL && n > 2 * SEALED + 17);
    memcpy(one, bytes + n - 17 - 2 * SEALED, SEALED);
    memcpy(bytes + n - 17 - 2 * SEALED, bytes + n - 17 - SEALED, SEALED);
    memcpy(bytes + n - 17 - SEALED, one, SEALED);
    write_file(sealed, bytes, n);
    must_refuse("exchanged", 0);
    free(one);
    free(bytes);
    finish();
}

static void an_item_cannot_take_anothers_place(void) {
    struct ym_err err = {0};
    struct ym_quarantine *q;
    ym_taken how;
    char from[512];
    char to[512];

    begin();
    write_file("vol/f", "abc", 3);
    write_file("vol/g", "xyz", 3);
    take("f");
    q = opened(YM_QUARANTINE_MAKE);
    CHECK_EQ(take_as(q, "other", "g", &how, &err), YM_OK);
    ym_quarantine_close(q);
    in_root("state/quarantine/other.sealed", from);
    in_root(sealed, to);
    CHECK_EQ(rename(from, to), 0);
    must_refuse("another", 0);
    finish();
}

/* --- the key ----------------------------------------------------------------------------------- */

static void the_key_is_guarded(void) {
    struct ym_err err = {0};
    struct ym_quarantine *q;
    ym_taken how;
    char key[512];
    uint8_t *bytes;
    size_t n = 0;

    begin();
    write_file("vol/f", "abc", 3);
    write_file("vol/g", "xyz", 3);
    take("f");
    in_root("state/quarantine/key", key);
    CHECK_EQ(chmod(key, 0640), 0);
    CHECK_EQ(try_verify(&err), YM_UNSUPPORTED); /* others may read it */
    CHECK_EQ(chmod(key, 0600), 0);
    CHECK_EQ(try_verify(&(struct ym_err){0}), YM_OK);
    bytes = read_file("state/quarantine/key", &n);
    CHECK_EQ(n, 48);
    bytes[20] ^= 1;
    write_file("state/quarantine/key", bytes, n);
    CHECK_EQ(try_verify(&(struct ym_err){0}), YM_MALFORMED); /* another key */
    write_file("state/quarantine/key", bytes, n - 1);
    CHECK_EQ(try_verify(&(struct ym_err){0}), YM_MALFORMED);
    free(bytes);
    CHECK_EQ(unlink(key), 0);
    CHECK_EQ(try_verify(&(struct ym_err){0}), YM_IO);
    q = opened(YM_QUARANTINE_MAKE); /* no new key over old items, and the file stays */
    CHECK_EQ(take_as(q, "other", "g", &how, &err), YM_IO);
    ym_quarantine_close(q);
    CHECK(!exists("state/quarantine/key") && exists("vol/g"));
    finish();
}

static void a_folder_that_others_may_write_is_not_used(void) {
    struct ym_quarantine *q = NULL;
    struct ym_err err = {0};
    char full[512];

    begin();
    CHECK_EQ(ym_quarantine_open(state, YM_QUARANTINE_READ, &q, &err), YM_END);
    in_root("state", full);
    CHECK_EQ(mkdir(full, 0755), 0);
    CHECK_EQ(ym_quarantine_open(state, YM_QUARANTINE_CHANGE, &q, &err), YM_END);
    in_root("state/quarantine", full);
    CHECK_EQ(mkdir(full, 0755), 0);
    CHECK_EQ(chmod(full, 0777), 0);
    CHECK_EQ(ym_quarantine_open(state, YM_QUARANTINE_MAKE, &q, &err), YM_UNSUPPORTED);
    finish();
}

static void two_writers_are_kept_apart(void) {
    struct ym_quarantine *q = NULL;
    struct ym_quarantine *first;
    struct ym_err err = {0};

    begin();
    first = opened(YM_QUARANTINE_MAKE);
    CHECK_EQ(ym_quarantine_open(state, YM_QUARANTINE_CHANGE, &q, &err), YM_IO);
    ym_quarantine_close(opened(YM_QUARANTINE_READ));
    write_file("state/quarantine/.new-x", "half", 4);
    ym_quarantine_close(first);
    ym_quarantine_close(opened(YM_QUARANTINE_CHANGE));
    CHECK(!exists("state/quarantine/.new-x"));
    finish();
}

/* --- taking and restoring ---------------------------------------------------------------------- */

static void nothing_is_overwritten(void) {
    struct ym_err err = {0};
    struct ym_quarantine *q;
    ym_taken how;
    uint8_t *now;
    size_t n = 0;

    begin();
    write_file("vol/f", "abc", 3);
    take("f");
    write_file("vol/f", "mine", 4);
    CHECK_EQ(try_restore(NULL, &err), YM_IO);
    CHECK(strstr(err.text, "not overwritten") != NULL);
    now = read_file("vol/f", &n);
    CHECK(n == 4 && memcmp(now, "mine", 4) == 0);
    free(now);
    q = opened(YM_QUARANTINE_MAKE); /* nor an item */
    CHECK_EQ(take_as(q, id, "f", &how, &(struct ym_err){0}), YM_IO);
    ym_quarantine_close(q);
    CHECK(exists("vol/f"));
    CHECK_EQ(try_restore("g", &(struct ym_err){0}), YM_OK);
    CHECK_EQ(try_restore("nowhere/g", &err), YM_IO);
    CHECK_EQ(try_restore("../g", &(struct ym_err){0}), YM_MALFORMED);
    finish();
}

static void only_regular_files_are_taken(void) {
    struct ym_quarantine *q;
    ym_taken how;
    char full[512];

    begin();
    write_file("vol/f", "abc", 3);
    in_root("vol/link", full);
    CHECK_EQ(symlink("f", full), 0);
    in_root("vol/fifo", full);
    CHECK_EQ(mkfifo(full, 0600), 0);
    in_root("vol/folder", full);
    CHECK_EQ(mkdir(full, 0700), 0);
    in_root("vol/way", full);
    CHECK_EQ(symlink("folder", full), 0);
    q = opened(YM_QUARANTINE_MAKE);
    CHECK_EQ(take_as(q, "a", "link", &how, &(struct ym_err){0}), YM_UNSUPPORTED);
    CHECK_EQ(take_as(q, "a", "fifo", &how, &(struct ym_err){0}), YM_UNSUPPORTED);
    CHECK_EQ(take_as(q, "a", "folder", &how, &(struct ym_err){0}), YM_UNSUPPORTED);
    CHECK_EQ(take_as(q, "a", "way/f", &how, &(struct ym_err){0}), YM_UNSUPPORTED);
    CHECK_EQ(take_as(q, "a", "none", &how, &(struct ym_err){0}), YM_END);
    CHECK_EQ(take_as(q, "../a", "f", &how, &(struct ym_err){0}), YM_MALFORMED);
    ym_quarantine_close(q);
    CHECK(exists("vol/f") && exists("vol/link") && !exists("state/quarantine/a.sealed"));
    finish();
}

/* What happens between the seal and the removal keeps the file on the volume. */
static void a_file_that_is_another_now_stays(void) {
    struct ym_quarantine_about about = {"f", "/", "n", "r", ""};
    struct ym_quarantine_source s;
    struct ym_err err = {0};
    struct ym_quarantine *q;
    uint8_t digest[32];
    ym_taken how = YM_TAKEN_GONE;
    char from[512];
    char to[512];

    begin();
    in_root("vol/new", from);
    in_root("vol/f", to);
    q = opened(YM_QUARANTINE_MAKE);
    for (int i = 0; i < 3; i++) {
        char name[2] = {(char)('a' + i), '\0'};

        write_file("vol/f", "abc", 3);
        CHECK_EQ(ym_quarantine_source_open(&volume, "f", &s, &err), YM_OK);
        CHECK_EQ(ym_quarantine_seal(q, name, &s, &about, arena, digest, &err), YM_OK);
        if (i == 0) {
            write_file("vol/f", "xyz", 3); /* written to */
        } else if (i == 1) {
            write_file("vol/new", "abc", 3); /* another file with the same bytes */
            CHECK_EQ(rename(from, to), 0);
        } else {
            CHECK_EQ(unlink(to), 0);
            CHECK_EQ(symlink("g", to), 0);
        }
        CHECK_EQ(ym_quarantine_remove(&s, name, &how, &err), YM_OK);
        CHECK_EQ(how, YM_TAKEN_OTHER);
        CHECK(exists("vol/f"));
        ym_quarantine_source_done(&s);
    }
    ym_quarantine_close(q);
    finish();
}

static void an_item_is_deleted_once(void) {
    struct ym_err err = {0};
    struct ym_quarantine *q;

    begin();
    write_file("vol/f", "abc", 3);
    take("f");
    q = opened(YM_QUARANTINE_CHANGE);
    CHECK_EQ(ym_quarantine_delete(q, id, &err), YM_OK);
    CHECK_EQ(ym_quarantine_delete(q, id, &err), YM_END);
    CHECK_EQ(ym_quarantine_delete(q, "../key", &err), YM_MALFORMED);
    ym_quarantine_close(q);
    CHECK_EQ(try_restore(NULL, &(struct ym_err){0}), YM_END);
    finish();
}

/* --- the metadata ------------------------------------------------------------------------------ */

static struct ym_xattr second = {NULL, "security.x", (const uint8_t *)"", 0};
static struct ym_xattr first = {&second, "user.a", (const uint8_t *)"\0\1\2", 3};

static struct ym_quarantine_item sample(void) {
    return (struct ym_quarantine_item){.path = "a/b",
                                       .volume = "/",
                                       .name = "n",
                                       .rule = "",
                                       .journal = "j",
                                       .size = 5,
                                       .links = 1,
                                       .meta = {.mode = 0644, .flags = 0x70, .xattrs = &first},
                                       .when = {7, 999999999}};
}

static ym_status parse(const void *p, size_t n, struct ym_quarantine_item *ret) {
    struct ym_err err = {0};
    struct ym_reader r;
    ym_status st;

    ym_reader_init(&r, p, n);
    st = ym_quarantine_meta_parse(r, arena, ret, &err);
    if (st != YM_OK && err.text[0] == '\0') {
        FAIL("refused without a reason");
    }
    return st;
}

static void metadata_are_read_whole_or_not_at_all(void) {
    struct ym_quarantine_item in = sample();
    struct ym_quarantine_item out = {.size = 77};
    struct ym_buf b;

    arena = ym_arena_new(16 << 20);
    ym_buf_init(&b, 1 << 20);
    ym_quarantine_meta_put(&b, &in);
    CHECK_EQ(ym_buf_status(&b), YM_OK);
    for (size_t i = 0; i < b.len; i++) {
        CHECK_EQ(parse(b.data, i, &out), YM_TRUNCATED);
        CHECK_EQ(out.size, 77);
    }
    CHECK_EQ(parse(b.data, b.len, &out), YM_OK);
    CHECK(strcmp(out.path, "a/b") == 0 && out.size == 5 && out.when.tv_nsec == 999999999);
    CHECK_EQ(out.meta.mode, 0644);
    CHECK_EQ(out.meta.flags, 0x70);
    CHECK(out.meta.xattrs != NULL && out.meta.xattrs->n == 3 && out.meta.xattrs->next != NULL);
    CHECK(strcmp(out.meta.xattrs->next->name, "security.x") == 0);
    ym_buf_u8(&b, 0);
    CHECK_EQ(parse(b.data, b.len, &out), YM_MALFORMED);
    ym_buf_done(&b);
    ym_arena_free(arena);
}

static void forged_metadata_are_refused(void) {
    /* offsets of docs/formats/quarantine.md */
    static const struct {
        size_t at;
        uint32_t value;
        ym_status want;
    } rows[] = {{40, 010000, YM_MALFORMED},
                {40, 0x010001a4, YM_MALFORMED}, /* flags that are not known */
                {40, 0x000081a4, YM_MALFORMED},
                {64, 1000000000, YM_MALFORMED},
                {104, 32769, YM_LIMIT},
                {104, 32768, YM_TRUNCATED},
                {4, 0x80000000U, YM_MALFORMED}};
    struct ym_quarantine_item in = sample();
    struct ym_quarantine_item out;
    struct ym_buf b;

    arena = ym_arena_new(16 << 20);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ym_status st;

        ym_buf_init(&b, 1 << 20);
        ym_quarantine_meta_put(&b, &in);
        for (size_t k = 0; k < 4; k++) {
            b.data[rows[i].at + k] = (uint8_t)(rows[i].value >> (8 * k));
        }
        st = parse(b.data, b.len, &out);
        if (st != rows[i].want) {
            FAIL("row %zu: %s", i, ym_status_name(st));
        }
        ym_buf_done(&b);
    }
    ym_buf_init(&b, 1 << 20);
    ym_quarantine_meta_put(&b, &in);
    b.data[108] = 0; /* a NUL in the path */
    CHECK_EQ(parse(b.data, b.len, &out), YM_MALFORMED);
    ym_buf_clear(&b);
    in.path = "";
    ym_quarantine_meta_put(&b, &in);
    CHECK_EQ(parse(b.data, b.len, &out), YM_MALFORMED);
    ym_buf_done(&b);
    ym_arena_free(arena);
}

static void too_many_attributes_are_a_limit(void) {
    struct ym_quarantine_item in = sample();
    struct ym_quarantine_item out;
    struct ym_buf b;

    arena = ym_arena_new(16 << 20);
    ym_buf_init(&b, 1 << 20);
    in.meta.xattrs = NULL;
    ym_quarantine_meta_put(&b, &in);
    b.len -= 4;
    ym_buf_u32le(&b, YM_QUARANTINE_XATTRS_MAX + 1);
    CHECK_EQ(parse(b.data, b.len, &out), YM_LIMIT);
    ym_buf_cut(&b, b.len - 4);
    ym_buf_u32le(&b, 1);
    ym_buf_u16le(&b, 1);
    ym_buf_u8(&b, 'x');
    ym_buf_u32le(&b, YM_QUARANTINE_XATTR_MAX + 1);
    CHECK_EQ(parse(b.data, b.len, &out), YM_LIMIT);
    ym_buf_done(&b);
    ym_arena_free(arena);
}

static void ids_are_plain_names(void) {
    static const char *const bad[] = {
        "",    ".",        "..",
        "-a",  ".a",       "a/b",
        "a b", "\xc3\xa4", "0123456789012345678901234567890123456789012345678901234567890123"};
    char made[YM_QUARANTINE_ID_SIZE];
    struct ym_err err = {0};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK(!ym_quarantine_id_ok(bad[i]));
    }
    CHECK_EQ(ym_quarantine_new_id(made, &err), YM_OK);
    CHECK(ym_quarantine_id_ok(made) && ym_quarantine_id_ok(id));
}

/* With the nth allocation failing: an error or done, and the file is somewhere. */
static void no_allocation_that_fails_loses_a_file(void) {
    unsigned failures = 1;
    unsigned n = 0;

    begin();
    while (failures > 0) {
        struct ym_quarantine *q = NULL;
        struct ym_err err = {0};
        ym_taken how = YM_TAKEN_OTHER;
        char name[32];
        ym_status st;

        (void)snprintf(name, sizeof(name), "f%u", ++n);
        write_file("vol/f", "abc", 3);
        (void)ym_fault_malloc(n, 0);
        st = ym_quarantine_open(state, YM_QUARANTINE_MAKE, &q, &err);
        st = st == YM_OK ? take_as(q, name, "f", &how, &err) : st;
        failures = ym_fault_malloc(0, 0);
        if (st == YM_OK) {
            CHECK(how == YM_TAKEN_GONE && !exists("vol/f"));
            CHECK_EQ(ym_quarantine_verify(q, name, arena, &err), YM_OK);
        } else {
            CHECK(exists("vol/f"));
        }
        ym_quarantine_close(q);
    }
    printf("# %u allocations failed, one after the other\n", n - 1);
    CHECK(n > 3);
    finish();
}

MAIN(T(every_size_around_a_chunk_comes_back), T(all_metadata_come_back),
     T(an_access_list_comes_back), T(an_item_says_what_it_is),
     T(the_sealed_file_shows_nothing_of_it), T(every_changed_byte_is_noticed),
     T(every_length_but_the_right_one_is_refused), T(chunks_cannot_change_places),
     T(an_item_cannot_take_anothers_place), T(the_key_is_guarded),
     T(a_folder_that_others_may_write_is_not_used), T(two_writers_are_kept_apart),
     T(nothing_is_overwritten), T(only_regular_files_are_taken),
     T(a_file_that_is_another_now_stays), T(an_item_is_deleted_once),
     T(metadata_are_read_whole_or_not_at_all), T(forged_metadata_are_refused),
     T(too_many_attributes_are_a_limit), T(ids_are_plain_names),
     T(no_allocation_that_fails_loses_a_file))
