/* modules/time.c - YARA's module time; see module.h. */
#include "module.h"

extern const struct ym_module_code ym_module_time_code;

const struct ym_module_code ym_module_time_code = {.load = NULL};
