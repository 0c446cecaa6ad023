/* modules/elf.h - one ELF file while a module looks at it (private to match/). */
#ifndef YM_MATCH_MODULE_ELF_H
#define YM_MATCH_MODULE_ELF_H

#include "module.h"

/* A table of symbols and where the reading of it is; copied for each reading. */
struct ym_elf_symbols {
    struct ym_reader rows, names;
    uint32_t left; /* rows */
    bool found;
};

struct ym_elf_symbol {
    struct ym_str name;
    bool named;
    uint8_t type, bind, visibility;
    uint16_t section;
    uint64_t value, size;
};

/* The root's own. */
struct ym_elf {
    struct ym_mod_scan *s;
    struct ym_mod_object *root;
    struct ym_reader whole;
    bool is64;
    bool big;
    uint16_t type;
    uint64_t entry;
    uint64_t segments_at, sections_at;
    uint16_t n_segments, n_sections;
    uint16_t names_index; /* section of the sections' names */
    struct ym_elf_symbols symtab, dynsym;
    struct ym_mod_value telfhash, import_md5; /* for the next rule that asks */
    bool telfhash_known, import_md5_known;
};

/* false: there is none left, or no budget. */
bool ym_elf_next_symbol(const struct ym_elf *e, struct ym_elf_symbols *t,
                        struct ym_elf_symbol *ret_symbol);

ym_mod_function ym_elf_telfhash;   /* elf_digests.c */
ym_mod_function ym_elf_import_md5; /* elf_digests.c */

#endif
