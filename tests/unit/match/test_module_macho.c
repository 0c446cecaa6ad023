/* test_module_macho.c - what YARA's module macho says; figures as yara 4.5.8 gives them. */
#include "../../makers/make_commands.h"
#include "module_load.h"
#include "ym_test.h"

static const uint32_t many_words[18] = {1,  2,  3,  4,  5,  6,  7,  8,  9,
                                        10, 11, 12, 13, 14, 15, 16, 17, 18};

/* Two segments, LC_MAIN, and one command of each kind of YARA-X's. */
static void add_file(struct make_commands *m, struct ym_buf *out) {
    static const uint32_t dylib[] = {24, 2, 0x00010203, 0x00020000};
    static const uint32_t versions[] = {1, 0x000a0f00, 0x000a0f06, 1, 3, 0x022c0400};
    static const uint32_t source[] = {0x00300403, 0x00000100};
    static const uint32_t offset = 12;

    make_commands_begin(m, out);
    make_commands_segment(m, out, 0x1000, 2);
    make_commands_segment(m, out, 0x100000, 0);
    make_commands_words(m, out, 0x2, 4, many_words);
    make_commands_words(m, out, 0xb, 18, many_words);
    make_commands_words(m, out, 0x80000022, 10, many_words);
    make_commands_words(m, out, 0x1d, 2, many_words);
    make_commands_words(m, out, 0x1b, 4, many_words);
    make_commands_words(m, out, 0x32, 6, versions);
    make_commands_words(m, out, 0x25, 2, versions + 1);
    make_commands_words(m, out, 0x2a, 2, source);
    make_commands_text(m, out, 0xe, 1, &offset, "/usr/lib/dyld");
    make_commands_text(m, out, 0xc, 4, dylib, "/usr/lib/libSystem.B.dylib");
    make_commands_text(m, out, 0x80000018, 4, dylib, "libweak.dylib");
    make_commands_text(m, out, 0x8000001c, 1, &offset, "@loader_path/..");
    make_commands_main(m, out, 0x5678, 0x10000);
    make_commands_end(m, out);
}

static void make(bool is64, bool big, struct ym_buf *out) {
    struct make_commands m = {
        .is64 = is64, .big = big, .cputype = is64 ? 0x01000007 : 7, .cpusubtype = 3};

    ym_buf_init(out, 1 << 20);
    add_file(&m, out);
}

static void load_buf(struct module_test *t, const struct ym_buf *b) {
    module_load(t, YM_MODULE_MACHO, b->data, b->len);
}

static void look_at_header(const struct module_test *t, bool is64, bool big) {
    static const uint32_t magics[] = {0xcefaedfe, 0xcffaedfe, 0xfeedface, 0xfeedfacf};

    CHECK_EQ(module_int(t, "magic"), magics[(is64 ? 1 : 0) + (big ? 2 : 0)]);
    CHECK_EQ(module_int(t, "cputype"), is64 ? 0x01000007 : 7);
    CHECK_EQ(module_int(t, "cpusubtype"), 3);
    CHECK_EQ(module_int(t, "filetype"), 2);
    CHECK_EQ(module_int(t, "ncmds"), 15);
    CHECK_EQ(module_int(t, "flags"), 0x85);
    CHECK_EQ(module_int(t, "reserved"), is64 ? 7 : INT64_MIN);
    CHECK_EQ(module_int(t, "number_of_segments"), 2);
    CHECK_EQ(module_int(t, "entry_point"), 0x5678);
    CHECK_EQ(module_int(t, "stack_size"), 0x10000);
    CHECK(!module_defined(t, "nfat_arch") && !module_defined(t, "file"));
}

