/* worker.c - a scanner process.  See worker.h and engine/pool.h.
 *
 * Everything that libraries load late (character tables, algorithms) is warmed up by
 * ym_engine_new(), before the sandbox is closed.  Small files are read, which is cheaper than a
 * mapping and cannot fault; larger ones are mapped, and when somebody shortens one under our feet
 * the SIGBUS ends this process: that is the `crashed` gap of that file. */
#include "worker.h"

#include "base/alloc.h"
#include "os/file.h"
#include "os/sandbox.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    SMALL_FILE = 256 << 10,  /* read instead of mapped */
    UNSIZED_FILE = 64 << 20, /* a file that says 0 bytes but has some: read up to here */
    MMAP_THRESHOLD = 256 << 10,
    TRIM_FROM = 4 << 20,     /* after an object of this size, memory goes back to the system */
    ENGINE_ROOM = 512 << 20, /* private memory besides unpacked objects (limits.max_memory) */
    REPORT_ARENA = 48 << 20
};

struct worker {
    const struct ym_pool_options *o;
    struct ym_scan_options scan; /* o->scan, and what the job at hand asks for */
    struct ym_channel channel;
    struct ym_engine *engine;
    struct ym_arena *arena; /* of the report */
    struct ym_buf out;      /* the message */
    struct ym_buf file;     /* a small file's bytes */
    uint64_t region;        /* the job is memory of a process: of so many bytes, wherever it ends */
};

/* ---- The bytes of a file --------------------------------------------------------------------- */

