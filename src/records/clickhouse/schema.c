/* schema.c - the tables of a store on each shard, and older ones brought up to date.
 *
 * ClickHouse has no transactions over several statements, so every step can be done again: it makes what is not
 * there, and its number is put into `version` when it is done.  Who comes in between, or is killed, finds a
 * lower number and does the step again.
 *
 * Which store a shard belongs to, and as which of how many, is said by a view (`store`): making one is atomic and
 * it cannot be changed, so of two programs that make a store at once one wins, on all shards.  A shard that is
 * missing, foreign, named twice or in another place is refused: computers would be counted twice. */
#include "click.h"

#include "base/text.h"
#include "records/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE "records/clickhouse"

enum { ID_DIGITS = 2 * YM_RECORD_ID_SIZE, QUERY_MAX = 64 << 10 };

/* --- the steps --- */

/* Numbers of words are those of record.h.  `age` orders rows that are the same record: the largest came first
 * and stays. */
static const char execution[] =
    "CREATE TABLE IF NOT EXISTS execution("
    "part Int32,"
    "month Int32,"
    "who FixedString(16),"
    "named UInt8,"
    "id FixedString(16),"
    "time Int64,"
    "age UInt64,"
    "tool String,"
    "run Enum8('scan'=0,'clean'=1,'guard'=2,'audit'=3,'observe'=4),"
    "system String,"
    "service_pack String,"
    "bits UInt32,"
    "server Enum8('unknown'=0,'no'=1,'yes'=2),"
    "country String,"
    "located Enum8('unknown'=0,'setting'=1,'address'=2),"
    "segment Enum8('unknown'=0,'home'=1,'enterprise'=2),"
    "protection Enum8('unknown'=0,'on'=1,'off'=2),"
    "epoch UInt64,"
    "files UInt64,"
    "gaps UInt64,"
    "duration_ms UInt64,"
    "outcome Enum8('none'=0,'detected'=1,'cleaned'=2,'partly'=3),"
    "simulated UInt8,"
    "detection Nested(family String,name String,category String,object String,"
    "path Enum8(''=0,'credential'=1,'exploit'=2,'autorun'=3,'preexisting'=4,'web'=5,'mail'=6),"
    "variant String,type String,blocked UInt8),"
    "detections_left_out UInt64,"
    "repair Nested(what String,result Enum8('done'=0,'failed'=1,'skipped'=2)),"
    "repairs_left_out UInt64,"
    "exposure Nested(id String,kind Enum8('update'=0,'door'=1),"
    "state Enum8('unknown'=0,'open'=1,'partly'=2,'closed'=3),age_days Int64,band String),"
    "exposures_left_out UInt64,"
    "observation Nested(kind String,key String,count UInt64),"
    "observations_left_out UInt64"
    ") ENGINE=ReplacingMergeTree(age) PARTITION BY part ORDER BY (who,id,time)";

static const char counted[] =
    "CREATE TABLE IF NOT EXISTS counted(part Int32,block Int64,generation UInt64)"
    " ENGINE=MergeTree ORDER BY (part,generation)";

static ym_status step_1(struct ym_click *s, struct ym_err *err) {
    return ym_click_all(s, execution, false, NULL, err);
}

static ym_status step_2(struct ym_click *s, struct ym_err *err) {
    struct ym_buf sql;
    ym_status st = ym_click_all(s, counted, false, NULL, err);

    ym_buf_init(&sql, QUERY_MAX);
    for (unsigned i = 0; st == YM_OK && i < 2 * YM_SUMS_COUNT; i++) {
        ym_buf_clear(&sql);
        (i % 2 == 0 ? ym_click_sums_schema : ym_click_sums_view)(i / 2, &sql);
        st = ym_buf_status(&sql);
        st = st == YM_OK ? ym_click_all(s, (const char *)sql.data, false, NULL, err)
                         : ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "no memory for a store");
    }
    ym_buf_done(&sql);
    return st;
}

