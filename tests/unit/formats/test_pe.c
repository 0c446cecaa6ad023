/* PE headers: entry, sections and version strings as clamscan 1.4 computes them. */
#include "formats/pe.h"

#include "base/alloc.h"
#include "makers/make_exe.h"
#include "ym_test.h"

static const struct make_section two[] = {{0x1000, 0x300, 0x400, 0x200},
                                          {0x2000, 0x100, 0x600, 0x200}};

static struct ym_arena *arena;
static struct ym_buf file;

static ym_status parse(const struct make_pe *pe, struct ym_exe *ret_exe) {
    struct ym_reader r;

    ym_arena_free(arena);
    arena = ym_arena_new(1 << 20);
    ym_buf_done(&file);
    ym_buf_init(&file, 1 << 20);
    make_pe(pe, &file);
    ym_reader_init(&r, file.data, file.len);
    return ym_pe_parse(r, arena, ret_exe, NULL);
}

static void entry_and_sections_are_found(void) {
    for (int is64 = 0; is64 < 2; is64++) {
        struct make_pe pe = {
            .is64 = is64, .entry = 0x1010, .sections = two, .n_sections = 2, .file_size = 0x800};
        struct ym_exe exe = {.n_sections = 0};

        CHECK_EQ(parse(&pe, &exe), YM_OK);
        CHECK(exe.has_entry);
        CHECK_EQ(exe.entry, 0x410);
        CHECK_EQ(exe.n_sections, 2);
        CHECK_EQ(exe.sections[0].raw_offset, 0x400);
        CHECK_EQ(exe.sections[0].raw_size, 0x200);
        CHECK_EQ(exe.sections[1].raw_offset, 0x600);
    }
}

static void an_entry_in_the_headers_is_its_own_offset(void) {
    struct make_pe pe = {.entry = 0x44, .sections = two, .n_sections = 2, .file_size = 0x800};
    struct ym_exe exe = {.n_sections = 0};

    CHECK_EQ(parse(&pe, &exe), YM_OK);
    CHECK_EQ(exe.entry, 0x44);
}

static void an_entry_outside_every_section_is_broken(void) {
    struct make_pe pe = {.entry = 0x9000, .sections = two, .n_sections = 2, .file_size = 0x800};
    struct ym_exe exe = {.n_sections = 77};

    CHECK_EQ(parse(&pe, &exe), YM_MALFORMED);
    CHECK_EQ(exe.n_sections, 77); /* untouched */
}

static void unaligned_raw_offsets_are_rounded_down_and_sizes_up(void) {
    static const struct make_section odd[] = {{0x1000, 0x300, 0x433, 0x101}};
    struct make_pe pe = {.entry = 0x1000, .sections = odd, .n_sections = 1, .file_size = 0x800};
    struct ym_exe exe = {.n_sections = 0};

    CHECK_EQ(parse(&pe, &exe), YM_OK);
    CHECK_EQ(exe.sections[0].raw_offset, 0x400);
    CHECK_EQ(exe.sections[0].raw_size, 0x200);
    CHECK_EQ(exe.entry, 0x400);
}

static void a_big_file_alignment_falls_back_to_0x200(void) {
    static const struct make_section odd[] = {{0x1000, 0x300, 0x600, 0x200}};
    struct make_pe pe = {.entry = 0x1000,
                         .file_alignment = 0x1000,
                         .sections = odd,
                         .n_sections = 1,
                         .file_size = 0x800};
    struct ym_exe exe = {.n_sections = 0};

    CHECK_EQ(parse(&pe, &exe), YM_OK);
    CHECK_EQ(exe.sections[0].raw_offset, 0x600);
    CHECK_EQ(exe.sections[0].raw_size, 0x200);
}

static void sections_past_the_end_are_cut_or_emptied(void) {
    static const struct make_section far[] = {{0x1000, 0x300, 0x400, 0x10000},
                                              {0x2000, 0x300, 0x9000, 0x200}};
    struct make_pe pe = {.entry = 0x1000, .sections = far, .n_sections = 2, .file_size = 0x800};
    struct ym_exe exe = {.n_sections = 0};

    CHECK_EQ(parse(&pe, &exe), YM_OK);
    CHECK_EQ(exe.sections[0].raw_size, 0x400);
    CHECK_EQ(exe.sections[1].raw_size, 0);
}

static void broken_headers_are_refused(void) {
    static const struct make_section negative[] = {{0x80000000, 0x300, 0x400, 0x200}};
    struct make_pe none = {.entry = 0x10, .sections = two, .n_sections = 0, .file_size = 0x800};
    struct make_pe many = {.entry = 0x10,
                           .sections = two,
                           .n_sections = 2,
                           .n_sections_told = 97,
                           .file_size = 0x4000};
    struct make_pe sign = {
        .entry = 0x10, .sections = negative, .n_sections = 1, .file_size = 0x800};
    struct ym_exe exe;

    CHECK_EQ(parse(&none, &exe), YM_MALFORMED);
    CHECK_EQ(parse(&many, &exe), YM_MALFORMED);
    CHECK_EQ(parse(&sign, &exe), YM_MALFORMED);
}

