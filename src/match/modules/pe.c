/* modules/pe.c - YARA's module pe: headers, sections, what the root's own functions ask; see pe.h.
 *
 * Where things lie is formats/pe_yara.h; the other parts are pe_*.c beside this.  An entry point
 * that lies nowhere in the file is -1, and not undefined, as in libyara. */
#include "pe.h"

#include <string.h>

extern const struct ym_module_code ym_module_pe_code;

enum { CHECKSUM_AT = 64, DLL = 0x2000, SYMBOL_SIZE = 18, NAME_SIZE = 8 };

/* ---- What all parts use ----------------------------------------------------------------------- */

struct ym_pe_mod *ym_pe_mod_of(const struct ym_mod_object *root) {
    return root->own;
}

bool ym_pe_mod_offset(struct ym_mod_scan *s, const struct ym_pe_mod *pe, uint64_t rva,
                      uint64_t *ret_offset) {
    return ym_mod_spend(s, 1 + pe->file.n_sections / 8) &&
           ym_pe_yara_offset(&pe->file, rva, ret_offset);
}

struct ym_reader ym_pe_mod_at(const struct ym_pe_mod *pe, uint64_t offset) {
    struct ym_reader r = pe->file.whole;

    ym_seek(&r, offset);
    return r;
}

bool ym_pe_mod_fits(const struct ym_pe_mod *pe, uint64_t offset, uint64_t n) {
    return offset <= pe->file.whole.len && n <= pe->file.whole.len - offset;
}

struct ym_str ym_pe_mod_text(const struct ym_pe_mod *pe, uint64_t offset, size_t max) {
    struct ym_reader r = ym_pe_mod_at(pe, offset);
    const size_t left = ym_reader_ok(&r) ? ym_reader_left(&r) : 0;
    const size_t room = left < max ? left : max;
    const uint8_t *p = room == 0 ? NULL : ym_get_view(&r, room);
    struct ym_str text = {(const char *)p, room};

    return p == NULL ? (struct ym_str){"", 0} : ym_pe_mod_cut(text);
}

bool ym_pe_mod_directory(struct ym_mod_scan *s, const struct ym_pe_mod *pe, uint32_t index,
                         uint64_t *ret_offset, uint32_t *ret_size) {
    uint32_t rva;

    ym_pe_yara_directory(&pe->file, index, &rva, ret_size);
    return rva != 0 && ym_pe_mod_offset(s, pe, rva, ret_offset);
}

bool ym_pe_mod_same(struct ym_str a, struct ym_str b) {
    bool same = a.n == b.n;

    for (size_t i = 0; i < a.n && same; i++) {
        same = ym_lower((unsigned char)a.s[i]) == ym_lower((unsigned char)b.s[i]);
    }
    return same;
}

struct ym_str ym_pe_mod_cut(struct ym_str text) {
    const char *nul = text.n == 0 ? NULL : memchr(text.s, 0, text.n);

    return nul == NULL ? text : (struct ym_str){text.s, (size_t)(nul - text.s)};
}

void ym_pe_mod_set_hex(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t field,
                       const uint8_t *bytes, size_t n) {
    char *hex = ym_arena_zalloc(s->arena, 2 * n + 1, 1);

    if (hex != NULL) {
        ym_hex_encode(bytes, n, hex);
        ym_mod_set_view(o, field, (struct ym_str){hex, 2 * n});
    }
}

/* ---- Headers ---------------------------------------------------------------------------------- */

/* A number of a header: where and how wide it is; width 0: it is not there. */
struct place {
    uint8_t at, width;
};

struct number {
    uint32_t field;
    struct place in32, in64;
};

static const struct number file_header[] = {
    {PE_machine, {0, 2}, {0, 2}},
    {PE_number_of_sections, {2, 2}, {2, 2}},
    {PE_timestamp, {4, 4}, {4, 4}},
    {PE_pointer_to_symbol_table, {8, 4}, {8, 4}},
    {PE_number_of_symbols, {12, 4}, {12, 4}},
    {PE_size_of_optional_header, {16, 2}, {16, 2}},
    {PE_characteristics, {18, 2}, {18, 2}},
};

