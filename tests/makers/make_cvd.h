/* make_cvd.h - ClamAV's database containers for unit tests, signed with keys made on the spot. */
#ifndef YM_MAKERS_MAKE_CVD_H
#define YM_MAKERS_MAKE_CVD_H

#include "base/buf.h"
#include "base/text.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- Keys --------------------------------------------------------------------------------------- */

struct cvd_key {
    BIGNUM *n, *e, *d;
};

static inline struct cvd_key cvd_key_new(unsigned bits) {
    EVP_PKEY *p = EVP_RSA_gen(bits);
    struct cvd_key k = {NULL, NULL, NULL};

    (void)EVP_PKEY_get_bn_param(p, OSSL_PKEY_PARAM_RSA_N, &k.n);
    (void)EVP_PKEY_get_bn_param(p, OSSL_PKEY_PARAM_RSA_E, &k.e);
    (void)EVP_PKEY_get_bn_param(p, OSSL_PKEY_PARAM_RSA_D, &k.d);
    EVP_PKEY_free(p);
    return k;
}

static inline void cvd_key_free(struct cvd_key *k) {
    BN_free(k->n);
    BN_free(k->e);
    BN_free(k->d);
}

/* "use MODULUS EXPONENT\n" */
static inline void cvd_key_line(const struct cvd_key *k, const char *use, struct ym_buf *out) {
    char *n = BN_bn2dec(k->n);
    char *e = BN_bn2hex(k->e);

    ym_buf_printf(out, "%s %s 0x%s\n", use, n, e);
    OPENSSL_free(n);
    OPENSSL_free(e);
}

