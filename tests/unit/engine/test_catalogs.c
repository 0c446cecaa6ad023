/* Files that a security catalogue lists are trusted, as if on an allow list.  The expectations are
 * clamscan 1.4's answers to files and catalogues of the same make. */
#include "base/catalog_rows.h"
#include "database/build.h"
#include "engine/engine.h"
#include "signatures/rule.h"

#include "makers/make_exe.h"
#include "makers/make_image.h"
#include "makers/make_signed.h"
#include "ym_test.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MARKER "GECKO-MARKER-0123456789"
#define MARKER_HEX "4745434b4f2d4d41524b45522d30313233343536373839"

static struct make_cert root, leaf, other;
static struct ym_buf file, crb, cat;

static const struct make_section one[] = {{0x1000, 0x200, 0x400, 0x200}};

static void start_program(bool is64) {
    const struct make_pe pe = {
        .is64 = is64, .entry = 0x1000, .sections = one, .n_sections = 1, .file_size = 0x600};

    ym_buf_clear(&file);
    make_pe(&pe, &file);
    memcpy(file.data + 0x480, MARKER, sizeof(MARKER) - 1);
}

static void start_text(void) {
    ym_buf_clear(&file);
    ym_buf_add_text(&file, "some text with a " MARKER " in it\n");
}

enum digest_of { WHOLE, PROGRAM };

/* A catalogue that lists the file as it is now. */
static void list(enum digest_of of, const EVP_MD *md, const char *kind) {
    const struct make_cert *certs[] = {&leaf};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    struct make_member members[] = {
        {MAKE_KIND_PE, MAKE_SHA1, (const uint8_t *)"a program not there.", 20}, {.kind = kind}};
    const struct make_catalog c = {
        .members = members, .n_members = 2, .by = {.certs = certs, .n_certs = 1}};

    if (of == PROGRAM) {
        n = (unsigned)make_pe_digest(&file, md, digest);
    } else {
        CHECK_EQ(EVP_Digest(file.data, file.len, digest, &n, md, NULL), 1);
    }
    members[1].algo = n == 20 ? MAKE_SHA1 : MAKE_SHA256;
    members[1].digest = digest;
    members[1].n = n;
    ym_buf_clear(&cat);
    CHECK(make_catalog(&c, &cat));
}

/* Is the marker reported?  With a second image, if there is one. */
static bool is_found(struct ym_db *db, struct ym_db *second) {
    const struct ym_scan_options options = {.all_matches = true};
    const struct ym_db *layers[] = {db, second};
    struct ym_limits limits = ym_limits_default();
    struct ym_arena *arena = ym_arena_new(32 << 20);
    struct ym_report *report = ym_report_new(arena);
    struct ym_engine *e = NULL;
    struct ym_err err = {.code = YM_OK};
    bool found;

    CHECK(db != NULL);
    CHECK_EQ(ym_engine_new(layers, second == NULL ? 1 : 2, &limits, &e, &err), YM_OK);
    CHECK_EQ(ym_engine_scan(e, file.data, file.len, "name", &options, report), YM_OK);
    found = report->n_detections > 0;
    ym_engine_free(e);
    ym_arena_free(arena);
    return found;
}

static bool trusted_with(const char *config) {
    const struct make_source sources[] = {{"m.ndb", "M:0:*:" MARKER_HEX "\n", 0},
                                          {"d.cfg", config, 0},
                                          {"c.crb", (const char *)crb.data, crb.len},
                                          {"c.cat", (const char *)cat.data, cat.len}};
    struct ym_db *db = make_image(sources, 4);
    const bool found = is_found(db, NULL);

    ym_db_close(db);
    return !found;
}

static bool trusted(void) {
    return trusted_with("PE:0xffffffff\n");
}

static void a_listed_program_is_trusted(void) {
    for (unsigned i = 0; i < 4; i++) {
        start_program(i % 2 == 1);
        list(PROGRAM, i < 2 ? EVP_sha1() : EVP_sha256(), MAKE_KIND_PE);
        CHECK(trusted());
        file.data[0x58 + 64] ^= 1; /* the checksum does not count */
        CHECK(trusted());
        file.data[0x500] ^= 1;
        CHECK(!trusted());
    }
}

static void so_is_one_that_is_signed_by_somebody_nobody_knows(void) {
    const struct make_cert *certs[] = {&other};

    start_program(false);
    list(PROGRAM, EVP_sha256(), MAKE_KIND_PE);
    CHECK(make_signed(&file, certs, 1, NULL, 0));
    CHECK(trusted());
    make_crb_line(&other, "Blocked", false, "000", true, &crb); /* but not one who is blocked */
    CHECK(!trusted());
    ym_buf_clear(&crb);
    make_crb_line(&root, "Root", true, "101", true, &crb);
}

static void a_listed_file_is_trusted_by_its_sha1(void) {
    start_text();
    list(WHOLE, EVP_sha1(), MAKE_KIND_CAB);
    CHECK(trusted());
    file.data[0] ^= 1;
    CHECK(!trusted());
    start_text();
    list(WHOLE, EVP_sha256(), MAKE_KIND_CAB);
    CHECK(!trusted());
    start_program(false); /* a program is a file, too */
    list(WHOLE, EVP_sha1(), MAKE_KIND_CAB);
    CHECK(trusted());
}

