/* state.c - the file, its schema, and the machines.  See state.h. */
#include "state_int.h"

#include "base/alloc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MODULE "fleet/state"

enum { APPLICATION_ID = 0x594d464c /* "YMFL" */, SCHEMA_VERSION = 2, DETAIL_SIZE = 300 };

/* A new state is made as version 1 and brought up to date like one that was found: so both have the
 * same columns in the same order. */
static const char schema[] =
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT INTO setting VALUES('serial',1),('poll_every',300),('report_every',3600),"
    " ('scan_every',86400);"
    "CREATE TABLE machine("
    " id BLOB PRIMARY KEY,"
    " key BLOB NOT NULL,"
    " ring INTEGER NOT NULL,"
    " enrolled INTEGER NOT NULL,"
    " seen INTEGER NOT NULL,"
    " sequence0 INTEGER NOT NULL DEFAULT 0," /* network */
    " last0 BLOB,"
    " sequence1 INTEGER NOT NULL DEFAULT 0," /* file */
    " last1 BLOB,"
    " reported INTEGER NOT NULL DEFAULT 0," /* time of the newest report: health is of it */
    " epoch INTEGER NOT NULL DEFAULT 0,"
    " image INTEGER NOT NULL DEFAULT 0,"
    " files INTEGER NOT NULL DEFAULT 0,"
    " gaps INTEGER NOT NULL DEFAULT 0,"
    " files0 INTEGER NOT NULL DEFAULT 0," /* with the epoch before */
    " gaps0 INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "CREATE TABLE token("
    " hash BLOB PRIMARY KEY,"
    " ring INTEGER NOT NULL,"
    " made INTEGER NOT NULL,"
    " expires INTEGER NOT NULL,"
    " key BLOB," /* of the machine that used it */
    " machine BLOB) WITHOUT ROWID;"
    "CREATE TABLE person(name TEXT PRIMARY KEY, role INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE)"
    " WITHOUT ROWID;"
    "CREATE TABLE image(epoch INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, size INTEGER NOT NULL,"
    " added INTEGER NOT NULL);"
    "CREATE TABLE rollout("
    " epoch INTEGER PRIMARY KEY REFERENCES image(epoch),"
    " state INTEGER NOT NULL,"
    " ring INTEGER NOT NULL,"
    " rings INTEGER NOT NULL,"
    " opened INTEGER NOT NULL,"
    " reason TEXT NOT NULL,"
    " wait INTEGER NOT NULL,"
    " machines INTEGER NOT NULL,"
    " share INTEGER NOT NULL,"
    " max_failed INTEGER NOT NULL,"
    " max_rise INTEGER NOT NULL);"
    "CREATE TABLE audit(n INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL,"
    " by TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL);"
    "CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit BEGIN"
    " SELECT raise(ABORT,'the audit trail is append-only'); END;"
    "CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN"
    " SELECT raise(ABORT,'the audit trail is append-only'); END;";

/* Labels of machines, alerts (alerts.h) and sessions (sessions.h). */
static const char to_version_2[] =
    "ALTER TABLE machine ADD COLUMN label TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE machine ADD COLUMN tool TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE machine ADD COLUMN serial INTEGER NOT NULL DEFAULT 0;" /* newest policy given */
    "ALTER TABLE token ADD COLUMN label TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE alert_rule("
    " name TEXT PRIMARY KEY,"
    " kind INTEGER NOT NULL,"
    " level INTEGER NOT NULL,"
    " family TEXT NOT NULL,"
    " category TEXT NOT NULL,"
    " severity INTEGER NOT NULL,"
    " count INTEGER NOT NULL,"
    " within INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE alert_target("
    " name TEXT PRIMARY KEY,"
    " kind INTEGER NOT NULL,"
    " level INTEGER NOT NULL,"
    " address TEXT NOT NULL,"
    " sender TEXT NOT NULL,"
    " recipient TEXT NOT NULL,"
    " user TEXT NOT NULL,"
    " ca TEXT NOT NULL,"
    " tls INTEGER NOT NULL,"
    " pause INTEGER NOT NULL,"
    " next INTEGER NOT NULL DEFAULT 0," /* no attempt before */
    " failures INTEGER NOT NULL DEFAULT 0,"
    " sent INTEGER NOT NULL DEFAULT 0,"
    " error TEXT NOT NULL DEFAULT '') WITHOUT ROWID;"
    "CREATE TABLE alert("
    " n INTEGER PRIMARY KEY AUTOINCREMENT,"
    " rule TEXT NOT NULL,"
    " kind INTEGER NOT NULL,"
    " level INTEGER NOT NULL,"
    " key TEXT NOT NULL,"
    " machine BLOB," /* the transport id, never a record's */
    " family TEXT NOT NULL,"
    " category TEXT NOT NULL,"
    " detail TEXT NOT NULL,"
    " count INTEGER NOT NULL,"
    " told INTEGER NOT NULL DEFAULT 0," /* count when it was last queued */
    " version INTEGER NOT NULL DEFAULT 0,"
    " first INTEGER NOT NULL,"
    " last INTEGER NOT NULL,"
    " ended INTEGER NOT NULL DEFAULT 0,"
    " acked INTEGER NOT NULL DEFAULT 0,"
    " acked_by TEXT NOT NULL DEFAULT '');"
    "CREATE UNIQUE INDEX alert_current ON alert(rule,key) WHERE ended=0;"
    "CREATE TABLE delivery(target TEXT NOT NULL, alert INTEGER NOT NULL, version INTEGER NOT NULL,"
    " PRIMARY KEY(target,alert)) WITHOUT ROWID;"
    "CREATE TABLE session(hash BLOB PRIMARY KEY, person TEXT NOT NULL, made INTEGER NOT NULL,"
    " used INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX session_by_person ON session(person);";

/* --- SQL --- */

ym_status ym_sql_fail(struct ym_sql *s, int code, const char *what, struct ym_err *err) {
    return ym_fail_at(err, (code & 0xff) == SQLITE_NOMEM ? YM_NOMEM : YM_IO, MODULE, s->name, 0, 0,
                      "%s: %s", what, s->db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(s->db));
}

ym_status ym_sql_run(struct ym_sql *s, const char *text, struct ym_err *err) {
    int code = sqlite3_exec(s->db, text, NULL, NULL, NULL);

    return code == SQLITE_OK ? YM_OK : ym_sql_fail(s, code, "the fleet's state", err);
}

ym_status ym_sql_open(struct ym_sql *s, const char *text, sqlite3_stmt **ret_q,
                      struct ym_err *err) {
    int code = sqlite3_prepare_v2(s->db, text, -1, ret_q, NULL);

    return code == SQLITE_OK ? YM_OK : ym_sql_fail(s, code, "the fleet's state", err);
}

ym_status ym_sql_row(struct ym_sql *s, sqlite3_stmt *q, bool *ret_row, struct ym_err *err) {
    int code = sqlite3_step(q);

    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return ym_sql_fail(s, code, "the fleet's state", err);
    }
    *ret_row = code == SQLITE_ROW;
    return YM_OK;
}

