/* YARA's module pe: values of a made file, of broken ones, and of signatures. */
#include "module_load.h"
#include "ym_test.h"

#include "base/md5.h"
#include "makers/make_module_pe.h"
#include "makers/make_signed.h"

static struct ym_buf file;
static struct module_test t;

static void make(bool is64) {
    ym_buf_done(&file);
    ym_buf_init(&file, 1 << 20);
    make_module_pe(is64, &file);
}

/* Loads the file as it is now. */
static void load(void) {
    module_done(&t);
    module_load(&t, YM_MODULE_PE, file.data, file.len);
}

static int64_t num(const char *path) {
    return module_int(&t, path);
}

/* INT64_MIN: undefined. */
static int64_t call(const char *name, const char *letters, const union ym_mod_arg *args) {
    struct ym_mod_value v = module_call(&t, "", name, letters, args);

    return v.defined ? v.u.i : INT64_MIN;
}

static int64_t call_i(const char *name, int64_t i) {
    return call(name, "i", &(union ym_mod_arg){.i = i});
}

static int64_t call_s(const char *name, const char *s) {
    return call(name, "s", &(union ym_mod_arg){.text = module_text(s)});
}

static int64_t call_ss(const char *name, const char *a, const char *b) {
    union ym_mod_arg args[2] = {{.text = module_text(a)}, {.text = module_text(b)}};

    return call(name, "ss", args);
}

static int64_t call_si(const char *name, const char *a, int64_t b) {
    union ym_mod_arg args[2] = {{.text = module_text(a)}, {.i = b}};

    return call(name, "si", args);
}

static const int64_t NONE = INT64_MIN;

/* ---- Headers and sections --------------------------------------------------------------------- */

static void headers_are_read(void) {
    for (int is64 = 0; is64 < 2; is64++) {
        make(is64);
        load();
        CHECK_EQ(num("is_pe"), 1);
        CHECK_EQ(num("machine"), is64 ? 0x8664 : 0x14c);
        CHECK_EQ(num("number_of_sections"), 2);
        CHECK_EQ(num("timestamp"), 0x5e0be100);
        CHECK_EQ(num("opthdr_magic"), is64 ? 0x20b : 0x10b);
        CHECK_EQ(num("linker_version.major"), 14);
        CHECK_EQ(num("linker_version.minor"), 11);
        CHECK_EQ(num("os_version.major"), 6);
        CHECK_EQ(num("subsystem_version.minor"), 2);
        CHECK_EQ(num("image_base"), 0x400000);
        CHECK_EQ(num("size_of_image"), 0x4000);
        CHECK_EQ(num("checksum"), 0x12345);
        CHECK_EQ(num("dll_characteristics"), 0x8140);
        CHECK_EQ(num("size_of_stack_reserve"), 0x100000);
        CHECK_EQ(num("number_of_rva_and_sizes"), 16);
        CHECK_EQ(module_defined(&t, "base_of_data"), !is64);
        CHECK_EQ(num("entry_point"), MODULE_PE_TEXT + 0x10);
        CHECK_EQ(num("entry_point_raw"), MODULE_PE_TEXT_RVA + 0x10);
        CHECK_EQ(num("data_directories[2].virtual_address"),
                 MODULE_PE_DATA_RVA + MODULE_PE_RESOURCES);
        CHECK(!module_defined(&t, "data_directories[16]"));
        CHECK_EQ(call("is_64bit", "", NULL), is64);
        CHECK_EQ(call("is_32bit", "", NULL), !is64);
        CHECK_EQ(call("is_dll", "", NULL), 0x2000);
    }
}

static void what_is_no_pe_has_nothing_but_is_pe(void) {
    make(false);
    file.data[1] = 'Y';
    load();
    CHECK_EQ(num("is_pe"), 0);
    CHECK(!module_defined(&t, "machine"));
    CHECK(!module_defined(&t, "number_of_signatures"));
    CHECK_EQ(call("is_dll", "", NULL), NONE);
    CHECK_EQ(call("is_32bit", "", NULL), NONE);
    CHECK_EQ(call_i("rva_to_offset", 0), NONE);
    CHECK_EQ(call_ss("imports", "a", "b"), NONE);
    CHECK_EQ(call_s("exports", "a"), NONE);
    CHECK_EQ(call_i("locale", 0x409), NONE);
    CHECK_EQ(call("calculate_checksum", "", NULL), NONE);
    CHECK(!module_call(&t, "", "imphash", "", NULL).defined);
}

