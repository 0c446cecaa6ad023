/* period.h - the periods of a report, and their names.
 *
 * The month is the base; a period is a run of 1 to 12 whole months (UTC).  A month is numbered
 * year * 12 + month - 1, as in the store.  Accepted names: the Security Intelligence Report's own
 * ("1H09", "4Q10": half and quarter of a two-digit year, 2000 to 2099), "2011H2", "2011Q4",
 * "2013-06", "2011". */
#ifndef YM_REPORT_PERIOD_H
#define YM_REPORT_PERIOD_H

#include "base/status.h"

#include <stdbool.h>

enum { YM_PERIOD_MONTHS_MAX = 12, YM_PERIOD_LABEL_SIZE = 16 };

struct ym_period {
    int first;       /* first month */
    unsigned months; /* 1, 3, 6 or 12 */
};

YM_MUST_CHECK bool ym_period_parse(const char *name, struct ym_period *ret_period);

/* The report's own name: "1H09", "4Q10", "2013-06", "2011"; returns out. */
char *ym_period_label(struct ym_period period, char out[YM_PERIOD_LABEL_SIZE]);

/* The quarter that a month lies in. */
struct ym_period ym_quarter_of(int month);

#endif
