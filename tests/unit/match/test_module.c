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

MAIN(T(numbers_are_read_as_by_strtoll), T(every_description_is_sound),
     T(an_empty_or_tiny_object_leaves_every_module_whole))