static void sections_have_long_names(void) {
    make(true);
    load();
    CHECK(module_is(&t, "sections[0].name", ".text"));
    CHECK(module_is(&t, "sections[0].full_name", ".text"));
    CHECK(module_is(&t, "sections[1].name", "/4"));
    CHECK(module_is(&t, "sections[1].full_name", "long_section"));
    CHECK_EQ(num("sections[0].virtual_size"), 0x180);
    CHECK_EQ(num("sections[0].raw_data_offset"), MODULE_PE_TEXT);
    CHECK_EQ(num("sections[0].pointer_to_relocations"), 0x11);
    CHECK_EQ(num("sections[0].number_of_line_numbers"), 4);
    CHECK_EQ(num("sections[0].characteristics"), 0x60000020);
    CHECK_EQ(call_s("section_index", "/4"), 1);
    CHECK_EQ(call_s("section_index", ".bss"), NONE);
    CHECK_EQ(call_i("section_index", MODULE_PE_DATA), 1);
    CHECK_EQ(call_i("section_index", 0x3ff), NONE);
    file.data[MODULE_PE_STRINGS + 6] = 7; /* not printable */
    load();
    CHECK(module_is(&t, "sections[1].name", "/4"));
    CHECK(!module_defined(&t, "sections[1].full_name"));
    make_put32(&file, MODULE_PE_HEADER + 8, 0); /* no symbols */
    load();
    CHECK(module_is(&t, "sections[1].full_name", "/4"));
    make_put_text(&file, MODULE_PE_SECTIONS_64, "a\0b"); /* only zeros at the end are not of it */
    file.data[MODULE_PE_SECTIONS_64 + 2] = 'b';
    file.data[MODULE_PE_SECTIONS_64 + 3] = file.data[MODULE_PE_SECTIONS_64 + 4] = 0;
    load();
    CHECK_EQ(module_get(&t, "sections[0].name").u.text.n, 3);
    CHECK_EQ(call_s("section_index", "a"), 0);
}

static void the_overlay_is_behind_the_last_section(void) {
    make(false);
    load();
    CHECK_EQ(num("overlay.offset"), MODULE_PE_STRINGS);
    CHECK_EQ(num("overlay.size"), MODULE_PE_SIZE - MODULE_PE_STRINGS);
    make_put32(&file, MODULE_PE_SECTIONS_32 + 40 + 16, 0xfffffb00); /* wraps: is not the last */
    load();
    CHECK_EQ(num("overlay.offset"), MODULE_PE_DATA);
    make_put32(&file, MODULE_PE_SECTIONS_32 + 40 + 16, 0x10000);
    load();
    CHECK_EQ(num("overlay.offset"), 0);
    CHECK_EQ(num("overlay.size"), 0);
}

static void addresses_are_mapped_as_by_libyara(void) {
    make(false);
    load();
    CHECK_EQ(call_i("rva_to_offset", 0x40), 0x40); /* below all sections */
    CHECK_EQ(call_i("rva_to_offset", MODULE_PE_TEXT_RVA + 0x1ff), MODULE_PE_TEXT + 0x1ff);
    CHECK_EQ(call_i("rva_to_offset", MODULE_PE_TEXT_RVA + 0x200), NONE);
    CHECK_EQ(call_i("rva_to_offset", -1), NONE);
    make_put32(&file, MODULE_PE_SECTIONS_32 + 20, MODULE_PE_TEXT + 0x33); /* rounded down */
    make_put32(&file, MODULE_PE_SECTIONS_32 + 8, 0x3000); /* covers the second one, which wins */
    load();
    CHECK_EQ(call_i("rva_to_offset", MODULE_PE_TEXT_RVA), MODULE_PE_TEXT);
    CHECK_EQ(call_i("rva_to_offset", MODULE_PE_DATA_RVA), MODULE_PE_DATA);
    CHECK_EQ(call_i("rva_to_offset", MODULE_PE_TEXT_RVA + 0x201), NONE); /* no bytes there */
    make_put16(&file, MODULE_PE_HEADER + 2, 0xffff);
    file.len = 0x800; /* the table of sections is cut */
    load();
    CHECK_EQ(num("is_pe"), 1);
    CHECK_EQ(num("number_of_sections"), 0xffff);
    CHECK_EQ(num("entry_point"), -1);
    CHECK(module_defined(&t, "sections[39]"));
    CHECK(!module_defined(&t, "sections[40]"));
}

static void at_most_96_sections_are_read(void) {
    make(false);
    (void)ym_buf_room(&file, 0x2000);
    make_put16(&file, MODULE_PE_HEADER + 2, 0xffff);
    load();
    CHECK(module_defined(&t, "sections[95]"));
    CHECK(!module_defined(&t, "sections[96]"));
    make_put16(&file, MODULE_PE_HEADER + 2, 0);
    load();
    CHECK_EQ(call_i("rva_to_offset", 0x777), 0x777);
}

