/* sam_crypto.h - from the boot key to the NT hash of an account; private to clean/.
 *
 * The algorithms are old on purpose: MD4, RC4 and single DES are what Windows keeps its passwords
 * with.  OpenSSL 3 has them in its "legacy" provider, which is a file of its own: it is loaded by
 * ym_sam_crypto_open(), before a sandbox is closed, into a library context of our own, so that
 * nothing else in the process gets to use them.
 *
 * Everything that is a key or a hash lies in buffers of the caller, who clears them
 * (OPENSSL_cleanse); what is made on the way is cleared here.  No error says anything about them.
 * Ways and constants: docs/formats/sam.md. */
#ifndef YM_CLEAN_SAM_CRYPTO_H
#define YM_CLEAN_SAM_CRYPTO_H

#include "base/status.h"
#include "sam_values.h"

enum { YM_SAM_HASH = 16, YM_SAM_CLASS_DIGITS = 8 /* hexadecimal, of each of the four keys */ };

struct ym_sam_crypto;

/* UNSUPPORTED: there is no legacy provider, or it lacks one of the algorithms.  NOMEM. */
YM_MUST_CHECK ym_status ym_sam_crypto_open(struct ym_sam_crypto **ret_crypto, struct ym_err *err);
void ym_sam_crypto_close(struct ym_sam_crypto *c); /* accepts NULL */

/* digits: the class names of JD, Skew1, GBG and Data in this order, 32 hexadecimal digits.
 * MALFORMED: they are none. */
YM_MUST_CHECK ym_status ym_sam_boot_key(const char digits[4 * YM_SAM_CLASS_DIGITS],
                                        uint8_t ret_key[YM_SAM_KEY], struct ym_err *err);

/* MALFORMED: the checksum is wrong: another boot key (a start-up password or diskette of syskey,
 * hives of two machines), or damage.  IO: OpenSSL refused. */
YM_MUST_CHECK ym_status ym_sam_account_key(const struct ym_sam_crypto *c,
                                           const uint8_t boot_key[YM_SAM_KEY],
                                           const struct ym_sam_key *key,
                                           uint8_t ret_key[YM_SAM_KEY], struct ym_err *err);

/* The NT hash of an account that has one (form is not NONE). */
YM_MUST_CHECK ym_status ym_sam_nt_hash(const struct ym_sam_crypto *c,
                                       const uint8_t account_key[YM_SAM_KEY], uint32_t rid,
                                       const struct ym_sam_user *user,
                                       uint8_t ret_hash[YM_SAM_HASH], struct ym_err *err);

/* MD4 of a password in UTF-16LE, n bytes. */
YM_MUST_CHECK ym_status ym_sam_hash_password(const struct ym_sam_crypto *c, const uint8_t *password,
                                             size_t n, uint8_t ret_hash[YM_SAM_HASH],
                                             struct ym_err *err);

#endif
