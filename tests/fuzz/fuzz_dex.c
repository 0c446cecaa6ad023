/* fuzz_dex.c - YARA's module dex: every text can be read, functions agree with values. */
#include "../unit/match/module_load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

static bool any(struct ym_mod_scan *s, struct ym_str program, struct ym_str text) {
    (void)s;
    (void)program;
    return memchr(text.s, '\0', text.n) == NULL;
}

static uint32_t sum_of(struct ym_str t) {
    uint32_t sum = 0;

    for (size_t i = 0; i < t.n; i++) {
        sum += (unsigned char)t.s[i];
    }
    return sum;
}

/* Reads all that is there, to the depth of the description. */
static uint32_t walk(const struct ym_mod_type *type, const struct ym_mod_value *v) {
    const struct ym_mod_object *o = v->u.object;
    uint32_t sum = 0;

    if (!v->defined) {
        return 0;
    }
    if (type->kind == YM_MOD_TEXT) {
        return sum_of(v->u.text);
    }
    for (uint32_t i = 0; type->kind == YM_MOD_STRUCT && i < o->n; i++) {
        sum += walk(type->fields[i].type, &o->values[i]);
    }
    for (uint32_t i = 0; type->kind == YM_MOD_ARRAY && i < o->n; i++) {
        sum += walk(type->of, &o->values[i]);
    }
    return sum;
}

static void ask(struct module_test *t) {
    const union ym_mod_arg any_two[2] = {{.text = {"", 0}}, {.text = {"", 0}}};
    bool done = module_defined(t, "number_of_methods");
    struct ym_mod_value v = module_call(t, "", "has_method", "rr", any_two);

    must(v.defined == done && (!v.defined || v.u.i == 0 || module_int(t, "number_of_methods") > 0));
    v = module_call(t, "", "has_class", "s", any_two);
    must(v.defined == done);
    must(module_call(t, "", "contains_class", "s", any_two).defined);
    must(module_call(t, "", "contains_method", "s", any_two).defined);
    must(module_call(t, "", "contains_string", "s", any_two).defined);
    must(module_call(t, "", "checksum", "", any_two).defined == (module_int(t, "is_dex") == 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    /* Odd lengths get an arena in which not everything fits. */
    const size_t cap = len % 2 == 0 ? 16 << 20 : 4096;
    struct module_test t;

    module_load_capped(&t, YM_MODULE_DEX, data, len, cap);
    t.scan.regex = any;
    if (t.root != NULL && ym_arena_status(t.scan.arena) == YM_OK) {
        const struct ym_mod_value root = {.defined = true, .u.object = t.root};

        (void)walk(t.root->type, &root);
        ask(&t);
    }
    module_done(&t);
    return 0;
}
