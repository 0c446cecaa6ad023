/* process.c - children.  See os/process.h.
 *
 * Why clone() and not fork(): the name spaces of a process must be its own from its first moment
 * (a pid name space counts only for those born in it).  Root makes them directly; others inside a
 * user name space of their own; where the kernel forbids both, the child is started without and
 * says so.  glibc caches nothing about a process that this would upset (no threads here). */
#include "os/process.h"

#include "os/msg.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char module[] = "os/process";

/* The child's side of the start. */
static void run_child(ym_process_fn *fn, void *self, int channel_fd, bool namespaces,
                      pid_t parent) {
    /* Without a parent nobody wants our answers.  In a pid name space the parent's id reads 0. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (!namespaces && getppid() != parent) {
        _exit(1);
    }
    _exit(fn(self, channel_fd, namespaces));
}

ym_status ym_process_start(ym_process_fn *fn, void *self, struct ym_process *ret_process,
                           struct ym_err *err) {
    enum { OWN = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC };
    static const unsigned long ways[] = {OWN, OWN | CLONE_NEWUSER, 0};
    pid_t parent = getpid();
    long pid = -1;
    bool own = false;
    int fds[2];

    YM_TRY(ym_channel_pair(fds, err));
    for (size_t i = 0; pid < 0 && i < sizeof(ways) / sizeof(ways[0]); i++) {
        own = ways[i] != 0;
        pid = syscall(SYS_clone, ways[i] | SIGCHLD, NULL, NULL, NULL, NULL);
    }
    if (pid < 0) {
        (void)close(fds[0]);
        (void)close(fds[1]);
        return ym_fail_errno(err, module, "", errno, "cannot start a process");
    }
    if (pid == 0) {
        (void)close(fds[0]);
        run_child(fn, self, fds[1], own, parent);
    }
    (void)close(fds[1]);
    *ret_process = (struct ym_process){.pid = (pid_t)pid, .channel_fd = fds[0], .namespaces = own};
    return YM_OK;
}

void ym_process_wait(struct ym_process *p, int *ret_how) {
    int how = 0;

    if (p->channel_fd >= 0 && p->pid != 0) {
        (void)close(p->channel_fd);
    }
    p->channel_fd = -1;
    if (p->pid <= 0) {
        return;
    }
    while (waitpid(p->pid, &how, 0) < 0 && errno == EINTR) {
    }
    p->pid = 0;
    if (ret_how != NULL) {
        *ret_how = how;
    }
}

void ym_process_end(struct ym_process *p, int *ret_how) {
    if (p->pid > 0) {
        (void)kill(p->pid, SIGKILL);
    }
    ym_process_wait(p, ret_how);
}

char *ym_process_how(int how, char *out, unsigned out_size) {
    if (WIFSIGNALED(how)) {
        const char *text = sigdescr_np(WTERMSIG(how));

        (void)snprintf(out, out_size, "killed by signal %d (%s)", WTERMSIG(how),
                       text == NULL ? "?" : text);
    } else {
        (void)snprintf(out, out_size, "exit status %d", WEXITSTATUS(how));
    }
    return out;
}
