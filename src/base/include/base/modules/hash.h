/* modules/hash.h - numbers of the functions of YARA's module hash (docs/modules/hash). */
#ifndef YM_BASE_MODULES_HASH_H
#define YM_BASE_MODULES_HASH_H

enum ym_hash_function {
    HASH_FN_MD5,
    HASH_FN_MD5_TEXT,
    HASH_FN_SHA1,
    HASH_FN_SHA1_TEXT,
    HASH_FN_SHA256,
    HASH_FN_SHA256_TEXT,
    HASH_FN_CHECKSUM32,
    HASH_FN_CHECKSUM32_TEXT,
    HASH_FN_CRC32,
    HASH_FN_CRC32_TEXT
};

#endif
