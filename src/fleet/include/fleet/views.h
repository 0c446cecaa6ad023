/* views.h - the fleet's state as the console shows it: one JSON value each.
 *
 * Every list is bounded and paged.  Texts of machines and people are JSON strings, nothing else. */
#ifndef YM_FLEET_VIEWS_H
#define YM_FLEET_VIEWS_H

#include "base/buf.h"
#include "fleet/state.h"

enum { YM_VIEW_PAGE_MAX = 200, YM_VIEW_TEXT_MAX = 128 };

struct ym_machine_filter {
    uint32_t ring;               /* 0: any */
    int state;                   /* enum ym_image_state, -1: any */
    int64_t seen_before;         /* silent since then; 0: any */
    char text[YM_VIEW_TEXT_MAX]; /* in the label or at the beginning of the id; "": any */
    bool by_seen;                /* the longest silent first; else by label and id */
    uint32_t skip, max;
};
/* Appends {"total":N,"machines":[...]}. */
YM_MUST_CHECK ym_status ym_view_machines(struct ym_fleet_state *state,
                                         const struct ym_machine_filter *filter, struct ym_buf *out,
                                         struct ym_err *err);
/* Appends one machine; LIMIT: there is none. */
YM_MUST_CHECK ym_status ym_view_machine(struct ym_fleet_state *state,
                                        const uint8_t id[YM_FLEET_ID_SIZE], struct ym_buf *out,
                                        struct ym_err *err);
/* Appends [...]: rollouts with their images and rules, the newest first. */
YM_MUST_CHECK ym_status ym_view_rollouts(struct ym_fleet_state *state, struct ym_buf *out,
                                         struct ym_err *err);
/* Appends [{"name","role","sessions","used"}...]. */
YM_MUST_CHECK ym_status ym_view_people(struct ym_fleet_state *state, int64_t now,
                                       struct ym_buf *out, struct ym_err *err);
/* Appends [...]: rows of the audit trail below `before` (0: from the newest), the newest first. */
YM_MUST_CHECK ym_status ym_view_audit(struct ym_fleet_state *state, int64_t before, uint32_t max,
                                      struct ym_buf *out, struct ym_err *err);
/* Appends {"silent":N,"states":{word:N...}}: machines at a glance. */
YM_MUST_CHECK ym_status ym_view_glance(struct ym_fleet_state *state, int64_t now,
                                       struct ym_buf *out, struct ym_err *err);

#endif
