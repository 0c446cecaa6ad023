/* rollout.c - images, policies, and the rollout in the state's file; rings.c decides.  See state.h.
 *
 * There is one rollout that counts: that of the highest epoch.  A ring that it does not offer its
 * image to gets the newest image whose rollout was done. */
#include "state_int.h"

#include "base/text.h"
#include "base/time.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE "fleet/rollout"

enum {
    SEEN_LATELY = 7 * 24 * 3600, /* machines that are silent for longer do not hold a ring up */
    /* One machine's say in the share of incomplete objects is bounded: it may lie. */
    OBJECTS_OF_ONE = 10000000,
    BLOCK = 1 << 16,
};

struct whole {
    struct ym_rollout rollout;
    struct ym_ring_rules rules;
};

/* --- reading --- */

static ym_status get_rollout(struct ym_sql *s, struct whole *ret, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    YM_TRY(ym_sql_open(s,
                       "SELECT epoch,state,ring,rings,opened,reason,wait,machines,share,"
                       "max_failed,max_rise FROM rollout ORDER BY epoch DESC LIMIT 1",
                       &q, err));
    st = ym_sql_row(s, q, &row, err);
    *ret = (struct whole){.rules = ym_ring_rules_default()};
    if (st == YM_OK && row) {
        struct ym_rollout *r = &ret->rollout;

        r->epoch = (uint64_t)sqlite3_column_int64(q, 0);
        r->state = (enum ym_rollout_state)sqlite3_column_int(q, 1);
        r->ring = (uint32_t)sqlite3_column_int(q, 2);
        r->rings = (uint32_t)sqlite3_column_int(q, 3);
        r->opened = sqlite3_column_int64(q, 4);
        ym_sql_text(q, 5, r->reason, sizeof(r->reason));
        ret->rules = (struct ym_ring_rules){.wait = (uint32_t)sqlite3_column_int64(q, 6),
                                            .machines = (uint32_t)sqlite3_column_int64(q, 7),
                                            .share = (uint32_t)sqlite3_column_int64(q, 8),
                                            .max_failed = (uint32_t)sqlite3_column_int64(q, 9),
                                            .max_rise = (uint32_t)sqlite3_column_int64(q, 10)};
        if (r->rings > YM_FLEET_RINGS_MAX || r->ring > r->rings) {
            st =
                ym_fail_at(err, YM_MALFORMED, MODULE, s->name, 0, 0, "a rollout's rings are wrong");
        }
    }
    (void)sqlite3_finalize(q);
    return st;
}

static const char counts_sql[] =
    "SELECT ring, count(*),"
    " coalesce(sum(epoch=?1 AND image=1),0), coalesce(sum(epoch=?1 AND image IN (2,3)),0),"
    " coalesce(sum(min(files,?3)) FILTER (WHERE epoch=?1),0),"
    " coalesce(sum(min(gaps,?3)) FILTER (WHERE epoch=?1),0),"
    " coalesce(sum(min(files0,?3)) FILTER (WHERE epoch=?1),0),"
    " coalesce(sum(min(gaps0,?3)) FILTER (WHERE epoch=?1),0)"
    " FROM machine WHERE seen>?2 GROUP BY ring";

static ym_status get_counts(struct ym_sql *s, uint64_t epoch, int64_t now,
                            struct ym_ring_counts counts[YM_FLEET_RINGS_MAX], struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    YM_TRY(ym_sql_open(s, counts_sql, &q, err));
    (void)sqlite3_bind_int64(q, 1, epoch == 0 ? -1 : (sqlite3_int64)epoch);
    (void)sqlite3_bind_int64(q, 2, now - SEEN_LATELY);
    (void)sqlite3_bind_int64(q, 3, OBJECTS_OF_ONE);
    memset(counts, 0, YM_FLEET_RINGS_MAX * sizeof(counts[0]));
    while ((st = ym_sql_row(s, q, &row, err)) == YM_OK && row) {
        uint32_t ring = (uint32_t)sqlite3_column_int(q, 0);
        uint64_t v[7];

        for (int i = 0; i < 7; i++) {
            v[i] = (uint64_t)sqlite3_column_int64(q, i + 1);
        }
        if (ring >= 1 && ring <= YM_FLEET_RINGS_MAX) {
            counts[ring - 1] = (struct ym_ring_counts){.machines = v[0],
                                                       .good = v[1],
                                                       .failed = v[2],
                                                       .files = v[3],
                                                       .gaps = v[4],
                                                       .files0 = v[5],
                                                       .gaps0 = v[6]};
        }
    }
    (void)sqlite3_finalize(q);
    return st;
}

