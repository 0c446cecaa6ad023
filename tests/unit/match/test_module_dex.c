/* The values were compared with those that yara 4.2.3 -D prints of the same file; where 4.5 differs
 * from it (magic with its NUL, field.static), with its source. */
#include "module_load.h"

#include "../../makers/make_dex.h"
#include "base/modules/dex.h"
#include "ym_test.h"

static struct ym_buf file;
static struct module_test t;

static void open_file(void) {
    ym_buf_init(&file, 1 << 16);
    make_dex(&file);
}

static void close_file(void) {
    ym_buf_done(&file);
}

static uint32_t get32(size_t at) {
    return (uint32_t)file.data[at] | (uint32_t)file.data[at + 1] << 8 |
           (uint32_t)file.data[at + 2] << 16 | (uint32_t)file.data[at + 3] << 24;
}

static void set32(size_t at, uint32_t v) {
    for (unsigned i = 0; i < 4; i++) {
        file.data[at + i] = (uint8_t)(v >> (8 * i));
    }
}

static void load(void) {
    module_load(&t, YM_MODULE_DEX, file.data, file.len);
}

static void header_and_tables_are_read(void) {
    struct ym_str magic;

    open_file();
    load();
    magic = module_get(&t, "header.magic").u.text;
    CHECK(magic.n == 8 && memcmp(magic.s, "dex\n035", 8) == 0); /* with its NUL */
    CHECK_EQ(module_get(&t, "DEX_FILE_MAGIC_035").u.text.n, 8);
    CHECK_EQ(module_get(&t, "header.signature").u.text.n, 20);
    CHECK_EQ(module_int(&t, "header.checksum"), 0x11223344);
    CHECK_EQ(module_int(&t, "header.file_size"), (int64_t)file.len);
    CHECK_EQ(module_int(&t, "header.endian_tag"), 0x12345678);
    CHECK_EQ(module_int(&t, "header.version"), 35);
    CHECK_EQ(module_int(&t, "header.class_defs_offset"), get32(MAKE_DEX_CLASSES + 4));
    CHECK_EQ(module_int(&t, "type_ids[3].descriptor_idx"), 4);
    CHECK(!module_defined(&t, "type_ids[4]"));
    CHECK_EQ(module_int(&t, "proto_ids[0].return_type_idx"), 3);
    CHECK_EQ(module_int(&t, "field_ids[1].name_idx"), 8);
    CHECK_EQ(module_int(&t, "method_ids[2].class_idx"), 2);
    CHECK_EQ(module_int(&t, "class_defs[1].access_flags"), 0x11);
    CHECK_EQ(module_int(&t, "class_defs[1].source_file_idx"), 0xffffffff);
    CHECK_EQ(module_int(&t, "class_data_item[0].direct_methods_size"), 1);
    CHECK_EQ(module_int(&t, "map_list.size"), 2);
    CHECK_EQ(module_int(&t, "map_list.map_item[1].size"), MAKE_DEX_N_TEXTS);
    CHECK_EQ(module_int(&t, "is_dex"), 1);
    module_done(&t);
    close_file();
}

static void strings_begin_one_byte_behind_their_place(void) {
    struct ym_str text;

    open_file();
    load();
    CHECK(module_is(&t, "string_ids[0].value", "<init>"));
    CHECK_EQ(module_int(&t, "string_ids[5].size"), 130);
    text = module_get(&t, "string_ids[5].value").u.text;
    CHECK(text.n == 130 && text.s[0] == 1 && text.s[1] == 'x'); /* the length has two bytes */
    module_done(&t);
    close_file();
}

