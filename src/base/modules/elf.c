/* modules/elf.c - what YARA's module elf offers; see base/module.h. */
#include "base/module.h"

extern const struct ym_mod_type ym_module_elf_root;

/* Not ready: rules that use it are refused. */
const struct ym_mod_type ym_module_elf_root = {.kind = YM_MOD_STRUCT, .module = YM_MODULE_ELF};
