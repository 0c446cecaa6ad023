/* formats/html.h - HTML as ClamAV's signatures of target 3 expect to see it.
 *
 * Two views, as clamscan 1.4 makes them:
 *   nocomment  the page without comments: tags and text in lower case, white space folded and
 *              dropped inside and around tags, attribute values in double quotes, character
 *              references decoded
 *   notags     the text between the tags, folded likewise; scripts and styles are left out
 * Not rebuilt: ClamAV's third view, scripts with their tokens renamed. */
#ifndef YM_FORMATS_HTML_H
#define YM_FORMATS_HTML_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Appends to both; LIMIT past a maximum, NOMEM. */
YM_MUST_CHECK ym_status ym_html_normalise(const uint8_t *data, size_t size,
                                          struct ym_buf *nocomment, struct ym_buf *notags);

/* The next data: URL in base 64 (RFC 2397) at or after from: where its text lies in the page.
 * false: none. */
bool ym_html_data_url(const uint8_t *data, size_t size, size_t from, size_t *ret_offset,
                      size_t *ret_size);

#endif
