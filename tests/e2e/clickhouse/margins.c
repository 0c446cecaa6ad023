/* margins.c - all sums of a store, a line of JSON each: for tests that compare stores.
 *
 *     margins STORE          [kind, margin, [texts], month, [counts]]; rows of zeros are left out
 *     margins --text STORE   [kind, margin, the query that is run, its definition] */
#include "records/store.h"

#include "base/buf.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "../../../src/records/sums_int.h"

struct at {
    const struct ym_sums_kind *kind;
    unsigned margin;
    struct ym_buf line;
};

static ym_status print_row(void *user, const struct ym_sums_row *row, struct ym_err *err) {
    struct at *at = user;
    uint64_t any = 0;

    (void)err;
    ym_buf_clear(&at->line);
    ym_buf_printf(&at->line, "[\"%s\",%u,[", at->kind->name, at->margin);
    for (unsigned i = 0; i < row->n_keys; i++) {
        ym_buf_add_text(&at->line, i == 0 ? "" : ",");
        ym_buf_json_string(&at->line, row->key[i], strlen(row->key[i]));
    }
    ym_buf_printf(&at->line, "],%d,[", row->month);
    for (unsigned i = 0; i < at->kind->n_counts; i++) {
        any |= row->count[i];
        ym_buf_printf(&at->line, "%s%llu", i == 0 ? "" : ",", (unsigned long long)row->count[i]);
    }
    ym_buf_add_text(&at->line, "]]");
    if (any != 0) {
        (void)puts((const char *)at->line.data);
    }
    return ym_buf_status(&at->line);
}

static ym_status print_text(struct ym_store *store, enum ym_sums kind, struct at *at) {
    struct ym_buf sql;
    struct ym_buf definition;

    ym_buf_init(&sql, 64 << 10);
    ym_buf_init(&definition, 64 << 10);
    ym_store_sums_text(store, kind, at->margin, &sql, &definition);
    ym_buf_clear(&at->line);
    ym_buf_printf(&at->line, "[\"%s\",%u,", at->kind->name, at->margin);
    ym_buf_json_string(&at->line, (const char *)sql.data, sql.len);
    ym_buf_add_text(&at->line, ",");
    ym_buf_json_string(&at->line, (const char *)definition.data, definition.len);
    ym_buf_add_text(&at->line, "]");
    (void)puts((const char *)at->line.data);
    ym_buf_done(&sql);
    ym_buf_done(&definition);
    return ym_buf_status(&at->line);
}

static ym_status print_all(struct ym_store *store, bool text, struct ym_err *err) {
    ym_status st = YM_OK;
    struct at at;

    ym_buf_init(&at.line, 1 << 20);
    for (unsigned kind = 0; kind < YM_SUMS_COUNT; kind++) {
        at.kind = &ym_sums_kinds[kind];
        for (unsigned i = 0; st == YM_OK && i < at.kind->n_margins; i++) {
            const struct ym_sums_query q = {kind, at.kind->margins[i], 0, INT_MAX};

            at.margin = q.margin;
            st =
                text ? print_text(store, kind, &at) : ym_store_sums(store, &q, print_row, &at, err);
        }
    }
    ym_buf_done(&at.line);
    return st;
}

int main(int argc, char **argv) {
    bool text = argc == 3 && strcmp(argv[1], "--text") == 0;
    struct ym_store *store = NULL;
    struct ym_err err = {0};
    char line[1024];
    ym_status st;

    if (argc != 2 && !text) {
        (void)fprintf(stderr, "usage: margins [--text] STORE\n");
        return 2;
    }
    st = ym_store_open(argv[argc - 1], YM_STORE_READ, &store, &err);
    st = st == YM_OK ? print_all(store, text, &err) : st;
    ym_store_close(store);
    if (st != YM_OK || fflush(stdout) != 0) {
        (void)fprintf(stderr, "margins: %s\n", ym_err_format(&err, line, sizeof(line)));
        return 2;
    }
    return 0;
}
