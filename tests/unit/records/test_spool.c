/* test_spool.c - records on disk: whole or not at all, bad ones aside, none lost. */
#include "records/spool.h"

#include "os/fault.h"
#include "sample.h"
#include "ym_test.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[SAMPLE_FOLDER_SIZE];
static char spool[SAMPLE_FOLDER_SIZE + 20];

static void begin(void) {
    sample_folder(folder);
    (void)snprintf(spool, sizeof(spool), "%s/a/b", folder);
}

static ym_status put(uint8_t id) {
    struct ym_record r = sample_record();
    struct ym_err err = {0};
    ym_status st;

    r.id[0] = id;
    st = ym_spool_put(spool, &r, &err);
    if (st != YM_OK && err.text[0] == '\0') {
        FAIL("a failure without a cause");
    }
    return st;
}

struct seen {
    unsigned n;
    uint8_t first[16];
    ym_status answer;
};

static ym_status see(void *user, const struct ym_record *record, const char *name,
                     struct ym_err *err) {
    struct seen *s = user;

    (void)err;
    if (s->n < 16) {
        s->first[s->n] = record->id[0];
    }
    s->n++;
    return strlen(name) == 2 * YM_RECORD_ID_SIZE + 5 ? s->answer : YM_MALFORMED;
}

static struct ym_spool_counts walk(struct seen *s) {
    struct ym_spool_counts counts = {99, 99};
    struct ym_err err = {0};

    CHECK_EQ(ym_spool_each(spool, see, s, &counts, &err), YM_OK);
    return counts;
}

static void write_file(const char *name, const char *text) {
    char path[200];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/%s", spool, name);
    f = fopen(path, "we");
    CHECK(f != NULL);
    (void)fputs(text, f);
    CHECK_EQ(fclose(f), 0);
}

static void records_come_back_in_the_order_of_their_names(void) {
    struct seen s = {0};
    struct ym_spool_counts c;

    begin();
    CHECK_EQ(put(3), YM_OK);
    CHECK_EQ(put(1), YM_OK);
    CHECK_EQ(put(2), YM_OK);
    CHECK_EQ(put(2), YM_OK); /* the same record again */
    c = walk(&s);
    CHECK_EQ(c.good, 3);
    CHECK_EQ(c.bad, 0);
    CHECK(s.first[0] == 1 && s.first[1] == 2 && s.first[2] == 3);
    CHECK_EQ(sample_count(spool, ""), 3);
    sample_folder_remove(folder);
}

static void a_spool_that_is_not_there_is_empty(void) {
    struct seen s = {0};
    struct ym_spool_counts c;

    begin();
    c = walk(&s);
    CHECK_EQ(c.good + c.bad, 0);
    sample_folder_remove(folder);
}

static void bad_files_move_aside_with_their_reason_and_are_counted(void) {
    struct seen s = {0};
    struct ym_spool_counts c;
    char bad[SAMPLE_FOLDER_SIZE + 30];
    char directory[200];

    begin();
    CHECK_EQ(put(1), YM_OK);
    write_file("half.json", "{\"schema\":1,");
    write_file("empty.json", "");
    write_file("ffffffffffffffffffffffffffffffff.json", "[]");
    write_file("notes.txt", "not a record, not ours to move");
    (void)snprintf(directory, sizeof(directory), "%s/folder.json", spool);
    CHECK_EQ(mkdir(directory, 0700), 0);
    c = walk(&s);
    CHECK_EQ(c.good, 1);
    CHECK_EQ(c.bad, 4);
    (void)snprintf(bad, sizeof(bad), "%s/bad", spool);
    CHECK_EQ(sample_count(bad, ".json"), 4);
    CHECK_EQ(sample_count(bad, ".reason"), 4);
    CHECK_EQ(sample_count(spool, "notes.txt"), 1);
    c = walk(&s);
    CHECK_EQ(c.bad, 0);
    sample_folder_remove(folder);
}

