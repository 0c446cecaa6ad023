/* store_schema.c - the tables of a store, and older ones brought up to date.
 *
 * A new store is made as version 1 and brought up to date like one that was found: so both have the
 * same columns in the same order.  See docs/formats/record.md. */
#include "store_int.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>

#include "private.h"

#define MODULE "records/schema"

enum {
    APPLICATION_ID = 0x594d5243, /* "YMRC" */
    RECORD_MEMORY = 16 << 20,    /* of the findings of one record */
};

/* month = year * 12 + month of the year - 1, of the run's start in UTC: the report's base period. */
static const char version_1[] = "CREATE TABLE execution("
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

/* The index of version 1 that the rollups took the work of is not made any more. */
static const char to_version_2[] =
    "DROP INDEX IF EXISTS execution_cleaned;"
    "ALTER TABLE execution ADD COLUMN server TEXT NOT NULL DEFAULT 'unknown';"
    "ALTER TABLE execution ADD COLUMN located TEXT NOT NULL DEFAULT 'unknown';"
    "ALTER TABLE execution ADD COLUMN protection TEXT NOT NULL DEFAULT 'unknown';"
    "ALTER TABLE execution ADD COLUMN exposures_left_out INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE execution ADD COLUMN observations_left_out INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE detection ADD COLUMN path TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE detection ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE exposure("
    " execution INTEGER NOT NULL REFERENCES execution(n),"
    " id TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " age_days INTEGER);"
    "CREATE INDEX exposure_by_execution ON exposure(execution);"
    "CREATE TABLE observation("
    " execution INTEGER NOT NULL REFERENCES execution(n),"
    " kind TEXT NOT NULL,"
    " key TEXT NOT NULL,"
    " count INTEGER NOT NULL);"
    "CREATE INDEX observation_by_execution ON observation(execution);";

static ym_status upgrade(struct ym_store *s, struct ym_err *err) {
    char mark[64];

    YM_TRY(ym_store_sql(s, to_version_2, "cannot bring the store up to date", err));
    YM_TRY(ym_store_sql(s, ym_rollup_schema, "cannot bring the store up to date", err));
    (void)snprintf(mark, sizeof(mark), "PRAGMA user_version=%d", YM_STORE_VERSION);
    return ym_store_sql(s, mark, "cannot bring the store up to date", err);
}

static ym_status make(struct ym_store *s, struct ym_err *err) {
    char mark[64];

    (void)snprintf(mark, sizeof(mark), "PRAGMA application_id=%d", APPLICATION_ID);
    YM_TRY(ym_store_sql(s, version_1, "cannot make the store", err));
    YM_TRY(ym_store_sql(s, mark, "cannot make the store", err));
    YM_TRY(upgrade(s, err));
    return ym_store_commit(s, err);
}

ym_status ym_store_make_schema(struct ym_store *s, struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_store_begin(s, err));
    st = make(s, err);
    if (st != YM_OK) {
        ym_store_rollback(s);
    }
    return st;
}

/* --- an older store --- */

static const char *text_of(sqlite3_stmt *q, int column) {
    const char *s = (const char *)sqlite3_column_text(q, column);

    return s == NULL ? "" : s;
}

static void id_of(sqlite3_stmt *q, int column, uint8_t ret[YM_RECORD_ID_SIZE]) {
    const void *blob = sqlite3_column_blob(q, column);

    memset(ret, 0, YM_RECORD_ID_SIZE);
    if (blob != NULL && sqlite3_column_bytes(q, column) == YM_RECORD_ID_SIZE) {
        memcpy(ret, blob, YM_RECORD_ID_SIZE);
    }
}

/* The value of a word; the first of the table where the store has another. */
static unsigned value_of(const struct ym_words *words, sqlite3_stmt *q, int column) {
    unsigned v = 0;

    return ym_word_find(words, text_of(q, column), &v) ? v : 0;
}

