/* fuzz_package_lists.c - databases of package managers: what is told is within its limits. */
#include "clean/packages.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static ym_status on_file(void *ctx, const struct ym_package_file *f) {
    size_t *left = ctx;

    if (f->path[0] == '\0' || f->path[0] == '/' || strlen(f->path) > YM_PACKAGE_PATH_MAX ||
        f->digest_n > YM_PACKAGE_DIGEST_MAX || strlen(f->package) > YM_PACKAGE_PATH_MAX) {
        abort();
    }
    return (*left)-- == 0 ? YM_LIMIT : YM_OK;
}

static ym_status on_diversion(void *ctx, const struct ym_package_diversion *d) {
    (void)ctx;
    if (d->from[0] == '\0' || d->to[0] == '\0' || strcmp(d->package, ":") == 0) {
        abort();
    }
    return YM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    size_t left = len; /* every file has at least a byte of its own */
    size_t bad = 0;
    struct ym_reader r;

    ym_reader_init(&r, data, len);
    if (ym_package_md5sums(r, "p", on_file, &left, &bad) != YM_OK || bad > len ||
        ym_package_list(r, "p", on_file, &left, &bad) != YM_OK || bad > len) {
        abort();
    }
    left = len;
    if (ym_package_apk(r, on_file, &left, &bad) != YM_OK || bad > len ||
        ym_package_diversions(r, on_diversion, NULL, &bad) != YM_OK || bad > len) {
        abort();
    }
    return 0;
}
