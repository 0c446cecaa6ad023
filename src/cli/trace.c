/* trace.c - see trace.h.  The files are looked at in the same sandboxed process as ever; the scanner adds
 * notes to its report (engine option `trace`), which are printed here. */
#include "trace.h"

#include "cli.h"
#include "engine/pool.h"
#include "os/file.h"

#include <fcntl.h>
#include <string.h>

static void print_line(const char *a, const char *b, const char *c) {
    struct ym_buf out;

    ym_buf_init(&out, 1 << 20);
    ym_cli_clean_text(&out, a);
    ym_buf_add_text(&out, *b == '\0' ? "" : "!");
    ym_cli_clean_text(&out, b);
    ym_buf_add_text(&out, ": ");
    ym_cli_clean_text(&out, c);
    (void)puts(out.data == NULL ? "" : (const char *)out.data);
    ym_buf_done(&out);
}

/* ym_pool_result_fn */
static void on_result(void *self, void *cookie, const char *name, const struct ym_report *r) {
    struct ym_trace_job *t = self;
    const ym_verdict v = ym_report_verdict(r);

    (void)cookie;
    for (const struct ym_report_note *n = r->notes; n != NULL; n = n->next) {
        print_line(name, n->object, n->text);
    }
    for (const struct ym_report_gap *g = r->gaps; g != NULL; g = g->next) {
        print_line(name, g->object, ym_gap_text(g->gap));
    }
    for (const struct ym_report_detection *d = r->detections; d != NULL; d = d->next) {
        const size_t length = strlen(d->name);

        if (length < 10 || strcmp(d->name + length - 10, "(anywhere)") != 0) {
            print_line(name, d->object, d->name);
            t->found = true;
        }
    }
    if (r->failed) {
        print_line(name, "", r->error);
    }
    t->incomplete |= v == YM_VERDICT_INCOMPLETE;
    t->failed |= v == YM_VERDICT_ERROR;
}

/* Of one rule: did it match?  The scanner says so in the line that begins with its name. */
ym_status ym_trace_files(struct ym_trace_job *job, struct ym_err *err) {
    struct ym_pool_options po = {.layers = &job->db,
                                 .n_layers = 1,
                                 .limits = ym_limits_default(),
                                 .workers = 1,
                                 .result = on_result,
                                 .self = job};
    struct ym_pool *pool = NULL;
    ym_status st;

    po.scan.all_matches = true;
    po.scan.trace = true;
    po.scan.trace_rule = job->rule;
    po.scan.identifier = job->rule;
    po.scan.externals = job->externals;
    po.scan.n_externals = job->n_externals;
    st = ym_pool_new(&po, &pool, err);
    for (size_t i = 0; st == YM_OK && i < job->n_files; i++) {
        char *path = job->files[i];
        int fd;

        st = ym_file_open(AT_FDCWD, path, true, path, &fd, err);
        if (st == YM_OK) {
            st = ym_pool_submit(pool, fd, path, NULL, err);
        }
    }
    if (st == YM_OK) {
        st = ym_pool_finish(pool, err);
    }
    ym_pool_free(pool);
    return st;
}

int ym_trace_exit(const struct ym_trace_job *job) {
    return job->found        ? YM_EXIT_FOUND
           : job->failed     ? YM_EXIT_ERROR
           : job->incomplete ? YM_EXIT_INCOMPLETE
                             : YM_EXIT_CLEAN;
}
