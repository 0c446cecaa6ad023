/* test_pool.c - engine/pool.h: scanners that crash, hang, lie and try to get out. */
#include "base/alloc.h"
#include "base/time.h"
#include "database/build.h"
#include "engine/pool.h"
#include "makers/intruder.h"
#include "signatures/clamav.h"
#include "ym_test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILES = 300 };

static struct ym_db *db;
static char numbers[MAX_FILES]; /* the address of the nth is the cookie of the nth file */

/* One signature: the word GECKO. */
static void make_db(void) {
    static const char text[] = "Test.Gecko:0:*:4745434b4f\n";
    const struct ym_clamav_options o = {.official = true};
    struct ym_db_builder *b;
    struct ym_clamav *ld;
    int fd;

    if (db != NULL) {
        return;
    }
    b = ym_db_builder_new();
    ld = ym_clamav_new(&o, ym_db_builder_sink(b));
    fd = memfd_create("db", MFD_CLOEXEC);
    CHECK_EQ(ym_clamav_file(ld, "t.ndb", text, strlen(text), NULL), YM_OK);
    CHECK_EQ(ym_db_builder_write(b, fd, NULL), YM_OK);
    CHECK_EQ(ym_db_open_fd(fd, "t.ydb", &db, NULL), YM_OK);
    ym_clamav_free(ld);
    ym_db_builder_free(b);
    CHECK_EQ(close(fd), 0);
}

struct outcome {
    unsigned calls[MAX_FILES]; /* results of each file */
    ym_verdict verdicts[MAX_FILES];
    ym_gap gaps[MAX_FILES]; /* of the first gap */
    bool has_gap[MAX_FILES];
    char details[MAX_FILES][128];
    unsigned n_by_verdict[YM_VERDICT_ERROR + 1];
    bool print_gaps;
    unsigned rows, allowed; /* of an intruder's report */
    struct ym_pool_stats stats;
};

static void on_result(void *self, void *cookie, const char *name, const struct ym_report *r) {
    struct outcome *o = self;
    size_t i = (size_t)((const char *)cookie - numbers);

    CHECK(strcmp(name, "name") == 0);
    o->calls[i]++;
    o->verdicts[i] = ym_report_verdict(r);
    o->n_by_verdict[o->verdicts[i]]++;
    if (r->gaps != NULL) {
        o->has_gap[i] = true;
        o->gaps[i] = r->gaps->gap;
        (void)snprintf(o->details[i], sizeof(o->details[i]), "%s", r->gaps->detail);
    }
    for (const struct ym_report_gap *g = r->gaps; o->print_gaps && g != NULL; g = g->next) {
        printf("#   %s\n", g->detail);
        o->rows++;
        o->allowed += strncmp(g->detail, "refused", 7) != 0;
    }
}

static int make_file(const char *text) {
    int fd = memfd_create("file", MFD_CLOEXEC);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    return fd;
}

/* Scans n files; every second one is infected. */
static void scan(unsigned n, unsigned workers, uint64_t max_time, ym_pool_hook_fn *hook,
                 struct outcome *o) {
    const struct ym_db *layers[1];
    struct ym_pool_options po = {.layers = layers,
                                 .n_layers = 1,
                                 .limits = ym_limits_default(),
                                 .workers = workers,
                                 .result = on_result,
                                 .self = o,
                                 .hook = hook};
    struct ym_err err = {.code = YM_OK};
    struct ym_pool *p;
    char text[512];

    make_db();
    layers[0] = db;
    po.limits.max_time = max_time;
    CHECK_EQ(ym_pool_new(&po, &p, &err), YM_OK);
    for (unsigned i = 0; i < n; i++) {
        if (ym_pool_submit(p, make_file(i % 2 == 0 ? "a GECKO" : "nothing"), "name", numbers + i,
                           &err) != YM_OK) {
            FAIL("%s", ym_err_format(&err, text, sizeof(text)));
        }
    }
    if (ym_pool_finish(p, &err) != YM_OK) {
        FAIL("%s", ym_err_format(&err, text, sizeof(text)));
    }
    o->stats = ym_pool_get_stats(p);
    ym_pool_free(p);
    for (unsigned i = 0; i < n; i++) {
        CHECK_EQ(o->calls[i], 1);
    }
}

