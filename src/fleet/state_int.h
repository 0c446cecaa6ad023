/* state_int.h - what state.c, people.c and rollout.c share: two connections and their locks.
 *
 * Writers take `write`, readers `read`; a reader sees what was committed (WAL) and never waits for
 * a writer's sync. */
#ifndef YM_FLEET_STATE_INT_H
#define YM_FLEET_STATE_INT_H

#include "fleet/state.h"

#include <stdatomic.h>

#include <pthread.h>
#include <sqlite3.h>

struct ym_sql {
    sqlite3 *db;
    pthread_mutex_t lock;
    char name[YM_FLEET_PATH_MAX];
};

struct ym_fleet_state {
    struct ym_sql write, read;
    struct ym_sql view; /* a second reader: lists for people hold up no report */
    struct ym_fleet_key operator_key;
    char dir[YM_FLEET_PATH_MAX];
    _Atomic uint64_t alerts_failed; /* that could not be written */
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

/* Prepares and binds: 'i' int64_t, 't' const char *, 'b' const uint8_t * of YM_FLEET_ID_SIZE (NULL:
 * no value), 'h' the same of YM_FLEET_HASH_SIZE; one letter a parameter.  Texts must outlive *ret_q. */
YM_MUST_CHECK ym_status ym_sql_bind(struct ym_sql *s, const char *text, const char *kinds,
                                    sqlite3_stmt **ret_q, struct ym_err *err, ...);
/* The same, done: a statement without rows. */
YM_MUST_CHECK ym_status ym_sql_put(struct ym_sql *s, const char *text, const char *kinds,
                                   struct ym_err *err, ...);
/* The first column of the first row; 0 when there is none. */
YM_MUST_CHECK ym_status ym_sql_number(struct ym_sql *s, const char *text, int64_t *ret,
                                      struct ym_err *err);

/* Takes the write lock and begins; end commits (st OK) or rolls back, and gives the lock back. */
YM_MUST_CHECK ym_status ym_state_begin(struct ym_fleet_state *state, struct ym_err *err);
YM_MUST_CHECK ym_status ym_state_end(struct ym_fleet_state *state, ym_status st,
                                     struct ym_err *err);
/* Inside a transaction: a row of the audit trail. */
YM_MUST_CHECK ym_status ym_state_audit(struct ym_fleet_state *state, const char *by, int64_t now,
                                       const char *action, struct ym_err *err, const char *fmt, ...)
    YM_PRINTF(6, 7);

/* Names go into the audit trail and onto terminals: 1 to 63 letters, digits, or . _ @ - */
bool ym_fleet_name_is_right(const char *name);
/* Text without control characters, well-formed UTF-8, shorter than size. */
bool ym_fleet_text_is_right(const char *text, size_t size);

/* A machine as an object of JSON. */
#define YM_MACHINE_COLUMNS "id,image,ring,enrolled,seen,epoch,files,gaps,serial,label,tool"
void ym_machine_json(sqlite3_stmt *q, struct ym_buf *out);

/* --- alert_rules.c --- */
struct ym_alert_rule;
/* Those of a kind (-1: all), from a connection whose lock is held. */
YM_MUST_CHECK ym_status ym_alert_rules_read(struct ym_sql *s, int kind,
                                            struct ym_alert_rule *ret_rules, size_t max,
                                            size_t *ret_n, struct ym_err *err);

/* --- alerts.c --- */
/* Inside a transaction: what the sightings of these reports raise. */
YM_MUST_CHECK ym_status ym_alerts_of_sightings(struct ym_fleet_state *state,
                                               const struct ym_taken *taken, size_t n, int64_t now,
                                               struct ym_err *err);

#endif
