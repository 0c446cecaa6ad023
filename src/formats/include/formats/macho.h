/* formats/macho.h - headers of a Mach-O file, for matching, and the slices of a universal one.
 * Layout: Apple's <mach-o/loader.h> and <mach-o/fat.h>. */
#ifndef YM_FORMATS_MACHO_H
#define YM_FORMATS_MACHO_H

#include "base/arena.h"
#include "base/reader.h"
#include "formats/exe.h"

enum { YM_MACHO_MAX_COMMANDS = 1024, YM_MACHO_MAX_SECTIONS = 255, YM_MACHO_MAX_SLICES = 32 };

YM_MUST_CHECK ym_status ym_macho_parse(struct ym_reader whole, struct ym_arena *arena,
                                       struct ym_exe *ret_exe, struct ym_err *err);

/* Slice number i of a universal binary; END past the last. */
YM_MUST_CHECK ym_status ym_macho_slice(struct ym_reader whole, uint32_t i,
                                       struct ym_exe_range *ret_slice, struct ym_err *err);

#endif
