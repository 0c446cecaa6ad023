/* Security catalogues: which of them make rows, and which.  That clamscan 1.4 trusts the same ones
 * was asked of it with catalogues of this make. */
#include "base/catalog_rows.h"
#include "base/kinds.h"
#include "signatures/clamav.h"

#include "makers/make_signed.h"
#include "ym_test.h"

#include <openssl/evp.h>
#include <string.h>

static struct make_cert root, leaf, timer, old, middle, below, plain, stranger;
static struct ym_buf crb;
static struct ym_buf cat;

static const uint8_t digests[3][32] = {"program 1, in SHA-1 ", "program 2, in SHA-256, 32 bytes.",
                                       "a file of any sort  "};

/* ---- What came of it ---- */

static struct {
    unsigned rows;
    unsigned listed;   /* digests */
    unsigned of[2][3]; /* of them, [ym_catalog_of][ym_digest_algo] */
    bool known;        /* all are in the catalogue that was made */
    bool ascending;    /* in each row */
    uint64_t until;    /* of the last row */
    char name[64];     /* the same */
    unsigned n_left_out;
    const char *why; /* the last one was left out */
} got;

static void note(const struct ym_table_row *row, size_t size) {
    const struct ym_table_text all = row->texts[YM_CATALOG_T_DIGESTS];

    for (uint32_t i = 0; i < all.n; i += (uint32_t)size) {
        bool known = false;

        for (unsigned k = 0; k < 3; k++) {
            known = known || memcmp(all.s + i, digests[k], size) == 0;
        }
        got.known = got.known && known;
        got.ascending = got.ascending && (i == 0 || memcmp(all.s + i - size, all.s + i, size) < 0);
        got.of[row->numbers[YM_CATALOG_N_OF]][row->numbers[YM_CATALOG_N_ALGO]]++;
        got.listed++;
    }
}

static ym_status on_row(void *self, ym_table table, const struct ym_table_row *row,
                        struct ym_err *err) {
    (void)self;
    (void)err;
    if (table != YM_TABLE_CATALOG) {
        return YM_OK;
    }
    CHECK_EQ(row->n_numbers, YM_CATALOG_NUMBERS);
    CHECK_EQ(row->n_texts, YM_CATALOG_TEXTS);
    CHECK(row->numbers[YM_CATALOG_N_OF] < 2 && row->numbers[YM_CATALOG_N_ALGO] < 3);
    note(row, ym_digest_size((ym_digest_algo)row->numbers[YM_CATALOG_N_ALGO]));
    got.rows++;
    got.until = row->numbers[YM_CATALOG_N_UNTIL];
    if (row->texts[YM_CATALOG_T_NAME].n < sizeof(got.name)) {
        memcpy(got.name, row->texts[YM_CATALOG_T_NAME].s, row->texts[YM_CATALOG_T_NAME].n);
    }
    return YM_OK;
}

static ym_status on_left_out(void *self, const char *file, unsigned line, const char *why) {
    (void)self;
    (void)line;
    CHECK(strcmp(file, "folder/c.cat") == 0);
    got.n_left_out++;
    got.why = why;
    return YM_OK;
}

static void load_bytes(const uint8_t *p, size_t n) {
    static const struct ym_clamav_options options = {.skip_bad = false};
    const struct ym_sink sink = {.row = on_row, .left_out = on_left_out};
    struct ym_clamav *ld = ym_clamav_new(&options, &sink);
    struct ym_err err = {.code = YM_OK};

    memset(&got, 0, sizeof(got));
    got.known = true;
    got.ascending = true;
    got.why = "";
    CHECK(ld != NULL);
    if (crb.len > 0) {
        CHECK_EQ(ym_clamav_file(ld, "c.crb", (const char *)crb.data, crb.len, &err), YM_OK);
    }
    CHECK_EQ(ym_clamav_file(ld, "folder/c.cat", (const char *)p, n, &err), YM_OK);
    ym_clamav_free(ld);
}

static void load(void) {
    load_bytes(cat.data, cat.len);
}

static void trust(const struct make_cert *c, const char *flags) {
    ym_buf_clear(&crb);
    make_crb_line(c, "Name", true, flags, true, &crb);
}

/* ---- Making one ---- */

static const struct make_member three[] = {{MAKE_KIND_PE, MAKE_SHA1, digests[0], 20},
                                           {MAKE_KIND_PE, MAKE_SHA256, digests[1], 32},
                                           {MAKE_KIND_CAB, MAKE_SHA1, digests[2], 20}};

