/* modules/pe_certificates.c - what the certificates of a signed PE file say; see pe_signatures.h.
 *
 * Names are those of X509_NAME_oneline(), whose room of 256 bytes and missing backslashes before
 * slashes are part of libyara's values; so is the time of
 * a damaged one, that of a struct tm of zeros.  Chains are libcrypto's, with an empty store: nothing here is
 * a judgement of whom to trust. */
#include "pe_signatures.h"

#include <openssl/x509_vfy.h>
#include <string.h>

enum { NAME_ROOM = 256, OID_ROOM = 256, MIN_SERIAL = 2, MAX_SERIAL = 22, DER_HEAD = 2 };

static void set_string(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t field,
                       const char *text) {
    ym_mod_set_text(s, o, field, text, strlen(text));
}

int64_t ym_pe_seconds(const ASN1_TIME *t) {
    struct tm tm = {.tm_year = 0};

    if (t != NULL) {
        (void)ASN1_TIME_to_tm(t, &tm);
    }
    return timegm(&tm);
}

const char *ym_pe_set_algorithm(struct ym_mod_object *o, uint32_t field, const ASN1_OBJECT *oid) {
    const char *name = OBJ_nid2ln(OBJ_obj2nid(oid));

    if (name != NULL) {
        ym_mod_set_view(o, field, (struct ym_str){name, strlen(name)}); /* of libcrypto's tables */
    }
    return name;
}

void ym_pe_set_octets(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t field,
                      const ASN1_STRING *octets) {
    if (ASN1_STRING_length(octets) > 0) {
        ym_pe_mod_set_hex(s, o, field, ASN1_STRING_get0_data(octets),
                          (size_t)ASN1_STRING_length(octets));
    }
}

/* ---- One certificate -------------------------------------------------------------------------- */

static void set_name(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t field,
                     const X509_NAME *name) {
    char text[NAME_ROOM];
    size_t n = 0;

    if (name == NULL || X509_NAME_oneline(name, text, sizeof(text)) == NULL) {
        return;
    }
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] != '\\' || text[i + 1] != '/') {
            text[n++] = text[i];
        }
    }
    ym_mod_set_text(s, o, field, text, n);
}

/* "01:02:0a", as it lies in DER. */
static void set_serial(struct ym_mod_scan *s, struct ym_mod_object *o, const ASN1_INTEGER *serial) {
    unsigned char der[MAX_SERIAL];
    unsigned char *p = der;
    char text[3 * MAX_SERIAL];
    const int n = i2d_ASN1_INTEGER(serial, NULL);
    size_t len = 0;

    if (n <= MIN_SERIAL || n > MAX_SERIAL) {
        return;
    }
    (void)i2d_ASN1_INTEGER(serial, &p);
    for (int i = DER_HEAD; i < n; i++) {
        ym_hex_encode(&der[i], 1, text + len);
        len += 2;
        if (i + 1 < n) {
            text[len++] = ':';
        }
    }
    ym_mod_set_text(s, o, PE_CERTIFICATE_serial, text, len);
}

static void set_signature_algorithm(struct ym_mod_scan *s, struct ym_mod_object *o, const X509 *x) {
    const ASN1_OBJECT *oid = OBJ_nid2obj(X509_get_signature_nid(x));
    char text[OID_ROOM] = "";

    (void)ym_pe_set_algorithm(o, PE_CERTIFICATE_algorithm, oid);
    (void)OBJ_obj2txt(text, sizeof(text), oid, 1);
    set_string(s, o, PE_CERTIFICATE_algorithm_oid, text);
}

void ym_pe_set_certificate(struct ym_mod_scan *s, struct ym_mod_object *o, X509 *x) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    if (X509_digest(x, EVP_sha1(), digest, &n) == 1) {
        ym_pe_mod_set_hex(s, o, PE_CERTIFICATE_thumbprint, digest, n);
    }
    set_name(s, o, PE_CERTIFICATE_issuer, X509_get_issuer_name(x));
    set_name(s, o, PE_CERTIFICATE_subject, X509_get_subject_name(x));
    ym_mod_set_int(o, PE_CERTIFICATE_version, X509_get_version(x) + 1);
    set_signature_algorithm(s, o, x);
    set_serial(s, o, X509_get0_serialNumber(x));
    ym_mod_set_int(o, PE_CERTIFICATE_not_before, ym_pe_seconds(X509_get0_notBefore(x)));
    ym_mod_set_int(o, PE_CERTIFICATE_not_after, ym_pe_seconds(X509_get0_notAfter(x)));
}

/* ---- Several ---------------------------------------------------------------------------------- */

void ym_pe_add_certificates(struct ym_mod_scan *s, struct ym_mod_object *list,
                            const STACK_OF(X509) * certs) {
    for (int i = 0; i < sk_X509_num(certs) && ym_mod_spend(s, YM_PE_COST_CERTIFICATE); i++) {
        ym_pe_set_certificate(s, ym_mod_append_object(s, list), sk_X509_value(certs, i));
    }
}

uint32_t ym_pe_add_chain(struct ym_mod_scan *s, struct ym_mod_object *list, X509 *x,
                         STACK_OF(X509) * certs) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    const uint64_t cost = (uint64_t)YM_PE_COST_CERTIFICATE + (uint64_t)sk_X509_num(certs) * 100;

    if (store != NULL && context != NULL && ym_mod_spend(s, cost) &&
        X509_STORE_CTX_init(context, store, x, certs) == 1) {
        (void)X509_verify_cert(context); /* nobody is trusted: only the chain is of interest */
        ym_pe_add_certificates(s, list, X509_STORE_CTX_get0_chain(context));
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return list == NULL ? 0 : list->n;
}
