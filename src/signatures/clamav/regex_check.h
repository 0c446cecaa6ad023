/* regex_check.h - is a regular expression of a PCRE subsignature one? (private to signatures/clamav/)
 *
 * Asked while loading, so that a wrong expression is a malformed line, as it is for the peer. */
#ifndef YM_SIGNATURES_CLAMAV_REGEX_CHECK_H
#define YM_SIGNATURES_CLAMAV_REGEX_CHECK_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* flags: enum ym_regex_flag.  MALFORMED: PCRE2 refuses it, and *ret_why (static) says for what;
 * NOMEM. */
YM_MUST_CHECK ym_status ym_clamav_check_regex(const char *text, size_t n, uint32_t flags,
                                              const char **ret_why);

#endif
