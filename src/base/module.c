/* module.c - see module.h. */
#include "base/module.h"

#include <string.h>

const struct ym_mod_type ym_mod_int = {.kind = YM_MOD_INT};
const struct ym_mod_type ym_mod_double = {.kind = YM_MOD_DOUBLE};
const struct ym_mod_type ym_mod_text = {.kind = YM_MOD_TEXT};
const struct ym_mod_type ym_mod_ints = YM_MOD_ARRAY_OF(&ym_mod_int);
const struct ym_mod_type ym_mod_texts = YM_MOD_ARRAY_OF(&ym_mod_text);
const struct ym_mod_type ym_mod_text_dict = YM_MOD_DICT_OF(&ym_mod_text);
const struct ym_mod_type ym_mod_const_int = {.kind = YM_MOD_CONST_INT};
const struct ym_mod_type ym_mod_const_double = {.kind = YM_MOD_CONST_DOUBLE};

#define X(id, name) extern const struct ym_mod_type ym_module_##name##_root;
YM_MODULE_TABLE(X)
#undef X

static const struct ym_module modules[YM_MODULE_COUNT] = {
#define X(id, name) {#name, &ym_module_##name##_root},
    YM_MODULE_TABLE(X)
#undef X
};

const struct ym_module *ym_module_get(ym_module_id id) {
    return &modules[id];
}

bool ym_module_find(struct ym_str name, ym_module_id *ret_id) {
    for (unsigned i = 0; i < YM_MODULE_COUNT; i++) {
        if (strlen(modules[i].name) == name.n && memcmp(modules[i].name, name.s, name.n) == 0) {
            *ret_id = (ym_module_id)i;
            return true;
        }
    }
    return false;
}

uint32_t ym_mod_field_find(const struct ym_mod_type *type, struct ym_str name) {
    for (uint32_t i = 0; i < type->n_fields; i++) {
        const char *s = type->fields[i].name;

        if (strlen(s) == name.n && memcmp(s, name.s, name.n) == 0) {
            return i;
        }
    }
    return UINT32_MAX;
}

/* ---- Fingerprint ----------------------------------------------------------------------------- */

enum { MAX_DEPTH = 16 }; /* of descriptions in one another; a test says that none is deeper */

static uint32_t mix(uint32_t h, uint64_t v) {
    for (unsigned i = 0; i < 8; i++) {
        h = (h ^ (uint32_t)(v >> (8 * i) & 0xff)) * 16777619u; /* FNV-1a */
    }
    return h;
}

static uint32_t mix_text(uint32_t h, const char *s) {
    for (; *s != '\0'; s++) {
        h = (h ^ (unsigned char)*s) * 16777619u;
    }
    return mix(h, 0);
}

static uint32_t mix_type(uint32_t h, const struct ym_mod_type *t, unsigned depth) {
    if (depth == MAX_DEPTH) {
        return h;
    }
    h = mix(h, (uint64_t)t->kind << 8 | t->module);
    for (uint32_t i = 0; i < t->n_overloads; i++) {
        h = mix_text(h, t->overloads[i].args);
        h = mix(h, (uint64_t)t->overloads[i].result << 16 | t->overloads[i].number);
    }
    for (uint32_t i = 0; i < t->n_fields; i++) {
        /* Constants are in the conditions as numbers: they may change. */
        h = mix_text(h, t->fields[i].name);
        h = mix_type(h, t->fields[i].type, depth + 1);
    }
    return t->of != NULL ? mix_type(h, t->of, depth + 1) : h;
}

uint32_t ym_modules_fingerprint(void) {
    uint32_t h = 2166136261u;

    for (unsigned i = 0; i < YM_MODULE_COUNT; i++) {
        h = mix_text(h, modules[i].name);
        h = mix_type(h, modules[i].root, 0);
    }
    return h;
}
