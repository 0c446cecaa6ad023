/* fuzz_magic.c - descriptions of any bytes: a type and a MIME type, or neither. */
#include "unit/match/module_load.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct module_test t;
    struct ym_mod_value mime;

    module_load_capped(&t, YM_MODULE_MAGIC, data, len, len % 2 == 0 ? 1 << 16 : 256);
    if (t.root != NULL) {
        struct ym_mod_value type = module_call(&t, "", "type", "", NULL);

        mime = module_call(&t, "", "mime_type", "", NULL);
        if (ym_arena_status(t.scan.arena) == YM_OK &&
            (type.defined != mime.defined || (type.defined && type.u.text.n == 0))) {
            abort();
        }
    }
    module_done(&t);
    return 0;
}