static void look_at_segments(const struct module_test *t, bool is64) {
    CHECK(module_is(t, "segments[0].segname", "__TEXT"));
    CHECK_EQ(module_int(t, "segments[0].vmaddr"), 0x1000);
    CHECK_EQ(module_int(t, "segments[0].vmsize"), 0x2000);
    CHECK_EQ(module_int(t, "segments[0].fileoff"), 0x40);
    CHECK_EQ(module_int(t, "segments[0].fsize"), 0x1000);
    CHECK_EQ(module_int(t, "segments[0].filesize"), 0x1000);
    CHECK_EQ(module_int(t, "segments[0].maxprot"), 7);
    CHECK_EQ(module_int(t, "segments[0].initprot"), 5);
    CHECK_EQ(module_int(t, "segments[0].nsects"), 2);
    CHECK_EQ(module_int(t, "segments[0].flags"), 4);
    CHECK(module_is(t, "segments[0].sections[0].sectname", "__text"));
    CHECK(module_is(t, "segments[0].sections[1].sectname", "a_name_of_16_byt"));
    CHECK(module_is(t, "segments[0].sections[1].segname", "__TEXT"));
    CHECK_EQ(module_int(t, "segments[0].sections[1].addr"), 0x1100);
    CHECK_EQ(module_int(t, "segments[0].sections[1].size"), 0x80);
    CHECK_EQ(module_int(t, "segments[0].sections[1].offset"), 0x201);
    CHECK_EQ(module_int(t, "segments[0].sections[1].align"), 10);
    CHECK_EQ(module_int(t, "segments[0].sections[1].reloff"), 11);
    CHECK_EQ(module_int(t, "segments[0].sections[1].nreloc"), 12);
    CHECK_EQ(module_int(t, "segments[0].sections[1].flags"), 13);
    CHECK_EQ(module_int(t, "segments[0].sections[1].reserved1"), 14);
    CHECK_EQ(module_int(t, "segments[0].sections[1].reserved2"), 15);
    CHECK_EQ(module_int(t, "segments[0].sections[1].reserved3"), is64 ? 16 : INT64_MIN);
    CHECK_EQ(module_int(t, "segments[1].vmaddr"), 0x100000);
    CHECK(!module_defined(t, "segments[1].sections") && !module_defined(t, "segments[2]"));
}

static void look_at_commands(const struct module_test *t) {
    CHECK_EQ(module_int(t, "symtab.symoff"), 1);
    CHECK_EQ(module_int(t, "symtab.strsize"), 4);
    CHECK_EQ(module_int(t, "dysymtab.iundefsym"), 5);
    CHECK_EQ(module_int(t, "dysymtab.nlocrel"), 18);
    CHECK_EQ(module_int(t, "dyld_info.export_size"), 10);
    CHECK_EQ(module_int(t, "code_signature_data.datasize"), 2);
    CHECK_EQ(module_int(t, "build_version.platform"), 1);
    CHECK(module_is(t, "build_version.minos", "10.15.0"));
    CHECK(module_is(t, "build_version.sdk", "10.15.6"));
    CHECK_EQ(module_int(t, "build_version.ntools"), 1);
    CHECK(module_is(t, "build_version.tools[0].version", "556.4"));
    CHECK_EQ(module_int(t, "min_version.device"), 0x25);
    CHECK(module_is(t, "min_version.version", "10.15.0"));
    CHECK(module_is(t, "dynamic_linker", "/usr/lib/dyld"));
    CHECK(module_is(t, "dylibs[0].name", "/usr/lib/libSystem.B.dylib"));
    CHECK(module_is(t, "dylibs[0].current_version", "1.2.3"));
    CHECK(module_is(t, "dylibs[0].compatibility_version", "2.0.0"));
    CHECK_EQ(module_int(t, "dylibs[1].timestamp"), 2);
    CHECK(module_is(t, "dylibs[1].name", "libweak.dylib"));
    CHECK(module_is(t, "rpaths[0]", "@loader_path/.."));
}

