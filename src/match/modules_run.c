/* modules_run.c - see match/modules.h. */
#include "modules_run.h"

#include "base/alloc.h"
#include "nfa.h"

#include <string.h>

struct ym_modules {
    struct ym_mod_scan scan;
    struct ym_mod_object *roots[YM_MODULE_COUNT];
    bool loaded[YM_MODULE_COUNT];
    struct ym_str extra[YM_MODULE_COUNT];
    bool dirty; /* something was loaded */
    bool gave_up;
};

static bool run_regex(struct ym_mod_scan *s, struct ym_str program, struct ym_str text) {
    return ym_nfa_search(s->nfa, (const uint8_t *)program.s, (uint32_t)program.n,
                         (const uint8_t *)text.s, text.n, s->budget);
}

struct ym_modules *ym_modules_new(size_t cap) {
    struct ym_modules *m = ym_zalloc(1, sizeof(*m));

    if (m == NULL) {
        return NULL;
    }
    m->scan.arena = ym_arena_new(cap);
    m->scan.regex = run_regex;
    if (m->scan.arena == NULL) {
        ym_free(m);
        return NULL;
    }
    return m;
}

void ym_modules_free(struct ym_modules *m) {
    if (m != NULL) {
        ym_arena_free(m->scan.arena);
        ym_free(m);
    }
}

void ym_modules_begin(struct ym_modules *m, const uint8_t *data, size_t size) {
    m->scan.data = data;
    m->scan.size = size;
    m->gave_up = false;
    if (m->dirty) {
        ym_arena_reset(m->scan.arena);
        memset(m->roots, 0, sizeof(m->roots));
        memset(m->loaded, 0, sizeof(m->loaded));
        m->dirty = false;
    }
}

void ym_modules_give(struct ym_modules *m, ym_module_id id, struct ym_str bytes) {
    m->extra[id] = bytes;
}

void ym_modules_print(struct ym_modules *m, void (*print)(void *self, const char *s, size_t n),
                      void *self) {
    m->scan.print = print;
    m->scan.print_self = self;
}

bool ym_modules_gave_up(const struct ym_modules *m) {
    return m->gave_up || ym_arena_status(m->scan.arena) != YM_OK;
}

struct ym_mod_scan *ym_modules_scan(struct ym_modules *m) {
    return &m->scan;
}

struct ym_mod_object *ym_modules_root(struct ym_modules *m, ym_module_id id) {
    if (!m->loaded[id]) {
        const struct ym_module_code *code = ym_module_code(id);

        m->dirty = true;
        m->loaded[id] = true;
        m->scan.extra = m->extra[id];
        m->scan.extra_is_bad = false;
        m->roots[id] = ym_mod_new(&m->scan, ym_module_get(id)->root);
        if (m->roots[id] != NULL && code->load != NULL) {
            code->load(&m->scan, m->roots[id]);
        }
        m->gave_up = m->gave_up || m->scan.extra_is_bad || ym_arena_status(m->scan.arena) != YM_OK;
    }
    return m->roots[id];
}
