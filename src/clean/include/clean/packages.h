/* packages.h - what the package managers of Linux know of the files that they installed.
 *
 *     ym_package_md5sums(whole, "procps", on_file, ctx);    // var/lib/dpkg/info/procps.md5sums
 *
 * The texts of a hostile tree, line by line out of a bounded reader; nothing is kept, and what is shown
 * to the caller lives until the call returns.  A line that is no line of its form is left out and
 * counted: the caller says so.
 *
 *   dpkg  deb-md5sums(5): 32 hex digits, two spaces (or one and '*'), path without a leading '/'.
 *         Configuration files are not in it.  PACKAGE.list: one path with a leading '/' a line, all of
 *         them.  diversions (dpkg's src/divertdb.c): three lines each: a path, where its file lies
 *         instead, and the package whose own file keeps the path (":": none has).
 *   apk   lib/apk/db/installed (apk-tools' apk_db_fdb_write and apk_blob_push_csum): lines "X:value";
 *         P: begins a package, F: a folder, R: a file in it, Z: that file's "Q1" and SHA-1 in base64
 *         ("Q2": SHA-256). */
#ifndef YM_CLEAN_PACKAGES_H
#define YM_CLEAN_PACKAGES_H

#include "base/reader.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_PACKAGE_PATH_MAX = 4096, /* bytes of a path, a package's name */
    YM_PACKAGE_DIGEST_MAX = 32  /* bytes: MD5 16, SHA-1 20, SHA-256 32 */
};

struct ym_package_file {
    const char *package;
    const char *path; /* relative, without a leading '/' */
    uint8_t digest[YM_PACKAGE_DIGEST_MAX];
    size_t digest_n; /* 0: only that the package has it */
};
typedef ym_status ym_package_file_fn(void *ctx, const struct ym_package_file *file);

struct ym_package_diversion {
    const char *from, *to; /* relative, without a leading '/' */
    const char *package;   /* whose file keeps the path; "": nobody's */
};
typedef ym_status ym_package_diversion_fn(void *ctx, const struct ym_package_diversion *d);

/* All stop at the first status of fn that is not OK, and return it.  ret_bad: lines left out. */
YM_MUST_CHECK ym_status ym_package_md5sums(struct ym_reader whole, const char *package,
                                           ym_package_file_fn *fn, void *ctx, size_t *ret_bad);
YM_MUST_CHECK ym_status ym_package_list(struct ym_reader whole, const char *package,
                                        ym_package_file_fn *fn, void *ctx, size_t *ret_bad);
YM_MUST_CHECK ym_status ym_package_diversions(struct ym_reader whole, ym_package_diversion_fn *fn,
                                              void *ctx, size_t *ret_bad);
YM_MUST_CHECK ym_status ym_package_apk(struct ym_reader whole, ym_package_file_fn *fn, void *ctx,
                                       size_t *ret_bad);

#endif