static void the_checksum_is_that_of_the_loader(void) {
    make(false);
    make_put32(&file, MODULE_PE_OPTIONAL + 64, 0);
    load();
    CHECK(call("calculate_checksum", "", NULL) > (int64_t)file.len);
    {
        const int64_t sum = call("calculate_checksum", "", NULL);

        make_put32(&file, MODULE_PE_OPTIONAL + 64, 0x98765432); /* is not part of it */
        load();
        CHECK_EQ(call("calculate_checksum", "", NULL), sum);
        ym_buf_u8(&file, 3); /* as is a byte at the end */
        load();
        CHECK_EQ(call("calculate_checksum", "", NULL), sum + 3 + 1);
    }
}

/* ---- Parts ------------------------------------------------------------------------------------ */

static int64_t rich(const char *name, const char *letters, int64_t a, int64_t b) {
    union ym_mod_arg args[2] = {{.i = a}, {.i = b}};
    struct ym_mod_value v = module_call(&t, "rich_signature", name, letters, args);

    return v.defined ? v.u.i : NONE;
}

static void the_rich_header_is_decoded(void) {
    struct ym_str clear;

    make(false);
    load();
    CHECK_EQ(num("rich_signature.offset"), MODULE_PE_RICH);
    CHECK_EQ(num("rich_signature.length"), 32);
    CHECK_EQ(num("rich_signature.key"), 0x89abcdef);
    clear = module_get(&t, "rich_signature.clear_data").u.text;
    CHECK(clear.n == 32 && memcmp(clear.s, "DanS\0\0\0\0", 8) == 0);
    clear = module_get(&t, "rich_signature.version_data").u.text;
    CHECK(clear.n == 8 && memcmp(clear.s, "\x09\x78\x93\x00\x97\x5e\x05\x01", 8) == 0);
    CHECK_EQ(rich("version", "i", 0x7809, 0), 3);
    CHECK_EQ(rich("version", "ii", 0x5e97, 0x105), 0x20);
    CHECK_EQ(rich("version", "ii", 0x5e97, 0x93), 0);
    CHECK_EQ(rich("toolid", "i", 0x105, 0), 0x20);
    CHECK_EQ(rich("toolid", "ii", 0x93, 0x7809), 3);
    CHECK_EQ(num("rich_signature.tools[1].times"), 0x20);
    make_put32(&file, MODULE_PE_RICH + 36, 0); /* no key */
    load();
    CHECK(!module_defined(&t, "rich_signature"));
}

static void a_short_rich_header_has_no_versions(void) {
    make(false);
    make_put32(&file, MODULE_PE_RICH + 28, 0x536e6144 ^ 0x89abcdef);
    load();
    CHECK_EQ(num("rich_signature.length"), 4);
    CHECK(!module_defined(&t, "rich_signature.version_data"));
    CHECK_EQ(rich("version", "i", 0, 0), NONE);
}

static void the_path_of_the_debug_database_is_found(void) {
    const size_t entry = MODULE_PE_DATA + MODULE_PE_DEBUG + 28;
    const size_t record = MODULE_PE_DATA + MODULE_PE_DEBUG + 0x40;

    make(false);
    load();
    CHECK(module_is(&t, "pdb_path", "C:\\made\\made.pdb"));
    make_put32(&file, entry + 20, 0); /* by its offset */
    make_put32(&file, entry + 24, (uint32_t)record);
    make_put_text(&file, record, "NB10");
    load();
    CHECK(!module_defined(&t, "pdb_path") || module_get(&t, "pdb_path").u.text.n == 0);
    make_put_text(&file, record + 16, "/a.pdb");
    load();
    CHECK(module_is(&t, "pdb_path", "/a.pdb"));
    make_put32(&file, entry + 12, 3);
    load();
    CHECK(!module_defined(&t, "pdb_path"));
}

static void resources_and_versions_are_listed(void) {
    make(true);
    load();
    CHECK_EQ(num("number_of_resources"), 1);
    CHECK_EQ(num("resources[0].type"), 16);
    CHECK_EQ(num("resources[0].id"), 1);
    CHECK_EQ(num("resources[0].language"), 0x409);
    CHECK_EQ(num("resources[0].length"), 0x200);
    CHECK_EQ(num("resources[0].offset"),
             num("resources[0].rva") - MODULE_PE_DATA_RVA + MODULE_PE_DATA);
    CHECK_EQ(num("number_of_version_infos"), 1);
    CHECK(module_is(&t, "version_info[\"Key\"]", "Value1"));
    CHECK(module_is(&t, "version_info_list[0].key", "Key"));
    CHECK(module_is(&t, "version_info_list[0].value", "Value1"));
    CHECK_EQ(call_i("locale", 0x409), 1);
    CHECK_EQ(call_i("locale", 0x407), 0);
    CHECK_EQ(call_i("language", 9), 1);
    CHECK_EQ(call_i("language", 7), 0);
}

