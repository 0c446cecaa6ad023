/* fuzz_report.c - a report from an enemy's process is refused, or as good as one of ours: it can
 * be encoded again to the same bytes and written as JSON. */
#include "engine/report.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct ym_report *r, struct ym_arena *arena) {
    struct ym_report *back = NULL;
    struct ym_buf wire;
    struct ym_buf again;
    struct ym_reader in;

    ym_buf_init(&wire, 16 << 20);
    ym_buf_init(&again, 16 << 20);
    ym_report_encode(r, &wire);
    ym_reader_init(&in, wire.data, wire.len);
    if (ym_report_decode(&in, arena, &back, NULL) != YM_OK) {
        abort();
    }
    ym_report_encode(back, &again);
    if (wire.len != again.len || memcmp(wire.data, again.data, wire.len) != 0) {
        abort();
    }
    ym_buf_clear(&again);
    ym_report_json(back, "path", &again);
    if (ym_buf_status(&again) != YM_OK) {
        abort();
    }
    ym_buf_done(&wire);
    ym_buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_arena *arena = ym_arena_new(len % 2 == 0 ? 16 << 20 : 2048);
    struct ym_arena *other = ym_arena_new(16 << 20);
    struct ym_report *r = NULL;
    struct ym_reader in;

    ym_reader_init(&in, data, len);
    if (arena != NULL && other != NULL && ym_report_decode(&in, arena, &r, NULL) == YM_OK) {
        check(r, other);
    }
    ym_arena_free(arena);
    ym_arena_free(other);
    return 0;
}
