/* pid.c - see pid.h.
 *
 * The parent copies, and does not look: each region goes into a nameless file of its own, sealed
 * against growing and shrinking, whose descriptor is passed to a scanner like that of any file.  The
 * process runs on meanwhile and regions may be gone when they are read; what is not there any more is
 * a gap of that region. */
#include "pid.h"

#include "os/file.h"
#include "os/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char module[] = "scan";

enum { STEP = 1 << 20 };
#define MAX_AHEAD (UINT64_C(256) << 20)

struct region {
    const struct ym_pid_options *o;
    const struct ym_memory *memory;
    struct ym_memory_region r;
    uint64_t ahead; /* bytes that were copied and may still wait */
    char name[YM_MEMORY_NAME_SIZE];
};

static void tell_too_large(const struct region *x) {
    const struct ym_report bare = {.failed = true, .error = "out of memory"};
    struct ym_report *r;

    ym_arena_reset(x->o->arena);
    r = ym_report_new(x->o->arena);
    if (r != NULL && ym_report_add_gap(r, YM_GAP_SIZE, "", x->r.start, x->r.end - x->r.start,
                                       "larger than max_file_size") != YM_OK) {
        r = NULL;
    }
    x->o->report(x->o->self, x->name, r != NULL ? r : &bare);
}

/* Copies until the region ends or cannot be read further. */
static ym_status copy(const struct region *x, int fd, struct ym_err *err) {
    static const size_t step = STEP;
    const uint64_t size = x->r.end - x->r.start;
    struct ym_buf b;
    uint64_t done = 0;
    ym_status st = YM_OK;
    uint8_t *to;

    ym_buf_init(&b, step);
    to = ym_buf_room(&b, step);
    if (to == NULL) {
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "out of memory");
    }
    while (st == YM_OK && done < size) {
        const size_t want = size - done < step ? (size_t)(size - done) : step;
        const size_t got = ym_memory_read(x->memory, x->r.start + done, to, want);

        st = ym_file_write_all(fd, x->name, to, got, err);
        done += got;
        if (got < want) {
            break;
        }
    }
    ym_buf_done(&b);
    return st;
}

/* Before more is copied than may wait for scanners at a time, they are waited for. */
static ym_status make_room(struct region *x, struct ym_err *err) {
    const uint64_t size = x->r.end - x->r.start;

    if (x->ahead > 0 && size > MAX_AHEAD - (x->ahead < MAX_AHEAD ? x->ahead : MAX_AHEAD)) {
        YM_TRY(ym_pool_finish(x->o->pool, err));
        x->ahead = 0;
    }
    x->ahead += size;
    return YM_OK;
}

static ym_status scan_region(struct region *x, struct ym_err *err) {
    const uint64_t size = x->r.end - x->r.start;
    ym_status st;
    int fd;

    if (size > x->o->max_region) {
        tell_too_large(x);
        return YM_OK;
    }
    YM_TRY(make_room(x, err));
    fd = memfd_create("yamori-memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return ym_fail_errno(err, module, x->name, errno, "cannot make room for its memory");
    }
    st = copy(x, fd, err);
    if (st != YM_OK) {
        (void)close(fd);
        return st;
    }
    (void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    return ym_pool_submit_memory(x->o->pool, fd, x->name, x->r.start, size, NULL, err);
}

ym_status ym_pid_scan(const struct ym_pid_options *o, bool *ret_pool_failed, struct ym_err *err) {
    struct region x = {.o = o};
    struct ym_memory *memory = NULL;
    ym_status st = YM_OK;

    *ret_pool_failed = false;
    YM_TRY(ym_memory_open(o->pid, &memory, err));
    x.memory = memory;
    while (st == YM_OK && ym_memory_next(memory, &x.r)) {
        (void)ym_memory_region_name(o->pid, &x.r, x.name, sizeof(x.name));
        st = scan_region(&x, err);
    }
    ym_memory_close(memory);
    *ret_pool_failed = st != YM_OK;
    return st;
}
