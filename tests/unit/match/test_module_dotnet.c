/* YARA's module dotnet.  The values of the sample were compared with those of yara 4.2 and YARA-X. */
#include "base/alloc.h"
#include "makers/make_dotnet.h"
#include "module_load.h"
#include "ym_test.h"

static struct make_dotnet m;
static struct ym_buf file;
static struct module_test t;

static void begin(void) {
    make_dotnet_done(&m);
    make_dotnet_init(&m);
}

static void load_file(void) {
    module_done(&t);
    ym_buf_done(&file);
    ym_buf_init(&file, 1 << 22);
    make_dotnet_finish(&m, &file);
    CHECK_EQ(ym_buf_status(&file), YM_OK);
    module_load(&t, YM_MODULE_DOTNET, file.data, file.len);
}

static void load_sample(void) {
    begin();
    make_dotnet_sample(&m);
    load_file();
}

static bool is_bytes(const char *path, const char *want, size_t n) {
    struct ym_mod_value v = module_get(&t, path);

    return v.defined && v.u.text.n == n && memcmp(v.u.text.s, want, n) == 0;
}

/* ---- The sample ------------------------------------------------------------------------------ */

static void check_scalars(void) {
    CHECK_EQ(module_int(&t, "is_dotnet"), 1);
    CHECK(module_is(&t, "version", "v4.0.30319"));
    CHECK(module_is(&t, "module_name", "sample.dll"));
    CHECK(module_is(&t, "typelib", "abcd"));
    CHECK(module_is(&t, "assembly.name", "sample"));
    CHECK(module_is(&t, "assembly.culture", "ja"));
    CHECK_EQ(module_int(&t, "assembly.version.major"), 1);
    CHECK_EQ(module_int(&t, "assembly.version.minor"), 2);
    CHECK_EQ(module_int(&t, "assembly.version.build_number"), 3);
    CHECK_EQ(module_int(&t, "assembly.version.revision_number"), 4);
    CHECK(!module_defined(&t, "number_of_generic_parameters"));
}

static void check_streams_and_heaps(void) {
    CHECK_EQ(module_int(&t, "number_of_streams"), 5);
    CHECK(module_is(&t, "streams[0].name", "#~"));
    CHECK(module_is(&t, "streams[4].name", "#Blob"));
    CHECK_EQ(module_int(&t, "streams[1].size"), m.strings.len);
    CHECK(memcmp(file.data + module_int(&t, "streams[3].offset"), m.guids.data, 16) == 0);
    CHECK_EQ(module_int(&t, "number_of_guids"), 1);
    CHECK(module_is(&t, "guids[0]", "00112233-4455-6677-8899-aabbccddeeff"));
    CHECK_EQ(module_int(&t, "number_of_user_strings"), 3);
    CHECK(is_bytes("user_strings[0]", "p\0l\0a\0i\0n\0", 10));
    CHECK(is_bytes("user_strings[1]", "\xe9\0t\0\xe9\0", 6));
    CHECK(is_bytes("user_strings[2]", "l\0a\0s\0t\0", 8));
}

static void check_tables(void) {
    CHECK_EQ(module_int(&t, "number_of_assembly_refs"), 2);
    CHECK(module_is(&t, "assembly_refs[0].name", "mscorlib"));
    CHECK(is_bytes("assembly_refs[0].public_key_or_token", "\xb7\x7a\x5c\x56\x19\x34\xe0\x89", 8));
    CHECK(module_is(&t, "assembly_refs[1].name", "Other"));
    CHECK(!module_defined(&t, "assembly_refs[1].public_key_or_token"));
    CHECK_EQ(module_int(&t, "assembly_refs[1].version.revision_number"), 7);
    CHECK_EQ(module_int(&t, "number_of_modulerefs"), 1);
    CHECK(module_is(&t, "modulerefs[0]", "kernel32.dll"));
    CHECK_EQ(module_int(&t, "number_of_constants"), 2);
    CHECK(is_bytes("constants[0]", "h\0i\0", 4));
    CHECK(is_bytes("constants[1]", "", 0));
    CHECK_EQ(module_int(&t, "number_of_field_offsets"), 1);
    CHECK_EQ(module_int(&t, "field_offsets[0]"), MAKE_DOTNET_RAW + 0x10);
    CHECK_EQ(module_int(&t, "number_of_resources"), 2);
    CHECK_EQ(module_int(&t, "resources[0].offset"), MAKE_DOTNET_RESOURCES + 4);
    CHECK_EQ(module_int(&t, "resources[0].length"), 5);
    CHECK(module_is(&t, "resources[0].name", "sample.resources"));
    CHECK(module_is(&t, "resources[1].name", "elsewhere"));
    CHECK(!module_defined(&t, "resources[1].offset"));
}

