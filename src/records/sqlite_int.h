/* sqlite_int.h - what the sources of the SQLite store share.  See store.h for what it promises. */
#ifndef YM_RECORDS_SQLITE_INT_H
#define YM_RECORDS_SQLITE_INT_H

#include "store_int.h"
#include "sums_int.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YM_SQLITE_VERSION = 3, YM_SQLITE_APPLICATION = 0x594d5243 /* "YMRC" */ };

/* The statements that put a record; prepared when first used.  The last two are one for each kind of sums. */
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
    YM_GET_FOUND,
    YM_PUT_FOUND,
    YM_GET_EXPOSED,
    YM_ADD_SUMS,
    YM_PUT_COUNT = YM_ADD_SUMS + YM_SUMS_COUNT
};

/* ym_age_band() over a row of `exposure`, as SQL. */
#define YM_SQLITE_BAND                                                                             \
    "CASE WHEN kind<>'update' OR state='closed' THEN '' WHEN age_days IS NULL THEN 'unknown'"      \
    " WHEN age_days<=7 THEN '0-7' WHEN age_days<=30 THEN '8-30' WHEN age_days<=90 THEN '31-90'"    \
    " WHEN age_days<=180 THEN '91-180' WHEN age_days<=365 THEN '181-365' ELSE '366+' END"

struct ym_counter; /* store_rollup.c: what the open transaction adds to the sums */

struct ym_sqlite {
    struct ym_store store; /* first */
    sqlite3 *db;
    sqlite3_stmt *put[YM_PUT_COUNT];
    struct ym_counter *counter;
    int64_t at;  /* the execution that is counted: execution.n */
    bool broken; /* a record of the open transaction is there in part: it may only be taken back */
};

/* Fails with what SQLite says; code is a result of SQLite.  Returns a status that is not OK. */
ym_status ym_sqlite_fail(struct ym_sqlite *s, int code, const char *what, struct ym_err *err);
/* The statement, reset. */
YM_MUST_CHECK ym_status ym_sqlite_prepare(struct ym_sqlite *s, enum ym_put which,
                                          sqlite3_stmt **ret, struct ym_err *err);
/* Runs it to its end and resets it. */
YM_MUST_CHECK ym_status ym_sqlite_step(struct ym_sqlite *s, sqlite3_stmt *q, struct ym_err *err);
YM_MUST_CHECK ym_status ym_sqlite_sql(struct ym_sqlite *s, const char *sql, const char *what,
                                      struct ym_err *err);
/* The text must live until the step is done: SQLite does not copy it.  NULL is "". */
void ym_sqlite_bind_text(sqlite3_stmt *q, int at, const char *text);

YM_MUST_CHECK ym_status ym_sqlite_begin(struct ym_sqlite *s, struct ym_err *err);
YM_MUST_CHECK ym_status ym_sqlite_commit(struct ym_sqlite *s, struct ym_err *err);
void ym_sqlite_rollback(struct ym_sqlite *s);

/* --- store_each.c --- */

/* As ym_store_each(), with s->at set to the execution at hand. */
YM_MUST_CHECK ym_status ym_sqlite_each(struct ym_sqlite *s, ym_store_fn *fn, void *user,
                                       struct ym_err *err);

/* --- store_sums.c --- */

YM_MUST_CHECK ym_status ym_sqlite_sums(struct ym_sqlite *s, const struct ym_sums_query *query,
                                       ym_sums_fn *fn, void *user, struct ym_err *err);
void ym_sqlite_sums_text(enum ym_sums kind, unsigned margin, struct ym_buf *sql,
                         struct ym_buf *definition);

/* --- rollups: store_rollup.c --- */

/* The tables of the sums. */
void ym_rollup_schema(struct ym_buf *sql);
/* The text of YM_GET_SEEN and those after it. */
void ym_rollup_statement(enum ym_put which, struct ym_buf *sql);

/* Counts a record that is new in the store: its detections are those of the record. */
YM_MUST_CHECK ym_status ym_rollup_add(struct ym_sqlite *s, const struct ym_record *record,
                                      struct ym_err *err);
/* Writes what was counted, inside the transaction. */
YM_MUST_CHECK ym_status ym_rollup_flush(struct ym_sqlite *s, struct ym_err *err);
/* Forgets what was counted and which words the store knows: after a rollback.  Frees. */
void ym_rollup_forget(struct ym_sqlite *s);

/* --- versions: store_schema.c --- */

/* The tables of an empty store, with its marks; in one transaction. */
YM_MUST_CHECK ym_status ym_sqlite_make_schema(struct ym_sqlite *s, struct ym_err *err);
/* Brings a store of an older version up to date, in one transaction. */
YM_MUST_CHECK ym_status ym_sqlite_migrate(struct ym_sqlite *s, struct ym_err *err);

#endif