static const struct number optional_header[] = {
    {PE_opthdr_magic, {0, 2}, {0, 2}},
    {PE_size_of_code, {4, 4}, {4, 4}},
    {PE_size_of_initialized_data, {8, 4}, {8, 4}},
    {PE_size_of_uninitialized_data, {12, 4}, {12, 4}},
    {PE_entry_point_raw, {16, 4}, {16, 4}},
    {PE_base_of_code, {20, 4}, {20, 4}},
    {PE_base_of_data, {24, 4}, {0, 0}},
    {PE_image_base, {28, 4}, {24, 8}},
    {PE_section_alignment, {32, 4}, {32, 4}},
    {PE_file_alignment, {36, 4}, {36, 4}},
    {PE_win32_version_value, {52, 4}, {52, 4}},
    {PE_size_of_image, {56, 4}, {56, 4}},
    {PE_size_of_headers, {60, 4}, {60, 4}},
    {PE_checksum, {CHECKSUM_AT, 4}, {CHECKSUM_AT, 4}},
    {PE_subsystem, {68, 2}, {68, 2}},
    {PE_dll_characteristics, {70, 2}, {70, 2}},
    {PE_size_of_stack_reserve, {72, 4}, {72, 8}},
    {PE_size_of_stack_commit, {76, 4}, {80, 8}},
    {PE_size_of_heap_reserve, {80, 4}, {88, 8}},
    {PE_size_of_heap_commit, {84, 4}, {96, 8}},
    {PE_loader_flags, {88, 4}, {104, 4}},
    {PE_number_of_rva_and_sizes, {92, 4}, {108, 4}},
};

static int64_t number_at(const struct ym_pe_mod *pe, uint64_t offset, unsigned width) {
    struct ym_reader r = ym_pe_mod_at(pe, offset);

    switch (width) {
    case 1:
        return ym_get_u8(&r);
    case 2:
        return ym_get_u16le(&r);
    case 4:
        return ym_get_u32le(&r);
    default:
        return (int64_t)ym_get_u64le(&r);
    }
}

static void load_numbers(struct ym_pe_mod *pe, uint64_t header, const struct number *rows,
                         size_t n) {
    for (size_t i = 0; i < n; i++) {
        const struct place *p = pe->file.is64 ? &rows[i].in64 : &rows[i].in32;

        if (p->width != 0) {
            ym_mod_set_int(pe->root, rows[i].field, number_at(pe, header + p->at, p->width));
        }
    }
}

static void load_version(struct ym_mod_scan *s, struct ym_pe_mod *pe, uint32_t field, unsigned at,
                         unsigned width) {
    struct ym_mod_object *version = ym_mod_make(s, pe->root, field);
    const uint64_t offset = pe->file.optional_at + at;

    ym_mod_set_int(version, PE_VERSION_major, number_at(pe, offset, width));
    ym_mod_set_int(version, PE_VERSION_minor, number_at(pe, offset + width, width));
}

static void load_directories(struct ym_mod_scan *s, struct ym_pe_mod *pe) {
    struct ym_mod_object *list = ym_mod_make(s, pe->root, PE_data_directories);
    int64_t n = 0;

    (void)ym_mod_int_of(pe->root, PE_number_of_rva_and_sizes, &n);
    for (uint32_t i = 0; i < n && i < YM_PE_YARA_DIRECTORIES; i++) {
        struct ym_mod_object *one = ym_mod_append_object(s, list);
        uint32_t rva;
        uint32_t size;

        ym_pe_yara_directory(&pe->file, i, &rva, &size);
        ym_mod_set_int(one, PE_DIRECTORY_virtual_address, rva);
        ym_mod_set_int(one, PE_DIRECTORY_size, size);
    }
}

static void load_header(struct ym_mod_scan *s, struct ym_pe_mod *pe) {
    uint64_t entry = 0;
    int64_t rva = 0;
    bool found;

    load_numbers(pe, pe->file.header_at, file_header, YM_MOD_N(file_header));
    load_numbers(pe, pe->file.optional_at, optional_header, YM_MOD_N(optional_header));
    load_version(s, pe, PE_linker_version, 2, 1);
    load_version(s, pe, PE_os_version, 40, 2);
    load_version(s, pe, PE_image_version, 44, 2);
    load_version(s, pe, PE_subsystem_version, 48, 2);
    (void)ym_mod_int_of(pe->root, PE_entry_point_raw, &rva);
    found = ym_pe_mod_offset(s, pe, (uint64_t)rva, &entry);
    ym_mod_set_int(pe->root, PE_entry_point, found ? (int64_t)entry : -1);
    load_directories(s, pe);
}

/* ---- Sections --------------------------------------------------------------------------------- */

