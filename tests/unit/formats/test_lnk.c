/* Shortcuts of Windows. */
#include "formats/lnk.h"

#include "../../makers/make_lnk.h"
#include "base/alloc.h"
#include "ym_test.h"

#include <stdlib.h>

enum { ARENA = 1 << 20, FLAGS_AT = 0x14, ITEMS_AT = 0x4c };

static bool is(struct ym_str t, const char *want) {
    bool same = t.s != NULL && t.n == strlen(want) && memcmp(t.s, want, t.n) == 0;

    if (!same) {
        printf("# \"%.*s\", want \"%s\"\n", (int)t.n, t.s == NULL ? "" : t.s, want);
    }
    return same;
}

static ym_status parse(const struct ym_buf *b, size_t n, struct ym_arena *arena,
                       struct ym_lnk *lnk) {
    struct ym_reader r;

    ym_reader_init(&r, b->data, n);
    return ym_lnk_parse(r, arena, lnk, NULL);
}

static void texts_are_right(const struct ym_lnk *lnk) {
    CHECK(is(lnk->volume_label, "Data"));
    CHECK(is(lnk->local_base_path, "C:\\tools\\"));
    CHECK(is(lnk->common_path_suffix, "notes.txt"));
    CHECK(is(lnk->name, "Notes"));
    CHECK(is(lnk->relative_path, "..\\notes.txt"));
    CHECK(is(lnk->working_dir, "C:\\tools"));
    CHECK(is(lnk->arguments, "--open \"a b\""));
    CHECK(is(lnk->icon_location, "shell32.dll"));
    CHECK(is(lnk->tracker.machine, "workstation-7"));
}

static void everything_is_read_whatever_the_encoding(void) {
    for (int unicode = 0; unicode < 2; unicode++) {
        struct ym_arena *arena = ym_arena_new(ARENA);
        struct ym_lnk lnk;
        struct ym_buf b;

        ym_buf_init(&b, 1 << 16);
        make_lnk_full(unicode != 0, &b);
        CHECK_EQ(parse(&b, b.len, arena, &lnk), YM_OK);
        texts_are_right(&lnk);
        CHECK_EQ(lnk.attributes, 0x20);
        CHECK_EQ(lnk.written, UINT64_C(133485408000000000));
        CHECK_EQ(lnk.file_size, 4096);
        CHECK_EQ(lnk.icon_index, 7);
        CHECK_EQ(lnk.show_command, 7);
        CHECK(lnk.has_volume && lnk.has_tracker && lnk.whole);
        CHECK_EQ(lnk.drive_type, 3);
        CHECK_EQ(lnk.drive_serial, 0xcafe1234);
        CHECK_EQ(b.len - lnk.end, strlen("behind the end"));
        ym_buf_done(&b);
        ym_arena_free(arena);
    }
}

static void items_of_every_kind_are_told_apart(void) {
    static const struct {
        uint8_t type;
        const char *text;
    } want[] = {
        {YM_LNK_ROOT, NULL},          {YM_LNK_VOLUME, "C:\\"},
        {YM_LNK_VOLUME, NULL},        {YM_LNK_FILE, "TOOLS"},
        {YM_LNK_FILE, "notes.txt"},   {YM_LNK_NETWORK, "\\\\server\\share"},
        {YM_LNK_CPL, "C:\\a.cpl"},    {YM_LNK_CPL, "C:\\wide.cpl"},
        {YM_LNK_CONTROL_PANEL, NULL}, {0x99, NULL},
    };
    enum { N = sizeof(want) / sizeof(want[0]) };
    struct ym_arena *arena = ym_arena_new(ARENA);
    struct ym_lnk lnk;
    struct ym_buf b;

    ym_buf_init(&b, 1 << 16);
    make_lnk_full(true, &b);
    CHECK_EQ(parse(&b, b.len, arena, &lnk), YM_OK);
    CHECK_EQ(lnk.n_items, N);
    for (unsigned i = 0; i < N; i++) {
        CHECK_EQ(lnk.items[i].type, want[i].type);
        CHECK(want[i].text == NULL ? lnk.items[i].text.s == NULL
                                   : is(lnk.items[i].text, want[i].text));
        CHECK((lnk.items[i].id != NULL) == (i == 0 || i == 2));
    }
    ym_buf_done(&b);
    ym_arena_free(arena);
}

