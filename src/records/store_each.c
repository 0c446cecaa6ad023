/* store_each.c - records out of a store.  See ym_store_each() in store.h.
 *
 * A word that the tables of record.h do not have can only come from another hand: it is read as
 * not known. */
#include "sqlite_int.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>

#include "private.h"

#define MODULE "records/each"

enum { RECORD_MEMORY = 64 << 20 };

static const char executions[] =
    "SELECT n,id,machine,time,tool,run,system,service_pack,bits,server,country,located,segment,"
    "protection,epoch,files,gaps,duration_ms,outcome,simulated,detections_left_out,"
    "repairs_left_out,exposures_left_out,observations_left_out FROM execution ORDER BY n";

static const char *text_of(sqlite3_stmt *q, int column) {
    const char *s = (const char *)sqlite3_column_text(q, column);

    return s == NULL ? "" : s;
}

static unsigned word_of(const struct ym_words *words, sqlite3_stmt *q, int column) {
    unsigned v = 0;

    return ym_word_find(words, text_of(q, column), &v) ? v : 0;
}

static uint64_t number_of(sqlite3_stmt *q, int column) {
    sqlite3_int64 v = sqlite3_column_int64(q, column);

    return v < 0 ? 0 : (uint64_t)v;
}

static void id_of(sqlite3_stmt *q, int column, uint8_t ret[YM_RECORD_ID_SIZE]) {
    const void *blob = sqlite3_column_blob(q, column);

    if (blob != NULL && sqlite3_column_bytes(q, column) == YM_RECORD_ID_SIZE) {
        memcpy(ret, blob, YM_RECORD_ID_SIZE);
    }
}

/* Texts are SQLite's until the next step. */
static void execution_of(sqlite3_stmt *q, struct ym_record *r) {
    id_of(q, 1, r->id);
    id_of(q, 2, r->machine);
    r->time = sqlite3_column_int64(q, 3);
    r->tool = text_of(q, 4);
    r->run = word_of(&ym_run_words, q, 5);
    r->system = text_of(q, 6);
    r->service_pack = text_of(q, 7);
    r->bits = (uint32_t)number_of(q, 8);
    r->server = word_of(&ym_server_words, q, 9);
    (void)snprintf(r->country, sizeof(r->country), "%.2s", text_of(q, 10));
    r->located = word_of(&ym_located_words, q, 11);
    r->segment = word_of(&ym_segment_words, q, 12);
    r->protection = word_of(&ym_protection_words, q, 13);
    r->epoch = number_of(q, 14);
    r->files = number_of(q, 15);
    r->gaps = number_of(q, 16);
    r->duration_ms = number_of(q, 17);
    r->outcome = word_of(&ym_outcome_words, q, 18);
    r->simulated = sqlite3_column_int(q, 19) != 0;
}

/* After the lists, whose add functions count, too. */
static void left_out_of(sqlite3_stmt *q, struct ym_record *r) {
    r->detections_left_out += number_of(q, 20);
    r->repairs_left_out += number_of(q, 21);
    r->exposures_left_out += number_of(q, 22);
    r->observations_left_out += number_of(q, 23);
}

static ym_status detection_of(sqlite3_stmt *q, struct ym_record *r, struct ym_arena *arena) {
    const struct ym_record_detection d = {.family = text_of(q, 0),
                                          .name = text_of(q, 1),
                                          .category = text_of(q, 2),
                                          .object = text_of(q, 3),
                                          .path = word_of(&ym_path_words, q, 4),
                                          .blocked = sqlite3_column_int(q, 5) != 0};

    return ym_record_add_detection(r, &d, arena);
}

static ym_status repair_of(sqlite3_stmt *q, struct ym_record *r, struct ym_arena *arena) {
    const struct ym_record_repair fix = {text_of(q, 0), word_of(&ym_repair_words, q, 1)};

    return ym_record_add_repair(r, &fix, arena);
}

static ym_status exposure_of(sqlite3_stmt *q, struct ym_record *r, struct ym_arena *arena) {
    const struct ym_record_exposure e = {
        .id = text_of(q, 0),
        .kind = word_of(&ym_exposure_words, q, 1),
        .state = word_of(&ym_exposure_state_words, q, 2),
        .age_days = sqlite3_column_type(q, 3) == SQLITE_NULL ? -1 : sqlite3_column_int64(q, 3)};

    return ym_record_add_exposure(r, &e, arena);
}

