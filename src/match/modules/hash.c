/* modules/hash.c - YARA's module hash; see module.h.
 *
 * Digests are texts of lower-case hexadecimal digits, checksums are numbers.  What a range has
 * given is kept in a table of the root struct, since sets of rules ask for the digest of the same
 * ranges again and again.  The table has a fixed size and a newcomer may put an entry out: that
 * costs only time, which the budget counts.
 *
 * libcrypto's digests must have been used once before the process is locked in (the engine's own do
 * that): the first use may read files. */
#include "module.h"

#include "base/modules/hash.h"

#include <openssl/evp.h>
#include <zlib.h>

extern const struct ym_module_code ym_module_hash_code;

enum {
    SLOTS = 128, /* power of two */
    PROBES = 4,
    STEPS = 256 /* charged for a call: setting up a digest costs about this many bytes of it */
};

enum algo { MD5, SHA1, SHA256, CHECKSUM32, CRC32 };

struct entry {
    struct ym_mod_value value; /* undefined: free */
    const char *at;
    size_t n;
    enum algo algo;
};

/* ---- Digests --------------------------------------------------------------------------------- */

static const EVP_MD *digest_of(enum algo algo) {
    return algo == MD5 ? EVP_md5() : algo == SHA1 ? EVP_sha1() : EVP_sha256();
}

static void give_digest(struct ym_mod_scan *s, enum algo algo, struct ym_str t,
                        struct ym_mod_value *ret) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    char text[2 * EVP_MAX_MD_SIZE + 1];
    char *copy;
    unsigned n = 0;

    if (EVP_Digest(t.s, t.n, digest, &n, digest_of(algo), NULL) != 1) {
        return; /* a configuration that forbids this one */
    }
    ym_hex_encode(digest, n, text);
    copy = ym_arena_strndup(s->arena, text, (size_t)2 * n);
    if (copy != NULL) {
        ym_mod_give_text(ret, (struct ym_str){copy, (size_t)2 * n});
    }
}

static uint32_t sum_of(struct ym_str t) {
    uint32_t sum = 0;

    for (size_t i = 0; i < t.n; i++) {
        sum += (unsigned char)t.s[i];
    }
    return sum;
}

static void compute(struct ym_mod_scan *s, enum algo algo, struct ym_str t,
                    struct ym_mod_value *ret) {
    bool fast = algo == CHECKSUM32 || algo == CRC32;

    if (!ym_mod_spend(s, STEPS + (fast ? t.n / 4 : t.n))) {
        return;
    }
    if (algo == CHECKSUM32) {
        ym_mod_give_int(ret, sum_of(t));
    } else if (algo == CRC32) {
        ym_mod_give_int(ret, (int64_t)crc32_z(0, (const Bytef *)t.s, t.n));
    } else {
        give_digest(s, algo, t, ret);
    }
}

/* ---- What was asked before ------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t v) {
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

/* The entry of this question, or one that it may take; NULL: no memory for any. */
static struct entry *entry_for(struct ym_mod_scan *s, struct ym_mod_object *root, enum algo algo,
                               struct ym_str t) {
    struct entry *table;
    struct entry *found;
    size_t home;

    if (root->own == NULL) {
        root->own = YM_ARENA_ARRAY(s->arena, SLOTS, struct entry);
    }
    table = root->own;
    if (table == NULL) {
        return NULL;
    }
    home = (size_t)mix(mix((uint64_t)algo, (uint64_t)(t.s - (const char *)s->data)), t.n);
    found = &table[home % SLOTS];
    for (size_t i = 0; i < PROBES; i++) {
        struct entry *e = &table[(home + i) % SLOTS];

        if (!e->value.defined || (e->at == t.s && e->n == t.n && e->algo == algo)) {
            return e;
        }
    }
    found->value.defined = false;
    return found;
}

static void of_range(struct ym_mod_scan *s, struct ym_mod_object *self, enum algo algo,
                     const union ym_mod_arg *args, struct ym_mod_value *ret) {
    struct ym_str t;
    struct entry *e;

    if (!ym_mod_range(s, args[0].i, args[1].i, &t)) {
        return;
    }
    e = entry_for(s, self, algo, t);
    if (e != NULL && e->value.defined) {
        *ret = e->value;
        return;
    }
    compute(s, algo, t, ret);
    if (e != NULL) {
        *e = (struct entry){.value = *ret, .at = t.s, .n = t.n, .algo = algo};
    }
}

/* ---- Functions ------------------------------------------------------------------------------- */

#define FUNCTIONS(name, algo)                                                                      \
    static void name##_of_range(struct ym_mod_scan *s, struct ym_mod_object *self,                 \
                                const union ym_mod_arg *args, struct ym_mod_value *ret) {          \
        of_range(s, self, algo, args, ret);                                                        \
    }                                                                                              \
    static void name##_of_text(struct ym_mod_scan *s, struct ym_mod_object *self,                  \
                               const union ym_mod_arg *args, struct ym_mod_value *ret) {           \
        (void)self;                                                                                \
        compute(s, algo, args[0].text, ret);                                                       \
    }

FUNCTIONS(md5, MD5)
FUNCTIONS(sha1, SHA1)
FUNCTIONS(sha256, SHA256)
FUNCTIONS(checksum32, CHECKSUM32)
FUNCTIONS(crc32, CRC32)

static ym_mod_function *const functions[] = {
    [HASH_FN_MD5] = md5_of_range,
    [HASH_FN_MD5_TEXT] = md5_of_text,
    [HASH_FN_SHA1] = sha1_of_range,
    [HASH_FN_SHA1_TEXT] = sha1_of_text,
    [HASH_FN_SHA256] = sha256_of_range,
    [HASH_FN_SHA256_TEXT] = sha256_of_text,
    [HASH_FN_CHECKSUM32] = checksum32_of_range,
    [HASH_FN_CHECKSUM32_TEXT] = checksum32_of_text,
    [HASH_FN_CRC32] = crc32_of_range,
    [HASH_FN_CRC32_TEXT] = crc32_of_text,
};

const struct ym_module_code ym_module_hash_code = {.functions = functions,
                                                   .n_functions = YM_MOD_N(functions)};
