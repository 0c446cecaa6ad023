/* pki/pkcs7.h - PKCS #7 signed data (RFC 2315) whose content is a SEQUENCE, as of signed programs and
 * security catalogues: is it vouched for by a trusted certificate?
 *
 * Sources: RFC 2315, PKCS #9, Microsoft's "Windows Authenticode Portable Executable Signature
 * Format"; the order and strictness of the tests are clamscan 1.4's, as measured. */
#ifndef YM_PKI_PKCS7_H
#define YM_PKI_PKCS7_H

#include "pki/certs.h"

#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <stdint.h>
#include <time.h>

/* Values in DER, one after the other: borrowed. */
struct ym_der {
    const uint8_t *p;
    size_t n;
};
enum {
    YM_DER_INTEGER = 0x02,
    YM_DER_OCTETS = 0x04,
    YM_DER_OID = 0x06,
    YM_DER_UTC_TIME = 0x17,
    YM_DER_TIME = 0x18,
    YM_DER_SEQUENCE = 0x30,
    YM_DER_SET = 0x31
};
/* Takes the next value off d if it is whole and has this tag; false: d is as it was. */
bool ym_der_next(struct ym_der *d, unsigned tag, struct ym_der *ret_inside);

/* NULL: no signed data (or out of memory).  *ret_used: bytes of der that it took.  Free with
 * PKCS7_free(). */
PKCS7 *ym_pkcs7_parse(const uint8_t *der, size_t n, size_t *ret_used);

/* One of its certificates is blocked, whether or not the signature holds.  The name lives as long
 * as certs. */
bool ym_pkcs7_blocked(const struct ym_certs *certs, const PKCS7 *p7, const char **ret_name,
                      size_t *ret_len);

/* What was signed: the inside of the content, if it is of this type (dotted) and a SEQUENCE.  It
 * lives as long as p7. */
bool ym_pkcs7_content(const PKCS7 *p7, const char *type, struct ym_der *ret_content);

/* The signature over a content of this type holds, and who made it is trusted to sign code.
 * *ret_until: the last second at which that is so; INT64_MAX when a countersignature holds. */
bool ym_pkcs7_holds(const struct ym_certs *certs, const PKCS7 *p7, const char *type, time_t now,
                    int64_t *ret_until);

/* A signer's attributes are about this content, and signed with the certificate's key. */
bool ym_pkcs7_attributes_hold(PKCS7_SIGNER_INFO *si, X509 *x, struct ym_der content);

const EVP_MD *ym_pkcs7_digest(const X509_ALGOR *a); /* NULL: unknown */

#endif
