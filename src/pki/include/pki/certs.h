/* pki/certs.h - certificates that signatures have told us to trust or to block (.crb), and what they
 * say of a certificate that a signature brings along.
 *
 * Certificates are libcrypto's X509; only RSA ones count. */
#ifndef YM_PKI_CERTS_H
#define YM_PKI_CERTS_H

#include "base/status.h"
#include "base/tables.h"

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

struct ym_certs; /* opaque */

YM_MUST_CHECK ym_status ym_certs_new(struct ym_certs **ret_certs, struct ym_err *err);
void ym_certs_free(struct ym_certs *c); /* accepts NULL */
/* Copies a row of YM_TABLE_CERT (base/pe_rows.h); one without its columns is passed over. */
YM_MUST_CHECK ym_status ym_certs_add(struct ym_certs *c, const struct ym_table_row *row,
                                     struct ym_err *err);

/* What a certificate may do. */
enum ym_cert_use {
    YM_CERT_SIGNS_CODE = 1u << 0,
    YM_CERT_SIGNS_TIME = 1u << 1,
    YM_CERT_SIGNS_CERTS = 1u << 2
};

/* The name of a row that blocks this certificate, valid as long as c; false: none does. */
bool ym_certs_blocked(const struct ym_certs *c, X509 *x, const char **ret_name, size_t *ret_len);

enum { YM_CERT_MAX_CHAIN = 32 };
/* For each of the first certificates of the chain, what it may do on the word of a row, be it its
 * own or that of an issuer: ym_cert_use bits, 0: nothing.  Certificates past the array's end, and
 * those that a budget of work does not reach, may do nothing. */
void ym_certs_judge(const struct ym_certs *c, const STACK_OF(X509) * chain,
                    unsigned ret_uses[YM_CERT_MAX_CHAIN]);

unsigned ym_cert_uses(X509 *x); /* ym_cert_use bits, as clamscan 1.4 reads them */

#endif
