/* simulate.h - what the sources of the simulated fleet share. */
#ifndef YM_SIMULATE_H
#define YM_SIMULATE_H

#include "records/record.h"

#include <stdbool.h>
#include <stdint.h>

/* --- simulate-fleet.c --- */

enum { YM_SIMULATE_FOUND_MAX = 3 };

/* Repeatable chance: a number below n. */
uint32_t ym_simulate_below(uint64_t *state, uint32_t n);
/* One family, sometimes two or three different ones. */
size_t ym_simulate_find(uint64_t *state, unsigned era, enum ym_segment segment,
                        struct ym_record_detection found[YM_SIMULATE_FOUND_MAX]);
/* Where records go. */
struct fleet;
struct ym_simulate_out {
    struct fleet *fleet;
    uint64_t chance;
    uint64_t made;
};
/* Gives the record an id and, unless it has one, its computer a name; then writes it.  False: the output failed. */
bool ym_simulate_write(struct ym_simulate_out *out, struct ym_record *r);

/* --- simulate-others.c: records that are not of `clean` --- */

/* Of the computer that left this record of `clean`: sometimes what its guard met in the month, sometimes
 * an audit.  Plausible, without a source. */
bool ym_simulate_others(struct ym_simulate_out *out, const struct ym_record *clean, unsigned era);
/* What a few providers' watches saw in a month that begins at time. */
bool ym_simulate_watches(struct ym_simulate_out *out, int64_t time, unsigned era);

#endif
