/* memory.c - /proc/PID/maps and /proc/PID/mem.  See memory.h.
 *
 * The list is the kernel's text, but the paths in it are whatever the process made of them: a line is
 * read up to its end, fields are parsed strictly, and a line that is none is left out.  The kernel
 * writes a newline in a path as \012.
 *
 * Reads go through /proc/PID/mem at offsets: a page that is not there ends a read short, and nothing
 * of ours can fault. */
#include "os/memory.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "os/memory";

enum { MAX_MAPS = 256 << 20 };

struct ym_memory {
    int fd; /* of mem */
    struct ym_buf maps;
    struct ym_fields lines;
    char *path; /* of the region at hand */
};

/* ---- Opening ---------------------------------------------------------------------------------- */

static ym_status read_maps(int folder, const char *shown, struct ym_buf *maps, struct ym_err *err) {
    const int fd = openat(folder, "maps", O_RDONLY | O_CLOEXEC);
    ym_status st;

    if (fd < 0) {
        return ym_fail_errno(err, module, shown, errno, "cannot list its memory");
    }
    st = ym_file_read_all(fd, shown, maps, err);
    (void)close(fd);
    return st;
}

static ym_status open_in(int folder, const char *shown, struct ym_memory *m, struct ym_err *err) {
    m->fd = openat(folder, "mem", O_RDONLY | O_CLOEXEC);
    if (m->fd < 0) {
        return ym_fail_errno(err, module, shown, errno, "cannot open its memory");
    }
    YM_TRY(read_maps(folder, shown, &m->maps, err));
    ym_fields_init(&m->lines, m->maps.len == 0 ? "" : (const char *)m->maps.data, m->maps.len,
                   '\n');
    return YM_OK;
}

ym_status ym_memory_open(int pid, struct ym_memory **ret_memory, struct ym_err *err) {
    struct ym_memory *m = ym_zalloc(1, sizeof(*m));
    char path[32];
    ym_status st;
    int folder;

    if (m == NULL) {
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "out of memory");
    }
    m->fd = -1;
    ym_buf_init(&m->maps, MAX_MAPS);
    (void)snprintf(path, sizeof(path), "/proc/%d", pid);
    folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        st = ym_fail_errno(err, module, path, errno, "no such process");
    } else {
        st = open_in(folder, path, m, err);
        (void)close(folder);
    }
    if (st != YM_OK) {
        ym_memory_close(m);
        return st;
    }
    *ret_memory = m;
    return YM_OK;
}

void ym_memory_close(struct ym_memory *m) {
    if (m == NULL) {
        return;
    }
    if (m->fd >= 0) {
        (void)close(m->fd);
    }
    ym_buf_done(&m->maps);
    ym_free(m->path);
    ym_free(m);
}

/* ---- The list ---------------------------------------------------------------------------------- */

static bool parse_hex(struct ym_str s, uint64_t *ret_value) {
    uint64_t v = 0;

    if (s.n == 0 || s.n > 16) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        const int digit = ym_hex_digit(s.s[i]);

        if (digit < 0) {
            return false;
        }
        v = v << 4 | (unsigned)digit;
    }
    *ret_value = v;
    return true;
}

/* "start-end" */
static bool parse_span(struct ym_str s, struct ym_memory_region *r) {
    struct ym_fields f;
    struct ym_str start;
    struct ym_str end;

    ym_fields_init(&f, s.s, s.n, '-');
    return ym_fields_next(&f, &start) && ym_fields_next(&f, &end) && !f.more &&
           parse_hex(start, &r->start) && parse_hex(end, &r->end) && r->start < r->end &&
           r->end <= INT64_MAX; /* above are the kernel's pages, and pread() has no such offsets */
}

/* start-end perms offset device inode   path */
bool ym_memory_parse(struct ym_str line, struct ym_memory_region *ret_region,
                     struct ym_str *ret_path) {
    struct ym_memory_region r = {.path = ""};
    struct ym_fields f;
    struct ym_str field;

    ym_fields_init(&f, line.s, line.n, ' ');
    if (!ym_fields_next(&f, &field) || !parse_span(field, &r) || !ym_fields_next(&f, &field) ||
        field.n != 4) {
        return false;
    }
    memcpy(r.perms, field.s, 4);
    for (unsigned skip = 0; skip < 3; skip++) {
        if (!ym_fields_next(&f, &field)) {
            return false;
        }
    }
    *ret_path = f.more ? (struct ym_str){f.s, f.n} : (struct ym_str){"", 0};
    while (ret_path->n > 0 && ret_path->s[0] == ' ') {
        *ret_path = (struct ym_str){ret_path->s + 1, ret_path->n - 1};
    }
    *ret_region = r;
    return true;
}

static bool is_kernels(struct ym_str path) {
    static const char *const names[] = {"[vvar", "[vsyscall"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const size_t n = strlen(names[i]);

        if (path.n >= n && memcmp(path.s, names[i], n) == 0) {
            return true;
        }
    }
    return false;
}

bool ym_memory_next(struct ym_memory *m, struct ym_memory_region *ret_region) {
    struct ym_memory_region r;
    struct ym_str line;
    struct ym_str path;

    while (ym_fields_next(&m->lines, &line)) {
        if (!ym_memory_parse(line, &r, &path) || r.perms[0] != 'r' || is_kernels(path)) {
            continue;
        }
        ym_free(m->path);
        m->path = ym_strndup(path.s, path.n);
        r.path = m->path == NULL ? "" : m->path; /* a name is not worth a failure */
        *ret_region = r;
        return true;
    }
    return false;
}

size_t ym_memory_read(const struct ym_memory *m, uint64_t address, void *to, size_t n) {
    uint8_t *p = to;
    size_t done = 0;

    while (done < n) {
        const ssize_t got = pread(m->fd, p + done, n - done, (off_t)(address + done));

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        done += (size_t)got;
    }
    return done;
}

char *ym_memory_region_name(int pid, const struct ym_memory_region *r, char *out, size_t size) {
    (void)snprintf(out, size, "pid %d 0x%llx-0x%llx %s%s%s", pid, (unsigned long long)r->start,
                   (unsigned long long)r->end, r->perms, *r->path == '\0' ? "" : " ", r->path);
    return out;
}
