/* zip.c - see formats/zip.h.
 *
 * The end record is sought backwards over the longest comment.  Where the directory ends, the record
 * begins; so its place follows from its size, which stays true when bytes were put before the zip. */
#include "formats/zip.h"

#include <string.h>

enum {
    END_RECORD = 22,
    MAX_COMMENT = 65535,
    LOCATOR = 20,      /* of the zip64 end record, right before the end record */
    ZIP64_RECORD = 56, /* its fixed part */
    EXTRA_ZIP64 = 1,
    FLAG_ENCRYPTED = 1
};

/* The last end record; false: none. */
static bool find_end(const uint8_t *data, size_t size, size_t *ret_at) {
    size_t lowest = size > END_RECORD + MAX_COMMENT ? size - END_RECORD - MAX_COMMENT : 0;

    if (size < END_RECORD) {
        return false;
    }
    for (size_t at = size - END_RECORD + 1; at-- > lowest;) {
        if (data[at] == 'P' && memcmp(data + at, "PK\5\6", 4) == 0) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

/* The zip64 record, when the locator before `end` leads to one. */
static bool zip64_record(const struct ym_reader *whole, size_t end, uint64_t *ret_size,
                         uint64_t *ret_offset, uint64_t *ret_end) {
    struct ym_reader r = *whole;
    uint64_t at;

    if (end < LOCATOR) {
        return false;
    }
    ym_seek(&r, end - LOCATOR);
    if (ym_get_u32be(&r) != 0x504b0607) { /* "PK\6\7" */
        return false;
    }
    ym_skip(&r, 4);
    at = ym_get_u64le(&r);
    ym_seek(&r, at);
    if (ym_get_u32be(&r) != 0x504b0606 || !ym_reader_ok(&r)) { /* "PK\6\6" */
        return false;
    }
    ym_skip(&r, 36);
    *ret_size = ym_get_u64le(&r);
    *ret_offset = ym_get_u64le(&r);
    *ret_end = at;
    return ym_reader_ok(&r);
}

void ym_zip_init(struct ym_zip *zip, const void *data, size_t size) {
    struct ym_reader whole;
    struct ym_reader r;
    uint64_t directory_size;
    uint64_t directory_at;
    uint64_t ends;
    size_t end = 0;

    *zip = (struct ym_zip){.found = false};
    ym_reader_init(&whole, data, size);
    zip->r = whole;
    if (!find_end(data, size, &end)) {
        ym_seek(&zip->r, size);
        return;
    }
    r = whole;
    ym_seek(&r, (uint64_t)end + 12);
    directory_size = ym_get_u32le(&r);
    directory_at = ym_get_u32le(&r);
    ends = end;
    if (directory_at == UINT32_MAX || directory_size == UINT32_MAX) {
        (void)zip64_record(&whole, end, &directory_size, &directory_at, &ends);
    }
    zip->found = true;
    zip->first = directory_size <= ends ? ends - directory_size : directory_at;
    zip->shifted = zip->first != directory_at;
    ym_zip_rewind(zip);
}

void ym_zip_rewind(struct ym_zip *zip) {
    zip->r.status = YM_OK;
    ym_seek(&zip->r, zip->found ? zip->first : zip->r.len);
}

bool ym_zip_is_shifted(const struct ym_zip *zip) {
    return zip->found && zip->shifted;
}

/* Sizes that do not fit 32 bits stand in an extra field, in this order, only those that are all
 * ones in the entry. */
static void read_zip64(struct ym_reader extra, struct ym_zip_entry *entry) {
    while (ym_reader_left(&extra) >= 4) {
        uint16_t id = ym_get_u16le(&extra);
        uint16_t n = ym_get_u16le(&extra);
        struct ym_reader field = ym_reader_at(&extra, extra.pos, n);

        ym_skip(&extra, n);
        if (id != EXTRA_ZIP64 || !ym_reader_ok(&field)) {
            continue;
        }
        if (entry->size == UINT32_MAX && ym_reader_left(&field) >= 8) {
            entry->size = ym_get_u64le(&field);
        }
        if (entry->packed == UINT32_MAX && ym_reader_left(&field) >= 8) {
            entry->packed = ym_get_u64le(&field);
        }
        return;
    }
}

bool ym_zip_next(struct ym_zip *zip, struct ym_zip_entry *ret_entry) {
    struct ym_reader *r = &zip->r;
    struct ym_zip_entry entry = {.name_len = 0};
    struct ym_reader extra;
    uint16_t extra_len;
    uint16_t comment_len;
    const uint8_t *name;

    if (ym_get_u32be(r) != 0x504b0102) { /* "PK\1\2" */
        return false;
    }
    ym_skip(r, 4);
    entry.encrypted = (ym_get_u16le(r) & FLAG_ENCRYPTED) != 0;
    entry.method = ym_get_u16le(r);
    ym_skip(r, 4);
    entry.crc = ym_get_u32le(r);
    entry.packed = ym_get_u32le(r);
    entry.size = ym_get_u32le(r);
    entry.name_len = ym_get_u16le(r);
    extra_len = ym_get_u16le(r);
    comment_len = ym_get_u16le(r);
    ym_skip(r, 12);
    name = ym_get_view(r, entry.name_len);
    entry.name = name == NULL ? (const uint8_t *)"" : name;
    extra = ym_reader_at(r, r->pos, extra_len);
    ym_skip(r, (uint64_t)extra_len + comment_len);
    if (!ym_reader_ok(r)) {
        return false;
    }
    read_zip64(extra, &entry);
    *ret_entry = entry;
    return true;
}

uint64_t ym_zip_count_members(const uint8_t *data, size_t size) {
    enum { FIXED_PART = 30, SIZE_AT = 18, UNKNOWN = 8 };
    const uint8_t *hit = memmem(data, size, "PK\3\4", 4);
    uint64_t n = 0;

    while (hit != NULL) {
        size_t at = (size_t)(hit - data);
        uint64_t next;
        struct ym_reader r;
        uint16_t flags;
        uint32_t packed;

        ym_reader_init(&r, hit, size - at);
        ym_seek(&r, 6);
        flags = ym_get_u16le(&r);
        ym_seek(&r, SIZE_AT);
        packed = ym_get_u32le(&r);
        ym_skip(&r, 4);
        next = (uint64_t)FIXED_PART + ym_get_u16le(&r);
        next += ym_get_u16le(&r);
        next += (flags & UNKNOWN) != 0 ? 0 : packed;
        if (!ym_reader_ok(&r)) {
            return n;
        }
        n++;
        next = next > r.len ? 4 : next; /* a size that cannot be: look right behind the magic */
        hit = memmem(hit + next, r.len - (size_t)next, "PK\3\4", 4);
    }
    return n;
}
