/* Icons of PE files, and where their signatures lie. */
#include "formats/pe.h"

#include "makers/make_exe.h"
#include "ym_test.h"

#include <stdlib.h>

static struct ym_arena *arena;
static struct ym_buf file;
static uint32_t seen[256];
static uint32_t n_seen;
static uint32_t stop_after;
static bool more;

static const struct make_section one[] = {{0x1000, 0x8000, 0x400, 0x8000}};
static const uint32_t three[] = {16, 32, 48};

static void start(const struct make_pe *pe) {
    ym_buf_done(&file);
    ym_buf_init(&file, 1 << 20);
    make_pe(pe, &file);
    ym_arena_free(arena);
    arena = ym_arena_new(1 << 20);
}

static void make_icons(const uint32_t *sides, uint32_t n) {
    struct make_pe pe = {.entry = 0x1000,
                         .resources_rva = 0x1000,
                         .resources_size = 0x8000,
                         .sections = one,
                         .n_sections = 1,
                         .file_size = 0x400};

    start(&pe);
    make_icon_resource(0x1000, sides, n, &file);
}

static bool on_icon(void *self, const struct ym_pe_icon *icon) {
    (void)self;
    if (n_seen < 256) {
        seen[n_seen] = icon->width;
    }
    n_seen++;
    return n_seen != stop_after;
}

static ym_status icons_of(const uint8_t *data, size_t n) {
    struct ym_reader r;

    n_seen = 0;
    more = false;
    ym_arena_reset(arena);
    ym_reader_init(&r, data, n);
    return ym_pe_icons(r, arena, on_icon, NULL, &more, NULL);
}

static void icons_of_a_group_are_given_in_order(void) {
    make_icons(three, 3);
    CHECK_EQ(icons_of(file.data, file.len), YM_OK);
    CHECK_EQ(n_seen, 3);
    CHECK_EQ(seen[0], 16);
    CHECK_EQ(seen[2], 48);
    CHECK(!more);
    stop_after = 2;
    CHECK_EQ(icons_of(file.data, file.len), YM_OK);
    CHECK_EQ(n_seen, 2);
    stop_after = 0;
}

static void there_is_an_end_to_icons(void) {
    static uint32_t many[150];

    make_icons(many, 150);
    CHECK_EQ(icons_of(file.data, file.len), YM_OK);
    CHECK_EQ(n_seen, YM_PE_MAX_ICONS);
    CHECK(more);
    make_icons(many, YM_PE_MAX_ICONS);
    CHECK_EQ(icons_of(file.data, file.len), YM_OK);
    CHECK_EQ(n_seen, YM_PE_MAX_ICONS);
    CHECK(!more);
}

static void a_tree_that_bites_its_tail_ends(void) {
    make_icons(three, 3);
    for (size_t i = 0x410; i + 8 <= file.len; i += 8) { /* every entry leads to the root */
        static const uint8_t root[] = {0, 0, 0, 0x80};

        memcpy(file.data + i + 4, root, 4);
    }
    CHECK_EQ(icons_of(file.data, file.len), YM_OK);
    CHECK_EQ(n_seen, 0);
}

static ym_status signature_of(const uint8_t *data, size_t n, struct ym_pe_signature *ret) {
    struct ym_reader r;

    ym_arena_reset(arena);
    ym_reader_init(&r, data, n);
    return ym_pe_signature(r, arena, ret, NULL);
}

static void make_certs(bool is64, uint32_t at, uint32_t size) {
    struct make_pe pe = {.is64 = is64,
                         .entry = 0x1000,
                         .certs_at = at,
                         .certs_size = size,
                         .sections = one,
                         .n_sections = 1,
                         .file_size = 0x600};

    start(&pe);
    ym_buf_u32le(&file, 24);
    ym_buf_u16le(&file, 0x200);
    ym_buf_u16le(&file, 2);
    ym_buf_add(&file, "0123456789abcdef", 16);
}

static void a_signature_lies_at_the_end(void) {
    for (int is64 = 0; is64 < 2; is64++) {
        const uint64_t entry = 0x58 + (is64 ? 112 : 96) + 32;
        struct ym_pe_signature s;

        make_certs(is64, 0x600, 24);
        CHECK_EQ(signature_of(file.data, file.len, &s), YM_OK);
        CHECK_EQ(s.pkcs7.offset, 0x608);
        CHECK_EQ(s.pkcs7.size, 16);
        CHECK_EQ(s.signed_ranges[0].size, 0x58 + 64);
        CHECK_EQ(s.signed_ranges[1].offset, 0x58 + 68);
        CHECK_EQ(s.signed_ranges[1].size, entry - (0x58 + 68));
        CHECK_EQ(s.signed_ranges[2].offset, entry + 8);
        CHECK_EQ(s.signed_ranges[2].size, 0x600 - (entry + 8));
    }
}

static void other_places_of_a_signature_are_refused(void) {
    struct ym_pe_signature s;

    make_certs(false, 0, 24);
    CHECK_EQ(signature_of(file.data, file.len, &s), YM_END);
    make_certs(false, 0x600, 23);
    CHECK_EQ(signature_of(file.data, file.len, &s), YM_MALFORMED);
    make_certs(false, 0x600, 25);
    CHECK(signature_of(file.data, file.len, &s) != YM_OK);
    make_certs(false, 0x610, 8);
    CHECK_EQ(signature_of(file.data, file.len, &s), YM_MALFORMED); /* no header there */
    make_certs(false, 0x80, 0x600 + 24 - 0x80);
    file.data[0x84] = 0; /* headers that are also a certificate */
    file.data[0x85] = 2;
    file.data[0x86] = 2;
    file.data[0x87] = 0;
    CHECK_EQ(signature_of(file.data, file.len, &s), YM_MALFORMED);
    make_certs(false, 0x600, 24);
    file.data[0x605] = 1; /* an old revision */
    CHECK_EQ(signature_of(file.data, file.len, &s), YM_MALFORMED);
}

static void every_prefix_is_answered(void) {
    struct ym_pe_signature s;

    make_icons(three, 3);
    for (size_t n = 0; n <= file.len; n++) {
        uint8_t *cut = malloc(n + 1);

        CHECK(cut != NULL);
        memcpy(cut, file.data, n);
        (void)icons_of(cut, n);
        CHECK(n_seen <= 3);
        (void)signature_of(cut, n, &s);
        free(cut);
    }
}

MAIN(T(icons_of_a_group_are_given_in_order), T(there_is_an_end_to_icons),
     T(a_tree_that_bites_its_tail_ends), T(a_signature_lies_at_the_end),
     T(other_places_of_a_signature_are_refused), T(every_prefix_is_answered))