ym_status ym_sql_do(struct ym_sql *s, sqlite3_stmt *q, struct ym_err *err) {
    bool row = false;
    ym_status st = ym_sql_row(s, q, &row, err);

    (void)sqlite3_reset(q);
    return st;
}

bool ym_sql_blob(sqlite3_stmt *q, int column, void *ret, size_t n) {
    const void *p = sqlite3_column_blob(q, column);

    if (p == NULL || (size_t)sqlite3_column_bytes(q, column) != n) {
        return false;
    }
    memcpy(ret, p, n);
    return true;
}

void ym_sql_text(sqlite3_stmt *q, int column, char *ret, size_t size) {
    const unsigned char *text = sqlite3_column_text(q, column);

    (void)snprintf(ret, size, "%s", text == NULL ? "" : (const char *)text);
}

static void bind(sqlite3_stmt *q, const char *kinds, va_list *ap) {
    for (int i = 0; kinds[i] != '\0'; i++) {
        const uint8_t *p;

        if (kinds[i] == 'i') {
            (void)sqlite3_bind_int64(q, i + 1, va_arg(*ap, int64_t));
        } else if (kinds[i] == 't') {
            (void)sqlite3_bind_text(q, i + 1, va_arg(*ap, const char *), -1, SQLITE_STATIC);
        } else {
            p = va_arg(*ap, const uint8_t *);
            (void)sqlite3_bind_blob(q, i + 1, p,
                                    kinds[i] == 'h' ? YM_FLEET_HASH_SIZE : YM_FLEET_ID_SIZE,
                                    SQLITE_STATIC);
        }
    }
}

