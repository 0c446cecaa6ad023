/* modules/macho.h - numbers of the fields and functions of YARA's module macho.
 *
 * One list a struct gives both the numbers and, in modules/macho.c, the rows of the description:
 * name of the field, its type there.  The root begins with the fields of a file, under the same
 * numbers: a file alone and one of a universal binary are filled in by the same code. */
#ifndef YM_BASE_MODULES_MACHO_H
#define YM_BASE_MODULES_MACHO_H

/* From dynamic_linker on: YARA-X's. */
#define YM_MACHO_FILE(X)                                                                           \
    X(magic, ym_mod_int)                                                                           \
    X(cputype, ym_mod_int)                                                                         \
    X(cpusubtype, ym_mod_int)                                                                      \
    X(filetype, ym_mod_int)                                                                        \
    X(ncmds, ym_mod_int)                                                                           \
    X(sizeofcmds, ym_mod_int)                                                                      \
    X(flags, ym_mod_int)                                                                           \
    X(reserved, ym_mod_int)                                                                        \
    X(number_of_segments, ym_mod_int)                                                              \
    X(segments, segments)                                                                          \
    X(entry_point, ym_mod_int)                                                                     \
    X(stack_size, ym_mod_int)                                                                      \
    X(dynamic_linker, ym_mod_text)                                                                 \
    X(source_version, ym_mod_text)                                                                 \
    X(uuid, ym_mod_text)                                                                           \
    X(dylibs, dylibs)                                                                              \
    X(rpaths, ym_mod_texts)                                                                        \
    X(symtab, symtab)                                                                              \
    X(dysymtab, dysymtab)                                                                          \
    X(dyld_info, dyld_info)                                                                        \
    X(code_signature_data, linked_data)                                                            \
    X(build_version, build_version)                                                                \
    X(min_version, min_version)

#define YM_MACHO_UNIVERSAL(X)                                                                      \
    X(fat_magic, ym_mod_int)                                                                       \
    X(nfat_arch, ym_mod_int)                                                                       \
    X(fat_arch, fat_archs)                                                                         \
    X(file, files)                                                                                 \
    X(file_index_for_arch, file_index_type)                                                        \
    X(entry_point_for_arch, entry_point_type)                                                      \
    X(has_dylib, has_dylib_type)                                                                   \
    X(has_rpath, has_rpath_type)

/* filesize: YARA-X's name of fsize. */
#define YM_MACHO_SEGMENT(X)                                                                        \
    X(segname, ym_mod_text)                                                                        \
    X(vmaddr, ym_mod_int)                                                                          \
    X(vmsize, ym_mod_int)                                                                          \
    X(fileoff, ym_mod_int)                                                                         \
    X(fsize, ym_mod_int)                                                                           \
    X(filesize, ym_mod_int)                                                                        \
    X(maxprot, ym_mod_int)                                                                         \
    X(initprot, ym_mod_int)                                                                        \
    X(nsects, ym_mod_int)                                                                          \
    X(flags, ym_mod_int)                                                                           \
    X(sections, sections)

#define YM_MACHO_SECTION(X)                                                                        \
    X(sectname, ym_mod_text)                                                                       \
    X(segname, ym_mod_text)                                                                        \
    X(addr, ym_mod_int)                                                                            \
    X(size, ym_mod_int)                                                                            \
    X(offset, ym_mod_int)                                                                          \
    X(align, ym_mod_int)                                                                           \
    X(reloff, ym_mod_int)                                                                          \
    X(nreloc, ym_mod_int)                                                                          \
    X(flags, ym_mod_int)                                                                           \
    X(reserved1, ym_mod_int)                                                                       \
    X(reserved2, ym_mod_int)                                                                       \
    X(reserved3, ym_mod_int)

#define YM_MACHO_FAT_ARCH(X)                                                                       \
    X(cputype, ym_mod_int)                                                                         \
    X(cpusubtype, ym_mod_int)                                                                      \
    X(offset, ym_mod_int)                                                                          \
    X(size, ym_mod_int)                                                                            \
    X(align, ym_mod_int)                                                                           \
    X(reserved, ym_mod_int)

#define YM_MACHO_DYLIB(X)                                                                          \
    X(name, ym_mod_text)                                                                           \
    X(timestamp, ym_mod_int)                                                                       \
    X(compatibility_version, ym_mod_text)                                                          \
    X(current_version, ym_mod_text)

