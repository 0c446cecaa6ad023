/* test_md5.c - base/md5: the vectors of RFC 1321, A.5, and the lengths around a block's end. */
#include "base/md5.h"

#include "base/text.h"
#include "ym_test.h"

static const char *md5_of(const void *data, size_t n) {
    static char hex[2 * YM_MD5_SIZE + 1];
    uint8_t digest[YM_MD5_SIZE];

    ym_md5(data, n, digest);
    ym_hex_encode(digest, sizeof(digest), hex);
    return hex;
}

static void the_vectors_of_the_rfc_hold(void) {
    static const struct {
        const char *text, *digest;
    } vectors[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "d174ab98d277d9f5a5611c2c9f419d9f"},
    };

    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        CHECK(strcmp(md5_of(vectors[i].text, strlen(vectors[i].text)), vectors[i].digest) == 0);
    }
}

static void eighty_digits_are_two_blocks(void) {
    char text[80];

    for (unsigned i = 0; i < sizeof(text); i++) {
        text[i] = (char)('0' + (i + 1) % 10);
    }
    CHECK(strcmp(md5_of(text, sizeof(text)), "57edf4a22be3c955ac49da2e2107b67a") == 0);
}

/* Computed with md5sum: `head -c N /dev/zero | md5sum`. */
static void lengths_around_the_padding_are_right(void) {
    static const char zeros[128];

    CHECK(strcmp(md5_of(zeros, 55), "c9ea3314b91c9fd4e38f9432064fd1f2") == 0);
    CHECK(strcmp(md5_of(zeros, 56), "e3c4dd21a9171fd39d208efa09bf7883") == 0);
    CHECK(strcmp(md5_of(zeros, 64), "3b5d3c7d207e37dceeedd301e35e2e58") == 0);
    CHECK(strcmp(md5_of(zeros, 128), "f09f35a5637839458e462e6350ecbce4") == 0);
}

MAIN(T(the_vectors_of_the_rfc_hold), T(eighty_digits_are_two_blocks),
     T(lengths_around_the_padding_are_right))
