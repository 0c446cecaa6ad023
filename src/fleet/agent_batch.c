/* agent_batch.c - records out of the spool into a report, and what becomes of them when it was
 * acknowledged.  See agent_int.h. */
#include "agent_int.h"

#include "base/arena.h"
#include "base/reader.h"
#include "base/text.h"
#include "base/time.h"
#include "records/record.h"
#include "records/spool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MODULE "fleet/agent"

enum {
    BATCH_BYTES =
        512 << 10, /* a batch is closed when it has so many; one large record may be more */
    ARENA_MAX = 64 << 20,
};

/* --- a batch out of the spool --- */

/* The record that cannot be sent is kept, out of the way. */
ym_status ym_agent_put_aside(struct ym_agent *a, const char *name, const char *why,
                             struct ym_err *err) {
    char from[YM_AGENT_PATH + 64];
    char to[YM_AGENT_PATH + 64];

    (void)snprintf(to, sizeof(to), "%s/refused", a->state);
    if (mkdir(to, 0700) != 0 && errno != EEXIST) {
        return ym_fail_errno(err, MODULE, to, errno, "cannot make the folder");
    }
    (void)snprintf(from, sizeof(from), "%s/%s", a->spool, name);
    (void)snprintf(to, sizeof(to), "%s/refused/%s", a->state, name);
    ym_agent_say(a, "the record %s %s; it is in %s/refused", name, why, a->state);
    return rename(from, to) == 0 || errno == ENOENT
               ? YM_OK
               : ym_fail_errno(err, MODULE, from, errno, "cannot move the record aside");
}

/* CANCELLED: the batch is full without it. */
static ym_status add_record(struct ym_batch *b, const struct ym_record *record, const char *name,
                            struct ym_err *err) {
    size_t before = b->body.len;

    ym_record_encode(record, &b->body);
    ym_buf_u8(&b->body, '\n');
    if (b->n > 0 && (ym_buf_status(&b->body) != YM_OK || b->body.len > BATCH_BYTES)) {
        ym_buf_cut(&b->body, before);
        return YM_CANCELLED;
    }
    if (ym_buf_status(&b->body) == YM_LIMIT) { /* alone it is too large: not in the others' way */
        ym_buf_cut(&b->body, before);
        return ym_agent_put_aside(b->agent, name, "is larger than a report may be", err);
    }
    YM_TRY(ym_buf_status(&b->body));
    b->n++;
    if (record->epoch == b->health.epoch && record->epoch != 0) {
        b->health.files += record->files;
        b->health.gaps += record->gaps <= record->files ? record->gaps : record->files;
    }
    return YM_OK;
}

/* END: the walk is at its end. */
ym_status ym_batch_fill_from(struct ym_batch *b, struct ym_spool_walk *walk, struct ym_err *err) {
    ym_status st = YM_OK;

    while (st == YM_OK && b->n < YM_REPORT_RECORDS_MAX) {
        const struct ym_record *record;
        const char *name;

        YM_TRY(ym_spool_walk_next(walk, &record, &name, err));
        st = add_record(b, record, name, err);
    }
    if (st == YM_CANCELLED) {
        ym_spool_walk_back(walk); /* it is the first of the next batch */
        return YM_OK;
    }
    return st;
}

void ym_batch_begin(struct ym_agent *a, struct ym_batch *b) {
    *b = (struct ym_batch){.agent = a, .health = a->progress.health};
    ym_buf_init(&b->body, YM_REPORT_BODY_MAX);
}

/* One walk serves all batches: a million records are listed once, not once a batch.  At its end
 * another one looks for what came meanwhile; a whole walk without a record is the end. */
ym_status ym_batch_fill(struct ym_batch *b, struct ym_err *err) {
    struct ym_agent *a = b->agent;
    bool whole = false;
    ym_status st = YM_END;

    while (st == YM_END && b->n == 0 && !whole) {
        if (a->walk == NULL) {
            YM_TRY(ym_spool_walk_open(a->spool, &a->walk, err));
            whole = true;
        }
        st = ym_batch_fill_from(b, a->walk, err);
        if (st != YM_OK) {
            ym_spool_walk_close(a->walk);
            a->walk = NULL;
        }
    }
    return st == YM_END ? YM_OK : st;
}

