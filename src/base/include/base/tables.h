/* tables.h - the small side tables of a signature image: what is neither a rule nor a digest.
 *
 * A row is a few numbers and a few texts; which, is said by the two column lists of its table
 * below.  Parsers make rows (signatures/rule.h, ym_sink.row), the image keeps them as they are
 * (database/tables.h), the engine reads those it needs when it starts.  Texts may hold any byte.
 * Columns and tables are written into images: new ones go to the end. */
#ifndef YM_BASE_TABLES_H
#define YM_BASE_TABLES_H

#include <stddef.h>
#include <stdint.h>

typedef enum ym_table {
    YM_TABLE_CONTAINER, /* .cdb .zmd .rmd: metadata of archive members */
    YM_TABLE_PASSWORD,  /* .pwdb */
    YM_TABLE_FILETYPE,  /* .ftm */
    YM_TABLE_ICON,      /* .idb */
    YM_TABLE_PHISHING,  /* .pdb .wdb .gdb */
    YM_TABLE_CERT,      /* .crb */
    YM_TABLE_CATALOG,   /* .cat: digests of files that a trusted catalogue vouches for */
    YM_TABLE_CONFIG,    /* .cfg */
    YM_TABLE_COUNT
} ym_table;

/* The columns of each table stand here as enums NUMBERS and TEXTS, next to the engine's reader of
 * them: one enum a table, e.g. YM_CONTAINER_N_... for numbers and YM_CONTAINER_T_... for texts. */

enum { YM_TABLE_MAX_NUMBERS = 24, YM_TABLE_MAX_TEXTS = 8, YM_TABLE_MAX_TEXT = 65535 };

struct ym_table_row {
    uint64_t numbers[YM_TABLE_MAX_NUMBERS];
    struct ym_table_text {
        const char *s;
        uint32_t n;
    } texts[YM_TABLE_MAX_TEXTS]; /* not NUL-terminated */
    uint32_t n_numbers, n_texts;
};

#endif