static void the_tables_of_the_sample(void) {
    load_sample();
    check_scalars();
    check_streams_and_heaps();
    check_tables();
}

static void check_plain_class(void) {
    CHECK(module_is(&t, "classes[0].name", "Plain"));
    CHECK(module_is(&t, "classes[0].namespace", "Yamori"));
    CHECK(module_is(&t, "classes[0].fullname", "Yamori.Plain"));
    CHECK(module_is(&t, "classes[0].visibility", "public"));
    CHECK(module_is(&t, "classes[0].type", "class"));
    CHECK_EQ(module_int(&t, "classes[0].abstract"), 1);
    CHECK_EQ(module_int(&t, "classes[0].sealed"), 1);
    CHECK_EQ(module_int(&t, "classes[0].number_of_base_types"), 3);
    CHECK(module_is(&t, "classes[0].base_types[0]", "System.Object"));
    CHECK(module_is(&t, "classes[0].base_types[1]", "System.IDisposable"));
    CHECK(module_is(&t, "classes[0].base_types[2]", "IThing"));
    CHECK_EQ(module_int(&t, "classes[0].number_of_methods"), 3);
}

static void check_other_classes(void) {
    CHECK_EQ(module_int(&t, "number_of_classes"), 4);
    CHECK(module_is(&t, "classes[1].fullname", "Yamori.Outer"));
    CHECK(module_is(&t, "classes[1].name", "Outer"));
    CHECK_EQ(module_int(&t, "classes[1].number_of_generic_parameters"), 1);
    CHECK(module_is(&t, "classes[1].generic_parameters[0]", "T"));
    CHECK(module_is(&t, "classes[1].base_types[0]", "System.Collections.List<T>"));
    CHECK(module_is(&t, "classes[1].methods[0].return_type", "T"));
    CHECK(module_is(&t, "classes[2].fullname", "Yamori.Outer.Inner"));
    CHECK(module_is(&t, "classes[2].namespace", "Yamori.Outer"));
    CHECK(module_is(&t, "classes[2].visibility", "private"));
    CHECK(module_is(&t, "classes[2].base_types[0]", "Yamori.Outer"));
    CHECK_EQ(module_int(&t, "classes[2].number_of_methods"), 0);
    CHECK(module_is(&t, "classes[3].type", "interface"));
    CHECK(module_is(&t, "classes[3].visibility", "internal"));
    CHECK(!module_defined(&t, "classes[3].base_types[0]"));
    CHECK_EQ(module_int(&t, "classes[3].number_of_methods"), 1);
    CHECK(!module_defined(&t, "classes[3].methods[0].number_of_parameters"));
}

static void the_classes_of_the_sample(void) {
    load_sample();
    check_plain_class();
    check_other_classes();
}

