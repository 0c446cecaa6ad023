/* sums.c - rows of sums out of the shards, added up.  See ym_store_sums() in records/store.h.
 *
 * Each shard gives its rows in order, of those generations that were noted when the store was counted (count.c): all
 * sums that are read through one handle are of one state.  The client merges them; rows with the same
 * texts and month are added, those of several slices of one shard, too. */
#include "click.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/reader.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "rows.h"
#include "sums_int.h"

#define MODULE "records/clickhouse"

enum {
    QUERY_MAX = 256 << 10,
    ANSWERS_MAX = 512 << 20, /* bytes of the rows of all shards */
    ROW_MEMORY = 4 << 20,    /* of the texts of one row */
    KEPT_MAX = 32,           /* margins */
    KEPT_BYTES = 16 << 20,   /* of the rows of one */
};

static unsigned bits_of(unsigned v) {
    return (unsigned)__builtin_popcount(v);
}

/* --- tables --- */

void ym_click_sums_schema(enum ym_sums kind, struct ym_buf *out) {
    const struct ym_sums_kind *k = &ym_sums_kinds[kind];

    ym_buf_printf(out,
                  "CREATE TABLE IF NOT EXISTS %s(part Int32,generation UInt64,margin UInt32,"
                  "month Int32",
                  k->table);
    for (unsigned i = 0; i < k->n_dims; i++) {
        ym_buf_printf(out, ",%s String", k->dims[i]);
    }
    for (unsigned i = 0; i < k->n_counts; i++) {
        ym_buf_printf(out, ",%s UInt64", k->counts[i].name);
    }
    ym_buf_add_text(out, ") ENGINE=MergeTree ORDER BY (margin,month");
    for (unsigned i = 0; i < k->n_dims; i++) {
        ym_buf_printf(out, ",%s", k->dims[i]);
    }
    ym_buf_add_text(out, ")");
}

#define NOW "(part,generation) IN (SELECT part,max(generation) FROM counted GROUP BY part)"

void ym_click_sums_view(enum ym_sums kind, struct ym_buf *out) {
    const struct ym_sums_kind *k = &ym_sums_kinds[kind];

    ym_buf_printf(out, "CREATE VIEW IF NOT EXISTS %s_now AS SELECT margin,month", k->table);
    for (unsigned i = 0; i < k->n_dims; i++) {
        ym_buf_printf(out, ",%s", k->dims[i]);
    }
    for (unsigned i = 0; i < k->n_counts; i++) {
        ym_buf_printf(out, ",%s", k->counts[i].name);
    }
    ym_buf_printf(out, " FROM %s WHERE " NOW, k->table);
}

/* --- queries --- */

static void put_columns(const struct ym_sums_kind *k, unsigned margin, struct ym_buf *out) {
    for (unsigned i = 0; i < k->n_dims; i++) {
        if ((margin & 1u << i) != 0) {
            ym_buf_printf(out, "%s,", k->dims[i]);
        }
    }
    ym_buf_add_text(out, "month");
}

static void put_select(const struct ym_sums_kind *k, unsigned margin, struct ym_buf *out) {
    ym_buf_add_text(out, "SELECT ");
    put_columns(k, margin, out);
    for (unsigned i = 0; i < k->n_counts; i++) {
        ym_buf_printf(out, ",%s", k->counts[i].name);
    }
    ym_buf_printf(out, " FROM %s WHERE margin=%u AND month BETWEEN ", k->table, margin);
}

/* False: the shard has no sums of these months. */
static bool put_query(const struct ym_click_shard *shard, const struct ym_sums_query *q,
                      struct ym_buf *out) {
    const struct ym_sums_kind *k = &ym_sums_kinds[q->kind];
    unsigned n = 0;

    put_select(k, q->margin, out);
    ym_buf_printf(out, "%d AND %d AND (part,generation) IN (", q->first, q->last);
    for (size_t i = 0; i < shard->n_counted; i++) {
        const struct ym_click_counted *c = &shard->counted[i];

        if (c->part == 0 || (c->part >= q->first && c->part <= q->last)) {
            ym_buf_printf(out, "%s(%d,%" PRIu64 ")", n++ == 0 ? "" : ",", c->part, c->generation);
        }
    }
    ym_buf_add_text(out, ") ORDER BY ");
    put_columns(k, q->margin, out);
    ym_buf_add_text(out, " FORMAT RowBinary");
    return n > 0;
}

/* --- rows --- */

struct source { /* the rows of one shard */
    struct ym_buf query, answer;
    struct ym_reader reader;
    struct ym_arena *arena; /* of the texts of the row */
    struct ym_sums_row row;
    bool there; /* a row */
};

