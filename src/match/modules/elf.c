/* modules/elf.c - YARA's module elf; see module.h. */
#include "module.h"

extern const struct ym_module_code ym_module_elf_code;

const struct ym_module_code ym_module_elf_code = {.load = NULL};