static void make(struct make_catalog c, const struct make_cert *signer,
                 const struct make_cert *other, const struct make_cert *counter, int day) {
    const struct make_cert *certs[] = {signer, other};

    if (c.members == NULL) {
        c.members = three;
        c.n_members = 3;
    }
    c.by = (struct make_signers){
        .certs = certs, .n_certs = other == NULL ? 1 : 2, .counter = counter, .counter_day = day};
    ym_buf_clear(&cat);
    CHECK(make_catalog(&c, &cat));
}

static void make_plain(const struct make_cert *signer) {
    make((struct make_catalog){.members = NULL}, signer, NULL, NULL, 0);
}

static bool says(const char *part) {
    return got.rows == 0 && got.n_left_out == 1 && strstr(got.why, part) != NULL;
}

#define UNTRUSTED "without a valid signature by a trusted certificate"

/* ---- Tests ---- */

static void a_trusted_catalogue_makes_a_row_for_each_kind_of_digest(void) {
    trust(&root, "111");
    for (unsigned second = 0; second < 2; second++) {
        make((struct make_catalog){.second = second == 1}, &leaf, NULL, NULL, 0);
        load();
        CHECK_EQ(got.rows, 3);
        CHECK_EQ(got.n_left_out, 0);
        CHECK_EQ(got.of[YM_CATALOG_PROGRAM][YM_SHA1], 1);
        CHECK_EQ(got.of[YM_CATALOG_PROGRAM][YM_SHA256], 1);
        CHECK_EQ(got.of[YM_CATALOG_FILE][YM_SHA1], 1);
        CHECK(got.known);
        CHECK(strcmp(got.name, "c.cat") == 0);
    }
}

static void it_holds_as_long_as_its_signer_or_for_ever_when_countersigned(void) {
    const uint64_t now = (uint64_t)time(NULL);

    trust(&root, "111");
    make_plain(&leaf); /* ten days */
    load();
    CHECK(got.until > now + 863000 && got.until < now + 865000);
    make((struct make_catalog){.members = NULL}, &leaf, NULL, &timer, 0);
    load();
    CHECK_EQ(got.until, INT64_MAX);
}

static void digests_that_nobody_asks_are_counted(void) {
    const struct make_member odd[] = {
        {MAKE_KIND_CAB, MAKE_SHA256, digests[1], 32},          /* of a file */
        {MAKE_KIND_PE, "1.2.840.113549.2.5", digests[0], 16},  /* MD5 */
        {"1.3.6.1.4.1.311.2.1.30", MAKE_SHA1, digests[0], 20}, /* of what? */
        {MAKE_KIND_PE, MAKE_SHA256, digests[0], 20},           /* too short */
        {MAKE_KIND_CAB, MAKE_SHA1, digests[2], 20},
        {MAKE_KIND_CAB, MAKE_SHA1, digests[2], 20}, /* twice */
    };

    trust(&root, "111");
    make((struct make_catalog){.members = odd, .n_members = 6}, &leaf, NULL, NULL, 0);
    load();
    CHECK_EQ(got.n_left_out, 4);
    CHECK(strstr(got.why, "whose digest is not asked") != NULL);
    CHECK_EQ(got.rows, 1);
    CHECK_EQ(got.listed, 1);
    CHECK(got.known);
}

static void a_long_list_takes_several_rows(void) {
    enum { N = 4000 };
    static struct make_member members[N];
    static uint8_t many[N][20];

    for (unsigned i = 0; i < N; i++) {
        many[i][0] = (uint8_t)(i * 7);
        many[i][1] = (uint8_t)(i >> 8);
        many[i][2] = (uint8_t)i;
        members[i] = (struct make_member){MAKE_KIND_PE, MAKE_SHA1, many[i], 20};
    }
    trust(&root, "111");
    make((struct make_catalog){.members = members, .n_members = N}, &leaf, NULL, NULL, 0);
    load();
    CHECK_EQ(got.rows, 2);
    CHECK_EQ(got.listed, N);
    CHECK(got.ascending);
}

static void without_certificates_nothing_is_trusted(void) {
    ym_buf_clear(&crb);
    make_plain(&leaf);
    load();
    CHECK(says("without certificates (.crb)"));
}

static void the_root_must_be_trusted_for_code_and_certificates(void) {
    static const char *const less[] = {"000", "001", "010", "011", "100", "110"};

    make_plain(&leaf);
    for (unsigned i = 0; i < sizeof(less) / sizeof(less[0]); i++) {
        trust(&root, less[i]);
        load();
        CHECK(says(UNTRUSTED));
    }
    trust(&root, "101");
    load();
    CHECK_EQ(got.rows, 3);
    trust(&leaf, "101");
    load();
    CHECK_EQ(got.rows, 3);
    trust(&stranger, "111");
    load();
    CHECK(says(UNTRUSTED));
}

