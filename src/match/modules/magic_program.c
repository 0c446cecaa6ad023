/* modules/magic_program.c - what libmagic says of programs: PE, ELF, Mach-O.  See magic.h.
 *
 *     PE32+ executable (DLL) (GUI) x86-64, for MS Windows, 5 sections
 *     ELF 64-bit LSB shared object, x86-64, version 1 (SYSV)
 *     Mach-O 64-bit arm64 executable
 *
 * Of bytes, without the mode of a file, libmagic calls a program that may lie anywhere (PIE) a
 * shared object.  What it adds behind that (interpreter, linkage, build id, flags) is left out. */
#include "magic.h"

struct word {
    uint32_t number;
    const char *text;
};

/* NULL: not in the list. */
static const char *word_of(const struct word *words, size_t n, uint32_t number) {
    for (size_t i = 0; i < n; i++) {
        if (words[i].number == number) {
            return words[i].text;
        }
    }
    return NULL;
}
#define WORD_OF(words, number) word_of(words, YM_MOD_N(words), number)

/* ---- PE -------------------------------------------------------------------------------------- */

static const struct word pe_machines[] = {
    {0x14c, "Intel 80386"},     {0x162, "MIPS R3000"},
    {0x166, "MIPS R4000"},      {0x168, "MIPS R10000"},
    {0x184, "Alpha"},           {0x1a2, "Hitachi SH3"},
    {0x1a6, "Hitachi SH4"},     {0x1c0, "ARM"},
    {0x1c2, "ARM Thumb"},       {0x1c4, "ARMv7 Thumb"},
    {0x1f0, "PowerPC"},         {0x200, "Intel Itanium"},
    {0x266, "MIPS16"},          {0x268, "Motorola 68000"},
    {0x366, "MIPSII with FPU"}, {0xebc, "EFI byte code"},
    {0x5032, "RISC-V 32-bit"},  {0x5064, "RISC-V 64-bit"},
    {0x8664, "x86-64"},         {0xaa64, "Aarch64"},
};

static const struct word pe_subsystems[] = {
    {1, "native"},
    {2, "GUI"},
    {3, "console"},
    {7, "POSIX"},
    {9, "Windows CE"},
    {10, "EFI application"},
    {11, "EFI boot service driver"},
    {12, "EFI runtime driver"},
    {13, "EFI ROM"},
    {14, "XBOX"},
    {16, "Windows boot application"},
};

struct pe {
    uint16_t machine, n_sections, flags, magic, subsystem;
    bool managed;
};

/* false: no header of Windows behind that of DOS. */
static bool read_pe(struct ym_reader r, struct pe *ret) {
    enum { DLL_HEADER = 15, NEW_AT = 0x3c, PE32_PLUS = 0x20b };
    uint64_t optional;

    ym_seek(&r, NEW_AT);
    ym_seek(&r, ym_get_u32le(&r));
    if (ym_get_u32le(&r) != 0x4550) {
        return false;
    }
    ret->machine = ym_get_u16le(&r);
    ret->n_sections = ym_get_u16le(&r);
    ym_skip(&r, 14);
    ret->flags = ym_get_u16le(&r);
    optional = ym_reader_offset(&r);
    ret->magic = ym_get_u16le(&r);
    ym_seek(&r, optional + 68);
    ret->subsystem = ym_get_u16le(&r);
    if (!ym_reader_ok(&r)) {
        return false;
    }
    ym_seek(&r, optional + (ret->magic == PE32_PLUS ? 112u : 96u) + 8 * (uint64_t)(DLL_HEADER - 1));
    ret->managed = ym_get_u32le(&r) != 0;
    return true;
}

static const char *pe_type(struct ym_mod_scan *s, const struct pe *pe) {
    enum { DLL = 0x2000, DEBUG_STRIPPED = 0x200 };
    const char *machine = WORD_OF(pe_machines, pe->machine);
    const char *subsystem = WORD_OF(pe_subsystems, pe->subsystem);

    return ym_arena_printf(s->arena,
                           "PE32%s executable %s(%s) %s%s%s, for MS Windows, %u section%s",
                           pe->magic == 0x20b ? "+" : "", (pe->flags & DLL) != 0 ? "(DLL) " : "",
                           subsystem == NULL ? "unknown" : subsystem,
                           machine == NULL ? "Unknown processor type" : machine,
                           pe->managed ? " Mono/.Net assembly" : "",
                           (pe->flags & DEBUG_STRIPPED) != 0 ? " (stripped to external PDB)" : "",
                           pe->n_sections, pe->n_sections == 1 ? "" : "s");
}

static struct ym_magic windows(struct ym_mod_scan *s, struct ym_reader r) {
    struct pe pe;
    uint32_t at;

    if (read_pe(r, &pe)) {
        return (struct ym_magic){pe_type(s, &pe), "application/vnd.microsoft.portable-executable"};
    }
    ym_seek(&r, 0x3c);
    at = ym_get_u32le(&r);
    if (ym_reader_ok(&r) && ym_magic_has(s, at, "NE", 2)) {
        return (struct ym_magic){"MS-DOS executable, NE", "application/x-ms-ne-executable"};
    }
    return (struct ym_magic){"MS-DOS executable", "application/x-dosexec"};
}

/* ---- ELF ------------------------------------------------------------------------------------- */

