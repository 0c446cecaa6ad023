/* modules/macho.c - what YARA's module macho offers; see base/module.h.
 *
 * The names are YARA 4.5's, then those of YARA-X that cost little: heads of load commands, not what
 * they lead to. */
#include "base/modules/macho.h"

#include "base/module.h"

extern const struct ym_mod_type ym_module_macho_root;

#define ROW(id, of) {.name = #id, .type = &(of)},
#define CONST(id, value)                                                                           \
    { .name = #id, .type = &ym_mod_const_int, .i = (value) }

static const struct ym_mod_field section_fields[] = {YM_MACHO_SECTION(ROW)};
static const struct ym_mod_type section = YM_MOD_STRUCT_OF(MACHO, section_fields);
static const struct ym_mod_type sections = YM_MOD_ARRAY_OF(&section);

static const struct ym_mod_field segment_fields[] = {YM_MACHO_SEGMENT(ROW)};
static const struct ym_mod_type segment = YM_MOD_STRUCT_OF(MACHO, segment_fields);
static const struct ym_mod_type segments = YM_MOD_ARRAY_OF(&segment);

static const struct ym_mod_field fat_arch_fields[] = {YM_MACHO_FAT_ARCH(ROW)};
static const struct ym_mod_type fat_arch = YM_MOD_STRUCT_OF(MACHO, fat_arch_fields);
static const struct ym_mod_type fat_archs = YM_MOD_ARRAY_OF(&fat_arch);

static const struct ym_mod_field dylib_fields[] = {YM_MACHO_DYLIB(ROW)};
static const struct ym_mod_type dylib = YM_MOD_STRUCT_OF(MACHO, dylib_fields);
static const struct ym_mod_type dylibs = YM_MOD_ARRAY_OF(&dylib);

static const struct ym_mod_field symtab_fields[] = {YM_MACHO_SYMTAB(ROW)};
static const struct ym_mod_type symtab = YM_MOD_STRUCT_OF(MACHO, symtab_fields);

static const struct ym_mod_field dysymtab_fields[] = {YM_MACHO_DYSYMTAB(ROW)};
static const struct ym_mod_type dysymtab = YM_MOD_STRUCT_OF(MACHO, dysymtab_fields);

static const struct ym_mod_field dyld_info_fields[] = {YM_MACHO_DYLD_INFO(ROW)};
static const struct ym_mod_type dyld_info = YM_MOD_STRUCT_OF(MACHO, dyld_info_fields);

static const struct ym_mod_field linked_data_fields[] = {YM_MACHO_LINKED_DATA(ROW)};
static const struct ym_mod_type linked_data = YM_MOD_STRUCT_OF(MACHO, linked_data_fields);

static const struct ym_mod_field build_tool_fields[] = {YM_MACHO_BUILD_TOOL(ROW)};
static const struct ym_mod_type build_tool = YM_MOD_STRUCT_OF(MACHO, build_tool_fields);
static const struct ym_mod_type build_tools = YM_MOD_ARRAY_OF(&build_tool);

static const struct ym_mod_field build_version_fields[] = {YM_MACHO_BUILD_VERSION(ROW)};
static const struct ym_mod_type build_version = YM_MOD_STRUCT_OF(MACHO, build_version_fields);

static const struct ym_mod_field min_version_fields[] = {YM_MACHO_MIN_VERSION(ROW)};
static const struct ym_mod_type min_version = YM_MOD_STRUCT_OF(MACHO, min_version_fields);

static const struct ym_mod_field file_fields[] = {YM_MACHO_FILE(ROW)};
static const struct ym_mod_type file = YM_MOD_STRUCT_OF(MACHO, file_fields);
static const struct ym_mod_type files = YM_MOD_ARRAY_OF(&file);

static const struct ym_mod_overload file_index[] = {
    {"i", YM_MOD_INT, MACHO_FN_FILE_INDEX},
    {"ii", YM_MOD_INT, MACHO_FN_FILE_INDEX_SUBTYPE},
};
static const struct ym_mod_overload entry_point[] = {
    {"i", YM_MOD_INT, MACHO_FN_ENTRY_POINT},
    {"ii", YM_MOD_INT, MACHO_FN_ENTRY_POINT_SUBTYPE},
};
static const struct ym_mod_overload has_dylib[] = {{"s", YM_MOD_INT, MACHO_FN_HAS_DYLIB}};
static const struct ym_mod_overload has_rpath[] = {{"s", YM_MOD_INT, MACHO_FN_HAS_RPATH}};
static const struct ym_mod_type file_index_type = YM_MOD_FUNCTION_OF(file_index);
static const struct ym_mod_type entry_point_type = YM_MOD_FUNCTION_OF(entry_point);
static const struct ym_mod_type has_dylib_type = YM_MOD_FUNCTION_OF(has_dylib);
static const struct ym_mod_type has_rpath_type = YM_MOD_FUNCTION_OF(has_rpath);

static const struct ym_mod_field fields[] = {
    YM_MACHO_FILE(ROW) YM_MACHO_UNIVERSAL(ROW) /* and the constants: */
    CONST(MH_MAGIC, 0xfeedface),
    CONST(MH_CIGAM, 0xcefaedfe),
    CONST(MH_MAGIC_64, 0xfeedfacf),
    CONST(MH_CIGAM_64, 0xcffaedfe),

    CONST(FAT_MAGIC, 0xcafebabe),
    CONST(FAT_CIGAM, 0xbebafeca),
    CONST(FAT_MAGIC_64, 0xcafebabf),
    CONST(FAT_CIGAM_64, 0xbfbafeca),

    CONST(CPU_ARCH_ABI64, 0x01000000),

    CONST(CPU_SUBTYPE_LIB64, 0x80000000),

    CONST(CPU_TYPE_MC680X0, 6),
    CONST(CPU_TYPE_X86, 7),
    CONST(CPU_TYPE_I386, 7),
    CONST(CPU_TYPE_X86_64, 0x01000007),
    CONST(CPU_TYPE_MIPS, 8),
    CONST(CPU_TYPE_MC98000, 10),
    CONST(CPU_TYPE_ARM, 12),
    CONST(CPU_TYPE_ARM64, 0x0100000c),
    CONST(CPU_TYPE_MC88000, 13),
    CONST(CPU_TYPE_SPARC, 14),
    CONST(CPU_TYPE_POWERPC, 18),
    CONST(CPU_TYPE_POWERPC64, 0x01000012),

    CONST(CPU_SUBTYPE_INTEL_MODEL_ALL, 0),
    CONST(CPU_SUBTYPE_386, 3),
    CONST(CPU_SUBTYPE_I386_ALL, 3),
    CONST(CPU_SUBTYPE_X86_64_ALL, 3),
    CONST(CPU_SUBTYPE_486, 4),
    CONST(CPU_SUBTYPE_486SX, 132),
    CONST(CPU_SUBTYPE_586, 5),
    CONST(CPU_SUBTYPE_PENT, 5),
    CONST(CPU_SUBTYPE_PENTPRO, 22),
    CONST(CPU_SUBTYPE_PENTII_M3, 54),
    CONST(CPU_SUBTYPE_PENTII_M5, 86),
    CONST(CPU_SUBTYPE_CELERON, 103),
    CONST(CPU_SUBTYPE_CELERON_MOBILE, 119),
    CONST(CPU_SUBTYPE_PENTIUM_3, 8),
    CONST(CPU_SUBTYPE_PENTIUM_3_M, 24),
    CONST(CPU_SUBTYPE_PENTIUM_3_XEON, 40),
    CONST(CPU_SUBTYPE_PENTIUM_M, 9),
    CONST(CPU_SUBTYPE_PENTIUM_4, 10),
    CONST(CPU_SUBTYPE_PENTIUM_4_M, 26),
    CONST(CPU_SUBTYPE_ITANIUM, 11),
    CONST(CPU_SUBTYPE_ITANIUM_2, 27),
    CONST(CPU_SUBTYPE_XEON, 12),
    CONST(CPU_SUBTYPE_XEON_MP, 28),
    CONST(CPU_SUBTYPE_ARM_ALL, 0),
    CONST(CPU_SUBTYPE_ARM_V4T, 5),
    CONST(CPU_SUBTYPE_ARM_V6, 6),
    CONST(CPU_SUBTYPE_ARM_V5, 7),
    CONST(CPU_SUBTYPE_ARM_V5TEJ, 7),
    CONST(CPU_SUBTYPE_ARM_XSCALE, 8),
    CONST(CPU_SUBTYPE_ARM_V7, 9),
    CONST(CPU_SUBTYPE_ARM_V7F, 10),
    CONST(CPU_SUBTYPE_ARM_V7S, 11),
    CONST(CPU_SUBTYPE_ARM_V7K, 12),
    CONST(CPU_SUBTYPE_ARM_V6M, 14),
    CONST(CPU_SUBTYPE_ARM_V7M, 15),
    CONST(CPU_SUBTYPE_ARM_V7EM, 16),
    CONST(CPU_SUBTYPE_ARM64_ALL, 0),
    CONST(CPU_SUBTYPE_SPARC_ALL, 0),
    CONST(CPU_SUBTYPE_POWERPC_ALL, 0),
    CONST(CPU_SUBTYPE_MC980000_ALL, 0),
    CONST(CPU_SUBTYPE_POWERPC_601, 1),
    CONST(CPU_SUBTYPE_MC98601, 1),
    CONST(CPU_SUBTYPE_POWERPC_602, 2),
    CONST(CPU_SUBTYPE_POWERPC_603, 3),
    CONST(CPU_SUBTYPE_POWERPC_603e, 4),
    CONST(CPU_SUBTYPE_POWERPC_603ev, 5),
    CONST(CPU_SUBTYPE_POWERPC_604, 6),
    CONST(CPU_SUBTYPE_POWERPC_604e, 7),
    CONST(CPU_SUBTYPE_POWERPC_620, 8),
    CONST(CPU_SUBTYPE_POWERPC_750, 9),
    CONST(CPU_SUBTYPE_POWERPC_7400, 10),
    CONST(CPU_SUBTYPE_POWERPC_7450, 11),
    CONST(CPU_SUBTYPE_POWERPC_970, 100),

    CONST(MH_OBJECT, 1),
    CONST(MH_EXECUTE, 2),
    CONST(MH_FVMLIB, 3),
    CONST(MH_CORE, 4),
    CONST(MH_PRELOAD, 5),
    CONST(MH_DYLIB, 6),
    CONST(MH_DYLINKER, 7),
    CONST(MH_BUNDLE, 8),
    CONST(MH_DYLIB_STUB, 9),
    CONST(MH_DSYM, 10),
    CONST(MH_KEXT_BUNDLE, 11),
    CONST(MH_NOUNDEFS, 1),
    CONST(MH_INCRLINK, 2),
    CONST(MH_DYLDLINK, 4),
    CONST(MH_BINDATLOAD, 8),
    CONST(MH_PREBOUND, 16),
    CONST(MH_SPLIT_SEGS, 32),
    CONST(MH_LAZY_INIT, 64),
    CONST(MH_TWOLEVEL, 128),
    CONST(MH_FORCE_FLAT, 0x00000100),
    CONST(MH_NOMULTIDEFS, 0x00000200),
    CONST(MH_NOFIXPREBINDING, 0x00000400),
    CONST(MH_PREBINDABLE, 0x00000800),
    CONST(MH_ALLMODSBOUND, 0x00001000),
    CONST(MH_SUBSECTIONS_VIA_SYMBOLS, 0x00002000),
    CONST(MH_CANONICAL, 0x00004000),
    CONST(MH_WEAK_DEFINES, 0x00008000),
    CONST(MH_BINDS_TO_WEAK, 0x00010000),
    CONST(MH_ALLOW_STACK_EXECUTION, 0x00020000),
    CONST(MH_ROOT_SAFE, 0x00040000),
    CONST(MH_SETUID_SAFE, 0x00080000),
    CONST(MH_NO_REEXPORTED_DYLIBS, 0x00100000),
    CONST(MH_PIE, 0x00200000),
    CONST(MH_DEAD_STRIPPABLE_DYLIB, 0x00400000),
    CONST(MH_HAS_TLV_DESCRIPTORS, 0x00800000),
    CONST(MH_NO_HEAP_EXECUTION, 0x01000000),
    CONST(MH_APP_EXTENSION_SAFE, 0x02000000),

    CONST(SG_HIGHVM, 1),
    CONST(SG_FVMLIB, 2),
    CONST(SG_NORELOC, 4),
    CONST(SG_PROTECTED_VERSION_1, 8),

    CONST(SECTION_TYPE, 255),
    CONST(SECTION_ATTRIBUTES, 0xffffff00),

    CONST(S_REGULAR, 0),
    CONST(S_ZEROFILL, 1),
    CONST(S_CSTRING_LITERALS, 2),
    CONST(S_4BYTE_LITERALS, 3),
    CONST(S_8BYTE_LITERALS, 4),
    CONST(S_LITERAL_POINTERS, 5),
    CONST(S_NON_LAZY_SYMBOL_POINTERS, 6),
    CONST(S_LAZY_SYMBOL_POINTERS, 7),
    CONST(S_SYMBOL_STUBS, 8),
    CONST(S_MOD_INIT_FUNC_POINTERS, 9),
    CONST(S_MOD_TERM_FUNC_POINTERS, 10),
    CONST(S_COALESCED, 11),
    CONST(S_GB_ZEROFILL, 12),
    CONST(S_INTERPOSING, 13),
    CONST(S_16BYTE_LITERALS, 14),
    CONST(S_DTRACE_DOF, 15),
    CONST(S_LAZY_DYLIB_SYMBOL_POINTERS, 16),
    CONST(S_THREAD_LOCAL_REGULAR, 17),
    CONST(S_THREAD_LOCAL_ZEROFILL, 18),
    CONST(S_THREAD_LOCAL_VARIABLES, 19),
    CONST(S_THREAD_LOCAL_VARIABLE_POINTERS, 20),
    CONST(S_THREAD_LOCAL_INIT_FUNCTION_POINTERS, 21),

    CONST(S_ATTR_PURE_INSTRUCTIONS, 0x80000000),
    CONST(S_ATTR_NO_TOC, 0x40000000),
    CONST(S_ATTR_STRIP_STATIC_SYMS, 0x20000000),
    CONST(S_ATTR_NO_DEAD_STRIP, 0x10000000),
    CONST(S_ATTR_LIVE_SUPPORT, 0x08000000),
    CONST(S_ATTR_SELF_MODIFYING_CODE, 0x04000000),
    CONST(S_ATTR_DEBUG, 0x02000000),
    CONST(S_ATTR_SOME_INSTRUCTIONS, 0x00000400),
    CONST(S_ATTR_EXT_RELOC, 0x00000200),
    CONST(S_ATTR_LOC_RELOC, 0x00000100),
};

const struct ym_mod_type ym_module_macho_root = YM_MOD_STRUCT_OF(MACHO, fields);
