/* sam_crypto.c - see sam_crypto.h. */
#include "sam_crypto.h"

#include "base/alloc.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <string.h>

static const char module[] = "clean/sam_crypto";

enum { DES_KEY = 8, DES_BLOCK = 8, SHA256 = 32, PARTS_MAX = 4 };

/* Windows' own constants, with their final NULs. */
static const char qwerty[] = "!@#$%^&*()qwertyUIOPAzxcvbnmQQQQQQQQQQQQ)(*@&%";
static const char digits_40[] = "0123456789012345678901234567890123456789";
static const char nt_password[] = "NTPASSWORD";

struct ym_sam_crypto {
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *usual, *legacy;
    EVP_MD *md4, *md5, *sha256;
    EVP_CIPHER *rc4, *des, *aes;
};

struct part {
    const void *p;
    size_t n;
};

static ym_status refused(struct ym_err *err) {
    return ym_fail(err, YM_IO, module, YM_ERR_NO_OFFSET, "OpenSSL refused to compute");
}

/* --- opening ---------------------------------------------------------------------------------- */

void ym_sam_crypto_close(struct ym_sam_crypto *c) {
    if (c == NULL) {
        return;
    }
    EVP_MD_free(c->md4);
    EVP_MD_free(c->md5);
    EVP_MD_free(c->sha256);
    EVP_CIPHER_free(c->rc4);
    EVP_CIPHER_free(c->des);
    EVP_CIPHER_free(c->aes);
    if (c->legacy != NULL) {
        (void)OSSL_PROVIDER_unload(c->legacy);
    }
    if (c->usual != NULL) {
        (void)OSSL_PROVIDER_unload(c->usual);
    }
    OSSL_LIB_CTX_free(c->library);
    ym_free(c);
}

static bool fetch(struct ym_sam_crypto *c) {
    c->library = OSSL_LIB_CTX_new();
    if (c->library == NULL) {
        return false;
    }
    c->usual = OSSL_PROVIDER_load(c->library, "default");
    c->legacy = c->usual == NULL ? NULL : OSSL_PROVIDER_load(c->library, "legacy");
    if (c->legacy == NULL) {
        return false;
    }
    c->md4 = EVP_MD_fetch(c->library, "MD4", NULL);
    c->md5 = EVP_MD_fetch(c->library, "MD5", NULL);
    c->sha256 = EVP_MD_fetch(c->library, "SHA256", NULL);
    c->rc4 = EVP_CIPHER_fetch(c->library, "RC4", NULL);
    c->des = EVP_CIPHER_fetch(c->library, "DES-ECB", NULL);
    c->aes = EVP_CIPHER_fetch(c->library, "AES-128-CBC", NULL);
    return c->md4 != NULL && c->md5 != NULL && c->sha256 != NULL && c->rc4 != NULL &&
           c->des != NULL && c->aes != NULL;
}

ym_status ym_sam_crypto_open(struct ym_sam_crypto **ret_crypto, struct ym_err *err) {
    struct ym_sam_crypto *c = ym_zalloc(1, sizeof(*c));

    if (c == NULL) {
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "no memory");
    }
    if (!fetch(c)) {
        ym_sam_crypto_close(c);
        return ym_fail(err, YM_UNSUPPORTED, module, YM_ERR_NO_OFFSET,
                       "OpenSSL's legacy provider is not available");
    }
    *ret_crypto = c;
    return YM_OK;
}

/* --- the tools -------------------------------------------------------------------------------- */

static ym_status digest(const EVP_MD *md, const struct part *parts, size_t n, uint8_t *out,
                        struct ym_err *err) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestInit_ex2(ctx, md, NULL) == 1;

    for (size_t i = 0; ok && i < n; i++) {
        ok = EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
    EVP_MD_CTX_free(ctx); /* clears its state */
    return ok ? YM_OK : refused(err);
}

