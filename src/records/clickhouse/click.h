/* click.h - what the sources of the ClickHouse store share.  See store.c for how it works. */
#ifndef YM_RECORDS_CLICKHOUSE_CLICK_H
#define YM_RECORDS_CLICKHOUSE_CLICK_H

#include "base/map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client.h"
#include "store_int.h"
#include "url.h"

enum {
    YM_CLICK_VERSION = 2,
    YM_CLICK_SMALL_ANSWER = 1 << 20, /* bytes of an answer about the store itself */
};

/* Which sums of a part count: those that were made last. */
struct ym_click_counted {
    int32_t part;
    uint64_t generation;
};

struct ym_click_shard {
    struct ym_buf rows; /* of the open transaction, to be sent */
    uint64_t n_rows;
    struct ym_click_counted *counted; /* YM_SUMS reads these */
    size_t n_counted;
};

struct ym_click {
    struct ym_store base;
    struct ym_click_client *client;
    const struct ym_click_url *url; /* of the client */
    struct ym_click_shard shard[YM_CLICK_SHARDS_MAX];
    struct ym_map *batch; /* whose, id and time of what the transaction has */
    uint64_t age;         /* of the transaction's rows */
    bool broken;  /* a record is in part in a buffer: the transaction may only be taken back */
    bool counted; /* shard[].counted is filled */
    struct ym_click_cache *cache; /* of sums.c, or NULL: margins of that state */
};

/* The store of a base. */
static inline struct ym_click *ym_click_of(struct ym_store *base) {
    return (struct ym_click *)(void *)base;
}

/* The same query to all shards; each answer, if wanted, in the buffer of its shard. */
YM_MUST_CHECK ym_status ym_click_all(struct ym_click *s, const char *query, bool no_database,
                                     struct ym_buf *answers, struct ym_err *err);
/* To one; out may be NULL. */
YM_MUST_CHECK ym_status ym_click_one(struct ym_click *s, unsigned shard, const char *query,
                                     struct ym_buf *out, struct ym_err *err);

/* --- schema.c --- */

/* Every shard has this store, in this version: it is made (CREATE) or brought up to date. */
YM_MUST_CHECK ym_status ym_click_prepare(struct ym_click *s, enum ym_store_mode mode,
                                         struct ym_err *err);

/* --- count.c --- */

/* Makes the sums of all parts that have changed since they were made, and notes which count. */
YM_MUST_CHECK ym_status ym_click_count(struct ym_click *s, struct ym_err *err);

/* --- count_sql.c --- */

enum { YM_CLICK_SLICES_MAX = 65536 }; /* by the first two bytes of the computer */
struct ym_click_slice {
    int32_t part;
    uint64_t generation;
    unsigned at, of; /* computers whose first two bytes are in the at-th of so many ranges */
};

/* Appends the query that puts a slice's sums of one kind into their table. */
void ym_click_count_sql(enum ym_sums kind, const struct ym_click_slice *slice, struct ym_buf *out);

/* --- sums.c --- */

YM_MUST_CHECK ym_status ym_click_sums(struct ym_store *base, const struct ym_sums_query *query,
                                      ym_sums_fn *fn, void *user, struct ym_err *err);
/* Margins that were read are read again. */
void ym_click_forget(struct ym_click *s);
void ym_click_sums_text(struct ym_store *base, enum ym_sums kind, unsigned margin,
                        struct ym_buf *sql, struct ym_buf *definition);
/* For schema.c: the table of a kind of sums, and the view of those that count now. */
void ym_click_sums_schema(enum ym_sums kind, struct ym_buf *out);
void ym_click_sums_view(enum ym_sums kind, struct ym_buf *out);

/* --- each.c --- */

YM_MUST_CHECK ym_status ym_click_each(struct ym_store *base, ym_store_fn *fn, void *user,
                                      struct ym_err *err);

#endif
