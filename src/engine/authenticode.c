/* authenticode.c - PKCS #7 of a signed program.  See authenticode.h.
 *
 * The tests, all of which must hold:
 *   1. signed data, whose content is an SpcIndirectDataContent, one signer with RSA
 *   2. the signer's certificate is among those in the signature, is trusted, and may sign code
 *   3. its authenticated attributes: the content's type and its digest; the signature over them
 *   4. the digest in the content is that of the file
 *   5. with a countersignature (PKCS #9), it must hold: over the signature, by a trusted
 *      certificate that may sign time, at a time at which both certificates were valid; without
 *      one, the signer's certificate must be valid now.  Time stamps of RFC 3161 are not read (as
 *      in the peer), so they do not help an old certificate. */
#include "authenticode.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <string.h>

enum { MAX_PADDING = 7 };

static const char indirect_data[] = "1.3.6.1.4.1.311.2.1.4";

/* NULL: no PKCS #7 signed data. */
static PKCS7 *parse(const struct ym_authenticode *a, bool *ret_alone) {
    const uint8_t *p = a->file + a->signature.pkcs7.offset;
    const uint8_t *end = p + a->signature.pkcs7.size;
    PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)a->signature.pkcs7.size);

    if (p7 == NULL || !PKCS7_type_is_signed(p7) || p7->d.sign == NULL) {
        PKCS7_free(p7);
        return NULL;
    }
    *ret_alone = end - p <= MAX_PADDING;
    for (; p < end && *ret_alone; p++) {
        *ret_alone = *p == 0;
    }
    return p7;
}

bool ym_authenticode_blocked(const struct ym_authenticode *a, const char **ret_name,
                             size_t *ret_len) {
    bool alone;
    bool blocked = false;
    PKCS7 *p7 = parse(a, &alone);

    if (p7 == NULL) {
        return false;
    }
    for (int i = 0; i < sk_X509_num(p7->d.sign->cert) && !blocked; i++) {
        blocked = ym_certs_blocked(a->certs, sk_X509_value(p7->d.sign->cert, i), ret_name, ret_len);
    }
    PKCS7_free(p7);
    return blocked;
}

/* ---- Parts of a signature ------------------------------------------------------------------ */

struct text {
    const uint8_t *p;
    size_t n;
};

/* What is in the outermost structure. */
static bool inside(const ASN1_STRING *der, struct text *ret_text) {
    const unsigned char *p = ASN1_STRING_get0_data(der);
    long length;
    int tag;
    int class;

    if (p == NULL ||
        (ASN1_get_object(&p, &length, &tag, &class, ASN1_STRING_length(der)) & 0x80) != 0) {
        return false;
    }
    *ret_text = (struct text){p, (size_t)length};
    return true;
}

static bool is_type(const ASN1_OBJECT *o, const char *dotted) {
    char text[80];

    return o != NULL && OBJ_obj2txt(text, sizeof(text), o, 1) > 0 && strcmp(text, dotted) == 0;
}

/* The SpcIndirectDataContent with its header; NULL: something else was signed. */
static const ASN1_STRING *content_of(const PKCS7 *p7) {
    const PKCS7 *contents = p7->d.sign->contents;

    if (contents == NULL || !is_type(contents->type, indirect_data) || contents->d.other == NULL ||
        contents->d.other->type != V_ASN1_SEQUENCE) {
        return NULL;
    }
    return contents->d.other->value.sequence;
}

static const EVP_MD *algorithm(const X509_ALGOR *a) {
    const ASN1_OBJECT *oid = NULL;

    if (a == NULL) {
        return NULL;
    }
    X509_ALGOR_get0(&oid, NULL, NULL, a);
    return EVP_get_digestbyobj(oid);
}

static bool digest_is(const EVP_MD *md, struct text data, const ASN1_OCTET_STRING *want) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    return md != NULL && want != NULL && EVP_Digest(data.p, data.n, digest, &n, md, NULL) == 1 &&
           ASN1_STRING_length(want) == (int)n &&
           memcmp(ASN1_STRING_get0_data(want), digest, n) == 0;
}

/* ---- Signers -------------------------------------------------------------------------------- */

/* The signer's certificate, if it may do this. */
static X509 *signer_of(const PKCS7 *p7, const unsigned *uses, const PKCS7_SIGNER_INFO *si,
                       unsigned use) {
    const PKCS7_ISSUER_AND_SERIAL *id = si->issuer_and_serial;
    const int n = sk_X509_num(p7->d.sign->cert);

    for (int i = 0; i < n && i < YM_CERT_MAX_CHAIN && id != NULL; i++) {
        X509 *x = sk_X509_value(p7->d.sign->cert, i);

        if ((uses[i] & use) != 0 && X509_NAME_cmp(X509_get_issuer_name(x), id->issuer) == 0 &&
            ASN1_INTEGER_cmp(X509_get0_serialNumber(x), id->serial) == 0) {
            return x;
        }
    }
    return NULL;
}

/* The attributes are about this content, and signed with the certificate's key. */
static bool attributes_hold(PKCS7_SIGNER_INFO *si, X509 *x, struct text content) {
    const EVP_MD *md = algorithm(si->digest_alg);
    const ASN1_TYPE *want = PKCS7_get_signed_attribute(si, NID_pkcs9_messageDigest);
    EVP_MD_CTX *context;
    unsigned char *der = NULL;
    int n;
    bool ok;

    if (want == NULL || want->type != V_ASN1_OCTET_STRING ||
        !digest_is(md, content, want->value.octet_string) || si->enc_digest == NULL) {
        return false;
    }
    n = ASN1_item_i2d((ASN1_VALUE *)si->auth_attr, &der, ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY));
    context = EVP_MD_CTX_new();
    ok = n > 0 && context != NULL &&
         EVP_DigestVerifyInit(context, NULL, md, NULL, X509_get0_pubkey(x)) == 1 &&
         EVP_DigestVerify(context, ASN1_STRING_get0_data(si->enc_digest),
                          (size_t)ASN1_STRING_length(si->enc_digest), der, (size_t)n) == 1;
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    return ok;
}