ym_status ym_sql_bind(struct ym_sql *s, const char *text, const char *kinds, sqlite3_stmt **ret_q,
                      struct ym_err *err, ...) {
    va_list ap;

    YM_TRY(ym_sql_open(s, text, ret_q, err));
    va_start(ap, err);
    bind(*ret_q, kinds, &ap);
    va_end(ap);
    return YM_OK;
}

ym_status ym_sql_put(struct ym_sql *s, const char *text, const char *kinds, struct ym_err *err,
                     ...) {
    sqlite3_stmt *q = NULL;
    ym_status st;
    va_list ap;

    YM_TRY(ym_sql_open(s, text, &q, err));
    va_start(ap, err);
    bind(q, kinds, &ap);
    va_end(ap);
    st = ym_sql_do(s, q, err);
    (void)sqlite3_finalize(q);
    return st;
}

/* --- opening --- */

static ym_status upgrade(struct ym_sql *s, struct ym_err *err) {
    char mark[64];

    YM_TRY(ym_sql_run(s, to_version_2, err));
    (void)snprintf(mark, sizeof(mark), "PRAGMA user_version=%d", SCHEMA_VERSION);
    return ym_sql_run(s, mark, err);
}

static ym_status make_schema(struct ym_sql *s, struct ym_err *err) {
    char mark[64];

    YM_TRY(ym_sql_run(s, schema, err));
    (void)snprintf(mark, sizeof(mark), "PRAGMA application_id=%d", APPLICATION_ID);
    YM_TRY(ym_sql_run(s, mark, err));
    return upgrade(s, err);
}

ym_status ym_sql_number(struct ym_sql *s, const char *text, int64_t *ret, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    YM_TRY(ym_sql_open(s, text, &q, err));
    st = ym_sql_row(s, q, &row, err);
    *ret = row ? sqlite3_column_int64(q, 0) : 0;
    (void)sqlite3_finalize(q);
    return st;
}

/* Two first starts at the same moment: the transaction decides who makes the schema. */
static ym_status check_or_make(struct ym_sql *s, struct ym_err *err) {
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;

    YM_TRY(ym_sql_number(s, "PRAGMA application_id", &application, err));
    YM_TRY(ym_sql_number(s, "PRAGMA user_version", &version, err));
    YM_TRY(ym_sql_number(s, "SELECT count(*) FROM sqlite_schema", &tables, err));
    if (application == 0 && version == 0 && tables == 0) {
        return make_schema(s, err);
    }
    if (application != APPLICATION_ID) {
        return ym_fail_at(err, YM_MALFORMED, MODULE, s->name, 0, 0,
                          "this is not the state of a fleet");
    }
    if (version == 1) {
        return upgrade(s, err);
    }
    if (version != SCHEMA_VERSION) {
        return ym_fail_at(err, YM_UNSUPPORTED, MODULE, s->name, 0, 0,
                          "the state has version %lld, this program knows %d", (long long)version,
                          SCHEMA_VERSION);
    }
    return YM_OK;
}

