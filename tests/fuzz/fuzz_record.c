/* fuzz_record.c - a record of anybody: decoded, it must encode and decode to the same, every form
 * must take it, with as many events in one as in another, and a name that is hidden stays so. */
#include "base/arena.h"
#include "base/buf.h"
#include "records/export.h"
#include "records/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds) {
    if (!holds) {
        abort();
    }
}

static size_t export_lines(const struct ym_record *r, enum ym_export_form form) {
    struct ym_err err = {0};
    struct ym_buf out;
    size_t n = 0;

    ym_buf_init(&out, 4 * YM_RECORD_JSON_MAX);
    must(ym_record_export(r, form, &out, &err) == YM_OK);
    must(ym_buf_status(&out) == YM_OK);
    for (size_t i = 0; i < out.len; i++) {
        n += out.data[i] == '\n';
    }
    ym_buf_done(&out);
    return n;
}

static void check_exports(const struct ym_record *r, struct ym_arena *arena) {
    size_t n = 1 + r->n_detections + r->n_repairs + r->n_exposures + r->n_observations;

    must(export_lines(r, YM_EXPORT_JSON) == 1);
    must(export_lines(r, YM_EXPORT_OCSF) == n);
    must(export_lines(r, YM_EXPORT_ECS) == n);
    must(export_lines(r, YM_EXPORT_CEF) == n);
    for (size_t i = 0; i < r->n_detections; i++) {
        const char *hidden = ym_record_hide_user(r->detections[i].object, arena);

        must(hidden != NULL && strcmp(ym_record_hide_user(hidden, arena), hidden) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    /* Odd lengths get a tiny arena, so that every way of running out of it is walked. */
    struct ym_arena *arena = ym_arena_new(len % 2 == 1 ? 600 : 8 << 20);
    struct ym_arena *second = ym_arena_new(8 << 20);
    struct ym_record r = {0};
    struct ym_record back = {0};
    struct ym_err err = {0};
    struct ym_buf once;
    struct ym_buf twice;

    ym_buf_init(&once, YM_RECORD_JSON_MAX);
    ym_buf_init(&twice, YM_RECORD_JSON_MAX);
    if (arena != NULL && second != NULL) {
        if (ym_record_decode((const char *)data, len, arena, &r, &err) == YM_OK) {
            ym_record_encode(&r, &once);
            must(ym_buf_status(&once) == YM_OK);
            must(ym_record_decode((const char *)once.data, once.len, second, &back, &err) == YM_OK);
            ym_record_encode(&back, &twice);
            must(twice.len == once.len && memcmp(twice.data, once.data, once.len) == 0);
            check_exports(&back, second);
        } else {
            must(err.code != YM_OK && err.text[0] != '\0'); /* a failure tells why */
        }
    }
    ym_buf_done(&once);
    ym_buf_done(&twice);
    ym_arena_free(arena);
    ym_arena_free(second);
    return 0;
}
