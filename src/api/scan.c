/* scan.c - bytes, files and processes to callbacks.
 *
 * One object goes through the engine into a report, and when it is done the report is told: first the
 * lines that rules printed, then detections, then gaps.  Of a process every region is such an object,
 * told before the next is read, so that no more than one is in memory.
 *
 * The verdict of the whole is kept in the statistics as it grows: a detection stays a detection, and a
 * gap anywhere keeps the whole from being clean. */
#include "api_int.h"

#include "base/time.h"
#include "os/file.h"
#include "os/memory.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "api/scan";

/* ---- Telling a report --------------------------------------------------------------------------- */

struct telling {
    struct yamori_scanner *s;
    const struct ym_report *report;
    const char *outer; /* of a process: the region; else NULL */
};

static const char *object_of(const struct telling *t, const char *object) {
    return t->outer != NULL ? t->outer : object;
}

static bool tell_lines(const struct telling *t) {
    const size_t n = strlen(YM_REPORT_CONSOLE);
    bool more = true;

    for (const struct ym_report_note *note = t->report->notes; note != NULL && more;
         note = note->next) {
        if (strncmp(note->text, YM_REPORT_CONSOLE, n) == 0) {
            more = t->s->on_line(t->s->line_self, object_of(t, note->object), note->text + n);
        }
    }
    return more;
}

static struct yamori_match match_of(const struct ym_report_match *m) {
    return (struct yamori_match){.pattern = m->pattern,
                                 .is_hex = m->hex,
                                 .xor_key = m->has_key ? m->key : -1,
                                 .offset = m->offset,
                                 .length = m->length,
                                 .data = m->bytes,
                                 .data_size = m->n_bytes};
}

/* false: no memory. */
static bool add_matches(struct ym_arena *arena, const struct ym_report_detection *d,
                        struct yamori_detection *ret) {
    struct yamori_match *matches = YM_ARENA_ARRAY(arena, d->n_matches, struct yamori_match);
    size_t n = 0;

    for (const struct ym_report_match *m = d->matches; matches != NULL && m != NULL; m = m->next) {
        matches[n++] = match_of(m);
    }
    ret->matches = matches;
    ret->n_matches = n;
    return matches != NULL;
}

static ym_status tell_detection(const struct telling *t, const struct ym_report_detection *d) {
    struct yamori_scanner *s = t->s;
    struct yamori_detection out = {
        .name = d->name, .kind = d->kind, .object = object_of(t, d->object), .layers = d->layers};

    if (d->rule != 0) {
        out.rules = s->rules[d->layer];
        out.rule = ym_api_rule(out.rules, d->rule - 1, s->arena);
    }
    if ((d->rule != 0 && out.rule == NULL) || !add_matches(s->arena, d, &out)) {
        return YM_NOMEM;
    }
    return s->on_detection(s->detection_self, &out) ? YM_OK : YM_CANCELLED;
}

static bool tell_gap(const struct telling *t, const struct ym_report_gap *g) {
    const struct yamori_gap out = {.word = ym_gap_word(g->gap),
                                   .text = ym_gap_text(g->gap),
                                   .object = object_of(t, g->object),
                                   .detail = g->detail,
                                   .offset = g->offset,
                                   .size = g->size};

    return t->s->on_gap(t->s->gap_self, &out);
}

static ym_status tell(const struct telling *t) {
    if (t->s->on_line != NULL && !tell_lines(t)) {
        return YM_CANCELLED;
    }
    for (const struct ym_report_detection *d = t->report->detections;
         d != NULL && t->s->on_detection != NULL; d = d->next) {
        YM_TRY(tell_detection(t, d));
    }
    for (const struct ym_report_gap *g = t->report->gaps; g != NULL && t->s->on_gap != NULL;
         g = g->next) {
        if (!tell_gap(t, g)) {
            return YM_CANCELLED;
        }
    }
    return YM_OK;
}

/* ---- One object --------------------------------------------------------------------------------- */

static void count(struct yamori_scan_stats *stats, const struct ym_report *r) {
    stats->detections += r->n_detections;
    stats->gaps += r->n_gaps;
    stats->matches += r->n_matches;
    stats->objects += r->objects;
    stats->bytes += r->bytes_seen;
    stats->steps += r->steps;
}

