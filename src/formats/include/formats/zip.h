/* formats/zip.h - the directory of a zip, entry by entry, for what libarchive does not tell.
 *
 *     struct ym_zip zip;
 *     ym_zip_init(&zip, data, size);
 *     while (ym_zip_next(&zip, &entry)) { ... entry.packed, entry.crc ... }
 *
 * Nothing is unpacked here.  A directory that is not there, or damaged, ends the loop: the caller
 * knows then no more than before.  Format: PKWARE's APPNOTE.TXT, 4.3.12 to 4.3.16, 4.5.3. */
#ifndef YM_FORMATS_ZIP_H
#define YM_FORMATS_ZIP_H

#include "base/reader.h"

struct ym_zip {         /* private; the bytes are borrowed */
    struct ym_reader r; /* at the next entry */
    uint64_t first;     /* where the directory begins */
    bool found;         /* an end record was */
    bool shifted;       /* see ym_zip_is_shifted() */
};

enum { YM_ZIP_METHOD_AES = 99 };

struct ym_zip_entry {
    const uint8_t *name; /* as it is written, not NUL-terminated; "" when name_len is 0 */
    uint16_t name_len;
    uint16_t method;
    bool encrypted;
    uint32_t crc;
    uint64_t packed, size;
};

void ym_zip_init(struct ym_zip *zip, const void *data, size_t size);
bool ym_zip_next(struct ym_zip *zip, struct ym_zip_entry *ret_entry); /* false: no more */
void ym_zip_rewind(struct ym_zip *zip);
/* There is a directory, but not where its end record says: bytes stand before the zip (or were
 * taken away), and readers that take the offsets as they are do not find its members. */
bool ym_zip_is_shifted(const struct ym_zip *zip);

/* Members as one finds them who reads from the start and does not ask the directory.  More than the
 * directory lists: some are hidden from everyone who trusts it. */
uint64_t ym_zip_count_members(const uint8_t *data, size_t size);

#endif