static ym_status (*const steps[YM_CLICK_VERSION])(struct ym_click *s,
                                                  struct ym_err *err) = {step_1, step_2};

/* --- answers --- */

/* A line of numbers and texts with tabs between; they hold none. */
static bool read_fields(const struct ym_buf *answer, struct ym_str *ret, size_t n) {
    struct ym_fields f;
    size_t len = answer->len;

    if (len == 0 || answer->data[len - 1] != '\n' ||
        memchr(answer->data, '\n', len) != answer->data + len - 1) {
        return false;
    }
    ym_fields_init(&f, (const char *)answer->data, len - 1, '\t');
    for (size_t i = 0; i < n; i++) {
        if (!ym_fields_next(&f, &ret[i])) {
            return false;
        }
    }
    return !f.more;
}

static ym_status not_understood(struct ym_click *s, unsigned shard, struct ym_err *err) {
    return ym_fail_at(err, YM_MALFORMED, MODULE, s->base.name, 0, 0,
                      "shard %s:%u does not answer as ClickHouse does: is this its HTTP port?",
                      s->url->shard[shard].name, s->url->shard[shard].port);
}

/* Asks all shards a question with one line of n fields for an answer; take() looks at each. */
typedef ym_status take_fn(struct ym_click *s, unsigned shard, const struct ym_str *field,
                          void *user, struct ym_err *err);
enum { FIELDS_MAX = 4 };
static ym_status ask(struct ym_click *s, const char *query, size_t n, bool no_database,
                     take_fn *take, void *user, struct ym_err *err) {
    struct ym_buf answer[YM_CLICK_SHARDS_MAX];
    struct ym_str field[FIELDS_MAX];
    ym_status st;

    for (unsigned i = 0; i < s->url->n_shards; i++) {
        ym_buf_init(&answer[i], YM_CLICK_SMALL_ANSWER);
    }
    st = ym_click_all(s, query, no_database, answer, err);
    for (unsigned i = 0; st == YM_OK && i < s->url->n_shards; i++) {
        st = read_fields(&answer[i], field, n) ? take(s, i, field, user, err)
                                               : not_understood(s, i, err);
    }
    for (unsigned i = 0; i < s->url->n_shards; i++) {
        ym_buf_done(&answer[i]);
    }
    return st;
}

/* --- is it there? --- */

struct found {
    unsigned stores, foreign; /* shards that have one; that have tables without one */
    bool first;               /* the first shard has one */
    uint32_t version[YM_CLICK_SHARDS_MAX];
    char id[ID_DIGITS + 1]; /* of the store; "": not known yet */
};

static bool number_of(const struct ym_str *f, uint32_t *ret) {
    return ym_parse_u32(f->s, f->n, ret);
}

static ym_status take_place(struct ym_click *s, unsigned shard, const struct ym_str *field,
                            void *user, struct ym_err *err) {
    struct found *found = user;
    uint32_t marks = 0;
    uint32_t tables = 0;

    if (!number_of(&field[0], &marks) || !number_of(&field[1], &tables)) {
        return not_understood(s, shard, err);
    }
    found->stores += marks > 0;
    found->first = found->first || (shard == 0 && marks > 0);
    found->foreign += marks == 0 && tables > 0;
    return YM_OK;
}

static ym_status look(struct ym_click *s, struct found *found, struct ym_err *err) {
    char query[512];

    /* The name of the database is letters, digits and _. */
    (void)snprintf(query, sizeof(query),
                   "SELECT countIf(name='store'),count() FROM system.tables WHERE database='%s'"
                   " FORMAT TSV",
                   s->url->database);
    YM_TRY(ask(s, query, 2, true, take_place, found, err));
    if (found->foreign > 0) {
        return ym_fail_at(err, YM_MALFORMED, MODULE, s->base.name, 0, 0,
                          "the database has tables that are not of Yamori; it was not touched. "
                          "Name another one, or one that does not exist yet");
    }
    return YM_OK;
}

