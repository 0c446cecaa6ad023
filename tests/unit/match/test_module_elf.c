/* test_module_elf.c - what YARA's module elf says; figures as yara 4.5.8 gives them. */
#include "../../makers/make_symbols.h"
#include "module_load.h"
#include "ym_test.h"

static const struct make_symbol imports[] = {
    {.name = "Fopen", .info = 0x12},
    {.name = "calloc", .info = 0x12},
    {.name = "strlen", .info = 0x12}, /* not of telfhash */
    {.name = "exported", .info = 0x12, .section = 1, .value = 0x400080, .size = 7},
    {.name = "hidden", .info = 0x12, .other = 2, .section = 1},
    {.name = "environ", .info = 0x21, .section = 0xfff1},
};
static const struct make_symbol locals[] = {
    {.name = "local", .info = 0x02, .section = 1, .value = 0xffffffff, .size = 0x80000000},
};

static void make(bool is64, bool big, uint16_t type, struct ym_buf *out) {
    const struct make_symbols m = {
        .is64 = is64,
        .big = big,
        .type = type,
        .entry = 0x400000 + (is64 ? 0xb8 : 0x78), /* in .text */
        .dynamic = imports,
        .n_dynamic = 6,
        .all = locals,
        .n_all = 1,
    };

    ym_buf_init(out, 1 << 20);
    make_symbols(&m, out);
}

static void load_buf(struct module_test *t, const struct ym_buf *b) {
    module_load(t, YM_MODULE_ELF, b->data, b->len);
}

static void look_at_all(const struct module_test *t, bool is64) {
    CHECK_EQ(module_int(t, "osabi"), 3);
    CHECK_EQ(module_int(t, "ph_offset"), is64 ? 64 : 52);
    CHECK_EQ(module_int(t, "ph_entry_size"), is64 ? 56 : 32);
    CHECK_EQ(module_int(t, "number_of_segments"), 2);
    CHECK_EQ(module_int(t, "sh_entry_size"), is64 ? 64 : 40);
    CHECK_EQ(module_int(t, "number_of_sections"), 8);
    CHECK(module_is(t, "sections[0].name", ""));
    CHECK(module_is(t, "sections[1].name", ".text"));
    CHECK_EQ(module_int(t, "sections[1].type"), 1);
    CHECK_EQ(module_int(t, "sections[1].flags"), 6);
    CHECK_EQ(module_int(t, "sections[1].size"), 16);
    CHECK_EQ(module_int(t, "sections[1].address"), 0x400000 + (is64 ? 0xb0 : 0x78));
    CHECK_EQ(module_int(t, "sections[1].offset"), is64 ? 0xb0 : 0x78);
    CHECK(module_is(t, "sections[7].name", ".names"));
    CHECK(!module_defined(t, "sections[8]"));
    CHECK_EQ(module_int(t, "segments[0].type"), 1);
    CHECK_EQ(module_int(t, "segments[0].flags"), 5);
    CHECK_EQ(module_int(t, "segments[0].offset"), 0);
    CHECK_EQ(module_int(t, "segments[0].virtual_address"), 0x400000);
    CHECK_EQ(module_int(t, "segments[0].physical_address"), 0x400001);
    CHECK_EQ(module_int(t, "segments[0].file_size"), 0x1000);
    CHECK_EQ(module_int(t, "segments[0].memory_size"), 0x1002);
    CHECK_EQ(module_int(t, "segments[0].alignment"), 0x1000);
    CHECK_EQ(module_int(t, "segments[1].type"), 2);
}

