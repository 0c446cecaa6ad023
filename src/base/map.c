/* map.c - open addressing, power-of-two table, at most 3/4 full.  See map.h. */
#include "base/map.h"

#include "base/alloc.h"

#include <string.h>

struct entry {
    char *key; /* NULL: free */
    size_t n;
    uint64_t hash;
    uint64_t value;
};

struct ym_map {
    struct entry *slots;
    size_t n_slots; /* power of two */
    size_t count;
    size_t max;
};

struct ym_map *ym_map_new(size_t max) {
    struct ym_map *m = ym_zalloc(1, sizeof(*m));

    if (m == NULL) {
        return NULL;
    }
    m->max = max;
    m->n_slots = 16;
    m->slots = ym_zalloc(m->n_slots, sizeof(*m->slots));
    if (m->slots == NULL) {
        ym_free(m);
        return NULL;
    }
    return m;
}

void ym_map_free(struct ym_map *m) {
    if (m == NULL) {
        return;
    }
    for (size_t i = 0; i < m->n_slots; i++) {
        ym_free(m->slots[i].key);
    }
    ym_free(m->slots);
    ym_free(m);
}

size_t ym_map_count(const struct ym_map *m) {
    return m->count;
}

static uint64_t hash_of(const char *key, size_t n) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < n; i++) {
        h = (h ^ (unsigned char)key[i]) * UINT64_C(0x100000001b3);
    }
    return h ^ h >> 29;
}

/* The slot that holds the key, or the free one where it would go. */
static struct entry *find(const struct ym_map *m, const char *key, size_t n, uint64_t hash) {
    size_t mask = m->n_slots - 1;

    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        struct entry *e = &m->slots[i];

        if (e->key == NULL || (e->hash == hash && e->n == n && memcmp(e->key, key, n) == 0)) {
            return e;
        }
    }
}

static ym_status grow(struct ym_map *m) {
    struct ym_map bigger = *m;

    bigger.n_slots = m->n_slots * 2;
    bigger.slots = ym_zalloc(bigger.n_slots, sizeof(*bigger.slots));
    if (bigger.slots == NULL) {
        return YM_NOMEM;
    }
    for (size_t i = 0; i < m->n_slots; i++) {
        const struct entry *e = &m->slots[i];

        if (e->key != NULL) {
            *find(&bigger, e->key, e->n, e->hash) = *e;
        }
    }
    ym_free(m->slots);
    *m = bigger;
    return YM_OK;
}

ym_status ym_map_put(struct ym_map *m, const char *key, size_t n, uint64_t value) {
    uint64_t hash = hash_of(key, n);
    struct entry *e = find(m, key, n, hash);

    if (e->key != NULL) {
        e->value = value;
        return YM_OK;
    }
    if (m->count >= m->max) {
        return YM_LIMIT;
    }
    if ((m->count + 1) * 4 > m->n_slots * 3) {
        YM_TRY(grow(m));
        e = find(m, key, n, hash);
    }
    e->key = ym_malloc(n + 1);
    if (e->key == NULL) {
        return YM_NOMEM;
    }
    memcpy(e->key, key, n);
    e->key[n] = '\0';
    e->n = n;
    e->hash = hash;
    e->value = value;
    m->count++;
    return YM_OK;
}

bool ym_map_get(const struct ym_map *m, const char *key, size_t n, uint64_t *ret_value) {
    const struct entry *e = find(m, key, n, hash_of(key, n));

    if (e->key == NULL) {
        return false;
    }
    *ret_value = e->value;
    return true;
}

bool ym_map_next(const struct ym_map *m, size_t *cursor, const char **ret_key, size_t *ret_n,
                 uint64_t *ret_value) {
    while (*cursor < m->n_slots) {
        const struct entry *e = &m->slots[(*cursor)++];

        if (e->key != NULL) {
            *ret_key = e->key;
            *ret_n = e->n;
            *ret_value = e->value;
            return true;
        }
    }
    return false;
}
