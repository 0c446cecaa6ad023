/* keys.c - see keys.h. */
#include "fleet/keys.h"

#include "base/text.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE "fleet/keys"

static const char token_prefix[] = "ymfleet1.";

_Static_assert(crypto_sign_PUBLICKEYBYTES == YM_FLEET_PUBLIC_SIZE, "Ed25519");
_Static_assert(crypto_sign_SECRETKEYBYTES == YM_FLEET_SECRET_SIZE, "Ed25519");
_Static_assert(crypto_sign_BYTES == YM_FLEET_SIGNATURE_SIZE, "Ed25519");
_Static_assert(crypto_hash_sha256_BYTES == YM_FLEET_HASH_SIZE, "SHA-256");

/* Cheap when it was done before; may be called by any thread. */
static ym_status start(struct ym_err *err) {
    if (sodium_init() < 0) {
        return ym_fail(err, YM_IO, MODULE, YM_ERR_NO_OFFSET,
                       "libsodium found no source of randomness");
    }
    return YM_OK;
}

ym_status ym_fleet_key_make(struct ym_fleet_key *ret_key, struct ym_err *err) {
    YM_TRY(start(err));
    (void)crypto_sign_keypair(ret_key->public_key, ret_key->secret);
    return YM_OK;
}

static ym_status read_key(int fd, const char *path, struct ym_fleet_key *ret_key,
                          struct ym_err *err) {
    uint8_t secret[YM_FLEET_SECRET_SIZE + 1];
    uint8_t again[YM_FLEET_SECRET_SIZE] = {0};
    uint8_t public_key[YM_FLEET_PUBLIC_SIZE];
    struct stat sb;
    ssize_t n = read(fd, secret, sizeof(secret));

    if (n < 0 || fstat(fd, &sb) != 0) {
        return ym_fail_errno(err, MODULE, path, errno, "cannot read the key");
    }
    if ((sb.st_mode & 077) != 0) {
        return ym_fail_at(err, YM_UNSUPPORTED, MODULE, path, 0, 0,
                          "others may read this secret key: chmod 600 it, and think about who did");
    }
    if (n == YM_FLEET_SECRET_SIZE) { /* the second half is the public key of the first */
        (void)crypto_sign_seed_keypair(public_key, again, secret);
    }
    if (n != YM_FLEET_SECRET_SIZE || memcmp(again, secret, sizeof(again)) != 0) {
        return ym_fail_at(err, YM_MALFORMED, MODULE, path, 0, 0, "this is not a key of Yamori");
    }
    memcpy(ret_key->secret, secret, sizeof(ret_key->secret));
    memcpy(ret_key->public_key, public_key, sizeof(public_key));
    sodium_memzero(secret, sizeof(secret));
    sodium_memzero(again, sizeof(again));
    return YM_OK;
}

ym_status ym_fleet_key_load(const char *path, bool create, struct ym_fleet_key *ret_key,
                            struct ym_err *err) {
    struct ym_fleet_key made;
    int fd = -1;
    ym_status st;

    YM_TRY(start(err));
    if (create && access(path, F_OK) != 0 && errno == ENOENT) {
        YM_TRY(ym_fleet_key_make(&made, err));
        st = ym_file_replace(path, 0600, made.secret, sizeof(made.secret), err);
        ym_fleet_key_wipe(&made);
        YM_TRY(st);
    }
    YM_TRY(ym_file_open(AT_FDCWD, path, false, path, &fd, err));
    st = read_key(fd, path, ret_key, err);
    (void)close(fd);
    return st;
}

void ym_fleet_key_wipe(struct ym_fleet_key *key) {
    sodium_memzero(key, sizeof(*key));
}

ym_status ym_fleet_random(void *ret_bytes, size_t n, struct ym_err *err) {
    YM_TRY(start(err));
    randombytes_buf(ret_bytes, n);
    return YM_OK;
}

void ym_fleet_hash(const void *p, size_t n, uint8_t ret_hash[YM_FLEET_HASH_SIZE]) {
    (void)crypto_hash_sha256(ret_hash, p, n);
}

ym_status ym_fleet_hash_file(int fd, const char *shown, uint64_t *ret_size,
                             uint8_t ret_hash[YM_FLEET_HASH_SIZE], struct ym_err *err) {
    crypto_hash_sha256_state state;
    uint8_t block[65536];
    uint64_t at = 0;
    ssize_t n;

    (void)crypto_hash_sha256_init(&state);
    while ((n = pread(fd, block, sizeof(block), (off_t)at)) > 0) {
        (void)crypto_hash_sha256_update(&state, block, (size_t)n);
        at += (uint64_t)n;
    }
    if (n < 0) {
        return ym_fail_errno(err, MODULE, shown, errno, "cannot read");
    }
    (void)crypto_hash_sha256_final(&state, ret_hash);
    *ret_size = at;
    return YM_OK;
}

void ym_fleet_sign(const struct ym_fleet_key *key, const void *p, size_t n,
                   uint8_t ret_signature[YM_FLEET_SIGNATURE_SIZE]) {
    (void)crypto_sign_detached(ret_signature, NULL, p, n, key->secret);
}

bool ym_fleet_verify(const uint8_t public_key[YM_FLEET_PUBLIC_SIZE], const void *p, size_t n,
                     const uint8_t signature[YM_FLEET_SIGNATURE_SIZE]) {
    return crypto_sign_verify_detached(signature, p, n, public_key) == 0;
}

char *ym_fleet_token_text(const struct ym_fleet_token *token, char out[YM_FLEET_TOKEN_TEXT_SIZE]) {
    size_t at = sizeof(token_prefix) - 1;

    memcpy(out, token_prefix, at);
    ym_hex_encode(token->secret, sizeof(token->secret), out + at);
    at += 2 * sizeof(token->secret);
    out[at] = '.';
    ym_hex_encode(token->operator_key, sizeof(token->operator_key), out + at + 1);
    return out;
}

bool ym_fleet_token_read(const char *text, struct ym_fleet_token *ret_token) {
    size_t at = sizeof(token_prefix) - 1;
    struct ym_fleet_token t = {.secret = {0}};

    if (strlen(text) != YM_FLEET_TOKEN_TEXT_SIZE - 1 || memcmp(text, token_prefix, at) != 0 ||
        !ym_hex_decode(text + at, sizeof(t.secret), t.secret) ||
        text[at + 2 * sizeof(t.secret)] != '.' ||
        !ym_hex_decode(text + at + 2 * sizeof(t.secret) + 1, sizeof(t.operator_key),
                       t.operator_key)) {
        return false;
    }
    *ret_token = t;
    return true;
}