static ym_status get_number(struct ym_sql *s, const char *sql, uint64_t *ret, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    YM_TRY(ym_sql_open(s, sql, &q, err));
    st = ym_sql_row(s, q, &row, err);
    *ret = row ? (uint64_t)sqlite3_column_int64(q, 0) : 0;
    (void)sqlite3_finalize(q);
    return st;
}

static ym_status get_intervals(struct ym_sql *s, struct ym_intervals *ret, uint64_t *ret_serial,
                               struct ym_err *err) {
    static const char *const sql[3] = {"SELECT value FROM setting WHERE name='poll_every'",
                                       "SELECT value FROM setting WHERE name='report_every'",
                                       "SELECT value FROM setting WHERE name='scan_every'"};
    uint64_t v[3];

    for (int i = 0; i < 3; i++) {
        YM_TRY(get_number(s, sql[i], &v[i], err));
    }
    *ret = (struct ym_intervals){(uint32_t)v[0], (uint32_t)v[1], (uint32_t)v[2]};
    return get_number(s, "SELECT value FROM setting WHERE name='serial'", ret_serial, err);
}

/* --- writing, inside a transaction --- */

static ym_status next_serial(struct ym_fleet_state *s, struct ym_err *err) {
    return ym_sql_run(&s->write, "UPDATE setting SET value=value+1 WHERE name='serial'", err);
}

static ym_status put_setting(struct ym_fleet_state *s, const char *name, uint32_t value,
                             struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    ym_status st;

    YM_TRY(ym_sql_open(&s->write, "UPDATE setting SET value=?2 WHERE name=?1", &q, err));
    (void)sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(q, 2, value);
    st = ym_sql_do(&s->write, q, err);
    (void)sqlite3_finalize(q);
    return st;
}

static ym_status put_rollout(struct ym_fleet_state *s, const struct whole *w, struct ym_err *err) {
    const struct ym_rollout *r = &w->rollout;
    const int64_t values[] = {(int64_t)r->epoch, (int64_t)r->state, r->ring,
                              r->rings,          r->opened,         w->rules.wait,
                              w->rules.machines, w->rules.share,    w->rules.max_failed,
                              w->rules.max_rise};
    sqlite3_stmt *q = NULL;
    ym_status st;

    YM_TRY(ym_sql_open(&s->write,
                       "INSERT OR REPLACE INTO rollout(epoch,state,ring,rings,opened,wait,machines,"
                       "share,max_failed,max_rise,reason) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
                       &q, err));
    for (int i = 0; i < 10; i++) {
        (void)sqlite3_bind_int64(q, i + 1, values[i]);
    }
    (void)sqlite3_bind_text(q, 11, r->reason, -1, SQLITE_STATIC);
    st = ym_sql_do(&s->write, q, err);
    (void)sqlite3_finalize(q);
    return st;
}

/* --- policies --- */

static ym_status check_intervals(const struct ym_intervals *v, struct ym_err *err) {
    if (v->poll_every < 1 || v->poll_every > 86400 || v->report_every < 1 ||
        v->report_every > 86400 || v->scan_every > 366 * 86400) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "agents ask and report every 1 to 86400 seconds, and scan every 0 (never) "
                       "to 31622400");
    }
    return YM_OK;
}

