/* modules/macho.c - YARA's module macho; see module.h. */
#include "module.h"

extern const struct ym_module_code ym_module_macho_code;

const struct ym_module_code ym_module_macho_code = {.load = NULL};
