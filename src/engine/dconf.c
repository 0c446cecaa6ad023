/* dconf.c - see dconf.h. */
#include "dconf.h"

#include "database/tables.h"

#include <string.h>

#define ANY_BIT UINT32_MAX /* the whole category */

/* Which bit of which category stands for a kind of object. */
static const struct {
    ym_kind kind;
    ym_config category;
    uint32_t bit;
} rows[] = {
    {YM_KIND_PE, YM_CONFIG_PE, ANY_BIT},
    {YM_KIND_ELF, YM_CONFIG_ELF, ANY_BIT},
    {YM_KIND_MACHO, YM_CONFIG_MACHO, ANY_BIT},
    {YM_KIND_MACHO_FAT, YM_CONFIG_MACHO, ANY_BIT},
    {YM_KIND_RAR, YM_CONFIG_ARCHIVE, 1u << 0},
    {YM_KIND_RAR5, YM_CONFIG_ARCHIVE, 1u << 0},
    {YM_KIND_ZIP, YM_CONFIG_ARCHIVE, 1u << 1},
    {YM_KIND_GZIP, YM_CONFIG_ARCHIVE, 1u << 2},
    {YM_KIND_BZIP2, YM_CONFIG_ARCHIVE, 1u << 3},
    {YM_KIND_SZDD, YM_CONFIG_ARCHIVE, 1u << 4},
    {YM_KIND_CAB, YM_CONFIG_ARCHIVE, 1u << 5},
    {YM_KIND_CHM, YM_CONFIG_ARCHIVE, 1u << 6},
    {YM_KIND_OLE2, YM_CONFIG_ARCHIVE, 1u << 7},
    {YM_KIND_TAR, YM_CONFIG_ARCHIVE, 1u << 8},
    {YM_KIND_BINHEX, YM_CONFIG_ARCHIVE, 1u << 9},
    {YM_KIND_SIS, YM_CONFIG_ARCHIVE, 1u << 10},
    {YM_KIND_NSIS, YM_CONFIG_ARCHIVE, 1u << 11},
    {YM_KIND_ARJ, YM_CONFIG_ARCHIVE, 1u << 12},
    {YM_KIND_AUTOIT, YM_CONFIG_ARCHIVE, 1u << 13},
    {YM_KIND_CPIO, YM_CONFIG_ARCHIVE, 1u << 14},
    {YM_KIND_INSTALLSHIELD, YM_CONFIG_ARCHIVE, 1u << 15},
    {YM_KIND_SEVENZIP, YM_CONFIG_ARCHIVE, 1u << 16},
    {YM_KIND_ISO9660, YM_CONFIG_ARCHIVE, 1u << 17},
    {YM_KIND_DMG, YM_CONFIG_ARCHIVE, 1u << 18},
    {YM_KIND_XAR, YM_CONFIG_ARCHIVE, 1u << 19},
    {YM_KIND_XZ, YM_CONFIG_ARCHIVE, 1u << 21},
    {YM_KIND_EGG, YM_CONFIG_ARCHIVE, 1u << 26},
    {YM_KIND_UDF, YM_CONFIG_ARCHIVE, 1u << 27},
    {YM_KIND_LHA, YM_CONFIG_ARCHIVE, 1u << 28},
    {YM_KIND_ALZ, YM_CONFIG_ARCHIVE, 1u << 29},
    {YM_KIND_HTML, YM_CONFIG_DOCUMENT, YM_CONFIG_DOCUMENT_HTML},
    {YM_KIND_HTML_UTF16, YM_CONFIG_DOCUMENT, YM_CONFIG_DOCUMENT_HTML},
    {YM_KIND_RTF_OBJECT, YM_CONFIG_DOCUMENT, 1u << 1},
    {YM_KIND_PDF, YM_CONFIG_DOCUMENT, 1u << 2},
    {YM_KIND_FLASH_PACKED, YM_CONFIG_DOCUMENT, 1u << 6},
    {YM_KIND_HWP3, YM_CONFIG_DOCUMENT, 1u << 9},
    {YM_KIND_ONENOTE, YM_CONFIG_DOCUMENT, 1u << 10},
    {YM_KIND_MAIL, YM_CONFIG_MAIL, 1u << 0},
    {YM_KIND_TNEF, YM_CONFIG_MAIL, 1u << 1},
    {YM_KIND_UUENCODE, YM_CONFIG_OTHER, 1u << 0},
    {YM_KIND_SCRENC, YM_CONFIG_OTHER, 1u << 1},
    {YM_KIND_CRYPTFF, YM_CONFIG_OTHER, 1u << 4},
};

void ym_dconf_load(struct ym_dconf *c, const struct ym_db *const *layers, unsigned n_layers) {
    memset(c->flags, 0xff, sizeof(c->flags));
    for (unsigned i = 0; i < n_layers; i++) {
        struct ym_table_cursor cursor = {.db = layers[i], .table = YM_TABLE_CONFIG};
        struct ym_table_row row;

        while (ym_db_table_next(&cursor, &row)) {
            if (row.n_numbers >= YM_CONFIG_NUMBERS &&
                row.numbers[YM_CONFIG_N_CATEGORY] < YM_CONFIG_COUNT) {
                c->flags[row.numbers[YM_CONFIG_N_CATEGORY]] =
                    (uint32_t)row.numbers[YM_CONFIG_N_FLAGS];
            }
        }
    }
}

bool ym_dconf_on(const struct ym_dconf *c, ym_config category, uint32_t bit) {
    return (c->flags[category] & bit) != 0;
}

bool ym_dconf_kind_on(const struct ym_dconf *c, ym_kind kind) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].kind == kind) {
            return ym_dconf_on(c, rows[i].category, rows[i].bit);
        }
    }
    return true;
}
