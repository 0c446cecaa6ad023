/* The text of a PE file's imports, as clamscan 1.4 makes it before hashing. */
#include "formats/pe.h"

#include "base/alloc.h"
#include "makers/make_exe.h"
#include "ym_test.h"

#include <stdlib.h>

static struct ym_arena *arena;
static struct ym_buf file;
static struct ym_buf text;

static const struct make_section one[] = {{0x1000, 0x4000, 0x400, 0x4000}};

static void make(const struct make_library *libraries, uint32_t n, uint32_t size) {
    struct make_pe pe = {.entry = 0x1000,
                         .imports_rva = 0x1000,
                         .imports_size = size == 0 ? (n + 1) * 20 : size,
                         .sections = one,
                         .n_sections = 1,
                         .file_size = 0x400};

    ym_buf_done(&file);
    ym_buf_init(&file, 1 << 20);
    make_pe(&pe, &file);
    (void)make_imports(0x1000, libraries, n, &file);
}

static ym_status list_of(const uint8_t *data, size_t n) {
    struct ym_reader r;
    ym_status st;

    ym_arena_free(arena);
    arena = ym_arena_new(1 << 20);
    ym_buf_done(&text);
    ym_buf_init(&text, 1 << 20);
    ym_reader_init(&r, data, n);
    st = ym_pe_imports(r, arena, &text, NULL);
    ym_buf_u8(&text, 0);
    return st;
}

static ym_status list(void) {
    return list_of(file.data, file.len);
}

static void expect(const char *want) {
    CHECK_EQ(list(), YM_OK);
    if (strcmp((const char *)text.data, want) != 0) {
        FAIL("got %s, want %s", (const char *)text.data, want);
    }
}

static void libraries_and_functions_are_joined_in_lower_case(void) {
    static const struct make_library l[] = {{"KERNEL32.dll", {"ExitProcess", "LoadLibraryA"}},
                                            {"A-b c.OCX", {"x", "#9"}},
                                            {"empty.dll", {NULL}},
                                            {"b.drv", {"y_1."}}};

    make(l, 4, 0);
    expect("kernel32.exitprocess,kernel32.loadlibrarya,a-b c.x,a-b c.ord9,b.drv.y_1.");
}

static void numbers_have_names_in_two_libraries(void) {
    static const struct make_library l[] = {{"WS2_32.dll", {"#1", "#115", "#4660", "#74565"}},
                                            {"wsock32.DLL", {"#2"}},
                                            {"OLEAUT32.dll", {"#2", "#6", "#1"}},
                                            {"ws2_32.ocx", {"#1"}}};

    make(l, 4, 0);
    expect("ws2_32.accept,ws2_32.wsastartup,ws2_32.ord4660,ws2_32.ord9029,wsock32.bind,"
           "oleaut32.sysallocstring,oleaut32.sysfreestring,oleaut32.ord1,ws2_32.ord1");
}

static void only_an_ending_behind_the_first_dot_goes(void) {
    static const struct make_library l[] = {{"a.dll.dll", {"f"}}, {"b.c.dll", {"f"}},
                                            {"c.sysx", {"f"}},    {"d.exe", {"f"}},
                                            {"e", {"f"}},         {"", {"f"}}};

    make(l, 6, 0);
    expect("a.f,b.c.dll.f,c.f,d.exe.f,e.f,.f");
}

static void the_directory_ends_with_its_size(void) {
    static const struct make_library l[] = {{"a.dll", {"x"}}, {"b.dll", {"y"}}};

    make(l, 2, 41);
    expect("a.x,b.y");
    make(l, 2, 40);
    expect("a.x");
    make(l, 2, 20);
    expect("");
    make(l, 2, 0x10000);
    CHECK_EQ(list(), YM_TRUNCATED);
}

static void a_name_that_lies_nowhere_is_read_from_the_start(void) {
    static const struct make_library l[] = {{"a.dll", {"x", "@700000", "z"}}};

    make(l, 1, 0);
    memcpy(file.data + 2, "Hello", 6);
    expect("a.x,a.hello,a.z");
}

static void a_name_without_room_behind_it_is_left_out(void) {
    static const struct make_library l[] = {{"a.dll", {"x", "#5"}}};

    make(l, 1, 0);
    expect("a.x,a.ord5");
    file.len -= 10;
    expect("a.ord5");
}

static void a_name_that_is_not_plain_means_no_hash(void) {
    static const struct make_library l[] = {{"a.dll", {"x"}}, {"b.dll", {"y?"}}};

    make(l, 2, 0);
    CHECK_EQ(list(), YM_MALFORMED);
    CHECK_EQ(text.len, 1); /* the test's own NUL */
}

static void only_pe32_with_a_directory_counts(void) {
    struct make_pe pe = {.is64 = true,
                         .entry = 0x1000,
                         .imports_rva = 0x1000,
                         .imports_size = 40,
                         .sections = one,
                         .n_sections = 1,
                         .file_size = 0x800};

    for (unsigned i = 0; i < 3; i++) {
        ym_buf_done(&file);
        ym_buf_init(&file, 1 << 20);
        pe.is64 = i == 0;
        pe.imports_rva = i == 1 ? 0 : 0x1000;
        pe.imports_size = i == 2 ? 0 : 40;
        make_pe(&pe, &file);
        CHECK_EQ(list(), YM_END);
    }
}

static void a_list_that_lies_nowhere_falls_back_to_the_second(void) {
    static const struct make_library l[] = {{"a.dll", {"x"}}};

    make(l, 1, 0);
    memset(file.data + 0x400, 0x7f, 4);
    expect("a.x");
    memset(file.data + 0x410, 0x7f, 4);
    CHECK_EQ(list(), YM_MALFORMED);
    make(l, 1, 0);
    memset(file.data + 0x40c, 0x7f, 4); /* the library's name */
    CHECK_EQ(list(), YM_MALFORMED);
}

static void a_list_as_long_as_an_enemy_likes_meets_the_maximum(void) {
    static const struct make_library l[] = {{"a.dll", {"x"}}};
    struct ym_reader r;

    make(l, 1, 0);
    ym_buf_done(&text);
    ym_buf_init(&text, 2);
    ym_reader_init(&r, file.data, file.len);
    CHECK_EQ(ym_pe_imports(r, arena, &text, NULL), YM_LIMIT);
}

static void every_prefix_is_answered(void) {
    static const struct make_library l[] = {{"KERNEL32.dll", {"ExitProcess", "#3"}},
                                            {"b.dll", {"y"}}};

    make(l, 2, 0);
    for (size_t n = 0; n < file.len; n++) {
        uint8_t *cut = malloc(n + 1); /* so that a sanitizer sees a read past it */

        CHECK(cut != NULL);
        memcpy(cut, file.data, n);
        (void)list_of(cut, n);
        free(cut);
    }
    expect("kernel32.exitprocess,kernel32.ord3,b.y");
}

MAIN(T(libraries_and_functions_are_joined_in_lower_case), T(numbers_have_names_in_two_libraries),
     T(only_an_ending_behind_the_first_dot_goes), T(the_directory_ends_with_its_size),
     T(a_name_that_lies_nowhere_is_read_from_the_start),
     T(a_name_without_room_behind_it_is_left_out), T(a_name_that_is_not_plain_means_no_hash),
     T(only_pe32_with_a_directory_counts), T(a_list_that_lies_nowhere_falls_back_to_the_second),
     T(a_list_as_long_as_an_enemy_likes_meets_the_maximum), T(every_prefix_is_answered))
