/* Mach-O: sections, PowerPC entry points, slices of universal binaries. */
#include "formats/macho.h"

#include "makers/make_exe.h"
#include "ym_test.h"

static const struct make_section sections[] = {{0x1000, 0, 0x400, 0x1f1},
                                               {0x2000, 0, 0x600, 0x200}};

static struct ym_arena *arena;
static struct ym_buf file;

static struct ym_reader build(const struct make_macho *macho) {
    struct ym_reader r;

    ym_arena_free(arena);
    arena = ym_arena_new(1 << 20);
    ym_buf_done(&file);
    ym_buf_init(&file, 1 << 20);
    make_macho(macho, &file);
    ym_reader_init(&r, file.data, file.len);
    return r;
}

static ym_status parse(const struct make_macho *macho, struct ym_exe *ret_exe) {
    struct ym_reader r = build(macho); /* makes the arena, too */

    return ym_macho_parse(r, arena, ret_exe, NULL);
}

static void sections_are_found_in_every_class_and_order(void) {
    for (int i = 0; i < 4; i++) {
        struct make_macho m = {.is64 = i & 1, .big = i & 2, .sections = sections, .n_sections = 2};
        struct ym_exe exe = {.n_sections = 0};

        CHECK_EQ(parse(&m, &exe), YM_OK);
        CHECK_EQ(exe.n_sections, 2);
        CHECK_EQ(exe.sections[0].raw_offset, 0x400);
        CHECK_EQ(exe.sections[0].raw_size, 0x200); /* rounded up to its alignment */
        CHECK_EQ(exe.entry, 0);
    }
}

static void a_powerpc_thread_gives_the_entry(void) {
    struct make_macho m = {.big = true, .sections = sections, .n_sections = 2, .ppc_entry = 0x2010};
    struct ym_exe exe = {.n_sections = 0};

    CHECK_EQ(parse(&m, &exe), YM_OK);
    CHECK_EQ(exe.entry, 0x610);
    m.ppc_entry = 0x99999;
    CHECK_EQ(parse(&m, &exe), YM_MALFORMED);
}

static void every_prefix_fails_cleanly(void) {
    struct make_macho m = {.big = true, .sections = sections, .n_sections = 2, .ppc_entry = 0x2010};

    (void)build(&m);
    for (size_t n = 0; n < file.len; n++) {
        struct ym_exe exe = {.n_sections = 77};
        struct ym_reader r;

        ym_reader_init(&r, file.data, n);
        CHECK(ym_macho_parse(r, arena, &exe, NULL) != YM_OK);
        CHECK_EQ(exe.n_sections, 77);
    }
}

static void slices_lie_inside_the_file_and_behind_its_header(void) {
    /* two slices: 0x40 + 8, and one that would hold the header again */
    static const uint8_t fat[0x60] = {0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 3,
                                      0,    0,    0,    0x40, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 7,
                                      0,    0,    0,    3,    0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0, 0};
    struct ym_exe_range slice = {0, 0};
    struct ym_reader r;

    ym_reader_init(&r, fat, sizeof(fat));
    CHECK_EQ(ym_macho_slice(r, 0, &slice, NULL), YM_OK);
    CHECK_EQ(slice.offset, 0x40);
    CHECK_EQ(slice.size, 8);
    CHECK_EQ(ym_macho_slice(r, 1, &slice, NULL), YM_MALFORMED);
    CHECK_EQ(slice.offset, 0x40);
    CHECK_EQ(ym_macho_slice(r, 2, &slice, NULL), YM_END);
}

MAIN(T(sections_are_found_in_every_class_and_order), T(a_powerpc_thread_gives_the_entry),
     T(every_prefix_fails_cleanly), T(slices_lie_inside_the_file_and_behind_its_header))
