/* store.c - records in SQLite.  See store.h.
 *
 * Whether a file is ours is decided from the 100 bytes of its header: SQLite keeps the
 * application id and the user version there (https://www.sqlite.org/fileformat2.html, section
 * 1.3), and reading them ourselves leaves no lock, journal or shared memory beside a foreign file.
 *
 * A new store is made under a hidden name and linked into place, so that there never is half a
 * schema under the real name. */
#include "records/store.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/reader.h"
#include "base/time.h"
#include "os/file.h"
#include "records/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"

#define MODULE "records/store"

enum {
    APPLICATION_ID = 0x594d5243, /* "YMRC" */
    SCHEMA_VERSION = 1,
    HEADER_SIZE = 100,
    PATH_SIZE = YM_SPOOL_PATH_MAX + 64,
    NAMES_MAX = 512 << 20, /* bytes of the names of one ingest */
};

/* month = year * 12 + month of the year - 1, of the run's start in UTC: the report's base period. */
static const char schema[] =
    "CREATE TABLE execution("
    " n INTEGER PRIMARY KEY,"
    " id BLOB NOT NULL UNIQUE,"
    " machine BLOB,"
    " time INTEGER NOT NULL,"
    " month INTEGER NOT NULL,"
    " tool TEXT NOT NULL,"
    " run TEXT NOT NULL,"
    " system TEXT NOT NULL,"
    " service_pack TEXT NOT NULL,"
    " bits INTEGER NOT NULL,"
    " country TEXT NOT NULL,"
    " segment TEXT NOT NULL,"
    " epoch INTEGER NOT NULL,"
    " files INTEGER NOT NULL,"
    " gaps INTEGER NOT NULL,"
    " duration_ms INTEGER NOT NULL,"
    " outcome TEXT NOT NULL,"
    " simulated INTEGER NOT NULL,"
    " detections_left_out INTEGER NOT NULL,"
    " repairs_left_out INTEGER NOT NULL);"
    "CREATE INDEX execution_by_month ON execution(month);"
    "CREATE INDEX execution_cleaned ON execution(month) WHERE outcome IN ('cleaned','partly');"
    "CREATE TABLE detection("
    " execution INTEGER NOT NULL REFERENCES execution(n),"
    " family TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " category TEXT NOT NULL,"
    " object TEXT NOT NULL);"
    "CREATE INDEX detection_by_execution ON detection(execution);"
    "CREATE TABLE repair("
    " execution INTEGER NOT NULL REFERENCES execution(n),"
    " what TEXT NOT NULL,"
    " result TEXT NOT NULL);"
    "CREATE INDEX repair_by_execution ON repair(execution);";

enum { PUT_EXECUTION, PUT_DETECTION, PUT_REPAIR, N_STATEMENTS };
static const char *const statement_text[N_STATEMENTS] = {
    "INSERT INTO execution(id,machine,time,month,tool,run,system,service_pack,bits,country,segment,"
    "epoch,files,gaps,duration_ms,outcome,simulated,detections_left_out,repairs_left_out)"
    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19)"
    " ON CONFLICT(id) DO NOTHING",
    "INSERT INTO detection(execution,family,name,category,object) VALUES(?1,?2,?3,?4,?5)",
    "INSERT INTO repair(execution,what,result) VALUES(?1,?2,?3)",
};

struct ym_store {
    sqlite3 *db;
    sqlite3_stmt *put[N_STATEMENTS]; /* prepared when first used */
    char name[PATH_SIZE];
};

sqlite3 *ym_store_handle(struct ym_store *store) {
    return store->db;
}

ym_status ym_store_fail(struct ym_store *store, int code, const char *what, struct ym_err *err) {
    const char *cure = "";

    if ((code & 0xff) == SQLITE_FULL) {
        cure = "; nothing was lost: free some space and run it again";
    } else if ((code & 0xff) == SQLITE_BUSY) {
        cure = "; another program is writing: run it again";
    } else if ((code & 0xff) == SQLITE_READONLY || (code & 0xff) == SQLITE_CANTOPEN) {
        cure = "; even reading needs to write beside the store: use a copy of it, or be its owner";
    }
    return ym_fail_at(err, (code & 0xff) == SQLITE_NOMEM ? YM_NOMEM : YM_IO, MODULE, store->name, 0,
                      0, "%s: %s%s", what,
                      store->db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(store->db), cure);
}

