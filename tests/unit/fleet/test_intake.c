/* test_intake.c - reports in, durable records out, counted once; without a network. */
#include "fleet/intake.h"

#include "base/alloc.h"
#include "machine.h"
#include "records/store.h"
#include "ym_test.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const int64_t NOW = 1800000000;

static char folder[64];
static struct ym_fleet_state *state;
static struct ym_intake *intake;
static struct machine machine;

static void start(void) {
    struct ym_err err = {0};

    CHECK_EQ(ym_fleet_state_open(folder, &state, &err), YM_OK);
    CHECK_EQ(ym_intake_open(state, NULL, &intake, &err), YM_OK);
}

static void stop(void) {
    ym_intake_close(intake);
    ym_fleet_state_close(state);
}

static void begin(void) {
    folder_new(folder);
    start();
    machine = machine_new(1);
    CHECK(machine_enrol(&machine, state, 1, NOW));
}

static void end(void) {
    stop();
    folder_remove(folder);
}

static struct ym_job take(const void *p, size_t n, int64_t now) {
    struct ym_job job = {.bytes = ym_malloc(n), .n = n};

    CHECK(job.bytes != NULL);
    memcpy(job.bytes, p, n);
    ym_intake_take(intake, &job, now);
    CHECK(job.bytes == NULL);
    return job;
}

static struct ym_job send(uint32_t n, uint32_t first, int64_t at, int64_t now) {
    struct ym_buf b;
    struct ym_job job;

    ym_buf_init(&b, YM_REPORT_MAX);
    report_new(&machine, n, first, at, &b);
    job = take(b.data, b.len, now);
    ym_buf_done(&b);
    return job;
}

static int64_t stored(void) {
    char path[100];
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    int64_t n = -1;

    (void)snprintf(path, sizeof(path), "%s/records.db", folder);
    CHECK_EQ(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, "SELECT count(*) FROM execution", -1, &q, NULL) == SQLITE_OK &&
        sqlite3_step(q) == SQLITE_ROW) {
        n = sqlite3_column_int64(q, 0);
    }
    (void)sqlite3_finalize(q);
    (void)sqlite3_close(db);
    return n;
}

static void records_are_stored_when_the_answer_comes(void) {
    struct ym_job job;

    begin();
    job = send(30, 1, NOW, NOW);
    CHECK_EQ(job.refusal, YM_REFUSAL_NONE);
    CHECK_EQ(job.added, 30);
    CHECK_EQ(stored(), 30);
    job = send(20, 21, NOW, NOW); /* ten of them are there */
    CHECK_EQ(job.added, 10);
    CHECK_EQ(job.known, 10);
    CHECK_EQ(stored(), 40);
    end();
}

static void the_same_report_is_acknowledged_again_and_counted_once(void) {
    struct ym_intake_counts counts;
    struct ym_buf b;
    struct ym_job job;

    begin();
    ym_buf_init(&b, YM_REPORT_MAX);
    report_new(&machine, 5, 1, NOW, &b);
    job = take(b.data, b.len, NOW);
    CHECK(job.refusal == YM_REFUSAL_NONE && !job.again);
    job = take(b.data, b.len, NOW + 9999); /* whenever it comes */
    CHECK(job.refusal == YM_REFUSAL_NONE && job.again);
    CHECK_EQ(job.known, 5);
    stop(); /* and after a restart */
    start();
    job = take(b.data, b.len, NOW);
    CHECK(job.refusal == YM_REFUSAL_NONE && job.again);
    CHECK_EQ(stored(), 5);
    ym_intake_counts(intake, &counts);
    CHECK_EQ(counts.again, 1);
    ym_buf_done(&b);
    end();
}

