/* store_rollup.c - the sums that a report reads, kept while records come in.
 *
 * A *margin* is a set of dimensions: no dimension is the world, {country} the table of countries.
 * For each margin, month and value of its dimensions there is one row of sums; so a report reads as many
 * rows as its tables have, however many executions there are.
 *
 * A computer counts once in each row and month.  What it was seen with is kept in `seen` (rates)
 * and `found` (threats): month, computer, all dimensions, flags.  When a record comes, the rows
 * of its computer are read (mostly none, or one); a flag is new in a margin when no row with the
 * same values there has it.  That is exact for every margin, also for a computer that came with another
 * country or another system in the same month.  A computer without a name counts by its run's id.
 *
 * Texts are numbered in `word`, so that these rows are small.  Sums of the open transaction are
 * kept in memory and are written before it is committed: with batches that is one write a row
 * instead of a dozen a record. */
#include "store_int.h"

#include "base/alloc.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#define MODULE "records/rollup"

enum {
    DIMS_MAX = 8,
    COUNTS_MAX = 8,
    WORDS_MAX = 20000, /* texts whose numbers are remembered */
    SUMS_MAX = 100000, /* rows of sums that wait; more are written before the commit */
    ROWS_MAX = 1000,   /* of one computer in a month; what comes after is not new anywhere */
};

enum { COUNTRY, SYSTEM, SERVICE_PACK, BITS, SERVER, SEGMENT, PROTECTION, LOCATED };
enum { T_COUNTRY, T_SEGMENT, T_FAMILY, T_CATEGORY, T_PATH };
#define D(x) (1u << (x))

/* docs/formats/record.md lists them. */
static const unsigned rate_margins[] = {
    0,
    D(COUNTRY),
    D(SYSTEM) | D(SERVICE_PACK) | D(BITS),
    D(SYSTEM) | D(SERVICE_PACK) | D(BITS) | D(SERVER),
    D(SEGMENT),
    D(PROTECTION),
    D(COUNTRY) | D(SEGMENT),
    D(COUNTRY) | D(PROTECTION),
    D(COUNTRY) | D(LOCATED),
    D(COUNTRY) | D(SYSTEM) | D(SERVICE_PACK) | D(BITS) | D(SERVER) | D(SEGMENT) | D(PROTECTION) |
        D(LOCATED),
};
static const unsigned threat_margins[] = {
    0,
    D(T_CATEGORY),
    D(T_FAMILY) | D(T_CATEGORY),
    D(T_SEGMENT) | D(T_CATEGORY),
    D(T_SEGMENT) | D(T_FAMILY) | D(T_CATEGORY),
    D(T_COUNTRY) | D(T_CATEGORY),
    D(T_COUNTRY) | D(T_FAMILY) | D(T_CATEGORY),
    D(T_FAMILY) | D(T_PATH),
    D(T_SEGMENT) | D(T_FAMILY) | D(T_PATH),
    D(T_COUNTRY) | D(T_SEGMENT) | D(T_FAMILY) | D(T_CATEGORY) | D(T_PATH),
};

/* Flags of `seen`; those of `found` are the second and the fourth. */
enum { RAN = 1, CLEANED = 2, GUARDED = 4, ENCOUNTERED = 8, FLAGS = 4 };
/* The plain sums of a rate come first, then one for each flag. */
enum { RUNS, EXECUTIONS, INCOMPLETE, SIMULATED, PLAIN };

#define RATE_DIMS                                                                                  \
    "country INTEGER NOT NULL, system INTEGER NOT NULL, service_pack INTEGER NOT NULL,"            \
    "bits INTEGER NOT NULL, server INTEGER NOT NULL, segment INTEGER NOT NULL,"                    \
    "protection INTEGER NOT NULL, located INTEGER NOT NULL,"
#define RATE_KEYS "country,system,service_pack,bits,server,segment,protection,located"
#define THREAT_DIMS                                                                                \
    "country INTEGER NOT NULL, segment INTEGER NOT NULL, family INTEGER NOT NULL,"                 \
    "category INTEGER NOT NULL, path INTEGER NOT NULL,"
#define THREAT_KEYS "country,segment,family,category,path"