static void names_of_resources_may_be_texts(void) {
    const size_t tree = MODULE_PE_DATA + MODULE_PE_RESOURCES;

    make(false);
    make_put32(&file, tree + 24 + 16, 0x80000700); /* of the second level */
    make_put16(&file, tree + 0x700, 2);
    make_put16(&file, tree + 0x702, 'h');
    make_put16(&file, tree + 0x704, 'i');
    load();
    CHECK(!module_defined(&t, "resources[0].id"));
    CHECK_EQ(module_get(&t, "resources[0].name_string").u.text.n, 4);
    CHECK(memcmp(module_get(&t, "resources[0].name_string").u.text.s, "h\0i\0", 4) == 0);
    make_put16(&file, tree + 0x700, 1001); /* too long: the number is what the name was */
    load();
    CHECK_EQ(num("resources[0].id"), (int32_t)0x80000700);
    CHECK(!module_defined(&t, "resources[0].name_string"));
}

static void a_leaf_takes_over_what_it_lacks(void) {
    const size_t tree = MODULE_PE_DATA + MODULE_PE_RESOURCES;

    make(false);
    make_put16(&file, tree + 14, 2); /* a second type, which is a leaf: the entry behind the root */
    memmove(file.data + tree + 24 + 8, file.data + tree + 24, 0x200);
    make_put32(&file, tree + 20, 0x80000000 | 32);
    make_put32(&file, tree + 24, 77);
    make_put32(&file, tree + 28, 3 * 24 + 8);
    make_put32(&file, tree + 32 + 20, 0x80000000 | 56);
    make_put32(&file, tree + 56 + 20, 3 * 24 + 8);
    load();
    CHECK_EQ(num("number_of_resources"), 2);
    CHECK_EQ(num("resources[1].type"), 77);
    CHECK_EQ(num("resources[1].id"), 1);
    CHECK_EQ(num("resources[1].language"), 0x409);
    make_put32(&file, tree + 20, 0); /* ends the directory before the second */
    load();
    CHECK_EQ(num("number_of_resources"), 0);
}

static void imports_are_listed(void) {
    for (int is64 = 0; is64 < 2; is64++) {
        static const char text[] = "kernel32.loadlibrarya,kernel32.ord7,ws2_32.wsastartup";
        uint8_t digest[YM_MD5_SIZE];
        char hex[2 * YM_MD5_SIZE + 1];
        struct ym_mod_value v;

        make(is64);
        load();
        CHECK_EQ(num("number_of_imports"), 2);
        CHECK_EQ(num("number_of_imported_functions"), 3);
        CHECK(module_is(&t, "import_details[0].library_name", "KERNEL32.dll"));
        CHECK_EQ(num("import_details[0].number_of_functions"), 2);
        CHECK(module_is(&t, "import_details[0].functions[0].name", "LoadLibraryA"));
        CHECK(!module_defined(&t, "import_details[0].functions[0].ordinal"));
        CHECK(module_is(&t, "import_details[0].functions[1].name", "ord7"));
        CHECK_EQ(num("import_details[0].functions[1].ordinal"), 7);
        CHECK_EQ(num("import_details[0].functions[1].rva"),
                 MODULE_PE_TEXT_RVA + 0x100 + (is64 ? 16 : 8));
        CHECK(module_is(&t, "import_details[1].functions[0].name", "WSAStartup"));
        v = module_call(&t, "", "imphash", "", NULL);
        ym_md5(text, strlen(text), digest);
        ym_hex_encode(digest, sizeof(digest), hex);
        CHECK(v.defined && v.u.text.n == 32 && memcmp(v.u.text.s, hex, 32) == 0);
    }
}

static void imports_can_be_asked_for(void) {
    union ym_mod_arg args[3] = {
        {.i = 3}, {.text = module_text("user32.DLL")}, {.text = module_text("messageboxa")}};

    make(false);
    load();
    CHECK_EQ(call_ss("imports", "kernel32.dll", "loadlibrarya"), 1);
    CHECK_EQ(call_ss("imports", "kernel32.dll", "LoadLibrary"), 0);
    CHECK_EQ(call_si("imports", "kernel32.dll", 7), 1);
    CHECK_EQ(call_si("imports", "kernel32.dll", 115), 0);
    CHECK_EQ(call_s("imports", "KERNEL32.DLL"), 2);
    CHECK_EQ(call("imports", "iss", args), 1);
    args[0].i = 1; /* not the delayed ones */
    CHECK_EQ(call("imports", "iss", args), 0);
    args[0].i = -1;
    CHECK_EQ(call("imports", "is", args), 2);
    args[2].i = 9;
    CHECK_EQ(call("imports", "isi", args), 1);
    CHECK_EQ(call_ss("import_rva", "kernel32.dll", "LOADLIBRARYA"), MODULE_PE_TEXT_RVA + 0x100);
    CHECK_EQ(call_si("import_rva", "ws2_32.dll", 115),
             MODULE_PE_DATA_RVA + MODULE_PE_IMPORTS + 0x80);
    CHECK_EQ(call_si("import_rva", "ws2_32.dll", 1), NONE);
    CHECK_EQ(call_si("delayed_import_rva", "user32.dll", 9),
             MODULE_PE_DATA_RVA + MODULE_PE_DELAYED + 0x44);
    CHECK_EQ(call_ss("delayed_import_rva", "user32.dll", "x"), NONE);
}

