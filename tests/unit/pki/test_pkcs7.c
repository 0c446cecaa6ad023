/* Values in DER, and who vouches for signed data.  Chains and times are tested through programs and
 * catalogues (tests/unit/engine/test_authenticode.c, tests/unit/signatures/test_clamav_cat.c). */
#include "base/pe_rows.h"
#include "pki/pkcs7.h"

#include "makers/make_signed.h"
#include "ym_test.h"

#include <string.h>

#define LIST "1.3.6.1.4.1.311.10.1"

static struct make_cert root;
static struct ym_buf cat;

/* ---- DER ---- */

static bool takes(const void *p, size_t n, unsigned tag, size_t inside, size_t left) {
    struct ym_der d = {p, n};
    struct ym_der in;

    return ym_der_next(&d, tag, &in) && in.n == inside && d.n == left &&
           d.p == (const uint8_t *)p + n - left;
}

static bool refuses(const void *p, size_t n, unsigned tag) {
    struct ym_der d = {p, n};
    struct ym_der in = {NULL, 77};

    return !ym_der_next(&d, tag, &in) && d.p == p && d.n == n && in.n == 77;
}

static void a_value_is_taken_off_with_its_header(void) {
    CHECK(takes("\x04\x02xy", 4, YM_DER_OCTETS, 2, 0));
    CHECK(takes("\x04\x02xyz", 5, YM_DER_OCTETS, 2, 1));
    CHECK(takes("\x04\x00", 2, YM_DER_OCTETS, 0, 0));
    CHECK(takes("\x30\x81\x02xy!", 6, YM_DER_SEQUENCE, 2, 1));
}

static void another_tag_is_left_where_it_is(void) {
    CHECK(refuses("\x04\x02xy", 4, YM_DER_SEQUENCE));
    CHECK(refuses("\x24\x02xy", 4, YM_DER_OCTETS));
    CHECK(refuses("\x84\x02xy", 4, YM_DER_OCTETS));
}

static void what_does_not_fit_is_refused(void) {
    CHECK(refuses("", 0, YM_DER_OCTETS));
    CHECK(refuses("\x04", 1, YM_DER_OCTETS));
    CHECK(refuses("\x04\x03xy", 4, YM_DER_OCTETS));
    CHECK(refuses("\x30\x82\x01", 3, YM_DER_SEQUENCE));
    CHECK(refuses("\x30\x84\xff\xff\xff\xff", 6, YM_DER_SEQUENCE));
    CHECK(refuses("\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff", 10, YM_DER_SEQUENCE));
    CHECK(refuses("\x30\x80\x00\x00", 4, YM_DER_SEQUENCE)); /* of indefinite length */
}

/* ---- Signed data ---- */

static void make(void) {
    const struct make_cert *certs[] = {&root};
    const struct make_member member = {MAKE_KIND_PE, MAKE_SHA1,
                                       (const uint8_t *)"01234567890123456789", 20};
    const struct make_catalog c = {
        .members = &member, .n_members = 1, .by = {.certs = certs, .n_certs = 1}};

    ym_buf_clear(&cat);
    CHECK(make_catalog(&c, &cat));
}

/* Of a CA that a row trusts or blocks. */
static struct ym_certs *certs_of(bool trusted, bool signs) {
    uint8_t subject[20];
    uint8_t modulus[128];
    BIGNUM *n = NULL;
    const unsigned char *der;
    size_t der_len;
    unsigned len = 0;
    struct ym_certs *c = NULL;
    struct ym_table_row row = {
        .numbers = {trusted, signs, signs, signs},
        .texts = {{"name", 4}, {(const char *)subject, 20}, {"", 0}, {(const char *)modulus, 128}},
        .n_numbers = YM_CERT_NUMBERS,
        .n_texts = YM_CERT_TEXTS};

    CHECK_EQ(X509_NAME_get0_der(X509_get_subject_name(root.x), &der, &der_len), 1);
    CHECK_EQ(EVP_Digest(der + 2, der_len - 2, subject, &len, EVP_sha1(), NULL), 1);
    CHECK_EQ(EVP_PKEY_get_bn_param(root.key, "n", &n), 1);
    CHECK_EQ(BN_bn2binpad(n, modulus, sizeof(modulus)), 128);
    BN_free(n);
    CHECK_EQ(ym_certs_new(&c, NULL), YM_OK);
    CHECK_EQ(ym_certs_add(c, &row, NULL), YM_OK);
    memset(subject, 0, sizeof(subject)); /* the row was copied */
    memset(modulus, 0, sizeof(modulus));
    return c;
}