static ym_status connect(struct ym_sql *s, const char *dir, struct ym_err *err) {
    int code;

    (void)snprintf(s->name, sizeof(s->name), "%.4080s/fleet.db", dir);
    code = sqlite3_open_v2(s->name, &s->db,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE |
                               SQLITE_OPEN_FULLMUTEX,
                           NULL);
    if (code != SQLITE_OK) {
        return ym_sql_fail(s, code, "cannot open", err);
    }
    (void)sqlite3_busy_timeout(s->db, 10000);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return ym_sql_run(s,
                      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8192;"
                      "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; "
                      "PRAGMA foreign_keys=ON",
                      err);
}

static ym_status make_folders(struct ym_fleet_state *s, struct ym_err *err) {
    char path[YM_FLEET_PATH_MAX + 16];

    (void)snprintf(path, sizeof(path), "%s/images", s->dir);
    if ((mkdir(s->dir, 0700) != 0 && errno != EEXIST) ||
        (mkdir(path, 0700) != 0 && errno != EEXIST)) {
        return ym_fail_errno(err, MODULE, s->dir, errno, "cannot make the folder");
    }
    (void)snprintf(path, sizeof(path), "%s/operator.key", s->dir);
    return ym_fleet_key_load(path, true, &s->operator_key, err);
}

static ym_status open_all(struct ym_fleet_state *s, struct ym_err *err) {
    ym_status st;

    YM_TRY(make_folders(s, err));
    YM_TRY(connect(&s->write, s->dir, err));
    YM_TRY(ym_state_begin(s, err));
    st = check_or_make(&s->write, err);
    YM_TRY(ym_state_end(s, st, err));
    YM_TRY(connect(&s->read, s->dir, err));
    return connect(&s->view, s->dir, err);
}

ym_status ym_fleet_state_open(const char *dir, struct ym_fleet_state **ret_state,
                              struct ym_err *err) {
    struct ym_fleet_state *s = ym_zalloc(1, sizeof(*s));
    int n;
    ym_status st;

    if (s == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for the state");
    }
    (void)pthread_mutex_init(&s->write.lock, NULL);
    (void)pthread_mutex_init(&s->read.lock, NULL);
    (void)pthread_mutex_init(&s->view.lock, NULL);
    n = snprintf(s->dir, sizeof(s->dir), "%s", dir);
    st = n <= 0 || n > YM_FLEET_PATH_MAX - 100
             ? ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "the folder's name is too long")
             : open_all(s, err);
    if (st != YM_OK) {
        ym_fleet_state_close(s);
        return st;
    }
    *ret_state = s;
    return YM_OK;
}

void ym_fleet_state_close(struct ym_fleet_state *state) {
    if (state != NULL) {
        (void)sqlite3_close(state->view.db);
        (void)sqlite3_close(state->read.db);
        (void)sqlite3_close(state->write.db);
        (void)pthread_mutex_destroy(&state->view.lock);
        (void)pthread_mutex_destroy(&state->read.lock);
        (void)pthread_mutex_destroy(&state->write.lock);
        ym_fleet_key_wipe(&state->operator_key);
        ym_free(state);
    }
}

const char *ym_fleet_state_dir(const struct ym_fleet_state *state) {
    return state->dir;
}

const uint8_t *ym_fleet_operator_public(const struct ym_fleet_state *state) {
    return state->operator_key.public_key;
}

/* --- transactions --- */

ym_status ym_state_begin(struct ym_fleet_state *state, struct ym_err *err) {
    ym_status st;

    (void)pthread_mutex_lock(&state->write.lock);
    st = ym_sql_run(&state->write, "BEGIN IMMEDIATE", err);
    if (st != YM_OK) {
        (void)pthread_mutex_unlock(&state->write.lock);
    }
    return st;
}

ym_status ym_state_end(struct ym_fleet_state *state, ym_status st, struct ym_err *err) {
    if (st == YM_OK) {
        st = ym_sql_run(&state->write, "COMMIT", err);
    }
    if (st != YM_OK && sqlite3_get_autocommit(state->write.db) == 0) {
        (void)sqlite3_exec(state->write.db, "ROLLBACK", NULL, NULL, NULL);
    }
    (void)pthread_mutex_unlock(&state->write.lock);
    return st;
}

