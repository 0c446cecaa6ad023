/* fuzz_digests - a hostile DIGESTS section.  The input changes bytes of a good section (so that
 * the fuzzer starts from something that opens), or is the section.  Properties, beside staying
 * inside:
 *  - a section that passes the full check reports good names only;
 *  - whatever is found was wanted: the filter knows no less than the rows. */
#include "database/digests.h"
#include "signatures/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ROWS = 90 };

static void must(bool truth) {
    if (!truth) {
        abort();
    }
}

static struct ym_digest_sig row_of(unsigned i, char name[32]) {
    struct ym_digest_sig sig = {.kind = (ym_digest_kind)(i % YM_DIGEST_KINDS),
                                .algo = (ym_digest_algo)(i / 3 % YM_DIGEST_ALGOS),
                                .size = i % 20 == 19 ? YM_SIZE_ANY : i + 1,
                                .unofficial = i % 2 == 0};
    int n = snprintf(name, 32, "Family.%u-%u", i % 7, i * 13);

    for (unsigned k = 0; k < sizeof(sig.digest); k++) {
        sig.digest[k] = (uint8_t)((i * 2654435761U) >> (k % 4 * 8)) ^ (uint8_t)k;
    }
    sig.name.s = name;
    sig.name.n = (uint32_t)n;
    return sig;
}

static void make_section(struct ym_buf *out) {
    struct ym_digest_builder *b = ym_digest_builder_new();

    must(b != NULL);
    for (unsigned i = 0; i < ROWS; i++) {
        char name[32];
        struct ym_digest_sig sig = row_of(i, name);

        must(ym_digest_builder_add(b, &sig) == YM_OK);
    }
    ym_buf_init(out, 1 << 20);
    must(ym_digest_builder_write(b, out) == YM_OK);
    ym_digest_builder_free(b);
}

struct finder {
    bool checked;
    unsigned found;
};

static bool on_found(void *self, const struct ym_digest_found *f) {
    struct finder *s = self;

    s->found++;
    must(f->name_len <= YM_DIGEST_NAME_MAX);
    must(!s->checked || f->name_len != 12 || memcmp(f->name, "damaged-name", 12) != 0);
    return true;
}

static void use(const uint8_t *section, size_t size) {
    struct ym_digests d;
    bool checked;

    if (ym_digests_open(section, size, &d, NULL) != YM_OK) {
        return;
    }
    checked = ym_digests_check(&d, NULL) == YM_OK;
    for (unsigned i = 0; i < ROWS; i++) {
        char name[32];
        struct ym_digest_sig sig = row_of(i, name);
        struct finder s = {.checked = checked};
        unsigned wanted = ym_digests_wanted(&d, sig.kind, sig.size);

        ym_digests_find(&d, sig.kind, sig.algo, sig.size, sig.digest, on_found, &s);
        must(!s.checked || s.found == 0 || (wanted >> sig.algo & 1) == 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static struct ym_buf good;
    bool raw = len > 0 && data[0] == 0xff;
    size_t size;
    uint8_t *copy;

    if (good.len == 0) {
        make_section(&good);
    }
    must(good.len > 0);
    size = raw ? len - 1 : good.len;
    copy = malloc(size == 0 ? 1 : size);
    must(copy != NULL);
    memcpy(copy, raw ? data + 1 : good.data, size);
    for (size_t i = 0; !raw && i + 4 <= len; i += 4) {
        copy[((size_t)data[i] | (size_t)data[i + 1] << 8 | (size_t)data[i + 2] << 16) % size] ^=
            data[i + 3];
    }
    use(copy, size);
    free(copy);
    return 0;
}
