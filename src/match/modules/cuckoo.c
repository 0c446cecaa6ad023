/* modules/cuckoo.c - YARA's module cuckoo; see module.h. */
#include "module.h"

extern const struct ym_module_code ym_module_cuckoo_code;

const struct ym_module_code ym_module_cuckoo_code = {.load = NULL};
