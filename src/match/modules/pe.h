/* modules/pe.h - one PE file between the parts of module pe (private to them).
 *
 * Each part fills its fields of the root when the module is loaded, and has the functions that ask
 * about them.  Values are libyara 4.5's, those of broken files included.  Steps whose number an
 * enemy chooses are taken from the budget. */
#ifndef YM_MATCH_MODULE_PE_H
#define YM_MATCH_MODULE_PE_H

#include "module.h"

#include "base/modules/pe.h"
#include "formats/pe_yara.h"

struct ym_pe_mod {
    struct ym_pe_yara file;
    struct ym_mod_object *root;
    bool has_signatures; /* loaded once asked for */
    bool has_checksum;   /* computed once asked for */
    int64_t checksum;
    struct ym_str imphash; /* as checksum; s NULL: not yet */
};

/* NULL: the object is no PE. */
struct ym_pe_mod *ym_pe_mod_of(const struct ym_mod_object *root);

/* File offset of an RVA; false: none, or the budget is spent. */
bool ym_pe_mod_offset(struct ym_mod_scan *s, const struct ym_pe_mod *pe, uint64_t rva,
                      uint64_t *ret_offset);
/* A reader of the whole file with its cursor there; failed when that is outside. */
struct ym_reader ym_pe_mod_at(const struct ym_pe_mod *pe, uint64_t offset);
bool ym_pe_mod_fits(const struct ym_pe_mod *pe, uint64_t offset, uint64_t n);
/* A text up to its NUL, max bytes or the end of the file, in place. */
struct ym_str ym_pe_mod_text(const struct ym_pe_mod *pe, uint64_t offset, size_t max);
/* Offset of what a data directory names, and the size it says; false: nothing. */
bool ym_pe_mod_directory(struct ym_mod_scan *s, const struct ym_pe_mod *pe, uint32_t index,
                         uint64_t *ret_offset, uint32_t *ret_size);

/* Without regard to the case of ASCII. */
bool ym_pe_mod_same(struct ym_str a, struct ym_str b);
/* Up to its first NUL. */
struct ym_str ym_pe_mod_cut(struct ym_str text);
/* Sets a text of 2 * n digits. */
void ym_pe_mod_set_hex(struct ym_mod_scan *s, struct ym_mod_object *o, uint32_t field,
                       const uint8_t *bytes, size_t n);

/* ---- Loading ---------------------------------------------------------------------------------- */

void ym_pe_load_rich(struct ym_mod_scan *s, struct ym_pe_mod *pe);
void ym_pe_load_debug(struct ym_mod_scan *s, struct ym_pe_mod *pe);
void ym_pe_load_resources(struct ym_mod_scan *s, struct ym_pe_mod *pe);
void ym_pe_load_imports(struct ym_mod_scan *s, struct ym_pe_mod *pe);
void ym_pe_load_delayed_imports(struct ym_mod_scan *s, struct ym_pe_mod *pe);
void ym_pe_load_exports(struct ym_mod_scan *s, struct ym_pe_mod *pe);
void ym_pe_load_signatures(struct ym_mod_scan *s, struct ym_pe_mod *pe);

/* The pairs of a version resource, to version_info and version_info_list; how many they were. */
uint32_t ym_pe_load_version(struct ym_mod_scan *s, struct ym_pe_mod *pe, uint32_t rva);

/* ---- Functions -------------------------------------------------------------------------------- */

ym_mod_function ym_pe_exports_name, ym_pe_exports_regex, ym_pe_exports_ordinal;
ym_mod_function ym_pe_exports_index_name, ym_pe_exports_index_regex, ym_pe_exports_index_ordinal;
ym_mod_function ym_pe_imports_name, ym_pe_imports_ordinal, ym_pe_imports_library,
    ym_pe_imports_regex;
ym_mod_function ym_pe_imports_flags_name, ym_pe_imports_flags_ordinal, ym_pe_imports_flags_library,
    ym_pe_imports_flags_regex;
ym_mod_function ym_pe_import_rva_name, ym_pe_import_rva_ordinal;
ym_mod_function ym_pe_delayed_import_rva_name, ym_pe_delayed_import_rva_ordinal;
ym_mod_function ym_pe_imphash;
ym_mod_function ym_pe_locale, ym_pe_language;
ym_mod_function ym_pe_rich_version, ym_pe_rich_version_toolid;
ym_mod_function ym_pe_rich_toolid, ym_pe_rich_toolid_version;
ym_mod_function ym_pe_valid_on;

#endif
