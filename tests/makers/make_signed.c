/* make_signed.c - see make_signed.h. */
#include "make_signed.h"

#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/sha.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { DAY = 24 * 60 * 60 };

static void extend(X509 *x, int nid, const char *value) {
    X509_EXTENSION *e = value == NULL ? NULL : X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    if (e != NULL) {
        X509_add_ext(x, e, -1);
        X509_EXTENSION_free(e);
    }
}

struct make_cert make_cert(const char *name, const struct make_cert *issuer, bool authority,
                           const char *usage, const char *extended, int from, int to) {
    struct make_cert c = {.x = X509_new(), .key = EVP_RSA_gen(1024)};
    X509_NAME *n = X509_NAME_new();
    long serial = 0;

    for (const char *p = name; *p != '\0'; p++) {
        serial = serial % 100000000 * 31 + *p;
    }
    X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_version(c.x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(c.x), serial);
    X509_gmtime_adj(X509_getm_notBefore(c.x), (long)from * DAY);
    X509_gmtime_adj(X509_getm_notAfter(c.x), (long)to * DAY);
    X509_set_subject_name(c.x, n);
    X509_set_issuer_name(c.x, issuer == NULL ? n : X509_get_subject_name(issuer->x));
    X509_set_pubkey(c.x, c.key);
    extend(c.x, NID_basic_constraints, authority ? "critical,CA:TRUE" : NULL);
    extend(c.x, NID_key_usage, usage);
    extend(c.x, NID_ext_key_usage, extended);
    X509_sign(c.x, issuer == NULL ? c.key : issuer->key, EVP_sha256());
    X509_NAME_free(n);
    return c;
}

void make_cert_free(struct make_cert *c) {
    X509_free(c->x);
    EVP_PKEY_free(c->key);
    *c = (struct make_cert){NULL, NULL};
}

static uint32_t optional_at(const struct ym_buf *file) {
    return file->data[0x3c] + 24u; /* below 0x100 in all that is made */
}

static uint32_t entry_at(const struct ym_buf *file) {
    const uint8_t *magic = file->data + optional_at(file);
    const bool is64 = magic[0] == 0x0b && magic[1] == 2;

    return optional_at(file) + (is64 ? 112u : 96u) + 8 * 4;
}