static void fields_and_methods_have_names(void) {
    open_file();
    load();
    CHECK_EQ(module_int(&t, "number_of_fields"), 2);
    CHECK(module_is(&t, "field[0].name", "tag"));
    CHECK(module_is(&t, "field[0].class_name", "Lapp/Main;"));
    CHECK(module_is(&t, "field[0].proto", "I"));
    CHECK_EQ(module_int(&t, "field[0].static"), 1);
    CHECK_EQ(module_int(&t, "field[1].instance"), 1);
    CHECK_EQ(module_int(&t, "field[1].access_flags"), 2);
    CHECK_EQ(module_int(&t, "number_of_methods"), 3);
    CHECK(module_is(&t, "method[0].name", "<init>"));
    CHECK(module_is(&t, "method[0].proto", "V"));
    CHECK_EQ(module_int(&t, "method[0].access_flags"), 0x10001);
    CHECK_EQ(module_int(&t, "method[0].code_item.registers_size"), 1);
    CHECK_EQ(module_int(&t, "method[0].code_item.insns_size"), 2);
    CHECK_EQ(module_get(&t, "method[0].code_item.insns").u.text.n, 4);
    CHECK_EQ(module_int(&t, "method[1].virtual"), 1);
    CHECK_EQ(module_int(&t, "method[1].code_off"), 0);
    CHECK(!module_defined(&t, "method[1].code_item.insns_size"));
    CHECK(module_is(&t, "method[2].class_name", "Lapp/Other;"));
    module_done(&t);
    close_file();
}

/* Stands for the machine's: the program is the text that has to be found. */
static bool contains(struct ym_mod_scan *s, struct ym_str program, struct ym_str text) {
    (void)s;
    return memmem(text.s, text.n, program.s, program.n) != NULL;
}

/* INT64_MIN: undefined. */
static int64_t call(const char *name, const char *letters, const char *a, const char *b) {
    union ym_mod_arg args[2] = {{.text = module_text(a)}, {.text = module_text(b)}};
    struct ym_mod_value v;

    t.scan.regex = contains;
    v = module_call(&t, "", name, letters, args);
    return v.defined ? v.u.i : INT64_MIN;
}

static void methods_and_classes_are_found(void) {
    open_file();
    load();
    CHECK_EQ(call("has_method", "s", "run", ""), 1);
    CHECK_EQ(call("has_method", "s", "ru", ""), 0);
    CHECK_EQ(call("has_method", "ss", "Lapp/Other;", "run"), 1);
    CHECK_EQ(call("has_method", "ss", "Lapp/Other;", "<init>"), 0);
    CHECK_EQ(call("has_method", "r", "ru", ""), 1);
    CHECK_EQ(call("has_method", "r", "walk", ""), 0);
    CHECK_EQ(call("has_method", "rr", "Main", "init"), 1);
    CHECK_EQ(call("has_method", "rr", "Other", "init"), 0);
    CHECK_EQ(call("has_class", "s", "Lapp/Main;", ""), 1);
    CHECK_EQ(call("has_class", "s", "Lapp/Main", ""), 0);
    CHECK_EQ(call("has_class", "r", "Oth", ""), 1);
    CHECK_EQ(call("has_class", "r", "Third", ""), 0);
    module_done(&t);
    close_file();
}

static void a_method_without_a_class_is_of_any(void) {
    open_file();
    set32(get32(MAKE_DEX_TYPES + 4) + 4, 1000); /* Main's name is no string */
    load();
    CHECK(!module_defined(&t, "method[0].class_name"));
    CHECK_EQ(call("has_method", "ss", "anything", "<init>"), 1);
    CHECK_EQ(call("has_method", "rr", "anything", "init"), 1);
    CHECK_EQ(call("has_class", "r", "L", ""), 1); /* Other */
    CHECK_EQ(call("has_class", "s", "Lapp/Main;", ""), 0);
    module_done(&t);
    close_file();
}

