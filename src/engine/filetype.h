/* engine/filetype.h - types of files that the signature images define (.ftm), in front of our own
 * sniffing (formats/sniff.h).
 *
 * As in clamscan a later row goes before an earlier one, and patterns only name what would else be
 * text or just data, by its first bytes.  Not as in clamscan: our own sniffing is still asked where
 * no row fits, and a row that says less than it (a ZIP for a document in a zip) changes nothing. */
#ifndef YM_ENGINE_FILETYPE_H
#define YM_ENGINE_FILETYPE_H

#include "base/cltype.h"
#include "base/status.h"
#include "formats/sniff.h"

struct ym_db;
struct ym_scratch;
struct ym_filetypes; /* opaque */

/* The images, and their scratches, are borrowed. */
YM_MUST_CHECK ym_status ym_filetypes_new(const struct ym_db *const *layers,
                                         struct ym_scratch *const *scratch, unsigned n_layers,
                                         struct ym_filetypes **ret_types);
void ym_filetypes_free(struct ym_filetypes *t); /* accepts NULL */

struct ym_filetype {
    ym_kind kind;
    ym_cltype type;
    bool given;   /* by fixed bytes of a row, against our own sniffing */
    bool ignored; /* ... which says that nothing is to be looked at */
};

/* Only NOMEM fails. */
YM_MUST_CHECK ym_status ym_filetypes_sniff(const struct ym_filetypes *t, const uint8_t *data,
                                           size_t size, struct ym_filetype *ret_type);

/* Does the images' table say what lies inside other things (ZIPSFX ...)?  One without such rows
 * means, in clamscan, that nothing is sought inside of what its fixed bytes named. */
bool ym_filetypes_embedded(const struct ym_filetypes *t);

#endif
