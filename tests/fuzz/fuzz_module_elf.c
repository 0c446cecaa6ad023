/* fuzz_module_elf.c - YARA's module elf: all values and both digests of names. */
#include "base/modules/elf.h"

#include "module_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct module_walk w;

    module_walk_begin(&w, YM_MODULE_ELF, data, len);
    module_walk_call(&w, YM_MODULE_ELF, ELF_FN_TELFHASH, NULL, YM_MOD_TEXT);
    module_walk_call(&w, YM_MODULE_ELF, ELF_FN_IMPORT_MD5, NULL, YM_MOD_TEXT);
    return module_walk_end(&w);
}
