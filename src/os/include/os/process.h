/* process.h - child processes that run a function of ours and nothing else.
 *
 * The parent must have one thread.  No SIGCHLD handler: a child shares one socket with its parent
 * and nobody else holds its end, so its death is the end of file there. */
#ifndef YM_OS_PROCESS_H
#define YM_OS_PROCESS_H

#include "base/status.h"

#include <stdbool.h>
#include <sys/types.h>

struct ym_process {
    pid_t pid;       /* 0: none */
    int channel_fd;  /* the parent's end; the caller takes it (and sets it to -1) or it is closed */
    bool namespaces; /* it has pid, net and ipc name spaces of its own */
};

/* Runs in the child; its value is the exit status.  channel_fd: the child's end. */
typedef int ym_process_fn(void *self, int channel_fd, bool namespaces);

YM_MUST_CHECK ym_status ym_process_start(ym_process_fn *fn, void *self,
                                         struct ym_process *ret_process, struct ym_err *err);

/* Kills it if it still runs, and reaps it.  *ret_how (may be NULL): how it ended, as waitpid(). */
void ym_process_end(struct ym_process *p, int *ret_how);

/* Waits for it to end by itself. */
void ym_process_wait(struct ym_process *p, int *ret_how);

/* "killed by signal 11 (Segmentation fault)" or "exit status 3"; returns out. */
char *ym_process_how(int how, char *out, unsigned out_size);

#endif
