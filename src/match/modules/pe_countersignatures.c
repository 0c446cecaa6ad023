/* modules/pe_countersignatures.c - who vouches for the time of a PE file's signature; see
 * pe_signatures.h.
 *
 * Two kinds: a signer of PKCS #9, whose certificates lie with the signature's, and Microsoft's
 * attribute with a time stamp of RFC 3161, signed data of its own (PKCS #7, or CMS where that does not
 * read it).  Each is listed, however broken: what could be read of it is set.  Verified: it is
 * about this signature, and its own signature holds by the key that comes with it.
 *
 * Libyara's habits that show: sign_time is 0 where none was found, and of CMS only the digest is
 * tested. */
#include "pe_signatures.h"

#include <openssl/cms.h>
#include <openssl/ts.h>
#include <string.h>

static const char ms_countersignature[] = "1.3.6.1.4.1.311.3.3.1";
static const char pkcs9_countersignature[] = "1.2.840.113549.1.9.6";

static struct ym_der octets_of(const ASN1_STRING *text) {
    return (struct ym_der){ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text)};
}

static bool digest_is(const EVP_MD *md, struct ym_der data, struct ym_der want) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    return md != NULL && EVP_Digest(data.p, data.n, digest, &n, md, NULL) == 1 && want.n == n &&
           memcmp(want.p, digest, n) == 0;
}

static void set_chain(struct ym_mod_scan *s, struct ym_mod_object *o, X509 *x,
                      STACK_OF(X509) * certs) {
    struct ym_mod_object *chain = ym_mod_make(s, o, PE_COUNTERSIGNATURE_chain);

    ym_mod_set_int(o, PE_COUNTERSIGNATURE_length_of_chain, ym_pe_add_chain(s, chain, x, certs));
}

static struct ym_mod_object *append(struct ym_mod_scan *s, struct ym_mod_object *list) {
    struct ym_mod_object *o = ym_mod_append_object(s, list);

    ym_mod_set_int(o, PE_COUNTERSIGNATURE_verified, 0);
    ym_mod_set_int(o, PE_COUNTERSIGNATURE_sign_time, 0);
    ym_mod_set_int(o, PE_COUNTERSIGNATURE_length_of_chain, 0);
    return o;
}

/* ---- PKCS #9 ---------------------------------------------------------------------------------- */

/* What the key makes of the signature: a digest, bare or in a DigestInfo, whose algorithm is not
 * looked at.  n 0: nothing. */
static size_t recover(struct ym_mod_scan *s, const PKCS7_SIGNER_INFO *si, const X509 *x,
                      unsigned char **ret_digest) {
    EVP_PKEY *key = X509_get0_pubkey(x);
    EVP_PKEY_CTX *context = key == NULL ? NULL : EVP_PKEY_CTX_new(key, NULL);
    const struct ym_der signature = octets_of(si->enc_digest);
    size_t n = context == NULL ? 0 : (size_t)EVP_PKEY_get_size(key);
    unsigned char *out = ym_arena_zalloc(s->arena, n + 1, 1);

    if (context == NULL || out == NULL || EVP_PKEY_verify_recover_init(context) != 1 ||
        EVP_PKEY_verify_recover(context, out, &n, signature.p, signature.n) != 1) {
        n = 0;
    }
    EVP_PKEY_CTX_free(context);
    *ret_digest = out;
    return n;
}

static bool recovered_is(struct ym_der recovered, const EVP_MD *md, struct ym_der data) {
    const X509_ALGOR *algo;
    const ASN1_OCTET_STRING *digest;
    const unsigned char *p = recovered.p;
    X509_SIG *info;
    bool same;

    if ((int)recovered.n == EVP_MD_get_size(md)) {
        return digest_is(md, data, recovered);
    }
    info = recovered.n == 0 ? NULL : d2i_X509_SIG(NULL, &p, (long)recovered.n);
    if (info == NULL) {
        return false;
    }
    X509_SIG_get0(info, &algo, &digest);
    same = digest_is(md, data, octets_of(digest));
    X509_SIG_free(info);
    return same;
}

static bool attributes_signed(struct ym_mod_scan *s, const PKCS7_SIGNER_INFO *si, const X509 *x,
                              const EVP_MD *md) {
    unsigned char *der = NULL;
    struct ym_der recovered;
    unsigned char *bytes;
    const int n =
        ASN1_item_i2d((ASN1_VALUE *)si->auth_attr, &der, ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY));
    bool ok;

    recovered.n = recover(s, si, x, &bytes);
    recovered.p = bytes;
    ok = n > 0 && recovered_is(recovered, md, (struct ym_der){der, (size_t)n});
    OPENSSL_free(der);
    return ok;
}

