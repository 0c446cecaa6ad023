/* intake.c - see intake.h.
 *
 * Two queues behind one lock: `raw` (bounded by bytes) and `ready` (bounded by records).  A job is
 * in one of them or in the hands of one thread. */
#include "fleet/intake.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/reader.h"
#include "base/time.h"
#include "records/store.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MODULE "fleet/intake"

enum {
    DECODERS = 2,
    GROUP_RECORDS = 20000, /* of one transaction: about half a second of work */
    READY_RECORDS = 20000, /* decoded and waiting */
    ARENA_ROOM = 64 << 20, /* decoded records of one report, at the most */
    JOBS_MAX = 4096,       /* reports of one transaction */
};

struct queue {
    struct ym_job *first;
    struct ym_job **last;
    uint64_t weight;
};

/* What the writer is at. */
struct group {
    struct ym_job *jobs[JOBS_MAX];
    struct ym_taken taken[JOBS_MAX];
    size_t n;
};

struct ym_intake {
    struct ym_fleet_state *state;
    struct ym_intake_options options;
    char *name; /* of the store */
    struct ym_store *store;
    struct ym_store *counted; /* the same store, of the thread that counts it; or NULL */
    struct group *group;
    pthread_t threads[DECODERS + 2];
    unsigned n_threads;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct queue raw, ready;
    unsigned decoding; /* jobs in the hands of decoders */
    bool stopping;
    bool failing; /* of the writer: the store did not take the last group */
    _Atomic uint64_t reports, again, added, known, groups, commit_ns, located;
    _Atomic uint64_t refused[YM_REFUSAL_COUNT];
};

static void push(struct queue *q, struct ym_job *job, uint64_t weight) {
    job->next = NULL;
    *q->last = job;
    q->last = &job->next;
    q->weight += weight;
}

static struct ym_job *pop(struct queue *q) {
    struct ym_job *job = q->first;

    q->first = job->next;
    if (q->first == NULL) {
        q->last = &q->first;
    }
    return job;
}

/* --- one report --- */

/* Frees what the job holds and gives it back. */
static void finish(struct ym_intake *in, struct ym_job *job, enum ym_refusal refusal) {
    ym_arena_free(job->arena);
    ym_free(job->bytes);
    job->arena = NULL;
    job->records = NULL;
    job->bytes = NULL;
    job->refusal = refusal;
    if (refusal == YM_REFUSAL_NONE) {
        in->reports++;
        in->added += job->added;
        in->known += job->known;
    } else {
        ym_intake_refused(in, refusal);
    }
    job->done(job);
}

void ym_intake_refused(struct ym_intake *intake, enum ym_refusal why) {
    intake->refused[(unsigned)why < YM_REFUSAL_COUNT ? why : YM_REFUSAL_MALFORMED]++;
}

/* The sequence must grow, except for the very report that was taken last: its answer was lost. */
static enum ym_refusal check_sequence(struct ym_job *job, const struct ym_machine *m) {
    unsigned channel = job->report.channel;

    if (job->report.sequence > m->sequence[channel]) {
        return YM_REFUSAL_NONE;
    }
    job->sequence = m->sequence[channel];
    job->again = job->report.sequence == m->sequence[channel] &&
                 memcmp(job->hash, m->last[channel], sizeof(job->hash)) == 0;
    return job->again ? YM_REFUSAL_NONE : YM_REFUSAL_REPLAY;
}

static enum ym_refusal check(struct ym_intake *in, struct ym_job *job, int64_t now) {
    struct ym_machine m;
    struct ym_err err = {0};
    bool known = false;
    size_t used = 0;
    enum ym_refusal bad = ym_report_parse(job->bytes, job->n, true, &job->report, &used);

