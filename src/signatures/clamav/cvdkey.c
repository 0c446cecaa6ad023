/* cvdkey.c - public keys of database containers, and what they prove.  See cvd.h and the key file
 * in signatures/clamav.h.
 *
 * ClamAV writes a signature as digits of base 64, least significant first, of the number
 * m^d mod n.  In the header m is the MD5 itself, 128 bits without any padding; in a table of
 * contents m is an encoded message of RSA-PSS (RFC 8017, 9.1). */
#include "cvd.h"

#include "base/alloc.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <string.h>

enum {
    MIN_BITS = 512,
    MAX_BITS = 8192,
    MAX_EXPONENT_BITS = 64,
    MAX_SIGNATURE = 2048, /* digits */
    HASH = 32,
    MAX_LINE = 4096
};

struct key {
    BIGNUM *n, *e; /* NULL: not given */
};
struct ym_clamav_keys {
    struct key md5, info;
};

/* ---- The key file ---------------------------------------------------------------------------- */

void ym_clamav_keys_free(struct ym_clamav_keys *k) {
    if (k == NULL) {
        return;
    }
    BN_free(k->md5.n);
    BN_free(k->md5.e);
    BN_free(k->info.n);
    BN_free(k->info.e);
    ym_free(k);
}

/* Decimal, or hex behind 0x; NULL for anything else.  text[n] is not looked at. */
static BIGNUM *parse_number(struct ym_str text) {
    char copy[MAX_LINE + 1];
    const bool hex = text.n > 2 && text.s[0] == '0' && text.s[1] == 'x';
    const size_t skip = hex ? 2 : 0;
    BIGNUM *number = NULL;
    int used;

    if (text.n == 0 || text.n > MAX_LINE) {
        return NULL;
    }
    memcpy(copy, text.s + skip, text.n - skip);
    copy[text.n - skip] = '\0';
    if (copy[0] == '-') {
        return NULL;
    }
    used = hex ? BN_hex2bn(&number, copy) : BN_dec2bn(&number, copy);
    if (used <= 0 || (size_t)used != text.n - skip) {
        BN_free(number);
        return NULL;
    }
    return number;
}

static bool next_word(struct ym_str *rest, struct ym_str *ret_word) {
    while (rest->n > 0 && (*rest->s == ' ' || *rest->s == '\t' || *rest->s == '\r')) {
        rest->s++;
        rest->n--;
    }
    *ret_word = (struct ym_str){rest->s, 0};
    while (ret_word->n < rest->n && strchr(" \t\r", rest->s[ret_word->n]) == NULL) {
        ret_word->n++;
    }
    rest->s += ret_word->n;
    rest->n -= ret_word->n;
    return ret_word->n > 0;
}

static bool is_word(struct ym_str w, const char *text) {
    return w.n == strlen(text) && memcmp(w.s, text, w.n) == 0;
}

/* NULL: the line is good. */
static const char *parse_key_line(struct ym_clamav_keys *keys, struct ym_str line) {
    struct ym_str what;
    struct ym_str modulus;
    struct ym_str exponent;
    struct ym_str more;
    struct key *k;

    if (!next_word(&line, &what) || what.s[0] == '#') {
        return NULL;
    }
    k = is_word(what, "cvd") ? &keys->md5 : is_word(what, "info") ? &keys->info : NULL;
    if (k == NULL || !next_word(&line, &modulus) || !next_word(&line, &exponent) ||
        next_word(&line, &more)) {
        return "want \"cvd MODULUS EXPONENT\" or \"info MODULUS EXPONENT\"";
    }
    if (k->n != NULL) {
        return "a second key for the same use";
    }
    k->n = parse_number(modulus);
    k->e = parse_number(exponent);
    if (k->n == NULL || k->e == NULL) {
        return "modulus and exponent are decimal numbers, or hex behind 0x";
    }
    if (!BN_is_odd(k->n) || BN_num_bits(k->n) < MIN_BITS || BN_num_bits(k->n) > MAX_BITS) {
        return "the modulus is not an odd number of 512 to 8192 bits";
    }
    return !BN_is_odd(k->e) || BN_is_one(k->e) || BN_num_bits(k->e) > MAX_EXPONENT_BITS
               ? "the exponent is not an odd number from 3 of at most 64 bits"
               : NULL;
}

