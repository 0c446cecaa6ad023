/* ere.h - POSIX extended regular expressions, read and written anew for PCRE2.
 *
 * ClamAV's .cdb files and phishing lists hold expressions for Henry Spencer's library.  Nothing of
 * it is the same as PCRE in every corner, so the expression is parsed here by the library's rules
 * and each part is written in a form that PCRE2 cannot read in another way (bytes as \xHH, sets
 * as ranges of bytes).  No PCRE2 is needed for that: loading uses it to tell good from bad, matching
 * (match/regex.h) compiles the result.
 *
 * The rules, where books differ (tried with clamscan 1.4.6):
 *   - a backslash outside of [] makes the next byte ordinary, whatever it is: no \d, \b, \1, \n;
 *     inside of [] it is an ordinary byte itself; at the end of the expression it is an error;
 *   - an empty branch is an error (``, `a|`, `(|a)`, `a{0}`), but `()` is not;
 *   - `*` `+` `?` `{n` need something to repeat: not at a start, not after `^`, `|`, `(` or another
 *     repetition; `{` is ordinary where no digit follows; bounds are 0 .. 255;
 *   - `)` without `(` is ordinary;
 *   - `^` and `$` are anchors everywhere, at start and end of the whole text only; `.` is any byte;
 *   - [[:class:]], [[.x.]], [[.hyphen.]], [[=x=]], [[:<:]] and [[:>:]] (start and end of a word);
 *     bytes are compared as signed numbers in ranges: [\xff-a] is a range, [a-\xff] is not. */
#ifndef YM_BASE_ERE_H
#define YM_BASE_ERE_H

#include "base/buf.h"
#include "base/status.h"

#include <stddef.h>

/* Appends PCRE2's spelling of text (to be compiled with DOTALL and DOLLAR_ENDONLY and without
 * MULTILINE, EXTENDED and UTF).  MALFORMED: the expression is wrong, LIMIT: it is too deep; *ret_why
 * (static) says how.  Else the status of the buffer, and *ret_why is untouched.  What was appended before a failure stays. */
YM_MUST_CHECK ym_status ym_ere_translate(const char *text, size_t n, struct ym_buf *out,
                                         const char **ret_why);

#endif
