/* intruder.h - what a process that an enemy has taken over would try, one row a call.
 *
 * A row is refused when the call failed with EPERM, EACCES or ENOSYS.  Nothing that is tried would
 * do harm if it were allowed: names that do not exist, signal 0, empty arguments. */
#ifndef YM_TEST_INTRUDER_H
#define YM_TEST_INTRUDER_H

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { INTRUSION_MAX = 64 };
struct intrusion {
    unsigned n;
    struct {
        const char *what;
        bool refused;
        int sys_errno;
    } rows[INTRUSION_MAX];
};

/* rc: what the call gave.  A process that came into being ends at once. */
static inline void intrusion_row(struct intrusion *r, const char *what, long rc) {
    int e = errno;

    if (r->n < INTRUSION_MAX) {
        r->rows[r->n].what = what;
        r->rows[r->n].refused = rc < 0 && (e == EPERM || e == EACCES || e == ENOSYS);
        r->rows[r->n].sys_errno = rc < 0 ? e : 0;
        r->n++;
    }
}

#define TRY_CALL(text, ...) intrusion_row(r, text, syscall(__VA_ARGS__))

static inline void intrude_files(struct intrusion *r) {
    TRY_CALL("open /etc/passwd", SYS_open, "/etc/passwd", O_RDONLY);
    TRY_CALL("openat /etc/passwd", SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
    TRY_CALL("openat a new file", SYS_openat, AT_FDCWD, "/tmp/ym-intruder", O_CREAT | O_WRONLY,
             0600);
    TRY_CALL("openat2", SYS_openat2, AT_FDCWD, "/etc/passwd", NULL, 0);
    TRY_CALL("creat", SYS_creat, "/tmp/ym-intruder", 0600);
    TRY_CALL("stat", SYS_stat, "/etc/passwd", NULL);
    TRY_CALL("newfstatat", SYS_newfstatat, AT_FDCWD, "/etc/passwd", NULL, 0);
    TRY_CALL("statx", SYS_statx, AT_FDCWD, "/etc/passwd", 0, 0, NULL);
    TRY_CALL("readlink", SYS_readlink, "/proc/self/exe", NULL, 0);
    TRY_CALL("unlink", SYS_unlink, "/tmp/ym-intruder-not-there");
    TRY_CALL("rename", SYS_rename, "/tmp/ym-intruder-not-there", "/tmp/ym-intruder");
    TRY_CALL("mkdir", SYS_mkdir, "/tmp/ym-intruder-dir", 0700);
    TRY_CALL("link", SYS_link, "/etc/passwd", "/tmp/ym-intruder");
    TRY_CALL("symlink", SYS_symlink, "/etc/passwd", "/tmp/ym-intruder");
    TRY_CALL("chmod", SYS_chmod, "/tmp/ym-intruder-not-there", 0777);
    TRY_CALL("chdir", SYS_chdir, "/");
    TRY_CALL("chroot", SYS_chroot, "/");
    TRY_CALL("mount", SYS_mount, "none", "/nowhere", "tmpfs", 0, NULL);
    TRY_CALL("memfd_create", SYS_memfd_create, "x", 0);
    TRY_CALL("getdents64", SYS_getdents64, 0, NULL, 0);
    TRY_CALL("fanotify_init", SYS_fanotify_init, 0, 0);
}

static inline void intrude_network(struct intrusion *r) {
    TRY_CALL("socket inet", SYS_socket, AF_INET, SOCK_STREAM, 0);
    TRY_CALL("socket unix", SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    TRY_CALL("socket netlink", SYS_socket, AF_NETLINK, SOCK_RAW, 0);
    TRY_CALL("socketpair", SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, NULL);
    TRY_CALL("connect", SYS_connect, 0, NULL, 0);
    TRY_CALL("io_uring_setup", SYS_io_uring_setup, 1, NULL);
}

static inline void intrude_processes(struct intrusion *r, pid_t parent) {
    static char *const none[] = {NULL};
    long rc;

    TRY_CALL("execve", SYS_execve, "/bin/true", none, none);
    TRY_CALL("execveat", SYS_execveat, AT_FDCWD, "/bin/true", none, none, 0);
    rc = syscall(SYS_fork);
    if (rc == 0) {
        _exit(0);
    }
    intrusion_row(r, "fork", rc);
    rc = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (rc == 0) {
        _exit(0);
    }
    intrusion_row(r, "clone", rc);
    TRY_CALL("clone3", SYS_clone3, NULL, 0);
    TRY_CALL("ptrace the parent", SYS_ptrace, PTRACE_ATTACH, parent, NULL, NULL);
    TRY_CALL("ptrace traceme", SYS_ptrace, PTRACE_TRACEME, 0, NULL, NULL);
    TRY_CALL("process_vm_readv", SYS_process_vm_readv, parent, NULL, 0, NULL, 0, 0);
    TRY_CALL("kill the parent (signal 0)", SYS_kill, parent, 0);
    TRY_CALL("kill everything (signal 0)", SYS_kill, -1, 0);
    TRY_CALL("tgkill another (signal 0)", SYS_tgkill, getpid() + 1, getpid() + 1, 0);
    TRY_CALL("pidfd_open", SYS_pidfd_open, parent, 0);
    TRY_CALL("setuid 0", SYS_setuid, 0);
    TRY_CALL("unshare", SYS_unshare, CLONE_NEWUSER);
    TRY_CALL("setns", SYS_setns, 0, 0);
    TRY_CALL("bpf", SYS_bpf, 0, NULL, 0);
    TRY_CALL("perf_event_open", SYS_perf_event_open, NULL, 0, 0, 0, 0);
    TRY_CALL("keyctl", SYS_keyctl, 0, 0);
    TRY_CALL("prctl", SYS_prctl, 0, 0);
    TRY_CALL("userfaultfd", SYS_userfaultfd, 0);
    TRY_CALL("shmget", SYS_shmget, 0, 4096, 01600);
}

static inline void intrude_memory(struct intrusion *r) {
    static long page[1024] __attribute__((aligned(4096)));

    TRY_CALL("mmap executable", SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    TRY_CALL("mprotect executable", SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC);
    TRY_CALL("pkey_mprotect executable", SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_EXEC, 0);
}

/* parent: as the child sees it (0 in a pid name space of its own). */
static inline void intrude(pid_t parent, struct intrusion *r) {
    r->n = 0;
    if (parent <= 0) {
        parent = 1; /* signal 0, and nothing is attached to: see the calls */
    }
    intrude_files(r);
    intrude_network(r);
    intrude_processes(r, parent);
    intrude_memory(r);
}

#endif
