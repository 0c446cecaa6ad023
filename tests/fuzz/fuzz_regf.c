/* fuzz_regf.c - a hive: everything in it is read, each key once; what is found is found again.
 * With an even number of bytes the header's checksum is put right first. */
#include "formats/hive_log.h"

#include "../unit/formats/regf_walk.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void look_up(const struct ym_regf *hive, struct ym_arena *arena) {
    struct ym_regf_key root;
    struct ym_regf_keys keys;
    struct ym_regf_key again;

    if (ym_regf_root(hive, arena, &root, NULL) != YM_OK ||
        ym_regf_subkeys(hive, &root, arena, &keys, NULL) != YM_OK || keys.n == 0 ||
        memchr(keys.v[0].name.s, '\0', keys.v[0].name.n) != NULL || keys.v[0].name.n == 0 ||
        memchr(keys.v[0].name.s, '\\', keys.v[0].name.n) != NULL) {
        return;
    }
    if (ym_regf_find(hive, keys.v[0].name.s, arena, &again, NULL) == YM_OK) {
        must(again.at == keys.v[0].at);
    } else {
        must(ym_arena_status(arena) != YM_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_arena *arena = ym_arena_new(len % 4 < 2 ? 8U << 20 : 4096);
    uint8_t *copy = malloc(len + 1);
    struct ym_err err = {0};
    struct ym_regf hive;
    struct ym_reader r;

    must(arena != NULL && copy != NULL);
    if (len > 0) {
        memcpy(copy, data, len);
    }
    if (len >= 512 && len % 2 == 0) {
        uint32_t sum = ym_hive_checksum(copy);

        for (unsigned i = 0; i < 4; i++) {
            copy[508 + i] = (uint8_t)(sum >> 8 * i);
        }
    }
    ym_reader_init(&r, copy, len);
    if (ym_regf_open(r, &hive, &err) == YM_OK) {
        (void)see_all(&hive, arena);
        ym_arena_reset(arena);
        look_up(&hive, arena);
    } else {
        must(err.text[0] != '\0');
    }
    ym_arena_free(arena);
    free(copy);
    return 0;
}
