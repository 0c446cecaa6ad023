/* fuzz_policy_text.c - rules for passwords as text: read or refused with a reason, within limits. */
#include "clean/policy_text.h"

#include "clean/sam_policy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_arena *arena = ym_arena_new(1U << 20);
    struct ym_policy_text p = {.threshold = 7};
    struct ym_err err = {0};

    if (arena == NULL) {
        return 0;
    }
    if (ym_policy_text_parse(data, len, arena, &p, &err) == YM_OK) {
        if (p.threshold > YM_SAM_THRESHOLD_MAX || p.length > YM_SAM_LENGTH_MAX ||
            p.history > YM_SAM_HISTORY_MAX ||
            !(p.has_threshold || p.has_length || p.has_history || p.has_complexity)) {
            abort();
        }
    } else if (err.text[0] == '\0' || p.threshold != 7) {
        abort(); /* refused without a reason, or half written */
    }
    ym_arena_free(arena);
    return 0;
}