static void libraries_need_a_name_that_ends(void) {
    make(false);
    file.data[MODULE_PE_DATA + MODULE_PE_IMPORTS + 0xc2] = '*';
    load();
    CHECK_EQ(num("number_of_imports"), 1);
    CHECK(module_is(&t, "import_details[0].library_name", "WS2_32.dll"));
    make_put32(&file, MODULE_PE_DATA + MODULE_PE_IMPORTS + 0x80, 0); /* no function: no library */
    load();
    CHECK_EQ(num("number_of_imports"), 0);
    CHECK_EQ(num("number_of_imported_functions"), 0);
}

static void delayed_imports_are_listed(void) {
    for (int is64 = 0; is64 < 2; is64++) {
        make(is64);
        load();
        CHECK_EQ(num("number_of_delayed_imports"), 1);
        CHECK_EQ(num("number_of_delayed_imported_functions"), 2);
        CHECK(module_is(&t, "delayed_import_details[0].library_name", "USER32.dll"));
        CHECK(module_is(&t, "delayed_import_details[0].functions[0].name", "MessageBoxA"));
        CHECK_EQ(num("delayed_import_details[0].functions[1].ordinal"), 9);
    }
}

static void old_delayed_imports_are_of_addresses(void) {
    const size_t at = MODULE_PE_DATA + MODULE_PE_DELAYED;
    const uint32_t va = 0x400000 + MODULE_PE_DATA_RVA + MODULE_PE_DELAYED;

    make(false);
    make_put32(&file, at, 0);
    make_put32(&file, at + 4, va + 0xa0);
    make_put32(&file, at + 12, va + 0x40);
    make_put32(&file, at + 16, va + 0x70);
    make_put32(&file, at + 0x70, va + 0xb0);
    load();
    CHECK(module_is(&t, "delayed_import_details[0].functions[0].name", "MessageBoxA"));
    make_put32(&file, at, 2); /* neither old nor new */
    load();
    CHECK_EQ(num("number_of_delayed_imports"), 0);
}

/* The program is the name that it matches. */
static bool regex(struct ym_mod_scan *s, struct ym_str program, struct ym_str text) {
    (void)s;
    return program.n == text.n && memcmp(program.s, text.s, text.n) == 0;
}

static void exports_are_listed_and_asked_for(void) {
    make(true);
    load();
    t.scan.regex = regex;
    CHECK(module_is(&t, "dll_name", "made.dll"));
    CHECK_EQ(num("export_timestamp"), 0x4a000000);
    CHECK_EQ(num("number_of_exports"), 3);
    CHECK(module_is(&t, "export_details[0].name", "beta"));
    CHECK_EQ(num("export_details[0].ordinal"), 5);
    CHECK_EQ(num("export_details[0].rva"), MODULE_PE_TEXT_RVA);
    CHECK_EQ(num("export_details[0].offset"), MODULE_PE_TEXT);
    CHECK(!module_defined(&t, "export_details[1].name"));
    CHECK(!module_defined(&t, "export_details[1].offset"));
    CHECK(module_is(&t, "export_details[1].forward_name", "other.gamma"));
    CHECK(module_is(&t, "export_details[2].name", "Alpha"));
    CHECK_EQ(call_s("exports", "ALPHA"), 1);
    CHECK_EQ(call_s("exports", "alph"), 0);
    CHECK_EQ(call_s("exports_index", "alpha"), 2);
    CHECK_EQ(call_s("exports_index", "gamma"), NONE);
    CHECK_EQ(call("exports", "r", &(union ym_mod_arg){.text = module_text("beta")}), 1);
    CHECK_EQ(call("exports_index", "r", &(union ym_mod_arg){.text = module_text("Alpha")}), 2);
    CHECK_EQ(call_i("exports", 5), 0); /* above their number: libyara does not look */
    make_put32(&file, MODULE_PE_DATA + 16, 1);
    load();
    CHECK_EQ(call_i("exports", 3), 1);
    CHECK_EQ(call_i("exports_index", 3), 2);
    CHECK_EQ(call_i("exports", 0), 0);
    CHECK_EQ(call_i("exports_index", 4), NONE);
}