/* m^d mod n in ClamAV's digits. */
static inline void cvd_sign(const struct cvd_key *k, const uint8_t *m, size_t size,
                            struct ym_buf *out) {
    static const char digits[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
    BIGNUM *s = BN_bin2bn(m, (int)size, NULL);
    BN_CTX *ctx = BN_CTX_new();

    (void)BN_mod_exp(s, s, k->d, k->n, ctx);
    while (!BN_is_zero(s)) {
        ym_buf_u8(out, (uint8_t)digits[BN_div_word(s, 64)]);
    }
    BN_CTX_free(ctx);
    BN_free(s);
}

static inline void cvd_hash(const char *algo, const void *p, size_t n, uint8_t *out) {
    (void)EVP_Q_digest(NULL, algo, NULL, p, n, out, NULL);
}

/* RSA-PSS over SHA-256, salt of 32 bytes. */
static inline void cvd_sign_pss(const struct cvd_key *k, const void *text, size_t n,
                                struct ym_buf *out) {
    enum { HASH = 32, SALT = 32 };
    const size_t bits = (size_t)BN_num_bits(k->n) - 1;
    const size_t size = (bits + 7) / 8;
    const size_t db = size - HASH - 1;
    uint8_t em[1024] = {0};
    uint8_t m[8 + HASH + SALT] = {0};
    uint8_t seed[HASH + 4] = {0};
    uint8_t mask[HASH];

    cvd_hash("SHA256", text, n, m + 8);
    memset(m + 8 + HASH, 's', SALT);
    em[db - SALT - 1] = 1;
    memset(em + db - SALT, 's', SALT);
    cvd_hash("SHA256", m, sizeof(m), em + db);
    memcpy(seed, em + db, HASH);
    for (size_t i = 0; i < db; i++) {
        if (i % HASH == 0) {
            seed[HASH + 3] = (uint8_t)(i / HASH);
            cvd_hash("SHA256", seed, sizeof(seed), mask);
        }
        em[i] ^= mask[i % HASH];
    }
    em[0] &= (uint8_t)(0xff >> (8 * size - bits));
    em[size - 1] = 0xbc;
    cvd_sign(k, em, size, out);
}

/* ---- Containers --------------------------------------------------------------------------------- */

struct cvd_member {
    const char *name, *text;
};

struct cvd_maker {
    const struct cvd_member *members;
    unsigned n_members;
    bool plain;                    /* not gzip'd */
    const struct cvd_key *md5_key; /* NULL: "X" */
    const struct cvd_key *info_key;
    const char *info;       /* instead of the table of contents that fits; "" for none */
    const char *extra_info; /* behind it */
    unsigned version, info_version;
};

static inline void cvd_tar_add(struct ym_buf *tar, const char *name, const void *text, size_t n) {
    char block[512] = {0};

    (void)snprintf(block, 100, "%s", name);
    (void)snprintf(block + 124, 12, "%011o", (unsigned)(n & 0x3fffffff));
    block[156] = '0';
    ym_buf_add(tar, block, sizeof(block));
    ym_buf_add(tar, text, n);
    ym_buf_align(tar, 512);
}

static inline void cvd_info(const struct cvd_maker *m, struct ym_buf *out) {
    ym_buf_printf(out, "ClamAV-VDB:22 Nov 2026 18-25 +0000:%u:2:90:X:X:tests:1795371906\n",
                  m->info_version);
    for (unsigned i = 0; i < m->n_members; i++) {
        const size_t n = strlen(m->members[i].text);
        uint8_t digest[32];
        char hex[65];

        cvd_hash("SHA256", m->members[i].text, n, digest);
        ym_hex_encode(digest, 32, hex);
        ym_buf_printf(out, "%s:%zu:%s\n", m->members[i].name, n, hex);
    }
    if (m->info_key != NULL) {
        const size_t signed_bytes = out->len;

        ym_buf_add_text(out, "DSIG:");
        cvd_sign_pss(m->info_key, out->data, signed_bytes, out);
        ym_buf_add_text(out, "\n");
    }
    ym_buf_add_text(out, m->extra_info == NULL ? "" : m->extra_info);
}

static inline void cvd_gzip(const struct ym_buf *in, struct ym_buf *out) {
    z_stream z = {0};
    uint8_t piece[4096];

    (void)deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    z.next_in = in->data;
    z.avail_in = (uInt)in->len;
    do {
        z.next_out = piece;
        z.avail_out = sizeof(piece);
        (void)deflate(&z, Z_FINISH);
        ym_buf_add(out, piece, sizeof(piece) - z.avail_out);
    } while (z.avail_out == 0);
    (void)deflateEnd(&z);
}

/* Header and body to *out, which is initialised here. */
static inline void cvd_wrap(const struct cvd_maker *m, const struct ym_buf *body,
                            struct ym_buf *out) {
    uint8_t md5[16];
    char hex[33];

    ym_buf_init(out, 1 << 24);
    cvd_hash("MD5", body->data == NULL ? (const uint8_t *)"" : body->data, body->len, md5);
    ym_hex_encode(md5, 16, hex);
    ym_buf_printf(out, "ClamAV-VDB:22 Nov 2026 18-25 +0000:%u:2:90:%s:", m->version, hex);
    if (m->md5_key == NULL) {
        ym_buf_add_text(out, "X");
    } else {
        cvd_sign(m->md5_key, md5, sizeof(md5), out);
    }
    ym_buf_add_text(out, ":tests:1795371906");
    while (out->len < 512) {
        ym_buf_u8(out, ' ');
    }
    ym_buf_add(out, body->data, body->len);
}

static inline void cvd_make(const struct cvd_maker *m, struct ym_buf *out) {
    struct ym_buf info;
    struct ym_buf tar;
    struct ym_buf packed;
    const char end[1024] = {0};

    ym_buf_init(&info, 1 << 20);
    ym_buf_init(&tar, 1 << 24);
    ym_buf_init(&packed, 1 << 24);
    if (m->info == NULL) {
        cvd_info(m, &info);
    } else {
        ym_buf_add_text(&info, m->info);
    }
    cvd_tar_add(&tar, "COPYING", "made by a test\n", 15);
    if (info.len > 0) {
        cvd_tar_add(&tar, "t.info", info.data, info.len);
    }
    for (unsigned i = 0; i < m->n_members; i++) {
        cvd_tar_add(&tar, m->members[i].name, m->members[i].text, strlen(m->members[i].text));
    }
    ym_buf_add(&tar, end, sizeof(end));
    cvd_gzip(&tar, &packed);
    cvd_wrap(m, m->plain ? &tar : &packed, out);
    ym_buf_done(&info);
    ym_buf_done(&tar);
    ym_buf_done(&packed);
}

#endif
