/* certs.c - certificates of what was signed against the rows of .crb.  See pki/certs.h.
 *
 * The rules are those of clamscan 1.4, measured with certificates made for it:
 *   - a row means a certificate with the same subject, the same serial (unless it gives none) and
 *     the same RSA key.  To be trusted it must also not use more than the row allows.
 *   - an issuer is known by its subject and proved by its key; it must be allowed to sign
 *     certificates, and of code and time one that the certificate also signs: that is what the
 *     certificate may do
 *   - a certificate signs code or time if its extended key usage says so; one without that
 *     extension signs both, one without any extension only time.  It signs certificates unless its
 *     key usage says otherwise.
 *   - dates of issuers, path lengths and other extensions are not looked at
 *
 * One thing is stricter: a certificate that a signature brings along vouches for others only when
 * its basic constraints say that it is an authority.  Otherwise the holder of any certificate for
 * code could make as many as he likes. */
#include "pki/certs.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/pe_rows.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <string.h>

#define MODULE "pki/certs"

enum {
    MAX_ROWS = 65536,
    MAX_BYTES = 256 << 20, /* of all rows */
    MAX_CHECKS = 256,      /* signatures of certificates, of one program */
    EXPONENT = 65537
};

struct row {
    bool trusted;
    unsigned uses;
    struct ym_table_text name, subject, serial, modulus;
    EVP_PKEY *key; /* of one that may sign certificates */
};

struct ym_certs {
    struct ym_arena *arena; /* of the texts */
    struct row *rows;
    size_t n, room;
    EVP_MD *sha1;
};

/* ---- Rows ---------------------------------------------------------------------------------- */

static EVP_PKEY *make_key(const struct ym_table_text *modulus) {
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_bin2bn((const unsigned char *)modulus->s, (int)modulus->n, NULL);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (build != NULL && n != NULL && context != NULL &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_ulong(build, OSSL_PKEY_PARAM_RSA_E, EXPONENT) == 1) {
        params = OSSL_PARAM_BLD_to_param(build);
    }
    if (params == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    BN_free(n);
    OSSL_PARAM_BLD_free(build);
    return key;
}

ym_status ym_certs_new(struct ym_certs **ret_certs, struct ym_err *err) {
    struct ym_certs *c = ym_zalloc(1, sizeof(*c));

    if (c != NULL) {
        c->arena = ym_arena_new(MAX_BYTES);
        c->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    }
    if (c == NULL || c->arena == NULL || c->sha1 == NULL) {
        ym_certs_free(c);
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "out of memory");
    }
    *ret_certs = c;
    return YM_OK;
}

void ym_certs_free(struct ym_certs *c) {
    if (c == NULL) {
        return;
    }
    for (size_t i = 0; i < c->n; i++) {
        EVP_PKEY_free(c->rows[i].key);
    }
    EVP_MD_free(c->sha1);
    ym_arena_free(c->arena);
    ym_free(c->rows);
    ym_free(c);
}

static ym_status make_room(struct ym_certs *c) {
    const size_t room = c->room == 0 ? 64 : c->room * 2;
    struct row *rows;

    if (c->n < c->room) {
        return YM_OK;
    }
    rows = ym_zalloc(room, sizeof(*rows));
    if (rows == NULL) {
        return YM_NOMEM;
    }
    if (c->n > 0) {
        memcpy(rows, c->rows, c->n * sizeof(*rows));
    }
    ym_free(c->rows);
    c->rows = rows;
    c->room = room;
    return YM_OK;
}

static struct ym_table_text copy(struct ym_certs *c, struct ym_table_text text) {
    return (struct ym_table_text){ym_arena_memdup(c->arena, text.s, text.n), text.n};
}