static void tables_of_exports_must_lie_in_the_file(void) {
    make(false);
    make_put32(&file, MODULE_PE_DATA + 20, 0xffffffff); /* how many functions */
    load();
    CHECK_EQ(num("number_of_exports"), 0);
    CHECK(module_is(&t, "dll_name", "made.dll"));
    make_put32(&file, MODULE_PE_DATA + 20, 3);
    make_put32(&file, MODULE_PE_DATA + 24, 0xffff); /* how many names */
    load();
    CHECK_EQ(num("number_of_exports"), 0);
    CHECK_EQ(call_i("exports", 1), 0);
    CHECK_EQ(call_i("exports_index", 1), NONE);
}

/* ---- Signatures ------------------------------------------------------------------------------- */

static struct make_cert root, signer, other, stamper;

static void make_certs(void) {
    if (root.x == NULL) {
        root = make_cert("Root", NULL, true, NULL, NULL, -100, 100);
        signer = make_cert("A/B", &root, false, "digitalSignature", "codeSigning", -10, 10);
        other = make_cert("Other", &root, false, "digitalSignature", "codeSigning", -10, 10);
        stamper = make_cert("Stamper", &root, false, NULL, "critical,timeStamping", -10, 10);
    }
}

static void free_certs(void) {
    make_cert_free(&root);
    make_cert_free(&signer);
    make_cert_free(&other);
    make_cert_free(&stamper);
}

static int64_t valid_on(int64_t when) {
    struct ym_mod_value v =
        module_call(&t, "signatures[0]", "valid_on", "i", &(union ym_mod_arg){.i = when});

    return v.defined ? v.u.i : NONE;
}

static void a_signature_tells_who_signed(void) {
    const struct make_cert *certs[] = {&signer, &root};
    const struct make_signers by = {.certs = certs, .n_certs = 2, .program = "Made"};
    int64_t from;

    make_certs();
    make(false);
    load();
    CHECK_EQ(num("is_signed"), 0);
    CHECK_EQ(num("number_of_signatures"), 0);
    CHECK(make_signed_by(&file, &by));
    load();
    CHECK_EQ(num("is_signed"), 1);
    CHECK_EQ(num("number_of_signatures"), 1);
    CHECK_EQ(num("signatures[0].verified"), 1);
    CHECK(module_is(&t, "signatures[0].subject", "/CN=A/B"));
    CHECK(module_is(&t, "signatures[0].issuer", "/CN=Root"));
    CHECK_EQ(num("signatures[0].version"), 3);
    CHECK(module_is(&t, "signatures[0].algorithm", "sha256WithRSAEncryption"));
    CHECK(module_is(&t, "signatures[0].algorithm_oid", "1.2.840.113549.1.1.11"));
    CHECK(module_is(&t, "signatures[0].digest_alg", "sha256"));
    CHECK(module_is(&t, "signatures[0].serial", "00:f9:f4")); /* 31 * (31 * 'A' + '/') + 'B' */
    CHECK_EQ(module_get(&t, "signatures[0].thumbprint").u.text.n, 40);
    CHECK(memcmp(module_get(&t, "signatures[0].digest").u.text.s,
                 module_get(&t, "signatures[0].file_digest").u.text.s, 64) == 0);
    CHECK_EQ(num("signatures[0].number_of_certificates"), 2);
    CHECK(module_is(&t, "signatures[0].certificates[1].subject", "/CN=Root"));
    CHECK(module_is(&t, "signatures[0].signer_info.program_name", "Made"));
    CHECK_EQ(num("signatures[0].signer_info.length_of_chain"), 2);
    CHECK(module_is(&t, "signatures[0].signer_info.chain[1].subject", "/CN=Root"));
    CHECK_EQ(num("signatures[0].number_of_countersignatures"), 0);
    from = num("signatures[0].not_before");
    CHECK_EQ(num("signatures[0].not_after") - from, 20 * 24 * 3600);
    CHECK_EQ(valid_on(from), 1);
    CHECK_EQ(valid_on(from - 1), 0);
}

static void a_changed_file_or_signature_is_not_verified(void) {
    const struct make_cert *certs[] = {&signer};

    make_certs();
    make(true);
    CHECK(make_signed(&file, certs, 1, NULL, 0));
    file.data[MODULE_PE_TEXT] ^= 1;
    load();
    CHECK_EQ(num("number_of_signatures"), 1);
    CHECK_EQ(num("signatures[0].verified"), 0);
    CHECK_EQ(num("is_signed"), 0);
    file.data[MODULE_PE_TEXT] ^= 1;
    make_put32(&file, MODULE_PE_OPTIONAL + 64, 1); /* the checksum is not signed */
    load();
    CHECK_EQ(num("is_signed"), 1);
    file.data[file.len - 20] ^= 1; /* in the last bytes of the encrypted digest */
    load();
    CHECK_EQ(num("signatures[0].verified"), 0);
}

