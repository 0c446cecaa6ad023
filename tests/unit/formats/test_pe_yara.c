/* Where YARA finds the bytes of an RVA.  The other values are tested in unit/match/test_module_pe.c. */
#include "formats/pe_yara.h"

#include "makers/make_exe.h"
#include "ym_test.h"

static struct ym_buf file;

static struct ym_pe_yara view_of(const struct make_pe *pe) {
    struct ym_pe_yara view;
    struct ym_reader r;

    ym_buf_done(&file);
    ym_buf_init(&file, 1 << 22);
    make_pe(pe, &file);
    ym_reader_init(&r, file.data, file.len);
    CHECK(ym_pe_yara_open(r, &view));
    return view;
}

/* UINT64_MAX: nowhere. */
static uint64_t offset_of(const struct ym_pe_yara *view, uint32_t rva) {
    uint64_t offset = UINT64_MAX;

    return ym_pe_yara_offset(view, rva, &offset) ? offset : UINT64_MAX;
}

static void rvas_lie_in_sections(void) {
    static const struct make_section sections[] = {
        {0x1000, 0x1000, 0x400, 0x200},
        {0x2000, 0x100, 0x6ff, 0x400},   /* its raw size is the greater */
        {0x2200, 0x1000, 0x600, 0x100},  /* lies in the one before */
        {0x5000, 0x1000, 0x1000, 0x1000} /* past the end */
    };
    const struct make_pe pe = {.sections = sections, .n_sections = 4, .file_size = 0x900};
    const struct ym_pe_yara view = view_of(&pe);

    CHECK_EQ(offset_of(&view, 0x10), 0x10); /* before the first one */
    CHECK_EQ(offset_of(&view, 0x1010), 0x410);
    CHECK_EQ(offset_of(&view, 0x1200), UINT64_MAX); /* only in memory */
    CHECK_EQ(offset_of(&view, 0x2010), 0x610);
    CHECK_EQ(offset_of(&view, 0x2210), 0x610);
    CHECK_EQ(offset_of(&view, 0x2300), UINT64_MAX);
    CHECK_EQ(offset_of(&view, 0x4000), UINT64_MAX);
    CHECK_EQ(offset_of(&view, 0x5000), UINT64_MAX);
    CHECK_EQ(offset_of(&view, UINT32_MAX), UINT64_MAX);
}

static void raw_offsets_are_rounded_by_alignment(void) {
    static const struct make_section section = {0x1000, 0x1000, 0x413, 0x200};
    struct make_pe pe = {.sections = &section, .n_sections = 1, .file_size = 0x900};
    struct ym_pe_yara view = view_of(&pe);

    CHECK_EQ(offset_of(&view, 0x1001), 0x401);
    pe.section_alignment = 0x10;
    pe.file_alignment = 0x10;
    view = view_of(&pe);
    CHECK_EQ(offset_of(&view, 0x1001), 0x411);
}

static void headers_of_sections_past_the_end_are_no_sections(void) {
    static const struct make_section section = {0x1000, 0x1000, 0x200, 0x200};
    struct make_pe pe = {
        .sections = &section, .n_sections = 1, .n_sections_told = 40, .file_size = 0x400};
    struct ym_pe_yara view = view_of(&pe);

    CHECK_EQ(offset_of(&view, 0x1000), UINT64_MAX);
    pe.file_size = 0x2000;
    pe.n_sections_told = 97;
    view = view_of(&pe);
    CHECK_EQ(view.n_sections, YM_PE_YARA_SECTIONS);
}

MAIN(T(rvas_lie_in_sections), T(raw_offsets_are_rounded_by_alignment),
     T(headers_of_sections_past_the_end_are_no_sections))