static void guids_are_written_as_windows_does(void) {
    static const uint8_t bytes[YM_GUID_SIZE] = {0x01, 0x14, 0x02, 0,    0x05, 0x06, 0x07, 0x08,
                                                0xc0, 0,    0,    0xab, 0,    0,    0,    0x46};
    char text[YM_GUID_TEXT];

    CHECK(strcmp(ym_guid_text(bytes, text), "00021401-0605-0807-c000-00ab00000046") == 0);
}

static void what_is_no_text_becomes_a_replacement(void) {
    struct ym_arena *arena = ym_arena_new(ARENA);
    struct make_lnk make = {.name = "caf\xe9!", .arguments = "a\xe1\x80z"};
    struct ym_lnk lnk;
    struct ym_buf b;

    ym_buf_init(&b, 1 << 16);
    make_lnk(&make, &b);
    CHECK_EQ(parse(&b, b.len, arena, &lnk), YM_OK);
    CHECK(is(lnk.name, "caf\xef\xbf\xbd!"));
    CHECK(is(lnk.arguments, "a\xef\xbf\xbdz"));
    CHECK(lnk.working_dir.s == NULL && lnk.items == NULL && !lnk.has_volume && !lnk.has_tracker);
    ym_buf_done(&b);
    ym_arena_free(arena);
}

static void only_arguments_may_be_longer_than_windows_reads(void) {
    struct ym_arena *arena = ym_arena_new(ARENA);
    char text[YM_LNK_MAX_TEXT + 2];
    struct make_lnk make = {.arguments = text};
    struct ym_lnk lnk;
    struct ym_buf b;

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ym_buf_init(&b, 1 << 16);
    make_lnk(&make, &b);
    CHECK_EQ(parse(&b, b.len, arena, &lnk), YM_OK);
    CHECK_EQ(lnk.arguments.n, YM_LNK_MAX_TEXT + 1);
    CHECK(lnk.whole);
    b.data[FLAGS_AT] =
        YM_LNK_HAS_NAME; /* the same bytes: the last 'a' is now where a block begins */
    CHECK_EQ(parse(&b, b.len, arena, &lnk), YM_OK);
    CHECK_EQ(lnk.name.n, YM_LNK_MAX_TEXT);
    CHECK(lnk.arguments.s == NULL && !lnk.whole);
    ym_buf_done(&b);
    ym_arena_free(arena);
}

/* A shortcut that is cut is given as far as it goes: nothing appears that was not there before. */
static void every_prefix_gives_what_came_before_the_cut(void) {
    struct ym_arena *arena = ym_arena_new(ARENA);
    struct ym_buf b;

    ym_buf_init(&b, 1 << 16);
    make_lnk_full(true, &b);
    for (size_t n = 0; n < b.len; n++) {
        uint8_t *copy = malloc(n + 1); /* of this size, so that sanitizers see its end */
        struct ym_reader r;
        struct ym_lnk lnk;
        ym_status st;

        CHECK(copy != NULL);
        memcpy(copy, b.data, n);
        ym_reader_init(&r, copy, n);
        st = ym_lnk_parse(r, arena, &lnk, NULL);
        CHECK_EQ(st, n < 0x4c ? YM_MALFORMED : YM_OK);
        if (st == YM_OK) {
            CHECK(lnk.icon_location.s == NULL || is(lnk.icon_location, "shell32.dll"));
            CHECK(lnk.whole ? lnk.end <= n : n < b.len);
        }
        free(copy);
        ym_arena_reset(arena);
    }
    ym_buf_done(&b);
    ym_arena_free(arena);
}

