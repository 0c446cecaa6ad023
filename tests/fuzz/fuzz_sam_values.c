/* fuzz_sam_values.c - the values of a SAM hive: the first byte says which; what is read lies inside,
 * has its sizes, and goes through the decryption without harm. */
#include "../../src/clean/sam_crypto.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t any_key[YM_SAM_KEY] = {1, 2, 3};

static const struct ym_sam_crypto *crypto(void) {
    static struct ym_sam_crypto *c;

    if (c == NULL && ym_sam_crypto_open(&c, NULL) != YM_OK) {
        exit(0); /* NOLINT(concurrency-mt-unsafe): a machine without the legacy provider */
    }
    return c;
}

static void check_inside(const uint8_t *data, size_t len, const uint8_t *part, size_t n) {
    if (part < data || n > len || (size_t)(part - data) > len - n) {
        abort();
    }
}

static void refused(const struct ym_err *err, size_t untouched) {
    if (err->text[0] == '\0' || untouched != 77) {
        abort();
    }
}

static void look_at_user(const uint8_t *data, size_t len) {
    struct ym_sam_user u = {.n = 77};
    struct ym_err err = {0};
    uint8_t hash[YM_SAM_HASH];

    if (ym_sam_user_parse(data, len, &u, &err) != YM_OK) {
        refused(&err, u.n);
        return;
    }
    check_inside(data, len, u.name, u.name_size);
    if (u.name_size < 2 || u.name_size % 2 != 0 || u.name_size > YM_SAM_NAME_MAX) {
        abort();
    }
    if (!u.has_hash || u.form == YM_SAM_NONE) {
        return;
    }
    check_inside(data, len, u.data, u.n);
    if (u.n == 0 || u.n % 16 != 0 || u.n > YM_SAM_DATA_MAX ||
        ym_sam_nt_hash(crypto(), any_key, 1000, &u, hash, NULL) != YM_OK) {
        abort();
    }
}

static void look_at_key(const uint8_t *data, size_t len) {
    struct ym_sam_key k = {.n = 77};
    struct ym_err err = {0};
    uint8_t key[YM_SAM_KEY];
    ym_status st;

    if (ym_sam_key_parse(data, len, &k, &err) != YM_OK) {
        refused(&err, k.n);
        return;
    }
    check_inside(data, len, k.salt, YM_SAM_SALT);
    check_inside(data, len, k.data, k.n);
    check_inside(data, len, k.check, k.n_check);
    st = ym_sam_account_key(crypto(), any_key, &k, key, NULL);
    if (st != YM_OK && st != YM_MALFORMED) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    bool disabled = false;

    if (len == 0) {
        return 0;
    }
    if (data[0] == 'V') {
        look_at_user(data + 1, len - 1);
    } else if (data[0] == 'K') {
        look_at_key(data + 1, len - 1);
    } else if (ym_sam_disabled(data + 1, len - 1, &disabled, NULL) != YM_OK && disabled) {
        abort();
    }
    return 0;
}
