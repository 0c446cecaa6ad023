/* pool.h - scanner processes: descriptors in, reports out.
 *
 *     struct ym_pool_options o = {.layers = layers, .n_layers = 1, .limits = ym_limits_default(),
 *                                 .result = on_result, .self = me};
 *     YM_TRY(ym_pool_new(&o, &pool, err));
 *     ... st = ym_pool_submit(pool, fd, "a.zip", cookie, err) ...      // as often as needed
 *     st = ym_pool_finish(pool, err);
 *     ym_pool_free(pool);
 *
 * A scanner process is born with the images mapped, makes its engine, locks itself up
 * (os/sandbox.h) and then knows only descriptors that are passed to it.  The parent never looks
 * into a file: it takes reports, and takes them as written by an enemy.  A scanner that dies, or
 * does not answer within limits.max_time and a grace, costs the file it was at one gap (CRASHED,
 * HUNG); a new one takes over and nothing else notices.
 *
 * One thread; processes are started when there is work for them, so one file starts one. */
#ifndef YM_ENGINE_POOL_H
#define YM_ENGINE_POOL_H

#include "engine/engine.h"

struct ym_pool; /* opaque: see pool.c */

/* Exactly once for each file that was submitted, in order of completion, from inside
 * ym_pool_submit() or ym_pool_finish(), which it must not call.  name (as submitted) and report are
 * borrowed for the call.  Files that the pool never came to, because it died or was freed, get
 * none: keep nothing in a cookie that only this call would free. */
typedef void ym_pool_result_fn(void *self, void *cookie, const char *name,
                               const struct ym_report *report);

#ifdef YM_TESTING
/* Runs in the scanner process before it scans the nth submitted file (from 1): tests crash, hang
 * and misbehave here. */
typedef void ym_pool_hook_fn(uint64_t nth, struct ym_report *report);
#endif

enum { YM_POOL_MAX_WORKERS = 256 };

struct ym_pool_options {
    const struct ym_db *const *layers; /* borrowed for the pool's life */
    unsigned n_layers;
    struct ym_limits limits;
    struct ym_scan_options scan;
    unsigned workers; /* at most; 0: one per online processor */
    ym_pool_result_fn *result;
    void *self;
#ifdef YM_TESTING
    ym_pool_hook_fn *hook; /* may be NULL */
#endif
};

YM_MUST_CHECK ym_status ym_pool_new(const struct ym_pool_options *o, struct ym_pool **ret_pool,
                                    struct ym_err *err);
void ym_pool_free(struct ym_pool *p); /* accepts NULL; ends all scanners, results are dropped */

/* Takes fd on success and on failure.  Waits while every scanner is busy.  A failure means that
 * scanners cannot be run at all: the pool is dead, and files without a result stay without. */
YM_MUST_CHECK ym_status ym_pool_submit(struct ym_pool *p, int fd, const char *name, void *cookie,
                                       struct ym_err *err);
/* The same, with scan.skip_layers of this file alone (engine/engine.h). */
YM_MUST_CHECK ym_status ym_pool_submit_some(struct ym_pool *p, int fd, const char *name,
                                            uint32_t skip_layers, void *cookie, struct ym_err *err);
/* The same for a region of a process's memory, whose size is not 0, that was copied into a file: see
 * scan.memory.  What the file is shorter by could not be read: a gap. */
YM_MUST_CHECK ym_status ym_pool_submit_memory(struct ym_pool *p, int fd, const char *name,
                                              uint64_t address, uint64_t size, void *cookie,
                                              struct ym_err *err);
/* Waits for all results. */
YM_MUST_CHECK ym_status ym_pool_finish(struct ym_pool *p, struct ym_err *err);

struct ym_pool_stats {
    uint64_t started; /* processes, replacements included */
    uint64_t crashed, hung;
    unsigned sandbox; /* enum ym_sandbox_layer bits that every scanner so far reported */
};
struct ym_pool_stats ym_pool_get_stats(const struct ym_pool *p);

#endif
