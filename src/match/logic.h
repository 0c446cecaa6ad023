/* logic.h - evaluation of ClamAV's logical signatures (private to match/).  The record and what its
 * expressions yield: database/logic.h. */
#ifndef YM_MATCH_LOGIC_H
#define YM_MATCH_LOGIC_H

#include "run.h"

/* A damaged record is a rule that does not hold, and sets r->damaged. */
bool ym_logic_holds(struct ym_run *r, const struct ym_img_rule *rule);

/* Subsignature by subsignature, and what the expression yields, to r->in->trace. */
void ym_logic_trace(struct ym_run *r, const struct ym_img_rule *rule);

/* Is the rule no finding, but a wish to see the object looked at as another type? */
bool ym_logic_handler(const struct ym_run *r, const struct ym_img_rule *rule,
                      uint16_t *ret_handler);

#endif
