/* module_walk.h - loads a module of YARA over bytes and reads all that it says: a value outside of the
 * file or of the arena is what a sanitizer sees, one that its description does not allow aborts. */
#ifndef YM_TESTS_MODULE_WALK_H
#define YM_TESTS_MODULE_WALK_H

#include "../../src/match/modules/module.h"

#include <stdlib.h>
#include <string.h>

struct module_walk {
    struct ym_mod_scan scan;
    uint64_t budget;
    struct ym_mod_object *root; /* NULL: no memory */
    uint64_t sum;               /* keeps the reads */
};

static inline void module_walk_value(struct module_walk *w, const struct ym_mod_type *type,
                                     const struct ym_mod_value *v, unsigned depth) {
    struct ym_mod_object *o = v->u.object;

    if (depth > 12) {
        abort();
    }
    if (!v->defined || type->kind == YM_MOD_DOUBLE) {
        return;
    }
    if (type->kind == YM_MOD_INT) {
        w->sum += (uint64_t)v->u.i;
    } else if (type->kind == YM_MOD_TEXT) {
        for (size_t i = 0; i < v->u.text.n; i++) {
            w->sum += (unsigned char)v->u.text.s[i];
        }
    } else {
        if (o == NULL || o->type != type ||
            (type->kind == YM_MOD_STRUCT && o->n > type->n_fields)) {
            abort();
        }
        for (uint32_t i = 0; i < o->n; i++) {
            const bool is_struct = type->kind == YM_MOD_STRUCT;
            struct ym_mod_value part = is_struct ? ym_mod_field_of(&w->scan, o, i) : o->values[i];

            module_walk_value(w, is_struct ? type->fields[i].type : type->of, &part, depth + 1);
        }
    }
}

/* Odd lengths get an arena in which not everything fits, every third a small budget. */
static inline void module_walk_begin(struct module_walk *w, ym_module_id id, const uint8_t *data,
                                     size_t n) {
    const struct ym_module_code *code = ym_module_code(id);
    struct ym_mod_value root = {.defined = true};

    *w = (struct module_walk){.budget = n % 3 == 0 ? n : 1 << 20};
    w->scan = (struct ym_mod_scan){.data = data,
                                   .size = n,
                                   .arena = ym_arena_new(n % 2 == 0 ? 4 << 20 : 4 << 10),
                                   .budget = &w->budget};
    w->root = w->scan.arena == NULL ? NULL : ym_mod_new(&w->scan, ym_module_get(id)->root);
    if (w->root != NULL) {
        code->load(&w->scan, w->root);
        root.u.object = w->root;
        module_walk_value(w, w->root->type, &root, 0);
    }
}

/* What the function of that number gives on the root. */
static inline void module_walk_call(struct module_walk *w, ym_module_id id, uint32_t function,
                                    const union ym_mod_arg *args, ym_mod_kind result) {
    const struct ym_mod_type type = {.kind = result};
    struct ym_mod_value v = {.defined = false};

    if (w->root != NULL) {
        ym_module_code(id)->functions[function](&w->scan, w->root, args, &v);
        module_walk_value(w, &type, &v, 0);
    }
}

static inline int module_walk_end(struct module_walk *w) {
    ym_arena_free(w->scan.arena);
    return w->sum == UINT64_C(0x123456789abcdef) ? 1 : 0;
}

#endif
