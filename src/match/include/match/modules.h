/* match/modules.h - the modules of YARA's language (pe, math ...) over one object.
 *
 *     struct ym_modules *m = ym_modules_new(cap);         // once per scanner
 *     ym_modules_begin(m, data, size);                    // per object; then ym_match() with it
 *     gap = ym_modules_gave_up(m);                        // afterwards
 *
 * Nothing is parsed until a condition asks.  All images that look at an object share what was
 * parsed of it; it lies in memory of at most cap bytes until the next object. */
#ifndef YM_MATCH_MODULES_H
#define YM_MATCH_MODULES_H

#include "base/module.h"
#include "base/status.h"

#include <stddef.h>

struct ym_modules; /* opaque */

struct ym_modules *ym_modules_new(size_t cap); /* NULL: out of memory */
void ym_modules_free(struct ym_modules *m);    /* accepts NULL */

/* The bytes must stay until the next call. */
void ym_modules_begin(struct ym_modules *m, const uint8_t *data, size_t size);

/* What the user gave for a module (cuckoo's report); borrowed, for all objects from now on. */
void ym_modules_give(struct ym_modules *m, ym_module_id id, struct ym_str bytes);

/* Lines that rules print (console.log); NULL: dropped. */
void ym_modules_print(struct ym_modules *m, void (*print)(void *self, const char *s, size_t n),
                      void *self);

/* A module needed more memory than the cap for this object, or could not read what the user gave
 * for it: some of its values were undefined. */
bool ym_modules_gave_up(const struct ym_modules *m);

#endif