/* Appends up to n bytes of the file to w->file; false: errno says why. */
static bool read_up_to(struct worker *w, int fd, size_t n) {
    size_t done = 0;

    while (done < n) {
        size_t step = n - done < SMALL_FILE ? n - done : SMALL_FILE;
        uint8_t *to = ym_buf_room(&w->file, step);
        ssize_t got;

        if (to == NULL) {
            errno = ENOMEM;
            return false;
        }
        do {
            got = pread(fd, to, step, (off_t)done);
        } while (got < 0 && errno == EINTR);
        w->file.len = done + (got > 0 ? (size_t)got : 0);
        if (got < 0) {
            return false;
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    return true;
}

static ym_status add_read_gap(struct ym_report *r, uint64_t size, int sys_errno) {
    return ym_report_add_gap(r, YM_GAP_READ, "", 0, size, strerrordesc_np(sys_errno));
}

static ym_status scan_bytes(struct worker *w, const void *data, size_t size, const char *name,
                            struct ym_report *r) {
    return ym_engine_scan(w->engine, data, size, name, &w->scan, r);
}

/* want: how much to read; said: the size that the system gave. */
static ym_status scan_read(struct worker *w, int fd, size_t want, size_t said, const char *name,
                           struct ym_report *r) {
    ym_buf_clear(&w->file);
    if (!read_up_to(w, fd, want)) {
        return add_read_gap(r, said, errno);
    }
    if (w->file.len < said) { /* shortened since it was opened: that much is not there to scan */
        YM_TRY(ym_report_add_gap(r, YM_GAP_READ, "", w->file.len, said - w->file.len,
                                 "the file became shorter while it was read"));
    }
    if (said == 0 && w->file.len == want) {
        YM_TRY(ym_report_add_gap(r, YM_GAP_SIZE, "", want, 0, "a file without a stated size"));
    }
    return scan_bytes(w, w->file.len == 0 ? "" : (const void *)w->file.data, w->file.len, name, r);
}

static ym_status scan_mapped(struct worker *w, int fd, const char *name, struct ym_report *r) {
    struct ym_err err = {.code = YM_OK};
    struct ym_file_map map;
    ym_status st = ym_file_map(fd, name, &map, &err);

    if (st != YM_OK) {
        return add_read_gap(r, 0, err.sys_errno);
    }
    // NOLINTNEXTLINE(performance-no-int-to-ptr): only drops const
    (void)madvise((void *)(uintptr_t)map.data, map.size, MADV_SEQUENTIAL);
    st = scan_bytes(w, map.data, map.size, name, r);
    ym_file_unmap(&map);
    return st;
}

static ym_status scan_fd(struct worker *w, int fd, const char *name, struct ym_report *r,
                         uint64_t *ret_size) {
    off_t end = lseek(fd, 0, SEEK_END);

    *ret_size = end > 0 ? (uint64_t)end : 0;
    if (*ret_size < w->region) {
        YM_TRY(ym_report_add_gap(r, YM_GAP_READ, "", w->scan.base + *ret_size,
                                 w->region - *ret_size, "memory that could not be read"));
    }
    if (end <= 0) {
        return scan_read(w, fd, UNSIZED_FILE, 0, name, r);
    }
    if (end <= SMALL_FILE) {
        return scan_read(w, fd, (size_t)end, (size_t)end, name, r);
    }
    return scan_mapped(w, fd, name, r);
}

/* ---- Messages ---------------------------------------------------------------------------------- */

static ym_status send_buf(struct worker *w, unsigned type) {
    YM_TRY(ym_buf_status(&w->out));
    return ym_channel_send(&w->channel, type, w->out.data, w->out.len, -1, NULL);
}

/* A report that cannot be made or does not fit is still an answer: one gap. */
static ym_status send_out_of_memory(struct worker *w, uint64_t nth) {
    struct ym_report *r;

    ym_arena_reset(w->arena);
    ym_buf_clear(&w->out);
    r = ym_report_new(w->arena);
    if (r == NULL) {
        return YM_NOMEM; /* the parent sees our death and says so */
    }
    YM_TRY(ym_report_add_gap(r, YM_GAP_MEMORY, "", 0, 0, "the scanner ran out of memory"));
    ym_buf_u64le(&w->out, nth);
    ym_report_encode(r, &w->out);
    return send_buf(w, YM_WORKER_RESULT);
}

static ym_status answer(struct worker *w, uint64_t nth, int fd, const char *name,
                        uint64_t *ret_size) {
    struct ym_report *r = ym_report_new(w->arena);

    if (r == NULL) {
        return YM_NOMEM;
    }
#ifdef YM_TESTING
    if (w->o->hook != NULL) {
        w->o->hook(nth, r);
    }
#endif
    YM_TRY(scan_fd(w, fd, name, r, ret_size));
    if (r->mixed && w->scan.skip_layers != 0) {
        /* What one image says changes what the others see: they must all be asked. */
        w->scan.skip_layers = 0;
        ym_arena_reset(w->arena);
        r = ym_report_new(w->arena);
        if (r == NULL) {
            return YM_NOMEM;
        }
        YM_TRY(scan_fd(w, fd, name, r, ret_size));
    }
    ym_buf_u64le(&w->out, nth);
    ym_report_encode(r, &w->out);
    return send_buf(w, YM_WORKER_RESULT);
}

static ym_status do_job(struct worker *w, struct ym_msg *msg) {
    uint64_t nth = ym_get_u64le(&msg->body);
    uint32_t skip_layers = ym_get_u32le(&msg->body);
    uint64_t address = ym_get_u64le(&msg->body);
    uint64_t region = ym_get_u64le(&msg->body);
    size_t n = ym_reader_left(&msg->body);
    const uint8_t *text = ym_get_view(&msg->body, n);
    char name[YM_WORKER_MAX_NAME + 1];
    uint64_t size = 0;
    ym_status st;

    if (n > YM_WORKER_MAX_NAME || ym_reader_status(&msg->body) != YM_OK) {
        return YM_MALFORMED;
    }
    if (n > 0) {
        memcpy(name, text, n);
    }
    name[n] = '\0';
    w->scan = w->o->scan;
    w->scan.skip_layers = skip_layers;
    w->scan.memory = region > 0;
    w->scan.base = address;
    w->region = region;
    ym_arena_reset(w->arena);
    ym_buf_clear(&w->out);
    st = answer(w, nth, msg->fd, name, &size);
    if (st == YM_NOMEM || st == YM_LIMIT) {
        st = send_out_of_memory(w, nth);
    }
    if (size >= TRIM_FROM || w->file.room > (size_t)SMALL_FILE * 2 || w->out.room > TRIM_FROM) {
        ym_buf_done(&w->file);
        ym_buf_done(&w->out);
        (void)malloc_trim(0);
    }
    return st;
}

static const struct ym_msg_rule rules[] = {
    [YM_WORKER_JOB] = {1, YM_WORKER_JOB_HEAD + YM_WORKER_MAX_NAME, YM_MSG_ONE_FD},
};

static int serve(struct worker *w) {
    for (;;) {
        struct ym_msg msg = {.fd = -1};
        bool none;
        ym_status st = ym_channel_receive(&w->channel, true, &msg, &none, NULL);

        if (st == YM_END) {
            return 0;
        }
        if (st == YM_OK) {
            st = do_job(w, &msg);
            (void)close(msg.fd);
        }
        if (st != YM_OK) {
            return 1;
        }
    }
}

/* ---- Birth ------------------------------------------------------------------------------------- */

static ym_status prepare(struct worker *w, bool namespaces, struct ym_err *err) {
    struct ym_sandbox_options so = {.profile = YM_SANDBOX_SCANNER,
                                    .channel_fd = w->channel.fd,
                                    .out_fd = -1,
                                    .namespaces = namespaces};
    unsigned layers = 0;

    /* Large blocks come from the system and go back to it one by one. */
    // NOLINTBEGIN(concurrency-mt-unsafe): one thread
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
    (void)mallopt(M_ARENA_MAX, 1);
    // NOLINTEND(concurrency-mt-unsafe)
    w->arena = ym_arena_new(REPORT_ARENA);
    if (w->arena == NULL) {
        return ym_fail(err, YM_NOMEM, "engine/worker", YM_ERR_NO_OFFSET, "out of memory");
    }
    YM_TRY(ym_engine_new(w->o->layers, w->o->n_layers, &w->o->limits, &w->engine, err));
    if (!ym_add_u64(w->o->limits.max_memory, ENGINE_ROOM, &so.max_memory)) {
        so.max_memory = 0;
    }
    YM_TRY(ym_sandbox_enter(&so, &layers, err));
    ym_buf_u32le(&w->out, layers);
    return send_buf(w, YM_WORKER_READY);
}

int ym_worker_run(void *self, int channel_fd, bool namespaces) {
    struct worker w = {.o = self};
    struct ym_err err = {.code = YM_OK};

    ym_channel_init(&w.channel, channel_fd, rules, sizeof(rules) / sizeof(rules[0]));
    w.channel.state = 1;
    ym_buf_init(&w.out, YM_WORKER_MAX_RESULT);
    ym_buf_init(&w.file, UNSIZED_FILE + SMALL_FILE);
    if (prepare(&w, namespaces, &err) != YM_OK) {
        char text[YM_WORKER_MAX_TEXT];

        (void)ym_err_format(&err, text, sizeof(text));
        return ym_channel_send(&w.channel, YM_WORKER_FAILED, text, strlen(text), -1, NULL) == YM_OK
                   ? 1
                   : 2;
    }
    return serve(&w);
}
