/* CLI metadata: rows, heaps, indexes.  What becomes of them is tested in
 * unit/match/test_module_dotnet.c. */
#include "formats/dotnet.h"

#include "makers/make_dotnet.h"
#include "ym_test.h"

#include <stdlib.h>

static struct make_dotnet m;
static struct ym_buf file;
static struct ym_arena *arena;
static struct ym_cli cli;

static void begin(void) {
    make_dotnet_done(&m);
    make_dotnet_init(&m);
}

static ym_status open_bytes(const uint8_t *data, size_t n) {
    struct ym_reader r;

    ym_arena_free(arena);
    arena = ym_arena_new(1 << 20);
    ym_reader_init(&r, data, n);
    return ym_cli_open(r, arena, &cli, NULL);
}

static void open_file(void) {
    ym_buf_done(&file);
    ym_buf_init(&file, 1 << 22);
    make_dotnet_finish(&m, &file);
    CHECK_EQ(open_bytes(file.data, file.len), YM_OK);
}

static void rows_count_from_one(void) {
    struct ym_cli_row row = {{7}};

    begin();
    make_dotnet_sample(&m);
    open_file();
    CHECK(cli.complete);
    CHECK_EQ(cli.tables[YM_CLI_TYPEDEF].n_rows, 5);
    CHECK_EQ(cli.tables[YM_CLI_TYPEDEF].row_size, 14);
    CHECK(!ym_cli_row_get(&cli, YM_CLI_TYPEDEF, 0, &row));
    CHECK(!ym_cli_row_get(&cli, YM_CLI_TYPEDEF, 6, &row));
    CHECK(!ym_cli_row_get(&cli, YM_CLI_EVENT, 1, &row));
    CHECK_EQ(row.cell[0], 7);
    CHECK(ym_cli_row_get(&cli, YM_CLI_TYPEDEF, 5, &row));
    CHECK_EQ(row.cell[YM_CLI_TYPEDEF_FLAGS], 0xa0);
    CHECK_EQ(row.cell[YM_CLI_TYPEDEF_METHODS], 5);
    CHECK_EQ(row.cell[6], 0);
}

static void strings_end_in_the_file(void) {
    begin();
    CHECK_EQ(make_dotnet_string(&m, "first"), 1);
    open_file();
    CHECK_EQ(ym_cli_string(&cli, 1).n, 5);
    CHECK(memcmp(ym_cli_string(&cli, 3).s, "rst", 3) == 0);
    CHECK(ym_cli_string(&cli, 0).s != NULL && ym_cli_string(&cli, 0).n == 0);
    CHECK(ym_cli_string(&cli, 7).s == NULL); /* behind the heap */
    CHECK(ym_cli_string(&cli, UINT32_MAX).s == NULL);
}

static void blobs_of_all_lengths(void) {
    static const uint32_t sizes[] = {0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 100000};
    static uint8_t bytes[100000];
    uint32_t at[7];
    struct ym_reader blob;

    begin();
    for (unsigned i = 0; i < 7; i++) {
        at[i] = make_dotnet_blob(&m, bytes, sizes[i]);
    }
    ym_buf_u8(&m.blobs, 0xe0); /* no length begins so */
    ym_buf_u8(&m.blobs, 0x7f);
    open_file();
    for (unsigned i = 0; i < 7; i++) {
        CHECK(ym_cli_blob(&cli, at[i], &blob));
        CHECK_EQ(blob.len, sizes[i]);
    }
    CHECK(!ym_cli_blob(&cli, (uint32_t)m.blobs.len - 2, &blob));
    CHECK(!ym_cli_blob(&cli, (uint32_t)m.blobs.len - 1, &blob)); /* not whole */
    CHECK(!ym_cli_blob(&cli, UINT32_MAX, &blob));
}

static void numbers_of_all_lengths(void) {
    static const struct {
        const char *bytes;
        uint32_t n, value;
        int32_t with_sign;
        size_t taken;
    } numbers[] = {
        {"\x00", 1, 0, 0, 1},
        {"\x03", 1, 3, 1 - 64, 1},
        {"\x7f", 1, 0x7f, -1, 1},
        {"\x80\x80", 2, 0x80, 64, 2},
        {"\xbf\xfd", 2, 0x3ffd, -2, 2},
        {"\x80\x01", 2, 1, -8192, 2},
        {"\xc0\x00\x40\x00", 4, 0x4000, 0x2000, 4},
        {"\xdf\xff\xff\xfd", 4, 0x1ffffffd, -2, 4},
        {"\xc0\x00\x00\x01", 4, 1, -(1 << 28), 4},
        {"\x80", 1, 0, 0, 0},         /* not whole */
        {"\xc0\x00\x40", 3, 0, 0, 0}, /* not whole */
        {"\xe0\x00\x00\x00", 4, 0, 0, 0},
        {"", 0, 0, 0, 0},
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct ym_reader r;
        struct ym_reader again;

        ym_reader_init(&r, numbers[i].bytes, numbers[i].n);
        again = r;
        CHECK_EQ(ym_cli_get_unsigned(&r), numbers[i].value);
        CHECK_EQ(r.pos, numbers[i].taken);
        CHECK(ym_cli_get_signed(&again) == numbers[i].with_sign);
        CHECK(ym_reader_ok(&again));
    }
}

static void indexes_keep_the_order_of_rows(void) {
    static const uint32_t nested[] = {5, 2, 5, 0, 5};
    struct ym_cli_index index;
    uint32_t first;

    begin();
    for (unsigned i = 0; i < 5; i++) {
        make_dotnet_row(&m, YM_CLI_NESTEDCLASS, nested[i], 1);
    }
    open_file();
    CHECK_EQ(ym_cli_index_make(&cli, YM_CLI_NESTEDCLASS, YM_CLI_NESTEDCLASS_NESTED, arena, &index),
             YM_OK);
    CHECK_EQ(ym_cli_index_find(&index, 5, &first), 3);
    CHECK_EQ((uint32_t)index.rows[first], 1);
    CHECK_EQ((uint32_t)index.rows[first + 1], 3);
    CHECK_EQ((uint32_t)index.rows[first + 2], 5);
    CHECK_EQ(ym_cli_index_find(&index, 0, &first), 1);
    CHECK_EQ(ym_cli_index_find(&index, 3, &first), 0);
    CHECK_EQ(ym_cli_index_find(&index, UINT32_MAX, &first), 0);
    CHECK_EQ(ym_cli_index_make(&cli, YM_CLI_GENERICPARAM, 0, arena, &index), YM_OK);
    CHECK_EQ(ym_cli_index_find(&index, 0, &first), 0);
}

static void every_prefix_fails_or_is_bounded(void) {
    begin();
    make_dotnet_sample(&m);
    open_file();
    for (size_t n = 0; n < file.len; n++) {
        uint8_t *copy = malloc(n + 1);

        CHECK(copy != NULL);
        memcpy(copy, file.data, n);
        cli.n_streams = 77;
        if (open_bytes(copy, n) != YM_OK) {
            CHECK_EQ(cli.n_streams, 77);
        } else {
            CHECK(n > m.root && cli.n_streams <= 5);
        }
        free(copy);
    }
}

MAIN(T(rows_count_from_one), T(strings_end_in_the_file), T(blobs_of_all_lengths),
     T(numbers_of_all_lengths), T(indexes_keep_the_order_of_rows),
     T(every_prefix_fails_or_is_bounded))
