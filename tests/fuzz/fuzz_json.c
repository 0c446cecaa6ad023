/* fuzz_json.c - events of JSON keep to its grammar, and texts decode to UTF-8. */
#include "formats/json.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void look_at_text(struct ym_json *j) {
    struct ym_str t = ym_json_text(j);

    for (size_t i = 0; i < t.n;) {
        unsigned n = ym_utf8_length(t.s + i, t.n - i);

        if (n == 0) {
            abort();
        }
        i += n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_arena *arena = ym_arena_new(len % 2 == 0 ? 1 << 20 : 64);
    struct ym_json j;
    unsigned depth = 0;
    size_t n = 0;

    if (arena == NULL) {
        return 0;
    }
    ym_json_init(&j, data, len, arena);
    do {
        ym_json_event e = ym_json_next(&j);

        if (e == YM_JSON_KEY || e == YM_JSON_TEXT) {
            look_at_text(&j);
        }
        if (e == YM_JSON_OBJECT || e == YM_JSON_ARRAY) {
            depth++;
        } else if (e == YM_JSON_END && ym_reader_ok(&j.r)) {
            depth--;
        }
        /* Every event takes a byte at least; what is open is known. */
        if (ym_reader_ok(&j.r) && (j.depth != depth || ++n > len)) {
            abort();
        }
    } while (ym_reader_ok(&j.r) && depth > 0);
    if (ym_json_finish(&j, NULL) == YM_OK && n == 0) {
        abort();
    }
    ym_arena_free(arena);
    return 0;
}
