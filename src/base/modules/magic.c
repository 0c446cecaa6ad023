/* modules/magic.c - what YARA's module magic offers; see base/module.h. */
#include "base/modules/magic.h"

#include "base/module.h"

extern const struct ym_mod_type ym_module_magic_root;

static const struct ym_mod_overload type_of[] = {{"", YM_MOD_TEXT, MAGIC_FN_TYPE}};
static const struct ym_mod_overload mime_type[] = {{"", YM_MOD_TEXT, MAGIC_FN_MIME_TYPE}};

static const struct ym_mod_type type_type = YM_MOD_FUNCTION_OF(type_of);
static const struct ym_mod_type mime_type_type = YM_MOD_FUNCTION_OF(mime_type);

static const struct ym_mod_field fields[] = {
    {.name = "type", .type = &type_type},
    {.name = "mime_type", .type = &mime_type_type},
};

const struct ym_mod_type ym_module_magic_root = YM_MOD_STRUCT_OF(MAGIC, fields);
