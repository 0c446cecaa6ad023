/* sandbox.c - giving everything up.  See os/sandbox.h.
 *
 * Order: descriptors (needs /dev/null), identity and capabilities, limits, Landlock (needs
 * no_new_privs), seccomp last (it forbids all the calls used before it).
 *
 * Why EPERM and not death for a call that is not on the list: libraries probe (a locale file, a
 * terminal) and cope with a refusal; a scanner that died of it would turn an innocent file into a
 * gap.  A foreign calling convention (i386, x32) has no innocent reason and kills.
 *
 * Why Landlock beside seccomp: a mistake in the list of calls (one that opens by another name,
 * a new call in a new kernel) meets a second wall built by other people from other bricks. */
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char module[] = "os/sandbox";

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_SHADOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define HAVE_SHADOW 1
#endif
#endif
#ifndef HAVE_SHADOW
#define HAVE_SHADOW 0 /* a sanitizer's shadow memory would count against the memory limit */
#endif

enum { NOBODY = 65534, SPARE_DESCRIPTORS = 32 };

/* ---- Descriptors ---------------------------------------------------------------------------- */

static void close_from_to(unsigned from, unsigned to) {
    if (from <= to && syscall(SYS_close_range, from, to, 0) < 0) {
        for (unsigned fd = from; fd <= to && fd < 65536; fd++) { /* a kernel before 5.9 */
            (void)close((int)fd);
        }
    }
}

static void close_all_but(int a, int b) {
    unsigned low = (unsigned)(b >= 0 && b < a ? b : a);
    unsigned high = (unsigned)(b > a ? b : a);

    if (low > 3) {
        close_from_to(3, low - 1);
    }
    if (high > low + 1) {
        close_from_to(low + 1, high - 1);
    }
    close_from_to(high < 2 ? 3 : high + 1, ~0U);
}

static ym_status shut_descriptors(const struct ym_sandbox_options *o, struct ym_err *err) {
    int null_fd;
    int last = 2;

#ifdef YM_TESTING
    last = 1; /* a sanitizer's last words */
#endif
    null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= last; fd++) {
        if (null_fd < 0) {
            (void)close(fd); /* a machine without /dev/null: then nothing at all */
        } else if (fd != null_fd && dup2(null_fd, fd) < 0) {
            return ym_fail_errno(err, module, "/dev/null", errno, "cannot put it in place");
        }
    }
    close_all_but(o->channel_fd, o->out_fd);
    return YM_OK;
}

/* ---- Identity, capabilities, limits --------------------------------------------------------- */

/* In a user name space without a map we are nobody already and never come here.  EPERM: a
 * container's root without CAP_SETUID; its name without any capability is no privilege. */
static bool become_nobody(void) {
    return (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
            setresuid(NOBODY, NOBODY, NOBODY) == 0) ||
           errno == EPERM;
}

static ym_status drop_privileges(struct ym_err *err) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2];

    memset(none, 0, sizeof(none));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return ym_fail_errno(err, module, "", errno, "cannot set no_new_privs");
    }
    if (geteuid() == 0 && !become_nobody()) {
        return ym_fail_errno(err, module, "", errno, "cannot stop being root");
    }
    if (syscall(SYS_capset, &head, none) < 0) {
        return ym_fail_errno(err, module, "", errno, "cannot drop the capabilities");
    }
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* a change of identity has cleared it */
    return YM_OK;
}

static void limit(__rlimit_resource_t what, uint64_t to) {
    struct rlimit rl;

    if (getrlimit(what, &rl) == 0 && (rl.rlim_max == RLIM_INFINITY || to < rl.rlim_max)) {
        rl.rlim_cur = (rlim_t)to;
        rl.rlim_max = (rlim_t)to;
        (void)setrlimit(what, &rl); /* a second wall: seccomp refuses what these bound */
    }
}

static void set_limits(const struct ym_sandbox_options *o) {
    int top = o->channel_fd > o->out_fd ? o->channel_fd : o->out_fd;

    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_NOFILE, (uint64_t)top + SPARE_DESCRIPTORS);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_MSGQUEUE, 0);
    if (o->profile == YM_SANDBOX_SCANNER) {
        limit(RLIMIT_FSIZE, 0);
    }
    if (o->max_memory != 0 && !HAVE_SHADOW) {
        limit(RLIMIT_DATA, o->max_memory);
    }
}

/* ---- Landlock -------------------------------------------------------------------------------- */

/* The kernel's own numbers; our headers may be older than the kernel.  Source:
 * Documentation/userspace-api/landlock.rst. */
struct landlock_attr {
    uint64_t fs;
    uint64_t net;   /* ABI 4 */
    uint64_t scope; /* ABI 6 */
};
static const struct {
    uint64_t fs, net, scope;
    size_t attr_size;
} landlock_abis[] = {
    {0, 0, 0, 0},       {0x1fff, 0, 0, 8}, /* 1: execute, write, read, list, remove x 2, make x 7 */
    {0x3fff, 0, 0, 8},                     /* 2: + refer */
    {0x7fff, 0, 0, 8},                     /* 3: + truncate */
    {0x7fff, 3, 0, 16},                    /* 4: + TCP bind and connect */
    {0xffff, 3, 0, 16},                    /* 5: + ioctl on devices */
    {0xffff, 3, 3, 24},                    /* 6: + abstract sockets and signals outside */
};

int ym_sandbox_landlock_abi(void) {
    enum { VERSION = 1 };
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION);

    return abi < 0 ? 0 : (int)abi;
}

