/* store_int.h - what the kinds of stores share.  See store.h for what each promises.
 *
 * A kind of store is a row of the table in store.c: how its names begin, and how one is opened.  What
 * it opens begins with a struct ym_store whose ops are its own; store.c and import.c do the rest through
 * them (a spool and an import are loops over put).  Which sums it keeps is data: sums_int.h. */
#ifndef YM_RECORDS_STORE_INT_H
#define YM_RECORDS_STORE_INT_H

#include "records/store.h"

#include <stdatomic.h>

enum { YM_STORE_PATH_SIZE = YM_SPOOL_PATH_MAX + 64 };

/* As the functions of store.h with these names; none may be NULL. */
struct ym_store_ops {
    const char *kind;
    bool blind;                        /* put does not know whether a record was there */
    void (*close)(struct ym_store *s); /* frees it, too */
    ym_status (*begin)(struct ym_store *s, struct ym_err *err);
    ym_status (*commit)(struct ym_store *s, struct ym_err *err);
    void (*rollback)(struct ym_store *s);
    ym_status (*put)(struct ym_store *s, const struct ym_record *record, bool *ret_new,
                     struct ym_err *err);
    ym_status (*each)(struct ym_store *s, ym_store_fn *fn, void *user, struct ym_err *err);
    ym_status (*refresh)(struct ym_store *s, struct ym_err *err);
    /* The margin is one that is kept. */
    ym_status (*sums)(struct ym_store *s, const struct ym_sums_query *query, ym_sums_fn *fn,
                      void *user, struct ym_err *err);
    void (*sums_text)(struct ym_store *s, enum ym_sums kind, unsigned margin, struct ym_buf *sql,
                      struct ym_buf *definition);
};

struct ym_store {
    const struct ym_store_ops *ops;
    char name[YM_STORE_PATH_SIZE]; /* for messages */
    ym_store_notice_fn *notice;    /* or NULL */
    void *notice_user;
    atomic_bool stopping; /* ym_store_stop() */
};

/* Tells who wants to hear (ym_store_on_notice()) what goes on. */
void ym_store_say(struct ym_store *s, const char *fmt, ...) YM_PRINTF(2, 3);

/* store_sqlite.c: every name that no other kind claims, and YM_STORE_MEMORY. */
YM_MUST_CHECK ym_status ym_sqlite_open(const char *path, enum ym_store_mode mode,
                                       struct ym_store **ret_store, struct ym_err *err);
/* clickhouse/store.c: clickhouse:// and clickhouses://, see clickhouse/url.h. */
YM_MUST_CHECK ym_status ym_click_open(const char *path, enum ym_store_mode mode,
                                      struct ym_store **ret_store, struct ym_err *err);

#endif