/* The findings of one execution, for the rollups: family and category. */
static ym_status read_findings(struct ym_store *s, sqlite3_stmt *q, sqlite3_int64 n,
                               struct ym_record *r, struct ym_arena *arena, struct ym_err *err) {
    ym_status st = YM_OK;
    int code = SQLITE_DONE;

    (void)sqlite3_bind_int64(q, 1, n);
    while (st == YM_OK && (code = sqlite3_step(q)) == SQLITE_ROW) {
        const struct ym_record_detection d = {.family = text_of(q, 0), .category = text_of(q, 1)};

        st = ym_record_add_detection(r, &d, arena);
    }
    (void)sqlite3_reset(q);
    if (st != YM_OK) {
        return ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "no memory for an execution's findings");
    }
    return code == SQLITE_DONE ? YM_OK : ym_store_fail(s, code, "cannot read the store", err);
}

static const char old_executions[] =
    "SELECT n,id,machine,time,run,system,service_pack,bits,country,segment,gaps,outcome,simulated"
    " FROM execution ORDER BY n";
static const char old_findings[] = "SELECT family,category FROM detection WHERE execution=?1";

static void old_record(sqlite3_stmt *q, struct ym_record *r) {
    id_of(q, 1, r->id);
    id_of(q, 2, r->machine);
    r->time = sqlite3_column_int64(q, 3);
    r->run = value_of(&ym_run_words, q, 4);
    r->system = text_of(q, 5);
    r->service_pack = text_of(q, 6);
    r->bits = (uint32_t)sqlite3_column_int(q, 7);
    (void)snprintf(r->country, sizeof(r->country), "%.2s", text_of(q, 8));
    r->segment = value_of(&ym_segment_words, q, 9);
    r->gaps = (uint64_t)sqlite3_column_int64(q, 10);
    r->outcome = value_of(&ym_outcome_words, q, 11);
    r->simulated = sqlite3_column_int(q, 12) != 0;
}

static ym_status count_old(struct ym_store *s, sqlite3_stmt *executions, sqlite3_stmt *findings,
                           struct ym_arena *arena, struct ym_err *err) {
    int code;

    while ((code = sqlite3_step(executions)) == SQLITE_ROW) {
        struct ym_record r = {0};

        ym_arena_reset(arena);
        old_record(executions, &r);
        if (r.outcome != YM_OUTCOME_NONE) {
            YM_TRY(read_findings(s, findings, sqlite3_column_int64(executions, 0), &r, arena, err));
        }
        YM_TRY(ym_rollup_add(s, &r, err));
    }
    return code == SQLITE_DONE ? YM_OK : ym_store_fail(s, code, "cannot read the store", err);
}

static ym_status count_all(struct ym_store *s, struct ym_err *err) {
    struct ym_arena *arena = ym_arena_new(RECORD_MEMORY);
    sqlite3_stmt *executions = NULL;
    sqlite3_stmt *findings = NULL;
    int code = sqlite3_prepare_v2(s->db, old_executions, -1, &executions, NULL);
    ym_status st;

    if (code == SQLITE_OK) {
        code = sqlite3_prepare_v2(s->db, old_findings, -1, &findings, NULL);
    }
    if (arena == NULL) {
        st = ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory to read the store");
    } else if (code != SQLITE_OK) {
        st = ym_store_fail(s, code, "cannot read the store", err);
    } else {
        st = count_old(s, executions, findings, arena, err);
    }
    (void)sqlite3_finalize(executions);
    (void)sqlite3_finalize(findings);
    ym_arena_free(arena);
    return st;
}

/* Another program may have done it since the header was read. */
static ym_status version_of(struct ym_store *s, int *ret, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    int code = sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &q, NULL);

    if (code == SQLITE_OK) {
        code = sqlite3_step(q);
    }
    if (code == SQLITE_ROW) {
        *ret = sqlite3_column_int(q, 0);
    }
    (void)sqlite3_finalize(q);
    return code == SQLITE_ROW ? YM_OK : ym_store_fail(s, code, "cannot read the store", err);
}

static ym_status migrate(struct ym_store *s, struct ym_err *err) {
    int version = 0;

    YM_TRY(version_of(s, &version, err));
    if (version < YM_STORE_VERSION) {
        YM_TRY(upgrade(s, err));
        YM_TRY(count_all(s, err));
    }
    return ym_store_commit(s, err);
}

ym_status ym_store_migrate(struct ym_store *s, struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_store_begin(s, err));
    st = migrate(s, err);
    if (st != YM_OK) {
        ym_store_rollback(s);
    }
    return st;
}
