/* fuzz_figures.c - lines of records of anybody: what a store takes of them becomes figures that are JSON, and
 * a CSV, with and without noise; and names of detections, whatever they are, have a variant and a type. */
#include "base/arena.h"
#include "base/buf.h"
#include "records/names.h"
#include "records/store.h"
#include "report/report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MEMORY = 64 << 20 };

static void must(bool holds) {
    if (!holds) {
        abort();
    }
}

static void check_name(const char *s, size_t n) {
    char name[300];
    char variant[YM_FAMILY_MAX];

    n = n < sizeof(name) - 1 ? n : sizeof(name) - 1;
    memcpy(name, s, n);
    name[n] = '\0';
    must(strlen(ym_variant_of_name(name, variant)) < YM_FAMILY_MAX);
    must(ym_exploit_type_of_name(name, "exploit")[0] != '\0');
    must(ym_exploit_type_of_name(name, "worm")[0] == '\0');
}

static void check_figures(struct ym_store *store, double epsilon) {
    const struct ym_report_options o = {.threshold = 1, .epsilon = epsilon};
    struct ym_err err = {0};
    struct ym_buf json;
    struct ym_buf csv;
    ym_status st;

    ym_buf_init(&json, YM_REPORT_JSON_MAX);
    ym_buf_init(&csv, YM_REPORT_PAGE_MAX);
    st = ym_report_figures(store, &o, &json, &err);
    must(st == YM_OK || st == YM_END);
    if (st == YM_OK) {
        json_t *v = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, NULL);

        must(v != NULL);
        json_decref(v);
        must(ym_report_csv(&json, &csv, &err) == YM_OK);
    }
    ym_buf_done(&csv);
    ym_buf_done(&json);
}

/* Those lines that are records. */
static void put_lines(struct ym_store *store, const char *s, size_t n, struct ym_arena *arena) {
    struct ym_err err = {0};

    while (n > 0) {
        const char *end = memchr(s, '\n', n);
        size_t line = end == NULL ? n : (size_t)(end - s);
        struct ym_record r;
        bool is_new = false;

        ym_arena_reset(arena);
        check_name(s, line);
        if (ym_record_decode(s, line, arena, &r, &err) == YM_OK) {
            must(ym_store_put(store, &r, &is_new, &err) == YM_OK);
        }
        s += line + (end != NULL);
        n -= line + (end != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_arena *arena = ym_arena_new(MEMORY);
    struct ym_store *store = NULL;
    struct ym_err err = {0};

    must(arena != NULL && ym_store_open("", YM_STORE_MEMORY, &store, &err) == YM_OK);
    must(ym_store_begin(store, &err) == YM_OK);
    put_lines(store, (const char *)data, len, arena);
    must(ym_store_commit(store, &err) == YM_OK);
    check_figures(store, 0);
    check_figures(store, 10);
    ym_store_close(store);
    ym_arena_free(arena);
    return 0;
}