/* What is looked at: bytes, or (data NULL) only a gap that the report has already. */
struct outer {
    const void *data;
    size_t size;
    const char *name; /* as in struct telling */
    struct ym_report *report;
};

static ym_status look_at(struct yamori_scanner *s, const struct outer *o, struct ym_err *err) {
    struct telling t = {s, o->report, o->name};
    ym_status st = YM_OK;

    if (o->data != NULL) {
        st = ym_engine_scan(s->engine, o->data, o->size, "", &s->options, o->report);
    }
    count(&s->stats, o->report);
    if (st == YM_OK && o->report->failed) {
        st = YM_NOMEM;
    }
    if (st != YM_OK) {
        return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET,
                       "out of memory while it was looked at");
    }
    st = tell(&t);
    return st == YM_CANCELLED ? ym_fail(err, st, module, YM_ERR_NO_OFFSET, "stopped by a callback")
                              : st;
}

static struct ym_report *begin_report(struct yamori_scanner *s, struct ym_err *err) {
    struct ym_report *r;

    ym_arena_reset(s->arena);
    r = ym_report_new(s->arena);
    if (r == NULL) {
        (void)ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "out of memory");
    }
    return r;
}

static void begin(struct yamori_scanner *s) {
    s->stats = (struct yamori_scan_stats){.verdict = YAMORI_ERROR, .time_ns = ym_now_ns()};
    ym_engine_set_limits(s->engine, &s->limits);
    s->options.memory = false;
    s->options.base = 0;
}

static yamori_status finish(struct yamori_scanner *s, ym_status st, const struct ym_err *err,
                            struct yamori_error *ret_error) {
    s->stats.time_ns = ym_now_ns() - s->stats.time_ns;
    if (s->stats.detections > 0) {
        s->stats.verdict = YAMORI_FOUND;
    } else if (st == YM_OK) {
        s->stats.verdict = s->stats.gaps > 0 ? YAMORI_INCOMPLETE : YAMORI_CLEAN;
    }
    return st == YM_OK ? YAMORI_OK : ym_api_fail(st, err, ret_error);
}

/* ---- Bytes and files ---------------------------------------------------------------------------- */

static ym_status scan_memory(struct yamori_scanner *s, const void *data, size_t size,
                             struct ym_err *err) {
    struct outer o = {size == 0 ? "" : data, size, NULL, begin_report(s, err)};

    return o.report == NULL ? YM_NOMEM : look_at(s, &o, err);
}

yamori_status yamori_scan_memory(struct yamori_scanner *s, const void *data, size_t size,
                                 struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};

    begin(s);
    return finish(s, scan_memory(s, data, size, &err), &err, ret_error);
}

/* What could not be read is a gap beside what is said of the rest. */
static ym_status scan_read(struct yamori_scanner *s, const struct ym_api_bytes *b,
                           struct ym_err *err) {
    struct outer o = {NULL, 0, NULL, begin_report(s, err)};

    if (o.report == NULL) {
        return YM_NOMEM;
    }
    if (b->too_large) {
        YM_TRY(
            ym_report_add_gap(o.report, YM_GAP_SIZE, "", 0, b->said, "larger than max_file_size"));
        return look_at(s, &o, err);
    }
    if (b->buf.len < b->said) {
        YM_TRY(ym_report_add_gap(o.report, YM_GAP_READ, "", b->buf.len, b->said - b->buf.len,
                                 "the file became shorter while it was read"));
    }
    o.data = b->buf.len == 0 ? "" : (const void *)b->buf.data;
    o.size = b->buf.len;
    return look_at(s, &o, err);
}

static ym_status scan_fd(struct yamori_scanner *s, int fd, const char *name, struct ym_err *err) {
    struct ym_api_bytes bytes;
    ym_status st;

    YM_TRY(ym_api_read(fd, name, s->limits.max_file_size, &bytes, err));
    st = scan_read(s, &bytes, err);
    ym_buf_done(&bytes.buf);
    return st;
}

yamori_status yamori_scan_fd(struct yamori_scanner *s, int fd, const char *name,
                             struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};

    begin(s);
    return finish(s, scan_fd(s, fd, name == NULL ? "" : name, &err), &err, ret_error);
}

