/* test_rollup.c - the sums that a store keeps equal what its executions say, whatever comes in which
 * order; so does a store of version 1 that was brought up to date. */
#include "records/store.h"

#include "base/alloc.h"
#include "base/text.h"
#include "sample.h"
#include "sqlite_int.h"
#include "ym_test.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[SAMPLE_FOLDER_SIZE];
static char path[SAMPLE_FOLDER_SIZE + 40];
static uint64_t chance;

/* SplitMix64 (Vigna). */
static uint64_t next(void) {
    uint64_t z = (chance += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static unsigned below(unsigned n) {
    return (unsigned)(next() % n);
}

static const char *pick(const char *const *list, unsigned n) {
    return list[below(n)];
}
#define PICK(...)                                                                                  \
    pick((const char *const[]){__VA_ARGS__},                                                       \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* Few values, so that the same computer comes again, often with something changed. */
static void fill_findings(struct ym_record *r, struct ym_record_detection found[5]) {
    bool guard = r->run == YM_RUN_GUARD;

    if ((r->run != YM_RUN_SCAN && r->run != YM_RUN_CLEAN && !guard) || below(3) == 0) {
        return;
    }
    r->n_detections = below(6);
    for (size_t i = 0; i < r->n_detections; i++) {
        found[i] = (struct ym_record_detection){.family = PICK("Conficker", "Taterf", "Parite", ""),
                                                .name = PICK("Worm:Win32/Conficker.A",
                                                             "Worm:Win32/Conficker.B!inf",
                                                             "Exploit:Java/CVE-2012-0507", "n"),
                                                .category = PICK("worm", "exploit", ""),
                                                .object = "o",
                                                .path = below(YM_PATH_COUNT),
                                                .blocked = guard && below(2) == 0};
    }
    r->detections = found;
    r->detections_left_out = below(4) == 0 ? 2 : 0;
    if (r->n_detections + r->detections_left_out > 0) {
        r->outcome = YM_OUTCOME_DETECTED;
        if (r->run == YM_RUN_CLEAN && below(4) != 0) {
            r->outcome = below(2) == 0 ? YM_OUTCOME_CLEANED : YM_OUTCOME_PARTLY;
        }
    }
}

enum { ITEMS = 6 };
/* What the last record made has of exposures and observations. */
static struct ym_record_exposure exposures[ITEMS];
static struct ym_record_observation observations[ITEMS];

static void fill_lists(struct ym_record *r) {
    r->n_exposures = r->run == YM_RUN_AUDIT ? below(ITEMS + 1) : 0;
    r->n_observations = r->run == YM_RUN_OBSERVE ? below(ITEMS + 1) : 0;
    r->exposures = exposures;
    r->observations = observations;
    for (size_t i = 0; i < ITEMS; i++) {
        enum ym_exposure kind = below(YM_EXPOSURE_COUNT);
        enum ym_exposure_state state = below(YM_EXPOSURE_STATE_COUNT);
        bool aged = kind == YM_EXPOSURE_UPDATE && state != YM_EXPOSURE_STATE_CLOSED;

        exposures[i] = (struct ym_record_exposure){PICK("MS08-067", "MS10-046", "smb1"), kind,
                                                   state, aged ? (int64_t)below(500) - 50 : -1};
        observations[i] = (struct ym_record_observation){
            PICK("scan-445", "blocked-name"), PICK("Conficker", "Sality", ""),
            below(9) == 0 ? INT64_MAX : 1 + below(100)};
    }
}

static struct ym_record random_record(struct ym_record_detection found[5]) {
    struct ym_record r = {.tool = "t",
                          .time = 1246320000 + (int64_t)below(100) * 86400,
                          .run = below(YM_RUN_COUNT),
                          .system = PICK("Windows XP", "Windows 7", ""),
                          .service_pack = PICK("SP3", "RTM"),
                          .bits = below(2) * 32,
                          .server = below(YM_SERVER_COUNT),
                          .segment = below(YM_SEGMENT_COUNT),
                          .protection = below(YM_PROTECTION_COUNT),
                          .gaps = below(2),
                          .simulated = below(2) == 0};
    uint64_t words[2] = {next(), next()};

    memcpy(r.id, words, sizeof(r.id));
    if (below(8) != 0) { /* else a computer without a name */
        memset(r.machine, 1 + (int)below(120), sizeof(r.machine));
    }
    memcpy(r.country, PICK("JP", "FI", "ZZ"), 3);
    if (r.country[0] != 'Z') {
        r.located = below(YM_LOCATED_COUNT);
    }
    fill_findings(&r, found);
    fill_lists(&r);
    return r;
}

static void must(ym_status st, const struct ym_err *err) {
    char line[900];

    if (st != YM_OK) {
        FAIL("%s", ym_err_format(err, line, sizeof(line)));
    }
}

/* Some records in several transactions; every fourth is taken back. */
static void fill(struct ym_store *s, unsigned transactions) {
    struct ym_record_detection found[5];
    struct ym_err err = {0};
    bool is_new = false;

    for (unsigned t = 0; t < transactions; t++) {
        must(ym_store_begin(s, &err), &err);
        for (unsigned i = below(80); i > 0; i--) {
            struct ym_record r = random_record(found);

            must(ym_store_put(s, &r, &is_new, &err), &err);
            CHECK(is_new);
            must(ym_store_put(s, &r, &is_new, &err), &err); /* again: not counted */
            CHECK(!is_new);
        }
        if (t % 4 == 3) {
            ym_store_rollback(s);
        } else {
            must(ym_store_commit(s, &err), &err);
        }
    }
}

static long long number(struct ym_store *s, const char *sql) {
    sqlite3_stmt *q = NULL;
    long long v = -1;

    if (sqlite3_prepare_v2(((struct ym_sqlite *)s)->db, sql, -1, &q, NULL) != SQLITE_OK) {
        FAIL("%s: %s", sqlite3_errmsg(((struct ym_sqlite *)s)->db), sql);
    }
    if (sqlite3_step(q) == SQLITE_ROW) {
        v = sqlite3_column_int64(q, 0);
    }
    (void)sqlite3_finalize(q);
    return v;
}

/* --- a margin against the executions --- */

struct form {
    const char *table;
    const char *dims[9]; /* NULL at the end */
    const char *sums;    /* columns of the table */
    const char *counted; /* the same, from the executions */
    const char *from;
    unsigned margins; /* that are kept */
};
#define WHO "COALESCE(machine,id)"
#define CLEANED "run='clean' AND outcome IN ('cleaned','partly')"
#define MET "run='guard' AND outcome<>'none'"
static const struct form forms[] = {
    {"rollup",
     {"country", "system", "service_pack", "bits", "server", "segment", "protection", "located"},
     "runs,executions,guards,audits,observes,incomplete,simulated,computers,cleaned,guarded,"
     "encountered,audited",
     "COUNT(*),SUM(run='clean'),SUM(run='guard'),SUM(run='audit'),SUM(run='observe'),SUM(gaps>0),"
     "SUM(simulated),"
     "COUNT(DISTINCT CASE WHEN run='clean' THEN " WHO " END),"
     "COUNT(DISTINCT CASE WHEN " CLEANED " THEN " WHO " END),"
     "COUNT(DISTINCT CASE WHEN run='guard' THEN " WHO " END),"
     "COUNT(DISTINCT CASE WHEN " MET " THEN " WHO " END),"
     "COUNT(DISTINCT CASE WHEN run='audit' THEN " WHO " END)",
     "FROM execution",
     10},
    {"threat",
     {"country", "segment", "family", "category", "path", "variant", "type"},
     "attacks,computers,cleaned,encountered",
     "COUNT(*),COUNT(DISTINCT " WHO "),"
     "COUNT(DISTINCT CASE WHEN " CLEANED " THEN " WHO " END),"
     "COUNT(DISTINCT CASE WHEN " MET " THEN " WHO " END)",
     "FROM execution JOIN detection ON detection.execution=execution.n"
     " WHERE (" CLEANED ") OR (" MET ")",
     13},
    {"exposed",
     {"country", "kind", "id", "state", "band"},
     "computers",
     "COUNT(DISTINCT COALESCE(machine,run))",
     "FROM (SELECT month,machine,execution.id AS run,country,kind,exposure.id,state,CASE WHEN "
     "kind='door' OR state='closed' THEN '' ELSE COALESCE((SELECT band FROM (SELECT 7 AS top,"
     "'0-7' AS band UNION SELECT 30,'8-30' UNION SELECT 90,'31-90' UNION SELECT 180,'91-180' UNION "
     "SELECT 365,'181-365' UNION SELECT 999,'366+') WHERE age_days<=top ORDER BY top LIMIT 1),"
     "'unknown') END AS band FROM execution JOIN exposure ON exposure.execution=execution.n)",
     3},
    {"observed",
     {"country", "kind", "key"},
     "reports,seen",
     "COUNT(*),SUM(CASE WHEN count>1099511627776 THEN 1099511627776 ELSE count END)",
     "FROM execution JOIN observation ON observation.execution=execution.n",
     2},
};

/* Both sides of a margin, as two selects with the same columns. */
static void sides(const struct form *f, unsigned margin, struct ym_buf *sums,
                  struct ym_buf *plain) {
    struct ym_buf by;

    ym_buf_init(&by, 4096);
    ym_buf_add_text(sums, "SELECT month");
    ym_buf_add_text(plain, "SELECT month");
    for (unsigned i = 0; i < 8 && f->dims[i] != NULL; i++) {
        const char *d = f->dims[i];

        if ((margin & (1u << i)) != 0) {
            ym_buf_printf(sums, ",(SELECT text FROM word WHERE n=%s)", d);
            ym_buf_printf(plain, strcmp(d, "bits") == 0 ? ",CAST(%s AS TEXT)" : ",%s", d);
            ym_buf_printf(&by, ",%s", d);
        }
    }
    ym_buf_u8(&by, '\0');
    ym_buf_printf(sums, ",%s FROM %s WHERE margin=%u", f->sums, f->table, margin);
    ym_buf_printf(plain, ",%s %s GROUP BY month%s", f->counted, f->from, (const char *)by.data);
    ym_buf_u8(sums, '\0');
    ym_buf_u8(plain, '\0');
    ym_buf_done(&by);
}

static long long count(struct ym_store *s, const char *form, const struct ym_buf *a,
                       const struct ym_buf *b) {
    struct ym_buf sql;
    long long n;

    ym_buf_init(&sql, 16384);
    ym_buf_add_text(&sql, "SELECT COUNT(*) FROM (");
    ym_buf_add_text(&sql, (const char *)a->data);
    if (b != NULL) {
        ym_buf_add_text(&sql, form);
        ym_buf_add_text(&sql, (const char *)b->data);
    }
    ym_buf_add(&sql, ")", 2);
    n = number(s, (const char *)sql.data);
    ym_buf_done(&sql);
    return n;
}

static void compare(struct ym_store *s, const struct form *f, unsigned margin) {
    struct ym_buf sums;
    struct ym_buf plain;
    long long n;

    ym_buf_init(&sums, 4096);
    ym_buf_init(&plain, 4096);
    sides(f, margin, &sums, &plain);
    n = count(s, "", &plain, NULL);
    CHECK(n > 0);
    CHECK_EQ(count(s, "", &sums, NULL), n);
    if (count(s, " EXCEPT ", &sums, &plain) != 0) {
        FAIL("margin %u of %s is wrong: %s", margin, f->table, (const char *)plain.data);
    }
    ym_buf_done(&sums);
    ym_buf_done(&plain);
}

enum { OLD_FORMS = 2 }; /* that version 1 has records for */

static void compare_first(struct ym_store *s, size_t n_forms) {
    for (size_t i = 0; i < n_forms; i++) {
        char sql[200];
        unsigned n = 0;

        for (unsigned margin = 0; margin < 256; margin++) {
            (void)snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM %s WHERE margin=%u",
                           forms[i].table, margin);
            if (number(s, sql) > 0) {
                compare(s, &forms[i], margin);
                n++;
            }
        }
        CHECK_EQ(n, forms[i].margins);
    }
}

static void compare_all(struct ym_store *s) {
    compare_first(s, sizeof(forms) / sizeof(forms[0]));
}

static void every_margin_equals_its_executions(void) {
    for (unsigned seed = 1; seed <= 6; seed++) {
        struct ym_store *s = NULL;
        struct ym_err err = {0};

        chance = seed;
        must(ym_store_open("", YM_STORE_MEMORY, &s, &err), &err);
        fill(s, 40);
        CHECK(number(s, "SELECT COUNT(*) FROM execution") > 500);
        compare_all(s);
        ym_store_close(s);
    }
}

static void two_stores_on_one_file_count_together(void) {
    struct ym_store *a = NULL;
    struct ym_store *b = NULL;
    struct ym_err err = {0};

    sample_folder(folder);
    (void)snprintf(path, sizeof(path), "%s/r.db", folder);
    chance = 77;
    must(ym_store_open(path, YM_STORE_CREATE, &a, &err), &err);
    must(ym_store_open(path, YM_STORE_WRITE, &b, &err), &err);
    for (int i = 0; i < 10; i++) {
        fill(i % 2 == 0 ? a : b, 4); /* what one knows of words, the other may have changed */
    }
    compare_all(a);
    ym_store_close(a);
    ym_store_close(b);
    sample_folder_remove(folder);
}

/* --- version 1 --- */

/* As version 1 made it. */
static const char version_1[] =
    "CREATE TABLE execution( n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, machine BLOB,"
    " time INTEGER NOT NULL, month INTEGER NOT NULL, tool TEXT NOT NULL, run TEXT NOT NULL,"
    " system TEXT NOT NULL, service_pack TEXT NOT NULL, bits INTEGER NOT NULL,"
    " country TEXT NOT NULL, segment TEXT NOT NULL, epoch INTEGER NOT NULL,"
    " files INTEGER NOT NULL, gaps INTEGER NOT NULL, duration_ms INTEGER NOT NULL,"
    " outcome TEXT NOT NULL, simulated INTEGER NOT NULL, detections_left_out INTEGER NOT NULL,"
    " repairs_left_out INTEGER NOT NULL);"
    "CREATE INDEX execution_by_month ON execution(month);"
    "CREATE INDEX execution_cleaned ON execution(month) WHERE outcome IN ('cleaned','partly');"
    "CREATE TABLE detection( execution INTEGER NOT NULL REFERENCES execution(n),"
    " family TEXT NOT NULL, name TEXT NOT NULL, category TEXT NOT NULL, object TEXT NOT NULL);"
    "CREATE INDEX detection_by_execution ON detection(execution);"
    "CREATE TABLE repair( execution INTEGER NOT NULL REFERENCES execution(n), what TEXT NOT NULL,"
    " result TEXT NOT NULL);"
    "CREATE INDEX repair_by_execution ON repair(execution);"
    "PRAGMA application_id=1498239555; PRAGMA user_version=1;";

static void put_old(sqlite3 *db, const struct ym_record *r) {
    char id[33];
    char machine[64] = "NULL";
    char sql[2000];

    ym_hex_encode(r->id, 16, id);
    if (r->machine[0] != 0) {
        (void)snprintf(machine, sizeof(machine), "x'");
        ym_hex_encode(r->machine, 16, machine + 2);
        (void)snprintf(machine + 34, sizeof(machine) - 34, "'");
    }
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO execution VALUES(NULL,x'%s',%s,%lld,CAST(strftime('%%Y',%lld,"
                   "'unixepoch') AS INTEGER)*12+CAST(strftime('%%m',%lld,'unixepoch') AS "
                   "INTEGER)-1,'t','%s','%s','%s',%u,'%s','%s',0,0,%llu,0,'%s',%d,%llu,0)",
                   id, machine, (long long)r->time, (long long)r->time, (long long)r->time,
                   ym_run_word(r->run), r->system, r->service_pack, r->bits, r->country,
                   ym_segment_word(r->segment), (unsigned long long)r->gaps,
                   ym_outcome_word(r->outcome), r->simulated,
                   (unsigned long long)r->detections_left_out);
    CHECK_EQ(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    for (size_t i = 0; i < r->n_detections; i++) {
        (void)snprintf(sql, sizeof(sql),
                       "INSERT INTO detection VALUES((SELECT MAX(n) FROM execution),'%s','n','%s',"
                       "'o')",
                       r->detections[i].family, r->detections[i].category);
        CHECK_EQ(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    }
}

static void make_old(int n) {
    sqlite3 *db = NULL;
    struct ym_record_detection found[5];

    sample_folder(folder);
    (void)snprintf(path, sizeof(path), "%s/old.db", folder);
    CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db, version_1, NULL, NULL, NULL), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
    chance = 1;
    for (int i = 0; i < n; i++) {
        struct ym_record r = random_record(found);

        if (r.run == YM_RUN_SCAN || r.run == YM_RUN_CLEAN) {
            put_old(db, &r);
        }
    }
    CHECK_EQ(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    CHECK_EQ(sqlite3_close(db), SQLITE_OK);
}

static void a_store_of_version_1_is_brought_up_to_date(void) {
    for (enum ym_store_mode mode = YM_STORE_READ; mode <= YM_STORE_CREATE; mode++) {
        struct ym_store *s = NULL;
        struct ym_err err = {0};

        make_old(1500);
        must(ym_store_open(path, mode, &s, &err), &err);
        CHECK_EQ(number(s, "PRAGMA user_version"), 3);
        CHECK(number(s, "SELECT COUNT(*) FROM execution WHERE server='unknown'") > 400);
        compare_first(s, OLD_FORMS);
        ym_store_close(s);
        must(ym_store_open(path, YM_STORE_WRITE, &s, &err), &err); /* and it goes on from there */
        fill(s, 10);
        compare_all(s);
        ym_store_close(s);
        sample_folder_remove(folder);
    }
}

/* --- version 2 --- */

static const char back_to_2[] =
    "DROP INDEX execution_audit; ALTER TABLE detection DROP COLUMN variant;"
    "ALTER TABLE detection DROP COLUMN type;"
    "DROP TABLE word; DROP TABLE seen; DROP TABLE rollup; DROP TABLE found; DROP TABLE threat;"
    "DROP TABLE exposed; DROP TABLE observed;"
    "CREATE TABLE word(n INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);"
    "CREATE TABLE seen(month INTEGER NOT NULL, machine BLOB NOT NULL, country INTEGER NOT NULL);"
    "CREATE TABLE rollup(margin INTEGER NOT NULL, month INTEGER NOT NULL, runs INTEGER NOT NULL);"
    "CREATE TABLE found(month INTEGER NOT NULL, machine BLOB NOT NULL, country INTEGER NOT NULL);"
    "CREATE TABLE threat(margin INTEGER NOT NULL, month INTEGER NOT NULL, cleaned INTEGER);"
    "INSERT INTO rollup VALUES(0, 24100, 5); PRAGMA user_version=2;";

static void a_store_of_version_2_is_counted_again(void) {
    struct ym_store *s = NULL;
    struct ym_err err = {0};
    long long records;

    sample_folder(folder);
    (void)snprintf(path, sizeof(path), "%s/two.db", folder);
    chance = 11;
    must(ym_store_open(path, YM_STORE_CREATE, &s, &err), &err);
    fill(s, 40);
    records = number(s, "SELECT COUNT(*) FROM execution");
    CHECK(number(s, "SELECT COUNT(*) FROM detection WHERE variant='B'") > 20);
    CHECK_EQ(sqlite3_exec(((struct ym_sqlite *)s)->db, back_to_2, NULL, NULL, NULL), SQLITE_OK);
    ym_store_close(s);
    must(ym_store_open(path, YM_STORE_READ, &s, &err), &err);
    CHECK_EQ(number(s, "PRAGMA user_version"), 3);
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM execution"), records);
    CHECK(number(s, "SELECT COUNT(*) FROM detection WHERE variant='B' AND type=''") > 20);
    CHECK(number(s, "SELECT COUNT(*) FROM detection WHERE type='java'") > 5);
    compare_all(s);
    ym_store_close(s);
    sample_folder_remove(folder);
}

/* --- what is published --- */

static void put_key(struct ym_buf *out, const struct ym_sums_row *row) {
    for (unsigned i = 0; i < row->n_keys; i++) {
        ym_buf_printf(out, "%s|", row->key[i]);
    }
    ym_buf_printf(out, "%d|", row->month);
}

struct rows {
    struct ym_buf text;
    unsigned n_counts;
};

static ym_status take_row(void *user, const struct ym_sums_row *row, struct ym_err *err) {
    struct rows *rows = user;

    (void)err;
    put_key(&rows->text, row);
    for (unsigned i = 0; i < rows->n_counts; i++) {
        ym_buf_printf(&rows->text, "%llu|", (unsigned long long)row->count[i]);
    }
    ym_buf_u8(&rows->text, '\n');
    return YM_OK;
}

static void rows_of(struct ym_store *s, const struct ym_buf *sql, const struct ym_sums_query *of,
                    struct ym_buf *out) {
    sqlite3_stmt *q = NULL;
    sqlite3 *db = ((struct ym_sqlite *)s)->db;

    if (sqlite3_prepare_v2(db, (const char *)sql->data, (int)sql->len, &q, NULL) != SQLITE_OK) {
        FAIL("%s: %.*s", sqlite3_errmsg(db), (int)sql->len, (const char *)sql->data);
    }
    (void)sqlite3_bind_int(q, 1, of->first);
    (void)sqlite3_bind_int(q, 2, of->last);
    while (sqlite3_step(q) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(q); i++) {
            ym_buf_printf(out, "%s|", (const char *)sqlite3_column_text(q, i));
        }
        ym_buf_u8(out, '\n');
    }
    (void)sqlite3_finalize(q);
}

static void compare_texts(struct ym_store *s, const struct ym_sums_query *q) {
    struct rows rows = {.n_counts = ym_sums_kinds[q->kind].n_counts};
    struct ym_buf text[4]; /* two queries, and their rows */
    struct ym_err err = {0};

    ym_buf_init(&rows.text, 4 << 20);
    for (int i = 0; i < 4; i++) {
        ym_buf_init(&text[i], 4 << 20);
    }
    must(ym_store_sums(s, q, take_row, &rows, &err), &err);
    ym_store_sums_text(s, q->kind, q->margin, &text[0], &text[1]);
    CHECK(rows.text.len > 20);
    for (int i = 0; i < 2; i++) {
        rows_of(s, &text[i], q, &text[i + 2]);
        if (text[i + 2].len != rows.text.len ||
            memcmp(text[i + 2].data, rows.text.data, rows.text.len) != 0) {
            FAIL("other rows by: %.*s", (int)text[i].len, (const char *)text[i].data);
        }
    }
    for (int i = 0; i < 4; i++) {
        ym_buf_done(&text[i]);
    }
    ym_buf_done(&rows.text);
}

static void rows_are_those_of_both_published_texts(void) {
    struct ym_store *s = NULL;
    struct ym_err err = {0};
    struct ym_sums_query q = {.first = 2009 * 12 + 6, .last = 2009 * 12 + 7};

    chance = 3;
    must(ym_store_open("", YM_STORE_MEMORY, &s, &err), &err);
    fill(s, 30);
    for (unsigned kind = 0; kind < YM_SUMS_COUNT; kind++) {
        q.kind = kind;
        for (unsigned i = 0; i < ym_sums_kinds[kind].n_margins; i++) {
            q.margin = ym_sums_kinds[kind].margins[i];
            compare_texts(s, &q);
        }
    }
    q = (struct ym_sums_query){YM_SUMS_RATE, YM_RATE_SERVER, 0, 1};
    CHECK_EQ(ym_store_sums(s, &q, take_row, NULL, &err), YM_UNSUPPORTED);
    ym_store_close(s);
}

static void an_old_store_has_the_tables_of_a_new_one(void) {
    struct ym_store *s = NULL;
    struct ym_err err = {0};
    char sql[400];

    make_old(150);
    must(ym_store_open(path, YM_STORE_WRITE, &s, &err), &err);
    ym_store_close(s);
    must(ym_store_open("", YM_STORE_MEMORY, &s, &err), &err);
    (void)snprintf(sql, sizeof(sql), "ATTACH '%s' AS old", path);
    CHECK_EQ(sqlite3_exec(((struct ym_sqlite *)s)->db, sql, NULL, NULL, NULL), SQLITE_OK);
    CHECK(number(s, "SELECT COUNT(*) FROM sqlite_master") > 15);
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM (SELECT name FROM sqlite_master EXCEPT "
                       "SELECT name FROM old.sqlite_master)"),
             0);
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM (SELECT name FROM old.sqlite_master EXCEPT "
                       "SELECT name FROM sqlite_master)"),
             0);
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM (SELECT cid,name,type FROM "
                       "pragma_table_info('execution','old') EXCEPT SELECT cid,name,type FROM "
                       "pragma_table_info('execution','main'))"),
             0);
    ym_store_close(s);
    sample_folder_remove(folder);
}

static int version_on_disk(void) {
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    int v = -1;

    CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_EQ(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &q, NULL), SQLITE_OK);
    if (sqlite3_step(q) == SQLITE_ROW) {
        v = sqlite3_column_int(q, 0);
    }
    (void)sqlite3_finalize(q);
    CHECK_EQ(sqlite3_close(db), SQLITE_OK);
    return v;
}

/* Each allocation fails once: the store is old or new, never between, and in the end new. */
static void a_migration_is_whole_or_not_at_all(void) {
    struct ym_store *s = NULL;
    unsigned failed = 0;

    make_old(150);
    for (unsigned n = 1;; n++) {
        struct ym_err err = {0};
        ym_status st;

        s = NULL;
        (void)ym_fault_malloc(n, 0);
        st = ym_store_open(path, YM_STORE_WRITE, &s, &err);
        failed += ym_fault_malloc(0, 0) > 0;
        if (st == YM_OK) {
            break;
        }
        CHECK_EQ(st, YM_NOMEM);
        CHECK(s == NULL);
        CHECK_EQ(version_on_disk(), 1);
    }
    CHECK(failed > 3);
    compare_first(s, OLD_FORMS);
    ym_store_close(s);
    sample_folder_remove(folder);
}

static void a_commit_that_lacks_memory_can_be_tried_again(void) {
    struct ym_store *s = NULL;
    struct ym_record_detection found[5];
    struct ym_err err = {0};
    struct ym_record r;
    bool is_new = false;
    bool done = false;

    chance = 5;
    r = random_record(found);
    must(ym_store_open("", YM_STORE_MEMORY, &s, &err), &err);
    for (unsigned n = 1; !done; n++) {
        ym_status st;

        must(ym_store_begin(s, &err), &err);
        (void)ym_fault_malloc(n, 0);
        st = ym_store_put(s, &r, &is_new, &err);
        if (st == YM_OK) {
            CHECK(is_new);
            st = ym_store_commit(s, &err);
        }
        done = ym_fault_malloc(0, 0) == 0;
        if (st != YM_OK) {
            CHECK_EQ(st, YM_NOMEM);
            CHECK_EQ(ym_store_commit(s, &err) == YM_OK, false); /* nothing in part */
            ym_store_rollback(s);
            CHECK_EQ(number(s, "SELECT COUNT(*) FROM execution"), 0);
            CHECK_EQ(number(s, "SELECT COUNT(*) FROM rollup"), 0);
        } else {
            done = true;
        }
    }
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM execution"), 1);
    ym_store_close(s);
}

/* A computer that says it is another one each time costs a bounded look, and the others count on. */
static void one_computer_with_endless_faces_is_bounded(void) {
    struct ym_store *s = NULL;
    struct ym_err err = {0};
    struct ym_record r = {.tool = "t", .run = YM_RUN_CLEAN, .time = 1246320000, .country = "JP"};
    bool is_new = false;

    must(ym_store_open("", YM_STORE_MEMORY, &s, &err), &err);
    must(ym_store_begin(s, &err), &err);
    memset(r.machine, 7, sizeof(r.machine));
    for (unsigned i = 0; i < 1500; i++) {
        char system[32];

        (void)snprintf(system, sizeof(system), "System %u", i);
        r.system = system;
        memcpy(r.id, &i, sizeof(i));
        must(ym_store_put(s, &r, &is_new, &err), &err);
    }
    must(ym_store_commit(s, &err), &err);
    CHECK_EQ(number(s, "SELECT executions FROM rollup WHERE margin=0"), 1500);
    CHECK_EQ(number(s, "SELECT computers FROM rollup WHERE margin=0"), 1);
    CHECK_EQ(number(s, "SELECT COUNT(*) FROM seen"), 1000);
    ym_store_close(s);
}

MAIN(T(every_margin_equals_its_executions), T(two_stores_on_one_file_count_together),
     T(a_store_of_version_1_is_brought_up_to_date), T(a_store_of_version_2_is_counted_again),
     T(rows_are_those_of_both_published_texts), T(an_old_store_has_the_tables_of_a_new_one),
     T(a_migration_is_whole_or_not_at_all), T(a_commit_that_lacks_memory_can_be_tried_again),
     T(one_computer_with_endless_faces_is_bounded))