static void functions_of_yara_x_read_strings_whole(void) {
    char text[131];

    memset(text, 'x', 130);
    text[130] = '\0';
    open_file();
    load();
    CHECK_EQ(call("contains_string", "s", text, ""), 1);
    CHECK_EQ(call("contains_string", "s", text + 1, ""), 0);
    CHECK_EQ(call("contains_string", "s", "tag", ""), 1);
    CHECK_EQ(call("contains_method", "s", "run", ""), 1);
    CHECK_EQ(call("contains_method", "s", "tag", ""), 0);
    CHECK_EQ(call("contains_class", "s", "Lapp/Other;", ""), 1);
    CHECK_EQ(call("contains_class", "s", "I", ""), 0);
    module_done(&t);
    file.len = MAKE_DEX_HEADER; /* Adler-32 of what is left behind the checksum, by hand: */
    memset(file.data + 12, 0, MAKE_DEX_HEADER - 12);
    file.data[MAKE_DEX_HEADER - 1] = 'a';
    load();
    CHECK_EQ(call("checksum", "", "", ""), (100 + 'a') << 16 | (1 + 'a'));
    module_done(&t);
    close_file();
}

static void what_does_not_exist_ends_its_list(void) {
    open_file();
    /* the second class: its method is now row 0x42 of the table */
    file.data[get32(get32(MAKE_DEX_CLASSES + 4) + 32 + 24) + 4] = 0x42;
    load();
    CHECK_EQ(module_int(&t, "number_of_methods"), 2);
    CHECK_EQ(module_int(&t, "method[2].method_idx_diff"), 0x42); /* not counted, still there */
    CHECK(!module_defined(&t, "method[2].name"));
    CHECK_EQ(call("has_method", "ss", "Lapp/Other;", "run"), 0);
    module_done(&t);
    close_file();
}

static void a_string_outside_leaves_a_hole(void) {
    open_file();
    set32(get32(MAKE_DEX_STRINGS + 4) + 4, 0xfffffff0);
    set32(get32(MAKE_DEX_STRINGS + 4) + 32, 0xfffffff0); /* the last */
    load();
    CHECK(!module_defined(&t, "string_ids[1].value"));
    CHECK(module_is(&t, "string_ids[2].value", "Lapp/Main;"));
    CHECK_EQ(ym_mod_object_of(t.root, DEX_string_ids)->n, MAKE_DEX_N_TEXTS - 1);
    CHECK(!module_defined(&t, "field[0].name"));
    CHECK(!module_defined(&t, "field[0].proto"));
    CHECK_EQ(module_int(&t, "number_of_fields"), 2);
    module_done(&t);
    close_file();
}

static void a_table_that_does_not_fit_ends_the_reading(void) {
    static const size_t places[] = {MAKE_DEX_STRINGS, MAKE_DEX_TYPES,   MAKE_DEX_PROTOS,
                                    MAKE_DEX_FIELDS,  MAKE_DEX_METHODS, MAKE_DEX_CLASSES};

    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]) * 2; i++) {
        open_file();
        set32(places[i / 2] + i % 2 * 4, 0xffffffff); /* its size, its place */
        load();
        CHECK_EQ(module_int(&t, "is_dex"), 1);
        CHECK(!module_defined(&t, "number_of_methods"));
        CHECK(module_defined(&t, "map_list.size") == (places[i / 2] == MAKE_DEX_CLASSES));
        CHECK_EQ(call("has_method", "s", "run", ""), INT64_MIN);
        module_done(&t);
        close_file();
    }
}

/* The only table that may be wrong: when it is not there at all. */
static void a_map_is_needed_whole_or_not_at_all(void) {
    open_file();
    set32(MAKE_DEX_MAP, (uint32_t)file.len - 3);
    load();
    CHECK(!module_defined(&t, "map_list.size"));
    CHECK_EQ(module_int(&t, "number_of_methods"), 3);
    module_done(&t);
    set32(MAKE_DEX_MAP, (uint32_t)file.len - 12); /* there stands 1 */
    load();
    CHECK(module_defined(&t, "map_list.size"));
    CHECK(!module_defined(&t, "number_of_methods"));
    module_done(&t);
    close_file();
}

