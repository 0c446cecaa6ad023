/* store_sqlite.c - records in SQLite.  See store.h.
 *
 * Whether a file is ours is decided from the 100 bytes of its header: SQLite keeps the
 * application id and the user version there (https://www.sqlite.org/fileformat2.html, section
 * 1.3), and reading them ourselves leaves no lock, journal or shared memory beside a foreign file.
 *
 * A new store is made under a hidden name and linked into place, so that there never is half a
 * schema under the real name. */
#include "sqlite_int.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/reader.h"
#include "base/time.h"
#include "os/file.h"
#include "records/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"

#define MODULE "records/store"

enum {
    OLDEST_VERSION = 1, /* that is brought up to date */
    HEADER_SIZE = 100,
    PATH_SIZE = YM_STORE_PATH_SIZE,
    STATEMENT_MAX = 16384, /* bytes */
};

static const char *const statement_text[YM_GET_SEEN] = {
    [YM_PUT_EXECUTION] =
        "INSERT INTO execution(id,machine,time,month,tool,run,system,service_pack,bits,country,"
        "segment,epoch,files,gaps,duration_ms,outcome,simulated,detections_left_out,"
        "repairs_left_out,server,located,protection,exposures_left_out,observations_left_out)"
        " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,"
        "?23,?24) ON CONFLICT(time,id) DO NOTHING",
    [YM_PUT_DETECTION] = ("INSERT INTO detection(execution,family,name,category,object,path,"
                          "blocked,variant,type) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)"),
    [YM_PUT_REPAIR] = "INSERT INTO repair(execution,what,result) VALUES(?1,?2,?3)",
    [YM_PUT_EXPOSURE] =
        "INSERT INTO exposure(execution,id,kind,state,age_days) VALUES(?1,?2,?3,?4,?5)",
    [YM_PUT_OBSERVATION] = "INSERT INTO observation(execution,kind,key,count) VALUES(?1,?2,?3,?4)",
    [YM_GET_WORD] = "SELECT n FROM word WHERE text=?1",
    [YM_PUT_WORD] = "INSERT INTO word(text) VALUES(?1)",
};

ym_status ym_sqlite_fail(struct ym_sqlite *store, int code, const char *what, struct ym_err *err) {
    const char *cure = "";

    if ((code & 0xff) == SQLITE_FULL) {
        cure = "; nothing was lost: free some space and run it again";
    } else if ((code & 0xff) == SQLITE_BUSY) {
        cure = "; another program is writing: run it again";
    } else if ((code & 0xff) == SQLITE_READONLY || (code & 0xff) == SQLITE_CANTOPEN) {
        cure = "; even reading needs to write beside the store: use a copy of it, or be its owner";
    }
    return ym_fail_at(err, (code & 0xff) == SQLITE_NOMEM ? YM_NOMEM : YM_IO, MODULE,
                      store->store.name, 0, 0, "%s: %s%s", what,
                      store->db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(store->db), cure);
}

ym_status ym_sqlite_sql(struct ym_sqlite *s, const char *sql, const char *what,
                        struct ym_err *err) {
    int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? YM_OK : ym_sqlite_fail(s, code, what, err);
}

/* --- opening --- */

static ym_status check_header(const char *path, struct ym_reader *r, bool *ret_old,
                              struct ym_err *err) {
    static const char magic[16] = "SQLite format 3";
    const uint8_t *found = ym_get_view(r, sizeof(magic));
    uint32_t version;
    uint32_t application;

    ym_seek(r, 60);
    version = ym_get_u32be(r);
    ym_seek(r, 68);
    application = ym_get_u32be(r);
    if (ym_reader_status(r) != YM_OK || found == NULL || memcmp(found, magic, sizeof(magic)) != 0 ||
        application != YM_SQLITE_APPLICATION) {
        return ym_fail_at(err, YM_MALFORMED, MODULE, path, 0, 0,
                          "this is not a store of Yamori; it was not touched. Name another file, "
                          "or one that does not exist yet");
    }
    if (version < OLDEST_VERSION || version > YM_SQLITE_VERSION) {
        return ym_fail_at(err, YM_UNSUPPORTED, MODULE, path, 0, 0,
                          "the store has version %u, this program reads %d to %d: use the version "
                          "of Yamori that wrote it",
                          version, OLDEST_VERSION, YM_SQLITE_VERSION);
    }
    *ret_old = version < YM_SQLITE_VERSION;
    return YM_OK;
}

