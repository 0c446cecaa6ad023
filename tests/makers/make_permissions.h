/* make_permissions.h - permissions of keys in a hive's file, which hivex cannot write. */
#ifndef YM_TESTS_MAKE_PERMISSIONS_H
#define YM_TESTS_MAKE_PERMISSIONS_H

#include <stddef.h>

/* kind, as SDDL says it:
 *   "open"            (A;KA;SY)(A;KA;BA)(A;KR;WD)     what most keys have
 *   "system-only"     (A;KA;SY)                       as Conficker does with its service
 *   "deny-everyone"   (D;KA;WD)(A;KA;SY)(A;KA;BA)
 *   "deny-set-value"  (D;0x6;SY)(A;KA;SY)(A;KA;BA)
 *   "read-only"       (A;KR;SY)(A;KR;BA)              as an administrator does against Conficker
 *   "below-only"      (D;below;KA;WD)(A;KA;SY)(A;KA;BA)
 *   "installer"       (A;KA;TrustedInstaller)(A;KR;SY)(A;KR;BA)
 *   "nobody"          an empty list
 *   "null"            no list at all
 * The keys get one cell together, in a block of their own at the end.  Exits with a message when a
 * key is not there. */
void make_permissions(const char *path, const char *const *keys, size_t n, const char *kind);

#endif