const char ym_rollup_schema[] =
    "CREATE TABLE word(n INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);"
    "CREATE TABLE seen(month INTEGER NOT NULL, machine BLOB NOT NULL," RATE_DIMS
    " flags INTEGER NOT NULL, PRIMARY KEY(month,machine," RATE_KEYS ")) WITHOUT ROWID;"
    "CREATE TABLE rollup(margin INTEGER NOT NULL, month INTEGER NOT NULL," RATE_DIMS
    " runs INTEGER NOT NULL, executions INTEGER NOT NULL, incomplete INTEGER NOT NULL,"
    " simulated INTEGER NOT NULL, computers INTEGER NOT NULL, cleaned INTEGER NOT NULL,"
    " guarded INTEGER NOT NULL, encountered INTEGER NOT NULL,"
    " PRIMARY KEY(margin,month," RATE_KEYS ")) WITHOUT ROWID;"
    "CREATE TABLE found(month INTEGER NOT NULL, machine BLOB NOT NULL," THREAT_DIMS
    " flags INTEGER NOT NULL, PRIMARY KEY(month,machine," THREAT_KEYS ")) WITHOUT ROWID;"
    "CREATE TABLE threat(margin INTEGER NOT NULL, month INTEGER NOT NULL," THREAT_DIMS
    " cleaned INTEGER NOT NULL, encountered INTEGER NOT NULL,"
    " PRIMARY KEY(margin,month," THREAT_KEYS ")) WITHOUT ROWID;";

