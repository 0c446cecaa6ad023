/* digest.c - MD5, SHA-1 and SHA-256 through libcrypto's EVP.  See digest.h. */
#include "digest.h"

#include "base/alloc.h"

#include <openssl/evp.h>
#include <stdbool.h>

#define MODULE "engine/digest"

struct ym_hasher {
    EVP_MD *algos[YM_DIGEST_ALGOS];
    EVP_MD_CTX *context;
    EVP_MD_CTX *all[YM_DIGEST_ALGOS]; /* of ym_hasher_run_all() */
};

enum { BLOCK = 32 << 10 }; /* stays in the first-level cache until the third has had it */

static const char *const names[YM_DIGEST_ALGOS] = {"MD5", "SHA1", "SHA256"};

ym_status ym_hasher_new(struct ym_hasher **ret_hasher, struct ym_err *err) {
    struct ym_hasher *h = ym_zalloc(1, sizeof(*h));
    uint8_t out[YM_DIGEST_MAX];

    if (h == NULL) {
        return ym_fail(err, YM_NOMEM, MODULE, YM_ERR_NO_OFFSET, "out of memory");
    }
    h->context = EVP_MD_CTX_new();
    for (unsigned i = 0; i < YM_DIGEST_ALGOS; i++) {
        h->algos[i] = EVP_MD_fetch(NULL, names[i], NULL);
        h->all[i] = EVP_MD_CTX_new();
        if (h->context == NULL || h->all[i] == NULL || h->algos[i] == NULL ||
            ym_hasher_run(h, (ym_digest_algo)i, "", 0, out) != YM_OK) {
            ym_hasher_free(h);
            return ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                           "libcrypto has no %s here (a FIPS-only configuration?)", names[i]);
        }
    }
    *ret_hasher = h;
    return YM_OK;
}

void ym_hasher_free(struct ym_hasher *h) {
    if (h == NULL) {
        return;
    }
    for (unsigned i = 0; i < YM_DIGEST_ALGOS; i++) {
        EVP_MD_free(h->algos[i]);
        EVP_MD_CTX_free(h->all[i]);
    }
    EVP_MD_CTX_free(h->context);
    ym_free(h);
}

ym_status ym_hasher_run(struct ym_hasher *h, ym_digest_algo algo, const void *data, size_t size,
                        uint8_t out[YM_DIGEST_MAX]) {
    unsigned n = 0;

    if (EVP_DigestInit_ex(h->context, h->algos[algo], NULL) != 1 ||
        EVP_DigestUpdate(h->context, data, size) != 1 ||
        EVP_DigestFinal_ex(h->context, out, &n) != 1 || n != ym_digest_size(algo)) {
        return YM_NOMEM;
    }
    return YM_OK;
}

ym_status ym_hasher_run_ranges(struct ym_hasher *h, ym_digest_algo algo, const uint8_t *data,
                               const struct ym_exe_range *ranges, unsigned n,
                               uint8_t out[YM_DIGEST_MAX]) {
    bool good = EVP_DigestInit_ex(h->context, h->algos[algo], NULL) == 1;

    for (unsigned i = 0; i < n && good; i++) {
        good = EVP_DigestUpdate(h->context, data + ranges[i].offset, (size_t)ranges[i].size) == 1;
    }
    return good && EVP_DigestFinal_ex(h->context, out, NULL) == 1 ? YM_OK : YM_NOMEM;
}

ym_status ym_hasher_run_all(struct ym_hasher *h, const void *data, size_t size,
                            uint8_t out[YM_DIGEST_ALGOS][YM_DIGEST_MAX]) {
    const uint8_t *p = data;
    bool good = true;

    for (unsigned a = 0; a < YM_DIGEST_ALGOS; a++) {
        good = good && EVP_DigestInit_ex(h->all[a], h->algos[a], NULL) == 1;
    }
    for (size_t done = 0; good && done < size; done += BLOCK) {
        size_t n = size - done < BLOCK ? size - done : BLOCK;

        for (unsigned a = 0; a < YM_DIGEST_ALGOS; a++) {
            good = good && EVP_DigestUpdate(h->all[a], p + done, n) == 1;
        }
    }
    for (unsigned a = 0; a < YM_DIGEST_ALGOS; a++) {
        unsigned n = 0;

        good = good && EVP_DigestFinal_ex(h->all[a], out[a], &n) == 1 &&
               n == ym_digest_size((ym_digest_algo)a);
    }
    return good ? YM_OK : YM_NOMEM;
}
