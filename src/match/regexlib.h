/* regexlib.h - PCRE2 as match/ uses it: memory through base/alloc.h, the interpreter (a scanner may
 * not make executable memory), every match under limits. */
#ifndef YM_MATCH_REGEXLIB_H
#define YM_MATCH_REGEXLIB_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    YM_REGEX_HEAP_KIB = 64 << 10, /* of one match */
    YM_REGEX_MAX_TEXT = 1 << 20   /* bytes of an expression */
};

struct ym_regexlib {
    pcre2_code *code;
    pcre2_match_context *context;
};

/* MALFORMED: not an expression; LIMIT: one that PCRE2 cannot hold; NOMEM.  *err (may be NULL) says
 * why. */
YM_MUST_CHECK ym_status ym_regexlib_init(struct ym_regexlib *re, const uint8_t *text, size_t n,
                                         uint32_t options, struct ym_err *err);
void ym_regexlib_done(struct ym_regexlib *re);

#endif
