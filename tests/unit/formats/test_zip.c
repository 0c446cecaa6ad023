/* The directory of a zip. */
#include "formats/zip.h"

#include "base/buf.h"
#include "ym_test.h"

enum { PREFIX = 7, N = 3 };

static const char *const names[N] = {"a.txt", "b/", "c.bin"};

static void add_entry(struct ym_buf *b, const char *name, unsigned nth, bool zip64) {
    ym_buf_add(b, "PK\1\2", 4);
    ym_buf_u16le(b, 20);
    ym_buf_u16le(b, 20);
    ym_buf_u16le(b, nth == 2 ? 1 : 0); /* encrypted */
    ym_buf_u16le(b, nth == 2 ? YM_ZIP_METHOD_AES : 8);
    ym_buf_u32le(b, 0);
    ym_buf_u32le(b, 0x11111111 * nth);
    ym_buf_u32le(b, zip64 ? UINT32_MAX : 10 * nth);
    ym_buf_u32le(b, zip64 ? UINT32_MAX : 20 * nth);
    ym_buf_u16le(b, (uint16_t)strlen(name));
    ym_buf_u16le(b, zip64 ? 20 : 0);
    ym_buf_u16le(b, 2); /* a comment */
    ym_buf_u16le(b, 0);
    ym_buf_u16le(b, 0);
    ym_buf_u32le(b, 0);
    ym_buf_u32le(b, 0);
    ym_buf_add_text(b, name);
    if (zip64) {
        ym_buf_u16le(b, 1);
        ym_buf_u16le(b, 16);
        ym_buf_u64le(b, UINT64_C(20000000000) * nth);
        ym_buf_u64le(b, UINT64_C(10000000000) * nth);
    }
    ym_buf_add_text(b, "no");
}

/* A directory alone, behind some bytes; moved: its record counts from another place. */
static void make(struct ym_buf *b, bool zip64, uint32_t moved) {
    size_t size;

    ym_buf_init(b, 1 << 16);
    ym_buf_add(b, "prefix!", PREFIX);
    for (unsigned i = 0; i < N; i++) {
        add_entry(b, names[i], i, zip64);
    }
    size = b->len - PREFIX;
    if (zip64) {
        size_t record = b->len;

        ym_buf_add(b, "PK\6\6", 4);
        ym_buf_u64le(b, 44);
        ym_buf_u32le(b, 0);
        ym_buf_u64le(b, 0);
        ym_buf_u64le(b, N);
        ym_buf_u64le(b, N);
        ym_buf_u64le(b, size);
        ym_buf_u64le(b, PREFIX);
        ym_buf_add(b, "PK\6\7", 4);
        ym_buf_u32le(b, 0);
        ym_buf_u64le(b, record);
        ym_buf_u32le(b, 1);
    }
    ym_buf_add(b, "PK\5\6", 4);
    ym_buf_u32le(b, 0);
    ym_buf_u16le(b, N);
    ym_buf_u16le(b, N);
    ym_buf_u32le(b, zip64 ? UINT32_MAX : (uint32_t)size);
    ym_buf_u32le(b, zip64 ? UINT32_MAX : PREFIX - moved);
    ym_buf_u16le(b, 3);
    ym_buf_add_text(b, "bye");
}

static void every_entry_is_given(void) {
    for (int zip64 = 0; zip64 < 2; zip64++) {
        const uint64_t unit = zip64 ? UINT64_C(1000000000) : 1;
        struct ym_zip_entry e = {.name_len = 0};
        struct ym_zip zip;
        struct ym_buf b;

        make(&b, zip64 != 0, 0);
        ym_zip_init(&zip, b.data, b.len);
        CHECK(!ym_zip_is_shifted(&zip));
        for (unsigned round = 0; round < 2; round++) {
            for (unsigned i = 0; i < N; i++) {
                CHECK(ym_zip_next(&zip, &e));
                CHECK_EQ(e.name_len, strlen(names[i]));
                CHECK(memcmp(e.name, names[i], e.name_len) == 0);
                CHECK_EQ(e.crc, 0x11111111 * i);
                CHECK_EQ(e.packed, 10 * i * unit);
                CHECK_EQ(e.size, 20 * i * unit);
                CHECK_EQ(e.encrypted, i == 2);
                CHECK_EQ(e.method, i == 2 ? 99 : 8);
            }
            CHECK(!ym_zip_next(&zip, &e));
            ym_zip_rewind(&zip);
        }
        ym_buf_done(&b);
    }
}

