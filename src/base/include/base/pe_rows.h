/* pe_rows.h - columns of the side tables (base/tables.h) that are about PE files: certificates
 * (YM_TABLE_CERT) and icons (YM_TABLE_ICON).  Made by signatures/clamav/cert.c and icon.c, read by
 * pki/certs.c and engine/icons.c.  Columns are written into images: new ones go to the end. */
#ifndef YM_BASE_PE_ROWS_H
#define YM_BASE_PE_ROWS_H

/* A certificate that signatures of programs are judged by. */
enum ym_cert_number {
    YM_CERT_N_TRUSTED, /* 1: what it signed is trusted; 0: what it signed is a finding */
    YM_CERT_N_CODE,    /* it may sign code, */
    YM_CERT_N_TIME,    /* the time of a signature, */
    YM_CERT_N_CERT,    /* other certificates */
    YM_CERT_NUMBERS
};
enum ym_cert_text {
    YM_CERT_T_NAME,    /* of the finding */
    YM_CERT_T_SUBJECT, /* 20 bytes: SHA-1 of the subject's contents */
    YM_CERT_T_SERIAL,  /* 20 bytes: SHA-1 of the serial number's contents; empty: any */
    YM_CERT_T_MODULUS, /* of the RSA key, big-endian, without leading zeros; its exponent is 65537 */
    YM_CERT_TEXTS
};

/* An icon that belongs to two groups. */
enum ym_icon_number {
    YM_ICON_N_SIZE, /* of its side in pixels: 16, 24 or 32 */
    YM_ICON_NUMBERS
};
enum ym_icon_text {
    YM_ICON_T_NAME,
    YM_ICON_T_GROUP1,
    YM_ICON_T_GROUP2,
    YM_ICON_T_HASH, /* 62 bytes: the 124 hex digits of the line, the size's first */
    YM_ICON_TEXTS
};
enum { YM_ICON_HASH_SIZE = 62 };

#endif