/* The two families of sums. */
struct kind {
    unsigned n_dims;
    const unsigned *margins;
    unsigned n_margins;
    enum ym_put get, put, add;
    unsigned n_plain; /* sums without flags */
    unsigned flags;   /* those that have a sum, in the order of their bits */
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
enum { RATE, THREAT, KINDS };
static const struct kind kinds[KINDS] = {
    [RATE] = {8, rate_margins, COUNT(rate_margins), YM_GET_SEEN, YM_PUT_SEEN, YM_ADD_ROLLUP, PLAIN,
              RAN | CLEANED | GUARDED | ENCOUNTERED},
    [THREAT] = {5, threat_margins, COUNT(threat_margins), YM_GET_FOUND, YM_PUT_FOUND, YM_ADD_THREAT,
                0, CLEANED | ENCOUNTERED},
};

/* No padding: the bytes are the key of a map. */
struct key {
    int32_t kind, margin, month;
    int32_t dim[DIMS_MAX];
};
struct sum {
    struct key key;
    int64_t count[COUNTS_MAX];
};
struct row { /* of `seen` or `found` */
    int32_t dim[DIMS_MAX];
    unsigned flags;
};

struct ym_counter {
    struct ym_map *words; /* text -> number */
    struct ym_map *at;    /* bytes of a struct key -> index in sum */
    struct sum *sum;      /* SUMS_MAX */
    size_t n;
    struct row row[ROWS_MAX]; /* of the computer at hand */
    size_t n_rows;
};

/* What is counted at once. */
struct fact {
    const struct kind *kind;
    int month;
    const uint8_t *machine;
    int32_t dim[DIMS_MAX];
    int64_t plain[PLAIN];
    unsigned flags;
    bool rows_read; /* the computer's rows are at hand */
};

static ym_status no_memory(struct ym_err *err) {
    return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory to count records");
}

void ym_rollup_forget(struct ym_store *s) {
    if (s->counter != NULL) {
        ym_map_free(s->counter->words);
        ym_map_free(s->counter->at);
        ym_free(s->counter->sum);
        ym_free(s->counter);
        s->counter = NULL;
    }
}

static ym_status begin(struct ym_store *s, struct ym_err *err) {
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

static ym_status store_word(struct ym_store *s, const char *text, int32_t *ret,
                            struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    int code;

    YM_TRY(ym_store_prepare(s, YM_GET_WORD, &q, err));
    ym_store_bind_text(q, 1, text);
    code = sqlite3_step(q);
    if (code == SQLITE_ROW) {
        *ret = sqlite3_column_int(q, 0);
        (void)sqlite3_reset(q);
        return YM_OK;
    }
    (void)sqlite3_reset(q);
    if (code != SQLITE_DONE) {
        return ym_store_fail(s, code, "cannot look a word up", err);
    }
    YM_TRY(ym_store_prepare(s, YM_PUT_WORD, &q, err));
    ym_store_bind_text(q, 1, text);
    YM_TRY(ym_store_step(s, q, err));
    *ret = (int32_t)sqlite3_last_insert_rowid(s->db);
    return YM_OK;
}

static ym_status word(struct ym_store *s, const char *text, int32_t *ret, struct ym_err *err) {
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

static unsigned bits_of(unsigned v) {
    return (unsigned)__builtin_popcount(v);
}

static ym_status write_sum(struct ym_store *s, const struct sum *sum, struct ym_err *err) {
    const struct kind *k = &kinds[sum->key.kind];
    sqlite3_stmt *q = NULL;
    int at = 0;

    YM_TRY(ym_store_prepare(s, k->add, &q, err));
    (void)sqlite3_bind_int(q, ++at, sum->key.margin);
    (void)sqlite3_bind_int(q, ++at, sum->key.month);
    for (unsigned i = 0; i < k->n_dims; i++) {
        (void)sqlite3_bind_int(q, ++at, sum->key.dim[i]);
    }
    for (unsigned i = 0; i < k->n_plain + bits_of(k->flags); i++) {
        (void)sqlite3_bind_int64(q, ++at, sum->count[i]);
    }
    return ym_store_step(s, q, err);
}

ym_status ym_rollup_flush(struct ym_store *s, struct ym_err *err) {
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
static ym_status sum_of(struct ym_store *s, const struct key *key, struct sum **ret,
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

static ym_status read_rows(struct ym_store *s, const struct fact *f, struct ym_err *err) {
    struct ym_counter *c = s->counter;
    sqlite3_stmt *q = NULL;
    int code = SQLITE_DONE;

    c->n_rows = 0;
    YM_TRY(ym_store_prepare(s, f->kind->get, &q, err));
    (void)sqlite3_bind_int(q, 1, f->month);
    (void)sqlite3_bind_blob(q, 2, f->machine, YM_RECORD_ID_SIZE, SQLITE_STATIC);
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
               : ym_store_fail(s, code, "cannot read what was counted", err);
}

/* The flags that the computer's rows have, among those that are equal where the margin looks. */
static unsigned flags_known(const struct ym_counter *c, const struct fact *f, unsigned margin) {
    unsigned flags = 0;

    for (size_t i = 0; i < c->n_rows; i++) {
        bool equal = true;

        for (unsigned d = 0; equal && d < f->kind->n_dims; d++) {
            equal = (margin & D(d)) == 0 || c->row[i].dim[d] == f->dim[d];
        }
        flags |= equal ? c->row[i].flags : 0;
    }
    return flags;
}

static ym_status add_to_margin(struct ym_store *s, const struct fact *f, unsigned margin,
                               unsigned fresh, struct ym_err *err) {
    struct key key = {.kind = f->kind == &kinds[RATE] ? RATE : THREAT,
                      .margin = (int32_t)margin,
                      .month = f->month};
    struct sum *sum = NULL;
    unsigned at = f->kind->n_plain;

    for (unsigned d = 0; d < f->kind->n_dims; d++) {
        key.dim[d] = (margin & D(d)) != 0 ? f->dim[d] : 0;
    }
    YM_TRY(sum_of(s, &key, &sum, err));
    for (unsigned i = 0; i < f->kind->n_plain; i++) {
        sum->count[i] += f->plain[i];
    }
    for (unsigned bit = 1; bit < D(FLAGS); bit <<= 1) {
        if ((f->kind->flags & bit) != 0) {
            sum->count[at++] += (fresh & bit) != 0;
        }
    }
    return YM_OK;
}

/* The computer's own row, with the flags added. */
static ym_status remember(struct ym_store *s, const struct fact *f, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    int at = 2;

    if (s->counter->n_rows < ROWS_MAX) {
        struct row *r = &s->counter->row[s->counter->n_rows++];

        memcpy(r->dim, f->dim, sizeof(r->dim));
        r->flags = f->flags;
    }
    YM_TRY(ym_store_prepare(s, f->kind->put, &q, err));
    (void)sqlite3_bind_int(q, 1, f->month);
    (void)sqlite3_bind_blob(q, 2, f->machine, YM_RECORD_ID_SIZE, SQLITE_STATIC);
    for (unsigned i = 0; i < f->kind->n_dims; i++) {
        (void)sqlite3_bind_int(q, ++at, f->dim[i]);
    }
    (void)sqlite3_bind_int(q, ++at, (int)f->flags);
    return ym_store_step(s, q, err);
}

static ym_status count_fact(struct ym_store *s, const struct fact *f, struct ym_err *err) {
    const unsigned all = D(f->kind->n_dims) - 1;
    unsigned flags = f->flags;

    if (!f->rows_read && flags != 0) {
        YM_TRY(read_rows(s, f, err));
    } else if (!f->rows_read) {
        s->counter->n_rows = 0;
    }
    if (s->counter->n_rows == ROWS_MAX) {
        flags = 0; /* nobody's computer: what it sends is no longer looked at */
    }
    for (unsigned i = 0; i < f->kind->n_margins; i++) {
        unsigned margin = f->kind->margins[i];
        unsigned fresh = flags & ~flags_known(s->counter, f, margin);

        if (fresh != 0 || f->kind->n_plain > 0) {
            YM_TRY(add_to_margin(s, f, margin, fresh, err));
        }
    }
    return (flags & ~flags_known(s->counter, f, all)) != 0 ? remember(s, f, err) : YM_OK;
}

/* --- a record --- */

static unsigned flags_of(const struct ym_record *r) {
    bool cleaned = r->outcome == YM_OUTCOME_CLEANED || r->outcome == YM_OUTCOME_PARTLY;

    if (r->run == YM_RUN_CLEAN) {
        return cleaned ? RAN | CLEANED : RAN;
    }
    if (r->run == YM_RUN_GUARD) {
        return r->outcome != YM_OUTCOME_NONE ? GUARDED | ENCOUNTERED : GUARDED;
    }
    return 0;
}

static ym_status rate_of(struct ym_store *s, const struct ym_record *r, struct fact *f,
                         struct ym_err *err) {
    const char *country = r->country[0] == '\0' ? "ZZ" : r->country;

    f->dim[BITS] = (int32_t)r->bits;
    f->plain[RUNS] = 1;
    f->plain[EXECUTIONS] = r->run == YM_RUN_CLEAN;
    f->plain[INCOMPLETE] = r->gaps > 0;
    f->plain[SIMULATED] = r->simulated;
    YM_TRY(word(s, country, &f->dim[COUNTRY], err));
    YM_TRY(word(s, r->system, &f->dim[SYSTEM], err));
    YM_TRY(word(s, r->service_pack, &f->dim[SERVICE_PACK], err));
    YM_TRY(word(s, ym_server_word(r->server), &f->dim[SERVER], err));
    YM_TRY(word(s, ym_segment_word(r->segment), &f->dim[SEGMENT], err));
    YM_TRY(word(s, ym_protection_word(r->protection), &f->dim[PROTECTION], err));
    return word(s, ym_located_word(r->located), &f->dim[LOCATED], err);
}

static ym_status count_threats(struct ym_store *s, const struct ym_record *r,
                               const struct fact *rate, struct ym_err *err) {
    struct fact f = {.kind = &kinds[THREAT],
                     .month = rate->month,
                     .machine = rate->machine,
                     .flags = rate->flags & (CLEANED | ENCOUNTERED)};

    f.dim[T_COUNTRY] = rate->dim[COUNTRY];
    f.dim[T_SEGMENT] = rate->dim[SEGMENT];
    for (size_t i = 0; f.flags != 0 && i < r->n_detections; i++) {
        const struct ym_record_detection *d = &r->detections[i];

        YM_TRY(word(s, d->family, &f.dim[T_FAMILY], err));
        YM_TRY(word(s, d->category, &f.dim[T_CATEGORY], err));
        YM_TRY(word(s, ym_path_word(d->path), &f.dim[T_PATH], err));
        YM_TRY(count_fact(s, &f, err));
        f.rows_read = true;
    }
    return YM_OK;
}

ym_status ym_rollup_add(struct ym_store *s, const struct ym_record *record, struct ym_err *err) {
    static const uint8_t unknown[YM_RECORD_ID_SIZE];
    bool named = memcmp(record->machine, unknown, sizeof(unknown)) != 0;
    struct fact f = {.kind = &kinds[RATE],
                     .month = ym_store_month(record->time),
                     .machine = named ? record->machine : record->id,
                     .flags = flags_of(record)};

    YM_TRY(begin(s, err));
    YM_TRY(rate_of(s, record, &f, err));
    YM_TRY(count_fact(s, &f, err));
    return count_threats(s, record, &f, err);
}