static void put_entry(uint8_t *p, size_t v) {
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

size_t make_pe_digest(const struct ym_buf *file, const EVP_MD *md, uint8_t *out) {
    const uint32_t entry = entry_at(file);
    const uint32_t checksum = optional_at(file) + 64;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    unsigned n = 0;

    EVP_DigestInit_ex(c, md, NULL);
    EVP_DigestUpdate(c, file->data, checksum);
    EVP_DigestUpdate(c, file->data + checksum + 4, entry - checksum - 4);
    EVP_DigestUpdate(c, file->data + entry + 8, file->len - entry - 8);
    EVP_DigestFinal_ex(c, out, &n);
    EVP_MD_CTX_free(c);
    return n;
}

/* SpcIndirectDataContent: SpcPeImageData, empty, and the digest. */
static size_t put_content(const struct ym_buf *file, uint8_t *out) {
    static const uint8_t head[] = {0x30, 0x4c, 0x30, 0x17, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04,
                                   0x01, 0x82, 0x37, 0x02, 0x01, 0x0f, 0x30, 0x09, 0x03, 0x01,
                                   0x00, 0xa0, 0x04, 0xa2, 0x02, 0x80, 0x00, 0x30, 0x31, 0x30,
                                   0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
                                   0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

    memcpy(out, head, sizeof(head));
    return sizeof(head) + make_pe_digest(file, EVP_sha256(), out + sizeof(head));
}

/* Another attribute whose value is a SEQUENCE. */
static void add_attribute(STACK_OF(X509_ATTRIBUTE) * *to, const char *type, const uint8_t *der,
                          size_t n) {
    ASN1_OBJECT *o = OBJ_txt2obj(type, 1);
    X509_ATTRIBUTE *a = X509_ATTRIBUTE_create_by_OBJ(NULL, o, V_ASN1_SEQUENCE, der, (int)n);

    if (*to == NULL) {
        *to = sk_X509_ATTRIBUTE_new_null();
    }
    sk_X509_ATTRIBUTE_push(*to, a);
    ASN1_OBJECT_free(o);
}

/* SpcSpOpusInfo with a program's name of less than 50 characters. */
static void add_program(PKCS7_SIGNER_INFO *si, const char *program) {
    const size_t n = strlen(program);
    uint8_t der[128] = {0x30, (uint8_t)(2 * n + 4), 0xa0, (uint8_t)(2 * n + 2),
                        0x80, (uint8_t)(2 * n)};

    for (size_t i = 0; i < n; i++) {
        der[6 + 2 * i + 1] = (uint8_t)program[i];
    }
    add_attribute(&si->auth_attr, "1.3.6.1.4.1.311.2.1.12", der, 6 + 2 * n);
}

/* program, unless NULL: its name. */
static PKCS7_SIGNER_INFO *sign(const struct make_cert *c, const char *type, const void *data,
                               size_t n, int day, bool dated, const char *program) {
    PKCS7_SIGNER_INFO *si = PKCS7_SIGNER_INFO_new();
    uint8_t digest[SHA256_DIGEST_LENGTH];

    PKCS7_SIGNER_INFO_set(si, c->x, c->key, EVP_sha256());
    SHA256(data, n, digest);
    PKCS7_add_signed_attribute(si, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_txt2obj(type, 1));
    PKCS7_add1_attrib_digest(si, digest, sizeof(digest));
    if (program != NULL) {
        add_program(si, program);
    }
    if (dated) {
        PKCS7_add0_attrib_signing_time(si, X509_gmtime_adj(NULL, (long)day * DAY));
    }
    PKCS7_SIGNER_INFO_sign(si);
    return si;
}

static void countersign(PKCS7_SIGNER_INFO *si, const struct make_cert *counter, int day) {
    PKCS7_SIGNER_INFO *c =
        sign(counter, "1.2.840.113549.1.7.1", ASN1_STRING_get0_data(si->enc_digest),
             (size_t)ASN1_STRING_length(si->enc_digest), day, true, NULL);
    ASN1_STRING *value = ASN1_STRING_new();
    unsigned char *der = NULL;
    int n = i2d_PKCS7_SIGNER_INFO(c, &der);

    ASN1_STRING_set0(value, der, n);
    PKCS7_add_attribute(si, NID_pkcs9_countersignature, V_ASN1_SEQUENCE, value);
    PKCS7_SIGNER_INFO_free(c);
}

static PKCS7 *make_contents(const char *type, const uint8_t *der, size_t n, int kind) {
    PKCS7 *inner = PKCS7_new();
    ASN1_STRING *s = ASN1_STRING_new();

    ASN1_STRING_set(s, der, (int)n);
    inner->type = OBJ_txt2obj(type, 1);
    inner->d.other = ASN1_TYPE_new();
    ASN1_TYPE_set(inner->d.other, kind, s);
    return inner;
}

/* What a time stamp says: this digest was there on that day. */
static int make_stamp_info(const ASN1_STRING *signature, int day, unsigned char **ret_der) {
    TS_TST_INFO *info = TS_TST_INFO_new();
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algo = X509_ALGOR_new();
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
    ASN1_GENERALIZEDTIME *when = ASN1_GENERALIZEDTIME_adj(NULL, time(NULL), day, 0);
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    uint8_t digest[SHA256_DIGEST_LENGTH];
    int n;

    SHA256(ASN1_STRING_get0_data(signature), (size_t)ASN1_STRING_length(signature), digest);
    X509_ALGOR_set_md(algo, EVP_sha256());
    TS_MSG_IMPRINT_set_algo(imprint, algo);
    TS_MSG_IMPRINT_set_msg(imprint, digest, sizeof(digest));
    ASN1_INTEGER_set(serial, 77);
    TS_TST_INFO_set_version(info, 1);
    TS_TST_INFO_set_policy_id(info, policy);
    TS_TST_INFO_set_msg_imprint(info, imprint);
    TS_TST_INFO_set_serial(info, serial);
    TS_TST_INFO_set_time(info, when);
    n = i2d_TS_TST_INFO(info, ret_der);
    ASN1_INTEGER_free(serial);
    ASN1_GENERALIZEDTIME_free(when);
    ASN1_OBJECT_free(policy);
    X509_ALGOR_free(algo);
    TS_MSG_IMPRINT_free(imprint);
    TS_TST_INFO_free(info);
    return n;
}

static void stamp(PKCS7_SIGNER_INFO *si, const struct make_cert *stamper, int day) {
    static const char type[] = "1.2.840.113549.1.9.16.1.4";
    unsigned char *info = NULL;
    unsigned char *der = NULL;
    const int info_len = make_stamp_info(si->enc_digest, day, &info);
    PKCS7 *p7 = PKCS7_new();
    int n;

    PKCS7_set_type(p7, NID_pkcs7_signed);
    PKCS7_set_content(p7, make_contents(type, info, (size_t)info_len, V_ASN1_OCTET_STRING));
    PKCS7_add_signer(p7, sign(stamper, type, info, (size_t)info_len, 0, false, NULL));
    PKCS7_add_certificate(p7, stamper->x);
    n = i2d_PKCS7(p7, &der);
    add_attribute(&si->unauth_attr, "1.3.6.1.4.1.311.3.3.1", der, (size_t)n);
    OPENSSL_free(der);
    OPENSSL_free(info);
    PKCS7_free(p7);
}

/* Signed data about der[0..n), a SEQUENCE of this type; returns its length, 0: failed. */
static size_t make_pkcs7(const char *type, const uint8_t *der, size_t n,
                         const struct make_signers *by, const uint8_t *nested, size_t nested_len,
                         unsigned char **ret_der) {
    const unsigned char *inside = der;
    PKCS7 *p7 = PKCS7_new();
    PKCS7_SIGNER_INFO *si;
    long length;
    int tag;
    int class;
    int len;

    (void)ASN1_get_object(&inside, &length, &tag, &class, (long)n);
    si = sign(by->certs[0], type, inside, (size_t)length, 0, false, by->program);
    if (by->counter != NULL) {
        countersign(si, by->counter, by->counter_day);
    }
    if (by->stamper != NULL) {
        stamp(si, by->stamper, by->stamp_day);
    }
    if (nested_len > 0) {
        add_attribute(&si->unauth_attr, "1.3.6.1.4.1.311.2.4.1", nested, nested_len);
    }
    PKCS7_set_type(p7, NID_pkcs7_signed);
    PKCS7_set_content(p7, make_contents(type, der, n, V_ASN1_SEQUENCE));
    PKCS7_add_signer(p7, si);
    for (unsigned i = 0; i < by->n_certs; i++) {
        PKCS7_add_certificate(p7, by->certs[i]->x);
    }
    if (by->counter != NULL) {
        PKCS7_add_certificate(p7, by->counter->x);
    }
    *ret_der = NULL;
    len = i2d_PKCS7(p7, ret_der);
    PKCS7_free(p7);
    return len <= 0 ? 0 : (size_t)len;
}

bool make_signed_by(struct ym_buf *file, const struct make_signers *by) {
    static const char type[] = "1.3.6.1.4.1.311.2.1.4";
    uint8_t content[128];
    const size_t content_len = put_content(file, content);
    const size_t at = file->len;
    unsigned char *nested = NULL;
    unsigned char *der;
    size_t nested_len = 0;
    size_t len;

    if (by->nested != NULL) {
        nested_len = make_pkcs7(type, content, content_len, by->nested, NULL, 0, &nested);
    }
    len = make_pkcs7(type, content, content_len, by, nested, nested_len, &der);
    OPENSSL_free(nested);
    if (len == 0) {
        return false;
    }
    ym_buf_u32le(file, 8 + (uint32_t)len);
    ym_buf_u16le(file, 0x200);
    ym_buf_u16le(file, 2);
    ym_buf_add(file, der, len);
    OPENSSL_free(der);
    ym_buf_align(file, 8);
    put_entry(file->data + entry_at(file), at);
    put_entry(file->data + entry_at(file) + 4, file->len - at);
    return ym_buf_status(file) == YM_OK;
}

bool make_signed(struct ym_buf *file, const struct make_cert *const *certs, unsigned n,
                 const struct make_cert *counter, int counter_day) {
    const struct make_signers by = {
        .certs = certs, .n_certs = n, .counter = counter, .counter_day = counter_day};

    return make_signed_by(file, &by);
}

/* ---- Catalogues ---------------------------------------------------------------------------- */

/* What was added since start becomes the contents of a value with this tag. */
static void wrap(struct ym_buf *b, size_t start, uint8_t tag) {
    const size_t n = b->len - start;
    uint8_t head[5] = {tag};
    size_t n_head = 2;

    if (n < 0x80) {
        head[1] = (uint8_t)n;
    } else {
        head[1] = 0x83;
        head[2] = (uint8_t)(n >> 16);
        head[3] = (uint8_t)(n >> 8);
        head[4] = (uint8_t)n;
        if (n < 0x10000) {
            head[1] = 0x82;
            memmove(head + 2, head + 3, 2);
        }
        if (n < 0x100) {
            head[1] = 0x81;
            head[2] = (uint8_t)n;
        }
        n_head = 2 + (head[1] & 0x7fu);
    }
    ym_buf_add(b, head, n_head);
    memmove(b->data + start + n_head, b->data + start, n);
    memcpy(b->data + start, head, n_head);
}

static void put_oid(struct ym_buf *b, const char *dotted) {
    ASN1_OBJECT *o = OBJ_txt2obj(dotted, 1);
    const size_t start = b->len;

    ym_buf_add(b, OBJ_get0_data(o), OBJ_length(o));
    wrap(b, start, 0x06);
    ASN1_OBJECT_free(o);
}

static void put_null(struct ym_buf *b) {
    ym_buf_u8(b, 0x05);
    ym_buf_u8(b, 0);
}

static void put_octets(struct ym_buf *b, const uint8_t *p, size_t n) {
    const size_t start = b->len;

    ym_buf_add(b, p, n);
    wrap(b, start, 0x04);
}

static void put_indirect(struct ym_buf *b, const struct make_member *m) {
    static const uint8_t image[] = {0x30, 0x09, 0x03, 0x01, 0x00, 0xa0,
                                    0x04, 0xa2, 0x02, 0x80, 0x00};
    const size_t start = b->len;
    size_t info;
    size_t algo;

    put_oid(b, m->kind);
    ym_buf_add(b, image, sizeof(image));
    wrap(b, start, 0x30);
    info = b->len;
    algo = b->len;
    put_oid(b, m->algo);
    put_null(b);
    wrap(b, algo, 0x30);
    put_octets(b, m->digest, m->n);
    wrap(b, info, 0x30);
    wrap(b, start, 0x30);
}

static void put_member(struct ym_buf *b, const struct make_member *m) {
    const size_t start = b->len;
    size_t set;

    put_octets(b, m->digest, m->n);
    set = b->len;
    put_oid(b, "1.3.6.1.4.1.311.2.1.4");
    {
        const size_t values = b->len;

        put_indirect(b, m);
        wrap(b, values, 0x31);
    }
    wrap(b, set, 0x30);
    wrap(b, set, 0x31);
    wrap(b, start, 0x30);
}

static void put_list(struct ym_buf *b, const struct make_catalog *c) {
    size_t start;

    put_oid(b, c->usage == NULL ? "1.3.6.1.4.1.311.12.1.1" : c->usage);
    wrap(b, 0, 0x30);
    put_octets(b, (const uint8_t *)"0123456789abcdef", 16);
    start = b->len;
    ym_buf_add_text(b, "260101000000Z");
    wrap(b, start, 0x17);
    start = b->len;
    put_oid(b, c->second ? "1.3.6.1.4.1.311.12.1.3" : "1.3.6.1.4.1.311.12.1.2");
    put_null(b);
    wrap(b, start, 0x30);
    start = b->len;
    for (unsigned i = 0; i < c->n_members; i++) {
        put_member(b, &c->members[i]);
    }
    wrap(b, start, 0x30);
    wrap(b, 0, 0x30);
}

bool make_catalog(const struct make_catalog *c, struct ym_buf *out) {
    struct ym_buf list;
    unsigned char *der;
    size_t len;

    ym_buf_init(&list, 1 << 24);
    put_list(&list, c);
    len = make_pkcs7("1.3.6.1.4.1.311.10.1", list.data, list.len, &c->by, NULL, 0, &der);
    ym_buf_done(&list);
    if (len == 0) {
        return false;
    }
    ym_buf_add(out, der, len);
    OPENSSL_free(der);
    return ym_buf_status(out) == YM_OK;
}

static void put_sha1(const unsigned char *der, int n, struct ym_buf *out) {
    const unsigned char *p = der;
    uint8_t digest[SHA_DIGEST_LENGTH];
    long length;
    int tag;
    int class;

    (void)ASN1_get_object(&p, &length, &tag, &class, n);
    SHA1(p, (size_t)length, digest);
    for (unsigned i = 0; i < sizeof(digest); i++) {
        ym_buf_printf(out, "%02x", digest[i]);
    }
}

void make_crb_line(const struct make_cert *c, const char *name, bool trusted, const char *flags,
                   bool with_serial, struct ym_buf *out) {
    unsigned char *der = NULL;
    BIGNUM *modulus = NULL;
    int n = i2d_X509_NAME(X509_get_subject_name(c->x), &der);
    char *hex;

    ym_buf_printf(out, "%s;%d;", name, trusted);
    put_sha1(der, n, out);
    ym_buf_u8(out, ';');
    OPENSSL_free(der);
    if (with_serial) {
        der = NULL;
        n = i2d_ASN1_INTEGER(X509_get_serialNumber(c->x), &der);
        put_sha1(der, n, out);
        OPENSSL_free(der);
    }
    EVP_PKEY_get_bn_param(c->key, "n", &modulus);
    hex = BN_bn2hex(modulus);
    ym_buf_printf(out, ";%s;010001;%c;%c;%c;;comment\n", hex, flags[0], flags[1], flags[2]);
    OPENSSL_free(hex);
    BN_free(modulus);
}