/* n bytes to n bytes, without padding; at most YM_SAM_DATA_MAX. */
static ym_status decrypt(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv,
                         const uint8_t *in, size_t n, uint8_t *out, struct ym_err *err) {
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int done = 0;
    bool ok = ctx != NULL && n <= YM_SAM_DATA_MAX &&
              EVP_DecryptInit_ex2(ctx, cipher, key, iv, NULL) == 1 &&
              EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
              EVP_DecryptUpdate(ctx, out, &done, in, (int)n) == 1 && (size_t)done == n;

    EVP_CIPHER_CTX_free(ctx);
    return ok ? YM_OK : refused(err);
}

/* --- the keys --------------------------------------------------------------------------------- */

ym_status ym_sam_boot_key(const char digits[4 * YM_SAM_CLASS_DIGITS], uint8_t ret_key[YM_SAM_KEY],
                          struct ym_err *err) {
    static const uint8_t order[YM_SAM_KEY] = {8, 5, 4, 2, 11, 9, 13, 3, 0, 6, 1, 12, 14, 10, 15, 7};
    uint8_t mixed[YM_SAM_KEY];
    bool ok = ym_hex_decode(digits, YM_SAM_KEY, mixed);

    for (unsigned i = 0; ok && i < YM_SAM_KEY; i++) {
        ret_key[i] = mixed[order[i]];
    }
    OPENSSL_cleanse(mixed, sizeof(mixed));
    return ok ? YM_OK
              : ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET, "the boot key is damaged");
}

static ym_status wrong_key(struct ym_err *err) {
    return ym_fail(err, YM_MALFORMED, module, YM_ERR_NO_OFFSET,
                   "the boot key does not open the accounts");
}

/* Key and checksum are one stream; the checksum is of the key and the two constants. */
static ym_status old_key(const struct ym_sam_crypto *c, const uint8_t *boot_key,
                         const struct ym_sam_key *key, uint8_t *ret_key, struct ym_err *err) {
    uint8_t stream[YM_SAM_KEY];
    uint8_t plain[2 * YM_SAM_KEY];
    uint8_t sum[YM_SAM_KEY];
    const struct part first[] = {{key->salt, YM_SAM_SALT},
                                 {qwerty, sizeof(qwerty)},
                                 {boot_key, YM_SAM_KEY},
                                 {digits_40, sizeof(digits_40)}};
    const struct part second[] = {{plain, YM_SAM_KEY},
                                  {digits_40, sizeof(digits_40)},
                                  {plain, YM_SAM_KEY},
                                  {qwerty, sizeof(qwerty)}};
    ym_status st = digest(c->md5, first, PARTS_MAX, stream, err);

    if (st == YM_OK) {
        st = decrypt(c->rc4, stream, NULL, key->data, sizeof(plain), plain, err);
    }
    if (st == YM_OK) {
        st = digest(c->md5, second, PARTS_MAX, sum, err);
    }
    if (st == YM_OK && CRYPTO_memcmp(sum, plain + YM_SAM_KEY, sizeof(sum)) != 0) {
        st = wrong_key(err);
    }
    if (st == YM_OK) {
        memcpy(ret_key, plain, YM_SAM_KEY);
    }
    OPENSSL_cleanse(stream, sizeof(stream));
    OPENSSL_cleanse(plain, sizeof(plain));
    OPENSSL_cleanse(sum, sizeof(sum));
    return st;
}

/* Key and checksum are encrypted each by itself with the same salt; what follows the 16 and the 32
 * bytes is padding. */
static ym_status new_key(const struct ym_sam_crypto *c, const uint8_t *boot_key,
                         const struct ym_sam_key *key, uint8_t *ret_key, struct ym_err *err) {
    uint8_t plain[YM_SAM_DATA_MAX];
    uint8_t check[YM_SAM_DATA_MAX];
    uint8_t sum[SHA256];
    const struct part part = {plain, YM_SAM_KEY};
    ym_status st = decrypt(c->aes, boot_key, key->salt, key->data, key->n, plain, err);

    if (st == YM_OK && key->n_check < SHA256) {
        st = wrong_key(err);
    }
    if (st == YM_OK) {
        st = decrypt(c->aes, boot_key, key->salt, key->check, key->n_check, check, err);
    }
    if (st == YM_OK) {
        st = digest(c->sha256, &part, 1, sum, err);
    }
    if (st == YM_OK && CRYPTO_memcmp(sum, check, sizeof(sum)) != 0) {
        st = wrong_key(err);
    }
    if (st == YM_OK) {
        memcpy(ret_key, plain, YM_SAM_KEY);
    }
    OPENSSL_cleanse(plain, sizeof(plain));
    OPENSSL_cleanse(check, sizeof(check));
    OPENSSL_cleanse(sum, sizeof(sum));
    return st;
}

