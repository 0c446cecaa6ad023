/* agent.c - enrolment, reports, and the agent's day.  See agent.h. */
#include "agent_int.h"

#include "base/alloc.h"
#include "base/time.h"
#include "os/file.h"
#include "records/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE "fleet/agent"

enum {
    ANSWER_MAX = 4096,
    ROUNDS_MAX = 100000, /* reports of one call: more than a spool can hold */
    BACKOFF_FIRST = 5,   /* seconds */
    BACKOFF_LAST = 3600,
    POLL_DEFAULT = 300,
};

void ym_agent_say(const struct ym_agent *a, const char *fmt, ...) {
    char text[512];
    va_list ap;

    if (a->options.hooks.say != NULL) {
        va_start(ap, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        a->options.hooks.say(a->options.hooks.user, text);
    }
}

const char *ym_agent_image(const struct ym_agent *agent) {
    return agent->has_image ? agent->image : NULL;
}

/* --- opening, enrolment --- */

/* Two agents with one state would use the same sequence numbers. */
static ym_status lock(struct ym_agent *a, struct ym_err *err) {
    char path[YM_AGENT_PATH];

    ym_agent_path(a, "lock", path);
    a->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (a->lock_fd < 0) {
        return ym_fail_errno(err, MODULE, path, errno, "cannot open (has this machine enrolled?)");
    }
    return flock(a->lock_fd, LOCK_EX | LOCK_NB) == 0
               ? YM_OK
               : ym_fail_errno(err, MODULE, path, errno, "another agent works with this state");
}

static ym_status set_state(struct ym_agent *a, const char *state, struct ym_err *err) {
    int n = snprintf(a->state, sizeof(a->state), "%s", state);

    return n > 0 && (size_t)n < sizeof(a->state)
               ? YM_OK
               : ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "the folder's name is too long");
}

/* An empty name is a machine that keeps no records. */
static ym_status set_spool(struct ym_agent *a, const char *spool, struct ym_err *err) {
    int n = snprintf(a->spool, sizeof(a->spool), "%s", spool);

    return n >= 0 && (size_t)n < sizeof(a->spool)
               ? YM_OK
               : ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                         "the spool's name is too long: %d bytes, of %zu at the most", n,
                         sizeof(a->spool) - 1);
}

ym_status ym_agent_open(const struct ym_agent_options *options, struct ym_agent **ret_agent,
                        struct ym_err *err) {
    struct ym_agent *a = ym_zalloc(1, sizeof(*a));
    ym_status st;

    if (a == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the agent");
    }
    a->options = *options;
    a->lock_fd = -1;
    st = set_spool(a, options->spool, err);
    st = st == YM_OK ? set_state(a, options->state, err) : st;
    st = st == YM_OK ? lock(a, err) : st;
    st = st == YM_OK ? ym_agent_load(a, err) : st;
    if (st != YM_OK) {
        ym_agent_close(a);
        return st;
    }
    *ret_agent = a;
    return YM_OK;
}

void ym_agent_close(struct ym_agent *agent) {
    if (agent != NULL) {
        ym_spool_walk_close(agent->walk);
        ym_http_close(&agent->http);
        if (agent->lock_fd >= 0) {
            (void)close(agent->lock_fd);
        }
        ym_fleet_key_wipe(&agent->key);
        ym_free(agent);
    }
}

/* What the server said, for people; answers are of our own making but come over a wire. */
static ym_status refused(const struct ym_buf *answer, unsigned status, struct ym_err *err) {
    json_error_t where;
    json_t *v = json_loadb(answer->data == NULL ? "" : (const char *)answer->data, answer->len,
                           JSON_REJECT_DUPLICATES, &where);
    const char *word = json_string_value(json_object_get(v, "refused"));
    bool retry = json_is_true(json_object_get(v, "retry"));
    ym_status st = ym_fail(err, retry || v == NULL ? YM_IO : YM_UNSUPPORTED, MODULE,
                           YM_ERR_NO_OFFSET, "the server says %.40s (HTTP %u)",
                           word == NULL ? "nothing that is understood" : word, status);

    json_decref(v);
    return st;
}