static void the_methods_of_the_sample(void) {
    load_sample();
    CHECK(module_is(&t, "classes[0].methods[0].name", ".ctor"));
    CHECK(!module_defined(&t, "classes[0].methods[0].return_type"));
    CHECK_EQ(module_int(&t, "classes[0].methods[0].number_of_parameters"), 0);
    CHECK(module_is(&t, "classes[0].methods[1].name", "Convert"));
    CHECK(module_is(&t, "classes[0].methods[1].visibility", "internal"));
    CHECK_EQ(module_int(&t, "classes[0].methods[1].static"), 1);
    CHECK_EQ(module_int(&t, "classes[0].methods[1].number_of_generic_parameters"), 2);
    CHECK(module_is(&t, "classes[0].methods[1].generic_parameters[1]", "TValue"));
    CHECK(module_is(&t, "classes[0].methods[1].return_type", "TKey"));
    CHECK_EQ(module_int(&t, "classes[0].methods[1].number_of_parameters"), 2);
    CHECK(module_is(&t, "classes[0].methods[1].parameters[0].name", "key"));
    CHECK(module_is(&t, "classes[0].methods[1].parameters[0].type", "TValue"));
    CHECK(module_is(&t, "classes[0].methods[1].parameters[1].name", "names"));
    CHECK(module_is(&t, "classes[0].methods[1].parameters[1].type", "string[]"));
    CHECK(module_is(&t, "classes[0].methods[2].visibility", "protected"));
    CHECK_EQ(module_int(&t, "classes[0].methods[2].static"), 0);
    CHECK_EQ(module_int(&t, "classes[0].methods[2].virtual"), 1);
    CHECK_EQ(module_int(&t, "classes[0].methods[2].final"), 1);
    CHECK_EQ(module_int(&t, "classes[0].methods[2].abstract"), 1);
    CHECK(module_is(&t, "classes[0].methods[2].parameters[0].name", "count"));
}

static void wide_cells_say_the_same(void) {
    begin();
    m.heap_sizes = 0x01 | 0x02 | 0x04 | 0x40; /* and the extra four bytes */
    m.unoptimised = true;
    m.is64 = true;
    make_dotnet_sample(&m);
    load_file();
    CHECK(module_is(&t, "streams[0].name", "#-"));
    check_scalars();
    check_tables();
    check_plain_class();
    check_other_classes();
}

/* ---- Types ----------------------------------------------------------------------------------- */

#define SIGNATURE(bytes)                                                                           \
    { bytes, sizeof(bytes) - 1 }

static const struct {
    struct {
        const char *bytes;
        uint32_t n;
    } type;
    const char *want; /* NULL: it has no name */
} types[] = {
    {SIGNATURE("\x01"), "void"},
    {SIGNATURE("\x02"), "bool"},
    {SIGNATURE("\x03"), "char"},
    {SIGNATURE("\x04"), "sbyte"},
    {SIGNATURE("\x05"), "byte"},
    {SIGNATURE("\x06"), "short"},
    {SIGNATURE("\x07"), "ushort"},
    {SIGNATURE("\x08"), "int"},
    {SIGNATURE("\x09"), "uint"},
    {SIGNATURE("\x0a"), "long"},
    {SIGNATURE("\x0b"), "ulong"},
    {SIGNATURE("\x0c"), "float"},
    {SIGNATURE("\x0d"), "double"},
    {SIGNATURE("\x0e"), "string"},
    {SIGNATURE("\x16"), "TypedReference"},
    {SIGNATURE("\x18"), "IntPtr"},
    {SIGNATURE("\x19"), "UIntPtr"},
    {SIGNATURE("\x1c"), "object"},
    {SIGNATURE("\x0f\x01"), "Ptr<void>"},
    {SIGNATURE("\x10\x0f\x08"), "ref Ptr<int>"},
    {SIGNATURE("\x1d\x1d\x08"), "int[][]"},
    {SIGNATURE("\x12\x04"), "A.B"},             /* a class: row 1 of TypeDef */
    {SIGNATURE("\x11\x04"), "A.B"},             /* a value type */
    {SIGNATURE("\x1f\x04\x20\x04\x08"), "int"}, /* modifiers */
    {SIGNATURE("\x14\x08\x02\x00\x00"), "int[,]"},
    {SIGNATURE("\x14\x08\x03\x02\x05\x00\x00"), "int[5,0,]"},
    {SIGNATURE("\x14\x08\x01\x01\x03\x01\x02"), "int[1...3]"},
    {SIGNATURE("\x14\x08\x02\x01\x03\x02\x02\x7d"), "int[1...3,-2...]"},
    {SIGNATURE("\x14\x08\x01\x00\x01\xbf\xfd"), "int[-2...]"},
    {SIGNATURE("\x14\x08\x01\x00\x01\x80\x80"), "int[64...]"},
    {SIGNATURE("\x14\x08\x01\x00\x01\xdf\xff\xff\xfd"), "int[-2...]"},
    {SIGNATURE("\x14\x08\x01\x01\xc0\x00\x40\x00\x00"), "int[16384]"},
    {SIGNATURE("\x14\x08\x00\x00\x00"), NULL},
    {SIGNATURE("\x14\x08\x33\x00\x00"), NULL}, /* 51 dimensions */
    {SIGNATURE("\x14\x08\x01\x02\x01\x01\x00"), NULL},
    {SIGNATURE("\x14\x08\x01\x00\x02\x00\x00"), NULL},
    {SIGNATURE("\x15\x12\x04\x02\x08\x0e"), "A.B<int,string>"},
    {SIGNATURE("\x15\x12\x04\x02\x13\x00\x0e"), "A.B<,string>"}, /* no such parameter */
    {SIGNATURE("\x15\x12\x04\x02\x0e\x45"), "A.B<string>"},
    {SIGNATURE("\x15\x12\x04\x83\xe9\x08"), NULL}, /* 1001 arguments */
    {SIGNATURE("\x1b\x00\x02\x01\x08\x0e"), "FnPtr<void(int, string)>"},
    {SIGNATURE("\x1b\x00\x00\x08"), "FnPtr<int()>"},
    {SIGNATURE("\x1b"), NULL},
    {SIGNATURE("\x1b\x00\x87\xd1\x01"), NULL}, /* 2001 parameters */
    {SIGNATURE("\x12\x07"), NULL},             /* of no table */
    {SIGNATURE("\x12\x08"), NULL},             /* no such row */
    {SIGNATURE("\x13\x00"), NULL},
    {SIGNATURE("\x1e\x00"), NULL},
    {SIGNATURE("\x00"), NULL},
    {SIGNATURE("\x45"), NULL},
    {SIGNATURE("\x0f"), NULL},
};

