/* pool.c - the parent's side of the scanner processes.  See engine/pool.h.
 *
 * Each scanner holds up to JOBS_HELD jobs: the one it is at and the next, so that it never waits for
 * us.  It answers in order, so the oldest job is the one to blame when it dies; the others go
 * to the next scanner.  A job's descriptor stays open here until its result is there.
 *
 * The clock of a job starts when it becomes the oldest of its scanner.  A scanner that dies
 * before it is ready is nobody's fault; after START_TRIES of those in a row the pool gives up. */
#include "engine/pool.h"

#include "base/alloc.h"
#include "base/time.h"
#include "os/process.h"
#include "os/sandbox.h"
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "engine/pool";

enum {
    JOBS_HELD = 8,
    START_TRIES = 3,
    MIN_GRACE = 2,   /* seconds beyond limits.max_time, and at least ... */
    GRACE_SHARE = 4, /* ... this part of it */
    SLICE_MS = 1000, /* the longest wait for an event, see forgive_pause() */
    START_TIME = 60, /* seconds that a scanner may take to be ready */
    REPORT_ARENA = 96 << 20
};

#define PAUSE_NS UINT64_C(1000000000)

enum worker_state { STARTING = 1u << 0, IDLE = 1u << 1, SCANNING = 1u << 2 };

struct job {
    uint64_t nth;
    int fd;
    uint32_t skip_layers;
    uint64_t address, region; /* of memory of a process: where it lies, its size */
    char *name;
    void *cookie;
};

struct worker {
    struct ym_process process;
    struct ym_channel channel;
    struct job jobs[JOBS_HELD]; /* oldest first */
    unsigned n_jobs;
    uint64_t since; /* ns: when jobs[0] became the oldest, or when it was started */
};

struct ym_pool {
    struct ym_pool_options o;
    unsigned max_workers;
    unsigned n_workers;
    struct worker workers[YM_POOL_MAX_WORKERS];
    struct job waiting[(YM_POOL_MAX_WORKERS + 1) * JOBS_HELD]; /* taken back from the dead */
    unsigned n_waiting;
    uint64_t n_submitted;
    bool any_ready;
    unsigned failed_starts; /* in a row */
    struct ym_err dead;     /* code != OK: scanners cannot be run */
    struct ym_arena *arena;
    struct ym_pool_stats stats;
};

static const struct ym_msg_rule rules[] = {
    [YM_WORKER_READY] = {STARTING, 4, YM_MSG_NO_FD},
    [YM_WORKER_FAILED] = {STARTING, YM_WORKER_MAX_TEXT, YM_MSG_NO_FD},
    [YM_WORKER_RESULT] = {SCANNING, YM_WORKER_MAX_RESULT, YM_MSG_NO_FD},
};

/* ---- Life and death of a scanner --------------------------------------------------------------- */

static ym_status start_worker(struct ym_pool *p, struct ym_err *err) {
    struct worker *w = &p->workers[p->n_workers];

    *w = (struct worker){.since = ym_now_ns()};
    YM_TRY(ym_process_start(ym_worker_run, &p->o, &w->process, err));
    ym_channel_init(&w->channel, w->process.channel_fd, rules, sizeof(rules) / sizeof(rules[0]));
    w->process.channel_fd = -1;
    w->channel.state = STARTING;
    p->n_workers++;
    p->stats.started++;
    return YM_OK;
}

static void job_done(struct job *j) {
    if (j->fd >= 0) {
        (void)close(j->fd);
    }
    ym_free(j->name);
    *j = (struct job){.fd = -1};
}

static void take_oldest(struct worker *w, struct job *ret_job) {
    *ret_job = w->jobs[0];
    for (unsigned i = 1; i < w->n_jobs; i++) {
        w->jobs[i - 1] = w->jobs[i];
    }
    w->n_jobs--;
    w->since = ym_now_ns();
    if (w->channel.state == SCANNING && w->n_jobs == 0) {
        w->channel.state = IDLE;
    }
}

static void deliver(struct ym_pool *p, struct job *j, const struct ym_report *r) {
    p->o.result(p->o.self, j->cookie, j->name, r);
    job_done(j);
}

/* One gap is all that is known about the file.  Memory for that much was set aside by the arena's
 * first block; should even this fail, a report without anything says ERROR. */
static void deliver_gap(struct ym_pool *p, struct job *j, ym_gap gap, const char *detail) {
    struct ym_report *r;
    struct ym_report bare = {.failed = true, .error = "out of memory"};

    ym_arena_reset(p->arena);
    r = ym_report_new(p->arena);
    if (r != NULL && ym_report_add_gap(r, gap, "", 0, 0, detail) != YM_OK) {
        r = NULL;
    }
    deliver(p, j, r != NULL ? r : &bare);
}

