/* make_sam.c - see make_sam.h. */
#include "make_sam.h"

#include "make_hive.h"

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint8_t made_boot_key[MADE_KEY] = {0x0f, 0x1e, 0x2d, 0x3c, 0x4b, 0x5a, 0x69, 0x78,
                                         0x87, 0x96, 0xa5, 0xb4, 0xc3, 0xd2, 0xe1, 0xf0};
const uint8_t made_account_key[MADE_KEY] = {0x21, 0x43, 0x65, 0x87, 0xa9, 0xcb, 0xed, 0x0f,
                                            0x13, 0x57, 0x9b, 0xdf, 0x02, 0x46, 0x8a, 0xce};
static const char upper[] = "!@#$%^&*()qwertyUIOPAzxcvbnmQQQQQQQQQQQQ)(*@&%";
static const char numbers[] = "0123456789012345678901234567890123456789";

enum { KEY_AT = 104, V_HEAD = 204, TEXT_MAX = 1024 };

static void die(const char *what) {
    (void)fprintf(stderr, "make_sam: %s\n", what);
    exit(1); /* NOLINT(concurrency-mt-unsafe) */
}

static void put(uint8_t *p, uint64_t v, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

/* --- OpenSSL ----------------------------------------------------------------------------------- */

static OSSL_LIB_CTX *library(void) {
    static OSSL_LIB_CTX *lib;

    if (lib == NULL) {
        lib = OSSL_LIB_CTX_new();
        if (lib == NULL || OSSL_PROVIDER_load(lib, "default") == NULL ||
            OSSL_PROVIDER_load(lib, "legacy") == NULL) {
            die("no legacy provider");
        }
    }
    return lib;
}

static void digest(const char *name, const void *p, size_t n, uint8_t *out) {
    if (EVP_Q_digest(library(), name, NULL, p, n, out, NULL) != 1) {
        die(name);
    }
}

/* Returns the bytes of the result: with padding one block more. */
static size_t encrypt(const char *name, const uint8_t *key, const uint8_t *iv, const void *in,
                      size_t n, bool padding, uint8_t *out) {
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(library(), name, NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;
    int rest = 0;

    if (cipher == NULL || ctx == NULL || EVP_EncryptInit_ex2(ctx, cipher, key, iv, NULL) != 1 ||
        EVP_CIPHER_CTX_set_padding(ctx, padding ? 1 : 0) != 1 ||
        EVP_EncryptUpdate(ctx, out, &len, in, (int)n) != 1 ||
        EVP_EncryptFinal_ex(ctx, out + len, &rest) != 1) {
        die(name);
    }
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
    return (size_t)(len + rest);
}

/* UTF-8 to UTF-16LE; returns bytes. */
static size_t wide(const char *text, uint8_t out[TEXT_MAX]) {
    size_t n = 0;

    for (size_t i = 0; text[i] != '\0' && n + 2 <= TEXT_MAX; n += 2) {
        unsigned c = (unsigned char)text[i++];
        unsigned more = c < 0xc0 ? 0 : c < 0xe0 ? 1 : 2;

        c = more == 0 ? c : more == 1 ? c & 0x1f : c & 0x0f;
        for (; more > 0; more--) {
            c = c << 6 | ((unsigned char)text[i++] & 0x3f);
        }
        put(out + n, c, 2);
    }
    return n;
}

void make_nt_hash(const char *password, uint8_t out[16]) {
    uint8_t units[TEXT_MAX];

    digest("MD4", units, wide(password, units), out);
}

/* --- keys -------------------------------------------------------------------------------------- */

static void join(uint8_t *out, size_t *n, const void *p, size_t size) {
    memcpy(out + *n, p, size);
    *n += size;
}

static void old_key(uint8_t *f, const uint8_t *boot_key) {
    uint8_t text[256];
    uint8_t stream[16];
    uint8_t plain[32];
    size_t n = 0;

    put(f, 1, 4);
    put(f + 4, 0x38, 4);
    join(text, &n, f + 8, 16);
    join(text, &n, upper, sizeof(upper));
    join(text, &n, boot_key, 16);
    join(text, &n, numbers, sizeof(numbers));
    digest("MD5", text, n, stream);
    n = 0;
    join(text, &n, made_account_key, 16);
    join(text, &n, numbers, sizeof(numbers));
    join(text, &n, made_account_key, 16);
    join(text, &n, upper, sizeof(upper));
    memcpy(plain, made_account_key, 16);
    digest("MD5", text, n, plain + 16);
    (void)encrypt("RC4", stream, NULL, plain, 32, false, f + 24);
}

static void new_key(uint8_t *f, const uint8_t *boot_key) {
    uint8_t sum[32];

    put(f, 2, 4);
    put(f + 4, 0x70, 4);
    put(f + 8, 48, 4);
    put(f + 12, 32, 4);
    digest("SHA256", made_account_key, 16, sum);
    (void)encrypt("AES-128-CBC", boot_key, f + 16, made_account_key, 16, true, f + 32);
    (void)encrypt("AES-128-CBC", boot_key, f + 16, sum, 32, true, f + 64);
}

void make_account_key(uint8_t *f, size_t n, bool aes, const uint8_t boot_key[MADE_KEY]) {
    if (n < KEY_AT + 112) {
        die("no room for the key");
    }
    for (unsigned i = 0; i < 16; i++) { /* the salt */
        f[KEY_AT + (aes ? 16U : 8U) + i] = (uint8_t)(0x60 + 7 * i);
    }
    if (aes) {
        new_key(f + KEY_AT, boot_key);
    } else {
        old_key(f + KEY_AT, boot_key);
    }
}

void make_boot_key(const char *system_path, const char *key, const uint8_t boot_key[MADE_KEY]) {
    static const char *const names[] = {"JD", "Skew1", "GBG", "Data"};
    static const unsigned places[] = {8, 5, 4, 2, 11, 9, 13, 3, 0, 6, 1, 12, 14, 10, 15, 7};
    uint8_t mixed[MADE_KEY];

    for (unsigned i = 0; i < MADE_KEY; i++) {
        mixed[places[i]] = boot_key[i];
    }
    for (unsigned i = 0; i < 4; i++) {
        char path[256];
        char digits[9];

        (void)snprintf(path, sizeof(path), "%s\\%s", key, names[i]);
        (void)snprintf(digits, sizeof(digits), "%02x%02x%02x%02x", mixed[4 * i], mixed[4 * i + 1],
                       mixed[4 * i + 2], mixed[4 * i + 3]);
        make_class_name(system_path, path, digits);
    }
}

/* --- accounts ---------------------------------------------------------------------------------- */

/* Seven bytes with a bit for parity behind every seven bits. */
static void spread(const uint8_t in[7], uint8_t out[8]) {
    memset(out, 0, 8);
    for (unsigned bit = 0; bit < 56; bit++) {
        if ((in[bit / 8] & 0x80U >> bit % 8) != 0) {
            out[bit / 7] |= (uint8_t)(0x80U >> bit % 7);
        }
    }
}

static void inner_layer(uint32_t rid, const uint8_t hash[16], uint8_t out[16]) {
    uint8_t r[4];
    uint8_t key[8];

    put(r, rid, 4);
    spread((const uint8_t[]){r[0], r[1], r[2], r[3], r[0], r[1], r[2]}, key);
    (void)encrypt("DES-ECB", key, NULL, hash, 8, false, out);
    spread((const uint8_t[]){r[3], r[0], r[1], r[2], r[3], r[0], r[1]}, key);
    (void)encrypt("DES-ECB", key, NULL, hash + 8, 8, false, out + 8);
}

/* The entry of a hash; what NULL: none.  Returns bytes. */
static size_t put_hash(uint8_t *out, bool aes, uint32_t rid, const char *what,
                       const uint8_t hash[16]) {
    uint8_t inner[16];
    uint8_t text[64];
    uint8_t stream[16];
    size_t n = 0;

    put(out, aes ? 2 : 3, 2);
    put(out + 2, aes ? 2 : 1, 2);
    if (aes) {
        put(out + 4, what == NULL ? 0 : 16, 4);
        for (unsigned i = 0; i < 16; i++) {
            out[8 + i] = (uint8_t)(rid + 29 * i);
        }
    }
    if (what == NULL) {
        return aes ? 24 : 4;
    }
    inner_layer(rid, hash, inner);
    if (aes) {
        return 24 + encrypt("AES-128-CBC", made_account_key, out + 8, inner, 16, true, out + 24);
    }
    join(text, &n, made_account_key, 16);
    put(text + n, rid, 4);
    n += 4;
    join(text, &n, what, strlen(what) + 1);
    digest("MD5", text, n, stream);
    return 4 + encrypt("RC4", stream, NULL, inner, 16, false, out + 4);
}

static void put_entry(uint8_t *v, unsigned which, size_t *len, size_t n) {
    put(v + 12 * (size_t)which, *len - V_HEAD, 4);
    put(v + 12 * (size_t)which + 4, n, 4);
    *len += (n + 3) / 4 * 4;
}

size_t make_account_v(uint8_t out[MADE_V], bool aes, const struct made_account *a) {
    enum { NAME = 1, LM = 13, NT = 14, ENTRIES = 17 };
    size_t len = V_HEAD + 8; /* a security descriptor in a real one */
    uint8_t hash[16];
    uint8_t units[TEXT_MAX];
    size_t n = wide(a->name, units);

    memset(out, 0, MADE_V);
    put(out + 8, aes ? 0x10003 : 0x10002, 4);
    memcpy(out + len, units, n);
    put_entry(out, NAME, &len, n);
    for (unsigned i = 2; i < ENTRIES; i++) {
        put_entry(out, i, &len, 0);
    }
    make_nt_hash(a->password, hash);
    n = put_hash(out + len, aes, a->rid, (a->flags & MADE_LM_ONLY) != 0 ? "LMPASSWORD" : NULL,
                 hash);
    put_entry(out, LM, &len, n);
    if ((a->flags & MADE_NO_ENTRY) == 0) {
        bool none = (a->flags & (MADE_NO_PASSWORD | MADE_LM_ONLY)) != 0;

        n = put_hash(out + len, aes, a->rid, none ? NULL : "NTPASSWORD", hash);
        put_entry(out, NT, &len, n);
    }
    return len;
}

void make_account_f(uint8_t out[MADE_F], const struct made_account *a) {
    memset(out, 0, MADE_F);
    put(out, 0x10002, 4);
    put(out + 48, a->rid, 4);
    put(out + 52, 513, 4);
    put(out + 56, (a->flags & MADE_DISABLED) != 0 ? 0x211 : 0x210, 2);
}

void make_account(hive_h *sam, bool aes, const struct made_account *a) {
    uint8_t v[MADE_V];
    uint8_t f[MADE_F];
    char key[128];

    (void)snprintf(key, sizeof(key), "SAM\\Domains\\Account\\Users\\%08X", a->rid);
    make_account_f(f, a);
    make_bytes(sam, key, "F", hive_t_REG_BINARY, f, sizeof(f));
    make_bytes(sam, key, "V", hive_t_REG_BINARY, v, make_account_v(v, aes, a));
}
