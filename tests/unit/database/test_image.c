/* test_image.c - images: what opens, what is refused, what a damaged one can do. */
#include "makers/make_ydb.h"

#include "database/about.h"
#include "database/db.h"
#include "database/image.h"
#include "database/layout.h"
#include "match/match.h"
#include "ym_test.h"

struct names {
    char all[512];
};

static bool collect(void *self, const struct ym_match_detection *d) {
    struct names *n = self;

    (void)strncat(n->all, d->name, sizeof(n->all) - strlen(n->all) - 2);
    (void)strncat(n->all, " ", sizeof(n->all) - strlen(n->all) - 1);
    return true;
}

/* Scans the sample with an open image; the answer does not matter, staying inside does. */
static void scan(const struct ym_db *db, struct names *ret_names) {
    struct ym_scratch *s = ym_scratch_new(db, 1 << 20);
    struct ym_match_input in = {.data = (const uint8_t *)make_ydb_sample,
                                .size = sizeof(make_ydb_sample) - 1,
                                .langs = YM_MATCH_CLAMAV | YM_MATCH_YARA};
    unsigned gaps;

    ret_names->all[0] = '\0';
    CHECK(s != NULL);
    CHECK_EQ(ym_match(db, s, &in, collect, ret_names, &gaps), YM_OK);
    ym_scratch_free(s);
}

static void a_good_image_opens_checks_and_finds(void) {
    size_t size = 0;
    uint8_t *bytes = make_ydb(&size);
    struct ym_err err = {0};
    struct ym_db *db = NULL;
    struct ym_db_info info;
    struct names names;

    CHECK(bytes != NULL);
    CHECK_EQ(ym_db_open_memory(bytes, size, "good.ydb", &db, &err), YM_OK);
    CHECK_EQ(ym_db_check(db, &err), YM_OK);
    scan(db, &names);
    printf("# %s\n", names.all);
    CHECK(strcmp(names.all,
                 "Test.Short Test.Pair Test.Start Test.End Test.Chain Test.Alt Test.Logic "
                 "Test.Count one two five six ") == 0);
    ym_db_get_info(db, &info);
    CHECK_EQ(info.clamav_rules, 74);
    CHECK_EQ(info.yara_rules, 7);
    CHECK_EQ(info.digests[YM_DIGEST_FILE][YM_MD5], 1);
    ym_db_close(db);
    free(bytes);
}

/* The number of a rule of the image; its rules of ClamAV come first. */
static uint32_t rule_named(const struct ym_db *db, const char *name) {
    for (uint32_t i = 0; i < ym_db_count(db, YM_SECTION_RULES); i++) {
        const struct ym_img_rule *r = ym_db_row(db, YM_SECTION_RULES, i);

        if (strcmp(ym_db_string(db, r->name), name) == 0) {
            return i;
        }
    }
    return UINT32_MAX;
}

static void rules_say_of_themselves_what_they_said(void) {
    size_t size = 0;
    uint8_t *bytes = make_ydb(&size);
    struct ym_db *db = NULL;
    struct ym_about_meta m;
    uint32_t first;
    uint32_t one;

    CHECK(bytes != NULL);
    CHECK_EQ(ym_db_open_memory(bytes, size, "good.ydb", &db, NULL), YM_OK);
    one = rule_named(db, "one");
    CHECK_EQ(ym_db_rule_tags(db, one, &first), 2);
    CHECK(strcmp(ym_db_tag(db, first), "tag") == 0);
    CHECK(strcmp(ym_db_tag(db, first + 1), "other") == 0);
    CHECK(ym_db_rule_has_tag(db, one, "other") && !ym_db_rule_has_tag(db, one, "oth"));
    CHECK_EQ(ym_db_rule_metas(db, one, &first), 3);
    CHECK(ym_db_meta(db, first, &m) && m.letter == 't' && strcmp(m.key, "author") == 0);
    CHECK(strcmp(m.text, "me") == 0);
    CHECK(ym_db_meta(db, first + 1, &m) && m.letter == 'i' && m.i == -3);
    CHECK(ym_db_meta(db, first + 2, &m) && m.letter == 'b' && m.i == 1 && *m.text == '\0');
    CHECK_EQ(ym_db_rule_tags(db, rule_named(db, "two"), &first), 1);
    CHECK_EQ(ym_db_rule_metas(db, rule_named(db, "three"), &first), 0);
    CHECK_EQ(ym_db_rule_tags(db, UINT32_MAX, &first), 0);
    CHECK(!ym_db_meta(db, UINT32_MAX, &m) && *ym_db_tag(db, UINT32_MAX) == '\0');
    ym_db_close(db);
    free(bytes);
}

