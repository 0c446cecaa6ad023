/* test_pe_version.c - the numbers of a version resource: read, forged, cut. */
#include "formats/pe.h"

#include "makers/make_exe.h"
#include "ym_test.h"

enum { RAW = 0x400, RVA = 0x1000, INFO_AT = RAW + 3 * 24 + 16, VERSION_AT = INFO_AT + 0x30 };

static struct ym_buf file;
static struct ym_arena *arena;

static void put(size_t at, uint32_t v, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        file.data[at + i] = (uint8_t)(v >> (8 * i));
    }
}

/* 5.1.2600.5694 */
static void make(void) {
    static const struct make_section section = {RVA, 0x400, RAW, 0x400};
    struct make_pe pe = {.entry = RVA,
                         .resources_rva = RVA,
                         .resources_size = 0x300,
                         .sections = &section,
                         .n_sections = 1,
                         .file_size = RAW};
    uint32_t key_at;

    if (arena == NULL) {
        arena = ym_arena_new(1 << 20);
        ym_buf_init(&file, 1 << 16);
    }
    ym_buf_clear(&file);
    make_pe(&pe, &file);
    make_version_resource(RVA, &file, &key_at);
    while (file.len < RAW + 0x400) {
        ym_buf_u8(&file, 0);
    }
    put(VERSION_AT, 5U << 16 | 1, 4);
    put(VERSION_AT + 4, 2600U << 16 | 5694, 4);
}

static ym_status read_cut(size_t n, struct ym_pe_file_version *ret) {
    struct ym_reader r;

    ym_arena_reset(arena);
    ym_reader_init(&r, file.data, n);
    return ym_pe_file_version(r, arena, ret, NULL);
}

static void the_four_numbers_are_read(void) {
    struct ym_pe_file_version v = {{0}};

    make();
    CHECK_EQ(read_cut(file.len, &v), YM_OK);
    CHECK_EQ(v.part[0], 5);
    CHECK_EQ(v.part[1], 1);
    CHECK_EQ(v.part[2], 2600);
    CHECK_EQ(v.part[3], 5694);
}

static void a_cut_file_gives_nothing(void) {
    make();
    for (size_t n = 0; n < file.len; n++) {
        struct ym_pe_file_version v = {{77, 0, 0, 77}};
        ym_status st = read_cut(n, &v);

        if (n < VERSION_AT + 8) {
            CHECK(st != YM_OK);
            CHECK_EQ(v.part[0], 77);
        } else {
            CHECK(st != YM_OK || v.part[3] == 5694);
            CHECK((st == YM_OK) == (v.part[0] == 5));
        }
    }
}

static void what_is_forged_is_refused(void) {
    static const struct {
        size_t at;
        uint32_t v;
        unsigned n;
    } rows[] = {
        {INFO_AT + 0x28, 0xfeef04bc, 4}, /* the magic of the fixed part */
        {INFO_AT + 2, 0x33, 2},          /* its length */
        {INFO_AT + 6, 'W', 1},           /* the key */
        {RAW + 16, 17, 4},               /* the type of the resource */
        {RAW + 14, 0, 2},                /* no types at all */
        {RAW + 72, 0xfffffff0, 4},       /* where the data lie */
        {RAW + 76, 0x37, 4},             /* how many there are: one byte too few */
        {RAW + 76, 0, 4},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ym_pe_file_version v = {{77, 0, 0, 77}};

        make();
        put(rows[i].at, rows[i].v, rows[i].n);
        if (read_cut(file.len, &v) != YM_UNSUPPORTED) {
            FAIL("row %zu was read", i);
        }
        CHECK_EQ(v.part[0], 77);
    }
}

/* A directory that points at itself ends. */
static void loops_end(void) {
    struct ym_pe_file_version v = {{0}};

    make();
    put(RAW + 20, 0x80000000, 4); /* the names are the types again */
    CHECK_EQ(read_cut(file.len, &v), YM_UNSUPPORTED);
}

MAIN(T(the_four_numbers_are_read), T(a_cut_file_gives_nothing), T(what_is_forged_is_refused),
     T(loops_end))
