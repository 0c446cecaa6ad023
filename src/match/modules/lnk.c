/* modules/lnk.c - YARA's module lnk; see module.h. */
#include "module.h"

extern const struct ym_module_code ym_module_lnk_code;

const struct ym_module_code ym_module_lnk_code = {.load = NULL};