ym_status ym_fleet_policy_set(struct ym_fleet_state *state, const char *by,
                              const struct ym_intervals *intervals, int64_t now,
                              struct ym_err *err) {
    ym_status st;

    YM_TRY(check_intervals(intervals, err));
    YM_TRY(ym_state_begin(state, err));
    st = put_setting(state, "poll_every", intervals->poll_every, err);
    st = st == YM_OK ? put_setting(state, "report_every", intervals->report_every, err) : st;
    st = st == YM_OK ? put_setting(state, "scan_every", intervals->scan_every, err) : st;
    st = st == YM_OK ? next_serial(state, err) : st;
    st = st == YM_OK
             ? ym_state_audit(state, by, now, "policy", err, "poll %u, report %u, scan %u",
                              intervals->poll_every, intervals->report_every, intervals->scan_every)
             : st;
    return ym_state_end(state, st, err);
}

/* The image of the rollout for rings that it is offered to, else that of the last finished one. */
static ym_status get_image(struct ym_sql *s, uint32_t ring, struct ym_policy *p,
                           struct ym_err *err) {
    struct whole w;
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    YM_TRY(get_rollout(s, &w, err));
    YM_TRY(ym_sql_open(s,
                       "SELECT epoch,size,sha256 FROM image WHERE CASE WHEN ?1 THEN epoch=?2 ELSE"
                       " epoch=(SELECT max(epoch) FROM rollout WHERE state=?3) END",
                       &q, err));
    (void)sqlite3_bind_int(q, 1, ym_rollout_offers(&w.rollout, ring));
    (void)sqlite3_bind_int64(q, 2, (sqlite3_int64)w.rollout.epoch);
    (void)sqlite3_bind_int(q, 3, YM_ROLLOUT_DONE);
    st = ym_sql_row(s, q, &row, err);
    if (st == YM_OK && row) {
        p->epoch = (uint64_t)sqlite3_column_int64(q, 0);
        p->size = (uint64_t)sqlite3_column_int64(q, 1);
        if (!ym_sql_blob(q, 2, p->sha256, sizeof(p->sha256))) {
            st = ym_fail_at(err, YM_MALFORMED, MODULE, s->name, 0, 0, "an image's hash is wrong");
        }
    }
    (void)sqlite3_finalize(q);
    return st;
}

/* A read transaction around all of it: the image and the serial belong together. */
static ym_status read_policy(struct ym_sql *s, struct ym_policy *p, struct ym_err *err) {
    struct ym_intervals v = {0};
    ym_status st;

    YM_TRY(ym_sql_run(s, "BEGIN", err));
    st = get_intervals(s, &v, &p->serial, err);
    st = st == YM_OK ? get_image(s, p->ring, p, err) : st;
    (void)sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    p->poll_every = v.poll_every;
    p->report_every = v.report_every;
    p->scan_every = v.scan_every;
    return st;
}

ym_status ym_fleet_policy_of(struct ym_fleet_state *state, uint32_t ring, int64_t now,
                             struct ym_buf *out, struct ym_err *err) {
    struct ym_policy p = {.ring = ring, .time = now};
    ym_status st;

    (void)pthread_mutex_lock(&state->read.lock);
    st = read_policy(&state->read, &p, err);
    (void)pthread_mutex_unlock(&state->read.lock);
    YM_TRY(st);
    ym_policy_write(&p, &state->operator_key, out);
    return ym_buf_status(out);
}

uint64_t ym_fleet_policy_serial(struct ym_fleet_state *state) {
    struct ym_err ignored = {0}; /* 0 is the answer then */
    uint64_t serial = 0;

    (void)pthread_mutex_lock(&state->read.lock);
    (void)!get_number(&state->read, "SELECT value FROM setting WHERE name='serial'", &serial,
                      &ignored);
    (void)pthread_mutex_unlock(&state->read.lock);
    return serial;
}

/* --- a rollout's life --- */

static ym_status copy_image(int from, int to, const char *shown, struct ym_err *err) {
    uint8_t block[BLOCK];
    off_t at = 0;
    ssize_t n;

    while ((n = pread(from, block, sizeof(block), at)) > 0) {
        at += n;
        if (at > YM_FLEET_IMAGE_MAX) {
            return ym_fail_at(err, YM_LIMIT, MODULE, shown, 0, 0, "the image is larger than 1 GiB");
        }
        YM_TRY(ym_file_write_all(to, shown, block, (size_t)n, err));
    }
    return n == 0 ? YM_OK : ym_fail_errno(err, MODULE, shown, errno, "cannot read");
}

