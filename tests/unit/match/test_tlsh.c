/* test_tlsh.c - digests that the reference implementation (128 buckets, one byte of checksum) gives. */
#include "../../../src/match/modules/tlsh.h"

#include "ym_test.h"

#include <stdbool.h>

static uint8_t noise[70000];

static void make_noise(void) {
    uint32_t x = 1;

    for (size_t i = 0; i < sizeof(noise); i++) {
        x = x * 1103515245u + 12345u;
        noise[i] = (uint8_t)(x >> 16);
    }
}

static bool is(const uint8_t *data, size_t n, const char *want) {
    char text[YM_TLSH_LENGTH + 1];

    ym_tlsh(data, n, text);
    if (strcmp(text, want) != 0) {
        printf("# %zu bytes: %s\n", n, text);
    }
    return strcmp(text, want) == 0;
}

static void digests_are_those_of_the_reference(void) {
    make_noise();
    CHECK(
        is(noise, 50, "T1009002052505D5014106EAA908EC718951100296E20C122194101553C5501188780046"));
    CHECK(is(noise, 70000,
             "T1C16312ED230DD0E69DD4E71EBA18AAB2AD43ED51C07231DD9BD44B52A21458B3CF1CCA"));
}

static void steps_of_the_length_are_exact(void) {
    make_noise();
    CHECK(
        is(noise, 656, "T11EF068F3272CD683014C465C22F9155CBB043675E9ED276F45300AB09EF4FCB415C165"));
    CHECK(
        is(noise, 657, "T12F0168F3272CD683014C465C22F9155CBB043675E9ED276F45300AB09EF4FCB415C169"));
    CHECK(is(noise, 3199,
             "T1CE616CE9261EE6E3840CB240A2F6176C771CD7F2DAC53F2B58508460ADA4387D2BE859"));
}

static void what_is_short_or_uniform_has_no_digest(void) {
    uint8_t same[1000];
    uint8_t letters[60];

    make_noise();
    memset(same, 'a', sizeof(same));
    for (unsigned i = 0; i < sizeof(letters); i++) {
        letters[i] = (uint8_t)('a' + i % 26);
    }
    CHECK(is(noise, 0, "") && is(noise, 4, "") && is(noise, 49, ""));
    CHECK(is(same, sizeof(same), "") && is(letters, sizeof(letters), ""));
}

MAIN(T(digests_are_those_of_the_reference), T(steps_of_the_length_are_exact),
     T(what_is_short_or_uniform_has_no_digest))
