/* regexes.h - compiled regular expressions, kept from one object to the next (private to match/).
 *
 * Few of an image's expressions ever run; those that do are compiled on first use, and the oldest
 * makes room when there are too many. */
#ifndef YM_MATCH_REGEXES_H
#define YM_MATCH_REGEXES_H

#include "pcre.h"

#include <stddef.h>
#include <stdint.h>

struct ym_regexes; /* opaque */

struct ym_regexes *ym_regexes_new(void);    /* NULL: out of memory */
void ym_regexes_free(struct ym_regexes *r); /* accepts NULL */

/* text (n bytes) must live as long as the regexes: it lies in the image.  NULL: it does not compile,
 * or memory is out.  Borrowed until the next call. */
struct ym_pcre *ym_regexes_get(struct ym_regexes *r, const uint8_t *text, uint32_t n,
                               uint32_t flags);

#endif
