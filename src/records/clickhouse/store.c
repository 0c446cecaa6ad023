/* store.c - records in ClickHouse: one server, or several that share them (shards).
 *
 * A record is one row of `execution` on one shard, its lists are arrays; which shard, says its computer (the
 * machine, or the id where that is not known): so no computer is on two shards, and all sums, those of different
 * computers, too, add up over shards.  The client speaks to each shard itself; the servers need not know each other.
 *
 * What a transaction puts is collected as rows and is sent when it is committed, each shard its own: one INSERT,
 * that is answered when its parts are on the shard's disk.  There is no undo over shards, and none is needed:
 * the same record sent again replaces itself (ReplacingMergeTree over computer, id and time; readers say FINAL
 * until it has), so whatever was interrupted is simply sent again.  That is what happens on a failure: within
 * url.retry seconds by this program itself, later by whoever still has the records (the file, the spool, the agent).
 * Of two different records with the same computer, id and time the one that came first stays, as in SQLite:
 * `age` is larger for what was begun earlier.
 *
 * Differences from SQLite: whether a record was there already is not asked (only inside a transaction), a
 * rollback cannot take back what was sent early because the buffers were full, and the same id from two computers is
 * two records. */
#include "click.h"

#include "base/alloc.h"
#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "rows.h"

#define MODULE "records/clickhouse"

enum {
    SEND_BYTES = 64 << 20, /* of rows, on all shards together: then they are sent */
    SEND_RECORDS = 500000, /* the same, of records */
    ROW_MAX = 64 << 20,    /* bytes of one record: more than YM_RECORD_JSON_MAX in any form */
    KEY_SIZE = 2 * YM_RECORD_ID_SIZE + 8,
    INSERT_SECONDS = 600,
    FIRST_WAIT_MS = 250,
    LAST_WAIT_MS = 10000,
};

/* --- asking --- */

ym_status ym_click_all(struct ym_click *s, const char *query, bool no_database,
                       struct ym_buf *answers, struct ym_err *err) {
    struct ym_click_ask asks[YM_CLICK_SHARDS_MAX];

    for (unsigned i = 0; i < s->url->n_shards; i++) {
        asks[i] = (struct ym_click_ask){.shard = i,
                                        .query = query,
                                        .no_database = no_database,
                                        .out = answers == NULL ? NULL : &answers[i]};
    }
    return ym_click_run(s->client, asks, s->url->n_shards, err);
}

ym_status ym_click_one(struct ym_click *s, unsigned shard, const char *query, struct ym_buf *out,
                       struct ym_err *err) {
    struct ym_click_ask ask = {.shard = shard, .query = query, .out = out};

    return ym_click_run(s->client, &ask, 1, err);
}

/* --- sending --- */

static void forget_rows(struct ym_click *s) {
    for (unsigned i = 0; i < s->url->n_shards; i++) {
        ym_buf_clear(&s->shard[i].rows);
        s->shard[i].n_rows = 0;
    }
}

/* One try.  Rows that a shard has taken are dropped; *ret_again: what failed may succeed later. */
static ym_status send_once(struct ym_click *s, bool *ret_again, struct ym_err *err) {
    struct ym_click_ask asks[YM_CLICK_SHARDS_MAX];
    char query[1024];
    size_t n = 0;
    ym_status st;

    (void)snprintf(query, sizeof(query), "INSERT INTO execution(%s) FORMAT RowBinary",
                   ym_click_columns);
    for (unsigned i = 0; i < s->url->n_shards; i++) {
        if (s->shard[i].n_rows > 0) {
            asks[n] = (struct ym_click_ask){.shard = i,
                                            .query = query,
                                            .data = s->shard[i].rows.data,
                                            .n = s->shard[i].rows.len,
                                            .seconds = INSERT_SECONDS};
            n++;
        }
    }
    st = ym_click_run(s->client, asks, n, err);
    *ret_again = true;
    for (size_t i = 0; i < n; i++) {
        if (asks[i].status == YM_OK) {
            ym_buf_clear(&s->shard[asks[i].shard].rows);
            s->shard[asks[i].shard].n_rows = 0;
        } else {
            *ret_again = *ret_again && asks[i].again;
        }
    }
    return st;
}

