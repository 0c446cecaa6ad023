/* match/regex.h - POSIX extended regular expressions, as ClamAV's .cdb files and phishing lists hold
 * them (base/ere.h says which dialect), run by PCRE2's interpreter under limits.
 *
 *     struct ym_ere *re;
 *     YM_TRY(ym_ere_new(text, n, 0, &re, err));
 *     switch (ym_ere_match(re, name, strlen(name))) { ... }
 *     ym_ere_free(re); */
#ifndef YM_MATCH_REGEX_H
#define YM_MATCH_REGEX_H

#include "base/status.h"

#include <stddef.h>

struct ym_ere; /* opaque */

enum ym_ere_flag { YM_ERE_CASELESS = 1u << 0 /* ASCII letters */ };

typedef enum ym_ere_result {
    YM_ERE_NO,
    YM_ERE_YES,    /* somewhere in the text: the expression is not anchored */
    YM_ERE_GAVE_UP /* the work for one match ran out: neither yes nor no; say so (a gap) */
} ym_ere_result;

/* MALFORMED: not an expression; LIMIT: one too large or too deep for PCRE2; NOMEM.
 * *err (may be NULL) says why. */
YM_MUST_CHECK ym_status ym_ere_new(const char *text, size_t n, unsigned flags,
                                   struct ym_ere **ret_ere, struct ym_err *err);
void ym_ere_free(struct ym_ere *re); /* accepts NULL */

/* The text may hold any bytes. */
YM_MUST_CHECK ym_ere_result ym_ere_match(struct ym_ere *re, const char *text, size_t n);

#endif