/* Ends a scanner, gives its jobs back, and closes the gap in the table. */
static void bury(struct ym_pool *p, struct worker *w, int *ret_how) {
    ym_process_end(&w->process, ret_how);
    ym_channel_done(&w->channel);
    for (unsigned i = 0; i < w->n_jobs; i++) {
        p->waiting[p->n_waiting++] = w->jobs[i];
    }
    *w = p->workers[--p->n_workers];
}

static void note_failed_start(struct ym_pool *p, const char *text) {
    if (++p->failed_starts >= START_TRIES) {
        (void)ym_fail(&p->dead, YM_IO, module, YM_ERR_NO_OFFSET, "cannot run scanner processes: %s",
                      text);
    }
}

/* The scanner is dead, or must be.  why: what it did wrong; NULL: ask how it ended. */
static void lose(struct ym_pool *p, struct worker *w, ym_gap gap, const char *why) {
    bool ready = w->channel.state != STARTING;
    bool blamed = ready && w->n_jobs > 0;
    struct job job = {.fd = -1};
    char how_text[96];
    int how = 0;

    if (blamed) {
        take_oldest(w, &job);
    }
    bury(p, w, &how);
    if (why == NULL) {
        why = ym_process_how(how, how_text, sizeof(how_text));
    }
    if (!ready) {
        note_failed_start(p, why);
    }
    if (blamed) {
        p->stats.crashed += gap == YM_GAP_CRASHED;
        p->stats.hung += gap == YM_GAP_HUNG;
        deliver_gap(p, &job, gap, why);
    }
}

/* ---- Messages from a scanner ------------------------------------------------------------------- */

static ym_status on_ready(struct ym_pool *p, struct worker *w, struct ym_msg *msg) {
    unsigned layers = ym_get_u32le(&msg->body);

    p->stats.sandbox = p->any_ready ? p->stats.sandbox & layers : layers;
    p->any_ready = true;
    p->failed_starts = 0;
    w->since = ym_now_ns();
    w->channel.state = w->n_jobs > 0 ? SCANNING : IDLE;
    return YM_OK;
}

/* It says itself that it cannot live: every other would say the same. */
static ym_status on_failed(struct ym_pool *p, struct worker *w, struct ym_msg *msg) {
    size_t n = ym_reader_left(&msg->body);
    const uint8_t *text = ym_get_view(&msg->body, n);

    (void)w;
    (void)ym_fail(&p->dead, YM_IO, module, YM_ERR_NO_OFFSET, "cannot run scanner processes: %.*s",
                  (int)n, text == NULL ? "" : (const char *)text);
    return YM_OK;
}

static ym_status on_result(struct ym_pool *p, struct worker *w, struct ym_msg *msg) {
    uint64_t nth = ym_get_u64le(&msg->body);
    struct ym_report *report = NULL;
    struct job job;

    if (nth != w->jobs[0].nth) {
        return YM_MALFORMED;
    }
    ym_arena_reset(p->arena);
    YM_TRY(ym_report_decode(&msg->body, p->arena, &report, NULL));
    take_oldest(w, &job);
    deliver(p, &job, report);
    return YM_OK;
}

typedef ym_status handler(struct ym_pool *p, struct worker *w, struct ym_msg *msg);

static handler *const handlers[] = {
    [YM_WORKER_READY] = on_ready,
    [YM_WORKER_FAILED] = on_failed,
    [YM_WORKER_RESULT] = on_result,
};

/* Takes all messages that are there.  False: the scanner is gone (and w is another one). */
static bool listen_to(struct ym_pool *p, struct worker *w) {
    for (;;) {
        struct ym_msg msg = {.fd = -1};
        bool none = false;
        ym_status st = ym_channel_receive(&w->channel, false, &msg, &none, NULL);

        if (st == YM_OK && none) {
            return true;
        }
        if (st == YM_OK) {
            st = handlers[msg.type](p, w, &msg);
            if (st == YM_OK && ym_reader_left(&msg.body) != 0) {
                st = YM_MALFORMED;
            }
            if (st == YM_OK) {
                continue;
            }
        }
        lose(p, w, YM_GAP_CRASHED,
             st == YM_END || st == YM_TRUNCATED ? NULL : "it sent an answer that makes no sense");
        return false;
    }
}

/* ---- Time --------------------------------------------------------------------------------------- */

static uint64_t patience_ns(const struct ym_pool *p, const struct worker *w) {
    uint64_t t = p->o.limits.max_time;
    uint64_t grace = t / GRACE_SHARE > MIN_GRACE ? t / GRACE_SHARE : MIN_GRACE;
    uint64_t seconds = w->channel.state == STARTING ? START_TIME : t + grace;

    return seconds > UINT32_MAX ? UINT64_MAX / 4 : seconds * UINT64_C(1000000000);
}