/* As what the method returns, as deep as it may be, and deeper. */
static void types_are_written_as_by_yara(void) {
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        char bytes[32] = "\x00\x00";

        begin();
        memcpy(bytes + 2, types[i].type.bytes, types[i].type.n);
        make_dotnet_method(&m, bytes, 2 + types[i].type.n);
        load_file();
        printf("# type %u\n", (unsigned)i);
        CHECK_EQ(module_int(&t, "number_of_classes"), 1);
        CHECK_EQ(module_int(&t, "classes[0].number_of_methods"), types[i].want != NULL);
        if (types[i].want != NULL) {
            CHECK(module_is(&t, "classes[0].methods[0].return_type", types[i].want));
        }
    }
}

static void types_nest_sixteen_times(void) {
    for (unsigned n = 16; n <= 17; n++) {
        char bytes[32] = "\x00\x00";

        begin();
        memset(bytes + 2, 0x1d, n);
        bytes[2 + n] = 0x08;
        make_dotnet_method(&m, bytes, 3 + n);
        load_file();
        CHECK_EQ(module_int(&t, "classes[0].number_of_methods"), n == 16);
    }
}

static void parameters_without_rows_are_named_by_their_place(void) {
    begin();
    make_dotnet_method(&m, "\x00\x02\x01\x08\x0e", 5);
    load_file();
    CHECK(module_is(&t, "classes[0].methods[0].parameters[0].name", "P_0"));
    CHECK(module_is(&t, "classes[0].methods[0].parameters[1].name", "P_1"));
    CHECK(module_is(&t, "classes[0].methods[0].parameters[1].type", "string"));
}

static void a_method_needs_all_of_its_signature(void) {
    begin();
    make_dotnet_method(&m, "\x00\x02\x01\x08\x45", 5); /* the second parameter has no name */
    load_file();
    CHECK_EQ(module_int(&t, "classes[0].number_of_methods"), 0);
    begin();
    make_dotnet_method(&m, "\x00\x80\xc8\x01\x08", 5); /* 200 parameters, one there */
    load_file();
    CHECK_EQ(module_int(&t, "classes[0].number_of_methods"), 0);
    CHECK(!module_defined(&t, "classes[0].methods[0]"));
}

