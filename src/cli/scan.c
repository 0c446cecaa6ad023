/* scan.c - `yamori scan`: paths to verdicts.
 *
 * The walk hands descriptors to the pool; results come back in order of completion.  Exit status:
 * what was found is said first (1), even when something else failed, for that is what must not be
 * missed; 2 when anything could not be scanned; 3 when nothing was found but not all was looked
 * at; 0 is said only when none of this holds. */
#include "cli.h"

#include "base/time.h"
#include "engine/pool.h"
#include "hook.h"
#include "load.h"
#include "options.h"
#include "os/file.h"
#include "os/sandbox.h"
#include "os/walk.h"
#include "output.h"
#include "run_record.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct scan {
    struct ym_scan_args args;
    struct ym_layers layers;
    struct ym_pool *pool;
    struct ym_totals totals;
    struct ym_output out;
    struct ym_run_record record;
    struct ym_arena *arena; /* for the reports that we make ourselves */
    bool pool_failed;
};

static void on_verdict(struct scan *s, const char *path, const struct ym_report *r) {
    ym_totals_add(&s->totals, r);
    ym_run_record_add(&s->record, path, r);
    ym_output_result(&s->out, path, r);
    ym_output_progress(&s->out, &s->totals, path);
}

/* ym_pool_result_fn */
static void on_result(void *self, void *cookie, const char *name, const struct ym_report *r) {
    (void)cookie;
    on_verdict(self, name, r);
}

/* A file, or a folder, that could not even be opened. */
static void cannot_scan(struct scan *s, const char *path, const struct ym_err *err) {
    struct ym_report *r;
    struct ym_report bare = {.failed = true, .error = err->text};

    ym_arena_reset(s->arena);
    r = ym_report_new(s->arena);
    if (r != NULL) {
        r->failed = true;
        r->error = err->text;
    }
    on_verdict(s, path, r != NULL ? r : &bare);
}

/* False: scanners cannot be run, there is no point in going on. */
static bool scan_file(struct scan *s, const struct ym_walk_entry *e) {
    struct ym_err err = {.code = YM_OK};
    int fd;

    if (ym_file_open(e->dir_fd, e->name, e->follow, e->path, &fd, &err) != YM_OK) {
        cannot_scan(s, e->path, &err);
        return true;
    }
    if (ym_pool_submit(s->pool, fd, e->path, NULL, &err) != YM_OK) {
        s->pool_failed = true;
        (void)ym_cli_error(&err);
        return false;
    }
    return true;
}

static bool scan_entry(struct scan *s, const struct ym_walk_entry *e) {
    switch (e->kind) {
    case YM_WALK_FILE:
        return scan_file(s, e);
    case YM_WALK_ERROR:
        cannot_scan(s, e->path, &e->err);
        return true;
    case YM_WALK_LEFT:
    default:
        s->totals.left[e->left]++;
        return true;
    }
}

static bool scan_path(struct scan *s, const char *path) {
    struct ym_err err = {.code = YM_OK};
    struct ym_walk_entry e;
    struct ym_walk *w;
    bool go_on = true;

    if (ym_walk_new(path, s->args.recurse, &w, &err) != YM_OK) {
        cannot_scan(s, path, &err);
        return true;
    }
    while (go_on && ym_walk_next(w, &e)) {
        go_on = scan_entry(s, &e) && !s->out.failed;
    }
    ym_walk_free(w);
    return go_on;
}

static void scan_all(struct scan *s) {
    struct ym_err err = {.code = YM_OK};
    bool go_on = true;

    for (size_t i = 0; go_on && i < s->args.n_paths; i++) {
        go_on = scan_path(s, s->args.paths[i]);
    }
    if (go_on && ym_pool_finish(s->pool, &err) != YM_OK) {
        s->pool_failed = true;
        (void)ym_cli_error(&err);
    }
}

