/* test_image.c - images: what opens, what is refused, what a damaged one can do. */
#include "makers/make_ydb.h"

#include "database/db.h"
#include "database/layout.h"
#include "match/match.h"
#include "ym_test.h"

static const char sample[] =
    "MZ gecko-one alphaXbravaYYYcharlie abfghi cdefghi GEKO zq-z wall w\0a\0l\0l\0 \1\2..\3 !!!!";

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
    struct ym_match_input in = {.data = (const uint8_t *)sample,
                                .size = sizeof(sample) - 1,
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
    CHECK(strcmp(names.all, "Test.Short Test.Pair Test.Start Test.End Test.Chain Test.Alt one two "
                            "three five ") == 0);
    ym_db_get_info(db, &info);
    CHECK_EQ(info.clamav_rules, 8);
    CHECK_EQ(info.yara_rules, 6);
    CHECK_EQ(info.digests[YM_DIGEST_FILE][YM_MD5], 1);
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

static void a_damaged_condition_is_a_gap_and_not_silence(void) {
    size_t size = 0;
    uint8_t *bytes = make_ydb(&size);
    struct ym_match_input in = {.data = (const uint8_t *)sample,
                                .size = sizeof(sample) - 1,
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

MAIN(T(a_damaged_condition_is_a_gap_and_not_silence), T(a_good_image_opens_checks_and_finds),
     T(every_truncation_is_refused), T(a_changed_byte_is_refused_or_stays_inside))