/* A TypeSpec of two of itself: sixteen levels of it would be 65,536 names. */
static void types_of_themselves_end(void) {
    begin();
    make_dotnet_row(&m, 0x1b, make_dotnet_blob(&m, "\x1b\x00\x01\x12\x06\x12\x06", 7));
    make_dotnet_method(&m, "\x00\x00\x12\x06", 4);
    load_file();
    CHECK_EQ(module_int(&t, "classes[0].number_of_methods"), 0);
    CHECK(t.budget > 0);
}

/* A TypeSpec of a hundred of itself, with a long name: its text is too long, so all that is left of
 * the work is gone, which the caller says, and what was not counted is undefined. */
static void what_is_too_long_is_given_up_on(void) {
    char list[300] = "\x00\x00\x15\x12\x08\x64";
    char name[1001];

    memset(name, 'n', 1000);
    name[1000] = '\0';
    begin();
    for (size_t i = 0; i < 100; i++) {
        memcpy(list + 6 + 2 * i, "\x12\x06", 2);
    }
    make_dotnet_row(&m, 0x1b, make_dotnet_blob(&m, list + 2, 204));
    make_dotnet_method(&m, list, 206);
    make_dotnet_row(&m, 0x02, 1, make_dotnet_string(&m, name), 0, 0, 1, 2);
    load_file();
    CHECK_EQ(t.budget, 0);
    CHECK(!module_defined(&t, "classes[0].number_of_methods"));
    CHECK(!module_defined(&t, "number_of_classes"));
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void classes_nest_ten_times(void) {
    begin();
    make_dotnet_row(&m, 0x02, 1, make_dotnet_string(&m, "C0"), make_dotnet_string(&m, "N"), 0, 1,
                    1);
    for (uint32_t i = 1; i <= 11; i++) {
        char name[8];

        (void)snprintf(name, sizeof(name), "C%u", (unsigned)i);
        make_dotnet_row(&m, 0x02, 2, make_dotnet_string(&m, name), 0, 0, 1, 1);
        make_dotnet_row(&m, 0x29, i + 1, i);
    }
    load_file();
    CHECK(module_is(&t, "classes[2].namespace", "N.C0.C1"));
    CHECK(module_is(&t, "classes[9].fullname", "N.C0.C1.C2.C3.C4.C5.C6.C7.C8.C9"));
    CHECK(module_is(&t, "classes[10].fullname", "N.C0.C1.C2.C3.C4.C5.C6.C7.C8.C9.C10"));
    CHECK(module_is(&t, "classes[11].fullname", "C1.C2.C3.C4.C5.C6.C7.C8.C9.C10.C11"));
}

static void odd_names_of_classes(void) {
    begin();
    make_dotnet_row(&m, 0x02, 2, make_dotnet_string(&m, "Own"), 0, 0, 1, 0);
    make_dotnet_row(&m, 0x02, 2, make_dotnet_string(&m, "Far"), 0, 0, 1, 1);
    make_dotnet_row(&m, 0x02, 1, make_dotnet_string(&m, "`1"), 0, 0, 1, 1);
    make_dotnet_row(&m, 0x02, 1, 0, 0, 0, 1, 1);
    make_dotnet_row(&m, 0x02, 1, 0xfff0, 0, 0, 1, 1);
    make_dotnet_row(&m, 0x02, 1, make_dotnet_string(&m, "G`2"), 0xfff0, 0, 1, 1);
    make_dotnet_row(&m, 0x29, 1, 1); /* nested in itself */
    make_dotnet_row(&m, 0x29, 2, 99);
    load_file();
    CHECK_EQ(module_int(&t, "number_of_classes"), 3);
    CHECK(module_is(&t, "classes[0].fullname", "Own.Own"));
    CHECK(!module_defined(&t, "classes[0].number_of_methods")); /* no first row */
    CHECK(module_is(&t, "classes[1].fullname", "Far"));
    CHECK(!module_defined(&t, "classes[1].namespace"));
    CHECK(module_is(&t, "classes[2].fullname", "G"));
    CHECK(!module_defined(&t, "classes[2].namespace"));
}

static void long_strings_are_none(void) {
    static char name[1026];

    for (size_t n = 1024; n <= 1025; n++) {
        memset(name, 'n', n);
        name[n] = '\0';
        begin();
        make_dotnet_row(&m, 0x00, 0, make_dotnet_string(&m, name), 0, 0, 0);
        load_file();
        CHECK_EQ(module_defined(&t, "module_name"), n == 1024);
    }
}

static void streams_are_known_by_how_their_names_begin(void) {
    begin();
    make_dotnet_sample(&m);
    m.strings_named = "#Strings2";
    load_file();
    CHECK(module_is(&t, "module_name", "sample.dll"));
    begin();
    make_dotnet_sample(&m);
    m.strings_named = "#strings";
    load_file();
    CHECK_EQ(module_int(&t, "number_of_streams"), 5);
    CHECK(!module_defined(&t, "module_name"));
    CHECK_EQ(module_int(&t, "number_of_user_strings"), 3);
}

static void sixteen_guids_are_told(void) {
    begin();
    for (unsigned i = 0; i < 20 * 16; i++) {
        ym_buf_u8(&m.guids, (uint8_t)i);
    }
    load_file();
    CHECK_EQ(module_int(&t, "number_of_guids"), 16);
    CHECK(module_defined(&t, "guids[15]"));
    CHECK(!module_defined(&t, "guids[16]"));
}

/* ---- Tables ---------------------------------------------------------------------------------- */

/* More rows than the bits beside a tag can count: its cells have four bytes. */
static void many_rows_make_coded_cells_wide(void) {
    begin();
    make_dotnet_row(&m, 0x01, 6, make_dotnet_string(&m, "GuidAttribute"), 0);
    for (unsigned i = 0; i < 9000; i++) {
        make_dotnet_row(&m, 0x0a, i == 8999 ? 1 << 3 | 1 : 0, 0, 0);
    }
    m.columns[0x0c] = "44b";
    make_dotnet_row(&m, 0x0c, 1 << 5 | 0x0e, 9000 << 3 | 3, make_dotnet_blob(&m, "\1\0\1g\0\0", 6));
    (void)make_dotnet_blob(&m, "", 0); /* none is taken that ends where the file does */
    make_dotnet_row(&m, 0x20, 0, 9, 0, 0, 0, 0, 0, make_dotnet_string(&m, "a"), 0);
    load_file();
    CHECK(module_is(&t, "typelib", "g"));
    CHECK_EQ(module_int(&t, "assembly.version.major"), 9);
    CHECK_EQ(module_int(&t, "number_of_classes"), 0);
}

static void too_many_rows_end_the_tables(void) {
    for (unsigned i = 0; i < 2; i++) {
        begin();
        make_dotnet_sample(&m);
        m.told[0x2a] = (struct make_dotnet_told){true, 15000 + i};
        load_file();
        CHECK_EQ(module_int(&t, "number_of_resources"), 2);
        CHECK_EQ(module_defined(&t, "number_of_classes"), i == 0);
    }
}

static void unknown_tables_end_the_tables(void) {
    static const unsigned unknown[] = {0x07, 0x2d, 0x30, 0x3f};

    for (unsigned i = 0; i < 4; i++) {
        begin();
        make_dotnet_sample(&m);
        m.told[unknown[i]] = (struct make_dotnet_told){true, 0};
        load_file();
        CHECK(module_is(&t, "module_name", "sample.dll"));
        CHECK(!module_defined(&t, "number_of_classes"));
        CHECK_EQ(module_defined(&t, "number_of_resources"), i > 0);
        CHECK_EQ(module_int(&t, "number_of_user_strings"), 3);
    }
}

static void overlapping_methods_are_bounded(void) {
    begin();
    make_dotnet_method(&m, "\x00\x00\x01", 3);
    m.told[0x02] = (struct make_dotnet_told){true, 15000}; /* rows that are the methods' bytes */
    m.told[0x06] = (struct make_dotnet_told){true, 15000};
    load_file();
    CHECK(ym_arena_status(t.scan.arena) == YM_OK);
    CHECK(module_defined(&t, "number_of_classes"));
}

/* ---- Not .NET, damaged ----------------------------------------------------------------------- */

static void what_is_not_dotnet(void) {
    load_sample();
    module_done(&t);
    module_load(&t, YM_MODULE_DOTNET, "MZ not a PE", 11);
    CHECK(!module_defined(&t, "is_dotnet"));
    file.data[MAKE_DOTNET_CLI] = 71; /* the size of its header */
    module_done(&t);
    module_load(&t, YM_MODULE_DOTNET, file.data, file.len);
    CHECK_EQ(module_int(&t, "is_dotnet"), 0);
    CHECK(!module_defined(&t, "version"));
    file.data[MAKE_DOTNET_CLI] = 72;
    file.data[m.root] = 'C';
    module_done(&t);
    module_load(&t, YM_MODULE_DOTNET, file.data, file.len);
    CHECK_EQ(module_int(&t, "is_dotnet"), 0);
}

/* In memory of exactly its size, so that a sanitizer sees one byte too far. */
static void load_copy(size_t n, size_t cap) {
    uint8_t *copy = malloc(n + 1);

    CHECK(copy != NULL);
    memcpy(copy, file.data, n);
    module_done(&t);
    module_load_capped(&t, YM_MODULE_DOTNET, copy, n, cap);
    t.scan.data = NULL;
    free(copy);
}

static void every_prefix_ends(void) {
    load_sample();
    for (size_t n = 0; n < file.len; n++) {
        load_copy(n, 1 << 20);
        CHECK(n < 0x200 || module_defined(&t, "is_dotnet"));
    }
    load_copy(file.len, 1 << 20);
    CHECK_EQ(module_int(&t, "number_of_classes"), 4);
}

static void every_changed_byte_ends(void) {
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xdf, 0xff};

    load_sample();
    for (size_t i = 0; i < file.len; i++) {
        const uint8_t kept = file.data[i];

        for (size_t k = 0; k < sizeof(values); k++) {
            file.data[i] = values[k];
            load_copy(file.len, 1 << 20);
        }
        file.data[i] = kept;
    }
}