static void wait_ms(const struct ym_click *s, unsigned ms) {
    for (; ms > 0 && !s->base.stopping; ms -= ms < FIRST_WAIT_MS ? ms : FIRST_WAIT_MS) {
        struct timespec t = {.tv_nsec = FIRST_WAIT_MS * 1000000L};

        (void)nanosleep(&t, NULL); /* a signal makes it shorter: that is as good */
    }
}

static uint64_t rows_left(const struct ym_click *s) {
    uint64_t n = 0;

    for (unsigned i = 0; i < s->url->n_shards; i++) {
        n += s->shard[i].n_rows;
    }
    return n;
}

static ym_status give_up(struct ym_click *s, const struct ym_err *why, bool again,
                         struct ym_err *err) {
    if (!again) {
        return ym_fail(err, why->code, MODULE, YM_ERR_NO_OFFSET, "%s", why->text);
    }
    return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET,
                   "%.140s; %llu records are not kept: run it again, nothing is counted twice",
                   why->text, (unsigned long long)rows_left(s));
}

/* Until every shard has taken its rows, or the time for it is over. */
static ym_status send_all(struct ym_click *s, struct ym_err *err) {
    uint64_t start = ym_now_ns();
    uint64_t most = (uint64_t)s->url->retry * UINT64_C(1000000000);
    unsigned wait = FIRST_WAIT_MS;
    bool failed = false;

    while (rows_left(s) > 0) {
        struct ym_err why = {0};
        bool again = false;

        if (send_once(s, &again, &why) == YM_OK) {
            break;
        }
        if (!again || ym_now_ns() - start >= most || s->base.stopping) {
            return give_up(s, &why, again, err);
        }
        if (!failed) {
            ym_store_say(&s->base, "%s; trying again for %u seconds", why.text, s->url->retry);
            failed = true;
        }
        wait_ms(s, wait);
        wait = wait * 2 < LAST_WAIT_MS ? wait * 2 : LAST_WAIT_MS;
    }
    if (failed) {
        ym_store_say(&s->base, "all shards have taken their records again");
    }
    return YM_OK;
}

/* --- a transaction --- */

