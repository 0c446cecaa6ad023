/* memory.h - the memory of another process, region by region.
 *
 *     YM_TRY(ym_memory_open(pid, &m, err));
 *     while (ym_memory_next(m, &region)) {
 *         got = ym_memory_read(m, region.start, buffer, n);      // as often as needed
 *     }
 *     ym_memory_close(m);
 *
 * The process runs on meanwhile: the list is of the moment of opening, and what is read is of the
 * moment of reading.  Whoever has the number of a process that ended and was given to another one does
 * not read that: everything goes through one open folder of /proc. */
#ifndef YM_OS_MEMORY_H
#define YM_OS_MEMORY_H

#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ym_memory; /* opaque */

struct ym_memory_region {
    uint64_t start, end;
    char perms[5];    /* "r-xp" */
    const char *path; /* the file, "[heap]" ..., or "": borrowed until the next call */
};

/* IO: there is no such process, or this user may not trace it. */
YM_MUST_CHECK ym_status ym_memory_open(int pid, struct ym_memory **ret_memory, struct ym_err *err);
void ym_memory_close(struct ym_memory *m); /* accepts NULL */

/* The next readable region, by rising address; false: no more.  The kernel's own pages ([vvar],
 * [vsyscall]) are left out: they are not the process's and cannot be read. */
bool ym_memory_next(struct ym_memory *m, struct ym_memory_region *ret_region);

/* One line of /proc/PID/maps, without its end; *ret_path (not NUL-terminated) points into it, and path of
 * the region is "".  false: it is none, or of the upper half of the address space. */
bool ym_memory_parse(struct ym_str line, struct ym_memory_region *ret_region,
                     struct ym_str *ret_path);

/* Copies up to n bytes from an address on; less: there is nothing behind those (any more). */
size_t ym_memory_read(const struct ym_memory *m, uint64_t address, void *to, size_t n);

/* "pid 12 0x7f00-0x8f00 r-xp /usr/bin/x"; returns out. */
char *ym_memory_region_name(int pid, const struct ym_memory_region *r, char *out, size_t size);
/* Room for one with the longest path that is shown. */
enum { YM_MEMORY_NAME_SIZE = 512 };

#endif
