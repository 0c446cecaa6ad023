/* names.h - what a signature's name says: category and family.
 *
 * Two naming schemes are read: the CARO form of Microsoft's products,
 * `Worm:Win32/Conficker.B!inf`, and ClamAV's `Win.Worm.Conficker-123-0`.  The ten categories are
 * those of the Security Intelligence Report, and the prefixes of the CARO form are folded into
 * them as the report does (a rogue is a miscellaneous trojan, a dropper a downloader). */
#ifndef YM_RECORDS_NAMES_H
#define YM_RECORDS_NAMES_H

#include <stddef.h>

enum { YM_FAMILY_MAX = 64 };

/* The words of struct ym_record_detection.category: "trojan", "downloader", "worm",
 * "password-stealer", "adware", "exploit", "backdoor", "virus", "spyware", "unwanted".
 * NULL at the end. */
const char *const *ym_category_words(void);

/* The category of a signature's name: a word of the list above (static), or "" when the name does
 * not tell.  Never NULL. */
const char *ym_category_of_name(const char *name);

/* The family in a signature's name, "" when it does not tell; at most YM_FAMILY_MAX - 1 bytes.
 * Returns out. */
const char *ym_family_of_name(const char *name, char out[YM_FAMILY_MAX]);

/* The variant: "B" of both Worm:Win32/Conficker.B!inf and Win.Worm.Conficker.B-12, "gen" of
 * Trojan:Win32/Vundo.gen!A, "" when the name has none (a number after a hyphen is ClamAV's count of
 * signatures, not a variant).  Returns out. */
const char *ym_variant_of_name(const char *name, char out[YM_FAMILY_MAX]);

/* What an exploit attacks: "html" (pages and scripts), "java", "os", "documents", "flash", "other";
 * "" of other categories.  It is told by the name's platform, and where that is a plain Windows by
 * the CVE or the family in it, of which the best known are in a table.  Static. */
const char *ym_exploit_type_of_name(const char *name, const char *category);

#endif
