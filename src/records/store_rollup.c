/* store_rollup.c - the sums that a report reads, kept while records come in.
 *
 * What is counted of a record is a list of facts (sums_int.h).  A fact adds to one row of each margin
 * of its kind; so a report reads as many rows as its tables have, however many executions there are.
 *
 * A computer counts once in each row and month.  What it was counted for is kept in `seen` (rates)
 * and `found` (threats): month, computer, all dimensions, flags.  When a record comes, the rows
 * of its computer are read (mostly none, or one); a flag is new in a margin when no row with the
 * same values there has it.  That is exact for every margin, also for a computer that came with another
 * country or another system in the same month.  Exposures have no such table: an audit lists dozens,
 * so that what the computer's earlier audits of the month said is asked of them, and only when `seen` knows of one.
 *
 * Texts are numbered in `word`, so that these rows are small.  Sums of the open transaction are
 * kept in memory and are written before it is committed: with batches that is one write a row
 * instead of a dozen a record. */
#include "sqlite_int.h"

#include "base/alloc.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#define MODULE "records/rollup"

enum {
    DIMS_MAX = YM_SUMS_DIMS_MAX,
    COUNTS_MAX = YM_SUMS_COUNTS_MAX,
    WORDS_MAX = 20000, /* texts whose numbers are remembered */
    SUMS_MAX = 100000, /* rows of sums that wait; more are written before the commit */
    ROWS_MAX = 1000,   /* of one computer in a month; what comes after is not new anywhere */
    NOTHING = -1,
};
#define BIT(x) (1u << (x))

/* No padding: the bytes are the key of a map. */
struct key {
    int32_t kind, margin, month;
    int32_t dim[DIMS_MAX];
};
struct sum {
    struct key key;
    uint64_t count[COUNTS_MAX];
};
struct row { /* what the computer was counted for */
    int32_t dim[DIMS_MAX];
    unsigned flags;
};

struct ym_counter {
    struct ym_map *words; /* text -> number */
    struct ym_map *at;    /* bytes of a struct key -> index in sum */
    struct sum *sum;      /* SUMS_MAX */
    size_t n;
    struct row row[ROWS_MAX]; /* of the computer at hand, */
    size_t n_rows;
    int kind;        /* for this kind of sums; NOTHING: of another record */
    unsigned before; /* flags of the computer's rates before this record */
};

/* A fact with its texts as words. */
struct fact {
    const struct ym_fact *fact;
    const struct ym_sums_kind *kind;
    int32_t dim[DIMS_MAX];
};

/* --- the tables --- */

static const char *memory_of(enum ym_sums kind) {
    return kind == YM_SUMS_RATE ? "seen" : kind == YM_SUMS_THREAT ? "found" : NULL;
}

static void put_dims(const struct ym_sums_kind *k, const char *more, struct ym_buf *out) {
    for (unsigned i = 0; i < k->n_dims; i++) {
        ym_buf_printf(out, "%s%s,", k->dims[i], more);
    }
}

static void put_more_dims(const struct ym_sums_kind *k, struct ym_buf *out) {
    for (unsigned i = 0; i < k->n_dims; i++) {
        ym_buf_printf(out, ",%s", k->dims[i]);
    }
}

static void put_schema(enum ym_sums kind, struct ym_buf *out) {
    const struct ym_sums_kind *k = &ym_sums_kinds[kind];

    if (memory_of(kind) != NULL) {
        ym_buf_printf(out, "CREATE TABLE %s(month INTEGER NOT NULL,machine BLOB NOT NULL,",
                      memory_of(kind));
        put_dims(k, " INTEGER NOT NULL", out);
        ym_buf_add_text(out, "flags INTEGER NOT NULL,PRIMARY KEY(month,machine");
        put_more_dims(k, out);
        ym_buf_add_text(out, ")) WITHOUT ROWID;");
    }
    ym_buf_printf(out, "CREATE TABLE %s(margin INTEGER NOT NULL,month INTEGER NOT NULL,", k->table);
    put_dims(k, " INTEGER NOT NULL", out);
    for (unsigned i = 0; i < k->n_counts; i++) {
        ym_buf_printf(out, "%s INTEGER NOT NULL,", k->counts[i].name);
    }
    ym_buf_add_text(out, "PRIMARY KEY(margin,month");
    put_more_dims(k, out);
    ym_buf_add_text(out, ")) WITHOUT ROWID;");
}

