/* container_rows.h - columns of the side tables (base/tables.h) that are about containers: metadata
 * of members (YM_TABLE_CONTAINER), passwords (YM_TABLE_PASSWORD), types of files
 * (YM_TABLE_FILETYPE).  Made by signatures/clamav/container.c, read by engine/metadata.c and
 * engine/filetype.c.  Columns are written into images: new ones go to the end. */
#ifndef YM_BASE_CONTAINER_ROWS_H
#define YM_BASE_CONTAINER_ROWS_H

/* A range is two columns, both ends belong to it; 0 .. UINT64_MAX: not asked. */
enum ym_container_number {
    YM_CONTAINER_N_TYPE,     /* enum ym_cltype of the container; ANY: whatever */
    YM_CONTAINER_N_SIZE_LOW, /* bytes of the container */
    YM_CONTAINER_N_SIZE_HIGH,
    YM_CONTAINER_N_PACKED_LOW, /* bytes of the member in the container */
    YM_CONTAINER_N_PACKED_HIGH,
    YM_CONTAINER_N_REAL_LOW, /* bytes of the member, unpacked */
    YM_CONTAINER_N_REAL_HIGH,
    YM_CONTAINER_N_POSITION_LOW, /* of the member, from 1 */
    YM_CONTAINER_N_POSITION_HIGH,
    YM_CONTAINER_N_ENCRYPTED, /* enum ym_container_encrypted */
    YM_CONTAINER_N_CRC,       /* 0: not asked */
    YM_CONTAINER_N_FLAGS,     /* enum ym_container_flag */
    YM_CONTAINER_N_LINE,
    YM_CONTAINER_NUMBERS
};
enum ym_container_encrypted {
    YM_CONTAINER_PLAIN = 0,
    YM_CONTAINER_ENCRYPTED = 1,
    YM_CONTAINER_EITHER = 2
};
enum ym_container_flag {
    YM_CONTAINER_HAS_REGEX = 1u << 0,
    YM_CONTAINER_CASELESS = 1u << 1, /* the regex */
    YM_CONTAINER_UNOFFICIAL = 1u << 2
};
enum ym_container_text {
    YM_CONTAINER_T_NAME,
    YM_CONTAINER_T_REGEX, /* POSIX extended (base/ere.h), of the member's name */
    YM_CONTAINER_T_FILE,  /* where it was written */
    YM_CONTAINER_TEXTS
};

enum ym_password_number {
    YM_PASSWORD_N_TYPE, /* enum ym_cltype of the container: ANY, ZIP or RAR */
    YM_PASSWORD_NUMBERS
};
enum ym_password_text {
    YM_PASSWORD_T_NAME,
    YM_PASSWORD_T_PASSWORD, /* any bytes */
    YM_PASSWORD_TEXTS
};

enum ym_filetype_number {
    YM_FILETYPE_N_MAGIC,  /* enum ym_filetype_magic */
    YM_FILETYPE_N_OFFSET, /* of the bytes; DIRECT */
    YM_FILETYPE_N_FROM,   /* enum ym_cltype that was found before; ANY: whatever; HEAD */
    YM_FILETYPE_N_TYPE,   /* enum ym_cltype that it is */
    YM_FILETYPE_NUMBERS
};
enum ym_filetype_magic {
    YM_FILETYPE_DIRECT = 0, /* these bytes at this offset */
    YM_FILETYPE_HEAD = 1    /* a pattern in the first bytes of what else is text or just data.  The
                            pattern is a rule of target YM_TARGET_INTERNAL, which no object has, with
                            the name YM_FILETYPE_RULE FROM ":" TYPE (in decimal) */
};
enum ym_filetype_text { YM_FILETYPE_T_BYTES, YM_FILETYPE_TEXTS };

/* No name of a signature can hold a colon. */
#define YM_FILETYPE_RULE ":type:"

#endif