    if (bad != YM_REFUSAL_NONE) {
        return bad;
    }
    if (ym_fleet_machine_get(in->state, job->report.machine, &known, &m, &err) != YM_OK) {
        return YM_REFUSAL_STORAGE;
    }
    if (!known) {
        return YM_REFUSAL_UNKNOWN_MACHINE;
    }
    if (!ym_report_verify(job->bytes, job->n, m.public_key)) {
        return YM_REFUSAL_BAD_SIGNATURE;
    }
    ym_report_digest(job->bytes, job->n, job->hash);
    bad = check_sequence(job, &m);
    if (bad != YM_REFUSAL_NONE || job->again) {
        return bad;
    }
    return ym_report_in_time(&job->report, now) ? YM_REFUSAL_NONE : YM_REFUSAL_CLOCK_SKEW;
}

void ym_intake_check(struct ym_intake *intake, struct ym_job *job, int64_t now) {
    job->again = false;
    job->refusal = check(intake, job, now);
    if (job->refusal != YM_REFUSAL_NONE) {
        ym_intake_refused(intake, job->refusal);
    } else if (job->again) {
        job->known = job->report.n_records;
        intake->again++;
    }
}

bool ym_intake_knows(struct ym_intake *intake, const uint8_t *head, size_t n) {
    struct ym_err ignored = {0}; /* a state that cannot be read is told at the end */
    struct ym_machine m;
    struct ym_reader r;
    const uint8_t *id;
    bool known = false;

    ym_reader_init(&r, head, n);
    ym_seek(&r, 16);
    id = ym_get_view(&r, YM_FLEET_ID_SIZE);
    return id != NULL &&
           (ym_fleet_machine_get(intake->state, id, &known, &m, &ignored) != YM_OK || known);
}

/* --- decoders --- */

/* What the machine's administrator set stays. */
static void locate(struct ym_intake *in, const struct ym_job *job, struct ym_record *r) {
    if (job->country[0] != '\0' && strcmp(r->country, "ZZ") == 0) {
        memcpy(r->country, job->country, sizeof(r->country));
        r->located = YM_LOCATED_ADDRESS;
        in->located++;
    }
}

static enum ym_refusal decode(struct ym_intake *in, struct ym_job *job) {
    struct ym_str line;
    size_t at = 0;

    job->arena = ym_arena_new(ARENA_ROOM);
    job->records = job->arena == NULL
                       ? NULL
                       : YM_ARENA_ARRAY(job->arena, job->report.n_records + 1, struct ym_record);
    if (job->records == NULL) {
        return YM_REFUSAL_BUSY;
    }
    for (uint32_t i = 0; ym_report_line(&job->report, &at, &line); i++) { /* they were counted */
        struct ym_err err = {0};
        ym_status st = ym_record_decode(line.s, line.n, job->arena, &job->records[i], &err);

        if (st == YM_NOMEM) {
            return YM_REFUSAL_BUSY;
        }
        if (st != YM_OK) {
            job->bad_record = i + 1;
            return YM_REFUSAL_BAD_RECORD;
        }
        locate(in, job, &job->records[i]);
    }
    return YM_REFUSAL_NONE;
}

static void decode_one(struct ym_intake *in, struct ym_job *job) {
    enum ym_refusal refusal = decode(in, job);

    if (refusal != YM_REFUSAL_NONE) {
        finish(in, job, refusal);
        (void)pthread_mutex_lock(&in->lock);
    } else {
        ym_free(job->bytes); /* the records have what they need in their arena */
        job->bytes = NULL;
        (void)pthread_mutex_lock(&in->lock);
        push(&in->ready, job, job->report.n_records);
    }
    in->decoding--;
    (void)pthread_cond_broadcast(&in->changed);
}

static void *decoder(void *self) {
    struct ym_intake *in = self;

    (void)pthread_mutex_lock(&in->lock);
    for (;;) {
        while (in->raw.first != NULL && in->ready.weight < READY_RECORDS) {
            struct ym_job *job = pop(&in->raw);

            in->raw.weight -= job->n;
            in->decoding++;
            (void)pthread_mutex_unlock(&in->lock);
            decode_one(in, job); /* comes back with the lock */
        }
        if (in->stopping && in->raw.first == NULL) {
            break;
        }
        (void)pthread_cond_wait(&in->changed, &in->lock);
    }
    (void)pthread_mutex_unlock(&in->lock);
    return NULL;
}

