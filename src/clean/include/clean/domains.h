/* domains.h - the names under which a family looks for its makers on a day, for those who block.
 *
 * Conficker makes its names from the date, so that nobody can take them all away in advance; whoever
 * knows the arithmetic can refuse to resolve them, or look for them in the logs of a name server.
 *
 *     YM_TRY(ym_domains_find("Conficker", "B", &variant, err));
 *     YM_TRY(ym_domains_day("2009-03-13", &day, err));
 *     YM_TRY(ym_domains_of_day(variant, day, add_name, self, err));     // 250 calls
 *
 * Which day.  The day is that of UTC: the worm takes it from the Date header of large web sites, not
 * from the clock of the machine, and counts from its midnight (F-Secure, weblog, January 2009, about
 * B; 31 March 2009, about D: "until the GMT date is April 1st" the names are those of 31 March).
 * Where the local time is not UTC a local day has the names of two days.  Days before the first variant was seen
 * (21 November 2008) and after 2099 are refused.
 *
 * Letters.  Microsoft's A and B are also those of the Conficker Working Group.  Microsoft's C is the
 * group's B++ and makes the names of B.  Microsoft's D is the group's C: ambiguous, so the letter C
 * is refused.  D (50,000 names a day in 110 top-level domains) is refused, too: no list of its names
 * with a date was found that an implementation could be held against, and one that is a little wrong
 * blocks others.  E makes no names that are documented.
 *
 * Sources of the constants and of the order of the steps: the published reimplementations
 * andrewaeva/DGA (dga_algorithms/Conficker.cpp: B) and the Ruby module Rubot::Control::DGA (A, B).
 * Checked against, all of it equal:
 *   A  365 days of 2020, 91,250 names made by downatool2 of Leder and Werner, University of Bonn
 *      (Will-Beninger/ConfickerDGA, conficker.a.txt; 4 May is not in that list)
 *   B  the 366 days of 2020, 91,500 names from the same source (conficker.b.txt)
 *   B  21 November 2014: what andrewaeva/DGA lists as conficker.txt, made by x87 code
 *   B  names that were news in 2009: F-Secure's of 8 January, Sophos's four legitimate sites of March,
 *      J.-P. Mens's of 2 September (tests/unit/clean/test_domains.c has them)
 * Not checked against a list of its own time: A in 2008 and 2009.
 *
 * Some names belonged to somebody: whoever blocks needs a list of exceptions (clean/allow.h). */
#ifndef YM_CLEAN_DOMAINS_H
#define YM_CLEAN_DOMAINS_H

#include "base/status.h"

#include <stdint.h>

enum ym_domains_variant { YM_DOMAINS_CONFICKER_A, YM_DOMAINS_CONFICKER_B, YM_DOMAINS_VARIANTS };

enum {
    YM_DOMAINS_PER_DAY = 250,     /* of each variant; a name may come twice */
    YM_DOMAINS_LABEL_MIN = 5,     /* letters before the dot */
    YM_DOMAINS_LABEL_MAX = 11,    /* the same, at most */
    YM_DOMAINS_NAME_SIZE = 17,    /* bytes of the longest name with its NUL */
    YM_DOMAINS_FIRST_DAY = 14204, /* 2008-11-21, in days since 1970-01-01 */
    YM_DOMAINS_LAST_DAY = 47481   /* 2099-12-31 */
};

/* The variant of that name, in any case of letters.  UNSUPPORTED, with the reason, for what has no
 * list. */
YM_MUST_CHECK ym_status ym_domains_find(const char *family, const char *variant,
                                        enum ym_domains_variant *ret_variant, struct ym_err *err);

/* "2009-03-13" to days since 1970-01-01.  MALFORMED: no such day (29 February 2009); LIMIT: a day
 * outside FIRST_DAY to LAST_DAY. */
YM_MUST_CHECK ym_status ym_domains_day(const char *text, int32_t *ret_day, struct ym_err *err);

/* Calls emit with each name of the day, in the worm's order: lower case, no dot at the end, borrowed
 * until emit returns.  The same day always gives the same names, on every machine.  What emit
 * returns ends the work when it is not OK, and is returned. */
typedef ym_status ym_domains_emit(void *self, const char *name, struct ym_err *err);
YM_MUST_CHECK ym_status ym_domains_of_day(enum ym_domains_variant variant, int32_t day,
                                          ym_domains_emit *emit, void *self, struct ym_err *err);

#endif