static bool has_deadline(const struct worker *w) {
    return w->channel.state == STARTING || w->n_jobs > 0;
}

/* Milliseconds until the first deadline, SLICE_MS at most; -1: none. */
static int next_deadline(const struct ym_pool *p) {
    uint64_t now = ym_now_ns();
    uint64_t best = UINT64_MAX;

    for (unsigned i = 0; i < p->n_workers; i++) {
        const struct worker *w = &p->workers[i];
        uint64_t patience = patience_ns(p, w);
        uint64_t spent = now - w->since;

        if (has_deadline(w)) {
            uint64_t left = spent < patience ? patience - spent : 0;

            best = left < best ? left : best;
        }
    }
    if (best == UINT64_MAX) {
        return -1;
    }
    best = best / 1000000 + 1;
    return best > SLICE_MS ? SLICE_MS : (int)best;
}

/* When we wait much longer than we asked for, we were stopped (Ctrl-Z, a debugger), and most
 * likely the scanners with us: that time is nobody's fault. */
static void forgive_pause(struct ym_pool *p, uint64_t start, int asked_ms) {
    uint64_t spent = ym_now_ns() - start;
    uint64_t asked = (uint64_t)asked_ms * 1000000;

    for (unsigned i = 0; asked_ms >= 0 && spent > asked + PAUSE_NS && i < p->n_workers; i++) {
        p->workers[i].since += spent - asked;
    }
}

static void end_the_hung(struct ym_pool *p) {
    uint64_t now = ym_now_ns();

    for (unsigned i = p->n_workers; i-- > 0;) { /* backwards: lose() moves the last one here */
        struct worker *w = &p->workers[i];

        if (has_deadline(w) && now - w->since >= patience_ns(p, w)) {
            lose(p, w, YM_GAP_HUNG, "it did not answer in time and was ended");
        }
    }
}

/* ---- The loop ------------------------------------------------------------------------------------ */

/* Waits for something to happen and deals with all of it. */
static ym_status pump(struct ym_pool *p, struct ym_err *err) {
    struct pollfd fds[YM_POOL_MAX_WORKERS];
    uint64_t start = ym_now_ns();
    int timeout = next_deadline(p);
    int rc;

    for (unsigned i = 0; i < p->n_workers; i++) {
        fds[i] = (struct pollfd){.fd = p->workers[i].channel.fd, .events = POLLIN};
    }
    rc = poll(fds, p->n_workers, timeout);
    if (rc < 0 && errno != EINTR) {
        return ym_fail_errno(err, module, "", errno, "cannot wait for the scanners");
    }
    forgive_pause(p, start, timeout);
    for (unsigned i = p->n_workers; rc > 0 && i-- > 0;) { /* backwards: as in end_the_hung() */
        if (fds[i].revents != 0) {
            (void)listen_to(p, &p->workers[i]);
        }
    }
    end_the_hung(p);
    return YM_OK;
}

/* The scanner that should get the next job, or NULL: all are full. */
static struct worker *pick(struct ym_pool *p) {
    struct worker *best = NULL;

    for (unsigned i = 0; i < p->n_workers; i++) {
        struct worker *w = &p->workers[i];

        if (w->n_jobs < JOBS_HELD && (best == NULL || w->n_jobs < best->n_jobs)) {
            best = w;
        }
    }
    if ((best == NULL || best->n_jobs > 0) && p->n_workers < p->max_workers) {
        struct ym_err err = {.code = YM_OK};

        if (start_worker(p, &err) == YM_OK) {
            return &p->workers[p->n_workers - 1];
        }
        if (p->n_workers == 0) {
            p->dead = err;
        }
    }
    return best;
}

static ym_status send_job(struct worker *w, const struct job *j) {
    struct ym_buf body;
    size_t n = strlen(j->name);
    size_t cut = n > YM_WORKER_MAX_NAME ? n - YM_WORKER_MAX_NAME : 0;
    ym_status st;

    ym_buf_init(&body, YM_WORKER_JOB_HEAD + YM_WORKER_MAX_NAME);
    ym_buf_u64le(&body, j->nth);
    ym_buf_u32le(&body, j->skip_layers);
    ym_buf_u64le(&body, j->address);
    ym_buf_u64le(&body, j->region);
    ym_buf_add(&body, j->name + cut, n - cut);
    st = ym_buf_status(&body);
    if (st == YM_OK) {
        st = ym_channel_send(&w->channel, YM_WORKER_JOB, body.data, body.len, j->fd, NULL);
    }
    ym_buf_done(&body);
    return st;
}