void ym_rollup_schema(struct ym_buf *sql) {
    ym_buf_add_text(sql, "CREATE TABLE word(n INTEGER PRIMARY KEY,text TEXT NOT NULL UNIQUE);");
    for (unsigned kind = 0; kind < YM_SUMS_COUNT; kind++) {
        put_schema(kind, sql);
    }
}

static void put_values(unsigned n, struct ym_buf *out) {
    for (unsigned i = 1; i <= n; i++) {
        ym_buf_printf(out, "%s?%u", i == 1 ? " VALUES(" : ",", i);
    }
    ym_buf_add_text(out, ") ON CONFLICT DO UPDATE SET ");
}

static void put_add(enum ym_sums kind, struct ym_buf *out) {
    const struct ym_sums_kind *k = &ym_sums_kinds[kind];

    ym_buf_printf(out, "INSERT INTO %s", k->table);
    put_values(2 + k->n_dims + k->n_counts, out);
    for (unsigned i = 0; i < k->n_counts; i++) {
        const char *c = k->counts[i].name;

        ym_buf_printf(out, "%s%s=MIN(%s+excluded.%s,%llu)", i == 0 ? "" : ",", c, c, c,
                      (unsigned long long)YM_SUM_MAX);
    }
}

void ym_rollup_statement(enum ym_put which, struct ym_buf *sql) {
    bool rate = which == YM_GET_SEEN || which == YM_PUT_SEEN;
    enum ym_sums kind = rate ? YM_SUMS_RATE : YM_SUMS_THREAT;
    const struct ym_sums_kind *k = &ym_sums_kinds[kind];

    if (which == YM_GET_SEEN || which == YM_GET_FOUND) {
        ym_buf_add_text(sql, "SELECT ");
        put_dims(k, "", sql);
        ym_buf_printf(sql, "flags FROM %s WHERE month=?1 AND machine=?2", memory_of(kind));
    } else if (which == YM_PUT_SEEN || which == YM_PUT_FOUND) {
        ym_buf_printf(sql, "INSERT INTO %s", memory_of(kind));
        put_values(2 + k->n_dims + 1, sql);
        ym_buf_add_text(sql, "flags=flags|excluded.flags");
    } else if (which == YM_GET_EXPOSED) {
        ym_buf_add_text(sql, "SELECT DISTINCT country,kind,exposure.id,state," YM_SQLITE_BAND
                             " FROM execution JOIN exposure ON exposure.execution=execution.n"
                             " WHERE run='audit' AND month=?1 AND machine=?2 AND n<?3");
    } else {
        put_add((enum ym_sums)(which - YM_ADD_SUMS), sql);
    }
}

/* --- memory --- */

static ym_status no_memory(struct ym_err *err) {
    return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory to count records");
}

void ym_rollup_forget(struct ym_sqlite *s) {
    if (s->counter != NULL) {
        ym_map_free(s->counter->words);
        ym_map_free(s->counter->at);
        ym_free(s->counter->sum);
        ym_free(s->counter);
        s->counter = NULL;
    }
}

static ym_status begin(struct ym_sqlite *s, struct ym_err *err) {
    if (s->counter != NULL) {
        return YM_OK;
    }
    s->counter = ym_zalloc(1, sizeof(*s->counter));
    if (s->counter != NULL) {
        s->counter->words = ym_map_new(WORDS_MAX);
        s->counter->at = ym_map_new(SUMS_MAX);
        s->counter->sum = ym_malloc(SUMS_MAX * sizeof(struct sum));
    }
    if (s->counter == NULL || s->counter->words == NULL || s->counter->at == NULL ||
        s->counter->sum == NULL) {
        ym_rollup_forget(s);
        return no_memory(err);
    }
    return YM_OK;
}

/* --- words --- */

