/* count.c - the sums of a store in ClickHouse, made again for the months that have changed.
 *
 * Records come in without being counted.  Before sums are read, each shard makes those of its changed parts
 * (a part of `execution` is a month) anew, from all records of the part: exact, whatever came twice or late.
 *
 * *Has it changed?*  ClickHouse numbers what is inserted into a table; the largest number in a part (system.parts,
 * max_block_number) grows with each insertion and with nothing else.  It is read first, then the part is counted,
 * then the number is written to `counted` with the sums' *generation*.  What came in between is perhaps in these sums
 * and surely in the next ones, as the number in the part is larger now.
 *
 * *Half done is not seen.*  Rows of sums carry their generation, and readers take for each part the largest one that
 * `counted` has.  Its row is written last, when all sums are on disk.  Generations are times in microseconds, made larger
 * than any that is there; those that nobody reads any more (see below), or that a kill left, are deleted. */
#include "click.h"

#include "base/alloc.h"
#include "base/reader.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sums_int.h"

#define MODULE "records/clickhouse"

enum {
    SLICE_RECORDS = 1000000,
    QUERY_MAX = 64 << 10,
    DROPS_MAX = 1000,
    ROW_OF_PARTS = 4 + 8 + 8,
};

#define OLD_US UINT64_C(3600000000) /* so long is a generation read after the next one was made */

/* Memory of one query; more goes to the server's disk, and past the last it fails. */
static const char settings[] =
    "max_bytes_before_external_group_by=1000000000&max_memory_usage=3000000000";

/* --- what has changed --- */

struct part {
    int32_t part;
    int64_t block, counted; /* its largest block; that of its sums, -1: it has none */
    uint64_t records;
    uint64_t generation; /* of its sums */
};

struct work { /* of one shard */
    struct part *part;
    size_t n;
    uint64_t newest; /* generation */
    /* What is being done: part[at], and in it a slice and a kind. */
    size_t at;
    struct ym_click_slice slice;
    unsigned kind; /* YM_SUMS_COUNT: `counted` is next */
    bool begun;
};

static ym_status not_read(struct ym_click *s, unsigned shard, ym_status st, struct ym_err *err) {
    return ym_fail_at(err, st, MODULE, s->base.name, 0, 0,
                      "shard %s:%u tells of its parts what cannot be read",
                      s->url->shard[shard].name, s->url->shard[shard].port);
}

/* Both answers are ordered by part. */
static ym_status read_parts(const struct ym_buf *answer, struct work *w) {
    struct ym_reader r;

    ym_reader_init(&r, answer->data, answer->len);
    w->n = 0;
    w->part = ym_zalloc(answer->len / ROW_OF_PARTS + 1, sizeof(*w->part));
    if (w->part == NULL) {
        return YM_NOMEM;
    }
    while (ym_reader_left(&r) > 0 && ym_reader_ok(&r)) {
        struct part *p = &w->part[w->n++];

        p->part = (int32_t)ym_get_u32le(&r);
        p->block = (int64_t)ym_get_u64le(&r);
        p->records = ym_get_u64le(&r);
        p->counted = -1;
    }
    return ym_reader_status(&r);
}

/* Sums of a part whose records were taken away stay. */
static ym_status read_counted(const struct ym_buf *answer, struct work *w) {
    size_t old = w->n;
    struct part *more =
        ym_realloc_array(w->part, old + answer->len / ROW_OF_PARTS + 1, sizeof(*w->part));
    struct ym_reader r;
    size_t i = 0;

    if (more == NULL) {
        return YM_NOMEM;
    }
    w->part = more;
    ym_reader_init(&r, answer->data, answer->len);
    while (ym_reader_left(&r) > 0 && ym_reader_ok(&r)) {
        struct part c = {.part = (int32_t)ym_get_u32le(&r)};

        c.block = c.counted = (int64_t)ym_get_u64le(&r);
        c.generation = ym_get_u64le(&r);
        w->newest = c.generation > w->newest ? c.generation : w->newest;
        while (i < old && w->part[i].part < c.part) {
            i++;
        }
        if (i < old && w->part[i].part == c.part) {
            w->part[i].counted = c.counted;
            w->part[i].generation = c.generation;
        } else {
            w->part[w->n++] = c;
        }
    }
    return ym_reader_status(&r);
}

