/* modules/dex.c - YARA's module dex; see module.h. */
#include "module.h"

extern const struct ym_module_code ym_module_dex_code;

const struct ym_module_code ym_module_dex_code = {.load = NULL};
