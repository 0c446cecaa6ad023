/* sys.c - system calls that a test can make fail.  See sys.h and os/fault.h. */
#include "sys.h"

#include "os/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifdef YM_TESTING
static struct {
    unsigned countdown;
    unsigned fired;
    int sys_errno;
    int sticky;
} faults[YM_FAULT_CALLS];

unsigned ym_fault_sys(ym_fault_call call, unsigned nth, int sys_errno, int sticky) {
    unsigned fired = faults[call].fired;

    faults[call].countdown = nth;
    faults[call].fired = 0;
    faults[call].sys_errno = sys_errno;
    faults[call].sticky = sticky;
    return fired;
}

static bool due(ym_fault_call call) {
    if (faults[call].countdown == 0) {
        return false;
    }
    if (faults[call].countdown > 1) {
        faults[call].countdown--;
        return false;
    }
    if (!faults[call].sticky) {
        faults[call].countdown = 0;
    }
    faults[call].fired++;
    return true;
}

/* True: the call must not be made; errno is set.  *n is halved for a short transfer. */
static bool refused(ym_fault_call call, size_t *n) {
    if (!due(call)) {
        return false;
    }
    if (faults[call].sys_errno == 0) {
        *n = *n > 1 ? *n / 2 : *n;
        return false;
    }
    errno = faults[call].sys_errno;
    return true;
}
#else
static bool refused(ym_fault_call call, size_t *n) {
    (void)call;
    (void)n;
    return false;
}
#endif

int ym_sys_openat(int dir_fd, const char *name, int flags, mode_t mode) {
    size_t none = 0;
    int fd;

    if (refused(YM_FAULT_OPEN, &none)) {
        return -1;
    }
    do {
        fd = openat(dir_fd, name, flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

ssize_t ym_sys_read(int fd, void *p, size_t n) {
    ssize_t got;

    if (refused(YM_FAULT_READ, &n)) {
        return -1;
    }
    do {
        got = read(fd, p, n);
    } while (got < 0 && errno == EINTR);
    return got;
}

ssize_t ym_sys_write(int fd, const void *p, size_t n) {
    ssize_t put;

    if (refused(YM_FAULT_WRITE, &n)) {
        return -1;
    }
    do {
        put = write(fd, p, n);
    } while (put < 0 && errno == EINTR);
    return put;
}

int ym_sys_fsync(int fd) {
    size_t none = 0;
    int rc;

    if (refused(YM_FAULT_FSYNC, &none)) {
        return -1;
    }
    do {
        rc = fsync(fd);
    } while (rc < 0 && errno == EINTR);
    return rc;
}

int ym_sys_renameat(int dir_fd, const char *from, const char *to) {
    size_t none = 0;

    return refused(YM_FAULT_RENAME, &none) ? -1 : renameat(dir_fd, from, dir_fd, to);
}

void *ym_sys_map(int fd, size_t n) {
    size_t none = 0;
    void *p;

    if (refused(YM_FAULT_MAP, &none)) {
        return NULL;
    }
    p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
    return p == MAP_FAILED ? NULL : p;
}

bool ym_sys_is_on(int fd, const unsigned long *kinds, size_t n) {
    struct statfs fs;

    if (fstatfs(fd, &fs) < 0) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if ((unsigned long)fs.f_type == kinds[i]) {
            return true;
        }
    }
    return false;
}
