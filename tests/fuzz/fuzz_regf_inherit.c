/* fuzz_regf_inherit.c - a key of a hostile hive takes over the permissions of the one above it: it
 * has them then, or not a byte has changed.  The last byte chooses the key.
 * With an even number of bytes the header's checksum is put right first. */
#include "formats/hive_log.h"
#include "formats/regf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool so) {
    if (!so) {
        abort();
    }
}

static bool usable(struct ym_str name) {
    return name.n > 0 && name.n < 200 && memchr(name.s, '\\', name.n) == NULL &&
           memchr(name.s, '\0', name.n) == NULL;
}

/* Down to a key whose place among its neighbours the byte says, at most four deep. */
static void choose(const struct ym_regf *hive, struct ym_arena *arena, uint8_t pick,
                   char path[1024]) {
    struct ym_regf_key key;
    struct ym_regf_keys keys;
    size_t n = 0;

    path[0] = '\0';
    if (ym_regf_root(hive, arena, &key, NULL) != YM_OK) {
        return;
    }
    for (unsigned depth = 0; depth < 1U + pick % 4U; depth++) {
        if (ym_regf_subkeys(hive, &key, arena, &keys, NULL) != YM_OK || keys.n == 0) {
            return;
        }
        key = keys.v[pick % keys.n];
        if (!usable(key.name)) {
            return;
        }
        n += (size_t)snprintf(path + n, 1024 - n, "%s%.*s", n == 0 ? "" : "\\", (int)key.name.n,
                              key.name.s);
    }
}

/* In a hive that lies, cells may lie one over the other, and the change be lost: it is read again,
 * and that is all that is asked. */
static void read_again(const uint8_t *copy, size_t len, const char *path, struct ym_arena *arena) {
    struct ym_regf hive;
    struct ym_regf_key key;
    struct ym_reader r;

    ym_reader_init(&r, copy, len);
    ym_arena_reset(arena);
    must(ym_regf_open(r, &hive, NULL) == YM_OK);
    if (ym_regf_find(&hive, path, arena, &key, NULL) == YM_OK) {
        ym_status st = ym_regf_security(&hive, &key, &r, NULL);

        must(st == YM_OK || st == YM_END || st == YM_MALFORMED);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_arena *arena = ym_arena_new(8U << 20);
    uint8_t *copy = malloc(len + 1);
    uint8_t *before = malloc(len + 1);
    struct ym_err err = {0};
    struct ym_regf hive;
    struct ym_reader r;
    char path[1024];

    must(arena != NULL && copy != NULL && before != NULL);
    if (len > 0) {
        memcpy(copy, data, len);
    }
    if (len >= 512 && len % 2 == 0) {
        uint32_t sum = ym_hive_checksum(copy);

        for (unsigned i = 0; i < 4; i++) {
            copy[508 + i] = (uint8_t)(sum >> 8 * i);
        }
    }
    memcpy(before, copy, len);
    ym_reader_init(&r, copy, len);
    if (len > 0 && ym_regf_open(r, &hive, NULL) == YM_OK) {
        choose(&hive, arena, data[len - 1], path);
        if (ym_regf_inherit(copy, len, path, arena, &err) == YM_OK) {
            read_again(copy, len, path, arena);
        } else {
            must(memcmp(copy, before, len) == 0);
        }
    }
    ym_arena_free(arena);
    free(copy);
    free(before);
    return 0;
}
