/* test_file.c - os/file.h, with every system call failing in turn. */
#include "os/fault.h"
#include "os/file.h"
#include "temp_dir.h"
#include "ym_test.h"

#include <dirent.h>
#include <errno.h>

static unsigned entries_of(const char *path) {
    DIR *d = opendir(path);
    unsigned n = 0;

    CHECK(d != NULL);
    while (readdir(d) != NULL) { // NOLINT(concurrency-mt-unsafe): one thread
        n++;
    }
    (void)closedir(d);
    return n - 2;
}

static bool holds(const char *path, const char *text) {
    struct ym_buf b;
    bool same;
    int fd = -1;

    ym_buf_init(&b, 1 << 20);
    same = ym_file_open(AT_FDCWD, path, false, path, &fd, NULL) == YM_OK &&
           ym_file_read_all(fd, path, &b, NULL) == YM_OK && b.len == strlen(text) &&
           memcmp(b.data, text, b.len) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    ym_buf_done(&b);
    return same;
}

static void what_is_no_regular_file_is_not_opened(void) {
    struct ym_err err = {.code = YM_OK};
    const char *fifo = in_temp("fifo");
    int fd = -7;

    CHECK_EQ(mkfifo(fifo, 0600), 0);
    CHECK_EQ(ym_file_open(AT_FDCWD, fifo, true, fifo, &fd, &err), YM_UNSUPPORTED);
    CHECK(strstr(err.text, "a pipe") != NULL);
    CHECK_EQ(ym_file_open(AT_FDCWD, "/dev/null", true, "/dev/null", &fd, NULL), YM_UNSUPPORTED);
    CHECK_EQ(ym_file_open(AT_FDCWD, "/tmp", true, "/tmp", &fd, NULL), YM_UNSUPPORTED);
    CHECK_EQ(fd, -7);
    CHECK_EQ(unlink(fifo), 0);
}

static void a_link_is_followed_only_when_asked(void) {
    const char *file = in_temp("target");
    const char *link_ = in_temp("link");
    int fd = -1;

    put_file(file, "x");
    CHECK_EQ(symlink(file, link_), 0);
    CHECK_EQ(ym_file_open(AT_FDCWD, link_, false, link_, &fd, NULL), YM_UNSUPPORTED);
    CHECK_EQ(ym_file_open(AT_FDCWD, link_, true, link_, &fd, NULL), YM_OK);
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(unlink(link_) + unlink(file), 0);
}

static void an_open_beneath_stays_beneath(void) {
    const char *dir = in_temp("beneath");
    int root;
    int fd = -1;

    CHECK_EQ(mkdir(dir, 0755), 0);
    put_file(in_temp("beneath/in"), "x");
    put_file(in_temp("outside"), "x");
    CHECK_EQ(symlink("../outside", in_temp("beneath/way-out")), 0);
    root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(root >= 0);
    CHECK_EQ(ym_file_open_beneath(root, "../outside", "s", &fd, NULL), YM_IO);
    CHECK_EQ(ym_file_open_beneath(root, "/etc/passwd", "s", &fd, NULL), YM_IO);
    CHECK_EQ(ym_file_open_beneath(root, "way-out", "s", &fd, NULL), YM_IO);
    CHECK_EQ(ym_file_open_beneath(root, "x/../in", "s", &fd, NULL), YM_IO);
    CHECK_EQ(fd, -1);
    CHECK_EQ(ym_file_open_beneath(root, "./in", "s", &fd, NULL), YM_OK);
    CHECK_EQ(close(fd) + close(root), 0);
    CHECK_EQ(unlink(in_temp("beneath/in")) + unlink(in_temp("beneath/way-out")), 0);
    CHECK_EQ(unlink(in_temp("outside")) + rmdir(dir), 0);
}

static void a_file_as_large_as_the_buffer_fits_and_one_byte_more_does_not(void) {
    const char *path = in_temp("ten");
    struct ym_buf b;
    int fd;

    put_file(path, "0123456789");
    for (size_t max = 9; max <= 11; max++) {
        CHECK_EQ(ym_file_open(AT_FDCWD, path, false, path, &fd, NULL), YM_OK);
        ym_buf_init(&b, max);
        CHECK_EQ(ym_file_read_all(fd, path, &b, NULL), max < 10 ? YM_LIMIT : YM_OK);
        CHECK_EQ(b.len, max < 10 ? max : 10);
        ym_buf_done(&b);
        CHECK_EQ(close(fd), 0);
    }
    CHECK_EQ(unlink(path), 0);
}

static void short_reads_and_writes_lose_nothing(void) {
    const char *path = in_temp("short");

    (void)ym_fault_sys(YM_FAULT_WRITE, 1, 0, 1);
    CHECK_EQ(ym_file_replace(path, 0644, "all of these bytes", 18, NULL), YM_OK);
    CHECK(ym_fault_sys(YM_FAULT_WRITE, 0, 0, 0) > 1);
    (void)ym_fault_sys(YM_FAULT_READ, 1, 0, 1);
    CHECK(holds(path, "all of these bytes"));
    (void)ym_fault_sys(YM_FAULT_READ, 0, 0, 0);
    CHECK_EQ(unlink(path), 0);
}