static void any_number_of_sections_counts(void) {
    static struct make_section many[300];
    struct make_pe pe = {.entry = 0x12c010,
                         .header_size = 0x4000,
                         .sections = many,
                         .n_sections = 300,
                         .file_size = 0x4200};
    struct ym_exe exe = {.n_sections = 0};

    for (uint32_t i = 0; i < 300; i++) {
        many[i] = (struct make_section){0x4000 + i * 0x1000, 0x200, 0x4000, 0x200};
    }
    CHECK_EQ(parse(&pe, &exe), YM_OK);
    CHECK_EQ(exe.n_sections, 300);
    CHECK_EQ(exe.entry, 0x4010);
}

static void version_strings_are_found(void) {
    static const struct make_section one[] = {{0x1000, 0x1000, 0x400, 0x400}};
    struct make_pe pe = {.entry = 0x1000,
                         .resources_rva = 0x1000,
                         .resources_size = 0x200,
                         .sections = one,
                         .n_sections = 1,
                         .file_size = 0x400};
    struct ym_exe exe = {.n_sections = 0};
    struct ym_reader r;
    uint32_t key_at = 0;

    (void)parse(&pe, &exe); /* makes the file up to the section's start */
    make_version_resource(0x1000, &file, &key_at);
    ym_reader_init(&r, file.data, file.len);
    CHECK_EQ(ym_pe_parse(r, arena, &exe, NULL), YM_OK);
    CHECK_EQ(exe.n_version_info, 1);
    CHECK_EQ(exe.version_info[0].offset, 0x400 + key_at);
    CHECK_EQ(file.data[exe.version_info[0].offset], 'K');
}

static void every_prefix_fails_cleanly_or_parses(void) {
    struct make_pe pe = {.entry = 0x1010, .sections = two, .n_sections = 2, .file_size = 0x800};
    struct ym_exe exe = {.n_sections = 0};
    unsigned parsed = 0;

    CHECK_EQ(parse(&pe, &exe), YM_OK);
    for (size_t n = 0; n < file.len; n++) {
        struct ym_exe cut = {.n_sections = 77};
        struct ym_reader r;
        uint64_t entry = 0;

        ym_reader_init(&r, file.data, n);
        if (ym_pe_parse(r, arena, &cut, NULL) == YM_OK) {
            parsed++;
            CHECK(n > 0x400); /* not without the entry point's byte */
        } else {
            CHECK_EQ(cut.n_sections, 77);
        }
        (void)ym_pe_yara_entry(r, &entry);
    }
    CHECK(parsed > 0);
}

static void yara_maps_the_entry_by_the_raw_headers(void) {
    static const struct make_section odd[] = {{0x1000, 0x300, 0x433, 0x101}};
    struct make_pe pe = {.entry = 0x1010, .sections = odd, .n_sections = 1, .file_size = 0x800};
    struct ym_exe exe = {.n_sections = 0};
    struct ym_reader r;
    uint64_t entry = 0;

    CHECK_EQ(parse(&pe, &exe), YM_OK);
    ym_reader_init(&r, file.data, file.len);
    CHECK(ym_pe_yara_entry(r, &entry));
    CHECK_EQ(entry, 0x443);
    ym_reader_init(&r, "no program", 10);
    CHECK(!ym_pe_yara_entry(r, &entry));
}

static void no_memory_is_told(void) {
    struct make_pe pe = {.entry = 0x1010, .sections = two, .n_sections = 2, .file_size = 0x800};
    struct ym_exe exe = {.n_sections = 0};
    struct ym_reader r;
    unsigned failures;

    CHECK_EQ(parse(&pe, &exe), YM_OK);
    ym_reader_init(&r, file.data, file.len);
    for (unsigned nth = 1;; nth++) {
        ym_status st;

        ym_arena_reset(arena);
        (void)ym_fault_malloc(nth, 0);
        st = ym_pe_parse(r, arena, &exe, NULL);
        failures = ym_fault_malloc(0, 0);
        if (failures == 0) {
            CHECK_EQ(st, YM_OK);
            break;
        }
        CHECK_EQ(st, YM_NOMEM);
    }
}

MAIN(T(entry_and_sections_are_found), T(an_entry_in_the_headers_is_its_own_offset),
     T(an_entry_outside_every_section_is_broken),
     T(unaligned_raw_offsets_are_rounded_down_and_sizes_up),
     T(a_big_file_alignment_falls_back_to_0x200), T(sections_past_the_end_are_cut_or_emptied),
     T(broken_headers_are_refused), T(any_number_of_sections_counts), T(version_strings_are_found),
     T(every_prefix_fails_cleanly_or_parses), T(yara_maps_the_entry_by_the_raw_headers),
     T(no_memory_is_told))