static void a_zip_behind_other_bytes_is_read_and_told(void) {
    struct ym_zip_entry e = {.name_len = 0};
    struct ym_zip zip;
    struct ym_buf b;

    make(&b, false, 5);
    ym_zip_init(&zip, b.data, b.len);
    CHECK(ym_zip_is_shifted(&zip));
    CHECK(ym_zip_next(&zip, &e));
    CHECK_EQ(e.name_len, 5);
    ym_buf_done(&b);
}

static void what_is_no_zip_has_no_entries(void) {
    struct ym_zip_entry e = {.name_len = 77};
    struct ym_zip zip;

    ym_zip_init(&zip, "", 0);
    CHECK(!ym_zip_next(&zip, &e) && !ym_zip_is_shifted(&zip));
    ym_zip_init(&zip, "PK\3\4 and nothing more of it", 26);
    CHECK(!ym_zip_next(&zip, &e) && !ym_zip_is_shifted(&zip));
    ym_zip_rewind(&zip);
    CHECK(!ym_zip_next(&zip, &e));
    CHECK_EQ(e.name_len, 77);
}

static void every_prefix_ends(void) {
    struct ym_buf b;

    make(&b, true, 0);
    for (size_t n = 0; n < b.len; n++) {
        struct ym_zip_entry e;
        struct ym_zip zip;
        unsigned given = 0;

        ym_zip_init(&zip, b.data, n);
        while (ym_zip_next(&zip, &e)) {
            CHECK(e.name >= b.data && e.name + e.name_len <= b.data + n);
            given++;
        }
        CHECK(given <= N);
    }
    ym_buf_done(&b);
}

/* A header before a member of n bytes, which hold what looks like a header, too. */
static void add_member(struct ym_buf *b, uint16_t flags, uint32_t packed, size_t n) {
    static const char inside[] = "PK\3\4 in the data of a member";

    ym_buf_add(b, "PK\3\4", 4);
    ym_buf_u16le(b, 20);
    ym_buf_u16le(b, flags);
    ym_buf_add(b, "........ ", 8); /* method, time, CRC's first half */
    ym_buf_u16le(b, 0);
    ym_buf_u32le(b, packed);
    ym_buf_u32le(b, packed);
    ym_buf_u16le(b, 1);
    ym_buf_u16le(b, 2);
    ym_buf_add_text(b, "nxx");
    ym_buf_add(b, inside, n);
}

static void members_are_counted_without_the_directory(void) {
    enum { HEADER = 33, DATA = 28 };
    struct ym_buf b;

    ym_buf_init(&b, 1 << 16);
    add_member(&b, 0, DATA, DATA);
    CHECK_EQ(b.len, HEADER + DATA);
    add_member(&b, 0, DATA, DATA);
    add_member(&b, 0, 0, 0);
    CHECK_EQ(ym_zip_count_members(b.data, b.len), 3);
    for (size_t n = 0; n < b.len; n++) {
        size_t most = (n + HEADER - 1) / HEADER;

        CHECK(ym_zip_count_members(b.data, n) <= most);
    }
    b.len = 0;
    add_member(&b, 8, 0, DATA); /* its size stands behind it: what is inside counts */
    add_member(&b, 0, UINT32_MAX, 0);
    CHECK_EQ(ym_zip_count_members(b.data, b.len), 3);
    CHECK_EQ(ym_zip_count_members((const uint8_t *)"", 0), 0);
    ym_buf_done(&b);
}

MAIN(T(members_are_counted_without_the_directory), T(every_entry_is_given),
     T(a_zip_behind_other_bytes_is_read_and_told), T(what_is_no_zip_has_no_entries),
     T(every_prefix_ends))