static void every_prefix_leaves_the_module_whole(void) {
    open_file();
    for (size_t n = 0; n < file.len; n++) {
        uint8_t *copy = malloc(n + 1); /* of this size, so that sanitizers see its end */

        CHECK(copy != NULL);
        memcpy(copy, file.data, n);
        module_load(&t, YM_MODULE_DEX, copy, n);
        CHECK_EQ(module_int(&t, "is_dex"), n >= MAKE_DEX_HEADER);
        CHECK(n >= MAKE_DEX_HEADER || !module_defined(&t, "header.file_size"));
        module_done(&t);
        free(copy);
    }
    close_file();
}

static void forged_numbers_lead_nowhere(void) {
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0xff};

    open_file();
    for (size_t at = 8; at < file.len; at++) {
        const uint8_t saved = file.data[at];

        for (unsigned i = 0; i < sizeof(values); i++) {
            file.data[at] = values[i];
            load();
            CHECK_EQ(ym_arena_status(t.scan.arena), YM_OK);
            (void)call("has_method", "rr", "Main", "run");
            (void)call("contains_class", "s", "Lapp/Other;", "");
            (void)call("contains_string", "s", "tag", "");
            module_done(&t);
        }
        file.data[at] = saved;
    }
    close_file();
}

/* Many classes may share one long list: the work is no longer bounded by the size of the file. */
static void classes_that_share_a_list_meet_the_budget(void) {
    enum { N = 2000, METHODS = 20000 };
    uint32_t rows;
    uint32_t data;

    ym_buf_init(&file, 1 << 20);
    make_dex(&file);
    data = (uint32_t)file.len;
    ym_buf_add(&file, "\0\0\xa0\x9c\1\0", 6); /* 20,000 direct methods */
    (void)ym_buf_room(&file, (size_t)3 * METHODS + 16);
    rows = (uint32_t)file.len;
    for (unsigned i = 0; i < N; i++) {
        (void)ym_buf_room(&file, 24);
        ym_buf_u32le(&file, data);
        ym_buf_u32le(&file, 0);
    }
    set32(MAKE_DEX_CLASSES, N);
    set32(MAKE_DEX_CLASSES + 4, rows);
    t = (struct module_test){.budget = 1000000};
    t.scan = (struct ym_mod_scan){.data = file.data,
                                  .size = file.len,
                                  .arena = ym_arena_new((size_t)256 << 20),
                                  .budget = &t.budget};
    t.root = ym_mod_new(&t.scan, ym_module_get(YM_MODULE_DEX)->root);
    ym_module_code(YM_MODULE_DEX)->load(&t.scan, t.root);
    CHECK_EQ(t.budget, 0);
    CHECK(module_defined(&t, "class_data_item[1]"));
    CHECK(!module_defined(&t, "number_of_methods"));
    module_done(&t);
    module_load_capped(&t, YM_MODULE_DEX, file.data, file.len, 1 << 20); /* or the memory */
    CHECK_EQ(ym_arena_status(t.scan.arena), YM_LIMIT);
    CHECK(t.budget > 0 && !module_defined(&t, "number_of_methods"));
    module_done(&t);
    close_file();
}

MAIN(T(header_and_tables_are_read), T(strings_begin_one_byte_behind_their_place),
     T(fields_and_methods_have_names), T(methods_and_classes_are_found),
     T(a_method_without_a_class_is_of_any), T(functions_of_yara_x_read_strings_whole),
     T(what_does_not_exist_ends_its_list), T(a_string_outside_leaves_a_hole),
     T(a_table_that_does_not_fit_ends_the_reading), T(a_map_is_needed_whole_or_not_at_all),
     T(every_prefix_leaves_the_module_whole), T(forged_numbers_lead_nowhere),
     T(classes_that_share_a_list_meet_the_budget))
