/* catalog_rows.h - columns of YM_TABLE_CATALOG (base/tables.h): digests that a security catalogue
 * lists whose signature was trusted when the image was built.  Made by signatures/clamav/cat.c, read
 * by engine/catalogs.c.  Columns are written into images: new ones go to the end. */
#ifndef YM_BASE_CATALOG_ROWS_H
#define YM_BASE_CATALOG_ROWS_H

/* What the digests of a row are of. */
typedef enum ym_catalog_of {
    YM_CATALOG_PROGRAM, /* a PE file without what its signature does not cover (formats/pe.h) */
    YM_CATALOG_FILE     /* any other file, all of it */
} ym_catalog_of;

enum ym_catalog_number {
    YM_CATALOG_N_OF,    /* ym_catalog_of */
    YM_CATALOG_N_ALGO,  /* ym_digest_algo: SHA-1 or SHA-256 */
    YM_CATALOG_N_UNTIL, /* seconds after the epoch up to which it is trusted */
    YM_CATALOG_NUMBERS
};
enum ym_catalog_text {
    YM_CATALOG_T_NAME,    /* of the file */
    YM_CATALOG_T_DIGESTS, /* one after the other, ascending, each once; long lists take several rows */
    YM_CATALOG_TEXTS
};

#endif