/* --- the writer --- */

static ym_status put_job(struct ym_intake *in, struct ym_job *job, struct ym_err *err) {
    job->added = job->known = 0;
    for (uint32_t i = 0; i < job->report.n_records; i++) {
        bool is_new = false;

        YM_TRY(ym_store_put(in->store, &job->records[i], &is_new, err));
        job->added += is_new;
        job->known += !is_new;
    }
    return YM_OK;
}

/* What alerts may know of a report.  A record that was there already counts, too: after a kill
 * between the two commits it is, and nobody was told.  Memory that is missing costs an alert, never a
 * record. */
static void sightings_of(struct ym_job *job, struct ym_taken *ret) {
    struct ym_sighting *s;
    size_t n = 0;

    for (uint32_t i = 0; i < job->report.n_records; i++) {
        n += job->records[i].simulated ? 0 : job->records[i].n_detections;
        ret->tool = job->records[i].tool;
    }
    s = n == 0 ? NULL : YM_ARENA_ARRAY(job->arena, n, struct ym_sighting);
    ret->sightings = s;
    ret->n_sightings = s == NULL ? 0 : n;
    for (uint32_t i = 0; s != NULL && i < job->report.n_records; i++) {
        const struct ym_record *r = &job->records[i];

        for (size_t k = 0; !r->simulated && k < r->n_detections; k++) {
            *s++ = (struct ym_sighting){.family = r->detections[k].family,
                                        .name = r->detections[k].name,
                                        .category = r->detections[k].category,
                                        .blocked = r->detections[k].blocked,
                                        .cleaned = r->outcome == YM_OUTCOME_CLEANED};
        }
    }
}

/* The records first, then the sequence numbers: see intake.h. */
static ym_status write_group(struct ym_intake *in, struct group *g, struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_store_begin(in->store, err));
    st = YM_OK;
    for (size_t i = 0; st == YM_OK && i < g->n; i++) {
        st = put_job(in, g->jobs[i], err);
        g->taken[i] = (struct ym_taken){.report = &g->jobs[i]->report};
        sightings_of(g->jobs[i], &g->taken[i]);
        memcpy(g->taken[i].hash, g->jobs[i]->hash, sizeof(g->taken[i].hash));
    }
    st = st == YM_OK ? ym_store_commit(in->store, err) : st;
    if (st != YM_OK) {
        ym_store_rollback(in->store);
        return st;
    }
    return ym_fleet_machines_took(in->state, g->taken, g->n, ym_now_unix(), err);
}

static void take_group(struct ym_intake *in, struct group *g) {
    uint64_t records = 0;

    g->n = 0;
    while (in->ready.first != NULL && g->n < JOBS_MAX && records < GROUP_RECORDS) {
        struct ym_job *job = pop(&in->ready);

        in->ready.weight -= job->report.n_records;
        records += job->report.n_records;
        g->jobs[g->n++] = job;
    }
}

static void say(const struct ym_intake *in, const char *what, const struct ym_err *err) {
    char text[1024];

    if (in->options.say != NULL) {
        (void)snprintf(text, sizeof(text), "%s%s", what, err == NULL ? "" : err->text);
        in->options.say(in->options.user, text);
    }
}

static void say_notice(void *user, const char *text) {
    say(user, text, NULL);
}

/* Once, not for each group. */
static void say_change(struct ym_intake *in, ym_status st, const struct ym_err *err) {
    if (st != YM_OK && !in->failing) {
        say(in, "the store does not take records, machines keep theirs: ", err);
    } else if (st == YM_OK && in->failing) {
        say(in, "the store takes records again", NULL);
    }
    in->failing = st != YM_OK;
}

static void write_one(struct ym_intake *in, struct group *g) {
    uint64_t start = ym_now_ns();
    struct ym_err err = {0}; /* senders hear "storage"; it is counted, and they try again */
    ym_status st = write_group(in, g, &err);

    in->commit_ns += ym_now_ns() - start;
    in->groups++;
    say_change(in, st, &err);
    for (size_t i = 0; i < g->n; i++) {
        finish(in, g->jobs[i], st == YM_OK ? YM_REFUSAL_NONE : YM_REFUSAL_STORAGE);
    }
}

