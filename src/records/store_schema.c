/* store_schema.c - the tables of a store, and older ones brought up to date.
 *
 * A new store is made as version 1 and brought up to date like one that was found: so both have the
 * same columns in the same order.  See docs/formats/record.md. */
#include "store_int.h"

#include <stdio.h>

enum { APPLICATION_ID = 0x594d5243 }; /* "YMRC" */

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

/* Whether a record is there is asked by its time and id, not by its id alone: records that come in are
 * young, so that this index grows at its end, where a random id would hit any page of it.  The indexes
 * over months are not needed where nobody scans months. */
static const char to_version_2[] =
    "CREATE TABLE execution_2("
    " n INTEGER PRIMARY KEY,"
    " id BLOB NOT NULL,"
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
    " repairs_left_out INTEGER NOT NULL,"
    " server TEXT NOT NULL,"
    " located TEXT NOT NULL,"
    " protection TEXT NOT NULL,"
    " exposures_left_out INTEGER NOT NULL,"
    " observations_left_out INTEGER NOT NULL,"
    " UNIQUE(time,id));"
    "INSERT INTO execution_2 SELECT "
    "n,id,machine,time,month,tool,run,system,service_pack,bits,country,"
    "segment,epoch,files,gaps,duration_ms,outcome,simulated,detections_left_out,repairs_left_out,"
    "'unknown','unknown','unknown',0,0 FROM execution ORDER BY n;"
    "DROP TABLE execution;"
    "ALTER TABLE execution_2 RENAME TO execution;"
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

static ym_status count_one(void *user, const struct ym_record *record, struct ym_err *err) {
    return ym_rollup_add(user, record, err);
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
        YM_TRY(ym_store_each(s, count_one, s, err));
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
