/* fuzz_sam_policy.c - an account policy: read or refused with a reason, within its own limits. */
#include "clean/sam_policy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_sam_policy before;
    struct ym_sam_policy p;
    struct ym_err err = {0};

    memset(&p, 0x5a, sizeof(p));
    before = p;
    if (ym_sam_policy_parse(data, len, &p, &err) == YM_OK) {
        if (len < YM_SAM_POLICY_SIZE || p.lockout_threshold > YM_SAM_THRESHOLD_MAX ||
            p.min_length > YM_SAM_LENGTH_MAX || p.history > YM_SAM_HISTORY_MAX ||
            p.lockout_minutes > YM_SAM_MINUTES_MAX || p.window_minutes > YM_SAM_MINUTES_MAX ||
            (p.lockout_for_ever && p.lockout_minutes != 0)) {
            abort();
        }
    } else if (err.text[0] == '\0' || memcmp(&before, &p, sizeof(p)) != 0) {
        abort(); /* refused without a reason, or half written */
    }
    return 0;
}
