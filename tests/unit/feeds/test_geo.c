/* test_geo.c - countries of addresses, and of the whole IPv4 space. */
#include "os/geo.h"

#include "../../makers/make_mmdb.h"
#include "ym_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct make_mmdb_net nets[] = {
    {0x01000000, 24, "JP"}, {0x01000100, 24, "jp"},  {0x50000000, 8, "DE"},
    {0xc0000200, 32, "US"}, {0x60000000, 12, "XYZ"},
};
enum { N_NETS = sizeof(nets) / sizeof(nets[0]) };

static char path[] = "/tmp/ym-geo-XXXXXX";

static struct ym_geo *open_made(bool ipv6, bool nested) {
    struct ym_geo *geo = NULL;
    struct ym_err err = {0};

    CHECK(make_mmdb_file(path, nets, N_NETS, ipv6, nested));
    CHECK_EQ(ym_geo_open(path, &geo, &err), YM_OK);
    return geo;
}

static void is(const struct ym_geo *geo, const char *address, const char *want) {
    char country[YM_GEO_COUNTRY_SIZE] = "";
    bool found = ym_geo_country_of_text(geo, address, strlen(address), country);

    if (found != (want[0] != '\0') || strcmp(country, want) != 0) {
        FAIL("%s: got \"%s\", want \"%s\"", address, country, want);
    }
}

struct sums {
    unsigned long long jp, de, us, other;
};

static ym_status add(void *user, const char country[YM_GEO_COUNTRY_SIZE], uint64_t n,
                     struct ym_err *err) {
    struct sums *s = user;

    (void)err;
    *(strcmp(country, "JP") == 0   ? &s->jp
      : strcmp(country, "DE") == 0 ? &s->de
      : strcmp(country, "US") == 0 ? &s->us
                                   : &s->other) += n;
    return YM_OK;
}

static void both_forms_and_both_trees_give_countries(void) {
    for (int form = 0; form < 4; form++) {
        struct ym_geo *geo = open_made((form & 1) != 0, (form & 2) != 0);
        struct sums sums = {0};
        struct ym_err err = {0};

        is(geo, "1.0.0.255", "JP");
        is(geo, "1.0.1.7", "JP");
        is(geo, "80.255.255.255", "DE");
        is(geo, "192.0.2.0", "US");
        is(geo, "192.0.2.1", "");
        is(geo, "96.1.1.1", ""); /* three letters are no country */
        is(geo, "2001:db8::1", "");
        is(geo, "example.com", "");
        is(geo, "", "");
        CHECK_EQ(ym_geo_ipv4_space(geo, add, &sums, &err), YM_OK);
        CHECK_EQ(sums.jp, 512);
        CHECK_EQ(sums.de, 1 << 24);
        CHECK_EQ(sums.us, 1);
        CHECK_EQ(sums.other, 0);
        ym_geo_close(geo);
    }
}

static void mapped_addresses_are_those_of_ipv4(void) {
    struct ym_geo *geo = open_made(true, false);

    is(geo, "::80.0.0.1", "DE");
    ym_geo_close(geo);
}

static void a_tree_that_leads_back_to_itself_is_refused(void) {
    static uint8_t bytes[MAKE_MMDB_MAX];
    size_t n = make_mmdb(nets, N_NETS, false, false, bytes);
    struct ym_geo *geo = NULL;
    struct ym_err err = {0};
    struct sums sums = {0};
    FILE *f = fopen(path, "wb");

    for (int i = 0; i < 6; i++) {
        bytes[i] = 0; /* both records of the first node are the first node */
    }
    CHECK(f != NULL && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
    CHECK_EQ(ym_geo_open(path, &geo, &err), YM_OK);
    CHECK_EQ(ym_geo_ipv4_space(geo, add, &sums, &err), YM_MALFORMED);
    ym_geo_close(geo);
}

/* Cut anywhere, it is refused or answers; nothing is read outside. */
static void every_prefix_is_refused_or_bounded(void) {
    static uint8_t bytes[MAKE_MMDB_MAX];
    size_t n = make_mmdb(nets, N_NETS, false, false, bytes);

    for (size_t cut = 0; cut < n; cut++) {
        struct ym_geo *geo = NULL;
        struct ym_err err = {0};
        FILE *f = fopen(path, "wb");

        CHECK(f != NULL && fwrite(bytes, 1, cut, f) == cut && fclose(f) == 0);
        if (ym_geo_open(path, &geo, &err) == YM_OK) {
            FAIL("%zu of %zu bytes were taken", cut, n);
        }
        CHECK(err.text[0] != '\0');
    }
}

static void a_file_that_is_not_there_is_named(void) {
    struct ym_geo *geo = NULL;
    struct ym_err err = {0};
    char line[900];

    CHECK_EQ(ym_geo_open("/nonexistent.mmdb", &geo, &err), YM_IO);
    CHECK(strstr(ym_err_format(&err, line, sizeof(line)), "/nonexistent.mmdb") != NULL);
}

int main(void) {
    static const struct ym_test tests[] = {
        T(both_forms_and_both_trees_give_countries), T(mapped_addresses_are_those_of_ipv4),
        T(a_tree_that_leads_back_to_itself_is_refused), T(every_prefix_is_refused_or_bounded),
        T(a_file_that_is_not_there_is_named)};
    int fd = mkstemp(path);
    int bad;

    if (fd < 0) {
        return 1;
    }
    (void)close(fd);
    bad = ym_test_main(tests, sizeof(tests) / sizeof(tests[0]));
    (void)unlink(path);
    return bad;
}
