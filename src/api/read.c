/* read.c - files into memory.
 *
 * The caller's process must not die of a file that is cut while it is looked at, so nothing is
 * mapped.  A regular file is read at offsets, and the descriptor's position stays; what has no size
 * (a pipe, a file of /proc) is read until it ends or passes the bound. */
#include "api_int.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static const char module[] = "api/read";

enum { STEP = 1 << 20 };

static ssize_t read_some(int fd, bool at, uint64_t offset, void *to, size_t n) {
    ssize_t got;

    do {
        got = at ? pread(fd, to, n, (off_t)offset) : read(fd, to, n);
    } while (got < 0 && errno == EINTR);
    return got;
}

/* Appends until the end or until there are want bytes. */
static ym_status read_up_to(int fd, bool at, uint64_t want, const char *name, struct ym_buf *b,
                            struct ym_err *err) {
    while (b->len < want) {
        const size_t before = b->len;
        const size_t step = want - before < STEP ? (size_t)(want - before) : (size_t)STEP;
        uint8_t *to = ym_buf_room(b, step);
        ssize_t got;

        if (to == NULL) {
            return ym_fail_at(err, ym_buf_status(b), module, name, 0, 0, "no memory to read it");
        }
        got = read_some(fd, at, before, to, step);
        if (got < 0) {
            return ym_fail_errno(err, module, name, errno, "cannot read");
        }
        ym_buf_cut(b, before + (size_t)got);
        if (got == 0) {
            break;
        }
    }
    return YM_OK;
}

ym_status ym_api_read(int fd, const char *name, uint64_t max, struct ym_api_bytes *ret_bytes,
                      struct ym_err *err) {
    struct ym_api_bytes bytes = {.said = 0};
    struct stat sb;
    uint64_t want;
    ym_status st;

    if (fstat(fd, &sb) < 0) {
        return ym_fail_errno(err, module, name, errno, "cannot look at the descriptor");
    }
    bytes.said = S_ISREG(sb.st_mode) && sb.st_size > 0 ? (uint64_t)sb.st_size : 0;
    bytes.too_large = bytes.said > max;
    want = bytes.said > 0 ? bytes.said : max < UINT64_MAX ? max + 1 : max;
    ym_buf_init(&bytes.buf, want > SIZE_MAX - 1 ? SIZE_MAX - 1 : (size_t)want);
    st = bytes.too_large ? YM_OK : read_up_to(fd, S_ISREG(sb.st_mode), want, name, &bytes.buf, err);
    if (st == YM_OK && bytes.said == 0 && bytes.buf.len > max) {
        bytes.too_large = true;
        ym_buf_clear(&bytes.buf);
    }
    if (st != YM_OK) {
        ym_buf_done(&bytes.buf);
        return st;
    }
    *ret_bytes = bytes;
    return YM_OK;
}