/* The name behind "/123" in the table of strings, which follows the one of symbols.  false: it does
 * not end, or is not printable. */
static bool long_name(struct ym_mod_scan *s, const struct ym_pe_mod *pe, const uint8_t *name,
                      uint64_t strings, struct ym_str *ret_name) {
    uint64_t index = 0;
    struct ym_reader r;
    const uint8_t *first;
    size_t n = 0;

    for (unsigned i = 1; i < NAME_SIZE && name[i] >= '0' && name[i] <= '9'; i++) {
        index = index * 10 + (name[i] - '0');
    }
    r = ym_pe_mod_at(pe, strings + index);
    first = r.base + r.pos;
    for (uint8_t c = ym_get_u8(&r); c >= ' ' && c <= '~'; c = ym_get_u8(&r)) {
        n++;
    }
    if (!ym_mod_spend(s, n) || !ym_reader_ok(&r) || r.base[r.pos - 1] != 0) {
        return false;
    }
    *ret_name = (struct ym_str){(const char *)first, n};
    return true;
}

static void load_names(struct ym_mod_scan *s, const struct ym_pe_mod *pe, struct ym_reader *r,
                       struct ym_mod_object *section) {
    const int64_t symbols = number_at(pe, pe->file.header_at + 8, 4);
    const int64_t n_symbols = number_at(pe, pe->file.header_at + 12, 4);
    const uint8_t *bytes = ym_get_view(r, NAME_SIZE);
    struct ym_str name = {(const char *)bytes, NAME_SIZE};

    if (bytes == NULL) {
        return;
    }
    while (name.n > 0 && bytes[name.n - 1] == 0) {
        name.n--;
    }
    ym_mod_set_view(section, PE_SECTION_name, name);
    if (symbols != 0 && bytes[0] == '/' &&
        !long_name(s, pe, bytes, (uint64_t)(symbols + n_symbols * SYMBOL_SIZE), &name)) {
        return;
    }
    ym_mod_set_view(section, PE_SECTION_full_name, name);
}

static void load_overlay(struct ym_mod_scan *s, struct ym_pe_mod *pe, uint64_t end) {
    struct ym_mod_object *overlay = ym_mod_make(s, pe->root, PE_overlay);
    const bool is_there = end != 0 && pe->file.whole.len > end;

    ym_mod_set_int(overlay, PE_OVERLAY_offset, is_there ? (int64_t)end : 0);
    ym_mod_set_int(overlay, PE_OVERLAY_size, is_there ? (int64_t)(pe->file.whole.len - end) : 0);
}

/* The overlay begins behind the section that ends last, by a sum of 32 bits. */
static void load_sections(struct ym_mod_scan *s, struct ym_pe_mod *pe) {
    static const uint32_t words[] = {
        PE_SECTION_virtual_size,           PE_SECTION_virtual_address,
        PE_SECTION_raw_data_size,          PE_SECTION_raw_data_offset,
        PE_SECTION_pointer_to_relocations, PE_SECTION_pointer_to_line_numbers,
    };
    struct ym_mod_object *list = ym_mod_make(s, pe->root, PE_sections);
    struct ym_reader r = ym_pe_mod_at(pe, pe->file.section_table);
    uint64_t end = 0;

    for (uint32_t i = 0; i < pe->file.n_sections; i++) {
        struct ym_mod_object *one = ym_mod_append_object(s, list);
        uint32_t v[YM_MOD_N(words)];

        load_names(s, pe, &r, one);
        for (uint32_t k = 0; k < YM_MOD_N(words); k++) {
            v[k] = ym_get_u32le(&r);
            ym_mod_set_int(one, words[k], v[k]);
        }
        ym_mod_set_int(one, PE_SECTION_number_of_relocations, ym_get_u16le(&r));
        ym_mod_set_int(one, PE_SECTION_number_of_line_numbers, ym_get_u16le(&r));
        ym_mod_set_int(one, PE_SECTION_characteristics, ym_get_u32le(&r));
        if ((uint64_t)(uint32_t)(v[2] + v[3]) > end) {
            end = (uint64_t)v[2] + v[3];
        }
    }
    load_overlay(s, pe, end);
}

