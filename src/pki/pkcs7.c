/* pkcs7.c - signed data and who vouches for it.  See pki/pkcs7.h.
 *
 * The tests, all of which must hold:
 *   1. signed data, whose content is a SEQUENCE of the type asked for, one signer with RSA
 *   2. the signer's certificate is among those in the signature, is trusted, and may sign code
 *   3. its authenticated attributes: the content's type and its digest; the signature over them
 *   4. with a countersignature (PKCS #9), it must hold: over the signature, by a trusted
 *      certificate that may sign time, at a time at which both certificates were valid; without
 *      one, the signer's certificate must be valid now.  Time stamps of RFC 3161 are not read (as
 *      in the peer), so they do not help an old certificate. */
#include "pki/pkcs7.h"

#include <limits.h>
#include <openssl/objects.h>
#include <string.h>

bool ym_der_next(struct ym_der *d, unsigned tag, struct ym_der *ret_inside) {
    const unsigned char *p = d->p;
    const long most = d->n > LONG_MAX ? LONG_MAX : (long)d->n;
    long length;
    int found;
    int class;
    int how;

    if (d->n == 0 || d->p[0] != tag) {
        return false;
    }
    how = ASN1_get_object(&p, &length, &found, &class, most);
    if ((how & 0x81) != 0) { /* damaged, or of indefinite length, which DER has not */
        return false;
    }
    *ret_inside = (struct ym_der){p, (size_t)length};
    p += length;
    d->n -= (size_t)(p - d->p);
    d->p = p;
    return true;
}

PKCS7 *ym_pkcs7_parse(const uint8_t *der, size_t n, size_t *ret_used) {
    const unsigned char *p = der;
    PKCS7 *p7 = n > LONG_MAX ? NULL : d2i_PKCS7(NULL, &p, (long)n);

    if (p7 == NULL || !PKCS7_type_is_signed(p7) || p7->d.sign == NULL) {
        PKCS7_free(p7);
        return NULL;
    }
    *ret_used = (size_t)(p - der);
    return p7;
}

bool ym_pkcs7_blocked(const struct ym_certs *certs, const PKCS7 *p7, const char **ret_name,
                      size_t *ret_len) {
    bool blocked = false;

    for (int i = 0; i < sk_X509_num(p7->d.sign->cert) && !blocked; i++) {
        blocked = ym_certs_blocked(certs, sk_X509_value(p7->d.sign->cert, i), ret_name, ret_len);
    }
    return blocked;
}

/* ---- Parts of a signature ------------------------------------------------------------------ */

static bool is_type(const ASN1_OBJECT *o, const char *dotted) {
    char text[80];

    return o != NULL && OBJ_obj2txt(text, sizeof(text), o, 1) > 0 && strcmp(text, dotted) == 0;
}

bool ym_pkcs7_content(const PKCS7 *p7, const char *type, struct ym_der *ret_content) {
    const PKCS7 *contents = p7->d.sign->contents;
    struct ym_der der;

    if (contents == NULL || !is_type(contents->type, type) || contents->d.other == NULL ||
        contents->d.other->type != V_ASN1_SEQUENCE) {
        return false;
    }
    der.p = ASN1_STRING_get0_data(contents->d.other->value.sequence);
    der.n = (size_t)ASN1_STRING_length(contents->d.other->value.sequence);
    return ym_der_next(&der, YM_DER_SEQUENCE, ret_content);
}

const EVP_MD *ym_pkcs7_digest(const X509_ALGOR *a) {
    const ASN1_OBJECT *oid = NULL;

    if (a == NULL) {
        return NULL;
    }
    X509_ALGOR_get0(&oid, NULL, NULL, a);
    return EVP_get_digestbyobj(oid);
}

static bool digest_is(const EVP_MD *md, struct ym_der data, const ASN1_OCTET_STRING *want) {
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

bool ym_pkcs7_attributes_hold(PKCS7_SIGNER_INFO *si, X509 *x, struct ym_der content) {
    const EVP_MD *md = ym_pkcs7_digest(si->digest_alg);
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
    const struct ym_der signature = {ASN1_STRING_get0_data(si->enc_digest),
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
             ym_pkcs7_attributes_hold(counter, x, signature);
    }
    PKCS7_SIGNER_INFO_free(counter);
    return ok;
}

/* After the epoch; 0: it cannot be told. */
static int64_t seconds(const ASN1_TIME *t) {
    struct tm tm;
    time_t when;

    if (ASN1_TIME_to_tm(t, &tm) != 1) {
        return 0;
    }
    when = timegm(&tm);
    return when < 0 ? 0 : when;
}

static bool time_holds(const PKCS7 *p7, const unsigned *uses, PKCS7_SIGNER_INFO *si,
                       const X509 *signer, time_t when, int64_t *ret_until) {
    const ASN1_TYPE *counter = PKCS7_get_attribute(si, NID_pkcs9_countersignature);
    ASN1_TIME *now;
    bool ok;

    if (counter != NULL) {
        *ret_until = INT64_MAX;
        return countersigned(p7, uses, si, counter, signer);
    }
    *ret_until = seconds(X509_get0_notAfter(signer));
    now = ASN1_TIME_set(NULL, when);
    ok = now != NULL && valid_at(signer, now);
    ASN1_TIME_free(now);
    return ok;
}

bool ym_pkcs7_holds(const struct ym_certs *certs, const PKCS7 *p7, const char *type, time_t now,
                    int64_t *ret_until) {
    PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value(p7->d.sign->signer_info, 0);
    struct ym_der content;
    unsigned uses[YM_CERT_MAX_CHAIN];
    X509 *signer;

    if (si == NULL || sk_PKCS7_SIGNER_INFO_num(p7->d.sign->signer_info) != 1 ||
        !ym_pkcs7_content(p7, type, &content) || !type_attribute_is(si, type)) {
        return false;
    }
    ym_certs_judge(certs, p7->d.sign->cert, uses);
    signer = signer_of(p7, uses, si, YM_CERT_SIGNS_CODE);
    return signer != NULL && ym_pkcs7_attributes_hold(si, signer, content) &&
           time_holds(p7, uses, si, signer, now, ret_until);
}
