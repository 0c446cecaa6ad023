/* authenticode.c - PKCS #7 of a signed program.  See authenticode.h.
 *
 * The signature must hold (pki/pkcs7.h), its content be an SpcIndirectDataContent, and the digest
 * in it that of the file. */
#include "authenticode.h"

#include "pki/pkcs7.h"

#include <openssl/evp.h>
#include <string.h>

enum { MAX_PADDING = 7 };

static const char indirect_data[] = "1.3.6.1.4.1.311.2.1.4";

static PKCS7 *parse(const struct ym_authenticode *a, size_t *ret_used) {
    return ym_pkcs7_parse(a->file + a->signature.pkcs7.offset, (size_t)a->signature.pkcs7.size,
                          ret_used);
}

bool ym_authenticode_blocked(const struct ym_authenticode *a, const char **ret_name,
                             size_t *ret_len) {
    size_t used;
    PKCS7 *p7 = parse(a, &used);
    const bool blocked = p7 != NULL && ym_pkcs7_blocked(a->certs, p7, ret_name, ret_len);

    PKCS7_free(p7);
    return blocked;
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
static bool content_is_of_file(const struct ym_authenticode *a, const PKCS7 *p7) {
    const X509_ALGOR *md = NULL;
    const ASN1_OCTET_STRING *digest = NULL;
    struct ym_der content;
    struct ym_der kind;
    X509_SIG *info;
    const unsigned char *p;
    bool ok = false;

    if (!ym_pkcs7_content(p7, indirect_data, &content) ||
        !ym_der_next(&content, YM_DER_SEQUENCE, &kind)) {
        return false;
    }
    p = content.p;
    info = d2i_X509_SIG(NULL, &p, (long)content.n);
    if (info != NULL) {
        X509_SIG_get0(info, &md, &digest);
        ok = file_is(a, ym_pkcs7_digest(md), digest);
    }
    X509_SIG_free(info);
    return ok;
}

static bool is_padding(const struct ym_authenticode *a, size_t used) {
    const uint8_t *p = a->file + a->signature.pkcs7.offset + used;
    const size_t left = (size_t)a->signature.pkcs7.size - used;
    bool zeros = left <= MAX_PADDING;

    for (size_t i = 0; i < left && zeros; i++) {
        zeros = p[i] == 0;
    }
    return zeros;
}

bool ym_authenticode_trusted(const struct ym_authenticode *a) {
    size_t used = 0;
    int64_t until;
    PKCS7 *p7 = parse(a, &used);
    const bool trusted = p7 != NULL && is_padding(a, used) &&
                         ym_pkcs7_holds(a->certs, p7, indirect_data, a->now, &until) &&
                         content_is_of_file(a, p7);

    PKCS7_free(p7);
    return trusted;
}
