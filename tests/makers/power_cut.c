/* power_cut.c - power-cut N [--keep] PROGRAM ARG...: runs a program and all that it starts, and pulls the plug
 * before the Nth call that changes a file system.  N 0: never; then it prints how many there were.
 *
 * What a plug pulled does: every process is gone at once, and of a file that was written and not synced
 * since, nobody knows how much is on the disk.  Here such a file loses the second half of its bytes (with
 * --keep it keeps them, as after a kill).  What was renamed, linked or removed stays so: both orders are
 * seen by cutting before and after.
 *
 * Exit status: 137 the plug was pulled, else that of the program; 2 an error of this one. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_DIRTY = 4096, PULLED = 137, PATH_ROOM = 64 };

struct dirty {
    dev_t dev;
    ino_t ino;
    int fd; /* ours, for writing */
};

static struct dirty dirty[MAX_DIRTY];
static size_t n_dirty;
static unsigned long points;

/* Calls that write bytes of the file in their first argument, those that sync it, and those that
 * change names and what belongs to them.  Only these stop a process (a seccomp filter): everything
 * else runs at full speed. */
static const long writing[] = {SYS_write,     SYS_pwrite64,        SYS_writev,
                               SYS_ftruncate, SYS_copy_file_range, SYS_sendfile};
static const long syncing[] = {SYS_fsync, SYS_fdatasync};
static const long naming[] = {
    SYS_rename,   SYS_renameat,  SYS_renameat2, SYS_unlink,   SYS_unlinkat,  SYS_rmdir,
    SYS_mkdir,    SYS_mkdirat,   SYS_link,      SYS_linkat,   SYS_symlink,   SYS_symlinkat,
    SYS_fchmod,   SYS_fchmodat,  SYS_fchown,    SYS_fchownat, SYS_utimensat, SYS_fsetxattr,
    SYS_setxattr, SYS_lsetxattr, SYS_ioctl};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
enum { CALLS = COUNT(writing) + COUNT(syncing) + COUNT(naming), FILTER = 2 * CALLS + 2 };

static bool is_in(const long *list, size_t n, long nr) {
    for (size_t i = 0; i < n; i++) {
        if (list[i] == nr) {
            return true;
        }
    }
    return false;
}

static bool writes(long nr) {
    return is_in(writing, COUNT(writing), nr);
}

static bool syncs(long nr) {
    return is_in(syncing, COUNT(syncing), nr);
}

/* Of ioctl only what sets a file's flags (chattr). */
static bool changes_names(const struct __ptrace_syscall_info *info) {
    const long nr = (long)info->seccomp.nr;

    return is_in(naming, COUNT(naming), nr) &&
           (nr != SYS_ioctl || info->seccomp.args[1] == FS_IOC_SETFLAGS);
}

/* In the process that becomes the program: stops for the calls above. */
static bool install_filter(void) {
    struct sock_filter code[FILTER];
    struct sock_fprog program = {FILTER, code};
    unsigned n = 0;

    code[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < CALLS; i++) {
        const long nr = i < COUNT(writing) ? writing[i]
                        : i < COUNT(writing) + COUNT(syncing)
                            ? syncing[i - COUNT(writing)]
                            : naming[i - COUNT(writing) - COUNT(syncing)];

        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr, 0, 1);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return n == FILTER && (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ||
                           (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0));
}

/* The file behind a descriptor of a process; false: no regular file on a disk. */
static bool file_of(pid_t pid, uint64_t fd, char path[PATH_ROOM], struct stat *sb) {
    (void)snprintf(path, PATH_ROOM, "/proc/%d/fd/%d", (int)pid, (int)fd);
    return stat(path, sb) == 0 && S_ISREG(sb->st_mode) && sb->st_nlink > 0;
}

static struct dirty *find(const struct stat *sb) {
    for (size_t i = 0; i < n_dirty; i++) {
        if (dirty[i].dev == sb->st_dev && dirty[i].ino == sb->st_ino) {
            return &dirty[i];
        }
    }
    return NULL;
}