ym_status ym_sam_account_key(const struct ym_sam_crypto *c, const uint8_t boot_key[YM_SAM_KEY],
                             const struct ym_sam_key *key, uint8_t ret_key[YM_SAM_KEY],
                             struct ym_err *err) {
    return key->form == YM_SAM_RC4 ? old_key(c, boot_key, key, ret_key, err)
                                   : new_key(c, boot_key, key, ret_key, err);
}

/* --- the hash --------------------------------------------------------------------------------- */

/* Four bytes of the RID, taken round from `first` on, are 56 bits: seven in each byte of the key,
 * above the bit of parity, which DES ignores. */
static void des_key(uint32_t rid, unsigned first, uint8_t out[DES_KEY]) {
    uint64_t bits = 0;

    for (unsigned i = 0; i < 7; i++) {
        bits = bits << 8 | ((rid >> (8 * ((first + i) % 4))) & 0xff);
    }
    for (unsigned i = 0; i < DES_KEY; i++) {
        out[i] = (uint8_t)((bits >> (49 - 7 * i) & 0x7f) << 1);
    }
}

static ym_status outer_layer(const struct ym_sam_crypto *c, const uint8_t *account_key,
                             uint32_t rid, const struct ym_sam_user *u,
                             uint8_t out[YM_SAM_DATA_MAX], struct ym_err *err) {
    const uint8_t number[4] = {(uint8_t)rid, (uint8_t)(rid >> 8), (uint8_t)(rid >> 16),
                               (uint8_t)(rid >> 24)};
    const struct part parts[] = {
        {account_key, YM_SAM_KEY}, {number, 4}, {nt_password, sizeof(nt_password)}};
    uint8_t stream[YM_SAM_KEY];
    ym_status st;

    if (u->form == YM_SAM_AES) {
        return decrypt(c->aes, account_key, u->salt, u->data, u->n, out, err);
    }
    st = digest(c->md5, parts, 3, stream, err);
    if (st == YM_OK) {
        st = decrypt(c->rc4, stream, NULL, u->data, u->n, out, err);
    }
    OPENSSL_cleanse(stream, sizeof(stream));
    return st;
}

ym_status ym_sam_nt_hash(const struct ym_sam_crypto *c, const uint8_t account_key[YM_SAM_KEY],
                         uint32_t rid, const struct ym_sam_user *user,
                         uint8_t ret_hash[YM_SAM_HASH], struct ym_err *err) {
    uint8_t outer[YM_SAM_DATA_MAX];
    uint8_t key[DES_KEY];
    ym_status st = outer_layer(c, account_key, rid, user, outer, err);

    for (unsigned half = 0; st == YM_OK && half < 2; half++) {
        des_key(rid, half == 0 ? 0 : 3, key);
        st = decrypt(c->des, key, NULL, outer + (size_t)half * DES_BLOCK, DES_BLOCK,
                     ret_hash + (size_t)half * DES_BLOCK, err);
    }
    OPENSSL_cleanse(outer, sizeof(outer));
    OPENSSL_cleanse(key, sizeof(key));
    return st;
}

ym_status ym_sam_hash_password(const struct ym_sam_crypto *c, const uint8_t *password, size_t n,
                               uint8_t ret_hash[YM_SAM_HASH], struct ym_err *err) {
    const struct part part = {password, n};

    return digest(c->md4, &part, 1, ret_hash, err);
}
