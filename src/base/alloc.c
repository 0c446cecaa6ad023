/* alloc.c - malloc with a test-only failure switch.  See alloc.h. */
#include "base/alloc.h"

#include "base/reader.h" /* ym_mul_size */

#include <stdlib.h>
#include <string.h>

#ifdef YM_TESTING
static struct {
    unsigned countdown;
    unsigned fired;
    int sticky;
} fault;

unsigned ym_fault_malloc(unsigned nth, int sticky) {
    unsigned fired = fault.fired;

    fault.countdown = nth;
    fault.sticky = sticky;
    fault.fired = 0;
    return fired;
}

static int should_fail(void) {
    if (fault.countdown == 0) {
        return 0;
    }
    if (fault.countdown > 1) {
        fault.countdown--;
        return 0;
    }
    if (!fault.sticky) {
        fault.countdown = 0;
    }
    fault.fired++;
    return 1;
}
#endif

/* True when a test wants this allocation to fail. */
static int refused(void) {
#ifdef YM_TESTING
    return should_fail();
#else
    return 0;
#endif
}

void *ym_malloc(size_t size) {
    return refused() ? NULL : malloc(size == 0 ? 1 : size);
}

void *ym_zalloc(size_t count, size_t size) {
    size_t need;

    if (!ym_mul_size(count, size, &need) || refused()) {
        return NULL;
    }
    return calloc(1, need == 0 ? 1 : need);
}

void *ym_realloc(void *p, size_t size) {
    return refused() ? NULL : realloc(p, size == 0 ? 1 : size);
}

void *ym_realloc_array(void *p, size_t count, size_t size) {
    size_t need;

    return ym_mul_size(count, size, &need) ? ym_realloc(p, need) : NULL;
}

char *ym_strndup(const char *s, size_t n) {
    size_t len = strnlen(s, n);
    char *copy = ym_malloc(len + 1);

    if (copy != NULL) {
        memcpy(copy, s, len);
        copy[len] = '\0';
    }
    return copy;
}

char *ym_strdup(const char *s) {
    return ym_strndup(s, strlen(s));
}

void ym_free(void *p) {
    free(p);
}
