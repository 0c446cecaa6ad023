/* arena.h - memory that lives exactly as long as one scan.
 *
 * A parser allocates from the arena it is given and frees nothing; the
 * engine resets the arena after the object.  The cap is hard: a bomb meets
 * YM_LIMIT here instead of the kernel's OOM killer.
 */
#ifndef YM_BASE_ARENA_H
#define YM_BASE_ARENA_H

#include "base/status.h"

#include <stddef.h>

struct ym_arena; /* opaque: see arena.c */

/* A new arena that will never hold more than cap bytes; NULL when out of
 * memory.  Free with ym_arena_free(), which accepts NULL. */
struct ym_arena *ym_arena_new(size_t cap);
void ym_arena_free(struct ym_arena *a);
void ym_arena_reset(struct ym_arena *a); /* everything handed out dies */

/* Zeroed, aligned for any type, count * size checked.  NULL means that the
 * cap or the memory ran out; ym_arena_status() says which. */
void *ym_arena_zalloc(struct ym_arena *a, size_t count, size_t size);
ym_status ym_arena_status(const struct ym_arena *a);

/* Copies into the arena, NUL-terminated; NULL as above. */
char *ym_arena_strndup(struct ym_arena *a, const char *s, size_t n);
void *ym_arena_memdup(struct ym_arena *a, const void *p, size_t n);

/* printf into the arena. */
char *ym_arena_printf(struct ym_arena *a, const char *fmt, ...) YM_PRINTF(2, 3);

#define YM_ARENA_NEW(a, type) ((type *)ym_arena_zalloc((a), 1, sizeof(type)))
#define YM_ARENA_ARRAY(a, n, type) ((type *)ym_arena_zalloc((a), (n), sizeof(type)))

#endif