ym_status ym_state_audit(struct ym_fleet_state *state, const char *by, int64_t now,
                         const char *action, struct ym_err *err, const char *fmt, ...) {
    char detail[DETAIL_SIZE];
    sqlite3_stmt *q = NULL;
    ym_status st;
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(detail, sizeof(detail), fmt, ap);
    va_end(ap);
    YM_TRY(ym_sql_open(&state->write, "INSERT INTO audit(time,by,action,detail) VALUES(?,?,?,?)",
                       &q, err));
    (void)sqlite3_bind_int64(q, 1, now);
    (void)sqlite3_bind_text(q, 2, by, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(q, 3, action, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(q, 4, detail, -1, SQLITE_STATIC);
    st = ym_sql_do(&state->write, q, err);
    (void)sqlite3_finalize(q);
    return st;
}

/* --- machines --- */

ym_status ym_fleet_machine_get(struct ym_fleet_state *state, const uint8_t id[YM_FLEET_ID_SIZE],
                               bool *ret_known, struct ym_machine *ret_machine,
                               struct ym_err *err) {
    struct ym_machine m = {0};
    sqlite3_stmt *q = NULL;
    bool row = false;
    ym_status st;

    (void)pthread_mutex_lock(&state->read.lock);
    st = ym_sql_open(
        &state->read,
        "SELECT key,ring,sequence0,last0,sequence1,last1,serial FROM machine WHERE id=?", &q, err);
    if (st == YM_OK) {
        (void)sqlite3_bind_blob(q, 1, id, YM_FLEET_ID_SIZE, SQLITE_STATIC);
        st = ym_sql_row(&state->read, q, &row, err);
    }
    if (st == YM_OK && row) {
        row = ym_sql_blob(q, 0, m.public_key, sizeof(m.public_key));
        m.ring = (uint32_t)sqlite3_column_int(q, 1);
        m.serial = (uint64_t)sqlite3_column_int64(q, 6);
        for (int i = 0; i < YM_CHANNEL_COUNT; i++) {
            m.sequence[i] = (uint64_t)sqlite3_column_int64(q, 2 + 2 * i);
            (void)ym_sql_blob(q, 3 + 2 * i, m.last[i], sizeof(m.last[i]));
        }
    }
    (void)sqlite3_finalize(q);
    (void)pthread_mutex_unlock(&state->read.lock);
    if (st == YM_OK) {
        *ret_known = row;
        *ret_machine = m;
    }
    return st;
}

void ym_fleet_receipt(struct ym_fleet_state *state, const struct ym_report *report,
                      const uint8_t hash[YM_FLEET_HASH_SIZE], int64_t now, struct ym_buf *out) {
    struct ym_receipt r = {.channel = report->channel, .sequence = report->sequence, .time = now};

    memcpy(r.machine, report->machine, sizeof(r.machine));
    memcpy(r.hash, hash, sizeof(r.hash));
    ym_receipt_write(&r, &state->operator_key, out);
}

/* Health of an older report (a stick that was on its way) does not replace newer health; a new epoch
 * moves what was counted with the old one to files0 and gaps0. */
static const char *const took_sql[YM_CHANNEL_COUNT] = {
    "UPDATE machine SET sequence0=?2, last0=?3, seen=max(seen,?4) WHERE id=?1 AND sequence0<?2",
    "UPDATE machine SET sequence1=?2, last1=?3, seen=max(seen,?4) WHERE id=?1 AND sequence1<?2",
};
static const char health_sql[] =
    "UPDATE machine SET reported=?2,"
    " files0=CASE WHEN epoch<>?3 THEN files ELSE files0 END,"
    " gaps0=CASE WHEN epoch<>?3 THEN gaps ELSE gaps0 END,"
    " epoch=?3, image=?4, files=?5, gaps=?6 WHERE id=?1 AND reported<=?2";

static ym_status took_sequence(struct ym_sql *s, const struct ym_taken *t, int64_t now,
                               struct ym_err *err) {
    const struct ym_report *r = t->report;
    sqlite3_stmt *q = NULL;
    ym_status st;

    YM_TRY(ym_sql_open(s, took_sql[r->channel], &q, err));
    (void)sqlite3_bind_blob(q, 1, r->machine, sizeof(r->machine), SQLITE_STATIC);
    (void)sqlite3_bind_int64(q, 2, (sqlite3_int64)r->sequence);
    (void)sqlite3_bind_blob(q, 3, t->hash, sizeof(t->hash), SQLITE_STATIC);
    (void)sqlite3_bind_int64(q, 4, now);
    st = ym_sql_do(s, q, err);
    (void)sqlite3_finalize(q);
    return st;
}

static ym_status took_health(struct ym_sql *s, const struct ym_report *r, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    ym_status st;

    YM_TRY(ym_sql_open(s, health_sql, &q, err));
    (void)sqlite3_bind_blob(q, 1, r->machine, sizeof(r->machine), SQLITE_STATIC);
    (void)sqlite3_bind_int64(q, 2, r->time);
    (void)sqlite3_bind_int64(q, 3, (sqlite3_int64)r->health.epoch);
    (void)sqlite3_bind_int(q, 4, (int)r->health.state);
    (void)sqlite3_bind_int64(q, 5, (sqlite3_int64)r->health.files);
    (void)sqlite3_bind_int64(q, 6, (sqlite3_int64)r->health.gaps);
    st = ym_sql_do(s, q, err);
    (void)sqlite3_finalize(q);
    return st;
}

static ym_status took_tool(struct ym_sql *s, const struct ym_taken *t, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    ym_status st;

    YM_TRY(ym_sql_open(s, "UPDATE machine SET tool=?2 WHERE id=?1 AND tool<>?2", &q, err));
    (void)sqlite3_bind_blob(q, 1, t->report->machine, sizeof(t->report->machine), SQLITE_STATIC);
    (void)sqlite3_bind_text(q, 2, t->tool, -1, SQLITE_STATIC);
    st = ym_sql_do(s, q, err);
    (void)sqlite3_finalize(q);
    return st;
}

static ym_status took_one(struct ym_sql *s, const struct ym_taken *t, int64_t now,
                          struct ym_err *err) {
    YM_TRY(took_sequence(s, t, now, err));
    if (sqlite3_changes(s->db) > 0) {
        YM_TRY(took_health(s, t->report, err));
    }
    return t->tool == NULL || t->tool[0] == '\0' ? YM_OK : took_tool(s, t, err);
}

/* What a sighting raises is written in the same transaction, so that no kill parts the two; but an
 * alert that cannot be written costs only itself. */
static void took_sightings(struct ym_fleet_state *s, const struct ym_taken *taken, size_t n,
                           int64_t now) {
    struct ym_err ignored = {0}; /* counted */
    size_t seen = 0;

    for (size_t i = 0; i < n; i++) {
        seen += taken[i].n_sightings;
    }
    if (seen == 0) {
        return;
    }
    if (ym_sql_run(&s->write, "SAVEPOINT alerts", &ignored) != YM_OK) {
        s->alerts_failed++;
        return;
    }
    if (ym_alerts_of_sightings(s, taken, n, now, &ignored) != YM_OK) {
        s->alerts_failed++;
        (void)sqlite3_exec(s->write.db, "ROLLBACK TO alerts", NULL, NULL, NULL);
    }
    (void)sqlite3_exec(s->write.db, "RELEASE alerts", NULL, NULL, NULL);
}

ym_status ym_fleet_machines_took(struct ym_fleet_state *state, const struct ym_taken *taken,
                                 size_t n, int64_t now, struct ym_err *err) {
    ym_status st = YM_OK;

    YM_TRY(ym_state_begin(state, err));
    for (size_t i = 0; st == YM_OK && i < n; i++) {
        st = took_one(&state->write, &taken[i], now, err);
    }
    if (st == YM_OK) {
        took_sightings(state, taken, n, now);
    }
    return ym_state_end(state, st, err);
}