static void every_file_gets_its_own_verdict_once(void) {
    static struct outcome o;

    o = (struct outcome){.rows = 0};
    scan(MAX_FILES, 4, 60, NULL, &o);
    for (unsigned i = 0; i < MAX_FILES; i++) {
        CHECK_EQ(o.verdicts[i], i % 2 == 0 ? YM_VERDICT_INFECTED : YM_VERDICT_CLEAN);
    }
    CHECK_EQ(o.stats.started, 4);
    CHECK_EQ(o.stats.crashed + o.stats.hung, 0);
    CHECK((o.stats.sandbox & 1U) != 0);
}

static void one_file_starts_one_process(void) {
    static struct outcome o;

    o = (struct outcome){.rows = 0};
    scan(1, 4, 60, NULL, &o);
    CHECK_EQ(o.stats.started, 1);
}

static void crash_at_third(uint64_t nth, struct ym_report *r) {
    (void)r;
    if (nth == 3) {
        abort();
    }
}

static void check_one_gap(const struct outcome *o, ym_gap gap) {
    CHECK_EQ(o->n_by_verdict[YM_VERDICT_INCOMPLETE], 1);
    CHECK_EQ(o->n_by_verdict[YM_VERDICT_INFECTED], 4);
    CHECK_EQ(o->n_by_verdict[YM_VERDICT_CLEAN], 5);
    CHECK(o->has_gap[2]);
    CHECK_EQ(o->gaps[2], gap);
    printf("# %s\n", o->details[2]);
}

static void a_crash_on_the_third_of_ten_files_costs_one_gap(void) {
    for (unsigned workers = 1; workers <= 3; workers++) {
        static struct outcome o;

        o = (struct outcome){.rows = 0};
        scan(10, workers, 60, crash_at_third, &o);
        check_one_gap(&o, YM_GAP_CRASHED);
        CHECK_EQ(o.stats.crashed, 1);
        CHECK_EQ(o.stats.hung, 0);
    }
}

static void hang_at_third(uint64_t nth, struct ym_report *r) {
    (void)r;
    for (volatile bool forever = nth == 3; forever;) {
    }
}

static void a_scanner_that_hangs_is_ended_and_costs_one_gap(void) {
    static struct outcome o;
    uint64_t start = ym_now_ns();

    o = (struct outcome){.rows = 0};
    scan(10, 2, 1, hang_at_third, &o);
    check_one_gap(&o, YM_GAP_HUNG);
    CHECK_EQ(o.stats.hung, 1);
    CHECK(ym_now_ns() - start < UINT64_C(20000000000));
}

static void crash_always(uint64_t nth, struct ym_report *r) {
    (void)nth;
    (void)r;
    abort();
}

static void when_every_file_crashes_every_file_is_a_gap(void) {
    static struct outcome o;

    o = (struct outcome){.rows = 0};
    scan(10, 2, 60, crash_always, &o);
    CHECK_EQ(o.n_by_verdict[YM_VERDICT_INCOMPLETE], 10);
    CHECK_EQ(o.stats.crashed, 10);
}

/* Frames that a scanner in an enemy's hands may send: type, length, body. */
static const struct {
    const char *bytes;
    size_t n;
} lies[] = {
    {"\x03\0\0\0\x08\0\0\0\xff\0\0\0\0\0\0\0", 16},         /* a result for another file */
    {"\x03\0\0\0\xff\xff\xff\xff", 8},                      /* a result of 4 GiB */
    {"\x03\0\0\0\x0c\0\0\0\x01\0\0\0\0\0\0\0\1\2\3\4", 20}, /* a report that is none */
    {"\x00\0\0\0\x00\0\0\0", 8},                            /* a job for its parent */
    {"\x01\0\0\0\x04\0\0\0\0\0\0\0", 12},                   /* ready, a second time */
    {"\x7f\0\0\0\x00\0\0\0", 8},                            /* no such type */
};

static void lie(uint64_t nth, struct ym_report *r) {
    (void)r;
    for (int fd = 3; nth <= sizeof(lies) / sizeof(lies[0]) && fd < 64; fd++) {
        char bytes[32];
        struct iovec io = {bytes, lies[nth - 1].n};
        struct msghdr mh = {.msg_iov = &io, .msg_iovlen = 1};

        memcpy(bytes, lies[nth - 1].bytes, lies[nth - 1].n);
        (void)sendmsg(fd, &mh, MSG_NOSIGNAL); /* the sandbox lets only the channel through */
    }
}

