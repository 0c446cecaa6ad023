/* phishing.h - links of mails that lie, by ClamAV's lists of watched and allowed hosts and of URL
 * hashes (private to the engine).
 *
 * Only links in the text of a mail are looked at, as the peer does.  What is found is a heuristic:
 * it has a fixed name and gives way to any signature. */
#ifndef YM_ENGINE_PHISHING_H
#define YM_ENGINE_PHISHING_H

#include "base/status.h"

#include <stdbool.h>

struct ym_db;
struct ym_mail_part;
struct ym_object;
struct ym_scan;
struct ym_phishing; /* opaque */

/* *ret_phishing is NULL when no image has such a list. */
YM_MUST_CHECK ym_status ym_phishing_new(const struct ym_db *const *layers, unsigned n_layers,
                                        struct ym_phishing **ret_phishing);
void ym_phishing_free(struct ym_phishing *p); /* accepts NULL */

/* Is the part, which became this child, a text that a reader sees at once?  Attachments are not, nor
 * is the plain text beside a page. */
bool ym_part_shows_links(const struct ym_object *mail, const struct ym_mail_part *part,
                         const struct ym_object *child);
/* Of such a part. */
void ym_object_look_at_links(struct ym_scan *s, struct ym_object *o);

#endif
