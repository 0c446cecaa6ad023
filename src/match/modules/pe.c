/* modules/pe.c - YARA's module pe; see module.h. */
#include "module.h"

extern const struct ym_module_code ym_module_pe_code;

const struct ym_module_code ym_module_pe_code = {.load = NULL};