static void *writer(void *self) {
    struct ym_intake *in = self;
    struct group *g = in->group;

    (void)pthread_mutex_lock(&in->lock);
    for (;;) {
        while (in->ready.first != NULL) {
            take_group(in, g);
            (void)pthread_cond_broadcast(&in->changed);
            (void)pthread_mutex_unlock(&in->lock);
            write_one(in, g);
            (void)pthread_mutex_lock(&in->lock);
        }
        if (in->stopping && in->raw.first == NULL && in->decoding == 0) {
            break;
        }
        (void)pthread_cond_wait(&in->changed, &in->lock);
    }
    (void)pthread_mutex_unlock(&in->lock);
    return NULL;
}

/* --- counting --- */

/* Sleeps until something came in and the time is over; false: to be stopped. */
static bool wait_to_count(struct ym_intake *in, uint64_t counted) {
    struct timespec until = {0};
    int code = 0;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += YM_INTAKE_COUNT;
    (void)pthread_mutex_lock(&in->lock);
    while (!in->stopping && (code != ETIMEDOUT || in->added == counted)) {
        if (code == ETIMEDOUT) { /* nothing came: another round */
            until.tv_sec += YM_INTAKE_COUNT;
        }
        code = pthread_cond_timedwait(&in->changed, &in->lock, &until);
    }
    (void)pthread_mutex_unlock(&in->lock);
    return code == ETIMEDOUT;
}

static void *counter(void *self) {
    struct ym_intake *in = self;
    uint64_t counted = 0;

    while (wait_to_count(in, counted)) {
        uint64_t added = in->added;
        struct ym_err err = {0};
        ym_status st = ym_store_refresh(in->counted, &err);

        if (st == YM_OK) {
            counted = added;
        } else if (st != YM_CANCELLED) {
            say(in, "the store could not be counted: ", &err);
        }
    }
    return NULL;
}

/* --- from outside --- */

void ym_intake_put(struct ym_intake *intake, struct ym_job *job) {
    bool room;

    (void)pthread_mutex_lock(&intake->lock);
    room = !intake->stopping && intake->raw.weight + job->n <= YM_INTAKE_BYTES;
    if (room) {
        push(&intake->raw, job, job->n);
        (void)pthread_cond_broadcast(&intake->changed);
    }
    (void)pthread_mutex_unlock(&intake->lock);
    if (!room) {
        finish(intake, job, YM_REFUSAL_BUSY);
    }
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
};

static void wake(struct ym_job *job) {
    struct waiting *w = job->user;

    (void)pthread_mutex_lock(&w->lock);
    w->done = true;
    (void)pthread_cond_signal(&w->changed);
    (void)pthread_mutex_unlock(&w->lock);
}

void ym_intake_take(struct ym_intake *intake, struct ym_job *job, int64_t now) {
    struct waiting w = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

    ym_intake_check(intake, job, now);
    if (job->refusal != YM_REFUSAL_NONE || job->again) {
        ym_free(job->bytes);
        job->bytes = NULL;
        return;
    }
    job->done = wake;
    /* cppcheck-suppress autoVariables ; it is waited for here */
    job->user = &w;
    ym_intake_put(intake, job);
    (void)pthread_mutex_lock(&w.lock);
    while (!w.done) {
        (void)pthread_cond_wait(&w.changed, &w.lock);
    }
    (void)pthread_mutex_unlock(&w.lock);
}

void ym_intake_counts(struct ym_intake *intake, struct ym_intake_counts *ret_counts) {
    struct ym_intake_counts c = {.reports = intake->reports,
                                 .again = intake->again,
                                 .added = intake->added,
                                 .known = intake->known,
                                 .groups = intake->groups,
                                 .commit_ns = intake->commit_ns,
                                 .located = intake->located};

    for (int i = 0; i < YM_REFUSAL_COUNT; i++) {
        c.refused[i] = intake->refused[i];
    }
    (void)pthread_mutex_lock(&intake->lock);
    c.waiting_bytes = intake->raw.weight;
    (void)pthread_mutex_unlock(&intake->lock);
    *ret_counts = c;
}