static ym_status show_token(struct ym_agent *a, const struct ym_fleet_token *token,
                            struct ym_err *err) {
    struct ym_enrol enrol = {.time = ym_now_unix()};
    struct ym_welcome welcome;
    struct ym_buf message;
    struct ym_buf answer;
    unsigned status = 0;
    ym_status st;

    memcpy(enrol.token, token->secret, sizeof(enrol.token));
    memcpy(enrol.public_key, a->key.public_key, sizeof(enrol.public_key));
    ym_buf_init(&message, YM_ENROL_SIZE);
    ym_buf_init(&answer, ANSWER_MAX);
    ym_enrol_write(&enrol, &a->key, &message);
    st = ym_http_ask(&a->http, "/v1/enroll", message.data, message.len, &answer, &status, err);
    if (st == YM_OK && status != 200) {
        st = refused(&answer, status, err);
    } else if (st == YM_OK &&
               (ym_welcome_read(answer.data, answer.len, token->operator_key, &welcome) !=
                    YM_REFUSAL_NONE ||
                memcmp(welcome.public_key, a->key.public_key, sizeof(welcome.public_key)) != 0)) {
        st = ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                     "the answer does not carry the signature that the token promises: this is not "
                     "the right server");
    } else if (st == YM_OK) {
        memcpy(a->id, welcome.machine, sizeof(a->id));
        memcpy(a->operator_key, token->operator_key, sizeof(a->operator_key));
        st = ym_agent_keep_identity(a, err);
    }
    ym_buf_done(&message);
    ym_buf_done(&answer);
    return st;
}

static ym_status enrol(struct ym_agent *a, const struct ym_agent_enrolment *e, struct ym_err *err) {
    struct ym_fleet_token token;
    char path[YM_AGENT_PATH];

    if (!ym_fleet_token_read(e->token, &token)) {
        return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                       "this is not a token: it begins with ymfleet1. and has 138 characters");
    }
    if (ym_http_is_bare(e->server) && !e->plain) {
        return ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                       "without https the token could be read on its way: use https, or --plain");
    }
    if (mkdir(a->state, 0700) != 0 && errno != EEXIST) {
        return ym_fail_errno(err, MODULE, a->state, errno, "cannot make the folder");
    }
    ym_agent_path(a, "machine.key", path);
    YM_TRY(ym_fleet_key_load(path, true, &a->key, err));
    YM_TRY(ym_http_open(&a->http, e->server, e->ca == NULL ? "" : e->ca, err));
    return show_token(a, &token, err);
}

ym_status ym_agent_enrol(const char *state, const struct ym_agent_enrolment *enrolment,
                         struct ym_err *err) {
    struct ym_agent *a = ym_zalloc(1, sizeof(*a));
    ym_status st;

    if (a == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the agent");
    }
    a->lock_fd = -1;
    st = set_state(a, state, err);
    st = st == YM_OK ? enrol(a, enrolment, err) : st;
    ym_agent_close(a);
    return st;
}

/* --- what came of a report --- */

static ym_status forget_pending(struct ym_agent *a, struct ym_err *err) {
    char path[YM_AGENT_PATH];

    ym_agent_path(a, "pending", path);
    return unlink(path) == 0 || errno == ENOENT
               ? YM_OK
               : ym_fail_errno(err, MODULE, path, errno, "cannot remove");
}

static ym_status move_name(struct ym_agent *a, uint32_t line, const char *name, void *user,
                           struct ym_err *err) {
    const uint32_t *bad = user;

    return line == *bad ? ym_agent_put_aside(a, name, "cannot be read by the server", err) : YM_OK;
}

