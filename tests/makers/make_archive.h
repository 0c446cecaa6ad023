/* make_archive.h - archives in memory, for tests. */
#ifndef YM_TESTS_MAKE_ARCHIVE_H
#define YM_TESTS_MAKE_ARCHIVE_H

#include "base/buf.h"

#include <stdbool.h>

struct make_member {
    const char *name;
    const void *data;
    size_t size;
};

/* format: "zip", "ustar", "7zip", "cpio", "iso9660", "ar_bsd", "raw" ...; filter: "gzip", "xz" ...
 * or NULL.  false: libarchive could not; the reason was printed as a TAP comment. */
bool make_archive(const char *format, const char *filter, const struct make_member *members,
                  unsigned n, struct ym_buf *out);

/* A zip whose members have the old encryption; false as above. */
bool make_zip_with_password(const char *password, const struct make_member *members, unsigned n,
                            struct ym_buf *out);

/* Zips in zips, `width` of them a level, `levels` deep; the innermost holds `size` zero bytes. */
bool make_zip_bomb(unsigned width, unsigned levels, size_t size, struct ym_buf *out);

/* A zip whose only member says that it is encrypted. */
void make_encrypted_zip(struct ym_buf *out);

#endif
