/* keys.h - the keys of machines and of the fleet's operator, and one-time tokens.
 *
 * Keys are Ed25519 (RFC 8032) through libsodium's crypto_sign_*; a hash is SHA-256 (FIPS 180-4,
 * crypto_hash_sha256).  A secret key lies in a file of its owner, mode 0600, and is nowhere else.
 *
 * A token is 32 random bytes, so its plain hash cannot be guessed back; only that is stored.
 * The text of an enrolment token also holds the operator's public key: who has the token
 * knows whom to believe, whatever lies between:
 *
 *     ymfleet1.<64 hex digits: secret>.<64 hex digits: operator's public key> */
#ifndef YM_FLEET_KEYS_H
#define YM_FLEET_KEYS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_FLEET_ID_SIZE = 16,        /* random; what a machine is called on the wire, nowhere else */
    YM_FLEET_PUBLIC_SIZE = 32,    /* Ed25519 */
    YM_FLEET_SECRET_SIZE = 64,    /* libsodium's form: seed and public key */
    YM_FLEET_SIGNATURE_SIZE = 64, /* Ed25519 */
    YM_FLEET_HASH_SIZE = 32,      /* SHA-256 */
    YM_FLEET_TOKEN_SIZE = 32,
    YM_FLEET_TOKEN_TEXT_SIZE = 9 + 64 + 1 + 64 + 1, /* with its NUL */
};

struct ym_fleet_key {
    uint8_t public_key[YM_FLEET_PUBLIC_SIZE];
    uint8_t secret[YM_FLEET_SECRET_SIZE];
};

/* A new key, in memory only.  IO: the library found no source of randomness. */
YM_MUST_CHECK ym_status ym_fleet_key_make(struct ym_fleet_key *ret_key, struct ym_err *err);

/* Reads the key of a file; create: makes the file when it is not there.  MALFORMED: it is no key;
 * IO; UNSUPPORTED: others may read the file. */
YM_MUST_CHECK ym_status ym_fleet_key_load(const char *path, bool create,
                                          struct ym_fleet_key *ret_key, struct ym_err *err);
void ym_fleet_key_wipe(struct ym_fleet_key *key);

YM_MUST_CHECK ym_status ym_fleet_random(void *ret_bytes, size_t n, struct ym_err *err);
void ym_fleet_hash(const void *p, size_t n, uint8_t ret_hash[YM_FLEET_HASH_SIZE]);

/* SHA-256 and size of what a descriptor holds, from its beginning. */
YM_MUST_CHECK ym_status ym_fleet_hash_file(int fd, const char *shown, uint64_t *ret_size,
                                           uint8_t ret_hash[YM_FLEET_HASH_SIZE],
                                           struct ym_err *err);

void ym_fleet_sign(const struct ym_fleet_key *key, const void *p, size_t n,
                   uint8_t ret_signature[YM_FLEET_SIGNATURE_SIZE]);
bool ym_fleet_verify(const uint8_t public_key[YM_FLEET_PUBLIC_SIZE], const void *p, size_t n,
                     const uint8_t signature[YM_FLEET_SIGNATURE_SIZE]);

struct ym_fleet_token {
    uint8_t secret[YM_FLEET_TOKEN_SIZE];
    uint8_t operator_key[YM_FLEET_PUBLIC_SIZE];
};
char *ym_fleet_token_text(const struct ym_fleet_token *token, char out[YM_FLEET_TOKEN_TEXT_SIZE]);
/* False: it has not the form above. */
bool ym_fleet_token_read(const char *text, struct ym_fleet_token *ret_token);

#endif