static void the_key_must_be_that_of_the_certificate(void) {
    const struct make_cert *certs[] = {&signer};
    struct make_cert wrong;

    make_certs();
    wrong = (struct make_cert){.x = other.x, .key = signer.key};
    certs[0] = &wrong; /* says it is another's */
    make(false);
    CHECK(make_signed(&file, certs, 1, NULL, 0));
    load();
    CHECK_EQ(num("number_of_signatures"), 1);
    CHECK_EQ(num("signatures[0].verified"), 0);
    file.data[file.len - 20] ^= 1;
    make_put32(&file, make_directory_at(false, 4) + 4, 7); /* too small for any */
    load();
    CHECK_EQ(num("number_of_signatures"), 0);
}

static void countersignatures_of_both_kinds_are_read(void) {
    const struct make_cert *certs[] = {&signer};
    const struct make_signers by = {.certs = certs,
                                    .n_certs = 1,
                                    .counter = &stamper,
                                    .counter_day = 2,
                                    .stamper = &stamper,
                                    .stamp_day = 3};

    make_certs();
    make(false);
    CHECK(make_signed_by(&file, &by));
    load();
    CHECK_EQ(num("signatures[0].verified"), 1);
    CHECK_EQ(num("signatures[0].number_of_countersignatures"), 2);
    CHECK_EQ(num("signatures[0].number_of_certificates"), 3); /* the stamp's, too */
    for (int i = 0; i < 2; i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "signatures[0].countersignatures[%d]", i);
        CHECK(module_defined(&t, path));
    }
    CHECK_EQ(num("signatures[0].countersignatures[0].verified"), 1);
    CHECK_EQ(num("signatures[0].countersignatures[1].verified"), 1);
    CHECK(module_is(&t, "signatures[0].countersignatures[0].digest_alg", "sha256"));
    CHECK(module_is(&t, "signatures[0].countersignatures[1].digest_alg", "sha256"));
    CHECK_EQ(num("signatures[0].countersignatures[1].sign_time") / 86400 -
                 num("signatures[0].countersignatures[0].sign_time") / 86400,
             1);
    CHECK_EQ(num("signatures[0].countersignatures[0].length_of_chain"), 1);
    CHECK(module_is(&t, "signatures[0].countersignatures[1].chain[0].subject", "/CN=Stamper"));
}

static void nested_signatures_follow(void) {
    const struct make_cert *certs[] = {&signer};
    const struct make_cert *inner[] = {&other};
    const struct make_signers nested = {.certs = inner, .n_certs = 1};
    const struct make_signers by = {.certs = certs, .n_certs = 1, .nested = &nested};

    make_certs();
    make(false);
    CHECK(make_signed_by(&file, &by));
    load();
    CHECK_EQ(num("number_of_signatures"), 2);
    CHECK(module_is(&t, "signatures[0].subject", "/CN=A/B"));
    CHECK(module_is(&t, "signatures[1].subject", "/CN=Other"));
    CHECK_EQ(num("signatures[1].verified"), 1);
}

/* ---- Enemies ---------------------------------------------------------------------------------- */

static void make_all(bool is64) {
    const struct make_cert *certs[] = {&signer};
    const struct make_signers nested = {.certs = certs, .n_certs = 1};
    const struct make_signers by = {
        .certs = certs, .n_certs = 1, .counter = &stamper, .stamper = &stamper, .nested = &nested};

    make_certs();
    make(is64);
    CHECK(make_signed_by(&file, &by));
}

static void every_prefix_is_answered(void) {
    for (int is64 = 0; is64 < 2; is64++) {
        make_all(is64);
        for (size_t n = 0; n < file.len; n += n < 0x1300 ? 1 : 37) {
            uint8_t *copy = malloc(n + 1); /* of this size, for the sanitizer */

            memcpy(copy, file.data, n);
            module_done(&t);
            module_load(&t, YM_MODULE_PE, copy, n);
            (void)module_get(&t, "signatures");
            CHECK_EQ(num("is_pe"),
                     n >= (size_t)(is64 ? MODULE_PE_SECTIONS_64 : MODULE_PE_SECTIONS_32));
            free(copy);
        }
    }
}

static void every_cap_of_memory_is_answered(void) {
    make_all(false);
    for (size_t cap = 0; cap < 65536; cap += cap < 4096 ? 16 : 512) {
        module_done(&t);
        module_load_capped(&t, YM_MODULE_PE, file.data, file.len, cap);
        (void)module_get(&t, "signatures");
    }
    load();
}

