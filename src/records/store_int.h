/* store_int.h - what the sources of the store share.  See store.h for what it promises. */
#ifndef YM_RECORDS_STORE_INT_H
#define YM_RECORDS_STORE_INT_H

#include "records/store.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YM_STORE_VERSION = 2, YM_STORE_PATH_SIZE = YM_SPOOL_PATH_MAX + 64 };

/* The statements that put a record; prepared when first used. */
enum ym_put {
    YM_PUT_EXECUTION,
    YM_PUT_DETECTION,
    YM_PUT_REPAIR,
    YM_PUT_EXPOSURE,
    YM_PUT_OBSERVATION,
    YM_GET_WORD,
    YM_PUT_WORD,
    YM_GET_SEEN,
    YM_PUT_SEEN,
    YM_ADD_ROLLUP,
    YM_GET_FOUND,
    YM_PUT_FOUND,
    YM_ADD_THREAT,
    YM_PUT_COUNT
};

struct ym_counter; /* store_rollup.c: what the open transaction adds to the rollups */

struct ym_store {
    sqlite3 *db;
    sqlite3_stmt *put[YM_PUT_COUNT];
    struct ym_counter *counter;
    bool broken; /* a record of the open transaction is there in part: it may only be taken back */
    char name[YM_STORE_PATH_SIZE];
};

/* The statement, reset. */
YM_MUST_CHECK ym_status ym_store_prepare(struct ym_store *s, enum ym_put which, sqlite3_stmt **ret,
                                         struct ym_err *err);
/* Runs it to its end and resets it. */
YM_MUST_CHECK ym_status ym_store_step(struct ym_store *s, sqlite3_stmt *q, struct ym_err *err);
YM_MUST_CHECK ym_status ym_store_sql(struct ym_store *s, const char *sql, const char *what,
                                     struct ym_err *err);
/* The text must live until the step is done: SQLite does not copy it.  NULL is "". */
void ym_store_bind_text(sqlite3_stmt *q, int at, const char *text);

/* The month of a time: year * 12 + month of the year - 1, UTC. */
int ym_store_month(int64_t time);

/* --- rollups: store_rollup.c --- */

extern const char ym_rollup_schema[];

/* Counts a record that is new in the store: its detections are those of the record. */
YM_MUST_CHECK ym_status ym_rollup_add(struct ym_store *s, const struct ym_record *record,
                                      struct ym_err *err);
/* Writes what was counted, inside the transaction. */
YM_MUST_CHECK ym_status ym_rollup_flush(struct ym_store *s, struct ym_err *err);
/* Forgets what was counted and which words the store knows: after a rollback.  Frees. */
void ym_rollup_forget(struct ym_store *s);

/* --- versions: store_schema.c --- */

/* The tables of an empty store, with its marks; in one transaction. */
YM_MUST_CHECK ym_status ym_store_make_schema(struct ym_store *s, struct ym_err *err);
/* Brings a store of an older version up to date, in one transaction. */
YM_MUST_CHECK ym_status ym_store_migrate(struct ym_store *s, struct ym_err *err);

#endif
