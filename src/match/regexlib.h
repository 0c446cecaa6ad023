/* regexlib.h - PCRE2 as match/ uses it: memory through base/alloc.h, the interpreter (a scanner may
 * not make executable memory), every search under limits and metered.
 *
 * PCRE2's own limits do not bound the time of a search: they count anew at each place where a match
 * is tried, and a repetition of one character is a single step however long it is.  So expressions
 * are compiled with callouts before every item, and the callout adds up how far the search has
 * moved since the last one; it may stop the search.  Measured on 10 MB of machine code and of text with
 * 13 expressions as signatures have them: 0.8 to 2.2 times the time without callouts, which is
 * little for something that few objects need at all.
 *
 * What callouts do not see (a start that is sought by memchr, a class repeated a fixed number of times)
 * the clock sees; it is asked now and then.  An expression too large to be compiled with callouts
 * has the clock alone, between matches. */
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

struct ym_regex_meter {
    uint64_t steps, max;
    size_t at; /* where the search is; set it where one begins */
    uint64_t start_ns;
    unsigned until_look;
};

/* From now on searches of re are charged to m, and end with PCRE2_ERROR_CALLOUT past max steps. */
void ym_regex_meter_start(struct ym_regex_meter *m, struct ym_regexlib *re, uint64_t max);
/* Looks at the clock, too: time that the steps do not show is added to them. */
bool ym_regex_meter_used_up(struct ym_regex_meter *m);

#endif
