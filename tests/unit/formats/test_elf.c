/* ELF headers, both classes, both byte orders. */
#include "formats/elf.h"

#include "makers/make_exe.h"
#include "ym_test.h"

static const struct make_section sections[] = {{0, 0, 0, 0}, {0x401000, 0, 0x1000, 0x200}};

static struct ym_arena *arena;
static struct ym_buf file;

static struct ym_reader build(const struct make_elf *elf) {
    struct ym_reader r;

    ym_arena_free(arena);
    arena = ym_arena_new(1 << 20);
    ym_buf_done(&file);
    ym_buf_init(&file, 1 << 20);
    make_elf(elf, &file);
    ym_reader_init(&r, file.data, file.len);
    return r;
}

static ym_status parse(const struct make_elf *elf, struct ym_exe *ret_exe) {
    struct ym_reader r = build(elf); /* makes the arena, too */

    return ym_elf_parse(r, arena, ret_exe, NULL);
}

static struct make_elf plain(bool is64, bool big) {
    return (struct make_elf){.is64 = is64,
                             .big = big,
                             .type = 2,
                             .entry = 0x401010,
                             .segment_address = 0x400000,
                             .segment_offset = 0x40,
                             .segment_size = 0x2000,
                             .sections = sections,
                             .n_sections = 2};
}

static void entry_and_sections_are_found_in_every_class_and_order(void) {
    for (int i = 0; i < 4; i++) {
        struct make_elf elf = plain(i & 1, i & 2);
        struct ym_exe exe = {.n_sections = 0};

        CHECK_EQ(parse(&elf, &exe), YM_OK);
        CHECK_EQ(exe.entry, 0x1050);
        CHECK_EQ(exe.n_sections, 2);
        CHECK_EQ(exe.sections[1].raw_offset, 0x1000);
        CHECK_EQ(exe.sections[1].raw_size, 0x200);
    }
}

static void an_entry_in_no_segment_is_broken(void) {
    struct make_elf elf = plain(true, false);
    struct ym_exe exe = {.n_sections = 77};

    elf.entry = 0x500000;
    CHECK_EQ(parse(&elf, &exe), YM_MALFORMED);
    CHECK_EQ(exe.n_sections, 77);
}

static void yara_maps_executables_by_segment_and_libraries_by_section(void) {
    struct make_elf elf = plain(true, false);
    uint64_t entry = 7;

    CHECK(ym_elf_yara_entry(build(&elf), &entry));
    CHECK_EQ(entry, 0x1050);
    elf.type = 3;
    CHECK(ym_elf_yara_entry(build(&elf), &entry));
    CHECK_EQ(entry, 0x1010);
    elf.entry = 0x900000;
    CHECK(ym_elf_yara_entry(build(&elf), &entry));
    CHECK_EQ(entry, 0);
}

static void every_prefix_fails_cleanly(void) {
    for (int i = 0; i < 4; i++) {
        struct make_elf elf = plain(i & 1, i & 2);

        (void)build(&elf);
        for (size_t n = 0; n < file.len; n++) {
            struct ym_exe exe = {.n_sections = 77};
            struct ym_reader r;
            uint64_t entry = 0;

            ym_reader_init(&r, file.data, n);
            CHECK(ym_elf_parse(r, arena, &exe, NULL) != YM_OK);
            CHECK_EQ(exe.n_sections, 77);
            (void)ym_elf_yara_entry(r, &entry);
        }
    }
}

MAIN(T(entry_and_sections_are_found_in_every_class_and_order), T(an_entry_in_no_segment_is_broken),
     T(yara_maps_executables_by_segment_and_libraries_by_section), T(every_prefix_fails_cleanly))