static bool holds(const struct ym_certs *c, const char *type, int days) {
    size_t used = 0;
    int64_t until = 0;
    PKCS7 *p7 = ym_pkcs7_parse(cat.data, cat.len, &used);
    bool ok;

    CHECK(p7 != NULL);
    CHECK_EQ(used, cat.len);
    ok = ym_pkcs7_holds(c, p7, type, time(NULL) + (time_t)days * 86400, &until);
    CHECK(!ok || until > time(NULL));
    PKCS7_free(p7);
    return ok;
}

static void a_signature_holds_for_its_type_and_its_time(void) {
    struct ym_certs *good = certs_of(true, true);
    struct ym_certs *weak = certs_of(true, false);

    make();
    CHECK(holds(good, LIST, 0));
    CHECK(holds(good, LIST, 9));
    CHECK(!holds(good, LIST, 11));
    CHECK(!holds(good, LIST, -11));
    CHECK(!holds(good, "1.3.6.1.4.1.311.2.1.4", 0));
    CHECK(!holds(weak, LIST, 0));
    ym_certs_free(good);
    ym_certs_free(weak);
}

static void the_content_is_what_was_signed(void) {
    size_t used;
    struct ym_der content;
    PKCS7 *p7;

    make();
    p7 = ym_pkcs7_parse(cat.data, cat.len, &used);
    CHECK(p7 != NULL);
    CHECK(ym_pkcs7_content(p7, LIST, &content));
    CHECK(memmem(content.p, content.n, "01234567890123456789", 20) != NULL);
    CHECK(!ym_pkcs7_content(p7, "1.2.3", &content));
    PKCS7_free(p7);
    CHECK(ym_pkcs7_parse(cat.data, cat.len - 1, &used) == NULL);
    CHECK(ym_pkcs7_parse(cat.data, 0, &used) == NULL);
}

static void a_blocked_certificate_is_named(void) {
    struct ym_certs *blocked = certs_of(false, false);
    struct ym_certs *good = certs_of(true, true);
    const char *name = "";
    size_t n = 0;
    size_t used;
    PKCS7 *p7;

    make();
    p7 = ym_pkcs7_parse(cat.data, cat.len, &used);
    CHECK(ym_pkcs7_blocked(blocked, p7, &name, &n));
    CHECK(n == 4 && memcmp(name, "name", 4) == 0);
    CHECK(!ym_pkcs7_blocked(good, p7, &name, &n));
    CHECK(!holds(blocked, LIST, 0));
    PKCS7_free(p7);
    ym_certs_free(blocked);
    ym_certs_free(good);
}

static void rows_have_their_columns_and_are_not_too_many(void) {
    static const char bytes[20] = "";
    struct ym_table_row row = {.texts = {{"", 0}, {bytes, 20}, {"", 0}, {"\x7f", 1}},
                               .n_numbers = YM_CERT_NUMBERS,
                               .n_texts = YM_CERT_TEXTS};
    struct ym_certs *c = NULL;
    struct ym_err err = {.code = YM_OK};

    CHECK_EQ(ym_certs_new(&c, &err), YM_OK);
    row.texts[YM_CERT_T_SUBJECT].n = 19;
    for (unsigned i = 0; i < 70000; i++) { /* passed over */
        CHECK_EQ(ym_certs_add(c, &row, &err), YM_OK);
    }
    row.texts[YM_CERT_T_SUBJECT].n = 20;
    for (unsigned i = 0; i < 65536; i++) {
        CHECK_EQ(ym_certs_add(c, &row, &err), YM_OK);
    }
    CHECK_EQ(ym_certs_add(c, &row, &err), YM_LIMIT);
    ym_certs_free(c);
}

static int run(void) {
    static const struct ym_test tests[] = {
        T(a_value_is_taken_off_with_its_header),
        T(another_tag_is_left_where_it_is),
        T(what_does_not_fit_is_refused),
        T(a_signature_holds_for_its_type_and_its_time),
        T(the_content_is_what_was_signed),
        T(a_blocked_certificate_is_named),
        T(rows_have_their_columns_and_are_not_too_many),
    };

    return ym_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}

int main(void) {
    int bad;

    ym_buf_init(&cat, 1 << 16);
    root = make_cert("Root", NULL, true, NULL, NULL, -10, 10);
    bad = run();
    make_cert_free(&root);
    ym_buf_done(&cat);
    return bad;
}