static ym_status new_batch(struct ym_click *s, struct ym_err *err) {
    struct ym_map *batch = ym_map_new(SEND_RECORDS);
    struct timespec now = {0};

    if (batch == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for records");
    }
    ym_map_free(s->batch);
    s->batch = batch;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    s->age = UINT64_MAX - ((uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
    return YM_OK;
}

static ym_status begin(struct ym_store *base, struct ym_err *err) {
    struct ym_click *s = ym_click_of(base);

    forget_rows(s);
    s->broken = false;
    return new_batch(s, err);
}

static void rollback(struct ym_store *base) {
    struct ym_click *s = ym_click_of(base);

    forget_rows(s);
    ym_map_free(s->batch);
    s->batch = NULL;
    s->broken = false;
}

static ym_status commit(struct ym_store *base, struct ym_err *err) {
    struct ym_click *s = ym_click_of(base);

    if (s->broken) {
        return ym_fail_at(err, YM_IO, MODULE, base->name, 0, 0,
                          "a record could not be put whole: the transaction must be taken back");
    }
    YM_TRY(send_all(s, err));
    rollback(base); /* nothing is left to send */
    return YM_OK;
}

/* The last bytes decide, the first ones order the rows of a shard: both are random. */
static unsigned shard_of(const struct ym_click *s, const uint8_t who[YM_RECORD_ID_SIZE]) {
    uint64_t v = 0;

    for (unsigned i = YM_RECORD_ID_SIZE - 8; i < YM_RECORD_ID_SIZE; i++) {
        v = v << 8 | who[i];
    }
    return (unsigned)(v % s->url->n_shards);
}

static bool is_full(const struct ym_click *s) {
    size_t bytes = 0;

    for (unsigned i = 0; i < s->url->n_shards; i++) {
        bytes += s->shard[i].rows.len;
    }
    return bytes >= SEND_BYTES || ym_map_count(s->batch) >= SEND_RECORDS;
}

static ym_status put(struct ym_store *base, const struct ym_record *record, bool *ret_new,
                     struct ym_err *err) {
    struct ym_click *s = ym_click_of(base);
    const uint8_t *who = ym_click_who(record);
    struct ym_click_shard *shard = &s->shard[shard_of(s, who)];
    char key[KEY_SIZE];
    uint64_t known = 0;
    ym_status st;

    memcpy(key, who, YM_RECORD_ID_SIZE);
    memcpy(key + YM_RECORD_ID_SIZE, record->id, YM_RECORD_ID_SIZE);
    memcpy(key + 2 * (size_t)YM_RECORD_ID_SIZE, &record->time, sizeof(record->time));
    if (ym_map_get(s->batch, key, sizeof(key), &known)) {
        *ret_new = false;
        return YM_OK;
    }
    ym_click_row_encode(record, s->age, &shard->rows);
    st = ym_buf_status(&shard->rows);
    st = st == YM_OK ? ym_map_put(s->batch, key, sizeof(key), 1) : st;
    if (st != YM_OK) {
        s->broken = true;
        return ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "no memory for records");
    }
    shard->n_rows++;
    *ret_new = true;
    if (is_full(s)) {
        YM_TRY(send_all(s, err));
        return new_batch(s, err);
    }
    return YM_OK;
}

/* --- opening --- */

static void close_store(struct ym_store *base) {
    struct ym_click *s = ym_click_of(base);

    ym_map_free(s->batch);
    ym_click_forget(s);
    for (unsigned i = 0; i < YM_CLICK_SHARDS_MAX; i++) {
        ym_buf_done(&s->shard[i].rows);
        ym_free(s->shard[i].counted);
    }
    ym_click_client_close(s->client);
    ym_free(s);
}

static ym_status refresh(struct ym_store *base, struct ym_err *err) {
    return ym_click_count(ym_click_of(base), err);
}

static const struct ym_store_ops ops = {
    .kind = "clickhouse",
    .blind = true,
    .close = close_store,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .put = put,
    .each = ym_click_each,
    .refresh = refresh,
    .sums = ym_click_sums,
    .sums_text = ym_click_sums_text,
};

static ym_status open_store(struct ym_click *s, const char *path, enum ym_store_mode mode,
                            struct ym_err *err) {
    struct ym_click_url url;
    ym_status st;

    YM_TRY(ym_click_url_parse(path, &url, err));
    (void)snprintf(s->base.name, sizeof(s->base.name), "%s", url.shown);
    st = ym_click_client_open(&url, &s->client, err);
    explicit_bzero(&url, sizeof(url));
    YM_TRY(st);
    s->url = ym_click_client_url(s->client);
    return ym_click_prepare(s, mode, err);
}

ym_status ym_click_open(const char *path, enum ym_store_mode mode, struct ym_store **ret_store,
                        struct ym_err *err) {
    struct ym_click *s = ym_zalloc(1, sizeof(*s));
    ym_status st;

    if (s == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for a store");
    }
    s->base.ops = &ops;
    for (unsigned i = 0; i < YM_CLICK_SHARDS_MAX; i++) {
        ym_buf_init(&s->shard[i].rows, SEND_BYTES + ROW_MAX);
    }
    st = open_store(s, path, mode, err);
    if (st != YM_OK) {
        close_store(&s->base);
        return st;
    }
    *ret_store = &s->base;
    return YM_OK;
}