static void both_classes_and_byte_orders_are_read(void) {
    for (unsigned i = 0; i < 4; i++) {
        const bool is64 = (i & 1) != 0;
        const bool big = (i & 2) != 0;
        struct module_test t;
        struct ym_buf b;

        make(is64, big, &b);
        load_buf(&t, &b);
        CHECK_EQ(module_int(&t, "sizeofcmds"), b.len - (is64 ? 32u : 28u));
        look_at_header(&t, is64, big);
        look_at_segments(&t, is64);
        look_at_commands(&t);
        CHECK(module_is(&t, "uuid",
                        big ? "00000001-0000-0002-0000-000300000004"
                            : "01000000-0200-0000-0300-000004000000"));
        CHECK(module_is(&t, "source_version", big ? "12292.12.0.0.0" : "1.0.3.1.3"));
        module_done(&t);
        ym_buf_done(&b);
    }
}

/* Of a thread whose counter lies somewhere in the state of a processor. */
static int64_t entry_of(bool big, uint32_t cputype, uint32_t size, uint32_t at, bool is64,
                        uint64_t counter) {
    struct make_commands m = {.is64 = is64, .big = big, .cputype = cputype};
    struct module_test t;
    struct ym_buf b;
    int64_t v;

    ym_buf_init(&b, 1 << 20);
    make_commands_begin(&m, &b);
    make_commands_thread(&m, &b, size, at, is64, counter); /* before its segment */
    make_commands_segment(&m, &b, 0x8000, 0);
    make_commands_segment(&m, &b, 0x1000, 1);
    make_commands_end(&m, &b);
    load_buf(&t, &b);
    v = module_int(&t, "entry_point");
    module_done(&t);
    ym_buf_done(&b);
    return v;
}

static void threads_of_all_processors_have_an_entry_point(void) {
    static const struct {
        uint32_t cputype, size, at;
        bool is64;
    } rows[] = {
        {6, 72, 68, false},           {7, 64, 40, false},           {12, 68, 60, false},
        {13, 136, 124, false},        {14, 76, 4, false},           {18, 160, 0, false},
        {0x01000007, 168, 128, true}, {0x0100000c, 268, 256, true}, {0x01000012, 304, 0, true},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int big = 0; big < 2; big++) {
            CHECK_EQ(entry_of(big, rows[i].cputype, rows[i].size, rows[i].at, rows[i].is64, 0x1abc),
                     0xafc);
            CHECK_EQ(entry_of(big, rows[i].cputype, rows[i].size, rows[i].at, rows[i].is64, 0x3000),
                     INT64_MIN);
        }
        /* The size of a command counts only in files whose byte order is little. */
        CHECK_EQ(entry_of(false, rows[i].cputype, rows[i].size - 4, 0, rows[i].is64, 0x1abc),
                 INT64_MIN);
    }
    CHECK_EQ(entry_of(false, 8, 64, 0, false, 0x1abc), INT64_MIN); /* MIPS: unknown */
}

/* Files for 7 and 0x01000007, a row that lies outside, and one for 18 without commands. */
static void make_fat(bool is64, struct ym_buf *out) {
    struct make_commands x86 = {.cputype = 7, .cpusubtype = 3};
    struct make_commands amd64 = {.is64 = true, .cputype = 0x01000007, .cpusubtype = 0x80000003};
    struct make_commands ppc = {.big = true, .cputype = 18};
    struct ym_buf files[3];
    size_t at = 8 + 4 * (is64 ? 32u : 20u);

    for (unsigned i = 0; i < 3; i++) {
        ym_buf_init(&files[i], 1 << 16);
    }
    add_file(&x86, &files[0]);
    add_file(&amd64, &files[1]);
    make_commands_begin(&ppc, &files[2]);
    make_commands_end(&ppc, &files[2]);
    ym_buf_u32le(&files[2], 0); /* libyara wants 32 bytes */
    ym_buf_init(out, 1 << 20);
    make_universal(is64, 4, out);
    make_universal_row(is64, 7, 3, at, files[0].len, out);
    make_universal_row(is64, 0x01000007, 0x80000003, at + files[0].len, files[1].len, out);
    make_universal_row(is64, 12, 9, 0x7fffffff, 0x100, out);
    make_universal_row(is64, 18, 0, at + files[0].len + files[1].len, files[2].len, out);
    for (unsigned i = 0; i < 3; i++) {
        ym_buf_add(out, files[i].data, files[i].len);
        ym_buf_done(&files[i]);
    }
}