static int exit_status(const struct scan *s, bool output_ok) {
    const uint64_t *v = s->totals.verdicts;

    if (!output_ok || s->pool_failed) {
        return YM_EXIT_ERROR; /* the results did not get where they should */
    }
    if (v[YM_VERDICT_INFECTED] > 0) {
        return YM_EXIT_FOUND;
    }
    if (v[YM_VERDICT_ERROR] > 0) {
        return YM_EXIT_ERROR;
    }
    return v[YM_VERDICT_INCOMPLETE] > 0 ? YM_EXIT_INCOMPLETE : YM_EXIT_CLEAN;
}

static ym_status prepare(struct scan *s, struct ym_err *err) {
    struct ym_pool_options po = {.limits = s->args.limits,
                                 .scan = s->args.scan,
                                 .workers = s->args.jobs,
                                 .result = on_result,
                                 .self = s};

    s->arena = ym_arena_new(1 << 20);
    if (s->arena == NULL) {
        return ym_fail(err, YM_NOMEM, "scan", YM_ERR_NO_OFFSET, "out of memory");
    }
    YM_TRY(ym_layers_load(s->args.databases, s->args.n_databases, &s->args.load, &s->layers, err));
    po.layers = (const struct ym_db *const *)s->layers.db;
    po.n_layers = s->layers.n;
    YM_CLI_HOOK(&po);
    return ym_pool_new(&po, &s->pool, err);
}

/* The locks that every scanner process had on. */
static void print_sandbox(const struct scan *s) {
    struct ym_buf b;

    ym_buf_init(&b, 256);
    ym_sandbox_words(ym_pool_get_stats(s->pool).sandbox, &b);
    (void)fprintf(stderr, "sandbox     %s\n", b.data == NULL ? "" : (const char *)b.data);
    ym_buf_done(&b);
}

static int run(struct scan *s) {
    struct ym_err err = {.code = YM_OK};
    bool output_ok;

    s->totals.started_ns = ym_now_ns();
    if (prepare(s, &err) != YM_OK) {
        return ym_cli_error(&err);
    }
    ym_output_init(&s->out, s->args.json, s->args.quiet);
    if (!s->args.no_record) {
        ym_run_record_begin(&s->record);
    }
    scan_all(s);
    errno = s->out.sys_errno;
    output_ok = ym_cli_finish_output() && !s->out.failed;
    if (!s->args.json && !s->args.quiet) {
        ym_output_summary(&s->out, &s->totals);
        if (s->args.load.verbose) {
            print_sandbox(s);
        }
    }
    ym_output_done(&s->out);
    ym_run_record_finish(&s->record, &s->totals);
    return exit_status(s, output_ok);
}

static void print_help(void) {
    (void)puts(
        "usage: yamori scan [-d DB]... [-r] [--json] [--all-matches] [--no-unpack] PATH...\n"
        "\n"
        "  -d, --database DB    an image (.ydb), a rule or signature file, or a folder of them;\n"
        "                       else $YAMORI_DB, else /var/lib/yamori/yamori.ydb\n"
        "  -r, --recursive      enter folders below the named ones\n"
        "      --json           one JSON object a line for every file\n"
        "      --all-matches    do not stop at the first detection in a file\n"
        "      --no-unpack      look at the files only, not inside archives\n"
        "  -j, --jobs N         scanner processes (default: one per processor)\n"
        "      --limit NAME=N   a bound of the scan, see below\n"
        "      --skip-bad       leave out bad rules instead of refusing to start\n"
        "      --no-record      leave no execution record\n"
        "  -q, --quiet          no summary and no progress\n"
        "  -v, --verbose        show warnings about rules, and the locks of the scanners\n"
        "\n"
        "exit status: 0 clean, 1 found, 2 error, 3 nothing found but not all was looked at\n"
        "\n"
        "limits:");
    ym_scan_args_print_limits();
}

int ym_cmd_scan(int argc, char **argv) {
    struct scan s = {.pool = NULL};
    int status;

    if (!ym_scan_args_parse("scan", argc, argv, &s.args)) {
        return YM_EXIT_ERROR;
    }
    if (s.args.help) {
        print_help();
        return ym_cli_finish_output() ? YM_EXIT_CLEAN : YM_EXIT_ERROR;
    }
    status = run(&s);
    ym_pool_free(s.pool);
    ym_layers_done(&s.layers);
    ym_arena_free(s.arena);
    return status;
}
