/* fuzz_links.c - links of any page have texts within their bounds, and so have their URLs. */
#include "formats/links.h"
#include "formats/url.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool check_form(void *self, const char *form, size_t n) {
    (void)self;
    if (n == 0 || n > (size_t)YM_URL_MAX * 4 || form[n - 1] == '\0') {
        abort();
    }
    return true;
}

static void check_url(const struct ym_url *u) {
    if (u->n > YM_URL_MAX || u->host > u->n || u->n_host > u->n - u->host) {
        abort();
    }
}

static bool check_link(void *self, const struct ym_link *l) {
    const size_t *len = self;
    struct ym_url real;
    struct ym_url shown;

    if (l->n_real == 0 || l->n_real > YM_LINK_MAX || l->n_shown > YM_LINK_MAX ||
        l->offset >= *len) {
        abort();
    }
    ym_url_forms(l->real, l->n_real, check_form, NULL);
    if (ym_url_clean(l->real, l->n_real, false, &real) &&
        ym_url_clean(l->shown, l->n_shown, true, &shown)) {
        check_url(&real);
        check_url(&shown);
        (void)ym_url_same_domain(&real, &shown);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    if (ym_links_find(data, len, check_link, &len) != YM_OK) {
        abort();
    }
    return 0;
}
