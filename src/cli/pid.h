/* pid.h - `yamori scan --pid N`: the memory of a process, region by region, to the scanners. */
#ifndef YM_CLI_PID_H
#define YM_CLI_PID_H

#include "base/arena.h"
#include "engine/pool.h"

struct ym_pid_options {
    int pid;
    uint64_t max_region; /* larger ones are not read: a gap */
    struct ym_pool *pool;
    struct ym_arena *arena; /* for the reports that are made here; reset before each */
    /* What no scanner says: of a region that was not read. */
    void (*report)(void *self, const char *name, const struct ym_report *r);
    void *self;
};

/* The process cannot be looked at: IO.  Anything else that fails: scanners cannot be run. */
YM_MUST_CHECK ym_status ym_pid_scan(const struct ym_pid_options *o, bool *ret_pool_failed,
                                    struct ym_err *err);

#endif
