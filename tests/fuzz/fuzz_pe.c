/* fuzz_pe.c - what ym_pe_parse() accepts lies inside the file. */
#include "formats/pe.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool on_icon(void *self, const struct ym_pe_icon *icon) {
    uint32_t *n = self;

    (void)icon;
    return ++*n < YM_PE_MAX_ICONS + 1;
}

static void icons_and_signature(struct ym_reader r, struct ym_arena *arena) {
    struct ym_pe_file_version version = {{7, 7, 7, 7}};
    struct ym_pe_signature s;
    uint32_t n = 0;
    bool more = false;

    if (ym_pe_icons(r, arena, on_icon, &n, &more, NULL) == YM_OK && n > YM_PE_MAX_ICONS) {
        abort();
    }
    if (ym_pe_file_version(r, arena, &version, NULL) != YM_OK &&
        (version.part[0] != 7 || version.part[3] != 7)) {
        abort(); /* untouched on failure */
    }
    if (ym_pe_signature(r, arena, &s, NULL) == YM_OK) {
        uint64_t at = 0; /* the ranges lie in order, in the file, before the signature */

        for (unsigned i = 0; i < 3; i++) {
            if (s.signed_ranges[i].offset < at || s.signed_ranges[i].size > r.len) {
                abort();
            }
            at = s.signed_ranges[i].offset + s.signed_ranges[i].size;
        }
        if (at > s.pkcs7.offset || s.pkcs7.offset + s.pkcs7.size != r.len) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    /* Odd lengths get an arena in which not everything fits. */
    struct ym_arena *arena = ym_arena_new(len % 2 == 0 ? 1 << 20 : 512);
    struct ym_exe exe = {.n_sections = 0};
    struct ym_reader r;
    uint64_t entry = 0;
    struct ym_buf imports;

    if (arena == NULL) {
        return 0;
    }
    ym_reader_init(&r, data, len);
    if (ym_pe_parse(r, arena, &exe, NULL) == YM_OK) {
        if (exe.entry >= len || exe.n_sections == 0 || exe.n_sections > YM_PE_MAX_SECTIONS) {
            abort();
        }
        for (uint32_t i = 0; i < exe.n_sections; i++) {
            const struct ym_exe_section *s = &exe.sections[i];

            if (s->raw_size > 0 && (s->raw_offset >= len || s->raw_size > len - s->raw_offset)) {
                abort();
            }
        }
        for (uint32_t i = 0; i < exe.n_version_info; i++) {
            if (exe.version_info[i].offset >= len) {
                abort();
            }
        }
    }
    (void)ym_pe_yara_entry(r, &entry);
    ym_buf_init(&imports, len % 3 == 0 ? 64 : 1 << 20);
    if (ym_pe_imports(r, arena, &imports, NULL) != YM_OK && ym_buf_status(&imports) == YM_OK &&
        imports.len != 0) {
        abort();
    }
    ym_buf_done(&imports);
    icons_and_signature(r, arena);
    ym_arena_free(arena);
    return 0;
}
