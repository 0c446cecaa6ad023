/* modules/time.c - what YARA's module time offers; see base/module.h. */
#include "base/modules/time.h"

#include "base/module.h"

extern const struct ym_mod_type ym_module_time_root;

static const struct ym_mod_overload now[] = {{"", YM_MOD_INT, TIME_FN_NOW}};

static const struct ym_mod_type now_type = YM_MOD_FUNCTION_OF(now);

static const struct ym_mod_field fields[] = {{.name = "now", .type = &now_type}};

const struct ym_mod_type ym_module_time_root = YM_MOD_STRUCT_OF(TIME, fields);