ym_status ym_certs_add(struct ym_certs *c, const struct ym_table_row *r, struct ym_err *err) {
    struct row *row;

    if (r->n_numbers < YM_CERT_NUMBERS || r->n_texts < YM_CERT_TEXTS ||
        r->texts[YM_CERT_T_SUBJECT].n != SHA_DIGEST_LENGTH ||
        (r->texts[YM_CERT_T_SERIAL].n != 0 && r->texts[YM_CERT_T_SERIAL].n != SHA_DIGEST_LENGTH)) {
        return YM_OK; /* a damaged image: db check says so */
    }
    if (c->n == MAX_ROWS) {
        return ym_fail(err, YM_LIMIT, MODULE, YM_ERR_NO_OFFSET, "more than %d certificates",
                       MAX_ROWS);
    }
    if (make_room(c) != YM_OK) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "out of memory");
    }
    row = &c->rows[c->n];
    *row = (struct row){.trusted = r->numbers[YM_CERT_N_TRUSTED] != 0,
                        .name = copy(c, r->texts[YM_CERT_T_NAME]),
                        .subject = copy(c, r->texts[YM_CERT_T_SUBJECT]),
                        .serial = copy(c, r->texts[YM_CERT_T_SERIAL]),
                        .modulus = copy(c, r->texts[YM_CERT_T_MODULUS])};
    if (ym_arena_status(c->arena) != YM_OK) {
        return ym_fail(err, ym_arena_status(c->arena), MODULE, YM_ERR_NO_OFFSET, "certificates");
    }
    row->uses = (r->numbers[YM_CERT_N_CODE] != 0 ? YM_CERT_SIGNS_CODE : 0u) |
                (r->numbers[YM_CERT_N_TIME] != 0 ? YM_CERT_SIGNS_TIME : 0u) |
                (r->numbers[YM_CERT_N_CERT] != 0 ? YM_CERT_SIGNS_CERTS : 0u);
    if (row->trusted && (row->uses & YM_CERT_SIGNS_CERTS) != 0) {
        row->key = make_key(&row->modulus);
    }
    c->n++;
    return YM_OK;
}

/* ---- Certificates --------------------------------------------------------------------------- */

/* What a row knows of a certificate. */
struct identity {
    uint8_t subject[SHA_DIGEST_LENGTH];
    uint8_t issuer[SHA_DIGEST_LENGTH];
    uint8_t serial[SHA_DIGEST_LENGTH];
    uint8_t *modulus;
    size_t modulus_len;
};

static bool hash(const struct ym_certs *c, const uint8_t *p, size_t n, uint8_t *out) {
    return EVP_Digest(p, n, out, NULL, c->sha1, NULL) == 1;
}

/* Of a SEQUENCE in DER, what is in it. */
static bool hash_name(const struct ym_certs *c, const X509_NAME *name, uint8_t *out) {
    const unsigned char *der;
    const unsigned char *p;
    size_t n;
    long length;
    int tag;
    int class;

    if (X509_NAME_get0_der(name, &der, &n) != 1) {
        return false;
    }
    p = der;
    if ((ASN1_get_object(&p, &length, &tag, &class, (long)n) & 0x80) != 0) {
        return false;
    }
    return hash(c, p, (size_t)length, out);
}

static bool hash_serial(const struct ym_certs *c, const ASN1_INTEGER *serial, uint8_t *out) {
    unsigned char *der = NULL;
    const unsigned char *p;
    int n = i2d_ASN1_INTEGER(serial, &der);
    long length;
    int tag;
    int class;
    bool ok = false;

    if (n > 0) {
        p = der;
        ok = (ASN1_get_object(&p, &length, &tag, &class, n) & 0x80) == 0 &&
             hash(c, p, (size_t)length, out);
    }
    OPENSSL_free(der);
    return ok;
}

static void identity_done(struct identity *id) {
    OPENSSL_free(id->modulus);
    id->modulus = NULL;
}

/* false: not an RSA certificate, or damaged. */
static bool identify(const struct ym_certs *c, X509 *x, struct identity *ret_id) {
    EVP_PKEY *key = X509_get0_pubkey(x);
    BIGNUM *n = NULL;
    struct identity id = {.modulus = NULL};
    bool ok = false;

    if (key == NULL || !EVP_PKEY_is_a(key, "RSA") ||
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) != 1) {
        return false;
    }
    id.modulus_len = (size_t)BN_num_bytes(n);
    id.modulus = OPENSSL_malloc(id.modulus_len + 1);
    if (id.modulus != NULL) {
        (void)BN_bn2bin(n, id.modulus);
        ok = hash_name(c, X509_get_subject_name(x), id.subject) &&
             hash_name(c, X509_get_issuer_name(x), id.issuer) &&
             hash_serial(c, X509_get0_serialNumber(x), id.serial);
    }
    BN_free(n);
    if (!ok) {
        identity_done(&id);
        return false;
    }
    *ret_id = id;
    return true;
}

static bool row_means(const struct row *row, const struct identity *id) {
    return memcmp(row->subject.s, id->subject, SHA_DIGEST_LENGTH) == 0 &&
           (row->serial.n == 0 || memcmp(row->serial.s, id->serial, SHA_DIGEST_LENGTH) == 0) &&
           row->modulus.n == id->modulus_len &&
           memcmp(row->modulus.s, id->modulus, id->modulus_len) == 0;
}

