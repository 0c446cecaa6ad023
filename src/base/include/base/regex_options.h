/* regex_options.h - which option of PCRE2 each flag of a ClamAV regular expression stands for, once for
 * those who check expressions (signatures/) and those who run them (match/).
 *
 * g, r and e are no options: match/pcre.h says what they do. */
#ifndef YM_BASE_REGEX_OPTIONS_H
#define YM_BASE_REGEX_OPTIONS_H

#include "base/kinds.h"

#ifndef PCRE2_CODE_UNIT_WIDTH
#define PCRE2_CODE_UNIT_WIDTH 8
#endif
#include <pcre2.h>

static inline uint32_t ym_regex_options(uint32_t flags) {
    return ((flags & YM_REGEX_CASELESS) != 0 ? PCRE2_CASELESS : 0) |
           ((flags & YM_REGEX_DOTALL) != 0 ? PCRE2_DOTALL : 0) |
           ((flags & YM_REGEX_MULTILINE) != 0 ? PCRE2_MULTILINE : 0) |
           ((flags & YM_REGEX_EXTENDED) != 0 ? PCRE2_EXTENDED : 0) |
           ((flags & YM_REGEX_ANCHORED) != 0 ? PCRE2_ANCHORED : 0) |
           ((flags & YM_REGEX_DOLLAR_END) != 0 ? PCRE2_DOLLAR_ENDONLY : 0) |
           ((flags & YM_REGEX_UNGREEDY) != 0 ? PCRE2_UNGREEDY : 0);
}

#endif