static int64_t call(struct module_test *t, const char *name, int64_t type, int64_t subtype) {
    union ym_mod_arg args[2] = {{.i = type}, {.i = subtype}};
    struct ym_mod_value v = module_call(t, "", name, subtype < 0 ? "i" : "ii", args);

    return v.defined ? v.u.i : -1;
}

static void look_at_functions(struct module_test *t, int64_t at, int64_t length) {
    CHECK_EQ(call(t, "file_index_for_arch", 7, -1), 0);
    CHECK_EQ(call(t, "file_index_for_arch", 0x01000007, -1), 1);
    CHECK_EQ(call(t, "file_index_for_arch", 12, -1), -1); /* its file is not there */
    CHECK_EQ(call(t, "file_index_for_arch", 18, -1), 3);
    CHECK_EQ(call(t, "file_index_for_arch", 7, 3), 0);
    CHECK_EQ(call(t, "file_index_for_arch", 7, 4), -1);
    CHECK_EQ(call(t, "file_index_for_arch", 0x01000007, 0x80000003), 1);
    CHECK_EQ(call(t, "entry_point_for_arch", 7, -1), at + 0x5678);
    CHECK_EQ(call(t, "entry_point_for_arch", 0x01000007, 0x80000003), at + length + 0x5678);
    CHECK_EQ(call(t, "entry_point_for_arch", 0x01000007, 3), -1);
    CHECK_EQ(call(t, "entry_point_for_arch", 12, -1), -1);
    CHECK_EQ(call(t, "entry_point_for_arch", 18, 0), -1);
}

static void universal_binaries_have_files(void) {
    for (int is64 = 0; is64 < 2; is64++) {
        struct module_test t;
        struct ym_buf b;

        make_fat(is64, &b);
        load_buf(&t, &b);
        CHECK_EQ(module_int(&t, "fat_magic"), is64 ? 0xcafebabf : 0xcafebabe);
        CHECK_EQ(module_int(&t, "nfat_arch"), 4);
        CHECK(!module_defined(&t, "magic"));
        CHECK_EQ(module_int(&t, "fat_arch[1].cpusubtype"), 0x80000003);
        CHECK_EQ(module_int(&t, "fat_arch[2].offset"), 0x7fffffff);
        CHECK_EQ(module_int(&t, "fat_arch[3].align"), 12);
        CHECK_EQ(module_int(&t, "fat_arch[3].reserved"), is64 ? 99 : 0);
        CHECK_EQ(module_int(&t, "file[0].segments[0].nsects"), 2);
        CHECK_EQ(module_int(&t, "file[1].reserved"), 7);
        CHECK(!module_defined(&t, "file[2].magic"));
        CHECK_EQ(module_int(&t, "file[3].magic"), 0xfeedface);
        CHECK_EQ(module_int(&t, "file[3].number_of_segments"), 0);
        look_at_functions(&t, module_int(&t, "fat_arch[0].offset"),
                          module_int(&t, "fat_arch[0].size"));
        module_done(&t);
        ym_buf_done(&b);
    }
}