/* Every byte with values that are sizes at their worst. */
static void forged_numbers_lead_nowhere(void) {
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0xff};
    struct ym_arena *arena = ym_arena_new(ARENA);
    struct ym_buf b;

    ym_buf_init(&b, 1 << 16);
    make_lnk_full(true, &b);
    for (size_t at = FLAGS_AT; at < b.len; at++) {
        const uint8_t saved = b.data[at];

        for (unsigned i = 0; i < sizeof(values); i++) {
            struct ym_lnk lnk;

            b.data[at] = values[i];
            CHECK_EQ(parse(&b, b.len, arena, &lnk), YM_OK);
            CHECK(!lnk.whole || lnk.end <= b.len);
            ym_arena_reset(arena);
        }
        b.data[at] = saved;
    }
    ym_buf_done(&b);
    ym_arena_free(arena);
}

static void a_list_of_empty_items_costs_nothing(void) {
    struct ym_arena *arena = ym_arena_new(4096);
    struct make_lnk make = {.name = NULL};
    struct ym_lnk lnk;
    struct ym_buf b;

    ym_buf_init(&b, 1 << 20);
    make_lnk(&make, &b);
    b.data[FLAGS_AT] = YM_LNK_HAS_ITEMS;
    b.data[ITEMS_AT] = b.data[ITEMS_AT + 1] = 0xff;
    for (unsigned i = 0; i < 1 << 15; i++) {
        ym_buf_u16le(&b, 1);
    }
    CHECK_EQ(parse(&b, b.len, arena, &lnk), YM_OK);
    CHECK_EQ(lnk.n_items, 0);
    ym_buf_done(&b);
    ym_arena_free(arena);
}

static void other_files_are_none(void) {
    struct ym_arena *arena = ym_arena_new(ARENA);
    struct ym_lnk lnk;
    struct ym_buf b;

    ym_buf_init(&b, 1 << 16);
    make_lnk_full(false, &b);
    for (size_t at = 0; at < FLAGS_AT; at++) {
        b.data[at] ^= 1;
        CHECK_EQ(parse(&b, b.len, arena, &lnk), YM_MALFORMED);
        b.data[at] ^= 1;
    }
    ym_buf_done(&b);
    ym_arena_free(arena);
}

static void every_failing_allocation_is_said(void) {
    struct ym_buf b;
    unsigned failures = 1;

    ym_buf_init(&b, 1 << 16);
    make_lnk_full(true, &b);
    for (unsigned nth = 1; failures > 0; nth++) {
        struct ym_arena *arena = ym_arena_new(ARENA);
        struct ym_lnk lnk;
        ym_status st;

        CHECK(arena != NULL && nth < 1000);
        (void)ym_fault_malloc(nth, 0);
        st = parse(&b, b.len, arena, &lnk);
        failures = ym_fault_malloc(0, 0);
        CHECK_EQ(st, failures > 0 ? YM_NOMEM : YM_OK);
        ym_arena_free(arena);
    }
    for (size_t cap = 0; cap < 512; cap += 16) {
        struct ym_arena *arena = ym_arena_new(cap);
        struct ym_lnk lnk;

        CHECK_EQ(parse(&b, b.len, arena, &lnk), YM_LIMIT);
        ym_arena_free(arena);
    }
    ym_buf_done(&b);
}

MAIN(T(everything_is_read_whatever_the_encoding), T(items_of_every_kind_are_told_apart),
     T(guids_are_written_as_windows_does), T(what_is_no_text_becomes_a_replacement),
     T(only_arguments_may_be_longer_than_windows_reads),
     T(every_prefix_gives_what_came_before_the_cut), T(forged_numbers_lead_nowhere),
     T(a_list_of_empty_items_costs_nothing), T(other_files_are_none),
     T(every_failing_allocation_is_said))