struct merge {
    struct ym_click *s;
    const struct ym_sums_query *query;
    unsigned n_counts;
    struct source *source;
};

static ym_status next_row(struct merge *m, struct source *x, struct ym_err *err) {
    x->there = ym_reader_left(&x->reader) > 0;
    if (!x->there) {
        return YM_OK;
    }
    ym_arena_reset(x->arena);
    for (unsigned i = 0; i < x->row.n_keys; i++) {
        x->row.key[i] = ym_click_get_text(&x->reader, x->arena);
    }
    x->row.month = (int32_t)ym_get_u32le(&x->reader);
    for (unsigned i = 0; i < m->n_counts; i++) {
        x->row.count[i] = ym_get_u64le(&x->reader);
    }
    if (ym_reader_status(&x->reader) != YM_OK) {
        return ym_fail_at(err, ym_reader_status(&x->reader), MODULE, m->s->base.name, 0, 0,
                          "the rows of a shard cannot be read");
    }
    return YM_OK;
}

static int compare(const struct ym_sums_row *a, const struct ym_sums_row *b) {
    for (unsigned i = 0; i < a->n_keys; i++) {
        int order = strcmp(a->key[i], b->key[i]);

        if (order != 0) {
            return order;
        }
    }
    return a->month < b->month ? -1 : a->month > b->month;
}

/* A sum stays at its maximum. */
static void add(struct merge *m, struct ym_sums_row *to, const struct ym_sums_row *more) {
    for (unsigned i = 0; i < m->n_counts; i++) {
        uint64_t sum = 0;
        bool fits = !__builtin_add_overflow(to->count[i], more->count[i], &sum);

        to->count[i] = fits && sum < YM_SUM_MAX ? sum : YM_SUM_MAX;
    }
}

/* Texts of the row are in an arena of their own: its shard may go on. */
static bool copy_row(const struct ym_sums_row *from, struct ym_arena *arena,
                     struct ym_sums_row *ret) {
    *ret = *from;
    ym_arena_reset(arena);
    for (unsigned i = 0; i < from->n_keys; i++) {
        ret->key[i] = ym_arena_strndup(arena, from->key[i], strlen(from->key[i]));
        if (ret->key[i] == NULL) {
            return false;
        }
    }
    return true;
}

static ym_status merge(struct merge *m, struct ym_arena *arena, ym_sums_fn *fn, void *user,
                       struct ym_err *err) {
    const unsigned n = m->s->url->n_shards;
    struct ym_sums_row row;

    for (unsigned i = 0; i < n; i++) {
        YM_TRY(next_row(m, &m->source[i], err));
    }
    for (;;) {
        const struct source *least = NULL;

        for (unsigned i = 0; i < n; i++) {
            struct source *x = &m->source[i];

            if (x->there && (least == NULL || compare(&x->row, &least->row) < 0)) {
                least = x;
            }
        }
        if (least == NULL) {
            return YM_OK;
        }
        if (!copy_row(&least->row, arena, &row)) {
            return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for sums");
        }
        memset(row.count, 0, sizeof(row.count));
        for (unsigned i = 0; i < n; i++) {
            struct source *x = &m->source[i];

            while (x->there && compare(&x->row, &row) == 0) {
                add(m, &row, &x->row);
                YM_TRY(next_row(m, x, err));
            }
        }
        YM_TRY(fn(user, &row, err));
    }
}

static ym_status fetch(struct merge *m, struct ym_err *err) {
    struct ym_click_ask asks[YM_CLICK_SHARDS_MAX];
    struct ym_click *s = m->s;
    size_t n = 0;

    for (unsigned i = 0; i < s->url->n_shards; i++) {
        struct source *x = &m->source[i];

        if (put_query(&s->shard[i], m->query, &x->query)) {
            asks[n] = (struct ym_click_ask){
                .shard = i, .query = (const char *)x->query.data, .out = &x->answer};
            n++;
        }
        if (ym_buf_status(&x->query) != YM_OK) {
            return ym_fail(err, ym_buf_status(&x->query), MODULE, YM_ERR_NO_OFFSET,
                           "no memory for a query");
        }
    }
    YM_TRY(ym_click_run(s->client, asks, n, err));
    for (unsigned i = 0; i < s->url->n_shards; i++) {
        ym_reader_init(&m->source[i].reader, m->source[i].answer.data, m->source[i].answer.len);
    }
    return YM_OK;
}

static void done(struct merge *m) {
    for (unsigned i = 0; m->source != NULL && i < m->s->url->n_shards; i++) {
        ym_buf_done(&m->source[i].query);
        ym_buf_done(&m->source[i].answer);
        ym_arena_free(m->source[i].arena);
    }
    ym_free(m->source);
}

