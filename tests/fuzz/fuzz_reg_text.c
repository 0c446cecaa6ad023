/* fuzz_reg_text.c - an export of the registry: read or refused with a reason; every key that is
 * listed can be asked for, and no answer is longer than its limits. */
#include "clean/reg_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { DEPTH = 4, ASKED = 200 };

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

static void look(struct ym_reg_text *t, struct ym_arena *arena, const char *key, unsigned depth,
                 unsigned *left) {
    struct ym_reg_values values = {NULL, 0};
    struct ym_reg_keys keys = {NULL, 0};
    struct ym_err err = {0};
    ym_status st = ym_reg_text_values(t, arena, key, &values, &err);

    must(st == YM_OK || st == YM_END || err.text[0] != '\0');
    for (size_t i = 0; i < values.n; i++) {
        must(values.v[i].n <= YM_REG_DATA_MAX && strlen(values.v[i].name) <= YM_REG_TEXT_NAME_MAX);
    }
    st = ym_reg_text_keys(t, arena, key, &keys, NULL);
    for (size_t i = 0; i < keys.n && depth<DEPTH && * left> 0; i++) {
        const char *below =
            ym_arena_printf(arena, "%s%s%s", key, key[0] == '\0' ? "" : "\\", keys.v[i]);

        must(strchr(keys.v[i], '\\') == NULL && keys.v[i][0] != '\0');
        (*left)--;
        if (below != NULL) {
            look(t, arena, below, depth + 1, left); /* at most DEPTH deep */
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static const char *const roots[] = {"HKEY_LOCAL_MACHINE\\SYSTEM", "HKEY_USERS\\*"};
    struct ym_arena *arena = ym_arena_new(4U << 20);
    struct ym_reg_text *t = NULL;
    struct ym_err err = {0};
    struct ym_reader r;
    unsigned left = ASKED;
    ym_status st;

    ym_reader_init(&r, data, len);
    if (arena != NULL && ym_reg_text_new(roots[len % 2], &t, &err) == YM_OK) {
        st = ym_reg_text_read(t, r, "fuzz.reg", &err);
        st = st == YM_OK ? ym_reg_text_finish(t, &err) : st;
        must((st == YM_OK) == (err.text[0] == '\0'));
        if (st == YM_OK) {
            look(t, arena, "", 0, &left);
        }
        ym_reg_text_free(t);
    }
    ym_arena_free(arena);
    return 0;
}