static ym_status store_word(struct ym_sqlite *s, const char *text, int32_t *ret,
                            struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    int code;

    YM_TRY(ym_sqlite_prepare(s, YM_GET_WORD, &q, err));
    ym_sqlite_bind_text(q, 1, text);
    code = sqlite3_step(q);
    if (code == SQLITE_ROW) {
        *ret = sqlite3_column_int(q, 0);
        (void)sqlite3_reset(q);
        return YM_OK;
    }
    (void)sqlite3_reset(q);
    if (code != SQLITE_DONE) {
        return ym_sqlite_fail(s, code, "cannot look a word up", err);
    }
    YM_TRY(ym_sqlite_prepare(s, YM_PUT_WORD, &q, err));
    ym_sqlite_bind_text(q, 1, text);
    YM_TRY(ym_sqlite_step(s, q, err));
    *ret = (int32_t)sqlite3_last_insert_rowid(s->db);
    return YM_OK;
}

static ym_status word(struct ym_sqlite *s, const char *text, int32_t *ret, struct ym_err *err) {
    size_t n = text == NULL ? 0 : strlen(text);
    const char *shown = text == NULL ? "" : text;
    uint64_t known = 0;

    if (ym_map_get(s->counter->words, shown, n, &known)) {
        *ret = (int32_t)known;
        return YM_OK;
    }
    YM_TRY(store_word(s, shown, ret, err));
    if (ym_map_count(s->counter->words) == WORDS_MAX) {
        struct ym_map *empty = ym_map_new(WORDS_MAX);

        if (empty == NULL) {
            return no_memory(err);
        }
        ym_map_free(s->counter->words);
        s->counter->words = empty;
    }
    return ym_map_put(s->counter->words, shown, n, (uint64_t)*ret) == YM_OK ? YM_OK
                                                                            : no_memory(err);
}

/* --- sums --- */

static int by_key(const void *a, const void *b) {
    const struct sum *x = a;
    const struct sum *y = b;

    if (x->key.kind != y->key.kind || x->key.margin != y->key.margin) {
        return x->key.kind != y->key.kind ? x->key.kind - y->key.kind
                                          : x->key.margin - y->key.margin;
    }
    if (x->key.month != y->key.month) {
        return x->key.month - y->key.month;
    }
    for (int i = 0; i < DIMS_MAX; i++) {
        if (x->key.dim[i] != y->key.dim[i]) {
            return x->key.dim[i] < y->key.dim[i] ? -1 : 1;
        }
    }
    return 0;
}

static ym_status write_sum(struct ym_sqlite *s, const struct sum *sum, struct ym_err *err) {
    const struct ym_sums_kind *k = &ym_sums_kinds[sum->key.kind];
    sqlite3_stmt *q = NULL;
    int at = 0;

    YM_TRY(ym_sqlite_prepare(s, (enum ym_put)(YM_ADD_SUMS + sum->key.kind), &q, err));
    (void)sqlite3_bind_int(q, ++at, sum->key.margin);
    (void)sqlite3_bind_int(q, ++at, sum->key.month);
    for (unsigned i = 0; i < k->n_dims; i++) {
        (void)sqlite3_bind_int(q, ++at, sum->key.dim[i]);
    }
    for (unsigned i = 0; i < k->n_counts; i++) {
        (void)sqlite3_bind_int64(q, ++at, (sqlite3_int64)sum->count[i]);
    }
    return ym_sqlite_step(s, q, err);
}

ym_status ym_rollup_flush(struct ym_sqlite *s, struct ym_err *err) {
    struct ym_counter *c = s->counter;
    struct ym_map *empty;

    if (c == NULL || c->n == 0) {
        return YM_OK;
    }
    qsort(c->sum, c->n, sizeof(*c->sum), by_key);
    for (size_t i = 0; i < c->n; i++) {
        YM_TRY(write_sum(s, &c->sum[i], err));
    }
    empty = ym_map_new(SUMS_MAX);
    if (empty == NULL) {
        return no_memory(err);
    }
    ym_map_free(c->at);
    c->at = empty;
    c->n = 0;
    return YM_OK;
}