static void who_may_not_sign_code_is_not_trusted(void) {
    trust(&root, "111");
    make_plain(&plain);
    load();
    CHECK(says(UNTRUSTED));
    make_plain(&timer);
    load();
    CHECK(says(UNTRUSTED));
    make_plain(&below); /* by way of an authority that is not there */
    load();
    CHECK(says(UNTRUSTED));
    make((struct make_catalog){.members = NULL}, &below, &middle, NULL, 0);
    load();
    CHECK_EQ(got.rows, 3);
}

static void an_old_signer_needs_a_countersignature_of_his_time(void) {
    trust(&root, "111");
    make_plain(&old);
    load();
    CHECK(says(UNTRUSTED));
    make((struct make_catalog){.members = NULL}, &old, NULL, &timer, -10);
    load();
    CHECK(says(UNTRUSTED));
    make((struct make_catalog){.members = NULL}, &old, NULL, &timer, -70);
    load();
    CHECK_EQ(got.rows, 3);
}

static void a_blocked_certificate_spoils_all(void) {
    trust(&root, "111");
    make_crb_line(&leaf, "Blocked", false, "000", true, &crb);
    make_plain(&leaf);
    load();
    CHECK(says("with a blocked certificate"));
}

static void a_list_for_something_else_is_no_catalogue(void) {
    trust(&root, "111");
    make((struct make_catalog){.usage = "1.3.6.1.4.1.311.10.3.1"}, &leaf, NULL, NULL, 0);
    load();
    CHECK(says("no security catalogue"));
}

static void what_is_not_signed_data_is_left_out(void) {
    trust(&root, "111");
    load_bytes((const uint8_t *)"no line of it\n", 14);
    CHECK(says("no PKCS #7 signed data"));
}

/* Where the signature does not reach a change may go unseen, but it lists nothing else. */
static void every_damage_vouches_for_nothing_new(void) {
    unsigned unseen = 0;

    trust(&root, "111");
    make_plain(&leaf);
    for (size_t i = 0; i < cat.len; i++) {
        cat.data[i] ^= 0x41;
        load();
        CHECK(got.known);
        unseen += got.rows > 0;
        cat.data[i] ^= 0x41;
    }
    CHECK(unseen < cat.len / 10);
    for (size_t n = 1; n < cat.len; n++) {
        load_bytes(cat.data, n);
        CHECK_EQ(got.rows, 0);
        CHECK_EQ(got.n_left_out, 1);
    }
    load();
    CHECK_EQ(got.rows, 3);
}

static int run(void) {
    static const struct ym_test tests[] = {
        T(a_trusted_catalogue_makes_a_row_for_each_kind_of_digest),
        T(it_holds_as_long_as_its_signer_or_for_ever_when_countersigned),
        T(digests_that_nobody_asks_are_counted),
        T(a_long_list_takes_several_rows),
        T(without_certificates_nothing_is_trusted),
        T(the_root_must_be_trusted_for_code_and_certificates),
        T(who_may_not_sign_code_is_not_trusted),
        T(an_old_signer_needs_a_countersignature_of_his_time),
        T(a_blocked_certificate_spoils_all),
        T(a_list_for_something_else_is_no_catalogue),
        T(what_is_not_signed_data_is_left_out),
        T(every_damage_vouches_for_nothing_new),
    };

    return ym_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}

int main(void) {
    struct make_cert *all[] = {&root, &leaf, &timer, &old, &middle, &below, &plain, &stranger};
    int bad;

    ym_buf_init(&crb, 1 << 16);
    ym_buf_init(&cat, 1 << 24);
    root = make_cert("Root", NULL, true, NULL, NULL, -1000, 1000);
    leaf = make_cert("Leaf", &root, false, NULL, "codeSigning", -10, 10);
    timer = make_cert("Timer", &root, false, NULL, "timeStamping", -900, 900);
    old = make_cert("Old", &root, false, NULL, "codeSigning", -100, -50);
    middle = make_cert("Middle", &root, true, "keyCertSign", NULL, -500, 500);
    below = make_cert("Below", &middle, false, NULL, "codeSigning", -10, 10);
    plain = make_cert("Plain", &root, false, NULL, "clientAuth", -10, 10);
    stranger = make_cert("Stranger", NULL, true, NULL, NULL, -10, 10);
    bad = run();
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        make_cert_free(all[i]);
    }
    ym_buf_done(&crb);
    ym_buf_done(&cat);
    return bad;
}
