/* fuzz_cuckoo.c - a report is read within memory and budget, and every function answers. */
#include "unit/match/module_load.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool matches(struct ym_mod_scan *s, struct ym_str program, struct ym_str text) {
    (void)s;
    return text.n > 0 && text.s[0] == program.s[0] && text.s[text.n - 1] == program.s[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static const char *const parts[] = {"network", "registry", "filesystem", "sync"};
    union ym_mod_arg args[2] = {{.text = {"a", 1}}, {.i = 80}};
    struct module_test t = {.budget = 1 << 16, .id = YM_MODULE_CUCKOO};

    t.scan = (struct ym_mod_scan){.data = data,
                                  .size = len,
                                  .arena = ym_arena_new(len % 2 == 0 ? 1 << 20 : 512),
                                  .budget = &t.budget,
                                  .extra = {(const char *)data, len},
                                  .regex = matches};
    t.root = ym_mod_new(&t.scan, ym_module_get(t.id)->root);
    if (t.root != NULL) {
        ym_module_code(t.id)->load(&t.scan, t.root);
    }
    for (unsigned i = 0; t.root != NULL && i < 4; i++) {
        struct ym_mod_value v = module_get(&t, parts[i]);

        for (uint32_t f = 0; v.defined && f < v.u.object->n; f++) {
            const struct ym_mod_field *field = &v.u.object->type->fields[f];

            (void)module_call(&t, parts[i], field->name, field->type->overloads[0].args, args);
        }
    }
    module_done(&t);
    return 0;
}