/* The nth call of a kind fails; in the end the old or the new content is there, and no other file. */
static void replace_under_fault(ym_fault_call call, int sys_errno) {
    const char *dir = in_temp("replace");
    const char *path = in_temp("replace/file");
    unsigned nth = 1;
    unsigned caused;

    (void)mkdir(dir, 0755);
    do {
        struct ym_err err = {.code = YM_OK};
        ym_status st;

        put_file(path, "old");
        (void)ym_fault_sys(call, nth++, sys_errno, 0);
        st = ym_file_replace(path, 0644, "new", 3, &err);
        caused = ym_fault_sys(call, 0, 0, 0);
        CHECK(caused > 0 || st == YM_OK);
        if (st == YM_OK) {
            CHECK(holds(path, "new"));
        } else {
            CHECK_EQ(st, YM_IO);
            CHECK_EQ(err.sys_errno, sys_errno);
            CHECK(strstr(err.file, "replace/file") != NULL);
            CHECK(holds(path, "old") || holds(path, "new"));
        }
        CHECK_EQ(entries_of(dir), 1);
    } while (caused > 0);
    CHECK(nth > 2);
    CHECK_EQ(unlink(path) + rmdir(dir), 0);
}

static void a_failed_replacement_leaves_the_old_file_and_nothing_else(void) {
    replace_under_fault(YM_FAULT_OPEN, EACCES);
    replace_under_fault(YM_FAULT_WRITE, ENOSPC);
    replace_under_fault(YM_FAULT_FSYNC, EIO);
    replace_under_fault(YM_FAULT_RENAME, EXDEV);
}

static void a_file_system_without_nameless_files_is_served_too(void) {
    const char *dir = in_temp("named");
    const char *path = in_temp("named/file");
    struct ym_file_new f;

    CHECK_EQ(mkdir(dir, 0755), 0);
    (void)ym_fault_sys(YM_FAULT_OPEN, 2, EOPNOTSUPP, 0); /* the folder first, then O_TMPFILE */
    CHECK_EQ(ym_file_new_begin(path, 0644, &f, NULL), YM_OK);
    CHECK_EQ(ym_fault_sys(YM_FAULT_OPEN, 0, 0, 0), 1);
    CHECK(f.temp[0] != '\0');
    CHECK_EQ(entries_of(dir), 1);
    ym_file_new_done(&f);
    CHECK_EQ(entries_of(dir), 0);
    (void)ym_fault_sys(YM_FAULT_OPEN, 2, EOPNOTSUPP, 0);
    CHECK_EQ(ym_file_replace(path, 0644, "new", 3, NULL), YM_OK);
    (void)ym_fault_sys(YM_FAULT_OPEN, 0, 0, 0);
    CHECK(holds(path, "new"));
    CHECK_EQ(unlink(path) + rmdir(dir), 0);
}

static void a_link_or_a_folder_is_not_replaced(void) {
    const char *link_ = in_temp("to-nowhere");
    struct ym_file_new f;

    CHECK_EQ(symlink("/nowhere/at/all", link_), 0);
    CHECK_EQ(ym_file_new_begin(link_, 0644, &f, NULL), YM_UNSUPPORTED);
    CHECK_EQ(ym_file_new_begin("/tmp/", 0644, &f, NULL), YM_IO);
    CHECK_EQ(ym_file_new_begin("/nowhere/at/all/x", 0644, &f, NULL), YM_IO);
    CHECK_EQ(unlink(link_), 0);
}

static void an_empty_file_maps_to_nothing(void) {
    const char *path = in_temp("empty");
    struct ym_file_map m = {.size = 99};
    int fd;

    put_file(path, "");
    CHECK_EQ(ym_file_open(AT_FDCWD, path, false, path, &fd, NULL), YM_OK);
    CHECK_EQ(ym_file_map(fd, path, &m, NULL), YM_OK);
    CHECK(m.data == NULL && m.size == 0);
    ym_file_unmap(&m);
    CHECK_EQ(close(fd), 0);
    put_file(path, "abc");
    CHECK_EQ(ym_file_open(AT_FDCWD, path, false, path, &fd, NULL), YM_OK);
    (void)ym_fault_sys(YM_FAULT_MAP, 1, ENOMEM, 0);
    CHECK_EQ(ym_file_map(fd, path, &m, NULL), YM_IO);
    CHECK_EQ(ym_file_map(fd, path, &m, NULL), YM_OK);
    CHECK(m.size == 3 && memcmp(m.data, "abc", 3) == 0);
    ym_file_unmap(&m);
    CHECK_EQ(close(fd) + unlink(path), 0);
}

static void a_stamp_is_a_state_of_a_file(void) {
    const char *path = in_temp("stamped");
    struct ym_file_stamp first;
    struct ym_file_stamp again;
    struct stat sb;
    int fd;

    put_file(path, "one");
    CHECK_EQ(stat(path, &sb), 0);
    CHECK(ym_file_stamp_of(&sb, &first));
    CHECK_EQ(first.size, 3);
    CHECK_EQ(first.ino, sb.st_ino);
    CHECK_EQ(first.ctime_ns, (int64_t)sb.st_ctim.tv_sec * 1000000000 + sb.st_ctim.tv_nsec);
    sb.st_ctim.tv_nsec++;
    CHECK(ym_file_stamp_of(&sb, &again));
    CHECK(memcmp(&first, &again, sizeof(first)) != 0);
    sb.st_mtim.tv_sec = INT64_MAX / 1000; /* does not fit: no stamp, rather than a wrong one */
    CHECK(!ym_file_stamp_of(&sb, &again));
    fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK(!ym_file_stamp_fd(fd, &again)); /* no file system that keeps a ctime */
    CHECK_EQ(close(fd), 0);
}

MAIN(T(a_stamp_is_a_state_of_a_file), T(what_is_no_regular_file_is_not_opened),
     T(a_link_is_followed_only_when_asked), T(an_open_beneath_stays_beneath),
     T(a_file_as_large_as_the_buffer_fits_and_one_byte_more_does_not),
     T(short_reads_and_writes_lose_nothing),
     T(a_failed_replacement_leaves_the_old_file_and_nothing_else),
     T(a_file_system_without_nameless_files_is_served_too), T(a_link_or_a_folder_is_not_replaced),
     T(an_empty_file_maps_to_nothing))
