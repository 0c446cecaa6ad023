/* formats/links.h - links of a page: where each leads, and where it claims to lead.
 *
 * As the manual page "Phishing Signatures" of docs.clamav.net lists them and clamscan 1.4.6 --debug
 * prints them ("Phishcheck:Checking url REAL->SHOWN"):
 *   <a href=REAL>SHOWN</a>        the text without tags; a comment ends it, an <a> inside with an
 *                                 href is a new link, an end that is missing comes with the page's
 *   <a href=REAL title=SHOWN>
 *   <a href=REAL> <img src=SHOWN>, <iframe src=SHOWN>, <area href=SHOWN> </a>
 *   <form action=REAL> <a href=SHOWN>, <img src=SHOWN>, <iframe src=SHOWN>, <area href=SHOWN> </form>
 * In attributes character references are decoded, in the text they are not.  A page without any of
 * these tags gives the URLs in its text (http:// and ftp://, up to a blank), with nothing SHOWN. */
#ifndef YM_FORMATS_LINKS_H
#define YM_FORMATS_LINKS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YM_LINK_MAX = 2048 /* bytes of either; what is longer is cut */ };

struct ym_link {
    const char *real, *shown; /* not NUL-terminated; shown may be empty */
    size_t n_real, n_shown;
    size_t offset; /* of the tag in the page */
};
typedef bool ym_link_fn(void *self, const struct ym_link *link); /* false: stop */

/* NOMEM is the only failure. */
YM_MUST_CHECK ym_status ym_links_find(const uint8_t *data, size_t size, ym_link_fn *fn, void *self);

#endif
