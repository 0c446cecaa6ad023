/* output.c - see output.h.
 *
 * Plain output has a line only for what was found or not looked at, in clamscan's form
 * (`path: Name FOUND`), since scripts read that.  JSON has a line for every file. */
#include "output.h"

#include "base/time.h"
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { MAX_LINE = 64 << 20, PROGRESS_EVERY_NS = 200000000, PROGRESS_PATH = 60 };

void ym_output_init(struct ym_output *o, bool json, bool quiet) {
    *o = (struct ym_output){.json = json, .progress = !quiet && isatty(STDERR_FILENO) == 1};
    ym_buf_init(&o->line, MAX_LINE);
}

static void clear_progress(struct ym_output *o) {
    if (o->progress && o->last_progress_ns != 0) {
        (void)fputs("\r\033[K", stderr);
        o->last_progress_ns = 0;
    }
}

void ym_output_done(struct ym_output *o) {
    clear_progress(o);
    ym_buf_done(&o->line);
}

void ym_totals_add(struct ym_totals *t, const struct ym_report *r) {
    t->files++;
    t->cached += r->cached;
    t->verdicts[ym_report_verdict(r)]++;
    t->detections += r->n_detections;
    t->bytes += r->bytes_seen;
    for (const struct ym_report_gap *g = r->gaps; g != NULL; g = g->next) {
        t->gaps[g->gap]++;
    }
}

static void begin_line(struct ym_output *o, const char *path, const char *object) {
    ym_cli_clean_text(&o->line, path);
    if (*object != '\0') {
        ym_buf_add_text(&o->line, "!");
        ym_cli_clean_text(&o->line, object);
    }
    ym_buf_add_text(&o->line, ": ");
}

static void plain_result(struct ym_output *o, const char *path, const struct ym_report *r) {
    for (const struct ym_report_detection *d = r->detections; d != NULL; d = d->next) {
        begin_line(o, path, d->object);
        ym_cli_clean_text(&o->line, d->name);
        ym_details_about(&o->details, d, &o->line);
        ym_buf_add_text(&o->line, " FOUND\n");
        ym_details_matches(&o->details, d, &o->line);
    }
    for (const struct ym_report_note *n = r->notes; n != NULL; n = n->next) {
        begin_line(o, path, n->object);
        ym_cli_clean_text(&o->line, n->text);
        ym_buf_add_text(&o->line, "\n");
    }
    for (const struct ym_report_gap *g = r->gaps; g != NULL; g = g->next) {
        begin_line(o, path, g->object);
        ym_buf_add_text(&o->line, ym_gap_text(g->gap));
        if (*g->detail != '\0') {
            ym_buf_add_text(&o->line, " (");
            ym_cli_clean_text(&o->line, g->detail);
            ym_buf_add_text(&o->line, ")");
        }
        ym_buf_add_text(&o->line, " INCOMPLETE\n");
    }
    if (r->failed) {
        begin_line(o, path, "");
        ym_cli_clean_text(&o->line, r->error);
        ym_buf_add_text(&o->line, " ERROR\n");
    }
}

void ym_output_result(struct ym_output *o, const char *path, const struct ym_report *r) {
    ym_buf_clear(&o->line);
    if (o->json) {
        ym_report_json_more(r, path, ym_details_wanted(&o->details) ? ym_details_json : NULL,
                            &o->details, &o->line);
        ym_buf_u8(&o->line, '\n');
    } else {
        plain_result(o, path, r);
    }
    if (o->line.len > 0 || ym_buf_status(&o->line) != YM_OK) {
        clear_progress(o);
        errno = ENOMEM;
        if (ym_buf_status(&o->line) != YM_OK ||
            fwrite(o->line.data, 1, o->line.len, stdout) != o->line.len) {
            o->failed = true;
            o->sys_errno = errno;
        }
    }
}

void ym_output_progress(struct ym_output *o, const struct ym_totals *t, const char *path) {
    uint64_t now;
    struct ym_buf shown;
    size_t n;

    if (!o->progress) {
        return;
    }
    now = ym_now_ns();
    if (now - o->last_progress_ns < PROGRESS_EVERY_NS) {
        return;
    }
    o->last_progress_ns = now;
    ym_buf_init(&shown, 16384);
    ym_cli_clean_text(&shown, path);
    n = shown.len > PROGRESS_PATH ? shown.len - PROGRESS_PATH : 0;
    (void)fprintf(stderr, "\r\033[K%llu files, %.1f MB, %llu infected  %s%s",
                  (unsigned long long)t->files, (double)t->bytes / 1e6,
                  (unsigned long long)t->verdicts[YM_VERDICT_INFECTED], n > 0 ? "..." : "",
                  shown.data == NULL ? "" : (const char *)shown.data + n);
    ym_buf_done(&shown);
}

/* "encrypted 2, depth 1" */
static void add_gaps(struct ym_buf *b, const struct ym_totals *t) {
    const char *sep = ": ";

    for (unsigned i = 0; i < YM_GAP_COUNT; i++) {
        if (t->gaps[i] > 0) {
            ym_buf_printf(b, "%s%s %llu", sep, ym_gap_word((ym_gap)i),
                          (unsigned long long)t->gaps[i]);
            sep = ", ";
        }
    }
}

void ym_output_summary(struct ym_output *o, const struct ym_totals *t, bool cache) {
    double seconds = (double)(ym_now_ns() - t->started_ns) / 1e9;
    double mb = (double)t->bytes / 1e6;
    struct ym_buf b;

    clear_progress(o);
    ym_buf_init(&b, 16384);
    ym_buf_printf(&b, "files       %llu\ninfected    %llu\nincomplete  %llu",
                  (unsigned long long)t->files,
                  (unsigned long long)t->verdicts[YM_VERDICT_INFECTED],
                  (unsigned long long)t->verdicts[YM_VERDICT_INCOMPLETE]);
    add_gaps(&b, t);
    ym_buf_printf(&b, "\nerrors      %llu\n", (unsigned long long)t->verdicts[YM_VERDICT_ERROR]);
    for (unsigned i = 0; i < YM_WALK_LEFT_COUNT; i++) {
        if (t->left[i] > 0) {
            ym_buf_printf(&b, "left alone  %llu %s\n", (unsigned long long)t->left[i],
                          ym_walk_left_text((ym_walk_left)i, t->left[i]));
        }
    }
    if (cache) {
        ym_buf_printf(&b, "from cache  %llu\nopened      %llu\n", (unsigned long long)t->cached,
                      (unsigned long long)t->opened);
    }
    ym_buf_printf(&b, "looked at   %.1f MB in %.2f s (%.0f MB/s)\n", mb, seconds,
                  seconds > 0 ? mb / seconds : 0.0);
    if (b.data != NULL) {
        (void)fputs((const char *)b.data, stderr);
    }
    ym_buf_done(&b);
}