static void forged_counts_end(void) {
    static const uint32_t counts[] = {0, 1, 2, 14999, 15000, 0xffff, 0xffffffff};

    for (unsigned table = 0; table < MAKE_DOTNET_TABLES; table++) {
        for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
            begin();
            make_dotnet_sample(&m);
            m.n_streams_told = (uint8_t)(i * 40);
            m.told[table] = (struct make_dotnet_told){true, counts[i]};
            load_file();
            CHECK_EQ(module_int(&t, "is_dotnet"), 1);
        }
    }
}

static void memory_that_runs_out_ends(void) {
    load_sample();
    for (size_t cap = 0; cap < 60000; cap += 97) {
        load_copy(file.len, cap);
    }
}

/* What could not be made is told by the arena or by the work that is left, and was not counted. */
static void every_allocation_may_fail(void) {
    bool failed = true;

    load_sample();
    for (unsigned nth = 1; failed; nth++) {
        module_done(&t);
        module_load(&t, YM_MODULE_DOTNET, "", 0);
        t.scan.data = file.data;
        t.scan.size = file.len;
        (void)ym_fault_malloc(nth, 1);
        ym_module_code(YM_MODULE_DOTNET)->load(&t.scan, t.root);
        failed = ym_fault_malloc(0, 0) > 0;
        CHECK_EQ(ym_arena_status(t.scan.arena) != YM_OK || t.budget == 0, failed);
        CHECK_EQ(module_int(&t, "number_of_classes") == 4, !failed);
    }
}

MAIN(T(the_tables_of_the_sample), T(the_classes_of_the_sample), T(the_methods_of_the_sample),
     T(wide_cells_say_the_same), T(types_are_written_as_by_yara), T(types_nest_sixteen_times),
     T(parameters_without_rows_are_named_by_their_place), T(a_method_needs_all_of_its_signature),
     T(types_of_themselves_end), T(what_is_too_long_is_given_up_on), T(classes_nest_ten_times),
     T(odd_names_of_classes), T(long_strings_are_none),
     T(streams_are_known_by_how_their_names_begin), T(sixteen_guids_are_told),
     T(many_rows_make_coded_cells_wide), T(too_many_rows_end_the_tables),
     T(unknown_tables_end_the_tables), T(overlapping_methods_are_bounded), T(what_is_not_dotnet),
     T(every_prefix_ends), T(every_changed_byte_ends), T(forged_counts_end),
     T(every_allocation_may_fail), T(memory_that_runs_out_ends))
