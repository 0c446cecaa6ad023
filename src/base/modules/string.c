/* modules/string.c - what YARA's module string offers; see base/module.h. */
#include "base/modules/string.h"

#include "base/module.h"

extern const struct ym_mod_type ym_module_string_root;

static const struct ym_mod_overload to_int[] = {
    {"s", YM_MOD_INT, STRING_FN_TO_INT},
    {"si", YM_MOD_INT, STRING_FN_TO_INT_BASE},
};
static const struct ym_mod_overload length[] = {{"s", YM_MOD_INT, STRING_FN_LENGTH}};

static const struct ym_mod_type to_int_type = YM_MOD_FUNCTION_OF(to_int);
static const struct ym_mod_type length_type = YM_MOD_FUNCTION_OF(length);

static const struct ym_mod_field fields[] = {
    {.name = "to_int", .type = &to_int_type},
    {.name = "length", .type = &length_type},
};

const struct ym_mod_type ym_module_string_root = YM_MOD_STRUCT_OF(STRING, fields);
