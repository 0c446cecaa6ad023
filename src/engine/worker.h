/* worker.h - what runs inside a scanner process, and the messages it speaks. */
#ifndef YM_ENGINE_WORKER_H
#define YM_ENGINE_WORKER_H

#include "engine/pool.h"
#include "os/msg.h"

/* Parent to scanner: JOB {u64 nth; u32 skip_layers; of a process's memory u64 address, u64 size, else
 * zeros; name: the rest} and the file's descriptor.
 * Scanner to parent: READY {u32 sandbox layers}, FAILED {text}, RESULT {u64 nth; report}. */
enum ym_worker_msg { YM_WORKER_JOB, YM_WORKER_READY, YM_WORKER_FAILED, YM_WORKER_RESULT };

enum {
    YM_WORKER_JOB_HEAD = 28,
    YM_WORKER_MAX_NAME = 4096, /* longer names are sent without their beginning */
    YM_WORKER_MAX_TEXT = 1024,
    YM_WORKER_MAX_RESULT = 64 << 20
};

/* ym_process_fn: self is the struct ym_pool_options. */
int ym_worker_run(void *self, int channel_fd, bool namespaces);

#endif