/* Rows may name anything: the universal binary itself, here. */
static void a_file_of_another_magic_is_read_as_64_bits(void) {
    struct module_test t;
    struct ym_buf b;

    ym_buf_init(&b, 1 << 16);
    make_universal(false, 2, &b);
    make_universal_row(false, 7, 3, 0, 48, &b);
    make_universal_row(false, 7, 3, 8, 40, &b);
    load_buf(&t, &b);
    CHECK_EQ(module_int(&t, "file[0].magic"), 0xcafebabe);
    CHECK_EQ(module_int(&t, "file[0].cputype"), 2); /* the number of files, big-endian */
    CHECK_EQ(module_int(&t, "file[0].reserved"), 7);
    CHECK_EQ(module_int(&t, "file[1].magic"), 7);
    CHECK_EQ(module_int(&t, "file[1].cputype"), 0x03000000);
    module_done(&t);
    ym_buf_done(&b);
}

static int64_t ask(struct module_test *t, const char *name, const char *text) {
    union ym_mod_arg args[1] = {{.text = module_text(text)}};
    struct ym_mod_value v = module_call(t, "", name, "s", args);

    return v.defined ? v.u.i : -1;
}

static void libraries_and_paths_are_found_without_case(void) {
    for (int fat = 0; fat < 2; fat++) {
        struct module_test t;
        struct ym_buf b;

        if (fat) {
            make_fat(false, &b);
        } else {
            make(true, true, &b);
        }
        load_buf(&t, &b);
        CHECK_EQ(ask(&t, "has_dylib", "/usr/lib/libsystem.b.DYLIB"), 1);
        CHECK_EQ(ask(&t, "has_dylib", "libweak.dylib"), 1);
        CHECK_EQ(ask(&t, "has_dylib", "libweak"), 0);
        CHECK_EQ(ask(&t, "has_rpath", "@LOADER_path/.."), 1);
        CHECK_EQ(ask(&t, "has_rpath", ""), 0);
        t.budget = 1;
        CHECK_EQ(ask(&t, "has_rpath", "@LOADER_path/.."), -1);
        module_done(&t);
        ym_buf_done(&b);
    }
}

/* Forged: sizes of commands, counts of sections, of commands, of files. */
static void forged_counts_give_what_is_there(void) {
    struct make_commands m = {.is64 = true, .cputype = 7};
    struct module_test t;
    struct ym_buf b;

    ym_buf_init(&b, 1 << 20);
    make_commands_begin(&m, &b);
    make_commands_segment(&m, &b, 0x1000, 2);
    make_commands_main(&m, &b, 1, 2);
    make_commands_end(&m, &b);
    make_commands_patch(&m, &b, 16, 0xffffffff);
    make_commands_patch(&m, &b, 32 + 64, 0xffffffff);
    load_buf(&t, &b);
    CHECK_EQ(module_int(&t, "ncmds"), 0xffffffff);
    CHECK_EQ(module_int(&t, "number_of_segments"), 1);
    CHECK_EQ(module_int(&t, "segments[0].nsects"), 0xffffffff);
    CHECK(module_defined(&t, "segments[0].sections[1]"));
    CHECK(!module_defined(&t, "segments[0].sections[2]"));
    CHECK_EQ(module_int(&t, "stack_size"), 2);
    module_done(&t);
    make_commands_patch(&m, &b, 32 + 4, 7); /* less than a head */
    load_buf(&t, &b);
    CHECK_EQ(module_int(&t, "number_of_segments"), 0);
    CHECK(!module_defined(&t, "stack_size"));
    module_done(&t);
    make_commands_patch(&m, &b, 32 + 4, (uint32_t)b.len - 32 + 1); /* more than the file */
    load_buf(&t, &b);
    CHECK_EQ(module_int(&t, "number_of_segments"), 0);
    module_done(&t);
    make_commands_patch(&m, &b, 32 + 4, 8); /* the head of the segment, but no section */
    load_buf(&t, &b);
    CHECK_EQ(module_int(&t, "number_of_segments"), 1);
    CHECK_EQ(module_int(&t, "segments[0].vmsize"), 0x2000);
    CHECK(!module_defined(&t, "segments[0].sections"));
    module_done(&t);
    ym_buf_done(&b);
}

