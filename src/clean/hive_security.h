/* hive_security.h - what the permissions of a registry key come to; private to clean/.
 *
 * The rights of a key are those of winnt.h: query 1, set 2, create 4, enumerate 8, notify 0x10,
 * link 0x20, the standard ones, and the generic ones that stand for sets of them (KEY_READ 0x20019,
 * KEY_WRITE 0x20006, KEY_ALL_ACCESS 0xf003f); the letters of the text are SDDL's. */
#ifndef YM_CLEAN_HIVE_SECURITY_H
#define YM_CLEAN_HIVE_SECURITY_H

#include "clean/registry.h"
#include "formats/regf.h"

/* All but the text. */
void ym_hive_judge(const struct ym_security *security, struct ym_reg_security *ret);
/* "D:(D;KA;WD)(A;KR;BA)", "no list: everybody may do everything"; a long one ends with "...".
 * NULL: no memory. */
const char *ym_hive_security_text(const struct ym_security *security, struct ym_arena *arena);

#endif
