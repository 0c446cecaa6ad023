/* sys.h - the system calls of os/ behind the fault switch of os/fault.h; EINTR is retried. */
#ifndef YM_OS_SYS_H
#define YM_OS_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

int ym_sys_openat(int dir_fd, const char *name, int flags, mode_t mode);
ssize_t ym_sys_read(int fd, void *p, size_t n);
ssize_t ym_sys_write(int fd, const void *p, size_t n);
int ym_sys_fsync(int fd);
int ym_sys_renameat(int dir_fd, const char *from, const char *to);
void *ym_sys_map(int fd, size_t n); /* read-only, private; NULL on failure */

/* Does it lie on a file system of one of these kinds (numbers of statfs)?  No, if that is not known. */
bool ym_sys_is_on(int fd, const unsigned long *kinds, size_t n);

#endif