static const char *parse_keys(struct ym_clamav_keys *keys, const char *text, size_t n,
                              unsigned *ret_line) {
    struct ym_fields lines;
    struct ym_str line;

    *ret_line = 0;
    ym_fields_init(&lines, text, n, '\n');
    while (ym_fields_next(&lines, &line)) {
        const char *why;

        ++*ret_line;
        why = line.n > MAX_LINE || memchr(line.s, '\0', line.n) != NULL
                  ? "not a line of text"
                  : parse_key_line(keys, line);
        if (why != NULL) {
            return why;
        }
    }
    *ret_line = 0;
    return keys->md5.n == NULL && keys->info.n == NULL ? "no key in this file" : NULL;
}

ym_status ym_clamav_keys_parse(const char *name, const char *text, size_t n,
                               struct ym_clamav_keys **ret_keys, struct ym_err *err) {
    struct ym_clamav_keys *keys = ym_zalloc(1, sizeof(*keys));
    const char *why;
    unsigned line;

    if (keys == NULL) {
        return ym_fail(err, YM_NOMEM, "signatures/clamav", YM_ERR_NO_OFFSET, "out of memory");
    }
    why = parse_keys(keys, text, n, &line);
    if (why != NULL) {
        ym_clamav_keys_free(keys);
        return ym_fail_at(err, YM_MALFORMED, "signatures/clamav", name, line, 0, "%s", why);
    }
    *ret_keys = keys;
    return YM_OK;
}

/* ---- Digests --------------------------------------------------------------------------------- */

ym_status ym_cvd_digest_start(const char *algo, EVP_MD_CTX **ret_ctx) {
    EVP_MD_CTX *ctx;
    EVP_MD *md;

    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL); /* there are no files here */
    md = EVP_MD_fetch(NULL, algo, NULL);
    ctx = EVP_MD_CTX_new();
    if (md == NULL || ctx == NULL || EVP_DigestInit_ex(ctx, md, NULL) != 1) {
        EVP_MD_free(md);
        EVP_MD_CTX_free(ctx);
        return YM_NOMEM;
    }
    EVP_MD_free(md); /* the context keeps it */
    *ret_ctx = ctx;
    return YM_OK;
}

ym_status ym_cvd_digest(const char *algo, const void *data, size_t n, uint8_t *out) {
    EVP_MD_CTX *ctx;
    bool good;

    YM_TRY(ym_cvd_digest_start(algo, &ctx));
    good = EVP_DigestUpdate(ctx, data, n) == 1 && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    return good ? YM_OK : YM_NOMEM;
}

/* ---- RSA ------------------------------------------------------------------------------------- */