/* The row of sums with this key. */
static ym_status sum_of(struct ym_sqlite *s, const struct key *key, struct sum **ret,
                        struct ym_err *err) {
    struct ym_counter *c = s->counter;
    const char *bytes = (const char *)key;
    uint64_t at = 0;

    if (ym_map_get(c->at, bytes, sizeof(*key), &at)) {
        *ret = &c->sum[at];
        return YM_OK;
    }
    if (c->n == SUMS_MAX) {
        YM_TRY(ym_rollup_flush(s, err));
    }
    if (ym_map_put(c->at, bytes, sizeof(*key), c->n) != YM_OK) {
        return no_memory(err);
    }
    *ret = &c->sum[c->n++];
    memset(*ret, 0, sizeof(**ret));
    (*ret)->key = *key;
    return YM_OK;
}

/* --- a fact --- */

/* The rows of `seen` or `found`. */
static ym_status read_memory(struct ym_sqlite *s, const struct fact *f, struct ym_err *err) {
    bool rate = f->fact->kind == YM_SUMS_RATE;
    struct ym_counter *c = s->counter;
    sqlite3_stmt *q = NULL;
    int code = SQLITE_DONE;

    YM_TRY(ym_sqlite_prepare(s, rate ? YM_GET_SEEN : YM_GET_FOUND, &q, err));
    (void)sqlite3_bind_int(q, 1, f->fact->month);
    (void)sqlite3_bind_blob(q, 2, f->fact->machine, YM_RECORD_ID_SIZE, SQLITE_STATIC);
    while (c->n_rows < ROWS_MAX && (code = sqlite3_step(q)) == SQLITE_ROW) {
        struct row *r = &c->row[c->n_rows++];

        for (unsigned i = 0; i < f->kind->n_dims; i++) {
            r->dim[i] = sqlite3_column_int(q, (int)i);
        }
        r->flags = (unsigned)sqlite3_column_int(q, (int)f->kind->n_dims);
    }
    (void)sqlite3_reset(q);
    return code == SQLITE_DONE || code == SQLITE_ROW
               ? YM_OK
               : ym_sqlite_fail(s, code, "cannot read what was counted", err);
}

/* What earlier audits of this computer said in the month. */
static ym_status read_exposed(struct ym_sqlite *s, const struct fact *f, struct ym_err *err) {
    struct ym_counter *c = s->counter;
    sqlite3_stmt *q = NULL;
    ym_status st = YM_OK;
    int code = SQLITE_DONE;

    YM_TRY(ym_sqlite_prepare(s, YM_GET_EXPOSED, &q, err));
    (void)sqlite3_bind_int(q, 1, f->fact->month);
    (void)sqlite3_bind_blob(q, 2, f->fact->machine, YM_RECORD_ID_SIZE, SQLITE_STATIC);
    (void)sqlite3_bind_int64(q, 3, s->at);
    while (st == YM_OK && c->n_rows < ROWS_MAX && (code = sqlite3_step(q)) == SQLITE_ROW) {
        struct row *r = &c->row[c->n_rows++];

        r->flags = YM_FLAG_COMPUTER;
        for (unsigned i = 0; st == YM_OK && i < f->kind->n_dims; i++) {
            st = word(s, (const char *)sqlite3_column_text(q, (int)i), &r->dim[i], err);
        }
    }
    (void)sqlite3_reset(q);
    YM_TRY(st);
    return code == SQLITE_DONE || code == SQLITE_ROW
               ? YM_OK
               : ym_sqlite_fail(s, code, "cannot read what was counted", err);
}

/* The computer's rows for this kind of sums, unless they are at hand. */
static ym_status read_rows(struct ym_sqlite *s, const struct fact *f, struct ym_err *err) {
    struct ym_counter *c = s->counter;

    if (c->kind == (int)f->fact->kind || f->fact->flags == 0) {
        return YM_OK;
    }
    c->kind = (int)f->fact->kind;
    c->n_rows = 0;
    if (f->fact->kind == YM_SUMS_EXPOSURE) {
        return (c->before & YM_FLAG_AUDITED) != 0 ? read_exposed(s, f, err) : YM_OK;
    }
    YM_TRY(read_memory(s, f, err));
    for (size_t i = 0; f->fact->kind == YM_SUMS_RATE && i < c->n_rows; i++) {
        c->before |= c->row[i].flags;
    }
    return YM_OK;
}

