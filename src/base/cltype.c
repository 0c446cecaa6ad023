/* cltype.c - see cltype.h. */
#include "base/cltype.h"

#include <string.h>

static const char *const names[YM_CLTYPE_COUNT] = {
#define X(name) "CL_TYPE_" #name,
    YM_CLTYPE_TABLE(X)
#undef X
};

ym_cltype ym_cltype_from_name(const char *s, size_t n) {
    for (unsigned i = 0; i < YM_CLTYPE_COUNT; i++) {
        if (strlen(names[i]) == n && memcmp(names[i], s, n) == 0) {
            return (ym_cltype)i;
        }
    }
    return YM_CLTYPE_COUNT;
}

const char *ym_cltype_name(ym_cltype type) {
    return (unsigned)type < YM_CLTYPE_COUNT ? names[type] : "";
}

bool ym_cltype_answers(ym_cltype have, ym_cltype asked) {
    bool ooxml = have == YM_CLTYPE_OOXML_WORD || have == YM_CLTYPE_OOXML_PPT ||
                 have == YM_CLTYPE_OOXML_XL || have == YM_CLTYPE_OOXML_HWP;

    return have == asked || (ooxml && asked == YM_CLTYPE_ZIP);
}
