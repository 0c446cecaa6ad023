/* modules/elf.h - functions of YARA's module elf (private to match/). */
#ifndef YM_MATCH_MODULE_ELF_H
#define YM_MATCH_MODULE_ELF_H

#include "module.h"

ym_mod_function ym_elf_telfhash;   /* elf_digests.c */
ym_mod_function ym_elf_import_md5; /* elf_digests.c */

#endif
