/* rings.h - a new image goes ring by ring, and stops by itself when a ring fares badly.
 *
 * The lesson is old: a patch goes to one machine first, then to a few, then to all.  A rollout
 * starts with ring 1 open.  Ring n + 1 opens only when ring n is *well*: enough of its machines
 * have taken the image, they have had it long enough, few enough of them refused it or
 * failed its trial, and what they could not look at completely did not become more.  The first
 * look that finds more harm than allowed stops the rollout; then no machine that has not got
 * the image is offered it any more, and only an operator goes on.
 *
 * Pure: no clock, no store, no network.  The caller counts, this decides. */
#ifndef YM_FLEET_RINGS_H
#define YM_FLEET_RINGS_H

#include "fleet/wire.h"

#include <stdbool.h>
#include <stdint.h>

#define YM_ROLLOUT_TABLE(X)                                                                        \
    X(NONE, "none")       /* there is no image yet */                                              \
    X(RUNNING, "running") /* some rings are open */                                                \
    X(STOPPED, "stopped") /* by a ring's health, or by an operator */                              \
    X(DONE, "done")       /* all rings are open and the last one was well */
enum ym_rollout_state {
#define X(name, word) YM_ROLLOUT_##name,
    YM_ROLLOUT_TABLE(X)
#undef X
        YM_ROLLOUT_STATES
};
const char *ym_rollout_word(enum ym_rollout_state s); /* never NULL */

/* When a ring is well.  Shares are thousandths. */
struct ym_ring_rules {
    uint32_t wait;       /* seconds from the opening of a ring to that of the next; default 3600 */
    uint32_t machines;   /* that have tried the image, in all open rings; default 10 */
    uint32_t share;      /* of the newest open ring's machines that have tried it; default 500 */
    uint32_t max_failed; /* of those that tried it: refused or failed; default 20 */
    uint32_t max_rise;   /* of incomplete objects, above what the same machines had; default 20 */
};
struct ym_ring_rules ym_ring_rules_default(void);

/* What the machines of one ring say. */
struct ym_ring_counts {
    uint64_t machines;      /* seen lately */
    uint64_t good;          /* took this image and passed its trial */
    uint64_t failed;        /* refused it, or failed its trial */
    uint64_t files, gaps;   /* looked at with this image */
    uint64_t files0, gaps0; /* the same machines, with the image before */
};

struct ym_rollout {
    enum ym_rollout_state state;
    uint64_t epoch;   /* of the image */
    uint32_t ring;    /* the newest open one, from 1 */
    uint32_t rings;   /* how many there are */
    int64_t opened;   /* when that ring was opened */
    char reason[160]; /* why it stopped, or what it waits for; for people */
};

/* Looks once, at most one ring further.  counts[0] is ring 1; rollout->rings of them.  True: the
 * state or the ring changed (the reason may change without). */
bool ym_rollout_step(struct ym_rollout *rollout, const struct ym_ring_rules *rules,
                     const struct ym_ring_counts *counts, int64_t now);

/* Is this ring offered the image? */
bool ym_rollout_offers(const struct ym_rollout *rollout, uint32_t ring);

#endif