/* The blocks are read before anything is counted: see above. */
static ym_status look(struct ym_click *s, struct work *work, struct ym_err *err) {
    static const char counted[] =
        "SELECT part,argMax(block,generation),max(generation) FROM counted "
        "GROUP BY part ORDER BY part FORMAT RowBinary";
    struct ym_buf answer[2][YM_CLICK_SHARDS_MAX];
    char parts[512];
    ym_status st;

    (void)snprintf(parts, sizeof(parts),
                   "SELECT toInt32(partition) AS p,toInt64(max(max_block_number)),"
                   "toUInt64(sum(rows)) FROM system.parts WHERE database='%s' AND "
                   "table='execution' AND active GROUP BY p ORDER BY p FORMAT RowBinary",
                   s->url->database);
    for (unsigned i = 0; i < s->url->n_shards; i++) {
        ym_buf_init(&answer[0][i], YM_CLICK_SMALL_ANSWER);
        ym_buf_init(&answer[1][i], YM_CLICK_SMALL_ANSWER);
    }
    st = ym_click_all(s, parts, false, answer[0], err);
    st = st == YM_OK ? ym_click_all(s, counted, false, answer[1], err) : st;
    for (unsigned i = 0; st == YM_OK && i < s->url->n_shards; i++) {
        st = read_parts(&answer[0][i], &work[i]);
        st = st == YM_OK ? read_counted(&answer[1][i], &work[i]) : st;
        st = st == YM_OK ? st : not_read(s, i, st, err);
    }
    for (unsigned i = 0; i < s->url->n_shards; i++) {
        ym_buf_done(&answer[0][i]);
        ym_buf_done(&answer[1][i]);
    }
    return st;
}

/* --- counting --- */

