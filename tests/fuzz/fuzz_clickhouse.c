/* fuzz_clickhouse.c - what a shard may answer for a record: read, it must write and read to the same; and the
 * address of a store (first byte 1), of whoever may set --store. */
#include "base/arena.h"
#include "base/buf.h"
#include "records/record.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/records/clickhouse/rows.h"
#include "../../src/records/clickhouse/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds) {
    if (!holds) {
        abort();
    }
}

static void check_row(const uint8_t *data, size_t len, struct ym_arena *arena) {
    struct ym_record record;
    struct ym_record again;
    struct ym_reader r;
    struct ym_buf a;
    struct ym_buf b;

    ym_reader_init(&r, data, len);
    if (ym_click_row_decode(&r, arena, &record) != YM_OK) {
        return;
    }
    ym_buf_init(&a, 64 << 20);
    ym_buf_init(&b, 64 << 20);
    ym_click_row_encode(&record, 1, &a);
    must(ym_buf_status(&a) == YM_OK);
    ym_reader_init(&r, a.data, a.len);
    must(ym_click_row_decode(&r, arena, &again) == YM_OK && ym_reader_left(&r) == 0);
    ym_click_row_encode(&again, 1, &b);
    must(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
    ym_buf_done(&a);
    ym_buf_done(&b);
}

static void check_url(const uint8_t *data, size_t len, struct ym_arena *arena) {
    char *text = ym_arena_printf(arena, "clickhouse://%.*s", (int)len, (const char *)data);
    struct ym_click_url url;

    if (text == NULL || strstr(text, "password-file") != NULL || /* no files here */
        ym_click_url_parse(text, &url, NULL) != YM_OK) {
        return;
    }
    must(url.n_shards > 0 && url.n_shards <= YM_CLICK_SHARDS_MAX && url.database[0] != '\0');
    for (const char *s = url.user; *s != '\0'; s++) {
        must((unsigned char)*s >= 0x20 && *s != 0x7f);
    }
    must(strpbrk(url.database, " '\"&?/\\") == NULL && strpbrk(url.cluster, " '\"&?/\\") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_arena *arena = ym_arena_new(256 << 20);

    if (arena != NULL && len > 0) {
        (data[0] == 1 ? check_url : check_row)(data + 1, len - 1, arena);
    }
    ym_arena_free(arena);
    return 0;
}
