/* modules/pe_debug.c - the path of the debug database of a PE file; see pe.h.
 *
 * Of the debug directory's entries those of type CodeView are looked at; the first whose record
 * names a path that ends counts.  A record is sought by its RVA, else by its file offset. */
#include "pe.h"

enum {
    DIRECTORY_DEBUG = 6,
    ENTRY_SIZE = 28,
    TYPE_CODEVIEW = 2,
    RECORD_HEADER = 8,
    MAX_PATH = 4096
};

static const struct record {
    uint32_t magic;
    uint32_t path_at;
} records[] = {
    {0x3031424e, 16}, /* "NB10", PDB 2.0 */
    {0x53445352, 24}, /* "RSDS", PDB 7.0 */
    {0x434f544d, 20}, /* "MTOC", of Mach-O files made PE */
};

static bool set_path(struct ym_pe_mod *pe, uint64_t at) {
    struct ym_reader r = ym_pe_mod_at(pe, at);
    const uint32_t magic = ym_get_u32le(&r);

    for (size_t i = 0; i < YM_MOD_N(records) && ym_pe_mod_fits(pe, at, RECORD_HEADER); i++) {
        const struct record *record = &records[i];

        if (record->magic == magic && ym_pe_mod_fits(pe, at, record->path_at + 1)) {
            struct ym_str path = ym_pe_mod_text(pe, at + record->path_at, MAX_PATH);

            if (path.n < MAX_PATH) {
                ym_mod_set_view(pe->root, PE_pdb_path, path);
                return true;
            }
        }
    }
    return false;
}

/* false: there may be more to look at. */
static bool load_entry(struct ym_mod_scan *s, struct ym_pe_mod *pe, struct ym_reader *r) {
    uint32_t type;
    uint32_t rva;
    uint32_t raw;
    uint64_t at = 0;

    ym_skip(r, 12); /* flags, time stamp, version */
    type = ym_get_u32le(r);
    ym_skip(r, 4); /* size */
    rva = ym_get_u32le(r);
    raw = ym_get_u32le(r);
    if (!ym_reader_ok(r) || type != TYPE_CODEVIEW) {
        return false;
    }
    if (rva != 0 && !ym_pe_mod_offset(s, pe, rva, &at)) {
        at = 0;
    }
    at = at == 0 ? raw : at;
    return at != 0 && ym_mod_spend(s, RECORD_HEADER) && set_path(pe, at);
}

void ym_pe_load_debug(struct ym_mod_scan *s, struct ym_pe_mod *pe) {
    struct ym_reader r;
    uint64_t at;
    uint32_t size;

    if (!ym_pe_mod_directory(s, pe, DIRECTORY_DEBUG, &at, &size)) {
        return;
    }
    r = ym_pe_mod_at(pe, at);
    for (uint32_t n = size / ENTRY_SIZE; n > 0 && ym_reader_ok(&r); n--) {
        if (!ym_mod_spend(s, 1) || load_entry(s, pe, &r)) {
            return;
        }
    }
}