static bool is_time(const ASN1_TYPE *t) {
    return t != NULL && (t->type == V_ASN1_UTCTIME || t->type == V_ASN1_GENERALIZEDTIME);
}

/* signature: what it is about. */
static void fill_pkcs9(struct ym_mod_scan *s, struct ym_mod_object *o, PKCS7_SIGNER_INFO *si,
                       STACK_OF(X509) * certs, const ASN1_STRING *signature) {
    const EVP_MD *md = ym_pkcs7_digest(si->digest_alg);
    const ASN1_TYPE *t = PKCS7_get_signed_attribute(si, NID_pkcs9_signingTime);
    const ASN1_TYPE *digest = PKCS7_get_signed_attribute(si, NID_pkcs9_messageDigest);
    X509 *x;

    (void)ym_pe_set_algorithm(o, PE_COUNTERSIGNATURE_digest_alg, si->digest_alg->algorithm);
    if (!is_time(t)) {
        return;
    }
    ym_mod_set_int(o, PE_COUNTERSIGNATURE_sign_time, ym_pe_seconds(t->value.asn1_string));
    x = X509_find_by_issuer_and_serial(certs, si->issuer_and_serial->issuer,
                                       si->issuer_and_serial->serial);
    if (x == NULL) {
        return;
    }
    set_chain(s, o, x, certs);
    if (digest == NULL || digest->type != V_ASN1_OCTET_STRING || md == NULL) {
        return;
    }
    ym_pe_set_octets(s, o, PE_COUNTERSIGNATURE_digest, digest->value.octet_string);
    ym_mod_set_int(o, PE_COUNTERSIGNATURE_verified,
                   ym_mod_spend(s, YM_PE_COST_SIGNATURE) && attributes_signed(s, si, x, md) &&
                       digest_is(md, octets_of(signature), octets_of(digest->value.octet_string)));
}

/* ---- Time stamps ------------------------------------------------------------------------------ */

/* Signed data, read one way or the other. */
struct token {
    PKCS7 *p7;
    CMS_ContentInfo *cms;
    STACK_OF(X509) * certs;
    bool owns_certs;
    const ASN1_OCTET_STRING *content;
    TS_TST_INFO *info;
};

static void close_token(struct token *t) {
    TS_TST_INFO_free(t->info);
    if (t->owns_certs) {
        sk_X509_pop_free(t->certs, X509_free);
    }
    CMS_ContentInfo_free(t->cms);
    PKCS7_free(t->p7);
}

static void open_cms(struct token *t, struct ym_der der) {
    const unsigned char *p = der.p;
    ASN1_OCTET_STRING **content;
    const ASN1_OBJECT *type;

    t->cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.n);
    type = t->cms == NULL || CMS_get0_SignerInfos(t->cms) == NULL ? NULL
                                                                  : CMS_get0_eContentType(t->cms);
    content = type == NULL || OBJ_obj2nid(type) != NID_id_smime_ct_TSTInfo
                  ? NULL
                  : CMS_get0_content(t->cms);
    if (content == NULL || *content == NULL) {
        return;
    }
    p = ASN1_STRING_get0_data(*content);
    t->content = *content;
    t->info = d2i_TS_TST_INFO(NULL, &p, ASN1_STRING_length(*content));
    t->certs = CMS_get1_certs(t->cms);
    t->owns_certs = true;
}

/* t->info stays NULL: it is no time stamp. */
static void open_token(struct token *t, struct ym_der der) {
    const unsigned char *p = der.p;

    *t = (struct token){.p7 = der.n == 0 ? NULL : d2i_PKCS7(NULL, &p, (long)der.n)};
    if (t->p7 == NULL && der.n > 0) {
        open_cms(t, der);
    } else if (t->p7 != NULL && PKCS7_type_is_signed(t->p7) && t->p7->d.sign != NULL &&
               t->p7->d.sign->contents != NULL) {
        const PKCS7 *contents = t->p7->d.sign->contents;

        t->info = PKCS7_to_TS_TST_INFO(t->p7);
        t->certs = t->p7->d.sign->cert;
        t->content = t->info == NULL ? NULL : contents->d.other->value.octet_string;
    }
}

/* The certificate of the first signer. */
static X509 *token_signer(const struct token *t) {
    STACK_OF(CMS_SignerInfo) * infos;
    STACK_OF(X509) * signers;
    X509 *x;

    if (t->p7 != NULL) {
        signers = PKCS7_get0_signers(t->p7, t->certs, 0);
        x = sk_X509_value(signers, 0);
        sk_X509_free(signers);
        return x;
    }
    infos = CMS_get0_SignerInfos(t->cms);
    for (int i = 0; i < sk_CMS_SignerInfo_num(infos); i++) {
        for (int k = 0; k < sk_X509_num(t->certs); k++) {
            x = sk_X509_value(t->certs, k);
            if (CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(infos, i), x) == 0) {
                return x;
            }
        }
    }
    return NULL;
}