static ym_status run_sql(struct ym_store *s, const char *sql, const char *what,
                         struct ym_err *err) {
    int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? YM_OK : ym_store_fail(s, code, what, err);
}

/* --- opening --- */

static ym_status check_header(const char *path, struct ym_reader *r, struct ym_err *err) {
    static const char magic[16] = "SQLite format 3";
    const uint8_t *found = ym_get_view(r, sizeof(magic));
    uint32_t version;
    uint32_t application;

    ym_seek(r, 60);
    version = ym_get_u32be(r);
    ym_seek(r, 68);
    application = ym_get_u32be(r);
    if (ym_reader_status(r) != YM_OK || found == NULL || memcmp(found, magic, sizeof(magic)) != 0 ||
        application != APPLICATION_ID) {
        return ym_fail_at(err, YM_MALFORMED, MODULE, path, 0, 0,
                          "this is not a store of Yamori; it was not touched. Name another file, "
                          "or one that does not exist yet");
    }
    if (version != SCHEMA_VERSION) {
        return ym_fail_at(err, YM_UNSUPPORTED, MODULE, path, 0, 0,
                          "the store has version %u, this program reads %d: use the version of "
                          "Yamori that wrote it",
                          version, SCHEMA_VERSION);
    }
    return YM_OK;
}

/* Is it ours?  An empty or missing file is not. */
static ym_status check_file(const char *path, struct ym_err *err) {
    uint8_t header[HEADER_SIZE];
    struct ym_reader r;
    int fd = -1;
    ssize_t n;

    YM_TRY(ym_file_open(AT_FDCWD, path, true, path, &fd, err));
    n = pread(fd, header, sizeof(header), 0);
    (void)close(fd);
    if (n < 0) {
        return ym_fail_errno(err, MODULE, path, errno, "cannot read");
    }
    ym_reader_init(&r, header, (size_t)n);
    return check_header(path, &r, err);
}

static ym_status connect_file(struct ym_store *s, const char *path, int flags, struct ym_err *err) {
    int code = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_EXRESCODE, NULL);

    if (code != SQLITE_OK) {
        return ym_store_fail(s, code, "cannot open the store", err);
    }
    (void)sqlite3_busy_timeout(s->db, 10000);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return run_sql(s,
                   "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA synchronous=FULL;"
                   "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY",
                   "cannot set the store up", err);
}

static ym_status make_schema(struct ym_store *s, struct ym_err *err) {
    char sql[sizeof(schema) + 200];

    (void)snprintf(sql, sizeof(sql),
                   "BEGIN; %s PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT;", schema,
                   APPLICATION_ID, SCHEMA_VERSION);
    return run_sql(s, sql, "cannot make the store", err);
}

static void disconnect(struct ym_store *s) {
    for (int i = 0; i < N_STATEMENTS; i++) {
        (void)sqlite3_finalize(s->put[i]);
        s->put[i] = NULL;
    }
    (void)sqlite3_close(s->db);
    s->db = NULL;
}

