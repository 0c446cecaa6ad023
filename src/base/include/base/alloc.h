/* alloc.h - the process's one door to malloc, so that tests can close it.
 *
 * Every allocation of the tree goes through here; memory that a library hands out is freed by
 * that library's own call. */
#ifndef YM_BASE_ALLOC_H
#define YM_BASE_ALLOC_H

#include <stddef.h>

void *ym_malloc(size_t size);               /* NULL: out of memory; a size of 0 gives 1 byte */
void *ym_zalloc(size_t count, size_t size); /* zeroed, count * size checked */
void *ym_realloc(void *p, size_t size);     /* as realloc; p stays valid on failure */
void *ym_realloc_array(void *p, size_t count, size_t size); /* count * size checked */
char *ym_strdup(const char *s);
char *ym_strndup(const char *s, size_t n);
void ym_free(void *p); /* accepts NULL */

#ifdef YM_TESTING
/* Make the nth allocation from now fail (1 = the next), and every later one
 * too when sticky.  0 turns it off.  Returns how many failures were caused
 * since the last call, so that a loop knows when it has gone past the end. */
unsigned ym_fault_malloc(unsigned nth, int sticky);
#endif

#endif