unsigned ym_cert_uses(X509 *x) {
    const uint32_t flags = X509_get_extension_flags(x);
    const uint32_t usage = X509_get_key_usage(x);
    const uint32_t extended = X509_get_extended_key_usage(x);
    unsigned uses = 0;

    if (flags & EXFLAG_XKUSAGE) {
        uses |= extended & XKU_CODE_SIGN ? YM_CERT_SIGNS_CODE : 0u;
        uses |= extended & XKU_TIMESTAMP ? YM_CERT_SIGNS_TIME : 0u;
    } else {
        uses |= YM_CERT_SIGNS_TIME;
        uses |= X509_get_ext_count(x) > 0 ? YM_CERT_SIGNS_CODE : 0u;
    }
    return uses | (usage & KU_KEY_CERT_SIGN ? YM_CERT_SIGNS_CERTS : 0u);
}

bool ym_certs_blocked(const struct ym_certs *c, X509 *x, const char **ret_name, size_t *ret_len) {
    struct identity id;
    bool blocked = false;

    if (!identify(c, x, &id)) {
        return false;
    }
    for (size_t i = 0; i < c->n && !blocked; i++) {
        const struct row *row = &c->rows[i];

        if (!row->trusted && row_means(row, &id)) {
            *ret_name = row->name.s;
            *ret_len = row->name.n;
            blocked = true;
        }
    }
    identity_done(&id);
    return blocked;
}

/* ---- Chains --------------------------------------------------------------------------------- */

enum { SIGNS = YM_CERT_SIGNS_CODE | YM_CERT_SIGNS_TIME };

struct judgement {
    const struct ym_certs *certs;
    unsigned checks; /* signatures that may still be tried */
    X509 *x[YM_CERT_MAX_CHAIN];
    unsigned wants[YM_CERT_MAX_CHAIN]; /* what the certificate says it does; 0: not RSA */
    unsigned *uses;                    /* what it may */
    int n;
};

static bool is_signed_by(struct judgement *j, X509 *x, EVP_PKEY *key) {
    if (j->checks == 0) {
        return false;
    }
    j->checks--;
    return X509_verify(x, key) == 1;
}

static void ask_rows(struct judgement *j, int i) {
    struct identity id;

    if (!identify(j->certs, j->x[i], &id)) {
        return;
    }
    j->wants[i] = ym_cert_uses(j->x[i]);
    for (size_t k = 0; k < j->certs->n; k++) {
        const struct row *row = &j->certs->rows[k];
        const unsigned may = row->uses & j->wants[i] & SIGNS;

        if (row->trusted && row_means(row, &id) && (j->wants[i] & ~row->uses) == 0) {
            j->uses[i] |= j->wants[i];
        }
        if (row->key != NULL && (may & ~j->uses[i]) != 0 &&
            memcmp(row->subject.s, id.issuer, SHA_DIGEST_LENGTH) == 0 &&
            is_signed_by(j, j->x[i], row->key)) {
            j->uses[i] |= may | (j->wants[i] & YM_CERT_SIGNS_CERTS);
        }
    }
    identity_done(&id);
}

static bool is_authority(X509 *x) {
    return (X509_get_extension_flags(x) & (EXFLAG_BCONS | EXFLAG_CA | EXFLAG_INVALID)) ==
           (EXFLAG_BCONS | EXFLAG_CA);
}

/* May the k-th certificate's word make the i-th do more? */
static bool ask_issuer(struct judgement *j, int i, int k) {
    const unsigned may = j->uses[k] & j->wants[i] & SIGNS;

    if ((j->uses[k] & YM_CERT_SIGNS_CERTS) == 0 || (may & ~j->uses[i]) == 0 ||
        !is_authority(j->x[k]) ||
        X509_NAME_cmp(X509_get_subject_name(j->x[k]), X509_get_issuer_name(j->x[i])) != 0 ||
        !is_signed_by(j, j->x[i], X509_get0_pubkey(j->x[k]))) {
        return false;
    }
    j->uses[i] |= may | (j->wants[i] & YM_CERT_SIGNS_CERTS);
    return true;
}

void ym_certs_judge(const struct ym_certs *c, const STACK_OF(X509) * chain,
                    unsigned ret_uses[YM_CERT_MAX_CHAIN]) {
    const int all = sk_X509_num(chain);
    struct judgement j = {.certs = c,
                          .checks = MAX_CHECKS,
                          .uses = ret_uses,
                          .n = all < YM_CERT_MAX_CHAIN ? all : YM_CERT_MAX_CHAIN};
    bool more = true;

    memset(ret_uses, 0, sizeof(*ret_uses) * YM_CERT_MAX_CHAIN);
    for (int i = 0; i < j.n; i++) {
        j.x[i] = sk_X509_value(chain, i);
        ask_rows(&j, i);
    }
    while (more) { /* each round adds a use, or is the last */
        more = false;
        for (int i = 0; i < j.n; i++) {
            for (int k = 0; k < j.n; k++) {
                more = ask_issuer(&j, i, k) || more;
            }
        }
    }
}