static void a_command_that_is_too_short_says_nothing(void) {
    struct make_commands m = {.big = true, .cputype = 7};
    struct module_test t;
    struct ym_buf b;

    ym_buf_init(&b, 1 << 20);
    make_commands_begin(&m, &b);
    make_commands_words(&m, &b, 0x2, 3, many_words);
    make_commands_words(&m, &b, 0xc, 3, many_words);
    make_commands_words(&m, &b, 0x1b, 3, many_words);
    make_commands_words(&m, &b, 0x2a, 1, many_words);
    make_commands_words(&m, &b, 0x32, 3, many_words);
    make_commands_words(&m, &b, 0xe, 0, many_words);
    make_commands_words(&m, &b, 0x8000001c, 0, many_words);
    make_commands_end(&m, &b);
    load_buf(&t, &b);
    CHECK_EQ(module_int(&t, "ncmds"), 7);
    CHECK(!module_defined(&t, "symtab") && !module_defined(&t, "dylibs"));
    CHECK(!module_defined(&t, "uuid") && !module_defined(&t, "source_version"));
    CHECK(!module_defined(&t, "build_version") && !module_defined(&t, "dynamic_linker"));
    CHECK(!module_defined(&t, "rpaths"));
    module_done(&t);
    ym_buf_done(&b);
}

static void a_head_without_its_rows_is_all_that_is_told(void) {
    struct module_test t;
    struct ym_buf b;

    make_fat(false, &b);
    b.data[7] = 0xff; /* 255 files */
    module_load(&t, YM_MODULE_MACHO, b.data, 8 + 254 * 20);
    CHECK_EQ(module_int(&t, "nfat_arch"), 255);
    CHECK(!module_defined(&t, "fat_arch") && !module_defined(&t, "file"));
    CHECK_EQ(call(&t, "file_index_for_arch", 7, -1), -1);
    module_done(&t);
    ym_buf_done(&b);
}

static void every_prefix_leaves_the_module_whole(void) {
    for (unsigned i = 0; i < 6; i++) {
        struct ym_buf b;

        if (i < 4) {
            make((i & 1) != 0, (i & 2) != 0, &b);
        } else {
            make_fat(i == 5, &b);
        }
        for (size_t n = 0; n < b.len; n++) {
            struct module_test t;
            uint8_t *copy = malloc(n + 1); /* so that a sanitizer sees reads behind it */

            CHECK(copy != NULL);
            memcpy(copy, b.data, n);
            module_load(&t, YM_MODULE_MACHO, copy, n);
            CHECK(module_defined(&t, "magic") == (i < 4 && n >= 32));
            CHECK(module_defined(&t, "fat_magic") == (i >= 4 && n >= 8));
            CHECK(!module_defined(&t, "stack_size")); /* the last command */
            module_done(&t);
            free(copy);
        }
        ym_buf_done(&b);
    }
}

static void little_memory_gives_less_and_no_harm(void) {
    struct ym_buf b;

    make_fat(true, &b);
    for (size_t cap = 256; cap < 40000; cap += 113) {
        struct module_test t;

        module_load_capped(&t, YM_MODULE_MACHO, b.data, b.len, cap);
        if (t.root != NULL) {
            (void)call(&t, "entry_point_for_arch", 7, -1);
            (void)call(&t, "file_index_for_arch", 18, 0);
            (void)ask(&t, "has_dylib", "x");
        }
        module_done(&t);
    }
    ym_buf_done(&b);
}

MAIN(T(both_classes_and_byte_orders_are_read), T(threads_of_all_processors_have_an_entry_point),
     T(universal_binaries_have_files), T(a_file_of_another_magic_is_read_as_64_bits),
     T(libraries_and_paths_are_found_without_case), T(forged_counts_give_what_is_there),
     T(a_command_that_is_too_short_says_nothing), T(a_head_without_its_rows_is_all_that_is_told),
     T(every_prefix_leaves_the_module_whole), T(little_memory_gives_less_and_no_harm))
