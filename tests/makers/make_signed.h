/* make_signed.h - certificates, signed PE files and security catalogues, made with libcrypto, for
 * tests. */
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

/* The same, with all that a signature may bring along. */
struct make_signers {
    const struct make_cert *const *certs;
    unsigned n_certs;
    const struct make_cert *counter;
    int counter_day;
    const struct make_cert *stamper; /* of a time stamp of RFC 3161; NULL: none */
    int stamp_day;
    const char *program;               /* its name; NULL: none */
    const struct make_signers *nested; /* a second signature in this one; NULL: none */
};
bool make_signed_by(struct ym_buf *file, const struct make_signers *by);

/* The PE file's Authenticode digest, as long as it is not signed; returns its length. */
size_t make_pe_digest(const struct ym_buf *file, const EVP_MD *md, uint8_t *out);

#define MAKE_KIND_PE "1.3.6.1.4.1.311.2.1.15"  /* digests of programs */
#define MAKE_KIND_CAB "1.3.6.1.4.1.311.2.1.25" /* digests of other files */
#define MAKE_SHA1 "1.3.14.3.2.26"
#define MAKE_SHA256 "2.16.840.1.101.3.4.2.1"

struct make_member {
    const char *kind; /* OIDs */
    const char *algo;
    const uint8_t *digest;
    size_t n;
};

struct make_catalog {
    const struct make_member *members;
    unsigned n_members;
    const char *usage; /* OID; NULL: a catalogue */
    bool second;       /* the second kind of list (from Windows 8 on) */
    struct make_signers by;
};

bool make_catalog(const struct make_catalog *c, struct ym_buf *out);

/* A line of .crb about the certificate. */
void make_crb_line(const struct make_cert *c, const char *name, bool trusted, const char *flags,
                   bool with_serial, struct ym_buf *out);

#endif