static ym_status make_sources(struct merge *m, struct ym_err *err) {
    const unsigned n = m->s->url->n_shards;

    m->source = ym_zalloc(n, sizeof(*m->source));
    for (unsigned i = 0; m->source != NULL && i < n; i++) {
        ym_buf_init(&m->source[i].query, QUERY_MAX);
        ym_buf_init(&m->source[i].answer, ANSWERS_MAX / n);
        m->source[i].row.n_keys = bits_of(m->query->margin);
    }
    for (unsigned i = 0; m->source != NULL && i < n; i++) {
        m->source[i].arena = ym_arena_new(ROW_MEMORY);
        if (m->source[i].arena == NULL) {
            return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for sums");
        }
    }
    return m->source != NULL
               ? YM_OK
               : ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for sums");
}

static ym_status ask_shards(struct ym_click *s, const struct ym_sums_query *query, ym_sums_fn *fn,
                            void *user, struct ym_err *err) {
    struct merge m = {.s = s, .query = query, .n_counts = ym_sums_kinds[query->kind].n_counts};
    struct ym_arena *arena = ym_arena_new(ROW_MEMORY);
    ym_status st = arena == NULL
                       ? ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for sums")
                       : make_sources(&m, err);

    st = st == YM_OK ? fetch(&m, err) : st;
    st = st == YM_OK ? merge(&m, arena, fn, user, err) : st;
    done(&m);
    ym_arena_free(arena);
    return st;
}

/* --- margins that were read --- */

/* A report reads the same few margins for many periods: all months of a margin are asked for once, and kept as rows one
 * after another, while there is room. */
struct ym_click_kept {
    enum ym_sums kind;
    unsigned margin;
    bool whole; /* else there are too many rows: the shards are asked each time */
    struct ym_buf rows;
};

struct ym_click_cache {
    struct ym_click_kept kept[KEPT_MAX];
    size_t n;
};

void ym_click_forget(struct ym_click *s) {
    for (size_t i = 0; s->cache != NULL && i < s->cache->n; i++) {
        ym_buf_done(&s->cache->kept[i].rows);
    }
    ym_free(s->cache);
    s->cache = NULL;
}

struct keeping {
    struct ym_click_kept *kept;
    unsigned n_counts;
};

/* Each text with its zero, month, counts.  What does not fit makes the buffer fail, and is seen at the end. */
static ym_status keep_row(void *user, const struct ym_sums_row *row, struct ym_err *err) {
    struct keeping *k = user;

    (void)err;
    for (unsigned i = 0; i < row->n_keys; i++) {
        ym_buf_add(&k->kept->rows, row->key[i], strlen(row->key[i]) + 1);
    }
    ym_buf_add(&k->kept->rows, &row->month, sizeof(row->month));
    ym_buf_add(&k->kept->rows, row->count, k->n_counts * sizeof(row->count[0]));
    return YM_OK;
}

static ym_status fill(struct ym_click *s, struct ym_click_kept *kept, struct ym_err *err) {
    const struct ym_sums_query all = {kept->kind, kept->margin, 0, INT_MAX};
    struct keeping k = {kept, ym_sums_kinds[kept->kind].n_counts};

    ym_buf_init(&kept->rows, KEPT_BYTES);
    YM_TRY(ask_shards(s, &all, keep_row, &k, err));
    kept->whole = ym_buf_status(&kept->rows) == YM_OK;
    if (!kept->whole) {
        ym_buf_done(&kept->rows);
    }
    return YM_OK;
}

/* NULL: no memory for it; the shards can be asked all the same. */
static struct ym_click_kept *find(struct ym_click *s, const struct ym_sums_query *q,
                                  bool *ret_new) {
    if (s->cache == NULL) {
        s->cache = ym_zalloc(1, sizeof(*s->cache));
    }
    for (size_t i = 0; s->cache != NULL && i < s->cache->n; i++) {
        if (s->cache->kept[i].kind == q->kind && s->cache->kept[i].margin == q->margin) {
            return &s->cache->kept[i];
        }
    }
    if (s->cache == NULL || s->cache->n == KEPT_MAX) {
        return NULL;
    }
    *ret_new = true;
    s->cache->kept[s->cache->n] = (struct ym_click_kept){.kind = q->kind, .margin = q->margin};
    return &s->cache->kept[s->cache->n++];
}