static ym_status start(struct ym_intake *in, struct ym_err *err) {
    static void *(*const work[])(void *self) = {writer, decoder, decoder, counter};
    char path[YM_FLEET_PATH_MAX + 16];
    unsigned n = DECODERS + 1;

    _Static_assert(sizeof(work) / sizeof(work[0]) == DECODERS + 2, "one row a thread");

    (void)snprintf(path, sizeof(path), "%s/records.db", ym_fleet_state_dir(in->state));
    if (in->options.store != NULL && strcmp(in->options.store, path) != 0 &&
        access(path, F_OK) == 0) {
        return ym_fail_at(err, YM_MALFORMED, MODULE, path, 0, 0,
                          "there are records here, too: put them into the store that --store names "
                          "(`yamori record export`, `import`) and move this file away");
    }
    in->name = ym_strdup(in->options.store == NULL ? path : in->options.store);
    if (in->name == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the intake");
    }
    YM_TRY(ym_store_open(in->name, YM_STORE_CREATE, &in->store, err));
    ym_store_on_notice(in->store, say_notice, in);
    if (in->options.store != NULL) {
        say(in,
            "with --store there are no alerts of outbreaks, and no questions about single findings",
            NULL);
    }
    if (ym_store_is_blind(in->store)) {
        YM_TRY(ym_store_open(in->name, YM_STORE_CREATE, &in->counted, err));
        n++;
    }
    for (unsigned i = 0; i < n; i++) {
        int code = pthread_create(&in->threads[i], NULL, work[i], in);

        if (code != 0) {
            return ym_fail_errno(err, MODULE, "", code, "cannot start a thread");
        }
        in->n_threads++;
    }
    return YM_OK;
}

ym_status ym_intake_open(struct ym_fleet_state *state, const struct ym_intake_options *options,
                         struct ym_intake **ret_intake, struct ym_err *err) {
    struct ym_intake *in = ym_zalloc(1, sizeof(*in));
    ym_status st;

    if (in != NULL) {
        in->group = ym_zalloc(1, sizeof(*in->group));
    }
    if (in == NULL || in->group == NULL) {
        ym_free(in);
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the intake");
    }
    in->state = state;
    if (options != NULL) {
        in->options = *options;
    }
    in->raw.last = &in->raw.first;
    in->ready.last = &in->ready.first;
    (void)pthread_mutex_init(&in->lock, NULL);
    (void)pthread_cond_init(&in->changed, NULL);
    st = start(in, err);
    if (st != YM_OK) {
        ym_intake_close(in);
        return st;
    }
    *ret_intake = in;
    return YM_OK;
}

const char *ym_intake_store(const struct ym_intake *intake) {
    return intake->name;
}

void ym_intake_stop(struct ym_intake *intake) {
    (void)pthread_mutex_lock(&intake->lock);
    intake->stopping = true;
    if (intake->store !=
        NULL) { /* what waits for a shard waits no longer: machines keep their reports */
        ym_store_stop(intake->store);
    }
    if (intake->counted != NULL) {
        ym_store_stop(intake->counted);
    }
    (void)pthread_cond_broadcast(&intake->changed);
    (void)pthread_mutex_unlock(&intake->lock);
    for (unsigned i = 0; i < intake->n_threads; i++) {
        (void)pthread_join(intake->threads[i], NULL);
    }
    intake->n_threads = 0;
}

void ym_intake_close(struct ym_intake *intake) {
    if (intake == NULL) {
        return;
    }
    ym_intake_stop(intake);
    ym_free(intake->name);
    ym_store_close(intake->counted);
    ym_store_close(intake->store);
    (void)pthread_mutex_destroy(&intake->lock);
    (void)pthread_cond_destroy(&intake->changed);
    ym_free(intake->group);
    ym_free(intake);
}