/* Hands a job to a scanner, waiting for one that has room.  Takes the job. */
static ym_status place(struct ym_pool *p, struct job *j, struct ym_err *err) {
    struct worker *w;
    ym_status st;

    for (;;) {
        w = p->dead.code == YM_OK ? pick(p) : NULL;
        if (p->dead.code != YM_OK) {
            job_done(j);
            *err = p->dead;
            return p->dead.code;
        }
        if (w != NULL) {
            break;
        }
        st = pump(p, err);
        if (st != YM_OK) {
            job_done(j);
            return st;
        }
    }
    if (w->n_jobs == 0) {
        w->since = w->channel.state == STARTING ? w->since : ym_now_ns();
    }
    st = send_job(w, j);
    w->jobs[w->n_jobs++] = *j;
    if (w->channel.state == IDLE) {
        w->channel.state = SCANNING;
    }
    if (st != YM_OK) { /* it has just died; what it had goes to the next one, and it will be said
                          of the oldest job that the scanner died on it */
        lose(p, w, YM_GAP_CRASHED, NULL);
    }
    return YM_OK;
}

/* Jobs that came back from a dead scanner go first. */
static ym_status place_waiting(struct ym_pool *p, struct ym_err *err) {
    while (p->n_waiting > 0) {
        struct job j = p->waiting[--p->n_waiting];

        YM_TRY(place(p, &j, err));
    }
    return YM_OK;
}

ym_status ym_pool_submit(struct ym_pool *p, int fd, const char *name, void *cookie,
                         struct ym_err *err) {
    return ym_pool_submit_some(p, fd, name, 0, cookie, err);
}

/* Takes the job, whose name is still the caller's. */
static ym_status submit(struct ym_pool *p, struct job *j, const char *name, struct ym_err *err) {
    ym_status st;

    j->nth = ++p->n_submitted;
    j->name = ym_strdup(name);
    if (j->name == NULL) {
        (void)close(j->fd);
        return ym_fail_at(err, YM_NOMEM, module, name, 0, 0, "out of memory");
    }
    st = place_waiting(p, err);
    if (st != YM_OK) {
        job_done(j);
        return st;
    }
    return place(p, j, err);
}

ym_status ym_pool_submit_some(struct ym_pool *p, int fd, const char *name, uint32_t skip_layers,
                              void *cookie, struct ym_err *err) {
    struct job j = {.fd = fd, .skip_layers = skip_layers, .cookie = cookie};

    return submit(p, &j, name, err);
}

ym_status ym_pool_submit_memory(struct ym_pool *p, int fd, const char *name, uint64_t address,
                                uint64_t size, void *cookie, struct ym_err *err) {
    struct job j = {.fd = fd, .address = address, .region = size, .cookie = cookie};

    return submit(p, &j, name, err);
}

static bool busy(const struct ym_pool *p) {
    for (unsigned i = 0; i < p->n_workers; i++) {
        if (p->workers[i].n_jobs > 0) {
            return true;
        }
    }
    return p->n_waiting > 0;
}

ym_status ym_pool_finish(struct ym_pool *p, struct ym_err *err) {
    while (busy(p)) {
        if (p->dead.code != YM_OK) {
            *err = p->dead;
            return p->dead.code;
        }
        YM_TRY(place_waiting(p, err));
        if (busy(p)) {
            YM_TRY(pump(p, err));
        }
    }
    return YM_OK;
}

/* ---- Making and freeing -------------------------------------------------------------------------- */

static unsigned default_workers(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > YM_POOL_MAX_WORKERS ? YM_POOL_MAX_WORKERS : (unsigned)n;
}

ym_status ym_pool_new(const struct ym_pool_options *o, struct ym_pool **ret_pool,
                      struct ym_err *err) {
    struct ym_pool *p = ym_zalloc(1, sizeof(*p));

    if (p != NULL) {
        p->o = *o;
        p->max_workers = o->workers == 0 ? default_workers() : o->workers;
        if (p->max_workers > YM_POOL_MAX_WORKERS) {
            p->max_workers = YM_POOL_MAX_WORKERS;
        }
        p->arena = ym_arena_new(REPORT_ARENA);
    }
    if (p == NULL || p->arena == NULL) {
        ym_pool_free(p);
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "out of memory");
    }
    *ret_pool = p;
    return YM_OK;
}

void ym_pool_free(struct ym_pool *p) {
    if (p == NULL) {
        return;
    }
    while (p->n_workers > 0) {
        bury(p, &p->workers[p->n_workers - 1], NULL);
    }
    while (p->n_waiting > 0) {
        job_done(&p->waiting[--p->n_waiting]);
    }
    ym_arena_free(p->arena);
    ym_free(p);
}

struct ym_pool_stats ym_pool_get_stats(const struct ym_pool *p) {
    return p->stats;
}