static void note_write(pid_t pid, uint64_t fd) {
    char path[PATH_ROOM];
    struct stat sb;

    if (!file_of(pid, fd, path, &sb) || find(&sb) != NULL || n_dirty == MAX_DIRTY) {
        return;
    }
    dirty[n_dirty] = (struct dirty){sb.st_dev, sb.st_ino, open(path, O_RDWR | O_CLOEXEC)};
    n_dirty += dirty[n_dirty].fd >= 0 ? 1 : 0;
}

static void note_sync(pid_t pid, uint64_t fd) {
    char path[PATH_ROOM];
    struct stat sb;
    struct dirty *d = file_of(pid, fd, path, &sb) ? find(&sb) : NULL;

    if (d != NULL) {
        (void)close(d->fd);
        *d = dirty[--n_dirty];
    }
}

static void lose_what_was_not_synced(void) {
    for (size_t i = 0; i < n_dirty; i++) {
        struct stat sb;

        if (fstat(dirty[i].fd, &sb) == 0) {
            (void)!ftruncate(dirty[i].fd, sb.st_size / 2);
        }
    }
}

/* Does this call count?  Writes to a terminal or a pipe do not. */
static bool is_point(pid_t pid, const struct __ptrace_syscall_info *info) {
    const long nr = (long)info->seccomp.nr;
    char path[PATH_ROOM];
    struct stat sb;

    return changes_names(info) ||
           ((writes(nr) || syncs(nr)) && file_of(pid, info->seccomp.args[0], path, &sb));
}

/* At the entry of a call; true: now. */
static bool on_call(pid_t pid, unsigned long cut) {
    struct __ptrace_syscall_info info = {.op = PTRACE_SYSCALL_INFO_NONE};

    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_SECCOMP) {
        return false;
    }
    if (is_point(pid, &info) && ++points == cut) {
        return true;
    }
    if (writes((long)info.seccomp.nr)) {
        note_write(pid, info.seccomp.args[0]);
    } else if (syncs((long)info.seccomp.nr)) {
        note_sync(pid, info.seccomp.args[0]);
    }
    return false;
}

static pid_t start(char **argv) {
    const pid_t pid = fork();

    if (pid == 0) {
        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        (void)raise(SIGSTOP);
        if (!install_filter()) {
            (void)fprintf(stderr, "power-cut: no seccomp filter: %s\n", strerror(errno));
            _exit(2);
        }
        (void)execv(argv[0], argv);
        (void)fprintf(stderr, "power-cut: %s: %s\n", argv[0], strerror(errno));
        _exit(2);
    }
    return pid;
}

/* All stopped and running ones: killed with the tracer gone, by PTRACE_O_EXITKILL. */
static int pull(pid_t first, bool keep) {
    (void)kill(first, SIGKILL);
    if (!keep) {
        lose_what_was_not_synced();
    }
    (void)fprintf(stderr, "power-cut: pulled at %lu\n", points);
    return PULLED;
}

static int follow(pid_t first, unsigned long cut, bool keep) {
    const uintptr_t options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK |
                              PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    int result = 2;

    for (;;) {
        int status;
        const pid_t pid = waitpid(-1, &status, __WALL);
        int signal = 0;

        if (pid < 0) {
            return result;
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (pid == first) {
                result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
            continue;
        }
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
            if (on_call(pid, cut)) {
                return pull(first, keep);
            }
        } else if (WSTOPSIG(status) == SIGSTOP) { /* a new one */
            (void)ptrace(PTRACE_SETOPTIONS, pid, NULL, options);
        } else if (status >> 16 == 0) {
            signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
        }
        (void)ptrace(PTRACE_CONT, pid, NULL, (uintptr_t)signal);
    }
}

int main(int argc, char **argv) {
    const bool keep = argc > 3 && strcmp(argv[2], "--keep") == 0;
    const int at = keep ? 3 : 2;
    unsigned long cut;
    int result;
    pid_t first;

    if (argc <= at) {
        (void)fprintf(stderr, "usage: power-cut N [--keep] PROGRAM ARG...\n");
        return 2;
    }
    cut = strtoul(argv[1], NULL, 10);
    first = start(argv + at);
    result = first < 0 ? 2 : follow(first, cut, keep);
    if (result != PULLED) {
        (void)fprintf(stderr, "power-cut: %lu points\n", points);
    }
    return result;
}
