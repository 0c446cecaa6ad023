/* Pictures: readers of PNG, GIF and BMP, and the hash.  The hashes are what clamscan 1.4.6 printed
 * for the same bytes ("Image hash" with --debug --gen-json). */
#include "formats/picture.h"

#include "base/alloc.h"
#include "makers/make_picture.h"
#include "ym_test.h"

#include <stdlib.h>

typedef ym_status reader(const uint8_t *data, size_t size, uint64_t max_pixels,
                         struct ym_picture *ret_picture);
typedef void maker(const struct make_picture *p, struct ym_buf *out);

enum { MANY = 1 << 20 };

static ym_status hash_of(maker *make, reader *read, const struct make_picture *p,
                         uint64_t *ret_hash) {
    struct ym_picture picture = {.grey = NULL};
    struct ym_buf file;
    ym_status st;

    ym_buf_init(&file, 64 << 20);
    make(p, &file);
    st = read(file.data, file.len, MANY, &picture);
    if (st == YM_OK) {
        st = ym_picture_hash(&picture, ret_hash);
    }
    ym_picture_done(&picture);
    ym_buf_done(&file);
    return st;
}

static void expect(maker *make, reader *read, const struct make_picture *p, uint64_t want) {
    uint64_t hash = 0;

    CHECK_EQ(hash_of(make, read, p, &hash), YM_OK);
    CHECK_EQ(hash, want);
}

static void the_hash_is_that_of_clamscan(void) {
    expect(make_png, ym_png_decode, &(struct make_picture){.width = 100, .height = 70},
           UINT64_C(0x83233c5cb85e5cab));
    expect(make_png, ym_png_decode, &(struct make_picture){.width = 7, .height = 150},
           UINT64_C(0x87273958b97958a3));
    expect(make_png, ym_png_decode, &(struct make_picture){.width = 32, .height = 32},
           UINT64_C(0x83233c5cb85e59ab));
    expect(make_png, ym_png_decode, &(struct make_picture){.width = 1, .height = 1},
           UINT64_C(0x8000000000000000));
}

static void every_format_gives_the_same(void) {
    const struct make_picture full = {.width = 100, .height = 70};
    const struct make_picture lines = {.width = 100, .height = 70, .interlaced = true};
    const struct make_picture few = {.width = 100, .height = 70, .palette = true};
    const struct make_picture both = {
        .width = 100, .height = 70, .palette = true, .interlaced = true};
    const struct make_picture glass = {.width = 100, .height = 70, .alpha = true};

    expect(make_png, ym_png_decode, &lines, UINT64_C(0x83233c5cb85e5cab));
    expect(make_png, ym_png_decode, &glass, UINT64_C(0x83233c5cb85e5cab));
    expect(make_bmp, ym_bmp_decode, &full, UINT64_C(0x83233c5cb85e5cab));
    expect(make_png, ym_png_decode, &few, UINT64_C(0x8223a654a64dfd2f));
    expect(make_png, ym_png_decode, &both, UINT64_C(0x8223a654a64dfd2f));
    expect(make_bmp, ym_bmp_decode, &few, UINT64_C(0x8223a654a64dfd2f));
    expect(make_gif, ym_gif_decode, &few, UINT64_C(0x8223a654a64dfd2f));
    expect(make_gif, ym_gif_decode, &both, UINT64_C(0x8223a654a64dfd2f));
}

static void a_picture_that_is_too_large_is_not_read(void) {
    static const struct {
        maker *make;
        reader *read;
    } all[] = {{make_png, ym_png_decode}, {make_gif, ym_gif_decode}, {make_bmp, ym_bmp_decode}};

    for (size_t i = 0; i < 3; i++) {
        const struct make_picture p = {.width = 20, .height = 10, .palette = true};
        struct ym_picture picture = {.grey = NULL};
        struct ym_buf file;
        ym_status st;

        ym_buf_init(&file, 1 << 20);
        all[i].make(&p, &file);
        st = all[i].read(file.data, file.len, 199, &picture);
        ym_buf_done(&file);
        CHECK_EQ(st, YM_LIMIT);
        CHECK(picture.grey == NULL);
    }
}