static void a_record_under_a_wrong_name_is_bad(void) {
    struct seen s = {0};
    char from[200];
    char to[200];

    begin();
    CHECK_EQ(put(1), YM_OK);
    (void)snprintf(from, sizeof(from), "%s/01a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5.json", spool);
    (void)snprintf(to, sizeof(to), "%s/02a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5.json", spool);
    CHECK_EQ(rename(from, to), 0);
    CHECK_EQ(walk(&s).bad, 1);
    CHECK_EQ(s.n, 0);
    sample_folder_remove(folder);
}

static void the_callback_can_stop_the_walk(void) {
    struct seen s = {.answer = YM_CANCELLED};
    struct ym_spool_counts counts = {0};
    struct ym_err err = {0};

    begin();
    CHECK_EQ(put(1), YM_OK);
    CHECK_EQ(put(2), YM_OK);
    CHECK_EQ(ym_spool_each(spool, see, &s, &counts, &err), YM_CANCELLED);
    CHECK_EQ(s.n, 1);
    CHECK_EQ(sample_count(spool, ".json"), 2);
    sample_folder_remove(folder);
}

static void removing_twice_is_no_error(void) {
    struct ym_err err = {0};

    begin();
    CHECK_EQ(put(1), YM_OK);
    CHECK_EQ(ym_spool_remove(spool, "01a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5.json", &err), YM_OK);
    CHECK_EQ(ym_spool_remove(spool, "01a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5.json", &err), YM_OK);
    CHECK_EQ(sample_count(spool, ".json"), 0);
    sample_folder_remove(folder);
}

#ifdef YM_TESTING
/* Puts id 2 while the nth call of a kind fails; true when the fault was met. */
static bool put_with_fault(ym_fault_call call, unsigned nth, int sys_errno) {
    struct seen s = {0};
    ym_status st;
    bool met;

    begin();
    CHECK_EQ(put(1), YM_OK);
    (void)ym_fault_sys(call, nth, sys_errno, 0);
    st = put(2);
    met = ym_fault_sys(call, 0, 0, 0) > 0;
    CHECK_EQ(walk(&s).bad, 0);                   /* nothing half is ever seen */
    CHECK(s.first[0] == 1);                      /* what was acknowledged stays */
    CHECK(st == YM_OK ? s.n == 2 : s.n <= 2);    /* OK means that it is there */
    CHECK_EQ(sample_count(spool, ""), (int)s.n); /* and no temporary file is left */
    if (sys_errno == 0) {
        CHECK_EQ(st, YM_OK); /* a short write is only continued */
    }
    sample_folder_remove(folder);
    return met;
}

static void every_failing_call_leaves_the_whole_record_or_none(void) {
    static const struct {
        ym_fault_call call;
        int sys_errno;
    } rows[] = {{YM_FAULT_OPEN, ENOSPC}, {YM_FAULT_WRITE, ENOSPC}, {YM_FAULT_WRITE, 0},
                {YM_FAULT_FSYNC, EIO},   {YM_FAULT_RENAME, EIO},   {YM_FAULT_WRITE, EIO},
                {YM_FAULT_OPEN, EMFILE}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned nth = 1;

        while (put_with_fault(rows[i].call, nth, rows[i].sys_errno)) {
            nth++;
        }
        if (nth == 1) {
            FAIL("call %d was never met", (int)rows[i].call);
        }
    }
}
#define FAULT_TESTS T(every_failing_call_leaves_the_whole_record_or_none),
#else
#define FAULT_TESTS
#endif

static void a_spool_that_cannot_be_written_is_an_error(void) {
    struct ym_record r = sample_record();
    struct ym_err err = {0};

    CHECK_EQ(ym_spool_put("/proc/nothing/here", &r, &err), YM_IO);
    CHECK(err.text[0] != '\0');
    err = (struct ym_err){0};
    CHECK_EQ(ym_spool_put("", &r, &err), YM_LIMIT);
}

