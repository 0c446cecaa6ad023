/* fuzz_hive_log.c - a hive and its logs: what comes out was closed properly and holds together.
 *
 * Input: three numbers, the lengths of the hive, .LOG1 and .LOG2 (of .LOG: the rest), and their
 * bytes.  With an even number of bytes checksums and hashes are put right first, or hardly any
 * changed input would come past them. */
#include "formats/hive_log.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ROOM = 1 << 20, FILES = 4 };

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

static void put32(uint8_t *p, uint32_t v) {
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(v >> 8 * i);
    }
}

static uint32_t get32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_right(uint8_t *p, size_t n) {
    if (n < 512) {
        return;
    }
    put32(p + 508, ym_hive_checksum(p));
    for (size_t at = 512; at + 40 <= n; at += 512) {
        uint32_t size = get32(p + at + 4);
        uint64_t hash;

        if (memcmp(p + at, "HvLE", 4) != 0 || size < 40 || size > n - at) {
            continue;
        }
        hash = ym_hive_log_hash(p + at + 40, size - 40);
        put32(p + at + 24, (uint32_t)hash);
        put32(p + at + 28, (uint32_t)(hash >> 32));
        hash = ym_hive_log_hash(p + at, 32);
        put32(p + at + 32, (uint32_t)hash);
        put32(p + at + 36, (uint32_t)(hash >> 32));
    }
}

static void look(const struct ym_buf *whole, const struct ym_hive_recovery *what, size_t hive_len) {
    static const struct ym_hive_logs none;
    struct ym_hive_recovery again;
    struct ym_buf out;
    struct ym_reader r;

    ym_reader_init(&r, whole->data, whole->len);
    must(ym_hive_check_header(r, NULL) == YM_OK);
    must(whole->len >= hive_len && what->used != 0 && what->entries > 0);
    must(what->used < 1U << YM_HIVE_LOGS && (what->new_format || what->entries == 1));
    must(memcmp(whole->data + 4096, "hbin", 4) == 0);
    ym_buf_init(&out, ROOM);
    must(ym_hive_recover(r, &none, &out, &again, NULL) == YM_END && out.len == 0);
    ym_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_reader files[FILES];
    struct ym_hive_recovery what;
    struct ym_hive_logs logs;
    struct ym_err err = {0};
    struct ym_buf whole;
    uint8_t *copy = malloc(len + 1);
    size_t at = 12;
    ym_status st;

    if (copy == NULL || len < at) {
        free(copy);
        return 0;
    }
    memcpy(copy, data, len);
    for (size_t i = 0; i < FILES; i++) {
        size_t n = i == FILES - 1 ? len - at : get32(copy + 4 * i);

        n = n > len - at ? len - at : n;
        if (len % 2 == 0) {
            put_right(copy + at, n);
        }
        ym_reader_init(&files[i], copy + at, n);
        at += n;
    }
    memcpy(logs.file, files + 1, sizeof(logs.file));
    ym_buf_init(&whole, ROOM);
    st = ym_hive_recover(files[0], &logs, &whole, &what, &err);
    must(st == YM_END || (st == YM_OK) == (err.text[0] == '\0'));
    must(st == YM_OK || whole.len == 0);
    must((st == YM_END) == (ym_hive_check_header(files[0], NULL) == YM_OK));
    if (st == YM_OK) {
        look(&whole, &what, files[0].len);
    }
    ym_buf_done(&whole);
    free(copy);
    return 0;
}
