/* modules/hash.c - what YARA's module hash offers; see base/module.h. */
#include "base/modules/hash.h"

#include "base/module.h"

extern const struct ym_mod_type ym_module_hash_root;

static const struct ym_mod_overload md5[] = {
    {"ii", YM_MOD_TEXT, HASH_FN_MD5},
    {"s", YM_MOD_TEXT, HASH_FN_MD5_TEXT},
};
static const struct ym_mod_overload sha1[] = {
    {"ii", YM_MOD_TEXT, HASH_FN_SHA1},
    {"s", YM_MOD_TEXT, HASH_FN_SHA1_TEXT},
};
static const struct ym_mod_overload sha256[] = {
    {"ii", YM_MOD_TEXT, HASH_FN_SHA256},
    {"s", YM_MOD_TEXT, HASH_FN_SHA256_TEXT},
};
static const struct ym_mod_overload checksum32[] = {
    {"ii", YM_MOD_INT, HASH_FN_CHECKSUM32},
    {"s", YM_MOD_INT, HASH_FN_CHECKSUM32_TEXT},
};
static const struct ym_mod_overload crc32[] = {
    {"ii", YM_MOD_INT, HASH_FN_CRC32},
    {"s", YM_MOD_INT, HASH_FN_CRC32_TEXT},
};

static const struct ym_mod_type md5_type = YM_MOD_FUNCTION_OF(md5);
static const struct ym_mod_type sha1_type = YM_MOD_FUNCTION_OF(sha1);
static const struct ym_mod_type sha256_type = YM_MOD_FUNCTION_OF(sha256);
static const struct ym_mod_type checksum32_type = YM_MOD_FUNCTION_OF(checksum32);
static const struct ym_mod_type crc32_type = YM_MOD_FUNCTION_OF(crc32);

static const struct ym_mod_field fields[] = {
    {.name = "md5", .type = &md5_type},       {.name = "sha1", .type = &sha1_type},
    {.name = "sha256", .type = &sha256_type}, {.name = "checksum32", .type = &checksum32_type},
    {.name = "crc32", .type = &crc32_type},
};

const struct ym_mod_type ym_module_hash_root = YM_MOD_STRUCT_OF(HASH, fields);
