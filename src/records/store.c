/* store.c - which kind of store a name means, and what all kinds have in common.  See store.h. */
#include "store_int.h"

#include "base/buf.h"
#include "clickhouse/url.h"
#include "records/spool.h"
#include "sums_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MODULE "records/store"

enum { NAMES_MAX = 512 << 20 /* bytes of the names of one ingest */ };

/* The first row whose prefix begins the name.  SQLite takes every other name. */
static const struct {
    const char *prefix;
    ym_status (*open)(const char *path, enum ym_store_mode mode, struct ym_store **ret_store,
                      struct ym_err *err);
} kinds[] = {
    {"clickhouse://", ym_click_open},
    {"clickhouses://", ym_click_open},
    {"", ym_sqlite_open},
};

ym_status ym_store_open(const char *path, enum ym_store_mode mode, struct ym_store **ret_store,
                        struct ym_err *err) {
    size_t i = 0;

    while (mode != YM_STORE_MEMORY &&
           strncmp(path, kinds[i].prefix, strlen(kinds[i].prefix)) != 0) {
        i++;
    }
    return mode == YM_STORE_MEMORY ? ym_sqlite_open(path, mode, ret_store, err)
                                   : kinds[i].open(path, mode, ret_store, err);
}

void ym_store_close(struct ym_store *store) {
    if (store != NULL) {
        store->ops->close(store);
    }
}

const char *ym_store_kind(const struct ym_store *store) {
    return store->ops->kind;
}

bool ym_store_is_blind(const struct ym_store *store) {
    return store->ops->blind;
}

void ym_store_on_notice(struct ym_store *store, ym_store_notice_fn *fn, void *user) {
    store->notice = fn;
    store->notice_user = user;
}

void ym_store_say(struct ym_store *s, const char *fmt, ...) {
    char text[512];
    va_list args;

    if (s->notice != NULL) {
        va_start(args, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, args);
        va_end(args);
        s->notice(s->notice_user, text);
    }
}

bool ym_store_name_has_password(const char *name) {
    return ym_click_has_password(name);
}

void ym_store_stop(struct ym_store *store) {
    store->stopping = true;
}

ym_status ym_store_refresh(struct ym_store *store, struct ym_err *err) {
    return store->ops->refresh(store, err);
}

ym_status ym_store_begin(struct ym_store *store, struct ym_err *err) {
    return store->ops->begin(store, err);
}

ym_status ym_store_commit(struct ym_store *store, struct ym_err *err) {
    return store->ops->commit(store, err);
}

void ym_store_rollback(struct ym_store *store) {
    store->ops->rollback(store);
}

ym_status ym_store_put(struct ym_store *store, const struct ym_record *record, bool *ret_new,
                       struct ym_err *err) {
    return store->ops->put(store, record, ret_new, err);
}

ym_status ym_store_each(struct ym_store *store, ym_store_fn *fn, void *user, struct ym_err *err) {
    return store->ops->each(store, fn, user, err);
}

ym_status ym_store_sums(struct ym_store *store, const struct ym_sums_query *query, ym_sums_fn *fn,
                        void *user, struct ym_err *err) {
    if (!ym_sums_kept(query->kind, query->margin)) {
        return ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                       "the store keeps no margin %u of %s", query->margin,
                       ym_sums_kinds[query->kind].name);
    }
    return store->ops->sums(store, query, fn, user, err);
}

void ym_store_sums_text(struct ym_store *store, enum ym_sums kind, unsigned margin,
                        struct ym_buf *sql, struct ym_buf *definition) {
    store->ops->sums_text(store, kind, margin, sql, definition);
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
