/* limits.c - the defaults of limits.h. */
#include "engine/limits.h"

struct ym_limits ym_limits_default(void) {
    return (struct ym_limits){
#define X(name, value, unit, gap, text) .name = (value),
        YM_LIMIT_TABLE(X)
#undef X
    };
}
