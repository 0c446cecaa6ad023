/* make_signed.h - certificates and signed PE files, made with libcrypto, for tests. */
#ifndef YM_TESTS_MAKE_SIGNED_H
#define YM_TESTS_MAKE_SIGNED_H

#include "base/buf.h"

#include <openssl/x509.h>
#include <stdbool.h>

struct make_cert {
    X509 *x;
    EVP_PKEY *key;
};

/* usage and extended usage as OpenSSL writes them ("codeSigning"), or NULL: not there.  The
 * certificate is signed by issuer (NULL: by itself) and valid from `from` days to `to` days after
 * now. */
struct make_cert make_cert(const char *name, const struct make_cert *issuer, bool authority,
                           const char *usage, const char *extended, int from, int to);
void make_cert_free(struct make_cert *c);

/* Signs the PE file in *file with SHA-256: appends the security directory and enters it.  Of the
 * n certificates the first is the signer's; all go into the signature.  counter: a countersigner,
 * who also goes in, and the day after now that he writes down; NULL: none. */
bool make_signed(struct ym_buf *file, const struct make_cert *const *certs, unsigned n,
                 const struct make_cert *counter, int counter_day);

/* A line of .crb about the certificate. */
void make_crb_line(const struct make_cert *c, const char *name, bool trusted, const char *flags,
                   bool with_serial, struct ym_buf *out);

#endif
