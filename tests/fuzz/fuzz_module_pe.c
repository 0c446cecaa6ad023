/* fuzz_module_pe.c - YARA's module pe over any bytes: loading, every function, every text readable. */
#include "unit/match/module_load.h"

#include "base/modules/pe.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MAX_ARGS = 4 };

static bool regex(struct ym_mod_scan *s, struct ym_str program, struct ym_str text) {
    (void)s;
    return text.n > 0 && text.n % 3 == program.n % 3;
}

/* Reads all of it, so that a sanitizer sees what lies outside. */
static unsigned touch(struct ym_mod_value v, const struct ym_mod_type *type) {
    unsigned sum = 0;

    if (!v.defined) {
        return 0;
    }
    if (type->kind == YM_MOD_TEXT) {
        for (size_t i = 0; i < v.u.text.n; i++) {
            sum += (unsigned char)v.u.text.s[i];
        }
    } else if (type->kind == YM_MOD_STRUCT) {
        for (uint32_t i = 0; i < type->n_fields; i++) {
            sum += touch(v.u.object->values[i], type->fields[i].type);
        }
    } else if (type->kind == YM_MOD_ARRAY || type->kind == YM_MOD_DICT) {
        for (uint32_t i = 0; i < v.u.object->n; i++) {
            sum += touch(v.u.object->values[i], type->of);
        }
    }
    return sum;
}

static unsigned call_all(struct module_test *t, struct ym_mod_object *self) {
    static const struct ym_mod_value texts[] = {
        {.defined = true, .u.text = {"KERNEL32.dll", 12}},
        {.defined = true, .u.text = {".text", 5}},
    };
    unsigned sum = 0;

    for (uint32_t i = 0; i < self->type->n_fields; i++) {
        const struct ym_mod_type *f = self->type->fields[i].type;

        for (uint32_t k = 0; k < f->n_overloads; k++) {
            union ym_mod_arg args[MAX_ARGS] = {{.i = 0}};
            struct ym_mod_value ret = {.defined = false};

            for (unsigned a = 0; f->overloads[k].args[a] != '\0' && a < MAX_ARGS; a++) {
                if (f->overloads[k].args[a] == 'i') {
                    args[a].i = 1 + a;
                } else {
                    args[a].text = texts[a % 2].u.text;
                }
            }
            ym_module_code(YM_MODULE_PE)
                ->functions[f->overloads[k].number](&t->scan, self, args, &ret);
            sum +=
                ret.defined && f->overloads[k].result == YM_MOD_TEXT ? touch(ret, &ym_mod_text) : 0;
        }
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct module_test t;
    volatile unsigned sum = 0;

    /* Odd lengths get an arena in which not everything fits. */
    module_load_capped(&t, YM_MODULE_PE, data, len, len % 2 == 0 ? 1 << 24 : 20000);
    t.scan.regex = regex;
    if (t.root != NULL) {
        struct ym_mod_object *rich = ym_mod_object_of(t.root, PE_rich_signature);
        const struct ym_mod_value list = ym_mod_field_of(&t.scan, t.root, PE_signatures);
        const struct ym_mod_value signature =
            list.defined ? ym_mod_at(list.u.object, 0) : (struct ym_mod_value){0};

        sum += touch((struct ym_mod_value){.defined = true, .u.object = t.root}, t.root->type);
        sum += call_all(&t, t.root);
        sum += rich == NULL ? 0 : call_all(&t, rich);
        sum += signature.defined ? call_all(&t, signature.u.object) : 0;
    }
    module_done(&t);
    return (int)(sum & 0);
}
