/* map.h - a hash table from text to a 64-bit value, with a maximum of entries.
 *
 * Keys are copied.  Iteration order is not defined.  The hash (FNV-1a) has no secret: whoever
 * chooses the keys can make look-ups slow, by at most max probes each.  Keep max small where
 * the keys come from an enemy. */
#ifndef YM_BASE_MAP_H
#define YM_BASE_MAP_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_map; /* opaque: see map.c */

struct ym_map *ym_map_new(size_t max); /* NULL: out of memory */
void ym_map_free(struct ym_map *m);    /* accepts NULL */
size_t ym_map_count(const struct ym_map *m);

/* Sets or replaces; LIMIT past max, NOMEM. */
YM_MUST_CHECK ym_status ym_map_put(struct ym_map *m, const char *key, size_t n, uint64_t value);
bool ym_map_get(const struct ym_map *m, const char *key, size_t n, uint64_t *ret_value);

/* Walks all entries: start with *cursor = 0; false at the end. */
bool ym_map_next(const struct ym_map *m, size_t *cursor, const char **ret_key, size_t *ret_n,
                 uint64_t *ret_value);

#endif
