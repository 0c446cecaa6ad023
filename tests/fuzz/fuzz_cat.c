/* fuzz_cat.c - hostile security catalogues.  Input as a file: it can vouch for nothing.  Input as the
 * inside of a list that a trusted key signed: it may list what it likes, soundly. */
#include "base/catalog_rows.h"
#include "base/kinds.h"
#include "makers/make_signed.c" /* one file a target; NOLINT(bugprone-suspicious-include) */
#include "signatures/clamav.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LONGEST = 1 << 16 };

static unsigned n_rows;

static ym_status on_row(void *self, ym_table table, const struct ym_table_row *row,
                        struct ym_err *err) {
    (void)self;
    (void)err;
    if (table == YM_TABLE_CATALOG) {
        const struct ym_table_text all = row->texts[YM_CATALOG_T_DIGESTS];
        const size_t size = ym_digest_size((ym_digest_algo)row->numbers[YM_CATALOG_N_ALGO]);

        n_rows++;
        if (all.n == 0 || all.n % size != 0) {
            abort();
        }
        for (size_t i = size; i < all.n; i += size) {
            if (memcmp(all.s + i - size, all.s + i, size) >= 0) {
                abort();
            }
        }
    }
    return YM_OK;
}

static ym_status on_left_out(void *self, const char *file, unsigned line, const char *why) {
    (void)self;
    (void)file;
    (void)line;
    (void)why;
    return YM_OK;
}

static void load(const struct ym_buf *crb, const void *cat, size_t n) {
    static const struct ym_clamav_options options = {.skip_bad = false};
    const struct ym_sink sink = {.row = on_row, .left_out = on_left_out};
    struct ym_clamav *ld = ym_clamav_new(&options, &sink);
    struct ym_err err = {.code = YM_OK};

    n_rows = 0;
    if (ld == NULL ||
        ym_clamav_file(ld, "c.crb", (const char *)crb->data, crb->len, &err) != YM_OK ||
        ym_clamav_file(ld, "c.cat", cat, n, &err) != YM_OK) {
        abort(); /* a damaged catalogue is left out */
    }
    ym_clamav_free(ld);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static struct make_cert root;
    static struct ym_buf crb;
    const struct make_cert *certs[] = {&root};
    const struct make_signers by = {.certs = certs, .n_certs = 1};
    struct ym_buf list;
    unsigned char *der = NULL;
    size_t n;

    if (crb.len == 0) {
        root = make_cert("Root", NULL, true, NULL, NULL, -1000, 1000);
        ym_buf_init(&crb, 1 << 16);
        make_crb_line(&root, "Root", true, "111", false, &crb);
    }
    if (len == 0 || len > LONGEST) {
        return 0;
    }
    load(&crb, data, len);
    if (n_rows > 0) {
        abort(); /* no input can know the root's key */
    }
    ym_buf_init(&list, 2 * LONGEST);
    ym_buf_add(&list, data, len);
    wrap(&list, 0, 0x30);
    n = make_pkcs7("1.3.6.1.4.1.311.10.1", list.data, list.len, &by, NULL, 0, &der);
    load(&crb, der, n);
    OPENSSL_free(der);
    ym_buf_done(&list);
    return 0;
}
