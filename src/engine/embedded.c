/* embedded.c - where embedded things begin and end.  See embedded.h.
 *
 * The end matters as much as the beginning: libarchive reads a zip from its central directory,
 * which it looks for at the end, so with two zips behind each other the first must be cut off
 * from the second.  A format whose header does not tell its size gets all that follows. */
#include "embedded.h"

#include "base/reader.h"
#include "formats/pe.h"

#include <string.h>

enum {
    LOCAL_HEADER = 30,
    END_RECORD = 22, /* of a zip's central directory */
    MAX_NAME = 1024,
    MAX_METHOD = 99,
    CAB_HEADER = 36,
    SEVENZIP_HEADER = 32,
    PE_HEADERS = 1 << 20,    /* memory for parsing one */
    PROGRAM_TAIL = 64 << 10, /* behind the last section, up to the end of what holds it */
    SMALLEST = 64,           /* a header alone is nothing */
};

/* A zip that starts at `at` ends with the first end record whose directory begins where it says,
 * counted from `at`. */
static size_t zip_end(const uint8_t *data, size_t size, size_t at) {
    size_t pos = at;

    while (size - pos >= END_RECORD) {
        const uint8_t *hit = memmem(data + pos, size - pos, "PK\5\6", 4);
        struct ym_reader r;
        uint64_t directory_size;
        uint64_t directory_at;
        size_t end;

        if (hit == NULL) {
            return size;
        }
        pos = (size_t)(hit - data);
        ym_reader_init(&r, hit, size - pos);
        ym_seek(&r, 12);
        directory_size = ym_get_u32le(&r);
        directory_at = ym_get_u32le(&r);
        end = pos + END_RECORD + ym_get_u16le(&r);
        if (ym_reader_ok(&r) && directory_at + directory_size == pos - at) {
            return end < size ? end : size;
        }
        pos += 4;
    }
    return size;
}

static bool zip_plausible(struct ym_reader r) {
    uint16_t method;
    uint16_t name_len;
    const uint8_t *name;

    ym_skip(&r, 8);
    method = ym_get_u16le(&r);
    ym_skip(&r, 16); /* time, checksum, sizes */
    name_len = ym_get_u16le(&r);
    ym_skip(&r, 2);
    name = ym_get_view(&r, name_len);
    if (name == NULL || name_len > MAX_NAME || method > MAX_METHOD) {
        return false;
    }
    for (unsigned i = 0; i < name_len; i++) {
        if (name[i] < 0x20) {
            return false;
        }
    }
    return true;
}

/* The size of the cabinet, or 0. */
static size_t cab_size(struct ym_reader r) {
    uint32_t size;

    ym_skip(&r, 8);
    size = ym_get_u32le(&r);
    return ym_reader_ok(&r) && size >= CAB_HEADER && size <= r.len ? size : 0;
}

/* Header, packed streams, end header. */
static size_t sevenzip_size(struct ym_reader r) {
    uint64_t next_offset;
    uint64_t next_size;
    uint64_t size;

    ym_skip(&r, 12);
    next_offset = ym_get_u64le(&r);
    next_size = ym_get_u64le(&r);
    if (!ym_reader_ok(&r) || !ym_add_u64(next_offset, next_size, &size) ||
        !ym_add_u64(size, SEVENZIP_HEADER, &size) || size > r.len) {
        return 0;
    }
    return (size_t)size;
}

/* Up to the end of its last section; 0: its headers are broken. */
static size_t program_size(struct ym_reader r) {
    struct ym_arena *arena = ym_arena_new(PE_HEADERS);
    struct ym_exe exe = {.n_sections = 0};
    uint64_t end = 0;

    if (arena != NULL && ym_pe_parse(r, arena, &exe, NULL) == YM_OK) {
        end = exe.entry < r.len ? exe.entry + 1 : r.len;
        for (uint32_t i = 0; i < exe.n_sections; i++) {
            uint64_t section_end = exe.sections[i].raw_offset + exe.sections[i].raw_size;

            if (exe.sections[i].raw_size > 0 && section_end > end) {
                end = section_end;
            }
        }
    }
    ym_arena_free(arena);
    return (size_t)end;
}

/* The first header of a cabinet set lies right behind its fixed part. */
static bool installshield_plausible(struct ym_reader r) {
    enum { DESCRIPTOR_AT = 12, FIXED_PART = 0x200 };

    ym_seek(&r, DESCRIPTOR_AT);
    return ym_get_u32le(&r) == FIXED_PART && ym_reader_ok(&r);
}

/* Its size, or 0: only looks like one. */
static size_t size_at(const uint8_t *data, size_t size, size_t at, ym_kind kind) {
    struct ym_reader r;

    ym_reader_init(&r, data + at, size - at);
    if (kind == YM_KIND_ZIP) {
        return zip_plausible(r) ? zip_end(data, size, at) - at : 0;
    }
    if (kind == YM_KIND_CAB) {
        return cab_size(r);
    }
    if (kind == YM_KIND_SEVENZIP) {
        return sevenzip_size(r);
    }
    if (kind == YM_KIND_PE) {
        return program_size(r);
    }
    if (kind == YM_KIND_INSTALLSHIELD) {
        return installshield_plausible(r) ? r.len : 0;
    }
    return r.len > SMALLEST ? r.len : 0; /* to the end, whatever it is */
}

bool ym_embedded_find(const uint8_t *data, size_t size, size_t from,
                      struct ym_embedded *ret_found) {
    size_t at;
    ym_kind kind;

    while (ym_sniff_embedded(data, size, from, &at, &kind)) {
        size_t n = size_at(data, size, at, kind);

        if (n > 0) {
            *ret_found =
                (struct ym_embedded){.kind = kind, .offset = at, .size = n, .next = at + n};
            if (kind == YM_KIND_PE && size - at - n <= PROGRAM_TAIL) {
                ret_found->size = size - at; /* what is appended to a program belongs to it */
            }
            return true;
        }
        from = at + 1;
    }
    return false;
}
