/* modules/dotnet.c - YARA's module dotnet; see module.h. */
#include "module.h"

extern const struct ym_module_code ym_module_dotnet_code;

const struct ym_module_code ym_module_dotnet_code = {.load = NULL};