/* Is it ours?  An empty or missing file is not. */
static ym_status check_file(const char *path, bool *ret_old, struct ym_err *err) {
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
    return check_header(path, &r, ret_old, err);
}

static ym_status connect_file(struct ym_sqlite *s, const char *path, int flags,
                              struct ym_err *err) {
    int code = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_EXRESCODE, NULL);

    if (code != SQLITE_OK) {
        return ym_sqlite_fail(s, code, "cannot open the store", err);
    }
    (void)sqlite3_busy_timeout(s->db, 10000);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return ym_sqlite_sql(
        s,
        "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA synchronous=FULL;"
        "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY",
        "cannot set the store up", err);
}

static void disconnect(struct ym_sqlite *s) {
    ym_rollup_forget(s);
    for (int i = 0; i < YM_PUT_COUNT; i++) {
        (void)sqlite3_finalize(s->put[i]);
        s->put[i] = NULL;
    }
    (void)sqlite3_close(s->db);
    s->db = NULL;
}

/* A whole empty store under a hidden name, then its real one; someone else's new one wins. */
static ym_status create(struct ym_sqlite *s, const char *path, struct ym_err *err) {
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
        st = ym_sqlite_make_schema(s, err);
    }
    disconnect(s);
    if (st == YM_OK && link(hidden, path) != 0 && errno != EEXIST) {
        st = ym_fail_errno(err, MODULE, path, errno, "cannot make the store");
    }
    (void)unlink(hidden);
    return st;
}

/* Even who only wants to read brings an older store up to date first: it is read by its rollups. */
static ym_status migrate_file(struct ym_sqlite *s, const char *path, struct ym_err *err) {
    YM_TRY(connect_file(s, path, SQLITE_OPEN_READWRITE, err));
    if (sqlite3_db_readonly(s->db, "main") != 0) {
        return ym_fail_at(err, YM_IO, MODULE, path, 0, 0,
                          "the store is of an older version and may not be written here: let its "
                          "owner run `yamori record ingest` on it once, or use a copy");
    }
    /* What a statement must be able to take back, all of a table, is too much for memory. */
    YM_TRY(ym_sqlite_sql(s, "PRAGMA journal_mode=WAL; PRAGMA temp_store=FILE",
                         "cannot write to the store", err));
    YM_TRY(ym_sqlite_migrate(s, err));
    disconnect(s);
    return YM_OK;
}

static ym_status open_file(struct ym_sqlite *s, const char *path, enum ym_store_mode mode,
                           struct ym_err *err) {
    struct stat sb;
    bool old = false;

    if (mode == YM_STORE_CREATE && stat(path, &sb) != 0 && errno == ENOENT) {
        YM_TRY(create(s, path, err));
    }
    YM_TRY(check_file(path, &old, err));
    if (old) {
        YM_TRY(migrate_file(s, path, err));
    }
    YM_TRY(connect_file(s, path,
                        mode == YM_STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, err));
    if (mode != YM_STORE_READ) {
        YM_TRY(ym_sqlite_sql(s, "PRAGMA journal_mode=WAL", "cannot write to the store", err));
    }
    return YM_OK;
}

static void close_store(struct ym_store *store) {
    disconnect((struct ym_sqlite *)store);
    ym_free(store);
}

/* --- putting --- */

ym_status ym_sqlite_begin(struct ym_sqlite *store, struct ym_err *err) {
    return ym_sqlite_sql(store, "BEGIN IMMEDIATE", "cannot write to the store", err);
}