yamori_status yamori_scan_file(struct yamori_scanner *s, const char *path,
                               struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};
    int fd = -1;
    ym_status st;

    begin(s);
    st = ym_file_open(AT_FDCWD, path, true, path, &fd, &err);
    if (st == YM_OK) {
        st = scan_fd(s, fd, path, &err);
        (void)close(fd);
    }
    return finish(s, st, &err, ret_error);
}

/* ---- Processes ---------------------------------------------------------------------------------- */

enum { MEMORY_STEP = 1 << 20 };

/* Reads the region into b; what is not there is cut off. */
static ym_status read_region(const struct ym_memory *m, const struct ym_memory_region *r,
                             struct ym_buf *b, struct ym_err *err) {
    const uint64_t size = r->end - r->start;

    while (b->len < size) {
        const size_t before = b->len;
        const size_t step = size - before < MEMORY_STEP ? (size_t)(size - before) : MEMORY_STEP;
        uint8_t *to = ym_buf_room(b, step);
        size_t got;

        if (to == NULL) {
            return ym_fail(err, YM_NOMEM, module, YM_ERR_NO_OFFSET, "no memory to read a region");
        }
        got = ym_memory_read(m, r->start + before, to, step);
        ym_buf_cut(b, before + got);
        if (got < step) {
            break;
        }
    }
    return YM_OK;
}

static ym_status scan_region(struct yamori_scanner *s, const struct ym_memory *m,
                             const struct ym_memory_region *r, const char *name,
                             struct ym_err *err) {
    const uint64_t size = r->end - r->start;
    struct outer o = {NULL, 0, name, begin_report(s, err)};
    struct ym_buf b;
    ym_status st;

    if (o.report == NULL) {
        return YM_NOMEM;
    }
    if (size > s->limits.max_file_size) {
        YM_TRY(ym_report_add_gap(o.report, YM_GAP_SIZE, "", r->start, size,
                                 "larger than max_file_size"));
        return look_at(s, &o, err);
    }
    ym_buf_init(&b, (size_t)size);
    st = read_region(m, r, &b, err);
    if (st == YM_OK && b.len < size) {
        st = ym_report_add_gap(o.report, YM_GAP_READ, "", r->start + b.len, size - b.len,
                               "memory that could not be read");
    }
    if (st == YM_OK) {
        o.data = b.len == 0 ? NULL : b.data;
        o.size = b.len;
        s->options.base = r->start;
        st = look_at(s, &o, err);
    }
    ym_buf_done(&b);
    return st;
}

/* Seconds that are left of the scan's time; false: none. */
static bool time_left(const struct yamori_scanner *s, uint64_t *ret_seconds) {
    const uint64_t spent = (ym_now_ns() - s->stats.time_ns) / 1000000000;

    *ret_seconds = s->limits.max_time > spent ? s->limits.max_time - spent : 0;
    return *ret_seconds > 0;
}

static ym_status out_of_time(struct yamori_scanner *s, const char *name, struct ym_err *err) {
    struct outer o = {NULL, 0, name, begin_report(s, err)};

    if (o.report == NULL) {
        return YM_NOMEM;
    }
    YM_TRY(ym_report_add_gap(o.report, YM_GAP_TIME, "", 0, 0, "this region and all that follow"));
    return look_at(s, &o, err);
}

static ym_status scan_process(struct yamori_scanner *s, int pid, struct ym_memory *m,
                              struct ym_err *err) {
    struct ym_memory_region r;

    s->options.memory = true;
    while (ym_memory_next(m, &r)) {
        struct ym_limits limits = s->limits;
        char name[YM_MEMORY_NAME_SIZE];

        (void)ym_memory_region_name(pid, &r, name, sizeof(name));
        if (!time_left(s, &limits.max_time)) {
            return out_of_time(s, name, err);
        }
        ym_engine_set_limits(s->engine, &limits);
        YM_TRY(scan_region(s, m, &r, name, err));
    }
    return YM_OK;
}

yamori_status yamori_scan_process(struct yamori_scanner *s, int pid,
                                  struct yamori_error *ret_error) {
    struct ym_err err = {.code = YM_OK};
    struct ym_memory *m = NULL;
    ym_status st;

    begin(s);
    st = ym_memory_open(pid, &m, &err);
    if (st == YM_OK) {
        st = scan_process(s, pid, m, &err);
        ym_memory_close(m);
    }
    return finish(s, st, &err, ret_error);
}
