/* fuzz_module_macho.c - YARA's module macho: all values and functions. */
#include "base/modules/macho.h"

#include "module_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    const union ym_mod_arg arch[2] = {{.i = 7}, {.i = 3}};
    const union ym_mod_arg name[1] = {{.text = {"libweak.dylib", 13}}};
    struct module_walk w;

    module_walk_begin(&w, YM_MODULE_MACHO, data, len);
    for (uint32_t f = MACHO_FN_FILE_INDEX; f <= MACHO_FN_ENTRY_POINT_SUBTYPE; f++) {
        module_walk_call(&w, YM_MODULE_MACHO, f, arch, YM_MOD_INT);
    }
    module_walk_call(&w, YM_MODULE_MACHO, MACHO_FN_HAS_DYLIB, name, YM_MOD_INT);
    module_walk_call(&w, YM_MODULE_MACHO, MACHO_FN_HAS_RPATH, name, YM_MOD_INT);
    return module_walk_end(&w);
}
