/* modules/console.c - YARA's module console; see module.h. */
#include "module.h"

extern const struct ym_module_code ym_module_console_code;

const struct ym_module_code ym_module_console_code = {.load = NULL};