static bool cms_holds(const struct token *t) {
    CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(t->cms), 0);
    BIO *bio = CMS_dataInit(t->cms, NULL);
    unsigned char part[4096];
    bool holds;

    while (bio != NULL && BIO_read(bio, part, sizeof(part)) > 0) {
        /* what is read is what is digested */
    }
    holds = bio != NULL && si != NULL && CMS_SignerInfo_verify_content(si, bio) == 1;
    BIO_free_all(bio);
    return holds;
}

static bool token_holds(const struct token *t, X509 *x) {
    PKCS7_SIGNER_INFO *si;

    if (TS_TST_INFO_get_version(t->info) != 1) {
        return false;
    }
    if (t->p7 == NULL) {
        return cms_holds(t);
    }
    si = sk_PKCS7_SIGNER_INFO_value(t->p7->d.sign->signer_info, 0);
    return si != NULL && ym_pkcs7_attributes_hold(si, x, octets_of(t->content));
}

static void fill_token(struct ym_mod_scan *s, struct ym_mod_object *o, const struct token *t,
                       struct ym_mod_object *all_certs, const ASN1_STRING *signature) {
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(t->info);
    const X509_ALGOR *algo = imprint == NULL ? NULL : TS_MSG_IMPRINT_get_algo(imprint);
    const ASN1_STRING *digest = imprint == NULL ? NULL : TS_MSG_IMPRINT_get_msg(imprint);
    X509 *x = token_signer(t);

    ym_mod_set_int(o, PE_COUNTERSIGNATURE_sign_time, ym_pe_seconds(TS_TST_INFO_get_time(t->info)));
    if (x == NULL) {
        return;
    }
    set_chain(s, o, x, t->certs);
    ym_pe_add_certificates(s, all_certs, t->certs);
    if (algo == NULL || digest == NULL) {
        return;
    }
    (void)ym_pe_set_algorithm(o, PE_COUNTERSIGNATURE_digest_alg, algo->algorithm);
    ym_pe_set_octets(s, o, PE_COUNTERSIGNATURE_digest, digest);
    ym_mod_set_int(o, PE_COUNTERSIGNATURE_verified,
                   ym_mod_spend(s, YM_PE_COST_SIGNATURE) &&
                       digest_is(ym_pkcs7_digest(algo), octets_of(signature), octets_of(digest)) &&
                       token_holds(t, x));
}

/* ---- Both ------------------------------------------------------------------------------------- */

static void load_pkcs9(struct ym_mod_scan *s, struct ym_mod_object *list, const PKCS7 *p7,
                       const PKCS7_SIGNER_INFO *si) {
    struct ym_der values[YM_PE_MAX_VALUES];
    const unsigned n = ym_pe_attribute(si, pkcs9_countersignature, values);

    for (unsigned i = 0; i < n && ym_mod_spend(s, YM_PE_COST_CERTIFICATE); i++) {
        struct ym_mod_object *o = append(s, list);
        const unsigned char *p = values[i].p;
        PKCS7_SIGNER_INFO *counter =
            values[i].n == 0 ? NULL : d2i_PKCS7_SIGNER_INFO(NULL, &p, (long)values[i].n);

        if (counter != NULL) {
            fill_pkcs9(s, o, counter, p7->d.sign->cert, si->enc_digest);
        }
        PKCS7_SIGNER_INFO_free(counter);
    }
}

static void load_tokens(struct ym_mod_scan *s, struct ym_mod_object *list,
                        struct ym_mod_object *all_certs, const PKCS7_SIGNER_INFO *si) {
    struct ym_der values[YM_PE_MAX_VALUES];
    const unsigned n = ym_pe_attribute(si, ms_countersignature, values);

    for (unsigned i = 0; i < n && ym_mod_spend(s, YM_PE_COST_CERTIFICATE); i++) {
        struct ym_mod_object *o = append(s, list);
        struct token t;

        open_token(&t, values[i]);
        if (t.info != NULL) {
            fill_token(s, o, &t, all_certs, si->enc_digest);
        }
        close_token(&t);
    }
}

void ym_pe_load_countersignatures(struct ym_mod_scan *s, struct ym_mod_object *signature, PKCS7 *p7,
                                  const PKCS7_SIGNER_INFO *si) {
    struct ym_mod_object *list = ym_mod_make(s, signature, PE_SIGNATURE_countersignatures);
    struct ym_mod_object *certs = ym_mod_make(s, signature, PE_SIGNATURE_certificates);

    load_pkcs9(s, list, p7, si);
    load_tokens(s, list, certs, si);
    if (list != NULL) {
        ym_mod_set_int(signature, PE_SIGNATURE_number_of_countersignatures, list->n);
    }
}