static void look_at_lists(const struct module_test *t) {
    CHECK_EQ(module_int(t, "dynamic_section_entries"), 3);
    CHECK_EQ(module_int(t, "dynamic[0].type"), 1);
    CHECK_EQ(module_int(t, "dynamic[0].val"), 17);
    CHECK_EQ(module_int(t, "dynamic[1].type"), 30);
    CHECK_EQ(module_int(t, "dynamic[2].type"), 0);
    CHECK(!module_defined(t, "dynamic[3]"));
    CHECK_EQ(module_int(t, "dynsym_entries"), 7);
    CHECK(module_is(t, "dynsym[0].name", ""));
    CHECK(module_is(t, "dynsym[1].name", "Fopen"));
    CHECK(module_is(t, "dynsym[4].name", "exported"));
    CHECK_EQ(module_int(t, "dynsym[4].bind"), 1);
    CHECK_EQ(module_int(t, "dynsym[4].type"), 2);
    CHECK_EQ(module_int(t, "dynsym[4].shndx"), 1);
    CHECK_EQ(module_int(t, "dynsym[4].value"), 0x400080);
    CHECK_EQ(module_int(t, "dynsym[4].size"), 7);
    CHECK_EQ(module_int(t, "dynsym[4].visibility"), 0);
    CHECK_EQ(module_int(t, "dynsym[5].visibility"), 2);
    CHECK_EQ(module_int(t, "dynsym[6].shndx"), 0xfff1);
    CHECK_EQ(module_int(t, "symtab_entries"), 2);
    CHECK(module_is(t, "symtab[1].name", "local"));
    CHECK_EQ(module_int(t, "symtab[1].value"), 0xffffffff);
    CHECK_EQ(module_int(t, "symtab[1].size"), 0x80000000);
    CHECK_EQ(module_int(t, "symtab[1].bind"), 0);
}

static void both_classes_and_byte_orders_are_read(void) {
    for (unsigned i = 0; i < 4; i++) {
        const bool is64 = (i & 1) != 0;
        struct module_test t;
        struct ym_buf b;

        make(is64, (i & 2) != 0, 2, &b);
        load_buf(&t, &b);
        CHECK_EQ(module_int(&t, "type"), 2);
        CHECK_EQ(module_int(&t, "machine"), (i & 2) != 0 ? 8 : 62);
        CHECK_EQ(module_int(&t, "entry_point"), is64 ? 0xb8 : 0x78);
        CHECK_EQ(module_int(&t, "sh_offset"), b.len - (is64 ? 512u : 320u));
        look_at_all(&t, is64);
        look_at_lists(&t);
        module_done(&t);
        ym_buf_done(&b);
    }
}

static int64_t entry_of(uint16_t type, uint64_t entry) {
    const struct make_symbols m = {.is64 = true, .type = type, .entry = entry};
    struct module_test t;
    struct ym_buf b;
    int64_t v;

    ym_buf_init(&b, 1 << 20);
    make_symbols(&m, &b);
    load_buf(&t, &b);
    v = module_int(&t, "entry_point");
    module_done(&t);
    ym_buf_done(&b);
    return v;
}

static void an_entry_point_lies_in_a_segment_or_a_section(void) {
    CHECK_EQ(entry_of(2, 0x400fff), 0xfff);
    CHECK_EQ(entry_of(2, 0x401001), 0x1001); /* the memory of the segment is longer */
    CHECK_EQ(entry_of(2, 0x401002), INT64_MIN);
    CHECK_EQ(entry_of(2, 0), INT64_MIN);
    CHECK_EQ(entry_of(3, 0x4000b0), 0xb0);
    CHECK_EQ(entry_of(3, 0x400000), INT64_MIN);
}

static void put(struct ym_buf *b, size_t at, uint64_t v, size_t n) {
    for (size_t i = 0; i < n; i++) {
        b->data[at + i] = (uint8_t)(v >> (8 * i));
    }
}

/* Of the section header i in a 64-bit file. */
static size_t row(const struct ym_buf *b, unsigned i) {
    return b->len - (8 - i) * 64;
}

static void tables_that_do_not_lie_in_the_file_are_not_there(void) {
    struct module_test t;
    struct ym_buf b;

    make(true, false, 2, &b);
    put(&b, 60, 9, 2); /* one section more than the file has */
    load_buf(&t, &b);
    CHECK_EQ(module_int(&t, "number_of_sections"), 9);
    CHECK(!module_defined(&t, "sections") && !module_defined(&t, "dynsym_entries"));
    CHECK(module_defined(&t, "segments[1]"));
    module_done(&t);
    put(&b, 60, 8, 2);
    put(&b, 62, 8, 2); /* names in a section that is not there */
    load_buf(&t, &b);
    CHECK(!module_defined(&t, "sections"));
    module_done(&t);
    put(&b, 62, 7, 2);
    put(&b, 56, 0xffff, 2);
    load_buf(&t, &b);
    CHECK_EQ(module_int(&t, "number_of_segments"), 0xffff);
    CHECK(!module_defined(&t, "segments") && !module_defined(&t, "dynamic"));
    CHECK(module_defined(&t, "sections[7]"));
    module_done(&t);
    ym_buf_done(&b);
}