static void each_digest_counts_as_what_it_is_of(void) {
    start_text();
    list(WHOLE, EVP_sha1(), MAKE_KIND_PE);
    CHECK(!trusted());
    start_program(false);
    list(WHOLE, EVP_sha1(), MAKE_KIND_PE);
    CHECK(!trusted());
    list(PROGRAM, EVP_sha1(), MAKE_KIND_CAB);
    CHECK(!trusted());
    list(PROGRAM, EVP_sha256(), MAKE_KIND_CAB);
    CHECK(!trusted());
}

static void a_configuration_may_switch_catalogues_off(void) {
    start_text();
    list(WHOLE, EVP_sha1(), MAKE_KIND_CAB);
    CHECK(trusted_with("PE:0xfffbffff\n"));
    CHECK(!trusted_with("PE:0xfffdffff\n"));
}

static void a_catalogue_of_another_image_counts(void) {
    const struct make_source rules[] = {{"m.ndb", "M:0:*:" MARKER_HEX "\n", 0}};
    struct ym_db *first = make_image(rules, 1);
    struct make_source lists[2];
    struct ym_db *second;

    start_text();
    list(WHOLE, EVP_sha1(), MAKE_KIND_CAB);
    lists[0] = (struct make_source){"c.crb", (const char *)crb.data, crb.len};
    lists[1] = (struct make_source){"c.cat", (const char *)cat.data, cat.len};
    second = make_image(lists, 2);
    CHECK(is_found(first, NULL));
    CHECK(!is_found(first, second));
    ym_db_close(first);
    ym_db_close(second);
}

/* An image with one row. */
static struct ym_db *image_of(const struct ym_table_row *row) {
    struct ym_db_builder *builder = ym_db_builder_new();
    const struct ym_sink *sink = ym_db_builder_sink(builder);
    const int fd = memfd_create("image", MFD_CLOEXEC);
    struct ym_err err = {.code = YM_OK};
    struct ym_db *db = NULL;

    CHECK_EQ(sink->row(sink->self, YM_TABLE_CATALOG, row, &err), YM_OK);
    CHECK_EQ(ym_db_builder_write(builder, fd, &err), YM_OK);
    CHECK_EQ(ym_db_open_fd(fd, "image", &db, &err), YM_OK);
    ym_db_builder_free(builder);
    (void)close(fd);
    return db;
}

static bool row_trusts(const struct ym_table_row *row) {
    const struct make_source rules[] = {{"m.ndb", "M:0:*:" MARKER_HEX "\n", 0}};
    struct ym_db *first = make_image(rules, 1);
    struct ym_db *second = image_of(row);
    const bool found = is_found(first, second);

    ym_db_close(first);
    ym_db_close(second);
    return !found;
}

static void a_list_ends_with_the_certificate_of_its_signer(void) {
    uint8_t digest[3][20] = {{0}, {0}, {0}};
    unsigned n = 0;
    struct ym_table_row row = {.numbers = {YM_CATALOG_FILE, YM_SHA1, 0},
                               .texts = {{"c.cat", 5}, {(const char *)digest, 60}},
                               .n_numbers = YM_CATALOG_NUMBERS,
                               .n_texts = YM_CATALOG_TEXTS};

    start_text();
    CHECK_EQ(EVP_Digest(file.data, file.len, digest[1], &n, EVP_sha1(), NULL), 1);
    memset(digest[2], 0xff, 20);
    row.numbers[YM_CATALOG_N_UNTIL] = (uint64_t)time(NULL) - 1;
    CHECK(!row_trusts(&row));
    row.numbers[YM_CATALOG_N_UNTIL] += 1000;
    CHECK(row_trusts(&row));
    row.texts[1].n = 59; /* half a digest at its end */
    CHECK(row_trusts(&row));
    row.texts[1].n = 39;
    CHECK(!row_trusts(&row));
    row.texts[1].n = 0;
    CHECK(!row_trusts(&row));
    row.texts[1].n = 60;
    row.numbers[YM_CATALOG_N_ALGO] = 77;
    CHECK(!row_trusts(&row));
    row.numbers[YM_CATALOG_N_ALGO] = YM_SHA1;
    row.n_numbers = 2;
    CHECK(!row_trusts(&row));
}

static int run(void) {
    static const struct ym_test tests[] = {
        T(a_listed_program_is_trusted),
        T(so_is_one_that_is_signed_by_somebody_nobody_knows),
        T(a_listed_file_is_trusted_by_its_sha1),
        T(each_digest_counts_as_what_it_is_of),
        T(a_configuration_may_switch_catalogues_off),
        T(a_catalogue_of_another_image_counts),
        T(a_list_ends_with_the_certificate_of_its_signer),
    };

    return ym_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}

int main(void) {
    int bad;

    ym_buf_init(&file, 1 << 20);
    ym_buf_init(&crb, 1 << 16);
    ym_buf_init(&cat, 1 << 20);
    root = make_cert("Root", NULL, true, NULL, NULL, -1000, 1000);
    leaf = make_cert("Leaf", &root, false, NULL, "codeSigning", -10, 10);
    other = make_cert("Other", NULL, true, NULL, "codeSigning", -10, 10);
    make_crb_line(&root, "Root", true, "101", true, &crb);
    bad = run();
    make_cert_free(&root);
    make_cert_free(&leaf);
    make_cert_free(&other);
    ym_buf_done(&file);
    ym_buf_done(&crb);
    ym_buf_done(&cat);
    return bad;
}
