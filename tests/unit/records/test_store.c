/* test_store.c - the SQLite store: ours only, each record once, nothing acknowledged is lost. */
#include "records/store.h"

#include "base/buf.h"
#include "records/spool.h"
#include "sample.h"
#include "sqlite_int.h"
#include "ym_test.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[SAMPLE_FOLDER_SIZE];
static char path[SAMPLE_FOLDER_SIZE + 40];
static char spool[SAMPLE_FOLDER_SIZE + 20];

static void begin(void) {
    sample_folder(folder);
    (void)snprintf(path, sizeof(path), "%s/new/records.db", folder);
    (void)snprintf(spool, sizeof(spool), "%s/spool", folder);
}

static struct ym_store *open_store(enum ym_store_mode mode) {
    struct ym_store *s = NULL;
    struct ym_err err = {0};
    char line[900];

    if (ym_store_open(path, mode, &s, &err) != YM_OK) {
        FAIL("%s", ym_err_format(&err, line, sizeof(line)));
    }
    return s;
}

static ym_status put(struct ym_store *s, uint8_t id, bool *ret_new, struct ym_err *err) {
    struct ym_record r = sample_record();

    r.id[0] = id;
    return ym_store_put(s, &r, ret_new, err);
}

static long long number(struct ym_store *s, const char *sql) {
    sqlite3_stmt *q = NULL;
    long long v = -1;

    CHECK_EQ(sqlite3_prepare_v2(((struct ym_sqlite *)s)->db, sql, -1, &q, NULL), SQLITE_OK);
    if (sqlite3_step(q) == SQLITE_ROW) {
        v = sqlite3_column_int64(q, 0);
    }
    (void)sqlite3_finalize(q);
    return v;
}

static void spool_records(unsigned n) {
    struct ym_record r = sample_record();
    struct ym_err err = {0};

    for (unsigned i = 0; i < n; i++) {
        r.id[0] = (uint8_t)i;
        CHECK_EQ(ym_spool_put(spool, &r, &err), YM_OK);
    }
}

static void the_same_id_is_the_same_record(void) {
    struct ym_store *s;
    struct ym_err err = {0};
    bool is_new = false;

    begin();
    s = open_store(YM_STORE_CREATE);
    CHECK_EQ(ym_store_begin(s, &err), YM_OK);
    CHECK_EQ(put(s, 1, &is_new, &err), YM_OK);
    CHECK(is_new);
    CHECK_EQ(put(s, 1, &is_new, &err), YM_OK);
    CHECK(!is_new);
    CHECK_EQ(ym_store_commit(s, &err), YM_OK);
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM execution"), 1);
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM detection"), 2);
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM repair"), 2);
    CHECK_EQ(number(s, "SELECT month FROM execution"), 2009 * 12 + 5);
    CHECK_EQ(number(s, "SELECT files FROM execution"), 123456);
    ym_store_close(s);
    sample_folder_remove(folder);
}

static void what_was_not_committed_is_not_there(void) {
    struct ym_store *s;
    struct ym_err err = {0};
    bool is_new = false;

    begin();
    s = open_store(YM_STORE_CREATE);
    CHECK_EQ(ym_store_begin(s, &err), YM_OK);
    CHECK_EQ(put(s, 1, &is_new, &err), YM_OK);
    ym_store_close(s);
    s = open_store(YM_STORE_READ);
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM execution"), 0);
    ym_store_close(s);
    sample_folder_remove(folder);
}

static void reading_and_writing_want_a_store_that_is_there(void) {
    struct ym_store *s = NULL;
    struct ym_err err = {0};

    begin();
    CHECK_EQ(ym_store_open(path, YM_STORE_READ, &s, &err), YM_IO);
    CHECK_EQ(ym_store_open(path, YM_STORE_WRITE, &s, &err), YM_IO);
    CHECK(s == NULL);
    CHECK_EQ(sample_count(folder, ""), 0);
    sample_folder_remove(folder);
}