/* Not taken, but something can be done about it: OK then, and the records go again. */
static ym_status mend(struct ym_agent *a, const struct ym_report *report, const json_t *v,
                      const char *word, struct ym_err *err) {
    uint64_t sequence = (uint64_t)json_integer_value(json_object_get(v, "sequence"));
    uint32_t line = (uint32_t)json_integer_value(json_object_get(v, "record"));

    if (strcmp(word, "bad_record") == 0 && line >= 1 && line <= report->n_records) {
        YM_TRY(ym_agent_each_name(a, report, move_name, &line, err));
        return forget_pending(a, err);
    }
    /* The state was put back from a copy: go on after the last number that the server knows. */
    if (strcmp(word, "replay") == 0 && sequence < (uint64_t)INT64_MAX / 2) {
        if (sequence > a->progress.sequence[YM_CHANNEL_NETWORK]) {
            a->progress.sequence[YM_CHANNEL_NETWORK] = sequence;
            YM_TRY(ym_agent_keep_progress(a, err));
        }
        return forget_pending(a, err);
    }
    YM_TRY(forget_pending(a, err)); /* made anew, with a new time, at the next try */
    return ym_fail(err, json_is_true(json_object_get(v, "retry")) ? YM_IO : YM_UNSUPPORTED, MODULE,
                   YM_ERR_NO_OFFSET, "the server says %.40s", word);
}

static ym_status hear(struct ym_agent *a, const struct ym_report *report,
                      const struct ym_buf *answer, unsigned status, struct ym_err *err) {
    json_error_t where;
    json_t *v = json_loadb(answer->data == NULL ? "" : (const char *)answer->data, answer->len,
                           JSON_REJECT_DUPLICATES, &where);
    const char *word = json_string_value(json_object_get(v, "refused"));
    ym_status st;

    if (status == 200 &&
        json_integer_value(json_object_get(v, "taken")) == (json_int_t)report->n_records) {
        st = ym_agent_acknowledged(a, report, err);
        st = st == YM_OK ? forget_pending(a, err) : st;
    } else if (word == NULL || strcmp(word, "busy") == 0 || strcmp(word, "storage") == 0) {
        /* The pending report stays as it is: it may have been taken. */
        st = ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET, "the server says %.40s (HTTP %u)",
                     word == NULL ? "nothing that is understood" : word, status);
    } else {
        st = mend(a, report, v, word, err);
    }
    json_decref(v);
    return st;
}

/* --- one report --- */

static ym_status send_pending(struct ym_agent *a, const struct ym_buf *bytes, struct ym_err *err) {
    struct ym_report report;
    struct ym_buf answer;
    size_t used = 0;
    unsigned status = 0;
    ym_status st;

    if (ym_report_parse(bytes->data, bytes->len, true, &report, &used) != YM_REFUSAL_NONE) {
        return forget_pending(a, err); /* its records are in the spool still */
    }
    ym_buf_init(&answer, ANSWER_MAX);
    st = ym_http_ask(&a->http, "/v1/report", bytes->data, bytes->len, &answer, &status, err);
    st = st == YM_OK ? hear(a, &report, &answer, status, err) : st;
    ym_buf_done(&answer);
    return st;
}

static bool report_is_due(const struct ym_agent *a) {
    uint32_t every = a->has_policy ? a->policy.report_every : POLL_DEFAULT;

    return a->progress.untold || ym_now_unix() >= a->progress.reported + (int64_t)every;
}

/* *ret_made false: there is nothing to tell. */
static ym_status make_pending(struct ym_agent *a, struct ym_buf *bytes, bool *ret_made,
                              struct ym_err *err) {
    struct ym_batch b;
    char path[YM_AGENT_PATH];
    ym_status st;

    ym_batch_begin(a, &b);
    st = ym_batch_fill(&b, err);
    *ret_made = st == YM_OK && (b.n > 0 || report_is_due(a));
    if (*ret_made) {
        st = ym_batch_seal(&b, YM_CHANNEL_NETWORK, bytes, err);
        ym_agent_path(a, "pending", path);
        st = st == YM_OK ? ym_file_replace(path, 0600, bytes->data, bytes->len, err) : st;
    }
    ym_buf_done(&b.body);
    return st;
}

