/* store_schema.c - the tables of a store, and older ones brought up to date.
 *
 * A new store is made as version 1 and brought up to date like one that was found: so both have the
 * same columns in the same order.  See docs/formats/record.md. */
#include "sqlite_int.h"

#include "base/buf.h"
#include "records/names.h"

#include <stdio.h>

enum { SCHEMA_MAX = 64 << 10 }; /* bytes of SQL */

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

/* Sums of version 2 had fewer kinds and dimensions: they are made again from the records.  An audit is looked
 * up by its computer (store_rollup.c). */
static const char without_sums[] = "DROP TABLE IF EXISTS word;"
                                   "DROP TABLE IF EXISTS seen;"
                                   "DROP TABLE IF EXISTS rollup;"
                                   "DROP TABLE IF EXISTS found;"
                                   "DROP TABLE IF EXISTS threat;";
static const char to_version_3[] =
    "ALTER TABLE detection ADD COLUMN variant TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE detection ADD COLUMN type TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX execution_audit ON execution(month,machine) WHERE run='audit';"
    "UPDATE detection SET variant=yamori_variant(name),type=yamori_type(name,category);";

static void sql_variant(sqlite3_context *c, int n, sqlite3_value **v) {
    char out[YM_FAMILY_MAX];
    const char *name = (const char *)sqlite3_value_text(v[0]);

    (void)n;
    sqlite3_result_text(c, ym_variant_of_name(name == NULL ? "" : name, out), -1, SQLITE_TRANSIENT);
}

static void sql_type(sqlite3_context *c, int n, sqlite3_value **v) {
    const char *name = (const char *)sqlite3_value_text(v[0]);
    const char *category = (const char *)sqlite3_value_text(v[1]);

    (void)n;
    sqlite3_result_text(
        c, ym_exploit_type_of_name(name == NULL ? "" : name, category == NULL ? "" : category), -1,
        SQLITE_STATIC);
}

static ym_status add_functions(struct ym_sqlite *s, struct ym_err *err) {
    int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY | SQLITE_DETERMINISTIC;
    int code = sqlite3_create_function_v2(s->db, "yamori_variant", 1, flags, NULL, sql_variant,
                                          NULL, NULL, NULL);

    if (code == SQLITE_OK) {
        code = sqlite3_create_function_v2(s->db, "yamori_type", 2, flags, NULL, sql_type, NULL,
                                          NULL, NULL);
    }
    return code == SQLITE_OK ? YM_OK
                             : ym_sqlite_fail(s, code, "cannot bring the store up to date", err);
}

static ym_status make_sums(struct ym_sqlite *s, struct ym_err *err) {
    struct ym_buf sql;
    ym_status st;

    ym_buf_init(&sql, SCHEMA_MAX);
    ym_rollup_schema(&sql);
    ym_buf_u8(&sql, '\0');
    st = ym_buf_status(&sql) == YM_OK
             ? ym_sqlite_sql(s, (const char *)sql.data, "cannot bring the store up to date", err)
             : ym_sqlite_fail(s, SQLITE_NOMEM, "cannot bring the store up to date", err);
    ym_buf_done(&sql);
    return st;
}

static ym_status upgrade(struct ym_sqlite *s, int from, struct ym_err *err) {
    static const char what[] = "cannot bring the store up to date";
    char mark[64];

    YM_TRY(add_functions(s, err));
    if (from < 2) {
        YM_TRY(ym_sqlite_sql(s, to_version_2, what, err));
    }
    YM_TRY(ym_sqlite_sql(s, without_sums, what, err));
    YM_TRY(ym_sqlite_sql(s, to_version_3, what, err));
    YM_TRY(make_sums(s, err));
    (void)snprintf(mark, sizeof(mark), "PRAGMA user_version=%d", YM_SQLITE_VERSION);
    return ym_sqlite_sql(s, mark, what, err);
}

static ym_status make(struct ym_sqlite *s, struct ym_err *err) {
    char mark[64];

    (void)snprintf(mark, sizeof(mark), "PRAGMA application_id=%d", YM_SQLITE_APPLICATION);
    YM_TRY(ym_sqlite_sql(s, version_1, "cannot make the store", err));
    YM_TRY(ym_sqlite_sql(s, mark, "cannot make the store", err));
    YM_TRY(upgrade(s, 1, err));
    return ym_sqlite_commit(s, err);
}

ym_status ym_sqlite_make_schema(struct ym_sqlite *s, struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_sqlite_begin(s, err));
    st = make(s, err);
    if (st != YM_OK) {
        ym_sqlite_rollback(s);
    }
    return st;
}

/* --- an older store --- */

static ym_status count_one(void *user, const struct ym_record *record, struct ym_err *err) {
    return ym_rollup_add(user, record, err);
}

/* Another program may have done it since the header was read. */
static ym_status version_of(struct ym_sqlite *s, int *ret, struct ym_err *err) {
    sqlite3_stmt *q = NULL;
    int code = sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &q, NULL);

    if (code == SQLITE_OK) {
        code = sqlite3_step(q);
    }
    if (code == SQLITE_ROW) {
        *ret = sqlite3_column_int(q, 0);
    }
    (void)sqlite3_finalize(q);
    return code == SQLITE_ROW ? YM_OK : ym_sqlite_fail(s, code, "cannot read the store", err);
}

static ym_status migrate(struct ym_sqlite *s, struct ym_err *err) {
    int version = 0;

    YM_TRY(version_of(s, &version, err));
    if (version < YM_SQLITE_VERSION) {
        YM_TRY(upgrade(s, version, err));
        YM_TRY(ym_sqlite_each(s, count_one, s, err));
    }
    return ym_sqlite_commit(s, err);
}

ym_status ym_sqlite_migrate(struct ym_sqlite *s, struct ym_err *err) {
    ym_status st;

    YM_TRY(ym_sqlite_begin(s, err));
    st = migrate(s, err);
    if (st != YM_OK) {
        ym_sqlite_rollback(s);
    }
    return st;
}
