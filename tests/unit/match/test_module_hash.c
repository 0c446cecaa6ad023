/* YARA's module hash.  Expected digests: RFC 1321, FIPS 180-4; checksums from zlib. */
#include "module_load.h"
#include "ym_test.h"

static struct ym_mod_value ranged(struct module_test *t, const char *name, int64_t offset,
                                  int64_t n) {
    union ym_mod_arg args[2] = {{.i = offset}, {.i = n}};

    return module_call(t, "", name, "ii", args);
}

static struct ym_mod_value of_text(struct module_test *t, const char *name, const char *s) {
    union ym_mod_arg args[1] = {{.text = module_text(s)}};

    return module_call(t, "", name, "s", args);
}

static bool is(struct ym_mod_value v, const char *want) {
    return v.defined && v.u.text.n == strlen(want) && memcmp(v.u.text.s, want, v.u.text.n) == 0;
}

static const char md5[] = "900150983cd24fb0d6963f7d28e17f72";
static const char sha1[] = "a9993e364706816aba3e25717850c26c9cd0d89d";
static const char sha256[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void digests_and_checksums(void) {
    struct module_test t;

    module_load(&t, YM_MODULE_HASH, "xabcx", 5);
    CHECK(is(ranged(&t, "md5", 1, 3), md5) && is(of_text(&t, "md5", "abc"), md5));
    CHECK(is(ranged(&t, "sha1", 1, 3), sha1) && is(of_text(&t, "sha1", "abc"), sha1));
    CHECK(is(ranged(&t, "sha256", 1, 3), sha256) && is(of_text(&t, "sha256", "abc"), sha256));
    CHECK_EQ(ranged(&t, "crc32", 1, 3).u.i, 0x352441c2);
    CHECK_EQ(of_text(&t, "crc32", "abc").u.i, 0x352441c2);
    CHECK_EQ(ranged(&t, "checksum32", 1, 3).u.i, 'a' + 'b' + 'c');
    CHECK_EQ(of_text(&t, "checksum32", "\xff\xff").u.i, 2 * 0xff);
    CHECK(is(ranged(&t, "md5", 1, 0), "d41d8cd98f00b204e9800998ecf8427e"));
    CHECK_EQ(of_text(&t, "crc32", "").u.i, 0);
    module_done(&t);
}

static void ranges_are_cut_and_those_outside_are_undefined(void) {
    static const char *const names[] = {"md5", "sha1", "sha256", "crc32", "checksum32"};
    struct module_test t;

    for (unsigned i = 0; i < 5; i++) {
        module_load(&t, YM_MODULE_HASH, "xabc", 4);
        CHECK(ranged(&t, names[i], 1, INT64_MAX).defined);
        CHECK(!ranged(&t, names[i], -1, 3).defined);
        CHECK(!ranged(&t, names[i], 0, -3).defined);
        CHECK(!ranged(&t, names[i], 4, 0).defined);
        CHECK(!ranged(&t, names[i], INT64_MAX, INT64_MAX).defined);
        module_done(&t);
        module_load(&t, YM_MODULE_HASH, "", 0);
        CHECK(!ranged(&t, names[i], 0, 0).defined);
        module_done(&t);
    }
    module_load(&t, YM_MODULE_HASH, "xabc", 4);
    CHECK(is(ranged(&t, "md5", 1, 1000), md5));
    module_done(&t);
}

static void what_was_asked_before_costs_nothing(void) {
    static uint8_t bytes[100000];
    struct module_test t;
    uint64_t budget;
    struct ym_mod_value first;

    module_load(&t, YM_MODULE_HASH, bytes, sizeof(bytes));
    first = ranged(&t, "sha256", 0, sizeof(bytes));
    budget = t.budget;
    CHECK(ranged(&t, "sha256", 0, INT64_MAX).u.text.s == first.u.text.s); /* the same when cut */
    CHECK_EQ(t.budget, budget);
    CHECK(!is(ranged(&t, "sha256", 1, INT64_MAX), first.u.text.s));
    CHECK(!is(ranged(&t, "md5", 0, INT64_MAX), first.u.text.s));
    CHECK(t.budget < budget - sizeof(bytes));
    module_done(&t);
}

/* More questions than places to keep answers. */
static void many_ranges_stay_apart(void) {
    static uint8_t bytes[2000];
    struct module_test t;

    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7 + (i >> 8));
    }
    module_load(&t, YM_MODULE_HASH, bytes, sizeof(bytes));
    for (int round = 0; round < 2; round++) {
        for (int64_t i = 0; i < 1990; i++) {
            uint32_t sum = 0;

            for (int64_t k = i; k < i + 10; k++) {
                sum += bytes[k];
            }
            CHECK_EQ(ranged(&t, "checksum32", i, 10).u.i, sum);
        }
    }
    module_done(&t);
}

static void without_budget_or_memory_it_is_undefined(void) {
    struct module_test t;

    module_load(&t, YM_MODULE_HASH, "xabc", 4);
    t.budget = 10;
    CHECK(!ranged(&t, "md5", 0, 4).defined);
    CHECK(!of_text(&t, "md5", "a").defined);
    module_done(&t);
    module_load_capped(&t, YM_MODULE_HASH, "xabc", 4, 256);
    for (unsigned i = 0; i < 20; i++) {
        (void)ranged(&t, "sha256", 0, 4);
    }
    CHECK(!ranged(&t, "sha256", 0, 4).defined);
    CHECK(ranged(&t, "crc32", 0, 4).defined);
    module_done(&t);
}

MAIN(T(digests_and_checksums), T(ranges_are_cut_and_those_outside_are_undefined),
     T(what_was_asked_before_costs_nothing), T(many_ranges_stay_apart),
     T(without_budget_or_memory_it_is_undefined))