static void replays_are_refused_also_after_a_restart(void) {
    struct ym_buf b;
    struct ym_job job;

    begin();
    ym_buf_init(&b, YM_REPORT_MAX);
    report_new(&machine, 5, 1, NOW, &b);
    CHECK_EQ(take(b.data, b.len, NOW).refusal, YM_REFUSAL_NONE);
    CHECK_EQ(send(1, 100, NOW, NOW).refusal, YM_REFUSAL_NONE);
    job = take(b.data, b.len, NOW);
    CHECK_EQ(job.refusal, YM_REFUSAL_REPLAY);
    CHECK_EQ(job.sequence, 2);
    stop();
    start();
    CHECK_EQ(take(b.data, b.len, NOW).refusal, YM_REFUSAL_REPLAY);
    ym_buf_done(&b);
    machine.sequence = 1; /* another report under a number that was used */
    CHECK_EQ(send(1, 200, NOW, NOW).refusal, YM_REFUSAL_REPLAY);
    CHECK_EQ(stored(), 6);
    end();
}

static void forged_unknown_and_late_reports_are_refused_and_counted(void) {
    struct ym_intake_counts c;
    struct machine real;

    begin();
    real = machine;
    machine = machine_new(1); /* another key under the machine's id */
    memcpy(machine.id, real.id, sizeof(machine.id));
    CHECK_EQ(send(1, 1, NOW, NOW).refusal, YM_REFUSAL_BAD_SIGNATURE);
    machine = real;
    machine.id[3] ^= 1;
    CHECK_EQ(send(1, 1, NOW, NOW).refusal, YM_REFUSAL_UNKNOWN_MACHINE);
    machine = real;
    CHECK_EQ(send(1, 1, NOW, NOW + YM_FLEET_SKEW + 1).refusal, YM_REFUSAL_CLOCK_SKEW);
    CHECK_EQ(send(1, 1, NOW, NOW - YM_FLEET_SKEW - 1).refusal, YM_REFUSAL_CLOCK_SKEW);
    CHECK_EQ(take("YMREPORT", 8, NOW).refusal, YM_REFUSAL_MALFORMED);
    ym_intake_counts(intake, &c);
    CHECK_EQ(c.refused[YM_REFUSAL_BAD_SIGNATURE], 1);
    CHECK_EQ(c.refused[YM_REFUSAL_UNKNOWN_MACHINE], 1);
    CHECK_EQ(c.refused[YM_REFUSAL_CLOCK_SKEW], 2);
    CHECK_EQ(c.refused[YM_REFUSAL_MALFORMED], 1);
    CHECK_EQ(c.reports, 0);
    CHECK_EQ(stored(), 0);
    end();
}

static void a_report_with_one_bad_record_is_refused_whole_with_its_line(void) {
    static const char *const bad[] = {"{}\n", "not json\n", "{\"schema\":1}\n"};

    begin();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ym_report r = {.sequence = ++machine.sequence, .time = NOW, .n_records = 4};
        struct ym_buf body;
        struct ym_buf b;
        struct ym_job job;

        ym_buf_init(&body, 1 << 16);
        ym_buf_init(&b, 1 << 16);
        records_body(2, 1, &body);
        ym_buf_add_text(&body, bad[i]);
        records_body(1, 3, &body);
        memcpy(r.machine, machine.id, sizeof(r.machine));
        r.body = body.data;
        r.body_len = body.len;
        ym_report_write(&r, &machine.key, &b);
        job = take(b.data, b.len, NOW);
        CHECK_EQ(job.refusal, YM_REFUSAL_BAD_RECORD);
        CHECK_EQ(job.bad_record, 3);
        ym_buf_done(&body);
        ym_buf_done(&b);
    }
    CHECK_EQ(stored(), 0);
    CHECK_EQ(send(3, 1, NOW, NOW).refusal, YM_REFUSAL_NONE); /* the number was not used up */
    end();
}

static void no_transport_id_or_key_is_near_the_records(void) {
    static uint8_t file[4 << 20];
    char path[100];
    size_t n = 0;

    begin();
    CHECK_EQ(send(3, 1, NOW, NOW).refusal, YM_REFUSAL_NONE);
    for (int i = 0; i < 2; i++) {
        FILE *f;

        (void)snprintf(path, sizeof(path), "%s/records.db%s", folder, i == 0 ? "" : "-wal");
        f = fopen(path, "re");
        CHECK(f != NULL);
        n += fread(file + n, 1, sizeof(file) - n, f);
        (void)fclose(f);
    }
    CHECK(memmem(file, n, "Windows XP", 10) != NULL);
    CHECK(memmem(file, n, machine.id, sizeof(machine.id)) == NULL);
    CHECK(memmem(file, n, machine.key.public_key, 32) == NULL);
    end();
}

