/* collected.h - a folder of things that were collected from a live machine, in place of its volume;
 * private to clean/.
 *
 * It is laid out like a volume, as far as it goes: DLLs, hives saved with `reg save`, or text
 * exports beside or instead of them (clean/reg_text.h).  What is not in it is not known to be
 * absent, so that files, users, control sets and keys that were not collected become gaps.
 *
 * A volume counts as collected when a hive is read from exports, or when the note that the
 * collecting programs leave, collected/yamori-collect.txt, lies in it. */
#ifndef YM_CLEAN_COLLECTED_H
#define YM_CLEAN_COLLECTED_H

#include "detect.h"

/* The exports of a hive that is not there.  END: there are none either. */
YM_MUST_CHECK ym_status ym_collected_open(struct ym_clean_scan *s, struct ym_clean_hive *h,
                                          struct ym_err *why);
/* Where a hive hangs on the live machine, for struct ym_clean_plan. */
YM_MUST_CHECK ym_status ym_collected_place(struct ym_clean_scan *s, const struct ym_clean_hive *h);
/* After all hives were opened and the control sets found: notes what was not collected. */
YM_MUST_CHECK ym_status ym_collected_check(struct ym_clean_scan *s);
/* For the traces of families, which are files, too. */
YM_MUST_CHECK ym_status ym_collected_files_gap(struct ym_clean_scan *s);
/* Is it a 64-bit Windows, or one of which that is not known?  Of a volume its folders tell. */
bool ym_collected_may_be_64(struct ym_clean_scan *s);

#endif