ym_status ym_sqlite_commit(struct ym_sqlite *store, struct ym_err *err) {
    ym_status st;

    if (store->broken) {
        return ym_fail_at(err, YM_IO, MODULE, store->store.name, 0, 0,
                          "a record could not be put whole: the transaction must be taken back");
    }
    st = ym_rollup_flush(store, err);
    if (st != YM_OK) {
        store->broken = true; /* some of the sums are written */
        return st;
    }
    return ym_sqlite_sql(store, "COMMIT", "cannot keep the records", err);
}

void ym_sqlite_rollback(struct ym_sqlite *store) {
    ym_rollup_forget(store);
    store->broken = false;
    if (sqlite3_get_autocommit(store->db) == 0) { /* a full disk may have rolled back already */
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
}

ym_status ym_sqlite_prepare(struct ym_sqlite *s, enum ym_put which, sqlite3_stmt **ret,
                            struct ym_err *err) {
    if (s->put[which] == NULL) {
        struct ym_buf sql;
        int code = SQLITE_NOMEM;

        ym_buf_init(&sql, STATEMENT_MAX);
        if (which < YM_GET_SEEN) {
            ym_buf_add_text(&sql, statement_text[which]);
        } else {
            ym_rollup_statement(which, &sql);
        }
        if (ym_buf_status(&sql) == YM_OK) {
            code = sqlite3_prepare_v3(s->db, (const char *)sql.data, (int)sql.len,
                                      SQLITE_PREPARE_PERSISTENT, &s->put[which], NULL);
        }
        ym_buf_done(&sql);
        if (code != SQLITE_OK) {
            return ym_sqlite_fail(s, code, "this store cannot take records", err);
        }
    }
    *ret = s->put[which];
    return YM_OK;
}

void ym_sqlite_bind_text(sqlite3_stmt *q, int at, const char *text) {
    (void)sqlite3_bind_text(q, at, text == NULL ? "" : text, -1, SQLITE_STATIC);
}

static void bind_number(sqlite3_stmt *q, int at, uint64_t v) {
    (void)sqlite3_bind_int64(q, at, v <= INT64_MAX ? (sqlite3_int64)v : INT64_MAX);
}

/* A binding can fail only for want of memory; its column would then be NULL and the step would
 * refuse it (NOT NULL), so that the step's result is the one to look at. */
ym_status ym_sqlite_step(struct ym_sqlite *s, sqlite3_stmt *q, struct ym_err *err) {
    int code = sqlite3_step(q);

    (void)sqlite3_reset(q);
    return code == SQLITE_DONE ? YM_OK : ym_sqlite_fail(s, code, "cannot keep a record", err);
}

static ym_status put_execution(struct ym_sqlite *s, const struct ym_record *r, struct ym_err *err) {
    static const uint8_t unknown[YM_RECORD_ID_SIZE];
    sqlite3_stmt *q = NULL;

    YM_TRY(ym_sqlite_prepare(s, YM_PUT_EXECUTION, &q, err));
    (void)sqlite3_bind_blob(q, 1, r->id, YM_RECORD_ID_SIZE, SQLITE_STATIC);
    if (memcmp(r->machine, unknown, sizeof(unknown)) == 0) {
        (void)sqlite3_bind_null(q, 2);
    } else {
        (void)sqlite3_bind_blob(q, 2, r->machine, YM_RECORD_ID_SIZE, SQLITE_STATIC);
    }
    (void)sqlite3_bind_int64(q, 3, r->time);
    (void)sqlite3_bind_int64(q, 4, ym_store_month(r->time));
    ym_sqlite_bind_text(q, 5, r->tool);
    ym_sqlite_bind_text(q, 6, ym_run_word(r->run));
    ym_sqlite_bind_text(q, 7, r->system);
    ym_sqlite_bind_text(q, 8, r->service_pack);
    bind_number(q, 9, r->bits);
    ym_sqlite_bind_text(q, 10, r->country[0] == '\0' ? "ZZ" : r->country);
    ym_sqlite_bind_text(q, 11, ym_segment_word(r->segment));
    bind_number(q, 12, r->epoch);
    bind_number(q, 13, r->files);
    bind_number(q, 14, r->gaps);
    bind_number(q, 15, r->duration_ms);
    ym_sqlite_bind_text(q, 16, ym_outcome_word(r->outcome));
    (void)sqlite3_bind_int(q, 17, r->simulated);
    bind_number(q, 18, r->detections_left_out);
    bind_number(q, 19, r->repairs_left_out);
    ym_sqlite_bind_text(q, 20, ym_server_word(r->server));
    ym_sqlite_bind_text(q, 21, ym_located_word(r->located));
    ym_sqlite_bind_text(q, 22, ym_protection_word(r->protection));
    bind_number(q, 23, r->exposures_left_out);
    bind_number(q, 24, r->observations_left_out);
    return ym_sqlite_step(s, q, err);
}

static ym_status put_details(struct ym_sqlite *s, const struct ym_record *r, sqlite3_int64 n,
                             struct ym_err *err) {
    char variant[YM_FAMILY_MAX];
    sqlite3_stmt *q = NULL;

    for (size_t i = 0; i < r->n_detections; i++) {
        const char *name = r->detections[i].name == NULL ? "" : r->detections[i].name;
        const char *category = r->detections[i].category;

        category = category == NULL ? "" : category;
        YM_TRY(ym_sqlite_prepare(s, YM_PUT_DETECTION, &q, err));
        (void)sqlite3_bind_int64(q, 1, n);
        ym_sqlite_bind_text(q, 2, r->detections[i].family);
        ym_sqlite_bind_text(q, 3, r->detections[i].name);
        ym_sqlite_bind_text(q, 4, r->detections[i].category);
        ym_sqlite_bind_text(q, 5, r->detections[i].object);
        ym_sqlite_bind_text(q, 6, ym_path_word(r->detections[i].path));
        (void)sqlite3_bind_int(q, 7, r->detections[i].blocked);
        ym_sqlite_bind_text(q, 8, ym_variant_of_name(name, variant));
        ym_sqlite_bind_text(q, 9, ym_exploit_type_of_name(name, category));
        YM_TRY(ym_sqlite_step(s, q, err));
    }
    for (size_t i = 0; i < r->n_repairs; i++) {
        YM_TRY(ym_sqlite_prepare(s, YM_PUT_REPAIR, &q, err));
        (void)sqlite3_bind_int64(q, 1, n);
        ym_sqlite_bind_text(q, 2, r->repairs[i].what);
        ym_sqlite_bind_text(q, 3, ym_repair_word(r->repairs[i].result));
        YM_TRY(ym_sqlite_step(s, q, err));
    }
    return YM_OK;
}

static ym_status put_lists(struct ym_sqlite *s, const struct ym_record *r, sqlite3_int64 n,
                           struct ym_err *err) {
    sqlite3_stmt *q = NULL;

    for (size_t i = 0; i < r->n_exposures; i++) {
        YM_TRY(ym_sqlite_prepare(s, YM_PUT_EXPOSURE, &q, err));
        (void)sqlite3_bind_int64(q, 1, n);
        ym_sqlite_bind_text(q, 2, r->exposures[i].id);
        ym_sqlite_bind_text(q, 3, ym_exposure_word(r->exposures[i].kind));
        ym_sqlite_bind_text(q, 4, ym_exposure_state_word(r->exposures[i].state));
        if (r->exposures[i].age_days < 0) {
            (void)sqlite3_bind_null(q, 5);
        } else {
            (void)sqlite3_bind_int64(q, 5, r->exposures[i].age_days);
        }
        YM_TRY(ym_sqlite_step(s, q, err));
    }
    for (size_t i = 0; i < r->n_observations; i++) {
        YM_TRY(ym_sqlite_prepare(s, YM_PUT_OBSERVATION, &q, err));
        (void)sqlite3_bind_int64(q, 1, n);
        ym_sqlite_bind_text(q, 2, r->observations[i].kind);
        ym_sqlite_bind_text(q, 3, r->observations[i].key);
        bind_number(q, 4, r->observations[i].count);
        YM_TRY(ym_sqlite_step(s, q, err));
    }
    return YM_OK;
}

/* What belongs to an execution that is new. */
static ym_status put_rest(struct ym_sqlite *s, const struct ym_record *r, struct ym_err *err) {
    sqlite3_int64 n = sqlite3_last_insert_rowid(s->db);

    YM_TRY(put_details(s, r, n, err));
    YM_TRY(put_lists(s, r, n, err));
    s->at = n;
    return ym_rollup_add(s, r, err);
}

static ym_status put_record(struct ym_sqlite *s, const struct ym_record *record, bool *ret_new,
                            struct ym_err *err) {
    ym_status st = put_execution(s, record, err);
    bool is_new = sqlite3_changes(s->db) > 0;

    if (st == YM_OK && is_new) {
        st = put_rest(s, record, err);
    }
    if (st != YM_OK) {
        s->broken = true;
        return st;
    }
    *ret_new = is_new;
    return YM_OK;
}

/* --- as a store --- */

static struct ym_sqlite *of(struct ym_store *s) {
    return (struct ym_sqlite *)s;
}

static ym_status op_begin(struct ym_store *s, struct ym_err *err) {
    return ym_sqlite_begin(of(s), err);
}

static ym_status op_commit(struct ym_store *s, struct ym_err *err) {
    return ym_sqlite_commit(of(s), err);
}

static void op_rollback(struct ym_store *s) {
    ym_sqlite_rollback(of(s));
}

static ym_status op_put(struct ym_store *s, const struct ym_record *record, bool *ret_new,
                        struct ym_err *err) {
    return put_record(of(s), record, ret_new, err);
}

static ym_status op_each(struct ym_store *s, ym_store_fn *fn, void *user, struct ym_err *err) {
    return ym_sqlite_each(of(s), fn, user, err);
}

static ym_status op_sums(struct ym_store *s, const struct ym_sums_query *query, ym_sums_fn *fn,
                         void *user, struct ym_err *err) {
    return ym_sqlite_sums(of(s), query, fn, user, err);
}

static void op_sums_text(struct ym_store *s, enum ym_sums kind, unsigned margin, struct ym_buf *sql,
                         struct ym_buf *definition) {
    (void)s;
    ym_sqlite_sums_text(kind, margin, sql, definition);
}

/* Sums are made by each commit. */
static ym_status op_refresh(struct ym_store *s, struct ym_err *err) {
    (void)s;
    (void)err;
    return YM_OK;
}

static const struct ym_store_ops sqlite_ops = {.kind = "sqlite",
                                               .close = close_store,
                                               .begin = op_begin,
                                               .commit = op_commit,
                                               .rollback = op_rollback,
                                               .put = op_put,
                                               .each = op_each,
                                               .refresh = op_refresh,
                                               .sums = op_sums,
                                               .sums_text = op_sums_text};

ym_status ym_sqlite_open(const char *path, enum ym_store_mode mode, struct ym_store **ret_store,
                         struct ym_err *err) {
    struct ym_sqlite *s = ym_zalloc(1, sizeof(*s));
    ym_status st;

    if (s == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory for a store");
    }
    s->store.ops = &sqlite_ops;
    if (mode == YM_STORE_MEMORY) {
        (void)snprintf(s->store.name, sizeof(s->store.name), "(store in memory)");
        st = connect_file(s, ":memory:", SQLITE_OPEN_READWRITE, err);
        st = st == YM_OK ? ym_sqlite_make_schema(s, err) : st;
    } else if (strlen(path) >= YM_SPOOL_PATH_MAX || path[0] == '\0') {
        st = ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET,
                     "the name of the store is empty or too long");
    } else {
        (void)snprintf(s->store.name, sizeof(s->store.name), "%s", path);
        st = open_file(s, path, mode, err);
    }
    if (st != YM_OK) {
        close_store(&s->store);
        return st;
    }
    *ret_store = &s->store;
    return YM_OK;
}