static uint64_t now_us(void) {
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The next part that has changed; false: there is none. */
static bool begin_part(struct work *w) {
    while (w->at < w->n && w->part[w->at].block == w->part[w->at].counted) {
        w->at++;
    }
    if (w->at == w->n) {
        return false;
    }
    if (!w->begun) {
        uint64_t now = now_us();
        uint64_t slices = w->part[w->at].records / SLICE_RECORDS + 1;

        w->newest = now > w->newest ? now : w->newest + 1;
        w->slice = (struct ym_click_slice){
            .part = w->part[w->at].part,
            .generation = w->newest,
            .of = slices < YM_CLICK_SLICES_MAX ? (unsigned)slices : YM_CLICK_SLICES_MAX};
        w->kind = 0;
        w->begun = true;
    }
    return true;
}

static void next_query(const struct work *w, struct ym_buf *out) {
    ym_buf_clear(out);
    if (w->kind < YM_SUMS_COUNT) {
        ym_click_count_sql(w->kind, &w->slice, out);
    } else {
        ym_buf_printf(out, "INSERT INTO counted VALUES (%d,%lld,%" PRIu64 ")", w->slice.part,
                      (long long)w->part[w->at].block, w->slice.generation);
    }
}

static void advance(struct work *w) {
    struct part *p = &w->part[w->at];

    if (w->kind == YM_SUMS_COUNT) {
        p->counted = p->block;
        p->generation = w->slice.generation;
        w->begun = false;
    } else if (w->slice.at + 1 < w->slice.of) {
        w->slice.at++;
    } else {
        w->slice.at = 0;
        w->kind++;
    }
}

/* One query on each shard that has work; *ret_more: there was any. */
static ym_status step(struct ym_click *s, struct work *work, struct ym_buf *query, bool *ret_more,
                      struct ym_err *err) {
    struct ym_click_ask asks[YM_CLICK_SHARDS_MAX];
    size_t n = 0;

    for (unsigned i = 0; i < s->url->n_shards; i++) {
        if (begin_part(&work[i])) {
            next_query(&work[i], &query[i]);
            if (ym_buf_status(&query[i]) != YM_OK) {
                return ym_fail(err, ym_buf_status(&query[i]), MODULE, YM_ERR_NO_OFFSET,
                               "no memory for a query");
            }
            asks[n] = (struct ym_click_ask){
                .shard = i, .query = (const char *)query[i].data, .settings = settings};
            n++;
        }
    }
    *ret_more = n > 0;
    YM_TRY(ym_click_run(s->client, asks, n, err));
    for (size_t i = 0; i < n; i++) {
        advance(&work[asks[i].shard]);
    }
    return YM_OK;
}

static ym_status count_all(struct ym_click *s, struct work *work, bool *ret_any,
                           struct ym_err *err) {
    struct ym_buf query[YM_CLICK_SHARDS_MAX];
    ym_status st = YM_OK;
    bool more = true;

    for (unsigned i = 0; i < s->url->n_shards; i++) {
        ym_buf_init(&query[i], QUERY_MAX);
    }
    while (st == YM_OK && more) {
        if (s->base.stopping) {
            st = ym_fail(err, YM_CANCELLED, MODULE, YM_ERR_NO_OFFSET, "counting was stopped");
            break;
        }
        st = step(s, work, query, &more, err);
        *ret_any = *ret_any || more;
    }
    for (unsigned i = 0; i < s->url->n_shards; i++) {
        ym_buf_done(&query[i]);
    }
    return st;
}

/* --- what nobody reads any more --- */

/* "24109 TAB 1764452943000000" a line: of the part, generations below that. */
static ym_status put_old(const struct ym_buf *lines, struct ym_buf *out) {
    struct ym_fields f;
    struct ym_str line;

    ym_fields_init(&f, (const char *)lines->data, lines->len, '\n');
    while (ym_fields_next(&f, &line) && line.n > 0) {
        const char *tab = memchr(line.s, '\t', line.n);
        size_t n = tab == NULL ? line.n : (size_t)(tab - line.s);
        uint64_t generation = 0;
        uint32_t part = 0;

        if (tab == NULL || !ym_parse_u32(line.s, n, &part) ||
            !ym_parse_u64(tab + 1, line.n - n - 1, &generation)) {
            return YM_MALFORMED;
        }
        ym_buf_printf(out, "%s(part=%u AND generation<%" PRIu64 ")", out->len == 0 ? "" : " OR ",
                      part, generation);
    }
    return ym_buf_status(out);
}

static ym_status delete_old(struct ym_click *s, unsigned shard, const struct ym_buf *old,
                            struct ym_err *err) {
    struct ym_buf query;
    ym_status st = YM_OK;

    ym_buf_init(&query, QUERY_MAX);
    for (unsigned kind = 0; st == YM_OK && kind < YM_SUMS_COUNT; kind++) {
        ym_buf_clear(&query);
        ym_buf_printf(&query, "ALTER TABLE %s DELETE WHERE %s", ym_sums_kinds[kind].table,
                      (const char *)old->data);
        st = ym_buf_status(&query);
        st = st == YM_OK ? ym_click_one(s, shard, (const char *)query.data, NULL, err)
                         : not_read(s, shard, st, err);
    }
    ym_buf_done(&query);
    return st;
}

/* A report that noted a generation may read it for an hour after the next one was made.  So of each part there
 * stay the last one that is an hour old, and what is younger.  The server deletes when it has time. */
static ym_status drop_old(struct ym_click *s, unsigned shard, struct ym_err *err) {
    struct ym_buf lines;
    struct ym_buf old;
    uint64_t now = now_us();
    char query[512];
    ym_status st;

    (void)snprintf(query, sizeof(query),
                   "SELECT part,max(oldest) FROM (SELECT DISTINCT part,generation FROM %s) ANY "
                   "INNER JOIN (SELECT part,max(generation) AS oldest FROM counted WHERE "
                   "generation<=%" PRIu64 " GROUP BY part) USING part WHERE generation<oldest "
                   "GROUP BY part LIMIT %d FORMAT TSV",
                   ym_sums_kinds[YM_SUMS_RATE].table, now > OLD_US ? now - OLD_US : 0, DROPS_MAX);
    ym_buf_init(&lines, YM_CLICK_SMALL_ANSWER);
    ym_buf_init(&old, QUERY_MAX);
    st = ym_click_one(s, shard, query, &lines, err);
    if (st == YM_OK && lines.len > 0) {
        st = put_old(&lines, &old);
        st = st == YM_OK ? delete_old(s, shard, &old, err) : not_read(s, shard, st, err);
    }
    ym_buf_done(&lines);
    ym_buf_done(&old);
    return st;
}

/* --- the whole --- */

static ym_status note(struct ym_click *s, const struct work *work, struct ym_err *err) {
    ym_click_forget(s);
    for (unsigned i = 0; i < s->url->n_shards; i++) {
        struct ym_click_counted *list = ym_zalloc(work[i].n + 1, sizeof(*list));

        if (list == NULL) {
            return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for a store");
        }
        for (size_t j = 0; j < work[i].n; j++) {
            list[j] = (struct ym_click_counted){work[i].part[j].part, work[i].part[j].generation};
        }
        ym_free(s->shard[i].counted);
        s->shard[i].counted = list;
        s->shard[i].n_counted = work[i].n;
    }
    s->counted = true;
    return YM_OK;
}

ym_status ym_click_count(struct ym_click *s, struct ym_err *err) {
    struct work work[YM_CLICK_SHARDS_MAX] = {0};
    bool any = false;
    ym_status st = look(s, work, err);

    st = st == YM_OK ? count_all(s, work, &any, err) : st;
    st = st == YM_OK ? note(s, work, err) : st;
    for (unsigned i = 0; st == YM_OK && any && i < s->url->n_shards; i++) {
        st = drop_old(s, i, err);
    }
    for (unsigned i = 0; i < s->url->n_shards; i++) {
        ym_free(work[i].part);
    }
    return st;
}