/* A file with these bytes is refused, and afterwards it and its folder are as before. */
static void refused(const void *bytes, size_t n, ym_status want) {
    struct ym_store *s = NULL;
    struct stat before;
    struct stat after;
    char back[4096];
    int fd;

    begin();
    (void)snprintf(path, sizeof(path), "%s/theirs.db", folder);
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, bytes, n), n);
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(stat(path, &before), 0);
    for (enum ym_store_mode mode = YM_STORE_READ; mode <= YM_STORE_CREATE; mode++) {
        struct ym_err err = {0};

        CHECK_EQ(ym_store_open(path, mode, &s, &err), want);
        CHECK(strcmp(err.file, path) == 0);
        CHECK(s == NULL);
    }
    CHECK_EQ(stat(path, &after), 0);
    CHECK_EQ(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
    CHECK_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK_EQ(read(fd, back, sizeof(back)), n);
    CHECK_EQ(close(fd), 0);
    CHECK(memcmp(back, bytes, n) == 0);
    CHECK_EQ(sample_count(folder, ""), 1);
    sample_folder_remove(folder);
}

static void a_file_that_is_not_ours_is_refused_and_not_touched(void) {
    unsigned char header[100] = "SQLite format 3";

    refused("hello, this is a letter", 23, YM_MALFORMED);
    refused("", 0, YM_MALFORMED);
    refused(header, sizeof(header), YM_MALFORMED); /* someone's SQLite file: no id */
    memcpy(header + 68, "YMRC", 4);
    header[63] = 4; /* user version */
    refused(header, sizeof(header), YM_UNSUPPORTED);
    refused(header, 71, YM_MALFORMED);
    header[0] = 's';
    refused(header, sizeof(header), YM_MALFORMED);
}

static void a_real_database_of_someone_else_is_not_touched(void) {
    struct ym_store *s = NULL;
    struct ym_err err = {0};
    sqlite3 *db = NULL;

    begin();
    (void)snprintf(path, sizeof(path), "%s/theirs.db", folder);
    CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(a)", NULL, NULL, NULL),
             SQLITE_OK);
    CHECK_EQ(sqlite3_close(db), SQLITE_OK);
    CHECK_EQ(ym_store_open(path, YM_STORE_CREATE, &s, &err), YM_MALFORMED);
    CHECK_EQ(sample_count(folder, ""), 1); /* no -wal, no -shm */
    sample_folder_remove(folder);
}

static void a_store_of_ours_that_is_damaged_is_an_error(void) {
    struct ym_store *s;
    struct ym_err err = {0};
    bool is_new;
    int fd;
    ym_status st;

    begin();
    s = open_store(YM_STORE_CREATE);
    ym_store_close(s);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK_EQ(ftruncate(fd, 5000), 0);
    CHECK_EQ(close(fd), 0);
    s = NULL;
    st = ym_store_open(path, YM_STORE_WRITE, &s, &err);
    if (st == YM_OK) {
        st = ym_store_begin(s, &err);
        st = st == YM_OK ? put(s, 1, &is_new, &err) : st;
    }
    CHECK_EQ(st, YM_IO);
    CHECK(err.text[0] != '\0');
    ym_store_close(s);
    sample_folder_remove(folder);
}

static void ingest_takes_the_spool_once_and_empties_it(void) {
    struct ym_store *s;
    struct ym_store_counts c = {0};
    struct ym_err err = {0};

    begin();
    spool_records(5);
    s = open_store(YM_STORE_CREATE);
    CHECK_EQ(ym_store_ingest(s, spool, true, &c, &err), YM_OK);
    CHECK_EQ(c.added, 5);
    CHECK_EQ(sample_count(spool, ".json"), 5);
    CHECK_EQ(ym_store_ingest(s, spool, false, &c, &err), YM_OK);
    CHECK_EQ(c.added, 0);
    CHECK_EQ(c.known, 5);
    CHECK_EQ(sample_count(spool, ".json"), 0);
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM execution"), 5);
    ym_store_close(s);
    sample_folder_remove(folder);
}

static void a_full_disk_loses_nothing_of_the_spool(void) {
    struct ym_store *s;
    struct ym_store_counts c = {0};
    struct ym_err err = {0};

    begin();
    spool_records(200);
    s = open_store(YM_STORE_CREATE);
    CHECK(number(s, "PRAGMA max_page_count=20") > 0); /* SQLite's own SQLITE_FULL */
    CHECK_EQ(ym_store_ingest(s, spool, false, &c, &err), YM_IO);
    CHECK(strstr(err.text, "nothing was lost") != NULL);
    CHECK_EQ(sample_count(spool, ".json"), 200);
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM execution"), 0);
    CHECK(number(s, "PRAGMA max_page_count=100000") > 0);
    err = (struct ym_err){0};
    CHECK_EQ(ym_store_ingest(s, spool, false, &c, &err), YM_OK);
    CHECK_EQ(c.added, 200);
    CHECK_EQ(sample_count(spool, ".json"), 0);
    ym_store_close(s);
    sample_folder_remove(folder);
}