static const struct word elf_machines[] = {
    {2, "SPARC"},
    {3, "Intel 80386"},
    {4, "Motorola m68k"},
    {8, "MIPS"},
    {20, "PowerPC or cisco 4500"},
    {21, "64-bit PowerPC or cisco 7500"},
    {22, "IBM S/390"},
    {40, "ARM"},
    {42, "Renesas SH"},
    {43, "SPARC V9"},
    {50, "IA-64"},
    {62, "x86-64"},
    {183, "ARM aarch64"},
    {243, "UCB RISC-V"},
    {258, "LoongArch"},
};

static const struct word elf_systems[] = {
    {0, "SYSV"},    {1, "HP-UX"},   {2, "NetBSD"},   {3, "GNU/Linux"},
    {6, "Solaris"}, {9, "FreeBSD"}, {12, "OpenBSD"}, {97, "ARM"},
};

struct elf {
    bool is64, big;
    uint16_t type, machine;
    uint32_t version;
    uint8_t system;
};

static uint16_t half(const struct elf *e, struct ym_reader *r) {
    return ym_get_u16(r, e->big);
}

static uint32_t word(const struct elf *e, struct ym_reader *r) {
    return ym_get_u32(r, e->big);
}

static bool read_elf(struct ym_reader r, struct elf *ret) {
    uint8_t cls;
    uint8_t order;

    ym_skip(&r, 4);
    cls = ym_get_u8(&r);
    order = ym_get_u8(&r);
    ym_skip(&r, 1);
    *ret = (struct elf){.is64 = cls == 2, .big = order == 2, .system = ym_get_u8(&r)};
    ym_seek(&r, 16);
    ret->type = half(ret, &r);
    ret->machine = half(ret, &r);
    ret->version = word(ret, &r);
    return ym_reader_ok(&r) && (cls == 1 || cls == 2) && (order == 1 || order == 2);
}

static struct ym_magic elf(struct ym_mod_scan *s, struct ym_reader r) {
    static const struct ym_magic types[] = {
        {"no file type", "application/octet-stream"}, {"relocatable", "application/x-object"},
        {"executable", "application/x-executable"},   {"shared object", "application/x-sharedlib"},
        {"core file", "application/x-coredump"},
    };
    struct ym_magic m;
    struct elf e;
    const char *machine;
    const char *system;

    if (!read_elf(r, &e) || e.type >= YM_MOD_N(types)) {
        return (struct ym_magic){"ELF", "application/octet-stream"};
    }
    m = types[e.type];
    machine = WORD_OF(elf_machines, e.machine);
    system = WORD_OF(elf_systems, e.system);
    m.type = ym_arena_printf(
        s->arena, "ELF %s-bit %s %s, %s, version %u%s%s%s", e.is64 ? "64" : "32",
        e.big ? "MSB" : "LSB", m.type, machine == NULL ? "*unknown arch*" : machine, e.version,
        system == NULL ? "" : " (", system == NULL ? "" : system, system == NULL ? "" : ")");
    return m;
}

/* ---- Mach-O ---------------------------------------------------------------------------------- */

static const struct word macho_processors[] = {
    {7, "i386"},           {12, "arm"},          {18, "ppc"},
    {0x1000007, "x86_64"}, {0x100000c, "arm64"}, {0x1000012, "ppc64"},
};

static const struct word macho_types[] = {
    {1, "object"},
    {2, "executable"},
    {3, "fixed virtual memory shared library"},
    {4, "core"},
    {5, "preload executable"},
    {6, "dynamically linked shared library"},
    {7, "dynamic linker"},
    {8, "bundle"},
    {9, "dynamically linked shared library stub"},
    {10, "dSYM companion file"},
    {11, "kext bundle"},
};

static const char *macho_type(struct ym_mod_scan *s, struct ym_reader r) {
    uint32_t magic = ym_get_u32be(&r);
    bool big = magic >> 16 == 0xfeed;
    bool is64 = (big ? magic & 1 : magic >> 24 & 1) != 0;
    uint32_t processor = ym_get_u32(&r, big);
    const char *name = WORD_OF(macho_processors, processor);
    const char *type;

    ym_skip(&r, 4);
    type = WORD_OF(macho_types, ym_get_u32(&r, big));
    if (!ym_reader_ok(&r)) {
        return "Mach-O";
    }
    return ym_arena_printf(s->arena, "Mach-O%s%s%s%s%s", is64 ? " 64-bit" : "",
                           name == NULL ? "" : " ", name == NULL ? "" : name,
                           type == NULL ? "" : " ", type == NULL ? "" : type);
}

static const char *universal_type(struct ym_mod_scan *s, struct ym_reader r) {
    uint32_t n;

    ym_skip(&r, 4);
    n = ym_get_u32be(&r);
    return ym_arena_printf(s->arena, "Mach-O universal binary with %u architecture%s", n,
                           n == 1 ? "" : "s");
}

bool ym_magic_program(struct ym_mod_scan *s, ym_kind kind, struct ym_magic *ret_magic) {
    static const char macho_mime[] = "application/x-mach-binary";
    struct ym_reader r;

    ym_reader_init(&r, s->data, s->size);
    if (kind == YM_KIND_PE) {
        *ret_magic = windows(s, r);
    } else if (kind == YM_KIND_ELF) {
        *ret_magic = elf(s, r);
    } else if (kind == YM_KIND_MACHO) {
        *ret_magic = (struct ym_magic){macho_type(s, r), macho_mime};
    } else if (kind == YM_KIND_MACHO_FAT) {
        *ret_magic = (struct ym_magic){universal_type(s, r), macho_mime};
    } else {
        return false;
    }
    return true;
}