/* A whole empty store under a hidden name, then its real one; someone else's new one wins. */
static ym_status create(struct ym_store *s, const char *path, struct ym_err *err) {
    char dir[PATH_SIZE];
    char hidden[PATH_SIZE + 64];
    char *slash;
    ym_status st;

    (void)snprintf(dir, sizeof(dir), "%s", path);
    slash = strrchr(dir, '/');
    if (slash != NULL && slash != dir) {
        *slash = '\0';
        YM_TRY(ym_make_dirs(dir, err));
    }
    (void)snprintf(hidden, sizeof(hidden), "%s.new-%ld", path, (long)getpid());
    (void)unlink(hidden);
    st = connect_file(s, hidden, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (st == YM_OK) {
        st = make_schema(s, err);
    }
    disconnect(s);
    if (st == YM_OK && link(hidden, path) != 0 && errno != EEXIST) {
        st = ym_fail_errno(err, MODULE, path, errno, "cannot make the store");
    }
    (void)unlink(hidden);
    return st;
}

static ym_status open_file(struct ym_store *s, const char *path, enum ym_store_mode mode,
                           struct ym_err *err) {
    struct stat sb;

    if (mode == YM_STORE_CREATE && stat(path, &sb) != 0 && errno == ENOENT) {
        YM_TRY(create(s, path, err));
    }
    YM_TRY(check_file(path, err));
    YM_TRY(connect_file(s, path,
                        mode == YM_STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, err));
    if (mode != YM_STORE_READ) {
        YM_TRY(run_sql(s, "PRAGMA journal_mode=WAL", "cannot write to the store", err));
    }
    return YM_OK;
}

ym_status ym_store_open(const char *path, enum ym_store_mode mode, struct ym_store **ret_store,
                        struct ym_err *err) {
    struct ym_store *s = ym_zalloc(1, sizeof(*s));
    ym_status st;

    if (s == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for a store");
    }
    if (mode == YM_STORE_MEMORY) {
        (void)snprintf(s->name, sizeof(s->name), "(store in memory)");
        st = connect_file(s, ":memory:", SQLITE_OPEN_READWRITE, err);
        st = st == YM_OK ? make_schema(s, err) : st;
    } else if (strlen(path) >= YM_SPOOL_PATH_MAX || path[0] == '\0') {
        st = ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                     "the name of the store is empty or too long");
    } else {
        (void)snprintf(s->name, sizeof(s->name), "%s", path);
        st = open_file(s, path, mode, err);
    }
    if (st != YM_OK) {
        ym_store_close(s);
        return st;
    }
    *ret_store = s;
    return YM_OK;
}

void ym_store_close(struct ym_store *store) {
    if (store != NULL) {
        disconnect(store);
        ym_free(store);
    }
}

/* --- putting --- */

ym_status ym_store_begin(struct ym_store *store, struct ym_err *err) {
    return run_sql(store, "BEGIN IMMEDIATE", "cannot write to the store", err);
}

ym_status ym_store_commit(struct ym_store *store, struct ym_err *err) {
    return run_sql(store, "COMMIT", "cannot keep the records", err);
}