struct image {
    uint64_t size;
    uint8_t sha256[YM_FLEET_HASH_SIZE];
};

/* Hash and copy are of the same bytes: the copy is hashed.  It gets its name in images/ by a link
 * to the nameless file, made by ym_file_new_commit() of the caller's path. */
static ym_status take_image(struct ym_fleet_state *s, const char *path, struct image *ret,
                            struct ym_err *err) {
    char hex[2 * YM_FLEET_HASH_SIZE + 1];
    char temp[YM_FLEET_PATH_MAX + 32];
    char name[YM_FLEET_PATH_MAX + 96];
    struct ym_file_new out;
    int fd = -1;
    ym_status st;

    (void)snprintf(temp, sizeof(temp), "%s/images/incoming-%ld", s->dir, (long)getpid());
    YM_TRY(ym_file_open(AT_FDCWD, path, true, path, &fd, err));
    st = ym_file_new_begin(temp, 0644, &out,
                           err); /* no secret, and the server may be another user */
    if (st == YM_OK) {
        st = copy_image(fd, out.fd, path, err);
        st = st == YM_OK ? ym_fleet_hash_file(out.fd, path, &ret->size, ret->sha256, err) : st;
        st = st == YM_OK && ret->size == 0
                 ? ym_fail_at(err, YM_MALFORMED, MODULE, path, 0, 0, "the image is empty")
                 : st;
        st = st == YM_OK ? ym_file_new_commit(&out, err) : st;
        ym_file_new_done(&out);
    }
    (void)close(fd);
    YM_TRY(st);
    ym_hex_encode(ret->sha256, sizeof(ret->sha256), hex);
    (void)snprintf(name, sizeof(name), "%s/images/%s", s->dir, hex);
    return rename(temp, name) == 0 ? YM_OK
                                   : ym_fail_errno(err, MODULE, name, errno, "cannot keep it");
}

static ym_status put_image(struct ym_fleet_state *s, uint64_t epoch, const struct image *image,
                           int64_t now, struct ym_err *err) {
    uint64_t newest = 0;
    sqlite3_stmt *q = NULL;
    ym_status st;

    YM_TRY(get_number(&s->write, "SELECT max(epoch) FROM image", &newest, err));
    if (epoch <= newest || epoch > INT64_MAX) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "the epoch must be above %llu: agents never go back",
                       (unsigned long long)newest);
    }
    YM_TRY(ym_sql_open(&s->write, "INSERT INTO image VALUES(?,?,?,?)", &q, err));
    (void)sqlite3_bind_int64(q, 1, (sqlite3_int64)epoch);
    (void)sqlite3_bind_blob(q, 2, image->sha256, sizeof(image->sha256), SQLITE_STATIC);
    (void)sqlite3_bind_int64(q, 3, (sqlite3_int64)image->size);
    (void)sqlite3_bind_int64(q, 4, now);
    st = ym_sql_do(&s->write, q, err);
    (void)sqlite3_finalize(q);
    return st;
}

ym_status ym_fleet_rollout_start(struct ym_fleet_state *state, const char *by, const char *image,
                                 uint64_t epoch, uint32_t rings, const struct ym_ring_rules *rules,
                                 int64_t now, struct ym_err *err) {
    struct whole w = {.rollout = {.state = YM_ROLLOUT_RUNNING,
                                  .epoch = epoch,
                                  .ring = 1,
                                  .rings = rings,
                                  .opened = now},
                      .rules = *rules};
    struct image taken = {0};
    char hex[2 * YM_FLEET_HASH_SIZE + 1];
    ym_status st;

    if (rings < 1 || rings > YM_FLEET_RINGS_MAX || rules->share > 1000 ||
        rules->max_failed > 1000 || rules->max_rise > 1000) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "there are 1 to %d rings, and shares are thousandths", YM_FLEET_RINGS_MAX);
    }
    YM_TRY(take_image(state, image, &taken, err));
    ym_hex_encode(taken.sha256, sizeof(taken.sha256), hex);
    YM_TRY(ym_state_begin(state, err));
    st = put_image(state, epoch, &taken, now, err);
    st = st == YM_OK ? put_rollout(state, &w, err) : st;
    st = st == YM_OK ? next_serial(state, err) : st;
    st = st == YM_OK
             ? ym_state_audit(state, by, now, "rollout", err, "epoch %llu, sha256 %s, %u rings",
                              (unsigned long long)epoch, hex, rings)
             : st;
    return ym_state_end(state, st, err);
}

