/* state_int.h - what state.c, people.c and rollout.c share: two connections and their locks.
 *
 * Writers take `write`, readers `read`; a reader sees what was committed (WAL) and never waits for
 * a writer's sync. */
#ifndef YM_FLEET_STATE_INT_H
#define YM_FLEET_STATE_INT_H

#include "fleet/state.h"

#include <pthread.h>
#include <sqlite3.h>

struct ym_sql {
    sqlite3 *db;
    pthread_mutex_t lock;
    char name[YM_FLEET_PATH_MAX];
};

struct ym_fleet_state {
    struct ym_sql write, read;
    struct ym_fleet_key operator_key;
    char dir[YM_FLEET_PATH_MAX];
};

ym_status ym_sql_fail(struct ym_sql *s, int code, const char *what, struct ym_err *err);
YM_MUST_CHECK ym_status ym_sql_run(struct ym_sql *s, const char *text, struct ym_err *err);
YM_MUST_CHECK ym_status ym_sql_open(struct ym_sql *s, const char *text, sqlite3_stmt **ret_q,
                                    struct ym_err *err);
/* One step: *ret_row says whether there is a row. */
YM_MUST_CHECK ym_status ym_sql_row(struct ym_sql *s, sqlite3_stmt *q, bool *ret_row,
                                   struct ym_err *err);
/* The step of a statement without rows. */
YM_MUST_CHECK ym_status ym_sql_do(struct ym_sql *s, sqlite3_stmt *q, struct ym_err *err);
/* A copy of a blob column; false: it has not this size. */
bool ym_sql_blob(sqlite3_stmt *q, int column, void *ret, size_t n);
void ym_sql_text(sqlite3_stmt *q, int column, char *ret, size_t size);

/* Takes the write lock and begins; end commits (st OK) or rolls back, and gives the lock back. */
YM_MUST_CHECK ym_status ym_state_begin(struct ym_fleet_state *state, struct ym_err *err);
YM_MUST_CHECK ym_status ym_state_end(struct ym_fleet_state *state, ym_status st,
                                     struct ym_err *err);
/* Inside a transaction: a row of the audit trail. */
YM_MUST_CHECK ym_status ym_state_audit(struct ym_fleet_state *state, const char *by, int64_t now,
                                       const char *action, struct ym_err *err, const char *fmt, ...)
    YM_PRINTF(6, 7);

#endif