static void every_truncation_is_refused(void) {
    size_t size = 0;
    uint8_t *bytes = make_ydb(&size);

    CHECK(bytes != NULL);
    for (size_t n = 0; n < size; n++) {
        struct ym_err err = {0};
        struct ym_db *db = NULL;
        ym_status st = ym_db_open_memory(bytes, n, "cut.ydb", &db, &err);

        CHECK(st != YM_OK);
        CHECK(db == NULL);
        CHECK(err.text[0] != '\0');
    }
    free(bytes);
}

static void a_changed_byte_is_refused_or_stays_inside(void) {
    size_t size = 0;
    uint8_t *bytes = make_ydb(&size);
    size_t header = sizeof(struct ym_img_header);
    unsigned opened = 0;

    CHECK(bytes != NULL);
    for (size_t i = 0; i < size; i += i < header + 4096 ? 1 : 61) {
        uint8_t old = bytes[i];

        for (unsigned bit = 0; bit < 8; bit += 3) {
            struct ym_db *db = NULL;
            struct names names;

            bytes[i] = old ^ (uint8_t)(1u << bit);
            if (ym_db_open_memory(bytes, size, "changed.ydb", &db, NULL) == YM_OK) {
                opened++;
                scan(db, &names);
                CHECK(ym_db_check(db, NULL) != YM_OK);
                ym_db_close(db);
            }
        }
        bytes[i] = old;
    }
    printf("# %u damaged images could be opened\n", opened);
    CHECK(opened > 100);
    free(bytes);
}

/* YM_CHANGES=1000000: so many random single-byte changes, each opened and scanned (./dev check --long
 * runs it under the sanitizers). */
static void random_changes_stay_inside(void) {
    const char *wish = getenv("YM_CHANGES"); // NOLINT(concurrency-mt-unsafe): one thread
    unsigned long n = wish == NULL ? 2000 : strtoul(wish, NULL, 10);
    size_t size = 0;
    uint8_t *bytes = make_ydb(&size);
    uint64_t rng = 20090401;
    unsigned long opened = 0;

    CHECK(bytes != NULL);
    for (unsigned long i = 0; i < n; i++) {
        struct ym_db *db = NULL;
        struct names names;
        uint8_t change;
        size_t at;

        rng = rng * UINT64_C(6364136223846793005) + 1442695040888963407u;
        at = (size_t)(rng >> 20) % size;
        change = (uint8_t)(1 + (rng >> 12) % 255);
        bytes[at] ^= change;
        if (ym_db_open_memory(bytes, size, "changed.ydb", &db, NULL) == YM_OK) {
            opened++;
            scan(db, &names);
            ym_db_close(db);
        }
        bytes[at] ^= change;
    }
    printf("# %lu changes, %lu could be opened\n", n, opened);
    CHECK(opened > n / 10);
    free(bytes);
}

static void a_damaged_condition_is_a_gap_and_not_silence(void) {
    size_t size = 0;
    uint8_t *bytes = make_ydb(&size);
    struct ym_match_input in = {.data = (const uint8_t *)make_ydb_sample,
                                .size = sizeof(make_ydb_sample) - 1,
                                .langs = YM_MATCH_CLAMAV | YM_MATCH_YARA};
    const struct ym_img_header *header = (const void *)bytes;
    struct names names = {""};
    struct ym_db *db = NULL;
    struct ym_scratch *s;
    unsigned gaps = 0;

    CHECK(bytes != NULL);
    CHECK(header->sections[YM_SECTION_CONDITIONS].size > 0);
    memset(bytes + header->sections[YM_SECTION_CONDITIONS].offset, 0xff,
           header->sections[YM_SECTION_CONDITIONS].size);
    CHECK_EQ(ym_db_open_memory(bytes, size, "damaged.ydb", &db, NULL), YM_OK);
    s = ym_scratch_new(db, 1 << 20);
    CHECK(s != NULL);
    CHECK_EQ(ym_match(db, s, &in, collect, &names, &gaps), YM_OK);
    CHECK_EQ(gaps, YM_MATCH_GAP_DAMAGED);
    CHECK(strstr(names.all, "one") == NULL);
    ym_scratch_free(s);
    ym_db_close(db);
    free(bytes);
}