static void section_index_name(struct ym_mod_scan *s, struct ym_mod_object *self,
                               const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct ym_mod_object *list = ym_mod_object_of(self, PE_sections);
    const struct ym_str want = ym_pe_mod_cut(args[0].text);

    (void)s;
    for (uint32_t i = 0; list != NULL && i < list->n && !ret->defined; i++) {
        struct ym_str name;

        if (ym_mod_text_of(list->values[i].u.object, PE_SECTION_name, &name)) {
            name = ym_pe_mod_cut(name);
            if (name.n == want.n && memcmp(name.s, want.s, name.n) == 0) {
                ym_mod_give_int(ret, i);
            }
        }
    }
}

static void section_index_address(struct ym_mod_scan *s, struct ym_mod_object *self,
                                  const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct ym_mod_object *list = ym_mod_object_of(self, PE_sections);

    (void)s;
    for (uint32_t i = 0; list != NULL && i < list->n && !ret->defined; i++) {
        int64_t begin;
        int64_t size;

        if (ym_mod_int_of(list->values[i].u.object, PE_SECTION_raw_data_offset, &begin) &&
            ym_mod_int_of(list->values[i].u.object, PE_SECTION_raw_data_size, &size) &&
            args[0].i >= begin && args[0].i < begin + size) {
            ym_mod_give_int(ret, i);
        }
    }
}

/* ---- Functions of the root -------------------------------------------------------------------- */

static uint64_t fold(uint64_t sum) {
    return sum > UINT32_MAX ? (sum & UINT32_MAX) + (sum >> 32) : sum;
}

/* The sum of the file's words, without the one that it is kept in: if that lies on a multiple of
 * four, else it counts like the rest. */
static uint64_t checksum(const struct ym_pe_mod *pe) {
    struct ym_reader r = pe->file.whole;
    const uint64_t skipped = pe->file.optional_at + CHECKSUM_AT;
    uint64_t sum = 0;

    while (ym_reader_left(&r) >= 4) {
        const bool counts = r.pos != skipped;
        const uint32_t word = ym_get_u32le(&r);

        sum = fold(sum + (counts ? word : 0));
    }
    for (unsigned i = 0; ym_reader_left(&r) > 0; i++) {
        sum += (uint64_t)ym_get_u8(&r) << (8 * i);
    }
    sum = fold(sum);
    sum = (sum & 0xffff) + (sum >> 16);
    sum += sum >> 16;
    return (sum & 0xffff) + pe->file.whole.len;
}

static void calculate_checksum(struct ym_mod_scan *s, struct ym_mod_object *self,
                               const union ym_mod_arg *args, struct ym_mod_value *ret) {
    struct ym_pe_mod *pe = ym_pe_mod_of(self);

    (void)args;
    if (pe != NULL && !pe->has_checksum && ym_mod_spend(s, pe->file.whole.len / 4)) {
        pe->has_checksum = true;
        pe->checksum = (int64_t)checksum(pe);
    }
    if (pe != NULL && pe->has_checksum) {
        ym_mod_give_int(ret, pe->checksum);
    }
}

/* The bit itself, not 1. */
static void is_dll(struct ym_mod_scan *s, struct ym_mod_object *self, const union ym_mod_arg *args,
                   struct ym_mod_value *ret) {
    int64_t characteristics;

    (void)s;
    (void)args;
    if (ym_mod_int_of(self, PE_characteristics, &characteristics)) {
        ym_mod_give_int(ret, characteristics & DLL);
    }
}

static void is_32bit(struct ym_mod_scan *s, struct ym_mod_object *self,
                     const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct ym_pe_mod *pe = ym_pe_mod_of(self);

    (void)s;
    (void)args;
    if (pe != NULL) {
        ym_mod_give_int(ret, pe->file.is64 ? 0 : 1);
    }
}

static void is_64bit(struct ym_mod_scan *s, struct ym_mod_object *self,
                     const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct ym_pe_mod *pe = ym_pe_mod_of(self);

    (void)s;
    (void)args;
    if (pe != NULL) {
        ym_mod_give_int(ret, pe->file.is64 ? 1 : 0);
    }
}

static void rva_to_offset(struct ym_mod_scan *s, struct ym_mod_object *self,
                          const union ym_mod_arg *args, struct ym_mod_value *ret) {
    const struct ym_pe_mod *pe = ym_pe_mod_of(self);
    uint64_t offset;

    if (pe != NULL && ym_pe_mod_offset(s, pe, (uint64_t)args[0].i, &offset)) {
        ym_mod_give_int(ret, (int64_t)offset);
    }
}

/* ---- The module ------------------------------------------------------------------------------- */

