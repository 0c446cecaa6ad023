/* modules/macho.h - one Mach-O file while it is loaded (private to match/). */
#ifndef YM_MATCH_MODULE_MACHO_H
#define YM_MATCH_MODULE_MACHO_H

#include "module.h"

struct ym_macho {
    struct ym_mod_scan *s;
    struct ym_mod_object *object; /* the root, or an element of file[] */
    struct ym_reader whole;
    bool is64;
    bool big;
    uint32_t cputype;
    uint32_t n_commands;
};

struct ym_macho_command {
    uint32_t id;
    struct ym_reader body; /* as long as it says, without id and size */
    struct ym_reader rest; /* from its beginning to the end of the file */
};

static inline uint32_t ym_macho_get32(const struct ym_macho *m, struct ym_reader *r) {
    return ym_get_u32(r, m->big);
}

static inline uint64_t ym_macho_get64(const struct ym_macho *m, struct ym_reader *r) {
    return ym_get_u64(r, m->big);
}

/* macho_commands.c: the load commands that only YARA-X tells of. */
void ym_macho_set_command(const struct ym_macho *m, const struct ym_macho_command *c);
ym_mod_function ym_macho_has_dylib, ym_macho_has_rpath;

#endif