static ym_status stop_or_resume(struct ym_fleet_state *s, const char *by, bool resume, int64_t now,
                                struct ym_err *err) {
    struct whole w;

    YM_TRY(get_rollout(&s->write, &w, err));
    if (w.rollout.state != (resume ? YM_ROLLOUT_STOPPED : YM_ROLLOUT_RUNNING)) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "the rollout is %s: nothing to %s",
                       ym_rollout_word(w.rollout.state), resume ? "resume" : "stop");
    }
    w.rollout.state = resume ? YM_ROLLOUT_RUNNING : YM_ROLLOUT_STOPPED;
    (void)snprintf(w.rollout.reason, sizeof(w.rollout.reason), "%s by %s",
                   resume ? "resumed" : "stopped", by);
    YM_TRY(put_rollout(s, &w, err));
    YM_TRY(next_serial(s, err));
    return ym_state_audit(s, by, now, resume ? "rollout-resume" : "rollout-stop", err, "epoch %llu",
                          (unsigned long long)w.rollout.epoch);
}

ym_status ym_fleet_rollout_stop(struct ym_fleet_state *state, const char *by, bool resume,
                                int64_t now, struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_state_begin(state, err));
    st = stop_or_resume(state, by, resume, now, err);
    return ym_state_end(state, st, err);
}

static ym_status open_next(struct ym_fleet_state *s, const char *by, int64_t now,
                           struct ym_err *err) {
    struct whole w;

    YM_TRY(get_rollout(&s->write, &w, err));
    if (w.rollout.state != YM_ROLLOUT_RUNNING) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                       "the rollout is %s: it has no next ring", ym_rollout_word(w.rollout.state));
    }
    if (w.rollout.ring < w.rollout.rings) {
        w.rollout.ring++;
        w.rollout.opened = now;
    } else {
        w.rollout.state = YM_ROLLOUT_DONE;
    }
    (void)snprintf(w.rollout.reason, sizeof(w.rollout.reason), "opened by %s", by);
    YM_TRY(put_rollout(s, &w, err));
    YM_TRY(next_serial(s, err));
    return ym_state_audit(s, by, now, "rollout-next", err, "epoch %llu: %s, ring %u",
                          (unsigned long long)w.rollout.epoch, ym_rollout_word(w.rollout.state),
                          w.rollout.ring);
}

ym_status ym_fleet_rollout_next(struct ym_fleet_state *state, const char *by, int64_t now,
                                struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_state_begin(state, err));
    st = open_next(state, by, now, err);
    return ym_state_end(state, st, err);
}

static ym_status tick(struct ym_fleet_state *s, int64_t now, bool *changed, struct ym_err *err) {
    struct ym_ring_counts counts[YM_FLEET_RINGS_MAX];
    struct whole w;
    char was[sizeof(w.rollout.reason)];

    YM_TRY(get_rollout(&s->write, &w, err));
    if (w.rollout.state != YM_ROLLOUT_RUNNING) {
        return YM_OK;
    }
    memcpy(was, w.rollout.reason, sizeof(was));
    YM_TRY(get_counts(&s->write, w.rollout.epoch, now, counts, err));
    *changed = ym_rollout_step(&w.rollout, &w.rules, counts, now);
    if (*changed) {
        YM_TRY(put_rollout(s, &w, err));
        YM_TRY(next_serial(s, err));
        return ym_state_audit(s, "rings", now, "rollout-step", err, "epoch %llu: %s, ring %u: %s",
                              (unsigned long long)w.rollout.epoch, ym_rollout_word(w.rollout.state),
                              w.rollout.ring, w.rollout.reason);
    }
    return strcmp(was, w.rollout.reason) == 0 ? YM_OK : put_rollout(s, &w, err);
}

