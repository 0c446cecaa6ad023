/* modules/magic.h - descriptions in the words of libmagic (private to magic*.c). */
#ifndef YM_MATCH_MAGIC_H
#define YM_MATCH_MAGIC_H

#include "formats/sniff.h"
#include "module.h"

struct ym_magic {
    const char *type; /* NULL: unknown; in the arena, or static */
    const char *mime;
};

/* Of a kind that has parts worth telling; false: not one of these. */
bool ym_magic_program(struct ym_mod_scan *s, ym_kind kind, struct ym_magic *ret_magic);
bool ym_magic_zip(struct ym_mod_scan *s, struct ym_magic *ret_magic);
bool ym_magic_text(struct ym_mod_scan *s, ym_kind kind, struct ym_magic *ret_magic);

static inline bool ym_magic_has(const struct ym_mod_scan *s, uint64_t at, const char *bytes,
                                size_t n) {
    struct ym_str t;

    return n == 0 || (ym_mod_range(s, (int64_t)at, (int64_t)n, &t) && t.n == n &&
                      __builtin_memcmp(t.s, bytes, n) == 0);
}

#endif