/* A file with n records; with `bad` > 0 that line is no record. */
static int lines(unsigned n, unsigned bad, bool last_newline) {
    char name[SAMPLE_FOLDER_SIZE + 20];
    struct ym_record r = sample_record();
    struct ym_buf b;
    int fd;

    ym_buf_init(&b, 1 << 24);
    for (unsigned i = 1; i <= n; i++) {
        r.id[0] = (uint8_t)i;
        r.id[1] = (uint8_t)(i >> 8);
        if (i == bad) {
            ym_buf_add_text(&b, "{}");
        } else {
            ym_record_encode(&r, &b);
        }
        if (i < n || last_newline) {
            ym_buf_u8(&b, '\n');
        }
    }
    (void)snprintf(name, sizeof(name), "%s/lines.jsonl", folder);
    fd = open(name, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, b.data, b.len), b.len);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    ym_buf_done(&b);
    return fd;
}

static void import_takes_every_line(void) {
    struct ym_store *s;
    struct ym_err err = {0};
    struct ym_store_counts c = {0};

    begin();
    s = open_store(YM_STORE_CREATE);
    for (int newline = 0; newline < 2; newline++) {
        int fd = lines(2500, 0, newline == 1);

        CHECK_EQ(ym_store_import(s, fd, "lines", &c, &err), YM_OK);
        CHECK_EQ(close(fd), 0);
        CHECK_EQ(c.added, newline == 0 ? 2500 : 0);
        CHECK_EQ(c.known, newline == 0 ? 0 : 2500);
    }
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM execution"), 2500);
    ym_store_close(s);
    sample_folder_remove(folder);
}

static void import_names_the_bad_line_and_can_be_run_again(void) {
    struct ym_store *s;
    struct ym_err err = {0};
    struct ym_store_counts c = {0};
    int fd;

    begin();
    s = open_store(YM_STORE_CREATE);
    fd = lines(10, 7, true);
    CHECK_EQ(ym_store_import(s, fd, "lines", &c, &err), YM_MALFORMED);
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(err.line, 7);
    CHECK(strcmp(err.file, "lines") == 0);
    CHECK_EQ(c.added, 0);
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM execution"), 0);
    fd = lines(10, 0, true);
    err = (struct ym_err){0};
    CHECK_EQ(ym_store_import(s, fd, "lines", &c, &err), YM_OK);
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(c.added, 10);
    ym_store_close(s);
    sample_folder_remove(folder);
}

static void a_line_without_end_is_refused(void) {
    struct ym_store *s;
    struct ym_err err = {0};
    struct ym_store_counts c = {0};
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

    begin();
    s = open_store(YM_STORE_CREATE);
    CHECK_EQ(ym_store_import(s, fd, "zero", &c, &err), YM_LIMIT);
    CHECK_EQ(close(fd), 0);
    ym_store_close(s);
    sample_folder_remove(folder);
}

static void a_store_in_memory_needs_no_file(void) {
    struct ym_store *s = NULL;
    struct ym_err err = {0};
    bool is_new = false;

    CHECK_EQ(ym_store_open("", YM_STORE_MEMORY, &s, &err), YM_OK);
    CHECK_EQ(ym_store_begin(s, &err), YM_OK);
    CHECK_EQ(put(s, 1, &is_new, &err), YM_OK);
    CHECK_EQ(ym_store_commit(s, &err), YM_OK);
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM execution"), 1);
    ym_store_close(s);
}

MAIN(T(the_same_id_is_the_same_record), T(what_was_not_committed_is_not_there),
     T(reading_and_writing_want_a_store_that_is_there),
     T(a_file_that_is_not_ours_is_refused_and_not_touched),
     T(a_real_database_of_someone_else_is_not_touched),
     T(a_store_of_ours_that_is_damaged_is_an_error), T(ingest_takes_the_spool_once_and_empties_it),
     T(a_full_disk_loses_nothing_of_the_spool), T(import_takes_every_line),
     T(import_names_the_bad_line_and_can_be_run_again), T(a_line_without_end_is_refused),
     T(a_store_in_memory_needs_no_file))
