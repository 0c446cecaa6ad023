/* modules/console.c - what YARA's module console offers; see base/module.h. */
#include "base/modules/console.h"

#include "base/module.h"

extern const struct ym_mod_type ym_module_console_root;

static const struct ym_mod_overload log_forms[] = {
    {"s", YM_MOD_INT, CONSOLE_FN_TEXT},   {"ss", YM_MOD_INT, CONSOLE_FN_LABEL_TEXT},
    {"i", YM_MOD_INT, CONSOLE_FN_INT},    {"si", YM_MOD_INT, CONSOLE_FN_LABEL_INT},
    {"d", YM_MOD_INT, CONSOLE_FN_DOUBLE}, {"sd", YM_MOD_INT, CONSOLE_FN_LABEL_DOUBLE},
};
static const struct ym_mod_overload hex_forms[] = {
    {"i", YM_MOD_INT, CONSOLE_FN_HEX},
    {"si", YM_MOD_INT, CONSOLE_FN_LABEL_HEX},
};

static const struct ym_mod_type log_type = YM_MOD_FUNCTION_OF(log_forms);
static const struct ym_mod_type hex_type = YM_MOD_FUNCTION_OF(hex_forms);

static const struct ym_mod_field fields[] = {
    {.name = "log", .type = &log_type},
    {.name = "hex", .type = &hex_type},
};

const struct ym_mod_type ym_module_console_root = YM_MOD_STRUCT_OF(CONSOLE, fields);