/* The flags that the computer's rows have, among those that are equal where the margin looks. */
static unsigned flags_known(const struct ym_counter *c, const struct fact *f, unsigned margin) {
    unsigned flags = 0;

    for (size_t i = 0; i < c->n_rows; i++) {
        bool equal = true;

        for (unsigned d = 0; equal && d < f->kind->n_dims; d++) {
            equal = (margin & BIT(d)) == 0 || c->row[i].dim[d] == f->dim[d];
        }
        flags |= equal ? c->row[i].flags : 0;
    }
    return flags;
}

static ym_status add_to_margin(struct ym_sqlite *s, const struct fact *f, unsigned margin,
                               unsigned fresh, struct ym_err *err) {
    struct key key = {
        .kind = (int32_t)f->fact->kind, .margin = (int32_t)margin, .month = f->fact->month};
    struct sum *sum = NULL;

    for (unsigned d = 0; d < f->kind->n_dims; d++) {
        key.dim[d] = (margin & BIT(d)) != 0 ? f->dim[d] : 0;
    }
    YM_TRY(sum_of(s, &key, &sum, err));
    for (unsigned i = 0; i < f->kind->n_plain; i++) {
        sum->count[i] += f->fact->plain[i];
        sum->count[i] = sum->count[i] < YM_SUM_MAX ? sum->count[i] : YM_SUM_MAX;
    }
    for (unsigned i = f->kind->n_plain; i < f->kind->n_counts; i++) {
        sum->count[i] += (fresh & f->kind->counts[i].flag) != 0;
    }
    return YM_OK;
}

/* The computer's own row, with the flags added. */
static ym_status remember(struct ym_sqlite *s, const struct fact *f, struct ym_err *err) {
    bool rate = f->fact->kind == YM_SUMS_RATE;
    sqlite3_stmt *q = NULL;
    int at = 2;

    if (s->counter->n_rows < ROWS_MAX) {
        struct row *r = &s->counter->row[s->counter->n_rows++];

        memcpy(r->dim, f->dim, sizeof(r->dim));
        r->flags = f->fact->flags;
    }
    if (memory_of(f->fact->kind) == NULL) {
        return YM_OK;
    }
    YM_TRY(ym_sqlite_prepare(s, rate ? YM_PUT_SEEN : YM_PUT_FOUND, &q, err));
    (void)sqlite3_bind_int(q, 1, f->fact->month);
    (void)sqlite3_bind_blob(q, 2, f->fact->machine, YM_RECORD_ID_SIZE, SQLITE_STATIC);
    for (unsigned i = 0; i < f->kind->n_dims; i++) {
        (void)sqlite3_bind_int(q, ++at, f->dim[i]);
    }
    (void)sqlite3_bind_int(q, ++at, (int)f->fact->flags);
    return ym_sqlite_step(s, q, err);
}

static ym_status count_fact(void *user, const struct ym_fact *fact, struct ym_err *err) {
    struct ym_sqlite *s = user;
    struct fact f = {.fact = fact, .kind = &ym_sums_kinds[fact->kind]};
    unsigned all = BIT(f.kind->n_dims) - 1;
    unsigned flags = fact->flags;

    for (unsigned i = 0; i < f.kind->n_dims; i++) {
        YM_TRY(word(s, fact->dim[i], &f.dim[i], err));
    }
    YM_TRY(read_rows(s, &f, err));
    if (flags == 0 || s->counter->n_rows == ROWS_MAX) {
        flags = 0; /* the latter is nobody's computer: what it sends is no longer looked at */
    }
    for (unsigned i = 0; i < f.kind->n_margins; i++) {
        unsigned margin = f.kind->margins[i];
        unsigned fresh = flags == 0 ? 0 : flags & ~flags_known(s->counter, &f, margin);

        if (fresh != 0 || f.kind->n_plain > 0) {
            YM_TRY(add_to_margin(s, &f, margin, fresh, err));
        }
    }
    return flags != 0 && (flags & ~flags_known(s->counter, &f, all)) != 0 ? remember(s, &f, err)
                                                                          : YM_OK;
}

ym_status ym_rollup_add(struct ym_sqlite *s, const struct ym_record *record, struct ym_err *err) {
    YM_TRY(begin(s, err));
    s->counter->kind = NOTHING;
    s->counter->before = 0;
    return ym_sums_facts(record, count_fact, s, err);
}