static bool type_attribute_is(PKCS7_SIGNER_INFO *si, const char *dotted) {
    const ASN1_TYPE *type = PKCS7_get_signed_attribute(si, NID_pkcs9_contentType);

    return type != NULL && type->type == V_ASN1_OBJECT && is_type(type->value.object, dotted);
}

/* ---- Time ----------------------------------------------------------------------------------- */

static bool valid_at(const X509 *x, const ASN1_TIME *t) {
    return ASN1_TIME_compare(X509_get0_notBefore(x), t) <= 0 &&
           ASN1_TIME_compare(t, X509_get0_notAfter(x)) <= 0 &&
           ASN1_TIME_check(t) == 1; /* compare says -2 of a damaged one */
}

static bool countersigned(const PKCS7 *p7, const unsigned *uses, const PKCS7_SIGNER_INFO *si,
                          const ASN1_TYPE *attribute, const X509 *signer) {
    const struct text signature = {ASN1_STRING_get0_data(si->enc_digest),
                                   (size_t)ASN1_STRING_length(si->enc_digest)};
    PKCS7_SIGNER_INFO *counter = NULL;
    bool ok = false;

    if (attribute->type == V_ASN1_SEQUENCE) {
        const unsigned char *p = ASN1_STRING_get0_data(attribute->value.sequence);

        counter = d2i_PKCS7_SIGNER_INFO(NULL, &p, ASN1_STRING_length(attribute->value.sequence));
    }
    if (counter != NULL) {
        X509 *x = signer_of(p7, uses, counter, YM_CERT_SIGNS_TIME);
        const ASN1_TYPE *t = PKCS7_get_signed_attribute(counter, NID_pkcs9_signingTime);

        ok = x != NULL && t != NULL &&
             (t->type == V_ASN1_UTCTIME || t->type == V_ASN1_GENERALIZEDTIME) &&
             valid_at(signer, t->value.asn1_string) && valid_at(x, t->value.asn1_string) &&
             attributes_hold(counter, x, signature);
    }
    PKCS7_SIGNER_INFO_free(counter);
    return ok;
}

static bool time_holds(const struct ym_authenticode *a, const PKCS7 *p7, const unsigned *uses,
                       PKCS7_SIGNER_INFO *si, const X509 *signer) {
    const ASN1_TYPE *counter = PKCS7_get_attribute(si, NID_pkcs9_countersignature);
    ASN1_TIME *now;
    bool ok;

    if (counter != NULL) {
        return countersigned(p7, uses, si, counter, signer);
    }
    now = ASN1_TIME_set(NULL, a->now);
    ok = now != NULL && valid_at(signer, now);
    ASN1_TIME_free(now);
    return ok;
}

/* ---- The file -------------------------------------------------------------------------------- */

static bool file_is(const struct ym_authenticode *a, const EVP_MD *md,
                    const ASN1_OCTET_STRING *want) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    bool ok = md != NULL && context != NULL && EVP_DigestInit_ex(context, md, NULL) == 1;

    for (unsigned i = 0; i < 3 && ok; i++) {
        const struct ym_exe_range *r = &a->signature.signed_ranges[i];

        ok = EVP_DigestUpdate(context, a->file + r->offset, (size_t)r->size) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(context, digest, &n) == 1 && ASN1_STRING_length(want) == (int)n &&
         memcmp(ASN1_STRING_get0_data(want), digest, n) == 0;
    EVP_MD_CTX_free(context);
    return ok;
}

/* SpcIndirectDataContent: what kind of thing it is (not looked at), then its digest. */
static bool content_is_of_file(const struct ym_authenticode *a, struct text content) {
    const unsigned char *p = content.p;
    const X509_ALGOR *md = NULL;
    const ASN1_OCTET_STRING *digest = NULL;
    X509_SIG *info;
    long length;
    int tag;
    int class;
    bool ok = false;

    if ((ASN1_get_object(&p, &length, &tag, &class, (long)content.n) & 0x80) != 0) {
        return false;
    }
    p += length;
    info = d2i_X509_SIG(NULL, &p, (long)(content.n - (size_t)(p - content.p)));
    if (info != NULL) {
        X509_SIG_get0(info, &md, &digest);
        ok = file_is(a, algorithm(md), digest);
    }
    X509_SIG_free(info);
    return ok;
}

static bool holds(const struct ym_authenticode *a, const PKCS7 *p7) {
    const ASN1_STRING *der = content_of(p7);
    PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value(p7->d.sign->signer_info, 0);
    struct text content;
    unsigned uses[YM_CERT_MAX_CHAIN];
    X509 *signer;

    if (der == NULL || si == NULL || sk_PKCS7_SIGNER_INFO_num(p7->d.sign->signer_info) != 1 ||
        !inside(der, &content) || !type_attribute_is(si, indirect_data)) {
        return false;
    }
    ym_certs_judge(a->certs, p7->d.sign->cert, uses);
    signer = signer_of(p7, uses, si, YM_CERT_SIGNS_CODE);
    return signer != NULL && attributes_hold(si, signer, content) &&
           time_holds(a, p7, uses, si, signer) && content_is_of_file(a, content);
}

bool ym_authenticode_trusted(const struct ym_authenticode *a) {
    bool alone = false;
    PKCS7 *p7 = parse(a, &alone);
    const bool trusted = p7 != NULL && alone && holds(a, p7);

    PKCS7_free(p7);
    return trusted;
}