/* --- many at once --- */

enum { SENDERS = 8, REPORTS = 20 };

struct sender {
    pthread_t thread;
    struct machine machine;
    uint32_t first;
    unsigned good;
};

static void *send_many(void *self) {
    struct sender *s = self;

    for (uint32_t i = 0; i < REPORTS; i++) {
        struct ym_job job = {.bytes = NULL};
        struct ym_buf b;

        ym_buf_init(&b, YM_REPORT_MAX);
        report_new(&s->machine, 10, s->first + 10 * i, NOW, &b);
        job.bytes = b.data; /* the intake takes the memory over */
        job.n = b.len;
        ym_intake_take(intake, &job, NOW);
        s->good += job.refusal == YM_REFUSAL_NONE && job.added == 10;
    }
    return NULL;
}

static void many_senders_share_commits_and_lose_nothing(void) {
    struct sender senders[SENDERS];
    struct ym_intake_counts c;

    begin();
    for (uint32_t i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.machine = machine_new(1), .first = 1000 * (i + 1)};
        CHECK(machine_enrol(&senders[i].machine, state, 1, NOW));
    }
    for (int i = 0; i < SENDERS; i++) {
        CHECK_EQ(pthread_create(&senders[i].thread, NULL, send_many, &senders[i]), 0);
    }
    for (int i = 0; i < SENDERS; i++) {
        (void)pthread_join(senders[i].thread, NULL);
        CHECK_EQ(senders[i].good, REPORTS);
    }
    ym_intake_counts(intake, &c);
    CHECK_EQ(c.reports, SENDERS * REPORTS);
    CHECK_EQ(c.added, SENDERS * REPORTS * 10);
    CHECK(c.groups <= c.reports);
    CHECK_EQ(stored(), SENDERS * REPORTS * 10);
    end();
}

static void count_done(struct ym_job *job) {
    (*(_Atomic unsigned *)job->user)++;
}

static void stopping_finishes_what_was_put_and_refuses_the_rest(void) {
    struct ym_job jobs[3] = {{.bytes = NULL}};
    _Atomic unsigned done = 0;

    begin();
    for (uint32_t i = 0; i < 3; i++) {
        struct ym_buf b;

        ym_buf_init(&b, YM_REPORT_MAX);
        report_new(&machine, 10, 1 + 10 * i, NOW, &b);
        jobs[i] = (struct ym_job){.bytes = b.data, .n = b.len, .done = count_done, .user = &done};
        ym_intake_check(intake, &jobs[i], NOW);
        CHECK_EQ(jobs[i].refusal, YM_REFUSAL_NONE);
        if (i == 2) {
            ym_intake_stop(intake);
        }
        ym_intake_put(intake, &jobs[i]);
    }
    CHECK_EQ(done, 3);
    CHECK_EQ(jobs[0].refusal, YM_REFUSAL_NONE);
    CHECK_EQ(jobs[1].refusal, YM_REFUSAL_NONE);
    CHECK_EQ(jobs[2].refusal, YM_REFUSAL_BUSY);
    CHECK_EQ(stored(), 20);
    end();
}

MAIN(T(records_are_stored_when_the_answer_comes),
     T(the_same_report_is_acknowledged_again_and_counted_once),
     T(replays_are_refused_also_after_a_restart),
     T(forged_unknown_and_late_reports_are_refused_and_counted),
     T(a_report_with_one_bad_record_is_refused_whole_with_its_line),
     T(no_transport_id_or_key_is_near_the_records), T(many_senders_share_commits_and_lose_nothing),
     T(stopping_finishes_what_was_put_and_refuses_the_rest))