static void symbols_need_a_table_and_names_in_the_file(void) {
    struct module_test t;
    struct ym_buf b;

    make(true, false, 2, &b);
    put(&b, row(&b, 2) + 32, 0x7fffffff, 4); /* size */
    put(&b, row(&b, 4) + 40, 1, 4);          /* link to what is no table of names */
    load_buf(&t, &b);
    CHECK(!module_defined(&t, "dynsym_entries") && !module_defined(&t, "symtab_entries"));
    CHECK(!module_call(&t, "", "import_md5", "", NULL).defined);
    CHECK(!module_call(&t, "", "telfhash", "", NULL).defined);
    module_done(&t);
    put(&b, row(&b, 2) + 32, 7 * 24 + 23, 4); /* a part of a row is none */
    put(&b, row(&b, 3) + 32, 3, 4);           /* names end within the first */
    load_buf(&t, &b);
    CHECK_EQ(module_int(&t, "dynsym_entries"), 7);
    CHECK(module_defined(&t, "dynsym[0].name"));
    CHECK(!module_defined(&t, "dynsym[1].name") && !module_defined(&t, "dynsym[2].name"));
    module_done(&t);
    ym_buf_done(&b);
}

static void names_of_sections_reach_to_the_end_of_the_file(void) {
    struct module_test t;
    struct ym_buf b;

    make(true, false, 2, &b);
    put(&b, row(&b, 1), b.len - 1, 4);
    put(&b, row(&b, 2), 0x80000001, 4);
    put(&b, row(&b, 7) + 32, 0, 8); /* the size is not asked */
    load_buf(&t, &b);
    CHECK(!module_defined(&t, "sections[1].name") && !module_defined(&t, "sections[2].name"));
    CHECK(module_is(&t, "sections[3].name", ".dynstr"));
    module_done(&t);
    put(&b, row(&b, 7) + 24, 0, 8); /* names at offset 0: none */
    load_buf(&t, &b);
    CHECK(!module_defined(&t, "sections[3].name"));
    module_done(&t);
    ym_buf_done(&b);
}

static void a_list_without_end_stops_at_the_end_of_the_file(void) {
    struct module_test t;
    struct ym_buf b;

    make(true, false, 2, &b);
    put(&b, 64 + 56 + 8, b.len - 40, 4); /* not all zero: the last section header */
    memset(b.data + b.len - 40, 1, 40);
    load_buf(&t, &b);
    CHECK_EQ(module_int(&t, "dynamic_section_entries"), 2);
    module_done(&t);
    put(&b, 64 + 56 + 8, b.len, 4);
    load_buf(&t, &b);
    CHECK_EQ(module_int(&t, "dynamic_section_entries"), 0);
    CHECK(!module_defined(&t, "dynamic[0]"));
    module_done(&t);
    ym_buf_done(&b);
}

static bool gives(struct module_test *t, const char *function, const char *want) {
    struct ym_mod_value v = module_call(t, "", function, "", NULL);
    struct ym_mod_value again = module_call(t, "", function, "", NULL);

    if (!v.defined || !again.defined || v.u.text.n != strlen(want) ||
        memcmp(v.u.text.s, want, v.u.text.n) != 0 || v.u.text.s != again.u.text.s) {
        printf("# %s(): %.*s\n", function, v.defined ? (int)v.u.text.n : 1,
               v.defined ? v.u.text.s : "-");
        return false;
    }
    return true;
}

static void imports_are_digested_in_lower_case_and_order(void) {
    struct module_test t;
    struct ym_buf b;

    make(false, true, 2, &b);
    load_buf(&t, &b);
    CHECK(gives(&t, "import_md5", "00dbaf824d150513288d306315b070d3")); /* calloc,fopen,strlen */
    CHECK(gives(&t, "telfhash", "")); /* calloc,exported,fopen: too short */
    module_done(&t);
    ym_buf_done(&b);
}