/* True: active.  False: the kernel has none, or refuses (another seccomp above us). */
static bool enter_landlock(void) {
    size_t newest = sizeof(landlock_abis) / sizeof(landlock_abis[0]) - 1;
    size_t abi = (size_t)ym_sandbox_landlock_abi();
    struct landlock_attr attr;
    long fd;
    bool ok;

    abi = abi > newest ? newest : abi;
    if (abi == 0) {
        return false;
    }
    attr = (struct landlock_attr){landlock_abis[abi].fs, landlock_abis[abi].net,
                                  landlock_abis[abi].scope};
    fd = syscall(SYS_landlock_create_ruleset, &attr, landlock_abis[abi].attr_size, 0);
    if (fd < 0) {
        return false;
    }
    ok = syscall(SYS_landlock_restrict_self, fd, 0) == 0;
    (void)close((int)fd);
    return ok;
}

/* ---- seccomp --------------------------------------------------------------------------------- */

/* Allowed whatever the arguments: they act on this process's memory and clock, or on descriptors
 * that it holds and that were opened for reading only. */
static const int plain_calls[] = {
    SCMP_SYS(read),         SCMP_SYS(pread64),       SCMP_SYS(lseek),
    SCMP_SYS(close),        SCMP_SYS(fstat),         SCMP_SYS(munmap),
    SCMP_SYS(mremap),       SCMP_SYS(madvise),       SCMP_SYS(brk),
    SCMP_SYS(futex),        SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),    SCMP_SYS(getpid),        SCMP_SYS(gettid),
    SCMP_SYS(sched_yield),  SCMP_SYS(rt_sigreturn),  SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack),   SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),         SCMP_SYS(exit_group),
};

/* Allowed when one argument has the right value. */
struct bound_call {
    int call;
    struct scmp_arg_cmp arg;
};

static int add_bound(scmp_filter_ctx ctx, const struct bound_call *rows, size_t n) {
    int rc = 0;

    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, rows[i].call, 1, &rows[i].arg);
    }
    return rc;
}

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static int add_rules(scmp_filter_ctx ctx, const struct ym_sandbox_options *o) {
    const scmp_datum_t channel = (scmp_datum_t)o->channel_fd;
    const struct bound_call rows[] = {
        {SCMP_SYS(recvmsg), SCMP_A0(SCMP_CMP_EQ, channel, 0)},
        {SCMP_SYS(sendmsg), SCMP_A0(SCMP_CMP_EQ, channel, 0)},
        {SCMP_SYS(write), SCMP_A0(SCMP_CMP_EQ, 2, 0)}, /* /dev/null */
        {SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0)}, /* abort() */
    };
    const scmp_datum_t out = (scmp_datum_t)o->out_fd;
    const struct bound_call compiler_rows[] = {
        {SCMP_SYS(write), SCMP_A0(SCMP_CMP_EQ, out, 0)},
        {SCMP_SYS(writev), SCMP_A0(SCMP_CMP_EQ, out, 0)},
        {SCMP_SYS(pwrite64), SCMP_A0(SCMP_CMP_EQ, out, 0)},
        {SCMP_SYS(ftruncate), SCMP_A0(SCMP_CMP_EQ, out, 0)},
    };
    int rc = 0;

    for (size_t i = 0; i < COUNT(plain_calls) && rc == 0; i++) {
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, plain_calls[i], 0);
    }
    if (rc == 0) {
        rc = add_bound(ctx, rows, COUNT(rows));
    }
    if (rc == 0 && o->profile == YM_SANDBOX_COMPILER) {
        rc = add_bound(ctx, compiler_rows, COUNT(compiler_rows));
    }
    return rc;
}

static ym_status enter_seccomp(const struct ym_sandbox_options *o, struct ym_err *err) {
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int rc;

    if (ctx == NULL) {
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "out of memory for the filter");
    }
    rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (rc == 0) {
        rc = add_rules(ctx, o);
    }
    if (rc == 0) {
        rc = seccomp_load(ctx);
    }
    seccomp_release(ctx);
    if (rc < 0) {
        return ym_fail_errno(err, module, "", -rc,
                             "cannot lock the process up (seccomp); nothing is scanned outside it");
    }
    return YM_OK;
}

/* ---- All of it ------------------------------------------------------------------------------- */

ym_status ym_sandbox_enter(const struct ym_sandbox_options *o, unsigned *ret_layers,
                           struct ym_err *err) {
    unsigned layers = YM_SANDBOX_PRIVILEGES | YM_SANDBOX_LIMITS | YM_SANDBOX_SECCOMP;
    bool landlock = true;

    YM_TRY(shut_descriptors(o, err));
    YM_TRY(drop_privileges(err));
    set_limits(o);
#ifdef YM_TESTING
    landlock = !o->without_landlock;
#endif
    if (landlock && enter_landlock()) {
        layers |= YM_SANDBOX_LANDLOCK;
    }
    YM_TRY(enter_seccomp(o, err));
    *ret_layers = layers | (o->namespaces ? YM_SANDBOX_NAMESPACES : 0U);
    return YM_OK;
}

void ym_sandbox_words(unsigned layers, struct ym_buf *out) {
    static const char *const words[] = {
#define X(name, word) [YM_SANDBOX_BIT_##name] = (word),
        YM_SANDBOX_TABLE(X)
#undef X
    };
    const char *sep = "";

    for (unsigned i = 0; i < YM_SANDBOX_BITS; i++) {
        if ((layers & (1U << i)) != 0) {
            ym_buf_printf(out, "%s%s", sep, words[i]);
            sep = " ";
        }
    }
}
