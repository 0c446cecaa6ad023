/* fuzz_format - hostile rule text laid out.  Properties, beside not crashing: what was formatted is
 * formatted again to the same bytes, and a refusal says where and why. */
#include "signatures/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct ym_err err = {0};
    struct ym_buf once;
    struct ym_buf twice;
    ym_status st;

    ym_buf_init(&once, YM_FORMAT_MAX_OUTPUT);
    ym_buf_init(&twice, YM_FORMAT_MAX_OUTPUT);
    st = ym_yara_format("fuzz.yar", (const char *)data, len, &once, &err);
    if (st == YM_OK) {
        must(ym_yara_format("fuzz.yar", (const char *)once.data, once.len, &twice, NULL) == YM_OK);
        must(once.len == twice.len &&
             (once.len == 0 || memcmp(once.data, twice.data, once.len) == 0));
    } else {
        must(err.code == st && err.text[0] != '\0');
        must(st != YM_UNSUPPORTED); /* it would have changed what the text says */
    }
    ym_buf_done(&once);
    ym_buf_done(&twice);
    return 0;
}
