/* modules/hash.c - YARA's module hash; see module.h. */
#include "module.h"

extern const struct ym_module_code ym_module_hash_code;

const struct ym_module_code ym_module_hash_code = {.load = NULL};
