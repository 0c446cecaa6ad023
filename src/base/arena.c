/* arena.c - chunked bump allocator with a hard cap.  See arena.h. */
#include "base/arena.h"

#include "base/alloc.h"
#include "base/reader.h" /* ym_mul_size */

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK_MIN = 64 * 1024 };

struct chunk {
    struct chunk *next;
    size_t size; /* usable bytes in data[] */
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

struct ym_arena {
    struct chunk *head;
    size_t cap;
    size_t handed_out;
    ym_status status;
};

struct ym_arena *ym_arena_new(size_t cap) {
    struct ym_arena *a = ym_malloc(sizeof(*a));

    if (a != NULL) {
        *a = (struct ym_arena){.cap = cap, .status = YM_OK};
    }
    return a;
}

void ym_arena_reset(struct ym_arena *a) {
    struct chunk *next;

    for (struct chunk *c = a->head; c != NULL; c = next) {
        next = c->next;
        ym_free(c);
    }
    a->head = NULL;
    a->handed_out = 0;
    a->status = YM_OK;
}

void ym_arena_free(struct ym_arena *a) {
    if (a == NULL) {
        return;
    }
    ym_arena_reset(a);
    ym_free(a);
}

static struct chunk *chunk_push(struct ym_arena *a, size_t need) {
    size_t size = need > CHUNK_MIN ? need : CHUNK_MIN;
    struct chunk *c;

    if (size > SIZE_MAX - sizeof(*c)) {
        return NULL;
    }
    c = ym_malloc(sizeof(*c) + size);
    if (c == NULL) {
        return NULL;
    }
    *c = (struct chunk){.next = a->head, .size = size};
    a->head = c;
    return c;
}

void *ym_arena_zalloc(struct ym_arena *a, size_t count, size_t size) {
    const size_t align = alignof(max_align_t);
    struct chunk *c = a->head;
    size_t need;
    void *p;

    if (a->status != YM_OK) {
        return NULL;
    }
    if (!ym_mul_size(count, size, &need) || need > SIZE_MAX - align) {
        a->status = YM_LIMIT;
        return NULL;
    }
    need = need == 0 ? align : (need + align - 1) / align * align;
    if (need > a->cap - a->handed_out) {
        a->status = YM_LIMIT;
        return NULL;
    }
    if (c == NULL || need > c->size - c->used) {
        c = chunk_push(a, need);
        if (c == NULL) {
            a->status = YM_NOMEM;
            return NULL;
        }
    }
    p = c->data + c->used;
    c->used += need;
    a->handed_out += need;
    return memset(p, 0, need);
}

ym_status ym_arena_status(const struct ym_arena *a) {
    return a->status;
}

char *ym_arena_strndup(struct ym_arena *a, const char *s, size_t n) {
    char *copy = n < SIZE_MAX ? ym_arena_zalloc(a, n + 1, 1) : NULL;

    if (copy != NULL && n > 0) {
        memcpy(copy, s, n);
    }
    return copy;
}

void *ym_arena_memdup(struct ym_arena *a, const void *p, size_t n) {
    void *copy = ym_arena_zalloc(a, n, 1);

    if (copy != NULL && n > 0) {
        memcpy(copy, p, n);
    }
    return copy;
}

char *ym_arena_printf(struct ym_arena *a, const char *fmt, ...) {
    va_list ap;
    char *out = NULL;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n >= 0) {
        out = ym_arena_zalloc(a, (size_t)n + 1, 1);
    }
    if (out != NULL) {
        va_start(ap, fmt);
        (void)vsnprintf(out, (size_t)n + 1, fmt, ap);
        va_end(ap);
    }
    return out;
}
