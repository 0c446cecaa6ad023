/* module_load.h - a YARA module over bytes, its values by their path: for tests of modules.
 *
 *     struct module_test t;
 *
 *     module_load(&t, YM_MODULE_PE, data, n);
 *     CHECK_EQ(module_int(&t, "sections[0].virtual_size"), 512);
 *     CHECK(module_is(&t, "sections[0].name", ".text"));
 *     CHECK(!module_defined(&t, "sections[1]"));
 *     args[0].i = 16; CHECK(module_call(&t, "", "rva_to_offset", 0, args).u.i == 16);
 *     module_done(&t); */
#ifndef YM_TESTS_MODULE_LOAD_H
#define YM_TESTS_MODULE_LOAD_H

#include "../../../src/match/modules/module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct module_test {
    struct ym_mod_scan scan;
    uint64_t budget;
    struct ym_mod_object *root;
    ym_module_id id;
};

static inline void module_load_capped(struct module_test *t, ym_module_id id, const void *data,
                                      size_t n, size_t cap) {
    *t = (struct module_test){.budget = 1000000000, .id = id};
    t->scan = (struct ym_mod_scan){
        .data = data, .size = n, .arena = ym_arena_new(cap), .budget = &t->budget};
    t->root = ym_mod_new(&t->scan, ym_module_get(id)->root);
    if (t->root != NULL && ym_module_code(id)->load != NULL) {
        ym_module_code(id)->load(&t->scan, t->root);
    }
}

static inline void module_load(struct module_test *t, ym_module_id id, const void *data, size_t n) {
    module_load_capped(t, id, data, n, 64 << 20);
}

static inline void module_done(struct module_test *t) {
    ym_arena_free(t->scan.arena);
}

/* "a.b[3].c" or "d[\"key\"]" from the root on; "" is the root.  Undefined when a step is. */
static inline struct ym_mod_value module_get(const struct module_test *t, const char *path) {
    struct ym_mod_value v = {.defined = t->root != NULL, .u.object = t->root};
    struct ym_mod_scan scan = t->scan;

    while (*path != '\0' && v.defined) {
        if (path[0] == '[' && path[1] == '"') {
            const char *end = strstr(path, "\"]");
            struct ym_str key = {path + 2, (size_t)(end - path - 2)};

            v = ym_mod_lookup(v.u.object, key);
            path = end + 2;
        } else if (path[0] == '[') {
            char *end;

            v = ym_mod_at(v.u.object, strtoll(path + 1, &end, 10));
            path = end + 1;
        } else {
            size_t n = strcspn(path, ".[");
            uint32_t f = ym_mod_field_find(v.u.object->type, (struct ym_str){path, n});

            if (f == UINT32_MAX) {
                printf("# no field %s\n", path);
                abort();
            }
            v = ym_mod_field_of(&scan, v.u.object, f);
            path += n;
        }
        path += *path == '.' ? 1 : 0;
    }
    return v;
}

static inline bool module_defined(const struct module_test *t, const char *path) {
    return module_get(t, path).defined;
}

/* INT64_MIN: undefined. */
static inline int64_t module_int(const struct module_test *t, const char *path) {
    struct ym_mod_value v = module_get(t, path);

    return v.defined ? v.u.i : INT64_MIN;
}

static inline bool module_is(const struct module_test *t, const char *path, const char *want) {
    struct ym_mod_value v = module_get(t, path);
    bool same =
        v.defined && v.u.text.n == strlen(want) && memcmp(v.u.text.s, want, v.u.text.n) == 0;

    if (!same) {
        printf("# %s: \"%.*s\", want \"%s\"\n", path, v.defined ? (int)v.u.text.n : 9,
               v.defined ? v.u.text.s : "undefined", want);
    }
    return same;
}

/* Calls the overload whose arguments are these letters, on the struct at path. */
static inline struct ym_mod_value module_call(struct module_test *t, const char *path,
                                              const char *name, const char *letters,
                                              const union ym_mod_arg *args) {
    struct ym_mod_value on = module_get(t, path);
    struct ym_mod_value ret = {0};
    uint32_t f = !on.defined
                     ? UINT32_MAX
                     : ym_mod_field_find(on.u.object->type, (struct ym_str){name, strlen(name)});
    const struct ym_mod_type *fn;

    if (f == UINT32_MAX) {
        printf("# no function %s\n", name);
        abort();
    }
    fn = on.u.object->type->fields[f].type;
    for (uint32_t i = 0; i < fn->n_overloads; i++) {
        if (strcmp(fn->overloads[i].args, letters) == 0) {
            const struct ym_module_code *code =
                ym_module_code((ym_module_id)on.u.object->type->module);

            code->functions[fn->overloads[i].number](&t->scan, on.u.object, args, &ret);
            return ret;
        }
    }
    printf("# no overload %s(%s)\n", name, letters);
    abort();
}

static inline struct ym_str module_text(const char *s) {
    return (struct ym_str){s, strlen(s)};
}

#endif