/* --- which store, which shard of it --- */

static ym_status take_store(struct ym_click *s, unsigned shard, const struct ym_str *field,
                            void *user, struct ym_err *err) {
    struct found *found = user;
    const struct ym_click_host *host = &s->url->shard[shard];
    uint32_t number = 0;
    uint32_t shards = 0;

    if (field[0].n != ID_DIGITS || !number_of(&field[1], &number) ||
        !number_of(&field[2], &shards)) {
        return not_understood(s, shard, err);
    }
    if (found->id[0] == '\0') {
        memcpy(found->id, field[0].s, ID_DIGITS);
        found->id[ID_DIGITS] = '\0';
    }
    if (memcmp(found->id, field[0].s, ID_DIGITS) != 0) {
        return ym_fail_at(err, YM_MALFORMED, MODULE, s->base.name, 0, 0,
                          "shard %s:%u belongs to another store than the first shard", host->name,
                          host->port);
    }
    if (number != shard + 1 || shards != s->url->n_shards) {
        return ym_fail_at(err, YM_MALFORMED, MODULE, s->base.name, 0, 0,
                          "%s:%u is shard %u of %u, not %u of %u: name all shards, always in the "
                          "same order, else computers are counted twice",
                          host->name, host->port, number, shards, shard + 1, s->url->n_shards);
    }
    return YM_OK;
}

static const char ask_store[] = "SELECT store,shard,shards FROM store FORMAT TSV";

/* The mark of one shard: made when it is not there, whoever makes it. */
static ym_status mark_one(struct ym_click *s, unsigned shard, struct found *found,
                          struct ym_err *err) {
    struct ym_str field[3];
    struct ym_buf answer;
    char query[512];
    ym_status st;

    (void)snprintf(
        query, sizeof(query),
        "CREATE VIEW IF NOT EXISTS store AS SELECT '%s' AS store,%u AS shard,%u AS shards",
        found->id, shard + 1, s->url->n_shards);
    YM_TRY(ym_click_one(s, shard, query, NULL, err));
    found->id[0] = '\0';
    ym_buf_init(&answer, YM_CLICK_SMALL_ANSWER);
    st = ym_click_one(s, shard, ask_store, &answer, err);
    if (st == YM_OK) {
        st = read_fields(&answer, field, 3) ? take_store(s, shard, field, found, err)
                                            : not_understood(s, shard, err);
    }
    ym_buf_done(&answer);
    return st;
}

static ym_status make(struct ym_click *s, struct found *found, struct ym_err *err) {
    uint8_t id[YM_RECORD_ID_SIZE];
    char query[128];

    YM_TRY(ym_record_random_id(id, err));
    ym_hex_encode(id, sizeof(id), found->id);
    (void)snprintf(query, sizeof(query), "CREATE DATABASE IF NOT EXISTS %s", s->url->database);
    YM_TRY(ym_click_all(s, query, true, NULL, err));
    for (unsigned i = 0; i < s->url->n_shards; i++) { /* the first decides on the id */
        YM_TRY(mark_one(s, i, found, err));
    }
    return YM_OK;
}

/* --- versions --- */

static ym_status take_version(struct ym_click *s, unsigned shard, const struct ym_str *field,
                              void *user, struct ym_err *err) {
    struct found *found = user;

    if (!number_of(&field[0], &found->version[shard])) {
        return not_understood(s, shard, err);
    }
    if (found->version[shard] > YM_CLICK_VERSION) {
        return ym_fail_at(
            err, YM_UNSUPPORTED, MODULE, s->base.name, 0, 0,
            "the store has version %u, this program reads 1 to %d: use the version of "
            "Yamori that wrote it",
            found->version[shard], YM_CLICK_VERSION);
    }
    return YM_OK;
}

