/* modules/magic.c - YARA's module magic; see module.h. */
#include "module.h"

extern const struct ym_module_code ym_module_magic_code;

const struct ym_module_code ym_module_magic_code = {.load = NULL};
