/* modules/elf.h - numbers of the fields and functions of YARA's module elf (docs/modules/elf).
 *
 * One list a struct gives both the numbers and, in modules/elf.c, the rows of the description:
 * name of the field, its type there. */
#ifndef YM_BASE_MODULES_ELF_H
#define YM_BASE_MODULES_ELF_H

#define YM_ELF_ROOT(X)                                                                             \
    X(type, ym_mod_int)                                                                            \
    X(machine, ym_mod_int)                                                                         \
    X(osabi, ym_mod_int)                                                                           \
    X(entry_point, ym_mod_int)                                                                     \
    X(number_of_sections, ym_mod_int)                                                              \
    X(sh_offset, ym_mod_int)                                                                       \
    X(sh_entry_size, ym_mod_int)                                                                   \
    X(number_of_segments, ym_mod_int)                                                              \
    X(ph_offset, ym_mod_int)                                                                       \
    X(ph_entry_size, ym_mod_int)                                                                   \
    X(sections, sections)                                                                          \
    X(segments, segments)                                                                          \
    X(dynamic_section_entries, ym_mod_int)                                                         \
    X(dynamic, dynamic_entries)                                                                    \
    X(symtab_entries, ym_mod_int)                                                                  \
    X(symtab, symbols)                                                                             \
    X(dynsym_entries, ym_mod_int)                                                                  \
    X(dynsym, symbols)                                                                             \
    X(telfhash, telfhash_type)                                                                     \
    X(import_md5, import_md5_type)

#define YM_ELF_SECTION(X)                                                                          \
    X(type, ym_mod_int)                                                                            \
    X(flags, ym_mod_int)                                                                           \
    X(address, ym_mod_int)                                                                         \
    X(name, ym_mod_text)                                                                           \
    X(size, ym_mod_int)                                                                            \
    X(offset, ym_mod_int)

#define YM_ELF_SEGMENT(X)                                                                          \
    X(type, ym_mod_int)                                                                            \
    X(flags, ym_mod_int)                                                                           \
    X(offset, ym_mod_int)                                                                          \
    X(virtual_address, ym_mod_int)                                                                 \
    X(physical_address, ym_mod_int)                                                                \
    X(file_size, ym_mod_int)                                                                       \
    X(memory_size, ym_mod_int)                                                                     \
    X(alignment, ym_mod_int)

#define YM_ELF_DYNAMIC(X)                                                                          \
    X(type, ym_mod_int)                                                                            \
    X(val, ym_mod_int)

#define YM_ELF_SYMBOL(X)                                                                           \
    X(name, ym_mod_text)                                                                           \
    X(value, ym_mod_int)                                                                           \
    X(size, ym_mod_int)                                                                            \
    X(type, ym_mod_int)                                                                            \
    X(bind, ym_mod_int)                                                                            \
    X(shndx, ym_mod_int)                                                                           \
    X(visibility, ym_mod_int)

#define X(name, type) ELF_##name,
enum ym_elf_field { YM_ELF_ROOT(X) };
#undef X
#define X(name, type) ELF_SECTION_##name,
enum ym_elf_section_field { YM_ELF_SECTION(X) };
#undef X
#define X(name, type) ELF_SEGMENT_##name,
enum ym_elf_segment_field { YM_ELF_SEGMENT(X) };
#undef X
#define X(name, type) ELF_DYNAMIC_##name,
enum ym_elf_dynamic_field { YM_ELF_DYNAMIC(X) };
#undef X
#define X(name, type) ELF_SYMBOL_##name,
enum ym_elf_symbol_field { YM_ELF_SYMBOL(X) };
#undef X

enum ym_elf_function { ELF_FN_TELFHASH, ELF_FN_IMPORT_MD5 };

#endif