static ym_status upgrade(struct ym_click *s, const struct found *found, struct ym_err *err) {
    uint32_t oldest = YM_CLICK_VERSION;

    for (unsigned i = 0; i < s->url->n_shards; i++) {
        oldest = found->version[i] < oldest ? found->version[i] : oldest;
    }
    for (uint32_t v = oldest; v < YM_CLICK_VERSION; v++) {
        char query[64];

        YM_TRY(steps[v](s, err));
        (void)snprintf(query, sizeof(query), "INSERT INTO version VALUES (%u)", v + 1);
        YM_TRY(ym_click_all(s, query, false, NULL, err));
    }
    return YM_OK;
}

/* --- Distributed tables, for questions of people --- */

static ym_status take_cluster(struct ym_click *s, unsigned shard, const struct ym_str *field,
                              void *user, struct ym_err *err) {
    uint32_t shards = 0;

    (void)user;
    if (!number_of(&field[0], &shards)) {
        return not_understood(s, shard, err);
    }
    if (shards != s->url->n_shards) {
        return ym_fail_at(
            err, YM_MALFORMED, MODULE, s->base.name, 0, 0,
            "cluster %s has %u shards in the configuration of %s:%u, the store %u: see "
            "remote_servers there",
            s->url->cluster, shards, s->url->shard[shard].name, s->url->shard[shard].port,
            s->url->n_shards);
    }
    return YM_OK;
}

static ym_status distribute(struct ym_click *s, struct ym_err *err) {
    static const struct {
        const char *name, *of;
    } tables[] = {{"execution_all", "execution"},
                  {"rollup_all", "rollup_now"},
                  {"threat_all", "threat_now"},
                  {"exposed_all", "exposed_now"},
                  {"observed_all", "observed_now"}};
    char query[512];

    (void)snprintf(query, sizeof(query),
                   "SELECT uniqExact(shard_num) FROM system.clusters WHERE cluster='%s' FORMAT TSV",
                   s->url->cluster);
    YM_TRY(ask(s, query, 1, false, take_cluster, NULL, err));
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        (void)snprintf(query, sizeof(query),
                       "CREATE TABLE IF NOT EXISTS %s AS %s ENGINE=Distributed(%s,%s,%s)",
                       tables[i].name, tables[i].of, s->url->cluster, s->url->database,
                       tables[i].of);
        YM_TRY(ym_click_all(s, query, false, NULL, err));
    }
    return YM_OK;
}

static ym_status find_or_make(struct ym_click *s, enum ym_store_mode mode, struct ym_err *err) {
    static const char make_versions[] =
        "CREATE TABLE IF NOT EXISTS version(version UInt32) ENGINE=MergeTree ORDER BY version";
    struct found found = {0};

    YM_TRY(look(s, &found, err));
    if (mode != YM_STORE_CREATE) {
        return found.stores == s->url->n_shards
                   ? YM_OK
                   : ym_fail_at(err, YM_IO, MODULE, s->base.name, 0, 0,
                                "%u of %u shards have a store: `yamori record import` and `ingest` "
                                "make it",
                                found.stores, s->url->n_shards);
    }
    if (found.stores > 0 && !found.first) {
        return ym_fail_at(err, YM_MALFORMED, MODULE, s->base.name, 0, 0,
                          "the first shard has no store, others have: name all shards, always in "
                          "the same order");
    }
    if (found.stores < s->url->n_shards) {
        YM_TRY(make(s, &found, err));
    }
    return ym_click_all(s, make_versions, false, NULL, err);
}

ym_status ym_click_prepare(struct ym_click *s, enum ym_store_mode mode, struct ym_err *err) {
    struct found found = {0};

    YM_TRY(find_or_make(s, mode, err));
    YM_TRY(ask(s, ask_store, 3, false, take_store, &found, err));
    YM_TRY(
        ask(s, "SELECT max(version) FROM version FORMAT TSV", 1, false, take_version, &found, err));
    YM_TRY(upgrade(s, &found, err));
    return s->url->cluster[0] == '\0' || mode == YM_STORE_READ ? YM_OK : distribute(s, err);
}