void ym_store_rollback(struct ym_store *store) {
    if (sqlite3_get_autocommit(store->db) == 0) { /* a full disk may have rolled back already */
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
}

static ym_status prepare(struct ym_store *s, int which, sqlite3_stmt **ret, struct ym_err *err) {
    if (s->put[which] == NULL) {
        int code = sqlite3_prepare_v3(s->db, statement_text[which], -1, SQLITE_PREPARE_PERSISTENT,
                                      &s->put[which], NULL);

        if (code != SQLITE_OK) {
            return ym_store_fail(s, code, "this store cannot take records", err);
        }
    }
    *ret = s->put[which];
    return YM_OK;
}

/* The texts live until the step is done: SQLite need not copy them. */
static void bind_text(sqlite3_stmt *q, int at, const char *text) {
    (void)sqlite3_bind_text(q, at, text == NULL ? "" : text, -1, SQLITE_STATIC);
}

static void bind_number(sqlite3_stmt *q, int at, uint64_t v) {
    (void)sqlite3_bind_int64(q, at, v <= INT64_MAX ? (sqlite3_int64)v : INT64_MAX);
}

/* A binding can fail only for want of memory; its column would then be NULL and the step would
 * refuse it (NOT NULL), so that the step's result is the one to look at. */
static ym_status step(struct ym_store *s, sqlite3_stmt *q, struct ym_err *err) {
    int code = sqlite3_step(q);

    (void)sqlite3_reset(q);
    return code == SQLITE_DONE ? YM_OK : ym_store_fail(s, code, "cannot keep a record", err);
}

static ym_status put_execution(struct ym_store *s, const struct ym_record *r, struct ym_err *err) {
    static const uint8_t unknown[YM_RECORD_ID_SIZE];
    struct ym_date date = ym_date_of_unix(r->time);
    sqlite3_stmt *q = NULL;

    YM_TRY(prepare(s, PUT_EXECUTION, &q, err));
    (void)sqlite3_bind_blob(q, 1, r->id, YM_RECORD_ID_SIZE, SQLITE_STATIC);
    if (memcmp(r->machine, unknown, sizeof(unknown)) == 0) {
        (void)sqlite3_bind_null(q, 2);
    } else {
        (void)sqlite3_bind_blob(q, 2, r->machine, YM_RECORD_ID_SIZE, SQLITE_STATIC);
    }
    (void)sqlite3_bind_int64(q, 3, r->time);
    (void)sqlite3_bind_int64(q, 4, (sqlite3_int64)date.year * 12 + date.month - 1);
    bind_text(q, 5, r->tool);
    bind_text(q, 6, ym_run_word(r->run));
    bind_text(q, 7, r->system);
    bind_text(q, 8, r->service_pack);
    bind_number(q, 9, r->bits);
    bind_text(q, 10, r->country[0] == '\0' ? "ZZ" : r->country);
    bind_text(q, 11, ym_segment_word(r->segment));
    bind_number(q, 12, r->epoch);
    bind_number(q, 13, r->files);
    bind_number(q, 14, r->gaps);
    bind_number(q, 15, r->duration_ms);
    bind_text(q, 16, ym_outcome_word(r->outcome));
    (void)sqlite3_bind_int(q, 17, r->simulated);
    bind_number(q, 18, r->detections_left_out);
    bind_number(q, 19, r->repairs_left_out);
    return step(s, q, err);
}

static ym_status put_details(struct ym_store *s, const struct ym_record *r, sqlite3_int64 n,
                             struct ym_err *err) {
    sqlite3_stmt *q = NULL;

    for (size_t i = 0; i < r->n_detections; i++) {
        YM_TRY(prepare(s, PUT_DETECTION, &q, err));
        (void)sqlite3_bind_int64(q, 1, n);
        bind_text(q, 2, r->detections[i].family);
        bind_text(q, 3, r->detections[i].name);
        bind_text(q, 4, r->detections[i].category);
        bind_text(q, 5, r->detections[i].object);
        YM_TRY(step(s, q, err));
    }
    for (size_t i = 0; i < r->n_repairs; i++) {
        YM_TRY(prepare(s, PUT_REPAIR, &q, err));
        (void)sqlite3_bind_int64(q, 1, n);
        bind_text(q, 2, r->repairs[i].what);
        bind_text(q, 3, ym_repair_word(r->repairs[i].result));
        YM_TRY(step(s, q, err));
    }
    return YM_OK;
}

ym_status ym_store_put(struct ym_store *store, const struct ym_record *record, bool *ret_new,
                       struct ym_err *err) {
    YM_TRY(put_execution(store, record, err));
    if (sqlite3_changes(store->db) == 0) {
        *ret_new = false;
        return YM_OK;
    }
    YM_TRY(put_details(store, record, sqlite3_last_insert_rowid(store->db), err));
    *ret_new = true;
    return YM_OK;
}

/* --- the spool --- */

struct ingest {
    struct ym_store *store;
    struct ym_store_counts counts;
    struct ym_buf names; /* of the files taken, each with its NUL */
};

static ym_status take(void *user, const struct ym_record *record, const char *name,
                      struct ym_err *err) {
    struct ingest *in = user;
    bool is_new = false;

    YM_TRY(ym_store_put(in->store, record, &is_new, err));
    in->counts.added += is_new;
    in->counts.known += !is_new;
    ym_buf_add(&in->names, name, strlen(name) + 1);
    if (ym_buf_status(&in->names) != YM_OK) {
        return ym_fail(err, ym_buf_status(&in->names), MODULE, YM_ERR_NO_OFFSET,
                       "no memory for the names of the records taken");
    }
    return YM_OK;
}

static ym_status remove_taken(const char *spool, const struct ym_buf *names, struct ym_err *err) {
    for (size_t at = 0; at < names->len; at += strlen((const char *)names->data + at) + 1) {
        YM_TRY(ym_spool_remove(spool, (const char *)names->data + at, err));
    }
    return YM_OK;
}

ym_status ym_store_ingest(struct ym_store *store, const char *spool, bool keep,
                          struct ym_store_counts *ret_counts, struct ym_err *err) {
    struct ingest in = {.store = store};
    struct ym_spool_counts walked = {0};
    ym_status st;

    YM_TRY(ym_store_begin(store, err));
    ym_buf_init(&in.names, NAMES_MAX);
    st = ym_spool_each(spool, take, &in, &walked, err);
    if (st == YM_OK) {
        st = ym_store_commit(store, err);
    }
    if (st != YM_OK) {
        ym_store_rollback(store);
    } else if (!keep) {
        st = remove_taken(spool, &in.names, err);
    }
    ym_buf_done(&in.names);
    YM_TRY(st);
    in.counts.bad = walked.bad;
    *ret_counts = in.counts;
    return YM_OK;
}
