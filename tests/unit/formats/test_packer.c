/* test_packer.c - signs of a packed program. */
#include "formats/packer.h"

#include "makers/make_exe.h"
#include "ym_test.h"

static const struct make_section sections[] = {{0x1000, 0x1000, 0x400, 0x200},
                                               {0x2000, 0x1000, 0x600, 0x200}};

static struct ym_buf made(void) {
    struct make_pe pe = {.entry = 0x2010, .sections = sections, .n_sections = 2};
    struct ym_buf b;

    ym_buf_init(&b, 1 << 20);
    make_pe(&pe, &b);
    CHECK_EQ(ym_buf_status(&b), YM_OK);
    return b;
}

/* The header of section i. */
static uint8_t *section(struct ym_buf *b, unsigned i) {
    uint32_t pe = (uint32_t)b->data[0x3c] | (uint32_t)b->data[0x3d] << 8;
    uint32_t optional = (uint32_t)b->data[pe + 20] | (uint32_t)b->data[pe + 21] << 8;

    return b->data + pe + 24 + optional + 40 * i;
}

static const char *packer_of(const struct ym_buf *b, size_t n) {
    struct ym_reader r;

    ym_reader_init(&r, b->data, n);
    return ym_pe_packer(r);
}

static void set_flags(uint8_t *header, uint32_t flags) {
    memcpy(header + 36, &flags, sizeof(flags));
}

static void a_plain_program_is_not_packed(void) {
    struct ym_buf b = made();

    set_flags(section(&b, 0), 0x60000020);
    set_flags(section(&b, 1), 0x60000020);
    CHECK(packer_of(&b, b.len) == NULL);
    set_flags(section(&b, 0), 0xe0000020); /* writable code, but not where it starts */
    CHECK(packer_of(&b, b.len) == NULL);
    ym_buf_done(&b);
}

static void a_packers_name_is_found(void) {
    struct ym_buf b = made();

    memcpy(section(&b, 0), "UPX0\0\0\0\0", 8);
    CHECK(packer_of(&b, b.len) != NULL && strcmp(packer_of(&b, b.len), "UPX") == 0);
    set_flags(section(&b, 1), 0xe0000040);
    CHECK(strcmp(packer_of(&b, b.len), "UPX") == 0); /* a name says more than a look */
    ym_buf_done(&b);
}

static void code_that_starts_where_it_may_write_is_packed(void) {
    struct ym_buf b = made();

    set_flags(section(&b, 1), 0xe0000040);
    CHECK(packer_of(&b, b.len) != NULL && strcmp(packer_of(&b, b.len), "packed program") == 0);
    ym_buf_done(&b);
}

static void every_prefix_is_survived(void) {
    struct ym_buf b = made();

    memcpy(section(&b, 1), ".aspack\0", 8);
    for (size_t n = 0; n < b.len; n++) {
        const char *packer = packer_of(&b, n);

        CHECK(packer == NULL || strcmp(packer, "ASPack") == 0);
    }
    ym_buf_done(&b);
}

MAIN(T(a_plain_program_is_not_packed), T(a_packers_name_is_found),
     T(code_that_starts_where_it_may_write_is_packed), T(every_prefix_is_survived))
