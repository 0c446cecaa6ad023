/* modules/elf.c - what YARA's module elf offers; see base/module.h.
 *
 * The names are YARA 4.5's; osabi, visibility and the constants that only YARA-X has are there, too. */
#include "base/modules/elf.h"

#include "base/module.h"

extern const struct ym_mod_type ym_module_elf_root;

#define ROW(id, of) {.name = #id, .type = &(of)},
#define CONST(id, value)                                                                           \
    { .name = #id, .type = &ym_mod_const_int, .i = (value) }

static const struct ym_mod_field section_fields[] = {YM_ELF_SECTION(ROW)};
static const struct ym_mod_field segment_fields[] = {YM_ELF_SEGMENT(ROW)};
static const struct ym_mod_field dynamic_fields[] = {YM_ELF_DYNAMIC(ROW)};
static const struct ym_mod_field symbol_fields[] = {YM_ELF_SYMBOL(ROW)};

static const struct ym_mod_type section = YM_MOD_STRUCT_OF(ELF, section_fields);
static const struct ym_mod_type segment = YM_MOD_STRUCT_OF(ELF, segment_fields);
static const struct ym_mod_type dynamic_entry = YM_MOD_STRUCT_OF(ELF, dynamic_fields);
static const struct ym_mod_type symbol = YM_MOD_STRUCT_OF(ELF, symbol_fields);

static const struct ym_mod_type sections = YM_MOD_ARRAY_OF(&section);
static const struct ym_mod_type segments = YM_MOD_ARRAY_OF(&segment);
static const struct ym_mod_type dynamic_entries = YM_MOD_ARRAY_OF(&dynamic_entry);
static const struct ym_mod_type symbols = YM_MOD_ARRAY_OF(&symbol);

static const struct ym_mod_overload telfhash[] = {{"", YM_MOD_TEXT, ELF_FN_TELFHASH}};
static const struct ym_mod_overload import_md5[] = {{"", YM_MOD_TEXT, ELF_FN_IMPORT_MD5}};
static const struct ym_mod_type telfhash_type = YM_MOD_FUNCTION_OF(telfhash);
static const struct ym_mod_type import_md5_type = YM_MOD_FUNCTION_OF(import_md5);

static const struct ym_mod_field fields[] = {
    YM_ELF_ROOT(ROW) /* and the constants: */
    CONST(ET_NONE, 0),
    CONST(ET_REL, 1),
    CONST(ET_EXEC, 2),
    CONST(ET_DYN, 3),
    CONST(ET_CORE, 4),
    CONST(ET_LOPROC, 0xff00),
    CONST(ET_HIPROC, 255),

    CONST(EM_NONE, 0),
    CONST(EM_M32, 1),
    CONST(EM_SPARC, 2),
    CONST(EM_386, 3),
    CONST(EM_68K, 4),
    CONST(EM_88K, 5),
    CONST(EM_860, 7),
    CONST(EM_MIPS, 8),
    CONST(EM_MIPS_RS3_LE, 10),
    CONST(EM_PPC, 20),
    CONST(EM_PPC64, 21),
    CONST(EM_ARM, 40),
    CONST(EM_X86_64, 62),
    CONST(EM_AARCH64, 183),
    CONST(EM_IAMCU, 6),
    CONST(EM_S370, 9),

    CONST(OSABI_NONE, 0),
    CONST(OSABI_HPUX, 1),
    CONST(OSABI_NETBSD, 2),
    CONST(OSABI_LINUX, 3),
    CONST(OSABI_GNU_HURD, 4),
    CONST(OSABI_SOLARIS, 6),
    CONST(OSABI_AIX, 7),
    CONST(OSABI_IRIX, 8),
    CONST(OSABI_FREE_BSD, 9),
    CONST(OSABI_TRU64, 10),
    CONST(OSABI_MODESTO, 11),
    CONST(OSABI_OPENBSD, 12),
    CONST(OSABI_OPENVMS, 13),
    CONST(OSABI_NSK, 14),
    CONST(OSABI_AROS, 15),
    CONST(OSABI_FENIXOS, 16),
    CONST(OSABI_CLOUDABI, 17),
    CONST(OSABI_OPENVOS, 18),
    CONST(OSABI_ARM_AEABI, 64),
    CONST(OSABI_ARM, 97),
    CONST(OSABI_STANDALONE, 255),

    CONST(SHT_NULL, 0),
    CONST(SHT_PROGBITS, 1),
    CONST(SHT_SYMTAB, 2),
    CONST(SHT_STRTAB, 3),
    CONST(SHT_RELA, 4),
    CONST(SHT_HASH, 5),
    CONST(SHT_DYNAMIC, 6),
    CONST(SHT_NOTE, 7),
    CONST(SHT_NOBITS, 8),
    CONST(SHT_REL, 9),
    CONST(SHT_SHLIB, 10),
    CONST(SHT_DYNSYM, 11),
    CONST(SHT_INIT_ARRAY, 14),
    CONST(SHT_FINI_ARRAY, 15),

    CONST(SHF_WRITE, 1),
    CONST(SHF_ALLOC, 2),
    CONST(SHF_EXECINSTR, 4),

    CONST(PT_NULL, 0),
    CONST(PT_LOAD, 1),
    CONST(PT_DYNAMIC, 2),
    CONST(PT_INTERP, 3),
    CONST(PT_NOTE, 4),
    CONST(PT_SHLIB, 5),
    CONST(PT_PHDR, 6),
    CONST(PT_TLS, 7),
    CONST(PT_GNU_EH_FRAME, 0x6474e550),
    CONST(PT_GNU_STACK, 0x6474e551),
    CONST(PT_GNU_RELRO, 0x6474e552),
    CONST(PT_GNU_PROPERTY, 0x6474e553),

    CONST(PF_X, 1),
    CONST(PF_W, 2),
    CONST(PF_R, 4),

    CONST(DT_NULL, 0),
    CONST(DT_NEEDED, 1),
    CONST(DT_PLTRELSZ, 2),
    CONST(DT_PLTGOT, 3),
    CONST(DT_HASH, 4),
    CONST(DT_STRTAB, 5),
    CONST(DT_SYMTAB, 6),
    CONST(DT_RELA, 7),
    CONST(DT_RELASZ, 8),
    CONST(DT_RELAENT, 9),
    CONST(DT_STRSZ, 10),
    CONST(DT_SYMENT, 11),
    CONST(DT_INIT, 12),
    CONST(DT_FINI, 13),
    CONST(DT_SONAME, 14),
    CONST(DT_RPATH, 15),
    CONST(DT_SYMBOLIC, 16),
    CONST(DT_REL, 17),
    CONST(DT_RELSZ, 18),
    CONST(DT_RELENT, 19),
    CONST(DT_PLTREL, 20),
    CONST(DT_DEBUG, 21),
    CONST(DT_TEXTREL, 22),
    CONST(DT_JMPREL, 23),
    CONST(DT_BIND_NOW, 24),
    CONST(DT_INIT_ARRAY, 25),
    CONST(DT_FINI_ARRAY, 26),
    CONST(DT_INIT_ARRAYSZ, 27),
    CONST(DT_FINI_ARRAYSZ, 28),
    CONST(DT_RUNPATH, 29),
    CONST(DT_FLAGS, 30),
    CONST(DT_ENCODING, 32),
    CONST(DT_LOOS, 0x6000000d),
    CONST(DT_HIOS, 0x6ffff000),
    CONST(DT_VALRNGLO, 0x6ffffd00),
    CONST(DT_VALRNGHI, 0x6ffffdff),
    CONST(DT_ADDRRNGLO, 0x6ffffe00),
    CONST(DT_ADDRRNGHI, 0x6ffffeff),
    CONST(DT_VERSYM, 0x6ffffff0),
    CONST(DT_RELACOUNT, 0x6ffffff9),
    CONST(DT_RELCOUNT, 0x6ffffffa),
    CONST(DT_FLAGS_1, 0x6ffffffb),
    CONST(DT_VERDEF, 0x6ffffffc),
    CONST(DT_VERDEFNUM, 0x6ffffffd),
    CONST(DT_VERNEED, 0x6ffffffe),
    CONST(DT_VERNEEDNUM, 0x6fffffff),
    CONST(DT_LOPROC, 0x70000000),
    CONST(DT_HIPROC, 0x7fffffff),

    CONST(STT_NOTYPE, 0),
    CONST(STT_OBJECT, 1),
    CONST(STT_FUNC, 2),
    CONST(STT_SECTION, 3),
    CONST(STT_FILE, 4),
    CONST(STT_COMMON, 5),
    CONST(STT_TLS, 6),

    CONST(STB_LOCAL, 0),
    CONST(STB_GLOBAL, 1),
    CONST(STB_WEAK, 2),

    CONST(STV_DEFAULT, 0),
    CONST(STV_INTERNAL, 1),
    CONST(STV_HIDDEN, 2),
    CONST(STV_PROTECTED, 3),
};

const struct ym_mod_type ym_module_elf_root = YM_MOD_STRUCT_OF(ELF, fields);