static ym_status observation_of(sqlite3_stmt *q, struct ym_record *r, struct ym_arena *arena) {
    const struct ym_record_observation o = {text_of(q, 0), text_of(q, 1), number_of(q, 2)};

    return ym_record_add_observation(r, &o, arena);
}

/* The lists of a record, each asked for only where a run can have it. */
static const struct {
    const char *sql;
    ym_status (*add)(sqlite3_stmt *q, struct ym_record *r, struct ym_arena *arena);
} lists[] = {
    {"SELECT family,name,category,object,path,blocked FROM detection WHERE execution=?1"
     " ORDER BY rowid",
     detection_of},
    {"SELECT what,result FROM repair WHERE execution=?1 ORDER BY rowid", repair_of},
    {"SELECT id,kind,state,age_days FROM exposure WHERE execution=?1 ORDER BY rowid", exposure_of},
    {"SELECT kind,key,count FROM observation WHERE execution=?1 ORDER BY rowid", observation_of},
};
enum { DETECTIONS, REPAIRS, EXPOSURES, OBSERVATIONS, LISTS };

static bool can_have(const struct ym_record *r, int list) {
    switch (list) {
    case DETECTIONS:
        return r->outcome != YM_OUTCOME_NONE;
    case REPAIRS:
        return r->run == YM_RUN_CLEAN;
    case EXPOSURES:
        return r->run == YM_RUN_AUDIT;
    default:
        return r->run == YM_RUN_OBSERVE;
    }
}

struct each {
    struct ym_sqlite *store;
    sqlite3_stmt *executions, *list[LISTS];
    struct ym_arena *arena;
};

static ym_status read_list(struct each *e, int list, struct ym_record *r, struct ym_err *err) {
    sqlite3_stmt *q = e->list[list];
    ym_status st = YM_OK;
    int code = SQLITE_DONE;

    (void)sqlite3_bind_int64(q, 1, sqlite3_column_int64(e->executions, 0));
    while (st == YM_OK && (code = sqlite3_step(q)) == SQLITE_ROW) {
        st = lists[list].add(q, r, e->arena);
    }
    (void)sqlite3_reset(q);
    if (st != YM_OK) {
        return ym_fail(err, st, MODULE, YM_ERR_NO_OFFSET, "no memory for a record of the store");
    }
    return code == SQLITE_DONE ? YM_OK
                               : ym_sqlite_fail(e->store, code, "cannot read the store", err);
}

static ym_status walk(struct each *e, ym_store_fn *fn, void *user, struct ym_err *err) {
    int code;

    while ((code = sqlite3_step(e->executions)) == SQLITE_ROW) {
        struct ym_record r = {0};

        ym_arena_reset(e->arena);
        execution_of(e->executions, &r);
        e->store->at = sqlite3_column_int64(e->executions, 0);
        for (int i = 0; i < LISTS; i++) {
            if (can_have(&r, i)) {
                YM_TRY(read_list(e, i, &r, err));
            }
        }
        left_out_of(e->executions, &r);
        YM_TRY(fn(user, &r, err));
    }
    return code == SQLITE_DONE ? YM_OK
                               : ym_sqlite_fail(e->store, code, "cannot read the store", err);
}

static ym_status prepare(struct each *e, struct ym_err *err) {
    int code = sqlite3_prepare_v2(e->store->db, executions, -1, &e->executions, NULL);

    for (int i = 0; code == SQLITE_OK && i < LISTS; i++) {
        code = sqlite3_prepare_v2(e->store->db, lists[i].sql, -1, &e->list[i], NULL);
    }
    return code == SQLITE_OK ? YM_OK : ym_sqlite_fail(e->store, code, "cannot read the store", err);
}

ym_status ym_sqlite_each(struct ym_sqlite *store, ym_store_fn *fn, void *user, struct ym_err *err) {
    struct each e = {.store = store, .arena = ym_arena_new(RECORD_MEMORY)};
    ym_status st = e.arena == NULL ? ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET,
                                             "no memory to read the store")
                                   : prepare(&e, err);

    if (st == YM_OK) {
        st = walk(&e, fn, user, err);
    }
    (void)sqlite3_finalize(e.executions);
    for (int i = 0; i < LISTS; i++) {
        (void)sqlite3_finalize(e.list[i]);
    }
    ym_arena_free(e.arena);
    return st;
}
