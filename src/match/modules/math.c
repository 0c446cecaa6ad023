/* modules/math.c - YARA's module math; see module.h. */
#include "module.h"

extern const struct ym_module_code ym_module_math_code;

const struct ym_module_code ym_module_math_code = {.load = NULL};