/* Who signed it is asked for seldom, and to tell the whole file is hashed. */
static void load_later(struct ym_mod_scan *s, struct ym_mod_object *root, uint32_t field) {
    struct ym_pe_mod *pe = root->own;

    if (!pe->has_signatures &&
        (field == PE_number_of_signatures || field == PE_is_signed || field == PE_signatures)) {
        pe->has_signatures = true;
        ym_pe_load_signatures(s, pe);
    }
}

static void load(struct ym_mod_scan *s, struct ym_mod_object *root) {
    struct ym_pe_mod *pe = YM_ARENA_NEW(s->arena, struct ym_pe_mod);
    struct ym_reader r;

    ym_reader_init(&r, s->data, s->size);
    ym_mod_set_int(root, PE_is_pe, 0);
    if (pe == NULL || !ym_pe_yara_open(r, &pe->file)) {
        return;
    }
    pe->root = root;
    root->own = pe;
    root->later = load_later;
    ym_mod_set_int(root, PE_is_pe, 1);
    load_header(s, pe);
    ym_pe_load_resources(s, pe);
    load_sections(s, pe);
    ym_pe_load_rich(s, pe);
    ym_pe_load_debug(s, pe);
    ym_pe_load_imports(s, pe);
    ym_pe_load_delayed_imports(s, pe);
    ym_pe_load_exports(s, pe);
}

static ym_mod_function *const functions[] = {
    [PE_FN_CALCULATE_CHECKSUM] = calculate_checksum,
    [PE_FN_IMPHASH] = ym_pe_imphash,
    [PE_FN_SECTION_INDEX_NAME] = section_index_name,
    [PE_FN_SECTION_INDEX_ADDRESS] = section_index_address,
    [PE_FN_EXPORTS_NAME] = ym_pe_exports_name,
    [PE_FN_EXPORTS_REGEX] = ym_pe_exports_regex,
    [PE_FN_EXPORTS_ORDINAL] = ym_pe_exports_ordinal,
    [PE_FN_EXPORTS_INDEX_NAME] = ym_pe_exports_index_name,
    [PE_FN_EXPORTS_INDEX_REGEX] = ym_pe_exports_index_regex,
    [PE_FN_EXPORTS_INDEX_ORDINAL] = ym_pe_exports_index_ordinal,
    [PE_FN_IMPORTS_NAME] = ym_pe_imports_name,
    [PE_FN_IMPORTS_ORDINAL] = ym_pe_imports_ordinal,
    [PE_FN_IMPORTS_LIBRARY] = ym_pe_imports_library,
    [PE_FN_IMPORTS_REGEX] = ym_pe_imports_regex,
    [PE_FN_IMPORTS_FLAGS_NAME] = ym_pe_imports_flags_name,
    [PE_FN_IMPORTS_FLAGS_ORDINAL] = ym_pe_imports_flags_ordinal,
    [PE_FN_IMPORTS_FLAGS_LIBRARY] = ym_pe_imports_flags_library,
    [PE_FN_IMPORTS_FLAGS_REGEX] = ym_pe_imports_flags_regex,
    [PE_FN_IMPORT_RVA_NAME] = ym_pe_import_rva_name,
    [PE_FN_IMPORT_RVA_ORDINAL] = ym_pe_import_rva_ordinal,
    [PE_FN_DELAYED_IMPORT_RVA_NAME] = ym_pe_delayed_import_rva_name,
    [PE_FN_DELAYED_IMPORT_RVA_ORDINAL] = ym_pe_delayed_import_rva_ordinal,
    [PE_FN_LOCALE] = ym_pe_locale,
    [PE_FN_LANGUAGE] = ym_pe_language,
    [PE_FN_IS_DLL] = is_dll,
    [PE_FN_IS_32BIT] = is_32bit,
    [PE_FN_IS_64BIT] = is_64bit,
    [PE_FN_RVA_TO_OFFSET] = rva_to_offset,
    [PE_FN_RICH_VERSION] = ym_pe_rich_version,
    [PE_FN_RICH_VERSION_TOOLID] = ym_pe_rich_version_toolid,
    [PE_FN_RICH_TOOLID] = ym_pe_rich_toolid,
    [PE_FN_RICH_TOOLID_VERSION] = ym_pe_rich_toolid_version,
    [PE_FN_VALID_ON] = ym_pe_valid_on,
};

const struct ym_module_code ym_module_pe_code = {
    .load = load, .functions = functions, .n_functions = YM_MOD_N(functions)};
