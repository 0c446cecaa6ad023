/* fuzz_record.c - a record of anybody: decoded, it must encode and decode to the same. */
#include "base/arena.h"
#include "base/buf.h"
#include "records/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds) {
    if (!holds) {
        abort();
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