static void load_with_budget(uint64_t budget) {
    module_done(&t);
    t = (struct module_test){.budget = budget, .id = YM_MODULE_PE};
    t.scan = (struct ym_mod_scan){
        .data = file.data, .size = file.len, .arena = ym_arena_new(1 << 24), .budget = &t.budget};
    t.root = ym_mod_new(&t.scan, ym_module_get(YM_MODULE_PE)->root);
    ym_module_code(YM_MODULE_PE)->load(&t.scan, t.root);
}

static void every_budget_is_answered(void) {
    make_all(true);
    for (uint64_t budget = 0; budget < 250000; budget += budget < 2000 ? 7 : 4999) {
        load_with_budget(budget);
        (void)call_ss("imports", "KERNEL32.dll", "LoadLibraryA");
        CHECK_EQ(num("is_pe"), 1);
    }
}

/* Every 32-bit number of the headers and tables, made large. */
static void forged_numbers_are_answered(void) {
    static const uint32_t values[] = {0xffffffff, 0x7fffffff, 0x80000000, 0x1200};

    make(false);
    for (size_t at = 0x3c; at < MODULE_PE_DATA + 0x700; at += 4) {
        uint8_t was[4];

        memcpy(was, file.data + at, 4);
        for (unsigned i = 0; i < 4; i++) {
            make_put32(&file, at, values[i]);
            load();
            CHECK(module_defined(&t, "is_pe"));
        }
        memcpy(file.data + at, was, 4);
    }
}

/* A bit of every 21st byte of a signature, changed; most of it must be seen. */
static void forged_signatures_are_answered(void) {
    unsigned verified = 0;
    unsigned n = 0;

    make_all(true);
    for (size_t at = MODULE_PE_SIZE; at < file.len; at += 21) {
        file.data[at] ^= 4;
        load();
        verified += num("signatures[0].verified") == 1;
        n++;
        file.data[at] ^= 4;
    }
    CHECK(n > 100 && verified < n);
}

static void a_circle_of_resources_ends(void) {
    const size_t tree = MODULE_PE_DATA + MODULE_PE_RESOURCES;

    make(false);
    (void)ym_buf_room(&file, 0x40000);
    make_put32(&file, MODULE_PE_SECTIONS_32 + 40 + 8, 0x40000);
    make_put32(&file, MODULE_PE_SECTIONS_32 + 40 + 16, 0x40000);
    make_put16(&file, tree + 12, 0x4000); /* as many entries as there may be */
    for (size_t at = tree + 16; at + 8 < file.len; at += 8) {
        make_put32(&file, at, 5);
        make_put32(&file, at + 4, 0x80000008); /* a directory that overlaps this one */
    }
    make_put32(&file, tree + 8, 0);
    make_put32(&file, tree + 20, 0x00004000);
    load_with_budget(1000000);
    CHECK_EQ(num("is_pe"), 1);
    CHECK_EQ(t.budget, 0); /* which is what ends it */
}

static void the_last_of_a_key_stays(void) {
    struct ym_mod_object *dict;

    make(false);
    load();
    dict = module_get(&t, "version_info").u.object;
    ym_mod_replace_text(&t.scan, dict, module_text("Key"), "new", 3);
    ym_mod_replace_text(&t.scan, dict, module_text("Other"), "x", 1);
    CHECK(module_is(&t, "version_info[\"Key\"]", "new"));
    CHECK(module_is(&t, "version_info[\"Other\"]", "x"));
    CHECK_EQ(dict->n, 2);
    module_done(&t);
    t = (struct module_test){.budget = 0};
    ym_buf_done(&file);
    free_certs();
}

MAIN(T(headers_are_read), T(what_is_no_pe_has_nothing_but_is_pe), T(sections_have_long_names),
     T(the_overlay_is_behind_the_last_section), T(addresses_are_mapped_as_by_libyara),
     T(at_most_96_sections_are_read), T(the_checksum_is_that_of_the_loader),
     T(the_rich_header_is_decoded), T(a_short_rich_header_has_no_versions),
     T(the_path_of_the_debug_database_is_found), T(resources_and_versions_are_listed),
     T(names_of_resources_may_be_texts), T(a_leaf_takes_over_what_it_lacks), T(imports_are_listed),
     T(imports_can_be_asked_for), T(libraries_need_a_name_that_ends), T(delayed_imports_are_listed),
     T(old_delayed_imports_are_of_addresses), T(exports_are_listed_and_asked_for),
     T(tables_of_exports_must_lie_in_the_file), T(a_signature_tells_who_signed),
     T(a_changed_file_or_signature_is_not_verified), T(the_key_must_be_that_of_the_certificate),
     T(countersignatures_of_both_kinds_are_read), T(nested_signatures_follow),
     T(every_prefix_is_answered), T(every_cap_of_memory_is_answered), T(every_budget_is_answered),
     T(forged_numbers_are_answered), T(forged_signatures_are_answered),
     T(a_circle_of_resources_ends), T(the_last_of_a_key_stays))
