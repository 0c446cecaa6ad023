/* fuzz_autorun.c - autorun.inf: names are lower case and printable, the count is kept. */
#include "clean/autorun.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_arena *arena = ym_arena_new(len % 2 == 0 ? 16U << 20 : 4096);
    struct ym_err err = {0};
    struct ym_reader r;
    struct ym_autorun a;
    size_t n = 0;

    if (arena == NULL) {
        return 0;
    }
    ym_reader_init(&r, data, len);
    if (ym_autorun_parse(r, arena, &a, &err) == YM_OK) {
        for (const struct ym_autorun_key *k = a.keys; k != NULL; k = k->next) {
            (void)ym_autorun_runs(k);
            for (const char *p = k->name; *p != '\0'; p++) {
                if (*p <= ' ' || *p == 0x7f || (*p >= 'A' && *p <= 'Z')) {
                    abort();
                }
            }
            n++;
        }
        if (n != a.n_keys) {
            abort();
        }
    }
    ym_arena_free(arena);
    return 0;
}
