/* fuzz_feed_nvd.c - files of the vulnerability database: cut in two anywhere they give the same
 * entries as in one piece, and entries are bounded. */
#include "feeds/nvd.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct seen {
    unsigned n;
    size_t bytes;
};

static ym_status on_piece(void *user, const char *json, size_t n, uint64_t line, bool too_large,
                          struct ym_err *err) {
    struct seen *s = user;
    struct ym_nvd_entry e;
    struct ym_err why = {0};

    (void)err;
    s->n++;
    s->bytes += n;
    if (line == 0 || too_large) {
        abort(); /* inputs are far smaller */
    }
    if (ym_nvd_entry_read(json, n, &e, &why) == YM_OK) {
        if (e.n_vendors > YM_NVD_CVE_VENDORS_MAX || e.severity >= YM_NVD_SEVERITIES ||
            e.complexity >= YM_NVD_COMPLEXITIES || e.product >= YM_NVD_PRODUCTS ||
            e.score >= YM_NVD_SCORES || strlen(e.modified) >= sizeof(e.modified)) {
            abort();
        }
        for (size_t i = 0; i < e.n_vendors; i++) {
            if (memchr(e.vendor[i], '\0', sizeof(e.vendor[i])) == NULL) {
                abort();
            }
        }
    }
    return YM_OK;
}

static ym_status split(const char *s, size_t n, size_t cut, struct seen *seen) {
    struct ym_nvd_split *p = ym_nvd_split_new(on_piece, seen);
    struct ym_err err = {0};
    ym_status st;

    if (p == NULL) {
        return YM_NOMEM;
    }
    st = ym_nvd_split_feed(p, s, cut, "f", &err);
    st = st == YM_OK ? ym_nvd_split_feed(p, s + cut, n - cut, "f", &err) : st;
    st = st == YM_OK ? ym_nvd_split_end(p, "f", &err) : st;
    ym_nvd_split_free(p);
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    const char *text = (const char *)data;
    struct seen whole = {0};
    struct seen cut = {0};

    if (split(text, len, len, &whole) != split(text, len, len / 3, &cut) || whole.n != cut.n ||
        whole.bytes != cut.bytes) {
        abort();
    }
    return 0;
}