static void a_scanner_that_lies_is_ended_and_its_file_is_a_gap(void) {
    static struct outcome o;
    const unsigned n = sizeof(lies) / sizeof(lies[0]);

    o = (struct outcome){.rows = 0};
    scan(n + 4, 1, 60, lie, &o);
    CHECK_EQ(o.stats.crashed, n);
    for (unsigned i = 0; i < n; i++) {
        printf("# %s\n", o.details[i]);
        CHECK_EQ(o.verdicts[i], YM_VERDICT_INCOMPLETE);
        CHECK_EQ(o.gaps[i], YM_GAP_CRASHED);
    }
    CHECK_EQ(o.n_by_verdict[YM_VERDICT_INFECTED] + o.n_by_verdict[YM_VERDICT_CLEAN], 4);
}

static void try_to_get_out(uint64_t nth, struct ym_report *r) {
    static struct intrusion in;

    (void)nth;
    intrude(getppid(), &in);
    for (unsigned i = 0; i < in.n; i++) {
        char text[96];

        (void)snprintf(text, sizeof(text), "%s: %s", in.rows[i].refused ? "refused" : "ALLOWED",
                       in.rows[i].what);
        if (ym_report_add_gap(r, YM_GAP_UNSUPPORTED, "", 0, 0, text) != YM_OK) {
            abort();
        }
    }
}

static void a_scanner_process_is_refused_everything(void) {
    static struct outcome o;

    o = (struct outcome){.print_gaps = true};
    scan(1, 1, 60, try_to_get_out, &o);
    CHECK(o.rows > 40);
    CHECK_EQ(o.allowed, 0);
    CHECK_EQ(o.stats.crashed, 0);
}

/* The nth allocation fails, in the parent or in the scanner that inherits the switch: an infected
 * file is never called clean, and no file gets two verdicts. */
static void without_memory_nothing_is_called_clean_that_is_not(void) {
    unsigned complete = 0;

    make_db();
    for (unsigned nth = 1; nth <= 80; nth++) {
        static struct outcome o;
        const struct ym_db *layers[1] = {db};
        struct ym_pool_options po = {.layers = layers,
                                     .n_layers = 1,
                                     .limits = ym_limits_default(),
                                     .workers = 1,
                                     .result = on_result,
                                     .self = &o};
        struct ym_err err = {.code = YM_OK};
        struct ym_pool *p = NULL;
        ym_status st;

        o = (struct outcome){.rows = 0};
        (void)ym_fault_malloc(nth, 0);
        st = ym_pool_new(&po, &p, &err);
        for (unsigned i = 0; st == YM_OK && i < 2; i++) {
            st = ym_pool_submit(p, make_file("a GECKO"), "name", numbers + i, &err);
        }
        if (st == YM_OK) {
            st = ym_pool_finish(p, &err);
        }
        (void)ym_fault_malloc(0, 0);
        ym_pool_free(p);
        for (unsigned i = 0; i < 2; i++) {
            CHECK_EQ(o.calls[i], st == YM_OK ? 1 : o.calls[i] & 1U);
            CHECK(o.calls[i] == 0 || o.verdicts[i] != YM_VERDICT_CLEAN);
        }
        CHECK(st == YM_OK || err.code != YM_OK);
        complete += o.n_by_verdict[YM_VERDICT_INFECTED] == 2;
    }
    printf("# %u of 80 runs found both all the same\n", complete);
    CHECK(complete > 0 && complete < 80);
}

static void descriptors_are_not_leaked(void) {
    static struct outcome o;
    int before = dup(0);
    int after;

    (void)close(before);
    o = (struct outcome){.rows = 0};
    scan(20, 2, 60, crash_at_third, &o);
    after = dup(0);
    (void)close(after);
    CHECK_EQ(after, before);
}

MAIN(T(every_file_gets_its_own_verdict_once), T(one_file_starts_one_process),
     T(a_crash_on_the_third_of_ten_files_costs_one_gap),
     T(a_scanner_that_hangs_is_ended_and_costs_one_gap),
     T(when_every_file_crashes_every_file_is_a_gap),
     T(a_scanner_that_lies_is_ended_and_its_file_is_a_gap),
     T(a_scanner_process_is_refused_everything),
     T(without_memory_nothing_is_called_clean_that_is_not), T(descriptors_are_not_leaked))