static void a_side_that_is_too_long_is_not_read(void) {
    const struct make_picture wide = {.width = 65536, .height = 1};
    const struct make_picture high = {.width = 1, .height = 65536};
    uint64_t hash;

    CHECK_EQ(hash_of(make_png, ym_png_decode, &wide, &hash), YM_LIMIT);
    CHECK_EQ(hash_of(make_bmp, ym_bmp_decode, &high, &hash), YM_LIMIT);
}

/* Of a file that lacks its end nothing is said, but where a mere trailer is missing. */
static void prefixes(maker *make, reader *read, const struct make_picture *p, size_t trailer) {
    struct ym_buf file;
    size_t readable = 0;
    size_t size;

    ym_buf_init(&file, 1 << 20);
    make(p, &file);
    size = file.len;
    for (size_t n = 0; n < size; n++) {
        struct ym_picture picture = {.grey = NULL};
        uint8_t *copy = malloc(n == 0 ? 1 : n); /* exactly as large: sanitizers see reads past it */

        memcpy(copy, file.data, n);
        if (read(copy, n, MANY, &picture) == YM_OK) {
            readable++;
        }
        ym_picture_done(&picture);
        free(copy);
    }
    ym_buf_done(&file);
    CHECK_EQ(readable, trailer);
}

static void every_prefix_is_refused(void) {
    const struct make_picture p = {.width = 19, .height = 11, .palette = true};
    const struct make_picture lines = {.width = 9, .height = 9, .interlaced = true};

    prefixes(make_png, ym_png_decode, &p, 4); /* the last checksum */
    prefixes(make_png, ym_png_decode, &lines, 4);
    prefixes(make_gif, ym_gif_decode, &p, 2); /* end of the blocks, trailer */
    prefixes(make_bmp, ym_bmp_decode, &p, 0);
}

static void damaged_png_is_refused_as_clamscan_does(void) {
    const struct make_picture p = {.width = 19, .height = 11};
    struct ym_picture picture = {.grey = NULL};
    struct ym_buf file;
    ym_status end_sum;
    ym_status data_sum;

    ym_buf_init(&file, 1 << 20);
    make_png(&p, &file);
    file.data[33 + 8 + 40] ^= 1; /* a pixel: the chunk's checksum is wrong */
    data_sum = ym_png_decode(file.data, file.len, MANY, &picture);
    file.data[33 + 8 + 40] ^= 1;
    file.data[file.len - 1] ^= 1; /* the checksum of the last chunk is not looked at */
    end_sum = ym_png_decode(file.data, file.len, MANY, &picture);
    ym_picture_done(&picture);
    ym_buf_done(&file);
    CHECK_EQ(data_sum, YM_MALFORMED);
    CHECK_EQ(end_sum, YM_OK);
}

static void memory_may_run_out(void) {
    const struct make_picture p = {.width = 19, .height = 11};
    struct ym_buf file;
    unsigned failed = 1;

    ym_buf_init(&file, 1 << 20);
    make_png(&p, &file);
    for (unsigned nth = 1; failed > 0 && nth < 50; nth++) {
        struct ym_picture picture = {.grey = NULL};
        uint64_t hash;
        ym_status st;

        (void)ym_fault_malloc(nth, 0);
        st = ym_png_decode(file.data, file.len, MANY, &picture);
        st = st == YM_OK ? ym_picture_hash(&picture, &hash) : st;
        failed = ym_fault_malloc(0, 0);
        ym_picture_done(&picture);
        if (st != (failed > 0 ? YM_NOMEM : YM_OK)) {
            ym_buf_done(&file);
            FAIL("allocation %u: status %d", nth, (int)st);
        }
    }
    ym_buf_done(&file);
}

MAIN(T(the_hash_is_that_of_clamscan), T(every_format_gives_the_same),
     T(a_picture_that_is_too_large_is_not_read), T(a_side_that_is_too_long_is_not_read),
     T(every_prefix_is_refused), T(damaged_png_is_refused_as_clamscan_does), T(memory_may_run_out))
