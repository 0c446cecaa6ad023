/* modules_run.h - what the condition machine asks of match/modules.h (private to match/). */
#ifndef YM_MATCH_MODULES_PRIVATE_H
#define YM_MATCH_MODULES_PRIVATE_H

#include "match/modules.h"
#include "modules/module.h"

struct ym_mod_scan *ym_modules_scan(struct ym_modules *m);
/* The root of a module, filled in on the first call for an object; NULL: no memory for it. */
struct ym_mod_object *ym_modules_root(struct ym_modules *m, ym_module_id id);

#endif
