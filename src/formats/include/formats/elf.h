/* formats/elf.h - headers of an ELF file, for matching.  See formats/pe.h for why there are two
 * readers.  Layout: System V ABI, chapter 4. */
#ifndef YM_FORMATS_ELF_H
#define YM_FORMATS_ELF_H

#include "base/arena.h"
#include "base/reader.h"
#include "formats/exe.h"

enum { YM_ELF_MAX_SEGMENTS = 128, YM_ELF_MAX_SECTIONS = 256 }; /* as ClamAV */

YM_MUST_CHECK ym_status ym_elf_parse(struct ym_reader whole, struct ym_arena *arena,
                                     struct ym_exe *ret_exe, struct ym_err *err);
bool ym_elf_yara_entry(struct ym_reader whole, uint64_t *ret_entry);

#endif
