/* import.c - many records from one text, a line each.  See ym_store_import() in store.h.
 *
 * One transaction takes up to BATCH records: large enough that its sync does not count, small
 * enough that a full disk late in a large import does not undo all of it. */
#include "records/store.h"

#include "base/alloc.h"
#include "base/arena.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MODULE "records/import"

enum { BATCH = 100000, CHUNK = 1 << 20, RECORD_MEMORY = 64 << 20 };

struct import {
    struct ym_store *store;
    struct ym_arena *arena;
    const char *name;
    uint64_t line;
    uint64_t in_batch;
    struct ym_store_counts batch; /* of the open transaction */
    struct ym_store_counts kept;
};

static ym_status end_batch(struct import *in, struct ym_err *err) {
    if (in->in_batch == 0) {
        return YM_OK;
    }
    YM_TRY(ym_store_commit(in->store, err));
    in->kept.added += in->batch.added;
    in->kept.known += in->batch.known;
    in->batch = (struct ym_store_counts){0};
    in->in_batch = 0;
    return YM_OK;
}

static ym_status take_line(struct import *in, const char *s, size_t n, struct ym_err *err) {
    struct ym_record record;
    struct ym_err why = {0};
    bool is_new = false;
    ym_status st;

    in->line++;
    if (n == 0) {
        return YM_OK;
    }
    ym_arena_reset(in->arena);
    st = ym_record_decode(s, n, in->arena, &record, &why);
    if (st != YM_OK) {
        return ym_fail_at(err, st, MODULE, in->name, (unsigned)in->line, 0, "%s", why.text);
    }
    if (in->in_batch == 0) {
        YM_TRY(ym_store_begin(in->store, err));
    }
    in->in_batch++;
    YM_TRY(ym_store_put(in->store, &record, &is_new, err));
    in->batch.added += is_new;
    in->batch.known += !is_new;
    return in->in_batch == BATCH ? end_batch(in, err) : YM_OK;
}

/* Takes the whole lines of buf[0, *len) and moves the rest to its start. */
static ym_status take_lines(struct import *in, char *buf, size_t *len, bool at_end,
                            struct ym_err *err) {
    size_t from = 0;

    while (from < *len) {
        char *end = memchr(buf + from, '\n', *len - from);

        if (end == NULL && !at_end) {
            break;
        }
        size_t n = (end == NULL ? *len : (size_t)(end - buf)) - from;

        YM_TRY(take_line(in, buf + from, n, err));
        from = end == NULL ? *len : from + n + 1;
    }
    memmove(buf, buf + from, *len - from);
    *len -= from;
    return YM_OK;
}

static ym_status read_lines(struct import *in, int fd, char *buf, size_t size, struct ym_err *err) {
    size_t len = 0;

    for (;;) {
        ssize_t n = read(fd, buf + len, size - len < CHUNK ? size - len : CHUNK);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return ym_fail_errno(err, MODULE, in->name, errno, "cannot read");
        }
        len += (size_t)n;
        YM_TRY(take_lines(in, buf, &len, n == 0, err));
        if (n == 0) {
            return end_batch(in, err);
        }
        if (len == size) {
            return ym_fail_at(err, YM_LIMIT, MODULE, in->name, (unsigned)in->line + 1, 0,
                              "the line is longer than a record may be");
        }
    }
}

ym_status ym_store_import(struct ym_store *store, int fd, const char *name,
                          struct ym_store_counts *ret_counts, struct ym_err *err) {
    struct import in = {.store = store, .name = name};
    size_t size = (size_t)YM_RECORD_JSON_MAX + CHUNK;
    char *buf = ym_malloc(size);
    ym_status st;

    in.arena = ym_arena_new(RECORD_MEMORY);
    if (buf == NULL || in.arena == NULL) {
        st = ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "no memory to import records");
    } else {
        st = read_lines(&in, fd, buf, size, err);
    }
    if (st != YM_OK) {
        ym_store_rollback(store);
    }
    ym_arena_free(in.arena);
    ym_free(buf);
    *ret_counts = in.kept;
    return st;
}
