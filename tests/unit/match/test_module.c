#include "module_load.h"
#include "ym_test.h"

static int64_t to_int(struct module_test *t, const char *text, int64_t base) {
    union ym_mod_arg args[2] = {{.text = module_text(text)}, {.i = base}};
    struct ym_mod_value v = base < 0 ? module_call(t, "", "to_int", "s", args)
                                     : module_call(t, "", "to_int", "si", args);

    return v.defined ? v.u.i : INT64_MIN;
}

static void numbers_are_read_as_by_strtoll(void) {
    struct module_test t;

    module_load(&t, YM_MODULE_STRING, "", 0);
    CHECK_EQ(to_int(&t, "1234", -1), 1234);
    CHECK_EQ(to_int(&t, " -010", -1), -8);
    CHECK_EQ(to_int(&t, "0xFf", -1), 255);
    CHECK_EQ(to_int(&t, "+A", 16), 10);
    CHECK_EQ(to_int(&t, "0x0A", 16), 10);
    CHECK_EQ(to_int(&t, "zz", 36), 35 * 36 + 35);
    CHECK_EQ(to_int(&t, "9223372036854775807", 10), INT64_MAX);
    CHECK_EQ(to_int(&t, "9223372036854775808", 10), INT64_MIN); /* undefined */
    CHECK_EQ(to_int(&t, "12 ", 10), INT64_MIN);
    CHECK_EQ(to_int(&t, "0x", 16), INT64_MIN);
    CHECK_EQ(to_int(&t, "", 10), INT64_MIN);
    CHECK_EQ(to_int(&t, "-", 10), INT64_MIN);
    CHECK_EQ(to_int(&t, "1", 1), INT64_MIN);
    CHECK_EQ(to_int(&t, "1", 37), INT64_MIN);
    module_done(&t);
}

/* Depth, numbers of functions and result types: what compiler and machine rely on. */
static void look_at_type(const struct ym_mod_type *t, ym_module_id id, unsigned depth) {
    CHECK(depth < 12);
    if (t->kind == YM_MOD_STRUCT) {
        CHECK_EQ(t->module, id);
    }
    for (uint32_t i = 0; i < t->n_overloads; i++) {
        const struct ym_mod_overload *o = &t->overloads[i];

        CHECK(o->number < ym_module_code(id)->n_functions);
        CHECK(ym_module_code(id)->functions[o->number] != NULL);
        CHECK(o->result == YM_MOD_INT || o->result == YM_MOD_DOUBLE || o->result == YM_MOD_TEXT);
        CHECK(strspn(o->args, "idsrb") == strlen(o->args) && strlen(o->args) <= 8);
    }
    for (uint32_t i = 0; i < t->n_fields; i++) {
        CHECK(t->fields[i].name != NULL && t->fields[i].type != NULL);
        look_at_type(t->fields[i].type, id, depth + 1);
        for (uint32_t k = 0; k < i; k++) {
            CHECK(strcmp(t->fields[i].name, t->fields[k].name) != 0);
        }
    }
    if (t->of != NULL) {
        look_at_type(t->of, id, depth + 1);
    }
}

static void every_description_is_sound(void) {
    for (unsigned i = 0; i < YM_MODULE_COUNT; i++) {
        look_at_type(ym_module_get((ym_module_id)i)->root, (ym_module_id)i, 0);
    }
}

static void an_empty_or_tiny_object_leaves_every_module_whole(void) {
    static const uint8_t bytes[64] = "MZ";

    for (unsigned i = 0; i < YM_MODULE_COUNT; i++) {
        for (size_t n = 0; n < sizeof(bytes); n++) {
            struct module_test t;

            module_load(&t, (ym_module_id)i, bytes, n);
            CHECK(t.root != NULL);
            module_done(&t);
        }
    }
}

static struct ym_str numbered(char out[16], unsigned i) {
    int n = snprintf(out, 16, "key%u", i);

    return (struct ym_str){out, (size_t)n};
}

static void dictionaries_find_their_keys_in_order(void) {
    enum { KEYS = 5000 };
    struct module_test t;
    struct ym_mod_object *dict;
    char key[16];

    module_load(&t, YM_MODULE_STRING, "", 0);
    dict = ym_mod_new(&t.scan, &ym_mod_text_dict);
    CHECK(!ym_mod_lookup(dict, numbered(key, 0)).defined);
    for (unsigned i = 0; i < KEYS; i++) {
        ym_mod_put_text(&t.scan, dict, numbered(key, i), &i, sizeof(i));
        ym_mod_put_text(&t.scan, dict, numbered(key, i / 2), "no", 2); /* the first stays */
    }
    CHECK_EQ(dict->n, KEYS);
    for (unsigned i = 0; i < KEYS; i++) {
        struct ym_mod_value v = ym_mod_lookup(dict, numbered(key, i));

        CHECK(v.defined && v.u.text.n == sizeof(i) && memcmp(v.u.text.s, &i, sizeof(i)) == 0);
        CHECK(dict->keys[i].n == strlen(key) && memcmp(dict->keys[i].s, key, strlen(key)) == 0);
    }
    CHECK(!ym_mod_lookup(dict, numbered(key, KEYS)).defined);
    module_done(&t);
}

static void a_dictionary_ends_with_memory_or_budget(void) {
    struct module_test t;
    struct ym_mod_object *dict;
    char key[16];

    for (size_t cap = 256; cap < 6000; cap += 16) {
        module_load_capped(&t, YM_MODULE_STRING, "", 0, cap);
        dict = t.root == NULL ? NULL : ym_mod_new(&t.scan, &ym_mod_text_dict);
        for (unsigned i = 0; i < 100; i++) {
            ym_mod_put_text(&t.scan, dict, numbered(key, i), "x", 1);
        }
        for (unsigned i = 0; i < 100; i++) {
            (void)ym_mod_lookup(dict, numbered(key, i));
        }
        module_done(&t);
    }
    module_load(&t, YM_MODULE_STRING, "", 0);
    dict = ym_mod_new(&t.scan, &ym_mod_text_dict);
    t.budget = 100;
    for (unsigned i = 0; i < 1000; i++) {
        ym_mod_put_text(&t.scan, dict, numbered(key, i), "x", 1);
    }
    CHECK(dict->n > 10 && dict->n < 100);
    module_done(&t);
}

MAIN(T(numbers_are_read_as_by_strtoll), T(every_description_is_sound),
     T(an_empty_or_tiny_object_leaves_every_module_whole), T(dictionaries_find_their_keys_in_order),
     T(a_dictionary_ends_with_memory_or_budget))
