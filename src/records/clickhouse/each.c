/* each.c - records out of the shards: see ym_store_each() in records/store.h.
 *
 * Shard by shard and part by part, in no order within a part.  Rows are read while they come; a server finishes a
 * query before it sends its answer (client.h), so that none is short without saying so. */
#include "click.h"

#include "base/arena.h"
#include "base/reader.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include "rows.h"

#define MODULE "records/clickhouse"

enum {
    RECORD_MEMORY = 64 << 20,
    ROWS_MAX = 72 << 20, /* bytes of a row that is not whole yet */
};

struct each {
    struct ym_click *s;
    ym_store_fn *fn;
    void *user;
    struct ym_arena *arena;
    struct ym_buf left; /* the begin of a row */
};

/* Takes the whole rows; *ret_used: their bytes. */
static ym_status take_rows(struct each *e, const uint8_t *p, size_t n, size_t *ret_used,
                           struct ym_err *err) {
    struct ym_reader r;
    ym_status st = YM_OK;

    ym_reader_init(&r, p, n);
    while (ym_reader_left(&r) > 0) {
        struct ym_record record;

        ym_arena_reset(e->arena);
        st = ym_click_row_decode(&r, e->arena, &record);
        if (st == YM_TRUNCATED) {
            return YM_OK;
        }
        if (st != YM_OK) {
            return ym_fail_at(err, st, MODULE, e->s->base.name, 0, 0,
                              "a record of the store cannot be read");
        }
        YM_TRY(e->fn(e->user, &record, err));
        *ret_used = r.pos;
    }
    return YM_OK;
}

static ym_status take_bytes(void *user, const void *data, size_t n, struct ym_err *err) {
    struct each *e = user;
    size_t used = 0;

    ym_buf_add(&e->left, data, n);
    if (ym_buf_status(&e->left) != YM_OK) {
        return ym_fail(err, ym_buf_status(&e->left), MODULE, YM_ERR_NO_OFFSET,
                       "a record of the store is larger than may be");
    }
    YM_TRY(take_rows(e, e->left.data, e->left.len, &used, err));
    memmove(e->left.data, e->left.data + used, e->left.len - used);
    ym_buf_cut(&e->left, e->left.len - used);
    return YM_OK;
}

static ym_status walk_part(struct each *e, unsigned shard, const struct ym_str *part,
                           struct ym_err *err) {
    char query[1536];
    struct ym_click_ask ask = {.shard = shard, .query = query, .take = take_bytes, .user = e};
    uint32_t number = 0;

    if (!ym_parse_u32(part->s, part->n, &number)) {
        return ym_fail_at(err, YM_MALFORMED, MODULE, e->s->base.name, 0, 0,
                          "the parts of a shard cannot be read");
    }
    (void)snprintf(query, sizeof(query),
                   "SELECT %s FROM execution FINAL WHERE part=%u FORMAT RowBinary",
                   ym_click_columns, number);
    ym_buf_clear(&e->left);
    YM_TRY(ym_click_run(e->s->client, &ask, 1, err));
    return e->left.len == 0 ? YM_OK
                            : ym_fail_at(err, YM_TRUNCATED, MODULE, e->s->base.name, 0, 0,
                                         "the last record of a shard's answer is not whole");
}

static ym_status walk_shard(struct each *e, unsigned shard, struct ym_err *err) {
    struct ym_buf parts;
    struct ym_fields f;
    struct ym_str part;
    ym_status st;

    ym_buf_init(&parts, YM_CLICK_SMALL_ANSWER);
    st = ym_click_one(e->s, shard, "SELECT DISTINCT part FROM execution ORDER BY part FORMAT TSV",
                      &parts, err);
    ym_fields_init(&f, parts.len == 0 ? "" : (const char *)parts.data, parts.len, '\n');
    while (st == YM_OK && ym_fields_next(&f, &part) && part.n > 0) {
        st = walk_part(e, shard, &part, err);
    }
    ym_buf_done(&parts);
    return st;
}

ym_status ym_click_each(struct ym_store *base, ym_store_fn *fn, void *user, struct ym_err *err) {
    struct each e = {.s = ym_click_of(base), .fn = fn, .user = user};
    ym_status st = YM_OK;

    e.arena = ym_arena_new(RECORD_MEMORY);
    if (e.arena == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory to read the store");
    }
    ym_buf_init(&e.left, ROWS_MAX);
    for (unsigned i = 0; st == YM_OK && i < e.s->url->n_shards; i++) {
        st = walk_shard(&e, i, err);
    }
    ym_buf_done(&e.left);
    ym_arena_free(e.arena);
    return st;
}