ym_status ym_fleet_rollout_tick(struct ym_fleet_state *state, int64_t now, bool *ret_changed,
                                struct ym_err *err) {
    bool changed = false;
    ym_status st;

    YM_TRY(ym_state_begin(state, err));
    st = tick(state, now, &changed, err);
    YM_TRY(ym_state_end(state, st, err));
    *ret_changed = changed;
    return YM_OK;
}

/* --- status --- */

static ym_status read_status(struct ym_sql *s, int64_t now, struct ym_fleet_status *ret,
                             struct ym_err *err) {
    char sql[120];
    struct whole w;

    YM_TRY(get_rollout(s, &w, err));
    ret->rollout = w.rollout;
    YM_TRY(get_counts(s, w.rollout.epoch, now, ret->rings, err));
    YM_TRY(get_intervals(s, &ret->intervals, &ret->serial, err));
    YM_TRY(get_number(s, "SELECT count(*) FROM machine", &ret->machines, err));
    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) FROM token WHERE key IS NULL AND expires>=%lld",
                   (long long)now);
    return get_number(s, sql, &ret->tokens_open, err);
}

ym_status ym_fleet_status_get(struct ym_fleet_state *state, int64_t now,
                              struct ym_fleet_status *ret_status, struct ym_err *err) {
    struct ym_fleet_status t = {0};
    ym_status st;

    (void)pthread_mutex_lock(&state->read.lock);
    st = read_status(&state->read, now, &t, err);
    (void)pthread_mutex_unlock(&state->read.lock);
    YM_TRY(st);
    *ret_status = t;
    return YM_OK;
}

static void ring_json(const struct ym_ring_counts *c, uint32_t ring, bool open,
                      struct ym_buf *out) {
    ym_buf_printf(
        out,
        "%s{\"ring\":%u,\"open\":%s,\"machines\":%llu,\"good\":%llu,\"failed\":%llu,"
        "\"files\":%llu,\"gaps\":%llu,\"files_before\":%llu,\"gaps_before\":%llu}",
        ring > 1 ? "," : "", ring, open ? "true" : "false", (unsigned long long)c->machines,
        (unsigned long long)c->good, (unsigned long long)c->failed, (unsigned long long)c->files,
        (unsigned long long)c->gaps, (unsigned long long)c->files0, (unsigned long long)c->gaps0);
}

void ym_fleet_status_json(const struct ym_fleet_status *status, struct ym_buf *out) {
    const struct ym_rollout *r = &status->rollout;

    ym_buf_printf(out,
                  "{\"machines\":%llu,\"tokens_open\":%llu,\"policy\":{\"serial\":%llu,"
                  "\"poll_every\":%u,\"report_every\":%u,\"scan_every\":%u},"
                  "\"rollout\":{\"state\":\"%s\",\"epoch\":%llu,\"ring\":%u,\"rings\":%u,"
                  "\"opened\":%lld,\"reason\":",
                  (unsigned long long)status->machines, (unsigned long long)status->tokens_open,
                  (unsigned long long)status->serial, status->intervals.poll_every,
                  status->intervals.report_every, status->intervals.scan_every,
                  ym_rollout_word(r->state), (unsigned long long)r->epoch, r->ring, r->rings,
                  (long long)r->opened);
    ym_buf_json_string(out, r->reason, strlen(r->reason));
    ym_buf_add_text(out, "},\"rings\":[");
    for (uint32_t ring = 1; ring <= YM_FLEET_RINGS_MAX; ring++) {
        ring_json(&status->rings[ring - 1], ring, ym_rollout_offers(r, ring), out);
    }
    ym_buf_add_text(out, "]}\n");
}