/* The sequence number is used up, on disk, before anything carries it. */
ym_status ym_batch_seal(struct ym_batch *b, enum ym_channel channel, struct ym_buf *out,
                        struct ym_err *err) {
    struct ym_agent *a = b->agent;
    struct ym_report report = {.channel = channel,
                               .sequence = a->progress.sequence[channel] + 1,
                               .time = ym_now_unix(),
                               .health = b->health,
                               .n_records = b->n,
                               .body = b->body.data,
                               .body_len = b->body.len};

    memcpy(report.machine, a->id, sizeof(report.machine));
    YM_TRY(ym_fleet_random(report.nonce, sizeof(report.nonce), err));
    a->progress.sequence[channel] = report.sequence;
    YM_TRY(ym_agent_keep_progress(a, err));
    ym_report_write(&report, &a->key, out);
    return ym_buf_status(out);
}

/* --- the records of a report --- */

/* ym_record_encode() begins a record with its schema and its id: no need to read the rest again. */
static bool id_of_line(struct ym_str line, uint8_t ret_id[YM_RECORD_ID_SIZE]) {
    static const char head[] = "{\"schema\":";
    static const char key[] = ",\"id\":\"";
    struct ym_reader r;
    const uint8_t *hex;

    ym_reader_init(&r, line.s, line.n);
    if (line.n < sizeof(head) || memcmp(line.s, head, sizeof(head) - 1) != 0) {
        return false;
    }
    ym_skip(&r, sizeof(head)); /* and one digit */
    hex = ym_get_view(&r, sizeof(key) - 1);
    if (hex == NULL || memcmp(hex, key, sizeof(key) - 1) != 0) {
        return false;
    }
    hex = ym_get_view(&r, (uint64_t)2 * YM_RECORD_ID_SIZE);
    return hex != NULL && ym_get_u8(&r) == '"' &&
           ym_hex_decode((const char *)hex, YM_RECORD_ID_SIZE, ret_id);
}

static bool id_of(struct ym_str line, struct ym_arena *arena, uint8_t ret_id[YM_RECORD_ID_SIZE]) {
    struct ym_record record;
    struct ym_err ignored = {0}; /* what this version cannot read, the walk has moved aside */

    if (id_of_line(line, ret_id)) {
        return true;
    }
    ym_arena_reset(arena);
    if (ym_record_decode(line.s, line.n, arena, &record, &ignored) != YM_OK) {
        return false;
    }
    memcpy(ret_id, record.id, YM_RECORD_ID_SIZE);
    return true;
}

ym_status ym_agent_each_name(struct ym_agent *a, const struct ym_report *report,
                             ym_agent_name_fn *fn, void *user, struct ym_err *err) {
    struct ym_arena *arena = ym_arena_new(ARENA_MAX);
    ym_status st = arena == NULL ? YM_NOMEM : YM_OK;
    struct ym_str line;
    uint32_t i = 1;

    for (size_t at = 0; st == YM_OK && ym_report_line(report, &at, &line); i++) {
        uint8_t id[YM_RECORD_ID_SIZE];
        char name[2 * YM_RECORD_ID_SIZE + 8];

        if (id_of(line, arena, id)) {
            ym_hex_encode(id, sizeof(id), name);
            (void)snprintf(name + 2 * sizeof(id), 8, ".json");
            st = fn(a, i, name, user, err);
        }
    }
    ym_arena_free(arena);
    return st;
}

static ym_status remove_name(struct ym_agent *a, uint32_t line, const char *name, void *user,
                             struct ym_err *err) {
    (void)line;
    (void)user;
    return ym_spool_remove(a->spool, name, err);
}

ym_status ym_agent_acknowledged(struct ym_agent *a, const struct ym_report *report,
                                struct ym_err *err) {
    YM_TRY(ym_agent_each_name(a, report, remove_name, NULL, err));
    if (report->health.epoch == a->progress.health.epoch) {
        a->progress.untold = a->progress.untold && report->health.state != a->progress.health.state;
        a->progress.health.files = report->health.files;
        a->progress.health.gaps = report->health.gaps;
    }
    a->progress.reported = ym_now_unix();
    ym_agent_say(a, "%u records acknowledged", report->n_records);
    return ym_agent_keep_progress(a, err);
}