static void the_machines_name_is_new_every_month_and_the_old_one_goes(void) {
    struct ym_record_config config = {.record = true, .country = "ZZ"};
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_record june;
    struct ym_record july;
    struct ym_err err = {0};

    begin();
    CHECK(arena != NULL);
    (void)snprintf(config.spool, sizeof(config.spool), "%s", spool);
    (void)setenv("SOURCE_DATE_EPOCH", "1246320000", 1); /* NOLINT(concurrency-mt-unsafe) */
    CHECK_EQ(ym_record_begin(&june, &config, YM_RUN_SCAN, arena, &err), YM_OK);
    (void)setenv("SOURCE_DATE_EPOCH", "1246406400", 1); /* NOLINT(concurrency-mt-unsafe) */
    CHECK_EQ(ym_record_begin(&july, &config, YM_RUN_SCAN, arena, &err), YM_OK);
    (void)unsetenv("SOURCE_DATE_EPOCH"); /* NOLINT(concurrency-mt-unsafe) */
    CHECK(memcmp(june.machine, july.machine, sizeof(june.machine)) != 0);
    CHECK_EQ(sample_count(spool, "machine-2009-06"), 0);
    CHECK_EQ(sample_count(spool, "machine-2009-07"), 1);
    ym_arena_free(arena);
    sample_folder_remove(folder);
}

/* --- the walk without order --- */

static void a_walk_gives_each_record_once_while_they_are_removed(void) {
    struct ym_spool_walk *w = NULL;
    const struct ym_record *record;
    const char *name;
    struct ym_err err = {0};
    unsigned seen[256] = {0};
    unsigned n = 0;
    ym_status st;

    begin();
    for (unsigned i = 0; i < 200; i++) {
        CHECK_EQ(put((uint8_t)i), YM_OK);
    }
    write_file("half.json", "{\"schema\":1,");
    CHECK_EQ(ym_spool_walk_open(spool, &w, &err), YM_OK);
    while ((st = ym_spool_walk_next(w, &record, &name, &err)) == YM_OK) {
        uint8_t first = record->id[0];

        if (n % 7 == 3) { /* the one that the batch had no room for */
            ym_spool_walk_back(w);
            CHECK_EQ(ym_spool_walk_next(w, &record, &name, &err), YM_OK);
            CHECK_EQ(record->id[0], first);
        }
        seen[first]++;
        n++;
        CHECK_EQ(ym_spool_remove(spool, name, &err), YM_OK);
    }
    CHECK_EQ(st, YM_END);
    CHECK_EQ(ym_spool_walk_next(w, &record, &name, &err), YM_END);
    ym_spool_walk_close(w);
    CHECK_EQ(n, 200);
    for (unsigned i = 0; i < 200; i++) {
        CHECK_EQ(seen[i], 1);
    }
    CHECK_EQ(sample_count(spool, ""), 1); /* bad/ */
    sample_folder_remove(folder);
}

static void a_walk_of_what_is_not_there_is_at_its_end(void) {
    static const char *const names[] = {"", "/nonexistent/spool"};

    for (size_t i = 0; i < 2; i++) {
        struct ym_spool_walk *w = NULL;
        const struct ym_record *record;
        const char *name;
        struct ym_err err = {0};

        CHECK_EQ(ym_spool_walk_open(names[i], &w, &err), YM_OK);
        CHECK_EQ(ym_spool_walk_next(w, &record, &name, &err), YM_END);
        ym_spool_walk_close(w);
    }
}

static void a_spool_that_is_a_file_cannot_be_walked(void) {
    struct ym_spool_walk *w = NULL;
    struct ym_err err = {0};

    CHECK_EQ(ym_spool_walk_open("/dev/null", &w, &err), YM_IO);
    CHECK(w == NULL);
    ym_spool_walk_close(w);
}

MAIN(T(records_come_back_in_the_order_of_their_names), T(a_spool_that_is_not_there_is_empty),
     T(bad_files_move_aside_with_their_reason_and_are_counted),
     T(a_record_under_a_wrong_name_is_bad), T(the_callback_can_stop_the_walk),
     T(removing_twice_is_no_error), FAULT_TESTS T(a_spool_that_cannot_be_written_is_an_error),
     T(the_machines_name_is_new_every_month_and_the_old_one_goes),
     T(a_walk_gives_each_record_once_while_they_are_removed),
     T(a_walk_of_what_is_not_there_is_at_its_end), T(a_spool_that_is_a_file_cannot_be_walked))