static ym_status give(const struct ym_click_kept *kept, const struct ym_sums_query *q,
                      ym_sums_fn *fn, void *user, struct ym_err *err) {
    struct ym_sums_row row = {.n_keys = bits_of(q->margin)};
    size_t counts = ym_sums_kinds[q->kind].n_counts * sizeof(row.count[0]);

    for (size_t at = 0; at < kept->rows.len; at += counts) {
        for (unsigned i = 0; i < row.n_keys; i++) {
            row.key[i] = (const char *)kept->rows.data + at;
            at += strlen(row.key[i]) + 1;
        }
        memcpy(&row.month, kept->rows.data + at, sizeof(row.month));
        at += sizeof(row.month);
        if (row.month >= q->first && row.month <= q->last) {
            memcpy(row.count, kept->rows.data + at, counts);
            YM_TRY(fn(user, &row, err));
        }
    }
    return YM_OK;
}

ym_status ym_click_sums(struct ym_store *base, const struct ym_sums_query *query, ym_sums_fn *fn,
                        void *user, struct ym_err *err) {
    struct ym_click *s = ym_click_of(base);
    struct ym_click_kept *kept;
    bool is_new = false;

    if (!s->counted) {
        YM_TRY(ym_click_count(s, err));
    }
    kept = find(s, query, &is_new);
    if (kept != NULL && is_new) {
        ym_status st = fill(s, kept, err);

        if (st != YM_OK) {
            ym_click_forget(s);
            return st;
        }
    }
    return kept != NULL && kept->whole ? give(kept, query, fn, user, err)
                                       : ask_shards(s, query, fn, user, err);
}

/* --- texts for publication --- */

#define CLEANED "run='clean' AND outcome IN ('cleaned','partly')"
#define MET "run='guard' AND outcome!='none'"
#define DIFFERENT(which) "uniqExactIf(who," which ")"

static const struct {
    const char *from;
    const char *count[YM_SUMS_COUNTS_MAX];
} plain[YM_SUMS_COUNT] = {
    [YM_SUMS_RATE] = {"execution FINAL WHERE month BETWEEN ?1 AND ?2",
                      {"count()", "sum(run='clean')", "sum(run='guard')", "sum(run='audit')",
                       "sum(run='observe')", "sum(gaps>0)", "sum(simulated)",
                       DIFFERENT("run='clean'"), DIFFERENT(CLEANED), DIFFERENT("run='guard'"),
                       DIFFERENT(MET), DIFFERENT("run='audit'")}},
    [YM_SUMS_THREAT] = {"execution FINAL ARRAY JOIN detection WHERE ((" CLEANED ") OR (" MET
                        ")) AND month BETWEEN ?1 AND ?2",
                        {"count()", "uniqExact(who)", DIFFERENT(CLEANED), DIFFERENT(MET)}},
    [YM_SUMS_EXPOSURE] = {"execution FINAL ARRAY JOIN exposure WHERE run='audit' AND month "
                          "BETWEEN ?1 AND ?2",
                          {"uniqExact(who)"}},
    [YM_SUMS_OBSERVATION] = {"execution FINAL ARRAY JOIN observation WHERE run='observe' AND "
                             "month BETWEEN ?1 AND ?2",
                             {"count()", "sum(least(observation.count,1099511627776))"}},
};

static const char *list_of(enum ym_sums kind, unsigned dim) {
    if (kind == YM_SUMS_THREAT) {
        return dim >= YM_THREAT_AT_FAMILY ? "detection." : "";
    }
    if (dim == 0 || kind == YM_SUMS_RATE) {
        return "";
    }
    return kind == YM_SUMS_EXPOSURE ? "exposure." : "observation.";
}

/* On each shard; rows with the same key are added. */
void ym_click_sums_text(struct ym_store *base, enum ym_sums kind, unsigned margin,
                        struct ym_buf *sql, struct ym_buf *definition) {
    const struct ym_sums_kind *k = &ym_sums_kinds[kind];

    (void)base;
    put_select(k, margin, sql);
    ym_buf_add_text(sql, "?1 AND ?2 AND " NOW " ORDER BY ");
    put_columns(k, margin, sql);
    ym_buf_add_text(definition, "SELECT ");
    for (unsigned i = 0; i < k->n_dims; i++) {
        if ((margin & 1u << i) != 0) {
            ym_buf_printf(definition, "toString(%s%s) AS d%u,", list_of(kind, i), k->dims[i], i);
        }
    }
    ym_buf_add_text(definition, "month");
    for (unsigned i = 0; i < k->n_counts; i++) {
        ym_buf_printf(definition, ",%s AS n%u", plain[kind].count[i], i);
    }
    ym_buf_printf(definition, " FROM %s GROUP BY ", plain[kind].from);
    for (int again = 0; again < 2; again++) {
        ym_buf_add_text(definition, again != 0 ? " ORDER BY " : "");
        for (unsigned i = 0; i < k->n_dims; i++) {
            if ((margin & 1u << i) != 0) {
                ym_buf_printf(definition, "d%u,", i);
            }
        }
        ym_buf_add_text(definition, "month");
    }
}