/* An image of some body signatures. */
static struct ym_db *image_of(const char *ndb, uint64_t epoch) {
    const struct ym_clamav_options co = {.skip_bad = false};
    struct ym_db_builder *b = ym_db_builder_new();
    struct ym_clamav *c = b == NULL ? NULL : ym_clamav_new(&co, ym_db_builder_sink(b));
    int fd = memfd_create("image", MFD_CLOEXEC);
    struct ym_db *db = NULL;

    CHECK(c != NULL);
    ym_db_builder_epoch(b, epoch);
    CHECK_EQ(ym_db_builder_source(b, epoch == 1 ? "here" : "there"), YM_OK);
    CHECK_EQ(ym_clamav_file(c, "t.ndb", ndb, strlen(ndb), NULL), YM_OK);
    CHECK_EQ(ym_db_builder_write(b, fd, NULL), YM_OK);
    CHECK_EQ(ym_db_open_fd(fd, "t.ydb", &db, NULL), YM_OK);
    CHECK_EQ(ym_db_check(db, NULL), YM_OK);
    ym_clamav_free(c);
    ym_db_builder_free(b);
    (void)close(fd);
    return db;
}

static void the_identity_is_that_of_the_content(void) {
    struct ym_db *one = image_of(make_ydb_ndb, 1);
    struct ym_db *again = image_of(make_ydb_ndb, 77);
    struct ym_db *other = image_of("Test.Short:0:*:47454b4e\n", 1);
    struct ym_db_info info;

    ym_db_get_info(again, &info);
    CHECK_EQ(info.epoch, 77);
    CHECK(memcmp(ym_db_identity(one), ym_db_identity(again), YM_DB_IDENTITY_SIZE) == 0);
    CHECK(memcmp(ym_db_identity(one), ym_db_identity(other), YM_DB_IDENTITY_SIZE) != 0);
    CHECK(ym_db_identity_holds(one));
    CHECK(!ym_db_only_digests(one));
    CHECK(!ym_db_reaches_others(one));
    ym_db_close(one);
    ym_db_close(again);
    ym_db_close(other);
    one = image_of(make_ydb_ndb, 0); /* the time of the build */
    ym_db_get_info(one, &info);
    CHECK_EQ(info.epoch, (uint64_t)info.built);
    CHECK(info.epoch > 1000000000);
    ym_db_close(one);
}

static void a_changed_byte_of_a_section_breaks_the_identity(void) {
    size_t size = 0;
    uint8_t *bytes = make_ydb(&size);
    const struct ym_img_header *h = (const void *)bytes;

    CHECK(bytes != NULL);
    for (unsigned s = 0; s < YM_SECTION_COUNT; s++) {
        uint64_t n = h->sections[s].size;

        for (uint64_t i = 0; i < n; i += n < 512 ? 1 : n / 97) {
            uint8_t *at = &bytes[h->sections[s].offset + i];
            struct ym_db *db = NULL;

            *at ^= 4;
            if (ym_db_open_memory(bytes, size, "t", &db, NULL) == YM_OK) {
                CHECK_EQ(ym_db_identity_holds(db), s == YM_SECTION_INFO);
                ym_db_close(db);
            }
            *at ^= 4;
        }
    }
    free(bytes);
}

MAIN(T(rules_say_of_themselves_what_they_said), T(the_identity_is_that_of_the_content),
     T(a_changed_byte_of_a_section_breaks_the_identity), T(random_changes_stay_inside),
     T(a_damaged_condition_is_a_gap_and_not_silence), T(a_good_image_opens_checks_and_finds),
     T(every_truncation_is_refused), T(a_changed_byte_is_refused_or_stays_inside))
