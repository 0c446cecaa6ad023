/* pe_certs.c - where a PE file's certificate lies, and which of its bytes it signs.  See pe.h. */
#include "pe_int.h"

#include <string.h>

enum { CHECKSUM_AT = 64, ENTRY_SIZE = 8, HEADER_SIZE = 8, REVISION = 0x200, TYPE_PKCS7 = 2 };

/* The file without its checksum, without the security directory's entry, up to end. */
static void set_signed(const struct ym_pe *pe, uint64_t end, struct ym_pe_signature *out) {
    const uint64_t checksum = pe->optional_at + CHECKSUM_AT;
    const uint64_t entry = pe->directories_at + (uint64_t)ENTRY_SIZE * YM_PE_SECURITY;
    const bool has_entry = pe->n_directories > YM_PE_SECURITY;

    out->signed_ranges[0] = (struct ym_exe_range){0, checksum};
    out->signed_ranges[1] =
        (struct ym_exe_range){checksum + 4, (has_entry ? entry : end) - (checksum + 4)};
    out->signed_ranges[2] =
        has_entry ? (struct ym_exe_range){entry + ENTRY_SIZE, end - (entry + ENTRY_SIZE)}
                  : (struct ym_exe_range){end, 0};
}

ym_status ym_pe_signature(struct ym_reader whole, struct ym_arena *arena,
                          struct ym_pe_signature *ret_signature, struct ym_err *err) {
    struct ym_pe pe;
    struct ym_exe exe;
    struct ym_reader r;
    struct ym_pe_signature found = {.pkcs7 = {0, 0}};
    uint64_t at;
    uint64_t size;
    uint16_t revision;
    uint16_t type;

    YM_TRY(ym_pe_open(whole, arena, &pe, &exe, err));
    at = pe.directories[YM_PE_SECURITY].rva; /* of this one a file offset */
    size = pe.directories[YM_PE_SECURITY].size;
    if (at == 0 || size == 0) {
        return YM_END;
    }
    r = ym_reader_at(&whole, at, size);
    ym_skip(&r, 4); /* the length: the directory's is what counts */
    revision = ym_get_u16le(&r);
    type = ym_get_u16le(&r);
    if (revision != REVISION || type != TYPE_PKCS7 || !ym_reader_ok(&r) || at + size != whole.len ||
        at < pe.section_table) { /* behind the headers, or the ranges would be none */
        return ym_fail(err, YM_MALFORMED, "formats/pe", at, "security directory");
    }
    found.pkcs7 = (struct ym_exe_range){at + HEADER_SIZE, size - HEADER_SIZE};
    set_signed(&pe, at, &found);
    *ret_signature = found;
    return YM_OK;
}

ym_status ym_pe_signed_ranges(struct ym_reader whole, struct ym_arena *arena,
                              struct ym_exe_range ret_ranges[3], struct ym_err *err) {
    struct ym_pe_signature found;
    struct ym_pe pe;
    struct ym_exe exe;
    ym_status st = ym_pe_signature(whole, arena, &found, err);

    if (st == YM_END) { /* not signed: the whole file would be */
        YM_TRY(ym_pe_open(whole, arena, &pe, &exe, err));
        if (whole.len < pe.section_table) {
            return ym_fail(err, YM_TRUNCATED, "formats/pe", whole.len, "headers");
        }
        set_signed(&pe, whole.len, &found);
        st = YM_OK;
    }
    if (st == YM_OK) {
        memcpy(ret_ranges, found.signed_ranges, sizeof(found.signed_ranges));
    }
    return st;
}