static ym_status send_one(struct ym_agent *a, bool *ret_more, struct ym_err *err) {
    struct ym_buf bytes;
    bool there = false;
    ym_status st;

    ym_buf_init(&bytes, YM_REPORT_MAX);
    st = ym_agent_read(a, "pending", &bytes, &there, err);
    if (st == YM_OK && !there) {
        st = make_pending(a, &bytes, &there, err);
    }
    if (st == YM_OK && there) {
        st = send_pending(a, &bytes, err);
    }
    ym_buf_done(&bytes);
    *ret_more = there;
    return st;
}

static ym_status send_all(struct ym_agent *a, struct ym_err *err) {
    bool more = true;
    ym_status st = YM_OK;

    for (int i = 0; st == YM_OK && more && i < ROUNDS_MAX; i++) {
        st = send_one(a, &more, err);
    }
    ym_spool_walk_close(a->walk); /* after a failure the batch's records must be met again */
    a->walk = NULL;
    return st;
}

static ym_status scan_if_due(struct ym_agent *a, struct ym_err *err) {
    int64_t now = ym_now_unix();

    if (a->options.hooks.scan == NULL || !a->has_policy || a->policy.scan_every == 0 ||
        now < a->progress.scanned + (int64_t)a->policy.scan_every) {
        return YM_OK;
    }
    a->progress.scanned = now;
    YM_TRY(ym_agent_keep_progress(a, err));
    a->options.hooks.scan(a->options.hooks.user, ym_agent_image(a));
    return YM_OK;
}

/* A policy that cannot be had does not keep records from being sent, nor the other way round. */
ym_status ym_agent_once(struct ym_agent *agent, struct ym_err *err) {
    struct ym_err second = {0};
    ym_status st = ym_agent_ask_policy(agent, err);
    ym_status st2 = scan_if_due(agent, &second);

    st2 = st2 == YM_OK ? send_all(agent, &second) : st2;
    if (st == YM_OK && st2 != YM_OK && err != NULL) {
        *err = second;
    }
    return st != YM_OK ? st : st2;
}

/* --- the day --- */

/* Between half and all of the seconds, so that a fleet does not come in step. */
static struct timespec with_jitter(uint32_t seconds) {
    uint32_t random = 0;
    struct ym_err ignored = {0}; /* without a random number there is no jitter */
    uint64_t ms = (uint64_t)seconds * 1000;

    if (ym_fleet_random(&random, sizeof(random), &ignored) == YM_OK) {
        ms = ms / 2 + (ms / 2) * random / UINT32_MAX;
    }
    return (struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
}

static uint32_t next_wait(const struct ym_agent *a, ym_status st, uint32_t *backoff) {
    if (st != YM_OK) {
        *backoff = *backoff == 0                 ? BACKOFF_FIRST
                   : *backoff < BACKOFF_LAST / 2 ? *backoff * 2
                                                 : BACKOFF_LAST;
        return *backoff;
    }
    *backoff = 0;
    return a->has_policy ? a->policy.poll_every : POLL_DEFAULT;
}

ym_status ym_agent_run(struct ym_agent *agent, struct ym_err *err) {
    uint32_t backoff = 0;
    sigset_t ends;
    ym_status st;

    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
    for (;;) {
        struct ym_err now = {0};
        struct timespec wait;
        char text[700];

        st = ym_agent_once(agent, &now);
        if (st == YM_UNSUPPORTED) { /* this machine is not wanted: asking again does not help */
            *err = now;
            return st;
        }
        if (st != YM_OK) {
            ym_agent_say(agent, "%s", ym_err_format(&now, text, sizeof(text)));
        }
        wait = with_jitter(next_wait(agent, st, &backoff));
        if (sigtimedwait(&ends, NULL, &wait) >= 0) {
            return YM_OK;
        }
    }
}
