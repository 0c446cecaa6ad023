/* external.h - external variables of YARA rules: names with values that come from outside. */
#ifndef YM_BASE_EXTERNAL_H
#define YM_BASE_EXTERNAL_H

#include <stdint.h>

struct ym_external {
    const char *name;
    char letter; /* i integer, b boolean (in i), d double, t text */
    int64_t i;
    double d;
    const char *text;
};

#endif