/* These four in the order of the load commands, whose words they are. */
#define YM_MACHO_SYMTAB(X)                                                                         \
    X(symoff, ym_mod_int)                                                                          \
    X(nsyms, ym_mod_int)                                                                           \
    X(stroff, ym_mod_int)                                                                          \
    X(strsize, ym_mod_int)

#define YM_MACHO_DYSYMTAB(X)                                                                       \
    X(ilocalsym, ym_mod_int)                                                                       \
    X(nlocalsym, ym_mod_int)                                                                       \
    X(iextdefsym, ym_mod_int)                                                                      \
    X(nextdefsym, ym_mod_int)                                                                      \
    X(iundefsym, ym_mod_int)                                                                       \
    X(nundefsym, ym_mod_int)                                                                       \
    X(tocoff, ym_mod_int)                                                                          \
    X(ntoc, ym_mod_int)                                                                            \
    X(modtaboff, ym_mod_int)                                                                       \
    X(nmodtab, ym_mod_int)                                                                         \
    X(extrefsymoff, ym_mod_int)                                                                    \
    X(nextrefsyms, ym_mod_int)                                                                     \
    X(indirectsymoff, ym_mod_int)                                                                  \
    X(nindirectsyms, ym_mod_int)                                                                   \
    X(extreloff, ym_mod_int)                                                                       \
    X(nextrel, ym_mod_int)                                                                         \
    X(locreloff, ym_mod_int)                                                                       \
    X(nlocrel, ym_mod_int)

#define YM_MACHO_DYLD_INFO(X)                                                                      \
    X(rebase_off, ym_mod_int)                                                                      \
    X(rebase_size, ym_mod_int)                                                                     \
    X(bind_off, ym_mod_int)                                                                        \
    X(bind_size, ym_mod_int)                                                                       \
    X(weak_bind_off, ym_mod_int)                                                                   \
    X(weak_bind_size, ym_mod_int)                                                                  \
    X(lazy_bind_off, ym_mod_int)                                                                   \
    X(lazy_bind_size, ym_mod_int)                                                                  \
    X(export_off, ym_mod_int)                                                                      \
    X(export_size, ym_mod_int)

#define YM_MACHO_LINKED_DATA(X)                                                                    \
    X(dataoff, ym_mod_int)                                                                         \
    X(datasize, ym_mod_int)

#define YM_MACHO_BUILD_VERSION(X)                                                                  \
    X(platform, ym_mod_int)                                                                        \
    X(minos, ym_mod_text)                                                                          \
    X(sdk, ym_mod_text)                                                                            \
    X(ntools, ym_mod_int)                                                                          \
    X(tools, build_tools)

#define YM_MACHO_BUILD_TOOL(X)                                                                     \
    X(tool, ym_mod_int)                                                                            \
    X(version, ym_mod_text)

#define YM_MACHO_MIN_VERSION(X)                                                                    \
    X(device, ym_mod_int)                                                                          \
    X(version, ym_mod_text)                                                                        \
    X(sdk, ym_mod_text)

#define X(name, type) MACHO_##name,
enum ym_macho_field { YM_MACHO_FILE(X) YM_MACHO_UNIVERSAL(X) };
#undef X
#define X(name, type) MACHO_SEGMENT_##name,
enum ym_macho_segment_field { YM_MACHO_SEGMENT(X) };
#undef X
#define X(name, type) MACHO_SECTION_##name,
enum ym_macho_section_field { YM_MACHO_SECTION(X) };
#undef X
#define X(name, type) MACHO_FAT_ARCH_##name,
enum ym_macho_fat_arch_field { YM_MACHO_FAT_ARCH(X) };
#undef X
#define X(name, type) MACHO_DYLIB_##name,
enum ym_macho_dylib_field { YM_MACHO_DYLIB(X) };
#undef X
#define X(name, type) MACHO_BUILD_VERSION_##name,
enum ym_macho_build_version_field { YM_MACHO_BUILD_VERSION(X) };
#undef X
#define X(name, type) MACHO_BUILD_TOOL_##name,
enum ym_macho_build_tool_field { YM_MACHO_BUILD_TOOL(X) };
#undef X
#define X(name, type) MACHO_MIN_VERSION_##name,
enum ym_macho_min_version_field { YM_MACHO_MIN_VERSION(X) };
#undef X

enum ym_macho_function {
    MACHO_FN_FILE_INDEX,
    MACHO_FN_FILE_INDEX_SUBTYPE,
    MACHO_FN_ENTRY_POINT,
    MACHO_FN_ENTRY_POINT_SUBTYPE,
    MACHO_FN_HAS_DYLIB,
    MACHO_FN_HAS_RPATH
};

#endif