static int digit(char c) {
    return c >= 'a' && c <= 'z'   ? c - 'a'
           : c >= 'A' && c <= 'Z' ? c - 'A' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* The number that the digits spell; MALFORMED: other characters, or too many. */
static ym_status parse_signature(struct ym_str text, BIGNUM *out) {
    if (text.n == 0 || text.n > MAX_SIGNATURE) {
        return YM_MALFORMED;
    }
    BN_zero(out);
    for (size_t i = text.n; i > 0; i--) {
        const int d = digit(text.s[i - 1]);

        if (d < 0) {
            return YM_MALFORMED;
        }
        if (BN_lshift(out, out, 6) != 1 || BN_add_word(out, (BN_ULONG)d) != 1) {
            return YM_NOMEM;
        }
    }
    return YM_OK;
}

/* signature^e mod n as size bytes, most significant first.  MALFORMED: it is no such number. */
static ym_status open_signature(const struct key *key, struct ym_str text, uint8_t *out,
                                size_t size) {
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *s = BN_new();
    BIGNUM *m = BN_new();
    ym_status st = ctx == NULL || s == NULL || m == NULL ? YM_NOMEM : parse_signature(text, s);

    if (st == YM_OK && BN_cmp(s, key->n) >= 0) {
        st = YM_MALFORMED;
    }
    if (st == YM_OK && BN_mod_exp(m, s, key->e, key->n, ctx) != 1) {
        st = YM_NOMEM;
    }
    if (st == YM_OK && BN_bn2binpad(m, out, (int)size) < 0) {
        st = YM_MALFORMED; /* a larger number */
    }
    BN_free(m);
    BN_free(s);
    BN_CTX_free(ctx);
    return st;
}

static ym_status proof_of(ym_status st, bool good, ym_cvd_proof *ret_proof) {
    *ret_proof = st == YM_OK && good ? YM_CVD_GOOD : YM_CVD_WRONG;
    return st == YM_MALFORMED ? YM_OK : st;
}

ym_status ym_cvd_verify_md5(const struct ym_clamav_keys *keys, struct ym_str sig,
                            const uint8_t md5[16], ym_cvd_proof *ret_proof) {
    uint8_t m[16];
    ym_status st;

    if (keys == NULL || keys->md5.n == NULL) {
        *ret_proof = YM_CVD_NO_KEY;
        return YM_OK;
    }
    st = open_signature(&keys->md5, sig, m, sizeof(m));
    return proof_of(st, st == YM_OK && memcmp(m, md5, sizeof(m)) == 0, ret_proof);
}

/* data[0..n) ^= MGF1-SHA256(seed) */
static ym_status unmask(uint8_t *data, size_t n, const uint8_t seed[HASH]) {
    uint8_t block[HASH + 4];
    uint8_t mask[HASH];

    memcpy(block, seed, HASH);
    for (size_t at = 0, i = 0; at < n; at += HASH, i++) {
        block[HASH] = 0;
        block[HASH + 1] = 0;
        block[HASH + 2] = (uint8_t)(i >> 8);
        block[HASH + 3] = (uint8_t)i;
        YM_TRY(ym_cvd_digest("SHA256", block, sizeof(block), mask));
        for (size_t k = 0; k < HASH && at + k < n; k++) {
            data[at + k] ^= mask[k];
        }
    }
    return YM_OK;
}

/* EMSA-PSS-VERIFY of em[n] with as long a salt as there is. */
static ym_status check_pss(uint8_t *em, size_t n, unsigned spare_bits, const uint8_t digest[HASH],
                           bool *ret_good) {
    const size_t db = n - HASH - 1;
    uint8_t m[8 + HASH + MAX_BITS / 8] = {0};
    uint8_t h[HASH];
    size_t i = 0;

    *ret_good = false;
    if (em[n - 1] != 0xbc || em[0] >> (8 - spare_bits) != 0) {
        return YM_OK;
    }
    YM_TRY(unmask(em, db, em + db));
    em[0] &= (uint8_t)(0xff >> spare_bits);
    while (i < db && em[i] == 0) {
        i++;
    }
    if (i == db || em[i] != 1) {
        return YM_OK;
    }
    i++;
    memcpy(m + 8, digest, HASH);
    memcpy(m + 8 + HASH, em + i, db - i);
    YM_TRY(ym_cvd_digest("SHA256", m, 8 + HASH + (db - i), h));
    *ret_good = memcmp(h, em + db, HASH) == 0;
    return YM_OK;
}

ym_status ym_cvd_verify_info(const struct ym_clamav_keys *keys, struct ym_str sig,
                             const uint8_t sha256[32], ym_cvd_proof *ret_proof) {
    uint8_t em[MAX_BITS / 8];
    bool good = false;
    size_t bits;
    size_t n;
    ym_status st;

    if (keys == NULL || keys->info.n == NULL) {
        *ret_proof = YM_CVD_NO_KEY;
        return YM_OK;
    }
    bits = (size_t)BN_num_bits(keys->info.n) - 1;
    n = (bits + 7) / 8;
    st = open_signature(&keys->info, sig, em, n);
    if (st == YM_OK) {
        st = check_pss(em, n, (unsigned)(8 * n - bits), sha256, &good);
    }
    return proof_of(st, good, ret_proof);
}