static void make_many(bool no_dynsym, struct ym_buf *out) {
    static char names[64][24];
    static struct make_symbol many[64];
    struct make_symbols m = {.is64 = true, .type = 3, .no_dynsym = no_dynsym};

    for (unsigned i = 0; i < 64; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%c%u_function_%u", 'a' + (i * 7) % 26, i * i,
                       i);
        many[i] = (struct make_symbol){.name = names[i], .info = 0x12, .section = i % 3 == 0};
    }
    m.dynamic = m.all = many;
    m.n_dynamic = 64;
    m.n_all = 32;
    ym_buf_init(out, 1 << 20);
    make_symbols(&m, out);
}

static void telfhash_is_a_tlsh_of_dynsym_or_else_symtab(void) {
    struct module_test t;
    struct ym_buf b;

    make_many(false, &b);
    load_buf(&t, &b);
    CHECK(gives(&t, "telfhash",
                "T1FA119E5D7D02392D04E350F185DF263EE539A34804601F52590A7BC94C7835FD0E7E6C"));
    CHECK(gives(&t, "import_md5", "5c0c2dd4466eb194fcbcd21fb917a745"));
    module_done(&t);
    ym_buf_done(&b);
    make_many(true, &b);
    load_buf(&t, &b);
    CHECK(!module_defined(&t, "dynsym_entries"));
    CHECK(gives(&t, "telfhash",
                "T1E9F0120C3E153C3A50E304F6A6CF366EA93CB25805501F52981A27CA9C7039FD06BE2C"));
    CHECK(gives(&t, "import_md5", "f1e1b79abaa62a40049ba048f68fdc6a"));
    module_done(&t);
    ym_buf_done(&b);
}

static void every_prefix_leaves_the_module_whole(void) {
    struct ym_buf b;

    for (unsigned i = 0; i < 4; i++) {
        make((i & 1) != 0, (i & 2) != 0, (uint16_t)(2 + i % 2), &b);
        for (size_t n = 0; n < b.len; n++) {
            struct module_test t;
            uint8_t *copy = malloc(n + 1); /* so that a sanitizer sees reads behind it */

            CHECK(copy != NULL);
            memcpy(copy, b.data, n);
            module_load(&t, YM_MODULE_ELF, copy, n);
            CHECK(module_defined(&t, "type") == (n > ((i & 1) != 0 ? 64u : 52u)));
            CHECK(!module_defined(&t, "sections")); /* their table is at the end */
            (void)module_call(&t, "", "telfhash", "", NULL);
            module_done(&t);
            free(copy);
        }
        ym_buf_done(&b);
    }
}

static void little_memory_or_budget_gives_less_and_no_harm(void) {
    struct ym_buf b;

    make_many(false, &b);
    for (size_t cap = 256; cap < 80000; cap += 977) {
        struct module_test t;

        module_load_capped(&t, YM_MODULE_ELF, b.data, b.len, cap);
        if (t.root != NULL) {
            (void)module_call(&t, "", "telfhash", "", NULL);
            (void)module_call(&t, "", "import_md5", "", NULL);
        }
        module_done(&t);
    }
    for (uint64_t budget = 0; budget < 3000; budget += 37) {
        struct module_test t;

        module_load(&t, YM_MODULE_STRING, "", 0);
        t.budget = budget;
        t.scan.data = b.data;
        t.scan.size = b.len;
        t.root = ym_mod_new(&t.scan, ym_module_get(YM_MODULE_ELF)->root);
        t.id = YM_MODULE_ELF;
        ym_module_code(YM_MODULE_ELF)->load(&t.scan, t.root);
        CHECK(module_call(&t, "", "telfhash", "", NULL).defined == (t.budget > 0));
        module_done(&t);
    }
    ym_buf_done(&b);
}

MAIN(T(both_classes_and_byte_orders_are_read), T(an_entry_point_lies_in_a_segment_or_a_section),
     T(tables_that_do_not_lie_in_the_file_are_not_there),
     T(symbols_need_a_table_and_names_in_the_file),
     T(names_of_sections_reach_to_the_end_of_the_file),
     T(a_list_without_end_stops_at_the_end_of_the_file),
     T(imports_are_digested_in_lower_case_and_order),
     T(telfhash_is_a_tlsh_of_dynsym_or_else_symtab), T(every_prefix_leaves_the_module_whole),
     T(little_memory_or_budget_gives_less_and_no_harm))
